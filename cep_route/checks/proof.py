"""What is wrong with a law, shown over every kind of person on every stretch of days. It asks the engine and reads no file.

An unknown fact needs no proof of its own: a profile's answers are the union over the persons it may be. Each finding carries
the smallest person who shows it, widened to what matters: everyone who matches the witness has the same fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cep_route.checks.cases import Case, case_text, route_line
from cep_route.checks.names import WrittenNames, ring_of
from cep_route.checks.sources import sources
from cep_route.engine.compare import Space, Wide, joined
from cep_route.engine.compile import box_of
from cep_route.engine.decide import ones, related
from cep_route.model.answer import Finding, Place
from cep_route.model.law import (
    FOREVER,
    Constraint,
    Law,
    Outcome,
    RuleCard,
    Said,
    Value,
    day_before,
    written,
)

Key = tuple[str, ...]  # what tells two faults of one kind apart


def prove(
    law: Law,
    rules_at: WrittenNames | None = None,
    *,
    on: str | None = None,
    max_age_months: int | None = None,
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
        *proof.faults(),
        *proof.rules(),
        *proof.relations(),
    ]
    return sorted(found, key=Finding.order)


class _Fault(Struct, frozen=True, kw_only=True):
    """The same fault of everyone described, from one day to another."""

    code: str
    key: Key
    people: dict[str, tuple[Value, ...]]
    classes: Wide
    since: str
    until: str


class _Proof:
    def __init__(self, law: Law, rules_at: WrittenNames | None) -> None:
        self.law = law
        self.space = Space(law)
        self._located = rules_at.located_rules if rules_at else ()
        self._constraints = rules_at.located_constraints if rules_at else ()

    # -- nobody to serve, nobody to be served ---------------------------------------------------------------------------

    def empty_days(self) -> Iterator[Finding]:
        """CEP128: a stretch of days on which no rule opens anything."""
        for stretch in self.law.segments:
            if not stretch.bits:
                near = [c for c in self.law.rules if c.opens and c.since > stretch.until]
                places = self._places(sorted(near, key=lambda c: c.since)[:1], "since")
                yield _found("CEP128", {"since": stretch.since, "until": stretch.until}, places)

    def nobody(self) -> Iterator[Finding]:
        """CEP131: the constraints together leave no possible person."""
        if self.space.possible == self.space.diagrams.nobody:
            values = {"constraints": " ".join(c.id for c in self.law.constraints)}
            yield _found("CEP131", values, [one.place("when") for one in self._constraints])

    def idle_constraints(self) -> Iterator[Finding]:
        """CEP129: a constraint that excludes nobody whom the others would admit."""
        for i, card in enumerate(self.law.constraints):
            if not any(_meets(_without(self.law, i, [card]), [box]) for box in card.boxes):
                places = [one.place("when") for one in self._constraints[i : i + 1]]
                yield _found("CEP129", {"id": card.id}, places, severity="warning")

    def faults(self) -> Iterator[Finding]:
        """CEP120 a person whom no rule sends anywhere; CEP121 two operators first that no rule declares so; CEP130 a ring."""
        made = {"CEP120": self._gap, "CEP121": self._conflict, "CEP130": self._ring}
        empty = {segment.since for segment in self.law.segments if not segment.bits}
        found: dict[tuple[str, Key, str], _Fault] = {}
        for (code, key), leaves in self._faulty().items():
            region = self._apart(leaves)
            for since, until, root in self.space.stretches(region):
                for fault in self._described(code, key, since, until, root) if since not in empty else ():
                    same = code, key, repr(fault.people)
                    last = found.get(same)
                    goes_on = last is not None and last.until == day_before(since)
                    if last and not goes_on:
                        yield made[code](last)
                    found[same] = replace(fault, since=last.since) if last and goes_on else fault
        yield from (made[fault.code](fault) for fault in found.values())

    def _apart(self, leaves: set[int]) -> int:
        """3 for whom some rules speak, 1 for the other possible persons."""
        return self.space.diagrams.project(self.space.speaking, lambda leaf: 3 if leaf in leaves else 1)

    def _described(self, code: str, key: Key, since: str, until: str, root: int) -> Iterator[_Fault]:
        """Who has a fault on some days (leaf 3; the others 1), in the widest descriptions."""
        for classes in joined({n: (i,) for n, i in known.items()} for known in self.space.cover(root, 3)):
            people = self.space.described(classes)
            yield _Fault(code=code, key=key, people=people, classes=classes, since=since, until=until)

    def _faulty(self) -> dict[tuple[str, Key], set[int]]:
        """The leaves of the rules that speak at which each fault is."""
        space = self.space
        found: dict[tuple[str, Key], set[int]] = {}
        for leaf in sorted(space.diagrams.leaves(space.speaking)):
            told = space.outcome(leaf)
            faults: list[tuple[str, Key]] = [("CEP121", pair) for pair in told.clash]
            if not told.eligible:
                faults.append(("CEP120", ("gap",)))
            goes = related(space.spoken(leaf), "before")
            ring = ring_of({a: {b for b in told.eligible if (a, b) in goes} for a in told.eligible})
            if ring:
                faults.append(("CEP130", tuple(ring)))
            for fault in faults:
                found.setdefault(fault, set()).add(leaf)
        return found

    def _gap(self, fault: _Fault) -> Finding:
        near = self._nearest(fault)
        return self._finding(fault, {"fix": _new_rule(fault, near)}, self._places(near, "when"))

    def _conflict(self, fault: _Fault) -> Finding:
        a, b = fault.key
        mine, theirs = (self._opening(fault, code) for code in (a, b))
        fix = f'{mine[0].id}: before = ["{theirs[0].id}"]  |  joint = ["{theirs[0].id}"]'
        values = {"a": a, "b": b, "rules": " ".join(c.id for c in (*mine, *theirs)), "fix": fix}
        return self._finding(fault, values, self._places((*mine, *theirs), "id"))

    def _ring(self, fault: _Fault) -> Finding:
        cards = [c for code in fault.key for c in self._opening(fault, code) if c.before]
        values = {"ring": " → ".join([*fault.key, fault.key[0]])}
        return self._finding(fault, values, self._places(cards, "before"))

    def _opening(self, fault: _Fault, code: str) -> list[RuleCard]:
        """The rules that open an answer for all of them, else for some."""
        at = {self.space.cut.place[n]: ids for n, ids in fault.classes.items()}
        surely, some = self.space.rules_of(fault.since, at)
        opening = sum(1 << i for i, card in enumerate(self.law.rules) if card.opens == code)
        return [self.law.rules[i] for i in ones(surely & opening or some & opening)]

    def _nearest(self, fault: _Fault) -> list[RuleCard]:
        """The rules that fail the person by the fewest facts."""
        missed = []
        for card in self.law.rules:
            if card.opens and card.in_force(fault.since):
                box = box_of(card.when, self.law.facts)
                left = [n for n, v in fault.people.items() if n in box and not set(v) & set(box[n])]
                missed.append((len(left), card))
        least = min(number for number, _ in missed)
        return [card for number, card in missed if number == least][:3]

    # -- rules that do nothing ------------------------------------------------------------------------------------------

    def rules(self) -> Iterator[Finding]:
        """CEP122 dead and CEP123 redundant rules; CEP124 idle conditions of the others."""
        for i, card in enumerate(self.law.rules):
            fault = self._dead(i, card)
            if fault:
                yield fault
                continue
            for name, values in card.when.items():
                less = replace(card, when={n: v for n, v in card.when.items() if n != name})
                if self._idle(i, card, less):
                    told = {"id": card.id, "fact": name, "values": " ".join(values)}
                    yield _found("CEP124", told, self._places([card], "when", name), severity="warning")

    def _idle(self, index: int, card: RuleCard, less: RuleCard) -> bool:
        """Does a condition do nothing: no other answer without it, nor one more or less sure, and for a note nobody more?"""
        if not card.opens:
            return self.space.inside(card) == self.space.inside(less)
        return not self._alters(index, less)

    def _alters(self, index: int, card: RuleCard | None) -> bool:
        """Does anyone get another answer when a rule becomes another (None: is dropped), or one more or less sure?"""
        space = self.space
        for leaf, then in space.touched(space.edit({index: card})):
            told = space.outcome(leaf)
            if told != space.outcome(then):
                return True
            if card and _sure(space.spoken(leaf), told) != _sure(space.spoken(then), told):
                return True
        return False

    def _dead(self, index: int, card: RuleCard) -> Finding | None:
        """A rule without which everyone has the same answer, with the smallest set of rules found that makes it so."""
        inside = self.space.inside(card)
        if inside == self.space.diagrams.nobody:
            return self._never(card)
        if not card.opens or self._alters(index, None):
            return None  # a note decides nothing
        cover = self._cover(index, card, inside)
        twin = len(cover) == 1 and self.law.rules[cover[0]].opens == card.opens
        values = _useless(card, dict.fromkeys(self.law.rules[i].id for i in cover))
        return _found(
            "CEP123" if twin else "CEP122",
            values | self._someone(card, inside),
            self._places([card, *(self.law.rules[i] for i in cover)], "id"),
            severity="warning" if twin else "error",
        )

    def _someone(self, card: RuleCard, inside: int) -> dict[str, str]:
        """A person the rule speaks of, as a command."""
        first = next(
            (since, until, root)
            for since, until, root in self.space.stretches(inside)
            if root != self.space.diagrams.nobody
        )
        path = self.space.diagrams.shortest(first[2], bool) or {}
        told = self.space.described(self.space.cut.told(path))
        person = {
            n: [v for v in told.get(n, self.law.facts[n].domain) if v in values]
            for n, values in box_of(card.when, self.law.facts).items()
        }
        return {"route": route_line(_one(person), self._day_in(first[0]))}

    def _cover(self, index: int, card: RuleCard, inside: int) -> list[int]:
        """Rules that, between them, open or bar the operator wherever the rule speaks: the widest first."""
        space, diagrams = self.space, self.space.diagrams
        same = [
            i
            for i, other in enumerate(self.law.rules)
            if i != index and other.opens and (other.opens == card.opens or card.opens in other.bars)
        ]
        barring = [i for i in same if card.opens in self.law.rules[i].bars]
        for rules in (barring, same):
            left, cover = inside, list[int]()
            while left != diagrams.nobody:
                parts = {
                    i: diagrams.within(left, space.box(self.law.rules[i])) for i in rules if i not in cover
                }
                best = max(parts, key=lambda i: (space.persons(parts[i]), -i), default=None)
                if best is None or parts[best] == diagrams.nobody:
                    break
                cover.append(best)
                left = diagrams.without(left, parts[best])
            if cover and left == diagrams.nobody:
                return cover
        return cover

    def _never(self, card: RuleCard) -> Finding:
        """A rule that speaks of nobody possible: the constraints that make it so."""
        box = box_of(card.when, self.law.facts)
        blamed = [
            constraint.id
            for i, constraint in enumerate(self.law.constraints)
            if _meets(_without(self.law, i, [constraint], box), [box])
        ]
        cover = blamed or [c.id for c in self.law.constraints if box.keys() & (c.when.keys() | c.then.keys())]
        return _found("CEP132", _useless(card, cover), self._places([card], "when"))

    def relations(self) -> Iterator[Finding]:
        """CEP125, CEP126, CEP127: `before`, `bars` and `joint` that never have an occasion."""
        used = set(self._occasions())
        for i, card in enumerate(self.law.rules):
            for key, code in (("before", "CEP125"), ("bars", "CEP126"), ("joint", "CEP127")):
                for word in getattr(card, key) if card.opens else ():
                    if (i, key, word) not in used:
                        fix = f'{card.id}: {key} -= "{word}"'
                        values = {"id": card.id, "key": key, "word": word, "fix": fix}
                        yield _found(code, values, self._places([card], key, value=word), severity="warning")

    def _occasions(self) -> Iterator[tuple[int, str, str]]:
        """Every (rule, relation, word) that orders, bars or joins something for a possible person."""
        space = self.space
        for leaf in space.diagrams.leaves(space.speaking):
            told = space.outcome(leaf)
            rules = [(i, space.cards[i]) for i in ones(leaf >> 1)]
            for i, card in rules:
                yield from ((i, "bars", c.opens) for _, c in rules if c.opens and c.opens in card.bars)
                for relation, those in (("before", told.eligible), ("joint", told.first)):
                    words = getattr(card, relation) if card.opens in those else ()
                    for _, other in rules if words else ():
                        if other.id in words and other.opens != card.opens and other.opens in those:
                            yield i, relation, other.id

    # -- what is said ---------------------------------------------------------------------------------------------------

    def _finding(self, fault: _Fault, values: dict[str, str], places: list[Place]) -> Finding:
        person, on = _one(fault.people), self._day_in(fault.since)
        case = Case(id=f"{fault.code.lower()}-{on}", on=on, facts=person, confidence="")
        shown = {
            "who": ", ".join(
                f"{name} = {' '.join(written(values))}" for name, values in fault.people.items()
            ),
            "since": fault.since,
            "until": fault.until,
            "route": route_line(person, on),
            "case": f"{case_text(case)}first_any_of = []  # to fill in: who the law sends this person to\n",
        }
        return _found(fault.code, shown | values, places, witness=person)

    def _day_in(self, since: str) -> str:
        """A day people would write inside the stretch that begins on a day."""
        stretch = self.law.segment(since)
        if stretch.since > "1900":
            return stretch.since
        return stretch.until if stretch.until < FOREVER else "2000-01-01"

    def _places(self, cards: Iterable[RuleCard], *keys: str, value: str | None = None) -> list[Place]:
        if not self._located:
            return []
        return [self._located[self.law.rules.index(card)].place(*keys, value=value) for card in cards]


def _found(
    code: str,
    values: dict[str, str],
    places: Sequence[Place],
    *,
    severity: str = "error",
    witness: dict[str, str] | None = None,
) -> Finding:
    """A finding at the first of some places, with the others."""
    place, more = next(iter(places), None), tuple(places[1:])
    return Finding(
        code=code, values=values, place=place, more_places=more, severity=severity, witness=witness
    )


def _useless(card: RuleCard, cover: Iterable[str]) -> dict[str, str]:
    """What is said of a rule that does nothing, and of what makes it so."""
    return {"id": card.id, "operator": card.opens or "", "cover": " ".join(cover), "fix": f"drop {card.id}"}


def _one(people: Mapping[str, Sequence[Value]]) -> dict[str, str]:
    """One person: of each set of values the first."""
    return {name: str(values[0]) for name, values in people.items()}


def _sure(cards: Iterable[RuleCard], told: Outcome) -> dict[str, int]:
    """How sure each eligible operator is: as its surest rule."""
    grades = ("sure", "likely", "unsure")
    found: dict[str, int] = {}
    for card in cards:
        if card.opens in told.eligible:
            grade = grades.index(card.confidence)
            found[card.opens] = min(grade, found.get(card.opens, grade))
    return found


def _without(law: Law, index: int, cut: Iterable[Constraint], *boxes: dict[str, tuple[Value, ...]]) -> Space:
    """Everybody possible without one constraint, told apart by the boxes of some constraints too."""
    left = law.constraints[:index] + law.constraints[index + 1 :]
    more = [*(box for card in cut for box in card.boxes), *boxes]
    return Space(replace(law, rules=(), constraints=left), more=more)


def _meets(space: Space, boxes: Iterable[dict[str, tuple[Value, ...]]]) -> bool:
    """Is anyone possible inside one of the boxes?"""
    nobody = space.diagrams.nobody
    return any(space.diagrams.within(space.possible, space.cut.box(box)) != nobody for box in boxes)


def _new_rule(fault: _Fault, near: list[RuleCard]) -> str:
    """The smallest rule that closes a gap: the box of the witness, opening what the nearest rule opens."""
    when = ", ".join(f"{n} = {json.dumps(written(values))}" for n, values in fault.people.items())
    lines = [
        "[[rules]]",
        f'id = "gap-{near[0].id}"',
        f'opens = "{near[0].opens}"',
        f"when = {{ {when} }}",
    ]
    lines += [f"since = {fault.since}"] * (fault.since > "1900")
    lines += [f"until = {fault.until}"] * (fault.until < FOREVER)
    return "\n".join([*lines, 'confidence = "unsure"', 'sources = ["no-text"]'])


# -- what is said beside the findings -------------------------------------------------------------------------------------


class Summary(Struct, frozen=True, kw_only=True):
    """What was proved: kinds and persons for each stretch of days, the declared constraints, and what rests on unsure law.

    `days`: (since, until, rules, kinds, persons), a kind being a path of the diagram of those days; `constraints`: (id, persons
    excluded, why); `unsure`: (rule, kinds it speaks of, kinds whose answer depends on it), over all stretches of days.
    """

    days: tuple[tuple[str, str, int, int, int], ...]
    constraints: tuple[tuple[str, int, Said], ...]
    unsure: tuple[tuple[str, int, int], ...]


def summary(law: Law) -> Summary:
    """The figures of a proof: information, not faults."""
    space = Space(law)
    persons = space.persons(space.possible)
    whole = _held(law, ())
    return Summary(
        days=tuple(
            (s.since, s.until, len(s.bits), space.kinds(space.numbered(s.since)[0]), persons)
            for s in law.segments
        ),
        constraints=tuple((c.id, whole - _held(law, (c,)), c.why) for c in law.constraints),
        unsure=tuple(_unsure(space)),
    )


def _held(law: Law, constraints: tuple[Constraint, ...]) -> int:
    """How many persons some constraints alone admit."""
    space = Space(replace(law, rules=(), constraints=constraints))
    return space.persons(space.possible)


def _unsure(space: Space) -> Iterator[tuple[str, int, int]]:
    diagrams, cards = space.diagrams, space.cards
    tally: dict[str, list[int]] = {}
    for i, card in enumerate(cards):
        if card.opens and card.confidence == "unsure":
            found = tally.setdefault(card.id, [0, 0])
            depends = _depends(space, i)
            for segment in (s for s in space.law.segments if i in s.bits):
                inside = diagrams.within(space.numbered(segment.since)[0], space.box(card))
                # one diagram for both counts: 2 * the answer, and 1 where it hangs on the rule
                both = diagrams.union(diagrams.project(inside, lambda leaf: leaf << 1), depends)
                for leaf, number in diagrams.count(diagrams.restrict(both, space.day(segment.since))).items():
                    found[0] += number
                    found[1] += number * (leaf & 1)
    yield from ((rule, speaks, hangs) for rule, (speaks, hangs) in tally.items())


def _depends(space: Space, index: int) -> int:
    """1 for whom the answer hangs on a rule."""
    speaks = space.diagrams.within(space.speaking, space.box(space.cards[index]))

    def other(leaf: int) -> bool:
        return space.outcome(leaf) != space.outcome(leaf ^ 2 << index)

    return space.diagrams.project(speaks, other)
