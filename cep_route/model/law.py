"""The law as the program holds it, read and judged: facts, rules, operators, words, and the tables of each stretch of days.

Frozen records of plain values, made in `files.written` from what people wrote (`model.written`) and compiled in `engine.compile`.
Decides nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from operator import attrgetter
from typing import Annotated, Any, Self

from msgspec import Raw, Struct, field, json
from msgspec.structs import asdict, replace

from cep_route.model.shapes import (
    AtLeastOne,
    Bounds,
    Code,
    Day,
    Handler,
    Listed,
    Schema,
    Sentence,
    Slug,
    one_of,
)

YEARS = range(121)
FOREVER = "9999-12-31"
BEGINNING = "0001-01-01"

Value = str | int
Said = dict[str, str]  # one thing in both languages: {"fr": ..., "en": ...}
When = Mapping[str, tuple[str, ...]]  # a box as written: fact -> the values it accepts, years as "16..25"


class HeldTable(Struct, frozen=True, kw_only=True):
    """A table of a file that is held as it is written, days as text: pydantic judges it by a strict model of its fields."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _kind: Any, handler: Handler) -> Schema:
        from pydantic_core.core_schema import no_info_after_validator_function as after

        from cep_route.model.tables import table_of  # pydantic: where a file is read, not where it was kept

        def held(written: Any) -> Struct:
            told = {name: getattr(written, name) for name in written.model_fields_set}
            return cls(**{name: v.isoformat() if isinstance(v, date) else v for name, v in told.items()})

        return dict(after(held, handler(table_of(cls))))


class InBoth(Struct, frozen=True):
    """One thing said in both languages, written as `tables.Words`."""

    def __get_pydantic_core_schema__(self, _kind: Any, handler: Handler) -> Schema:
        from pydantic_core.core_schema import no_info_after_validator_function as after

        from cep_route.model.tables import Words

        return dict(after(lambda words: words.said, handler(Words)))


Told = Annotated[Said, InBoth()]
Box = dict[Code, Listed[str]]  # fact -> the values it accepts, years as "16..25"
Confidence = Annotated[str, one_of(("sure", "likely", "unsure"))]
DirectoryNetwork = Annotated[str, Bounds(pattern=r"^[a-z][a-z0-9-]*$")]


class Fact(Struct, frozen=True, kw_only=True):
    """One question about a person. `kind`: choice, or years (0 to 120, without `values`); `labels`: value -> its names.

    `places`: of a fact that the home commune tells, value -> the typed codes of the places that have it; empty for all other facts.
    `ordinary`: the values of which a rule without `where` speaks; empty: all.
    """

    name: str
    kind: str
    values: tuple[str, ...]
    label: Said
    labels: dict[str, Said]
    question: Said
    help: Said | None = None
    can_change: bool = False
    flag: str | None = None
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ordinary: tuple[str, ...] = ()

    @property
    def domain(self) -> tuple[Value, ...]:
        """Every value, years as whole numbers."""
        return tuple(YEARS) if self.kind == "years" else self.values

    def accepted(self, written: Iterable[str]) -> tuple[Value, ...]:
        """The values a condition accepts: `16..25` becomes its years."""
        return spread(written) if self.kind == "years" else tuple(written)


class RuleCard(Struct, frozen=True, kw_only=True):
    """One version of a rule: a box (`when`) and what it says of the people in it; without `opens` it is a note and decides nothing.

    `protects`: every form of the answer says it. `unsettles`: operators of which nothing is sure for the people of this note.
    """

    id: str
    says: Said
    opens: str | None = None
    see: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()
    when: When
    since: str = BEGINNING
    until: str = FOREVER
    confidence: str
    sources: tuple[str, ...] = ()
    protects: bool = False
    unsettles: tuple[str, ...] = ()

    def in_force(self, on: str) -> bool:
        return self.since <= on <= self.until


class Constraint(HeldTable, frozen=True, kw_only=True):
    """What cannot be: a person with every fact of `when` has those of `then`; the reason is shown with a refusal.

    `boxes`: the persons it excludes, as values (`engine.compile.constraint`).
    """

    id: Slug
    when: Box
    then: Box
    why: Told
    boxes: tuple[dict[str, tuple[Value, ...]], ...] = ()


class Presumption(HeldTable, frozen=True, kw_only=True):
    """A fact that is taken as told when nobody told it and the told facts lie in `when`: a rare situation, or the place of the law.

    The answer says it where it matters. `ask`: the interview asks the fact all the same, where it matters.
    """

    id: Slug
    when: Box = {}
    then: Annotated[dict[Code, str], Bounds(min_length=1, max_length=1)]
    says: Told
    ask: bool = True

    @property
    def fact(self) -> str:
        return next(iter(self.then))

    @property
    def value(self) -> str:
        return self.then[self.fact]


class Source(Struct, frozen=True, kw_only=True):
    """Where a statement comes from, and the day a human last read it there.

    `of`: the text's own date or version; `read`: whole, part, quoted (by another) or not_found; `newer`: a newer version is known.
    """

    text: str
    article: str | None = None
    url: str | None = None
    read_on: str | None = None
    of: str | None = None
    read: str | None = None
    newer: bool = False
    traceable: bool = True


class DatedName(HeldTable, frozen=True, kw_only=True):
    """A name over time; `until` is its last day."""

    fr: Sentence
    en: Sentence
    since: Day = BEGINNING
    until: Day = FOREVER

    @property
    def said(self) -> Said:
        return {"fr": self.fr, "en": self.en}


class Channel(HeldTable, frozen=True, kw_only=True):
    """How to reach an operator everywhere, or in the named regions, for a period: its national channel.

    A region's own channel takes what it does not say (phone, hours, address) from the national one. `tz`: the clock on which `hours`
    are read; without it, that of the place.
    """

    regions: tuple[str, ...] = ()
    name: str | None = None
    phone: str | None = None
    url: str | None = None
    hours: str | None = None
    tz: str | None = None
    note: Told | None = None
    since: Day | None = None
    until: Day | None = None
    confidence: Confidence
    sources: AtLeastOne[Slug]

    def in_force(self, on: str) -> bool:
        return within(self.since, self.until, on)

    def within(self, whole: Self) -> Self:
        """A region's own channel, with what it does not say taken from that of the whole country."""
        own = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        sources = tuple(dict.fromkeys((*self.sources, *whole.sources)))
        return replace(whole, **{**own, "sources": sources})


class Operator(HeldTable, frozen=True, kw_only=True):
    """One of the networks that give the CEP, or an answer outside it (`outside = true`).

    `directory`: its network in the directory of desks; `find`: the line that finds its desk where none is listed.
    """

    code: Code
    names: AtLeastOne[DatedName]
    side: Annotated[str, one_of(("employment_service", "employees", "outside"))]
    outside: bool = False
    public: Told
    offers: Told
    funds_training: Told | None = None
    since: Day | None = None
    until: Day | None = None
    directory: DirectoryNetwork | None = None
    find: Told | None = None
    channels: tuple[Channel, ...] = ()

    def in_force(self, on: str) -> bool:
        return within(self.since, self.until, on)


class Body(HeldTable, frozen=True, kw_only=True):
    """Whom to see outside the CEP, or beside it. `directory`, `find` as of an operator; `needs`: those it answers by its statute.

    `first_welcome`: any partner that gives level 1, or belongs to the public guidance service, is such a body.
    """

    code: Code
    names: AtLeastOne[DatedName]
    what: Told
    directory: DirectoryNetwork | None = None
    find: Told | None = None
    needs: tuple[str, ...] = ()
    first_welcome: bool = False
    phone: str | None = None
    url: str | None = None
    confidence: Confidence
    sources: AtLeastOne[Slug]


class Need(Struct, frozen=True, kw_only=True):
    """One need, of one of the three families: obstacles, project, carrying_out."""

    code: str
    family: str
    label: Said


class Public(HeldTable, frozen=True, kw_only=True):
    """A public of data·inclusion as a box over facts; without `when`, no fact of ours tells.

    `sufficient`: who is in the box is of the public, who is not may be all the same.
    """

    fr: Sentence
    en: Sentence
    code: Slug
    when: Box | None = None
    sufficient: bool = False

    @property
    def label(self) -> Said:
        return {"fr": self.fr, "en": self.en}


class Level(HeldTable, frozen=True, kw_only=True):
    """A level of the CEP while one specification was in force, and what it gives."""

    number: Annotated[int, Bounds(ge=1, le=3)]
    name: Told
    gives: Told
    since: Day = BEGINNING
    until: Day = FOREVER
    confidence: Confidence
    sources: AtLeastOne[Slug]


class Outcome(Struct, frozen=True, kw_only=True):
    """What the rules that speak say together: the first answers, all eligible ones, and whom to see outside the CEP.

    `clash` lists pairs of firsts that no rule declares joint; no `eligible` is a gap. Neither occurs under the shipped rules.
    """

    first: tuple[str, ...]
    eligible: tuple[str, ...]
    see: tuple[str, ...]
    clash: tuple[tuple[str, str], ...] = ()


class Segment(Struct, frozen=True, kw_only=True):
    """One stretch of days, compiled (`engine.compile`): the classes of values, and a diagram whose leaves are outcomes.

    `bits`: the rule of each bit. `members[fact][class]`: the values of a class, facts in the order of the diagram; `accept[fact][class]`:
    the rules that accept it. `facts`: those that most rules name first. `answers`: (code, opening bits, barring bits). `written`: the
    diagram as `Diagrams.written`; a leaf is 1 << the place of its outcome in `outcomes`, 0 nobody. `possible`: that of everybody.
    """

    since: str
    until: str
    bits: tuple[int, ...]
    facts: tuple[str, ...]
    members: dict[str, tuple[tuple[Value, ...], ...]]
    accept: dict[str, tuple[int, ...]]
    answers: tuple[tuple[str, int, int], ...]
    written: Raw
    possible: tuple[tuple[int, tuple[int, ...]], ...]
    outcomes: tuple[Outcome, ...]

    @property
    def nodes(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The diagram of everybody. Kept as JSON until it is asked for: a route walks one or two stretches of ten."""
        return json.decode(self.written, type=tuple[tuple[int, tuple[int, ...]], ...])

    @property
    def levels(self) -> tuple[str, ...]:
        """The order of the diagram."""
        return tuple(self.members)

    @property
    def classes(self) -> dict[str, dict[Value, int]]:
        """The class of each value of each fact."""
        return {n: {v: i for i, values in enumerate(of) for v in values} for n, of in self.members.items()}


class Law(Struct, frozen=True, kw_only=True):
    """Everything the engine needs, compiled. `rules`: one card per version; `segments`: in order of time; `digest`: sha256 of the files.

    `doubts`: constraints that are said and not refused; `presumptions`: facts taken as told (`engine.decide.presumed`);
    `typed`: those that only what someone typed leads to;
    `questions`: the order in which an interview asks.
    """

    facts: dict[str, Fact]
    constraints: tuple[Constraint, ...]
    rules: tuple[RuleCard, ...] = ()
    segments: tuple[Segment, ...] = ()
    operators: dict[str, Operator] = {}
    bodies: dict[str, Body] = {}
    sources: dict[str, Source] = {}
    needs: dict[str, Need] = {}
    publics: dict[str, Public] = {}
    digest: str = ""
    doubts: tuple[Constraint, ...] = ()
    presumptions: tuple[Presumption, ...] = ()
    typed: tuple[Presumption, ...] = ()
    levels: tuple[Level, ...] = ()
    questions: tuple[str, ...] = ()

    def segment(self, on: str) -> Segment:
        """The tables in force on an ISO day."""
        return self.segments[bisect_right(self.segments, on, key=attrgetter("since")) - 1]

    @property
    def body_order(self) -> tuple[str, ...]:
        """The bodies to see, in the order in which they are told: those described, then those that only rules name."""
        return tuple(dict.fromkeys([*self.bodies, *(body for card in self.rules for body in card.see)]))

    def operator(self, code: str) -> Operator:
        """A network or an answer; one that the rules do not describe bears its code."""
        return self.operators.get(code) or nameless(code)

    def need(self, code: str) -> Need:
        """A need of the catalogue; one that it does not hold bears its code."""
        return self.needs.get(code) or Need(code=code, family="", label={"fr": code, "en": code})

    def outside(self, code: str) -> bool:
        """Is the answer one outside the CEP?"""
        return self.operator(code).outside

    def source(self, key: str) -> Source:
        """A source by its id; one written in place is its own text."""
        return self.sources.get(key) or Source(text=key)

    def sources_on(self, keys: Iterable[str], on: str) -> tuple[str, ...]:
        """The sources of a rule that existed on a day, all of them when none did: a text of 2026 says nothing of its own in 2016."""
        keys = tuple(keys)
        return tuple(key for key in keys if (self.source(key).of or "") <= on) or keys


def nameless(code: str) -> Operator:
    """An answer of which the rules tell nothing but its code."""
    return Operator(code=code, names=(), side="", public={}, offers={})


def runs(years: Iterable[int]) -> list[tuple[int, int]]:
    """Whole years as runs: their first and last year."""
    found: list[tuple[int, int]] = []
    for year in sorted(years):
        if found and found[-1][1] == year - 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def written(values: Iterable[Value]) -> tuple[str, ...]:
    """Values as a rule writes them: years become runs, `16..25`."""
    values = tuple(values)
    years = [v for v in values if isinstance(v, int)]
    if years:
        return tuple(f"{low}..{high}" if low != high else str(low) for low, high in runs(years))
    return tuple(str(v) for v in values)


def dated_name(names: Iterable[DatedName], on: str, lang: str) -> str | None:
    """The name borne on a day, else the last one."""
    found = None
    for name in names:
        found = name.said[lang]
        if name.since <= on <= name.until:
            return found
    return found


def next_day(iso: str) -> str:
    return _shift(iso, 1)


def day_before(iso: str) -> str:
    day = int(iso[8:])
    # most days of a month follow one of the same month: no calendar is asked
    return f"{iso[:8]}{day - 1:02d}" if day > 1 else _shift(iso, -1)


def _shift(iso: str, days: int) -> str:
    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()


def spread(values: Iterable[str]) -> tuple[int, ...]:
    """Whole years named by `"16..25"` or `"16"`."""
    found: list[int] = []
    for value in values:
        low, _, high = value.partition("..")
        found.extend(range(int(low), int(high or low) + 1))
    return tuple(dict.fromkeys(found))


def within(since: str | None, until: str | None, on: str) -> bool:
    """Is a day between two others? Each may be a year, a month or a day: the first and the last day they may mean; None: no bound."""
    last = until or FOREVER
    return (since or "") <= on <= last + FOREVER[len(last) :]
