"""Opening hours as OpenStreetMap writes them: can they be read, and does a later rule wipe out an earlier one unsaid?

`Mo-Th 08:30-12:45 "sans rendez-vous"; Mo-Th 12:45-16:30 "sur rendez-vous"` is closed on Monday morning: after `;` the second rule
takes the days of the first; a comma adds to it. It never says when a desk is open, and never changes a text.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

# A year that begins on a Monday and holds every month: long enough for any rule of a week, a month or a season. Two weeks of it are
# for plain rules of days of the week.
_FROM = datetime(2024, 1, 1)  # noqa: DTZ001  # wall-clock hours have no zone
_YEAR, _WEEKS = _FROM + timedelta(days=371), _FROM + timedelta(days=14)
_PLAIN = re.compile(r'(?:Mo|Tu|We|Th|Fr|Sa|Su|[-,])+ [0-9:,-]+(?: "[^"]*")?')
_Day = dict[int, list[tuple[datetime, datetime]]]


def readable(text: str) -> bool:
    """Whether the grammar of opening hours takes the text."""
    from opening_hours import validate

    return bool(validate(text))


@lru_cache(maxsize=4096)
def overridden(text: str) -> tuple[str, str] | None:
    """A rule that loses hours to a later one, with that one; or nothing.

    Closing (`We off`, `PH off`) and shortening a day (`Mo-Fr 09:00-17:00; Fr 09:00-12:00`) are what `;` is for. Losing a rule
    whole, or half a day because the other half is told after, is not.
    """
    rules = _rules(text)
    if len(rules) < 2:
        return None
    until = _WEEKS if all(map(_PLAIN.fullmatch, rules)) else _YEAR
    days = [_open_days(rule, until) for rule in rules]
    for late in range(1, len(rules)):
        for early in range(late):
            if _wiped(days[early], days[late]):
                return rules[early], rules[late]
    return None


def _wiped(early: _Day, late: _Day) -> bool:
    shared = early.keys() & late.keys()
    if not shared:
        return False
    whole = shared == early.keys() and len(early) > 1  # a single day of the year is a deliberate exception
    apart = any(not _meet(early[day], late[day]) for day in shared)
    return whole or apart


def _meet(these: list[tuple[datetime, datetime]], those: list[tuple[datetime, datetime]]) -> bool:
    return any(a < d and c < b for a, b in these for c, d in those)


def _rules(text: str) -> list[str]:
    """The rules between `;` that stand outside quotes."""
    return [rule.strip() for rule in re.findall(r'(?:"[^"]*"|[^;"]|")+', text) if rule.strip()]


def _open_days(rule: str, until: datetime) -> _Day:
    """For each day until another, the hours at which this rule alone opens."""
    from opening_hours import OpeningHours, State

    if not readable(rule):
        return {}
    found: _Day = {}
    for start, end, state, _ in OpeningHours(rule).intervals(_FROM, until):
        if state == State.CLOSED:
            continue
        day = start
        while day < end:
            midnight = datetime(day.year, day.month, day.day) + timedelta(days=1)  # noqa: DTZ001  # as above
            found.setdefault(day.toordinal(), []).append((day, min(end, midnight)))
            day = midnight
    return found
