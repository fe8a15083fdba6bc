"""Whether the desks of an answer are open at an hour told, and when they open next. It reads no clock and moves no desk.

Hours are read by the library that knows the grammar of OpenStreetMap and the public holidays of France; it is loaded when an hour is
told and a desk has hours, never before. A holiday of which the hours say nothing is not known: most doors are shut, some are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from cep_route.model.answer import Desk, Opening, Route

_Span = tuple[datetime, datetime, str | None, str | None]  # opens, closes, why it is not sure, what is added


AHEAD_DAYS = 366  # how far the next opening is looked for
# Legal holidays of a few départements, which the library has not: L3134-13 (Alsace, Moselle) and L3422-2 (overseas) of the code du
# travail. Month and day.
_LOCAL = {
    "57": (12, 26), "67": (12, 26), "68": (12, 26), "971": (5, 27), "972": (5, 22), "973": (6, 10), "974": (12, 20), "976": (4, 27),
    "977": (10, 9), "978": (5, 28),
}  # fmt: skip
_GOOD_FRIDAY = ("57", "67", "68")


def with_opening(route: Route, at: str, *, live: bool = False) -> Route:
    """The same answer, each desk that has hours with its `open` at that hour (`HH:MM`) of the day of the route.

    `live`: the hour was read off the clock of today.
    """
    moment = f"{route.decision.on}T{at}"

    def told(desk: Desk | None) -> Any:
        if desk is None:
            return None
        there = _on_clock(moment, route.profile.commune, desk.tz)
        found = replace(opening(desk.hours, there, desk.commune), live=live) if desk.hours else None
        return replace(desk, open=found, nearest=told(desk.nearest))

    return replace(
        route,
        first=tuple(told(desk) for desk in route.first),
        desks={code: told(desk) for code, desk in route.desks.items()},
        bodies={code: told(desk) for code, desk in route.bodies.items()},
        schemes=tuple(replace(s, desk=told(s.desk)) for s in route.schemes),
        partners=tuple(replace(m, desk=told(m.desk)) for m in route.partners),
    )


# The clocks of the overseas départements and collectivities; everywhere else it is that of Paris.
_CLOCKS = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot",
}  # fmt: skip
_PARIS = "Europe/Paris"


def _on_clock(moment: str, home: str | None, clock: str | None) -> str:
    """A moment of the person's place on the clock of a channel whose hours are those of another place (a national number)."""
    mine = _CLOCKS.get((home or "")[:3], _PARIS)
    if clock is None or clock == mine:
        return moment
    from zoneinfo import ZoneInfo

    here = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(mine))
    return here.astimezone(ZoneInfo(clock)).strftime("%Y-%m-%dT%H:%M")


def opening(hours: str, moment: str, commune: str | None = None) -> Opening:
    """Open or not at an ISO moment, until when, and when next. `commune`: its département may have holidays of its own."""
    code = commune or ""
    return _read(hours, moment, code[: 3 if code.startswith("97") else 2])


@lru_cache(maxsize=4096)  # a desk stands in an answer several times
def _read(hours: str, moment: str, departement: str) -> Opening:
    from opening_hours import OpeningHours, validate  # heavy: only where hours are judged

    if not validate(hours):
        return Opening(at=moment, now=None, why="unreadable")
    book = OpeningHours(hours, country="FR")
    here = datetime.fromisoformat(moment)
    end = here + timedelta(days=AHEAD_DAYS)
    now: bool | None = False
    until = note = why = None
    for opens, closes, unsure, comment in _joined(_by_day(book, here, end, hours, departement)):
        if opens <= here:
            now, why, note = (None if unsure else True), unsure, comment
            until = _iso(closes) if closes < end and not unsure else None
        elif not unsure:
            told = comment if now is False else note
            return Opening(at=moment, now=now, until=until, next=_iso(opens), note=told, why=why)
    return Opening(at=moment, now=now, until=until, note=note, why=why)


def _by_day(book: Any, here: datetime, end: datetime, hours: str, departement: str) -> Iterator[_Span]:
    """The times that are not closed, cut at midnight: each with why it is not sure, if it is not."""
    from opening_hours import OpeningHours, State

    national = OpeningHours("PH", country="FR")
    school = (
        re.search(r"\bSH\b", hours) is not None
    )  # school holidays are in no calendar here: never « open »
    for start, stop, state, comment in book.intervals(here, end):
        opens = start
        while state != State.CLOSED and opens < stop:
            midnight = datetime(opens.year, opens.month, opens.day) + timedelta(days=1)  # noqa: DTZ001  # wall clock
            closes = min(stop, midnight)
            listed, local = national.is_open(opens), _local_holiday(opens, departement)
            unsure = "uncertain" if state != State.OPEN or school else None
            if (listed or local) and "PH" not in hours and "24/7" not in hours:
                unsure = "holiday"
            if not (local and not listed and ("PH off" in hours or "PH closed" in hours)):
                yield opens, closes, unsure, comment or None
            opens = closes


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Spans that touch and say the same are one: a night, or a door that never closes."""
    last: _Span | None = None
    for span in spans:
        if last is not None and last[1] == span[0] and last[2:] == span[2:]:
            last = (last[0], *span[1:])
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _local_holiday(day: datetime, departement: str) -> bool:
    if (day.month, day.day) == _LOCAL.get(departement):
        return True
    if departement not in _GOOD_FRIDAY or day.weekday() != 4:
        return False
    from opening_hours import OpeningHours

    return bool(OpeningHours("easter", country="FR").is_open(day + timedelta(days=2)))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
