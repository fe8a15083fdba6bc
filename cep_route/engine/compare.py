"""Everybody under one law, on every day, exactly: what rules changed do, and two laws or two days beside each other. Reads no file.

Classes are cut once over every box compared, so that two diagrams of answers are the same for everybody possible when their roots are
the same number. That holds inside one `Space` and nowhere else: its table has one partition of values.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial, reduce
from math import prod
from operator import and_, or_

from msgspec import Struct, field
from msgspec.structs import replace

from cep_route.engine.compile import box_of, days, named
from cep_route.engine.decide import Box, Classes, cut, ones, outcome
from cep_route.engine.diagram import Known, kept
from cep_route.model.law import (
    BEGINNING,
    FOREVER,
    Fact,
    Law,
    Outcome,
    RuleCard,
    Value,
    day_before,
    written,
)

DAY = (
    "day"  # the first level of a space: the first days of the stretches on which the same rules are in force
)
Wide = dict[str, tuple[int, ...]]  # fact -> classes of values


class Edit(Struct, frozen=True, kw_only=True):
    """Rules changed (`Space.edit`): those that say something else, and for whom: boxes, with the bits of leaves that change there.

    `told`: what was worked out of it, by leaf.
    """

    others: dict[int, RuleCard]
    regions: tuple[tuple[Known, int], ...]
    told: dict[int, Outcome] = field(default_factory=dict)


class Space:
    """Every possible person of a law on every day, told apart by its deciding rules, its constraints, more `cards` and more boxes."""

    def __init__(self, law: Law, cards: Iterable[RuleCard] = (), *, more: Iterable[Box] = ()) -> None:
        self.law, self.cards = law, law.rules
        told = [*self.cards, *cards]
        self.starts = days(told)
        day = Fact(name=DAY, kind="choice", values=tuple(self.starts), label={}, labels={}, question={})
        self._walls = [box for card in law.constraints for box in card.boxes]
        boxes = {repr(box): box for box in (*map(self.dated, told), *more)}
        self.cut = cut({DAY: day, **law.facts}, [*boxes.values()], self._walls, (DAY, *law.questions))
        self.diagrams, self.possible = self.cut.diagrams, self.cut.possible
        self._codes, self._bodies = named(told)
        self._free = prod(len(f.domain) for n, f in law.facts.items() if n not in self.cut.place)

    def dated(self, card: RuleCard) -> dict[str, tuple[Value, ...]]:
        """The box of a rule, with its days; a note has none."""
        in_force = {DAY: tuple(day for day in self.starts if card.in_force(day))} if card.opens else {}
        return in_force | box_of(card.when, self.law.facts)

    def box(self, card: RuleCard) -> int:
        """1 inside the box of a card, 0 outside; the card must have been cut with the others."""
        return self.cut.box(self.dated(card))

    def inside(self, card: RuleCard) -> int:
        """1 for the possible persons inside the box of a card."""
        return self.diagrams.within(self.possible, self.box(card))

    # -- days -----------------------------------------------------------------------------------------------------------

    def day(self, on: str) -> dict[int, tuple[int, ...]]:
        """A day as the diagrams take it."""
        return self.cut.classes_of({DAY: (self.start(on),)})

    def start(self, on: str) -> str:
        """The first day of the stretch that holds a day."""
        return self.starts[bisect_right(self.starts, on) - 1]

    def stretches(self, root: int) -> list[tuple[str, str, int]]:
        """A diagram as stretches of days (first and last day, the diagram of these days), in order of time."""
        found: list[tuple[str, str, int]] = []
        for since, until in zip(self.starts, [*map(day_before, self.starts[1:]), FOREVER], strict=True):
            part = self.diagrams.restrict(root, self.day(since))
            same = bool(found) and found[-1][2] == part
            found.append((found.pop()[0] if same else since, until, part))
        return found

    # -- answers --------------------------------------------------------------------------------------------------------

    @cached_property
    def speaking(self) -> int:
        """The diagram of the rules of the law that speak: bit 0 of a leaf for somebody possible, bit i + 1 for rule i."""
        nowhere: Known = {0: ()}  # a note decides nothing
        boxes = [self._levels(card) if card.opens else nowhere for card in self.cards]
        return self.diagrams.split(boxes, [self.cut.classes_of(wall) for wall in self._walls])

    @kept
    def outcome(self, leaf: int) -> Outcome:
        """What the rules of such a leaf say together."""
        return self.told(self.spoken(leaf))

    def spoken(self, leaf: int) -> list[RuleCard]:
        """The rules of a leaf."""
        return [self.cards[i] for i in ones(leaf >> 1)]

    def told(self, cards: Sequence[RuleCard]) -> Outcome:
        """What rules say together that may be no rules of the law."""
        return outcome(cards, self._codes, self._bodies)

    def outcomes(self, on: str, known: Known) -> list[Outcome]:
        """What the rules of a day say of those who are as known (levels), each outcome once."""
        leaves = self.diagrams.walk(self.speaking, {**known, **self.day(on)})
        return list(dict.fromkeys(map(self.outcome, sorted(leaves))))

    def rules_of(self, on: str, known: Known) -> tuple[int, int]:
        """The rules of a day that speak of everybody who is as known (levels), and those that speak of somebody; bit i for rule i."""
        leaves = self.diagrams.walk(self.speaking, {**known, **self.day(on)})
        return reduce(and_, leaves) >> 1, reduce(or_, leaves) >> 1

    def numbered(
        self, on: str, key: Callable[[Outcome], Hashable] = lambda outcome: outcome
    ) -> tuple[int, list[Outcome]]:
        """The diagram of a day whose leaves are numbers of answers, from 1, as `key` tells them apart; and an outcome of each."""
        shown: dict[Hashable, tuple[int, Outcome]] = {}

        def number(leaf: int) -> int:
            told = self.outcome(leaf)
            return shown.setdefault(key(told), (len(shown) + 1, told))[0]

        root = self.diagrams.restrict(self.speaking, self.day(on))
        return self.diagrams.project(root, number), [told for _, told in shown.values()]

    # -- rules changed --------------------------------------------------------------------------------------------------

    def edit(self, cards: Mapping[int, RuleCard | None]) -> Edit:
        """Rules of the law become others (None: are dropped); of several, none may speak of other persons than before."""
        others: dict[int, RuleCard] = {}
        regions: list[tuple[Known, int]] = []
        for i, card in cards.items():
            old = self.cards[i]
            before, after = self._levels(old), self._levels(card) if card else None
            if card and after and replace(card, when=old.when, since=old.since, until=old.until) != old:
                others[i] = card
                both = {
                    n: [v for v in values if v in after.get(n, values)]
                    for n, values in {**after, **before}.items()
                }
                regions += [(both, 0)] if all(both.values()) else []
            regions += [(part, 2 << i) for part in (*self._less(before, after), *self._less(after, before))]
        return Edit(others=others, regions=tuple(regions))

    def _levels(self, card: RuleCard) -> Known:
        return self.cut.classes_of(self.dated(card))

    def _less(self, box: Known | None, other: Known | None) -> list[Known]:
        """A box without another, as boxes; None is the box of nobody."""
        if box is None:
            return []
        if other is None:
            return [box]
        every = {level: range(self.diagrams.sizes[level]) for level in other}
        rest = {n: tuple(i for i in box.get(n, every[n]) if i not in mine) for n, mine in other.items()}
        return [{**box, level: left} for level, left in rest.items() if left]

    def among(self, known: Known) -> tuple[Known, int]:
        """Those who are as known (levels), and the diagram of the rules that speak of them."""
        return known, self.diagrams.restrict(self.speaking, known)

    def touched(self, edit: Edit, among: tuple[Known, int] | None = None) -> Iterator[tuple[int, int]]:
        """Whom of some persons an edit may concern (None: of everybody): the leaf of the rules that speak, before and after."""
        known, root = among or ({}, self.speaking)
        for box, bits in edit.regions:
            if _meet(box, known):
                for leaf in self.diagrams.walk(root, box):
                    yield leaf, leaf ^ bits

    def after(self, edit: Edit, then: int) -> Outcome:
        """What the rules of a leaf say under an edit."""
        if not edit.others:
            return self.outcome(then)
        found = edit.told.get(then)
        if found is None:
            cards = [edit.others.get(i) or self.cards[i] for i in ones(then >> 1)]
            found = edit.told[then] = self.told(cards)
        return found

    def moved(self, edit: Edit, among: tuple[Known, int] | None = None) -> Iterator[Outcome]:
        """The new answers of those of some persons who get another one."""
        for leaf, then in self.touched(edit, among):
            told = self.after(edit, then)
            if told != self.outcome(leaf):
                yield told

    def _changes(self, edit: Edit, bits: int, leaf: int) -> bool:
        return self.after(edit, leaf ^ bits) != self.outcome(leaf)

    def someone(self, edit: Edit, known: Known) -> Classes | None:
        """Somebody as known (levels) who gets another answer, told by the fewest facts."""
        diagrams, (_, root) = self.diagrams, self.among(known)
        found: list[dict[int, int]] = []
        for box, bits in edit.regions:
            inside = diagrams.restrict(root, box) if _meet(box, known) else diagrams.nobody
            changed = diagrams.project(inside, partial(self._changes, edit, bits))
            path = diagrams.shortest(changed, bool)
            if path is not None:
                both = {**known, **box}
                first = {n: next(i for i in ids if i in known.get(n, ids)) for n, ids in both.items()}
                found.append(first | path)
        return self.cut.told(min(found, key=len)) if found else None

    # -- persons --------------------------------------------------------------------------------------------------------

    def kinds(self, root: int) -> int:
        """The paths of a diagram: kinds of person."""
        return sum(self.diagrams.count(root).values())

    def persons(self, root: int) -> int:
        """How many persons a diagram holds, over every fact of the law; the mean over the stretches when it names the day."""
        held = sum(self.diagrams.count(root, self.cut.sizes).values()) * self._free
        return held // len(self.starts) if DAY in self.cut.place else held

    def cover(self, root: int, wanted: int) -> Iterator[Classes]:
        """Everybody who ends at a leaf, as few descriptions, each without the facts that do not matter."""
        left = root
        while (path := self.diagrams.shortest(left, lambda leaf: leaf == wanted)) is not None:
            wide = self.diagrams.widest(root, path)
            yield self.cut.told(wide)
            left = self.diagrams.without(left, self.diagrams.box({n: (i,) for n, i in wide.items()}))

    def described(
        self, known: Mapping[str, int] | Mapping[str, tuple[int, ...]]
    ) -> dict[str, tuple[Value, ...]]:
        """Classes as values, in the order of the facts."""
        many = {n: ids if isinstance(ids, tuple) else (ids,) for n, ids in known.items()}
        members = self.cut.members
        return {n: tuple(v for i in many[n] for v in members[n][i]) for n in self.law.facts if n in many}


def _meet(box: Known, known: Known) -> bool:
    """May somebody as known be in a box, as far as one level at a time tells?"""
    return all(any(i in box[level] for i in values) for level, values in known.items() if level in box)


def joined(boxes: Iterable[Mapping[str, tuple[int, ...]]]) -> list[Wide]:
    """Two descriptions over the same facts that differ in one are one description; again until none is left."""
    left = [dict(box) for box in boxes]
    for i, a in enumerate(left):
        for j in range(i + 1, len(left)):
            b = left[j]
            apart = [n for n in a if a[n] != b.get(n)]
            if a.keys() == b.keys() and len(apart) <= 1:
                both = {n: tuple(sorted({*a[n], *b[n]})) for n in a}
                return joined([*(x for k, x in enumerate(left) if k not in (i, j)), both])
    return left


# -- two laws -------------------------------------------------------------------------------------------------------------


class Move(Struct, frozen=True, kw_only=True):
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


class Comparison(Struct, frozen=True, kw_only=True):
    """How many kinds of person, and persons, have another answer on the second side; `moves`, the widest first.

    A kind is a path of the diagram that tells apart whomever either side tells apart. `tally`: kind of change -> (kinds, persons);
    `by_operator`: operator -> kinds that gain it, that lose it; `by_rule`: rule -> changed kinds it speaks of on one side only;
    `only_a`, `only_b`: persons one side calls impossible.
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
    """Two laws on two days as one space. `root`: leaves are places in `pairs`, the answers on each side."""

    def __init__(self, law_a: Law, on_a: str, law_b: Law, on_b: str) -> None:
        a, b = _in_force(law_a, on_a), _in_force(law_b, on_b)
        cards = [*a, *(card for card in b if card not in a)]
        space = self.space = Space(replace(_joined(law_a, law_b), rules=tuple(cards)))
        self.mask_a = sum(1 << i for i, card in enumerate(cards) if card in a)
        self.mask_b = sum(1 << i for i, card in enumerate(cards) if card in b)
        numbers: dict[tuple[Outcome, Outcome], int] = {}

        def number(leaf: int) -> int:
            both = space.outcome(leaf & self.mask_a << 1), space.outcome(leaf & self.mask_b << 1)
            return numbers.setdefault(both, len(numbers) + 1)

        self.root = space.diagrams.project(space.speaking, number)
        self.pairs = dict(zip(numbers.values(), numbers, strict=True))
        self.one_sided = [cards[i] for i in ones(self.mask_a ^ self.mask_b)]
        alone = [Space(replace(law, rules=())) for law in (law_a, law_b)]
        self.totals = [space.persons(space.possible) for space in alone]

    def differs(self, facts: Mapping[str, Value]) -> bool:
        """Does a profile, as far as it is known, have other possible answers on the second side? For the lines of a file."""
        known = self.space.cut.at(self.space.cut.known(facts))
        outcomes = [self.pairs[leaf] for leaf in self.space.diagrams.walk(self.root, known)]
        return {a for a, _ in outcomes} != {b for _, b in outcomes}


def compare(law_a: Law, on_a: str, law_b: Law, on_b: str) -> Comparison:
    """Everybody possible on both sides, and what the second side changes for them: one walk over pairs of nodes."""
    sides = Sides(law_a, on_a, law_b, on_b)
    space, diagrams = sides.space, sides.space.diagrams
    changed = diagrams.project(sides.root, lambda leaf: leaf if len(set(sides.pairs[leaf])) > 1 else 0)
    moves = [_move(sides, leaf, kinds) for leaf, kinds in diagrams.count(changed).items()]
    moves.sort(key=lambda m: (-m.persons, str(m.witness)))
    by_rule: Counter[str] = Counter()
    for card in sides.one_sided:
        by_rule[card.id] += space.kinds(diagrams.within(changed, space.box(card)))

    persons = space.persons(sides.root)
    return Comparison(
        kinds=space.kinds(sides.root),
        persons=persons,
        changed_kinds=space.kinds(changed),
        changed_persons=space.persons(changed),
        tally={
            kind: (sum(m.kinds for m in those), sum(m.persons for m in those))
            for kind in ("gained", "lost", "replaced", "reordered", "see")
            for those in [[m for m in moves if m.kind == kind]]
        },
        by_operator={
            c: (sum(m.kinds for m in moves if c in m.gained), sum(m.kinds for m in moves if c in m.lost))
            for c in sorted({code for m in moves for code in (*m.gained, *m.lost)})
        },
        by_rule=dict(sorted((+by_rule).items(), key=lambda pair: (-pair[1], pair[0]))),
        moves=tuple(moves),
        only_a=sides.totals[0] - persons,
        only_b=sides.totals[1] - persons,
    )


def _move(sides: Sides, leaf: int, kinds: int) -> Move:
    space, diagrams = sides.space, sides.space.diagrams
    a, b = sides.pairs[leaf]
    gained = tuple(c for c in b.eligible if c not in a.eligible)
    lost = tuple(c for c in a.eligible if c not in b.eligible)
    same = "reordered" if set(a.first) != set(b.first) else "see"
    mine = diagrams.project(sides.root, lambda number: int(number == leaf))
    told = diagrams.project(sides.root, lambda number: 1 + (number == leaf))

    def wide(known: Classes) -> tuple[int, int]:
        people = diagrams.box(space.cut.at(known))
        return len(known), -space.persons(diagrams.within(space.possible, people))

    rules = [card.id for card in sides.one_sided if diagrams.within(mine, space.box(card)) != diagrams.nobody]
    return Move(
        kind="replaced" if gained and lost else "gained" if gained else "lost" if lost else same,
        kinds=kinds,
        persons=space.persons(mine),
        before={"first": a.first, "eligible": a.eligible, "see": a.see},
        after={"first": b.first, "eligible": b.eligible, "see": b.see},
        gained=gained,
        lost=lost,
        rules=tuple(dict.fromkeys(rules)),
        witness={
            n: written(values) for n, values in space.described(min(space.cover(told, 2), key=wide)).items()
        },
    )


def _in_force(law: Law, on: str) -> list[RuleCard]:
    """What decides on a day, bare of words and dates: two cards that decide alike are one."""
    return [
        replace(c, since=BEGINNING, until=FOREVER, says={}, confidence="", sources=())
        for c in law.rules
        if c.opens and c.in_force(on)
    ]


def _joined(law_a: Law, law_b: Law) -> Law:
    """The facts and constraints of both; a value only one side knows is a person the other side has no rule for."""
    facts = dict(law_a.facts)
    for name, fact in law_b.facts.items():
        mine = facts.get(name, fact)
        values = (*mine.values, *(v for v in fact.values if v not in mine.values))
        facts[name] = replace(mine, values=values)
    walls = list(law_a.constraints)
    walls += [c for c in law_b.constraints if c.boxes not in [w.boxes for w in walls]]
    return replace(law_a, facts=facts, constraints=tuple(walls), rules=(), segments=())
