"""`cep-route territory export`: our partners back to a region, in the schema of data·inclusion."""

from __future__ import annotations

from typing import Literal

from cep_route import files, places
from cep_route.cli.console import Result, as_json, asked_law, sure
from cep_route.cli.territory_import import asked_cards
from cep_route.importers import exporting
from cep_route.messages import word
from cep_route.model.territory import Partner, PartnerService


def export(
    name: str,
    *,
    form: Literal["data-inclusion"] = "data-inclusion",
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Partners as data·inclusion rows: one JSON with `structures` and `services`."""
    del form  # the only one there is
    law, cards = asked_law(), asked_cards()
    territory, findings = files.load_territory(name, law)
    territory = sure(territory, findings)
    networks = {code for kind in cards.kinds for code in kind.data_inclusion}
    labels = {code: card.label["fr"] for code, card in law.needs.items()}
    partners = territory.partners or ()
    told: list[Partner | PartnerService] = [*partners, *(s for p in partners for s in p.services or ())]
    codes = {p.commune for one in told for p in one.places or () if p.commune}
    names = {code: here.name for code in codes if (here := places.commune(code))}
    rows, left = exporting.rows(territory, labels, networks, names)
    dropped = [
        f"{word('import', 'dropped', lang)} : {count} ({word('import', reason, lang)})"
        for reason, count in left.items()
    ]
    answer = as_json(rows)
    return Result(answer=answer, said=findings, notes="\n".join(dropped), out=out, force=force)
