"""Cells of a row to three kinds: who the person is, where, and with which needs. Each kind is met once, and the engine is asked once per
kind of person, never once per row. Never decides, never opens a file, never compares a person with a rule.

Who the person is are the facts, an age by its class: persons whom nothing here tells apart are one kind. Needs and homes stay out of
that key: together they are different on most rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from cep_route.directory.where import Local
from cep_route.engine.explain import Judge
from cep_route.engine.presume import of_commune
from cep_route.intake.cells import NOTHING, CellReading, cleaned
from cep_route.intake.columns import UNRECOGNISED, Home, ReadColumn, Recognised, Saved, settled
from cep_route.intake.columns import Mapping as Columns
from cep_route.intake.homes import Homes, Spot
from cep_route.messages import said
from cep_route.model.answer import Decision, Finding, Profile
from cep_route.model.law import YEARS, Law, Value, When, spread
from cep_route.model.profile import age_on
from cep_route.spelling import Effect
from cep_route.text import normalise

HOME_KINDS = frozenset(("postcode", "commune", "postcode_commune", "insee", "departement", "address"))
NO_COMMUNE = frozenset(("CEP552", "CEP554", "CEP565"))  # a home that says no commune there is
NEED_KINDS = frozenset(("needs", "need"))
KEPT_AT_MOST = 200_000  # entries of a memo; then it starts again
PLACES_AT_MOST = 2_000  # places whose desks and offers are kept
NEVER_ASSUMED = frozenset(("age", "birth_date", "commune", "needs"))
PROPOSED = {"disability": "none", "cadre": "no"}  # the only assumptions that are proposed
_FAULTS = UNRECOGNISED | NO_COMMUNE
_DEFAULTS = frozenset(("no", "none", 0))  # of a prepared row
# what a program writes where nothing was said
_NULLS = frozenset(("", "null", "none", "nan", "na", "n a", "nul"))


class RefusedRow(NamedTuple):
    """Why a row cannot be routed for sure: a code, the columns it is of ("" for none), and a sentence for each fault."""

    code: str
    column: str
    reason: str


class Person(Struct, frozen=True, kw_only=True, eq=False):
    """One kind of person. `until`, `first`, `notes`: numbers in `ends`, `firsts` and `notes` of `People`.

    `sure`: what may be compared with a partner's public. `assumed`, `silent`: facts taken as assumed, and those of `PROPOSED` of which
    the row says nothing; `dropped`: assumptions against what the row says. `empty`: nothing is told, or what stands in a prepared row.
    """

    id: int
    profile: Profile
    sure: Profile
    decision: Decision
    until: int = 0
    first: int = 0
    notes: int = 0
    assumed: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    empty: bool = False
    refused: RefusedRow | None = None


class RowPlace(Struct, frozen=True, kw_only=True, eq=False):
    """One kind of home. `ground`: places with the same partners have one number; `land`: communes that tell the same facts have one,
    0 those that tell none; `empty`: no cell says where.
    """

    id: int
    spot: Spot | None
    warnings: tuple[Finding, ...]
    notes: int
    ground: int
    has_partners: bool
    land: int
    empty: bool
    refused: RefusedRow | None


class Needs(Struct, frozen=True, kw_only=True, eq=False):
    """One set of needs."""

    id: int
    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    notes: int
    refused: RefusedRow | None


class Numbers(dict[Hashable, int]):
    """Things met, each with a number of its own, from 0; `things` by number."""

    def __init__(self, *things: Any) -> None:
        super().__init__()
        self.things: list[Any] = []
        for thing in things:
            self[thing]

    def __missing__(self, thing: Hashable) -> int:
        number = self[thing] = len(self.things)
        self.things.append(thing)
        return number


class Memo(dict[Any, Any]):
    """What was made of each key; it starts again when it holds too many."""

    def __init__(self, make: Callable[..., Any], at_most: int = KEPT_AT_MOST) -> None:
        super().__init__()
        self._make, self._at_most = make, at_most

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self._at_most:
            self.clear()
        found = self[key] = self._make(*key)
        return found


class Codes(dict[str, int]):
    """Cell -> code of what it says; each distinct cell is read once, cells that say the same share a code.

    `silent`: of each code, whether it leaves to silence what its column tells: an empty cell, never « ? » nor one that cannot be read;
    `fact`: the one, a birth date or an age, of which `exactly` tells more than the code; `on`: the day.
    """

    def __init__(
        self, column: ReadColumn, place: int, key: Callable[[CellReading], Hashable], fact: str, on: str
    ) -> None:
        super().__init__()
        self.column, self.at, self._key = column, column.position, key
        self.place = place  # of the column among all that are read
        self.readings: list[CellReading] = []
        self.silent: list[bool] = []
        self.tells = _tells(column)
        self._numbers = Numbers()
        self._fact, self._on = fact, on
        self._exact: dict[str, tuple[Value | None, int | None]] = {}

    def exactly(self, text: str) -> tuple[Any, int | None]:
        """The birth date, or the age, that a cell tells exactly, and the age that makes; None, None when it tells none."""
        self[text]
        return self._exact[text]

    def __missing__(self, text: str) -> int:
        reading = self.column.read(text)
        silent = reading == NOTHING and "?" not in text and normalise(cleaned(text)) in _NULLS
        code = self._numbers[self._key(reading), silent]
        if code == len(self.readings):
            self.readings.append(reading)
            self.silent.append(silent)
        if len(self) >= KEPT_AT_MOST:
            self.clear()
            self._exact.clear()
        if self._fact:
            told = next((v for n, v in reading.told if n == self._fact), None)
            self._exact[text] = told, age_on(told, self._on) if isinstance(told, str) else told
        self[text] = code
        return code


class People:
    """The kinds met in a file. `assume`: facts taken for known where a row says nothing of them."""

    def __init__(
        self,
        columns: Columns,
        judge: Judge,
        homes: Homes,
        *,
        on: str,
        lang: str,
        strict: bool = False,
        territory_at: int | None = None,
        saved: Saved | None = None,
        assume: Mapping[str, str] | None = None,
    ) -> None:
        self.columns, self.judge, self.homes, self.law = columns, judge, homes, judge.law
        self.on, self.lang, self.strict, self.territory_at = on, lang, strict, territory_at
        self.assume = dict(assume or {})
        self.boxes = tuple(_boxes(self.law, homes))
        self._later = tuple(s.since for s in self.law.segments if s.since > on)
        self.ages_alike = _ages_alike(self.law, on, self.boxes, self._later)
        self._starts = [age for age in YEARS if age and self.ages_alike[age] != self.ages_alike[age - 1]]
        active = columns.active
        ages = [i for i, c in enumerate(active) if _may_tell_age(c, saved)]
        births = [i for i, c in enumerate(active) if c.kind == "birth_date"]
        self._birth = births[0] if len(births) == 1 and len(ages) <= 1 else None
        self._age = ages[0] if len(ages) == 1 and len(births) <= 1 else None
        wants = {i for i, c in enumerate(active) if c.kind in NEED_KINDS or _tells_needs(c, saved)}
        self.who_at = self._codes(i for i, c in enumerate(active) if c.kind not in HOME_KINDS | NEED_KINDS)
        self.where_at = self._codes(i for i, c in enumerate(active) if c.kind in HOME_KINDS)
        self.needs_at = self._codes(sorted(wants))
        self.born = next((codes for codes in self.who_at if codes.place == self._birth), None)
        both = self.born is not None and self._age is not None
        self.aged = next((c for c in self.who_at if c.place == self._age), None) if both else None
        # kinds by their numbers, and what they share
        self.kinds: list[Person] = []
        self.spots: list[RowPlace] = []
        self.sets: list[Needs] = []
        self.grounds: list[RowPlace] = []  # one place of each
        self.ends, self.firsts = Numbers(), Numbers()
        self.notes = Numbers(
            ((), ())
        )  # sentences, and those that come after all others; 0: nothing is to be said
        self.persons, self._asked = Memo(self._person), Memo(self._ask)
        self.homes_met = Memo(self._place)
        self.needs_met = Memo(self._needs)
        self._person_of, self._place_of, self._set_of = Numbers(), Numbers(), Numbers()
        self._ground_of, self._land_of = Numbers(), Numbers(())
        self._lands: list[str | None] = [None]  # a commune of each land that has a law of its own
        self._decisions: dict[Hashable, Decision] = {}
        self._untils: dict[Hashable, str | int] = {}
        self._locals: dict[tuple[str, str | None], Local] = {}

    # -- one row --------------------------------------------------------------------------------------------------------

    def of(self, cells: Sequence[str]) -> tuple[Person, RowPlace, Needs]:
        """The kinds of a row."""
        named = cells[self.territory_at] if self.territory_at is not None else ""
        place: RowPlace = self.homes_met[tuple([codes[cells[codes.at]] for codes in self.where_at]), named]
        person: Person = self.persons[tuple([codes[cells[codes.at]] for codes in self.who_at]), place.land]
        needs: Needs = self.needs_met[(tuple([codes[cells[codes.at]] for codes in self.needs_at]),)]
        if place.empty and (person.empty or not cells[0].strip()) and self.columns.nobody(cells):
            person = self.nobody()
        return person, place, needs

    def nobody(self) -> Person:
        """The kind of rows that are nobody."""
        number = self._person_of["nobody"]
        if number == len(self.kinds):
            refused = self._refusal([Finding(code="CEP474")], "")
            self.kinds.append(
                Person(id=number, profile=Profile(), sure=Profile(), decision=NO_DECISION, refused=refused)
            )
        return self.kinds[number]

    def home(self, cells: Mapping[int, str]) -> tuple[Home, RowPlace]:
        """Where a row says that the person lives, by the positions of its cells, and what was made of it."""
        named = cells[self.territory_at] if self.territory_at is not None else ""
        key = tuple([codes[cells[codes.at]] for codes in self.where_at])
        return self.columns.combine(self._readings(self.where_at, key)).home, self.homes_met[key, named]

    def noted(self, findings: Iterable[Finding], after: Iterable[str] = ()) -> int:
        """The number in `notes` of what is to be said of a row."""
        return self.notes[tuple(f"{f.code} {sentence(f, self.lang)}" for f in findings), tuple(after)]

    def local(self, spot: Spot) -> Local:
        """What is found at a place, whoever asks."""
        key = spot.territory.id, spot.commune
        found = self._locals.get(key)
        if found is None:
            if len(self._locals) >= PLACES_AT_MOST:
                self._locals.clear()
            profile = Profile(commune=spot.commune)
            found = Local(self.judge, profile, self.on, spot.territory.card, spot.territory.ground)
            self._locals[key] = found
        return found

    # -- who ------------------------------------------------------------------------------------------------------------

    def _person(self, key: tuple[int, ...], land: int) -> Person:
        """The person of a key of codes."""
        readings = self._readings(self.who_at, key)
        if self._birth is not None and self._age is not None and readings[self._birth].told:
            # the row itself compares the two
            readings[self._age] = CellReading(fault=readings[self._age].fault)
        silent = tuple([codes.silent[code] for codes, code in zip(self.who_at, key, strict=True)])
        person: Person = self._asked[tuple(readings), silent, land]
        return person

    def _ask(self, readings: tuple[CellReading, ...], silent: tuple[bool, ...], land: int) -> Person:
        """The person of some readings, asked of the engine if no one like him was met. `silent`: of the columns that tell who he is,
        which say nothing; `land`: where the law is another one.
        """
        told = self.columns.combine(readings)
        profile, sure = self._profiles(told, self._lands[land])
        facts = self.judge.facts(profile, self.on)
        refused = self._strictly(told.warnings) or self._contradicted(facts, profile, readings)
        # of what a row says nothing: no column speaks of it but in empty cells, none contradicts another
        spoken = {
            n
            for codes, is_silent in zip(self.who_at, silent, strict=True)
            if not is_silent
            for n in codes.tells
        }
        spoken |= told.facts.keys() | told.among.keys() | {w.values.get("fact", "") for w in told.warnings}
        assumed, dropped = self._assumed(facts, spoken) if refused is None else ((), ())
        for one in (profile, sure):
            one.facts.update(assumed)
        decision, until = (NO_DECISION, "") if refused else self._decided(profile, facts)
        notes = self._person_notes(decision, told.warnings, facts)
        left = tuple(n for n in PROPOSED if n not in spoken and n not in profile.facts)
        said_more = told.birth_date or told.among or told.warnings
        empty = not said_more and _DEFAULTS.issuperset(told.facts.values())
        alike = (id(decision), until, self.seen(sure), notes, assumed, dropped, left, empty, refused)
        number = self._person_of[alike]
        if number == len(self.kinds):
            first = self.firsts[tuple(c for c in decision.first if not self.law.outside(c))]
            self.kinds.append(
                Person(
                    id=number, profile=profile, sure=sure, decision=decision, until=self.ends[until], first=first, notes=notes,
                    assumed=assumed, silent=left, dropped=dropped, empty=empty, refused=refused,
                )
            )  # fmt: skip
        return self.kinds[number]

    def _profiles(self, told: Recognised, commune: str | None) -> tuple[Profile, Profile]:
        """The profile for the engine, where a choice that no rule tells apart counts as one of its values, and that for partners' publics."""
        facts = settled(told.among, self.law, self.on)
        sure = {n: v for n, v in facts.items() if self._boxes_agree(n, told.among[n])}
        return (
            Profile(facts={**told.facts, **facts}, birth_date=told.birth_date, commune=commune),
            Profile(facts={**told.facts, **sure}, birth_date=told.birth_date, commune=commune),
        )

    def _boxes_agree(self, name: str, values: Sequence[Value]) -> bool:
        if name == "age":
            return len({self.ages_alike[int(v)] for v in values}) == 1
        return not any(name in when for when in self.boxes)

    def seen(self, sure: Profile) -> Hashable:
        """What the publics of partners and schemes may see of a person."""
        facts = self.judge.facts(sure, self.on) if self.boxes else {}
        names = dict.fromkeys(n for when in self.boxes for n in when)
        return tuple(
            (n, self.ages_alike[int(facts[n])] if n == "age" else facts[n]) for n in names if n in facts
        )

    def _person_notes(
        self, decision: Decision, warnings: Sequence[Finding], facts: Mapping[str, Value]
    ) -> int:
        """What is to be said of a person: faults of the row, then rules that are not sure, doubts, notes that protect."""
        unsure = [r.rule for r in decision.reasons if r.confidence == "unsure" and r.role != "note"]
        findings = (Finding(code="CEP515", values={"rule": rule}, severity="warning") for rule in unsure)
        after = [f"{f.code} {sentence(f, self.lang)}" for f in findings]
        after += [card.why[self.lang] for card in self.judge.doubts(facts)]
        return self.noted(warnings, [*after, *(reason.says[self.lang] for reason in decision.protects)])

    def _assumed(
        self, facts: dict[str, Value], spoken: set[str]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The assumptions that fill a silence of this row, now among its facts, and those that what it says contradicts."""
        taken, dropped = [], []
        for name, value in self.assume.items():
            if name in spoken:
                continue
            if self.judge.contradictions({**facts, name: value}, self.on):
                dropped.append(name)
            else:
                facts[name] = value
                taken.append((name, value))
        return tuple(taken), tuple(dropped)

    def _readings(self, every: Sequence[Codes], key: Sequence[int]) -> list[CellReading]:
        """What the columns of a key say, each at its place among all that are read."""
        readings = [NOTHING] * len(self.columns.active)
        for codes, code in zip(every, key, strict=True):
            readings[codes.place] = codes.readings[code]
        return readings

    def _decided(self, profile: Profile, facts: Mapping[str, Value]) -> tuple[Decision, str | int]:
        """The decision of a profile and its end, each asked once for each set of facts, an age by its class."""
        age = facts.get("age")
        others = frozenset((n, v) for n, v in facts.items() if n != "age")
        key: tuple[Hashable, ...] = (others, None if age is None else self.ages_alike[int(age)])
        decision = self._decisions.get(key)
        if decision is None:
            decision = self._decisions[key] = self.judge.decide(profile, self.on, brief=True)
        if age is not None and profile.birth_date:
            key += ("born", self._ages_later(profile.birth_date))
        elif age is not None:
            key += ("told", self.ages_alike[min(int(age) + 1, YEARS[-1])])
        until = self._untils.get(key)
        if until is None:
            until = self._untils[key] = self._end(profile)
        return decision, until

    def _end(self, profile: Profile) -> str | int:
        """The last day of an answer, or the age at which it changes where the day hangs on a birth date of the row; "" for none."""
        found = self.judge.until(profile, self.on)
        if found is None:
            return ""
        if found.day is None:
            return found.why
        return int(found.why[4:]) if found.why.startswith("age:") and self._birth is not None else found.day

    def _ages_later(self, birth_date: str) -> tuple[int, ...]:
        """Which class of age the person will be in on each later day of the law: the order of events hangs on it."""
        return tuple([bisect_right(self._starts, age_on(birth_date, day)) for day in self._later])

    def _codes(self, positions: Iterable[int]) -> tuple[Codes, ...]:
        keys = {self._birth: self._birth_key, self._age: self._age_key}
        facts = {self._age: "age", self._birth: "birth_date"}
        return tuple(
            Codes(self.columns.active[i], i, keys.get(i, _whole), facts.get(i, ""), self.on)
            for i in positions
        )

    def _birth_key(self, reading: CellReading) -> Hashable:
        """What of a birth date matters to who the person is."""
        born = next((str(v) for n, v in reading.told if n == "birth_date"), None)
        if born is None:
            return reading
        age = min(max(age_on(born, self.on), 0), YEARS[-1])
        return self.ages_alike[age], self._ages_later(born)

    def _age_key(self, reading: CellReading) -> Hashable:
        """What of an age matters to who the person is."""
        age = next((v for n, v in reading.told if n == "age"), None)
        if not isinstance(age, int) or len(reading.told) > 1 or reading.among or reading.needs:
            return reading
        return self.ages_alike[age], self.ages_alike[min(age + 1, YEARS[-1])]

    # -- rows that are refused --------------------------------------------------------------------------------------------

    def _refusal(self, faults: Sequence[Finding], columns: str) -> RefusedRow:
        """Whoever mends a row should not have to come back for the second fault."""
        reasons = dict.fromkeys(sentence(fault, self.lang) for fault in faults)
        return RefusedRow(faults[0].code, columns, " | ".join(reasons))

    def _strictly(self, warnings: Iterable[Finding], saying: str = "") -> RefusedRow | None:
        """Under `--strict`, a cell that was not recognised rejects its row. `saying`: the columns it is of, if it names none."""
        faults = [w for w in warnings if w.code in _FAULTS] if self.strict else []
        if not faults:
            return None
        values = faults[0].values
        return self._refusal(faults, saying or values.get("columns") or values.get("column", ""))

    def _contradicted(
        self, facts: Mapping[str, Value], profile: Profile, readings: Sequence[CellReading]
    ) -> RefusedRow | None:
        against = self.judge.contradictions(facts, self.on)
        if not against:
            return None
        card = against[0]
        named = {n for n in (*card.when, *card.then) if n in profile.facts or n == "age"}
        named |= {"birth_date"} if "age" in named else set()
        saying = [
            c.header
            for c, reading in zip(self.columns.active, readings, strict=True)
            if not named.isdisjoint(n for n, _ in (*reading.told, *reading.among))
        ]
        columns = " / ".join(dict.fromkeys(saying))
        values = {"columns": columns, "why": card.why["fr"], "why_en": card.why["en"]}
        return self._refusal([Finding(code="CEP550", values=values)], columns)

    # -- where, and with which needs --------------------------------------------------------------------------------------

    def _place(self, key: tuple[int, ...], named: str) -> RowPlace:
        readings = self._readings(self.where_at, key)
        told = self.columns.combine(readings)
        warnings, refused = told.warnings, self._strictly(told.warnings)
        spot = None if refused else self.homes.spot(told.home if self.where_at else Home(), named)
        if spot is not None:
            # a cell nobody could read is a better reason than « no commune »
            own = tuple(w for w in spot.warnings if not (warnings and w.code in {"CEP514", "CEP552"}))
            warnings += own
            saying = [c.header for c, r in zip(self.columns.active, readings, strict=True) if r.told]
            refused = self._strictly(own, " / ".join(saying))
        empty = not any(told.home) and not any(w.code in _FAULTS for w in warnings)
        notes = self.noted(warnings)
        number = self._place_of[empty, id(spot), notes, refused]
        if number == len(self.spots):
            card = spot.territory.card if spot else None
            has_partners = card is not None and bool(
                card.partners or card.schemes or any(o.needs for o in card.operators or ())
            )
            ground = self._ground_of[self._bodies_near(spot) if spot and not has_partners else id(spot)]
            found = RowPlace(
                id=number, spot=spot, warnings=warnings, notes=notes, has_partners=has_partners, empty=empty,
                land=self._land(spot), refused=refused, ground=ground,
            )  # fmt: skip
            self.spots.append(found)
            if ground == len(self.grounds):
                self.grounds.append(found)
        return self.spots[number]

    def _bodies_near(self, spot: Spot) -> Hashable:
        """The bodies that answer needs by the law, as they are shown at a place: without partners, places are told apart by them."""
        local = self.local(spot)
        desks = [local.body(code) for code, body in self.law.bodies.items() if body.needs]
        near = sorted((desk for desk in desks if desk), key=local.rank)  # the nearer goes first
        return spot.territory.id, tuple((d.operator, d.name, d.phone, d.shown) for d in near)

    def _land(self, spot: Spot | None) -> int:
        """The number of the land of a commune."""
        commune = spot.commune if spot else None
        number = self._land_of[tuple(sorted(of_commune(self.law, commune).items()))]
        if number == len(self._lands):
            self._lands.append(commune)
        return number

    def _needs(self, key: tuple[int, ...]) -> Needs:
        readings = self._readings(self.needs_at, key)
        for codes in self.needs_at:
            whole = readings[codes.place]
            mine = codes.column.kind in NEED_KINDS
            readings[codes.place] = CellReading(needs=whole.needs, fault=whole.fault if mine else "")
        told = self.columns.combine(readings)
        notes, refused = self.noted(told.warnings), self._strictly(told.warnings)
        number = self._set_of[told.needs, told.blocking, notes, refused]
        if number == len(self.sets):
            self.sets.append(
                Needs(id=number, needs=told.needs, blocking=told.blocking, notes=notes, refused=refused)
            )
        return self.sets[number]


NO_DECISION = Decision(
    on="", decided=False, first=(), possible=(), eligible=(), maybe=(), see=(), outside=None, reasons=(), not_=(),
    changes=(), until=None, missing=(),
)  # fmt: skip


def sentence(finding: Finding, lang: str) -> str:
    """The message of a finding, without its hint."""
    return said(finding.code, finding.values, lang)[0]


def _whole(reading: CellReading) -> Hashable:
    return reading


def _boxes(law: Law, homes: Homes) -> Iterator[When]:
    """The publics that partners and schemes of the open territories may name."""
    if any(t.has_partners for t in homes.territories()):
        yield from (p.when for p in law.publics.values() if p.when)
        for territory in homes.territories():
            yield from (s.public for s in territory.card.schemes or () if s.public)


def _ages_alike(law: Law, on: str, boxes: Sequence[When], later: Sequence[str]) -> tuple[int, ...]:
    """For each age the number of its class: ages that no table, note or public tells apart have one number."""
    tables = [law.segment(day).classes.get("age", {}) for day in (on, *later)]
    notes = [c.when for c in law.rules if not c.opens and c.since <= on <= c.until]
    bands = [frozenset(spread(when["age"])) for when in (*notes, *boxes) if "age" in when]
    numbers = Numbers()
    return tuple(numbers[(*(t.get(age) for t in tables), *(age in band for band in bands))] for age in YEARS)


def _may_tell_age(column: ReadColumn, saved: Saved | None) -> bool:
    return column.kind in {"age", "birth_year"} or any(
        n == "age" for told, among, _ in _effects(column, saved) for n, _ in (*told, *among)
    )


def _tells(column: ReadColumn) -> frozenset[str]:
    """The facts that a column is about: those that half of its values tell."""
    effects = list(_effects(column, None))
    met = [n for told, among, _ in effects for n in {n for n, _ in (*told, *among)}]
    return frozenset(n for n in met if met.count(n) * 2 >= len(effects))


def _tells_needs(column: ReadColumn, saved: Saved | None) -> bool:
    return column.kind not in HOME_KINDS and any(needs for _, _, needs in _effects(column, saved))


def _effects(column: ReadColumn, saved: Saved | None) -> Iterator[Effect]:
    yield from column.card["values"].values()
    if column.card.get("sets"):
        yield column.card["sets"]
    for values in saved.values.values() if saved else ():
        yield from values.values()
