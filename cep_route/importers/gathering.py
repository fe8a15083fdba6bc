"""Rows of several directories to the houses of one area: what is kept, joined, merged, dropped, and the count of each.

It never opens a file (`forms` does), never overwrites what people wrote (`reimport` minds that), and loses no row from the books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import asdict, replace

from cep_route.importers import agencies, annuaire, cleaning, data_inclusion, forms, table
from cep_route.importers.area import compressed
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.data_inclusion import ServiceRow, once, with_services
from cep_route.importers.rows import Entry, FileBook, Reader, Refused, RowSource
from cep_route.importers.stream import UnreadableStreamError
from cep_route.model.answer import Finding
from cep_route.text import normalise

_FORMS = list(forms.FEEDS)
_HOUSES = {
    "structures": data_inclusion.structure,
    "annuaire": annuaire.entry,
    "agencies": agencies.entry,
    "table": table.entry,
}


def gather(sources: Iterable[RowSource], reader: Reader) -> tuple[Entry, ...] | list[Finding]:
    """Every row of every source read once, structures elsewhere twice when a service of theirs reaches the area.

    The houses of the area, or what stopped a file from being read; the books are the reader's.
    """
    work = _Work(reader)
    ordered = sorted(sources, key=lambda s: _FORMS.index(s.form))
    faults = []
    for source in ordered:
        reader.ledger.files.setdefault(source.file, FileBook(ignored_columns=source.ignored))
        try:
            work.read(source)
        except UnreadableStreamError as stop:
            faults.append(stop.finding)
    if faults:
        return faults
    for source in ordered:
        if source.form == "structures" and reader.wanted:
            work.fetch(source)
    entries = work.finished()
    if any(book.missing() for book in reader.ledger.files.values()):
        raise AssertionError("rows not accounted for")
    return entries


class _Work:
    """The import under way."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.houses: list[tuple[FileBook, Entry]] = []  # with the book of the file each row is of
        self.structures: dict[str, int] = {}  # id -> place in `houses`
        self.services: defaultdict[str, list[tuple[FileBook, ServiceRow]]] = defaultdict(list)  # by structure
        self.competences: defaultdict[str, set[str]] = defaultdict(
            set
        )  # id of a body -> communes it is in charge of
        self.links: list[tuple[FileBook, int, set[str]]] = []  # book, row, bodies it names

    def read(self, source: RowSource) -> None:
        self.reader.source, book = source, self.reader.ledger.files[source.file]
        for number, row in source.rows():
            book.rows += 1
            reason = self._row(source.form, book, number, row)
            self.reader.settle(kept=not reason)
            if reason:
                book.drop(reason, number)

    def _row(self, form: str, book: FileBook, number: int, row: Value | Refused) -> str:
        """Why a row is dropped, or nothing."""
        if not isinstance(row, dict):
            return "unreadable_row" if isinstance(row, Refused) else "not_a_record"
        if forms.ignored(row):
            return "ignored"
        if form == "competence":
            return self._competence(book, number, row)
        if form == "services":
            return self._service(book, row)
        found = _HOUSES[form](row, self.reader)
        if isinstance(found, str):
            return found
        id_ = found.origins[0].source_id if form == "structures" else None
        if id_ and id_ in self.structures:
            book.join("same_id")
            return ""
        if id_:
            self.structures[id_] = len(self.houses)
            self.reader.here.add(id_)
        book.kept += 1
        self.houses.append((book, found))
        return ""

    def _service(self, book: FileBook, row: Record) -> str:
        found = data_inclusion.service(row, self.reader)
        if isinstance(found, str):
            return found
        self.services[found.owner or f"\0{len(self.services)}"].append((book, found))
        if found.owner and found.owner not in self.reader.here:
            self.reader.wanted.add(found.owner)
        return ""

    def _competence(self, book: FileBook, number: int, row: Record) -> str:
        """A commune may name many bodies on one row: the row counts once, for the best that became of it."""
        links, area = list(annuaire.competences(row)), self.reader.area
        here = [(commune, ids) for commune, ids in links if area.may_hold(commune) and area.meets(commune)]
        if not here:
            return "elsewhere" if links else "not_a_record"
        named = {id_: commune for commune, ids in here for id_ in ids}
        for id_, commune in named.items():
            self.competences[id_].add(commune)
        self.reader.wanted |= set(named)
        self.links.append((book, number, set(named)))
        return ""

    def fetch(self, source: RowSource) -> None:
        """The structures elsewhere that a service brings in: their rows move from dropped to kept."""
        self.reader.source, book = source, self.reader.ledger.files[source.file]
        for number, row in source.rows():
            told = data_inclusion.unwrapped(row) if isinstance(row, dict) else {}
            id_ = cleaning.text(told.get("id"))
            if id_ not in self.reader.wanted or id_ in self.structures or forms.ignored(told):
                continue
            reason = self.reader.place_of(data_inclusion.cells(told, self.reader))
            self.reader.settle(kept=False)
            kept = isinstance(reason, str) and not self._row(source.form, book, number, told)
            self.reader.settle(kept=kept)
            if kept:
                book.keep(str(reason))

    # -- the end ----------------------------------------------------------------------------------------------------------

    def finished(self) -> tuple[Entry, ...]:
        self._join_services()
        self._link_competences()
        return self._merged()

    def _join_services(self) -> None:
        """Each service to its structure; where none was given for them, the first stands for all."""
        for owner, rows in self.services.items():
            at, joined = self.structures.get(owner, len(self.houses)), rows
            if owner not in self.structures:
                (book, first), *joined = rows
                book.kept += 1
                self.houses.append((book, first.house))
            book, house = self.houses[at]
            self.houses[at] = (book, with_services(house, [row for _, row in rows]))
            for theirs, _ in joined:
                theirs.join("service")

    def _link_competences(self) -> None:
        known = {alias for _, house in self.houses for alias in house.aliases}
        for i, (book, house) in enumerate(self.houses):
            communes = {c for alias in house.aliases for c in self.competences.get(alias, ())}
            if communes:
                self.houses[i] = (book, replace(house, perimeter=compressed(communes)))
        for book, number, ids in self.links:
            if known & ids:
                book.join("competence")
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
                book.join("double")
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
    pairs = [(one.perimeter, other.perimeter)]
    if one.origins[0].source == other.origins[0].source:
        pairs += [(one.needs, other.needs), (one.publics, other.publics)]
    if any(a and b and set(a) != set(b) for a, b in pairs):
        return False
    if one.kinds and other.kinds and not set(one.kinds) & set(other.kinds):
        return False
    if one.commune and other.commune and one.commune != other.commune:
        mine = {o.source: o.source_id for o in one.origins if o.source_id}
        return not any(o.source_id and mine.get(o.source, o.source_id) != o.source_id for o in other.origins)
    return True


def _merge(one: Entry, other: Entry) -> Entry:
    """Both as one. What the first says stands; the second fills in; needs and public are of one row, never a mixture of two."""
    teller = one if one.needs or not other.needs else other
    filled = {key: value or getattr(other, key) for key, value in asdict(one).items()}
    return Entry(
        **filled
        | {
            "origins": tuple(dict.fromkeys((*one.origins, *other.origins))),
            "aliases": tuple(dict.fromkeys((*one.aliases, *other.aliases))),
            "sites": once((*one.sites, *other.sites)),
            "needs": teller.needs,
            "publics": teller.publics,
            "services": (*one.services, *other.services),
        }
    )
