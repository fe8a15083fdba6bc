"""Standard input as a file: kept until nobody will want its beginning again, then let go by. Never decides what the bytes are."""

from __future__ import annotations

import hashlib
import os
import sys
from select import select
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

_IN_MEMORY = 32 << 20  # bytes kept in memory; what is more goes to a temporary file
_PIECE = 1 << 20
_LISTENING = 0.2  # seconds between two looks at what was asked meanwhile


class OverflowedError(Exception):
    """More had to be kept of a stream than may be."""


class Flow:
    """A stream that can be read again from its start until `let_go`, and only onwards after. `digest`: the sha256 of all of it.

    `limit`: bytes that may be kept; `OverflowedError` is raised where they are not enough.
    """

    def __init__(self, stream: BinaryIO, *, limit: int = sys.maxsize) -> None:
        self.limit = limit
        self._stream = stream
        self._kept = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - lives as long as the stream
        self._at = self._held = 0  # where the next byte read is; bytes kept
        self._keeps = True
        self._hash = hashlib.sha256()
        self._handle = _handle(stream)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only where what is kept ends, and at the end."""
        if self._at < self._held:
            self._kept.seek(self._at)
            found = self._kept.read(size)
        else:
            found = self._next(size)
            self._hash.update(found)
            if self._keeps:
                self._kept.seek(self._held)
                self._kept.write(found)
                self._held += len(found)
                if self._held > self.limit:
                    raise OverflowedError
            elif not self._kept.closed:
                self._kept.close()  # its beginning went by
        self._at += len(found)
        return found

    def _next(self, size: int) -> bytes:
        """The next bytes of the stream, fewer only at its end. A signal that another thread met is heard while nothing comes."""
        if self._handle is None:
            return self._stream.read(size)
        found: list[bytes] = []
        left = size if size >= 0 else sys.maxsize
        while left:
            while not select([self._handle], [], [], _LISTENING)[0]:
                pass
            piece = os.read(self._handle, min(left, _PIECE))
            if not piece:
                break
            found.append(piece)
            left -= len(piece)
        return b"".join(found)

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        """A place that is kept; the end, once all has come."""
        if whence == os.SEEK_END:
            self._at = self._held
            while self.read(_PIECE):
                pass
            to = self._at
        assert max(to, self._at) <= self._held  # what went by does not come again
        self._at = to
        return to

    def tell(self) -> int:
        """Where the next byte read is."""
        return self._at

    def let_go(self) -> None:
        """What comes from now on is read once."""
        self._keeps = False

    def digest(self) -> str:
        """The sha256 of the whole stream, in hexadecimal: what was not read yet is read."""
        while found := self._next(_PIECE):
            self._hash.update(found)
        return self._hash.hexdigest()

    def close(self) -> None:
        """Give up what is kept; the stream belongs to who opened it."""
        self._kept.close()


def _handle(stream: BinaryIO) -> int | None:
    """The handle of a stream of which nothing was read, where the system can wait for it."""
    try:
        return stream.fileno() if os.name == "posix" else None
    except (AttributeError, OSError, ValueError):
        return None
