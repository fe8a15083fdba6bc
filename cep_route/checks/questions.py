"""How many questions the interview asks, on average and at worst, beside the fewest any interview could ask. Pure.

Every possible combination of classes of values counts as one person. The optimum is exhaustive: every order of questions that only asks
facts deciding rules name, by dynamic programming over what is still alive, pruned where a lower bound shows that nothing is lost. The bound:
a fact that alone changes a person's answer must be asked of that person, whatever the order.
"""

from __future__ import annotations

from dataclasses import dataclass

from cep_route.engine.ask import Crowd, Person, settled
from cep_route.model.law import Law

Key = tuple[int, tuple[str, ...]]
Known = dict[str, int]
Option = tuple[float, str, list[tuple[int, list[Person], int, float]]]


_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Questions asked by the interview on one day: the mean over all persons, the worst; and the least mean possible, when searched."""

    on: str
    persons: int
    mean: float
    worst: int
    optimum: float | None


def questions(law: Law, on: str, *, optimum: bool = True) -> Questions:
    """Counted over every person, not sampled."""
    crowd = Crowd(law, on)
    people = crowd.all({})
    total = _weight(people)
    asked, worst = _asked(crowd, people, {})
    best = _Search(crowd).best(people, {}, asked / total + _SLACK) if optimum else None
    return Questions(on=on, persons=total, mean=asked / total, worst=worst, optimum=best)


def _weight(people: list[Person]) -> int:
    return sum(weight for _, weight, _ in people)


def _asked(crowd: Crowd, people: list[Person], known: Known) -> tuple[int, int]:
    """Questions asked of all persons together, and of the one asked most."""
    fact = crowd.best(people, known)
    if fact is None:
        return 0, 0
    total, worst = _weight(people), 0
    for i, left in crowd.cuts(people, fact):
        asked, most = _asked(crowd, left, {**known, fact: i})
        total, worst = total + asked, max(worst, most)
    return total, worst + 1


class _Search:
    """The least mean number of questions, exactly."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.table = crowd.table
        self._found: dict[Key, tuple[float, bool]] = {}  # the mean, exact or a lower bound
        self._sensitive: dict[tuple[str, tuple[tuple[str, int], ...]], int] = {}
        self._walls = sum(bit for bit, _ in self.table.walls)

    def best(self, people: list[Person], known: Known, limit: float) -> float:
        """The least mean below `limit`; at or above it, any number that is not more than the true one."""
        if settled(people):
            return 0.0
        key = self._key(known)
        value, exact = self._found.get(key, (0.0, False))
        if exact or value >= limit:
            return value
        total, best, low, sure = _weight(people), limit, float("inf"), False
        for bound, fact, cuts in sorted(self._options(people, known), key=lambda option: option[:2]):
            if bound >= best - _SLACK:
                low = min(low, bound)
                break
            mean = self._mean(bound, fact, cuts, known, best, total)
            if mean < best - _SLACK:
                best, sure = mean, True
            else:
                low = min(low, mean)
        self._found[key] = (best, True) if sure else (max(value, min(low, best)), False)
        return self._found[key][0]

    def _mean(
        self,
        bound: float,
        fact: str,
        cuts: list[tuple[int, list[Person], int, float]],
        known: Known,
        best: float,
        total: int,
    ) -> float:
        """The mean of asking this fact now; gives up, above `best`, as soon as it cannot win."""
        mean = bound
        for i, left, weight, least in sorted(cuts, key=lambda cut: -cut[2]):
            allowed = least + (best - mean) * total / weight
            mean += (self.best(left, {**known, fact: i}, allowed) - least) * weight / total
            if mean >= best - _SLACK:
                break
        return mean

    def _options(self, people: list[Person], known: Known) -> list[Option]:
        options: list[Option] = []
        total = _weight(people)
        for fact in dict.fromkeys(n for kind, _, _ in people for n in kind if n not in known):
            cuts = []
            for i, left in self.crowd.cuts(people, fact):
                cuts.append((i, left, _weight(left), self._least(left, {**known, fact: i})))
            if len(cuts) > 1:
                options.append((1 + sum(weight * least for _, _, weight, least in cuts) / total, fact, cuts))
        return options

    def _least(self, people: list[Person], known: Known) -> float:
        """A mean no interview can beat: each person is asked every fact that alone changes his answer."""
        if settled(people):
            return 0.0
        value, _ = self._found.get(self._key(known), (0.0, False))
        needed = sum(
            self._must(kind, weight, number, n)
            for kind, weight, number in people
            for n in kind
            if n not in known
        )
        return max(value, needed / _weight(people), 1.0)

    def _must(self, kind: Known, weight: int, number: int, fact: str) -> int:
        """How many persons of a kind, at least, have another answer with another value of one fact."""
        key = (fact, tuple(sorted(kind.items())))
        found = self._sensitive.get(key)
        if found is None:
            rest = {n: i for n, i in kind.items() if n != fact}
            others = (i for i in range(self.crowd.classes[fact]) if i != kind[fact])
            found = max((self._turned(rest, fact, kind[fact], i, number) for i in others), default=0)
            self._sensitive[key] = found = min(found, weight)
        return found

    def _turned(self, rest: Known, fact: str, mine: int, other: int, number: int) -> int:
        """Persons, possible with both values, whose answer the other value changes."""
        there = {**rest, fact: other}
        if not self.table.feasible(self.table.alive(there), there):
            return 0
        turned = 0
        for leaf, standing in self.table.people(there):
            if self.crowd.number(standing) != number:
                turned += self._shared(leaf, {**leaf, fact: mine})
        return turned

    def _shared(self, a: Known, b: Known) -> int:
        """Combinations of what is unknown in both that run into a wall in neither."""
        alive = (self.table.alive(a) | self.table.alive(b)) & self._walls
        walled = {n for _, names in self.table.walls for n in names}
        shared = self.crowd.count(alive, {n: i for n, i in a.items() if n in walled})
        for name, size in self.crowd.classes.items():
            if name not in walled and name not in a:
                shared *= size
        return shared

    def _key(self, known: Known) -> Key:
        """All that matters of what is known: the boxes alive, and the facts they still ask about."""
        full = self.table.implied(dict(known))
        alive = self.table.alive(full)
        return alive, tuple(n for n in self.table.facts if n not in full and self.table.named[n] & alive)
