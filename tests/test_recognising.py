"""What French intake files say: titles, values, dates, ages, homes, saved mappings; and what must never be taken in silence."""

from __future__ import annotations

import csv
import io
import re
import shutil
import string
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from cep_route.files import load_law, load_spellings
from cep_route.files.spellings import compile_spellings
from cep_route.intake import source as intake_source
from cep_route.intake.cells import NOTHING, reader
from cep_route.intake.columns import UNREAD, UNRECOGNISED, map_columns, puzzles, settled
from cep_route.intake.reader import Row
from cep_route.intake.saved_map import read_map, write_map
from cep_route.messages import codes as all_codes
from cep_route.messages import said
from cep_route.model.law import RuleCard
from cep_route.model.written import ColumnsFile, FactsFile, NeedsFile
from cep_route.spelling import Spellings, known_headers, near, near_value, read_value
from cep_route.text import normalise

RULES = Path(__file__).parents[1] / "rules"
ON = "2026-11-22"


def written(name, model):
    return model.model_validate(tomli.loads((RULES / name).read_text(encoding="utf-8")))


FACTS = written("facts.toml", FactsFile).facts
COLUMNS = written("columns.toml", ColumnsFile)
NEEDS = written("needs.toml", NeedsFile).needs
SPELLINGS = compile_spellings(FACTS, COLUMNS, NEEDS)
FILES = SPELLINGS["files"]


def cell(column, text, on=ON):
    return reader(FILES["columns"][column], FILES, on, {})(text)


def told(column, text):
    reading = cell(column, text)
    return dict(reading.told) if not reading.fault else reading.fault


def mapping(text, on=ON, saved=None):
    """A mapping and its rows, from `;` separated lines."""
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    header, rows = lines[0], lines[1:]
    samples = [{r[i] for r in rows if i < len(r)} for i in range(len(header))]
    return map_columns(header, SPELLINGS, samples, on=on, saved=saved, file="liste.csv"), rows


def codes(findings):
    return [f.code for f in findings]


# -- what is written --------------------------------------------------------------------------------------------------------


def repeated(spellings):
    """The spellings that another one of another owner, or the same one written twice, says already."""
    owner, found = {}, []
    for place, spelling in spellings:
        if owner.setdefault(normalise(spelling), place) != place:
            found.append((place, spelling))
    return found


def test_each_spelling_is_written_once():
    own = {f.name: (f.name, f.flag or f.name, f.label.fr) for f in FACTS}
    ambiguous = {normalise(a.header) for a in COLUMNS.ambiguous}
    titles = [(name, title) for name, names in own.items() for title in names]
    titles += [((f.name, i), t) for f in FACTS for i, t in enumerate(f.headers)]
    titles += [((c.id, i), t) for c in COLUMNS.columns for i, t in enumerate((*c.headers, *c.proposed))]
    titles += [((f.column, i), t) for i, f in enumerate(COLUMNS.flags) for t in f.headers]
    assert repeated((at, t) for at, t in titles if normalise(t) not in ambiguous) == []
    needs = [(n.code, s) for n in NEEDS for s in (n.code, n.fr, n.en, *n.spellings)]
    assert repeated(needs) == []
    facts = {f.name: [(v.code, s) for v in f.values for s in (v.code, v.fr, v.en)] for f in FACTS}
    facts = {
        f.name: facts[f.name]
        + [((f.name, v.code, i), s) for v in f.values for i, s in enumerate(v.spellings)]
        for f in FACTS
    }
    for c in COLUMNS.columns:
        own = [
            ((c.id, i, j), s)
            for i, v in enumerate(c.values)
            for j, s in enumerate((*v.spellings, *v.proposed))
        ]
        assert repeated([*facts.get(c.id, ()), *own]) == []
    assert [repeated(facts[f.name]) for f in FACTS] == [[] for _ in FACTS]
    assert repeated([("a", "Au Foyer"), ("b", "au-foyer")]) == [("b", "au-foyer")]


def test_what_columns_name_must_be_there(tmp_path):
    """Unknown facts, values, columns and needs are findings, and no file is read by such rules."""
    folder = shutil.copytree(RULES, tmp_path / "rules")
    with (folder / "columns.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[columns]]\nid = "x"\nheaders = ["Zz"]\nreads = ["nulle"]\n')
        file.write(
            'values = [{ spellings = ["zz"], sets = { statut = "x", cadre = "peut-être" }, needs = ["rien"] }]\n'
        )
    law, findings = load_law(str(folder))
    assert sorted(f.code for f in findings if f.severity == "error") == [
        "CEP101",
        "CEP102",
        "CEP485",
        "CEP487",
    ]
    assert law is None
    assert not load_spellings(str(folder))


def test_the_tables_come_back_whole_from_the_cache():
    assert json.decode(json.encode(SPELLINGS), type=Spellings) == SPELLINGS


def test_every_code_of_the_room_has_its_sentence_and_every_sentence_its_code():
    room = Path(__file__).parents[1] / "cep_route" / "intake"
    modules = ("cells", "columns", "saved_map")
    source = "".join((room / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    used = set(re.findall(r"CEP4[5-9]\d", source)) | UNRECOGNISED
    assert used == {code for code in all_codes() if "CEP450" <= code < "CEP500"}


# -- one form for texts ------------------------------------------------------------------------------------------------------

NORMALISED = {
    "Date de\nNaissance": "date de naissance",
    "Date\u00a0de\u202fnaissance *": "date de naissance",
    "Date de naissance :": "date de naissance",
    "\ufeffRQTH": "rqth",
    "Non-cadre": "non cadre",
    "NON_CADRE": "non cadre",
    "Né(e) le": "ne e le",
    "N° CAF": "no caf",
    "Demandeur d’emploi": "demandeur d emploi",
    "bac+2": "bac+2",
    "-1": "-1",
    "Jeune (-26 ans)": "jeune -26 ans",
    "18-24 ans": "18 24 ans",
    "oui ?": "oui ?",
    "cœur": "coeur",
    "-": "",
    " \t": "",
}


@pytest.mark.parametrize(("text", "expected"), NORMALISED.items())
def test_normalise(text, expected):
    assert normalise(text) == expected
    assert normalise(expected) == expected


def test_flags_take_french_and_english_words_whole():
    assert read_value(SPELLINGS, "status", "demandeur-emploi") == "jobseeker"
    assert read_value(SPELLINGS, "status", "Demandeuse d'emploi") == "jobseeker"
    assert read_value(SPELLINGS, "employed", "oui") == "yes"
    assert read_value(SPELLINGS, "disability", "none") == "none"
    assert read_value(SPELLINGS, "category", "A+") == "a_plus"
    assert read_value(SPELLINGS, "cadre", "pas cadre") is None
    assert read_value(SPELLINGS, "age", " 24 ") == 24
    assert [read_value(SPELLINGS, "age", t) for t in ("121", "-1", "２４", "1_0", "24 ans", "")] == [None] * 6
    assert near_value(SPELLINGS, "status", "demandeur d'emplois") == "jobseeker"
    assert near_value(SPELLINGS, "status", "professeur") == "public_agent"
    assert near_value(SPELLINGS, "cadre", "pas cadre") is None


# -- spellings ---------------------------------------------------------------------------------------------------------------


def test_spellings_not_seen_in_real_files_that_mean_other_things_too_are_only_proposed():
    for column, card in FILES["columns"].items():
        for words in card["proposed"]:
            assert words not in card["values"], (column, words)


# -- traps ------------------------------------------------------------------------------------------------------------------

RQTH = {
    "none": (
        "Non concerné",
        "Non reconnu",
        "Pas de RQTH",
        "NON RQTH",
        "Aucun handicap",
        "non",
        "N",
        "0",
        "FAUX",
        "0.0",
    ),
    "pending": ("En cours", "Demande en cours", "RQTH en cours", "rqth (en cours)", "RQTH EN\u00a0COURS"),
    "recognised": (
        "RQTH",
        "RQTH 2024",
        "Travailleur handicapé",
        "Reconnu",
        "RQTH en cours de validité",
        "AAH",
        "Oui",
        "x",
        "VRAI",
        "1.0",
    ),
}


@pytest.mark.parametrize(("value", "text"), [(v, t) for v, texts in RQTH.items() for t in texts])
def test_rqth_twins(value, text):
    assert told("disability", text) == {"disability": value}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NULL",
        "null",
        "nc",
        "N.C.",
        "-",
        "--",
        "?",
        "n/a",
        "#N/A",
        "None",
        "nan",
        "Inconnu",
        "Non renseigné",
        ".",
    ],
)
@pytest.mark.parametrize(
    "column",
    [
        "disability",
        "employed",
        "cadre",
        "status",
        "rsa",
        "needs",
        "age",
        "birth_date",
        "postcode",
        "need_health",
    ],
)
def test_nothing_is_unknown_and_never_no(column, text):
    assert cell(column, text) is NOTHING


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("disability", "oui ?"), ("disability", "RQTH ?"), ("disability", "RQTH refusée"), ("disability", "plus de RQTH"),
        ("disability", "peut-être"), ("disability", "-1"), ("cadre", "pas cadre"), ("cadre", "cadre ou non cadre"),
        ("cadre", "futur cadre"), ("employed", "2"), ("employed", "−1"), ("status", "ex-salarié"), ("status", "fils de fonctionnaire"),
        ("status", "Demandeur d'emplois"), ("registration", "9"), ("household_role", "enfant"), ("status", "x" * 5000),
        ("disability", "\u043e"),  # a Cyrillic o
    ],
)  # fmt: skip
def test_what_is_only_near_is_not_taken(column, text):
    assert cell(column, text).fault == "CEP460"


def test_one_cell_may_set_another_fact_and_leave_the_situation_unknown():
    assert told("status", "Bénéficiaire du RSA") == {"rsa": "yes"}
    assert told("status", "RQTH") == {"disability": "recognised"}
    assert told("status", "En situation de handicap") == {}
    assert told("status", "Congé parental") == {}
    assert cell("status", "En projet entrepreneurial").needs == ("creer-une-entreprise",)


def test_a_contract_that_may_be_public_leaves_the_status_unknown():
    assert told("status", "CDI temps partiel") == {"employed": "yes", "contract": "cdi"}
    assert told("status", "apprenti") == {"status": "employee", "contract": "apprenticeship"}
    assert told("contract", "CDI") == {"contract": "cdi"}


def test_registration_categories():
    registered = {"registered": "yes"}
    assert told("registration", "Catégorie 1") == {"status": "jobseeker", "employed": "no"} | registered
    assert told("registration", "4") == {"status": "jobseeker"} | registered
    assert told("registration", "b") == {"status": "jobseeker", "employed": "yes"} | registered
    assert told("registration", "5") == told("registration", "E")
    assert told("registration", "E") == {"employed": "yes"} | registered  # the search is waived, not denied
    assert told("registration", "F") == registered


def test_degree_scales_run_in_opposite_directions():
    assert told("degree", "NV5") == told("degree", "Niveau V") == {"degree": "below_bac"}
    assert told("degree", "NV1") == {"degree": "bac5"}
    assert cell("degree", "Niveau II").among == (("degree", ("bac3", "bac4")),)
    # an Arabic figure does not say its scale, alone not even that it is a level
    assert [cell("degree", t).among for t in ("niveau 5", "NIVEAU 3")] == [
        (("degree", ("below_bac", "bac2")),)
    ] * 2
    assert [told("degree", t) for t in ("5", "3")] == ["CEP460"] * 2


# -- titles -----------------------------------------------------------------------------------------------------------------


def columns_of(text, **more):
    found, _ = mapping(text, **more)
    return {c.header: c.becomes for c in found.columns}


def test_titles_about_someone_or_somewhere_else_are_set_aside_and_not_proposed():
    titles = (
        "code_lieu_naissance;Code postal du CFA;Code postal employeur;RQTH conjoint;Commune de naissance;"
        "Situation du père;Date de naissance du conjoint;Statut du tuteur;code_postal_de_naissance_apprenant;Ville de l'entreprise"
    )
    found, _ = mapping(titles + ";RQTH\n" + "1;" * 10 + "oui\n")
    assert [c.becomes for c in found.columns if c.is_read] == ["disability"]
    assert [c.header for c in found.columns if c.proposal] == []


@pytest.mark.parametrize(
    ("title", "target"),
    [
        ("Date de naisance", "birth_date"),
        ("Situaton", "status"),
        ("Code postale", "postcode"),
    ],
)
def test_a_title_near_a_known_one_is_proposed_and_not_read(title, target):
    found, rows = mapping(f"{title};Cadre\noui;non\n")
    assert (found.columns[0].becomes, found.columns[0].proposal) == ("", target)
    assert codes(found.findings) == ["CEP450"]
    assert found.read(rows[0]).facts == {"cadre": "no"}


TITLES = {
    "status": ("Statut à l’entrée en accompagnement", "Situation au démarrage", "DELD (O/N)", "* Situation (à choisir dans la liste)"),
    "birth_date": ("Date de naissance (JJ/MM/AAAA)", "* Date de naissance (format: JJ/MM/AAAA)", "Date de naissance du bénéficiaire", "Né(e) le SVP"),
    "disability": ("RQTH (oui/non)", "RQTH : oui / non", "RQTH ?", "Travailleur handicapé (RQTH)"),
    "age": ("Âge (en années)", "Âge à l’entrée", "Âge du jeune"),
    "postcode": ("Code postal (5 chiffres)", "C.P."),
    "commune": ("Commune d’habitation", "Nom de la commune"),
    "insee": ("Insee", "Code INSEE *"),
    "in_school": ("Scolarisé ? (O/N)", "Scolarisé(e)", "Étudiant"),
    "rsa": ("Bénéficiaire du RSA (O/N)", "Statut RSA"),
    "needs": ("Freins identifiés", "Besoins identifiés"),
    "registration": ("Catégorie FT", "Catégorie DE"),
    "": ("Date de naissance du conjoint", "Âge du dernier enfant", "Statut matrimonial", "Ville de l’agence", "Nom de naissance", "Date d’entrée"),
}  # fmt: skip


def test_titles_with_instructions_moments_and_persons_are_read():
    wrong = []
    for target, titles in TITLES.items():
        for title in titles:
            found, _ = mapping(f"{title};Cadre\n;non\n")
            becomes = found.columns[0].becomes if found.columns[0].is_read else ""
            if becomes != target:
                wrong.append((title, becomes, target))
    assert wrong == []


# what a cell says: the fact, its value (a tuple: one of these), None when it stays unknown
EVERYDAY = {
    ("status", "status"): {
        "Demandeur d'emploi - catégorie A": "jobseeker", "DE indemnisé ARE": "jobseeker", "Sans emploi inscrit à France Travail": "jobseeker",
        "Salarié en CDI": "employee", "Demandeur d'emploi + BRSA": "jobseeker", "Salarié & cadre": "employee",
        "DE depuis 03/2025": "jobseeker", "Salarié depuis 12 mois": "employee", "Demandeur d'emploi depuis son licenciement": None,
        "Salarié(e) du privé": "employee", "Demandeur d'emploi / BRSA": "jobseeker",
        "En recherche d'emploi non inscrit": "jobseeker", "Demandeur d’emploi longue durée (+ de 12 mois)": "jobseeker",
        "Agent contractuel de la FPT": "public_agent", "FPT": "public_agent", "FPE": "public_agent", "Micro-entrepreneuse": "self_employed",
        "Inscrit FT": "jobseeker", "demandeur(se) d'emploi": "jobseeker", "Intérimaire": "employee", "DE": "jobseeker", "TNS": "self_employed",
        "NEET": ("jobseeker", "inactive"), "Congé maternité": None, "Arrêt maladie": None, "Sans activité": None, "Décrocheur scolaire": None,
        "Cherche du boulot": "jobseeker", "Entre deux contrats": "jobseeker", "Fin de CDD": ("jobseeker", "inactive"), "ATSEM": "public_agent",
        "Soldat": "military", "En terminale": "pupil", "En fac": "student", "À mon compte": "self_employed", "Professeur": None, "Ouvrier": None,
        "Demandeur d'emploi - catégorie E": "jobseeker", "Salarié, ancien demandeur d'emploi": None, "Étudiant salarié": None, "Contrat aidé (PEC)": "employee", "CDDI": "employee", "Mère au foyer": "inactive", "D.E.": "jobseeker", "Arrêt de travail": None,
        "Salarié du secteur public": "public_agent", "Gérant de SARL": "self_employed", "Salariée en arrêt maladie": "employee", "Préavis": None, "Fin de CDI": None, "Demandeur d'emploi, recherche CDI": None,
    },
    ("status", "employed"): {"CDI temps plein": "yes", "En cours de licenciement": "yes", "Étudiante salariée": "yes", "En emploi (CDD)": "yes", "Demandeur d'emploi - catégorie B": "yes"},
    ("disability", "disability"): {
        "Oui - jusqu'au 31/12/2099": "recognised", "31/12/2099": "recognised", "31/12/2020": None, "À vie": "recognised", "☑": "recognised",
        "Bénéficiaire de la RQTH": "recognised", "Invalidité cat. 2": "recognised", "RQTH non": "none", "En situation de handicap": None,
        "Attente de notification": "pending", "RQTH en cours de demande": "pending", "Démarche en cours": None, "MDPH": None,
        "✓": "recognised", "Oui, AAH": "recognised", "Obtenue": "recognised", "en attente MDPH": "pending", "Demande en cours": "pending",
        "Dossier MDPH déposé": "pending", "Pension d'invalidité": "recognised", "Refusée": "none", "Oui (expirée)": None, "RQTH expirée": None, "En cours de renouvellement": None, "2": None, "Non renseigné": None,
    },
    ("degree", "degree"): {
        "Niveau 6": ("none", "below_bac", "bac3", "bac4"), "Terminale": ("none", "below_bac", "bac"), "Bac+3/4": ("bac3", "bac4"), "Niv. 7": "bac5",
        "Niveau 4 (Bac)": "bac", "Niveau 3 (CAP/BEP)": "below_bac", "IV": "bac", "V": "below_bac", "bac + 2": "bac2", "Niveau 7": "bac5",
        "V bis": ("none", "below_bac"), "infra bac": ("none", "below_bac"), "Niveau 5": ("below_bac", "bac2"),
        "Titre pro niveau 5": ("below_bac", "bac2"), "Niveau bac": ("none", "below_bac", "bac"), "3ème": ("none", "below_bac"), "M2": "bac5",
    },
}  # fmt: skip


EVERYDAY["status", "status"] |= {
    "Bénéficiaire de l'ARE": "jobseeker", "Licencié pour inaptitude": ("jobseeker", "inactive"), "Rupture conventionnelle": None,
    "CDI intérimaire": "employee", "Salarié en arrêt": "employee", "DE 6 mois": "jobseeker",
    "Fonctionnaire catégorie B": "public_agent", "Travaille": None, "Free-lance": "self_employed", "Créateur d'entreprise": None, "Employé": None,
}  # fmt: skip


def test_everyday_values():
    wrong = []
    for (column, fact), cells in EVERYDAY.items():
        for text, wanted in cells.items():
            reading = cell(column, text)
            got = dict(reading.told).get(fact) or dict(reading.among).get(fact)
            if got != wanted:
                wrong.append((column, text, got, reading.fault))
    assert wrong == []


def test_statut_of_a_file_is_not_the_persons():
    assert (
        columns_of("Nom;Statut;Cadre\nA;Actif;non\nB;Inactif;non\nC;Archivé;oui\n")["Statut"] == "file_state"
    )
    assert columns_of("Nom;Statut;Cadre\nA;Salarié;non\nB;Inactif;non\n")["Statut"] == "status"


def test_flags_of_yes_and_no_carry_a_status():
    found, rows = mapping(
        "Demandeur d'emploi (O/N);Salarié;Étudiant;Retraité\nO;N;N;N\nN;O;N;N\nN;N;O;N\nN;N;N;O\nO;O;N;N\n"
    )
    assert [found.read(row).facts.get("status") for row in rows] == [
        "jobseeker",
        "employee",
        "student",
        "retired",
        None,
    ]


def test_a_proposal_never_changes_the_sense():
    known = ("ft", "en emploi", "salarie", "demandeur d emploi", "niveau v")
    assert [near(known, w) for w in ("fpt", "pole emploi", "niveau 7", "non salarie")] == [None] * 4
    assert [near(known, w) for w in ("sallarie", "demandeur emploi", "demandeur d emplois")] == [
        "salarie",
        *["demandeur d emploi"] * 2,
    ]


def test_messages_are_whole():
    found, _ = mapping("Date de naisance;Cadre\n01/02/1990;non\n")
    message, hint = said(found.findings[0].code, found.findings[0].values, "fr")
    assert (
        message
        == "la colonne « Date de naisance » n'est pas lue : son titre fait penser à « Date de naissance » (birth_date), sans certitude"
    )
    assert hint == "vouliez-vous dire « Date de naissance » ?"


def test_unknown_titles_pass_through_in_silence():
    found, rows = mapping("Couleur préférée;Situation familiale;Cadre\nbleu;veuve;non\n")
    assert [c.how for c in found.columns] == ["none", "none", "known"]
    assert found.findings == ()
    assert found.read(rows[0]).facts == {"cadre": "no"}


CATEGORIES = {
    "Cadre;Non cadre;Agent de maîtrise": ("occupation", "CEP452"),
    "1;2;5;4": ("registration", "CEP452"),
    "Demandeur d'emploi;Emploi;Scolarité": ("status", "CEP452"),
    "A;B;C": ("", "CEP451"),  # registration, or the public service: ask
    "A+;A;B;C": ("category", "CEP452"),  # one of them is of the public service alone
    "A;B;E": ("registration", "CEP452"),
    "rouge;vert": ("", "CEP451"),
    "": ("", "CEP451"),
}


@pytest.mark.parametrize(("values", "expected"), CATEGORIES.items())
def test_the_values_decide_between_the_meanings_of_categorie(values, expected):
    rows = "\n".join(f"{v};non" for v in values.split(";"))
    found, _ = mapping(f"Catégorie;RQTH\n{rows}\n")
    assert (found.columns[0].becomes, codes(found.findings)) == (expected[0], [expected[1]])


def test_csp_and_scolarisation_are_decided_by_their_values():
    assert columns_of("CSP\nCadre\nOuvrier\n") == {"CSP": "occupation"}
    assert columns_of("csp\noui\nnon\n") == {"csp": "csp"}
    assert columns_of("Scolarisation\noui\n") == {"Scolarisation": "in_school"}
    assert columns_of("Scolarisation\nBEP\nbac pro\n") == {"Scolarisation": "degree"}


def test_a_known_title_over_unknown_values_is_said():
    found, rows = mapping("Situation;Age\nrépondeur;30\nrappeler;31\n")
    assert codes(found.findings) == ["CEP455"]
    row = found.read(rows[0])
    assert (row.facts, codes(row.warnings)) == ({"age": 30}, ["CEP460"])


def test_no_title_understood_is_an_error():
    found, _ = mapping("a;b\n1;2\n")
    assert [(f.code, f.severity) for f in found.findings] == [("CEP454", "error")]


def test_two_columns_for_one_fact_are_both_read_and_must_agree():
    found, rows = mapping("RQTH;BOETH\noui;oui\noui;non\n;oui\nnc;\n")
    assert codes(found.findings) == ["CEP453"]

    assert [found.read(r).facts for r in rows] == [
        {"disability": "recognised"},
        {},
        {"disability": "recognised"},
        {},
    ]
    (clash,) = found.read(rows[1]).warnings
    assert (clash.code, clash.values) == ("CEP469", {"columns": "RQTH / BOETH", "fact": "disability"})


def test_questions_of_yes_and_no_add_up_and_say_no_more():
    found, rows = mapping("Demandeur d'emploi (O/N);Salarié (O/N);Âge\nO;N;30\nN;O;40\nO;O;50\n")
    assert codes(found.findings) == []
    said = [found.read(row) for row in rows]
    assert [s.facts.get("status") for s in said] == ["jobseeker", "employee", None]
    assert codes(said[2].warnings) == ["CEP469"]


def test_a_column_may_hold_names_that_say_nothing():
    """The name of an employer is no fault of its row; what is known of one is read."""
    found, rows = mapping("Situation;Employeur;Dispositif\nSalarié;SARL Untel;PLIE\nSalarié;Mairie;CEJ\n")
    said = [found.read(row) for row in rows]
    assert codes((*found.findings, *said[0].warnings, *said[1].warnings)) == []
    assert [(s.facts.get("employer"), s.facts.get("cej")) for s in said] == [(None, None), ("public", "yes")]


def test_two_columns_of_different_kinds_that_clash_leave_the_fact_unknown():
    found, rows = mapping("En emploi;categorie_inscription\noui;1\n")
    assert found.read(rows[0]).facts == {"status": "jobseeker", "registered": "yes"}
    assert codes(found.read(rows[0]).warnings) == ["CEP469"]


def test_rows_that_are_short_are_read_as_far_as_they_go():
    found, _ = mapping("RQTH;Cadre\noui;non\n")
    assert found.read(["oui"]).facts == {"disability": "recognised"}


def test_the_titles_that_make_a_header():
    assert {"date de naissance", "situation", "categorie", "zip"} <= known_headers(SPELLINGS)


# -- birth dates and ages -----------------------------------------------------------------------------------------------------

DATES = {
    "1998-05-25": "1998-05-25",
    "25/05/1998": "1998-05-25",
    "22-04-1997": "1997-04-22",
    "5/4/1997": "1997-04-05",
    "25.05.1998": "1998-05-25",
    "25 05 1998": "1998-05-25",
    "1998/05/25": "1998-05-25",
    "1982-02-01 00:00:00.0": "1982-02-01",
    "1982-02-01T00:00:00": "1982-02-01",
    "1982-02-01T00:00:00.000Z": "1982-02-01",
    "01/02/1982 00:00": "1982-02-01",
    "29546": "1980-11-21",
    "29546.0": "1980-11-21",
    '="21/11/1980"': "1980-11-21",
    "\u00a021/11/1980 ": "1980-11-21",
    "'21/11/1980": "1980-11-21",
    "29/02/2000": "2000-02-29",
    ON: ON,
    "1982-01-31T23:00:00.000Z": "CEP461",  # midnight in Paris, the day before elsewhere
    "25/05/98": "CEP462",
    "98-05-25": "CEP462",
    "31/02/1990": "CEP463",
    "29/02/2001": "CEP463",
    "05/25/1998": "CEP463",
    "00/00/0000": "CEP463",
    "01/01/1899": "CEP464",
    "01/01/1900": "CEP464",  # 126 years: a filler
    "23/11/2026": "CEP464",
    "01/01/9999": "CEP464",
    "99999": "CEP464",
    "２５/05/1998": "CEP461",
    "1998": "CEP461",
    "19980525": "1998-05-25",
    "25051998": "1998-05-25",
    "20012001": "2001-01-20",  # of eight figures, the century tells where the year is
    "20010120": "2001-01-20",
    "19121912": "1912-12-19",
    "12345678": "CEP463",
    "2505998": "CEP461",
    "25 mai 1998": "1998-05-25",
    "lundi 25 mai 1998": "1998-05-25",
    "1er févr. 1998": "1998-02-01",
    "14-AOÛT-1998": "1998-08-14",
    "31 avril 1998": "CEP463",
    "25 mai 98": "CEP461",
    "25 chose 1998": "CEP461",
    "vers 1998": "CEP461",
    "25/05-1998": "CEP461",
    "1_98-05-25": "CEP461",
}


@pytest.mark.parametrize(("text", "expected"), DATES.items())
def test_birth_dates(text, expected):
    reading = cell("birth_date", text)
    assert (reading.fault or dict(reading.told)["birth_date"]) == expected


def test_american_dates_put_the_whole_column_in_doubt():
    found, _ = mapping("Date de naissance\n05/25/1998\n05/06/1998\n")
    assert codes(found.findings) == ["CEP456"]


@settings(deadline=None)
@given(st.dates(min_value=date(1907, 1, 1), max_value=date(2026, 11, 22)))
def test_every_day_is_read_in_every_form(day):
    serial = (day - date(1899, 12, 30)).days
    forms = [
        day.isoformat(),
        f"{day:%d/%m/%Y}",
        f"{day:%d-%m-%Y}",
        f"{day.isoformat()} 00:00:00.0",
        f'="{day:%d/%m/%Y}"',
    ]
    forms += [str(serial)] if serial >= 10_000 else []
    assert {told("birth_date", f)["birth_date"] for f in forms} == {day.isoformat()}
    assert cell("birth_date", f"{day:%d/%m/%y}").fault == "CEP462"


AGE_CELLS = {
    "24": 24, "0": 0, "120": 120, "24 ans": 24, "24.0": 24, "24,0": 24, "1 an": 1,
    "121": "CEP465", "999": "CEP465", "24,5": "CEP465", "２４": "CEP465", "1_0": "CEP465", "vingt": "CEP465", "1e2": "CEP465",
    "18-24 ans": (18, 24), "25-29 ans": (25, 29), "16-17": (16, 17), "De 26 à 49 ans": (26, 49), "entre 18 et 25 ans": (18, 25),
    "Moins de 26 ans": (0, 25), "- de 26 ans": (0, 25), "<26": (0, 25), "-26 ans": (0, 25), "≤ 25 ans": (0, 25), "25 ans et moins": (0, 25),
    "60 ans et +": (60, 120), "50 ans et plus": (50, 120), "+ de 50 ans": (50, 120), "+50": (50, 120), "50+": (50, 120),
    "Jeune (-26 ans)": (0, 25), "SENIOR": (50, 120),
    "[18;25[": "CEP465", "18.25": "CEP465", "30-20 ans": "CEP465", "18-130 ans": "CEP465",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), AGE_CELLS.items())
def test_ages_and_bands(text, expected):
    reading = cell("age", text)
    if isinstance(expected, tuple):
        assert reading.among == (("age", tuple(range(expected[0], expected[1] + 1))),)
    else:
        assert (reading.fault or dict(reading.told)["age"]) == expected


def test_a_year_of_birth_leaves_two_ages():
    assert cell("birth_year", "2000").among == (("age", (25, 26)),)
    assert cell("birth_year", "1899").fault == "CEP464"


def test_the_year_of_the_last_degree_says_whether_it_is_recent():
    """Under three years on the day: yes; the third calendar year before stays open when the day is not told."""
    recent = (("recent_degree", "yes"),), (("recent_degree", "no"),)
    assert cell("degree_year", "2024").told == recent[0]
    assert cell("degree_year", "2024.0").told == recent[0]
    assert cell("degree_year", "2023") == NOTHING
    assert cell("degree_year", "2022").told == recent[1]
    assert cell("degree_year", "23/11/2023").told == recent[0]
    assert cell("degree_year", "22/11/2023").told == recent[1]
    assert cell("degree_year", "2027").fault == "CEP464"
    assert cell("degree_year", "licence").fault == "CEP461"


def test_a_birth_date_wins_over_an_age_and_an_age_over_a_band():
    found, rows = mapping(
        "Date de naissance;Age;Tranche d'âge\n25/05/1998;28;25-29 ans\n;28;25-29 ans\n;;25-29 ans\n25/05/98;28;\n25/05/1998;40;\n;28;18-24 ans\n"
    )
    read = [found.read(r) for r in rows]
    assert [(r.birth_date, r.facts, r.among) for r in read[:4]] == [
        ("1998-05-25", {}, {}),
        (None, {"age": 28}, {}),
        (None, {}, {"age": (25, 26, 27, 28, 29)}),
        (None, {"age": 28}, {}),
    ]
    assert [codes(r.warnings) for r in read] == [[], [], [], ["CEP462"], ["CEP470"], []]
    assert read[4].birth_date == "1998-05-25"


class _Law:
    """Ages cut at 16, 26 and 30, as the rules cut them; a note cuts at 18."""

    rules = (
        RuleCard(
            id="note", says={}, opens=None, when={"age": ("16..17",)}, since="2020-09-01", confidence="sure"
        ),
    )

    def segment(self, _on):
        ages = {a: (a >= 16) + (a >= 26) + (a >= 30) for a in range(121)}
        classes = {"age": ages, "degree": {"none": 0, "below_bac": 0, "bac": 0, "bac3": 1, "bac4": 1}}
        return SimpleNamespace(classes=classes)


def test_a_band_decides_only_when_no_rule_cuts_it():
    law = _Law()
    assert settled({"age": tuple(range(18, 25))}, law, ON) == {"age": 24}
    assert settled({"age": tuple(range(25, 30))}, law, ON) == {}
    assert settled({"age": (17, 18)}, law, ON) == {}  # a note tells them apart
    assert settled({"age": (17, 18)}, law, "2020-01-01") == {"age": 18}
    assert settled({"degree": ("none", "below_bac")}, law, ON) == {"degree": "none"}
    assert settled({"degree": ("bac", "bac3")}, law, ON) == {}
    assert settled({"contract": ("cdi", "cdd")}, law, ON) == {"contract": "cdi"}  # no rule names it


# -- the home ---------------------------------------------------------------------------------------------------------------

HOMES = {
    ("postcode_commune", "08300 RETHEL"): {"postcode": "08300", "commune": "RETHEL"},
    ("postcode_commune", "75007 PARIS "): {"postcode": "75007", "commune": "PARIS"},
    ("postcode_commune", "1400 Bourg-en-Bresse"): {"postcode": "01400", "commune": "Bourg-en-Bresse"},
    ("postcode_commune", "75340 PARIS CEDEX 07"): {"postcode": "75340", "commune": "PARIS"},
    ("postcode_commune", "Gap"): {"commune": "Gap"},
    ("commune", "05000 Gap"): {"postcode": "05000", "commune": "Gap"},
    ("commune", "Gap (05)"): {"commune": "Gap (05)"},
    ("postcode", "1400"): {"postcode": "01400"},
    ("postcode", "1400.0"): {"postcode": "01400"},
    ("postcode", '="01400"'): {"postcode": "01400"},
    ("postcode", "05 000"): {"postcode": "05000"},
    ("postcode", "F-05000"): {"postcode": "05000"},
    ("postcode", "00000"): "CEP467",
    ("postcode", "０１４００"): "CEP467",
    ("postcode", "014000"): "CEP467",
    ("insee", "1004"): {"insee": "01004"},
    ("insee", "2a004"): {"insee": "2A004"},
    ("insee", "A2004"): "CEP468",
    ("insee", "2A04"): "CEP468",
    ("departement", "8"): {"departement": "08"},
    ("departement", "2a"): {"departement": "2A"},
}


@pytest.mark.parametrize(("given_cell", "expected"), HOMES.items())
def test_homes(given_cell, expected):
    assert told(*given_cell) == expected


# -- needs ------------------------------------------------------------------------------------------------------------------


def test_needs_are_read_whole_before_they_are_cut():
    whole = "Sans papiers d’identités, titre de séjour…"
    assert cell("needs", whole).needs == (
        "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits",
    )
    assert cell("needs", "Logement; mobilité, numerique").needs == (
        "logement-hebergement",
        "mobilite",
        "numerique",
    )
    assert cell("needs", "logement | Mobilité autonome").needs == ("logement-hebergement",)
    assert cell("needs", "logement / licorne") == ((), (), ("logement-hebergement",), "CEP471")
    assert cell("needs", "logement\r\nmobilité\n").needs == ("logement-hebergement", "mobilite")
    assert cell("needs", "Garde\nd’enfants").needs == ("famille--garde-denfants",)
    assert cell("needs", "Aucun") == NOTHING
    # an obstacle in one list, an asset in another
    assert cell("needs", "Maîtrise du français").fault == "CEP471"


def test_blocking_needs_and_one_column_per_need():
    found, rows = mapping(
        "Freins;Freins bloquants;dif_transport;dif_sante\nlogement;numerique;O;NULL\n;;POINT_FORT;BESOIN\n"
    )
    first, second = (found.read(r) for r in rows)
    assert (first.needs, first.blocking) == (
        ("numerique", "logement-hebergement", "mobilite"),
        ("numerique",),
    )
    assert second.needs == ("sante",)


def test_the_spouse_is_a_second_person():
    found, rows = mapping("MATRICULE;Rôle\nA;dem\nA;cjt\nA;CONJOINT/CONCUBIN/PACSE\n")
    assert [found.read(r).role for r in rows] == ["claimant", "spouse", "spouse"]


# -- privacy -----------------------------------------------------------------------------------------------------------------


def test_no_finding_quotes_a_cell():
    secret = "Dupont-Secret"
    text = (
        "Date de naissance;Age;RQTH;BOETH;Freins;CP;code_insee;Catégorie;Situation\n"
        + ";".join([secret] * 9)
        + "\n"
    )
    found, rows = mapping(text)
    findings = [*found.findings, *found.read(rows[0]).warnings]
    assert len(findings) > 8
    assert secret not in repr(findings)
    assert {f.code for f in found.read(rows[0]).warnings} <= UNRECOGNISED


def test_a_cell_is_shown_only_when_two_rows_hold_it_or_a_known_spelling_is_near():
    found, _ = mapping("Situation;Date de naissance\nSalarié;01/01/1990\n")
    status, birth = found.columns
    counts = Counter(
        {
            "Demandeur d'emplois": 1,
            "voir Mme Dupont": 1,
            "à rappeler": 2,
            "z" * 41: 9,
            "Salarié": 5,
            "Sans activité": 1,
            "": 4,
        }
    )
    assert tuple(p[:3] for p in puzzles(status, counts)) == (
        (9, "", None),
        (2, "", "à rappeler"),
        (1, "", None),
        (1, "demandeur d'emploi", "Demandeur d'emplois"),
        (1, "Sans activité", "Sans activité"),
    )
    assert [p.line for p in puzzles(status, counts, {"Sans activité": 8, "à rappeler": 3})] == [0, 3, 0, 0, 8]
    assert puzzles(birth, {"01/01/90": 7}) == ()


# -- saved mappings -------------------------------------------------------------------------------------------------------------


def saved(text):
    found, findings = read_map("table.toml", text.encode(), SPELLINGS)
    assert findings == []
    return found


def test_a_saved_mapping_comes_back_as_it_was_written():
    header = 'Date de naisance;Situation;"Avis ""privé""\nsuite";Catégorie;RQTH\n'
    found, _ = mapping(header + "01/02/1990;Salarié;ok;A;oui\n")
    text = write_map(found, [{}, {"Demandeur d'emplois": 3}, {}, {}, {}])
    back = saved(text)
    again, _ = mapping(header + "01/02/1990;Salarié;ok;A;oui\n", saved=back)
    assert {c.header: c.becomes for c in again.columns} == {c.header: c.becomes for c in found.columns}
    assert back.columns["date de naisance"] == ("Date de naisance", UNREAD)
    assert '"Date de naisance" = "-"  # "birth_date" ?' in text
    assert '# "Demandeur d\'emplois" = { status = "jobseeker" }' in text
    assert codes(again.findings) == []


def test_a_saved_mapping_settles_titles_values_and_needs():
    table_ = saved(
        'schema = 1\n[columns]\n"Sit." = "status"\n"RQTH" = "-"\n"Voiture ?" = "need:mobilite"\n"Âge env." = "age"\n"Rien" = "cadre"\n'
        '[values."Sit."]\n"dispo" = { status = "jobseeker", needs = ["se-former"] }\n"vu" = {}\n"NC" = { cadre = "no" }\n'
        '"jeune" = { age = "16..25" }\n"alternant" = { contract = ["apprenticeship", "professionalisation"] }\n'
    )
    found, rows = mapping(
        "sit;RQTH;Voiture ?;Âge env\nDispo;oui;oui;30\nvu;;non;\nnc;;;\njeune;;;\nAlternant;;;\nSalarié;;;\n",
        saved=table_,
    )
    read = [found.read(r) for r in rows]
    assert [r.facts for r in read] == [
        {"status": "jobseeker", "age": 30},
        {},
        {"cadre": "no"},
        {},
        {},
        {"status": "employee"},
    ]
    assert [r.needs for r in read[:2]] == [("se-former", "mobilite"), ()]
    assert read[3].among == {"age": tuple(range(16, 26))}
    assert read[4].among == {"contract": ("apprenticeship", "professionalisation")}
    assert all(r.warnings == () for r in read)
    assert [(f.code, f.values) for f in found.findings] == [("CEP488", {"column": "Rien"})]


BAD_MAPS = {
    "schema = 1\n[columns": [("CEP001", 2)],
    "": [("CEP004", 1)],
    "schema = 2\n": [("CEP007", 1)],
    "schema = 1\nautre = 2\n": [("CEP005", 2)],
    "schema = 1\ncolumns = 3\n": [("CEP006", 2)],
    'schema = 1\n[columns]\n"a" = 3\n': [("CEP006", 3)],
    'schema = 1\n[columns]\n"a" = "birthdate"\n': [("CEP485", 3)],
    'schema = 1\n[columns]\n"a" = "need:rien"\n': [("CEP485", 3)],
    'schema = 1\n[columns]\n"Né le" = "birth_date"\n"ne le" = "age"\n': [("CEP489", 4)],
    'schema = 1\n[values.a]\n"x" = { statut = "jobseeker" }\n"y" = { status = "chomeur" }\n"z" = { needs = ["x"] }\n': [
        ("CEP486", 3),
        ("CEP490", 4),
        ("CEP487", 5),
    ],
    'schema = 1\n[values.a]\n"z" = { age = "16..200" }\n': [("CEP490", 3)],
    'schema = 1\n[values.a]\n"x" = 1\n"y" = { status = 1 }\n"t" = { needs = 1 }\n': [
        ("CEP006", 3),
        ("CEP006", 4),
        ("CEP006", 5),
    ],
}


@pytest.mark.parametrize(("text", "expected"), BAD_MAPS.items())
def test_everything_wrong_with_a_saved_mapping_is_told_at_its_line(text, expected):
    found, findings = read_map("table.toml", text.encode(), SPELLINGS)
    assert found is None
    assert not any(f.place.text for f in findings), "no line is quoted: it may hold a cell"
    assert [(f.code, f.place.line) for f in findings] == expected


# -- noise ------------------------------------------------------------------------------------------------------------------

SPACES = st.sampled_from([" ", "  ", "\u00a0", "\u202f", "\n", "\t"])
ACCENTS = {"e": "éèêë", "a": "àâ", "i": "îï", "o": "ô", "u": "ùûü", "c": "ç"}


@st.composite
def noisy(draw, words):
    """The same words with other accents, capitals and blanks, and a mark at the end."""
    out = []
    for c in words:
        if c == " ":
            out.append(draw(SPACES))
        else:
            letter = draw(st.sampled_from(ACCENTS.get(c, c) + c))
            out.append(letter.upper() if draw(st.booleans()) else letter)
    return (
        draw(st.sampled_from(["", " ", "\ufeff"]))
        + "".join(out)
        + draw(st.sampled_from(["", "*", " *", " :", "\u00a0"]))
    )


@settings(deadline=None)
@given(st.data())
def test_noise_does_not_change_what_a_title_is(data):
    words = data.draw(st.sampled_from(sorted(w for w, ids in FILES["headers"].items() if len(ids) == 1)))
    found = map_columns([data.draw(noisy(words))], SPELLINGS, [()], on=ON)
    assert found.columns[0].becomes == FILES["headers"][words][0]


@settings(deadline=None)
@given(st.data())
def test_noise_does_not_change_what_a_value_says(data):
    column = data.draw(
        st.sampled_from(["status", "disability", "cadre", "occupation", "degree", "rsa", "registration"])
    )
    words = data.draw(
        st.sampled_from(sorted(w for w in FILES["columns"][column]["values"] if w not in FILES["unknown"]))
    )
    effect = FILES["columns"][column]["values"][words]
    assert cell(column, data.draw(noisy(words))) == (*effect, "")


@settings(deadline=None)
@given(
    st.text(alphabet=string.printable + "éèàç\u00a0\u202e\ud800œ٣２", max_size=60),
    st.sampled_from(sorted(FILES["columns"])),
)
def test_any_text_is_read_without_a_crash_and_normalising_twice_changes_nothing(text, column):
    if FILES["columns"][column]["kind"] not in {"identity", "contact", "elsewhere", "unread"}:
        cell(column, text)
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_header_maps_and_its_mapping_is_valid(header):
    found = map_columns(header, SPELLINGS, [()] * len(header), on=ON)
    text = write_map(found).encode("utf-8").decode("utf-8")
    data = (
        tomli.loads(text)
        if len({h for h in header if normalise(h)}) == len([h for h in header if normalise(h)])
        else {}
    )
    assert set(data) <= {"schema", "columns", "values"}


def test_each_known_format_is_recognised_by_its_titles():
    for form in FILES["formats"]:
        found = map_columns(["Nom", *form["headers"], "x"], SPELLINGS, [()], on=ON)
        assert found.form == form
    assert map_columns(["Nom", "Situation"], SPELLINGS, [()], on=ON).form is None


# -- everyday titles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "titles"),
    [
        (
            "birth_date",
            "Dt naissance | Naissance (date) | D.D.N. | Date de naissance du candidat (JJ/MM/AAAA)*",
        ),
        ("age", "Âge au moment de l'inscription | Âge révolu"),
        (
            "status",
            "Statut pro. | Situation prof. | Position professionnelle | Situation socio-professionnelle",
        ),
        (
            "degree",
            "Niveau de formation (à l'entrée) | Niveau de formation à l'entrée | Niv. d'études | Niveau formation",
        ),
        ("employed", "Occupe un emploi | Travaille actuellement (O/N)"),
        ("seeking", "Recherche un emploi (O/N)"),
        ("departement", "Département (domicile)"),
        ("needs", "Objet de la demande | Nature du besoin | Thématiques"),
        (
            "",
            "Âge à la sortie | Statut à la sortie | Situation après | Ancien statut | Situation administrative | Niveau de la formation | N° DE | Salaire",
        ),
    ],
)
def test_everyday_titles(column, titles):
    header = titles.split(" | ")
    found = map_columns(header, SPELLINGS, [()] * len(header), on=ON).columns
    assert not any(c.proposal for c in found)
    assert {c.header: c.becomes for c in found if c.is_read or column} == (
        dict.fromkeys(header, column) if column else {}
    )


def test_a_saved_mapping_of_a_file_with_a_title_twice_can_be_read():
    header, groups = (
        ["Nom", "Observations", "Date de naissance", "Observations", "Date de naissance"],
        ["", "", "", "", "Conjoint"],
    )
    found = map_columns(header, SPELLINGS, [()] * 5, on=ON, groups=groups)
    saved, findings = read_map("m.toml", write_map(found).encode(), SPELLINGS)
    assert findings == []
    again = map_columns(header, SPELLINGS, [()] * 5, on=ON, groups=groups, saved=saved)
    read = ["A", "", "12/05/1990", "", "13/06/1988"]
    assert again.read(read).birth_date == found.read(read).birth_date == "1990-05-12"


def test_a_table_beside_the_first_is_not_read(tmp_path):
    """An empty column parts two tables where the rows of one end before those of the other; else it is only a gap."""
    head = "Nom;Naissance;Statut;;Structure;Ville\n"
    said, columns = understood(
        f"{head}A;12/05/1990;DE;;CCAS;LYON\nB;12/05/1990;DE;;;\nC;12/05/1990;DE;;;\n", tmp_path
    )
    assert [codes(columns.findings), said["A"].home.commune, said["A"].facts] == [
        ["CEP458"],
        "",
        {"status": "jobseeker"},
    ]
    said, columns = understood(f"{head}A;12/05/1990;DE;;CCAS;LYON\n;;;;PLIE;Gap\n;;;;CIO;Gap\n", tmp_path)
    assert columns.nobody(["", "", "", "", "PLIE", "Gap"]).code == "CEP474"
    assert columns.nobody(["A", "12/05/1990", "DE", "", "CCAS", "LYON"]) is None
    said, columns = understood(
        f"{head}A;12/05/1990;DE;;CCAS;LYON\nB;12/05/1990;DE;;;\nC;12/05/1990;DE;;;Gap\n", tmp_path
    )
    assert [codes(columns.findings), said["A"].home.commune] == [[], "LYON"]


def test_a_row_of_signs_is_nobody():
    found, _ = mapping("Nom;Âge;Statut;CP\nA;27;DE;69003\n")
    assert [found.nobody([sign] * 4).code for sign in "-/?"] == ["CEP474"] * 3
    assert found.nobody(["A", "-", "-", "-"]) is None


# -- titles over two rows, and columns to be ticked ---------------------------------------------------------------------------


def understood(text, tmp_path):
    """What each row of a file says, by its first cell, and its columns."""
    path = tmp_path / "liste.csv"
    path.write_text(text, encoding="utf-8")
    with intake_source.open_source(str(path), SPELLINGS) as source:
        columns = intake_source.columns_of(source, SPELLINGS, ON, None)
        rows = [item for item in source.rows() if isinstance(item, Row)]
        return {row.cells[0]: columns.read(row.cells) for row in rows}, columns


def test_parts_of_a_title_stand_in_a_second_row(tmp_path):
    """« Date » and « Lieu » under « Naissance », « Oui » and « Non » under a question, values under « Niveau »."""
    text = (
        "Nom;Naissance;;Domicile;;Niveau;;;RQTH;\n;Date;Commune;CP;Commune;CAP;Bac;Bac+2;Oui;Non\n"
        "A;12/03/1990;Lille;69003;LYON;;X;;X;\nB;02/11/1985;Gap;44000;Nantes;X;;;;X\nC;02/11/1985;Gap;44000;Nantes;;;X;;\n"
    )
    said, columns = understood(text, tmp_path)
    assert [c.header for c in columns.columns][1:3] == ["Date Naissance", "Commune Naissance"]
    assert {who: person.birth_date for who, person in said.items()} == {
        "A": "1990-03-12",
        "B": "1985-11-02",
        "C": "1985-11-02",
    }
    assert {who: person.home.commune for who, person in said.items()} == {
        "A": "LYON",
        "B": "Nantes",
        "C": "Nantes",
    }
    assert {who: person.facts.get("disability") for who, person in said.items()} == {
        "A": "recognised",
        "B": "none",
        "C": None,
    }
    assert {who: person.facts.get("degree") for who, person in said.items()} == {
        "A": "bac",
        "B": "below_bac",
        "C": "bac2",
    }
    assert columns.findings == ()
    # a group over ordinary titles, and a person under a header with a column that nobody named, are neither
    said, columns = understood("Nom;;Statut;CP\nA;Zoé;;69003\nB;Tom;DE;44000\n", tmp_path)
    assert list(said) == ["A", "B"]
    # a person of whom only answers and values are told is no header
    for first in ("Oui;Non;;", "CAP;;CDI;", ";Oui;;", "Bac;Oui;;"):
        said, columns = understood(f"Niveau;RQTH;Situation;Ville\n{first}\nCAP;Non;CDD;LYON\n", tmp_path)
        assert [columns.columns[0].header, list(said)] == [
            "Niveau",
            [first.split(";")[0], "CAP"][first.startswith("CAP") :],
        ]
    for note in ("DE : demandeur d'emploi", "(1) à l'entrée", "* RQTH : travailleur handicapé"):
        said, columns = understood(f"N°;Nom;Statut;CP\n{note};;;\n1;A;DE;69003\n", tmp_path)
        assert ([c.header for c in columns.columns], list(said)) == (["N°", "Nom", "Statut", "CP"], ["1"])
    for head, first in (
        ("RQTH;;Ville", "AAH;;"),
        ("Niveau;RQTH;;Ville", ";Oui;x;"),
        ("Ville;;Statut", "Commune;;"),
    ):
        said, columns = understood(f"{head}\n{first}\n", tmp_path)
        assert ([c.header for c in columns.columns], len(said)) == (head.split(";"), 1)
    said, _ = understood(
        ";Naissance;;Situation;\nNom;Date;Lieu;Statut;CP\nA;12/03/1990;Lille;DE;69003\n", tmp_path
    )
    assert said["A"].birth_date == "1990-03-12"


def test_a_column_to_be_ticked_says_the_value_in_its_title():
    header = ["RQTH oui", "RQTH - Non", "Niveau CAP", "Demandeur d'emploi (non)"]
    ticked = map_columns(header, SPELLINGS, [("X", "")] * 4, on=ON)
    assert [c.becomes for c in ticked.columns] == ["disability", "disability", "degree", "status"]
    assert ticked.read(["X", "", "", ""]).facts == {"disability": "recognised"}
    assert ticked.read(["", "x", "x", ""]).facts == {"disability": "none", "degree": "below_bac"}
    assert ticked.read(["", "", "", "X"]).facts == {}
    both = ticked.read(["X", "X", "", ""])
    assert (both.facts, [w.code for w in both.warnings]) == ({}, ["CEP469"])
    assert [w.code for w in ticked.read(["", "en cours", "", ""]).warnings] == ["CEP460"]
    # a title that denies is not the title that affirms, and what may be asked for or held is neither
    denied = map_columns(
        ["Non cadre (O/N)", "Non inscrit", "Non salarié", "RQTH en cours (O/N)"],
        SPELLINGS,
        [("X", "")] * 4,
        on=ON,
    )
    assert denied.read(["Oui", "Oui", "Oui", "Oui"]).facts == {"cadre": "no", "registered": "no"}
    assert denied.read(["Non", "Non", "Non", "Non"]).facts == {}
    # a saved mapping keeps the sense
    saved, _ = read_map("m.toml", write_map(ticked).encode(), SPELLINGS)
    again = map_columns(header, SPELLINGS, [("X",)] * 4, on=ON, saved=saved)
    assert again.read(["", "X", "", ""]).facts == {"disability": "none"}
