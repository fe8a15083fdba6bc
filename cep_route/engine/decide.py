"""Who may serve a person, on one stretch of days: people, standing rules, eligible operators, who comes first.

A `Table` answers for persons described by classes of values (`compile.segment`). It never sees a name, a place or a language.
"""

from __future__ import annotations

from cep_route.model.record import Record

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


class Outcome(Record):
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

    def __init__(self, segment: Mapping[str, Any], rules: tuple[dict[str, Any], ...]) -> None:
        self.segment = segment
        self.facts: tuple[str, ...] = segment["facts"]
        self.accept: dict[str, tuple[int, ...]] = segment["accept"]
        self.named: dict[str, int] = segment["named"]
        self.classes: dict[str, dict[Any, int]] = segment["classes"]
        self.members: dict[str, tuple[tuple[Any, ...], ...]] = segment["members"]
        self.decisive: int = segment["decisive"]
        self.walls: tuple[tuple[int, tuple[str, ...]], ...] = segment["walls"]
        self._cards = tuple(rules[i] for i in segment["bits"])
        self._outcomes: dict[int, Outcome] = {}

    def known(self, facts: Mapping[str, Any]) -> dict[str, int]:
        """A person's facts as classes of values; facts no rule names are left out."""
        classes = self.classes
        return {name: classes[name][value] for name, value in facts.items() if name in classes}

    def alive(self, known: Mapping[str, int]) -> int:
        """The boxes that no known fact excludes."""
        mask = -1
        for name, i in known.items():
            mask &= self.accept[name][i]
        return mask & ((1 << len(self._cards) + len(self.walls)) - 1)

    # -- what cannot be -------------------------------------------------------------------------------------------------

    def violated(self, known: Mapping[str, int]) -> tuple[int, ...]:
        """Positions of the walls that the known facts alone run into."""
        alive = self.alive(known)
        return tuple(
            i for i, (bit, names) in enumerate(self.walls) if alive & bit and all(n in known for n in names)
        )

    def feasible(self, alive: int, known: Mapping[str, int]) -> bool:
        """Can the unknown facts be chosen so that the person runs into no wall?"""
        for bit, names in self.walls:
            if not alive & bit:
                continue
            name = next((n for n in names if n not in known), None)
            if name is None:
                return False
            return any(
                self.feasible(alive & mask, {**known, name: i}) for i, mask in enumerate(self.accept[name])
            )
        return True

    def implied(self, known: dict[str, int]) -> dict[str, int]:
        """`known`, with each fact that can have one class of values only."""
        full = dict(known)
        alive = self.alive(full)
        for _, names in self.walls:
            for name in names:
                if name in full:
                    continue
                masks = self.accept[name]
                left = [i for i, m in enumerate(masks) if self.feasible(alive & m, {**full, name: i})]
                if len(left) == 1:
                    full[name] = left[0]
                    alive &= masks[left[0]]
        return full

    # -- who a profile may be -------------------------------------------------------------------------------------------

    def people(self, known: dict[str, int], last: str | None = None) -> Iterator[tuple[dict[str, int], int]]:
        """Every kind of person the known facts allow, once: the facts that matter, and the rules that stand.

        A fact is split only while some rule that may still speak names it. `last` puts one fact after all others.
        """
        yield from self._split(dict(known), self.alive(known), last)

    def _split(
        self, known: dict[str, int], alive: int, last: str | None
    ) -> Iterator[tuple[dict[str, int], int]]:
        decisive = alive & self.decisive
        split = None
        for name in self.facts:
            if name not in known and self.named[name] & decisive:
                split = name
                if name != last:
                    break
        if split is None:
            if self.feasible(alive, known):
                yield known, decisive
            return
        for i, mask in enumerate(self.accept[split]):
            below = {**known, split: i}
            still = alive & mask
            if not self._blocked(still, below, split):
                yield from self._split(below, still, last)

    def _blocked(self, alive: int, known: Mapping[str, int], name: str) -> bool:
        return any(
            alive & bit and name in names and all(n in known for n in names) for bit, names in self.walls
        )

    # -- what the rules say ---------------------------------------------------------------------------------------------

    def outcome(self, standing: int) -> Outcome:
        """The specification, points 3 and 4: opened and not barred; first = preceded by no eligible one."""
        found = self._outcomes.get(standing)
        if found is None:
            found = self._outcomes[standing] = self._decide(standing)
        return found

    def _decide(self, standing: int) -> Outcome:
        before, joint = self.segment["before"], self.segment["joint"]
        rules = {
            code: standing & opening
            for code, opening, barring in self.segment["answers"]
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
            if standing >> bit & 1 and card["opens"] in rules
            for body in card["see"]
        )
        return Outcome(first=first, eligible=tuple(rules), see=tuple(see), standing=standing, clash=clash)

    def outcomes(self, known: dict[str, int]) -> list[Outcome]:
        """Every outcome the known facts allow, once."""
        return list({standing: self.outcome(standing) for _, standing in self.people(known)}.values())

    def rules_of(self, mask: int) -> tuple[dict[str, Any], ...]:
        """The cards of the rules whose bits are set."""
        return tuple(card for bit, card in enumerate(self._cards) if mask >> bit & 1)

    def divides(self, known: dict[str, int], name: str, key: Any) -> bool:
        """Is there one person for whom the value of `name` alone changes `key(outcome)`?"""
        seen: dict[tuple[tuple[str, int], ...], Any] = {}
        for person, standing in self.people(known, last=name):
            if name not in person:
                continue
            rest = tuple((n, i) for n, i in person.items() if n != name)
            found = key(self.outcome(standing))
            if seen.setdefault(rest, found) != found:
                return True
        return False


def _reach(bits: int, relation: tuple[int, ...]) -> int:
    mask = 0
    for bit, reach in enumerate(relation):
        if bits >> bit & 1:
            mask |= reach
    return mask
