"""A proof written down: the diagram of every stretch of days, with its answers, for others to verify. It writes no file.

The certificate is one JSON object (`schema` 2), verified by `tools/verify_certificate.py` from the rules alone:

- `rules`, `territories`: file name -> sha256 of its bytes; `space`: sha256 of the facts and constraints in canonical JSON
  (`{"constraints": [{"then", "when"}], "facts": {name: [values]}}`, keys sorted, no spaces, years as `["0..120"]`);
- `segments`: in order of time, `since` and `until` (last day), `rules` (ids in force that open something), `facts`: the order of the
  diagram, each `[name, classes]`, a class being values as a rule writes them; `nodes`: `[level, child, ...]`, one child for each
  class, named by its place in the list and standing before it, or `[-1, answer]`, or `[-1]` for nobody; the root is the last;
  `answers`: `[first, eligible, see]`; `persons`: how many persons have each answer, over all facts of the law;
- `totals`: segments, nodes, and the persons of one day. Territories change no answer, so they have no nodes.

What it claims, for each segment: no rule tells apart two values of one class; whoever walks down the diagram by his classes finds his
answer, which is what the specification gives, or nobody when a constraint forbids him; no two nodes are equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from typing import TypedDict

from cep_route.engine.decide import Table
from cep_route.model.law import Law, Segment, written


class SegmentProof(TypedDict):
    """One stretch of days."""

    since: str
    until: str
    rules: list[str]
    facts: list[tuple[str, list[list[str]]]]
    nodes: list[list[int]]
    answers: list[list[list[str]]]
    persons: list[int]


class Certificate(TypedDict):
    """The whole proof."""

    schema: int
    rules: dict[str, str]
    territories: dict[str, str]
    space: str
    segments: list[SegmentProof]
    totals: dict[str, int]


def certificate(law: Law, rules: Mapping[str, bytes], territories: Mapping[str, bytes]) -> Certificate:
    """The certificate of a law whose files are `rules` (name -> bytes); `territories` are named by their hashes."""
    segments = [_segment(law, segment) for segment in law.segments]
    return {
        "schema": 2,
        "rules": _hashes(rules),
        "territories": _hashes(territories),
        "space": sha256(_canonical(law).encode()).hexdigest(),
        "segments": segments,
        "totals": {
            "segments": len(segments),
            "nodes": sum(len(s["nodes"]) for s in segments),
            "persons": sum(segments[0]["persons"]) if segments else 0,
        },
    }


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(data).hexdigest() for name, data in sorted(files.items())}


def _canonical(law: Law) -> str:
    facts = {n: ["0..120"] if f.kind == "years" else list(f.values) for n, f in law.facts.items()}
    constraints = [
        {part: {n: list(v) for n, v in getattr(c, part).items()} for part in ("when", "then")}
        for c in law.constraints
    ]
    return json.dumps({"facts": facts, "constraints": constraints}, sort_keys=True, separators=(",", ":"))


def _segment(law: Law, segment: Segment) -> SegmentProof:
    table = Table(segment, law.rules)
    sizes = [[len(values) for values in segment.members[name]] for name in segment.levels]
    free = prod(len(fact.domain) for name, fact in law.facts.items() if name not in segment.members)
    counted = table.diagrams.count(table.root, sizes)
    return {
        "since": segment.since,
        "until": segment.until,
        "rules": [law.rules[i].id for i in segment.bits],
        "facts": [(n, [list(written(values)) for values in segment.members[n]]) for n in segment.levels],
        "nodes": [_node(level, children, len(segment.levels)) for level, children in segment.nodes],
        "answers": [[sorted(o.first), sorted(o.eligible), sorted(o.see)] for o in segment.outcomes],
        "persons": [counted[1 << k] * free for k in range(len(segment.outcomes))],
    }


def _node(level: int, children: tuple[int, ...], bottom: int) -> list[int]:
    if level < bottom:
        return [level, *children]
    return [-1, children[0].bit_length() - 1] if children[0] else [-1]
