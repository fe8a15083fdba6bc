"""Rows of a data frame are answered as `batch` does, each in its place, with the reason why a row is rejected."""

from __future__ import annotations

import csv
import random
import shutil

import pytest

pytest.importorskip("polars")

import polars as pl
from test_fast import HEADER, person

from cep_route import files
from cep_route.__main__ import run
from cep_route.intake import answers, people, pieces
from cep_route.intake.frames import ADDED, REJECT, Frames, open_frames
from cep_route.intake.pieces import COLUMNS

DAY = "2026-11-22"
NAMES = HEADER.split(";")


def persons(rows, seed=11):
    """Rows as cells, none of which `batch` would refuse to read."""
    chance = random.Random(seed)
    lines = (person(chance, n) for n in range(rows))
    return [row for row in csv.reader(lines, delimiter=";") if row[1] != "Nom" and not row[1].startswith("'")]


def table(rows, names=NAMES):
    return pl.DataFrame(
        dict(zip(names, zip(*rows, strict=True), strict=True)), schema=dict.fromkeys(names, pl.String)
    )


def cut(frame, rows):
    """A frame in slices."""
    return list(frame.iter_slices(rows))


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
    for row in batch.to_dicts():
        ours, why = [row[c] for c in COLUMNS], [row[c] for c in REJECT]
        assert all(cell is None for cell in (why if why[0] is None else ours))
        found[row["id"]] = ours if why[0] is None else why
    return found


def opened(rows, names=NAMES, **more):
    samples = [set(column[:200]) for column in zip(*rows, strict=True)]
    core = open_frames(names, samples, on=DAY, **more)
    assert isinstance(core, Frames), core
    return core


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, ()), ({"strict": True, "lang": "en"}, ("--strict", "--lang", "en")), ({"territory": "c3a"}, ("--territory", "c3a"))],
)  # fmt: skip
def test_each_row_is_answered_as_batch_does(tmp_path, options, words):
    rows = persons(250)
    core = opened(rows, **options)
    given = table(rows)
    out = pl.concat(core.route(part) for part in cut(given, 37))
    assert told(out) == by_batch(tmp_path, rows, *words)
    assert out.select(NAMES).equals(given), "input columns pass, row for row"
    assert out.columns == [*NAMES, *ADDED]
    rejected = out.height - out["cep_reject_code"].null_count()
    assert core.tally.routed == out.height - rejected
    assert sum(core.rejected.values()) == rejected > 0


@pytest.mark.parametrize(
    "added",
    [(), ("cep_reject_reason", "cep_first"), ("cep_until", "cep_phone", "cep_unmet"), COLUMNS, REJECT],
)
def test_only_the_columns_that_are_wanted_come(added):
    rows = persons(200)
    whole, some = (
        pl.concat(core.route(part) for part in cut(table(rows), 37))
        for core in (opened(rows), opened(rows, added=added))
    )
    names = [*NAMES, *(name for name in ADDED if name in added)]
    assert some.columns == names
    assert some.equals(whole.select(names))


def test_a_column_that_is_not_ours_cannot_be_wanted():
    with pytest.raises(ValueError, match=r"cep_first, .*: cep_frist, nom$"):
        open_frames(["nom", "age"], on=DAY, added=("cep_first", "nom", "cep_frist"))


def test_categories_and_nulls_say_the_same():
    rows = persons(150)
    given = table(rows)
    asked = told(opened(rows).route(given))
    emptied = table([[cell or None for cell in row] for row in rows])
    for form in (given.cast(pl.Categorical), emptied):
        assert told(opened(rows).route(form)) == asked


def test_no_row_at_all_is_a_frame_of_our_columns():
    routed = opened(persons(5)).route(table(persons(5)).clear())
    assert routed.height == 0
    assert routed.columns == [*NAMES, *ADDED]


def test_numbers_are_no_text():
    core = opened(persons(5))
    with pytest.raises(TypeError, match="code_commune"):
        core.route(pl.DataFrame({n: [1] if n == "code_commune" else ["x"] for n in NAMES}))
    with pytest.raises(TypeError, match="in that order"):
        core.route(pl.DataFrame({"age": ["x"]}))


def test_what_cannot_be_opened_says_why():
    assert [f.code for f in open_frames(["nom", "couleur"], on=DAY)] == ["CEP454"]
    assert [f.code for f in open_frames(["age", "cep_first"], on=DAY)] == ["CEP543"]
    found = open_frames(["age"], on=DAY, territory="nowhere")
    assert isinstance(found, list)
    assert found


def test_a_core_that_is_open_needs_its_folders_no_more(tmp_path):
    """A worker of Spark keeps its core, not the folders it was opened from."""
    rows = persons(400)
    laid = {}
    for room in ("rules", "territories"):
        laid[room] = str(shutil.copytree(files.shipped(room), tmp_path / room))
    core = opened(rows, **laid)
    for folder in laid.values():
        shutil.rmtree(folder)
    given = table(rows)
    assert told(pl.concat(core.route(part) for part in cut(given, 60))) == told(opened(rows).route(given))


def test_cells_are_told_apart_to_their_last_letter():
    """A NUL at the end, a letter far behind, an empty cell, null; and a dictionary that is met again later means the same."""
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
    given = table([[str(n), "40", cell] for n, cell in enumerate(cells)], names)
    asked = told(opened([["1", "40", "salarié"]], names).route(given))
    assert asked["0"] != asked["1"]
    assert asked["3"] != asked["4"]
    core = opened([["1", "40", "salarié"]], names)
    for start in (0, 3, 5, 0):
        assert told(core.route(given.slice(start, 4))).items() <= asked.items()


def test_a_core_that_forgets_what_is_too_much_answers_alike(monkeypatch):
    rows = persons(400)
    given = table(rows)
    asked = told(opened(rows).route(given))
    monkeypatch.setattr(answers, "CELLS_AT_MOST", 5)
    monkeypatch.setattr(people, "KEPT_AT_MOST", 12)
    monkeypatch.setattr(pieces, "KEPT_AT_MOST", 12)
    core = opened(rows)
    first = dict(core._answers._cells)
    assert told(pl.concat(core.route(part) for part in cut(given, 31))) == asked
    assert any(core._answers._cells[at] is not cells for at, cells in first.items())
