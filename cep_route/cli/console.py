"""What every command stands on: its result, the way to stop, the clock, the terminal, the law, and the one place that writes.

Exit codes: 0 well; 1 it ran and found something; 2 it could not run; 3 a bug of ours. stdout carries the answer alone; all that
is said about it goes to stderr. No decision is taken here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct, json

from cep_route import files
from cep_route.directory.desks import Desks
from cep_route.files.country import named
from cep_route.files.write import write_text
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.parts import Page
from cep_route.render.safe import quoted
from cep_route.render.screen import drawn, lenient, show_findings
from cep_route.render.text import plain
from cep_route.text import near
from cep_route.typed import read_date

WELL, FOUND, CANNOT, BUG = 0, 1, 2, 3
_STDOUT = (None, "", "-")  # where an answer goes that no file was named for
Found = TypeVar("Found")


class Result(Struct, frozen=True, kw_only=True):
    """What a command leaves behind: the answer, what is said about it, how it went.

    `answer`: a page to be drawn for where it goes, or text and bytes that go as they are. `notes`: lines about it that are no
    findings. `out`: a file instead of stdout; `simple`: no boxes wherever it goes.
    """

    code: int = WELL
    answer: Page | str | bytes = ""
    said: Sequence[Finding] = ()
    notes: str = ""
    out: str | None = None
    force: bool = False
    simple: bool = False


class CannotRun(Exception):  # noqa: N818  # it says what happened
    """A command that cannot go on: the findings that say why, and the exit code."""

    def __init__(self, *findings: Finding, code: int = CANNOT) -> None:
        self.findings, self.code = findings, code
        super().__init__(", ".join(f.code for f in findings))


def deliver(result: Result, lang: str) -> int:
    """Write the answer, then what is said about it; the exit code. A file is written whole or not at all."""
    answer = result.answer
    if isinstance(answer, Page) and result.out in _STDOUT:
        answer = drawn(answer, lenient(sys.stdout), lang, simple=result.simple)
    elif isinstance(answer, Page):
        answer = plain(answer, lang)
    fault = write_out(result.out, answer, force=result.force, lang=lang) if answer else WELL
    if result.notes:
        note(result.notes)
    tell(result.said, lang)
    return fault or result.code


def tell(findings: Iterable[Finding], lang: str) -> None:
    """What is said about the answer, to stderr."""
    show_findings(findings, sys.stderr, lang)


def note(text: str) -> None:
    """A line to stderr."""
    sys.stderr.write(text + "\n")


def say(text: str) -> None:
    """A part of the answer, to stdout: the very text, save that a terminal is never sent a sign it would obey."""
    if sys.stdout.isatty():
        text = quoted(text)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def write_out(path: str | None, text: str | bytes, *, force: bool, lang: str) -> int:
    """The answer, as it is, to a file (whole or not at all) or to stdout; bytes are not for a terminal."""
    fault = None
    if path is not None and path not in _STDOUT:
        fault = write_text(path, text, force=force)
    elif isinstance(text, str):
        say(text)
    elif sys.stdout.isatty():
        fault = Finding(code="CEP581")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    tell([fault] if fault else [], lang)
    return CANNOT if fault else WELL


# -- the clock ---------------------------------------------------------------------------------------------


def today() -> str:
    """The day of the route when none is told; `CEP_ROUTE_TODAY` fixes it for tests and demonstrations, with an hour or without."""
    fixed = os.environ.get("CEP_ROUTE_TODAY")
    return fixed[:10] if fixed else time.strftime("%Y-%m-%d")


def clock() -> str | None:
    """The hour it is, `HH:MM` on the clock of the machine; None when `CEP_ROUTE_TODAY` fixes a day without its hour."""
    fixed = os.environ.get("CEP_ROUTE_TODAY")
    return (fixed[11:16] or None) if fixed else time.strftime("%H:%M")


# -- what was asked ---------------------------------------------------------------------------------------------------------


def asked_day(text: str | None) -> str:
    """The day asked for, else today; stops at what is no day."""
    if not text:
        return today()
    return sure(read_date(text), [Finding(code="CEP504", values={"value": text})])


def sure(found: Found | Finding | None, findings: Iterable[Finding] = ()) -> Found:
    """What was read; stops, and says why, when it could not be."""
    if isinstance(found, Finding):
        raise CannotRun(found)
    if found is None:
        raise CannotRun(*findings)
    return found


def asked_law(rules: str | None = None) -> Law:
    """The law to answer by; stops when it cannot be read."""
    return sure(*files.load_law(rules))


def as_json(data: Any) -> str:
    """JSON to be read by people too; a record is the object of its fields."""
    return json.format(json.encode(data)).decode() + "\n"


def one_of(value: str, allowed: Sequence[str], option: str, command: str) -> str:
    """A word of a few; stops at any other."""
    if value not in allowed:
        values = {"value": value, "option": option, "expected": ", ".join(allowed), "command": command}
        raise CannotRun(Finding(code="CEP527", values=values | near(value, allowed)))
    return value


def named_desks(path: str | None) -> Desks | None:
    """The file of desks that was named, if any; stops when it cannot be read."""
    return None if path is None else sure(named(path))
