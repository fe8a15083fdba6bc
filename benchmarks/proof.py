"""What proving costs, in CPU seconds: the full check over all territories, the mutation run, the questions; and ZEN on the same rules.

`python benchmarks/proof.py [TIMES]` repeats the territories TIMES times to show how the check grows. Rules, territories and the compiled
cache are those of the checkout. ZEN is measured when it can be imported (`pip install zen-engine`; used here and nowhere else).
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from time import process_time

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["CEP_ROUTE_CACHE"] = ""  # nothing kept: every figure is whole

from cep_route.checks.certificate import certificate  # noqa: E402
from cep_route.checks.ground import territory_findings  # noqa: E402
from cep_route.checks.mutation import Mutation  # noqa: E402
from cep_route.checks.proof import prove, summary  # noqa: E402
from cep_route.checks.questions import questions  # noqa: E402
from cep_route.diagnosis import diagnose  # noqa: E402
from cep_route.directory.ground import Ground  # noqa: E402
from cep_route.engine.decide import Table  # noqa: E402
from cep_route.engine.explain import Judge  # noqa: E402
from cep_route.files import load_cooperation, load_law, rule_texts, territories  # noqa: E402
from cep_route.files.cases import read_cases  # noqa: E402
from cep_route.files.written import compile_territory, read_rules  # noqa: E402

ON = "2026-11-22"
PERSONS = 20_000


def timed(label, work, *, show=lambda _: ""):
    start = process_time()
    found = work()
    print(f"{label:<58} {process_time() - start:9.3f} s  {show(found)}")
    return found


def check_rules():
    contents, _ = rule_texts(str(ROOT / "rules"))
    rules, findings = read_rules(contents)
    law, more = load_law(str(ROOT / "rules"))
    return law, [*findings, *more, *prove(law, rules)], summary(law)


def check_territories(law, times):
    """Every territory read whole and checked, then every kind of person looked for in it, on each day that changes something."""
    judge, configurations = Judge(law), Judge(load_cooperation(str(ROOT / "rules"))[0])
    found = []
    for path in list(territories().values()) * times:
        territory, findings = compile_territory(path, Path(path).read_bytes(), law)
        found += findings
        if territory:
            ground = Ground(territory)
            found += territory_findings(territory, law, ON, ground=ground, configurations=configurations)
            found += diagnose(territory, judge, ON, configurations=configurations, close=False).holes
    return found


def persons(law):
    """Fully known persons, drawn evenly over kinds."""
    pick = random.Random(1)
    table = Table(law.segments[-1], law.rules)
    kinds = [known for known, _ in table.kinds()]
    return [
        {n: pick.choice(table.members[n][i]) for n, i in pick.choice(kinds).items()} for _ in range(PERSONS)
    ]


def ours(law, people):
    table = Judge(law).table(ON)
    start = process_time()
    for person in people:
        table.outcomes(table.known(person))
    each = (process_time() - start) / len(people)
    print(f"{'this engine, one person at a time (partly known)':<58} {each * 1e6:9.1f} µs per person")


def zen_decision(law):
    """The deciding rules of the day as one ZEN table that collects the rules that stand."""
    facts = [n for n in law.facts if any(n in c.when for c in law.rules)]
    rows = []
    for card in law.rules:
        if card.opens and card.since <= ON <= card.until:
            cells = {n: cell(law, n, card.when.get(n, ())) for n in facts}
            rows.append({"_id": str(len(rows)), **cells, "rule": json.dumps(card.id)})
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": n, "name": n, "type": "expression", "field": n} for n in facts],
        "outputs": [{"id": "rule", "name": "rule", "type": "expression", "field": "rule"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "t", "type": "decisionTableNode", "name": "t", "position": {"x": 1, "y": 0}, "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "t", "type": "edge"},
        {"id": "2", "sourceId": "t", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def cell(law, name, values):
    if law.facts[name].kind == "years":
        return " or ".join(f"[{v}]" if ".." in v else v for v in values)
    return ", ".join(json.dumps(v) for v in values)


def theirs(law, people):
    try:
        import zen
    except ImportError:
        print("ZEN is not installed: not measured")
        return
    decision = zen.ZenEngine().create_decision(zen_decision(law))
    table = Judge(law).table(ON)
    agreed = 0
    start = process_time()
    for person in people[:2000]:
        result = decision.evaluate(person)["result"]
        agreed += len(result or ()) >= 0
    each = (process_time() - start) / 2000
    print(f"{'ZEN, one evaluation from Python':<58} {each * 1e6:9.1f} µs per person")
    same = 0
    for person in people[:2000]:
        got = {row["rule"] for row in decision.evaluate(person)["result"] or ()}
        surely = {card.id for card in table.rules_of(table.surely(table.known(person)))}
        same += got == surely
    print(
        f"{'ZEN finds the rules that stand for':<58} {same:9} of 2000 (an unknown fact is null there, and fails every test)"
    )
    content = zen.ZenDecisionContent(zen_decision(law))
    engine = zen.ZenEngine({"loader": lambda _: content})
    requests = [{"key": "rules", "context": person} for person in people]
    start = process_time()
    engine.evaluate_batch(requests)
    print(f"{'ZEN, batch':<58} {(process_time() - start) / len(people) * 1e6:9.1f} µs per person")


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    law, findings, told = timed(
        "rules read, checked and proved",
        check_rules,
        show=lambda r: f"{len(r[1])} findings, {sum(d[3] for d in r[2].days)} kinds of person",
    )
    timed(
        f"territories read and checked, {times} time(s)",
        lambda: check_territories(law, times),
        show=lambda f: f"{len(f)} findings",
    )
    files = {p.name: p.read_bytes() for p in (ROOT / "rules").glob("*.toml")}
    timed("certificate", lambda: certificate(law, files, {}), show=lambda c: str(c["totals"])[:60])
    mutation = timed(
        "mutants made, and who each changes",
        lambda: Mutation(law),
        show=lambda m: f"{len(m.alive)} + {len(m.equivalent)} equivalent",
    )
    cases, _ = read_cases([str(ROOT / "tests" / "cases")], law)
    timed(
        f"score of {len(cases)} cases",
        lambda: mutation.score(cases),
        show=lambda s: f"{s.killed} of {s.alive} noticed",
    )
    timed("a suite generated", mutation.suite, show=lambda s: f"{len(s)} cases")
    timed("questions of the interview and their optimum", lambda: questions(law, ON), show=str)
    people = persons(law)
    ours(law, people)
    theirs(law, people)
    del told, findings


if __name__ == "__main__":
    main()
