"""What a human wrote in `rules/directory.toml`: which foreign code of an open directory is which network or circle of ours.

It judges shape only. It never says who serves a person: it says how a row of somebody else's file is named here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .shapes import Code, Listed, NeedCode, Sentence, Slug
from .territory import Circle, Public
from .written import Strict, VersionedFile, WrittenSource

Words = Listed[str]


class Kind(Strict):
    """A kind of house in the directories: an `operator` of the rules, or a partner of a `circle` under a `network`.

    `annuaire`, `data_inclusion`, `older`, `listed` are its codes there (`older`: the schema v0; `listed`: plain lists); `names`, how a
    name begins when no code tells, `short`, the initials of a network, as a word of a name; `cut`, long beginnings of names, written
    `called` instead. `needs`, `publics` and `area` are ours: what that kind of house does by its statute, when the row does not say.
    """

    network: Slug
    operator: Code | None = None
    circle: Circle | None = None
    annuaire: Words = ()
    data_inclusion: Words = ()
    older: Words = ()
    listed: Words = ()
    names: Words = ()
    short: Words = ()
    cut: Words = ()
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


class Heads(Strict):
    """How plain lists write the title of a column, best first."""

    key: Code
    spellings: Annotated[Listed[str], Field(min_length=1)]


class DirectoryFile(VersionedFile):
    sources: Listed[WrittenSource] = Field(min_length=1)
    default_circle: Circle
    kinds: Listed[Kind]
    circles: Listed[CategoryCircle]
    renamed: Listed[Renamed] = ()
    feeds: dict[Code, Feed]
    heads: Listed[Heads]
    publics: dict[
        Public, Words
    ]  # words of plain lists for the publics of data·inclusion, beside their own label
    shared_boxes: Words  # words of an e-mail address that belongs to a desk and not to a person
