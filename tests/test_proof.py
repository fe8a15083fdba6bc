"""The proof of the rules: the shipped ones are clean; each seeded fault is found, in its place, with a witness and a mend that holds."""

from __future__ import annotations

import contextlib
import io
import json
import re
import runpy
import shutil
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import tomli
from msgspec.structs import replace

from cep_route.checks.certificate import certificate
from cep_route.checks.names import Located, sources, stale
from cep_route.checks.proof import prove, summary
from cep_route.engine.compile import with_rules
from cep_route.engine.explain import Judge
from cep_route.files import load_law, rule_texts
from cep_route.files.written import compile_rules, read_rules
from cep_route.model.answer import Place
from cep_route.model.written import WrittenSource

ROOT = Path(__file__).parents[1]
FILES = {Path(path).name: data.decode() for path, data in rule_texts(str(ROOT / "rules"))[0]}


def law_with(changes):
    """The shipped rules with some texts replaced, or a file added: the law and the rules as written."""
    texts = dict(FILES)
    for (name, old), new in changes.items():
        assert not old or texts[name].count(old) == 1, (name, old)
        texts[name] = texts[name].replace(old, new) if old else new
    contents = [(f"rules/{name}", text.encode()) for name, text in sorted(texts.items())]
    laws, findings = compile_rules(contents, "")
    assert not findings, findings
    return laws["law"], read_rules(contents)[0]


def findings(changes):
    return prove(*law_with(changes))


def rule(name, opens, when, more=""):
    """A file with one more rule."""
    head = 'schema = 1\ntheme = { fr = "essai", en = "trial" }\n'
    words = 'says = { fr = "x", en = "x" }\nconfidence = "sure"\nsources = ["no-text"]\n'
    return {
        (
            "zz.toml",
            "",
        ): f'{head}[[rules]]\nid = "{name}"\n{words}opens = "{opens}"\nwhen = {{ {when} }}\n{more}'
    }


def profile_of(line):
    """The facts and the day of a `cep-route route` line."""
    pairs = re.findall(r"--fact (\w+)=(\w+)|--(\w+) (\S+)", line)
    told = {a or c: b or d for a, b, c, d in pairs}
    on = told.pop("on")
    return {n: int(v) if n == "age" else v for n, v in told.items()}, on


# --- the shipped rules


def test_the_shipped_rules_are_clean():
    assert findings({}) == []


def test_the_summary_counts_everyone_and_lists_constraints():
    law, _ = load_law(str(ROOT / "rules"))
    found = summary(law)
    assert len(found.days) == len(law.segments)
    assert len({persons for *_, persons in found.days}) == 1
    assert [c[0] for c in found.constraints] == [c.id for c in law.constraints]
    assert all(excluded > 0 for _, excluded, _ in found.constraints)


# --- seeded faults


def only(found, code):
    assert {f.code for f in found} == {code}, [(f.code, f.values) for f in found]
    return found


def shows(finding, law, test):
    """The witness, as a command, has the fault for everyone it may be."""
    facts, on = profile_of(finding.values["route"])
    table = Judge(law).table(on)
    outcomes = table.outcomes(table.known(facts))
    assert outcomes
    assert all(test(o) for o in outcomes)


def test_a_gap():
    changes = {
        (
            "in_work.toml",
            'when = { employed = ["yes"] }\nsince = 2020-01-01',
        ): 'when = { employed = ["yes"], status = ["employee", "jobseeker", "student", "retired", "pupil"] }\nsince = 2020-01-01'
    }
    law, written = law_with(changes)
    found = [f for f in prove(law, written) if f.code == "CEP120"]
    assert len(found) >= 1
    first = found[0]
    assert first.witness["status"] == "self_employed"
    assert (first.values["since"], first.values["until"]) == ("2020-01-01", "9999-12-31")
    assert str(first.place).startswith("rules/")
    for one in found:
        shows(one, law, lambda o: not o.eligible)
    assert tomli.loads(first.values["case"])["cases"][0]["facts"]["status"] == "self_employed"
    mended = [tomli.loads(f.values["fix"])["rules"][0] for f in found]
    cards = [card_of(law, m) for m in mended]
    assert "CEP120" not in {f.code for f in prove(with_rules(law, (*law.rules, *cards)))}


def card_of(law, raw):
    return replace(
        law.rules[0], id=raw["id"], opens=raw["opens"], see=(), bars=(), before=(), joint=(),
        since=str(raw.get("since", "0001-01-01")), until=str(raw.get("until", "9999-12-31")),
        when={n: tuple(v) for n, v in raw["when"].items()},
    )  # fmt: skip


def test_a_conflict_with_both_rules_and_a_mend_that_holds():
    changes = rule(
        "apec-too",
        "apec",
        'status = ["self_employed"], disability = ["none"], cadre = ["no"], seeking = ["no"], detained = ["no"]',
        "since = 2020-01-01\n",
    )
    law, written = law_with(changes)
    found = [f for f in prove(law, written) if f.code == "CEP121"]
    found = [f for f in found if (f.values["a"], f.values["b"]) == ("apec", "operateur_regional")]
    assert found[0].values["rules"].split() == ["apec-too", "or-in-work"]
    assert [str(p).split(":")[0] for p in (found[0].place, *found[0].more_places)] == [
        "rules/zz.toml",
        "rules/in_work.toml",
    ]
    shows(found[0], law, lambda o: bool(o.clash))
    assert found[0].values["fix"] == 'apec-too: before = ["or-in-work"]  |  joint = ["or-in-work"]'
    for relation in ("before", "joint"):
        cards = [replace(c, **{relation: ("or-in-work",)}) if c.id == "apec-too" else c for c in law.rules]
        assert "CEP121" not in {f.code for f in prove(with_rules(law, cards))}


def test_a_rule_dead_by_the_union_of_others():
    changes = rule(
        "ft-dead",
        "france_travail",
        'status = ["jobseeker", "student"], seeking = ["yes"], age = ["30..40"]',
        "since = 2021-01-01\n",
    )
    found = only(findings(changes), "CEP122")
    assert found[0].values["id"] == "ft-dead"
    assert {"ft-seeking"} < set(found[0].values["cover"].split())
    assert str(found[0].place) == "rules/zz.toml:4:1"
    assert len(found[0].more_places) >= 2


def test_a_rule_dead_because_the_law_bars_it():
    found = only(
        findings(
            rule(
                "or-agents",
                "operateur_regional",
                'status = ["public_agent"], employed = ["yes"], age = ["18..30"]',
                "since = 2020-01-01\n",
            )
        ),
        "CEP122",
    )
    assert found[0].values["cover"] == "public-agent"


def test_a_rule_that_speaks_of_nobody_possible():
    found = only(findings(rule("never", "apec", 'status = ["employee"], employed = ["no"]')), "CEP132")
    assert found[0].values["cover"] == "employee-in-work"


def test_a_redundant_rule():
    copy = rule(
        "or-again", "operateur_regional", 'employed = ["yes"], cadre = ["yes"]', "since = 2021-01-01\n"
    )
    found = only(findings(copy), "CEP123")
    assert (found[0].values["id"], found[0].values["cover"]) == ("or-again", "or-in-work")


@pytest.mark.parametrize(
    ("name", "old", "new", "fact"),
    [
        ("cadres.toml", 'when = { cadre = ["yes"], seeking = ["yes"], status = ["student", "retired"] }', 'when = { cadre = ["yes"], seeking = ["yes"], age = ["0..120"], status = ["student", "retired"] }', "age"),
        ("outside.toml", '\nwhen = { status = ["military"] }', '\nwhen = { status = ["military"], employed = ["yes"] }', "employed"),
    ],
)  # fmt: skip
def test_an_idle_condition(name, old, new, fact):
    found = [f for f in findings({(name, old): new}) if f.values["fact"] == fact]
    assert [f.code for f in found] == ["CEP124"]
    assert found[0].place.text.count(fact)


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ('before = ["ft-beside-studies-seeking"]\nwhen = { status = ["pupil"], employed', 'before = ["ft-beside-studies-seeking", "or-in-work"]\nwhen = { status = ["pupil"], employed', "CEP125", "or-in-work"),
        ('bars = ["fongecif_opacif"]', 'bars = ["fongecif_opacif", "mission_locale"]', "CEP126", "mission_locale"),
        ('before = ["ft-beside-studies-seeking"]\nwhen = { status = ["pupil"], employed', 'before = ["ft-beside-studies-seeking"]\njoint = ["military"]\nwhen = { status = ["pupil"], employed', "CEP127", "military"),
    ],
)  # fmt: skip
def test_relations_that_never_bite(old, new, code, word):
    found = only(findings({("outside.toml", old): new}), code)
    assert found[0].values["word"] == word


def test_a_ring_of_operators_leaves_nobody_first():
    changes = {
        (
            "in_work.toml",
            'before = ["ft-also-seeking", "ml-in-work", "apec-graduate", "ce-risk-without-title", "ft-beside-studies-seeking"]',
        ): 'before = ["ft-also-seeking", "ml-in-work", "apec-graduate", "ce-risk-without-title", "ft-beside-studies-seeking", "x-ring"]'
    }
    ring = rule(
        "x-ring",
        "apec",
        'status = ["self_employed"], disability = ["none"], cadre = ["no"], seeking = ["yes"]',
        "since = 2020-01-01\nbefore = []\n",
    )
    law, _ = law_with(changes | ring)
    cards = [replace(c, before=("or-in-work",)) if c.id == "x-ring" else c for c in law.rules]
    found = [f for f in prove(with_rules(law, cards)) if f.code == "CEP130"]
    assert found[0].values["ring"] == "apec → operateur_regional → apec"


def test_a_stretch_of_days_with_no_rule():
    found = only(findings({("outside.toml", "until = 2014-12-31"): "until = 2013-12-31"}), "CEP128")
    assert found[0].values == {"since": "2014-01-01", "until": "2014-12-31"}


def test_a_constraint_that_excludes_nobody_and_constraints_that_exclude_everybody():
    idle = '[[constraints]]\nid = "idle"\nwhen = { csp = ["yes"] }\nthen = { seeking = ["yes"] }\nwhy = { fr = "x", en = "x" }\n'
    law, written = law_with({("facts.toml", FILES["facts.toml"]): FILES["facts.toml"] + idle})
    found = only(prove(law, written), "CEP129")
    assert found[0].values == {"id": "idle"}
    assert str(found[0].place).startswith("rules/facts.toml:")
    none = (
        idle.replace('csp = ["yes"]', 'csp = ["yes", "no"]')
        .replace('seeking = ["yes"]', "age = []")
        .replace("age = []", 'status = ["pupil"]')
    )
    none += none.replace('"idle"', '"idle2"').replace("pupil", "student")
    law, written = law_with({("facts.toml", FILES["facts.toml"]): FILES["facts.toml"] + none})
    assert "CEP131" in {f.code for f in prove(law, written)}


# --- the certificate


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    law, _ = load_law(str(ROOT / "rules"))
    folder = tmp_path_factory.mktemp("certificate")
    for kind in ("rules", "territories"):
        shutil.copytree(ROOT / kind, folder / kind)
    files = [
        {p.name: p.read_bytes() for p in (folder / kind).glob("*.toml")} for kind in ("rules", "territories")
    ]
    return folder, certificate(law, *files)


VERIFY = ROOT / "tools" / "verify_certificate.py"
WORDS = ("c.json", "rules", "territories")


def verdict(folder, claimed):
    """The exit code of the script and what it says, run in this process as a program."""
    (folder / "c.json").write_text(json.dumps(claimed), "utf-8")
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stdout(said):
        patched.chdir(folder)
        patched.setattr(sys, "argv", [str(VERIFY), *WORDS])
        try:
            runpy.run_path(str(VERIFY), run_name="__main__")
        except SystemExit as left:
            return left.code, said.getvalue()
    return 0, said.getvalue()


def test_the_certificate_is_verified_by_another_program(proof):
    folder, claimed = proof
    totals = claimed["totals"]
    verified = f"verified: {totals['segments']} stretches of days, {totals['nodes']} nodes, {totals['persons']} persons on each day\n"
    assert verdict(folder, claimed) == (0, verified)
    command = [sys.executable, "-I", str(VERIFY), *WORDS]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, verified, "")


def test_the_verifier_fits_on_a_page_and_knows_nothing_of_ours():
    text = (ROOT / "tools" / "verify_certificate.py").read_text("utf-8")
    assert len(text.splitlines()) <= 120
    assert set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) <= sys.stdlib_module_names


def alterations():
    """(name, what to do to a certificate): one node, leaf, count, class, day or hash is changed."""

    def segment(claimed):
        return claimed["segments"][3]

    def other_child(claimed):
        node = next(n for n in segment(claimed)["nodes"] if n[0] >= 0)
        node[-1], node[1] = node[1], node[-1]

    def other_leaf(claimed):
        leaf = next(n for n in segment(claimed)["nodes"] if n[0] < 0 and len(n) > 1)
        leaf[1] = (leaf[1] + 1) % len(segment(claimed)["answers"])

    def other_answer(claimed):
        segment(claimed)["answers"][0][0].append("nobody")

    def other_see(claimed):
        segment(claimed)["answers"][5][2].append("x")

    def other_count(claimed):
        segment(claimed)["persons"][0] += 1

    def other_class(claimed):
        classes = segment(claimed)["facts"][1][1]
        classes[0], classes[1] = classes[1], classes[0]

    def one_more_node(claimed):
        segment(claimed)["nodes"].insert(0, [-1, 0])

    def one_node_less(claimed):
        segment(claimed)["nodes"].pop()

    def other_level(claimed):
        segment(claimed)["nodes"][-1][0] += 1

    def other_hash(claimed):
        claimed["rules"]["youth.toml"] = "0" * 64

    def other_territories(claimed):
        claimed["territories"].popitem()

    def other_day(claimed):
        segment(claimed)["since"] = "2020-01-02"

    def other_total(claimed):
        claimed["totals"]["persons"] += 1

    def other_space(claimed):
        claimed["space"] = "0" * 64

    def other_rule(claimed):
        segment(claimed)["rules"].pop()

    return [one for one in locals().values() if one is not segment]


def test_a_certificate_altered_anywhere_is_refused(proof):
    folder, claimed = proof
    passed = []
    for alter in alterations():
        changed = json.loads(json.dumps(claimed))
        alter(changed)
        code, said = verdict(folder, changed)
        if (code, said[:9]) != (1, "refused: "):
            passed.append((alter.__name__, code, said))
    assert not passed


def test_a_rule_changed_under_the_certificate_is_refused_even_with_its_new_hash(proof):
    folder, claimed = proof
    claimed = json.loads(json.dumps(claimed))
    path = folder / "rules" / "youth.toml"
    before = path.read_bytes()
    path.write_bytes(before.replace(b'age = ["16..25"], in_school', b'age = ["16..24"], in_school'))
    claimed["rules"]["youth.toml"] = sha256(path.read_bytes()).hexdigest()
    code, said = verdict(folder, claimed)
    path.write_bytes(before)
    assert code == 1
    assert said.startswith("refused: 2015-01-01: ")


# --- sources


def test_sources_are_fresh_cited_and_stale_after_a_year():
    _, written = law_with({})
    read = {s.id: s.read_on.isoformat() for s in written.sources}
    last = max(read.values())
    assert sources(written, last) == []
    for on in (last, "2027-11-22"):  # no reading is older than a year; old texts not read whole are warned of
        for f in sources(written, on, 12):
            assert (f.code, f.severity) == ("CEP304", "warning")
            assert str(f.place).startswith("rules/sources.toml:")
    stale = [f for f in sources(written, "2027-11-23", 12) if f.code == "CEP301"]
    assert {f.values["id"] for f in stale} == {name for name, day in read.items() if day == "2026-11-22"}
    late = sources(written, f"2027-{last[5:8]}{int(last[8:]) + 1:02}", 12)
    assert len(late) == len(written.sources)
    assert {f.code for f in late} == {"CEP301"}
    one = next(f for f in late if f.values["id"] == "l5314-2")
    assert one.values["read_on"] == "2026-11-22"
    assert {"ml-youth", "ml-cej-disabled", "under-16"} <= set(one.values["rules"].split())
    assert str(one.place).startswith("rules/sources.toml:")


def test_a_source_read_tomorrow_or_cited_by_nothing():
    extra = '[[sources]]\nid = "lonely"\ntext = "x"\nread_on = 2026-11-29\n'
    _, written = law_with({("sources.toml", FILES["sources.toml"]): FILES["sources.toml"] + extra})
    assert [(f.code, f.values["id"]) for f in sources(written, "2026-11-28")] == [
        ("CEP303", "lonely"),
        ("CEP302", "lonely"),
    ]


@pytest.mark.parametrize(
    ("read_on", "on", "months", "old"),
    [
        ("2026-11-22", "2027-11-22", 12, False),
        ("2026-11-22", "2027-11-23", 12, True),
        ("2026-11-22", "2027-11-21", 12, False),
        ("2026-01-31", "2026-02-28", 1, False),
        ("2026-02-28", "2026-03-28", 1, False),
        ("2026-02-28", "2026-03-29", 1, True),
    ],
)
def test_a_source_is_old_from_the_day_after_its_months(read_on, on, months, old):
    source = WrittenSource(text="x", read_on=date.fromisoformat(read_on))
    one = Located(source, lambda *_: Place(file="x"), ("sources", 0))
    assert [f.code for f in stale(one, on, months)] == ["CEP301"] * old
    part = WrittenSource(text="x", read_on=date.fromisoformat(on), read="part", of=read_on)
    assert [f.code for f in stale(one._replace(item=part), on, months)] == ["CEP304"] * old


def test_a_case_that_cannot_be_read_never_hides_the_others(tmp_path, capsys):
    """Good cases are tried, a warning stops nothing, a bad case makes exit 1; a file without a case cannot run."""
    from cep_route.__main__ import run

    good = '[[cases]]\nid = "a"\non = 2026-11-22\nfacts = { age = 40, status = "employee", cadre = "no", disability = "none" }\n'
    path = tmp_path / "cases.toml"
    path.write_text(good + 'first = ["operateur_regional"]\nmust_not = ["pole_emploi"]\n', encoding="utf-8")
    assert run(["test", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out == "1 cas\u00a0: 1 passe, 0 échoue\n"
    assert "CEP142" in told.err
    path.write_text(good + 'first = ["operateur_regional"]\n\n[[cases]]\nid = "b"\n', encoding="utf-8")
    assert run(["test", str(path)]) == 1
    assert capsys.readouterr().out == "1 cas\u00a0: 1 passe, 0 échoue\n"
    path.write_text("", encoding="utf-8")
    assert run(["test", str(path)]) == 2
