"""Two laws beside each other, exactly: whose answer changes, and how. Two dates, two laws, one rule changed. Reads no file.

Both sides stand as bits of one table, so that every kind of person is split as far as either side tells persons apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cep_route.engine.compile import segment, with_rules
from cep_route.engine.decide import Outcome, Table
from cep_route.engine.space import Box, Space, box_of, spaces, subtract, written
from cep_route.model.law import BEGINNING, FOREVER, Law, RuleCard, day_before, next_day

Answer = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[frozenset[str]]]


def answer(outcome: Outcome) -> Answer:
    """What counts as the answer: who comes first, who may serve, whom to see, and conflicts. Order in a file is none of it."""
    clash = frozenset(frozenset(pair) for pair in outcome.clash)
    return frozenset(outcome.first), frozenset(outcome.eligible), frozenset(outcome.see), clash


def sureness(table: Table, outcome: Outcome) -> frozenset[tuple[str | None, str]]:
    """For each eligible operator, the best confidence among the rules that open it: what the answer is marked with."""
    best: dict[str | None, str] = {}
    for card in table.rules_of(outcome.standing):
        if card.opens in outcome.eligible:
            held = best.get(card.opens, "unsure")
            best[card.opens] = min(held, card.confidence, key=("sure", "likely", "unsure").index)
    return frozenset(best.items())


# -- one rule changed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Persons whose answer changes: `known` classes of `space`, inside `box`, on the days `since` to `until`."""

    space: Space
    known: dict[str, int]
    box: dict[str, tuple[Any, ...]]
    since: str
    until: str
    old: Outcome
    new: Outcome

    def facts(self) -> dict[str, tuple[Any, ...]]:
        """The persons as values of facts."""
        return self.space.described(self.known, self.box)


class Edits:
    """One law, and what changing one of its rules does: only the persons the change speaks of are looked at.

    `marked`: an answer that becomes more or less sure counts as changed.
    """

    def __init__(self, law: Law, *, marked: bool = False) -> None:
        self.law = law
        self.marked = marked
        self.spaces = spaces(law)

    def alters(self, index: int, card: RuleCard | None) -> bool:
        """Does anyone get another answer?"""
        return next(self.changed(index, card), None) is not None

    def changed(self, index: int, card: RuleCard | None) -> Iterator[Changed]:
        """Who gets another answer when rule `index` becomes `card` (None: is dropped)."""
        for space in self.spaces:
            yield from self._in(space, index, card)

    def reordered(self, cards: Mapping[int, RuleCard]) -> Iterator[Changed]:
        """Who gets another answer when several rules change their relations (`before`, `joint`, `bars`) and nothing else."""
        rules = tuple(cards.get(i, card) for i, card in enumerate(self.law.rules))
        law = replace(self.law, rules=rules)
        box: dict[str, tuple[Any, ...]] = {}
        for space in self.spaces:
            if not cards.keys() & set(space.segment.bits):
                continue
            table = Table(segment(space.segment.since, None, law.facts, law.constraints, rules), rules)
            days = space.segment.since, space.segment.until
            for known, standing in space.kinds():
                yield from self._when_different(space, known, box, days, table, (standing, standing))

    def _in(self, space: Space, index: int, card: RuleCard | None) -> Iterator[Changed]:
        had = index in space.segment.bits
        first, last = space.segment.since, space.segment.until
        for since, until in _cut(first, last, card):
            has = card is not None and card.since <= since <= card.until
            if had and not has:
                yield from self._gone(space, index, since, until)
            elif has and card and not had:
                yield from self._come(index, card, since, until)
            elif has and card and had:
                yield from self._altered(space, index, card, since, until)

    def _gone(self, space: Space, index: int, since: str, until: str) -> Iterator[Changed]:
        box = box_of(self.law.rules[index].when, self.law.facts)
        yield from self._toggled(space, space.table, index, box, (since, until))

    def _come(self, index: int, card: RuleCard, since: str, until: str) -> Iterator[Changed]:
        """On days when only the changed rule is in force: the same reading backwards in the changed law."""
        law = self._replaced(index, card)
        space = Space(
            law,
            segment(
                since, next_day(until) if until < FOREVER else None, law.facts, law.constraints, law.rules
            ),
        )
        for c in self._toggled(space, space.table, index, box_of(card.when, law.facts), (since, until)):
            yield replace(c, old=c.new, new=c.old)

    def _altered(self, space: Space, index: int, card: RuleCard, since: str, until: str) -> Iterator[Changed]:
        old = self.law.rules[index]
        table = space.table
        if any(
            getattr(card, key) != getattr(old, key) for key in ("opens", "see", "bars", "before", "joint")
        ):
            table = self._table(space, index, card)
        before, after = (box_of(c.when, self.law.facts) for c in (old, card))
        for box in subtract(before, after, self.law.facts):
            yield from self._toggled(space, space.table, index, box, (since, until))
        for box in subtract(after, before, self.law.facts):
            yield from self._toggled(space, table, index, box, (since, until))
        if table is not space.table:
            both = {n: tuple(v for v in values if v in after.get(n, values)) for n, values in before.items()}
            both |= {n: values for n, values in after.items() if n not in before}
            for known, standing in space.within(both):
                yield from self._when_different(
                    space, known, both, (since, until), table, (standing, standing)
                )

    def _toggled(
        self, space: Space, other: Table, index: int, box: Box, days: tuple[str, str]
    ) -> Iterator[Changed]:
        """The persons of a box for whom the rule stands on one side only: the law's own side is `space`, the other `other`."""
        bit = 1 << space.segment.bits.index(index)
        for known, standing in space.within(box):
            yield from self._when_different(space, known, box, days, other, (standing, standing ^ bit))

    def _when_different(
        self,
        space: Space,
        known: dict[str, int],
        box: Box,
        days: tuple[str, str],
        other: Table,
        standing: tuple[int, int],
    ) -> Iterator[Changed]:
        old, new = space.table.outcome(standing[0]), other.outcome(standing[1])
        same = answer(old) == answer(new)
        if same and self.marked:
            same = sureness(space.table, old) == sureness(other, new)
        if not same:
            values = {n: tuple(v) for n, v in box.items()}
            yield Changed(
                space=space, known=known, box=values, since=days[0], until=days[1], old=old, new=new
            )

    def _table(self, space: Space, index: int, card: RuleCard) -> Table:
        """The segment with other relations: the boxes, and so the bits, stay those of the law."""
        old = self.law.rules[index]
        kept = replace(card, when=old.when, since=old.since, until=old.until)
        law = self._replaced(index, kept)
        since = space.segment.since
        return Table(segment(since, None, law.facts, law.constraints, law.rules), law.rules)

    def _replaced(self, index: int, card: RuleCard) -> Law:
        return replace(self.law, rules=(*self.law.rules[:index], card, *self.law.rules[index + 1 :]))


def _cut(first: str, last: str, card: RuleCard | None) -> Iterator[tuple[str, str]]:
    """A stretch of days, cut where the changed rule begins and ends."""
    days = {first}
    if card is not None:
        starts = [card.since, *([next_day(card.until)] if card.until < FOREVER else [])]
        days |= {day for day in starts if first < day <= last}
    ordered = sorted(days)
    for i, since in enumerate(ordered):
        yield since, day_before(ordered[i + 1]) if i + 1 < len(ordered) else last


# -- two laws -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Persons who go from one answer to another. `kind`: gained, lost, replaced, reordered or see; `witness`: what they share.

    `gained` and `lost` are the operators; `rules` speak on one side only for one of them at least.
    """

    kind: str
    kinds: int
    persons: int
    before: dict[str, tuple[str, ...]]
    after: dict[str, tuple[str, ...]]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    rules: tuple[str, ...]
    witness: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many kinds of person, and persons, have another answer on the second side; `moves`, the widest first.

    `tally`: kind of change -> (kinds, persons); `by_operator`: operator -> kinds that gain it, that lose it;
    `by_rule`: rule -> changed kinds it speaks of on one side only; `only_a`, `only_b`: persons one side calls impossible.
    """

    kinds: int
    persons: int
    changed_kinds: int
    changed_persons: int
    tally: dict[str, tuple[int, int]]
    by_operator: dict[str, tuple[int, int]]
    by_rule: dict[str, int]
    moves: tuple[Move, ...]
    only_a: int
    only_b: int


class Sides:
    """Two laws on two days as one table."""

    def __init__(self, law_a: Law, on_a: str, law_b: Law, on_b: str) -> None:
        self.a, self.b = _in_force(law_a, on_a), _in_force(law_b, on_b)
        cards = list(self.a)
        cards += [card for card in self.b if card not in cards]
        law = _joined(law_a, law_b, cards)
        self.space = Space(law, segment(BEGINNING, None, law.facts, law.constraints, law.rules))
        self.mask_a = sum(1 << i for i, card in enumerate(cards) if card in self.a)
        self.mask_b = sum(1 << i for i, card in enumerate(cards) if card in self.b)
        self.totals = tuple(
            Space(law_, law_.segment(on)).count({}) for law_, on in ((law_a, on_a), (law_b, on_b))
        )

    def pair(self, standing: int) -> tuple[Outcome, Outcome]:
        """The outcome on each side."""
        table = self.space.table
        return table.outcome(standing & self.mask_a), table.outcome(standing & self.mask_b)

    def differs(self, facts: Mapping[str, Any]) -> bool:
        """Does a profile, as far as it is known, have other possible answers on the second side? For the lines of a file."""
        outcomes = [self.pair(s) for _, s in self.space.table.people(self.space.known(facts))]
        return {answer(a) for a, _ in outcomes} != {answer(b) for _, b in outcomes}


def compare(law_a: Law, on_a: str, law_b: Law, on_b: str) -> Comparison:
    """Every kind of person possible on both sides, and what the second side changes for it."""
    sides = Sides(law_a, on_a, law_b, on_b)
    space = sides.space
    groups: dict[tuple[Answer, Answer], list[tuple[dict[str, int], int]]] = {}
    for known, standing in space.kinds():
        a, b = sides.pair(standing)
        if answer(a) != answer(b):
            groups.setdefault((answer(a), answer(b)), []).append((known, standing))
    moves = tuple(
        sorted((_move(sides, group) for group in groups.values()), key=lambda m: (-m.persons, str(m.witness)))
    )
    persons = space.count({})
    changed = [(known, standing) for group in groups.values() for known, standing in group]
    by_rule: dict[str, int] = {}
    for _, standing in changed:
        for rule in _one_sided(sides, standing):
            by_rule[rule] = by_rule.get(rule, 0) + 1
    return Comparison(
        kinds=len(space.kinds()),
        persons=persons,
        changed_kinds=len(changed),
        changed_persons=sum(m.persons for m in moves),
        tally={
            kind: (
                sum(m.kinds for m in moves if m.kind == kind),
                sum(m.persons for m in moves if m.kind == kind),
            )
            for kind in ("gained", "lost", "replaced", "reordered", "see")
        },
        by_operator=_by_operator(moves),
        by_rule=dict(sorted(by_rule.items(), key=lambda pair: (-pair[1], pair[0]))),
        moves=moves,
        only_a=sides.totals[0] - persons,
        only_b=sides.totals[1] - persons,
    )


def _by_operator(moves: Iterable[Move]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for move in moves:
        for code in (*move.gained, *move.lost):
            plus, minus = found.get(code, (0, 0))
            found[code] = (
                plus + move.kinds * (code in move.gained),
                minus + move.kinds * (code in move.lost),
            )
    return dict(sorted(found.items()))


def _move(sides: Sides, group: Sequence[tuple[dict[str, int], int]]) -> Move:
    space = sides.space
    a, b = sides.pair(group[0][1])
    gained = tuple(c for c in b.eligible if c not in a.eligible)
    lost = tuple(c for c in a.eligible if c not in b.eligible)
    pair = (answer(a), answer(b))

    def same(standing: int) -> bool:
        old, new = sides.pair(standing)
        return (answer(old), answer(new)) == pair

    widest = min(
        (space.widen(known, same) for known, _ in group),
        key=lambda k: (len(k), -space.count(k), sorted(k.items())),
    )
    kind = "replaced" if gained and lost else "gained" if gained else "lost" if lost else "reordered"
    if kind == "reordered" and set(a.first) == set(b.first):
        kind = "see"
    rules = dict.fromkeys(rule for _, standing in group for rule in _one_sided(sides, standing))
    return Move(
        kind=kind,
        kinds=len(group),
        persons=sum(space.count(known) for known, _ in group),
        before={"first": a.first, "eligible": a.eligible, "see": a.see},
        after={"first": b.first, "eligible": b.eligible, "see": b.see},
        gained=gained,
        lost=lost,
        rules=tuple(rules),
        witness={n: written(values) for n, values in space.described(widest).items()},
    )


def _one_sided(sides: Sides, standing: int) -> tuple[str, ...]:
    only = standing & (sides.mask_a ^ sides.mask_b)
    return tuple(dict.fromkeys(card.id for card in sides.space.table.rules_of(only)))


def _in_force(law: Law, on: str) -> list[RuleCard]:
    """What decides on a day, bare of words and dates: two cards that decide alike are one."""
    return [
        replace(card, since=BEGINNING, until=FOREVER, says={}, confidence="", sources=())
        for card in law.rules
        if card.opens and card.since <= on <= card.until
    ]


def _joined(law_a: Law, law_b: Law, cards: Sequence[RuleCard]) -> Law:
    """The facts and constraints of both; a value only one side knows is a person the other side has no rule for."""
    facts = dict(law_a.facts)
    for name, fact in law_b.facts.items():
        mine = facts.get(name, fact)
        values = (*mine.values, *(v for v in fact.values if v not in mine.values))
        facts[name] = replace(mine, values=values)
    walls = list(law_a.constraints)
    walls += [c for c in law_b.constraints if c.boxes not in [w.boxes for w in walls]]
    joined = replace(law_a, facts=facts, constraints=tuple(walls), rules=(), segments=())
    return with_rules(joined, cards)
