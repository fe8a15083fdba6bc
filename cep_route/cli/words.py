"""The sentences of the help, from the message files: those of a command, those its options share, and those of click and Typer."""

from __future__ import annotations

import gettext
import re
from typing import Any

from cep_route.messages import tables, word

_said: dict[str, str] = {}  # what click and Typer say -> in the language of the run


def text(lang: str, command: str, name: str) -> str:
    """The sentence of a command (`territory list`) or of one of its options; empty when there is none."""
    own = f"cli_{command.replace(' ', '_') or 'root'}"
    found = tables(lang).get(own, {}).get(name) or tables(lang)["cli_option"].get(name, "")
    return str(found)


def panel(lang: str, name: str) -> str:
    """The title of a group of options."""
    return word("cli_panel", name, lang)


def takes(lang: str, metavar: str) -> str:
    """What an option takes: words in capitals are translated, codes stay."""
    return re.sub(r"[A-Z]{2,}", lambda m: word("cli_takes", m[0], lang), metavar)


def speak(lang: str) -> None:
    """Make click and Typer speak this language from now on."""
    _said.clear()
    _said.update({name: str(said) for name, said in tables(lang)["cli_click"].items()})


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
    return word("cli_root", "colon", lang)


def spaced(text: str) -> str:
    """A sentence of the rules with the spaces French signs want, so that no line begins with one."""
    return re.sub(r" (?=[?!;:»])", "\u00a0", text)
