"""The same answers from Python: `load` the rules and a territory once, then `route` as many profiles as you like.

    from cep_route import Profile, load, route
    desk = load("c3a")
    answer = route(desk, Profile(facts={"status": "employee", "age": 40}, commune="99501"), on="2026-11-22")

Reads files in `load` only; `route` is pure and may be called from several threads.
"""

from __future__ import annotations

from cep_route import files, places
from cep_route.engine import where
from cep_route.engine.profile import contradictions
from cep_route.engine.route import Judge
from cep_route.model.answer import Finding, Profile, Route
from cep_route.model.record import Record

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from typing import Any


class Unreadable(Exception):  # noqa: N818  # it says what happened
    """The rules, the territory or the profile hold faults: `findings` says which."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(", ".join(f.code for f in findings))
        self.findings = findings


class Loaded(Record):
    """What `load` read: a judge for the law, one for the configurations, a territory and its ground."""

    judge: Judge
    configurations: Judge | None
    territory: dict[str, Any]
    ground: where.Ground


def load(territory: str = "france", *, rules: str | None = None, territories: str | None = None) -> Loaded:
    """Read the rules and a territory (an id or a file); raises `Unreadable` with the findings.

    A territory too old to send someone by is read all the same: `cep_route.engine.age.too_old` says so.
    """
    law, findings = files.load_law(rules)
    if law is None:
        raise Unreadable(findings)
    found, findings = files.load_territory(territory, law, territories)
    if found is None:
        raise Unreadable(findings)
    cooperation, _ = files.load_cooperation(rules)
    return Loaded(
        judge=Judge(law),
        configurations=Judge(cooperation) if cooperation else None,
        territory=found,
        ground=where.ground_of(found, places, places.great_circle),
    )


def route(desk: Loaded, profile: Profile, on: str) -> Route:
    """The whole answer for a profile on an ISO day; raises `Unreadable` when its facts contradict each other."""
    findings = contradictions(profile, desk.judge, on)
    if findings:
        raise Unreadable(findings)
    return where.route(desk.judge, profile, on, desk.territory, desk.ground, desk.configurations)
