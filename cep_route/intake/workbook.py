"""Workbooks and Parquet files as rows of text, for the one reader of intake files. Never changes what a text cell holds, never runs a
formula, never takes more memory than a few rows: an .xlsx is read from its XML as it comes, other kinds by a library in a child.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from itertools import chain
from tempfile import TemporaryFile
from typing import NamedTuple
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - an exception

UNPACKED_AT_MOST = 1 << 30  # bytes a workbook may unpack to
RATIO_AT_MOST = 200  # times its own size
CELL, ROWS, COLUMNS = 32_767, 1_048_576, 16_384  # Excel's own limits
STRINGS_AT_MOST = 256 << 20  # characters of all shared strings
CHILD_MEMORY = 2 << 30  # bytes for the process in which a library reads
CHILD_SECONDS = 600
_PART_AT_MOST = 32 << 20  # bytes of the parts that are read whole: the list of sheets, the styles
_CHUNK = 1 << 16
_DEPTH = 64  # of elements in one another
_PIECES = 64  # of 8 kB each, in which a text comes
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_LETTERS_OF_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)
_NOT_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class UnreadableError(Exception):
    """A workbook that cannot be read; `code` says why: it breaks its own format, would unpack to too much, or has a password."""

    def __init__(self, code: str = "CEP549") -> None:
        super().__init__(code)
        self.code = code


class SheetRow(NamedTuple):
    """A row of a sheet that holds something: its number, its cells as people see them."""

    number: int
    cells: list[str]


@dataclass(slots=True)
class BookSheet:
    """One sheet. What is odd in it is known once its rows were read."""

    name: str
    visible: bool = True
    rows: int = 0  # that hold something
    part: str = ""  # of an .xlsx
    at: int = 0  # where its rows are in what the child wrote
    hidden: list[int] = field(default_factory=list)  # numbers of hidden rows that were read
    errors: int = 0  # cells that are errors, or formulas without a stored value
    first_error: str = ""


def kind_of(path: str) -> str:
    """`workbook`, `parquet`, `protected` or "" by the bytes of a regular file."""
    try:
        if not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            start = file.read(1 << 20)
            file.seek(max(file.seek(0, os.SEEK_END) - (1 << 20), 0))
            end = file.read()
    except (OSError, ValueError):
        return ""
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(_OLE):
        streams = {"EncryptedPackage": "protected", "Workbook": "workbook", "Book": "workbook"}
        return next((kind for name, kind in streams.items() if name.encode("utf-16-le") in start + end), "")
    is_book = b"xl/workbook" in end or (b"content.xml" in end and b"META-INF/manifest" in end)
    return "workbook" if start.startswith(b"PK\x03\x04") and is_book else ""


def open_book(path: str, kind: str) -> Xlsx | Foreign:
    """A file of some kind, its sheets listed: the visible ones first, and first of all the one shown when it was saved.

    Raises UnreadableError, and ImportError when the library that reads it is not there.
    """
    if kind == "protected":
        raise UnreadableError("CEP567")
    try:
        with ZipFile(path) as pack:
            # what the table of contents says would come out; nothing is read beyond what it says
            size, names = sum(info.file_size for info in pack.infolist()), pack.namelist()
    except (BadZipFile, OSError, ValueError):
        size, names = 0, []  # no zip, or the reading says what is wrong
    if size > UNPACKED_AT_MOST or (size > 64 << 20 and size > RATIO_AT_MOST * os.path.getsize(path)):
        raise UnreadableError("CEP547")
    return Xlsx(path) if any(name.startswith("xl/workbook.xml") for name in names) else Foreign(path, kind)


# ---------------------------------------------------------------------------------------------- .xlsx


class Xlsx:
    """An .xlsx file, read as a stream."""

    def __init__(self, path: str) -> None:
        try:
            self._pack = ZipFile(path)
            self._strings: list[str] | None = None
            self._day_0 = date(1899, 12, 30)
            links = {
                about.get("Id", ""): about.get("Target", "")
                for _, _, about, _ in self._small("xl/_rels/workbook.xml.rels")
            }
            self._formats = self._read_formats()
            self.sheets, first = [], 0
            for _, tag, about, _ in self._small("xl/workbook.xml"):
                if tag == "workbookPr" and about.get("date1904") in ("1", "true"):
                    self._day_0 = date(1904, 1, 1)
                elif tag == "workbookView":
                    first = int(about.get("activeTab", "0"))
                elif tag == "sheet":
                    target = links.get(next((v for k, v in about.items() if _local(k) == "id"), ""), "")
                    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    visible = about.get("state", "visible") == "visible"
                    self.sheets.append(BookSheet(name=about.get("name", ""), visible=visible, part=part))
        except _BROKEN as error:
            raise UnreadableError from error
        active = self.sheets[first] if first < len(self.sheets) else None
        self.sheets.sort(key=lambda sheet: (not sheet.visible, sheet is not active))

    def _small(self, part: str) -> Iterator[_Element]:
        if self._pack.getinfo(part).file_size > _PART_AT_MOST:
            raise UnreadableError
        return _elements(self._pack, part)

    def _read_formats(self) -> list[str]:
        """Of each style what it makes of a number: `date`, some zeros to fill it up with, or nothing."""
        written: dict[str | None, str] = {}
        styles: list[str] = []
        if "xl/styles.xml" in self._pack.namelist():
            for parent, tag, about, _ in self._small("xl/styles.xml"):
                if tag == "numFmt":
                    written[about.get("numFmtId")] = about.get("formatCode", "")
                elif tag == "xf" and parent == "cellXfs":
                    styles.append(about.get("numFmtId", "0"))
        return [_format(style, written) for style in styles]

    def close(self) -> None:
        """Close the file."""
        self._pack.close()

    def count(self, sheet: BookSheet) -> int:
        """How many rows of a sheet hold a cell, without its strings."""
        found, tail = 0, b""
        try:
            with self._pack.open(sheet.part) as stream:
                while chunk := stream.read(_CHUNK):
                    block = tail + chunk
                    found += len(_FILLED_ROW.findall(block))
                    tail = block[block.rfind(b"<") :] if b"<" in block[-200:] else b""
        except _BROKEN:
            return found  # a broken sheet that nobody reads is no fault of the others
        return found

    def read(self, sheet: BookSheet) -> Iterator[SheetRow]:
        """The rows of a sheet that hold something, in order."""
        try:
            if self._strings is None:
                self._strings = list(self._read_strings())
            number, column = 0, 0
            cells: list[str] = []
            parts: dict[str, str] = {}  # of a cell: value, formula, text
            for parent, tag, about, text in _elements(self._pack, sheet.part):
                if tag in ("v", "f") or (tag == "t" and parent != "rPh"):
                    parts[tag] = _whole(parts.get(tag, "") + text)
                elif tag == "c":
                    column = _column(about.get("r", ""), column)
                    if cell := self._cell(about, parts, sheet):
                        cells += [""] * (column - 1 - len(cells))
                        cells.append(cell)
                    parts = {}
                elif tag == "row":
                    number = int(about.get("r", number + 1))
                    if not 0 < number <= ROWS:
                        raise UnreadableError
                    if any(cell.strip() for cell in cells):
                        sheet.rows += 1
                        if about.get("hidden") in ("1", "true"):
                            sheet.hidden.append(number)
                        yield SheetRow(number, cells)
                    cells, column = [], 0
        except _BROKEN as error:
            raise UnreadableError from error

    def _read_strings(self) -> Iterator[str]:
        """The strings of all sheets; how a name is spoken is no part of them."""
        name = next((n for n in self._pack.namelist() if n.lower() == "xl/sharedstrings.xml"), None)
        size, whole = 0, ""
        for parent, tag, _, text in _elements(self._pack, name) if name else ():
            if tag == "t" and parent != "rPh":
                whole = _whole(whole + text)
            elif tag == "si":
                size += len(whole)
                if size > STRINGS_AT_MOST:
                    raise UnreadableError
                yield _unescaped(whole)
                whole = ""

    def _cell(self, about: dict[str, str], parts: dict[str, str], sheet: BookSheet) -> str:
        """A cell as its sheet shows it; an error, or a formula whose value is not there, is counted."""
        kind, value = about.get("t", "n"), parts.get("v", "")
        if kind == "inlineStr":
            return _unescaped(parts.get("t", ""))
        if kind == "e" or (not value and "f" in parts):
            sheet.errors += 1
            sheet.first_error = sheet.first_error or about.get("r", "")
            return value or "=" + parts.get("f", "")
        if kind == "s" and value:
            assert self._strings is not None
            return self._strings[int(value)]
        if kind == "b":
            return "oui" if value in ("1", "true") else "non"
        return self.number(value, about.get("s", "")) if kind == "n" and value else _unescaped(value)

    def number(self, text: str, style: str) -> str:
        """A number as its sheet shows it."""
        shown = self._formats[int(style)] if style.isdigit() and int(style) < len(self._formats) else ""
        try:
            value = float(text)
        except ValueError:
            return text
        if shown == "date":
            return _day(value, self._day_0)
        whole = str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
        return whole.zfill(len(shown)) if shown and whole.isdigit() else whole


_Element = tuple[str, str, dict[str, str], str]  # the tag above, its own, its attributes, its text


def _elements(pack: ZipFile, part: str) -> Iterator[_Element]:
    """The elements of a part as they end, those inside before what holds them: none is kept. A document type breaks it: by one, a text
    may grow without end.
    """
    open_: list[tuple[str, dict[str, str], list[str]]] = [("", {}, [])]
    ended: list[_Element] = []
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise UnreadableError

    def start(tag: str, about: dict[str, str]) -> None:
        open_.append((_local(tag), about, []))
        if len(open_) > _DEPTH:
            raise UnreadableError

    def take(text: str) -> None:
        tag, _, texts = open_[-1]
        if tag in ("v", "f", "t"):
            texts.append(text)
            if len(texts) > _PIECES:
                raise UnreadableError

    def end(_: str) -> None:
        tag, about, texts = open_.pop()
        ended.append((open_[-1][0], tag, about, "".join(texts)))

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.CharacterDataHandler = take
    parser.EndElementHandler = end
    with pack.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk)
            yield from ended
            ended.clear()
        parser.Parse(b"", True)
    yield from ended


_BROKEN = (BadZipFile, OSError, ValueError, KeyError, IndexError, EOFError, NotImplementedError, RuntimeError, ZlibError,
           expat.ExpatError)  # fmt: skip
_FILLED_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>\s*<(?:\w+:)?c\b")


def _whole(text: str) -> str:
    """The text of a cell, where it is no longer than Excel lets it be."""
    if len(text) > CELL:
        raise UnreadableError
    return text


def _unescaped(text: str) -> str:
    """What no XML may hold is written `_x001B_` in a cell."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _column(reference: str, before: int) -> int:
    """The number of a cell's column, by its reference or after the one before."""
    if not reference:
        return before + 1
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise UnreadableError
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    if column > COLUMNS:
        raise UnreadableError
    return column


def _format(number: str, written: dict[str | None, str]) -> str:
    if number.isdigit() and int(number) in _DATE_FORMATS:
        return "date"
    code = _NOT_FORMAT.sub("", written.get(number, "").partition(";")[0])
    if _LETTERS_OF_DATES.search(code) and "#" not in code and "0" not in code.replace(".0", ""):
        return "date"
    return code if re.fullmatch(r"0{2,15}", code) else ""


def _day(value: float, day_0: date) -> str:
    """A day as ISO, with its time if it has one; a number that is no day of Excel's stays a number."""
    if not 0 <= value < 2_958_466:
        return repr(value)
    moment = datetime(day_0.year, day_0.month, day_0.day) + timedelta(seconds=round(value * 86_400))  # noqa: DTZ001
    if value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat(sep=" ")


# ---------------------------------------------------------------------------------------------- .xls, .ods, Parquet


class Foreign:
    """A table that a library reads (.xls and .ods: calamine; Parquet: pyarrow), in a child with limits: it may take all memory, or die.

    The child writes a line of JSON for each sheet and each row that holds something, to a temporary file.
    """

    def __init__(self, path: str, kind: str) -> None:
        if find_spec(_LIBRARIES[kind]) is None:
            raise ImportError
        self._lines = TemporaryFile()  # noqa: SIM115 - lives as long as the reading
        # the child may not find the package by its folder: it is told where this file stands
        argv = [sys.executable, "-I", os.path.abspath(__file__), path, kind]
        done = subprocess.run(argv, stdout=self._lines, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own file
        if done.returncode:
            self.close()
            raise UnreadableError("CEP567" if b"password" in done.stderr.lower() else "CEP549")
        self.sheets: list[BookSheet] = []
        self._lines.seek(0)
        for line in self._lines:
            if line.startswith(b"{"):
                told = json.loads(line)
                at = self._lines.tell()
                self.sheets.append(BookSheet(name=told["name"], visible=told["visible"], at=at))
            else:
                self.sheets[-1].rows += 1
        self.sheets.sort(key=lambda sheet: not sheet.visible)

    def close(self) -> None:
        """Give up what the child wrote."""
        self._lines.close()

    def count(self, sheet: BookSheet) -> int:
        """How many rows of a sheet hold something."""
        return sheet.rows

    def read(self, sheet: BookSheet) -> Iterator[SheetRow]:
        """The rows of a sheet that hold something, in order."""
        self._lines.seek(sheet.at)
        for line in iter(self._lines.readline, b""):
            if line.startswith(b"{"):
                return
            yield SheetRow(*json.loads(line))


_LIBRARIES = {"workbook": "python_calamine", "parquet": "pyarrow"}


def _child(path: str, kind: str) -> None:
    """In the child: sheets and rows as lines of JSON."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    for name, visible, rows in _parquet(path) if kind == "parquet" else _calamine(path):
        sys.stdout.write(json.dumps({"name": name, "visible": visible}) + "\n")
        for number, row in rows:
            cells = [_shown(value) for value in row]
            if any(cell.strip() for cell in cells):
                sys.stdout.write(json.dumps((number, cells)) + "\n")


_Table = tuple[str, bool, Iterable[tuple[int, Sequence[object]]]]


def _calamine(path: str) -> Iterator[_Table]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_path(path)
    for about in book.sheets_metadata:
        rows = book.get_sheet_by_name(about.name).iter_rows()
        yield about.name, about.visible == SheetVisibleEnum.Visible, enumerate(rows, 1)


def _parquet(path: str) -> Iterator[_Table]:
    """The names of the columns are row 0: its rows are numbered from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def values(column: pa.Array) -> list[object]:
        try:
            return list(column.to_pylist())
        except (ValueError, OverflowError):
            return [value(cell) for cell in column]

    def value(cell: pa.Scalar) -> object:
        try:
            return cell.as_py()
        except (ValueError, OverflowError):  # a day that Python has not: its number
            return cell.value

    file = pq.ParquetFile(path)
    rows = (
        row for batch in file.iter_batches(batch_size=10_000)
        for row in zip(*map(values, batch.columns), strict=True)
    )  # fmt: skip
    yield "", True, enumerate(chain([file.schema_arrow.names], rows))


def _shown(value: object) -> str:
    """A cell as its sheet shows it: text stays text, a whole number has no decimals, a day is ISO."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


if __name__ == "__main__":
    _child(*sys.argv[1:])
