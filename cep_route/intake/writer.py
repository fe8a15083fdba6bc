"""What comes out of a run, as bytes: routed rows and rejects. Never changes an input cell unless asked to defuse it, never lets a
cell of ours or a reject start a formula, never opens a file.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, BinaryIO, Protocol
from unicodedata import normalize

from msgspec import Struct

from cep_route.intake.people import People, Person, RefusedRow
from cep_route.intake.pieces import Pieces
from cep_route.intake.reader import Origins, Reject, Row
from cep_route.messages import said
from cep_route.model.answer import Finding, Place
from cep_route.render.safe import visible

# ---------------------------------------------------------------------------------------------- formulas

# a cell that a spreadsheet may run: OWASP's list with LF and NUL, also after blanks or quotes
_FORMULA = re.compile("[\\s'\"]*[=+\\-@\t\r\n\0＝＋－＠]")


def defused(cell: str) -> str:
    """The cell with an apostrophe in front if it could run; `restored` takes exactly that one away."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The cell as it was before `defused`."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell


def restored_row(cells: Sequence[str]) -> list[str]:
    """The cells of a row that was written defused."""
    return [restored(cell) for cell in cells]


# ---------------------------------------------------------------------------------------------- a dialect


class Dialect(Struct, frozen=True, kw_only=True):
    """How an output file is written. `codec` encodes text; `mark` opens the file."""

    delimiter: str
    quote: str
    newline: str
    codec: str
    mark: bytes
    defuse: bool = False

    def cell(self, text: str) -> str:
        """A cell, quoted when it must be: a delimiter, a quote, a line end, blanks at the ends, an apostrophe of ours."""
        if (
            self.quote in text
            or self.delimiter in text
            or "\n" in text
            or "\r" in text
            or text[:1] in (" ", "\t", "'")
            or text[-1:] in (" ", "\t")
        ):
            return f"{self.quote}{text.replace(self.quote, self.quote * 2)}{self.quote}"
        return text

    def cells(self, cells: Iterable[str]) -> str:
        """A whole row, without its line end."""
        if self.defuse:
            cells = map(defused, cells)
        return self.delimiter.join(map(self.cell, cells))

    def appended(self, cells: Sequence[str]) -> str:
        """Cells of ours as they follow a row: never a formula, in letters the file can hold."""
        return "".join([self.delimiter + self.cell(defused(self.fit(c))) for c in cells])

    def fit(self, text: str) -> str:
        """Words of ours in the letters of the file: accents go, and what is left becomes `?`. Input cells always fit."""
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return "".join(map(self._letter, text))
        return text

    def _letter(self, letter: str) -> str:
        for form in (letter, normalize("NFKC", letter), *normalize("NFKD", letter)[:1]):
            try:
                form.encode(self.codec)
            except UnicodeEncodeError:
                continue
            return str(form)
        return "?"

    def encode(self, text: str) -> bytes:
        return text.encode(self.codec)

    def whole(self, text: str) -> tuple[bytes, str]:
        """A whole file of that text, and its codec: UTF-8 when whoever mended it put letters there that the codec lacks."""
        try:
            return ("\ufeff" * bool(self.mark) + text).encode(self.codec), self.codec
        except (UnicodeError, LookupError):
            return text.encode(), "utf-8"

    def told(self) -> tuple[str, str]:
        """The delimiter, and all else that rejects keep, in words: `cp1252 CRLF`, `utf-8 BOM LF`."""
        mark = "tab" if self.delimiter == "\t" else self.delimiter
        return mark, " ".join((self.codec, *(("BOM",) if self.mark else ()), _NEWLINES[self.newline]))

    @classmethod
    def of(cls, mark: str, told: str) -> Dialect:
        """What `told` said; UTF-8 and LF where a hand wrote something else."""
        codec, *marks = told.split() or [""]
        newline = next((end for end, name in _NEWLINES.items() if name in marks), "\n")
        bom = b"\xef\xbb\xbf" if "BOM" in marks else b""
        return cls(delimiter=sign(mark), quote='"', newline=newline, codec=codec, mark=bom)


_NEWLINES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def sign(told: str) -> str:
    """The delimiter that is meant: itself, or the word for the one that no shell and no sheet writes easily."""
    return "\t" if told in {"tab", "\\t"} else told


class Sink(Protocol):
    """Where rows go, in order."""

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None: ...

    def close(self) -> Finding | None: ...


class CsvSink:
    """CSV: the row's own text when nothing has to change in it, then what is appended."""

    def __init__(self, file: BinaryIO, dialect: Dialect, width: int, *, same: bool) -> None:
        self.file, self.dialect, self.width = file, dialect, width
        self.same = same  # the rows come in the dialect they leave in
        self._kept: list[str] = []
        csv.field_size_limit(max(csv.field_size_limit(), 1 << 30))  # the reader has limits of its own
        self._csv = csv.reader((), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True).dialect

    def header(self, raw: str, names: Sequence[str], added: Sequence[str]) -> None:
        text = raw.rstrip("\r\n") if self.same else self.dialect.cells(names)
        self.file.write(
            self.dialect.mark
            + self.dialect.encode(text + self.dialect.appended(added) + self.dialect.newline)
        )

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None:
        self._kept += (self.text(cells, raw), *suffix, self.dialect.newline)
        if len(self._kept) > 8 * 1024:
            self.flush()

    def text(self, cells: Sequence[str], raw: str) -> str:
        """A row without its line end: as it stands in the file when all its cells are there and nothing has to change."""
        dialect = self.dialect
        if self.same and (
            raw.count(dialect.delimiter) == self.width - 1
            if dialect.quote not in raw
            else self._is_whole(raw)
        ):
            return raw.rstrip("\r\n")
        return dialect.cells(cells)

    def flush(self) -> None:
        self.file.write(self.dialect.encode("".join(self._kept)))
        self._kept.clear()

    def close(self) -> Finding | None:
        self.flush()
        return None

    def _is_whole(self, raw: str) -> bool:
        """Whether the row's own text has all its cells and none too many, quotes understood."""
        lines = (raw,) if raw.find("\n", 0, -2) < 0 and "\r" not in raw else StringIO(raw, newline="")
        try:
            return len(next(csv.reader(lines, self._csv))) == self.width
        except csv.Error:
            return False


class JsonSink:
    """One JSON object per line: cells raw, nothing defused."""

    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        import json

        self.file = file
        self._encode: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode
        self._names = named(names)

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None:
        del raw
        line = self._encode(dict(zip(self._names, (*cells, *suffix), strict=True)))
        self.file.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def close(self) -> Finding | None:
        return None


def named(names: Sequence[str]) -> tuple[str, ...]:
    """Column names, all different and none empty: an object or a table of Arrow holds each once."""
    seen: dict[str, int] = {}
    found = []
    for position, name in enumerate(names, 1):
        name = name or f"column_{position}"  # noqa: PLW2901
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(found)


# ---------------------------------------------------------------------------------------------- rejects

REJECTS = ("line", "column", "code", "reason", "raw")
RAW_AT_MOST = 200_000  # characters of a rejected line that are kept
CUT = " [...]"  # after what is kept of a longer one: it is not routed until a hand mends it
HEADER_CODE = "header"  # of the row that keeps the header of the file, and under `column` and `reason` how its lines are written


class Rejects:
    """The lines that did not go through, each with where, why, and its own text, so that they can be mended and fed back.

    `opening`: where they are written, at once or when there is a first one; None: they are only counted. `header`: of the file they
    come from, as it stands on `line`; `written`: how this file is, whatever the outputs are.
    """

    def __init__(
        self,
        dialect: Dialect,
        opening: Callable[[], BinaryIO] | None = None,
        *,
        header: str = "",
        line: int = 0,
        written: Dialect | None = None,
    ) -> None:
        self.dialect, self._open = dialect, opening
        self.count, self.by_code = 0, Counter[str]()
        self._header = line, *(written or dialect).told(), header
        self._file: BinaryIO | None = None

    def add(self, line: int, column: str, code: str, reason: str, raw: str) -> None:
        """One line more. `raw`: its text as it stands in the file."""
        self.extend((code,), self._text(line, (column, code, reason), raw) if self._open else "")

    def extend(self, codes: Collection[str], text: str) -> None:
        """Lines of these codes. `text`: their rows, each `start`, the line's own text defused with its quotes doubled, `end`."""
        self.count += len(codes)
        self.by_code.update(codes)
        if self._open is not None and codes:
            (self._file or self.begin()).write(self.dialect.encode(text))

    def begin(self) -> BinaryIO:
        """The file, opened, with its own header and that of the file they come from."""
        assert self._open is not None
        self._file = self._open()
        line, mark, told, header = self._header
        first = self.dialect.delimiter.join(REJECTS) + self.dialect.newline
        text = first + self._text(line, (mark, HEADER_CODE, told), header)
        self._file.write(self.dialect.mark + self.dialect.encode(text))
        return self._file

    def start(self, column: str, code: str, reason: str) -> str:
        """What stands in a row between the number of a line and the text of that line."""
        dialect = self.dialect
        return dialect.appended((column, code, reason)) + dialect.delimiter + dialect.quote

    @property
    def end(self) -> str:
        """What stands in a row after the text of a line."""
        return self.dialect.quote + self.dialect.newline

    def _text(self, line: int, why: tuple[str, str, str], raw: str) -> str:
        """The row of one line."""
        dialect = self.dialect
        text = raw.rstrip("\r\n")
        if len(text) > RAW_AT_MOST:  # or the file of rejects could not be read back
            text = text[:RAW_AT_MOST] + CUT
        if not text.isprintable():
            text = dialect.fit(_legible(text))
        quoted = defused(text).replace(dialect.quote, dialect.quote * 2)
        return f"{line}{self.start(*why)}{quoted}{self.end}"


def _legible(raw: str) -> str:
    r"""Bytes that no letter stands for are shown as `\xE9`; a NUL too, or the line could not be read back."""
    return "".join(
        f"\\x{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else "\\x00" if c == "\0" else c for c in raw
    )


# a byte shown by its number is still there
STILL_BROKEN = re.compile(r"\\x(?:[89a-f][0-9a-f]|00)|\[\.\.\.\]\s*$", re.IGNORECASE)


class _SeenRows(BytesIO):
    """Lines for a terminal: a cell is shown there, and obeyed by nothing; a pipe gets its bytes."""

    def write(self, data: Any) -> int:
        sys.stdout.write(visible(bytes(data).decode("utf-8", "backslashreplace")))
        return len(data)

    def flush(self) -> None:
        sys.stdout.flush()


def standard_output() -> BinaryIO:
    """stdout as bytes."""
    sys.stdout.flush()
    return _SeenRows() if sys.stdout.isatty() else sys.stdout.buffer


# ---------------------------------------------------------------------------------------------- rows on their way

TICK = 4096  # rows between two looks at the clock
IDENTIFIERS_AT_MOST = 1_000_000  # distinct ones; beyond, no more are compared


class Tally:
    """Rows that went out, by the ids of their kinds of person."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.rows = Counter[int]()

    @property
    def routed(self) -> int:
        return sum(self.rows.values())

    def assumed(self) -> dict[str, int]:
        """Rows in which each fact was taken as assumed."""
        return self._counted(lambda person: [name for name, _ in person.assumed])

    def dropped(self) -> dict[str, int]:
        """Rows in which each assumption was dropped, against what the row says."""
        return self._counted(lambda person: person.dropped)

    def _counted(self, of: Callable[[Person], Iterable[str]]) -> dict[str, int]:
        found = Counter[str]()
        for number, rows in self.rows.items():
            found.update(dict.fromkeys(of(self.people.kinds.things[number]), rows))
        return dict(sorted(found.items()))

    def undecided(self) -> int:
        return sum(n for i, n in self.rows.items() if not self.people.kinds.things[i].decision.decided)

    def outside(self) -> int:
        return sum(n for i, n in self.rows.items() if self.people.kinds.things[i].decision.outside)

    def firsts(self) -> dict[str, int]:
        """Rows of each first answer; two firsts count as « a b »."""
        return self._counted(lambda person: [" ".join(person.decision.first) or "?"])


@dataclass(slots=True, kw_only=True)
class Passage:
    """Everything a row meets on its way."""

    pieces: Pieces
    sink: Sink | None = None  # none where the rows are only looked at
    rejects: Rejects
    header: Sequence[str]
    lang: str
    origin: Origins = field(default_factory=Origins)
    defused: bool = False  # whether the rows were written defused
    identifier: int | None = (
        None  # the position of a column whose cells should be all different; every row passes all the same
    )
    tally: Tally = field(init=False)
    line: int = field(init=False, default=0)  # of the row that goes out
    tick: Callable[[], None] = lambda: None  # done every now and then
    _identifiers: set[str] = field(init=False, default_factory=set)
    _again: list[int] = field(init=False, default_factory=list)  # lines that repeat one

    def __post_init__(self) -> None:
        self.tally = Tally(self.pieces.people)

    def take(self, items: Iterable[Row | Reject]) -> None:
        """All rows of a file."""
        coming = iter(items)
        while some := list(islice(coming, TICK)):
            self.tick()
            self.pieces.forget()
            self.some(some)

    def some(self, items: Sequence[Row | Reject]) -> None:
        """Rows and rejects of the reader, in their order."""
        rows = [item for item in items if isinstance(item, Row)]
        cells = [restored_row(row.cells) if self.defused else row.cells for row in rows]
        answered = self.pieces.answer(cells, [row.notes for row in rows])
        found = zip(cells, answered.why, strict=True)
        going = zip(answered.persons, self.pieces.texts(answered), strict=True)
        for item in items:
            if isinstance(item, Reject):
                self.refuse(item)
                continue
            mine, number = next(found)
            why = self.pieces.people.refusals.things[number]
            person, suffix = (0, ()) if number else next(going)
            if self._still_broken(item):
                why = RefusedRow("CEP557", "", said("CEP557", {}, self.lang)[0])
            elif self.identifier is not None:
                self._look(mine[self.identifier].strip().casefold(), item.line)
            if why.code:
                self.rejects.add(self.origin(item.line), why.column, why.code, why.reason, item.raw)
                continue
            self.line = item.line
            if self.sink is not None:
                self.sink.row(mine, "" if self.defused else item.raw, suffix)
            self.tally.rows[person] += 1

    def _look(self, identifier: str, line: int) -> None:
        """Whether an identifier was met before."""
        if identifier in self._identifiers:
            self._again.append(self.origin(line))
        elif identifier and len(self._identifiers) < IDENTIFIERS_AT_MOST:
            self._identifiers.add(identifier)

    def repeated(self, file: str) -> tuple[Finding, ...]:
        """What is to be said of identifiers, once all rows are through."""
        if self.identifier is None or not self._again:
            return ()
        shown = ", ".join(map(str, self._again[:5])) + (", …" if len(self._again) > 5 else "")
        values = {"column": self.header[self.identifier], "count": str(len(self._again)), "lines": shown}
        place = Place(file=file, line=self._again[0])
        return (Finding(code="CEP561", values=values, place=place, severity="warning"),)

    def _still_broken(self, row: Row) -> bool:
        broken = self.origin.broken
        return bool(broken) and self.origin(row.line) in broken and STILL_BROKEN.search(row.raw) is not None

    def refuse(self, item: Reject) -> None:
        """A line the reader could not take."""
        name = ""
        if 0 < item.column <= len(self.header):
            name = self.header[item.column - 1] or str(item.column)
        reason = said(item.code, item.values, self.lang)[0]
        self.rejects.add(self.origin(item.line), name, item.code, reason, item.raw)
