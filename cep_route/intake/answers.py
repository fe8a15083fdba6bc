"""Whole columns of cells to ready-made pieces of answers, through polars: each distinct cell is read once, each distinct person, place and
set of needs is resolved once, and what a row gets is gathered by number. Never opens a file, never cuts a line, asks the engine through
`People` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cep_route.intake.people import Needs, People, Person, RowPlace

CELLS_AT_MOST = 400_000  # distinct cells of a column remembered
PIECES_AT_MOST = 400_000  # combinations of numbers remembered
BITS = 62  # of the numbers that are combined into one integer
TABLE_BITS = 22  # of those that are looked up in a table

Coded = tuple["Cells", pl.Series]  # a column as numbers of its distinct cells


class Cells:
    """The distinct cells of a column, and for each reader the number it gives them. polars keeps the dictionary for as long as one column
    of it is alive: the last one is kept.
    """

    def __init__(self, readers: Sequence[Callable[[str], int]]) -> None:
        self._readers = readers
        self.type = pl.Categorical(pl.Categories.random())
        self._told = [pl.Series([], dtype=pl.Int64) for _ in readers]
        self._kept: pl.Series | None = None

    def __len__(self) -> int:
        return len(self._told[0])

    def told(self, coded: pl.Series) -> list[pl.Series]:
        """What each reader says of each cell."""
        self._kept = coded
        numbers = coded.to_physical()
        missing = int(numbers.max() or 0) + 1 - len(self)  # type: ignore[arg-type]
        if missing > 0:
            unread = pl.Series([-1], dtype=pl.Int64).new_from_index(0, missing)
            self._told = [told.append(unread) for told in self._told]
        fresh = self._told[0].gather(numbers) < 0
        if fresh.any():
            new = pl.DataFrame({"number": numbers, "cell": coded}).filter(fresh).unique("number")
            cells = new["cell"].to_list()
            for told, read in zip(self._told, self._readers, strict=True):
                told.scatter(new["number"], [read(cell) for cell in cells])
        return [told.gather(numbers) for told in self._told]


class _Key:
    """Columns of small numbers to the number of what is made of them together, each combination once."""

    def __init__(self, make: Callable[..., int]) -> None:
        self._make = make
        self._halves: tuple[_Key, _Key] | None = None
        self._bits: list[int] = []
        self._known: dict[tuple[int, ...], int] = {}
        self._table = pl.Series(
            [], dtype=pl.Int64
        )  # by combination, where there is room for all; -1: not met yet

    def __call__(self, *parts: pl.Series) -> pl.Series:
        """The number of each row."""
        needed = [int(part.max() or 0).bit_length() for part in parts]  # type: ignore[arg-type]
        if any(bits > had for bits, had in zip(needed, self._bits or [-1] * len(parts), strict=True)):
            self._bits = [max(pair) for pair in zip(needed, self._bits or needed, strict=True)]
            if sum(self._bits) <= TABLE_BITS:
                self._table = pl.Series([-1], dtype=pl.Int64).new_from_index(0, 1 << sum(self._bits))
                self._table.scatter([self._together(key) for key in self._known], list(self._known.values()))
        if sum(self._bits) > BITS and len(parts) > 2:
            return self._folded(parts)
        packed = parts[0].cast(pl.Int64)
        for part, bits in zip(parts[1:], self._bits[1:], strict=True):
            packed = packed * (1 << bits) + part
        if sum(self._bits) > TABLE_BITS:
            met = packed.unique()
            return packed.replace_strict(met, self._numbers(met), return_dtype=pl.Int64)
        found = self._table.gather(packed)
        fresh = packed.filter(found < 0).unique()
        if len(fresh):
            self._table.scatter(fresh, self._numbers(fresh))
            found = self._table.gather(packed)
        return found

    def _numbers(self, packed: pl.Series) -> list[int]:
        """The number of each combination, made if it was not met."""
        if len(self._known) > PIECES_AT_MOST:
            self._known.clear()
        keys = list(map(self._apart, packed.to_list()))
        for key in keys:
            if key not in self._known:
                self._known[key] = self._make(*key)
        return [self._known[key] for key in keys]

    def _together(self, key: tuple[int, ...]) -> int:
        packed = 0
        for number, bits in zip(key, self._bits, strict=True):
            packed = packed << bits | number
        return packed

    def _apart(self, packed: int) -> tuple[int, ...]:
        key = []
        for bits in reversed(self._bits):
            key.append(packed & ((1 << bits) - 1))
            packed >>= bits
        return tuple(reversed(key))

    def _folded(self, parts: Sequence[pl.Series]) -> pl.Series:
        """More than one integer holds: either half is numbered first."""
        half = len(parts) // 2
        if self._halves is None:
            made: tuple[list[tuple[int, ...]], ...] = ([], [])
            make = self._make

            def number(of: list[tuple[int, ...]]) -> Callable[..., int]:
                return lambda *key: of.append(key) or len(of) - 1  # type: ignore[func-returns-value]

            self._halves = _Key(number(made[0])), _Key(number(made[1]))
            self._whole = _Key(lambda a, b: make(*made[0][a], *made[1][b]))
        return self._whole(self._halves[0](*parts[:half]), self._halves[1](*parts[half:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answers to some rows: ids of their persons, places and needs, which rows are refused, and of each stretch of our columns the text
    of each row that is not.
    """

    people: pl.Series
    places: pl.Series
    needs: pl.Series
    refused: pl.Series
    texts: tuple[pl.Series, ...]


class Answers:
    """The answers to whole columns, over the memos of one `People`. `decode`: a cell as it comes to text; `encode`: a piece to the same."""

    def __init__(
        self, people: People, decode: Callable[[str], str] = str, encode: Callable[[str], str] = str
    ) -> None:
        self.people, self._encode = people, encode
        readers: dict[int, list[Callable[[str], int]]] = {}

        def reads(at: int, read: Callable[[str], int]) -> tuple[int, int]:
            mine = readers.setdefault(at, [])
            mine.append(lambda cell: read(decode(cell)))
            return at, len(mine) - 1

        self._groups = [
            [reads(codes.at, codes.__getitem__) for codes in group]
            for group in (people.who_at, people.where_at, people.needs_at)
        ]
        self._named: list[str] = [""]
        if people.territory_at is not None:
            self._groups[1].append(reads(people.territory_at, self._name))
        self._days: list[str | None] = [None]
        self._day_of: dict[str | None, int] = {None: 0}
        self._years: list[int] = [-1]
        self._born = reads(people.born.at, self._day) if people.born is not None else None
        self._aged = reads(people.aged.at, self._age) if people.aged is not None else None
        self._readers = readers
        self._cells = {at: Cells(mine) for at, mine in readers.items()}
        self.columns = tuple(sorted(readers))  # positions of the columns that are looked at
        self._who = _Key(lambda *key: int(people.persons[key[:-1], key[-1]].id))
        self._where = _Key(self._place)
        self._needs = _Key(lambda *key: int(people.needs_met[key,].id))
        self._forget()

    def _forget(self) -> None:
        people = self.people
        self._made: dict[str, _MadeAnswers] = {
            "who": _MadeAnswers(self._encode), "desk": _MadeAnswers(self._encode), "until": _MadeAnswers(self._encode),
            "needs": _MadeAnswers(self._encode), "notes": _MadeAnswers(self._encode),
        }  # fmt: skip
        made = self._made
        self._whole = _Key(lambda person: int(made["who"].number(people.kinds[person].who)))
        self._remarks: list[int] = []
        self._desk = _Key(self._desk_of)
        self._until = _Key(lambda end, day: made["until"].number(people.untils[end, self._days[day]]))
        self._partners = _Key(lambda *key: made["needs"].number(people.partners[key]))
        self._notes = _Key(lambda *key: made["notes"].number(people.notes[(*key[:4], bool(key[4]), 0)]))

    def _but_nobody(
        self, who: pl.Series, where: pl.Series, whole: Callable[[int], Sequence[str]]
    ) -> pl.Series:
        """The persons, with the rows that are nobody as a kind of their own."""
        people = self.people
        empty = [one.empty for one in people.kinds], [one.empty for one in people.spots]
        if not all(map(any, empty)):
            return who
        rows = (pl.Series(empty[0]).gather(who) & pl.Series(empty[1]).gather(where)).arg_true().to_list()
        nobody = [row for row in rows if people.columns.nobody(whole(row))]
        return who.scatter(nobody, people.nobody().id) if nobody else who

    def _name(self, cell: str) -> int:
        if cell not in self._named:
            self._named.append(cell)
        return self._named.index(cell)

    def _day(self, cell: str) -> int:
        assert self.people.born is not None
        day, years = self.people.born[cell]
        if day not in self._day_of:
            self._day_of[day] = len(self._days)
            self._days.append(day)
            self._years.append(-1 if years is None else years)
        return self._day_of[day]

    def _age(self, cell: str) -> int:
        """The age told, plus one: 0 for none."""
        assert self.people.aged is not None
        age = self.people.aged[cell][0]
        return 0 if age is None else int(age) + 1

    def _place(self, *key: int) -> int:
        if self.people.territory_at is None:
            return int(self.people.homes_met[key, ""].id)
        return int(self.people.homes_met[key[:-1], self._named[key[-1]]].id)

    def _desk_of(self, first: int, place: int) -> int:
        piece, remarks = self.people.desks[first, place]
        number = self._made["desk"].number(piece, remarks)
        if number == len(self._remarks):
            self._remarks.append(remarks)
        return number

    def coded(self, at: int, cells: pl.Series) -> tuple[Cells, pl.Series]:
        """A column of text as numbers of its distinct cells; from any thread."""
        known = self._cells[at]
        if len(known) > CELLS_AT_MOST:
            known = self._cells[at] = Cells(self._readers[at])
        return known, cells.cast(known.type)

    def answer(
        self, coded: Mapping[int, Coded], rows: int, whole: Callable[[int], Sequence[str]]
    ) -> Answered:
        """The answers to `rows` rows, of which `coded` holds each of `columns`; `whole`: all the cells of one. One thread at a time."""
        people = self.people
        if max(len(made) for made in self._made.values()) > PIECES_AT_MOST:
            self._forget()
        told = {at: cells.told(column) for at, (cells, column) in coded.items()}
        nothing = pl.Series([0], dtype=pl.Int64).new_from_index(0, rows)

        def of(things: Sequence[Person | RowPlace | Needs], name: str, at: pl.Series) -> pl.Series:
            return pl.Series([int(getattr(thing, name)) for thing in things], dtype=pl.Int64).gather(at)

        of_who, of_where, of_needs = ([told[at][i] for at, i in group] for group in self._groups)
        where = self._where(*of_where) if of_where else nothing + self._where._make()
        who = self._who(*of_who, of(people.spots, "land", where))
        needs = self._needs(*of_needs) if of_needs else nothing + self._needs._make()
        who = self._but_nobody(who, where, whole)
        days, doubt = nothing, nothing
        if self._born is not None:
            days = told[self._born[0]][self._born[1]]
            if self._aged is not None:
                ages = told[self._aged[0]][self._aged[1]] - 1
                years = pl.Series(self._years, dtype=pl.Int64).gather(days)
                doubt = (((years - ages).abs() > 1) & (years >= 0) & (ages >= 0)).cast(pl.Int64)

        refused = pl.Series([False]).new_from_index(0, rows)
        for is_refused, at in (
            ([one.refused is not None for one in people.kinds], who),
            ([one.refused is not None for one in people.spots], where),
            ([one.refused is not None for one in people.sets], needs),
        ):
            if any(is_refused):
                refused |= pl.Series(is_refused).gather(at)
        found = Answered(people=who, places=where, needs=needs, refused=refused, texts=())
        if refused.any():
            who, where, needs, days, doubt = (s.filter(~refused) for s in (who, where, needs, days, doubt))
        ends = of(people.kinds, "until", who)
        by_age = pl.Series([isinstance(end, int) for end in people.ends.things]).cast(pl.Int64).gather(ends)
        desks = self._desk(of(people.kinds, "first", who), where)
        numbers = {
            "who": self._whole(who),
            "desk": desks,
            "until": self._until(ends, days * by_age),
            "needs": self._partners(
                of(people.kinds, "public", who) * of(people.spots, "has_partners", where),
                of(people.spots, "ground", where), needs,
            ),
            "notes": self._notes(
                of(people.kinds, "notes", who), of(people.spots, "notes", where),
                pl.Series(self._remarks, dtype=pl.Int64).gather(desks), of(people.sets, "notes", needs), doubt,
            ),
        }  # fmt: skip
        texts = tuple(self._made[piece].texts(i).gather(numbers[piece]) for piece, i in people.plan)
        return replace(found, texts=texts)


class _MadeAnswers:
    """Ready-made pieces by number."""

    def __init__(self, encode: Callable[[str], str]) -> None:
        self._encode = encode
        self._number_of: dict[object, int] = {}
        self._pieces: list[tuple[str, ...]] = []
        self._texts: dict[int, pl.Series] = {}

    def __len__(self) -> int:
        return len(self._pieces)

    def number(self, piece: tuple[str, ...], beside: int = 0) -> int:
        """The number of a piece; `beside`: what else it must not share."""
        number = self._number_of.setdefault((piece, beside), len(self._pieces))
        if number == len(self._pieces):
            self._pieces.append(tuple(map(self._encode, piece)))
        return number

    def texts(self, at: int) -> pl.Series:
        """Of all pieces one stretch."""
        known = self._texts.get(at)
        if known is None or len(known) < len(self._pieces):
            known = self._texts[at] = pl.Series([piece[at] for piece in self._pieces], dtype=pl.String)
        return known
