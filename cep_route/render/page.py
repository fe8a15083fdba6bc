"""Blocks drawn: plain lines for pipes and screen readers, Markdown, or a terminal with rich. The same content in each."""

from __future__ import annotations

from cep_route.render.safe import line

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cep_route.render.sheet import Block

_MARK = {"title": "", "section": "", "item": "- ", "detail": "  ", "text": ""}
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!"})


def plain(blocks: Iterable[Block], lang: str) -> str:
    """Lines a screen reader can follow: no boxes, no colours; a section is a line that ends with a colon."""
    lines: list[str] = []
    for block in blocks:
        text = line(block.text)
        if block.kind == "title":
            lines += [*([""] if lines else []), text]
        elif block.kind == "section":
            lines += ["", f"{text}{_colon(text, lang)}"]
        else:
            lines.append(f"{_MARK[block.kind]}{text}")
    return "\n".join(lines) + "\n"


def _colon(text: str, lang: str) -> str:
    return "" if text.endswith((":", "?")) else " :" if lang == "fr" else ":"


def markdown(blocks: Iterable[Block]) -> str:
    """The page as Markdown; signs of the data are escaped, an address is text and never a link."""
    lines: list[str] = []
    for block in blocks:
        text = line(block.text).translate(_ESCAPED)
        lines += {
            "title": ["", f"# {text}", ""],
            "section": ["", f"## {text}", ""],
            "item": [f"- {text}"],
            "detail": [f"  - {text}"],
            "text": [text],
        }[block.kind]
    return "\n".join(lines).lstrip("\n").replace("\n\n\n", "\n\n") + "\n"


def terminal(blocks: Iterable[Block], width: int) -> str:
    """The page with colours and folded lines, for a terminal of `width` columns."""
    import io

    from rich.console import Console
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.text import Text

    styles = {"title": "bold", "section": "bold cyan", "item": "", "detail": "dim", "text": ""}
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=True,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for block in blocks:
        text = line(block.text)
        if block.kind == "title":
            long = len(text) > width - 4  # a rule would cut its title
            console.print(Text(text, style="bold") if long else Rule(Text(text, style="bold"), align="left"))
        elif block.kind == "section":
            console.print(Text(f"\n{text}", style=styles["section"]))
        else:
            style = (
                "bold green"
                if block.tag == "first"
                else "yellow"
                if block.tag == "unmet"
                else styles[block.kind]
            )
            mark = {"item": "• ", "detail": "", "text": ""}[block.kind]
            console.print(
                Padding(Text(mark + text, style=style), (0, 0, 0, 4 if block.kind == "detail" else 2))
            )
    return out.getvalue()
