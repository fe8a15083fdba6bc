"""The whole answer for one profile on one day: who, why, why not, what would change it, until when, what to ask next.

Everything here is asked of `decide.Table`; no rule is compared with a person anywhere else. Nothing is said in words: ids,
facts and values only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from cep_route.engine.compile import box_of
from cep_route.engine.decide import Partition, Table, cut, of_commune, ones, presumed
from cep_route.engine.diagram import kept
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

Facts = Mapping[str, Value]
Openness = tuple[bool | None, tuple[str, ...]]
_PARTS = ("first", "eligible", "see")  # of an answer, the weightiest first


class Judge:
    """A law with its tables made once: the door of the engine for many persons."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self._tables: dict[str, Table] = {}
        self.notes = [card for card in law.rules if not card.opens]
        self.asked = {n: i for i, n in enumerate(dict.fromkeys([*law.questions, *law.facts]))}
        self.bodies = law.body_order
        self._order = {code: i for i, code in enumerate(law.operators)}

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
        placed = Placed(self, profile, on)
        return placed.brief() if brief else placed.whole()

    def facts(self, profile: Profile, on: str) -> dict[str, Value]:
        """The facts of a profile on a day, with those its commune tells."""
        return of_commune(self.law, profile.commune) | facts_on(profile, on)

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

    def box(self, when: When, profile: Profile, on: str) -> Openness:
        """Does a box of the rules' own language (a public, a scheme) hold the person? True, False, or None with the facts still open."""
        return self.boxes([when], profile, on)[0]

    def boxes(self, boxes: Iterable[When], profile: Profile, on: str) -> tuple[Openness, ...]:
        """`box` for many boxes and one person."""
        facts = self.facts(profile, on)
        return tuple([self._state(when, facts) for when in boxes])

    def _state(self, when: When, facts: Facts) -> Openness:
        alone = self._alone(tuple((name, tuple(values)) for name, values in when.items()))
        known = alone.known(facts)
        met = alone.met(0, known)
        if len(met) > 1:
            return None, tuple([name for name in when if alone.open(name, 0, known)])
        return 2 in met, ()

    @kept
    def _alone(self, key: tuple[tuple[str, tuple[str, ...]], ...]) -> Partition:
        """A box that decides nobody's operator (a public, a scheme), by itself."""
        return self._cut([dict(key)])

    @cached_property
    def beside(self) -> Partition:
        """The boxes of the notes, in the order of the rules."""
        return self._cut([card.when for card in self.notes])

    def _cut(self, whens: Iterable[When]) -> Partition:
        boxes = [box_of(when, self.law.facts) for when in whens]
        return cut(self.law.facts, boxes, [box for card in self.law.constraints for box in card.boxes])

    @cached_property
    def ages(self) -> tuple[int, ...]:
        """The ages at which a class of age begins, whatever the stretch of days."""
        classes = [members for s in self.law.segments for members in s.members.get("age", ())]
        return tuple(sorted({low for members in classes for low, _ in runs(map(int, members))}))

    def ordered(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Each code once, as operators.toml lists them: an order to show them in, which says nothing of who comes first."""
        return tuple(sorted(dict.fromkeys(codes), key=lambda c: (self._order.get(c, len(self._order)), c)))

    def firsts(self, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
        """Who comes first in one outcome at least."""
        return self.ordered(code for outcome in outcomes for code in outcome.first)


class Placed:
    """A profile on the diagram of one day.

    `facts`: as told; `taken`: those taken as told; `base`: both, as classes of values; `known`: with what follows from them; `root`: the
    diagram of those who are so; `outcomes`: all that they may get.
    """

    def __init__(self, judge: Judge, profile: Profile, on: str) -> None:
        self.judge, self.law, self.profile, self.on = judge, judge.law, profile, on
        self.table = judge.table(on)
        self.facts = judge.facts(profile, on)
        self.taken = presumed(self.law, self.table, self.facts)
        self.base = self.table.known(self.facts | self.taken)
        self.known = self.base | self.table.held(self.base).implied
        self.root = self.table.restricted(self.known)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        return self.table.reached(self.root)

    @cached_property
    def always(self) -> int:
        """The rules that speak of everybody who is so."""
        return self.table.surely(self.base)

    def brief(self) -> Decision:
        """The decision without `maybe`, `not_`, `changes` and `until`."""
        core = self.table.cores.get(self.root)
        if core is None:
            core = self.table.cores[self.root] = self._core()
        cards = self.table.rules_of(self.always)
        eligible = tuple([self._eligible(e.operator, cards) for e in core.eligible])
        return replace(core, on=self.on, eligible=eligible, reasons=self._reasons(cards))

    def whole(self) -> Decision:
        """Everything."""
        decision = self.brief()
        return replace(
            decision,
            maybe=tuple(self._maybe({e.operator for e in decision.eligible})),
            not_=tuple(self._why_not()),
            changes=tuple(self._changes()) if decision.decided else (),
            until=self.until(),
            presumed=tuple(self._presumed()),
        )

    def _core(self) -> Decision:
        """What of a decision hangs on the restricted root alone, which many persons share: all but `on`, the rules and what they say."""
        outcomes = self.outcomes
        firsts = list(dict.fromkeys(o.first for o in outcomes))
        eligible = self.judge.ordered(_in_all([o.eligible for o in outcomes]))
        return Decision(
            decided=len(firsts) == 1,
            first=self.judge.ordered(_in_all(firsts)),
            possible=self.judge.firsts(outcomes),
            eligible=tuple(Eligible(operator=code, rules=()) for code in eligible),
            see=tuple(sorted(_in_all([o.see for o in outcomes]), key=self.judge.bodies.index)),
            outside=next((c for c in eligible if self.law.outside(c)), None),
            missing=self._missing(),
            faults=tuple(dict.fromkeys(f"{a} / {b}" for o in outcomes for a, b in o.clash)),
            may_see={
                code: tuple(dict.fromkeys(b for o in outcomes if code in o.first for b in o.see))
                for code in dict.fromkeys(c for first in firsts for c in first)
                if self.law.outside(code)
            },
        )

    # -- reasons --------------------------------------------------------------------------------------------------------

    def _eligible(self, code: str, cards: Sequence[RuleCard]) -> Eligible:
        """The rules that open `code` for every person the profile may be (any of them when each person has his own)."""
        rules = tuple([c.id for c in cards if c.opens == code])
        if not rules:
            opening = next(bits for answer, bits, _ in self.table.segment.answers if answer == code)
            some = self.table.some(opening, self.base)
            rules = tuple([c.id for c in self.table.rules_of(some)])
        return Eligible(operator=code, rules=rules)

    def _reasons(self, cards: Sequence[RuleCard]) -> tuple[Reason, ...]:
        """Exactly the rules that speak of every person the profile may be, then the notes that surely do."""
        surely = self.judge.beside.surely(self.judge.beside.known(self.facts))
        notes = [c for bit, c in enumerate(self.judge.notes) if surely >> bit & 1 and c.in_force(self.on)]
        unsettled = {code for c in notes for code in c.unsettles}
        return tuple(
            [
                Reason(
                    rule=c.id,
                    role="opens" if c.opens else "note",
                    operator=c.opens,
                    says=c.says,
                    facts={name: self._shown(name) for name in c.when},
                    sources=self.law.sources_on(c.sources, self.on),
                    confidence="unsure" if c.opens in unsettled else c.confidence,
                    see=c.see,
                    protects=c.protects,
                )
                for c in (*cards, *notes)
            ]
        )

    def _shown(self, name: str) -> str:
        """A fact as told, or the class of values that follows: `yes`, `bac3 bac4 bac5`, `16..25`."""
        if name in self.facts:
            return str(self.facts[name])
        return " ".join(written(self.table.members[name][self.known[name]])) if name in self.known else ""

    def _maybe(self, sure: set[str]) -> Iterator[Maybe]:
        """The operators that may serve the person, depending on facts not known."""
        codes = {c for o in self.outcomes for c in o.eligible} - sure
        unknown = [name for name in self.table.facts if name not in self.known] if codes else []
        apart = {name: self.table.divides(self.root, name) for name in unknown}
        for code, opening, _ in self.table.segment.answers:
            if code in codes:
                some = self.table.some(opening, self.base)
                names = [
                    name
                    for name, groups in apart.items()
                    if self.table.named[name] & some
                    and any(len({code in o.eligible for o in group}) > 1 for group in groups)
                ]
                when = {
                    name: tuple(
                        value
                        for members, outcomes in self.table.split(self.root, name)
                        if any(code in o.eligible for o in outcomes)
                        for value in written(members)
                    )
                    for name in names
                }
                yield Maybe(operator=code, missing=tuple(names), when=when)

    def _why_not(self) -> Iterator[WhyNot]:
        """For each operator that serves nobody the profile may be: the law that bars it, or the nearest rule's failed conditions."""
        possible = {c for o in self.outcomes for c in o.eligible}
        for code, opening, barring in self.table.segment.answers:
            if code in possible or not opening or self.law.outside(code):
                continue
            barred = self.table.rules_of(self.always & barring)
            near = () if self.always & opening else min(map(self._far, ones(opening)))[1]
            yield WhyNot(operator=code, because=near, law=barred[0].id if barred else None)

    def _far(self, bit: int) -> tuple[tuple[int, int, int, str], tuple[dict[str, str], ...]]:
        """How far a rule is from speaking (conditions that fail, then doubt, then conditions not known), and the conditions that fail."""
        card, accept = self.table.cards[bit], self.table.accept
        known = [name for name in card.when if name in self.known]
        failed = [name for name in known if not accept[name][self.known[name]] >> bit & 1]
        doubt = ("sure", "likely", "unsure").index(card.confidence)
        because = [{"fact": n, "is": self._shown(n), "wants": " ".join(card.when[n])} for n in failed]
        return (len(failed), doubt, len(card.when) - len(known), card.id), tuple(because)

    def _presumed(self) -> Iterator[Presumed]:
        """Of the facts taken as told, those whose other values would change the answer."""
        says = {card.fact: card.says for card in self.law.presumptions}
        for name, value in self.taken.items():
            others = {n: i for n, i in self.base.items() if n != name}
            if _answers(self.table.outcomes(others)) != _answers(self.outcomes):
                yield Presumed(fact=name, value=value, says=says[name])

    # -- what to ask next, what would change it -------------------------------------------------------------------------

    def _missing(self) -> tuple[Missing, ...]:
        """Every unknown fact that may alter the answer, the most dividing first; between equals, in the order of an interview."""
        found: list[tuple[tuple[int, ...], Missing]] = []
        for level in self.table.diagrams.support(self.root):
            name = self.table.levels[level]
            groups = self.table.divides(self.root, name)
            apart = (part for part in _PARTS if any(len({getattr(o, part) for o in g}) > 1 for g in groups))
            changes = next(apart, None)
            if changes:
                split = self.table.split(self.root, name)
                splits = {" ".join(written(members)): self.judge.firsts(those) for members, those in split}
                left = [len(answers) for answers in splits.values() if answers]
                rank = (_PARTS.index(changes), max(left, default=0), sum(left), self.judge.asked[name])
                found.append((rank, Missing(fact=name, changes=changes, splits=splits)))
        return tuple(m for _, m in sorted(found, key=lambda pair: pair[0]))

    def _changes(self) -> Iterator[Change]:
        """The smallest changes of facts told that flip who comes first: alone, or two together when neither alone does."""
        told = [n for n in self.table.facts if n in self.facts and not self.law.facts[n].places]
        for moved, there in self.table.moved(self.base, told):
            yield Change(
                if_={n: " ".join(written(self.table.members[n][i])) for n, i in moved.items()},
                can_change=all(self.law.facts[n].can_change for n in moved),
                then=self.judge.ordered(code for first in there for code in first),
            )

    # -- until when -----------------------------------------------------------------------------------------------------

    def until(self) -> Until | None:
        """The last day on which nothing of the answer has changed, the person staying as told; None when no end is in sight."""
        now, age = _answers(self.outcomes), self.profile.facts.get("age")
        if self.profile.birth_date is None and isinstance(age, int) and age + 1 in YEARS:
            # age told without a birth date: the next birthday may come tomorrow
            then = self.table.outcomes(self.base | self.table.known({"age": age + 1}))
            if then and _answers(then) != now:
                return Until(day=None, why=f"age:{age + 1}", then=self.judge.firsts(then))
        for day, why in self._events():
            then = Placed(self.judge, self.profile, day).outcomes
            if _answers(then) != now:
                return Until(day=day_before(day), why=why, then=self.judge.firsts(then))
        return None

    def _events(self) -> list[tuple[str, str]]:
        """The days to come on which something may change: birthdays at which a class of age ends, first days of segments."""
        days = [(s.since, f"law:{s.since}") for s in self.law.segments]
        born = self.profile.birth_date
        days += [(birthday(born, age), f"age:{age}") for age in self.judge.ages] if born else []
        return sorted(event for event in days if self.on < event[0] < FOREVER)


def _broken(cards: Iterable[Constraint], facts: Facts) -> list[Constraint]:
    """The constraints that the told facts alone run into."""
    return [
        card
        for card in cards
        if any(all(n in facts and facts[n] in values for n, values in box.items()) for box in card.boxes)
    ]


def _in_all(parts: list[tuple[str, ...]]) -> list[str]:
    """What all of several lists hold."""
    return [c for c in parts[0] if all(c in part for part in parts)] if parts else []


def _answers(outcomes: Iterable[Outcome]) -> set[tuple[tuple[str, ...], ...]]:
    """What is told of outcomes, in the order of `_PARTS`."""
    return {(o.first, o.eligible, o.see) for o in outcomes}
