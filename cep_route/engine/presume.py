"""Facts taken as told: those a commune tells, and those presumed until someone tells otherwise. It asks the tables of the engine only.

An unknown fact is not "no". A presumption is written in `facts.toml` with its sentence, for situations so rare that asking everyone
would leave everyone undecided; whatever is told wins, and the answer says the presumption where it matters.
"""

from __future__ import annotations

from collections.abc import Mapping

from cep_route.engine.decide import Table
from cep_route.model.law import Law, Value


def of_commune(law: Law, commune: str | None) -> dict[str, str]:
    """The facts that an INSEE code tells (`98818` -> a collectivity with a labour law of its own); none when it is not known."""
    found: dict[str, str] = {}
    for name, fact in law.facts.items() if commune else ():
        for value, codes in fact.places.items():
            # the code of a commune begins with that of its departement or collectivity
            if any(str(commune).startswith(code.partition(":")[2]) for code in codes):
                found[name] = value
    return found


def presumed(law: Law, table: Table, facts: Mapping[str, Value], *, asking: bool = False) -> dict[str, str]:
    """The facts nobody told that are taken as told; `asking`: without those an interview asks."""
    known = table.known(facts)
    told = [facts.get(n) for card in law.presumptions for n in (card.fact, *card.when)]
    key = (asking, tuple(told), tuple([known.get(n) for n in table.walled]))
    found = table.taken.get(key)
    if found is None:
        found = table.taken[key] = {}
        for card in law.presumptions:
            if card.fact in facts or card.fact not in table.classes or (asking and card.ask):
                continue
            if all(facts.get(n) in values for n, values in card.when.items()):
                more = known | {card.fact: table.classes[card.fact][card.value]}
                if table.held(more).possible:  # else what is told already says otherwise
                    found[card.fact] = card.value
                    known = more
    return found


def always_presumed(law: Law) -> frozenset[str]:
    """The facts taken as told of everybody until someone tells otherwise: a route never lists them as missing."""
    return frozenset(card.fact for card in law.presumptions if not card.when)
