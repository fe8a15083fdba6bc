"""The freshness gate: nobody is sent to a door read about years ago, and nobody is left without an answer."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cep_route import files
from cep_route.directory.age import OLD_MONTHS, too_old

CLI = [sys.executable, "-m", "cep_route"]
YOUNG = [
    "--age",
    "20",
    "--status",
    "jobseeker",
    "--employed",
    "no",
    "--in-school",
    "no",
    "--cadre",
    "no",
    "--disability",
    "none",
]
OLD = "savoie-73"


def run(*words, cwd):
    env = {**os.environ, "CEP_ROUTE_TODAY": "2026-11-22"}
    return subprocess.run([*CLI, *words], capture_output=True, text=True, cwd=cwd, env=env, check=False)


def test_a_territory_asked_for_that_is_too_old_is_refused(tmp_path):
    done = run("route", *YOUNG, "--territory", OLD, "--commune", "73065", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("CEP720 la fiche « savoie-73 » est vraie au 2019-01-01, il y a 94 mois")


def test_it_answers_when_its_age_is_accepted(tmp_path):
    done = run("route", *YOUNG, "--commune", "73065", "--accept-old", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["territory"] == OLD
    assert answer["first"][0]["channel"] == "desk"


def test_the_country_answers_for_a_commune_whose_file_is_too_old(tmp_path):
    done = run("route", *YOUNG, "--commune", "73065", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["territory"] == "france"
    assert [f["operator"] for f in answer["first"]] == ["mission_locale"]
    assert "CEP721" in [w["code"] for w in answer["warnings"]]


@pytest.mark.parametrize(("more", "channel"), [((), "unml.info"), (("--accept-old",), "04 79")])
def test_a_file_of_persons_follows_the_same_gate(tmp_path, more, channel):
    Path(tmp_path, "in.csv").write_text(
        "age;statut;en emploi;cadre;handicap;scolarisé;code insee\n20;demandeur d'emploi;non;non;aucun;non;73065\n",
        encoding="utf-8",
    )
    done = run("batch", "in.csv", "-o", "out.csv", *more, cwd=tmp_path)
    assert done.returncode == 0
    with Path(tmp_path, "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert row["cep_first"] == "mission_locale"
    assert channel in row["cep_desk"] + row["cep_phone"]
    assert ("CEP721" in row["cep_warnings"]) is not bool(more)


def test_a_whole_file_is_not_routed_by_a_territory_too_old(tmp_path):
    Path(tmp_path, "in.csv").write_text("age;statut\n20;salarié\n", encoding="utf-8")
    done = run("batch", "in.csv", "-o", "out.csv", "--territory", OLD, cwd=tmp_path)
    assert done.returncode == 2
    assert "CEP720" in done.stderr
    assert not Path(tmp_path, "out.csv").exists()


def test_age_counts_whole_months_and_invented_places_do_not_age():
    law, _ = files.load_law()
    savoie, _ = files.load_territory(OLD, law)
    assert too_old(savoie, "2020-12-31") is None
    assert too_old(savoie, "2021-01-01").values["months"] == str(OLD_MONTHS)
    invented, _ = files.load_territory("c3a", law)
    assert too_old(invented, "2099-01-01") is None
