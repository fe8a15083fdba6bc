"""A file of persons as `batch` and `inspect` open it: the options that say how, and what is understood of it before its rows."""

from __future__ import annotations

import sys

from msgspec import Struct

from cep_route import files
from cep_route.cli.console import CannotRun, asked_day, asked_law, named_desks, sure
from cep_route.cli.options import flag
from cep_route.engine.explain import Judge
from cep_route.intake.flow import Flow
from cep_route.intake.heading import plain
from cep_route.intake.homes import Homes
from cep_route.intake.people import NEVER_ASSUMED, Helps, People
from cep_route.intake.pieces import COLUMNS
from cep_route.intake.reader import Reading
from cep_route.intake.saved_map import read_map
from cep_route.intake.source import columns_of, open_source, territory_column, unusable_quotes
from cep_route.intake.writer import sign
from cep_route.messages import in_language, plural, say
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.render.safe import line
from cep_route.spelling import typed_word
from cep_route.typed import Vocabulary, fact_name

COLUMNS_PROPOSED = 3  # of those that would decide rows


class FileWords(Struct, frozen=True, kw_only=True):
    """The words by which a file of persons is read."""

    intake: str
    map: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    only_rejects: bool = False
    sheet: str | None = None
    defused: bool = False
    strict: bool = False
    assume: list[str] | None = None
    territory: str | None = None
    territories: str | None = None
    rules: str | None = None
    on: str | None = None
    force: bool = False
    lang: str = "fr"

    @property
    def separator(self) -> str | None:
        """The delimiter that is meant."""
        return self.delimiter and sign(self.delimiter)

    def faults(self) -> list[Finding]:
        """Words that cannot be obeyed."""
        found = []
        if self.separator is not None and (len(self.separator) != 1 or self.separator in '\r\n"\0'):
            found.append(refused("--delimiter", self.separator, "; , tab |"))
        if fault := unusable_quotes(self.quote, self.escape, self.separator):
            found.append(fault)
        return found


def refused(flag: str, value: str, expected: str) -> Finding:
    """An option whose value cannot be obeyed."""
    return Finding(code="CEP559", values={"option": flag, "value": line(value), "expected": expected})


class Persons:
    """What a file is read by: the law, the spellings, the saved mapping, the day. Raises CannotRun when one cannot be read."""

    def __init__(self, words: FileWords) -> None:
        self.words, self.lang = words, words.lang
        self.law, self.day = asked_law(words.rules), asked_day(words.on)
        self.spellings = files.load_spellings(words.rules)
        read = words.map and read_map(words.map, sure(files.read_bytes(words.map)), self.spellings)
        self.saved = sure(*read) if read else None

    def open(self, *, else_by_shape: bool = False) -> Reading | Finding:
        """The file, or why it cannot be read. `else_by_shape`: the header may be found without a known title."""
        words = self.words
        streams = words.intake == "-" and not words.only_rejects
        return open_source(
            Flow(sys.stdin.buffer) if streams else words.intake, self.spellings, saved=self.saved, encoding=words.encoding,
            delimiter=words.separator, quote=words.quote, escape=words.escape, only_rejects=words.only_rejects,
            sheet=words.sheet, else_by_shape=else_by_shape,
        )  # fmt: skip

    def people(self, source: Reading, desks: str | None = None) -> People:
        """The way from the rows of the file to kinds of persons. `desks`: a file of desks."""
        words = self.words
        columns = columns_of(source, self.spellings, self.day, self.saved)
        homes = Homes(self.law, words.territories, words.territory, desks=named_desks(desks))
        if faults := [f for f in homes.findings if f.severity == "error"]:
            raise CannotRun(*faults)
        return People(
            columns, Judge(self.law), homes, on=self.day, lang=self.lang, strict=words.strict, saved=self.saved,
            assume=self.assumptions(), territory_at=territory_column(columns),
        )  # fmt: skip

    def assumptions(self) -> dict[str, str]:
        """The facts that may be taken for known where a row says nothing: of the saved mapping, then of the command line."""
        words = [f"{name}={value}" for name, value in (self.saved.assume if self.saved else {}).items()]
        told: dict[str, str] = {}
        for word in (*words, *(self.words.assume or ())):
            name, equals, value = word.partition("=")
            name = fact_name(name.strip(), self.law)
            fact = self.law.facts.get(name)
            if not equals or name in NEVER_ASSUMED or (fact and (fact.kind == "years" or fact.places)):
                raise CannotRun(refused("--assume", word, say("batch.assume_example", self.lang)))
            told[name] = value.strip()
        read = Vocabulary(self.law, lambda: self.spellings)
        facts = read.facts(told)
        if read.findings:
            raise CannotRun(*read.findings)
        return {name: str(value) for name, value in facts.items()}


def taken(source: Reading) -> list[Finding]:
    """Result columns that are there already."""
    ours = frozenset(COLUMNS)
    found = [name for name in source.header if plain(name) in ours]
    if not found:
        return []
    place = Place(file=source.name, line=source.origin(source.heading.line))
    return [Finding(code="CEP543", values={"columns": ", ".join(found)}, place=place)]


def help_lines(helps: Helps, law: Law, lang: str) -> list[str]:
    """What would decide how many rows, in sentences."""

    def assumed(name: str, value: str) -> str:
        fact = law.facts[name]
        return f"{flag('assume', lang)} {in_language(name, fact.flag or name, lang)}={typed_word(fact, value, lang)}"

    told = []
    for facts, count in helps.assumptions:
        words = " ".join(assumed(name, value) for name, value in facts)
        told.append(plural("batch.would_decide", count, lang, words=words))
    for name, count in helps.columns[:COLUMNS_PROPOSED]:
        told.append(plural("batch.column_would", count, lang, fact=law.facts[name].label[lang]))
    return told
