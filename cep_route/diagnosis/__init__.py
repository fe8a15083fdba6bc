"""A territory seen whole, as values: how its actors cooperate, who is left out, what would close each hole. It words and draws nothing.

`coverage`: people by first doors, doors by commune; `holes`: what is missing and the smallest addition that closes it; `whatif`:
without one part, or at another day; `load`: how many people go where. The configuration is the engine's; what the author declares,
the region and the economy are shown and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.checks.ground import territory_findings
from cep_route.diagnosis import coverage, holes
from cep_route.diagnosis.coverage import FAR, Anyone, Asked, CoveredPeople, Reach
from cep_route.diagnosis.holes import Hole, Key
from cep_route.directory.age import runs, stands
from cep_route.directory.cooperation import cooperation, coordination_parts, scheme_parts
from cep_route.directory.where import Ground
from cep_route.engine.compare import outcomes_within
from cep_route.engine.explain import Judge
from cep_route.model.answer import Cooperation, Place
from cep_route.model.territory import Territory, plain_of

__all__ = ["FAR", "Clue", "Diagnosis", "Part", "Perimeter", "diagnose"]

RELATIONS = {
    "CEP242": "equal",
    "CEP243": "inside",
    "CEP244": "contains",
    "CEP245": "overlaps",
    "CEP246": "apart",
    "CEP251": "france",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One condition of a unifying scheme (`of` its id) or of a coordination: held, not held, or not known."""

    of: str
    condition: str
    held: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What confirms or troubles a configuration and never decides it; `speaks`: the configurations it goes with."""

    code: str
    value: str
    speaks: tuple[str, ...]
    agrees: bool | None  # None while several configurations are possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Perimeter:
    """An operator's zone against the coordination's: `relation` of the operator's, communes in common, more, less."""

    house: str
    relation: str
    common: int
    more: int
    less: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A scheme in force, its public, and the first doors of the people it holds, by the engine."""

    scheme: str
    public: dict[str, tuple[str, ...]]
    firsts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Everything found of one territory on one day (and on the `days` to come on which a door opens or closes)."""

    territory: Territory
    on: str
    days: tuple[str, ...]
    asked: Asked
    cooperation: Cooperation
    parts: tuple[Part, ...]
    clues: tuple[Clue, ...]
    context: dict[str, Any]
    groups: tuple[CoveredPeople, ...]
    reached: dict[tuple[str, str, int, str], Reach]
    cells: dict[coverage.Cell, str]
    needs: dict[tuple[str, str], str]
    answering: dict[tuple[str, str], tuple[str, ...]]
    pairs: dict[tuple[str, str], str]
    fragile: dict[tuple[str, holes.Path], dict[str, str]]
    perimeters: tuple[Perimeter, ...]
    served: tuple[Served, ...]
    missing: frozenset[Key]
    holes: tuple[Hole, ...]
    unknown: tuple[str, ...]


def diagnose(
    territory: Territory,
    judge: Judge,
    on: str,
    *,
    ground: Ground,
    configurations: Judge,
    communes_of: Callable[[str], Iterable[str]] | None = None,
    inhabitants: Mapping[str, int] | None = None,
    far: float = FAR,
    close: bool = True,
) -> Diagnosis:
    """The whole diagnosis; without `close` no addition is looked for.

    `communes_of` unfolds an EPCI or a département; `inhabitants` of communes, by default those the file tells.
    """
    communes = _communes(territory, communes_of)
    days = coverage.days_of(territory, judge, on)
    asked = Asked(
        judge=Anyone(judge.law),
        ground=ground,
        communes=communes,
        days=days,
        far=far,
        inhabitants=inhabitants or _inhabitants(territory),
    )
    groups = tuple(group for day in days for group in coverage.people(judge, day))
    seen = holes.look(territory, asked, groups)
    together = cooperation(territory, on, judge.law, configurations)
    return Diagnosis(
        territory=territory,
        on=on,
        days=days,
        asked=asked,
        cooperation=together,
        parts=tuple(_parts(territory, judge, on)),
        clues=tuple(_clues(territory, asked, seen, together)),
        context=_context(territory),
        groups=groups,
        reached=seen.reached,
        cells=seen.cells,
        needs=seen.needs,
        answering=holes.answering(territory, asked),
        pairs=seen.pairs,
        fragile=seen.fragile,
        perimeters=tuple(_perimeters(territory, asked, communes_of)),
        served=tuple(_served(territory, judge, on)),
        missing=seen.keys,
        holes=holes.holes_of(territory, asked, groups, seen) if close else (),
        unknown=_unknown(territory, asked),
    )


def _unknown(territory: Territory, asked: Asked) -> tuple[str, ...]:
    """What the file does not tell: its tables, then the networks in force of which it holds no house."""
    tables = (("operators", territory.operators), ("partners", territory.partners), ("ties", territory.ties))
    told = coverage.networks_told(territory)
    networks = coverage.networks(asked.judge, asked.days[0])
    silent = () if told is None else tuple(n for n in networks if n not in told)
    return (*(key for key, table in tables if table is None), *silent)


def _communes(territory: Territory, communes_of: Callable[[str], Iterable[str]] | None) -> tuple[str, ...]:
    """The communes asked about; for the whole country none: nobody would read that table."""
    head = territory.head
    if head.communes:
        return tuple(head.communes)
    zones = head.perimeter or ()
    if "france" in zones:
        return ()
    inner = (c for z in zones for c in (communes_of(z) if communes_of else ()))
    return tuple(dict.fromkeys(inner))


def _inhabitants(territory: Territory) -> dict[str, int]:
    """What the file itself tells of its communes."""
    return {c.code: c.population for c in territory.communes or () if c.population}


def _parts(territory: Territory, judge: Judge, on: str) -> Iterator[Part]:
    for scheme, conditions in scheme_parts(territory, on, judge.law).items():
        yield from (Part(of=scheme, condition=name, held=held) for name, held in conditions.items())
    for name, held in coordination_parts(territory, on, judge.law).items():
        yield Part(of="coordination", condition=name, held=held)


def _context(territory: Territory) -> dict[str, Any]:
    """What must not decide, as written: the region, the economy; how many ties there are."""
    ties = territory.ties
    return {
        "region": {"name": territory.head.region, **plain_of(territory.region or {})},
        "economy": plain_of(territory.context or {}),
        "ties": None if ties is None else len(ties),
    }


def _clues(territory: Territory, asked: Asked, seen: holes.Seen, together: Cooperation) -> Iterator[Clue]:
    """The study's other observations (Céreq Bref 383): they go with a configuration, none decides it."""
    one, two, three = "configuration_1", "configuration_2", "configuration_3"
    decided = together.configuration[0] if len(together.configuration) == 1 else None

    def clue(code: str, value: str, *speaks: str) -> Clue:
        return Clue(
            code=code, value=value, speaks=speaks, agrees=None if decided is None else decided in speaks
        )

    on = asked.days[0]
    ties = territory.ties
    if ties:
        loose = sum(t.nature == "bilateral" for t in ties)
        mostly = loose * 2 > len(ties)
        yield clue(
            "ties_loose" if mostly else "ties_organised",
            f"{loose}/{len(ties)}",
            *((two,) if mostly else (one, three)),
        )
    here = {
        code: coverage.received_here(territory, code, on, asked.communes)
        for code in coverage.networks(asked.judge, on)
        if asked.judge.law.operators[code].side == "employees"
    }
    if asked.communes and here and None not in here.values():
        absent = [code for code, received in here.items() if not received]
        yield clue(
            "employees_absent" if absent else "employees_present",
            " ".join(absent or here),
            *((two,) if absent else (one, three)),
        )
    for scheme in territory.schemes or ():
        if scheme.type == "revitalisation" and runs(scheme, on):
            yield clue("revitalisation", scheme.id, two)
    low = [h.id for h in territory.operators or () if h.turnover == "low" and stands(h, on)]
    if low:
        yield clue("low_turnover", str(len(low)), three)
    apart = [p for p in seen.pairs.values() if p == "none"]
    if seen.pairs and "unknown" not in seen.pairs.values():
        many = len(apart) * 2 > len(seen.pairs)
        yield clue(
            "pairs_untied" if many else "pairs_tied",
            f"{len(apart)}/{len(seen.pairs)}",
            *((two,) if many else (one, three)),
        )


def _perimeters(
    territory: Territory, asked: Asked, communes_of: Callable[[str], Iterable[str]] | None
) -> Iterator[Perimeter]:
    """The findings of `checks.ground` on perimeters, as values."""
    found = territory_findings(
        territory,
        asked.judge.law,
        asked.days[0],
        ground=asked.ground,
        communes_of=communes_of,
        where=lambda path, value=None: Place(file=str(path), text=str(value)),
    )
    for finding in found:
        if finding.code in RELATIONS:
            counts = {k: int(finding.values.get(k, 0)) for k in ("common", "more", "less")}
            yield Perimeter(house=finding.values["id"], relation=RELATIONS[finding.code], **counts)


def _served(territory: Territory, judge: Judge, on: str) -> Iterator[Served]:
    schemes = [s for s in territory.schemes or () if runs(s, on) and s.public]
    if not schemes:
        return
    for scheme in schemes:
        outcomes = outcomes_within(judge.law, scheme.public or {}, on)
        firsts = dict.fromkeys(coverage.ordered(judge, outcome.first) for outcome in outcomes)
        public = {name: tuple(values) for name, values in (scheme.public or {}).items()}
        yield Served(scheme=scheme.id, public=public, firsts=tuple(firsts))
