"""Rows of several directories to the houses of one area: what is kept, joined, merged, dropped, and the count of each.

It never opens a file (`forms` does), never overwrites what people wrote (`reimport` minds that), and loses no row from the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from cep_route.importers import agencies, annuaire, data_inclusion, table, workbook
from cep_route.importers.area import compressed
from cep_route.importers.cleaning import Value
from cep_route.importers.data_inclusion import ServiceRow, once, with_services
from cep_route.importers.entry import Entry, FileBook
from cep_route.importers.rows import Reader, Refused, RowSource
from cep_route.importers.stream import UnreadableStreamError
from cep_route.model.answer import Finding
from cep_route.text import normalise

# In the order they are read.
FORMS = ("competence", "structures", "services", "annuaire", "agencies", "table")
# The feed of `rules/directory.toml` that each form is of.
FEEDS = {
    "structures": "data_inclusion", "services": "data_inclusion", "annuaire": "annuaire", "competence": "annuaire",
    "agencies": "agencies", "table": "table",
}  # fmt: skip
_HOUSES = {
    "structures": data_inclusion.structure,
    "annuaire": annuaire.entry,
    "agencies": agencies.entry,
    "table": table.entry,
}


class Gathered(NamedTuple):
    """The houses of the area, and what stopped a file from being read; the books are the reader's."""

    entries: tuple[Entry, ...]
    faults: tuple[Finding, ...]


def gather(sources: Iterable[RowSource], reader: Reader) -> Gathered:
    """Every row of every source read once, structures elsewhere twice when a service of theirs reaches the area."""
    work = _Work(reader)
    ordered = sorted(sources, key=lambda s: FORMS.index(s.form))
    faults = []
    for source in ordered:
        reader.ledger.files[source.file].ignored_columns = source.ignored
        try:
            work.read(source)
        except UnreadableStreamError as stop:
            faults.append(stop.finding)
    if faults:
        return Gathered((), tuple(faults))
    for source in ordered if reader.wanted else ():
        if source.form == "structures":
            work.fetch(source)
    entries = work.finished()
    if any(book.missing() for book in reader.ledger.files.values()):
        raise AssertionError("rows not accounted for")
    return Gathered(entries, ())


class _Work:
    """The import under way."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.houses: list[tuple[FileBook, Entry]] = []  # with the book of the file each row is of
        self.structures: dict[str, int] = {}  # id -> place in `houses`
        self.services: dict[str, list[tuple[FileBook, ServiceRow]]] = {}
        self.links: list[tuple[FileBook, int, tuple[str, ...]]] = []  # book, row, bodies it names

    def read(self, source: RowSource) -> None:
        book = self._about(source)
        for number, row in source.rows():
            book.rows += 1
            if isinstance(row, Refused):
                book.drop("unreadable_row", number)
            elif isinstance(row, dict) and workbook.ignored(row):
                book.drop("ignored", number)
            elif source.form == "competence":
                self._competence(book, number, row)
            elif source.form == "services":
                self._service(book, number, row)
            else:
                found = _HOUSES[source.form](row, self.reader)
                self.reader.settle(kept=isinstance(found, Entry))
                self._house(book, source.form, number, found)

    def _about(self, source: RowSource) -> FileBook:
        """The reader told whose rows come now; the book they are entered in."""
        cards = self.reader.cards
        feed = cards.feeds.get(FEEDS[source.form])
        self.reader.feed_kinds = (cards.of_network[feed.network],) if feed and feed.network else ()
        self.reader.label = source.label
        return self.reader.ledger.files[source.file]

    def _house(self, book: FileBook, form: str, number: int, found: Entry | str) -> None:
        if isinstance(found, str):
            book.drop(found, number)
            return
        id_ = found.origins[0].source_id if form == "structures" else None
        if id_ and id_ in self.structures:
            book.joined["same_id"] += 1
            return
        if id_:
            self.structures[id_] = len(self.houses)
            self.reader.here.add(id_)
        book.kept += 1
        self.houses.append((book, found))

    def _service(self, book: FileBook, number: int, row: Value) -> None:
        found = data_inclusion.service(row, self.reader)
        self.reader.settle(kept=not isinstance(found, str))
        if isinstance(found, str):
            book.drop(found, number)
            return
        self.services.setdefault(found.owner or f"\0{len(self.services)}", []).append((book, found))
        if found.owner and found.owner not in self.reader.here:
            self.reader.wanted.add(found.owner)

    def _competence(self, book: FileBook, number: int, row: Value) -> None:
        """A commune may name many bodies on one row: the row counts once, for the best that became of it."""
        links, area = list(annuaire.competences(row)), self.reader.area
        here = [(commune, ids) for commune, ids in links if area.may_hold(commune) and area.meets(commune)]
        if not here:
            book.drop("elsewhere" if links else "not_a_record", number)
            return
        for commune, ids in here:
            for id_ in ids:
                self.reader.competences.setdefault(id_, set()).add(commune)
        self.links.append((book, number, tuple(i for _, ids in here for i in ids)))

    def fetch(self, source: RowSource) -> None:
        """The structures elsewhere that a service brings in: their rows move from dropped to kept."""
        book = self._about(source)
        wanted = self.reader.wanted - set(self.structures)
        for _, row in source.rows():
            id_ = data_inclusion.id_of(row) if isinstance(row, dict) else ""
            if not isinstance(row, dict) or id_ not in wanted or id_ in self.structures:
                continue
            reason = self.reader.place_of(data_inclusion.cells(row, self.reader))
            self.reader.settle(kept=False)
            found = data_inclusion.structure(row, self.reader)
            good = isinstance(found, Entry) and isinstance(reason, str)
            self.reader.settle(kept=good)
            if good:
                book.dropped[str(reason)] -= 1
                self._house(book, source.form, 0, found)

    # -- the end ----------------------------------------------------------------------------------------------------------

    def finished(self) -> tuple[Entry, ...]:
        self._join_services()
        self._link_competences()
        return self._merged()

    def _join_services(self) -> None:
        """Each service to its structure; where none was given for them, the first stands for all."""
        for owner, rows in self.services.items():
            at = self.structures.get(owner)
            if at is None:
                book, first = rows[0]
                at = len(self.houses)
                self.houses.append((book, first.house))
                book.kept += 1
                book.joined["service"] -= 1
            book, house = self.houses[at]
            self.houses[at] = (book, with_services(house, [row for _, row in rows]))
            for theirs, _ in rows:
                theirs.joined["service"] += 1

    def _link_competences(self) -> None:
        known = {alias for _, house in self.houses for alias in house.aliases}
        for i, (book, house) in enumerate(self.houses):
            communes = {c for alias in house.aliases for c in self.reader.competences.get(alias, ())}
            if communes:
                self.houses[i] = (book, replace(house, perimeter=compressed(communes)))
        for book, number, ids in self.links:
            if known.intersection(ids):
                book.joined["competence"] += 1
            else:
                book.drop("unknown_body", number)

    def _merged(self) -> tuple[Entry, ...]:
        """Doubles as one: same SIRET, or same name and commune, or same network at the same address; every source is kept."""
        kept: list[Entry] = []
        keys: dict[tuple[str, ...], int] = {}
        for book, house in self.houses:
            mine = list(self._keys(house))
            at = next((keys[k] for k in mine if k in keys and _fits(kept[keys[k]], house)), None)
            if at is None:
                at = len(kept)
                kept.append(house)
            else:
                kept[at] = _merge(kept[at], house)
                book.kept -= 1
                book.joined["double"] += 1
            for key in mine:
                keys.setdefault(key, at)
        return tuple(kept)

    def _keys(self, house: Entry) -> Iterator[tuple[str, ...]]:
        if house.siret:
            yield ("siret", house.siret)
        for site in house.sites:
            if site.commune:
                yield ("name", normalise(house.name), site.commune)
                if house.kinds and site.address and self.reader.cards.is_operator(house.kinds[0]):
                    street = normalise(site.address.partition(",")[0])
                    yield ("place", str(house.kinds[0]), site.commune, street)


def _fits(one: Entry, other: Entry) -> bool:
    """Whether two rows may be one house. Not: two known kinds under one roof, two zones, two rows of one list with other needs or
    publics (two things that one house does), or with ids of their own in two communes (the sites of one body, under one SIRET).
    """
    if one.kinds and other.kinds and not set(one.kinds) & set(other.kinds):
        return False
    if one.perimeter and other.perimeter and set(one.perimeter) != set(other.perimeter):
        return False
    pairs = ((one.needs, other.needs), (one.publics, other.publics))
    if one.origins[0].source == other.origins[0].source and any(
        a and b and set(a) != set(b) for a, b in pairs
    ):
        return False
    if one.commune and other.commune and one.commune != other.commune:
        mine = {o.source: o.source_id for o in one.origins if o.source_id}
        return not any(o.source_id and mine.get(o.source, o.source_id) != o.source_id for o in other.origins)
    return True


def _merge(one: Entry, other: Entry) -> Entry:
    """Both as one. What the first says stands; the second fills in; needs and public are of one row, never a mixture of two."""
    teller = one if one.needs or not other.needs else other
    return replace(
        one,
        kinds=one.kinds or other.kinds,
        network=one.network or other.network,
        origins=tuple(dict.fromkeys((*one.origins, *other.origins))),
        aliases=tuple(dict.fromkeys((*one.aliases, *other.aliases))),
        siret=one.siret or other.siret,
        sites=once((*one.sites, *other.sites)),
        email=one.email or other.email,
        website=one.website or other.website,
        needs=teller.needs,
        publics=teller.publics,
        perimeter=one.perimeter or other.perimeter,
        conditions=one.conditions or other.conditions,
        fees=one.fees or other.fees,
        services=(*one.services, *other.services),
    )
