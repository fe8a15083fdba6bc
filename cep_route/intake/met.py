"""Cells met before, found again by their bytes: of a million cells of a column a few thousand are different. Never makes a text, never
says what a cell means.

A cell of up to `LONGEST` bytes is at most eight words of eight bytes, taken out of the block at one go and cleared after the cell's
end. A hash of these leads to the one cell it may be, and all words are compared: equal bytes and nothing else are the same cell. What
is not found is no error: `keys` is asked what it is, and it is learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LONGEST = 64  # bytes; a longer cell is never found
KEPT_AT_MOST = 1 << 17  # cells of a column; then it starts again
_SLOTS, _ROOM, _GROWS = (
    1 << 12,
    8,
    4,
)  # of a new table; slots for each cell; how many times larger the next one is
_STEPS = 4  # slots looked at for one cell
# odd 64-bit numbers whose bits are well mixed (the fractional parts of the square roots of the first primes)
_FACTORS = (
    0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The cells of one column in some bytes, `padded`: where each starts and how many bytes it has. No NUL in them."""

    raw: bytes
    starts: Any
    sizes: Any

    def __getitem__(self, rows: Any) -> Cut:
        return Cut(raw=self.raw, starts=self.starts[rows], sizes=self.sizes[rows])


@dataclass(slots=True, kw_only=True)
class _Table:
    slots: Any  # of each slot the cell in it; cell 0 stands for none
    words: Any  # of each cell its words, a row for each
    numbers: Any  # of each cell what it is known by
    count: int = 1


def padded(raw: bytes) -> bytes:
    """Bytes with enough zeros after them: a cell is taken out with what follows it."""
    return raw + bytes(LONGEST)


class Met:
    """The cells of one column. One thread learns; others may look meanwhile, and do not find what is not there yet."""

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self._factors = [np.uint64(factor) for factor in _FACTORS]
        # of each size, which bits of each word are its own
        sizes = np.arange(LONGEST + 1)[:, None] - np.arange(0, LONGEST, 8)
        own = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)[np.clip(sizes, 0, 8)]
        self._masks = [np.ascontiguousarray(own[:, :width]) for width in range(1, LONGEST // 8 + 1)]
        self.forget()

    def forget(self) -> None:
        """All of them."""
        self._table = self._new(_SLOTS, 1)

    def look(self, cut: Cut) -> Any:
        """The number of each cell, -1 for one that is not known."""
        np, table = self._np, self._table
        words = self._words(cut, table.words.shape[1])
        slots = self._slots(table, words)
        cells = table.slots[slots]
        same = self._is_same(table, words, cells)
        numbers = table.numbers[cells]
        if not same.all():
            numbers[~same] = -1
            left = np.flatnonzero(~same & (cells != 0))
            slots = slots[left]
            for _ in range(_STEPS - 1):
                if not len(left):
                    break
                slots = (slots + 1) & (len(table.slots) - 1)
                cells = table.slots[slots]
                same = self._is_same(table, words[left], cells)
                numbers[left[same]] = table.numbers[cells[same]]
                more = ~same & (cells != 0)
                left, slots = left[more], slots[more]
        if cut.sizes.max(initial=0) > 8 * words.shape[1]:
            numbers[cut.sizes > 8 * words.shape[1]] = -1
        return numbers

    def learn(self, cut: Cut, numbers: Any) -> None:
        """Some cells, all different and none of them known, and the number of each."""
        np, table = self._np, self._table
        short = cut.sizes <= LONGEST
        if not short.all():
            cut, numbers = cut[short], numbers[short]
        if not len(numbers):
            return
        if table.count + len(numbers) > KEPT_AT_MOST:
            table = self._new(_SLOTS, 1)
        count, width = table.count + len(numbers), max(-(-int(cut.sizes.max()) // 8), table.words.shape[1])
        if count * _ROOM > len(table.slots) or width > table.words.shape[1]:
            table = self._grown(table, count, width)
        words = self._words(cut, width)
        cells = np.arange(table.count, count, dtype=np.int64)
        table.words[cells] = words
        table.numbers[cells] = numbers
        table.count = count
        if not self._put(table, words, cells) and len(table.slots) < KEPT_AT_MOST * _ROOM:
            table = self._grown(table, len(table.slots) // _ROOM + 1, width)
        self._table = table

    def _new(self, slots: int, width: int) -> _Table:
        np = self._np
        kept = slots // _ROOM + 1
        return _Table(
            slots=np.zeros(slots, np.int64),
            words=np.zeros((kept, width), np.uint64),
            numbers=np.full(kept, -1, np.int64),
        )

    def _grown(self, table: _Table, count: int, width: int) -> _Table:
        """The same cells, with room for `count` of `width` words."""
        np, slots = self._np, len(table.slots)
        while count * _ROOM > slots:
            slots *= _GROWS
        new = self._new(slots, width)
        new.count = table.count
        new.words[: table.count, : table.words.shape[1]] = table.words[: table.count]
        new.numbers[: table.count] = table.numbers[: table.count]
        self._put(new, new.words[1 : new.count], np.arange(1, new.count, dtype=np.int64))
        return new

    def _put(self, table: _Table, words: Any, cells: Any) -> bool:
        """A slot for each of some cells; False when some found none and will not be found."""
        np = self._np
        slots = self._slots(table, words)
        for _ in range(_STEPS):
            free = table.slots[slots] == 0
            table.slots[slots[free]] = cells[free]  # of two cells for one slot, one has it
            left = np.flatnonzero(table.slots[slots] != cells)
            cells, slots = cells[left], (slots[left] + 1) & (len(table.slots) - 1)
        return not len(cells)

    def _words(self, cut: Cut, width: int) -> Any:
        """The first words of each cell, a row for each, zeros after its last byte."""
        np = self._np
        # a copy of so many bytes from any place costs no more than one of eight
        whole = np.ndarray((len(cut.raw) - 8 * width + 1,), f"V{8 * width}", cut.raw, 0, (1,))
        words = whole[cut.starts].view("<u8").reshape(-1, width)
        if cut.sizes.min(initial=LONGEST) < 8 * width:
            masks = self._masks[width - 1]
            words &= _rows(masks, np.minimum(cut.sizes, LONGEST))
        return words

    def _slots(self, table: _Table, words: Any) -> Any:
        """Where to look for each cell first; words of zeros change nothing."""
        np = self._np
        mixed = words[:, 0] * self._factors[0]
        for i in range(1, words.shape[1]):
            mixed += words[:, i] * self._factors[i]
        mixed ^= mixed >> np.uint64(32)
        mixed *= self._factors[1]
        mixed >>= np.uint64(65 - len(table.slots).bit_length())
        return mixed.view(np.int64)

    def _is_same(self, table: _Table, words: Any, cells: Any) -> Any:
        """Whether each cell is the known one beside it, word for word."""
        unlike = _rows(table.words, cells)
        unlike ^= words
        found = unlike[:, 0]
        for i in range(1, unlike.shape[1]):
            found |= unlike[:, i]
        return found == 0


def _rows(words: Any, rows: Any) -> Any:
    """Some rows of words, each copied as one."""
    width = words.shape[1]
    if width == 1:
        return words[:, 0][rows][:, None]
    return words.view(f"V{8 * width}")[:, 0][rows].view("<u8").reshape(-1, width)
