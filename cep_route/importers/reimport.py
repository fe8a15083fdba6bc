"""A new import laid over a file people have worked on: what the data changed goes in, what a human wrote stays, and all is told.

Each imported table carries the marks of the values the import wrote. A value that no longer gives its mark is a human's; so is every
table under `lock = true`, and every key the import never wrote. Nothing is taken out: a house the data no longer have is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tomli

from cep_route.importers import toml_text
from cep_route.importers.tables import MARKED_NOT, Made, mark, marks
from cep_route.importers.toml_text import TomlBlock
from cep_route.text import normalise

TABLES = ("operators", "partners")


class KeptChange(NamedTuple):
    """One line of the diff: `added`, `changed`, `kept` (a human's value), `locked`, `gone`."""

    kind: str
    id: str
    key: str = ""
    old: Any = None
    new: Any = None


class Laid(NamedTuple):
    """The text with the import in it, and the diff."""

    text: str
    changes: tuple[KeptChange, ...]


def laid_over(text: str, made: Sequence[Made], head: Mapping[str, Any], feeds: Iterable[str]) -> Laid:
    """The file with the new import in it. `feeds`: the sources read this time, whose missing houses are named as gone."""
    order = toml_text.model_order()
    blocks = toml_text.parse(text)
    sheet = _WrittenFile(blocks, tomli.loads(text))
    changes: list[KeptChange] = []
    met: set[int] = set()
    for kind, table, aliases in made:
        at = sheet.find(kind, table, aliases, met)
        if at is None:
            fresh = {**table, "id": sheet.free(table["id"])}
            sheet.add(kind, fresh)
            changes.append(KeptChange("added", fresh["id"], "name", None, table["name"]))
        else:
            met.add(at)
            changes += sheet.update(at, table)
    changes += sheet.gone(met, frozenset(feeds))
    if head:
        sheet.head(head, mixed=sheet.has_others(frozenset(feeds)))
    new = toml_text.laid_out(sheet.blocks(), order)
    return Laid(new, tuple(changes))


class _WrittenHouse(NamedTuple):
    """A table of the file: its blocks and its values."""

    kind: str
    blocks: list[TomlBlock]
    values: dict[str, Any]


class _WrittenFile:
    """The file under work: its houses by what tells them apart, and all the rest untouched."""

    def __init__(self, blocks: Sequence[TomlBlock], data: Mapping[str, Any]) -> None:
        self.houses: list[_WrittenHouse] = []
        self.before = 0  # houses the file had before this import
        self.others: list[tuple[int, TomlBlock]] = []
        counts = dict.fromkeys(TABLES, 0)
        for block in blocks:
            kind = block.path[0] if block.path else ""
            if kind in TABLES and len(block.path) == 1 and block.many:
                self.houses.append(_WrittenHouse(kind, [block], dict(data[kind][counts[kind]])))
                counts[kind] += 1
            elif kind in TABLES and self.houses and self.houses[-1].kind == kind:
                self.houses[-1].blocks.append(block)
            else:
                self.others.append((len(self.houses), block))
        self.by_source: dict[tuple[str, str], list[int]] = {}
        self.by_siret: dict[str, list[int]] = {}
        self.by_name: dict[tuple[str, str], list[int]] = {}
        self.before = len(self.houses)
        for at, house in enumerate(self.houses):
            self._known(at, house.values)
        self.ids = {h.values.get("id") for h in self.houses} | {s.get("id") for s in data.get("schemes", ())}

    def _known(self, at: int, values: Mapping[str, Any]) -> None:
        for key in _origins(values):
            self.by_source.setdefault(key, []).append(at)
        if values.get("siret"):
            self.by_siret.setdefault(values["siret"], []).append(at)
        for key in _names(values):
            self.by_name.setdefault(key, []).append(at)

    def find(self, kind: str, table: Mapping[str, Any], aliases: Iterable[str], met: set[int]) -> int | None:
        """The house this is: by the publisher's id, else the SIRET, else name and commune; each once."""
        keys = [*_origins(table), *((table.get("source", ""), alias) for alias in aliases)]
        found = [at for key in keys for at in self.by_source.get(key, ())]
        found += self.by_siret.get(table.get("siret", ""), [])
        found += [at for key in _names(table) for at in self.by_name.get(key, ())]
        return next((at for at in found if at not in met and self._alike(at, kind, table)), None)

    def _alike(self, at: int, kind: str, table: Mapping[str, Any]) -> bool:
        """A row may be two operators under one roof: the network tells them apart."""
        house = self.houses[at]
        return house.kind == kind and (
            kind != "operators" or house.values.get("network") == table.get("network")
        )

    def free(self, id_: str) -> str:
        found, number = id_, 1
        while found in self.ids:
            number += 1
            found = f"{id_}-{number}"
        self.ids.add(found)
        return found

    def add(self, kind: str, table: Mapping[str, Any]) -> None:
        self.houses.append(_WrittenHouse(kind, toml_text.blocks_of(kind, table), dict(table)))

    def update(self, at: int, table: Mapping[str, Any]) -> Iterator[KeptChange]:
        """The new values of a house, key by key, but those a human holds."""
        house = self.houses[at]
        mine, id_ = house.values, str(house.values.get("id"))
        if mine.get("lock"):
            differ = [k for k in table if k not in MARKED_NOT and table[k] != mine.get(k)]
            yield from (KeptChange("locked", id_, k, mine.get(k), table[k]) for k in differ)
            return
        told = dict(pair.split(":") for pair in str(mine.get("imported", "")).split())
        values = dict(mine)
        for key in sorted({*table, *mine} - MARKED_NOT, key=str):
            old, new = mine.get(key), table.get(key)
            if old == new:
                continue
            if (key in told and key in mine and mark(old) == told[key]) or (
                key not in told and key not in mine
            ):
                if key in table:
                    values[key] = new
                else:
                    del values[key]
                yield KeptChange("changed", id_, key, old, new)
            elif key in table:
                yield KeptChange("kept", id_, key, old, new)
        for key in ("source", "source_id", "source_date", "also_from"):
            if key in table:
                values[key] = table[key]
        fresh = {k: v for k, v in table.items() if k not in MARKED_NOT}
        values["imported"] = marks(fresh)
        if values != mine:
            self._write(at, values)

    def _write(self, at: int, values: dict[str, Any]) -> None:
        """The keys that changed written anew, the others with their comments as they were."""
        house = self.houses[at]
        head = house.blocks[0]
        new = toml_text.blocks_of(house.kind, values)
        fresh = {i.key: i for i in new[0].items}
        items = [i for i in head.items if i.key in fresh]
        for i, item in enumerate(items):
            if values[item.key] != house.values.get(item.key):
                items[i] = toml_text.TomlItem(item.key, item.above, fresh[item.key].lines)
        items += [fresh[k] for k in fresh if head.item(k) is None]
        head.items = items
        inner = list(house.blocks[1:])
        for key in ("places", "contacts"):
            if values.get(key) != house.values.get(key):
                inner = [b for b in inner if b.path[1] != key] + [b for b in new[1:] if b.path[1] == key]
        self.houses[at] = _WrittenHouse(house.kind, [head, *inner], values)

    def gone(self, met: set[int], feeds: frozenset[str]) -> Iterator[KeptChange]:
        """Houses of these sources the new data do not have: named, and left where they are."""
        for at, house in enumerate(self.houses[: self.before]):
            if at not in met and house.values.get("imported") and house.values.get("source") in feeds:
                yield KeptChange("gone", str(house.values.get("id")), "name", house.values.get("name"))

    def has_others(self, feeds: frozenset[str]) -> bool:
        """Whether houses of another source stay, which this import makes no younger."""
        return any(h.values.get("imported") and h.values.get("source") not in feeds for h in self.houses)

    def head(self, told: Mapping[str, Any], *, mixed: bool) -> None:
        """The days and sources of the head; all else of it is the author's. A file is as old as the oldest data in it."""
        block = next((b for _, b in self.others if b.path == ("territory",)), None)
        if block is None:
            return
        for key in ("as_of", "updated_on", "sources"):
            item = block.item(key)
            value = told.get(key)
            if key == "as_of" and mixed and item is not None:
                value = min(value, item.value())
            if key == "sources" and item is not None:
                value = list(dict.fromkeys([*item.value(), *told.get("sources", ())]))
            if value is None:
                continue
            new = toml_text.item_of(key, value)
            if item is None:
                block.items.append(new)
            else:
                item.lines = new.lines

    def blocks(self) -> list[TomlBlock]:
        found: list[TomlBlock] = []
        before: dict[int, list[TomlBlock]] = {}
        for at, block in self.others:
            before.setdefault(at, []).append(block)
        for at, house in enumerate(self.houses):
            found += before.pop(at, []) + house.blocks
        for at in sorted(before):
            found += before[at]
        return found


def _origins(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = [values, *values.get("also_from", ())]
    return [(o["source"], o["source_id"]) for o in told if o.get("source") and o.get("source_id")]


def _names(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    name = normalise(values.get("name", ""))
    return [(name, p["commune"]) for p in values.get("places", ()) if p.get("commune")]
