"""Open directories to territory files: every row accounted for, every value as the publisher wrote it or counted as left, what
people wrote kept; the files shipped; and partners given back in the schema of data·inclusion."""

import csv
import json
import random
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cep_route import files, load, places
from cep_route.__main__ import run
from cep_route.directory import where
from cep_route.directory.age import months_between
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.files import written
from cep_route.files.written import judge_directory, load_directory
from cep_route.importers import cleaning, forms, gathering, hours, to_toml
from cep_route.importers.rows import Area, Cards, Reader, RowSource, commune_of, compressed, zone_of
from cep_route.messages import table
from cep_route.model.answer import Profile
from cep_route.model.territory import plain_of
from cep_route.text import normalise

ROOT = Path(__file__).parents[1]
SHIPPED = ("ardennes-08", "creuse-23", "la-reunion-974", "nord-59", "paris-75", "savoie-73")
LAW = files.load_law()[0]
CARDS = Cards(load_directory()[0])


def lost():
    found = []
    return found, lambda field, reason, *_: found.append((field, reason))


def reader(*zones, dated=None):
    needs = {**files.load_spellings()["files"]["needs"], **{code: code for code in LAW.needs}}
    publics = {code: code for code in LAW.publics}
    return Reader(Area(zones), CARDS, needs, publics, dated, "2026-11-28")


def importing(tmp_path, *words, report=True):
    """Exit code, the territory written, the books."""
    out, books = tmp_path / "out.toml", tmp_path / "books.json"
    code = run(["territory", "import", *map(str, words), "-o", str(out), "--report", str(books), "--force"])
    data = json.loads(books.read_text(encoding="utf-8")) if books.exists() else None
    if data:
        for name, told in data["files"].items():
            gone = sum(told["joined"].values()) + sum(d["rows"] for d in told["dropped"].values())
            assert told["rows"] == told["kept"] + gone, name
    return code, (tomli.loads(out.read_text(encoding="utf-8")) if code == 0 else None), data


def saved(tmp_path, name, value):
    path = tmp_path / name
    path.write_text(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8"
    )
    return path


# -- rows of our own, in the shape of each publisher --------------------------------------------------------------------------

SERVICE = {
    "id": "5f3c1a", "ancien_code_pivot": "mission_locale-08105-01", "nom": "Mission locale pour l'insertion professionnelle et sociale des jeunes (16-25 ans) - Essai",
    "pivot": [{"type_service_local": "mairie", "code_insee_commune": ["08105"]}, {"type_service_local": "mission_locale", "code_insee_commune": ["08105"]}],
    "code_insee_commune": "08105", "siret": "73282932000074", "date_modification": "09/08/2023 13:30:19", "information_complementaire": "Ecrire à jean.dupont@essai.fr",
    "adresse": [
        {"type_adresse": "Adresse postale", "numero_voie": "BP 1", "code_postal": "08001", "nom_commune": "Charleville-Mézières Cedex"},
        {"type_adresse": "Adresse", "complement1": "2e étage", "numero_voie": "8 route de l'Essai", "code_postal": "08000", "nom_commune": "Charleville-Mézières",
         "longitude": "4.72", "latitude": "49.77", "accessibilite": "ACC"},
    ],
    "telephone": [{"valeur": "03 24 59 44 44", "description": ""}], "adresse_courriel": ["accueil@essai.fr"], "site_internet": [{"valeur": "www.essai.fr"}],
    "plage_ouverture": [
        {"nom_jour_debut": "Lundi", "nom_jour_fin": "Jeudi", "valeur_heure_debut_1": "09:00:00", "valeur_heure_fin_1": "12:00:00", "valeur_heure_debut_2": "14:00:00", "valeur_heure_fin_2": "17:00:00"},
        {"nom_jour_debut": "Friday", "nom_jour_fin": "Friday", "valeur_heure_debut_1": "09:00:00", "valeur_heure_fin_1": "12:00:00", "commentaire": 'sur "rendez-vous"'},
    ],
}  # fmt: skip
AGENCY = {
    "code": "GES0001", "codeSafir": "08001", "libelleEtendu": "Agence Pôle emploi ESSAI", "contact": {"telephonePublic": "39-49", "email": "x@y.fr"},
    "adressePrincipale": {"ligne4": "1 RUE DE L ESSAI", "ligne6": "08300 RETHEL CEDEX", "communeImplantation": "08362", "gpsLon": 4.36, "gpsLat": 49.51},
    "horaires": [
        {"jour": d, "ouvertureMatin": "08:30", "fermetureMatin": "12:45", "horaireFerme": "N", "ouvertureApresMidiRDV": "12:45", "fermetureApresMidiRDV": "16:30", "horaireFermeRDV": "N"}
        for d in (1, 2, 3, 4)
    ],
    "zoneCompetences": [{"communeInsee": c} for c in places.communes_of("departement:08")],
}  # fmt: skip
STRUCTURE = {
    "source": "essai", "id": "essai--1", "nom": "Garage solidaire d'essai.", "date_maj": "2026-03-01", "code_insee": "08105", "code_postal": "08000", "commune": "Charleville-Mézières",
    "adresse": "1 rue A", "longitude": 0.0, "latitude": 0.0, "telephone": "0324000000000", "courriel": "jean@essai.fr", "horaires_accueil": "9.00 à 12.00", "reseaux_porteurs": ["wimoov"],
}  # fmt: skip
SERVICES = [
    {"source": "essai", "structure_id": "essai--1", "id": "essai--a", "nom": "Prêt de voiture", "description": "d", "date_maj": "2026-04-01", "thematiques": ["mobilite--acceder-a-un-vehicule"],
     "publics": ["demandeurs-emploi"], "frais": "payant", "zone_eligibilite": ["08"], "mobilisable_par": ["professionnels"], "code_insee": "08105", "conditions_acces": "Permis"},
    {"source": "essai", "structure_id": "essai--1", "id": "essai--b", "nom": "Permis", "description": "d", "date_maj": "2026-02-01", "thematiques": ["mobilite--preparer-un-permis", "mobilite--inventee"],
     "publics": ["jeunes"], "frais": "gratuit", "zone_eligibilite": ["08000"], "mobilisable_par": ["usagers"], "contact_nom_prenom": "Jeanne D"},
]  # fmt: skip


# -- values -------------------------------------------------------------------------------------------------------------------

PHONES = [
    ("03 24 59 44 44", "08", "+33324594444"), ("39-49", "", "3949"), ("698943255", "08", "+33698943255"), ("0262 20 00 00", "974", "+262262200000"),
    ("+33 (0)3 24 59 44 44", "08", "+33324594444"), ("03.24.59.44.44 / 06 98 94 32 55", "08", "+33324594444"), ("12 34", "", None), ("0809 36 12 12", "75", "+33809361212"), ("", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "departement", "number"), PHONES)
def test_a_phone_is_a_number_that_may_ring(told, departement, number):
    assert cleaning.phone(told, departement, lambda *_: None) == number


EMAILS = [
    ("accueil@essai.fr", "accueil@essai.fr"), ("jean.dupont@essai.fr", None), ("j.dupont@essai.fr", None), ("jdupont@essai.fr", None), ("j.li@essai.fr", None), ("mission-locale@ville.fr", "mission-locale@ville.fr"),
    ("cio.rethel@ac-reims.fr", "cio.rethel@ac-reims.fr"), ("pas une adresse", None), ("cio@ville.f", None), ("ce.0080036r@ac-reims.fr", "ce.0080036r@ac-reims.fr"),
    ("mairie-xxxxx@yyyy.fr", "mairie-xxxxx@yyyy.fr"), ("jdupont.msap.rethel@orange.fr", None), ("<mailto:info@x.fr>", "info@x.fr"), ("essai08@orange.fr", "essai08@orange.fr"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "kept"), EMAILS)
def test_the_address_of_a_person_is_not_kept(told, kept):
    assert cleaning.email(told, CARDS.shared_boxes, "CIO de Rethel", lambda *_: None) == kept


LISTS = [
    ("['a' 'b']", ["a", "b"]),
    ("['a', 'b']", ["a", "b"]),
    ('["a", "b"]', ["a", "b"]),
    ("a, b", ["a", "b"]),
    ("[]", []),
    (None, []),
    (["a", ""], ["a"]),
    ("[a b]", ["a", "b"]),
]


@pytest.mark.parametrize(("told", "found"), LISTS)
def test_a_list_is_read_however_a_csv_wrote_it(told, found):
    assert cleaning.codes(told) == found


def test_siret_adds_up_and_the_post_office_has_its_own_sum():
    left, lose = lost()
    assert cleaning.siret("732 829 320 00074", lose) == "73282932000074"
    assert cleaning.siret(35600000000048.0, lose) == "35600000000048"
    assert cleaning.siret("73282932000075", lose) is None
    assert left == [("siret", "invalid")]


def test_hours_that_wipe_each_other_out_are_added_together():
    left, lose = lost()
    trap = 'Mo-Th 08:30-12:45 "Sans rendez-vous"; Mo-Th 12:45-16:30 "Sur rendez-vous"'
    assert (
        hours.checked(trap, lose)
        == 'Mo-Th 08:30-12:45 "Sans rendez-vous", Mo-Th 12:45-16:30 "Sur rendez-vous"'
    )
    assert hours.checked("9.00 à 12.00 - 14.00 à 17.00", lose) is None
    assert left == [("hours", "unreadable")]


def test_a_zone_is_a_code_of_the_map_and_a_postcode_is_none():
    told = ["08", "2A", "974", "08105", "200041630", "R44", "france", "99100", "13200", "99", "Reims"]
    assert [zone_of(z) for z in told] == [
        "departement:08",
        "departement:2A",
        "departement:974",
        "08105",
        "200041630",
        "region:44",
        "france",
        "france",
        None,
        None,
        None,
    ]


def test_a_perimeter_is_written_short_only_when_nothing_is_missing():
    whole = list(places.communes_of("departement:08"))
    assert compressed(whole) == ("departement:08",)
    epci = places.commune("08105").epci
    inside = list(places.communes_of(epci))
    assert compressed([*inside, "08362"]) == (epci, "08362")
    assert compressed(inside[1:]) == tuple(sorted(inside[1:]))


def test_a_commune_is_found_by_code_of_the_past_postcode_and_name():
    assert commune_of("8105", "", "").code == "08105"
    assert commune_of("", "08000", "Charleville Mézières Cedex").code == "08105"
    assert commune_of("", "59260", "Lille").code == "59350"
    assert commune_of("", "51300", "") is None


# -- streams ------------------------------------------------------------------------------------------------------------------

RECORDS = [{"a": 1, "t": "é " * 9, "l": [1, {"x": "]"}]}, {"a": 2}, {"b": None}]
SHAPES = [
    (json.dumps(RECORDS), RECORDS), (json.dumps({"service": RECORDS}), RECORDS), (json.dumps({"total_count": 3, "results": RECORDS}), RECORDS),
    (json.dumps({"type": "FeatureCollection", "features": RECORDS}), RECORDS), ("\n".join(map(json.dumps, RECORDS)), RECORDS),
    (json.dumps(RECORDS[0], indent=2), RECORDS[:1]), ("\ufeff" + json.dumps(RECORDS, ensure_ascii=False), RECORDS), ("[]", []), ("", []),
    (json.dumps({"codeSafir": "1", "horaires": [{"jour": 1}]}), [{"codeSafir": "1", "horaires": [{"jour": 1}]}]), ('[1, "a", null]', [1, "a", None]),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@pytest.mark.parametrize(("text", "records"), SHAPES)
def test_records_are_read_whatever_the_shape_and_the_size_of_a_bite(
    tmp_path, monkeypatch, text, records, chunk
):
    monkeypatch.setattr(forms, "CHUNK", chunk)
    assert list(forms.records(str(saved(tmp_path, "x.json", text)))) == records


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"b"', '{"service": [{"a": 1}', "[1, 2", '{"a" 1}', "[" * 100_000, '{"a": tru}']
)
def test_a_file_that_breaks_off_gives_nothing(tmp_path, capsys, text):
    code = run(["territory", "import", str(saved(tmp_path, "x.json", text)), "--departement", "08"])
    said = capsys.readouterr()
    assert code == 2
    assert "CEP705" in said.err
    assert not said.out


def test_a_json_file_that_is_not_utf8_is_said(tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_bytes(b'[{"nom": "\xe9"}]')
    assert run(["territory", "import", str(path), "--departement", "08"]) == 2
    assert "ce fichier JSON n'est pas en UTF-8 (CEP704)" in capsys.readouterr().err


# -- each form ----------------------------------------------------------------------------------------------------------------


def test_the_administrations_directory_field_by_field(tmp_path, capsys):
    code, made, books = importing(
        tmp_path,
        saved(
            tmp_path,
            "a.json",
            {"service": [SERVICE, {**SERVICE, "id": "x", "pivot": [{"type_service_local": "tribunal"}]}, 3]},
        ),
        "--departement",
        "08",
    )
    assert code == 0
    house = made["operators"][0]
    imported = house.pop("imported")
    assert imported == to_toml.marks(house)
    assert house == {
        "id": "mission-locale-essai-charleville-mezieres", "network": "mission_locale", "name": "Mission locale - Essai", "conditions": "Ecrire à …", "website": "http://www.essai.fr",
        "siret": "73282932000074", "source": "annuaire-administration", "source_id": "5f3c1a", "source_date": date(2023, 8, 9), "to_check": True,
        "places": [{"type": "branch", "commune": "08105", "address": "8 route de l'Essai, 2e étage, 08000 Charleville-Mézières", "latitude": 49.77, "longitude": 4.72,
                    "hours": "Mo-Th 09:00-12:00,14:00-17:00; Fr 09:00-12:00 \"sur 'rendez-vous'\"", "wheelchair": True, "phone": "+33324594444"}],
        "contacts": [{"use": "public", "email": "accueil@essai.fr"}],
    }  # fmt: skip
    assert made["territory"]["as_of"] == date(2023, 8, 9)
    assert "Service-Public.fr (DILA)" in made["territory"]["sources"][0]
    assert books["files"]["a.json"]["dropped"] == {
        "not_a_record": {"rows": 1, "first": [3]},
        "unknown_type": {"rows": 1, "first": [2]},
    }
    assert "a.json : 3 lignes, 1 gardées, 0 réunies, 2 écartées" in capsys.readouterr().err


def test_the_api_writes_json_inside_strings_and_says_the_same(tmp_path):
    api = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for k, v in SERVICE.items()}
    one = importing(tmp_path, saved(tmp_path, "a.json", {"service": [SERVICE]}), "--departement", "08")[1]
    other = importing(
        tmp_path, saved(tmp_path, "b.json", {"total_count": 1, "results": [api]}), "--departement", "08"
    )[1]
    assert one["operators"] == other["operators"]


def test_competences_give_the_area_and_bring_in_a_body_seated_elsewhere(tmp_path):
    far = {
        **SERVICE,
        "id": "far",
        "ancien_code_pivot": "",
        "nom": "Mission locale d'ailleurs",
        "siret": "",
        "code_insee_commune": "51454",
        "adresse": [],
    }
    whole = [
        {
            "code_insee_commune": c,
            "code_type_service_local": "mission_locale",
            "id_service_local": '["mission_locale-08105-01"]',
        }
        for c in places.communes_of("departement:08")
    ]
    more = [{"code_insee_commune": "08362", "code_type_service_local": "x", "id_service_local": '["far"]'}, {"code_insee_commune": "51454", "code_type_service_local": "x", "id_service_local": "[]"},
            {"code_insee_commune": "08362", "code_type_service_local": "x", "id_service_local": '["nobody"]'}]  # fmt: skip
    code, made, books = importing(
        tmp_path,
        saved(tmp_path, "a.json", {"service": [SERVICE, far]}),
        saved(tmp_path, "c.json", {"total_count": 1, "results": whole + more}),
        "--departement",
        "08",
    )
    assert code == 0
    assert {o["name"]: o["perimeter"] for o in made["operators"]} == {
        "Mission locale - Essai": ["departement:08"],
        "Mission locale d'ailleurs": ["08362"],
    }
    told = books["files"]["c.json"]
    assert told["joined"] == {"competence": len(whole) + 1}
    assert {k: v["rows"] for k, v in told["dropped"].items()} == {"elsewhere": 1, "unknown_body": 1}


def test_agencies_bring_hours_zones_and_todays_name(tmp_path):
    _, made, _ = importing(
        tmp_path, saved(tmp_path, "f.json", [AGENCY]), "--departement", "08", "--dated", "2026-01-15"
    )
    house = made["operators"][0]
    assert (house["network"], house["name"], house["perimeter"], house["source_id"]) == (
        "france_travail",
        "Agence France Travail ESSAI",
        ["departement:08"],
        "GES0001",
    )
    assert (
        house["places"][0]["hours"]
        == 'Mo-Th 08:30-12:45 "Sans rendez-vous", Mo-Th 12:45-16:30 "Sur rendez-vous"; PH off'
    )
    assert house["places"][0]["phone"] == "3949"
    assert "contacts" not in house
    _, older, _ = importing(
        tmp_path, saved(tmp_path, "f.json", [AGENCY]), "--departement", "08", "--dated", "2020-01-15"
    )
    assert older["operators"][0]["name"] == "Agence Pôle emploi ESSAI"


def test_services_stay_apart_and_are_given_back_as_they_came(tmp_path, capsys):
    """A need, its public, its zone, its conditions and the way to be reached are those of one service."""
    told = {
        "modes_accueil": ["a-distance"], "modes_mobilisation": ["telephoner", "utiliser-lien-mobilisation", "par-fax"],
        "lien_mobilisation": "https://www.essai.fr/orienter", "publics": ["femmes"], "conditions_acces": "Réservé aux femmes",
        "zone_eligibilite": ["08105"], "frais": ["gratuit"],
    }  # fmt: skip
    first = {**SERVICES[0], "id": "essai--x", **told}
    second = {**SERVICES[0], "id": "essai--y", "nom": "Autre service", "publics": ["tous-publics"], "modes_accueil": None, "zone_eligibilite": ["08"], "thematiques": ["numerique--acceder-a-des-services-en-ligne"]}  # fmt: skip
    _, made, books = importing(
        tmp_path, saved(tmp_path, "s.json", [STRUCTURE]), saved(tmp_path, "v.json", [first, second]), "--departement", "08"
    )  # fmt: skip
    (house,) = made["partners"]
    assert not {"needs", "publics", "perimeter", "conditions"} & set(house)
    one, other = house["services"]
    assert (one["publics"], one["perimeter"], one["conditions"]) == (
        ["femmes"],
        ["08105"],
        "Réservé aux femmes",
    )
    assert (other["publics"], other["perimeter"], other.get("reception")) == (
        ["tous-publics"],
        ["departement:08"],
        None,
    )
    assert one["referral"] == ["telephoner", "utiliser-lien-mobilisation"]
    assert books["values_lost"]["referral"] == {"unknown_code": 1}
    capsys.readouterr()
    assert run(["territory", "export", str(tmp_path / "out.toml")]) == 0
    rows = json.loads(capsys.readouterr().out)["services"]
    assert [r["id"] for r in rows] == ["essai--x", "essai--y"]
    for row, came in zip(rows, (first, second), strict=True):
        for key in (
            "nom",
            "publics",
            "conditions_acces",
            "zone_eligibilite",
            "thematiques",
            "lien_mobilisation",
        ):
            assert row.get(key) == came.get(key), key
    # The service for women of one town is not offered to a man of another: matching is by service.
    words = [
        "route",
        "--commune",
        "insee:08409",
        "--territory",
        str(tmp_path / "out.toml"),
        "--format",
        "json",
        "--on",
        "2026-11-28",
    ]
    run([*words, "--besoin", "numerique", "--besoin", "mobilite"])
    answer = json.loads(capsys.readouterr().out)
    told = {m["need"]: (m["service"], m["relaxed"], m["conditions"]) for m in answer["partners"]}
    assert told["numerique"] == ("Autre service", None, second.get("conditions_acces"))
    assert told["mobilite"][1:] == ("zone", "Réservé aux femmes")


def test_two_rows_of_one_house_keep_their_services_apart(tmp_path):
    """One directory says « jeunes », the other « tous-publics »: two services of one house, each with its public."""
    rows = [
        {**STRUCTURE, "id": f"{source}--1", "source": source, "siret": "73282932000074"}
        for source in ("un", "deux")
    ]
    offers = [
        {
            **SERVICES[0],
            "structure_id": f"{source}--1",
            "id": f"{source}--a",
            "source": source,
            "publics": publics,
        }
        for source, publics in (("un", ["jeunes"]), ("deux", ["tous-publics", "seniors"]))
    ]
    _, made, books = importing(
        tmp_path, saved(tmp_path, "s.json", rows), saved(tmp_path, "v.json", offers), "--departement", "08"
    )
    (house,) = made["partners"]
    assert sorted(s["publics"] for s in house["services"]) == [["jeunes"], ["tous-publics", "seniors"]]
    assert books["files"]["s.json"]["joined"] == {"double": 1}


def test_structures_and_services_become_one_partner(tmp_path):
    code, made, books = importing(
        tmp_path,
        saved(tmp_path, "s.json", [STRUCTURE]),
        saved(tmp_path, "v.json", SERVICES),
        "--departement",
        "08",
    )
    assert code == 0
    house = made["partners"][0]
    house.pop("imported")
    services = house.pop("services")
    assert house == {
        "id": "wimoov-garage-solidaire-d-essai-charleville-mezieres", "network": "wimoov", "name": "Garage solidaire d'essai", "circle": "housing_mobility",
        "source": "essai", "source_id": "essai--1", "source_date": date(2026, 4, 1), "to_check": True,
        "places": [{"type": "branch", "commune": "08105", "address": "1 rue A, 08000 Charleville-Mézières"}],
    }  # fmt: skip
    assert {n for s in services for n in s["needs"]} == {
        "mobilite--acceder-a-un-vehicule",
        "mobilite--preparer-un-permis",
    }
    assert [s.get("conditions") for s in services].count("Permis") == 1
    assert books["values_lost"] == {
        "contact": {"personal": 1}, "email": {"personal": 1}, "hours": {"unreadable": 1}, "needs": {"unknown_code": 1}, "perimeter": {"unknown_code": 1}, "phone": {"invalid": 1},
    }  # fmt: skip


def test_a_structure_elsewhere_comes_with_the_service_that_reaches_the_area(tmp_path):
    far = {**STRUCTURE, "code_insee": "51454", "code_postal": "51100", "commune": "Reims"}
    near = [
        {**SERVICES[0], "code_insee": "51454"},
        {**SERVICES[1], "code_insee": "51454", "zone_eligibilite": ["france"]},
    ]
    _, made, books = importing(
        tmp_path, saved(tmp_path, "s.json", [far]), saved(tmp_path, "v.json", near), "--departement", "08"
    )
    assert [(p["name"], p["places"][0]["type"]) for p in made["partners"]] == [
        ("Garage solidaire d'essai", "head_office")
    ]
    assert books["files"]["s.json"]["kept"] == 1
    assert books["files"]["v.json"]["dropped"]["nationwide"]["rows"] == 1


def test_csv_and_parquet_say_what_json_says(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    want = importing(
        tmp_path,
        saved(tmp_path, "s.json", [STRUCTURE]),
        saved(tmp_path, "v.json", SERVICES),
        "--departement",
        "08",
    )[1]["partners"]
    for name, rows in (("s", [STRUCTURE]), ("v", SERVICES)):
        titles = list(dict.fromkeys(k for r in rows for k in r))
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, titles)
            out.writeheader()
            out.writerows(
                {k: str(v).replace(",", "") if isinstance(v, list) else v for k, v in r.items()} for r in rows
            )
        parquet.write_table(
            pa.Table.from_pylist([{t: r.get(t) for t in titles} for r in rows]), tmp_path / f"{name}.parquet"
        )
    for kind in ("csv", "parquet"):
        assert (
            importing(tmp_path, tmp_path / f"s.{kind}", tmp_path / f"v.{kind}", "--departement", "08")[1][
                "partners"
            ]
            == want
        )


def test_a_plain_list_with_anybodys_titles(tmp_path, capsys):
    text = (
        "Nom de la structure;Réseau;Adresse;CP;Ville;Tél;Mél;Thématiques;Zone;Humeur\n"
        "Auto-école solidaire;;1 rue B;8000;CHARLEVILLE MEZIERES;324594444;jean.dupont@x.fr;permis de conduire, inventé;08105;gaie\n"
        "CIO;CIO;;08300;Rethel;;;;;\n;;;08300;Rethel;;;;;\nAilleurs;;;51100;Reims;;;;;\nNulle part;;;;;;;;;\n"
    )
    code, made, books = importing(
        tmp_path, saved(tmp_path, "liste.csv", text), "--departement", "08", "--dated", "2026-05-01"
    )
    assert code == 0
    school = next(p for p in made["partners"] if p["name"] == "Auto-école solidaire")
    assert (school["needs"], school["perimeter"], school["circle"]) == (
        ["mobilite--preparer-un-permis"],
        ["08105"],
        "housing_mobility",
    )
    assert school["places"] == [
        {
            "type": "branch",
            "commune": "08105",
            "address": "1 rue B, 08000 Charleville-Mézières",
            "phone": "+33324594444",
        }
    ]
    told = books["files"]["liste.csv"]
    assert (told["rows"], told["kept"], told["ignored_columns"]) == (5, 2, ["Humeur"])
    assert {k: v["rows"] for k, v in told["dropped"].items()} == {"elsewhere": 1, "no_name": 1, "no_place": 1}
    assert "name = Nom de la structure" in capsys.readouterr().err


def test_titles_nobody_could_guess_are_told(tmp_path, capsys):
    path = saved(tmp_path, "l.csv", "Truc,CP,Ville\nGarage,08300,Rethel\n")
    assert run(["territory", "import", str(path), "--departement", "08"]) == 2
    assert "aucune colonne n'est celle du nom : Truc, CP, Ville (CEP707)" in capsys.readouterr().err
    code, made, _ = importing(tmp_path, path, "--departement", "08", "--map", "name=Truc")
    assert (code, made["partners"][0]["name"]) == (0, "Garage")


ASKED = [
    ([], "CEP712"), (["x.csv"], "CEP701"), (["x.csv", "--departement", "99"], "CEP702"), (["x.csv", "--departement", "08", "--dated", "9"], "CEP504"),
    (["x.csv", "--departement", "08", "--map", "nom"], "CEP710"), (["absent.csv", "--departement", "08"], "CEP014"), (["x.csv", "--departement", "08", "--dated", "hier"], "CEP504"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code"), ASKED)
def test_what_cannot_be_imported_is_said_before_anything_is_read(tmp_path, monkeypatch, capsys, words, code):
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, "x.csv", "nom,ville\nA,Rethel\n")
    assert run(["territory", "import", *words]) == 2
    assert code in capsys.readouterr().err


def test_a_word_among_the_records_is_counted_and_never_shown(tmp_path, capsys):
    _, _, books = importing(
        tmp_path, saved(tmp_path, "a.json", [SERVICE, "Jean Dupont"]), "--departement", "08"
    )
    assert books["files"]["a.json"]["dropped"] == {"not_a_record": {"rows": 1, "first": [2]}}
    assert "Dupont" not in capsys.readouterr().err


def test_a_line_that_is_no_row_is_counted(tmp_path):
    text = "nom,cp,ville\nA,08300,Rethel\nB,08300,Rethel,de,trop,encore\n"
    _, made, books = importing(tmp_path, saved(tmp_path, "l.csv", text), "--departement", "08")
    told = books["files"]["l.csv"]
    assert told["rows"] == 2
    assert told["kept"] + sum(d["rows"] for d in told["dropped"].values()) == 2
    assert made["partners"][0]["name"] == "A"


def test_an_import_of_nothing_writes_nothing(tmp_path, capsys):
    code, _, books = importing(
        tmp_path, saved(tmp_path, "a.json", {"service": [SERVICE]}), "--departement", "2A"
    )
    assert code == 1
    assert not (tmp_path / "out.toml").exists()
    assert books["files"]["a.json"]["dropped"]["elsewhere"]["rows"] == 1
    assert "CEP709" in capsys.readouterr().err


def test_doubles_are_one_house_with_both_sources(tmp_path):
    twin = {
        **STRUCTURE,
        "nom": "MISSION LOCALE ESSAI",
        "siret": SERVICE["siret"],
        "reseaux_porteurs": ["mission-locale"],
        "horaires_accueil": None,
        "telephone": None,
    }
    _, made, books = importing(
        tmp_path,
        saved(tmp_path, "a.json", {"service": [SERVICE]}),
        saved(tmp_path, "s.json", [twin]),
        "--departement",
        "08",
    )
    assert len(made["operators"]) == 1
    house = made["operators"][0]
    assert house["source"] == "essai"
    assert house["also_from"] == [
        {"source": "annuaire-administration", "source_id": "5f3c1a", "source_date": date(2023, 8, 9)}
    ]
    assert books["files"]["a.json"]["joined"] == {"double": 1}


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99999) | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda x: st.lists(x, max_size=2) | st.dictionaries(st.text(max_size=4), x, max_size=2),
    max_leaves=4,
)


def broken(value):
    """The value with some of its parts, at any depth, replaced by anything."""
    if isinstance(value, dict):
        return st.fixed_dictionaries(
            {k: st.one_of(*[st.just(v)] * 6, anything, broken(v)) for k, v in value.items()}
        )
    if isinstance(value, list) and value:
        return st.lists(st.one_of(st.just(value[0]), anything, broken(value[0])), max_size=3)
    return st.just(value)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(broken(SERVICE) | anything, max_size=3),
    st.lists(broken(STRUCTURE) | anything, max_size=2),
    st.lists(broken(SERVICES[0]) | anything, max_size=2),
    st.lists(broken(AGENCY) | anything, max_size=2),
)
def test_whatever_the_rows_none_is_lost_and_the_file_passes(services, structures, offers, agencies_):
    told = (("annuaire", services), ("structures", structures), ("services", offers), ("agencies", agencies_))
    work = reader("departement:08", dated="2026-01-01")
    sources = [
        RowSource(form, form, (lambda rows=rows: enumerate(rows, 1)), label=form) for form, rows in told
    ]
    entries = gathering.gather(sources, work)
    for form, rows in told:
        assert work.books[form].rows == len(rows)
        assert work.books[form].missing() == 0
    head = gathering.head(
        work.area, id="x", name="x", as_of="2026-01-01", updated_on="2026-01-01", sources=["x"], said="x"
    )
    text, _ = to_toml.brought_up("# x\n\n[territory]\n", gathering.tables(entries, CARDS), head)
    territory, findings = written.compile_territory("x.toml", text.encode(), LAW)
    assert territory is not None, findings
    assert not findings
    assert to_toml.formatted(text) == text


def test_a_folder_is_an_unpacked_archive(tmp_path):
    inside = tmp_path / "archive" / "communes"
    inside.mkdir(parents=True)
    saved(tmp_path / "archive", "gouv_local.json", {"service": [SERVICE]})
    for code in ("08105", "08362", "51454"):
        body = {"code_type_service_local": "mission_locale", "organisme": ["mission_locale-08105-01"]}
        saved(
            inside,
            f"{code}.json",
            {"commune": [{"code_insee_commune": code, "nom": "x", "type_service_local": [body]}]},
        )
    code, made, books = importing(tmp_path, tmp_path / "archive", "--departement", "08")
    assert code == 0
    assert made["operators"][0]["perimeter"] == ["08105", "08362"]
    assert books["files"]["archive/ [competence]"] == {
        "rows": 3, "kept": 0, "joined": {"competence": 2}, "dropped": {"elsewhere": {"rows": 1, "first": [1]}}, "ignored_columns": [],
    }  # fmt: skip


def test_services_without_a_structure_are_houses_of_their_own(tmp_path):
    alone = [
        {**SERVICES[0], "structure_id": ""},
        {**SERVICES[0], "structure_id": "", "id": "essai--c", "nom": "Autre prêt"},
    ]
    _, made, books = importing(tmp_path, saved(tmp_path, "v.json", alone), "--departement", "08")
    assert [p["name"] for p in made["partners"]] == ["Autre prêt", "Prêt de voiture"]
    assert books["files"]["v.json"]["kept"] == 2


# -- the mapping --------------------------------------------------------------------------------------------------------------

MAPPED = {
    "annuaire": set(SERVICE) - {"code_insee_commune"},
    "agencies": set(AGENCY) - {"codeSafir"},
    "data_inclusion": {key for row in (STRUCTURE, *SERVICES) for key in row},
}


@pytest.mark.parametrize("form", MAPPED)
def test_every_field_of_a_form_is_in_its_mapping(form):
    """A field is mapped, or said to have no place."""
    told = " ".join(line.partition(" →")[0] for line in table(f"mapping_{form}"))
    shown = normalise(told.replace("modes_*", "modes_accueil modes_mobilisation"))
    assert not {field for field in MAPPED[form] if normalise(field) not in shown}


# -- run again ----------------------------------------------------------------------------------------------------------------


def test_a_second_import_takes_what_changed_and_keeps_what_people_wrote(tmp_path, capsys):
    other = {
        **SERVICE,
        "id": "g",
        "ancien_code_pivot": "",
        "siret": "",
        "nom": "Mission locale de Rethel",
        "code_insee_commune": "08362",
        "adresse": [],
        "telephone": [],
    }
    locked = {**other, "id": "l", "nom": "Mission locale de Sedan", "code_insee_commune": "08409"}
    first = saved(tmp_path, "a.json", {"service": [SERVICE, other, locked]})
    out = tmp_path / "t.toml"
    assert run(["territory", "import", str(first), "--departement", "08", "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    text = text.replace(
        'name = "Mission locale - Essai"', '# notre nom\nname = "ML du coin"  # comme on dit'
    ).replace("to_check = true\nimported", "wait_days = 3\nto_check = true\nimported", 1)
    text = (
        text.replace('name = "Mission locale de Sedan"', 'name = "Mission locale de Sedan"\nlock = true')
        + '\n# notre dispositif\n[[tools]]\ntype = "portal"\n'
    )
    out.write_text(text, encoding="utf-8")
    newer = {
        **SERVICE,
        "nom": "Mission locale neuve",
        "telephone": [{"valeur": "03 24 59 44 45"}],
        "date_modification": "01/02/2026",
    }
    fresh = {**other, "id": "n", "nom": "Mission locale de Givet", "code_insee_commune": "08190"}
    second = saved(tmp_path, "b.json", {"service": [newer, {**locked, "nom": "Autre nom"}, fresh]})
    capsys.readouterr()
    assert run(["territory", "import", str(second), "--departement", "08", "--into", str(out)]) == 0
    said = capsys.readouterr().err
    made = tomli.loads(out.read_text(encoding="utf-8"))
    by_id = {o["source_id"]: o for o in made["operators"]}
    assert by_id["5f3c1a"]["name"] == "ML du coin"
    assert by_id["5f3c1a"]["wait_days"] == 3
    assert by_id["5f3c1a"]["places"][0]["phone"] == "+33324594445"
    assert by_id["l"]["name"] == "Mission locale de Sedan"
    assert {"g", "n"} <= set(by_id)
    assert made["territory"]["as_of"] == date(2026, 2, 1)
    assert made["tools"] == [{"type": "portal"}]
    again = out.read_text(encoding="utf-8")
    assert '# notre nom\nname = "ML du coin"  # comme on dit' in again
    assert "# notre dispositif" in again
    for line in (
        "gardé (écrit à la main) : mission-locale-essai-charleville-mezieres name : ML du coin → Mission locale neuve",
        "gardé (lock = true) : mission-locale-de-sedan name",
        "ajouté : mission-locale-de-givet",
        "absent de la nouvelle donnée, laissé : mission-locale-de-rethel",
    ):
        assert line in said
    assert "wait_days" not in said
    # A third run of the same data changes nothing.
    assert run(["territory", "import", str(second), "--departement", "08", "--into", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == again
    assert "changé" not in capsys.readouterr().err


def test_newer_data_find_a_house_by_the_id_it_had_before(tmp_path):
    """The administration renumbered its records; the old id still tells which house is which."""
    old = {
        **SERVICE,
        "id": "",
        "nom": "Ancien nom",
        "siret": "",
        "adresse": [{**SERVICE["adresse"][1], "numero_voie": "ailleurs"}],
    }
    out = tmp_path / "t.toml"
    assert (
        run(
            [
                "territory",
                "import",
                str(saved(tmp_path, "a.json", {"service": [old]})),
                "--departement",
                "08",
                "-o",
                str(out),
            ]
        )
        == 0
    )
    assert (
        run(
            [
                "territory",
                "import",
                str(saved(tmp_path, "b.json", {"service": [SERVICE]})),
                "--departement",
                "08",
                "--into",
                str(out),
            ]
        )
        == 0
    )
    made = tomli.loads(out.read_text(encoding="utf-8"))
    assert [(o["id"], o["name"], o["source_id"]) for o in made["operators"]] == [
        ("mission-locale-ancien-nom-charleville-mezieres", "Mission locale - Essai", "5f3c1a")
    ]


# -- fmt ----------------------------------------------------------------------------------------------------------------------


def comments(text):
    return sorted(line.strip() for line in text.split("\n") if line.strip().startswith("#"))


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "territories").glob("*.toml")), *sorted((ROOT / "tests/files/good").glob("*.toml"))],
    ids=lambda p: p.stem,
)
def test_fmt_changes_no_value_drops_no_comment_and_once_is_enough(path):
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    new = to_toml.formatted(text)
    assert tomli.loads(new) == tomli.loads(text)
    assert comments(new) == comments(text)
    assert to_toml.formatted(new) == new


def shaken(text, pick):
    """The file as many hands would leave it: comments, blank lines and spaces anywhere between its lines, its tables in another order."""
    blocks = re.split(r"\n(?=\[\[(?:operators|partners|schemes|ties|tools|events)\]\]\n)", text)
    moved = blocks[1:]
    pick.shuffle(moved)
    lines = []
    for line in "\n".join([blocks[0], *moved]).split("\n"):
        chance = pick.random()
        if chance < 0.04 and not line.startswith((" ", "]")):
            lines.append(f"# note {pick.randrange(10_000)}, « à voir » [[x]] = 1")
        elif chance < 0.08 and not line.startswith((" ", "]")):
            lines.append("   ")
        if re.fullmatch(r"[a-z_]+ = (?:\"[^\"]*\"|true|false|[0-9.-]+)", line) and chance > 0.9:
            line = line.replace(" = ", "   =  ", 1) + f"   # fin {pick.randrange(10_000)}"  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def unordered(data):
    """The same tables, whatever their order in a list of tables."""
    return {
        k: sorted(repr(t) for t in v) if isinstance(v, list) and v and isinstance(v[0], dict) else v
        for k, v in data.items()
    }


@pytest.mark.parametrize(("seed", "name"), [*enumerate([*SHIPPED[:2], "c1a", "c2a", "c3a", "c3b"])])
def test_fmt_of_a_file_many_hands_left(seed, name):
    text = (ROOT / "territories" / f"{name}.toml").read_text(encoding="utf-8")
    left = shaken(text, random.Random(f"{name} {seed}"))
    assert unordered(tomli.loads(left)) == unordered(tomli.loads(text))
    new = to_toml.formatted(left)
    assert tomli.loads(new) == tomli.loads(left)
    assert comments(new) == comments(left)
    assert new.count("# fin ") == left.count("# fin ")
    assert to_toml.formatted(new) == new


def test_fmt_sets_tables_and_keys_in_order_and_keeps_what_stands_above_them(tmp_path, capsys):
    text = (
        "# la fiche\n\n# le garage\n[[partners]]\nname='Garage'\n# son cercle\ncircle  =  \"housing_mobility\" # à voir\nid=\"garage\"\nneeds = [\n \"mobilite\", # tout\n]\n"
        '[territory]\nname = "T"\nschema=1\nid="t"\ncommunes=["08105"]\nas_of=2026-01-01\n\n[[partners.places]]\n commune="08105"\n type="branch"\n'
    )  # fmt: skip
    path = saved(tmp_path, "t.toml", text)
    assert run(["territory", "fmt", "--check", str(path)]) == 1
    assert "la fiche n'est pas rangée" in capsys.readouterr().err
    assert run(["territory", "fmt", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == (
        '# la fiche\n\n[territory]\nschema = 1\nid = "t"\nname = "T"\ncommunes=["08105"]\nas_of = 2026-01-01\n\n'
        "# le garage\n[[partners]]\nid = \"garage\"\nname = 'Garage'\n# son cercle\ncircle = \"housing_mobility\" # à voir\nneeds = [\n    \"mobilite\", # tout\n]\n"
        '  [[partners.places]]\n  type = "branch"\n  commune = "08105"\n'
    ).replace("communes=", "communes = ")  # fmt: skip
    assert run(["territory", "fmt", "--check", str(path)]) == 0
    assert run(["territory", "fmt", str(saved(tmp_path, "x.toml", "a = "))]) == 2


@given(st.text(max_size=40))
def test_any_text_survives_the_writing(text):
    assert (
        tomli.loads(f"a = {to_toml.value_text(text)}") == {"a": text}
        or "\r" in text
        or any(0xD800 <= ord(c) <= 0xDFFF for c in text)
    )


# -- given back ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHIPPED, "c3a", "c2a"])
def test_partners_are_given_back_as_rows_the_official_schema_takes(name, capsys):
    schema = pytest.importorskip(
        "data_inclusion.schema.v1", reason="the official data-inclusion-schema package is not installed"
    )
    assert run(["territory", "export", name, "--format", "data-inclusion"]) == 0
    rows = json.loads(capsys.readouterr().out)
    territory = files.load_territory(name, LAW)[0]
    assert len(rows["structures"]) == len(territory.partners)
    for row in rows["structures"]:
        schema.Structure.model_validate(row)
    for row in rows["services"]:
        schema.Service.model_validate(row)
    assert {s["structure_id"] for s in rows["services"]} <= {s["id"] for s in rows["structures"]}
    assert any(rows["services"])


def test_what_is_given_back_comes_in_again(tmp_path, capsys):
    assert run(["territory", "export", "ardennes-08", "-o", str(tmp_path / "e.json")]) == 0
    rows = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    _, made, _ = importing(
        tmp_path,
        saved(tmp_path, "s.json", rows["structures"]),
        saved(tmp_path, "v.json", rows["services"]),
        "--departement",
        "08",
    )

    def themes(told):
        """A category is given back as its themes."""
        return {
            t
            for n in told
            if not n.startswith("x-")
            for t in ([n] if "--" in n else [k for k in LAW.needs if k.startswith(f"{n}--")])
        }

    def needs(partner):
        return [
            *partner.get("needs", ()),
            *(n for s in partner.get("services", ()) for n in s.get("needs", ())),
        ]

    shipped = files.load_territory("ardennes-08", LAW)[0].partners
    before = {p.name: themes(needs(plain_of(p))) for p in shipped}
    after = {p["name"]: themes(needs(p)) for p in made["partners"]}
    assert len(after) == len(before)
    assert all(before[name] <= needs for name, needs in after.items())


# -- the files shipped --------------------------------------------------------------------------------------------------------

PEOPLE = {
    "a jobseeker": {"age": 40, "status": "jobseeker", "employed": "no", "seeking": "yes", "in_school": "no", "cadre": "no", "disability": "none"},
    "a young person": {"age": 19, "status": "jobseeker", "employed": "no", "seeking": "yes", "in_school": "no", "cadre": "no", "disability": "none"},
    "a cadre": {"age": 45, "status": "employee", "employed": "yes", "cadre": "yes", "disability": "none"},
    "a disabled person": {"age": 45, "status": "jobseeker", "employed": "no", "seeking": "yes", "in_school": "no", "cadre": "no", "disability": "recognised"},
    "an employee": {"age": 45, "status": "employee", "employed": "yes", "cadre": "no", "disability": "none"},
}  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_every_commune_of_a_shipped_departement_gives_each_person_a_desk_or_a_channel(name):
    on = "2026-11-22"
    local, _ = files.load_territory(name, LAW)
    whole, _ = files.load_territory("france", LAW)
    judge = Judge(LAW)
    communes = [c for zone in local.head.perimeter for c in places.communes_of(zone)][::12]
    assert communes
    for person, facts in PEOPLE.items():
        decision = judge.decide(Profile(facts=facts), on)
        assert decision.first, person
        for territory in (local, whole):
            ground = Ground(territory)
            for commune in communes:
                here = where.Local(LAW, commune, on, territory, ground)
                for operator in decision.first:
                    desk = here.desk_of(operator)
                    reachable = desk.phone or desk.url or desk.address
                    assert desk.channel in {"desk", "permanence", "remote", "national"}, (person, commune)
                    assert reachable, (person, commune, operator)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_says_its_vintage_its_sources_and_that_nothing_was_checked(name):
    territory, findings = files.load_territory(name, LAW)
    assert not findings
    head = territory.head
    assert head.as_of == "2026-10-07"
    assert any("Licence Ouverte 2.0" in s for s in head.sources)
    houses = [*territory.operators, *territory.partners]
    assert len(houses) > 30
    assert all(h.to_check and h.source for h in houses)
    ages = {months_between(h.source_date, "2026-11-28") for h in houses}
    assert max(ages) <= 36, "an example that the release would show as old"
    text = (ROOT / "territories" / f"{name}.toml").read_text(encoding="utf-8")
    assert to_toml.formatted(text) == text


# -- the data of the rules ----------------------------------------------------------------------------------------------------


DIRECTORY = (ROOT / "rules" / "directory.toml").read_text(encoding="utf-8")
DIRECTORY_FAULTS = [
    ("schema = 1", "schema = 1", []),
    ('network = "apecita"\ncircle = "spro"', 'network = "apecita"', ["CEP730 network=apecita"]),
    ('network = "apecita"', 'network = "apecita"\noperator = "apec"', ["CEP730 network=apecita"]),
    ('operator = "apec"', 'operator = "apecc"', ["CEP205 id=apecc near=apec"]),
    ('network = "apecita"', 'network = "apec"', ["CEP203 id=apec"]),
    ('annuaire = ["apecita"]', 'annuaire = ["apecita", "cio"]', ["CEP731 word=cio"]),
    ('listed = ["cio"]', 'listed = ["cio", "Pôle Emploi"]', ["CEP731 word=Pôle Emploi"]),
    ('names = ["apec", ', 'names = ["apec", "Cap Emploi", ', ["CEP731 word=Cap Emploi"]),
    ('needs = ["trouver-un-emploi"]', 'needs = ["trouver-un-emplois"]', ["CEP207 near=trouver-un-emploi need=trouver-un-emplois"]),
    ('"lat", "y"]', '"lat", "LNG"]', ["CEP731 word=lng"]),
    ('["logement-hebergement", "mobilite"]', '["logement-hebergement"]', ["CEP732 circle=institution need=mobilite"]),
    ('["logement-hebergement", "mobilite"]', '["logement-hebergement", "mobilite", "se-former"]', ["CEP731 word=se-former"]),
    ('network = "france-travail"\n\n', 'network = "france-travails"\n\n', ["CEP733 feed=agencies near=france-travail network=france-travails"]),
    ("read_on = 2026-11-22", "read_on = 2027-11-22", ["CEP302"]),
    ('circle = "spro"', 'circle = "sprot"', ["CEP007"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), DIRECTORY_FAULTS)
def test_the_codes_of_directories_are_judged(old, new, expected):
    text = DIRECTORY
    if "france-travails" in new:  # the network of the feed, not of the kind
        head, mark, feeds = text.partition("[feeds.agencies]")
        old, new = old.strip(), new.strip()
        text = head + mark + feeds.replace(old, new, 1)
    else:
        assert old in text
        text = text.replace(old, new, 1)
    found = judge_directory("directory.toml", text.encode(), LAW, "2026-11-22", None)
    shown = [f"{f.code} {' '.join(f'{k}={v}' for k, v in sorted(f.values.items()))}".strip() for f in found]
    assert [s[: len(e)] for s, e in zip(shown, expected, strict=True)] == expected
    assert all(f.place.line for f in found)


def test_check_judges_the_codes_of_directories_in_a_folder_and_alone(tmp_path, capsys):
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    path = folder / "directory.toml"
    path.write_text(DIRECTORY.replace('operator = "apec"', 'operator = "apecc"'), encoding="utf-8")
    for told in (folder, path):
        assert run(["check", str(told)]) == 1
        out = capsys.readouterr().out
        assert "directory.toml:" in out
        assert re.search(r"directory\.toml:\d+:\d+: « apecc ».*\(CEP205\)$", out, re.MULTILINE)
    old = DIRECTORY.replace("read_on = 2026-11-22", "read_on = 2020-11-22", 1)
    found = judge_directory("directory.toml", old.encode(), LAW, "2026-11-22", 12)
    assert [f.code for f in found] == ["CEP301"]


def test_each_foreign_code_is_one_kind_and_each_kind_is_an_operator_or_in_a_circle():
    kinds = load_directory()[0].kinds
    for form in ("annuaire", "data_inclusion", "older", "listed", "names"):
        codes = [code for kind in kinds for code in {normalise(c) for c in getattr(kind, form)}]
        assert len(codes) == len(set(codes)), form
    for kind in kinds:
        assert bool(kind.operator) != bool(kind.circle), kind.network
        assert (kind.operator or "apec") in LAW.operators
        assert all(need in LAW.needs for need in kind.needs), kind.network


# Types of local services that the administration's directory lists and that somebody may be sent to.
TYPES = "mission_locale france_travail cap_emploi apec cio cij maison_handicapees france_services ccas greta carif_oref afpa maison_emploi epide"


def test_the_kinds_hold_every_code_of_both_vocabularies():
    schema = pytest.importorskip("data_inclusion.schema.v1", reason="data-inclusion-schema is not installed")
    kinds = load_directory()[0].kinds
    assert {c for k in kinds for c in k.data_inclusion} == {network.value for network in schema.ReseauPorteur}
    assert set(TYPES.split()) <= {c for k in kinds for c in k.annuaire}


# Needs as the employment service writes them in its diagnosis.
DIAGNOSIS = {
    "Confirmer son choix de métier": "choisir-un-metier--confirmer-son-choix-de-metier",
    "Trouver sa formation": "se-former--trouver-sa-formation",
    "Réaliser un CV et/ou une lettre de motivation": "preparer-sa-candidature--realiser-un-cv-et-ou-une-lettre-de-motivation",
    "Développer sa mobilité": "mobilite",
    "Accéder à un véhicule": "mobilite--acceder-a-un-vehicule",
    "Trouver des solutions de garde d'enfant": "famille--garde-denfants",
}


def test_the_words_of_the_diagnosis_are_understood_by_the_router_and_by_batch(tmp_path, plain_world):
    router = load("france")
    read = [
        router.read({"status": "jobseeker"}, on="2026-11-22", commune="33063", needs=[w]) for w in DIAGNOSIS
    ]
    assert [visit.profile.needs for visit, _ in read] == [(code,) for code in DIAGNOSIS.values()]
    # In a file nobody answers these needs in the whole country: each comes back as unmet.
    lines = [f'40;demandeur d\'emploi;non;non;aucun;non;33063;"{word}"' for word in DIAGNOSIS]
    titles = "age;statut;en emploi;cadre;handicap;scolarisé;code insee;besoins"
    path, out = saved(tmp_path, "in.csv", "\n".join([titles, *lines]) + "\n"), tmp_path / "out.csv"
    assert run(["batch", str(path), "-o", str(out), "--territory", "france"]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["cep_unmet"] for row in csv.DictReader(file, delimiter=";")] == [*DIAGNOSIS.values()]


def test_the_mapping_of_each_form_is_shown_in_both_languages(capsys):
    for lang, word in (("fr", "ligne écartée"), ("en", "row dropped")):
        assert run(["territory", "import", "--mapping", "--lang", lang]) == 0
        assert word in capsys.readouterr().out
    assert all(table(f"mapping_{feed}") for feed in forms.FEEDS.values())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_editors_are_told_what_each_key_of_a_territory_file_says(lang):
    from cep_route.cli.schema import described_as

    schema = described_as("territory", LAW, lang)
    tables, keys = table("schema_table"), table("schema_key")
    told = {"TerritoryFile": schema, **schema["$defs"]}
    assert set(told) == set(tables)
    for name, card in told.items():
        assert card["description"] == tables[name][lang]
        for key, value in card["properties"].items():
            assert value.get("description"), f"{name}.{key}"
    used = {f"{n}.{k}" for n, t in told.items() for k in t["properties"]} | {
        k for t in told.values() for k in t["properties"]
    }
    assert set(keys) <= used
