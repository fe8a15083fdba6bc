"""Many lines cut at once: which are plainly common rows, and the cells of these, column by column. Never judges a line that is not
plainly common: it says which ones want a close look.

A line costs some steps of the interpreter for each thing that is asked of it. Here each thing is asked of many lines in one step,
and they are cut in one step too. Where the bytes of ASCII are ASCII's they are not even decoded: a byte stands for a letter, and
only what is met for the first time, or wants a close look, becomes text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from cep_route.intake.decoding import ASCII_LIKE, BLOCK, Lines, LongLine, whole_blocks
from cep_route.intake.records import Records
from cep_route.intake.twin import BEGUN, Run, Twin, is_its

_UNREADABLE = re.compile("[\0\udc80-\udcff]")


class Own(str):
    """A line of text that brings its own end, or none, where most lines of its file have another."""

    __slots__ = ()


class Texts:
    """Lines that wait as text, without the end that most lines of the file have.

    `text` gives a line back with its end; `cell` the text of one of its cells; `codec` encodes what waits.
    """

    def __init__(self, lines: Lines, end: str, codec: str) -> None:
        self._lines, self._end, self.codec = lines, end, codec

    def chunks(self) -> Iterator[Sequence[str]]:
        for chunk in self._lines.chunks():
            bare = [line.rstrip("\r\n") for line in chunk]
            if {line[len(text) :] for line, text in zip(chunk, bare, strict=True)} != {self._end}:
                bare = [
                    text if line[len(text) :] == self._end else self._own(line)
                    for line, text in zip(chunk, bare, strict=True)
                ]
            yield bare

    def done(self, _line: int) -> Run | None:
        """The rows from a line on that were worked on ahead, if any."""
        return None

    def text(self, line: str) -> str:
        return line + self._end if line.__class__ is str else line

    def cell(self, cell: str) -> str:
        return cell

    def waiting(self, text: str) -> str | None:
        """How a text would wait; None when it never could."""
        return text

    def illegible(self, lines: list[str]) -> list[int]:
        """The places of lines with a NUL or a byte that is no letter."""
        return [i for i, line in enumerate(lines) if _UNREADABLE.search(line)]

    def _own(self, line: str) -> str:
        return line if isinstance(line, LongLine) else Own(line)


class Letters(Texts):
    """The same, each byte a letter of its own."""

    def __init__(self, lines: Lines, end: str) -> None:
        super().__init__(lines, end, "latin-1")
        self._tail = end.encode()
        self.twin: Twin | None = None  # who works ahead
        self.company: Callable[[], Twin | None] | None = None  # how it comes

    @staticmethod
    def suit(lines: Lines, end: str, delimiter: str, quote: str) -> bool:
        """Whether lines and cells can be told apart, and names compared, before anything is decoded."""
        return (
            not lines.recoded
            and lines.encoding in ASCII_LIKE
            and end in ("\n", "\r\n")
            and (delimiter + quote).isascii()
        )

    def chunks(self) -> Iterator[Sequence[str]]:
        for number, (block, overlong) in enumerate(self._blocks()):
            if number == BEGUN and self.company is not None:
                self.twin = self.company()
            if overlong:
                yield [self._long(block)]
            elif self.twin is not None and is_its(number):
                self.twin.wait()
                yield _Uncut(self, block)
            else:
                yield self.cut(block)

    def ahead(self) -> Iterator[tuple[int, list[str]]]:
        """The first line and the lines of each block that is a second process's."""
        line = 1
        for number, (block, overlong) in enumerate(self._blocks()):
            if is_its(number) and not overlong:
                yield line, self.cut(block)
            line += 1 if overlong else _count(block)

    def _blocks(self) -> Iterator[tuple[bytes, bool]]:
        return whole_blocks(self._lines, BLOCK, first=BLOCK)

    def _long(self, line: bytes) -> LongLine:
        lines = self._lines
        beginning = line[: lines.limits.cell * 4].decode(lines.encoding, "replace")
        return LongLine(beginning[: lines.limits.cell + 1])

    def _text(self, line: bytes) -> str:
        """A line as text. Over the limit it is shortened here if its block held all of it."""
        too_long = len(line.rstrip(b"\r\n")) > self._lines.limits.line
        return self._long(line) if too_long else self._lines.texts(line)[0]

    def done(self, line: int) -> Run | None:
        return None if self.twin is None else self.twin.run(line)

    def cut(self, block: bytes) -> list[str]:
        """The lines of some whole lines' bytes."""
        tail, returns = self._tail, block.count(b"\r") if b"\r" in block else 0
        pairs = returns and len(tail) > 1 and block.count(tail)
        if block.endswith(tail) and returns == pairs and (len(tail) == 1 or pairs == block.count(b"\n")):
            # no other line end in it
            found = block.decode(self.codec).split(self._end)
            found.pop()  # what follows the last end: nothing
            return found
        return [
            line[: -len(tail)].decode(self.codec)
            if line.endswith(tail) and (len(tail) > 1 or not line.endswith(b"\r\n"))
            else self._own(self._text(line))
            for line in block.splitlines(keepends=True)
        ]

    def text(self, line: str) -> str:
        if line.__class__ is not str:
            return line
        return self._text(line.encode(self.codec) + self._tail)

    def cell(self, cell: str) -> str:
        return cell if cell.isascii() else cell.encode(self.codec).decode(self._lines.encoding)

    def waiting(self, text: str) -> str | None:
        try:
            return text.encode(self._lines.encoding).decode(self.codec)
        except UnicodeEncodeError:
            return None

    def illegible(self, lines: list[str]) -> list[int]:
        legible, codec = self._lines.legible, self.codec
        if legible("\n".join(lines).encode(codec)):
            return [i for i, line in enumerate(lines) if "\0" in line]
        return [i for i, line in enumerate(lines) if "\0" in line or not legible(line.encode(codec))]


class _Uncut(Sequence[str]):
    """The lines of a block, cut when somebody wants to see one."""

    def __init__(self, letters: Letters, block: bytes) -> None:
        self._letters, self._block, self._count = letters, block, _count(block)
        self._lines: list[str] = []

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if not self._lines:
            self._lines = self._letters.cut(self._block)
        return self._lines[at]


def _count(block: bytes) -> int:
    """The physical lines in some whole lines' bytes."""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return len(block.splitlines())
    return block.count(b"\n") + (not block.endswith(b"\n"))


class Stretch(NamedTuple):
    """Common rows on lines that follow each other, the first on line `first`, as they wait in the queue (`Rows.waiting`).

    `lines`: each row's own text without its end; `columns`: for each position that was asked for, the cell of each row; `padded`:
    for the place of each row with fewer cells than the header, those it has.
    """

    first: int
    lines: list[str]
    columns: dict[int, list[str]]
    padded: dict[int, list[str]]

    @property
    def rows(self) -> int:
        return len(self.lines)


class Cut(NamedTuple):
    """Some lines that follow each other, the first on line `first`.

    `odd`: the places of those that want a close look, in order; `columns`: for each position that was asked for, the cells of all of
    them (those of odd lines mean nothing); `padded`: for each place of a row with fewer cells than the header, all its cells.
    """

    first: int
    lines: list[str]
    odd: list[int]
    columns: dict[int, list[str]]
    padded: dict[int, list[str]]

    def stretch(self, line: int) -> Stretch | None:
        """The common rows from a line on; None when that line wants a look."""
        start, lines = line - self.first, len(self.lines)
        following = bisect_left(self.odd, start)
        stop = self.odd[following] if following < len(self.odd) else lines
        if start == stop:
            return None
        if stop - start == lines:
            return Stretch(line, self.lines, self.columns, self.padded)
        columns = {at: column[start:stop] for at, column in self.columns.items()}
        padded = {i - start: own for i, own in self.padded.items() if start <= i < stop}
        return Stretch(line, self.lines[start:stop], columns, padded)


class Cutter:
    """What a common row is in one file, asked of many lines at once.

    `low`, `high`: how many cells it may have; `names`: first cells that no common row has; `positions`: of the columns wanted.
    """

    def __init__(
        self, source: Records, waiting: Texts, lines: Lines, *, low: int, high: int, names: Collection[str],
        positions: Collection[int],
    ) -> None:  # fmt: skip
        self._source, self._waiting = source, waiting
        self._low, self._high = low, high
        self._names = frozenset(found for name in names if (found := waiting.waiting(name)) is not None)
        self._numbers = frozenset(name for name in self._names if name.isdigit())
        self._positions = sorted({0, min(1, high - 1), high - 1, *positions})
        self._limit = lines.limits.cell
        self._doubtful = lines.has_nul or lines.keeps != "all"
        self._cut, self._quote = source.delimiter, source.quote
        self._may_quote = lines.has_quote or self._quote != '"'
        # it stands in the place of a line that is not cut with the others
        self._nothing = self._cut * (high - 1)
        self._mark = f"{self._cut}\n{self._cut}"  # between two lines
        self._empty = f"{self._cut}{self._quote}{self._quote}"
        self._apostrophe = f"{self._cut}'"

    def cut(self, first: int, lines: list[str]) -> Cut:
        """What is seen of some lines."""
        odd: set[int] = set()
        apart: dict[int, list[str]] = {}  # the cells of rows that are not cut with the others
        plain = lines[:]
        if {*map(type, lines)} != {str}:
            self._set_aside(plain, odd, (i for i, line in enumerate(lines) if line.__class__ is not str))
        if self._doubtful:
            self._set_aside(plain, odd, self._waiting.illegible(plain))
        if max(map(len, plain)) > self._limit:
            self._set_aside(plain, odd, (i for i, line in enumerate(plain) if len(line) > self._limit))
        if self._may_quote:
            self._cut_quoted(plain, odd, apart)
        columns = self._columns(plain, odd, apart)
        for i, own in apart.items():
            for at, column in columns.items():
                column[i] = own[at] if at < len(own) else ""
        odd.update(self._odd_cells(columns))
        padded = {i: own for i, own in apart.items() if len(own) < self._high}
        return Cut(first, lines, sorted(odd), columns, padded)

    def _set_aside(self, plain: list[str], odd: set[int], places: Iterable[int]) -> None:
        for i in places:
            odd.add(i)
            plain[i] = self._nothing

    def _cut_quoted(self, plain: list[str], odd: set[int], apart: dict[int, list[str]]) -> None:
        """Lines with quotes: most hold empty cells written as two quotes, and are cut with the others without these."""
        quote, empty, cut = self._quote, self._empty, self._cut
        for i in [i for i, line in enumerate(plain) if quote in line]:
            line = plain[i]
            bare = line.replace(empty + cut, cut + cut)
            if bare.endswith(empty):
                bare = bare[: -2 * len(quote)]
            if quote not in bare:
                plain[i] = bare
            elif (own := self._source.whole(line)) is not None and self._apostrophe not in line:
                self._cut_apart(i, own, plain, odd, apart)
            else:
                self._set_aside(plain, odd, (i,))

    def _cut_apart(
        self, i: int, own: list[str], plain: list[str], odd: set[int], apart: dict[int, list[str]]
    ) -> None:
        if self._low <= len(own) <= self._high:
            apart[i] = own
            plain[i] = self._nothing
        else:
            self._set_aside(plain, odd, (i,))

    def _columns(self, plain: list[str], odd: set[int], apart: dict[int, list[str]]) -> dict[int, list[str]]:
        """The columns of lines that are cut at every delimiter, once those that have more or fewer are set aside."""
        cut, step, width = self._cut, self._high + 1, self._high - 1
        joined = self._mark.join(plain)
        cells = joined.split(cut)
        # each line is as long as the header if and only if every mark is where it should be
        if len(cells) != len(plain) * step - 1 or cells[self._high :: step].count("\n") != len(plain) - 1:
            for i, line in enumerate(plain):
                if line.count(cut) != width:
                    self._cut_apart(i, line.split(cut), plain, odd, apart)
            joined = self._mark.join(plain)
            cells = joined.split(cut)
        if self._apostrophe in joined:
            odd.update(i for i, line in enumerate(plain) if self._apostrophe in line)
        return {at: cells[at::step] for at in self._positions}

    def _odd_cells(self, columns: dict[int, list[str]]) -> Iterator[int]:
        """The places of lines whose cells are not those of a row for sure: a name of a column, a title, a total."""
        firsts = columns[0]
        together = "".join(firsts)
        if "" in firsts or not (together.isascii() and together.isdigit()):
            yield from (i for i, first in enumerate(firsts) if not first.isalnum() and self._is_odd(first))
            names = self._names
        else:
            names = self._numbers
        if names and not names.isdisjoint(firsts):
            yield from (i for i, first in enumerate(firsts) if first in names)
        if self._high > 1:
            seconds, lasts = columns[1], columns[self._high - 1]
            if (blank := self._blank(lasts)) and (others := self._blank(seconds)):
                both = enumerate(zip(seconds, lasts, strict=True))
                yield from (i for i, (second, last) in both if last in blank and second in others)

    def _blank(self, cells: list[str]) -> set[str]:
        """Those of some cells that are blank."""
        return {cell for cell in set(cells) if not cell or self._waiting.cell(cell).isspace()}

    def _is_odd(self, first: str) -> bool:
        return not first or first[0] == "'" or self._waiting.cell(first).isspace()
