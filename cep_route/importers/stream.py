"""JSON a record at a time, whatever the size of the file: a national dump takes a few megabytes of memory.

It knows where records lie (a bare list, `{"service": […]}`, `results`, `features`, one object per line), never what they mean.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cep_route.importers.cleaning import Record, Value
from cep_route.model.answer import Finding, Place

CHUNK = 1 << 20
# Where an object keeps a table of records.
_TABLES = (
    "service", "services", "structures", "commune", "communes", "results", "features", "data", "records", "items", "agences", "resultats",
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class UnreadableStreamError(Exception):
    """A file that stops being what it began as; carries the finding. Never leaves this room."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class _Text:
    """A window on the text of a file that slides forward; `advance` is told of the bytes read."""

    def __init__(self, path: str, file: BinaryIO, advance: Callable[[int], None] | None) -> None:
        self.path, self.file, self.advance = path, file, advance
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.window, self.at, self.line, self.ended = "", 0, 1, False
        self.size = CHUNK

    def more(self) -> bool:
        """Let in some more, letting go of what was read. A record longer than the window makes the next bite twice as big."""
        if self.ended:
            return False
        block = self.file.read(self.size)
        if self.advance is not None:
            self.advance(len(block))
        self.size = CHUNK if self.at else self.size * 2
        try:
            new = self.decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            raise self.fault("CEP704") from None
        self.line += self.window.count("\n", 0, self.at)
        self.window, self.at = self.window[self.at :] + new, 0
        self.ended = not block
        return True

    def look(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            self.at = _SPACE.match(self.window, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.window):
                return self.window[self.at]
            if not self.more():
                return ""

    def each(self, end: str) -> Iterator[str]:
        """The first character of each member of the list or object that begins here, up to its `end`."""
        self.at += 1
        while (mark := self.look()) != end:
            if mark == ",":
                self.at += 1
            elif mark:
                yield mark
            else:
                raise self.fault("CEP705")
        self.at += 1

    def value(self) -> Value:
        """The JSON value that stands here, whole."""
        self.look()
        while True:
            try:
                found, end = _decode(self.window, self.at)
            except json.JSONDecodeError:
                if not self.more():
                    raise self.fault("CEP705") from None
                continue
            except RecursionError:
                raise self.fault("CEP705") from None
            if end == len(self.window) and not isinstance(found, (dict, list, str)) and self.more():
                continue  # a number may go on in the next bite
            self.at = end
            read: Value = found
            return read

    def fault(self, code: str) -> UnreadableStreamError:
        line = self.line + self.window.count("\n", 0, self.at)
        return UnreadableStreamError(Finding(code=code, place=Place(file=self.path, line=line)))


def records(path: str, advance: Callable[[int], None] | None = None) -> Iterator[Value]:
    """Every record of a JSON file, in order. Raises `UnreadableStreamError` where the file breaks."""
    with open(path, "rb") as file:  # noqa: PTH123
        text = _Text(path, file, advance)
        while first := text.look():
            if first == "[":
                yield from _items(text)
            elif first == "{":
                yield from _object(text)
            else:
                raise text.fault("CEP705")
            if text.look() == ",":
                text.at += 1


def _items(text: _Text) -> Iterator[Value]:
    for _ in text.each("]"):
        yield text.value()


def _object(text: _Text) -> Iterator[Value]:
    """An object that holds a table of records gives its records; any other is a record itself."""
    head: Record = {}
    held = False
    for mark in text.each("}"):
        key = text.value() if mark == '"' else ""
        if mark != '"' or text.look() != ":":
            raise text.fault("CEP705")
        text.at += 1
        if key in _TABLES and text.look() == "[":
            held = True
            yield from _items(text)
        else:
            head[str(key)] = text.value()
    if not held:
        yield head
