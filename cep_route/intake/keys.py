"""Whole columns of cells to numbers of ready-made pieces, by numpy: each distinct cell is read once, each distinct person, place and
set of needs is resolved once. Never opens a file, never cuts a line, never asks the engine but through `Bulk`.

A column comes as its distinct cells and, for each row, which of them it is. Codes of several columns make one integer per row,
and tables give each integer the number of what was made of it. One thread at a time: what is met first gets the lower number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count
from typing import Any

from cep_route.intake.bulk import Bulk, Needs, Person, Place
from cep_route.intake.cells import OLDEST
from cep_route.model.answer import Finding

CELLS_AT_MOST = 500_000  # distinct cells of a column remembered
TABLE_AT_MOST = 1 << 24  # entries of a table of codes
PIECES_AT_MOST = 200_000  # ready-made pieces kept of each kind; then they are made again
FEW_WORDS = 64  # distinct cells under which a look-up one by one is the quickest

_Group = list[tuple[tuple[int, int], Callable[[], int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What each row of some columns gets: ids of its person, place and needs (`Bulk.kinds`, `.spots`, `.sets`), and the numbers of
    its three pieces in `Answers.heads`, `.untils`, `.tails`. `refused`: a mask of the rows that cannot be routed, None for none.
    """

    people: Any
    places: Any
    needs: Any
    heads: Any
    untils: Any
    tails: Any
    refused: Any

    def but_refused(self) -> tuple[Any, Any, Any]:
        """The numbers of the three pieces of the rows that are routed."""
        if self.refused is None:
            return self.heads, self.untils, self.tails
        return tuple(n[~self.refused] for n in (self.heads, self.untils, self.tails))


class Answers:
    """The answers to whole columns, over the memos of one `Bulk`. `codec`: how a cell that comes as bytes is decoded."""

    def __init__(self, bulk: Bulk, codec: str) -> None:
        import numpy as np

        self.np, self.bulk = np, bulk
        self._by_at: dict[int, Column] = {}

        def reads(at: int, read: Callable[[str], int]) -> tuple[int, int]:
            return at, self._by_at.setdefault(at, Column(codec)).reader(read)

        # for each group of codes: the column and its reader, and how many codes there are by now
        self._groups: list[_Group] = [
            [(reads(codes.at, codes.__getitem__), codes.count) for codes in group]
            for group in (bulk.people, bulk.places, bulk.wants)
        ]
        self._names: dict[str, int] = {}  # what a column of territories says
        if bulk.territory_at is not None:
            where = reads(bulk.territory_at, lambda text: self._names.setdefault(text, len(self._names)))
            self._groups[1].append((where, lambda: len(self._names)))
        self._born = reads(bulk.born.at, self._day) if bulk.born is not None else None
        if bulk.born is not None and bulk.plain_days:
            self._by_at[bulk.born.at].reads_days(bulk.on, self._days_at_once)
        self._aged = reads(bulk.aged.at, self._age) if bulk.aged is not None else None
        self.parsed = tuple(sorted(self._by_at))  # positions of the columns that are looked at
        self._person_key = _Key(len(self._groups[0]), lambda codes: bulk.person(codes).id)
        self._place_key = _Key(len(self._groups[1]), self._place)
        self._needs_key = _Key(len(self._groups[2]), lambda codes: bulk.needs(codes).id)
        self._local_numbers: dict[int, int] = {}  # from 1: 0 is for rows that are refused
        self._local_people: list[Person] = []
        self._until_kinds: dict[Any, int] = {}
        self._until_values: list[Any] = []
        self._until_of = Numbers()  # of each person, what its end hangs on
        self._by_age = (
            Numbers()
        )  # of each of those, 1 when it is an age: the day then hangs on the birth date
        self._days: dict[Any, int] = {None: 0}
        self._day_values: list[Any] = [None]
        self._years = Numbers()
        self._years.append(-1)
        self._sound = _Sound(), _Sound(), _Sound()
        self._make_room()

    def _make_room(self) -> None:
        self.heads, self.untils, self.tails = Pieces(), Pieces(), Pieces()
        self._pair_key = _Key(2, self._pair)
        self._pairs = Pieces()
        self._head_of, self._local_of = Numbers(), Numbers()  # of each pair
        self._head_of.append(0)
        self._local_of.append(0)
        self._until_key = _Key(2, self._until)
        self._tail_key = _Key(4, self._tail)

    def column(self, at: int) -> Column:
        """The column at a position."""
        return self._by_at[at]

    def day(self, number: int) -> str | None:
        """The birth date of a number that the birth dates' column gives."""
        day: str | None = self._day_values[number]
        return day

    def answer(
        self, numbers: Mapping[int, Any], rows: int, cells: Callable[[int], Sequence[str]] | None = None
    ) -> Answered:
        """The answers to `rows` rows. `numbers`: for each of `parsed`, what its column has numbered the cell of each row."""
        bulk = self.bulk
        if max(len(self.heads.made), len(self.untils.made), len(self.tails.made)) > PIECES_AT_MOST:
            self._make_room()
        told = {at: self._by_at[at].told(numbers[at]) for at in self.parsed}
        people = self._ids(self._person_key, self._groups[0], told, rows)
        places = self._ids(self._place_key, self._groups[1], told, rows)
        needs = self._ids(self._needs_key, self._groups[2], told, rows)
        if cells is not None:
            people = self._but_nobody(people, places, cells)
        days, doubt = self._exactly(told, rows)
        pairs = self._pair_key.look((people, places), (len(bulk.kinds), len(bulk.spots)))
        heads, local = self._head_of.array[pairs], self._local_of.array[pairs]
        self._learn_untils()
        untils = self._until_of.array[people]
        days = days * self._by_age.array[untils]
        untils = self._until_key.look((untils, days), (len(self._until_values), len(self._day_values)))
        counts = (len(self._local_people) + 1, len(bulk.spots), len(bulk.sets), 2)
        tails = self._tail_key.look((local, places, needs, doubt), counts)
        refused = self._refusals(people, places, needs)
        return Answered(
            people=people, places=places, needs=needs, heads=heads, untils=untils, tails=tails, refused=refused
        )  # fmt: skip

    def _but_nobody(self, people: Any, places: Any, cells: Callable[[int], Sequence[str]]) -> Any:
        """The persons, with the rows that are nobody as a kind of their own."""
        np, bulk = self.np, self.bulk
        empty = (
            np.array([p.empty for p in bulk.kinds], bool)[people]
            & np.array([p.empty for p in bulk.spots], bool)[places]
        )
        for row in np.flatnonzero(empty).tolist():
            if bulk.columns.nobody(cells(row)):
                people = people.copy()
                people[row] = bulk.nobody().id
        return people

    def why(self, person: int, place: int, needs: int) -> tuple[int, Finding]:
        """The column (counted from 1, 0 for several) and the reason of a refused row, by its ids."""
        found = next(one for one in self._three(person, place, needs) if one.refused is not None)
        assert found.refused is not None
        return found.column, found.refused

    def reasons(self, answered: Answered) -> tuple[Any, Any, list[tuple[int, Finding]]]:
        """Which rows are refused, which reason each has, and the reasons met, as `why` gives them."""
        np = self.np
        rows = np.flatnonzero(answered.refused)
        people, places, needs = (ids[rows] for ids in (answered.people, answered.places, answered.needs))
        # what is refused for the person says nothing of the place: one reason for all places
        of_person = self._sound[0].refused.array[people] != 0
        key = np.where(of_person, people, ~(places.astype(np.int64) << 31 | needs))
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        found = [self.why(int(people[i]), int(places[i]), int(needs[i])) for i in first.tolist()]
        return rows, which, found

    def _three(self, person: int, place: int, needs: int) -> tuple[Person, Place, Needs]:
        return self.bulk.kinds[person], self.bulk.spots[place], self.bulk.sets[needs]

    # -- what tables are filled with: the engine is asked here ----------------------------------------------------------

    def _place(self, codes: tuple[int, ...]) -> int:
        key: tuple[Any, ...] = (*codes, "")
        if self.bulk.territory_at is not None:
            key = (*codes[:-1], next(text for text, n in self._names.items() if n == codes[-1]))
        return self.bulk.place(key).id

    def _pair(self, key: tuple[int, ...]) -> int:
        """The head of a person at a place, and what the tail hangs on: pairs that say the same are one."""
        person, place = self.bulk.kinds[key[0]], self.bulk.spots[key[1]]
        if person.refused or place.refused:
            return 0
        local = self.bulk.local(person, place)
        if local not in self._local_numbers:
            self._local_people.append(person)
            self._local_numbers[local] = len(self._local_people)
        head, tail = self.heads.number(self.bulk.head(person, place)), self._local_numbers[local]
        pair = self._pairs.number((head, tail))
        if pair == len(self._head_of):
            self._head_of.append(head)
            self._local_of.append(tail)
        return pair

    def _until(self, key: tuple[int, ...]) -> int:
        return self.untils.number(self.bulk.until_text(self._until_values[key[0]], self._day_values[key[1]]))

    def _tail(self, key: tuple[int, ...]) -> int:
        local, at, wanted, doubt = key
        place, needs = self.bulk.spots[at], self.bulk.sets[wanted]
        if not local or place.refused or needs.refused:
            return 0
        return self.tails.number(
            self.bulk.tail(self._local_people[local - 1], place, needs, doubt=bool(doubt))
        )

    # -- rows to integers -----------------------------------------------------------------------------------------------

    def _ids(self, key: _Key, group: _Group, told: Mapping[int, list[Any]], rows: int) -> Any:
        if not group:
            return self.np.full(rows, key.alone(), self.np.int64)
        return key.look([told[at][i] for (at, i), _ in group], [count() for _, count in group])

    def _exactly(self, told: Mapping[int, list[Any]], rows: int) -> tuple[Any, Any]:
        """The exact birth date of each row, and whether an age beside it says otherwise."""
        np = self.np
        nothing = np.zeros(rows, np.int64)
        if self._born is None:
            return nothing, nothing
        days = told[self._born[0]][self._born[1]]
        if self._aged is None:
            return days, nothing
        ages = told[self._aged[0]][self._aged[1]]
        born = self._years.array[days]
        return days, (np.abs(born - ages) > 1) & (born >= 0) & (ages >= 0)

    def _day(self, text: str) -> int:
        assert self.bulk.born is not None
        born, years = self.bulk.born[text]
        if born not in self._days:
            self._days[born] = len(self._day_values)
            self._day_values.append(born)
            self._years.append(-1 if years is None else years)
        return self._days[born]

    def _days_at_once(self, texts: list[str], ages: Any) -> list[Any]:
        """What both readers of the birth dates say of ISO days; `ages`: the age that each makes."""
        np, bulk = self.np, self.bulk
        alike = np.array(bulk.ages_alike)[ages]
        _, first, which = np.unique(alike, return_index=True, return_inverse=True)
        codes = next(c for c in bulk.people if bulk.born is not None and c.at == bulk.born.at)
        of_class = np.array([codes[texts[i]] for i in first.tolist()], np.int64)
        fresh = np.array([text not in self._days for text in texts], bool)
        new = list(compress(texts, fresh))
        self._days.update(zip(new, count(len(self._day_values)), strict=False))
        self._day_values += new
        self._years.extend(ages[fresh])
        return [of_class[which], np.array([self._days[text] for text in texts], np.int64)]

    def _age(self, text: str) -> int:
        assert self.bulk.aged is not None
        age = self.bulk.aged[text][0]
        return -1 if age is None else int(age)

    def _learn_untils(self) -> None:
        for person in self.bulk.kinds[len(self._until_of) :]:
            until = person.until
            kind = (until.__class__, until)
            if kind not in self._until_kinds:
                self._until_kinds[kind] = len(self._until_values)
                self._until_values.append(until)
                self._by_age.append(int(isinstance(until, int)))
            self._until_of.append(self._until_kinds[kind])

    def _refusals(self, people: Any, places: Any, needs: Any) -> Any:
        found = None
        known: Any
        for sound, ids, known in zip(
            self._sound, (people, places, needs), (self.bulk.kinds, self.bulk.spots, self.bulk.sets), strict=True
        ):  # fmt: skip
            if sound.learn(known):
                mask = sound.refused.array[ids] != 0
                found = mask if found is None else found | mask
        return found if found is not None and found.any() else None


class Pieces:
    """Ready-made pieces by number; number 0 is the piece of a row that has none."""

    def __init__(self) -> None:
        self.made: list[Any] = [None]
        self._numbers: dict[Any, int] = {}

    def number(self, piece: Any) -> int:
        found = self._numbers.get(piece)
        if found is None:
            found = self._numbers[piece] = len(self.made)
            self.made.append(piece)
        return found


class Numbers:
    """A list of numbers that is read as an array; what stands beyond its length means nothing."""

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self.array: Any = np.zeros(64, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, number: int) -> None:
        if self._count == len(self.array):
            self.array = self._np.concatenate((self.array, self._np.zeros_like(self.array)))
        self.array[self._count] = number
        self._count += 1

    def extend(self, numbers: Any) -> None:
        room = self._np.zeros(len(self.array) + 2 * len(numbers), self._np.int64)
        room[: self._count] = self.array[: self._count]
        room[self._count : self._count + len(numbers)] = numbers
        self.array, self._count = room, self._count + len(numbers)


class _Sound:
    """Which of the persons (places, needs) met so far are refused."""

    def __init__(self) -> None:
        self.refused = Numbers()
        self._some = False

    def learn(self, known: Sequence[Any]) -> bool:
        """Take in those that are new; whether any is refused."""
        for one in known[len(self.refused) :]:
            self.refused.append(int(one.refused is not None))
            self._some = self._some or one.refused is not None
        return self._some


class _Key:
    """Codes of several columns as one integer, and a table from it to the number of what was made of them."""

    def __init__(self, columns: int, made: Callable[[tuple[int, ...]], int]) -> None:
        import numpy as np

        self._np, self._made = np, made
        self._bits = [0] * columns
        self._table: Any = np.full(1, -1, np.int32)
        self._known: dict[tuple[int, ...], int] = {}

    def alone(self) -> int:
        """The number of what is made when there is no column."""
        return self._resolved(0)

    def look(self, codes: Sequence[Any], counts: Sequence[int]) -> Any:
        """The number of each row. `counts`: how many codes each column has by now."""
        np = self._np
        if any(count > 1 << bits for count, bits in zip(counts, self._bits, strict=True)):
            self._grow(counts)
        total = 1 << sum(self._bits)
        key = codes[0].astype(np.int64)
        for code, bits in zip(codes[1:], self._bits[1:], strict=True):
            key <<= bits
            key |= code
        if total > TABLE_AT_MOST:  # too many for a table: only what is met
            met, back = np.unique(key, return_inverse=True)
            return np.array([self._resolved(k) for k in met.tolist()], np.int64)[back]
        found = self._table[key]
        if found.min() < 0:
            for k in np.unique(key[found < 0]).tolist():
                self._table[k] = self._resolved(k)
            found = self._table[key]
        # other tables are looked up by these, and numpy does so fastest by numbers of its own width
        return found.astype(np.int64)

    def _grow(self, counts: Sequence[int]) -> None:
        self._bits = [
            max(bits, (count - 1).bit_length()) for count, bits in zip(counts, self._bits, strict=True)
        ]
        total = sum(self._bits)
        assert total < 63  # sixty-three bits of codes: columns enough to tell all the people there are
        self._table = self._np.full(1 << total if 1 << total <= TABLE_AT_MOST else 1, -1, self._np.int32)
        if len(self._table) > 1:
            for codes, number in self._known.items():
                key = 0
                for code, bits in zip(codes, self._bits, strict=True):
                    key = key << bits | code
                self._table[key] = number

    def _resolved(self, key: int) -> int:
        codes = []
        for bits in reversed(self._bits):
            codes.append(key & ((1 << bits) - 1))
            key >>= bits
        told = tuple(reversed(codes))
        found = self._known.get(told)
        if found is None:
            if len(self._known) >= CELLS_AT_MOST:
                self._known.clear()
            found = self._known[told] = self._made(told)
        return found


class Column:
    """A column that is looked at: for each distinct cell its code in each group, and what it tells exactly."""

    def __init__(self, codec: str) -> None:
        self._readers: list[Callable[[str], int]] = []
        self._told: list[Numbers] = []
        self._cells: dict[Any, int] = {}
        self._codec = codec
        self._value_set: Any = None
        self.era = 0  # how many times it forgot
        self._days_at_once: Callable[[list[str], Any], list[Any]] | None = None
        self._on = ""

    def reads_days(self, on: str, at_once: Callable[[list[str], Any], list[Any]] | None) -> None:
        """New cells that are plainly birth dates go to `at_once`, many together, and not to the readers."""
        self._on, self._days_at_once = on, at_once

    def reader(self, read: Callable[[str], int]) -> int:
        """One more thing to be read of each cell; its place in what `look` gives."""
        self._readers.append(read)
        self._told.append(Numbers())
        return len(self._readers) - 1

    @property
    def is_full(self) -> bool:
        """Whether it should `forget`: a column of free text."""
        return len(self._cells) > CELLS_AT_MOST

    def forget(self) -> None:
        """All its cells: they are read again. What was numbered before means nothing after."""
        self._cells, self._value_set = {}, None
        self._told = [Numbers() for _ in self._readers]
        self.era += 1

    def told(self, numbers: Any) -> list[Any]:
        """For each row, what each reader says of its cell."""
        return [told.array[numbers] for told in self._told]

    def numbers(self, words: Any) -> Any:
        """Distinct cells, an Arrow array of texts or of bytes, as numbers of this column."""
        import numpy as np

        if len(words) < FEW_WORDS:
            return np.array([self._number(word) for word in words.to_pylist()], np.int64)
        import pyarrow as pa
        from pyarrow import compute

        if self._value_set is None or len(self._cells) > len(self._value_set) * 1.1:
            self._value_set = pa.array(list(self._cells), words.type)
        numbers = (
            compute.index_in(words, value_set=self._value_set).fill_null(-1).to_numpy(zero_copy_only=False)
        )
        new = np.flatnonzero(numbers < 0)
        if len(new):
            # what the set has not yet may be known since
            numbers = numbers.copy()
            numbers[new] = [self._cells.get(word, -1) for word in words.take(pa.array(new)).to_pylist()]
            new = new[numbers[new] < 0]
            fresh = words.take(pa.array(new))
            if self._days_at_once is not None:
                done, found = self._take_in_days(fresh)
                numbers[new[done]] = found
                new, fresh = new[~done], fresh.filter(pa.array(~done))
            numbers[new] = [self._number(word) for word in fresh.to_pylist()]
        return numbers

    def _take_in_days(self, fresh: Any) -> tuple[Any, Any]:
        """Which of some new cells are plainly birth dates, and the numbers these get."""
        import numpy as np

        assert self._days_at_once is not None
        plain, ages = plain_birth_dates(fresh, self._on)
        cells = list(compress(fresh.to_pylist(), plain))
        first = len(self._cells)
        if cells:
            texts = [cell.decode() if cell.__class__ is bytes else cell for cell in cells]
            for told, said in zip(self._told, self._days_at_once(texts, ages), strict=True):
                told.extend(said)
            self._cells.update(zip(cells, count(first), strict=False))
        return plain, np.arange(first, first + len(cells))

    def _number(self, cell: Any) -> int:
        """The number of a distinct cell, as bytes or as text; no cell at all is an empty one."""
        found = self._cells.get(cell)
        if found is None:
            text = cell.decode(self._codec) if cell.__class__ is bytes else cell or ""
            for read, told in zip(self._readers, self._told, strict=True):
                told.append(read(text))
            found = self._cells[cell] = len(self._cells)
        return found


def plain_birth_dates(words: Any, on: str) -> tuple[Any, Any]:
    """Which of some distinct cells are ISO days and nothing else, those `cells` takes for birth dates; and the ages these make.

    A file of a million persons holds some twenty thousand of them: read one by one they would take as long as all its lines.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    plain = compute.binary_length(words).to_numpy(zero_copy_only=False) == 10
    ten = words.filter(pa.array(plain)).cast(pa.binary())
    if not len(ten):
        return plain, np.zeros(0, np.int32)
    letters = np.frombuffer(ten.buffers()[2], np.uint8)[: 10 * len(ten)].reshape(-1, 10)
    figures = letters[:, (0, 1, 2, 3, 5, 6, 8, 9)].astype(np.int32) - 48
    year = figures[:, :4] @ np.array((1000, 100, 10, 1), np.int32)
    month, day = figures[:, 4] * 10 + figures[:, 5], figures[:, 6] * 10 + figures[:, 7]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = np.array((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), np.int32)[np.clip(month, 0, 12)]
    today = [int(part) for part in on.split("-")]
    age = today[0] - year - (today[1] * 100 + today[2] < month * 100 + day)
    good = (letters[:, 4] == 45) & (letters[:, 7] == 45) & ((figures >= 0) & (figures < 10)).all(axis=1)
    good &= (year >= 1900) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= day <= last + ((month == 2) & leap)
    good &= (age >= 0) & (age <= OLDEST)
    plain = plain.copy()
    plain[plain] = good
    return plain, age[good]
