"""Files written whole or not at all: a draft beside the target, flushed to the disk, then renamed. Nothing existing is replaced unasked,
links are not followed, drafts are readable by the owner only, and no path is ever taken from what stands in a folder.

A folder to be published is readable by all, as far as the user's mask allows.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from cep_route.files import reason
from cep_route.model.answer import Finding

try:
    import fcntl
except ImportError:  # Windows: the names of drafts are random, and no lock is needed to keep them apart
    fcntl = None  # type: ignore[assignment]

_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
SIGNALS = [int(getattr(signal, n)) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
_NOTHING_TO_FLUSH = (22, 95)  # EINVAL, ENOTSUP


def write_text(path: str, text: str | bytes, *, force: bool = False, mode: int = 0o600) -> Finding | None:
    """Text as UTF-8, or the bytes of a document. What goes wrong is a finding, and nothing is left behind."""
    if os.path.lexists(path) and not force:
        return Finding(code="CEP524", values={"file": path})
    if os.path.lexists(path) and not os.path.islink(path) and not os.path.isfile(path):
        return Finding(code="CEP528", values={"file": path})  # a rename over /dev/null would take its place
    try:
        draft = Draft(path, mode)
        try:
            draft.write(text.encode("utf-8") if isinstance(text, str) else text)
            draft.finish()
            os.replace(draft.path, path)
        except BaseException:
            draft.drop()
            raise
    except OSError as error:
        return unwritable(path, error)
    return None


def write_published(folder: str, name: str, text: str, *, force: bool = False) -> Finding | None:
    """One file in a folder made for it when there is none; in one that is there, only the file changes."""
    there = os.path.lexists(folder)
    if there and not os.path.isdir(folder):
        return Finding(code="CEP538", values={"file": folder})
    try:
        if not there:
            os.mkdir(folder)
    except OSError as error:
        return unwritable(folder, error)
    fault = write_text(os.path.join(folder, name), text, force=force, mode=0o644)
    if fault is not None and not there:
        os.rmdir(folder)
    return fault


def unwritable(target: str, error: OSError) -> Finding:
    """The finding for a file that could not be written."""
    return Finding(code="CEP525", values={"file": target, "why": reason(error)})


class Draft(io.BufferedWriter):
    """A file on its way, under a name that nobody can know before; what goes by is hashed. Raises OSError."""

    def __init__(self, target: str, mode: int = 0o600) -> None:
        self.path = _draft_name(target)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, mode)
        super().__init__(io.FileIO(handle, "wb"), 1 << 20)
        self._sha, self._hashed = hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        self._sha.update(data)
        self._hashed += memoryview(data).nbytes
        return super().write(data)

    def digest(self) -> str:
        """The sha256 of the file, in hexadecimal, once all of it is written."""
        if not self.closed:
            self.flush()
        if os.stat(self.path).st_size == self._hashed:
            return self._sha.hexdigest()
        with open(self.path, "rb") as file:  # a library wrote it by its path
            return hashlib.file_digest(file, "sha256").hexdigest()

    def finish(self) -> None:
        """All of it on the disk."""
        self.close()
        _sync(self.path)

    def drop(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError, ValueError):  # a full disk fails once more at close; the draft goes anyway
            self.close()
        _unlink(self.path)


class Outputs:
    """The files of one run: drafts until `commit`, nothing after `abandon`.

    A lock beside each target keeps a second run out. It is held by the system for as long as the process lives; what is written
    in its file is never read. After a kill between two renames some files may be new and others old: the manifest, which is
    renamed last and holds the hashes of the others, tells.
    """

    def __init__(self, *, force: bool) -> None:
        self.force = force
        self.there = False  # whether the files have appeared
        self._drafts: dict[str, Draft] = {}  # by target, as it was named
        self._folders: list[str] = []
        self._places: dict[str, str] = {}
        self._locks: dict[str, int] = {}  # open handles by path

    def claim(self, targets: Sequence[str], source: str) -> Finding | None:
        """Whether these files may be written by this run; from then on no other run may."""
        fault = None
        for target in targets:
            place = os.path.join(os.path.realpath(os.path.dirname(target) or "."), os.path.basename(target))
            if place in self._places.values():
                fault = fault or Finding(code="CEP541", values={"file": target})
            self._places[target] = place
        for target in targets:
            fault = fault or _refused(target, source, force=self.force)
        for target in targets:
            fault = fault or self._lock(target)
        if fault:
            self.abandon()
            self._places.clear()
        return fault

    def open(self, target: str) -> Draft:
        """The draft of a target."""
        self._drafts[target] = draft = Draft(self._places[target])
        return draft

    def folder(self, target: str) -> str:
        """A folder of this run's own, for a library that writes temporary files; it goes with the draft."""
        folder = _draft_name(self._places[target])
        os.mkdir(folder, 0o700)
        self._folders.append(folder)
        return folder

    def digest(self, target: str) -> str | None:
        """The sha256 of what was written for a target; None when nothing was."""
        draft = self._drafts.get(target)
        return draft.digest() if draft else None

    def commit(self, order: Sequence[str]) -> Finding | None:
        """The drafts of these targets take their names in this order; or none does, and the reason is told."""
        target, drafts = "", [(t, self._drafts[t]) for t in order if t in self._drafts]
        try:
            for target, draft in drafts:  # noqa: B007 - told when it fails
                draft.finish()
            with _undisturbed():
                self._appear(drafts)
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

    def _appear(self, drafts: Sequence[tuple[str, Draft]]) -> None:
        places = {self._places[target]: draft for target, draft in drafts}
        with ExitStack() as done, ExitStack() as undo:
            for place, draft in places.items():
                if old := _second_name(place) if self.force else None:
                    done.callback(_unlink, old)
                    undo.callback(os.replace, old, place)  # two names of one file: that rename does nothing
                _named(draft.path, place, force=self.force)
                if not old:
                    undo.callback(_unlink, place)
            for folder in set(map(os.path.dirname, places)):
                _sync(folder)
            undo.pop_all()

    def abandon(self) -> None:
        """Leave nothing behind."""
        with _undisturbed():
            for draft in self._drafts.values():
                draft.drop()
            for folder in self._folders:
                shutil.rmtree(folder, ignore_errors=True)
            for path, handle in self._locks.items():
                if _is_at(handle, path):
                    _unlink(path)
                os.close(handle)
            for kept in (self._drafts, self._folders, self._locks):
                kept.clear()

    def _lock(self, target: str) -> Finding | None:
        path = self._places[target] + ".lock.tmp"
        for _ in range(100):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
            except OSError as error:
                return unwritable(target, error)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                return Finding(code="CEP548", values={"file": path})
            if not _is_free(handle):
                os.close(handle)
                return Finding(code="CEP542", values={"file": target})
            if _is_at(handle, path):
                self._locks[path] = handle
                return None
            os.close(handle)  # its run ended between the two calls and took the file away
        return Finding(code="CEP542", values={"file": target})


def _refused(target: str, source: str, *, force: bool) -> Finding | None:
    try:
        there = os.lstat(target)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return unwritable(target, error if isinstance(error, OSError) else OSError(22, "EINVAL"))
    if source != "-":
        with suppress(OSError):  # the input is refused on its own account; a dangling link is no input
            if os.path.samestat(os.stat(source), os.stat(target)):
                return Finding(code="CEP540", values={"file": target})
    if not (stat.S_ISREG(there.st_mode) or stat.S_ISLNK(there.st_mode)):
        return Finding(code="CEP548", values={"file": target})
    return None if force else Finding(code="CEP524", values={"file": target})


def _is_free(handle: int) -> bool:
    """Whether the lock of an open file is ours now; it goes when the handle, or its process, does."""
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (
        OSError
    ) as error:  # of another kind: no such locks on this disk; drafts have names of their own all the same
        return not isinstance(error, BlockingIOError)
    return True


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except OSError:
        return False


def _draft_name(place: str) -> str:
    return f"{place}.{os.urandom(6).hex()}.tmp"


def _second_name(place: str) -> str | None:
    """Another name for what stands there, so that it can be brought back; None when there is nothing, or no links on this disk."""
    name = _draft_name(place)
    try:
        os.link(place, name, follow_symlinks=False)
    except OSError:
        return None
    return name


def _named(draft: str, place: str, *, force: bool) -> None:
    """A draft takes its name. Raises FileExistsError where a file appeared meanwhile, unless `force`."""
    if force:
        os.replace(draft, place)
        return
    try:
        os.link(draft, place)  # fails where a file is; a rename would replace it
    except FileExistsError:
        raise
    except OSError:  # no links on this disk
        if os.path.lexists(place):
            raise FileExistsError(17, "EEXIST", place) from None
        os.rename(draft, place)
    else:
        os.unlink(draft)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A signal waits until the files are all there, or all gone."""
    met: list[int] = []
    kept: dict[int, Any] = {}
    for number in SIGNALS:
        with suppress(ValueError):  # only the main thread has handlers
            kept[number] = signal.signal(number, lambda n, _frame: met.append(n))
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for number in met:
            os.kill(os.getpid(), number)


def _sync(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return  # some systems open no folder
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOTHING_TO_FLUSH:
            raise
    finally:
        os.close(handle)


def _unlink(path: str) -> None:
    with suppress(OSError):  # already gone
        os.unlink(path)
