"""TOML texts to written models; every fault a finding with its line and column. Only reached where nothing compiled is kept.

tomli gives a place for a syntax error and none for a meaning. A TOML document is a list of statements (a table header, or
`key = value`), each of which parses by itself; so the statements are cut out with tomli as the only grammar, and their
paths read from what they parse to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import tomli
from pydantic import BaseModel, ValidationError

from cep_route.files import BYTES_AT_MOST
from cep_route.model.answer import Finding, Place
from cep_route.model.shapes import TomlTable
from cep_route.model.tables import model_in
from cep_route.text import nearest

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]
Where = Callable[..., Place]  # of a path of keys, and of a value there
DOTS_AT_MOST = 100  # a key of more parts is an attack: parsing it takes memory by the square
# Characters handed to tomli before giving up on cutting a file: a list over thousands of lines would take its square.
EFFORT = 8_000_000
# A statement of several lines ends on one that closes a list, a table or a text: no other is tried.
_CLOSES = ("]", "}", '"""', "'''")


class Document(NamedTuple):
    """A parsed file: its path, its text, and what it holds."""

    path: str
    text: str
    data: TomlTable

    def place(self, path: Path, value: Any = None) -> Place:
        """Where a path of keys is written, or its nearest written parent; or `value` inside it when it stands there once."""
        lines, found = statements(self.text)
        known = path
        while known and known not in found:
            known = known[:-1]
        first, end = found.get(known, (0, 1))
        column = len(lines[first]) - len(lines[first].lstrip()) + 1 if known else 1
        statement, wanted = "\n".join(lines[first:end]), _needle(path[len(known) :], value)
        if wanted and statement.count(wanted) == 1:
            before = statement[: statement.index(wanted)]
            first, column = first + before.count("\n"), len(before) - before.rfind("\n")
        return Place(file=self.path, line=first + 1, column=column, text=lines[first])


def _needle(deeper: Path, value: Any) -> str:
    """What to look for inside a statement: the value as written, else the last key that has no statement of its own."""
    if isinstance(value, str) and value:
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return "" if isinstance(value, int) and value.bit_length() > 1000 else str(value)
    keys = [key for key in deeper if isinstance(key, str)]
    return f"{keys[-1]} =" if keys else ""


@lru_cache(maxsize=4)
def statements(text: str) -> tuple[list[str], dict[Path, tuple[int, int]]]:
    """The lines of a text, and for every path written in it the first line, from 0, of its statement and the one after its last.

    Read once per text: every finding of a file asks for its place.
    """
    lines = text.split("\n")
    found: dict[Path, tuple[int, int]] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    number, effort = 0, EFFORT
    while number < len(lines) and effort > 0:
        first, number = number, number + 1
        start = lines[first].lstrip()
        if not start or start.startswith("#"):
            continue
        parsed: TomlTable = {}
        for end in range(number, len(lines) + 1):
            if end > number and not any(close in lines[end - 1] for close in _CLOSES):
                continue
            run = "\n".join(lines[first:end])
            effort -= len(run)
            if effort < 0:
                break
            try:
                parsed, number = tomli.loads(run), end
            except (tomli.TOMLDecodeError, ValueError, RecursionError):
                continue
            break
        if start.startswith("["):
            table = _header(parsed, arrays)
            paths: Iterable[Path] = (table[:length] for length in range(1, len(table) + 1))
        else:
            paths = _paths(parsed, table)
        for path in paths:
            found.setdefault(path, (first, number))
    return lines, found


def _header(parsed: TomlTable, arrays: dict[Path, int]) -> Path:
    """The path a header opens; `[[x]]` opens the next element of the array `x`, `[x.y]` stays in the last one."""
    path: Path = ()
    value: Any = parsed
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        path += (key,)
        if isinstance(value, list):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path += (arrays[path],)
    return path


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """Every path under one, and the path of whatever is no table at its root."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def parse(path: str, data: bytes) -> Document | Finding:
    """A TOML text, or the one fault that keeps it from being one."""

    def fault(code: str, line: int = 0, column: int = 0, text: str = "", **values: str) -> Finding:
        return Finding(code=code, values=values, place=Place(file=path, line=line, column=column, text=text))

    if len(data) > BYTES_AT_MOST:
        return fault("CEP002", most=str(BYTES_AT_MOST // 1_000_000))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        at = error.start
        line, column = data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)
        return fault("CEP011", line, column, byte=f"{data[at]:02X}")
    lines = text.split("\n")
    for number, one in enumerate(lines, 1):
        if one.split("=", 1)[0].count(".") > DOTS_AT_MOST and not one.lstrip().startswith("#"):
            return fault("CEP003", number, 1, most=str(DOTS_AT_MOST))
    try:
        return Document(path, text, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        number = min(error.lineno, len(lines))
        return fault("CEP001", number, error.colno, lines[number - 1], why=error.msg)
    except (RecursionError, ValueError):
        return fault("CEP012")


def read_as(model: type[M], path: str, data: bytes | Finding) -> tuple[M | None, Document, list[Finding]]:
    """What a file says, its text to find places in, and every fault that keeps it from being read; `data`: its bytes, or why not."""
    document = data if isinstance(data, Finding) else parse(path, data)
    if isinstance(document, Finding):
        return None, Document(path, "", {}), [document]
    found, findings = validate(model, document.data, document.place)
    return found, document, findings


def validate(model: type[M], data: TomlTable, where: Where) -> tuple[M | None, list[Finding]]:
    """The written model, or every fault of shape at its place."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found: dict[str, Finding] = {}
        for fault in error.errors(include_url=False, include_context=True):
            finding = _shape_finding(fault, data, where, model)
            # the branches of a union say the same of one value; two missing keys share the place of their table
            same = "" if finding.code == "CEP006" else f"{finding.code} {finding.values['key']}"
            found.setdefault(f"{finding.place} {same}", finding)
        return None, list(found.values())


# pydantic's kinds of fault, and the sentence each deserves
_SHAPES = {
    "missing": "CEP004",
    "extra_forbidden": "CEP005",
    "literal_error": "CEP007",
    "string_pattern_mismatch": "CEP008",
    "date_parsing": "CEP008",
    "date_from_datetime_parsing": "CEP008",
    "too_short": "CEP009",
    "string_too_short": "CEP009",
    "string_too_long": "CEP010",
    "greater_than_equal": "CEP017",
    "less_than_equal": "CEP017",
}
# how its other kinds begin, and the types of values: the words of `messages` for them
_WANTED = {
    "string": "text", "int": "number", "float": "decimal", "bool": "yes_no", "date": "date", "tuple": "list", "list": "list",
    "model": "table", "dict": "table",
}  # fmt: skip
_FOUND = {bool: "yes_no", str: "text", int: "number", float: "decimal", dict: "table", list: "list"}


def _shape_finding(fault: Any, data: TomlTable, where: Where, model: type[BaseModel]) -> Finding:
    """One pydantic fault in the words of the file: the key, what it holds, what was expected, the nearest good word."""
    kind, held, context = fault["type"], fault["input"], fault.get("ctx", {})
    path = _real_path(fault["loc"], data, keep_last=kind == "missing")
    code = _SHAPES.get(kind, "CEP006")
    key = str(next((part for part in reversed(path) if isinstance(part, str)), ""))
    values, near = {"key": key}, ""
    if code in ("CEP007", "CEP008", "CEP017"):
        values["value"] = _shown(held)
    if code == "CEP005":
        near = nearest(key, _keys_at(model, path))
    elif code == "CEP007":
        expected = re.findall(r"[^' ,]+", re.sub(r"\bor\b", "", str(context.get("expected", ""))))
        if values["value"] in expected:  # "1" for 1: the word is right, its kind is not
            wanted, found = ("number", "text") if isinstance(held, str) else ("text", "number")
            code, values = "CEP006", {"key": key, "expected": wanted, "found": found}
        else:
            values["expected"] = ", ".join(expected)
            near = nearest(values["value"], expected)
    elif code == "CEP017":
        bounds = [f"{sign} {context[word]}" for word, sign in (("ge", "≥"), ("le", "≤")) if word in context]
        values["bound"] = " ".join(bounds)
    elif code == "CEP010":
        values["most"] = str(context.get("max_length", ""))
    elif code == "CEP006":
        other = "date" if hasattr(held, "isoformat") else "other"
        values["expected"] = next(
            (word for start, word in _WANTED.items() if kind.startswith(start)), "other"
        )
        values["found"] = _FOUND.get(type(held), other)
    if near:
        values["near"] = near
    told = held if code in ("CEP006", "CEP007", "CEP008", "CEP017") else None
    return Finding(code=code, values=values, place=where(path, told))


def _real_path(loc: Iterable[Any], data: Any, *, keep_last: bool) -> Path:
    """pydantic's path less the steps that are its own (the branch of a union)."""
    steps = tuple(loc)
    path: Path = ()
    for step in steps[:-1] if keep_last else steps:
        listed = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if listed or (isinstance(data, dict) and step in data):
            data = data[step]
            path += (step,)
    return path + steps[-1:] if keep_last else path


def _shown(value: Any) -> str:
    """A value as a file writes it, cut short; a number of thousands of digits is not worth a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return "[…]" if isinstance(value, list) else "{…}"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "…"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)[:60]


def _keys_at(model: type[BaseModel] | None, path: Path) -> set[str]:
    """The keys the table takes in which the last key of the path stands."""
    for step in path[:-1]:
        if isinstance(step, str) and model:
            fields = {f.alias or name: f for name, f in model.model_fields.items()}
            model = model_in(fields[step].annotation) if step in fields else None
    return {f.alias or name for name, f in model.model_fields.items()} if model else set()
