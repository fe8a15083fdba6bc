"""Findings for people: `file:line:column: CODE message`, the line with a caret, the hint; editors jump to the first word."""

from __future__ import annotations

from collections.abc import Iterable

from cep_route.messages import said, template
from cep_route.model.answer import Finding
from cep_route.render.safe import line, visible

_WIDTH = 100  # of a source line shown: a caret under column 40,000 helps nobody


def finding_text(finding: Finding, lang: str) -> str:
    """One finding, on one to four lines."""
    message, hint = said(finding.code, finding.values, lang)
    place = f"{line(str(finding.place))}: " if finding.place else ""
    severity = "" if finding.severity == "error" else template(f"finding.{finding.severity}", lang) + " "
    parts = [f"{place}{severity}{finding.code} {line(message)}"]
    if finding.place and finding.place.text and finding.place.column:
        parts += _caret(finding.place.text, finding.place.column)
    parts += [f"    {template('finding.also', lang)} {line(str(other))}" for other in finding.more_places]
    if hint:
        parts.append(f"    {template('finding.advice', lang)} {line(hint)}")
    if finding.values.get("case"):
        parts += [f"    {visible(text)}" for text in finding.values["case"].strip().split("\n")]
    return "\n".join(parts)


def bug_of(error: BaseException) -> Finding:
    """An error of ours as a finding: its kind and the place in our code; never its message, which may hold a person's value."""
    from cep_route.model.answer import Finding

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
    return [f"    {shown}", f"    {' ' * before}^"]


def findings_text(findings: Iterable[Finding], lang: str) -> str:
    """Findings in the order of their places, a blank line between none."""
    return "\n".join(finding_text(f, lang) for f in findings)
