"""Stretches of ordinary rows through the counter, column by column: the plain path when nothing but appending is asked for.
Never reads a line, never decides, never says of a row what `Bulk.answer` would not say of it alone.

A row alone costs some steps of the interpreter for each of its cells. Here a whole column goes down a level of a tree of memos in one
step (`map` over dicts whose `__missing__` asks `Bulk`), and a row is put together in one step too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import repeat
from operator import getitem
from typing import Any, NamedTuple

from cep_route.intake.bulk import KEPT_AT_MOST, Bulk, Codes, Exact, Needs, Person, Place
from cep_route.intake.cutting import Letters, Stretch, Texts
from cep_route.intake.passing import Kind, Passage, kind
from cep_route.intake.rows import Reject, Row, Rows
from cep_route.intake.twin import Run, Twin, is_worth_it
from cep_route.intake.writing import CsvSink, defused


def suit(passage: Passage) -> bool:
    """Whether rows leave as they came, cells of ours appended, and nothing else wants to see each of them."""
    return (
        isinstance(passage.sink, CsvSink)
        and passage.sink.same
        and passage.restore is None
        and passage.identifiers is None
        and not passage.origin.broken
    )


def take(passage: Passage, rows: Rows) -> None:
    """All rows of a file, in order; those that need a look go one by one."""
    sink = passage.sink
    assert isinstance(sink, CsvSink)
    wanted = positions(passage.bulk)
    items = rows.stretches(wanted, sink.dialect.codec)
    way = _Way(passage, sink, rows.waiting)
    with _company(rows, way, wanted):
        try:
            for item in items:
                if isinstance(item, (Row, Reject)):
                    passage.one(item)
                    continue
                way.write(way.made(item) if isinstance(item, Stretch) else item)
                passage.tick(item.rows)
        except UnicodeDecodeError:
            if not rows.changed():  # the survey read all of it: then only another hand explains it
                raise
            rows.close(0, 0)
    way.count()


@contextmanager
def _company(rows: Rows, way: _Way, wanted: set[int]) -> Iterator[None]:
    """A second process beside this one, where it is of use."""
    waiting = rows.waiting
    if not isinstance(waiting, Letters) or not is_worth_it(rows.size()):
        yield
        return

    def company() -> Twin | None:
        other = rows.again()
        if other is None:
            return None
        with other.stream as own, suppress(OSError):  # too many processes: then this one is enough
            return Twin(lambda: way.ahead(other, wanted), own.fileno())
        return None

    waiting.company = company
    try:
        yield
    finally:
        if waiting.twin is not None:
            waiting.twin.close()


def positions(bulk: Bulk) -> set[int]:
    """Of the columns that are looked at."""
    found = {codes.at for codes in (*bulk.people, *bulk.places, *bulk.wants)}
    found |= {exact.at for exact in (bulk.born, bulk.aged) if exact is not None}
    return found | ({bulk.territory_at} if bulk.territory_at is not None else set())


# kinds of columns that hold many different cells
_MANY_CELLS = frozenset(("age", "birth_date", "birth_year", "dated"))
_NOTHING = (b"",) * 4  # the pieces of a row that is refused
_HEAVY = 5  # a node, a pair, or a key of several cells, weighs so many entries


class _Way:
    """The way of a stretch: answered, put together, written; its refused rows among the rejects."""

    def __init__(self, passage: Passage, sink: CsvSink, waiting: Texts) -> None:
        self._passage, self._sink, self._waiting = passage, sink, waiting
        self._answers = _Answers(passage.bulk, waiting, sink.dialect.encode(sink.dialect.newline))
        self._met: Counter[_Who] = Counter()  # routed rows of each, and of each kind
        self._kinds: Counter[Kind] = Counter()
        self._middles: dict[int, tuple[str, str]] = {}

    def made(self, stretch: Stretch) -> Run:
        """What is written of some rows; their persons count at the next `count`."""
        answers, lines = self._answers, stretch.lines
        if answers.asked > KEPT_AT_MOST * 2:  # `Bulk` still knows most of the answers
            self._count()
            answers.forget()
        people, places, needs, births = answers.of(stretch.columns, len(lines))
        self._met.update(people)
        pairs = list(map(getitem, people, places))
        tails = list(map(getitem, [pair[2] for pair in pairs], needs))
        pieces: list[Any] = [b""] * (4 * len(lines))
        pieces[::4] = map(str.encode, self._whole(stretch), repeat(self._waiting.codec))
        pieces[1::4] = [pair[0] for pair in pairs]
        if births is not None:
            pieces[2::4] = [
                b"" if pair[1] is None else pair[1][birth] for pair, birth in zip(pairs, births, strict=True)
            ]
        pieces[3::4] = tails
        if None not in tails:
            return Run(stretch.first, len(lines), b"".join(pieces), b"", {}, [])
        refused = [i for i, tail in enumerate(tails) if tail is None]
        for i in refused:
            pieces[4 * i : 4 * i + 4] = _NOTHING
        self._met.subtract(people[i] for i in refused)
        why = self._refused(stretch, {i: (people[i].person, places[i], needs[i]) for i in refused})
        return Run(stretch.first, len(lines), b"".join(pieces), *why, [])

    def ahead(self, rows: Rows, wanted: set[int]) -> Iterator[list[Run]]:
        """In a second process: what is written of the common rows of each of its blocks."""
        self._met.clear()  # the first one counts these
        self._kinds.clear()
        for stretches in rows.ahead(wanted, self._sink.dialect.codec):
            yield list(self._runs(stretches))

    def _runs(self, stretches: Iterable[Stretch]) -> Iterator[Run]:
        """What is written of stretches, those that follow each other in one."""
        together: list[Run] = []
        for stretch in stretches:
            if together and together[-1].first + together[-1].rows != stretch.first:
                yield self._joined(together)
                together = []
            together.append(self.made(stretch))
        if together:
            yield self._joined(together)

    def _joined(self, runs: Sequence[Run]) -> Run:
        codes: Counter[str] = Counter()
        for run in runs:
            codes.update(run.codes)
        self._count()
        kinds = list(self._kinds.items())
        self._kinds.clear()
        return Run(
            runs[0].first, sum(run.rows for run in runs), b"".join([run.out for run in runs]),
            b"".join([run.rejected for run in runs]), codes, kinds,
        )  # fmt: skip

    def write(self, run: Run) -> None:
        """Rows that are done take their place in the output, and among the rejects."""
        rejects, tally = self._passage.rejects, self._passage.tally
        self._sink.put(run.out)
        if run.codes:
            rejects.many(memoryview(run.rejected))
        for code, rows in run.codes.items():
            rejects.counted(code, rows)
        for told, rows in run.kinds:
            tally.more(Kind(*told), rows)

    def count(self) -> None:
        """Every row that was routed by now, counted."""
        self._count()
        for told, rows in self._kinds.items():
            self._passage.tally.more(told, rows)
        self._kinds.clear()

    def _count(self) -> None:
        for who, rows in self._met.items():
            if rows:
                self._kinds[kind(who.person)] += rows
        self._met.clear()

    def _whole(self, stretch: Stretch) -> list[str]:
        """The lines with the cells that some lack."""
        if not stretch.padded:
            return stretch.lines
        sink, lines = self._sink, stretch.lines[:]
        for i, cells in stretch.padded.items():
            lines[i] = sink.text(cells + [""] * (sink.width - len(cells)), lines[i])
        return lines

    def _refused(
        self, stretch: Stretch, refused: Mapping[int, tuple[Person, Place, Needs]]
    ) -> tuple[bytes, dict[str, int]]:
        """Rows that were read but cannot be routed for sure, as `Passage.reject` writes each; and how many of each code."""
        dialect = self._sink.dialect
        quote, end = dialect.quote, dialect.quote + dialect.newline
        written: list[str] = []
        codes: Counter[str] = Counter()
        for i, three in refused.items():
            one = three[0] if three[0].refused else three[1] if three[1].refused else three[2]
            code, middle = self._middles.get(id(one)) or self._middle(one)
            line = stretch.lines[i]
            if not line[0].isalnum() and (text := self._waiting.cell(line)) != defused(text):
                line = f"'{line}"
            written.append(f"{stretch.first + i}{middle}{line.replace(quote, quote * 2)}{end}")
            codes[code] += 1
        return "".join(written).encode(self._waiting.codec), codes

    def _middle(self, one: Person | Place | Needs) -> tuple[str, str]:
        """The code of a reject, and what stands between the number and the text of its line."""
        why, dialect = one.refused, self._sink.dialect
        assert why is not None
        name, reason = self._passage.words(one.column, why)
        text = dialect.appended((name, why.code, reason)) + dialect.delimiter + dialect.quote
        found = self._middles[id(one)] = why.code, self._waiting.waiting(text) or ""
        return found


# ---------------------------------------------------------------------------------------------- a tree of memos


class _Memo(dict[Any, Any]):
    """Key -> what was asked of it once."""

    __slots__ = ("_answers", "_ask")

    def __init__(self, answers: _Answers, ask: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answers, self._ask = answers, ask

    def __missing__(self, key: Any) -> Any:
        self._answers.asked += 1
        found = self[key] = self._ask(key)
        return found


class _Who(_Memo):
    """A person, and whether the age beside the birth date says otherwise: a memo of places -> pairs."""

    __slots__ = ("_doubt", "person")
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    def __init__(self, answers: _Answers, person: Person, *, doubt: bool) -> None:
        super().__init__(answers, self._pair)
        self.person, self._doubt = person, doubt

    def _pair(self, place: Place) -> _Pair:
        return self._answers.pair(self.person, place, doubt=self._doubt)


_Pair = tuple[bytes, _Memo | None, _Memo]
_Said = tuple[Any, ...]  # what the cells down to some level of a tree say
_Add = Callable[[_Said, str], _Said]  # what is said and a cell -> what is said with it


class _Level(NamedTuple):
    """A level of a tree: the positions of its columns, and how the cell of each adds to what is said."""

    at: tuple[int, ...]
    adds: tuple[_Add, ...]

    def said(self, said: _Said, key: Any) -> _Said:
        for add, cell in zip(self.adds, key if len(self.at) > 1 else (key,), strict=True):
            said = add(said, cell)
        return said


class _Tree:
    """Cells of some columns -> what they make together, a level for a column or several. Where cells say the same, the ways join.

    Columns with many different cells come first: near the root there are few nodes to hold them.
    """

    def __init__(
        self, answers: _Answers, levels: Sequence[_Level], made: Callable[[_Said], Any], said: _Said = ()
    ) -> None:
        self._answers, self._levels, self._made = answers, levels, made
        self._nodes: dict[tuple[int, _Said], Any] = {}
        self._root = self._node(0, said)

    def of(self, columns: Mapping[int, Sequence[str]], rows: int) -> Iterable[Any]:
        """What the cells of each row make."""
        found: Iterable[Any] = repeat(self._root, rows)
        for level in self._levels:
            cells = [columns[at] for at in level.at]
            found = map(getitem, found, cells[0] if len(cells) == 1 else zip(*cells, strict=True))
        return found

    def _node(self, depth: int, said: _Said) -> Any:
        key = depth, said
        if key not in self._nodes:
            self._answers.asked += _HEAVY
            if depth == len(self._levels):
                self._nodes[key] = self._made(said)
            else:
                self._nodes[key] = _Memo(self._answers, self._below(depth, said))
        return self._nodes[key]

    def _below(self, depth: int, said: _Said) -> Callable[[Any], Any]:
        level = self._levels[depth]

        def below(key: Any) -> Any:
            if len(level.at) > 1:
                self._answers.asked += _HEAVY
            return self._node(depth + 1, level.said(said, key))

        return below


class _Answers:
    """The memos of `Bulk`, for columns of cells instead of one key.

    A pair of a person and a place is its head, its memo of birth cells -> until, and that of needs -> tail. Where the end of the
    answer does not hang on the birth date the head holds it, and there is no memo. A tail holds the line end; it is None where the
    row is refused.
    """

    def __init__(self, bulk: Bulk, waiting: Texts, newline: bytes) -> None:
        self.bulk, self._cell, self._newline = bulk, waiting.cell, newline
        self._apart = False  # each column of persons has a level of its own
        self._plant()

    def forget(self) -> None:
        """Begin again: everything is asked of `Bulk` once more."""
        self._apart = True
        self._plant()

    def _plant(self) -> None:
        bulk = self.bulk
        self.asked = 0
        levels, order = self._to_people()
        # what is said of a person begins with whether the age beside the birth date says otherwise
        self._people = _Tree(self, levels, self._who(order), (False,))
        levels = [self._level(codes) for codes in bulk.places]
        if bulk.territory_at is None:
            self._places = _Tree(self, levels, lambda said: bulk.place((*said, "")))
        else:
            levels.append(_Level((bulk.territory_at,), (lambda said, cell: (*said, self._cell(cell)),)))
            self._places = _Tree(self, levels, bulk.place)
        self._wants = _Tree(self, [self._level(codes) for codes in bulk.wants], bulk.needs)
        self._untils: dict[int, _Memo] = {}
        self._tails: dict[tuple[int, int, bool], _Memo] = {}
        self._nothing: _Pair = b"", None, _Memo(self, lambda _: None)

    def of(
        self, columns: Mapping[int, Sequence[str]], rows: int
    ) -> tuple[list[_Who], list[Place], list[Needs], Sequence[str] | None]:
        """Of each row its person, place, needs, and birth cell where there are any."""
        born = self.bulk.born
        people, places, needs = (
            list(tree.of(columns, rows)) for tree in (self._people, self._places, self._wants)
        )
        return people, places, needs, None if born is None else columns[born.at]

    def pair(self, person: Person, place: Place, *, doubt: bool) -> _Pair:
        """What a person gets at a place, whatever the needs and the very birth date."""
        if person.refused or place.refused:
            return self._nothing
        bulk = self.bulk
        self.asked += _HEAVY
        head, untils = bulk.head(person, place), None
        if bulk.born is None or not isinstance(person.until, int):
            head += bulk.until(person, None)
        else:
            untils = self._untils.get(person.until)
            if untils is None:
                untils = self._untils[person.until] = _Memo(self, self._until_of(person))
        alike = bulk.local(person, place), place.id, doubt
        tails = self._tails.get(alike)
        if tails is None:
            tails = self._tails[alike] = _Memo(self, self._tail_of(person, place, doubt=doubt))
        return head, untils, tails

    def _until_of(self, person: Person) -> Callable[[str], bytes]:
        bulk = self.bulk

        def until(birth: str) -> bytes:
            assert bulk.born is not None
            found: bytes = bulk.until(person, bulk.born[self._cell(birth)][0])
            return found

        return until

    def _tail_of(self, person: Person, place: Place, *, doubt: bool) -> Callable[[Needs], bytes | None]:
        def tail(needs: Needs) -> bytes | None:
            if needs.refused:
                return None
            found: bytes = self.bulk.tail(person, place, needs, doubt=doubt)
            return found + self._newline

        return tail

    # -- the levels of the trees ------------------------------------------------------------------------------------------

    def _level(self, codes: Codes) -> _Level:
        return _Level((codes.at,), (lambda said, cell: (*said, codes[self._cell(cell)]),))

    def _to_people(self) -> tuple[list[_Level], list[int]]:
        """The levels of the tree of persons, and the positions of the columns whose codes they say, in that order.

        First the birth date and the age beside it, which are compared; then others that hold many different cells; then all the
        rest together, unless that was too much to remember.
        """
        bulk = self.bulk
        born, aged = bulk.born, bulk.aged
        exact = [one.at for one in (born, aged) if one is not None]
        many = [c for c in bulk.people if c.at not in exact and c.column.kind in _MANY_CELLS]
        few = [c for c in bulk.people if c.at not in exact and c.column.kind not in _MANY_CELLS]
        first = [c for at in exact for c in bulk.people if c.at == at]
        levels = [self._level(codes) for codes in (*first, *many)]
        rest = [self._level(codes) for codes in few]
        if born is not None and aged is not None:
            self._compare(levels, born, aged)
        if self._apart or len(rest) < 2:
            levels += rest
        else:
            levels.append(
                _Level(tuple(level.at[0] for level in rest), tuple(level.adds[0] for level in rest))
            )
        return levels, [codes.at for codes in (*first, *many, *few)]

    def _compare(self, levels: list[_Level], born: Exact, aged: Exact) -> None:
        """Have the first two levels say, before all else, the years of a birth date, then whether the age beside it doubts them."""
        birth = levels.pop(0).adds[0]
        age: _Add = levels.pop(0).adds[0] if levels and levels[0].at == (aged.at,) else lambda said, _: said

        def told_birth(said: _Said, cell: str) -> _Said:
            return born[self._cell(cell)][1], *birth(said[1:], cell)

        def told_age(said: _Said, cell: str) -> _Said:
            return _is_doubt(said[0], aged[self._cell(cell)][0]), *age(said[1:], cell)

        levels[:0] = [_Level((born.at,), (told_birth,)), _Level((aged.at,), (told_age,))]

    def _who(self, order: Sequence[int]) -> Callable[[_Said], _Who]:
        places = [order.index(codes.at) + 1 for codes in self.bulk.people]

        def who(said: _Said) -> _Who:
            return _Who(self, self.bulk.person(tuple([said[i] for i in places])), doubt=said[0])

        return who


def _is_doubt(years: int | None, age: int | None) -> bool:
    """Whether the age of a birth date and the age that is told cannot both be true."""
    return years is not None and age is not None and not -2 < years - age < 2
