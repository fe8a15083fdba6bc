"""Everybody under one law, exactly: what one rule changed does, and two laws or two days beside each other. Reads no file.

Classes are cut once over every box compared, so that two diagrams of answers are the same for everybody possible when their roots are
the same number. That holds inside one `Space` and nowhere else: its table has one partition of values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from cep_route.engine.compile import box_of, days, opened, sent_to
from cep_route.engine.decide import Box, Classes, cut, ones, outcome, speaking
from cep_route.engine.diagram import Known
from cep_route.model.law import (
    BEGINNING,
    FOREVER,
    Constraint,
    Law,
    Outcome,
    RuleCard,
    Value,
    When,
    day_before,
    next_day,
    written,
)

Wide = dict[str, tuple[int, ...]]  # fact -> classes of values


class ComparedStretch(Struct, frozen=True, kw_only=True):
    """Days on which the same deciding rules are in force; `rules`: one bit for each."""

    since: str
    until: str
    rules: int


class Space:
    """Every possible person of a law, told apart by the boxes of all its deciding rules, its constraints, and `more`."""

    def __init__(
        self, law: Law, *, more: Iterable[Box] = (), constraints: Sequence[Constraint] | None = None
    ) -> None:
        self.law = law
        self.cards = law.rules
        walls = [
            box for card in (law.constraints if constraints is None else constraints) for box in card.boxes
        ]
        boxes = [box_of(card.when, law.facts) for card in self.cards if card.opens]
        self.cut = cut(law.facts, [*boxes, *more], walls, law.questions)
        self.diagrams, self.possible = self.cut.diagrams, self.cut.possible
        self.codes, self.bodies = opened(self.cards), sent_to(self.cards)
        self._boxes: dict[int, int] = {}
        self._speaking: dict[int, int] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._free = prod(len(f.domain) for n, f in law.facts.items() if n not in self.cut.place)

    @cached_property
    def stretches(self) -> tuple[ComparedStretch, ...]:
        starts = days(self.cards)
        ends = [*(day_before(day) for day in starts[1:]), FOREVER]
        return tuple(
            ComparedStretch(since=since, until=until, rules=self.in_force(since))
            for since, until in zip(starts, ends, strict=True)
        )

    def in_force(self, on: str) -> int:
        """The deciding rules of a day, one bit each."""
        return sum(1 << i for i, card in enumerate(self.cards) if card.opens and card.in_force(on))

    # -- boxes ----------------------------------------------------------------------------------------------------------

    def box(self, when: When) -> int:
        """1 inside a written box, 0 outside; the box must have been cut with the others."""
        return self.cut.box(box_of(when, self.law.facts))

    def inside(self, when: When) -> int:
        """1 for the possible persons inside a box."""
        return self.diagrams.within(self.possible, self.box(when))

    def rule(self, index: int) -> int:
        """The box of a rule of the law."""
        if index not in self._boxes:
            self._boxes[index] = self.box(self.cards[index].when)
        return self._boxes[index]

    def speaks(self, index: int, known: Mapping[str, tuple[int, ...]]) -> bool:
        """Does a rule speak of everybody who is as known?"""
        outside = self.diagrams.without(self.possible, self.rule(index))
        return not self.diagrams.walk(outside, {self.cut.place[n]: ids for n, ids in known.items()})

    # -- answers --------------------------------------------------------------------------------------------------------

    def speaking(self, rules: int) -> int:
        """The diagram of which of some rules of the law speak: bit 0 of a leaf for somebody possible, bit i + 1 for rule i."""
        if rules not in self._speaking:
            boxes = [(i, self.rule(i)) for i in ones(rules)]
            self._speaking[rules] = speaking(self.cut, boxes)
        return self._speaking[rules]

    def outcome(self, leaf: int) -> Outcome:
        """What the rules of such a leaf say together."""
        if leaf not in self._outcomes:
            self._outcomes[leaf] = self.told(self.spoken(leaf))
        return self._outcomes[leaf]

    def spoken(self, leaf: int) -> list[RuleCard]:
        """The rules of a leaf."""
        return [self.cards[i] for i in ones(leaf >> 1)]

    def told(self, cards: Sequence[RuleCard]) -> Outcome:
        """What rules say together that may be no rules of the law."""
        return outcome(cards, dict.fromkeys([*self.codes, *(c.opens for c in cards if c.opens)]), self.bodies)

    def outcomes(self, rules: int, known: Known) -> list[Outcome]:
        """What some rules say of those who are as known (levels), each outcome once."""
        leaves = self.diagrams.walk(self.speaking(rules), known)
        return list(dict.fromkeys(map(self.outcome, sorted(leaves))))

    def numbered(
        self, rules: int, key: Callable[[Outcome], Hashable] = lambda outcome: outcome
    ) -> tuple[int, list[Outcome]]:
        """The diagram whose leaves are numbers of answers, from 1, as `key` tells them apart; and an outcome of each."""
        numbers: dict[Hashable, int] = {}
        shown: list[Outcome] = []

        def number(leaf: int) -> int:
            found = numbers.setdefault(key(self.outcome(leaf)), len(numbers) + 1)
            if found > len(shown):
                shown.append(self.outcome(leaf))
            return found

        return self.diagrams.project(self.speaking(rules), number), shown

    # -- persons --------------------------------------------------------------------------------------------------------

    def kinds(self, root: int) -> int:
        """The paths of a diagram: kinds of person."""
        return sum(self.diagrams.count(root).values())

    def persons(self, root: int) -> int:
        """How many persons a diagram holds, over every fact of the law."""
        return sum(self.diagrams.count(root, self.cut.sizes).values()) * self._free

    def someone(self, root: int, wanted: Callable[[int], bool] = bool) -> Classes | None:
        """The person told by the fewest facts who ends at a wanted leaf."""
        path = self.diagrams.shortest(root, wanted)
        return None if path is None else self.cut.told(path)

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
        found = {}
        for name in self.law.facts:
            if name in known:
                ids = known[name]
                found[name] = tuple(
                    v for i in ((ids,) if isinstance(ids, int) else ids) for v in self.cut.members[name][i]
                )
        return found


def outcomes_within(law: Law, when: When, on: str) -> list[Outcome]:
    """What the rules of a day say of the persons inside a written box."""
    space = Space(law, more=[box_of(when, law.facts)])
    return space.outcomes(space.in_force(on), space.cut.classes_of(box_of(when, law.facts)))


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


# -- one rule changed -----------------------------------------------------------------------------------------------------


class Changed(Struct, frozen=True, kw_only=True):
    """Persons whose answer changes on the days `since` to `until`: those who end in `region` at a leaf of `new`, and their new answer."""

    since: str
    until: str
    region: int
    new: dict[int, Outcome]


class Edits:
    """One law, and what changing some of its rules does. `more`: every card that will be compared."""

    def __init__(self, law: Law, more: Iterable[RuleCard] = ()) -> None:
        self.law = law
        whens = {repr(card.when): card.when for card in more}
        self.space = Space(law, more=[box_of(when, law.facts) for when in whens.values()])

    def alters(self, index: int, card: RuleCard | None, *, marked: bool = False) -> bool:
        """Does anyone get another answer when a rule becomes another (None: is dropped)? `marked`: or one more or less sure."""
        cards = {index: card}
        others = self._others(cards)
        regions = {(region, bits) for _, _, region, bits in self._regions(cards, others)}
        met = {(leaf, bits) for region, bits in regions for leaf in self.space.diagrams.leaves(region)}
        return any(self._moved(leaf, leaf ^ bits, others, marked=marked) is not None for leaf, bits in met)

    def changed(self, cards: Mapping[int, RuleCard | None]) -> Iterator[Changed]:
        """Who gets another answer when some rules become others."""
        met: dict[tuple[int, int], Outcome | None] = {}  # by leaf and bits: the new answer, if it is another
        others = self._others(cards)
        for since, until, region, bits in self._regions(cards, others):
            found = {}
            for leaf in self.space.diagrams.leaves(region):
                key = leaf, bits
                if key not in met:
                    met[key] = self._moved(leaf, leaf ^ bits, others)
                if (told := met[key]) is not None:
                    found[leaf] = told
            if found:
                yield Changed(since=since, until=until, region=region, new=found)

    def _regions(
        self, cards: Mapping[int, RuleCard | None], others: Iterable[int]
    ) -> Iterator[tuple[str, str, int, int]]:
        """(since, until, persons, bits): who is concerned on some days, by the rules that speak, and those that begin or cease to (bits)."""
        space, diagrams = self.space, self.space.diagrams
        boxes = {i: space.box(card.when) for i, card in cards.items() if card is not None}
        for stretch, since, until in self._days(card for card in cards.values() if card is not None):
            touched, flips = diagrams.nobody, [(space.possible, 0)]
            for i, card in cards.items():
                old = space.rule(i) if stretch.rules >> i & 1 else diagrams.nobody
                new = boxes[i] if card and card.opens and card.in_force(since) else diagrams.nobody
                toggled = diagrams.differ(old, new)
                if i in others:
                    touched = diagrams.merged([touched, old, new])
                if toggled != diagrams.nobody:
                    flips = [
                        (part, bits | mine)
                        for root, bits in flips
                        for part, mine in (
                            (diagrams.without(root, toggled), 0),
                            (diagrams.within(root, toggled), 2 << i),
                        )
                    ]
            for root, bits in flips:
                part = root if bits else diagrams.within(root, touched)
                if part != diagrams.nobody:
                    yield since, until, diagrams.within(space.speaking(stretch.rules), part), bits

    def _others(self, cards: Mapping[int, RuleCard | None]) -> dict[int, RuleCard]:
        """Those that say something else, whoever they speak of, and whenever."""
        found = {}
        for i, card in cards.items():
            old = self.space.cards[i]
            if card and replace(card, when=old.when, since=old.since, until=old.until) != old:
                found[i] = card
        return found

    def _moved(
        self, leaf: int, then: int, others: Mapping[int, RuleCard], *, marked: bool = False
    ) -> Outcome | None:
        """The answer when the rules of another leaf speak, some of which are others; None when it is that of the leaf."""
        space = self.space
        after = [others.get(i) or space.cards[i] for i in ones(then >> 1)] if others or marked else []
        told = space.told(after) if others else space.outcome(then)
        if told != space.outcome(leaf):
            return told
        return told if marked and _sure(space.spoken(leaf), told) != _sure(after, told) else None

    def after(self, changed: Changed, known: Known) -> list[Outcome]:
        """The new outcomes of those, as known (levels), whose answer changes."""
        leaves = self.space.diagrams.leaves(self.space.diagrams.restrict(changed.region, known))
        return list(dict.fromkeys(changed.new[leaf] for leaf in sorted(leaves) if leaf in changed.new))

    def root(self, changed: Changed) -> int:
        """1 for those whose answer changes, 0 for the others."""
        return self.space.diagrams.project(changed.region, lambda leaf: int(leaf in changed.new))

    def _days(self, cards: Iterable[RuleCard]) -> Iterator[tuple[ComparedStretch, str, str]]:
        """The stretches of days, cut where the changed rules begin and end."""
        cuts = {
            day
            for card in cards
            for day in (card.since, next_day(card.until) if card.until < FOREVER else FOREVER)
        }
        for stretch in self.space.stretches:
            starts = sorted({stretch.since, *(day for day in cuts if stretch.since < day <= stretch.until)})
            for i, since in enumerate(starts):
                yield stretch, since, day_before(starts[i + 1]) if i + 1 < len(starts) else stretch.until


def _sure(cards: Iterable[RuleCard], told: Outcome) -> dict[str, int]:
    """How sure each eligible operator is: as its surest rule."""
    grades = ("sure", "likely", "unsure")
    found: dict[str, int] = {}
    for card in cards:
        if card.opens in told.eligible:
            grade = grades.index(card.confidence)
            found[card.opens] = min(grade, found.get(card.opens, grade))
    return found


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
    """Two laws on two days as one space. Leaves of `root`: the answer on each side, `shift` bits apart; 0 nobody."""

    def __init__(self, law_a: Law, on_a: str, law_b: Law, on_b: str) -> None:
        a, b = _in_force(law_a, on_a), _in_force(law_b, on_b)
        cards = [*a, *(card for card in b if card not in a)]
        self.space = Space(replace(_joined(law_a, law_b), rules=tuple(cards)))
        self.mask_a = sum(1 << i for i, card in enumerate(cards) if card in a)
        self.mask_b = sum(1 << i for i, card in enumerate(cards) if card in b)
        (root_a, self._told_a), (root_b, self._told_b) = map(self.space.numbered, (self.mask_a, self.mask_b))
        self.shift = len(self._told_b).bit_length()
        self.root = self.space.diagrams.pairs(root_a, root_b, lambda x, y: x << self.shift | y)
        self.totals = tuple(_everyone(law) for law in (law_a, law_b))

    def pair(self, leaf: int) -> tuple[Outcome, Outcome]:
        """The outcome on each side."""
        mine, theirs = leaf >> self.shift, leaf & (1 << self.shift) - 1
        return self._told_a[mine - 1], self._told_b[theirs - 1]

    def pairs(self) -> list[tuple[Outcome, Outcome]]:
        """Those of everybody."""
        return [self.pair(leaf) for leaf in sorted(self.space.diagrams.leaves(self.root))]

    def differs(self, facts: Mapping[str, Value]) -> bool:
        """Does a profile, as far as it is known, have other possible answers on the second side? For the lines of a file."""
        known = self.space.cut.at(self.space.cut.known(facts))
        outcomes = [self.pair(leaf) for leaf in self.space.diagrams.walk(self.root, known)]
        return {a for a, _ in outcomes} != {b for _, b in outcomes}


def compare(law_a: Law, on_a: str, law_b: Law, on_b: str) -> Comparison:
    """Everybody possible on both sides, and what the second side changes for them: one walk over pairs of nodes."""
    sides = Sides(law_a, on_a, law_b, on_b)
    space = sides.space
    groups: dict[tuple[Outcome, Outcome], set[int]] = {}
    for leaf in sorted(space.diagrams.leaves(sides.root)):
        a, b = sides.pair(leaf)
        if a != b:
            groups.setdefault((a, b), set()).add(leaf)
    leaves = set().union(*groups.values())
    changed = space.diagrams.project(sides.root, lambda leaf: leaf * (leaf in leaves))
    counted = space.diagrams.count(changed)
    moves = tuple(
        sorted(
            (_move(sides, group, sum(counted[leaf] for leaf in group)) for group in groups.values()),
            key=lambda m: (-m.persons, str(m.witness)),
        )
    )
    by_rule: dict[str, int] = {}
    for i in ones(sides.mask_a ^ sides.mask_b):
        kinds = space.kinds(space.diagrams.within(changed, space.rule(i)))
        if kinds:
            by_rule[space.cards[i].id] = by_rule.get(space.cards[i].id, 0) + kinds
    persons = space.persons(sides.root)
    return Comparison(
        kinds=space.kinds(sides.root),
        persons=persons,
        changed_kinds=space.kinds(changed),
        changed_persons=space.persons(changed),
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


def _move(sides: Sides, group: set[int], kinds: int) -> Move:
    space, diagrams = sides.space, sides.space.diagrams
    a, b = sides.pair(min(group))
    gained = tuple(c for c in b.eligible if c not in a.eligible)
    lost = tuple(c for c in a.eligible if c not in b.eligible)
    mine = diagrams.project(sides.root, lambda leaf: leaf * (leaf in group))
    told = diagrams.project(sides.root, lambda leaf: 1 + (leaf in group))
    widest = min(
        space.cover(told, 2),
        key=lambda known: (
            len(known),
            -space.persons(diagrams.within(space.possible, diagrams.box(space.cut.at(known)))),
        ),
    )
    kind = "replaced" if gained and lost else "gained" if gained else "lost" if lost else "reordered"
    if kind == "reordered" and set(a.first) == set(b.first):
        kind = "see"
    one_sided = [
        i
        for i in ones(sides.mask_a ^ sides.mask_b)
        if diagrams.within(mine, space.rule(i)) != diagrams.nobody
    ]
    return Move(
        kind=kind,
        kinds=kinds,
        persons=space.persons(mine),
        before={"first": a.first, "eligible": a.eligible, "see": a.see},
        after={"first": b.first, "eligible": b.eligible, "see": b.see},
        gained=gained,
        lost=lost,
        rules=tuple(dict.fromkeys(space.cards[i].id for i in one_sided)),
        witness={n: written(values) for n, values in space.described(widest).items()},
    )


def _in_force(law: Law, on: str) -> list[RuleCard]:
    """What decides on a day, bare of words and dates: two cards that decide alike are one."""
    return [
        replace(c, since=BEGINNING, until=FOREVER, says={}, confidence="", sources=())
        for c in law.rules
        if c.opens and c.in_force(on)
    ]


def _everyone(law: Law) -> int:
    space = Space(replace(law, rules=()))
    return space.persons(space.possible)


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
