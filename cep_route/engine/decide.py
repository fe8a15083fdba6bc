"""Who may serve a person, on one stretch of days: what rules say together as one diagram, and walks over it.

`parts` is the specification, points 3 and 4, for everybody at once: each part of an answer (this operator may serve, comes first) is a
diagram of 0 and 1, made from the boxes of the rules by union, intersection and difference. A `Table` walks the diagram of all parts
together, for persons described by classes of values. It never sees a name, a place or a language, and nothing else compares a
person with a rule.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from cep_route.engine.diagram import Diagrams
from cep_route.model.answer import Missing
from cep_route.model.law import Constraint, Fact, Outcome, RuleCard, Segment, Value, When

OUTSIDE, INSIDE = 1, 2  # leaves of the diagram of one box

Box = Mapping[str, Sequence[Value]]
Classes = dict[str, int]  # fact -> class of values
Part = tuple[str, ...]  # ("eligible", code), ("first", code), ("see", body), ("clash", code, code)


class Partition:
    """Values that no box tells apart are one class. `levels`: the facts some box names, in the order of the diagrams.

    `classes[fact][value]`, `members[fact][class]`, `accept[fact][class]`: the boxes, one bit each, that accept the class.
    """

    def __init__(self, facts: Mapping[str, Fact], boxes: Sequence[Box], order: Iterable[str] = ()) -> None:
        named = dict.fromkeys(name for box in boxes for name in box)
        asked = [name for name in order if name in named]
        self.levels = tuple(dict.fromkeys([*asked, *(name for name in facts if name in named)]))
        self.place = {name: level for level, name in enumerate(self.levels)}
        self.classes: dict[str, dict[Value, int]] = {}
        self.accept: dict[str, tuple[int, ...]] = {}
        self.members: dict[str, tuple[tuple[Value, ...], ...]] = {}
        for name in self.levels:
            signatures: dict[int, list[Value]] = {}
            held = [(1 << bit, frozenset(box[name])) for bit, box in enumerate(boxes) if name in box]
            free = (1 << len(boxes)) - 1 - sum(bit for bit, _ in held)
            for value in facts[name].domain:
                signatures.setdefault(free + sum(b for b, values in held if value in values), []).append(
                    value
                )
            self.accept[name] = tuple(signatures)
            self.members[name] = tuple(tuple(values) for values in signatures.values())
            self.classes[name] = {v: i for i, values in enumerate(signatures.values()) for v in values}
        self.diagrams = Diagrams([len(self.accept[name]) for name in self.levels])
        self.sizes = [[len(values) for values in self.members[name]] for name in self.levels]

    def possible(self, impossible: Iterable[Box]) -> int:
        """1 for everybody in none of some boxes, 0 for nobody."""
        broken = self.diagrams.merged(self.box(box) for box in impossible)
        return self.diagrams.without(self.diagrams.leaf(1), broken)

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
        return {self.place[name]: (i,) for name, i in known.items()}

    def named(self, path: Mapping[int, int]) -> Classes:
        """The other way: levels as facts."""
        return {self.levels[level]: i for level, i in path.items()}


def parts(
    diagrams: Diagrams, possible: int, rules: Sequence[tuple[RuleCard, int]], codes: Iterable[str]
) -> dict[Part, int]:
    """What rules in force say of every possible person, part by part. `rules`: each with the diagram of its box; `codes`: all answers.

    Eligible: opened and not barred. First: eligible, and no other eligible operator has a speaking rule that goes before one of
    its own. Clash: two firsts of which no rule says that they are joint. See: the bodies named by the rules of the eligible.
    """
    union, within, without = diagrams.merged, diagrams.within, diagrams.without
    eligible: dict[str, int] = {}
    for code in codes:
        opened = union(box for card, box in rules if card.opens == code)
        barred = union(box for card, box in rules if code in card.bars)
        eligible[code] = within(without(opened, barred), possible)
    before, joint = related(diagrams, rules, "before"), related(diagrams, rules, "joint")
    first = {}
    for code, root in eligible.items():
        preceded = [within(both, eligible[a]) for (a, b), both in before.items() if b == code]
        first[code] = without(root, union(preceded))
    found: dict[Part, int] = {("eligible", code): root for code, root in eligible.items()}
    found |= {("first", code): root for code, root in first.items()}
    for a, b in combinations(first, 2):
        declared = [joint[pair] for pair in ((a, b), (b, a)) if pair in joint]
        found["clash", a, b] = without(within(first[a], first[b]), union(declared))
    for body in dict.fromkeys(body for card, _ in rules for body in card.see):
        sent = [within(eligible[card.opens], box) for card, box in rules if card.opens and body in card.see]
        found["see", body] = union(sent)
    return {part: root for part, root in found.items() if root != diagrams.nobody}


def related(
    diagrams: Diagrams, rules: Sequence[tuple[RuleCard, int]], relation: str
) -> dict[tuple[str, str], int]:
    """(a, b) -> the persons of whom a rule that opens `a` speaks, and one that opens `b` to which it is so related."""
    by_id: dict[str, list[tuple[str | None, int]]] = {}
    for card, box in rules:
        by_id.setdefault(card.id, []).append((card.opens, box))
    found: dict[tuple[str, str], list[int]] = {}
    for card, box in rules:
        for word in getattr(card, relation):
            for opens, theirs in by_id.get(word, ()):
                if card.opens and opens and opens != card.opens:
                    found.setdefault((card.opens, opens), []).append(diagrams.within(box, theirs))
    return {pair: diagrams.merged(boxes) for pair, boxes in found.items()}


def answers(diagrams: Diagrams, possible: int, found: Mapping[Part, int]) -> int:
    """All parts as one diagram: bit 0 for everybody possible, then one bit for each part, in their order."""
    every = [possible, *found.values()]
    return diagrams.merged(
        diagrams.project(root, lambda _, bit=bit: 1 << bit)  # type: ignore[misc]
        for bit, root in enumerate(every)
    )


def outcome_of(leaf: int, order: Sequence[Part]) -> Outcome:
    """The outcome at a leaf of `answers`."""
    held = [part for bit, part in enumerate(order, 1) if leaf >> bit & 1]

    def told(kind: str) -> tuple[str, ...]:
        return tuple(part[1] for part in held if part[0] == kind)

    clash = tuple((part[1], part[2]) for part in held if part[0] == "clash")
    return Outcome(first=told("first"), eligible=told("eligible"), see=told("see"), clash=clash)


class Table:
    """The diagram of one segment, ready to be walked."""

    def __init__(self, segment: Segment, rules: Sequence[RuleCard]) -> None:
        self.segment = segment
        self.facts, self.accept, self.named = segment.facts, segment.accept, segment.named
        self.classes, self.members = segment.classes, segment.members
        self.place = {name: level for level, name in enumerate(segment.levels)}
        self.diagrams = Diagrams([len(segment.members[name]) for name in segment.levels])
        self.root = self.diagrams.read(segment.nodes)
        self.missing: dict[
            int, tuple[Missing, ...]
        ] = {}  # by restricted root: many persons come to the same one
        self._outcomes = segment.outcomes
        self._cards = tuple(rules[i] for i in segment.bits)
        self._walled = tuple(dict.fromkeys(name for _, names in segment.walls for name in names))
        self._implied: dict[frozenset[tuple[str, int]], Classes] = {}
        self._speaking: dict[frozenset[tuple[str, int]], tuple[int, int]] = {}
        self._rules: dict[int, int] = {}

    def known(self, facts: Mapping[str, Value]) -> Classes:
        """A person's facts as classes of values; facts no rule names are left out."""
        classes = self.classes
        return {name: classes[name][value] for name, value in facts.items() if name in classes}

    def outcomes(self, known: Mapping[str, int]) -> list[Outcome]:
        """Every outcome the known facts allow, once; none when nobody can be so."""
        place = self.place
        leaves = self.diagrams.walk(self.root, {place[name]: (i,) for name, i in known.items()})
        return [self._outcomes[leaf.bit_length() - 1] for leaf in sorted(leaves)]

    def possible(self, known: Mapping[str, int]) -> bool:
        """Can the unknown facts be chosen so that no constraint is broken?"""
        return self.diagrams.reaches(self.root, {self.place[name]: (i,) for name, i in known.items()})

    def restricted(self, known: Mapping[str, int]) -> int:
        """The diagram of those who are as known."""
        return self.diagrams.restrict(self.root, {self.place[name]: (i,) for name, i in known.items()})

    def reached(self, root: int) -> list[Outcome]:
        """The outcomes under a restricted root."""
        return [self._outcomes[leaf.bit_length() - 1] for leaf in sorted(self.diagrams.leaves(root))]

    def implied(self, known: Classes) -> Classes:
        """`known`, with each fact that can have one class of values only."""
        key = frozenset(known.items())
        found = self._implied.get(key)
        if found is None:
            choices = self.diagrams.choices(self.restricted(known))
            found = dict(known)
            for name in self._walled:
                left = choices.get(self.place[name], ())
                if name not in known and len(left) == 1:
                    found[name] = next(iter(left))
            self._implied[key] = found
        return found

    def kinds(self) -> Iterator[tuple[Classes, Outcome]]:
        """Every kind of person: a path of the diagram, as the classes it names, and the outcome it leads to."""
        for path, leaf in self.diagrams.paths(self.root):
            named = {self.segment.levels[level]: i for level, i in path.items()}
            yield named, self._outcomes[leaf.bit_length() - 1]

    def divides(self, root: int, name: str) -> list[list[Outcome]]:
        """For each person under a root, everything else told, the outcomes that the values of one fact give, when several."""
        apart = self.diagrams.leaves(self.diagrams.quantify(root, self.place[name]))
        return [[self._outcomes[i] for i in ones(group)] for group in apart if group & (group - 1)]

    # -- rules, for the reasons -------------------------------------------------------------------------------------------

    def speaking(self, known: Mapping[str, int]) -> tuple[int, int]:
        """The rules that speak of everybody who is as known, and those that speak of somebody."""
        key = frozenset(known.items())
        found = self._speaking.get(key)
        if found is None:
            sure = alive = self.alive(known) & self.segment.deciding
            for name, named in self.named.items():
                if name not in known:
                    sure &= ~named
            always = ever = sure
            at = {self.place[name]: (i,) for name, i in known.items()}
            for bit in ones(alive & ~sure):
                states = self.diagrams.walk(self.rule(bit), at)
                always |= (states == {INSIDE}) << bit
                ever |= (INSIDE in states) << bit
            found = self._speaking[key] = always, ever
        return found

    def rule(self, bit: int) -> int:
        """The possible persons, inside the box of a rule or outside."""
        if bit not in self._rules:
            inside = {
                level: tuple(i for i, mask in enumerate(self.accept[n]) if mask >> bit & 1)
                for n, level in self.place.items()
                if self.named[n] >> bit & 1
            }
            states = self.diagrams.box(inside, INSIDE, OUTSIDE)
            self._rules[bit] = self.diagrams.within(states, self.root)
        return self._rules[bit]

    def alive(self, known: Mapping[str, int]) -> int:
        """The boxes that no known fact leaves dead."""
        mask = -1
        for name, i in known.items():
            mask &= self.accept[name][i]
        return mask & ((1 << len(self.segment.bits) + len(self.segment.walls)) - 1)

    def violated(self, known: Mapping[str, int]) -> tuple[int, ...]:
        """Positions of the walls that the known facts alone run into."""
        alive = self.alive(known)
        walls = self.segment.walls
        return tuple(
            i for i, (bit, names) in enumerate(walls) if alive & bit and all(n in known for n in names)
        )

    def dead(self, bit: int, known: Mapping[str, int]) -> tuple[str, ...]:
        """The known facts that leave a rule dead."""
        return tuple(name for name, i in known.items() if not self.accept[name][i] >> bit & 1)

    def rules_of(self, mask: int) -> tuple[RuleCard, ...]:
        """The cards of the rules whose bits are set."""
        return tuple(self._cards[bit] for bit in ones(mask & self.segment.deciding))


class Boxes:
    """Boxes that decide nobody's operator (notes, publics, schemes) as diagrams: is a person inside, outside, or is it not known?"""

    def __init__(
        self, facts: Mapping[str, Fact], constraints: Sequence[Constraint], whens: Iterable[When]
    ) -> None:
        self._facts = facts
        self._walls = [box for card in constraints for box in card.boxes]
        self._whens = {_key(when): when for when in whens}
        boxes = [{n: facts[n].accepted(v) for n, v in when.items()} for when in self._whens.values()]
        self.cut = Partition(facts, [*boxes, *self._walls])
        self._possible = self.cut.possible(self._walls)
        self._roots: dict[Hashable, tuple[int, int]] = {}
        self._more: dict[Hashable, Boxes] = {}
        self._constraints = constraints

    def state(self, when: When, known: Mapping[str, Value]) -> tuple[bool | None, tuple[str, ...]]:
        """True, False, or None with the facts of the box that are still open. A box not cut with the others gets its own diagram."""
        key = _key(when)
        if key not in self._whens:
            if key not in self._more:
                self._more[key] = Boxes(self._facts, self._constraints, [when])
            return self._more[key].state(when, known)
        cut = self.cut
        at = {cut.place[n]: (cut.classes[n][v],) for n, v in known.items() if n in cut.place}
        bare, root = self.roots(when)
        found = cut.diagrams.walk(bare, at)  # without the constraints: most boxes are settled by what is told
        if len(found) > 1:
            found = cut.diagrams.walk(root, at)
        if len(found) < 2:
            return INSIDE in found, ()
        return None, tuple(name for name in when if self._open(name, when, root, at))

    def _open(self, name: str, when: When, root: int, at: Mapping[int, tuple[int, ...]]) -> bool:
        """May the person still have a value of the fact that the box refuses?"""
        cut, level = self.cut, self.cut.place[name]
        accepted = {cut.classes[name][v] for v in self._facts[name].accepted(when[name])}
        left = at.get(level) or range(len(cut.members[name]))
        return cut.diagrams.reaches(root, {**at, level: [i for i in left if i not in accepted]})

    def roots(self, when: When) -> tuple[int, int]:
        """The diagram of a box that was cut with the others, without the constraints and with them."""
        key, cut = _key(when), self.cut
        if key not in self._roots:
            box = {n: self._facts[n].accepted(values) for n, values in when.items()}
            bare = cut.diagrams.box(cut.classes_of(box), INSIDE, OUTSIDE)
            self._roots[key] = bare, cut.diagrams.within(bare, self._possible)
        return self._roots[key]


def ones(mask: int) -> Iterable[int]:
    """The places of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _key(when: When) -> Hashable:
    return tuple((name, tuple(values)) for name, values in when.items())
