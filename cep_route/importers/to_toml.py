"""The text of a territory file: taken apart without loss, set in one order and layout, put together again. It never changes a value.

A file is blocks: a header, the comments above it, its keys with theirs. A comment goes with what it stands above; a value is kept as it
was written: tomlkit, which writes the values, does neither when it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TypeAlias

import tomli
import tomlkit
from pydantic import BaseModel

from cep_route.model.tables import TerritoryFile, model_in

TomlValue: TypeAlias = "str | int | float | bool | date | list[TomlValue] | dict[str, TomlValue]"
TomlTable: TypeAlias = dict[str, TomlValue]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?\s*(#.*)?$")
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_EQUALS = re.compile(rf"^\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=\s*")
WIDTH = 110
# Which keys open and close the table of a house; every other table follows the model, `said` last.
FIRST = (
    "id", "network", "name", "circle", "side", "since", "until", "levels", "level1", "perimeter", "services", "needs", "publics",
)  # fmt: skip
# Where a row comes from, and what is written about the import itself.
ORIGIN = (
    "source",
    "source_id",
    "source_date",
    "edited_on",
    "also_from",
    "to_check",
    "lock",
    "imported",
    "said",
)
LAST = ("website", "siret", *ORIGIN)
INLINE = ("also_from",)  # tables short enough to stay on a line


@dataclass(slots=True)
class TomlItem:
    """A key: the comments above it and its own lines."""

    key: str
    above: list[str]
    lines: list[str]


@dataclass(slots=True)
class TomlBlock:
    """A table: its header, the comments above (an empty string is a blank line), its keys. `below`: comments that end the file."""

    path: tuple[str, ...]
    many: bool
    above: list[str] = field(default_factory=list)
    items: list[TomlItem] = field(default_factory=list)
    note: str = ""
    below: list[str] = field(default_factory=list)

    def item(self, key: str) -> TomlItem | None:
        return next((i for i in self.items if i.key == key), None)


def parse(text: str) -> list[TomlBlock]:
    """The blocks of a TOML text that is known to be one, in order; the first has no header and holds what stands before any."""
    blocks, above, statement = [TomlBlock((), many=False)], list[str](), list[str]()
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
            path = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            blocks.append(TomlBlock(path, header[1] == "[[", above, note=header[3] or ""))
        else:
            first = _EQUALS.sub(r"\1 = ", statement[0])  # one space about the first `=`
            blocks[-1].items.append(TomlItem(next(iter(told)), _trimmed(above), [first, *statement[1:]]))
        above, statement = [], []
    blocks[0].below = _trimmed(above)  # of no table: whichever ends up last, they end the file
    return blocks


def _trimmed(lines: Iterable[str]) -> list[str]:
    """Comments with single blank lines between, none at either end."""
    told = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", told).split("\n") if told else []


# -- order and layout ------------------------------------------------------------------------------------------------------


def laid_out(blocks: Sequence[TomlBlock]) -> str:
    """The text, in the order of the model: tables, then keys; tables of one name stay in the order they were written in."""
    top, *others = blocks
    preamble = list[str]()
    if (
        others and not top.items
    ):  # what opens the file, up to the last blank line before the first header, is about the file
        first = others[0]
        blank = max((i for i, line in enumerate(first.above) if not line), default=-1)
        preamble, first.above = _trimmed(first.above[: blank + 1]), first.above[blank + 1 :]
    parts = [preamble, _keys(top, "") if top.items else []]
    for block in _ordered(others):
        if len(block.path) == 1 or not parts[-1]:
            parts.append([])
        parts[-1] += _block(block)
    return "\n\n".join("\n".join(p) for p in (*parts, top.below) if p) + "\n"


def _ordered(blocks: Sequence[TomlBlock]) -> list[TomlBlock]:
    """Each table after the one it stands in, beside its likes."""
    places: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}  # of the last table of each path
    placed = []
    for number, block in enumerate(blocks):
        *owner, key = block.path
        place = (*places.get(tuple(owner), ()), (_rank(tuple(owner), key), number))
        places[block.path] = place
        placed.append((place, block))
    return [block for _, block in sorted(placed, key=lambda pair: pair[0])]


def _block(block: TomlBlock) -> list[str]:
    indent = "  " * (len(block.path) - 1)
    name = ".".join(_key(p) for p in block.path)
    above = [line for line in _trimmed(block.above) if line or len(block.path) == 1]
    if above and not block.above[-1] and len(block.path) == 1:
        above.append("")  # a blank line stood between them and the header
    header = f"[[{name}]]" if block.many else f"[{name}]"
    lines = [*above, f"{header}  {block.note}" if block.note else header]
    return [f"{indent}{line}" if line else "" for line in lines] + _keys(block, indent)


def _keys(block: TomlBlock, indent: str) -> list[str]:
    lines = []
    for item in sorted(block.items, key=lambda i: _rank(block.path, i.key)):
        lines += [f"{indent}{line}" for line in item.above if line]
        lines += _statement(item.lines, indent)
    return lines


def _statement(lines: Sequence[str], indent: str) -> list[str]:
    """A list over several lines is indented by four; text over several lines is left alone."""
    first, *others = lines
    if not others or any(mark in line for line in lines for mark in ('"""', "'''")):
        return [f"{indent}{first.rstrip() if not others else first}", *others]
    middle = [f"{indent}    {line.strip()}" for line in others[:-1] if line.strip()]
    last = others[-1].strip()
    closing = f"{indent}{last}" if last.startswith(("]", "}")) else f"{indent}    {last}"
    return [f"{indent}{first.rstrip()}", *middle, closing]


def formatted(text: str) -> str:
    """The text laid out; as it was when laying it out would change what it says (which would be a fault of ours)."""
    text = text.removeprefix("\ufeff")
    new = laid_out(parse(text))
    return new if tomli.loads(new) == tomli.loads(text) else text


# -- values to text --------------------------------------------------------------------------------------------------------


def _key(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else tomlkit.item(word).as_string()


def value_text(value: TomlValue) -> str:
    """A value as TOML on one line: text, number, day, list, inline table."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {value_text(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return tomlkit.item(value).as_string()


def item_of(key: str, value: TomlValue) -> TomlItem:
    """A key with its value, a long list over several lines."""
    line = f"{_key(key)} = {value_text(value)}"
    if not isinstance(value, list) or len(line) <= WIDTH:
        return TomlItem(key, [], [line])
    rows = [""]
    for told in (f"{value_text(v)}," for v in value):
        fits = len(rows[-1]) + len(told) + 5 <= WIDTH
        rows[-1:] = [f"{rows[-1]} {told}".strip()] if fits or not rows[-1] else [rows[-1], told]
    return TomlItem(key, [], [f"{_key(key)} = [", *rows, "]"])


def blocks_of(name: str, table: TomlTable, *, many: bool = True) -> list[TomlBlock]:
    """A table of plain values as blocks: lists of tables become tables of their own, but origins, short, stay inline."""
    inner = {k: [one for one in v if isinstance(one, dict)] for k, v in table.items() if isinstance(v, list)}
    inner = {k: ones for k, ones in inner.items() if ones and k not in INLINE}
    head = TomlBlock((name,), many, items=[item_of(k, v) for k, v in table.items() if k not in inner])
    deeper = [
        TomlBlock((name, key), many=True, items=[item_of(k, v) for k, v in one.items()])
        for key, ones in inner.items()
        for one in ones
    ]
    return [head, *deeper]


# -- the order of the model ------------------------------------------------------------------------------------------------


def _rank(path: tuple[str, ...], key: str) -> int:
    keys = model_order().get(path, ())
    return keys.index(key) if key in keys else len(keys)


@cache
def model_order() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """The order of tables and keys, as the model of territory files declares them."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    _walk(TerritoryFile, (), found)
    return found


def _walk(
    model: type[BaseModel], path: tuple[str, ...], found: dict[tuple[str, ...], tuple[str, ...]]
) -> None:
    fields = {f.alias or name: model_in(f.annotation) for name, f in model.model_fields.items()}
    deep = {k: inner for k, inner in fields.items() if inner and k not in INLINE}
    house = "network" in fields
    first = [k for k in FIRST if k in fields and house]
    last = [k for k in LAST if k in fields and (house or k == "said")]
    plain = [k for k in fields if k not in {*first, *last, *deep}]
    found[path] = (*first, *plain, *last, *deep) if path else tuple(fields)
    for key, inner in deep.items():
        _walk(inner, (*path, key), found)
