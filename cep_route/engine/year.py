"""A year of several situations: one route per stretch of months, with the hand-over at each change (Céreq Études 22, § 6.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cep_route.model.answer import Profile, Route

# What a month's own situation replaces: the rest of the person goes on through the year.
_OF_THE_MONTH = ("status", "employed", "seeking", "contract", "csp", "resigning", "job_at_risk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive months with one situation: its first day, its months (1-12), and its route. `hand_over`: who leaves, who comes."""

    day: str
    months: tuple[int, ...]
    route: Route
    hand_over: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def calendar(profile: Profile, on: str, route: Callable[[Profile, str], Route]) -> tuple[Stretch, ...]:
    """Twelve months from the month of `on`, cut where the situation changes. `route` answers for one profile and day."""
    year, month = int(on[:4]), int(on[5:7])
    stretches: list[tuple[str, list[int], dict[str, Any]]] = []
    for step in range(12):
        number = (month - 1 + step) % 12 + 1
        told = next((facts for months, facts in profile.months if number in months), {})
        if stretches and stretches[-1][2] == told:
            stretches[-1][1].append(number)
        else:
            first = on if step == 0 else f"{year + (month - 1 + step) // 12:04d}-{number:02d}-01"
            stretches.append((first, [number], told))
    found: list[Stretch] = []
    for day, months, told in stretches:
        answer = route(of_the_month(profile, told), day)
        before = found[-1].route.decision.first if found else answer.decision.first
        leaves = tuple(c for c in before if c not in answer.decision.first)
        comes = tuple(c for c in answer.decision.first if c not in before)
        hand_over = (leaves, comes) if leaves or comes else None
        found.append(Stretch(day=day, months=tuple(months), route=answer, hand_over=hand_over))
    return tuple(found)


def of_the_month(profile: Profile, told: dict[str, Any]) -> Profile:
    """The person as they are in a month whose own situation is told (empty: as through the rest of the year)."""
    if not told:
        return replace(profile, months=())
    kept = {name: value for name, value in profile.facts.items() if name not in _OF_THE_MONTH}
    return replace(profile, facts={**kept, **told}, months=())
