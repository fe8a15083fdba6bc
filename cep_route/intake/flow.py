"""Standard input as it comes: read ahead by a thread of its own, kept until nobody will want its beginning again, then let go by.
Never decides what the bytes are.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from threading import Semaphore, Thread
from typing import BinaryIO, cast

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

PIECE = 1 << 20  # bytes read together
_WAITING = 2  # pieces read before they are asked for
_IN_MEMORY = 32 << 20  # bytes kept in memory; what is more goes to a temporary file
_SET_PIPE_SIZE = 1031  # Linux: F_SETPIPE_SZ


class OverflowedError(Exception):
    """More had to be kept of a stream than may be."""


class Flow:
    """A stream that can be read again from its start until `let_go`, and only onwards after. `digest`: the sha256 of all of it.

    `limit`: bytes that may be kept; `OverflowedError` is raised where they are not enough.
    """

    def __init__(self, stream: BinaryIO, *, limit: int = sys.maxsize) -> None:
        self.limit = limit
        self._kept = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - lives as long as the stream
        self.taken = 0  # bytes that have come so far
        self.ended = False
        self._at = self._held = 0  # where the next byte read is; bytes kept
        self._keeps = True
        self._left: deque[bytes] = deque()  # pieces taken from the stream and not given yet
        self._hash = hashlib.sha256()
        self._room, self._pieces = Semaphore(_WAITING), SimpleQueue[bytes | BaseException]()
        self._thread = Thread(target=self._pump, args=(stream,), daemon=True)
        self._thread.start()

    # -- as a file ----------------------------------------------------------------------------------------------------------

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        found: list[bytes] = []
        while size > 0:
            if self._at < self._held:
                self._kept.seek(self._at)
                piece = self._kept.read(min(size, self._held - self._at))
            else:
                piece = self._onwards(size)
                if not piece:
                    break
            found.append(piece)
            self._at += len(piece)
            size -= len(piece)
        return found[0] if len(found) == 1 else b"".join(found)

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        """A place that is kept; the end, once all has come."""
        if whence == os.SEEK_END:
            self.keep_until(None)
            to = self._held
        assert max(to, self._at) <= self._held  # what went by does not come again
        self._at = to
        return to

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._kept.close()

    # -- as a flow ----------------------------------------------------------------------------------------------------------

    def keep_until(self, size: int | None) -> int:
        """Take from the stream until so many bytes are kept, or all of them; how many there are."""
        while (size is None or self._held < size) and (piece := self._onwards(PIECE)):
            del piece
        return self._held

    def let_go(self) -> None:
        """What comes from now on is read once."""
        self._keeps = False

    def digest(self) -> str:
        while self._onwards(PIECE):
            pass
        return self._hash.hexdigest()

    def _onwards(self, size: int) -> bytes:
        """The next bytes after those that are kept."""
        if not self._left:
            self._left.append(self._next())
        piece = self._left.popleft()
        if not self._keeps:
            self._kept.close()  # its beginning went by
        if len(piece) > size:
            self._left.appendleft(piece[size:])
            piece = piece[:size]
        if self._keeps and piece:
            self._kept.seek(self._held)
            self._kept.write(piece)
            self._held += len(piece)
            if self._held > self.limit:
                raise OverflowedError
        return piece

    def _next(self) -> bytes:
        if self.ended:
            return b""
        piece = self._pieces.get()
        self._room.release()
        if isinstance(piece, BaseException):
            self.ended = True
            raise piece
        self.taken += len(piece)
        self.ended = not piece
        return piece

    # -- in the thread ------------------------------------------------------------------------------------------------------

    def _pump(self, stream: BinaryIO) -> None:
        try:
            read = _reader(stream)
            piece = b"-"
            while piece:
                self._room.acquire()
                piece = read()
                self._hash.update(piece)
                self._pieces.put(piece)
        except BaseException as error:  # noqa: BLE001 - it is raised where the bytes are waited for
            self._pieces.put(error)


def _reader(stream: BinaryIO) -> Callable[[], bytes]:
    """What gives the next piece: by the handle itself, so that no lock of `stream` is held when the program ends."""
    try:
        handle = stream.fileno()
    except (AttributeError, OSError, ValueError):  # no file of the system
        return lambda: stream.read(PIECE)
    if fcntl is not None:
        with suppress(OSError):  # no pipe, or not so large
            fcntl.fcntl(handle, _SET_PIPE_SIZE, PIECE)

    def read() -> bytes:
        found, size = [], 0
        while size < PIECE and (piece := os.read(handle, PIECE - size)):
            found.append(piece)
            size += len(piece)
        return b"".join(found)

    return read
