"""Which form a file is in, told from its content, and its rows as a `Source`. It opens JSON, Parquet and workbooks; CSV is handed to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cep_route.importers import agencies, annuaire, data_inclusion, stream, table, workbook
from cep_route.importers.cards import Cards
from cep_route.importers.reading import Refused, RowSource
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
FEEDS = {
    "structures": "data_inclusion", "services": "data_inclusion", "annuaire": "annuaire", "competence": "annuaire",
    "agencies": "agencies", "table": "table", "workbook": "workbook",
}  # fmt: skip
LABELS = {
    "annuaire": annuaire.SOURCE, "competence": annuaire.SOURCE, "agencies": agencies.SOURCE,
    "structures": "data-inclusion", "services": "data-inclusion",
}  # fmt: skip


class FormSheet(NamedTuple):
    """A CSV as its reader gives it: titles, and rows as (line, cells), None for a line that is no row."""

    header: Sequence[str]
    rows: Callable[[], Iterator[tuple[int, Sequence[str] | None]]]


class OpenedForm(NamedTuple):
    """The sources of a file, the feeds they are of, or why it cannot be read; `columns`, how a plain list was understood."""

    sources: tuple[RowSource, ...]
    feeds: tuple[str, ...]
    fault: Finding | None = None
    columns: Mapping[str, str] | None = None


def sources_of(
    path: str,
    open_csv: Callable[[str], FormSheet | Finding],
    cards: Cards,
    *,
    form: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> OpenedForm:
    """The sources a file holds; `form` overrides what its content says, `columns` what its titles say."""
    if Path(path).exists() and not Path(path).is_file():
        return OpenedForm((), (), Finding(code="CEP013", values={"file": path}, place=Place(file=path)))
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            start = file.read(64)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "?"
        return OpenedForm(
            (), (), Finding(code="CEP014", values={"file": path, "why": why}, place=Place(file=path))
        )
    if start[:4] == b"PK\x03\x04":
        return _workbook(path)
    if start[:4] == b"PAR1":
        return _parquet(path, form)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare[:1] in (b"{", b"["):
        return _json(path, form)
    sheet = open_csv(path)
    if isinstance(sheet, Finding):
        return OpenedForm((), (), sheet)
    return _csv(path, sheet, cards, form, columns or {})


def folder(path: str) -> list[str]:
    """The JSON files of an unpacked archive: the national one has a file for each commune."""
    return sorted(str(p) for p in Path(path).rglob("*.json") if p.is_file())


def _workbook(path: str) -> OpenedForm:
    sheets = workbook.sheets(path)
    if isinstance(sheets, Finding):
        return OpenedForm((), (), sheets)
    name = Path(path).name
    found = [
        RowSource(f"{name} [{form}]", form, partial(iter, rows), label=f"gabarit:{name}")
        for form, rows in sheets.items()
    ]
    return OpenedForm(tuple(found), ("workbook",))


def _parquet(path: str, form: str | None) -> OpenedForm:
    first = stream.parquet(path)
    if isinstance(first, Finding):
        return OpenedForm((), (), first)

    def rows() -> Iterator[tuple[int, Any]]:
        again = stream.parquet(path)
        return iter(()) if isinstance(again, Finding) else enumerate(again, 1)

    return _told(path, list(islice(first, 5)), rows, form)


def _json(path: str, form: str | None) -> OpenedForm:
    try:
        first = list(islice(stream.records(path), 20))
    except stream.UnreadableStreamError as stop:
        return OpenedForm((), (), stop.finding)
    return _told(path, first, lambda: enumerate(stream.records(path), 1), form)


def _told(
    path: str, first: list[Any], rows: Callable[[], Iterator[tuple[int, Any]]], form: str | None
) -> OpenedForm:
    shapes = (annuaire.looks_like, agencies.looks_like, data_inclusion.looks_like)
    told = next((shape(row) for row in first if isinstance(row, dict) for shape in shapes if shape(row)), "")
    if form == "csv":
        return OpenedForm((), (), Finding(code="CEP703", place=Place(file=path)))  # a plain list is a CSV
    allowed = NAMES.get(form or "", ())
    if form and told not in allowed:
        told = allowed[0]
    if not told and first:
        return OpenedForm((), (), Finding(code="CEP703", place=Place(file=path)))
    return _one(path, told or "structures", rows)


def _one(
    path: str, form: str, rows: Callable[[], Iterator[tuple[int, Any]]], ignored: tuple[str, ...] = ()
) -> OpenedForm:
    source = RowSource(
        Path(path).name,
        form,
        rows,
        label=LABELS.get(form, f"liste:{Path(path).name}"),
        ignored=ignored,
    )
    return OpenedForm((source,), (FEEDS[form],))


def _csv(
    path: str, sheet: FormSheet, cards: Cards, form: str | None, columns: Mapping[str, str]
) -> OpenedForm:
    titles = [h.strip() for h in sheet.header]
    row = dict.fromkeys(titles, "")
    shapes = (annuaire.looks_like, data_inclusion.looks_like)
    told = "" if form == "csv" else next((shape(row) for shape in shapes if shape(row)), "")
    if form and form != "csv" and told not in NAMES[form]:
        told = NAMES[form][0]
    if told and "nom" in (*titles, "nom" if told in {"competence", "services"} else ""):
        return _one(
            path,
            told,
            lambda: (
                (n, Refused() if c is None else dict(zip(titles, c, strict=False))) for n, c in sheet.rows()
            ),
        )
    mapped = table.columns(titles, cards, columns)
    if "name" not in mapped:
        return OpenedForm(
            (),
            (),
            Finding(
                code="CEP707",
                values={"titles": ", ".join(titles)[:300]},
                place=Place(file=path, line=1),
            ),
        )
    used = set(mapped.values())
    ignored = tuple(t for i, t in enumerate(titles) if i not in used and normalise(t))
    opened = _one(
        path,
        "table",
        lambda: ((n, Refused() if c is None else table.row_of(c, mapped)) for n, c in sheet.rows()),
        ignored,
    )
    return opened._replace(columns={key: titles[at] for key, at in mapped.items()})
