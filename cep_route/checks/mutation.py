"""Mutants of the rules, the cases that notice them, what cases cover, and the smallest suite found that notices all. Pure: no file, no print.

A mutant is one small change of one rule. It is *equivalent* when no possible person on any day has another answer, which is proved by
comparing two diagrams over one partition of values. A case kills a mutant when it fails under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import pairwise
from operator import or_

from msgspec import Struct
from msgspec.structs import replace

from cep_route.checks.cases import Case, unmet
from cep_route.engine.compare import Edit, Space
from cep_route.engine.decide import Classes, ones
from cep_route.model.law import (
    BEGINNING,
    FOREVER,
    YEARS,
    Law,
    Outcome,
    RuleCard,
    Value,
    day_before,
    next_day,
    spread,
    written,
)
from cep_route.model.profile import facts_on

SAMPLES = 3  # stretches of days on which a person whom a mutant changes is looked for


class Mutant(Struct, frozen=True, kw_only=True):
    """One change: `operator` names its kind, `name` says it whole; `cards`: the rules that become others (None: dropped), by their place."""

    name: str
    operator: str
    cards: dict[int, RuleCard | None]


class Score(Struct, frozen=True, kw_only=True):
    """`killed` of `alive` mutants that change someone's answer; `equivalent` change nobody's. `by_operator`: kind -> (killed, alive).

    `survivors`: mutants no case noticed, each with a case to add that does.
    """

    mutants: int
    equivalent: tuple[str, ...]
    alive: int
    killed: int
    by_operator: dict[str, tuple[int, int]]
    survivors: tuple[tuple[Mutant, Case], ...]


# -- mutants --------------------------------------------------------------------------------------------------------------


def mutants(law: Law) -> Iterator[Mutant]:
    """Every mutant of every rule that decides, in the order of the rules."""
    for index, card in enumerate(law.rules):
        for operator, what, cards in _changes(law, index, card) if card.opens else ():
            yield Mutant(name=f"{_version(card)}: {what}", operator=operator, cards=cards)


def _changes(law: Law, index: int, card: RuleCard) -> Iterator[tuple[str, str, dict[int, RuleCard | None]]]:
    """The changes of one rule: kind, words, and the rules changed."""
    yield "rule dropped", "dropped", {index: None}
    for name, values in card.when.items():
        for operator, what, less in _values(law, name, values):
            when = {n: v for n, v in card.when.items() if n != name} | ({name: less} if less else {})
            yield operator, f"{name} {what}", {index: replace(card, when=when)}
    for code in law.operators:
        if code != card.opens and any(c.opens == code for c in law.rules):
            yield "operator changed", f"opens {code}", {index: replace(card, opens=code)}
    for key in ("before", "joint", "bars", "see"):
        for word in getattr(card, key):
            less = tuple(w for w in getattr(card, key) if w != word)
            changed = replace(card, **{key: less})
            yield f"{key} dropped", f"{key} without {word}", {index: changed}
            if key == "before":
                others = {i: c for i, c in enumerate(law.rules) if c.id == word}
                swapped = {i: replace(c, before=(*c.before, card.id)) for i, c in others.items()}
                yield "before swapped", f"after {word}", {**swapped, index: changed}
    for key in ("since", "until"):
        if BEGINNING < getattr(card, key) < FOREVER:
            for day in (day_before(getattr(card, key)), next_day(getattr(card, key))):
                yield "date ±1 day", f"{key} {day}", {index: replace(card, **{key: day})}


def _values(law: Law, name: str, values: Sequence[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The condition dropped (no values), negated, one value less, a bound of years one more or one less."""
    yield "condition dropped", "dropped", ()
    years = law.facts[name].kind == "years"
    mine = spread(values) if years else values
    rest = tuple(v for v in law.facts[name].domain if v not in mine)
    if rest:
        yield "condition negated", "negated", written(rest)
    for value in values if len(values) > 1 and not years else ():
        yield "value dropped", f"without {value}", tuple(v for v in values if v != value)
    for i, run in enumerate(values if years else ()):
        low, _, high = run.partition("..")
        a, b = int(low), int(high or low)
        bounds = [(a - 1, b), (a + 1, b)] if a > YEARS[0] else []
        bounds += [(a, b - 1), (a, b + 1)] if b < YEARS[-1] else []  # `16..120` has no upper bound
        for c, d in bounds:
            if c <= d:
                yield "bound ±1", f"{c}..{d}", (*values[:i], f"{c}..{d}", *values[i + 1 :])


# -- who notices ----------------------------------------------------------------------------------------------------------


class Mutation:
    """The mutants of a law with everyone whose answer each changes: built once, asked by every suite of cases."""

    def __init__(self, law: Law) -> None:
        self.law = law
        every = list(mutants(law))
        self.space = Space(law, [card for m in every for card in m.cards.values() if card])
        self.equivalent: list[Mutant] = []
        self.alive: list[Mutant] = []
        self._numbered = cache(self.space.numbered)
        self._edits: list[Edit] = []  # of the mutants alive
        for mutant in every:
            edit = self.space.edit(mutant.cards)
            if next(self.space.moved(edit), None) is None:
                self.equivalent.append(mutant)
            else:
                self.alive.append(mutant)
                self._edits.append(edit)
        # level -> class -> the edits, as bits, that may concern somebody of the class
        self._meeting = [[0] * size for size in self.space.diagrams.sizes]
        for position, edit in enumerate(self._edits):
            for box, _ in edit.regions:
                for level, edits in enumerate(self._meeting):
                    for i in box.get(level, range(len(edits))):
                        edits[i] |= 1 << position

    def score(self, cases: Sequence[Case]) -> Score:
        """How many mutants the cases notice; each survivor with a case that would."""
        noticed = 0
        for case in cases:
            noticed |= self.kills(case)
        left = [i for i in range(len(self.alive)) if not noticed >> i & 1]
        by_operator: dict[str, tuple[int, int]] = {}
        for i, mutant in enumerate(self.alive):
            killed, alive = by_operator.get(mutant.operator, (0, 0))
            by_operator[mutant.operator] = (killed + (noticed >> i & 1), alive + 1)
        return Score(
            mutants=len(self.alive) + len(self.equivalent),
            equivalent=tuple(m.name for m in self.equivalent),
            alive=len(self.alive),
            killed=len(self.alive) - len(left),
            by_operator=by_operator,
            survivors=tuple((self.alive[i], self.case(*next(self._samples(i)))) for i in left),
        )

    def kills(self, case: Case) -> int:
        """The mutants under which the case fails, as bits. A case on an undecided person counts for none: a lower bound."""
        at = self.space.cut.at(self.space.cut.known(facts_on(case.profile(), case.on)))
        now = set(self.space.outcomes(case.on, at))
        if case.undecided or not now:
            return 0
        among = self.space.among({**self.space.day(case.on), **at})
        near = -1
        for level, ids in among[0].items():
            near &= reduce(or_, (self._meeting[level][i] for i in ids), 0)
        killed, broken = 0, dict[Outcome, bool]()
        for position in ones(near):
            for told in self.space.moved(self._edits[position], among):
                if told not in broken:
                    keys = [key for key, _, _ in unmet(case, [told])]
                    broken[told] = any(key != "must_not" or len(now) == 1 for key in keys)
                killed |= broken[told] << position
        return killed

    # -- cases ----------------------------------------------------------------------------------------------------------

    def _samples(self, position: int) -> Iterator[tuple[Classes, str]]:
        """A few persons whom a mutant changes: on each stretch of days one of an age near 40."""
        met: set[str] = set()
        for start in self.space.starts:
            stretch = self.law.segment(start).since
            some = None if stretch in met else self._someone(self._edits[position], start)
            if some:
                met.add(stretch)
                yield some
            if len(met) == SAMPLES:
                return

    def _someone(self, edit: Edit, on: str) -> tuple[Classes, str] | None:
        """A person whose answer an edit changes on a day, of an age as near to 40 as there is one."""
        members = self.space.cut.members.get("age", ())
        for age in sorted(range(len(members)), key=lambda i: abs(int(_usual(members[i])) - 40)):
            known = self.space.day(on) | self.space.cut.at({"age": age})
            path = self.space.someone(edit, known)
            if path is not None:
                return path, on if on > BEGINNING else day_before(self.space.starts[1])
        return None

    def case(self, known: Classes, on: str) -> Case:
        """One of the persons, with only the facts that matter for the answer of the law, and that answer."""
        space = self.space
        at = {space.cut.place[n]: i for n, i in known.items()}
        root, shown = self._numbered(space.start(on))
        if len(space.outcomes(on, space.cut.at(known))) > 1:
            # the change speaks of a fact that the law leaves aside: what it names is not all that matters
            at |= space.diagrams.shortest(space.diagrams.restrict(root, space.cut.at(known)), bool) or {}
        wide = space.diagrams.widest(root, at)
        (number,) = space.diagrams.walk(root, {level: (i,) for level, i in wide.items()})
        outcome = shown[number - 1]
        described = space.described(space.cut.told(wide))
        facts = {n: _usual(values) for n, values in described.items()}
        words = [str(v) if n == "status" else f"{n}-{v}" for n, v in facts.items()]
        # for a jurist to review: the person, the reason and the law in the words of the rules
        always, _ = space.rules_of(on, space.cut.at(space.cut.known(facts)))
        in_force = [card for card in self.law.rules if card.opens and card.in_force(on)]
        cards = [self.law.rules[i] for i in ones(always)] or in_force
        sources = dict.fromkeys(self.law.source(source) for card in cards for source in card.sources)
        grades = [card.confidence for card in cards] or ["likely"]
        return Case(
            id="-".join([*words, on]).replace("_", "-"),
            on=on,
            facts=facts,
            first=outcome.first,
            eligible=outcome.eligible,
            see=outcome.see,
            exact=True,
            says=", ".join(self._label(n, v) for n, v in facts.items()),
            why=" ".join(dict.fromkeys(card.says["fr"] for card in cards)),
            source=" ; ".join(dict.fromkeys(s.article or s.text.partition(" : ")[0] for s in sources)),
            confidence=max(grades, key=("sure", "likely", "unsure").index),
        )

    def _label(self, name: str, value: Value) -> str:
        fact = self.law.facts[name]
        if fact.kind == "years":
            return f"{value} ans" if int(value) > 1 else f"{value} an"
        word = fact.labels[str(value)]["fr"]
        return word if name == "status" else f"{fact.label['fr']} : {word}"

    def suite(self, given: Sequence[Case] = ()) -> list[Case]:
        """The smallest suite found that, with the given cases, notices every mutant: greedy cover, then cases no longer needed leave."""
        left = (1 << len(self.alive)) - 1
        for case in given:
            left &= ~self.kills(case)
        kills: dict[str, tuple[Case, int]] = {}
        seen: set[str] = set()
        for position in ones(left):
            for known, on in self._samples(position):
                key = f"{on} {sorted(known.items())}"
                if key not in seen:
                    seen.add(key)
                    case = self.case(known, on)
                    if case.id not in kills:
                        kills[case.id] = (case, self.kills(case))
        return sorted(_cover(list(kills.values()), left), key=lambda c: (c.on, c.id))


def _usual(values: Sequence[Value]) -> Value:
    """A value a reader expects: of many years the one nearest to 40, so that a bound shows at its edge; else the first."""
    years = [v for v in values if isinstance(v, int)]
    return min(years, key=lambda v: abs(v - 40)) if years else values[0]


def _cover(pool: list[tuple[Case, int]], left: int) -> list[Case]:
    """Greedy set cover, then every case that the others make needless leaves, those that notice least first."""
    chosen: list[tuple[Case, int]] = []
    missed = left
    while missed:
        best = max(pool, key=lambda pair: ((pair[1] & missed).bit_count(), -len(pair[0].facts), pair[0].id))
        if not best[1] & missed:
            break  # the case of a mutant may be undecided
        chosen.append(best)
        missed &= ~best[1]
    for pair in sorted(chosen, key=lambda pair: (pair[1] & left).bit_count()):
        once = twice = 0
        for _, kills in chosen:
            once, twice = once | kills, twice | once & kills
        if not pair[1] & left & ~twice:
            chosen.remove(pair)
    return [case for case, _ in chosen]


# -- what cases cover -----------------------------------------------------------------------------------------------------


class Coverage(Struct, frozen=True, kw_only=True):
    """Exact integers, (covered, all): kinds of person, deciding rules, sides of boundaries, facts left unknown where they matter."""

    kinds: tuple[int, int]
    rules: tuple[int, int]
    boundaries: tuple[int, int]
    unknowns: tuple[int, int]
    missed: tuple[str, ...]


def coverage(law: Law, cases: Iterable[Case]) -> Coverage:
    """What the cases touch. A kind (a path of the diagram of a stretch of days) is touched by a case that may be one of its persons;

    a boundary has two sides, each its own; an unknown counts when a case says that it is asked (`missing`).
    """
    space = Space(law)
    touched: dict[str, list[int]] = {segment.since: [] for segment in law.segments}
    rules, seen, unknowns = set[str](), set[str](), set[str]()
    for case in cases:
        facts = facts_on(case.profile(), case.on)
        known = space.cut.at(space.cut.known(facts))
        touched[law.segment(case.on).since].append(space.diagrams.box(known))
        _, touching = space.rules_of(case.on, known)
        rules |= {_version(space.cards[i]) for i in ones(touching)}
        seen |= {f"{n} {v}" for n, v in facts.items() if law.facts[n].kind == "years"} | {f"day {case.on}"}
        unknowns |= set(case.missing)
    kinds = [
        _kinds(space, space.numbered(since)[0], space.diagrams.union(*boxes))
        for since, boxes in touched.items()
    ]
    every = {
        "rules": {_version(c) for c in law.rules if c.opens},
        "boundaries": {f"{name} {value}" for name, value in _sides(law)},
        "unknowns": {n for card in law.rules if card.opens for n in card.when} - _always_presumed(law),
    }
    met = {"rules": rules, "boundaries": seen, "unknowns": unknowns}
    return Coverage(
        kinds=(sum(some for some, _ in kinds), sum(whole for _, whole in kinds)),
        missed=tuple(word for key, words in every.items() for word in sorted(words - met[key])),
        **{key: (len(words & met[key]), len(words)) for key, words in every.items()},
    )


def _kinds(space: Space, root: int, region: int) -> tuple[int, int]:
    """The paths of a diagram that a region meets, and all of them."""
    met = every = 0
    for path, _ in space.diagrams.paths(root):
        every += 1
        met += bool(space.diagrams.walk(region, {level: (i,) for level, i in path.items()}))
    return met, every


def _version(card: RuleCard) -> str:
    return f"{card.id}@{card.since}"


def _sides(law: Law) -> Iterator[tuple[str, str]]:
    """Both sides of every cut of years, and of every day on which rules change."""
    for segment in law.segments:
        for name, classes in segment.classes.items():
            if law.facts[name].kind == "years":
                for low, high in pairwise(YEARS):
                    if classes[low] != classes[high]:
                        yield name, str(low)
                        yield name, str(high)
        if segment.since > BEGINNING:
            yield "day", day_before(segment.since)
            yield "day", segment.since


def _always_presumed(law: Law) -> frozenset[str]:
    """The facts taken as told of everybody until someone tells otherwise: a route never lists them as missing."""
    return frozenset(card.fact for card in law.presumptions if not card.when)
