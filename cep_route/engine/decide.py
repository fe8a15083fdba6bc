"""Who may serve a person, on one stretch of days: people, standing rules, eligible operators, who comes first.

A `Table` answers for persons described by classes of values (`compile.segment`). It never sees a name, a place or a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.model.law import RuleCard, Segment

KEPT_AT_MOST = 100_000  # points of the space remembered, of each kind; then it starts again


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the standing rules say: the first answers, all eligible ones, and whom to see outside the CEP.

    `clash` lists pairs of firsts that no rule declares joint; no `eligible` is a gap. Neither occurs under the shipped rules.
    """

    first: tuple[str, ...]
    eligible: tuple[str, ...]
    see: tuple[str, ...]
    standing: int
    clash: tuple[tuple[str, str], ...] = ()


class Table:
    """The rules of one segment, ready to decide."""

    def __init__(self, segment: Segment, rules: tuple[RuleCard, ...]) -> None:
        self.segment = segment
        self.facts: tuple[str, ...] = segment.facts
        self.accept: dict[str, tuple[int, ...]] = segment.accept
        self.named: dict[str, int] = segment.named
        self.classes: dict[str, dict[Any, int]] = segment.classes
        self.members: dict[str, tuple[tuple[Any, ...], ...]] = segment.members
        self.decisive: int = segment.decisive
        self.walls: tuple[tuple[int, tuple[str, ...]], ...] = segment.walls
        self._cards = tuple(rules[i] for i in segment.bits)
        self._outcomes: dict[int, Outcome] = {}
        # what lies under a point of the space hangs on the boxes still alive and on which facts are told, not on their values:
        # it is worked out once for all the persons who come to the same point
        self._flags = {name: 1 << i for i, name in enumerate(self.accept)}
        self._in_order = tuple((name, self.named[name], self._flags[name]) for name in self.facts)
        self._barriers = tuple((bit, names, self._mask(names)) for bit, names in self.walls)
        self._barriers_of = {
            name: tuple((bit, mask) for bit, names, mask in self._barriers if name in names)
            for name in self.accept
        }
        self._all = (1 << len(self._cards) + len(self.walls)) - 1
        self._wall_bits = sum(bit for bit, _ in self.walls)
        self._feasible: dict[tuple[int, int], bool] = {}
        self._standings: dict[tuple[int, int], tuple[int, ...]] = {}
        self._groups: dict[tuple[int, int, str], frozenset[frozenset[int]]] = {}

    def known(self, facts: Mapping[str, Any]) -> dict[str, int]:
        """A person's facts as classes of values; facts no rule names are left out."""
        classes = self.classes
        return {name: classes[name][value] for name, value in facts.items() if name in classes}

    def alive(self, known: Mapping[str, int]) -> int:
        """The boxes that no known fact excludes."""
        mask = -1
        for name, i in known.items():
            mask &= self.accept[name][i]
        return mask & self._all

    def _mask(self, known: Iterable[str]) -> int:
        """Which facts are told, one bit each."""
        flags, mask = self._flags, 0
        for name in known:
            mask |= flags.get(name, 0)
        return mask

    # -- what cannot be -------------------------------------------------------------------------------------------------

    def violated(self, known: Mapping[str, int]) -> tuple[int, ...]:
        """Positions of the walls that the known facts alone run into."""
        alive = self.alive(known)
        return tuple(
            i for i, (bit, names) in enumerate(self.walls) if alive & bit and all(n in known for n in names)
        )

    def feasible(self, alive: int, known: Mapping[str, int]) -> bool:
        """Can the unknown facts be chosen so that the person runs into no wall?"""
        return self._is_feasible(alive & self._wall_bits, self._mask(known))

    def _is_feasible(self, alive: int, told: int) -> bool:
        key = (alive, told)
        found = self._feasible.get(key)
        if found is None:
            _make_room(self._feasible)
            found = self._feasible[key] = self._finds_a_way(alive, told)
        return found

    def _finds_a_way(self, alive: int, told: int) -> bool:
        for bit, names, mask in self._barriers:
            if not alive & bit:
                continue
            if not mask & ~told:
                return False
            name = next(n for n in names if not told & self._flags[n])
            return any(self._is_feasible(alive & m, told | self._flags[name]) for m in self.accept[name])
        return True

    def implied(self, known: dict[str, int]) -> dict[str, int]:
        """`known`, with each fact that can have one class of values only."""
        full = dict(known)
        alive = self.alive(full)
        for _, names in self.walls:
            for name in names:
                if name in full:
                    continue
                masks, told = self.accept[name], self._mask((*full, name))
                left = [
                    i for i, m in enumerate(masks) if self._is_feasible(alive & m & self._wall_bits, told)
                ]
                if len(left) == 1:
                    full[name] = left[0]
                    alive &= masks[left[0]]
        return full

    # -- who a profile may be -------------------------------------------------------------------------------------------

    def people(self, known: dict[str, int], last: str | None = None) -> Iterator[tuple[dict[str, int], int]]:
        """Every kind of person the known facts allow, once: the facts that matter, and the rules that stand.

        A fact is split only while some rule that may still speak names it. `last` puts one fact after all others.
        """
        yield from self._split(dict(known), self.alive(known), self._mask(known), last or "")

    def _split(
        self, known: dict[str, int], alive: int, told: int, last: str
    ) -> Iterator[tuple[dict[str, int], int]]:
        decisive = alive & self.decisive
        split = self._next(decisive, told, last)
        if split is None:
            if self._is_feasible(alive & self._wall_bits, told):
                yield known, decisive
            return
        told |= self._flags[split]
        blocks = self._blocking(told, split)
        for i, mask in enumerate(self.accept[split]):
            if not alive & mask & blocks:
                yield from self._split({**known, split: i}, alive & mask, told, last)

    def _blocking(self, told: int, name: str) -> int:
        """The walls that name a fact, and whose facts are all told: one still alive leaves nobody."""
        blocks = 0
        for bit, mask in self._barriers_of[name]:
            if not mask & ~told:
                blocks |= bit
        return blocks

    def _next(self, decisive: int, told: int, last: str = "") -> str | None:
        """The fact to split next: the first that is not told and that some rule still alive names."""
        split = None
        for name, named, flag in self._in_order:
            if named & decisive and not told & flag:
                split = name
                if name != last:
                    break
        return split

    def _below(self, alive: int, told: int, split: str) -> Iterator[tuple[int, int]]:
        told |= self._flags[split]
        blocks = self._blocking(told, split)
        for mask in self.accept[split]:
            if not alive & mask & blocks:
                yield alive & mask, told

    def standings(self, alive: int, told: int) -> tuple[int, ...]:
        """The sets of standing rules of everyone under a point of the space, each once, in the order of `people`."""
        key = (alive, told)
        found = self._standings.get(key)
        if found is None:
            decisive = alive & self.decisive
            split = self._next(decisive, told)
            if split is None:
                found = (decisive,) if self._is_feasible(alive & self._wall_bits, told) else ()
            else:
                under = (self.standings(*point) for point in self._below(alive, told, split))
                found = tuple(dict.fromkeys(standing for some in under for standing in some))
            _make_room(self._standings)
            self._standings[key] = found
        return found

    def _divisions(self, alive: int, told: int, name: str) -> frozenset[frozenset[int]]:
        """For each person under a point, everything else told, the sets of standing rules that the values of `name` give."""
        key = (alive, told, name)
        found = self._groups.get(key)
        if found is None:
            split = self._next(alive & self.decisive, told, last=name)
            if split is None:
                found = frozenset()
            elif split == name:
                # no rule still alive names another fact: each value is one person
                points = self._below(alive, told, name)
                group = frozenset(
                    a & self.decisive for a, t in points if self._is_feasible(a & self._wall_bits, t)
                )
                found = frozenset((group,)) if len(group) > 1 else frozenset()
            else:
                points = self._below(alive, told, split)
                found = frozenset().union(*(self._divisions(*point, name) for point in points))
            _make_room(self._groups)
            self._groups[key] = found
        return found

    # -- what the rules say ---------------------------------------------------------------------------------------------

    def outcome(self, standing: int) -> Outcome:
        """The specification, points 3 and 4: opened and not barred; first = preceded by no eligible one."""
        found = self._outcomes.get(standing)
        if found is None:
            found = self._outcomes[standing] = self._decide(standing)
        return found

    def _decide(self, standing: int) -> Outcome:
        before, joint = self.segment.before, self.segment.joint
        rules = {
            code: standing & opening
            for code, opening, barring in self.segment.answers
            if standing & opening and not standing & barring
        }
        goes_before = {code: _reach(bits, before) for code, bits in rules.items()}
        first = tuple(
            code
            for code, bits in rules.items()
            if not any(goes_before[other] & bits for other in rules if other != code)
        )
        clash = tuple(
            (a, b)
            for i, a in enumerate(first)
            for b in first[i + 1 :]
            if not _reach(rules[a], joint) & rules[b]
        )
        see = dict.fromkeys(
            body
            for bit, card in enumerate(self._cards)
            if standing >> bit & 1 and card.opens in rules
            for body in card.see
        )
        return Outcome(first=first, eligible=tuple(rules), see=tuple(see), standing=standing, clash=clash)

    def outcomes(self, known: Mapping[str, int]) -> list[Outcome]:
        """Every outcome the known facts allow, once."""
        return [self.outcome(s) for s in self.standings(self.alive(known), self._mask(known))]

    def rules_of(self, mask: int) -> tuple[RuleCard, ...]:
        """The cards of the rules whose bits are set."""
        return tuple(card for bit, card in enumerate(self._cards) if mask >> bit & 1)

    def divides(self, known: Mapping[str, int], name: str, key: Any) -> bool:
        """Is there one person for whom the value of `name` alone changes `key(outcome)`?"""
        groups = self._divisions(self.alive(known), self._mask(known), name)
        return any(len({key(self.outcome(s)) for s in group}) > 1 for group in groups)


def _make_room(memo: dict[Any, Any]) -> None:
    if len(memo) >= KEPT_AT_MOST:
        memo.clear()


def _reach(bits: int, relation: tuple[int, ...]) -> int:
    mask = 0
    for bit, reach in enumerate(relation):
        if bits >> bit & 1:
            mask |= reach
    return mask
