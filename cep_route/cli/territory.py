"""`cep-route territory list | show | new`: the territory files, seen and begun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from cep_route import files, places
from cep_route.cli.console import Result, as_json, asked_day, asked_law, sure, today
from cep_route.directory.age import months_between
from cep_route.directory.cooperation import cooperation
from cep_route.engine.explain import Judge
from cep_route.messages import day_words, number, say
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.territory import plain_of
from cep_route.render.parts import Page, table
from cep_route.render.territory import Shown


def list_(
    *, form: Literal["text", "json"] = "text", territories: str | None = None, lang: str = "fr"
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
        answer = as_json(rows)
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
    name: str, *, form: Literal["text", "json"] = "text", on: str | None = None, lang: str = "fr"
) -> Result:
    """One territory on one day, whole."""
    law, day = asked_law(), asked_day(on)
    territory, findings = files.load_territory(name, law)
    territory = sure(territory, findings)
    if form == "json":
        return Result(answer=as_json(plain_of(territory)), said=findings)
    configurations, _ = files.load_cooperation()
    together = cooperation(territory, day, law, Judge(configurations) if configurations else None)
    own = {c.code: c.name for c in territory.communes or ()}

    def named(code: str) -> str:
        found = places.commune(code)
        return own.get(code) or (found.name if found else code)

    shown = Shown(territory, law, lang, day, named, places.table.regions())
    return Result(answer=shown.page(together), said=findings)
