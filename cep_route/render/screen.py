"""How a stream is written to: drawn by rich on a terminal, plain lines everywhere else. The same words in the same order.

`show` writes a page, `show_findings` what is said about it, `progress` how far a long piece of work is. rich is loaded only when
something is drawn, so what a script reads never pays for it.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from cep_route.model.answer import Finding
from cep_route.render.parts import Page
from cep_route.render.text import folded, plain

_NEAR = '→=-> —=- –=- ’=\' …=... «=" »=" “=" ”=" œ=oe Œ=OE •=- ·=- €=EUR'
_NARROW = dict(pair.split("=") for pair in _NEAR.split())


def boxes(stream: TextIO, simple: bool = False) -> bool:
    """Whether this stream is drawn on: a terminal, neither dumb nor under `NO_COLOR`, and nobody asked for plain lines."""
    return (
        not simple
        and stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    )


def width(stream: TextIO) -> int:
    """The columns of the terminal behind a stream, within what a page can be folded to; 80 when there is none."""
    try:
        told = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        try:
            told = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            told = 0
    return min(max(told, 40), 200) if told > 0 else 80


def lenient(stream: TextIO) -> TextIO:
    """The stream, which from now on writes a near sign for one that its encoding lacks: `->` for `→`, `e` for `é` in ASCII."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="cep_route.near")
    return stream


def _near(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(map(_near_sign, signs)), error.end


def _near_sign(sign: str) -> str:
    if sign.isspace():
        return " "
    return _NARROW.get(sign) or unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or "?"


codecs.register_error("cep_route.near", _near)


def drawn(page: Page, stream: TextIO, lang: str, *, simple: bool = False) -> str:
    """A page as this stream can take it: drawn, cut between words for a plain terminal, whole lines for a pipe or a file."""
    if boxes(stream, simple):
        from cep_route.render.terminal import draw

        return draw(page, stream, lang, width(stream))
    text = plain(page, lang)
    return folded(text, width(stream)) if stream.isatty() else text


def show(page: Page, stream: TextIO, lang: str, *, simple: bool = False) -> None:
    """A page on a stream."""
    lenient(stream).write(drawn(page, stream, lang, simple=simple))


def show_findings(findings: Iterable[Finding], stream: TextIO, lang: str, *, simple: bool = False) -> None:
    """Findings on a stream: what, where, what to do, the code small at the end of the line."""
    from cep_route.render.findings import findings_section

    if sections := tuple(findings_section(findings, lang)):
        show(Page(sections=sections), stream, lang, simple=simple)


@contextmanager
def progress(
    label: str, total: int | None, stream: TextIO, lang: str, *, unit: str = "bytes"
) -> Iterator[Callable[[int], None]]:
    """A bar with per cent, rate and time left while the block runs; the value is a function to be told of each advance.

    `total`: in bytes, or a count of things with `unit="count"`; None when it is not known. Nothing is drawn where there is no
    terminal: the stream then receives nothing at all.
    """
    if not boxes(stream):
        yield lambda _: None
        return
    from cep_route.render.progress import bar

    with bar(label, total, lenient(stream), lang, unit) as advance:
        yield advance
