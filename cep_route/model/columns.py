"""What a human wrote in `rules/columns.toml`: what the columns of intake files mean. Frozen, strict models; they never read a cell.

A column that has the name of a fact completes that fact (its headers and values come from `rules/facts.toml`); any other
column stands alone. Whether the names used are known is told by `files.written`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .shapes import Code, Listed, Sentence, Slug
from .written import Strict, VersionedFile, Words

Spellings = Listed[Annotated[str, Field(min_length=1, max_length=200)]]
NeedCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=120)]
Sets = dict[Code, str | Listed[str]]

# What the cells of a column are. `facts`, `age`, ..., `role` are read; `identity`, `contact`, `elsewhere` and `unread` never are.
Kind = Literal[
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
    kind: Kind = "facts"
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


class Origin(Strict):
    """Where spellings were read."""

    text: Sentence
    url: str | None = None
    read_on: date


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
    sources: Listed[Origin] = Field(min_length=1)
    formats: Listed[Format] = ()
    flags: Listed[Flag] = ()
    ambiguous: Listed[Ambiguous] = ()
    columns: Listed[Column]


class SavedMap(VersionedFile):
    """A mapping that `inspect --write-map` wrote and a human settled: title -> column, title -> cell -> what it sets, facts assumed."""

    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str | Listed[str]]]] = Field(default_factory=dict)
    assume: dict[str, str] = Field(default_factory=dict)
