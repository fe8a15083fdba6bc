"""One house as a directory tells it, and the book in which every row read is entered. They hold; they never choose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOrigin:
    """Where a row comes from: the publisher's own id, the day it was last confirmed there, that of its last edit when it is another."""

    source: str
    source_id: str | None = None
    source_date: str | None = None
    edited_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where people are received; `commune` is a code of today, an arrondissement included."""

    commune: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    hours: str | None = None
    phone: str | None = None
    wheelchair: bool | None = None
    by_appointment: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A house: what is known of it, absent = not known. `kinds` are the cards of `rules/directory.toml` that name it."""

    name: str
    kinds: tuple[int, ...] = ()
    network: str | None = None
    origins: tuple[EntryOrigin, ...]
    aliases: tuple[str, ...] = ()
    siret: str | None = None
    sites: tuple[Site, ...] = ()
    email: str | None = None
    website: str | None = None
    needs: tuple[str, ...] | None = None
    publics: tuple[str, ...] | None = None
    perimeter: tuple[str, ...] | None = None
    conditions: str | None = None
    fees: str | None = None
    referable_by: tuple[str, ...] | None = None
    reception: tuple[str, ...] | None = None
    referral: tuple[str, ...] | None = None
    referral_url: str | None = None
    services: tuple[Entry, ...] = ()  # what the house does, one by one, when its source tells it so
    order: int = 0

    @property
    def commune(self) -> str | None:
        return self.sites[0].commune if self.sites else None


class Ledger:
    """Every row of every file, in one of three columns; and the values that could not be carried over, by field and reason."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()  # file -> rows read
        self.kept: Counter[str] = Counter()  # file -> rows that became an entry
        self.joined: Counter[tuple[str, str]] = (
            Counter()
        )  # (file, how) -> rows that became part of another entry
        self.dropped: Counter[tuple[str, str]] = Counter()  # (file, reason) -> rows
        self.lost: Counter[tuple[str, str]] = Counter()  # (field, reason) -> values of kept rows
        self.ignored: dict[str, tuple[str, ...]] = {}  # file -> columns nothing was made of
        self.where: dict[tuple[str, str], list[int]] = {}  # (file, reason) -> the first rows dropped

    def drop(self, file: str, reason: str, row: int) -> None:
        self.dropped[file, reason] += 1
        first = self.where.setdefault((file, reason), [])
        if len(first) < 5:
            first.append(row)

    def lose(self, field: str, reason: str, times: int = 1) -> None:
        self.lost[field, reason] += times

    def balance(self, file: str) -> int:
        """Rows not accounted for: 0, or a bug of ours."""
        out = self.kept[file] + _of(self.joined, file) + _of(self.dropped, file)
        return self.rows[file] - out

    def files(self) -> Iterable[str]:
        return self.rows


def _of(counts: Counter[tuple[str, str]], file: str) -> int:
    return sum(count for (name, _), count in counts.items() if name == file)
