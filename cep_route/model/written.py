"""What a human wrote under `rules/`: facts, operators, rules, needs. Frozen, strict pydantic models; they judge shape, never meaning.

Strict: `true` is not 1, `"16"` is not 16, an unknown key is an error. TOML has no tuple, so containers alone are lenient.
Both languages stand side by side (`fr`, `en`), because a sentence without its twin must not load.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from .shapes import Code, Listed, Sentence, Slug

Confidence = Literal["sure", "likely", "unsure"]


class Strict(BaseModel):
    """The base of everything a human wrote."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model a field holds, itself, in a list, or in an option."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(model_in, get_args(annotation)) if m), None)


class VersionedFile(Strict):
    """A whole file, of the version of its shape that this program reads."""

    schema_: Literal[1] = Field(alias="schema")


class Words(Strict):
    """One thing said in both languages."""

    fr: Sentence
    en: Sentence

    @property
    def said(self) -> dict[str, str]:
        return {"fr": self.fr, "en": self.en}


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


class WrittenConstraint(Strict):
    """What cannot be: a person with every fact of `when` has those of `then`; the reason is shown with a refusal."""

    id: Slug
    when: dict[Code, Listed[str]]
    then: dict[Code, Listed[str]]
    why: Words


class WrittenPresumption(Strict):
    """A fact that is taken as told when nobody told it and the told facts lie in `when`: a rare situation, or the place of the law.

    The answer says it where it matters. `ask`: the interview asks the fact all the same, where it matters.
    """

    id: Slug
    when: dict[Code, Listed[str]] = Field(default_factory=dict)
    then: dict[Code, str] = Field(min_length=1, max_length=1)
    says: Words
    ask: bool = True


class FactsFile(VersionedFile):
    """`doubts` are constraints that are said and not refused. `typed`: presumptions of what someone typed, never of a file.

    `questions`: facts in the order in which an interview asks them.
    """

    questions: Listed[Code] = ()
    facts: Listed[WrittenFact]
    constraints: Listed[WrittenConstraint] = ()
    doubts: Listed[WrittenConstraint] = ()
    presumptions: Listed[WrittenPresumption] = ()
    typed: Listed[WrittenPresumption] = ()


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
    sources: Listed[Slug | WrittenSource] = Field(min_length=1)


class SourcesFile(VersionedFile):
    sources: Listed[WrittenSource]


class RulesFile(VersionedFile):
    theme: Words
    rules: Listed[WrittenRule]


class WrittenName(Words):
    """A name over time; `until` is its last day."""

    since: date | None = None
    until: date | None = None


DirectoryNetwork = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class WrittenChannel(Strict):
    """How to reach an operator everywhere, or in the named regions, for a period: its national channel.

    A region's own channel takes what it does not say (phone, hours, address) from the national one. `tz`: the clock on which `hours`
    are read; without it, that of the place.
    """

    regions: Listed[str] = ()
    name: str | None = None
    phone: str | None = None
    url: str | None = None
    hours: str | None = None
    tz: str | None = None
    note: Words | None = None
    since: date | None = None
    until: date | None = None
    confidence: Confidence
    sources: Listed[Slug | WrittenSource] = Field(min_length=1)


class WrittenOperator(Strict):
    """One of the networks that give the CEP, or an answer outside it (`outside = true`).

    `directory`: its network in the directory of desks; `find`: the line that finds its desk where none is listed.
    """

    code: Code
    names: Listed[WrittenName] = Field(min_length=1)
    side: Literal["employment_service", "employees", "outside"]
    outside: bool = False
    public: Words
    offers: Words
    funds_training: Words | None = None
    since: date | None = None
    until: date | None = None
    directory: DirectoryNetwork | None = None
    find: Words | None = None
    channels: Listed[WrittenChannel] = ()


class WrittenBody(Strict):
    """Whom to see outside the CEP, or beside it. `directory`, `find` as of an operator; `needs` that it answers by its statute."""

    code: Code
    names: Listed[WrittenName] = Field(min_length=1)
    what: Words
    directory: DirectoryNetwork | None = None
    find: Words | None = None
    needs: Listed[str] = ()
    first_welcome: bool = False
    phone: str | None = None
    url: str | None = None
    confidence: Confidence
    sources: Listed[Slug | WrittenSource] = Field(min_length=1)


class WrittenLevel(Strict):
    """A level of the CEP while one specification was in force, and what it gives."""

    number: Annotated[int, Field(ge=1, le=3)]
    name: Words
    gives: Words
    since: date | None = None
    until: date | None = None
    confidence: Confidence
    sources: Listed[Slug | WrittenSource] = Field(min_length=1)


class OperatorsFile(VersionedFile):
    levels: Listed[WrittenLevel] = ()
    operators: Listed[WrittenOperator]
    bodies: Listed[WrittenBody] = ()


class WrittenNeed(Words):
    """One need in data·inclusion's vocabulary (`mobilite`, `mobilite--louer-...`) or in the extension namespace `x-cep--`."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    family: Literal["obstacles", "project", "carrying_out"]
    spellings: Listed[str] = ()


class NeedsFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    needs: Listed[WrittenNeed]


class WrittenPublic(Words):
    """A public of data·inclusion as a box over facts; without `when`, no fact of ours tells.

    `sufficient`: who is in the box is of the public, who is not may be all the same.
    """

    code: Slug
    when: dict[Code, Listed[str]] | None = None
    sufficient: bool = False


class PublicsFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    publics: Listed[WrittenPublic]


class CooperationFile(VersionedFile):
    """The study's three configurations as boxes over facts of a territory; decided by the same engine."""

    facts: Listed[WrittenFact]
    constraints: Listed[WrittenConstraint] = ()
    doubts: Listed[WrittenConstraint] = ()
    presumptions: Listed[WrittenPresumption] = ()
    configurations: Listed[Words] = ()
    rules: Listed[WrittenRule]
