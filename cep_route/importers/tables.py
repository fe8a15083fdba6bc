"""Houses gathered to the tables of a territory file, and its head. Values are those of the model; nothing is judged again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from msgspec.structs import asdict, replace

from cep_route import places
from cep_route.importers import to_toml
from cep_route.importers.area import Area
from cep_route.importers.cards import Cards
from cep_route.importers.rows import Entry
from cep_route.importers.to_toml import TomlTable
from cep_route.model.territory import ContactEntry, House, LocalOperator, Partner, plain_of
from cep_route.model.written import Kind
from cep_route.text import normalise


def tables(entries: Iterable[Entry], cards: Cards) -> list[to_toml.MadeTable]:
    """The tables of each house, in a stable order: operators by network, partners by circle, then by place."""
    houses = [(house, entry.aliases) for entry in entries for house in _houses(entry, cards)]
    made, ids = list[to_toml.MadeTable](), set[str]()
    for house, aliases in sorted(houses, key=lambda one: _order(one[0])):
        table: TomlTable = _dated(plain_of(replace(house, id=_id(house, ids))))
        table["imported"] = to_toml.marks(table)
        kind = "operators" if isinstance(house, LocalOperator) else "partners"
        made.append(to_toml.MadeTable(kind, table, aliases))
    return made


def _dated(value: Any) -> Any:
    """Plain values as the file writes them, days as days."""
    if isinstance(value, dict):
        days = ("source_date", "edited_on")
        return {k: date.fromisoformat(v) if k in days else _dated(v) for k, v in value.items()}
    return [_dated(v) for v in value] if isinstance(value, list) else value


def _order(house: House) -> tuple[str, ...]:
    circle = house.circle if isinstance(house, Partner) else ""
    return circle, house.network or "", _commune(house), house.name, house.source_id or ""


def _commune(house: House) -> str:
    return house.places[0].commune or "" if house.places else ""


def _houses(entry: Entry, cards: Cards) -> Iterator[House]:
    """One table per operator the house is; else one partner. What it does by its statute counts where no row says what it does."""
    first, *others = entry.origins
    phone = next((s.phone for s in entry.sites if s.phone and not (s.commune or s.address)), None)
    house = House(
        id="",
        name=entry.name,
        conditions=entry.conditions,
        fees=entry.fees,
        website=entry.website,
        siret=entry.siret,
        also_from=tuple(others) or None,
        to_check=True,
        places=tuple(site for site in entry.sites if site.commune or site.address) or None,
        contacts=(ContactEntry(use="public", phone=phone, email=entry.email),)
        if phone or entry.email
        else None,
        **asdict(first),
    )
    kinds = [cards.kinds[k] for k in entry.kinds]
    chosen: Sequence[Kind | None] = [kind for kind in kinds if kind.operator] or kinds[:1] or [None]
    for kind in chosen:
        statute = None if entry.services else kind
        needs = entry.needs or (statute and statute.needs) or None
        shared = asdict(house) | {"perimeter": _perimeter(entry, kind), "needs": needs}
        if kind and kind.operator:
            offered = tuple(dict.fromkeys(n for s in entry.services for n in s.needs or ()))
            yield LocalOperator(**shared | {"network": kind.operator, "needs": needs or offered or None})
            continue
        shared |= {
            "circle": cards.circle(entry.kinds, entry.needs or ()),
            "network": entry.network or (kind.network if kind else None),
            "publics": entry.publics or (None if entry.needs else (statute and statute.publics) or None),
            "services": entry.services or None,
        }
        yield Partner(**shared)


def _perimeter(entry: Entry, kind: Kind | None) -> tuple[str, ...] | None:
    """The zone a row tells, else that of its kind by its statute: the commune, département or region of its place."""
    here = places.commune(entry.commune) if entry.commune else None
    area = kind.area if kind else None
    if entry.perimeter is not None or area is None:
        return entry.perimeter
    if area == "france":
        return ("france",)
    if here is None:
        return None
    return (here.city or here.code if area == "commune" else f"{area}:{getattr(here, area)}",)


def _id(house: House, taken: set[str]) -> str:
    """A readable id: the network or the name, then the commune; a number when two are alike."""
    here = places.commune(_commune(house)) if house.places else None
    name, network = slug(house.name), slug(house.network or "")
    base = name if not network or name.startswith(network) else f"{network}-{name}"
    town = slug(here.name) if here else ""
    whole = base if not town or town in base else f"{base[: 78 - len(town)].rstrip('-')}-{town}"
    return to_toml.free(whole[:76].strip("-") or "sans-nom", taken)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", normalise(text)).strip("-")


# -- the file --------------------------------------------------------------------------------------------------------------


def head(
    area: Area, *, as_of: str, updated_on: str, sources: Sequence[str], said: str, **named: str
) -> TomlTable:
    """`[territory]`: zones as they were asked for, or the communes; under its own titles, or the `id` and `name` it is given."""
    here, (id_, name) = _some(area.codes), titles(area)
    region: TomlTable = {"region": here.region_name} if len(area.regions) == 1 and here else {}
    whole = all(not z[:2].isdigit() or len(z) == 9 for z in area.zones)
    extent: TomlTable = {"perimeter": [*area.zones]} if whole else {"communes": [*sorted(area.codes)]}
    days: TomlTable = {"as_of": date.fromisoformat(as_of), "updated_on": date.fromisoformat(updated_on)}
    start: TomlTable = {"schema": 1, "id": id_, "name": name, **named, **region}
    return {**start, **extent, **days, "sources": [*sources], "said": said}


def titles(area: Area) -> tuple[str, str]:
    """An id and a name for an area: « ardennes-08 », « Ardennes (08) »."""
    names = list(dict.fromkeys(_zone_name(zone) for zone in area.zones)) or ["Territoire"]
    more = len(names) - 3
    listed = ", ".join(names[:3]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
    zone = area.zones[0] if area.zones else ""
    end = "et-environs" if len(area.zones) > 1 else zone.lower() if len(zone) == 5 else ""
    return slug(f"{names[0]} {end}")[:76].strip("-"), listed[:200]


def _zone_name(zone: str) -> str:
    """« Ardennes (08) » for a département, else the name of the EPCI or of the commune."""
    here = _some(places.communes_of(zone))
    if here is None:
        return zone
    if zone.startswith("departement:"):
        return f"{here.departement_name} ({here.departement})"
    return here.epci_name if len(zone) == 9 else here.name


def _some(codes: Iterable[str]) -> places.Commune | None:
    return places.commune(min(codes, default=""))
