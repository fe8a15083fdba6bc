"""What a human wrote in `rules/handout.toml`: what the sheet says to the person beside the answer itself. Judges shape; decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .shapes import Code, Listed, Slug
from .written import Strict, VersionedFile, Words, WrittenSource

Codes = Listed[Code]


class KeptBack(Strict):
    """What a note handed over leaves out unless the person agrees: needs of these families, these facts."""

    families: Listed[Literal["obstacles", "project", "carrying_out"]]
    facts: Codes


class Statement(Words):
    """One thing said to the person, and the same in easy-to-read lines.

    Shown on its days, when its box holds the person, when a need of one of `families` was asked, when the answer is one of `answers`;
    `inside`: only when the answer is within the CEP (true) or outside (false). An empty list asks nothing.
    """

    part: Literal["about", "bring", "step", "door"]
    id: Slug
    easy: Annotated[Listed[Words], Field(min_length=1)]
    when: dict[Code, Listed[str]] = Field(default_factory=dict)
    families: Listed[Literal["obstacles", "project", "carrying_out"]] = ()
    answers: Codes = ()
    inside: bool | None = None
    since: date | None = None
    until: date | None = None
    sources: Listed[Slug | WrittenSource] = Field(min_length=1)


class HandoutQuestion(Words):
    """The question of a fact, put to the person."""

    fact: Code


class HandoutFile(VersionedFile):
    kept_back: KeptBack
    statements: Listed[Statement]
    questions: Listed[HandoutQuestion]
