"""Offer cards, for `explain WORD --territory ID`: the houses of a network or one house of a territory, in the form wanted."""

from __future__ import annotations

import json

from cep_route import files, places
from cep_route.cli.console import CannotRun
from cep_route.cli.handout import drawn_html
from cep_route.directory import where
from cep_route.engine.profile import near
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render import page
from cep_route.render.card import card_blocks, card_data, cards_of
from cep_route.render.sheet import Block


def cards(word: str, name: str, law: Law, on: str, form: str, lang: str) -> list[Block] | str:
    """The cards of a word on a territory, in the form wanted; stops when it names nobody there."""
    territory, findings = files.load_territory(name, law)
    if territory is None:
        raise CannotRun(*findings)
    found = cards_of(word, territory, law, on)
    if not found:
        ids = [h["id"] for key in ("operators", "partners", "schemes") for h in territory.get(key) or ()]
        known = [*ids, *(c for c, o in law.operators.items() if not o.outside)]
        raise CannotRun(Finding(code="CEP583", values={"word": word, "territory": name} | near(word, known)))
    ground = where.ground_of(territory, places, places.great_circle)
    communes = territory["territory"].get("communes") or ()
    region = next((r for c in communes if (r := ground.region(c))), None)
    data = [card_data(kind, house, law, territory, on, lang, ground.name, region) for kind, house in found]
    if form == "json":
        return json.dumps({"schema": 1, "cards": data}, ensure_ascii=False, indent=2) + "\n"
    blocks = [b for d in data for b in card_blocks(d, law, territory, lang, ground.name)]
    if form == "md":
        return page.markdown(blocks, lang)
    return drawn_html(blocks, lang) if form == "html" else blocks
