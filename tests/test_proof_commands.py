"""The commands of proof as a jurist types them: check, its certificate and figures, test, compare, ask."""

import io
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cep_route.__main__ import run
from cep_route.engine.decide import Table
from cep_route.engine.interview import Interview, Questions
from cep_route.files import load_law

LAW = load_law()[0]
assert LAW is not None
ROOT = Path(__file__).parents[1]
DAY = "2026-11-28"  # when the last source was read
CASES = str(ROOT / "tests" / "cases")


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_TODAY", DAY)


def said(capsys, *words):
    code = run(list(words))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_shipped_rules_and_territories_have_no_fault(capsys):
    assert said(capsys, "check") == (0, "rien à signaler\n", "")
    assert said(capsys, "check", "--lang", "en") == (0, "nothing to report\n", "")


def test_a_conflict_seeded_in_a_copy_is_found_with_its_witness_and_a_fix(tmp_path, capsys):
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    text = (rules / "cadres.toml").read_text(encoding="utf-8")
    (rules / "cadres.toml").write_text(
        text.replace('before = ["or-in-work", ', "before = ["), encoding="utf-8"
    )
    code, out, _ = said(capsys, "check", str(rules))
    assert code == 1
    assert "cadres.toml" in out
    assert "cep-route route" in out
    assert "[[cases]]" in out


def test_the_certificate_is_verified_by_a_script_that_knows_nothing_of_ours(tmp_path, capsys):
    path = tmp_path / "certificate.json"
    assert said(capsys, "check", "--certificate", str(path))[0] == 0
    verify = [sys.executable, "-I", str(ROOT / "tools" / "verify_certificate.py")]
    good = subprocess.run(
        [*verify, str(path), str(ROOT / "rules")], capture_output=True, text=True, check=False
    )
    assert good.returncode == 0, good.stdout + good.stderr
    data = json.loads(path.read_text(encoding="utf-8"))
    first = data["segments"][-1]["answers"][0][0]
    first[:] = ["apec"] if first != ["apec"] else ["france_travail"]
    path.write_text(json.dumps(data), encoding="utf-8")
    bad = subprocess.run(
        [*verify, str(path), str(ROOT / "rules")], capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1


def test_figures_of_the_proof_are_said(capsys):
    code, out, _ = said(capsys, "check", str(ROOT / "rules"), "--details", "--lang", "en")
    assert code == 0
    assert "Possible persons: 1,030,292,766,720" in out
    assert "Constraint: employee-in-work; Why: an employee is in work" in out


def test_the_shipped_cases_pass_and_cover_every_rule_boundary_and_unknown(capsys):
    code, out, _ = said(capsys, "test", CASES, "--coverage", "--lang", "en")
    assert code == 0
    assert " 0 fail" in out
    for line in ("rules: ", "boundaries (each side): ", "facts left unknown: "):
        (found,) = [text for text in out.splitlines() if text.startswith(line)]
        covered, _, whole = found.removeprefix(line).partition("/")
        assert covered == whole


def test_the_end_of_2019_is_compared_with_the_beginning_of_2020(capsys, tmp_path):
    intake = tmp_path / "in.csv"
    intake.write_text(
        "age;statut;en emploi;cadre;handicap;cherche un emploi\n40;salarié;oui;non;aucun;non\n40;demandeur d'emploi;non;non;aucun;oui\n",
        encoding="utf-8",
    )
    code, out, _ = said(capsys, "compare", "2019-12-31", "2020-01-01", str(intake))
    assert code == 1
    assert out.splitlines()[0] == "624 profils sur 4\u202f665 changent de réponse"
    assert out.splitlines()[-1] == "Lignes du fichier concernées\u00a0: 2"
    assert said(capsys, "compare", "2026-01-01", "2026-11-22")[0] == 0
    assert said(capsys, "compare", "c1a", "c3a")[0] == 0  # a territory changes nobody's rights


def ask(monkeypatch, capsys, answers, *words):
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    return said(capsys, "ask", *words)


def test_an_interview_from_a_pipe_answers_as_the_route_it_names(monkeypatch, capsys):
    code, out, err = ask(
        monkeypatch,
        capsys,
        "40\njobseeker\nnon\n1\nnon\nnon\naucun\n",
        "--commune",
        "99301",
        "--format",
        "json",
    )
    answer = json.loads(out)
    assert code == 0
    assert [f["operator"] for f in answer["first"]] == ["france_travail"]
    (line,) = [text for text in err.splitlines() if text.startswith("la même demande en une ligne\xa0: ")]
    words = line.removeprefix("la même demande en une ligne\xa0: cep-route ").split()
    again, out, _ = said(capsys, *words, "--commune", "99301", "--format", "json")
    same = json.loads(out)
    assert again == 0
    assert (same["first"], same["eligible"]) == (answer["first"], answer["eligible"])


def test_not_known_back_help_and_nonsense_are_all_answers(monkeypatch, capsys):
    code, out, err = ask(monkeypatch, capsys, "\nh\nzzz\n\x1b[2J\n1\n<\n?\n" + "?\n" * 20)
    assert code == 1  # nothing told: undecided, said so, and every door shown
    assert "Réponses possibles" in out
    assert err.count("1. Quel âge a la personne") == 5
    assert "réponse non comprise\xa0: zzz" in err
    assert "\x1b" not in err


def test_an_impossible_answer_is_refused(monkeypatch, capsys):
    _, _, err = ask(monkeypatch, capsys, "?\nagent public\n" + "\n".join(["?"] * 20))
    assert "CEP517" not in err
    _, _, err = ask(monkeypatch, capsys, "?\n3\n12\n")
    assert err.count("Quel âge") <= 2


def facts_of(out):
    return json.loads(out)["profile"]


def test_a_home_of_several_names_is_chosen_by_its_number(monkeypatch, capsys):
    _, out, err = ask(monkeypatch, capsys, "saint-denis\n9\n4\n", "--format", "json")
    assert "   4 = Saint-Denis (30247, Gard)\n" in err
    assert facts_of(out)["commune"] == "30247"
    assert "--commune 30247" in err


def test_a_home_is_told_by_postcode_and_name_by_its_beginning_or_nearly(monkeypatch, capsys):
    for text, code in (
        ("05000 Gap", "05061"),
        ("05061", "05061"),
        ("montgenev\n1", "05085"),
        ("gapp\n1", "05061"),
    ):
        _, out, _ = ask(monkeypatch, capsys, f"{text}\n", "--format", "json")
        assert facts_of(out)["commune"] == code, text
    _, _, err = ask(monkeypatch, capsys, "zzzzqq\n\n", "--format", "json")
    assert "CEP601" in err


def test_the_beginning_of_a_word_is_enough_when_it_is_the_only_one(monkeypatch, capsys):
    _, out, err = ask(monkeypatch, capsys, "\n\ne\nét\n", "--format", "json")
    assert "plusieurs réponses commencent ainsi\xa0: élève, étudiant" in err
    assert facts_of(out)["status"] == "student"


def test_a_birth_date_answers_the_question_of_the_age(monkeypatch, capsys):
    _, out, err = ask(monkeypatch, capsys, "\nd\n31/12/2031\n12/03/2002\n", "--format", "json")
    assert facts_of(out)["birth_date"] == "2002-03-12"
    assert "CEP505" in err
    assert "--naissance 2002-03-12" in err
    assert "--age" not in err
    _, out, _ = ask(monkeypatch, capsys, "\nd\n24 ans\n", "--format", "json")
    assert facts_of(out)["age"] == 24


def test_needs_are_told_by_their_beginnings_and_back_leads_to_the_last_question(monkeypatch, capsys):
    person = "\n40\nj\nno\nno\nno\nno\nno\n"
    talk = "no\nh\nzzz\nmobi, numer\n"
    _, out, err = ask(monkeypatch, capsys, person + "<\n" + talk, "--format", "json", "--lang", "en")
    assert facts_of(out)["needs"] == ["mobilite", "numerique"]
    assert "   mobilite — " in err
    assert "answer not understood: zzz" in err
    assert "--need mobilite --need numerique" in err


def test_back_from_the_first_question_leads_to_the_home(monkeypatch, capsys):
    _, out, err = ask(monkeypatch, capsys, "33063\n<\n05061\nd\n", "--format", "json")
    assert facts_of(out)["commune"] == "05061"
    assert err.count("Commune du domicile") == 2


def keys(person):
    """What a counsellor types for a person of known facts, line by line: numbers of the lists, and Enter."""
    talk, lines = Interview(Questions(LAW, DAY), {}), ["05000 Gap"]
    while talk.question:
        fact = talk.question.fact
        value = person.get(fact, "no")
        lines.append(str(value) if not talk.question.values else str(talk.question.values.index(value) + 1))
        talk = talk.tell(value)
    return [*lines, ""]


def test_a_route_takes_few_keys(monkeypatch, capsys):
    """From the home to the answer and its needs, Enter included, for forty kinds of person: under sixty keys, no word to know."""
    table = Table(LAW.segment(DAY), LAW.rules)
    longest = []
    for known, _ in random.Random(7).sample(list(table.kinds()), 40):
        person = {n: table.members[n][i][0] for n, i in known.items()}
        try:
            longest = max(longest, keys(person), key=lambda lines: sum(len(text) + 1 for text in lines))
        except ValueError:
            continue  # the kind leaves a fact open that the interview asks first
    assert sum(len(text) + 1 for text in longest) < 60
    code, out, err = ask(monkeypatch, capsys, "\n".join(longest) + "\n")
    assert code == 0
    assert out
    assert "--commune 05061" in err


def test_nobody_to_ask_fails_fast_and_lists_what_it_needs(monkeypatch, capsys):
    code, out, err = ask(monkeypatch, capsys, "")
    assert code == 2
    assert out == ""
    assert "Personne pour répondre" in err
    assert "situation principale" in err
