"""The administration's directory (DILA, "annuaire de l'administration"): the archive, its API, the GeoJSON of before, competences.

It reads rows and says what each is; it keeps no row of a place outside the area, and takes the seat of a body for no area.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cep_route import places
from cep_route.importers import cleaning
from cep_route.importers.area import commune_of, located
from cep_route.importers.entry import Entry, EntryOrigin, Site
from cep_route.importers.reading import Reader

SOURCE = "annuaire-administration"


def _inner(value: Any) -> Any:
    """What the API writes as JSON inside a string."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def first(value: Any) -> Mapping[str, Any]:
    inner = _inner(value)
    items = inner if isinstance(inner, list) else [inner]
    return next((i for i in items if isinstance(i, dict)), {})


def listed(value: Any) -> list[Any]:
    inner = _inner(value)
    return inner if isinstance(inner, list) else [inner] if inner else []


def looks_like(row: Mapping[str, Any]) -> str:
    """`annuaire`, `competence`, or nothing."""
    inside = row.get("properties") if isinstance(row.get("properties"), dict) else row
    if isinstance(inside, dict) and (
        "pivotLocal" in inside or "pivot" in inside or "plage_ouverture" in inside
    ):
        return "annuaire"
    if "code_type_service_local" in row or ("type_service_local" in row and "code_insee_commune" in row):
        return "competence"
    return ""


def entry(row: Any, reader: Reader) -> Entry | str:
    """One record, in either shape; or why it is dropped."""
    if not isinstance(row, dict):
        return "not_a_record"
    row = as_today(row)
    seat = row.get("code_insee_commune")
    if isinstance(seat, str) and seat and not reader.competences and not reader.area.may_hold(seat):
        return "elsewhere"  # most rows of a national file: said at once
    types, seats = pivots(row)
    kinds = reader.cards.of("annuaire", types)
    if not kinds:
        return "unknown_type"
    ids = tuple(i for i in (cleaning.text(row.get("id")), cleaning.text(row.get("ancien_code_pivot"))) if i)
    code = cleaning.text(row.get("code_insee_commune")) or next(iter(seats), "")
    place = address(row)
    postcode, town = cleaning.text(place.get("code_postal")), cleaning.text(place.get("nom_commune"))
    wanted = any(i in reader.competences for i in ids)
    if not wanted and (code or postcode) and not reader.area.may_hold(code or postcode):
        return "elsewhere"
    here = commune_of(code, postcode, town)
    if not wanted:
        found = located(reader.area, reader.lose, code, postcode, town)
        if isinstance(found, str):
            return found
        here = found
    name = cleaning.name(row.get("nom"))
    if not name:
        return "no_name"
    lose, departement = reader.lose, here.departement if here else ""
    told = cleaning.day(row.get("date_modification"))
    point = cleaning.coordinates(
        place.get("latitude"),
        place.get("longitude"),
        (here.lat, here.lon) if here else None,
        lose,
        places.great_circle,
    )
    phone = first(row.get("telephone"))
    site = Site(
        commune=here.code if here else None,
        address=cleaning.address(place.get("numero_voie"), more(place), postcode, town),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        hours=hours(listed(row.get("plage_ouverture")), lose),
        phone=cleaning.phone(phone.get("valeur"), departement, lose),
        wheelchair={"ACC": True, "NAC": False}.get(cleaning.text(place.get("accessibilite"))),
    )
    if cleaning.text(place.get("accessibilite")) == "DEM":
        lose("wheelchair", "on_request")
    return Entry(
        name=reader.cards.name(name, kinds, told or reader.dated),
        kinds=kinds,
        origins=(
            EntryOrigin(
                source=SOURCE,
                source_id=ids[0] if ids else None,
                source_date=reader.dated or told,  # the snapshot of an official directory confirms its rows
                edited_on=told if reader.dated and told != reader.dated else None,
            ),
        ),
        aliases=ids,
        siret=cleaning.siret(row.get("siret"), lose),
        sites=(site,),
        email=cleaning.email(
            _inner(row.get("adresse_courriel")), reader.cards.shared_boxes, f"{name} {town}", lose
        ),
        website=cleaning.website(first(row.get("site_internet")).get("valeur"), lose),
        conditions=cleaning.prose(row.get("information_complementaire")),
    )


def pivots(row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The types of a record and the communes of their seats."""
    pivots = [p for p in listed(row.get("pivot")) if isinstance(p, dict)]
    types = [cleaning.text(p.get("type_service_local")) for p in pivots]
    seats = [cleaning.text(c) for p in pivots for c in listed(p.get("code_insee_commune"))]
    return types, seats


def address(row: Mapping[str, Any]) -> Mapping[str, Any]:
    addresses = [a for a in listed(row.get("adresse")) if isinstance(a, dict)]
    return next((a for a in addresses if a.get("type_adresse") == "Adresse"), next(iter(addresses), {}))


def more(place: Mapping[str, Any]) -> str:
    parts = (cleaning.text(place.get(key)) for key in ("complement1", "complement2", "service_distribution"))
    return ", ".join(p for p in parts if p)


def as_today(record: dict[str, Any]) -> dict[str, Any]:
    """A record of today, whichever shape it came in."""
    return _as_today(record) if isinstance(record.get("properties"), dict) else record


def _as_today(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A feature of the GeoJSON of before (v3) as a record of today."""
    old = feature["properties"]
    if "pivot" in old:
        return dict(old)
    addresses = [a for a in cleaning.items(old.get("adresses")) if isinstance(a, dict)]
    place = next(
        (a for a in addresses if cleaning.text(a.get("type")) in {"géopostale", "physique"}),
        next(iter(addresses), {}),
    )
    longitude, latitude = cleaning.point(feature.get("geometry") or {"coordinates": place.get("coordonnees")})
    ranges = [
        {
            "nom_jour_debut": h.get("du"),
            "nom_jour_fin": h.get("au"),
            **{
                f"valeur_heure_{end}_{i}": slot.get(key)
                for i, slot in enumerate(map(cleaning.fields, cleaning.items(h.get("heures"))), 1)
                for end, key in (("debut", "de"), ("fin", "a"))
            },
        }
        for h in cleaning.items(old.get("horaires"))
        if isinstance(h, dict)
    ]
    lines = [cleaning.text(line) for line in cleaning.items(place.get("lignes"))]
    return {
        "id": old.get("id"),
        "nom": old.get("nom"),
        "pivot": [
            {"type_service_local": old.get("pivotLocal"), "code_insee_commune": listed(old.get("codeInsee"))}
        ],
        "code_insee_commune": old.get("codeInsee") or "",
        "adresse": [
            {
                "type_adresse": "Adresse",
                "numero_voie": lines[-1] if lines else "",
                "complement1": ", ".join(lines[:-1]),
                "code_postal": place.get("codePostal"),
                "nom_commune": place.get("commune"),
                "longitude": longitude,
                "latitude": latitude,
            }
        ],
        "telephone": [{"valeur": old.get("telephone")}],
        "adresse_courriel": old.get("email"),
        "site_internet": [{"valeur": old.get("url")}],
        "plage_ouverture": ranges,
    }


def hours(ranges: list[Any], lose: Any) -> str | None:
    """Ranges of days with one or two slots and a comment; each day takes every rule that names it."""
    days: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for told in ranges:
        if not isinstance(told, dict):
            continue
        first = cleaning.day_code(told.get("nom_jour_debut"))
        last = cleaning.day_code(told.get("nom_jour_fin")) or first
        slots = [
            cleaning.slot(told.get(f"valeur_heure_debut_{i}"), told.get(f"valeur_heure_fin_{i}"))
            for i in range(1, 5)
        ]
        good = tuple(s for s in slots if s)
        if not first or not last or not good:
            if first or any(told.values()):
                lose("hours", "incomplete")
            continue
        for code in cleaning.span(first, last):
            days.setdefault(code, []).append((good, cleaning.text(told.get("commentaire"))))
    whole = cleaning.week((code, tuple(rules)) for code, rules in days.items())
    return cleaning.hours(whole, lose) if whole else None


def competences(row: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(commune, type, ids of the bodies in charge) of a row of the competence files, either shape."""
    if not isinstance(row, dict):
        return
    commune = cleaning.text(row.get("code_insee_commune"))
    if "code_type_service_local" in row:
        yield (
            commune,
            cleaning.text(row["code_type_service_local"]),
            tuple(cleaning.codes(_inner(row.get("id_service_local")))),
        )
        return
    for kind in listed(row.get("type_service_local")):
        if isinstance(kind, dict):
            yield (
                commune,
                cleaning.text(kind.get("code_type_service_local")),
                tuple(cleaning.codes(_inner(kind.get("organisme")))),
            )
