"""A plain list in CSV, whose titles are anybody's: which column is which, and each row as a house. It guesses titles, never values.

Titles are compared whole, accents, case and punctuation aside, with those of `rules/directory.toml`; `--map name=…` has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cep_route import places
from cep_route.importers import cleaning, french_hours
from cep_route.importers.area import Lose, commune_of, compressed, departement_of, located, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.entry import Entry, EntryOrigin, Site
from cep_route.importers.reading import Reader
from cep_route.places import Commune
from cep_route.text import normalise

_YES, _NO = (
    frozenset(("oui", "o", "1", "vrai", "true", "x", "yes", "acc")),
    frozenset(("non", "n", "0", "faux", "false", "no", "nac")),
)


_DAYS = {
    "monday": "Mo", "tuesday": "Tu", "wednesday": "We", "thursday": "Th", "friday": "Fr", "saturday": "Sa", "sunday": "Su",
}  # fmt: skip


def columns(header: Sequence[str], cards: Cards, told: Mapping[str, str]) -> dict[str, int]:
    """Our key -> the column that holds it: as told, else the best title."""
    words = [normalise(h) for h in header]
    found: dict[str, tuple[int, int]] = {}
    for at, word in enumerate(words):
        hit = cards.head(word)
        if hit and (hit[0] not in found or hit[1] < found[hit[0]][0]):
            found[hit[0]] = (hit[1], at)
    mapped = {key: at for key, (_, at) in found.items()}
    return mapped | {
        key: words.index(normalise(title)) for key, title in told.items() if normalise(title) in words
    }


def row_of(cells: Sequence[str], mapped: Mapping[str, int]) -> dict[str, str]:
    return {key: cells[at] for key, at in mapped.items() if at < len(cells)}


def entry(row: Any, reader: Reader) -> Entry | str:
    """One row, by our keys; or why it is dropped."""
    if not isinstance(row, dict):
        return "not_a_record"
    code, postcode, town = (cleaning.text(row.get(k)) for k in ("commune", "postcode", "town"))
    postcode = postcode.zfill(5) if postcode.isdigit() else postcode
    code = code.zfill(5) if code else ""
    served, departement = None, departement_of(cleaning.text(row.get("departement")))
    if not postcode:
        postcode, tail = _tail(cleaning.text(row.get("address")))
        town = town or tail
    if not (code or postcode or town):
        served = f"departement:{departement}" if departement else None
    if served:
        here = commune_of("", postcode, town) if reader.area.meets(served) else None
        return _house(row, here, postcode, town, reader, served) if reader.area.meets(served) else "elsewhere"
    if not (code or postcode or town):
        return "no_place"
    found = located(reader.area, reader.lose, code, postcode, town, departement)
    return found if isinstance(found, str) else _house(row, found, postcode, town, reader)


def _tail(address: str) -> tuple[str, str]:
    """« 516 rue St Fuscien, 80090 Amiens Cedex 1 »: the postcode and the town at the end."""
    found = re.search(r"(?i)\b(\d{5})\s+([^,\d]+?)(?:\s+cedex(?:\s*\d+)?)?[\s.]*$", address)
    return (found[1], found[2].strip()) if found else ("", "")


def _house(
    row: Any, here: Commune | None, postcode: str, town: str, reader: Reader, served: str | None = None
) -> Entry | str:
    """The row as a house. `served`: the département a list gives to a house that is told no commune of its own."""
    told_name = cleaning.name(row.get("name"))
    if not told_name:
        return "no_name"
    word = cleaning.text(row.get("kind"))
    kinds = reader.cards.listed(word) if word else ()
    if word and not kinds:
        reader.lose("network", "unknown_code")
    kinds = kinds or reader.cards.named(told_name) or reader.network
    if not kinds:
        reader.lose("network", "not_told")
    lose, day = reader.lose, cleaning.day(row.get("date"))
    if day is None and cleaning.text(row.get("date")):
        lose("date", "invalid")
    hours_told = cleaning.text(row.get("hours"))
    point = cleaning.coordinates(
        row.get("latitude"),
        row.get("longitude"),
        (here.lat, here.lon) if here else None,
        lose,
        places.great_circle,
    )
    pmr = normalise(cleaning.text(row.get("wheelchair")))
    site = Site(
        commune=here.code if here else None,
        address=cleaning.address(
            row.get("address"),
            row.get("more_address"),
            *(("", "") if served else (postcode, town or (here.name if here else ""))),
        ),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        hours=french_hours.opening(hours_told, lose) or _by_day(row, lose),
        by_appointment=True if french_hours.only_by_appointment(hours_told) else None,
        phone=cleaning.phone(row.get("phone"), here.departement if here else "", lose),
        wheelchair=True if pmr in _YES else False if pmr in _NO else None,
    )
    fee = normalise(cleaning.text(row.get("fees")))
    return Entry(
        name=reader.cards.name(told_name, kinds, day or reader.dated),
        kinds=kinds,
        origins=(
            EntryOrigin(
                source=reader.label,
                source_id=cleaning.text(row.get("id")) or None,
                source_date=day or reader.dated,
                edited_on=cleaning.day(row.get("edited")),
            ),
        ),
        aliases=tuple(filter(None, (cleaning.text(row.get("id")),))),
        siret=cleaning.siret(row.get("siret"), lose),
        sites=(site,),
        email=cleaning.email(row.get("email"), reader.cards.shared_boxes, f"{told_name} {town}", lose),
        website=cleaning.website(row.get("website"), lose),
        needs=_needs(row.get("needs"), reader),
        publics=cleaning.among(row.get("publics"), reader.publics, "publics", lose),
        perimeter=_perimeter(row.get("perimeter"), reader) or ((served,) if served else None),
        conditions=cleaning.prose(row.get("conditions")),
        fees="gratuit"
        if fee.startswith(("gratuit", "free"))
        else "payant"
        if fee.startswith("payant")
        else None,
    )


def _by_day(row: Any, lose: Lose) -> str | None:
    """Hours told in seven columns, one a day."""
    told = {code: cleaning.text(row.get(key)) for key, code in _DAYS.items()}
    read = {code: french_hours.read(words, code) for code, words in told.items() if words}
    if not read:
        return None
    if any(hours is None for hours in read.values()):
        lose("hours", "unreadable")
        return None
    week: dict[str, list[str]] = {}
    for code, hours in read.items():
        week.setdefault((hours or "").partition(" ")[2], []).append(code)
    return cleaning.hours(
        "; ".join(f"{cleaning.days_text(days)} {rest}" for rest, days in week.items()), lose
    )


def _needs(value: Any, reader: Reader) -> tuple[str, ...] | None:
    """Codes, or the words the rules know for them."""
    found = []
    for told in cleaning.codes(value):
        code = told if told in reader.needs else reader.need_words.get(normalise(told))
        if code:
            found.append(code)
        else:
            reader.lose("needs", "unknown_code")
    return tuple(dict.fromkeys(found)) or None


def _perimeter(value: Any, reader: Reader) -> tuple[str, ...] | None:
    zones, communes = [], []
    for told in cleaning.codes(value):
        zone = zone_of(told)
        if zone and len(zone) == 5:
            communes.append(zone)
        elif zone:
            zones.append(zone)
        else:
            here = places.find(told).one
            if here:
                communes.append(here.code)
            else:
                reader.lose("perimeter", "unknown_code")
    return tuple(dict.fromkeys((*zones, *compressed(communes)))) or None
