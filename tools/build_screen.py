"""The first screen of the README as a picture: `python tools/build_screen.py` writes docs/screen.fr.svg and docs/screen.en.svg.

It runs the command that stands beside the picture, on a fixed day, and draws what a terminal of 100 columns shows. The pictures hold
no link to anywhere; tests/test_screens.py makes them again and compares.
"""

from __future__ import annotations

import io
import os
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from cep_route.__main__ import run

ROOT = Path(__file__).parents[1]
DAY = "2026-11-24"
COLUMNS = 100
COMMAND = {
    "fr": "cep-route route --naissance 2007-03-14 --statut demandeur-emploi --scolarise non --en-emploi non "
    "--handicap aucun --cadre non --commune Roubaix",
    "en": "cep-route route --birth-date 2007-03-14 --status jobseeker --in-school no --employed no "
    "--disability none --cadre no --commune Roubaix --lang en",
}
# rich's own picture asks a network for its letters; this one takes those at hand.
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect fill="#ffffff" stroke="#737a81" x="0.5" y="0.5" width="99.9%" height="99.9%" rx="8"/>
<g transform="translate({terminal_x}, 12)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen(io.StringIO):
    """A terminal that keeps what it is sent."""

    def isatty(self) -> bool:
        return True


def shown(command: str) -> str:
    """What a terminal is sent by a command, on the fixed day."""
    kept = dict(os.environ)
    os.environ |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "CEP_ROUTE_TODAY": DAY}
    os.environ.pop("NO_COLOR", None)
    out = Screen()
    try:
        with redirect_stdout(out), redirect_stderr(Screen()):
            code = run(shlex.split(command)[1:])
    finally:
        os.environ.clear()
        os.environ.update(kept)
    if code > 1:
        raise SystemExit(f"{command}: exit {code}")
    return re.sub(r"\x1b\]8;.*?\x1b\\\\", "", out.getvalue())


def svg(lang: str) -> str:
    """The command and its answer as a picture."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    console.print(Text(f"$ {COMMAND[lang]}"), soft_wrap=False)
    console.print(Text.from_ansi(shown(COMMAND[lang])))
    return console.export_svg(theme=DEFAULT_TERMINAL_THEME, code_format=FORMAT, unique_id=f"screen-{lang}")


def main() -> None:
    for lang in COMMAND:
        (ROOT / "docs" / f"screen.{lang}.svg").write_text(svg(lang), encoding="utf-8")


if __name__ == "__main__":
    main()
