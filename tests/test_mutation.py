"""The cases of the project: all pass, they notice every mutant that changes an answer, and bad case files are told with their lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import reference
import tomli
from msgspec.structs import asdict

from cep_route.checks.cases import Case, case_text, run_cases
from cep_route.checks.mutation import Mutation, coverage, mutants
from cep_route.engine.compile import box_of, with_rules
from cep_route.engine.decide import Table
from cep_route.engine.explain import Judge
from cep_route.files import load_law
from cep_route.files.cases import read_cases

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "cases"
LAW, _ = load_law(str(ROOT / "rules"))
JUDGE = Judge(LAW)


@pytest.fixture(scope="module")
def mutation():
    """The mutants of the law; what a case notices is worked out once for all tests."""
    made, kept = Mutation(LAW), {}
    real = made.kills

    def kills(case):
        key = repr(case)
        if key not in kept:
            kept[key] = real(case)
        return kept[key]

    made.kills = kills
    return made


def read(name):
    cases, findings = read_cases([str(CASES / name)], LAW)
    assert findings == []
    return cases


# --- the shipped cases


def test_every_case_passes_and_none_is_lost():
    cases, findings = read_cases([str(CASES)], LAW)
    assert findings == []
    assert len(cases) > 150
    trial = run_cases(cases, JUDGE)
    assert trial.findings == ()
    assert (trial.tried, trial.passed) == (len(cases), len(cases))


def test_every_case_says_why_and_from_what_source():
    for case in read(""):
        assert case.why, case.id
        assert case.source, case.id


def test_the_suite_notices_every_mutant_that_changes_an_answer(mutation):
    score = mutation.score(read("law.toml"))
    assert score.alive > 800
    assert [mutant.name for mutant, _ in score.survivors] == []
    assert score.killed == score.alive
    assert score.alive + len(score.equivalent) == score.mutants
    assert sum(alive for _, alive in score.by_operator.values()) == score.alive


def test_the_cases_cover_every_rule_boundary_and_unknown():
    found = coverage(LAW, read(""))
    assert found.rules[0] == found.rules[1] > 30
    assert found.boundaries[0] == found.boundaries[1] > 10
    assert found.unknowns[0] == found.unknowns[1] > 10
    assert 0 < found.kinds[0] < found.kinds[1]


# --- the machinery


def test_every_operator_of_mutation_is_there(mutation):
    assert {m.operator for m in mutation.alive} == {
        "rule dropped", "condition dropped", "condition negated", "value dropped", "bound ±1", "operator changed", "date ±1 day",
        "before swapped", "before dropped", "bars dropped", "see dropped",
    }  # fmt: skip


def test_a_survivor_comes_with_a_case_that_notices_it(mutation):
    cases = read("law.toml")
    score = mutation.score(cases[:60])
    assert score.killed < score.alive
    for mutant, noticing in score.survivors[:40]:
        assert mutation.kills(noticing) >> mutation.alive.index(mutant) & 1
        assert run_cases([noticing], JUDGE).findings == ()
        assert tomli.loads(case_text(noticing))["cases"][0]["exact"] is True


def test_what_the_mutation_says_is_what_running_the_mutant_says(mutation):
    """A sample of mutants, compiled whole: of the cases said to notice and of sixty others the same fail, and none under the equivalent ones."""
    pick = random.Random(1)
    cases = read("law.toml")
    kills = {c.id: mutation.kills(c) for c in cases}
    for mutant in [*pick.sample(mutation.alive, 12), *pick.sample(mutation.equivalent, 4)]:
        cards = changed_rules(mutant)
        judge = Judge(with_rules(LAW, cards))
        at = mutation.alive.index(mutant) if mutant in mutation.alive else None
        noticing = [c for c in cases if at is not None and kills[c.id] >> at & 1]
        tried = {c.id: c for c in (*noticing, *pick.sample(cases, 60))}.values()
        failing = {c.id for c in tried if run_cases([c], judge).findings}
        if at is not None:
            assert failing == {c.id for c in noticing}, mutant.name
        else:
            assert failing == set()


def test_equivalent_mutants_change_no_person_of_the_reference(mutation):
    """One person of every kind of law and mutant together, by the slow reference."""
    pick = random.Random(2)
    for mutant in pick.sample(mutation.equivalent, 12):
        cards = changed_rules(mutant)
        changed = with_rules(LAW, cards)
        mine = [c for i, card in mutant.cards.items() for c in (LAW.rules[i], card) if c]
        for segment in changed.segments:
            table, day = Table(segment, changed.rules), segment.since
            if not any(c.in_force(day) for c in mine):
                continue  # the rules of these days are the same
            kinds = list(table.kinds())
            old = [plain(c) for c in LAW.rules]
            new = [plain(c) for c in cards]
            for known, _ in pick.sample(kinds, min(60, len(kinds))):
                facts = {n: table.members[n][i][0] for n, i in known.items()}
                person = {**dict.fromkeys(LAW.facts), **facts}
                assert reference.answer(old, person, day)[:3] == reference.answer(new, person, day)[:3], (
                    mutant.name
                )


def changed_rules(mutant):
    return [card for i, c in enumerate(LAW.rules) if (card := mutant.cards.get(i, c))]


def plain(card):
    return asdict(card) | {"when": box_of(card.when, LAW.facts)}


def test_a_generated_suite_is_written_read_back_and_complete(mutation):
    """What is generated for a sixth of the cases taken away notices all they noticed, and is no larger than they are."""
    cases = read("law.toml")
    gone = cases[::6]
    given = [c for c in cases if c not in gone]
    assert mutation.score(given).survivors
    suite = mutation.suite(given)
    assert len(suite) <= len(gone)
    text = "\n".join(case_text(c) for c in suite)
    again = tomli.loads(text)["cases"]
    assert [c["id"] for c in again] == [c.id for c in suite]
    assert mutation.score([*given, *suite]).survivors == ()
    assert mutation.suite(cases) == []


def test_mutants_have_names_of_their_own():
    names = [m.name for m in mutants(LAW)]
    assert len(names) == len(set(names)) > 800


# --- what a case may say


def case(**values):
    return Case(
        **{
            "id": "x",
            "on": "2026-11-22",
            "facts": {
                "age": 45,
                "status": "jobseeker",
                "employed": "no",
                "disability": "none",
                "cadre": "no",
                "degree": "none",
            },
            **values,
        }
    )


@pytest.mark.parametrize(
    ("values", "key", "found"),
    [
        ({"first": ("apec",)}, "first", "france_travail"),
        ({"first_any_of": ("apec", "cap_emploi")}, "first_any_of", "france_travail"),
        ({"eligible": ("apec", "france_travail")}, "eligible", "france_travail"),
        ({"eligible": (), "exact": True}, "eligible", "france_travail"),
        ({"must_not": ("france_travail",)}, "must_not", "france_travail"),
        ({"see": ("cio",)}, "see", "-"),
        ({"undecided": True}, "undecided", "france_travail"),
        ({"eligible": ("france_travail",), "missing": ("age",)}, "missing", "-"),
    ],
)
def test_each_expectation_can_fail(values, key, found):
    trial = run_cases([case(**values)], JUDGE)
    assert [(f.code, f.values["key"], f.values["found"]) for f in trial.findings] == [("CEP145", key, found)]


def test_a_case_that_cannot_be():
    trial = run_cases([case(facts={"status": "employee", "employed": "no"}, first=("apec",))], JUDGE)
    assert [(f.code, f.values["constraints"]) for f in trial.findings] == [("CEP146", "employee-in-work")]


BAD = """
[[cases]]
id = "a"
on = 2026-11-22
facts = { age = 200, statut = "jobseeker", status = "chomeur" }
first = ["apecc"]

[[cases]]
id = "b"
on = 2026-11-22
facts = { age = 20 }

[[cases]]
id = "c"
on = "hier"
facts = { age = 20 }
fist = ["apec"]
first = "apec"
must_not = ["pole_emploi"]

[[cases]]
id = "d"
on = 2026-11-22
facts = { age = 20 }
must_not = ["pole_emploi"]

[[cases]]
id = "d"
on = 2026-11-22
facts = { age = 20 }
must_not = ["apec"]
"""


def test_bad_cases_are_all_told_with_their_lines(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(BAD, "utf-8")
    cases, findings = read_cases([str(path)], LAW)
    assert [c.id for c in cases] == ["d"]
    assert [(f.code, f.place.line, f.severity) for f in findings] == [
        ("CEP140", 5, "error"), ("CEP141", 5, "error"), ("CEP141", 5, "error"), ("CEP142", 6, "error"),
        ("CEP144", 9, "error"), ("CEP008", 15, "error"), ("CEP005", 17, "error"), ("CEP006", 18, "error"),
        ("CEP142", 19, "warning"), ("CEP142", 25, "warning"), ("CEP143", 28, "error"),
    ]  # fmt: skip


def test_bad_lines_of_json_and_empty_files(tmp_path):
    lines, empty = tmp_path / "x.jsonl", tmp_path / "empty.toml"
    lines.write_text(
        '{"id": "a", "on": "2026-11-22", "facts": {"age": 20}, "must_not": ["apec"]}\n\nnot json\n[1]\n',
        "utf-8",
    )
    empty.write_text("", "utf-8")
    cases, findings = read_cases([str(lines), str(empty), str(tmp_path / "absent.toml")], LAW)
    assert [c.id for c in cases] == ["a"]
    assert [(f.code, f.place.line) for f in findings] == [
        ("CEP014", 0),
        ("CEP148", 0),
        ("CEP147", 3),
        ("CEP147", 4),
    ]
