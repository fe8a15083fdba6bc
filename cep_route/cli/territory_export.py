"""`cep-route territory export`: our partners back to a region, in the schema of data·inclusion."""

from __future__ import annotations

from typing import Literal

from cep_route import files
from cep_route.cli.console import Result, as_json, asked_law, sure
from cep_route.cli.territory_import import asked_cards
from cep_route.importers import data_inclusion
from cep_route.messages import word


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
    labels = {code: card.label["fr"] for code, card in law.needs.items()}
    rows, left = data_inclusion.given_back(territory, cards, labels)
    dropped = [
        f"{word('import', 'dropped', lang)} : {count} ({word('import', reason, lang)})"
        for reason, count in left.items()
    ]
    answer = as_json(rows)
    return Result(answer=answer, said=findings, notes="\n".join(dropped), out=out, force=force)
