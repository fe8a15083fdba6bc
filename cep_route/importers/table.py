"""A plain list in CSV, whose titles are anybody's: which column is which, and each row as a house. It guesses titles, never values.

Titles are compared whole, accents, case and punctuation aside, with those of `rules/directory.toml`; `--map name=…` has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cep_route import places
from cep_route.importers import cleaning, french_hours
from cep_route.importers.area import commune_of, compressed, departement_of, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Lose, Value
from cep_route.importers.entry import Entry
from cep_route.importers.rows import RawRow, Reader
from cep_route.text import normalise

_YES = frozenset(("oui", "o", "1", "vrai", "true", "x", "yes", "acc"))
_NO = frozenset(("non", "n", "0", "faux", "false", "no", "nac"))
_DAYS = {
    "monday": "Mo", "tuesday": "Tu", "wednesday": "We", "thursday": "Th", "friday": "Fr", "saturday": "Sa", "sunday": "Su",
}  # fmt: skip
Cells = dict[str, str]  # our key -> the cell


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


def entry(record: Value, reader: Reader) -> Entry | str:
    """One row, by our keys; or why it is dropped. A row of no place but a département serves it whole."""
    if not isinstance(record, dict):
        return "not_a_record"
    cells = {key: cleaning.text(value) for key, value in record.items()}
    row = _raw(cells, reader)
    if row.code or row.postcode or row.town:
        found = reader.entry(row)
    elif row.departement is None:
        found = "no_place"
    elif not reader.area.meets(zone := f"departement:{row.departement}"):
        found = "elsewhere"
    else:
        found = reader.house(replace(row, perimeter=row.perimeter or (zone,)), None)
    if isinstance(found, str):
        return found
    fee = normalise(cells.get("fees", ""))
    return replace(
        found,
        needs=_needs(cells.get("needs"), reader),
        publics=cleaning.among(
            ["-".join(normalise(w).split()) for w in cleaning.codes(cells.get("publics"))],
            reader.publics,
            "publics",
            reader.lose,
        ),
        fees="gratuit"
        if fee.startswith(("gratuit", "free"))
        else "payant"
        if fee.startswith("payant")
        else None,
    )


def _raw(cells: Cells, reader: Reader) -> RawRow:
    def cell(key: str) -> str:
        return cells.get(key, "")

    lose, name, day = reader.lose, cleaning.name(cell("name")), cleaning.day(cell("date"))
    if day is None and cell("date"):
        lose("date", "invalid")
    postcode, town = cell("postcode"), cell("town")
    postcode = postcode.zfill(5) if postcode.isdigit() else postcode
    if not postcode:
        postcode, tail = _tail(cell("address"))
        town = town or tail
    wheelchair = normalise(cell("wheelchair"))
    point = re.findall(r"-?\d+(?:\.\d+)?", cell("point")) or ["", ""]  # « 44.55, 6.07 » in one column
    return RawRow(
        name=name,
        kinds=_kinds(cell("kind"), name, reader),
        source=reader.label,
        ids=(cell("id"),) if cell("id") else (),
        code=cell("commune").zfill(5) if cell("commune") else "",
        postcode=postcode,
        town=town,
        departement=departement_of(cell("departement")),
        street=cell("address"),
        more=cell("more_address"),
        latitude=cell("latitude") or point[0],
        longitude=cell("longitude") or point[-1],
        phone=cell("phone"),
        email=cell("email"),
        website=cell("website"),
        siret=cell("siret"),
        hours=french_hours.opening(cell("hours"), lose) or _by_day(cells, lose),
        by_appointment=True if french_hours.only_by_appointment(cell("hours")) else None,
        wheelchair=True if wheelchair in _YES else False if wheelchair in _NO else None,
        perimeter=_perimeter(cell("perimeter"), reader),
        conditions=cleaning.prose(cell("conditions")),
        confirmed=day or reader.dated,
        edited=cleaning.day(cell("edited")),
    )


def _tail(address: str) -> tuple[str, str]:
    """« 516 rue St Fuscien, 80090 Amiens Cedex 1 »: the postcode and the town at the end."""
    found = re.search(r"(?i)\b(\d{5})\s+([^,\d]+?)(?:\s+cedex(?:\s*\d+)?)?[\s.]*$", address)
    return (found[1], found[2].strip()) if found else ("", "")


def _kinds(word: str, name: str, reader: Reader) -> tuple[int, ...]:
    kinds = (reader.cards.listed(word) or reader.cards.named(word)) if word else ()
    if word and not kinds:
        reader.lose("network", "unknown_code")
    kinds = kinds or reader.cards.named(name) or reader.network
    if not kinds:
        reader.lose("network", "not_told")
    return kinds


def _by_day(cells: Cells, lose: Lose) -> str | None:
    """Hours told in seven columns, one a day."""
    read = {code: french_hours.read(words, code) for key, code in _DAYS.items() if (words := cells.get(key))}
    week: dict[str, list[str]] = {}
    for code, hours in read.items():
        if hours is None:
            lose("hours", "unreadable")
            return None
        week.setdefault(hours.partition(" ")[2], []).append(code)
    told = "; ".join(f"{cleaning.days_text(days)} {rest}" for rest, days in week.items())
    return cleaning.hours(told, lose) if told else None


def _needs(value: Value, reader: Reader) -> tuple[str, ...] | None:
    """Codes, or the words the rules know for them."""
    found = []
    for told in cleaning.codes(value):
        code = told if told in reader.needs else reader.need_words.get(normalise(told))
        if code:
            found.append(code)
        else:
            reader.lose("needs", "unknown_code")
    return tuple(dict.fromkeys(found)) or None


def _perimeter(value: Value, reader: Reader) -> tuple[str, ...] | None:
    zones, communes = [], []
    for told in cleaning.codes(value):
        zone = zone_of(told)
        here = commune_of("", "", told) if zone is None else places.commune(zone) if len(zone) == 5 else None
        if here:
            communes.append(here.code)
        elif zone:
            zones.append(zone)
        else:
            reader.lose("perimeter", "unknown_code")
    return tuple(dict.fromkeys((*zones, *compressed(communes)))) or None
