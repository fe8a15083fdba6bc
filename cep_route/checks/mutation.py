"""Mutants of the rules, the cases that notice them, what cases cover, and the smallest suite found that notices all. Pure: no file, no print.

A mutant is one small change of one rule. It is *equivalent* when no possible person on any day has another answer, which is proved by
looking at every person the change speaks of. A case kills a mutant when it fails under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from cep_route.checks import witness
from cep_route.checks.cases import Case, unmet
from cep_route.engine.compare import Changed, Edits, answer
from cep_route.engine.decide import Outcome
from cep_route.engine.route import facts_on
from cep_route.engine.space import Space, domain, written
from cep_route.engine.space import spaces as everyone
from cep_route.model.answer import values_of
from cep_route.model.law import BEGINNING, FOREVER, YEARS, Law, RuleCard, day_before, next_day, spread

Card = RuleCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: `operator` names its kind, `name` says it whole. `card` is the changed rule (None: dropped); `others`: rules changed with it."""

    name: str
    operator: str
    index: int
    card: RuleCard | None
    others: dict[int, RuleCard]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant no case noticed, with a case to add that does."""

    mutant: Mutant
    case: Case
    block: str
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`killed` of `alive` mutants that change someone's answer; `equivalent` change nobody's. `by_operator`: kind -> (killed, alive)."""

    mutants: int
    equivalent: tuple[str, ...]
    alive: int
    killed: int
    by_operator: dict[str, tuple[int, int]]
    survivors: tuple[Survivor, ...]


# -- mutants --------------------------------------------------------------------------------------------------------------


def mutants(law: Law) -> Iterator[Mutant]:
    """Every mutant of every rule that decides, in the order of the rules."""
    for index, card in enumerate(law.rules):
        if card.opens:
            for operator, what, changed, others in _changes(law, index, card):
                version = f"{card.id}@{card.since}"
                yield Mutant(
                    name=f"{version}: {what}",
                    operator=operator,
                    index=index,
                    card=changed,
                    others=others,
                )


def _changes(law: Law, index: int, card: Card) -> Iterator[tuple[str, str, Card | None, dict[int, RuleCard]]]:
    yield "rule dropped", "dropped", None, {}
    for name, values in card.when.items():
        for operator, what, less in _values(law, name, values):
            when = {n: v for n, v in card.when.items() if n != name} | ({name: less} if less else {})
            yield operator, f"{name} {what}", replace(card, when=when), {}
    for code in law.operators:
        if code != card.opens and any(c.opens == code for c in law.rules):
            yield "operator changed", f"opens {code}", replace(card, opens=code), {}
    for key in ("before", "joint", "bars", "see"):
        for word in getattr(card, key):
            less = tuple(w for w in getattr(card, key) if w != word)
            yield f"{key} dropped", f"{key} without {word}", _with(card, key, less), {}
    yield from _swapped(law, index, card)
    yield from _moved(card)


def _with(card: RuleCard, key: str, value: str | tuple[str, ...]) -> RuleCard:
    return RuleCard(**(values_of(card) | {key: value}))


def _values(law: Law, name: str, values: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The condition dropped (no values), negated, one value less, a bound of years one more or one less."""
    yield "condition dropped", "dropped", ()
    years = law.facts[name].kind == "years"
    mine = spread(values) if years else values
    rest = tuple(v for v in domain(law.facts[name]) if v not in mine)
    if rest:
        yield "condition negated", "negated", written(rest)
    if not years:
        for value in values if len(values) > 1 else ():
            yield "value dropped", f"without {value}", tuple(v for v in values if v != value)
        return
    for i, run in enumerate(values):
        low, _, high = run.partition("..")
        a, b = int(low), int(high or low)
        for c, d in ((a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1)):
            open_end = (c != a and a == YEARS[0]) or (
                d != b and b == YEARS[-1]
            )  # `16..120` has no upper bound
            if c <= d and not open_end:
                yield "bound ±1", f"{c}..{d}", (*values[:i], f"{c}..{d}", *values[i + 1 :])


def _swapped(law: Law, index: int, card: Card) -> Iterator[tuple[str, str, Card, dict[int, RuleCard]]]:
    for word in card.before:
        less = replace(card, before=tuple(w for w in card.before if w != word))
        others = {i: replace(c, before=(*c.before, card.id)) for i, c in enumerate(law.rules) if c.id == word}
        yield "before swapped", f"after {word}", less, {**others, index: less}


def _moved(card: Card) -> Iterator[tuple[str, str, Card, dict[int, RuleCard]]]:
    for key in ("since", "until"):
        if BEGINNING < getattr(card, key) < FOREVER:
            for day in (day_before(getattr(card, key)), next_day(getattr(card, key))):
                yield "date ±1 day", f"{key} {day}", _with(card, key, day), {}


# -- who notices ----------------------------------------------------------------------------------------------------------


class Mutation:
    """The mutants of a law with everyone whose answer each changes: built once, asked by every suite of cases."""

    def __init__(self, law: Law) -> None:
        self.law = law
        edits = Edits(law)
        self.spaces = edits.spaces
        self.equivalent: list[Mutant] = []
        self.alive: list[Mutant] = []
        self._changed: list[tuple[int, Changed]] = []  # (position in alive, persons changed)
        for mutant in mutants(law):
            found = (
                edits.reordered(mutant.others) if mutant.others else edits.changed(mutant.index, mutant.card)
            )
            changed = list(found)
            if changed:
                self._changed += [(len(self.alive), c) for c in changed]
                self.alive.append(mutant)
            else:
                self.equivalent.append(mutant)
        self._days = {(c.since, c.until) for _, c in self._changed}
        self._values = [c.facts() for _, c in self._changed]
        self._index: dict[Any, int] = {}

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
            survivors=tuple(self._survivor(i) for i in left),
        )

    def kills(self, case: Case) -> int:
        """The mutants under which the case fails, as bits. A case on an undecided person counts for none: a lower bound."""
        facts = facts_on(case.profile(), case.on)
        compatible = self._compatible(facts, case.on)
        space = self._space(case.on)
        known = space.known(facts)
        if case.undecided or not compatible or not space.possible(known):
            return 0
        single = len({answer(o) for o in space.table.outcomes(known)}) == 1
        killed = 0
        for at in _ones(compatible):
            position, changed = self._changed[at]
            if killed >> position & 1 or not _meets(changed, facts):
                continue
            broken = [key for key, _, _ in unmet(case, [changed.new])]
            if any(key != "must_not" or single for key in broken):
                killed |= 1 << position
        return killed

    def _compatible(self, facts: Mapping[str, Any], on: str) -> int:
        mask = self._bits(("", on), lambda at: self._changed[at][1].since <= on <= self._changed[at][1].until)
        for name, value in facts.items():
            if not mask:
                break
            mask &= self._bits((name, value), partial(self._allows, name, value))
        return mask

    def _allows(self, name: str, value: Any, at: int) -> bool:
        return name not in self._values[at] or value in self._values[at][name]

    def _bits(self, key: Any, test: Callable[[int], bool]) -> int:
        found = self._index.get(key)
        if found is None:
            bits = bytes(49 if test(at) else 48 for at in reversed(range(len(self._changed))))
            found = self._index[key] = int(bits or b"0", 2)
        return found

    def _space(self, on: str) -> Space:
        return next(s for s in reversed(self.spaces) if s.segment.since <= on)

    def _survivor(self, position: int) -> Survivor:
        changed = next(c for i, c in self._changed if i == position)
        case = self.case(changed)
        person = {n: str(v) for n, v in case.facts.items()}
        outcome = self.expected(case)
        return Survivor(
            mutant=self.alive[position],
            case=case,
            block=witness.case_block(case.id, case.on, person, outcome, self.words(case)),
            route=witness.route_line(person, case.on),
        )

    # -- cases ----------------------------------------------------------------------------------------------------------

    def case(self, changed: Changed) -> Case:
        """One of the changed persons, with only the facts that matter for the answer, and that answer."""
        on = changed.since if changed.since > "1900" else changed.until
        space = self._space(on)
        facts = {
            n: _usual(values)
            for n, values in changed.facts().items()
            if n in changed.known or n in changed.box
        }
        known = space.known(facts)
        now = [answer(o) for o in space.table.outcomes(known)]
        if len(set(now)) > 1:
            # the change speaks of a fact that the law leaves aside: its own box is not all that matters
            known, standing = next(iter(space.table.people(known)))
            facts |= {n: _usual(v) for n, v in space.described(known).items() if n not in facts}
            now = [answer(space.table.outcome(standing))]
        wide = space.widen(known, lambda standing: answer(space.table.outcome(standing)) == now[0])
        facts = {n: facts[n] for n in self.law.facts if n in wide}
        outcome = space.table.outcomes(wide)[0]
        answered = {"first": outcome.first, "eligible": outcome.eligible, "see": outcome.see, "exact": True}
        bare = Case(id=_name(facts, on), on=on, facts=facts)
        return Case(**{**values_of(bare), **answered, **self.words(bare)})

    def expected(self, case: Case) -> Outcome:
        """The answer of the law for the case."""
        space = self._space(case.on)
        return space.table.outcomes(space.known(facts_on(case.profile(), case.on)))[0]

    def words(self, case: Case) -> dict[str, str]:
        """The person, the reason and the law in the words of the rules, for a jurist to review."""
        space = self._space(case.on)
        outcomes = space.table.outcomes(space.known(facts_on(case.profile(), case.on)))
        everyone, anyone = -1, 0
        for outcome in outcomes:
            everyone, anyone = everyone & outcome.standing, anyone | outcome.standing
        cards = space.table.rules_of(everyone & space.table.decisive) or space.table.rules_of(anyone)
        sources = dict.fromkeys(self._source(s) for card in cards for s in card.sources)
        grades = [card.confidence for card in cards] or ["likely"]
        return {
            "says": ", ".join(self._label(n, v) for n, v in case.facts.items()),
            "why": " ".join(dict.fromkeys(card.says["fr"] for card in cards)),
            "source": " ; ".join(sources),
            "confidence": max(grades, key=("sure", "likely", "unsure").index),
        }

    def _source(self, source: str) -> str:
        card = self.law.source(source)
        return card.article or card.text

    def _label(self, name: str, value: Any) -> str:
        fact = self.law.facts[name]
        if fact.kind == "years":
            return f"{value} ans" if value > 1 else f"{value} an"
        word = fact.labels[value]["fr"]
        return word if name == "status" else f"{fact.label['fr']} : {word}"

    def suite(self, given: Sequence[Case] = ()) -> list[Case]:
        """The smallest suite found that, with the given cases, notices every mutant: greedy cover, then cases no longer needed leave."""
        kills: dict[str, tuple[Case, int]] = {}
        for changed in self._samples():
            case = self.case(changed)
            if case.id not in kills:
                kills[case.id] = (case, self.kills(case))
        left = (1 << len(self.alive)) - 1
        for case in given:
            left &= ~self.kills(case)
        chosen = _cover(list(kills.values()), left)
        return sorted((case for case, _ in chosen), key=lambda c: (c.on, c.id))

    def unknowns(self, on: str) -> list[Case]:
        """For each fact that can change the answer, the shortest case found where it is not known and is asked."""
        space = self._space(on)
        found: dict[str, Case] = {}
        for known, _ in space.kinds():
            for name in known:
                rest = {n: i for n, i in known.items() if n != name}
                outcomes = space.table.outcomes(rest)
                if len({answer(o)[:3] for o in outcomes}) < 2 or not space.table.divides(rest, name, answer):
                    continue
                case = self._open(space, rest, name, on)
                if name not in found or _plainer(case, found[name]):
                    found[name] = case
        return [found[n] for n in self.law.facts if n in found]

    def _open(self, space: Space, known: dict[str, int], name: str, on: str) -> Case:
        values = space.described(known)
        facts = {n: _usual(values[n]) for n in self.law.facts if n in values}
        outcomes = space.table.outcomes(known)
        firsts = tuple(dict.fromkeys(c for o in outcomes for c in o.first))
        several = len({o.first for o in outcomes}) > 1
        sure = tuple(c for c in outcomes[0].eligible if all(c in o.eligible for o in outcomes))
        bare = Case(id=f"unknown-{name}".replace("_", "-"), on=on, facts=facts)
        told = {
            "first_any_of": firsts,
            "eligible": () if several else sure,
            "undecided": several,
            "missing": (name,),
        }
        return Case(**{**values_of(bare), **told, **self.words(bare)})

    def _samples(self) -> Iterator[Changed]:
        """A few persons of each mutant: on each stretch of days the most usual one, at most three."""
        best: dict[tuple[int, str], Changed] = {}
        for position, changed in self._changed:
            key = (position, changed.since)
            if key not in best or _oddity(changed) < _oddity(best[key]):
                best[key] = changed
        seen: dict[int, int] = {}
        for (position, _), changed in best.items():
            seen[position] = seen.get(position, 0) + 1
            if seen[position] <= 3:
                yield changed


def _oddity(changed: Changed) -> tuple[int, int]:
    """How far from 40 years old, then how many facts to tell."""
    ages = changed.space.table.members.get("age", ())
    age = _usual(ages[changed.known["age"]]) if "age" in changed.known else 40
    return abs(age - 40), len(changed.known)


def _plainer(a: Case, b: Case) -> bool:
    """Fewer facts told, and rather one that leaves the first answer open."""
    return (not a.undecided, len(a.facts)) < (not b.undecided, len(b.facts))


def _usual(values: Sequence[Any]) -> Any:
    """A value a reader expects: of many years the one nearest to 40, so that a bound shows at its edge; else the first."""
    return min(values, key=lambda v: abs(v - 40)) if isinstance(values[0], int) else values[0]


def _meets(changed: Changed, facts: Mapping[str, Any]) -> bool:
    """Is one of the changed persons as told? The boxes are known to meet; the constraints must allow it too."""
    table = changed.space.table
    together = {**table.known(facts), **changed.known}
    return table.feasible(table.alive(together), together)


def _ones(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _cover(pool: list[tuple[Case, int]], left: int) -> list[tuple[Case, int]]:
    """Greedy set cover, then every case that the others make needless leaves, and two leave where one new case does for both."""
    chosen: list[tuple[Case, int]] = []
    wanted = left
    while left:
        best = max(pool, key=lambda pair: ((pair[1] & left).bit_count(), -len(pair[0].facts), pair[0].id))
        if not best[1] & left:
            break
        chosen.append(best)
        left &= ~best[1]
    chosen = _pruned(chosen, wanted)
    return _exchanged(chosen, pool, wanted)


def _pruned(chosen: list[tuple[Case, int]], wanted: int) -> list[tuple[Case, int]]:
    for pair in sorted(chosen, key=lambda p: (p[1] & wanted).bit_count()):
        others = [p for p in chosen if p is not pair]
        covered = 0
        for _, kills in others:
            covered |= kills
        if not wanted & pair[1] & ~covered:
            chosen = others
    return chosen


def _exchanged(
    chosen: list[tuple[Case, int]], pool: list[tuple[Case, int]], wanted: int
) -> list[tuple[Case, int]]:
    """One local search: a case of the pool that does alone what two chosen cases do."""
    improved = True
    while improved:
        improved = False
        alone = {id(pair): _alone(pair, chosen, wanted) for pair in chosen}
        for new in pool:
            covered = [pair for pair in chosen if not alone[id(pair)] & ~new[1]]
            if len(covered) > 1:
                rest = [p for p in chosen if p is not covered[0] and p is not covered[1]]
                if not _missed([*rest, new], wanted):
                    chosen, improved = [*rest, new], True
                    break
    return chosen


def _alone(pair: tuple[Case, int], chosen: list[tuple[Case, int]], wanted: int) -> int:
    return wanted & pair[1] & _missed([p for p in chosen if p is not pair], wanted)


def _missed(chosen: Iterable[tuple[Case, int]], wanted: int) -> int:
    for _, kills in chosen:
        wanted &= ~kills
    return wanted


def _name(facts: Mapping[str, Any], on: str) -> str:
    words = [str(v) if n == "status" else f"{n}-{v}" for n, v in facts.items()]
    return "-".join([*words, on]).replace("_", "-")


# -- what cases cover -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Exact integers, (covered, all): kinds of person, deciding rules, sides of boundaries, facts left unknown where they matter."""

    kinds: tuple[int, int]
    rules: tuple[int, int]
    boundaries: tuple[int, int]
    unknowns: tuple[int, int]
    missed_rules: tuple[str, ...]
    missed_boundaries: tuple[str, ...]
    missed_unknowns: tuple[str, ...]


def coverage(law: Law, cases: Iterable[Case]) -> Coverage:
    """What the cases touch. A kind is touched by a case that may be one of its persons; a boundary has two sides, each its own;

    an unknown counts when a case says that it is asked (`missing`).
    """
    spaces = everyone(law)
    kinds: set[tuple[int, int]] = set()
    rules: set[str] = set()
    seen: set[tuple[str, str]] = set()
    unknowns: set[str] = set()
    for case in cases:
        facts = facts_on(case.profile(), case.on)
        k = max(i for i, s in enumerate(spaces) if s.segment.since <= case.on)
        known = spaces[k].known(facts)
        mine = [
            (at, standing)
            for at, (kind, standing) in enumerate(spaces[k].kinds())
            if all(kind.get(n, i) == i for n, i in known.items()) and spaces[k].possible({**known, **kind})
        ]
        kinds |= {(k, at) for at, _ in mine}
        rules |= {_version(c) for _, standing in mine for c in spaces[k].table.rules_of(standing)}
        seen |= {(n, str(v)) for n, v in facts.items() if law.facts[n].kind == "years"} | {("day", case.on)}
        unknowns |= set(case.missing)
    every_rule = {_version(c) for c in law.rules if c.opens}
    sides = set(_sides(law, spaces))
    divide = {n for s in spaces for n in s.table.facts if s.table.named[n] & s.table.decisive}
    return Coverage(
        kinds=(len(kinds), sum(len(s.kinds()) for s in spaces)),
        rules=(len(every_rule & rules), len(every_rule)),
        boundaries=(len(sides & seen), len(sides)),
        unknowns=(len(unknowns & divide), len(divide)),
        missed_rules=tuple(sorted(every_rule - rules)),
        missed_boundaries=tuple(sorted(f"{n} {v}" for n, v in sides - seen)),
        missed_unknowns=tuple(sorted(divide - unknowns)),
    )


def _version(card: Card) -> str:
    return f"{card.id}@{card.since}"


def _sides(law: Law, spaces: Iterable[Space]) -> Iterator[tuple[str, str]]:
    """Both sides of every cut of years, and of every day on which rules change."""
    for space in spaces:
        for name, classes in space.table.classes.items():
            if law.facts[name].kind == "years":
                for low, high in pairwise(YEARS):
                    if classes[low] != classes[high]:
                        yield name, str(low)
                        yield name, str(high)
        if space.segment.since > "0001-01-01":
            yield "day", day_before(space.segment.since)
            yield "day", space.segment.since
