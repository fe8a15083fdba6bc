"""data·inclusion, structures and services, schema v1: read as partners with what they do, for whom and where; and given back to a region.

Codes are carried over as they are. An empty list is "not said", never "nobody"; names, e-mails and phones of persons are dropped. What
is given back is only what is written in the file, only codes of the schema: it invents no day and no description, and takes what the
schema requires and the file does not know from the file's own day and words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import convert
from msgspec.structs import replace

from cep_route import places
from cep_route.importers import cleaning
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.rows import Cards, Cells, Entry, Reader, as_text, zone_of
from cep_route.model import territory as model

# Our key -> theirs, in both directions. Contacts and e-mails are those of persons: none is kept.
_KEYS = {
    "source": "source", "id": "id", "name": "nom", "commune": "code_insee", "postcode": "code_postal", "town": "commune", "address": "adresse",
    "more_address": "complement_adresse", "latitude": "latitude", "longitude": "longitude", "phone": "telephone", "website": "site_web",
    "siret": "siret", "date": "date_maj", "hours": "horaires_accueil", "needs": "thematiques", "publics": "publics", "fees": "frais",
    "email": "courriel", "conditions": "conditions_acces", "perimeter": "zone_eligibilite", "referral_url": "lien_mobilisation",
    "reception": "modes_accueil", "referable_by": "mobilisable_par", "referral": "modes_mobilisation",
}  # fmt: skip
_REFERRERS = ("usagers", "professionnels")
_VOCABULARIES = {"reception": model.RECEPTIONS, "referable_by": _REFERRERS, "referral": model.REFERRALS}
SHORTEST, LONGEST = 3, 150  # of a name


def structure(record: Record, reader: Reader) -> Entry | str:
    """One structure as a house, without its services; or why it is dropped. One that is `wanted` is kept wherever it lies."""
    wanted = cleaning.text(record.get("id")) in reader.wanted
    if not wanted and reader.area.far(record.get("code_insee") or record.get("code_postal")):
        return "elsewhere"
    told, cards, codes = cells(record, reader), reader.cards, cleaning.codes(record.get("reseaux_porteurs"))
    known = [code for code in codes if cards.of("data_inclusion", (code,))]
    reader.lose("network", "unknown_code", len(codes) - len(known))
    kinds = cards.of("data_inclusion", known)
    if not any(cards.is_operator(k) for k in kinds):
        named = cards.named(cleaning.name(record.get("nom")))
        kinds = tuple(k for k in named if cards.is_operator(k) or not kinds) or kinds
    found = reader.entry(told, kinds, anyway=wanted)
    return found if isinstance(found, str) else replace(found, network=next(iter(known), None))


def service(record: Record, reader: Reader) -> tuple[str, Entry] | str:
    """The id of its structure, and one service as the house it would be alone; or why it is dropped.

    One that reaches the area is kept wherever it is received.
    """
    lose, owner = reader.lose, cleaning.text(record.get("structure_id"))
    told = [zone_of(code) for code in cleaning.codes(record.get(_KEYS["perimeter"]))]
    zones = tuple(dict.fromkeys(zone for zone in told if zone))
    lose("perimeter", "unknown_code", told.count(None))
    reaching = [z for z in zones if reader.area.meets(z)]
    anyway = owner in reader.here or any(z != "france" for z in reaching)
    if not anyway and reader.area.far(record.get("code_insee") or record.get("code_postal")):
        return "nationwide" if reaching else "elsewhere"
    kinds = reader.cards.named(cleaning.name(record.get("nom")))
    house = reader.entry(cells(record, reader), kinds, anyway=anyway)
    if isinstance(house, str):
        return "nationwide" if reaching and house != "no_name" else house
    url = record.get(_KEYS["referral_url"])
    reception, referable_by, referral = (
        cleaning.among(record.get(_KEYS[key]), {code: code for code in codes}, key, lose)
        for key, codes in _VOCABULARIES.items()
    )
    made = replace(
        convert(house, model.PartnerService, from_attributes=True),
        perimeter=zones or None,
        referral_url=cleaning.website(url, lambda _, why: lose("referral_url", why)),
        reception=reception,
        referable_by=referable_by,
        referral=referral,
        places=None,
    )
    return owner, replace(house, needs=None, publics=None, conditions=None, fees=None, services=(made,))


def cells(record: Record, reader: Reader) -> Cells:
    """The cells of a structure or of a service; those of its zone and of how it is reached are read apart."""
    told = {key: record.get(theirs) for key, theirs in _KEYS.items() if key not in _VOCABULARIES}
    for name, value in (("contact", record.get("contact_nom_prenom")), ("email", told.pop("email"))):
        if cleaning.text(value):
            reader.lose(name, "personal")
    if not cleaning.text(told["address"]):
        told["more_address"] = None
    told |= {key: ", ".join(cleaning.codes(told[key])) for key in ("needs", "publics", "fees")}
    conditions = (cleaning.text(v) for v in (record.get("publics_precisions"), told["conditions"]))
    told["conditions"] = " · ".join(dict.fromkeys(filter(None, conditions)))
    return as_text(told | {"perimeter": None})


def given_back(
    territory: model.Territory, cards: Cards, labels: Mapping[str, str]
) -> tuple[dict[str, list[Record]], Counter[str]]:
    """`structures` and `services`, and what was left out by reason. A partner's services are given back one by one, as they came.

    `labels`: need -> its words.
    """
    structures, services, out = [], [], Counter[str]()
    for partner in territory.partners or ():
        if len(partner.name) < SHORTEST:
            out["name_length"] += 1
            continue
        house = _house(partner, territory.head, cards)
        structures.append(_written(house))
        told = [*(partner.services or ())]
        if partner.needs or not told:
            # the partner itself as a service: how it receives is what its places show
            types = {p.type for p in partner.places or ()}
            seen = (types - {"remote", "none"}, types & {"remote"})
            shown = tuple(how for how, there in zip(model.RECEPTIONS, seen, strict=True) if there)
            own = convert(partner, model.PartnerService, from_attributes=True)
            own = replace(
                own, reception=own.reception or shown, source_id=None, source_date=None, places=None
            )
            told.append(own)
        for number, one in enumerate(told, 1):
            needs = [n for n in one.needs or () if not n.startswith("x-")]
            out["own_need"] += len(one.needs or ()) - len(needs)
            own_id = f"{house['id']}-service{f'-{number}' if number <= len(partner.services or ()) else ''}"
            if needs:
                services.append(_written(_offer(one, house, needs, labels) | {"id": one.source_id or own_id}))
    return {"structures": structures, "services": services}, +out


def _written(told: Record) -> Record:
    return {_KEYS.get(key, key): value for key, value in told.items() if value is not None}


def _house(partner: model.Partner, head: model.Head, cards: Cards) -> Record:
    """A partner as a structure, by our keys."""
    open_to_all = (c for c in partner.contacts or () if c.use == "public" and c.may_publish is not False)
    known = cards.of("data_inclusion", [partner.network or ""])
    contact, there = next(open_to_all, model.ContactEntry(use="public")), _where(partner.places)
    return {
        "source": head.id,
        "id": f"{head.id}--{partner.id}",
        "name": _name(partner.name),
        "date": partner.source_date or head.updated_on or head.as_of,
        "siret": partner.siret,
        **there,
        "phone": there["phone"] or contact.phone,
        "email": contact.email,
        "website": partner.website,
        "reseaux_porteurs": [partner.network] if known else None,
    }


def _where(told: tuple[model.PlaceEntry, ...] | None) -> Record:
    """A place: « 9 avenue de la Gare, 99510 Bourg-Serre » is a street, and the postcode of the last part."""
    place = told[0] if told else model.PlaceEntry(type="none")
    street, _, last = (place.address or "").rpartition(", ")
    postcode = last[:5] if last[:5].isdigit() and last[5:6] in {"", " "} else None
    here = places.commune(place.commune) if place.commune else None
    return {
        "town": here.name if here else None,
        "postcode": postcode,
        "commune": place.commune,
        "address": (street if postcode else place.address) or None,
        **{key: getattr(place, key) for key in ("longitude", "latitude", "phone", "hours")},
    }


def _offer(one: model.PartnerService, house: Record, needs: list[str], labels: Mapping[str, str]) -> Record:
    """A service, by our keys; where it is received when it does not say so is where its house is."""
    there = _where(one.places)
    if not one.places:
        there = {key: house.get(key) for key in there}
    # the schema has themes only: a category, which answers all its themes, is written as these
    themes = [[n] if "--" in n else [k for k in labels if k.startswith(f"{n}--")] for n in needs]
    # regions have no code in the schema: a perimeter that names one is left unsaid
    codes: list[Value] = [
        z.replace("france", "99100").removeprefix("departement:") for z in one.perimeter or ()
    ]
    return {
        "source": house["source"],
        "date": one.source_date or house["date"],
        **there,
        "id": None,
        "structure_id": house["id"],
        "name": _name(one.name),
        "description": f"{one.name} : {', '.join(labels.get(n, n) for n in needs)}"[:10000],
        "needs": list(dict.fromkeys(t for listed in themes for t in listed)),
        "fees": one.fees,
        "publics": [*(one.publics or ())] or None,
        "conditions": one.conditions,
        **{key: [*(getattr(one, key) or ())] or None for key in _VOCABULARIES},
        "referral_url": one.referral_url,
        "perimeter": None if any(z.startswith("region:") for z in one.perimeter or ()) else codes or None,
    }


def _name(told: str) -> str:
    """The schema takes 150 characters and no final stop: a longer name is cut at a word."""
    return (told if len(told) <= LONGEST else told[: LONGEST - 2].rsplit(" ", 1)[0] + " …").rstrip(".")
