"""Compiled rules and territories kept in the user's cache folder. Deleted, damaged or read-only, it changes nothing but time.

JSON behind the sha256 of the bytes that follow, in a folder that belongs to the user, read straight into the types of the program: another
shape counts as nothing kept, and nothing of it can be run. JSON rather than MessagePack: the integers of a law are of any length.
"""

from __future__ import annotations

import os
import stat
from _thread import get_ident  # not threading: it is not needed to start
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import MsgspecError, json

T = TypeVar("T")

BYTES_AT_MOST = 64 << 20  # of one kept value
_PLAINLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
FORMAT = "19"  # bump when the compiled shapes change


def digest(parts: Iterable[bytes]) -> str:
    """sha256, in hexadecimal, of byte strings and of where each ends."""
    whole = sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return str(whole.hexdigest())


def user_folder(variable: str, below: str) -> str:
    """`$XDG_CACHE_HOME/cep-route` and its like; a path that is not absolute counts as none, `below` the home is the default."""
    home = os.environ.get(variable, "")
    place = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), below)
    return os.path.join(place, "cep-route")


def folder() -> str:
    """The cache folder: `CEP_ROUTE_CACHE`, else `cep-route` in the user's cache home."""
    given = os.environ.get("CEP_ROUTE_CACHE")
    return user_folder("XDG_CACHE_HOME", ".cache") if given is None else given


def recall(kind: str, key: str, shape: type[T]) -> T | None:
    """What was kept under this key, or None. Anything odd about the file, its folder or the shape of what it holds counts as nothing kept."""
    try:
        if not _is_ours(os.stat(folder())):
            return None
        # neither a link is followed nor a pipe waited for
        handle = os.open(_path(kind, key), os.O_RDONLY | _PLAINLY)
        with open(handle, "rb", buffering=0) as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or not _is_ours(found) or found.st_size > BYTES_AT_MOST:
                return None
            data = file.read()
        if sha256(data[32:]).digest() != data[:32]:
            return None
        return json.decode(data[32:], type=shape)
    except (OSError, ValueError, MsgspecError):
        return None


def _is_ours(found: os.stat_result) -> bool:
    """Whether a file or a folder is the user's own, and nobody else may write to it."""
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def keep(kind: str, key: str, value: Any) -> None:
    """Keep a compiled value; whatever goes wrong, the answer is already known and nothing is lost."""
    data = json.encode(value)
    path = _path(kind, key)
    draft = f"{path}.{os.getpid()}.{get_ident()}.tmp"
    try:
        os.makedirs(folder(), mode=0o700, exist_ok=True)
        with open(draft, "wb", opener=_private) as file:
            file.write(sha256(data).digest() + data)
        os.replace(draft, path)
        _forget(kind, path)
    except OSError:
        return


def _path(kind: str, key: str) -> str:
    return os.path.join(folder(), f"{kind}-{FORMAT}-{key[:32]}.bin")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _forget(kind: str, kept: str, at_most: int = 40) -> None:
    """Keep the newest compiled files of a kind: rules and territories change, their old shapes are no use."""
    mine = [e for e in os.scandir(folder()) if e.name.startswith(f"{kind}-") and e.path != kept]
    for entry in sorted(mine, key=lambda e: e.stat().st_mtime)[: max(0, len(mine) - at_most)]:
        os.unlink(entry.path)
