"""Combinations of numbers get one number each, whatever is met and in whatever order."""

from __future__ import annotations

import random

import pytest

pl = pytest.importorskip("polars")

from cep_route.intake import answers, people  # noqa: E402


@pytest.mark.parametrize("room", [1 << 62, 1 << 30, 1 << 10], ids=["one integer", "narrow", "very narrow"])
def test_combinations_are_numbered_without_forgetting(monkeypatch, room):
    """The number of a combination stays, whatever else is met, and however little one integer holds."""
    monkeypatch.setattr(answers, "_ROOM", room)
    made, way = people.Makings(lambda *codes: codes), answers.ColumnWise()
    chance = random.Random(3)
    known = {}
    for top in (1, 2, 5, 9, 40, 300, 5000):
        columns = [pl.Series([chance.randrange(top) for _ in range(50)], dtype=pl.Int64) for _ in range(3)]
        found = way.number(made, *columns).to_list()
        for codes, number in zip(zip(*(c.to_list() for c in columns), strict=True), found, strict=True):
            assert made.things[number] == codes
            assert known.setdefault(codes, number) == number
    assert len(made.things) == len(known)


def test_a_dictionary_keeps_its_numbers_from_block_to_block():
    read = []

    def reads(cell):
        read.append(cell)
        return len(cell)

    cells = answers.Cells(reads)
    for words in (["a", "bb", "a", ""], ["ccc", "a"], ["", "dddd", "bb"]):
        assert cells.told(pl.Series(words).cast(cells.type)).to_list() == [len(w) for w in words]
    assert sorted(read) == ["", "a", "bb", "ccc", "dddd"], "each distinct cell is read once"
