"""Verify a certificate from the rules alone: `verify_certificate.py CERTIFICATE RULES [TERRITORIES]`. Standard library only, no code of ours.

Hashes, days, classes, answers and persons are worked out again from the TOML files. For each stretch of days the certificate holds a diagram
that splits persons fact by fact; this program splits the rules in the same order, naively, keeping those that may still speak, and asks that
both end in the same answer. The decision: keep the rules in force that open something; a rule speaks when every fact it names has an accepted
value (`where`: values told by the home; without it, ordinary law); eligible = opened, not barred; A precedes B when a speaking rule of A names
in `before` one of B; first = eligible, preceded by none eligible; two firsts need a speaking rule of one that names in `joint` one of the other.
"""

# fmt: off
from __future__ import annotations

import json
import sys
import tomllib
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
def demand(claim: object, why: str) -> None:
    if not claim:
        raise ValueError(why)

def spread(values: list[str], *, years: bool) -> frozenset[Any]:
    runs = [v.partition("..") for v in values]
    return frozenset(y for a, _, b in runs for y in range(int(a), int(b or a) + 1)) if years else frozenset(values)

def answer(speaking: Rows) -> list[list[str]]:
    eligible = sorted({r["opens"] for r in speaking} - {code for r in speaking for code in r.get("bars", [])})

    def named(a: str, b: str, key: str) -> bool:
        return any(s["id"] in r.get(key, []) for r in speaking if r["opens"] == a for s in speaking if s["opens"] == b)

    first = [b for b in eligible if not any(named(a, b, "before") for a in eligible if a != b)]
    apart = [(a, b) for a, b in combinations(first, 2) if not named(a, b, "joint") and not named(b, a, "joint")]
    demand(first and not apart, f"nobody comes first, or two and no rule says that they may: {apart}")
    return [first, eligible, sorted({body for r in speaking if r["opens"] in eligible for body in r.get("see", [])})]

def verify(certificate: dict[str, Any], rules: Path, territories: Path | None) -> str:
    demand(certificate["schema"] == 2, "another schema")
    for key, folder in (("rules", rules), *((("territories", territories),) if territories else ())):
        found = {p.name: sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.toml"))}
        demand(found == certificate[key], f"the files of {key} are not those of the certificate")
    tables = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(rules.glob("*.toml"))]
    facts, constraints = next((t["facts"], t.get("constraints", [])) for t in tables if "facts" in t and "configurations" not in t)
    values = {f["name"]: ["0..120"] if f.get("kind") == "years" else [v["code"] for v in f["values"]] for f in facts}
    bare = [{key: c[key] for key in ("when", "then")} for c in constraints]
    space = json.dumps({"facts": values, "constraints": bare}, sort_keys=True, separators=(",", ":")).encode()
    demand(sha256(space).hexdigest() == certificate["space"], "other facts or constraints")

    def box(when: dict[str, list[str]]) -> dict[str, frozenset[Any]]:
        return {n: spread(vs, years=values[n] == ["0..120"]) for n, vs in when.items()}

    domains = box(values)
    walls = [{**box(c["when"]), n: domains[n] - vs} for c in constraints for n, vs in box(c["then"]).items()]
    cards = [r for t in tables if "theme" in t for r in t["rules"] if r.get("opens")]
    told = {f["name"]: f["values"] for f in facts if f.get("from_commune")}
    for r in cards:
        r["box"] = box(r.get("when", {}))
        for name, vs in told.items():
            here = [v["code"] for v in vs if set(v.get("places", [])) & set(r.get("where", []))]
            if not r.get("where") and r.get("when") and any(v.get("own_law") for v in vs):
                here = [v["code"] for v in vs if not v.get("own_law")]
            r["box"] |= {name: frozenset(here)} if here and name not in r["box"] else {}
        r["since"], r["until"] = r.get("since", date.min), r.get("until", date.max)
    starts = sorted({date.min, *(r["since"] for r in cards), *(r["until"] + timedelta(1) for r in cards if r["until"] < date.max)})
    days = [[str(a), str(b)] for a, b in zip(starts, [*(d - timedelta(1) for d in starts[1:]), date.max], strict=True)]
    demand([[s["since"], s["until"]] for s in certificate["segments"]] == days, "other stretches of days")
    for day, segment in zip(starts, certificate["segments"], strict=True):
        stretch(segment, [r for r in cards if r["since"] <= day <= r["until"]], domains, walls, values)
    nodes, persons = sum(len(s["nodes"]) for s in certificate["segments"]), sum(certificate["segments"][0]["persons"])
    demand(certificate["totals"] == {"segments": len(starts), "nodes": nodes, "persons": persons}, "the totals are wrong")
    return f"verified: {len(starts)} stretches of days, {nodes} nodes, {persons} persons on each day"

def stretch(segment: dict[str, Any], cards: Rows, domains: dict[str, Any], walls: Rows, values: dict[str, list[str]]) -> None:
    day, nodes, met = segment["since"], segment["nodes"], set[int]()
    demand(segment["rules"] == [r["id"] for r in cards], f"{day}: other rules in force")
    boxes = [r["box"] for r in cards] + walls
    order = [(n, [spread(c, years=values[n] == ["0..120"]) for c in classes]) for n, classes in segment["facts"]]
    demand({n for n, _ in order} == {n for b in boxes for n in b}, f"{day}: other facts")
    for n, classes in order:
        demand(frozenset().union(*classes) == domains[n] and sum(map(len, classes)) == len(domains[n]), f"{day}: the classes of {n}")
        demand(all(c <= b[n] or c.isdisjoint(b[n]) for b in boxes if n in b for c in classes), f"{day}: a rule cuts a class of {n}")
    whole = all(lv < 0 or (len(down) == len(order[lv][1]) and len({*down}) > 1) for lv, *down in nodes)
    demand(whole and len({*map(tuple, nodes)}) == len(nodes), f"{day}: a node that is none, or stands twice")
    last = {i: max(level for level, (n, _) in enumerate(order) if n in b) for i, b in enumerate(boxes) if b}

    @cache
    def split(level: int, at: int, alive: frozenset[int]) -> dict[int, int]:  # answer -> persons, below a node
        met.add(at)
        if any(i >= len(cards) and last[i] < level for i in alive):
            demand(nodes[at] == [-1], f"{day}: an impossible person has an answer")
            return {}
        if level == len(order):
            given = answer([cards[i] for i in sorted(alive)])
            demand(nodes[at][0] == -1 and segment["answers"][nodes[at][1]] == given, f"{day}: another answer than the rules give")
            return {nodes[at][1]: 1}
        (name, classes), found = order[level], dict[int, int]()
        for i, members in enumerate(classes):
            left = frozenset(b for b in alive if members <= boxes[b].get(name, members))
            for k, persons in split(level + 1, nodes[at][1 + i] if nodes[at][0] == level else at, left).items():
                found[k] = found.get(k, 0) + persons * len(members)
        return found

    counted = split(0, len(nodes) - 1, frozenset(range(len(boxes))))
    free: int = prod(len(vs) for n, vs in domains.items() if n not in dict(order))
    demand([counted.get(k, 0) * free for k in range(len(segment["answers"]))] == segment["persons"], f"{day}: other persons")
    demand(met == set(range(len(nodes))), f"{day}: a node that nobody meets")

if __name__ == "__main__":
    try:
        print(verify(json.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3:] else None))
    except (KeyError, IndexError, TypeError, ValueError) as reason:
        print(f"refused: {reason}")
        sys.exit(1)
