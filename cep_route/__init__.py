"""Who to see for free career advice in France: the words `load`, `Profile` and `route`.

Importing this package reads no file and loads no library; each name is fetched when it is first used.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Profile", "Unreadable", "load", "route"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from cep_route import api

        return getattr(api, name)
    raise AttributeError(f"module 'cep_route' has no attribute {name!r}")
