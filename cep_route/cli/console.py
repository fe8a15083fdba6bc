"""What each command does once its words are understood: it opens, asks the engine, renders, prints and says how it went.

The clock, the terminal and the exit codes live here and nowhere below: 0 well; 1 it ran and found something; 2 it could not run;
3 a bug of ours. stdout carries the answer alone; all that is said about it goes to stderr. No decision is taken here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from cep_route.model.answer import Finding
from cep_route.model.law import Law

WELL, FOUND, CANNOT, BUG = 0, 1, 2, 3


def say(text: str) -> None:
    """A part of the answer, to stdout. A terminal gets prose cut between words; JSON and what is already drawn go as they are."""
    drawn = text.startswith(("{", "[")) or "\x1b" in text
    _write(text if drawn else _for_reading(text, sys.stdout))


def _write(text: str) -> None:
    """To stdout: the very text, save that a terminal is never sent a sign it would obey."""
    if sys.stdout.isatty():
        from cep_route.render.safe import quoted

        text = quoted(text)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _for_reading(text: str, stream: Any) -> str:
    if is_plain(stream, simple=False):
        return text
    from cep_route.render.page import folded

    return folded(text, width(stream))


def tell(findings: Iterable[Finding], lang: str) -> None:
    """What is said about the answer, to stderr."""
    from cep_route.render.findings import findings_text

    text = findings_text(findings, lang)
    if text:
        sys.stderr.write(_for_reading(text, sys.stderr) + "\n")


def today() -> str:
    """The day of the route when none is told; `CEP_ROUTE_TODAY` fixes it for tests and demonstrations, with an hour or without."""
    fixed = os.environ.get("CEP_ROUTE_TODAY")
    if fixed:
        return fixed[:10]
    import time

    return time.strftime("%Y-%m-%d")


def clock() -> str | None:
    """The hour it is, `HH:MM` on the clock of the machine; None when `CEP_ROUTE_TODAY` fixes a day without its hour."""
    fixed = os.environ.get("CEP_ROUTE_TODAY")
    if fixed:
        return fixed[11:16] or None
    import time

    return time.strftime("%H:%M")


def is_plain(stream: Any, simple: bool) -> bool:
    """No boxes and no colours: asked for, `NO_COLOR`, a dumb terminal, or no terminal."""
    return (
        simple
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("TERM") in (None, "dumb")
        or not stream.isatty()
    )


def width(stream: Any = None) -> int:
    """The columns of the terminal behind a stream (stdout), within what a page can be folded to."""
    try:
        told = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        try:
            told = os.get_terminal_size((stream or sys.stdout).fileno()).columns
        except OSError:
            told = 0
    return min(max(told, 40), 200) if told > 0 else 80


def the_day(text: str | None) -> tuple[str, list[Finding]]:
    """The day asked for, else today."""
    if not text:
        return today(), []
    from cep_route.engine.profile import read_date

    day = read_date(text)
    return (day, []) if day else ("", [Finding(code="CEP504", values={"value": text})])


def the_law(rules: str | None, lang: str) -> Law | None:
    """The law to answer by; what is wrong in it is told."""
    from cep_route import files

    law, findings = files.load_law(rules)
    tell(findings, lang)
    return law


def write_out(path: str | None, text: str | bytes, *, force: bool, lang: str) -> int:
    """The answer, as it is, to a file (whole or not at all) or to stdout; bytes are not for a terminal."""
    if not path or path == "-":
        if isinstance(text, str):
            _write(text)
        elif sys.stdout.isatty():
            tell([Finding(code="CEP581")], lang)
            return CANNOT
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(text)
        return WELL
    from cep_route.files.write import write_text

    fault = write_text(path, text, force=force)
    if fault:
        tell([fault], lang)
        return CANNOT
    return WELL
