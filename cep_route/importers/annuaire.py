"""The administration's directory (DILA, "annuaire de l'administration"): the archive, its API, the GeoJSON of before, competences.

It names the cells of a record; it takes the seat of a body for no area. The API writes JSON inside strings: `_inner` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from cep_route.importers import cleaning, hours
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Lose, Record, Value
from cep_route.importers.rows import Cells, Entry, Reader, as_text

SOURCE = "annuaire-administration"
_MORE = ("complement1", "complement2", "service_distribution")


def _inner(value: Value) -> Value:
    """What the API writes as JSON inside a string."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            read: Value = json.loads(value)
        except ValueError:
            return value
        return read
    return value


def _listed(value: Value) -> list[Value]:
    inner = _inner(value)
    return inner if isinstance(inner, list) else [inner] if inner else []


def _records(value: Value) -> list[Record]:
    return [one for one in _listed(value) if isinstance(one, dict)]


def looks_like(row: Record) -> str:
    """`annuaire`, `competence`, or nothing."""
    inside = cleaning.fields(row.get("properties")) or row
    if {"pivotLocal", "pivot", "plage_ouverture"} & set(inside):
        return "annuaire"
    if "code_type_service_local" in row or ("type_service_local" in row and "code_insee_commune" in row):
        return "competence"
    return ""


def entry(record: Record, reader: Reader) -> Entry | str:
    """One record, in either shape; or why it is dropped. A body in charge of a commune of the area is kept wherever it has its seat."""
    record = as_today(record)
    wanted = any(cleaning.text(record.get(key)) in reader.wanted for key in ("id", "ancien_code_pivot"))
    if not wanted and reader.far(record.get("code_insee_commune")):
        return "elsewhere"
    kinds = kinds_of(record, reader.cards)
    return reader.entry(cells(record, reader), kinds, anyway=wanted) if kinds else "unknown_type"


def kinds_of(record: Record, cards: Cards) -> tuple[int, ...]:
    types = (cleaning.text(p.get("type_service_local")) for p in _records(record.get("pivot")))
    return cards.of("annuaire", types)


def served(record: Record) -> list[str]:
    """The communes that the pivots of a record name: its seat, or those it is in charge of."""
    pivots = _records(record.get("pivot"))
    return [cleaning.text(c) for pivot in pivots for c in _listed(pivot.get("code_insee_commune"))]


def cells(record: Record, reader: Reader) -> Cells:
    """The cells of a record of today. The address is the one where people are received, else the first."""
    addresses = _records(record.get("adresse"))
    place = next((a for a in addresses if a.get("type_adresse") == "Adresse"), next(iter(addresses), {}))
    phone, site = (next(iter(_records(record.get(key))), {}) for key in ("telephone", "site_internet"))
    told: Record = {
        "source": SOURCE,
        "id": record.get("id"),
        "alias": record.get("ancien_code_pivot"),
        "name": record.get("nom"),
        "commune": record.get("code_insee_commune") or next(iter(served(record)), ""),
        "postcode": place.get("code_postal"),
        "town": place.get("nom_commune"),
        "address": place.get("numero_voie"),
        "more_address": ", ".join(filter(None, (cleaning.text(place.get(key)) for key in _MORE))),
        "latitude": place.get("latitude"),
        "longitude": place.get("longitude"),
        "phone": phone.get("valeur"),
        "email": next(iter(_listed(record.get("adresse_courriel"))), None),
        "website": site.get("valeur"),
        "siret": record.get("siret"),
        "hours": opening(_records(record.get("plage_ouverture")), reader.lose),
        "wheelchair": place.get("accessibilite"),
        "conditions": record.get("information_complementaire"),
        "date": reader.dated
        or record.get("date_modification"),  # the snapshot of an official directory confirms its rows
        "edited": record.get("date_modification"),
    }
    return as_text(told)


def as_today(feature: Record) -> Record:
    """A feature of the GeoJSON of before (v3) as a record of today; any other record as it is."""
    old = cleaning.fields(feature.get("properties"))
    if not old:
        return feature
    if "pivot" in old:
        return old
    addresses = [a for a in cleaning.items(old.get("adresses")) if isinstance(a, dict)]
    there = [a for a in addresses if cleaning.text(a.get("type")) in {"géopostale", "physique"}]
    place = next(iter([*there, *addresses]), {})
    longitude, latitude = cleaning.point(feature.get("geometry") or {"coordinates": place.get("coordonnees")})
    lines = [cleaning.text(line) for line in cleaning.items(place.get("lignes"))]
    address: Record = {
        "type_adresse": "Adresse",
        "numero_voie": lines[-1] if lines else "",
        "complement1": ", ".join(lines[:-1]),
        "code_postal": place.get("codePostal"),
        "nom_commune": place.get("commune"),
        "longitude": longitude,
        "latitude": latitude,
    }
    seat = old.get("codeInsee")
    return {
        "id": old.get("id"),
        "nom": old.get("nom"),
        "pivot": [{"type_service_local": old.get("pivotLocal"), "code_insee_commune": _listed(seat)}],
        "code_insee_commune": seat or "",
        "adresse": [address],
        "telephone": [{"valeur": old.get("telephone")}],
        "adresse_courriel": old.get("email"),
        "site_internet": [{"valeur": old.get("url")}],
        "plage_ouverture": [_range(h) for h in cleaning.items(old.get("horaires")) if isinstance(h, dict)],
    }


def _range(told: Record) -> Value:
    """A range of days of the GeoJSON of before as one of today."""
    found: Record = {"nom_jour_debut": told.get("du"), "nom_jour_fin": told.get("au")}
    for i, slot in enumerate(map(cleaning.fields, cleaning.items(told.get("heures"))), 1):
        found |= {f"valeur_heure_debut_{i}": slot.get("de"), f"valeur_heure_fin_{i}": slot.get("a")}
    return found


def opening(ranges: list[Record], lose: Lose) -> str | None:
    """Ranges of days with one or two slots and a comment; each day takes every rule that names it."""
    rules = []
    for told in ranges:
        first = hours.day_code(told.get("nom_jour_debut"))
        last = hours.day_code(told.get("nom_jour_fin")) or first
        ends = ((told.get(f"valeur_heure_debut_{i}"), told.get(f"valeur_heure_fin_{i}")) for i in range(1, 5))
        good = tuple(s for s in (hours.slot(*pair) for pair in ends) if s)
        if first and last and good:
            rules += [(c, good, cleaning.text(told.get("commentaire"))) for c in hours.span(first, last)]
        elif first or any(told.values()):
            lose("hours", "incomplete")
    return hours.checked(hours.week(rules), lose)


def competences(row: Value) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(commune, ids of the bodies in charge of it) of a row of the competence files, either shape."""
    if not isinstance(row, dict):
        return
    commune = cleaning.text(row.get("code_insee_commune"))
    if "code_type_service_local" in row:
        yield commune, tuple(cleaning.codes(_inner(row.get("id_service_local"))))
        return
    for kind in _records(row.get("type_service_local")):
        yield commune, tuple(cleaning.codes(_inner(kind.get("organisme"))))
