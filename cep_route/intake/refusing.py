"""The clean lines of a block that were read and cannot be routed, as the rejects file writes them: the reason ready-made, once for each
kind of person, place or needs. Never decides that a line is refused.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from cep_route.intake.blocks import FIRST_BYTES, Block
from cep_route.intake.keys import Answered, Answers
from cep_route.intake.passing import Passage
from cep_route.intake.pasting import joined, line_views
from cep_route.intake.writing import Dialect, Rejects, defused


class RefusedLines:
    """The refused lines of one block, ready to be written a stretch at a time."""

    def __init__(
        self,
        block: Block,
        kept: Any,
        answered: Answered,
        answers: Answers,
        passage: Passage,
        dialect: Dialect,
    ) -> None:
        import numpy as np

        self._np, self._block = np, block
        # those among the kept lines, and the reason of each
        self._rows, self._which, reasons = answers.reasons(answered)
        self._order = self._rows.tolist()
        self._lines = self._rows if kept is None else kept[self._rows]
        self._codes: list[str] = []
        self._middles: list[bytes] = []
        for column, why in reasons:
            name, reason = passage.words(column, why)
            self._codes.append(why.code)
            middle = dialect.appended((name, why.code, reason)) + dialect.delimiter + dialect.quote
            self._middles.append(dialect.encode(middle))
        self._dialect = dialect
        self._data = memoryview(b"")
        self._offsets: Any = None

    def put_together(self) -> None:
        """Make their bytes; in a thread of its own, it may be."""
        import pyarrow as pa
        from pyarrow import compute

        np, block, dialect = self._np, self._block, self._dialect
        starts, stops = block.starts[self._lines], block.stops[self._lines]
        data, offsets = joined(line_views(block.raw, starts, stops), [block.raw])
        texts = pa.Array.from_buffers(
            pa.binary(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )
        firsts = np.frombuffer(block.raw, np.uint8)[starts]
        risky = np.flatnonzero(_risky(np)[firsts])
        if len(risky):
            loose = texts.to_pylist()
            for i in risky.tolist():
                loose[i] = dialect.encode(defused(loose[i].decode(dialect.codec)))
            texts = pa.array(loose, pa.binary())
        if b'"' in block.raw:
            texts = compute.replace_substring(texts, pattern=dialect.quote, replacement=dialect.quote * 2)
        numbers = pa.array(self._lines + block.first).cast(pa.string()).cast(pa.binary())
        end = pa.scalar(dialect.encode(dialect.quote + dialect.newline), pa.binary())
        middle = pa.array(self._middles, pa.binary()).take(pa.array(self._which))
        whole = compute.binary_join_element_wise(numbers, middle, texts, end, pa.scalar(b"", pa.binary()))
        if isinstance(whole, pa.ChunkedArray):
            whole = whole.combine_chunks()
        _, offsets, out = whole.buffers()
        self._data, self._offsets = memoryview(out), np.frombuffer(offsets, np.int32)[: len(whole) + 1]

    def write(self, low: int, high: int, rejects: Rejects) -> None:
        """Those of a stretch of kept lines."""
        a, b = bisect_left(self._order, low), bisect_left(self._order, high)
        if a == b:
            return
        rejects.many(self._data[int(self._offsets[a]) : int(self._offsets[b])])

    def count(self, passed: Any, rejects: Rejects) -> None:
        """Count those that were written; `passed`: a mask of the kept lines."""
        met = self._np.bincount(self._which[passed[self._rows]]).tolist()
        for code, count in zip(self._codes, met, strict=False):
            rejects.counted(code, count)


def _risky(np: Any) -> Any:
    """First bytes that may begin a formula, or a blank or a quote before one."""
    marks = np.zeros(256, bool)
    marks[[*FIRST_BYTES, 0, *b"=+-@"]] = True
    return marks
