"""data·inclusion's own workbook, filled in by hand: its sheets as rows of the schema. It reads cells; it corrects none of them.

A title turned into a date (as happens to `date_maj`) is that column; rows marked `__ignore__` are dropped and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cep_route.importers import cleaning
from cep_route.importers.cleaning import Record, Value
from cep_route.model.answer import Finding, Place
from cep_route.text import normalise

_LISTS = (
    "thematiques", "publics", "modes_accueil", "modes_mobilisation", "mobilisable_par", "zone_eligibilite", "reseaux_porteurs",
)  # fmt: skip
Rows = list[tuple[int, Record]]  # by number in the sheet
_Cells = Sequence[Sequence[Value]]


def sheets(path: str) -> Mapping[str, Rows] | Finding:
    """`structures` and `services`: rows by number, empty ones left out."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # only where a workbook is read: an extra
    except ImportError:
        return Finding(code="CEP706", values={"package": "python-calamine"}, place=Place(file=path))
    try:
        book = CalamineWorkbook.from_path(path)
        by_name = {normalise(name): name for name in book.sheet_names}
        wanted: list[str] = [key for key in ("structures", "services") if key in by_name]
        found = {key: _rows(book.get_sheet_by_name(by_name[key]).to_python()) for key in wanted}
        themes = by_name.get("services thematiques")
        if themes and "services" in found:
            _join(found["services"], book.get_sheet_by_name(themes).to_python())
    except (CalamineError, OSError, ValueError, KeyError):
        return Finding(code="CEP705", place=Place(file=path))
    return found or Finding(code="CEP703", place=Place(file=path))


def _rows(cells: _Cells) -> Rows:
    titles = [_title(c) for c in cells[0]] if cells else []
    rows = []
    for number, line in enumerate(cells[1:], 2):
        row: Record = {}
        for title, cell in zip(titles, line, strict=False):
            if title and not row.get(title):
                row[title] = _cell(title, cell)
        if any(v if isinstance(v, list) else cleaning.text(v) for k, v in row.items() if k != "__ignore__"):
            rows.append((number, row))
    return rows


def _title(cell: Value) -> str:
    return "date_maj" if isinstance(cell, date) else cleaning.text(cell).strip("*: ")


def _cell(title: str, cell: Value) -> Value:
    told = cleaning.text(cell)
    if title in _LISTS:
        words = [w.strip() for w in told.split(",") if w.strip()]
        return [w.zfill(5) if title == "zone_eligibilite" and len(w) == 4 else w for w in words]
    return told.zfill(5) if title in {"code_insee", "code_postal"} and told.isdigit() else cell


def _join(services: Rows, cells: _Cells) -> None:
    """The sheet that pairs a service with one theme a row: a mark to leave it out, the service, the theme."""
    for mark, id_, theme in (row[:3] for row in cells[1:] if len(row) >= 3):
        told = cleaning.text(theme)
        if ignored({"__ignore__": mark}) or not told:
            continue
        for _, service in services:
            if cleaning.text(service.get("id")) == cleaning.text(id_) != "":
                themes = cleaning.items(service.get("thematiques"))
                service["thematiques"] = themes if told in themes else [*themes, told]


def ignored(row: Record) -> bool:
    return cleaning.text(row.get("__ignore__")).lower() in {"true", "vrai", "1", "oui", "x"}
