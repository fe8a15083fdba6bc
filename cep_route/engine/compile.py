"""Rules as people wrote them, turned once into tables of bits. Reads no file and decides nothing.

A rule is a box: for some facts, the values it accepts. Number the rules in force on a day; then every value of every
fact has one integer, the rules that accept it (those that do not name the fact accept everything). The rules that speak of
a person are the AND of the integers of his values. What cannot be (a constraint) is a box too, with a bit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cep_route.model.law import (
    BEGINNING,
    FOREVER,
    Body,
    Constraint,
    Fact,
    Law,
    Level,
    Need,
    Operator,
    Presumption,
    Public,
    RuleCard,
    Segment,
    Source,
    Value,
    day_before,
    next_day,
)

Box = Mapping[str, Sequence[Value]]


def compile_law(
    facts: Iterable[Fact],
    constraints: Iterable[Constraint],
    rules: Iterable[RuleCard],
    *,
    operators: Iterable[Operator] = (),
    bodies: Iterable[Body] = (),
    sources: Mapping[str, Source] | None = None,
    needs: Iterable[Need] = (),
    publics: Iterable[Public] = (),
    doubts: Iterable[Constraint] = (),
    presumptions: Iterable[Presumption] = (),
    levels: Iterable[Level] = (),
    digest: str = "",
) -> Law:
    """Tables from rules. The rules must already be clean of unknown names (`checks.names`)."""
    law = Law(
        facts={fact.name: fact for fact in facts},
        constraints=tuple(constraints),
        rules=(),
        segments=(),
        operators={operator.code: operator for operator in operators},
        bodies={body.code: body for body in bodies},
        sources=dict(sources or {}),
        needs={need.code: need for need in needs},
        publics={public.code: public for public in publics},
        doubts=tuple(doubts),
        presumptions=tuple(presumptions),
        levels=tuple(levels),
        digest=digest,
    )
    cards = tuple(rules)
    if not law.operators:
        law = replace(law, operators={code: Operator(code=code) for code in opened(cards)})
    return replace(law, rules=cards, segments=segments(law.facts, law.constraints, cards))


def with_rules(law: Law, cards: Iterable[RuleCard]) -> Law:
    """The same facts and constraints under other rule cards (one dropped, one changed): what checks compare a law with."""
    rules = tuple(cards)
    return replace(law, rules=rules, segments=segments(law.facts, law.constraints, rules), digest="")


def constraint(
    id_: str,
    when: Mapping[str, Iterable[str]],
    then: Mapping[str, Iterable[str]],
    why: dict[str, str],
    facts: Mapping[str, Fact],
) -> Constraint:
    """A constraint with the boxes of persons it excludes: those of `when` who lack one fact of `then`."""
    inside = box_of(when, facts)
    boxes = []
    for name, values in box_of(then, facts).items():
        boxes.append({**inside, name: tuple(v for v in facts[name].domain if v not in values)})
    return Constraint(
        id=id_,
        when={n: tuple(v) for n, v in when.items()},
        then={n: tuple(v) for n, v in then.items()},
        why=why,
        boxes=tuple(boxes),
    )


def box_of(when: Mapping[str, Iterable[str]], facts: Mapping[str, Fact]) -> dict[str, tuple[Value, ...]]:
    """A written box as sets of values: `16..25` becomes its years."""
    return {name: facts[name].accepted(values) for name, values in when.items()}


def segments(
    facts: Mapping[str, Fact], constraints: Sequence[Constraint], cards: Sequence[RuleCard]
) -> tuple[Segment, ...]:
    """One set of tables for each stretch of days on which the same deciding rules are in force."""
    days = {BEGINNING}
    for card in cards:
        if card.opens:
            days.add(card.since)
            if card.until != FOREVER:
                days.add(next_day(card.until))
    starts = sorted(days)
    following: list[str | None] = [*starts[1:], None]
    return tuple(
        segment(since, after, facts, constraints, cards)
        for since, after in zip(starts, following, strict=True)
    )


def opened(cards: Iterable[RuleCard]) -> tuple[str, ...]:
    """The answers the rules can give, in the order first written."""
    return tuple(dict.fromkeys(card.opens for card in cards if card.opens))


def segment(
    since: str,
    following: str | None,
    facts: Mapping[str, Fact],
    constraints: Sequence[Constraint],
    cards: Sequence[RuleCard],
) -> Segment:
    """The tables of one stretch of days, of the cards in force on its first day.

    `bits`: rule index of each bit; then one bit per wall (a box of what cannot be). `classes[fact][value]`: the class of a value
    (two values are one class when no box tells them apart); `accept[fact][class]`: the boxes that accept it; `named[fact]`: the
    boxes that name it; `members[fact][class]`: its values; `before`, `joint`: per bit; `answers`: (code, opening, barring bits).
    """
    walls = [box for card in constraints for box in card.boxes]
    bits = tuple(i for i, c in enumerate(cards) if c.opens and c.since <= since <= c.until)
    boxes: list[Box] = [box_of(cards[i].when, facts) for i in bits]
    boxes += walls
    named: dict[str, int] = {}
    for bit, box in enumerate(boxes):
        for name in box:
            named[name] = named.get(name, 0) | 1 << bit
    decisive = (1 << len(bits)) - 1
    order = sorted(named, key=lambda n: (-(named[n] & decisive).bit_count(), list(facts).index(n)))
    classes: dict[str, dict[Value, int]] = {}
    accept: dict[str, tuple[int, ...]] = {}
    members: dict[str, tuple[tuple[Value, ...], ...]] = {}
    for name in order:
        classes[name], accept[name], members[name] = _classes(name, facts[name], boxes)
    place = {i: bit for bit, i in enumerate(bits)}
    ids: dict[str, int] = {}
    for i, bit in place.items():
        ids[cards[i].id] = ids.get(cards[i].id, 0) | 1 << bit
    joint = [_bits(cards[i].joint, ids) for i in bits]
    for bit in range(len(bits)):
        for other in range(len(bits)):
            if joint[bit] >> other & 1:
                joint[other] |= 1 << bit
    answers = tuple(
        (
            code,
            sum(1 << place[i] for i in bits if cards[i].opens == code),
            sum(1 << place[i] for i in bits if code in cards[i].bars),
        )
        for code in opened(cards)
    )
    return Segment(
        since=since,
        until=day_before(following) if following else FOREVER,
        bits=bits,
        facts=tuple(order),
        decisive=decisive,
        walls=tuple((1 << len(bits) + i, tuple(box)) for i, box in enumerate(walls)),
        named=named,
        classes=classes,
        accept=accept,
        members=members,
        before=tuple(_bits(cards[i].before, ids) for i in bits),
        joint=tuple(joint),
        answers=answers,
    )


def _bits(ids: Iterable[str], known: Mapping[str, int]) -> int:
    mask = 0
    for i in ids:
        mask |= known.get(i, 0)
    return mask


def _classes(
    name: str, fact: Fact, boxes: Sequence[Box]
) -> tuple[dict[Value, int], tuple[int, ...], tuple[tuple[Value, ...], ...]]:
    """Values that no box tells apart are one class."""
    signatures: dict[int, list[Value]] = {}
    for value in fact.domain:
        signature = 0
        for bit, box in enumerate(boxes):
            if name not in box or value in box[name]:
                signature |= 1 << bit
        signatures.setdefault(signature, []).append(value)
    classes = {value: i for i, values in enumerate(signatures.values()) for value in values}
    return classes, tuple(signatures), tuple(tuple(v) for v in signatures.values())
