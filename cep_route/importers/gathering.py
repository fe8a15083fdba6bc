"""Rows of several directories to the houses of one area, and these to the tables of its file: what is kept, joined, merged, dropped.

It never opens a file (`forms` does), never overwrites what people wrote (`to_toml` minds that), and loses no row from the books.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from msgspec.structs import asdict, replace

from cep_route import places
from cep_route.importers import cleaning, data_inclusion, forms, official, to_toml
from cep_route.importers.cleaning import Value
from cep_route.importers.rows import Area, Cards, Entry, FileBook, Reader, RowSource, compressed
from cep_route.model.answer import Finding
from cep_route.model.shapes import TomlTable
from cep_route.model.territory import ContactEntry, House, LocalOperator, Partner, PlaceEntry, plain_of
from cep_route.model.written import Kind
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
    work, faults, books = _Work(reader), list[Finding](), reader.books
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
        # by the id of a structure, else by a number; with the book of the file each row is of
        self.houses: dict[str, tuple[FileBook, Entry]] = {}
        self.services: defaultdict[str, list[tuple[FileBook, Entry]]] = defaultdict(list)  # by structure
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
        self.reader.source, book = source, self.reader.books[source.file]
        for number, row in source.rows():
            book.rows += 1
            reason = self._row(source.form, book, number, row)
            self.reader.settle(kept=not reason)
            if reason:
                book.drop(reason, number)

    def _row(self, form: str, book: FileBook, number: int, row: Value) -> str:
        """Why a row is dropped, or nothing."""
        if not isinstance(row, dict):
            return "unreadable_row" if row is None else "not_a_record"
        if cleaning.text(row.get("__ignore__")).lower() in forms.IGNORED:
            return "ignored"
        if form == "competence":
            commune, ids = official.competence(row)
            if not self.reader.area.meets(commune):
                return "elsewhere" if commune else "not_a_record"
            for id_ in ids:
                self.competences[id_].add(commune)
            self.reader.wanted |= set(ids)
            self.links.append((book, number, set(ids)))
            return ""
        if form == "services":
            offer = data_inclusion.service(row, self.reader)
            if isinstance(offer, str):
                return offer
            owner, house = offer
            self.services[owner or f"\0service {len(self.services)}"].append((book, house))
            self.reader.wanted |= {owner} - {""}
            return ""
        found = _HOUSES[form](row, self.reader)
        if isinstance(found, str):
            return found
        key = (found.source_id if form == "structures" else None) or f"\0{len(self.houses)}"
        if key in self.houses:
            book.joined["same_id"] += 1
        else:
            book.kept += 1
            self.houses[key] = (book, found)
        return ""

    # -- the end ----------------------------------------------------------------------------------------------------------

    def join_services(self) -> None:
        """Each service to its structure; where none was given for them, the first stands for all."""
        for owner, rows in self.services.items():
            alone = owner not in self.houses
            book, house = (rows[0][0], replace(rows[0][1], services=None)) if alone else self.houses[owner]
            self.houses[owner] = (book, _with_services(house, [row for _, row in rows]))
            book.kept += alone
            for theirs, _ in rows[alone:]:
                theirs.joined["service"] += 1

    def link_competences(self) -> None:
        known = {alias for _, house in self.houses.values() for alias in house.aliases}
        for key, (book, house) in self.houses.items():
            communes = {c for alias in house.aliases for c in self.competences.get(alias, ())}
            if communes:
                self.houses[key] = (book, replace(house, perimeter=compressed(communes)))
        for book, number, ids in self.links:
            if known & ids:
                book.joined["competence"] += 1
            else:
                book.drop("unknown_body", number)

    def merged(self) -> tuple[Entry, ...]:
        """Doubles as one: same SIRET, or same name and commune, or same network at the same address; every source is kept."""
        kept: list[Entry] = []
        keys: dict[tuple[str, ...], int] = {}
        for book, house in self.houses.values():
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
        for site in house.places or ():
            if site.commune:
                yield ("name", normalise(house.name), site.commune)
                if house.kinds and site.address and self.reader.cards.is_operator(house.kinds[0]):
                    street = normalise(site.address.partition(",")[0])
                    yield ("place", house.kinds[0], site.commune, street)


# -- two rows of one house ------------------------------------------------------------------------------------------------


def _fits(one: Entry, other: Entry) -> bool:
    """Whether two rows may be one house. Not: two known kinds under one roof, two zones, two rows of one list with other needs or
    publics (two things that one house does), or with ids of their own in two communes (the sites of one body, under one SIRET).
    """
    pairs = [(one.perimeter, other.perimeter)]
    if one.source == other.source:
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
        **asdict(one.origins[0]),
        "also_from": tuple(dict.fromkeys((*one.origins, *other.origins)))[1:] or None,
        "aliases": tuple(dict.fromkeys((*one.aliases, *other.aliases))),
        "places": _once((*(one.places or ()), *(other.places or ()))),
        "needs": teller.needs,
        "publics": teller.publics,
        "services": (*(one.services or ()), *(other.services or ())) or None,
    }
    return Entry(**filled)


def _with_services(house: Entry, rows: list[Entry]) -> Entry:
    """A structure with its services, each whole: needs, public, zone and conditions of one are never those of another.

    A service received elsewhere than its structure keeps its place; a structure that tells none has those of its services. Its day
    is that of the newest row.
    """
    days = [row.source_date for row in (house, *rows) if row.source_date]
    own = [site for site in house.places or () if site.commune]
    sites, services = [*(house.places or ())], [*(house.services or ())]
    for row in rows:
        told = row.places or ()
        there = [s for s in told if own and s.commune and not any(_same(s, o) for o in own)]
        services += [replace(service, places=tuple(there) or None) for service in row.services or ()]
        sites += [site for site in told if site not in there]
    return replace(house, source_date=max(days, default=None), places=_once(sites), services=tuple(services))


def _same(one: PlaceEntry, other: PlaceEntry) -> bool:
    """Most of the words of the shorter street are in the other (« 4 av. de la Gare », « 4 avenue de la gare »), in one commune."""
    a, b = (set(normalise((s.address or "").partition(",")[0]).split()) for s in (one, other))
    small = min(a, b, key=len)
    return one.commune == other.commune and (not small or len(a & b) >= max(1, round(0.6 * len(small))))


def _once(sites: Iterable[PlaceEntry]) -> tuple[PlaceEntry, ...] | None:
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
    return tuple([s for s in found if s.commune] or found[:1]) or None


# -- houses to tables -----------------------------------------------------------------------------------------------------


def tables(entries: Iterable[Entry], cards: Cards) -> list[to_toml.MadeTable]:
    """The tables of each house, in a stable order: operators by network, partners by circle, then by place."""

    def order(told: tuple[House, tuple[str, ...]]) -> tuple[str, ...]:
        house, commune = told[0], told[0].places[0].commune if told[0].places else None
        circle = house.circle if isinstance(house, Partner) else ""
        return circle, house.network or "", commune or "", house.name, house.source_id or ""

    made = list[to_toml.MadeTable]()
    for house, aliases in sorted(((h, e.aliases) for e in entries for h in _houses(e, cards)), key=order):
        table: TomlTable = _dated(plain_of(replace(house, id=_id(house))))
        table["imported"] = to_toml.marks(table)
        kind = "operators" if isinstance(house, LocalOperator) else "partners"
        made.append(to_toml.MadeTable(kind, table, aliases))
    return made


def _dated(value: Any) -> Any:
    """Plain values as the file writes them, days as days."""
    if isinstance(value, dict):
        days = ("source_date", "edited_on")
        return {k: date.fromisoformat(v) if k in days else _dated(v) for k, v in value.items()}
    return [_dated(v) for v in value] if isinstance(value, list) else value


def _houses(entry: Entry, cards: Cards) -> Iterator[House]:
    """One table per operator the house is; else one partner. What it does by its statute counts where no row says what it does."""
    sites, offered = entry.places or (), entry.services or ()
    phone = next((s.phone for s in sites if s.phone and not (s.commune or s.address)), None)
    contact = ContactEntry(use="public", phone=phone, email=entry.email)
    told = {key: getattr(entry, key) for key in Partner.__struct_fields__} | {
        "to_check": True,
        "places": tuple(site for site in sites if site.commune or site.address) or None,
        "contacts": (contact,) if phone or entry.email else None,
    }
    kinds = [cards.kinds[k] for k in entry.kinds]
    chosen: Sequence[Kind | None] = [kind for kind in kinds if kind.operator] or kinds[:1] or [None]
    for kind in chosen:
        statute = None if offered else kind
        needs = entry.needs or (statute and statute.needs) or None
        house = told | {"id": "", "perimeter": _perimeter(entry, kind), "needs": needs}
        if kind and kind.operator:
            needs = needs or tuple(dict.fromkeys(n for s in offered for n in s.needs or ())) or None
            house |= {"network": kind.operator, "needs": needs}
            yield LocalOperator(**{key: house[key] for key in House.__struct_fields__})
            continue
        house |= {
            "circle": cards.circle(entry.kinds, entry.needs or ()),
            "network": entry.network or (kind.network if kind else None),
            "publics": entry.publics or (None if entry.needs else (statute and statute.publics) or None),
        }
        yield Partner(**house)


def _perimeter(entry: Entry, kind: Kind | None) -> tuple[str, ...] | None:
    """The zone a row tells, else that of its kind by its statute: the commune, département or region of its place."""
    here = places.commune(entry.commune) if entry.commune else None
    area = kind.area if kind and entry.perimeter is None else None
    if area == "france":
        return ("france",)
    if area is None or here is None:
        return entry.perimeter
    return (here.city or here.code if area == "commune" else f"{area}:{getattr(here, area)}",)


def _id(house: House) -> str:
    """A readable id: the network or the name, then the commune."""
    here = places.commune(house.places[0].commune or "") if house.places else None
    name, network, town = (_slug(told or "") for told in (house.name, house.network, here and here.name))
    base = name if not network or name.startswith(network) else f"{network}-{name}"
    whole = base if not town or town in base else f"{base[: 78 - len(town)].rstrip('-')}-{town}"
    return whole[:76].strip("-") or "sans-nom"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", normalise(text)).strip("-")


# -- the head of the file -------------------------------------------------------------------------------------------------


def head(
    area: Area, *, as_of: str, updated_on: str, sources: Sequence[str], said: str, **named: str
) -> TomlTable:
    """`[territory]`: zones as they were asked for, or the communes; under its own titles, or the `id` and `name` it is given."""
    here, (id_, name) = places.commune(min(area.codes, default="")), titles(area)
    region = {"region": here.region_name} if len(area.regions) == 1 and here else {}
    whole = all(not z[:2].isdigit() or len(z) == 9 for z in area.zones)
    told: TomlTable = {"schema": 1, "id": id_, "name": name, **named, **region}
    told |= {"perimeter": [*area.zones]} if whole else {"communes": [*sorted(area.codes)]}
    days = {"as_of": date.fromisoformat(as_of), "updated_on": date.fromisoformat(updated_on)}
    return {**told, **days, "sources": [*sources], "said": said}


def titles(area: Area) -> tuple[str, str]:
    """An id and a name for an area: « ardennes-08 », « Ardennes (08) », the name of an EPCI or of a commune."""
    names = list[str]()
    for zone in area.zones:
        here = places.commune(min(places.communes_of(zone), default=""))
        if here is None:
            names.append(zone)
        elif zone.startswith("departement:"):
            names.append(f"{here.departement_name} ({here.departement})")
        else:
            names.append(here.epci_name if len(zone) == 9 else here.name)
    names = list(dict.fromkeys(names)) or ["Territoire"]
    more = len(names) - 3
    listed = ", ".join(names[:3]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
    zone = area.zones[0] if area.zones else ""
    end = "et-environs" if len(area.zones) > 1 else zone.lower() if len(zone) == 5 else ""
    return _slug(f"{names[0]} {end}")[:76].strip("-"), listed[:200]
