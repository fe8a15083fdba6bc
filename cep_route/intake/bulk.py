"""Recognised persons to output cells: the engine is asked once per kind of person, never once per row. Never decides, never opens
a file, never compares a person with a rule.

A row is three small keys: who the person is (the facts, an age by its class), where, with which needs. Each key met is resolved
once; what a row says is then three ready-made pieces: `head` (who, where, why), `until`, `tail` (partners, warnings). Needs and
communes stay out of the first key: together they are different on most rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cep_route.directory import where
from cep_route.directory.partners import ordered_needs
from cep_route.engine.explain import Judge
from cep_route.intake.cells import NOTHING, Reading
from cep_route.intake.homes import Homes, Spot
from cep_route.intake.recognising import UNRECOGNISED, Column, Home, Recognised, Saved, settled
from cep_route.intake.recognising import Mapping as Columns
from cep_route.messages import said
from cep_route.model.answer import Decision, Desk, Eligible, Finding, Match, Profile
from cep_route.model.law import YEARS, Law, day_before, spread
from cep_route.model.profile import age_on, birthday, facts_on
from cep_route.render.data import operator_name

HEAD = (
    "cep_first", "cep_eligible", "cep_outside", "cep_decided", "cep_desk", "cep_phone",
    "cep_rules", "cep_why", "cep_law", "cep_missing", "cep_question",
)  # fmt: skip
UNTIL = ("cep_until",)
TAIL = ("cep_partners", "cep_unmet", "cep_warnings")
COLUMNS = HEAD + UNTIL + TAIL
HOME_KINDS = frozenset(("postcode", "commune", "postcode_commune", "insee", "departement", "address"))
NO_COMMUNE = frozenset(("CEP552", "CEP554", "CEP565"))  # a home that says no commune there is
_FAULTS = UNRECOGNISED | NO_COMMUNE
_DEFAULTS = frozenset(("no", "none", 0))  # of a prepared row
NEED_KINDS = frozenset(("needs", "need"))
KEPT_AT_MOST = 200_000  # entries of a memo; then it starts again

Render = Callable[[Sequence[str]], Any]  # cells to what the writer appends to a row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """One kind of person: everything of an answer that hangs on who, and on nothing else.

    `until` is a text ready to be shown, or the age at which the answer changes (the day then hangs on the birth date).
    """

    id: int
    profile: Profile
    sure: Profile  # what may be compared with a partner's public
    decision: Decision
    until: str | int
    warnings: tuple[Finding, ...]
    boxes: tuple[Any, ...]
    empty: bool = False  # nothing, or only what stands in a prepared row
    refused: Finding | None = None
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """One kind of home."""

    id: int
    spot: Spot | None
    warnings: tuple[Finding, ...]
    empty: bool = False  # no cell says where
    refused: Finding | None = None
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Needs:
    """One set of needs."""

    id: int
    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    warnings: tuple[Finding, ...]
    refused: Finding | None = None
    column: int = 0


class Answer(NamedTuple):
    """What is appended to a row, and the person it speaks of."""

    suffix: Any
    person: Person


class Codes(dict[str, int]):
    """Cell -> code of what it says; each distinct cell is read once, cells that say the same share a code."""

    def __init__(self, column: Column, place: int, reduced: Callable[[Reading], tuple[Any, Reading]]) -> None:
        super().__init__()
        self.column, self.at, self._reduced = column, column.position, reduced
        self.place = place  # of the column among all that are read
        self.readings: list[Reading] = []
        self._known: dict[Any, int] = {}

    def count(self) -> int:
        """How many codes there are by now."""
        return len(self.readings)

    def __missing__(self, text: str) -> int:
        key, reading = self._reduced(self.column.read(text))
        code = self._known.get(key)
        if code is None:
            code = self._known[key] = len(self.readings)
            self.readings.append(reading)
        if len(self) >= KEPT_AT_MOST:
            self.clear()
        self[text] = code
        return code


class Exact(dict[str, Any]):
    """Cell -> the birth date (and the age that makes) or the age it tells, exactly; None when it tells none."""

    def __init__(self, column: Column, name: str, on: str) -> None:
        super().__init__()
        self.column, self.at, self.name, self.on = column, column.position, name, on

    def __missing__(self, text: str) -> Any:
        told = next((v for n, v in self.column.read(text).told if n == self.name), None)
        found = (told, age_on(str(told), self.on) if self.name == "birth_date" and told is not None else None)
        if len(self) >= KEPT_AT_MOST:
            self.clear()
        self[text] = found
        return found


class Bulk:
    """The way from the cells of a row to what is appended to it."""

    def __init__(
        self,
        columns: Columns,
        judge: Judge,
        homes: Homes,
        *,
        on: str,
        lang: str,
        render: Render,
        strict: bool = False,
        territory_at: int | None = None,
        saved: Saved | None = None,
    ) -> None:
        self.columns, self.judge, self.homes, self.law = columns, judge, homes, judge.law
        self.on, self.lang, self.render, self.strict = on, lang, render, strict
        self.territory_at = territory_at
        self.table = judge.table(on)
        self._boxes = tuple(_boxes(self.law, homes))
        self._nobody = {id(when): (False, ()) for when in self._boxes}  # a desk asks of no scheme
        self._later = tuple(s.since for s in self.law.segments if s.since > on)
        self.ages_alike = _ages_alike(self.law, on, self._boxes, self._later)
        self._starts = _age_starts(self.ages_alike)
        active = columns.active
        ages = [i for i, c in enumerate(active) if _may_tell_age(c, saved)]
        births = [i for i, c in enumerate(active) if c.kind == "birth_date"]
        self._birth = births[0] if len(births) == 1 and len(ages) <= 1 else None
        self._age = ages[0] if len(ages) == 1 and len(births) <= 1 else None
        self.people = self._codes(i for i, c in enumerate(active) if c.kind not in HOME_KINDS | NEED_KINDS)
        self.places = self._codes(i for i, c in enumerate(active) if c.kind in HOME_KINDS)
        self.wants = self._codes(
            i for i, c in enumerate(active) if c.kind in NEED_KINDS or _tells_needs(c, saved)
        )
        self.born = Exact(active[self._birth], "birth_date", on) if self._birth is not None else None
        self.aged = (
            Exact(active[self._age], "age", on) if self.born is not None and self._age is not None else None
        )
        # whether of a birth date only its class of age counts, for cells that are plainly one
        self.plain_days = self.born is not None and self.born.column.plain_days and not self._later
        self.kinds: list[Person] = []  # by their ids
        self.spots: list[Place] = []
        self.sets: list[Needs] = []
        self._people_at = tuple((c, c.at) for c in self.people)
        self._places_at = tuple((c, c.at) for c in self.places)
        self._wants_at = tuple((c, c.at) for c in self.wants)
        self._persons: dict[tuple[int, ...], Person] = {}
        self._alike_persons: dict[Any, Person] = {}
        self._decisions: dict[Any, Decision] = {}
        self._untils: dict[Any, str | int] = {}
        self._spots: dict[tuple[Any, ...], Place] = {}
        self._alike_places: dict[Any, Place] = {}
        self._sets: dict[tuple[int, ...], Needs] = {}
        self._alike_needs: dict[Any, Needs] = {}
        self._heads: dict[tuple[int, int], Any] = {}
        self._days: dict[tuple[str | int, str | None], Any] = {}
        self._local: dict[tuple[int, int], int] = {}
        self._locals: dict[Any, int] = {}
        self._held: dict[Any, dict[int, Any]] = {}
        self._tails: dict[tuple[int, int, int, bool], Any] = {}
        self._desks: dict[tuple[str, int], tuple[Desk, tuple[Finding, ...]]] = {}
        # what else is wrong with a row that is refused
        self._beside: dict[int, tuple[Finding, Sequence[Finding]]] = {}
        self._nobody_kind: Person | None = None
        self.calls = 0  # of the engine

    def nobody(self) -> Person:
        """The kind of rows that are nobody."""
        if self._nobody_kind is None:
            refused = Finding(code="CEP474", severity="error")
            profile = Profile(facts={})
            self._nobody_kind = Person(
                id=len(self._alike_persons), profile=profile, sure=profile, decision=_NO_DECISION, until="",
                warnings=(), boxes=(), refused=refused,
            )  # fmt: skip
            self._alike_persons["nobody"] = self._nobody_kind
            self.kinds.append(self._nobody_kind)
        return self._nobody_kind

    # -- one row --------------------------------------------------------------------------------------------------------

    def answer(self, cells: Sequence[str], notes: tuple[Finding, ...] = ()) -> Answer | tuple[int, Finding]:
        """What a row gets; or the column (counted from 1, 0 when it is several) and the reason why it is rejected. `notes`: what the row itself
        must say.
        """
        # the hot path of a million rows: memos are asked here, a method is called for what they lack
        key = tuple([codes[cells[at]] for codes, at in self._people_at])
        person = self._persons.get(key) or self.person(key)
        place_key: Any = [codes[cells[at]] for codes, at in self._places_at]
        place_key.append(cells[self.territory_at] if self.territory_at is not None else "")
        place_key = tuple(place_key)
        place = self._spots.get(place_key) or self.place(place_key)
        key = tuple([codes[cells[at]] for codes, at in self._wants_at])
        needs = self._sets.get(key) or self.needs(key)
        if person.refused or place.refused or needs.refused:
            return next((o.column, o.refused) for o in (person, place, needs) if o.refused)
        if place.empty and (person.empty or not cells[0].strip()) and self.columns.nobody(cells):
            person = self.nobody()
            assert person.refused is not None
            return 0, person.refused
        head = self._heads.get((person.id, place.id))
        if head is None:
            head = self.head(person, place)
        if self.born is None:
            tail = self.tail(person, place, needs, doubt=False, notes=notes)
            return Answer(head + self.until(person, None) + tail, person)
        born, years = self.born[cells[self.born.at]]
        doubt = False
        if self.aged is not None and years is not None:
            age = self.aged[cells[self.aged.at]][0]
            doubt = age is not None and not -2 < years - age < 2
        until = self._days.get((person.until, born)) or self.until(person, born)
        tail = self._tails.get((self._local.get((person.id, place.id), -1), place.id, needs.id, doubt))
        if tail is None or notes:
            tail = self.tail(person, place, needs, doubt=doubt, notes=notes)
        return Answer(head + until + tail, person)

    # -- the three pieces -------------------------------------------------------------------------------------------------

    def head(self, person: Person, place: Place) -> Any:
        found = self._heads.get((person.id, place.id))
        if found is None:
            if len(self._heads) >= KEPT_AT_MOST:
                self._heads.clear()
            found = self._heads[person.id, place.id] = self.render(self._head_cells(person, place))
        return found

    def until(self, person: Person, born: str | None) -> Any:
        key = (person.until, born)
        found = self._days.get(key)
        if found is None:
            if len(self._days) >= KEPT_AT_MOST:
                self._days.clear()
            found = self._days[key] = self.until_text(*key)
        return found

    def until_text(self, until: str | int, born: str | None) -> Any:
        """The end of an answer: a day, or the age at which it changes when no birth date tells the day."""
        if isinstance(until, int):
            until = day_before(birthday(born, until)) if born else f"age:{until}"
        return self.render((until,))

    def tail(
        self, person: Person, place: Place, needs: Needs, *, doubt: bool, notes: tuple[Finding, ...] = ()
    ) -> Any:
        if notes:
            return self.render(self._tail_cells(person, place, needs, doubt=doubt, notes=notes))
        key = (self.local(person, place), place.id, needs.id, doubt)
        found = self._tails.get(key)
        if found is None:
            if len(self._tails) >= KEPT_AT_MOST:
                self._tails.clear()
            found = self._tails[key] = self.render(self._tail_cells(person, place, needs, doubt=doubt))
        return found

    def local(self, person: Person, place: Place) -> int:
        """The kind of a person as far as partners and warnings of a place depend on it."""
        found = self._local.get((person.id, place.id))
        if found is None:
            assert place.spot is not None
            territory = place.spot.territory
            key: Any = (_shown(person.warnings), _shown(self._remarks(person, place)))
            if territory.has_partners:
                eligible = tuple(e.operator for e in person.decision.eligible)
                key += (eligible, tuple(self._states(person).values()))
            found = self._locals.setdefault(key, len(self._locals))
            self._local[person.id, place.id] = found
        return found

    # -- who ------------------------------------------------------------------------------------------------------------

    def person(self, key: tuple[int, ...]) -> Person:
        """The person of a key of codes, asked of the engine if no one like him was met."""
        readings = self._readings(self.people, key)
        alike_key: tuple[Any, ...] = key
        if self._birth is not None and self._age is not None and readings[self._birth].told:
            fault = readings[self._age].fault
            readings[self._age] = Reading(fault=fault)  # the row itself compares the two
            at = next(i for i, codes in enumerate(self.people) if codes.place == self._age)
            alike_key = (*key[:at], fault, *key[at + 1 :])
        if len(self._persons) >= KEPT_AT_MOST:
            self._persons.clear()
        found = self._persons.get(alike_key) or self._persons.setdefault(alike_key, self._asked(readings))
        self._persons[key] = found
        return found

    def _asked(self, readings: list[Reading]) -> Person:
        """The person that some cells tell."""
        told = self.columns.combine(readings)
        facts, _ = settled(told.among, self.law, self.on)
        sure = Profile(facts=dict(told.facts), birth_date=told.birth_date)
        sure.facts.update({n: v for n, v in facts.items() if self._boxes_agree(n, told.among[n])})
        profile = Profile(facts={**told.facts, **facts}, birth_date=told.birth_date)
        column, refused = self._refused(told, readings, profile)
        if refused is None:
            decision, until = self._decide(profile)
        else:
            decision, until = _NO_DECISION, ""
        boxes = self._box_key(sure)
        empty = not (told.birth_date or told.among or told.warnings) and _DEFAULTS.issuperset(
            told.facts.values()
        )
        alike = (id(decision), until, boxes, _shown(told.warnings), column, str(refused), empty)
        made = Person(
            id=len(self._alike_persons), profile=profile, sure=sure, decision=decision, until=until,
            warnings=told.warnings, boxes=boxes, empty=empty, refused=refused, column=column,
        )  # fmt: skip
        found = self._alike_persons.setdefault(alike, made)
        if found is made:
            self.kinds.append(made)
        return found

    def _readings(self, every: Sequence[Codes], key: Sequence[int]) -> list[Reading]:
        """What the columns of a key say, each at its place among all that are read."""
        readings = [NOTHING] * len(self.columns.active)
        # the key of a place ends with the name of its territory
        for codes, code in zip(every, key, strict=False):
            readings[codes.place] = codes.readings[code]
        return readings

    def _refused(
        self, told: Recognised, readings: Sequence[Reading], profile: Profile
    ) -> tuple[int, Finding | None]:
        column, refused = self._strictly(told.warnings)
        if refused is not None:
            return column, refused
        against = self.judge.contradictions(self.judge.facts(profile, self.on), self.on)
        if not against:
            return 0, None
        card = against[0]
        named = [n for n in (*card.when, *card.then) if n in profile.facts or n == "age"]
        saying = [
            c
            for c, reading in zip(self.columns.active, readings, strict=True)
            if any(
                n in named or (n == "birth_date" and "age" in named)
                for n, _ in (*reading.told, *reading.among)
            )
        ]
        columns = " / ".join(dict.fromkeys(c.header for c in saying))
        values = {"columns": columns, "why": card.why["fr"], "why_en": card.why["en"]}
        return saying[0].position + 1 if saying else 0, Finding(code="CEP550", values=values)

    def _strictly(
        self, warnings: Iterable[Finding], saying: Sequence[Column] = ()
    ) -> tuple[int, Finding | None]:
        """Under `--strict`, a cell that was not recognised rejects its row. `saying`: the columns it is of, if it names none."""
        if not self.strict:
            return 0, None
        faults = [w for w in warnings if w.code in _FAULTS]
        if not faults:
            return 0, None
        fault, *others = faults
        if saying:
            fault = replace(fault, values={**fault.values, "columns": " / ".join(c.header for c in saying)})
        name = fault.values.get("column") or fault.values.get("columns", "").partition(" / ")[0]
        at = next((c.position + 1 for c in self.columns.active if c.header == name), 0)
        refused = replace(fault, severity="error")
        if others:
            self._beside[id(refused)] = refused, others  # it is kept, or another would have its id
        return at, refused

    def reason(self, refused: Finding) -> str:
        """Why a row is rejected, in a sentence for each fault: whoever mends it should not have to come back for the second one."""
        _, others = self._beside.get(id(refused), (refused, ()))
        return " | ".join(dict.fromkeys(sentence(fault, self.lang) for fault in (refused, *others)))

    def _saying_home(self, readings: Sequence[Reading]) -> list[Column]:
        """The columns of homes whose cells say something."""
        places = {codes.place for codes in self.places}
        return [c for i, c in enumerate(self.columns.active) if i in places and readings[i].told]

    def _decide(self, profile: Profile) -> tuple[Decision, str | int]:
        table = self.table
        facts = self.judge.facts_taken(profile, self.on)
        known = table.known(facts)
        age = known.pop("age", None)
        alive = table.alive(known)
        unknown = tuple(n for n in table.facts if n not in known and table.named[n] & alive)
        key: tuple[Any, ...] = (alive, unknown, age)
        decision = self._decisions.get(key)
        if decision is None:
            self.calls += 1
            decision = self._decisions[key] = self.judge.decide(profile, self.on, brief=True)
        if "age" not in facts:
            key += ("",)
        elif profile.birth_date:
            key += ("born", self.ages_alike[int(facts["age"])], self._ages_later(profile.birth_date))
        else:
            age = int(facts["age"])
            key += ("told", self.ages_alike[age], self.ages_alike[min(age + 1, YEARS[-1])])
        if self._later:  # other tables, other classes: the facts themselves
            key += (str(sorted((n, str(v)) for n, v in facts.items() if n != "age")),)
        until = self._untils.get(key)
        if until is None:
            until = self._untils[key] = self._ends(profile)
        return decision, until

    def _ends(self, profile: Profile) -> str | int:
        self.calls += 1
        found = self.judge.until(profile, self.on)
        if found is None:
            return ""
        age = int(found.why[4:]) if found.why.startswith("age:") else None
        if found.day is None:
            return found.why
        # only when a cell's own birth date is at hand may the age stand for the day
        return age if age is not None and self._birth is not None else found.day

    def _ages_later(self, birth_date: str) -> tuple[int, ...]:
        """Which class of age the person will be in on each later day of the law: the order of events hangs on it."""
        return tuple(sum(start <= age_on(birth_date, day) for start in self._starts) for day in self._later)

    def _reduced(self, at: int) -> Callable[[Reading], tuple[Any, Reading]]:
        """What of a cell matters to who the person is."""

        def whole(reading: Reading) -> tuple[Any, Reading]:
            return reading, reading

        def of_birth(reading: Reading) -> tuple[Any, Reading]:
            born = next((str(v) for n, v in reading.told if n == "birth_date"), None)
            if born is None:
                return reading, reading
            age = min(max(age_on(born, self.on), 0), YEARS[-1])
            return (self.ages_alike[age], self._ages_later(born)), reading

        def of_age(reading: Reading) -> tuple[Any, Reading]:
            age = next((v for n, v in reading.told if n == "age"), None)
            if not isinstance(age, int) or len(reading.told) > 1 or reading.among or reading.needs:
                return reading, reading
            return (self.ages_alike[age], self.ages_alike[min(age + 1, YEARS[-1])]), reading

        return of_birth if at == self._birth else of_age if at == self._age else whole

    def _codes(self, positions: Iterable[int]) -> tuple[Codes, ...]:
        return tuple(Codes(self.columns.active[i], i, self._reduced(i)) for i in positions)

    # -- boxes of partners and schemes ------------------------------------------------------------------------------------

    def _box_key(self, sure: Profile) -> tuple[Any, ...]:
        """What the publics of partners and schemes may see of a person."""
        names = dict.fromkeys(n for when in self._boxes for n in when)
        facts = facts_on(sure, self.on)
        # what follows from other facts is the same for all persons of one decision
        return tuple(
            (n, self.ages_alike[int(facts[n])] if n == "age" else facts[n]) for n in names if n in facts
        )

    def _states(self, person: Person) -> dict[int, Any]:
        """Which publics hold a person; asked of the engine once per kind."""
        key = (id(person.decision), person.boxes)
        found = self._held.get(key)
        if found is None:
            self.calls += 1
            states = self.judge.boxes(self._boxes, person.sure, self.on)
            found = self._held[key] = {
                id(when): state for when, state in zip(self._boxes, states, strict=True)
            }
        return found

    def _boxes_agree(self, name: str, values: Sequence[Any]) -> bool:
        if name != "age":
            return not any(name in when for when in self._boxes)
        return len({self.ages_alike[v] for v in values}) == 1

    # -- where and with whom ----------------------------------------------------------------------------------------------

    def place(self, key: tuple[Any, ...]) -> Place:
        readings = self._readings(self.places, key)
        told = self.columns.combine(readings)
        column, refused = self._strictly(told.warnings)
        spot = None if refused else self.homes.spot(told.home if self.places else Home(), key[-1])
        warnings = told.warnings
        if spot is not None:
            # a cell nobody could read is a better reason than « no commune »
            own = tuple(w for w in spot.warnings if not (warnings and w.code in {"CEP514", "CEP552"}))
            warnings += own
            if self.strict:
                column, refused = self._strictly(own, self._saying_home(readings))
        empty = not any(told.home) and not any(w.code in _FAULTS for w in warnings)
        alike = (id(spot), _shown(warnings), column, str(refused), empty)
        made = Place(
            id=len(self._alike_places),
            spot=spot,
            warnings=warnings,
            empty=empty,
            refused=refused,
            column=column,
        )
        if len(self._spots) >= KEPT_AT_MOST:
            self._spots.clear()
        found = self._spots[key] = self._alike_places.setdefault(alike, made)
        if found is made:
            self.spots.append(made)
        return found

    def home(self, cells: Mapping[int, str]) -> tuple[Home, Place]:
        """Where a row says that the person lives, by the positions of its cells, and what was made of it."""
        named = cells[self.territory_at] if self.territory_at is not None else ""
        key = [codes[cells[at]] for codes, at in self._places_at]
        return self.columns.combine(self._readings(self.places, key)).home, self.place((*key, named))

    def needs(self, key: tuple[int, ...]) -> Needs:
        readings = self._readings(self.wants, key)
        for codes in self.wants:
            whole = readings[codes.place]
            mine = codes.column.kind in NEED_KINDS
            readings[codes.place] = Reading(needs=whole.needs, fault=whole.fault if mine else "")
        told = self.columns.combine(readings)
        column, refused = self._strictly(told.warnings)
        if len(self._sets) >= KEPT_AT_MOST:
            self._sets.clear()
        alike = (told.needs, told.blocking, _shown(told.warnings), column, str(refused))
        made = Needs(
            id=len(self._alike_needs), needs=told.needs, blocking=told.blocking, warnings=told.warnings,
            refused=refused, column=column,
        )  # fmt: skip
        found = self._sets[key] = self._alike_needs.setdefault(alike, made)
        if found is made:
            self.sets.append(made)
        return found

    def _firsts(self, person: Person) -> tuple[str, ...]:
        """The operators whose desks are shown: who comes first, else all that surely may serve."""
        decision = person.decision
        codes = decision.first or tuple(e.operator for e in decision.eligible)
        return tuple(c for c in codes if not self.law.outside(c))

    def _desk(self, code: str, place: Place) -> tuple[Desk, tuple[Finding, ...]]:
        found = self._desks.get((code, place.id))
        if found is None:
            assert place.spot is not None
            decision = replace(
                _NO_DECISION, on=self.on, first=(code,), eligible=(Eligible(operator=code, rules=()),)
            )
            route = self._route(decision, Profile(commune=place.spot.commune), place.spot, (), self._nobody)
            # CEP232 says that no phone is known: the cell shows it
            warnings = tuple(w for w in route.warnings if w.code != "CEP232")
            found = self._desks[code, place.id] = (route.desks[code], warnings)
        return found

    def _route(
        self,
        decision: Decision,
        profile: Profile,
        spot: Spot,
        asked: tuple[str, ...],
        states: Mapping[int, Any],
    ) -> Any:
        """The engine's `where`, on a decision already taken."""
        told = _Told(self.judge, decision, states)
        return where.route(told, profile, self.on, spot.territory.card, spot.territory.ground, None, asked)  # type: ignore[arg-type]

    # -- cells ----------------------------------------------------------------------------------------------------------

    def _head_cells(self, person: Person, place: Place) -> tuple[str, ...]:
        decision = person.decision
        desks = [self._desk(code, place)[0] for code in self._firsts(person)]
        reasons = [r for r in decision.reasons if r.role != "note"]
        telling = [r for r in reasons if r.operator in decision.first] or reasons
        sources = dict.fromkeys(s for r in telling for s in r.sources[:1])
        question = ""
        if decision.missing:
            question = self.law.facts[decision.missing[0].fact].question[self.lang]
        return (
            " ".join(decision.first),
            " ".join(e.operator for e in decision.eligible),
            " ".join(decision.see or (decision.outside,)) if decision.outside else "",
            "yes" if decision.decided else "no",
            " | ".join(self._where(d) for d in desks),
            " | ".join(dict.fromkeys(phone_shown(d.phone) for d in desks if d.phone)),
            " ".join(r.rule for r in reasons),
            " | ".join(dict.fromkeys(r.says[self.lang] for r in telling)),
            " | ".join(self._source(s) for s in sources),
            " ".join(m.fact for m in decision.missing),
            question,
        )

    def _where(self, desk: Desk) -> str:
        name = desk.name or operator_name(self.law, desk.operator, self.on, self.lang)
        parts = (name, desk.address, None if desk.address else desk.commune_name)
        return ", ".join(p for p in (*parts, desk.url if not desk.address else None) if p)

    def _source(self, key: str) -> str:
        source = self.law.source(key)
        return source.article or source.text

    def _tail_cells(
        self, person: Person, place: Place, needs: Needs, *, doubt: bool, notes: tuple[Finding, ...] = ()
    ) -> tuple[str, ...]:
        spot = place.spot
        assert spot is not None
        profile = replace(person.sure, commune=spot.commune, needs=needs.needs, blocking=needs.blocking)
        partners: tuple[Match, ...] = ()
        unmet: tuple[str, ...] = ()
        if needs.needs and not spot.territory.has_partners:
            unmet = ordered_needs(needs.needs, needs.blocking, self.law, spot.territory.card)
        elif needs.needs:
            self.calls += 1
            states = self._states(person)
            route = self._route(replace(person.decision, possible=()), profile, spot, needs.needs, states)
            partners, unmet = route.partners, route.unmet
        warnings = [*notes, *person.warnings, *place.warnings, *needs.warnings]
        if doubt and self.born is not None and self.aged is not None:
            values = {"column": self.born.column.header, "other": self.aged.column.header}
            warnings.append(Finding(code="CEP470", values=values, severity="warning"))
        warnings += self._remarks(person, place)
        best: dict[str, Match] = {}
        for match in partners:
            best.setdefault(match.need, match)
        return (
            " | ".join(f"{need}: {self._partner(m)}" for need, m in best.items()),
            " ".join(unmet),
            " | ".join(dict.fromkeys(self.message(w) for w in warnings)),
        )

    def _remarks(self, person: Person, place: Place) -> list[Finding]:
        """What a careful reader would want to know of the desks and of the rules."""
        found = [w for code in self._firsts(person) for w in self._desk(code, place)[1]]
        return found + [
            Finding(code="CEP515", values={"rule": r.rule}, severity="warning")
            for r in person.decision.reasons
            if r.confidence == "unsure" and r.role != "note"
        ]

    def _partner(self, match: Match) -> str:
        phone = match.desk.phone if match.desk else None
        return f"{match.name} ({phone_shown(phone)})" if phone else match.name

    def message(self, finding: Finding) -> str:
        """A finding in one sentence after its code."""
        return f"{finding.code} {sentence(finding, self.lang)}"


class _Told:
    """A judge whose decision is taken, and who remembers which boxes hold the person."""

    def __init__(self, judge: Judge, decision: Decision, states: Mapping[int, Any]) -> None:
        self.law, self._judge, self._decision, self._states = judge.law, judge, decision, states

    def decide(self, _profile: Profile, _on: str) -> Decision:
        return self._decision

    def box(self, when: Mapping[str, Any], profile: Profile, on: str) -> Any:
        found = self._states.get(id(when))
        return self._judge.box(when, profile, on) if found is None else found


_NO_DECISION = Decision(
    on="", decided=False, first=(), possible=(), eligible=(), maybe=(), see=(), outside=None, reasons=(), not_=(),
    changes=(), until=None, missing=(),
)  # fmt: skip


def sentence(finding: Finding, lang: str) -> str:
    """The message of a finding, without its hint."""
    values = finding.values
    if lang == "en" and "why_en" in values:
        values = values | {"why": values["why_en"]}
    return said(finding.code, values, lang)[0]


def phone_shown(phone: str | None) -> str:
    """A French number in its national form: a cell that begins with `+` would be a formula."""
    if not phone:
        return ""
    if phone.startswith("+33") and len(phone) == 12:
        digits = "0" + phone[3:]
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return "00" + phone[1:] if phone.startswith("+") else phone


def _shown(findings: Iterable[Finding]) -> str:
    return " ".join(f"{f.code}{sorted(f.values.items())}" for f in findings)


def _boxes(law: Law, homes: Homes) -> Iterable[Mapping[str, Sequence[str]]]:
    """The publics that partners and schemes of the open territories may name."""
    if any(t.has_partners for t in homes.territories()):
        yield from (p.when for p in law.publics.values() if p.when)
        for territory in homes.territories():
            yield from (s.public for s in territory.card.schemes or () if s.public)


def _ages_alike(
    law: Law, on: str, boxes: Sequence[Mapping[str, Sequence[str]]], later: Sequence[str]
) -> tuple[int, ...]:
    """For each age the number of its class: ages that no table, note or public tells apart have one number."""
    tables = [law.segment(day).classes.get("age", {}) for day in (on, *later)]
    notes = [c.when for c in law.rules if not c.opens and c.since <= on <= c.until]
    bands = [frozenset(spread(when["age"])) for when in (*notes, *boxes) if "age" in when]
    numbers: dict[tuple[Any, ...], int] = {}
    return tuple(
        numbers.setdefault((*(t.get(age) for t in tables), *(age in band for band in bands)), len(numbers))
        for age in YEARS
    )


def _age_starts(alike: Sequence[int]) -> tuple[int, ...]:
    return tuple(age for age in YEARS if age and alike[age] != alike[age - 1])


def _may_tell_age(column: Column, saved: Saved | None) -> bool:
    return column.kind in {"age", "birth_year"} or any(
        n == "age" for told, among, _ in _effects(column, saved) for n, _ in (*told, *among)
    )


def _tells_needs(column: Column, saved: Saved | None) -> bool:
    return column.kind not in HOME_KINDS and any(needs for _, _, needs in _effects(column, saved))


def _effects(column: Column, saved: Saved | None) -> Iterable[Any]:
    yield from column.card["values"].values()
    if column.card.get("sets"):
        yield column.card["sets"]
    if saved:
        for values in saved.values.values():
            yield from values.values()
