"""Which question to ask next, and when to stop: an interview as a value. It never asks, prints or reads; the dialogue is elsewhere.

The answer is who comes first, who may serve and whom to see; the interview stops when everybody the told facts allow has the same.
It asks the first fact, in the order written in `facts.toml`, that matters; a fact declined with "?" stays unknown and is not asked
again, and a fact of which one class of values is left is never asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from msgspec import Struct

from cep_route.engine.decide import Table, presumed
from cep_route.model.law import Law, Value, written


class Question(Struct, frozen=True, kw_only=True):
    """What to ask: a fact, its values in order (none: a number of years), and the classes of values that may make a difference."""

    fact: str
    values: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]


class Questions:
    """One stretch of days as an interview sees it: the diagram whose leaves are answers, one bit each; questions in their order."""

    def __init__(self, law: Law, on: str) -> None:
        self.law = law
        self.table = Table(law.segment(on), law.rules)
        self.diagrams = self.table.diagrams
        self.root, _ = self.table.apart(lambda outcome: (outcome.first, outcome.eligible, outcome.see))
        self.order = [level for level, name in enumerate(self.table.levels) if not law.facts[name].places]

    def restricted(self, known: Mapping[str, int]) -> int:
        """The diagram of those who are as known."""
        return self.diagrams.restrict(self.root, self.table.at(known))

    def decided(self, root: int) -> bool:
        """Has everybody under a root one answer?"""
        return len(self.diagrams.leaves(root)) < 2

    def next(self, root: int, declined: Iterable[int] = ()) -> int | None:
        """The first level, in order, that matters; none when all agree, or when nothing that may be asked changes anything.

        Constraints may forbid moving any fact alone: then the answer still hangs on the facts together, and the first one is asked
        of which two classes lead to different sets of answers.
        """
        if self.decided(root):
            return None
        named = set(self.diagrams.support(root)).difference(declined)
        asked = [level for level in self.order if level in named]
        mattering = (n for n in asked if self.matters(root, n))
        together = (n for n in asked if len({self.diagrams.leaves(b) for _, b in self.choices(root, n)}) > 1)
        return next(chain(mattering, together), None)

    def matters(self, root: int, level: int) -> bool:
        """Do two of its values give one person, everything else equal, different answers?"""
        apart = self.diagrams.leaves(self.diagrams.quantify(root, level))
        return any(group & (group - 1) for group in apart)

    def choices(self, root: int, level: int) -> Iterable[tuple[int, int]]:
        """The classes that a level may have, and who is left with each."""
        parts = enumerate(self.diagrams.by_value(root, level))
        return [(i, left) for i, left in parts if left != self.diagrams.nobody]


class Interview:
    """One conversation: facts told before, answers given since, the next question. Frozen: each answer makes another interview."""

    def __init__(
        self,
        questions: Questions,
        told: Mapping[str, Value],
        answers: tuple[tuple[str, Value | None], ...] = (),
    ) -> None:
        self._questions = questions
        self.told = dict(told)
        self.answers = answers
        self.facts: dict[str, Value] = {**told, **{n: v for n, v in answers if v is not None}}
        table = questions.table
        taken = presumed(questions.law, table, self.facts, asking=True)
        self._root = questions.restricted(table.known(self.facts | taken))
        self.contradiction = self._root == questions.diagrams.nobody
        declined = [table.place[n] for n, v in answers if v is None and n in table.place]
        self._next = None if self.contradiction else questions.next(self._root, declined)
        self._asked = "" if self._next is None else table.levels[self._next]

    @property
    def decided(self) -> bool:
        """Everyone the told facts allow has the same answer."""
        return self._questions.decided(self._root) and not self.contradiction

    @property
    def question(self) -> Question | None:
        """The next question; none when the answer is known, or when all that could change it was declined."""
        if self._next is None:
            return None
        members = self._questions.table.members[self._asked]
        classes = tuple(written(members[i]) for i, _ in self._questions.choices(self._root, self._next))
        return Question(
            fact=self._asked, values=self._questions.law.facts[self._asked].values, classes=classes
        )

    def tell(self, value: Value | None) -> Interview:
        """The interview after an answer to its question; `None` is "?". The value must be one of the fact."""
        if self._next is None:
            raise ValueError("there is no question to answer")
        return Interview(self._questions, self.told, (*self.answers, (self._asked, value)))

    def possible(self, value: Value) -> bool:
        """May the question have this answer, given what was told?"""
        told = {**self.facts, self._asked: value}
        return self._next is not None and not Interview(self._questions, told).contradiction

    def back(self) -> Interview:
        """The interview before the last answer; the first one stays."""
        return Interview(self._questions, self.told, self.answers[:-1])

    @property
    def asked(self) -> int:
        return len(self.answers)

    @property
    def spared(self) -> int:
        """Facts that were neither told nor asked and that need not be, of all the facts rules speak of."""
        deciding = [n for n, rules in self._questions.table.named.items() if rules]
        done = {*self.told, *(n for n, _ in self.answers)}
        return sum(n not in done for n in deciding) if self._next is None else 0

    def flags(self) -> dict[str, str]:
        """The facts told, as the equivalent `route` command needs them."""
        return {n: str(self.facts[n]) for n in self._questions.law.facts if n in self.facts}
