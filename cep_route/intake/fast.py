"""Clean lines as bytes: a row's own bytes pass untouched, only the columns that matter are parsed, ready-made pieces are appended.
Never judges a line that is not plainly clean: those go one by one through the plain reader, and back in their place.

A block of whole lines is looked at with numpy (line ends, quotes, first cells), its key columns are parsed by pyarrow as
dictionaries, so that each distinct cell is read once; codes make one integer per row, and tables give each integer its bytes.
Two blocks are worked on at a time; what hangs on order (odd lines, counts, writing) is done by one thread, in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import StringIO
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from cep_route.intake.bulk import COLUMNS, Bulk, Person, Place
from cep_route.intake.decoding import LongLine, whole_blocks
from cep_route.intake.passing import Passage, Tally
from cep_route.intake.writing import CsvSink, Dialect, Rejects
from cep_route.model.answer import Finding

if TYPE_CHECKING:
    from cep_route.intake.reading import Reading
    from cep_route.intake.rows import Rows
    from cep_route.intake.source import Source

BLOCK = 2 << 20  # bytes of a block: three of them, and what is made of them, are in memory at a time
WORTH_IT = 1 << 20  # bytes of a file under which loading the libraries costs more than they gain
ASCII_LIKE = frozenset(("utf-8", "ascii", "cp1252", "iso8859-1", "iso8859-15"))
CELLS_AT_MOST = 500_000  # distinct cells of a column remembered
TABLE_AT_MOST = 1 << 24  # entries of a table of codes

LF, CR, QUOTE, BACKSLASH, APOSTROPHE = 10, 13, 34, 92, 39
_FIRST_BYTES = (
    9,
    11,
    12,
    28,
    29,
    30,
    31,
    32,
    CR,
    LF,
    APOSTROPHE,
    QUOTE,
    0x85,
    0xA0,
    0xC2,
    0xE1,
    0xE2,
    0xE3,
    0xEF,
)


def suits(reading: Reading, bulk: Bulk, dialect: Dialect, *, size: int) -> bool:
    """Whether a file can be taken as bytes: libraries there, one encoding where ASCII is ASCII, plain line ends and quotes."""
    lines = reading.lines
    if (
        size < WORTH_IT
        or lines.recoded
        or lines.keeps != "all"
        or lines.has_nul
        or lines.encoding not in ASCII_LIKE
    ):
        return False
    if reading.quote != '"' or reading.newline not in ("\n", "\r\n") or dialect.newline != reading.newline:
        return False
    if len(reading.header) < 2 or ord(reading.delimiter) >= 128:
        return False
    if len(bulk.people) + len(bulk.places) + len(bulk.wants) == 0:
        return False
    try:
        import numpy  # noqa: F401, ICN001
        import pyarrow.compute
        import pyarrow.csv  # noqa: F401
    except ImportError:
        return False
    return True


def run(
    source: Source, bulk: Bulk, rejects: Rejects, dialect: Dialect, file: BinaryIO, passage: Passage
) -> tuple[Tally, int, int, Rows]:
    """All rows of a file; the counts, and the reader that saw the odd lines."""
    return _Fast(source, bulk, rejects, dialect, file, passage).work()


# ---------------------------------------------------------------------------------------------- codes to tables


_Group = list[tuple[tuple[int, int], Callable[[], int]]]


class _Key:
    """Codes of several columns as one integer, and a table from it to what was made of them."""

    def __init__(self, columns: int, made: Callable[[tuple[int, ...]], int]) -> None:
        import numpy as np

        self.np, self.made = np, made
        self.sizes = [1] * columns
        self.table: Any = np.full(1, -1, np.int32)
        self.known: dict[tuple[int, ...], int] = {}

    def look(self, codes: Sequence[Any], counts: Sequence[int]) -> Any:
        """The id of each row. `counts`: how many codes each column has by now."""
        np = self.np
        if any(count > size for count, size in zip(counts, self.sizes, strict=True)):
            self._grow(counts)
        total = prod(self.sizes)
        key = np.zeros(len(codes[0]), np.int64)
        for code, size in zip(codes, self.sizes, strict=True):
            key = key * size + code
        if total > TABLE_AT_MOST:  # too many for a table: only what is met
            met, back = np.unique(key, return_inverse=True)
            return np.array([self._resolved(k) for k in met.tolist()], np.int32)[back]
        found = self.table[key]
        lacking = found < 0
        if lacking.any():
            for k in np.unique(key[lacking]).tolist():
                self.table[k] = self._resolved(k)
            found = self.table[key]
        return found

    def _grow(self, counts: Sequence[int]) -> None:
        self.sizes = [
            size if count <= size else 1 << (count - 1).bit_length()
            for count, size in zip(counts, self.sizes, strict=True)
        ]
        total = prod(self.sizes)
        self.table = self.np.full(total if total <= TABLE_AT_MOST else 1, -1, self.np.int32)

    def _resolved(self, key: int) -> int:
        codes = []
        for size in reversed(self.sizes):
            key, code = divmod(key, size)
            codes.append(code)
        told = tuple(reversed(codes))
        found = self.known.get(told)
        if found is None:
            found = self.known[told] = self.made(told)
        return found


class _Pieces:
    """Ready-made bytes by number."""

    def __init__(self, last: bytes = b"") -> None:
        self.texts: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._last = last
        self._array: Any = None

    def number(self, text: bytes) -> int:
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text + self._last)
        return found

    def array(self) -> Any:
        import pyarrow as pa

        if self._array is None or len(self._array) != len(self.texts):
            self._array = pa.array(self.texts, pa.binary())
        return self._array


class _Cells(dict[bytes, int]):
    """The distinct raw cells of a column, numbered as they are met; each is read once."""

    def __init__(self, read: Callable[[str], None], codec: str) -> None:
        super().__init__()
        self._read, self._codec, self.count = read, codec, 0

    def __missing__(self, cell: bytes) -> int:
        self._read(cell.decode(self._codec))
        number = self[cell] = self.count
        self.count += 1
        return number


class _Column:
    """A column that is parsed: for each distinct cell its code in each group, and what it tells exactly."""

    def __init__(self, codec: str) -> None:
        self.readers: list[Callable[[str], int]] = []
        self.told: list[list[int]] = []
        self.cells = _Cells(self._read, codec)
        self._codec = codec

    def reader(self, read: Callable[[str], int]) -> int:
        """One more thing to be read of each cell; its place in what `look` gives."""
        self.readers.append(read)
        self.told.append([])
        return len(self.readers) - 1

    def _read(self, text: str) -> None:
        for read, told in zip(self.readers, self.told, strict=True):
            told.append(read(text))

    def look(self, words: list[bytes], indices: Any, np: Any) -> list[Any]:
        """For each row, what each reader says of its cell."""
        if len(self.cells) > CELLS_AT_MOST:  # a column of free text: forget, and read again
            self.cells = _Cells(self._read, self._codec)
            for told in self.told:
                told.clear()
        numbers = list(map(self.cells.__getitem__, words))
        return [np.array([told[n] for n in numbers], np.int64)[indices] for told in self.told]


# ---------------------------------------------------------------------------------------------- blocks


@dataclass(slots=True)
class _Block:
    """Some whole lines. `careful`: all of them go through the plain reader."""

    data: bytes  # line ends are LF alone
    raw: bytes  # as it stands in the file
    careful: list[str] | None = None
    first: int = 0  # number of its first line
    lines: int = 0
    odd: list[int] = field(default_factory=list)  # lines that want a look, in order
    ends: Any = None  # where each line ends
    kept: Any = None  # the lines parsed, in order; None for all
    people: Any = None  # id of the person of each parsed line
    alive: Any = None  # parsed lines that come out; None for all
    offsets: Any = None  # of the output of each of those
    out: Any = None  # their bytes
    refused: dict[int, tuple[int, Finding]] = field(default_factory=dict)
    raw_ends: Any = None


class _Fast:
    def __init__(
        self, source: Source, bulk: Bulk, rejects: Rejects, dialect: Dialect, file: BinaryIO, passage: Passage
    ) -> None:
        import numpy as np
        import pyarrow as pa

        self.np, self.pa = np, pa
        self.source, self.bulk, self.rejects, self.dialect, self.file = source, bulk, rejects, dialect, file
        self.reading = source.reading
        self.codec = self.reading.lines.encoding
        self.delimiter = ord(self.reading.delimiter)
        self.width = len(self.reading.header)
        self.lock = Lock()
        self.sink = _Gathered(self.dialect, self.width)
        self.passage = passage
        passage.sink = self.sink
        self.rows = self.reading.rows()
        self._names = sorted(name.encode(self.codec, "replace") for name in self.rows.odd_names if name)
        self._name_starts = np.zeros(256, bool)
        for name in self._names:
            self._name_starts[name[0]] = True
        for byte in _FIRST_BYTES:
            self._name_starts[byte] = True
        self._name_starts[self.delimiter] = True
        self._name_set = frozenset(self._names)
        self._columns()

    def _columns(self) -> None:
        bulk = self.bulk
        self.by_at: dict[int, _Column] = {}

        def reads(at: int, read: Callable[[str], int]) -> tuple[int, int]:
            return at, self.by_at.setdefault(at, _Column(self.codec)).reader(read)

        # for each group of codes: the column and its reader, and how many codes there are by now
        self.groups: list[_Group] = [
            [(reads(codes.at, codes.__getitem__), codes.count) for codes in group]
            for group in (bulk.people, bulk.places, bulk.wants)
        ]
        self.names: dict[str, int] = {}  # what a column of territories says
        if bulk.territory_at is not None:
            where = reads(bulk.territory_at, lambda text: self.names.setdefault(text, len(self.names)))
            self.groups[1].append((where, lambda: len(self.names)))
        self.born = reads(bulk.born.at, self._day) if bulk.born is not None else None
        self.aged = reads(bulk.aged.at, self._age) if bulk.aged is not None else None
        self.parsed = sorted(self.by_at)
        # by their ids; those of odd lines stand among them
        self.people, self.places, self.wants = bulk.kinds, bulk.spots, bulk.sets
        self.person_key = _Key(len(self.groups[0]), self._person)
        self.place_key = _Key(len(self.groups[1]), self._place)
        self.needs_key = _Key(len(self.groups[2]), self._needs)
        last = b"\r" if self.dialect.newline == "\r\n" else b""
        self.heads = _Pieces()
        self.untils = _Pieces()
        self.tails = _Pieces(last)
        self.head_key = _Key(2, self._head)
        self.local_key = _Key(2, self._local)
        self.until_key = _Key(2, self._until)
        self.tail_key = _Key(4, self._tail)
        self.local_people: dict[int, tuple[Person, Place]] = {}
        self.until_kinds: dict[Any, int] = {}
        self.until_of: list[int] = []
        self.kind_values: list[Any] = []
        self.days: dict[Any, int] = {None: 0}
        self.day_values: list[Any] = [None]
        self.years: list[int] = [-1]

    # -- what tables are filled with: the engine is asked here, one thread at a time ------------------------------------

    def _person(self, codes: tuple[int, ...]) -> int:
        return self.bulk.person(codes).id

    def _place(self, codes: tuple[int, ...]) -> int:
        key: tuple[Any, ...] = (*codes, "")
        if self.bulk.territory_at is not None:
            key = (*codes[:-1], next(text for text, n in self.names.items() if n == codes[-1]))
        return self.bulk.place(key).id

    def _needs(self, codes: tuple[int, ...]) -> int:
        return self.bulk.needs(codes).id

    def _refused(self, person: int, place: int, needs: int) -> tuple[int, Finding] | None:
        for one in (self.people[person], self.places[place], self.wants[needs]):
            if one.refused is not None:
                return one.column, one.refused
        return None

    def _head(self, key: tuple[int, ...]) -> int:
        person, place = self.people[key[0]], self.places[key[1]]
        if person.refused or place.refused:
            return self.heads.number(b"")
        return self.heads.number(self.bulk.head(person, place))

    def _local(self, key: tuple[int, ...]) -> int:
        person, place = self.people[key[0]], self.places[key[1]]
        if person.refused or place.refused:
            return 0
        number = self.bulk.local(person, place) + 1
        self.local_people.setdefault(number, (person, place))
        return number

    def _until(self, key: tuple[int, ...]) -> int:
        kind, day = self.kind_values[key[0]], self.day_values[key[1]]
        if not isinstance(kind, int):
            day = None
        return self.untils.number(self.bulk.until_text(kind, day))

    def _tail(self, key: tuple[int, ...]) -> int:
        local, place, needs, doubt = key
        if not local or self.places[place].refused or self.wants[needs].refused:
            return self.tails.number(b"")
        person, _ = self.local_people[local]
        return self.tails.number(
            self.bulk.tail(person, self.places[place], self.wants[needs], doubt=bool(doubt))
        )

    # -- a block, in a thread of its own -----------------------------------------------------------------------------------

    def _worked(self, block: _Block) -> _Block:
        if block.careful is None and block.lines:
            self._find_odd(block)
            self._parse(block)
        return block

    def _find_odd(self, block: _Block) -> None:
        np, data = self.np, block.data
        buffer = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(buffer == LF)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        odd = np.zeros(len(ends), bool)
        self._odd_quotes(data, buffer, ends, odd)
        if self.codec != "utf-8":
            self._odd_widths(data, buffer, starts, ends, odd)
        self._odd_firsts(data, buffer, starts, ends, odd)
        self._odd_empties(buffer, starts, ends, odd)
        self._odd_apostrophes(data, buffer, ends, odd)
        longest = int((ends - starts).max())
        if longest > self.reading.lines.limits.cell // 4:
            odd |= (ends - starts) > self.reading.lines.limits.cell // 4  # bytes, at most four to a character
        block.ends, block.odd = ends, np.flatnonzero(odd).tolist()

    def _odd_quotes(self, data: bytes, buffer: Any, ends: Any, odd: Any) -> None:
        """Lines whose quotes do not all open at a delimiter, double, or close before one."""
        np = self.np
        if b'"' not in data:
            return
        quotes = np.flatnonzero(buffer == QUOTE)
        of_line = np.searchsorted(ends, quotes)
        per_line = np.bincount(of_line, minlength=len(ends))
        odd |= per_line % 2 == 1
        before = buffer[np.maximum(quotes - 1, 0)]
        before[quotes == 0] = LF
        after = buffer[quotes + 1]  # a block ends with a line end
        # the place of a quote in its line
        firsts = np.cumsum(per_line) - per_line
        opens = (np.arange(len(quotes)) - firsts[of_line]) % 2 == 0
        stops = (self.delimiter, LF)
        well_before = (before == stops[0]) | (before == stops[1]) | (before == QUOTE)
        well_after = (after == stops[0]) | (after == stops[1]) | (after == QUOTE)
        ill = np.where(opens, ~well_before, ~well_after) | (before == BACKSLASH)
        # a doubled quote is a closing one then an opening one; two that open and close side by side are an empty cell
        odd[of_line[ill]] = True

    def _odd_widths(self, data: bytes, buffer: Any, starts: Any, ends: Any, odd: Any) -> None:
        """Lines with more or fewer cells than the header, for encodings in which pyarrow cannot show them."""
        np = self.np
        delimiter = bytes((self.delimiter,))
        counts = np.diff(np.searchsorted(np.flatnonzero(buffer == self.delimiter), ends), prepend=0)
        doubtful = counts != self.width - 1
        if b'"' in data:
            doubtful[np.searchsorted(ends, np.flatnonzero(buffer == QUOTE))] = True
        for i in np.flatnonzero(doubtful & ~odd).tolist():
            outside = data[int(starts[i]) : int(ends[i])].split(b'"')[::2]
            odd[i] = sum(part.count(delimiter) for part in outside) != self.width - 1

    def _odd_firsts(self, data: bytes, buffer: Any, starts: Any, ends: Any, odd: Any) -> None:
        """Lines whose first cell is empty, blank, an apostrophe's, or the name of a column."""
        np = self.np
        delimiter = bytes((self.delimiter,))
        doubtful = np.flatnonzero(self._name_starts[buffer[starts]] & ~odd)
        if len(doubtful) > len(starts) // 4 and self._names:
            doubtful = self._maybe_names(buffer, starts, doubtful)
        for i in doubtful.tolist():
            start, end = int(starts[i]), int(ends[i])
            cell = data[start:end].split(delimiter, 1)[0]
            if cell[:1] == b'"':
                cell = data[start + 1 : max(data.find(b'"', start + 1, end), start + 1)]
            if (
                not cell
                or cell[0] == APOSTROPHE
                or cell in self._name_set
                or cell.decode(self.codec, "replace").isspace()
            ):
                odd[i] = True

    def _maybe_names(self, buffer: Any, starts: Any, doubtful: Any) -> Any:
        """Of many lines, those whose second byte too may begin a name or needs a look."""
        seconds = self.np.zeros(256, bool)
        for name in self._names:
            if len(name) > 1:
                seconds[name[1]] = True
            else:
                seconds[:] = True
        for byte in (*_FIRST_BYTES, self.delimiter, 0x80, 0x81, 0x9A):
            seconds[byte] = True
        firsts = self.np.zeros(256, bool)
        for byte in (*_FIRST_BYTES, self.delimiter):
            firsts[byte] = True
        at = starts[doubtful]
        return doubtful[seconds[buffer[self.np.minimum(at + 1, len(buffer) - 1)]] | firsts[buffer[at]]]

    def _odd_empties(self, buffer: Any, starts: Any, ends: Any, odd: Any) -> None:
        """Lines whose second and last cells are both empty: a title or a total may stand alone in the first."""
        np = self.np
        last = buffer[np.maximum(ends - 1, 0)]
        empty = last == self.delimiter
        closed = np.flatnonzero(last == QUOTE)
        empty[
            closed[
                (buffer[ends[closed] - 2] == QUOTE)
                & (buffer[np.maximum(ends[closed] - 3, 0)] == self.delimiter)
            ]
        ] = True
        doubtful = np.flatnonzero(empty & ~odd)
        if not len(doubtful):
            return
        quoted = buffer[starts[doubtful]] == QUOTE
        odd[doubtful[quoted]] = True  # where the first cell ends is not known at sight
        doubtful = doubtful[~quoted]
        cuts = np.flatnonzero(buffer == self.delimiter)
        if not len(cuts):
            return
        second = cuts[np.minimum(np.searchsorted(cuts, starts[doubtful]), len(cuts) - 1)] + 1
        top = len(buffer) - 1
        one, two, three = (buffer[np.minimum(second + i, top)] for i in range(3))
        bare = (one == self.delimiter) | (one == LF)
        marks = (one == QUOTE) & (two == QUOTE) & ((three == self.delimiter) | (three == LF))
        odd[doubtful[bare | marks]] = True

    def _odd_apostrophes(self, data: bytes, buffer: Any, ends: Any, odd: Any) -> None:
        """Lines with a cell that begins with an apostrophe."""
        if b"'" in data:
            at = self.np.flatnonzero(buffer == APOSTROPHE)
            at = at[buffer[self.np.maximum(at - 1, 0)] == self.delimiter]
            odd[self.np.searchsorted(ends, at)] = True

    def _parse(self, block: _Block) -> None:
        """The key columns of all lines that are not odd; a line of another width becomes odd."""
        np = self.np
        skip = set(block.odd)
        ragged: list[int] = []
        kept = None
        if skip:
            mask = np.ones(block.lines, bool)
            mask[block.odd] = False
            kept = np.flatnonzero(mask)
            if not len(kept):
                block.kept = kept
                return
        table = self._table(self._without(block), ragged)
        if ragged:
            # the handler numbers the rows it was given
            every = kept if kept is not None else np.arange(block.lines)
            bad = every[np.array(ragged) - 1]
            block.odd = sorted([*block.odd, *bad.tolist()])
            mask = np.ones(block.lines, bool)
            mask[block.odd] = False
            kept = np.flatnonzero(mask)
        block.kept = kept
        rows = len(kept) if kept is not None else block.lines
        # INVARIANT: every line that is not odd is a row of the table
        assert table.num_rows == rows, f"{rows} lines, {table.num_rows} rows parsed"
        if rows:
            self._answer(block, table, rows)

    def _without(self, block: _Block) -> Any:
        """The block's bytes without its odd lines."""
        if not block.odd:
            return self.pa.py_buffer(block.data)
        view, pieces, start = memoryview(block.data), [], 0
        for i in block.odd:
            begin = int(block.ends[i - 1]) + 1 if i else 0
            if begin > start:
                pieces.append(view[start:begin])
            start = int(block.ends[i]) + 1
        pieces.append(view[start:])
        return self.pa.py_buffer(b"".join(pieces))

    def _table(self, data: Any, ragged: list[int]) -> Any:
        from pyarrow import csv

        def look(row: Any) -> str:
            ragged.append(row.number)
            return "skip"

        names = [str(i) for i in range(self.width)]
        kind = self.pa.dictionary(self.pa.int32(), self.pa.binary())
        return csv.read_csv(
            self.pa.BufferReader(data),
            read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            parse_options=csv.ParseOptions(
                delimiter=chr(self.delimiter), quote_char='"', double_quote=True, escape_char=False,
                newlines_in_values=False, ignore_empty_lines=False,
                invalid_row_handler=look if self.codec == "utf-8" else None,
            ),
            convert_options=csv.ConvertOptions(
                include_columns=[str(i) for i in self.parsed], column_types={str(i): kind for i in self.parsed},
                strings_can_be_null=False, quoted_strings_can_be_null=False, check_utf8=False,
            ),
        )  # fmt: skip

    def _answer(self, block: _Block, table: Any, rows: int) -> None:
        """The output bytes of every parsed line."""
        np, pa = self.np, self.pa
        from pyarrow import compute

        cells: dict[int, tuple[list[bytes], Any]] = {}
        for at in self.parsed:
            chunk = table.column(str(at)).combine_chunks()
            if isinstance(chunk, pa.ChunkedArray):
                chunk = chunk.chunk(0)
            cells[at] = (chunk.dictionary.to_pylist(), chunk.indices.to_numpy(zero_copy_only=False))
        with self.lock:
            told = {at: self.by_at[at].look(*cells[at], np) for at in self.parsed}
            people = self._ids(self.person_key, self.groups[0], told, rows)
            places = self._ids(self.place_key, self.groups[1], told, rows)
            needs = self._ids(self.needs_key, self.groups[2], told, rows)
            days, doubt = self._exactly(told, rows)
            heads = self.head_key.look((people, places), (len(self.people), len(self.places)))
            locals_ = self.local_key.look((people, places), (len(self.people), len(self.places)))
            count = int(locals_.max()) + 1
            self._kinds()
            kinds = np.array(self.until_of, np.int32)[people]
            days = np.where(np.array([isinstance(k, int) for k in self.kind_values], bool)[kinds], days, 0)
            untils = self.until_key.look((kinds, days), (len(self.kind_values), len(self.day_values)))
            tails = self.tail_key.look(
                (locals_, places, needs, doubt), (count, len(self.places), len(self.wants), 2)
            )
            pieces = (self.heads.array(), self.untils.array(), self.tails.array())
            refused = self._refusals(people, places, needs)
        block.people = people
        # a line without its end, the end of the one before it in front: no byte is copied to cut it
        lines = self._lines(block)
        numbers = [heads, untils, tails]
        if refused is not None:
            block.alive = ~refused
            lines = lines.filter(pa.array(block.alive))
            numbers = [n[block.alive] for n in numbers]
            for row in np.flatnonzero(refused).tolist():
                why = self._refused(int(people[row]), int(places[row]), int(needs[row]))
                assert why is not None
                block.refused[row] = why
        parts = [piece.take(pa.array(n)) for piece, n in zip(pieces, numbers, strict=True)]
        joined = compute.binary_join_element_wise(lines, *parts, pa.scalar(b"", pa.binary()))
        if isinstance(joined, pa.ChunkedArray):
            joined = joined.combine_chunks()
        _, offsets, out = joined.buffers()
        block.offsets = np.frombuffer(offsets, np.int32)[joined.offset : joined.offset + len(joined) + 1]
        block.out = memoryview(out) if out is not None else memoryview(b"")

    def _lines(self, block: _Block) -> Any:
        """Each kept line as « line end, text »."""
        np, pa = self.np, self.pa
        data = b"\n" + block.data
        offsets = np.empty(block.lines + 1, np.int32)
        offsets[0] = 0
        offsets[1:] = block.ends + 1  # in `data`, the place of the end of each line
        lines = pa.Array.from_buffers(
            pa.binary(), block.lines, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )
        return lines if block.kept is None else lines.take(pa.array(block.kept))

    def _ids(self, key: _Key, group: _Group, told: dict[int, list[Any]], rows: int) -> Any:
        if not group:
            if () not in key.known:
                key.known[()] = key.made(())
            return self.np.full(rows, key.known[()], self.np.int32)
        return key.look([told[at][i] for (at, i), _ in group], [count() for _, count in group])

    def _exactly(self, told: dict[int, list[Any]], rows: int) -> tuple[Any, Any]:
        """The exact birth date of each row, and whether an age beside it says otherwise."""
        np = self.np
        nothing = np.zeros(rows, np.int32)
        if self.born is None:
            return nothing, nothing
        days = told[self.born[0]][self.born[1]]
        if self.aged is None:
            return days, nothing
        ages = told[self.aged[0]][self.aged[1]]
        born = np.array(self.years, np.int32)[days]
        return days, ((born >= 0) & (ages >= 0) & (np.abs(born - ages) > 1)).astype(np.int32)

    def _day(self, text: str) -> int:
        assert self.bulk.born is not None
        born, years = self.bulk.born[text]
        if born not in self.days:
            self.days[born] = len(self.day_values)
            self.day_values.append(born)
            self.years.append(years)
        return self.days[born]

    def _age(self, text: str) -> int:
        assert self.bulk.aged is not None
        age = self.bulk.aged[text][0]
        return -1 if age is None else int(age)

    def _kinds(self) -> None:
        """For each person, by id, what its end hangs on."""
        for person in self.people[len(self.until_of) :]:
            until = person.until
            if until not in self.until_kinds:
                self.until_kinds[until] = len(self.kind_values)
                self.kind_values.append(until)
            self.until_of.append(self.until_kinds[until])

    def _refusals(self, people: Any, places: Any, needs: Any) -> Any:
        np = self.np
        found = None
        known: Any
        for ids, known in ((people, self.people), (places, self.places), (needs, self.wants)):
            bad = [one.id for one in known if one.refused is not None]
            if bad:
                table = np.zeros(len(known), bool)
                table[bad] = True
                mask = table[ids]
                found = mask if found is None else found | mask
        return found if found is not None and found.any() else None

    # -- in order ---------------------------------------------------------------------------------------------------------

    def work(self) -> tuple[Tally, int, int, Rows]:
        header = self.reading.header_raw.rstrip("\r\n") + self.dialect.appended(COLUMNS)
        self.file.write(self.dialect.mark + self.dialect.encode(header))
        if self.dialect.newline == "\r\n":
            self.file.write(b"\r")
        number = self.reading.first_line - 1  # the line last accounted for
        begun = number
        self.skip = 0
        with ThreadPoolExecutor(2) as pool:
            self.queue: deque[tuple[_Block, Future[_Block]]] = deque()
            self.coming = self._blocks()
            self.pool = pool
            try:
                while self._more(2):
                    block = self.queue.popleft()[1].result()
                    block.first = number + 1
                    number += block.lines
                    self._finish(block)
                    self.passage.tick(block.lines)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        self.file.write(b"\n")
        self.file.flush()
        self.rows.close(number - begun, number)
        return self.passage.tally, self.rows.blank, self.rows.seen, self.rows

    def _more(self, depth: int) -> bool:
        """Keep some blocks ahead; False when none is left."""
        while len(self.queue) < depth and (block := next(self.coming, None)) is not None:
            self.queue.append((block, self.pool.submit(self._worked, block)))
        return bool(self.queue)

    def _blocks(self) -> Iterator[_Block]:
        """The file's whole lines after the header, some megabytes at a time."""
        left = self.reading.first_line - 1
        for raw, overlong in whole_blocks(self.reading.lines, BLOCK):
            if overlong:
                text = LongLine(raw.decode(self.codec, "replace")[: self.reading.lines.limits.cell + 1])
                block = _Block(data=b"", raw=raw, careful=[text], lines=1)
                if left:
                    left -= 1
                    continue
                yield block
                continue
            while left and raw:  # the header and what stands over it
                cut = _line_end(raw)
                raw, left = raw[cut:], left - 1  # noqa: PLW2901
            cut = raw.rfind(b"\n") + 1
            for part in (raw[:cut], raw[cut:]):  # the last line of a file may have no end
                if part:
                    yield self._block(part)

    def _block(self, raw: bytes) -> _Block:
        returns, pairs = (raw.count(b"\r"), raw.count(b"\r\n")) if b"\r" in raw else (0, 0)
        ends = raw.count(b"\n")
        crlf = self.dialect.newline == "\r\n"
        if returns != pairs or not raw.endswith(b"\n") or (pairs if not crlf else 0):
            # a return alone ends a line too; the last line may have no end: the plain reader knows
            lines = list(StringIO(raw.decode(self.codec), newline=""))
            return _Block(data=b"", raw=raw, careful=lines, lines=len(lines))
        data = raw.replace(b"\r\n", b"\n") if pairs else raw
        return _Block(data=data, raw=raw, lines=ends)

    def _finish(self, block: _Block) -> None:
        """Write a block: its clean stretches as they are, its odd lines through the plain reader, in order."""
        at = min(self.skip, block.lines)
        self.skip -= at
        odd = block.odd if block.careful is None else []
        for line in odd:
            if line < at:
                continue
            # the reader must be at ease before lines pass it by
            at = self._careful_until_calm(block, at, line)
            if at > line:
                continue
            self._pass_by(block, at, line)
            at = self._careful(block, line)
        if block.careful is not None:
            while at < block.lines:
                at = self._careful(block, at)
        at = self._careful_until_calm(block, at, block.lines)
        if at < block.lines:
            self._pass_by(block, at, block.lines)
            at = block.lines
        self.skip += max(at - block.lines, 0)
        self._flush()

    def _careful_until_calm(self, block: _Block, at: int, stop: int) -> int:
        while at < stop and self.rows.watching:
            at = self._careful(block, at)
        return at

    def _careful(self, block: _Block, at: int) -> int:
        """One record from line `at` by the plain reader; the line after it."""
        source = self.rows.source
        source.lines, source.at, source.number = [], 0, block.first + at - 1
        source.chunks = self._ahead(block, at)
        item = self.rows.step()
        if item is not None:
            with self.lock:
                self.passage.one(item)
        return at + source.number - (block.first + at - 1)

    def _ahead(self, block: _Block, at: int) -> Iterator[list[str]]:
        """The physical lines from `at` on, a few, then more; into the next blocks if a record runs that far."""
        count = 1
        while at < block.lines:
            yield self._texts(block, at, min(at + count, block.lines))
            at += count
            count = min(count * 8, 512)
        place = 0
        while place < len(self.queue) or self._more(place + 1):
            if place >= len(self.queue):
                return
            following = self.queue[place][0]
            for start in range(0, following.lines, 512):
                yield self._texts(following, start, min(start + 512, following.lines))
            place += 1

    def _texts(self, block: _Block, start: int, stop: int) -> list[str]:
        if block.careful is not None:
            return block.careful[start:stop]
        if block.raw_ends is None:
            buffer = self.np.frombuffer(block.raw, self.np.uint8)
            block.raw_ends = self.np.flatnonzero(buffer == LF)
        begin = int(block.raw_ends[start - 1]) + 1 if start else 0
        text = block.raw[begin : int(block.raw_ends[stop - 1]) + 1].decode(self.codec)
        return list(StringIO(text, newline=""))

    def _pass_by(self, block: _Block, start: int, stop: int) -> None:
        """The clean lines of a stretch."""
        if start >= stop:
            return
        np = self.np
        low, high = (
            (start, stop) if block.kept is None else np.searchsorted(block.kept, (start, stop)).tolist()
        )
        # INVARIANT: a stretch between odd lines is parsed line by line
        assert high - low == stop - start
        self._flush()
        if block.alive is None:
            a, b = low, high
        else:
            a, b = (int(block.alive[:i].sum()) for i in (low, high))
        if b > a:
            self.file.write(block.out[int(block.offsets[a]) : int(block.offsets[b])])
        self.rows.passed(high - low)
        people = block.people[low:high]
        if block.alive is not None:
            people = people[block.alive[low:high]]
            self._refuse(block, low, high)
        for i, n in enumerate(np.bincount(people).tolist()):
            if n:
                self.passage.tally.add(self.people[i], n)

    def _refuse(self, block: _Block, low: int, high: int) -> None:
        """Rows of a stretch that were read and cannot be routed."""
        rows = list(block.refused)
        for row in rows[bisect_left(rows, low) : bisect_left(rows, high)]:
            why = block.refused[row]
            line = row if block.kept is None else int(block.kept[row])
            begin = int(block.ends[line - 1]) + 1 if line else 0
            raw = block.data[begin : int(block.ends[line])].decode(self.codec)
            name, reason = self.passage.words(*why)
            self.rejects.add(block.first + line, name, why[1].code, reason, raw)

    def _flush(self) -> None:
        if self.sink.kept:
            self.file.write(b"".join(self.sink.kept))
            self.sink.kept.clear()


class _Gathered(CsvSink):
    """Rows of the plain reader on their way between two stretches: each begins with the line end before it."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        super().__init__(cast("BinaryIO", None), dialect, width, same=True)
        self.kept: list[bytes] = []
        self._last = b"\r" if dialect.newline == "\r\n" else b""

    def row(self, cells: Sequence[str], raw: str, suffix: bytes) -> None:
        self.kept += (b"\n", self.text(cells, raw).encode(self.dialect.codec), suffix, self._last)


def _line_end(raw: bytes) -> int:
    """Where the first physical line ends."""
    lf, cr = raw.find(b"\n"), raw.find(b"\r")
    if cr >= 0 and (lf < 0 or cr < lf):
        return cr + (2 if raw[cr + 1 : cr + 2] == b"\n" else 1)
    return lf + 1 if lf >= 0 else len(raw)
