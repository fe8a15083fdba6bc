"""A person's words stay in the person's row: planted in every column of every kind of failing file, they come out nowhere else.

Not in what is said (stderr, and stdout when it is no data), not in the manifest, not in a saved mapping, not in a file left behind,
not in a crash.
"""

from __future__ import annotations

import io
import json

import pytest

from cep_route.__main__ import run
from cep_route.cli import batch as command
from cep_route.cli import persons
from cep_route.files import write
from cep_route.intake import cells, columns, homes, people, reader, writer

CANARY = "Zorglub-Canari"
NAMES = ["id", "nom", "date de naissance", "age", "statut", "en emploi", "handicap", "cadre", "code postal", "commune", "code_insee", "besoins", "freins", "territoire", "remarque"]  # fmt: skip
GOOD = ["1", "Ada", "", "40", "salarié", "oui", "aucun", "non", "05000", "Gap", "", "mobilite", "", "", "x"]


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_TODAY", "2026-11-22")
    monkeypatch.delenv("CEP_ROUTE_DEBUG", raising=False)


def with_canary(column, word=None):
    """A row with a word of its own in one column: a word that two rows hold may be shown by `inspect`."""
    return [(word or f"{CANARY}{column}") if i == column else cell for i, cell in enumerate(GOOD)]


def line(row):
    return ";".join(row) + "\n"


HEAD = line(NAMES)
# a line for each column, or a whole file that is refused
LINES = {
    "good rows": lambda c: line(with_canary(c)),
    "after a known word": lambda c: line(with_canary(c, f"{GOOD[c]} {CANARY}{c}")),
    "too long": lambda c: line([*with_canary(c), CANARY]),
    "too short": lambda c: line(with_canary(c)[: c + 1]),
    "open quotes": lambda c: line(with_canary(c, f'"{CANARY}')) + line(GOOD),
    "text after quotes": lambda c: line(with_canary(c, f'"{CANARY}"{CANARY}')),
    "single quotes": lambda c: line(with_canary(c, f"'{CANARY}{c}")) + line(with_canary(c, f"x{CANARY}{c}'")),
    "NUL": lambda c: line(with_canary(c, f"{CANARY}\0")),
    "another delimiter": lambda c: ",".join(with_canary(c)) + "\n",
    "contradictions": lambda c: line(
        [*with_canary(c)[:5], f"{CANARY}x" if c == 5 else "non", *with_canary(c)[6:]]
    ),
    "odd dates": lambda c: line(with_canary(c, f"31/02/2001 {CANARY}{c}")),
    "footers": lambda c: line(GOOD) + f"Total {CANARY}{c}\n",
}
WHOLE = {
    "cut at the end": HEAD + line(GOOD) + ";".join(with_canary(1)[:2]),
    "a huge cell": HEAD + line(with_canary(1, CANARY * 80_000)),
    "titles above": f"{CANARY}\n{CANARY};{CANARY}\n" + HEAD + line(GOOD),
    "a second table": HEAD + line(GOOD) + f"\nnom;ville\n{CANARY};{CANARY}\n",
    "no header": "".join(line(with_canary(c)) for c in range(15)),
    "a byte of no letter": (HEAD + line(GOOD) + "é\n").encode()
    + line(with_canary(1, CANARY + "é")).encode("cp1252"),
    "no encoding": (HEAD + line(with_canary(1, CANARY + "é"))).encode("cp1252") + b"\x81\n",
    "half a wide letter": (HEAD + line(with_canary(1))).encode("utf-16") + b"\xd8",
    "no CSV": f"<html><body>{CANARY}</body></html>",
    "a broken workbook": b"PK\x03\x04xl/workbook" + CANARY.encode(),
    "binary": b"\0" * 400 + CANARY.encode(),
    "columns of ours": HEAD.strip() + ";cep_first\n" + line([*with_canary(1), CANARY]),
    "rejects that are none": f"line;column;code;reason;raw\n1;;{CANARY};;{CANARY}\n",
    "rejects of a header alone": f"line;column;code;reason;raw\n1;;;header;;{CANARY}\n2;{CANARY};{CANARY};;{CANARY}\n",
}
WAYS = [
    (),
    ("--strict",),
    ("--path", "plain", "--lang", "en"),
    ("--excel-fr",),
    ("--format", "jsonl"),
    ("--format", "xlsx"),
    ("--only-rejects",),
]


def content_of(kind):
    made = WHOLE[kind] if kind in WHOLE else HEAD + "".join(map(LINES[kind], range(len(NAMES)))) + line(GOOD)
    return made.encode() if isinstance(made, str) else made


def leaks(folder, capsys):
    """Where the canary is, data aside."""
    said = capsys.readouterr()
    found = [name for name, text in (("stdout", said.out), ("stderr", said.err)) if CANARY in text]
    for path in folder.iterdir():
        is_data = path.name.startswith("in.") or path.name in {"o.csv", "o.jsonl", "o.xlsx", "o.rejects.csv"}
        data = path.read_bytes() if not is_data else b""
        found += [path.name] if CANARY.encode() in data or path.name.endswith(".tmp") else []
    return found


@pytest.mark.parametrize("kind", [*LINES, *WHOLE])
def test_a_canary_stays_in_its_row(tmp_path, capsys, kind):
    source = tmp_path / "in.csv"
    source.write_bytes(content_of(kind))
    for way in WAYS:
        suffix = way[1] if "--format" in way else "csv"
        code = run(["batch", str(source), "-o", str(tmp_path / f"o.{suffix}"), "--force", *way])
        assert code in (0, 1, 2), way
        assert leaks(tmp_path, capsys) == [], way
    mapping = ("--write-map", str(tmp_path / "map.toml"), "--force")
    for way in ((), ("--format", "json", "--lang", "en"), ("--strict", *mapping)):
        assert run(["inspect", str(source), *way]) in (0, 1, 2)
        assert leaks(tmp_path, capsys) == [], way


def test_a_saved_mapping_tells_no_cell(tmp_path, capsys):
    source = tmp_path / "in.csv"
    source.write_text(HEAD + line(GOOD), encoding="utf-8")
    for text in (
        f'"{CANARY}" = 3',
        f'"{CANARY}" = {{ age = "x" }}',
        f'"{CANARY}" = {{ needs = 1 }}',
        f'"{CANARY}"',
    ):
        (tmp_path / "in.toml").write_text(f"schema = 1\n[values.nom]\n{text}\n", encoding="utf-8")
        assert (
            run(["batch", str(source), "-o", str(tmp_path / "o.csv"), "--map", str(tmp_path / "in.toml")])
            == 2
        )
        assert leaks(tmp_path, capsys) == []


BUGS = [
    (people.People, "of"), (people.People, "_person"), (people.People, "_place"), (people.People, "_needs"), (reader.Rows, "__iter__"), (reader.Rows, "step"),
    (columns.Mapping, "combine"), (columns.ReadColumn, "read"), (writer.CsvSink, "row"), (writer.Rejects, "add"), (writer.Dialect, "cell"),
    (writer.Passage, "some"), (command._Run, "_manifest"), (write.Outputs, "commit"), (homes.Homes, "__init__"), (persons, "columns_of"),
    (persons, "open_source"), (reader, "find_heading"), (columns, "_agreed"), (cells, "cleaned"),
]  # fmt: skip


KINDS = (KeyError, ValueError, TypeError, RuntimeError, AssertionError)


@pytest.mark.parametrize("at", range(len(BUGS)), ids=lambda at: f"{BUGS[at][0].__name__}.{BUGS[at][1]}")
def test_a_bug_of_ours_shows_no_cell_and_leaves_no_file(tmp_path, capsys, monkeypatch, at):
    """In each place an error of the system, one of letters, and another kind in turn."""
    place, name = BUGS[at]
    source = tmp_path / "in.csv"
    source.write_text(HEAD + line(with_canary(1)) + line([*with_canary(2), "x"]), encoding="utf-8")
    for kind in (OSError, UnicodeError, KINDS[at % len(KINDS)]):

        def broken(*_args, kind=kind, **_options):
            raise kind(CANARY)

        with monkeypatch.context() as patched:
            patched.setattr(place, name, broken)
            code = run(["batch", str(source), "-o", str(tmp_path / "o.csv"), "--path", "plain"])
        said = capsys.readouterr().err
        assert CANARY not in said
        assert "Traceback" not in said
        assert code == 3 or kind is OSError, said
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]
        assert said.count("CEP5") == 1


def test_a_bug_while_it_is_told_shows_nothing_either(tmp_path, monkeypatch, capsys):
    """The last resort of `main`: nothing but the kind of the error and a place in our code."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((HEAD + line(with_canary(1))).encode())))
    monkeypatch.setattr(people.People, "of", lambda _self, way: json.loads(way.rows[0][1]))
    assert run(["batch", "-", "-o", str(tmp_path / "o.csv")]) == 3
    assert CANARY not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
