"""Whether the desks of an answer are open at an hour told, and when they open next. It reads no clock and moves no desk.

Hours are read by the library that knows the grammar of OpenStreetMap and the public holidays of France; it is loaded when an hour is
told and a desk has hours, never before. A holiday of which the hours say nothing is not known: most doors are shut, some are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from cep_route.model.answer import Desk, Opening, Route

AHEAD_DAYS = 366  # how far the next opening is looked for
# Legal holidays of a few départements, which the library has not: L3134-13 (Alsace, Moselle) and L3422-2 (overseas) of the code du
# travail, in the grammar of hours.
_ALSACE = "Dec 26,easter -2 days"
_LOCAL = {
    "57": _ALSACE, "67": _ALSACE, "68": _ALSACE, "971": "May 27", "972": "May 22", "973": "Jun 10", "974": "Dec 20",
    "976": "Apr 27", "977": "Oct 9", "978": "May 28",
}  # fmt: skip
# The clocks of the overseas départements and collectivities; everywhere else it is that of Paris.
_CLOCKS = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot",
}  # fmt: skip


def with_opening(route: Route, at: str, *, live: bool = False) -> Route:
    """The same answer, each desk that has hours with its `open` at that hour (`HH:MM`) of the day of the route.

    `live`: the hour was read off the clock of today. The hours of a national number may be those of another place (`tz`).
    """
    moment = f"{route.decision.on}T{at}"
    mine = _CLOCKS.get((route.profile.commune or "")[:3], "Europe/Paris")

    def told(desk: Desk | None) -> Any:
        if desk is None:
            return None
        there = moment
        if desk.tz and desk.tz != mine:
            from zoneinfo import (
                ZoneInfo,
            )  # a system may have no table of clocks: asked of only where it counts

            here = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(mine))
            there = here.astimezone(ZoneInfo(desk.tz)).strftime("%Y-%m-%dT%H:%M")
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


def opening(hours: str, moment: str, commune: str | None = None) -> Opening:
    """Open or not at an ISO moment, until when, and when next. `commune`: its département may have holidays of its own."""
    code = commune or ""
    return _read(hours, moment, _LOCAL.get(code[: 3 if code.startswith("97") else 2], ""))


@lru_cache(maxsize=4096)  # a desk stands in an answer several times
def _read(hours: str, moment: str, local: str) -> Opening:
    from opening_hours import validate  # heavy: only where hours are judged

    if not validate(hours):
        return Opening(at=moment, now=None, why="unreadable")
    here = datetime.fromisoformat(moment)
    end = here + timedelta(days=AHEAD_DAYS)
    now: bool | None = False
    until = note = why = None
    for opens, closes, unsure, comment in _spans(hours, here, end, local):
        if opens <= here:
            now, why, note = (None if unsure else True), unsure, comment
            until = closes.isoformat(timespec="minutes") if closes < end and not unsure else None
        elif not unsure:
            following, told = opens.isoformat(timespec="minutes"), comment if now is False else note
            return Opening(at=moment, now=now, until=until, next=following, note=told, why=why)
    return Opening(at=moment, now=now, until=until, note=note, why=why)


def _spans(
    hours: str, here: datetime, end: datetime, local: str
) -> Iterator[tuple[datetime, datetime, str | None, str | None]]:
    """The times that are not closed: each with why it is not sure, if it is not, and what is added.

    They are read day by day, for a holiday may begin at midnight; those that touch and say the same are one.
    """
    from opening_hours import OpeningHours, State

    shut = local and ("PH off" in hours or "PH closed" in hours)
    book = OpeningHours(f"{hours}; {local} off" if shut else hours, country="FR")
    holidays = OpeningHours(f"PH; {local}" if local else "PH", country="FR")
    silent = "PH" not in hours and "24/7" not in hours
    school = re.search(r"\bSH\b", hours)  # school holidays are in no calendar here: never « open »
    last: tuple[datetime, datetime, str | None, str | None] | None = None
    for start, stop, state, comment in book.intervals(here, end):
        opens = start
        while state != State.CLOSED and opens < stop:
            closes = min(stop, datetime(opens.year, opens.month, opens.day) + timedelta(days=1))  # noqa: DTZ001  # wall clock
            unsure = "uncertain" if state != State.OPEN or school else None
            told = ("holiday" if silent and holidays.is_open(opens) else unsure, comment or None)
            if last is not None and (last[1], *last[2:]) == (opens, *told):
                opens = last[0]
            elif last is not None:
                yield last
            last, opens = (opens, closes, *told), closes
    if last is not None:
        yield last
