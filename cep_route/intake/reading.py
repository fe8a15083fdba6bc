"""An intake file read without loss, whatever French service made it: the door of the plain reader.

Never guesses in silence and never knows what a cell means: cells are text, recognising them is the next step's business.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Self

from cep_route.intake.decoding import Limits, Lines, open_lines, refused
from cep_route.intake.flow import Flow
from cep_route.intake.heading import PROBE, Heading, Wanted, find_heading, plain
from cep_route.intake.rows import Reject, Row, Rows, some
from cep_route.model.answer import Finding, Place

__all__ = ["Limits", "Reading", "Reject", "Row", "Rows", "inspect_rows", "open_reading", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood of a file before its first row. `rows()` reads it, as often as wanted; close it after."""

    name: str
    encoding: str
    bom: bool
    delimiter: str
    quote: str
    escape: str
    newline: str
    header_line: int
    header: tuple[str, ...]
    header_raw: str
    above: tuple[int, ...]
    duplicates: tuple[tuple[str, tuple[int, ...]], ...]
    notices: tuple[Finding, ...]
    _lines: Lines = field(repr=False, compare=False)
    _heading: Heading = field(repr=False, compare=False)
    _required: frozenset[str] = field(repr=False, compare=False)

    @property
    def lines(self) -> Lines:
        """The physical lines under it all, for whoever copies them as they are."""
        return self._lines

    @property
    def first_line(self) -> int:
        """The first physical line after the header."""
        return self._heading.next_line

    def groups(self) -> tuple[str, ...]:
        """Of each column, the title of the group it stands under: of the row right above the header, when it names several."""
        _, cells = self._heading.above[-1] if self._heading.above else (0, ())
        if sum(1 for cell in cells if cell.strip()) < 2 or len(cells) > len(self.header):
            return ()
        found: list[str] = []
        for cell in cells:
            found.append(cell if cell.strip() else (found[-1] if found else ""))
        return tuple(found)

    def rows(self) -> Rows:
        # the end of the header is that of most rows; in their cells others may be met more often
        end = next((end for end in ("\r\n", "\n", "\r") if self.header_raw.endswith(end)), self.newline)
        return Rows(self._lines, self._heading, self._required, end=end)

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_reading(
    path: str | os.PathLike[str] | BinaryIO | Flow,
    wanted: Wanted = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    required: Collection[str] = (),
    limits: Limits | None = None,
    glance: bool = False,
    quote: str | None = None,
    escape: str | None = None,
    else_by_shape: bool = False,
) -> Reading | Finding:
    """A file ready to be read, or why it is refused. `glance`: its beginning may be enough (`Lines.presumed`).

    `wanted` tells the column names looked for: names, or a function asked of each `plain` name; without them the header
    is found by shape, and a file that shows none is refused. A short row that lacks a `required` column is rejected.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"\0'):
        return refused("CEP414", str(path), delimiter=delimiter)
    lines = open_lines(path, encoding=encoding, limits=limits, glance=glance)
    if isinstance(lines, Finding):
        return lines
    try:
        first = _first_lines(lines)
        heading = find_heading(
            list(first),
            wanted,
            delimiter=delimiter,
            name=lines.name,
            has_quote=lines.has_quote,
            limits=lines.limits,
            quote=quote,
            escape=escape,
            else_by_shape=else_by_shape,
        )
    except UnicodeDecodeError:
        lines.close()
        if not lines.presumed:
            raise
        # its header stands after what the beginning tells of
        return open_reading(
            path, wanted, encoding=encoding, delimiter=delimiter, required=required, limits=limits,
            quote=quote, escape=escape, else_by_shape=else_by_shape,
        )  # fmt: skip
    except BaseException:
        lines.close()
        raise
    if isinstance(heading, Finding):
        lines.close()
        return heading
    duplicates = _duplicates(heading.header)
    return Reading(
        name=lines.name,
        encoding=_whole_encoding(lines),
        bom=lines.bom > 0,
        delimiter=heading.delimiter,
        quote=heading.quote,
        escape=heading.escape,
        newline=lines.newline,
        header_line=heading.line,
        header=heading.header,
        header_raw="".join(first[heading.line - 1 : heading.next_line - 1]),
        above=tuple(line for line, _ in heading.above),
        duplicates=duplicates,
        notices=(*lines.notices, *_heading_notices(lines.name, heading, duplicates)),
        _lines=lines,
        _heading=heading,
        _required=frozenset(plain(name) for name in required),
    )


def _first_lines(lines: Lines) -> list[str]:
    first: list[str] = []
    for chunk in lines.chunks():
        first += chunk[: PROBE - len(first)]
        if len(first) >= PROBE:
            break
    return first


def _whole_encoding(lines: Lines) -> str:
    """The name of the codec that reads the whole file, its mark included."""
    if not lines.bom:
        return lines.encoding
    return (
        "utf-8-sig" if lines.encoding == "utf-8" else re.sub(r"(utf-(?:16|32))-[lb]e", r"\1", lines.encoding)
    )


def _duplicates(header: tuple[str, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    places: dict[str, list[int]] = {}
    for column, name in enumerate(header, 1):
        places.setdefault(plain(name), []).append(column)
    return tuple((header[at[0] - 1], tuple(at)) for name, at in places.items() if name and len(at) > 1)


def _heading_notices(
    name: str, heading: Heading, duplicates: tuple[tuple[str, tuple[int, ...]], ...]
) -> Iterator[Finding]:
    place = Place(file=name, line=heading.line)
    if heading.above:
        values = {"lines": some([line for line, _ in heading.above]), "header": str(heading.line)}
        yield Finding(code="CEP420", values=values, place=place, severity="warning")
    for column_name, columns in duplicates:
        values = {"name": " ".join(column_name.split()), "columns": ", ".join(map(str, columns))}
        yield Finding(code="CEP423", values=values, place=place, severity="warning")
    if heading.quote != '"' or heading.escape:
        code = "CEP424" if heading.quote != '"' else "CEP449"
        yield Finding(code=code, values={"quote": heading.quote}, place=place, severity="warning")


# ---------------------------------------------------------------------------------------------- a file shown


def inspect_rows(
    path: str | os.PathLike[str] | BinaryIO,
    columns: Collection[str] | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    titles: Wanted = None,
    lang: str = "fr",
) -> dict[str, Any]:
    """Everything that was understood of a file, rows and rejects, as JSON values: what `inspect --rows` shows. Without `columns` the
    header is found by known `titles`, as `batch` finds it, else by its shape.
    """
    from cep_route.messages import said

    shown: dict[str, Any] = {
        "encoding": None,
        "delimiter": None,
        "header_line": None,
        "header": None,
        "rows": [],
        "rejects": [],
        "notices": [],
        "above": [],
        "blank": 0,
        "refused": None,
    }

    def refuse(finding: Finding) -> dict[str, Any]:
        line = finding.place.line if finding.place else 0
        message = said(finding.code, finding.values, lang)[0]
        return {
            **shown,
            "rows": [],
            "rejects": [],
            "refused": {"code": finding.code, "message": message, "line": line or None},
        }

    reading = open_reading(
        path,
        columns or titles,
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        escape=escape,
        else_by_shape=not columns,
    )
    if isinstance(reading, Finding):
        return refuse(reading)
    with reading:
        shown |= {
            "encoding": reading.encoding,
            "delimiter": reading.delimiter,
            "header_line": reading.header_line,
        }
        shown |= {"header": list(reading.header), "above": list(reading.above)}
        rows = reading.rows()
        for item in rows:
            if isinstance(item, Row):
                row: dict[str, Any] = {"line": item.line, "cells": list(item.cells)}
                if item.notes:
                    row["notes"] = [said(note.code, note.values, lang)[0] for note in item.notes]
                shown["rows"].append(row)
                continue
            column = (
                (reading.header[item.column - 1] or str(item.column))
                if 0 < item.column <= len(reading.header)
                else None
            )
            reason = said(item.code, item.values, lang)[0]
            shown["rejects"].append(
                {"line": item.line, "column": column, "code": item.code, "reason": reason}
            )
        if rows.failure is not None:
            return refuse(rows.failure)
        for notice in (*reading.notices, *rows.notices):
            line = notice.place.line if notice.place else 0
            message = said(notice.code, notice.values, lang)[0]
            shown["notices"].append({"code": notice.code, "message": message, "line": line or None})
        return shown | {"blank": rows.blank}
