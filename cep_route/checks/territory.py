"""Faults of one territory file that need no route: unknown names, dangling references, dates, zones. Works on the data as parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cep_route.checks.names import near
from cep_route.model.answer import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from cep_route.engine.law import Law


def territory_names(data: dict[str, Any], where: Callable[..., Place], law: Law) -> list[Finding]:
    """Placeholder door."""
    del data, where, law
    return []
