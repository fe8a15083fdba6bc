"""Clean lines as bytes: a row's own bytes pass untouched, only the columns that matter are parsed, ready-made pieces are appended.
Never judges a line that is not plainly clean: those go one by one through the plain reader, and back in their place.

A block of whole lines goes through four hands. Looked at (`blocks`), its cells found among those met before (`met`), some
blocks ahead, in threads; answered (`keys`), in order, by one thread, which alone asks the engine; put together in threads again,
one copy for each byte that comes out; spliced with its odd lines, counted and written, in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from cep_route.intake.blocks import Block, Sight
from cep_route.intake.bulk import COLUMNS, Bulk
from cep_route.intake.decoding import ASCII_LIKE, LongLine, UnforeseenError, whole_blocks
from cep_route.intake.keys import Answered, Answers
from cep_route.intake.met import Met, padded
from cep_route.intake.passing import Passage, Tally
from cep_route.intake.pasting import Suffixes, distinct, joined, line_views, unquoted
from cep_route.intake.reading import Reading
from cep_route.intake.records import CONTEXT
from cep_route.intake.refusing import RefusedLines
from cep_route.intake.rows import Rows
from cep_route.intake.source import Source
from cep_route.intake.writing import CsvSink, Dialect, Rejects

BLOCK = 3 << 19  # bytes of a block
FIRST = 1 << 17  # bytes of the first one, answered before any other is looked at: most cells are then known
AHEAD = 4  # blocks parsed before their turn: what is met for the first time holds up the thread that answers
BEHIND = 2  # blocks answered and not written yet
WORTH_IT = 1 << 20  # bytes of a file under which loading the libraries costs more than they gain


def suits(reading: Reading, bulk: Bulk, dialect: Dialect, *, size: int) -> bool:
    """Whether a file can be taken as bytes: libraries there, one encoding where ASCII is ASCII, plain line ends and quotes."""
    lines = reading.lines
    if size < WORTH_IT or lines.recoded or lines.encoding not in ASCII_LIKE:
        return False
    if reading.quote != '"' or reading.newline not in ("\n", "\r\n") or dialect.newline != reading.newline:
        return False
    if len(reading.header) < 2 or ord(reading.delimiter) >= 128:
        return False
    if len(bulk.people) + len(bulk.places) + len(bulk.wants) == 0:
        return False
    try:
        import numpy  # noqa: F401, ICN001
        import pyarrow.compute  # noqa: F401
    except ImportError:
        return False
    return True


def run(
    source: Source, bulk: Bulk, rejects: Rejects, dialect: Dialect, file: BinaryIO, passage: Passage
) -> tuple[Tally, int, int, Rows]:
    """All rows of a file; the counts, and the reader that saw the odd lines."""
    _keep_memory_low()
    return _Fast(source, bulk, rejects, dialect, file, passage).work()


def _keep_memory_low() -> None:
    """Of Arrow's allocators the one that gives back what a block took; where it was not built in, the default does."""
    import pyarrow as pa

    with suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())


# ---------------------------------------------------------------------------------------------- the four hands


@dataclass(slots=True, kw_only=True)
class _Cells:
    """A column of a block: as what its cells are known, -1 for one that is not; `era`: since the column last forgot."""

    numbers: Any
    era: int


@dataclass(slots=True)
class _Work:
    """A block on its way."""

    block: Block
    parsed: Future[None] | None = None
    cells: dict[int, _Cells] = field(default_factory=dict)  # of each column that is looked at
    answered: Answered | None = None
    made: Future[tuple[memoryview, Any]] | None = None
    out: Any = b""  # the bytes of its routed rows
    offsets: Any = None  # in `out`, of each routed row
    places: Any = None  # of each kept line, the first routed row from it on; None when all are routed
    refused: RefusedLines | None = None
    rejected: Future[None] | None = None


class _Fast:
    def __init__(
        self, source: Source, bulk: Bulk, rejects: Rejects, dialect: Dialect, file: BinaryIO, passage: Passage
    ) -> None:
        import numpy as np

        self.np = np
        self.bulk, self.rejects, self.dialect, self.file = bulk, rejects, dialect, file
        self.reading = source.reading
        self.codec = self.reading.lines.encoding
        self.revocable = source.revocable
        self.sink = _Gathered(self.dialect, len(self.reading.header))
        self.passage = passage
        passage.sink = self.sink
        self.rows = self.reading.rows()
        self.sight = Sight(
            self.reading.lines, delimiter=self.reading.delimiter, width=len(self.reading.header),
            crlf=dialect.newline == "\r\n", names=self.rows.odd_names,
            cell_limit=self.reading.lines.limits.cell // 4,  # at most four bytes to a character
        )  # fmt: skip
        self.answers = Answers(bulk, self.codec)
        self.met = {at: Met() for at in self.answers.parsed}
        self.suffixes = Suffixes(), Suffixes(), Suffixes(dialect.newline.encode())
        self.buffers: list[Any] = []
        self.number = self.reading.first_line - 1  # the line last accounted for
        self.pieces: list[Any] = []  # bytes of the block in hand, not on their way yet
        self.writes: deque[Future[None]] = deque()
        self.past: list[str] = []  # the last lines of the blocks before
        self.skip = 0  # lines of the next block that a record of this one took
        self.ahead: deque[_Work] = deque()
        self.behind: deque[_Work] = deque()

    # -- looked at and parsed, in a thread of its own ---------------------------------------------------------------------

    def _parse(self, work: _Work) -> None:
        block = work.block
        if self.revocable and not self.reading.lines.bears_out(block.raw):
            raise UnforeseenError
        if block.careful is None:
            self.sight.look(block)
        if block.careful is not None or block.cuts.shape[1] == 0:
            return
        # INVARIANT: every line that is not odd is cut in cells
        assert block.lines - len(block.odd) == block.cuts.shape[1]
        raw = padded(block.raw)
        for at, met in self.met.items():
            era = self.answers.column(at).era  # read before its cells are looked up
            work.cells[at] = _Cells(numbers=met.look(block.column(at, raw)), era=era)

    # -- asked about, in order --------------------------------------------------------------------------------------------

    def _numbered(self, at: int, cells: _Cells, block: Block) -> Any:
        """What a column has numbered each cell; those that were not met before are asked about, and known from now on."""
        np, column, met = self.np, self.answers.column(at), self.met[at]
        if column.is_full:
            met.forget()  # first: who reads the new era then finds nothing of the old one
            column.forget()
        if cells.era != column.era:
            cells.numbers[:] = -1
        new = np.flatnonzero(cells.numbers < 0)
        if not len(new):
            return cells.numbers
        cut = block.column(at, padded(block.raw))[new]
        cells.numbers[new] = found = met.look(cut)  # it may have been met since
        new, cut = new[found < 0], cut[found < 0]
        if len(new):
            words, indices = distinct(block.raw, cut.starts, cut.sizes)
            numbers = column.numbers(unquoted(words))
            cells.numbers[new] = numbers[indices]
            met.learn(cut[np.unique(indices, return_index=True)[1]], numbers)
        return cells.numbers

    def _answer(self, work: _Work, pool: ThreadPoolExecutor) -> None:
        assert work.parsed is not None
        work.parsed.result()
        block, np = work.block, self.np
        block.first = self.number + 1
        self.number += block.lines
        if not work.cells:
            return
        numbers = {at: self._numbered(at, cells, block) for at, cells in work.cells.items()}
        work.cells.clear()
        answered = work.answered = self.answers.answer(
            numbers, block.lines - len(block.odd), lambda row: self._cells(block, row)
        )
        if len(self.buffers) > Suffixes.BUFFERS_AT_MOST:
            self.buffers = []
            for suffixes in self.suffixes:
                suffixes.forget()
        pieces = self.answers.heads, self.answers.untils, self.answers.tails
        for suffixes, piece in zip(self.suffixes, pieces, strict=True):
            suffixes.take_in(piece.made, self.buffers)
        starts, stops = block.of_kept(block.starts), block.of_kept(block.stops)
        if answered.refused is not None:
            work.refused = RefusedLines(block, block.kept, answered, self.answers, self.passage, self.dialect)
            work.rejected = pool.submit(work.refused.put_together)
            alive = ~answered.refused
            starts, stops = starts[alive], stops[alive]
            work.places = np.concatenate((np.zeros(1, np.int64), np.cumsum(alive)))
        views = [suffixes.views for suffixes in self.suffixes]
        buffers = (block.raw, *self.buffers)
        work.made = pool.submit(self._put_together, starts, stops, answered.but_refused(), views, buffers)

    def _cells(self, block: Block, row: int) -> list[str]:
        """The cells of a kept line."""
        at = row if block.kept is None else int(block.kept[row])
        return self.rows.source.alone(block.texts(at, at + 1)[0]) or []

    def _put_together(
        self, starts: Any, stops: Any, numbers: Sequence[Any], views: Sequence[Any], buffers: Sequence[Any]
    ) -> tuple[memoryview, Any]:
        """The output of some rows: of each its own text and three pieces, one copy for each byte."""
        every = self.np.empty((len(starts), 4, 2), self.np.int64)
        every[:, 0] = line_views(buffers[0], starts, stops)
        for i, (table, number) in enumerate(zip(views, numbers, strict=True), 1):
            every[:, i] = table[number]
        out, offsets = joined(every.reshape(-1, 2), buffers)
        return out, offsets[::4].copy()

    # -- in order ---------------------------------------------------------------------------------------------------------

    def work(self) -> tuple[Tally, int, int, Rows]:
        header = self.reading.header_raw.rstrip("\r\n") + self.dialect.appended(COLUMNS)
        self.file.write(self.dialect.mark + self.dialect.encode(header + self.dialect.newline))
        begun = self.number
        with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as self.writer:
            self.pool, self.coming = pool, self._blocks()
            try:
                while self._more(1) or self.behind:
                    if self.ahead:
                        if self.number > begun:
                            self._more(AHEAD)
                        work = self.ahead.popleft()
                        self._answer(work, pool)
                        self.behind.append(work)
                    if len(self.behind) >= BEHIND or not self.ahead:
                        work = self.behind.popleft()
                        self._finish(work)
                        self.passage.tick(work.block.lines)
                self._written()
            finally:
                for workers in (pool, self.writer):
                    workers.shutdown(wait=True, cancel_futures=True)
        self.file.flush()
        self.rows.close(self.number - begun, self.number)
        return self.passage.tally, self.rows.blank, self.rows.seen, self.rows

    def _more(self, depth: int) -> bool:
        """Keep some blocks ahead; False when none is left."""
        while len(self.ahead) < depth and (block := next(self.coming, None)) is not None:
            work = _Work(block=block)
            work.parsed = self.pool.submit(self._parse, work)
            self.ahead.append(work)
        return bool(self.ahead)

    def _blocks(self) -> Iterator[Block]:
        """The file's whole lines after the header, some megabytes at a time."""
        left = self.reading.first_line - 1
        for raw, overlong in whole_blocks(self.reading.lines, BLOCK, first=FIRST):
            if overlong:
                if self.revocable:  # what was left out of it may be anything
                    raise UnforeseenError
                text = LongLine(raw.decode(self.codec, "replace")[: self.reading.lines.limits.cell + 1])
                if left:
                    left -= 1
                    continue
                yield Block(raw=raw, careful=[text], lines=1)
                continue
            while left and raw:  # the header and what stands over it
                cut = _line_end(raw)
                raw, left = raw[cut:], left - 1  # noqa: PLW2901
            cut = raw.rfind(b"\n") + 1
            for part in (raw[:cut], raw[cut:]):  # the last line of a file may have no end
                if part:
                    yield Block(raw=part)

    def _finish(self, work: _Work) -> None:
        """Write a block: its clean stretches as they are, its odd lines through the plain reader, in order."""
        block = work.block
        self._written()  # of the block before
        if work.made is not None:
            work.out, work.offsets = work.made.result()
        if work.rejected is not None:
            work.rejected.result()
        passed = self.np.zeros(block.lines - len(block.odd), bool)  # of the kept lines
        at = min(self.skip, block.lines)
        self.skip -= at
        for line in block.odd if block.careful is None else ():
            if line < at:
                continue
            # the reader must be at ease before lines pass it by
            at = self._careful_until_calm(block, at, line)
            if at > line:
                continue
            self._pass_by(work, at, line, passed)
            if line in block.empty and not self.rows.watching:
                self.rows.passed_blank()
                at = line + 1
            else:
                at = self._careful(block, line)
        if block.careful is not None:
            while at < block.lines:
                at = self._careful(block, at)
        at = self._careful_until_calm(block, at, block.lines)
        if at < block.lines:
            self._pass_by(work, at, block.lines, passed)
            at = block.lines
        self.skip += max(at - block.lines, 0)
        self.past = self._before(block, block.lines)
        self._flush()
        self._send()
        self._count(work, passed)

    def _careful_until_calm(self, block: Block, at: int, stop: int) -> int:
        while at < stop and self.rows.watching:
            at = self._careful(block, at)
        return at

    def _careful(self, block: Block, at: int) -> int:
        """One record from line `at` by the plain reader; the line after it."""
        source = self.rows.source
        past = self._before(block, at)
        source.lines, source.at = [*past, *block.texts(at, at + 1)], len(past)
        source.number = block.first + at - 1
        source.chunks = self._ahead(block, at + 1)
        item = self.rows.step()
        if item is not None:
            self.passage.one(item)
        return at + source.number - (block.first + at - 1)

    def _before(self, block: Block, at: int) -> list[str]:
        """The physical lines before line `at`, as many as a record may be judged by."""
        own = block.texts(max(at - CONTEXT, 0), at) if at else []
        return (self.past + own)[-CONTEXT:]

    def _ahead(self, block: Block, at: int) -> Iterator[list[str]]:
        """The physical lines from `at` on, a few, then more; into the next blocks if a record runs that far."""
        count = 8
        while at < block.lines:
            yield block.texts(at, min(at + count, block.lines))
            at += count
            count = min(count * 8, 512)
        for following in self._following():
            for start in range(0, following.lines, 512):
                yield following.texts(start, min(start + 512, following.lines))

    def _following(self) -> Iterator[Block]:
        """The blocks after the one that is being written."""
        yield from [work.block for work in self.behind]
        place = 0
        while place < len(self.ahead) or self._more(place + 1):
            if place >= len(self.ahead):
                return
            work = self.ahead[place]
            assert work.parsed is not None
            work.parsed.result()
            yield work.block
            place += 1

    def _pass_by(self, work: _Work, start: int, stop: int, passed: Any) -> None:
        """The clean lines of a stretch."""
        if start >= stop:
            return
        odd = work.block.odd
        low, high = start - bisect_left(odd, start), stop - bisect_left(odd, stop)  # among the kept lines
        # INVARIANT: a stretch between odd lines is parsed line by line
        assert high - low == stop - start
        self._flush()
        a, b = (low, high) if work.places is None else (int(work.places[low]), int(work.places[high]))
        if b > a:
            self.pieces.append(work.out[int(work.offsets[a]) : int(work.offsets[b])])
        self.rows.passed(high - low)
        passed[low:high] = True
        if work.refused is not None:
            work.refused.write(low, high, self.rejects)

    def _count(self, work: _Work, passed: Any) -> None:
        if work.answered is None:
            return
        people = work.answered.people
        if work.refused is not None:
            work.refused.count(passed, self.rejects)
            passed &= ~work.answered.refused
        for i, n in enumerate(self.np.bincount(people if passed.all() else people[passed]).tolist()):
            if n:
                self.passage.tally.add(self.bulk.kinds[i], n)

    def _flush(self) -> None:
        """The rows of the plain reader take their place between the stretches."""
        if self.sink.kept:
            self.pieces += self.sink.kept
            self.sink.kept.clear()

    def _send(self) -> None:
        """Bytes to the output, in order, by a thread of their own: the disk is not waited for."""
        pieces, self.pieces = self.pieces, []
        if pieces:
            self.writes.append(self.writer.submit(self._write, pieces))

    def _write(self, pieces: Sequence[Any]) -> None:
        self.file.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _written(self) -> None:
        """Wait until nothing is on its way; what went wrong with it is raised here."""
        while self.writes:
            self.writes.popleft().result()


class _Gathered(CsvSink):
    """Rows of the plain reader on their way between two stretches."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        super().__init__(cast("BinaryIO", None), dialect, width, same=True)
        self.kept: list[bytes] = []
        self._end = dialect.newline.encode()

    def row(self, cells: Sequence[str], raw: str, suffix: bytes) -> None:
        self.kept += (self.text(cells, raw).encode(self.dialect.codec), suffix, self._end)


def _line_end(raw: bytes) -> int:
    """Where the first physical line ends."""
    lf, cr = raw.find(b"\n"), raw.find(b"\r")
    if cr >= 0 and (lf < 0 or cr < lf):
        return cr + (2 if raw[cr + 1 : cr + 2] == b"\n" else 1)
    return lf + 1 if lf >= 0 else len(raw)
