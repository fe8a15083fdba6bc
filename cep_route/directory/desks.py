"""The desks of the whole country in one small indexed file, looked up by network and département; never read whole.

`desks.sqlite` beside this module is built by `tools/build_desks.py`; `territory import --desks` writes a file of the same shape
from the public export. Both are written by `write` and opened by `Desks`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock

from msgspec import Struct
from msgspec.structs import astuple, replace

FORMAT = 1
_APPLICATION = 0x43455044  # "CEPD": a SQLite file that is no file of desks is told from one
EMBEDDED = str(Path(__file__).with_name("desks.sqlite"))


class ListedDesk(Struct, frozen=True, kw_only=True):
    """One desk of one network, as a public directory lists it; None = the directory does not say.

    `network` is one of `rules/directory.toml`; `commune` an INSEE code of today; `phone` E.164 or short; `hours` OpenStreetMap's
    grammar, `hours_text` the words of the sheet. `sheet` is the address of the desk's page, its identifier. Days are ISO text:
    `edited_on` the last edit of the row, `as_of` the day of the snapshot that holds it. `street_year`: the address was last seen
    in that year, the phone later. `source` names the publisher and `licence` its terms. `served`: 1 when the communes it is in charge
    of were given (`Desks.serving` tells which).
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


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an office knows better of one desk, signed and dated; None leaves what the directory says."""

    sheet: str
    by: str
    on: str
    phone: str | None = None
    address: str | None = None
    hours: str | None = None
    closed: bool = False


class NotDesksError(Exception):
    """The file is not a file of desks of this version."""


_COLUMNS = ListedDesk.__struct_fields__
_SHARED = ("source", "licence")  # a few texts on many rows: kept once


class Desks:
    """A file of desks, opened for reading; may be shared by threads. Raises `NotDesksError`."""

    def __init__(self, path: str = EMBEDDED, corrections: Mapping[str, Correction] | None = None) -> None:
        self.path, self.corrections = path, dict(corrections or {})
        self._lock = Lock()
        self._met = lru_cache(maxsize=20_000)(self._corrected)
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
        if (application, version) != (_APPLICATION, FORMAT):
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
        columns = ", ".join(f"s.{name}" if name in _SHARED else f"d.{name}" for name in _COLUMNS)
        query = f"SELECT {columns} FROM desks d JOIN sources s ON s.id = d.origin WHERE {where} ORDER BY d.name, d.id"  # noqa: S608  # no word of the caller's is in it
        with self._lock:
            try:
                rows = self._file.execute(query, asked).fetchall()
            except sqlite3.Error as error:  # a damaged page is met on reading only
                raise NotDesksError(self.path) from error
        return [ListedDesk(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def _corrected(self, where: str, *asked: str) -> tuple[ListedDesk, ...]:
        """The desks as the office corrected them since the snapshot, without those it says are closed."""
        found = []
        for desk in self._read(where, *asked):
            told = self.corrections.get(desk.sheet or "")
            if told is None:
                found.append(desk)
            elif not told.closed:
                own = replace(
                    desk,
                    phone=told.phone or desk.phone,
                    address=told.address or desk.address,
                    street_year=None if told.address else desk.street_year,
                    hours=told.hours or desk.hours,
                    hours_text=None if told.hours else desk.hours_text,
                    as_of=max(told.on, desk.as_of),
                    edited_on=None,
                    source=f"{desk.source} ; corrigé par {told.by} le {told.on}",
                )
                found.append(own)
        return tuple(found)


def write(path: str, desks: Iterable[tuple[ListedDesk, Iterable[str]]], *, one_day: bool = False) -> int:
    """Write a file of desks, each with the communes it is in charge of; the number of desks. The same desks give the same bytes.

    `one_day`: the rows are of one snapshot whose day is not told: it is that of the newest. The file must not exist: the caller
    puts it in place.
    """
    file = sqlite3.connect(path)
    try:
        own = [name for name in _COLUMNS if name not in _SHARED]
        file.executescript(
            f"""
            PRAGMA page_size = 1024;
            PRAGMA journal_mode = OFF;
            PRAGMA application_id = {_APPLICATION};
            PRAGMA user_version = {FORMAT};
            CREATE TABLE desks (id INTEGER PRIMARY KEY, {", ".join(own)}, origin);
            CREATE TABLE sources (id INTEGER PRIMARY KEY, source, licence);
            CREATE TABLE serves (commune, desk, PRIMARY KEY (commune, desk)) WITHOUT ROWID;
            """
        )
        origins: dict[tuple[str, str], int] = {}
        number, snapshot = 0, ""
        for number, (desk, communes) in enumerate(desks, 1):
            origin = origins.setdefault((desk.source, desk.licence), len(origins) + 1)
            snapshot = max(snapshot, desk.as_of)
            told = dict(zip(_COLUMNS, astuple(desk), strict=True))
            served = tuple(communes)
            told["served"] = int(bool(served))
            marks = ", ".join("?" * (len(own) + 2))
            file.execute(f"INSERT INTO desks VALUES ({marks})", (number, *(told[n] for n in own), origin))  # noqa: S608  # question marks
            file.executemany("INSERT OR IGNORE INTO serves VALUES (?, ?)", ((c, number) for c in served))
        file.executemany("INSERT INTO sources VALUES (?, ?, ?)", ((i, *o) for o, i in origins.items()))
        if one_day:
            file.execute("UPDATE desks SET as_of = ?", (snapshot,))
        file.execute("CREATE TABLE about (snapshot)")
        file.execute("INSERT INTO about VALUES (?)", (snapshot,))
        file.execute("CREATE INDEX where_is ON desks (departement, network)")
        file.commit()
        file.execute("VACUUM")
    finally:
        file.close()
    return number
