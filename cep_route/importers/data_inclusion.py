"""data·inclusion, structures and services, schema v1 (and the identity of v0): partners with what they do, for whom and where.

Codes are carried over as they are. An empty list is "not said", never "nobody"; names, e-mails and phones of persons are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import asdict, replace

from cep_route.importers import cleaning
from cep_route.importers.area import zone_of
from cep_route.importers.cleaning import Record
from cep_route.importers.rows import Cells, Entry, Reader, as_text
from cep_route.model.territory import RECEPTIONS, REFERRALS, PartnerService, PlaceEntry
from cep_route.text import normalise

_OLDER_SERVICE = {"profils", "types", "zone_diffusion_type"}
_OLDER = {*_OLDER_SERVICE, "typologie", "labels_nationaux", "presentation_resume", "horaires_ouverture"}
# Our key -> theirs, for what structures and services share. Contacts and e-mails are those of persons: none is kept.
_KEYS = {
    "source": "source", "id": "id", "name": "nom", "commune": "code_insee", "postcode": "code_postal", "town": "commune", "address": "adresse",
    "more_address": "complement_adresse", "latitude": "latitude", "longitude": "longitude", "phone": "telephone", "website": "site_web",
    "siret": "siret", "date": "date_maj",
}  # fmt: skip
# Their key -> ours, and the codes it may hold.
VOCABULARIES = {
    "modes_accueil": ("reception", RECEPTIONS),
    "mobilisable_par": ("referable_by", ("usagers", "professionnels")),
    "modes_mobilisation": ("referral", REFERRALS),
}


class ServiceRow(NamedTuple):
    """A service, the id of its structure, and the house it would be alone."""

    owner: str
    service: PartnerService
    house: Entry


def looks_like(row: Record) -> str:
    """`services`, `structures`, or nothing; v0 is told row by row."""
    row = unwrapped(row)
    if "structure_id" in row:
        return "services"
    known = {"source", "id", "date_maj"} <= set(row) or _OLDER & set(row)
    return "structures" if known and ("nom" in row or "name" in row) else ""


def unwrapped(row: Record) -> Record:
    """A GeoJSON feature as its properties."""
    inside = row.get("properties")
    if not isinstance(inside, dict):
        return row
    longitude, latitude = cleaning.point(row.get("geometry"))
    return {"longitude": longitude, "latitude": latitude, **inside}


def structure(record: Record, reader: Reader) -> Entry | str:
    """One structure as a house, without its services; or why it is dropped. One that is `wanted` is kept wherever it lies."""
    record = unwrapped(record)
    wanted = cleaning.text(record.get("id")) in reader.wanted
    if not wanted and reader.far(record.get("code_insee") or record.get("code_postal")):
        return "elsewhere"
    told, cards, codes = cells(record, reader), reader.cards, cleaning.codes(record.get("reseaux_porteurs"))
    known = [code for code in codes if cards.of("data_inclusion", (code,))]
    reader.lose("network", "unknown_code", len(codes) - len(known))
    older = (*cleaning.codes(record.get("labels_nationaux")), cleaning.text(record.get("typologie")))
    kinds = cards.of("data_inclusion", known) or cards.of("older", older)
    if not any(cards.is_operator(k) for k in kinds):
        named = cards.named(cleaning.name(record.get("nom")))
        kinds = tuple(k for k in named if cards.is_operator(k) or not kinds) or kinds
    found = reader.entry(told, kinds, anyway=wanted)
    if isinstance(found, str):
        return found
    _lose_older(record, _OLDER, reader)
    return replace(found, network=next(iter(known), None))


def service(record: Record, reader: Reader) -> ServiceRow | str:
    """One service, with the id of its structure; or why it is dropped. One that reaches the area is kept wherever it is received."""
    record, lose = unwrapped(record), reader.lose
    owner, older = cleaning.text(record.get("structure_id")), _lose_older(record, _OLDER_SERVICE, reader)
    told = [zone_of(code) for code in cleaning.codes(record.get("zone_eligibilite"))]
    zones = tuple(dict.fromkeys(zone for zone in told if zone))
    lose("perimeter", "unknown_code", told.count(None))
    reaching = [z for z in zones if reader.area.meets(z)]
    anyway = owner in reader.here or any(z != "france" for z in reaching)
    if not anyway and reader.far(record.get("code_insee") or record.get("code_postal")):
        return "nationwide" if reaching else "elsewhere"
    house = reader.entry(
        cells(record, reader, older=older),
        reader.cards.named(cleaning.name(record.get("nom"))),
        anyway=anyway,
    )
    if isinstance(house, str):
        return "nationwide" if reaching and house != "no_name" else house
    url = cleaning.website(record.get("lien_mobilisation"), lambda _, why: lose("referral_url", why))
    coded = {
        ours: cleaning.among(record.get(theirs), {code: code for code in codes}, ours, lose)
        for theirs, (ours, codes) in VOCABULARIES.items()
    }
    made = PartnerService(
        name=house.name,
        needs=house.needs,
        publics=house.publics,
        perimeter=zones or None,
        conditions=house.conditions,
        fees=house.fees,
        referral_url=url,
        source_id=house.origins[0].source_id,
        source_date=house.origins[0].source_date,
        referable_by=coded["referable_by"],
        reception=coded["reception"],
        referral=coded["referral"],
    )
    return ServiceRow(owner, made, replace(house, needs=None, publics=None, conditions=None, fees=None))


def cells(record: Record, reader: Reader, *, older: bool = True) -> Cells:
    """The cells of a structure, and those of a service that is not of the older schema."""
    for name, key in (("contact", "contact_nom_prenom"), ("email", "courriel")):
        if cleaning.text(record.get(key)):
            reader.lose(name, "personal")
    told = {ours: record.get(theirs) for ours, theirs in _KEYS.items()}
    told["hours"] = record.get("horaires_accueil") or record.get("horaires_ouverture")
    if not cleaning.text(told["address"]):
        told["more_address"] = None
    for key, theirs in (("needs", "thematiques"), ("publics", "publics"), ("fees", "frais")):
        told[key] = ", ".join(cleaning.codes(record.get(theirs))) if key == "fees" or not older else None
    conditions = (cleaning.text(record.get(key)) for key in ("publics_precisions", "conditions_acces"))
    told["conditions"] = " · ".join(dict.fromkeys(filter(None, conditions)))
    return as_text(told)


def _lose_older(record: Record, older: set[str], reader: Reader) -> bool:
    """Whether a row is of the schema v0, whose needs and publics had other codes: they are counted and left."""
    if not older & set(record):
        return False
    reader.lose("needs", "older_schema", len(cleaning.codes(record.get("thematiques"))) or 1)
    return True


def with_services(house: Entry, rows: list[ServiceRow]) -> Entry:
    """A structure with its services, each whole: needs, public, zone and conditions of one are never those of another.

    A service received elsewhere than its structure keeps its place; a structure that tells none has those of its services. Its day
    is that of the newest row.
    """
    days = [o.source_date for e in (house, *(r.house for r in rows)) for o in e.origins if o.source_date]
    first = replace(house.origins[0], source_date=max(days, default=None))
    own = [site for site in house.sites if site.commune]
    sites, services = [*house.sites], [*house.services]
    for row in rows:
        there = [site for site in row.house.sites if own and not _at(site, own)]
        services.append(replace(row.service, places=tuple(there) or None))
        sites += [site for site in row.house.sites if site not in there]
    return replace(house, origins=(first, *house.origins[1:]), sites=once(sites), services=tuple(services))


def _at(site: PlaceEntry, own: list[PlaceEntry]) -> bool:
    """Whether a place is one of these: the same commune, with no other street."""
    return site.commune is None or any(site.commune == s.commune and _same_street(s, site) for s in own)


def _same_street(one: PlaceEntry, other: PlaceEntry) -> bool:
    """Most of the words of the shorter street are in the other: « 4 av. de la Gare » and « 4 avenue de la gare »."""
    a, b = (set(normalise((s.address or "").partition(",")[0]).split()) for s in (one, other))
    small = min(a, b, key=len)
    return not small or len(a & b) >= max(1, round(0.6 * len(small)))


def once(sites: Iterable[PlaceEntry]) -> tuple[PlaceEntry, ...]:
    """Each place once: a commune told twice with no two different streets is one. What the first says stands, the second fills in.

    A place of nowhere stands only where there is no other.
    """
    found: list[PlaceEntry] = []
    for site in sites:
        here = (i for i, s in enumerate(found) if s.commune == site.commune and _same_street(s, site))
        at = next(here, None)
        if at is None:
            found.append(site)
        else:
            found[at] = replace(site, **{k: v for k, v in asdict(found[at]).items() if v is not None})
    return tuple([s for s in found if s.commune] or found[:1])
