"""Who to see for free career advice in France: the words `load`, `Profile`, `route` and what goes with them (`cep_route.api`).

Importing this package reads no file and loads no library; each name is fetched when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from cep_route.api import Counter, Finding, Profile, Route, Unreadable, calendar, load, route, route_json

__version__ = "0.1.0"
__all__ = [
    "Counter",
    "Finding",
    "Profile",
    "Route",
    "Unreadable",
    "calendar",
    "load",
    "route",
    "route_json",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        from cep_route import api

        return getattr(api, name)
    raise AttributeError(f"module 'cep_route' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
