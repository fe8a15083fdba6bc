"""The terminal as people sit at it: every command of the table at several widths, plain, hostile names, completion, the manual."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time
from itertools import takewhile
from pathlib import Path

import pytest
from test_directory import SERVICE

from cep_route import files, places
from cep_route.__main__ import run
from cep_route.cli import app as cli
from cep_route.cli import help as help_
from cep_route.cli.completion import SHELLS, proposals
from cep_route.render.terminal import STYLES
from cep_route.spelling import read_value, typed_word

sys.path.insert(0, os.fspath(Path(__file__).parents[1] / "tools"))
import build_man

ROOT = Path(__file__).parents[1]
LAW = files.load_law()[0]
assert LAW is not None
TABLES = files.load_spellings()
WIDTHS = (60, 80, 140)
KNOWN = {"0", *(style.render("x")[2:].partition("m")[0] for style in STYLES.values())}
DRAWN_BY_TYPER = {"2", "1;36", "1;32", "1;33", "36", "32", "33", "1;2", "31", "2;37", "2;33"}  # its help
BOXES = re.compile(r"[\u2500-\u257f]")
ANSI = re.compile(r"\x1b\[([0-9;]*)m")
pytestmark = pytest.mark.usefixtures("plain_world")


def table(lang):
    """Every command of the command line -> the words of its example, after `cep-route` and before what the shell redirects."""
    return {
        path: list(
            takewhile(
                lambda word: word != "<", shlex.split((command.epilog or "").partition("cep-route ")[2])
            )
        )
        for path, command in cli.every(lang).items()
    }


COMMANDS = table("fr")
ANSWERS = b"\n" * 40  # nothing known, for a command that asks


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder with whatever the examples of the help name: intake files, territories, cases, directories."""

    def provide(words):
        for before, word in zip(["", *words], words, strict=False):
            path = tmp_path / word
            if before.startswith("-") or word.startswith("-") or path.exists():
                continue  # what follows an option is written, not read
            path.parent.mkdir(parents=True, exist_ok=True)
            if word.endswith(".csv"):
                shutil.copy(ROOT / "examples" / "intake.csv", path)
            elif word.endswith(".toml"):
                whole = ROOT / ("tests/cases/unknown.toml" if words[0] == "test" else "territories/c3a.toml")
                shutil.copy(whole, path)
            elif word.endswith(".json"):
                path.write_text(json.dumps({"service": [SERVICE]}), encoding="utf-8")
        return words

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CEP_ROUTE_DATA", os.fspath(tmp_path / "data"))  # nobody's own desks
    return provide


class Answering(io.TextIOWrapper):
    """A standard input that holds what somebody answers, and is no terminal."""

    def __init__(self):
        super().__init__(io.BytesIO(ANSWERS), encoding="utf-8")


def piped(words, capfdbinary, lang="fr"):
    """(exit code, stdout, stderr) of the command, in pipes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CEP_ROUTE_LANG", lang)
        patched.setattr(sys, "stdin", Answering())
        code = run(words)
    sys.stdout.flush()
    told = capfdbinary.readouterr()
    return code, told.out.decode("utf-8"), told.err.decode("utf-8")


def on_a_terminal(columns, words, lang="fr", **more):
    """All that a terminal of so many columns is sent, on both streams, and the exit code."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    received = []

    def receive():
        with contextlib.suppress(OSError):  # how a terminal ends
            while data := os.read(mine, 65536):
                received.append(data)

    reader = threading.Thread(target=receive)
    reader.start()
    with pytest.MonkeyPatch.context() as patched, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        patched.delenv("COLUMNS", raising=False)
        for name, value in {"TERM": "xterm-256color", "CEP_ROUTE_LANG": lang, **more}.items():
            patched.setenv(name, value)
        patched.setattr(sys, "stdin", Answering())
        patched.setattr(sys, "stdout", terminal)
        patched.setattr(sys, "stderr", terminal)
        code = run(words)
    reader.join(60)
    os.close(mine)
    return BAR.sub(erased, b"".join(received).decode("utf-8")).replace("\r\n", "\n"), code


# A bar of progress: drawn while the cursor is hidden, each time over the last one, and erased at the end.
BAR = re.compile(r"\x1b\[\?25l(.*?)\x1b\[\?25h((?:\r|\x1b\[1A|\x1b\[2K)*)", re.DOTALL)


def erased(found):
    """Nothing stays of a bar; it held letters, numbers and its own line only, and what erases it came at its end."""
    drawn = re.sub(r"\x1b\[(?:[0-9;]*m|2K|1A)", "", found[1])
    assert re.fullmatch(r"[\w\s%━╸╺:.,/'-]*", drawn), drawn
    assert "\x1b[2K" in found[2], found[2]
    return ""


def unlinked(text):
    """Without its links, which bear a number that is another each time."""
    return re.sub(r"\x1b\]8;.*?\x1b\\", "", text)


# -- the example of each command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_example_of_each_command_runs(path, lang, workshop, capfdbinary):
    """As the help gives it; in a pipe no box is drawn and no colour sent."""
    words = table(lang)[path]
    assert words, path
    code, out, err = piped(workshop(words), capfdbinary, lang)
    assert code in (0, 1, 130), err
    assert "CEP530" not in err
    assert "Traceback" not in err
    assert not BOXES.search(out + err)
    assert "\x1b" not in out + err


# -- widths -----------------------------------------------------------------------------------------------------------------------------

MAIN = {
    "help": ["--help"],
    "help-route": ["route", "--help"],
    "route": COMMANDS["route"],
    "undecided": ["route", "--age", "40", "--status", "jobseeker", "--commune", "05061"],
    "faults": ["route", "--statut", "chercheur", "--commune", "Saint-Denis", "--le", "31/02/2026"],
    "explain": ["explain", "ml-youth"],
    "territory": ["territory", "show", "c3a"],
    "list": ["territory", "list"],
    "inspect": COMMANDS["inspect"],
    "check": ["check", "wrong.toml"],
    "batch": ["batch", "intake.csv", "-o", "out.csv", "--rejects", "rejects.csv", "--force"],
    "compare": COMMANDS["compare"],
}


@pytest.fixture
def wrong(tmp_path):
    text = (ROOT / "territories" / "c3a.toml").read_text(encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(
        text.replace('network = "apec"', 'network = "apecc"'), encoding="utf-8"
    )


@pytest.mark.parametrize("name", MAIN)
def test_transcripts_of_a_terminal(name, workshop, wrong, golden):
    """What each width is sent, its bold and hue written out; the same words at each."""
    shown = {columns: unlinked(on_a_terminal(columns, workshop(MAIN[name]))[0]) for columns in WIDTHS}
    parts = ["--- {}\n{}".format(columns, ANSI.sub(r"<\1>", text)) for columns, text in shown.items()]
    golden(f"terminal/{name}", "".join(parts))
    assert all(same_words(text, shown[80]) for text in shown.values())
    for columns, text in shown.items():
        for line in ANSI.sub("", text).splitlines():
            assert (
                len(line) <= columns or "cep-route " in line or "http" in line or " " not in line.strip()
            ), line


def test_a_diagnosis_fits_every_terminal():
    """The same words at each width; no line is too long or begins with a sign, no scheme is told by its code."""
    words = ["territory", "diagnose", "c3a", "--on", "2026-11-25", "--without", "region"]
    shown = {columns: ANSI.sub("", on_a_terminal(columns, words)[0]) for columns in (60, 100, 140)}
    for columns, text in shown.items():
        assert same_words(text, shown[140])
        assert [line for line in text.splitlines() if len(line.rstrip()) > columns] == []
        assert re.findall(r"^[\s•]*[?:;!»].*$", text, re.MULTILINE) == []
        assert re.findall(r"\[[a-z0-9-]+\]", text) == []


def test_no_transcript_is_left_behind():
    assert {p.stem for p in (ROOT / "tests" / "golden" / "terminal").glob("*.txt")} == set(MAIN)


def letters(text):
    """The words alone, each once: no colour, no link, no box; a table says its titles for each row in plain lines."""
    return set(re.findall(r"\w+", BOXES.sub("", ANSI.sub("", unlinked(text)))))


def same_words(one, other):
    """Each word of one is in the other, where an address longer than a line may be cut."""
    texts = ["".join(BOXES.sub("", ANSI.sub("", unlinked(text))).split()) for text in (one, other)]
    return all(w in texts[1] for w in letters(one)) and all(w in texts[0] for w in letters(other))


@pytest.mark.parametrize("path", COMMANDS)
def test_a_narrow_terminal_and_a_plain_one_say_the_same_words(path, workshop, tmp_path):
    """At 60 columns, and without bold under NO_COLOR: the same words, on both streams."""
    words = COMMANDS[path]
    before = set(tmp_path.rglob("*"))
    seen = []
    for env in ({}, {"NO_COLOR": "1"}):
        workshop(words)
        text, code = on_a_terminal(60, words, **env)
        assert code in (0, 1, 130), text
        seen.append(text)
        for made in set(tmp_path.rglob("*")) - before:
            if made.is_file():
                made.unlink()
    assert same_words(*seen)
    assert "\x1b" not in seen[1]
    assert not BOXES.search(seen[1])
    assert set(ANSI.findall(seen[0])) <= KNOWN | DRAWN_BY_TYPER
    assert "\x1b" not in unlinked(ANSI.sub("", seen[0]))


def test_bold_and_hue_can_be_read_on_black_and_on_white():
    """Nothing is told by colour alone, and the one hue stands out on both grounds: large or bold text asks for 3 to 1."""
    from test_site import contrast

    assert (STYLES["section"].color.name, STYLES["section"].bold) == ("magenta", True)
    assert STYLES["name"].color is None
    for magenta in (
        (205, 0, 205),
        (170, 0, 170),
        (255, 0, 255),
    ):  # xterm, the first PCs, xterm where bold is bright
        for ground in ((0, 0, 0), (255, 255, 255)):
            assert contrast(magenta, ground) >= 3


# -- hostile names ------------------------------------------------------------------------------------------------------------------------

SIGNS = "[/] [red]x \x1b[2J\x1b]0;t\x07 \x9b31m \u202eabc\u2066 \u200b\xad"
NAMED = (
    "name",
    "address",
    "role",
    "author",
    "conditions",
    "level1_note",
    "effect",
    "issue",
    "deputy",
    "note",
)
DANGEROUS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029]"
)


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A territory whose every name is full of signs, and an intake file that is so in its titles and cells."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "territories" / "c3a.toml").read_text(encoding="utf-8")
    written = "".join(f"\\u{ord(c):04X}" if DANGEROUS.match(c) else c for c in SIGNS)
    keys = re.compile(rf'^((?:{"|".join(NAMED)}) = ")', re.MULTILINE)
    text = keys.sub(lambda found: f"{found[1]}{written} ", text)
    (tmp_path / "h.toml").write_text(text, encoding="utf-8")
    rows = [
        "nom;age;statut;commune;besoins",
        f"{SIGNS};{SIGNS};{SIGNS};{SIGNS};{SIGNS}",
        f"{SIGNS};40;demandeur d'emploi;99501;mobilite",
    ]
    (tmp_path / "h.csv").write_text(f"{SIGNS}x;" + "\n1;".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "h.json").write_text(json.dumps({"service": [{**SERVICE, "nom": SIGNS}]}), encoding="utf-8")
    return tmp_path


def hostile_words(path):
    """The words of an example, its files and territories become hostile ones, every answer to the terminal; and a word that is one itself."""
    words, made = COMMANDS[path], []
    for before, word in zip(["", *words], words, strict=False):
        if before in ("-o", "--out") or word in ("-o", "--out"):
            continue
        named = word in files.territories() or (word.endswith(".toml") and words[0] != "test")
        read = {".csv": "h.csv", ".json": "h.json"}.get(Path(word).suffix, word)
        made.append("h.toml" if named else word if before.startswith("-") else read)
    takes = {word for p in command_of(path).params for word in p.opts}
    if "--territory" in takes:
        made += ["--territory", "h.toml"]
    return made


def command_of(path):
    return cli.every("fr")[path]


@pytest.mark.parametrize("path", COMMANDS)
def test_hostile_names_do_nothing_on_a_terminal(path, hostile):
    """Names of a territory, titles and cells of a file, words of the line: shown, written out, obeyed by no terminal."""
    words = hostile_words(path)
    if any(word.endswith(".html") for word in words):
        words = [word for word in words if not word.endswith(".html")]
    lines = [words, [*words, SIGNS.replace("\x00", "")]]
    for line in lines:
        text, code = on_a_terminal(100, line, COLUMNS="100")
        assert code in (0, 1, 2, 130), text
        assert "CEP530" not in text
        assert "Traceback" not in text
        rest = unlinked(ANSI.sub("", text))
        assert not DANGEROUS.search(rest), (line, DANGEROUS.search(rest))
        assert set(ANSI.findall(text)) <= KNOWN | DRAWN_BY_TYPER


def test_the_hostile_names_are_reached(hostile):
    """The test above would prove nothing if no name of the file were shown."""
    text, code = on_a_terminal(140, ["territory", "show", "h.toml"])
    assert code == 0
    assert r"[/] [red]x \x1b[2J\x1b]0;t\x07 \x9b31m \u202eabc\u2066" in " ".join(text.split())


# -- completion -----------------------------------------------------------------------------------------------------------------------------


def words_of(parameter, typed="", lang="fr", metavar=""):
    return [p.value for p in proposals(parameter, metavar, typed, lang)]


@pytest.mark.parametrize("fact", LAW.facts)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_value_proposed_is_read_back(fact, lang):
    card = LAW.facts[fact]
    assert words_of(f"fact_{fact}", lang=lang) == [typed_word(card, v, lang) for v in card.values]
    for value in card.values:
        word = typed_word(card, value, lang)
        assert word in card.values or read_value(TABLES, fact, word) == value
        assert re.fullmatch(r"[a-z0-9_+-]+", word), word


def test_what_is_proposed_for_each_kind_of_word():
    assert words_of("territory", "c3") == ["c3a", "c3b"]
    assert words_of("name", "ard") == ["ardennes-08"]
    assert words_of("commune", "0506")[0] == "05061"
    assert words_of("commune", "saint den")[:1] == []  # a space ends the word: dashes are proposed
    assert "Saint-Denis" in words_of("commune", "saint-d")
    assert words_of("commune", "montgenè") == ["Montgenèvre"]
    assert words_of("commune", "montgenev") == [
        "montgenevre"
    ]  # a shell that knows no accents would not see the name
    assert words_of("commune", "x") == []
    assert words_of("need", "mobil") == ["mobilite"]
    assert "mobilite--acceder-a-un-vehicule" in words_of("need", "mobilite--a")
    assert {"ml-youth", "mission_locale"} <= set(words_of("word", "m"))
    assert words_of("word", "cep60")[0] == "CEP601"
    assert "CEP601" not in words_of("word", "")
    assert words_of("fact", "seas") == ["seasonal="]
    assert words_of("fact", "seasonal=o") == ["seasonal=oui"]
    assert words_of("form", "j", metavar="text|json|md") == ["json"]
    assert [p.type for p in proposals("out", "FICHIER", "a", "fr")] == ["file"]
    assert [p.type for p in proposals("rules", "DOSSIER", "a", "fr")] == ["dir"]
    assert words_of("max_age", "1", metavar="12m") == []
    assert words_of("key", "l") == ["langue"]
    assert words_of("key", "t", lang="en") == ["territory"]


def test_every_commune_proposed_is_found():
    for typed in ("saint-d", "l-i", "le-m", "gap", "evr", "0506"):
        for word in words_of("commune", typed):
            assert places.find(word).communes, word


@pytest.mark.parametrize("path", COMMANDS)
def test_options_that_take_one_of_a_few_words_propose_them(path):
    for parameter in command_of(path).params:
        metavar = str(parameter.metavar or "")
        if re.fullmatch(r"[a-z0-9_+-]+(\|[a-z0-9_+-]+)+", metavar):
            assert words_of(parameter.name, metavar=metavar) == metavar.split("|"), parameter.name


def asked(line, *python, lang="fr"):
    """What bash is told of a line."""
    words = line.split(" ")
    env = {
        **os.environ, "_CEP_ROUTE_COMPLETE": "bash_complete", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1), "CEP_ROUTE_LANG": lang,
    }  # fmt: skip
    command = [sys.executable, *python, "-m", "cep_route"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True)


def completed(line, lang="fr"):
    done = asked(line, lang=lang)
    assert done.stderr == ""
    return [row.partition(",")[2] for row in done.stdout.splitlines() if row]


def test_it_loads_little_so_that_nobody_waits():
    """How long it takes is told by `benchmarks/startup.py`."""
    for line in ("cep-route route --commune sai", "cep-route explain ", "cep-route route --need "):
        asked(line)  # what it reads is kept compiled from then on
        loaded = {
            row.rpartition("|")[2].strip() for row in asked(line, "-X", "importtime").stderr.splitlines()
        }
        assert "typer" in loaded
        assert not loaded & {"pydantic", "rich", "numpy", "pyarrow", "tomli", "jinja2", "http.client"}, line


def test_it_speaks_the_language_of_the_line():
    assert completed("cep-route route --statut d") == ["demandeur-d-emploi"]
    assert completed("cep-route route --status j", "en") == ["jobseeker"]
    assert completed("cep-route --lang en route --status j") == ["jobseeker"]
    assert completed("cep-route explain op") == ["operateurs", "operateur_regional"]
    assert completed("cep-route explain ru", "en")[:1] == ["rules"]
    assert completed("cep-route schema ro") == ["route"]


def test_a_line_that_means_nothing_is_answered_by_nothing():
    for line in ("cep-route zzz", "cep-route route --statut zzz", "cep-route territory zzz"):
        assert completed(line) == []


def test_each_shell_has_its_script_and_the_others_are_refused(capsys):

    for shell in SHELLS:
        assert run(["--show-completion", shell]) == 0
        script = capsys.readouterr().out
        assert f"cep-route --show-completion {shell} > ~/" in script
        assert "_CEP_ROUTE_COMPLETE" in script
    assert run(["--show-completion", "tcsh"]) == 2
    assert "CEP527" in capsys.readouterr().err


def with_the_script(shell):
    """The environment of a shell that finds `cep-route`."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def needs(shell):
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not here: apt install {shell}")


LINES = {
    "cep-route terr": "territory",
    "cep-route route --statut d": "demandeur-d-emploi",
    "cep-route route --commune montgenev": "montgenevre",
    "cep-route territory show ardennes": "ardennes-08",
    "cep-route explain ml-c": "ml-cej-disabled",
}


def test_bash_completes(tmp_path):
    code = "source <(cep-route --show-completion bash)\ncompopt() { :; }\n"
    for line in LINES:
        words = " ".join(shlex.quote(w) for w in line.split(" "))
        code += f'COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=(); _cep_route_completion cep-route; echo "${{COMPREPLY[*]}}"\n'
    done = subprocess.run(
        ["bash", "--norc", "-c", code],
        env=with_the_script("bash"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == list(LINES.values()), done.stderr


@needs("fish")
def test_fish_completes(tmp_path):
    code = "cep-route --show-completion fish | source\n" + "".join(
        f"complete -C '{line}'\n" for line in LINES
    )
    env = {**with_the_script("fish"), "HOME": os.fspath(tmp_path), "XDG_CONFIG_HOME": os.fspath(tmp_path)}
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert [row.partition("\t")[0] for row in done.stdout.splitlines()] == list(LINES.values()), done.stderr
    assert "Fiches de territoire\u00a0: lister, montrer" in done.stdout  # a comma ends nothing


@needs("zsh")
def test_zsh_completes(tmp_path):
    """At a real prompt: zsh completes nothing elsewhere."""
    env = {
        **with_the_script("zsh"),
        "HOME": os.fspath(tmp_path),
        "TERM": "dumb",
        "PS1": "> ",
        "COLUMNS": "200",
    }
    pid, prompt = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvpe("zsh", ["zsh", "-f", "-i"], env)

    def read(wanted):
        got, until = b"", time.monotonic() + 15
        while wanted.encode() not in got and time.monotonic() < until:
            if select.select([prompt], [], [], 0.2)[0]:
                got += os.read(prompt, 65536)
        return got.decode("utf-8", "replace")

    try:
        os.write(
            prompt,
            b"autoload -U compinit; compinit -u -D; source <(cep-route --show-completion zsh); echo rea''dy\n",
        )
        assert "ready" in read("ready")
        for line, word in LINES.items():
            os.write(prompt, f"{line}\t".encode())
            assert f"{word} " in read(f"{word} "), line
            os.write(prompt, b"\x15")
    finally:
        os.write(prompt, b"\x15exit\n")
        os.close(prompt)
        os.waitpid(pid, 0)


# -- the manual -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", build_man.PAGES)
def test_the_manual_is_what_the_command_table_says(lang):
    kept = build_man.PAGES[lang].read_text(encoding="utf-8")
    assert kept == build_man.man(lang), "python tools/build_man.py"


@pytest.mark.parametrize("lang", build_man.PAGES)
def test_the_manual_names_every_command_and_option(lang):
    text = build_man.PAGES[lang].read_text(encoding="utf-8").replace("\\-", "-")
    for path, command in cli.every(lang).items():
        assert f'.SS "cep-route {path}"' in text
        assert all(word in text for p in command.params for word in p.opts if word.startswith("--"))


@needs("mandoc")
@pytest.mark.parametrize("lang", build_man.PAGES)
def test_the_manual_is_well_formed(lang):
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Wwarning", os.fspath(build_man.PAGES[lang])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


# -- help, drawn ------------------------------------------------------------------------------------------------------------------------------

ENGLISH = re.compile(r"\b(Usage|Commands|FILE|FOLDER|DAY|VALUE|NEED|Show|Write|the|default|required)\b")
FRENCH = re.compile(
    r"\b(Utilisation|Commandes|FICHIER|DOSSIER|JOUR|VALEUR|BESOIN|Montre|Écrire|le|les|par défaut|obligatoire)\b"
)


def sentences(lang):
    """Every sentence of the help."""
    yield from (fact.question[lang] for fact in LAW.facts.values())
    for command in cli.every(lang).values():
        yield command.help or ""
        yield from (getattr(p, "help", "") or "" for p in command.params)


WHOLE = {
    lang: {word for text in sentences(lang) for word in re.findall(r"\S+…", text)} for lang in ("fr", "en")
}


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_help_is_drawn_in_one_language_within_the_terminal(columns, monkeypatch, capsys):
    """Every command: no line beyond the width, no word cut, none of the other language, no line that begins with a sign."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(help_, "boxes", lambda *_: True)
    faults = []
    for path in ("", "territory", *cli.COMMANDS):
        for lang, foreign in (("fr", ENGLISH), ("en", FRENCH)):
            monkeypatch.setenv("CEP_ROUTE_LANG", lang)
            assert run([*path.split(), "--help"]) == 0
            text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
            where = f"{path} {lang}"
            told = text.rpartition("xemp")[0].replace("[OPTIONS]", "").replace("Options", "")
            faults += [f"{where}: {line}" for line in told.split("\n") if len(line.rstrip()) > columns]
            faults += [f"{where}: {word}" for word in foreign.findall(told)]
            inside = [line.strip("│ ") for line in told.split("\n")]
            faults += [f"{where}: {line}" for line in inside if line[:1] in ("?", ":", ";", "!", "»")]
            cut = set(re.findall(r"\S+…", told)) - WHOLE[lang]
            faults += [f"{where}: cut {word}" for word in sorted(cut)]
            if columns >= help_.NARROW:
                assert "╭─ " in text, where
    assert not faults


# -- someone who sits there -----------------------------------------------------------------------------------------------------------------


def talked(words, turns):
    """What a terminal shows of a talk (each turn waits for a text, then types), and the exit code."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "CEP_ROUTE_LANG": "fr", "PROMPT_TOOLKIT_NO_CPR": "1"}
    command = [sys.executable, "-m", "cep_route", *words]
    shown, seen, waiting = b"", 0, list(turns)
    with subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        until = time.monotonic() + 60
        while select.select([mine], [], [], max(0, until - time.monotonic()))[0]:
            try:
                shown += os.read(mine, 65536)
            except OSError:  # it has ended
                break
            while waiting and (at := shown.find(waiting[0][0].encode(), seen)) >= 0:
                seen = at + len(waiting[0][0].encode())
                time.sleep(0.3)  # the keys are heard a moment after the list is drawn
                os.write(mine, waiting.pop(0)[1])
        if process.poll() is None:
            process.kill()
    os.close(mine)
    return ANSI.sub("", shown.decode("utf-8", "replace")), process.returncode, waiting


def test_enter_alone_invents_no_answer():
    """The list stands on « Je ne sais pas » at first, and the keys are told as they are there."""
    pytest.importorskip("prompt_toolkit")
    turns = [
        ("Commune du domicile", b"05061\r"),
        ("1. Quel", b"40\r"),
        ("2. Quelle", b"\r"),
        ("3. Occupe", b"\x1b"),
    ]
    shown, code, left = talked(["ask", "--no-config"], turns)
    assert (code, left) == (130, []), shown
    assert "Les flèches ou un numéro, puis Entrée" in shown
    assert "> 10. Je ne sais pas" in shown


def test_the_menu_at_the_end_is_left_by_its_own_letter_alone(monkeypatch):
    from cep_route import load
    from cep_route.cli.ask import Dialogue, Prompt

    router = load()
    start, _ = router.read({}, on="2026-11-22", by_hand=True)
    lines = ["", " ", "x", "q", "never heard"]
    monkeypatch.setattr(Prompt, "line", lambda *_: lines.pop(0).strip())
    assert Dialogue(router, start, None, Prompt("fr")).afterwards(simple=True) is False
    assert lines == ["never heard"]
