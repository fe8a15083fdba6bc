"""Where and with whom: desks, schemes, partners, funding, cooperation, the seasonal year. Never who is eligible."""

from __future__ import annotations

import itertools
import random
from datetime import date
from functools import cache

import pytest
from msgspec import convert
from msgspec.structs import replace

from cep_route import files, places
from cep_route.directory import where
from cep_route.directory.age import stands
from cep_route.directory.cooperation import cooperation
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.model.answer import Funder, Profile
from cep_route.model.profile import calendar, ordered_needs
from cep_route.model.tables import TerritoryFile
from cep_route.model.territory import Territory, plain_of
from cep_route.typed import Vocabulary

LAW = files.load_law()[0]
assert LAW is not None
JUDGE = Judge(LAW)
CONFIGURATIONS = Judge(files.load_cooperation()[0])
TODAY = "2026-11-22"
SHIPPED = sorted(files.territories())
SIX = ["c1a", "c1b", "c2a", "c2b", "c3a", "c3b"]
NETWORKS = [code for code, card in LAW.operators.items() if not card.outside]

# -- what the tests are made with ---------------------------------------------------------------------------------------------


@cache
def shipped(name):
    territory, findings = files.load_territory(name, LAW)
    assert findings == []
    return territory


def built(**tables):
    """A territory written here, through the same strict model as a file: five villages on a line, 11 km apart."""
    head = {
        "schema": 1,
        "id": "essai",
        "name": "Essai",
        "as_of": date(2026, 1, 1),
        "communes": list(VILLAGES),
    }
    tables.setdefault("territory", head)
    tables.setdefault(
        "communes",
        [
            {"code": c, "name": n, "latitude": 45 + i / 10, "longitude": -9.0}
            for i, (c, n) in enumerate(VILLAGES.items())
        ],
    )
    plain = TerritoryFile.model_validate(tables).model_dump(mode="json", by_alias=True, exclude_none=True)
    return convert(plain, Territory)


VILLAGES = {"99901": "Un", "99902": "Deux", "99903": "Trois", "99904": "Quatre", "99905": "Cinq"}


def house(id_, network="france_travail", **more):
    return {"id": id_, "network": network, "name": id_.title(), **more}


def place(commune, type_="branch", **more):
    return {"type": type_, "commune": commune, "address": f"1 rue de {commune}", **more}


REMOTE = {"type": "remote", "phone": "+33199000000"}
NONE = {"type": "none"}


def ground(territory):
    return Ground(territory)


def answer(territory, on=TODAY, *, judge=JUDGE, needs=(), blocking=(), commune=None, birth=None, **facts):
    profile = Profile(facts=facts, needs=needs, blocking=blocking, commune=commune, birth_date=birth)
    return where.route(judge, profile, on, territory, ground(territory), CONFIGURATIONS)


SEEKER = {
    "age": 40,
    "status": "jobseeker",
    "employed": "no",
    "cadre": "no",
    "disability": "none",
    "in_school": "no",
}
EMPLOYEE = {
    "age": 40,
    "status": "employee",
    "cadre": "no",
    "disability": "none",
    "in_school": "no",
    "job_at_risk": "no",
}


def desk(territory, commune="99901", code="france_travail", on=TODAY):
    return where.Local(LAW, commune, on, territory, ground(territory)).desk_of(code)


# -- which desk ---------------------------------------------------------------------------------------------------------------

DESKS = {
    "own perimeter before a nearer house whose perimeter is not written": (
        [house("loin", perimeter=["99901"], places=[place("99905")]), house("ici", places=[place("99901")])],
        ("loin", "desk", "99905"),
    ),
    "a house outside whose perimeter the commune lies never serves it": (
        [
            house("ici", perimeter=["99902"], places=[place("99901")]),
            house("loin", perimeter=["99901"], places=[place("99905")]),
        ],
        ("loin", "desk", "99905"),
    ),
    "presence in the commune before a nearer head office": (
        [
            house(
                "a",
                perimeter=["france"],
                places=[place("99902", "head_office"), place("99901", "permanence")],
            )
        ],
        ("a", "permanence", "99901"),
    ),
    "the nearest of several, whatever their order in the file": (
        [house("a", perimeter=["france"], places=[place("99905"), place("99903"), place("99904")])],
        ("a", "desk", "99903"),
    ),
    "the nearest house of several": (
        [
            house("a", perimeter=["france"], places=[place("99904")]),
            house("b", perimeter=["france"], places=[place("99902")]),
        ],
        ("b", "desk", "99902"),
    ),
    "a desk before the remote channel": (
        [house("a", perimeter=["france"], places=[REMOTE, place("99905")])],
        ("a", "desk", "99905"),
    ),
    "remote when there is no desk": (
        [house("a", perimeter=["france"], places=[REMOTE])],
        ("a", "remote", None),
    ),
    "absent here: remote before its desks elsewhere": (
        [house("a", perimeter=["france"], places=[NONE, REMOTE, place("99905")])],
        ("a", "remote", None),
    ),
    "absent, no remote written, a public phone: the phone is the remote channel": (
        [
            house(
                "a",
                perimeter=["france"],
                places=[NONE],
                contacts=[{"use": "public", "phone": "+33199000001"}],
            )
        ],
        ("a", "remote", None),
    ),
    "contacts alone are a remote channel": (
        [house("a", perimeter=["france"], contacts=[{"use": "public", "phone": "+33199000001"}])],
        ("a", "remote", None),
    ),
    "absent, nothing else written: the national channel": (
        [house("a", perimeter=["france"], places=[NONE])],
        ("a", "national", None),
    ),
    "a house of which nothing is known: the national channel": (
        [house("a", perimeter=["france"])],
        (None, "national", None),
    ),
    "no house of the network: the national channel": (
        [house("a", network="apec", perimeter=["france"], places=[place("99901")])],
        (None, "national", None),
    ),
    "a house closed since": (
        [house("a", until=date(2025, 12, 31), perimeter=["france"], places=[place("99901")])],
        (None, "national", None),
    ),
    "a house not open yet": (
        [house("a", since="2027", perimeter=["france"], places=[place("99901")])],
        (None, "national", None),
    ),
    "open until the end of a year told by its number alone": (
        [house("a", until="2026", perimeter=["france"], places=[place("99901")])],
        ("a", "desk", "99901"),
    ),
    "a mobile desk is a regular visit": (
        [house("a", perimeter=["france"], places=[place("99901", "mobile")])],
        ("a", "permanence", "99901"),
    ),
}


@pytest.mark.parametrize(("operators", "expected"), DESKS.values(), ids=DESKS.keys())
@pytest.mark.parametrize("turn", [1, -1], ids=["as written", "the other way round"])
def test_desk_choice(operators, expected, turn):
    found = desk(built(operators=operators[::turn]))
    assert (found.id, found.channel, found.commune) == expected


TIES = {
    "at equal distance, the shorter way there": (
        [
            house("a", perimeter=["france"], places=[place("99902", travel_minutes={"99901": 30})]),
            house("b", perimeter=["france"], places=[place("99902", travel_minutes={"99901": 12})]),
        ],
        ("b", "1 rue de 99902"),
    ),
    "a way that is known before one that is not": (
        [
            house("a", perimeter=["france"], places=[place("99902")]),
            house("b", perimeter=["france"], places=[place("99902", travel_minutes={"99901": 90})]),
        ],
        ("b", "1 rue de 99902"),
    ),
    "then the id of the house": (
        [
            house("b", perimeter=["france"], places=[place("99902")]),
            house("a", perimeter=["france"], places=[place("99902")]),
        ],
        ("a", "1 rue de 99902"),
    ),
    "then the address": (
        [
            house(
                "a",
                perimeter=["france"],
                places=[place("99902", address="2 quai du Lac"), place("99902", address="1 quai du Lac")],
            )
        ],
        ("a", "1 quai du Lac"),
    ),
    "two villages as far on either side: the id again": (
        [
            house("b", perimeter=["france"], places=[place("99904")]),
            house("a", perimeter=["france"], places=[place("99902")]),
        ],
        ("a", "1 rue de 99902"),
    ),
}


@pytest.mark.parametrize(("operators", "expected"), TIES.values(), ids=TIES.keys())
@pytest.mark.parametrize("turn", [1, -1], ids=["as written", "the other way round"])
def test_ties_are_settled_in_a_stated_order(operators, expected, turn):
    home = "99903" if len({p["commune"] for o in operators for p in o["places"]}) == 2 else "99901"
    found = desk(built(operators=operators[::turn]), home)
    assert (found.id, found.address) == expected


def test_the_national_channel_of_a_house_without_a_phone_keeps_its_name_and_the_nearest_desk():
    found = desk(
        built(operators=[house("a", perimeter=["france"], places=[NONE, place("99905"), place("99903")])])
    )
    assert (found.channel, found.name, found.phone) == ("national", "A", "3949")
    assert found.nearest.commune == "99903"


def test_the_remote_channel_gives_the_nearest_desk():
    found = desk(
        built(
            operators=[
                house("a", perimeter=["france"], places=[NONE, REMOTE, place("99905"), place("99903")])
            ]
        )
    )
    assert (found.channel, found.phone) == ("remote", "+33199000000")
    assert (found.nearest.commune, found.nearest.km) == ("99903", 22.2)


def test_without_a_home_any_desk_stands_and_no_distance_is_claimed():
    found = desk(built(operators=[house("a", perimeter=["99901"], places=[place("99901")])]), commune=None)
    assert (found.channel, found.km, found.zone) == ("desk", None, "unknown")


def test_travel_time_is_the_one_of_the_home():
    territory = built(
        operators=[house("a", perimeter=["france"], places=[place("99902", travel_minutes={"99901": 35})])]
    )
    assert desk(territory).minutes == 35
    assert desk(territory, commune="99903").minutes is None


def test_a_perimeter_may_name_a_departement_a_region_or_an_epci():
    """Gap is in the Hautes-Alpes, region 93, EPCI 200067825; Briançon is not in that EPCI."""
    for zone, gap, briancon in (
        ("departement:05", "a", "a"),
        ("region:93", "a", "a"),
        ("200067825", "a", None),
        ("05061", "a", None),
        ("departement:04", None, None),
    ):
        territory = built(operators=[house("a", perimeter=[zone], places=[place("05061")])])
        assert (zone, desk(territory, "05061").id, desk(territory, "05023").id) == (zone, gap, briancon)


def test_a_counsellor_who_may_not_be_published_is_not():
    hidden = {"use": "counsellor", "name": "Discret", "may_publish": False}
    shown = {"use": "counsellor", "name": "Visible"}
    for contacts, name in (([hidden], None), ([hidden, shown], "Visible"), ([shown, hidden], "Visible")):
        found = desk(
            built(operators=[house("a", perimeter=["france"], places=[place("99901")], contacts=contacts)])
        )
        assert (found.counsellor.name if found.counsellor else None) == name
        assert found.contact is None


# -- nobody is left without an answer -------------------------------------------------------------------------------------------


def reachable(found):
    """A desk one can go to, a number, an address of the network, or a note that says why not."""
    return bool(
        found.phone
        or found.url
        or (found.channel in ("desk", "permanence") and (found.address or found.commune))
        or found.note
    )


@pytest.mark.parametrize("name", ["c2a", "c2b"])
@pytest.mark.parametrize("on", ["2018-06-30", TODAY])
def test_an_absent_operator_gives_its_remote_channel_and_the_nearest_permanence_never_a_dead_address(
    name, on
):
    territory = shipped(name)
    for commune, code in itertools.product(territory.head.communes, NETWORKS):
        here = [o for o in territory.operators if o.network == code and stands(o, on)]
        found = desk(territory, commune, code, on)
        places_ = [p for o in here for p in o.places or ()]
        if not here:
            assert (found.channel, found.id) == ("national", None)
        elif any(p.type == "none" for p in places_):
            assert found.channel == "remote"
            assert found.phone
            assert found.address is None
            elsewhere = [p for p in places_ if p.type in ("head_office", "branch", "permanence", "mobile")]
            assert bool(found.nearest) == bool(elsewhere)
            if elsewhere:
                assert found.nearest.channel in ("desk", "permanence")
                assert found.nearest.km == min(  # to the desk itself where it is placed, else to its commune
                    round(
                        ground(territory).km(commune, p.commune, p.latitude, p.longitude),
                        1,
                    )
                    for p in elsewhere
                )
        else:
            assert reachable(found)


def every_commune(name):
    head = shipped(name).head
    if head.communes:
        return head.communes
    if "france" not in head.perimeter:
        return [code for zone in head.perimeter for code in places.communes_of(zone)][::9]
    # national channels hang on the region alone: one commune of each département stands for the others
    return [places.communes_of(f"departement:{d}")[0] for d in DEPARTEMENTS]


DEPARTEMENTS = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize(
    "on", ["2016-05-01", "2019-12-31", "2020-01-01", "2022-07-14", "2024-01-01", "2024-01-02", TODAY]
)
def test_every_operator_of_the_day_has_a_desk_or_a_stated_channel_from_every_commune(name, on):
    territory = shipped(name)
    open_today = [code for code in NETWORKS if any(c.opens == code and c.in_force(on) for c in LAW.rules)]
    for commune, code in itertools.product(every_commune(name), open_today):
        found = desk(territory, commune, code, on)
        assert found.channel in ("desk", "permanence", "remote", "national")
        assert reachable(found) or found.name, (commune, code)


def test_every_eligible_operator_of_an_answer_has_its_desk():
    for name in SHIPPED:
        commune = every_commune(name)[0]
        for facts in (SEEKER, EMPLOYEE, {"age": 22, "status": "jobseeker"}, {"status": "public_agent"}):
            found = answer(shipped(name), judge=REMEMBERING, commune=commune, **facts)
            wanted = {e.operator for e in found.decision.eligible} | set(found.decision.possible)
            wanted |= {m.operator for m in found.decision.maybe}
            assert set(found.desks) == {code for code in wanted if code in NETWORKS}


def test_the_firsts_desks_are_in_the_order_of_the_firsts():
    found = answer(shipped("c1a"), commune="99101", **{**SEEKER, "disability": "recognised"})
    assert len(found.first) == 2
    assert tuple(d.operator for d in found.first) == found.decision.first


# -- the territory never changes who is eligible ----------------------------------------------------------------------------------


class Remembering(Judge):
    """The same judge, asked once for each (facts, day): what the territory adds is what is tried here."""

    def __init__(self, law):
        super().__init__(law)
        self.kept = {}

    def decide(self, profile, on):
        key = (on, tuple(sorted(profile.facts.items())), profile.birth_date)
        if key not in self.kept:
            self.kept[key] = super().decide(profile, on)
        return replace(
            self.kept[key],
        )


REMEMBERING = Remembering(LAW)


@pytest.mark.parametrize("on", ["2018-06-30", TODAY])
def test_the_territory_never_changes_who_is_eligible(on):
    """People of every outcome of the law, the shipped territories and their communes in turn, with needs: the decision is that of the law alone."""
    table = REMEMBERING.table(on)
    homes = {name: itertools.cycle(every_commune(name)) for name in SHIPPED}
    needs = itertools.cycle(
        [(), ("mobilite",), ("logement-hebergement", "se-former"), ("trouver-un-emploi",)]
    )
    kinds = 0
    turn = itertools.cycle(SHIPPED if on == TODAY else (*SIX, "france"))
    outcomes = set()
    for number, (known, outcome) in enumerate(table.kinds()):
        if outcome in outcomes and number % 40:  # one kind in forty, and the first of each outcome
            continue
        outcomes.add(outcome)
        facts = {n: table.members[n][i][0] for n, i in known.items()}
        alone = REMEMBERING.decide(Profile(facts=facts), on)
        kinds += 1
        name = next(turn)
        found = answer(
            shipped(name), on, judge=REMEMBERING, commune=next(homes[name]), needs=next(needs), **facts
        )
        assert found.decision == alone
    assert kinds > 100


def test_nor_when_facts_are_missing():
    pick = random.Random(2)
    names = [n for n in LAW.facts if n != "age"]
    for _ in range(20):
        facts = {n: pick.choice(LAW.facts[n].values) for n in pick.sample(names, pick.randint(1, 3))}
        if JUDGE.contradictions(facts, TODAY):
            continue
        alone = REMEMBERING.decide(Profile(facts=facts), TODAY)
        for name in (*SIX, "france"):
            found = answer(shipped(name), judge=REMEMBERING, commune=every_commune(name)[0], **facts)
            assert found.decision == alone


# -- the one-stop shop ------------------------------------------------------------------------------------------------------------

SHOPS = {
    "c3a": ("99502", "Guichet des saisons de Haute-Serre"),
    "c3b": ("99603", "Espace saisonniers du Mézeron"),
}


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize("on", ["2019-06-30", "2019-12-31", "2020-01-01", TODAY])
def test_a_seasonal_person_goes_to_the_one_stop_shop_first_on_any_day(name, on):
    commune, shop = SHOPS[name]
    found = answer(shipped(name), on, commune=commune, **SEEKER, seasonal="yes")
    assert [(s.name, s.first, s.missing) for s in found.schemes] == [(shop, True, ())]
    assert found.schemes[0].phone
    assert found.schemes[0].desk.address


@pytest.mark.parametrize("name", SHOPS)
def test_it_answers_several_needs_at_once_and_comes_before_other_partners(name):
    needs = ("logement-hebergement", "sante", "se-former")
    found = answer(shipped(name), commune=SHOPS[name][0], needs=needs, **SEEKER, seasonal="yes")
    for need in needs:
        best = next(m for m in found.partners if m.need == need)
        assert (best.kind, best.name) == ("scheme", SHOPS[name][1])
        assert "covers:3" in best.why
    assert found.unmet == ()


@pytest.mark.parametrize("name", SHOPS)
def test_it_is_not_offered_to_others(name):
    found = answer(
        shipped(name), commune=SHOPS[name][0], needs=("logement-hebergement",), **SEEKER, seasonal="no"
    )
    assert found.schemes == ()
    assert not [m for m in found.partners if m.kind == "scheme"]


@pytest.mark.parametrize("name", SHOPS)
def test_it_may_be_the_place_when_nobody_asked_about_seasons(name):
    found = answer(shipped(name), commune=SHOPS[name][0], needs=("logement-hebergement",), **SEEKER)
    assert [(s.name, s.first, s.missing) for s in found.schemes] == [(SHOPS[name][1], False, ("seasonal",))]
    assert not [m for m in found.partners if m.kind == "scheme"]


@pytest.mark.parametrize("name", SHOPS)
def test_it_is_not_offered_outside_its_perimeter(name):
    other = "99601" if name == "c3a" else "99501"
    assert answer(shipped(name), commune=other, **SEEKER, seasonal="yes").schemes == ()


SCHEME = {
    "id": "guichet", "name": "Guichet", "status": "active", "public": {"seasonal": ["yes"]}, "services": ["one_stop_shop"],
    "dedicated_means": True, "pilot": "ft", "member_operators": ["ft", "or"], "needs": ["mobilite"],
}  # fmt: skip
BOTH = [
    house("ft", perimeter=["france"], places=[REMOTE]),
    house("or", "operateur_regional", perimeter=["france"], places=[REMOTE]),
]

OFFERED = {
    "active": ({}, [("guichet", True)]),
    "without a one-stop shop it is offered, not first": ({"services": ["follow_up"]}, [("guichet", False)]),
    "suspended": ({"status": "suspended"}, []),
    "closed": ({"status": "closed"}, []),
    "over": ({"until": date(2026, 11, 21)}, []),
    "on its last day": ({"until": date(2026, 11, 22)}, [("guichet", True)]),
    "over with the year": ({"until": "2025"}, []),
    "not begun": ({"since": date(2026, 11, 23)}, []),
    "no longer funded": ({"funded_until": "2026-10"}, []),
    "funded to the end of this month": ({"funded_until": "2026-11"}, [("guichet", True)]),
    "public not written": ({"public": None}, []),
    "public of another kind": ({"public": {"seasonal": ["no"]}}, []),
    "public of two facts": ({"public": {"seasonal": ["yes"], "age": ["30..50"]}}, [("guichet", True)]),
    "public of two facts, one of which fails": ({"public": {"seasonal": ["yes"], "age": ["16..25"]}}, []),
    "outside its perimeter": ({"perimeter": ["99902"]}, []),
    "perimeter not written": ({"perimeter": None}, [("guichet", True)]),
}


@pytest.mark.parametrize(("change", "offered"), OFFERED.values(), ids=OFFERED.keys())
def test_when_a_scheme_is_offered(change, offered):
    territory = built(operators=BOTH, schemes=[{**SCHEME, **change}])
    found = answer(territory, commune="99901", **SEEKER, seasonal="yes")
    assert [(s.id, s.first) for s in found.schemes] == offered


def test_a_one_stop_shop_comes_before_other_schemes_and_a_sure_scheme_before_a_possible_one():
    other = {**SCHEME, "id": "autre", "services": ["follow_up"]}
    unsure = {**SCHEME, "id": "a-voir", "public": {"rsa": ["yes"]}}
    territory = built(operators=BOTH, schemes=[unsure, other, SCHEME])
    found = answer(territory, commune="99901", **SEEKER, seasonal="yes")
    assert [(s.id, s.missing) for s in found.schemes] == [
        ("guichet", ()),
        ("autre", ()),
        ("a-voir", ("rsa",)),
    ]


# -- needs and partners -----------------------------------------------------------------------------------------------------------

ORDERS = [
    (("se-former", "choisir-un-metier", "mobilite"), (), ("mobilite", "choisir-un-metier", "se-former")),
    (
        ("se-former", "choisir-un-metier", "mobilite"),
        ("se-former",),
        ("se-former", "mobilite", "choisir-un-metier"),
    ),
    (("mobilite", "sante"), ("sante",), ("sante", "mobilite")),
    ((), ("sante",), ("sante",)),
    (("sante", "mobilite", "sante"), (), ("sante", "mobilite")),
    (("x-essai--navette", "se-former"), (), ("x-essai--navette", "se-former")),
]


@pytest.mark.parametrize(("needs", "blocking", "expected"), ORDERS)
def test_obstacles_before_project_before_carrying_out_and_blocking_first(needs, blocking, expected):
    territory = built(needs=[{"code": "x-essai--navette", "family": "obstacles", "fr": "Navette"}])
    assert ordered_needs(needs, blocking, LAW, territory) == expected
    found = answer(territory, commune="99901", needs=needs, blocking=blocking, **SEEKER)
    assert found.unmet == expected


def partner(id_, needs, **more):
    more = {"publics": ["tous-publics"], "perimeter": ["france"], **more}
    return {"id": id_, "name": id_.title(), "circle": "health_social", "needs": needs, **more}


def matched(need, *partners, commune="99901", **facts):
    found = answer(built(partners=list(partners)), commune=commune, needs=(need,), **{**SEEKER, **facts})
    return [(m.partner, m.relaxed, m.unknown) for m in found.partners], found.unmet


@pytest.mark.parametrize(
    ("need", "offered", "how"),
    [
        ("mobilite", "mobilite", "theme"),
        ("mobilite--acceder-a-un-vehicule", "mobilite", "category"),
        ("mobilite", "mobilite--acceder-a-un-vehicule", "part"),
        ("mobilite--acceder-a-un-vehicule", "mobilite--acceder-a-un-vehicule", "theme"),
        ("mobilite--acceder-a-un-vehicule", "mobilite--etre-accompagne-dans-son-parcours-mobilite", None),
        ("mobilite", "mobilites", None),
        ("mobilite", "sante", None),
        ("x-cep--vae", "x-cep--immersion", None),
    ],
)
def test_a_category_answers_its_themes_and_a_theme_a_part_of_its_category(need, offered, how):
    assert where.answers((offered,), need) == how


def test_the_exact_theme_comes_before_the_category_at_equal_reach():
    found, unmet = matched(
        "mobilite", partner("b", ["mobilite"]), partner("a", ["mobilite--acceder-a-un-vehicule"])
    )
    assert found == [("b", None, ()), ("a", None, ())]
    assert unmet == ()


def test_tous_publics_is_never_lost():
    """Whoever the person is, and whatever else the partner names beside « tous-publics »."""
    for publics in (["tous-publics"], ["jeunes", "tous-publics"], ["familles", "tous-publics"]):
        for facts in (SEEKER, EMPLOYEE, {"age": 10, "status": "pupil"}, {"status": "retired", "age": 70}):
            territory = built(partners=[partner("p", ["mobilite"], publics=publics)])
            found = answer(territory, judge=REMEMBERING, commune="99901", needs=("mobilite",), **facts)
            assert [(m.partner, m.relaxed, m.unknown) for m in found.partners] == [("p", None, ())]


RELAXED = {
    "public fits": ({}, [("p", None, ())], ()),
    "public not written": ({"publics": None}, [("p", None, ("public",))], ()),
    "a public no fact tells": ({"publics": ["familles"]}, [("p", None, ("public",))], ()),
    "public refused: given up, said, and the need stays unmet": (
        {"publics": ["jeunes"]},
        [("p", "public", ())],
        ("mobilite",),
    ),
    "zone refused: given up, said, and the need stays unmet": (
        {"perimeter": ["99902"]},
        [("p", "zone", ())],
        ("mobilite",),
    ),
    "zone not written": ({"perimeter": None}, [("p", None, ("zone",))], ()),
    "two constraints fail: never both given up": (
        {"perimeter": ["99902"], "publics": ["jeunes"]},
        [],
        ("mobilite",),
    ),
    "a theme of the same category": ({"needs": ["mobilite--acceder-a-un-vehicule"]}, [("p", None, ())], ()),
    "another category": ({"needs": ["sante"]}, [], ("mobilite",)),
    "closed": ({"until": "2025"}, [], ("mobilite",)),
    "no needs written": ({"needs": None}, [], ("mobilite",)),
}


@pytest.mark.parametrize(("change", "partners", "unmet"), RELAXED.values(), ids=RELAXED.keys())
def test_one_constraint_is_given_up_at_a_time(change, partners, unmet):
    assert matched("mobilite", {**partner("p", ["mobilite"]), **change}) == (partners, unmet)


MODES = {
    "said to receive from afar": ({"reception": ["a-distance"]}, "a-distance", None, ()),
    "said to receive both ways": ({"reception": ["en-presentiel", "a-distance"]}, "a-distance", None, ()),
    "said to receive in person only: given up first": (
        {"reception": ["en-presentiel"]},
        "a-distance",
        "mode",
        (),
    ),
    "not said, no place": ({}, "a-distance", None, ("mode",)),
    "not said, a desk": ({"places": [place("99902")]}, "en-presentiel", None, ()),
    "not said, a desk, wanted from afar": ({"places": [place("99902")]}, "a-distance", None, ("mode",)),
    "not said, a remote channel": ({"places": [REMOTE]}, "a-distance", None, ()),
    "its own word before its places": (
        {"reception": ["a-distance"], "places": [place("99901")]},
        "en-presentiel",
        "mode",
        (),
    ),
    "known to have no desk here": ({"places": [NONE]}, "en-presentiel", "mode", ()),
}


@pytest.mark.parametrize(("change", "wanted", "relaxed", "unknown"), MODES.values(), ids=MODES.keys())
def test_the_way_of_receiving_people_is_matched(change, wanted, relaxed, unknown):
    territory = built(partners=[{**partner("p", ["mobilite"]), **change}])
    profile = Profile(facts=SEEKER, needs=("mobilite",), commune="99901", mode=wanted)
    found = where.route(JUDGE, profile, TODAY, territory, ground(territory), CONFIGURATIONS)
    (match,) = found.partners
    assert (match.relaxed, match.unknown) == (relaxed, unknown)
    assert ("mode" in match.why) is (relaxed is None and not unknown)
    plain = where.route(
        JUDGE, replace(profile, mode=None), TODAY, territory, ground(territory), CONFIGURATIONS
    )
    assert plain.partners[0].relaxed is None
    assert "mode" not in plain.partners[0].why + plain.partners[0].unknown


def test_the_mode_is_given_up_before_the_theme():
    need = "mobilite--acceder-a-un-vehicule"
    here = partner("ici", [need], reception=["en-presentiel"])
    theme = partner(
        "theme", ["mobilite--etre-accompagne-dans-son-parcours-mobilite"], reception=["a-distance"]
    )
    for offered, expected in (([here, theme], ("ici", "mode")), ([theme], ("theme", "theme"))):
        territory = built(partners=offered)
        profile = Profile(facts=SEEKER, needs=(need,), commune="99901", mode="a-distance")
        found = where.route(JUDGE, profile, TODAY, territory, ground(territory), CONFIGURATIONS)
        assert [(m.partner, m.relaxed) for m in found.partners] == [expected]
        assert found.unmet == (need,)


def test_who_cannot_come_gets_the_remote_channel_of_a_partner():
    territory = built(partners=[partner("p", ["mobilite"], places=[place("99901"), REMOTE])])
    for mode, channel in ((None, "desk"), ("en-presentiel", "desk"), ("a-distance", "remote")):
        profile = Profile(facts=SEEKER, needs=("mobilite",), commune="99901", mode=mode)
        found = where.route(JUDGE, profile, TODAY, territory, ground(territory), CONFIGURATIONS)
        assert [m.desk.channel for m in found.partners] == [channel]


def test_the_theme_is_given_up_before_the_public_and_the_public_before_the_zone():
    theme = partner("theme", ["mobilite--etre-accompagne-dans-son-parcours-mobilite"])
    public = partner("public", ["mobilite--acceder-a-un-vehicule"], publics=["jeunes"])
    zone = partner("zone", ["mobilite--acceder-a-un-vehicule"], perimeter=["99905"])
    need = "mobilite--acceder-a-un-vehicule"
    assert matched(need, theme, public, zone) == ([("theme", "theme", ())], (need,))
    assert matched(need, public, zone) == ([("public", "public", ())], (need,))
    assert matched(need, zone) == ([("zone", "zone", ())], (need,))


def test_one_place_that_covers_several_needs_is_preferred():
    several = partner("plusieurs", ["mobilite", "sante"], places=[place("99905")])
    near = partner("pres", ["mobilite"], places=[place("99901")])
    found = answer(built(partners=[near, several]), commune="99901", needs=("mobilite", "sante"), **SEEKER)
    assert [(m.need, m.partner) for m in found.partners] == [
        ("mobilite", "plusieurs"),
        ("mobilite", "pres"),
        ("sante", "plusieurs"),
    ]


def test_an_eligible_operator_answers_needs_and_another_does_not():
    operators = [
        house("ft", needs=["mobilite"], perimeter=["france"], places=[REMOTE]),
        house("ml", "mission_locale", needs=["mobilite"], perimeter=["france"], places=[REMOTE]),
    ]
    found = answer(built(operators=operators), commune="99901", needs=("mobilite",), **SEEKER)
    assert [(m.partner, m.kind) for m in found.partners] == [("ft", "operator")]


def test_a_need_nobody_answers_is_said():
    assert matched("mobilite") == ([], ("mobilite",))


@pytest.mark.parametrize("name", SIX)
def test_every_need_of_the_catalogue_is_answered_or_said_unmet(name):
    territory = shipped(name)
    needs = tuple(LAW.needs)
    found = answer(territory, commune=territory.head.communes[0], needs=needs, **SEEKER)
    answered = {m.need for m in found.partners if not m.relaxed}
    assert answered | set(found.unmet) == set(needs)
    assert not answered & set(found.unmet)


# -- who decides, apart from who advises -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["c2a", "c2b"])
def test_who_decides_funding_is_named_apart(name):
    territory = shipped(name)
    found = answer(territory, commune=territory.head.communes[0], **EMPLOYEE)
    assert found.funding
    by_id = {h.id: h for h in (*territory.operators, *territory.partners)}
    assert all(by_id[f.id].funds_training is True for f in found.funding)
    assert not [f for f in found.funding if by_id[f.id].network == "operateur_regional"]


def test_funding_follows_the_dates_and_the_zones():
    funds = {"funds_training": True, "decides": ["congé"], "perimeter": ["france"]}
    territory = built(
        operators=[house("avant", until="2019", **funds), house("ici", **funds)],
        partners=[
            partner("ailleurs", [], funds_training=True, perimeter=["99902"]),
            partner("non", [], funds_training=False),
            partner("inconnu", []),
        ],
    )
    assert answer(territory, commune="99901", **SEEKER).funding == (
        Funder(id="ici", name="Ici", decides=("congé",)),
    )


# -- events -----------------------------------------------------------------------------------------------------------------------

EVENTS = [
    ({"date": date(2026, 11, 22)}, True),
    ({"date": date(2026, 11, 21)}, False),
    ({"date": "2026-11"}, True),  # some day of this month
    ({"date": "2026-10"}, False),
    ({"date": "2027"}, True),
    ({"date": "2026"}, True),
    ({"date": "2027-04", "audience": ["counsellor"]}, False),
    ({"date": "2027-04", "public": {"seasonal": ["yes"]}}, True),
    ({"date": "2027-04", "public": {"seasonal": ["no"]}}, False),
    ({"date": "2027-04", "public": {"rsa": ["yes"]}}, True),  # nobody asked: not a no
]


@pytest.mark.parametrize(("event", "shown"), EVENTS)
def test_events_still_to_come_that_the_person_may_attend(event, shown):
    territory = built(events=[{"type": "job_forum", **event}])
    assert bool(answer(territory, commune="99901", **SEEKER, seasonal="yes").events) is shown


# -- cooperation --------------------------------------------------------------------------------------------------------------------


def together(territory, on=TODAY):
    return cooperation(territory, on, LAW, CONFIGURATIONS)


@pytest.mark.parametrize("name", SIX)
@pytest.mark.parametrize("when", ["as of", "today"])
def test_the_six_come_out_as_the_study_classes_them(name, when):
    territory = shipped(name)
    found = together(territory, territory.head.as_of if when == "as of" else TODAY)
    assert found.configuration == (f"configuration_{name[1]}",)
    assert found.declared == found.configuration[0]
    assert found.missing == ()


def test_the_whole_country_is_not_known():
    found = together(shipped("france"))
    assert found.configuration == ("configuration_3", "configuration_1", "configuration_2")
    assert set(found.missing) == {"scheme", "coordination"}


@pytest.mark.parametrize("name", SIX)
def test_region_and_context_change_nothing(name):
    """The study: neither the region nor the economy decides."""
    territory = shipped(name)
    whole = answer(territory, commune=territory.head.communes[0], needs=("mobilite",), **SEEKER)
    for other in SIX:
        taken = {key: getattr(shipped(other), key) for key in ("region", "context", "ties", "declaration")}
        swapped = replace(territory, **taken, head=replace(territory.head, region="une autre"))
        found = answer(swapped, commune=territory.head.communes[0], needs=("mobilite",), **SEEKER)
        assert replace(found, cooperation=whole.cooperation) == whole
        assert replace(found.cooperation, declared=whole.cooperation.declared) == whole.cooperation


def scheme(**change):
    return {k: v for k, v in {**SCHEME, **change}.items() if v is not ...}


ALIVE = {"status": "active", "member_operators": ["ft", "or"]}
NOBODY = {"status": "none"}
UNIFYING = {
    "unifying": (scheme(), NOBODY, ("3",)),
    "unifying, beside a coordination": (scheme(), ALIVE, ("3",)),
    "unifying, coordination not known": (scheme(), None, ("3",)),
    "no dedicated means": (scheme(dedicated_means=False), NOBODY, ("2",)),
    "dedicated means not known": (scheme(dedicated_means=...), NOBODY, ("3", "2")),
    "no pilot written": (scheme(pilot=...), NOBODY, ("3", "2")),
    "one side only": (scheme(member_operators=["ft"]), NOBODY, ("2",)),
    "members not known": (scheme(member_operators=...), NOBODY, ("3", "2")),
    "a member nobody knows": (scheme(member_operators=["ft", "inconnu"]), NOBODY, ("3", "2")),
    "nobody in it": (scheme(member_operators=[]), NOBODY, ("2",)),
    "closed": (scheme(status="closed"), NOBODY, ("2",)),
    "suspended": (scheme(status="suspended"), NOBODY, ("2",)),
    "over": (scheme(until="2025"), NOBODY, ("2",)),
    "no service": (scheme(services=[]), NOBODY, ("2",)),
    "services not known": (scheme(services=...), NOBODY, ("3", "2")),
    "public not known": (scheme(public=...), NOBODY, ("3", "2")),
    "public not known, one side only: no is no": (
        scheme(public=..., member_operators=["ft"]),
        NOBODY,
        ("2",),
    ),
    "one side only, a living coordination": (scheme(member_operators=["ft"]), ALIVE, ("1",)),
    "dedicated means not known, a living coordination": (scheme(dedicated_means=...), ALIVE, ("3", "1")),
    "nothing known at all": (None, None, ("3", "1", "2")),
    "schemes not known, a living coordination": (None, ALIVE, ("3", "1")),
    "schemes not known, coordination stopped": (None, {"status": "stopped"}, ("3", "2")),
}


@pytest.mark.parametrize(("one", "body", "expected"), UNIFYING.values(), ids=UNIFYING.keys())
def test_what_makes_a_unifying_scheme(one, body, expected):
    tables = {"operators": BOTH}
    tables |= {"schemes": [one]} if one else {}
    tables |= {"coordination": body} if body else {}
    assert together(built(**tables)).configuration == tuple(f"configuration_{n}" for n in expected)


BODIES = {
    "living": (ALIVE, ("1",), {"coordination": "yes", "ended": "no", "scheme": "no"}),
    "one side only": (
        {"status": "active", "member_operators": ["ft"]},
        ("2",),
        {"coordination": "no", "ended": "no", "scheme": "no", "tooled": "no"},
    ),
    "members not known": ({"status": "active"}, ("1", "2"), {"ended": "no", "scheme": "no"}),
    "dormant": (
        {**ALIVE, "status": "dormant"},
        ("2",),
        {"coordination": "no", "ended": "yes", "scheme": "no", "tooled": "no"},
    ),
    "stopped": (
        {**ALIVE, "status": "stopped"},
        ("2",),
        {"coordination": "no", "ended": "yes", "scheme": "no", "tooled": "no"},
    ),
    "over": (
        {**ALIVE, "until": "2025-12"},
        ("2",),
        {"coordination": "no", "ended": "yes", "scheme": "no", "tooled": "no"},
    ),
    "never was": (NOBODY, ("2",), {"coordination": "no", "ended": "no", "scheme": "no", "tooled": "no"}),
    "status not known": ({"member_operators": ["ft", "or"]}, ("1", "2"), {"scheme": "no"}),
    "tooled": (
        {**ALIVE, "shared_tools": ["directory"], "joint_actions": ["job_forum"]},
        ("1",),
        {"coordination": "yes", "ended": "no", "scheme": "no", "tooled": "yes"},
    ),
    "tools without action": (
        {**ALIVE, "shared_tools": ["directory"], "joint_actions": []},
        ("1",),
        {"coordination": "yes", "ended": "no", "scheme": "no", "tooled": "no"},
    ),
}


@pytest.mark.parametrize(("body", "expected", "facts"), BODIES.values(), ids=BODIES.keys())
def test_what_makes_a_living_coordination(body, expected, facts):
    found = together(built(operators=BOTH, schemes=[], coordination=body))
    assert found.configuration == tuple(f"configuration_{n}" for n in expected)
    assert found.facts == facts


def test_the_shade_is_said_beside_the_configuration():
    tooled = {**ALIVE, "shared_tools": ["directory"], "joint_actions": ["job_forum"]}
    found = together(built(operators=BOTH, schemes=[], coordination=tooled))
    assert [s["en"].partition(":")[0] for s in found.says][-1] == "Tooled coordination"
    assert (
        together(built(operators=BOTH, schemes=[], coordination={"status": "stopped"}))
        .says[-1]["en"]
        .startswith("Dynamic come to an end")
    )


CONTACT = {"use": "counsellor", "name": "Val Modèle", "phone": "+33199000009"}
FALLBACKS = {
    "whoever runs a living coordination": ({"coordination": {**ALIVE, "contact": CONTACT}}, "Val Modèle"),
    "nobody of a coordination that stopped": (
        {"coordination": {"status": "stopped", "contact": CONTACT}},
        None,
    ),
    "nobody who may not be published": (
        {"coordination": {**ALIVE, "contact": {**CONTACT, "may_publish": False}}},
        None,
    ),
    "the contact of a scheme with means": ({"schemes": [scheme(contact=CONTACT)]}, "Val Modèle"),
    "nobody of a scheme whose money ran out": (
        {"schemes": [scheme(contact=CONTACT, funded_until="2020-06")]},
        None,
    ),
    "nobody of a scheme that is over": ({"schemes": [scheme(contact=CONTACT, until="2020-06")]}, None),
    "a phone platform as a last resort": (
        {"tools": [{"type": "phone_platform", "name": "Plateforme", "phone": "+33199000008"}]},
        "Plateforme",
    ),
}


@pytest.mark.parametrize(("tables", "expected"), FALLBACKS.values(), ids=FALLBACKS.keys())
def test_who_to_call_when_nobody_answers(tables, expected):
    found = together(built(operators=BOTH, **{"schemes": [], **tables})).fallback_contact
    assert (found and (found.name or found.role)) == expected


# -- a seasonal year ------------------------------------------------------------------------------------------------------------------


def year(territory, told, on=TODAY, commune="99502", **facts):
    words = Vocabulary(LAW, files.load_spellings)
    months = words.months(told)
    assert words.findings == []
    profile = Profile(facts=facts, commune=commune, months=months)
    return calendar(
        profile, on, lambda p, day: where.route(JUDGE, p, day, territory, ground(territory), CONFIGURATIONS)
    )


PERSON = {
    "age": 40,
    "cadre": "no",
    "disability": "none",
    "in_school": "no",
    "seasonal": "yes",
    "status": "jobseeker",
    "employed": "no",
}


def test_a_seasonal_year_is_a_calendar_with_a_hand_over_at_each_change():
    stretches = year(
        shipped("c3a"),
        [
            "12-3:status=employee,employed=yes,job_at_risk=no",
            "7-8:status=employee,employed=yes,job_at_risk=no",
        ],
        **PERSON,
    )
    assert [(s.day, s.months, s.route.decision.first, s.hand_over) for s in stretches] == [
        ("2026-11-22", (11,), ("france_travail",), None),
        (
            "2026-12-01",
            (12, 1, 2, 3),
            ("operateur_regional",),
            (("france_travail",), ("operateur_regional",)),
        ),
        ("2027-04-01", (4, 5, 6), ("france_travail",), (("operateur_regional",), ("france_travail",))),
        ("2027-07-01", (7, 8), ("operateur_regional",), (("france_travail",), ("operateur_regional",))),
        ("2027-09-01", (9, 10), ("france_travail",), (("operateur_regional",), ("france_travail",))),
    ]
    for stretch in stretches:
        assert [(s.id, s.first) for s in stretch.route.schemes] == [("guichet-saisons-2020", True)]


def test_the_year_crosses_the_end_of_2019_with_the_operators_of_each_day():
    stretches = year(
        shipped("c3a"), ["12-3:status=employee,employed=yes,job_at_risk=no"], on="2019-11-22", **PERSON
    )
    assert [(s.day, s.route.decision.first) for s in stretches] == [
        ("2019-11-22", ("france_travail",)),
        ("2019-12-01", ("fongecif_opacif",)),
        ("2020-04-01", ("france_travail",)),
    ]


def test_twelve_months_each_once_and_in_order():
    pick = random.Random(5)
    for _ in range(20):
        a, b = pick.randint(1, 12), pick.randint(1, 12)
        on = f"20{pick.randint(20, 27)}-{pick.randint(1, 12):02d}-15"
        stretches = year(
            shipped("c3b"), [f"{a}-{b}:status=employee,employed=yes"], on=on, commune="99601", **PERSON
        )
        months = [m for s in stretches for m in s.months]
        assert months == [(int(on[5:7]) - 1 + i) % 12 + 1 for i in range(12)]
        days = [s.day for s in stretches]
        assert days == sorted(days)
        assert days[0] == on


def test_a_month_replaces_the_situation_and_keeps_the_person():
    """Told for December: status alone. Being in work then follows from it, though the rest of the year says `employed = no`."""
    stretches = year(shipped("c3a"), ["12-3:status=employee"], **PERSON)
    winter = stretches[1].route.profile
    assert winter.facts == {
        "age": 40,
        "cadre": "no",
        "disability": "none",
        "in_school": "no",
        "seasonal": "yes",
        "status": "employee",
    }
    assert winter.months == ()


# -- national channels ----------------------------------------------------------------------------------------------------------------

# commune, day -> name, url, phone, and what the note says (a part of it)
PHONE = "+33972010203"  # the national number of the network, since 2024
FINDER = "https://mon-cep.org"  # the national finder, since 2020
OF_THE_FINDER, OF_THE_NUMBER = "la recherche nationale par code postal", "à l'heure de Paris"
NOT_KNOWN = "nom de l'opérateur 2020-2023 non connu de nous"
INDIAN, AVENIR = "Retravailler et CIBC Océan Indien", "Mon CEP par Avenir Actifs"
REGIONAL = [
    ("97302", "2020-02-29", None, FINDER, None, "le service n'était pas encore ouvert dans cette région"),
    ("97302", "2020-03-01", None, FINDER, None, NOT_KNOWN),
    ("97411", "2020-02-29", INDIAN, FINDER, PHONE, "pas encore ouvert"),
    ("97411", "2020-03-01", INDIAN, FINDER, PHONE, "ouvert en mars 2020"),
    ("33063", "2021-06-01", "Réseau EVA, porté par le CIBC 33", FINDER, PHONE, OF_THE_FINDER),
    ("75056", "2023-12-31", "Tingari", FINDER, None, OF_THE_FINDER),
    ("75056", "2024-01-01", "Tingari", FINDER, None, OF_THE_FINDER),
    ("75056", "2024-01-02", AVENIR, "https://idf.avenir-actifs.org", PHONE, OF_THE_NUMBER),
    ("05061", TODAY, AVENIR, "https://pacacorse.avenir-actifs.org", PHONE, OF_THE_NUMBER),
    ("2A004", TODAY, AVENIR, "https://pacacorse.avenir-actifs.org", PHONE, OF_THE_NUMBER),
    ("69123", TODAY, AVENIR, "https://ara.avenir-actifs.org", PHONE, OF_THE_NUMBER),
    ("97608", "2022-01-01", "APIFPAM-CIBC OI", FINDER, None, OF_THE_FINDER),
    ("05061", "2021-06-01", None, FINDER, None, NOT_KNOWN),
    ("97502", TODAY, None, FINDER, PHONE, OF_THE_NUMBER),  # Saint-Pierre: no region of ours
    ("99501", TODAY, None, FINDER, PHONE, OF_THE_NUMBER),  # fictitious: no region
    (None, TODAY, None, FINDER, PHONE, OF_THE_NUMBER),
]


@pytest.mark.parametrize(("commune", "on", "name", "url", "phone", "note"), REGIONAL)
def test_the_regional_operator_by_region_and_day(commune, on, name, url, phone, note):
    local = where.Local(LAW, commune, on, built(), ground(built()))
    found = local.desk_of("operateur_regional")
    assert (found.name, found.url, found.phone) == (name, url, phone)
    assert (note or "") in (found.note or {"fr": ""})["fr"]
    assert bool(found.note) == bool(note)


def test_every_region_has_a_channel_of_its_own_on_every_day_since_2020():
    regions = {places.commune(places.communes_of(f"departement:{d}")[0]).region for d in DEPARTEMENTS}
    assert len(regions) == 18
    channels = LAW.operators["operateur_regional"].channels
    for region, on in itertools.product(
        regions, ["2020-01-01", "2022-02-02", "2024-01-01", "2024-01-02", TODAY, "2027-12-31"]
    ):
        assert len([c for c in channels if region in c.regions and c.in_force(on)]) == 1, (
            region,
            on,
        )


NATIONAL = [
    ("france_travail", "2023-12-31", "https://www.pole-emploi.fr", "3949"),
    ("france_travail", "2024-01-01", "https://www.francetravail.fr", "3949"),
    ("apec", TODAY, "https://www.apec.fr", "+33809361212"),
    ("mission_locale", TODAY, "https://www.unml.info", None),
    ("cap_emploi", TODAY, "https://www.cheops-ops.org", "+33800111009"),  # the free help of the Agefiph
    ("fongecif_opacif", "2019-12-31", None, None),
]


@pytest.mark.parametrize(("code", "on", "url", "phone"), NATIONAL)
def test_the_national_channel_of_each_network(code, on, url, phone):
    found = desk(shipped("france"), "05061", code, on)
    assert (found.channel, found.url, found.phone) == ("national", url, phone)


# -- what a careful reader would want to know -----------------------------------------------------------------------------------------


def codes(route):
    return [(w.code, w.values) for w in route.warnings]


def test_the_national_default_has_nothing_to_reproach_itself():
    """Its houses are the national channels: they serve every commune, so no perimeter is lacking."""
    assert codes(answer(shipped("france"), commune="05061", **SEEKER)) == []


def test_a_house_that_does_not_serve_the_commune_is_a_warning():
    territory = built(operators=[house("a", perimeter=["99902"], places=[place("99902")])])
    assert codes(answer(territory, commune="99901", **SEEKER)) == [
        ("CEP233", {"operator": "france_travail", "commune": "99901"})
    ]
    assert codes(answer(territory, commune="99902", **SEEKER)) == []


def test_a_contact_not_checked_for_a_year_is_a_warning():
    for day, expected in (
        (date(2025, 11, 23), []),
        (date(2025, 11, 22), [("CEP231", {"who": "france_travail", "day": "2025-11-22"})]),
    ):
        contacts = [{"use": "public", "phone": "+33199000001", "checked_on": day}]
        territory = built(
            operators=[house("a", perimeter=["france"], places=[place("99901")], contacts=contacts)]
        )
        assert codes(answer(territory, commune="99901", **SEEKER)) == expected


def test_an_operator_nobody_knows_how_to_reach_is_a_warning():
    found = answer(shipped("france"), "2019-06-30", commune="05061", **EMPLOYEE)
    assert found.decision.first == ("fongecif_opacif",)
    assert codes(found) == [("CEP232", {"operator": "fongecif_opacif"})]


def test_nothing_of_the_territory_is_changed_by_an_answer():
    territory = shipped("c3a")
    before = repr(territory)
    answer(
        territory, commune="99502", needs=("mobilite", "sante"), blocking=("sante",), **SEEKER, seasonal="yes"
    )
    assert repr(territory) == before


def test_the_order_of_a_file_decides_nothing():
    """Operators, partners and schemes shuffled: the same answer."""
    pick = random.Random(3)
    for name in SIX:
        territory = shipped(name)
        commune = territory.head.communes[-1]
        needs = tuple(LAW.needs)[::7]
        whole = answer(territory, commune=commune, needs=needs, **SEEKER, seasonal="yes")
        for _ in range(3):
            plain = plain_of(territory)
            shuffled = convert(
                {k: pick.sample(v, len(v)) if isinstance(v, list) else v for k, v in plain.items()}, Territory
            )
            found = answer(shuffled, commune=commune, needs=needs, **SEEKER, seasonal="yes")
            sort = lambda things: sorted(map(repr, things))  # noqa: E731
            assert sort(found.funding) == sort(whole.funding)
            assert sort(found.events) == sort(whole.events)
            assert replace(found, funding=(), events=()) == replace(whole, funding=(), events=())
