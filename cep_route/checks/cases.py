"""Cases: a person as facts, a day, and what the law says of them. They are tried against the engine; nothing is read or printed here.

`first`: exactly who comes first; `first_any_of`: every acceptable first answer; `eligible`: all of these may serve; `must_not`: none of
these may; `see`: all of these bodies are named; `exact`: `eligible` and `see` are the whole lists; `undecided`: the facts told leave
several firsts possible, those of `first_any_of`, and `missing` are among the facts that divide them. `scheme`: the local scheme that
comes first on `territory`. `says`, `place`, `why`, `source`, `confidence` are words for the reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from cep_route.engine.explain import Judge, Placed
from cep_route.model.answer import Finding, Place, Profile, Route
from cep_route.model.law import Outcome, Value


class Case(Struct, frozen=True, kw_only=True):
    """One person, one day, and the answer expected. `at`: where it is written."""

    id: str
    on: str
    facts: dict[str, Any]
    birth_date: str | None = None
    first: tuple[str, ...] | None = None
    first_any_of: tuple[str, ...] = ()
    eligible: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    exact: bool = False
    undecided: bool = False
    missing: tuple[str, ...] = ()
    territory: str | None = None
    commune: str | None = None
    scheme: str | None = None
    says: str = ""
    place: str = ""
    why: str = ""
    source: str = ""
    confidence: str = "sure"
    at: Place | None = None

    def profile(self) -> Profile:
        """The person as a profile."""
        return Profile(facts=self.facts, birth_date=self.birth_date, commune=self.commune)


class Trial(Struct, frozen=True, kw_only=True):
    """What came of a set of cases: how many were tried and passed, and what failed."""

    tried: int
    passed: int
    findings: tuple[Finding, ...]


def run_cases(
    cases: Iterable[Case], judge: Judge, local: Callable[[Case], Route | None] | None = None
) -> Trial:
    """Try each case. `local` gives the route of a case on its territory; without it `scheme` is not tried."""
    tried = passed = 0
    findings: list[Finding] = []
    for case in cases:
        failed = list(_failed(case, judge, local))
        tried += 1
        passed += not failed
        findings += failed
    return Trial(tried=tried, passed=passed, findings=tuple(sorted(findings, key=Finding.order)))


def _failed(case: Case, judge: Judge, local: Callable[[Case], Route | None] | None) -> Iterator[Finding]:
    placed = Placed(judge, case.profile(), case.on)
    broken = judge.contradictions(placed.facts | placed.taken, case.on)
    if broken:
        values = {"id": case.id, "constraints": " ".join(c.id for c in broken)}
        yield Finding(code="CEP146", values=values, place=case.at)
        return
    for key, expected, found in unmet(case, placed.outcomes):
        yield _finding(case, key, expected, found)
    if case.missing:
        asked = [m.fact for m in judge.decide(case.profile(), case.on).missing]
        if not set(case.missing) <= set(asked):
            yield _finding(case, "missing", case.missing, asked)
    if case.scheme and local:
        route = local(case)
        schemes = [s.id for s in route.schemes if s.first] if route else []
        if case.scheme not in schemes:
            yield _finding(case, "scheme", [case.scheme], schemes)


def _finding(case: Case, key: str, expected: Iterable[str], found: Iterable[str]) -> Finding:
    values = {"id": case.id, "key": key, "expected": " ".join(expected), "found": " ".join(found) or "-"}
    return Finding(code="CEP145", values=values, place=case.at)


def unmet(case: Case, outcomes: Iterable[Outcome]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What a case expects and the outcomes do not give: (key, expected, found), each key once.

    `must_not` speaks of what is sure: an operator that comes first for someone, or serves everyone the person may be.
    """
    outcomes = list(outcomes)
    possible = tuple(dict.fromkeys(c for o in outcomes for c in o.first))
    serving = [c for c in outcomes[0].eligible if all(c in o.eligible for o in outcomes)] if outcomes else []
    either, sure = set(case.first_any_of), tuple(dict.fromkeys([*serving, *possible]))
    told: list[tuple[str, bool, tuple[str, ...], tuple[str, ...]]] = []  # key, does it hold, expected, found
    if case.undecided:
        open_ = len({o.first for o in outcomes}) > 1
        told.append(("undecided", open_, case.first_any_of, possible))
        told.append(
            ("first_any_of", not (open_ and either) or either == set(possible), case.first_any_of, possible)
        )
    for o in outcomes if not case.undecided else ():
        first, some = set(o.first), case.first or ()
        told.append(("first", case.first is None or (first == set(some) and not o.clash), some, o.first))
        told.append(
            ("first_any_of", not either or (bool(first) and first <= either), case.first_any_of, o.first)
        )
        for key, expected, found in (("eligible", case.eligible, o.eligible), ("see", case.see, o.see)):
            holds = set(expected) == set(found) if case.exact else set(expected) <= set(found)
            told.append((key, holds, expected, found))
    told.append(("must_not", not set(case.must_not) & set(sure), case.must_not, sure))
    failed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for key, holds, expected, found in told:
        if not holds:
            failed.setdefault(key, (expected, found))
    yield from ((key, *pair) for key, pair in failed.items())


# -- a person to show -----------------------------------------------------------------------------------------------------

_FLAGS = ("age", "status", "cadre", "disability")  # facts with a flag of their own; every other is a --fact


def route_line(facts: Mapping[str, Value], on: str) -> str:
    """The command that shows the person's route."""
    words = [
        f"--{name} {value}" if name in _FLAGS else f"--fact {name}={value}" for name, value in facts.items()
    ]
    return " ".join(["cep-route route", *words, f"--on {on}"])


def case_text(case: Case) -> str:
    """A whole case as TOML."""
    facts = ", ".join(f"{n} = {v if str(v).isdigit() else _toml(v)}" for n, v in case.facts.items())
    lines = ["[[cases]]", f"id = {_toml(case.id)}", f"on = {case.on}", f"facts = {{ {facts} }}"]
    for key in ("first", "first_any_of", "eligible", "must_not", "see", "missing"):
        words = getattr(case, key)
        lines += [f"{key} = {_toml(words)}"] * bool(words)
    lines += [f"{key} = true" for key in ("exact", "undecided") if getattr(case, key)]
    for key in ("territory", "commune", "scheme", "says", "place", "why", "source", "confidence"):
        text = getattr(case, key)
        lines += [f"{key} = {_toml(text)}"] * bool(text)
    return "\n".join(lines) + "\n"


def _toml(value: Value | tuple[str, ...]) -> str:
    """A string, or a list of strings: written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)
