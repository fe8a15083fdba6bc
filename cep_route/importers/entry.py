"""A house as directories tell it, and the book in which every row read is entered. They hold; they never choose.

Places, services and origins of rows are those of the territory file itself (`model.territory`): they are written as they are held.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from msgspec import Struct

from cep_route.importers.cleaning import Record
from cep_route.model.territory import PartnerService, PlaceEntry, RowOrigin


class Entry(Struct, frozen=True, kw_only=True):
    """A house: what is known of it, None = not known. `kinds` are the places of its cards in `rules/directory.toml`; days are ISO text.

    `sites`: where it receives, the commune a code of today. `services`: what it does, one by one, when its source tells it so.
    """

    name: str
    kinds: tuple[int, ...] = ()
    network: str | None = None
    origins: tuple[RowOrigin, ...]
    aliases: tuple[str, ...] = ()
    siret: str | None = None
    sites: tuple[PlaceEntry, ...] = ()
    email: str | None = None
    website: str | None = None
    needs: tuple[str, ...] | None = None
    publics: tuple[str, ...] | None = None
    perimeter: tuple[str, ...] | None = None
    conditions: str | None = None
    fees: str | None = None
    services: tuple[PartnerService, ...] = ()

    @property
    def commune(self) -> str | None:
        return self.sites[0].commune if self.sites else None


@dataclass(slots=True)
class FileBook:
    """What became of the rows of one file: `rows` = `kept` + the sum of `joined` + that of `dropped`, by how and by reason.

    `first`: the numbers of the first five rows dropped for each reason.
    """

    rows: int = 0
    kept: int = 0
    joined: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[int]] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()

    def drop(self, reason: str, row: int) -> None:
        self.dropped[reason] += 1
        first = self.first.setdefault(reason, [])
        if len(first) < 5:
            first.append(row)

    def missing(self) -> int:
        """Rows not accounted for: 0, or a bug of ours."""
        return self.rows - self.kept - self.joined.total() - self.dropped.total()

    def closed(self) -> Record:
        """The same as plain values, in a stable order."""
        reasons = sorted((+self.dropped).items())
        return {
            "rows": self.rows,
            "kept": self.kept,
            "joined": dict(sorted((+self.joined).items())),
            "dropped": {why: {"rows": n, "first": [*self.first.get(why, ())]} for why, n in reasons},
            "ignored_columns": [*self.ignored_columns],
        }


@dataclass(slots=True)
class Ledger:
    """Every row of every file, and the values of kept rows that could not be carried over, by field and reason."""

    files: defaultdict[str, FileBook] = field(default_factory=lambda: defaultdict(FileBook))
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def closed(self) -> Record:
        """The books as plain values in a stable order, for the page and for scripts."""
        names = sorted({name for name, _ in self.lost})
        lost: Record = {
            name: {why: n for (told, why), n in sorted(self.lost.items()) if told == name} for name in names
        }
        return {"files": {file: book.closed() for file, book in self.files.items()}, "values_lost": lost}
