"""A house as directories tell it, and the book in which every row read is entered. They hold; they never choose.

Places, services and origins of rows are those of the territory file itself (`model.territory`): they are written as they are held.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from msgspec import Struct

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


class DroppedRows(Struct, frozen=True, kw_only=True):
    """Rows left out for one reason: how many, and the numbers of the first of them."""

    rows: int
    first: tuple[int, ...]


class FileBook(Struct, frozen=True, kw_only=True):
    """What became of the rows of one file: `rows` = `kept` + the sum of `joined` + those `dropped`, by how and by reason."""

    rows: int
    kept: int
    joined: dict[str, int]
    dropped: dict[str, DroppedRows]
    ignored_columns: tuple[str, ...]


class Books(Struct, frozen=True, kw_only=True):
    """The books closed: each file, and the values of kept rows that could not be carried over, by field and reason."""

    files: dict[str, FileBook]
    values_lost: dict[str, dict[str, int]]


@dataclass(slots=True)
class Ledger:
    """Every row of every file, in one of three columns; keys are (file, how or reason), (field, reason) for the values lost."""

    rows: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    joined: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    ignored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    first: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def drop(self, file: str, reason: str, row: int) -> None:
        self.dropped[file, reason] += 1
        first = self.first.setdefault((file, reason), [])
        if len(first) < 5:
            first.append(row)

    def balance(self, file: str) -> int:
        """Rows not accounted for: 0, or a bug of ours."""
        out = sum(
            n for counts in (self.joined, self.dropped) for (name, _), n in counts.items() if name == file
        )
        return self.rows[file] - self.kept[file] - out

    def closed(self) -> Books:
        """The same as plain values, in a stable order, for the page and for scripts."""
        lost: dict[str, dict[str, int]] = {}
        for (name, reason), n in sorted(self.lost.items()):
            lost.setdefault(name, {})[reason] = n
        return Books(files={file: self._book(file) for file in self.rows}, values_lost=lost)

    def _book(self, file: str) -> FileBook:
        dropped = {reason: n for (name, reason), n in sorted(self.dropped.items()) if name == file and n}
        return FileBook(
            rows=self.rows[file],
            kept=self.kept[file],
            joined={how: n for (name, how), n in sorted(self.joined.items()) if name == file and n},
            dropped={
                why: DroppedRows(rows=n, first=tuple(self.first.get((file, why), ())))
                for why, n in dropped.items()
            },
            ignored_columns=self.ignored.get(file, ()),
        )
