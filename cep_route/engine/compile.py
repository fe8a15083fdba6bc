"""Rules as people wrote them, turned once into one decision diagram for each stretch of days. Reads no file.

A rule is a box: for some facts, the values it accepts. Number the rules in force on a day; then every value of every
fact has one integer, the rules that accept it (those that do not name the fact accept everything). The rules that speak of
a person are the AND of the integers of his values. What cannot be (a constraint) is a box too, with a bit of its own. The diagram
splits the persons fact by fact, keeps equal parts once, and ends in the outcome of the rules that speak (`decide.outcome`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Raw, json
from msgspec.structs import replace

from cep_route.engine.decide import cut, ones, outcome
from cep_route.model.law import (
    BEGINNING,
    FOREVER,
    Constraint,
    Fact,
    Law,
    Outcome,
    RuleCard,
    Segment,
    Value,
    day_before,
    next_day,
)


def with_rules(law: Law, cards: Iterable[RuleCard], digest: str = "") -> Law:
    """The same facts and constraints under these rule cards, compiled. They must be clean of unknown names (`checks.names`)."""
    rules = tuple(cards)
    starts = days(rules)
    ends = [*map(day_before, starts[1:]), FOREVER]
    made = [segment(law, rules, *stretch) for stretch in zip(starts, ends, strict=True)]
    return replace(law, rules=rules, segments=tuple(made), digest=digest)


def constraint(card: Constraint, facts: Mapping[str, Fact]) -> Constraint:
    """With the boxes of persons it excludes: those of `when` who lack one fact of `then`."""
    inside = box_of(card.when, facts)
    boxes = (
        inside | {name: tuple(v for v in facts[name].domain if v not in values)}
        for name, values in box_of(card.then, facts).items()
    )
    return replace(card, boxes=tuple(boxes))


def box_of(when: Mapping[str, Iterable[str]], facts: Mapping[str, Fact]) -> dict[str, tuple[Value, ...]]:
    """A written box as sets of values: `16..25` becomes its years."""
    return {name: facts[name].accepted(values) for name, values in when.items()}


def days(cards: Iterable[RuleCard]) -> list[str]:
    """The first days of the stretches on which the same deciding rules are in force."""
    found = {BEGINNING}
    for card in cards:
        if card.opens:
            found.add(card.since)
            if card.until != FOREVER:
                found.add(next_day(card.until))
    return sorted(found)


def named(cards: Iterable[RuleCard]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The answers that rules can give, and the bodies to see that they name, in the order first written."""
    cards = tuple(cards)
    opened = dict.fromkeys(card.opens for card in cards if card.opens)
    return tuple(opened), tuple(dict.fromkeys(body for card in cards for body in card.see))


def segment(law: Law, cards: Sequence[RuleCard], since: str, until: str) -> Segment:
    """One stretch of days, of the cards in force on its first day."""
    walls = [box for card in law.constraints for box in card.boxes]
    bits = tuple(i for i, c in enumerate(cards) if c.opens and c.in_force(since))
    boxes = [box_of(cards[i].when, law.facts) for i in bits]
    partition = cut(law.facts, boxes, walls, law.questions)
    diagrams = partition.diagrams
    often = {n: sum(n in box for box in boxes) for n in law.facts if n in partition.place}
    codes, bodies = named(cards)
    place: dict[Outcome, int] = {}

    def leaf(speaks: int) -> int:
        found = outcome([cards[bits[n]] for n in ones(speaks >> 1)], codes, bodies)
        return 1 << place.setdefault(found, len(place))

    root = diagrams.project(
        diagrams.split(*([partition.classes_of(b) for b in part] for part in (boxes, walls))), leaf
    )
    return Segment(
        since=since,
        until=until,
        bits=bits,
        facts=tuple(sorted(often, key=lambda n: -often[n])),
        members=dict(partition.members),
        accept=dict(partition.accept),
        answers=tuple(
            (
                code,
                sum(1 << bit for bit, i in enumerate(bits) if cards[i].opens == code),
                sum(1 << bit for bit, i in enumerate(bits) if code in cards[i].bars),
            )
            for code in codes
        ),
        written=Raw(json.encode(diagrams.written(root)[0])),
        possible=diagrams.written(partition.possible)[0],
        outcomes=tuple(place),
    )
