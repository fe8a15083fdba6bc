"""`cep-route territory list | show`: the territory files, seen."""

from __future__ import annotations

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
    rows, said = listed(asked_law(), territories, today())
    if form == "json":
        return Result(answer=as_json(rows), said=said)
    columns = [say(f"territory.col_{key}", lang) for key in ("id", "name", "communes", "as_of")]
    whole = say("territory.whole", lang)
    cells = [
        (r["id"], r["name"], number(r["communes"], lang) if r["communes"] else whole, day_words(r["as_of"], lang))
        for r in rows
    ]  # fmt: skip
    return Result(answer=Page(sections=tuple(table("territories", "", columns, cells))), said=said)


def listed(law: Law, folder: str | None, on: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Each territory there is: id, name, number of communes, the day its facts are true, its age; and why others cannot be read."""
    rows, said = [], []
    for name, path in files.territories(folder).items():
        territory, findings = files.load_territory(path, law)
        said += findings
        if territory:
            head = territory.head
            zones = head.perimeter or ()
            communes = head.communes or [c for zone in zones for c in places.communes_of(zone)]
            rows.append({
                "id": name, "name": head.name, "communes": 0 if "france" in zones else len(communes),
                "as_of": head.as_of, "age_months": max(0, months_between(head.as_of, on)),
            })  # fmt: skip
    return rows, said


def show(
    name: str, *, form: Literal["text", "json"] = "text", on: str | None = None, lang: str = "fr"
) -> Result:
    """One territory on one day, whole."""
    law, day = asked_law(), asked_day(on)
    found, findings = files.load_territory(name, law)
    territory = sure(found, findings)
    if form == "json":
        return Result(answer=as_json(plain_of(territory)), said=findings)
    configurations, _ = files.load_cooperation()
    together = cooperation(territory, day, law, Judge(configurations) if configurations else None)
    own = {c.code: c.name for c in territory.communes or ()}

    def named(code: str) -> str:
        here = places.commune(code)
        return own.get(code) or (here.name if here else code)

    shown = Shown(territory, law, lang, day, named, places.table.regions())
    return Result(answer=shown.page(together), said=findings)
