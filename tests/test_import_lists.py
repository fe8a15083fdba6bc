"""Ten public lists as offices and départements publish them, all invented: every row is accounted for, and none stands in the wrong place.

Columns in any order, any encoding, doubled addresses, columns that contradict each other, former codes, identifiers that hold a place,
services with conditions, two phones in a cell, hours and publics in everyday words.
"""

import csv
import io
import json
from dataclasses import dataclass, field

import pytest
import tomli

from cep_route.__main__ import run


@dataclass(frozen=True)
class Listed:
    """A list: its text, how it is written, the département asked for, and the right answer.

    `houses`: (name, commune, values that must stand there); `ends`: how the rows that are no house of their own ended; `lost`: values left.
    """

    departement: str
    text: str
    houses: list[tuple[str, str | None, dict]]
    ends: dict[str, int] = field(default_factory=dict)
    lost: dict[str, dict[str, int]] = field(default_factory=dict)
    encoding: str = "utf-8"
    words: tuple[str, ...] = ()


LISTS = {
    "the address column holds only a town": Listed(
        "05",
        "Structure;Catégorie;Adresse;Tél.\n"
        "Point d'accueil de Chorges;France services;Chorges;04 92 50 60 30\n"
        "Point d'accueil d'Embrun;France services;Embrun - 05200;04 92 43 00 01\n"
        "Point d'accueil de Gap;France services;12 rue Carnot 05000 Gap;04 92 53 00 02\n"
        "Point sans lieu;France services;Place de la Mairie;04 92 50 60 31\n"
        "Point d'Isère;France services;Grenoble;04 76 00 00 03\n",
        [
            ("Point d'accueil de Chorges", "05040", {"address": None, "phone": "+33492506030"}),
            ("Point d'accueil d'Embrun", "05046", {"address": None}),
            ("Point d'accueil de Gap", "05061", {"address": "12 rue Carnot, 05000 Gap"}),
        ],
        {"no_place": 1, "elsewhere": 1},
    ),
    "cp1252, columns turned round, towns doubled in the address": Listed(
        "05",
        "Téléphone;Ville;Adresse;CP;Réseau;Nom\r\n"
        "04 92 53 00 00;Gap;9 place aux Herbes 05000 GAP, 05000 Gap;5000;Mission locale;Mission locale du Sud « les Écrins »\r\n"
        "04 92 21 00 00;BRIANÇON CEDEX;3 avenue du Château, Briançon;05105;CIO;CIO de Briançon\r\n"
        "04 92 43 00 00;Embrun;Embrun;05200;CIO;CIO d’Embrun – annexe\r\n",
        [
            ("Mission locale du Sud « les Écrins »", "05061", {"address": "9 place aux Herbes, 05000 Gap"}),
            ("CIO de Briançon", "05023", {"address": "3 avenue du Château, 05105 Briançon"}),
            ("CIO d’Embrun – annexe", "05046", {"address": None}),
        ],
        encoding="cp1252",
    ),
    "utf-16 with tabs, hours in everyday words": Listed(
        "05",
        "nom\ttype\tcode insee\tjours et horaires\n"
        "Relais un\tccas\t05061\tL-V 9h-12h\n"
        "Relais deux\tccas\t05061\tdu lun. au ven. 9h-12h et 14h-17h\n"
        "Relais trois\tccas\t05061\ttous les jours 9h-18h sauf le dimanche\n"
        "Relais quatre\tccas\t05061\tLu-Ve 8h30-12h, sauf jours fériés\n"
        "Relais cinq\tccas\t05061\tM 9h-12h\n"
        "Relais six\tccas\t05061\tSur RDV\n",
        [
            ("Relais un", "05061", {"hours": "Mo-Fr 09:00-12:00"}),
            ("Relais deux", "05061", {"hours": "Mo-Fr 09:00-12:00,14:00-17:00"}),
            ("Relais trois", "05061", {"hours": "Mo-Sa 09:00-18:00"}),
            ("Relais quatre", "05061", {"hours": "Mo-Fr 08:30-12:00; PH off"}),
            ("Relais cinq", "05061", {"hours": None}),
            ("Relais six", "05061", {"hours": None, "by_appointment": True}),
        ],
        lost={"hours": {"unreadable": 1}},
        encoding="utf-16",
    ),
    "columns that contradict each other": Listed(
        "05",
        "nom;type;dept;code insee;cp;commune\n"
        "Maison A;ccas;05;05061;05000;Gap\n"
        "Maison B;ccas;38;05061;05000;Gap\n"
        "Maison C;ccas;05;05061;05100;Briançon\n"
        "Maison D;ccas;05;05000;;Gap\n"
        "Maison E;ccas;05;05061;;Embrun\n"
        "Maison F;ccas;Hautes-Alpes;;05200;Embrun\n"
        "Maison G;ccas;05;;38000;Grenoble\n",
        [("Maison A", "05061", {}), ("Maison C", "05023", {}), ("Maison D", "05061", {}), ("Maison F", "05046", {})],
        {"elsewhere": 2, "contradiction": 1},
        {"commune": {"contradicts": 1, "code_is_postcode": 1}},
    ),
    "codes of communes that were": Listed(
        "74",
        "libellé;type;insee;ville\n"
        "Espace Cran;ccas;74093;Cran-Gevrier\n"
        "Espace Annecy;ccas;74010;Annecy\n"
        "Espace Seynod;ccas;74268;\n"
        "Espace Vendée;ccas;85307;La Faute-sur-Mer\n",
        [("Espace Cran", "74010", {}), ("Espace Annecy", "74010", {}), ("Espace Seynod", "74010", {})],
        {"elsewhere": 1},
    ),
    "identifiers that hold a place": Listed(
        "05",
        "SIRET;nom;ville;cp;téléphone\n"
        "00000000000000;Association Un;Gap;05000;04 92 53 00 01\n"
        "00000000000000;Association Deux;Gap;05000;04 92 53 00 02\n"
        "99999999999999;Association Trois;Embrun;05200;04 92 43 00 03\n"
        "12345678901234;Association Quatre;Embrun;05200;04 92 43 00 04\n"
        "73282932000074;Association Cinq;Gap;05000;04 92 53 00 05\n"
        "732 829 320 00074;Association cinq (accueil);Gap;05000;\n",
        [
            ("Association Un", "05061", {"siret": None}), ("Association Deux", "05061", {"siret": None}),
            ("Association Trois", "05046", {"siret": None}), ("Association Quatre", "05046", {"siret": None}),
            ("Association Cinq", "05061", {"siret": "73282932000074"}),
        ],
        {"double": 1},
        {"siret": {"placeholder": 3, "invalid": 1}, "network": {"not_told": 6}},
    ),
    "services with their public and their conditions": Listed(
        "05",
        "structure;adresse;cp;ville;thématiques;public visé;conditions d'accès;tarif\n"
        "Roulez;1 rue A;05000;Gap;mobilité;demandeurs d'emploi;Permis B;Payant (5 €)\n"
        "Roulez;1 rue A;05000;Gap;logement;Femmes victimes de violences;;gratuit\n"
        "Toit;2 rue B;05000;Gap;logement;Jeunes 16-25 ans, bénéficiaires du RSA;sur orientation;\n"
        "Aide;3 rue C;05000;Gap;mobilité / logement;tout public;;\n",
        [
            ("Roulez", "05061", {"needs": ["mobilite"], "publics": ["demandeurs-emploi"], "conditions": "Permis B", "fees": "payant"}),
            ("Roulez", "05061", {"needs": ["logement-hebergement"], "publics": None, "conditions": "Public : Femmes victimes de violences", "fees": "gratuit"}),
            ("Toit", "05061", {"publics": ["jeunes", "beneficiaires-des-minimas-sociaux"], "conditions": "sur orientation"}),
            ("Aide", "05061", {"needs": ["mobilite", "logement-hebergement"], "publics": ["tous-publics"]}),
        ],
        lost={"publics": {"unknown_code": 1}, "network": {"not_told": 4}},
    ),
    "two phones in a cell, mails of persons": Listed(
        "974",
        "nom;type;commune;tél;mél\n"
        "ML Nord;mission locale;Saint-Denis;02 62 20 00 01 / 06 92 00 00 01;accueil@ml-nord.fr\n"
        "ML Sud;mission locale;Saint-Pierre;0262 25 00 02 (accueil) ou 0692 00 00 02;jean.dupont@ml-sud.fr\n"
        "ML Est;mission locale;Saint-Benoît;Tél : 02.62.50.00.03;mission.locale@est.re\n"
        "ML Ouest;mission locale;Saint-Paul;12 34;\n",
        [
            ("ML Nord", "97411", {"phone": "+262262200001", "email": "accueil@ml-nord.fr"}),
            ("ML Sud", "97416", {"phone": "+262262250002", "email": None}),
            ("ML Est", "97410", {"phone": "+262262500003", "email": "mission.locale@est.re"}),
            ("ML Ouest", "97415", {"phone": None}),
        ],
        lost={"email": {"personal": 1}, "phone": {"invalid": 1}},
    ),
    "homonyms, places written in one column, towns in capitals": Listed(
        "59",
        "dénomination;nature;cp ville\n"
        "Accueil du Quesnoy;ccas;59530 LE QUESNOY\n"
        "Accueil de Lille;ccas;59000 Lille Cedex\n"
        "Accueil de Saint-André;ccas;97440 SAINT ANDRE\n"
        "Accueil de Fontaine;ccas;38600 Fontaine\n"
        "Accueil de nulle part;ccas;59999 Nulle-Part\n",
        [("Accueil du Quesnoy", "59481", {}), ("Accueil de Lille", "59350", {})],
        {"elsewhere": 2, "no_place": 1},
    ),
    "a list of one network, dates of each row, a row too many": Listed(
        "05",
        "nom usuel;commune;cp;mise à jour;site\n"
        "Jeunes Gap;Gap;05000;12/03/2026;www.jeunes-gap.fr\n"
        "Jeunes Embrun;Embrun;05200;mars 2019;\n"
        "Jeunes Briançon;Briançon;05100;31/02/2026;pas un site\n"
        "Total;3;;;\n"
        "Jeunes Gap;Gap;05000;12/03/2026;www.jeunes-gap.fr\n",
        [
            ("Jeunes Gap", "05061", {"network": "mission_locale", "source_date": "2026-03-12", "website": "http://www.jeunes-gap.fr"}),
            ("Jeunes Embrun", "05046", {"network": "mission_locale", "source_date": "2019-03-01"}),
            ("Jeunes Briançon", "05023", {"network": "mission_locale", "source_date": None, "website": None}),
        ],
        {"unreadable_row": 1, "double": 1},
        {"date": {"invalid": 1}, "website": {"invalid": 1}},
        words=("--network", "mission_locale"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_nobody_showed_us(kind, tmp_path, capsys):
    told = LISTS[kind]
    path, out, books = (str(tmp_path / name) for name in ("liste.csv", "out.toml", "books.json"))
    (tmp_path / "liste.csv").write_bytes(told.text.encode(told.encoding))
    words = ["--departement", told.departement, "-o", out, "--report", books, *told.words]
    assert run(["territory", "import", path, *words]) == 0, capsys.readouterr().err
    made = tomli.loads((tmp_path / "out.toml").read_text(encoding="utf-8"))
    houses = sorted(
        (*made.get("operators", ()), *made.get("partners", ())),
        key=lambda h: (h["name"], str(h.get("needs"))),
    )
    right = sorted(told.houses, key=lambda h: (h[0], str(h[2].get("needs"))))
    assert [(h["name"], h["places"][0].get("commune")) for h in houses] == [h[:2] for h in right]
    for house, (name, _, values) in zip(houses, right, strict=True):
        found = {**house["places"][0], **house.get("contacts", [{}])[0], **house}
        shown = {key: found.get(key) for key in values}
        assert {k: str(v) if k == "source_date" and v else v for k, v in shown.items()} == values, name
    report = json.loads((tmp_path / "books.json").read_text(encoding="utf-8"))
    (book,) = report["files"].values()
    assert book["rows"] == len(list(csv.reader(io.StringIO(told.text)))) - 1
    assert book["joined"] | {why: d["rows"] for why, d in book["dropped"].items()} == told.ends
    assert book["rows"] == book["kept"] + sum(told.ends.values())
    assert report["values_lost"] == told.lost


def test_a_list_says_the_same_in_a_workbook_and_in_parquet(tmp_path):
    written = pytest.importorskip("xlsxwriter")
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    text = LISTS["columns that contradict each other"].text
    titles, *rows = csv.reader(io.StringIO(text), delimiter=";")
    (tmp_path / "l.csv").write_text(text, encoding="utf-8")
    parquet.write_table(
        arrow.table({t: [row[at] for row in rows] for at, t in enumerate(titles)}), tmp_path / "l.parquet"
    )
    with written.Workbook(tmp_path / "l.xlsx") as book:
        for at, row in enumerate((["Liste du réseau"], [], titles, *rows)):
            book.sheetnames.get("Feuille") or book.add_worksheet("Feuille")
            book.get_worksheet_by_name("Feuille").write_row(at, 0, row)
    found = []
    for kind in ("csv", "parquet", "xlsx"):
        out, books = tmp_path / f"{kind}.toml", tmp_path / f"{kind}.json"
        words = ["--departement", "05", "--source", "l", "-o", str(out), "--report", str(books)]
        assert run(["territory", "import", str(tmp_path / f"l.{kind}"), *words]) == 0
        (book,) = json.loads(books.read_text(encoding="utf-8"))["files"].values()
        numbers = {why: told.pop("first") for why, told in book["dropped"].items()}
        found.append(
            (tomli.loads(out.read_text(encoding="utf-8"))["partners"], book, numbers["contradiction"])
        )
    assert found[0][:2] == found[1][:2] == found[2][:2]
    assert [numbers for *_, numbers in found] == [
        [6],
        [5],
        [8],
    ]  # the line of the file, the row of the table, the row of the sheet


def test_the_workbook_of_data_inclusion_is_read_with_its_sheets(tmp_path):
    written = pytest.importorskip("xlsxwriter")
    sheets = {
        "Structures": [
            ["__ignore__", "id", "2026-02-23", "nom", "commune", "code_postal", "adresse", "telephone"],
            ["oui", "Un identifiant", "", "Une chaîne de caractères", "", "", "", ""],
            ["", "s1", "2026-03-01", "Garage solidaire", "Rethel", "08300", "1 rue A", "03 24 00 00 01"],
        ],
        "Services": [
            [
                "__ignore__",
                "structure_id",
                "id",
                "2026-02-23",
                "nom",
                "thematiques",
                "publics",
                "zone_eligibilite",
            ],
            [
                "",
                "s1",
                "v1",
                "2026-04-01",
                "Prêt",
                "mobilite--acceder-a-un-vehicule, mobilite--preparer-un-permis",
                "jeunes, femmes",
                "08",
            ],
            ["x", "s1", "v2", "2026-04-01", "Exemple", "mobilite--acceder-a-un-vehicule", "", "08"],
        ],
        "Services - Thématiques": [
            ["__ignore__", "service_id", "thématique"],
            ["", "v1", "numerique--acceder-a-des-services-en-ligne"],
        ],
    }
    with written.Workbook(tmp_path / "l.xlsx") as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    out, books = tmp_path / "o.toml", tmp_path / "b.json"
    words = ["--departement", "08", "-o", str(out), "--report", str(books)]
    assert run(["territory", "import", str(tmp_path / "l.xlsx"), *words]) == 0
    (house,) = tomli.loads(out.read_text(encoding="utf-8"))["partners"]
    (service,) = house["services"]
    assert (house["name"], str(house["source_date"])) == ("Garage solidaire", "2026-04-01")
    assert (service["publics"], service["perimeter"]) == (["jeunes", "femmes"], ["departement:08"])
    assert service["needs"] == [
        "mobilite--acceder-a-un-vehicule",
        "mobilite--preparer-un-permis",
        "numerique--acceder-a-des-services-en-ligne",
    ]
    files = json.loads(books.read_text(encoding="utf-8"))["files"]
    assert {name: told["dropped"] for name, told in files.items()} == {
        "l.xlsx [structures]": {"ignored": {"rows": 1, "first": [2]}}, "l.xlsx [services]": {"ignored": {"rows": 1, "first": [3]}},
    }  # fmt: skip
