"""Cells of a row to three kinds: who the person is, where, and with which needs. Each kind is met once, and the engine is asked once per
kind of person, never once per row. Never decides, never opens a file, never compares a person with a rule.

Who the person is are the facts, an age by its class: persons whom nothing here tells apart are one kind. Needs and homes stay out of
that key: together they are different on most rows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter, mul
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cep_route.directory.where import Local
from cep_route.engine.decide import of_commune
from cep_route.engine.explain import Judge, Placed
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
UNTOLD = 999  # years of who tells no age
N = TypeVar("N")  # the numbers of many rows
T = TypeVar("T")
# what a program writes where nothing was said
_NULLS = frozenset(("", "null", "none", "nan", "na", "n a", "nul"))


Notes = tuple[tuple[str, ...], tuple[str, ...]]  # sentences, and those that come after all others


class RefusedRow(NamedTuple):
    """Why a row cannot be routed for sure: a code, the columns it is of ("" for none), and a sentence for each fault."""

    code: str
    column: str
    reason: str


class Person(Struct, frozen=True, kw_only=True, eq=False):
    """One kind of person. `until`, `first`, `view`, `notes`, `refused`: numbers in what `People` keeps; `hangs`: whether the end is an age,
    whose day a birth date tells.

    `assumed`, `silent`: facts taken as assumed, and those of `PROPOSED` of which
    the row says nothing; `dropped`: assumptions against what the row says. `empty`: nothing is told, or what stands in a prepared row.
    """

    profile: Profile
    decision: Decision
    until: int = 0
    hangs: bool = False
    first: int = 0
    view: int = 0
    notes: int = 0
    assumed: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    empty: bool = False
    refused: int = 0


class RowPlace(Struct, frozen=True, kw_only=True, eq=False):
    """One kind of home. `ground`: places with the same partners have one number; `land`: communes that tell the same facts have one,
    0 those that tell none; `empty`: no cell says where.
    """

    spot: Spot | None
    warnings: tuple[Finding, ...]
    notes: int
    ground: int
    has_partners: bool
    land: int
    empty: bool
    refused: int


class Needs(Struct, frozen=True, kw_only=True, eq=False):
    """One set of needs."""

    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    notes: int
    refused: int


class Viewed(NamedTuple):
    """What partners, schemes and operators see of a person: what may be compared with a public, and who is eligible."""

    sure: Profile
    eligible: tuple[str, ...]


class Numbers(dict[Hashable, int], Generic[T]):
    """Things met, each with a number of its own, from 0; `things` by number."""

    def __init__(self, *things: Any) -> None:
        super().__init__()
        self.things: list[T] = []
        for thing in things:
            self[thing]

    def __missing__(self, thing: Any) -> int:
        return self.of(thing, thing)

    def of(self, like: Hashable, thing: T) -> int:
        """The number of a thing, or of the first that was like it."""
        number = self.get(like)
        if number is None:
            number = self[like] = len(self.things)
            self.things.append(thing)
        return number


class Memo(dict[tuple[Any, ...], int]):
    """The number of what is made of each key."""

    def __init__(self, make: Callable[..., int]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: tuple[Any, ...]) -> int:
        number = self[key] = self._make(*key)
        return number


class Meaning(Struct, frozen=True, kw_only=True, eq=False):
    """What cells of a column say. `silent`: whether they leave to silence what it tells (empty, never « ? » nor what cannot be read);
    `alike`: the number, among the `kinds`, of those that make the same person; `day`: the birth date, `years`: the age, or `UNTOLD`.
    """

    reading: CellReading
    silent: bool
    alike: int
    day: str | None
    years: int


class Codes(dict[str, int]):
    """Cell -> number of what it says in `meanings`; each distinct cell is read once. `place`: of the column among all that are read;
    `key`: what of a reading matters to who the person is; `kinds`: one meaning of all that are alike in it.
    """

    def __init__(
        self, column: ReadColumn, place: int, key: Callable[[CellReading], Hashable], on: str
    ) -> None:
        super().__init__()
        self.column, self.at, self.place, self._on = column, column.position, place, on
        self._key = key
        self.tells = _tells(column)
        self.meanings: list[Meaning] = []
        self.kinds: list[Meaning] = []
        self._numbers = Numbers[tuple[CellReading, bool]]()
        self._alike = Numbers[tuple[Hashable, bool]]()

    def __missing__(self, text: str) -> int:
        reading = self.column.read(text)
        silent = reading == NOTHING and "?" not in text and normalise(cleaned(text)) in _NULLS
        number = self[text] = self._numbers[reading, silent]
        if number == len(self.meanings):
            told: dict[str, Any] = dict(reading.told)
            day = told.get("birth_date")
            years = age_on(day, self._on) if day else told.get("age", UNTOLD)
            alike = self._alike[self._key(reading), silent]
            self.meanings.append(Meaning(reading=reading, silent=silent, alike=alike, day=day, years=years))
            if alike == len(self.kinds):
                self.kinds.append(self.meanings[-1])
        return number


def _meanings(every: Sequence[Codes], key: Sequence[int]) -> list[Meaning]:
    """What the cells of some columns say, by their numbers, which a key begins with."""
    return [codes.meanings[number] for codes, number in zip(every, key, strict=False)]


class Names(Numbers[str]):
    """The names of territories that a column, at `at`, tells."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class Way(Protocol[N]):
    """How the numbers of many rows are reached; `N` holds one for each row, a list or a column."""

    none: N  # 0 for each row

    def told(self, codes: Codes | Names) -> N: ...  # what the cells of a column say

    def number(self, memo: Memo, *key: N) -> N: ...  # what a memo makes of numbers

    def read(self, numbers: N, things: list[Any], name: str) -> N: ...  # what things hold under a name

    def times(self, numbers: N, others: N) -> N: ...

    def keep(self, numbers: N, why: N) -> N: ...  # those of the rows that nothing refuses

    def nobody(
        self, who: N, people: People, *empty: N
    ) -> N: ...  # the persons, with the rows that are nobody as a kind


class RowWise:
    """Rows of cells, without any library: the numbers are lists."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self.rows = rows
        self.none = [0] * len(rows)

    def told(self, codes: Codes | Names) -> list[int]:
        at = codes.at
        return [codes[cells[at]] for cells in self.rows]

    def number(self, memo: Memo, *key: list[int]) -> list[int]:
        return [memo[one] for one in zip(*key, strict=True)]

    def read(self, numbers: list[int], things: list[Any], name: str) -> list[int]:
        return list(map(attrgetter(name), map(things.__getitem__, numbers)))

    def times(self, numbers: list[int], others: list[int]) -> list[int]:
        return list(map(mul, numbers, others))

    def keep(self, numbers: list[int], why: list[int]) -> list[int]:
        return [number for number, refused in zip(numbers, why, strict=True) if not refused]

    def nobody(self, who: list[int], people: People, *empty: list[int]) -> list[int]:
        for at, (cells, person, place) in enumerate(zip(self.rows, *empty, strict=True)):
            if place and (person or not cells[0].strip()) and people.columns.nobody(cells):
                who[at] = people.nobody()
        return who


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
        days = (on, *(s.since for s in self.law.segments if s.since > on))
        self.ages_alike = _ages_alike(self.law, self.boxes, days)
        starts = [age for age in YEARS if age and self.ages_alike[age] != self.ages_alike[age - 1]]
        # the birth dates up to which somebody has come to the next class of age, on the day or a later one of the law
        self._born_by = sorted({f"{int(day[:4]) - age:04d}{day[4:]}" for day in days for age in starts})
        active = columns.active
        ages = [i for i, c in enumerate(active) if _may_tell_age(c, saved)]
        births = [i for i, c in enumerate(active) if c.kind == "birth_date"]
        birth = births[0] if len(births) == 1 and len(ages) <= 1 else None
        age = ages[0] if len(ages) == 1 and len(births) <= 1 else None
        keys = {birth: self._birth_key, age: self._age_key}
        codes = [Codes(c, i, keys.get(i, lambda reading: reading), on) for i, c in enumerate(active)]
        self.who_at = [c for c in codes if c.column.kind not in HOME_KINDS | NEED_KINDS]
        self.where_at = [c for c in codes if c.column.kind in HOME_KINDS]
        self.needs_at = [c for c in codes if c.column.kind in NEED_KINDS or _tells_needs(c.column, saved)]
        self.born = None if birth is None else codes[birth]
        self.aged = None if birth is None or age is None else codes[age]
        self.names = [] if territory_at is None else [Names(territory_at)]  # of territories that rows name
        self.home_at: list[Codes | Names] = [*self.where_at, *self.names]
        # kinds by their numbers, and what they share: `views`, `grounds`, `lands` hold one of all that are alike
        self.kinds, self.spots, self.sets = Numbers[Person](), Numbers[RowPlace](), Numbers[Needs]()
        self.views, self.firsts = Numbers[Viewed](), Numbers[tuple[str, ...]]()
        self.grounds, self.ends = Numbers[tuple[Spot | None, bool]](), Numbers[str | int]()
        self._lands = Numbers[str | None]()
        self._lands.of((), None)  # communes without a law of their own
        self.notes = Numbers[Notes](((), ()))  # 0: nothing to say
        self.refusals = Numbers[RefusedRow](RefusedRow("", "", ""))  # 0: none
        self.persons, self._asked = Memo(self._person), Memo(self._ask)
        self.places, self.wanted, self.doubts = Memo(self._place), Memo(self._needs), Memo(self._doubt)
        self._decisions: dict[Hashable, Decision] = {}
        self._untils: dict[Hashable, str | int] = {}
        self._locals: dict[tuple[str, str | None], Local] = {}

    # -- one row, or many --------------------------------------------------------------------------------------------------

    def of(self, way: Way[N]) -> tuple[N, ...]:
        """What rows are: of each the person, the home, the needs, the birth date as its cell tells it, what is to be said of the age."""
        place = way.number(self.places, *map(way.told, self.home_at), way.none)
        told = {codes.at: way.told(codes) for codes in self.who_at}
        who = [way.read(told[codes.at], codes.meanings, "alike") for codes in self.who_at]
        born, doubt = way.none, way.none
        if self.born is not None:
            born = told[self.born.at]
        if self.born is not None and self.aged is not None:
            ages = [way.read(told[codes.at], codes.meanings, "years") for codes in (self.born, self.aged)]
            doubt = way.number(self.doubts, *ages)
        person = way.number(self.persons, *who, way.read(place, self.spots.things, "land"))
        person = way.nobody(
            person,
            self,
            way.read(person, self.kinds.things, "empty"),
            way.read(place, self.spots.things, "empty"),
        )
        return person, place, way.number(self.wanted, *map(way.told, self.needs_at), way.none), born, doubt

    def forget(self) -> None:
        """Start again where too much was met; the kinds keep their numbers."""
        memos: list[dict[Any, int]] = [*self.who_at, *self.where_at, *self.needs_at]
        for met in (*memos, self.persons, self._asked, self.places, self.wanted):
            if len(met) > KEPT_AT_MOST:
                met.clear()

    def _doubt(self, born: int, told: int) -> int:
        """The number of what is to be said where the age of a birth date is not the one told; a year apart is a file some months old."""
        if UNTOLD in (born, told) or abs(born - told) <= 1 or self.born is None or self.aged is None:
            return 0
        values = {"column": self.born.column.header, "other": self.aged.column.header}
        return self.noted([Finding(code="CEP470", values=values, severity="warning")])

    def nobody(self) -> int:
        """The number of the kind of rows that are nobody."""
        refused = self._refusal([Finding(code="CEP474")], "")
        return self.kinds.of("nobody", Person(profile=Profile(), decision=NO_DECISION, refused=refused))

    def home(self, cells: Mapping[int, str]) -> tuple[Home, RowPlace]:
        """Where a row says that the person lives, by the positions of its cells, and what was made of it."""
        key = [codes[cells[codes.at]] for codes in self.home_at]
        home = self.columns.combine(self._readings(self.where_at, _meanings(self.where_at, key))).home
        return home, self.spots.things[self.places[(*key, 0)]]

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
            found = Local(self.law, spot.commune, self.on, spot.territory.card, spot.territory.ground)
            self._locals[key] = found
        return found

    # -- who ------------------------------------------------------------------------------------------------------------

    def _person(self, *key: int) -> int:
        """The person of the numbers of what he is told to be, and of the land."""
        told = [codes.kinds[number] for codes, number in zip(self.who_at, key, strict=False)]
        readings = self._readings(self.who_at, told)
        if self.born is not None and self.aged is not None and readings[self.born.place].told:
            # the row itself compares the two
            readings[self.aged.place] = CellReading(fault=readings[self.aged.place].fault)
        silent = tuple([meaning.silent for meaning in told])
        return self._asked[tuple(readings), silent, key[-1]]

    def _ask(self, readings: tuple[CellReading, ...], silent: tuple[bool, ...], land: int) -> int:
        """The person of some readings, asked of the engine if no one like him was met. `silent`: of the columns that tell who he is,
        which say nothing; `land`: where the law is another one.
        """
        told = self.columns.combine(readings)
        profile, sure = self._profiles(told, self._lands.things[land])
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
        assumed, dropped = self._assumed(facts, spoken) if not refused else ((), ())
        for one in (profile, sure):
            one.facts.update(assumed)
        decision, until = (NO_DECISION, "") if refused else self._decided(profile, facts)
        notes = self._person_notes(decision, told.warnings, facts)
        left = tuple(n for n in PROPOSED if n not in spoken and n not in profile.facts)
        said_more = told.birth_date or told.among or told.warnings
        empty = not said_more and _DEFAULTS.issuperset(told.facts.values())
        eligible = tuple(e.operator for e in decision.eligible)
        view = self.views.of((self._seen(sure), eligible), Viewed(sure, eligible))
        alike = (id(decision), until, view, notes, assumed, dropped, left, empty, refused)
        first = self.firsts[tuple(c for c in decision.first if not self.law.outside(c))]
        person = Person(
            profile=profile, decision=decision, until=self.ends[until], hangs=isinstance(until, int), first=first, view=view,
            notes=notes, assumed=assumed, silent=left, dropped=dropped, empty=empty, refused=refused,
        )  # fmt: skip
        return self.kinds.of(alike, person)

    def _seen(self, sure: Profile) -> Hashable:
        """What the publics of partners and schemes may see of a person."""
        facts = self.judge.facts(sure, self.on) if self.boxes else {}
        names = dict.fromkeys(n for when in self.boxes for n in when)
        return tuple(
            (n, self.ages_alike[int(facts[n])] if n == "age" else facts[n]) for n in names if n in facts
        )

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

    def _readings(self, every: Sequence[Codes], meanings: Iterable[Meaning]) -> list[CellReading]:
        """What columns say, each at its place among all that are read."""
        readings = [NOTHING] * len(self.columns.active)
        for codes, meaning in zip(every, meanings, strict=True):
            readings[codes.place] = meaning.reading
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
            key += ("born", bisect_left(self._born_by, profile.birth_date))
        elif age is not None:
            key += ("told", self.ages_alike[min(int(age) + 1, YEARS[-1])])
        until = self._untils.get(key)
        if until is None:
            until = self._untils[key] = self._end(profile)
        return decision, until

    def _end(self, profile: Profile) -> str | int:
        """The last day of an answer, or the age at which it changes where the day hangs on a birth date of the row; "" for none."""
        found = Placed(self.judge, profile, self.on).until()
        if found is None:
            return ""
        if found.day is None:
            return found.why
        return int(found.why[4:]) if found.why.startswith("age:") and self.born is not None else found.day

    def _birth_key(self, reading: CellReading) -> Hashable:
        """What of a birth date matters to who the person is."""
        born = dict(reading.told).get("birth_date")
        return reading if born is None else bisect_left(self._born_by, str(born))

    def _age_key(self, reading: CellReading) -> Hashable:
        """What of an age matters to who the person is."""
        age = dict(reading.told).get("age")
        if not isinstance(age, int) or len(reading.told) > 1 or reading.among or reading.needs:
            return reading
        return self.ages_alike[age], self.ages_alike[min(age + 1, YEARS[-1])]

    # -- rows that are refused --------------------------------------------------------------------------------------------

    def _refusal(self, faults: Sequence[Finding], columns: str) -> int:
        """The number of why a row is refused: whoever mends it should not have to come back for the second fault."""
        reasons = dict.fromkeys(sentence(fault, self.lang) for fault in faults)
        return self.refusals[RefusedRow(faults[0].code, columns, " | ".join(reasons))]

    def _strictly(self, warnings: Iterable[Finding], saying: str = "") -> int:
        """Under `--strict`, a cell that was not recognised rejects its row. `saying`: the columns it is of, if it names none."""
        faults = [w for w in warnings if w.code in _FAULTS] if self.strict else []
        if not faults:
            return 0
        values = faults[0].values
        return self._refusal(faults, saying or values.get("columns") or values.get("column", ""))

    def _contradicted(
        self, facts: Mapping[str, Value], profile: Profile, readings: Sequence[CellReading]
    ) -> int:
        """Facts of one row that cannot be true together."""
        against = self.judge.contradictions(facts, self.on)
        if not against:
            return 0
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

    def _place(self, *key: int) -> int:
        """The home of the numbers of what its columns say, and of the territory that is named."""
        named = self.names[0].things[key[-2]] if self.names else ""
        readings = self._readings(self.where_at, _meanings(self.where_at, key))
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
        card = spot.territory.card if spot else None
        has_partners = card is not None and bool(
            card.partners or card.schemes or any(o.needs for o in card.operators or ())
        )

        near = self._bodies_near(spot) if spot and not has_partners else id(spot)
        ground = self.grounds.of(near, (spot, has_partners))
        place = RowPlace(
            spot=spot, warnings=warnings, notes=notes, has_partners=has_partners, empty=empty, land=self._land(spot),
            refused=refused, ground=ground,
        )  # fmt: skip
        return self.spots.of((empty, id(spot), notes, refused), place)

    def _bodies_near(self, spot: Spot) -> Hashable:
        """The bodies that answer needs by the law, as they are shown at a place: without partners, places are told apart by them."""
        local = self.local(spot)
        desks = [local.body(code) for code, body in self.law.bodies.items() if body.needs]
        near = sorted((desk for desk in desks if desk), key=local.rank)  # the nearer goes first
        return spot.territory.id, tuple((d.operator, d.name, d.phone, d.shown) for d in near)

    def _land(self, spot: Spot | None) -> int:
        """The number of the land of a commune."""
        commune = spot.commune if spot else None
        return self._lands.of(tuple(sorted(of_commune(self.law, commune).items())), commune)

    def _needs(self, *key: int) -> int:
        readings = self._readings(self.needs_at, _meanings(self.needs_at, key))
        for codes in self.needs_at:
            whole = readings[codes.place]
            mine = codes.column.kind in NEED_KINDS
            readings[codes.place] = CellReading(needs=whole.needs, fault=whole.fault if mine else "")
        told = self.columns.combine(readings)
        notes, refused = self.noted(told.warnings), self._strictly(told.warnings)
        needs = Needs(needs=told.needs, blocking=told.blocking, notes=notes, refused=refused)
        return self.sets.of((told.needs, told.blocking, notes, refused), needs)


class Helps(Struct, frozen=True, kw_only=True):
    """What would decide rows: assumptions, and facts that a column could tell, each with how many rows, most first."""

    assumptions: tuple[tuple[tuple[tuple[str, str], ...], int], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()


def helps(people: People, rows: Mapping[int, int]) -> Helps:
    """What would decide rows that are not decided, counted by the engine; `rows`: of each kind of person. Nothing is assumed."""
    told = {name for codes in people.who_at for name in codes.tells}
    sets = [{n: PROPOSED[n]} for n in PROPOSED] + [dict(PROPOSED)]
    assumed, columns = [0] * len(sets), dict[str, int]()
    # those who stand at one place of the diagram have the same answers to come: one of them is asked for all
    groups: dict[tuple[int, tuple[str, ...]], tuple[Person, int]] = {}
    for number, count in rows.items():
        person = people.kinds.things[number]
        if not person.decision.decided:
            key = Placed(people.judge, person.profile, people.on).root, person.silent
            first, before = groups.get(key, (person, 0))
            groups[key] = first, before + count
    for person, count in groups.values():
        for at, facts in enumerate(sets):
            if facts.keys() <= set(person.silent):
                assumed[at] += count * _decides(people, person.profile, facts)
        for missing in person.decision.missing:
            if missing.fact not in told and all(
                _decides(people, person.profile, {missing.fact: _one_of(span)}) for span in missing.splits
            ):
                columns[missing.fact] = columns.get(missing.fact, 0) + count
    return Helps(
        assumptions=tuple((tuple(f.items()), n) for f, n in zip(sets, assumed, strict=True) if n),
        columns=tuple(sorted(columns.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _decides(people: People, profile: Profile, facts: Mapping[str, str | int]) -> bool:
    """Whether a person is decided once some facts are known."""
    asked = replace(profile, facts={**profile.facts, **facts})
    if people.judge.contradictions(people.judge.facts(asked, people.on), people.on):
        return False
    return len({outcome.first for outcome in Placed(people.judge, asked, people.on).outcomes}) == 1


def _one_of(span: str) -> str | int:
    """A value of a class: 16 of `16..25`, `bac3` of `bac3 bac4`."""
    first = span.split(maxsplit=1)[0].partition("..")[0]
    return int(first) if first.isdigit() else first


NO_DECISION = Decision()


def sentence(finding: Finding, lang: str) -> str:
    """The message of a finding, without its hint."""
    return said(finding.code, finding.values, lang)[0]


def _boxes(law: Law, homes: Homes) -> Iterator[When]:
    """The publics that partners and schemes of the open territories may name."""
    if any(t.has_partners for t in homes.territories()):
        yield from (p.when for p in law.publics.values() if p.when)
        for territory in homes.territories():
            yield from (s.public for s in territory.card.schemes or () if s.public)


def _ages_alike(law: Law, boxes: Sequence[When], days: Sequence[str]) -> tuple[int, ...]:
    """For each age the number of its class: ages that no table, note or public tells apart, on the day and later, have one number."""
    tables = [law.segment(day).classes.get("age", {}) for day in days]
    notes = [c.when for c in law.rules if not c.opens and c.since <= days[0] <= c.until]
    bands = [frozenset(spread(when["age"])) for when in (*notes, *boxes) if "age" in when]
    numbers = Numbers[Hashable]()
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
