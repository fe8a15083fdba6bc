"""The desks of the whole country in one small indexed file, looked up by network and département; never read whole.

`desks.sqlite` is built by `tools/build_desks.py`; `territory import --desks` makes a file of the same shape (`files.country`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from msgspec import Struct

FORMAT = 1
APPLICATION = 0x43455044  # "CEPD": a SQLite file that is no file of desks is told from one
EMBEDDED = str(Path(__file__).with_name("desks.sqlite"))


class ListedDesk(Struct, frozen=True, kw_only=True):
    """One desk of one network, as a public directory lists it; None = the directory does not say.

    `network` is one of `rules/directory.toml`; `commune` an INSEE code of today; `phone` E.164 or short; `hours` OpenStreetMap's
    grammar, `hours_text` the words of the page at `sheet`, its identifier. `edited_on` is the day of the last edit of the row, `as_of`
    that of the snapshot; `street_year` the year of the address, where the phone is newer. `source`: the publisher; `licence`: its
    terms. `served`: 1 when the communes it is in charge of were given (`Desks.serving` tells which).
    """

    network: str
    departement: str
    name: str
    commune: str | None = None
    town: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    hours: str | None = None
    hours_text: str | None = None
    website: str | None = None
    sheet: str | None = None
    edited_on: str | None = None
    as_of: str
    street_year: int | None = None
    source: str
    licence: str
    served: int = 0


class NotDesksError(Exception):
    """The file is not a file of desks of this version."""


COLUMNS = ListedDesk.__struct_fields__


class Desks:
    """A file of desks, for any thread. `corrected`: a desk as an office knows it, None when it closed. Raises `NotDesksError`."""

    def __init__(
        self, path: str = EMBEDDED, corrected: Callable[[ListedDesk], ListedDesk | None] | None = None
    ) -> None:
        self.path, self._corrected = path, corrected
        self._lock = Lock()
        self._met = lru_cache(maxsize=20_000)(self._asked)
        try:
            # `immutable`: no lock and no journal is looked for, the file may lie in a folder that cannot be written.
            where = f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1"
            self._file = sqlite3.connect(where, uri=True, check_same_thread=False)
            (application,) = self._file.execute("PRAGMA application_id").fetchone()
            (version,) = self._file.execute("PRAGMA user_version").fetchone()
            self._file.execute("PRAGMA trusted_schema = 0")
            (self.snapshot,) = self._file.execute("SELECT snapshot FROM about").fetchone()
        except (sqlite3.Error, TypeError) as error:
            raise NotDesksError(path) from error
        if (application, version) != (APPLICATION, FORMAT):
            raise NotDesksError(path)

    def of(self, network: str, departement: str) -> tuple[ListedDesk, ...]:
        """The desks of a network that lie in a département, in the order of their names."""
        return self._met("d.network = ? AND d.departement = ?", network, departement)

    def serving(self, network: str, commune: str) -> tuple[ListedDesk, ...]:
        """The desks of a network that are in charge of a commune, where that is known; they may lie in another département."""
        where = "d.network = ? AND d.id IN (SELECT desk FROM serves WHERE commune = ?)"
        return self._met(where, network, commune)

    def at(self, sheet: str) -> ListedDesk | None:
        """The desk of that sheet: its whole address, or the identifier at its end."""
        return next(iter(self._read("d.sheet = ? OR d.sheet LIKE '%/' || ?", sheet, sheet)), None)

    def _read(self, where: str, *asked: str) -> list[ListedDesk]:
        query = f"SELECT {', '.join(COLUMNS)} FROM desks d JOIN sources s ON s.id = d.origin WHERE {where} ORDER BY d.name, d.id"  # noqa: S608  # no word of the caller's is in it
        with self._lock:
            try:
                rows = self._file.execute(query, asked).fetchall()
            except sqlite3.Error as error:  # a damaged page is met on reading only
                raise NotDesksError(self.path) from error
        return [ListedDesk(**dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def _asked(self, where: str, *asked: str) -> tuple[ListedDesk, ...]:
        rows = self._read(where, *asked)
        return tuple(filter(None, map(self._corrected, rows)) if self._corrected else rows)
