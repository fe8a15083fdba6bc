"""`cep-route page`: the orienteur page of a territory, one file in a folder to publish."""

from __future__ import annotations

from typing import Any

from cep_route import files, places
from cep_route.cli.console import CANNOT, WELL, tell, the_day, the_law
from cep_route.directory import where
from cep_route.directory.age import too_old
from cep_route.engine.explain import Judge
from cep_route.files.write import write_published
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.orienteur import Orienteur, page
from cep_route.render.orienteur.data import periods
from cep_route.spelling import normalise

NAME = "index.html"


def from_words(
    *,
    territory: str,
    out: str,
    territories: str | None,
    accept_old: bool,
    rules: str | None,
    on: str | None,
    force: bool,
    lang: str,
) -> int:
    """Write the page; exit 2 when the territory cannot be read, is too old, or the folder cannot be written."""
    law = the_law(rules, lang)
    day, findings = the_day(on)
    if law is None or findings:
        tell(findings, lang)
        return CANNOT
    made, findings = orienteur(territory, law, day, territories, accept_old=accept_old)
    tell(findings, lang)
    if made is None:
        return CANNOT
    fault = write_published(out, NAME, page(made, law, lang), force=force)
    if fault:
        tell([fault], lang)
        return CANNOT
    return WELL


def orienteur(
    name: str, law: Law, on: str, territories: str | None = None, *, accept_old: bool = False
) -> tuple[Orienteur | None, list[Finding]]:
    """What the page of a territory is made of, or why there is none."""
    found, findings = files.load_territory(name, law, territories)
    if found is None:
        return None, findings
    old = None if accept_old else too_old(found, on)
    if old is not None:
        return None, [old]
    country, faults = files.load_territory(files.territories()["france"], law)
    if country is None:
        return None, faults
    homes, regions = _homes(found, law)
    directory = periods(
        Judge(law),
        tuple(code for code, _ in homes),
        on,
        (found, _ground(found)),
        (country, _ground(country)),
        accept_old=accept_old,
    )
    sources = (*found["territory"].get("sources", ()), places.ATTRIBUTION)
    made = Orienteur(on=on, territory=found, homes=homes, regions=regions, periods=directory, sources=sources)
    return made, findings


def _ground(territory: dict[str, Any]) -> where.Ground:
    return where.ground_of(territory, places, places.great_circle)


def _homes(territory: dict[str, Any], law: Law) -> tuple[tuple[tuple[str | None, str], ...], bool]:
    """The communes of a territory by name, the one not told before all; of the whole country, the regions that a channel tells apart.

    A region is answered for by one of its communes: nothing but the region matters to a national channel.
    """
    head = territory["territory"]
    zones = head.get("perimeter") or ()
    if "france" in zones:
        codes = {r for o in law.operators.values() for c in o.channels for r in c.regions}
        inside = [places.communes_of(f"region:{code}") for code in codes]
        named = [(communes[0], places.region_of(communes[0])) for communes in inside if communes]
        homes = [(code, region.name) for code, region in named if region is not None]
    else:
        ground = _ground(territory)
        all_ = dict.fromkeys(
            (*(head.get("communes") or ()), *(c for z in zones for c in places.communes_of(z)))
        )
        homes = [(code, ground.name(code) or code) for code in all_]
    names = [name for _, name in homes]
    told = [(code, f"{name} ({code})" if names.count(name) > 1 else name) for code, name in homes]
    return (
        (None, ""),
        *sorted(told, key=lambda home: (normalise(home[1]), home[0] or "")),
    ), "france" in zones
