"""Where a key or a value stands in a TOML text: line and column for a path of keys. Parses with tomli only, decides nothing.

tomli gives a place for a syntax error and none for a meaning. A TOML document is a list of statements (a table header, or
`key = value`), each of which parses by itself; so the statements are cut out with tomli as the only grammar, and their
paths read from what they parse to.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import tomli

Path = tuple[str | int, ...]


# Characters handed to tomli before giving up on cutting a file: a list over thousands of lines would take its square.
EFFORT = 8_000_000
_CLOSES = ("]", "}", '"""', "'''")


class _Cut(NamedTuple):
    """A text cut into statements: its lines, where each path was written, and the line after each statement."""

    lines: list[str]
    found: dict[Path, tuple[int, int]]
    ends: dict[int, int]


def positions(text: str) -> dict[Path, tuple[int, int]]:
    """For every path of keys written in `text`: the line and column (from 1) of the statement that wrote it."""
    return _cut(text).found


@lru_cache(maxsize=4)
def _cut(text: str) -> _Cut:
    """Read once per text: every finding of a file asks for its place."""
    lines = text.split("\n")
    found: dict[Path, tuple[int, int]] = {}
    ends: dict[int, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    number, effort = 0, EFFORT
    while number < len(lines) and effort > 0:
        first = number
        if not lines[first].strip() or lines[first].lstrip().startswith("#"):
            number += 1
            continue
        parsed, number, effort = _statement(lines, first, effort)
        ends[first] = number
        if lines[first].lstrip().startswith("["):
            table = _header(parsed, arrays)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], _at(first, lines[first]))
        else:
            for path in _paths(parsed, ()):
                found.setdefault(table + path, _at(first, lines[first]))
    return _Cut(lines, found, ends)


def line_of(text: str, line: int) -> str:
    """The line of that number, from 1."""
    return _cut(text).lines[line - 1]


def locate(text: str, path: Path, value: Any = None) -> tuple[int, int]:
    """The line and column of `path`, or of its nearest written parent; of `value` inside it when it stands there once."""
    found = positions(text)
    known = path
    while known and known not in found:
        known = known[:-1]
    line, column = found.get(known, (1, 1))
    statement = _text_of(text, line)
    wanted = _needle(path, known, value)
    at = statement.find(wanted) if wanted else -1
    if at < 0 or statement.count(wanted) > 1:
        return line, column
    before = statement[:at]
    extra = before.count("\n")
    return line + extra, (len(before) - before.rfind("\n")) if extra else at + 1


def _needle(path: Path, known: Path, value: Any) -> str:
    """What to look for inside the statement: the value as written, else the last key not found among statements."""
    if isinstance(value, str) and value:
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return "" if isinstance(value, int) and value.bit_length() > 1000 else str(value)
    deeper = [key for key in path[len(known) :] if isinstance(key, str)]
    return f"{deeper[-1]} =" if deeper else ""


def _at(number: int, line: str) -> tuple[int, int]:
    return number + 1, len(line) - len(line.lstrip()) + 1


def _statement(lines: list[str], first: int, effort: int) -> tuple[dict[str, Any], int, int]:
    """The shortest run of lines from `first` that parses by itself, the number of the next line, and the effort left.

    A statement of several lines ends on one that closes a list, a table or a text: no other is tried.
    """
    for last in range(first + 1, len(lines) + 1):
        if last > first + 1 and not any(close in lines[last - 1] for close in _CLOSES):
            continue
        run = "\n".join(lines[first:last])
        effort -= len(run)
        if effort < 0:
            break
        try:
            return tomli.loads(run), last, effort
        except (tomli.TOMLDecodeError, ValueError, RecursionError):
            continue
    return {}, first + 1, effort


def _text_of(text: str, line: int) -> str:
    cut = _cut(text)
    return "\n".join(cut.lines[line - 1 : cut.ends.get(line - 1, line)])


def _header(parsed: dict[str, Any], arrays: dict[Path, int]) -> Path:
    """The path a header opens; `[[x]]` opens the next element of the array `x`, `[x.y]` stays in the last one."""
    path: Path = ()
    value: Any = parsed
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        path += (key,)
        if isinstance(value, list):
            arrays[path] = arrays.get(path, -1) + 1
            path += (arrays[path],)
            break
        if path in arrays:
            path += (arrays[path],)
    return path


def _paths(value: Any, path: Path) -> list[Path]:
    if isinstance(value, dict):
        found = [path] if path else []
        for key, inner in value.items():
            found += _paths(inner, (*path, key))
        return found
    if isinstance(value, list):
        return [path, *(p for i, v in enumerate(value) for p in _paths(v, (*path, i)))]
    return [path]
