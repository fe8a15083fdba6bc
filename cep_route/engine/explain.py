"""The whole answer for one profile on one day: who, why, why not, what would change it, until when, what to ask next.

Everything here is asked of `decide.Table`; no rule is compared with a person anywhere else. Nothing is said in words: ids,
facts and values only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from cep_route.engine.decide import Boxes, Classes, Table, ones
from cep_route.engine.presume import of_commune, presumed
from cep_route.model.answer import (
    Change,
    Decision,
    Eligible,
    Maybe,
    Missing,
    Presumed,
    Profile,
    Reason,
    Until,
    WhyNot,
)
from cep_route.model.law import (
    FOREVER,
    YEARS,
    Constraint,
    Law,
    Outcome,
    RuleCard,
    Value,
    When,
    day_before,
    runs,
    written,
)
from cep_route.model.profile import birthday, facts_on

NODES_AT_MOST = 200_000  # of one table, those of persons met included; then it starts again
CHANGES_AT_MOST = 2  # facts moved together: beyond two a change is another person, not advice

Facts = Mapping[str, Value]
Openness = tuple[bool | None, tuple[str, ...]]


class Judge:
    """A law with its tables made once: the door of the engine for many persons."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self._tables: dict[str, Table] = {}
        self._notes = [card for card in law.rules if not card.opens]
        self._starts: tuple[int, ...] | None = None
        self._order = {code: i for i, code in enumerate(law.operators)}
        self._asked = {n: i for i, n in enumerate(dict.fromkeys([*law.questions, *law.facts]))}
        self._bodies = law.body_order

    def table(self, on: str) -> Table:
        """The table of a day. Full of the persons met, it starts again; another thread goes on with the old one."""
        segment = self.law.segment(on)
        table = self._tables.get(segment.since)
        if table is None or len(table.diagrams.nodes) > NODES_AT_MOST:
            table = self._tables[segment.since] = Table(segment, self.law.rules)
        return table

    def decide(self, profile: Profile, on: str, *, brief: bool = False) -> Decision:
        """Who may serve the profile on an ISO day. The facts must not contradict each other (`contradictions`).

        `brief`, for files of many persons: without `maybe`, `not_`, `changes` and `until`.
        """
        table = self.table(on)
        facts = self.facts(profile, on)
        taken = presumed(self.law, table, facts)
        base = table.known(facts | taken)
        known = table.implied(base)
        root = table.restricted(known)
        core = self._core(table, root)
        always, ever = table.holding(base)
        cards = table.rules_of(always)
        decision = replace(
            core,
            on=on,
            eligible=tuple([self._eligible(table, e.operator, cards, ever, known) for e in core.eligible]),
            reasons=self._reasons(table, facts, known, cards, on),
        )
        if brief:
            return decision
        outcomes = table.reached(root)
        told = tuple(n for n in table.facts if n in facts and not self.law.facts[n].places)
        return replace(
            decision,
            maybe=self._maybe(table, known, root, core),
            not_=self._why_not(table, facts, known, outcomes),
            changes=tuple(self._changes(table, base, told)) if decision.decided else (),
            until=self._until(profile, on, outcomes),
            presumed=self._presumed(table, facts, taken, outcomes),
        )

    def _core(self, table: Table, root: int) -> Decision:
        """What of a decision hangs on the restricted root alone, which many persons share: all but `on`, the rules and what they say."""
        core = table.cores.get(root)
        if core is None:
            outcomes = table.reached(root)
            firsts = list(dict.fromkeys(o.first for o in outcomes))
            eligible = self._ordered(_in_all([o.eligible for o in outcomes]))
            decided = len(firsts) == 1
            core = table.cores[root] = Decision(
                on="",
                decided=decided,
                first=self._ordered(_in_all(firsts)),
                possible=self._ordered(c for f in firsts for c in f),
                eligible=tuple(Eligible(operator=code, rules=()) for code in eligible),
                maybe=(),
                see=tuple(sorted(_in_all([o.see for o in outcomes]), key=self._bodies.index)),
                outside=next((c for c in eligible if self.law.outside(c)), None),
                reasons=(),
                not_=(),
                changes=(),
                until=None,
                missing=self._missing(table, root, decided=decided),
                faults=tuple(dict.fromkeys(f"{a} / {b}" for o in outcomes for a, b in o.clash)),
                may_see={
                    code: tuple(dict.fromkeys(b for o in outcomes if code in o.first for b in o.see))
                    for code in dict.fromkeys(c for first in firsts for c in first)
                    if self.law.outside(code)
                },
            )
        return core

    def facts(self, profile: Profile, on: str) -> dict[str, Value]:
        """The facts of a profile on a day, with those its commune tells."""
        return of_commune(self.law, profile.commune) | facts_on(profile, on)

    def facts_taken(self, profile: Profile, on: str) -> dict[str, Value]:
        """`facts`, with those taken as told until someone tells otherwise."""
        facts = self.facts(profile, on)
        return facts | presumed(self.law, self.table(on), facts)

    def _presumed(
        self, table: Table, facts: Facts, taken: Mapping[str, str], outcomes: list[Outcome]
    ) -> tuple[Presumed, ...]:
        """Of the facts taken as told, those whose other values would change the answer."""
        now = _answers(outcomes)
        says = {card.fact: card.says for card in self.law.presumptions}
        found = []
        for name, value in taken.items():
            others = {**facts, **{n: v for n, v in taken.items() if n != name}}
            if _answers(table.outcomes(table.known(others))) != now:
                found.append(Presumed(fact=name, value=value, says=says[name]))
        return tuple(found)

    def _ordered(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Each code once, as operators.toml lists them: an order to show them in, which says nothing of who comes first."""
        return tuple(sorted(dict.fromkeys(codes), key=lambda c: (self._order.get(c, len(self._order)), c)))

    def until(self, profile: Profile, on: str) -> Until | None:
        """The last day on which nothing of the answer has changed, the person staying as told; None when no end is in sight."""
        table = self.table(on)
        return self._until(profile, on, table.outcomes(table.known(self.facts_taken(profile, on))))

    def contradictions(self, facts: Facts, on: str) -> tuple[Constraint, ...]:
        """The constraints that the told facts break: each with the facts it names."""
        table = self.table(on)
        known = table.known(facts)
        if table.held(known).possible:
            return ()
        # when no constraint alone is broken, several together leave no person
        several = [c for c in self.law.constraints if known.keys() & c.when.keys()]
        return tuple(_broken(self.law.constraints, facts) or several)

    def doubts(self, facts: Facts) -> list[Constraint]:
        """What is told that contradicts itself and is answered all the same: said, not refused."""
        return _broken(self.law.doubts, facts)

    # -- reasons --------------------------------------------------------------------------------------------------------

    def _eligible(
        self, table: Table, code: str, cards: Sequence[RuleCard], alive: int, known: Classes
    ) -> Eligible:
        """The rules that open `code` for every person the profile may be (any of them when each person has his own)."""
        rules = tuple([c.id for c in cards if c.opens == code])
        if not rules:
            opening = next(bits for answer, bits, _ in table.segment.answers if answer == code)
            rules = tuple([c.id for c in table.rules_of(table.some(alive & opening, known))])
        return Eligible(operator=code, rules=rules)

    def _reasons(
        self, table: Table, facts: Facts, known: Classes, cards: Iterable[RuleCard], on: str
    ) -> tuple[Reason, ...]:
        """Exactly the rules that speak of every person the profile may be, then the notes that surely do."""
        surely = self._boxes.holding(facts)
        notes = [c for bit, c in enumerate(self._notes) if surely >> bit & 1 and c.in_force(on)]
        unsettled = {code for c in notes for code in c.unsettles}
        return tuple(
            [
                Reason(
                    rule=c.id,
                    role="note" if not c.opens else "opens",
                    operator=c.opens,
                    says=c.says,
                    facts={n: _shown(n, facts, table, known) for n in c.when},
                    sources=self.law.sources_on(c.sources, on),
                    confidence="unsure" if c.opens in unsettled else c.confidence,
                    see=c.see,
                    protects=c.protects,
                )
                for c in (*cards, *notes)
            ]
        )

    @cached_property
    def _boxes(self) -> Boxes:
        """Those of the notes, in the order of the rules, then those of the publics."""
        publics = [p.when for p in self.law.publics.values() if p.when is not None]
        return Boxes(self.law.facts, self.law.constraints, [*(c.when for c in self._notes), *publics])

    def box(self, when: When, profile: Profile, on: str) -> Openness:
        """Does a box of the rules' own language (a public, a scheme) hold the person? True, False, or None with the facts still open."""
        return self.boxes([when], profile, on)[0]

    def boxes(self, boxes: Iterable[When], profile: Profile, on: str) -> tuple[Openness, ...]:
        """`box` for many boxes and one person."""
        return tuple(self._boxes.states(boxes, self.facts(profile, on)))

    def _maybe(self, table: Table, known: Classes, root: int, core: Decision) -> tuple[Maybe, ...]:
        sure = {e.operator for e in core.eligible}
        codes = {c for o in table.reached(root) for c in o.eligible} - sure
        apart = {n: table.divides(root, n) for n in table.facts if n not in known} if codes else {}
        _, alive = table.holding(known)
        found = []
        for code, opening, _ in table.segment.answers:
            if code not in codes:
                continue
            open_ = table.some(alive & opening, known)
            names = [
                n
                for n, groups in apart.items()
                if table.named[n] & open_
                and any(_several(code in o.eligible for o in group) for group in groups)
            ]
            when = {n: tuple(_with(table.split(root, n), code)) for n in names}
            found.append(Maybe(operator=code, missing=tuple(names), when=when))
        return tuple(found)

    def _why_not(
        self, table: Table, facts: Facts, known: Classes, outcomes: list[Outcome]
    ) -> tuple[WhyNot, ...]:
        """For each operator that serves nobody the profile may be: the law that bars it, or the nearest rule's failed conditions."""
        possible = {c for o in outcomes for c in o.eligible}
        standing, _ = table.holding(known)
        found = []
        for code, opening, barring in table.segment.answers:
            if code in possible or not opening or self.law.outside(code):
                continue
            barred = table.rules_of(standing & barring)
            failed: tuple[dict[str, str], ...] = ()
            if not standing & opening:
                nearest = min(ones(opening), key=lambda bit: self._far(bit, table, known))
                failed = self._failed(nearest, table, facts, known)
            found.append(WhyNot(operator=code, because=failed, law=barred[0].id if barred else None))
        return tuple(found)

    def _far(self, bit: int, table: Table, known: Classes) -> tuple[int, int, int, str]:
        """How far a rule is from speaking: conditions that fail, then doubt, then conditions not known."""
        (card,) = table.rules_of(1 << bit)
        doubt = ("sure", "likely", "unsure").index(card.confidence)
        return len(table.dead(bit, known)), doubt, sum(n not in known for n in card.when), card.id

    def _failed(self, bit: int, table: Table, facts: Facts, known: Classes) -> tuple[dict[str, str], ...]:
        (card,) = table.rules_of(1 << bit)
        dead = table.dead(bit, known)
        return tuple(
            {"fact": n, "is": _shown(n, facts, table, known), "wants": " ".join(values)}
            for n, values in card.when.items()
            if n in dead
        )

    # -- what to ask next -----------------------------------------------------------------------------------------------

    def _missing(self, table: Table, root: int, *, decided: bool) -> tuple[Missing, ...]:
        """Every unknown fact that may alter the answer, the most dividing first; between equals, in the order of an interview."""
        found: list[tuple[tuple[int, ...], Missing]] = []
        for level in table.diagrams.support(root):
            name = table.segment.levels[level]
            changes = self._changes_of(table.divides(root, name), decided=decided)
            if changes is None:
                continue
            splits = self._splits(table, root, name)
            left = [len(answers) for answers in splits.values() if answers]
            rank = (_PARTS.index(changes), max(left, default=0), sum(left), self._asked[name])
            found.append((rank, Missing(fact=name, changes=changes, splits=splits)))
        return tuple(m for _, m in sorted(found, key=lambda pair: pair[0]))

    def _changes_of(self, groups: list[list[Outcome]], *, decided: bool) -> str | None:
        """What of the answer one fact alone may alter: `first`, else `eligible`, else `see`."""
        if not decided and any(_several(o.first for o in group) for group in groups):
            return "first"
        if any(_several(o.eligible for o in group) for group in groups):
            return "eligible"
        return "see" if any(_several(o.see for o in group) for group in groups) else None

    def _splits(self, table: Table, root: int, name: str) -> dict[str, tuple[str, ...]]:
        return {
            " ".join(written(members)): self._ordered(c for o in outcomes for c in o.first)
            for members, outcomes in table.split(root, name)
        }

    # -- what would change it -------------------------------------------------------------------------------------------

    def _changes(self, table: Table, base: Classes, told: tuple[str, ...]) -> Iterator[Change]:
        """The smallest changes of facts told that flip who comes first: alone, or two together when neither alone does."""
        for moved, there in table.moved(base, told, CHANGES_AT_MOST):
            yield Change(
                if_={n: " ".join(written(table.members[n][i])) for n, i in moved.items()},
                can_change=all(self.law.facts[n].can_change for n in moved),
                then=self._ordered(c for first in there for c in first),
            )

    # -- until when -----------------------------------------------------------------------------------------------------

    def _until(self, profile: Profile, on: str, outcomes: list[Outcome]) -> Until | None:
        """The last day on which nothing of the answer has changed, the person staying as told."""
        now = _answers(outcomes)
        if profile.birth_date is None and isinstance(profile.facts.get("age"), int):
            birthday = self._next_year(profile, on, now)
            if birthday:
                return birthday
        for day, why in self._events(profile, on):
            then = self._outcomes_on(profile, day)
            if _answers(then) != now:
                return Until(
                    day=day_before(day), why=why, then=self._ordered(c for o in then for c in o.first)
                )
        return None

    def _outcomes_on(self, profile: Profile, day: str) -> list[Outcome]:
        table = self.table(day)
        return table.outcomes(table.known(self.facts_taken(profile, day)))

    def _next_year(self, profile: Profile, on: str, now: set[Answer]) -> Until | None:
        """Age told without a birth date: the next birthday may come tomorrow."""
        age = int(profile.facts["age"])
        if age + 1 not in YEARS:
            return None
        table = self.table(on)
        then = table.outcomes(table.known({**self.facts_taken(profile, on), "age": age + 1}))
        if not then or _answers(then) == now:
            return None
        return Until(day=None, why=f"age:{age + 1}", then=self._ordered(c for o in then for c in o.first))

    def _age_starts(self) -> tuple[int, ...]:
        """The ages at which a class of age begins, whatever the segment."""
        if self._starts is None:
            classes = [members for s in self.law.segments for members in s.members.get("age", ())]
            self._starts = tuple(sorted({low for members in classes for low, _ in runs(_years(members))}))
        return self._starts

    def _events(self, profile: Profile, on: str) -> list[tuple[str, str]]:
        """The days to come on which something may change: birthdays at which a class of age ends, first days of segments."""
        events = [(s.since, f"law:{s.since}") for s in self.law.segments if s.since > on]
        if profile.birth_date:
            for age in self._age_starts():
                day = birthday(profile.birth_date, age)
                if day > on and day < FOREVER:
                    events.append((day, f"age:{age}"))
        return sorted(events)


def _broken(cards: Iterable[Constraint], facts: Facts) -> list[Constraint]:
    """The constraints that the told facts alone run into."""
    return [
        card
        for card in cards
        if any(all(n in facts and facts[n] in values for n, values in box.items()) for box in card.boxes)
    ]


_PARTS = ("first", "eligible", "see")
Answer = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _years(members: Iterable[Value]) -> list[int]:
    return [v for v in members if isinstance(v, int)]


def _in_all(parts: list[tuple[str, ...]]) -> list[str]:
    """What all of several lists hold."""
    return [c for c in parts[0] if all(c in part for part in parts)] if parts else []


def _with(split: Iterable[tuple[tuple[Value, ...], list[Outcome]]], code: str) -> Iterator[str]:
    """The values of a fact with which an operator may serve."""
    for members, outcomes in split:
        if any(code in o.eligible for o in outcomes):
            yield from written(members)


def _several(keys: Iterable[bool | tuple[str, ...]]) -> bool:
    return len(set(keys)) > 1


def _answers(outcomes: list[Outcome]) -> set[Answer]:
    return {(o.first, o.eligible, o.see) for o in outcomes}


def _shown(name: str, facts: Facts, table: Table, known: Classes) -> str:
    """A fact as told, or the class of values that follows: `yes`, `bac3 bac4 bac5`, `16..25`."""
    if name in facts:
        return str(facts[name])
    return " ".join(written(table.members[name][known[name]])) if name in known else ""
