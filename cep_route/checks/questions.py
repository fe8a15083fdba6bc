"""How many questions the interview asks, on average and at worst, beside the fewest any interview could ask. Pure.

Every possible combination of classes of values counts as one person. Whatever was told, what is left to ask hangs on the restricted
diagram alone, so each is worked out once. The optimum is exhaustive: every order of questions, by dynamic programming over the
restricted diagrams, pruned where a lower bound shows that nothing is lost: a fact that alone changes a person's answer must be asked
of that person, whatever the order.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from cep_route.engine.decide import presumed
from cep_route.engine.interview import Questions
from cep_route.model.law import Law


class Asking(Struct, frozen=True, kw_only=True):
    """Questions asked by the interview on one day: the mean over all persons, the worst; and the least mean possible, when searched."""

    on: str
    persons: int
    mean: float
    worst: int
    optimum: float | None


def questions(law: Law, on: str, *, optimum: bool = True) -> Asking:
    """Counted over every person, not sampled."""
    search = _Search(Questions(law, on))
    asked = search.asked
    taken = presumed(law, asked.table, {}, asking=True)  # an interview never asks these
    root = asked.restricted(asked.table.known(taken))
    persons = search.weight(root)
    total, worst = search.cost(root)
    best = search.least(root) / persons if optimum else None
    return Asking(on=on, persons=persons, mean=total / persons, worst=worst, optimum=best)


class _Search:
    """The cost of interviews, in questions asked of all persons together; each root is worked out once."""

    def __init__(self, asked: Questions) -> None:
        self.asked = asked
        self.diagrams = asked.diagrams
        self._ones = [[1] * size for size in asked.diagrams.sizes]
        self.weight, self.cost = cache(self._weight), cache(self._cost)
        self.least, self.needed = cache(self._least), cache(self._needed)

    def _weight(self, root: int) -> int:
        """Persons, those of every class of a fact that is already told counted once for each class."""
        return sum(self.diagrams.count(root, self._ones).values())

    def _cost(self, root: int) -> tuple[int, int]:
        """Questions asked of all persons together, and of the one asked most."""
        level = self.asked.next(root)
        if level is None:
            return 0, 0
        size, total, worst = self.diagrams.sizes[level], 0, 0
        for _, left in self.asked.choices(root, level):
            # a told level is free again below: its classes count as one
            asked, most = self.cost(left)
            total, worst = total + (asked + self.weight(left)) // size, max(worst, most + 1)
        return total, worst

    def _least(self, root: int) -> int:
        """The least that any order of questions asks of all persons together.

        The most promising first question is tried first; one that cannot win is left as soon as that shows.
        """
        if self.asked.decided(root):
            return 0
        options = []
        for level in self.diagrams.support(root):
            left = [below for _, below in self.asked.choices(root, level)]
            if len(left) > 1:
                size = self.diagrams.sizes[level]
                options.append((sum((self.needed(b) + self.weight(b)) // size for b in left), level, left))
        best = None
        for bound, level, left in sorted(options, key=lambda option: option[:2]):
            if best is not None and bound >= best:
                break
            total, size = bound, self.diagrams.sizes[level]
            for below in left:
                total += (self.least(below) - self.needed(below)) // size
                if best is not None and total >= best:
                    break
            else:
                best = total
        return best or 0

    def _needed(self, root: int) -> int:
        """What no order can avoid: each person is asked every fact that alone changes his answer, and one if it is not known."""
        if self.asked.decided(root):
            return 0
        alone = sum(self._alone(root, level) for level in self.diagrams.support(root))
        return max(alone, self.weight(root))

    def _alone(self, root: int, level: int) -> int:
        """Persons whose answer another value of one fact changes."""
        return self.weight(self.diagrams.pairs(root, self.diagrams.quantify(root, level), _if_several))


def _if_several(leaf: int, group: int) -> int:
    return leaf if group & group - 1 else 0
