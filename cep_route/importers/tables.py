"""Houses gathered to the tables of a territory file, and the file whole. Values are those of the model; nothing is judged again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from cep_route import places
from cep_route.importers import toml_text
from cep_route.importers.area import Area
from cep_route.importers.cards import Cards
from cep_route.importers.entry import Entry, Site
from cep_route.text import normalise

MARKED_NOT = frozenset(
    (
        "id",
        "source",
        "source_id",
        "source_date",
        "edited_on",
        "also_from",
        "to_check",
        "lock",
        "imported",
        "said",
    )
)


class Made(NamedTuple):
    """A table of `operators` or `partners`, and the other ids its publisher gave the house."""

    kind: str
    table: dict[str, Any]
    aliases: tuple[str, ...] = ()


def tables(entries: Iterable[Entry], cards: Cards, area: Area) -> list[Made]:
    """The tables of each house, in a stable order: operators by network, partners by circle, then by place."""
    made = [Made(kind, table, entry.aliases) for entry in entries for kind, table in _of(entry, cards, area)]
    made.sort(key=lambda one: _order(one.kind, one.table))
    ids: set[str] = set()
    for _, table, _ in made:
        table["id"] = _id(table, ids)
        ids.add(table["id"])
        table["imported"] = marks(table)
    return made


def _order(kind: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    place: Mapping[str, Any] = next(iter(table.get("places", ())), {})
    return (
        kind,
        table.get("circle", ""),
        table.get("network", ""),
        place.get("commune", ""),
        table["name"],
        table.get("source_id", ""),
    )


def _of(entry: Entry, cards: Cards, area: Area) -> list[tuple[str, dict[str, Any]]]:
    """One table per operator the house is; else one partner."""
    operators = [k for k in entry.kinds if cards.is_operator(k)]
    shared = _shared(entry, area)
    if operators:
        return [
            (
                "operators",
                {
                    "id": "",
                    "network": cards.kinds[k]["operator"],
                    **_default(entry, cards.kinds[k], operator=True),
                    **shared,
                },
            )
            for k in operators
        ]
    kind = cards.kinds[entry.kinds[0]] if entry.kinds else {}
    network = entry.network or kind.get("network")
    told = {
        "id": "",
        "circle": cards.circle(entry.kinds, entry.needs or ()),
        **_default(entry, kind, operator=False),
        **shared,
    }
    services = [_service(s) for s in entry.services]
    told |= {"services": services} if services else {}
    return [("partners", told | ({"network": network} if network else {}))]


def _all_needs(entry: Entry) -> tuple[str, ...]:
    """The needs that the services of an operator answer: it is reached by the law, not by their publics."""
    return tuple(dict.fromkeys(need for service in entry.services for need in service.needs or ()))


def _service(service: Entry) -> dict[str, Any]:
    """One service of a partner, whole."""
    found: dict[str, Any] = {"name": service.name}
    for key in ("needs", "publics", "perimeter"):
        value = getattr(service, key)
        if value is not None:
            found[key] = list(value)
    found |= {key: value for key in ("conditions", "fees") if (value := getattr(service, key))}
    for key in ("referable_by", "reception", "referral"):
        if value := getattr(service, key):
            found[key] = list(value)
    if service.referral_url:
        found["referral_url"] = service.referral_url
    origin = _origin(service.origins[0])
    return found | {key: origin[key] for key in ("source_id", "source_date") if key in origin}


def _default(entry: Entry, kind: Mapping[str, Any], *, operator: bool) -> dict[str, Any]:
    """What the kind of house does by its statute, when the row does not say."""
    found: dict[str, Any] = {}
    told = entry.needs or (_all_needs(entry) if operator else ())
    needs = told or (() if entry.services else tuple(kind.get("needs", ())))
    publics = entry.publics or (() if told or entry.services else tuple(kind.get("publics", ())))
    if needs:
        found["needs"] = list(needs)
    if publics and not operator:
        found["publics"] = list(publics)
    here = places.commune(entry.commune) if entry.commune else None
    if entry.perimeter is not None:
        found["perimeter"] = list(entry.perimeter)
    elif kind.get("area") == "france":
        found["perimeter"] = ["france"]
    elif kind.get("area") == "commune" and here:
        found["perimeter"] = [here.city or here.code]
    elif kind.get("area") and here:
        found["perimeter"] = [f"{kind['area']}:{getattr(here, kind['area'])}"]
    if not operator:
        found |= {
            key: list(told)
            for key in ("referable_by", "reception", "referral")
            if (told := getattr(entry, key))
        }
        found |= {"referral_url": entry.referral_url} if entry.referral_url else {}
    return found


def _shared(entry: Entry, area: Area) -> dict[str, Any]:
    first, *others = entry.origins
    found: dict[str, Any] = {"name": entry.name}
    for key in ("conditions", "fees", "website", "siret"):
        value = getattr(entry, key)
        if value:
            found[key] = value
    found |= _origin(first)
    if others:
        found["also_from"] = [_origin(o) for o in others]
    found["to_check"] = True
    found["places"] = [_place(s, area) for s in entry.sites if s.commune or s.address]
    if not found["places"]:
        del found["places"]
    loose = next((s.phone for s in entry.sites if s.phone and not (s.commune or s.address)), None)
    if entry.email or loose:
        found["contacts"] = [
            {
                "use": "public",
                **({"phone": loose} if loose else {}),
                **({"email": entry.email} if entry.email else {}),
            }
        ]
    return found


def _origin(origin: Any) -> dict[str, Any]:
    told = {"source": origin.source[:200]}
    if origin.source_id:
        told["source_id"] = origin.source_id[:200]
    if origin.source_date:
        told["source_date"] = date.fromisoformat(origin.source_date)
    if origin.edited_on:
        told["edited_on"] = date.fromisoformat(origin.edited_on)
    return told


def _place(site: Site, area: Area) -> dict[str, Any]:
    here = places.commune(site.commune) if site.commune else None
    inside = here is not None and area.holds(here)
    found: dict[str, Any] = {"type": "branch" if inside else "head_office"}
    for key in (
        "commune",
        "address",
        "latitude",
        "longitude",
        "hours",
        "by_appointment",
        "wheelchair",
        "phone",
    ):
        value = getattr(site, key)
        if value is not None:
            found[key] = value
    return found


def _id(table: Mapping[str, Any], taken: set[str]) -> str:
    """A readable id: the network or the name, then the commune; a number when two are alike."""
    commune = next((p["commune"] for p in table.get("places", ()) if p.get("commune")), None)
    here = places.commune(commune) if commune else None
    name, network = slug(table["name"]), slug(table.get("network", ""))
    base = name if not network or name.startswith(network) else f"{network}-{name}"
    town = slug(here.name) if here else ""
    whole = base if not town or town in base else f"{base[: 78 - len(town)].rstrip('-')}-{town}"
    whole = whole[:76].strip("-") or "sans-nom"
    found, number = whole, 1
    while found in taken:
        number += 1
        found = f"{whole}-{number}"
    return found


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", normalise(text)).strip("-")


def marks(table: Mapping[str, Any]) -> str:
    """A mark of each value an import wrote: what no longer gives its mark was changed by a human since."""
    return " ".join(f"{key}:{mark(value)}" for key, value in sorted(table.items()) if key not in MARKED_NOT)


def mark(value: Any) -> str:
    """Six hexadecimal digits of a value: enough to see that it is no longer the same."""
    return hashlib.sha256(toml_text.value_text(_sorted(value)).encode()).hexdigest()[:6]


def _sorted(value: Any) -> Any:
    """The same value whatever the order in which its keys were written."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(v) for v in value] if isinstance(value, (list, tuple)) else value


# -- the file --------------------------------------------------------------------------------------------------------------


def head(
    area: Area, *, id_: str, name: str, as_of: str, updated_on: str, sources: Sequence[str], said: str
) -> dict[str, Any]:
    """`[territory]`: zones as they were asked for, or the communes."""
    region = next(iter(area.regions)) if len(area.regions) == 1 else None
    some = next(iter(sorted(area.codes)), None)
    here = places.commune(some) if some else None
    whole = all(not z[:2].isdigit() or len(z) == 9 for z in area.zones)
    return {
        "schema": 1,
        "id": id_,
        "name": name,
        **({"region": here.region_name} if region and here else {}),
        **({"perimeter": list(area.zones)} if whole else {"communes": sorted(area.codes)}),
        "as_of": date.fromisoformat(as_of),
        "updated_on": date.fromisoformat(updated_on),
        "sources": list(sources),
        "said": said,
    }


def titles(area: Area) -> tuple[str, str]:
    """An id and a name for an area: « ardennes-08 », « Ardennes (08) »."""
    first = area.zones[0] if area.zones else ""
    some = next(iter(sorted(area.codes)), None)
    here = places.commune(some) if some else None
    if here is None:
        return "territoire", "Territoire"
    if len(area.zones) == 1 and first.startswith("departement:"):
        return (
            f"{slug(here.departement_name)}-{here.departement.lower()}",
            f"{here.departement_name} ({here.departement})",
        )
    if len(area.zones) == 1 and len(first) == 9:
        return f"{slug(here.epci_name)}"[:76], here.epci_name
    if len(area.zones) == 1 and len(first) == 5:
        return f"{slug(here.name)}-{here.code.lower()}", here.name
    names = list(dict.fromkeys(_zone_name(zone) for zone in area.zones))
    more = len(names) - 3
    listed = ", ".join(names[:3]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
    return f"{slug(names[0])}-et-environs"[:76].strip("-"), listed[:200]


def _zone_name(zone: str) -> str:
    """« Ardennes (08) » for a département, else the name of the EPCI or of the commune."""
    here = places.commune(next(iter(places.communes_of(zone)), ""))
    if here is None:
        return zone
    if zone.startswith("departement:"):
        return f"{here.departement_name} ({here.departement})"
    return here.epci_name if len(zone) == 9 else here.name


def text(head_: Mapping[str, Any], made: Iterable[Made], preamble: Sequence[str]) -> str:
    """The territory file, laid out."""
    first = toml_text.blocks_of("territory", head_, many=False)
    first[0].above = [*(f"# {line}" for line in preamble), ""]
    blocks = [toml_text.TomlBlock((), many=False, above=[]), *first]
    for kind, table, _ in made:
        blocks += toml_text.blocks_of(kind, table)
    return toml_text.laid_out(blocks, toml_text.model_order())
