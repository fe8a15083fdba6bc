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
from cep_route.importers.data_inclusion import ServiceRow, joined, same_street, with_services
from cep_route.importers.entry import Entry, Ledger
from cep_route.importers.rows import Reader, Refused, RowSource
from cep_route.importers.stream import UnreadableStreamError
from cep_route.model.answer import Finding
from cep_route.model.territory import PlaceEntry
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
    """The houses of the area, the books, and what stopped a file from being read."""

    entries: tuple[Entry, ...]
    ledger: Ledger
    faults: tuple[Finding, ...]


def gather(sources: Iterable[RowSource], reader: Reader) -> Gathered:
    """Every row of every source read once, structures elsewhere twice when a service of theirs reaches the area."""
    work = _Work(reader)
    ordered = sorted(sources, key=lambda s: FORMS.index(s.form))
    faults = []
    for source in ordered:
        reader.ledger.rows[source.file] += 0
        if source.ignored:
            reader.ledger.ignored[source.file] = source.ignored
        try:
            work.read(source)
        except UnreadableStreamError as stop:
            faults.append(stop.finding)
    if faults:
        return Gathered((), reader.ledger, tuple(faults))
    for source in ordered if reader.wanted else ():
        if source.form == "structures":
            work.fetch(source)
    entries = work.finished()
    for file in reader.ledger.rows:
        if missing := reader.ledger.balance(file):
            raise AssertionError(f"{missing} rows not accounted for")
    return Gathered(entries, reader.ledger, ())


class _Work:
    """The import under way."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.book = reader, reader.ledger
        self.houses: list[tuple[str, Entry]] = []  # with the file each row is of
        self.structures: dict[str, int] = {}  # id -> place in `houses`
        self.services: dict[str, list[tuple[str, ServiceRow]]] = {}
        self.links: list[tuple[str, int, tuple[str, ...]]] = []  # file, row, bodies it names

    def read(self, source: RowSource) -> None:
        self._about(source)
        for number, row in source.rows():
            self.book.rows[source.file] += 1
            if isinstance(row, Refused):
                self.book.drop(source.file, "unreadable_row", number)
            elif isinstance(row, dict) and workbook.ignored(row):
                self.book.drop(source.file, "ignored", number)
            elif source.form == "competence":
                self._competence(source.file, number, row)
            elif source.form == "services":
                self._service(source.file, number, row)
            else:
                found = _HOUSES[source.form](row, self.reader)
                self.reader.settle(kept=isinstance(found, Entry))
                self._house(source, number, found)

    def _about(self, source: RowSource) -> None:
        """The reader told whose rows come now."""
        cards = self.reader.cards
        feed = cards.feeds.get(FEEDS[source.form])
        self.reader.feed_kinds = (cards.of_network[feed.network],) if feed and feed.network else ()
        self.reader.label = source.label

    def _house(self, source: RowSource, number: int, found: Entry | str) -> None:
        if isinstance(found, str):
            self.book.drop(source.file, found, number)
            return
        id_ = found.origins[0].source_id if source.form == "structures" else None
        if id_ and id_ in self.structures:
            self.book.joined[source.file, "same_id"] += 1
            return
        if id_:
            self.structures[id_] = len(self.houses)
            self.reader.here.add(id_)
        self.book.kept[source.file] += 1
        self.houses.append((source.file, found))

    def _service(self, file: str, number: int, row: Value) -> None:
        found = data_inclusion.service(row, self.reader)
        self.reader.settle(kept=not isinstance(found, str))
        if isinstance(found, str):
            self.book.drop(file, found, number)
            return
        self.services.setdefault(found.owner or f"\0{file} {number}", []).append((file, found))
        if found.owner and found.owner not in self.reader.here:
            self.reader.wanted.add(found.owner)

    def _competence(self, file: str, number: int, row: Value) -> None:
        """A commune may name many bodies on one row: the row counts once, for the best that became of it."""
        links, area = list(annuaire.competences(row)), self.reader.area
        here = [(commune, ids) for commune, ids in links if area.may_hold(commune) and area.meets(commune)]
        if not here:
            self.book.drop(file, "elsewhere" if links else "not_a_record", number)
            return
        for commune, ids in here:
            for id_ in ids:
                self.reader.competences.setdefault(id_, set()).add(commune)
        self.links.append((file, number, tuple(i for _, ids in here for i in ids)))

    def fetch(self, source: RowSource) -> None:
        """The structures elsewhere that a service brings in: their rows move from dropped to kept."""
        self._about(source)
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
                self.book.dropped[source.file, str(reason)] -= 1
                self._house(source, 0, found)

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
                file, first = rows[0]
                at = len(self.houses)
                self.houses.append((file, first.house))
                self.book.kept[file] += 1
                self.book.joined[file, "service"] -= 1
            file, house = self.houses[at]
            self.houses[at] = (file, with_services(house, [row for _, row in rows]))
            for name, _ in rows:
                self.book.joined[name, "service"] += 1

    def _link_competences(self) -> None:
        known = {alias for _, house in self.houses for alias in house.aliases}
        for i, (file, house) in enumerate(self.houses):
            communes = {c for alias in house.aliases for c in self.reader.competences.get(alias, ())}
            if communes:
                self.houses[i] = (file, replace(house, perimeter=compressed(communes)))
        for file, number, ids in self.links:
            if known.intersection(ids):
                self.book.joined[file, "competence"] += 1
            else:
                self.book.drop(file, "unknown_body", number)

    def _merged(self) -> tuple[Entry, ...]:
        """Doubles as one: same SIRET, or same name and commune, or same network at the same address; every source is kept."""
        kept: list[Entry] = []
        keys: dict[tuple[str, ...], int] = {}
        for file, house in self.houses:
            mine = list(self._keys(house))
            at = next((keys[k] for k in mine if k in keys and _fits(kept[keys[k]], house)), None)
            if at is None:
                at = len(kept)
                kept.append(house)
            else:
                kept[at] = _merge(kept[at], house)
                self.book.kept[file] -= 1
                self.book.joined[file, "double"] += 1
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
    """Whether two rows may be one house. Not: two known kinds under one roof, two zones, two rows of one publisher with ids of their
    own in two communes (the sites of one body, under one SIRET).
    """
    if one.kinds and other.kinds and not set(one.kinds) & set(other.kinds):
        return False
    if one.perimeter and other.perimeter and set(one.perimeter) != set(other.perimeter):
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
        sites=_sites(one, other),
        email=one.email or other.email,
        website=one.website or other.website,
        needs=teller.needs,
        publics=teller.publics,
        perimeter=one.perimeter or other.perimeter,
        conditions=one.conditions or other.conditions,
        fees=one.fees or other.fees,
        services=(*one.services, *other.services),
    )


def _sites(one: Entry, other: Entry) -> tuple[PlaceEntry, ...]:
    """The places of both; a commune both name with no two different streets is one place."""
    found = list(one.sites)
    for site in other.sites:
        here = (i for i, s in enumerate(found) if s.commune == site.commune and same_street(s, site))
        at = next(here, None)
        if at is None:
            found.append(site)
        else:
            found[at] = joined(found[at], site)
    return tuple(found)
