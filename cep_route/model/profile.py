"""A person on a day: the age that a birth date gives, a year of several situations (Céreq Études 22, § 6.3), the order of needs. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from cep_route.model.answer import Profile, Route
from cep_route.model.law import YEARS, Law, Value, next_day
from cep_route.model.territory import Territory

MODES = ("en-presentiel", "a-distance")  # data·inclusion's words
# What a month's own situation replaces: the rest of the person goes on through the year.
_OF_THE_MONTH = ("status", "employed", "seeking", "contract", "csp", "resigning", "job_at_risk")


def facts_on(profile: Profile, on: str) -> dict[str, Value]:
    """The facts of a profile on a day: the birth date, when told, gives the age."""
    facts = dict(profile.facts)
    if profile.birth_date:
        facts["age"] = min(max(age_on(profile.birth_date, on), 0), YEARS[-1])
    return facts


def age_on(birth_date: str, on: str) -> int:
    """Completed years. Born on 29 February: the birthday is 1 March in common years (a convention, stated in the answer)."""
    years = int(on[:4]) - int(birth_date[:4])
    return years - (on[5:] < birth_date[5:])


def birthday(birth_date: str, age: int) -> str:
    """The ISO day on which the person completes `age` years."""
    year = int(birth_date[:4]) + age
    month_day = birth_date[5:]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month_day == "02-29" and not leap:
        month_day = "03-01"
    return f"{year:04d}-{month_day}" if year <= 9999 else next_day("9999-12-30")


class Stretch(Struct, frozen=True, kw_only=True):
    """Consecutive months with one situation: its first day, its months (1-12), and its route. `hand_over`: who leaves, who comes."""

    day: str
    months: tuple[int, ...]
    route: Route
    hand_over: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def calendar(profile: Profile, on: str, route: Callable[[Profile, str], Route]) -> tuple[Stretch, ...]:
    """Twelve months from the month of `on`, cut where the situation changes. `route` answers for one profile and day."""
    year, month = int(on[:4]), int(on[5:7])

    def told(step: int) -> dict[str, Value]:
        return next((facts for months, facts in profile.months if (month - 1 + step) % 12 + 1 in months), {})

    found: list[Stretch] = []
    for facts, same in groupby(range(12), key=told):
        steps = [month - 1 + step for step in same]
        day = f"{year + steps[0] // 12:04d}-{steps[0] % 12 + 1:02d}-01" if found else on
        answer = route(of_the_month(profile, facts), day)
        comes = answer.decision.first
        leaves = found[-1].route.decision.first if found else comes
        moved = tuple(c for c in leaves if c not in comes), tuple(c for c in comes if c not in leaves)
        months = tuple(step % 12 + 1 for step in steps)
        hand_over = moved if any(moved) else None
        found.append(Stretch(day=day, months=months, route=answer, hand_over=hand_over))
    return tuple(found)


def of_the_month(profile: Profile, told: dict[str, Value]) -> Profile:
    """The person as they are in a month whose own situation is told (empty: as through the rest of the year)."""
    if not told:
        return replace(profile, months=())
    kept = {name: value for name, value in profile.facts.items() if name not in _OF_THE_MONTH}
    return replace(profile, facts={**kept, **told}, months=())


def ordered_needs(
    needs: Iterable[str], blocking: Iterable[str], law: Law, territory: Territory
) -> tuple[str, ...]:
    """Blocking needs first, then obstacles, project, carrying out (Céreq Études 22, § 4); as told within a family."""
    own = {n.code: n.family for n in territory.needs or ()}
    families = ("obstacles", "project", "carrying_out")
    blocked = tuple(blocking)
    asked = dict.fromkeys((*blocked, *needs))
    family = {need: own.get(need) or law.need(need).family or "carrying_out" for need in asked}
    return tuple(sorted(asked, key=lambda need: (need not in blocked, families.index(family[need]))))
