"""data·inclusion, structures and services, schema v1 (and the identity of v0): partners with what they do, for whom and where.

Codes are carried over as they are. An empty list is "not said", never "nobody"; names, e-mails and phones of persons are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from cep_route import places
from cep_route.importers import cleaning, french_hours
from cep_route.importers.area import commune_of, located, zone_of
from cep_route.importers.entry import Entry, EntryOrigin, Site
from cep_route.importers.reading import Reader
from cep_route.model.answer import values_of
from cep_route.model.territory_file import Reception, Referral
from cep_route.places import Commune
from cep_route.text import normalise

_OLDER = (
    "typologie",
    "labels_nationaux",
    "profils",
    "types",
    "presentation_resume",
    "zone_diffusion_type",
    "horaires_ouverture",
)

_RECEPTION, _REFERRAL = get_args(Reception), get_args(Referral)


def looks_like(row: Mapping[str, Any]) -> str:
    """`services`, `structures`, or nothing; v0 is told row by row."""
    row = unwrapped(row)
    if "structure_id" in row:
        return "services"
    if ("nom" in row or "name" in row) and (
        {"source", "id", "date_maj"} <= set(row) or any(k in row for k in _OLDER)
    ):
        return "structures"
    return ""


def unwrapped(row: Any) -> Any:
    """A GeoJSON feature as its properties."""
    if isinstance(row, dict) and isinstance(row.get("properties"), dict):
        longitude, latitude = cleaning.point(row.get("geometry"))
        return {"longitude": longitude, "latitude": latitude, **row["properties"]}
    return row


def structure(row: Any, reader: Reader) -> Entry | str:
    """One structure as a house, without its services; or why it is dropped."""
    row = unwrapped(row)
    if not isinstance(row, dict):
        return "not_a_record"
    here, fault = _here(row, reader)
    if fault and cleaning.text(row.get("id")) not in reader.wanted:
        return fault
    name = cleaning.name(row.get("nom"))
    if not name:
        return "no_name"
    codes, kinds = _kinds(row, name, reader)
    told = cleaning.day(row.get("date_maj"))
    if any(key in row for key in _OLDER):
        reader.lose("needs", "older_schema", len(cleaning.codes(row.get("thematiques"))) or 1)
    _persons(row, reader)
    origin = EntryOrigin(
        source=cleaning.text(row.get("source")) or reader.label,
        source_id=cleaning.text(row.get("id")) or None,
        source_date=told or reader.dated,
    )
    return Entry(
        name=reader.cards.name(name, kinds, told or reader.dated),
        kinds=kinds,
        network=next((c for c in codes if reader.cards.of("data_inclusion", (c,))), None),
        origins=(origin,),
        siret=cleaning.siret(row.get("siret"), reader.lose),
        sites=_site(row, here, reader),
        website=cleaning.website(row.get("site_web"), reader.lose),
    )


def service(row: Any, reader: Reader) -> tuple[str, Entry] | str:
    """One service, with the id of its structure; or why it is dropped."""
    row = unwrapped(row)
    if not isinstance(row, dict):
        return "not_a_record"
    owner = cleaning.text(row.get("structure_id"))
    here, fault = _here(row, reader)
    perimeter = _perimeter(row)
    if fault and owner not in reader.here:
        zones = [z for z in perimeter or () if reader.area.meets(z)]
        if not zones:
            return fault
        if all(z == "france" for z in zones):
            return "nationwide"
    name = cleaning.name(row.get("nom"))
    if not name:
        return "no_name"
    for told in cleaning.codes(row.get("zone_eligibilite")):
        if not zone_of(told):
            reader.lose("perimeter", "unknown_code")
    older = any(key in row for key in ("profils", "types", "zone_diffusion_type"))
    if older:
        reader.lose("needs", "older_schema", len(cleaning.codes(row.get("thematiques"))) or 1)
    _persons(row, reader)
    told_day = cleaning.day(row.get("date_maj"))
    origin = EntryOrigin(
        source=cleaning.text(row.get("source")) or reader.label,
        source_id=cleaning.text(row.get("id")) or None,
        source_date=told_day or reader.dated,
    )
    fees = cleaning.among(row.get("frais"), ("gratuit", "payant"), "fees", reader.lose)
    conditions = [cleaning.prose(row.get(k)) for k in ("publics_precisions", "conditions_acces")]
    return owner, Entry(
        name=name,
        origins=(origin,),
        sites=_site(row, here, reader) if not fault or here else (),
        needs=None if older else cleaning.among(row.get("thematiques"), reader.needs, "needs", reader.lose),
        publics=None if older else cleaning.among(row.get("publics"), reader.publics, "publics", reader.lose),
        perimeter=perimeter,
        conditions=" · ".join(dict.fromkeys(c for c in conditions if c)) or None,
        fees=fees[0] if fees and len(fees) == 1 else None,
        referable_by=cleaning.among(
            row.get("mobilisable_par"), ("usagers", "professionnels"), "referable_by", reader.lose
        ),
        reception=cleaning.among(row.get("modes_accueil"), _RECEPTION, "reception", reader.lose),
        referral=cleaning.among(row.get("modes_mobilisation"), _REFERRAL, "referral", reader.lose),
        referral_url=cleaning.website(
            row.get("lien_mobilisation"), lambda _, why: reader.lose("referral_url", why)
        ),
    )


def _here(row: Mapping[str, Any], reader: Reader) -> tuple[Commune | None, str]:
    """The commune of a row, and why it is not of the area (empty when it is)."""
    code, postcode, town = (cleaning.text(row.get(k)) for k in ("code_insee", "code_postal", "commune"))
    code, postcode = (n.zfill(5) if n else "" for n in (code, postcode))
    found = located(reader.area, reader.lose, code, postcode, town)
    if not isinstance(found, str):
        return found, ""
    near = not (code or postcode) or reader.area.may_hold(code or postcode)
    return (commune_of(code, postcode, town) if found == "elsewhere" and near else None), found


def fault_of(row: Mapping[str, Any], reader: Reader) -> str:
    """Why a row is not of the area, or nothing."""
    return _here(row, reader)[1]


def _kinds(row: Mapping[str, Any], name: str, reader: Reader) -> tuple[list[str], tuple[int, ...]]:
    codes = cleaning.codes(row.get("reseaux_porteurs"))
    kinds = reader.cards.of("data_inclusion", codes)
    for code in codes:
        if not reader.cards.of("data_inclusion", (code,)):
            reader.lose("network", "unknown_code")
    kinds = kinds or reader.cards.of(
        "older", (*cleaning.codes(row.get("labels_nationaux")), cleaning.text(row.get("typologie")))
    )
    if not any(reader.cards.is_operator(k) for k in kinds):
        named = tuple(k for k in reader.cards.named(name) if reader.cards.is_operator(k) or not kinds)
        kinds = named or kinds
    return codes, kinds


def _site(row: Mapping[str, Any], here: Commune | None, reader: Reader) -> tuple[Site, ...]:
    lose = reader.lose
    postcode, town = (
        cleaning.text(row.get("code_postal")),
        cleaning.text(row.get("commune")) or (here.name if here else ""),
    )
    street = cleaning.text(row.get("adresse"))
    address = cleaning.address(street, row.get("complement_adresse"), postcode, town) if street else None
    point = cleaning.coordinates(
        row.get("latitude"),
        row.get("longitude"),
        (here.lat, here.lon) if here else None,
        lose,
        places.great_circle,
    )
    told = Site(
        commune=here.code if here else None,
        address=address,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        hours=french_hours.opening(
            cleaning.text(row.get("horaires_accueil") or row.get("horaires_ouverture")), lose
        ),
        phone=cleaning.phone(row.get("telephone"), here.departement if here else "", lose),
    )
    return () if told == Site() else (told,)


def _perimeter(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    zones = [zone_of(told) for told in cleaning.codes(row.get("zone_eligibilite"))]
    return tuple(dict.fromkeys(z for z in zones if z)) or None


def _persons(row: Mapping[str, Any], reader: Reader) -> None:
    for key in ("contact_nom_prenom", "courriel"):
        if cleaning.text(row.get(key)):
            reader.lose("email" if key == "courriel" else "contact", "personal")


def with_services(house: Entry, services: list[Entry]) -> Entry:
    """A structure with its services, each whole: needs, public, zone and conditions of one are never those of another.

    What the structure has of its own are its places, where all its services are, and the day of the newest row.
    """
    if not services:
        return house
    days = [o.source_date for e in (house, *services) for o in e.origins if o.source_date]
    first = replace(house.origins[0], source_date=max(days, default=None))
    sites = _places([*house.sites, *(s for service in services for s in service.sites)])
    return replace(house, origins=(first, *house.origins[1:]), sites=sites, services=tuple(services))


def _places(sites: list[Site]) -> tuple[Site, ...]:
    """Each address once, with all that is known of it; a site of nowhere only when there is no other."""
    found: dict[tuple[str | None, str], Site] = {}
    for site in sites:
        key = (site.commune, normalise(site.address or ""))
        if not site.address:  # the commune alone: the first place in it
            key = next((k for k in found if k[0] == site.commune), key)
        known = found.get(key)
        mine = values_of(site)
        found[key] = (
            site
            if known is None
            else Site(**{k: v if v is not None else mine[k] for k, v in values_of(known).items()})
        )
    settled = [s for s in found.values() if s.commune]
    return tuple(settled or list(found.values())[:1])
