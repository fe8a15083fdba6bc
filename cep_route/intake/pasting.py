"""Lines of a block and ready-made pieces put one after the other, by views of Arrow: one copy for each byte that comes out. Never says
what a line means.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any


class Suffixes:
    """Pieces as Arrow refers to them: sixteen bytes each, which hold a short piece, or say in which buffer a long one is."""

    _SHORT, _LONG = Struct("<i12s"), Struct("<i4sii")
    BUFFERS_AT_MOST = 96

    def __init__(self, last: bytes = b"") -> None:
        import numpy as np

        self._np, self._last = np, last
        self.views: Any = np.zeros((0, 2), np.int64)
        self._made: list[bytes | None] = []
        self._count = 0

    def take_in(self, made: list[bytes | None], buffers: list[Any]) -> None:
        """Learn the pieces that are new, their bytes in one buffer more."""
        if made is not self._made:
            self._made, self._count = made, 0
        new = [b"" if piece is None else piece + self._last for piece in made[self._count :]]
        if not new:
            return
        at, number, views = 0, len(buffers) + 1, []  # buffer 0 is the block of the file
        for piece in new:
            size = len(piece)
            views.append(
                self._SHORT.pack(size, piece) if size < 13 else self._LONG.pack(size, piece[:4], number, at)
            )
            at += size
        buffers.append(b"".join(new))
        fresh = self._np.frombuffer(b"".join(views), self._np.int64).reshape(-1, 2)
        self.views = self._np.concatenate((self.views[: self._count], fresh))
        self._count = len(made)

    def forget(self) -> None:
        """Take all pieces in again, into buffers that are new."""
        self._count = 0


def line_views(raw: bytes, starts: Any, stops: Any) -> Any:
    """The text of some lines as Arrow refers to it: `raw` is buffer 0."""
    import numpy as np

    views = np.zeros((len(starts), 4), np.int32)
    sizes = stops - starts
    views[:, 0] = sizes
    views[:, 3] = starts
    short = np.flatnonzero(sizes < 13)
    if len(short):
        at = np.minimum(starts[short, None] + np.arange(12), len(raw) - 1)
        cells = np.frombuffer(raw, np.uint8)[at]
        cells[np.arange(12) >= sizes[short, None]] = 0
        views[short, 1:] = cells.view(np.int32)
    return views.view(np.int64)


def joined(views: Any, buffers: Sequence[Any]) -> tuple[memoryview, Any]:
    """The bytes that views refer to, one after the other, and where each begins (and the last ends)."""
    import numpy as np
    import pyarrow as pa

    count = len(views)
    # these views are copied from, never compared: their first letters are left out
    array = pa.Array.from_buffers(
        pa.binary_view(), count, [None, pa.py_buffer(views), *map(pa.py_buffer, buffers)]
    ).cast(pa.binary())
    _, offsets, data = array.buffers()
    return memoryview(data or b""), np.frombuffer(offsets, np.int32)[: count + 1]


def distinct(raw: bytes, starts: Any, sizes: Any) -> tuple[Any, Any]:
    """Some stretches of `raw`: an Arrow array of those that are different, in the order met, and which of them each one is."""
    import pyarrow as pa

    data, offsets = joined(line_views(raw, starts, starts + sizes), [raw])
    every = pa.Array.from_buffers(pa.binary(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    coded = every.dictionary_encode()
    return coded.dictionary, coded.indices.to_numpy(zero_copy_only=False)


def unquoted(cells: Any) -> Any:
    """Cells without the quotes they are written in."""
    import pyarrow as pa
    from pyarrow import compute

    if not compute.any(compute.starts_with(cells, b'"')).as_py():
        return cells
    texts = cells.to_pylist()
    return pa.array([t[1:-1].replace(b'""', b'"') if t[:1] == b'"' else t for t in texts], pa.binary())
