"""One way from a row of any directory to a house: each form names its cells by our keys, here they are located, cleaned and counted.

It decides nothing about who serves whom. What is lost of a row that is kept is counted, by field and reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from cep_route import places
from cep_route.importers import cleaning, hours
from cep_route.importers.area import Area, commune_of, compressed, departement_of, located, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.cleaning import Value
from cep_route.model.territory import Circle, Partner, PlaceEntry, RowOrigin
from cep_route.places import Commune
from cep_route.text import normalise

Cells = Mapping[
    str, str
]  # our key (those of `heads` in `rules/directory.toml`, and `source`, `alias`) -> the cell, empty = not told
_NOWHERE = PlaceEntry(type="head_office")
_FEES = {"gratuit": "gratuit", "free": "gratuit", "payant": "payant"}  # words of a cell
_YES_NO = dict.fromkeys(("oui", "o", "1", "vrai", "true", "x", "yes", "acc"), True)
_YES_NO |= dict.fromkeys(("non", "n", "0", "faux", "false", "no", "nac"), False)


class Refused:
    """A line that the reader of the file itself could not take for a row."""


class RowSource(NamedTuple):
    """Rows of one form: `rows()` reads them anew, each with its number in the file.

    `feed`: where such files come from; `columns`: how a plain list was understood (our key -> its title), `ignored`: its other titles.
    """

    file: str
    form: str
    rows: Callable[[], Iterator[tuple[int, Value | Refused]]]
    label: str = ""
    feed: str = ""
    columns: Mapping[str, str] = {}
    ignored: tuple[str, ...] = ()


class Entry(Partner, frozen=True, kw_only=True):
    """A partner as a row tells it, its id, its circle and what its kind does by its statute still to be found.

    `kinds` are the places of its cards in `rules/directory.toml`; `places`: where it receives, or one of nowhere that has a phone alone;
    `aliases`: the publisher's ids, the one of today first.
    """

    id: str = ""
    circle: Circle = "institution"
    source: str
    kinds: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    email: str | None = None

    @property
    def commune(self) -> str | None:
        return self.places[0].commune if self.places else None

    @property
    def origins(self) -> tuple[RowOrigin, ...]:
        """Its own row, then the others it is made of."""
        own = RowOrigin(
            source=self.source,
            source_id=self.source_id,
            source_date=self.source_date,
            edited_on=self.edited_on,
        )
        return (own, *(self.also_from or ()))


# -- the books ------------------------------------------------------------------------------------------------------------


class Dropped(Struct):
    """Rows dropped for one reason, and the numbers of the first five of them."""

    rows: int = 0
    first: list[int] = []


class FileBook(Struct):
    """What became of the rows of one file: `rows` = `kept` + the sum of `joined` + that of `dropped`, by how and by reason."""

    rows: int = 0
    kept: int = 0
    joined: Counter[str] = field(default_factory=Counter)
    dropped: defaultdict[str, Dropped] = field(default_factory=lambda: defaultdict(Dropped))
    ignored_columns: tuple[str, ...] = ()

    def drop(self, reason: str, row: int) -> None:
        self.dropped[reason].rows += 1
        self.dropped[reason].first += [row] if self.dropped[reason].rows <= 5 else []

    def missing(self) -> int:
        """Rows not accounted for: 0, or a bug of ours."""
        return self.rows - self.kept - self.joined.total() - sum(d.rows for d in self.dropped.values())


class Ledger(Struct):
    """Every row of every file, and the values of kept rows that could not be carried over, by field and reason."""

    files: dict[str, FileBook] = {}
    values_lost: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


# -- from cells to a house ------------------------------------------------------------------------------------------------


def as_text(told: Mapping[str, Value]) -> Cells:
    """Cells of a row as text, codes of five signs; a town, and its postcode, are read from the address when no column tells them."""
    cells = defaultdict(str, {key: cleaning.text(value) for key, value in told.items()})
    for key in ("commune", "postcode"):
        figures = cells[key].removesuffix(".0")  # of a table of numbers
        cells[key] = (
            figures.zfill(5) if figures.isdigit() and (len(figures) == 4 or key == "postcode") else figures
        )
    tail = re.search(r"(?i)\b(\d{5})\s+([^,\d]+?)(?:\s+cedex(?:\s*\d+)?)?[\s.]*$", cells["address"])
    if tail and not cells["postcode"]:  # « 516 rue St Fuscien, 80090 Amiens Cedex 1 »
        cells["postcode"], cells["town"] = tail[1], cells["town"] or tail[2].strip()
    elif not (cells["commune"] or cells["postcode"] or cells["town"]):
        cells["town"] = cells["address"]
    if normalise(cells["address"]) == normalise(cells["town"]):
        cells["address"] = ""
    return cells


class Reader(Struct):
    """What every form needs to read a row: the area, the cards, and whom to tell of a value dropped.

    `needs`, `publics`: codes, and words as they are compared, to the code they stand for; `network`: the kind of every row that tells
    none, as the user said; the other values are of the import under way.
    """

    area: Area
    cards: Cards
    needs: Mapping[str, str]
    publics: Mapping[str, str]
    dated: str | None
    today: str
    network: tuple[int, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    source: RowSource = field(default_factory=lambda: RowSource("", "", lambda: iter(())))
    here: set[str] = field(default_factory=set)  # ids of the structures of the area
    wanted: set[str] = field(default_factory=set)  # ids of bodies that serve the area, wherever they lie
    _lost: list[tuple[str, str]] = field(default_factory=list)

    def lose(self, name: str, reason: str, times: int = 1) -> None:
        self._lost += [(name, reason)] * times

    def settle(self, *, kept: bool) -> None:
        """Values lost count with the row they were of, when it is kept."""
        for name, reason in self._lost if kept else ():
            self.ledger.values_lost[name][reason] += 1
        self._lost.clear()

    def place_of(self, cells: Cells) -> Commune | str | None:
        """The commune of a row, when it lies in the area; else why not. None: a row of no place but a département of the area."""
        departement = departement_of(cells["departement"])
        if cells["commune"] or cells["postcode"] or cells["town"]:
            return located(
                self.area, self.lose, cells["commune"], cells["postcode"], cells["town"], departement
            )
        if departement is None:
            return "no_place"
        return None if self.area.meets(f"departement:{departement}") else "elsewhere"

    def far(self, number: Value) -> bool:
        """Whether a code or a postcode says at once that a row lies elsewhere, as most of a national file do."""
        told = cleaning.text(number)
        return bool(told) and not self.area.may_hold(told.zfill(5) if len(told) == 4 else told)

    def entry(self, cells: Cells, kinds: tuple[int, ...], *, anyway: bool = False) -> Entry | str:
        """The row as a house, or why it is dropped. `anyway`: it serves the area wherever it lies."""
        here = self.place_of(cells)
        if isinstance(here, str):
            if not anyway:
                return here
            beyond = here == "elsewhere"  # where the cells contradict each other, the commune is not known
            here = commune_of(cells["commune"], cells["postcode"], cells["town"]) if beyond else None
        return self.house(cells, kinds, here)

    def house(self, cells: Cells, kinds: tuple[int, ...], here: Commune | None) -> Entry | str:
        """The row as a house at that commune; or that it has no name."""
        name = cleaning.name(cells["name"])
        if not name:
            return "no_name"
        confirmed, edited = self._day(cells["date"]) or self.dated, self._day(cells["edited"])
        aliases = tuple(filter(None, (cells["id"], cells["alias"])))
        site, departement = self._site(cells, here), departement_of(cells["departement"])
        whole = (f"departement:{departement}",) if here is None and departement else None
        fee, about = normalise(cells["fees"]), f"{name} {cells['town']}"
        publics = cleaning.among(cells["publics"], self.publics, "publics", self.lose)
        conditions = cells["conditions"]
        if ("publics", "unknown_code") in self._lost and cells["publics"] not in conditions:
            told = f"Public : {cells['publics']}"  # no code says it: people read it
            conditions = f"{told} · {conditions}" if conditions else told
        fees = {code for start, code in _FEES.items() if start in fee}
        if fee and len(fees) != 1:
            self.lose("fees", "unknown_code")
        return Entry(
            name=self.cards.name(name, kinds, edited or confirmed),
            kinds=kinds,
            aliases=aliases,
            source=(cells["source"] or self.source.label)[:200],
            source_id=aliases[0][:200] if aliases else None,
            source_date=confirmed,
            edited_on=edited if edited != confirmed else None,
            siret=cleaning.siret(cells["siret"], self.lose),
            places=(site,) if site != _NOWHERE else None,
            email=cleaning.email(cells["email"], self.cards.shared_boxes, about, self.lose),
            website=cleaning.website(cells["website"], self.lose),
            needs=cleaning.among(cells["needs"], self.needs, "needs", self.lose),
            publics=publics,
            perimeter=self._perimeter(cells["perimeter"]) or whole,
            conditions=cleaning.prose(conditions),
            fees=fees.pop() if len(fees) == 1 else None,
        )

    def _day(self, told: str) -> str | None:
        """A day that was; nobody has confirmed anything on a day to come."""
        day = cleaning.day(told)
        if told and (day is None or day > self.today):
            self.lose("date", "to_come" if day else "invalid")
            return None
        return day

    def _site(self, cells: Cells, here: Commune | None) -> PlaceEntry:
        """Where a row says that people are received; out of the area it is where the house has its seat."""
        point = re.findall(r"-?\d+(?:\.\d+)?", cells["point"]) or ["", ""]  # « 44.55, 6.07 » in one column
        latitude, longitude = cells["latitude"] or point[0], cells["longitude"] or point[-1]
        degrees = cleaning.coordinates(latitude, longitude, here, self.lose)
        street, more, town = cells["address"], cells["more_address"], cells["town"]
        town = here.name if here and (town.isupper() or not town) else town
        wheelchair = normalise(cells["wheelchair"])
        if wheelchair == "dem":
            self.lose("wheelchair", "on_request")
        return PlaceEntry(
            type="branch" if here and self.area.holds(here) else "head_office",
            commune=here.code if here else None,
            address=cleaning.address(street, more, cells["postcode"], town)
            if street or more or not here
            else None,
            latitude=degrees[0] if degrees else None,
            longitude=degrees[1] if degrees else None,
            hours=hours.opening(cells["hours"], self.lose) or hours.by_day(cells, self.lose),
            by_appointment=hours.only_by_appointment(cells["hours"]) or None,
            wheelchair=_YES_NO.get(wheelchair),
            phone=cleaning.phone(cells["phone"], here.departement if here else "", self.lose),
        )

    def _perimeter(self, told: str) -> tuple[str, ...] | None:
        zones, communes = [], []
        for word in cleaning.codes(told):
            zone = zone_of(word)
            here = (
                commune_of("", "", word) if zone is None else places.commune(zone) if len(zone) == 5 else None
            )
            if here:
                communes.append(here.code)
            elif zone:
                zones.append(zone)
            else:
                self.lose("perimeter", "unknown_code")
        return tuple(dict.fromkeys((*zones, *compressed(communes)))) or None
