"""A whole file through the router: each row as `route` would answer it, nothing lost, nothing shown that should not be."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
import subprocess
import sys

import pytest
from msgspec.structs import asdict

from cep_route import files
from cep_route.__main__ import run
from cep_route.engine.explain import Placed
from cep_route.intake.pieces import COLUMNS
from cep_route.intake.writer import STILL_BROKEN
from cep_route.model.answer import Profile
from cep_route.router import Router
from cep_route.typed import contradictions

DAY = "2026-11-22"
CANARY = "Zorglub-Canari"


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_TODAY", DAY)


def write(folder, text, name="in.csv", codec="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(codec))
    return path


def routed(folder, text, *more, codec="utf-8", out="out.csv"):
    """Exit code, the rows of the output by column, the rows of the rejects, what was told."""
    source = write(folder, text, codec=codec) if text is not None else folder / "in.csv"
    code = run(["batch", str(source), "-o", str(folder / out), "--force", *map(str, more)])
    return code, table(folder / out, codec), table(folder / (out.rpartition(".")[0] + ".rejects.csv"), codec)


def spaced(text):
    """The text with ordinary spaces for those that do not break."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def table(path, codec="utf-8"):
    if not path.exists():
        return None
    text = path.read_bytes().decode(codec).removeprefix("\ufeff")
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


# ---------------------------------------------------------------------------------------------- one engine


def test_each_row_is_answered_as_route_would(tmp_path):
    """Random persons, known and unknown, in and out of territories: the same firsts, rules, ends, desks, partners."""
    chance = random.Random(4)
    law = files.load_law()[0]
    told = {
        "age": [None, 15, 17, 24, 25, 29, 47, 63], "birth_date": [None, "2000-12-01", "2001-03-04", "1996-02-29", "1971-05-06"],
        "status": [None, "jobseeker", "employee", "self_employed", "public_agent", "student", "retired", "inactive"],
        "employed": [None, "yes", "no"], "disability": [None, "none", "recognised", "pending"], "cadre": [None, "yes", "no"],
        "in_school": [None, "yes", "no"], "degree": [None, "bac", "bac5"], "seeking": [None, "yes", "no"],
    }  # fmt: skip
    homes = [None, "99301", "99503", "05061", "75056", "97411"]
    needs = [(), ("mobilite",), ("logement-hebergement", "numerique"), ("x-cep--bilan-de-competences",)]
    people = []
    for _ in range(160):
        facts = {n: chance.choice(v) for n, v in told.items()}
        if facts["status"] is None and chance.random() < 0.8:
            facts["status"] = "jobseeker"
        if facts["birth_date"]:
            facts["age"] = None
        people.append((facts, chance.choice(homes), chance.choice(needs)))
    lines = [
        "date de naissance;age;status;employed;disability;cadre;in_school;degree;seeking;code_insee;besoins;n"
    ]
    for number, (facts, home, asked) in enumerate(people):
        # « none » is what some programs write for an empty cell: files say « aucun »
        cells = [
            facts["birth_date"],
            facts["age"],
            *["aucun" if facts[n] == "none" else facts[n] for n in list(told)[2:]],
            home,
            "|".join(asked),
            number,
        ]
        lines.append(";".join("" if c is None else str(c) for c in cells))
    code, rows, rejects = routed(tmp_path, "\n".join(lines) + "\n")
    assert code == 1
    by_number = {int(r["n"]): r for r in rows}
    refused = {int(r["raw"].rpartition(";")[2]) for r in rejects[1:]}
    assert len(by_number) + len(refused) == len(people)
    assert len(by_number) > 60
    router = Router(law)
    for number, (facts, home, asked) in enumerate(people):
        known = {n: v for n, v in facts.items() if v is not None and n != "birth_date"}
        profile = Profile(facts=known, birth_date=facts["birth_date"], commune=home, needs=asked)
        against = [f for f in contradictions(profile, router.judge, DAY) if f.severity == "error"]
        assert (number in refused) == bool(against), known
        if number in refused:
            continue
        visit, _ = router.read(**asdict(profile), on=DAY)
        answer = router.route(visit)
        decision, row = answer.decision, by_number[number]
        assert row["cep_first"] == " ".join(decision.first)
        assert row["cep_eligible"] == " ".join(e.operator for e in decision.eligible)
        assert row["cep_decided"] == ("yes" if decision.decided else "no")
        until = decision.until
        assert row["cep_until"] == ((until.day or until.why) if until else "")
        assert row["cep_rules"].split() == [r.rule for r in decision.reasons if r.role != "note"]
        assert row["cep_missing"].split() == [m.fact for m in decision.missing]
        asked_next = law.facts[decision.missing[0].fact].question["fr"] if decision.missing else ""
        assert row["cep_question"] == asked_next
        assert row["cep_unmet"].split() == list(answer.unmet)
        best = {}
        for match in answer.partners:
            best.setdefault(match.need, match.name)
        assert [p.partition(": ")[2].partition(" (")[0] for p in row["cep_partners"].split(" | ") if p] == [
            n.partition(" (")[0] for n in best.values()
        ]
        for desk in answer.first:
            assert desk.name is None or desk.name in row["cep_desk"]
            assert (desk.address or "") in row["cep_address"]


@pytest.mark.parametrize("day", ["2014-06-01", "2019-06-30", "2023-12-31"])
def test_the_end_of_an_answer_on_a_day_of_the_past(tmp_path, day):
    """Later laws and birthdays mixed: the end is the one `route` gives, whoever shares the class of age."""
    born = [
        f"{year}-{month:02d}-{d:02d}"
        for year, month, d in itertools.product(range(1984, 2003), (3, 11), (1, 28))
    ]
    text = "naissance;statut;en emploi\n" + "".join(
        f"{b};{s}\n" for b in born for s in ("demandeur d'emploi;non", "salarié;oui")
    )
    code, rows, _ = routed(tmp_path, text.replace("naissance;", "date de naissance;", 1), "--on", day)
    assert code in (0, 1)
    router = Router(files.load_law()[0])
    for row in rows:
        facts = (
            {"status": "jobseeker", "employed": "no"}
            if row["en emploi"] == "non"
            else {"status": "employee", "employed": "yes"}
        )
        until = Placed(router.judge, Profile(facts=facts, birth_date=row["date de naissance"]), day).until()
        assert row["cep_until"] == ((until.day or until.why) if until else ""), row["date de naissance"]


def test_the_engine_is_asked_once_per_kind(tmp_path, monkeypatch):
    from cep_route.engine.explain import Judge

    calls = []
    real = Judge.decide
    monkeypatch.setattr(Judge, "decide", lambda self, *a, **k: calls.append(1) or real(self, *a, **k))
    rows = "".join(
        f"{18 + i % 40};salarié;oui;{c};mobilite\n"
        for i, c in zip(range(2000), itertools.cycle(("99301", "99501", "05061")), strict=False)
    )
    _code, out, _ = routed(tmp_path, "age;statut;en emploi;code_insee;besoins\n" + rows)
    assert len(out) == 2000
    assert len(calls) <= 5  # one for each class of ages that the rules tell apart


# ---------------------------------------------------------------------------------------------- rows


P = "id;nom;age;statut;en emploi;scolarisé;code postal;commune\n"
ADA = "1;Ada;19;demandeur d'emploi;non;non;;99301\n"


def test_input_columns_are_unchanged_and_ours_follow(tmp_path):
    text = P + '0001;"Dit ""Bo""; dit B";19;demandeur d\'emploi;non;non;01000;\n' + ADA
    routed(tmp_path, text)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == P.rstrip("\n") + ";" + ";".join(COLUMNS)
    assert [
        line.startswith(source) for line, source in zip(lines[1:], text.splitlines()[1:], strict=True)
    ] == [True, True]


def test_what_cannot_be_decided_is_asked_never_dropped(tmp_path):
    code, rows, rejects = routed(
        tmp_path, P + ";;;;;;;\n2;Bo;;;;;;\n3;Cy;24;demandeur d'emploi;non;;;99301\n"
    )
    assert code == 0
    assert rejects is None
    assert [(r["id"], r["cep_decided"], bool(r["cep_question"])) for r in rows] == [
        ("2", "no", True),
        ("3", "no", True),
    ]
    assert rows[1]["cep_missing"].split()[0] == "in_school"
    counts = json.loads((tmp_path / "out.csv.manifest.json").read_text())["counts"]
    assert counts == {"rows": 2, "routed": 2, "rejected": 0, "blank": 1, "undecided": 2, "outside": 0}


def test_all_decided_is_exit_0(tmp_path, capsys):
    assert (
        routed(
            tmp_path,
            "age;statut;en emploi;scolarisé;handicap;cadre\n19;demandeur d'emploi;non;non;aucun;non\n",
        )[0]
        == 0
    )
    first, who = capsys.readouterr().err.splitlines()
    assert first == "1 ligne\xa0: 1 orientée (dont 0 à compléter), 0 rejetée, 0 vide"
    assert who.startswith("Mission locale")


def test_a_contradiction_is_rejected_with_both_columns(tmp_path):
    code, rows, rejects = routed(tmp_path, P + ADA + "2;Bo;40;salarié;non;non;;99301\n")
    assert (code, len(rows)) == (1, 1)
    assert rejects[1] == {
        "line": "3", "column": "statut / en emploi", "code": "CEP550", "raw": "2;Bo;40;salarié;non;non;;99301",
        "reason": "ces colonnes se contredisent : statut / en emploi (un salarié est en emploi, même en préavis, en arrêt ou en congé)",
    }  # fmt: skip


def test_a_value_not_recognised_is_unknown_with_a_warning_or_rejected_under_strict(tmp_path):
    text = P + ADA + "2;Bo;24;demandeur d'emploi;peut-être un jour;non;;99301\n"
    code, rows, rejects = routed(tmp_path, text)
    assert (code, rejects) == (0, None)
    assert routed(tmp_path, text, "--strict-exit")[0] == 1
    assert rows[1]["cep_warnings"].startswith("CEP460 valeur non reconnue dans la colonne « en emploi »")
    assert (rows[1]["cep_decided"], "employed" in rows[1]["cep_missing"]) == ("no", True)
    code, rows, rejects = routed(tmp_path, text, "--strict")
    assert (code, len(rows)) == (1, 1)
    assert [(r["line"], r["column"], r["code"]) for r in rejects[1:]] == [("3", "en emploi", "CEP460")]


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_a_reject_tells_all_that_is_wrong_with_the_person(tmp_path, path):
    """Whoever mends the row should not have to come back for the second fault."""
    text = (
        "ref;naissance;statut;cadre\n1;14/03/01;salari;non\n2;14/03/2001;salari;zut\n3;14/03/01;salarié;non\n"
    )
    _, _, rejects = routed(tmp_path, text, "--strict", "--path", path)
    birth, status, cadre = (
        "année sur deux chiffres dans la colonne « naissance »",
        "valeur non reconnue dans la colonne « statut » (status) : elle reste inconnue",
        "valeur non reconnue dans la colonne « cadre » (cadre) : elle reste inconnue",
    )
    assert [(r["column"], r["code"], r["reason"].split(" | ")) for r in rejects[1:]] == [
        ("naissance", "CEP462", [birth, status]),
        ("statut", "CEP460", [status, cadre]),
        ("naissance", "CEP462", [birth]),
    ]


def test_an_age_that_is_not_the_birth_date_s_is_told_and_the_birth_date_kept(tmp_path):
    """A year apart is a file some months old; more is one wrong figure."""
    text = "id;date_naissance;age;statut;code_commune\n" + "".join(
        f"{n};{born};{age};demandeur d'emploi;99301\n"
        for n, (born, age) in enumerate(
            (("1996-01-01", 30), ("1996-12-01", 30), ("1996-01-01", 32), ("1950-01-01", 24))
        )
    )
    _, rows, _ = routed(tmp_path, text)
    warned = [
        "CEP470 l'âge de « age » n'est pas celui de « date_naissance »" in row["cep_warnings"] for row in rows
    ]
    assert warned == [False, False, True, True]
    assert "mission_locale" not in rows[3]["cep_eligible"]


@pytest.mark.parametrize(
    ("postcode", "commune", "warned", "told"),
    [
        ("", "99301", None, "99310 Orsaigne"),
        ("05000", "Gap", None, None),
        ("01400", "", "CEP553", None),
        ("05000", "Marseille", "CEP554", None),
        ("", "Nulle-Part-sur-Rien", "CEP552", None),
        ("", "", "CEP514", None),
        ("abc", "", "CEP467", None),
    ],
)
def test_the_home_of_a_row(tmp_path, postcode, commune, warned, told):
    _, rows, _ = routed(tmp_path, P + f"1;Ada;19;demandeur d'emploi;non;non;{postcode};{commune}\n")
    row = rows[0]
    assert row["cep_first"] == "mission_locale"
    assert row["cep_desk"]
    assert [w[:6] for w in row["cep_warnings"].split(" | ") if w and w[:6] not in {"CEP231", "CEP233"}] == (
        [warned] if warned else []
    )
    assert told is None or told in row["cep_address"]
    if commune and warned:
        assert commune not in row["cep_warnings"]


def test_the_territory_of_all_or_of_a_row(tmp_path, capsys):
    text = "age;statut;en emploi;scolarisé;territoire\n" + "".join(
        f"19;demandeur d'emploi;non;non;{t}\n" for t in ("c2a", "C2A", "c2a\u200b", "ailleurs", "")
    )
    _, rows, _ = routed(tmp_path, text)
    there = ["Orsaigne" in r["cep_address"] for r in rows]
    assert there == [True, True, True, False, False]
    assert [r["cep_warnings"][:6] if "CEP55" in r["cep_warnings"] else "" for r in rows] == [
        "",
        "",
        "CEP556",
        "CEP555",
        "",
    ]
    _, rows, _ = routed(tmp_path, text, "--territory", "c2a")
    assert all("Orsaigne" in r["cep_address"] for r in rows)
    assert routed(tmp_path, text, "--territory", "nowhere")[0] == 2
    assert "CEP016" in capsys.readouterr().err


def test_three_rows_of_one_id_are_three_rows(tmp_path):
    assert len(routed(tmp_path, P + ADA * 3)[1]) == 3


def test_columns_of_ours_in_the_input_are_refused(tmp_path, capsys):
    code, rows, _ = routed(tmp_path, P.replace("nom", "cep_first") + ADA)
    assert (code, rows) == (2, None)
    assert "in.csv:1: le fichier a déjà des colonnes de résultat : cep_first (CEP543)" in spaced(
        capsys.readouterr().err
    )


# ---------------------------------------------------------------------------------------------- rejects and back


def test_rejects_are_mended_and_fed_back(tmp_path):
    text = (
        "Titre;;;;;;;\n"
        + P
        + ADA
        + '2;"Bo;40;salarié;oui;non;;99301\n3;=Cy;40;salarié;non;non;;99301\n4;Di;40;salarié;oui;non;;99301;trop\n'
    )
    code, rows, rejects = routed(tmp_path, text)
    assert code == 1
    assert [r["id"] for r in rows] == ["1"]
    assert [(r["line"], r["code"]) for r in rejects] == [
        ("2", "header"),
        ("4", "CEP433"),
        ("5", "CEP550"),
        ("6", "CEP430"),
    ]
    path = tmp_path / "out.rejects.csv"
    fixed = (
        path.read_text(encoding="utf-8")
        .replace('""Bo', "Bo")
        .replace("=Cy;40;salarié;non", "=Cy;40;salarié;oui")
        .replace(";trop", "")
    )
    path.write_text(fixed, encoding="utf-8")
    code = run(["batch", str(path), "--only-rejects", "-o", str(tmp_path / "back.csv")])
    back = table(tmp_path / "back.csv")
    assert code == 0
    assert not (tmp_path / "back.rejects.csv").exists()
    assert [(r["id"], r["nom"], r["cep_rules"]) for r in back] == [
        ("2", "Bo", "or-in-work"),
        ("3", "=Cy", "or-in-work"),
        ("4", "Di", "or-in-work"),
    ]


def test_rejects_of_an_earlier_run_do_not_outlive_it(tmp_path):
    bad, good = P + "2;Bo;40;salarié;non;non;;99301\n", P + ADA
    assert [row["line"] for row in routed(tmp_path, bad)[2]] == ["1", "2"]
    assert [row["line"] for row in routed(tmp_path, good)[2]] == [
        "1"
    ]  # the header alone: nothing was rejected


def test_rejects_fed_back_as_they_are_come_back_with_their_lines(tmp_path):
    text = (
        P + ADA + "2;Bo;40;salarié;non;non;;99301\n"
    ).encode() + b"3;Le\xe8vre;40;salari\xe9;oui;non;;99301\n"
    (tmp_path / "in.csv").write_bytes(text + "4;Éva;19;demandeur d'emploi;non;non;;99301\n".encode())
    _code, _, rejects = routed(tmp_path, None)
    assert [(r["line"], r["code"]) for r in rejects[1:]] == [("3", "CEP550"), ("4", "CEP435")]
    assert (
        run(["batch", str(tmp_path / "out.rejects.csv"), "--only-rejects", "-o", str(tmp_path / "b.csv")])
        == 1
    )
    again = table(tmp_path / "b.rejects.csv")
    assert [(r["line"], r["code"]) for r in again[1:]] == [("3", "CEP550"), ("4", "CEP557")]


@pytest.mark.parametrize("text", ["a;b\n1;2\n", "line;column;code;reason;raw\n1;;CEP550;x;y\n", ""])
def test_what_is_no_rejects_file_is_refused(tmp_path, text, capsys):
    path = write(tmp_path, text, "r.csv")
    assert run(["batch", str(path), "--only-rejects", "-o", str(tmp_path / "o.csv")]) == 2
    assert "CEP558" in capsys.readouterr().err or not text


# ---------------------------------------------------------------------------------------------- formats


def test_a_cp1252_file_stays_one(tmp_path):
    routed(tmp_path, (P + ADA.replace("Ada", "Œdipe à Gap")).replace("\n", "\r\n"), codec="cp1252")
    data = (tmp_path / "out.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 2
    assert "1;Œdipe à Gap;19" in data.decode("cp1252")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_mark_stays(tmp_path, codec):
    routed(tmp_path, P + ADA, codec=codec)
    data = (tmp_path / "out.csv").read_bytes()
    assert data.decode(codec).startswith(P.rstrip("\n"))
    assert data[:2] == (P + ADA).encode(codec)[:2]


def test_utf_16_may_be_told_without_its_order_of_bytes(tmp_path):
    """The mark tells it; where there is none, it is that of Windows."""
    for codec in ("utf-16", "utf-16-le"):
        code, rows, _ = routed(tmp_path, P + ADA, "--encoding", "utf-16", codec=codec)
        assert (code, rows[0]["nom"]) == (0, "Ada")


def test_no_codec_of_python_is_a_bug_of_ours(tmp_path):
    from encodings.aliases import aliases

    source = write(tmp_path, P + ADA.replace("Ada", "Zoé"), codec="utf-16")
    for codec in sorted({*aliases.values(), "idna", "undefined", "raw_unicode_escape", "nonsense"}):
        out = str(tmp_path / "o.csv")
        assert run(["batch", str(source), "--encoding", codec, "-o", out, "--force"]) in (0, 1, 2), codec


def test_for_french_excel(tmp_path):
    code, rows, _ = routed(
        tmp_path, P.replace(";", ",") + "1,=1+1,19,demandeur d'emploi,non,non,,99301\n", "--excel-fr"
    )
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid;nom;")
    assert data.count(b"\r\n") == data.count(b"\n")
    assert rows[0]["nom"] == "'=1+1"
    assert code == 0


def test_json_lines(tmp_path):
    source = write(tmp_path, P + ADA.replace("Ada", "=1+1"))
    assert run(["batch", str(source), "-o", str(tmp_path / "o.jsonl")]) == 0
    row = json.loads((tmp_path / "o.jsonl").read_text(encoding="utf-8"))
    assert row["nom"] == "=1+1"
    assert row["cep_first"] == "mission_locale"
    assert list(row)[-len(COLUMNS) :] == list(COLUMNS)


def test_workbooks_in_and_out(tmp_path):
    calamine = pytest.importorskip("python_calamine")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(2, 0, P.strip().split(";"))
    for at, name in ((3, "=1+1"), (4, "deux\nlignes"), (5, "\x1b[2J"), (6, "Eva")):
        sheet.write_row(at, 0, [1.0, "", 40, "salarié", "oui" if at < 6 else "non", "non", "01000", ""])
        sheet.write_string(at, 1, name)
    book.close()
    assert run(["batch", str(path), "-o", str(tmp_path / "out.xlsx")]) == 1
    rows = calamine.CalamineWorkbook.from_path(str(tmp_path / "out.xlsx")).get_sheet_by_index(0).to_python()
    assert [r[1] for r in rows] == ["nom", "'=1+1", "deux\nlignes", "\\x1b[2J"]
    assert rows[1][:7] == ["1", "'=1+1", "40", "salarié", "oui", "non", "01000"]
    rejects = table(tmp_path / "out.rejects.csv")
    assert [(r["line"], r["code"]) for r in rejects] == [("3", "header"), ("7", "CEP550")]


def test_parquet_in_and_out(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    source = write(tmp_path, P + ADA)
    assert run(["batch", str(source), "-o", str(tmp_path / "o.parquet")]) == 0
    rows = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert rows[0]["cep_first"] == "mission_locale"
    pq.write_table(
        pq.read_table(tmp_path / "o.parquet").select(P.strip().split(";")), tmp_path / "in.parquet"
    )
    assert run(["batch", str(tmp_path / "in.parquet"), "-o", str(tmp_path / "o2.csv")]) == 0
    assert table(tmp_path / "o2.csv")[0]["cep_first"] == "mission_locale"


def filtered(folder, text, *words):
    return subprocess.run(
        [sys.executable, "-m", "cep_route", "batch", "-", "--on", DAY, *words],
        input=text.encode(),
        capture_output=True,
        check=False,
        cwd=folder,
    )


def test_standard_input_and_output(tmp_path):
    done = filtered(tmp_path, P + ADA, "-o", "-")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[1].startswith(ADA.strip() + ";mission_locale;")
    assert done.stderr.decode().startswith(
        "1 ligne\xa0: 1 orientée (dont 1 à compléter), 0 rejetée, 0 vide\n"
    )
    assert not list(tmp_path.iterdir())


def test_rejects_of_a_stream_are_kept_and_disturb_no_others(tmp_path):
    """Of what went by on a pipe nothing else is left: a row that is rejected stands in the working folder."""
    for number, name in enumerate(("stdin.rejects.csv", "stdin.rejects-2.csv"), 1):
        done = filtered(tmp_path, P + ADA + f"2;Bo{number};40;salarié;non;non;;99301\n")
        assert (done.returncode, len(done.stdout.decode().splitlines())) == (1, 2)
        first = f"2 lignes\xa0: 1 orientée (dont 1 à compléter), 1 rejetée, 0 vide → {name}\n"
        assert done.stderr.decode().startswith(first)
        assert table(tmp_path / name)[1]["raw"] == f"2;Bo{number};40;salarié;non;non;;99301"
    assert len(list(tmp_path.iterdir())) == 2
    done = filtered(tmp_path, P + "3;Bo;40;salarié;non;non;;99301\n", "--rejects", "here.csv")
    assert table(tmp_path / "here.csv")[1]["line"] == "2"
    source = write(tmp_path, P + "3;Bo;40;salarié;non;non;;99301\n", "mine.csv")
    subprocess.run([sys.executable, "-m", "cep_route", "batch", str(source)], cwd=tmp_path, check=False)
    assert table(tmp_path / "mine.rejects.csv")[1]["line"] == "2"


def test_a_stream_without_a_place_for_rejects_goes_until_there_is_one(tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir("/proc")  # where even root writes nothing
    assert run(["batch", str(write(tmp_path, P + ADA))]) == 0
    out, err = capfdbinary.readouterr()
    assert len(out.splitlines()) == 2
    assert err.decode().startswith("1 ligne\xa0: 1 orientée (dont 1 à compléter), 0 rejetée, 0 vide\n")
    assert run(["batch", str(write(tmp_path, P + "2;Bo;40;salarié;non;non;;99301\n"))]) == 2
    assert capfdbinary.readouterr().err.decode().startswith("Impossible d'écrire « in.rejects.csv »")


@pytest.mark.parametrize("codec", ["cp850", "iso8859-15", "cp1250"])
def test_rejects_in_another_codec_say_so_themselves(tmp_path, codec):
    text = P + "2;Zoé;40;salarié;non;non;;99301\n"
    source = write(tmp_path, text, codec=codec)
    words = ["batch", str(source), "--encoding", codec, "-o", str(tmp_path / "o.csv"), "--force"]
    assert run(words) == 1
    rejects = tmp_path / "o.rejects.csv"
    rejects.write_bytes(rejects.read_bytes().replace(b";non;non;", b";oui;non;"))
    assert run(["batch", str(rejects), "--only-rejects", "-o", str(tmp_path / "b.csv")]) in (0, 1)
    assert table(tmp_path / "b.csv", codec)[0]["nom"] == "Zoé"


def test_a_letter_that_the_codec_lacks_is_told(tmp_path, capsys):
    routed(tmp_path, P + "2;Zoé;40;salarié;non;non;;99301\n", codec="cp1252")
    rejects = tmp_path / "out.rejects.csv"
    text = rejects.read_bytes().decode("cp1252").replace("Zoé;40;salarié;non", "Zoé →;40;salarié;oui")
    rejects.write_bytes(text.encode("utf-8-sig"))
    assert run(["batch", str(rejects), "--only-rejects", "-o", str(tmp_path / "b.csv")]) in (0, 1)
    assert f"« {rejects} » contient des lettres que cp1252 n'a pas" in capsys.readouterr().err
    assert table(tmp_path / "b.csv")[0]["nom"] == "Zoé →"


def test_a_rejected_row_over_several_lines_comes_back(tmp_path):
    """Its second line has as many cells as a rejects file has columns."""
    text = 'nom;age;statut;en emploi;commune\n"A\nb";30;salarié;non;99301\n'
    routed(tmp_path, text)
    rejects = tmp_path / "out.rejects.csv"
    rejects.write_text(rejects.read_text("utf-8").replace(";non;", ";oui;"), "utf-8")
    assert run(["batch", str(rejects), "--only-rejects", "-o", str(tmp_path / "b.csv")]) in (0, 1)
    assert [row["nom"] for row in table(tmp_path / "b.csv")] == ["A\nb"]


def test_the_number_of_a_line_may_be_anything(tmp_path):
    text = 'line;column;code;reason;raw\n1;";";header;utf-8 LF;"id;statut"\n{};x;CEP550;x;"2;salarié"\n'
    for number in ("1" * 4301, "x", "", "-1"):
        source = write(tmp_path, text.format(number))
        assert run(["batch", str(source), "--only-rejects", "-o", str(tmp_path / "o.csv"), "--force"]) in (
            0,
            1,
        )


@pytest.mark.parametrize("out", ["o.csv", "o.jsonl", "o.parquet", "o.xlsx", "excel"])
@pytest.mark.parametrize(
    "way", [(",", "utf-8", "\n"), (";", "cp1252", "\r\n"), ("\t", "utf-16", "\r\n"), ("|", "utf-8-sig", "\n")]
)
def test_mended_rejects_come_back_as_their_file_was_written_whatever_the_output_was(tmp_path, way, out):
    """The fed back rows go out in the delimiter, the letters and the line ends of the file they come from: the two can be joined."""
    delimiter, codec, newline = way
    rows = [
        ["id", "nom", "statut", "cadre", "commune"],
        ["1", "Zoé", "chômeur", "non", "99301"],
        ["2", 'a;b,\t|"c"', "salarié", "peut-être", "99301"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    source = write(tmp_path, text.getvalue(), codec=codec)
    more = ["--excel-fr", "-o", str(tmp_path / "o.csv")] if out == "excel" else ["-o", str(tmp_path / out)]
    assert run(["batch", str(source), "--strict", *more]) == 1
    rejects = tmp_path / "o.rejects.csv"
    assert b"CEP460" in rejects.read_bytes().replace(b"\0", b"")
    back = tmp_path / "back.csv"
    assert run(["batch", str(rejects), "--only-rejects", "-o", str(back)]) in (0, 1)
    data = back.read_bytes()
    sound = tmp_path / "sound.csv"
    assert run(["batch", str(source), "-o", str(sound)]) in (0, 1)
    whole = sound.read_bytes().decode(codec).splitlines(keepends=True)
    assert data.decode(codec) == whole[0] + whole[2]
    if codec == "utf-8-sig":
        assert data[:3] == sound.read_bytes()[:3] == b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "words",
    [
        ("--delimiter", ""),
        ("--delimiter", ";;"),
        ("--delimiter", "\n"),
        ("--format", "pdf"),
        ("--path", "x"),
        ("--rejects", "-"),
        ("--excel-fr", "--format", "jsonl"),
        ("-o", "o.ods"),
        ("--rejects", "r.xlsx"),
        ("--sheet", "Mars"),
        ("-o", "o.json"),
        ("-o", "o.csv", "--format", "xlsx"),
        ("-o", "o.xlsx", "--format", "csv"),
    ],
)
def test_options_that_cannot_be(tmp_path, words, capsys):
    assert run(["batch", str(write(tmp_path, P + ADA)), "-o", str(tmp_path / "o"), *words]) == 2
    refused = "Valeur «" if words[0] in {"--format", "--path"} else "Option refusée"  # a word of a few
    assert capsys.readouterr().err.startswith(refused)


def ods(path, rows):
    """A spreadsheet of OpenDocument: cells of text, numbers with a date or a decimal, repeated empty cells."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value):
        if value is None:
            return '<table:table-cell table:number-columns-repeated="2"/>'
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        if value[:3] == "on ":
            return f'<table:table-cell office:value-type="date" office:date-value="{value[3:]}"><text:p>x</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="F1">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("mimetype", kind)
        pack.writestr("content.xml", content)
        pack.writestr("META-INF/manifest.xml", manifest)


def test_an_open_document_sheet(tmp_path):
    pytest.importorskip("python_calamine")
    path = tmp_path / "in.ods"
    ods(path, [["Liste"], ["id", "nom", "date de naissance", "statut", "en emploi", "code postal"],
               ["0001", "=1+1", "on 1990-05-04", "salarié", "oui", "01000"], [2.0, None, "salarié", "non", "2A004"], [3.0, "1,5", "on 2001-02-03", "étudiant", "non", "05000"]])  # fmt: skip
    assert run(["batch", str(path), "-o", str(tmp_path / "out.csv")]) == 1
    rows = table(tmp_path / "out.csv")
    assert [(r["id"], r["nom"], r["date de naissance"], r["code postal"]) for r in rows] == [
        ("0001", "=1+1", "1990-05-04", "01000"),
        ("3", "1,5", "2001-02-03", "05000"),
    ]
    assert [(r["line"], r["code"]) for r in table(tmp_path / "out.rejects.csv")] == [
        ("2", "header"),
        ("4", "CEP550"),
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_every_format_holds_the_same_cells_in_the_same_order(tmp_path, form):
    """Asked by --format or by the name; the same bytes twice; readable by the owner only."""
    text = P + ADA.replace("Ada", "=1+1") + '2;"a;b ""c""";24;demandeur d\'emploi;non;;01000;Où ça\n'
    source = write(tmp_path, text)
    outs = [tmp_path / f"a.{form}", tmp_path / "b.out"]
    assert run(["batch", str(source), "-o", str(outs[0])]) == 0
    assert run(["batch", str(source), "-o", str(outs[1]), "--format", form]) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert outs[0].stat().st_mode & 0o777 == 0o600
    if form == "csv":
        cells = [list(r.values()) for r in table(outs[0])]
    elif form == "jsonl":
        cells = [list(json.loads(line).values()) for line in outs[0].read_text(encoding="utf-8").splitlines()]
    elif form == "parquet":
        pq = pytest.importorskip("pyarrow.parquet")
        cells = [list(r.values()) for r in pq.read_table(outs[0]).to_pylist()]
    else:
        calamine = pytest.importorskip("python_calamine")
        sheet = calamine.CalamineWorkbook.from_path(str(outs[0])).get_sheet_by_index(0).to_python()
        assert sheet[0] == [*P.strip().split(";"), *COLUMNS]
        cells = [[*(str(c) for c in row), *[""] * (len(sheet[0]) - len(row))] for row in sheet[1:]]
        assert cells[0][1] == "'=1+1"
        cells[0][1] = "=1+1"
    assert [row[:8] for row in cells] == [
        ["1", "=1+1", "19", "demandeur d'emploi", "non", "non", "", "99301"],
        ["2", 'a;b "c"', "24", "demandeur d'emploi", "non", "", "01000", "Où ça"],
    ]
    assert [row[8] for row in cells] == ["mission_locale", ""]
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.endswith(".tmp")) == []


def test_without_the_extras_a_csv_goes_through_all_the_same(tmp_path):
    """No polars, no pyarrow, no numpy, no library of workbooks: the same bytes, and the extra is named where one is needed."""
    import subprocess
    import sys

    rows = "".join(f"{i};Ex;{16 + i % 50};demandeur d'emploi;non;non;;99301\n" for i in range(30_000))
    source = write(tmp_path, P + rows)
    assert source.stat().st_size > 1 << 20
    block = (
        "import sys\nfor n in ('polars', 'pyarrow', 'numpy', 'python_calamine', 'xlsxwriter'): sys.modules[n] = None\n"
        "from cep_route.__main__ import run\nsys.exit(run(sys.argv[1:]))"
    )

    def bare(*words):
        return subprocess.run(
            [sys.executable, "-c", block, *words], capture_output=True, text=True, check=False, cwd=tmp_path
        )

    assert bare("batch", "in.csv", "-o", "bare.csv", "--on", DAY).returncode == 0
    assert run(["batch", str(source), "-o", str(tmp_path / "all.csv"), "--on", DAY]) == 0
    for name in ("{}.csv", "{}.csv.manifest.json"):
        assert (tmp_path / name.format("bare")).read_bytes() == (tmp_path / name.format("all")).read_bytes()
    ods(tmp_path / "in.ods", [["id"], ["1"]])
    (tmp_path / "in.parquet").write_bytes(b"PAR1....PAR1")
    for words, extra in (
        (("in.csv", "-o", "o.xlsx"), "xlsx"), (("in.csv", "-o", "o.parquet"), "fast"), (("in.ods", "-o", "o.csv"), "xlsx"),
        (("in.parquet", "-o", "o.csv"), "fast"),
    ):  # fmt: skip
        done = bare("batch", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "CEP546" in done.stderr
        assert f"cep-route[{extra}]" in done.stderr
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith("o.")]


class Terminal(io.StringIO):
    buffer = io.BytesIO()

    def isatty(self):
        return True


def test_progress_on_a_terminal_and_nowhere_else(tmp_path, monkeypatch, capsys):
    """A bar on stderr while the file is read; nothing of it where stderr is a file, nor among rows that a terminal shows."""
    source = write(tmp_path, P + ADA * 20_000)
    words = ["batch", str(source), "--path", "plain", "--force", "--columns", "cep_first"]
    run([*words, "-o", str(tmp_path / "a.csv")])
    assert "%" not in capsys.readouterr().err
    for out, drawn in ((str(tmp_path / "b.csv"), True), ("-", False)):
        seen, shown = Terminal(), Terminal()
        with monkeypatch.context() as patch:
            patch.setenv("TERM", "xterm")
            patch.setattr(sys, "stderr", seen)
            patch.setattr(sys, "stdout", shown)
            assert run([*words, "-o", out]) == 0
        assert ("100\u00a0%" in seen.getvalue()) is drawn
        assert shown.getvalue().count("Ada") == (0 if drawn else 20_000)


# ---------------------------------------------------------------------------------------------- manifest, privacy


def test_the_same_input_and_rules_give_the_same_bytes(tmp_path):
    seen = set()
    for way in ("plain", "auto"):
        routed(tmp_path, P + ADA + "2;Bo;40;salarié;non;non;;99301\n", "--path", way)
        seen.add(
            tuple(
                (tmp_path / name).read_bytes()
                for name in ("out.csv", "out.rejects.csv", "out.csv.manifest.json")
            )
        )
    assert len(seen) == 1


@pytest.mark.parametrize("seed", [0, 7, 20])
def test_the_seed_of_hashes_changes_nothing(tmp_path, seed):
    import os
    import subprocess
    import sys

    source = write(tmp_path, P + ADA + "2;Bo;40;salarié;oui;non;;99503\n")
    env = {**os.environ, "PYTHONHASHSEED": str(seed), "CEP_ROUTE_CACHE": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-m", "cep_route", "batch", str(source), "-o", str(tmp_path / "o.csv"), "--on", DAY],
        env=env,
        capture_output=True,
        check=False,
    )
    first = tmp_path.parent / "seeds"
    data = (tmp_path / "o.csv").read_bytes()
    if first.exists():
        assert first.read_bytes() == data
    first.write_bytes(data)


def test_the_manifest_tells_what_went_in_and_by_what(tmp_path):
    import hashlib

    routed(tmp_path, P + ADA)
    told = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))
    assert told["input"]["sha256"] == hashlib.sha256((P + ADA).encode()).hexdigest()
    assert told["rules"] == files.load_law()[0].digest
    assert told["on"] == DAY
    assert {"france", "c2a"} <= set(told["territories"])
    assert told["first"] == {"mission_locale": 1}


@pytest.mark.parametrize("way", ["plain", "auto"])
def test_canaries_stay_in_their_rows(tmp_path, capsys, way):
    rows = [
        f"1;{CANARY};19;demandeur d'emploi;non;non;;99301", f"2;a;{CANARY};demandeur d'emploi;non;non;;{CANARY}", f"3;a;40;{CANARY};non;non;{CANARY};x",
        f"4;{CANARY};40;salarié;non;non;;99301", f'5;"{CANARY};40;;;;;', f"6;{CANARY}", f"7;{CANARY};;;;;;;;;long",
    ]  # fmt: skip
    text = P + "\n".join(rows) + "\n"
    for more in ((), ("--strict",), ("--lang", "en")):
        routed(tmp_path, text, "--path", way, *more)
        run(["inspect", str(tmp_path / "in.csv")])
        said = capsys.readouterr()
        assert CANARY not in said.err
        assert CANARY not in said.out
        assert CANARY not in (tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8")
        for row in table(tmp_path / "out.csv"):
            assert not any(CANARY in row[name] for name in COLUMNS)


def test_a_bug_of_ours_shows_no_cell(tmp_path, capsys, monkeypatch):
    from cep_route.intake.people import People

    def broken(self, way):
        raise KeyError(way.rows[0][1])

    monkeypatch.setattr(People, "of", broken)
    monkeypatch.delenv("CEP_ROUTE_DEBUG", raising=False)
    assert (
        run(["batch", str(write(tmp_path, P + ADA.replace("Ada", CANARY))), "-o", str(tmp_path / "o.csv")])
        == 3
    )
    assert CANARY not in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


# ---------------------------------------------------------------------------------------------- inspect


def test_inspect_tells_what_is_understood(tmp_path, capsys):
    source = write(
        tmp_path, "Titre\n\n" + P + ADA + "2;Bo;40;salarié;non;non;;99301\n" + "3;Cy;40;salarier;oui;;;\n" * 3
    )
    code = run(["inspect", str(source), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert (told["encoding"], told["delimiter"], told["header_line"], told["above"]) == ("utf-8", ";", 3, [1])
    assert {c["column"]: c["becomes"] for c in told["columns"]}["statut"] == "status"
    assert [(u["column"], u["rows"], u["value"], u["near"]) for u in told["unrecognised"]] == [
        ("statut", 3, "salarier", "salarie")
    ]
    assert (told["rows"], told["would_be_rejected"], told["distinct_persons"]) == (5, 1, 2)
    assert told["rejects"] == [{"line": 5, "code": "CEP550"}]
    assert run(["inspect", str(source)]) == 1
    text = spaced(capsys.readouterr().out)
    assert (
        "Colonne : statut ; Devient : situation principale (status) ; Comment : titre connu ; Non reconnues : 3\n"
        in text
    )
    assert "Colonne : statut ; Valeur : « salarier » ; Lignes : 3 ; Proche de : salarie\n" in text


HOMES = "ref;statut;code postal;commune\n1;chomeur;05000;Gap\n2;chomeur;;Gapp\n3;chomeur;13001;GAP\n4;chomeur;99999;\n5;chomeur;;\n6;chomeur;05000;Gapp\n"


def test_a_home_that_is_nowhere_is_told_before_and_rejected_under_strict(tmp_path, capsys):
    source = write(tmp_path, HOMES)
    assert run(["inspect", str(source), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(h["code"], h["rows"], h["lines"], h["near"]) for h in told["homes"]] == [
        ("CEP552", 1, [3], "Gap"), ("CEP554", 1, [4], None), ("CEP552", 1, [5], None), ("CEP553", 1, [7], "Gap"),
    ]  # fmt: skip
    run(["inspect", str(source)])
    text = spaced(capsys.readouterr().out)
    where = "Lignes : 1 ; Proche de : Gap ; Où : ligne 3"
    assert (
        f"Raison : commune non reconnue : seuls les contacts nationaux sont donnés (CEP552) ; {where}\n"
        in text
    )
    assert "Gapp" not in text  # a home is nobody's business
    code, rows, rejects = routed(tmp_path, HOMES, "--strict")
    assert [row["ref"] for row in rows] == ["1", "5", "6"]
    assert [(r["line"], r["column"], r["code"]) for r in rejects[1:]] == [
        ("3", "commune", "CEP552"), ("4", "code postal / commune", "CEP554"), ("5", "code postal", "CEP552"),
    ]  # fmt: skip
    run(["inspect", str(source), "--strict", "--format", "json"])
    strictly = json.loads(capsys.readouterr().out)
    assert (code, strictly["would_be_rejected"]) == (1, 3)
    assert [(r["code"], r["column"], r["lines"]) for r in strictly["reasons"]] == [
        ("CEP552", "code postal", [5]), ("CEP552", "commune", [3]), ("CEP554", "code postal / commune", [4]),
    ]  # fmt: skip


def test_inspect_says_where_and_why_and_shows_nobody(tmp_path, capsys):
    """What is hidden has its lines; a date tells what is wrong with it; a reject its reason, as the rejects file would."""
    source = write(
        tmp_path,
        "ref;statut;date de naissance;age;territoire\n1;chomeur;14/03/01;20;c3a\n2;chomeur;14/03/1901;abc;\n"
        f"3;chomeur;hier;210;\n4;{CANARY};14/03/01;20;\n5;{CANARY}s;14/03/2001;25;;trop\n6;retraité chez nous;;40;\n",
    )
    assert run(["inspect", str(source)]) == 1
    assert (
        spaced(capsys.readouterr().out).partition("Colonnes :\n")[2]
        == """Colonne : ref ; Devient : — ; Comment : passe telle quelle
Colonne : statut ; Devient : situation principale (status) ; Comment : titre connu ; Non reconnues : 2
Colonne : date de naissance ; Devient : date de naissance (birth_date) ; Comment : titre connu ; Non reconnues : 4
Colonne : age ; Devient : âge (age) ; Comment : titre connu ; Non reconnues : 2
Colonne : territoire ; Devient : territory ; Comment : titre connu

Valeurs non reconnues :
Colonne : statut ; Valeur : non montrée ; Lignes : 2 ; Où : lignes 5, 7

Valeurs illisibles :
Raison : date illisible dans la colonne « date de naissance » (CEP461) ; Lignes : 1 ; Où : ligne 4
Raison : année sur deux chiffres dans la colonne « date de naissance » (CEP462) ; Lignes : 2 ; Où : lignes 2, …
Raison : date de naissance hors limites dans la colonne « date de naissance » (CEP464) ; Lignes : 1 ; Où : ligne 3
Raison : âge illisible dans la colonne « age » (CEP465) ; Lignes : 2 ; Où : lignes 3, 4

Ce qu'on en ferait :
6 lignes, 0 vide, 5 profils différents, 5 à compléter, 1 serait rejetée

Lignes qui seraient rejetées :
Raison : 6 cellules pour 5 colonnes (CEP430) ; Lignes : 1 ; Où : ligne 6

À savoir :
la colonne « date de naissance » a un titre connu (birth_date) mais aucune de ses premières valeurs n'est reconnue (CEP455)
"""
    )


def test_the_output_of_a_run_is_told_by_inspect_too(tmp_path, capsys):
    assert run(["inspect", str(write(tmp_path, "id;statut;cep_first\n1;salarié;apec\n"))]) == 1
    assert "CEP543" in capsys.readouterr().out


def test_a_spelling_with_another_number_is_not_proposed(tmp_path, capsys):
    """Of the two scales of levels one goes up and the other down."""
    text = "ref;statut;Niveau de formation\n" + "".join(f"{n};chomeur;{w}\n" for n, w in enumerate(("Niveau 9", "Niveau 9", "Master 3", "Master 3", "Baccalauréatt")))  # fmt: skip
    run(["inspect", str(write(tmp_path, text)), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert [(u["value"], u["near"]) for u in told["unrecognised"]] == [
        ("Master 3", None), ("Niveau 9", None), ("Baccalauréatt", "baccalaureat"),
    ]  # fmt: skip


def workbook(path, **sheets):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return path


def test_the_sheet_of_a_workbook(tmp_path, capsys):
    """The first one that has a title, or the one that is named; figures as a sheet shows them."""
    pytest.importorskip("xlsxwriter")
    persons = [["ref", "statut", "carte"], [1, "chômeur", 1234567890123456], [2, "salarié", 1.5]]
    more = [["ref", "statut"], [7, "retraité"]]
    source = workbook(tmp_path / "b.xlsx", Notice=[["Mode d'emploi"], ["à lire"]], Mars=persons, Avril=more)
    out = tmp_path / "o.csv"
    for words, rows in (
        ((), [("1", "1234567890123456"), ("2", "1.5")]),
        (("--sheet", "Avril"), [("7", None)]),
    ):
        assert run(["batch", str(source), "-o", str(out), "--force", *words]) == 0
        assert [(row["ref"], row.get("carte")) for row in table(out)] == rows
        told = json.loads((tmp_path / "o.csv.manifest.json").read_bytes())
        assert told["input"]["sheet"] == (words[1] if words else "Mars")
        assert ("CEP551" in capsys.readouterr().err) == (not words)
    run(["inspect", str(source), "--feuille", "Avril"])
    assert capsys.readouterr().out.startswith(
        f"{source}\xa0: classeur, feuille «\xa0Avril\xa0», titres ligne 1\n"
    )
    assert run(["batch", str(source), "--sheet", "Mai"]) == 2
    assert (
        capsys.readouterr().err
        == f"{source}: « {source} » n'a pas de feuille « Mai » ; il a : Notice, Mars, Avril (CEP562)\n"
        "    aide : recopiez le nom de la feuille, lettre pour lettre\n"
    )
    assert run(["inspect", str(source), "--sheet", "Notice"]) == 2
    assert "CEP417" in capsys.readouterr().err
    assert run(["inspect", str(write(tmp_path, P + ADA)), "--sheet", "Mars"]) == 2
    assert "Option refusée : --sheet = « Mars » ; attendu : *.xlsx, *.ods" in capsys.readouterr().err


def test_a_rejects_file_is_told_from_one_of_persons(tmp_path, capsys):
    routed(tmp_path, P + ADA + "2;Bo;40;salarié;non;non;;99301\n")
    rejects = str(tmp_path / "out.rejects.csv")
    capsys.readouterr()
    for command in ("batch", "inspect"):
        assert run([command, rejects]) == 2
        assert (
            capsys.readouterr().err
            == f"{rejects}: « {rejects} » est un fichier de rejets de batch (CEP563)\n"
            "    aide : corrigez ses lignes, colonne « raw », puis ajoutez --seuls-rejets\n"
        )
    assert run(["inspect", rejects, "--only-rejects"]) == 1
    assert "statuts en emploi" not in capsys.readouterr().err


def test_the_manifest_tells_the_mapping_and_a_defused_header_is_restored(tmp_path):
    mapping = tmp_path / "map.toml"
    mapping.write_text('schema = 1\n[columns]\n"état" = "status"\n', encoding="utf-8")
    _, rows, _ = routed(tmp_path, "'=ref;état;'+tel\n'=1;salarié;'+33\n", "--map", mapping, "--defused")
    assert list(rows[0].items())[:3] == [
        ("=ref", "=1"),
        ("état", "salarié"),
        ("+tel", "+33"),
    ]
    told = json.loads((tmp_path / "out.csv.manifest.json").read_bytes())
    assert (told["map"]["name"], len(told["map"]["sha256"])) == ("map.toml", 64)
    routed(tmp_path, P + ADA)
    assert json.loads((tmp_path / "out.csv.manifest.json").read_bytes())["map"] is None


@pytest.mark.parametrize("word", ["tab", "\\t", "\t"])
def test_a_tab_may_be_told_by_its_name(tmp_path, word):
    assert routed(tmp_path, "ref\tstatut\n1\tretraité\n", "--delimiter", word, out="o.csv")[0] in (0, 1)
    assert (tmp_path / "o.csv").read_text().splitlines()[0].startswith("ref\tstatut\tcep_first")


def test_a_mapping_written_by_inspect_is_read_by_batch(tmp_path, capsys):
    source = write(
        tmp_path, "id;nom;age;situation actuelle du jour;en emploi\n1;Ada;19;demandeur d'emploi;non\n"
    )
    mapping = tmp_path / "map.toml"
    run(["inspect", str(source), "--write-map", str(mapping)])
    text = mapping.read_text(encoding="utf-8")
    assert '"situation actuelle du jour" = "-"' in text
    mapping.write_text(
        text.replace('"situation actuelle du jour" = "-"', '"situation actuelle du jour" = "status"'),
        encoding="utf-8",
    )
    _, rows, _ = routed(tmp_path, None, "--map", mapping)
    assert "ft-seeking" in rows[0]["cep_rules"]
    assert (
        run(["batch", str(source), "-o", str(tmp_path / "x.csv"), "--map", str(tmp_path / "none.toml")]) == 2
    )


def test_a_mapping_is_never_written_over_the_file_it_is_of(tmp_path, capsys):
    source = write(tmp_path, P + ADA)
    (tmp_path / "link").symlink_to(source)
    for target in (source, tmp_path / "link"):
        assert run(["inspect", str(source), "--write-map", str(target), "--force"]) == 2
        assert "CEP540" in capsys.readouterr().err
    assert source.read_text(encoding="utf-8") == P + ADA


def test_inspect_rows_is_the_reader_s_contract(tmp_path, capsys):
    source = write(tmp_path, "x\n\na,b,c\n1,2,3\n4,5\n4,6\n\"6,7,8\n9,'=1,0\n")
    assert run(["inspect", str(source), "--rows", "--format", "json", "--columns", "a,b,c"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {"encoding", "delimiter", "header_line", "header", "rows", "rejects", "refused"} <= set(told)
    assert told["header"] == ["a", "b", "c"]
    assert [r["line"] for r in told["rejects"]] == [7]
    short = ["ligne trop courte, 2 cellules pour 3 colonnes\xa0: les dernières sont prises pour vides"]
    assert told["rows"] == [
        {"line": 4, "cells": ["1", "2", "3"]},
        {"line": 5, "cells": ["4", "5", ""], "notes": short},
        {"line": 6, "cells": ["4", "6", ""], "notes": short},
        {"line": 8, "cells": ["9", "'=1", "0"]},
    ]
    assert run(["inspect", str(source), "--rows", "--columns", "a,b,c", "--defused"]) == 1
    assert json.loads(capsys.readouterr().out)["rows"][3]["cells"] == ["9", "=1", "0"]
    named = write(tmp_path, '"Nom, prénom";âge\nRoy, Anna;30\n', "named.csv")
    assert run(["inspect", str(named), "--rows", "--columns", '"Nom, prénom",âge']) == 0
    assert json.loads(capsys.readouterr().out)["header"] == ["Nom, prénom", "âge"]
    assert run(["inspect", str(tmp_path), "--rows"]) == 2
    assert json.loads(capsys.readouterr().out)["refused"]["code"] == "CEP402"


def test_a_defused_file_goes_in_again(tmp_path):
    source = write(tmp_path, P + ADA.replace("Ada", "'=1+1"))
    run(["batch", str(source), "-o", str(tmp_path / "o.csv"), "--defused"])
    assert table(tmp_path / "o.csv")[0]["nom"] == "=1+1"


@pytest.mark.parametrize(
    ("cell", "decided"), [("none", "yes"), ("recognised", "yes"), ("None", "no"), ("", "no"), ("NULL", "no")]
)
@pytest.mark.parametrize("path", ["plain", "fast"])
def test_the_facts_own_names_and_codes_are_read_as_they_are(tmp_path, cell, decided, path):
    """A clean file in the words of the rules; `None`, which a program wrote for nothing, is not our `none`."""
    import csv
    import subprocess
    import sys

    (tmp_path / "in.csv").write_text(
        f"age,status,employed,seeking,cadre,disability,degree,in_school\n40,jobseeker,no,yes,no,{cell},none,no\n",
        encoding="utf-8",
    )
    words = ["batch", "in.csv", "-o", "out.csv", "--path", path, "--on", "2026-11-22"]
    done = subprocess.run(
        [sys.executable, "-m", "cep_route", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["cep_decided"] == decided


def test_a_small_file_waits_for_no_library_of_big_ones(tmp_path):
    """pyarrow and numpy take longer to load than a few hundred rows to route."""
    source = tmp_path / "in.csv"
    source.write_text("age;statut;commune\n24;demandeur d'emploi;99301\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cep_route", "batch", str(source), "-o", str(tmp_path / "out.csv")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    loaded = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    assert "cep_route.intake.people" in loaded
    assert not loaded & {"numpy", "pyarrow", "pydantic", "rich"}


# ---------------------------------------------------------------------------------------------- what makes a file useful

SILENT = "n;age;statut;handicap;cadre;en emploi;commune\n"


def test_an_assumption_fills_silence_and_nothing_else(tmp_path):
    """An empty cell is silence; « ? », a cell that cannot be read, two columns that clash and what the row says are not."""
    rows = [
        "1;40;demandeur d'emploi;;;non;99301", "2;40;demandeur d'emploi;?;;non;99301", "3;40;demandeur d'emploi;zzz;;non;99301",
        "4;40;demandeur d'emploi;RQTH;;non;99301", "5;40;demandeur d'emploi;aucun;;non;99301", "6;40;demandeur d'emploi;NULL;;non;99301",
    ]  # fmt: skip
    for path in ("plain", "fast"):
        text = SILENT + "\n".join(rows) + "\n"
        _, out, _ = routed(
            tmp_path, text, "--supposer", "handicap=aucun", "--assume", "cadre=no", "--path", path
        )
        assert [r["cep_assumed"] for r in out] == [
            "disability=none cadre=no", "cadre=no", "cadre=no", "cadre=no", "cadre=no", "disability=none cadre=no"
        ]  # fmt: skip
        told = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))["assumed"]
        assert told == {
            "facts": {"disability": "none", "cadre": "no"}, "rows": {"cadre": 6, "disability": 2}, "dropped": {}
        }  # fmt: skip


def test_an_assumption_against_what_the_row_says_is_dropped_and_counted(tmp_path, capsys):
    text = "n;age;statut\n1;40;salarié\n2;40;demandeur d'emploi\n"
    _, rows, rejects = routed(tmp_path, text, "--assume", "employed=no")
    assert rejects is None
    assert [r["cep_assumed"] for r in rows] == ["", "employed=no"]
    told = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))["assumed"]
    assert (told["rows"], told["dropped"]) == ({"employed": 1}, {"employed": 1})
    for wrong in (
        "age=40",
        "besoins=mobilite",
        "commune=05061",
        "handicap",
        "nothing=yes",
        "cadre=peut-être",
    ):
        assert run(["batch", str(tmp_path / "in.csv"), "--assume", wrong]) == 2, wrong
    capsys.readouterr()


def test_assumptions_stand_in_a_saved_mapping_and_the_command_line_wins(tmp_path):
    (tmp_path / "map.toml").write_text(
        'schema = 1\n[assume]\nhandicap = "aucun"\ncadre = "non"\n', encoding="utf-8"
    )
    more = ("--map", tmp_path / "map.toml")
    text = SILENT + "1;40;demandeur d'emploi;;;non;99301\n"
    assert routed(tmp_path, text, *more)[1][0]["cep_assumed"] == "disability=none cadre=no"
    rows = routed(tmp_path, text, *more, "--assume", "cadre=oui")[1]
    assert rows[0]["cep_assumed"] == "disability=none cadre=yes"


def test_the_summary_says_what_would_help_and_it_does(tmp_path, capsys):
    text = SILENT + "".join(f"{n};{20 + n};demandeur d'emploi;;;non;99301\n" for n in range(30))
    routed(tmp_path, text, "--lang", "en")
    told = capsys.readouterr().err
    both = re.search(r"--assume disability=none --assume cadre=no would decide (\d+) rows? more", told)
    assert both, told
    before = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))["counts"][
        "undecided"
    ]
    routed(tmp_path, text, "--assume", "disability=none", "--assume", "cadre=no")
    after = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))["counts"][
        "undecided"
    ]
    assert before - after == int(both[1]) > 0


def test_columns_are_picked_and_ordered(tmp_path):
    for path in ("plain", "fast"):
        _, rows, _ = routed(
            tmp_path, P + ADA, "--columns", "cep_warnings,cep_first,cep_until,cep_name", "--path", path
        )
        assert list(rows[0])[-4:] == ["cep_warnings", "cep_first", "cep_until", "cep_name"]
        assert rows[0]["cep_name"] == "Mission locale"
        _, rows, _ = routed(tmp_path, P + ADA, "--columns", "minimal", "--path", path)
        assert list(rows[0])[-7:] == [
            "cep_first", "cep_name", "cep_possible", "cep_decided", "cep_desk", "cep_address", "cep_phone"
        ]  # fmt: skip
    assert run(["batch", str(tmp_path / "in.csv"), "--columns", "cep_frist"]) == 2


def test_a_home_under_another_law_is_decided_by_it(tmp_path):
    """The labour code, and the CEP with it, does not reach New Caledonia: two rows alike but for their commune differ."""
    text = (
        "age;statut;en emploi;code_insee\n40;demandeur d'emploi;non;98818\n40;demandeur d'emploi;non;99301\n"
    )
    for path in ("plain", "fast"):
        _, rows, _ = routed(
            tmp_path, text, "--assume", "disability=none", "--assume", "cadre=no", "--path", path
        )
        assert rows[1]["cep_first"] == "france_travail"
        assert rows[0]["cep_first"] != "france_travail"
        assert rows[0]["cep_outside"]


def test_an_over_long_line_spoils_no_file_of_rejects(tmp_path):
    """What is kept of it says that it is cut, and is never routed as if it were whole; the other rejects come back."""
    head = "dossier;nom;age;statut;en emploi;commune\n"
    text = (
        head
        + "2;"
        + "A" * 9_000_000
        + ";40;salarié;oui;99301\n"
        + "".join(f"{n};N;40;salarié;non;99301\n" for n in range(3, 6))
    )
    code, _, rejects = routed(tmp_path, text)
    assert (code, [r["code"] for r in rejects[1:]]) == (1, ["CEP438", *["CEP550"] * 3])
    assert STILL_BROKEN.search(rejects[1]["raw"]), "it says that it is cut"
    assert (
        run(["batch", str(tmp_path / "out.rejects.csv"), "--only-rejects", "-o", str(tmp_path / "b.csv")])
        == 1
    )
    assert [r["line"] for r in table(tmp_path / "b.rejects.csv")[1:]] == ["2", "3", "4", "5"]


SITUATIONS = (
    ("Demandeur d'emploi", "N", "N"), ("DE catégorie A", "", "N"), ("inscrit à France Travail", "N", ""), ("au chômage", "N", "N"),
    ("Salarié en CDI", "O", "N"), ("CDD", "O", ""), ("intérimaire", "O", "N"), ("alternant", "O", ""), ("agent territorial", "O", "N"),
    ("auto-entrepreneur", "O", "N"),
)  # fmt: skip
BORN = (
    "14/03/2001",
    "2/11/2005",
    "1999-05-12",
    "23/08/1984",
    "5 juin 1971",
    "30.01.1966",
    "17/07/1992",
    "09/09/2008",
)
TOWNS = (
    ("05000", "GAP"),
    ("69003", "LYON"),
    ("20000", "Ajaccio"),
    ("31000", "Toulouse"),
    ("59000", "Lille"),
    ("97400", "Saint-Denis"),
)
WANTS = ("mobilité", "", "logement / numérique", "formation", "", "santé")


def test_a_file_as_a_service_has_it_is_decided_with_what_inspect_proposes(tmp_path, capsys):
    """Two hundred persons without a word of handicap or cadre: inspect counts what two assumptions decide, and a map keeps them."""
    lines = [
        "N° dossier;Nom;Date de naissance (JJ/MM/AAAA)*;Situation;En emploi (O/N);Scolarisé (O/N);Code postal;Ville;Besoins"
    ]
    for n in range(200):
        told = SITUATIONS[n % 10], TOWNS[n % 6]
        lines.append(
            ";".join(
                (f"{n:04d}", f"Exemple {n}", BORN[(n * 7 + n // 10) % 8], *told[0], *told[1], WANTS[n % 6])
            )
        )
    source = write(tmp_path, "\n".join(lines) + "\n")
    run(["inspect", str(source), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    found = {tuple(a["facts"].items()): a["rows"] for a in told["would_help"]["assumptions"]}
    both = (("disability", "none"), ("cadre", "no"))
    assert found[both] > 100
    saved = tmp_path / "map.toml"
    words = [word for name, value in both for word in ("--assume", f"{name}={value}")]
    run(["inspect", str(source), *words, "--write-map", str(saved)])
    code, rows, rejects = routed(tmp_path, None, "--map", saved)
    assert (code, rejects, len(rows)) == (0, None, 200)
    decided = [row for row in rows if row["cep_decided"] == "yes"]
    assert len(decided) == 200 - told["undecided"] + found[both]
    assert len(decided) >= 150
    assert all("cadre=no" in row["cep_assumed"] for row in rows)
