"""The law as the engine holds it: facts, rules, and the tables of each stretch of days. Compiled in `compile`; decides nothing.

It holds only strings, numbers, tuples and dicts, so it can be kept on disk with `marshal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

YEARS = range(121)
FOREVER = "9999-12-31"
BEGINNING = "0001-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Everything the engine needs, compiled: facts, constraints, rules, the tables of each date segment, and the words.

    `facts`: name -> {kind, values, label, labels, question, help, can_change, flag, places}; `doubts`: what is said to contradict
    itself and is answered; `presumptions`: facts taken as told (`engine.presume`); `rules`: one card per version;
    `segments`: in order of time, each with the tables described in `compile`; `digest`: sha256 of the files compiled.
    `Law(**law.plain())` is the law again.
    """

    facts: dict[str, Any]
    constraints: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]
    segments: tuple[dict[str, Any], ...]
    operators: dict[str, Any]
    bodies: dict[str, Any]
    sources: dict[str, Any]
    needs: dict[str, Any]
    publics: dict[str, Any]
    digest: str
    doubts: tuple[dict[str, Any], ...] = ()
    presumptions: tuple[dict[str, Any], ...] = ()

    def segment(self, on: str) -> dict[str, Any]:
        """The tables in force on an ISO day."""
        segment: dict[str, Any] = next(s for s in reversed(self.segments) if s["since"] <= on)
        return segment


def next_day(iso: str) -> str:
    return _shift(iso, 1)


def day_before(iso: str) -> str:
    day = int(iso[8:])
    # most days of a month follow one of the same month: no calendar is asked
    return f"{iso[:8]}{day - 1:02d}" if day > 1 else _shift(iso, -1)


def _shift(iso: str, days: int) -> str:
    from datetime import date, timedelta

    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()


def spread(values: Iterable[str]) -> tuple[int, ...]:
    """Whole years named by `"16..25"` or `"16"`."""
    found: list[int] = []
    for value in values:
        low, _, high = value.partition("..")
        found.extend(range(int(low), int(high or low) + 1))
    return tuple(dict.fromkeys(found))


def in_force(thing: Mapping[str, Any], on: str) -> bool:
    """`since` and `until` may be a year, a month or a day: the first and the last day they may mean."""
    since, until = str(thing.get("since", "")), str(thing.get("until", FOREVER))
    return since <= on <= until + FOREVER[len(until) :]


def open_scheme(scheme: Mapping[str, Any], on: str) -> bool:
    """Active, within its dates, and its money not run out."""
    funded = {"until": scheme.get("funded_until", FOREVER)}
    return scheme["status"] == "active" and in_force(scheme, on) and in_force(funded, on)
