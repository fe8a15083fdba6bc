"""Whole columns of cells to ready-made pieces of answers, through polars: each distinct cell is read once, each combination of kinds is
answered once, and what a row gets is gathered by number. Never opens a file, never cuts a line, asks the engine through `Pieces` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import gt
from typing import Any

import polars as pl

from cep_route.intake.people import Codes, Memo, Names, People
from cep_route.intake.pieces import Answered, Piece, Pieces

CELLS_AT_MOST = 400_000  # distinct cells of a column remembered
_ROOM = 1 << 21  # combinations of which a column keeps the numbers
_UNMET = (1 << 32) - 1  # the number of a combination that was not met yet

Coded = dict[int, tuple["Cells", pl.Series]]  # by position: columns as numbers of their distinct cells
_NO_CELLS = pl.Series([], dtype=pl.String)


class ReadOff:
    """What is read off each thing of a list that grows, as a column."""

    def __init__(self, things: Sequence[Any], read: Callable[[Any], object], kind: type[pl.DataType]) -> None:
        self._things, self._read, self._told = things, read, pl.Series([], dtype=kind)

    def __call__(self, numbers: pl.Series) -> pl.Series:
        """That of each number."""
        if known := len(self._things) - len(self._told):
            fresh = pl.Series([self._read(thing) for thing in self._things[-known:]], dtype=self._told.dtype)
            self._told = pl.concat([self._told, fresh], rechunk=True)
        return self._told.gather(numbers)


class Cells:
    """The distinct cells of a column, and what they say. polars keeps the dictionary for as long as one column of it is alive: the last one
    is kept.
    """

    def __init__(self, read: Callable[[str], int]) -> None:
        self.type = pl.Categorical(pl.Categories.random())
        self._cells: list[str] = []
        self._told = ReadOff(self._cells, read, pl.UInt32)
        self._kept: pl.Series | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def told(self, coded: pl.Series) -> pl.Series:
        """What each cell says."""
        self._kept, known = coded, len(self._cells)
        numbers = coded.to_physical()
        if int(numbers.max() or 0) >= known:  # type: ignore[arg-type]
            new = pl.DataFrame({"number": numbers, "cell": coded}).filter(pl.col("number") >= known)
            new = new.unique("number").sort("number")
            # INVARIANT: polars numbers the cells as they come, and columns come here in the order in which they were coded
            assert new["number"].to_list() == [*range(known, known + len(new))]
            self._cells += new["cell"].to_list()
        return self._told(numbers)


class Answers:
    """The answers to many rows at once, over the memos of one `Pieces`: a `Way` whose numbers are columns. `decode`: a cell as it comes to
    text; `encode`: a piece to the same.

    `columns`: the positions of those that are looked at; `refusals`: why rows are refused, by number.
    """

    def __init__(
        self, pieces: Pieces, decode: Callable[[str], str] = str, encode: Callable[[str], str] = str
    ) -> None:
        self.pieces, people = pieces, pieces.people
        self.refusals = people.refusals.things
        codes: list[Codes | Names] = [*people.who_at, *people.where_at, *people.needs_at, *people.names]
        self._readers = {one.at: _reading(one, decode) for one in codes}
        self._cells = {at: Cells(read) for at, read in self._readers.items()}
        self.columns = tuple(sorted(self._cells))
        self._encode = encode
        self.none = pl.Series([], dtype=pl.UInt32)
        self._begin()

    def _begin(self) -> None:
        # of each memo, how large the parts of a key may be, and the number of each key as it is packed
        self._known = dict[int, tuple[list[int], pl.Series]]()
        self._columns = dict[tuple[int, str], ReadOff]()  # of lists that stay, by what they hold
        encode = self._encode
        self._texts = [
            (piece, ReadOff(things, _text(i, encode), pl.String)) for piece, things, i in self.pieces.plan
        ]

    def coded(self, cells: Mapping[int, pl.Series]) -> Coded:
        """Columns of text as numbers of their distinct cells; from any thread, block by block. No row where `cells` is empty."""
        for at, known in self._cells.items():
            if len(known) > CELLS_AT_MOST:
                self._cells[at] = Cells(self._readers[at])
        return {at: (known, cells.get(at, _NO_CELLS).cast(known.type)) for at, known in self._cells.items()}

    def answer(self, coded: Coded, rows: int, whole: Callable[[int], Sequence[str]]) -> Answered[pl.Series]:
        """The answers to `rows` rows, coded; `whole`: all the cells of one. One thread at a time."""
        if self.pieces.forget():
            self._begin()
        self._told = {at: cells.told(column) for at, (cells, column) in coded.items()}
        self.none = pl.Series([0], dtype=pl.UInt32).new_from_index(0, rows)
        self._whole = whole
        return self.pieces.numbers(self, self.none)

    def texts(self, answered: Answered[pl.Series]) -> tuple[pl.Series, ...]:
        """The text of each stretch of our columns, of the rows that are not refused."""
        return tuple(text(answered.pieces[piece]) for piece, text in self._texts)

    # -- the way ----------------------------------------------------------------------------------------------------------

    def told(self, codes: Codes | Names) -> pl.Series:
        return self._told[codes.at]

    def number(self, memo: Memo, *key: pl.Series) -> pl.Series:
        """Each combination is looked up once, and its number kept in a column under the integer that the combination is packed into."""
        sizes = [int(part.max() or 0) + 1 for part in key]  # type: ignore[arg-type]
        rooms, known = self._known.get(id(memo), ([0] * len(key), None))
        if any(map(gt, sizes, rooms)):
            rooms, known = [1 << (size - 1).bit_length() for size in sizes], None
        packed, size = key[0], rooms[0]
        for part, room in zip(key[1:], rooms[1:], strict=True):
            size *= room
            if size <= _ROOM:
                packed = packed * room + part
            else:  # too many for a column that is kept: numbers of these rows alone
                packed = (packed.cast(pl.Int64) * room + part).rank("dense") - 1
                size, known = len(packed), None
        if known is None:
            known = pl.Series([_UNMET], dtype=pl.UInt32).new_from_index(0, size)
            self._known[id(memo)] = rooms, known
        numbers = known.gather(packed)
        if numbers.max() == _UNMET:
            met = (numbers == _UNMET).arg_true()
            first = met.gather(packed.gather(met).arg_unique())
            keys = zip(*(part.gather(first).to_list() for part in key), strict=True)
            known.scatter(packed.gather(first), pl.Series([memo[one] for one in keys], dtype=pl.UInt32))
            numbers = known.gather(packed)
        return numbers

    def read(self, numbers: pl.Series, things: list[Any], name: str) -> pl.Series:
        key = id(things), name
        if key not in self._columns:
            self._columns[key] = ReadOff(things, lambda thing: int(getattr(thing, name)), pl.UInt32)
        return self._columns[key](numbers)

    def times(self, numbers: pl.Series, others: pl.Series) -> pl.Series:
        return numbers * others

    def keep(self, numbers: pl.Series, why: pl.Series) -> pl.Series:
        return numbers.filter(why == 0)

    def nobody(self, who: pl.Series, people: People, *empty: pl.Series) -> pl.Series:
        rows = (empty[0] * empty[1] > 0).arg_true().to_list()
        nobody = [row for row in rows if people.columns.nobody(self._whole(row))]
        return who.scatter(nobody, people.nobody()) if nobody else who


def _reading(codes: Codes | Names, decode: Callable[[str], str]) -> Callable[[str], int]:
    return lambda cell: codes[decode(cell)]


def _text(stretch: int, encode: Callable[[str], str]) -> Callable[[Piece], str]:
    return lambda made: encode(made.texts[stretch])
