"""A file of persons, opened and understood: what it is, what its columns are, where each line comes from. CSV, workbook, Parquet,
or mended rejects. Never routes, never writes, never shows a cell.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from threading import Thread
from typing import Any, BinaryIO, Self

from cep_route.engine.spelling import known_headers, normalise
from cep_route.intake.decoding import Limits
from cep_route.intake.flow import Flow
from cep_route.intake.passing import Origins
from cep_route.intake.reading import Reading, Row, open_reading
from cep_route.intake.recognising import Mapping as Columns
from cep_route.intake.recognising import Saved, map_columns
from cep_route.intake.writing import HEADER_CODE, REJECTS, restored
from cep_route.model.answer import Finding, Place

SAMPLED = 2_000  # rows whose cells tell what a column is
SAMPLE = 200  # distinct cells of a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What will be read. `plain`: the rows are the file's own lines, in its own dialect."""

    name: str
    kind: str  # csv, workbook, parquet, rejects
    reading: Reading
    origin: Origins
    notices: tuple[Finding, ...]
    hash: Hash
    size: int  # bytes; 0 for a stream that goes by

    @property
    def plain(self) -> bool:
        return self.kind in {"csv", "rejects"}

    @property
    def revocable(self) -> bool:
        """Whether what was understood of it may still turn out wrong, and the file be read again (`UnforeseenError`)."""
        return self.reading.lines.presumed and not self.reading.lines.flows

    def close(self) -> None:
        self.reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Hash:
    """The sha256 of a file, computed beside the reading (it needs no lock of ours)."""

    def __init__(self, path: str | None, stream: BinaryIO | None = None) -> None:
        self._hash = hashlib.sha256()
        self._path, self._stream = path, stream
        self._thread = Thread(target=self._read, daemon=True)
        if path is not None:
            self._thread.start()

    def _read(self) -> None:
        assert self._path is not None
        try:
            with open(self._path, "rb", buffering=0) as file:
                while block := file.read(1 << 20):
                    self._hash.update(block)
        except OSError:
            pass  # the reading meets it too, and says so

    def hex(self) -> str:
        if self._path is not None:
            self._thread.join()
        elif isinstance(self._stream, Flow):
            return self._stream.digest()
        elif self._stream is not None:
            self._stream.seek(0)
            while block := self._stream.read(1 << 20):
                self._hash.update(block)
            self._stream = None
        return self._hash.hexdigest()


def open_source(
    path: str | Flow,
    spellings: Mapping[str, Any],
    *,
    saved: Saved | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    only_rejects: bool = False,
    limits: Limits | None = None,
    wanted: Collection[str] | None = None,
    glance: bool = False,
) -> Source | Finding:
    """The file ready to be read, or why not. Without `wanted` the header is found by every known title; `glance`: the beginning of
    a big CSV file may tell what it is (`Lines.presumed`).
    """
    from cep_route.intake import tables

    given, path = path, "-" if isinstance(path, Flow) else path
    hashed = Hash(path) if path != "-" and os.path.isfile(path) else None  # it goes on beside the reading
    kind = tables.kind_of(path) if path != "-" else ""
    looked_for: Any = wanted or title_test(spellings, saved)
    if kind:
        copy = tables.copied(path, kind)
        if isinstance(copy, Finding):
            return copy
        reading = open_reading(copy.stream, looked_for, encoding="utf-8", delimiter=";", limits=limits)
        copy.stream.close()  # the reading has its own copy
        origin, notices = copy.origin, copy.notices
    elif only_rejects:
        kind = "rejects"
        mended = _mended(path, encoding, limits)
        if isinstance(mended, Finding):
            return mended
        stream, delimiter, origin = mended
        reading = open_reading(stream, looked_for, encoding="utf-8", delimiter=delimiter, limits=limits)
        notices = ()
    else:
        kind, origin, notices = "csv", Origins(), ()
        reading = open_reading(
            given, looked_for, encoding=encoding, delimiter=delimiter, limits=limits, glance=glance
        )
    if isinstance(reading, Finding):
        place = reading.place or Place(file=path)
        refused: Finding = reading.but(
            values={**reading.values, "file": path}, place=place.but(file=path, line=origin(place.line))
        )
        return refused
    size = 0 if reading.lines.flows else reading.lines.stream.seek(0, os.SEEK_END)
    return Source(
        name=path,
        kind=kind,
        reading=reading,
        origin=origin,
        notices=(*notices, *reading.notices),
        hash=hashed or Hash(None, reading.lines.stream),
        size=size,
    )


def title_test(spellings: Mapping[str, Any], saved: Saved | None) -> Callable[[str], bool]:
    """Whether a text is a title some file gives to a column."""
    known = known_headers(spellings) | (saved.columns.keys() if saved else set())
    return lambda name: normalise(name) in known


def columns_of(source: Source, spellings: Mapping[str, Any], on: str, saved: Saved | None) -> Columns:
    """What the columns of a file are, by their titles and their first cells."""
    width = len(source.reading.header)
    samples: list[dict[str, None]] = [{} for _ in range(width)]
    for item in islice(source.reading.rows(), SAMPLED):
        if isinstance(item, Row):
            for sample, cell in zip(samples, item.cells, strict=True):
                if len(sample) < SAMPLE:
                    sample[cell] = None
    return map_columns(source.reading.header, spellings, samples, on=on, saved=saved, file=source.name)


def territory_column(columns: Columns) -> int | None:
    """The column that names territories, if one does."""
    return next(
        (
            c.position
            for c in columns.columns
            if not c.is_read and normalise(c.header) in {"territoire", "territory"}
        ),
        None,
    )


def identifier_column(columns: Columns, spellings: Mapping[str, Any]) -> int | None:
    """The column that should name each person once, if one does."""
    titles = spellings["files"]["identifiers"]
    return next((c.position for c in columns.columns if normalise(c.header) in titles), None)


# ---------------------------------------------------------------------------------------------- mended rejects


def _mended(
    path: str, encoding: str | None, limits: Limits | None
) -> tuple[BinaryIO, str, Origins] | Finding:
    """The raw lines of a rejects file under the header it keeps, as a stream, with the lines they had."""
    reading = open_reading(path, REJECTS, encoding=encoding, limits=limits)
    if isinstance(reading, Finding):
        return reading if reading.code not in {"CEP410", "CEP411", "CEP417"} else _no_rejects(path)
    with reading:
        at = [_index(reading.header, name) for name in REJECTS]
        if None in at:
            return _no_rejects(path)
        line_at, column_at, code_at, _, raw_at = (i for i in at if i is not None)
        text, starts, lines, broken, here = [], [], [], [], 1
        delimiter = ""
        rows = reading.rows()
        for item in rows:
            if not isinstance(item, Row):
                reason = {"file": path, "line": str(item.line)}
                return Finding(code="CEP558", values=reason, place=Place(file=path, line=item.line))
            number = item.cells[line_at].strip()
            if not delimiter:
                shown = restored(item.cells[column_at])
                delimiter = {"tab": "\t"}.get(shown, shown)
                if item.cells[code_at] != HEADER_CODE or len(delimiter) != 1:
                    return _no_rejects(path)
            raw = restored(item.cells[raw_at])
            if not raw.strip():
                continue  # a line somebody emptied is given up
            text.append(raw + "\n")
            starts.append(here)
            lines.append(int(number) if number.isascii() and number.isdigit() else item.line)
            if item.cells[code_at] in {"CEP435", "CEP436", "CEP557"}:
                broken.append(lines[-1])
            here += 1 + raw.count("\n") + raw.count("\r") - raw.count("\r\n")
        if rows.failure is not None:
            return rows.failure
    if not text:
        return _no_rejects(path)
    return BytesIO("".join(text).encode()), delimiter, Origins(starts, lines, broken)


def _index(header: tuple[str, ...], name: str) -> int | None:
    return next((i for i, title in enumerate(header) if normalise(title) == name), None)


def _no_rejects(path: str) -> Finding:
    return Finding(code="CEP558", values={"file": path}, place=Place(file=path))
