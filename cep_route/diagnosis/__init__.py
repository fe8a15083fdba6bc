"""A territory seen whole on one day, as values: how its actors cooperate, who is left out, what would close each hole. No words here.

`coverage`: people by first doors, doors and needs by commune; `holes`: what is missing and the smallest addition that closes it;
`whatif`: without one part, or on another day; `load`: how many people go where. The configuration is the engine's; what the author
declares, the region and the economy are shown and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import asdict

from cep_route.diagnosis import coverage, holes
from cep_route.diagnosis.coverage import FAR, Asked, CoveredPeople
from cep_route.diagnosis.holes import Hole
from cep_route.directory.age import last_of, runs, stands
from cep_route.directory.cooperation import conditions, cooperation
from cep_route.directory.ground import Ground
from cep_route.engine.compare import Space
from cep_route.engine.compile import box_of
from cep_route.engine.explain import Judge
from cep_route.model.answer import Cooperation
from cep_route.model.law import FOREVER, next_day
from cep_route.model.territory import Box, Territory

__all__ = ["FAR", "Clue", "Condition", "Diagnosis", "Perimeter", "Turning", "diagnose"]

RELATIONS = {
    "CEP242": "equal",
    "CEP243": "inside",
    "CEP244": "contains",
    "CEP245": "overlaps",
    "CEP246": "apart",
    "CEP251": "france",
}


class Condition(Struct, frozen=True, kw_only=True):
    """One condition of a unifying scheme (`of` its id) or of a coordination: held, not held, or not known."""

    of: str
    condition: str
    held: bool | None


class Clue(Struct, frozen=True, kw_only=True):
    """What confirms or troubles a configuration and never decides it; `speaks`: the configurations it goes with."""

    code: str
    value: str
    speaks: tuple[str, ...]
    agrees: bool | None  # None while several configurations are possible


class Perimeter(Struct, frozen=True, kw_only=True):
    """An operator's zone against the coordination's: `relation` of the operator's, communes in common, more, less."""

    house: str
    relation: str
    common: int
    more: int
    less: int


class Served(Struct, frozen=True, kw_only=True):
    """A scheme in force, its public, and the first doors of the people it holds, by the engine."""

    scheme: str
    public: Box
    firsts: tuple[tuple[str, ...], ...]


class Turning(Struct, frozen=True, kw_only=True):
    """A day of the year to come on which an operator of the file opens or closes."""

    day: str
    house: str
    opens: bool


class Diagnosis(holes.Seen, frozen=True, kw_only=True):
    """Everything found of one territory on one day; `unknown`: the tables and the networks that the file does not tell."""

    territory: Territory
    on: str
    asked: Asked
    cooperation: Cooperation
    parts: tuple[Condition, ...]
    clues: tuple[Clue, ...]
    groups: tuple[CoveredPeople, ...]
    perimeters: tuple[Perimeter, ...]
    served: tuple[Served, ...]
    turnings: tuple[Turning, ...]
    holes: tuple[Hole, ...]
    unknown: tuple[str, ...]


def diagnose(
    territory: Territory,
    judge: Judge,
    on: str,
    *,
    configurations: Judge,
    far: float = FAR,
    close: bool = True,
) -> Diagnosis:
    """The whole diagnosis; without `close` no addition is looked for."""
    law, ground = judge.law, Ground(territory)
    communes = _communes(territory, ground)
    asked = Asked(
        judge=judge,
        ground=ground,
        communes=communes,
        on=on,
        far=far,
        inhabitants={c.code: c.population for c in map(ground.commune, communes) if c and c.population},
        networks=tuple(c for c, card in law.operators.items() if not card.outside and card.in_force(on)),
        both_sides=coverage.both_sides(judge, on),
    )
    groups = coverage.people(judge, on)
    seen = holes.look(territory, asked, groups)
    together = cooperation(territory, on, law, configurations)
    schemes, body = conditions(territory, on, law)
    return Diagnosis(
        territory=territory,
        on=on,
        asked=asked,
        cooperation=together,
        parts=tuple(
            Condition(of=of, condition=name, held=held)
            for of, held_by_name in {**schemes, "coordination": body}.items()
            for name, held in held_by_name.items()
        ),
        clues=tuple(_clues(territory, asked, seen, together)),
        groups=groups,
        **asdict(seen),
        perimeters=tuple(_perimeters(territory, asked)),
        served=tuple(_served(territory, judge, on)),
        turnings=tuple(_turnings(territory, on)),
        holes=holes.holes_of(territory, asked, groups, seen) if close else (),
        unknown=_unknown(territory, asked),
    )


def _unknown(territory: Territory, asked: Asked) -> tuple[str, ...]:
    """What the file does not tell: its tables, then the networks in force of which it holds no house."""
    tables = ("operators", "partners", "ties", "coordination", "schemes")
    told = coverage.networks_told(territory)
    silent = () if told is None else tuple(n for n in asked.networks if n not in told)
    return (*(key for key in tables if getattr(territory, key) is None), *silent)


def _communes(territory: Territory, ground: Ground) -> tuple[str, ...]:
    """The communes asked about; for the whole country none: nobody would read that table."""
    head = territory.head
    zones = head.perimeter or ()
    if head.communes or "france" in zones:
        return head.communes or ()
    return tuple(dict.fromkeys(c for zone in zones for c in ground.communes_of(zone)))


def _turnings(territory: Territory, on: str) -> Iterator[Turning]:
    """What opens or closes within a year."""
    last = f"{int(on[:4]) + 1:04d}{on[4:]}"
    found = []
    for house in territory.operators or ():
        since, until = house.since or "", house.until or FOREVER
        begins, over = since + "0001-01-01"[len(since) :], last_of(until)
        found += [Turning(day=begins, house=house.id, opens=True)] if on < begins <= last else []
        found += [Turning(day=next_day(over), house=house.id, opens=False)] if on <= over < last else []
    yield from sorted(found, key=lambda turning: (turning.day, turning.house))


def _clues(territory: Territory, asked: Asked, seen: holes.Seen, together: Cooperation) -> Iterator[Clue]:
    """The study's other observations (Céreq Bref 383): they go with a configuration, none decides it."""
    one, two, three = "configuration_1", "configuration_2", "configuration_3"
    decided = together.configuration[0] if len(together.configuration) == 1 else None

    def clue(code: str, value: str, *speaks: str) -> Clue:
        agrees = None if decided is None else decided in speaks
        return Clue(code=code, value=value, speaks=speaks, agrees=agrees)

    ties = territory.ties or ()
    if ties:
        loose = sum(t.nature == "bilateral" for t in ties)
        code, speaks = ("loose", (two,)) if loose * 2 > len(ties) else ("organised", (one, three))
        yield clue(f"ties_{code}", f"{loose}/{len(ties)}", *speaks)
    law, communes = asked.judge.law, asked.communes
    employees = [code for code in asked.networks if law.operators[code].side == "employees"]
    here = {code: coverage.received_here(territory, code, asked) for code in employees}
    if communes and here and None not in here.values():
        absent = [code for code, received in here.items() if not received]
        code, speaks = ("absent", (two,)) if absent else ("present", (one, three))
        yield clue(f"employees_{code}", " ".join(absent or here), *speaks)
    for scheme in territory.schemes or ():
        if scheme.type == "revitalisation" and runs(scheme, asked.on):
            yield clue("revitalisation", scheme.id, two)
    low = [h.id for h in territory.operators or () if h.turnover == "low" and stands(h, asked.on)]
    if low:
        yield clue("low_turnover", str(len(low)), three)
    if seen.pairs and "unknown" not in seen.pairs.values():
        apart = list(seen.pairs.values()).count("none")
        code, speaks = ("untied", (two,)) if apart * 2 > len(seen.pairs) else ("tied", (one, three))
        yield clue(f"pairs_{code}", f"{apart}/{len(seen.pairs)}", *speaks)


def _perimeters(territory: Territory, asked: Asked) -> Iterator[Perimeter]:
    for _, finding in holes.lacks(territory, asked, RELATIONS):
        counts = {k: int(finding.values.get(k, 0)) for k in ("common", "more", "less")}
        yield Perimeter(house=finding.values["id"], relation=RELATIONS[finding.code], **counts)


def _served(territory: Territory, judge: Judge, on: str) -> Iterator[Served]:
    for scheme in territory.schemes or ():
        if runs(scheme, on) and scheme.public:
            box = box_of(scheme.public, judge.law.facts)
            space = Space(judge.law, more=[box])
            outcomes = space.outcomes(on, space.cut.classes_of(box))
            firsts = dict.fromkeys(coverage.ordered(judge, outcome.first) for outcome in outcomes)
            yield Served(scheme=scheme.id, public=scheme.public, firsts=tuple(firsts))
