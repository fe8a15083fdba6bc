"""What a territory file contradicts, and what it lacks on a day: one small change of a good file at a time, the whole finding asserted."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cep_route import checks, files, places
from cep_route.checks import ground as ground_room
from cep_route.checks import territory as territory_room
from cep_route.checks.hours import overridden, readable
from cep_route.directory import where as where_room
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.files import toml, written
from cep_route.messages import codes, field_names, said, template
from cep_route.model.answer import Place

MESSAGES = {code for code in codes() if code.startswith("CEP2")}

FULL = (Path(__file__).parent / "files" / "good" / "full.toml").read_text(encoding="utf-8")
DAY = "2026-07-01"
SHIPPED = ["c1a", "c1b", "c2a", "c2b", "c3a", "c3b", "france"]


@cache
def law():
    found, findings = files.load_law()
    assert found is not None, findings
    return found


@cache
def configurations():
    found, findings = files.load_cooperation()
    assert found is not None, findings
    return Judge(found)


def faults(text, known=places.known):
    document = toml.parse("fiche.toml", text.encode())
    assert isinstance(document, toml.Document), document
    more = () if known is None else (known,)
    return checks.territory_names(checks.believed(document.data), document.place, law(), *more)


def changed(*pairs):
    text = FULL
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def brief(findings):
    return [f"{f.code} {' '.join(f'{k}={v}' for k, v in sorted(f.values.items()))}".strip() for f in findings]


# -- faults of one file ---------------------------------------------------------------------------------------------------

FAULTS = [
    # the extent
    ('communes = ["99701", "99702", "99703"]\n', "", ["CEP201"]),
    ("as_of =", 'perimeter = ["99701"]\nas_of =', ["CEP202"]),
    # ids and references
    ('id = "guichet"', 'id = "ccas"', ["CEP203 id=ccas"]),
    ('id = "apec-essai"', 'id = "ccas"', ["CEP204 id=apec-essai key=member_operators near=apec", "CEP203 id=ccas", "CEP204 id=apec-essai key=member_operators near=apec"]),
    ('pilot = "agence"', 'pilot = "agense"', ["CEP204 id=agense key=pilot near=agence"]),
    ('from = "agence"', 'from = "zzz"', ["CEP204 id=zzz key=from"]),
    ('name = "Apec de Grand-Essai"', 'name = "Apec"\nreplaced_by = "agense"', ["CEP204 id=agense key=replaced_by near=agence"]),
    ('pilot = "agence"', 'pilot = "guichet"', []),
    ('pilot = "agence"', 'pilot = "mission_locale"', []),
    ('to = "ccas"', 'to = "hors_cep_autre"', ["CEP204 id=hors_cep_autre key=to"]),
    ('network = "apec"', 'network = "apecc"', ["CEP205 id=apecc near=apec"]),
    ('network = "apec"', 'network = "hors_cep_autre"', ["CEP205 id=hors_cep_autre"]),
    ('side = "employment_service"', 'side = "employees"', ["CEP206 expected=employment_service id=agence side=employees"]),
    ('side = "employment_service"', 'side = "mixed"', []),
    # needs
    ('needs = ["trouver-un-emploi"]', 'needs = ["trouver-un-emploie"]', ["CEP207 near=trouver-un-emploi need=trouver-un-emploie"]),
    ('main_obstacles = ["mobilite"', 'main_obstacles = ["mobilites"', ["CEP207 near=mobilite need=mobilites"]),
    ('needs = ["mobilite", "x-essai--ski"]', 'needs = ["x-essai--skis"]', ["CEP208 near=x-essai--ski need=x-essai--skis"]),
    ('code = "x-essai--ski"', 'code = "x-cep--vae"', ["CEP208 need=x-essai--ski", "CEP208 need=x-essai--ski", "CEP209 need=x-cep--vae"]),
    # boxes
    ('{ seasonal = ["yes"], age', '{ saison = ["yes"], age', ["CEP210 fact=saison near=seasonal"]),
    ('seasonal = ["yes"], age', 'seasonal = ["oui"], age', ["CEP211 expected=yes, no fact=seasonal value=oui"]),
    ('"16..25"', '"25..16"', ["CEP211 expected=0..120 fact=age value=25..16"]),
    ('"16..25"', '"121"', ["CEP211 expected=0..120 fact=age value=121"]),
    # communes
    ('code = "99703"\n', 'code = "99704"\n', ["CEP212 commune=99703", "CEP213 zone=99703", "CEP212 commune=99703"]),
    ('commune = "99750"', 'commune = "05061"', []),
    ('commune = "99750"', 'commune = "05999"', ["CEP212 commune=05999"]),
    ('perimeter = ["99701", "99702"]', 'perimeter = ["departement:05", "200067825", "region:93", "99701"]', []),
    ('perimeter = ["99701", "99702"]', 'perimeter = ["departement:20", "region:99", "123456789"]', ["CEP213 zone=departement:20", "CEP213 zone=region:99", "CEP213 zone=123456789"]),
    ('code = "99750"', 'code = "05061"', ["CEP214 commune=05061", "CEP212 commune=99750"]),
    ('code = "99750"', 'code = "99703"', ["CEP203 id=99703", "CEP212 commune=99750"]),
    # presence
    ('  commune = "99702"', '  commune = "05061"', ["CEP215 commune=05061 id=guichet"]),
    ('  commune = "99702"', '  commune = "05061"\n  travel_minutes = { "99701" = 40 }', []),
    ('  type = "head_office"\n  commune = "99701"', '  type = "head_office"\n  commune = "05061"', []),
    ('  type = "head_office"\n  commune = "99701"', '  type = "branch"\n  commune = "05061"', ["CEP215 commune=05061 id=ccas"]),
    ('perimeter = ["99701"]\n  [[partners.places]]\n  type = "head_office"\n  commune = "99701"', 'perimeter = ["05061"]\n  [[partners.places]]\n  type = "branch"\n  commune = "05061"', []),
    ('commune = "99750"', 'commune = "99701"', ["CEP216 commune=99701 id=apec-essai"]),
    ('  [[operators.places]]\n  type = "permanence"\n  commune = "99750"\n  days_per_month = 2\n  [[operators.places]]\n  type = "remote"\n', "", ["CEP217 id=apec-essai"]),
    ('  [[operators.places]]\n  type = "remote"\n', "", []),
    # days
    ('since = "2011"', 'since = "2011"\nuntil = "2010-12"', ["CEP218 id=guichet since=2011 until=2010-12"]),
    ('since = "2011"', 'since = "2026-03"\nuntil = "2026"', []),
    ("seen_on = 2026-05-20", "seen_on = 2026-07-16", ["CEP219 day=2026-07-16 key=seen_on limit=2026-07-15"]),
    ('on = "2015-12"', 'on = "2026-08"', ["CEP219 day=2026-08 key=on limit=2026-07-15"]),
    ('on = "2015-12"', 'on = "2026"', []),
    ("updated_on = 2026-07-15\n", "", []),
    ("updated_on = 2026-07-15", "updated_on = 2026-06-29", ["CEP220 as_of=2026-06-30 updated_on=2026-06-29"]),
    # schemes
    ('name = "Agence d\'Essai"', 'name = "Agence"\nuntil = 2026-06-29', ["CEP221 day=2026-06-30 id=agence scheme=guichet"]),
    ('name = "Agence d\'Essai"', 'name = "Agence"\nuntil = 2026-06-30', ["CEP222 day=2026-06-30 id=agence scheme=guichet"]),
    ('pilot = "agence"', 'pilot = "fongecif_opacif"', ["CEP221 day=2026-06-30 id=fongecif_opacif scheme=guichet"]),
    ('status = "active"\nsince = "2011"', 'status = "closed"\nsince = "2011"', []),
    ("dedicated_means = true\n", "", ["CEP223 keys=dedicated_means scheme=guichet"]),
    ('services = ["one_stop_shop"]\n', "", ["CEP223 keys=services scheme=guichet"]),
    ('dedicated_means = true\npilot = "agence"\n', "dedicated_means = false\n", []),
    ('dedicated_means = true\npilot = "agence"\nmember_operators = ["agence", "apec-essai"]', 'member_operators = ["agence"]', []),
    ('dedicated_means = true\npilot = "agence"\nmember_operators = ["agence", "apec-essai"]', 'member_operators = ["agence", "apec"]', ["CEP223 keys=dedicated_means, pilot scheme=guichet"]),
    # coordination
    ('status = "active"\ntype', 'status = "none"\ntype', ["CEP224 keys=member_operators, member_partners, shared_tools, joint_actions, last_meeting"]),
    ('status = "active"\ntype', 'status = "stopped"\ntype', []),
    ('since = "2016"', 'since = "2016"\nuntil = "2025"', ["CEP225 as_of=2026-06-30 until=2025"]),
    ('since = "2016"', 'since = "2016"\nuntil = "2026"', []),
    ("last_meeting = 2026-05-12", "last_meeting = 2025-06-30", ["CEP226 as_of=2026-06-30 day=2025-06-30"]),
    ("last_meeting = 2026-05-12", "last_meeting = 2025-07-01", []),
    # phones and hours
    ('phone = "+33199000103"', 'phone = "+33972010203"', []),
    ('phone = "+33199000103"', 'phone = "+33639980101"', []),
    ('phone = "+33199000103"', 'phone = "+41223270000"', []),
    ('phone = "+33199000103"', 'phone = "+33097201020"', ["CEP227 phone=+33097201020"]),
    ('phone = "+33199000103"', 'phone = "+3397201020"', ["CEP227 phone=+3397201020"]),
    ('phone = "+33199000103"', 'phone = "+9991234567"', ["CEP227 phone=+9991234567"]),
    ('phone = "+33199000103"', 'phone = "116117"', []),
    ('hours = "Mo-Fr 09:00-12:00,14:00-17:00; PH off"', 'hours = "lundi 9h"', ["CEP228 hours=lundi 9h"]),
    ('hours = "Mo-Fr 09:00-12:00,14:00-17:00; PH off"', 'hours = "Mo 09:00-12:00; Mo 14:00-17:00"', ["CEP229 by=Mo 14:00-17:00 rule=Mo 09:00-12:00"]),
    ('hours = "Mo-Fr 09:00-12:00,14:00-17:00; PH off"', 'hours = "Mo 09:00-12:00, Mo 14:00-17:00"', []),
]  # fmt: skip


def test_the_good_file_is_good():
    assert faults(FULL) == []


@pytest.mark.parametrize(("old", "new", "expected"), FAULTS)
def test_one_change_one_fault(old, new, expected):
    found = faults(changed((old, new)))
    assert brief(found) == expected
    assert all(f.place.line and f.place.column for f in found)


WARNINGS = {
    "CEP206",
    "CEP215",
    "CEP217",
    "CEP219",
    "CEP220",
    "CEP222",
    "CEP223",
    "CEP224",
    "CEP225",
    "CEP226",
    "CEP227",
    "CEP228",
    "CEP229",
}


def test_what_is_an_error_and_what_a_warning():
    seen = {
        f.code: f.severity for old, new, expected in FAULTS if expected for f in faults(changed((old, new)))
    }
    assert {code for code, severity in seen.items() if severity == "warning"} == WARNINGS
    assert set(seen.values()) == {"error", "warning"}


def test_a_scheme_that_is_over_needs_nobody():
    text = changed(
        ('since = "2011"', 'since = "2011"\nuntil = "2025"'),
        ('pilot = "agence"', 'pilot = "fongecif_opacif"'),
    )
    assert brief(faults(text)) == []


def test_a_scheme_to_come_is_judged_on_its_first_day():
    text = changed(
        ('since = "2011"', 'since = "2027"'), ('name = "Agence d\'Essai"', 'name = "Agence"\nuntil = "2026"')
    )
    assert brief(faults(text)) == ["CEP221 day=2027-01-01 id=agence scheme=guichet"]


def test_without_a_map_only_fictitious_communes_are_judged():
    text = changed(('commune = "99750"', 'commune = "05999"'), ('  commune = "99702"', '  commune = "99799"'))
    assert brief(faults(text, None)) == ["CEP212 commune=99799", "CEP215 commune=99799 id=guichet"]


def test_a_double_shows_the_first():
    (finding,) = faults(changed(('id = "guichet"', 'id = "ccas"')))
    assert finding.more_places == (Place(file="fiche.toml", line=100, column=6, text='id = "ccas"'),)


def test_nothing_long_is_quoted_whole():
    (finding,) = faults(changed(('pilot = "agence"', f'pilot = "{"a" * 80}"')))
    assert finding.values["id"] == "a" * 59 + "…"


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_territories_contradict_nothing(name):
    path = Path(files.territories()[name])
    document = toml.parse(name, path.read_bytes())
    told = checks.believed(document.data)
    assert checks.territory_names(told, document.place, law(), places.known) == []


# -- malformed data -------------------------------------------------------------------------------------------------------


def nowhere(path, value=None):
    return Place(file="x")


KEYS = sorted(
    set(re.findall(r"[\w-]+(?= =)|\w+(?=\]\])", FULL))
    | {"territory", "public", "places", "contacts", "place", "contact", "breaks", "none", "remote"}
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.datetimes() | st.times()
    | st.sampled_from(["agence", "apec", "99701", "france", "2016", "active", "none", "x-a--b", "+33199000101", "Mo-Fr 09:00-12:00", "16..25", ""])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_any_data_is_survived(data):
    for finding in checks.territory_names(checks.believed(data), nowhere, law(), places.known):
        assert said(finding.code, finding.values, "fr")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(tomli.loads(FULL))), st.sampled_from(KEYS), VALUES)
def test_any_value_in_a_good_file_is_survived(table, key, value):
    data = tomli.loads(FULL)
    (data[table][0] if isinstance(data[table], list) else data[table])[key] = value
    checks.territory_names(checks.believed(data), nowhere, law(), places.known)


# -- hours ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ('Mo-Th 08:30-12:45 "Sans rendez-vous"; Mo-Th 12:45-16:30 "Sur rendez-vous"', True),
        ('Mo-Th 08:30-12:45 "Sans rendez-vous", Mo-Th 12:45-16:30 "Sur rendez-vous"', False),
        ("Mo-Fr 09:00-12:00; We 14:00-18:00", True),
        ("Mo-Fr 09:00-12:00; Mo-Fr 09:00-17:00", True),
        ("Mo-Fr 09:00-17:00; Fr 09:00-12:00", False),
        ("Mo-Fr 09:00-17:00; We off", False),
        ("Mo-Fr 09:00-17:00; PH off", False),
        ("Mo-Fr 09:00-17:00; Aug 10:00-12:00", False),
        ("Mo-Fr 09:00-17:00; Sa 09:00-12:00", False),
        ("We[1,3] 09:00-12:00; We[2,4] 14:00-17:00", False),
        ("We[1,3] 09:00-12:00; We[1] 14:00-17:00", True),
        ('Mo 09:00-12:00 "un; deux"; Tu 09:00-12:00', False),
        ("24/7", False),
        ("off", False),
    ],
)
def test_a_later_rule_that_wipes_out_an_earlier_one(text, lost):
    assert readable(text)
    assert bool(overridden(text)) == lost


@pytest.mark.parametrize(
    "text", ["lundi", "9.00 à 12.00", "Mo-Fr 25:00-26:00", "Mo-Fr 09:00-12:00;", "sur rendez-vous"]
)
def test_hours_that_cannot_be_read(text):
    assert not readable(text)


@given(st.text(alphabet='MoTuFr 0919:-;,"[]PHof', max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_hours_are_survived(text):
    if readable(text):
        overridden(text)


# -- what a territory lacks on a day --------------------------------------------------------------------------------------


def compiled(text):
    territory, findings = written.compile_territory("fiche.toml", text.encode(), law())
    assert territory is not None, findings
    return territory


def lacks(text, on=DAY, **more):
    territory = compiled(text)
    document = toml.parse("fiche.toml", text.encode())
    more = {
        "configurations": configurations(),
        "communes_of": places.communes_of,
        "where": document.place,
    } | more
    return checks.territory_findings(territory, law(), on, ground=Ground(territory), **more)


def codes(findings, *but):
    return [b for b in brief(findings) if not b.startswith(but)]


QUIET = (
    "CEP239",
    "CEP237",
    "CEP238",
    "CEP252",
    "CEP253",
)  # a file of two operators leaves much unserved and unsaid


def test_what_the_good_file_lacks():
    assert codes(lacks(FULL), "CEP239") == [
        "CEP237 communes=Bourg-Essai, Essai-le-Haut, Essai-le-Bas count=3 operator=cap_emploi total=3",
        "CEP237 communes=Bourg-Essai, Essai-le-Haut, Essai-le-Bas count=3 operator=mission_locale total=3",
        "CEP237 communes=Bourg-Essai, Essai-le-Haut, Essai-le-Bas count=3 operator=operateur_regional total=3",
        "CEP238 communes=Bourg-Essai, Essai-le-Haut, Essai-le-Bas count=3 operator=apec total=3",
        "CEP244 common=2 id=agence less=0 more=1",
        "CEP251 id=apec-essai",
        "CEP253 commune=Grand-Essai who=apec-essai",
        "CEP252 who=ccas",
        "CEP253 commune=Bourg-Essai who=ccas",
    ]


def test_needs_nobody_answers_by_commune():
    holes = {f.values["need"]: f.values["communes"] for f in lacks(FULL) if f.code == "CEP239"}
    assert "trouver-un-emploi" not in holes  # everywhere
    assert "logement-hebergement" not in holes  # by the scheme, whose zone is not written: perhaps
    assert holes["mobilite"] == "Essai-le-Haut, Essai-le-Bas"  # the partner serves the first commune only
    assert holes["x-essai--ski"] == "Essai-le-Haut, Essai-le-Bas"
    assert holes["numerique"] == "Bourg-Essai, Essai-le-Haut, Essai-le-Bas"


LACKS = [
    ('  email = "ccas@example.org"\n', "", ["CEP230 who=ccas"]),
    ('  phone = "3949"\n', "", ["CEP230 who=agence"]),
    ('  email = "ccas@example.org"\n  checked_on = 2026-06-01', '  email = "ccas@example.org"\n  checked_on = 2025-07-01', ["CEP231 day=2025-07-01 who=ccas"]),
    ('  email = "ccas@example.org"\n  checked_on = 2026-06-01', '  email = "ccas@example.org"\n  checked_on = 2025-07-02', []),
    ('  phone = "+33199000101"\n  checked_on = 2026-06-01', '  phone = "+33199000101"\n  checked_on = 2024-06-01', ["CEP231 day=2024-06-01 who=coordination"]),
    ('  phone = "3949"\n  checked_on = 2026-06-01', '  phone = "3949"\n  role = "accueil"', ["CEP234 role=accueil who=agence"]),
    ('since = "2011"', 'since = "2011"\nfunded_until = 2026-06-30', ["CEP235 day=2026-06-30 who=guichet"]),
    ('since = "2011"', 'since = "2011"\nfunded_until = "2026"', ["CEP236 day=2026 who=guichet"]),
    ('since = "2011"', 'since = "2011"\nfunded_until = 2027-01-01', []),
    ('since = "2016"', 'since = "2016"\nfunded_until = "2025"', ["CEP235 day=2025 who=coordination"]),
    ('name = "Annuaire"', 'name = "Annuaire"\nfunded_until = 2026-08-01', ["CEP236 day=2026-08-01 who=Annuaire"]),
    ("seen_on = 2026-05-20", "rests_on_one_person = true", []),
    ('  deputy = "Lou Essai"\n', "", []),
    ('perimeter = ["99701", "99702", "99703"]', 'perimeter = ["99701", "99702"]', ["CEP242 common=2 id=agence less=0 more=0"]),
    ('perimeter = ["99701", "99702", "99703"]', 'perimeter = ["99702"]', ["CEP243 common=1 id=agence less=1 more=0"]),
    ('perimeter = ["99701", "99702", "99703"]', 'perimeter = ["99702", "99703", "99750"]', ["CEP245 common=1 id=agence less=1 more=2"]),
    ('perimeter = ["99701", "99702", "99703"]', 'perimeter = ["99703"]', ["CEP246 common=0 id=agence less=2 more=1"]),
    ('perimeter = ["99701", "99702", "99703"]\n', "", []),
    ('configuration = "configuration_3"', 'configuration = "configuration_2"', ["CEP247 computed=configuration 3 declared=configuration 2"]),
    ("dedicated_means = true\n", "", ["CEP248 missing=scheme possible=configuration 1, configuration 3"]),
    ('name = "Apec de Grand-Essai"', 'name = "Apec"\nuntil = 2026-06-30', ["CEP249 day=2026-06-30 id=apec-essai"]),
    ('name = "Apec de Grand-Essai"', 'name = "Apec"\nuntil = 2026-06-30\nreplaced_by = "agence"', ["CEP255 by=agence day=2026-06-30 id=apec-essai"]),
    ('name = "Apec de Grand-Essai"', 'name = "Apec"\nreplaced_by = "agence"', []),
    ('  phone = "3949"\n  checked_on = 2026-06-01', '  phone = "3949"\n  role = "accueil"\n[[operators]]\nid = "z"\nnetwork = "apec"\nname = "Z"\nsource = "annuaire"\nsource_date = 2025-06-30\n  [[operators.places]]\n  type = "branch"\n  phone = "+33199000103"', ["CEP234 role=accueil who=agence", "CEP254 day=2025-06-30 source=annuaire who=z"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), LACKS)
def test_one_lack_at_a_time(old, new, expected):
    found = lacks(changed((old, new)))
    usual = {"CEP244", "CEP251"}
    told = [b for b in codes(found, *QUIET) if b[:6] not in usual]
    assert told == expected
    assert {f.severity for f in found} <= {"warning", "info"}
    assert all(f.place.file == "fiche.toml" and f.place.line for f in found)


@pytest.mark.parametrize(
    ("house", "told"),
    [
        ('[[partners]]\nid = "z"\nname = "Z"\ncircle = "spro"\nuntil = "2025"', "CEP249 day=2025 id=z"),
        ('[[partners]]\nid = "z"\nname = "Z"\ncircle = "spro"\nuntil = "2025"\nreplaced_by = "ccas"', "CEP255 by=ccas day=2025 id=z"),
        ('[[operators]]\nid = "z"\nname = "Z"\nnetwork = "fongecif_opacif"', "CEP249 day=2019-12-31 id=z"),
        ('[[operators]]\nid = "z"\nname = "Z"\nnetwork = "fongecif_opacif"\nuntil = "2018"', "CEP249 day=2018 id=z"),
    ],
)  # fmt: skip
def test_a_house_that_has_closed_or_whose_network_has(house, told):
    assert [b for b in brief(lacks(FULL + "\n" + house)) if b.endswith("id=z") and "CEP2" in b] == [told]


def test_phones_and_hours_are_missed_house_by_house():
    """Every partner and every place of the real files without one is named, once."""
    for name in ("ardennes-08", "paris-75"):
        territory, _ = files.load_territory(name, law())
        found = checks.territory_findings(territory, law(), "2020-06-01", ground=Ground(territory))
        told = [f.values["who"] for f in found if f.code == "CEP253"]
        doors = [
            h.id
            for h in (*territory.operators, *territory.partners)
            for p in h.places or ()
            if p.type in ("head_office", "branch", "permanence", "mobile") and not p.hours
        ]
        nowhere = [h.id for h in territory.partners if not h.places]
        assert sorted(told) == sorted(doors + nowhere)
        silent = {f.values["who"] for f in found if f.code in ("CEP230", "CEP252")}
        partners = {
            h.id: [t.phone for t in (*(h.places or ()), *(h.contacts or ()))] for h in territory.partners
        }
        assert {id_ for id_, phones in partners.items() if not any(phones)} == silent & set(partners)


def test_an_operator_to_come():
    text = changed(
        (
            "[[partners]]",
            '[[operators]]\nid = "orc"\nnetwork = "operateur_regional"\nname = "À venir"\nsince = 2026-07-02\n\n[[partners]]',
        )
    )
    assert "CEP250 day=2026-07-02 id=orc" in brief(lacks(text))


def test_a_tie_on_one_person_without_a_deputy():
    text = changed(("seen_on = 2026-05-20", "rests_on_one_person = true"), ('  deputy = "Lou Essai"\n', ""))
    assert "CEP241 from=agence to=ccas" in brief(lacks(text))


def test_a_house_for_professionals_alone_owes_the_public_nothing():
    between_us = ('use = "public"\n  email', 'use = "counsellor"\n  email')
    assert "CEP230 who=ccas" in brief(lacks(changed(between_us)))
    text = changed(between_us, ("publics =", 'referable_by = ["professionnels"]\npublics ='))
    assert "CEP230 who=ccas" not in brief(lacks(text))


def test_a_longer_patience():
    text = changed(
        (
            '  email = "ccas@example.org"\n  checked_on = 2026-06-01',
            '  email = "ccas@example.org"\n  checked_on = 2025-07-01',
        )
    )
    assert "CEP231 day=2025-07-01 who=ccas" not in brief(lacks(text, max_age_months=24))


def test_an_unwritten_table_is_not_an_empty_one():
    smallest = (Path(__file__).parent / "files" / "good" / "smallest.toml").read_text(encoding="utf-8")
    assert brief(lacks(smallest)) == [
        "CEP240 keys=coordination, operators, partners, schemes",
        "CEP248 missing=scheme, coordination possible=configuration 1, configuration 2, configuration 3",
    ]
    empty = smallest + "operators = []\n"
    assert "operators = []" in empty


def test_a_network_nobody_can_reach():
    bare = replace(law(), operators={c: replace(o, channels=()) for c, o in law().operators.items()})
    territory = compiled(FULL)
    found = checks.territory_findings(territory, bare, DAY, ground=Ground(territory))
    assert [f.values["operator"] for f in found if f.code == "CEP232"] == [
        "cap_emploi",
        "mission_locale",
        "operateur_regional",
    ]


def test_zones_are_unfolded():
    text = changed(
        ('perimeter = ["99701", "99702"]', 'perimeter = ["departement:05"]'),
        ('perimeter = ["99701", "99702", "99703"]', 'perimeter = ["05061", "99701"]'),
    )
    (finding,) = [f for f in lacks(text) if f.code == "CEP245"]
    size = len(places.communes_of("departement:05"))
    assert finding.values == {"id": "agence", "common": "1", "more": "1", "less": str(size - 1)}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("on", ["2019-06-30", "2026-11-22"])
def test_shipped_territories_agree_with_their_declaration(name, on):
    territory, findings = files.load_territory(name, law())
    assert findings == []
    found = checks.territory_findings(
        territory,
        law(),
        on,
        ground=Ground(territory),
        configurations=configurations(),
    )
    found = brief(f for f in found if f.code in ("CEP247", "CEP230", "CEP232"))
    fongecif = [
        "CEP230 who=fongecif-opacif",
        "CEP232 operator=fongecif_opacif",
    ]  # no national number was ever known to us
    assert sorted(found) == (fongecif if (name, on) == ("france", "2019-06-30") else [])


# -- words ----------------------------------------------------------------------------------------------------------------


def emitted():
    """What the rooms say they may emit, read from their source."""
    rooms = [territory_room, ground_room, where_room]
    return {
        c
        for room in rooms
        for c in re.findall(r"\"(CEP2\d\d)\"", Path(room.__file__).read_text(encoding="utf-8"))
    }


def test_every_code_has_its_sentence_and_every_sentence_its_code():
    assert emitted() == MESSAGES


def test_every_code_is_shown_by_a_case():
    shown = {f.code for old, new, e in FAULTS if e for f in faults(changed((old, new)))}
    shown |= {e[:6] for _, _, expected in LACKS for e in expected or ()}
    elsewhere = {
        "CEP232",
        "CEP233",
        "CEP237",
        "CEP238",
        "CEP239",
        "CEP240",
        "CEP241",
        "CEP244",
        "CEP250",
        "CEP251",
        "CEP252",
        "CEP253",
        "CEP256",
    }
    assert MESSAGES - shown == elsewhere


def test_every_finding_fills_its_sentence():
    found = [f for old, new, e in FAULTS if e for f in faults(changed((old, new)))]
    found += [f for old, new, e in LACKS if e for f in lacks(changed((old, new)))]
    for finding in found:
        for lang in ("fr", "en"):
            assert field_names(template(finding.code, lang)) <= finding.values.keys()
            assert "{" not in said(finding.code, finding.values, lang)[0]
