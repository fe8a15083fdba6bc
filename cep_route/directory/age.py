"""How old the facts of a territory file are on a day, and whether that is too old to send someone by. Pure; it refuses nobody.

Whoever opens a territory asks `too_old` of it: named by the user, it is refused unless its age is accepted; chosen by the commune, the
whole country's channels answer in its place (`said_instead`), so that nobody is left without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cep_route.model.answer import Finding

OLD_MONTHS = 24  # a parameter of ours: the age at which data·inclusion's own rows are to be checked again


def too_old(territory: Mapping[str, Any], on: str, months: int = OLD_MONTHS) -> Finding | None:
    """The finding that refuses a territory on a day; None when it may serve. An invented territory does not age."""
    head = territory["territory"]
    if territory.get("communes"):  # communes of its own: fictitious
        return None
    age = months_between(str(head["as_of"]), on)
    if age < months:
        return None
    return Finding(
        code="CEP720", values={"territory": head["id"], "as_of": str(head["as_of"]), "months": str(age)}
    )


def said_instead(refused: Finding) -> Finding:
    """What is said when the national channels answer in the place of a territory too old."""
    values = {key: refused.values[key] for key in ("territory", "as_of")}
    return Finding(code="CEP721", values=values, severity="warning")


def months_between(since: str, on: str) -> int:
    """Whole months from one ISO day to another."""
    months = (int(on[:4]) - int(since[:4])) * 12 + int(on[5:7]) - int(since[5:7])
    return months - (on[8:] < since[8:])
