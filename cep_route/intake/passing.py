"""Rows answered one by one, in order: routed, or rejected with the reason. The plain path, without extras. Never decides,
never drops a row, never shows a cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cep_route.intake.bulk import Bulk, Person
from cep_route.intake.rows import Reject, Row
from cep_route.intake.writing import STILL_BROKEN, Rejects, Sink
from cep_route.model.answer import Finding, Place

TICK = 4096  # rows between two looks at the clock
STILL = Finding(code="CEP557")


class Kind(NamedTuple):
    """What is counted of a person."""

    decided: bool
    outside: bool
    first: str


def kind(person: Person) -> Kind:
    """What is counted of a person."""
    decision = person.decision
    return Kind(decision.decided, bool(decision.outside), " ".join(decision.first) or "?")


@dataclass(slots=True)
class Tally:
    """What went through, in numbers only."""

    routed: int = 0
    people: dict[int, int] = field(default_factory=dict)  # rows of each kind of person
    kinds: dict[int, Person] = field(default_factory=dict)
    others: dict[Kind, int] = field(default_factory=dict)  # rows counted many at a time, by kind

    def add(self, person: Person, rows: int = 1) -> None:
        self.routed += rows
        if person.id in self.people:
            self.people[person.id] += rows
        else:
            self.people[person.id] = rows
            self.kinds[person.id] = person

    def more(self, of: Kind, rows: int) -> None:
        """Rows of persons who all count alike."""
        self.routed += rows
        self.others[of] = self.others.get(of, 0) + rows

    def undecided(self) -> int:
        return sum(n for told, n in self._each() if not told.decided)

    def outside(self) -> int:
        return sum(n for told, n in self._each() if told.outside)

    def firsts(self) -> dict[str, int]:
        """Rows of each first answer; two firsts count as « a b »."""
        found: dict[str, int] = {}
        for told, n in self._each():
            found[told.first] = found.get(told.first, 0) + n
        return dict(sorted(found.items()))

    def _each(self) -> Iterator[tuple[Kind, int]]:
        yield from ((kind(self.kinds[i]), n) for i, n in self.people.items())
        yield from self.others.items()


class Origins:
    """Lines of a copy (a workbook, mended rejects) back to those of the file they come from."""

    def __init__(
        self, starts: Sequence[int] = (), lines: Sequence[int] = (), broken: Iterable[int] = ()
    ) -> None:
        self.starts, self.lines = starts, lines
        self.broken = frozenset(broken)  # lines whose bytes were not legible when they were rejected

    def __call__(self, line: int) -> int:
        if not self.starts:
            return line
        at = max(bisect_right(self.starts, line) - 1, 0)
        return self.lines[at]


class Identifiers:
    """The cells of a column that should be all different: which lines repeat one. Every row passes all the same."""

    KEPT = 1_000_000  # distinct ones; beyond, no more are compared

    def __init__(self, position: int) -> None:
        self.position = position
        self.lines: list[int] = []
        self._met: set[str] = set()

    def look(self, cell: str, line: int) -> None:
        known = cell.strip().casefold()
        if not known:
            return
        if known in self._met:
            self.lines.append(line)
        elif len(self._met) < self.KEPT:
            self._met.add(known)

    def findings(self, header: Sequence[str], file: str) -> tuple[Finding, ...]:
        """What is to be said of it, once all rows are through."""
        if not self.lines:
            return ()
        shown = ", ".join(map(str, self.lines[:5])) + (", …" if len(self.lines) > 5 else "")
        values = {"column": header[self.position], "count": str(len(self.lines)), "lines": shown}
        place = Place(file=file, line=self.lines[0])
        return (Finding(code="CEP561", values=values, place=place, severity="warning"),)


@dataclass(slots=True, kw_only=True)
class Passage:
    """Everything a row meets on its way."""

    bulk: Bulk
    sink: Sink
    rejects: Rejects
    header: Sequence[str]
    lang: str
    origin: Origins = field(default_factory=Origins)
    restore: Callable[[Sequence[str]], Sequence[str]] | None = None
    identifiers: Identifiers | None = None
    tally: Tally = field(default_factory=Tally)
    tick: Callable[[int], None] = lambda _rows: None
    _words: dict[int, tuple[str, str]] = field(default_factory=dict)

    def take(self, items: Iterable[Row | Reject]) -> None:
        """All rows of a file."""
        due = 0
        for item in items:
            due += 1
            if due == TICK:
                self.tick(due)
                due = 0
            self.one(item)

    def one(self, item: Row | Reject) -> None:
        """One row or reject of the reader."""
        if item.__class__ is Reject:
            self.refuse(item)
            return
        row: Row = item  # type: ignore[assignment]
        cells: Sequence[str] = row.cells
        if (
            self.origin.broken
            and self.origin(row.line) in self.origin.broken
            and STILL_BROKEN.search(row.raw)
        ):
            self.reject(row.line, row.raw, 0, STILL)
            return
        raw = row.raw
        if self.restore is not None:
            cells, raw = self.restore(cells), ""
        if self.identifiers is not None:
            self.identifiers.look(cells[self.identifiers.position], self.origin(row.line))
        found = self.bulk.answer(cells, row.notes)
        if found.__class__ is tuple:
            self.reject(row.line, row.raw, *found)
            return
        self.sink.row(cells, raw, found.suffix)  # type: ignore[union-attr]
        self.tally.add(found.person)  # type: ignore[union-attr]

    def refuse(self, item: Reject) -> None:
        """A line the reader could not take."""
        from cep_route.messages import said

        name = ""
        if 0 < item.column <= len(self.header):
            name = self.header[item.column - 1] or str(item.column)
        reason = said(item.code, item.values, self.lang)[0]
        self.rejects.add(self.origin(item.line), name, item.code, reason, item.raw)

    def reject(self, line: int, raw: str, column: int, why: Finding) -> None:
        """A row that was read but cannot be routed for sure."""
        name, reason = self.words(column, why)
        self.rejects.add(self.origin(line), name, why.code, reason, raw)

    def words(self, column: int, why: Finding) -> tuple[str, str]:
        """The column and the reason of a reject, as they are written."""
        found = self._words.get(id(why))
        if found is None:
            name = why.values.get("columns") or (self.header[column - 1] if column else "")
            found = self._words[id(why)] = (name, self.bulk.reason(why))
        return found
