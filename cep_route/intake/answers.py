"""Whole columns of cells to ready-made pieces of answers, through polars: each distinct cell is read once, each combination of kinds is
answered once, and what a row gets is gathered by number. Never opens a file, never cuts a line, asks the engine through `People` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
from msgspec import Struct

from cep_route.intake.people import Numbers, RefusedRow
from cep_route.intake.pieces import Pieces

CELLS_AT_MOST = 400_000  # distinct cells of a column remembered
MADE_AT_MOST = 400_000  # combinations of numbers remembered
_ROOM = 1 << 62  # of one integer that several numbers are packed into

Coded = dict[int, tuple["Cells", pl.Series]]  # by position: columns as numbers of their distinct cells
_NO_CELLS = pl.Series([], dtype=pl.String)


class Cells:
    """The distinct cells of a column, and for each reader the number it gives them. polars keeps the dictionary for as long as one column
    of it is alive: the last one is kept.
    """

    def __init__(self, readers: Sequence[Callable[[str], int]]) -> None:
        self.type = pl.Categorical(pl.Categories.random())
        self._cells: list[str] = []
        self._told = [ReadOff(self._cells, read, pl.Int64) for read in readers]
        self._kept: pl.Series | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def told(self, coded: pl.Series) -> list[pl.Series]:
        """What each reader says of each cell."""
        self._kept, known = coded, len(self._cells)
        numbers = coded.to_physical()
        if int(numbers.max() or 0) >= known:  # type: ignore[arg-type]
            new = pl.DataFrame({"number": numbers, "cell": coded}).filter(pl.col("number") >= known)
            new = new.unique("number").sort("number")
            # INVARIANT: polars numbers the cells as they come, and columns come here in the order in which they were coded
            assert new["number"].to_list() == [*range(known, known + len(new))]
            self._cells += new["cell"].to_list()
        return [told(numbers) for told in self._told]


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


class Combined:
    """Rows of numbers, of which each combination is answered once. `made`: the answers, by their numbers."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.made: list[Any] = []
        self._make, self._known = make, dict[tuple[int, ...], int]()

    def __call__(self, *parts: pl.Series) -> pl.Series:
        """The number of the answer of each row."""
        packed, size = parts[0].cast(pl.Int64), _size(parts[0])
        for part in parts[1:]:
            if size * _size(part) > _ROOM:
                packed, size = packed.rank("dense").cast(pl.Int64), len(packed) + 1
            packed, size = packed * _size(part) + part, size * _size(part)
        first = packed.arg_unique()
        keys = zip(*(part.gather(first).to_list() for part in parts), strict=True)
        numbers = pl.Series([self._number(key) for key in keys], dtype=pl.Int64)
        return packed.replace_strict(packed.gather(first), numbers, return_dtype=pl.Int64)

    def _number(self, key: tuple[int, ...]) -> int:
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self.made)
            self.made.append(self._make(*key))
        return number


class Attributes:
    """What things of a list that grows hold under their names, as columns of whole numbers."""

    def __init__(self, things: Sequence[Any]) -> None:
        self._things, self._columns = things, dict[str, ReadOff]()

    def __call__(self, name: str, numbers: pl.Series) -> pl.Series:
        """That of each number."""
        if name not in self._columns:
            self._columns[name] = ReadOff(self._things, lambda thing: int(getattr(thing, name)), pl.Int64)
        return self._columns[name](numbers)


def _size(numbers: pl.Series) -> int:
    return int(numbers.max() or 0) + 1  # type: ignore[arg-type]


class Answered(Struct, frozen=True, kw_only=True):
    """The answers to some rows: which of them are refused, and why, by numbers of `Answers.refusals`; of those that are not the ids of
    their persons, and the text of each stretch of our columns.
    """

    refused: pl.Series
    why: pl.Series
    people: pl.Series
    texts: tuple[pl.Series, ...]


class Answers:
    """The answers to whole columns, over the memos of one `Pieces`. `decode`: a cell as it comes to text; `encode`: a piece to the same."""

    def __init__(
        self, pieces: Pieces, decode: Callable[[str], str] = str, encode: Callable[[str], str] = str
    ) -> None:
        self.pieces, self.people, self._encode = pieces, pieces.people, encode
        people = self.people
        self._readers: dict[int, list[Callable[[str], int]]] = {}

        def reads(at: int, read: Callable[[str], int]) -> tuple[int, int]:
            mine = self._readers.setdefault(at, [])
            mine.append(lambda cell: read(decode(cell)))
            return at, len(mine) - 1

        self._who_at, self._where_at, self._needs_at = (
            [reads(codes.at, codes.__getitem__) for codes in group]
            for group in (people.who_at, people.where_at, people.needs_at)
        )
        self._names, self._births = Numbers(""), Numbers((None, None))
        self._named = self._born = self._aged = None
        if people.territory_at is not None:
            self._named = reads(people.territory_at, self._names.__getitem__)
        if people.born is not None:
            born = people.born
            self._born = reads(born.at, lambda cell: self._births[born.exactly(cell)])
        if people.aged is not None:
            aged = people.aged
            self._aged = reads(aged.at, lambda cell: _or_less(aged.exactly(cell)[1]))
        self._cells = {at: Cells(mine) for at, mine in self._readers.items()}
        self.columns = tuple(sorted(self._readers))  # positions of the columns that are looked at
        self._refusals = Numbers(None)
        self.refusals: list[RefusedRow] = self._refusals.things  # 0 is none
        self._forget()

    def _forget(self) -> None:
        people, pieces = self.people, self.pieces
        self._who = Combined(lambda *key: people.persons[key[:-1], key[-1]])
        self._where = Combined(lambda *key: people.homes_met[key[:-1], self._names.things[key[-1]]])
        self._needs = Combined(lambda *key: people.needs_met[(key[:-1],)])
        self._desk = Combined(lambda *key: pieces.desks[key])
        self._until = Combined(lambda end, born: pieces.untils[end, self._births.things[born][0]])
        self._public = Combined(lambda who, here: pieces.public(people.kinds[who]) if here else 0)
        self._partners = Combined(lambda *key: pieces.needs[key])
        self._notes = Combined(lambda *key: pieces.notes[key])
        self._persons, self._places, self._wants, self._desks = (
            Attributes(made.made) for made in (self._who, self._where, self._needs, self._desk)
        )
        self._number = ReadOff(self._public.made, int, pl.Int64)
        self._kinds, self._spots, self._sets = (
            Attributes(things) for things in (people.kinds, people.spots, people.sets)
        )
        self._refused = [
            ReadOff(things, lambda thing: self._refusals[thing.refused], pl.Int64)
            for things in (people.kinds, people.spots, people.sets)
        ]
        self._years = ReadOff(self._births.things, lambda birth: _or_less(birth[1]), pl.Int64)
        self._hangs = ReadOff(people.ends.things, lambda end: int(isinstance(end, int)), pl.Int64)
        self._texts = tuple(ReadOff(*self._text(*stretch), pl.String) for stretch in pieces.plan)

    def _text(self, piece: str, at: int) -> tuple[Sequence[Any], Callable[[Any], str]]:
        """Where the text of a stretch is read off."""
        encode, who = self._encode, self.pieces.who
        if piece == "who":
            return self.people.kinds, lambda person: encode(who[(person.id,)][at])
        if piece == "desk":
            return self._desk.made, lambda desk: encode(desk.texts[at])
        made = {"until": self._until, "needs": self._partners, "notes": self._notes}[piece].made
        return made, lambda texts: encode(texts[at])

    def coded(self, cells: Mapping[int, pl.Series]) -> Coded:
        """Columns of text as numbers of their distinct cells; from any thread, block by block. No row where `cells` is empty."""
        for at, known in self._cells.items():
            if len(known) > CELLS_AT_MOST:
                self._cells[at] = Cells(self._readers[at])
        return {at: (known, cells.get(at, _NO_CELLS).cast(known.type)) for at, known in self._cells.items()}

    def answer(self, coded: Coded, rows: int, whole: Callable[[int], Sequence[str]]) -> Answered:
        """The answers to `rows` rows, coded; `whole`: all the cells of one. One thread at a time."""
        if (
            max(len(made.made) for made in (self._who, self._where, self._desk, self._until, self._partners))
            > MADE_AT_MOST
        ):
            self._forget()
        told = {at: cells.told(column) for at, (cells, column) in coded.items()}
        nothing = pl.Series([0], dtype=pl.Int64).new_from_index(0, rows)

        def of(reader: tuple[int, int] | None) -> pl.Series:
            return nothing if reader is None else told[reader[0]][reader[1]]

        where = self._places("id", self._where(*map(of, self._where_at), of(self._named)))
        who = self._persons("id", self._who(*map(of, self._who_at), self._spots("land", where)))
        needs = self._wants("id", self._needs(*map(of, self._needs_at), nothing))
        who = self._but_nobody(who, where, whole)
        births, doubt = of(self._born), nothing
        if self._aged is not None:
            years, ages = self._years(births), of(self._aged)
            doubt = (((years - ages).abs() > 1) & (years >= 0) & (ages >= 0)).cast(
                pl.Int64
            ) * self.pieces.doubtful
        person, place, wanted = (of(ids) for of, ids in zip(self._refused, (who, where, needs), strict=True))
        why = person.zip_with(person > 0, place.zip_with(place > 0, wanted))
        refused = why > 0
        if refused.any():
            who, where, needs, births, doubt = (
                s.filter(~refused) for s in (who, where, needs, births, doubt)
            )
        ends, here = self._kinds("until", who), self._spots("has_partners", where)
        desk = self._desk(self._kinds("first", who), where)
        public = self._number(self._public(who * here, here))
        notes = (
            self._kinds("notes", who), self._spots("notes", where), self._sets("notes", needs), doubt,
            self._desks("notes", desk), nothing.head(len(who)),
        )  # fmt: skip
        numbers = {
            "who": who,
            "desk": desk,
            "until": self._until(ends, births * self._hangs(ends)),
            "needs": self._partners(public, self._spots("ground", where), needs),
            "notes": self._notes(*notes),
        }
        texts = [text(numbers[piece]) for text, (piece, _) in zip(self._texts, self.pieces.plan, strict=True)]
        return Answered(refused=refused, why=why.filter(refused), people=who, texts=tuple(texts))

    def _but_nobody(
        self, who: pl.Series, where: pl.Series, whole: Callable[[int], Sequence[str]]
    ) -> pl.Series:
        """The persons, with the rows that are nobody as a kind of their own."""
        empty = (self._kinds("empty", who) * self._spots("empty", where) > 0).arg_true().to_list()
        nobody = [row for row in empty if self.people.columns.nobody(whole(row))]
        return who.scatter(nobody, self.people.nobody().id) if nobody else who


def _or_less(years: int | None) -> int:
    return -1 if years is None else years
