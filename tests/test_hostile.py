"""Hostile and unlucky inputs, one test or more for each of thirty-six kinds, numbered as in the list they come from.

What a feature not built yet must do (hand-over sheets in HTML, files of cases) is tested with that feature; here is what exists.
"""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import subprocess
import sys
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cep_route.__main__ import run
from cep_route.intake.cells import read_date, reader
from cep_route.intake.reader import inspect_rows
from cep_route.intake.writer import defused, restored
from cep_route.text import normalise
from cep_route.typed import read_age

HOUSE = Path(__file__).parents[1] / "cep_route"
CEP = [sys.executable, "-m", "cep_route"]
DAY = "2026-11-22"
P = "id;nom;date de naissance;age;statut;en emploi;commune;commentaire\n"
ESCAPES = "\x1b[2J\x1b]0;x\x07\x9b31m\x08\u202e\u200b"


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_TODAY", DAY)


def write(folder, text, name="in.csv"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def batch(folder, text, *more):
    """Exit code and the cells of the output, read by our own reader."""
    path = write(folder, text)
    code = run(["batch", str(path), "-o", str(folder / "out.csv"), "--force", *more])
    return code, read(folder / "out.csv")


def read(path):
    if not path.exists():
        return None
    shown = inspect_rows(str(path), ["id", "nom", "age", "statut"])
    assert shown["rejects"] == []
    return [shown["header"], *(row["cells"] for row in shown["rows"])]


def command(*words, memory=None, **options):
    limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))) if memory else None
    return subprocess.run(
        [*CEP, *map(str, words)], capture_output=True, check=False, preexec_fn=limit, **options
    )


FORMULAS = (
    "=1+1",
    "+33612345678",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "'=1",
    '"=1',
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("more", [("--defuse",), ("--excel-fr",)])
def test_01_formulas_in_csv(tmp_path, more):
    rows = "".join(
        f'"p{i}";"{f.replace(chr(34), chr(34) * 2)}";;30;salarié;oui;;"{f.replace(chr(34), chr(34) * 2)}"\n'
        for i, f in enumerate(FORMULAS)
    )
    _, cells = batch(tmp_path, P + rows, *more)
    assert len(cells) == len(FORMULAS) + 1
    assert not [c for row in cells for c in row if c[:1] and c[0] in "=+-@\t\r\n＝＋－＠"]
    assert [restored(row[1]) for row in cells[1:]] == list(FORMULAS)
    # undefused, input cells pass as they are; ours never start a formula
    _, cells = batch(tmp_path, P + rows)
    assert [row[1] for row in cells[1:]] == list(FORMULAS)
    assert not [c for row in cells for c in row[8:] if c != defused(c)]


def test_02_and_03_workbooks(tmp_path):
    calamine = pytest.importorskip("python_calamine")
    pytest.importorskip("xlsxwriter")
    path = write(tmp_path, P + "1;=1+1;;30;salarié;oui;;\x1bx\n2;b;;30;salarié;oui;;y\n")
    assert run(["batch", str(path), "-o", str(tmp_path / "o.xlsx")]) in (0, 1)
    with zipfile.ZipFile(tmp_path / "o.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    rows = calamine.CalamineWorkbook.from_path(str(tmp_path / "o.xlsx")).get_sheet_by_index(0).to_python()
    assert (rows[1][1], rows[1][7]) == ("'=1+1", "\\x1bx")
    long = write(tmp_path, P + f"1;a;;30;salarié;oui;;{'x' * 40_000}\n", "long.csv")
    assert run(["batch", str(long), "-o", str(tmp_path / "long.xlsx")]) == 2  # nothing is written
    assert not (tmp_path / "long.xlsx").exists()


def test_04_the_raw_line_of_a_reject(tmp_path):
    batch(tmp_path, P + '1;a;;30;salarié;oui;;\n=cmd;"x\n')
    shown = inspect_rows(str(tmp_path / "out.rejects.csv"), ["line", "column", "code", "reason", "raw"])
    assert shown["rows"][1]["cells"][4] == "'=cmd;\"x"
    assert shown["rejects"] == []


@pytest.mark.parametrize(
    "word",
    [
        "[bold red]X[/bold red]",
        "[/]",
        "[/foo]",
        "Durand [paris]",
        ":smiley:",
        "{{7*7}}",
        "{0.__class__}",
        "%s %n",
    ],
)
def test_05_20_22_markup_and_templates_are_text(tmp_path, capsys, word):
    code, cells = batch(
        tmp_path,
        P.replace("commentaire", word)
        + f"1;{word};;30;salarié;oui;;{word}\n2;b;;30;{word};oui;{word};\n2;b;;30;{word};oui;{word};\n",
    )
    assert code == 0
    assert cells[0][7] == cells[1][1] == cells[1][7] == word
    assert run(["inspect", str(tmp_path / "in.csv")]) in (0, 1)
    assert word in capsys.readouterr().out


def test_06_and_07_terminal_escapes_and_hidden_letters(tmp_path, capsys):
    text = (
        P.replace("commentaire", f"x{ESCAPES}")
        + f"1;a{ESCAPES};;30;salarié;oui;;\n2;b;;30;oui{ESCAPES};oui;;\n3;b;;30;oui{ESCAPES};oui;;\n"
    )
    batch(tmp_path, text)
    for form in ("text", "json"):
        run(["inspect", str(tmp_path / "in.csv"), "--format", form])
    run(["batch", str(tmp_path / f"no{ESCAPES}.csv"), "-o", str(tmp_path / "x.csv")])
    said = capsys.readouterr()
    text_out = said.out.partition('{\n  "schema"')[0]
    for shown in (text_out, said.err):
        assert not set(shown) & set("\x1b\x07\x9b\x08\u202e\u200b")
    assert "\\x1b[2J" in text_out


def test_08_forms_and_look_alikes(tmp_path):
    nfd = "Émile ﬁ Ⅳ".replace("É", "E\u0301")
    _, cells = batch(tmp_path, P + f"1;{nfd};;30;salarie\u0301;oui;;\n2;b;;30;sаlarié;oui;;\n")
    assert cells[1][1] == nfd
    assert "CEP460" not in cells[1][-1]
    assert "CEP460" in cells[2][-1], "a Cyrillic letter is another letter"


@pytest.mark.parametrize("text", ["１２", "٣٣", "1_0", "inf", "1e3", "-5", "121", "9" * 5000, "12.5", "0x10"])
def test_09_numbers(tmp_path, text):
    assert read_age(text) is None
    code, cells = batch(tmp_path, P + f"1;a;;{text};salarié;oui;;\n")
    assert re.search("CEP46[05]", cells[1][-1])
    assert batch(tmp_path, P + f"1;a;;{text};salarié;oui;;\n", "--strict")[0] == 1
    assert code in (0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "01/01/0001",
        "01/01/9999",
        "31/02/2001",
        "29/02/2001",
        "01/01/2030",
        "04/07/68",
        "12/1998",
        "1998",
        "00/00/0000",
    ],
)
def test_10_dates(tmp_path, text):
    _, cells = batch(tmp_path, P + f"1;a;{text};;salarié;oui;;\n")
    assert re.search(r"CEP46[1-4]", cells[1][-1])
    assert not isinstance(read_date(text), str) or read_date(text).startswith("CEP46")


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/b",
        "..",
        ".",
        "-rf",
        "~",
        "c3a\0",
        "c3a\n",
        "x" * 300,
        "CON",
        "NUL.txt",
        "a:b",
    ],
)
def test_11_names_of_territories(tmp_path, name):
    before = sorted(p.name for p in tmp_path.parent.iterdir())
    cell = '"' + name + '"'
    code, cells = batch(
        tmp_path,
        "id;nom;age;statut;en emploi;territoire\n1;a;30;salarié;oui;c3a\n" + f"2;b;30;salarié;oui;{cell}\n",
    )
    assert code in (0, 1)
    if len(cells) > 2:
        assert "CEP55" in cells[2][-1] or name.strip("\n") == "c3a"
    assert sorted(p.name for p in tmp_path.parent.iterdir()) == before


@pytest.mark.timeout(60)  # it ends: where each quote begins the search anew, never
def test_12_a_quote_that_never_closes_in_a_big_file(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write('id;statut\n1;salarié\n2;"x\n')
        file.writelines(f"{i};salarié\n" for i in range(3, 300_000))
    assert run(["batch", str(path), "-o", str(tmp_path / "out.csv")]) == 1
    counts = json.loads((tmp_path / "out.csv.manifest.json").read_text())["counts"]
    assert (counts["routed"], counts["rejected"]) == (299_998 - 0, 1) or counts["rows"] == 299_999
    path.write_text(
        P + "1;" + "x" * 2_000_000 + ";;30;salarié;oui;;\n2;b;;30;salarié;oui;;\n", encoding="utf-8"
    )
    assert run(["batch", str(path), "-o", str(tmp_path / "out.csv"), "--force"]) == 1
    assert json.loads((tmp_path / "out.csv.manifest.json").read_text())["rejected"] == {"CEP437": 1}


def test_13_very_many_columns(tmp_path, capsys):
    write(tmp_path, ";".join(f"c{i}" for i in range(100_000)) + "\n")
    assert run(["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "o.csv")]) == 2
    write(tmp_path, "statut;age;" + ";".join(f"c{i}" for i in range(100_000)) + "\nsalarié;30\n")
    assert run(["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "o.csv")]) == 2
    assert "CEP413" in capsys.readouterr().err


@pytest.mark.timeout(60)  # it waits for nobody
def test_14_what_is_no_regular_file(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in ("/dev/zero", fifo, tmp_path, "/proc/self/mem"):
        assert run(["batch", str(path), "-o", str(tmp_path / "o.csv")]) == 2
        assert run(["inspect", str(path)]) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fifo"]


def test_15_archives_and_bombs(tmp_path, capsys):
    import gzip

    write(tmp_path, gzip.compress(P.encode()), "a.csv")
    with zipfile.ZipFile(tmp_path / "b.csv", "w") as pack:
        pack.writestr("x.csv", P)
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("[Content_Types].xml", "<x/>")
        pack.writestr("xl/workbook.xml", b"0" * (100 << 20))
    write(tmp_path, b"PK\x03\x04" + b"xl/workbook" * 10, "d.xlsx")
    codes = {"a.csv": "CEP404", "b.csv": "CEP404", "c.xlsx": "CEP547", "d.xlsx": "CEP549"}
    for name, code in codes.items():
        assert run(["batch", str(tmp_path / name), "-o", str(tmp_path / "o.csv")]) == 2
        assert code in capsys.readouterr().err


ODD_TOML = (
    "a=" + "[" * 1000, "a=" + "{b=" * 500, ".".join(["a"] * 20_000) + "=1", "a=1\na=2\n", "schema = 1e999", "schema = nan", "schema = 0x" + "f" * 5000, b"\xef\xbb\xbfschema=1\n[columns]\nx=1\n", b"# \xe9",
)  # fmt: skip


def test_16_17_18_toml(tmp_path):
    """A mapping and a territory are what users write in TOML: whatever it holds, a refusal, within a limit of memory and of time."""
    source = write(tmp_path, P + "1;a;;30;salarié;oui;;\n")
    odd = [write(tmp_path, text, f"odd{at}.toml") for at, text in enumerate(ODD_TOML)]
    code = """if True:
        import sys
        from cep_route.__main__ import run
        source, out, *odd = sys.argv[1:]
        for path in odd:
            for flag in ("--map", "--territory"):
                print(run(["batch", source, "-o", out, flag, path]), file=sys.stderr, flush=True)"""
    argv = [sys.executable, "-c", code, source, tmp_path / "o.csv", *odd]
    limit = (2 << 30, 2 << 30)
    done = subprocess.run(
        argv,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit),
    )
    said = done.stderr
    assert re.findall(r"^\d$", said, re.MULTILINE) == ["2"] * 2 * len(ODD_TOML), said
    assert all("CEP" in part for part in re.split(r"^2\n", said, flags=re.MULTILINE)[:-1])
    assert "Traceback" not in said
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.timeout(60)  # a pattern that tries all ways of parting the text takes hours
@pytest.mark.parametrize("letter", [" ", "a", "0", "-", ";", "/", "\u00a0", "[", "1 ", "a,"])
def test_19_no_pattern_is_slow(letter):
    """Every cell reader, and the words, on long runs of one thing."""
    from cep_route import files

    text = letter * (100_000 // len(letter))
    tables = files.load_spellings()["files"]
    normalise(text)
    for card in tables["columns"].values():
        if card["kind"] not in {"identity", "contact", "elsewhere", "unread"}:
            reader(card, tables, DAY, {})(text)
            reader(card, tables, DAY, {})(text[:500])


def test_20_no_evaluation_in_the_house():
    for path in HOUSE.rglob("*.py"):
        calls = [
            n.func.id
            for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        assert not {"eval", "exec"} & set(calls), path


def test_21_23_nothing_is_rendered_from_cells(tmp_path, capsys):
    """No page is made of a file of persons; what is shown of it is text, and cells pass as they are."""
    word = "<script>alert(1)</script>![](http://x)"
    _, cells = batch(tmp_path, P + f"1;{word};;30;salarié;oui;;{word}\n")
    assert cells[1][1] == word
    run(["inspect", str(tmp_path / "in.csv")])
    said = capsys.readouterr()
    assert word not in said.out + said.err


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_data(self, data):
        self.text += data


WORDS = (
    "<script>alert(1)</script>", "' onmouseover='x", '" onclick="x', "javascript:alert(1)", "</style><b>", "{{7*7}}", "{% import os %}", "![](http://x)", "a|b", "# x",
)  # fmt: skip


def test_21_22_23_a_page_shows_the_words_of_a_territory_as_text(tmp_path, capsys):
    """All words of danger in one name: the page has the tags of a page of Durand; and each alone in Markdown."""
    pytest.importorskip("jinja2")
    path = tmp_path / "v.toml"
    assert run(["territory", "new", "v", "--communes", "05061", "-o", str(path)]) == 0
    new = path.read_text(encoding="utf-8")
    assert new.count('name = "v"') == 1
    pages = []
    name = " ".join(WORDS)
    for called in (name, "Durand"):
        path.write_text(new.replace('name = "v"', f"name = {json.dumps(called)}"), encoding="utf-8")
        words = ["territory", "diagnose", str(path), "--format", "html", "-o", str(tmp_path / "v.html")]
        assert run([*words, "--force"]) in (0, 1)
        page = (tmp_path / "v.html").read_text(encoding="utf-8")
        pages.append(Tags(page.replace("\xa0", " ")))
    assert pages[0].tags == pages[1].tags
    assert name in pages[0].text
    assert pages[0].text.replace(name, "Durand") == pages[1].text
    told = ["--age", "40", "--status", "jobseeker", "--commune", "05061", "--territory", str(path)]
    for word in WORDS:
        path.write_text(new.replace('name = "v"', f"name = {json.dumps(word)}"), encoding="utf-8")
        capsys.readouterr()
        run(["route", *told, "--format", "md", "--details"])
        title = capsys.readouterr().out.splitlines()[0]
        assert re.sub(r"\\(.)", r"\1", title).endswith(word)
        assert not re.search(r"(?<!\\)[<\[|{]", title)


@pytest.mark.parametrize(
    "env", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}]
)
def test_30_locales(tmp_path, env):
    source = write(
        tmp_path, P.replace("commentaire", "é漢") + "1;Éva漢;;30;salarié;oui;Où ça;\n2;b;;30;salarier;oui;;\n"
    )
    told = {**os.environ, **env}
    assert command("inspect", source, env=told).returncode == 1
    done = command("inspect", source, "--rows", env=told)
    assert json.loads(done.stdout)["rows"][0]["cells"][1] == "Éva漢"
    done = command("batch", source, "-o", tmp_path / "o.csv", env=told)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert "Éva漢" in (tmp_path / "o.csv").read_text(encoding="utf-8")


def test_31_names_that_do_not_decode(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff.csv"
    Path(os.fsdecode(name)).write_text(P + "1;a;;30;salarié;oui;;\n", encoding="utf-8")
    done = subprocess.run([*CEP, "batch", name, "-o", name + b".out"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    done = subprocess.run([*CEP, "inspect", name], capture_output=True, check=False)
    assert done.returncode in (0, 1)
    assert b"\\udcff.csv" in done.stdout


def test_32_our_output_is_read_back(tmp_path):
    """See `test_writing.test_naughty_strings_come_back` for the naughty strings; here what breaks readers."""
    odd = ["a\rb", 'a"b', "a;b", "\ufeffx", "a\nb", "  x  ", "'x'", '"', "x\ty"]
    rows = "".join(
        f'p{i};"{o.replace(chr(34), chr(34) * 2)}";;30;salarié;oui;;z\n' for i, o in enumerate(odd)
    )
    for more in ((), ("--excel-fr",)):
        _, cells = batch(tmp_path, P + rows, *more)
        assert [restored(row[1]) if more else row[1] for row in cells[1:]] == odd


def test_33_no_network_and_closed_files(tmp_path):
    batch(tmp_path, P + "1;a;;30;salarié;oui;;\n2;b;;30;salarié;non;;\n")
    for name in ("out.csv", "out.rejects.csv", "out.csv.manifest.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    code = "import socket\ndef no(*a, **k): raise SystemExit(9)\nsocket.socket = no\nfrom cep_route.__main__ import run\nimport sys\nsys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "o2.csv")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1


def test_34_games_with_identifiers(tmp_path, capsys):
    """One identifier for two rows, but for blanks or case, or none: all are routed, and those that come again are told."""
    ids = ["1", "1", " 1", "A", "a", "", ""]
    rows = "".join(f"{i};n{at};;30;salarié;oui;;\n" for at, i in enumerate(ids))
    _, cells = batch(tmp_path, P + rows)
    assert [row[1] for row in cells[1:]] == [f"n{at}" for at in range(len(ids))]
    assert [row[0] for row in cells[1:]] == ids
    said = capsys.readouterr().err.replace("\xa0", " ").replace("\u202f", " ")
    repeated = "3 lignes reprennent un identifiant déjà vu, colonne « id » : 3, 4, 6 ; toutes sont orientées"
    assert f"{repeated} (CEP561)" in said
    run(["inspect", str(tmp_path / "in.csv"), "--lang", "en"])
    assert "3 rows repeat an identifier met before, column “id”: 3, 4, 6" in capsys.readouterr().out


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", "\r", '"', "\0"])
def test_36_delimiters(tmp_path, delimiter, capsys):
    path = write(tmp_path, P + "1;a;;30;salarié;oui;;\n")
    assert run(["batch", str(path), "-o", str(tmp_path / "o.csv"), "--delimiter", delimiter]) == 2
    assert run(["inspect", str(path), "--delimiter", delimiter]) == 2
    assert capsys.readouterr().err.count("CEP559") == 2


def test_a_person_taken_for_a_header_is_written_nowhere(tmp_path, capsys):
    """« cadre » and « RSA » are words of a person as well as titles: the file is refused, and nothing of its persons is told."""
    for text in (
        "DUPOND;JEANNE;40;cadre;99301;X\nMARTINE;ZOE;33;cadre;99301;Y\n",
        "DUPOND;JEANNE;40;99301;cadre;RSA;X\nMARTINE;ZOE;33;99301;cadre;RSA;Y\n",
    ):
        path = write(tmp_path, text)
        assert run(["batch", str(path), "-o", str(tmp_path / "out.csv")]) == 2
        assert run(["inspect", str(path)]) == 2
        assert run(["inspect", str(path), "--rows"]) == 2
        assert run(["inspect", str(path), "--write-map", str(tmp_path / "map.toml")]) == 2
        told = "".join(capsys.readouterr()) + "".join(p.read_text() for p in tmp_path.glob("*.toml"))
        assert not re.search("DUPOND|JEANNE|MARTINE", told)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]


def test_any_zone_any_day_it_answers(monkeypatch, capsys):
    """Without a day told it is the one of the clock where the person sits: from -12 to +14, at a 29 February and at each change of hour."""
    monkeypatch.delenv("CEP_ROUTE_TODAY")
    wrong = []
    try:
        for zone in (
            "Etc/GMT+12",
            "America/Guadeloupe",
            "Europe/Paris",
            "Indian/Reunion",
            "Pacific/Kiritimati",
        ):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            before = time.strftime("%Y-%m-%d")
            assert run(["route", "--age", "24", "--statut", "jobseeker", "--format", "json"]) in (0, 1)
            said = json.loads(capsys.readouterr().out)["on"]
            if said not in (before, time.strftime("%Y-%m-%d")):  # midnight may have struck between the two
                wrong.append((zone, said, before))
            for day in ("2028-02-29", "2027-03-28", "2027-10-31"):
                words = ["--naissance", "2004-02-29", "--statut", "jobseeker", "--on", day]
                assert run(["route", *words, "--format", "json"]) in (0, 1)
                assert json.loads(capsys.readouterr().out)["on"] == day
    finally:
        monkeypatch.undo()
        time.tzset()
    assert not wrong


def test_inspect_and_batch_understand_every_file_alike(tmp_path, capsys):
    """The rows that `inspect --rows` shows are those that come out, the rejects those that are rejected."""
    texts = [
        P + "1;a;;30;salarié;oui;;\n\n2;b;;31;salarié;oui\n3;c;;32;salarié;oui\nTotal;;;2;;;;\n",
        "Liste;;;;;;;\n" + P + '1;a;;30;"sala\nrié";oui;;\n2;"b;;31;salarié;oui;;\n',
        P.replace(";", ",")
        + '1,"a, b",,30,salarié,oui,,\n'
        + P.replace(";", ",")
        + "2,b,,31,salarié,oui,,,x\n",
    ]
    for text in texts:
        for codec in ("utf-8", "cp1252", "utf-16"):
            path = write(tmp_path, text.encode(codec))
            run(["inspect", str(path), "--rows"])
            shown = json.loads(capsys.readouterr().out)
            run(["batch", str(path), "-o", str(tmp_path / "o.jsonl"), "--force"])
            rows = [
                json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
            ]
            assert [list(r.values())[: len(shown["header"])] for r in rows] == [
                r["cells"] for r in shown["rows"]
            ]
            counts = json.loads((tmp_path / "o.jsonl.manifest.json").read_text(encoding="utf-8"))["counts"]
            assert counts["rejected"] == len(shown["rejects"]) > 0
            assert counts["blank"] == shown["blank"]


# where the inputs are tested that are not tested above; a number of the list may have several tests
ELSEWHERE = {
    24: ("test_writing.py", "test_a_link_is_replaced_not_followed"),
    25: ("test_writing.py", "test_killed_at_any_moment_no_output_is_half_written"),
    26: ("test_writing.py", "test_disk_full_leaves_nothing"),
    27: ("test_writing.py", "test_a_reader_that_leaves_stops_it_quietly"),
    28: ("test_writing.py", "test_two_writers_at_once"),
    29: ("test_writing.py", "test_an_input_that_grows_while_it_is_read"),
    32: ("test_writing.py", "test_naughty_strings_come_back"),
    33: ("test_privacy.py", "test_a_canary_stays_in_its_row"),
    35: ("test_batch.py", "test_the_seed_of_hashes_changes_nothing"),
}


# a day of attack: each kind and where it is tested
ATTACKS = {
    "a date in shipped data": ("test_age.py", "test_no_date_in_shipped_data_ends_an_answer"),
    "a person taken for the header": (
        "test_hostile.py",
        "test_a_person_taken_for_a_header_is_written_nowhere",
    ),
    "a sheet that takes all memory": ("test_workbook.py", "test_no_sheet_ends_or_fills_the_process"),
    "dictionaries and days of Parquet": (
        "test_workbook.py",
        "test_parquet_is_read_as_people_see_it_and_takes_nothing_with_it",
    ),
    "a stream closed or full": (
        "test_cli.py",
        "test_a_stream_that_is_closed_or_full_changes_nothing_but_what_it_would_have_held",
    ),
    "exit 1 without a file": ("test_writing.py", "test_a_folder_that_cannot_be_written"),
    "orders in a lock": ("test_writing.py", "test_what_stands_in_a_lock_file_decides_nothing"),
    "our own output refused": ("test_batch.py", "test_an_over_long_line_spoils_no_file_of_rejects"),
    "an encoding by a ratio": ("test_reading.py", "test_read"),
    "inspect and batch": ("test_hostile.py", "test_inspect_and_batch_understand_every_file_alike"),
    "a client that leaves": ("test_http.py", "test_a_client_that_leaves_is_nobodys_fault"),
    "a rule edited by hand": (
        "test_cli.py",
        "test_a_rule_of_reading_that_means_nothing_is_a_finding_at_its_line",
    ),
    "a cache of another shape, a pipe, an open folder": (
        "test_cache.py",
        "test_another_shape_a_pipe_a_link_and_an_open_folder_are_nothing_kept",
    ),
    "too many connections": ("test_http.py", "test_more_at_once_than_it_takes_are_told_to_come_back"),
    "a profile of no shape": ("test_api.py", "test_a_profile_of_another_shape_is_said_so"),
    "a person's line shown": (
        "test_cli.py",
        "test_no_line_of_a_person_is_shown_when_a_file_is_given_in_the_wrong_place",
    ),
    "a quote that never closes": ("test_hostile.py", "test_12_a_quote_that_never_closes_in_a_big_file"),
    "every zone and day": ("test_hostile.py", "test_any_zone_any_day_it_answers"),
}


def test_each_attack_has_a_test():
    for kind, (file, name) in ATTACKS.items():
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), kind


def test_each_of_the_thirty_six_has_a_test():
    here = {name for name, kind in globals().items() if name.startswith("test_") and callable(kind)}
    covered = {int(n) for name in here for n in re.findall(r"(?<=_)\d\d(?=_)", name)}
    for number, (file, name) in ELSEWHERE.items():
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}", text, re.MULTILINE), (number, file, name)
        covered.add(number)
    assert covered == set(range(1, 37))
