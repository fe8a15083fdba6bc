"""Who meets whom where: people grouped by their first door, each door reached or not from each commune, level and day. Never decides who.

People are the engine's (`Table.people`), grouped by the operators the engine puts first; desks are the engine's too, so that a cell
says what a route from that commune would say. A presence that is not written is unknown, never absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cep_route.checks.territory import RECEIVES
from cep_route.directory.age import stands
from cep_route.directory.where import Ground, Local
from cep_route.engine.compare import Space, joined, outcomes_within
from cep_route.engine.explain import Judge
from cep_route.model.answer import Profile
from cep_route.model.law import BEGINNING, FOREVER, Law, When, written
from cep_route.model.territory import House, Territory

FAR = 30.0  # km as the crow flies beyond which a desk is far; a parameter of ours, not of the study
LEVELS = (1, 2)
HORIZON_MONTHS = 12  # days to come on which a door opens or closes are looked at too, this far ahead
# From the best to the worst. `unknown` is no hole: nobody wrote where, or for which communes.
STATES = ("desk", "hours", "far", "unknown", "remote", "none")
HOLES = ("hours", "far", "remote", "none")
STRADDLES = {"employed": ("yes",), "seeking": ("yes",)}  # in work and looking for work: both sides are theirs

Cell = tuple[tuple[str, ...], str, int, str]  # first doors, commune, level, day


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredPeople:
    """Everyone the engine sends first to the same doors on a day: how many kinds, and who, as boxes of values."""

    first: tuple[str, ...]
    day: str
    kinds: int
    boxes: tuple[dict[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How an operator is reached from a commune, for a level, on a day. `state`: one of `STATES`."""

    network: str
    commune: str
    level: int
    day: str
    state: str
    house: str | None = None
    place: str | None = None  # the commune of the desk
    km: float | None = None
    minutes: int | None = None


class Anyone(Judge):
    """The judge, remembering what it said of people nothing is known of: the same few publics are asked thousands of times."""

    def __init__(self, law: Law) -> None:
        super().__init__(law)
        self._said: dict[Any, tuple[bool | None, tuple[str, ...]]] = {}
        self._straddling: dict[str, tuple[tuple[str, ...], ...]] = {}

    def box(self, when: When, profile: Profile, on: str) -> tuple[bool | None, tuple[str, ...]]:
        if profile.facts or profile.birth_date:
            return super().box(when, profile, on)
        key = (on, tuple((name, tuple(values)) for name, values in when.items()))
        if key not in self._said:
            self._said[key] = super().box(when, profile, on)
        return self._said[key]

    def straddling(self, day: str) -> tuple[tuple[str, ...], ...]:
        """The sets of operators that may serve people in work who look for work, by the engine."""
        if day not in self._straddling:
            self._straddling[day] = tuple(sorted(set(_straddling(self, day))))
        return self._straddling[day]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the questions share: a law, the ground, the communes asked about and their inhabitants, the days, the distance."""

    judge: Anyone
    ground: Ground
    communes: tuple[str, ...]
    days: tuple[str, ...]
    far: float
    inhabitants: Mapping[str, int]


def people(judge: Judge, day: str, *, boxes: bool = True) -> tuple[CoveredPeople, ...]:
    """The groups, in the order of operators.toml; those whose door is outside the CEP are left out."""
    space = Space(judge.law)
    root, shown = space.numbered(space.in_force(day), lambda outcome: ordered(judge, outcome.first))
    kinds = space.diagrams.count(root)
    firsts = {number: ordered(judge, outcome.first) for number, outcome in enumerate(shown, 1)}
    order = list(judge.law.operators)
    return tuple(
        CoveredPeople(
            first=first,
            day=day,
            kinds=kinds[number],
            boxes=_boxes(space, judge, root, number) if boxes else (),
        )
        for number, first in sorted(firsts.items(), key=lambda g: ([order.index(c) for c in g[1]], g[1]))
        if first and not any(judge.law.outside(c) for c in first)
    )


def ordered(judge: Judge, codes: Iterable[str]) -> tuple[str, ...]:
    """Codes as operators.toml lists them."""
    return tuple(sorted(codes, key=list(judge.law.operators).index))


def _boxes(space: Space, judge: Judge, root: int, number: int) -> tuple[dict[str, tuple[str, ...]], ...]:
    """The group as few boxes: widened while the engine's answer stays, then boxes that differ in one fact joined."""
    boxes = joined({n: (i,) for n, i in known.items()} for known in space.cover(root, number))
    boxes.sort(key=lambda b: (len(b), str(sorted(b))))
    facts = list(judge.law.facts)
    return tuple(
        {
            name: written(v for i in box[name] for v in space.cut.members[name][i])
            for name in sorted(box, key=facts.index)
            if len(box[name]) < len(space.cut.members[name])
        }
        for box in boxes
    )


def days_of(territory: Territory, judge: Judge, on: str) -> tuple[str, ...]:
    """The day, and the days of the year to come on which an operator opens or closes here, or the law changes."""
    last = f"{int(on[:4]) + HORIZON_MONTHS // 12:04d}{on[4:]}"
    turns = {on} | {s.since for s in judge.law.segments}
    for house in territory.operators or ():
        turns |= {_first(house.get("since", BEGINNING)), _after(house.get("until", FOREVER))}
    return tuple(sorted(day for day in turns if on <= day <= last))


def _first(moment: str) -> str:
    return moment + "0001-01-01"[len(moment) :]


def _after(moment: str) -> str:
    """The day after the last day a moment may mean."""
    if moment >= FOREVER:
        return FOREVER
    if len(moment) == len("2019"):
        return f"{int(moment) + 1:04d}-01-01"
    if len(moment) == len("2019-12"):
        year, month = int(moment[:4]), int(moment[5:])
        return f"{year + month // 12:04d}-{month % 12 + 1:02d}-01"
    from cep_route.model.law import next_day

    return next_day(moment)


def networks(judge: Judge, day: str) -> tuple[str, ...]:
    """The networks that give the CEP on a day."""
    return tuple(
        code for code, card in judge.law.operators.items() if not card.outside and card.in_force(day)
    )


def reach(
    territory: Territory, asked: Asked, only: Iterable[str] | None = None
) -> dict[tuple[str, str, int, str], Reach]:
    """Every network in force from every commune, at each level, on each day; `only` some networks."""
    wanted = None if only is None else set(only)
    houses, told = territory.operators or (), networks_told(territory)
    found = {}
    for day in asked.days:
        for level in LEVELS:
            held = tuple(h for h in houses if h.levels is None or level in h.levels)
            levelled = replace(territory, operators=held)
            for commune in asked.communes:
                local = Local(asked.judge, Profile(commune=commune), day, levelled, asked.ground)
                for network in networks(asked.judge, day):
                    if wanted is None or network in wanted:
                        absent = "none" if told is None or network in told else "unknown"
                        found[network, commune, level, day] = _reach(
                            local, network, commune, level, asked.far, absent
                        )
    return found


def networks_told(territory: Territory) -> frozenset[str] | None:
    """The networks of which the file holds a house, whatever its dates; None when it says that there is none at all.

    A network that it does not hold is not told: nobody knows from this file whether it receives.
    """
    if territory.operators == ():
        return None
    return frozenset(house.network for house in territory.operators or ())


def _reach(local: Local, network: str, commune: str, level: int, far: float, absent: str) -> Reach:
    houses = [
        h
        for h in local.territory.operators or ()
        if h.network == network and stands(h, local.on) and local.zone(h.perimeter) != "outside"
    ]
    if not houses:
        return Reach(network=network, commune=commune, level=level, day=local.on, state=absent)
    desk = local.desk_of(network)
    if desk.channel in ("desk", "permanence"):
        if desk.zone.startswith("unknown"):
            state = "unknown"
        elif desk.km is not None and desk.km > far:
            state = "far"
        else:
            state = "desk" if desk.hours else "hours"
        near = desk
    else:
        near = desk.nearest or desk
        state = "remote" if desk.phone or desk.url else "none"
        if any(h.places is None for h in houses):
            state = "unknown"
    return Reach(
        network=network,
        commune=commune,
        level=level,
        day=local.on,
        state=state,
        house=near.id or desk.id,
        place=near.commune,
        km=near.km,
        minutes=near.minutes,
    )


def cells_of(
    reached: Mapping[tuple[str, str, int, str], Reach],
    groups: Iterable[CoveredPeople],
    communes: Iterable[str],
) -> dict[Cell, str]:
    """For each group, commune, level and day of the groups: the best of its first doors. An unknown door may be the better one."""
    communes = tuple(communes)
    found = {}
    for group in groups:
        for commune in communes:
            for level in LEVELS:
                doors = [reached.get((code, commune, level, group.day)) for code in group.first]
                states = [door.state if door else "none" for door in doors]
                found[group.first, commune, level, group.day] = min(states, key=STATES.index)
    return found


def received_here(territory: Territory, network: str, day: str, communes: Iterable[str]) -> bool | None:
    """Does the network receive anyone on the territory? Unknown when a house of it does not say where."""
    here, told = set(communes), networks_told(territory)
    if told is not None and network not in told:
        return None
    houses = [h for h in territory.operators or () if h.network == network and stands(h, day)]
    states = [_receives(h, here) for h in houses]
    if any(states):
        return True
    return None if None in states else False


def _receives(house: House, here: set[str]) -> bool | None:
    places = house.places
    if places is None:
        return None
    absent = any(p.type == "none" for p in places)
    return not absent and any(p.type in RECEIVES and p.commune in here for p in places)


def _straddling(judge: Judge, day: str) -> Iterator[tuple[str, ...]]:
    if not STRADDLES.keys() <= judge.law.segment(day).classes.keys():
        return
    for outcome in outcomes_within(judge.law, STRADDLES, day):
        inside = ordered(judge, (c for c in outcome.eligible if not judge.law.outside(c)))
        if inside:
            yield inside
