"""What every form shares while its rows are read: the source of the rows, the area, the vocabularies, and where lost values are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cep_route.importers.area import Area
from cep_route.importers.cards import Cards
from cep_route.importers.entry import Ledger


class Refused:
    """A line that the reader of the file itself could not take for a row."""


class RowSource(NamedTuple):
    """Rows of one form: `rows()` reads them anew, each with its number in the file."""

    file: str
    form: str
    rows: Callable[[], Iterator[tuple[int, Any]]]
    label: str = ""
    ignored: tuple[str, ...] = ()


class Reader:
    """What every form needs to read a row: the area, the cards, the vocabularies, and whom to tell of a value dropped."""

    def __init__(
        self,
        area: Area,
        cards: Cards,
        needs: Iterable[str],
        need_words: Mapping[str, str],
        publics: Iterable[str],
        dated: str | None,
        network: tuple[int, ...] = (),
    ) -> None:
        self.area, self.cards, self.dated = area, cards, dated
        self.needs, self.publics, self.need_words = frozenset(needs), frozenset(publics), need_words
        self.network = network  # the kind of every row that tells none, as the user said
        self.ledger = Ledger()
        self.label = ""
        self.feed_kinds: tuple[int, ...] = ()
        self.competences: dict[str, set[str]] = {}  # id of a body -> communes of the area it is in charge of
        self.here: set[str] = set()  # ids of the structures of the area
        self.wanted: set[str] = set()  # ids of those elsewhere whose services reach the area
        self.only_departement = next(iter(area.departements)) if len(area.departements) == 1 else None
        self._lost: list[tuple[str, str, int]] = []

    def lose(self, field: str, reason: str, times: int = 1) -> None:
        self._lost.append((field, reason, times))

    def settle(self, *, kept: bool) -> None:
        """Values lost count with the row they were of, when it is kept."""
        if kept:
            for field, reason, times in self._lost:
                self.ledger.lose(field, reason, times)
        self._lost.clear()
