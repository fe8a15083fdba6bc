"""Each entry has its own age: who answers of one network, how an old address is shown, and that no date in shipped data ends an answer."""

import json
import random
from datetime import date

import phonenumbers
import pytest
from msgspec import convert
from msgspec.structs import replace

from cep_route import Profile, files, load, places, route
from cep_route.__main__ import run
from cep_route.directory.age import months_between, shown_as, stands
from cep_route.directory.desks import Desks, ListedDesk
from cep_route.directory.ground import Ground
from cep_route.directory.where import route as routed
from cep_route.files.country import write
from cep_route.model.territory import Coordination, Territory
from cep_route.places import table
from cep_route.render.data import answer_data

DAY = "2026-11-28"
YOUNG = {
    "age": 19,
    "status": "jobseeker",
    "in_school": "no",
    "employed": "no",
    "disability": "none",
    "cadre": "no",
}
FIVE = {
    "young": (YOUNG, "mission_locale", "mission-locale"),
    "pupil": ({"age": 15, "status": "pupil", "employed": "no"}, "cio", "cio"),
    "disabled": ({**YOUNG, "age": 45, "disability": "recognised"}, "cap_emploi", "cap-emploi-reseau-cheops"),
    "title": ({**YOUNG, "age": 45, "disability": "pending"}, "mdph", "mdph"),
    "adult": ({**YOUNG, "age": 45}, "france_travail", "france-travail"),
}
TITLE = "sante--constituer-un-dossier-mdph-invalidite"
# Départements of which the sources give no desk: the national channel answers there.
ABSENT = {
    "mission-locale": "",
    "cio": "976",
    "cap-emploi-reseau-cheops": "08 26 2A 2B 52 53 67 74 82 90 973 976",
    "mdph": "01 52 67 974",
}


@pytest.fixture(scope="module")
def router():
    return load()


def test_400_communes_and_five_kinds_of_person_each_get_a_door_of_their_departement(router):
    """Right network, same département, distance right to 1 km, a number that can ring, its days told."""
    departements = [d for d in table.departements() if d < "975" or d == "976"]
    draw, faults, seen = random.Random(17), [], 0
    homes = [draw.choice(places.communes_of(f"departement:{d}")) for d in departements for _ in range(4)]
    for home in homes:
        here = places.commune(home)
        for kind, (facts, code, network) in FIVE.items():
            needs = (TITLE,) if kind == "title" else ()
            found = route(router, Profile(facts=facts, commune=home, needs=needs), on=DAY)
            desk = found.desks.get(code) or found.bodies.get(code)
            if kind == "title":
                desk = next((m.desk for m in found.partners if m.need == TITLE), None)
            what = (home, kind)
            if desk is None:
                faults.append((*what, "no desk and no channel"))
                continue
            listed = Desks.of(router.desks, network, here.departement)
            if desk.channel == "national":
                if listed:
                    faults.append((*what, "a desk is known and not said"))
                if not (desk.phone or desk.url or desk.note):
                    faults.append((*what, "nothing to find it by"))
                continue
            seen += 1
            faults += [
                (*what, f"JSON: {key}") for key in unlike(answer_data(found, router.law, "fr"), kind, desk)
            ]
            if desk.commune and places.commune(desk.commune).departement != here.departement:
                faults.append((*what, "another département", desk.commune))
            number = desk.phone or ""
            if number.startswith("+") and not phonenumbers.is_valid_number(phonenumbers.parse(number)):
                faults.append((*what, number))
            if not desk.as_of or desk.age_months is None or desk.source is None:
                faults.append((*what, "no age"))
            told = next((d for d in listed if d.name == desk.name and d.phone == desk.phone), None)
            if told is None:
                faults.append((*what, desk))
                continue
            point = (told.latitude, told.longitude)
            if point[0] is None and told.commune:
                point = (places.commune(told.commune).lat, places.commune(told.commune).lon)
            if point[0] is not None and here.lat is not None:
                km = places.great_circle(here.lat, here.lon, *point)
                if desk.km is None or abs(km - desk.km) > 1:
                    faults.append((*what, "distance", km, desk.km))
    assert faults == []
    assert seen > 1_300


def unlike(told, kind, desk):
    """What the JSON of an answer says of a desk otherwise than the answer itself."""
    if kind == "title":
        shown = next(p["desk"] for p in told["partners"] if p["need"] == TITLE)
    elif kind == "pupil":
        shown = told["outside"]["desk"]
    else:
        shown = next(e["desk"] for e in told["eligible"] if e["operator"] == desk.operator)
    keys = (
        "name",
        "address",
        "commune",
        "phone",
        "hours",
        "url",
        "km",
        "source",
        "as_of",
        "checked_on",
        "age_months",
        "shown",
    )
    return [key for key in keys if shown[key] != getattr(desk, key)]


@pytest.mark.parametrize(
    ("on", "shown"), [("2027-11-28", "verify"), ("2029-11-28", "old"), ("2036-11-28", "old")]
)
def test_every_kind_of_desk_says_its_age_at_one_three_and_ten_years(router, on, shown):
    """Of 25 communes and five persons each: a desk that is no longer young is shown as such, an old one after its channel, with its day."""
    draw, ages = random.Random(3), set()
    departements = [d for d in table.departements() if d < "971"]
    for home in (draw.choice(places.communes_of(f"departement:{d}")) for d in draw.sample(departements, 25)):
        for kind, (facts, code, _) in FIVE.items():
            needs = (TITLE,) if kind == "title" else ()
            found = route(router, Profile(facts=facts, commune=home, needs=needs), on=on)
            desk = found.desks.get(code) or found.bodies.get(code)
            if kind == "title":
                desk = next((m.desk for m in found.partners if m.need == TITLE), None)
            listed = desk.nearest if desk and desk.channel == "national" else desk
            if listed is None or listed.source is None:
                continue
            ages.add(listed.shown)
            assert listed.as_of, (home, kind)
            assert listed.age_months == months_between(listed.as_of, on), (home, kind)
            assert (desk.channel == "national") is (shown == "old"), (home, kind)
    assert ages == {shown}


def test_where_no_desk_is_listed_the_national_channel_says_so(router):
    for network, codes in ABSENT.items():
        kind = next(k for k, (_, _, n) in FIVE.items() if n == network)
        facts, code, _ = FIVE[kind]
        for departement in codes.split():
            home = places.communes_of(f"departement:{departement}")[0]
            found = route(router, Profile(facts=facts, commune=home), on=DAY)
            desk = found.desks.get(code) or found.bodies.get(code)
            if desk is not None:  # an MDPH is named by the need of a title
                assert (desk.channel, desk.address) == ("national", None), (
                    departement,
                    network,
                )
                assert "non trouvées" in (desk.note or {"fr": ""})["fr"], (departement, network)
    home = places.communes_of("departement:52")[0]
    disabled = route(router, Profile(facts=FIVE["disabled"][0], commune=home), on=DAY).desks["cap_emploi"]
    assert disabled.phone == "+33800111009"


@pytest.mark.parametrize("on", ["2027-11-28", "2029-11-28", "2036-11-28", "2028-11-22"])
def test_no_date_in_shipped_data_ends_an_answer(router, on, tmp_path):
    """At one, three and ten years: the network answers, and an address of that age is not shown without it."""
    found = route(router, Profile(facts=YOUNG, commune="38316"), on=on).first[0]
    assert found.operator == "mission_locale"
    assert (found.channel, found.shown) == {"2027": ("desk", "verify"), "2028": ("desk", "verify")}.get(
        on[:4], ("national", "plain")
    )
    if found.channel == "national":
        assert found.nearest.shown == "old"
        assert found.nearest.age_months > 36
    (tmp_path / "in.csv").write_text("age;statut;code insee\n19;demandeur d'emploi;38316\n", encoding="utf-8")
    assert run(["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--on", on]) == 0
    assert run(
        [
            "route",
            "--age",
            "19",
            "--commune",
            "38316",
            "--territory",
            "creuse-23",
            "--on",
            on,
            "--format",
            "json",
        ]
    ) in (0, 1)


def test_a_day_before_the_snapshot_has_the_address_of_today(router):
    found = route(router, Profile(facts=YOUNG, commune="38316"), on="2026-03-01").first[0]
    assert (found.shown, found.age_months, found.as_of) == ("today", 0, "2026-10-07")


def test_how_an_age_is_shown():
    told = {
        ("2026-10-07", None, DAY): "plain",
        ("2025-11-28", None, DAY): "plain",
        ("2025-11-27", None, DAY): "verify",
        ("2023-11-28", None, DAY): "verify",
        ("2023-11-27", None, DAY): "old",
        ("2026-10-07", "2021-11-29", DAY): "plain",
        ("2026-10-07", "2021-11-28", DAY): "verify",
        ("2026-12-01", None, DAY): "today",
        ("2019", None, DAY): "old",
    }
    assert {case: shown_as(*case) for case in told} == told
    assert months_between("2019-01", "2019-03-01") == 2
    assert not stands(Coordination(since="2027"), DAY)
    assert stands(Coordination(until="2026"), DAY)


def local(source_date, *, places_=None, perimeter=("05061",)):
    """A territory of Gap with one mission locale of its own."""
    house = {
        "id": "ml", "network": "mission_locale", "name": "ML du fichier", "perimeter": perimeter and list(perimeter), "source_date": source_date,
        "places": places_ or [{"type": "branch", "commune": "05061", "address": "9 rue X, 05000 Gap", "phone": "+33492000000"}],
    }  # fmt: skip
    head = {"id": "gap", "name": "Gap", "communes": ["05061"], "as_of": "2019-01-01"}
    return convert(
        {"territory": head, "operators": [{k: v for k, v in house.items() if v is not None}]}, Territory
    )


@pytest.fixture
def country(tmp_path):
    path = str(tmp_path / "desks.sqlite")
    desk = ListedDesk(
        network="mission-locale", departement="05", name="ML du pays", commune="05023", town="Briançon",
        address="1 rue Y, 05100 Briançon", phone="+33492111111", as_of="2026-06-01", source="S", licence="L",
    )  # fmt: skip
    write(path, [(desk, [])])
    return Desks(path)


def answered(router, territory, desks, on=DAY):
    ground = Ground(territory, desks)
    return routed(router.judge, Profile(facts=YOUNG, commune="05061"), on, territory, ground).first[0]


def test_of_one_network_the_less_old_entry_wins(router, country):
    newer = answered(router, local("2026-09-01"), country)
    assert (newer.name, newer.shown, newer.age_months) == ("ML du fichier", "plain", 2)
    near = answered(
        router, local("2026-01-01"), country
    )  # it knows who is in charge, and is less than a year old
    assert (near.name, near.zone, near.shown) == ("ML du fichier", "inside", "plain")
    assert answered(router, local("2025-06-01"), country).name == "ML du pays"
    older = answered(router, local("2026-01-01", perimeter=None), country)
    assert (older.name, older.zone, older.shown) == ("ML du pays", "unknown", "plain")
    assert answered(router, local("2019-01-01"), country).name == "ML du pays"
    alone = answered(router, local("2019-01-01"), None)
    assert (alone.channel, alone.nearest.name, alone.nearest.shown) == ("national", "ML du fichier", "old")
    assert answered(router, local("2024-06-01"), None).shown == "verify"
    absent = local("2019-01-01", places_=[{"type": "none"}, {"type": "remote", "phone": "+33492222222"}])
    assert (answered(router, absent, country).channel, answered(router, absent, country).phone) == (
        "remote",
        "+33492222222",
    )
    alone = answered(
        router, local("2019-01-01", places_=[{"type": "none"}]), country
    )  # an absence and no more
    assert (alone.channel, alone.name) != ("desk", "ML du pays")


def test_a_house_that_both_files_know_is_told_by_the_newer_one(router, country, tmp_path):
    """The territory knows who is in charge of the commune; the newer entry of the same house tells its hours."""
    (desk,) = country.of("mission-locale", "05")
    both = str(tmp_path / "both.sqlite")
    mine = replace(
        desk, name="ML du fichier, à jour", commune="05061", phone="+33492000000", hours="Mo 09:00-12:00"
    )
    write(both, [(mine, [])])
    found = answered(router, local("2026-01-01"), Desks(both))
    assert (found.name, found.zone, found.hours) == ("ML du fichier, à jour", "inside", "Mo 09:00-12:00")


def test_who_is_in_charge_goes_before_who_is_near(router, country, tmp_path):
    path = str(tmp_path / "served.sqlite")
    (near,) = country.of("mission-locale", "05")
    far = replace(near, departement="04", commune="04070", name="ML en charge", town="Digne-les-Bains")
    write(path, [(near, []), (far, ["05061"])])
    found = answered(router, local("2019-01-01"), Desks(path))
    assert (found.name, found.zone) == ("ML en charge", "inside")


def test_an_invented_territory_does_not_age():
    law, _ = files.load_law()
    invented, _ = files.load_territory("c3a", law)
    assert invented.invented
    answer = route(load(), Profile(facts=YOUNG, commune="99501"), on="2099-01-01")
    assert all(
        d.shown == "plain" and d.age_months is None for d in answer.desks.values() if d.channel != "national"
    )


def test_accept_old_is_taken_and_does_nothing(capsys):
    words = [
        "route",
        "--age",
        "19",
        "--statut",
        "demandeur-emploi",
        "--commune",
        "38316",
        "--on",
        DAY,
        "--format",
        "json",
    ]
    answers = []
    for more in ([], ["--accept-old"]):
        run([*words, *more])
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    with pytest.warns(DeprecationWarning, match="does nothing"):
        load(accept_old=True)
    assert date.fromisoformat(DAY)
