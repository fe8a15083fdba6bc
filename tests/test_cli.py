"""The command line as people meet it: transcripts in both languages, streams, files, terminals, hostile words, exit codes."""

from __future__ import annotations

import fcntl
import io
import itertools
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from cep_route import files, places
from cep_route.__main__ import run
from cep_route.cli import app as cli
from cep_route.render.text import folded
from cep_route.router import Router

ROOT = Path(__file__).parents[1]
LAW = files.load_law()[0]
assert LAW is not None
pytestmark = pytest.mark.usefixtures("plain_world")

# -- running it -----------------------------------------------------------------------------------------------------------------------


class Said:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def cep(capsys):
    """The command in this very process: the same code as the script, without the start."""

    def one(line, lang=None):
        words = shlex.split(line) if isinstance(line, str) else list(line)
        with pytest.MonkeyPatch.context() as patched:
            if lang:
                patched.setenv("CEP_ROUTE_LANG", lang)
            code = run(words)
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return one


def script(*words, env=None, **how):
    """The command in a process of its own, all bytes."""
    how = {"capture_output": True, "timeout": 60, **how}
    return subprocess.run(
        [sys.executable, "-m", "cep_route", *words], env={**os.environ, **(env or {})}, check=False, **how
    )


SEEKER = "--age 40 --status jobseeker --employed no --in-school no --cadre no --disability none"

# -- transcripts ------------------------------------------------------------------------------------------------------------------------

ROUTES = {
    "decided": f"route --age 24 {SEEKER.partition(' ')[2].partition(' ')[2]} --commune 99301 --need mobilite",
    "undecided": "route --age 40 --status jobseeker --in-school no --employed no --disability none --commune 05061",
    "national": f"route {SEEKER} --commune 33063",
    "public-agent": "route --status public_agent --public-branch fpt --category a --disability none --commune 05061",
    "pupil": "route --age 14 --status pupil --commune 05061",
    "joint-firsts": f"route {SEEKER.replace('disability none', 'disability recognised')} --commune 99101",
    "one-stop-shop": f"route {SEEKER} --seasonal yes --commune 99502 --need se-former --need logement-hebergement --blocking sante",
    "one-stop-shop-unknown": f"route {SEEKER} --commune 99502",
    "absent-operator": "route --age 45 --status employee --cadre yes --disability none --job-at-risk no --in-school no --commune 99302 --need x-cep--financer-sa-reconversion",
    "unmet": f"route {SEEKER} --commune 99402 --need famille --need x-cep--vae --need lecture-ecriture-calcul",
    "seasonal-year": f"route {SEEKER} --seasonal yes --commune 99502 --months 12-3:status=employee,employed=yes,job_at_risk=no",
    "birth-date": "route --birth-date 29/02/2004 --status jobseeker --employed no --in-school no --cadre no --disability none --degree bac --commune 05061",
    "age-near-a-limit": "route --age 25 --status jobseeker --employed no --in-school no --cadre no --disability none --degree bac --commune 05061",
    "before-2020": "route --age 40 --status employee --cadre no --disability none --job-at-risk no --in-school no --commune 99301 --on 2018-06-30",
    "outside-the-territory": f"route {SEEKER} --territory c1a --commune 05061",
    "no-commune": f"route {SEEKER}",
    "markdown": f"route {SEEKER} --seasonal yes --commune 99502 --need mobilite --format md",
    "json": f"route {SEEKER} --seasonal yes --commune 99502 --need mobilite --blocking sante --format json",
}
UNSETTLED = {  # answered as far as the commune does not matter
    "homonym-commune": f"route {SEEKER} --commune Saint-Denis",
    "postcode-of-several": f"route {SEEKER} --commune 05000",
}
FAULTS = {
    "contradiction": "route --status employee --employed no --commune 05061",
    "two-contradictions": "route --status public_agent --employed no --age 12",
    "contradiction-only-together": "route --csp yes --status jobseeker --seeking no",
    "age-and-birth-date": "route --age 30 --birth-date 2004-01-01 --status jobseeker",
    "unknown-value": "route --status jobseker",
    "unknown-value-in-french": "route --statut demandeur-demploie",
    "unknown-value-far-from-all": "route --disability bleu",
    "unknown-fact": "route --fact sesonal=yes",
    "fact-without-equals": "route --fact seasonal",
    "fact-twice": "route --seasonal yes --fact seasonal=no",
    "several-faults-at-once": "route --status xx --age 200 --need zzz --months 13:status=employee --birth-date 31/02/2001",
    "unreadable-age": "route --age 2O",
    "unreadable-day": "route --on 31/02/2026",
    "two-digit-year": "route --birth-date 12/03/68",
    "birth-in-the-future": "route --birth-date 2031-01-01",
    "unknown-need": "route --need mobilté",
    "unknown-need-of-several-words": "route --need garde-enfants",
    "unreadable-months": "route --months winter:status=employee",
    "unknown-commune": "route --commune Gapp",
    "postcode-and-name-disagree": "route --commune '05000 Lyon'",
    "unknown-territory": "route --territory c9a",
    "missing-territory-file": "route --territory absent.toml",
    "missing-rules": "route --rules absent",
    "unknown-option": "route --agee 24",
    "unknown-option-far-from-all": "explain --zzzzz",
    "option-without-value": "route --age",
    "flag-with-value": "route --simple=yes",
    "word-too-many": "route 24 jobseeker",
    "unknown-command": "rout --age 24",
    "no-command": "",
    "no-subcommand": "territory",
    "missing-argument": "schema",
    "unknown-format": "route --format xml",
    "unknown-language": "route --age 24 --lang de",
    "unknown-schema": "schema routes",
    "unknown-word": "explain ml-yout",
    "unknown-territory-to-show": "territory show c9",
    "new-without-communes": "territory new ici",
    "new-with-unknown-commune": "territory new ici --communes 05061,00000",
    "unreadable-max-age": "check --max-age soon",
}
OTHERS = {
    "help": "--help",
    "help-route": "route --help",
    "help-check": "check --help",
    "help-explain": "explain --help",
    "help-test": "test --help",
    "help-schema": "schema --help",
    "help-territory": "territory --help",
    "help-territory-list": "territory list --help",
    "help-territory-show": "territory show --help",
    "help-territory-new": "territory new --help",
    "explain": "explain",
    "explain-rule": "explain ml-youth",
    "explain-rule-named-as-a-fact": "explain csp",
    "explain-rule-of-the-past": "explain fongecif-in-work --on 2018-06-30",
    "explain-operator": "explain france_travail",
    "explain-operator-before-2024": "explain france_travail --on 2023-12-31",
    "explain-body": "explain transitions_pro",
    "explain-fact": "explain disability",
    "explain-age": "explain age",
    "explain-need": "explain mobilite",
    "explain-code": "explain CEP506",
    "explain-code-in-lower-case": "explain cep603",
    "explain-operators": "explain operators",
    "explain-facts": "explain faits",
    "territory-list": "territory list",
    "territory-show": "territory show c3a",
    "territory-show-before-2020": "territory show c2a --on 2018-06-30",
    "territory-new": "territory new ma-vallee --communes 05061,05046",
}


def transcript(cep, line):
    parts = []
    for lang in ("fr", "en"):
        said = cep(line, lang)
        parts.append(f"$ CEP_ROUTE_LANG={lang} cep-route {line}".rstrip() + f"\n[exit {said.code}]")
        parts += [
            f"--- {name}\n{text}" for name, text in (("stdout", said.out), ("stderr", said.err)) if text
        ]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


@pytest.mark.parametrize("name", ROUTES | UNSETTLED | FAULTS | OTHERS)
def test_transcript(name, cep, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    golden(name, transcript(cep, (ROUTES | UNSETTLED | FAULTS | OTHERS)[name]))


def test_no_golden_is_left_behind():
    kept = {p.stem for p in (ROOT / "tests" / "golden").glob("*.txt")}
    assert kept == {*ROUTES, *UNSETTLED, *FAULTS, *OTHERS}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_fault_is_told_on_stderr_alone_with_exit_2_and_no_traceback(name, lang, cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = cep(FAULTS[name], lang)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    assert "CEP530" not in said.err
    if name not in ("no-command", "no-subcommand"):
        assert all(
            re.search(r" \(CEP\d{3}\)$|^    (aide\u00a0:|hint:) ", line) for line in said.err.splitlines()
        ), said.err
        assert ("    hint: " if lang == "en" else "    aide\u00a0: ") in said.err


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_french_in_english_and_nothing_english_in_french(name, cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    french, english = cep(FAULTS[name], "fr").err, cep(FAULTS[name], "en").err
    assert french != english
    assert not re.search(r"\b(is|not|the|does|no such|unknown|cannot)\b", french, re.IGNORECASE), french
    assert not re.search(
        r"\b(le|la|les|une|pour|n'est|inconnue?|aide)\b", re.sub(r"La [A-Z]\w+|Saint-[\w-]+", "", english)
    ), english


def test_both_facts_of_a_contradiction_are_named(cep):
    assert (
        "« status = employee » et « employed = no » se contredisent"
        in cep("route --status employee --employed no").err
    )


def test_exit_codes(cep):
    assert cep(f"route {SEEKER} --commune 05061").code == 0
    assert cep("route --age 40 --commune 05061 --status jobseeker").code == 1
    assert cep("route --age x").code == 2


def test_a_bug_of_ours_is_one_line_and_exit_3_without_a_value(cep, monkeypatch):
    def broken(*_):
        raise ValueError("Dupont 1987-03-14")

    monkeypatch.setattr("cep_route.cli.explain.asked_law", broken)
    for lang, start in (
        ("fr", "Erreur inattendue : elle vient de nous, pas de vous (ValueError, test_cli.py:"),
        ("en", "An unexpected error: it is ours, not yours (ValueError, test_cli.py:"),
    ):
        said = cep("explain age", lang)
        assert (said.code, said.out) == (3, "")
        assert said.err.startswith(start)
        assert "Dupont" not in said.err
        assert "1987" not in said.err


def test_an_interruption_is_exit_130(cep, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cep_route.cli.explain.asked_law", interrupted)
    assert cep("explain age").code == 130


# -- languages --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "line", "expected"),
    [
        (None, "territory list", "Fiche au\u00a0: 30 juin 2019"),
        ("en", "territory list", "File of: 30 June 2019"),
        ("en_GB.UTF-8", "territory list", "File of: 30 June"),
        ("de", "territory list", "au\u00a0: 30 juin"),
        ("", "territory list", "au\u00a0: 30 juin"),
        (None, "territory list --lang en", "File of: 30 June"),
        (None, "--lang en territory list", "File of: 30 June"),
        (None, "territory list --lang=en", "File of: 30 June"),
        ("en", "territory list --lang fr", "au\u00a0: 30 juin"),
        ("en", f"route {SEEKER} --commune 05061", "Where to go first"),
        ("en", f"route {SEEKER} --commune 05061 --lang fr", "Où aller d'abord"),
        ("fr", f"route {SEEKER} --commune 05061 --lang en", "Where to go first"),
        ("en", f"--lang fr route {SEEKER} --commune 05061", "Où aller d'abord"),
    ],
)
def test_the_language_is_told_by_the_option_then_by_the_environment(env, line, expected, cep, monkeypatch):
    if env is not None:
        monkeypatch.setenv("CEP_ROUTE_LANG", env)
    assert expected in cep(line).out


def test_french_words_do_as_well_as_english_ones(cep):
    english = cep(
        f"route {SEEKER} --seasonal yes --commune 99502 --need mobilite --on 2026-11-22 --format json"
    )
    french = cep(
        "route --age 40 --statut demandeur-emploi --en-emploi non --scolarise non --cadre non --handicap aucun "
        "--saisonnier oui --commune 99502 --besoin 'mobilité' --le 22/11/2026 --format json"
    )
    assert english.out == french.out
    assert english.code == french.code == 0


# -- JSON and its schema ----------------------------------------------------------------------------------------------------------------


SCHEMAS = {}  # each is made and judged once for all that is checked against it


def schema(cep, what):
    if what not in SCHEMAS:
        found = json.loads(cep(f"schema {what}").out)
        validator_for(found).check_schema(found)
        assert validator_for(found) is Draft202012Validator
        SCHEMAS[what] = found
    return SCHEMAS[what]


@pytest.mark.parametrize("what", ["profile", "territory", "rules", "route", "calendar", "request", "refusal"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_schema_is_a_schema(what, lang, cep):
    found = json.loads(cep(f"schema {what}", lang).out)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_answer_is_as_its_schema_says(cep):
    checker = Draft202012Validator(schema(cep, "route"))
    wrong = []
    for name in (name for name in ROUTES if name not in ("seasonal-year", "markdown", "json")):
        answer = json.loads(cep(f"{ROUTES[name]} --format json").out)
        wrong += [(name, fault.json_path, fault.message) for fault in checker.iter_errors(answer)]
        assert answer["schema"] == 1, name
    assert not wrong


def test_so_is_every_stretch_of_a_year(cep):
    year = json.loads(cep(f"{ROUTES['seasonal-year']} --format json").out)
    checker = Draft202012Validator(schema(cep, "route"))
    for stretch in year["stretches"]:
        checker.validate(stretch["route"])
    assert [s["months"] for s in year["stretches"]] == [[11], [12, 1, 2, 3], [4, 5, 6, 7, 8, 9, 10]]


def test_a_schema_that_says_nothing_would_be_no_test(cep):
    checker = Draft202012Validator(schema(cep, "route"))
    answer = json.loads(cep(f"{ROUTES['decided']} --format json").out)
    for key in answer:
        assert list(checker.iter_errors({k: v for k, v in answer.items() if k != key})), key
        assert list(checker.iter_errors({**answer, key: 3.5})), key
    assert list(checker.iter_errors({**answer, "more": 1}))


def days_as_text(value):
    if isinstance(value, dict):
        return {k: days_as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [days_as_text(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_the_shipped_territories_are_as_their_schema_says(cep):
    checker = Draft202012Validator(schema(cep, "territory"))
    wrong, paths = [], sorted((ROOT / "territories").glob("*.toml"))
    for path in paths:
        told = days_as_text(tomllib.loads(path.read_text(encoding="utf-8")))
        wrong += [(path.name, fault.json_path, fault.message) for fault in checker.iter_errors(told)]
    assert paths
    assert not wrong


def test_the_shipped_rules_are_as_their_schema_says(cep):
    checker = Draft202012Validator(schema(cep, "rules"))
    seen = 0
    for path in sorted((ROOT / "rules").glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if "rules" in document and "theme" in document:
            checker.validate(days_as_text(document))
            seen += 1
    assert seen >= 5


def test_the_profile_of_an_answer_is_a_profile(cep):
    checker = Draft202012Validator(schema(cep, "profile"))
    for name in ("json", "decided", "birth-date", "undecided"):
        line = ROUTES[name].removesuffix(" --format json")
        checker.validate(json.loads(cep(f"{line} --format json").out)["profile"])


def test_json_says_what_the_page_says(cep):
    """Every operator, partner and need of the JSON is on the page, in its words."""
    for name in ("decided", "joint-firsts", "one-stop-shop", "absent-operator"):
        answer = json.loads(cep(f"{ROUTES[name]} --format json").out)
        page = cep(f"{ROUTES[name]} --details").out
        for first in answer["first"]:
            assert first["name"] in page
        seen = {e["operator"] for e in answer["eligible"]} | {e["operator"] for e in answer["first"]}
        for operator, desk in answer["desks"].items():
            assert operator not in seen or (desk["name"] or "") in page
        for code in answer["unmet"]:
            assert LAW.needs[code]["fr"] in page
        for scheme in answer["schemes"]:
            assert scheme["name"] in page


# -- the terminal -------------------------------------------------------------------------------------------------------------------------

ESC = "\x1b"
BOXES = re.compile(r"[\u2500-\u257f]")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")


def on_a_terminal(columns, *words, env=None):
    """What a terminal of so many columns is sent on stdout; stderr is left apart."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    told = {**os.environ, "TERM": "xterm-256color", **(env or {})}
    if "COLUMNS" not in (env or {}):
        told.pop("COLUMNS", None)
    with subprocess.Popen(
        [sys.executable, "-m", "cep_route", *words], stdout=theirs, stderr=subprocess.DEVNULL, env=told
    ) as process:
        os.close(theirs)
        received = b""
        while True:
            try:
                more = os.read(mine, 65536)
            except OSError:
                break
            if not more:
                break
            received += more
        process.wait(timeout=60)
    os.close(mine)
    return received.decode("utf-8").replace("\r\n", "\n"), process.returncode


PAGE = shlex.split(ROUTES["one-stop-shop"])


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_terminal_gets_colours_and_no_line_beyond_its_width(columns):
    text, code = on_a_terminal(columns, *PAGE)
    assert code == 0
    assert ESC in text
    long = [line for line in ANSI.sub("", text).splitlines() if len(line) > columns]
    assert [line for line in long if "http" not in line] == []


def words_of(text):
    """The words alone, each once: no signs of drawing, no folding; a table says its titles again in each plain row."""
    return set(re.findall(r"\w+", BOXES.sub("", ANSI.sub("", text))))


@pytest.mark.parametrize("columns", [60, 140])
def test_a_terminal_and_a_pipe_say_the_same_words(columns):
    text, _ = on_a_terminal(columns, *PAGE)
    plain = script(*PAGE).stdout.decode()
    assert words_of(text) == words_of(plain)


@pytest.mark.parametrize(
    ("more", "env"),
    [
        (["--simple"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        (["--format", "md"], {}),
        (["--format", "json"], {}),
    ],
    ids=["--simple", "NO_COLOR", "TERM=dumb", "md", "json"],
)
def test_a_terminal_that_asks_for_plain_gets_the_very_text_of_a_pipe(more, env):
    """The same lines, which a terminal is given cut between words; what a script reads is never cut."""
    text, _ = on_a_terminal(80, *PAGE, *more, env=env)
    assert ESC not in text
    assert not BOXES.search(text)
    piped = script(*PAGE, *[w for w in more if w != "--simple"]).stdout.decode()
    assert text == (piped if "--format" in more else folded(piped, 80))


def test_nothing_drawn_in_a_pipe(cep):
    for line in ROUTES.values():
        said = cep(line)
        assert not BOXES.search(said.out + said.err)
        assert ESC not in said.out + said.err


def test_force_color_does_not_reach_a_pipe():
    for words in (PAGE, ["--help"], ["territory", "show", "c3a"]):
        out = script(*words, env={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"})
        assert ESC.encode() not in out.stdout + out.stderr


@pytest.mark.parametrize("told", ["0", "-5", "x", "", "999999"])
def test_odd_columns_do_no_harm(told):
    text, code = on_a_terminal(80, *PAGE, env={"COLUMNS": told})
    assert code == 0
    assert "Guichet des saisons" in ANSI.sub("", text).replace("\n", " ")


def test_simple_lines_can_be_followed_by_ear(cep):
    """No line begins with a sign other than the dash of an item; a section begins with its title or with the label of a line."""
    for name in ("decided", "one-stop-shop", "absent-operator"):
        for lang in ("fr", "en"):
            lines = cep(f"{ROUTES[name]} --simple", lang).out.splitlines()
            assert all(re.match(r"- \S|  \S|\S|$", line) for line in lines)
            sections = [line for previous, line in itertools.pairwise(lines) if not previous and line]
            sign = "\u00a0:" if lang == "fr" else ":"
            assert all(re.search(rf"{sign}( |$)|\?$", line) for line in [lines[0], *sections]), sections
            assert not [line for line in lines if lang == "en" and "\u00a0:" in line]


# -- files ----------------------------------------------------------------------------------------------------------------------------------

TO_FILE = ["route", *shlex.split(SEEKER), "--commune", "05061"]


def test_an_answer_to_a_file_is_the_answer_and_stdout_stays_empty(cep, tmp_path):
    for form, name in (("text", "a.txt"), ("json", "a.json"), ("md", "a.md")):
        shown = cep([*TO_FILE, "--format", form])
        kept = cep([*TO_FILE, "--format", form, "-o", os.fspath(tmp_path / name)])
        assert (kept.code, kept.out) == (0, "")
        assert (tmp_path / name).read_text(encoding="utf-8") == shown.out
        assert (tmp_path / name).stat().st_mode & 0o077 == 0  # a person's answer is for its owner
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.md", "a.txt"]


def test_a_dash_is_stdout(cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cep([*TO_FILE, "-o", "-"]).out == cep(TO_FILE).out
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_replaced_unasked(cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("mine")
    said = cep([*TO_FILE, "-o", "a.txt"])
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(
        "Le fichier « a.txt » existe déjà (CEP524)\n    aide : ajoutez --force pour le remplacer\n"
    )
    assert Path("a.txt").read_text() == "mine"
    assert cep([*TO_FILE, "-o", "a.txt", "--force"]).code == 0
    assert Path("a.txt").read_text(encoding="utf-8").startswith("Où aller d'abord\u00a0:\n")


def test_a_link_is_not_followed(cep, tmp_path):
    target, link, dangling = tmp_path / "target", tmp_path / "link", tmp_path / "dangling"
    target.write_text("mine")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (link, dangling):
        assert cep([*TO_FILE, "-o", os.fspath(path)]).code == 2
    assert cep([*TO_FILE, "-o", os.fspath(link), "--force"]).code == 0
    assert target.read_text() == "mine"
    assert not link.is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_what_is_no_file_is_never_replaced(cep, tmp_path):
    """A rename over a device would take its place: for root, over /dev/null itself."""
    fifo, folder = tmp_path / "fifo", tmp_path / "folder"
    os.mkfifo(fifo)
    folder.mkdir()
    for path in (fifo, folder):
        for force in ([], ["--force"]):
            said = cep([*TO_FILE, "-o", os.fspath(path), *force])
            assert (said.code, said.out) == (2, "")
    assert (
        f"« {fifo} » n'est pas un fichier ordinaire : rien n'y est écrit (CEP528)\n"
        in cep([*TO_FILE, "-o", os.fspath(fifo), "--force"]).err
    )
    assert fifo.is_fifo()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fifo", "folder"]


@pytest.mark.parametrize("where", ["absent/a.txt", "file/a.txt", "x" * 300])
def test_a_place_that_cannot_be_is_told(where, cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    said = cep([*TO_FILE, "-o", where])
    assert (said.code, said.out) == (2, "")
    assert "Impossible d'écrire" in said.err
    assert not re.search(r"No such|Not a|too long", said.err)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_disk_that_fills_up_leaves_nothing_behind(cep, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cep_route.files.write.os.fsync", full)
    said = cep([*TO_FILE, "-o", os.fspath(tmp_path / "a.txt")])
    assert (said.code, list(tmp_path.iterdir())) == (2, [])
    assert "CEP525" in said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words", [TO_FILE, ["explain", "regles"], ["schema", "territory"], ["--help"]], ids=lambda w: w[0]
)
def test_a_full_disk_behind_stdout_is_told_and_is_no_bug_of_ours(words):
    with Path("/dev/full").open("wb") as full:
        said = script(*words, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert said.returncode == 2
    assert "Impossible d'écrire « stdout »" in said.stderr.decode()
    assert b"Traceback" not in said.stderr
    assert b"Exception ignored" not in said.stderr


@pytest.mark.parametrize(
    "words", [TO_FILE, ["explain", "regles"], ["schema", "territory"], ["--help"]], ids=lambda w: w[0]
)
def test_a_reader_who_leaves_is_no_fault(words):
    reading, writing = os.pipe()
    os.close(reading)
    said = script(*words, stdout=writing, stderr=subprocess.PIPE, capture_output=False)
    os.close(writing)
    assert said.returncode in (0, 141)
    assert b"Traceback" not in said.stderr
    assert b"Broken" not in said.stderr
    assert b"CEP5" not in said.stderr.replace(b"CEP51", b"")


def test_head_takes_a_line_and_leaves():
    line = f"{shlex.quote(sys.executable)} -m cep_route explain regles | head -1"
    said = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"], capture_output=True, text=True, check=False
    )
    first, code = said.stdout.splitlines()
    assert first.startswith("Mot\u00a0: ")
    assert code in ("0", "141")
    assert said.stderr == ""


# -- locales and hostile words ------------------------------------------------------------------------------------------------------------

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}


def test_a_locale_that_knows_no_accent_still_gets_the_same_bytes(tmp_path):
    for words in (PAGE, [*TO_FILE, "--format", "json"], ["--help"], ["explain", "ml-youth"]):
        assert script(*words, env=C_LOCALE).stdout == script(*words).stdout
    json.loads(script(*TO_FILE, "--format", "json", env=C_LOCALE).stdout)
    script(*TO_FILE, "-o", os.fspath(tmp_path / "a.txt"), env=C_LOCALE)
    assert (tmp_path / "a.txt").read_bytes() == script(*TO_FILE).stdout


HOSTILE = {
    "markup": "[/] [bold]x[/bold] [link=http://x]y[/link]",
    "escape": "\x1b[31m\x1b]0;title\x07",
    "c1": "\x9b31m",
    "bidi": "\u202egnp.exe\u2066",
    "invisible": "jo\u200bbs\u00adzeker\ufeff",
    "line ends": "a\nCEP000 faux\r\u2028b",
    "format": "{value} %s %(x)s ${HOME}",
    "long": "x" * 5000,
    "emoji": ":smile: 👩‍👩‍👧",
    "html": "<script>alert(1)</script>",
    "dashes": "--- stdout",
}
WHERE = [
    "--status",
    "--age",
    "--commune",
    "--need",
    "--fact",
    "--months",
    "--on",
    "--birth-date",
    "--territory",
    "--rules",
    "--format",
]


@pytest.mark.parametrize("option", WHERE)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_word_is_shown_and_does_nothing(option, name, cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = cep(["route", option, HOSTILE[name]])
    assert (said.code, said.out) == (2, "")
    assert "CEP530" not in said.err
    assert "Traceback" not in said.err
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff\u2028\u2029]",
        said.err,
    )
    assert all(re.search(r" \(CEP\d{3}\)$|^    (aide\u00a0:|hint:)", line) for line in said.err.splitlines())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["{}"],
        ["--{}"],
        ["explain", "{}"],
        ["schema", "{}"],
        ["territory", "show", "{}"],
        ["territory", "{}"],
        ["check", "{}"],
    ],
)
@pytest.mark.parametrize("name", HOSTILE)
def test_so_is_one_in_the_place_of_a_command_an_option_or_a_name(words, name, cep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = cep([w.replace("{}", HOSTILE[name]) for w in words])
    assert said.code in (1, 2)
    assert "CEP530" not in said.err
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff\u2028\u2029]",
        said.err + said.out,
    )


@pytest.mark.parametrize("env", [{}, C_LOCALE], ids=["utf-8", "C"])
def test_bytes_that_are_no_text_are_shown_as_such(env):
    for words in (
        ["route", "--status", b"\xff\xfe"],
        ["route", "--commune", b"\xed\xa0\x80"],
        [b"ro\xffute"],
        ["explain", b"\xff"],
        ["route", b"--\xff"],
        ["route", "--territory", b"\xff.toml"],
    ):
        said = script(*words, env=env)
        assert said.returncode == 2
        assert b"CEP530" not in said.stderr
        said.stderr.decode("utf-8")


def test_a_territory_full_of_signs_stays_text(cep, tmp_path):
    """Names and addresses of a file reach the page escaped: no colour, no link, no heading of Markdown."""
    text = (ROOT / "territories" / "c3a.toml").read_text(encoding="utf-8")
    assert "Guichet des saisons de Haute-Serre" in text
    hostile = r"\u001B[31m[red]# Guichet[/red] <b>\u202E*x* | [a](http://y)"
    (tmp_path / "x.toml").write_text(
        text.replace("Guichet des saisons de Haute-Serre", hostile), encoding="utf-8"
    )
    words = [*PAGE, "--territory", os.fspath(tmp_path / "x.toml")]
    plain, mark = cep(words), cep([*words, "--format", "md"])
    assert "\n" + r"\x1b[31m[red]# Guichet[/red] <b>\u202e*x* | [a](http://y)" + "\n" in plain.out
    assert r"**\\x1b\[31m\[red\]\# Guichet\[/red\] \<b\>\\u202e\*x\* \| \[a\](http://y)**" in mark.out
    assert ESC not in plain.out + mark.out
    drawn, _ = on_a_terminal(140, *words)
    assert r"\x1b[31m[red]# Guichet[/red] <b>\u202e*x* | [a](http://y)" in ANSI.sub("", drawn)


# -- flags of facts ------------------------------------------------------------


def test_every_fact_has_its_two_flags():
    named = {word: p.name for p in cli.every("fr")["route"].params for word in p.opts}
    for name, fact in LAW.facts.items():
        for flag in (name.replace("_", "-"), fact.flag or name.replace("_", "-")):
            assert fact.places or named[f"--{flag}"] == f"fact_{name}"


# -- help, check, territory new --------------------------------------------------------------------------------------------------------------


def commands():
    return [path.split() for path in cli.COMMANDS]


@pytest.mark.parametrize("path", commands(), ids=" ".join)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_command_shows_help_with_an_example(path, lang, cep):
    for word in ("--help", "-h"):
        said = cep([*path, word], lang)
        assert (said.code, said.err) == (0, "")
    text = " ".join(said.out.split())
    assert ("Utilisation : cep-route" if lang == "fr" else "Usage: cep-route") in text
    assert f"{'Exemple : ' if lang == 'fr' else 'Example: '}cep-route {' '.join(path)}" in text


@pytest.mark.parametrize(
    "path", [p for p in commands() if p[0] in ("route", "explain", "schema")], ids=" ".join
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_example_of_a_command_works(path, lang, cep):
    text = " ".join(cep([*path, "--help"], lang).out.split())
    said = cep(text.rpartition("cep-route ")[2], lang)
    assert said.code in (0, 1)
    assert said.out


def test_a_new_territory_is_a_territory(cep, tmp_path):
    path = tmp_path / "ma-vallee.toml"
    assert (
        cep(["territory", "new", "ma-vallee", "--communes", "05061,05046", "-o", os.fspath(path)]).code == 0
    )
    said = cep(["check", os.fspath(path)])
    assert (said.code, said.err) == (0, ""), said.out
    route = cep(
        [
            "route",
            *shlex.split(SEEKER),
            "--commune",
            "05061",
            "--territory",
            os.fspath(path),
            "--format",
            "json",
        ]
    )
    assert route.code == 0
    assert json.loads(route.out)["territory"] == "ma-vallee"
    assert json.loads(route.out)["first"][0]["channel"] == "national"


def test_a_new_territory_of_a_whole_departement(cep, tmp_path):
    path = tmp_path / "dix.toml"
    assert cep(["territory", "new", "hautes-alpes", "--departement", "05", "-o", os.fspath(path)]).code == 0
    assert tomllib.loads(path.read_text(encoding="utf-8"))["territory"]["perimeter"] == ["departement:05"]
    assert cep(["check", os.fspath(path)]).code == 0


@pytest.mark.parametrize(
    ("words", "id_", "name", "zones"),
    [
        (["--departement", "08"], "ardennes-08", "Ardennes (08)", ["departement:08"]),
        (["--departement", "8"], "ardennes-08", "Ardennes (08)", ["departement:08"]),
        (["--departement", "2a"], "corse-du-sud-2a", "Corse-du-Sud (2A)", ["departement:2A"]),
        (["--departement", "974"], "la-reunion-974", "La Réunion (974)", ["departement:974"]),
        (
            ["--departement", "08,51"],
            "ardennes-08-et-environs",
            "Ardennes (08), Marne (51)",
            ["departement:08", "departement:51"],
        ),
    ],
)
def test_a_departement_is_enough_for_a_new_territory(words, id_, name, zones, cep, tmp_path):
    """One command, no id; the holes are marked, in either language; with its marks or filled in, it passes the check and the layout."""
    for lang, mark in (("fr", "À COMPLÉTER"), ("en", "TO FILL IN")):
        said = cep(["territory", "new", *words, "--lang", lang])
        assert said.code == 0
        head = tomllib.loads(said.out)["territory"]
        assert (head["id"], head["name"], head["perimeter"]) == (id_, name, zones)
        assert (
            said.out.count(mark) == 1 + 1 + 1 + 3 * 5 + 1
        )  # the legend, author, coordination, operators, partners
        path = tmp_path / f"{id_}.toml"
        path.write_text(said.out, encoding="utf-8")
        assert cep(["check", os.fspath(path)]).code == 0
        shown = re.sub(r"^( *)# (?=[\[a-z_])", r"\1", said.out, flags=re.MULTILINE)
        filled = shown.replace('phone = "+33..."', 'phone = "3949"').replace('name = ""', 'name = "Essai"')
        filled = filled.replace('author = ""', 'author = "Essai"').replace(
            "perimeter = []", f'perimeter = ["{zones[0]}"]'
        )
        path.write_text(filled, encoding="utf-8")
        assert "error" not in cep(["check", os.fspath(path), "--format", "json"]).out


def test_the_list_says_how_many_communes_and_which_files_are_too_old(cep):
    lines = cep(["territory", "list"]).out.splitlines()
    (ardennes,) = [line for line in lines if "\u00a0: ardennes-08" in line]
    assert "Communes\u00a0: 447\u202f; Fiche au\u00a0: 7 octobre 2026" in ardennes
    (france,) = [line for line in lines if "\u00a0: france\u202f;" in line]
    assert "Communes\u00a0: tout le pays" in france
    assert "trop ancienne" not in france


def test_a_new_territory_is_found_by_its_commune(cep, tmp_path):
    cep(["territory", "new", "ici", "--communes", "05061", "-o", os.fspath(tmp_path / "ici.toml")])
    answer = cep(
        [
            "route",
            *shlex.split(SEEKER),
            "--commune",
            "05061",
            "--territories",
            os.fspath(tmp_path),
            "--format",
            "json",
        ]
    )
    assert json.loads(answer.out)["territory"] == "ici"
    elsewhere = cep(
        [
            "route",
            *shlex.split(SEEKER),
            "--commune",
            "33063",
            "--territories",
            os.fspath(tmp_path),
            "--format",
            "json",
        ]
    )
    assert json.loads(elsewhere.out)["territory"] == "france"
    assert [
        line.partition("\u202f;")[0]
        for line in cep(["territory", "list", "--territories", os.fspath(tmp_path)]).out.splitlines()
    ] == ["Territoire\u00a0: ici"]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("words", [["route", "--age", "20"], ["batch", "in.csv"], ["territory", "list"]])
def test_a_folder_of_territories_that_is_not_there_is_refused(cep, tmp_path, words, lang):
    """Every person would be sent to the addresses of the whole country, and nothing would say so."""
    missing = os.fspath(tmp_path / "nulle-part")
    said = cep([*words, "--territories", missing, "--lang", lang])
    expected = {
        "fr": f"{missing}: « {missing} » n'est pas un dossier de territoires (CEP018)\n"
        "    aide : donnez un dossier de fichiers .toml ; un seul territoire se donne par --territoire\n",
        "en": f"{missing}: “{missing}” is not a folder of territories (CEP018)\n"
        "    hint: give a folder of .toml files; one territory is given by --territory\n",
    }
    assert (said.code, said.out, said.err) == (2, "", expected[lang])


def test_the_smallest_territory_that_holds_the_commune_is_taken(cep, tmp_path):
    """A valley that names the commune goes before the département around it."""
    for name, words in (("vallee", ["--communes", "05061,05046"]), ("alpes", ["--departement", "05"])):
        assert cep(["territory", "new", name, *words, "-o", os.fspath(tmp_path / f"{name}.toml")]).code == 0
    wide = tmp_path / "alpes.toml"
    listed = re.sub(
        r"communes = \[.*?\]",
        'perimeter = ["departement:05"]',
        wide.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    for text in (wide.read_text(encoding="utf-8"), listed):
        wide.write_text(text, encoding="utf-8")
        for commune, expected in (("05061", "vallee"), ("05023", "alpes"), ("33063", "france")):
            said = cep(
                [
                    "route",
                    *shlex.split(SEEKER),
                    "--commune",
                    commune,
                    "--territories",
                    os.fspath(tmp_path),
                    "--format",
                    "json",
                ]
            )
            assert json.loads(said.out)["territory"] == expected


@pytest.mark.parametrize("name", ['a"b', "é", "A B", "../x", "x\ny", ""])
def test_a_name_that_cannot_be_one_makes_no_file(name, cep, tmp_path, monkeypatch):
    """What is written must be read again: an id is lower case, digits and dashes."""
    monkeypatch.chdir(tmp_path)
    said = cep(["territory", "new", name, "--communes", "05061", "-o", "a.toml"])
    assert (said.code, said.out) == (2, "")
    assert not Path("a.toml").exists()


def test_check_says_nothing_to_report_and_exits_0(cep):
    for lang, words in (("fr", "rien à signaler\n"), ("en", "nothing to report\n")):
        said = cep(["check", *map(os.fspath, sorted((ROOT / "territories").glob("*.toml")))], lang)
        assert (said.code, said.out, said.err) == (0, words, "")


def test_the_shipped_rules_pass_the_check(cep):
    said = cep(["check", "--on", "2026-11-28"])  # the day the last of their sources was read
    assert (said.code, said.err) == (0, ""), said.out


def test_check_shows_every_fault_of_every_file_at_its_line_and_exits_1(cep, tmp_path):
    good = (ROOT / "territories" / "c1a.toml").read_text(encoding="utf-8")
    shutil.copy(ROOT / "territories" / "c1b.toml", tmp_path / "good.toml")
    (tmp_path / "bad.toml").write_text(
        good.replace('network = "apec"', 'network = "apecc"'), encoding="utf-8"
    )
    (tmp_path / "worse.toml").write_text("[territory\n", encoding="utf-8")
    said = cep(["check", os.fspath(tmp_path)])
    assert (said.code, said.err) == (1, "")
    first, second = (
        next(line for line in said.out.splitlines() if name in line) for name in ("bad.toml", "worse.toml")
    )
    assert re.match(r".*bad\.toml:\d+:\d+: .*apecc.* \(CEP\d{3}\)", first)
    assert re.match(r".*worse\.toml:1:\d+: .*\(CEP001\)$", second)
    assert "vouliez-vous dire « apec » ?" in said.out
    found = json.loads(cep(["check", os.fspath(tmp_path), "--format", "json"]).out)
    assert {f["code"] for f in found} >= {"CEP001"}
    assert all(f["place"]["line"] for f in found)


def test_check_of_what_is_not_there(cep, tmp_path):
    said = cep(["check", os.fspath(tmp_path / "absent.toml")])
    assert said.code == 1
    assert "CEP014" in said.out


# -- a commune as people type it ------------------------------------------------------------------------------------------------------


POSTCODES = {
    code
    for zone in places.table.departements()
    for commune in places.communes_of(f"departement:{zone}")
    for code in places.commune(commune).postcodes
}


def test_every_postcode_is_answered():
    """Of one commune or of several, none stops an answer: what is typed as five figures is a postcode first."""
    router = Router(LAW)
    faults, several = [], 0
    for code in sorted(POSTCODES):
        visit, findings = router.read({}, on="2026-11-22", commune=code, by_hand=True)
        if visit is None:
            faults.append(f"{code}: {[f.code for f in findings]}")
        elif visit.profile.commune is None:
            several += 1
            if "CEP603" not in [f.code for f in findings]:
                faults.append(f"{code}: {[f.code for f in findings]}")
        elif code not in places.commune(visit.profile.commune).postcodes:
            faults.append(f"{code}: {visit.profile.commune}")
    assert not faults
    assert len(POSTCODES) > 6_000
    assert several > 1_000


def test_a_number_is_a_postcode_before_it_is_a_code(cep):
    """59100 is the postcode of Roubaix and the code of Bousignies; 59512 is no postcode; an arrondissement is of its town."""
    asked = {
        "59100": "59512",
        "insee:59100": "59100",
        "code:59512": "59512",
        "59512": "59512",
        "INSEE: 59512": "59512",
        "69003": "69383",
        "Lyon": "69123",
        "05000 Gap": "05061",
        "05000": None,
    }
    found = {
        typed: json.loads(cep(["route", "--commune", typed, "--format", "json"]).out)["profile"].get(
            "commune"
        )
        for typed in asked
    }
    assert found == asked


# -- the office's own defaults ----------------------------------------------------------------------------------------------------------


def test_the_office_keeps_its_defaults_and_two_commands_go_by_them(cep, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    kept = tmp_path / "cep-route" / "config.toml"
    assert "Aucun réglage." in cep("config").out
    assert "commune du bureau\u00a0: Roubaix (59512)" in cep("config commune 59100").out
    kept.write_text(f"# le bureau\n{kept.read_text()}", encoding="utf-8")
    assert cep("config territoire c3a").code == 0
    assert kept.read_text(encoding="utf-8") == '# le bureau\ncommune = "insee:59512"\nterritory = "c3a"\n'
    said = cep("config commune --oter")
    assert "Roubaix" not in said.out
    cep("config commune 05061")
    for words, commune in (([], "05061"), (["--commune", "33063"], "33063"), (["--sans-config"], None)):
        said = cep(["route", *shlex.split(SEEKER), "--format", "json", *words])
        assert json.loads(said.out)["profile"].get("commune") == commune
        assert ("commune du bureau\u00a0: Gap (05061) (config)" in said.err) == (not words)
    assert "config" not in cep(["inspect", os.fspath(ROOT / "examples" / "intake.csv")]).err
    cep("config langue en")
    assert "nothing to report" in cep(["check", os.fspath(ROOT / "territories" / "c3a.toml")]).out
    assert "rien à signaler" in cep(["check", os.fspath(ROOT / "territories" / "c3a.toml")], "fr").out


@pytest.mark.parametrize(
    ("text", "code"),
    [("[", "CEP534"), ("ville = 1", "CEP535"), ('lang = "de"', "CEP535"), ("commune = 5061", "CEP535")],
)
def test_a_file_of_defaults_that_cannot_be_understood_is_told_and_left_as_it_is(
    text, code, cep, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    kept = tmp_path / "cep-route" / "config.toml"
    kept.parent.mkdir()
    kept.write_text(text)
    for words in (["config"], ["config", "commune", "05061"], TO_FILE):
        said = cep(words)
        assert (said.code, said.out) == (2, "")
        assert code in said.err
    assert cep([*TO_FILE, "--no-config"]).code == 0
    assert kept.read_text() == text


def test_a_default_that_nothing_answers_to_is_refused(cep, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    for words in (
        "config ville Gap",
        "config commune Gapp",
        "config commune 05000",
        "config territoire c9",
        "config langue de",
    ):
        said = cep(words)
        assert (said.code, said.out) == (2, ""), words
    assert list(tmp_path.iterdir()) == []


# -- everyday words -----------------------------------------------------------------------------------------------------------------


def test_everyday_words_are_understood_by_flags_as_in_files(cep):
    """What a word says beyond the fact of its flag holds too; nothing is made of what it does not say."""
    asked = {
        "--statut CDI": {"status": "employee", "employed": "yes", "contract": "cdi"},
        "--statut CDI --age '24 ans'": {
            "age": 24,
            "status": "employee",
            "employed": "yes",
            "contract": "cdi",
        },
        "--statut retraité --contrat CDI": {"status": "retired", "contract": "cdi"},
        "--contrat CDI --en-emploi non": {"employed": "no", "contract": "cdi"},
        "--statut 'arrêt maladie'": {"sick_leave": "yes"},
        "--statut saisonnier": {"seasonal": "yes"},
        "--statut chômeuse": {"status": "jobseeker"},
        "--statut licencié": {"employed": "no"},
        "--statut 'licencié économique'": {"status": "jobseeker"},
        "--statut 'congé parental' --age 30": {"age": 30},
        "--statut CDI --contrat cdd": {"status": "employee", "employed": "yes", "contract": "cdd"},
        "--handicap RQTH": {"disability": "recognised"},
        "--besoin reconversion": {"needs": ["choisir-un-metier"]},
        "--besoin 'permis B'": {"needs": ["mobilite--preparer-un-permis"]},
    }
    faults = []
    for line, expected in asked.items():
        said = cep(f"route {line} --format json")
        profile = json.loads(said.out)["profile"] if said.out else {}
        found = {k: v for k, v in profile.items() if v and k not in ("commune", "commune_name", "blocking")}
        if found != expected:
            faults.append(f"{line}: {found or said.err}")
    assert not faults
    assert "ne permet pas de conclure" in cep("route --statut invalide").err
    assert "--besoin formation" in cep("route --statut formation").err  # a need, not a situation
    typed, told = cep("route --statut CDI"), cep("route --statut salarié --contrat CDI")
    assert "contrat de droit privé" in typed.out  # beside what is presumed
    assert "contrat de droit privé" not in typed.err
    assert "contrat de droit privé" not in told.out + told.err


def test_a_folder_of_rules_without_columns_reads_words_by_its_facts(cep, tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "rules", tmp_path / "rules")
    (tmp_path / "rules" / "columns.toml").unlink()
    said = cep(
        f"route --rules {tmp_path / 'rules'} --age 30 --statut demandeur-emploi --commune 59512 --format json"
    )
    assert json.loads(said.out)["profile"]["status"] == "jobseeker"


def test_an_interview_takes_all_that_a_word_says(cep, monkeypatch):
    """« CDI » is a situation and a contract: the contract is not asked, the numbers go on, and a step back asks it."""
    start, shown = "24 CDI non non", {}
    for name, lines in {"on": f"{start} non aucun non", "back": f"{start} < CDD aucun non"}.items():
        data = "\n".join([*lines.split(), "", ""]).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        shown[name] = cep("ask --no-config --commune Gap").err
    on = [line for line in shown["on"].split("\n") if line[:1].isdigit()]
    assert not [line for line in on if "contrat" in line]
    assert [line[:2] for line in on[:-1]] == [f"{n}." for n in range(1, len(on))]
    assert on[-1].startswith(f"{len(on) - 1} questions posées")
    assert "--contrat cdi" in shown["on"]
    assert "Quel est son contrat de travail" in shown["back"]
    assert "--contrat cdd" in shown["back"]


def test_explain_knows_the_words_of_a_counsellor(cep):
    """Names and codes in any letters, the flag of a fact, a value that one fact alone has, an everyday need."""
    asked = {
        "'Mission locale'": "mission_locale", "Apec": "apec", "statut": "status", "RQTH": "disability", "cdi": "contract",
        "permis": "mobilite--preparer-un-permis", "ML-Youth": "ml-youth", "Besoins": "Freins",
    }  # fmt: skip
    found = {word: cep(f"explain {word}").out.partition(" ")[0] for word in asked}
    assert found == asked
    assert cep("explain oui").code == 2  # the value of many


def test_a_word_of_a_few_is_known_in_capitals_and_a_near_one_is_proposed(cep):
    assert json.loads(cep("route --age 24 --format JSON").out)["schema"] == 1
    assert cep("route --age 24 --lang EN").out.startswith("One thing is missing")
    assert "« profile »" in cep("schema profil").err.replace("\u00a0", " ")
    assert "--format" in cep("territory export x --format zz").err
    assert "CEP504" in cep("compare 2019 2020").err
    for words, keys in (
        ("config clef", "commune, territoire, langue"),
        ("config kee --lang en", "commune, territory, lang"),
    ):
        assert keys in cep(words).err


def test_a_suggestion_keeps_the_sense_or_is_not_made(cep):
    asked = {
        ("--rqth", "fr"): "--handicap reconnu",
        ("--rqth", "en"): "--disability recognised",
        ("--json", "fr"): "--format json",
        ("--CDI", "fr"): "--contrat cdi",
        ("--chomeur", "fr"): "--statut demandeur-d-emploi",
        ("--agee", "fr"): "--age",
        ("--comune", "fr"): "--commune",
        ("--zzz", "fr"): None,
        ("--pdf", "en"): "--format pdf",
    }
    faults = []
    for (option, lang), expected in asked.items():
        hint = cep(["route", option, "x"], lang).err.partition("\n")[2]
        near = re.search("[«“]\u00a0?(--[^\u00a0”]+)", hint)
        if (near[1] if near else None) != expected:
            faults.append(f"{option}: {hint}")
    assert not faults


# -- streams --------------------------------------------------------------------------------------------------------------------------


def through(line, tmp_path):
    """The exit code of a command as a shell runs it, with its redirections."""
    command = line.replace("cep-route", f"{shlex.quote(sys.executable)} -m cep_route", 1)
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=120, check=False
    )
    assert b"CEP530" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_stream_that_is_closed_or_full_changes_nothing_but_what_it_would_have_held(tmp_path):
    """The work is done and the exit code tells the truth: 1 has all its files, 2 an answer that nobody could be given."""
    shutil.copy(ROOT / "examples" / "intake.csv", tmp_path / "in.csv")
    route = f"cep-route {shlex.join(TO_FILE)}"
    faults = []
    for line, code, files_there in (
        ("cep-route batch in.csv -o a.csv 2>&-", 1, ["a.csv", "a.csv.manifest.json", "a.rejects.csv"]),
        ("cep-route batch in.csv -o b.csv 2>/dev/full", 1, ["b.csv", "b.csv.manifest.json", "b.rejects.csv"]),
        ("cep-route batch in.csv -o c.csv >&- 2>&-", 1, ["c.csv", "c.csv.manifest.json", "c.rejects.csv"]),
        ("cep-route batch - -o d.csv <&-", 2, []),
        (f"{route} -o e.txt 2>&-", 0, ["e.txt"]),
        (f"{route} 2>&-", 0, []),
        (f"{route} >&-", 2, []),
        ("cep-route --help >&-", 2, []),
        ("cep-route inspect in.csv >&- 2>&-", 2, []),
        ("cep-route ask <&-", 2, []),
        ("cep-route serve --stdio <&-", 0, []),
    ):
        before = {p.name for p in tmp_path.iterdir()}
        found, out, _ = through(line, tmp_path)
        made = sorted({p.name for p in tmp_path.iterdir()} - before)
        if (found, made) != (code, files_there) or (line == f"{route} 2>&-" and not out):
            faults.append(f"{line}: {found} {made}")
    assert not faults


def test_no_line_of_a_person_is_shown_when_a_file_is_given_in_the_wrong_place(cep, tmp_path):
    path = tmp_path / "persons.csv"
    path.write_text("nom;age;statut;commune\nDUPONT;24;demandeur d'emploi;99301\n", encoding="utf-8")
    for words in (
        ["check"],
        ["test"],
        ["territory", "show"],
        ["territory", "fmt"],
        ["route", "--territory"],
        ["inspect", os.fspath(path), "--map"],
    ):
        said = cep([*words, os.fspath(path)])
        assert said.code in (1, 2), words
        assert "DUPONT" not in said.out + said.err, words


def test_a_rule_of_reading_that_means_nothing_is_a_finding_at_its_line(cep, tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = rules / "columns.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('sets = { status = "jobseeker" }', 'sets = { age = "abc" }', 1), encoding="utf-8"
    )
    said = cep(["check", os.fspath(rules)])
    assert said.code == 1
    assert re.search(r"columns\.toml:\d+:\d+: .*abc", said.out)
    assert cep(["route", "--rules", os.fspath(rules), "--age", "30"]).code == 2
