"""Findings for people: what and where, the line with a caret, what to do; the code stands small at the end of its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cep_route.messages import said, template
from cep_route.model.answer import Finding
from cep_route.render.parts import Said, Span, capital, text_of
from cep_route.render.safe import line, visible

_WIDTH = 100  # of a source line shown: a caret under column 40,000 helps nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """One line of a finding. `caret`: a line of a file or the sign below it, which no fold may touch."""

    said: Said
    indent: int = 0
    caret: bool = False


def finding_lines(finding: Finding, lang: str) -> Iterator[FindingLine]:
    """`file:line:column: what (code)`; the source line with a caret; other places; what to do."""
    message, hint = said(finding.code, finding.values, lang)
    place = f"{line(str(finding.place))}: " if finding.place else ""
    kind = "info" if finding.severity == "info" else "warning" if finding.severity == "warning" else "error"
    word = template(f"screen.{kind}", lang) if kind != "error" else ""
    yield FindingLine(
        said=(
            Span(place, "strong"),
            Span(word, kind),
            Span(line(message if place or word else capital(message)), "error" if kind == "error" else ""),
            Span(f" ({finding.code})", "small"),
        )
    )
    if finding.place and finding.place.text and finding.place.column:
        for text in _caret(finding.place.text, finding.place.column):
            yield FindingLine(said=text, indent=4, caret=True)
    for other in finding.more_places:
        yield FindingLine(said=template("screen.also", lang) + line(str(other)), indent=4)
    if hint:
        yield FindingLine(said=(Span(template("screen.hint", lang), "good"), line(hint)), indent=4)
    if finding.values.get("case"):
        for text in finding.values["case"].strip().split("\n"):
            yield FindingLine(said=visible(text), indent=4)


def finding_text(finding: Finding, lang: str) -> str:
    """One finding, on one to four lines."""
    return "\n".join(" " * part.indent + text_of(part.said) for part in finding_lines(finding, lang))


def findings_text(findings: Iterable[Finding], lang: str) -> str:
    """Findings in the order of their places, a blank line between none."""
    return "\n".join(finding_text(f, lang) for f in findings)


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
