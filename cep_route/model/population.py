"""What a human wrote in `population.toml`: a year of people in shares, each figure with its source or called an assumption. Judges shape."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .shapes import Code, Listed, Sentence
from .written import Strict, VersionedFile, Words, WrittenSource

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
