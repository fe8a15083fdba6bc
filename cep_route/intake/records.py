"""Physical lines to records: where a quoted cell that holds line ends stops. Never knows a column's name, never looks
further than a fixed number of lines, never joins what a stray quote would join.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import NamedTuple

from cep_route.intake.decoding import Limits

OPEN = "CEP433"  # the quote never closes
TEXT_AFTER = "CEP432"  # text after a closing quote
CONTEXT = 8  # physical lines before and after a record by which it may be judged


class Records:
    """A queue of physical lines that gives records and takes lines back."""

    def __init__(
        self, chunks: Iterator[Sequence[str]], delimiter: str, quote: str, limits: Limits, escape: str = ""
    ) -> None:
        self.chunks, self.limits, self.escape = chunks, limits, escape
        self.delimiter, self.quote = delimiter, quote
        self.lines: Sequence[str] = []
        self.at = 0  # the next line to take
        self.start = 0  # the first line of the record in hand
        self.number = 0  # the line last taken, counted from 1
        # before a quote only: « \\, » is text
        self._escaped = (
            re.compile(rf"(?<!{re.escape(escape)})((?:{re.escape(escape * 2)})*){re.escape(escape + quote)}")
            if escape
            else None
        )
        # blanks around quotes are no text, but where quotes may be escaped they are
        blanks = "" if escape else "[" + " \t".replace(delimiter, "") + "]*"
        mark, cut = re.escape(quote), re.escape(delimiter)
        self._opens = re.compile(rf"{blanks}{mark}")
        self._inside = re.compile(rf"(?:[^{mark}]|{mark}{mark})*+")
        self._closes = re.compile(rf"{mark}{blanks}(?:({cut})|[\r\n]*\Z)")
        self._plain = re.compile(rf"[^{cut}\r\n]*")

    def fill(self) -> bool:
        """Bring the next block; False at the end of the file."""
        for chunk in self.chunks:
            kept = max(min(self.start, self.at) - CONTEXT, 0)
            self.lines = [*self.lines[kept:], *chunk]
            self.at -= kept
            self.start -= kept
            return True
        return False

    def begin(self) -> None:
        """The next line begins a record."""
        self.start = self.at

    def before(self) -> Sequence[str]:
        """The physical lines before the record in hand, the nearest last."""
        return self.lines[max(self.start - CONTEXT, 0) : self.start]

    def after(self) -> Sequence[str]:
        """The physical lines after the lines taken, none of them taken."""
        while len(self.lines) - self.at < CONTEXT and self.fill():
            pass
        return self.lines[self.at : self.at + CONTEXT]

    def take(self) -> str | None:
        if self.at == len(self.lines) and not self.fill():
            return None
        self.at += 1
        self.number += 1
        return self.lines[self.at - 1]

    def cells(self, first: str) -> tuple[list[str], int, str]:
        """The record that begins on the line just taken: cells, lines it runs over, and the fault if it has one.

        Without fault its other lines are taken too. With one nothing more is taken: the caller rejects the first line
        and reads on, and the second value is how many lines were looked at.
        """
        if self.quote not in first:
            return first.rstrip("\r\n").split(self.delimiter), 1, ""
        cells, span, fault = self._parsed(self._ahead(self._usual(first)), [])
        if not fault:
            self.at += span - 1
            self.number += span - 1
        return cells, span, fault

    def alone(self, line: str) -> list[str] | None:
        """The cells of a line read by itself, None when it is not a whole record."""
        if self.quote not in line:
            return line.rstrip("\r\n").split(self.delimiter)
        cells, _, fault = self._parsed((self._usual(line),), [])
        return None if fault else cells

    def _usual(self, line: str) -> str:
        """The line with its quotes doubled where they were escaped."""
        return self._escaped.sub(lambda found: found[1] + self.quote * 2, line) if self._escaped else line

    def _ahead(self, first: str) -> Iterator[str]:
        """The line just taken and those after it, not taken, as far as one record may run."""
        yield first
        size, ahead = len(first), 0
        while ahead < self.limits.record_lines and size <= self.limits.line:
            if self.at + ahead == len(self.lines) and not self.fill():
                return
            line = self._usual(self.lines[self.at + ahead])
            ahead += 1
            size += len(line)
            yield line

    def unquoted(self, raw: str) -> list[str]:
        """The cells of a whole record that stand without quotes."""
        found: list[str] = []
        self._parsed(StringIO(raw, newline=""), found)
        return found

    def _parsed(self, lines: Iterable[str], unquoted: list[str]) -> tuple[list[str], int, str]:
        """The cells of a record, the lines it runs over or that were looked at, and its fault. `unquoted` takes the cells without quotes."""
        # INVARIANT: time stays linear though these lines are read again. A line inside an open quote holds quotes in
        # pairs only, so it cannot open one itself: the next look ahead starts where this one stopped.
        cells: list[str] = []
        inside: list[str] | None = None  # the pieces of the quoted cell we are in
        span = 0
        for span, line in enumerate(lines, 1):
            at = 0
            while True:
                if inside is None and (opening := self._opens.match(line, at)):
                    inside, at = [], opening.end()
                if inside is None:
                    plain = self._plain.match(line, at)
                    assert plain is not None  # it may be empty
                    cells.append(plain.group())
                    unquoted.append(plain.group())
                    at = plain.end()
                    if line[at : at + 1] != self.delimiter:
                        return cells, span, ""
                    at += 1
                    continue
                text = self._inside.match(line, at)
                assert text is not None
                inside.append(text.group())
                if text.end() == len(line):
                    break  # the cell goes on, on the next line
                closing = self._closes.match(line, text.end())
                if closing is None:
                    return [], span, TEXT_AFTER
                cells.append("".join(inside).replace(self.quote * 2, self.quote))
                inside, at = None, closing.end()
                if closing.group(1) is None:
                    return cells, span, ""
        return [], span, OPEN


class Record(NamedTuple):
    line: int
    span: int
    cells: list[str]
    fault: str


def read_all(
    lines: list[str], delimiter: str, quote: str, limits: Limits, escape: str = ""
) -> Iterator[Record]:
    """Every record of a few lines, for whoever must decide what the file is."""
    source = Records(iter([lines]), delimiter, quote, limits, escape)
    while (line := source.take()) is not None:
        number = source.number
        cells, span, fault = source.cells(line)
        yield Record(number, 1 if fault else span, cells, fault)
