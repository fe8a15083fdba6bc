"""The screen at the top of the README: an answer as a terminal of 100 columns shows it, kept as `docs/screen.svg`.

A test makes it again and compares. Nothing in the picture is loaded from elsewhere: rich's web font is left out.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cep_route.__main__ import run

SCREEN = Path(__file__).parents[1] / "docs" / "screen.svg"
COMMAND = [
    "route", "--age", "24", "--statut", "demandeur-emploi", "--scolarise", "non", "--en-emploi", "non", "--handicap", "aucun",
    "--cadre", "non", "--commune", "Roubaix", "--le", "2026-11-23", "--a", "10:30", "--no-config",
]  # fmt: skip
TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", "CEP_ROUTE_TODAY": "2026-11-23"}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn() -> str:
    """What the command sends to a terminal, colours included."""
    kept = {name: os.environ.get(name) for name in (*TERMINAL, "NO_COLOR")}
    os.environ.update(TERMINAL)
    os.environ.pop("NO_COLOR", None)
    shown = _Terminal()
    try:
        with redirect_stdout(shown), redirect_stderr(io.StringIO()):
            run(COMMAND)
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    return re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", shown.getvalue())  # links: their numbers are drawn by lot


def svg() -> str:
    """The screen as an SVG picture: the same bytes each time."""
    console = Console(
        file=io.StringIO(), width=100, record=True, force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(drawn()), end="")
    title = f"cep-route {' '.join(COMMAND[: COMMAND.index('--le')])}"
    picture = console.export_svg(title=title, unique_id="cep-route")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    SCREEN.write_text(svg(), encoding="utf-8")
    sys.stdout.write(f"{SCREEN}\n")
