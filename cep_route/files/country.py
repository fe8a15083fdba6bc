"""Files of desks: how one is written, where an office keeps its own, and its corrections beside it.

`route` and `ask` take the newer of the office's file and the embedded one; every other command reads a file only when it is named.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from functools import partial

from msgspec import Struct, convert
from msgspec.structs import asdict, astuple, replace

from cep_route.directory.desks import (
    APPLICATION,
    COLUMNS,
    EMBEDDED,
    FORMAT,
    Desks,
    ListedDesk,
    NotDesksError,
)
from cep_route.files.cache import user_folder
from cep_route.files.write import write_text
from cep_route.model.answer import Finding, Place

NAME = "desks.sqlite"
_HEAD = "# Corrections de bureaux par cep-route territory fix : datées, signées, relues à chaque réponse.\n\n"


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an office knows better of one desk, signed and dated; None leaves what the directory says."""

    sheet: str
    by: str
    on: str
    phone: str | None = None
    address: str | None = None
    hours: str | None = None
    closed: bool = False


def data_path() -> str:
    """The office's file of desks: in the folder `CEP_ROUTE_DATA`, else in the user's data folder."""
    given = os.environ.get("CEP_ROUTE_DATA")
    return os.path.join(user_folder("XDG_DATA_HOME", ".local/share") if given is None else given, NAME)


def corrections_path(desks: str) -> str:
    """Where the corrections of a file of desks are kept: beside it."""
    return f"{desks}.corrections.toml"


def named(path: str) -> Desks | Finding:
    """The desks of a file, as its office corrected them; or why it cannot be read."""
    corrections = read_corrections(corrections_path(path))
    if isinstance(corrections, Finding):
        return corrections
    try:
        return Desks(path, partial(_corrected, corrections))
    except NotDesksError:
        return Finding(code="CEP722", values={"file": path}, place=Place(file=path))


def own() -> Desks:
    """The newer of the office's file and the embedded one, with the office's corrections; a file that cannot be read is as none."""
    path = data_path()
    corrections = read_corrections(corrections_path(path))
    told = {} if isinstance(corrections, Finding) else corrections
    embedded = Desks(EMBEDDED, partial(_corrected, told))
    if not os.path.isfile(path):
        return embedded
    mine = named(path)
    return mine if isinstance(mine, Desks) and mine.snapshot >= embedded.snapshot else embedded


def read_corrections(path: str) -> dict[str, Correction] | Finding:
    """What an office knows better, by sheet; none when there is no file."""
    if not os.path.isfile(path):
        return {}
    import tomli  # not loaded where there is no such file

    try:
        with open(path, "rb") as file:
            told = tomli.load(file)
        return {c.sheet: c for c in convert(told["corrections"], list[Correction])}
    except (OSError, ValueError, KeyError, TypeError):
        return Finding(code="CEP723", values={"file": path}, place=Place(file=path))


def keep_correction(desks: str, correction: Correction) -> Finding | None:
    """Put a correction beside a file of desks; a later one of the same sheet takes the place of the earlier."""
    import tomlkit  # only where a file of the user's is written

    path = corrections_path(desks)
    kept = read_corrections(path)
    if isinstance(kept, Finding):
        return kept
    told = [
        {key: value for key, value in asdict(one).items() if value not in (None, False)}
        for one in {**kept, correction.sheet: correction}.values()
    ]
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    return write_text(path, _HEAD + tomlkit.dumps({"corrections": told}), force=True)


def _corrected(corrections: Mapping[str, Correction], desk: ListedDesk) -> ListedDesk | None:
    """A desk as the office corrected it since the snapshot; None when it says that it closed."""
    told = corrections.get(desk.sheet or "")
    if told is None or told.closed:
        return None if told else desk
    return replace(
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


def write(path: str, desks: Iterable[tuple[ListedDesk, Iterable[str]]], *, one_day: bool = False) -> int:
    """Write a file of desks, each with the communes it is in charge of; the number of desks. The same desks give the same bytes.

    `one_day`: the rows are of one snapshot whose day is not told: it is that of the newest. The file must not exist: the caller
    puts it in place.
    """
    file = sqlite3.connect(path)
    try:
        own = [
            name for name in COLUMNS if name not in ("source", "licence")
        ]  # a few texts on many rows: kept once
        file.executescript(
            f"""
            PRAGMA page_size = 1024;
            PRAGMA journal_mode = OFF;
            PRAGMA application_id = {APPLICATION};
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
            told = dict(zip(COLUMNS, astuple(desk), strict=True))
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
