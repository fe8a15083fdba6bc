"""Cells found again by their bytes: the same number for the same bytes, never another's, whatever is met and in whatever order."""

import random

import pytest

np = pytest.importorskip("numpy")

from cep_route.intake.met import KEPT_AT_MOST, LONGEST, Cut, Met, padded  # noqa: E402


def cut(cells, before=b"", between=b";"):
    """These cells as they may lie in a block."""
    raw, starts = before, []
    for cell in cells:
        starts.append(len(raw))
        raw += cell + between
    return Cut(
        raw=padded(raw), starts=np.array(starts, np.int32), sizes=np.array([len(c) for c in cells], np.int32)
    )


def meet(met, known, cells, **ways):
    """Look at cells as `fast` does; what is not known is learnt. Every cell found has the number it was given."""
    some = cut(cells, **ways)
    numbers = met.look(some)
    for cell, number in zip(cells, numbers.tolist(), strict=True):
        assert number == -1 or number == known[cell], cell
    new = [i for i, n in enumerate(numbers.tolist()) if n < 0]
    new = list({cells[i]: i for i in reversed(new)}.values())
    for i in new:
        known.setdefault(cells[i], len(known))
    if new:
        met.learn(some[np.array(new)], np.array([known[cells[i]] for i in new], np.int32))
    return numbers


def test_a_cell_that_was_met_is_found_and_no_other_is_taken_for_it():
    chance, met, known = random.Random(1), Met(), {}
    sizes = (0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 200)
    pool = [bytes(chance.choice(b"ab\xc3\xa9 ") for _ in range(chance.choice(sizes))) for _ in range(4000)]
    for round_ in range(30):
        meet(
            met,
            known,
            chance.sample(pool, 600),
            before=b"x" * (round_ % 9),
            between=chance.choice((b";", b"\n", b"aaaaaaaaa")),
        )
    numbers = met.look(cut(pool)).tolist()
    for cell, number in zip(pool, numbers, strict=True):
        assert number == (known.get(cell, -1) if len(cell) <= LONGEST else -1)
    assert numbers.count(-1) < len(pool) / 3


@pytest.mark.parametrize("tail", [b"", b"a", b"abcdefgh"])
def test_cells_that_differ_after_the_last_word_known_are_not_mixed_up(tail):
    met = Met()
    met.learn(cut([b"abcdefgh" + tail]), np.array([7], np.int32))
    cells = [b"abcdefgh", b"abcdefgha", b"abcdefghabcdefgh", b"abcdefghabcdefghi", b"abcdefg", b""]
    assert met.look(cut(cells)).tolist() == [7 if cell == b"abcdefgh" + tail else -1 for cell in cells]


def test_cells_that_all_lead_to_one_slot_are_still_told_apart(monkeypatch):
    monkeypatch.setattr(
        Met, "_slots", lambda _self, table, words: np.full(len(words), len(table.slots) - 1, np.int64)
    )
    met, known = Met(), {}
    cells = [str(i).encode() for i in range(40)]
    for _ in range(5):
        meet(met, known, cells)
    assert (
        sorted(met.look(cut(cells)).tolist())[:36] == [-1] * 36
    )  # four slots are looked at; the others are asked about again


def test_it_starts_again_when_it_is_full(monkeypatch):
    monkeypatch.setattr("cep_route.intake.met.KEPT_AT_MOST", 1000)
    assert KEPT_AT_MOST > 1000
    met, known = Met(), {}
    for start in range(0, 5000, 250):
        cells = [f"cellule {i}".encode() for i in range(start, start + 250)]
        meet(met, known, cells)
        assert met.look(cut(cells)).tolist() == [known[c] for c in cells]
    assert len(met._table.slots) < 1 << 15


def test_no_cell_at_all():
    met = Met()
    assert met.look(cut([])).tolist() == []
    met.learn(cut([b"a" * 65]), np.array([1], np.int32))
    assert met.look(cut([b"a" * 65, b""])).tolist() == [-1, -1]
