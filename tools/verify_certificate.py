"""Verify a certificate from the rules alone: `verify_certificate.py CERTIFICATE RULES [TERRITORIES]`. Standard library only, no code of ours.

Nothing is taken on trust: hashes, days, classes, answers and persons are worked out again from the TOML files. The certificate holds, for
each stretch of days, a diagram that splits persons fact by fact; this program splits the rules in the same order, naively, keeping the set
of rules that may still speak, and asks that both end in the same answer everywhere. The decision: keep the rules in force that open
something; a rule speaks when every fact it names has an accepted value; eligible = opened and not barred; A precedes B when a speaking rule
of A names in `before` a speaking rule of B; first = eligible and preceded by none eligible; two firsts need a speaking rule of one that
names in `joint` a speaking rule of the other. Exit 0: verified; 1: refused, with the reason.
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

def spread(values: list[str], *, years: bool) -> frozenset[Any]:
    runs = [v.partition("..") for v in values]
    return frozenset(y for a, _, b in runs for y in range(int(a), int(b or a) + 1)) if years else frozenset(values)

def answer(speaking: Rows) -> list[list[str]]:
    eligible = sorted({r["opens"] for r in speaking} - {code for r in speaking for code in r.get("bars", [])})

    def named(a: str, b: str, key: str) -> bool:
        return any(s["id"] in r.get(key, []) for r in speaking if r["opens"] == a for s in speaking if s["opens"] == b)

    first = [b for b in eligible if not any(named(a, b, "before") for a in eligible if a != b)]
    demand(first, "somebody is sent nowhere")
    for a, b in combinations(first, 2):
        demand(named(a, b, "joint") or named(b, a, "joint"), f"{a} and {b} both come first and no rule says that they may")
    return [first, eligible, sorted({body for r in speaking if r["opens"] in eligible for body in r.get("see", [])})]

def verify(certificate: dict[str, Any], rules: Path, territories: Path | None) -> str:
    demand(certificate["schema"] == 2, "another schema")
    for key, folder in (("rules", rules), ("territories", territories)):
        found = {p.name: sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.toml"))} if folder else certificate[key]
        demand(found == certificate[key], f"the files of {key} are not those of the certificate")
    tables = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(rules.glob("*.toml"))]
    facts = next(t["facts"] for t in tables if "facts" in t and "configurations" not in t)
    constraints = next(t.get("constraints", []) for t in tables if "facts" in t and "configurations" not in t)
    values = {f["name"]: ["0..120"] if f.get("kind") == "years" else [v["code"] for v in f["values"]] for f in facts}
    bare = [{"when": c["when"], "then": c["then"]} for c in constraints]
    space = json.dumps({"facts": values, "constraints": bare}, sort_keys=True, separators=(",", ":"))
    demand(sha256(space.encode()).hexdigest() == certificate["space"], "other facts or constraints")
    domains = {n: spread(vs, years=vs == ["0..120"]) for n, vs in values.items()}

    def box(when: dict[str, list[str]]) -> Box:
        return {n: spread(vs, years=values[n] == ["0..120"]) for n, vs in when.items()}

    walls = [{**box(c["when"]), n: domains[n] - vs} for c in constraints for n, vs in box(c["then"]).items()]
    cards = [r for t in tables if "theme" in t for r in t["rules"] if r.get("opens")]
    places = {p: (f["name"], v["code"]) for f in facts for v in f.get("values", []) for p in v.get("places", [])}
    for r in cards:
        here = [places[p] for p in r.get("where", [])]
        r["box"] = box(r.get("when", {})) | ({here[0][0]: frozenset(v for _, v in here)} if here else {})
        r["since"], r["until"] = r.get("since", date.min), r.get("until", date.max)
    starts = sorted({date.min, *(r["since"] for r in cards), *(r["until"] + timedelta(1) for r in cards if r["until"] < date.max)})
    ends = [*(d - timedelta(1) for d in starts[1:]), date.max]
    claimed = [(s["since"], s["until"]) for s in certificate["segments"]]
    demand(claimed == [(str(a), str(b)) for a, b in zip(starts, ends, strict=True)], "other stretches of days")
    for day, segment in zip(starts, certificate["segments"], strict=True):
        stretch(segment, [r for r in cards if r["since"] <= day <= r["until"]], domains, walls, values)
    totals = {"segments": len(starts), "nodes": sum(len(s["nodes"]) for s in certificate["segments"])}
    totals["persons"] = sum(certificate["segments"][0]["persons"])
    demand(certificate["totals"] == totals, "the totals are wrong")
    return f"verified: {totals['segments']} stretches of days, {totals['nodes']} nodes, {totals['persons']} persons on each day"

def stretch(segment: dict[str, Any], cards: Rows, domains: Box, walls: list[Box], values: dict[str, list[str]]) -> None:
    day, nodes = segment["since"], segment["nodes"]
    demand(segment["rules"] == [r["id"] for r in cards], f"{day}: other rules in force")
    boxes = [r["box"] for r in cards] + walls
    order = [(n, [spread(c, years=values[n] == ["0..120"]) for c in classes]) for n, classes in segment["facts"]]
    demand({n for n, _ in order} == {n for b in boxes for n in b}, f"{day}: other facts")
    for n, classes in order:
        demand(frozenset().union(*classes) == domains[n] and sum(map(len, classes)) == len(domains[n]), f"{day}: the classes of {n}")
        demand(all(c <= b[n] or c.isdisjoint(b[n]) for b in boxes if n in b for c in classes), f"{day}: a rule cuts a class of {n}")
    demand(len({json.dumps(row) for row in nodes}) == len(nodes), f"{day}: two equal nodes")
    for at, (level, *below) in enumerate(nodes):
        demand(level < 0 or (len(below) == len(order[level][1]) and len(set(below)) > 1), f"{day}: node {at} is no node")
        demand(level < 0 or all(0 <= b < at and not 0 <= nodes[b][0] <= level for b in below), f"{day}: node {at} is out of order")
    last = {i: max(level for level, (n, _) in enumerate(order) if n in b) for i, b in enumerate(boxes) if b}
    seen: dict[tuple[int, int, frozenset[int]], dict[int, int]] = {}
    told: dict[frozenset[int], list[list[str]]] = {}
    met: set[int] = set()

    def split(level: int, at: int, alive: frozenset[int]) -> dict[int, int]:
        """Persons with each answer, below a node; `alive`: the boxes that may still hold them."""
        if any(i >= len(cards) and last[i] < level for i in alive):
            demand(nodes[at] == [-1], f"{day}: an impossible person has an answer")
            met.add(at)
            return {}
        if level == len(order):
            demand(nodes[at][0] == -1 and len(nodes[at]) == 2, f"{day}: a possible person has no answer")
            if alive not in told:
                told[alive] = answer([cards[i] for i in sorted(alive)])
            demand(segment["answers"][nodes[at][1]] == told[alive], f"{day}: another answer than the rules give")
            met.add(at)
            return {nodes[at][1]: 1}
        key = level, at, alive
        if key not in seen:
            name, classes = order[level]
            met.add(at)
            found: dict[int, int] = {}
            for i, members in enumerate(classes):
                left = frozenset(b for b in alive if members <= boxes[b].get(name, members))
                for k, persons in split(level + 1, nodes[at][1 + i] if nodes[at][0] == level else at, left).items():
                    found[k] = found.get(k, 0) + persons * len(members)
            seen[key] = found
        return seen[key]

    counted = split(0, len(nodes) - 1, frozenset(range(len(boxes))))
    free = prod(len(vs) for n, vs in domains.items() if n not in dict(order))
    demand([counted.get(k, 0) * free for k in range(len(segment["answers"]))] == segment["persons"], f"{day}: other persons")
    demand(met == set(range(len(nodes))), f"{day}: a node that nobody meets")

if __name__ == "__main__":
    arguments = [Path(word) for word in sys.argv[1:]]
    try:
        print(verify(json.loads(arguments[0].read_bytes()), arguments[1], arguments[2] if len(arguments) > 2 else None))
    except (Refused, KeyError, IndexError, TypeError, ValueError) as reason:
        sys.exit(f"refused: {reason}")
