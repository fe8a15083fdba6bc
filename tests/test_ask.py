"""The interview: it only asks what can change the answer, stops when nothing can, and asks hardly more than the best order would."""

from __future__ import annotations

import random
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from test_engine import parts, random_law

from cep_route.checks.questions import questions
from cep_route.engine.decide import presumed
from cep_route.engine.interview import Interview, Questions
from cep_route.files import load_law

LAW, _ = load_law(str(Path(__file__).parents[1] / "rules"))
DAY = "2026-11-22"
QUESTIONS = Questions(LAW, DAY)
TABLE = QUESTIONS.table
KINDS = [({n: TABLE.members[n][i][0] for n, i in known.items()}, outcome) for known, outcome in TABLE.kinds()]


def answers(facts):
    """What everybody may have whom the facts allow, those an interview does not ask being taken as told."""
    taken = presumed(LAW, TABLE, facts, asking=True)
    return {parts(o)[:3] for o in TABLE.outcomes(TABLE.known(facts | taken))}


def test_an_interview_from_start_to_end():
    talk = Interview(Questions(LAW, DAY), {})
    assert talk.question.fact == "age"
    assert ("26..29",) in talk.question.classes
    person = {"status": "jobseeker", "age": 24, "disability": "none", "degree": "none"}
    while talk.question:
        talk = talk.tell(person.get(talk.question.fact, "no"))
    assert [fact for fact, _ in talk.answers][:2] == ["age", "status"]
    assert talk.decided
    assert talk.asked + talk.spared == sum(1 for n in TABLE.facts if TABLE.named[n])
    assert talk.flags()["age"] == "24"
    assert len(answers(talk.facts)) == 1


def test_questions_come_in_the_written_order_health_last():
    """Of those that matter, the first written; a question that another made needless is left out, none is asked out of turn."""
    order = list(LAW.questions)
    assert order[:2] == ["age", "status"]
    assert order[-2:] == ["disability", "job_at_risk"]
    for person, _ in random.Random(2).sample(KINDS, 200):
        talk = Interview(QUESTIONS, {})
        while talk.question and talk.question.fact in person:
            talk = talk.tell(person[talk.question.fact])
        places = [order.index(fact) for fact, _ in talk.answers if fact in order]
        assert places == sorted(places)


def test_every_kind_of_person_is_led_to_its_answer_by_useful_questions_only():
    made = {(): Interview(QUESTIONS, {})}
    taken = presumed(LAW, TABLE, {}, asking=True)
    for person, outcome in KINDS:
        if any(person.get(fact, value) != value for fact, value in taken.items()):
            continue  # rare situations that are never asked: they are told, or taken as absent
        talk = made[()]
        while talk.question and talk.question.fact in person:
            key = (*talk.answers, (talk.question.fact, person[talk.question.fact]))
            if key not in made:  # persons who answer alike share their interview
                assert len(answers(talk.facts)) > 1
                assert talk.question.fact not in talk.facts
                made[key] = talk.tell(person[talk.question.fact])
            talk = made[key]
        if talk.question is None:
            assert talk.decided
            assert answers(talk.facts) == {parts(outcome)[:3]}


def test_each_question_divides_two_persons_alike_in_all_else():
    for person, _ in random.Random(1).sample(KINDS, 40):
        talk = Interview(QUESTIONS, {})
        while talk.question and talk.question.fact in person:
            taken = presumed(LAW, TABLE, talk.facts, asking=True)
            root = TABLE.restricted(TABLE.known(talk.facts | taken))
            groups = TABLE.divides(root, talk.question.fact)
            assert any(len({parts(o)[:3] for o in group}) > 1 for group in groups)
            talk = talk.tell(person[talk.question.fact])


def test_unknown_is_never_asked_twice_and_ends_open():
    talk = Interview(Questions(LAW, DAY), {})
    asked = []
    while talk.question:
        asked.append(talk.question.fact)
        talk = talk.tell(None)
    assert len(asked) == len(set(asked)) == talk.asked
    assert not talk.decided
    assert talk.facts == {}


def test_back_returns_to_the_same_question_and_the_first_stays_first():
    first = Interview(Questions(LAW, DAY), {})
    second = first.tell(24)
    assert second.back().question == first.question
    assert second.back().answers == ()
    assert first.back().question == first.question
    assert second.tell(None).back().question == second.question


def test_facts_told_before_are_not_asked():
    talk = Interview(Questions(LAW, DAY), {"status": "military", "disability": "none", "job_at_risk": "no"})
    assert talk.decided
    assert talk.question is None
    assert talk.flags() == {"status": "military", "disability": "none", "job_at_risk": "no"}
    with pytest.raises(ValueError, match="no question"):
        talk.tell("yes")


def test_a_value_that_contradicts_what_was_told_is_not_possible():
    talk = Interview(Questions(LAW, DAY), {"employed": "no", "age": 40})
    assert talk.question.fact == "status"
    assert ("employee",) not in talk.question.classes
    assert not talk.possible("employee")
    assert talk.possible("jobseeker")
    assert Interview(Questions(LAW, DAY), {"employed": "no", "status": "employee"}).contradiction


# --- how many questions


def test_the_interview_is_within_ten_per_cent_of_the_best_order_under_few_facts():
    """The order is written for people, not for the count; what it costs is told by `check --questions`."""
    found = questions(LAW, DAY, optimum=False)
    assert found.mean <= 5.5
    assert found.worst <= 10


@pytest.mark.parametrize("seed", [2, 3, 5, 8, 13, 21, 34, 55])
def test_the_optimum_is_that_of_plain_exhaustion(seed):
    law, *_ = random_law(random.Random(seed))
    table = Questions(law, "2020-06-01").table
    sizes = {n: len(table.members[n]) for n in table.facts}
    people = [dict(zip(sizes, ids, strict=True)) for ids in product(*map(range, sizes.values()))]
    people = [(p, parts(o)[:3]) for p in people for o in table.outcomes(p)]

    @cache
    def least(known):
        left = [(p, a) for p, a in people if known <= p.items()]
        if len({a for _, a in left}) < 2:
            return 0
        totals = []
        for fact in sizes:
            met = {p[fact] for p, _ in left}
            if len(met) > 1:
                totals.append(len(left) + sum(least(known | {(fact, i)}) for i in met))
        return min(totals)

    found = questions(law, "2020-06-01")
    assert found.persons == len(people)
    assert found.optimum == pytest.approx(least(frozenset()) / max(1, len(people)))
    assert found.mean >= found.optimum - 1e-9
