"""A new import laid over a file people have worked on: what the data changed goes in, what a human wrote stays, and all is told.

Each imported table carries the marks of the values the import wrote. A value that no longer gives its mark is a human's; so is every
table under `lock = true`, and every key the import never wrote. Nothing is taken out: a house the data no longer have is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import tomli

from cep_route.importers import to_toml
from cep_route.importers.tables import MARKED_NOT, MadeTable, free, mark, marks, origins
from cep_route.importers.to_toml import TomlBlock, TomlTable, TomlValue
from cep_route.text import normalise

TABLES = ("operators", "partners")
_ORIGIN = ("source", "source_id", "source_date", "also_from")


class KeptChange(NamedTuple):
    """One line of the diff: `added`, `changed`, `kept` (a human's value), `locked`, `gone`."""

    kind: str
    id: str
    key: str = ""
    old: TomlValue | None = None
    new: TomlValue | None = None


class Laid(NamedTuple):
    """The text with the import in it, and the diff."""

    text: str
    changes: tuple[KeptChange, ...]


def laid_over(text: str, made: Sequence[MadeTable], head: TomlTable, feeds: Iterable[str]) -> Laid:
    """The file with the new import in it. `feeds`: the sources read this time, whose missing houses are named as gone."""
    sheet = _WrittenFile(text)
    changes: list[KeptChange] = []
    for one in made:
        house = sheet.find(one)
        if house is None:
            changes.append(sheet.added(one))
        else:
            changes += house.updated(one.table)
    changes += sheet.gone(frozenset(feeds))
    sheet.head(head, frozenset(feeds))
    return Laid(to_toml.laid_out(sheet.blocks), tuple(changes))


@dataclass(slots=True)
class _WrittenHouse:
    """A table of the file: where its first block stands, its values, and whether a row of the new data was it."""

    kind: str
    head: TomlBlock
    inner: list[TomlBlock]
    values: TomlTable
    met: bool = False

    def updated(self, table: TomlTable) -> Iterator[KeptChange]:
        """The new values, key by key, but those a human holds."""
        self.met = True
        mine, id_ = dict(self.values), str(self.values.get("id"))
        told = dict(pair.split(":") for pair in str(mine.get("imported", "")).split())
        differ = [k for k in sorted({*table, *mine} - MARKED_NOT) if mine.get(k) != table.get(k)]
        if mine.get("lock"):
            yield from (KeptChange("locked", id_, k, mine.get(k), table[k]) for k in differ if k in table)
            return
        for key in differ:
            ours = mark(mine[key]) == told.get(key) if key in mine else key not in told
            if ours:
                self.put(key, table.get(key))
            if ours or key in table:
                yield KeptChange("changed" if ours else "kept", id_, key, mine.get(key), table.get(key))
        for key in _ORIGIN:
            if key in table:
                self.put(key, table[key])
        self.put("imported", marks(table))

    def put(self, key: str, value: TomlValue | None) -> None:
        """One key written anew, its comments as they were; the others are not touched."""
        if self.values.get(key) == value:
            return
        old = self.head.item(key)
        self.inner[:] = [block for block in self.inner if block.path[1] != key]
        if value is None:
            del self.values[key]
            self.head.items = [item for item in self.head.items if item is not old]
            return
        self.values[key] = value
        head, *inner = to_toml.blocks_of(self.kind, {key: value})
        self.inner += inner
        self.head.items = [item for item in self.head.items if item is not old or head.items]
        for item in head.items:
            if old is None:
                self.head.items.append(item)
            else:
                old.lines = item.lines


class _WrittenFile:
    """The file under work: its houses by what tells them apart, and all the rest untouched."""

    def __init__(self, text: str) -> None:
        self.heads: list[TomlBlock] = []  # every block but those inside a house
        self.houses: list[_WrittenHouse] = []
        data = tomli.loads(text)
        values = {kind: iter(data.get(kind, ())) for kind in TABLES}
        for block in to_toml.parse(text):
            kind = block.path[0] if block.path else ""
            if kind in TABLES and len(block.path) > 1 and self.houses and self.houses[-1].kind == kind:
                self.houses[-1].inner.append(block)
                continue
            self.heads.append(block)
            if kind in TABLES and len(block.path) == 1:
                self.houses.append(_WrittenHouse(kind, block, [], next(values[kind])))
        self.known: dict[tuple[str, str, str], list[_WrittenHouse]] = {}
        for house in self.houses:
            for key in _keys(house.values, ()):
                self.known.setdefault(key, []).append(house)
        self.ids = {str(h.values.get("id")) for h in self.houses} | {s["id"] for s in data.get("schemes", ())}

    @property
    def blocks(self) -> list[TomlBlock]:
        inner = {id(house.head): house.inner for house in self.houses}
        return [block for head in self.heads for block in (head, *inner.get(id(head), ()))]

    def find(self, one: MadeTable) -> _WrittenHouse | None:
        """The house this is: by the publisher's id, else the SIRET, else name and commune; each once.

        A row may be two operators under one roof: the network tells them apart.
        """
        for house in (h for key in _keys(one.table, one.aliases) for h in self.known.get(key, ())):
            alike = one.kind == "partners" or house.values.get("network") == one.table.get("network")
            if not house.met and house.kind == one.kind and alike:
                return house
        return None

    def added(self, one: MadeTable) -> KeptChange:
        id_ = free(str(one.table["id"]), self.ids)
        table = {**one.table, "id": id_}
        self.ids.add(id_)
        head, *inner = to_toml.blocks_of(one.kind, table)
        self.heads.append(head)
        self.houses.append(_WrittenHouse(one.kind, head, inner, table, met=True))
        return KeptChange("added", id_, "name", None, table["name"])

    def gone(self, feeds: frozenset[str]) -> Iterator[KeptChange]:
        """Houses of these sources the new data do not have: named, and left where they are."""
        for house in self.houses:
            mine = house.values
            if not house.met and mine.get("imported") and mine.get("source") in feeds:
                yield KeptChange("gone", str(mine.get("id")), "name", mine.get("name"))

    def head(self, told: TomlTable, feeds: frozenset[str]) -> None:
        """The days and sources of the head; all else of it is the author's.

        A file is as old as the oldest data in it: houses of another source that stay are made no younger.
        """
        block = next((b for b in self.heads if b.path == ("territory",)), None)
        if block is None:
            return
        old = tomli.loads("\n".join(line for item in block.items for line in item.lines))
        mixed = any(h.values.get("imported") and h.values.get("source") not in feeds for h in self.houses)
        new: TomlTable = {key: told[key] for key in ("as_of", "updated_on") if key in told}
        before, now = old.get("as_of"), new.get("as_of")
        if mixed and isinstance(before, date):
            new["as_of"] = min(before, now) if isinstance(now, date) else before
        listed = told.get("sources")
        if isinstance(listed, list):
            new["sources"] = list(dict.fromkeys([*old.get("sources", ()), *map(str, listed)]))
        house = _WrittenHouse("territory", block, [], old)
        for key, value in new.items():
            house.put(key, value)


def _keys(table: TomlTable, aliases: Iterable[str]) -> list[tuple[str, str, str]]:
    """What tells a house apart, the surest first: its ids at each publisher, its SIRET, its name in each commune."""
    sites = table.get("places")
    told = [("source", str(o["source"]), str(o["source_id"])) for o in origins(table) if "source_id" in o]
    told += [("source", str(table.get("source", "")), alias) for alias in aliases]
    told += [("siret", "", str(table["siret"]))] if "siret" in table else []
    name = normalise(str(table.get("name", "")))
    there = [s for s in (sites if isinstance(sites, list) else ()) if isinstance(s, dict)]
    return told + [("name", name, str(s["commune"])) for s in there if "commune" in s]
