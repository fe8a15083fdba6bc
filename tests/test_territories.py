"""The territory files and the two rule files they lean on (needs, cooperation): every fact in them is checked, none is trusted."""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import tomli
from opening_hours import OpeningHours
from pydantic import ValidationError

from cep_route.directory.age import last_of, stands
from cep_route.files import toml
from cep_route.model.answer import Place
from cep_route.model.law import BEGINNING
from cep_route.model.tables import TerritoryFile, table_of
from cep_route.model.territory import (
    ContactEntry,
    LocalOperator,
    OwnNeed,
    Partner,
    PlaceEntry,
    PolicyBreak,
    Scheme,
)
from cep_route.model.written import CooperationFile, FactsFile, NeedsFile, OperatorsFile
from cep_route.places import table as national

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)
SIX = {"c1a": "991", "c1b": "992", "c2a": "993", "c2b": "994", "c3a": "995", "c3b": "996"}
DECLARED = {stem: f"configuration_{stem[1]}" for stem in SIX}
# Reserved for fiction by the French numbering plan: nobody's phone will ring.
FICTION = re.compile(r"\+33(19900|26191|35301|46571|53649)[0-9]{4}")
OWN_NETWORKS = {
    "apec",
    "apecita",
    "operateur-regional-cep",
    "transitions-pro",
    "opco",
    "cio",
    "suio",
    "carif-oref",
    "cite-des-metiers",
    "greta",
    "adil",
}


def _text(stem):
    return (ROOT / "territories" / f"{stem}.toml").read_text(encoding="utf-8")


def _raw(stem):
    return tomllib.loads(_text(stem))


def _rules(name):
    return tomllib.loads((ROOT / "rules" / name).read_text(encoding="utf-8"))


FILES = {stem: TerritoryFile.model_validate(_raw(stem)) for stem in [*SIX, "france"]}
NEEDS = NeedsFile.model_validate(_rules("needs.toml")).needs
COOPERATION = CooperationFile.model_validate(_rules("cooperation.toml"))
six = pytest.mark.parametrize("stem", SIX)


def _tables(value, path=""):
    """Every table of a file with its path; boxes and travel times are values written as inline tables, not tables."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _tables(item, f"{path}[{place}]")
    elif isinstance(value, dict):
        if path:
            yield path, value
        for key, item in value.items():
            if key not in {"public", "travel_minutes"}:
                yield from _tables(item, f"{path}.{key}")


def _all(stem, *keys):
    return [(path, table[key]) for path, table in _tables(_raw(stem)) for key in keys if key in table]


def _fold(text):
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare.casefold()))


# --- the files ---


def test_the_folder_holds_the_six_and_the_default():
    real = {
        "ardennes-08",
        "creuse-23",
        "la-reunion-974",
        "nord-59",
        "paris-75",
        "savoie-73",
    }  # tests/test_directory.py
    assert {path.stem for path in (ROOT / "territories").glob("*.toml")} == set(FILES) | real


@pytest.mark.parametrize("stem", FILES)
def test_plain_toml_read_alike_by_both_readers(stem):
    assert tomli.loads(_text(stem)) == tomllib.loads(_text(stem))


@pytest.mark.parametrize("stem", FILES)
def test_id_is_the_name_of_the_file(stem):
    assert FILES[stem].head.id == stem


@six
def test_every_table_says_where_it_comes_from(stem):
    assert [path for path, table in _tables(_raw(stem)) if not table.get("said")] == []


@six
def test_what_is_said_names_a_text_or_owns_up(stem):
    words = ("Céreq", "invented", "deduced", "not state")
    assert [said for _, said in _all(stem, "said") if not any(word in said for word in words)] == []


@six
def test_communes_are_fictitious_and_written_in_the_file(stem):
    known = {commune.code for commune in FILES[stem].communes}
    named = {code for _, code in _all(stem, "commune")}
    named |= {code for _, codes in _all(stem, "communes") for code in codes if isinstance(code, str)}
    named |= {code for _, times in _all(stem, "travel_minutes") for code in times}
    named |= {zone for _, zones in _all(stem, "perimeter") for zone in zones} - {"france"}
    assert named <= known
    assert {code[:3] for code in known} == {SIX[stem]}
    assert all(
        commune.latitude and commune.longitude and commune.postcode for commune in FILES[stem].communes
    )


@six
def test_no_fictitious_commune_bears_a_real_name(stem):
    real = {name for (name,) in national.ask("SELECT name FROM communes")}
    assert len(real) > 30_000
    assert {commune.name for commune in FILES[stem].communes} & real == set()


@six
def test_phones_mails_and_addresses_reach_nobody(stem):
    phones = _all(stem, "phone")
    assert len(phones) > 15
    assert [phone for _, phone in phones if not FICTION.fullmatch(phone)] == []
    assert [mail for _, mail in _all(stem, "email") if not mail.endswith("@example.org")] == []
    assert [
        url for _, url in _all(stem, "url", "website") if not re.search(r"[/.]example\.org(/|$)", url)
    ] == []


@six
def test_a_phone_is_written_once_unless_the_two_ages_of_a_scheme_share_it(stem):
    phones = [phone for path, phone in _all(stem, "phone") if not path.startswith(".schemes")]
    assert len(phones) == len(set(phones))


@pytest.mark.parametrize("stem", FILES)
def test_needs_are_in_the_catalogue_or_in_the_file(stem):
    known = {need.code for need in NEEDS} | {need.code for need in FILES[stem].needs or ()}
    named = {
        need
        for path, needs in _all(stem, "needs", "main_obstacles")
        for need in needs
        if isinstance(need, str) and path
    }
    assert named <= known


@pytest.mark.parametrize("stem", FILES)
def test_networks_of_operators_are_those_of_the_rules(stem):
    path = ROOT / "rules/operators.toml"
    if not path.exists():
        pytest.skip("rules/operators.toml is not written yet")
    rules = OperatorsFile.model_validate(_rules("operators.toml")).operators
    sides = {operator.code: operator.side for operator in rules if not operator.outside}
    assert {operator.network for operator in FILES[stem].operators} == set(sides)
    assert [o.id for o in FILES[stem].operators if o.side not in {None, sides[o.network]}] == []


@six
def test_networks_of_partners_are_known(stem):
    schema = pytest.importorskip("data_inclusion.schema.v1", reason="data-inclusion-schema is not installed")
    known = {network.value for network in schema.ReseauPorteur} | OWN_NETWORKS
    assert {partner.network for partner in FILES[stem].partners} - {None} <= known


@six
def test_references_lead_to_an_actor_of_the_file(stem):
    territory = FILES[stem]
    actors = [actor.id for actor in (*territory.operators, *territory.partners)]
    everyone = [*actors, *(scheme.id for scheme in territory.schemes)]
    assert len(everyone) == len(set(everyone))
    named = {
        a for _, ids in _all(stem, "member_operators", "member_partners", "actors", "organisers") for a in ids
    }
    named |= {a for _, a in _all(stem, "pilot", "from", "to", "run_by")}
    assert named <= set(actors)


@pytest.mark.parametrize("stem", FILES)
def test_hours_can_be_read(stem):
    for _, hours in _all(stem, "hours"):
        OpeningHours(hours)


@six
def test_publics_are_boxes_over_known_facts(stem):
    facts = {
        fact.name: {v.code for v in fact.values}
        for fact in FactsFile.model_validate(_rules("facts.toml")).facts
    }
    for _, box in _all(stem, "public"):
        if isinstance(box, dict):
            assert box
            assert all(set(values) <= facts[fact] for fact, values in box.items())


@six
def test_nothing_was_seen_after_the_last_update(stem):
    head = FILES[stem].head
    assert head.as_of <= head.updated_on
    seen = [day for _, day in _all(stem, "checked_on", "seen_on", "last_meeting")]
    seen += [
        table["updated_on"]
        for path, table in _tables(_raw(stem))
        if path.startswith(".tools") and "updated_on" in table
    ]
    assert [day for day in seen if day > head.updated_on] == []


@pytest.mark.parametrize("stem", FILES)
def test_beginnings_come_before_ends(stem):
    for _, table in _tables(_raw(stem)):
        if "since" in table and "until" in table:
            since, until = str(table["since"]), str(table["until"])
            assert since + BEGINNING[len(since) :] <= last_of(until)


@pytest.mark.parametrize("stem", FILES)
@pytest.mark.parametrize(
    ("day", "absent"), [(date(2019, 6, 30), "operateur_regional"), (TODAY, "fongecif_opacif")]
)
def test_five_networks_on_any_day_each_side_of_2020(stem, day, absent):
    networks = {operator.network for operator in FILES[stem].operators if stands(operator, str(day))}
    assert len(networks) == 5
    assert absent not in networks


@pytest.mark.parametrize("stem", ["c2a", "c2b"])
@pytest.mark.parametrize("network", ["apec", "fongecif_opacif", "operateur_regional"])
def test_absence_is_written_with_what_stands_in_for_it(stem, network):
    (operator,) = (o for o in FILES[stem].operators if o.network == network)
    assert sorted(place.type for place in operator.places) == ["none", "permanence", "remote"]
    (nearest,) = (place for place in operator.places if place.type == "permanence")
    assert nearest.commune not in FILES[stem].head.communes
    assert set(nearest.travel_minutes) == set(FILES[stem].head.communes)


@pytest.mark.parametrize("stem", ["c2a", "c2b"])
def test_employment_service_and_mission_locale_are_there(stem):
    for operator in FILES[stem].operators:
        if operator.network in {"france_travail", "mission_locale"}:
            assert any(place.commune in FILES[stem].head.communes for place in operator.places)


@pytest.mark.parametrize(
    ("stem", "holes"),
    [
        ("c2a", {"logement-hebergement", "famille", "numerique", "souvrir-a-linternational"}),
        ("c2b", {"sante", "creer-une-entreprise", "lecture-ecriture-calcul", "souvrir-a-linternational"}),
    ],
)
def test_holes_are_where_the_file_says(stem, holes):
    territory = FILES[stem]
    answered = {
        need.split("--")[0]
        for actor in (*territory.operators, *territory.partners)
        for need in actor.needs or ()
        if stands(actor, str(TODAY))
    }
    assert {need.code for need in NEEDS if "--" not in need.code} - answered == holes


@six
def test_each_circle_and_each_family_has_its_partner(stem):
    partners = FILES[stem].partners
    assert 8 <= len(partners) <= 15
    circles = {"spro", "economic", "training", "health_social", "housing_mobility", "institution"}
    assert {partner.circle for partner in partners} == circles
    family = {need.code: need.family for need in NEEDS} | {n.code: n.family for n in FILES[stem].needs or ()}
    answered = {family[need] for partner in partners for need in partner.needs}
    assert answered == {"obstacles", "project", "carrying_out"}


@pytest.mark.parametrize(("stem", "since"), [("c3a", "2008"), ("c3b", "2011")])
def test_the_seasonal_scheme_changes_hands_without_a_day_between(stem, since):
    before, after = FILES[stem].schemes
    assert (before.since, before.until, after.since, after.until) == (since, "2019-12-31", "2020-01-01", None)
    for scheme in (before, after):
        assert scheme.public == {"seasonal": ("yes",)}
        assert {"logement-hebergement", "sante", "trouver-un-emploi", "se-former"} <= set(scheme.needs)
        assert "one_stop_shop" in scheme.services
        assert scheme.phone
        assert scheme.place.commune in FILES[stem].head.communes


def test_the_default_serves_everyone_and_claims_nothing():
    france = FILES["france"]
    assert france.head.perimeter == ("france",)
    assert [[place.type for place in operator.places] for operator in france.operators] == [["remote"]] * 6
    assert {operator.perimeter for operator in france.operators} == {("france",)}
    assert (france.coordination, france.schemes, france.partners) == (None, None, None)


# --- the three configurations: a slow, obvious reading of the files against the boxes of the rules ---


def _all_of(*terms):
    """Kleene's "and": one false makes it false, otherwise one unknown makes it unknown."""
    return False if False in terms else None if None in terms else True


def _both_sides(territory, ids):
    if ids is None:
        return None
    sides = {operator.id: operator.side for operator in territory.operators}
    return {"employment_service", "employees"} <= {sides[i] for i in ids}


def _given(value):
    return None if value is None else bool(value)


def _facts_of(territory, day):
    schemes = [s for s in territory.schemes if stands(s, str(day))]
    unifying = [
        _all_of(
            s.status == "active",
            _given(s.public),
            s.dedicated_means,
            _given(s.pilot),
            _both_sides(territory, s.member_operators),
            _given(s.services),
        )
        for s in schemes
    ]
    body = territory.coordination
    living = _all_of(body.status == "active", _both_sides(territory, body.member_operators))
    tooled = _all_of(living, _given(body.shared_tools), _given(body.joint_actions))
    facts = {
        "scheme": True if True in unifying else None if None in unifying else False,
        "coordination": living,
        "tooled": tooled,
        "ended": body.status in {"stopped", "dormant"},
    }
    return {name: {True: "yes", False: "no"}[value] for name, value in facts.items()}


def _holds(box, facts):
    return all(facts[fact] in values for fact, values in box.items())


def _speak(facts):
    return {rule.id: rule.opens for rule in COOPERATION.rules if _holds(rule.when, facts)}


@pytest.mark.parametrize("when", ["as_of", "today"])
@pytest.mark.parametrize(
    ("stem", "note"),
    [
        ("c1a", "outillee"),
        ("c1b", "naissante"),
        ("c2a", None),
        ("c2b", None),
        ("c3a", None),
        ("c3b", "avec-coordination"),
    ],
)
def test_each_file_falls_in_the_configuration_of_the_study(stem, note, when):
    day = FILES[stem].head.as_of if when == "as_of" else TODAY
    said = _speak(_facts_of(FILES[stem], day))
    assert [opened for opened in said.values() if opened] == [DECLARED[stem]]
    assert [rule for rule, opened in said.items() if not opened] == ([note] if note else [])
    assert FILES[stem].declaration.configuration == DECLARED[stem]


def test_a_stopped_coordination_without_a_scheme_is_a_dynamic_come_to_an_end():
    facts = _facts_of(FILES["c3a"], TODAY) | {"scheme": "no"}
    assert list(_speak(facts)) == ["configuration-2", "dynamique-eteinte"]


def test_exactly_one_configuration_for_every_possible_territory():
    names = [fact.name for fact in COOPERATION.facts]
    assert names == ["scheme", "coordination", "tooled", "ended"]
    possible = 0
    for values in itertools.product(["yes", "no"], repeat=4):
        facts = dict(zip(names, values, strict=True))
        if all(_holds(c.then, facts) for c in COOPERATION.constraints if _holds(c.when, facts)):
            possible += 1
            assert len([opened for opened in _speak(facts).values() if opened]) == 1
    assert possible == 8
    assert len(COOPERATION.configurations) == 3


# --- the needs ---


def test_needs_are_16_categories_69_themes_and_four_of_our_own():
    codes = [need.code for need in NEEDS]
    assert len(codes) == len(set(codes)) == 89
    assert [code for code in codes if code.startswith("x-cep--")] == [
        "x-cep--bilan-de-competences",
        "x-cep--immersion",
        "x-cep--vae",
        "x-cep--financer-sa-reconversion",
    ]
    assert len([code for code in codes if "--" not in code]) == 16


def test_needs_carry_the_official_labels():
    schema = pytest.importorskip("data_inclusion.schema.v1", reason="data-inclusion-schema is not installed")
    official = {entry.value: entry.label for entry in (*schema.Categorie, *schema.Thematique)}
    assert {need.code: need.fr for need in NEEDS if not need.code.startswith("x-cep--")} == official


def test_a_theme_is_of_its_category_family():
    family = {need.code: need.family for need in NEEDS}
    for code, of_theme in family.items():
        if not code.startswith("x-cep--"):
            assert of_theme == family[code.split("--")[0]]


def test_no_writing_names_two_needs():
    seen = {}
    for need in NEEDS:
        for writing in (need.code, need.fr, need.en, *need.spellings):
            assert seen.setdefault(_fold(writing), need.code) == need.code, writing
    assert _fold("Maîtrise du français") not in seen


def test_a_spelling_is_not_a_label_again():
    for need in NEEDS:
        written = [_fold(need.code), _fold(need.fr), _fold(need.en), *map(_fold, need.spellings)]
        assert len(need.spellings) == len(set(written) - set(written[:3]))


# --- the model ---


@pytest.mark.parametrize("written", ["2016", "2017-12", "2016-02", "2016-01-31", date(2016, 1, 31)])
def test_a_moment_is_a_year_a_month_or_a_day(written):
    assert table_of(PolicyBreak)(on=written, kind="merger").on == str(written)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        (2016, "string_type"),
        (True, "string_type"),
        (datetime(2016, 1, 1, tzinfo=UTC), "string_type"),
        ("2016-13", "string_pattern_mismatch"),
        ("16-01-01", "string_pattern_mismatch"),
        ("٢٠١٦", "string_pattern_mismatch"),
        ("2017-02-29", "date_parsing"),
    ],
)
def test_what_is_not_a_moment(written, error):
    with pytest.raises(ValidationError) as caught:
        table_of(PolicyBreak)(on=written, kind="merger")
    assert [problem["type"] for problem in caught.value.errors()] == [error]


def test_absent_is_unknown_and_empty_is_known():
    bare = TerritoryFile.model_validate(
        {"territory": {"schema": 1, "id": "x", "name": "X", "as_of": date(2019, 1, 1)}}
    )
    assert {value for key, value in bare if key != "head"} == {None}
    assert FILES["c1a"].schemes == ()
    assert table_of(LocalOperator)(id="a", name="A", network="n").perimeter is None


@pytest.mark.parametrize(
    ("model", "values", "error"),
    [
        (PlaceEntry, {"type": "absent"}, "literal_error"),
        (PlaceEntry, {"type": "remote", "horaires": "24/7"}, "extra_forbidden"),
        (PlaceEntry, {"type": "branch", "commune": "5061"}, "string_pattern_mismatch"),
        (PlaceEntry, {"type": "branch", "commune": 5061}, "string_type"),
        (PlaceEntry, {"type": "branch", "travel_minutes": {"05061": 900}}, "less_than_equal"),
        (PlaceEntry, {"type": "branch", "wheelchair": 1}, "bool_type"),
        (ContactEntry, {"use": "public", "phone": "04 92 00 00 00"}, "string_pattern_mismatch"),
        (ContactEntry, {"use": "public", "email": "someone"}, "string_pattern_mismatch"),
        (
            Partner,
            {"id": "p", "name": "P", "circle": "spro", "perimeter": ["84"]},
            "string_pattern_mismatch",
        ),
        (Partner, {"id": "p", "name": "P", "circle": "spro", "publics": ["jeune"]}, "literal_error"),
        (Partner, {"id": "P", "name": "P", "circle": "spro"}, "string_pattern_mismatch"),
        (
            Partner,
            {"id": "p", "name": "P", "circle": "spro", "needs": ["Mobilité"]},
            "string_pattern_mismatch",
        ),
        (Scheme, {"id": "s", "name": "S", "status": "active", "public": {"seasonal": []}}, "too_short"),
        (
            Scheme,
            {"id": "s", "name": "S", "status": "active", "public": {"seasonal": [True]}},
            "string_type",
        ),
        (OwnNeed, {"code": "mobilite--autre", "family": "obstacles", "fr": "X"}, "string_pattern_mismatch"),
    ],
)
def test_what_the_shape_refuses(model, values, error):
    """Once: pydantic also calls a list too short whose only item it refuses."""
    _, findings = toml.validate(table_of(model), values, lambda *_: Place(file="x"))
    assert [finding.code for finding in findings] == [toml._SHAPES.get(error, "CEP006")]


@pytest.mark.parametrize("phone", ["+33492000000", "3949", "115", "116117", "+33809361212"])
@pytest.mark.parametrize(
    "zone",
    [
        "05061",
        "2A004",
        "200067452",
        "departement:05",
        "departement:2A",
        "departement:974",
        "region:84",
        "france",
    ],
)
def test_what_the_shape_takes(phone, zone):
    assert table_of(ContactEntry)(use="public", phone=phone).phone == phone
    assert table_of(Partner)(id="p", name="P", circle="spro", perimeter=[zone]).perimeter == (zone,)
