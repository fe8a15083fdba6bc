"""Who may serve a person, on one stretch of days: what rules say together, and walks over the diagram of it.

`outcome` is the specification, points 3 and 4: rules that speak in, an answer out. It is asked once for each set of rules that speak
of anybody (`speaking`, one diagram), when a law is compiled. A `Table` walks the diagram of answers, for persons described by classes
of values. It never sees a name, a place or a language, and nothing else compares a person with a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from itertools import combinations
from operator import and_
from typing import TypeVar

from msgspec import Struct

from cep_route.engine.diagram import Diagrams, kept
from cep_route.model.answer import Decision
from cep_route.model.law import Fact, Law, Outcome, RuleCard, Segment, Value

Box = Mapping[str, Sequence[Value]]
Classes = dict[str, int]  # fact -> class of values
Key = TypeVar("Key", bound=Hashable)


class Held(Struct, frozen=True, kw_only=True):
    """What follows from the known ones of the facts that constraints name.

    `left`: fact -> the classes it may have, none when nobody is so; `implied`: those not known that may have one only; `always`: the
    boxes that accept all these classes.
    """

    left: dict[str, tuple[int, ...]]
    implied: dict[str, int]
    always: int

    @property
    def possible(self) -> bool:
        return all(self.left.values())


class Partition:
    """Everybody possible, told apart by some boxes: values that no box tells apart are one class.

    `members[fact][class]`: the values of a class, facts in the order of the diagrams (`levels`); `classes[fact][value]` the other way;
    `accept[fact][class]`: the boxes, one bit each, that accept the class. `possible`: 1 for everybody possible, 0 for nobody.
    """

    def __init__(
        self,
        members: Mapping[str, tuple[tuple[Value, ...], ...]],
        accept: Mapping[str, tuple[int, ...]],
        boxes: int,
    ) -> None:
        self.members, self.accept = members, accept
        self.boxes = (1 << boxes) - 1
        self.levels = tuple(members)
        self.place = {name: level for level, name in enumerate(self.levels)}
        self.classes = {n: {v: i for i, values in enumerate(of) for v in values} for n, of in members.items()}
        self.sizes = [[len(values) for values in of] for of in members.values()]
        self.diagrams = Diagrams([len(sizes) for sizes in self.sizes])
        self.possible = self.diagrams.leaf(1)

    @cached_property
    def walled(self) -> tuple[str, ...]:
        """The facts that the constraints name, in the order of the diagrams."""
        return tuple(self.levels[level] for level in self.diagrams.support(self.possible))

    @cached_property
    def named(self) -> dict[str, int]:
        """For each fact the boxes that refuse one of its classes."""
        return {n: self.boxes & ~reduce(and_, masks) for n, masks in self.accept.items()}

    @cached_property
    def _free(self) -> dict[str, int]:
        """The facts that no constraint names, each with the boxes that accept all its classes."""
        return {n: self.boxes & ~named for n, named in self.named.items() if n not in self.walled}

    def box(self, box: Box) -> int:
        """1 inside a box that was cut with the others, 0 outside; facts without a class tell nobody apart here."""
        return self.diagrams.box(self.classes_of(box))

    def classes_of(self, box: Box) -> dict[int, tuple[int, ...]]:
        """A box as levels and classes."""
        return {
            self.place[n]: tuple(sorted({self.classes[n][v] for v in values}))
            for n, values in box.items()
            if n in self.place
        }

    def known(self, facts: Mapping[str, Value]) -> Classes:
        """A person's facts as classes of values; facts no box names are left out."""
        classes = self.classes
        return {name: classes[name][value] for name, value in facts.items() if name in classes}

    def at(self, known: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
        """Classes as the diagrams take them."""
        place = self.place
        return {place[name]: (i,) for name, i in known.items()}

    def told(self, path: Mapping[int, int]) -> Classes:
        """The other way: levels as facts."""
        return {self.levels[level]: i for level, i in path.items()}

    # -- what follows from what is known --------------------------------------------------------------------------------

    def held(self, known: Mapping[str, int]) -> Held:
        """What follows from the known ones of the facts that constraints name."""
        return self._held(tuple([known.get(name) for name in self.walled]))

    @kept
    def _held(self, told: tuple[int | None, ...]) -> Held:
        known = {name: i for name, i in zip(self.walled, told, strict=True) if i is not None}
        root = self.diagrams.restrict(self.possible, self.at(known))
        left, always = dict[str, tuple[int, ...]](), self.boxes
        for name in self.walled:
            parts = enumerate(self.diagrams.by_value(root, self.place[name]))
            some = tuple([i for i, part in parts if part != self.diagrams.nobody])
            left[name] = (known[name],) if some and name in known else some
            always &= reduce(and_, [self.accept[name][i] for i in left[name]] or [0])
        implied = {n: of[0] for n, of in left.items() if n not in known and len(of) == 1}
        return Held(left=left, implied=implied, always=always)

    def surely(self, known: Mapping[str, int]) -> int:
        """The boxes that hold everybody as known: no fact has a possible class they refuse."""
        always = self.held(known).always
        for name, accept in self._free.items():
            always &= self.accept[name][known[name]] if name in known else accept
        return always

    @kept
    def inside(self, bit: int) -> int:
        """2 for the possible persons inside a box, 1 for those outside."""
        box = {
            self.place[n]: [i for i, mask in enumerate(masks) if mask >> bit & 1]
            for n, masks in self.accept.items()
            if self.named[n] >> bit & 1
        }
        return self.diagrams.within(self.diagrams.box(box, 2, 1), self.possible)

    def met(self, bit: int, known: Mapping[str, int]) -> frozenset[int]:
        """The leaves of `inside` for those who are as known."""
        return self.diagrams.walk(self.inside(bit), self.at(known))

    def open(self, name: str, bit: int, known: Mapping[str, int]) -> bool:
        """May somebody as known have a value of a fact that a box refuses?"""
        if name in known or name not in self.accept:
            return False
        of = self.held(known).left.get(name, range(len(self.accept[name])))
        return any(not self.accept[name][i] >> bit & 1 for i in of)


def cut(
    facts: Mapping[str, Fact], boxes: Sequence[Box], impossible: Sequence[Box] = (), order: Iterable[str] = ()
) -> Partition:
    """The partition of some boxes, which have the bits, and of the boxes of what cannot be."""
    every = [*boxes, *impossible]
    named = dict.fromkeys(name for box in every for name in box)
    members: dict[str, tuple[tuple[Value, ...], ...]] = {}
    accept: dict[str, tuple[int, ...]] = {}
    for name in (n for n in dict.fromkeys([*order, *facts]) if n in named):
        signatures: dict[int, list[Value]] = {}
        held = [(1 << bit, frozenset(box[name])) for bit, box in enumerate(every) if name in box]
        free = (1 << len(every)) - 1 - sum(bit for bit, _ in held)
        for value in facts[name].domain:
            signatures.setdefault(free + sum(b for b, values in held if value in values), []).append(value)
        accept[name] = tuple(mask & (1 << len(boxes)) - 1 for mask in signatures)
        members[name] = tuple(tuple(values) for values in signatures.values())
    found = Partition(members, accept, len(boxes))
    found.possible = found.diagrams.split([], [found.classes_of(box) for box in impossible])
    return found


def outcome(cards: Sequence[RuleCard], codes: Iterable[str], bodies: Iterable[str]) -> Outcome:
    """What rules that speak of one person say together. `codes`, `bodies`: all there are, in the order in which they are told.

    Eligible: opened and not barred. First: eligible, and no rule of another eligible operator goes before one of its own. Clash: two
    firsts of which no rule says that they are joint. See: the bodies named by the rules of the eligible.
    """
    opened, barred = {card.opens for card in cards}, {code for card in cards for code in card.bars}
    eligible = tuple([code for code in codes if code in opened and code not in barred])
    before, joint = related(cards, "before"), related(cards, "joint")
    first = tuple([code for code in eligible if not any((other, code) in before for other in eligible)])
    apart = [pair for pair in combinations(first, 2) if pair not in joint and pair[::-1] not in joint]
    named = {body for card in cards if card.opens in eligible for body in card.see}
    see = tuple([body for body in bodies if body in named])
    return Outcome(first=first, eligible=eligible, see=see, clash=tuple(apart))


def related(cards: Sequence[RuleCard], relation: str) -> set[tuple[str, str]]:
    """(a, b): a rule that opens `a` is so related to one that opens `b`."""
    found = set()
    for card in cards:
        words: tuple[str, ...] = getattr(card, relation)
        for other in cards if words else ():
            if other.id in words and card.opens and other.opens and other.opens != card.opens:
                found.add((card.opens, other.opens))
    return found


class Table(Partition):
    """The diagram of one segment, ready to be walked; the bits are those of its rules. Kept here, for many persons:

    `cores`, what hangs on a restricted root alone, and `taken`, what is presumed (`presumed`).
    """

    def __init__(self, segment: Segment, rules: Sequence[RuleCard]) -> None:
        super().__init__(segment.members, segment.accept, len(segment.bits))
        self.segment, self.facts = segment, segment.facts
        self.root = self.diagrams.read(segment.nodes)
        self.possible = self.diagrams.read(segment.possible)
        self.cores: dict[int, Decision] = {}
        self.taken: dict[Hashable, dict[str, str]] = {}
        self._outcomes = segment.outcomes
        self.cards = tuple(rules[i] for i in segment.bits)

    def outcomes(self, known: Mapping[str, int]) -> list[Outcome]:
        """Every outcome the known facts allow, once; none when nobody can be so."""
        return self._at(self.diagrams.walk(self.root, self.at(known)))

    def restricted(self, known: Mapping[str, int]) -> int:
        """The diagram of those who are as known."""
        return self.diagrams.restrict(self.root, self.at(known))

    def reached(self, root: int) -> list[Outcome]:
        """The outcomes under a restricted root."""
        return self._at(self.diagrams.leaves(root))

    def _at(self, leaves: Iterable[int]) -> list[Outcome]:
        return [self._outcomes[leaf.bit_length() - 1] for leaf in sorted(leaves)]

    def apart(self, key: Callable[[Outcome], Key]) -> tuple[int, list[Key]]:
        """The diagram of outcomes as a key tells them apart, one bit of its leaves each; and the keys, in the order of the bits."""
        found: dict[Key, int] = {}

        def bit(leaf: int) -> int:
            return 1 << found.setdefault(key(self._outcomes[leaf.bit_length() - 1]), len(found))

        return self.diagrams.project(self.root, bit), list(found)

    @cached_property
    def _who_first(self) -> tuple[int, list[tuple[str, ...]]]:
        """Who comes first alone: far smaller than the diagram of outcomes."""
        return self.apart(lambda outcome: outcome.first)

    def moved(self, known: Classes, told: Sequence[str]) -> Iterator[tuple[Classes, list[tuple[str, ...]]]]:
        """The told facts that, moved alone or two together, lead to somebody else than whoever comes first for all who are as known,
        and who may come first then: one fact before two, then in the order of `told`. Three moved are another person, not advice.
        """
        root, firsts = self._who_first
        rank = {self.place[name]: n for n, name in enumerate(told)}
        near = self.diagrams.nearest(root, {self.place[n]: i for n, i in known.items()}, rank, 2)
        least = [move for move in near if not any(other < move for other in near)]
        ranked = [sorted((rank[level], level, i) for level, i in move) for move in least]
        for move in sorted(ranked, key=lambda m: (len(m), [n for n, _, _ in m], [i for _, _, i in m])):
            moved = {level: i for _, level, i in move}
            leaves = self.diagrams.walk(root, self.at(known) | {level: (i,) for level, i in moved.items()})
            yield self.told(moved), [firsts[leaf.bit_length() - 1] for leaf in leaves]

    def split(self, root: int, name: str) -> Iterator[tuple[tuple[Value, ...], list[Outcome]]]:
        """The classes of a fact that somebody under a root may have, and the outcomes with each."""
        for members, part in zip(
            self.members[name], self.diagrams.by_value(root, self.place[name]), strict=True
        ):
            if part != self.diagrams.nobody:
                yield members, self.reached(part)

    def kinds(self) -> Iterator[tuple[Classes, Outcome]]:
        """Every kind of person: a path of the diagram, as the classes it names, and the outcome it leads to."""
        for path, leaf in self.diagrams.paths(self.root):
            yield self.told(path), self._outcomes[leaf.bit_length() - 1]

    def divides(self, root: int, name: str) -> list[list[Outcome]]:
        """For each person under a root, everything else told, the outcomes that the values of one fact give, when several."""
        apart = self.diagrams.leaves(self.diagrams.quantify(root, self.place[name]))
        return [[self._outcomes[i] for i in ones(group)] for group in apart if group & (group - 1)]

    # -- rules, for the reasons -------------------------------------------------------------------------------------------

    def some(self, mask: int, known: Mapping[str, int]) -> int:
        """Of some rules those that speak of somebody who is as known."""
        return sum(1 << bit for bit in ones(mask) if 2 in self.met(bit, known))

    def rules_of(self, mask: int) -> tuple[RuleCard, ...]:
        """The cards of the rules whose bits are set."""
        return tuple(self.cards[bit] for bit in ones(mask))


# -- facts taken as told -----------------------------------------------------------------------------------------------------
# An unknown fact is not "no". A presumption is written in `facts.toml` with its sentence, for situations so rare that asking everyone
# would leave everyone undecided; whatever is told wins, and the answer says the presumption where it matters.


def of_commune(law: Law, commune: str | None) -> dict[str, str]:
    """The facts that an INSEE code tells (`98818` -> a collectivity with a labour law of its own); none when it is not known."""
    found: dict[str, str] = {}
    for name, fact in law.facts.items() if commune else ():
        for value, codes in fact.places.items():
            # the code of a commune begins with that of its departement or collectivity
            if any(str(commune).startswith(code.partition(":")[2]) for code in codes):
                found[name] = value
    return found


def presumed(law: Law, table: Table, facts: Mapping[str, Value], *, asking: bool = False) -> dict[str, str]:
    """The facts nobody told that are taken as told; `asking`: without those an interview asks."""
    known = table.known(facts)
    told = [facts.get(n) for card in law.presumptions for n in (card.fact, *card.when)]
    key = (asking, tuple(told), tuple([known.get(n) for n in table.walled]))
    found = table.taken.get(key)
    if found is None:
        found = table.taken[key] = {}
        for card in law.presumptions:
            if card.fact in facts or card.fact not in table.classes or (asking and card.ask):
                continue
            if all(facts.get(n) in values for n, values in card.when.items()):
                more = known | {card.fact: table.classes[card.fact][card.value]}
                if table.held(more).possible:  # else what is told already says otherwise
                    found[card.fact] = card.value
                    known = more
    return found


def ones(mask: int) -> Iterable[int]:
    """The places of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
