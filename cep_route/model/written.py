"""What a human wrote under `rules/`: facts, operators, rules, needs. Frozen, strict pydantic models; they judge shape, never meaning.

Strict: `true` is not 1, `"16"` is not 16, an unknown key is an error. TOML has no tuple, so containers alone are lenient.
Both languages stand side by side (`fr`, `en`), because a sentence without its twin must not load.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, model_validator

from cep_route.model import law
from cep_route.model.law import Body, Confidence, Constraint, Level, Operator, Presumption
from cep_route.model.shapes import AtLeastOne, Code, Listed, NeedCode, Sentence, Slug
from cep_route.model.tables import Strict, Words
from cep_route.model.territory import Circle, Public

Family = Literal["obstacles", "project", "carrying_out"]


class VersionedFile(Strict):
    """A whole file, of the version of its shape that this program reads."""

    schema_: Literal[1] = Field(alias="schema")


class WrittenSource(Strict):
    """Where a statement comes from, and the day a human last read it there.

    In `rules/sources.toml` it has an `id`, by which rules name it; elsewhere it may be written in place. `of`: the text's own date or
    version (`2019..2023`, `2025-04-02`); `read`: how much of it was read; `newer`: a newer version is known that was not read.
    `traceable = false` says that neither an address nor an article could be given.
    """

    id: Slug | None = None
    text: Sentence
    article: str | None = None
    url: str | None = None
    read_on: date
    of: Annotated[str, Field(pattern=r"^\d{4}(-\d\d(-\d\d)?)?(\.\.(\d{4}(-\d\d(-\d\d)?)?)?)?$")] | None = None
    read: Literal["whole", "part", "quoted", "not_found"] | None = None
    newer: bool = False
    traceable: bool = True


def _cited(sources: tuple[str | WrittenSource, ...]) -> list[str]:
    return [s if isinstance(s, str) else s.id or s.text for s in sources]


# Sources by their ids, or written in place; the program holds the ids, or the texts.
Cited = Annotated[Listed[Slug | WrittenSource], Field(min_length=1), PlainSerializer(_cited)]
PlaceCode = Annotated[str, Field(pattern=r"^(departement|commune):[0-9][0-9AB][0-9]{0,3}$")]


class FactValue(Words):
    """One value of a fact: its code, its names, and the spellings by which files and people write it.

    `places`: of a fact told by the commune, the typed codes of the places that have this value. `own_law`: another law applies there,
    so that a rule without `where` does not speak of its people.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    spellings: Listed[str] = ()
    places: Listed[PlaceCode] = ()
    own_law: bool = False


class WrittenFact(Strict):
    """One question about a person (or a territory), with a finite ordered list of values.

    `kind = "years"` is a whole number from 0 to 120, whose classes are cut where rules cut; every other fact lists its values.
    `from_commune`: the home commune tells it, nobody is asked, and rules name it by their `where`.
    """

    name: Code
    kind: Literal["choice", "years"] = "choice"
    label: Words
    question: Words
    help: Words | None = None
    can_change: bool = False
    from_commune: bool = False
    flag: Annotated[str, Field(pattern=r"^[a-z-]+$")] | None = (
        None  # the French flag: `--statut` for `status`
    )
    values: Listed[FactValue] = ()
    headers: Listed[str] = ()


class FactsFile(VersionedFile):
    """`doubts` are constraints that are said and not refused. `typed`: presumptions of what someone typed, never of a file.

    `questions`: facts in the order in which an interview asks them.
    """

    questions: Listed[Code] = ()
    facts: Listed[WrittenFact]
    constraints: Listed[Constraint] = ()
    doubts: Listed[Constraint] = ()
    presumptions: Listed[Presumption] = ()
    typed: Listed[Presumption] = ()


class WrittenRule(Strict):
    """A box and what it says of the people in it.

    `when` names facts and the values it accepts (`"16..25"` is a range of years). `opens` names an operator, or an answer
    outside the CEP with whom to `see`; a rule that opens nothing is a note: it adds a sentence and decides nothing.
    The same id may stand several times, once per version, with dates that do not overlap. `until` is the last day in force.
    `where`: the places of which the rule speaks (`departement:988`); none: everywhere. `protects`: who does not hear it may lose a
    right, so every form of the answer says it. `unsettles`: operators of which, for the people in this note, nothing is sure.
    """

    id: Slug
    says: Words
    opens: Code | None = None
    see: Listed[Code] = ()
    bars: Listed[Code] = ()
    before: Listed[Slug] = ()
    joint: Listed[Slug] = ()
    unsettles: Listed[Code] = ()
    protects: bool = False
    where: Listed[PlaceCode] = ()
    when: dict[Code, Listed[str]] = Field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    confidence: Confidence
    sources: Cited


class SourcesFile(VersionedFile):
    sources: Listed[WrittenSource]


class RulesFile(VersionedFile):
    theme: Words
    rules: Listed[WrittenRule]


class OperatorsFile(VersionedFile):
    levels: Listed[Level] = ()
    operators: Listed[Operator]
    bodies: Listed[Body] = ()


class WrittenNeed(Words):
    """One need in data·inclusion's vocabulary (`mobilite`, `mobilite--louer-...`) or in the extension namespace `x-cep--`."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    family: Family
    spellings: Listed[str] = ()


class NeedsFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    needs: Listed[WrittenNeed]


class PublicsFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    publics: Listed[law.Public]


class CooperationFile(VersionedFile):
    """The study's three configurations as boxes over facts of a territory; decided by the same engine."""

    facts: Listed[WrittenFact]
    constraints: Listed[Constraint] = ()
    doubts: Listed[Constraint] = ()
    presumptions: Listed[Presumption] = ()
    configurations: Listed[Words] = ()
    rules: Listed[WrittenRule]


# -- columns.toml: what the columns of intake files mean; nothing here reads a cell ---------------------------------------

# A column that has the name of a fact completes that fact (its headers and values come from `facts.toml`); any other stands alone.

Spellings = Listed[Annotated[str, Field(min_length=1, max_length=200)]]
Sets = dict[Code, str | Listed[str]]

# What the cells of a column are. `facts`, `age`, ..., `role` are read; `identity`, `contact`, `elsewhere` and `unread` never are.
ColumnKind = Literal[
    "facts", "age", "birth_date", "birth_year", "degree_year", "dated", "needs", "need", "role",
    "postcode", "commune", "postcode_commune", "insee", "departement", "address",
    "identity", "contact", "elsewhere", "unread",
]  # fmt: skip


class ColumnValue(Strict):
    """What some spellings say: the facts they set (a list: one of those), the needs, the role in the household.

    `proposed` are spellings not seen in a real file that may mean something else: shown as a suggestion, never taken.
    """

    spellings: Spellings = ()
    proposed: Spellings = ()
    sets: Sets = Field(default_factory=dict)
    needs: Listed[NeedCode] = ()
    role: Literal["claimant", "spouse"] | None = None


class Column(Strict):
    """One kind of column: its titles and what its cells say. `reads`: columns whose values are read here too.

    `details`: what may stand beside a value in a cell, and says nothing alone; `until`: a cell may end with the day of its end;
    `open`: cells hold other words too (the name of an employer), which say nothing and are no fault.
    """

    id: Code
    kind: ColumnKind = "facts"
    label: Words | None = None
    why: Words | None = None
    reads: Listed[Code] = ()
    headers: Spellings = ()
    proposed: Spellings = ()
    values: Listed[ColumnValue] = ()
    details: Listed[ColumnValue] = ()
    sets: Sets = Field(default_factory=dict)
    need: NeedCode | None = None
    blocking: bool = False
    until: bool = False
    open: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Column:
        if (self.kind == "need") != (self.need is not None):
            raise ValueError('`need` goes with kind = "need"')
        if self.kind in {"identity", "contact", "elsewhere", "unread"} and self.why is None:
            raise ValueError("a column that is not read says why")
        return self


class Flag(Strict):
    """Titles of a column of yes and no that says a value of another: « Salarié (O/N) ». `sets`: what yes says; no says nothing."""

    column: Code
    headers: Annotated[Spellings, Field(min_length=1)]
    sets: Sets


class Ambiguous(Strict):
    """A title with several meanings: the values of the column decide; else it is the `default`, or the reader is asked."""

    header: Sentence
    columns: Annotated[Listed[Code], Field(min_length=2)]
    default: Code | None = None
    why: Words


class Format(Strict):
    """A file known by its titles: all of `headers` stand in it."""

    id: Slug
    label: Words
    headers: Annotated[Spellings, Field(min_length=1)]


class ColumnsFile(VersionedFile):
    unknown: Spellings
    hints: Spellings
    asides: Spellings
    yes: Spellings
    no: Spellings
    elsewhere: Spellings
    identifiers: Spellings
    need_yes: Spellings
    need_no: Spellings
    sources: Listed[WrittenSource] = Field(min_length=1)
    formats: Listed[Format] = ()
    flags: Listed[Flag] = ()
    ambiguous: Listed[Ambiguous] = ()
    columns: Listed[Column]


class SavedMap(VersionedFile):
    """A mapping that `inspect --write-map` wrote and a human settled: title -> column, title -> cell -> what it sets, facts assumed."""

    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str | Listed[str]]]] = Field(default_factory=dict)
    assume: dict[str, str] = Field(default_factory=dict)


# -- handout.toml: what the sheet says to the person beside the answer itself ---------------------------------------------


class KeptBack(Strict):
    """What a note handed over leaves out unless the person agrees: needs of these families, these facts."""

    families: Listed[Family]
    facts: Listed[Code]


class Statement(Words):
    """One thing said to the person, and the same in easy-to-read lines.

    Shown on its days, when its box holds the person, when a need of one of `families` was asked, when the answer is one of `answers`;
    `inside`: only when the answer is within the CEP (true) or outside (false). An empty list asks nothing.
    """

    part: Literal["about", "bring", "step", "door"]
    id: Slug
    easy: Annotated[Listed[Words], Field(min_length=1)]
    when: dict[Code, Listed[str]] = Field(default_factory=dict)
    families: Listed[Family] = ()
    answers: Listed[Code] = ()
    inside: bool | None = None
    since: date | None = None
    until: date | None = None
    sources: Cited


class HandoutQuestion(Words):
    """The question of a fact, put to the person."""

    fact: Code


class HandoutFile(VersionedFile):
    kept_back: KeptBack
    statements: Listed[Statement]
    questions: Listed[HandoutQuestion]


# -- directory.toml: which foreign code of an open directory is which network or circle of ours ---------------------------


class Kind(Strict):
    """A kind of house in the directories: an `operator` of the rules, or a partner of a `circle` under a `network`.

    `annuaire`, `data_inclusion`, `older`, `listed` are its codes there (`older`: the schema v0; `listed`: plain lists); `names`, how a
    name begins when no code tells, `short`, the initials of a network, as a word of a name; `cut`, long beginnings of names, written
    `called` instead. `needs`, `publics` and `area` are ours: what that kind of house does by its statute, when the row does not say.
    """

    network: Slug
    operator: Code | None = None
    circle: Circle | None = None
    annuaire: Listed[str] = ()
    data_inclusion: Listed[str] = ()
    older: Listed[str] = ()
    listed: Listed[str] = ()
    names: Listed[str] = ()
    short: Listed[str] = ()
    cut: Listed[str] = ()
    called: Sentence | None = None
    needs: Listed[NeedCode] = ()
    publics: Listed[Public] = ()
    desks: bool = True  # worth a place among the desks of the country: a town hall is not
    area: Literal["commune", "departement", "region", "france"] | None = None


class CategoryCircle(Strict):
    """The circle of a partner of which only the needs are known, by their category."""

    circle: Circle
    categories: Annotated[Listed[NeedCode], Field(min_length=1)]


class Renamed(Strict):
    """A name that changed: rows dated on or after `since` are written under the new one."""

    old: Sentence
    new: Sentence
    since: date


class Feed(Strict):
    """Where a form of directory is published, under which licence, and the line its licence asks for."""

    name: Sentence
    url: str
    licence: Sentence
    recipe_fr: Sentence
    recipe_en: Sentence
    network: Slug | None = None  # the network of every row, when the form is that of one network


class DirectoryFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    default_circle: Circle
    kinds: Listed[Kind]
    circles: Listed[CategoryCircle]
    renamed: Listed[Renamed] = ()
    feeds: dict[Code, Feed]
    heads: dict[Code, AtLeastOne[str]]  # how plain lists write the title of a column, best first
    publics: dict[
        Public, Listed[str]
    ]  # words of plain lists for the publics of data·inclusion, beside their own label
    shared_boxes: Listed[str]  # words of an e-mail address that belongs to a desk and not to a person


# -- population.toml: a year of people in shares, each figure with its source or called an assumption ---------------------

Share = Annotated[float, Field(ge=0, le=1)]
Few = Annotated[Listed[str], Field(min_length=1)]


class Figure(Strict):
    """A figure and where it comes from: read somewhere (`source`), or ours (`assumption`)."""

    source: WrittenSource | None = None
    assumption: Words | None = None


class Rate(Figure):
    """A share of people, and of whom."""

    share: Share
    fr: Sentence
    en: Sentence


class Portion(Strict):
    """Some values of a fact, and the share of people who have one of them."""

    values: Few
    share: Share


class Margin(Figure):
    """How people split by one fact, among those whose facts are in `given`."""

    fact: Code
    given: dict[Code, Few] = Field(default_factory=dict)
    parts: Annotated[Listed[Portion], Field(min_length=1)]


class WantedRate(Figure):
    """The share of people who have a need."""

    code: str
    share: Share


class PopulationFile(VersionedFile):
    """People of a year: `entered` of the `active` among inhabitants, split by the margins in their order."""

    name: Words
    entered: Rate
    active: Rate
    margins: Annotated[Listed[Margin], Field(min_length=1)]
    needs: Listed[WantedRate] = ()
