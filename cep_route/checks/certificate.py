"""A proof written down: every kind of person on every stretch of days, with the answer, for others to verify. It writes no file.

The certificate is one JSON object (`schema` 1), verified by `tools/verify_certificate.py` from the rules alone:

- `rules`, `territories`: file name -> sha256 of its bytes; `space`: sha256 of the facts and constraints in canonical JSON
  (`{"constraints": [{"then", "when"}], "facts": {name: [values]}}`, keys sorted, no spaces, years as `["0..120"]`);
- `segments`: in order of time, `since` and `until` (last day), `rules` (ids in force that open something), `persons` (possible ones), and
  `leaves`, each `[box, persons, first, eligible, see]`: a box is fact -> values as a rule writes them, absent = any value;
- `totals`: segments, leaves, and the persons of one day. Territories change no answer, so they have no leaves.

What it claims, for each segment: the leaves are disjoint and hold every possible person; each is inside or outside of every rule; its answer
is what the specification gives; there is always somebody to see, and never two firsts that no rule joins.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cep_route.engine.space import Space, spaces, written
from cep_route.model.law import Law


def certificate(law: Law, rules: Mapping[str, bytes], territories: Mapping[str, bytes]) -> dict[str, Any]:
    """The certificate of a law whose files are `rules` (name -> bytes); `territories` are named by their hashes."""
    segments = [_segment(space) for space in spaces(law)]
    return {
        "schema": 1,
        "rules": _hashes(rules),
        "territories": _hashes(territories),
        "space": sha256(_canonical(law).encode()).hexdigest(),
        "segments": segments,
        "totals": {
            "segments": len(segments),
            "leaves": sum(len(s["leaves"]) for s in segments),
            "persons": segments[0]["persons"] if segments else 0,
        },
    }


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(data).hexdigest() for name, data in sorted(files.items())}


def _canonical(law: Law) -> str:
    import json

    facts = {n: ["0..120"] if f.kind == "years" else list(f.values) for n, f in law.facts.items()}
    constraints = [
        {part: {n: list(v) for n, v in getattr(c, part).items()} for part in ("when", "then")}
        for c in law.constraints
    ]
    return json.dumps({"facts": facts, "constraints": constraints}, sort_keys=True, separators=(",", ":"))


def _segment(space: Space) -> dict[str, Any]:
    return {
        "since": space.segment.since,
        "until": space.segment.until,
        "rules": [card.id for card in space.table.rules_of(space.table.decisive)],
        "persons": space.count({}),
        "leaves": [_leaf(space, known, standing) for known, standing in space.kinds()],
    }


def _leaf(space: Space, known: dict[str, int], standing: int) -> list[Any]:
    outcome = space.table.outcome(standing)
    box = {n: list(written(values)) for n, values in space.described(known).items()}
    return [box, space.count(known), sorted(outcome.first), sorted(outcome.eligible), sorted(outcome.see)]
