"""The files of one run appear together or not at all; nothing is overwritten unasked, no link is followed, no run disturbs another.

A draft beside each target (created, never opened if it exists; readable by the owner only), flushed to the disk. When all are whole,
each name becomes a link through one pointer, which leads to what was there before: nothing, or the old files. Then the pointer is
turned, in one rename: from that moment every name leads to its draft. At last the drafts take the place of the links. So whoever
opens the names, at any moment, finds all the new files, or none. A run that is killed leaves `*.tmp` and perhaps links; the next
one that names one of its files finishes it, if its pointer was turned, and clears it away if not. A lock beside each target keeps
a second run out, and dies with its run.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NamedTuple, Self

from cep_route.model.answer import Finding

try:
    import fcntl
except ImportError:  # no such locks here: a lock is then left behind when its process is gone
    fcntl = None  # type: ignore[assignment]

_LOCK = ".lock.tmp"
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_SIGNALS = [int(getattr(signal, n)) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
SIGNALLED = 128  # and the number of the signal: what a shell expects


class _Run(NamedTuple):
    """What a lock tells of its run: enough to finish it, or to clean up after it."""

    pid: int
    places: tuple[str, ...]

    def draft(self, place: str) -> str:
        return f"{place}.{self.pid}.tmp"

    def parts(self, place: str) -> str:
        """A folder for the temporary files of a library."""
        return f"{place}.{self.pid}.parts.tmp"

    def old(self, place: str) -> str:
        """What stood there before, until all have appeared."""
        return f"{place}.{self.pid}.old.tmp"

    def beside(self, what: str) -> str:
        """A temporary thing of the whole run, beside its last file: `pointer`, `next`, or the folders `new` and `was`."""
        return f"{self.places[-1]}.{self.pid}.{what}.tmp"

    def link(self, place: str) -> str:
        """Where the name of a file leads while all of them change."""
        return f"{self.beside('pointer')}/{self.places.index(place)}"


class Outputs:
    """The files of one run: drafts until `commit`, nothing after `abandon`. `notices`: what was found of an earlier run."""

    def __init__(self, *, force: bool) -> None:
        self.force = force
        self.notices: list[Finding] = []
        self.there = False  # whether the files have appeared
        self._drafts: dict[str, BinaryIO] = {}  # by target, as it was named
        self._places: dict[str, str] = {}
        self._locks: dict[str, int] = {}  # open handles by path
        self._run = _Run(os.getpid(), ())

    def claim(self, targets: Sequence[str], source: str) -> Finding | None:
        """Whether these files may be written by this run; from then on no other run may. The last one is the last to appear."""
        fault = self._claimed(targets, source)
        if fault:
            self.abandon()
            self._places.clear()
        return fault

    def _claimed(self, targets: Sequence[str], source: str) -> Finding | None:
        for target in targets:
            place = os.path.join(os.path.realpath(os.path.dirname(target) or "."), os.path.basename(target))
            if place in self._places.values():
                return Finding(code="CEP541", values={"file": target})
            self._places[target] = place
        for target, place in self._places.items():  # all of them, before what stands there is judged
            fault = self._recovered(target, place)
            if fault:
                return fault
        for target in reversed(targets):  # the routed file is the one that was asked for: it is named first
            fault = _refused(target, source, force=self.force)
            if fault:
                return fault
        places = tuple(self._places.values())
        self._run = _Run(os.getpid(), places)
        for target, place in self._places.items():
            fault = self._lock(target, place)
            if fault:
                return fault
        return None

    def open(self, target: str) -> BinaryIO:
        """The draft of a target."""
        handle = os.open(self.draft(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        file = os.fdopen(handle, "wb", buffering=1 << 20)
        self._drafts[target] = file
        return file

    def draft(self, target: str) -> str:
        """The path of the draft of a target."""
        return self._run.draft(self._places[target])

    def parts(self, target: str) -> str:
        """A folder of this run's own, for a library that writes temporary files; it goes with the draft."""
        folder = self._run.parts(self._places[target])
        os.mkdir(folder, 0o700)
        return folder

    def commit(self) -> Finding | None:
        """All appear, or none does and the reason is told."""
        target = ""
        try:
            for target, file in self._drafts.items():
                file.flush()
                os.fsync(file.fileno())
                file.close()
                _sync(self.draft(target))  # a library may have written it by another handle
            with _undisturbed():
                self._appear()
                self.there = True
                self._drafts.clear()
        except FileExistsError as error:
            taken = error.filename2 or error.filename
            named = next((t for t, p in self._places.items() if p == taken), target)
            return Finding(code="CEP524", values={"file": named})
        except OSError as error:
            return unwritable(target, error)
        finally:
            self.abandon()
        return None

    def _appear(self) -> None:
        run = self._run
        places = [p for t, p in self._places.items() if t in self._drafts]
        try:
            if len(places) < 2 or not _turned(run, places, force=self.force):
                for place in places:
                    _named(run, place, force=self.force)
            for folder in {os.path.dirname(p) for p in places}:
                _sync(folder)
        except BaseException:
            _undone(run)
            raise
        _cleared(run)

    def begin_again(self) -> None:
        """The drafts go; the targets stay this run's own."""
        for target, file in self._drafts.items():
            with suppress(OSError):  # a full disk fails once more at close; the draft goes anyway
                file.close()
            _unlink(self.draft(target))
        self._drafts.clear()

    def abandon(self) -> None:
        """Leave nothing behind."""
        with _undisturbed():
            self.begin_again()
            _cleared(self._run)
            for path, handle in self._locks.items():
                _unlink(path)
                os.close(handle)
            self._locks.clear()

    # ------------------------------------------------------------------------------------------ other runs

    def _lock(self, target: str, place: str) -> Finding | None:
        path = place + _LOCK
        for _ in range(100):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
            except OSError as error:
                return unwritable(target, error)
            if not _held(handle):
                os.close(handle)
                return Finding(code="CEP542", values={"file": target})
            if _is_at(handle, path):
                self._locks[path] = handle
                os.ftruncate(handle, 0)
                os.write(handle, json.dumps(self._run._asdict()).encode())
                return None
            os.close(handle)  # its run ended between the two calls and took the file away
        return Finding(code="CEP542", values={"file": target})

    def _recovered(self, target: str, place: str) -> Finding | None:
        """What a run that died left here is finished if its plan stands, and cleared away if not."""
        path = place + _LOCK
        try:
            handle = os.open(path, os.O_RDWR | _FLAGS)
        except OSError:
            return None
        try:
            if not _held(handle):
                return Finding(code="CEP542", values={"file": target})
            run = _told(handle)
            if run is None:
                return None
            finished = _finished(run)
            if finished:
                shown = ", ".join(os.path.basename(p) for p in finished)
                self.notices.append(Finding(code="CEP560", values={"files": shown}, severity="warning"))
            _cleared(run)
            _unlocked(run)
            if _is_at(handle, path):
                _unlink(path)
        finally:
            os.close(handle)
        return None


def unwritable(target: str, error: OSError) -> Finding:
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    return Finding(code="CEP525", values={"file": target, "why": why})


def _refused(target: str, source: str, *, force: bool) -> Finding | None:
    try:
        there = os.lstat(target)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return unwritable(target, error if isinstance(error, OSError) else OSError(22, "EINVAL"))
    if source != "-":
        with suppress(OSError):  # the input is refused on its own account; a dangling link is no input
            if os.path.samestat(os.stat(source), os.stat(target)):
                return Finding(code="CEP540", values={"file": target})
    if not (stat.S_ISREG(there.st_mode) or stat.S_ISLNK(there.st_mode)):
        return Finding(code="CEP548", values={"file": target})
    return None if force else Finding(code="CEP524", values={"file": target})


# ---------------------------------------------------------------------------------------------- names


def _turned(run: _Run, places: Sequence[str], *, force: bool) -> bool:
    """All names changed at once; False where this disk has no links, and nothing was done."""
    pointer, following, new, was = map(run.beside, ("pointer", "next", "new", "was"))
    try:
        os.mkdir(new, 0o700)
        os.mkdir(was, 0o700)
        os.symlink(was, pointer)
        os.symlink(new, following)
        for place in places:
            name = os.path.basename(run.link(place))
            os.symlink(run.draft(place), os.path.join(new, name))
            if force and os.path.lexists(place):
                os.link(place, run.old(place), follow_symlinks=False)
                os.symlink(run.old(place), os.path.join(was, name))
    except OSError:
        return False
    for place in places:
        if force:
            os.symlink(run.link(place), run.beside("name"))
            os.replace(run.beside("name"), place)
        else:
            os.symlink(run.link(place), place)  # fails where a file appeared meanwhile
    # INVARIANT: before this call every name leads to what was there, after it to a whole draft
    os.replace(following, pointer)
    for place in places:
        os.replace(run.draft(place), place)
    return True


def _named(run: _Run, place: str, *, force: bool) -> None:
    """One draft takes its name."""
    draft = run.draft(place)
    if force:
        with suppress(OSError):  # nothing there, or no links on this disk: then it cannot be brought back
            os.link(place, run.old(place), follow_symlinks=False)
        os.replace(draft, place)
        return
    try:
        os.link(draft, place)  # fails where a file appeared meanwhile; a rename would replace it
    except FileExistsError:
        raise
    except OSError:  # no links on this disk
        if os.path.lexists(place):
            raise FileExistsError(17, "EEXIST", place) from None
        os.rename(draft, place)
        return
    os.unlink(draft)


def _undone(run: _Run) -> None:
    """As it was before, for names that still are links of this run, or whose old file is kept."""
    for place in run.places:
        if os.path.lexists(run.old(place)):
            with suppress(OSError):
                os.replace(run.old(place), place)
        elif _leads(place, run.link(place)):
            _unlink(place)


def _leads(path: str, to: str) -> bool:
    try:
        return os.readlink(path) == to
    except OSError:
        return False


class Stop:
    """Ctrl-C, a request to stop or a terminal that closes, met by a run that has drafts: the first one ends it with 128 and the
    number of the signal, as a shell expects; those after it find the drafts going, and wait no more. `nohup` still holds.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                with suppress(ValueError):  # only the main thread has handlers
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._asked:  # else nothing more is heard: the process ends
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, _frame: object) -> None:
        for other in self._before:
            signal.signal(other, signal.SIG_IGN)
        self._asked = number
        # inside a callback of the garbage collector nothing can be raised: Python would print it and go on, until `obey` is asked
        sys.unraisablehook = lambda _: None
        self.obey()

    def obey(self) -> None:
        """End here if a signal asked for it."""
        if self._asked:
            raise SystemExit(SIGNALLED + self._asked)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A signal waits until the files are all there, or all gone."""
    met: list[int] = []
    kept: dict[int, Any] = {}
    for number in _SIGNALS:
        with suppress(ValueError):  # only the main thread has handlers
            kept[number] = signal.signal(number, lambda n, _frame: met.append(n))
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for number in met:
            os.kill(os.getpid(), number)


# ---------------------------------------------------------------------------------------------- a run that died


def _told(handle: int) -> _Run | None:
    """The run a lock speaks of; None when it says nothing, or belongs to somebody else."""
    try:
        if hasattr(os, "geteuid") and os.fstat(handle).st_uid != os.geteuid():
            return None
        told = json.loads(os.pread(handle, 1 << 16, 0))
        run = _Run(int(told["pid"]), tuple(map(str, told["places"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return run if run.places else None


def _finished(run: _Run) -> list[str]:
    """The files that took their names in place of a run that was killed once its pointer was turned; else its links go."""
    turned = _leads(run.beside("pointer"), run.beside("new"))
    found = [p for p in run.places if _leads(p, run.link(p))] if turned else []
    for place in found:
        os.replace(run.draft(place), place)
    if not turned:
        _undone(run)
    for folder in {os.path.dirname(p) for p in run.places}:
        _sync(folder)
    return found


def _cleared(run: _Run) -> None:
    """All that a run leaves beside its files."""
    for place in run.places:
        for path in (run.draft(place), run.old(place)):
            _unlink(path)
        _remove_folder(run.parts(place))
    if run.places:
        for what in ("pointer", "next", "name"):
            _unlink(run.beside(what))
        for what in ("new", "was"):
            _remove_folder(run.beside(what))


def _unlocked(run: _Run) -> None:
    """The locks a run that died held on its other files."""
    for place in run.places:
        with suppress(OSError):
            handle = os.open(place + _LOCK, os.O_RDWR | _FLAGS)
            try:
                if _held(handle) and _told(handle) == run:
                    _unlink(place + _LOCK)
            finally:
                os.close(handle)


def _held(handle: int) -> bool:
    """Whether the lock on an open lock file is ours now; it goes when the handle, or its process, does."""
    if fcntl is None:
        told = _told(handle)
        return told is None or not _alive(told.pid)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no such locks on this disk
        told = _told(handle)
        return told is None or not _alive(told.pid)
    return True


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# ---------------------------------------------------------------------------------------------- the disk


def _sync(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return  # some systems open no folder
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (22, 95):  # EINVAL, ENOTSUP: this disk has nothing to flush
            raise
    finally:
        os.close(handle)


def _unlink(path: str) -> None:
    with suppress(OSError):  # already gone
        os.unlink(path)


def _remove_folder(path: str) -> None:
    if os.path.lexists(path):
        from shutil import rmtree

        rmtree(path, ignore_errors=True)
