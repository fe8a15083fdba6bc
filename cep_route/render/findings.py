"""Findings for people: what and where, the line with a caret, what to do; the code stands small at the end of its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cep_route.messages import said, template
from cep_route.model.answer import Finding
from cep_route.render.parts import Line, Section, Span, capital
from cep_route.render.safe import line, visible
from cep_route.render.text import plain_part

_WIDTH = 100  # of a source line shown: a caret under column 40,000 helps nobody


def findings_section(findings: Iterable[Finding], lang: str) -> Iterator[Section]:
    """What was found, in the order given; nothing when nothing was."""
    lines = tuple(line_ for finding in findings for line_ in finding_lines(finding, lang))
    if lines:
        yield Section(key="findings", parts=lines, flush=True)


def finding_lines(finding: Finding, lang: str) -> Iterator[Line]:
    """`file:line:column: what (code)`; the source line with a caret; other places; what to do."""
    message, hint = said(finding.code, finding.values, lang)
    place = f"{line(str(finding.place))}: " if finding.place else ""
    kind = finding.severity if finding.severity in ("info", "warning") else "error"
    word = template(f"screen.{kind}", lang)
    what = Span(message if place or word else capital(message), "error" if kind == "error" else "")
    code = Span(f" ({finding.code})", "small")
    yield Line(text=(Span(place, "strong"), Span(word, kind), what, code))
    if finding.place and finding.place.text and finding.place.column:
        yield from (
            Line(text=t, indent=4, fixed=True) for t in _caret(finding.place.text, finding.place.column)
        )
    for other in finding.more_places:
        yield Line(text=template("screen.also", lang) + str(other), indent=4)
    if hint:
        yield Line(text=(Span(template("screen.hint", lang), "good"), hint), indent=4)
    if finding.values.get("case"):
        yield from (Line(text=t, indent=4) for t in finding.values["case"].strip().split("\n"))


def finding_text(finding: Finding, lang: str) -> str:
    """One finding, on one to four lines."""
    return "\n".join(text for line_ in finding_lines(finding, lang) for text in plain_part(line_, lang))


def bug_of(error: BaseException) -> Finding:
    """An error of ours as a finding: its kind and the place in our code; never its message, which may hold a person's value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2] if trace else "?"
    where = f"{file}:{trace.tb_lineno}" if trace else "?"
    return Finding(code="CEP530", values={"kind": type(error).__name__, "where": where})


def _caret(text: str, column: int) -> list[str]:
    start = max(0, column - 60)
    shown = visible(text[start : start + _WIDTH]).replace("\n", " ")
    before = len(visible(text[start : column - 1]))
    return [shown, f"{' ' * before}^"]
