"""The communes of France: which one a text names, where it lies, how far two are. It never guesses and never decides who to see.

All 34,969 communes of 1 January 2026 and the 45 arrondissements of Paris, Lyon and Marseille are in `places.sqlite`, beside this
file. `find` reads what people write and answers with one commune, or the list to choose from, or nothing; `commune` takes a
code. A name of today goes before the same name of the past; a postcode and a name must agree. Codes are text: `05061` is a
commune, `200067825` an EPCI, `departement:05` and `region:93` say what they are. Fictitious codes (99xxx) are unknown here.

Days of former names and codes: exact until 2020; later ones are the first 1 January on which the official list has them no more.
"""

from __future__ import annotations

from collections.abc import Iterable

from cep_route.model.answer import Finding
from cep_route.places.atlas import (
    Commune,
    Former,
    city_of,
    commune,
    communes_of,
    covers,
    great_circle,
    known,
)
from cep_route.places.search import Found, beginning, departement, find, nearest, typed

__all__ = [
    "ATTRIBUTION",
    "Commune",
    "Former",
    "Found",
    "beginning",
    "city_of",
    "commune",
    "communes_of",
    "covers",
    "departement",
    "find",
    "finding",
    "great_circle",
    "known",
    "listed",
    "nearest",
    "typed",
]

ATTRIBUTION = (
    "Données : INSEE (Code officiel géographique 2026), La Poste, DGCL, IGN (Admin Express COG 2018), "
    "via @etalab/decoupage-administratif 6.0.0 — Licence Ouverte 2.0"
)


def finding(found: Found, text: str) -> Finding | None:
    """What is wrong or worth saying about an answer of `find`, in a sentence's code and words; None when all is plain.

    It quotes the text: for what someone typed, not for a cell of an intake file.
    """
    shown = text[:60] + ("…" if len(text) > 60 else "")
    if found.status == "none":
        near = nearest(text)
        return Finding(
            code="CEP602" if near else "CEP601",
            values={"text": shown, "near": listed(near)} if near else {"text": shown},
        )
    if found.status == "several":
        values = {
            "text": shown,
            "count": str(len(found.communes)),
            "choices": listed(found.communes, typed=True),
        }
        return Finding(code="CEP603", values=values)
    if found.status == "conflict":
        return _disagreement(found, shown)
    here = found.communes[0]
    if found.note:
        codes = {"name_unknown": "CEP607", "name_partly": "CEP608", "postcode_unknown": "CEP609"}
        values = {"text": shown, "number": found.number, "name": found.name, "commune": listed((here,))}
        return Finding(code=codes[found.note], values=values, severity="warning")
    if here.former:
        values = {
            "text": shown,
            "was": here.former.name,
            "code": here.former.code,
            "until": here.former.until,
        }
        return Finding(code="CEP606", values={**values, "commune": listed((here,))}, severity="warning")
    return None


def _disagreement(found: Found, shown: str) -> Finding:
    if found.by_number and found.by_name:
        values = {
            "text": shown,
            "number": found.number,
            "by_number": listed(found.by_number),
            "by_name": listed(found.by_name),
        }
        return Finding(code="CEP604", values=values)
    return Finding(
        code="CEP605", values={"text": shown, "communes": listed(found.by_number or found.by_name)}
    )


def listed(communes: Iterable[Commune], *, typed: bool = False) -> str:
    """« Gap (05061), Rosans (05126) », the first eight.

    `typed`, to choose among: `code:` where the bare code would be a postcode as well, and the département of homonyms.
    """
    shown = list(communes)
    names = [c.name for c in shown]
    told = []
    for here in shown[:8]:
        where = f", {here.departement_name}" if typed and names.count(here.name) > 1 else ""
        told.append(f"{here.name} ({_typed_code(here) if typed else here.code}{where})")
    return ", ".join(told) + (", …" if len(shown) > 8 else "")


def _typed_code(here: Commune) -> str:
    """What to type to name that commune and no other: 59100 is the code of Bousignies, and the postcode of Roubaix."""
    one = typed(here.code).one
    return here.code if one is not None and one.code == here.code else f"insee:{here.code}"
