"""What is missing on a territory, and the smallest addition to its file that closes each hole. It proposes; it changes nothing.

What an addition closes is not reckoned: the territory is judged again with it. What nobody can know yet (hours, a name) is written
with the smallest value that counts.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial, reduce
from operator import getitem

from msgspec import Struct, convert

from cep_route.checks.ground import territory_findings
from cep_route.checks.territory import RECEIVES
from cep_route.diagnosis.coverage import (
    HOLES,
    Asked,
    Cell,
    CoveredPeople,
    NeedMet,
    Reach,
    Way,
    cells_of,
    needs_met,
    pairs_of,
    reach,
    received_here,
)
from cep_route.directory.age import stands
from cep_route.directory.where import answers
from cep_route.model.answer import Finding, Place
from cep_route.model.territory import LocalOperator, Territory, plain_of

Path = tuple[str | int, ...]
# A hole: its kind, then what it is about. people (first doors, commune, level), need (need, commune), absent (network), pair (two
# operators), one_side (commune, missing side), fragile (code of the finding, path in the file).
Key = tuple[str, ...]

HALF_DAY = "Mo[1] 09:00-12:00"  # the smallest presence: half a day a month
ALMOST = 0.85  # a seat that serves this share of what the best one would is nearly as good
# Stale or unchecked contacts, funding, ties on one person: the findings of `checks.ground` on what may fail.
FRAGILE = ("CEP231", "CEP234", "CEP235", "CEP236", "CEP241")

# The additions that mend what may fail; no other makes a finding of `FRAGILE` go.
MENDING = ("deputy", "checked", "funded")


class Addition(Struct, frozen=True, kw_only=True):
    """One thing to write in the file.

    `kind`: hours, level, perimeter, place, house (operators); partner, reach (a partner's perimeter); tie, deputy, checked, funded.
    `path` names what it is written in, when that stands in the file already.
    """

    kind: str
    path: Path = ()
    house: str | None = None
    network: str | None = None
    commune: str | None = None
    communes: tuple[str, ...] = ()
    level: int | None = None
    need: str | None = None
    ends: tuple[str, ...] = ()
    day: str | None = None


class Hole(Struct, frozen=True, kw_only=True):
    """Holes that one addition closes, exactly."""

    addition: Addition
    closes: tuple[Key, ...]


class Seen(Struct, frozen=True, kw_only=True):
    """A territory judged once: its doors, its cells, its needs, its pairs, what may fail by code and path; `missing`: every hole."""

    reached: dict[Way, Reach]
    cells: dict[Cell, str]
    needs: dict[tuple[str, str], NeedMet]
    pairs: dict[tuple[str, str], str]
    fragile: dict[tuple[str, Path], dict[str, str]]
    missing: frozenset[Key]


def look(
    territory: Territory,
    asked: Asked,
    groups: tuple[CoveredPeople, ...],
    before: Seen | None = None,
    addition: Addition | None = None,
) -> Seen:
    """Judge a territory. `before`, and the one `addition` written in since, spare what that cannot have moved."""
    reached = before.reached if before else reach(territory, asked)
    if addition and addition.network:
        reached = {**reached, **reach(territory, asked, only=[addition.network])}
    if before is None or addition is None:
        needs = needs_met(territory, asked)
    else:  # what is answered already stays so
        needs = before.needs | (
            needs_met(territory, asked, _unmet(before.needs)) if addition.communes else {}
        )
    cells = cells_of(reached, groups, asked.communes)
    pairs = pairs_of(territory, asked.on)
    fragile = before.fragile if before else {}
    if before is None or addition is None or addition.kind in MENDING:
        fragile = {(f.code, path): f.values for path, f in lacks(territory, asked, FRAGILE)}
    keys: set[Key] = {
        *(("people", " ".join(first), c, str(level)) for (first, c, level), s in cells.items() if s in HOLES),
        *(("need", *cell) for cell, answered in needs.items() if answered.state == "none"),
        *(("absent", n) for n in asked.networks if asked.communes and not_here(territory, n, asked)),
        *(("pair", *pair) for pair, state in pairs.items() if state == "none"),
        *_one_sided(reached, asked),
        *(("fragile", code, ".".join(map(str, path))) for code, path in fragile),
    }
    return Seen(
        reached=reached, cells=cells, needs=needs, pairs=pairs, fragile=fragile, missing=frozenset(keys)
    )


def _unmet(needs: Mapping[tuple[str, str], NeedMet]) -> Iterable[str]:
    """The needs that nobody answers in one commune at least."""
    return dict.fromkeys(need for (need, _), answered in needs.items() if answered.state == "none")


def not_here(territory: Territory, network: str, asked: Asked) -> bool:
    """A network known to receive nobody on the territory."""
    return territory.operators is not None and received_here(territory, network, asked) is False


def _one_sided(reached: Mapping[Way, Reach], asked: Asked) -> Iterator[Key]:
    """Communes from which people in work who look for work can meet one side only, though the law opens both to them."""
    for eligible in asked.both_sides:
        lawful = _sides(asked, eligible)
        for commune in asked.communes if len(lawful) > 1 else ():
            ways = [(code, reached[code, commune, level].state) for code in eligible for level in (1, 2)]
            met = _sides(asked, (code for code, state in ways if state in ("desk", "hours")))
            if len(met) == 1 and all(state != "unknown" for _, state in ways):
                yield ("one_side", commune, *sorted(lawful - met))


def _sides(asked: Asked, networks: Iterable[str]) -> set[str]:
    sides = {asked.judge.law.operators[code].side for code in networks}
    return {"employment_service", "employees"} if "mixed" in sides else sides


def lacks(territory: Territory, asked: Asked, codes: Container[str]) -> Iterator[tuple[Path, Finding]]:
    """The findings of `checks.ground` of some codes, in the order in which they are made, each with its path in the file."""
    paths: list[Path] = []

    def where(path: Path, value: str | None = None) -> Place:
        del value
        paths.append(path)
        return Place(file="", line=len(paths))

    law, ground = asked.judge.law, asked.ground
    found = territory_findings(
        territory, law, asked.on, ground=ground, communes_of=ground.communes_of, where=where
    )
    yield from ((paths[f.place.line - 1], f) for f in found if f.code in codes and f.place)


# -- an addition for every hole --------------------------------------------------------------------------------------------


def holes_of(
    territory: Territory, asked: Asked, groups: tuple[CoveredPeople, ...], seen: Seen
) -> tuple[Hole, ...]:
    """An addition for every hole that one can close."""
    found = []
    for addition in _additions(territory, asked, groups, seen):
        after = look(add(territory, addition), asked, groups, seen, addition)
        closes = tuple(sorted(seen.missing - after.missing))
        if closes:
            found.append(Hole(addition=addition, closes=closes))
    return tuple(found)


def _additions(
    territory: Territory, asked: Asked, groups: tuple[CoveredPeople, ...], seen: Seen
) -> Iterator[Addition]:
    absent = [key[1] for key in sorted(seen.missing) if key[0] == "absent"]
    for network in dict.fromkeys([*(code for group in groups for code in group.first), *absent]):
        yield from _doors(territory, asked, network, seen)
    yield from _answers_to_needs(territory, asked, seen)
    yield from (Addition(kind="tie", ends=pair) for pair, state in seen.pairs.items() if state == "none")
    yield from _mended(territory, asked, seen)


def _doors(territory: Territory, asked: Asked, network: str, seen: Seen) -> Iterator[Addition]:
    """The fewest additions after which everyone meets the network: what is cheap to write first, then a desk where it serves most."""
    now, bad = (
        territory,
        [way for way, door in seen.reached.items() if way[0] == network and door.state in HOLES],
    )
    while bad:
        addition = _best(now, asked, network, bad)
        if addition is None:
            return
        now = add(now, addition)
        left = reach(now, asked, only=[network])
        bad = [way for way in bad if left[way].state in HOLES]
        yield _of_the_file(territory, addition, asked)
    if asked.communes and not_here(now, network, asked):
        yield _of_the_file(territory, _desk(now, asked, network, asked.communes), asked)


def _of_the_file(territory: Territory, addition: Addition, asked: Asked) -> Addition:
    """A second desk of a house that is itself an addition is a house of its own, for the file as it stands."""
    if len(addition.path) < 2 or int(addition.path[1]) < len(territory.operators or ()):
        return addition
    return Addition(kind="house", network=addition.network, commune=addition.commune, communes=asked.communes)


def _best(territory: Territory, asked: Asked, network: str, bad: list[Way]) -> Addition | None:
    """Hours, a level, communes near a desk but outside the perimeter, a desk: the first kind that closes something, what closes most."""
    hours, levels, wider = list[Addition](), list[Addition](), list[Addition]()
    missed, communes = sorted({level for *_, level in bad}), list(dict.fromkeys(c for _, c, _ in bad))
    for i, house in _houses(territory, network):
        at, one = ("operators", i), partial(Addition, house=house.id, network=network)
        desks = [(j, p) for j, p in enumerate(house.places or ()) if p.type in RECEIVES]
        bare = [(j, p.commune) for j, p in desks if not p.hours]
        hours += [one(kind="hours", path=(*at, "places", j), commune=commune) for j, commune in bare]
        held, zones = house.levels, house.perimeter
        levels += [one(kind="level", path=at, level=n) for n in missed if held is not None and n not in held]
        seats = [p.commune for _, p in desks if p.hours and p.commune]
        if zones is not None and not any(p.type == "none" for p in house.places or ()):
            near = (c for c in communes if any(_near(asked, c, seat) for seat in seats))
            out = tuple(c for c in near if not asked.ground.covers(zones, c))
            wider += [one(kind="perimeter", path=at, communes=out)] if out else []
    for additions in (hours, levels, wider, [_desk(territory, asked, network, communes)]):
        closed = {}
        for addition in additions:
            after = reach(add(territory, addition), asked, only=[network])
            closed[addition] = sum(after[way].state not in HOLES for way in bad)
        best = max(closed, key=lambda addition: closed[addition], default=None)
        if best is not None and closed[best]:
            return best
    return None


def _houses(territory: Territory, network: str) -> list[tuple[int, LocalOperator]]:
    return [(i, house) for i, house in enumerate(territory.operators or ()) if house.network == network]


def _near(asked: Asked, a: str, b: str) -> bool:
    km = asked.ground.km(a, b)
    return a == b or (km is not None and km <= asked.far)


def _desk(territory: Territory, asked: Asked, network: str, communes: Iterable[str]) -> Addition:
    """One permanence, where it is near most people; of seats nearly as good, the most peopled commune: nobody sits in a hamlet."""
    wanted, people = tuple(communes), asked.inhabitants
    served = {
        seat: sum(people.get(c, 0) + 1 for c in wanted if _near(asked, seat, c)) for seat in asked.communes
    }
    good = [seat for seat in asked.communes if served[seat] >= ALMOST * max(served.values())]
    seat = max(good, key=lambda c: (people.get(c, 0), served[c], -asked.communes.index(c)))
    near = tuple(c for c in wanted if _near(asked, seat, c))
    houses = [(i, h) for i, h in _houses(territory, network) if stands(h, asked.on)]
    if not houses:
        return Addition(kind="house", network=network, commune=seat, communes=asked.communes)

    def outside(house: LocalOperator) -> tuple[str, ...]:
        zones = house.perimeter
        return () if zones is None else tuple(c for c in near if not asked.ground.covers(zones, c))

    i, house = min(houses, key=lambda pair: (len(outside(pair[1])), pair[0]))
    path, out = ("operators", i), outside(house)
    return Addition(kind="place", path=path, house=house.id, network=network, commune=seat, communes=out)


def _answers_to_needs(territory: Territory, asked: Asked, seen: Seen) -> Iterator[Addition]:
    """For each need with a hole: a partner that answers it next door, else a new one."""
    left = {cell: None for cell, answered in seen.needs.items() if answered.state == "none"}
    while left:
        need = next(iter(left))[0]
        communes = tuple(c for n, c in left if n == need)
        new = Addition(kind="partner", need=need, communes=communes)
        for addition in (_neighbour(territory, asked, need, communes), new):
            after = (
                needs_met(add(territory, addition), asked, dict.fromkeys(n for n, _ in left))
                if addition
                else {}
            )
            closed = [cell for cell in left if addition and after[cell].state != "none"]
            if addition and (need, communes[0]) in closed:
                yield addition
                break
        for cell in closed:
            left.pop(cell, None)


def _neighbour(territory: Territory, asked: Asked, need: str, communes: tuple[str, ...]) -> Addition | None:
    for i, partner in enumerate(territory.partners or ()):
        zones = partner.perimeter
        if zones is not None and stands(partner, asked.on) and answers(partner.needs or (), need):
            out = tuple(c for c in communes if not asked.ground.covers(zones, c))
            if out:
                return Addition(kind="reach", path=("partners", i), house=partner.id, communes=out, need=need)
    return None


def _mended(territory: Territory, asked: Asked, seen: Seen) -> Iterator[Addition]:
    """A deputy for a tie on one person, a contact checked, a funding that goes on."""
    houses = {h.id for h in (*(territory.operators or ()), *(territory.partners or ()))}
    deputies: set[str] = set()
    for (code, path), values in seen.fragile.items():
        if code == "CEP241":
            ends = [e for e in (values["from"], values["to"]) if e in houses]
            if ends and not deputies & set(ends):
                deputies.add(ends[0])
                yield Addition(kind="deputy", house=ends[0], ends=(values["from"], values["to"]))
        elif code in ("CEP231", "CEP234"):
            contact = path[:-1] if path[-1] == "checked_on" else path
            yield Addition(kind="checked", path=contact, house=values["who"], day=asked.on)
        else:
            last = f"{int(asked.on[:4]) + 1:04d}-12-31"
            yield Addition(kind="funded", path=path[:-1], house=values["who"], day=last)


# -- written in ------------------------------------------------------------------------------------------------------------


def add(territory: Territory, x: Addition) -> Territory:
    """The territory with an addition written in."""
    told = plain_of(territory)
    entry = reduce(getitem, x.path, told)
    houses = [*told.get("operators", ()), *told.get("partners", ())]
    permanence = {"type": "permanence", "commune": x.commune, "hours": HALF_DAY, "days_per_month": 1}
    if x.kind == "tie":
        told.setdefault("ties", []).append({"from": x.ends[0], "to": x.ends[1], "nature": "bilateral"})
    elif x.kind == "house":
        told.setdefault("operators", []).append({
            "id": _free(territory, f"{x.network}-x".replace("_", "-")), "network": x.network, "name": x.network,
            "levels": [1, 2], "perimeter": x.communes, "places": [permanence],
        })  # fmt: skip
    elif x.kind == "partner":
        told.setdefault("partners", []).append({
            "id": _free(territory, "x"), "name": x.need, "circle": "health_social", "needs": [x.need],
            "publics": ["tous-publics"], "perimeter": x.communes, "website": "https://example.org",
        })  # fmt: skip
    elif x.kind == "deputy":
        for contacts in (h.setdefault("contacts", []) for h in houses if h["id"] == x.house):
            if not contacts:
                contacts.append({"use": "counsellor"})
            next((c for c in contacts if c["use"] == "counsellor"), contacts[0])["deputy"] = "x"
    elif x.kind == "place":  # a place that said "none here" becomes it, so that the others keep their rank
        places = entry.setdefault("places", [])
        absent = any(p["type"] == "none" for p in places)
        entry["places"] = [permanence if p["type"] == "none" else p for p in places]
        entry["places"] += [] if absent else [permanence]
    elif x.kind == "level":
        entry["levels"] = sorted((*entry["levels"], x.level))
    elif x.kind == "hours":
        entry["hours"] = HALF_DAY
    elif x.day:
        entry["checked_on" if x.kind == "checked" else "funded_until"] = x.day
    if x.kind in ("place", "perimeter", "reach") and x.communes:
        entry["perimeter"] += x.communes
    return convert(told, Territory)


def _free(territory: Territory, name: str) -> str:
    several = (territory.operators, territory.partners, territory.schemes)
    taken = {house.id for houses in several for house in houses or ()}
    while name in taken:
        name += "-x"
    return name
