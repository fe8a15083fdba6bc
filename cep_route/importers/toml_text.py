"""The text of a territory file: taken apart without loss, set in one order and layout, put together again. It never changes a value.

A file is blocks: a header, the comments above it, its keys with theirs. Comments go with what they stand above; a value is kept as it
was written. Laying out twice is laying out once, and what is laid out says the same as before: both are checked on every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import tomli

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]#]+?)\s*(\]\]?)\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*(\.|=)")
# A statement that is plainly whole on its line: nothing needs to be parsed to know it.
_PLAIN = re.compile(
    r"\s*[A-Za-z0-9_-]+\s*=\s*(?:\"(?!\"\")(?:[^\"\\]|\\.)*\"|'(?!'')[^']*'|[A-Za-z0-9+][^\s#,\"'\[\]{}]*)\s*(?:#.*)?$"
)
WIDTH = 110
# Which keys open and close the table of a house; every other table follows the model, `said` last.
FIRST = (
    "id",
    "network",
    "name",
    "circle",
    "side",
    "since",
    "until",
    "levels",
    "level1",
    "perimeter",
    "services",
    "needs",
    "publics",
)
INLINE = ("also_from",)  # tables short enough to stay on a line
LAST = (
    "website",
    "siret",
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


@dataclass(slots=True)
class TomlItem:
    """A key: the comments above it and its own lines."""

    key: str
    above: list[str]
    lines: list[str]

    def value(self) -> Any:
        return next(iter(tomli.loads("\n".join(self.lines)).values()))


@dataclass(slots=True)
class TomlBlock:
    """A table: its header, the comments above (an empty string is a blank line), its keys. `below`: comments that end the file."""

    path: tuple[str, ...]
    many: bool
    above: list[str]
    items: list[TomlItem] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    note: str = ""  # the comment at the end of the header

    def item(self, key: str) -> TomlItem | None:
        return next((i for i in self.items if i.key == key), None)


def parse(text: str) -> list[TomlBlock]:
    """The blocks of a TOML text that is known to be one, in order; the first has no header and holds what stands before any."""
    lines = text.replace("\r\n", "\n").split("\n")
    blocks = [TomlBlock((), many=False, above=[])]
    above: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        header = _HEADER.match(line)
        if not line.strip() or line.lstrip().startswith("#"):
            above.append(line.strip())
            at += 1
        elif header:
            path = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            blocks.append(TomlBlock(path, many=header[1] == "[[", above=above, note=header[4] or ""))
            above = []
            at += 1
        else:
            end = _end(lines, at)
            key = _KEY.match(line)
            blocks[-1].items.append(
                TomlItem(key[1].strip("\"'") if key else "", _trimmed(above), lines[at:end])
            )
            above = []
            at = end
    blocks[0].below = _trimmed(above)  # of no table: whichever ends up last, they end the file
    return blocks


def _comments(lines: Iterable[str]) -> list[str]:
    """The comments above a header; one blank line is left between them and it when there was one."""
    told = list(lines)
    found = _trimmed(told)
    return [*found, ""] if found and told and not told[-1] else found


def _end(lines: Sequence[str], at: int) -> int:
    """Where the statement that begins here ends: the first line with which it can be read."""
    if _PLAIN.match(lines[at]):
        return at + 1
    for end in range(at + 1, len(lines) + 1):
        last = lines[end - 1]
        if end - at > 1 and not any(mark in last for mark in ("]", "}", '"""', "'''")):
            continue
        try:
            tomli.loads("\n".join(lines[at:end]))
        except tomli.TOMLDecodeError:
            continue
        return end
    return len(lines)


def _trimmed(lines: Iterable[str]) -> list[str]:
    """Comments with single blank lines between, none at either end."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found


# -- order and layout ------------------------------------------------------------------------------------------------------


def laid_out(blocks: Sequence[TomlBlock], order: Mapping[tuple[str, ...], Sequence[str]]) -> str:
    """The text, in the order of the model: tables, then keys; tables of one name stay in the order they were written in."""
    top, groups = _grouped(blocks)
    preamble, lead = _preamble(top, groups)
    if groups:
        groups[0][0].above = lead
    ranked = sorted(groups, key=lambda g: _rank((), g[0].path[0], order))
    parts = ["\n".join(preamble)] if preamble else []
    if top.items:
        parts.append("\n".join(_items(top, order, "")))
    parts += ["\n".join(_group(group, order)) for group in ranked]
    if top.below:
        parts.append("\n".join(top.below))
    return "\n\n".join(p for p in parts if p) + "\n"


def _grouped(blocks: Sequence[TomlBlock]) -> tuple[TomlBlock, list[list[TomlBlock]]]:
    """What has no header; then each outer table with those inside it."""
    top, groups = blocks[0], list[list[TomlBlock]]()
    for block in blocks[1:]:
        owner = next((g for g in reversed(groups) if g[0].path[0] == block.path[0]), None)
        if len(block.path) > 1 and owner:
            owner.append(block)
        else:
            groups.append([block])
    return top, groups


def _preamble(top: TomlBlock, groups: Sequence[Sequence[TomlBlock]]) -> tuple[list[str], list[str]]:
    """What opens the file, up to the last blank line before the first header, is about the file; the rest about that table."""
    if top.items or not groups:
        return [], list(groups[0][0].above) if groups else []
    told = _trimmed_start(groups[0][0].above)
    blank = max((i for i, line in enumerate(told) if not line), default=-1)
    return _trimmed(told[:blank] if blank >= 0 else []), told[blank + 1 :]


def _trimmed_start(lines: Sequence[str]) -> list[str]:
    found = list(lines)
    while found and not found[0]:
        found.pop(0)
    return found


def _group(group: Sequence[TomlBlock], order: Mapping[tuple[str, ...], Sequence[str]]) -> list[str]:
    """A table, then the tables inside it by name, each with its own."""
    head, inner = group[0], list(group[1:])
    lines = _block(head, order)
    units: list[list[TomlBlock]] = []
    for block in inner:
        deeper = len(block.path) > 2 and units and block.path[: len(units[-1][0].path)] == units[-1][0].path
        if deeper:
            units[-1].append(block)
        else:
            units.append([block])
    for unit in sorted(
        units, key=lambda u: _rank(head.path, u[0].path[len(head.path)] if len(u[0].path) > 1 else "", order)
    ):
        for block in unit:
            lines += _block(block, order)
    return lines


def _rank(path: tuple[str, ...], key: str, order: Mapping[tuple[str, ...], Sequence[str]]) -> int:
    keys = order.get(path, ())
    return list(keys).index(key) if key in keys else len(keys)


def _block(block: TomlBlock, order: Mapping[tuple[str, ...], Sequence[str]]) -> list[str]:
    indent = "  " * (len(block.path) - 1)
    name = ".".join(_key(p) for p in block.path)
    header = f"{indent}[[{name}]]" if block.many else f"{indent}[{name}]"
    above = _comments(block.above) if len(block.path) == 1 else [line for line in block.above if line]
    lines = [f"{indent}{line}" if line else "" for line in above]
    return [*lines, f"{header}  {block.note}" if block.note else header, *_items(block, order, indent)]


def _items(block: TomlBlock, order: Mapping[tuple[str, ...], Sequence[str]], indent: str) -> list[str]:
    lines = []
    for item in sorted(block.items, key=lambda i: _rank(block.path, i.key, order)):
        lines += [f"{indent}{line}" for line in item.above if line]
        lines += _statement(item.lines, indent)
    return lines


def _statement(lines: Sequence[str], indent: str) -> list[str]:
    """One space about the first `=`; a list over several lines is indented by four; text over several lines is left alone."""
    first = re.sub(
        r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=\s*",
        r"\1 = ",
        lines[0],
    )
    if len(lines) == 1:
        return [f"{indent}{first.rstrip()}"]
    if any(mark in line for line in lines for mark in ('"""', "'''")):
        return [f"{indent}{first}", *lines[1:]]
    middle = [f"{indent}    {line.strip()}" for line in lines[1:-1] if line.strip()]
    last = lines[-1].strip()
    closing = f"{indent}{last}" if last.startswith(("]", "}")) else f"{indent}    {last}"
    return [f"{indent}{first.rstrip()}", *middle, closing]


def _key(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else quoted(word)


def formatted(text: str, order: Mapping[tuple[str, ...], Sequence[str]]) -> str:
    """The text laid out; as it was when laying it out would change what it says (which would be a fault of ours)."""
    text = text.removeprefix("\ufeff")
    new = laid_out(parse(text), order)
    return new if tomli.loads(new) == tomli.loads(text) else text


# -- values to text --------------------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    told = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    if told.isprintable():
        return f'"{told}"'
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in told) + '"'


def value_text(value: Any) -> str:
    """A value as TOML: text, number, day, list, inline table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(v) for v in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {value_text(v)}" for k, v in value.items()) + " }"
    return repr(value)


def item_of(key: str, value: Any) -> TomlItem:
    """A key with its value, a long list over several lines."""
    line = f"{_key(key)} = {value_text(value)}"
    if isinstance(value, (list, tuple)) and len(line) > WIDTH and value:
        return TomlItem(key, [], [f"{_key(key)} = [", *_wrapped(value), "]"])
    return TomlItem(key, [], [line])


def _wrapped(values: Sequence[Any]) -> list[str]:
    lines, line = [], ""
    for told in (f"{value_text(v)}," for v in values):
        if line and len(line) + len(told) + 5 > WIDTH:
            lines.append(line)
            line = told
        else:
            line = f"{line} {told}".strip()
    return [f"    {text}" for text in (*lines, line)]


def blocks_of(name: str, table: Mapping[str, Any], *, many: bool = True) -> list[TomlBlock]:
    """A table of plain values as blocks: lists of tables become tables of their own, but origins, short, stay inline."""
    inner = {
        k: v
        for k, v in table.items()
        if isinstance(v, list) and v and isinstance(v[0], dict) and k not in INLINE
    }
    head = TomlBlock(
        (name,), many=many, above=[], items=[item_of(k, v) for k, v in table.items() if k not in inner]
    )
    deeper = [
        TomlBlock((name, key), many=True, above=[], items=[item_of(k, v) for k, v in one.items()])
        for key, ones in inner.items()
        for one in ones
    ]
    return [head, *deeper]


def model_order() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The order of tables and keys, as the model of territory files declares them."""
    from cep_route.model.territory_file import TerritoryFile

    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    _walk(TerritoryFile, (), found)
    return found


def _walk(model: Any, path: tuple[str, ...], found: dict[tuple[str, ...], tuple[str, ...]]) -> None:
    fields = {f.alias or name: f for name, f in model.model_fields.items()}
    inline = [k for k in INLINE if k in fields]
    deep = [k for k, f in fields.items() if _model_in(f.annotation) and k not in inline]
    house = "network" in fields
    first = [k for k in FIRST if k in fields and house]
    last = [k for k in LAST if k in fields and (house or k == "said")]
    plain = [k for k in fields if k not in {*first, *last, *deep}]
    found[path] = (*first, *plain, *last, *deep) if path else tuple(fields)
    for key in deep:
        _walk(_model_in(fields[key].annotation), (*path, key), found)


def _model_in(annotation: Any) -> Any:
    """The model a field holds, itself, in a list, or in an option."""
    from typing import get_args

    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m), None)
