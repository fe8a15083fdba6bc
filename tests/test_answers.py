"""Combinations of numbers get one number each, whatever is met and in whatever order."""

from __future__ import annotations

import random

import pytest

pl = pytest.importorskip("polars")

from cep_route.intake import answers, people  # noqa: E402


@pytest.mark.parametrize("room", [1 << 21, 1 << 10, 8], ids=["a column", "narrow", "very narrow"])
def test_combinations_are_numbered_without_forgetting(monkeypatch, room):
    """The number of a combination stays, whatever else is met, and however few of them a column keeps."""
    monkeypatch.setattr(answers, "_ROOM", room)
    things = []
    memo = people.Memo(lambda *codes: things.append(codes) or len(things) - 1)
    way = object.__new__(answers.Answers)  # of a way, only what it keeps of the numbers
    way._known = {}
    chance = random.Random(3)
    known = {}
    for top in (1, 2, 5, 9, 40, 300, 5000):
        columns = [pl.Series([chance.randrange(top) for _ in range(50)], dtype=pl.UInt32) for _ in range(3)]
        found = way.number(memo, *columns).to_list()
        for codes, number in zip(zip(*(c.to_list() for c in columns), strict=True), found, strict=True):
            assert things[number] == codes
            assert known.setdefault(codes, number) == number
    assert len(things) == len(known)


def test_a_dictionary_keeps_its_numbers_from_block_to_block():
    read = []

    def reads(cell):
        read.append(cell)
        return len(cell)

    cells = answers.Cells(reads)
    for words in (["a", "bb", "a", ""], ["ccc", "a"], ["", "dddd", "bb"]):
        assert cells.told(pl.Series(words).cast(cells.type)).to_list() == [len(w) for w in words]
    assert sorted(read) == ["", "a", "bb", "ccc", "dddd"], "each distinct cell is read once"
