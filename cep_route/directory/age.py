"""How old an entry is on a day, what stands on that day, and how an entry of that age is shown. Pure; an age never refuses anything."""

from __future__ import annotations

from typing import TypeAlias

from cep_route.model.law import FOREVER, Channel, within
from cep_route.model.territory import Coordination, House, Scheme

# Parameters of ours, in whole months: up to the first an entry is shown plainly, up to the second « à vérifier », then only after the
# national channel. A sheet that nobody edited for `UNTOUCHED` months is to be checked, whatever the day of the snapshot.
PLAIN_MONTHS, VERIFY_MONTHS, UNTOUCHED_MONTHS = 12, 36, 60

Dated: TypeAlias = House | Coordination | Scheme | Channel  # what begins and ends, where that is told


def months_between(since: str, on: str) -> int:
    """Whole months from one ISO day to another; of a month or a year told alone, from its first day."""
    since = since + "-01-01"[len(since) - 10 :] if len(since) < 10 else since
    months = (int(on[:4]) - int(since[:4])) * 12 + int(on[5:7]) - int(since[5:7])
    return months - (on[8:] < since[8:])


def last_of(moment: str) -> str:
    """The last day that a year, a month or a day may mean."""
    return moment + FOREVER[len(moment) :]


def stands(thing: Dated, on: str) -> bool:
    """Whether it has begun and not ended: the first and the last day its dates may mean."""
    return within(thing.since, thing.until, on)


def runs(scheme: Scheme, on: str) -> bool:
    """Active, within its dates, and its money not run out."""
    return scheme.status == "active" and stands(scheme, on) and on <= last_of(scheme.funded_until or FOREVER)


def shown_as(as_of: str, edited_on: str | None, on: str) -> str:
    """`plain`, `verify`, `old` or `today`: how an entry confirmed on `as_of` and last edited on `edited_on` is shown on a day."""
    if on < as_of:
        return "today"  # a route of the past: the address is that of the snapshot
    age = (months_between(as_of, on), on[8:] > as_of[8:])  # the last day of a month is still of that month
    if age > (VERIFY_MONTHS, False):
        return "old"
    untouched = edited_on is not None and months_between(edited_on, on) >= UNTOUCHED_MONTHS
    return "verify" if untouched or age > (PLAIN_MONTHS, False) else "plain"
