"""Parts as plain lines, for pipes, files and screen readers, or as Markdown: the words a terminal shows, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cep_route.messages import template
from cep_route.render.parts import Card, Code, Grid, Item, Line, Page, Part, Said, Section, text_of
from cep_route.render.safe import line, unbroken

BLANK = " ........................................"  # a line to fill in by hand
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!&~"})


def plain(page: Page, lang: str) -> str:
    """Lines a screen reader can follow: no boxes, no colours; a table is one line for each row, each cell after its title."""
    lines = [_shown(t) for t in (page.title, page.sub) if t]
    for section in page.sections:
        lines += [""] if lines else []
        lines += plain_section(section, lang)
    lines += [_shown(page.end)] if page.end else []
    return "\n".join(lines) + "\n"


def plain_section(section: Section, lang: str) -> Iterator[str]:
    """The lines of one section; a title is a line that ends with a colon."""
    if section.title:
        yield titled(section.title, lang)
    for i, part in enumerate(section.parts):
        if i and isinstance(part, Card) and isinstance(section.parts[i - 1], Card):
            yield ""
        yield from plain_part(part, lang)


def plain_part(part: Part, lang: str) -> Iterator[str]:
    """The lines of one part."""
    colon = template("calendar.colon", lang)
    if isinstance(part, Line):
        yield _filled(part, lang)
    elif isinstance(part, Item):
        yield f"- {_shown(part.text)}"
        yield from (f"  {_filled(d, lang)}" for d in part.details)
    elif isinstance(part, Card):
        yield ", ".join(t for t in (_shown(part.name), _shown(part.aside)) if t)
        yield from (_filled(d, lang) for d in part.lines)
    elif isinstance(part, Grid):
        grid = part.full()
        for row in grid.rows:
            cells = [(line(t), _shown(cell)) for t, cell in zip(grid.columns, row, strict=True)]
            signs = {title: " " if title.endswith("?") else colon for title, _ in cells}
            told = (f"{title}{signs[title]}{text}" if title else text for title, text in cells if text)
            yield template("calendar.semicolon", lang).join(told)
    elif isinstance(part, Code):
        yield line(part.text) + colon + line(part.link)
    else:
        for label, text in part.rows:
            yield f"{line(label)}{colon}{_shown(text)}" if label else f"  {_shown(text)}"


def titled(text: str, lang: str) -> str:
    """A title as a line of its own: with a colon, unless it ends with a sign."""
    shown = line(text)
    return shown if shown.endswith((":", "?", ".")) else shown + template("calendar.colon", lang).rstrip(" ")


def _filled(part: Line, lang: str) -> str:
    shown = titled(text_of(part.text), lang) + BLANK if part.blank else _shown(part.text)
    return " " * part.indent + shown


def _shown(said: Said) -> str:
    return line(text_of(said))


# -- Markdown ----------------------------------------------------------------------------------------------------------------


def markdown(page: Page, lang: str = "fr") -> str:
    """The page as Markdown; signs of the data are escaped, an address is text and never a link."""
    blocks = [f"# {_escaped(page.title)}"] if page.title else []
    blocks += [_escaped(page.sub)] if page.sub else []
    for section in page.sections:
        blocks += [f"## {_escaped(section.title)}"] if section.title else []
        blocks += _markdown_parts(section.parts, lang)
    blocks += [_escaped(page.end)] if page.end else []
    return "\n\n".join(blocks) + "\n"


def _markdown_parts(parts: Iterable[Part], lang: str) -> Iterator[str]:
    """Blocks that an empty line parts; items that follow each other are one list."""
    colon = template("calendar.colon", lang)
    items: list[str] = []
    for part in parts:
        if isinstance(part, Item):
            items.append(_listed(part.text, part.details))
            continue
        if items:
            yield "\n".join(items)
            items = []
        if isinstance(part, Line):
            yield _escaped(part.text) + (colon.rstrip(" ") + BLANK if part.blank else "")
        elif isinstance(part, Card):
            yield f"**{_escaped(part.name)}**" + (f", {_escaped(part.aside)}" if text_of(part.aside) else "")
            if part.lines:
                yield "\n".join(f"- {_escaped(d.text)}" for d in part.lines)
        elif isinstance(part, Grid):
            grid = part.full()
            rows = [" | ".join(map(_escaped, row)) for row in (grid.columns, *grid.rows)]
            rows.insert(1, " | ".join(["---"] * len(grid.columns)))
            yield "\n".join(f"| {row} |" for row in rows)
        elif isinstance(part, Code):
            yield _escaped(part.text) + colon + _escaped(part.link)
        else:
            rows = [
                f"- {_escaped(label)}{colon}{_escaped(text)}" if label else f"  - {_escaped(text)}"
                for label, text in part.rows
            ]
            yield "\n".join(rows)
    if items:
        yield "\n".join(items)


def _listed(text: Said, details: Iterable[Line]) -> str:
    return "\n".join([f"- {_escaped(text)}", *(f"  - {_escaped(d.text)}" for d in details)])


def _escaped(said: Said) -> str:
    """Data as Markdown text: no sign of it begins a list, a heading, a link, a tag or an entity."""
    text = line(text_of(said)).translate(_ESCAPED)
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    if digits and text[len(digits) :].startswith((".", ")")):
        return f"{digits}\\{text[len(digits) :]}"
    return f"\\{text}" if text.startswith(("-", "+", "=")) else text


# -- lines cut between words -------------------------------------------------------------------------------------------------


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
    return wrap(
        unbroken(words),
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
