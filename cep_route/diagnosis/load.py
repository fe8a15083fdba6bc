"""How many people go where: a population of stated margins, each person sent by the engine. Sums only; a fact not told is never guessed.

A population is a tree of shares: each margin splits people by one fact, within the values already given. Who cannot be decided with
what the margins tell is counted apart, with the doors still possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import LEVELS, ordered
from cep_route.engine.explain import Judge
from cep_route.model.law import Law, spread

Share = tuple[dict[str, tuple[Any, ...]], float]  # a box of values, and the share of people in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """People of a year. `doors`: by first doors; `undecided`: by possible doors; `desks`: by (network, house, commune of the desk);
    `unmet`: needs nobody answers where they live, the most numerous first; `impossible`: share of the margins the law excludes.
    """

    people: float
    inhabitants: int
    doors: dict[tuple[str, ...], float]
    undecided: dict[tuple[str, ...], float]
    outside: float
    desks: tuple[tuple[str, str, str, float], ...]
    states: dict[str, float]
    partners: dict[str, float]
    unmet: tuple[tuple[str, float], ...]
    impossible: float
    by_commune: dict[str, float]
    lines: int = 0  # of a file already routed, when the people are counted rather than supposed


def shares(population: Mapping[str, Any]) -> Iterator[Share]:
    """Every combination of the margins with its share; a margin `given` other values does not touch it."""
    boxes: list[Share] = [({}, 1.0)]
    for margin in population["margins"]:
        boxes = [split for box, share in boxes for split in _split(box, share, margin)]
    yield from boxes


def _split(box: Mapping[str, tuple[Any, ...]], share: float, margin: Mapping[str, Any]) -> Iterator[Share]:
    given = {name: _values(values) for name, values in (margin.get("given") or {}).items()}
    if not all(name in box and set(box[name]) <= set(values) for name, values in given.items()):
        yield dict(box), share
        return
    for part in margin["parts"]:
        yield {**box, margin["fact"]: _values(part["values"])}, share * part["share"]


def _values(values: Iterable[str]) -> tuple[Any, ...]:
    written = tuple(values)
    return spread(written) if all(v.replace("..", "").isdigit() for v in written) else written


def doors(
    judge: Judge, boxes: Iterable[Share], day: str
) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float], float, float]:
    """The share of people by first doors; undecided ones by possible doors; those whose door is outside the CEP; impossible ones."""
    table = judge.table(day)
    decided: dict[tuple[str, ...], float] = {}
    undecided: dict[tuple[str, ...], float] = {}
    outside = impossible = 0.0
    for box, share in boxes:
        outcomes = []
        for known in _known(table, box):
            outcomes += table.outcomes(known)
        firsts = list(dict.fromkeys(ordered(judge, o.first) for o in outcomes))
        if not firsts:
            impossible += share
        elif len(firsts) > 1:
            codes = ordered(judge, {c for first in firsts for c in first})
            undecided[codes] = undecided.get(codes, 0.0) + share
        elif any(judge.law.outside(c) for c in firsts[0]):
            outside += share
        else:
            decided[firsts[0]] = decided.get(firsts[0], 0.0) + share
    return decided, undecided, outside, impossible


def _known(table: Any, box: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, int]]:
    """A box as classes of values, one description for each choice of classes."""
    from itertools import product

    names = [n for n in box if n in table.classes]
    classes = [tuple(dict.fromkeys(table.classes[n][v] for v in box[n])) for n in names]
    for pick in product(*classes):
        yield dict(zip(names, pick, strict=True))


def load(diagnosis: Diagnosis, population: Mapping[str, Any], inhabitants: Mapping[str, int]) -> Load:
    """A year of people on a territory, in proportion to the inhabitants of each commune."""
    judge, day = diagnosis.asked.judge, diagnosis.on
    return _spread(diagnosis, population, inhabitants, doors(judge, shares(population), day))


def tally(law: Law, rows: Iterable[Mapping[str, str]]) -> Load:
    """People counted in a file that `batch` routed: each line once, by what it was answered; nothing is decided again."""
    doors_: dict[tuple[str, ...], float] = {}
    undecided: dict[tuple[str, ...], float] = {}
    desks: dict[str, float] = {}
    partners: dict[str, float] = {}
    unmet: dict[str, float] = {}
    outside = lines = 0
    for row in rows:
        lines += 1
        first = tuple(row["cep_first"].split())
        if row["cep_decided"] != "yes" or not first:
            undecided[first] = undecided.get(first, 0.0) + 1
        elif any(law.outside(code) for code in first):
            outside += 1
            continue
        else:
            doors_[first] = doors_.get(first, 0.0) + 1
        for table, names in (
            (desks, [d for d in row["cep_desk"].split(" | ") if d]),
            (
                partners,
                [p.partition(": ")[2].rpartition(" (")[0] for p in row["cep_partners"].split(" | ") if p],
            ),
            (unmet, row["cep_unmet"].split()),
        ):
            for name in names:
                table[name] = table.get(name, 0.0) + (1 / len(names) if table is desks else 1)
    return Load(
        people=lines,
        inhabitants=0,
        doors=_times(doors_, 1),
        undecided=_times(undecided, 1),
        outside=outside,
        desks=tuple(("", name, "", count) for name, count in _ranked(desks)),
        states={},
        partners=dict(_ranked(partners)),
        unmet=tuple(_ranked(unmet)),
        impossible=0.0,
        by_commune={},
        lines=lines,
    )


def _ranked(counts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _spread(
    diagnosis: Diagnosis,
    population: Mapping[str, Any],
    inhabitants: Mapping[str, int],
    sent: tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float], float, float],
) -> Load:
    decided, undecided, outside, impossible = sent
    everyone = sum(inhabitants.values())
    total = everyone * population["entered"]["share"] * population["active"]["share"]
    desks: dict[tuple[str, str, str], float] = {}
    states: dict[str, float] = {}
    by_commune = {code: total * count / everyone for code, count in inhabitants.items()} if everyone else {}
    for commune, here in by_commune.items():
        for first, share in decided.items():
            for door, part in _shared(diagnosis, first, commune):
                desks[door] = desks.get(door, 0.0) + here * share * part
            best = diagnosis.cells.get((first, commune, LEVELS[0], diagnosis.on), "none")
            states[best] = states.get(best, 0.0) + here * share
    partners, unmet = _needs(diagnosis, population, by_commune)
    return Load(
        people=total,
        inhabitants=everyone,
        doors=_times(decided, total),
        undecided=_times(undecided, total),
        outside=outside * total,
        desks=tuple((*door, count) for door, count in sorted(desks.items(), key=lambda d: (-d[1], d[0]))),
        states=states,
        partners=partners,
        unmet=unmet,
        impossible=impossible,
        by_commune=by_commune,
    )


def _times(shares_: Mapping[tuple[str, ...], float], total: float) -> dict[tuple[str, ...], float]:
    return {k: v * total for k, v in sorted(shares_.items(), key=lambda pair: (-pair[1], pair[0]))}


def _shared(
    diagnosis: Diagnosis, first: tuple[str, ...], commune: str
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Where people of one group go from a commune: two doors at par share them in halves, a convention."""
    for code in first:
        door = diagnosis.reached.get((code, commune, LEVELS[0], diagnosis.on))
        met = door is not None and door.state in ("desk", "hours", "far")
        house = (door.house if door else None) or ""
        yield (code, house, (door.place if door and met else None) or ""), 1 / len(first)


def _needs(
    diagnosis: Diagnosis, population: Mapping[str, Any], by_commune: Mapping[str, float]
) -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """Partners by people they may receive (a need shared among those who answer it), and the needs nobody answers."""
    partners: dict[str, float] = {}
    unmet: dict[str, float] = {}
    for need in population.get("needs") or ():
        for commune, here in by_commune.items():
            count = here * need["share"]
            if diagnosis.needs.get((need["code"], commune)) == "none":
                unmet[need["code"]] = unmet.get(need["code"], 0.0) + count
                continue
            answering = diagnosis.answering.get((need["code"], commune), ())
            for partner in answering:
                partners[partner] = partners.get(partner, 0.0) + count / len(answering)
    ranked = sorted(unmet.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(sorted(partners.items(), key=lambda p: (-p[1], p[0]))), tuple(ranked)
