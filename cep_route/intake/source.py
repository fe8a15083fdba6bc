"""A file of persons, opened and understood: what it is, what its columns are, where each line comes from. CSV, workbook, Parquet,
or mended rejects. Never routes, never writes, never shows a cell.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from io import BytesIO, TextIOWrapper
from itertools import chain, islice
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from msgspec import Struct, field
from msgspec.structs import replace

from cep_route.intake.columns import Mapping as Columns
from cep_route.intake.columns import Saved, map_columns
from cep_route.intake.decoding import Limits, refused
from cep_route.intake.flow import Flow
from cep_route.intake.heading import Wanted
from cep_route.intake.reader import Origins, Reading, Row, open_reading, some
from cep_route.intake.workbook import BookSheet, OpenBook, UnreadableError, kind_of
from cep_route.intake.writer import CUT, HEADER_CODE, REJECTS, Dialect, restored
from cep_route.model.answer import Finding, Place, warned
from cep_route.spelling import answer_of, header_of, known_headers
from cep_route.text import normalise

SAMPLED = 2_000  # rows whose cells tell what a column is
SAMPLE = 200  # distinct cells of a column


def open_source(
    path: str | Flow,
    spellings: Mapping[str, Any],
    *,
    saved: Saved | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    only_rejects: bool = False,
    wanted: Wanted = None,
    sheet: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    else_by_shape: bool = False,
) -> Reading | Finding:
    """The file ready to be read, or why not. The header is found by `wanted` (titles, or what tells one), else by every known title;
    of a workbook, in the first sheet that has one, or in `sheet`.
    """
    name = "-" if isinstance(path, Flow) else path
    looked_for: Any = wanted or title_test(spellings, saved)
    kind = kind_of(name) if name != "-" else ""
    if not kind and sheet is not None:
        return _no_workbook(sheet)
    copied = bool(kind) or only_rejects
    tables: Iterator[IntakeTable | Finding]
    if kind:
        tables = _sheets(name, kind, sheet)
    elif only_rejects:
        kind, tables = "rejects", iter((_mended(name, encoding),))
    else:
        kind, tables = "csv", iter((IntakeTable(stream=path, codec=encoding, delimiter=delimiter),))
    refusals: list[Finding] = []
    for table in tables:
        if isinstance(table, Finding):
            refusals.append(table)
            continue
        reading = open_reading(
            table.stream, looked_for, encoding=table.codec, delimiter=table.delimiter,
            quote=None if copied else quote, escape=None if copied else escape, else_by_shape=else_by_shape,
        )  # fmt: skip
        if isinstance(reading, Reading):
            notices = (*table.notices, *reading.notices)
            return replace(
                reading, name=name, kind=kind, origin=table.origin, notices=notices, sheet=table.sheet
            )
        place = reading.place or Place(file=name)
        place = replace(place, file=name, line=table.origin(place.line))
        refusals.append(replace(reading, values={**reading.values, "file": name}, place=place))
    if kind == "csv" and refusals[0].code in NO_TITLE and _is_rejects(name):
        return refused("CEP563", name)
    return refusals[0]


def title_test(spellings: Mapping[str, Any], saved: Saved | None) -> Callable[[str], bool]:
    """Whether a text is a title some file gives to a column."""
    known = known_headers(spellings) | (saved.columns.keys() if saved else set())
    files = spellings["files"]
    return lambda name: (
        normalise(name) in known or header_of(files, name) is not None or answer_of(files, name) is not None
    )


def unusable_quotes(quote: str | None, escape: str | None, delimiter: str | None) -> Finding | None:
    """Why the signs told for quotes cannot be used."""
    for option, told, least in (("--quote", quote, 1), ("--escape", escape, 0)):
        if told is None:
            continue
        others = {delimiter, escape if option == "--quote" else None}
        if not least <= len(told) <= 1 or (told and (told in "\r\n\0" or told.isalnum() or told in others)):
            return Finding(
                code="CEP559",
                values={"option": option, "value": told[:20], "expected": "\" '" if least else "\\"},
            )
    return None


def columns_of(source: Reading, spellings: Mapping[str, Any], on: str, saved: Saved | None) -> Columns:
    """What the columns of a file are, by their titles and their first cells."""
    header = source.header
    samples: list[dict[str, None]] = [{} for _ in header]
    filled = list[list[bool]]()
    for item in islice(source.rows(), SAMPLED):
        if isinstance(item, Row):
            filled.append([bool(cell.strip()) for cell in item.cells])
            for sample, cell in zip(samples, item.cells, strict=True):
                if len(sample) < SAMPLE:
                    sample[cell] = None
    return map_columns(
        header, spellings, samples, on=on, saved=saved, file=source.name, groups=source.groups(),
        beside=_beside(header, filled),
    )  # fmt: skip


def _beside(header: Sequence[str], filled: Sequence[Sequence[bool]]) -> int | None:
    """The first column of a second table beside the first: after a column that holds nothing, and one of the two is shorter."""
    for gap in range(1, len(header) - 2):
        if not header[gap].strip() and not any(row[gap] for row in filled):
            for side in ([any(row[:gap]) for row in filled], [any(row[gap:]) for row in filled]):
                rows = sum(side)
                if 0 < rows < len(side) - 1 and all(side[:rows]):
                    return gap + 1
    return None


def territory_column(columns: Columns) -> int | None:
    """The column that names territories, if one does."""
    titles = ("territoire", "territory")
    found = (c.position for c in columns.columns if not c.is_read and normalise(c.header) in titles)
    return next(found, None)


def identifier_column(columns: Columns, spellings: Mapping[str, Any]) -> int | None:
    """The column that should name each person once, if one does."""
    titles = spellings["files"]["identifiers"]
    return next((c.position for c in columns.columns if normalise(c.header) in titles), None)


# ---------------------------------------------------------------------------------------------- workbooks and Parquet

_FIRST = 1_000  # rows that tell how wide a sheet is
_COLUMNS = 1_000  # cells of a row that may be a table's


class IntakeTable(Struct, frozen=True, kw_only=True):
    """What is read as a CSV: the file itself, or a copy in memory or in a temporary file, and where its lines come from."""

    stream: str | BinaryIO | Flow
    codec: str | None = "utf-8"
    delimiter: str | None = ";"
    origin: Origins = field(default_factory=Origins)
    notices: tuple[Finding, ...] = ()
    sheet: str = ""


def _sheets(path: str, kind: str, wanted: str | None) -> Iterator[IntakeTable | Finding]:
    """A Parquet file, or the sheets of a workbook that hold something, the visible ones; with `wanted`, that one alone."""
    if kind == "parquet" and wanted is not None:
        yield _no_workbook(wanted)
        return
    try:
        with closing(OpenBook(path, kind)) as book:
            sheets = [s for s in book.sheets if (s.visible if wanted is None else s.name == wanted)]
            filled = [sheet for sheet in sheets if sheet.rows or sheet.broken]
            for sheet in filled:
                stream, origin = _written(book.read(sheet))
                notices = tuple(_odd(path, book, sheet, named=wanted is not None))
                yield IntakeTable(stream=stream, origin=origin, notices=notices, sheet=sheet.name)
            if wanted is not None and not sheets:
                names = ", ".join(s.name[:60] for s in book.sheets) or "—"
                yield refused("CEP562", path, sheet=wanted[:60], sheets=names)
            elif not filled:
                yield refused("CEP405", path)
    except ImportError:
        yield refused("CEP546", path, extra="fast" if kind == "parquet" else "xlsx")
    except UnreadableError as error:
        yield refused(str(error), path)


def _no_workbook(sheet: str) -> Finding:
    values = {"option": "--sheet", "value": sheet[:60], "expected": "*.xlsx, *.ods"}
    return Finding(code="CEP559", values=values)


def _odd(path: str, book: OpenBook, sheet: BookSheet, *, named: bool) -> Iterator[Finding]:
    """What is to be said of a sheet: the others, its hidden rows, its errors."""
    others = [other for other in book.sheets if other is not sheet and other.rows and not named]
    shown = [f"{o.name[:60]} ({o.rows}{'' if o.visible else ', cachée'})" for o in others]
    if others:
        about = {"file": path, "sheet": sheet.name[:60], "count": str(len(others))}
        yield warned("CEP551", path, **about, others=", ".join(shown[:20]))
    if sheet.hidden:
        yield warned("CEP568", path, count=str(len(sheet.hidden)), lines=some(sheet.hidden))
    if sheet.errors:
        yield warned("CEP569", path, count=str(sheet.errors), cell=sheet.first_error)


def _written(rows: Iterator[tuple[int, list[str]]]) -> tuple[BinaryIO, Origins]:
    """Rows as a CSV, as wide as the widest of the first ones, with a blank line where some are left out; where its lines come from."""
    first = list(islice(rows, _FIRST))
    width = max((len(cells) for _, cells in first if len(cells) <= _COLUMNS), default=0)
    stream = cast("BinaryIO", SpooledTemporaryFile(max_size=32 << 20))  # noqa: SIM115 - lives as long as the reading
    text = TextIOWrapper(stream, encoding="utf-8", newline="")
    plain, quoted = (
        csv.writer(text, delimiter=";", lineterminator="\n", quoting=how)
        for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )
    starts, lines, line, last = list[int](), list[int](), 1, 0
    for number, cells in chain(first, rows):
        if number > last + 1:
            plain.writerow([""] * width)
            line += 1
        last = number
        if not starts or number - line != lines[-1] - starts[-1]:
            starts.append(line)
            lines.append(number)
        # before Python 3.13 a CR of its own stands without quotes, and would end the row
        writer = quoted if any("\r" in cell for cell in cells) else plain
        writer.writerow([*cells, *[""] * (width - len(cells))])
        line += 1 + sum(c.count("\n") + c.count("\r") - c.count("\r\n") for c in cells)
    text.flush()
    text.detach()
    stream.seek(0)
    return stream, Origins(starts, lines)


# ---------------------------------------------------------------------------------------------- mended rejects


_FIGURES = 16  # of the number of a line: more were not written by us
NO_TITLE = frozenset(("CEP410", "CEP417"))  # no row holds a column name that is looked for


def _is_rejects(path: str) -> bool:
    """Whether a file that shows no known title is one of rejects."""
    reading = open_reading(path, REJECTS) if path != "-" else None
    if not isinstance(reading, Reading):
        return False
    with reading:
        return tuple(map(normalise, reading.header)) == REJECTS


def _mended(path: str, encoding: str | None) -> IntakeTable | Finding:
    """The raw lines of a rejects file under the header it keeps, as the file was that they come from."""
    usual = Limits()
    # whole lines in one cell, their quotes doubled, however long they are allowed to be
    limits = Limits(cell=usual.line * 2, line=usual.line * 4)
    reading = open_reading(path, REJECTS, encoding=encoding, limits=limits)
    if isinstance(reading, Finding):
        return reading if reading.code not in NO_TITLE else refused("CEP558", path)
    with reading:
        titles = list(map(normalise, reading.header))
        if not set(REJECTS) <= set(titles):
            return refused("CEP558", path)
        line_at, column_at, code_at, reason_at, raw_at = map(titles.index, REJECTS)
        text, starts, lines, broken, here = [], [], [], [], 1
        written: Dialect | None = None
        rows = reading.rows()
        rows.holds_lines = True
        for item in rows:
            if not isinstance(item, Row):
                return refused("CEP558", path, item.line)
            number = item.cells[line_at].strip()
            if written is None:
                written = Dialect.of(restored(item.cells[column_at]), item.cells[reason_at])
                if item.cells[code_at] != HEADER_CODE or len(written.delimiter) != 1:
                    return refused("CEP558", path)
                if encoding is None and path != "-" and reading.encoding == "cp1252" != written.codec:
                    # what is no UTF-8 was taken for cp1252, and it says itself what it is
                    return _mended(path, written.codec)
            raw = restored(item.cells[raw_at])
            if not raw.strip():
                continue  # a line somebody emptied is given up
            text.append(raw + written.newline)
            starts.append(here)
            known = number.isascii() and number.isdigit() and len(number) < _FIGURES
            lines.append(int(number) if known else item.line)
            if item.cells[code_at] in {"CEP435", "CEP436", "CEP438", "CEP557"} or raw.rstrip().endswith(CUT):
                broken.append(lines[-1])
            here += 1 + raw.count("\n") + raw.count("\r") - raw.count("\r\n")
        if rows.failure is not None:
            return rows.failure
    if not text or written is None:
        return refused("CEP558", path)
    data, codec = written.whole("".join(text))
    strange = codec != written.codec
    notices = (warned("CEP564", path, file=path, codec=written.codec),) if strange else ()
    return IntakeTable(
        stream=BytesIO(data), codec=codec, delimiter=written.delimiter, origin=Origins(starts, lines, frozenset(broken)),
        notices=notices,
    )  # fmt: skip
