"""`cep-route page`: the orienteur page of a territory, one file in a folder to publish."""

from __future__ import annotations

from cep_route import files, places
from cep_route.cli.console import CannotRun, Result, asked_day, asked_law
from cep_route.directory.desks import Desks
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.files.write import write_published
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.territory import Territory
from cep_route.render.orienteur import Orienteur
from cep_route.render.orienteur import page as written
from cep_route.render.orienteur.data import periods
from cep_route.text import normalise

NAME = "index.html"


def page(
    *,
    territory: str,
    out: str,
    territories: str | None = None,
    rules: str | None = None,
    on: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Write the page; exit 2 when the territory cannot be read, is too old, or the folder cannot be written."""
    law, day = asked_law(rules), asked_day(on)
    made, findings = orienteur(territory, law, day, territories)
    if made is None:
        raise CannotRun(*findings)
    fault = write_published(out, NAME, written(made, law, lang), force=force)
    if fault:
        raise CannotRun(*findings, fault)
    return Result(said=findings)


def orienteur(
    name: str, law: Law, on: str, territories: str | None = None
) -> tuple[Orienteur | None, list[Finding]]:
    """What the page of a territory is made of, or why there is none."""
    found, findings = files.load_territory(name, law, territories)
    if found is None:
        return None, findings
    homes, regions = _homes(found, law)
    ground = ground_of(found, regions=regions)
    directory = periods(Judge(law), [code for code, _ in homes], on, found, ground)
    sources = (*(found.head.sources or ()), places.ATTRIBUTION)
    made = Orienteur(on=on, territory=found, homes=homes, regions=regions, periods=directory, sources=sources)
    return made, findings


def ground_of(territory: Territory, *, regions: bool) -> Ground:
    """With the national desks, but where a home stands for a whole region: there is no nearest desk then."""
    return Ground(territory, None if regions else Desks())


def _homes(territory: Territory, law: Law) -> tuple[tuple[tuple[str | None, str], ...], bool]:
    """The communes of a territory by name, the one not told before all; of the whole country, the regions that a channel tells apart.

    A region is answered for by one of its communes: nothing but the region matters to a national channel.
    """
    head = territory.head
    zones = head.perimeter or ()
    if "france" in zones:
        codes = {r for o in law.operators.values() for c in o.channels for r in c.regions}
        inside = [places.communes_of(f"region:{code}") for code in codes]
        homes = [(here.code, here.region_name) for cs in inside if cs and (here := places.commune(cs[0]))]
    else:
        ground = ground_of(territory, regions=False)
        all_ = dict.fromkeys((*(head.communes or ()), *(c for z in zones for c in places.communes_of(z))))
        homes = [(code, ground.name(code) or code) for code in all_]
    names = [name for _, name in homes]
    told = [(code, f"{name} ({code})" if names.count(name) > 1 else name) for code, name in homes]
    return (
        (None, ""),
        *sorted(told, key=lambda home: (normalise(home[1]), home[0] or "")),
    ), "france" in zones
