"""Rows of several directories to the houses of one area: what is kept, joined, merged, dropped, and the count of each.

It never opens a file (`forms` does), never overwrites what people wrote (`to_toml` minds that), and loses no row from the books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import asdict, replace

from cep_route.importers import data_inclusion, forms, official
from cep_route.importers.area import compressed
from cep_route.importers.cleaning import Record, Value
from cep_route.importers.data_inclusion import ServiceRow
from cep_route.importers.rows import Entry, FileBook, Reader, Refused, RowSource
from cep_route.model.answer import Finding
from cep_route.model.territory import PlaceEntry
from cep_route.text import normalise

_FORMS = list(forms.FEEDS)
_HOUSES = {
    "structures": data_inclusion.structure,
    "annuaire": official.body,
    "agencies": official.agency,
    "table": forms.listed,
}


def gather(sources: Sequence[RowSource], reader: Reader) -> tuple[Entry, ...] | list[Finding]:
    """Every row of every source in the books once; structures are looked at before the services that belong to them, and read after.

    The houses of the area, or what stopped a file from being read; the books are the reader's.
    """
    work, faults, books = _Work(reader), list[Finding](), reader.ledger.files
    for source in sources:
        books.setdefault(source.file, FileBook(ignored_columns=source.ignored))
    ordered = sorted(sources, key=lambda s: _FORMS.index(s.form))
    offered = any(s.form == "services" for s in ordered)
    steps = [(work.scan, s) for s in ordered if offered and s.form == "structures"]
    for step, source in (*steps, *((work.read, s) for s in ordered)):
        try:
            step(source)
        except forms.UnreadableStreamError as stop:
            faults += [] if stop.finding in faults else [stop.finding]
    if faults:
        return faults
    work.join_services()
    work.link_competences()
    entries = work.merged()
    if any(book.missing() for book in books.values()):
        raise AssertionError("rows not accounted for")
    return entries


class _Work:
    """The import under way."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.houses: list[tuple[FileBook, Entry]] = []  # with the book of the file each row is of
        self.structures: dict[str, int] = {}  # id -> place in `houses`
        self.services: defaultdict[str, list[tuple[FileBook, ServiceRow]]] = defaultdict(list)  # by structure
        # id of a body -> the communes it is in charge of; and each row that says so: its book, its number, the bodies it names
        self.competences: defaultdict[str, set[str]] = defaultdict(set)
        self.links: list[tuple[FileBook, int, set[str]]] = []

    def scan(self, source: RowSource) -> None:
        """The ids of the structures of the area: their services are kept whatever these say."""
        for _, row in source.rows():
            found = data_inclusion.structure(row, self.reader) if isinstance(row, dict) else ""
            if isinstance(found, Entry) and found.aliases:
                self.reader.here.add(found.aliases[0])
            self.reader.settle(kept=False)

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
        if form == "competence":
            return self._competence(book, number, row)
        if form == "services":
            offer = data_inclusion.service(row, self.reader)
            if isinstance(offer, str):
                return offer
            self.services[offer.owner or f"\0{len(self.services)}"].append((book, offer))
            self.reader.wanted |= {offer.owner} - {""}
            return ""
        found = _HOUSES[form](row, self.reader)
        if isinstance(found, str):
            return found
        id_ = found.origins[0].source_id if form == "structures" else None
        if id_ and id_ in self.structures:
            book.join("same_id")
            return ""
        if id_:
            self.structures[id_] = len(self.houses)
        book.kept += 1
        self.houses.append((book, found))
        return ""

    def _competence(self, book: FileBook, number: int, row: Record) -> str:
        """A commune may name many bodies on one row: the row counts once, for the best that became of it."""
        links, area = list(official.competences(row)), self.reader.area
        here = [(commune, ids) for commune, ids in links if area.may_hold(commune) and area.meets(commune)]
        if not here:
            return "elsewhere" if links else "not_a_record"
        named = {id_: commune for commune, ids in here for id_ in ids}
        for id_, commune in named.items():
            self.competences[id_].add(commune)
        self.reader.wanted |= set(named)
        self.links.append((book, number, set(named)))
        return ""

    # -- the end ----------------------------------------------------------------------------------------------------------

    def join_services(self) -> None:
        """Each service to its structure; where none was given for them, the first stands for all."""
        for owner, rows in self.services.items():
            at, joined = self.structures.get(owner, len(self.houses)), rows
            if owner not in self.structures:
                (book, first), *joined = rows
                book.kept += 1
                self.houses.append((book, first.house))
            book, house = self.houses[at]
            self.houses[at] = (book, _with_services(house, [row for _, row in rows]))
            for theirs, _ in joined:
                theirs.join("service")

    def link_competences(self) -> None:
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

    def merged(self) -> tuple[Entry, ...]:
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


# -- two rows of one house ------------------------------------------------------------------------------------------------


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
    filled = {key: value or getattr(other, key) for key, value in asdict(one).items()} | {
        "origins": tuple(dict.fromkeys((*one.origins, *other.origins))),
        "aliases": tuple(dict.fromkeys((*one.aliases, *other.aliases))),
        "sites": _once((*one.sites, *other.sites)),
        "needs": teller.needs,
        "publics": teller.publics,
        "services": (*one.services, *other.services),
    }
    return Entry(**filled)


def _with_services(house: Entry, rows: list[ServiceRow]) -> Entry:
    """A structure with its services, each whole: needs, public, zone and conditions of one are never those of another.

    A service received elsewhere than its structure keeps its place; a structure that tells none has those of its services. Its day
    is that of the newest row.
    """
    days = [o.source_date for e in (house, *(r.house for r in rows)) for o in e.origins if o.source_date]
    first = replace(house.origins[0], source_date=max(days, default=None))
    own = [site for site in house.sites if site.commune]
    sites, services = [*house.sites], [*house.services]
    for row in rows:
        there = [s for s in row.house.sites if own and s.commune and not any(_same(s, o) for o in own)]
        services.append(replace(row.service, places=tuple(there) or None))
        sites += [site for site in row.house.sites if site not in there]
    return replace(house, origins=(first, *house.origins[1:]), sites=_once(sites), services=tuple(services))


def _same(one: PlaceEntry, other: PlaceEntry) -> bool:
    """Most of the words of the shorter street are in the other (« 4 av. de la Gare », « 4 avenue de la gare »), in one commune."""
    a, b = (set(normalise((s.address or "").partition(",")[0]).split()) for s in (one, other))
    small = min(a, b, key=len)
    return one.commune == other.commune and (not small or len(a & b) >= max(1, round(0.6 * len(small))))


def _once(sites: Iterable[PlaceEntry]) -> tuple[PlaceEntry, ...]:
    """Each place once: a commune told twice with no two different streets is one. What the first says stands, the second fills in.

    A place of nowhere stands only where there is no other.
    """
    found: list[PlaceEntry] = []
    for site in sites:
        at = next((i for i, s in enumerate(found) if _same(s, site)), None)
        if at is None:
            found.append(site)
        else:
            found[at] = replace(site, **{k: v for k, v in asdict(found[at]).items() if v is not None})
    return tuple([s for s in found if s.commune] or found[:1])
