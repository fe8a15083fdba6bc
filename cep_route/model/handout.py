"""What a human wrote in `rules/handout.toml`: what the sheet says to the person beside the answer itself. Judges shape; decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .written import Code, Sentence, Slug, SourceId, Strict, Words, WrittenSource

Codes = Annotated[tuple[Code, ...], Field(strict=False)]


class KeptBack(Strict):
    """What a note handed over leaves out unless the person agrees: needs of these families, these facts."""

    families: Annotated[tuple[Literal["obstacles", "project", "carrying_out"], ...], Field(strict=False)]
    facts: Codes


class Statement(Strict):
    """One thing said to the person, and the same in easy-to-read lines.

    Shown on its days, when its box holds the person, when a need of one of `families` was asked, when the answer is one of `answers`;
    `inside`: only when the answer is within the CEP (true) or outside (false). An empty list asks nothing.
    """

    part: Literal["about", "bring", "step", "door"]
    id: Slug
    fr: Sentence
    en: Sentence
    easy: Annotated[tuple[Words, ...], Field(min_length=1, strict=False)]
    when: dict[Code, Annotated[tuple[str, ...], Field(strict=False)]] = Field(default_factory=dict)
    families: Annotated[tuple[Literal["obstacles", "project", "carrying_out"], ...], Field(strict=False)] = ()
    answers: Codes = ()
    inside: bool | None = None
    since: date | None = None
    until: date | None = None
    sources: tuple[SourceId | WrittenSource, ...] = Field(min_length=1, strict=False)


class HandoutQuestion(Strict):
    """The question of a fact, put to the person."""

    fact: Code
    fr: Sentence
    en: Sentence


class HandoutFile(Strict):
    schema_: Literal[1] = Field(alias="schema")
    kept_back: KeptBack
    statements: tuple[Statement, ...] = Field(strict=False)
    questions: tuple[HandoutQuestion, ...] = Field(strict=False)
