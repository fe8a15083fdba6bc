"""Workbooks: what people see of them is what is read, and no file takes the process with it."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile

import pytest

from cep_route.__main__ import run
from cep_route.intake.workbook import OpenBook, UnreadableError, kind_of

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="dd/mm/yyyy"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs>'
)


def cell(at, text):
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number, *texts, more=""):
    cells = "".join(cell(f"{chr(65 + i)}{number}", text) for i, text in enumerate(texts) if text)
    return f'<row r="{number}"{more}>{cells}</row>'


def book(path, sheets, active=0):
    """`sheets`: (name, state, XML of its rows)."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{i}" state="{state}" r:id="r{i}"/>'
        for i, (name, state, _) in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w") as pack:
        view = f'<bookViews><workbookView activeTab="{active}"/></bookViews>'
        pack.writestr("xl/workbook.xml", f"<workbook {MAIN}>{view}<sheets>{names}</sheets></workbook>")
        pack.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        pack.writestr("xl/styles.xml", f"<styleSheet {MAIN}>{STYLES}</styleSheet>")
        for i, (_, _, rows) in enumerate(sheets, 1):
            pack.writestr(
                f"xl/worksheets/s{i}.xml", f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
            )
    return path


def batch(path, folder, *more):
    """(exit code, rows, what is said)."""
    out, said = folder / "o.jsonl", io.StringIO()
    with contextlib.redirect_stderr(said):
        code = run(["batch", str(path), "-o", str(out), "--force", "--on", "2026-11-28", *more])
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []
    return code, rows, said.getvalue().replace("\xa0", " ").replace("\u202f", " ")


def record(code, body):
    return struct.pack("<HH", code, len(body)) + body


def xls(path, rows, sheets=(("Personnes", 0),), is_protected=False):
    """An Excel 97 workbook, each sheet with the same rows: BIFF8 records, as the one stream of an OLE file. A state of 1 hides a sheet."""
    begin = [record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0)) for kind in (5, 0x10)]
    end, lock = record(0x0A, b""), record(0x2F, b"\1" + bytes(53)) if is_protected else b""
    body = begin[1] + record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for y, cells in enumerate(rows):
        for x, cell in enumerate(cells):
            at = struct.pack("<HHH", y, x, 0)
            if isinstance(cell, str):
                body += record(0x204, at + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
            else:
                body += record(0x203, at + struct.pack("<d", cell))
    body += end
    first = len(begin[0] + lock + end) + sum(12 + 2 * len(name) for name, _ in sheets)
    names = b"".join(
        record(
            0x85,
            struct.pack("<IBBBB", first + i * len(body), state, 0, len(name), 1) + name.encode("utf-16-le"),
        )
        for i, (name, state) in enumerate(sheets)
    )
    stream = begin[0] + lock + names + end + body * len(sheets)
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    none, last = 0xFFFFFFFF, 0xFFFFFFFE
    table = [0xFFFFFFFD, last, *range(3, len(stream) // 512 + 2), last]

    def entry(name, kind, child, start, size):
        text = (name + "\0").encode("utf-16-le")
        links = struct.pack(
            "<HBBIII16sIQQIQ", len(text), kind, 1, none, none, child, b"", 0, 0, 0, start, size
        )
        return text.ljust(64, b"\0") + links

    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, last, 0, last, 0, 0)
    head += struct.pack("<108I", *[none] * 108) + struct.pack("<128I", *table, *[none] * (128 - len(table)))
    folder = entry("Root Entry", 5, 1, last, 0) + entry("Workbook", 2, none, 2, len(stream))
    path.write_bytes(head + folder.ljust(512, b"\0") + stream)
    return path


HEADER = row(1, "Nom", "Âge", "Situation", "Code postal")


def test_the_sheet_that_is_seen_is_read_and_the_others_are_named(tmp_path):
    person = row(2, "FICTIVE", "30", "Salarié", "67000")
    sheets = [
        ("Archives", "hidden", HEADER + row(2, "ANCIEN", "40", "Salarié", "67000")),
        ("Lisez-moi", "visible", row(1, "Une ligne par personne")),
        ("Janvier", "visible", HEADER + person),
        ("Février", "visible", HEADER + row(2, "SONGE", "50", "Salarié", "67000")),
    ]
    path = book(tmp_path / "in.xlsx", sheets, active=2)
    _, rows, said = batch(path, tmp_path)
    assert [r["Nom"] for r in rows] == ["FICTIVE"]
    assert "Lisez-moi (1), Février (2), Archives (2, cachée)" in said
    assert [r["Nom"] for r in batch(path, tmp_path, "--sheet", "Archives")[1]] == ["ANCIEN"]


def test_cells_are_what_people_see(tmp_path):
    rows = (
        HEADER
        + f'<row r="2" hidden="1">{cell("A2", "REVE")}<c r="B2" t="e"><v>#N/A</v></c>{cell("C2", "Salarié")}<c r="D2" s="1"><v>1400</v></c></row>'
        + f'<row r="3">{cell("A3", "NUAGE")}<c r="B3"><f>INT(C9)</f></c>{cell("C3", "Salarié")}<c r="D3"><v>67000</v></c></row>'
        + f'<row r="4">{cell("A4", "a_x000D_b_x001B_c")}<c r="B4"><v>41</v></c><c r="C4" s="2"><v>38058</v></c><c r="D4" t="b"><v>1</v></c></row>'
    )
    _, rows, said = batch(book(tmp_path / "in.xlsx", [("S", "visible", rows)]), tmp_path)
    assert [list(r.values())[:4] for r in rows] == [
        ["REVE", "#N/A", "Salarié", "01400"],
        ["NUAGE", "=INT(C9)", "Salarié", "67000"],
        ["a\rb\x1bc", "41", "2004-03-12", "oui"],
    ]
    assert "2 cellules sont des erreurs ou des formules sans valeur enregistrée (la première : B2)" in said
    assert "1 ligne masquée est lue comme les autres : 2" in said


def test_a_group_above_the_header_owns_its_titles(tmp_path):
    rows = (
        row(1, "Liste de novembre")
        + f'<row r="2">{cell("A2", "Personne")}{cell("D2", "Conjoint")}</row>'
        + row(3, "Nom", "Situation", "Code postal", "Nom", "Date de naissance")
        + row(4, "FICTIVE", "Salarié", "67000", "SONGE", "12/03/1960")
    )
    path = book(tmp_path / "in.xlsx", [("S", "visible", rows)])
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        run(["inspect", str(path), "--format", "json"])
    columns = json.loads(said.getvalue())["columns"]
    assert [c["becomes"] for c in columns if c["read"]] == ["status", "postcode"]


CORNERS = {
    "a stray cell in the last corner": (
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
        1,
    ),
    "a stray blank in the last row": (
        '<row r="1048576"><c r="AZ1048576" t="inlineStr"><is><t> </t></is></c></row>',
        0,
    ),
    "a row beyond the format": (
        '<row r="4294967295"><c r="ZZZZZZZ4294967295" t="inlineStr"><is><t>x</t></is></c></row>',
        2,
    ),
    "a string that is not there": ('<row r="3"><c r="A3" t="s"><v>7</v></c></row>', 2),
    "an unfinished tag": ("<row", 2),
    "a text that no sheet can show": (row(3, "x" * 40_000), 2),
}


@pytest.mark.timeout(20)
def test_no_sheet_ends_or_fills_the_process(tmp_path):
    wrong = {}
    for name, (rows, wanted) in CORNERS.items():
        (tmp_path / "o.jsonl").unlink(missing_ok=True)
        person = row(2, "FICTIVE", "30", "Salarié", "67000")
        code, found, _ = batch(
            book(tmp_path / "in.xlsx", [("S", "visible", HEADER + person + rows)]), tmp_path
        )
        if code != wanted or [r["Nom"] for r in found] != (["FICTIVE"] if wanted < 2 else []):
            wrong[name] = (code, found)
    assert wrong == {}


def test_what_is_no_workbook_of_ours(tmp_path):
    path = book(tmp_path / "in.xlsx", [("S", "visible", HEADER)])
    with zipfile.ZipFile(path, "a") as pack:
        pack.writestr("xl/sharedStrings.xml", '<!DOCTYPE x [<!ENTITY a "b">]><sst><si><t>&a;</t></si></sst>')
    with contextlib.closing(OpenBook(str(path), "workbook")) as found, pytest.raises(UnreadableError):
        list(found.read(found.sheets[0]))
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    protected, old = tmp_path / "p.xlsx", tmp_path / "old.xls"
    protected.write_bytes(ole + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    old.write_bytes(ole + b"\0" * 600 + "Workbook".encode("utf-16-le"))
    assert (kind_of(str(protected)), kind_of(str(old))) == ("protected", "workbook")
    code, _, said = batch(protected, tmp_path)
    assert (code, "est protégé par un mot de passe" in said) == (2, True)
    code, _, said = batch(old, tmp_path)  # it says that it is a workbook, and is not
    assert (code, "ne se lit pas" in said) == (2, True)


def test_a_broken_sheet_that_nobody_reads_is_no_fault_of_the_others(tmp_path):
    person = row(2, "FICTIVE", "30", "Salarié", "67000")
    path = book(tmp_path / "in.xlsx", [("S", "visible", HEADER + person), ("T", "visible", "")])
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as pack:
        for name in whole.namelist():
            if not name.endswith("s2.xml"):
                pack.writestr(name, whole.read(name))
    code, rows, said = batch(tmp_path / "cut.xlsx", tmp_path)
    assert (code, [r["Nom"] for r in rows]) == (0, ["FICTIVE"]), said


def test_an_old_workbook_is_read_and_a_protected_one_is_named(tmp_path):
    pytest.importorskip("python_calamine")
    titles = ["Nom", "Âge", "Situation", "Code postal"]
    persons = [titles, ["FICTIVE", 30, "Salarié", "01000"], ["SONGE", 41.0, "Retraité", "67000"]]
    path = xls(tmp_path / "in.xls", persons, [("Archives", 1), ("Personnes", 0)])
    code, rows, said = batch(path, tmp_path)
    assert [list(r.values())[:4] for r in rows] == [
        ["FICTIVE", "30", "Salarié", "01000"],
        ["SONGE", "41", "Retraité", "67000"],
    ]
    assert (code, "Archives (3, cachée)" in said) == (0, True)
    code, rows, said = batch(xls(tmp_path / "p.xls", persons, is_protected=True), tmp_path)
    assert (code, "est protégé par un mot de passe" in said) == (2, True)


def test_parquet_is_read_as_people_see_it_and_takes_nothing_with_it(tmp_path):
    """Booleans and days as words, a day beyond Python's as it stands; a dictionary of enormous texts ends the child, not the run."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    day = pa.array([12_345, 20_000_000], pa.int32()).cast(pa.date32())
    columns = {
        "Nom": ["FICTIVE", "SONGE"],
        "Situation": ["Salarié", None],
        "RQTH": [True, False],
        "Naissance": day,
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    code, rows, said = batch(tmp_path / "in.parquet", tmp_path)
    assert code == 0, said
    assert [list(r.values())[:3] for r in rows] == [["FICTIVE", "Salarié", "oui"], ["SONGE", "", "non"]]
    assert rows[0]["Naissance"] == "2003-10-20"
    assert rows[1]["Naissance"] == "20000000"
    texts = pa.array([0] * 4000, pa.int32())
    huge = pa.DictionaryArray.from_arrays(texts, pa.array(["x" * 900_000]))
    pq.write_table(pa.table({"Situation": huge, "Nom": ["a"] * 4000}), tmp_path / "in.parquet")
    (tmp_path / "o.jsonl").unlink()
    code, rows, said = batch(tmp_path / "in.parquet", tmp_path)
    assert (code, rows, "CEP549" in said) == (2, [], True)
