"""Whole columns say what their cells say one by one."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("numpy")

import numpy as np
import pyarrow as pa

from cep_route import files
from cep_route.engine.explain import Judge
from cep_route.intake import keys
from cep_route.intake.bulk import Bulk
from cep_route.intake.cells import reader
from cep_route.intake.homes import Homes
from cep_route.intake.recognising import map_columns
from cep_route.model.profile import age_on

ON = "2026-11-22"
ODD_DAYS = (
    "29/02/2004", "31/02/2001", "", "2001-2-03", "1899-12-31", "1900-01-01", "2026-11-22", "2026-11-23", "1906-11-22", "1906-11-21",
    "2000-02-30", "1900-02-29", "2004-02-29", "2001-13-01", "2001-00-10", "2001-10-00", "2001-10-32", "20011003  ", "36526", "36526.0000",
    "1990/05/06", "1990-05-06T00:00", "+990-01-01", "19x0-01-01", "2001-04-31", "０００1-01-01",
)  # fmt: skip


def days(count, seed=1):
    chance = random.Random(seed)
    return [
        f"{chance.randrange(1890, 2030)}-{chance.randrange(14):02d}-{chance.randrange(33):02d}"
        for _ in range(count)
    ]


@pytest.mark.parametrize("kind", [pa.binary(), pa.string(), pa.large_string()])
def test_plain_days_are_the_birth_dates_that_the_cells_tell(kind):
    spellings = files.load_spellings()
    read = reader(spellings["files"]["columns"]["birth_date"], spellings["files"], ON, {})
    words = list(dict.fromkeys((*days(4000), *ODD_DAYS)))
    given = [w.encode() for w in words] if kind == pa.binary() else words
    plain, ages = keys.plain_birth_dates(pa.array(given, kind), ON)
    for word, is_plain in zip(words, plain.tolist(), strict=True):
        told = dict(read(word).told).get("birth_date")
        assert is_plain == (told == word), word
    assert ages.tolist() == [age_on(w, ON) for w, p in zip(words, plain.tolist(), strict=True) if p]
    assert 1000 < plain.sum() < len(words)


def bulk():
    law = files.load_law()[0]
    columns = map_columns(["date_naissance", "age", "statut"], files.load_spellings(), [], on=ON)
    return Bulk(columns, Judge(law), Homes(law, None, None), on=ON, lang="fr", render=tuple)


def test_many_cells_at_once_get_the_codes_they_get_one_by_one():
    one_by_one, at_once = keys.Answers(bulk(), "utf-8"), keys.Answers(bulk(), "utf-8")
    column, other = at_once.column(0), one_by_one.column(0)
    other.reads_days(ON, None)
    chance = random.Random(2)
    pool = list(dict.fromkeys((*days(3000), *ODD_DAYS)))
    for size in (5, 100, 700, 90, 2000, 400, 2000):
        words = chance.sample(pool, size)
        mine, its = (c.told(c.numbers(pa.array(words))) for c in (column, other))
        # codes are numbered as they are met: what they say is compared
        for codes, others in ((mine[0], its[0]),):
            said = [at_once.bulk.people[0].readings[i] for i in codes.tolist()]
            expected = [one_by_one.bulk.people[0].readings[i] for i in others.tolist()]
            assert [age(r) for r in said] == [age(r) for r in expected]
        assert [at_once.day(i) for i in mine[1].tolist()] == [one_by_one.day(i) for i in its[1].tolist()]


def age(reading):
    """What a reading of a birth date says as far as a class of age depends on it."""
    born = dict(reading.told).get("birth_date")
    return (reading.fault, BULK.ages_alike[min(age_on(born, ON), 120)] if born else None)


BULK = bulk()


def test_tables_grow_without_forgetting():
    """The number of a combination stays, whatever else is met, in a table or beyond it."""
    made = []

    def number(codes):
        made.append(codes)
        return len(made) - 1

    key = keys._Key(3, number)
    chance = random.Random(3)
    known = {}
    for top in (1, 2, 5, 9, 40, 300, 5000):
        columns = [np.array([chance.randrange(top) for _ in range(50)], np.int32) for _ in range(3)]
        found = key.look(columns, (top, top, top)).tolist()
        for codes, number_ in zip(zip(*(c.tolist() for c in columns), strict=True), found, strict=True):
            assert known.setdefault(codes, number_) == number_
            assert made[number_] == codes
    assert len(made) == len(known)
