"""The laws of the engine, as loops over every kind of person on every stretch of days; the engine against the slow reference."""

from __future__ import annotations

import random
import tomllib
from bisect import bisect_right
from datetime import date, timedelta
from functools import cache
from itertools import product
from math import prod
from pathlib import Path

import pytest
import reference
from msgspec.structs import replace

from cep_route.engine.compare import Space
from cep_route.engine.compile import box_of, constraint, with_rules
from cep_route.engine.compile import segment as compiled_stretch
from cep_route.engine.decide import Table
from cep_route.engine.explain import Judge, Placed
from cep_route.files import load_law
from cep_route.model.answer import Profile
from cep_route.model.law import FOREVER, Constraint, RuleCard
from cep_route.model.profile import birthday

NODES_AT_MOST = 1000
RULES = Path(__file__).parents[1] / "rules"
LAW, _ = load_law(str(RULES))
TABLES = [Table(segment, LAW.rules) for segment in LAW.segments]
JUDGE = Judge(LAW)
DAYS = [s.since if s.since > "1900" else "2014-06-01" for s in LAW.segments]
PARSED = {p.name: tomllib.loads(p.read_text("utf-8")) for p in sorted(RULES.glob("*.toml"))}
DOMAINS, CONSTRAINTS, CARDS = reference.plain(
    PARSED["facts.toml"]["facts"],
    PARSED["facts.toml"]["constraints"],
    [r for name, data in PARSED.items() if "theme" in data for r in data["rules"]],
)
PRESUMPTIONS = PARSED["facts.toml"]["presumptions"]
TOLD_BY_COMMUNE = {f["name"] for f in PARSED["facts.toml"]["facts"] if f.get("from_commune")}


def parts(outcome):
    clash = frozenset(frozenset(pair) for pair in outcome.clash)
    return frozenset(outcome.first), frozenset(outcome.eligible), frozenset(outcome.see), clash


def told(table, known, pick=0):
    return {n: table.members[n][i][pick] for n, i in known.items()}


THIN = reference.thin(DOMAINS, CONSTRAINTS, [])


def whole(facts):
    """One possible person with these facts: the other facts take the first values that make a person of them."""
    return next(reference.persons(THIN, CONSTRAINTS, facts))


@cache
def every_kind():
    """(table, day, classes, outcome) of every path of every diagram."""
    pairs = zip(TABLES, DAYS, strict=True)
    return [(table, day, known, outcome) for table, day in pairs for known, outcome in table.kinds()]


@cache
def cards_on(day):
    """The rules and notes in force, which spares the reference most of its work."""
    return [c for c in CARDS if c["since"] <= day <= c["until"]]


# --- the kinds cut the space exactly


def test_there_is_something_to_prove():
    assert len(TABLES) >= 6
    assert len(every_kind()) > 2000


def test_the_kinds_cover_every_possible_person_and_none_twice():
    bound = {n for c in CONSTRAINTS for part in ("when", "then") for n in c[part]}
    some = {n: DOMAINS[n] if n in bound else DOMAINS[n][:1] for n in DOMAINS}
    total = sum(1 for _ in reference.persons(some, CONSTRAINTS, {}))
    total *= prod(len(values) for n, values in DOMAINS.items() if n not in bound)
    for table in TABLES:
        free = prod(len(values) for n, values in DOMAINS.items() if n not in table.members)
        sizes = {n: [len(values) for values in table.members[n]] for n in table.segment.levels}
        counted = table.diagrams.count(table.root, list(sizes.values()))
        assert sum(counted.values()) * free == total
        ways = sum(
            prod(sizes[n][known[n]] if n in known else sum(sizes[n]) for n in sizes)
            for known, _ in table.kinds()
        )
        assert ways * free == total


def test_the_engine_is_the_reference_for_every_kind_on_every_stretch_of_days():
    """Who answers, and the rules that speak: of the first of each kind's persons, and of the last of some."""
    last = set(random.Random(2).sample(range(len(every_kind())), 6000))
    for number, (table, day, known, outcome) in enumerate(every_kind()):
        for pick in (0, -1) if number in last else (0,):
            facts = whole(told(table, known, pick))
            speaking = reference.standing(cards_on(day), facts, day)
            assert parts(outcome) == reference.answer(speaking, facts, day)
            if number in last:
                always = table.surely(table.known(facts))
                assert always == table.some(table.boxes, table.known(facts))
                assert [c.id for c in table.rules_of(always)] == [c["id"] for c in speaking]


def test_the_last_day_of_a_stretch_is_as_the_first():
    for table in TABLES:
        first = {c.id for c in table.rules_of(table.boxes)}
        for day in (table.segment.since, table.segment.until):
            assert first == {c["id"] for c in CARDS if c["opens"] and c["since"] <= day <= c["until"]}


def test_no_gap_no_conflict_and_always_a_first():
    for _, _, _, outcome in every_kind():
        assert outcome.eligible
        assert outcome.first
        assert not outcome.clash


def test_the_diagrams_stay_small_in_the_order_of_questions_and_no_order_makes_them_huge():
    """A jurist can be shown them, a page can carry them. Of 200 random orders the last stretch has 760 to 4,254 nodes, half over 1,318."""
    assert max(len(segment.nodes) for segment in LAW.segments) <= NODES_AT_MOST
    pick, last = random.Random(7), LAW.segments[-1]
    for _ in range(5):
        order = tuple(pick.sample(last.levels, len(last.levels)))
        turned = compiled_stretch(replace(LAW, questions=order), LAW.rules, last.since, last.until)
        assert turned.levels == order
        assert len(turned.nodes) <= 10 * NODES_AT_MOST
        assert set(turned.outcomes) == set(last.outcomes)
    assert [n for n in LAW.questions if n in LAW.segments[-1].levels] == [
        n for n in LAW.segments[-1].levels if n in LAW.questions
    ]


# --- what must not matter


def same_everywhere(law):
    """Kinds of the shipped law have the same answers under another law."""
    other = Judge(law)
    for mine, day, known, outcome in sampled(2000, 14):
        table = other.table(day)
        outcomes = table.outcomes(table.known(told(mine, known)))
        assert {parts(o) for o in outcomes} == {parts(outcome)}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rules_does_not_matter(seed):
    cards = list(LAW.rules)
    random.Random(seed).shuffle(cards)
    same_everywhere(with_rules(LAW, cards))


def test_a_duplicate_rule_changes_nothing():
    same_everywhere(with_rules(LAW, LAW.rules + LAW.rules))


def test_before_may_be_read_directly_or_through_others_and_by_any_or_by_all_rules():
    """Robust: the shipped order gives the same firsts under its closure, and when *every* standing rule must be preceded."""
    different = []
    for table, _, known, outcome in sampled(4000, 16):
        person = table.known(whole(told(table, known)))
        cards = [c for c in table.rules_of(table.surely(person)) if c.opens in outcome.eligible]
        direct = {(a.opens, b.opens) for a in cards for b in cards if b.id in a.before}
        closed = set(direct)
        for middle, a, b in product(outcome.eligible, repeat=3):
            if (a, middle) in closed and (middle, b) in closed:
                closed.add((a, b))
        by_closure = {
            b for b in outcome.eligible if not any((a, b) in closed for a in outcome.eligible if a != b)
        }
        wholly = {
            (a, b)
            for a, b in direct
            if all(any(s.id in r.before for r in cards if r.opens == a) for s in cards if s.opens == b)
        }
        by_all = {
            b for b in outcome.eligible if not any((a, b) in wholly for a in outcome.eligible if a != b)
        }
        if not set(outcome.first) == by_closure == by_all:
            different.append([c.id for c in cards])
    assert different == []


def test_a_rule_that_orders_and_bars_nothing_never_removes_an_eligible_operator():
    pick = random.Random(3)
    for code in LAW.operators:
        when = {
            n: tuple(pick.sample(values, max(1, len(values) // 2)))
            for n, values in list(DOMAINS.items())[1:5]
        }
        new = RuleCard(id="new", says={}, opens=code, when=when, confidence="sure")
        more = Judge(with_rules(LAW, (*LAW.rules, new)))
        for mine, day, known, before in sampled(500, 15):
            table = more.table(day)
            eligible = set(before.eligible)
            for outcome in table.outcomes(table.known(told(mine, known))):
                assert eligible <= set(outcome.eligible) <= eligible | {code}


# --- what is not known


def test_an_unknown_fact_is_the_union_of_its_values_and_never_no():
    for table, _, known, _ in sampled(3000, 12):
        for name in known:
            rest = {n: i for n, i in known.items() if n != name}
            union = set()
            for i in range(len(table.accept[name])):
                union |= {parts(o) for o in table.outcomes({**rest, name: i})}
            assert {parts(o) for o in table.outcomes(rest)} == union


def partial_profiles(count, seed):
    pick = random.Random(seed)
    for table, day, known, _ in pick.sample(every_kind(), count):
        names = pick.sample(sorted(known), pick.randrange(len(known) // 2, len(known) + 1))
        yield table, day, {n: i for n, i in known.items() if n in names}


def test_a_decided_answer_is_never_contradicted_by_one_more_fact():
    for table, _, known in partial_profiles(600, 4):
        firsts = {o.first for o in table.outcomes(known)}
        for name in table.facts:
            if name in known or len(firsts) > 1:
                continue
            for i in range(len(table.accept[name])):
                if table.held({**known, name: i}).possible:
                    assert {o.first for o in table.outcomes({**known, name: i})} == firsts


def brute(day, facts):
    """Every person of thinned facts the told ones allow, with the reference's answer."""
    cards = [c for c in CARDS if c["opens"] and c["since"] <= day <= c["until"]]
    domains = reference.thin(DOMAINS, CONSTRAINTS, cards, tuple(facts.items()))
    return domains, [
        (p, reference.answer(cards, p, day)[:3]) for p in reference.persons(domains, CONSTRAINTS, facts)
    ]


def test_possible_and_missing_are_exact_on_partial_profiles():
    """Every missing fact listed divides two persons alike in all else, and none that divides is left out."""
    for table, day, known in partial_profiles(600, 5):
        unknown = [n for n in table.facts if n not in known]
        if prod(len(table.accept[n]) for n in unknown) > 600:
            continue
        facts = told(table, known)
        decision = JUDGE.decide(Profile(facts=facts), day)
        taken = reference.presumed(DOMAINS, CONSTRAINTS, PRESUMPTIONS, facts)
        unknown = [n for n in unknown if n not in taken]
        _, people = brute(day, facts | taken)
        assert set(decision.possible) == {c for _, (first, _, _) in people for c in first}
        assert {e.operator for e in decision.eligible} == frozenset.intersection(
            *(e for _, (_, e, _) in people)
        )
        assert decision.decided == (len({first for _, (first, _, _) in people}) == 1)
        divides = set()
        for name in unknown:
            seen = {}
            for person, found in people:
                rest = tuple(v for n, v in person.items() if n != name)
                if seen.setdefault(rest, found) != found:
                    divides.add(name)
        assert {m.fact for m in decision.missing} == divides


# --- the whole decision, for fully known persons


def sampled(count, seed):
    pick = random.Random(seed)
    return pick.sample(every_kind(), count)


def test_reasons_are_exactly_the_rules_that_speak():
    for table, day, known, _ in sampled(250, 6):
        facts = whole(told(table, known))
        decision = JUDGE.decide(Profile(facts=facts), day)
        assert [r.rule for r in decision.reasons if r.role == "opens"] == [
            c["id"] for c in reference.standing(cards_on(day), facts, day)
        ]
        notes = [c for c in CARDS if not c["opens"] and c["since"] <= day <= c["until"]]
        assert [r.rule for r in decision.reasons if r.role == "note"] == [
            c["id"] for c in notes if reference.inside(c["when"], facts)
        ]
        assert decision.decided
        assert set(decision.possible) == set(decision.first)
        assert decision.missing == ()


def test_why_not_names_conditions_that_fail_or_the_law_that_bars():
    for table, day, known, _ in sampled(250, 7):
        facts = whole(told(table, known))
        decision = JUDGE.decide(Profile(facts=facts), day)
        speaking = reference.standing(cards_on(day), facts, day)
        for no in decision.not_:
            assert no.operator not in {e.operator for e in decision.eligible}
            assert no.because or no.law
            for failed in no.because:
                assert (
                    facts[failed["fact"]]
                    not in box_of({failed["fact"]: failed["wants"].split()}, LAW.facts)[failed["fact"]]
                )
            if no.law:
                assert no.operator in {code for r in speaking if r["id"] == no.law for code in r["bars"]}


def flips(facts, day, moved):
    """Does the change give a possible person with another first?"""
    person = {**facts, **moved}
    if not reference.possible(CONSTRAINTS, person):
        return None
    return reference.answer(cards_on(day), person, day)[0]


def test_each_listed_change_flips_and_no_smaller_one_does():
    for table, day, known, _ in sampled(60, 8):
        facts = whole(told(table, known))
        decision = JUDGE.decide(Profile(facts=facts), day)
        now = reference.answer(cards_on(day), facts, day)[0]
        singles = {
            (n, v)
            for n, values in DOMAINS.items()
            for v in values
            if n not in TOLD_BY_COMMUNE and v != facts[n] and flips(facts, day, {n: v}) not in (None, now)
        }
        listed = set()
        for change in decision.changes:
            box = box_of({n: v.split() for n, v in change.if_.items()}, LAW.facts)
            for values in product(*box.values()):
                moved = dict(zip(box, values, strict=True))
                found = flips(facts, day, moved)
                assert found not in (None, now)
                assert found <= set(change.then)
                for name, value in moved.items():
                    if len(moved) == 1:
                        listed.add((name, value))
                    else:
                        assert (name, value) not in singles
        assert listed == singles


def test_until_is_the_last_day_of_the_answer_day_by_day():
    pick = random.Random(9)
    for _, _, known, _ in pick.sample(every_kind(), 40):
        table = pick.choice(TABLES[1:])
        small = {n: i for n, i in known.items() if n in table.facts and i < len(table.accept[n])}
        if not table.held(small).possible:
            continue
        day = date.fromisoformat(pick.choice(["2017-12-20", "2019-11-30", "2022-02-01", "2024-12-01"]))
        cut = pick.choice([16, 26, 30])
        birth = (day + timedelta(days=pick.randrange(5, 400))).replace(year=day.year - cut)
        person = {n: v for n, v in whole(told(table, small)).items() if n != "age"}
        check_until(person, birth.isoformat(), day, 900)


def check_until(facts, birth, day, days):
    birthdays = [birthday(birth, age) for age in range(1, 121)]

    def on(when):
        age = bisect_right(birthdays, when.isoformat())
        person = {**facts, "age": age}
        return (
            reference.answer(cards_on(when.isoformat()), person, when.isoformat())[:3]
            if reference.possible(CONSTRAINTS, person)
            else None
        )

    now = on(day)
    if now is None:
        return
    until = JUDGE.decide(Profile(facts=facts, birth_date=birth), day.isoformat()).until
    changed = next(
        (day + timedelta(days=d) for d in range(1, days) if on(day + timedelta(days=d)) != now), None
    )
    if changed is None:
        assert until is None or until.day >= (day + timedelta(days=days - 1)).isoformat()
    else:
        assert until is not None
        assert until.day == (changed - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("birth", ["2000-02-29", "1996-11-22", "2008-12-31", "2004-02-29"])
def test_until_on_leap_days_and_year_ends(birth):
    facts = whole(
        {
            "status": "jobseeker",
            "employed": "no",
            "in_school": "no",
            "disability": "none",
            "cadre": "no",
            "degree": "none",
        }
    )
    facts.pop("age")
    for day in (date(2022, 1, 15), date(2024, 2, 20), date(2026, 11, 21)):
        check_until(facts, birth, day, 1500)


def test_until_is_exact_for_every_kind_around_the_cuts_of_age():
    """Every kind whose age ends a class, born so that the birthday is tomorrow: the answer holds today or the change is told."""
    table, day = TABLES[-1], date(2026, 11, 22)
    tomorrow = day + timedelta(days=1)
    for known, _ in random.Random(13).sample(list(table.kinds()), 1500):
        if "age" not in known:
            continue
        last = max(table.members["age"][known["age"]])
        facts = whole({**told(table, known), "age": last})
        birth = tomorrow.replace(year=tomorrow.year - last - 1).isoformat()
        if last == DOMAINS["age"][-1]:
            continue
        now = reference.answer(cards_on(day.isoformat()), facts, day.isoformat())[:3]
        then = reference.answer(
            cards_on(tomorrow.isoformat()), {**facts, "age": last + 1}, tomorrow.isoformat()
        )[:3]
        possible = reference.possible(CONSTRAINTS, {**facts, "age": last + 1})
        profile = Profile(facts={n: v for n, v in facts.items() if n != "age"}, birth_date=birth)
        until = Placed(JUDGE, profile, day.isoformat()).until()
        if now != then or not possible:
            assert until.day == day.isoformat()
        else:
            assert until is None or until.day > day.isoformat()


# --- random laws over small spaces


def card_of(plain):
    """A rule of the engine, from the plain tables of the reference."""
    return RuleCard(says={}, confidence="sure", **plain)


def random_law(pick):
    facts = {
        f"f{i}": replace(
            LAW.facts["employed"], name=f"f{i}", values=tuple(f"v{k}" for k in range(pick.randrange(2, 4)))
        )
        for i in range(pick.randrange(2, 5))
    }

    def box(most):
        names = pick.sample(sorted(facts), pick.randrange(min(most, len(facts)) + 1))
        return {
            n: tuple(sorted(pick.sample(facts[n].values, pick.randrange(1, len(facts[n].values) + 1))))
            for n in names
        }

    ids = [f"r{i}" for i in range(pick.randrange(1, 9))]
    cards = []
    for i, name in enumerate(ids):
        later = ids[i + 1 :]
        cards.append(
            {
                "id": name,
                "opens": pick.choice("ABC"),
                "see": tuple(pick.sample("xyz", pick.randrange(2))),
                "bars": tuple(pick.sample("ABC", pick.choice([0, 0, 0, 1]))),
                "before": tuple(pick.sample(later, min(len(later), pick.randrange(3)))),
                "joint": tuple(pick.sample(ids, pick.randrange(2))),
                "when": box(3),
                "since": pick.choice(["0001-01-01", "2020-01-01"]),
                "until": pick.choice(["2021-12-31", FOREVER]),
            }
        )
    walls = []
    for _ in range(pick.randrange(3)):
        a, b = pick.sample(sorted(facts), 2)
        walls.append({"when": {a: facts[a].values[:1]}, "then": {b: facts[b].values[1:]}})
    bars = tuple(constraint(Constraint(id="w", when=w["when"], then=w["then"], why={}), facts) for w in walls)
    bare = replace(
        LAW, facts=facts, constraints=bars, rules=(), segments=(), presumptions=(), doubts=(), questions=()
    )
    return with_rules(bare, map(card_of, cards)), {n: list(f.values) for n, f in facts.items()}, walls, cards


@pytest.mark.parametrize("seed", range(40))
def test_random_laws_agree_with_the_reference_on_every_partial_profile(seed):
    law, domains, walls, cards = random_law(random.Random(seed))
    judge = Judge(law)
    for day in ("2019-06-01", "2020-06-01", "2022-06-01"):
        table = judge.table(day)
        for values in product(*([None, *v] for v in domains.values())):
            facts = {n: v for n, v in zip(domains, values, strict=True) if v is not None}
            expected = reference.answers(domains, walls, cards, facts, day)
            assert {parts(o) for o in table.outcomes(table.known(facts))} == expected
        space = Space(law)
        assert space.persons(space.possible) == sum(1 for _ in reference.persons(domains, walls, {}))


# --- boxes


def test_known_facts_no_rule_names_are_left_out():
    table = Table(LAW.segments[-1], LAW.rules)
    assert table.known({"abroad_work": "yes", "cadre": "yes"}).keys() == {"cadre"}
