"""A person who shows something, as a `cep-route route` line and as a case to add. It formats values; it never judges or decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cep_route.checks.cases import Case
from cep_route.model.law import FOREVER, Outcome, written

_FLAGS = ("age", "status", "cadre", "disability")  # facts with a flag of their own; every other is a --fact


def one(facts: Mapping[str, Iterable[Any]]) -> dict[str, str]:
    """One person: of each set of values the first."""
    return {name: str(next(iter(values))) for name, values in facts.items()}


def told(facts: Mapping[str, Iterable[Any]]) -> str:
    """`status = jobseeker, age = 16..25`: everyone who matches."""
    return ", ".join(f"{name} = {' '.join(written(values))}" for name, values in facts.items())


def day_in(since: str, until: str) -> str:
    """A day people would write inside a stretch of days."""
    if since > "1900":
        return since
    return until if until < FOREVER else "2000-01-01"


def route_line(person: Mapping[str, str], on: str) -> str:
    """The command that shows the person's route."""
    words = [
        f"--{name} {value}" if name in _FLAGS else f"--fact {name}={value}" for name, value in person.items()
    ]
    return " ".join(["cep-route route", *words, f"--on {on}"])


def case_block(
    name: str,
    on: str,
    person: Mapping[str, str],
    outcome: Outcome | None,
    says: Mapping[str, str] | None = None,
) -> str:
    """The person as a case to add; without an outcome the expected answer is left for a jurist to fill in."""
    facts = ", ".join(f"{n} = {v if v.isdigit() else quoted(v)}" for n, v in person.items())
    lines = ["[[cases]]", f"id = {quoted(name)}", f"on = {on}", f"facts = {{ {facts} }}"]
    if outcome is None:
        lines.append("first_any_of = []  # to fill in: who the law sends this person to")
    else:
        lines += [f"first = {listed(outcome.first)}", f"eligible = {listed(outcome.eligible)}"]
        lines += [f"see = {listed(outcome.see)}"] * bool(outcome.see) + ["exact = true"]
    lines += [f"{key} = {quoted(text)}" for key, text in (says or {}).items()]
    return "\n".join(lines) + "\n"


def case_text(case: Case) -> str:
    """A whole case as TOML."""
    facts = ", ".join(f"{n} = {v if isinstance(v, int) else quoted(v)}" for n, v in case.facts.items())
    lines = ["[[cases]]", f"id = {quoted(case.id)}", f"on = {case.on}", f"facts = {{ {facts} }}"]
    for key in ("first", "first_any_of", "eligible", "must_not", "see", "missing"):
        words = getattr(case, key) or ()
        lines += [f"{key} = {listed(words)}"] * bool(words)
    lines += [f"{key} = true" for key in ("exact", "undecided") if getattr(case, key)]
    for key in ("territory", "commune", "scheme", "says", "place", "why", "source", "confidence"):
        text = getattr(case, key) or ""
        lines += [f"{key} = {quoted(text)}"] * bool(text)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def listed(words: Iterable[str]) -> str:
    """A TOML list of strings."""
    return f"[{', '.join(quoted(w) for w in words)}]"
