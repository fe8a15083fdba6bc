"""A territory without one of its parts, or on another day, and what that changes: who loses what, what holds. It never guesses a
replacement: a scheme that loses its pilot has none written, so that the engine may answer "2 or 3".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import nothing_rare, ordered
from cep_route.directory.age import last_of, runs, stands
from cep_route.engine.compare import Sides
from cep_route.engine.compile import box_of
from cep_route.model.law import FOREVER
from cep_route.model.territory import Coordination, RegionalPolicy, Territory, Tool
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
    if kind == "region":
        return _less_region(territory, on)
    if kind == "operator":
        return _less_operator(territory, name)
    body, schemes, ties = territory.coordination, territory.schemes, territory.ties
    if kind == "coordination" and body:
        name, body = _called(body), replace(body, status="stopped")
    if kind == "scheme":
        schemes = tuple(replace(s, status="closed") if s.id == name else s for s in schemes or ())
    if kind == "tie":
        ties = tuple(t for t in ties or () if f"{t.from_}/{t.to}" != name)
    new = replace(territory, coordination=body, schemes=schemes, ties=ties)
    return new, (Effect(what=kind, id=name, effect="ends"),)


def _called(thing: Coordination | Tool) -> str:
    return thing.name or thing.type or ""


def _less_operator(territory: Territory, name: str) -> tuple[Territory, tuple[Effect, ...]]:
    """The house closes and the file says so, whatever its dates; its ties and memberships end, who takes over is not known."""
    ties, schemes = territory.ties or (), territory.schemes or ()
    mine = [t for t in ties if name in (t.from_, t.to)]

    def others(members: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if members is None else tuple(m for m in members if m != name)

    body = territory.coordination
    new = replace(
        territory,
        operators=tuple(
            replace(o, since=None, until="0001-12-31") if o.id == name else o for o in territory.operators or ()
        ),
        ties=None if territory.ties is None else tuple(t for t in ties if t not in mine),
        coordination=replace(body, member_operators=others(body.member_operators)) if body else None,
        schemes=None if territory.schemes is None else tuple(
            replace(s, pilot=None if s.pilot == name else s.pilot, member_operators=others(s.member_operators))
            for s in schemes
        ),
    )  # fmt: skip
    return new, (
        Effect(what="operator", id=name, effect="ends"),
        *(Effect(what="tie", id=f"{t.from_}/{t.to}", effect="ends") for t in mine),
        *(Effect(what="scheme", id=s.id, effect="unknown") for s in schemes if s.pilot == name),
    )


def _less_region(territory: Territory, on: str) -> tuple[Territory, tuple[Effect, ...]]:
    """The Region withdraws: what it alone pays ends, what it launched and others run goes on, what it shares is weakened."""
    effects: list[Effect] = []

    def told(what: str, name: str, effect: str) -> str:
        effects.append(Effect(what=what, id=name, effect=effect))
        return effect

    partners = territory.partners
    for partner in partners or ():
        if partner.network in _NETWORKS_OF_REGION:
            told("partner", partner.id, "ends")
    body = territory.coordination
    if body and body.status == "active" and stands(body, on):
        effect = told("coordination", _called(body), _coordination_less_region(body))
        status = {"ends": "stopped", "unknown": None}.get(effect, body.status)
        body = replace(body, status=status)
    schemes = []
    for scheme in territory.schemes or ():
        pays = _pays(scheme.funder) if runs(scheme, on) else None
        if runs(scheme, on):
            told("scheme", scheme.id, {"alone": "ends", "shared": "weakened"}.get(pays or "", "holds"))
        schemes.append(replace(scheme, status="closed") if pays == "alone" else scheme)
    tools = []
    for tool in territory.tools or ():
        ends = _pays(tool.funder) == "alone" or (tool.funder is None and tool.scale == "region")
        if told("tool", _called(tool), "ends" if ends else "holds") == "holds":
            tools.append(tool)
    new = replace(
        territory,
        region=replace(
            territory.region or RegionalPolicy(), territorialisation="none", included=False,
            political_support="none", technical_support="none",
        ),
        partners=None if partners is None else tuple(p for p in partners if p.network not in _NETWORKS_OF_REGION),
        coordination=body,
        schemes=None if territory.schemes is None else tuple(schemes),
        tools=None if territory.tools is None else tuple(tools),
    )  # fmt: skip
    return new, tuple(effects)


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
