"""A diagnosis as the JSON that scripts read: codes and counts, versioned by `schema`, nothing left out. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cep_route.diagnosis.holes import Hole
from cep_route.diagnosis.load import Load
from cep_route.model.law import Law
from cep_route.render.diagnosis import Turn, View, Whole

SCHEMA = 1


def diagnosis_data(whole: Whole, law: Law, lang: str) -> dict[str, Any]:
    """The JSON object scripts read: codes, never sentences, save the additions' words."""
    d = whole.diagnosis
    view = View(d, law, lang)
    return {
        "schema": SCHEMA,
        "territory": d.territory["territory"]["id"],
        "on": d.on,
        "days": list(d.days),
        "far_km": d.asked.far,
        "communes": {code: d.asked.ground.name(code) for code in d.asked.communes},
        "configuration": {
            "possible": list(d.cooperation.configuration),
            "facts": d.cooperation.facts,
            "missing": list(d.cooperation.missing),
            "declared": d.cooperation.declared,
            "conditions": [{"of": p.of, "condition": p.condition, "held": p.held} for p in d.parts],
            "clues": [{"code": c.code, "value": c.value, "speaks": list(c.speaks), "agrees": c.agrees} for c in d.clues],
        },
        "context": d.context,
        "people": [
            {"first": list(g.first), "day": g.day, "kinds": g.kinds, "who": [{n: list(v) for n, v in b.items()} for b in g.boxes]}
            for g in d.groups
        ],
        "cells": [
            {"first": list(first), "commune": commune, "level": level, "day": day, "state": state}
            for (first, commune, level, day), state in d.cells.items()
        ],
        "needs": [{"need": need, "commune": commune, "state": state} for (need, commune), state in d.needs.items()],
        "pairs": [{"a": a, "b": b, "state": state} for (a, b), state in d.pairs.items()],
        "absent": sorted(k[1] for k in d.missing if k[0] == "absent"),
        "one_side": [
            {"commune": c, "day": day, "missing": side} for _, c, day, side in sorted(k for k in d.missing if k[0] == "one_side")
        ],
        "fragile": [{"code": code, "path": list(path), **values} for (code, path), values in d.fragile.items()],
        "perimeters": [
            {"operator": p.house, "relation": p.relation, "common": p.common, "more": p.more, "less": p.less}
            for p in d.perimeters
        ],
        "additions": [_addition_data(hole, view) for hole in d.holes],
        "what_if": [_turn_data(turn) for turn in whole.turns],
        "load": _load_data(whole.load) if whole.load else None,
        "beside": diagnosis_data(Whole(diagnosis=whole.beside), law, lang) if whole.beside else None,
        "unknown": list(d.unknown),
    }  # fmt: skip


def _addition_data(hole: Hole, view: View) -> dict[str, Any]:
    x = hole.addition
    return {
        "kind": x.kind,
        "says": view.addition(x),
        "house": x.house,
        "network": x.network,
        "commune": x.commune,
        "communes": list(x.communes),
        "level": x.level,
        "need": x.need,
        "ends": list(x.ends),
        "path": list(x.path),
        "closes": [_key_data(key) for key in hole.closes],
    }


def _key_data(key: Sequence[Any]) -> list[Any]:
    return [list(part) if isinstance(part, tuple) else part for part in key]


def _turn_data(turn: Turn) -> dict[str, Any]:
    x = turn.difference
    return {
        "kind": turn.kind,
        "name": turn.name,
        "on": turn.then.on,
        "before": list(x.before),
        "after": list(x.after),
        "effects": [{"what": e.what, "id": e.id, "effect": e.effect} for e in x.effects],
        "moved": [
            {"first": list(m.first), "then": list(m.then), "before": m.before, "after": m.after}
            | {"communes": list(m.communes), "levels": list(m.levels)}
            for m in x.moved
        ],
        "lost": {k: [list(i) for i in items] for k, items in x.lost.items()},
        "gained": {k: [list(i) for i in items] for k, items in x.gained.items()},
        "holds": {k: list(items) for k, items in x.holds.items()},
        "same_cells": x.same_cells,
    }  # fmt: skip


def _load_data(load: Load) -> dict[str, Any]:
    def one(value: float) -> float:
        return round(value, 2)

    return {
        "people": one(load.people),
        "inhabitants": load.inhabitants,
        "doors": [{"first": list(f), "people": one(c)} for f, c in load.doors.items()],
        "undecided": [{"possible": list(f), "people": one(c)} for f, c in load.undecided.items()],
        "outside": one(load.outside),
        "desks": [
            {"network": n, "house": h or None, "commune": p or None, "people": one(c)}
            for n, h, p, c in load.desks
        ],
        "states": {s: one(c) for s, c in load.states.items()},
        "partners": {p: one(c) for p, c in load.partners.items()},
        "unmet": [{"need": n, "people": one(c)} for n, c in load.unmet],
    }
