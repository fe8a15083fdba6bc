"""Questions to someone who sits there: arrow keys where there is a terminal and prompt_toolkit, lines of text everywhere else.

Questions go to stderr, for stdout carries the answer alone. Esc and Ctrl-C leave: both are `KeyboardInterrupt`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from cep_route.cli.console import note
from cep_route.messages import say
from cep_route.places import Commune
from cep_route.render.safe import line
from cep_route.render.screen import boxes, width
from cep_route.render.text import folded

UNKNOWN, BACK, HELP = "?", "<", "h"


class Prompt:
    """Who answers, and how: `someone` at a terminal, by its `keys` where the library is there. `ended`: nobody answers any more."""

    def __init__(self, lang: str, *, simple: bool = False) -> None:
        self.lang = lang
        self.someone = all(s is not None and s.isatty() for s in (sys.stdin, sys.stderr))
        self.keys = self.someone and boxes(sys.stdout, simple) and find_spec("prompt_toolkit") is not None
        self.ended = False

    def say(self, text: str) -> None:
        """A line to who answers, cut between words on a terminal."""
        note(folded(text, width(sys.stderr)) if self.someone else text)

    def line(self, prompt: str = "") -> str:
        """One line of the person, without the spaces around it; nothing once nobody answers."""
        if self.someone:
            sys.stderr.write(folded(f"{prompt}>", width(sys.stderr)) + " ")
            sys.stderr.flush()
        text = sys.stdin.readline() if sys.stdin is not None else ""
        self.ended = not text
        return text.strip()

    def choose(
        self,
        question: str,
        options: Sequence[tuple[str, str]],
        *,
        back: bool = False,
        help_: bool = False,
        none: str = "unknown",
    ) -> str:
        """The value of the option chosen, or a line as it was typed; `UNKNOWN`, `BACK` and `HELP` when asked for."""
        if self.keys:
            more = [(UNKNOWN, say(f"ask.{none}", self.lang))]
            more += [(BACK, say("ask.back", self.lang))] if back else []
            more += [(HELP, say("ask.help", self.lang))] if help_ else []
            return self._by_keys(question, [*options, *more])
        self.say(question)
        for number, (_, label) in enumerate(options, 1):
            self.say(f"   {number} = {line(label)}")
        text = self.line()
        if text.isascii() and text.isdigit() and 0 < int(text[:4]) <= len(options):
            return options[int(text) - 1][0]
        return text

    def commune(self, communes: Sequence[Commune]) -> str:
        """The commune chosen of several, as it can be typed (`insee:05061`), or a line as it was typed."""
        options = [(f"insee:{c.code}", f"{c.name} ({c.code}, {c.departement_name})") for c in communes]
        return self.choose(say("ask.which_home", self.lang), options)

    def _by_keys(self, question: str, options: Sequence[tuple[str, str]]) -> str:
        """Chosen with the arrow keys or by its number."""
        # an extra, 90 ms: for a terminal alone
        from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
        from prompt_toolkit.shortcuts import choice

        keys = KeyBindings()

        def answer(key: str, value: str) -> None:
            def pressed(event: KeyPressEvent) -> None:
                event.app.exit(result=value)

            keys.add(key, eager=True)(pressed)

        for key in (UNKNOWN, BACK, HELP):
            answer(key, key)
        answer("escape", "")
        shown = [(value, line(label)) for value, label in options]
        # Enter alone never invents an answer
        chosen = choice(line(question), options=shown, default=UNKNOWN, key_bindings=keys)
        if chosen == "":
            raise KeyboardInterrupt
        return chosen
