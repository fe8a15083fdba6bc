"""How many people go where: a population of stated margins, each person sent by the engine. Sums only; a fact not told is never guessed.

A population is a tree of shares: each margin splits people by one fact, within the values already given. Who cannot be decided with
what the margins tell is counted apart, with the doors still possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec import Struct, field

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import LEVELS, nothing_rare, ordered
from cep_route.engine.explain import Judge
from cep_route.model.law import Law, Value, spread
from cep_route.model.written import Margin, PopulationFile

Share = tuple[dict[str, tuple[Value, ...]], float]  # a box of values, and the share of people in it
Doors = dict[tuple[str, ...], float]  # people by first doors


class Sent(Struct, frozen=True, kw_only=True):
    """People, or shares of them: by first doors; the undecided by possible doors; outside the CEP; those the law calls impossible."""

    doors: Doors
    undecided: Doors
    outside: float = 0.0
    impossible: float = 0.0

    def times(self, total: float) -> Sent:
        """As many people as there are in all, the most numerous first."""

        def most(doors: Doors) -> Doors:
            return {k: v * total for k, v in sorted(doors.items(), key=lambda pair: (-pair[1], pair[0]))}

        return Sent(
            doors=most(self.doors), undecided=most(self.undecided),
            outside=self.outside * total, impossible=self.impossible * total,
        )  # fmt: skip


class Load(Struct, frozen=True, kw_only=True):
    """People of a year. `desks`: by (network, house, commune of the desk); `unmet`: needs nobody answers where they live; `lines`: of
    a file already routed, when the people are counted rather than supposed.
    """

    people: float
    sent: Sent
    desks: tuple[tuple[str, str, str, float], ...]
    partners: dict[str, float]
    unmet: dict[str, float]
    inhabitants: int = 0
    states: dict[str, float] = field(default_factory=dict)
    lines: int = 0


def shares(population: PopulationFile) -> list[Share]:
    """Every combination of the margins with its share; a margin `given` other values does not touch it."""
    boxes: list[Share] = [({}, 1.0)]
    for margin in population.margins:
        boxes = [split for box, share in boxes for split in _split(box, share, margin)]
    return boxes


def _split(box: Mapping[str, tuple[Value, ...]], share: float, margin: Margin) -> Iterator[Share]:
    given = {name: _values(values) for name, values in margin.given.items()}
    if not all(name in box and set(box[name]) <= set(values) for name, values in given.items()):
        yield dict(box), share
        return
    for part in margin.parts:
        yield {**box, margin.fact: _values(part.values)}, share * part.share


def _values(written: tuple[str, ...]) -> tuple[Value, ...]:
    return spread(written) if all(v.replace("..", "").isdigit() for v in written) else written


def doors(judge: Judge, boxes: Iterable[Share], on: str) -> Sent:
    """Where the engine sends each share of people."""
    table = judge.table(on)
    decided: Doors = defaultdict(float)
    undecided: Doors = defaultdict(float)
    outside = impossible = 0.0
    for told, share in boxes:
        box = nothing_rare(judge.law) | told
        classes = {n: dict.fromkeys(table.classes[n][v] for v in box[n]) for n in box if n in table.classes}
        known = (dict(zip(classes, pick, strict=True)) for pick in product(*classes.values()))
        firsts = {ordered(judge, o.first) for one in known for o in table.outcomes(one)}
        everyone = ordered(judge, {code for first in firsts for code in first})
        if not firsts:
            impossible += share
        elif len(firsts) > 1:
            undecided[everyone] += share
        elif any(map(judge.law.outside, everyone)):
            outside += share
        else:
            decided[everyone] += share
    return Sent(doors=decided, undecided=undecided, outside=outside, impossible=impossible)


def load(diagnosis: Diagnosis, population: PopulationFile, inhabitants: Mapping[str, int]) -> Load:
    """A year of people on a territory, in proportion to the inhabitants of each commune."""
    sent = doors(diagnosis.asked.judge, shares(population), diagnosis.on)
    everyone = sum(inhabitants.values())
    total = everyone * population.entered.share * population.active.share
    desks: dict[tuple[str, str, str], float] = defaultdict(float)
    states, partners, unmet = (defaultdict[str, float](float) for _ in range(3))
    for commune, here in inhabitants.items():
        people = total * here / everyone
        for first, share in sent.doors.items():
            states[diagnosis.cells.get((first, commune, LEVELS[0]), "none")] += people * share
            for code in first:  # doors at par share their people evenly, a convention
                door = diagnosis.reached.get((code, commune, LEVELS[0]))
                met = door is not None and door.state in ("desk", "hours", "far")
                house, place = (door.house or "", (met and door.place) or "") if door else ("", "")
                desks[code, house, place] += people * share / len(first)
        for need in population.needs:
            answered = diagnosis.needs.get((need.code, commune))
            if answered and answered.state == "none":
                unmet[need.code] += people * need.share
            by = answered.by if answered else ()
            for partner in by:
                partners[partner] += people * need.share / len(by)
    return Load(
        people=total,
        inhabitants=everyone,
        sent=sent.times(total),
        desks=tuple((*door, people) for door, people in sorted(desks.items(), key=lambda d: (-d[1], d[0]))),
        states=states,
        partners=_ranked(partners),
        unmet=_ranked(unmet),
    )


def tally(law: Law, rows: Iterable[Mapping[str, str]]) -> Load:
    """People counted in a file that `batch` routed: each line once, by what it was answered; nothing is decided again."""
    decided: Doors = defaultdict(float)
    undecided: Doors = defaultdict(float)
    desks, partners, unmet = (defaultdict[str, float](float) for _ in range(3))
    outside = lines = 0
    for row in rows:
        lines += 1
        first = tuple(row["cep_first"].split())
        if any(map(law.outside, first)) and row["cep_decided"] == "yes":
            outside += 1
            continue
        (decided if row["cep_decided"] == "yes" and first else undecided)[first] += 1
        names = [d for d in row["cep_desk"].split(" | ") if d]
        for name in names:
            desks[name] += 1 / len(names)
        for told in filter(None, row["cep_partners"].split(" | ")):
            partners[told.partition(": ")[2].rpartition(" (")[0]] += 1
        for need in row["cep_unmet"].split():
            unmet[need] += 1
    return Load(
        people=lines,
        lines=lines,
        sent=Sent(doors=decided, undecided=undecided, outside=outside).times(1),
        desks=tuple(("", name, "", people) for name, people in _ranked(desks).items()),
        partners=_ranked(partners),
        unmet=_ranked(unmet),
    )


def _ranked(counts: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
