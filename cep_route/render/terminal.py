"""Pages, findings and progress drawn by rich: panels, tables, colours, links. Loaded by `screen` when a terminal is drawn on.

Text of files and persons is cleaned before it reaches rich (`safe.line`), which lets escape codes through; markup, emoji and
highlighting are off; no-break spaces hold, at which rich alone would break lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO, cast

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cep_route.render.parts import (
    Card,
    Code,
    Grid,
    Item,
    Line,
    Page,
    Pairs,
    Part,
    Said,
    Section,
    Span,
    spans,
    text_of,
)
from cep_route.render.safe import line, unbroken
from cep_route.render.text import BLANK, plain_part, titled

NARROWEST = 12  # columns of a cell whose text is longer
TALLEST = 10  # lines of a cell, about: a taller one stands below its neighbours, across the whole width
WIDEST = 110  # columns of a page: longer lines are hard to read
STYLES = {
    "name": Style(bold=True),
    "strong": Style(bold=True),
    "old": Style(color="yellow"),
    "warning": Style(color="yellow"),
    "error": Style(color="red", bold=True),
    "good": Style(color="green"),
    "small": Style(dim=True),
    "section": Style(color="magenta", bold=True),
    "label": Style(bold=True),
    "frame": Style(color="cyan"),
}
_HOLD = str.maketrans({"\u00a0": "\ue000", "\u202f": "\ue001"})
_FREE = str.maketrans({"\ue000": "\u00a0", "\ue001": "\u202f"})
_STRANGE = {0xE000: "\\ue000", 0xE001: "\\ue001"}  # of a file, they are not our held spaces


class Free:
    """A stream that is given back the no-break spaces that were hidden from rich."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.translate(_FREE))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def held(text: str) -> str:
    """A text as rich may have it: on one line, nothing in it that a terminal obeys, its no-break spaces out of rich's reach."""
    return unbroken(line(text).translate(_STRANGE)).translate(_HOLD)


def console(stream: TextIO, width: int | None = None) -> Console:
    """The console of this product on a stream."""
    return Console(file=cast("TextIO", Free(stream)), width=width, highlight=False, markup=False, emoji=False)


def styled(said: Said) -> Text:
    """A text with its colours and its links."""
    text = Text()
    for piece in spans(said):
        style = STYLES.get(piece.role, Style())
        text.append(held(piece.text), style + Style(link=line(piece.link)) if piece.link else style)
    return text


def draw(page: Page, stream: TextIO, lang: str, width: int) -> str:
    """What a terminal of `width` columns is sent to show a page."""
    out = console(stream, min(width, WIDEST))
    with out.capture() as kept:
        _print(page, out, lang)
    return kept.get().translate(_FREE)


def _print(page: Page, out: Console, lang: str) -> None:
    for part in (Text(held(page.title), STYLES["strong"]) if page.title else None, styled(page.sub)):
        if part:
            out.print(part)
    for number, section in enumerate(page.sections):
        if (number or page.title or page.sub) and not _goes_on(page.sections, number):
            out.print()
        out.print(_section(section, lang, out.width), end="")
    if page.end:
        out.print(Padding(styled(page.end), (0, 0, 0, 2)))


def _goes_on(sections: tuple[Section, ...], number: int) -> bool:
    """A panel has a frame: no empty line below it."""
    before = sections[number - 1] if number else None
    return before is not None and _is_panel(before) and not sections[number].title


def _is_panel(section: Section) -> bool:
    return any(isinstance(part, Card) for part in section.parts)


def _section(section: Section, lang: str, width: int) -> RenderableType:
    if _is_panel(section):
        inside = width - 4
        return Panel(
            Group(*_spaced(section.parts, lang, inside)),
            title=Text(held(section.title), STYLES["section"]) if section.title else None,
            title_align="left",
            border_style=STYLES["frame"],
            box=box.ROUNDED,
        )
    title = [Text(held(section.title), STYLES["section"])] if section.title else []
    inset = 0 if section.flush else 2
    return Group(*title, *(Padding(_part(p, lang, width - inset), (0, 0, 0, inset)) for p in section.parts))


def _spaced(parts: tuple[Part, ...], lang: str, width: int) -> Iterator[RenderableType]:
    """The parts of a panel, an empty line between two cards."""
    for i, part in enumerate(parts):
        if i and isinstance(part, Card) and isinstance(parts[i - 1], Card):
            yield Text()
        yield _part(part, lang, width)


def _part(part: Part, lang: str, width: int) -> RenderableType:
    if isinstance(part, Line) and part.indent and not part.fixed:
        return _hanging(" " * part.indent, _line(part, lang), width)
    if isinstance(part, Line):
        return _line(part, lang)
    if isinstance(part, Item):
        return Group(
            _hanging("• ", styled(part.text), width),
            *(Padding(_line(d, lang), (0, 0, 0, 2)) for d in part.details),
        )
    if isinstance(part, Card):
        return Group(_head(part, width), *(_line(d, lang) for d in part.lines))
    if isinstance(part, Grid):
        return grid(part.full(), lang, width)
    if isinstance(part, Code):
        return styled(Span(part.text, link=part.link))
    return pairs(part, lang, width)


def _line(part: Line, lang: str) -> Text:
    if part.blank:
        return Text(held(titled(text_of(part.text), lang) + BLANK))
    if part.fixed:
        return Text(" " * part.indent + held(text_of(part.text)), no_wrap=True, overflow="crop")
    return styled(part.text)


def _head(card: Card, width: int) -> RenderableType:
    """The name on the left, what stands beside it on the right; below it when there is no room."""
    name, aside = styled(card.name), styled(card.aside)
    name.stylize(STYLES["name"])
    if not aside:
        return name
    room = width - name.cell_len - aside.cell_len
    if room < 2:
        return Group(name, aside)
    return Text.assemble(name, " " * room, aside)


def _hanging(mark: str, text: Text, width: int) -> Table:
    table = Table.grid(padding=0)
    table.add_column(width=cell_len(mark))
    table.add_column(width=width - cell_len(mark), overflow="fold")
    table.add_row(Text(mark), text)
    return table


def pairs(part: Pairs, lang: str, width: int) -> RenderableType:
    """Labels in one column, what stands beside them in the other; a row below another where both are long."""
    room = max((cell_len(held(label)) for label, _ in part.rows), default=0)
    beside = max((styled(text).cell_len for _, text in part.rows), default=0)
    if room > width // 2 and room + 2 + beside > width:
        return Group(*(Text(held(text)) for text in plain_part(part, lang)))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=room)
    table.add_column(width=width - room - 2, overflow="fold")
    for label, text in part.rows:
        table.add_row(Text(held(label), STYLES["label"]), styled(text))
    return table


def grid(part: Grid, lang: str, width: int) -> RenderableType:
    """A table; a row below another, cell by cell, where there is no room for the longest words of its columns side by side."""
    cells = [[styled(cell) for cell in row] for row in part.rows]
    titles = [Text(held(title), STYLES["label"]) for title in part.columns]
    columns = [[title, *(row[i] for row in cells)] for i, title in enumerate(titles)]
    least = [max(_longest_word(c) for c in column) for column in columns]
    most = [max(c.cell_len for c in column) for column in columns]
    free = width - sum(least) - 2 * (len(columns) - 1)
    rooms = _shared(least, most, max(free, 0))
    wanted = (min(wish, max(NARROWEST, wish // TALLEST)) for wish in most)
    if free < 0 or any(room < wish for room, wish in zip(rooms, wanted, strict=True)):
        return Group(*(_hanging("• ", Text(held(text)), width) for text in plain_part(part, lang)))
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False)
    for title, room in zip(titles, rooms, strict=True):
        table.add_column(title, width=room)
    for row in cells:
        table.add_row(*row)
    return table


def _longest_word(text: Text) -> int:
    return max(map(cell_len, text.plain.split(" ")))


def _shared(least: list[int], most: list[int], free: int) -> list[int]:
    """The widths of columns: the least that each needs, and what is free to those that want more, the narrowest wish first."""
    rooms = list(least)
    wishes = sorted(range(len(least)), key=lambda i: most[i] - least[i])
    for place, i in enumerate(wishes):
        given = min(most[i] - least[i], free // (len(wishes) - place))
        rooms[i] += given
        free -= given
    return rooms
