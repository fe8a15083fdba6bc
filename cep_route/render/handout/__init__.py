"""The sheet to take away: one list of blocks, computed once, drawn as HTML, PDF, Markdown or plain text in that very order.

`person` writes the person's sheet and `counsellor` the counsellor's; `html` and `pdf` (each needs an extra) only draw. The words that
are data stand in `rules/handout.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cep_route.model.answer import Desk, Route
from cep_route.model.law import Law
from cep_route.model.profile import Stretch
from cep_route.render.handout.counsellor import Counsellor
from cep_route.render.handout.person import Person
from cep_route.render.handout.telling import Holds, Wanted
from cep_route.render.sheet import Block

__all__ = ["Wanted", "handout_blocks", "parts"]


def handout_blocks(
    route: Route,
    law: Law,
    territory: Mapping[str, Any],
    said: Mapping[str, Any],
    holds: Holds,
    wanted: Wanted,
    later: tuple[Stretch, ...] = (),
    bodies: Mapping[str, Desk] | None = None,
) -> list[Block]:
    """The blocks of a sheet: see `telling.Telling` for what it is made of."""
    kind = Counsellor if wanted.reader == "counsellor" else Person
    return kind(route, law, territory, said, holds, wanted, later, bodies).blocks()


def parts(blocks: Iterable[Block]) -> dict[str, Any]:
    """The blocks as a page wants them, in their order: `title`, `sub`, `sections` (key, title, runs) and `end`.

    A run is a list of texts or a list of items, each item with its details; every text keeps its tag.
    """
    page: dict[str, Any] = {"title": "", "sub": "", "sections": [], "end": ""}
    for block in blocks:
        told = {"text": block.text, "tag": block.tag}
        if block.kind == "title":
            page["title"] = block.text
        elif block.kind == "section":
            page["sections"].append({"key": block.tag, "title": block.text, "runs": []})
        elif block.tag in {"sub", "end"}:
            page[block.tag] = block.text
        else:
            _add(page["sections"][-1]["runs"], block.kind, told)
    return page


def _add(runs: list[dict[str, Any]], kind: str, told: dict[str, Any]) -> None:
    run = "texts" if kind == "text" else "items"
    if not runs or runs[-1]["kind"] != run:
        runs.append({"kind": run, "of": []})
    if kind == "detail":
        if not runs[-1]["of"]:
            runs[-1]["of"].append({"text": "", "tag": "", "details": []})
        runs[-1]["of"][-1]["details"].append(told)
    else:
        runs[-1]["of"].append({**told, "details": []})
