"""Our partners as data·inclusion rows (schema v1), for a region to take up. Only what is written in the file, only codes of the schema.

It invents no day and no description: what the schema requires and the file does not know is taken from the file's own day and words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from cep_route.importers.cleaning import Record, Value
from cep_route.importers.data_inclusion import VOCABULARIES
from cep_route.model.territory import ContactEntry, Head, Partner, PartnerService, PlaceEntry, Territory

SHORTEST, LONGEST = 3, 150
_NOWHERE = PlaceEntry(type="none")


def rows(
    territory: Territory, labels: Mapping[str, str], networks: Collection[str], names: Mapping[str, str]
) -> tuple[dict[str, list[Record]], Counter[str]]:
    """`structures` and `services`, and what was left out by reason. A partner's services are given back one by one, as they came.

    `labels`: need -> its words; `networks`: the schema's own; `names`: commune -> its name.
    """
    structures, services, out = [], [], Counter[str]()
    for partner in territory.partners or ():
        if len(partner.name) < SHORTEST:
            out["name_length"] += 1
            continue
        structure = _structure(partner, territory.head, networks, names)
        structures.append(structure)
        told: list[Partner | PartnerService] = [*(partner.services or ())]
        told += [partner] if partner.needs or not told else []
        for number, one in enumerate(told, 1):
            needs = [n for n in one.needs or () if not n.startswith("x-")]
            out["own_need"] += len(one.needs or ()) - len(needs)
            if needs:
                services.append(_service(partner, one, structure, needs, labels, names, number))
    return {"structures": structures, "services": services}, +out


def _structure(partner: Partner, head: Head, networks: Collection[str], names: Mapping[str, str]) -> Record:
    place = next(iter(partner.places or ()), _NOWHERE)
    open_to_all = (c for c in partner.contacts or () if c.use == "public" and c.may_publish is not False)
    contact = next(open_to_all, ContactEntry(use="public"))
    there = _where(place, names)
    told: Record = {
        "source": head.id,
        "id": f"{head.id}--{partner.id}",
        "nom": _name(partner.name),
        "date_maj": partner.source_date or head.updated_on or head.as_of,
        "siret": partner.siret,
        **there,
        "telephone": there["telephone"] or contact.phone,
        "courriel": contact.email,
        "site_web": partner.website,
        "reseaux_porteurs": [partner.network] if partner.network in networks else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _where(place: PlaceEntry, names: Mapping[str, str]) -> Record:
    """A place: « 9 avenue de la Gare, 99510 Bourg-Serre » is a street, and the postcode of the last part."""
    street, _, last = (place.address or "").rpartition(", ")
    postcode = last[:5] if last[:5].isdigit() and last[5:6] in {"", " "} else None
    return {
        "commune": names.get(place.commune or ""),
        "code_postal": postcode,
        "code_insee": place.commune,
        "adresse": (street if postcode else place.address) or None,
        "longitude": place.longitude,
        "latitude": place.latitude,
        "telephone": place.phone,
        "horaires_accueil": place.hours,
    }


def _service(
    partner: Partner,
    one: Partner | PartnerService,
    structure: Record,
    needs: list[str],
    labels: Mapping[str, str],
    names: Mapping[str, str],
    number: int,
) -> Record:
    """A service, or the partner itself as one: what it does not say of its reception is what the places show."""
    own = one if isinstance(one, PartnerService) else None
    there = _where(own.places[0] if own and own.places else _NOWHERE, names)
    if not (own and own.places):
        there = {key: structure.get(key) for key in there}
    types = {p.type for p in partner.places or ()}
    shown: list[Value] = ["en-presentiel"] if types - {"remote", "none"} else []
    shown += ["a-distance"] if "remote" in types else []
    coded: Record = {
        theirs: [*(getattr(one, ours) or ())] or None for theirs, (ours, _) in VOCABULARIES.items()
    }
    coded["modes_accueil"] = coded["modes_accueil"] or (None if own else shown or None)
    # the schema has themes only: a category, which answers all its themes, is written as these
    themes = [[n] if "--" in n else [k for k in labels if k.startswith(f"{n}--")] for n in needs]
    zones = (
        one.perimeter or ()
    )  # regions have no code in the schema: a perimeter that names one is left unsaid
    codes = [z.replace("france", "99100").removeprefix("departement:") for z in zones]
    told: Record = {
        "source": structure["source"],
        "date_maj": (own and own.source_date) or structure["date_maj"],
        **there,
        "id": (own and own.source_id) or f"{structure['id']}-service{f'-{number}' if own else ''}",
        "structure_id": structure["id"],
        "nom": _name(one.name) if own else structure["nom"],
        "description": f"{one.name} : {', '.join(labels.get(n, n) for n in needs)}"[:10000],
        "thematiques": list(dict.fromkeys(t for listed in themes for t in listed)),
        "frais": one.fees,
        "publics": [*(one.publics or ())] or None,
        "conditions_acces": one.conditions,
        **coded,
        "lien_mobilisation": one.referral_url,
        "zone_eligibilite": None if any(z.startswith("region:") for z in codes) else [*codes] or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _name(told: str) -> str:
    """The schema takes 150 characters and no final stop: a longer name is cut at a word."""
    return (told if len(told) <= LONGEST else told[: LONGEST - 2].rsplit(" ", 1)[0] + " …").rstrip(".")
