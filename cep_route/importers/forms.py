"""Which form a file is in, told from its content, and its rows as a `RowSource`. It opens JSON; sheets are handed to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

from cep_route.importers import agencies, annuaire, cleaning, data_inclusion, stream, table
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.rows import Refused, RowSource
from cep_route.model.answer import Finding, Place
from cep_route.text import normalise

# The feed of `rules/directory.toml` that each form is of, in the order forms are read.
FEEDS = {
    "competence": "annuaire", "structures": "data_inclusion", "services": "data_inclusion", "annuaire": "annuaire", "agencies": "agencies",
    "table": "table",
}  # fmt: skip
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
_LISTS = (
    "thematiques", "publics", "modes_accueil", "modes_mobilisation", "mobilisable_par", "zone_eligibilite", "reseaux_porteurs",
)  # fmt: skip
_SHEETS = ("structures", "services", "services thematiques")  # of data·inclusion's own workbook
SheetRows: TypeAlias = Iterable[tuple[int, Sequence[str] | None]]
Advance = Callable[[int], None] | None


class FormSheet(NamedTuple):
    """A sheet as its reader gives it: titles, and rows as (line, cells), None for a line that is no row."""

    header: Sequence[str]
    rows: Callable[[], SheetRows]


class Openers(NamedTuple):
    """The readers of sheets: a CSV, a Parquet file or the shown sheet of a workbook; the sheets of a workbook by their normalised names."""

    csv: Callable[[str], FormSheet | Finding]
    book: Callable[[str, Sequence[str]], Mapping[str, list[tuple[int, Sequence[str]]]] | Finding]


def sources_of(
    path: str,
    openers: Openers,
    cards: Cards,
    *,
    form: str | None = None,
    columns: Mapping[str, str] | None = None,
    advance: Advance = None,
) -> list[RowSource] | Finding:
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
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _told(path, form, advance)
    sheets = openers.book(path, _SHEETS) if start[:4] == b"PK\x03\x04" else {}
    if isinstance(sheets, Finding):
        return sheets
    if sheets:
        return _workbook(Path(path).name, sheets)
    sheet = openers.csv(path)
    return sheet if isinstance(sheet, Finding) else _csv(path, sheet, cards, form, columns or {})


def folder(path: str) -> list[str]:
    """The JSON files of an unpacked archive: the national one has a file for each commune."""
    return sorted(str(p) for p in Path(path).rglob("*.json") if p.is_file())


def _told(path: str, form: str | None, advance: Advance) -> list[RowSource] | Finding:
    """Records that tell their form by the keys of the first of them."""
    try:
        first = list(islice(stream.records(path), 20))
    except stream.UnreadableStreamError as stop:
        return stop.finding
    told = _shape(first, form)
    if told == "table" or (first and not told):  # a plain list is a CSV
        return Finding(code="CEP703", place=Place(file=path))
    return [_source(path, told or "structures", lambda: enumerate(stream.records(path, advance), 1))]


def _shape(rows: Sequence[Value], form: str | None) -> str:
    """The form of the first row that tells one, among those the user allows."""
    found = (told for row in rows if isinstance(row, dict) for shape in _SHAPES if (told := shape(row)))
    told = next(found, "")
    return NAMES[form][0] if form and told not in NAMES[form] else told


def _source(path: str, form: str, rows: Callable[[], Iterator[tuple[int, Value | Refused]]]) -> RowSource:
    name, feed = Path(path).name, FEEDS[form]
    return RowSource(name, form, rows, label=_LABELS.get(feed, f"liste:{name}"), feed=feed)


def _records(rows: SheetRows, keys: Iterable[tuple[str, int]]) -> Iterator[tuple[int, Record | Refused]]:
    """Rows of cells as records, by the column each key stands in; of two columns of one key the first that is filled."""
    columns = list(keys)
    for number, cells in rows:
        record: Record = {}
        for key, at in columns:
            if cells is not None and at < len(cells):
                record[key] = record.get(key) or cells[at]
        yield number, Refused() if cells is None else record


def _csv(
    path: str, sheet: FormSheet, cards: Cards, form: str | None, columns: Mapping[str, str]
) -> list[RowSource] | Finding:
    titles = [h.strip() for h in sheet.header]
    row: Record = dict.fromkeys(titles, "")
    told = _shape([row], form)
    if told != "table" and (told in {"competence", "services"} or (told and "nom" in titles)):
        keys = [(title, at) for at, title in enumerate(titles)]
        return [_source(path, told, lambda: _records(sheet.rows(), keys))]
    mapped = table.columns(titles, cards, columns)
    if "name" not in mapped:
        values = {"titles": ", ".join(titles)[:300]}
        return Finding(code="CEP707", values=values, place=Place(file=path, line=1))
    ignored = tuple(t for i, t in enumerate(titles) if i not in mapped.values() and normalise(t))
    source = _source(path, "table", lambda: _records(sheet.rows(), mapped.items()))
    return [source._replace(columns={key: titles[at] for key, at in mapped.items()}, ignored=ignored)]


# -- data·inclusion's own workbook, filled in by hand ---------------------------------------------------------------------


def _workbook(name: str, sheets: Mapping[str, list[tuple[int, Sequence[str]]]]) -> list[RowSource]:
    """Its sheets as rows of the schema; the sheet that pairs a service with one theme a row is joined to the services."""
    themes: dict[str, list[Value]] = {}
    for _, row in sheets.get("services thematiques", [])[1:]:
        mark, service, theme = (cleaning.text(cell) for cell in (*row, "", "", "")[:3])
        if theme and not ignored({"__ignore__": mark}) and theme not in themes.setdefault(service, []):
            themes[service].append(theme)
    found = []
    for form in (form for form in _SHEETS[:2] if sheets.get(form)):
        (_, titles), *rows = sheets[form]
        # a title turned into a date, as happens to `date_maj`, is that column
        keys = ["date_maj" if cleaning.day(t) else cleaning.text(t).strip("*: ") for t in titles]
        told = [_filled(row, themes) for row in _records(rows, [(k, at) for at, k in enumerate(keys) if k])]
        source = RowSource(f"{name} [{form}]", form, partial(iter, told), f"gabarit:{name}", "workbook")
        found.append(source)
    return found


def _filled(
    told: tuple[int, Record | Refused], themes: Mapping[str, list[Value]]
) -> tuple[int, Value | Refused]:
    """A row of the workbook with its lists as lists."""
    number, row = told
    if isinstance(row, Refused):
        return told
    for key in (key for key in _LISTS if key in row):
        words = [w.strip() for w in cleaning.text(row[key]).split(",") if w.strip()]
        row[key] = [w.zfill(5) if key == "zone_eligibilite" and len(w) == 4 else w for w in words]
    if "structure_id" in row:
        row["thematiques"] = list(
            dict.fromkeys(
                (*cleaning.codes(row.get("thematiques")), *themes.get(cleaning.text(row.get("id")), ()))
            )
        )
    return number, row


def ignored(row: Record) -> bool:
    """Whether who filled the row in marked it to be left out."""
    return cleaning.text(row.get("__ignore__")).lower() in {"true", "vrai", "1", "oui", "x"}
