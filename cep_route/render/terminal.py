"""Pages, findings and progress drawn by rich: panels, tables, colours, links. Loaded by `screen` when a terminal is drawn on.

Text of files and persons is cleaned before it reaches rich (`safe.line`), which lets escape codes through; markup, emoji and
highlighting are off; no-break spaces hold, at which rich alone would break lines.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    Grid,
    Item,
    Line,
    Page,
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
        for text in (Text(held(page.title), STYLES["strong"]), styled(page.sub)):
            if text:
                out.print(text)
        before, framed = bool(page.title or page.sub), False
        for section in page.sections:
            if before and (section.title or not framed):  # below a panel, its frame parts enough
                out.print()
            before, framed = True, any(isinstance(part, Card) for part in section.parts)
            out.print(_section(section, lang, out.width, framed=framed), end="")
        if page.end:
            out.print(Padding(styled(page.end), (0, 0, 0, 2)))
    return kept.get().translate(_FREE)


def _section(section: Section, lang: str, width: int, *, framed: bool) -> RenderableType:
    inset = 4 if framed else 0 if section.flush else 2
    parts: list[RenderableType] = []
    for i, part in enumerate(section.parts):
        parts += [Text()] if section.apart(i) else []
        parts.append(_part(part, lang, width - inset))
    title = Text(held(section.title), STYLES["section"])
    if framed:
        frame = STYLES["frame"]
        return Panel(
            Group(*parts), title=title or None, title_align="left", border_style=frame, box=box.ROUNDED
        )
    return Group(*([title] if title else []), *(Padding(part, (0, 0, 0, inset)) for part in parts))


def _part(part: Part, lang: str, width: int) -> RenderableType:
    if isinstance(part, Line):
        hung = part.indent and not part.fixed
        return _hanging(" " * part.indent, _line(part, lang), width) if hung else _line(part, lang)
    if isinstance(part, Item):
        details = (Padding(_line(d, lang), (0, 0, 0, 2)) for d in part.details)
        return Group(_hanging("• ", styled(part.text), width), *details)
    if isinstance(part, Card):
        # the name on the left, what stands beside it on the right; below it when there is no room
        name, aside = styled(part.name), styled(part.aside)
        name.stylize(STYLES["name"])
        room = width - name.cell_len - aside.cell_len
        both = [Text.assemble(name, " " * room, aside)] if room >= 2 else [name, aside]
        head = both if aside else [name]
        way = [styled(Span(part.code.text, link=part.code.link))] if part.code else []
        return Group(*head, *(_line(d, lang) for d in part.lines), *way)
    if isinstance(part, Grid):
        return grid(part.full(), lang, width)
    # labels in one column, what stands beside them in the other; a row below another where both are long
    labels = [Text(held(label), STYLES["label"]) for label, _ in part.rows]
    texts = [styled(text) for _, text in part.rows]
    room = max((label.cell_len for label in labels), default=0)
    if room > width // 2 and room + 2 + max(text.cell_len for text in texts) > width:
        return Group(*(Text(held(text)) for text in plain_part(part, lang)))
    return _beside(zip(labels, texts, strict=True), room, 2, width)


def _line(part: Line, lang: str) -> Text:
    if part.blank:
        return Text(held(titled(text_of(part.text), lang) + BLANK))
    if part.fixed:
        return Text(" " * part.indent + held(text_of(part.text)), no_wrap=True, overflow="crop")
    return styled(part.text)


def _hanging(mark: str, text: Text, width: int) -> Table:
    return _beside([(Text(mark), text)], cell_len(mark), 0, width)


def _beside(rows: Iterable[tuple[Text, Text]], room: int, gap: int, width: int) -> Table:
    """Two columns, the first of `room` columns of the terminal."""
    table = Table.grid(padding=(0, gap, 0, 0))
    table.add_column(width=room)
    table.add_column(width=width - room - gap, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def grid(part: Grid, lang: str, width: int) -> RenderableType:
    """A table; a row below another, cell by cell, where there is no room for the longest words of its columns side by side."""
    cells = [[styled(cell) for cell in row] for row in part.rows]
    titles = [Text(held(title), STYLES["label"]) for title in part.columns]
    columns = [[title, *(row[i] for row in cells)] for i, title in enumerate(titles)]
    least = [max(cell_len(word) for c in column for word in c.plain.split(" ")) for column in columns]
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


def _shared(least: list[int], most: list[int], free: int) -> list[int]:
    """The widths of columns: the least that each needs, and what is free to those that want more, the narrowest wish first."""
    rooms = list(least)
    wishes = sorted(range(len(least)), key=lambda i: most[i] - least[i])
    for place, i in enumerate(wishes):
        given = min(most[i] - least[i], free // (len(wishes) - place))
        rooms[i] += given
        free -= given
    return rooms
