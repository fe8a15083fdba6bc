"""A territory seen whole: the six of the study, altered copies with known effects, every addition checked to close what it says."""

from __future__ import annotations

import json
import random
import re
import sys
from itertools import product
from pathlib import Path

import pytest
from msgspec import convert

from cep_route import files
from cep_route.__main__ import run as run_main
from cep_route.cli import diagnose as command
from cep_route.cli.console import CannotRun, deliver, tell
from cep_route.diagnosis import coverage, diagnose, holes, load, whatif
from cep_route.directory import where
from cep_route.engine.compare import Space
from cep_route.engine.compile import box_of
from cep_route.engine.decide import Table
from cep_route.engine.explain import Judge
from cep_route.files.population import ANSWERS, load_population, load_routed
from cep_route.messages import codes
from cep_route.model.answer import Profile
from cep_route.model.territory import Territory, plain_of
from cep_route.render.screen import finding_text

LAW, _ = files.load_law()
JUDGE = Judge(LAW)
CONFIGURATIONS = Judge(files.load_cooperation()[0])
SIX = ("c1a", "c1b", "c2a", "c2b", "c3a", "c3b")
SHIPPED = {name: files.load_territory(name, LAW)[0] for name in (*SIX, "france")}
six = pytest.mark.parametrize("name", SIX)
_KEPT = {}


def seen(territory, on=None, *, close=False):
    """The diagnosis of a territory, or of an altered copy of its tables."""
    territory = convert(territory, Territory) if isinstance(territory, dict) else territory
    return diagnose(
        territory,
        JUDGE,
        on or territory.head.as_of,
        configurations=CONFIGURATIONS,
        close=close,
    )


def kept(name):
    if name not in _KEPT:
        _KEPT[name] = seen(SHIPPED[name], close=True)
    return _KEPT[name]


# -- the configuration ----------------------------------------------------------------------------------------------------


@six
def test_the_six_come_out_as_the_study_classes_them(name):
    together = kept(name).cooperation
    assert together.configuration == (f"configuration_{name[1]}",)
    assert together.declared == f"configuration_{name[1]}"


VARIANTS = {
    "c1a": "Coordination outillée : annuaires, ateliers et forums communs servent au quotidien.",
    "c1b": "Coordination naissante : l'instance existe, sans réponse encore aux soucis quotidiens des conseillers.",
    "c3a": None,
    "c3b": "Avec coordination : l'animation locale est restée vivante à côté du dispositif.",
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_variant_is_told(name):
    says = [s["fr"] for s in kept(name).cooperation.says[1:]]
    assert says == ([VARIANTS[name]] if VARIANTS[name] else [])


@six
def test_region_economy_and_declaration_change_nothing_but_the_context(name):
    other = plain_of(SHIPPED[name])
    other["territory"]["region"] = "une autre"
    other["region"] = {"territorialisation": "general", "included": True, "political_support": "strong"}
    other["context"] = {"labour_market": "dynamic", "seasonality": ["tourisme"], "isolation": "none"}
    other["declaration"] = {"configuration": "configuration_2" if name[1] != "2" else "configuration_1"}
    a, b = kept(name), seen(other)
    assert b.cooperation.configuration == a.cooperation.configuration
    for told in ("cells", "needs", "pairs", "missing", "parts", "clues"):
        assert getattr(a, told) == getattr(b, told)
    assert (a.territory.context, a.territory.region) != (b.territory.context, b.territory.region)


@six
def test_ties_decide_nothing(name):
    other = plain_of(SHIPPED[name])
    ids = [o["id"] for o in other["operators"]]
    other["ties"] = [{"from": a, "to": b, "nature": "bilateral"} for a in ids for b in ids if a < b]
    assert seen(other).cooperation.configuration == kept(name).cooperation.configuration


# -- forty altered copies ---------------------------------------------------------------------------------------------------


def scheme(**values):
    def edit(t):
        for s in t["schemes"]:
            for key, value in values.items():
                s.pop(key, None) if value is None else s.__setitem__(key, value)

    return edit


def body(**values):
    def edit(t):
        for key, value in values.items():
            t["coordination"].pop(key, None) if value is None else t["coordination"].__setitem__(key, value)

    return edit


def drop(key, value=None):
    return lambda t: t.pop(key, None) if value is None else t.__setitem__(key, value)


def house(ident, **values):
    def edit(t):
        for table in ("operators", "partners"):
            for h in t.get(table) or ():
                if h["id"] == ident:
                    for key, value in values.items():
                        h.pop(key, None) if value is None else h.__setitem__(key, value)

    return edit


def without_house(ident):
    """An operator closes, and the file says so; a partner is taken out."""

    def edit(t):
        t["partners"] = [h for h in t["partners"] if h["id"] != ident]
        for house in t["operators"]:
            if house["id"] == ident:
                house["until"] = "2001-12-31"

    return edit


ONE, TWO, THREE = "configuration_1", "configuration_2", "configuration_3"
BOTH = ["fongecif-serre", "agence-serre"]
LEFT = ["agence-serre", "ml-serre"]
CONFIGURED = [
    # a scheme of one side, without means, closed, ended, without public, without service: no 3
    ("c3a", "one side only", scheme(member_operators=LEFT), (TWO,)),
    ("c3a", "the other side only", scheme(member_operators=["fongecif-serre"]), (TWO,)),
    ("c3a", "no dedicated means", scheme(dedicated_means=False), (TWO,)),
    ("c3a", "closed", scheme(status="closed"), (TWO,)),
    ("c3a", "suspended", scheme(status="suspended"), (TWO,)),
    ("c3a", "ended", scheme(until="2018"), (TWO,)),
    ("c3a", "not begun", scheme(since="2030"), (TWO,)),
    ("c3a", "no public", scheme(public={}), (TWO,)),
    ("c3a", "no service", scheme(services=[]), (TWO,)),
    ("c3a", "no scheme at all", drop("schemes", []), (TWO,)),
    # what nobody wrote is not no
    ("c3a", "means unknown", scheme(dedicated_means=None), (TWO, THREE)),
    ("c3a", "pilot unknown", scheme(pilot=None), (TWO, THREE)),
    ("c3a", "members unknown", scheme(member_operators=None), (TWO, THREE)),
    ("c3a", "schemes unknown", drop("schemes"), (TWO, THREE)),
    ("c1a", "schemes unknown", drop("schemes"), (ONE, THREE)),
    ("c1a", "coordination unknown", drop("coordination"), (ONE, TWO)),
    ("c1a", "members unknown", body(member_operators=None), (ONE, TWO)),
    # the coordination
    ("c1a", "stopped", body(status="stopped"), (TWO,)),
    ("c1a", "dormant", body(status="dormant"), (TWO,)),
    ("c1a", "over", body(until="2018"), (TWO,)),
    ("c1a", "one side", body(member_operators=["france_travail", "mission_locale"]), (TWO,)),
    ("c1a", "no tools, still 1", body(shared_tools=[]), (ONE,)),
    ("c1a", "tools unknown, still 1", body(shared_tools=None), (ONE,)),
    ("c2a", "a living body", body(status="active", member_operators=["france_travail", "apec"]), (ONE,)),
    ("c2a", "a body of one side", body(status="active", member_operators=["france_travail"]), (TWO,)),
    ("c2a", "the scheme widened", scheme(member_operators=["agence-orsaigne", "apec-mance"]), (THREE,)),
    ("c3a", "a living body beside", body(status="active", member_operators=BOTH), (THREE,)),
    ("c3b", "the body stops", body(status="stopped"), (THREE,)),
]


@pytest.mark.parametrize(
    ("name", "what", "edit", "expected"), CONFIGURED, ids=lambda v: getattr(v, "__name__", str(v))[:40]
)
def test_altered_copies_change_the_configuration_as_known(name, what, edit, expected):
    other = plain_of(SHIPPED[name])
    edit(other)
    assert tuple(sorted(seen(other).cooperation.configuration)) == expected


ALL2A = [f"9930{i}" for i in range(1, 7)]
ALL3A = [f"9950{i}" for i in range(1, 7)]
FT, ML, CAP, FONGECIF = ("france_travail",), ("mission_locale",), ("cap_emploi",), ("fongecif_opacif",)
PLACE = [{"type": "permanence", "commune": "99306", "hours": "Mo 09:00-12:00"}]
# name, what, edit, group, {commune: state} for everyone of that group at both levels
COVERED = [
    ("c2a", "the youth house leaves", without_house("ml-orsaigne"), ML, dict.fromkeys(ALL2A, "none")),
    ("c2a", "two doors, one leaves, the other is not written", without_house("agence-orsaigne"), ("france_travail", "cap_emploi"), dict.fromkeys(ALL2A, "unknown")),
    ("c2a", "the agency leaves", without_house("agence-orsaigne"), FT, dict.fromkeys(ALL2A, "none")),
    ("c2a", "no desk is remote", house("ml-orsaigne", places=[{"type": "remote"}]), ML, dict.fromkeys(ALL2A, "remote")),
    ("c2a", "absence written", house("ml-orsaigne", places=[{"type": "none"}]), ML, dict.fromkeys(ALL2A, "remote")),
    ("c2a", "places not written", house("ml-orsaigne", places=None), ML, dict.fromkeys(ALL2A, "unknown")),
    ("c2a", "perimeter not written", house("ml-orsaigne", perimeter=None), ML, dict.fromkeys(ALL2A, "unknown")),
    ("c2a", "perimeter shrunk", house("ml-orsaigne", perimeter=["99301"]), ML, {"99301": "desk", **dict.fromkeys(ALL2A[1:], "none")}),
    ("c2a", "hours lost", house("agence-orsaigne", places=[{"type": "branch", "commune": "99301"}]), FT, dict.fromkeys(ALL2A, "hours")),
    ("c2a", "desk moved far", house("agence-orsaigne", places=[{"type": "branch", "commune": "99390", "hours": "Mo 09:00-12:00"}]), FT, dict.fromkeys(ALL2A, "far")),
    ("c2a", "closed that day", house("agence-orsaigne", until="2017"), FT, dict.fromkeys(ALL2A, "none")),
    ("c2a", "not open yet", house("agence-orsaigne", since="2019"), FT, dict.fromkeys(ALL2A, "none")),
    ("c2a", "presence told", house("cap-emploi-mance", places=PLACE), CAP, dict.fromkeys(ALL2A, "desk")),
    ("c3a", "the desk of employees leaves", without_house("fongecif-serre"), FONGECIF, dict.fromkeys(ALL3A, "none")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "what", "edit", "group", "expected"), COVERED, ids=lambda v: getattr(v, "__name__", str(v))[:40]
)
def test_altered_copies_change_who_is_left_out_as_known(name, what, edit, group, expected):
    other = plain_of(SHIPPED[name])
    edit(other)
    found = seen(other)
    for level in (1, 2):
        assert {c: found.cells[group, c, level] for c in expected} == expected


def test_a_level_not_given_is_a_hole_of_that_level_alone():
    other = plain_of(SHIPPED["c2a"])
    house("ml-orsaigne", levels=[1])(other)
    found = seen(other, close=True)
    assert {found.cells[ML, c, 1] for c in ALL2A} == {"desk"}
    assert {found.cells[ML, c, 2] for c in ALL2A} == {"none"}
    assert [h.addition.level for h in found.holes if h.addition.kind == "level"] == [2]


def test_the_distance_is_told():
    territory = SHIPPED["c3a"]
    near, far = (
        diagnose(territory, JUDGE, "2019-06-30", configurations=CONFIGURATIONS, far=km, close=False)
        for km in (1000.0, 5.0)
    )
    assert not any(state == "far" for state in near.cells.values())
    assert sum(state == "far" for state in far.cells.values()) > sum(
        state == "far" for state in kept("c3a").cells.values()
    )


NEEDS = [
    ("c2a", "a partner for all", lambda t: t["partners"].append({"id": "z", "name": "z", "circle": "spro", "needs": ["famille"], "publics": ["tous-publics"], "perimeter": ALL2A}), ("famille", "99303"), "all"),
    ("c2a", "a partner for some", lambda t: t["partners"].append({"id": "z", "name": "z", "circle": "spro", "needs": ["famille"], "publics": ["femmes"], "perimeter": ALL2A}), ("famille", "99303"), "some"),
    ("c2a", "zone not written", lambda t: t["partners"].append({"id": "z", "name": "z", "circle": "spro", "needs": ["famille"], "publics": ["tous-publics"]}), ("famille", "99303"), "unknown"),
    ("c2a", "elsewhere", lambda t: t["partners"].append({"id": "z", "name": "z", "circle": "spro", "needs": ["famille"], "publics": ["tous-publics"], "perimeter": ["99301"]}), ("famille", "99303"), "none"),
    ("c2a", "over", lambda t: t["partners"].append({"id": "z", "name": "z", "circle": "spro", "needs": ["famille"], "publics": ["tous-publics"], "perimeter": ALL2A, "until": "2017"}), ("famille", "99303"), "none"),
    ("c2a", "the bus leaves", without_house("transport-orsaigne"), ("mobilite", "99301"), "none"),
    ("c3a", "the scheme closes", scheme(status="closed"), ("x-c3a--logement-saisonnier", "99503"), "none"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "what", "edit", "cell", "expected"), NEEDS, ids=lambda v: getattr(v, "__name__", str(v))[:40]
)
def test_altered_copies_change_needs_as_known(name, what, edit, cell, expected):
    other = plain_of(SHIPPED[name])
    edit(other)
    assert seen(other).needs[cell].state == expected


def test_a_network_that_the_file_does_not_hold_is_not_told_and_no_hole():
    other = plain_of(SHIPPED["c2a"])
    other["operators"] = [o for o in other["operators"] if o["network"] != "mission_locale"]
    found = seen(other)
    assert "mission_locale" in found.unknown
    assert {r.state for (network, *_), r in found.reached.items() if network == "mission_locale"} == {
        "unknown"
    }
    assert ("absent", "mission_locale") not in found.missing
    other["operators"] = []  # written: there is none at all
    assert {r.state for r in seen(other).reached.values()} == {"none"}


def test_an_empty_file_is_not_without_holes(tmp_path, capsys):
    path = tmp_path / "empty.toml"
    path.write_text(
        '[territory]\nschema = 1\nid = "empty"\nname = "Vide"\ncommunes = ["05061"]\nas_of = 2026-11-01\n',
        encoding="utf-8",
    )
    assert run_main(["territory", "diagnose", str(path), "--on", "2026-11-28"]) == 1
    assert "sans trou" not in capsys.readouterr().out


def test_unwritten_partners_ties_and_operators_are_unknown_not_absent():
    other = plain_of(SHIPPED["c2a"])
    for key in ("partners", "ties", "operators"):
        del other[key]
    found = seen(other)
    assert found.unknown[:3] == ("operators", "partners", "ties")
    assert "france_travail" in found.unknown
    assert not found.needs
    assert not [k for k in found.missing if k[0] in ("need", "pair", "absent")]


# -- people ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2018-06-30", "2020-01-01", "2026-11-22"])
def test_groups_are_the_engines_people_and_their_boxes_exact(day):
    """Whoever is told whole, nothing rare, lies in a box of the group of the first doors the engine gives, and in no other's."""
    table = Table(LAW.segment(day), LAW.rules)
    groups = coverage.people(JUDGE, day)
    told = coverage.nothing_rare(LAW)
    dice, met = random.Random(1), {}
    while sum(map(len, met.values())) < 400:
        person = {n: told[n][0] if n in told else dice.choice(LAW.facts[n].domain) for n in table.facts}
        outcomes = table.outcomes(table.known(person))  # none: a constraint says that nobody is so
        if outcomes:
            met.setdefault(coverage.ordered(JUDGE, outcomes[0].first), []).append(person)
    outside = {c for c, o in LAW.operators.items() if o.outside}
    assert {g.first for g in groups} >= {first for first in met if not set(first) & outside}
    assert len(met) > 5
    whole = {id(box): box_of({**box, **told}, LAW.facts) for group in groups for box in group.boxes}
    space = Space(LAW, more=whole.values())  # one for all boxes
    for group in groups:
        boxes = [box_of(box, LAW.facts) for box in group.boxes]
        for first, persons in met.items():
            held = [any(all(p[n] in box[n] for n in box if n in p) for box in boxes) for p in persons]
            assert all(held) if first == group.first else not any(held)
        for box in group.boxes:
            outcomes = space.outcomes(day, space.cut.classes_of(whole[id(box)]))
            assert {coverage.ordered(JUDGE, o.first) for o in outcomes} == {group.first}


@six
def test_every_cell_says_what_a_route_says(name):
    """For one person of each group, the desk of the route agrees with the cell; the engine is asked, nothing is compared here."""
    d = kept(name)
    for group in d.groups:
        facts = {n: values[0] for n, values in box_of(group.boxes[0], LAW.facts).items()}
        for commune in d.asked.communes:
            answer = where.route(
                JUDGE, Profile(facts=facts, commune=commune), d.on, d.territory, d.asked.ground
            )
            if coverage.ordered(JUDGE, answer.decision.first) != group.first or not answer.decision.decided:
                continue
            state = d.cells[group.first, commune, 1]
            met = [x for x in answer.first if x.channel in ("desk", "permanence")]
            assert (state in ("desk", "hours", "far")) == bool(met) or state == "unknown"
            if state == "desk":
                assert any(x.hours and (x.km or 0) <= d.asked.far for x in met)
            if state == "far":
                assert all(x.km > d.asked.far for x in met)


# -- additions ---------------------------------------------------------------------------------------------------------------


@six
def test_every_hole_has_an_addition_and_each_closes_exactly_what_it_says(name):
    d = kept(name)
    whole = holes.look(d.territory, d.asked, d.groups)
    assert whole.missing == d.missing
    for hole in d.holes:
        after = holes.look(holes.add(d.territory, hole.addition), d.asked, d.groups)
        assert set(hole.closes) == whole.missing - after.missing, hole.addition
        assert hole.closes
    assert {key for hole in d.holes for key in hole.closes} == d.missing


ALTERED = [row for row in COVERED if row[0] == "c2a"][::3]


@pytest.mark.parametrize(
    ("name", "what", "edit", "group", "expected"), ALTERED, ids=lambda v: getattr(v, "__name__", str(v))[:40]
)
def test_additions_close_altered_copies_too(name, what, edit, group, expected):
    other = plain_of(SHIPPED[name])
    edit(other)
    d = seen(other, close=True)
    for hole in d.holes:
        after = holes.look(holes.add(d.territory, hole.addition), d.asked, d.groups)
        assert set(hole.closes) == d.missing - after.missing
    assert {key for hole in d.holes for key in hole.closes} == d.missing


def test_adding_leaves_the_territory_alone():
    before = plain_of(SHIPPED["c2a"])
    for hole in kept("c2a").holes:
        holes.add(SHIPPED["c2a"], hole.addition)
    assert plain_of(SHIPPED["c2a"]) == before


def test_the_smallest_addition_comes_first():
    """Hours before a perimeter, a perimeter before a desk."""
    other = plain_of(SHIPPED["c2a"])
    house("agence-orsaigne", places=[{"type": "branch", "commune": "99301"}])(other)
    house("ml-orsaigne", perimeter=["99301"])(other)
    kinds = {h.addition.network: h.addition.kind for h in seen(other, close=True).holes if h.addition.network}
    assert kinds["france_travail"] == "hours"
    assert kinds["mission_locale"] == "perimeter"
    assert kinds["apec"] == "place"


def test_people_between_two_doors_are_seen_where_one_side_only_receives():
    d = kept("c2a")
    assert {k for k in d.missing if k[0] == "one_side"} == {("one_side", c, "employees") for c in ALL2A}
    assert not [k for k in kept("c3a").missing if k[0] == "one_side"]


# -- perimeters --------------------------------------------------------------------------------------------------------------

RELATIONS = [
    (["99101", "99102"], "inside", (2, 0, 5)),
    ([f"9910{i}" for i in range(1, 8)], "equal", (7, 0, 0)),
    ([f"9910{i}" for i in range(1, 8)] + ["99190"], "contains", (7, 1, 0)),
    (["99101", "99190"], "overlaps", (1, 1, 6)),
    (["99190"], "apart", (0, 1, 7)),
    (["france"], "france", (0, 0, 0)),
]


@pytest.mark.parametrize(("perimeter", "relation", "counts"), RELATIONS)
def test_perimeters_are_compared_commune_by_commune(perimeter, relation, counts):
    other = plain_of(SHIPPED["c1a"])
    other["coordination"]["perimeter"] = [f"9910{i}" for i in range(1, 8)]
    house("agence-clairval", perimeter=perimeter)(other)
    found = next(p for p in seen(other).perimeters if p.house == "agence-clairval")
    assert (found.relation, (found.common, found.more, found.less)) == (relation, counts)


# -- what if -----------------------------------------------------------------------------------------------------------------


def less(name, what):
    here = kept(name)
    territory, effects = whatif.without(here.territory, what, here.on)
    return whatif.compare(what, here, seen(territory), effects)


WITHDRAWN = {
    "c1a": ((ONE,), (TWO,), "ends"),
    "c1b": ((ONE,), (TWO,), "ends"),
    "c2a": ((TWO,), (TWO,), None),
    "c2b": ((TWO,), (TWO,), None),
    "c3a": ((THREE,), (THREE,), None),  # the partnership holds when the Region stops
    "c3b": ((THREE,), (THREE,), "holds"),  # animation is carried locally
}


@six
def test_what_holds_when_the_region_withdraws(name):
    x = less(name, "region")
    effect = next((e.effect for e in x.effects if e.what == "coordination"), None)
    assert (x.before, x.after, effect) == WITHDRAWN[name]
    assert not x.moved  # the law sends people where it did
    schemes = [e for e in x.effects if e.what == "scheme"]
    assert all(e.effect == ("weakened" if name[1] == "3" else "holds") for e in schemes)


def test_a_scheme_that_closes_takes_its_needs_with_it():
    x = less("c3a", "scheme:guichet-saisons")
    assert (x.before, x.after) == ((THREE,), (TWO,))
    assert x.lost["schemes"] == (("guichet-saisons",),)
    assert {c for _, c in x.lost["needs"]} == {"99503", "99505", "99506"}


def test_an_operator_that_leaves_is_missed_by_its_people_alone():
    x = less("c3a", "operator:fongecif-serre")
    (moved,) = x.moved
    assert (moved.first, moved.before, moved.after) == (FONGECIF, "desk", "none")
    assert moved.communes == tuple(ALL3A)
    assert ("guichet-saisons", "unknown") in [(e.id, e.effect) for e in x.effects]  # its pilot is gone


def test_a_tie_that_breaks_breaks_a_pair():
    x = less("c2a", "tie:ml-orsaigne/agence-orsaigne")
    assert x.lost["linked"] == (("agence-orsaigne", "ml-orsaigne"),)
    assert not x.moved


@six
def test_everything_that_may_be_taken_away_can_be(name):
    territory, before = SHIPPED[name], plain_of(SHIPPED[name])
    for what in whatif.choices(territory):
        new, effects = whatif.without(territory, what, territory.head.as_of)
        assert new != territory
        assert effects
    assert plain_of(territory) == before
    assert whatif.without(territory, "operator:nobody", "2020-01-01") is None


# -- load --------------------------------------------------------------------------------------------------------------------

POPULATION, POPULATION_FAULTS = load_population(None, LAW)


def test_the_shipped_population_is_sound():
    assert POPULATION_FAULTS == []
    shares = list(load.shares(POPULATION))
    assert sum(share for _, share in shares) == pytest.approx(1)
    for day in ("2018-06-30", "2023-06-30", "2026-11-22"):
        sent = load.doors(JUDGE, shares, day)
        assert (sent.undecided, sent.outside, sent.impossible) == ({}, 0.0, 0.0)
        assert sum(sent.doors.values()) == pytest.approx(1)
    figures = [*POPULATION.margins, POPULATION.entered, POPULATION.active]
    assert all((f.source is None) != (f.assumption is None) for f in figures)


@six
def test_nobody_is_lost_on_the_way(name):
    d = kept(name)
    people = {c.code: c.population for c in d.territory.communes if c.code in d.asked.communes}
    found = load.load(d, POPULATION, people)
    sent = found.sent
    inside = sum(sent.doors.values())
    assert found.people == pytest.approx(sum(people.values()) * 0.046)
    assert inside + sum(sent.undecided.values()) + sent.outside == pytest.approx(found.people)
    assert sum(count for *_, count in found.desks) == pytest.approx(inside)
    assert sum(found.states.values()) == pytest.approx(inside)
    assert list(found.unmet.items()) == sorted(found.unmet.items(), key=lambda p: (-p[1], p[0]))


def test_what_the_margins_do_not_tell_is_undecided_not_guessed():
    bare = POPULATION.model_copy(update={"margins": POPULATION.margins[:1]})
    sent = load.doors(JUDGE, load.shares(bare), "2026-11-22")
    assert sent.doors == {}
    assert sum(sent.undecided.values()) == pytest.approx(1)


FAULTS = [
    ("share = 0.92 }", "share = 0.90 }", "les parts de la marge « status » font 0.98, non 1 (CEP572)"),
    (
        'values = ["jobseeker"], share',
        'values = ["chomeur"], share',
        "« chomeur » n'est pas une valeur du fait `status` (CEP571)",
    ),
    ('fact = "cadre"', 'fact = "metier"', "(CEP502)\n"),
    ('code = "mobilite"', 'code = "mobilites"', "(CEP507)\n"),
]


@pytest.mark.parametrize(("old", "new", "says"), FAULTS)
def test_a_population_is_judged_at_its_lines(tmp_path, old, new, says):
    text = (Path(files.shipped("rules")) / "population.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "population.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found, findings = load_population(str(path), LAW)
    assert found is None
    assert says in finding_text(findings[0], "fr")
    assert re.match(r".*population\.toml:\d+:\d+: ", finding_text(findings[0], "fr"))


def test_a_routed_file_is_counted_line_by_line(tmp_path):
    path = tmp_path / "routed.csv"
    path.write_text(
        "nom;cep_first;cep_decided;cep_desk;cep_partners;cep_unmet\n"
        "Ada;mission_locale;yes;Mission locale, ici;mobilite: Navette (03 53);\n"
        "Bo;france_travail cap_emploi;yes;Agence, là | Cap emploi, là;;mobilite famille\n"
        "Cy;hors_cep_agent_public;yes;;;\n"
        "Di;apec;no;Apec, loin;;famille\n",
        encoding="utf-8",
    )
    rows, findings = load_routed(str(path))
    assert findings == []
    assert all(set(row) == set(ANSWERS) for row in rows)  # names of people are not kept
    found = load.tally(LAW, rows)
    assert (found.lines, found.sent.outside) == (4, 1)
    assert found.sent.doors == {("france_travail", "cap_emploi"): 1, ("mission_locale",): 1}
    assert found.sent.undecided == {("apec",): 1}
    assert found.unmet == {"famille": 2.0, "mobilite": 1.0}
    assert ("", "Agence, là", "", 0.5) in found.desks
    assert found.partners == {"Navette": 1.0}


# -- the command ---------------------------------------------------------------------------------------------------------------

ASKED = {
    "form": "text",
    "on": None,
    "far": None,
    "without": (),
    "population": None,
    "out": None,
    "force": False,
    "lang": "fr",
}


@pytest.fixture
def run(capsys, monkeypatch):
    def go(name, **words):
        monkeypatch.setenv("CEP_ROUTE_TODAY", "2019-06-30")
        words = ASKED | words
        try:
            code = deliver(command.territory_diagnose(name=name, **words), words["lang"])
        except CannotRun as stop:
            tell(stop.findings, words["lang"])
            code = stop.code
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return go


def test_the_text_says_the_essentials_first(run):
    code, out, err = run("c2a", on="2018-06-30", without=("region",))
    assert (code, err) == (1, "")
    lines = out.split("\n")
    assert lines[0] == "Plateau d’Orsaigne (fictif) : qui coopère, qui est laissé dehors"
    assert lines[3] == "L'essentiel :"
    assert lines[5] == "- Publics sans accueil proche : 24 situations sur 84 (public × commune × niveau)"
    for part in (
        "Et si… la Région se retirait :",
        "Combien de personnes, vers où :",
    ):
        assert part in lines


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", [*SIX, "france"])
def test_every_territory_can_be_told_in_both_languages(run, name, lang):
    territory = SHIPPED[name]
    code, out, err = run(name, on=territory.head.as_of, without=("region",), lang=lang)
    assert code == 1  # of the whole country neither partners nor ties are told: unknown is not none
    assert err == ""
    assert "{" not in out
    assert "None" not in out


def test_json_holds_the_same_values(run):
    code, out, _ = run("c3a", form="json", without=("scheme:guichet-saisons",))
    data = json.loads(out)
    assert (code, data["schema"], data["configuration"]["configuration"]) == (1, 2, [THREE])
    assert len(data["cells"]) == len(kept("c3a").cells)
    assert data["what_if"][0]["after"] == [TWO]
    assert all(a["closes"] and a["says"] for a in data["additions"])
    assert {tuple(key) for a in data["additions"] for key in a["closes"]} == {
        tuple(key) for key in data["missing"]
    }


REFUSED = [
    (
        {"without": ("operator:x",)},
        "« operator:x » ne désigne rien de cette fiche qu'on puisse ôter (CEP570)",
    ),
    ({"far": "loin"}, "« loin » n'est pas une distance en kilomètres (CEP574)"),
    ({"far": "-3"}, "« -3 » n'est pas une distance en kilomètres (CEP574)"),
    ({"on": "hier"}, "(CEP504)"),
    ({"population": "/nulle/part.toml"}, "(CEP014)"),
    (
        {"population": str(Path(__file__))},
        "ce fichier n'a pas été orienté par `batch` (CEP576)",
    ),
]


@pytest.mark.parametrize(("words", "says"), REFUSED)
def test_what_cannot_be_asked_is_refused_with_its_code(run, words, says):
    code, out, err = run("c3a", **words)
    assert (code, out) == (2, "")
    first = err.split("\n", 1)[0]
    assert first.endswith(says)
    assert len(says) < 20 or first.removesuffix(says) == "" or first.removesuffix(says).endswith(": ")


def test_without_the_extra_the_page_is_refused_and_the_text_still_told(run, monkeypatch):
    for name in ("cep_route.render.html", "cep_route.render.plots"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code, out, err = run("c2a", form="html")
    assert (code, out) == (2, "")
    assert (
        err
        == "La page demande jinja2, qui manque ici (CEP573)\n    aide : installez l'extra : pip install 'cep-route[report]'\n"
    )
    assert run("c2a")[0] == 1


def test_every_code_of_a_diagnosis_is_emitted():
    emitted = {
        code
        for path in Path("cep_route").rglob("*.py")
        for code in re.findall(r"CEP57\d", path.read_text(encoding="utf-8"))
    }
    assert emitted == {code for code in codes() if code.startswith("CEP57")}


def test_forty_altered_copies_stand_here():
    assert len(CONFIGURED) + len(COVERED) + len(NEEDS) >= 40
    assert len({(a, b) for (a, b, *_), _ in product([*CONFIGURED, *COVERED, *NEEDS], [0])}) >= 40
