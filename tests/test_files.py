"""Territory files as people write them, broken in every way: each fault is said once, at its place, and nothing ever raises.

`files/bad/x.toml` stands beside `x.txt`, what is said of it in French and in English, line by line. To write them again after a
change of words, then read what changed: `python tests/test_files.py --write`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import create_model

from cep_route import checks, files, messages, places
from cep_route.files import toml, written
from cep_route.messages import said
from cep_route.model.answer import Finding
from cep_route.model.shapes import Listed
from cep_route.model.tables import Strict, TerritoryFile, Words

HERE = Path(__file__).parent / "files"
GOOD = sorted((HERE / "good").glob("*.toml"))
BAD = sorted((HERE / "bad").glob("*.toml"))
FULL = (HERE / "good" / "full.toml").read_text(encoding="utf-8")


@cache
def law():
    found, findings = files.load_law()
    assert found is not None, findings
    return found


def read(data, name="fiche.toml"):
    """What is said of a file of these bytes, and the territory if there is one."""
    return written.compile_territory(name, data, law())


def shown(finding):
    """One finding on one line per language: place, severity, code, sentence, hint."""
    lines = []
    for lang in ("fr", "en"):
        message, hint = said(finding.code, finding.values, lang)
        where = f"{finding.place.line}:{finding.place.column}"
        also = "".join(f" ({p.line}:{p.column})" for p in finding.more_places)
        lines.append(
            f"{where}{also} {finding.severity} {finding.code} {message} → {hint}"
            if lang == "fr"
            else f"    {message} → {hint}"
        )
    return "\n".join(lines)


def report(path):
    _, findings = read(path.read_bytes(), path.name)
    return "".join(shown(f) + "\n" for f in findings)


# -- files as data --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_a_good_file_is_said_to_be_good(path):
    territory, findings = read(path.read_bytes(), path.name)
    assert findings == []
    assert territory is not None


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_bad_file_is_told_whole(path):
    assert report(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_no_expected_text_is_left_behind():
    assert {p.stem for p in (HERE / "bad").glob("*.txt")} == {p.stem for p in BAD}


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_file_with_an_error_gives_no_territory(path):
    territory, findings = read(path.read_bytes(), path.name)
    assert findings
    assert (territory is None) == any(f.severity == "error" for f in findings)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_the_line_shown_holds_the_word_that_is_wrong(path):
    for finding in read(path.read_bytes(), path.name)[1]:
        assert_it_points_at_its_word(finding, path.read_bytes())


# What is missing stands nowhere: the place is that of the table, or of the file. A byte or a syntax error is a place, not a word.
NO_WORD = {"CEP001", "CEP004", "CEP011", "CEP012", "CEP201", "CEP202", "CEP217"}


def assert_it_points_at_its_word(finding, data):
    lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n") if finding.code != "CEP011" else [""]
    if finding.code == "CEP011":
        return
    assert finding.place.text == (lines[finding.place.line - 1] if finding.place.line else "")
    assert finding.place.column <= len(finding.place.text) + 1
    if finding.code not in NO_WORD:
        told = [v for k, v in finding.values.items() if k not in ("near", "expected", "found", "bound")]
        words_told = [word[:40] for told_ in told for word in told_.split(", ")]
        assert any(word in finding.place.text.replace('\\"', '"') for word in words_told), finding


@pytest.mark.parametrize(
    ("name", "column_word"),
    [
        ("bare-word.toml", "active"),
        ("french-date.toml", "/06"),
        ("windows-path.toml", "allee"),
        ("two-on-a-line.toml", "id"),
        ("colon.toml", ": vallee"),
        ("accent-in-a-key.toml", "éro"),
    ],
)
def test_a_syntax_error_has_its_caret(name, column_word):
    (finding,) = read((HERE / "bad" / name).read_bytes(), name)[1]
    assert finding.code == "CEP001"
    assert finding.place.text[finding.place.column - 1 :].startswith(column_word)


def test_the_command_tells_ten_faults_at_once():
    path = HERE / "bad" / "ten-faults.toml"
    done = subprocess.run(
        [sys.executable, "-m", "cep_route", "check", str(path)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    places = re.findall(r"ten-faults\.toml:(\d+):(\d+): (?:attention\u00a0: )?", done.stdout)
    assert len(places) == len(read(path.read_bytes())[1]) >= 10
    assert places == sorted(places, key=lambda p: (int(p[0]), int(p[1])))


def test_ten_faults_are_ten_findings_in_order():
    _, findings = read((HERE / "bad" / "ten-faults.toml").read_bytes(), "ten-faults.toml")
    assert len({f.code for f in findings}) >= 8
    assert len(findings) >= 10
    assert findings == sorted(findings, key=Finding.order)
    assert all(f.place.line and f.place.column for f in findings)
    assert sum("near" in f.values for f in findings) >= 4


# -- hostile files --------------------------------------------------------------------------------------------------------

HOSTILE = {
    "dots": (".".join(["a"] * 20_000) + " = 1").encode(),
    "dots in a header": b"[" + b".".join([b"a"] * 20_000) + b"]",
    "dots in an array header": b"[[" + b".".join([b"a"] * 20_000) + b"]]",
    "dots in an inline table": b"x = {" + b".".join([b"a"] * 20_000) + b" = 1}",
    "open brackets": b"a=" + b"[" * 1000,
    "nested arrays": b"a=" + b"[" * 1000 + b"]" * 1000,
    "nested arrays that parse": b"a=" + b"[" * 90 + b"]" * 90,
    "nested tables": b"a=" + b"{b=" * 400 + b"1" + b"}" * 400,
    "nested where a box stands": FULL.replace(
        'public = { seasonal = ["yes"] }', "public = { seasonal = " + "[" * 60 + "]" * 60 + " }"
    ).encode(),
    "5 000 digits": b"schema = " + b"9" * 5000,
    "hexadecimal of 5 000 digits": FULL.replace("schema = 1", "schema = 0x" + "f" * 5000).encode(),
    "hexadecimal of 5 000 digits out of bounds": FULL.replace(
        "wait_days = 7", "wait_days = 0x" + "f" * 5000
    ).encode(),
    "nan": FULL.replace("latitude = 44.5", "latitude = nan").encode(),
    "a long text": FULL.replace("Agence d'Essai", "x" * 100_000).encode(),
    "a long id": FULL.replace('id = "agence"', 'id = "' + "a" * 100_000 + '"').encode(),
    "a long reference": FULL.replace('pilot = "agence"', 'pilot = "' + "a" * 79 + '"').encode(),
    "5 MB": b"#" * 5_000_000,
    "a list of lines": b"x = [\n" + b"[1],\n" * 6000 + b"]\n",
    "hundreds of tables": b"[[operators]]\n" * 2000,
    "escapes of a terminal": FULL.replace("Pays d'Essai", "\\u001b[2Jx")
    .replace('"branch"', '"\\u001b]0;x"')
    .encode(),
    "format strings": FULL.replace('"branch"', '"{0.__class__}"').replace('"spel"', '"{near}"').encode(),
    "a comment of dots": b"# " + b"." * 200 + b"\n" + FULL.encode(),
    "keys that are numbers or empty": b'"" = 1\n1 = 2\n[territory]\n"" = 1\n',
    "every table a number": "".join(f"{k} = 1\n" for k in tomli.loads(FULL)).encode(),
    "every table a list of numbers": "".join(f"{k} = [1]\n" for k in tomli.loads(FULL)).encode(),
    "every table a list of texts": "".join(f"{k} = ['a']\n" for k in tomli.loads(FULL)).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_findings_and_nothing_else(name):
    territory, findings = read(HOSTILE[name])
    assert all(f.place and f.place.file == "fiche.toml" for f in findings)
    assert findings or territory
    for finding in findings:
        assert shown(finding)
        assert len(str(finding.values)) < 2000


@pytest.mark.parametrize(
    "path", ["", "/dev/zero", "/dev/null", "/proc/self/mem", str(HERE), str(HERE / "absent.toml"), "x" * 5000]
)
def test_what_is_no_file_is_a_finding(path, tmp_path):
    found = files.read_bytes(path)
    assert isinstance(found, Finding)
    assert found.code in ("CEP013", "CEP014")
    assert said(found.code, found.values, "fr")


# -- every kind of key, every kind of value -------------------------------------------------------------------------------

WRONG = {
    "text": "zz zz",
    "empty text": "",
    "number": 3,
    "negative": -1,
    "huge": 10**40,
    "decimal": 1.5,
    "infinite": float("inf"),
    "yes": True,
    "day": date(2026, 1, 1),
    "moment": datetime(2026, 1, 1, 10, 30, tzinfo=UTC),
    "empty list": [],
    "list of numbers": [1, 2],
    "list of texts": ["zz", "zz"],
    "list of lists": [[["a"]]],
    "list of tables": [{}, {"zz": 1}],
    "empty table": {},
    "table": {"zz": {"zz": ["zz"]}},
}


def paths_of(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths_of(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {k: replaced(v, rest, new) if k == key else v for k, v in value.items()}
    return [replaced(v, rest, new) if i == key else v for i, v in enumerate(value)]


PATHS = list(paths_of(tomli.loads(FULL)))


@pytest.mark.parametrize("wrong", WRONG)
def test_any_value_under_any_key_never_raises(wrong):
    data = tomli.loads(FULL)
    for path in PATHS:
        changed = replaced(data, path, WRONG[wrong])
        document = toml.Document("fiche.toml", FULL, changed)
        _, findings = toml.validate(TerritoryFile, changed, document.place)
        findings += checks.territory_names(
            checks.believed(changed), document.place, law(), places.known, places.covers, written._present
        )
        for finding in findings:
            inside(finding, FULL)
            shown(finding)


def inside(finding, text):
    """The place is in the file: a line that exists, a column on it."""
    lines = text.split("\n")
    place = finding.place
    assert place.file == "fiche.toml"
    assert 0 <= place.line <= len(lines)
    if place.line:
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert place.text in ("", lines[place.line - 1])


TOKENS = st.sampled_from(
    ['"', "'", '"""', "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", "#", "1", "-1", "1e9", "true", "nan", "inf",
     "2026-01-01", "2026-01-01T00:00:00Z", "12:00:00", "\\", "\\u0000", "é", "\x00", "\ufeff", "\u202e", "\r", "\r\n",
     "[territory]\n", "[[operators]]\n", 'id = "agence"\n', "99703", "france", "none", "a.b.c", "[" * 200, '"x-a--b"']
)  # fmt: skip


@st.composite
def mutations(draw):
    """A good file with a few cuts, insertions, doublings and swaps of lines."""
    lines = FULL.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        column = draw(st.integers(0, len(line)))
        kind = draw(st.sampled_from(["insert", "cut", "drop", "double", "swap", "retype"]))
        if kind == "insert":
            lines[at] = line[:column] + draw(TOKENS) + line[column:]
        elif kind == "cut":
            lines[at] = line[:column] + line[column + draw(st.integers(1, 9)) :]
        elif kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(draw(st.integers(0, len(lines))), line)
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], line
        elif " = " in line:
            key, _, _ = line.partition(" = ")
            lines[at] = f"{key} = {draw(st.sampled_from(RETYPED))}"
        if not lines:
            lines = [""]
    return "\n".join(lines)


RETYPED = [
    "1",
    "-1",
    "1.5",
    "nan",
    "true",
    '""',
    '"x"',
    "[]",
    "[1]",
    '["x"]',
    "{}",
    "{ a = 1 }",
    "2026-01-01",
    "12:00:00",
    "[[]]",
]


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(mutations())
def test_a_mutated_file_never_raises_and_every_place_is_inside(text):
    _, findings = read(text.encode("utf-8", "surrogatepass"))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for finding in findings:
        inside(finding, text)
        shown(finding)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(FULL.encode())))
def test_any_bytes_anywhere_never_raise(data, at):
    whole = FULL.encode()
    for content in (data, whole[:at] + data + whole[at:]):
        for finding in read(content)[1]:
            assert finding.place.file == "fiche.toml"
            shown(finding)


# -- where things stand ---------------------------------------------------------------------------------------------------


def test_every_key_of_a_file_has_the_line_that_wrote_it():
    lines = FULL.split("\n")
    document = toml.Document("fiche.toml", FULL, {})
    assert set(PATHS) <= set(toml.statements(FULL)[1])
    for path in PATHS:
        key = next(part for part in reversed(path) if isinstance(part, str))
        place = document.place(path)
        assert key in lines[place.line - 1]
        assert place.column == len(lines[place.line - 1]) - len(lines[place.line - 1].lstrip()) + 1


@pytest.mark.parametrize(
    ("text", "path", "value", "place"),
    [
        ("a = 1\n", ("a",), None, (1, 1)),
        ("  a = 1\n", ("a",), None, (1, 3)),
        ('[t]\nx = ["u", "v"]\n', ("t", "x"), "v", (2, 11)),
        ('[t]\nx = [\n  "u",\n  "v",\n]\n', ("t", "x"), "v", (4, 3)),
        ('x = ["v", "v"]\n', ("x",), "v", (1, 1)),
        ("[[t]]\na = 1\n[[t]]\na = 2\n", ("t", 1, "a"), None, (4, 1)),
        ("[[t]]\n[[t.u]]\na = 1\n[[t]]\n[[t.u]]\na = 2\n", ("t", 1, "u", 0, "a"), None, (6, 1)),
        ("[t]\na = 1\n", ("t", "b"), None, (1, 1)),
        ("t = { a = 1, b = 2 }\n", ("t", "b"), 2, (1, 18)),
        ('x = """\n[t]\n"""\n[t]\na = 1\n', ("t", "a"), None, (5, 1)),
        ("# [t]\n[t] # x\na.b = 1\n", ("t", "a", "b"), None, (3, 1)),
        ("", ("a",), None, (1, 1)),
    ],
)
def test_where_a_path_stands(text, path, value, place):
    found = toml.Document("fiche.toml", text, {}).place(path, value)
    assert (found.line, found.column) == place


# -- words ----------------------------------------------------------------------------------------------------------------


def tomli_messages():
    """Every message the parser may raise, read from its source, `{}` for what it fills in."""
    source = Path(tomli.__file__).with_name("_parser.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TOMLDecodeError":
            message = node.args[0]
            parts = message.values if isinstance(message, ast.JoinedStr) else [message]
            yield "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in parts)


def test_tomli_is_spoken_in_french_whole():
    assert set(messages.tables("fr")["toml"]) == set(tomli_messages())


@pytest.mark.parametrize(
    ("msg", "fr", "en"),
    [
        ("Invalid value", "valeur illisible (un texte se met entre guillemets)", "invalid value"),
        (
            "Cannot declare ('a', 'b') twice",
            "la table [a.b] est déjà ouverte plus haut",
            "cannot declare a.b twice",
        ),
        (
            "Illegal character '\\x00'",
            "caractère interdit dans un texte : '\\x00'",
            "illegal character '\\x00'",
        ),
        ("Illegal character '\\n'", "texte jamais fermé : il manque un guillemet", "unterminated string"),
        ("Expected \"'''\"", "texte jamais fermé : il manque \"'''\"", "expected \"'''\""),
        (
            "Expected '=' after a key in a key/value pair",
            "il manque « = » après la clé",
            "expected '=' after a key in a key/value pair",
        ),
        (
            "Cannot declare ('{}',) twice",
            "la table [{}] est déjà ouverte plus haut",
            "cannot declare {} twice",
        ),
        ("Something new", "Something new", "Something new"),
    ],
)
def test_what_tomli_says(msg, fr, en):
    assert (messages.toml_words(msg, "fr"), messages.toml_words(msg, "en")) == (fr, en)


def test_codes_are_those_the_files_emit():
    sources = [toml.__file__, written.__file__, files.__file__]
    emitted = {c for s in sources for c in re.findall(r"CEP0\d\d", Path(s).read_text(encoding="utf-8"))}
    assert emitted == {code for code in messages.codes() if code.startswith("CEP0")}


def test_every_kind_of_value_has_its_words():
    """Each kind of field refuses each kind of value it does not take, and both have a word in both languages."""
    kinds = {
        "a": str,
        "b": int,
        "c": float,
        "d": bool,
        "e": date,
        "f": Listed[str],
        "g": Words,
        "h": dict[str, str],
        "i": None,
    }
    model = create_model("Kinds", __base__=Strict, **{name: (kind, ...) for name, kind in kinds.items()})
    told = set()
    for value in (True, "a", 1, 1.5, {}, [], date(2026, 1, 1), None):
        document = toml.Document("x.toml", "", dict.fromkeys(kinds, value))
        _, findings = toml.validate(model, document.data, document.place)
        told |= {f.values[key] for f in findings if f.code == "CEP006" for key in ("expected", "found")}
    assert told == set(messages.table("kind"))


def main():
    for path in BAD:
        path.with_suffix(".txt").write_text(report(path), encoding="utf-8")
        print(path.name)


if __name__ == "__main__" and "--write" in sys.argv:
    main()
