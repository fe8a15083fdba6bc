"""`cep-route inspect`: what is understood of a file of persons, before anything is routed."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from cep_route import files, places
from cep_route.cli.console import CANNOT, FOUND, WELL, CannotRun, Result
from cep_route.cli.persons import FileWords, Persons, help_lines, taken
from cep_route.files.write import write_text
from cep_route.intake.columns import Mapping as Columns
from cep_route.intake.columns import ReadColumn, puzzles
from cep_route.intake.people import NO_COMMUNE, People, helps
from cep_route.intake.pieces import Pieces
from cep_route.intake.reader import Reading, Reject, Row, shown_rows
from cep_route.intake.saved_map import write_map
from cep_route.intake.source import NO_TITLE, columns_of, identifier_column, open_source
from cep_route.intake.writer import Dialect, Passage, Rejects, restored_row
from cep_route.messages import said
from cep_route.model.answer import Finding
from cep_route.render.data import finding_data
from cep_route.render.inspection import Inspection
from cep_route.text import normalise

COUNTED = 50_000  # distinct cells of a column
LISTED = 20  # rejects and unrecognised values shown
LINES = 5  # of one reason
NEAR = 200  # homes for which communes of a near name are looked for
# what is said of a home that was written
HOMELESS = frozenset(("CEP552", "CEP553", "CEP554", "CEP555", "CEP556"))


class _SeenValues(Rejects):
    """Rejects that are not kept: how many rows of each reason, and the first lines."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.places: list[tuple[int, str]] = []  # the first ones, each with its code
        self.reasons: dict[tuple[str, str, str], list[int]] = {}

    def add(self, line: int, column: str, code: str, reason: str, raw: str) -> None:
        super().add(line, column, code, reason, raw)
        if len(self.places) < LISTED:
            self.places.append((line, code))
        key = code, column, reason
        if key in self.reasons or len(self.reasons) < COUNTED:
            _noted(self.reasons, key, line)


def _noted(met: dict[Any, list[int]], key: Any, at: int) -> None:
    """One row more, and its line if it is among the first: [rows, lines ...]."""
    noted = met.setdefault(key, [0])
    noted[0] += 1
    if len(noted) <= LINES:
        noted.append(at)


class InspectWords(FileWords, frozen=True, kw_only=True):
    """What may be asked of an inspection beside how the file is read."""

    rows: bool = False
    columns: str | None = None
    write_map: str | None = None
    form: Literal["text", "json"] = "text"


def inspect(words: InspectWords) -> Result:
    """What is understood of a file of persons; exit 1 when something in it is not, 2 when it cannot be read."""
    if faults := words.faults():
        raise CannotRun(*faults)
    return _rows(words) if words.rows or words.columns else _Inspecting(words).show()


def _rows(words: InspectWords) -> Result:
    """Every row and every reject of a file, as JSON."""
    # a name that holds a comma is written in quotes, as in a CSV
    named = next(csv.reader([words.columns or ""]), [])
    wanted = [name for name in named if name.strip()] or None
    source = open_source(
        words.intake, files.load_spellings(words.rules), encoding=words.encoding, delimiter=words.separator,
        quote=words.quote, escape=words.escape, sheet=words.sheet, wanted=wanted, else_by_shape=not wanted,
    )  # fmt: skip
    shown = shown_rows(source, words.lang)
    if words.defused:
        for row in shown["rows"]:
            row["cells"] = restored_row(row["cells"])
    code = CANNOT if shown["refused"] else FOUND if shown["rejects"] else WELL
    return Result(code=code, answer=_json(shown, indent=None))


def _json(data: Any, indent: int | None = 2) -> str:
    # in letters the terminal lacks, a JSON text would be broken by what replaces them
    wide = (sys.stdout.encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}
    return json.dumps(data, ensure_ascii=not wide, indent=indent) + "\n"


class _Inspecting:
    """One file, read once for its titles and once for its rows."""

    def __init__(self, words: InspectWords) -> None:
        self.words, self.lang, self.persons = words, words.lang, Persons(words)
        self.counts: list[dict[str, int]] = []
        self.firsts: list[dict[str, int]] = []  # the line on which each cell was first met
        self.homes: dict[tuple[str, ...], list[int]] = {}

    def show(self) -> Result:
        words = self.words
        if words.write_map and _is_one_file(words.intake, words.write_map):
            raise CannotRun(Finding(code="CEP540", values={"file": words.write_map}))
        source = self.persons.open()
        if isinstance(source, Finding):
            return self._refused(source)
        with source:
            people = self.persons.people(source)
            dialect = Dialect(delimiter=";", quote='"', newline="\n", codec="utf-8", mark=b"")
            passage = Passage(
                pieces=Pieces(people, columns=()), rejects=_SeenValues(dialect), header=source.header,
                lang=self.lang, origin=source.origin, defused=words.defused,
                identifier=identifier_column(people.columns, self.persons.spellings),
            )  # fmt: skip
            rows = source.rows()
            passage.take(self._counted(rows, source, people))
            if rows.failure is not None:
                raise CannotRun(rows.failure)
            columns = people.columns
            of_file = (*taken(source), *source.notices, *rows.notices)
            return self._told(
                source,
                passage,
                rows.blank,
                (*of_file, *columns.findings, *passage.repeated(source.name), *columns.later()),
            )

    def _refused(self, why: Finding) -> Result:
        """A file without a known title: what each of its titles is near to, and a mapping to be filled in."""
        words, persons = self.words, self.persons
        source = why if why.code not in NO_TITLE else persons.open(else_by_shape=True)
        if isinstance(source, Finding):
            raise CannotRun(why)
        with source:
            columns = columns_of(source, persons.spellings, persons.day, persons.saved)
            shown = [
                {"column": c.header, "becomes": c.becomes or None, "read": c.is_read, "how": c.how, "proposal": c.proposal or None}
                for c in columns.columns
            ]  # fmt: skip
            header_line = source.origin(source.heading.line)
            if fault := self._write_map(columns):
                raise CannotRun(fault)
        data = {
            "schema": 1, "file": source.name, "refused": finding_data(why, self.lang), "header_line": header_line,
            "columns": shown,
        }  # fmt: skip
        if words.form == "json":
            return Result(code=CANNOT, answer=_json(data), said=(why,))
        return Result(code=CANNOT, answer=Inspection(data, self.lang).refused(), said=(why,))

    def _write_map(self, columns: Columns) -> Finding | None:
        """The mapping that was asked for, or why it cannot be written."""
        words = self.words
        if not words.write_map:
            return None
        text = write_map(columns, self.counts, assume=self.persons.assumptions())
        return write_text(words.write_map, text, force=words.force)

    def _counted(
        self, rows: Iterable[Row | Reject], source: Reading, people: People
    ) -> Iterator[Row | Reject]:
        """The rows as they are; the cells of each column that is read, and the homes, are counted on the way."""
        columns, at_home = people.columns, _at_home(people)
        self.counts = [{} for _ in columns.columns]
        self.firsts = [{} for _ in columns.columns]
        watched = [(self.counts[c.position], self.firsts[c.position], c.position) for c in columns.active]
        for item in rows:
            if isinstance(item, Row):
                for counts, firsts, at in watched:
                    cell = item.cells[at]
                    if cell in counts:
                        counts[cell] += 1
                    elif len(counts) < COUNTED:
                        counts[cell] = 1
                        firsts[cell] = source.origin(item.line)
                home = tuple([item.cells[at] for at in at_home])
                if home in self.homes or len(self.homes) < COUNTED:
                    _noted(self.homes, home, source.origin(item.line))
            yield item

    def _told(self, source: Reading, passage: Passage, blank: int, notices: tuple[Finding, ...]) -> Result:
        columns = passage.pieces.people.columns
        data = self._data(source, passage, blank, notices)
        answer = _json(data) if self.words.form == "json" else Inspection(data, self.lang).page()
        if fault := self._write_map(columns):
            return Result(code=CANNOT, answer=answer, said=[fault])
        unclear = any(f.severity == "error" for f in notices)
        # a postcode of several communes is no fault: it is told, and lets scripts go on
        nowhere = any(home["code"] in NO_COMMUNE for home in data["homes"])
        found = passage.rejects.count or data["unrecognised"] or nowhere or unclear
        return Result(code=FOUND if found else WELL, answer=answer)

    def _helps(self, passage: Passage) -> dict[str, Any]:
        """Which assumption, which column would decide how many rows; and the same in sentences."""
        people = passage.pieces.people
        found = helps(people, passage.tally.rows)
        return {
            "assumptions": [{"facts": dict(facts), "rows": rows} for facts, rows in found.assumptions],
            "columns": [{"fact": fact, "rows": rows} for fact, rows in found.columns],
            "says": help_lines(found, people.law, self.lang),
        }

    def _homes(self, people: People) -> list[dict[str, Any]]:
        """What was not understood of homes, and communes of a name near those written; the homes themselves are not shown."""
        at_home, left = _at_home(people), NEAR
        met: dict[tuple[str, str, str], list[int]] = {}
        for cells, (rows, *lines) in self.homes.items():
            home, place = people.home(dict(zip(at_home, cells, strict=True)))
            for finding in [f for f in place.warnings if f.code in HOMELESS]:
                near = [c.name for c in places.nearest(home.commune)] if home.commune and left else []
                left -= bool(near)
                if normalise(home.commune) in map(normalise, near):
                    near = []  # the name is known: it is not what is wrong
                reason = said(finding.code, finding.values, self.lang)[0]
                noted = met.setdefault((finding.code, reason, ", ".join(near)), [0])
                noted[0] += rows
                noted += lines
        return [
            {
                "code": code,
                "reason": reason,
                "near": near or None,
                "rows": rows,
                "lines": sorted(lines)[:LINES],
            }
            for (code, reason, near), (rows, *lines) in sorted(met.items(), key=lambda of: -of[1][0])[:LISTED]
        ]

    def _unrecognised(self, columns: Columns) -> Iterator[dict[str, Any]]:
        """The cells of facts that nobody recognised: those that may be shown one by one, the others of a column together."""
        for c in columns.columns:
            found = puzzles(c, self.counts[c.position], self.firsts[c.position])
            of = {"column": c.header, "becomes": c.becomes}
            for p in [p for p in found if p.text is not None][:LISTED]:
                yield of | {"rows": p.rows, "value": p.text, "near": p.near or None, "lines": [p.line]}
            if hidden := [p for p in found if p.text is None]:
                lines = sorted(p.line for p in hidden)[:LINES]
                yield of | {"rows": sum(p.rows for p in hidden), "value": None, "near": None, "lines": lines}
            yield from () if found else self._faults(c, of)

    def _faults(self, c: ReadColumn, of: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Of a column whose cells are never shown, what is wrong with some of them."""
        met: dict[str, list[int]] = {}
        for cell, rows in self.counts[c.position].items():
            if c.is_read and (code := c.read(cell).fault):
                noted = met.setdefault(code, [0])
                noted[0] += rows
                noted.append(self.firsts[c.position][cell])
        for code, (rows, *lines) in sorted(met.items()):
            reason = said(code, {"column": c.header, "becomes": c.becomes}, self.lang)[0]
            yield of | {"rows": rows, "value": None, "near": None, "lines": sorted(lines)[:LINES], "code": code, "reason": reason}  # fmt: skip

    def _column(self, c: ReadColumn, territory_at: int | None) -> dict[str, Any]:
        """What a column is taken for."""
        named = c.position == territory_at
        cells = self.counts[c.position].items() if c.is_read else ()
        return {
            "column": c.header, "becomes": "territory" if named else c.becomes or None, "read": c.is_read or named,
            "how": "known" if named else c.how, "proposal": c.proposal or None,
            "label": c.card["label"].get(self.lang) if c.becomes and c.card.get("label") else None,
            "not_recognised": sum(n for cell, n in cells if c.read(cell).fault),
        }  # fmt: skip

    def _data(
        self, source: Reading, passage: Passage, blank: int, notices: tuple[Finding, ...]
    ) -> dict[str, Any]:
        rejects, columns = passage.rejects, passage.pieces.people.columns
        assert isinstance(rejects, _SeenValues)
        return {
            "schema": 1,
            "file": source.name,
            "kind": source.kind,
            "sheet": source.sheet or None,
            "format": columns.form["label"][self.lang] if columns.form else None,
            "encoding": source.encoding,
            "delimiter": source.heading.delimiter,
            "quote": source.heading.quote,
            "newline": source.lines.newline,
            "header_line": source.origin(source.heading.line),
            "above": [source.origin(at) for at, _ in source.heading.above],
            "columns": [self._column(c, passage.pieces.people.territory_at) for c in columns.columns],
            "unrecognised": list(self._unrecognised(columns)),
            "homes": self._homes(passage.pieces.people),
            "rows": passage.tally.routed + rejects.count,
            "blank": blank,
            "would_be_rejected": rejects.count,
            "rejects": [{"line": at, "code": code} for at, code in rejects.places],
            "rejects_by_code": dict(sorted(rejects.by_code.items())),
            "reasons": [
                {"code": code, "column": column or None, "reason": reason, "rows": rows, "lines": lines}
                for (code, column, reason), (rows, *lines) in sorted(
                    rejects.reasons.items(), key=lambda of: (of[0][0], -of[1][0], of[0])
                )
            ],
            "undecided": passage.tally.undecided(),
            "distinct_persons": len(passage.tally.rows),
            "would_help": self._helps(passage),
            "findings": [finding_data(f, self.lang) for f in notices],
        }


def _is_one_file(one: str, other: str | None) -> bool:
    try:
        return other is not None and one != "-" and os.path.samefile(one, other)
    except OSError:  # the mapping is not there yet
        return False


def _at_home(people: People) -> list[int]:
    """The positions of the columns that say where a person lives, or name the territory."""
    found = {codes.at for codes in people.where_at}
    return sorted(found | ({people.territory_at} if people.territory_at is not None else set()))
