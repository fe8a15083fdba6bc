"""Our partners as data·inclusion rows (schema v1), for a region to take up. Only what is written in the file, only codes of the schema.

It invents no day and no description: what the schema requires and the file does not know is taken from the file's own day and words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

SHORTEST, LONGEST = 3, 150


def rows(
    territory: Mapping[str, Any],
    labels: Mapping[str, str],
    networks: Collection[str],
    names: Mapping[str, str],
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """`structures` and `services`, and what was left out by reason.

    `labels`: need -> its words; `networks`: the schema's own; `names`: commune -> its name.
    """
    structures, services = [], []
    out: dict[str, int] = {}
    source = territory["territory"]["id"]
    for partner in territory.get("partners") or ():
        if len(partner["name"]) < SHORTEST:
            out["name_length"] = out.get("name_length", 0) + 1
            continue
        structure = _structure(partner, source, territory, networks, names)
        structures.append(structure)
        needs = [n for n in partner.get("needs") or () if not n.startswith("x-")]
        lost = len(partner.get("needs") or ()) - len(needs)
        if lost:
            out["own_need"] = out.get("own_need", 0) + lost
        if needs:
            services.append(_service(partner, structure, needs, labels))
    return {"structures": structures, "services": services}, out


def _structure(
    partner: Mapping[str, Any],
    source: str,
    territory: Mapping[str, Any],
    networks: Collection[str],
    names: Mapping[str, str],
) -> dict[str, Any]:
    place: Mapping[str, Any] = next(iter(partner.get("places") or ()), {})
    contact: Mapping[str, Any] = next(
        (
            c
            for c in partner.get("contacts") or ()
            if c["use"] == "public" and c.get("may_publish") is not False
        ),
        {},
    )
    network = partner.get("network")
    address, postcode = _address(place.get("address"))
    told: dict[str, Any] = {
        "source": source,
        "id": f"{source}--{partner['id']}",
        "nom": _name(partner["name"]),
        "date_maj": partner.get("source_date")
        or territory["territory"].get("updated_on")
        or territory["territory"]["as_of"],
        "siret": partner.get("siret"),
        "commune": names.get(place.get("commune", "")),
        "code_postal": postcode,
        "code_insee": place.get("commune"),
        "adresse": address,
        "longitude": place.get("longitude"),
        "latitude": place.get("latitude"),
        "telephone": place.get("phone") or contact.get("phone"),
        "courriel": contact.get("email"),
        "site_web": partner.get("website"),
        "horaires_accueil": place.get("hours"),
        "reseaux_porteurs": [network] if network in networks else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _service(
    partner: Mapping[str, Any], structure: Mapping[str, Any], needs: list[str], labels: Mapping[str, str]
) -> dict[str, Any]:
    words = ", ".join(labels.get(n, n) for n in needs)
    told: dict[str, Any] = {
        key: structure.get(key)
        for key in (
            "source",
            "date_maj",
            "commune",
            "code_postal",
            "code_insee",
            "adresse",
            "longitude",
            "latitude",
            "telephone",
            "horaires_accueil",
        )
    }
    remote = [p for p in partner.get("places") or () if p["type"] == "remote"]
    met = [p for p in partner.get("places") or () if p["type"] not in ("remote", "none")]
    modes = partner.get("reception") or [
        *(["en-presentiel"] if met else []),
        *(["a-distance"] if remote else []),
    ]
    told |= {
        "id": f"{structure['id']}-service",
        "structure_id": structure["id"],
        "nom": structure["nom"],
        "description": f"{structure['nom']} : {words}"[:10000],
        "thematiques": _themes(needs, labels),
        "frais": partner.get("fees"),
        "publics": list(partner["publics"]) if partner.get("publics") else None,
        "conditions_acces": partner.get("conditions"),
        "modes_accueil": list(modes) or None,
        "mobilisable_par": list(partner.get("referable_by") or ()) or None,
        "modes_mobilisation": list(partner.get("referral") or ()) or None,
        "lien_mobilisation": partner.get("referral_url"),
        "zone_eligibilite": _zones(partner.get("perimeter")),
    }
    return {key: value for key, value in told.items() if value is not None}


def _name(told: str) -> str:
    """The schema takes 150 characters and no final stop: a longer name is cut at a word."""
    return (told if len(told) <= LONGEST else told[: LONGEST - 2].rsplit(" ", 1)[0] + " …").rstrip(".")


def _themes(needs: list[str], known: Collection[str]) -> list[str]:
    """The schema has themes only: a category, which answers all its themes, is written as these."""
    found = [t for n in needs for t in ([n] if "--" in n else [k for k in known if k.startswith(f"{n}--")])]
    return list(dict.fromkeys(found))


def _zones(perimeter: Any) -> list[str] | None:
    """Regions have no code in the schema: a perimeter that names one is left unsaid."""
    if not perimeter or any(z.startswith("region:") for z in perimeter):
        return None
    return ["99100" if z == "france" else z.removeprefix("departement:") for z in perimeter]


def _address(told: str | None) -> tuple[str | None, str | None]:
    """« 9 avenue de la Gare, 99510 Bourg-Serre »: the street, and the postcode of the last part."""
    if not told:
        return None, None
    street, _, last = told.rpartition(", ")
    postcode = last[:5] if last[:5].isdigit() and last[5:6] in {"", " "} else None
    return (street or None, postcode) if postcode else (told, None)
