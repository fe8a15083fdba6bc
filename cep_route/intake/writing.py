"""What comes out of a run: routed rows, rejects, manifest; all together or not at all. Never changes an input cell unless asked to
defuse it, never overwrites unasked, never follows a link, never lets a cell of ours or a reject start a formula.

A draft beside each target (created, never opened if it exists; readable by the owner only), flushed to the disk, renamed at the
end; the routed file comes last: where it stands, the others do. A lock beside each target keeps a second run out.
"""

from __future__ import annotations

import csv
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any, BinaryIO, Protocol
from unicodedata import normalize

from cep_route.model.answer import Finding

# ---------------------------------------------------------------------------------------------- formulas

# a cell that a spreadsheet may run: OWASP's list with LF and NUL, also after blanks or quotes
_FORMULA = re.compile("[\\s'\"]*[=+\\-@\t\r\n\0＝＋－＠]")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run a cell."""
    return _FORMULA.match(cell) is not None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
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

    def appended_bytes(self, cells: Sequence[str]) -> bytes:
        """`appended`, as it stands in the file: encoded once, written a million times."""
        return self.encode(self.appended(cells))

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


class Sink(Protocol):
    """Where rows go, in order."""

    def row(self, cells: Sequence[str], raw: str, suffix: Any) -> None: ...

    def close(self) -> Finding | None: ...


class Nowhere:
    """A sink that keeps nothing: the rows are only looked at."""

    def row(self, cells: Sequence[str], raw: str, suffix: Any) -> None:
        """Keep nothing."""

    def close(self) -> Finding | None:
        """Close nothing."""
        return None


class CsvSink:
    """CSV: the row's own text when nothing has to change in it, then what is appended."""

    def __init__(self, file: BinaryIO, dialect: Dialect, width: int, *, same: bool) -> None:
        self.file, self.dialect, self.width = file, dialect, width
        self.same = same  # the rows come in the dialect they leave in
        self._kept: list[bytes] = []
        self._newline = dialect.encode(dialect.newline)
        self._csv = csv.reader((), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True).dialect

    def header(self, raw: str, names: Sequence[str], added: Sequence[str]) -> None:
        text = raw.rstrip("\r\n") if self.same else self.dialect.cells(names)
        self.file.write(
            self.dialect.mark
            + self.dialect.encode(text + self.dialect.appended(added) + self.dialect.newline)
        )

    def row(self, cells: Sequence[str], raw: str, suffix: bytes) -> None:
        self._kept += (self.text(cells, raw).encode(self.dialect.codec), suffix, self._newline)
        if len(self._kept) > 3 * 1024:
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
        self.file.write(b"".join(self._kept))
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

    def row(self, cells: Sequence[str], raw: str, suffix: tuple[str, ...]) -> None:
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
HEADER_CODE = "header"  # of the row that keeps the header of the file


class Rejects:
    """The lines that did not go through, each with where, why, and its own text, so that they can be mended and fed back."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.count = 0
        self.places: list[tuple[int, str]] = []  # the first ones, for when no file is wanted
        self.by_code: dict[str, int] = {}
        self._file: BinaryIO | None = None
        self._open: Callable[[], BinaryIO] | None = None
        self._header = ("", 0)
        self._middles: dict[tuple[str, ...], str] = {}
        self._kept: list[str] = []

    def goes_to(self, opening: Callable[[], BinaryIO], header: str, line: int, *, now: bool) -> None:
        """Where rejects are written: at once, or when there is a first one."""
        self._open, self._header = opening, (header, line)
        if now:
            self._begin()

    def add(self, line: int, column: str, code: str, reason: str, raw: str) -> None:
        self.count += 1
        self.by_code[code] = self.by_code.get(code, 0) + 1
        if len(self.places) < 20:
            self.places.append((line, code))
        if self._file is None and self._open is not None:
            self._begin()
        if self._file is not None:
            self._write((str(line), column, code, reason), raw)

    def _begin(self) -> None:
        assert self._open is not None
        self._file = self._open()
        header, line = self._header
        self._file.write(
            self.dialect.mark
            + self.dialect.encode(self.dialect.delimiter.join(REJECTS) + self.dialect.newline)
        )
        shown = {"\t": "tab"}.get(self.dialect.delimiter, self.dialect.delimiter)
        self._write((str(line), shown, HEADER_CODE, ""), header)

    def _write(self, cells: tuple[str, ...], raw: str) -> None:
        assert self._file is not None
        dialect = self.dialect
        middle = self._middles.get(cells[1:])
        if middle is None:
            middle = self._middles[cells[1:]] = dialect.appended(cells[1:])
        text = raw.rstrip("\r\n")
        if not text.isprintable():
            text = dialect.fit(_legible(text))
        quoted = defused(text).replace(dialect.quote, dialect.quote * 2)
        self._kept.append(
            f"{cells[0]}{middle}{dialect.delimiter}{dialect.quote}{quoted}{dialect.quote}{dialect.newline}"
        )
        if len(self._kept) >= 4096:
            self.flush()

    def flush(self) -> None:
        """What was kept goes to the draft."""
        if self._file is not None and self._kept:
            self._file.write(self.dialect.encode("".join(self._kept)))
            self._kept.clear()


def _legible(raw: str) -> str:
    r"""Bytes that no letter stands for are shown as `\xE9`; a NUL too, or the line could not be read back."""
    if raw.isprintable():
        return raw
    return "".join(
        f"\\x{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else "\\x00" if c == "\0" else c for c in raw
    )


STILL_BROKEN = re.compile(
    r"\\x(?:[89a-f][0-9a-f]|00)", re.IGNORECASE
)  # a byte shown by its number is still there


# ---------------------------------------------------------------------------------------------- together


class Outputs:
    """The files of one run: drafts until `commit`, nothing after `abandon`."""

    def __init__(self, *, force: bool) -> None:
        self.force = force
        self._drafts: dict[str, tuple[str, BinaryIO]] = {}
        self._locks: list[str] = []

    def claim(self, targets: Sequence[str], source: str) -> Finding | None:
        """Whether these files may be written by this run; from then on no other run may."""
        seen: dict[str, str] = {}
        for target in targets:
            place = os.path.join(os.path.realpath(os.path.dirname(target) or "."), os.path.basename(target))
            if place in seen:
                return Finding(code="CEP541", values={"file": target})
            seen[place] = target
            fault = _refused(target, source, force=self.force)
            if fault:
                return fault
        for target in targets:
            fault = self._lock(target)
            if fault:
                return fault
        return None

    def open(self, target: str) -> BinaryIO:
        """The draft of a target."""
        draft = f"{target}.{os.getpid()}.tmp"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(handle, "wb", buffering=1 << 20)
        self._drafts[target] = (draft, file)
        return file

    def draft(self, target: str) -> str:
        """The path of a draft, for a library that opens it by itself (it exists and is empty)."""
        self.open(target)
        return self._drafts[target][0]

    def commit(self, last: str | None) -> Finding | None:
        """Flush, then rename, `last` at the end. On any failure nothing new is left."""
        target = ""
        try:
            for target, (draft, file) in self._drafts.items():  # noqa: B007 - named if it fails
                file.flush()
                os.fsync(file.fileno())
                file.close()
                _sync(draft)  # a library may have written it by another handle
            done: list[str] = []
            try:
                for target in sorted(self._drafts, key=lambda t: t == last):
                    self._appear(self._drafts[target][0], target)
                    done.append(target)
            except BaseException:
                if not self.force:  # what was there before is not ours to bring back
                    for name in done:
                        os.unlink(name)
                raise
            for folder in {os.path.dirname(t) or "." for t in self._drafts}:
                _sync(folder)
            self._drafts.clear()
        except FileExistsError:
            return Finding(code="CEP524", values={"file": target})
        except OSError as error:
            return unwritable(target, error)
        finally:
            self.abandon()
        return None

    def _appear(self, draft: str, target: str) -> None:
        if self.force:
            os.replace(draft, target)
            return
        try:
            os.link(draft, target)  # fails where a file appeared meanwhile; a rename would replace it
        except FileExistsError:
            raise
        except OSError:  # no links on this disk
            if os.path.lexists(target):
                raise FileExistsError(target) from None
            os.rename(draft, target)
            return
        os.unlink(draft)

    def abandon(self) -> None:
        """Leave nothing behind."""
        for draft, file in self._drafts.values():
            with suppress(OSError):  # a full disk fails once more at close; the draft goes anyway
                file.close()
            _unlink(draft)
        self._drafts.clear()
        for lock in self._locks:
            _unlink(lock)
        self._locks.clear()

    def _lock(self, target: str) -> Finding | None:
        lock = f"{target}.lock.tmp"
        for _ in range(2):
            try:
                handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                if not _left_behind(lock, target):
                    return Finding(code="CEP542", values={"file": target})
                continue
            except OSError as error:
                return unwritable(target, error)
            self._locks.append(lock)
            os.write(handle, str(os.getpid()).encode())
            os.close(handle)
            return None
        return Finding(code="CEP542", values={"file": target})


def unwritable(target: str, error: OSError) -> Finding:
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    return Finding(code="CEP525", values={"file": target, "why": why})


def _refused(target: str, source: str, *, force: bool) -> Finding | None:
    try:
        there = os.lstat(target)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return unwritable(target, error if isinstance(error, OSError) else OSError(22, "EINVAL"))
    if source != "-":
        with suppress(OSError):  # the input is refused on its own account; a dangling link is no input
            if os.path.samestat(os.stat(source), os.stat(target)):
                return Finding(code="CEP540", values={"file": target})
    if not (stat.S_ISREG(there.st_mode) or stat.S_ISLNK(there.st_mode)):
        return Finding(code="CEP548", values={"file": target})
    return None if force else Finding(code="CEP524", values={"file": target})


def _left_behind(lock: str, target: str) -> bool:
    """Whether the run that held a lock is gone; then its lock and its draft go too."""
    try:
        with open(lock, "rb") as file:
            pid = int(file.read(20) or b"0")
        if pid <= 0 or _alive(pid):
            return False
        aside = f"{lock}.{os.getpid()}"
        os.rename(lock, aside)  # of two runs that see it, one gets it
        os.unlink(aside)
        _unlink(f"{target}.{pid}.tmp")
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return  # some systems open no folder
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (22, 95):  # EINVAL, ENOTSUP: this disk has nothing to flush
            raise
    finally:
        os.close(handle)


def _unlink(path: str) -> None:
    with suppress(OSError):  # already gone
        os.unlink(path)


def standard_output() -> BinaryIO:
    """stdout as bytes."""
    sys.stdout.flush()
    return sys.stdout.buffer
