"""The bulk core over Arrow answers each row as `batch` does, keeps every row in its place, and says why a row is rejected."""

from __future__ import annotations

import csv
import random
import shutil

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("numpy")

import pyarrow as pa
from cep_route.intake.batches import ADDED, REJECT, Batches, open_batches
from cep_route.intake.bulk import COLUMNS
from test_fast import HEADER, person

from cep_route import files
from cep_route.__main__ import run
from cep_route.intake import keys

DAY = "2026-11-22"
NAMES = HEADER.split(";")


def persons(rows, seed=11):
    """Rows as cells, none of which `batch` would refuse to read."""
    chance = random.Random(seed)
    lines = (person(chance, n) for n in range(rows))
    return [row for row in csv.reader(lines, delimiter=";") if row[1] != "Nom" and not row[1].startswith("'")]


def table(rows, names=NAMES):
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names=list(names))


def coded(given):
    return pa.table([c.dictionary_encode() for c in given.columns], names=given.schema.names)


def by_batch(folder, rows, *more):
    """What `batch` says of the same rows: our cells, or (code, column, reason), by the first cell of the row."""
    source, out, rejects = folder / "in.csv", folder / "out.csv", folder / "rejects.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows([NAMES, *rows])
    words = ["batch", str(source), "-o", str(out), "--rejects", str(rejects), "--on", DAY, "--force", *more]
    assert run([*words, "--path", "plain"]) == 1
    with out.open(encoding="utf-8", newline="") as file:
        found = {row["id"]: [row[c] for c in COLUMNS] for row in csv.DictReader(file, delimiter=";")}
    with rejects.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["code"] != "header":
                found[row["raw"].split(";")[0]] = [row["code"], row["column"], row["reason"]]
    assert len(found) == len(rows)
    return found


def told(batch):
    """The same of routed batches."""
    found = {}
    for row in batch.to_pylist():
        ours, why = [row[c] for c in COLUMNS], [row[c] for c in REJECT]
        assert all(cell is None for cell in (why if why[0] is None else ours))
        found[row["id"]] = ours if why[0] is None else why
    return found


def opened(rows, names=NAMES, **more):
    samples = [set(column[:200]) for column in zip(*rows, strict=True)]
    core = open_batches(names, samples, on=DAY, **more)
    assert isinstance(core, Batches), core
    return core


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize(
    ("options", "words"),
    [({}, ()), ({"strict": True, "lang": "en"}, ("--strict", "--lang", "en")), ({"territory": "c3a"}, ("--territory", "c3a"))],
)  # fmt: skip
def test_each_row_is_answered_as_batch_does(tmp_path, encoded, options, words):
    rows = persons(400)
    core = opened(rows, encoded=encoded, **options)
    given = table(rows)
    routed = [core.route(batch) for batch in given.to_batches(max_chunksize=37)]
    out = pa.Table.from_batches(routed)
    assert told(out) == by_batch(tmp_path, rows, *words)
    assert out.select(NAMES).equals(given), "input columns pass, row for row"
    assert out.schema == core.schema(given.schema)
    rejected = out.num_rows - out.column("cep_reject_code").null_count
    assert core.tally.routed == out.num_rows - rejected
    assert sum(core.rejected.values()) == rejected > 0


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize(
    "added",
    [(), ("cep_reject_reason", "cep_first"), ("cep_until", "cep_phone", "cep_unmet"), COLUMNS, REJECT],
)
def test_only_the_columns_that_are_wanted_come(encoded, added):
    rows = persons(200)
    given = table(rows)
    whole, some = (
        pa.Table.from_batches([core.route(batch) for batch in given.to_batches(max_chunksize=37)])
        for core in (opened(rows, encoded=encoded), opened(rows, encoded=encoded, added=added))
    )
    names = [*NAMES, *(name for name in ADDED if name in added)]
    assert some.schema.names == names
    assert some.to_pylist() == whole.select(names).to_pylist()


def test_a_column_that_is_not_ours_cannot_be_wanted():
    with pytest.raises(ValueError, match=r"cep_first, .*: cep_frist, nom$"):
        open_batches(["nom", "age"], on=DAY, added=("cep_first", "nom", "cep_frist"))


def test_dictionaries_large_texts_and_nulls_say_the_same():
    rows = persons(150)
    given = table(rows)
    asked = told(pa.Table.from_batches([opened(rows).route(b) for b in given.to_batches()]))
    other = given.cast(pa.schema([(n, pa.large_string()) for n in NAMES]))
    emptied = [[cell or None for cell in row] for row in rows]
    for form in (other, coded(given), table(emptied), table(emptied).combine_chunks()):
        core = opened(rows)
        assert told(pa.Table.from_batches([core.route(b) for b in form.to_batches()])) == asked


def test_no_row_at_all_is_a_batch_of_our_columns():
    core = opened(persons(5))
    routed = core.route(table(persons(5)).to_batches()[0].slice(0, 0))
    assert routed.num_rows == 0
    assert routed.schema.names == [*NAMES, *ADDED]


def test_numbers_are_no_text():
    core = opened(persons(5))
    columns = [pa.array([1]) if n == "code_commune" else pa.array(["x"]) for n in NAMES]
    with pytest.raises(TypeError, match="code_commune"):
        core.route(pa.RecordBatch.from_arrays(columns, names=NAMES))
    with pytest.raises(TypeError, match="in that order"):
        core.route(pa.RecordBatch.from_arrays([pa.array(["x"])], names=["age"]))


def test_what_cannot_be_opened_says_why():
    assert [f.code for f in open_batches(["nom", "couleur"], on=DAY)] == ["CEP454"]
    assert [f.code for f in open_batches(["age", "cep_first"], on=DAY)] == ["CEP543"]
    found = open_batches(["age"], on=DAY, territory="nowhere")
    assert isinstance(found, list)
    assert found


def test_a_core_that_is_open_needs_its_folders_no_more(tmp_path):
    """A worker of Spark keeps its core, not the folders it was opened from; one territory here is too old to send anyone by."""
    rows = persons(400)
    laid = {}
    for room in ("rules", "territories"):
        laid[room] = str(shutil.copytree(files.shipped(room), tmp_path / room))
    core = opened(rows, encoded=False, **laid)
    for folder in laid.values():
        shutil.rmtree(folder)
    given = table(rows)
    routed = [core.route(batch) for batch in given.to_batches(max_chunksize=60)]
    assert told(pa.Table.from_batches(routed)) == told(
        opened(rows).route(given.combine_chunks().to_batches()[0])
    )
    homes = core.bulk.homes
    assert set(homes.open) | set(homes._aged) == set(files.territories())
    assert len(homes.open) > 5
    assert homes._aged


def test_cells_are_told_apart_to_their_last_letter():
    """Plain text is looked up by its bytes, a dictionary is not: a NUL at the end, a letter far behind, an empty cell, null."""
    long = "salarié" + " " * 60
    cells = [
        "salarié",
        "salarié\0",
        "salarie",
        long,
        long + "x",
        "",
        None,
        "étudiant",
        "Salarié",
        "demandeur d'emploi",
    ]
    names = ["id", "âge", "statut"]
    given = pa.table(
        [[str(n) for n in range(len(cells))], ["40"] * len(cells), pa.array(cells, pa.string())], names=names
    )
    asked = told(opened([["1", "40", "salarié"]], names).route(coded(given).to_batches()[0]))
    assert asked["0"] != asked["1"]
    assert asked["3"] != asked["4"]
    core = opened([["1", "40", "salarié"]], names)
    for start in (0, 3, 5, 0):
        assert told(core.route(given.slice(start, 4).combine_chunks().to_batches()[0])) == {
            str(n): asked[str(n)] for n in range(start, start + 4)
        }
        assert told(core.route(given.slice(start, 4).to_batches()[0])).items() <= asked.items()
    assert (
        told(
            core.route(
                pa.table([c.cast(pa.large_string()) for c in given.columns], names=names).to_batches()[0]
            )
        )
        == asked
    )


@pytest.mark.parametrize("encoded", [True, False])
def test_a_core_that_forgets_what_is_too_much_answers_alike(monkeypatch, encoded):
    rows = persons(400)
    given = table(rows)
    asked = told(pa.Table.from_batches([opened(rows).route(b) for b in given.to_batches()]))
    monkeypatch.setattr(keys, "CELLS_AT_MOST", 5)
    monkeypatch.setattr(keys, "PIECES_AT_MOST", 12)
    core = opened(rows, encoded=encoded)
    assert told(pa.Table.from_batches([core.route(b) for b in given.to_batches(max_chunksize=31)])) == asked
    eras = [core._answers.column(at).era for at in core.key_columns]
    assert max(eras) > 3
    assert min(eras) == 0
