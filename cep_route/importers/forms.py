"""From bytes to rows: which form a file is in, told from its content, and its rows as a `RowSource`.

JSON is read a record at a time, wherever records lie (a bare list, `{"service": […]}`, `results`, one object per line): a national dump
takes a few megabytes of memory. Sheets are handed in by their reader. Of a plain list it guesses titles, never values: they are compared
whole, accents, case and punctuation aside, with those of `rules/directory.toml`; `--map name=…` has the last word.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from cep_route.importers import cleaning
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.rows import Cards, Entry, Reader, RowSource, as_text
from cep_route.model.answer import Finding, Place
from cep_route.text import normalise

# The feed of `rules/directory.toml` that each form is of, in the order forms are read.
FEEDS = {
    "competence": "annuaire", "services": "data_inclusion", "structures": "data_inclusion", "annuaire": "annuaire",
    "agencies": "agencies", "table": "table",
}  # fmt: skip
# The keys that tell a form, any set of them.
_MARKS: dict[str, tuple[set[str], ...]] = {
    "annuaire": ({"pivot"}, {"plage_ouverture"}),
    "competence": ({"code_type_service_local"}, {"type_service_local", "code_insee_commune"}),
    "agencies": ({"adressePrincipale"}, {"codeSafir"}),
    "services": ({"structure_id"},),
    "structures": ({"source", "id", "date_maj", "nom"},),
}
TITLES = frozenset[str]().union(*(keys for marks in _MARKS.values() for keys in marks))
IGNORED = (
    "true",
    "vrai",
    "1",
    "oui",
    "x",
)  # how who fills in data·inclusion's workbook marks a row to be left out
CHUNK = 1 << 20
# Where an object keeps a table of records.
_TABLES = (
    "service", "services", "structures", "commune", "communes", "results", "features", "data", "records", "items", "agences", "resultats",
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode
Advance = Callable[[int], None] | None
# A sheet as its reader gives it: titles, and rows as (line, cells), None for a line that is no row.
FormSheet = tuple[Sequence[str], Callable[[], Iterable[tuple[int, Sequence[str] | None]]]]


def source_of(
    path: str,
    sheet_of: Callable[[str], FormSheet | Finding],
    cards: Cards,
    columns: Mapping[str, str],
    advance: Advance,
) -> RowSource | Finding:
    """The rows of a file, or why it cannot be read; `columns` overrides what its titles say.

    `sheet_of` reads a CSV, a Parquet file or a workbook; `advance` is told of the bytes of JSON as they are read.
    """
    place = Place(file=path)
    if Path(path).exists() and not Path(path).is_file():
        return Finding(code="CEP013", values={"file": path}, place=place)
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "?"
        return Finding(code="CEP014", values={"file": path, "why": why}, place=place)
    if start in (b"{", b"["):
        try:
            first = list(islice(records(path), 20))
        except UnreadableStreamError as stop:
            return stop.finding
        told = _shape(first)
        if first and not told:  # a plain list is a CSV
            return Finding(code="CEP703", place=place)
        return _source(path, told or "structures", lambda: enumerate(records(path, advance), 1))
    sheet = sheet_of(path)
    return sheet if isinstance(sheet, Finding) else _sheet(path, sheet, cards, columns)


def _shape(rows: Iterable[Value]) -> str:
    """The form of the first row that tells one, else nothing."""
    found = (
        told
        for row in rows
        if isinstance(row, dict)
        for told, marks in _MARKS.items()
        for m in marks
        if m <= row.keys()
    )
    return next(found, "")


def _source(path: str, form: str, rows: Callable[[], Iterator[tuple[int, Value]]]) -> RowSource:
    name = Path(path).name
    label = "data-inclusion" if FEEDS[form] == "data_inclusion" else f"liste:{name}"
    return RowSource(name, form, rows, label, FEEDS[form])


def _sheet(path: str, sheet: FormSheet, cards: Cards, told: Mapping[str, str]) -> RowSource | Finding:
    """The rows of a sheet: those of a form have its titles; a plain list's are ours, as told, else by the best title."""
    titles = [h.strip() for h in sheet[0]]
    shape = _shape([dict.fromkeys(titles, "")])
    if shape in {"competence", "services"} or (shape and "nom" in titles):
        return _source(path, shape, lambda: _records(sheet, [(t, at) for at, t in enumerate(titles)]))
    words, best = [normalise(t) for t in titles], dict[str, tuple[int, int]]()
    for at, word in enumerate(words):
        hit = cards.head(word)
        if hit and (hit[0] not in best or hit[1] < best[hit[0]][0]):
            best[hit[0]] = (hit[1], at)
    mapped = {key: at for key, (_, at) in best.items()}
    mapped |= {k: words.index(normalise(title)) for k, title in told.items() if normalise(title) in words}
    if "name" not in mapped:
        values = {"titles": ", ".join(titles)[:300]}
        return Finding(code="CEP707", values=values, place=Place(file=path, line=1))
    source = _source(path, "table", lambda: _records(sheet, [*mapped.items()]))
    ignored = tuple(t for i, t in enumerate(titles) if i not in mapped.values() and words[i])
    return source._replace(columns={key: titles[at] for key, at in mapped.items()}, ignored=ignored)


def book_of(path: str, sheets: Mapping[str, Sequence[tuple[int, Sequence[str]]]]) -> list[RowSource]:
    """Structures and services of data·inclusion's workbook, filled in by hand; a sheet of its own pairs a service with one theme a row."""
    themes = defaultdict[str, list[str]](list)
    for _, row in sheets.get("services thematiques", [])[1:]:
        mark, service, theme = (*row, "", "", "")[:3]
        themes[service] += [theme] if mark.lower() not in IGNORED else []

    def rows(form: str) -> Iterator[tuple[int, Value]]:
        (_, titles), *told = sheets[form]
        # a title turned into a date, as happens to `date_maj`, is that column
        keys = ["date_maj" if cleaning.day(t) else t.strip("*: ") for t in titles]
        for number, record in _records((keys, lambda: told), [(k, at) for at, k in enumerate(keys) if k]):
            if isinstance(record, dict) and form == "services":
                own = cleaning.codes(record.get("thematiques"))
                record["thematiques"] = [*own, *themes[cleaning.text(record.get("id"))]]
            yield number, record

    name = Path(path).name
    forms = (form for form in ("structures", "services") if sheets.get(form))
    return [RowSource(f"{name} [{f}]", f, partial(rows, f), f"gabarit:{name}", "workbook") for f in forms]


def _records(sheet: FormSheet, keys: list[tuple[str, int]]) -> Iterator[tuple[int, Value]]:
    """Rows of cells as records, by the column each key stands in; of two columns of one key the first that is filled."""
    for number, cells in sheet[1]():
        record: Record = {}
        for key, at in keys:
            if cells is not None and at < len(cells):
                record[key] = record.get(key) or cells[at]
        yield number, None if cells is None else record


def listed(record: Record, reader: Reader) -> Entry | str:
    """One row of a plain list, by our keys; or why it is dropped."""
    cells, cards = as_text(record), reader.cards
    kinds = cards.listed(cells["kind"]) or cards.named(cells["kind"]) if cells["kind"] else ()
    if cells["kind"] and not kinds:
        reader.lose("network", "unknown_code")
    kinds = kinds or cards.named(cleaning.name(cells["name"])) or reader.network
    if not kinds:
        reader.lose("network", "not_told")
    return reader.entry(cells, kinds)


class UnreadableStreamError(Exception):
    """A file that stops being what it began as; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Text:
    """A window on the text of a file that slides forward; `advance` is told of the bytes read."""

    def __init__(self, file: TextIO, advance: Advance) -> None:
        self.file, self.advance = file, advance
        self.window, self.at, self.line, self.size, self.told = "", 0, 1, CHUNK, 0

    def more(self) -> bool:
        """Let in some more, letting go of what was read. A record longer than the window makes the next bite twice as big."""
        try:
            block = self.file.read(self.size)
        except UnicodeDecodeError:
            raise self.fault("CEP704") from None
        if not block:
            return False
        if self.advance is not None:
            told, self.told = self.told, self.file.buffer.tell()
            self.advance(self.told - told)
        self.size = CHUNK if self.at else self.size * 2
        self.line += self.window.count("\n", 0, self.at)
        self.window, self.at = self.window[self.at :] + block, 0
        return True

    def look(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            self.at = _SPACE.match(self.window, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.window):
                return self.window[self.at]
            if not self.more():
                return ""

    def members(self, end: str) -> Iterator[str]:
        """The first character of each member of the list, of the object or of the file that begins here, up to its `end`."""
        self.at += len(end)
        while (mark := self.look()) != end:
            if mark == ",":
                self.at += 1
            elif mark:
                yield mark
            else:
                raise self.fault("CEP705")
        self.at += len(end)

    def value(self) -> Value:
        """The JSON value that stands here, whole."""
        self.look()
        while True:
            try:
                found, end = _decode(self.window, self.at)
            except (json.JSONDecodeError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self.more():
                    raise self.fault("CEP705") from None
                continue
            if end < len(self.window) or isinstance(found, (dict, list, str)) or not self.more():
                self.at = end  # a number may go on in the next bite
                return found  # type: ignore[no-any-return]

    def fault(self, code: str) -> UnreadableStreamError:
        line = self.line + self.window.count("\n", 0, self.at)
        return UnreadableStreamError(Finding(code=code, place=Place(file=self.file.name, line=line)))


def records(path: str, advance: Advance = None) -> Iterator[Value]:
    """Every record of a JSON file, in order. Raises `UnreadableStreamError` where the file breaks.

    An object that holds a table of records gives its records; any other is a record itself.
    """
    with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
        text = _Text(file, advance)
        for first in text.members(""):
            if first == "[":
                yield from (text.value() for _ in text.members("]"))
                continue
            if first != "{":
                raise text.fault("CEP705")
            head, held = dict[str, Value](), False
            for mark in text.members("}"):
                key = text.value() if mark == '"' else ""
                if mark != '"' or text.look() != ":":
                    raise text.fault("CEP705")
                text.at += 1
                if key in _TABLES and text.look() == "[":
                    held = True
                    yield from (text.value() for _ in text.members("]"))
                else:
                    head[str(key)] = text.value()
            if not held:
                yield head
