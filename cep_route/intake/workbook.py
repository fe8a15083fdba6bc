"""Workbooks and Parquet files as rows of text, for the one reader of intake files. Never changes what a text cell holds, never runs a
formula. A child with limits reads them: a file or a library may take all memory, or die.

The child writes a line of JSON for each row that holds something and, after those of a sheet, one that tells of the sheet.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.util import find_spec
from itertools import chain
from tempfile import TemporaryFile
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - an exception

UNPACKED_AT_MOST = 1 << 30  # bytes a workbook may unpack to
RATIO_AT_MOST = 200  # times its own size
CELL, ROWS, COLUMNS = 32_767, 1_048_576, 16_384  # Excel's own limits
CHILD_MEMORY = 2 << 30  # bytes for the process in which a file is read
CHILD_SECONDS = 600
_CHUNK = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_LETTERS_OF_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)
_NOT_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


class UnreadableError(Exception):
    """A workbook that cannot be read. Its text is the code of why: it breaks its own format, would unpack to too much, or has a password."""


@dataclass(slots=True)
class BookSheet:
    """One sheet, and what is odd in it."""

    name: str
    visible: bool = True
    active: bool = False  # whether it was shown when the book was saved
    rows: int = 0  # that hold something
    hidden: list[int] = field(default_factory=list)  # numbers of hidden rows
    errors: int = 0  # cells that are errors, or formulas without a stored value
    first_error: str = ""
    broken: bool = False  # what follows its last row cannot be read
    at: int = 0  # where its rows begin in what the child wrote


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


class OpenBook:
    """A workbook or a Parquet file, its sheets listed: the visible ones first, and first of all the one shown when it was saved.

    Raises UnreadableError, and ImportError when the library that reads it is not there.
    """

    def __init__(self, path: str, kind: str) -> None:
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
        kind = "xlsx" if any(name.startswith("xl/workbook.xml") for name in names) else kind
        if kind != "xlsx" and find_spec("pyarrow" if kind == "parquet" else "python_calamine") is None:
            raise ImportError
        self._lines = TemporaryFile()  # noqa: SIM115 - lives as long as the reading
        # the child may not find the package by its folder: it is told where this file stands
        argv = [sys.executable, "-I", os.path.abspath(__file__), path, kind]
        done = subprocess.run(argv, stdout=self._lines, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own file
        if done.returncode:
            self.close()
            raise UnreadableError("CEP567" if b"password" in done.stderr.lower() else "CEP549")
        self.sheets: list[BookSheet] = []
        at = self._lines.seek(0)
        for line in self._lines:
            if line.startswith(b"{"):
                self.sheets.append(BookSheet(**json.loads(line) | {"at": at}))
                at = self._lines.tell()
        self.sheets.sort(key=lambda sheet: (not sheet.visible, not sheet.active))

    def close(self) -> None:
        """Give up what the child wrote."""
        self._lines.close()

    def read(self, sheet: BookSheet) -> Iterator[tuple[int, list[str]]]:
        """The rows of a sheet that hold something, in order: their numbers, their cells as people see them."""
        self._lines.seek(sheet.at)
        for line in iter(self._lines.readline, b"") if sheet.rows else ():
            if line.startswith(b"{"):
                break
            number, cells = json.loads(line)
            yield number, cells
        if sheet.broken:
            raise UnreadableError("CEP549")


# ---------------------------------------------------------------------------------------------- in the child

_SheetRows = tuple[BookSheet, Iterable[tuple[int, Sequence[object]]]]


def _child(path: str, kind: str) -> None:
    """Rows and sheets as lines of JSON."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    readers: dict[str, Callable[[str], Iterable[_SheetRows]]] = {"parquet": _parquet, "xlsx": _Xlsx}
    read = readers.get(kind, _calamine)
    for sheet, rows in read(path):
        try:
            for number, row in rows:
                cells = [_shown(value) for value in row]
                if any(cell.strip() for cell in cells):
                    sheet.rows += 1
                    sys.stdout.write(json.dumps((number, cells)) + "\n")
        except _BROKEN:
            sheet.broken = True  # one that nobody reads is no fault of the others
        sys.stdout.write(json.dumps(asdict(sheet)) + "\n")


_BROKEN = (BadZipFile, OSError, ValueError, KeyError, IndexError, EOFError, NotImplementedError, RuntimeError, ZlibError,
           ParseError)  # fmt: skip


def _calamine(path: str) -> Iterator[_SheetRows]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_path(path)
    for about in book.sheets_metadata:
        rows = book.get_sheet_by_name(about.name).iter_rows()
        yield BookSheet(about.name, about.visible == SheetVisibleEnum.Visible), enumerate(rows, 1)


def _parquet(path: str) -> Iterator[_SheetRows]:
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
    yield BookSheet(""), enumerate(chain([file.schema_arrow.names], rows))


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


# ---------------------------------------------------------------------------------------------- .xlsx


class _Xlsx:
    """The sheets of an .xlsx by its XML: no library tells its hidden rows, its errors, the zeros that fill up a number."""

    def __init__(self, path: str) -> None:
        self.pack, self.day_0 = ZipFile(path), date(1899, 12, 30)
        self.strings: list[str] | None = None
        written: dict[str, str] = {}
        styles: list[str] = []
        if "xl/styles.xml" in self.pack.namelist():
            for element in _elements(self.pack, "xl/styles.xml", "numFmt", "cellXfs"):
                written[element.get("numFmtId", "")] = element.get("formatCode", "")
                styles += [style.get("numFmtId", "0") for style in element]
        # of each style what it makes of a number: `date`, some zeros to fill it up with, or nothing
        self.formats = [_format(style, written) for style in styles]

    def __iter__(self) -> Iterator[_SheetRows]:
        links = {e.get("Id"): e.get("Target", "") for e in _elements(self.pack, "xl/_rels/workbook.xml.rels")}
        sheets: list[tuple[BookSheet, str]] = []
        active = 0
        for element in _elements(self.pack, "xl/workbook.xml"):
            tag = _local(element.tag)
            if tag == "workbookPr" and element.get("date1904") in ("1", "true"):
                self.day_0 = date(1904, 1, 1)
            elif tag == "workbookView":
                active = int(element.get("activeTab", "0"))
            elif tag == "sheet":
                target = links.get(next((v for k, v in element.items() if _local(k) == "id"), ""), "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                shown = element.get("state", "visible") == "visible"
                sheets.append((BookSheet(element.get("name", ""), shown, len(sheets) == active), part))
        for sheet, part in sheets:
            yield sheet, self._rows(sheet, part)

    def _rows(self, sheet: BookSheet, part: str) -> Iterator[tuple[int, list[str]]]:
        """The rows of a sheet, in order."""
        if self.strings is None:
            name = next((n for n in self.pack.namelist() if n.lower() == "xl/sharedstrings.xml"), None)
            self.strings = [_text(e) for e in _elements(self.pack, name, "si")] if name else []
        number = 0
        for element in _elements(self.pack, part, "row"):
            cells: list[str] = []
            column = 0
            number = int(element.get("r", number + 1))
            if not 0 < number <= ROWS:
                raise ValueError
            for cell in element:
                column = _column(cell.get("r", ""), column)
                if text := self._cell(cell, sheet):
                    cells += [*[""] * (column - 1 - len(cells)), text]
            if any(map(str.strip, cells)) and element.get("hidden") in ("1", "true"):
                sheet.hidden.append(number)
            yield number, cells

    def _cell(self, cell: Element, sheet: BookSheet) -> str:
        """A cell as its sheet shows it; an error, or a formula whose value is not there, is counted."""
        assert self.strings is not None
        kind, told = cell.get("t", "n"), {_local(part.tag): part.text or "" for part in cell}
        if kind == "inlineStr":
            return "".join(map(_text, cell))
        value = _whole(told.get("v", ""))
        if kind == "e" or (not value and "f" in told):
            sheet.errors += 1
            sheet.first_error = sheet.first_error or cell.get("r", "")
            return value or "=" + _whole(told.get("f", ""))
        if kind == "s" and value:
            return self.strings[int(value)]
        if kind == "b":
            return "oui" if value in ("1", "true") else "non"
        if kind == "n" and value:
            return self._number(value, cell.get("s", ""))
        return _unescaped(value)

    def _number(self, text: str, style: str) -> str:
        shown = self.formats[int(style)] if style.isdigit() and int(style) < len(self.formats) else ""
        try:
            value = float(text)
        except ValueError:
            return text
        if shown == "date":
            return _day(value, self.day_0)
        whole = _shown(value)
        return whole.zfill(len(shown)) if shown and whole.isdigit() else whole


def _elements(pack: ZipFile, part: str, *tags: str) -> Iterator[Element]:
    """The elements of a part, those of some names, as they end; none is kept. A document type breaks it: by one, a text may grow
    without end.
    """
    parser: XMLPullParser[Any] = XMLPullParser()
    before = b""
    with pack.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if b"<!DOCTYPE" in (before + chunk).replace(b"\0", b""):
                raise ValueError
            before = chunk[-20:]
            parser.feed(chunk)
            for event in parser.read_events():
                element = event[-1]
                if isinstance(element, Element) and (not tags or _local(element.tag) in tags):
                    yield element
                    element.clear()
    parser.close()


def _text(element: Element) -> str:
    """The text of a string; how a name is spoken is no part of it."""
    runs = chain.from_iterable(run if _local(run.tag) == "r" else (run,) for run in element)
    return _unescaped(_whole("".join(run.text or "" for run in runs if _local(run.tag) == "t")))


def _whole(text: str) -> str:
    """The text of a cell, where it is no longer than Excel lets it be."""
    if len(text) > CELL:
        raise ValueError
    return text


def _unescaped(text: str) -> str:
    """What no XML may hold is written `_x001B_` in a cell."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


@cache
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _column(reference: str, before: int) -> int:
    """The number of a cell's column, by its reference or after the one before."""
    if not reference:
        return before + 1
    found = _REFERENCE.fullmatch(reference)
    column = 0
    for letter in found[1] if found else "":
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= COLUMNS:
        raise ValueError
    return column


def _format(number: str, written: dict[str, str]) -> str:
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
    return moment.time().isoformat() if value < 1 else _shown(moment)


if __name__ == "__main__":
    _child(*sys.argv[1:])
