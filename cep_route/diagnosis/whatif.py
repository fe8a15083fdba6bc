"""A territory without one of its parts, and what that changes: who loses what, what holds. It never guesses a
replacement: a scheme that loses its pilot has none written, so that the engine may answer "2 or 3".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, convert

from cep_route.diagnosis import Diagnosis
from cep_route.directory.age import last_of, runs, stands
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
    """People of the same first doors, at the same places, whose way in changes alike."""

    first: tuple[str, ...]
    before: str
    after: str
    communes: tuple[str, ...]
    levels: tuple[int, ...]


Things = dict[str, tuple[tuple[str, ...], ...]]  # by kind, each thing as the names to show


class Difference(Struct, frozen=True, kw_only=True):
    """A territory less one part (`kind` and `name`), beside the whole. `lost`, `gained` and `holds`: things by kind (schemes, tools,
    ties, operators, needs...).
    """

    kind: str
    name: str
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


def compare(what: str, a: Diagnosis, b: Diagnosis, effects: tuple[Effect, ...]) -> Difference:
    """What the second diagnosis, without a part, has less, more and alike."""
    kind, _, name = what.partition(":")
    mine, theirs = dict(_things(a)), dict(_things(b))
    return Difference(
        kind=kind,
        name=name,
        before=a.cooperation.configuration,
        after=b.cooperation.configuration,
        effects=effects,
        moved=tuple(_moved(a, b)),
        lost={of: tuple(t for t in mine[of] if t not in theirs[of]) for of in mine},
        gained={of: tuple(t for t in theirs[of] if t not in mine[of]) for of in mine},
        holds={of: tuple(t for t in mine[of] if t in theirs[of]) for of in mine},
        same_cells=sum(b.cells.get(cell) == state for cell, state in a.cells.items()),
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


def _moved(a: Diagnosis, b: Diagnosis) -> Iterator[Moved]:
    found: dict[tuple[tuple[str, ...], str, str], tuple[dict[str, None], dict[int, None]]] = {}
    for (first, commune, level), state in a.cells.items():
        later = b.cells[first, commune, level]
        if later != state:
            communes, levels = found.setdefault((first, state, later), ({}, {}))
            communes[commune] = levels[level] = None
    for (first, x, y), (communes, levels) in found.items():
        yield Moved(first=first, before=x, after=y, communes=tuple(communes), levels=tuple(levels))
