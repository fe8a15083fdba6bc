"""A second process for a big file: it works ahead on every other block, and the first one takes what it did, where it comes to these
rows at ease. Never writes a file, never judges an odd line, never outlives the first one.

It is a copy of this process (`fork`), so that it knows all that is known; what it does comes back through memory that both share, a
line on a pipe saying where. If it is not there any more, whatever the reason, the first process does all of the work.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from mmap import mmap
from threading import current_thread, main_thread
from typing import Any, NamedTuple, NoReturn

WORTH_IT = (
    24 << 20
)  # bytes of a file under which what the second one has to learn again costs more than it gains
BEGUN = 4  # blocks after which it begins: by then most of what it has to know is known
SLOT = 16 << 20  # bytes that one block may become
SLOTS = 2  # blocks done and not taken yet
_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if sys.platform == "linux" else ()


class Run(NamedTuple):
    """Rows that follow each other, done: the first on line `first`, `out` what is written of them, `rejected` of those refused.

    `codes`: refused rows of each code; `kinds`: routed rows of each kind of person (`passing.kind`).
    """

    first: int
    rows: int
    out: bytes | memoryview
    rejected: bytes | memoryview
    codes: dict[str, int]
    kinds: Sequence[tuple[tuple[bool, bool, str], int]]


def is_its(block: int) -> bool:
    """Whether a block, counted from 0, is the second process's: every other one, once it has begun."""
    return block >= BEGUN and block % 2 == 1


def is_worth_it(size: int) -> bool:
    """Whether a file of so many bytes gains by a second process here."""
    return (
        sys.platform == "linux"  # elsewhere a copy of a process with threads is not to be relied on
        and size >= WORTH_IT
        and len(os.sched_getaffinity(0)) > 1
        and current_thread() is main_thread()
    )


class Twin:
    """The second process. `work` gives the runs of each of its blocks, in order; it is called over there. `keeps`: its own open file."""

    def __init__(self, work: Callable[[], Iterator[list[Run]]], keeps: int) -> None:
        self._runs: dict[int, Run] = {}  # by their first lines
        self._memory = mmap(-1, SLOT * SLOTS)
        self._view = memoryview(self._memory)
        told, tell = os.pipe()
        self._told = os.fdopen(told, "rb")
        taken, take = os.pipe()
        self._take = os.fdopen(take, "wb", buffering=0)
        self._slot = 0
        self._pid = 0
        # a signal that comes now is for the first process alone, once it can end the second one
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)
        try:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # another thread only reads a file
                    self._pid = os.fork()
                if not self._pid:
                    _over_there(work, self._view, tell, taken, keeps, before)
            finally:
                os.close(tell)
                os.close(taken)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:
            self.close()
            raise

    def wait(self) -> None:
        """Have the runs of its next block."""
        if not self._pid:
            return
        # those of the block before that were not taken: the reader looked ahead
        self._runs = {
            first: run._replace(out=bytes(run.out), rejected=bytes(run.rejected))
            for first, run in self._runs.items()
            if isinstance(run.out, memoryview)
        }
        with suppress(OSError):
            if self._slot:
                self._take.write(b".")
        line = self._told.readline()
        if not line.endswith(b"\n"):
            self.close()
            return
        at = self._slot % SLOTS * SLOT
        self._slot += 1
        for first, rows, out, rejected, *counts in json.loads(line):
            run = Run(
                first, rows, self._view[at : at + out], self._view[at + out : at + out + rejected], *counts
            )
            self._runs[first] = run
            at += out + rejected

    def run(self, line: int) -> Run | None:
        """The run that begins on a line, if it was done."""
        return self._runs.pop(line, None)

    def close(self) -> None:
        """End it, wherever it is."""
        pid, self._pid = self._pid, 0
        self._told.close()
        self._take.close()
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _over_there(
    work: Callable[[], Iterator[list[Run]]], memory: memoryview, tell: int, taken: int, keeps: int, mask: Iterable[Any]
) -> NoReturn:  # fmt: skip
    """The life of the second process: it says nothing, and ends when its work, or the first process, has ended."""
    try:
        for number in _HEEDED:
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _let_go({tell, taken, keeps})
        for block, runs in enumerate(work()):
            if block >= SLOTS and not os.read(taken, 1):
                break  # nobody is there any more
            os.write(tell, _laid_down(runs, memory, block % SLOTS * SLOT))
    finally:
        os._exit(0)


def _let_go(but: set[int]) -> None:
    """Close what belongs to the first process: its locks and pipes must end with it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    low = 3
    for number in (*sorted(but), os.sysconf("SC_OPEN_MAX")):
        os.closerange(low, number)
        low = number + 1


def _laid_down(runs: list[Run], memory: memoryview, at: int) -> bytes:
    """The bytes of some runs laid down in a slot, and the line that says what they are; none when they are too many."""
    if sum(len(run.out) + len(run.rejected) for run in runs) > SLOT:
        return b"[]\n"
    told = []
    for run in runs:
        for data in (run.out, run.rejected):
            memory[at : at + len(data)] = data
            at += len(data)
        told.append((run.first, run.rows, len(run.out), len(run.rejected), *run[4:]))
    return json.dumps(told).encode() + b"\n"
