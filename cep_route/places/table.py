"""The embedded table of communes, `places.sqlite`, asked a few rows at a time; never read whole. `tools/build_places.py` writes it.

departements  code, name, region · regions  code, name · epci  code, name · ept  code, commune (those of Grand Paris)
communes      code, name, departement, epci, lat, lon (degrees), population, city (of an arrondissement), postcodes
postcodes     postcode, commune
formers       code, commune, name, plain, until: what a commune of today, or a part of it, was called or coded until a day
names         bones (its skeleton), name (plain), commune, departement, size (which of two is the larger), past (0 or 1)
"""

from __future__ import annotations

import sqlite3
from functools import cache, lru_cache
from os.path import dirname, join
from threading import Lock
from typing import Any

FORMAT = 1
FILE = join(dirname(__file__), "places.sqlite")  # noqa: PTH118, PTH120 -- pathlib costs more than the look-up
_LOCK = Lock()


@cache
def _opened() -> sqlite3.Connection:
    # `immutable`: no lock and no journal is looked for, the file may lie in a folder that cannot be written.
    file = sqlite3.connect(f"file:{FILE}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    (version,) = file.execute("PRAGMA user_version").fetchone()
    if version != FORMAT:
        raise ValueError("places.sqlite is not the file of this version: run tools/build_places.py")
    return file


def ask(query: str, *values: str | int) -> list[tuple[Any, ...]]:
    """The rows of a query; may be asked by several threads."""
    with _LOCK:
        return _opened().execute(query, values).fetchall()


@cache
def departements() -> dict[str, tuple[str, str]]:
    """Code of a département -> its name, the code of its region."""
    return {
        code: (name, region)
        for code, name, region in ask("SELECT code, name, region FROM departements ORDER BY code")
    }


@cache
def regions() -> dict[str, str]:
    """Code of a region -> its name."""
    return dict(ask("SELECT code, name FROM regions ORDER BY code"))


@cache
def year() -> int:
    """The communes are those of 1 January of this year."""
    ((found,),) = ask("SELECT year FROM about")
    return int(found)


def departement_of_code(code: str) -> str:
    """The département in which codes that begin so lie."""
    return code[:3] if code[:3] in departements() else code[:2]


@lru_cache(maxsize=8192)
def departements_of_number(number: str) -> frozenset[str]:
    """The départements in which a code or a postcode that begins so may lie, present or past."""
    own = departement_of_code(number)
    rows = ask(
        "SELECT DISTINCT departement FROM communes WHERE code IN ("
        "SELECT commune FROM postcodes WHERE postcode >= ?1 AND postcode < ?1 || '~' "
        "UNION SELECT commune FROM formers WHERE code >= ?2 AND code < ?2 || '~')",
        number,
        own,
    )
    return frozenset(dep for (dep,) in [*rows, (own,)] if dep in departements())
