"""The text of a territory file: taken apart without loss, set in one order and layout, put together again, brought up to date.

A file is blocks: a header, the comments above it, its keys with theirs. A comment goes with what it stands above; a value is kept as it
was written: tomlkit, which writes the values, does neither when it reads.

A new import goes into the file people have worked on (a new file has a head and no more): what the data changed goes in, what a human wrote
stays, and all is told. Each imported table carries the marks of the values the import wrote. A value that no longer gives its mark is a
human's; so is every table under `lock = true`, every key the import never wrote. A house the data no longer have is named, and stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import NamedTuple

import tomli
import tomlkit
from pydantic import BaseModel

from cep_route.model.shapes import TomlTable, TomlValue
from cep_route.model.tables import TerritoryFile, model_in
from cep_route.text import normalise

_HEADER = re.compile(r"\s*\[\[?([^\]#]+)\]\]?\s*(?:#.*)?$")
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_EQUALS = re.compile(rf"^\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=\s*")
WIDTH = 110
# Which keys open and close the table of a house; every other table follows the model, `said` last.
_FIRST = (
    "id", "network", "name", "circle", "side", "since", "until", "levels", "level1", "perimeter", "services", "needs", "publics",
)  # fmt: skip
# Where a row comes from, and what is written about the import itself.
_ORIGIN = ("source", "source_id", "source_date", "edited_on", "also_from", "to_check", "lock", "imported", "said")  # fmt: skip
_LAST = ("website", "siret", *_ORIGIN)
_INLINE = ("also_from",)  # tables short enough to stay on a line
_TABLES = ("operators", "partners")
_UNMARKED = frozenset(("id", *_ORIGIN))  # keys without a mark: none is told by the directory


@dataclass(slots=True)
class TomlBlock:
    """A table: its header, the comments above (an empty string is a blank line), its keys: the comments above each, then its own lines.

    The first block has no header, and holds what stands before any; above it are the comments that end the file.
    """

    path: tuple[str, ...]
    header: str = ""
    above: list[str] = field(default_factory=list)
    keys: dict[str, list[str]] = field(default_factory=dict)


class MadeTable(NamedTuple):
    """A table of `operators` or `partners`, and the other ids its publisher gave the house."""

    kind: str
    table: TomlTable
    aliases: tuple[str, ...] = ()


class KeptChange(NamedTuple):
    """One line of the diff: `added`, `changed`, `kept` (a human's value), `locked`, `gone`."""

    kind: str
    id: str
    key: str = ""
    old: TomlValue | None = None
    new: TomlValue | None = None


def _parsed(text: str) -> list[TomlBlock]:
    """The blocks of a TOML text that is known to be one, in order."""
    blocks, above, statement = [TomlBlock(())], list[str](), list[str]()
    for line in text.replace("\r\n", "\n").split("\n"):
        if not statement and (not line.strip() or line.lstrip().startswith("#")):
            above.append(line.strip())
            continue
        statement.append(line)
        try:
            told = tomli.loads("\n".join(statement))
        except tomli.TOMLDecodeError:
            continue  # it goes on on the next line
        if header := _HEADER.match(statement[0]):
            path = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            blocks.append(TomlBlock(path, statement[0].strip(), above))
        else:
            key, keys = next(iter(told)), blocks[-1].keys
            first = _EQUALS.sub(r"\1 = ", statement[0])  # one space about the first `=`
            again = f"{key}.{len(keys)}" if key in keys else key  # `a.b = 1`, `a.c = 2`
            keys[again] = [*_trimmed(above), first, *statement[1:]]
        above, statement = [], []
    blocks[0].above = _trimmed(above)
    return blocks


def _trimmed(lines: Iterable[str]) -> list[str]:
    """Comments with single blank lines between, none at either end."""
    told = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", told).split("\n") if told else []


# -- order and layout ------------------------------------------------------------------------------------------------------


def formatted(text: str) -> str:
    """The text laid out; as it was when laying it out would change what it says (which would be a fault of ours)."""
    text = text.removeprefix("\ufeff")
    new = _laid_out(_parsed(text))
    return new if tomli.loads(new) == tomli.loads(text) else text


def _laid_out(blocks: Sequence[TomlBlock]) -> str:
    """The text, in the order of the model: tables, then keys; tables of one name stay in the order they were written in."""
    top, *others = blocks
    preamble = list[str]()
    if others and not top.keys:
        # what opens the file, up to the last blank line before the first header, is about the file
        first = others[0]
        blank = max((i for i, line in enumerate(first.above) if not line), default=-1)
        preamble, first.above = _trimmed(first.above[: blank + 1]), first.above[blank + 1 :]
    parts = [preamble, _lines_of(top)]
    places: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}  # of the last table of each path
    placed = []
    for number, block in enumerate(others):  # each table after the one it stands in, beside its likes
        *owner, key = block.path
        place = (*places.get(tuple(owner), ()), (_rank(tuple(owner), key), number))
        places[block.path] = place
        placed.append((place, block))
    for _, block in sorted(placed, key=lambda pair: pair[0]):
        if len(block.path) == 1 or not parts[-1]:
            parts.append([])
        parts[-1] += _lines_of(block)
    return "\n\n".join("\n".join(p) for p in (*parts, top.above) if p) + "\n"


def _lines_of(block: TomlBlock) -> list[str]:
    """A header and its keys in order; a list over several lines is indented by four, text over several lines left alone."""
    indent, lines = "  " * (len(block.path) - 1), list[str]()
    if block.path:
        alone = len(block.path) == 1
        lines = [f"{indent}{line}" if line else "" for line in _trimmed(block.above) if line or alone]
        if lines and not block.above[-1] and alone:
            lines.append("")  # a blank line stood between them and the header
        lines.append(indent + block.header)
    for key in sorted(block.keys, key=lambda key: _rank(block.path, key.partition(".")[0])):
        above = _comments(block.keys[key])
        first, *others = block.keys[key][len(above) :]
        if others and not any(mark in line for line in (first, *others) for mark in ('"""', "'''")):
            *middle, last = [line.strip() for line in others]
            others = [f"{indent}    {line}" for line in middle if line]
            others.append(indent + last if last.startswith(("]", "}")) else f"{indent}    {last}")
            first = first.rstrip()
        lines += [f"{indent}{line}" for line in above if line]
        lines += [f"{indent}{first if others else first.rstrip()}", *others]
    return lines


def _comments(lines: Sequence[str]) -> list[str]:
    """Those above a key, at the beginning of its lines."""
    return list(lines[: next((i for i, line in enumerate(lines) if line and line[0] != "#"), 0)])


def _rank(path: tuple[str, ...], key: str) -> int:
    keys = _order(path)
    return keys.index(key) if key in keys else len(keys)


@cache
def _order(path: tuple[str, ...]) -> tuple[str, ...]:
    """The order of the keys of a table, tables last, as the model of territory files declares them."""
    fields = _fields(path)
    house = "network" in fields
    deep = [k for k, inner in fields.items() if inner and k not in _INLINE]
    first = [k for k in _FIRST if k in fields and house]
    last = [k for k in _LAST if k in fields and (house or k == "said")]
    plain = [k for k in fields if k not in {*first, *last, *deep}]
    return (*first, *plain, *last, *deep) if path else tuple(fields)


@cache
def _fields(path: tuple[str, ...]) -> dict[str, type[BaseModel] | None]:
    """The keys of a table of the model, with the tables inside it."""
    model = _fields(path[:-1]).get(path[-1]) if path else TerritoryFile
    fields = model.model_fields.items() if model else ()
    return {f.alias or name: model_in(f.annotation) for name, f in fields}


# -- values to text --------------------------------------------------------------------------------------------------------


def value_text(value: TomlValue) -> str:
    """A value as TOML on one line: text, number, day, list, inline table; its keys are those of the model, plain words."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {value_text(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return tomlkit.item(value).as_string()


def _written(key: str, value: TomlValue) -> list[str]:
    """A key with its value, a long list over several lines."""
    line = f"{key} = {value_text(value)}"
    if not isinstance(value, list) or len(line) <= WIDTH:
        return [line]
    rows = [""]
    for told in (f"{value_text(v)}," for v in value):
        fits = len(rows[-1]) + len(told) + 5 <= WIDTH
        rows[-1:] = [f"{rows[-1]} {told}".strip()] if fits or not rows[-1] else [rows[-1], told]
    return [f"{key} = [", *rows, "]"]


def _blocks_of(name: str, table: TomlTable) -> list[TomlBlock]:
    """A table of plain values as blocks: lists of tables become tables of their own, but origins, short, stay inline."""
    inner = {k: [one for one in v if isinstance(one, dict)] for k, v in table.items() if isinstance(v, list)}
    inner = {k: ones for k, ones in inner.items() if ones and k not in _INLINE}
    own = {k: _written(k, v) for k, v in table.items() if k not in inner}
    deeper = [
        TomlBlock((name, key), f"[[{name}.{key}]]", keys={k: _written(k, v) for k, v in one.items()})
        for key, ones in inner.items()
        for one in ones
    ]
    return [TomlBlock((name,), f"[[{name}]]", keys=own), *deeper]


# -- brought up to date ----------------------------------------------------------------------------------------------------


def marks(table: TomlTable) -> str:
    """A mark of each value an import wrote: what no longer gives its mark was changed by a human since."""
    return " ".join(f"{key}:{_mark(value)}" for key, value in sorted(table.items()) if key not in _UNMARKED)


def _mark(value: TomlValue) -> str:
    """Six hexadecimal digits of a value: enough to see that it is no longer the same."""
    return hashlib.sha256(value_text(_sorted(value)).encode()).hexdigest()[:6]


def _sorted(value: TomlValue) -> TomlValue:
    """The same value whatever the order in which its keys were written."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(v) for v in value] if isinstance(value, list) else value


@dataclass(slots=True)
class _WrittenHouse:
    """A table of the file: its block and those inside it, its values, and whether a row of the new data was it."""

    kind: str
    blocks: list[TomlBlock]
    values: TomlTable
    met: bool = False

    def updated(self, table: TomlTable) -> Iterator[KeptChange]:
        """The new values, key by key, but those a human holds."""
        self.met = True
        mine, id_ = dict(self.values), str(self.values.get("id"))
        told = dict(pair.split(":") for pair in str(mine.get("imported", "")).split())
        differ = [k for k in sorted({*table, *mine} - _UNMARKED) if mine.get(k) != table.get(k)]
        if mine.get("lock"):
            yield from (KeptChange("locked", id_, k, mine.get(k), table[k]) for k in differ if k in table)
            return
        for key in differ:
            ours = _mark(mine[key]) == told.get(key) if key in mine else key not in told
            if ours:
                self.put(key, table.get(key))
            if ours or key in table:
                yield KeptChange("changed" if ours else "kept", id_, key, mine.get(key), table.get(key))
        for key in ("source", "source_id", "source_date", "also_from"):
            self.put(key, table.get(key, mine.get(key)))
        self.put("imported", marks(table))

    def put(self, key: str, value: TomlValue | None) -> None:
        """One key written anew, the comments above it as they were; the others are not touched."""
        if self.values.get(key) == value:
            return
        self.blocks[1:] = [block for block in self.blocks[1:] if block.path[1] != key]
        above = _comments(self.blocks[0].keys.pop(key, ()))
        self.values.pop(key, None)
        if value is not None:
            self.values[key] = value
            own, *inner = _blocks_of(self.kind, {key: value})
            self.blocks += inner
            self.blocks[0].keys |= {k: [*above, *lines] for k, lines in own.keys.items()}


def brought_up(text: str, made: Sequence[MadeTable], head: TomlTable) -> tuple[str, list[KeptChange]]:
    """The file with the new import in it, and the diff. A file that has nothing in its `[territory]` is new, and takes all of `head`."""
    data = tomli.loads(text)
    values = {kind: iter(data.get(kind, ())) for kind in _TABLES}
    groups, houses = list[list[TomlBlock]](), list[_WrittenHouse]()
    for block in _parsed(text):
        kind = block.path[0] if block.path else ""
        if kind in _TABLES and len(block.path) > 1 and houses and houses[-1].kind == kind:
            houses[-1].blocks.append(block)
            continue
        groups.append([block])
        if kind in _TABLES and len(block.path) == 1:
            houses.append(_WrittenHouse(kind, groups[-1], next(values[kind])))
    known: dict[tuple[str, str, str], list[_WrittenHouse]] = {}
    for house in houses:
        for key in _keys(house.values, ()):
            known.setdefault(key, []).append(house)
    ids = {str(h.values.get("id")) for h in houses} | {str(s["id"]) for s in data.get("schemes", ())}
    changes = list[KeptChange]()
    for one in made:
        hits = (h for key in _keys(one.table, one.aliases) for h in known.get(key, ()))
        hits = (h for h in hits if h.kind == one.kind and not h.met)
        if one.kind == "operators":  # a row may be two operators under one roof: the network tells them apart
            hits = (h for h in hits if h.values.get("network") == one.table["network"])
        if found := next(hits, None):
            changes += found.updated(one.table)
            continue
        id_, number = str(one.table["id"]), 1
        while id_ in ids:
            number += 1
            id_ = f"{one.table['id']}-{number}"
        ids.add(id_)
        table = one.table | {"id": id_}
        houses.append(_WrittenHouse(one.kind, _blocks_of(one.kind, table), table, met=True))
        groups.append(houses[-1].blocks)
        changes.append(KeptChange("added", id_, "name", None, table["name"]))
    feeds = {row["source"] for one in made for row in _origins(one.table)}
    unmet = [h.values for h in houses if not h.met and h.values.get("imported")]
    gone = [mine for mine in unmet if mine.get("source") in feeds]
    changes += (KeptChange("gone", str(mine.get("id")), "name", mine.get("name")) for mine in gone)
    for group in (group for group in groups if group[0].path == ("territory",)):
        top = _WrittenHouse("territory", group, data["territory"])
        for name in (
            ("as_of", "updated_on", "sources") if top.values else (*head,)
        ):  # all else is the author's
            old, new = top.values.get(name), head[name]
            if isinstance(old, list) and isinstance(new, list):
                new = [*old, *(line for line in new if line not in old)]
            elif name == "as_of" and len(gone) < len(unmet):  # as old as the oldest data that stay
                new = min(old, new) if isinstance(old, date) and isinstance(new, date) else old or new
            top.put(name, new)
    return _laid_out([block for group in groups for block in group]), changes


def _origins(table: TomlTable) -> list[TomlTable]:
    """A table and the other rows it is made of, each with its `source`."""
    return [table, *_tables_in(table, "also_from")]


def _tables_in(table: TomlTable, key: str) -> list[TomlTable]:
    value = table.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _keys(table: TomlTable, aliases: Iterable[str]) -> list[tuple[str, str, str]]:
    """What tells a house apart, the surest first: its ids at each publisher, its SIRET, its name in each commune."""
    told = [("source", str(o["source"]), str(o["source_id"])) for o in _origins(table) if "source_id" in o]
    told += [("source", str(table.get("source", "")), alias) for alias in aliases]
    told += [("siret", "", str(table["siret"]))] if "siret" in table else []
    name = normalise(str(table.get("name", "")))
    return told + [("name", name, str(s["commune"])) for s in _tables_in(table, "places") if "commune" in s]
