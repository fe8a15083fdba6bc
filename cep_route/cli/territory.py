"""`cep-route territory list | show | new`: the territory files, seen and begun."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from cep_route import files, places
from cep_route.cli.console import CannotRun, Result, asked_day, asked_law, today
from cep_route.cli.options import Day, Lang, Named, Territories, form
from cep_route.directory.age import months_between, stands
from cep_route.directory.cooperation import cooperation
from cep_route.engine.explain import Judge
from cep_route.messages import day_words, number, say
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.territory import Territory, plain_of
from cep_route.render.data import operator_name
from cep_route.render.hours import spoken
from cep_route.render.parts import Item, Line, Page, Section, Span, section, table
from cep_route.render.telling import phone_words


def list_(
    form: Annotated[str, form("text", "json")] = "text", territories: Territories = None, lang: Lang = "fr"
) -> Result:
    """The territories there are: id, name, communes, the day their facts are true, and whether that is too old to route by."""
    law = asked_law()
    rows, said = [], []
    for row, findings in listed(law, territories, today()):
        said += findings
        if row:
            rows.append(row)
    answer: Page | str = _list_page(rows, lang)
    if form == "json":
        answer = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    return Result(answer=answer, said=said)


def _list_page(rows: Iterable[Mapping[str, Any]], lang: str) -> Page:
    columns = [say(f"territory.{key}", lang) for key in ("col_id", "col_name", "col_communes", "col_as_of")]
    whole = say("territory.whole", lang)
    cells = [
        (
            row["id"],
            row["name"],
            number(row["communes"], lang) if row["communes"] else whole,
            day_words(row["as_of"], lang),
        )
        for row in rows
    ]
    return Page(sections=tuple(table("territories", "", columns, cells)))


def listed(law: Law, folder: str | None, on: str) -> Iterable[tuple[dict[str, Any], list[Finding]]]:
    """Each territory there is: id, name, number of communes, the day its facts are true, is that too old; nothing, and why, of one
    that cannot be read.
    """
    for name, path in files.territories(folder).items():
        territory, findings = files.load_territory(path, law)
        row = {}
        if territory:
            head = territory.head
            zones = head.perimeter or ()
            communes = len(head.communes or [c for zone in zones for c in places.communes_of(zone)])
            row = {
                "id": name,
                "name": head.name,
                "communes": 0 if "france" in zones else communes,
                "as_of": head.as_of,
                "age_months": max(0, months_between(territory.head.as_of, on)),
            }
        yield row, findings


def show(
    name: Named, form: Annotated[str, form("text", "json")] = "text", on: Day = None, lang: Lang = "fr"
) -> Result:
    """One territory on one day, whole."""
    law, day = asked_law(), asked_day(on)
    territory, findings = files.load_territory(name, law)
    if territory is None:
        raise CannotRun(*findings)
    if form == "json":
        return Result(
            answer=json.dumps(plain_of(territory), ensure_ascii=False, indent=2) + "\n", said=findings
        )
    configurations, _ = files.load_cooperation()
    page = _page(territory, law, day, lang, Judge(configurations) if configurations else None)
    return Result(answer=page, said=findings)


def _page(territory: Territory, law: Law, on: str, lang: str, configurations: Judge | None) -> Page:
    """What a territory file says of who is there: its cooperation, then a section for each kind of house."""
    head = territory.head
    together = cooperation(territory, on, law, configurations)
    possible = "" if len(together.configuration) == 1 else " (possible)"
    known = [Item(text=say(f"answer.{code}", lang) + possible) for code in together.configuration]
    sections = [Section(key="cooperation", title=say("answer.cooperation", lang), parts=tuple(known))]
    for key in ("operators", "schemes", "partners"):
        houses = [h for h in territory.get(key) or () if stands(h, on)]
        own = {n.code: n.label[lang] for n in law.needs.values()} | {
            n["code"]: n["fr"] for n in territory.get("needs") or ()
        }
        parts = [_house(house, key, law, on, lang, own) for house in houses]
        sections += section(key, say(f"answer.houses_{key}", lang), parts)
    title = f"{head.name} ({head.id}), {day_words(on, lang)}"
    return Page(title=title, sections=tuple(sections))


def _house(
    house: Mapping[str, Any], key: str, law: Law, on: str, lang: str, needs: Mapping[str, str]
) -> Item:
    label = f"{operator_name(law, house['network'], on, lang)}, " if key == "operators" else ""
    places = house.get("places") or ([house["place"]] if house.get("place") else [])
    contacts = house.get("contacts") or ([house["contact"]] if house.get("contact") else [])
    lines = [*(_place(p, lang) for p in places), *map(_contact, contacts)]
    lines += (
        [", ".join(needs.get(n, n) for n in house["needs"])]
        if key != "operators" and house.get("needs")
        else []
    )
    name = (label, Span(house["name"], "name"), Span(f" [{house['id']}]", "small"))
    return Item(text=name, details=tuple(Line(text=text) for text in lines))


def _place(place: dict[str, Any], lang: str) -> str:
    parts = [say(f"card.{place['type']}", lang), place.get("address") or place.get("commune")]
    parts += [spoken(place["hours"], lang)] if place.get("hours") else []
    parts += [phone_words(place["phone"])] if place.get("phone") else []
    return ", ".join(p for p in parts if p)


def _contact(contact: dict[str, Any]) -> str:
    phone = contact.get("phone")
    parts = (contact.get("name"), contact.get("role"), phone and phone_words(phone), contact.get("email"))
    return ", ".join(p for p in parts if p)
