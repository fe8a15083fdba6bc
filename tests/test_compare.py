"""Two laws beside each other: the counts are those of brute force, and the change of 2020 is told in full."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import reference
from msgspec.structs import replace
from test_engine import card_of, random_law

from cep_route.engine.compare import Sides, Space, compare
from cep_route.engine.compile import with_rules
from cep_route.engine.explain import Judge
from cep_route.files import load_law

LAW, _ = load_law(str(Path(__file__).parents[1] / "rules"))


def test_nothing_changes_between_a_day_and_itself():
    found = compare(LAW, "2026-11-22", LAW, "2026-11-22")
    assert (found.changed_kinds, found.changed_persons, found.moves, found.by_rule) == (0, 0, (), {})
    assert found.only_a == found.only_b == 0


def test_the_regional_operators_take_over_on_1_january_2020():
    """The documented example: on New Year's Day 2020 nobody is with a Fongecif or an Opacif any more."""
    found = compare(LAW, "2019-12-31", LAW, "2020-01-01")
    sides = Sides(LAW, "2019-12-31", LAW, "2020-01-01")
    assert found.kinds == sum(1 for _ in sides.space.diagrams.paths(sides.root))
    gained, lost = found.by_operator["operateur_regional"], found.by_operator["fongecif_opacif"]
    assert gained[0] > 0
    assert gained[1] == lost[0] == 0
    assert lost[1] > 0
    assert "fongecif-in-work" in found.by_rule
    assert found.by_rule["or-in-work"] == max(found.by_rule.values())
    assert (
        sum(kinds for kinds, _ in found.tally.values())
        == found.changed_kinds
        == sum(m.kinds for m in found.moves)
    )
    assert sum(persons for _, persons in found.tally.values()) == found.changed_persons < found.persons
    plain = next(
        m
        for m in found.moves
        if m.witness.get("status") == ("employee",) and m.before["eligible"] == ("fongecif_opacif",)
    )
    assert plain.after["first"] == ("operateur_regional",)
    assert plain.kind == "replaced"


def test_the_witness_of_each_move_really_moves():
    a, b = Judge(LAW), Judge(LAW)
    for move in compare(LAW, "2019-12-31", LAW, "2020-01-01").moves:
        facts = {n: int(v[0].split("..")[0]) if n == "age" else v[0] for n, v in move.witness.items()}
        for judge, day, expected in ((a, "2019-12-31", move.before), (b, "2020-01-01", move.after)):
            table = judge.table(day)
            for outcome in table.outcomes(table.known(facts)):
                assert set(outcome.first) == set(expected["first"])
                assert set(outcome.eligible) == set(expected["eligible"])


def test_lines_of_a_file_concerned():
    sides = Sides(LAW, "2019-12-31", LAW, "2020-01-01")
    assert sides.differs({"status": "employee", "cadre": "no"})
    assert not sides.differs(
        {"status": "jobseeker", "employed": "no", "age": 45, "disability": "none", "cadre": "no"}
    )
    assert not sides.differs({"status": "military"})
    assert sides.differs({})


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_brute_force(seed):
    pick = random.Random(seed)
    law, domains, walls, cards = random_law(pick)
    other = [c for c in cards if pick.random() > 0.3] or cards
    found = compare(law, "2020-06-01", with_rules(law, map(card_of, other)), "2020-06-01")
    people = list(reference.persons(domains, walls, {}))
    changed = sum(
        reference.answer(cards, p, "2020-06-01") != reference.answer(other, p, "2020-06-01") for p in people
    )
    assert (found.persons, found.changed_persons) == (len(people), changed)


def test_persons_only_one_side_allows_are_counted():
    fewer = LAW.constraints[1:]
    free = with_rules(replace(LAW, constraints=fewer), LAW.rules)
    found = compare(LAW, "2026-11-22", free, "2026-11-22")
    assert found.only_a == 0
    assert found.only_b > 0
    assert found.changed_kinds == 0


def answer(outcome):
    """As the reference tells it."""
    clash = frozenset(map(frozenset, outcome.clash))
    return frozenset(outcome.first), frozenset(outcome.eligible), frozenset(outcome.see), clash


@pytest.mark.parametrize("seed", range(10))
def test_one_rule_changed_is_the_two_laws_compared(seed):
    """The short way (only the persons the change speaks of) and the long way (both laws on everyone) agree, person by person."""
    pick = random.Random(100 + seed)
    law, domains, walls, cards = random_law(pick)
    index = pick.randrange(len(cards))
    card = {
        **cards[index],
        "when": pick.choice(cards)["when"],
        "opens": pick.choice("ABC"),
        "before": (),
        "until": "2020-12-31",
    }
    new = [*cards[:index], card, *cards[index + 1 :]]
    for day in ("2019-06-01", "2020-06-01", "2021-06-01", "2022-06-01"):
        people = list(reference.persons(domains, walls, {}))
        expected = {
            tuple(p.values())
            for p in people
            if reference.answer(cards, p, day) != reference.answer(new, p, day)
        }
        space, found = Space(law, [card_of(card)]), set()
        edit = space.edit({index: card_of(card)})
        for person in people:
            at = space.cut.at(space.cut.known(person))
            for outcome in space.moved(edit, space.among({**at, **space.day(day)})):
                (old,) = space.outcomes(day, at)
                assert answer(old) != answer(outcome) == reference.answer(new, person, day)
                found.add(tuple(person.values()))
        assert found == expected
