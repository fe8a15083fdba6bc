"""One way from a row of any directory to a house: each form names its cells by our keys, here they are located, cleaned and counted.

It decides nothing about who serves whom. What is lost of a row that is kept is counted, by field and reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from msgspec import Struct, convert, field

from cep_route import places
from cep_route.importers import cleaning, hours
from cep_route.importers.cleaning import Lose, Value
from cep_route.model.territory import Circle, Partner, PlaceEntry, RowOrigin
from cep_route.model.written import DirectoryFile
from cep_route.places import Commune, table
from cep_route.text import normalise

# Our key (those of `heads` in `rules/directory.toml`, and `source`, `alias`) -> the cell, empty = not told.
Cells = Mapping[str, str]
_NATION = frozenset(("france", "pays", "fr", "99100"))
_NOWHERE = PlaceEntry(type="head_office")
_FEES = {"gratuit": "gratuit", "free": "gratuit", "payant": "payant"}  # words of a cell
_YES_NO = dict.fromkeys(("oui", "o", "1", "vrai", "true", "x", "yes", "acc"), True)
_YES_NO |= dict.fromkeys(("non", "n", "0", "faux", "false", "no", "nac"), False)


class RowSource(NamedTuple):
    """Rows of one form: `rows()` reads them anew, each with its number in the file, None for a line that is no row.

    `feed`: where such files come from; `columns`: how a plain list was understood (our key -> its title), `ignored`: its other titles.
    """

    file: str
    form: str
    rows: Callable[[], Iterator[tuple[int, Value]]]
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
    kinds: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    email: str | None = None

    @property
    def commune(self) -> str | None:
        return self.places[0].commune if self.places else None

    @property
    def origins(self) -> tuple[RowOrigin, ...]:
        """Its own row, then the others it is made of."""
        return (convert(self, RowOrigin, from_attributes=True), *(self.also_from or ()))


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


# -- the cards of `rules/directory.toml` ------------------------------------------------------------------------------------


class Cards:
    """Which kind of house, told by its network, a foreign code or a name says."""

    def __init__(self, data: DirectoryFile) -> None:
        self.kinds = {kind.network: kind for kind in data.kinds}
        self.feeds, self.renamed, self._default = data.feeds, data.renamed, data.default_circle
        self.shared_boxes = frozenset(data.shared_boxes)
        self.heads = {
            normalise(s): (key, i) for key, words in data.heads.items() for i, s in enumerate(words)
        }
        self.publics = {normalise(word): code for code, words in data.publics.items() for word in words}
        self._codes = {
            "annuaire": {code: kind.network for kind in data.kinds for code in kind.annuaire},
            "data_inclusion": {code: kind.network for kind in data.kinds for code in kind.data_inclusion},
        }
        self._listed = {
            normalise(word): kind.network
            for kind in data.kinds
            for word in (*kind.annuaire, *kind.data_inclusion, *kind.older, *kind.listed, kind.network)
        }
        self._names = [(f"{normalise(n)} ", kind.network) for kind in data.kinds for n in kind.names]
        self._short = {normalise(word): kind.network for kind in data.kinds for word in kind.short}
        self._circles = {c: card.circle for card in data.circles for c in card.categories}

    def of(self, form: str, codes: Iterable[str]) -> tuple[str, ...]:
        table = self._codes[form]
        return tuple(dict.fromkeys(table[code] for code in codes if code in table))

    def listed(self, word: str) -> tuple[str, ...]:
        found = self._listed.get(normalise(word))
        return (found,) if found else ()

    def head(self, title: str) -> tuple[str, int] | None:
        """What a normalised title says, and how well; words of a network at its end (« nom officiel ml ») say nothing."""
        hit, words = self.heads.get(title), title.split()
        while hit is None and len(words) > 1 and words.pop() in self._short:
            hit = self.heads.get(" ".join(words))
        return hit

    def named(self, name: str) -> tuple[str, ...]:
        """The kind of a name: how it begins (the longest wins), a network's name inside it, else its initials (« 05-MLJ GAP », « ML05 »)."""
        words = f"{normalise(name)} "
        letters = re.sub(r"\b(\w)\.(?=\w\b|\s|$)", r"\1", name)  # « M.L. » is « ML »
        tokens = (re.fullmatch(r"([a-z]+)\d*", token) for token in re.split(r"[\s-]+", normalise(letters)))
        listed = [(f"{word} ", kind) for word, kind in self._listed.items() if len(word) > 2]
        hits = (
            [(len(start), kind) for start, kind in self._names if words.startswith(start)]
            or [(len(start), kind) for start, kind in listed if words.startswith(start)]
            or [
                (len(n), kind) for n, kind in self._names if f" {n}" in f" {words}" and self.is_operator(kind)
            ]
            or [(len(t[1]), self._short[t[1]]) for t in tokens if t and t[1] in self._short]
        )
        return (max(hits)[1],) if hits else ()

    def is_operator(self, kind: str) -> bool:
        return self.kinds[kind].operator is not None

    def circle(self, kinds: Iterable[str], needs: Iterable[str]) -> str:
        """The circle of a partner: that of its kind, else the one most of its needs belong to."""
        own = next((circle for kind in kinds if (circle := self.kinds[kind].circle)), None)
        found = (self._circles.get(need.partition("--")[0]) for need in needs)
        counts = Counter(circle for circle in found if circle)
        return own or (counts.most_common(1)[0][0] if counts else self._default)

    def name(self, told: str, kinds: Iterable[str], on: str | None) -> str:
        """The name with its long beginning cut, under today's word when the row is dated since the change."""
        for kind in map(self.kinds.__getitem__, kinds):
            for start in (start for start in kind.cut if told.startswith(start) and len(told) > len(start)):
                told = f"{kind.called or ''}{told[len(start) :]}"
        for change in self.renamed:
            if on and on >= change.since.isoformat():
                told = told.replace(change.old, change.new)
        return told


# -- the stretch of country an import is for --------------------------------------------------------------------------------


class Area:
    """Communes, and every wider zone that meets them."""

    def __init__(self, zones: Iterable[str]) -> None:
        self.zones = tuple(dict.fromkeys(zones))
        self.codes = frozenset(code for zone in self.zones for code in places.communes_of(zone))
        known = [c for c in map(places.commune, self.codes) if c]
        self.departements = frozenset(c.departement for c in known)
        self.regions = frozenset(c.region for c in known)
        self.meets = cache(self._meets)

    def far(self, number: Value) -> bool:
        """Whether a code or a postcode says at once that a row lies elsewhere, as most of a national file do.

        What does not begin as a number of a commune does (« F-05000 », a town in the wrong column) is to be looked at.
        """
        told = cleaning.text(number).upper()
        start = (told.zfill(5) if len(told) == 4 else told)[:3]
        known = re.match(r"\d\d|2[AB]", start)
        return bool(known) and self.departements.isdisjoint(table.departements_of_number(start))

    def holds(self, here: Commune) -> bool:
        return here.code in self.codes or here.city in self.codes

    def _meets(self, zone: str) -> bool:
        """Whether a zone in our words has something in common with the area."""
        here = places.commune(zone) if len(zone) == 5 else None
        if here is not None:
            return self.holds(here)
        return zone == "france" or not self.codes.isdisjoint(places.communes_of(zone))

    def place_of(self, cells: Cells, lose: Lose) -> Commune | str | None:
        """The commune of a row that lies in the area; else why not: `elsewhere`, `no_place`, `contradiction`.

        None: a row of no place but a département of the area. What the columns of a row say must agree: a code whose commune has another
        name is tried as the postcode it may be; a département told is believed. A disagreement is counted or drops the row, and is never
        settled in silence.
        """
        code, postcode, town = cells["commune"], cells["postcode"], cells["town"]
        told, number = departement_of(cells["departement"]), code or postcode
        if not number and not town:
            return "no_place" if told is None else None if told in self.departements else "elsewhere"
        if (told is not None and told not in self.departements) or self.far(number):
            return "elsewhere"
        only = next(iter(self.departements)) if len(self.departements) == 1 else None
        here = commune_of(code, postcode, town, told or only)
        if code and here is not None and (not _agrees(here, town) or code in here.postcodes):
            by_postcode, by_others = places.find(f"{code} {town}").one, commune_of("", postcode, town, told)
            if by_postcode is not None and code in by_postcode.postcodes:
                lose("commune", "code_is_postcode")
                here = by_postcode
            elif postcode and by_others is not None and _agrees(by_others, town):
                lose("commune", "contradicts")
                here = by_others
            else:
                return "contradiction"
        if here is None:
            # of what was not found the figures, or a name that no commune of the area has, may say that it is not of the area
            named = places.find(town)
            beyond = len(number) == 5 and self.departements.isdisjoint(table.departements_of_number(number))
            if told is None and not number:
                communes = (*named.communes, *named.by_name)
                beyond = bool(communes) and not any(map(self.holds, communes))
            return "elsewhere" if beyond and told is None else "no_place"
        if told is not None and here.departement != told:
            return "contradiction"
        if not self.holds(here):
            return "elsewhere"
        beyond = len(postcode) == 5 and here.departement not in table.departements_of_number(postcode)
        if code and postcode and (beyond or (not town and postcode not in here.postcodes)):
            lose("postcode", "contradicts")
        return here


def _agrees(here: Commune, town: str) -> bool:
    """Whether a town as written may be that commune: its name, one of its past, or words nobody knows as a commune."""
    found = places.find(town, departement=here.departement).communes if town else ()
    same = (c.code == here.code or (here.city and here.city in (c.code, c.city)) for c in found)
    return any(same) if found else not (town and places.find(town).communes)


@lru_cache(maxsize=1 << 16)
def zone_of(told: str) -> str | None:
    """A zone as data·inclusion writes it (commune, EPCI, département, country) in our words; None when it is none of these."""
    word = told.strip()
    if word.lower() in _NATION:
        return "france"
    if len(word) == 5 and ":" not in word:
        here = places.commune(word)
        return here.code if here else None
    if re.fullmatch(r"R\d\d", word):
        word = f"region:{word[1:]}"
    elif re.fullmatch(r"\d{2,3}|2[AB]", word):
        word = f"departement:{word}"
    return word if (":" in word or len(word) == 9) and places.known(word) else None


def commune_of(code: str, postcode: str, town: str, departement: str | None = None) -> Commune | None:
    """The commune a row names: by its code, else by postcode and name together, else by a name alone that is one in France."""
    here = places.commune(code.zfill(5)) if code else None
    told = f"{postcode.zfill(5) if postcode.isdigit() else postcode} {town}".strip()
    here = here or (places.find(told).one if told else None)
    return here or (places.find(town, departement=departement).one if town else None)


def departement_of(told: str) -> str | None:
    """A département by its number or its name (« 974 », « 59 - Nord », « Nord »); None when it is none."""
    number = re.match(r"(?i)(?:D[ée]p(?:artement)?\.?\s*|D)?(\d{1,3}|2[AB])\b", told.strip())
    return places.departement(number[1] if number else told)


def compressed(communes: Iterable[str]) -> tuple[str, ...]:
    """Communes as zones: a département or an EPCI of which none is missing stands for its communes."""
    known = [c for c in map(places.commune, communes) if c]
    left, zones = {c.code for c in known}, []
    wider = {f"departement:{c.departement}" for c in known} | {c.epci for c in known if c.epci}
    for zone in sorted(wider, key=lambda zone: (len(zone) == 9, zone)):
        whole = places.communes_of(zone)
        if len(whole) > 1 and left.issuperset(whole):
            zones.append(zone)
            left -= set(whole)
    return (*zones, *sorted(left))


# -- from cells to a house ------------------------------------------------------------------------------------------------


def as_text(told: Mapping[str, Value]) -> Cells:
    """Cells of a row as text, codes of five signs; a town, and its postcode, are read from the address when no column tells them."""
    cells = defaultdict(str, {key: cleaning.text(value) for key, value in told.items()})
    for key in ("commune", "postcode"):
        figures = cells[key].removesuffix(".0")  # of a table of numbers
        cells[key] = (
            figures.zfill(5) if figures.isdigit() and (len(figures) == 4 or key == "postcode") else figures
        )
    tail = cleaning.TAIL.fullmatch(cells["address"])
    if tail and not cells["postcode"]:
        cells["postcode"], cells["town"] = tail[2], cells["town"] or tail[3].strip()
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
    network: tuple[str, ...] = ()
    # every row of every file; the values of kept rows that could not be carried over, by field and reason
    books: dict[str, FileBook] = field(default_factory=dict)
    values_lost: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    source: RowSource = field(default_factory=lambda: RowSource("", "", lambda: iter(())))
    here: set[str] = field(default_factory=set)  # ids of the structures of the area
    wanted: set[str] = field(default_factory=set)  # ids of bodies that serve the area, wherever they lie
    _lost: list[tuple[str, str]] = field(default_factory=list)

    def lose(self, name: str, reason: str, times: int = 1) -> None:
        self._lost += [(name, reason)] * times

    def settle(self, *, kept: bool) -> None:
        """Values lost count with the row they were of, when it is kept."""
        for name, reason in self._lost if kept else ():
            self.values_lost[name][reason] += 1
        self._lost.clear()

    def entry(self, cells: Cells, kinds: tuple[str, ...], *, anyway: bool = False) -> Entry | str:
        """The row as a house, or why it is dropped. `anyway`: it serves the area wherever it lies."""
        here = self.area.place_of(cells, self.lose)
        if isinstance(here, str) and not anyway:
            return here
        if isinstance(here, str):  # where the cells contradict each other, the commune is not known
            told = (cells["commune"], cells["postcode"], cells["town"])
            here = commune_of(*told) if here == "elsewhere" else None
        return self.house(cells, kinds, here)

    def house(self, cells: Cells, kinds: tuple[str, ...], here: Commune | None) -> Entry | str:
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
            # no code says it: people read it
            conditions = " · ".join(filter(None, (f"Public : {cells['publics']}", conditions)))
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
        lat, lon = cleaning.coordinates(latitude, longitude, here, self.lose) or (None, None)
        street, more, town = cells["address"], cells["more_address"], cells["town"]
        town = here.name if here and (town.isupper() or not town) else town
        told = street or more or not here
        address = cleaning.address(street, more, cells["postcode"], town) if told else None
        wheelchair = normalise(cells["wheelchair"])
        if wheelchair == "dem":
            self.lose("wheelchair", "on_request")
        return PlaceEntry(
            type="branch" if here and self.area.holds(here) else "head_office",
            commune=here.code if here else None,
            address=address,
            latitude=lat,
            longitude=lon,
            hours=hours.opening(cells["hours"], self.lose) or hours.by_day(cells, self.lose),
            by_appointment=hours.only_by_appointment(cells["hours"]) or None,
            wheelchair=_YES_NO.get(wheelchair),
            phone=cleaning.phone(cells["phone"], here.departement if here else "", self.lose),
        )

    def _perimeter(self, told: str) -> tuple[str, ...] | None:
        named = [
            zone_of(word) or getattr(commune_of("", "", word), "code", None) for word in cleaning.codes(told)
        ]
        self.lose("perimeter", "unknown_code", named.count(None))
        zones = [zone for zone in named if zone and len(zone) != 5]
        return (*dict.fromkeys(zones), *compressed(zone for zone in named if zone and len(zone) == 5)) or None
