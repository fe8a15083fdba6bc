"""Who to see for free career advice in France: `load`, `Profile`, `route` and what goes with them (`cep_route.router`)."""

from __future__ import annotations

import warnings

from cep_route.router import (
    Finding,
    Profile,
    Route,
    Router,
    Unreadable,
    calendar,
    load,
    route,
    route_json,
)

__version__ = "0.1.0"
__all__ = [
    "Finding",
    "Profile",
    "Route",
    "Router",
    "Unreadable",
    "calendar",
    "load",
    "route",
    "route_json",
]


_RENAMED = {"Counter": "Router"}  # old names, for one version


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        warnings.warn(f"cep_route.{name} is now cep_route.{_RENAMED[name]}", DeprecationWarning, stacklevel=2)
        return globals()[_RENAMED[name]]
    raise AttributeError(f"module 'cep_route' has no attribute {name!r}")
