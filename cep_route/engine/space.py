"""The space of persons around one table: the kinds inside a box, how many persons each holds, one of them. Decides nothing itself.

A *kind* is a set of persons no rule tells apart, as classes of values (`decide.Table.people`). Persons are counted exactly, over
every fact of the law, those that cannot be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from cep_route.engine.decide import Table
from cep_route.model.law import YEARS, Fact, Law, Segment, spread

Box = Mapping[str, Iterable[Any]]
Kind = tuple[dict[str, int], int]


def domain(fact: Fact) -> tuple[Any, ...]:
    """Every value of a fact."""
    return tuple(YEARS) if fact.kind == "years" else tuple(fact.values)


def box_of(when: Mapping[str, Iterable[str]], facts: Mapping[str, Fact]) -> dict[str, tuple[Any, ...]]:
    """A written box as sets of values: `16..25` becomes its years."""
    return {n: spread(v) if facts[n].kind == "years" else tuple(v) for n, v in when.items()}


def written(values: Iterable[Any]) -> tuple[str, ...]:
    """Values as a rule writes them: years become runs."""
    ordered = list(values)
    if not ordered or not isinstance(ordered[0], int):
        return tuple(ordered)
    ordered.sort()
    starts = [v for i, v in enumerate(ordered) if not i or ordered[i - 1] != v - 1]
    ends = [v for i, v in enumerate(ordered) if i + 1 == len(ordered) or ordered[i + 1] != v + 1]
    return tuple(f"{a}..{b}" if a != b else str(a) for a, b in zip(starts, ends, strict=True))


class Space:
    """One segment of a law, seen whole."""

    def __init__(self, law: Law, segment: Segment) -> None:
        self.law = law
        self.segment = segment
        self.table = Table(segment, law.rules)
        self.sizes = {name: tuple(len(m) for m in ms) for name, ms in self.table.members.items()}
        self._domains = {name: len(domain(fact)) for name, fact in law.facts.items()}
        self._bound = tuple(dict.fromkeys(n for _, names in self.table.walls for n in names))
        self._counts: dict[tuple[int | None, ...], int] = {}
        self._kinds: tuple[Kind, ...] | None = None

    def values(self, name: str) -> tuple[Any, ...]:
        """Every value of a fact."""
        return domain(self.law.facts[name])

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind of person, once."""
        if self._kinds is None:
            self._kinds = tuple(self.table.people({}))
        return self._kinds

    def count(self, known: Mapping[str, int]) -> int:
        """How many persons a description holds: facts walls speak of are counted together, all others multiply."""
        bound = tuple(known.get(n) for n in self._bound)
        found = self._counts.get(bound)
        if found is None:
            some = {n: i for n, i in known.items() if n in self._bound}
            found = self._counts[bound] = self._possible(self.table.alive(some), some)
        free = (
            self.sizes[n][known[n]] if n in known else size
            for n, size in self._domains.items()
            if n not in self._bound
        )
        return found * prod(free)

    def _possible(self, alive: int, known: Mapping[str, int]) -> int:
        for bit, names in self.table.walls:
            if alive & bit:
                name = next((n for n in names if n not in known), None)
                if name is None:
                    return 0
                masks = self.table.accept[name]
                return sum(self._possible(alive & m, {**known, name: i}) for i, m in enumerate(masks))
        return prod(self.sizes[n][known[n]] if n in known else self._domains[n] for n in self._bound)

    def known(self, facts: Mapping[str, Any]) -> dict[str, int]:
        return self.table.known(facts)

    def possible(self, known: Mapping[str, int]) -> bool:
        return self.table.feasible(self.table.alive(known), known)

    def within(self, box: Box) -> Iterator[Kind]:
        """The kinds inside a box of values; a class of which the box holds a part counts: no rule tells its values apart."""
        classes = self.table.classes
        choices = [
            [(n, i) for i in dict.fromkeys(classes[n][v] for v in box[n])] for n in box if n in classes
        ]
        if any(not tuple(box[n]) for n in box):
            return
        for pick in product(*choices):
            known = dict(pick)
            if self.possible(known):
                yield from self.table.people(known)

    def described(self, known: Mapping[str, int], box: Box | None = None) -> dict[str, tuple[Any, ...]]:
        """Classes as values, inside the box when one is given."""
        inside = {n: set(values) for n, values in (box or {}).items()}
        found = {
            n: tuple(v for v in self.table.members[n][i] if n not in inside or v in inside[n])
            for n, i in known.items()
        }
        return found | {n: tuple(values) for n, values in (box or {}).items() if n not in found}

    def widen(self, known: Mapping[str, int], same: Any) -> dict[str, int]:
        """The description without the facts that do not matter: everyone who matches the rest has the same fault.

        `same(standing)` says whether a set of standing rules shows it.
        """
        wide = dict(known)
        for name in sorted(known, key=list(self.law.facts).index, reverse=True):
            rest = {n: i for n, i in wide.items() if n != name}
            if all(same(standing) for _, standing in self.table.people(rest)):
                wide = rest
        return wide


def spaces(law: Law) -> tuple[Space, ...]:
    """One space per stretch of days, in order of time."""
    return tuple(Space(law, segment) for segment in law.segments)


def subtract(a: Box, b: Box, facts: Mapping[str, Any]) -> Iterator[dict[str, tuple[Any, ...]]]:
    """The persons in box `a` and not in box `b`, as disjoint boxes."""
    inside = {n: tuple(v) for n, v in a.items()}
    for name, values in b.items():
        accepted = set(values)
        mine = inside.get(name, domain(facts[name]))
        outside = tuple(v for v in mine if v not in accepted)
        if outside:
            yield {**inside, name: outside}
        inside[name] = tuple(v for v in mine if v in accepted)
        if not inside[name]:
            return
