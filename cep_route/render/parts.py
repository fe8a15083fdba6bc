"""The parts a page is made of, whatever draws it: terminal, plain text, Markdown, HTML, PDF. No decision and no sentence is here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

# What a piece of text is, for those who draw it: a terminal gives it a colour, a page a class; plain text says the same words.
ROLES = ("name", "old", "warning", "error", "good", "small", "strong")


class Span(Struct, frozen=True):
    """A piece of text with a role (one of `ROLES`) and where it leads (`https:`, `tel:`, `mailto:`, `geo:`)."""

    text: str
    role: str = ""
    link: str = ""


Said = str | Span | tuple[str | Span, ...]


def spans(said: Said) -> tuple[Span, ...]:
    """A text as its pieces, empty ones left out."""
    pieces = said if isinstance(said, tuple) else (said,)
    return tuple(p for p in (Span(p) if isinstance(p, str) else p for p in pieces) if p.text)


def text_of(said: Said) -> str:
    """The words alone."""
    return "".join(p.text for p in spans(said))


def capital(text: str) -> str:
    """The sentence with a capital letter."""
    return text[:1].upper() + text[1:]


def joined(parts: Iterable[Said], between: str) -> tuple[Span, ...]:
    """Texts one after the other, those that are empty left out."""
    found: list[Span] = []
    for part in map(spans, parts):
        if part:
            found += ([Span(between)] if found else []) + list(part)
    return tuple(found)


class Line(Struct, frozen=True, tag_field="kind", tag="line"):
    """A paragraph. `blank`: followed by a line to fill in by hand. `tag`: what it says, for those who style it.

    `indent`: columns further in; `fixed`: a line of a file or the sign below it, which no fold may touch.
    """

    text: Said
    tag: str = ""
    blank: bool = False
    indent: int = 0
    fixed: bool = False


class Item(Struct, frozen=True, tag_field="kind", tag="item"):
    """An entry of a list, with the lines that belong to it."""

    text: Said
    details: tuple[Line, ...] = ()
    tag: str = ""


class Code(Struct, frozen=True, tag_field="kind", tag="code"):
    """A link to be photographed (a QR code on paper), with the words that say where it leads."""

    text: str
    link: str


class Card(Struct, frozen=True, kw_only=True, tag_field="kind", tag="card"):
    """What must be seen first: a name, something short on its right, the lines that belong to it, the way there."""

    name: Said
    aside: Said = ""
    lines: tuple[Line, ...] = ()
    tag: str = ""
    code: Code | None = None


class Grid(Struct, frozen=True, kw_only=True, tag_field="kind", tag="grid"):
    """A table: a title for each column, and rows of as many cells. A column where nobody has anything is not drawn."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Said, ...], ...]

    def full(self) -> Grid:
        """Without its empty columns."""
        kept = [i for i in range(len(self.columns)) if any(spans(row[i]) for row in self.rows)]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return Grid(columns=tuple(self.columns[i] for i in kept), rows=rows)


class Pairs(Struct, frozen=True, tag_field="kind", tag="pairs"):
    """Labels and what stands beside each."""

    rows: tuple[tuple[str, Said], ...]


Part = Line | Item | Card | Grid | Pairs


class Section(Struct, frozen=True):
    """Parts under a title. `key` names the section for those who style it; without a title the parts stand alone.

    `flush`: not set in, as what is said about an answer rather than in it.
    """

    key: str
    title: str = ""
    parts: tuple[Part, ...] = ()
    flush: bool = False

    def apart(self, i: int) -> bool:
        """Whether an empty line stands before a part: between two cards, unless the way to the first parts them."""
        before, part = self.parts[i - 1] if i else None, self.parts[i]
        return isinstance(part, Card) and isinstance(before, Card) and before.code is None


class Page(Struct, frozen=True, kw_only=True):
    """A whole page: its title, a line under it, its sections, the line that ends it."""

    title: str = ""
    sub: str = ""
    sections: tuple[Section, ...] = ()
    end: str = ""


def section(key: str, title: str, parts: Iterable[Part]) -> Iterator[Section]:
    """The section, or nothing when it holds nothing."""
    if held := tuple(parts):
        yield Section(key, title, held)


def grid(columns: Iterable[str], rows: Iterable[tuple[Said, ...]]) -> Iterator[Grid]:
    """A table, or nothing when it has no row."""
    if held := tuple(rows):
        yield Grid(columns=tuple(columns), rows=held)


def pairs(rows: Iterable[tuple[str, Said]]) -> Iterator[Pairs]:
    """Labels and what stands beside each, or nothing when there are none."""
    if held := tuple(rows):
        yield Pairs(held)


def table(
    key: str, title: str, columns: Iterable[str], rows: Iterable[tuple[Said, ...]]
) -> Iterator[Section]:
    """A section that is one table, or nothing when it has no row."""
    yield from section(key, title, grid(columns, rows))
