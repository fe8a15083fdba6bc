"""Which question to ask next, and when to stop: an interview as a value. It never asks, prints or reads; the dialogue is elsewhere.

The answer is who comes first, who may serve and whom to see; the interview stops when every person the told facts allow has the same. Only
a fact that can still change it is asked, and of those the one that leaves the least uncertainty about the answer (its expected entropy,
every possible combination of classes of values counting as one person). A fact declined with "?" stays unknown and is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log2, prod
from typing import Any

from cep_route.engine.compare import answer
from cep_route.engine.presume import presumed
from cep_route.engine.space import Space, written
from cep_route.model.law import Law

Person = tuple[
    dict[str, int], int, int
]  # a kind of person, how many combinations of classes it holds, the number of its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask: a fact, its values in order (none: a number of years), and the classes of values that may make a difference."""

    fact: str
    values: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]


class Crowd:
    """The persons one segment may be asked about, and what each question leaves of them."""

    def __init__(self, law: Law, on: str) -> None:
        self.law = law
        self.space = Space(law, law.segment(on))
        self.table = self.space.table
        self.classes = {n: len(masks) for n, masks in self.table.accept.items()}
        self._bound = tuple(dict.fromkeys(n for _, names in self.table.walls for n in names))
        self._counts: dict[tuple[int | None, ...], int] = {}
        self._answers: dict[Any, int] = {}
        self._numbers: dict[int, int] = {}

    def all(self, known: Mapping[str, int]) -> list[Person]:
        """Every kind of person the known facts allow."""
        return [(k, self.weight(k), self.number(s)) for k, s in self.table.people(dict(known))]

    def number(self, standing: int) -> int:
        """The answer of standing rules, as a number: two kinds share one when nothing of the answer differs."""
        found = self._numbers.get(standing)
        if found is None:
            given = answer(self.table.outcome(standing))[:3]
            found = self._numbers[standing] = self._answers.setdefault(given, len(self._answers))
        return found

    def weight(self, known: Mapping[str, int]) -> int:
        """How many possible combinations of classes a description holds."""
        bound = tuple(known.get(n) for n in self._bound)
        found = self._counts.get(bound)
        if found is None:
            some = {n: i for n, i in known.items() if n in self._bound}
            found = self._counts[bound] = self.count(self.table.alive(some), some)
        free = (size for n, size in self.classes.items() if n not in known and n not in self._bound)
        return found * prod(free)

    def count(self, alive: int, known: Mapping[str, int]) -> int:
        """Combinations of the facts walls speak of that run into none of the walls alive."""
        for bit, names in self.table.walls:
            if alive & bit:
                name = next((n for n in names if n not in known), None)
                if name is None:
                    return 0
                masks = self.table.accept[name]
                return sum(self.count(alive & m, {**known, name: i}) for i, m in enumerate(masks))
        return prod(self.classes[n] for n in self._bound if n not in known)

    def told(self, people: list[Person], fact: str, i: int) -> list[Person]:
        """Those of the people whose fact is, or may be, of class `i`."""
        left = []
        for kind, weight, number in people:
            if kind.get(fact, i) != i:
                continue
            if fact not in kind:
                kind = {**kind, fact: i}  # noqa: PLW2901  # the same person, one fact more
                if not self.space.possible(kind):
                    continue
                weight = self.weight(kind)  # noqa: PLW2901
            left.append((kind, weight, number))
        return left

    def cuts(self, people: list[Person], fact: str) -> Iterator[tuple[int, list[Person]]]:
        """What each possible class of a fact leaves."""
        for i in range(self.classes[fact]):
            left = self.told(people, fact, i)
            if left:
                yield i, left

    def uncertainty(self, people: list[Person], fact: str) -> float:
        """Bits about the answer, times persons, that a question leaves on average."""
        size = self.classes[fact]
        groups: list[dict[int, float]] = [{} for _ in range(size)]
        for kind, weight, number in people:
            if fact in kind:
                group = groups[kind[fact]]
                group[number] = group.get(number, 0) + weight
                continue
            for i, group in enumerate(groups):
                share = self.weight({**kind, fact: i}) if fact in self._bound else weight / size
                group[number] = group.get(number, 0) + share
        return sum(_entropy(group) for group in groups)

    def best(self, people: list[Person], left_out: Mapping[str, Any]) -> str | None:
        """The fact to ask: none when all agree, or when nothing that may be asked changes anything."""
        if settled(people):
            return None
        facts = dict.fromkeys(n for kind, _, _ in people for n in kind if n not in left_out)
        order = {n: i for i, n in enumerate(self.table.facts)}
        ranked = sorted(facts, key=lambda n: (round(self.uncertainty(people, n), 6), order[n]))
        divided = next((n for n in ranked if self._divides(people, n)), None)
        # constraints may forbid moving any fact alone: then the answer still hangs on the facts together
        return divided or next((n for n in ranked if len(list(self.cuts(people, n))) > 1), None)

    def _divides(self, people: list[Person], fact: str) -> bool:
        """Is there one person for whom this fact alone changes the answer?"""
        sides = [left for _, left in self.cuts(people, fact)]
        return any(
            a[2] != b[2] and self._alike(a[0], b[0], fact)
            for i, left in enumerate(sides)
            for right in sides[i + 1 :]
            for a in left
            for b in right
        )

    def _alike(self, a: Mapping[str, int], b: Mapping[str, int], fact: str) -> bool:
        if any(b.get(n, i) != i for n, i in a.items() if n != fact):
            return False
        rest = {n: i for kind in (a, b) for n, i in kind.items() if n != fact}
        return self._both({**rest, fact: a[fact]}, {**rest, fact: b[fact]}, fact)

    def _both(self, a: Mapping[str, int], b: Mapping[str, int], fact: str) -> bool:
        """Can the facts still unknown be chosen so that neither runs into a wall?"""
        del fact
        alive = self.table.alive(a) | self.table.alive(b)
        some = {n: i for n, i in a.items() if n in self._bound}
        return self.count(alive, some) > 0


def settled(people: list[Person]) -> bool:
    """Do all have one answer?"""
    return len({number for _, _, number in people}) < 2


def _entropy(weights: Mapping[int, float]) -> float:
    total = sum(weights.values())
    return sum(-w * log2(w / total) for w in weights.values() if w)


class Interview:
    """One conversation: facts told before, answers given since, the next question. Frozen: each answer makes another interview."""

    def __init__(
        self, crowd: Crowd, told: Mapping[str, Any], answers: tuple[tuple[str, Any], ...] = ()
    ) -> None:
        self._crowd = crowd
        self.told = dict(told)
        self.answers = answers
        self.facts: dict[str, Any] = {**told, **{n: v for n, v in answers if v is not None}}
        self._declined = {n: None for n, v in answers if v is None}
        taken = presumed(crowd.law, crowd.table, self.facts, asking=True)
        known = crowd.space.known(self.facts | taken)
        self.contradiction = not crowd.space.possible(known)
        self._people = [] if self.contradiction else crowd.all(crowd.table.implied(known))
        self._next = crowd.best(self._people, {**known, **self._declined})

    @property
    def decided(self) -> bool:
        """Everyone the told facts allow has the same answer."""
        return settled(self._people) and not self.contradiction

    @property
    def question(self) -> Question | None:
        """The next question; none when the answer is known, or when all that could change it was declined."""
        name = self._next
        if name is None:
            return None
        members = self._crowd.table.members[name]
        classes = [written(members[i]) for i, _ in self._crowd.cuts(self._people, name)]
        return Question(fact=name, values=self._crowd.law.facts[name].values, classes=tuple(classes))

    def tell(self, value: str | int | None) -> Interview:
        """The interview after an answer to its question; `None` is "?". The value must be one of the fact."""
        if self._next is None:
            raise ValueError("there is no question to answer")
        return Interview(self._crowd, self.told, (*self.answers, (self._next, value)))

    def possible(self, value: str | int) -> bool:
        """May the question have this answer, given what was told?"""
        return (
            Interview(self._crowd, self.facts | {self._next or "": value}).contradiction is False
            if self._next
            else False
        )

    def back(self) -> Interview:
        """The interview before the last answer; the first one stays."""
        return Interview(self._crowd, self.told, self.answers[:-1])

    @property
    def asked(self) -> int:
        return len(self.answers)

    @property
    def spared(self) -> int:
        """Facts that were neither told nor asked and that need not be, of all the facts rules speak of."""
        deciding = [
            n for n in self._crowd.table.facts if self._crowd.table.named[n] & self._crowd.table.decisive
        ]
        return (
            sum(n not in self.told and n not in dict(self.answers) for n in deciding)
            if self._next is None
            else 0
        )

    def flags(self) -> dict[str, str]:
        """The facts told, as the equivalent `route` command needs them."""
        return {n: str(self.facts[n]) for n in self._crowd.law.facts if n in self.facts}


def interview(law: Law, on: str, told: Mapping[str, Any] | None = None) -> Interview:
    """An interview about a person on a day, some facts being told already (`age` as a number)."""
    return Interview(Crowd(law, on), told or {})
