"""Blocks drawn: plain lines for pipes and screen readers, Markdown, or a terminal in bold and colours. The same content in each."""

from __future__ import annotations

from collections.abc import Iterable

from cep_route.render.safe import line
from cep_route.render.sheet import Block

_MARK = {"title": "", "section": "", "item": "- ", "detail": "  ", "text": ""}
_BLANK = " ........................................"  # a line to fill in by hand
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!&~"})


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
            lines.append(f"{_MARK[block.kind]}{text}{_blank(block, lang)}")
    return "\n".join(lines) + "\n"


def _blank(block: Block, lang: str) -> str:
    return f"{_colon(block.text, lang)}{_BLANK}" if block.tag == "blank" else ""


def _colon(text: str, lang: str) -> str:
    return "" if text.endswith((":", "?")) else " :" if lang == "fr" else ":"


def markdown(blocks: Iterable[Block], lang: str = "fr") -> str:
    """The page as Markdown; signs of the data are escaped, an address is text and never a link."""
    lines: list[str] = []
    for block in blocks:
        text = _markdown(block.text) + _blank(block, lang)
        if block.kind == "text" and lines and lines[-1]:
            lines.append("")  # a paragraph of its own, not the end of the one or of the list above
        lines += {
            "title": ["", f"# {text}", ""],
            "section": ["", f"## {text}", ""],
            "item": [f"- {text}"],
            "detail": [f"  - {text}"],
            "text": [text],
        }[block.kind]
    return "\n".join(lines).lstrip("\n").replace("\n\n\n", "\n\n") + "\n"


def _markdown(text: str) -> str:
    """Data as Markdown text: no sign of it begins a list, a heading, a link, a tag or an entity."""
    text = line(text).translate(_ESCAPED)
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    if digits and text[len(digits) :].startswith((".", ")")):
        return f"{digits}\\{text[len(digits) :]}"
    return f"\\{text}" if text.startswith(("-", "+", "=")) else text


# What a terminal is told of a block: bold, or the one hue that can be read on black and on white alike, never colour alone.
BOLD, HUE, PLAIN = "\x1b[1m", "\x1b[1;35m", "\x1b[0m"
_INDENT = {"title": "", "section": "", "item": "  • ", "detail": "    ", "text": "  "}


def terminal(blocks: Iterable[Block], width: int, lang: str = "fr") -> str:
    """The page in bold and colours, its lines folded, for a terminal of `width` columns."""
    lines: list[str] = []
    for block in blocks:
        style = (
            HUE if block.kind == "section" else BOLD if block.kind == "title" or block.tag in _STRONG else ""
        )
        if block.kind == "section" or (block.kind == "title" and lines):
            lines.append("")
        for part in folded(_INDENT[block.kind] + line(block.text) + _blank(block, lang), width).split("\n"):
            text = part.lstrip(" ")
            lines.append(f"{part[: len(part) - len(text)]}{style}{text}{PLAIN}" if style else part)
    return "\n".join(lines) + "\n"


_STRONG = ("first", "unmet")
_GLUE = "\ue000"  # a space that no line is cut at


def folded(text: str, width: int) -> str:
    """The lines of a text cut between words to `width` columns, each going on two columns further in.

    French signs stay with the word they belong to; a word longer than a line, such as an address, stays whole.
    """
    lines = text.split("\n")
    parts: list[str] = []
    for line_, below in zip(lines, [*lines[1:], ""], strict=True):
        if below.strip() == "^":
            parts += _window(line_, below, width)
        elif line_.strip() != "^":
            parts += _cut(line_, width)
    return "\n".join(parts)


def _window(source: str, caret: str, width: int) -> tuple[str, str]:
    """A line of a file and the caret below it, the part around the caret when they are too long."""
    at = caret.index("^")
    indent = len(caret) - len(caret.lstrip(" ")) if at < 4 else 4
    room = max(width, 20) - indent
    begin = max(0, at - indent - room * 2 // 3) if len(source) > width else 0
    return source[:indent] + source[indent + begin :][:room], " " * (at - begin) + "^"


def _cut(whole: str, width: int) -> list[str]:
    if len(whole) <= width:
        return [whole]
    from textwrap import wrap

    words = whole.lstrip(" ")
    indent = whole[: len(whole) - len(words)]
    for sign in ":;?!»":
        words = words.replace(f" {sign}", _GLUE + sign)
    return [
        part.replace(_GLUE, " ")
        for part in wrap(
            words.replace("« ", "«" + _GLUE),
            max(width, 20),
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
