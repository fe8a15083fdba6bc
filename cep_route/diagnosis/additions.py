"""One thing to write in a territory file, and the file with it written in. It never touches the file it is given, nor judges either.

What nobody can know yet (hours, a name, a website) is written with the smallest value that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cep_route.model.territory import Territory, of_plain, plain_of

HALF_DAY = "Mo[1] 09:00-12:00"  # the smallest presence: half a day a month


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One thing to write in the file.

    `kind`: hours, level, perimeter, place, house (operators); partner, reach (a partner's perimeter); tie, deputy, checked, funded.
    """

    kind: str
    path: tuple[str | int, ...] = ()
    house: str | None = None
    network: str | None = None
    commune: str | None = None
    communes: tuple[str, ...] = ()
    level: int | None = None
    need: str | None = None
    ends: tuple[str, ...] = ()
    day: str | None = None


def add(territory: Territory, addition: Addition) -> Territory:
    """The territory with the addition written in, as a table of its file."""
    new = plain_of(territory)
    target: Any = new
    for step in addition.path:
        target = target[step]
    _WRITE[addition.kind](new, target, addition)
    return of_plain(new)


def _write_place(new: dict[str, Any], house: dict[str, Any], addition: Addition) -> None:
    """A desk more; a place that said "none here" becomes it, so that the others keep their rank."""
    del new
    desk = {"type": "permanence", "commune": addition.commune, "hours": HALF_DAY, "days_per_month": 1}
    places = list(house.get("places") or ())
    absent = [i for i, p in enumerate(places) if p["type"] == "none"]
    for i in absent:
        places[i] = desk
    house["places"] = places if absent else [*places, desk]
    if addition.communes:
        house["perimeter"] = [*house["perimeter"], *addition.communes]


def _write_house(new: dict[str, Any], target: Any, addition: Addition) -> None:
    del target
    house: dict[str, Any] = {
        "id": _free(new, f"{addition.network}-x".replace("_", "-")),
        "network": addition.network,
        "name": addition.network,
        "levels": [1, 2],
        "perimeter": list(addition.communes),
    }
    _write_place(new, house, replace(addition, communes=()))
    new["operators"] = [*(new.get("operators") or ()), house]


def _write_partner(new: dict[str, Any], target: Any, addition: Addition) -> None:
    del target
    partner = {
        "id": _free(new, "x"),
        "name": addition.need,
        "circle": "health_social",
        "needs": [addition.need],
        "publics": ["tous-publics"],
        "perimeter": list(addition.communes),
        "website": "https://example.org",
    }
    new["partners"] = [*(new.get("partners") or ()), partner]


def _free(new: Mapping[str, Any], name: str) -> str:
    taken = {item["id"] for key in ("operators", "partners", "schemes") for item in new.get(key) or ()}
    while name in taken:
        name += "-x"
    return name


def _write_wider(new: dict[str, Any], house: dict[str, Any], addition: Addition) -> None:
    del new
    house["perimeter"] = [*house["perimeter"], *addition.communes]


def _write_level(new: dict[str, Any], house: dict[str, Any], addition: Addition) -> None:
    del new
    house["levels"] = sorted([*house["levels"], addition.level])


def _write_tie(new: dict[str, Any], target: Any, addition: Addition) -> None:
    del target
    tie = {"from": addition.ends[0], "to": addition.ends[1], "nature": "bilateral"}
    new["ties"] = [*(new.get("ties") or ()), tie]


def _write_deputy(new: dict[str, Any], target: Any, addition: Addition) -> None:
    del target
    for key in ("operators", "partners"):
        for house in new.get(key) or ():
            if house["id"] == addition.house:
                contacts = house.get("contacts") or []
                inner = [c for c in contacts if c["use"] == "counsellor"] or contacts
                if inner:
                    inner[0]["deputy"] = "x"
                else:
                    house["contacts"] = [{"use": "counsellor", "deputy": "x"}]


_WRITE: dict[str, Callable[[dict[str, Any], Any, Addition], None]] = {
    "hours": lambda _, place, __: place.__setitem__("hours", HALF_DAY),
    "level": _write_level,
    "perimeter": _write_wider,
    "place": _write_place,
    "house": _write_house,
    "partner": _write_partner,
    "reach": _write_wider,
    "tie": _write_tie,
    "deputy": _write_deputy,
    "checked": lambda _, contact, addition: contact.__setitem__("checked_on", addition.day),
    "funded": lambda _, item, addition: item.__setitem__("funded_until", addition.day),
}
