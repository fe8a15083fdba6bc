"""data·inclusion's own workbook, filled in by hand: its sheets as rows of the schema. It reads cells; it corrects none of them.

A title turned into a date (as happens to `date_maj`) is that column; rows marked `__ignore__` are dropped and counted.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from cep_route.importers import cleaning
from cep_route.model.answer import Finding, Place
from cep_route.text import normalise

_LISTS = (
    "thematiques",
    "publics",
    "modes_accueil",
    "modes_mobilisation",
    "mobilisable_par",
    "zone_eligibilite",
    "reseaux_porteurs",
)


def sheets(path: str) -> dict[str, list[tuple[int, dict[str, Any]]]] | Finding:
    """`structures` and `services`: rows by number, empty ones left out."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        return Finding(code="CEP706", values={"package": "python-calamine"}, place=Place(file=path))
    try:
        book = CalamineWorkbook.from_path(path)
        by_name = {normalise(name): name for name in book.sheet_names}
        found: dict[str, list[tuple[int, dict[str, Any]]]] = {
            key: _rows(book.get_sheet_by_name(by_name[key]).to_python())
            for key in ("structures", "services")
            if key in by_name
        }
        themes = by_name.get("services thematiques")
        if themes and "services" in found:
            _join(found["services"], book.get_sheet_by_name(themes).to_python())
    except (CalamineError, OSError, ValueError, KeyError):
        return Finding(code="CEP705", place=Place(file=path))
    if not found:
        return Finding(code="CEP703", place=Place(file=path))
    return found


def _rows(cells: list[list[Any]]) -> list[tuple[int, dict[str, Any]]]:
    if not cells:
        return []
    titles = [_title(c) for c in cells[0]]
    rows = []
    for number, line in enumerate(cells[1:], 2):
        row: dict[str, Any] = {}
        for title, cell in zip(titles, line, strict=False):
            if title and (title not in row or not cleaning.text(row[title])):
                row[title] = _cell(title, cell)
        if any(cleaning.text(v) or (isinstance(v, list) and v) for k, v in row.items() if k != "__ignore__"):
            rows.append((number, row))
    return rows


def _title(cell: Any) -> str:
    return "date_maj" if isinstance(cell, date) else cleaning.text(cell).strip("*: ")


def _cell(title: str, cell: Any) -> Any:
    if title in _LISTS:
        told = [w.strip() for w in cleaning.text(cell).split(",") if w.strip()]
        return [w.zfill(5) if title == "zone_eligibilite" and len(w) == 4 else w for w in told]
    if title in {"code_insee", "code_postal"}:
        told_code = cleaning.text(cell)
        return told_code.zfill(5) if told_code.isdigit() and len(told_code) == 4 else told_code
    return cell


def _join(services: list[tuple[int, dict[str, Any]]], cells: list[list[Any]]) -> None:
    """The sheet that pairs a service with one theme a row."""
    for row in cells[1:]:
        if (
            len(row) >= 3
            and not ignored({"__ignore__": row[0]})
            and cleaning.text(row[1])
            and cleaning.text(row[2])
        ):
            for _, service in services:
                if cleaning.text(service.get("id")) == cleaning.text(row[1]):
                    service["thematiques"] = [
                        *dict.fromkeys([*(service.get("thematiques") or []), cleaning.text(row[2])])
                    ]


def ignored(row: dict[str, Any]) -> bool:
    return cleaning.text(row.get("__ignore__")).lower() in {"true", "vrai", "1", "oui", "x"}
