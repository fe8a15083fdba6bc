"""How a stream is written to: drawn by rich on a terminal, plain lines everywhere else. The same words in the same order.

`show` writes a page, `show_findings` what is said about it: what and where, the line with a caret, what to do; `progress` how far a
long piece of work is. rich is loaded only when something is drawn, so what a script reads never pays for it.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from cep_route.messages import number as written
from cep_route.messages import said, say, template
from cep_route.model.answer import Finding
from cep_route.render.parts import Line, Page, Section, Span, capital
from cep_route.render.safe import line, visible
from cep_route.render.text import folded, plain, plain_part

_WIDTH = 100  # of a source line shown: a caret under column 40,000 helps nobody
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
    near = ""
    for sign in error.object[error.start : error.end]:
        bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
        near += " " if sign.isspace() else _NARROW.get(sign) or bare or "?"
    return near, error.end


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
    """Findings on a stream."""
    if sections := tuple(findings_section(findings, lang)):
        show(Page(sections=sections), stream, lang, simple=simple)


# -- findings ----------------------------------------------------------------------------------------------------------------


def findings_section(findings: Iterable[Finding], lang: str) -> Iterator[Section]:
    """What was found, in the order given; nothing when nothing was."""
    lines = tuple(one for finding in findings for one in _finding_lines(finding, lang))
    if lines:
        yield Section("findings", parts=lines, flush=True)


def finding_text(finding: Finding, lang: str) -> str:
    """One finding, on one to four lines."""
    return "\n".join(text for one in _finding_lines(finding, lang) for text in plain_part(one, lang))


def _finding_lines(finding: Finding, lang: str) -> Iterator[Line]:
    """`file:line:column: what (code)`; the source line with a caret; other places; what to do."""
    message, hint = said(finding.code, finding.values, lang)
    place = f"{line(str(finding.place))}: " if finding.place else ""
    kind = finding.severity if finding.severity in ("info", "warning") else "error"
    word = template(f"screen.{kind}", lang)
    what = Span(message if place or word else capital(message), "error" if kind == "error" else "")
    yield Line((Span(place, "strong"), Span(word, kind), what, Span(f" ({finding.code})", "small")))
    if finding.place and finding.place.text and finding.place.column:
        text, column = finding.place.text, finding.place.column
        start = max(0, column - 60)
        yield Line(visible(text[start : start + _WIDTH]).replace("\n", " "), indent=4, fixed=True)
        yield Line(" " * len(visible(text[start : column - 1])) + "^", indent=4, fixed=True)
    for other in finding.more_places:
        yield Line(template("screen.also", lang) + str(other), indent=4)
    if hint:
        yield Line((Span(template("screen.hint", lang), "good"), hint), indent=4)
    if finding.values.get("case"):
        yield from (Line(t, indent=4) for t in finding.values["case"].strip().split("\n"))


def bug_of(error: BaseException) -> Finding:
    """An error of ours as a finding: its kind and the place in our code; never its message, which may hold a person's value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2] if trace else "?"
    where = f"{file}:{trace.tb_lineno}" if trace else "?"
    return Finding(code="CEP530", values={"kind": type(error).__name__, "where": where})


# -- progress ----------------------------------------------------------------------------------------------------------------


@contextmanager
def progress(
    label: str, total: int | None, stream: TextIO, lang: str, *, unit: str = "bytes"
) -> Iterator[Callable[[int], None]]:
    """A bar with per cent, rate and time left while the block runs; the value is a function to be told of each advance.

    `total`: in bytes, or a count of things with `unit="count"`; None when it is not known. Nothing is drawn where there is no
    terminal: the stream then receives nothing at all. The bar is erased at the end, so that what is told afterwards stands alone.
    """
    if not boxes(stream):
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, Task, TaskProgressColumn, TextColumn  # seldom drawn
    from rich.text import Text

    from cep_route.render.terminal import console, held

    class Pace(TextColumn):
        """How much a second, and the time that is left."""

        def render(self, task: Task) -> Text:
            return Text(held(_pace(task.finished_speed or task.speed, task.time_remaining, lang, unit)))

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn("{task.percentage:>3.0f}" + template("screen.percent", lang)),
        Pace(""),
    )
    out = console(lenient(stream))
    with Progress(
        *columns, console=out, transient=True, refresh_per_second=5, redirect_stdout=False
    ) as shown:
        task = shown.add_task(held(label), total=total)
        yield lambda n: shown.advance(task, n)


def _pace(speed: float | None, seconds: float | None, lang: str, unit: str) -> str:
    told = [] if speed is None else [say("screen.a_second", lang, amount=_amount(speed, lang, unit))]
    if seconds is not None:
        told.append(say("screen.left", lang, time=f"{int(seconds) // 60}:{int(seconds) % 60:02d}"))
    return " ".join(told)


def _amount(number: float, lang: str, unit: str) -> str:
    """So many bytes in units of a thousand, or a count in groups of three digits, as the language writes them."""
    if unit != "bytes":
        return written(round(number), lang)
    smallest, *units = template("screen.units", lang).split()
    name = smallest
    while number >= 1000 and units:
        number, name = number / 1000, units.pop(0)
    return f"{written(round(number, 0 if name == smallest else 1), lang)}\u00a0{name}"
