"""The communes by their codes: what each is, how far two are, which perimeter holds it; never reads what people write.

The embedded table, `places.sqlite`, is asked a few rows at a time, never read whole; `tools/build_places.py` writes it:

departements  code, name, region · regions  code, name · epci  code, name · ept  code, commune (those of Grand Paris)
communes      code, name, departement, epci, lat, lon (degrees), population, city (of an arrondissement), postcodes
postcodes     postcode, commune
formers       code, commune, name, plain, until: what a commune of today, or a part of it, was called or coded until a day
names         bones (its skeleton), name (plain), commune, departement, size (which of two is the larger), past (0 or 1)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache, lru_cache
from math import asin, cos, radians, sin, sqrt
from os.path import dirname, join
from threading import Lock
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cep_route.places.spelling import is_number

FILE = join(dirname(__file__), "places.sqlite")  # noqa: PTH118, PTH120 -- pathlib costs more than the look-up
_LOCK = Lock()


@cache
def _opened() -> sqlite3.Connection:
    # `immutable`: no lock and no journal is looked for, the file may lie in a folder that cannot be written.
    return sqlite3.connect(f"file:{FILE}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def ask(query: str, *values: str | int) -> list[tuple[Any, ...]]:
    """The rows of a query; may be asked by several threads."""
    with _LOCK:
        return _opened().execute(query, values).fetchall()


@cache
def departements() -> dict[str, tuple[str, str]]:
    """Code of a département -> its name, the code of its region."""
    rows = ask("SELECT code, name, region FROM departements ORDER BY code")
    return {code: (name, region) for code, name, region in rows}


@cache
def regions() -> dict[str, str]:
    """Code of a region -> its name."""
    return dict(ask("SELECT code, name FROM regions ORDER BY code"))


@lru_cache(maxsize=8192)
def departements_of_number(number: str) -> frozenset[str]:
    """The départements in which a code or a postcode that begins so may lie, present or past."""
    own = number[:3] if number[:3] in departements() else number[:2]
    rows = ask(
        "SELECT DISTINCT departement FROM communes WHERE code IN ("
        "SELECT commune FROM postcodes WHERE postcode >= ?1 AND postcode < ?1 || '~' "
        "UNION SELECT commune FROM formers WHERE code >= ?2 AND code < ?2 || '~')",
        number,
        own,
    )
    return frozenset(dep for (dep,) in [*rows, (own,)] if dep in departements())


# The three cities with arrondissements: code -> how the codes of the arrondissements begin, how many there are.
CITIES = {"75056": ("751", 20), "69123": ("6938", 9), "13055": ("132", 16)}


class Former(Struct, frozen=True, kw_only=True):
    """What a commune, or a commune now part of it, was until the day `until` (ISO; empty when no source tells)."""

    code: str
    name: str
    until: str


class Commune(Struct, frozen=True, kw_only=True):
    """A commune of today, or an arrondissement (`city`: its commune). `former`: what was asked for, when that is of the past."""

    code: str
    name: str
    postcodes: tuple[str, ...] = ()
    epci: str = ""
    epci_name: str = ""
    departement: str = ""
    departement_name: str = ""
    region: str = ""
    region_name: str = ""
    lat: float | None = None
    lon: float | None = None
    population: int | None = None
    city: str = ""
    former: Former | None = None


_COLUMNS = (
    "c.code, c.name, c.postcodes, ifnull(c.epci, ''), ifnull(e.name, ''), c.departement, d.name, d.region, r.name, c.lat, c.lon, "
    "c.population, c.city FROM communes c LEFT JOIN epci e ON e.code = c.epci "
    "LEFT JOIN departements d ON d.code = c.departement LEFT JOIN regions r ON r.code = d.region"
)


def selected(where: str, *values: str | int) -> list[Commune]:
    """The communes of a condition on `c`, in the order of their codes unless it tells another."""
    order = "" if "ORDER BY" in where else " ORDER BY c.code"
    rows = ask(f"SELECT {_COLUMNS} WHERE {where}{order}", *values)  # our words
    told = (dict(zip(Commune.__struct_fields__, row, strict=False)) for row in rows)
    return [Commune(**{**one, "postcodes": tuple(one["postcodes"].split())}) for one in told]


def commune(code: str) -> Commune | None:
    """The commune of that code; for a code of the past, its commune of today, with `former` saying so."""
    return _looked_up(code) if len(code) <= 20 else None


@lru_cache(maxsize=8192)  # a batch asks for the same few again and again
def _looked_up(code: str) -> Commune | None:
    code = code.strip().upper()
    if len(code) == 4 and code.isdigit():
        code = "0" + code
    if not is_number(code):
        return None
    return current(code) or past(code)


def current(code: str) -> Commune | None:
    return next(iter(selected("c.code = ?", code)), None)


def past(code: str) -> Commune | None:
    """The commune of today of a former code, with the last name it had."""
    query = "SELECT until, departement, commune, f.name FROM formers f JOIN communes c ON c.code = f.commune WHERE f.code = ?"
    was = ask(query, code)
    if not was:
        return None
    until, _, now, name = max(was)
    here = current(now)
    return here and replace(here, former=Former(code=code, name=name, until=until))


def city_of(code: str) -> str:
    """The code of the commune of an arrondissement; empty for any other code."""
    for city, (start, count) in CITIES.items():
        if code.startswith(start) and code != city and 0 < int(code[len(start) :]) <= count:
            return city
    return ""


def great_circle(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Kilometres between two points in decimal degrees (haversine)."""
    north, east = radians(lat_b - lat_a), radians(lon_b - lon_a)
    chord = sin(north / 2) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))  # the mean radius of the Earth


# What holds the communes of each kind of zone; arrondissements are left out.
_HOLDS = {
    "commune": "code = ?1",
    "epci": "epci = ?1 OR code IN (SELECT commune FROM ept WHERE code = ?1)",
    "departement": "departement = ?1",
    "region": "departement IN (SELECT code FROM departements WHERE region = ?1)",
    "france": "?1 = ''",
}


@lru_cache(maxsize=512)
def communes_of(zone: str) -> tuple[str, ...]:
    """The codes of the communes of a zone, arrondissements left out; none when the zone is unknown."""
    kind, value = _typed(zone)
    if kind == "commune":
        here = commune(value)
        return (here.code,) if here else ()
    if kind not in _HOLDS:
        return ()
    query = f"SELECT code FROM communes WHERE ({_HOLDS[kind]}) AND city = '' ORDER BY code"  # noqa: S608  # words of ours
    return tuple(code for (code,) in ask(query, value))


def known(zone: str) -> bool:
    """Whether a code of a perimeter names a commune (of today or of the past), an EPCI, a département, a region or `france`."""
    return zone == "france" or bool(communes_of(zone))


def covers(perimeter: Iterable[str], code: str) -> bool:
    """Whether the commune lies in the perimeter. A city covers its arrondissements; itself and `france` cover a fictitious code."""
    here = commune(code)
    return any(_holds(zone, code, here) for zone in perimeter)


def _holds(zone: str, code: str, here: Commune | None) -> bool:
    kind, value = _typed(zone)
    if kind == "france" or zone == code:
        return True
    if not here:
        return False
    if kind == "commune":
        there = commune(value)
        return there is not None and there.code in {here.code, here.city}
    if kind == "epci":
        query = "SELECT 1 FROM ept WHERE code = ? AND commune = ?"
        return here.epci == value or bool(ask(query, value, here.city or here.code))
    return (kind, value) in {("departement", here.departement), ("region", here.region)}


def _typed(zone: str) -> tuple[str, str]:
    """A code of a perimeter and its kind; the kind is empty when it is written in no known way."""
    kind, colon, value = zone.partition(":")
    if colon:
        return (kind, value) if kind in {"commune", "epci", "departement", "region"} else ("", zone)
    if zone == "france":
        return "france", ""
    if len(zone) == 9 and zone.isdigit():
        return "epci", zone
    return ("commune", zone) if is_number(zone) else ("", zone)
