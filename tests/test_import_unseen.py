"""Files of the known formats that nobody showed us: mutated rows in every container, read by the command itself.

Whatever is in them, the command says 0, 1 or 2 and never 3, writes a file that passes the check or none, and every row read is kept,
merged into another or dropped for a reason that is counted. A seeded mutator, so that a failure can be replayed.
"""

import csv
import io
import json
import random

import pytest
import tomli
from test_directory import AGENCY, LAW, SERVICE, SERVICES, STRUCTURE

from cep_route.__main__ import run
from cep_route.files import written

V0_STRUCTURE = {
    "source": "essai", "id": "essai--v0", "nom": "Épicerie d'essai", "date_maj": "2023-03-01", "typologie": "ASSO", "labels_nationaux": ["ML"],
    "thematiques": ["equipement-et-alimentation--alimentation"], "code_insee": "08105", "code_postal": "08000", "commune": "Charleville-Mézières",
    "antenne": False, "presentation_resume": "Une épicerie", "horaires_ouverture": "Mo-Fr 09:00-12:00", "accessibilite": None, "rna": None,
}  # fmt: skip
V0_SERVICE = {
    "source": "essai", "structure_id": "essai--v0", "id": "essai--v0s", "nom": "Colis", "types": ["aide-materielle"], "profils": ["public-precaire"],
    "thematiques": ["equipement-et-alimentation--aide-alimentaire"], "zone_diffusion_type": "departement", "zone_diffusion_code": "08", "frais": ["gratuit"],
    "code_insee": "08105", "modes_accueil": ["en-presentiel"], "date_maj": "2023-03-01T10:00:00",
}  # fmt: skip
API = {k: (json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v) for k, v in SERVICE.items()}
COMPETENCE = {
    "code_insee_commune": "08105",
    "nom_commune": "x",
    "code_type_service_local": "mission_locale",
    "id_service_local": ["5f3c1a"],
}
LISTED = {
    "nom": "Aide à la mobilité", "adresse": "1 rue A", "cp": "08000", "ville": "Charleville-Mézières", "tél": "03 24 59 44 44", "courriel": "accueil@essai.fr",
    "besoins": "mobilité", "horaires": "Mo-Fr 09:00-12:00", "zone": "Rethel; 08105", "maj": "01/03/2026",
}  # fmt: skip
FORMS = {
    "annuaire": [SERVICE], "annuaire api": [API], "competence": [COMPETENCE], "agencies": [AGENCY],
    "structures": [STRUCTURE], "services": SERVICES, "structures v0": [V0_STRUCTURE], "services v0": [V0_SERVICE], "list": [LISTED],
}  # fmt: skip
ODD = (
    None, "", " ", "null", "NULL", "[]", "{}", [], {}, [None], [""], [[]], {"a": {"b": [1]}}, 0, -1, 1e300, 3.5, 10**30, True, False,
    "é" * 5000, "a\x00b", "\u202eabc", "00:00", "2026-02-30", "31/12/2025", "99999", "08", "2A004", "2a", "<b>", "' OR 1", "=1+1", "-", "n/a",
    "['a' 'b']", "['a', 'b']", '["a"]', "a|b", "Mo-Fr 25:00", "0324594444 / 0324594445", "https://", "http://é.fr", "x@y", "1,5",
    "\ud800", "ligne\nligne", "tab\tici", "“”", "NaN", "Infinity", "0x10",
)  # fmt: skip


def mutated(value, pick, depth=0):
    """A copy with some of its parts missing, odd, of another kind, doubled, or beside keys nobody expects."""
    if isinstance(value, dict):
        found = {}
        for key, inner in value.items():
            chance = pick.random()
            if chance < 0.08:
                continue
            if chance < 0.18:
                found[key] = pick.choice(ODD)
            elif chance < 0.20:
                found[key.upper()] = inner
            elif chance < 0.23:
                found[key] = str(inner) if isinstance(inner, (list, dict)) else [inner]
            else:
                found[key] = mutated(inner, pick, depth + 1)
        for _ in range(pick.choice((0, 0, 1, 3))):
            found[f"nouveau_{pick.randrange(99)}"] = pick.choice(ODD)
        return found
    if isinstance(value, list):
        found = [mutated(v, pick, depth + 1) for v in value if pick.random() > 0.1]
        return found + [pick.choice(ODD)] * pick.choice((0, 0, 0, 1))
    return pick.choice(ODD) if pick.random() < 0.04 else value


def rows_of(pick):
    form = pick.choice(list(FORMS))
    rows = []
    for _ in range(pick.randrange(6)):
        base = pick.choice(FORMS[form])
        row = base if pick.random() < 0.3 else mutated(base, pick)
        if pick.random() < 0.06:
            row = pick.choice(ODD)
        rows += [row] * pick.choice((1, 1, 1, 2))
    return form, rows


def as_json(rows, pick):
    told = json.dumps(rows, ensure_ascii=pick.random() < 0.5)
    shape = pick.choice(("list", "service", "results", "features", "lines", "data"))
    if shape == "lines":
        told = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
    elif shape == "features":
        told = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)
    elif shape != "list":
        told = json.dumps({"generated": "2026-01-01", shape: rows, "total": len(rows)}, ensure_ascii=False)
    whole = shape != "lines" or all(isinstance(r, dict) for r in rows)
    if pick.random() < 0.1:
        told, whole = told[: pick.randrange(len(told) + 1)], False  # a download that broke off
    return told, len(rows) if whole else None


def as_csv(rows, pick):
    rows = [r for r in rows if isinstance(r, dict)]
    titles = list(dict.fromkeys(k for r in rows for k in r)) or ["nom"]
    pick.shuffle(titles)
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=pick.choice(",;\t"), lineterminator=pick.choice(("\n", "\r\n")))
    how = pick.choice((repr, json.dumps, lambda v: ", ".join(map(str, v)) if isinstance(v, list) else str(v)))
    sheet.writerow(titles)
    for row in rows:
        cells = [row.get(t) for t in titles]
        sheet.writerow(["" if c is None else how(c) if isinstance(c, (list, dict)) else c for c in cells])
        if pick.random() < 0.05:
            out.write("une ligne qui n'en est pas une\n")
    return out.getvalue()


def written_file(tmp_path, pick, number):
    """A file of one form, in one container; its path, and how many rows it holds when that can be told."""
    _, rows = rows_of(pick)
    container = pick.choice(("json", "json", "csv", "parquet", "empty"))
    path = tmp_path / f"f{number}.{container}"
    if container == "parquet":
        arrow = pytest.importorskip("pyarrow", reason="pyarrow (extra [fast]) is not installed")
        from pyarrow import parquet

        flat = [
            {
                k: json.dumps(v) if isinstance(v, (list, dict)) else None if v is None else str(v)
                for k, v in r.items()
            }
            for r in rows
            if isinstance(r, dict) and r
        ]
        flat = [{k: v.encode("utf-8", "replace").decode() if v else v for k, v in r.items()} for r in flat]
        names = list(dict.fromkeys(k for r in flat for k in r)) or ["nom"]
        table = arrow.table({n: arrow.array([r.get(n) for r in flat], arrow.string()) for n in names})
        parquet.write_table(table, path)
        return path, len(flat)
    if container == "empty":
        path.write_bytes(
            pick.choice(
                (
                    b"",
                    b"[]",
                    b"{}",
                    b"\xef\xbb\xbf",
                    b"[",
                    b"nom\n",
                    b"nom;ville\n",
                    b" \n",
                    b"PAR1",
                    b"PK\x03\x04",
                    b"\xff\xfe",
                )
            )
        )
        return path, None
    text, count = as_json(rows, pick) if container == "json" else (as_csv(rows, pick), None)
    encoding = pick.choice(("utf-8", "utf-8", "utf-8-sig", "cp1252" if container == "csv" else "utf-8"))
    path.write_bytes(text.encode(encoding, "replace"))
    return path, count


OUTCOMES = []  # the exit codes, so that the trials are shown not to be all refusals


@pytest.mark.parametrize("seed", range(120))
def test_a_file_nobody_showed_us_loses_no_row(seed, tmp_path, capsys):
    try_one(seed, tmp_path, capsys)


def try_one(seed, tmp_path, capsys):
    pick = random.Random(seed)
    told = [written_file(tmp_path, pick, n) for n in range(pick.choice((1, 1, 2, 3)))]
    out, books = tmp_path / "out.toml", tmp_path / "books.json"
    words = ["--departement", "08", "-o", str(out), "--report", str(books)]
    code = run(["territory", "import", *(str(path) for path, _ in told), *words])
    said = capsys.readouterr()
    assert code in (0, 1, 2), said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err
    if books.exists():
        files = json.loads(books.read_text(encoding="utf-8"))["files"]
        for name, book in files.items():
            gone = sum(book["joined"].values()) + sum(d["rows"] for d in book["dropped"].values())
            assert book["rows"] == book["kept"] + gone, name
        for path, count in told:
            if count is not None and path.name in files and code != 2:
                assert files[path.name]["rows"] == count
    assert out.exists() is (code == 0)
    OUTCOMES.append(code)
    if code == 0:
        text = out.read_bytes()
        territory, findings = written.compile_territory("out.toml", text, LAW)
        assert territory is not None, findings
        assert tomli.loads(text.decode())["territory"]["id"] == "ardennes-08"


def test_a_good_part_of_these_files_is_imported():
    if len(OUTCOMES) < 100:
        pytest.skip("the trials above did not all run")
    assert OUTCOMES.count(0) >= 25
    assert OUTCOMES.count(2) > 10
