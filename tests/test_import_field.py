"""Small files of the kinds people really have, each with the right answer: rows accounted for, none in the wrong place, none merged by mistake."""

import json
from pathlib import Path

import pytest
import tomli

from cep_route.__main__ import run
from cep_route.files.written import load_directory
from cep_route.importers import hours
from cep_route.importers.rows import Cards, departement_of

B19 = "--age 19 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --cadre non --on 2026-11-28"


@pytest.fixture
def imported(tmp_path, capsys):
    """The territory file made of texts by name, with the books of the import."""

    def made(files, *words):
        paths = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
            paths.append(str(path))
        out, books = tmp_path / "out.toml", tmp_path / "books.json"
        code = run(["territory", "import", *paths, *words, "-o", str(out), "--report", str(books), "--force"])
        assert code == 0, capsys.readouterr().err
        told = tomli.loads(out.read_text(encoding="utf-8"))
        houses = {h["name"]: h for key in ("operators", "partners") for h in told.get(key, ())}
        return houses, json.loads(books.read_text(encoding="utf-8")), str(out)

    return made


def test_a_departement_told_is_believed(imported):
    rows = (
        "structure;type;departement;commune;adresse;telephone\n"
        "ML Réunion;mission locale;974;Saint-André;2 place A 97440 SAINT-ANDRE;02 62 58 00 00\n"
        "ML Nord;mission locale;59;Saint-André-lez-Lille;15 rue A 59350 SAINT ANDRE LEZ LILLE;03 20 00 00 01\n"
        "Cap emploi Isère;cap emploi;38 - Isère;Fontaine;7 RUE A 38600 FONTAINE;04 76 00 00 02\n"
        "FT Fontaine;agence france travail;Nord;Fontaine-au-Bois;1 rue B 59550 FONTAINE AU BOIS;3949\n"
    )
    houses, books, _ = imported({"h.csv": rows}, "--departement", "59")
    assert {n: h["places"][0]["commune"] for n, h in houses.items()} == {
        "ML Nord": "59527",
        "FT Fontaine": "59242",
    }
    assert houses["ML Nord"]["places"][0]["address"] == "15 rue A, 59350 Saint-André-lez-Lille"
    assert books["files"]["h.csv"]["dropped"]["elsewhere"]["rows"] == 2
    assert [departement_of(t) for t in ("974", "59 - Nord", "Nord", "2a", "D38", "Isère", "1", "x")] == [
        "974",
        "59",
        "59",
        "2A",
        "38",
        "38",
        "01",
        None,
    ]


def test_columns_that_contradict_each_other_are_said(imported):
    rows = (
        "nom;type;code commune;ville;adresse;téléphone\n"
        "ML Coulommiers;mission locale;77120;Coulommiers;15 bis avenue A;01 64 20 00 01\n"
        "ML Nemours;mission locale;77140;Nemours;17 rue B;01 64 28 00 02\n"
        "ML Meaux;mission locale;77284;Meaux;12 boulevard C;01 64 36 00 03\n"
        "ML Ailleurs;mission locale;77284;Provins;1 rue D;01 64 36 00 04\n"
    )
    houses, books, _ = imported({"c.csv": rows}, "--departement", "77")
    assert {n: h["places"][0]["commune"] for n, h in houses.items()} == {
        "ML Coulommiers": "77131",
        "ML Nemours": "77333",
        "ML Meaux": "77284",
    }
    assert books["values_lost"]["commune"] == {"code_is_postcode": 2}
    assert books["files"]["c.csv"]["dropped"]["contradiction"]["rows"] == 1


def test_sites_of_one_body_keep_their_own_perimeters(imported, capsys):
    def site(number, town, code, postcode, phone):
        return {
            "id": f"{number * 8}-1111-4111-8111-111111111111", "nom": f"Mission locale - {town}", "siret": "77562471100070",
            "code_insee_commune": code, "pivot": [{"type_service_local": "mission_locale", "code_insee_commune": [code]}],
            "date_modification": "08/03/2026 14:14:36", "telephone": [{"valeur": phone}],
            "adresse": [{"type_adresse": "Adresse", "numero_voie": "1 rue A", "code_postal": postcode, "nom_commune": town}],
        }  # fmt: skip

    one, two = (
        site("1", "Bourgoin-Jallieu", "38053", "38300", "04 74 00 00 01"),
        site("2", "Crémieu", "38138", "38460", "04 74 00 00 05"),
    )
    served = {"38053": one, "38316": one, "38138": two}
    commune = [
        {"code_insee_commune": c, "type_service_local": [{"code_type_service_local": "mission_locale", "organisme": [b["id"]]}]}
        for c, b in served.items()
    ]  # fmt: skip
    houses, _, out = imported(
        {"ann.json": {"service": [one, two]}, "comp.json": {"commune": commune}}, "--departement", "38"
    )
    assert {n: h["perimeter"] for n, h in houses.items()} == {
        "Mission locale - Bourgoin-Jallieu": ["38053", "38316"], "Mission locale - Crémieu": ["38138"],
    }  # fmt: skip
    capsys.readouterr()
    run(["route", *B19.split(), "--commune", "insee:38316", "--territory", out, "--format", "json"])
    first = json.loads(capsys.readouterr().out)["first"][0]
    assert first["desk"]["name"] == "Mission locale - Bourgoin-Jallieu"
    # The day of the snapshot and the day of the last edit are two facts.
    houses, _, _ = imported(
        {"ann.json": {"service": [one, two]}}, "--departement", "38", "--dated", "2026-11-20"
    )
    house = houses["Mission locale - Crémieu"]
    assert (str(house["source_date"]), str(house["edited_on"])) == ("2026-11-20", "2026-03-08")


def test_each_entry_has_its_own_age(imported, capsys):
    rows = (
        "nom;type;code insee;adresse;téléphone;mise à jour\n"
        "ML Gap;mission locale;05061;1 rue A;0492530001;12/03/2015\n"
        "CCAS de Gap;ccas;05061;Hôtel de ville;0492530003;01/11/2026\n"
        "Cap emploi Gap;cap emploi;05061;3 rue C;0492530004;31/02/2026\n"
    )
    houses, books, out = imported({"m.csv": rows}, "--departement", "05")
    assert books["values_lost"]["date"] == {"invalid": 1}
    assert "source_date" not in houses["Cap emploi Gap"]
    assert houses["CCAS de Gap"]["perimeter"] == ["05061"]
    capsys.readouterr()
    run(["route", *B19.split(), "--commune", "insee:05061", "--territory", out, "--format", "json"])
    desk = json.loads(capsys.readouterr().out)["first"][0]["desk"]
    assert desk["as_of"] >= "2026"  # the entry of 2015 gives way to the national directory


def test_a_placeholder_is_no_identifier(imported):
    rows = "nom;type;siret;code insee;adresse\n" + "".join(
        f"Maison {i};{kind};{digit * 14};44109;{i} rue A\n"
        for i, (kind, digit) in enumerate([("mission locale", "0"), ("conseil départemental", "0"), ("cap emploi", "9"), ("mission locale", "0")])
    )  # fmt: skip
    houses, books, _ = imported({"z.csv": rows}, "--departement", "44")
    assert len(houses) == 4
    assert books["values_lost"]["siret"] == {"placeholder": 4}


def test_hours_are_read_in_french_and_addresses_are_not_doubled(imported):
    rows = (
        "nom;type;code postal;ville;adresse;horaires;lundi;mardi\n"
        "FT Gap;agence France Travail;05000;Gap;1 rue A, 05000 Gap;Lundi au jeudi 8h30-15h15, vendredi 8h30-12h30;;\n"
        "ML Gap;mission locale;05000;Gap;2 rue B 05000 GAP Cedex;;9h-12h / 14h-17h;9h-12h\n"
        "Apec Gap;apec;05000;Gap;3 rue C;sur rendez-vous;;\n"
        "Cap emploi Gap;cap emploi;05000;Gap;4 rue D;quand nous sommes là;;\n"
    )
    houses, books, _ = imported({"t.csv": rows}, "--departement", "05")
    placed = {n: h["places"][0] for n, h in houses.items()}
    assert placed["FT Gap"]["hours"] == "Mo-Th 08:30-15:15; Fr 08:30-12:30"
    assert placed["ML Gap"]["hours"] == "Mo 09:00-12:00,14:00-17:00; Tu 09:00-12:00"
    assert placed["Apec Gap"]["by_appointment"] is True
    assert "hours" not in placed["Cap emploi Gap"]
    assert books["values_lost"]["hours"] == {"unreadable": 1}
    assert [placed[n]["address"] for n in ("FT Gap", "ML Gap")] == [
        "1 rue A, 05000 Gap",
        "2 rue B, 05000 Gap",
    ]


def test_a_list_of_one_network_may_say_so(imported):
    rows = "Nom Officiel ML;Adresse ML;Code Postal ML;Ville ML\n05-MLJ GAP;1 rue A;05000;Gap\nEspace jeunes;2 rue B;05100;Briançon\n"
    houses, books, _ = imported({"n.csv": rows}, "--departement", "05")
    assert [h.get("network") for h in houses.values()] == ["mission_locale", None]
    assert books["values_lost"]["network"] == {"not_told": 1}
    houses, books, _ = imported({"n.csv": rows}, "--departement", "05", "--network", "mission_locale")
    assert {h["network"] for h in houses.values()} == {"mission_locale"}
    assert "network" not in books["values_lost"]
    assert run(["territory", "import", "x.csv", "--departement", "05", "--network", "nothing"]) == 2


def test_a_name_says_its_network():
    cards = Cards(load_directory()[0])
    told = {
        "05-MLJ GAP": "mission-locale", "ML05": "mission-locale", "M.L. du Buëch": "mission-locale", "Espace jeunes (mission locale)": "mission-locale",
        "FT Gap": "france-travail", "Pôle emploi Gap": "france-travail", "CAP EMPLOI 05": "cap-emploi-reseau-cheops", "APEC Gap": "apec",
        "France services de Belley": "france-service", "Espace France Services Rosans": "france-service", "PIJ de la mission locale": "reseau-information-jeunesse",
        "CCAS de Gap": "ccas-cias", "Maison du lait": None, "Ferme des filets": None,
    }  # fmt: skip
    found = {name: next((cards.kinds[k].network for k in cards.named(name)), None) for name in told}
    assert found == told


BORDER = """[territory]
schema = 1
id = "border"
name = "Bordure"
communes = ["38138", "69299", "74093"]
as_of = 2026-11-01

[[operators]]
id = "ft-isere"
network = "france_travail"
name = "Isère seulement"
perimeter = ["departement:38"]
  [[operators.places]]
  type = "branch"
  commune = "38053"
  phone = "3949"
"""


def test_a_desk_inside_the_zone_of_its_house_is_inside_and_a_former_code_is_found(tmp_path, capsys):
    (tmp_path / "border.toml").write_text(BORDER, encoding="utf-8")
    run(["check", str(tmp_path / "border.toml"), "--on", "2026-11-28"])
    said = "".join(capsys.readouterr())
    assert "CEP215" not in said
    assert "CEP256" in said


def test_a_service_received_elsewhere_keeps_its_place(imported, capsys):
    """The structure has its seat at Briançon; one of its services receives at Gap: whoever needs it is sent there, and it is given back so."""
    house = {
        "source": "essai", "id": "essai--1", "nom": "Mobilité pour tous", "date_maj": "2026-10-01",
        "code_insee": "05023", "code_postal": "05100", "commune": "Briançon", "adresse": "1 rue A",
    }  # fmt: skip
    offer = {
        "source": "essai", "structure_id": "essai--1", "description": "x", "date_maj": "2026-10-01", "publics": ["tous-publics"],
        "thematiques": ["mobilite--acceder-a-un-vehicule"], "zone_eligibilite": ["05"],
    }  # fmt: skip
    here = {**offer, "id": "essai--a", "nom": "Prêt sur place"}
    there = {**offer, "id": "essai--b", "nom": "Prêt à Gap", "code_insee": "05061", "code_postal": "05000", "commune": "Gap", "adresse": "2 rue B"}  # fmt: skip
    houses, _, out = imported({"s.json": [house], "v.json": [here, there]}, "--departement", "05")
    told = houses["Mobilité pour tous"]
    assert [p["commune"] for p in told["places"]] == ["05023"]
    assert [[p["commune"] for p in s.get("places", ())] for s in told["services"]] == [[], ["05061"]]
    capsys.readouterr()
    words = ["--commune", "insee:05061", "--territory", out, "--besoin", "mobilite", "--format", "json"]
    run(["route", *B19.split(), *words])
    match = json.loads(capsys.readouterr().out)["partners"][0]
    assert (match["service"], match["desk"]["commune"]) == ("Prêt à Gap", "05061")
    run(["territory", "export", out])
    rows = {r["id"]: r for r in json.loads(capsys.readouterr().out)["services"]}
    assert (rows["essai--b"]["code_insee"], rows["essai--b"]["adresse"]) == ("05061", "2 rue B")
    assert rows["essai--a"]["code_insee"] == "05023"


def test_a_day_is_read_as_people_write_it_and_makes_nothing_younger(imported):
    days = {
        "12/05/2024": "2024-05-12", "12.05.2024": "2024-05-12", "2024-05-12T10:00:00": "2024-05-12", "12 mai 2024": "2024-05-12",
        "1er février 2024": "2024-02-01", "3 avr. 2025": "2025-04-03", "05/2024": "2024-05-01", "mai 2024": "2024-05-01", "2015": "2015-01-01",
        "12/05/2034": None, "31/02/2026": None, "12/05/24": None, "hier": None,
    }  # fmt: skip
    rows = "".join(f"Maison {i};ccas;05061;{i} rue A;{told}\n" for i, told in enumerate(days))
    houses, books, _ = imported(
        {"d.csv": "nom;type;code insee;adresse;mise à jour\n" + rows}, "--departement", "05"
    )
    found = {told: houses[f"Maison {i}"].get("source_date") for i, told in enumerate(days)}
    assert {told: day and day.isoformat() for told, day in found.items()} == days
    assert books["values_lost"]["date"] == {"invalid": 3, "to_come": 1}


def test_columns_in_each_others_place_and_towns_of_elsewhere(imported):
    rows = (
        "nom;type;code postal;ville\nUn;ccas;Gap;05000\nDeux;ccas;F-05000;Gap\nTrois;ccas;05061;Gap\nQuatre;ccas;;Lyon\nCinq;ccas;;Nulle-Part-sur-Rien\n"
        "Six;ccas;5000;GAP CEDEX\n"
    )
    houses, books, _ = imported({"p.csv": rows}, "--departement", "05")
    assert {n: h["places"][0]["commune"] for n, h in houses.items()} == dict.fromkeys(("Un", "Deux", "Trois", "Six"), "05061")  # fmt: skip
    assert {k: v["rows"] for k, v in books["files"]["p.csv"]["dropped"].items()} == {
        "elsewhere": 1,
        "no_place": 1,
    }


def test_titles_and_cells_as_public_lists_write_them(imported):
    rows = (
        "Tél. accueil;Nom de l'établissement;Libellé de la commune;Code officiel commune;N° et voie;Adresse2;Catégorie;geo_point_2d;Mis à jour le;Public;Horaires d'accueil\n"
        "02.99.00.00.01 (standard);Espace A;Rennes;35238;3 rue B, 35000 Rennes, 35000 Rennes;Bât. C;Point information jeunesse;48.1, -1.68;12/03/2026;tous publics;7j/7 24h/24\n"
        "02 99 00 00 02;Espace D;Rennes;35238;ZA E\u00a0;;Mission locale de Rennes;;;;\n"
    )
    houses, books, _ = imported({"t.csv": rows}, "--departement", "35")
    first, second = houses["Espace A"], houses["Espace D"]
    place = first["places"][0]
    assert (place["commune"], place["address"]) == ("35238", "3 rue B, Bât. C, 35000 Rennes")
    assert (place["phone"], place["hours"]) == ("+33299000001", "24/7")
    assert (place["latitude"], place["longitude"]) == (48.1, -1.68)
    assert (first["network"], first["publics"]) == ("reseau-information-jeunesse", ["tous-publics"])
    assert first["source_date"].isoformat() == "2026-03-12"
    assert (second["network"], second["places"][0]["address"]) == ("mission_locale", "ZA E, Rennes")
    assert books["values_lost"] == {}
    assert books["files"]["t.csv"]["ignored_columns"] == []


def test_two_things_that_one_house_does_are_never_mixed(imported):
    rows = (
        "nom;adresse;cp;ville;thématiques;publics;zone\n"
        "Mob;73000 Chambéry;73000;Chambéry;mobilité;jeunes;\nMob;73000 Chambéry;73000;Chambéry;logement;femmes;73\n"
        "Mob;1 rue A;73000;Chambéry;mobilité;jeunes;\n"
    )
    _, books, out = imported({"m.csv": rows}, "--departement", "73")
    made = tomli.loads(Path(out).read_text(encoding="utf-8"))["partners"]
    assert sorted((p["needs"], p["publics"], p.get("perimeter")) for p in made) == [
        (["logement-hebergement"], ["femmes"], ["departement:73"]),
        (["mobilite"], ["jeunes"], None),
    ]
    assert {p["places"][0]["address"] for p in made} == {"73000 Chambéry"}
    assert books["files"]["m.csv"]["joined"] == {"double": 1}


def test_a_postcode_of_another_departement_is_said(imported):
    rows = "nom;type;code insee;cp;ville\nUn;ccas;01053;38000;Bourg-en-Bresse\nDeux;ccas;01053;01012;Bourg-en-Bresse\n"
    houses, books, _ = imported({"p.csv": rows}, "--departement", "01")
    assert {h["places"][0]["commune"] for h in houses.values()} == {"01053"}
    assert books["values_lost"]["postcode"] == {"contradicts": 1}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("9h-12h et 14h-17h du lundi au vendredi", "Mo-Fr 09:00-12:00,14:00-17:00"),
        ("9h-12h lundi, 14h-17h mardi", "Mo 09:00-12:00; Tu 14:00-17:00"),
        ("9h à 12h30 le mardi et le jeudi", "Tu,Th 09:00-12:30"),
        ("du lundi au jeudi de 8h30 à 12h30 et de 13h30 à 17h00 - vendredi de 8h30 à 12h30", "Mo-Th 08:30-12:30,13:30-17:00; Fr 08:30-12:30"),
        ("le matin sauf le mercredi", None),
    ],
)  # fmt: skip
def test_hours_told_before_or_after_their_days(told, read):
    assert hours.read(told) == read
