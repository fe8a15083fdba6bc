"""A territory without one of its parts, and what that changes: who loses what, what holds. It removes; it never guesses a replacement.

What the file does not tell stays unknown: a scheme that loses its pilot has none written, so that the engine may answer "2 or 3".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import ordered
from cep_route.engine.compare import Sides
from cep_route.model.law import in_force, open_scheme
from cep_route.model.territory import Territory, of_plain, plain_of

REGION = ("region", "conseil regional")  # how the file's own words name the Region as a funder
_NETWORKS_OF_REGION = ("regions",)  # data·inclusion's code


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the removal does to one thing: `ends`, `holds`, `weakened` (it loses one funder of several), `unknown`."""

    what: str
    id: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """People of the same first doors, at the same places, whose way in changes alike; `then`: their first doors afterwards."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    before: str
    after: str
    communes: tuple[str, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two diagnoses beside each other. `lost` and `gained`: things by kind (schemes, tools, ties, operators, partners,
    needs...); `totals`: how many there were.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    effects: tuple[Effect, ...]
    moved: tuple[Moved, ...]
    lost: dict[str, tuple[tuple[str, ...], ...]]
    gained: dict[str, tuple[tuple[str, ...], ...]]
    holds: dict[str, tuple[str, ...]]
    totals: dict[str, int]
    same_cells: int


def choices(territory: Territory) -> tuple[str, ...]:
    """Every `--without` that names something of this territory."""
    ties = (f"tie:{t['from']}/{t['to']}" for t in territory.get("ties") or ())
    return (
        *(["coordination"] if territory.coordination and territory.coordination.status == "active" else []),
        "region",
        *(f"scheme:{s['id']}" for s in territory.get("schemes") or ()),
        *(f"operator:{o['id']}" for o in territory.get("operators") or ()),
        *dict.fromkeys(ties),
    )


def without(territory: Territory, what: str, on: str) -> tuple[Territory, tuple[Effect, ...]] | None:
    """The territory less one part, and what it did; None when `what` names nothing here."""
    if what not in choices(territory):
        return None
    new = plain_of(territory)
    kind, _, name = what.partition(":")
    if kind == "coordination":
        new["coordination"]["status"] = "stopped"
        return of_plain(new), (Effect(what="coordination", id=_called(new["coordination"]), effect="ends"),)
    if kind == "scheme":
        for scheme in new["schemes"]:
            if scheme["id"] == name:
                scheme["status"] = "closed"
        return of_plain(new), (Effect(what="scheme", id=name, effect="ends"),)
    if kind == "operator":
        effects = tuple(_less_operator(new, name))
        return of_plain(new), effects
    if kind == "tie":
        left, right = name.split("/")
        new["ties"] = [t for t in new["ties"] if (t["from"], t["to"]) != (left, right)]
        return of_plain(new), (Effect(what="tie", id=name, effect="ends"),)
    effects = tuple(_less_region(new, on))
    return of_plain(new), effects


def _called(thing: Mapping[str, Any]) -> str:
    return str(thing.get("name") or thing.get("id") or thing.get("type") or "")


def _less_operator(new: dict[str, Any], name: str) -> Iterator[Effect]:
    yield Effect(what="operator", id=name, effect="ends")
    new["operators"] = [o for o in new["operators"] if o["id"] != name]
    for tie in new.get("ties") or ():
        if name in (tie["from"], tie["to"]):
            yield Effect(what="tie", id=f"{tie['from']}/{tie['to']}", effect="ends")
    if new.get("ties"):
        new["ties"] = [t for t in new["ties"] if name not in (t["from"], t["to"])]
    for scheme in new.get("schemes") or ():
        if scheme.get("pilot") == name:
            del scheme["pilot"]  # who takes over is not known
            yield Effect(what="scheme", id=scheme["id"], effect="unknown")
    for body in (new.get("coordination") or {}, *(new.get("schemes") or ()), *(new.get("tools") or ())):
        for key in ("member_operators", "actors"):
            if name in (body.get(key) or ()):
                body[key] = [m for m in body[key] if m != name]


def _less_region(new: dict[str, Any], on: str) -> Iterator[Effect]:
    """The Region withdraws: what it alone pays ends, what it launched and others run goes on, what it shares is weakened."""
    new["region"] = {
        **(new.get("region") or {}),
        "territorialisation": "none",
        "included": False,
        "political_support": "none",
        "technical_support": "none",
    }
    gone = [p for p in new.get("partners") or () if p.get("network") in _NETWORKS_OF_REGION]
    names = {p["id"] for p in gone}
    if gone:
        new["partners"] = [p for p in new["partners"] if p["id"] not in names]
        yield from (Effect(what="partner", id=p["id"], effect="ends") for p in gone)
    body = new.get("coordination") or {}
    if body.get("status") == "active" and in_force(body, on):
        yield _coordination_less_region(body)
    for scheme in new.get("schemes") or ():
        if open_scheme(scheme, on):
            yield _scheme_less_region(scheme)
    kept = []
    for tool in new.get("tools") or ():
        ends = _pays(tool) == "alone" or (tool.get("funder") is None and tool.get("scale") == "region")
        yield Effect(what="tool", id=_called(tool), effect="ends" if ends else "holds")
        if not ends:
            kept.append(tool)
    if new.get("tools"):
        new["tools"] = kept


def _coordination_less_region(body: dict[str, Any]) -> Effect:
    """A body lives on when others run it or pay for it; who runs and pays may be unknown, and then so is its fate."""
    pays, launched, runs = _pays(body), body.get("launched_by"), body.get("run_by")
    if pays is not None:
        effect = {"alone": "ends", "shared": "weakened", "no": "holds"}[pays]
    elif runs is not None:
        effect = "ends" if _is_region(runs) else "holds"
    else:
        effect = "unknown" if launched in (None, "regional_council") else "holds"
    if effect == "ends":
        body["status"] = "stopped"
    elif effect == "unknown":
        del body["status"]
    return Effect(what="coordination", id=_called(body), effect=effect)


def _scheme_less_region(scheme: dict[str, Any]) -> Effect:
    pays = _pays(scheme)
    if pays == "alone":
        scheme["status"] = "closed"
    return Effect(
        what="scheme",
        id=scheme["id"],
        effect={"alone": "ends", "shared": "weakened"}.get(pays or "", "holds"),
    )


def _pays(thing: Mapping[str, Any]) -> str | None:
    """Does the Region pay: `alone`, `shared`, `no`, or None when nobody wrote who does."""
    funder = thing.get("funder")
    if funder is None:
        return None
    parts = [p for piece in str(funder).split(",") for p in piece.split(" et ") if p.strip()]
    mine = [_is_region(p) for p in parts]
    return "alone" if all(mine) else "shared" if any(mine) else "no"


def _is_region(text: str) -> bool:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = bare.replace("-", " ").strip()
    return words.startswith(REGION)


def compare(a: Diagnosis, b: Diagnosis, effects: Iterable[Effect] = ()) -> Difference:
    """What the second diagnosis has less, more and alike; cells are compared on the first day of each."""
    things_a, things_b = dict(_things(a)), dict(_things(b))
    moved, same = _moved(a, b)
    return Difference(
        before=a.cooperation.configuration,
        after=b.cooperation.configuration,
        effects=tuple(effects),
        moved=moved,
        lost={k: left for k in things_a if (left := tuple(t for t in things_a[k] if t not in things_b[k]))},
        gained={k: more for k in things_b if (more := tuple(t for t in things_b[k] if t not in things_a[k]))},
        holds={
            k: tuple(" / ".join(t) for t in things_a[k] if t in things_b[k])
            for k in ("schemes", "tools", "ties", "operators")
        },
        totals={k: len(items) for k, items in things_a.items()},
        same_cells=same,
    )


def _things(d: Diagnosis) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """What there is on the day, by kind, each thing as names to show: what can be lost."""
    t, on = d.territory, d.on
    yield "schemes", tuple((s["id"],) for s in t.get("schemes") or () if open_scheme(s, on))
    yield "operators", tuple((o["id"],) for o in t.get("operators") or () if in_force(o, on))
    yield "partners", tuple((p["id"],) for p in t.get("partners") or () if in_force(p, on))
    yield (
        "tools",
        tuple(
            (_called(x),)
            for x in t.get("tools") or ()
            if in_force({"until": x.get("funded_until", "9999")}, on)
        ),
    )
    yield "ties", tuple((x["from"], x["to"]) for x in t.get("ties") or ())
    yield "linked", tuple(pair for pair, state in d.pairs.items() if state in ("tie", "body"))
    yield "needs", tuple((n, c) for (n, c), state in d.needs.items() if state in ("all", "some"))
    funds = [*(t.get("operators") or ()), *(t.get("partners") or ())]
    yield (
        "funding",
        tuple(
            (h["id"], x)
            for h in funds
            if h.get("funds_training") and in_force(h, on)
            for x in h.get("decides") or ("",)
        ),
    )


def _moved(a: Diagnosis, b: Diagnosis) -> tuple[tuple[Moved, ...], int]:
    found: dict[tuple[Any, ...], tuple[dict[str, None], dict[int, None]]] = {}
    same = 0
    for doors, then in _turns(a, b):
        for (first, commune, level, day), state in a.cells.items():
            later = b.cells.get((then, commune, level, b.on))
            if first != doors or day != a.on or later is None:
                continue
            if later == state and doors == then:
                same += 1
                continue
            communes, levels = found.setdefault((doors, then, state, later), ({}, {}))
            communes[commune] = None
            levels[level] = None
    moved = tuple(
        Moved(first=doors, then=then, before=x, after=y, communes=tuple(cs), levels=tuple(ls))
        for (doors, then, x, y), (cs, ls) in found.items()
    )
    return moved, same


def _turns(a: Diagnosis, b: Diagnosis) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """First doors before and after, for every group: the same on the same law, else what the engine says of each kind of person."""
    judge = a.asked.judge
    if judge.law.segment(a.on) is judge.law.segment(b.on):
        yield from ((g.first, g.first) for g in a.groups if g.day == a.on)
        return
    sides = Sides(judge.law, a.on, judge.law, b.on)
    inside = {g.first for g in (*a.groups, *b.groups)}
    yield from dict.fromkeys(
        (before, after)
        for old, new in sides.pairs()
        for before, after in ((ordered(judge, old.first), ordered(judge, new.first)),)
        if before in inside and after in inside
    )
