"""The interview: it only asks what can change the answer, stops when nothing can, and asks hardly more than the best order would."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest
from test_engine import random_law

from cep_route.checks.questions import questions
from cep_route.engine.compare import answer
from cep_route.engine.interview import Crowd, Interview, interview
from cep_route.files import load_law

LAW, _ = load_law(str(Path(__file__).parents[1] / "rules"))
DAY = "2026-11-22"
CROWD = Crowd(LAW, DAY)


def person_of(space, known):
    return {n: space.table.members[n][i][0] for n, i in known.items()}


def answers(space, facts):
    return {answer(o)[:3] for o in space.table.outcomes(space.known(facts))}


def test_an_interview_from_start_to_end():
    talk = interview(LAW, DAY)
    assert talk.question.fact == "status"
    assert ("employee",) in talk.question.classes
    person = {"status": "jobseeker", "age": 24, "disability": "none", "degree": "none"}
    while talk.question:
        talk = talk.tell(person.get(talk.question.fact, "no"))
    assert [fact for fact, _ in talk.answers][:2] == ["status", "age"]
    assert talk.decided
    assert talk.asked + talk.spared == 14
    assert talk.flags()["age"] == "24"
    assert answers(CROWD.space, talk.facts) == {
        answer(o)[:3] for o in CROWD.space.table.outcomes(CROWD.space.known(talk.facts))
    }


def telling():
    """Interviews, each made once: persons who answer alike share theirs."""
    made = {(): Interview(CROWD, {})}

    def tell(talk, value):
        key = (*talk.answers, (talk.question.fact, value))
        if key not in made:
            assert len(answers(CROWD.space, talk.facts)) > 1
            assert talk.question.fact not in talk.facts
            made[key] = talk.tell(value)
        return made[key]

    return made[()], tell


def test_every_kind_of_person_is_led_to_its_answer_by_useful_questions_only():
    start, tell = telling()
    for known, standing in CROWD.space.kinds():
        person = person_of(CROWD.space, known)
        talk = start
        while talk.question:
            fact = talk.question.fact  # `tell` asserts that it is worth asking
            if fact not in person:
                break  # the person's kind does not say: any value will do, and another kind of this loop has it
            talk = tell(talk, person[fact])
        else:
            assert talk.decided
            assert answers(CROWD.space, talk.facts) == {answer(CROWD.space.table.outcome(standing))[:3]}


def test_each_question_divides_two_persons_alike_in_all_else():
    pick = random.Random(1)
    for known, _ in pick.sample(CROWD.space.kinds(), 40):
        person = person_of(CROWD.space, known)
        talk = Interview(CROWD, {})
        while talk.question and talk.question.fact in person:
            now = CROWD.space.table.implied(CROWD.space.known(talk.facts))
            assert CROWD.table.divides(now, talk.question.fact, lambda o: answer(o)[:3])
            talk = talk.tell(person[talk.question.fact])


def test_unknown_is_never_asked_twice_and_ends_open():
    talk = interview(LAW, DAY)
    asked = []
    while talk.question:
        asked.append(talk.question.fact)
        talk = talk.tell(None)
    assert len(asked) == len(set(asked)) == talk.asked
    assert not talk.decided
    assert talk.facts == {}


def test_back_returns_to_the_same_question_and_the_first_stays_first():
    first = interview(LAW, DAY)
    second = first.tell("student")
    assert second.back().question == first.question
    assert second.back().answers == ()
    assert first.back().question == first.question
    assert second.tell(None).back().question == second.question


def test_facts_told_before_are_not_asked():
    talk = interview(LAW, DAY, {"status": "military", "disability": "none"})
    assert talk.decided
    assert talk.question is None
    assert talk.flags() == {"status": "military", "disability": "none"} or "age" not in talk.flags()
    with pytest.raises(ValueError, match="no question"):
        talk.tell("yes")


def test_a_value_that_contradicts_what_was_told_is_not_possible():
    talk = interview(LAW, DAY, {"employed": "no"})
    assert talk.question.fact == "status"
    assert ("employee",) not in talk.question.classes
    assert not talk.possible("employee")
    assert talk.possible("jobseeker")
    assert interview(LAW, DAY, {"employed": "no", "status": "employee"}).contradiction


# --- how many questions


def test_the_interview_is_within_five_per_cent_of_the_best_order():
    found = questions(LAW, DAY)
    assert found.optimum <= found.mean <= 1.05 * found.optimum
    assert found.worst <= 8


@pytest.mark.parametrize("seed", [2, 3, 5, 8, 13, 21, 34, 55])
def test_the_optimum_is_that_of_plain_exhaustion(seed):
    law, *_ = random_law(random.Random(seed))
    crowd = Crowd(law, "2020-06-01")

    @cache
    def least(known):
        people = crowd.all(dict(known))
        if len({n for _, _, n in people}) < 2:
            return 0.0
        total = sum(w for _, w, _ in people)
        means = []
        for fact in crowd.classes:
            cuts = list(crowd.cuts(people, fact)) if fact not in dict(known) else []
            if len(cuts) > 1:
                parts = ((left, least(tuple(sorted({**dict(known), fact: i}.items())))) for i, left in cuts)
                means.append(1 + sum(sum(w for _, w, _ in left) * mean for left, mean in parts) / total)
        return min(means)

    found = questions(law, "2020-06-01")
    assert found.optimum == pytest.approx(least(()))
    assert found.mean >= found.optimum - 1e-9
