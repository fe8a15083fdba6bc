"""Bytes of whole lines, looked at with numpy: where each ends, and which are not plainly clean. Never parses a cell, never judges a
line that is not plainly clean: it says which ones want the plain reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cep_route.intake.decoding import Lines

LF, CR, QUOTE, BACKSLASH, APOSTROPHE = 10, 13, 34, 92, 39
# what a first cell may begin with and want a look: blanks, marks, the first byte of any blank beyond ASCII
FIRST_BYTES = (9, 11, 12, 28, 29, 30, 31, 32, CR, LF, APOSTROPHE, QUOTE, 0x85, 0xA0, 0xC2, 0xE1, 0xE2, 0xE3, 0xEF)  # fmt: skip
_SECOND_BYTES = (*FIRST_BYTES, 0x80, 0x81, 0x9A)
_TOGETHER = 32  # lines of a block asked together whether they are legible
_FIRST_CELL = 64  # bytes in which the end of a first cell is looked for at sight


@dataclass(slots=True)
class Block:
    """Some whole lines. `careful`: all of them go through the plain reader; else `starts` and `stops` bound each line's text."""

    raw: bytes
    careful: list[str] | None = None
    first: int = 0  # number of its first line
    lines: int = 0
    odd: list[int] = field(default_factory=list)  # lines that want a look, in order
    starts: Any = None
    stops: Any = None
    ends: Any = None  # where each line end is
    decoded: Callable[[bytes], list[str]] | None = None  # how its lines are made text

    def texts(self, start: int, stop: int) -> list[str]:
        """Some physical lines as text, their ends included."""
        if self.careful is not None:
            return self.careful[start:stop]
        assert self.decoded is not None  # it was looked at
        return self.decoded(self.raw[int(self.starts[start]) : int(self.ends[stop - 1]) + 1])

    def without_odd(self) -> Any:
        """The bytes without the odd lines, and which lines are left (None for all)."""
        import numpy as np

        if not self.odd:
            return self.raw, None
        view, pieces, start = memoryview(self.raw), [], 0
        for i in self.odd:
            begin = int(self.starts[i])
            if begin > start:
                pieces.append(view[start:begin])
            start = int(self.ends[i]) + 1
        pieces.append(view[start:])
        mask = np.ones(self.lines, bool)
        mask[self.odd] = False
        return b"".join(pieces), np.flatnonzero(mask)


class Sight:
    """What is seen of a block at once. `names`: first cells that make a row need a look; `cell_limit`: bytes of a line within it."""

    def __init__(
        self, lines: Lines, *, delimiter: str, width: int, crlf: bool, names: Iterable[str], cell_limit: int
    ) -> None:
        import numpy as np

        self.np = np
        self.lines, self.codec = lines, lines.encoding
        self.delimiter, self.width, self.crlf = ord(delimiter), width, crlf
        self.cell_limit = cell_limit
        self._names = frozenset(name.encode(self.codec, "replace") for name in names if name)
        cut = self.delimiter
        self._firsts = self._marked((*FIRST_BYTES, cut))
        self._name_firsts = self._marked((*FIRST_BYTES, cut, *(name[0] for name in self._names)))
        self._seconds = self._marked(
            (*_SECOND_BYTES, cut, *(name[1] for name in self._names if len(name) > 1))
        )
        if any(len(name) == 1 for name in self._names):
            self._seconds[:] = True
        self._after_cell = self._marked((cut, LF, QUOTE, *((CR,) if crlf else ())))
        self._before_cell = self._marked((cut, LF, QUOTE))

    def _marked(self, values: Iterable[int]) -> Any:
        marks = self.np.zeros(256, bool)
        marks[list(values)] = True
        return marks

    def look(self, block: Block) -> None:
        """Find the lines of a block, and those that are odd."""
        np, raw = self.np, block.raw
        block.decoded = self.lines.texts
        returns, pairs = (raw.count(b"\r"), raw.count(b"\r\n")) if b"\r" in raw else (0, 0)
        if returns != pairs or not raw.endswith(b"\n") or (pairs and not self.crlf):
            # a return alone ends a line too; the last line may have no end: the plain reader knows
            block.careful = self.lines.texts(raw)
            block.lines = len(block.careful)
            return
        buffer = np.frombuffer(raw, np.uint8)
        ends = np.flatnonzero(buffer == LF)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        stops = ends - (buffer[np.maximum(ends - 1, 0)] == CR) if pairs else ends
        block.starts, block.stops, block.ends, block.lines = (
            starts,
            np.maximum(stops, starts),
            ends,
            len(ends),
        )
        odd = np.zeros(len(ends), bool)
        self._odd_quotes(block, buffer, odd)
        self._odd_firsts(block, buffer, odd)
        self._odd_empties(block, buffer, odd)
        self._odd_apostrophes(block, buffer, odd)
        self._illegible(block, odd)
        if int((ends - starts).max()) > self.cell_limit:
            odd |= (ends - starts) > self.cell_limit
        block.odd = np.flatnonzero(odd).tolist()

    def _illegible(self, block: Block, odd: Any) -> None:
        """Lines with a NUL, or with a byte that may be no letter."""
        np, raw, lines = self.np, block.raw, self.lines
        if lines.has_nul and 0 in raw:
            odd[np.searchsorted(block.ends, np.flatnonzero(np.frombuffer(raw, np.uint8) == 0))] = True
        if lines.legible(raw):
            return
        starts, ends = block.starts.tolist(), block.ends.tolist()
        for first in range(0, block.lines, _TOGETHER):
            some = range(first, min(first + _TOGETHER, block.lines))
            if not lines.legible(raw[starts[first] : ends[some[-1]] + 1]):
                for i in some:
                    if not lines.legible(raw[starts[i] : ends[i] + 1]):
                        odd[i] = True

    def odd_widths(self, block: Block) -> None:
        """Lines with more or fewer cells than the header, for encodings in which the parser cannot show them."""
        np, raw, ends = self.np, block.raw, block.ends
        buffer = np.frombuffer(raw, np.uint8)
        odd = np.zeros(block.lines, bool)
        odd[block.odd] = True
        delimiter = bytes((self.delimiter,))
        counts = np.diff(np.searchsorted(np.flatnonzero(buffer == self.delimiter), ends), prepend=0)
        doubtful = counts != self.width - 1
        if b'"' in raw:
            doubtful[np.searchsorted(ends, np.flatnonzero(buffer == QUOTE))] = True
        for i in np.flatnonzero(doubtful & ~odd).tolist():
            outside = raw[int(block.starts[i]) : int(ends[i])].split(b'"')[::2]
            odd[i] = sum(part.count(delimiter) for part in outside) != self.width - 1
        block.odd = np.flatnonzero(odd).tolist()

    def _odd_quotes(self, block: Block, buffer: Any, odd: Any) -> None:
        """Lines whose quotes do not all open at a delimiter, double, or close before one."""
        np = self.np
        if b'"' not in block.raw:
            return
        quotes = np.flatnonzero(buffer == QUOTE)
        of_line = np.searchsorted(block.ends, quotes)
        per_line = np.bincount(of_line, minlength=block.lines)
        odd |= per_line % 2 == 1
        before = buffer[np.maximum(quotes - 1, 0)]
        before[quotes == 0] = LF
        after = buffer[quotes + 1]  # a block ends with a line end
        # the place of a quote in its line
        firsts = np.cumsum(per_line) - per_line
        opens = (np.arange(len(quotes)) - firsts[of_line]) % 2 == 0
        ill = np.where(opens, ~self._before_cell[before], ~self._after_cell[after]) | (before == BACKSLASH)
        # a doubled quote is a closing one then an opening one; two that open and close side by side are an empty cell
        odd[of_line[ill]] = True

    def _odd_firsts(self, block: Block, buffer: Any, odd: Any) -> None:
        """Lines whose first cell is empty, blank, an apostrophe's, or the name of a column."""
        np, raw = self.np, block.raw
        delimiter = bytes((self.delimiter,))
        doubtful = np.flatnonzero(self._name_firsts[buffer[block.starts]] & ~odd)
        if len(doubtful) > block.lines // 4 and self._names:
            # of many lines, those whose second byte too may begin a name or needs a look
            at = block.starts[doubtful]
            second = buffer[np.minimum(at + 1, len(buffer) - 1)]
            doubtful = doubtful[self._seconds[second] | self._firsts[buffer[at]]]
        for i in doubtful.tolist():
            start, end = int(block.starts[i]), int(block.stops[i])
            cell = raw[start:end].split(delimiter, 1)[0]
            if cell[:1] == b'"':
                cell = raw[start + 1 : max(raw.find(b'"', start + 1, end), start + 1)]
            if (
                not cell
                or cell[0] == APOSTROPHE
                or cell in self._names
                or cell.decode(self.codec, "replace").isspace()
            ):
                odd[i] = True

    def _odd_empties(self, block: Block, buffer: Any, odd: Any) -> None:
        """Lines whose second and last cells are both empty: a title or a total may stand alone in the first."""
        np, starts, stops = self.np, block.starts, block.stops
        last = buffer[np.maximum(stops - 1, 0)]
        empty = last == self.delimiter
        closed = np.flatnonzero(last == QUOTE)
        empty[
            closed[
                (buffer[stops[closed] - 2] == QUOTE)
                & (buffer[np.maximum(stops[closed] - 3, 0)] == self.delimiter)
            ]
        ] = True
        doubtful = np.flatnonzero(empty & ~odd)
        if not len(doubtful):
            return
        quoted = buffer[starts[doubtful]] == QUOTE
        odd[doubtful[quoted]] = True  # where the first cell ends is not known at sight
        doubtful = doubtful[~quoted]
        top = len(buffer) - 1
        window = buffer[np.minimum(starts[doubtful][:, None] + np.arange(_FIRST_CELL), top)] == self.delimiter
        odd[doubtful[~window.any(axis=1)]] = True  # a long first cell: nor here
        second = starts[doubtful] + window.argmax(axis=1) + 1
        one, two, three = (buffer[np.minimum(second + i, top)] for i in range(3))
        bare = (one != QUOTE) & self._after_cell[one]
        marks = (one == QUOTE) & (two == QUOTE) & (three != QUOTE) & self._after_cell[three]
        odd[doubtful[bare | marks]] = True

    def _odd_apostrophes(self, block: Block, buffer: Any, odd: Any) -> None:
        """Lines with a cell that begins with an apostrophe."""
        if APOSTROPHE in block.raw:
            at = self.np.flatnonzero(buffer == APOSTROPHE)
            at = at[buffer[self.np.maximum(at - 1, 0)] == self.delimiter]
            odd[self.np.searchsorted(block.ends, at)] = True
