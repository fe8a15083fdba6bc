"""The whole answer for one profile on one day: who, why, why not, what would change it, until when, what to ask next.

Everything here is asked of `decide.Table`; no rule is compared with a person anywhere else. Nothing is said in words: ids,
facts and values only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cep_route.engine.decide import Outcome, Table
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
from cep_route.model.law import FOREVER, YEARS, Constraint, Law, RuleCard, next_day

KEPT_AT_MOST = (
    4096  # descriptions of persons whose enumerations are remembered: classes of values, nobody's own facts
)
CHANGES_AT_MOST = 2  # facts moved together: beyond two a change is another person, not advice


class Judge:
    """A law with its tables made once: the door of the engine for many persons."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self._tables: dict[str, Table] = {}
        self._starts: tuple[int, ...] | None = None
        self._kept: dict[Any, Any] = {}
        self._order = {code: i for i, code in enumerate(law.operators)}
        self._bodies = [
            *law.bodies,
            *dict.fromkeys(b for c in law.rules for b in c.see if b not in law.bodies),
        ]

    def table(self, on: str) -> Table:
        segment = self.law.segment(on)
        table = self._tables.get(segment.since)
        if table is None:
            table = self._tables[segment.since] = Table(segment, self.law.rules)
        return table

    def decide(self, profile: Profile, on: str, *, brief: bool = False) -> Decision:
        """Who may serve the profile on an ISO day. The facts must not contradict each other (`contradictions`).

        `brief`, for files of many persons: without `maybe`, `not_`, `changes` and `until`.
        """
        table = self.table(on)
        facts = self.facts(profile, on)
        taken = presumed(self.law, table, facts)
        known: dict[str, int] = self._implied(table, facts | taken)
        told = {n: known[n] for n in table.facts if n in facts and not self.law.facts[n].places}
        outcomes = self._outcomes(table, known)
        firsts = list(dict.fromkeys(o.first for o in outcomes))
        first = self._ordered(c for c in firsts[0] if all(c in f for f in firsts)) if firsts else ()
        eligible = self._ordered(_certain(outcomes, lambda o: o.eligible))
        decided = len(firsts) == 1
        missing = self._once("missing", table, known, lambda: self._missing(table, known, decided=decided))
        return Decision(
            on=on,
            decided=decided,
            first=first,
            possible=self._ordered(c for f in firsts for c in f),
            eligible=tuple(
                Eligible(operator=c, rules=tuple(r.id for r in self._opening(table, outcomes, c)))
                for c in eligible
            ),
            maybe=()
            if brief
            else self._once("maybe", table, known, lambda: self._maybe(table, known, outcomes, eligible)),
            see=tuple(sorted(_certain(outcomes, lambda o: o.see), key=self._bodies.index)),
            outside=next((c for c in eligible if self._is_outside(c)), None),
            reasons=self._reasons(table, facts, known, outcomes, on),
            not_=() if brief else self._why_not(table, facts, known, outcomes),
            changes=self._once(
                "changes", table, known, lambda: self._changes(table, known, list(told), firsts)
            )
            if decided and not brief
            else (),
            until=None if brief else self._until(profile, on, outcomes),
            missing=missing,
            faults=tuple(dict.fromkeys(f"{a} / {b}" for o in outcomes for a, b in o.clash)),
            presumed=() if brief else self._presumed(table, facts, taken, outcomes),
        )

    def facts(self, profile: Profile, on: str) -> dict[str, Any]:
        """The facts of a profile on a day, with those its commune tells."""
        return of_commune(self.law, profile.commune) | facts_on(profile, on)

    def facts_taken(self, profile: Profile, on: str) -> dict[str, Any]:
        """`facts`, with those taken as told until someone tells otherwise."""
        facts = self.facts(profile, on)
        return facts | presumed(self.law, self.table(on), facts)

    def _presumed(
        self, table: Table, facts: Mapping[str, Any], taken: Mapping[str, str], outcomes: list[Outcome]
    ) -> tuple[Presumed, ...]:
        """Of the facts taken as told, those whose other values would change the answer."""
        now = _answers(outcomes)
        says = {card.fact: card.says for card in self.law.presumptions}
        found = []
        for name, value in taken.items():
            others = self._implied(table, {**facts, **{n: v for n, v in taken.items() if n != name}})
            if _answers(self._outcomes(table, others)) != now:
                found.append(Presumed(fact=name, value=value, says=says[name]))
        return tuple(found)

    def _once(self, what: str, table: Table, known: Mapping[str, int], make: Callable[[], Any]) -> Any:
        """What an enumeration gave the last time a person was described so: many persons share one description."""
        key = (what, table.segment.since, frozenset(known.items()))
        kept = self._kept
        if key not in kept:
            if len(kept) >= KEPT_AT_MOST:
                kept = self._kept = {}  # another thread goes on with the old one
            kept[key] = make()
        return kept[key]

    def _implied(self, table: Table, facts: Mapping[str, Any]) -> dict[str, int]:
        known = table.known(facts)
        full: dict[str, int] = self._once("implied", table, known, lambda: table.implied(known))
        return full

    def _outcomes(self, table: Table, known: dict[str, int]) -> list[Outcome]:
        found: list[Outcome] = self._once("outcomes", table, known, lambda: table.outcomes(known))
        return found

    def _ordered(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Each code once, as operators.toml lists them: an order to show them in, which says nothing of who comes first."""
        return tuple(sorted(dict.fromkeys(codes), key=lambda c: (self._order.get(c, len(self._order)), c)))

    def until(self, profile: Profile, on: str) -> Until | None:
        """The last day on which nothing of the answer has changed, the person staying as told; None when no end is in sight."""
        table = self.table(on)
        known = self._implied(table, self.facts_taken(profile, on))
        return self._until(profile, on, self._outcomes(table, known))

    def contradictions(self, facts: Mapping[str, Any], on: str) -> tuple[Constraint, ...]:
        """The constraints that the told facts break: each with the facts it names."""
        table = self.table(on)
        known = table.known(facts)
        owners = [card for card in self.law.constraints for _ in card.boxes]
        hit = {owners[i].id: owners[i] for i in table.violated(known)}
        if not hit and not table.feasible(table.alive(known), known):
            # no constraint alone: several together leave no person
            hit = {c.id: c for c in self.law.constraints if known.keys() & c.when.keys()}
        return tuple(hit.values())

    def doubts(self, facts: Mapping[str, Any]) -> list[Constraint]:
        """What is told that contradicts itself and is answered all the same: said, not refused."""
        return [
            card
            for card in self.law.doubts
            if any(all(n in facts and facts[n] in values for n, values in box.items()) for box in card.boxes)
        ]

    def _is_outside(self, code: str) -> bool:
        return self.law.outside(code)

    # -- reasons --------------------------------------------------------------------------------------------------------

    def _opening(self, table: Table, outcomes: list[Outcome], code: str) -> Iterable[RuleCard]:
        """The rules that open `code` for every person the profile may be (any of them when each person has his own)."""
        mask = -1
        for o in outcomes:
            mask &= o.standing
        cards = [c for c in table.rules_of(mask & table.decisive) if c.opens == code]
        if cards:
            return cards
        some = 0
        for o in outcomes:
            some |= o.standing
        return [c for c in table.rules_of(some) if c.opens == code]

    def _reasons(
        self,
        table: Table,
        facts: Mapping[str, Any],
        known: Mapping[str, int],
        outcomes: list[Outcome],
        on: str,
    ) -> tuple[Reason, ...]:
        """Exactly the rules that speak of every person the profile may be, then the notes that surely do."""
        mask = -1
        for o in outcomes:
            mask &= o.standing
        speaking = list(table.rules_of(mask & table.decisive)) if outcomes else []
        notes = [
            c
            for c in self.law.rules
            if not c.opens and c.since <= on <= c.until and self._box(c.when, facts, table, known)[0]
        ]
        unsettled = {code for c in notes for code in c.unsettles}
        return tuple(
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
            for c in speaking + notes
        )

    def box(
        self, when: Mapping[str, Iterable[str]], profile: Profile, on: str
    ) -> tuple[bool | None, tuple[str, ...]]:
        """Does a box of the rules' own language (a public, a scheme) hold the person? True, False, or None with the missing facts."""
        table = self.table(on)
        facts = self.facts(profile, on)
        return self._box(when, facts, table, self._implied(table, facts))

    def boxes(
        self, boxes: Iterable[Mapping[str, Iterable[str]]], profile: Profile, on: str
    ) -> tuple[tuple[bool | None, tuple[str, ...]], ...]:
        """`box` for many boxes and one person."""
        table = self.table(on)
        facts = self.facts(profile, on)
        known = self._implied(table, facts)
        return tuple(self._box(when, facts, table, known) for when in boxes)

    def _box(
        self,
        when: Mapping[str, Iterable[str]],
        facts: Mapping[str, Any],
        table: Table,
        known: Mapping[str, int],
    ) -> tuple[bool | None, tuple[str, ...]]:
        missing = []
        for name, values in when.items():
            accepted = _accepted(self.law.facts[name].kind, values)
            if name in facts:
                told: tuple[Any, ...] = (facts[name],)
            elif name in known:
                told = table.members[name][known[name]]
            else:
                missing.append(name)
                continue
            inside = [v in accepted for v in told]
            if not any(inside):
                return False, ()
            if not all(inside):
                missing.append(name)
        return (None, tuple(missing)) if missing else (True, ())

    def _maybe(
        self, table: Table, known: dict[str, int], outcomes: list[Outcome], eligible: tuple[str, ...]
    ) -> tuple[Maybe, ...]:
        codes = dict.fromkeys(c for o in outcomes for c in o.eligible if c not in eligible)
        found = []
        for code, opening, _ in table.segment.answers:
            if code not in codes:
                continue
            names = [
                n
                for n in table.facts
                if n not in known
                and table.named[n] & opening & table.alive(known)
                and table.divides(known, n, lambda o, c=code: c in o.eligible)
            ]
            found.append(
                Maybe(
                    operator=code,
                    missing=tuple(names),
                    when={n: self._with(table, known, n, code) for n in names},
                )
            )
        return tuple(found)

    def _with(self, table: Table, known: dict[str, int], name: str, code: str) -> tuple[str, ...]:
        """The values of a fact with which an operator may serve the person."""
        found: list[str] = []
        for i, members in enumerate(table.members[name]):
            person = {**known, name: i}
            if table.feasible(table.alive(person), person) and any(
                code in o.eligible for o in table.outcomes(person)
            ):
                found += _span(members).split()
        return tuple(found)

    def _why_not(
        self, table: Table, facts: Mapping[str, Any], known: Mapping[str, int], outcomes: list[Outcome]
    ) -> tuple[WhyNot, ...]:
        """For each operator that serves nobody the profile may be: the law that bars it, or the nearest rule's failed conditions."""
        possible = {c for o in outcomes for c in o.eligible}
        standing = -1
        for o in outcomes:
            standing &= o.standing
        found = []
        for code, opening, barring in table.segment.answers:
            if code in possible or not opening or self._is_outside(code):
                continue
            barred = table.rules_of(standing & barring & table.decisive)
            opened = bool(standing & opening)
            failed: tuple[dict[str, str], ...] = ()
            if not opened:
                nearest = min(table.rules_of(opening), key=lambda c: self._far(c, table, facts, known))
                failed = self._failed(nearest, table, facts, known)
            found.append(WhyNot(operator=code, because=failed, law=barred[0].id if barred else None))
        return tuple(found)

    def _far(
        self, card: RuleCard, table: Table, facts: Mapping[str, Any], known: Mapping[str, int]
    ) -> tuple[Any, ...]:
        """How far a rule is from speaking: conditions that fail, then doubt, then conditions not known."""
        failed = len(self._failed(card, table, facts, known))
        doubt = ("sure", "likely", "unsure").index(card.confidence)
        return (failed, doubt, sum(n not in known for n in card.when), card.id)

    def _failed(
        self, card: RuleCard, table: Table, facts: Mapping[str, Any], known: Mapping[str, int]
    ) -> tuple[dict[str, str], ...]:
        failed = []
        for name, values in card.when.items():
            if name not in known:
                continue
            members = table.members[name][known[name]]
            if members[0] not in _accepted(self.law.facts[name].kind, values):
                failed.append(
                    {"fact": name, "is": _shown(name, facts, table, known), "wants": " ".join(values)}
                )
        return tuple(failed)

    # -- what to ask next -----------------------------------------------------------------------------------------------

    def _missing(self, table: Table, known: dict[str, int], *, decided: bool) -> tuple[Missing, ...]:
        """Every unknown fact that may alter the answer, the most dividing first."""
        found: list[tuple[tuple[int, ...], Missing]] = []
        alive = table.alive(known) & table.decisive
        for position, name in enumerate(self.law.facts):
            if name in known or not table.named.get(name, 0) & alive:
                continue
            level = self._level(table, known, name, decided=decided)
            if level is None:
                continue
            splits = self._splits(table, known, name)
            left = [len(answers) for answers in splits.values() if answers]
            rank = (("first", "eligible", "see").index(level), max(left, default=0), sum(left), position)
            found.append((rank, Missing(fact=name, changes=level, splits=splits)))
        return tuple(m for _, m in sorted(found, key=lambda pair: pair[0]))

    def _level(self, table: Table, known: dict[str, int], name: str, *, decided: bool) -> str | None:
        if not decided and table.divides(known, name, lambda o: o.first):
            return "first"
        if table.divides(known, name, lambda o: o.eligible):
            return "eligible"
        if table.divides(known, name, lambda o: o.see):
            return "see"
        return None

    def _splits(self, table: Table, known: dict[str, int], name: str) -> dict[str, tuple[str, ...]]:
        splits = {}
        for i, members in enumerate(table.members[name]):
            person = {**known, name: i}
            if table.feasible(table.alive(person), person):
                splits[_span(members)] = self._ordered(c for o in table.outcomes(person) for c in o.first)
        return splits

    # -- what would change it -------------------------------------------------------------------------------------------

    def _changes(
        self, table: Table, base: dict[str, int], told: list[str], firsts: list[tuple[str, ...]]
    ) -> tuple[Change, ...]:
        """The smallest changes of facts told that flip who comes first: alone, or two together when neither alone does."""
        now = {frozenset(f) for f in firsts}
        flips: list[dict[str, int]] = []
        found: list[Change] = []
        for size in range(1, CHANGES_AT_MOST + 1):
            for moved in _moves(table, base, told, size):
                if any(f.items() <= moved.items() for f in flips):
                    continue
                person = {**base, **moved}
                alive = table.alive(person)
                if not table.feasible(alive, person):
                    continue
                then = list(dict.fromkeys(o.first for o in table.outcomes(person)))
                if {frozenset(f) for f in then} != now:
                    flips.append(moved)
                    found.append(self._change(table, moved, then))
        return tuple(found)

    def _change(self, table: Table, moved: Mapping[str, int], then: list[tuple[str, ...]]) -> Change:
        return Change(
            if_={n: _span(table.members[n][i]) for n, i in moved.items()},
            can_change=all(self.law.facts[n].can_change for n in moved),
            then=self._ordered(c for f in then for c in f),
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
                from cep_route.model.law import day_before

                return Until(
                    day=day_before(day), why=why, then=self._ordered(c for o in then for c in o.first)
                )
        return None

    def _outcomes_on(self, profile: Profile, day: str) -> list[Outcome]:
        table = self.table(day)
        known = table.known(self.facts_taken(profile, day))
        return self._outcomes(table, known) if table.feasible(table.alive(known), known) else []

    def _next_year(self, profile: Profile, on: str, now: set[tuple[Any, ...]]) -> Until | None:
        """Age told without a birth date: the next birthday may come tomorrow."""
        age = int(profile.facts["age"])
        if age + 1 not in YEARS:
            return None
        table = self.table(on)
        known = table.known({**self.facts_taken(profile, on), "age": age + 1})
        if not table.feasible(table.alive(known), known):
            return None
        then = self._outcomes(table, known)
        if _answers(then) == now:
            return None
        return Until(day=None, why=f"age:{age + 1}", then=self._ordered(c for o in then for c in o.first))

    def _age_starts(self) -> tuple[int, ...]:
        """The ages at which a class of age begins, whatever the segment."""
        if self._starts is None:
            classes = [members for s in self.law.segments for members in s.members.get("age", ())]
            self._starts = tuple(sorted({low for members in classes for low in _run_starts(members)}))
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


def facts_on(profile: Profile, on: str) -> dict[str, Any]:
    """The facts of a profile on a day: the birth date, when told, gives the age."""
    facts = dict(profile.facts)
    if profile.birth_date:
        facts["age"] = min(max(age_on(profile.birth_date, on), 0), YEARS[-1])
    return facts


def age_on(birth_date: str, on: str) -> int:
    """Completed years. Born on 29 February: the birthday is 1 March in common years (a convention, stated in the answer)."""
    years = int(on[:4]) - int(birth_date[:4])
    return years - (on[5:] < birth_date[5:])


def birthday(birth_date: str, age: int) -> str:
    """The ISO day on which the person completes `age` years."""
    year = int(birth_date[:4]) + age
    month_day = birth_date[5:]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month_day == "02-29" and not leap:
        month_day = "03-01"
    return f"{year:04d}-{month_day}" if year <= 9999 else next_day("9999-12-30")


def _run_starts(members: Iterable[Any]) -> list[int]:
    ordered = sorted(members)
    return [v for i, v in enumerate(ordered) if not i or ordered[i - 1] != v - 1]


def _certain(outcomes: list[Outcome], part: Any) -> tuple[str, ...]:
    parts = [part(o) for o in outcomes]
    return tuple(c for c in parts[0] if all(c in p for p in parts)) if parts else ()


def _answers(outcomes: list[Outcome]) -> set[tuple[Any, ...]]:
    return {(o.first, o.eligible, o.see) for o in outcomes}


def _accepted(kind: str, values: Iterable[str]) -> tuple[Any, ...]:
    if kind != "years":
        return tuple(values)
    from cep_route.model.law import spread

    return spread(values)


def _shown(name: str, facts: Mapping[str, Any], table: Table, known: Mapping[str, int]) -> str:
    if name in facts:
        return str(facts[name])
    return _span(table.members[name][known[name]]) if name in known else ""


def _span(members: tuple[Any, ...]) -> str:
    """A class of values in short: `yes`, `bac3 bac4 bac5`, `16..25`."""
    if not isinstance(members[0], int):
        return " ".join(members)
    ordered = sorted(members)
    starts = _run_starts(ordered)
    ends = [v for i, v in enumerate(ordered) if i + 1 == len(ordered) or ordered[i + 1] != v + 1]
    return " ".join(f"{a}..{b}" if a != b else str(a) for a, b in zip(starts, ends, strict=True))


def _moves(table: Table, base: Mapping[str, int], told: list[str], size: int) -> Iterable[dict[str, int]]:
    """Every way to give `size` told facts another class of values."""
    from itertools import combinations, product

    for names in combinations(told, size):
        others = [[(n, i) for i in range(len(table.accept[n])) if i != base[n]] for n in names]
        for pick in product(*others):
            yield dict(pick)
