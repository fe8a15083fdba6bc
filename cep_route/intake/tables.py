"""Workbooks and Parquet files as lines of text, for the one reader of intake files; and out again. Never changes what a text cell
holds, never runs a formula, never unpacks what announces itself as a bomb.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import TextIOWrapper
from itertools import chain, islice
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast

from cep_route.intake.reader import some
from cep_route.intake.workbook import (
    BookSheet,
    Foreign,
    ProtectedError,
    SheetRow,
    UnreadableError,
    Xlsx,
    is_bomb,
    open_workbook,
)
from cep_route.intake.writer import Origins, defused, named
from cep_route.model.answer import Finding, Place

_FIRST = 1_000  # rows that tell how wide a sheet is
_COLUMNS = 1_000  # cells of a row that may be a table's
XLSX_CELL, XLSX_ROWS, XLSX_COLUMNS = 32_767, 1_048_576, 16_384  # Excel's own limits


class Copied(NamedTuple):
    """A table as a CSV stream (UTF-8, `;`), and where its lines come from."""

    stream: BinaryIO
    origin: Origins
    notices: tuple[Finding, ...] = ()
    sheet: str = ""


def copies(path: str, kind: str, sheet: str | None) -> Iterator[Copied | Finding]:
    """As CSV, a Parquet file, or the sheets of a workbook that hold something, in their order; with `sheet`, that one alone."""
    if kind == "protected":
        yield Finding(code="CEP567", values={"file": path}, place=Place(file=path))
    elif kind == "workbook":
        yield from _sheets(path, sheet)
    elif sheet is not None:
        yield no_workbook(sheet)
    else:
        yield _parquet(path)


def no_workbook(sheet: str) -> Finding:
    """Why no sheet can be named."""
    return Finding(
        code="CEP559", values={"option": "--sheet", "value": sheet[:60], "expected": "*.xlsx, *.ods"}
    )


def no_sheet(path: str, sheet: str, names: Iterable[str]) -> Finding:
    """Why a sheet that was named cannot be read. `names`: those there are."""
    values = {
        "file": path,
        "sheet": sheet[:60],
        "sheets": ", ".join(name[:60] for name in names) or "—",
    }
    return Finding(code="CEP562", values=values, place=Place(file=path))


def _missing(path: str, extra: str) -> Finding:
    return Finding(code="CEP546", values={"file": path, "extra": extra}, place=Place(file=path))


def _unreadable(path: str) -> Finding:
    return Finding(code="CEP549", values={"file": path}, place=Place(file=path))


def _sheets(path: str, wanted: str | None) -> Iterator[Copied | Finding]:
    """The sheets of a workbook, the visible ones; with `wanted`, that one alone, hidden or not."""
    place = Place(file=path)
    if is_bomb(path):
        yield Finding(code="CEP547", values={"file": path}, place=place)
        return
    try:
        book = open_workbook(path)
        sheets = [s for s in book.sheets if (s.visible if wanted is None else s.name == wanted)]
        if wanted is not None and not sheets:
            yield no_sheet(path, wanted, [s.name for s in book.sheets])
            return
        is_empty = True
        for sheet in sheets:
            found = _written(_padded(book.read(sheet)))
            if sheet.rows:
                is_empty = False
                yield found._replace(
                    sheet=sheet.name, notices=tuple(_odd(path, book, sheet, named=wanted is not None))
                )
        if is_empty:
            yield Finding(code="CEP405", values={"file": path}, place=place)
    except ImportError:
        yield _missing(path, "xlsx")
    except ProtectedError:
        yield Finding(code="CEP567", values={"file": path}, place=place)
    except UnreadableError:
        yield _unreadable(path)


def _padded(rows: Iterator[SheetRow]) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows as wide as the widest of the first ones, with a blank line where some are left out."""
    first = list(islice(rows, _FIRST))
    width = max((len(row.cells) for row in first if len(row.cells) <= _COLUMNS), default=0)
    last = 0
    for row in chain(first, rows):
        if row.number > last + 1:
            yield row.number - 1, ("",) * width
        last = row.number
        yield row.number, [*row.cells, *[""] * (width - len(row.cells))]


def _odd(path: str, book: Xlsx | Foreign, sheet: BookSheet, *, named: bool) -> Iterator[Finding]:
    """What is to be said of a sheet: the others, its hidden rows, its errors."""
    place = Place(file=path)
    others = [other for other in book.sheets if other is not sheet and not named]
    counts = [(other, book.count(other)) for other in others]
    if told := [f"{o.name[:60]} ({n}{'' if o.visible else ', cachée'})" for o, n in counts if n]:
        values = {
            "file": path,
            "sheet": sheet.name[:60],
            "count": str(len(told)),
            "others": ", ".join(told[:20]),
        }
        yield Finding(code="CEP551", values=values, place=place, severity="warning")
    if sheet.hidden:
        values = {"count": str(len(sheet.hidden)), "lines": some(sheet.hidden)}
        yield Finding(code="CEP568", values=values, place=place, severity="warning")
    if sheet.errors:
        values = {"count": str(sheet.errors), "cell": sheet.first_error}
        yield Finding(code="CEP569", values=values, place=place, severity="warning")


def _parquet(path: str) -> Copied | Finding:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return _missing(path, "fast")
    try:
        file = pq.ParquetFile(path)
        rows = (
            row for batch in file.iter_batches(batch_size=10_000)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        )  # fmt: skip
        names: Iterable[Sequence[Any]] = [file.schema_arrow.names]
        return _written(enumerate((row for part in (names, rows) for row in part), 0))
    except (pa.ArrowException, OSError, ValueError):
        return _unreadable(path)


def _written(rows: Iterator[tuple[int, Sequence[Any]]]) -> Copied:
    stream = cast("BinaryIO", SpooledTemporaryFile(max_size=32 << 20))  # noqa: SIM115 - lives as long as the reading
    text = TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    starts, lines, line, shifted = [], [], 1, False
    for number, row in rows:
        cells = [_text(value) for value in row]
        writer.writerow(cells)
        shifted = shifted or number != line
        if shifted:
            starts.append(line)
            lines.append(number)
        line += 1 + sum(c.count("\n") + c.count("\r") - c.count("\r\n") for c in cells)
        shifted = shifted or line != number + 1
    text.flush()
    text.detach()
    stream.seek(0)
    if starts and starts[0] != 1:  # the lines before the first shift are their own
        starts, lines = [*range(1, starts[0]), *starts], [*range(1, starts[0]), *lines]
    return Copied(stream, Origins(starts, lines))


def _text(value: Any) -> str:
    """A cell as its sheet shows it: text stays text, a whole number has no decimals, a day is ISO."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


# ---------------------------------------------------------------------------------------------- out


class XlsxSink:
    """A workbook of one sheet, text cells only: nothing in it is a formula, a number or a date by accident."""

    def __init__(self, path: str, names: Sequence[str], parts: str) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
            "tmpdir": parts,  # on the same disk, and gone with the run
        }  # fmt: skip
        self.path = path
        self._book = xlsxwriter.Workbook(path, options)
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the same bytes every time
        self._sheet = self._book.add_worksheet("cep-route")
        self._row = 0
        self.failure: Finding | None = None
        if len(names) > XLSX_COLUMNS:
            self.failure = Finding(
                code="CEP545", values={"limit": str(XLSX_COLUMNS), "what": "colonnes", "what_en": "columns"}
            )
        self._write(names, guard=True)

    def row(self, cells: Sequence[str], raw: str, suffix: tuple[str, ...]) -> None:
        del raw
        if self.failure is None:
            self._write((*cells, *suffix), guard=True)

    def _write(self, cells: Sequence[str], *, guard: bool) -> None:
        if self._row >= XLSX_ROWS:
            self.failure = Finding(
                code="CEP545", values={"limit": str(XLSX_ROWS), "what": "lignes", "what_en": "rows"}
            )
            return
        for column, cell in enumerate(cells):
            text = _shown(defused(cell) if guard else cell)
            if len(text) > XLSX_CELL:
                values = {"line": str(self._row + 1), "column": str(column + 1), "limit": str(XLSX_CELL)}
                self.failure = Finding(code="CEP544", values=values)
                return
            if text:
                self._sheet.write_string(self._row, column, text)
        self._row += 1

    def close(self) -> Finding | None:
        self._book.close()
        return self.failure


def _shown(cell: str) -> str:
    r"""Control characters no workbook can hold, as `\x1b`."""
    if cell.isprintable():
        return cell
    return "".join(
        c
        if c in "\t\n\r" or (ord(c) >= 32 and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
        else f"\\x{ord(c):02x}"
        for c in cell
    )


class ParquetSink:
    """A table of texts."""

    BATCH = 20_000

    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._pa = pa
        self._schema = pa.schema([(name, pa.string()) for name in named(names)])
        self._writer = pq.ParquetWriter(file, self._schema)
        self._rows: list[tuple[str, ...]] = []

    def row(self, cells: Sequence[str], raw: str, suffix: tuple[str, ...]) -> None:
        del raw
        self._rows.append((*cells, *suffix))
        if len(self._rows) >= self.BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = [self._pa.array(column, self._pa.string()) for column in zip(*self._rows, strict=True)]
            self._writer.write_batch(self._pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._rows.clear()

    def close(self) -> Finding | None:
        self._flush()
        self._writer.close()
        return None
