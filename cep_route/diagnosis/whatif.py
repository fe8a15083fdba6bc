"""A territory without one of its parts, or on another day, and what that changes: who loses what, what holds. It never guesses a
replacement: a scheme that loses its pilot has none written, so that the engine may answer "2 or 3".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, convert

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import nothing_rare, ordered
from cep_route.directory.age import last_of, runs, stands
from cep_route.engine.compare import Sides
from cep_route.engine.compile import box_of
from cep_route.model.law import FOREVER
from cep_route.model.territory import Coordination, Territory, Tool, plain_of
from cep_route.text import unaccented

REGION = ("region", "conseil regional")  # how the file's own words name the Region as a funder
_NETWORKS_OF_REGION = ("regions",)  # data·inclusion's code


class Effect(Struct, frozen=True, kw_only=True):
    """What the removal does to one thing: `ends`, `holds`, `weakened` (it loses one funder of several), `unknown`."""

    what: str
    id: str
    effect: str


class Moved(Struct, frozen=True, kw_only=True):
    """People of the same first doors, at the same places, whose way in changes alike; `then`: their first doors afterwards."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    before: str
    after: str
    communes: tuple[str, ...]
    levels: tuple[int, ...]


Things = dict[str, tuple[tuple[str, ...], ...]]  # by kind, each thing as the names to show


class Difference(Struct, frozen=True, kw_only=True):
    """Two diagnoses beside each other. `lost`, `gained` and `holds`: things by kind (schemes, tools, ties, operators, needs...)."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    effects: tuple[Effect, ...]
    moved: tuple[Moved, ...]
    lost: Things
    gained: Things
    holds: Things
    same_cells: int


def choices(territory: Territory) -> tuple[str, ...]:
    """Every `--without` that names something of this territory."""
    body = territory.coordination
    return (
        *(["coordination"] if body and body.status == "active" else []),
        "region",
        *(f"scheme:{s.id}" for s in territory.schemes or ()),
        *(f"operator:{o.id}" for o in territory.operators or ()),
        *dict.fromkeys(f"tie:{t.from_}/{t.to}" for t in territory.ties or ()),
    )


def without(territory: Territory, what: str, on: str) -> tuple[Territory, tuple[Effect, ...]] | None:
    """The territory less one part, and what it did; None when `what` names nothing here."""
    if what not in choices(territory):
        return None
    kind, _, name = what.partition(":")
    told = plain_of(territory)
    effects = [Effect(what=kind, id=name, effect="ends")]
    if kind == "region":
        effects = list(_less_region(territory, told, on))
    elif kind == "operator":
        effects += _less_operator(told, name)
    elif kind == "coordination" and territory.coordination:
        told["coordination"]["status"] = "stopped"
        effects = [Effect(what=kind, id=_called(territory.coordination), effect="ends")]
    elif kind == "scheme":
        next(s for s in told["schemes"] if s["id"] == name)["status"] = "closed"
    else:
        told["ties"] = [t for t in told["ties"] if f"{t['from']}/{t['to']}" != name]
    return convert(told, Territory), tuple(effects)


def _called(thing: Coordination | Tool) -> str:
    return thing.name or thing.type or ""


def _less_operator(told: dict[str, Any], name: str) -> Iterator[Effect]:
    """The house closes and the file says so, whatever its dates; its ties and memberships end, who takes over is not known."""
    house = next(o for o in told["operators"] if o["id"] == name)
    house.pop("since", None)
    house["until"] = "0001-12-31"
    mine = [t for t in told.get("ties", ()) if name in (t["from"], t["to"])]
    yield from (Effect(what="tie", id=f"{t['from']}/{t['to']}", effect="ends") for t in mine)
    if mine:
        told["ties"] = [t for t in told["ties"] if t not in mine]
    schemes = told.get("schemes", ())
    for body in (told.get("coordination", {}), *schemes):
        if "member_operators" in body:
            body["member_operators"] = [m for m in body["member_operators"] if m != name]
    for scheme in schemes:
        if scheme.get("pilot") == name:
            del scheme["pilot"]
            yield Effect(what="scheme", id=scheme["id"], effect="unknown")


def _less_region(territory: Territory, told: dict[str, Any], on: str) -> Iterator[Effect]:
    """The Region withdraws: what it alone pays ends, what it launched and others run goes on, what it shares is weakened."""
    for partner in territory.partners or ():
        if partner.network in _NETWORKS_OF_REGION:
            told["partners"] = [p for p in told["partners"] if p["id"] != partner.id]
            yield Effect(what="partner", id=partner.id, effect="ends")
    body = territory.coordination
    if body and body.status == "active" and stands(body, on):
        effect = _coordination_less_region(body)
        told["coordination"]["status"] = {"ends": "stopped", "unknown": None}.get(effect, body.status)
        yield Effect(what="coordination", id=_called(body), effect=effect)
    for scheme, entry in zip(territory.schemes or (), told.get("schemes", ()), strict=True):
        if runs(scheme, on):
            pays = _pays(scheme.funder)
            effect = {"alone": "ends", "shared": "weakened"}.get(pays or "", "holds")
            entry["status"] = "closed" if pays == "alone" else scheme.status
            yield Effect(what="scheme", id=scheme.id, effect=effect)
    tools = zip(territory.tools or (), told.get("tools", ()), strict=True)
    held = []
    for tool, entry in tools:
        ends = _pays(tool.funder) == "alone" or (tool.funder is None and tool.scale == "region")
        held += [] if ends else [entry]
        yield Effect(what="tool", id=_called(tool), effect="ends" if ends else "holds")
    if territory.tools is not None:
        told["tools"] = held
    told["region"] = {
        **told.get("region", {}), "territorialisation": "none", "included": False,
        "political_support": "none", "technical_support": "none",
    }  # fmt: skip


def _coordination_less_region(body: Coordination) -> str:
    """A body lives on when others run it or pay for it; who runs and pays may be unknown, and then so is its fate."""
    pays = _pays(body.funder)
    if pays is not None:
        return {"alone": "ends", "shared": "weakened", "no": "holds"}[pays]
    if body.run_by is not None:
        return "ends" if _is_region(body.run_by) else "holds"
    return "unknown" if body.launched_by in (None, "regional_council") else "holds"


def _pays(funder: str | None) -> str | None:
    """Does the Region pay: `alone`, `shared`, `no`, or None when nobody wrote who does."""
    if funder is None:
        return None
    mine = [_is_region(part) for piece in funder.split(",") for part in piece.split(" et ") if part.strip()]
    return "alone" if all(mine) else "shared" if any(mine) else "no"


def _is_region(text: str) -> bool:
    return unaccented(text.casefold()).replace("-", " ").strip().startswith(REGION)


def compare(a: Diagnosis, b: Diagnosis, effects: Iterable[Effect] = ()) -> Difference:
    """What the second diagnosis has less, more and alike."""
    mine, theirs = dict(_things(a)), dict(_things(b))
    moved, same = _moved(a, b)
    return Difference(
        before=a.cooperation.configuration,
        after=b.cooperation.configuration,
        effects=tuple(effects),
        moved=moved,
        lost={kind: tuple(t for t in mine[kind] if t not in theirs[kind]) for kind in mine},
        gained={kind: tuple(t for t in theirs[kind] if t not in mine[kind]) for kind in mine},
        holds={kind: tuple(t for t in mine[kind] if t in theirs[kind]) for kind in mine},
        same_cells=same,
    )


def _things(d: Diagnosis) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """What there is on the day, by kind: what can be lost."""
    t, on = d.territory, d.on
    operators = [o for o in t.operators or () if stands(o, on)]
    partners = [p for p in t.partners or () if stands(p, on)]
    tools = [x for x in t.tools or () if on <= last_of(x.funded_until or FOREVER)]
    yield "schemes", tuple((s.id,) for s in t.schemes or () if runs(s, on))
    yield "operators", tuple((o.id,) for o in operators)
    yield "partners", tuple((p.id,) for p in partners)
    yield "tools", tuple((_called(x),) for x in tools)
    yield "ties", tuple((x.from_, x.to) for x in t.ties or ())
    yield "linked", tuple(pair for pair, state in d.pairs.items() if state in ("tie", "body"))
    yield "needs", tuple(cell for cell, answered in d.needs.items() if answered.state in ("all", "some"))
    funds = [h for h in (*operators, *partners) if h.funds_training]
    yield "funding", tuple((h.id, x) for h in funds for x in h.decides or ("",))


def _moved(a: Diagnosis, b: Diagnosis) -> tuple[tuple[Moved, ...], int]:
    found: dict[
        tuple[tuple[str, ...], tuple[str, ...], str, str], tuple[dict[str, None], dict[int, None]]
    ] = {}
    same = 0
    for doors, then in _turns(a, b):
        for (first, commune, level), state in a.cells.items():
            later = b.cells.get((then, commune, level))
            if first != doors or later is None:
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
        yield from ((g.first, g.first) for g in a.groups)
        return
    inside = {g.first for g in (*a.groups, *b.groups)}
    sides = Sides(judge.law, a.on, judge.law, b.on)
    told = sides.space.cut.classes_of(box_of(nothing_rare(judge.law), judge.law.facts))
    pairs = map(sides.pair, sorted(sides.space.diagrams.walk(sides.root, told)))
    turned = ((ordered(judge, old.first), ordered(judge, new.first)) for old, new in pairs)
    yield from dict.fromkeys((before, after) for before, after in turned if {before, after} <= inside)
