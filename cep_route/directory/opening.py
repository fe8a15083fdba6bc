"""Whether the desks of an answer are open at an hour told, and when they open next. It reads no clock and moves no desk.

Hours are read by the library that knows the grammar of OpenStreetMap and the public holidays of France; it is loaded when an hour is
told and a desk has hours, never before. A holiday of which the hours say nothing is not known: most doors are shut, some are not.
"""

from __future__ import annotations

import re
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


@lru_cache(maxsize=4096)  # a desk stands in an answer several times
def opening(hours: str, moment: str, commune: str | None = None) -> Opening:
    """Open or not at an ISO moment, until when, and when next. `commune`: its département may have holidays of its own."""
    from opening_hours import OpeningHours, State, validate  # heavy: only where hours are judged

    if not validate(hours):
        return Opening(at=moment, now=None, why="unreadable")
    here = datetime.fromisoformat(moment)
    end = here + timedelta(days=AHEAD_DAYS)
    local = _LOCAL.get((commune or "")[: 3 if (commune or "").startswith("97") else 2], "")
    # when it is surely open: not on holidays where the hours say nothing of them, nor on local ones where they shut on the others
    silent, shut = "PH" not in hours and "24/7" not in hours, "PH off" in hours or "PH closed" in hours
    off = [f"{days} off" for days, told in (("PH", silent), (local, silent or shut)) if days and told]
    sure = OpeningHours("; ".join([hours, *off]), country="FR")
    school = re.search(r"\bSH\b", hours)  # school holidays are in no calendar here: never « open »
    state, note = (OpeningHours(hours, country="FR") if silent else sure).state(here)
    why = "holiday" if sure.is_closed(here) else "uncertain" if state != State.OPEN or school else None
    now = False if state == State.CLOSED else None if why else True
    told = Opening(at=moment, now=now)
    if now is not False:
        told = replace(told, note=note or None, why=why)
    for opens, closes, state, comment in sure.intervals(here, end):
        if opens <= here and now and closes < end:
            told = replace(told, until=closes.isoformat(timespec="minutes"))
        elif opens > here and state == State.OPEN and not school:
            following = opens.isoformat(timespec="minutes")
            return replace(told, next=following, note=(comment or None) if now is False else told.note)
    return told
