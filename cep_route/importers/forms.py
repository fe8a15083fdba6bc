"""Which form a file is in, told from its content, and its rows as a `RowSource`. It opens JSON, Parquet and workbooks; CSV is handed to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cep_route.importers import agencies, annuaire, data_inclusion, stream, table, workbook
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.gathering import FEEDS
from cep_route.importers.rows import Refused, RowSource
from cep_route.model.answer import Finding, Place
from cep_route.text import normalise

# What a user may say with --from, and the forms it allows.
NAMES = {
    "data-inclusion": ("structures", "services"),
    "annuaire": ("annuaire", "competence"),
    "france-travail": ("agencies",),
    "workbook": ("structures", "services"),
    "csv": ("table",),
}
_LABELS = {"data_inclusion": "data-inclusion", "annuaire": annuaire.SOURCE, "agencies": agencies.SOURCE}
_SHAPES = (annuaire.looks_like, agencies.looks_like, data_inclusion.looks_like)
# Titles that a CSV of one of these forms may have and no plain list.
TITLES = (
    "source", "structure_id", "id", "nom", "date_maj", "pivot", "code_insee_commune", "code_type_service_local",
)  # fmt: skip
Rows = Callable[[], Iterator["tuple[int, Value | Refused]"]]


class FormSheet(NamedTuple):
    """A CSV as its reader gives it: titles, and rows as (line, cells), None for a line that is no row."""

    header: Sequence[str]
    rows: Callable[[], Iterator[tuple[int, Sequence[str] | None]]]


class OpenedForm(NamedTuple):
    """The sources of a file and the feeds they are of; `columns`, how a plain list was understood (our key -> its title)."""

    sources: tuple[RowSource, ...]
    feeds: tuple[str, ...]
    columns: Mapping[str, str] | None = None


def sources_of(
    path: str,
    open_csv: Callable[[str], FormSheet | Finding],
    cards: Cards,
    *,
    form: str | None = None,
    columns: Mapping[str, str] | None = None,
    advance: Callable[[int], None] | None = None,
) -> OpenedForm | Finding:
    """The sources a file holds, or why it cannot be read; `form` overrides what its content says, `columns` what its titles say.

    `advance` is told of the bytes of JSON as they are read.
    """
    if Path(path).exists() and not Path(path).is_file():
        return Finding(code="CEP013", values={"file": path}, place=Place(file=path))
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            start = file.read(64)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "?"
        return Finding(code="CEP014", values={"file": path, "why": why}, place=Place(file=path))
    if start[:4] == b"PK\x03\x04":
        return _workbook(path)
    if start[:4] == b"PAR1":
        return _told(path, lambda _: stream.parquet(path), form)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _told(path, lambda told: stream.records(path, told), form, advance)
    sheet = open_csv(path)
    return sheet if isinstance(sheet, Finding) else _csv(path, sheet, cards, form, columns or {})


def folder(path: str) -> list[str]:
    """The JSON files of an unpacked archive: the national one has a file for each commune."""
    return sorted(str(p) for p in Path(path).rglob("*.json") if p.is_file())


def _workbook(path: str) -> OpenedForm | Finding:
    sheets = workbook.sheets(path)
    if isinstance(sheets, Finding):
        return sheets
    name = Path(path).name
    found = [
        RowSource(f"{name} [{form}]", form, partial(iter, rows), label=f"gabarit:{name}")
        for form, rows in sheets.items()
    ]
    return OpenedForm(tuple(found), ("workbook",))


Advance = Callable[[int], None] | None


def _told(
    path: str, records: Callable[[Advance], Iterator[Value]], form: str | None, advance: Advance = None
) -> OpenedForm | Finding:
    """Records that tell their form by the keys of the first of them."""
    try:
        first = list(islice(records(None), 20))
    except stream.UnreadableStreamError as stop:
        return stop.finding
    told = _shape(first)
    allowed = NAMES.get(form or "", ())
    if form and told not in allowed:
        told = allowed[0]
    if told == "table" or (first and not told):  # a plain list is a CSV
        return Finding(code="CEP703", place=Place(file=path))
    return _one(path, told or "structures", lambda: enumerate(records(advance), 1))


def _shape(rows: Sequence[Value]) -> str:
    return next(
        (told for row in rows if isinstance(row, dict) for shape in _SHAPES if (told := shape(row))), ""
    )


def _one(path: str, form: str, rows: Rows, ignored: tuple[str, ...] = ()) -> OpenedForm:
    name = Path(path).name
    label = _LABELS.get(FEEDS[form], f"liste:{name}")
    return OpenedForm((RowSource(name, form, rows, label=label, ignored=ignored),), (FEEDS[form],))


def _csv(
    path: str, sheet: FormSheet, cards: Cards, form: str | None, columns: Mapping[str, str]
) -> OpenedForm | Finding:
    titles = [h.strip() for h in sheet.header]

    def rows(keys: Sequence[tuple[str, int]]) -> Iterator[tuple[int, Value | Refused]]:
        for line, cells in sheet.rows():
            record: Record = (
                {key: cells[at] for key, at in keys if at < len(cells)} if cells is not None else {}
            )
            yield line, Refused() if cells is None else record

    row: Record = dict.fromkeys(titles, "")
    told = "" if form == "csv" else _shape([row])
    if form and form != "csv" and told not in NAMES[form]:
        told = NAMES[form][0]
    if told in {"competence", "services"} or (told and "nom" in titles):
        return _one(path, told, lambda: rows([(title, at) for at, title in enumerate(titles)]))
    mapped = table.columns(titles, cards, columns)
    if "name" not in mapped:
        values = {"titles": ", ".join(titles)[:300]}
        return Finding(code="CEP707", values=values, place=Place(file=path, line=1))
    used = set(mapped.values())
    ignored = tuple(t for i, t in enumerate(titles) if i not in used and normalise(t))
    opened = _one(path, "table", lambda: rows(list(mapped.items())), ignored)
    return opened._replace(columns={key: titles[at] for key, at in mapped.items()})
