"""What is missing on a territory, each hole with the smallest addition to the file that closes it. It proposes; it changes nothing.

A hole is a key: people nobody receives, a need nobody answers, an operator with no desk, two operators with no tie, people in work
who look for work and can meet one side only, a tie or a contact that may fail. What an addition closes is not reckoned: the
territory is judged again with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.checks.ground import territory_findings
from cep_route.checks.territory import RECEIVES
from cep_route.diagnosis import coverage
from cep_route.diagnosis.additions import Addition, add
from cep_route.diagnosis.coverage import HOLES, Asked, CoveredPeople, Reach
from cep_route.directory.age import runs, stands
from cep_route.directory.partners import answers
from cep_route.directory.where import Local
from cep_route.model.answer import Place, Profile
from cep_route.model.territory import Coordination, House, LocalOperator, Scheme, Territory

Path = tuple[str | int, ...]


ALMOST = 0.85  # a seat that serves this share of what the best one would is nearly as good
FRAGILE = (
    "CEP231",
    "CEP234",
    "CEP235",
    "CEP236",
    "CEP241",
)  # stale or unchecked contacts, funding, ties on one person

Key = tuple[Any, ...]
_DOORS = ("hours", "level", "perimeter", "place", "house")  # the additions that open a door


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Holes that one addition closes, exactly."""

    addition: Addition
    closes: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A territory judged once: its cells, its needs, its pairs, what may fail; `keys`: every hole."""

    reached: dict[tuple[str, str, int, str], Reach]
    cells: dict[coverage.Cell, str]
    needs: dict[tuple[str, str], str]
    pairs: dict[tuple[str, str], str]
    fragile: dict[tuple[str, Path], dict[str, str]]
    keys: frozenset[Key]


def look(
    territory: Territory,
    asked: Asked,
    groups: tuple[CoveredPeople, ...],
    before: Seen | None = None,
    touched: Addition | None = None,
) -> Seen:
    """Judge a territory: everything below is asked of it once. `before` and the one thing `touched` since spare what cannot have moved."""
    reached = before.reached if before and touched and touched.kind not in _DOORS else {}
    if not reached:
        only = [touched.network] if before and touched and touched.network else None
        reached = {**(before.reached if before else {}), **coverage.reach(territory, asked, only=only)}
    cells = coverage.cells_of(reached, groups, asked.communes)
    moves_needs = before is None or touched is None or touched.communes
    needs = needs_met(territory, asked) if moves_needs or before is None else before.needs
    pairs = pairs_of(territory, asked)
    fragile = _fragile(territory, asked)
    keys = {
        *(("people", *cell) for cell, state in cells.items() if state in HOLES),
        *(("need", *cell) for cell, state in needs.items() if state == "none"),
        *_absent(territory, asked),
        *(("pair", *pair) for pair, state in pairs.items() if state == "none"),
        *_one_sided(reached, asked),
        *(("fragile", code, path) for code, path in fragile),
    }
    return Seen(reached=reached, cells=cells, needs=needs, pairs=pairs, fragile=fragile, keys=frozenset(keys))


def holes_of(
    territory: Territory, asked: Asked, groups: tuple[CoveredPeople, ...], seen: Seen
) -> tuple[Hole, ...]:
    """An addition for every hole that one can close, the one that closes most first within its kind."""
    found = []
    for addition in _additions(territory, asked, groups, seen):
        after = look(add(territory, addition), asked, groups, seen, addition)
        closes = tuple(sorted(seen.keys - after.keys, key=str))
        if closes:
            found.append(Hole(addition=addition, closes=closes))
    return tuple(found)


def _additions(
    territory: Territory, asked: Asked, groups: tuple[CoveredPeople, ...], seen: Seen
) -> Iterator[Addition]:
    needed = dict.fromkeys(code for group in groups for code in group.first)
    for network in needed:
        yield from _doors(territory, asked, network, seen)
    for network in sorted({key[1] for key in seen.keys if key[0] == "absent"} - set(needed)):
        yield from _desk(territory, asked, network, asked.communes)
    yield from _answers_to_needs(territory, asked, seen)
    for pair, state in seen.pairs.items():
        if state == "none":
            yield Addition(kind="tie", ends=pair)
    yield from _mended(territory, asked, seen)


# -- doors ----------------------------------------------------------------------------------------------------------------


def _doors(territory: Territory, asked: Asked, network: str, seen: Seen) -> Iterator[Addition]:
    """The fewest additions after which everyone meets the network: what is cheap to write first, then a desk where it serves most."""
    now, bad = territory, _bad(seen.reached, network)
    while bad:
        cheap = _cheapest(now, asked, network, bad)
        addition = cheap or next(
            _desk(now, asked, network, dict.fromkeys(c for _, c, _, _ in bad), bad), None
        )
        if addition is None:
            return
        now = add(now, addition)
        left = _bad(coverage.reach(now, asked, only=[network]), network)
        if len(left) >= len(bad):
            return
        bad = left
        yield _of_the_file(territory, addition, asked)
    here = coverage.received_here(now, network, asked.days[0], asked.communes)
    if here is False and network in coverage.networks(asked.judge, asked.days[0]):
        yield from (_of_the_file(territory, a, asked) for a in _desk(now, asked, network, asked.communes))


def _of_the_file(territory: Territory, addition: Addition, asked: Asked) -> Addition:
    """A second desk of a house that is itself an addition is a house of its own, for the file as it stands."""
    held = len(territory.operators or ())
    if len(addition.path) < 2 or int(addition.path[1]) < held:
        return addition
    return Addition(kind="house", network=addition.network, commune=addition.commune, communes=asked.communes)


def _bad(reached: Mapping[tuple[str, str, int, str], Reach], network: str) -> list[tuple[str, str, int, str]]:
    return [key for key, door in reached.items() if key[0] == network and door.state in HOLES]


def _cheapest(
    territory: Territory, asked: Asked, network: str, bad: list[tuple[str, str, int, str]]
) -> Addition | None:
    """Hours, a level, communes of a perimeter: the first that closes something, the one that closes most among its kind."""
    for kind in (_hours, _levels, _wider):
        best: tuple[int, Addition | None] = (0, None)
        for addition in kind(territory, asked, network, bad):
            after = coverage.reach(add(territory, addition), asked, only=[network])
            closed = sum(after[key].state not in HOLES for key in bad)
            if closed > best[0]:
                best = (closed, addition)
        if best[1]:
            return best[1]
    return None


def _houses(territory: Territory, network: str) -> Iterator[tuple[int, LocalOperator]]:
    for i, house in enumerate(territory.operators or ()):
        if house.network == network:
            yield i, house


def _hours(
    territory: Territory, asked: Asked, network: str, bad: list[tuple[str, str, int, str]]
) -> Iterator[Addition]:
    del asked, bad
    for i, house in _houses(territory, network):
        for j, place in enumerate(house.places or ()):
            if place.type in RECEIVES and not place.hours:
                path = ("operators", i, "places", j)
                yield Addition(
                    kind="hours", path=path, house=house.id, network=network, commune=place.commune
                )


def _levels(
    territory: Territory, asked: Asked, network: str, bad: list[tuple[str, str, int, str]]
) -> Iterator[Addition]:
    del asked
    for i, house in _houses(territory, network):
        for level in sorted({level for _, _, level, _ in bad}):
            if house.levels is not None and level not in house.levels:
                yield Addition(
                    kind="level", path=("operators", i), house=house.id, network=network, level=level
                )


def _wider(
    territory: Territory, asked: Asked, network: str, bad: list[tuple[str, str, int, str]]
) -> Iterator[Addition]:
    """Communes outside the perimeter of a house that already receives, with hours, near enough."""
    for i, house in _houses(territory, network):
        places = house.places or ()
        if house.perimeter is None or any(p.type == "none" for p in places):
            continue
        desks = [p.commune for p in places if p.type in RECEIVES and p.hours and p.commune]
        out = tuple(
            dict.fromkeys(
                commune
                for _, commune, _, _ in bad
                if not asked.ground.covers(house.perimeter, commune)
                and any(_near(asked, commune, desk) for desk in desks)
            )
        )
        if out:
            yield Addition(
                kind="perimeter", path=("operators", i), house=house.id, network=network, communes=out
            )


def _near(asked: Asked, a: str, b: str) -> bool:
    km = asked.ground.km(a, b)
    return a == b or (km is not None and km <= asked.far)


def _desk(
    territory: Territory,
    asked: Asked,
    network: str,
    communes: Iterable[str],
    bad: Iterable[tuple[str, str, int, str]] = (),
) -> Iterator[Addition]:
    """One permanence, where it is near most people; of seats nearly as good, the most peopled commune: nobody sits in a hamlet."""
    wanted = tuple(communes)
    if not asked.communes:
        return
    people = asked.inhabitants
    served = {
        seat: sum(people.get(c, 0) + 1 for c in wanted if _near(asked, seat, c)) for seat in asked.communes
    }
    good = [seat for seat in asked.communes if served[seat] >= ALMOST * max(served.values())]
    seat = max(good, key=lambda c: (people.get(c, 0), served[c], -asked.communes.index(c)))
    near = tuple(c for c in wanted if _near(asked, seat, c))
    day = min((day for _, c, _, day in bad if c in near), default=asked.days[0])
    houses = [(i, h) for i, h in _houses(territory, network) if stands(h, day)]
    if not houses:
        yield Addition(kind="house", network=network, commune=seat, communes=asked.communes)
        return
    i, house = max(houses, key=lambda pair: (_covers_all(asked, pair[1], near), -pair[0]))
    out = tuple(
        c for c in near if house.perimeter is not None and not asked.ground.covers(house.perimeter, c)
    )
    yield Addition(
        kind="place", path=("operators", i), house=house.id, network=network, commune=seat, communes=out
    )


def _covers_all(asked: Asked, house: House, communes: Iterable[str]) -> int:
    perimeter = house.perimeter
    return sum(perimeter is None or asked.ground.covers(perimeter, c) for c in communes)


def _absent(territory: Territory, asked: Asked) -> Iterator[Key]:
    """Networks in force that receive nobody on the territory."""
    if territory.operators is None or not asked.communes:
        return
    for network in coverage.networks(asked.judge, asked.days[0]):
        if coverage.received_here(territory, network, asked.days[0], asked.communes) is False:
            yield ("absent", network)


# -- two sides ------------------------------------------------------------------------------------------------------------


def _sides(asked: Asked, networks: Iterable[str]) -> set[str]:
    sides = {asked.judge.law.operators[code].side for code in networks}
    return {"employment_service", "employees"} if "mixed" in sides else sides


def _one_sided(reached: Mapping[tuple[str, str, int, str], Reach], asked: Asked) -> Iterator[Key]:
    """Communes from which people in work who look for work can meet one side only, though the law opens both to them."""
    for day in asked.days:
        for eligible in asked.judge.straddling(day):
            lawful = _sides(asked, eligible)
            if len(lawful) < 2:
                continue
            for commune in asked.communes:
                doors = {
                    code: [
                        reached[code, commune, level, day].state
                        for level in coverage.LEVELS
                        if (code, commune, level, day) in reached
                    ]
                    for code in eligible
                }
                if any("unknown" in states for states in doors.values()):
                    continue  # a side nobody wrote down may be there
                met = _sides(asked, (c for c, states in doors.items() if {"desk", "hours"} & set(states)))
                if len(met) == 1:
                    yield ("one_side", commune, day, *sorted(lawful - met))


# -- needs ----------------------------------------------------------------------------------------------------------------


def asked_needs(territory: Territory, asked: Asked) -> tuple[str, ...]:
    """The categories of needs, those of ours, and those of the territory; themes follow their category."""
    codes = [c for c in asked.judge.law.needs if "--" not in c or c.startswith("x-")]
    return (*codes, *(n["code"] for n in territory.needs or ()))


def needs_met(territory: Territory, asked: Asked) -> dict[tuple[str, str], str]:
    """Each need from each commune: `all` (someone answers anyone), `some` (certain publics), `unknown` (zone not written), `none`."""
    if territory.partners is None:
        return {}
    day = asked.days[0]
    needs = asked_needs(territory, asked)
    found: dict[tuple[str, str], str] = {}
    partners = territory.partners or ()
    perimeters = [
        *(o.perimeter for o in territory.operators or ()),
        *(p.perimeter for p in partners),
        *(s.perimeter for p in partners for s in p.services or ()),
        *(s.perimeter for s in territory.schemes or ()),
    ]
    seen: dict[tuple[str, ...], dict[str, str]] = {}
    for commune in asked.communes:
        local = Local(asked.judge, Profile(commune=commune), day, territory, asked.ground)
        zones = tuple(
            local.zone(perimeter) for perimeter in perimeters
        )  # communes of the same zones have the same answers
        if zones not in seen:
            seen[zones] = _needs_from(local, needs, asked)
        found |= {(need, commune): state for need, state in seen[zones].items()}
    return found


def _needs_from(local: Local, needs: tuple[str, ...], asked: Asked) -> dict[str, str]:
    matches, _ = local.partners(needs, (), coverage.networks(asked.judge, local.on))
    schemes = [
        s for s in local.territory.schemes or () if runs(s, local.on) and local.zone(s.perimeter) != "outside"
    ]
    found = {}
    for need in needs:
        mine = [m for m in matches if m.need == need and not m.relaxed]
        if any(not m.unknown for m in mine):
            found[need] = "all"
        elif any("zone" in m.unknown for m in mine):
            found[need] = "unknown"
        elif mine or any(answers(s.needs or (), need) for s in schemes):
            found[need] = "some"
        else:
            found[need] = "none"
    return found


def answering(territory: Territory, asked: Asked) -> dict[tuple[str, str], tuple[str, ...]]:
    """For each need and commune, the ids of those who answer it there, as a route would name them to someone it knows nothing of."""
    needs = asked_needs(territory, asked)
    found = {}
    for commune in asked.communes:
        local = Local(asked.judge, Profile(commune=commune), asked.days[0], territory, asked.ground)
        matches, _ = local.partners(needs, (), coverage.networks(asked.judge, asked.days[0]))
        for need in needs:
            found[need, commune] = tuple(m.partner for m in matches if m.need == need and not m.relaxed)
    return found


def _answers_to_needs(territory: Territory, asked: Asked, seen: Seen) -> Iterator[Addition]:
    """For each need with a hole: a partner that answers it next door, else a new one."""
    left = {key: None for key, state in seen.needs.items() if state == "none"}
    while left:
        need = next(iter(left))[0]
        communes = tuple(c for n, c in left if n == need)
        addition = _neighbour(territory, asked, need, communes) or Addition(
            kind="partner", need=need, communes=communes
        )
        after = needs_met(add(territory, addition), asked)
        closed = [key for key in left if after[key] != "none"]
        if (need, communes[0]) not in closed:
            addition = Addition(kind="partner", need=need, communes=communes)
            closed = [(need, c) for c in communes]
        yield addition
        for key in closed:
            left.pop(key, None)


def _neighbour(territory: Territory, asked: Asked, need: str, communes: tuple[str, ...]) -> Addition | None:
    for i, partner in enumerate(territory.partners or ()):
        fits = stands(partner, asked.days[0]) and answers(partner.needs or (), need)
        if fits and partner.perimeter is not None:
            out = tuple(c for c in communes if not asked.ground.covers(partner.perimeter, c))
            if out:
                return Addition(kind="reach", path=("partners", i), house=partner.id, communes=out, need=need)
    return None


# -- ties and what may fail -------------------------------------------------------------------------------------------------


def pairs_of(territory: Territory, asked: Asked) -> dict[tuple[str, str], str]:
    """Each pair of operators in force: `tie`, `body` (both in a living coordination or scheme), `none`, or `unknown` (no tie written)."""
    day = asked.days[0]
    houses = [h for h in territory.operators or () if stands(h, day)]
    ties = territory.ties
    tied = {frozenset((tie.from_, tie.to)) for tie in ties or ()}
    bodies = [set(b.member_operators or ()) for b in _bodies(territory, day)]
    found = {}
    for i, a in enumerate(houses):
        for b in houses[i + 1 :]:
            names = ({a.id, a.network}, {b.id, b.network})
            if any(pair & names[0] and pair & names[1] for pair in tied):
                state = "tie"
            elif any(body & names[0] and body & names[1] for body in bodies):
                state = "body"
            else:
                state = "unknown" if ties is None else "none"
            found[a.id, b.id] = state
    return found


def _bodies(territory: Territory, day: str) -> Iterator[Coordination | Scheme]:
    body = territory.coordination or Coordination()
    if body.status == "active" and stands(body, day):
        yield body
    yield from (s for s in territory.schemes or () if runs(s, day))


def _fragile(territory: Territory, asked: Asked) -> dict[tuple[str, Path], dict[str, str]]:
    """The findings of `checks.ground` on what may fail, by code and path in the file."""
    paths: list[Path] = []

    def where(path: Path, value: Any = None) -> Place:
        del value
        paths.append(path)
        return Place(file="", line=len(paths))

    found = territory_findings(territory, asked.judge.law, asked.days[0], ground=asked.ground, where=where)
    return {(f.code, paths[f.place.line - 1]): dict(f.values) for f in found if f.code in FRAGILE and f.place}


def _mended(territory: Territory, asked: Asked, seen: Seen) -> Iterator[Addition]:
    houses = {h.id for key in ("operators", "partners") for h in territory.get(key) or ()}
    deputies: set[str] = set()
    for (code, path), values in seen.fragile.items():
        if code == "CEP241":
            ends = [e for e in (values["from"], values["to"]) if e in houses]
            if ends and not deputies & set(ends):
                deputies.add(ends[0])
                yield Addition(kind="deputy", house=ends[0], ends=(values["from"], values["to"]))
        elif code in ("CEP231", "CEP234"):
            contact = path[:-1] if path[-1] == "checked_on" else path
            yield Addition(kind="checked", path=contact, house=values["who"], day=asked.days[0])
        else:
            last = f"{int(asked.days[0][:4]) + 1:04d}-12-31"
            yield Addition(kind="funded", path=path[:-1], house=values["who"], day=last)
