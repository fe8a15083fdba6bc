"""Text to a file: whole or not at all, nothing existing overwritten unasked, links not followed, readable by the owner only."""

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
    draft = f"{path}.{os.getpid()}.tmp"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
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
        why = os.strerror(error.errno) if error.errno else "?"
        return Finding(code="CEP525", values={"file": path, "why": why})
    return None
