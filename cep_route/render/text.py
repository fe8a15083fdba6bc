"""Parts as plain lines, for pipes, files and screen readers, or as Markdown: the words a terminal shows, in the same order."""

from __future__ import annotations

from collections.abc import Iterator

from cep_route.messages import template
from cep_route.render.parts import Card, Grid, Item, Line, Page, Part, Said, text_of
from cep_route.render.safe import line, unbroken

BLANK = " ........................................"  # a line to fill in by hand
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!&~"})


def plain(page: Page, lang: str) -> str:
    """Lines a screen reader can follow: no boxes, no colours; a table is one line for each row, each cell after its title."""
    lines = [_shown(t) for t in (page.title, page.sub) if t]
    for section in page.sections:
        lines += [""] if lines else []
        lines += [titled(section.title, lang)] if section.title else []
        for i, part in enumerate(section.parts):
            lines += [""] if section.apart(i) else []
            lines += plain_part(part, lang)
    lines += [_shown(page.end)] if page.end else []
    return "\n".join(lines) + "\n"


def markdown(page: Page, lang: str = "fr") -> str:
    """The page as Markdown, blocks that an empty line parts; signs of the data are escaped, an address is text and never a link."""
    blocks = [f"# {_escaped(page.title)}"] if page.title else []
    blocks += [_escaped(page.sub)] if page.sub else []
    for section in page.sections:
        blocks += [f"## {_escaped(section.title)}"] if section.title else []
        before: Part | None = None
        for part in section.parts:
            first, *others = plain_part(part, lang, md=True)
            block = "\n".join(others if isinstance(part, Card) else (first, *others))
            if isinstance(part, Card):
                blocks += [first, block] if block else [first]
            elif isinstance(part, Item) and isinstance(before, Item):
                blocks[-1] += f"\n{block}"  # items that follow each other are one list
            else:
                blocks.append(block)
            before = part
    blocks += [_escaped(page.end)] if page.end else []
    return "\n\n".join(blocks) + "\n"


def plain_part(part: Part, lang: str, *, md: bool = False) -> Iterator[str]:
    """The lines of one part, plain or as Markdown."""
    colon, show, dash = template("calendar.colon", lang), _escaped if md else _shown, "- " if md else ""

    def filled(one: Line) -> str:
        text = show(titled(text_of(one.text), lang)) + BLANK if one.blank else show(one.text)
        return " " * one.indent + text

    if isinstance(part, Line):
        yield filled(part)
    elif isinstance(part, Item):
        yield f"- {show(part.text)}"
        yield from (f"  {dash}{filled(d)}" for d in part.details)
    elif isinstance(part, Card):
        name = f"**{show(part.name)}**" if md else show(part.name)
        yield ", ".join(t for t in (name, show(part.aside)) if t)
        yield from (f"{dash}{filled(d)}" for d in part.lines)
        if part.code:  # in Markdown a block of its own
            yield ("\n" if md else "") + show(part.code.text) + colon + show(part.code.link)
    elif isinstance(part, Grid) and md:
        grid = part.full()
        rows = [map(show, row) for row in (grid.columns, *grid.rows)]
        yield from (f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(grid.columns), *rows[1:]))
    elif isinstance(part, Grid):
        grid = part.full()
        for row in grid.rows:
            cells = [(line(t), show(cell)) for t, cell in zip(grid.columns, row, strict=True)]
            signs = {title: " " if title.endswith("?") else colon for title, _ in cells}
            told = (f"{title}{signs[title]}{text}" if title else text for title, text in cells if text)
            yield template("calendar.semicolon", lang).join(told)
    else:
        for label, text in part.rows:
            yield f"{dash}{show(label)}{colon}{show(text)}" if label else f"  {dash}{show(text)}"


def titled(text: str, lang: str) -> str:
    """A title as a line of its own: with a colon, unless it ends with a sign."""
    shown = line(text)
    return shown if shown.endswith((":", "?", ".")) else shown + template("calendar.colon", lang).rstrip(" ")


def _shown(said: Said) -> str:
    return line(text_of(said))


def _escaped(said: Said) -> str:
    """Data as Markdown text: no sign of it begins a list, a heading, a link, a tag or an entity."""
    text = _shown(said).translate(_ESCAPED)
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    if digits and text[len(digits) :].startswith((".", ")")):
        return f"{digits}\\{text[len(digits) :]}"
    return f"\\{text}" if text.startswith(("-", "+", "=")) else text


def folded(text: str, width: int) -> str:
    """The lines of a text cut between words to `width` columns, each going on two columns further in.

    French signs stay with the word they belong to; a word longer than a line, such as an address, stays whole.
    """
    from textwrap import TextWrapper

    lines = text.split("\n")
    parts: list[str] = []
    for whole, below in zip(lines, [*lines[1:], ""], strict=True):
        if below.strip() == "^":  # a line of a file and its caret, four columns in: the part around the caret
            at, room = below.index("^"), max(width, 20) - 4
            begin = max(0, at - 4 - room * 2 // 3) if len(whole) > width else 0
            parts += [whole[:4] + whole[4 + begin :][:room], " " * (at - begin) + "^"]
        elif len(whole) <= width and whole.strip() != "^":
            parts.append(whole)
        elif whole.strip() != "^":
            words = whole.lstrip(" ")
            indent = whole[: len(whole) - len(words)]
            cutter = TextWrapper(
                max(width, 20), indent, indent + "  ", break_long_words=False, break_on_hyphens=False
            )
            parts += cutter.wrap(unbroken(words))
    return "\n".join(parts)
