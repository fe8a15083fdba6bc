"""Bytes of whole lines, looked at with numpy: where each line and each cell ends, and which lines are not plainly clean. Never makes a
text of a cell, never judges a line that is not plainly clean: it says which ones want the plain reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cep_route.intake.decoding import Lines
from cep_route.intake.met import Cut

LF, CR, QUOTE, BACKSLASH, APOSTROPHE = 10, 13, 34, 92, 39
# what a first cell may begin with and want a look: blanks, marks, the first byte of any blank beyond ASCII
FIRST_BYTES = (9, 11, 12, 28, 29, 30, 31, 32, CR, LF, APOSTROPHE, QUOTE, 0x85, 0xA0, 0xC2, 0xE1, 0xE2, 0xE3, 0xEF)  # fmt: skip
_SECOND_BYTES = (*FIRST_BYTES, 0x80, 0x81, 0x9A)
_FIGURE = re.compile(rb"[0-9]")
# lines that may be a total: they want a look
SUMS = re.compile(
    rb"(?im)^[\"' ]*(?:sous|sub|grand|tota|nombre|nbr?e?\\b|effectif|age moy|\xc3.ge moy|moyen|m.{1,2}dian|somme|cumul|dont|taux|pourc|.{1,2}cart|"
    rb"ensemble|average|mean|sum|count|%)"
)
_TOGETHER = 32  # lines of a block asked together whether they are legible


@dataclass(slots=True)
class Block:
    """Some whole lines. `careful`: all of them go through the plain reader; else `starts` and `stops` bound each line's text, and
    those that are not `odd` are cut in cells.
    """

    raw: bytes
    careful: list[str] | None = None
    first: int = 0  # number of its first line
    lines: int = 0
    odd: list[int] = field(default_factory=list)  # lines that want a look, in order
    starts: Any = None
    stops: Any = None
    ends: Any = None  # where each line end is
    empty: frozenset[int] = frozenset()  # odd lines that are blank, and matter to no line after them
    kept: Any = None  # the lines that are not odd, in order; None for all
    cuts: Any = None  # for each column, where its cell ends in each kept line
    decoded: Callable[[bytes], list[str]] | None = None  # how its lines are made text
    codec: str = ""  # where every line is legible: how one is made text

    def texts(self, start: int, stop: int) -> list[str]:
        """Some physical lines as text, their ends included."""
        if self.careful is not None:
            return self.careful[start:stop]
        assert self.decoded is not None  # it was looked at
        if self.codec and stop == start + 1:
            return [self.raw[int(self.starts[start]) : int(self.ends[start]) + 1].decode(self.codec)]
        return self.decoded(self.raw[int(self.starts[start]) : int(self.ends[stop - 1]) + 1])

    def of_kept(self, bounds: Any) -> Any:
        """`starts` or `stops`, of the kept lines only."""
        return bounds if self.kept is None else bounds[self.kept]

    def column(self, at: int, raw: bytes) -> Cut:
        """The cells of a column of the kept lines, their quotes included; `raw`: the block, `padded`."""
        starts = self.cuts[at - 1] + 1 if at else self.of_kept(self.starts).astype("i4")
        return Cut(raw=raw, starts=starts, sizes=self.cuts[at] - starts)


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
        self._blanks = self._marked(set(FIRST_BYTES) - {CR, LF, APOSTROPHE})
        self._after_cell = self._marked((cut, LF, QUOTE, *((CR,) if crlf else ())))
        self._before_cell = self._marked((cut, LF, QUOTE))

    def _marked(self, values: Iterable[int]) -> Any:
        marks = self.np.zeros(256, bool)
        marks[list(values)] = True
        return marks

    def look(self, block: Block) -> None:
        """Find the lines of a block, those that are odd, and the cells of the others."""
        np, raw = self.np, block.raw
        block.decoded = self.lines.texts
        block.codec = self.codec if self.lines.keeps == "all" else ""
        returns, pairs = (raw.count(b"\r"), raw.count(b"\r\n")) if b"\r" in raw else (0, 0)
        if returns != pairs or not raw.endswith(b"\n") or (pairs and not self.crlf):
            # a return alone ends a line too; the last line may have no end: the plain reader knows
            block.careful = self.lines.texts(raw)
            block.lines = len(block.careful)
            return
        buffer = np.frombuffer(raw, np.uint8)
        newlines, delimiters = buffer == LF, buffer == self.delimiter
        cuts = np.flatnonzero(newlines | delimiters)
        lasts = np.flatnonzero(newlines[cuts])
        cells = np.diff(lasts, prepend=-1)  # how many each line has, if no cell holds a delimiter
        ends = block.ends = cuts[lasts]
        starts = block.starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        stops = ends - (buffer[np.maximum(ends - 1, 0)] == CR) if pairs else ends
        block.stops, block.lines = np.maximum(stops, starts), len(ends)
        odd = (ends - starts) > self.cell_limit
        within = self._within_quotes(block, buffer, cuts, odd)
        if len(within):
            per_line = np.bincount(np.searchsorted(lasts, within), minlength=block.lines)
            odd |= cells - per_line != self.width
        else:
            odd |= cells != self.width
        self._odd_firsts(block, buffer, odd)
        for found in SUMS.finditer(raw):
            odd[np.searchsorted(ends, found.start())] = True
        apostrophes = (buffer[1:] == APOSTROPHE) & delimiters[:-1]
        if apostrophes.any():  # a cell begins with one
            odd[np.searchsorted(ends, np.flatnonzero(apostrophes))] = True
        self._illegible(block, odd)
        if len(within) or odd.any():
            left = np.repeat(~odd, cells)
            left[within] = False
            cuts = cuts[left]
        self._cut(block, cuts, odd)
        self._odd_empties(block, buffer, odd)
        block.odd = np.flatnonzero(odd).tolist()
        block.empty = frozenset(self._empty(block, odd))

    def _empty(self, block: Block, odd: Any) -> Iterator[int]:
        """Blank lines before a row whose first cell holds a figure: under any other a blank line may announce another table."""
        raw, blanks = block.raw, b" \t" + bytes((self.delimiter,))
        short = odd & (block.stops - block.starts <= 2 * self.width)
        for i in self.np.flatnonzero(short[:-1] & ~odd[1:]).tolist():
            following = raw[int(block.starts[i + 1]) : int(block.stops[i + 1])]
            if not raw[int(block.starts[i]) : int(block.stops[i])].strip(blanks) and _FIGURE.search(
                following.split(blanks[2:], 1)[0]
            ):
                yield i

    def _cut(self, block: Block, cuts: Any, odd: Any) -> None:
        """The cells of the lines that are not odd."""
        np = self.np
        block.kept = np.flatnonzero(~odd) if odd.any() else None
        block.cuts = cuts.reshape(-1, self.width).T.astype(np.int32, order="C")
        block.cuts[-1] = block.of_kept(block.stops)

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

    def _within_quotes(self, block: Block, buffer: Any, cuts: Any, odd: Any) -> Any:
        """Which of `cuts` stand inside a quoted cell; lines whose quotes do not all open at a delimiter, double, or close before one
        are odd.
        """
        np = self.np
        if b'"' not in block.raw:
            return np.zeros(0, np.int64)
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
        quotes = quotes[~odd[of_line]]
        first, past = np.searchsorted(cuts, quotes[0::2]), np.searchsorted(cuts, quotes[1::2])
        count = past - first
        return np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())

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
        """Lines whose second and last cells are both empty, or may be blank: a title or a total may stand alone in the first."""
        np, cuts = self.np, block.cuts
        alone = np.ones(cuts.shape[1], bool)
        for at in (1, -1):
            starts = cuts[at - 1] + 1
            # a quote opens a cell, and one more closes an empty one
            within = starts + (buffer[starts] == QUOTE)
            alone &= (cuts[at] == starts) | self._blanks[buffer[within]]
        if alone.any():
            rows = np.flatnonzero(alone)
            odd[rows if block.kept is None else block.kept[rows]] = True
            block.cuts = np.delete(cuts, rows, axis=1)
            block.kept = np.flatnonzero(~odd)
