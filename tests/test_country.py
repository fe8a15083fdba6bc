"""An office's own desks: the whole public export in one command, the newer of two files, corrections signed and dated."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from cep_route.__main__ import run
from cep_route.directory.desks import Desks

B19 = [
    "--age",
    "19",
    "--statut",
    "demandeur-emploi",
    "--scolarise",
    "non",
    "--en-emploi",
    "non",
    "--handicap",
    "aucun",
    "--cadre",
    "non",
]


def record(number, kind, name, code, postcode, town, served, **more):
    """A record as the API writes it: JSON texts inside JSON."""

    def inside(value):
        return json.dumps(value, ensure_ascii=False)

    id_ = f"{number:08d}-1111-4111-8111-111111111111"
    return {
        "id": id_, "nom": name, "code_insee_commune": code, "date_modification": "12/03/2026 10:00:00", "ancien_code_pivot": None,
        "pivot": inside([{"type_service_local": kind, "code_insee_commune": served}]),
        "adresse": inside([{"type_adresse": "Adresse", "numero_voie": f"{number} rue de la Gare", "code_postal": postcode, "nom_commune": town, "longitude": "", "latitude": ""}]),
        "telephone": inside([{"valeur": more.pop("phone", "04 92 53 00 00"), "description": ""}]),
        "plage_ouverture": inside([{"nom_jour_debut": "Lundi", "nom_jour_fin": "Vendredi", "valeur_heure_debut_1": "09:00:00", "valeur_heure_fin_1": "12:00:00", "valeur_heure_debut_2": "", "valeur_heure_fin_2": "", "commentaire": ""}]),
        "site_internet": None, "url_service_public": f"https://lannuaire.service-public.gouv.fr/paca/{id_}", **more,
    }  # fmt: skip


EXPORT = [
    record(1, "mission_locale", "Mission locale - Gap", "05061", "05000", "Gap", ["05061", "05023", "05046"]),
    record(
        2,
        "mission_locale",
        "Mission locale - Briançon",
        "05023",
        "05100",
        "Briançon",
        ["05023"],
        phone="04 92 21 00 00",
    ),
    record(3, "france_travail", "France Travail - Gap", "05061", "05000", "Gap", ["05061"], phone="39 49"),
    record(4, "mairie", "Mairie - Gap", "05061", "05000", "Gap", ["05061"]),
    record(5, "inconnu", "X", "05061", "05000", "Gap", ["05061"]),
    record(6, "cio", "CIO - Nulle part", "", "", "Nulle part du tout", []),
]


@pytest.fixture
def office(tmp_path, monkeypatch):
    """An office with a data folder of its own, and the export it downloaded."""
    monkeypatch.setenv("CEP_ROUTE_DATA", str(tmp_path / "data"))
    (tmp_path / "export.json").write_text(
        json.dumps({"results": EXPORT}, ensure_ascii=False), encoding="utf-8"
    )
    return tmp_path


def desk_of(capsys, *words):
    capsys.readouterr()
    run(["route", *B19, *words, "--on", "2026-11-28", "--format", "json"])
    return json.loads(capsys.readouterr().out)["first"][0]["desk"]


def test_the_export_becomes_one_file_and_every_record_is_counted(office, capsys):
    assert run(["territory", "import", "--desks", str(office / "export.json"), "--dated", "2026-11-20"]) == 0
    said = capsys.readouterr().out
    assert "3 bureaux de 6 fiches" in said
    desks = Desks(str(office / "data" / "desks.sqlite"))
    held = sqlite3.connect(desks.path).execute("SELECT network, count(*) FROM desks GROUP BY 1")
    assert dict(held) == {"france-travail": 1, "mission-locale": 2}
    assert desks.snapshot == "2026-11-20"
    (gap,) = [d for d in desks.of("mission-locale", "05") if d.commune == "05061"]
    assert (gap.phone, gap.hours, gap.edited_on, gap.as_of) == (
        "+33492530000",
        "Mo-Fr 09:00-12:00",
        "2026-03-12",
        "2026-11-20",
    )
    # A pivot of several communes is a zone; of one, it is the seat.
    assert [d.name for d in desks.serving("mission-locale", "05046")] == [gap.name]
    assert [d.name for d in desks.serving("mission-locale", "05023")] == [gap.name]
    assert run(["territory", "import", "--desks", str(office / "nothing.json")]) == 2


def test_the_newer_file_answers_route_alone_and_a_named_one_answers_batch(office, capsys):
    before = desk_of(capsys, "--commune", "insee:05046")
    assert run(["territory", "import", "--desks", str(office / "export.json"), "--dated", "2026-11-20"]) == 0
    mine = desk_of(capsys, "--commune", "insee:05046")
    assert mine["as_of"] == "2026-11-20" != before["as_of"]
    assert (mine["zone"], mine["address"]) == ("inside", "1 rue de la Gare, 05000 Gap")
    assert run(["territory", "import", "--desks", str(office / "export.json"), "--dated", "2026-01-20"]) == 0
    assert desk_of(capsys, "--commune", "insee:05046") == before
    Path(office, "in.csv").write_text(
        "age;statut;en emploi;cadre;handicap;scolarisé;code insee\n20;demandeur d'emploi;non;non;aucun;non;05046\n",
        encoding="utf-8",
    )
    own = str(office / "data" / "desks.sqlite")
    found = []
    for more in ([], ["--desks", own]):
        assert (
            run(
                [
                    "batch",
                    str(office / "in.csv"),
                    "-o",
                    str(office / "out.csv"),
                    "--force",
                    "--on",
                    "2026-11-28",
                    *more,
                ]
            )
            == 0
        )
        with Path(office, "out.csv").open(encoding="utf-8", newline="") as file:
            found.append(next(csv.DictReader(file, delimiter=";"))["cep_phone"])
    assert found == ["04 92 43 08 93", "04 92 53 00 00"] or found[1] == "04 92 53 00 00" != found[0]


def test_a_correction_is_kept_beside_dated_and_signed(office, capsys):
    assert run(["territory", "import", "--desks", str(office / "export.json"), "--dated", "2026-11-20"]) == 0
    sheet = desk_of(capsys, "--commune", "insee:05046")["sheet"]
    fix = ["territory", "fix", sheet, "--by", "PIJ d'Embrun", "--on", "2026-11-27"]
    assert run(fix) == 2
    assert run([*fix, "--phone", "999"]) == 2
    assert run(["territory", "fix", "https://x/y", "--by", "X", "--closed"]) == 2
    assert run([*fix, "--phone", "04 92 99 99 99", "--hours", "lundi 9h-12h"]) == 0
    desk = desk_of(capsys, "--commune", "insee:05046")
    assert (desk["phone"], desk["hours"], desk["as_of"]) == ("+33492999999", "Mo 09:00-12:00", "2026-11-27")
    assert "corrigé par PIJ d'Embrun le 2026-11-27" in desk["source"]
    # The next export does not lose it.
    assert run(["territory", "import", "--desks", str(office / "export.json"), "--dated", "2026-11-26"]) == 0
    assert desk_of(capsys, "--commune", "insee:05046")["phone"] == "+33492999999"


def test_a_file_that_is_none_is_said(office, capsys):
    (office / "no.sqlite").write_text("nothing")
    (office / "in.csv").write_text("age;statut\n20;salarié\n", encoding="utf-8")
    for words in (["batch", str(office / "in.csv"), "-o", str(office / "y.csv")], ["serve", "--stdio"]):
        assert run([*words, "--desks", str(office / "no.sqlite")]) == 2
        assert "CEP722" in capsys.readouterr().err
