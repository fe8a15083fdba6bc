"""A plain list whose titles are anybody's: which column is which, and of which network a row is. It guesses titles, never values.

Titles are compared whole, accents, case and punctuation aside, with those of `rules/directory.toml`; `--map name=…` has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cep_route.importers import cleaning
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Record
from cep_route.importers.rows import Entry, Reader, as_text
from cep_route.text import normalise


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


def entry(record: Record, reader: Reader) -> Entry | str:
    """One row, by our keys; or why it is dropped."""
    cells, cards = as_text(record), reader.cards
    kinds = cards.listed(cells["kind"]) or cards.named(cells["kind"]) if cells["kind"] else ()
    if cells["kind"] and not kinds:
        reader.lose("network", "unknown_code")
    kinds = kinds or cards.named(cleaning.name(cells["name"])) or reader.network
    if not kinds:
        reader.lose("network", "not_told")
    return reader.entry(cells, kinds)
