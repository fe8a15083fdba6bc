"""Requests one a line, answers one a line, in order: as many lines out as in, each written at once. It never stops at a bad line.

No line is kept longer than its answer takes; one too long is read to its end in pieces and thrown away.
"""

from __future__ import annotations

from typing import BinaryIO

from msgspec.structs import replace

from cep_route.model.answer import Place
from cep_route.serve.request import LONGEST, Service

_PIECE = 64 * 1024


class Lines:
    """One conversation. `stop` ends it: at once while it waits, after the answer under way otherwise."""

    def __init__(self, service: Service, source: BinaryIO, sink: BinaryIO) -> None:
        self.service, self.source, self.sink = service, source, sink
        self.stopping = self.waiting = False
        self.number = 0

    def run(self) -> None:
        """Answer until the source ends."""
        while not self.stopping:
            self.waiting = True
            line = self.source.readline(LONGEST + 2)  # the line feed, and one byte that tells it is too long
            self.waiting = False
            if not line:
                return
            self.number += 1
            self.sink.write(self.answer(line))
            self.sink.flush()

    def stop(self) -> bool:
        """Ask for the end; True when nothing is under way and it may be now."""
        self.stopping = True
        return self.waiting

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, as a line."""
        whole = line.endswith(b"\n")
        if not whole and len(line) > LONGEST:
            self._skip()
        found = self.service.route(line.rstrip(b"\r\n"))
        here = Place(file="-", line=self.number)
        return (
            replace(found, findings=tuple(replace(f, place=here) for f in found.findings)).encoded() + b"\n"
        )

    def _skip(self) -> None:
        """The rest of a line too long."""
        while (piece := self.source.readline(_PIECE)) and not piece.endswith(b"\n"):
            pass
