"""Where the files of a user stand, by the XDG rules: what is kept, what is set, what an office adds. Reads the environment alone."""

from __future__ import annotations

import os


def user_folder(variable: str, below: str) -> str:
    """`$XDG_CACHE_HOME/cep-route` and its like; a path that is not absolute counts as none, `below` the home is the default."""
    home = os.environ.get(variable, "")
    folder = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), below)
    return os.path.join(folder, "cep-route")
