"""Workbooks and Parquet files out. Never lets a cell become a formula, a number or a date by accident."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import datetime

from cep_route.intake.writer import CsvSink, Dialect, defused, named
from cep_route.model.answer import Finding

XLSX_CELL, XLSX_ROWS, XLSX_COLUMNS = 32_767, 1_048_576, 16_384  # Excel's own limits
_UNHELD = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no workbook can hold them


class XlsxSink:
    """A workbook of one sheet, text cells only: nothing in it is a formula, a number or a date by accident."""

    def __init__(self, path: str, names: Sequence[str], parts: str) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
            "tmpdir": parts,  # on the same disk, and gone with the run
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(path, options)
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the same bytes every time
        self._sheet = self._book.add_worksheet("cep-route")
        self._row = 0
        self.failure: Finding | None = None
        if len(names) > XLSX_COLUMNS:
            self._fail("CEP545", limit=XLSX_COLUMNS, what="colonnes", what_en="columns")
        self.row(names, "", ())

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None:
        del raw
        if self.failure is None and self._row >= XLSX_ROWS:
            self._fail("CEP545", limit=XLSX_ROWS, what="lignes", what_en="rows")
        for column, cell in enumerate((*cells, *suffix)):
            text = _UNHELD.sub(lambda found: f"\\x{ord(found.group()):02x}", defused(cell))
            if self.failure is None and len(text) > XLSX_CELL:
                self._fail("CEP544", line=self._row + 1, column=column + 1, limit=XLSX_CELL)
            if self.failure is not None:
                return
            if text:
                self._sheet.write_string(self._row, column, text)
        self._row += 1

    def _fail(self, code: str, **values: str | int) -> None:
        self.failure = Finding(code=code, values={name: str(value) for name, value in values.items()})

    def close(self) -> Finding | None:
        self._book.close()
        return self.failure


class ParquetSink:
    """A table of texts: written as lines first, of which polars makes the table without holding it."""

    def __init__(self, path: str, names: Sequence[str], parts: str) -> None:
        import polars as pl  # the extra; loaded before anything is written

        self._polars, self._path, self._lines = pl, path, os.path.join(parts, "rows.csv")
        dialect = Dialect(delimiter=",", quote='"', newline="\n", codec="utf-8", mark=b"")
        self._file = open(self._lines, "wb")  # noqa: SIM115 - open as long as rows come
        self._csv = CsvSink(self._file, dialect, len(names), same=False)
        self._csv.row(named(names), "", ())

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None:
        self._csv.row((*cells, *suffix), raw, ())

    def close(self) -> Finding | None:
        self._csv.close()
        self._file.close()
        rows = self._polars.scan_csv(self._lines, infer_schema=False, empty_string_is_null=False)
        rows.sink_parquet(self._path)
        return None
