"""What is wrong with a law, shown over every kind of person on every stretch of days. It asks the engine and reads no file.

An unknown fact needs no proof of its own: a profile's answers are the union over the persons it may be. Each finding carries
the smallest person who shows it, widened to what matters: everyone who matches the witness has the same fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_

from msgspec import Struct
from msgspec.structs import replace

from cep_route.checks.cases import Case, case_text, route_line
from cep_route.checks.names import WrittenNames, ring_of
from cep_route.engine.compare import DAY, Space, Wide, joined
from cep_route.engine.compile import box_of
from cep_route.engine.decide import ones, related
from cep_route.model.answer import Finding, Place
from cep_route.model.law import FOREVER, Law, Outcome, RuleCard, Said, Value, day_before, written

Key = tuple[str, ...]  # what tells two faults of one kind apart


def prove(law: Law, rules_at: WrittenNames | None = None) -> list[Finding]:
    """Every fault of the law, sorted by place. `rules_at`, the law as written, gives the places."""
    proof = _Proof(law, rules_at)
    found = [*proof.empty_days(), *proof.constraints(), *proof.faults(), *proof.rules(), *proof.relations()]
    return sorted(found, key=Finding.order)


class _Fault(Struct, frozen=True, kw_only=True):
    """The same fault of everyone described, from one day to another."""

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

    @cached_property
    def broken(self) -> int:
        """The diagram of the constraints that persons break: bit 0 of a leaf for everybody, bit i + 1 for constraint i."""
        return _broken(self.space)

    def constraints(self) -> Iterator[Finding]:
        """CEP131: the constraints together leave no possible person; CEP129: one excludes nobody whom the others would admit."""
        leaves, places = (
            self.space.diagrams.leaves(self.broken),
            [one.place("when") for one in self._constraints],
        )
        if 1 not in leaves:
            yield _found("CEP131", {"constraints": " ".join(c.id for c in self.law.constraints)}, places)
        for i, card in enumerate(self.law.constraints):
            if 1 | 2 << i not in leaves:
                yield _found("CEP129", {"id": card.id}, places[i : i + 1], severity="warning")

    # -- persons badly served -------------------------------------------------------------------------------------------

    def faults(self) -> Iterator[Finding]:
        """CEP120 a person whom no rule sends anywhere; CEP121 two operators first that no rule declares so; CEP130 a ring."""
        space, empty = self.space, {segment.since for segment in self.law.segments if not segment.bits}
        for (code, key), leaves in self._faulty().items():
            met: dict[str, list[_Fault]] = {}
            for since, until, root in space.stretches(self._apart(leaves)):
                boxes = space.cover(root, 3) if since not in empty else ()
                for classes in joined({n: (i,) for n, i in known.items()} for known in boxes):
                    people = space.described(classes)
                    spans = met.setdefault(repr(people), [])
                    goes_on = bool(spans) and spans[-1].until == day_before(since)
                    begun = spans.pop().since if goes_on else since
                    spans.append(_Fault(people=people, classes=classes, since=begun, until=until))
            yield from (self._fault(code, key, fault) for spans in met.values() for fault in spans)

    def _apart(self, leaves: set[int]) -> int:
        """3 for whom some rules speak, 1 for the other possible persons."""
        return self.space.diagrams.project(self.space.speaking, lambda leaf: 3 if leaf in leaves else 1)

    def _faulty(self) -> dict[tuple[str, Key], set[int]]:
        """The leaves of the rules that speak at which each fault is."""
        space = self.space
        found: dict[tuple[str, Key], set[int]] = {}
        for leaf in sorted(space.diagrams.leaves(space.speaking)):
            told = space.outcome(leaf)
            goes = related(space.spoken(leaf), "before")
            ring = ring_of({a: {b for b in told.eligible if (a, b) in goes} for a in told.eligible})
            faults: list[tuple[str, Key]] = [("CEP121", pair) for pair in told.clash]
            faults += [("CEP130", tuple(ring))] if ring else []
            faults += [] if told.eligible else [("CEP120", ())]
            for fault in faults:
                found.setdefault(fault, set()).add(leaf)
        return found

    def _fault(self, code: str, key: Key, fault: _Fault) -> Finding:
        opening = [self._opening(fault, operator) for operator in key]
        if code == "CEP120":
            at, cards = "when", self._nearest(fault)
            values = {"fix": _new_rule(fault, cards)}
        elif code == "CEP121":
            at, cards = "id", [*opening[0], *opening[1]]
            mine, theirs = (cards[0].id for cards in opening)
            fix = f'{mine}: before = ["{theirs}"]  |  joint = ["{theirs}"]'
            values = {"a": key[0], "b": key[1], "rules": " ".join(c.id for c in cards), "fix": fix}
        else:
            at, cards = "before", [card for cards in opening for card in cards if card.before]
            values = {"ring": " → ".join([*key, key[0]])}
        person, on = _one(fault.people), self._day_in(fault.since)
        case = Case(id=f"{code.lower()}-{on}", on=on, facts=person, confidence="")
        shown = {
            "who": ", ".join(f"{name} = {' '.join(written(of))}" for name, of in fault.people.items()),
            "since": fault.since,
            "until": fault.until,
            "route": route_line(person, on),
            "case": f"{case_text(case)}first_any_of = []  # to fill in: who the law sends this person to\n",
        }
        return replace(_found(code, shown | values, self._places(cards, at)), witness=person)

    def _opening(self, fault: _Fault, code: str) -> list[RuleCard]:
        """The rules that open an answer for all of them, else for some."""
        at = {self.space.cut.place[n]: ids for n, ids in fault.classes.items()}
        surely, some = self.space.rules_of(fault.since, at)
        opening = sum(1 << i for i, card in enumerate(self.law.rules) if card.opens == code)
        return [self.law.rules[i] for i in ones(surely & opening or some & opening)]

    def _nearest(self, fault: _Fault) -> list[RuleCard]:
        """The rules that fail the person by the fewest facts."""
        missed: dict[int, list[RuleCard]] = {}
        for card in self.law.rules:
            if card.opens and card.in_force(fault.since):
                box = box_of(card.when, self.law.facts)
                left = [n for n, v in fault.people.items() if n in box and not set(v) & set(box[n])]
                missed.setdefault(len(left), []).append(card)
        return missed[min(missed)][:3]

    # -- rules that do nothing ------------------------------------------------------------------------------------------

    def rules(self) -> Iterator[Finding]:
        """CEP122 dead, CEP123 redundant and CEP132 impossible rules; CEP124 idle conditions of the others."""
        for i, card in enumerate(self.law.rules):
            fault = self._dead(i, card)
            if fault:
                yield fault
                continue
            for name, values in card.when.items():
                less = replace(card, when={n: v for n, v in card.when.items() if n != name})
                # a condition of a note does nothing when the note speaks of nobody more without it
                alike = self.space.inside(card) == self.space.inside(less) if not card.opens else None
                if alike or (alike is None and not self._alters(i, less)):
                    told = {"id": card.id, "fact": name, "values": " ".join(values)}
                    yield _found("CEP124", told, self._places([card], "when", name), severity="warning")

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
        """A rule without which everyone has the same answer, with the smallest set of rules found that makes it so; or one that
        speaks of nobody possible, with the constraints that make it so.
        """
        inside = self.space.inside(card)
        if inside == self.space.diagrams.nobody:
            walls, box = self.law.constraints, box_of(card.when, self.law.facts)
            leaves = self.space.diagrams.walk(self.broken, self.space.cut.classes_of(box))
            blamed = [c.id for i, c in enumerate(walls) if 1 | 2 << i in leaves]
            blamed = blamed or [c.id for c in walls if box.keys() & (c.when.keys() | c.then.keys())]
            return _found("CEP132", _useless(card, blamed), self._places([card], "when"))
        if not card.opens or self._alters(index, None):
            return None  # a note decides nothing
        cover = [self.law.rules[i] for i in self._cover(index, card, inside)]
        twin = len(cover) == 1 and cover[0].opens == card.opens
        values = _useless(card, dict.fromkeys(c.id for c in cover)) | {"route": self._someone(card, inside)}
        code, severity = ("CEP123", "warning") if twin else ("CEP122", "error")
        return _found(code, values, self._places([card, *cover], "id"), severity=severity)

    def _someone(self, card: RuleCard, inside: int) -> str:
        """A person the rule speaks of, as a command."""
        told = self.space.described(
            known := self.space.cut.told(self.space.diagrams.shortest(inside, bool) or {})
        )
        person = {
            n: [v for v in told.get(n, self.law.facts[n].domain) if v in values]
            for n, values in box_of(card.when, self.law.facts).items()
        }
        (since,) = self.space.cut.members[DAY][known.get(DAY, 0)][:1]
        return route_line(_one(person), self._day_in(str(since)))

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


def _found(code: str, values: dict[str, str], places: Sequence[Place], *, severity: str = "error") -> Finding:
    """A finding at the first of some places, with the others."""
    place, more = next(iter(places), None), tuple(places[1:])
    return Finding(code=code, values=values, place=place, more_places=more, severity=severity)


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


def _broken(space: Space) -> int:
    """See `_Proof.broken`."""
    walls = [(2 << i, box) for i, card in enumerate(space.law.constraints) for box in card.boxes]
    root = space.diagrams.split([space.cut.classes_of(box) for _, box in walls])
    return space.diagrams.project(
        root, lambda leaf: 1 | reduce(or_, [walls[n][0] for n in ones(leaf >> 1)], 0)
    )


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
    """What was proved: kinds and persons for each stretch of days, and the declared constraints.

    `days`: (since, until, rules, kinds, persons), a kind being a path of the diagram of those days; `constraints`: (id, persons
    excluded, why).
    """

    days: tuple[tuple[str, str, int, int, int], ...]
    constraints: tuple[tuple[str, int, Said], ...]


def summary(law: Law) -> Summary:
    """The figures of a proof: information, not faults."""
    space = Space(law)
    persons, broken = space.persons(space.possible), _broken(space)
    kinds = [(s, space.kinds(space.numbered(s.since)[0])) for s in law.segments]

    def excluded(i: int) -> int:
        return space.persons(space.diagrams.project(broken, lambda leaf: leaf >> i + 1 & 1))

    return Summary(
        days=tuple((s.since, s.until, len(s.bits), count, persons) for s, count in kinds),
        constraints=tuple((c.id, excluded(i), c.why) for i, c in enumerate(law.constraints)),
    )
