"""Text to a file: whole or not at all, nothing existing overwritten unasked, links not followed, readable by the owner only.

A folder to be published is readable by all, as far as the user's mask allows.
"""

from __future__ import annotations

import os

from cep_route.model.answer import Finding


def write_text(path: str, text: str | bytes, *, force: bool = False) -> Finding | None:
    """Text as UTF-8, or the bytes of a document: written beside the target, flushed to the disk, renamed.

    What goes wrong is a finding, and nothing is left behind.
    """
    if os.path.lexists(path) and not force:
        return Finding(code="CEP524", values={"file": path})
    if os.path.lexists(path) and not os.path.islink(path) and not os.path.isfile(path):
        return Finding(code="CEP528", values={"file": path})  # a rename over /dev/null would take its place
    return _written(path, path, text, 0o600)


def write_published(folder: str, name: str, text: str, *, force: bool = False) -> Finding | None:
    """One file in a folder made for it when there is none: the folder appears whole; in one that is there, only the file changes."""
    path = os.path.join(folder, name)
    if os.path.isdir(folder):
        if os.path.lexists(path) and not force:
            return Finding(code="CEP524", values={"file": path})
        return _written(path, path, text, 0o644)
    if os.path.lexists(folder):
        return Finding(code="CEP538", values={"file": folder})
    draft = f"{folder.rstrip(os.sep)}.{os.getpid()}.tmp"
    try:
        os.mkdir(draft)
    except OSError as error:
        return _fault(folder, error)
    fault = _written(os.path.join(draft, name), path, text, 0o644)
    try:
        if fault is None:
            os.rename(draft, folder)
    except OSError as error:
        fault = _fault(folder, error)
        os.unlink(os.path.join(draft, name))
    if fault is not None:
        os.rmdir(draft)
    return fault


def _written(path: str, shown: str, text: str | bytes, mode: int) -> Finding | None:
    draft = f"{path}.{os.getpid()}.tmp"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8") if isinstance(text, str) else text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            os.unlink(draft)
            raise
    except OSError as error:
        return _fault(shown, error)
    return None


def _fault(path: str, error: OSError) -> Finding:
    return Finding(
        code="CEP525", values={"file": path, "why": os.strerror(error.errno) if error.errno else "?"}
    )
