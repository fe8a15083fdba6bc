"""The bulk core on Spark: the rows of `batch`, row for row, rejects and counts kept; a partitioned data set by `spark-submit`."""

from __future__ import annotations

import csv
import json
import random
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import test_everywhere as everywhere
from scripts_env import BIN, ROOT, need_java, need_scripts, run_there

from cep_route import files, route_json
from cep_route import spark as spark_room
from cep_route.__main__ import run
from cep_route.intake.pieces import COLUMNS

DAY = "2026-11-22"
pytestmark = pytest.mark.usefixtures("plain_world")
# one Spark for all: it starts slowly
PROGRAM = """
import json, runpy, sys
from pyspark.sql import SparkSession
from cep_route import Unreadable
from cep_route.spark import counts, route

example, intake, everyone, out, day, last = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
read = spark.read.csv(intake, header=True, sep=";", escape='"').repartition(2)
routed = route(read, on=day).cache()
rows = [row.asDict() for row in routed.collect()]
refused = []
for wrong in (read.selectExpr("int(age) age"), read.withColumnRenamed("nom", "cep_first")):
    try:
        route(wrong, on=day)
    except (TypeError, Unreadable) as error:
        refused.append(str(error))
fixed = route(read.limit(2), on=day, territory=intake.replace("intake.csv", "own.toml"), lang="en").collect()
kinds = route(spark.read.csv(everyone, header=True, sep=";"), on=last).collect()
json.dump({"rows": rows, "counts": counts(routed), "refused": refused, "fixed": [row.asDict() for row in fixed],
    "everyone": [row.asDict() for row in kinds],
    "few": [row.asDict() for row in route(read, on=day, added=("cep_reject_code", "cep_first")).collect()]}, open(out, "w"))
sys.argv = [example, "parts", "out", day]
runpy.run_path(example, run_name="__main__")
"""
MAKE = (
    "import pyarrow as pa, pyarrow.parquet as pq\n"
    "rows = [{'n': str(n), 'age': str(20 + n % 50), 'statut': 'salarié', 'en emploi': 'non' if n % 10 == 0 else 'oui',\n"
    "         'commune': '05061', 'departement': ('01', '2A', '05')[n % 3]} for n in range(90)]\n"
    "pq.write_to_dataset(pa.Table.from_pylist(rows), 'parts', partition_cols=['departement'])\n"
)
HEADER = "n;nom;age;statut;en emploi;cadre;handicap;commune;besoins"


def intake(path, rows=400):
    """Persons good and bad: unknown words, contradictions, quotes, homes of several territories."""
    chance = random.Random(3)
    status = (
        ("salarié", "oui"),
        ("demandeur d'emploi", "non"),
        ("étudiant", "non"),
        ("???", ""),
        ("salarié", "non"),
    )
    lines = [HEADER]
    for n in range(rows):
        situation, work = chance.choice(status)
        home = chance.choice(
            ("99301", "99503", "05061", "23096", "Gap", "Marseille", "01004", "nulle part", "")
        )
        name = chance.choice(("Exemple", '"Da Silva; née Hébert"', '"Dit ""Dédé"""', "Éléonore"))
        lines.append(
            f"{n};{name};{chance.choice(('', '17', '24', '25', '40', 'x'))};{situation};{work};{chance.choice(('oui', 'non', ''))};"
            f"{chance.choice(('', 'aucun', 'RQTH'))};{home};{chance.choice(('', 'mobilité', 'logement|numérique'))}"
        )
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def batched(folder):
    """(routed rows by number, (code, column, reason) of the rejected ones by number) of the command."""
    assert (
        run(["batch", str(folder / "intake.csv"), "-o", str(folder / "routed.csv"), "--on", DAY, "--force"])
        == 1
    )
    with (folder / "routed.csv").open(encoding="utf-8", newline="") as file:
        routed = {row["n"]: row for row in csv.DictReader(file, delimiter=";")}
    with (folder / "routed.rejects.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))[2:]
    return routed, {str(int(line) - 2): (code, column, reason) for line, column, code, reason, *_ in lines}


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    python = need_scripts()
    need_java()
    folder = tmp_path_factory.mktemp("spark")
    intake(folder / "intake.csv")
    own = (ROOT / "territories" / "c1a.toml").read_text(encoding="utf-8")
    (folder / "own.toml").write_text(own.replace('id = "c1a"', 'id = "own"'), encoding="utf-8")
    everywhere.intake(folder / "all.csv", everywhere.LAST)
    run_there([python, "-c", MAKE], folder)
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    told = ("master=local[1]", "ui.enabled=false", "driver.host=127.0.0.1")
    options = [word for setting in told for word in ("--conf", f"spark.{setting}")]
    files_ = [folder / name for name in ("program.py", "intake.csv", "all.csv", "out.json")]
    files_.insert(1, ROOT / "examples" / "spark_route.py")
    run_there([BIN / "spark-submit", *options, *files_, DAY, everywhere.LAST], folder)
    return folder, json.loads((folder / "out.json").read_text(encoding="utf-8"))


def test_the_rows_are_those_of_batch_row_for_row(spark):
    folder, found = spark
    routed, rejected = batched(folder)
    assert len(routed) > 100
    assert len(rejected) > 20
    assert sorted(int(row["n"]) for row in found["rows"]) == list(range(400))
    for row in found["rows"]:
        why = (row["cep_reject_code"], row["cep_reject_column"], row["cep_reject_reason"])
        if row["n"] in rejected:
            assert why == rejected[row["n"]]
            assert all(row[name] is None for name in COLUMNS)
        else:
            assert why == (None, None, None)
            assert {name: row[name] for name in COLUMNS} == {name: routed[row["n"]][name] for name in COLUMNS}
            assert (row["nom"], row["commune"] or "") == (
                routed[row["n"]]["nom"],
                routed[row["n"]]["commune"],
            )


def test_every_kind_of_person_gets_the_answer_of_route(spark):
    rows = {int(row["n"]): row for row in spark[1]["everyone"]}
    people = {at: person for at, (day, person) in enumerate(everywhere.PEOPLE) if day == everywhere.LAST}
    assert rows.keys() == people.keys()
    for at, person in people.items():
        everywhere.is_told(rows[at], route_json(everywhere.COUNTER, person, everywhere.LAST))


def test_only_the_columns_that_are_wanted_travel(spark):
    _, found = spark
    names = [*HEADER.split(";"), "cep_first", "cep_reject_code"]
    assert [*found["few"][0]] == names
    whole = {row["n"]: row for row in found["rows"]}
    assert all(row == {name: whole[row["n"]][name] for name in names} for row in found["few"])


def test_the_counts_add_up_to_those_of_the_manifest(spark):
    folder, found = spark
    batched(folder)
    told = json.loads((folder / "routed.csv.manifest.json").read_text(encoding="utf-8"))["counts"]
    assert found["counts"] == {name: told[name] for name in ("rows", "routed", "rejected", "undecided")}


def test_what_cannot_be_read_is_refused_on_the_driver(spark):
    number, taken = spark[1]["refused"]
    assert "01000 is not the number 1000" in number
    assert taken == "CEP543"


def test_a_territory_file_of_the_driver_travels(spark):
    """The workers answer by its content, wherever they are: its name is no path there."""
    assert len(spark[1]["fixed"]) == 2
    assert all("Orsaigne" in row["cep_desk"] or row["cep_warnings"] for row in spark[1]["fixed"])


def test_spark_submit_routes_a_partitioned_data_set(spark):
    folder, _ = spark
    found = json.loads((folder / "out" / "counts.json").read_text(encoding="utf-8"))
    assert (found["rows"], found["routed"], found["rejected"]) == (90, 81, 9)
    for part in ("routed", "rejects"):
        assert {p.name for p in (folder / "out" / part).glob("departement=*")} == {
            "departement=01",
            "departement=2A",
            "departement=05",
        }


def test_a_worker_keeps_the_core_it_opened_and_nothing_on_the_disk(tmp_path, monkeypatch):
    """Its next task asks neither for what was sent nor for a folder; other words are another core."""
    pytest.importorskip("pyarrow")
    pytest.importorskip("polars")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spark_room, "_OPEN", {})
    texts = [
        {Path(p).name: Path(p).read_bytes() for p in files.toml_files(files.shipped(room))}
        for room in ("rules", "territories")
    ]
    french, english = (
        SimpleNamespace(value=(["age", "statut"], [["40"], ["salarié"]], texts, {"on": DAY, "lang": lang}))
        for lang in ("fr", "en")
    )
    core = spark_room._opened("fr", french)
    assert spark_room._opened("fr", None) is core
    other = spark_room._opened("en", english)
    assert (core.people.lang, other.people.lang) == ("fr", "en")
    assert list(tmp_path.iterdir()) == []


def test_the_adapter_stays_an_adapter():
    assert len((ROOT / "cep_route" / "spark.py").read_text(encoding="utf-8").splitlines()) <= 120
