"""Verify a certificate from the rules alone: `verify_certificate.py CERTIFICATE RULES [TERRITORIES]`. Standard library only, no code of ours.

Nothing is taken on trust: hashes, days, persons, boxes and answers are worked out again from the TOML files and compared. The decision:
keep the rules in force that open something; a rule stands for a box when every fact it names has accepted values only; eligible = opened and
not barred; A precedes B when a standing rule of A names in `before` a standing rule of B; first = eligible and preceded by none; two firsts
need a standing rule of one that names in `joint` a standing rule of the other. Exit 0: verified; 1: refused, with the reason.
"""
# Kept on one page for whoever audits it.
# fmt: off

from __future__ import annotations

import json
import sys
import tomllib
from datetime import date, timedelta
from hashlib import sha256
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Any

Box = dict[str, frozenset[Any]]
Rows = list[dict[str, Any]]

class Refused(Exception):  # noqa: N818  # a verdict, not an accident
    """The certificate claims something that is not so."""

def demand(claim: object, why: str) -> None:
    if not claim:
        raise Refused(why)

def box(when: dict[str, list[str]], years: set[str]) -> Box:
    return {n: frozenset(y for v in vs for y in run(v)) if n in years else frozenset(vs) for n, vs in when.items()}

def run(text: str) -> range:
    low, _, high = text.partition("..")
    return range(int(low), int(high or low) + 1)

def meets(a: Box, b: Box) -> bool:
    return all(n not in b or not vs.isdisjoint(b[n]) for n, vs in a.items())

def holds(inside: Box, wide: Box) -> bool:
    return all(inside[n] <= vs for n, vs in wide.items())

def persons(inside: Box, walls: list[Box]) -> int:
    """How many persons of a box of all facts are in no wall: cut the box along the first wall it meets."""
    for i, wall in enumerate(walls):
        if meets(wall, inside):
            total, left = 0, inside
            for n, vs in wall.items():
                total += persons({**left, n: left[n] - vs}, walls[i + 1 :]) if left[n] - vs else 0
                left = {**left, n: left[n] & vs}
            return total
    return prod(len(vs) for vs in inside.values())

def answer(standing: Rows) -> list[list[str]]:
    eligible = sorted({r["opens"] for r in standing} - {code for r in standing for code in r.get("bars", [])})

    def named(a: str, b: str, key: str) -> bool:
        return any(s["id"] in r.get(key, []) for r in standing if r["opens"] == a for s in standing if s["opens"] == b)

    first = [b for b in eligible if not any(named(a, b, "before") for a in eligible if a != b)]
    demand(first, f"nobody comes first under {[r['id'] for r in standing]}")
    for a, b in combinations(first, 2):
        demand(named(a, b, "joint") or named(b, a, "joint"), f"{a} and {b} both come first and are not joint")
    return [first, eligible, sorted({body for r in standing if r["opens"] in eligible for body in r.get("see", [])})]

def verify(certificate: dict[str, Any], rules: Path, territories: Path | None) -> str:
    for folder, key in ((rules, "rules"), (territories, "territories")):
        found = {p.name: sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.toml")} if folder else certificate[key]
        demand(found == certificate[key], f"the files of {key} are not those of the certificate")
    data = {p.name: tomllib.loads(p.read_text("utf-8")) for p in sorted(rules.glob("*.toml"))}
    facts, constraints = data["facts.toml"]["facts"], data["facts.toml"].get("constraints", [])
    years = {f["name"] for f in facts if f.get("kind") == "years"}
    values = {f["name"]: ["0..120"] if f["name"] in years else [v["code"] for v in f["values"]] for f in facts}
    bare = [{"when": c["when"], "then": c["then"]} for c in constraints]
    canonical = json.dumps({"facts": values, "constraints": bare}, sort_keys=True, separators=(",", ":"))
    demand(sha256(canonical.encode()).hexdigest() == certificate["space"], "the space is not that of the certificate")
    everyone, walls = box(values, years), []
    for c in constraints:
        walls += [{**box(c["when"], years), n: everyone[n] - vs} for n, vs in box(c["then"], years).items()]
    cards = [r for d in data.values() if "theme" in d for r in d.get("rules", []) if r.get("opens")]
    for r in cards:
        r["box"], r["since"], r["until"] = box(r.get("when", {}), years), r.get("since", date.min), r.get("until", date.max)
    starts = sorted({date.min, *(r["since"] for r in cards), *(r["until"] + timedelta(1) for r in cards if r["until"] < date.max)})
    days = [(a, b - timedelta(1) if b else date.max) for a, b in zip(starts, [*starts[1:], None], strict=True)]
    claimed = [(s["since"], s["until"]) for s in certificate["segments"]]
    demand(claimed == [(a.isoformat(), b.isoformat()) for a, b in days], "the stretches of days are not those of the rules")
    total = persons(everyone, walls)
    for segment, day in zip(certificate["segments"], starts, strict=True):
        stretch(segment, [r for r in cards if r["since"] <= day <= r["until"]], everyone, walls, years)
        demand(segment["persons"] == total, f"{day}: {total} persons are possible")
    totals = {"segments": len(days), "leaves": sum(len(s["leaves"]) for s in certificate["segments"]), "persons": total}
    demand(certificate["totals"] == totals, f"the totals are {totals}")
    return "verified: {segments} stretches of days, {leaves} leaves, {persons} persons".format(**totals)

def stretch(segment: dict[str, Any], cards: Rows, everyone: Box, walls: list[Box], years: set[str]) -> None:
    day, leaves = segment["since"], segment["leaves"]
    demand([r["id"] for r in cards] == segment["rules"], f"{day}: other rules are in force")
    boxes = [box(leaf[0], years) for leaf in leaves]
    for i, j in combinations(range(len(boxes)), 2):
        demand(not meets(boxes[i], boxes[j]), f"{day}: leaves {i} and {j} share persons")
    for i, inside in enumerate(boxes):
        demand(all(n in everyone and vs and vs <= everyone[n] for n, vs in inside.items()), f"{day}: leaf {i} is no box of the facts")
        full = {**everyone, **inside}
        for r in cards:
            demand(holds(full, r["box"]) or not meets(r["box"], full), f"{day}: {r['id']} tells persons of leaf {i} apart")
        found = [persons(full, walls), *answer([r for r in cards if holds(full, r["box"])])]
        demand(found == leaves[i][1:], f"{day}: leaf {i} is {found}")
    demand(sum(leaf[1] for leaf in leaves) == segment["persons"], f"{day}: the leaves do not cover the space")

if __name__ == "__main__":
    try:
        folder = Path(sys.argv[3]) if len(sys.argv) > 3 else None
        print(verify(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]), folder))
    except Refused as refusal:
        print(f"refused: {refusal}")
        sys.exit(1)
