"""Offer cards, for `explain WORD --territory ID`: the houses of a network or one house of a territory, in the form wanted."""

from __future__ import annotations

import json

from cep_route import files
from cep_route.cli.console import CannotRun
from cep_route.cli.handout import drawn_html
from cep_route.directory.ground import Ground
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.card import card_data, card_page, cards_of, one_page
from cep_route.render.parts import Page
from cep_route.render.text import markdown
from cep_route.text import near


def cards(word: str, name: str, law: Law, on: str, form: str, lang: str) -> Page | str:
    """The cards of a word on a territory, in the form wanted; stops when it names nobody there."""
    territory, findings = files.load_territory(name, law)
    if territory is None:
        raise CannotRun(*findings)
    found = cards_of(word, territory, law, on)
    if not found:
        several = (territory.operators, territory.partners, territory.schemes)
        ids = [house.id for houses in several for house in houses or ()]
        known = [*ids, *(c for c, o in law.operators.items() if not o.outside)]
        raise CannotRun(Finding(code="CEP583", values={"word": word, "territory": name} | near(word, known)))
    ground = Ground(territory)
    region = next((r for c in territory.head.communes or () if (r := ground.region(c))), None)
    data = [card_data(kind, house, law, territory, on, lang, ground.name, region) for kind, house in found]
    if form == "json":
        return json.dumps({"schema": 1, "cards": data}, ensure_ascii=False, indent=2) + "\n"
    page = one_page([card_page(d, law, territory, lang, ground.name) for d in data])
    if form == "md":
        return markdown(page, lang)
    return drawn_html(page, lang) if form == "html" else page
