"""The sentences of the help, from the message files: those of a command, those its options share, and those of click and Typer."""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path
from typing import Any

import tomli

_FOLDER = Path(__file__).parents[1] / "messages"
_said: dict[str, str] = {}  # what click and Typer say -> in the language of the run


@cache
def _table(lang: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomli.loads((_FOLDER / f"cli.{lang}.toml").read_text("utf-8"))["cli"]
    return found


def text(lang: str, command: str, name: str) -> str:
    """The sentence of a command (`territory list`) or of one of its options; empty when there is none."""
    table = _table(lang)
    own = table.get(command.replace(" ", "_") or "root", {})
    return own.get(name) or table["option"].get(name, "")


def panel(lang: str, name: str) -> str:
    """The title of a group of options."""
    return _table(lang)["panel"].get(name, name)


def takes(lang: str, metavar: str) -> str:
    """What an option takes: words in capitals are translated, codes stay."""
    named = _table(lang)["takes"]
    return re.sub(r"[A-Z]{2,}", lambda m: named.get(m[0], m[0]), metavar)


def speak(lang: str) -> None:
    """Make click and Typer speak this language from now on."""
    _said.clear()
    _said.update(_table(lang)["click"])


def _one(domain: str, text: str) -> str:
    del domain
    return _said.get(text, text)


def _many(domain: str, one: str, many: str, n: int) -> str:
    return _one(domain, one if n == 1 else many)


# click and Typer ask `gettext.gettext`, which asks these two by their names each time: whoever imported them first, they answer.
gettext.dgettext = _one  # type: ignore[assignment]  # the names of its parameters
gettext.dngettext = _many  # type: ignore[assignment]


def speak_rich(drawing: Any) -> None:
    """`typer.rich_utils` keeps the titles of the language in which it was imported: tell it this one's."""
    titles = {
        "OPTIONS_PANEL_TITLE": "Options", "ARGUMENTS_PANEL_TITLE": "Arguments", "COMMANDS_PANEL_TITLE": "Commands",
        "REQUIRED_LONG_STRING": "[required]", "DEFAULT_STRING": "[default: {}]",
    }  # fmt: skip
    for name, english in titles.items():
        setattr(drawing, name, _one("", english))
    drawing.OptionHighlighter.highlights[-1] = rf"(?P<usage>{re.escape(_one('', 'Usage:'))})"
    drawing.highlighter = drawing.OptionHighlighter()


def colon(lang: str) -> str:
    """What ends a title."""
    return _table(lang)["root"]["colon"]


def spaced(text: str) -> str:
    """A sentence of the rules with the spaces French signs want, so that no line begins with one."""
    return re.sub(r" (?=[?!;:»])", "\u00a0", text)
