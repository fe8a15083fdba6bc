"""Combinations of numbers get one number each, whatever is met and in whatever order."""

from __future__ import annotations

import random

import pytest

pl = pytest.importorskip("polars")

from cep_route.intake import answers  # noqa: E402


@pytest.mark.parametrize(("bits", "table"), [(62, 22), (62, 4), (30, 3)], ids=["table", "hashed", "halves"])
def test_tables_grow_without_forgetting(monkeypatch, bits, table):
    """The number of a combination stays, whatever else is met: in a table, beyond it, or in more than one integer."""
    monkeypatch.setattr(answers, "BITS", bits)
    monkeypatch.setattr(answers, "TABLE_BITS", table)
    made = []

    def number(*codes):
        made.append(codes)
        return len(made) - 1

    key = answers._Key(number)
    chance = random.Random(3)
    known = {}
    for top in (1, 2, 5, 9, 40, 300, 5000):
        columns = [pl.Series([chance.randrange(top) for _ in range(50)], dtype=pl.Int64) for _ in range(3)]
        found = key(*columns).to_list()
        for codes, number_ in zip(zip(*(c.to_list() for c in columns), strict=True), found, strict=True):
            assert made[number_] == codes
            if bits == 62 or top < 300:
                assert known.setdefault(codes, number_) == number_


def test_a_dictionary_keeps_its_numbers_from_block_to_block():
    read = []

    def reads(cell):
        read.append(cell)
        return len(cell)

    cells = answers.Cells([reads])
    for words in (["a", "bb", "a", ""], ["ccc", "a"], ["", "dddd", "bb"]):
        assert cells.told(pl.Series(words).cast(cells.type))[0].to_list() == [len(w) for w in words]
    assert sorted(read) == ["", "a", "bb", "ccc", "dddd"], "each distinct cell is read once"
