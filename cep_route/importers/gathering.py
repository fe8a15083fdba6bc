"""Rows of several directories to the houses of one area: what is kept, joined, merged, dropped, and the count of each.

It never opens a file (`forms` does), never overwrites what people wrote (`reimport` minds that), and loses no row from the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from cep_route.importers import agencies, annuaire, cleaning, data_inclusion, table, workbook
from cep_route.importers.area import compressed
from cep_route.importers.entry import Entry, Ledger, Site
from cep_route.importers.reading import Reader, Refused, RowSource
from cep_route.importers.stream import UnreadableStreamError
from cep_route.model.answer import Finding, values_of
from cep_route.text import normalise

FORMS = (
    "competence",
    "structures",
    "services",
    "annuaire",
    "agencies",
    "table",
)  # in the order they are read


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
    if not faults and reader.wanted:
        for source in ordered:
            if source.form == "structures":
                work.fetch(source)
    entries = work.finished() if not faults else ()
    for file in reader.ledger.files():
        if not faults and reader.ledger.balance(file):
            raise AssertionError(f"{reader.ledger.balance(file)} rows not accounted for")
    return Gathered(entries, reader.ledger, tuple(faults))


class _Work:
    """The import under way."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.book = reader, reader.ledger
        self.houses: list[tuple[str, Entry]] = []  # with the file each row is of
        self.structures: dict[str, int] = {}  # id -> place in `houses`
        self.services: dict[str, list[tuple[str, Entry]]] = {}
        self.links: list[tuple[str, int, tuple[str, ...]]] = []  # file, row, bodies it names

    def read(self, source: RowSource) -> None:
        feed = {"structures": "data_inclusion", "services": "data_inclusion", "competence": "annuaire"}.get(
            source.form, source.form
        )
        network = self.reader.cards.feeds.get(feed, {}).get("network")
        self.reader.feed_kinds = (self.reader.cards.of_network[network],) if network else ()
        self.reader.label = source.label
        joins = {"structures": self._structure, "services": self._service, "competence": self._competence}
        houses = {"annuaire": annuaire.entry, "agencies": agencies.entry, "table": table.entry}
        for number, row in source.rows():
            self.book.rows[source.file] += 1
            if isinstance(row, Refused):
                self.book.drop(source.file, "unreadable_row", number)
            elif isinstance(row, dict) and workbook.ignored(row):
                self.book.drop(source.file, "ignored", number)
            elif source.form in joins:
                joins[source.form](source.file, number, row)
            else:
                self._house(source.file, number, houses[source.form](row, self.reader))

    def _house(self, file: str, number: int, read: Entry | str) -> None:
        self.reader.settle(kept=isinstance(read, Entry))
        if isinstance(read, str):
            self.book.drop(file, read, number)
        else:
            self.book.kept[file] += 1
            self.houses.append((file, read))

    def _structure(self, file: str, number: int, row: Any) -> None:
        read = data_inclusion.structure(row, self.reader)
        self.reader.settle(kept=isinstance(read, Entry))
        if isinstance(read, str):
            self.book.drop(file, read, number)
            return
        id_ = read.origins[0].source_id
        if id_ and id_ in self.structures:
            self.book.joined[file, "same_id"] += 1
            return
        if id_:
            self.structures[id_] = len(self.houses)
            self.reader.here.add(id_)
        self.book.kept[file] += 1
        self.houses.append((file, read))

    def _service(self, file: str, number: int, row: Any) -> None:
        read = data_inclusion.service(row, self.reader)
        self.reader.settle(kept=not isinstance(read, str))
        if isinstance(read, str):
            self.book.drop(file, read, number)
            return
        owner, part = read
        owner = owner or f"\0{file} {number}"  # of no structure: a house of its own
        self.services.setdefault(owner, []).append((file, part))
        if owner[0] != "\0" and owner not in self.reader.here:
            self.reader.wanted.add(owner)

    def _competence(self, file: str, number: int, row: Any) -> None:
        """A commune may name many bodies on one row: the row counts once, for the best that became of it."""
        links = list(annuaire.competences(row))
        here = [
            (c, kind, ids)
            for c, kind, ids in links
            if self.reader.area.may_hold(c) and self.reader.area.meets(c)
        ]
        if not here:
            self.book.drop(file, "elsewhere" if links else "not_a_record", number)
            return
        for commune, _kind, ids in here:
            for id_ in ids:
                self.reader.competences.setdefault(id_, set()).add(commune)
        self.links.append((file, number, tuple(i for _, _, ids in here for i in ids)))

    def fetch(self, source: RowSource) -> None:
        """The structures elsewhere that a service brings in: their rows move from dropped to kept."""
        before, self.reader.label = dict(self.structures), source.label
        wanted = self.reader.wanted - set(before)
        for _number, row in source.rows():
            row_ = data_inclusion.unwrapped(row)
            id_ = cleaning.text(row_.get("id")) if isinstance(row_, dict) else ""
            if id_ not in wanted:
                continue
            reason = data_inclusion.fault_of(row_, self.reader)
            read = data_inclusion.structure(row_, self.reader)
            good = isinstance(read, Entry) and bool(reason) and id_ not in self.structures
            self.reader.settle(kept=good)
            if good and isinstance(read, Entry):
                self.book.dropped[source.file, reason] -= 1
                self.book.kept[source.file] += 1
                self.structures[id_] = len(self.houses)
                self.houses.append((source.file, read))

    # -- the end ----------------------------------------------------------------------------------------------------------

    def finished(self) -> tuple[Entry, ...]:
        self._join_services()
        self._link_competences()
        return self._merged()

    def _join_services(self) -> None:
        for owner, parts in self.services.items():
            at = self.structures.get(owner)
            if at is not None:
                file, house = self.houses[at]
                self.houses[at] = (file, data_inclusion.with_services(house, [p for _, p in parts]))
                for name, _ in parts:
                    self.book.joined[name, "service"] += 1
                continue
            # No structure was given for them: the first stands for all.
            name, first = parts[0]
            kinds = self.reader.cards.named(first.name)
            house = replace(
                first,
                kinds=kinds,
                needs=None,
                publics=None,
                perimeter=None,
                conditions=None,
                fees=None,
                referable_by=None,
                reception=None,
                referral=None,
                referral_url=None,
            )
            self.houses.append((name, data_inclusion.with_services(house, [p for _, p in parts])))
            self.book.kept[name] += 1
            for other, _ in parts[1:]:
                self.book.joined[other, "service"] += 1

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
                kept[at] = merged(kept[at], house)
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
                    yield (
                        "place",
                        str(house.kinds[0]),
                        site.commune,
                        normalise(site.address.partition(",")[0]),
                    )


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


def merged(one: Entry, other: Entry) -> Entry:
    """Both as one. What the first says stands; the second fills in; the sources of both are kept."""
    values: dict[str, Any] = {}
    for field in (
        "network", "siret", "email", "website", "conditions", "fees", "referable_by", "reception", "referral", "referral_url",
    ):  # fmt: skip
        values[field] = getattr(one, field) or getattr(other, field)
    for field in ("needs", "publics", "perimeter"):  # of one row together: never a mixture of two
        teller = one if one.needs or not other.needs else other
        values[field] = getattr(teller, field)
    values["perimeter"] = one.perimeter or other.perimeter
    return replace(
        one,
        kinds=one.kinds or other.kinds,
        origins=_origins(one, other),
        aliases=tuple(dict.fromkeys((*one.aliases, *other.aliases))),
        sites=_sites(one, other),
        services=(*one.services, *other.services),
        **values,
    )


def _origins(one: Entry, other: Entry) -> tuple[Any, ...]:
    found = list(one.origins)
    found += [o for o in other.origins if o not in found]
    return tuple(found)


def _sites(one: Entry, other: Entry) -> tuple[Site, ...]:
    """The places of both; a commune both name with no two different streets is one place."""
    found = list(one.sites)
    for site in other.sites:
        at = next(
            (i for i, s in enumerate(found) if s.commune == site.commune and _same_street(s, site)), None
        )
        if at is None:
            found.append(site)
        else:
            mine = values_of(site)
            found[at] = Site(**{k: v if v is not None else mine[k] for k, v in values_of(found[at]).items()})
    return tuple(found)


def _same_street(one: Site, other: Site) -> bool:
    """Most of the words of the shorter street are in the other: « 4 av. de la Gare » and « 4 avenue de la gare »."""
    a, b = (set(normalise((s.address or "").partition(",")[0]).split()) for s in (one, other))
    small = min(a, b, key=len)
    return not small or len(a & b) >= max(1, round(0.6 * len(small)))
