"""Offer cards, for `explain WORD --territory ID`: the houses of a network or one house of a territory, in the form wanted."""

from __future__ import annotations

import json
import sys

from cep_route import files, places
from cep_route.cli.console import is_plain, width
from cep_route.directory import where
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render import page
from cep_route.render.card import card_blocks, card_data, cards_of


def cards(
    word: str, name: str, law: Law, on: str, form: str, lang: str, *, simple: bool
) -> tuple[str | bytes | None, list[Finding]]:
    """The cards of a word on a territory, or None when it names nobody there; with what keeps them from being made."""
    territory, findings = files.load_territory(name, law)
    if territory is None:
        return None, findings
    found = cards_of(word, territory, law, on)
    if not found:
        from cep_route.engine.profile import near

        ids = [h["id"] for key in ("operators", "partners", "schemes") for h in territory.get(key) or ()]
        known = [*ids, *(c for c, o in law.operators.items() if not o.outside)]
        return None, [Finding(code="CEP583", values={"word": word, "territory": name} | near(word, known))]
    ground = where.ground_of(territory, places, places.great_circle)
    communes = territory["territory"].get("communes") or ()
    region = next((r for c in communes if (r := ground.region(c))), None)
    data = [card_data(kind, house, law, territory, on, lang, ground.name, region) for kind, house in found]
    if form == "json":
        return json.dumps({"schema": 1, "cards": data}, ensure_ascii=False, indent=2) + "\n", []
    blocks = [b for d in data for b in card_blocks(d, law, territory, lang, ground.name)]
    if form == "md":
        return page.markdown(blocks, lang), []
    if form == "html":
        from cep_route.cli.handout import drawn_html

        made = drawn_html(blocks, lang)
        return (None, [made]) if isinstance(made, Finding) else (made, [])
    return page.plain(blocks, lang) if is_plain(sys.stdout, simple) else page.terminal(
        blocks, width(), lang
    ), []
