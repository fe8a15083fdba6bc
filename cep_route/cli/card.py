"""Offer cards, for `explain WORD --territory ID`: the houses of a network or one house of a territory, in the form wanted."""

from __future__ import annotations

import json
import sys

from cep_route import files, places
from cep_route.directory import where
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.card import card_data, card_page, cards_of, one_page
from cep_route.render.screen import drawn
from cep_route.render.text import markdown


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
    pages = [card_page(d, law, territory, lang, ground.name) for d in data]
    if form == "md":
        return "\n".join(markdown(page, lang) for page in pages), []
    if form == "html":
        from cep_route.cli.handout import drawn_html

        made = drawn_html(one_page(pages), lang)
        return (None, [made]) if isinstance(made, Finding) else (made, [])
    return "\n".join(drawn(page, sys.stdout, lang, simple=simple) for page in pages), []
