"""The communes by their codes: what each is, how far two are, which perimeter holds it; never reads what people write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import asin, cos, radians, sin, sqrt

from cep_route.places import table
from cep_route.places.spelling import is_number

# The three cities with arrondissements: code -> how the codes of the arrondissements begin, how many there are.
CITIES = {"75056": ("751", 20), "69123": ("6938", 9), "13055": ("132", 16)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What a commune, or a commune now part of it, was until the day `until` (ISO; empty when no source tells)."""

    code: str
    name: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A commune of today, or an arrondissement: then `city` is the code of its commune.

    `former` tells what was asked for when that is a name or a code of the past.
    """

    code: str
    name: str
    postcodes: tuple[str, ...]
    epci: str
    epci_name: str
    departement: str
    departement_name: str
    region: str
    region_name: str
    lat: float | None
    lon: float | None
    population: int | None
    city: str = ""
    former: Former | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A département or a region."""

    code: str
    name: str


# --- by code


_ASKED: dict[
    str, Commune | None
] = {}  # what the last look-ups gave: a batch asks for the same few again and again


def commune(code: str) -> Commune | None:
    """The commune of that code; for a code of the past, its commune of today, with `former` saying so."""
    if len(code) > 20:
        return None
    try:
        return _ASKED[code]
    except KeyError:  # asked for, not looked for first: another thread may forget all in between
        found = _looked_up(code)
    if len(_ASKED) > 4096:
        _ASKED.clear()
    _ASKED[code] = found
    return found


def _looked_up(code: str) -> Commune | None:
    code = code.strip().upper()
    if len(code) == 4 and code.isdigit():
        code = "0" + code
    if not is_number(code):
        return None
    return current(code) or past(code)


def current(code: str) -> Commune | None:
    for dep in table.departements_of_number(code):
        block = table.departement(dep)
        if (row := block.row(code)) >= 0:
            return commune_at(dep, row)
    return None


def past(code: str) -> Commune | None:
    """The commune of today of a former code, with the last name it had."""
    was = [
        (until, dep, row, name)
        for dep in table.departements_of_number(code)
        for row, old, name, until in table.departement(dep).formers()
        if old == code
    ]
    if not was:
        return None
    until, dep, row, name = max(was)
    now: Commune = replace(commune_at(dep, row), former=Former(code=code, name=name, until=until))
    return now


def commune_at(dep: str, row: int) -> Commune:
    block, (dep_name, region) = table.departement(dep), table.header().departements[dep]
    lat, lon = block.coordinates(row) or (None, None)
    epci, epci_name = block.epci(row)
    code = block.code_at(row)
    return Commune(
        code=code,
        name=block.names[row],
        postcodes=block.postcodes(row),
        epci=epci,
        epci_name=epci_name,
        departement=dep,
        departement_name=dep_name,
        region=region,
        region_name=table.header().regions[region],
        lat=lat,
        lon=lon,
        population=block.population(row),
        city=city_of(code),
    )


def city_of(code: str) -> str:
    """The code of the commune of an arrondissement; empty for any other code."""
    for city, (start, count) in CITIES.items():
        if code.startswith(start) and code != city and 0 < int(code[len(start) :]) <= count:
            return city
    return ""


def formers_of(code: str) -> tuple[Former, ...]:
    """The names and codes of the past that became that commune, the latest first."""
    here = commune(code)
    if not here:
        return ()
    block = table.departement(here.departement)
    row = block.row(here.code)
    was = [Former(code=old, name=name, until=until) for r, old, name, until in block.formers() if r == row]
    return tuple(sorted(was, key=lambda f: (f.until, f.code), reverse=True))


def departement_of(code: str) -> Zone | None:
    here = commune(code)
    return Zone(code=here.departement, name=here.departement_name) if here else None


def region_of(code: str) -> Zone | None:
    here = commune(code)
    return Zone(code=here.region, name=here.region_name) if here else None


def distance_km(code_a: str, code_b: str) -> float | None:
    """As the crow flies between the centres of two communes; None when a place is not known."""
    a, b = commune(code_a), commune(code_b)
    if not a or not b or a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    return great_circle(a.lat, a.lon, b.lat, b.lon)


def great_circle(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Kilometres between two points in decimal degrees (haversine)."""
    north, east = radians(lat_b - lat_a), radians(lon_b - lon_a)
    chord = sin(north / 2) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))  # the mean radius of the Earth


# --- perimeters


def communes_of(zone: str) -> tuple[str, ...]:
    """The codes of the communes of a zone, arrondissements left out; none when the zone is unknown."""
    kind, value = _typed(zone)
    top = table.header()
    if kind == "commune":
        here = commune(value)
        return (here.code,) if here else ()
    if kind == "epci":
        name, where = table.epci().get(value, ("", ()))
        return (
            where if name else tuple([code for dep in where for code, epci in _members(dep) if epci == value])
        )
    if kind == "departement":
        deps = [value] if value in top.departements else []
    else:
        deps = [
            dep
            for dep in top.departements
            if kind == "france" or (kind == "region" and top.departements[dep][1] == value)
        ]
    return tuple([code for dep in deps if dep in top.counts for code, _ in _members(dep)])


def known(zone: str) -> bool:
    """Whether a code of a perimeter names a commune (of today or of the past), an EPCI, a département, a region or `france`."""
    kind, value = _typed(zone)
    top = table.header()
    if kind == "commune":
        return commune(value) is not None
    if kind == "epci":
        return value in table.epci()
    zones = {"departement": set(top.departements), "region": set(top.regions), "france": {""}}
    return value in zones.get(kind, set())


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
        ept, where = table.epci().get(value, ("", ()))
        return (here.city or here.code) in where if ept else here.epci == value
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


def _members(dep: str) -> list[tuple[str, str]]:
    block = table.departement(dep)
    rows = [(block.code_at(row), block.epci(row)[0]) for row in range(block.count)]
    return [(code, epci) for code, epci in rows if not city_of(code)]


def coordinates_of() -> dict[str, tuple[float, float]]:
    """Every known place: code -> latitude, longitude."""
    blocks = [table.departement(dep) for dep in table.header().counts]
    places = [(block.code_at(row), block.coordinates(row)) for block in blocks for row in range(block.count)]
    return {code: place for code, place in places if place}
