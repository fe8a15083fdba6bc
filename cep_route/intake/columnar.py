"""Clean lines of a big file by the column, through polars: a row's own bytes pass untouched, the columns that matter are read once for
each distinct cell, ready-made pieces are gathered by number. Never judges a line that is not plainly clean: those go one by one through
the plain reader, and back in their place.

A block of whole lines is looked at in one thread, answered in order in another, which alone asks the engine, and put together and written
in a third: polars holds no lock. Text of eight bits passes as the letters of Latin-1, byte for byte, and is decoded cell by cell.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count

import polars as pl

from cep_route.intake.answers import Answers, Coded, ReadOff
from cep_route.intake.decoding import ASCII_LIKE, LongLine, whole_blocks
from cep_route.intake.people import People
from cep_route.intake.pieces import Answered
from cep_route.intake.reader import Reading, Reject, Row, Rows
from cep_route.intake.records import CONTEXT
from cep_route.intake.writer import RAW_AT_MOST, TICK, CsvSink, Dialect, Passage, defused

BLOCK = 4 << 20  # bytes of a block at most
LINES = 40_000  # and lines of it: where they are short they are many, and what is appended to each is long
# lines that may be a total, in letters of any encoding, or a rule: they want a look
SUMS = (
    r"(?i)^[\"' ]*(?:sous|sub|grand|tota|nombre|nbr?e?\b|effectif|age moy|.{1,2}ge moy|moyen|m.{1,2}dian|somme|cumul|dont|taux|pourc|"
    r".{1,2}cart|ensemble|average|mean|sum|count|%|[-=_*~]{3})"
)
LABELLED = r"^[^:=]{1,40}[:=] ?[^\d\s]"  # and those that may be a value under its label
# a line that a spreadsheet may run: all that `defused` changes in any encoding, and a few others
MAY_RUN = r"""^[\s'"\x1c-\x1f\x80-\xff]*[=+\-@\t\r\n\x00＝＋－＠]"""
FIRST = 1 << 18  # bytes of the first one, answered before any other is looked at: most cells are then known


# ---------------------------------------------------------------------------------------------- lines of a file


def suits(reading: Reading, people: People, dialect: Dialect) -> bool:
    """Whether a file can be taken by the column: one encoding where ASCII is ASCII, plain line ends and quotes, a column that is read."""
    lines = reading.lines
    return (
        lines.encoding in ASCII_LIKE and reading.heading.quote == '"' and not reading.heading.escape
        and len(reading.header) > 1
        and reading.lines.newline in ("\n", "\r\n") and dialect.newline == reading.lines.newline and ord(reading.heading.delimiter) < 128
        and bool(people.who_at or people.where_at or people.needs_at)
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _LineBlock:
    """Some whole lines on their way. `clean`: the places of its clean lines; `odd`: of the others; `line`: all lines as text."""

    raw: bytes
    overlong: LongLine | None = None
    first: int = 0  # the number of its first line in the file
    lines: int = 0
    line: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    clean: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt32))
    odd: list[int] = field(default_factory=list)
    coded: Coded = field(default_factory=dict)
    looked: Future[None] = field(init=False)
    _texts: list[str] | None = None

    def texts(self, decoded: Callable[[bytes], list[str]]) -> list[str]:
        """Its physical lines as text, ends included."""
        if self._texts is None:
            self._texts = decoded(self.raw) if self.overlong is None else [self.overlong]
        return self._texts


class _Sight:
    """What is seen of the lines of a block at once: which are clean, and the cells of these."""

    def __init__(self, reading: Reading, rows: Rows, answers: Answers) -> None:
        lines, cut = reading.lines, pl.escape_regex(reading.heading.delimiter)
        self._answers, self._delimiter, self._width = answers, reading.heading.delimiter, len(reading.header)
        self._limit = min(lines.limits.cell, RAW_AT_MOST)
        self.is_utf8 = lines.encoding == "utf-8"
        # titles as they pass, letters of eight bits as those of Latin-1
        passed = [
            n if self.is_utf8 else n.encode(lines.encoding, "ignore").decode("latin-1")
            for n in rows.odd_names()
        ]
        names = "|".join(map(pl.escape_regex, sorted(passed)))
        # a first cell that is empty, an apostrophe's or a title; a row whose second and last cells are both empty may be a total
        self._first = rf'^"?(?:[\s]*"?(?:{cut}|$)|\'|(?:{names})"?(?:{cut}|$))|{SUMS}'
        self._second = rf'^(?:"(?:[^"]|"")*"|[^"{cut}]*){cut}[\s"]*(?:{cut}|$)'
        self._last = rf'{cut}[\s"]*$'
        cell = rf'(?:"(?:[^"]|"")*"|[^"{cut}]*)'
        self._whole = rf"^{cell}(?:{cut}{cell}){{{self._width - 1}}}$"
        # bytes that may be no letters of the encoding, in the letters that stand for them
        doubtful = {
            "cp1252": "[\u00c2-\u00f4][\u0080-\u00bf]|[\u00fe\u00ff]{2}|[\u0081\u008d\u008f\u0090\u009d]",
            "ascii": r"[^\x00-\x7f]",
        }
        self._doubtful = doubtful.get(lines.encoding, "")

    def look(self, block: _LineBlock) -> None:
        """Find the clean lines of a block, and code their cells."""
        block.coded = self._answers.coded(self._clean(block))

    def _clean(self, block: _LineBlock) -> dict[int, pl.Series]:
        """The cells of the clean lines of a block, by the positions of their columns; none where no line is clean."""
        raw = block.raw
        separator = next((c for c in "\x01\x02\x03\x04" if c.encode() not in raw), "")
        alone = b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n")
        # a return alone ends a line too; the last line may have no end: the plain reader knows
        if not separator or not raw.endswith(b"\n") or alone or block.overlong is not None:
            block.lines = 1 if block.overlong is not None else len(raw.splitlines())
            block.odd = list(range(block.lines))
            return {}
        text = raw
        if not self.is_utf8:
            text = raw if raw.isascii() else raw.decode("latin-1").encode()
        try:
            line = _read(text, separator=separator, quote=None).to_series(0)
        except pl.exceptions.ComputeError:  # no UTF-8
            text = raw.decode("utf-8", "replace").encode()
            line = _read(text, separator=separator, quote=None).to_series(0)
        block.line = line
        block.lines = len(line)
        odd = self._odd(line, text)
        block.clean = odd.not_().arg_true()
        if odd.any():
            block.odd = odd.arg_true().to_list()
            text = line.filter(~odd).to_frame().write_csv(include_header=False, quote_style="never").encode()
        if not len(block.clean):
            return {}
        at = self._answers.columns
        cells = _read(text, separator=self._delimiter, quote='"', columns=at)
        # INVARIANT: every clean line is one record
        assert cells.height == len(block.clean), "a clean line was no record"
        return dict(zip(at, cells.get_columns(), strict=True))

    def _odd(self, line: pl.Series, text: bytes) -> pl.Series:
        """Which lines need a look."""
        odd = ~line.str.contains(self._whole)
        odd |= line.str.contains(self._first)
        second = line.str.contains(self._second)
        if second.any():
            odd |= second & line.str.contains(self._last)
        if b":" in text or b"=" in text:
            odd |= line.str.contains(LABELLED)
        for sign in (f"{self._delimiter}'", '\\"', "\0", "\ufffd"):
            odd |= line.str.contains(sign, literal=True)
        if self._doubtful:
            odd |= line.str.contains(self._doubtful)
        if len(text) > self._limit:
            odd |= line.str.len_bytes() > self._limit
        return odd


def _read(
    text: bytes, *, separator: str, quote: str | None, columns: Sequence[int] | None = None
) -> pl.DataFrame:
    """Text as it stands, by columns."""
    return pl.read_csv(
        text, has_header=False, infer_schema=False, empty_string_is_null=False, separator=separator, quote_char=quote,
        columns=columns,
    )  # fmt: skip


class ColumnarRun:
    """All rows of a file, clean lines by the column. They go to the file of the passage's sink, where the header stands already."""

    def __init__(self, source: Reading, passage: Passage) -> None:
        assert isinstance(passage.sink, CsvSink)
        self._passage, self._lines, self._dialect = passage, source.lines, passage.sink.dialect
        self._file = passage.sink.file
        codec = self._lines.encoding
        decode: Callable[[str], str] = str
        encode: Callable[[str], str] = str
        if codec != "utf-8":
            decode = lambda cell: cell.encode("latin-1").decode(codec)  # noqa: E731
            encode = lambda text: text.encode(codec).decode("latin-1")  # noqa: E731
        self._decode, self._encode = decode, encode
        # a piece begins with the delimiter, which polars writes
        self._answers = Answers(passage.pieces, decode, lambda piece: encode(piece[1:]))
        refusals, start = self._answers.refusals, passage.rejects.start
        self._starts = ReadOff(
            refusals,
            lambda why: encode(start(why.column, why.code, why.reason)) if why.code else "",
            pl.String,
        )
        self.rows = source.rows()
        self._sight = _Sight(source, self.rows, self._answers)
        self._sink = _GatheredRows(passage, encode)
        self._number = self._begun = source.heading.next_line - 1  # the line last accounted for
        self._past: list[str] = []  # the last lines of the blocks before
        self._queued: list[str] | None = None  # these, and the lines of the block in hand
        self._odd: list[Row | Reject] = []
        self._skip = 0  # lines of the next block that a record of this one took
        self._ahead, self._writes = deque[_LineBlock](), deque[Future[None]]()

    def work(self) -> Rows:
        """Every row; the reader that saw the odd lines, which knows what they add up to."""
        with ThreadPoolExecutor(1) as self._eyes, ThreadPoolExecutor(1) as self._hand:
            self._coming = self._blocks()
            while (block := self._next(0)) is not None:
                self._ahead.popleft().looked.result()
                if self._number > self._begun:
                    self._next(1)
                self._splice(block)
                self._passage.tick()
            self._wait(0)
        self._file.flush()
        self.rows.close(self._number - self._begun, self._number)
        return self.rows

    def _next(self, place: int) -> _LineBlock | None:
        """The block so many places ahead, None at the end; it is being looked at."""
        while len(self._ahead) <= place:
            block = next(self._coming, None)
            if block is None:
                return None
            block.looked = self._eyes.submit(self._sight.look, block)
            self._ahead.append(block)
        return self._ahead[place]

    def _blocks(self) -> Iterator[_LineBlock]:
        """The file's whole lines after the header, some megabytes at a time."""
        left = self._begun
        for raw, overlong in whole_blocks(self._lines, BLOCK, first=FIRST):
            if overlong:
                left -= 1
                if left < 0:
                    left = 0
                    yield _LineBlock(raw=raw, overlong=self._lines.overlong(raw))
                continue
            if left:
                whole = raw.splitlines(keepends=True)
                raw, left = b"".join(whole[left:]), max(left - len(whole), 0)  # noqa: PLW2901
            cut = raw.rfind(b"\n") + 1
            parts = [raw[:cut]]
            if raw.count(b"\n") > LINES:
                whole = raw[:cut].splitlines(keepends=True)
                parts = [b"".join(whole[at : at + LINES]) for at in range(0, len(whole), LINES)]
            for part in (*parts, raw[cut:]):  # the last line of a file may have no end
                if part:
                    yield _LineBlock(raw=part)

    # -- in order -------------------------------------------------------------------------------------------------------

    def _splice(self, block: _LineBlock) -> None:
        """Answer the clean lines of a block, take its odd ones through the plain reader, and put all in order."""
        block.first = self._number + 1
        self._number += block.lines
        answered = self._answers.answer(block.coded, len(block.clean), lambda row: self._cells(block, row))
        texts = self._answers.texts(answered)
        self._refused(block, answered)
        gone = set[int]()  # clean lines that the plain reader took
        self._sink.first, self._sink.taken = block.first, []
        at = min(self._skip, block.lines)
        gone.update(range(at))
        self._skip -= at
        for odd in [*block.odd, block.lines]:
            if odd < at:
                continue
            while at < odd and self.rows.watching:  # the reader must be at ease before lines pass it by
                at = self._one(block, at, gone)
            if at <= odd:
                self._pass_by(at, odd)
                at = self._one(block, odd, gone) if odd < block.lines else odd
        self._pass_odd()
        self._skip += max(at - block.lines, 0)
        self._past, self._queued = self._last(block), None
        self._put(block, answered, texts, gone)

    def _one(self, block: _LineBlock, at: int, gone: set[int]) -> int:
        """One record from line `at` by the plain reader; the line after it."""
        source, number = self.rows.source, block.first + at - 1
        source.lines, source.at = self._queue(block), len(self._past) + at
        source.number, source.chunks = number, self._following()
        item = self.rows.step()
        if item is not None:
            self._odd.append(item)
            if len(self._odd) == TICK:
                self._pass_odd()
        after = at + source.number - number
        gone.update(range(at, min(after, block.lines)))
        return after

    def _queue(self, block: _LineBlock) -> list[str]:
        """The physical lines of the block in hand, after those by which its first records may be judged."""
        if self._queued is None:
            self._queued = [*self._past, *block.texts(self._lines.texts)]
        return self._queued

    def _last(self, block: _LineBlock) -> list[str]:
        """The last lines of the block in hand, by which the first records of the next one may be judged."""
        if self._queued is None and not block.odd:
            tail = b"\n".join(block.raw.rsplit(b"\n", CONTEXT + 1)[-CONTEXT - 1 :])
            return [*self._past, *self._lines.texts(tail)][-CONTEXT:]
        return self._queue(block)[-CONTEXT:]

    def _cells(self, block: _LineBlock, row: int) -> list[str]:
        """The cells of a clean line."""
        return self.rows.source.alone(self._queue(block)[len(self._past) + block.clean[row]]) or []

    def _following(self) -> Iterator[list[str]]:
        """The physical lines of the next blocks, if a record runs that far."""
        for place in count():
            following = self._next(place)
            if following is None:
                return
            following.looked.result()
            yield following.texts(self._lines.texts)

    def _refused(self, block: _LineBlock, answered: Answered[pl.Series]) -> None:
        """Which clean lines are refused, why, and their rows among the rejects."""
        refused = answered.why > 0
        places, why = block.clean.filter(refused), answered.why.filter(refused)
        line = block.line.gather(places).str.strip_suffix("\r")
        risky = line.str.contains(MAY_RUN)
        if risky.any():
            safe = [self._encode(defused(self._decode(text))) for text in line.filter(risky).to_list()]
            line = line.scatter(risky.arg_true(), safe)
        quoted, end = line.str.replace_all('"', '""', literal=True), pl.lit(self._passage.rejects.end)
        rows = pl.select(pl.concat_str(places + block.first, self._starts(why), quoted, end)).to_series()
        self._refusals = places.to_list(), [self._answers.refusals[n].code for n in why.to_list()], rows

    def _pass_by(self, start: int, stop: int) -> None:
        """The clean lines of a stretch; those that are refused are told at once, in the order of the file."""
        self.rows.delivered += stop - start
        places, codes, rows = self._refusals
        first, last = bisect_left(places, start), bisect_left(places, stop)
        if first < last:
            self._pass_odd()
            self._passage.rejects.extend(codes[first:last], self._decode(rows[first:last].str.join().item()))

    def _pass_odd(self) -> None:
        """The records of odd lines met so far go through the plain way together."""
        if self._odd:
            self._passage.some(self._odd)
            self._odd = []

    def _put(
        self, block: _LineBlock, answered: Answered[pl.Series], texts: Sequence[pl.Series], gone: set[int]
    ) -> None:
        """Count what goes out, and send it on its way."""
        people, rows = answered.persons, block.clean.filter(answered.why == 0)
        if gone:
            left = ~rows.is_in(pl.Series(list(gone), dtype=pl.UInt32).implode())
            rows, people, texts = rows.filter(left), people.filter(left), tuple(t.filter(left) for t in texts)
        for person, number in people.value_counts().iter_rows():
            self._passage.tally.rows[person] += number
        self._wait(1)
        self._writes.append(self._hand.submit(self._write, block.line, rows, texts, self._sink.taken))

    def _write(
        self,
        line: pl.Series,
        rows: pl.Series,
        texts: Sequence[pl.Series],
        others: list[tuple[int | str, ...]],
    ) -> None:
        """The rows of a block in their order, as bytes."""
        whole = line.gather(rows) if len(rows) < len(line) else line
        parts = enumerate((rows, whole.str.strip_suffix("\r"), *texts))
        out = pl.DataFrame({str(place): part for place, part in parts})
        if others:
            out = pl.concat([out, pl.DataFrame(others, schema=out.schema, orient="row")])
            out = out.sort("0", maintain_order=True)
        file = self._file if self._sight.is_utf8 else BytesIO()
        out.drop("0").write_csv(
            file, include_header=False, separator=self._dialect.delimiter, line_terminator=self._dialect.newline, quote_style="never"
        )  # fmt: skip
        if isinstance(file, BytesIO):
            self._file.write(file.getvalue().decode().encode("latin-1"))

    def _wait(self, left: int) -> None:
        """Until only so many blocks are on their way; what went wrong with one is raised here."""
        while len(self._writes) > left:
            self._writes.popleft().result()


class _GatheredRows:
    """Rows of the plain reader on their way between clean ones: a sink that keeps them with their place in the block."""

    def __init__(self, passage: Passage, encode: Callable[[str], str]) -> None:
        assert isinstance(passage.sink, CsvSink)
        self._sink, self._passage, self._encode = passage.sink, passage, encode
        self.first = 0  # line of the block
        self.taken: list[tuple[int | str, ...]] = []  # places and texts
        passage.sink = self

    def row(self, cells: Sequence[str], raw: str, suffix: Sequence[str]) -> None:
        texts = (self._sink.text(cells, raw), *(piece[1:] for piece in suffix))
        self.taken.append((self._passage.line - self.first, *map(self._encode, texts)))

    def close(self) -> None:
        """Close nothing."""
