"""The administration's directory (DILA, "annuaire de l'administration"): the archive, its API, the GeoJSON of before, competences.

It names the cells of a record; it takes the seat of a body for no area. The API writes JSON inside strings: `_inner` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from cep_route.importers import cleaning
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Lose, Record, Value
from cep_route.importers.entry import Entry
from cep_route.importers.rows import RawRow, Reader

SOURCE = "annuaire-administration"


def _inner(value: Value) -> Value:
    """What the API writes as JSON inside a string."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            read: Value = json.loads(value)
        except ValueError:
            return value
        return read
    return value


def _first(value: Value) -> Record:
    return cleaning.first(_inner(value))


def _listed(value: Value) -> list[Value]:
    inner = _inner(value)
    return inner if isinstance(inner, list) else [inner] if inner else []


def looks_like(row: Record) -> str:
    """`annuaire`, `competence`, or nothing."""
    inside = cleaning.fields(row.get("properties")) or row
    if {"pivotLocal", "pivot", "plage_ouverture"} & set(inside):
        return "annuaire"
    if "code_type_service_local" in row or ("type_service_local" in row and "code_insee_commune" in row):
        return "competence"
    return ""


def entry(record: Value, reader: Reader) -> Entry | str:
    """One record, in either shape; or why it is dropped. A body in charge of a commune of the area is kept wherever it has its seat."""
    if not isinstance(record, dict):
        return "not_a_record"
    record = as_today(record)
    wanted = any(i in reader.competences for i in _ids(record))
    seat = record.get("code_insee_commune")
    if isinstance(seat, str) and seat and not wanted and not reader.area.may_hold(seat):
        return "elsewhere"  # most rows of a national file: said at once
    kinds = kinds_of(record, reader.cards)
    if not kinds:
        return "unknown_type"
    return reader.entry(raw(record, kinds, reader.dated, reader.lose), anyway=wanted)


def _ids(record: Record) -> tuple[str, ...]:
    return tuple(filter(None, (cleaning.text(record.get(key)) for key in ("id", "ancien_code_pivot"))))


def _pivots(record: Record) -> list[Record]:
    return [p for p in _listed(record.get("pivot")) if isinstance(p, dict)]


def kinds_of(record: Record, cards: Cards) -> tuple[int, ...]:
    return cards.of("annuaire", (cleaning.text(p.get("type_service_local")) for p in _pivots(record)))


def served(record: Record) -> list[str]:
    """The communes that the pivots of a record name: its seat, or those it is in charge of."""
    return [cleaning.text(c) for pivot in _pivots(record) for c in _listed(pivot.get("code_insee_commune"))]


def raw(record: Record, kinds: tuple[int, ...], dated: str | None, lose: Lose) -> RawRow:
    """The cells of a record of today."""
    place = _address(record)
    wheelchair = cleaning.text(place.get("accessibilite"))
    if wheelchair == "DEM":
        lose("wheelchair", "on_request")
    edited = cleaning.day(record.get("date_modification"))
    return RawRow(
        name=cleaning.name(record.get("nom")),
        kinds=kinds,
        source=SOURCE,
        ids=_ids(record),
        code=cleaning.text(record.get("code_insee_commune")) or next(iter(served(record)), ""),
        postcode=cleaning.text(place.get("code_postal")),
        town=cleaning.text(place.get("nom_commune")),
        street=cleaning.text(place.get("numero_voie")),
        more=", ".join(filter(None, (cleaning.text(place.get(key)) for key in _MORE))),
        latitude=cleaning.text(place.get("latitude")),
        longitude=cleaning.text(place.get("longitude")),
        phone=cleaning.text(_first(record.get("telephone")).get("valeur")),
        email=cleaning.text(next(iter(_listed(record.get("adresse_courriel"))), None)),
        website=cleaning.text(_first(record.get("site_internet")).get("valeur")),
        siret=cleaning.text(record.get("siret")),
        hours=hours(_listed(record.get("plage_ouverture")), lose),
        wheelchair={"ACC": True, "NAC": False}.get(wheelchair),
        conditions=cleaning.prose(record.get("information_complementaire")),
        confirmed=dated or edited,  # the snapshot of an official directory confirms its rows
        edited=edited,
    )


_MORE = ("complement1", "complement2", "service_distribution")


def _address(record: Record) -> Record:
    """The address where people are received, else the first."""
    addresses = [a for a in _listed(record.get("adresse")) if isinstance(a, dict)]
    return next((a for a in addresses if a.get("type_adresse") == "Adresse"), next(iter(addresses), {}))


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
    return {
        "id": old.get("id"),
        "nom": old.get("nom"),
        "pivot": [
            {"type_service_local": old.get("pivotLocal"), "code_insee_commune": _listed(old.get("codeInsee"))}
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
        "plage_ouverture": [_range(h) for h in cleaning.items(old.get("horaires")) if isinstance(h, dict)],
    }


def _range(told: Record) -> Value:
    """A range of days of the GeoJSON of before as one of today."""
    slots = [cleaning.fields(slot) for slot in cleaning.items(told.get("heures"))]
    times: Record = {f"valeur_heure_debut_{i}": slot.get("de") for i, slot in enumerate(slots, 1)}
    times |= {f"valeur_heure_fin_{i}": slot.get("a") for i, slot in enumerate(slots, 1)}
    return {"nom_jour_debut": told.get("du"), "nom_jour_fin": told.get("au"), **times}


def hours(ranges: list[Value], lose: Lose) -> str | None:
    """Ranges of days with one or two slots and a comment; each day takes every rule that names it."""
    days: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for told in ranges:
        if not isinstance(told, dict):
            continue
        first = cleaning.day_code(told.get("nom_jour_debut"))
        last = cleaning.day_code(told.get("nom_jour_fin")) or first
        ends = ((told.get(f"valeur_heure_debut_{i}"), told.get(f"valeur_heure_fin_{i}")) for i in range(1, 5))
        good = tuple(s for s in (cleaning.slot(*pair) for pair in ends) if s)
        if not first or not last or not good:
            if first or any(told.values()):
                lose("hours", "incomplete")
            continue
        for code in cleaning.span(first, last):
            days.setdefault(code, []).append((good, cleaning.text(told.get("commentaire"))))
    whole = cleaning.week((code, tuple(rules)) for code, rules in days.items())
    return cleaning.hours(whole, lose) if whole else None


def competences(row: Value) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(commune, ids of the bodies in charge of it) of a row of the competence files, either shape."""
    if not isinstance(row, dict):
        return
    commune = cleaning.text(row.get("code_insee_commune"))
    if "code_type_service_local" in row:
        yield commune, tuple(cleaning.codes(_inner(row.get("id_service_local"))))
        return
    for kind in _listed(row.get("type_service_local")):
        if isinstance(kind, dict):
            yield commune, tuple(cleaning.codes(_inner(kind.get("organisme"))))
