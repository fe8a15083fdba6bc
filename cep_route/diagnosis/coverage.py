"""Who meets whom where on one day: people by first doors, doors, needs and pairs of operators. It never decides who may serve whom.

People are the engine's, grouped by the operators it puts first; desks are the engine's too, so that a cell says what a route from
that commune would say. What is not written is unknown, never absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial

from msgspec import Struct
from msgspec.structs import replace

from cep_route.checks.territory import RECEIVES
from cep_route.directory.age import runs, stands
from cep_route.directory.ground import Ground
from cep_route.directory.where import Local, Partners, answers
from cep_route.engine.compare import Space, joined
from cep_route.engine.compile import box_of
from cep_route.engine.explain import Judge
from cep_route.model.answer import Profile
from cep_route.model.law import Law, written
from cep_route.model.territory import Box, Coordination, House, Scheme, Territory

FAR = 30.0  # km as the crow flies beyond which a desk is far; a parameter of ours, not of the study
LEVELS = (1, 2)
# From the best to the worst. `unknown` is no hole: nobody wrote where, or for which communes.
STATES = ("desk", "hours", "far", "unknown", "remote", "none")
HOLES = ("hours", "far", "remote", "none")
BOTH_SIDES: Box = {
    "employed": ("yes",),
    "seeking": ("yes",),
}  # in work and looking for work: both sides are theirs

Cell = tuple[tuple[str, ...], str, int]  # first doors, commune, level
Way = tuple[str, str, int]  # network, commune, level


class CoveredPeople(Struct, frozen=True, kw_only=True):
    """Everyone the engine sends first to the same doors, as far as nothing rare is told: how many kinds, and who, as boxes of values."""

    first: tuple[str, ...]
    kinds: int
    boxes: tuple[Box, ...]


class Reach(Struct, frozen=True, kw_only=True):
    """How an operator is reached. `state`: one of `STATES`; `place`: the commune of the desk; `km` from the commune asked about."""

    state: str
    house: str | None = None
    place: str | None = None
    km: float | None = None


class NeedMet(Struct, frozen=True, kw_only=True):
    """Who answers a need from a commune. `state`: `all` (someone receives anyone), `some` (certain publics), `unknown` (whom or where
    is not written), `none`; `by`: their ids.
    """

    state: str
    by: tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """What the questions share: a law and a day, the ground, the communes asked about and their inhabitants, the distance in km.

    `networks` give the CEP on the day; `both_sides`: the sets of operators open to people in work who look for work.
    """

    judge: Judge
    ground: Ground
    communes: tuple[str, ...]
    on: str
    far: float
    inhabitants: Mapping[str, int]
    networks: tuple[str, ...]
    both_sides: tuple[tuple[str, ...], ...]


# -- people ----------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _space(judge: Judge) -> Space:
    """Everybody under a law: made once for the diagnoses that are compared."""
    return Space(judge.law, more=[box_of({**BOTH_SIDES, **nothing_rare(judge.law)}, judge.law.facts)])


def _known(space: Space, box: Box) -> dict[int, tuple[int, ...]]:
    return space.cut.classes_of(box_of(box, space.law.facts))


@lru_cache(maxsize=16)
def people(judge: Judge, on: str) -> tuple[CoveredPeople, ...]:
    """The groups, in the order of operators.toml; those whose door is outside the CEP are left out."""
    space = _space(judge)
    whole, shown = space.numbered(on, lambda outcome: ordered(judge, outcome.first))
    root = space.diagrams.restrict(whole, _known(space, nothing_rare(judge.law)))
    kinds = space.diagrams.count(root)
    firsts = {number: ordered(judge, outcome.first) for number, outcome in enumerate(shown, 1)}
    order = list(judge.law.operators)
    return tuple(
        CoveredPeople(first=first, kinds=kinds[number], boxes=_boxes(space, judge, root, number))
        for number, first in sorted(firsts.items(), key=lambda g: ([order.index(c) for c in g[1]], g[1]))
        if first and number in kinds and not any(judge.law.outside(c) for c in first)
    )


def nothing_rare(law: Law) -> dict[str, tuple[str, ...]]:
    """What is taken as told of everybody until someone tells otherwise."""
    return {card.fact: (card.value,) for card in law.presumptions if not card.when}


def ordered(judge: Judge, codes: Iterable[str]) -> tuple[str, ...]:
    """Codes as operators.toml lists them."""
    return tuple(sorted(codes, key=list(judge.law.operators).index))


def _boxes(space: Space, judge: Judge, root: int, number: int) -> tuple[Box, ...]:
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


def both_sides(judge: Judge, on: str) -> tuple[tuple[str, ...], ...]:
    """The sets of operators open to people in work who look for work, as far as nothing rare is told of them."""
    if not BOTH_SIDES.keys() <= judge.law.segment(on).classes.keys():
        return ()
    space = _space(judge)
    outcomes = space.outcomes(on, _known(space, {**BOTH_SIDES, **nothing_rare(judge.law)}))
    inside = {ordered(judge, (c for c in o.eligible if not judge.law.outside(c))) for o in outcomes}
    return tuple(sorted(inside - {()}))


# -- doors -----------------------------------------------------------------------------------------------------------------


def reach(territory: Territory, asked: Asked, only: Iterable[str] | None = None) -> dict[Way, Reach]:
    """Every network in force from every commune, at each level; `only` some networks."""
    networks = [n for n in asked.networks if only is None or n in only]
    told = networks_told(territory)
    found = {}
    for level in LEVELS:
        held = tuple(h for h in territory.operators or () if h.levels is None or level in h.levels)
        levelled = replace(territory, operators=held)
        for commune in asked.communes:
            local = Local(asked.judge.law, commune, asked.on, levelled, asked.ground)
            for network in networks:
                absent = "none" if told is None or network in told else "unknown"
                found[network, commune, level] = _reach(local, network, asked.far, absent)
    return found


def networks_told(territory: Territory) -> frozenset[str] | None:
    """The networks of which the file holds a house, whatever its dates; None when it says that there is none at all.

    A network that it does not hold is not told: nobody knows from this file whether it receives.
    """
    if territory.operators == ():
        return None
    return frozenset(house.network for house in territory.operators or ())


def _reach(local: Local, network: str, far: float, absent: str) -> Reach:
    houses = [
        h
        for h in local.territory.operators or ()
        if h.network == network and stands(h, local.on) and local.zone(h.perimeter) != "outside"
    ]
    if not houses:
        return Reach(state=absent)
    desk = local.desk_of(network)
    near = desk
    if desk.channel in ("desk", "permanence"):
        if desk.zone.startswith("unknown"):
            state = "unknown"
        elif desk.km is not None and desk.km > far:
            state = "far"
        else:
            state = "desk" if desk.hours else "hours"
    else:
        near = desk.nearest or desk
        state = "remote" if desk.phone or desk.url else "none"
        if any(h.places is None for h in houses):
            state = "unknown"
    return Reach(state=state, house=near.id or desk.id, place=near.commune, km=near.km)


def cells_of(
    reached: Mapping[Way, Reach], groups: Iterable[CoveredPeople], communes: Iterable[str]
) -> dict[Cell, str]:
    """For each group, commune and level: the best of its first doors. An unknown door may be the better one."""
    return {
        (group.first, commune, level): min(
            (reached[code, commune, level].state for code in group.first), key=STATES.index
        )
        for group in groups
        for commune in communes
        for level in LEVELS
    }


def received_here(territory: Territory, network: str, asked: Asked) -> bool | None:
    """Does the network receive anyone on the territory? Unknown when no house of it is told, or one does not say where."""
    told = networks_told(territory)
    if told is not None and network not in told:
        return None
    houses = [h for h in territory.operators or () if h.network == network and stands(h, asked.on)]
    states = [_receives(h, asked.communes) for h in houses]
    return True if any(states) else None if None in states else False


def _receives(house: House, communes: Iterable[str]) -> bool | None:
    if house.places is None:
        return None
    here = any(p.type in RECEIVES and p.commune in set(communes) for p in house.places)
    return here and not any(p.type == "none" for p in house.places)


# -- needs, and pairs of operators -----------------------------------------------------------------------------------------


def needs_met(
    territory: Territory, asked: Asked, only: Iterable[str] | None = None
) -> dict[tuple[str, str], NeedMet]:
    """Each need from each commune, or `only` some; nothing while no partner is written. Communes of the same zones have the same
    answers.
    """
    if territory.partners is None:
        return {}
    codes = [c for c in asked.judge.law.needs if "--" not in c or c.startswith("x-")]
    needs = tuple(only) if only is not None else (*codes, *(n.code for n in territory.needs or ()))
    perimeters: list[tuple[str, ...] | None] = [
        *(o.perimeter for o in territory.operators or ()),
        *(p.perimeter for p in territory.partners),
        *(service.perimeter for p in territory.partners for service in p.services or ()),
        *(s.perimeter for s in territory.schemes or ()),
    ]
    found: dict[tuple[str, str], NeedMet] = {}
    seen: dict[tuple[str, ...], dict[str, NeedMet]] = {}
    for commune in asked.communes:
        local = Local(asked.judge.law, commune, asked.on, territory, asked.ground)
        zones = tuple(map(local.zone, perimeters))
        if zones not in seen:
            offered = Partners(
                local, partial(asked.judge.box, profile=Profile(commune=commune), on=asked.on), asked.networks
            )
            seen[zones] = dict(_needs_from(offered, needs))
        found |= {(need, commune): answered for need, answered in seen[zones].items()}
    return found


def _needs_from(offered: Partners, needs: tuple[str, ...]) -> Iterator[tuple[str, NeedMet]]:
    matches, _ = offered.matches(needs)
    local = offered.local
    schemes = [
        s for s in local.territory.schemes or () if runs(s, local.on) and local.zone(s.perimeter) != "outside"
    ]
    for need in needs:
        mine = [m for m in matches if m.need == need and not m.relaxed]
        if any(not m.unknown for m in mine):
            state = "all"
        elif any("zone" in m.unknown for m in mine):
            state = "unknown"
        elif mine or any(answers(s.needs or (), need) for s in schemes):
            state = "some"
        else:
            state = "none"
        yield need, NeedMet(state=state, by=tuple(m.partner for m in mine))


def pairs_of(territory: Territory, on: str) -> dict[tuple[str, str], str]:
    """Each pair of operators in force: `tie`, `body` (both in a living coordination or scheme), `none`, or `unknown` (no tie written)."""
    houses = [h for h in territory.operators or () if stands(h, on)]
    tied = {frozenset((tie.from_, tie.to)) for tie in territory.ties or ()}
    bodies = [set(b.member_operators or ()) for b in bodies_of(territory, on)]
    found = {}
    for i, a in enumerate(houses):
        for b in houses[i + 1 :]:
            names = ({a.id, a.network}, {b.id, b.network})
            if any(pair & names[0] and pair & names[1] for pair in tied):
                state = "tie"
            elif any(body & names[0] and body & names[1] for body in bodies):
                state = "body"
            else:
                state = "unknown" if territory.ties is None else "none"
            found[a.id, b.id] = state
    return found


def bodies_of(territory: Territory, on: str) -> list[Coordination | Scheme]:
    """What brings actors together on a day: the living coordination, the schemes that run."""
    body = territory.coordination
    living = [body] if body and body.status == "active" and stands(body, on) else []
    return [*living, *(s for s in territory.schemes or () if runs(s, on))]
