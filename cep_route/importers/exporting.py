"""Our partners as data·inclusion rows (schema v1), for a region to take up. Only what is written in the file, only codes of the schema.

It invents no day and no description: what the schema requires and the file does not know is taken from the file's own day and words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from cep_route.importers.cleaning import Record, Value
from cep_route.model.territory import ContactEntry, Head, Partner, PartnerService, PlaceEntry, Territory

SHORTEST, LONGEST = 3, 150


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
    place = next(iter(partner.places or ()), PlaceEntry(type="branch"))
    open_to_all = (c for c in partner.contacts or () if c.use == "public" and c.may_publish is not False)
    contact = next(open_to_all, ContactEntry(use="public"))
    told: Record = {
        "source": head.id,
        "id": f"{head.id}--{partner.id}",
        "nom": _name(partner.name),
        "date_maj": partner.source_date or head.updated_on or head.as_of,
        "siret": partner.siret,
        **_where(place, names),
        "telephone": place.phone or contact.phone,
        "courriel": contact.email,
        "site_web": partner.website,
        "reseaux_porteurs": _list(n for n in (partner.network,) if n in networks),
    }
    return {key: value for key, value in told.items() if value is not None}


def _where(place: PlaceEntry, names: Mapping[str, str]) -> Record:
    address, postcode = _address(place.address)
    return {
        "commune": names.get(place.commune or ""),
        "code_postal": postcode,
        "code_insee": place.commune,
        "adresse": address,
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
    words = ", ".join(labels.get(n, n) for n in needs)
    types = {p.type for p in one.places or partner.places or ()}
    shown = [
        *(["en-presentiel"] if types - {"remote", "none"} else []),
        *(["a-distance"] if "remote" in types else []),
    ]
    own = one is not partner
    place = next(iter(one.places or ()), None) if own else None
    there = (
        _where(place, names)
        if place
        else {key: structure.get(key) for key in _where(PlaceEntry(type="none"), names)}
    )
    told: Record = {"source": structure["source"], "date_maj": structure["date_maj"], **there}
    told |= {
        "id": (one.source_id if own else None) or f"{structure['id']}-service{f'-{number}' if own else ''}",
        "structure_id": structure["id"],
        "nom": _name(one.name) if own else structure["nom"],
        "description": f"{one.name} : {words}"[:10000],
        "thematiques": _themes(needs, labels),
        "frais": one.fees,
        "publics": _list(one.publics),
        "conditions_acces": one.conditions,
        "modes_accueil": _list(one.reception) or _list(() if own else shown),
        "mobilisable_par": _list(one.referable_by),
        "modes_mobilisation": _list(one.referral),
        "lien_mobilisation": one.referral_url,
        "zone_eligibilite": _zones(one.perimeter),
    }
    if own and one.source_date:
        told["date_maj"] = one.source_date
    return {key: value for key, value in told.items() if value is not None}


def _list(values: Iterable[str | None] | None) -> Value:
    return [v for v in values or () if v] or None


def _name(told: str) -> str:
    """The schema takes 150 characters and no final stop: a longer name is cut at a word."""
    return (told if len(told) <= LONGEST else told[: LONGEST - 2].rsplit(" ", 1)[0] + " …").rstrip(".")


def _themes(needs: list[str], known: Collection[str]) -> Value:
    """The schema has themes only: a category, which answers all its themes, is written as these."""
    found = [t for n in needs for t in ([n] if "--" in n else [k for k in known if k.startswith(f"{n}--")])]
    return list(dict.fromkeys(found))


def _zones(perimeter: tuple[str, ...] | None) -> Value:
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
