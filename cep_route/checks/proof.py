"""What is wrong with a law, shown over every kind of person on every stretch of days. It asks the engine and reads no file.

An unknown fact needs no proof of its own: a profile's answers are the union over the persons it may be. Each finding carries
the smallest person who shows it, widened to what matters: everyone who matches the witness has the same fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

from cep_route.checks import witness
from cep_route.checks.names import Written, ring_of
from cep_route.checks.sources import sources
from cep_route.engine.compare import Edits, answer
from cep_route.engine.compile import with_rules
from cep_route.engine.decide import Outcome, Table
from cep_route.engine.space import Space, box_of, spaces, written
from cep_route.model.answer import Finding, Place
from cep_route.model.law import BEGINNING, FOREVER, Constraint, Law, RuleCard


def prove(
    law: Law, rules_at: Written | None = None, *, on: str | None = None, max_age_months: int | None = None
) -> list[Finding]:
    """Every fault of the law, sorted by place. `rules_at`, the law as written, gives the places.

    On a day, its sources are looked at too: with `max_age_months`, those not read again for longer.
    """
    proof = _Proof(law, rules_at)
    found = [
        *(sources(rules_at, on, max_age_months) if rules_at and on else ()),
        *proof.empty_days(),
        *proof.nobody(),
        *proof.idle_constraints(),
        *proof.gaps(),
        *proof.conflicts(),
        *proof.rings(),
        *proof.rules(),
        *proof.relations(),
    ]
    return sorted(found, key=Finding.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """The same fault of everyone described, from one day to another."""

    space: Space
    classes: dict[str, tuple[int, ...]]
    outcome: Outcome
    since: str
    until: str

    def facts(self) -> dict[str, tuple[Any, ...]]:
        members = self.space.table.members
        return {n: tuple(v for i in classes for v in members[n][i]) for n, classes in self.classes.items()}


class _Proof:
    def __init__(self, law: Law, rules_at: Written | None) -> None:
        self.law = law
        self.spaces = spaces(law)
        self.edits = Edits(law)
        self.marked = Edits(law, marked=True)
        self._located = rules_at.located_rules if rules_at else ()
        self._constraints = rules_at.located_constraints if rules_at else ()

    # -- nobody to serve, nobody to be served ---------------------------------------------------------------------------

    def empty_days(self) -> Iterator[Finding]:
        """CEP128: a stretch of days on which no rule opens anything."""
        for space in self.spaces:
            if not space.segment.bits:
                days = {"since": space.segment.since, "until": space.segment.until}
                near = [c for c in self.law.rules if c.opens and c.since > days["until"]]
                places = self._places(sorted(near, key=lambda c: c.since)[:1], "since")
                yield Finding(code="CEP128", values=days, place=places[0] if places else None)

    def nobody(self) -> Iterator[Finding]:
        """CEP131: the constraints together leave no possible person."""
        if self.spaces and not self.spaces[0].count({}):
            places = [one.place("when") for one in self._constraints]
            yield Finding(
                code="CEP131",
                values={"constraints": " ".join(c.id for c in self.law.constraints)},
                place=places[0] if places else None,
                more_places=tuple(places[1:]),
            )

    def idle_constraints(self) -> Iterator[Finding]:
        """CEP129: a constraint that excludes nobody whom the others would admit."""
        for i, card in enumerate(self.law.constraints):
            others = self.law.constraints[:i] + self.law.constraints[i + 1 :]
            space = _bare(self.law, others)
            if not any(True for box in card.boxes for _ in space.within(dict(box))):
                place = self._constraints[i].place("when") if self._constraints else None
                yield Finding(code="CEP129", values={"id": card.id}, place=place, severity="warning")

    def gaps(self) -> Iterator[Finding]:
        """CEP120: a person whom no rule sends anywhere."""
        for fault in self._faults(lambda _, outcome: () if outcome.eligible else ("gap",)):
            near = _nearest(fault)
            places = self._places(near, "when")
            yield self._finding("CEP120", fault, {"fix": _new_rule(fault, near)}, places)

    def conflicts(self) -> Iterator[Finding]:
        """CEP121: two operators come first and no rule says they may."""
        for fault, (a, b) in self._keyed_faults(lambda _, outcome: outcome.clash):
            cards = fault.space.table.rules_of(fault.outcome.standing)
            mine, theirs = ([c for c in cards if c.opens == code] for code in (a, b))
            fix = f'{mine[0].id}: before = ["{theirs[0].id}"]  |  joint = ["{theirs[0].id}"]'
            values = {"a": a, "b": b, "rules": " ".join(c.id for c in (*mine, *theirs)), "fix": fix}
            yield self._finding("CEP121", fault, values, self._places((*mine, *theirs), "id"))

    def rings(self) -> Iterator[Finding]:
        """CEP130: operators each of which comes before the next, for the same person."""
        for fault, ring in self._keyed_faults(lambda space, outcome: _rings(space.table, outcome)):
            cards = [c for c in fault.space.table.rules_of(fault.outcome.standing) if c.opens in ring]
            values = {"ring": " → ".join([*ring, ring[0]])}
            yield self._finding(
                "CEP130", fault, values, self._places([c for c in cards if c.before], "before")
            )

    # -- rules that do nothing ------------------------------------------------------------------------------------------

    def rules(self) -> Iterator[Finding]:
        """CEP122 dead and CEP123 redundant rules; CEP124 idle conditions of the others."""
        for i, card in enumerate(self.law.rules):
            fault = self._dead(i, card) if card.opens else self._mute(i, card)
            if fault:
                yield fault
                continue
            for name in card.when:
                less = replace(card, when={n: v for n, v in card.when.items() if n != name})
                idle = not self.marked.alters(i, less) if card.opens else not self._speaks_more(card, name)
                if idle:
                    values = {"id": card.id, "fact": name, "values": " ".join(card.when[name])}
                    place = self._place(i, "when", name)
                    yield Finding(code="CEP124", values=values, place=place, severity="warning")

    def _dead(self, index: int, card: RuleCard) -> Finding | None:
        """A rule without which everyone has the same answer, with the smallest set of rules found that makes it so."""
        stands = {
            (k, standing)
            for k, space in enumerate(self.spaces)
            if index in space.segment.bits
            for _, standing in space.within(box_of(card.when, self.law.facts))
        }
        if not stands:
            return self._never(index, card)
        if self.edits.alters(index, None):
            return None
        cover = self._cover(index, card, stands)
        twin = len(cover) == 1 and self.law.rules[cover[0]].opens == card.opens
        names = dict.fromkeys(self.law.rules[i].id for i in cover)
        values = {
            "id": card.id,
            "operator": card.opens or "",
            "cover": " ".join(names),
            "fix": f"drop {card.id}",
        }
        return Finding(
            code="CEP123" if twin else "CEP122",
            values=values | self._someone(index, stands),
            place=self._place(index, "id"),
            more_places=tuple(p for i in cover if (p := self._place(i, "id"))),
            severity="warning" if twin else "error",
        )

    def _someone(self, index: int, stands: Iterable[tuple[int, int]]) -> dict[str, str]:
        """A person the rule speaks of, as a command."""
        k = min(k for k, _ in stands)
        space = self.spaces[k]
        box = box_of(self.law.rules[index].when, self.law.facts)
        known, _ = next(space.within(box))
        person = witness.one({n: v for n, v in space.described(known, box).items() if n in box})
        return {"route": witness.route_line(person, self._day(space))}

    def _cover(self, index: int, card: RuleCard, stands: set[tuple[int, int]]) -> list[int]:
        """Rules that, between them, open or bar the operator wherever the rule stands: the widest first."""
        left = {pair: set(self._doing_the_same(index, card, *pair)) for pair in stands}
        barring = {
            pair: {i for i in rules if card.opens in self.law.rules[i].bars} for pair, rules in left.items()
        }
        if all(barring.values()):
            left = barring
        cover: list[int] = []
        while left:
            votes: dict[int, int] = {}
            for rules in left.values():
                for i in rules:
                    votes[i] = votes.get(i, 0) + 1
            best = max(votes, key=lambda i: (votes[i], -i))
            cover.append(best)
            left = {pair: rules for pair, rules in left.items() if best not in rules}
        return cover

    def _doing_the_same(self, index: int, card: RuleCard, k: int, standing: int) -> Iterator[int]:
        for bit, i in enumerate(self.spaces[k].segment.bits):
            other = self.law.rules[i]
            if i != index and standing >> bit & 1 and (other.opens == card.opens or card.opens in other.bars):
                yield i

    def _never(self, index: int, card: RuleCard) -> Finding:
        """A rule that speaks of nobody possible: the constraints that make it so."""
        box = box_of(card.when, self.law.facts)
        blamed = []
        for i, constraint in enumerate(self.law.constraints):
            space = _bare(
                self.law, self.law.constraints[:i] + self.law.constraints[i + 1 :], replace(card, opens=None)
            )
            if any(True for _ in space.within(box)):
                blamed.append(constraint.id)
        cover = blamed or [c.id for c in self.law.constraints if box.keys() & (c.when.keys() | c.then.keys())]
        values = {
            "id": card.id,
            "operator": card.opens or "",
            "cover": " ".join(cover),
            "fix": f"drop {card.id}",
        }
        return Finding(code="CEP132", values=values, place=self._place(index, "when"))

    def _mute(self, index: int, card: RuleCard) -> Finding | None:
        """A note decides nothing; one that speaks of nobody possible is dead too."""
        space = _bare(self.law, self.law.constraints, card)
        return (
            None
            if any(True for _ in space.within(box_of(card.when, self.law.facts)))
            else self._never(index, card)
        )

    def _speaks_more(self, card: RuleCard, name: str) -> bool:
        """Would the note speak of anyone more without this condition?"""
        space = _bare(self.law, self.law.constraints, card)
        box = box_of(card.when, self.law.facts)
        outside = tuple(v for v in space.values(name) if v not in box[name])
        return any(True for _ in space.within({**box, name: outside}))

    def relations(self) -> Iterator[Finding]:
        """CEP125, CEP126, CEP127: `before`, `bars` and `joint` that never have an occasion."""
        used = set(self._occasions())
        for i, card in enumerate(self.law.rules):
            for key, code in (("before", "CEP125"), ("bars", "CEP126"), ("joint", "CEP127")):
                for word in getattr(card, key) if card.opens else ():
                    if (i, key, word) not in used:
                        values = {
                            "id": card.id,
                            "key": key,
                            "word": word,
                            "fix": f'{card.id}: {key} -= "{word}"',
                        }
                        place = self._place(i, key, value=word)
                        yield Finding(code=code, values=values, place=place, severity="warning")

    def _occasions(self) -> Iterator[tuple[int, str, str]]:
        """Every (rule, relation, word) that orders, bars or joins something for a possible person."""
        for space in self.spaces:
            bits = space.segment.bits
            for standing in {standing for _, standing in space.kinds()}:
                outcome = space.table.outcome(standing)
                here = [(i, self.law.rules[i]) for bit, i in enumerate(bits) if standing >> bit & 1]
                opened = {card.opens for _, card in here}
                serving = [(i, card) for i, card in here if card.opens in outcome.eligible]
                for i, card in here:
                    yield from ((i, "bars", code) for code in card.bars if code in opened)
                for i, card in serving:
                    others = [other for _, other in serving if other.opens != card.opens]
                    yield from ((i, "before", other.id) for other in others if other.id in card.before)
                    if card.opens in outcome.first:
                        yield from (
                            (i, "joint", other.id)
                            for other in others
                            if other.id in card.joint and other.opens in outcome.first
                        )

    # -- faults, gathered -----------------------------------------------------------------------------------------------

    def _faults(self, test: Callable[[Space, Outcome], Iterable[Any]]) -> Iterator[_Fault]:
        for fault, _ in self._keyed_faults(test):
            yield fault

    def _keyed_faults(self, test: Callable[[Space, Outcome], Iterable[Any]]) -> Iterator[tuple[_Fault, Any]]:
        """Each fault once: widened over persons, then joined over stretches of days that follow each other."""
        found: list[tuple[_Fault, Any]] = []
        for space in self.spaces:
            for fault, key in self._in(space, test):
                for at, (earlier, same) in enumerate(found):
                    follows = _next(earlier.until) == fault.since
                    if follows and same == key and earlier.facts() == fault.facts():
                        found[at] = (replace(earlier, until=fault.until), key)
                        break
                else:
                    found.append((fault, key))
        yield from found

    def _in(
        self, space: Space, test: Callable[[Space, Outcome], Iterable[Any]]
    ) -> Iterator[tuple[_Fault, Any]]:
        since, until = space.segment.since, space.segment.until
        told: dict[Any, list[tuple[dict[str, int], Outcome]]] = {}
        for known, standing in space.kinds() if space.segment.bits else ():
            outcome = space.table.outcome(standing)
            for key in test(space, outcome):
                wide = told.setdefault(key, [])
                if not any(w.items() <= known.items() for w, _ in wide):
                    shows = partial(_shows, space, test, key)
                    wide.append((space.widen(known, shows), outcome))
        for key, wide in told.items():
            for classes, outcome in _joined(wide):
                yield _Fault(space=space, classes=classes, outcome=outcome, since=since, until=until), key

    def _finding(self, code: str, fault: _Fault, values: dict[str, str], places: list[Place]) -> Finding:
        person = witness.one(fault.facts())
        on = self._day(fault.space)
        shown = {
            "who": witness.told(fault.facts()),
            "since": fault.since,
            "until": fault.until,
            "route": witness.route_line(person, on),
            "case": witness.case_block(f"{code.lower()}-{on}", on, person, None),
        }
        return Finding(
            code=code,
            values=shown | values,
            place=places[0] if places else None,
            more_places=tuple(places[1:]),
            witness=person,
        )

    def _day(self, space: Space) -> str:
        return witness.day_in(space.segment.since, space.segment.until)

    # -- places ---------------------------------------------------------------------------------------------------------

    def _place(self, index: int, *keys: str, value: Any = None) -> Place | None:
        return self._located[index].place(*keys, value=value) if self._located else None

    def _places(self, cards: Iterable[RuleCard], *keys: str) -> list[Place]:
        found = (self._place(self.law.rules.index(card), *keys) for card in cards)
        return [place for place in found if place]


def _shows(space: Space, test: Callable[[Space, Outcome], Iterable[Any]], key: Any, standing: int) -> bool:
    return key in test(space, space.table.outcome(standing))


def _joined(wide: list[tuple[dict[str, int], Outcome]]) -> list[tuple[dict[str, tuple[int, ...]], Outcome]]:
    """Descriptions that differ by the class of one fact become one, until none do."""
    found: list[tuple[dict[str, tuple[int, ...]], Outcome]] = [
        ({n: (i,) for n, i in known.items()}, outcome) for known, outcome in wide
    ]
    while True:
        for (a, outcome), (b, _) in combinations(found, 2):
            differ = [n for n in a if a[n] != b.get(n)]
            if a.keys() == b.keys() and len(differ) <= 1:
                both = {n: tuple(sorted({*a[n], *b[n]})) for n in a}
                found = [(c, o) for c, o in found if c not in (a, b)] + [(both, outcome)]
                break
        else:
            return found


def _next(day: str) -> str:
    from cep_route.model.law import next_day

    return next_day(day) if day < FOREVER else ""


def _bare(law: Law, constraints: tuple[Constraint, ...], card: RuleCard | None = None) -> Space:
    """Persons alone, under some constraints, told apart as far as one card needs."""
    rules = [replace(card, opens="anyone", since=BEGINNING, until=FOREVER, bars=())] if card else []
    bare = with_rules(replace(law, constraints=tuple(constraints)), rules)
    return Space(bare, bare.segments[0])


def _nearest(fault: _Fault) -> list[RuleCard]:
    """The rules that fail the person by the fewest facts."""
    table = fault.space.table
    missed = {
        bit: [n for n, ids in fault.classes.items() if not any(table.accept[n][i] >> bit & 1 for i in ids)]
        for bit in range(len(fault.space.segment.bits))
    }
    least = min(len(names) for names in missed.values())
    return [table.rules_of(1 << bit)[0] for bit, names in missed.items() if len(names) == least][:3]


def _new_rule(fault: _Fault, near: list[RuleCard]) -> str:
    """The smallest rule that closes a gap: the box of the witness, opening what the nearest rule opens."""
    when = ", ".join(f"{n} = {witness.listed(written(values))}" for n, values in fault.facts().items())
    lines = [
        "[[rules]]",
        f'id = "gap-{near[0].id}"',
        f'opens = "{near[0].opens}"',
        f"when = {{ {when} }}",
    ]
    lines += [f"since = {fault.since}"] * (fault.since > "1900")
    lines += [f"until = {fault.until}"] * (fault.until < FOREVER)
    return "\n".join([*lines, 'confidence = "unsure"', 'sources = ["no-text"]'])


def _rings(table: Table, outcome: Outcome) -> tuple[tuple[str, ...], ...]:
    """Operators, each before the next, among the eligible."""
    cards = [c for c in table.rules_of(outcome.standing) if c.opens in outcome.eligible]
    after = {
        code: {
            o.opens
            for c in cards
            if c.opens == code
            for o in cards
            if o.id in c.before and o.opens and o.opens != code
        }
        for code in outcome.eligible
    }
    ring = ring_of(after)
    return (tuple(ring),) if ring else ()


# -- what is said beside the findings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was proved: kinds and persons for each stretch of days, the declared constraints, and what rests on unsure law.

    `days`: (since, until, rules, kinds, persons); `constraints`: (id, persons excluded, why); `unsure`: (rule, kinds it speaks of,
    kinds whose answer depends on it), over all stretches of days.
    """

    days: tuple[tuple[str, str, int, int, int], ...]
    constraints: tuple[tuple[str, int, dict[str, str]], ...]
    unsure: tuple[tuple[str, int, int], ...]


def summary(law: Law) -> Summary:
    """The figures of a proof: information, not faults."""
    everyone = spaces(law)
    whole = _bare(law, ()).count({})
    return Summary(
        days=tuple(
            (s.segment.since, s.segment.until, len(s.segment.bits), len(s.kinds()), s.count({}))
            for s in everyone
        ),
        constraints=tuple((c.id, whole - _bare(law, (c,)).count({}), c.why) for c in law.constraints),
        unsure=tuple(_unsure(law, everyone)),
    )


def _unsure(law: Law, everyone: tuple[Space, ...]) -> Iterator[tuple[str, int, int]]:
    tally: dict[str, list[int]] = {c.id: [0, 0] for c in law.rules if c.opens and c.confidence == "unsure"}
    for space in everyone:
        for bit, i in enumerate(space.segment.bits):
            card = law.rules[i]
            if card.confidence != "unsure":
                continue
            for _, standing in space.kinds():
                if standing >> bit & 1:
                    tally[card.id][0] += 1
                    without = space.table.outcome(standing & ~(1 << bit))
                    tally[card.id][1] += answer(without) != answer(space.table.outcome(standing))
    yield from ((rule, speaks, depends) for rule, (speaks, depends) in tally.items())
