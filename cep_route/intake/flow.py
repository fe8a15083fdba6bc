"""Standard input as a file: kept until nobody will want its beginning again, then let go by. Never decides what the bytes are."""

from __future__ import annotations

import hashlib
import os
import sys
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

_IN_MEMORY = 32 << 20  # bytes kept in memory; what is more goes to a temporary file
_PIECE = 1 << 20


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

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only where what is kept ends, and at the end."""
        if self._at < self._held:
            self._kept.seek(self._at)
            found = self._kept.read(size)
        else:
            found = self._stream.read(size)
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
        while found := self._stream.read(_PIECE):
            self._hash.update(found)
        return self._hash.hexdigest()

    def close(self) -> None:
        """Give up what is kept; the stream belongs to who opened it."""
        self._kept.close()
