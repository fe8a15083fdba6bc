"""One way from a row of any directory to a house: each form names the cells, here they are located, cleaned and counted.

It decides nothing about who serves whom. What is lost of a row that is kept is counted, by field and reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from cep_route.importers import cleaning
from cep_route.importers.area import Area, commune_of, located
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Lose, Value
from cep_route.importers.entry import Entry, Ledger
from cep_route.model.territory import PlaceEntry, RowOrigin
from cep_route.places import Commune


class Refused:
    """A line that the reader of the file itself could not take for a row."""


class RowSource(NamedTuple):
    """Rows of one form: `rows()` reads them anew, each with its number in the file."""

    file: str
    form: str
    rows: Callable[[], Iterator[tuple[int, Value | Refused]]]
    label: str = ""
    ignored: tuple[str, ...] = ()


class RawRow(Struct, frozen=True, kw_only=True):
    """A row under our names, its cells as text as the publisher wrote them, empty = not told; what a form alone can read is read.

    `ids`: the publisher's own, the one of today first. `hours` in the grammar of OpenStreetMap; `confirmed` and `edited` ISO days;
    `perimeter` in the words of the territory file.
    """

    name: str
    kinds: tuple[int, ...] = ()
    source: str
    ids: tuple[str, ...] = ()
    code: str = ""
    postcode: str = ""
    town: str = ""
    departement: str | None = None
    street: str = ""
    more: str = ""
    latitude: str = ""
    longitude: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    siret: str = ""
    hours: str | None = None
    by_appointment: bool | None = None
    wheelchair: bool | None = None
    perimeter: tuple[str, ...] | None = None
    conditions: str | None = None
    confirmed: str | None = None
    edited: str | None = None


@dataclass(slots=True)
class Reader:
    """What every form needs to read a row: the area, the cards, the vocabularies, and whom to tell of a value dropped.

    `network`: the kind of every row that tells none, as the user said; the other values are of the import under way.
    """

    area: Area
    cards: Cards
    needs: Collection[str]
    need_words: Mapping[str, str]
    publics: Collection[str]
    dated: str | None
    today: str
    network: tuple[int, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    label: str = ""
    feed_kinds: tuple[int, ...] = ()
    competences: dict[str, set[str]] = field(
        default_factory=dict
    )  # id of a body -> communes it is in charge of
    here: set[str] = field(default_factory=set)  # ids of the structures of the area
    wanted: set[str] = field(default_factory=set)  # ids of those elsewhere whose services reach the area
    _lost: list[tuple[str, str, int]] = field(default_factory=list)

    def lose(self, name: str, reason: str, times: int = 1) -> None:
        self._lost.append((name, reason, times))

    def settle(self, *, kept: bool) -> None:
        """Values lost count with the row they were of, when it is kept."""
        if kept:
            for name, reason, times in self._lost:
                self.ledger.lost[name, reason] += times
        self._lost.clear()

    def place_of(self, row: RawRow) -> Commune | str:
        """The commune of a row, when it lies in the area; else why not."""
        return located(self.area, self.lose, row.code, row.postcode, row.town, row.departement)

    def entry(self, row: RawRow, *, anyway: bool = False) -> Entry | str:
        """The row as a house, or why it is dropped. `anyway`: it serves the area wherever it lies."""
        here = self.place_of(row)
        if isinstance(here, str):
            return self.house(row, beyond(row, here)) if anyway else here
        return self.house(row, here)

    def house(self, row: RawRow, here: Commune | None) -> Entry | str:
        """The row as a house at that commune; or that it has no name."""
        if not row.name:
            return "no_name"
        confirmed, edited = self._past(row.confirmed), self._past(row.edited)
        origin = RowOrigin(
            source=row.source,
            source_id=row.ids[0] if row.ids else None,
            source_date=confirmed,
            edited_on=edited if edited != confirmed else None,
        )
        site = site_of(row, here, self.lose)
        return Entry(
            name=self.cards.name(row.name, row.kinds, edited or confirmed),
            kinds=row.kinds,
            origins=(origin,),
            aliases=row.ids,
            siret=cleaning.siret(row.siret, self.lose),
            sites=(site,) if site != _NOWHERE else (),
            email=cleaning.email(row.email, self.cards.shared_boxes, f"{row.name} {row.town}", self.lose),
            website=cleaning.website(row.website, self.lose),
            perimeter=row.perimeter,
            conditions=row.conditions,
        )

    def _past(self, day: str | None) -> str | None:
        """A day; nobody has confirmed anything on a day to come."""
        if day is not None and day > self.today:
            self.lose("date", "to_come")
            return None
        return day


def beyond(row: RawRow, reason: str) -> Commune | None:
    """The commune of a row that lies out of the area; of one whose cells contradict each other it is not known."""
    return commune_of(row.code, row.postcode, row.town) if reason == "elsewhere" else None


_NOWHERE = PlaceEntry(type="branch")


def site_of(row: RawRow, here: Commune | None, lose: Lose) -> PlaceEntry:
    """Where a row says that people are received."""
    point = cleaning.coordinates(row.latitude, row.longitude, here, lose)
    town = here.name if here and (row.town.isupper() or not row.town) else row.town
    address = (
        cleaning.address(row.street, row.more, row.postcode, town)
        if row.street or row.more or not here
        else None
    )
    return PlaceEntry(
        type="branch",
        commune=here.code if here else None,
        address=address,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        hours=row.hours,
        by_appointment=row.by_appointment,
        wheelchair=row.wheelchair,
        phone=cleaning.phone(row.phone, here.departement if here else "", lose),
    )
