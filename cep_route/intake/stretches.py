"""Stretches of ordinary rows through the counter, column by column: the plain path when nothing but appending is asked for.
Never reads a line, never decides, never says of a row what `Bulk.answer` would not say of it alone.

A row alone costs some steps of the interpreter for each of its cells. Here a whole column goes through a memo in one step (`map`
over a dict whose `__missing__` asks `Bulk`), and what is left for each row is to put four pieces in a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

from cep_route.intake.bulk import KEPT_AT_MOST, Bulk, Codes, Needs, Person, Place
from cep_route.intake.passing import Passage
from cep_route.intake.rows import Rows, Stretch
from cep_route.intake.writing import CsvSink


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
    answers = _Answers(passage.bulk, sink.dialect.encode(sink.dialect.newline))
    for item in rows.stretches():
        if isinstance(item, Stretch):
            _pass(item, answers, passage, sink)
            passage.tick(len(item.cells))
        else:
            passage.one(item)


def _pass(stretch: Stretch, answers: _Answers, passage: Passage, sink: CsvSink) -> None:
    texts, raws = stretch.texts, stretch.raws
    for i in stretch.unlike:
        texts[i] = sink.text(stretch.cells[i], raws[i])
    people, places, wants, pairs, births, doubts = answers.of(stretch.cells)
    kept: list[bytes] = []
    refused: list[Person] = []
    every = zip(map(str.encode, texts, repeat(sink.dialect.codec)), pairs, births, doubts, wants, strict=True)
    for at, (text, (head, untils, tails), birth, doubt, needs) in enumerate(every):
        tail = tails[doubt][needs]
        if tail is not None:
            kept += (text, head, untils[birth], tail)
            continue
        column, why = next((o.column, o.refused) for o in (people[at], places[at], needs) if o.refused)
        passage.reject(stretch.first + at, raws[at], column, why)
        refused.append(people[at])
    sink.put(kept)
    routed = Counter(people)
    routed.subtract(refused)
    for person, count in routed.items():
        if count:
            passage.tally.add(person, count)


class _Memo(dict[Any, Any]):
    """Key -> what was asked of it once."""

    def __init__(self, answers: _Answers, ask: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answers, self._ask = answers, ask

    def __missing__(self, key: Any) -> Any:
        self._answers.asked += 1
        found = self[key] = self._ask(key)
        return found


_Pair = tuple[bytes, _Memo, tuple[_Memo, _Memo]]


class _Answers:
    """The memos of `Bulk`, for columns of keys instead of one key.

    A pair of a person and a place becomes its head, its memo of birth cell -> until, and two of needs -> tail (without and with a
    doubt about the age). A tail holds the line end; it is None where the row is refused.
    """

    def __init__(self, bulk: Bulk, newline: bytes) -> None:
        self.bulk, self._newline = bulk, newline
        self._forget()

    def _forget(self) -> None:
        bulk = self.bulk
        self.asked = 0
        self._people, self._places, self._wants = map(self._memo, (bulk.person, bulk.place, bulk.needs))
        self._pairs = self._memo(self._pair)
        self._untils: dict[str | int, _Memo] = {}
        self._tails: dict[tuple[int, int], tuple[_Memo, _Memo]] = {}
        refused = self._memo(lambda _: None)
        self._nothing: _Pair = b"", self._memo(lambda _: b""), (refused, refused)
        self._years = self._memo(lambda birth: bulk.born[birth][1] if bulk.born is not None else None)
        self._ages = self._memo(lambda cell: bulk.aged[cell][0] if bulk.aged is not None else None)
        self._doubts = self._memo(_is_doubt)

    def _memo(self, ask: Callable[[Any], Any]) -> _Memo:
        return _Memo(self, ask)

    def of(
        self, cells: Sequence[Sequence[str]]
    ) -> tuple[list[Person], list[Place], list[Needs], Iterable[_Pair], Iterable[str], Iterable[bool]]:
        """Of each row its person, place, needs, pair, birth cell, and whether its age is in doubt."""
        if self.asked > KEPT_AT_MOST * 4:  # they are small, and `Bulk` still knows most of the answers
            self._forget()
        bulk, rows = self.bulk, len(cells)
        columns = list(zip(*cells, strict=True))
        territories = repeat("", rows) if bulk.territory_at is None else columns[bulk.territory_at]
        people = list(map(self._people.__getitem__, _keys(bulk.people, columns, rows)))
        places = list(map(self._places.__getitem__, _keys(bulk.places, columns, rows, territories)))
        wants = list(map(self._wants.__getitem__, _keys(bulk.wants, columns, rows)))
        pairs = map(self._pairs.__getitem__, zip(people, places, strict=True))
        births: Iterable[str] = repeat("", rows)
        doubts: Iterable[bool] = repeat(False, rows)
        if bulk.born is not None:
            births = columns[bulk.born.at]
        if bulk.born is not None and bulk.aged is not None:
            ages = map(self._ages.__getitem__, columns[bulk.aged.at])
            years = map(self._years.__getitem__, births)
            doubts = map(self._doubts.__getitem__, zip(years, ages, strict=True))
        return people, places, wants, pairs, births, doubts

    def _pair(self, key: tuple[Person, Place]) -> _Pair:
        person, place = key
        if person.refused or place.refused:
            return self._nothing
        bulk = self.bulk
        untils = self._untils.get(person.until)
        if untils is None:
            untils = self._untils[person.until] = self._memo(self._until_of(person))
        alike = bulk.local(person, place), place.id
        tails = self._tails.get(alike)
        if tails is None:
            sure, doubtful = (
                self._memo(self._tail_of(person, place, doubt=doubt)) for doubt in (False, True)
            )
            tails = self._tails[alike] = sure, doubtful
        return bulk.head(person, place), untils, tails

    def _until_of(self, person: Person) -> Callable[[str], bytes]:
        bulk = self.bulk

        def until(birth: str) -> bytes:
            found: bytes = bulk.until(person, None if bulk.born is None else bulk.born[birth][0])
            return found

        return until

    def _tail_of(self, person: Person, place: Place, *, doubt: bool) -> Callable[[Needs], bytes | None]:
        def tail(needs: Needs) -> bytes | None:
            if needs.refused:
                return None
            found: bytes = self.bulk.tail(person, place, needs, doubt=doubt)
            return found + self._newline

        return tail


def _keys(
    every: Sequence[Codes], columns: Sequence[Sequence[str]], rows: int, *more: Iterable[str]
) -> Iterable[tuple[Any, ...]]:
    """Of each row the codes of its cells, then what `more` says of it."""
    if not every and not more:
        return repeat((), rows)
    return zip(*(map(codes.__getitem__, columns[codes.at]) for codes in every), *more, strict=True)


def _is_doubt(told: tuple[int | None, int | None]) -> bool:
    """Whether the age of a birth date and the age that is told cannot both be true."""
    years, age = told
    return years is not None and age is not None and not -2 < years - age < 2
