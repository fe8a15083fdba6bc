"""Rules as people wrote them, turned once into tables of bits. Reads no file and decides nothing.

A rule is a box: for some facts, the values it accepts. Number the rules in force on a day; then every value of every
fact has one integer, the rules that accept it (those that do not name the fact accept everything). The rules that speak of
a person are the AND of the integers of his values. What cannot be (a constraint) is a box too, with a bit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cep_route.engine.law import BEGINNING, FOREVER, YEARS, Law, day_before, next_day, spread
from cep_route.model.answer import values_of

if TYPE_CHECKING:  # pydantic models: loaded where rules are read, not at every start
    from cep_route.model.written import Constraint, Fact, Presumption, Rule


def compile_law(
    facts: Sequence[Fact],
    constraints: Sequence[Constraint],
    rules: Sequence[Rule],
    *,
    operators: dict[str, Any] | None = None,
    bodies: dict[str, Any] | None = None,
    sources: dict[str, Any] | None = None,
    needs: dict[str, Any] | None = None,
    publics: dict[str, Any] | None = None,
    doubts: Sequence[Constraint] = (),
    presumptions: Sequence[Presumption] = (),
    digest: str = "",
) -> Law:
    """Tables from written rules. The rules must already be clean of unknown names (`checks.names`)."""
    fact_cards = {fact.name: _fact_card(fact) for fact in facts}
    cards = tuple(_card(rule, fact_cards) for rule in rules)
    bars = tuple(_constraint_card(c, fact_cards) for c in constraints)
    return Law(
        facts=fact_cards,
        constraints=bars,
        rules=cards,
        segments=segments(fact_cards, bars, cards),
        operators=operators or {code: {} for code in opened(cards)},
        bodies=bodies or {},
        sources=sources or {},
        needs=needs or {},
        publics=publics or {},
        doubts=tuple(_constraint_card(c, fact_cards) for c in doubts),
        presumptions=tuple(
            {
                "id": p.id,
                "when": {name: tuple(values) for name, values in p.when.items()},
                "then": dict(p.then),
                "says": {"fr": p.says.fr, "en": p.says.en},
                "ask": p.ask,
            }
            for p in presumptions
        ),
        digest=digest,
    )


def with_rules(law: Law, cards: Sequence[Mapping[str, Any]]) -> Law:
    """The same facts and constraints under other rule cards (one dropped, one changed): what checks compare a law with."""
    rules = tuple(dict(card) for card in cards)
    return Law(
        **{
            **values_of(law),
            "rules": rules,
            "segments": segments(law.facts, law.constraints, rules),
            "digest": "",
        }
    )


def segments(
    facts: Mapping[str, Any], constraints: Sequence[Mapping[str, Any]], cards: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    """One set of tables for each stretch of days on which the same deciding rules are in force."""
    days = {BEGINNING}
    for card in cards:
        if card["opens"]:
            days.add(card["since"])
            if card["until"] != FOREVER:
                days.add(next_day(card["until"]))
    starts = sorted(days)
    following: list[str | None] = [*starts[1:], None]
    return tuple(
        segment(since, after, facts, constraints, cards)
        for since, after in zip(starts, following, strict=True)
    )


def opened(cards: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The answers the rules can give, in the order first written."""
    return tuple(dict.fromkeys(card["opens"] for card in cards if card["opens"]))


def _box(when: Mapping[str, Iterable[str]], facts: Mapping[str, Any]) -> dict[str, tuple[str | int, ...]]:
    return {
        name: spread(values) if facts[name]["kind"] == "years" else tuple(values)
        for name, values in when.items()
    }


def _card(rule: Rule, facts: Mapping[str, Any]) -> dict[str, Any]:
    when = {name: tuple(values) for name, values in rule.when.items()}
    for name, fact in facts.items() if rule.where else ():
        values = tuple(v for v, codes in fact["places"].items() if set(codes) & set(rule.where))
        if values:
            when[name] = values
    return {
        "id": rule.id,
        "says": {"fr": rule.says.fr, "en": rule.says.en},
        "opens": rule.opens,
        "see": rule.see,
        "bars": rule.bars,
        "before": rule.before,
        "joint": rule.joint,
        "unsettles": rule.unsettles,
        "protects": rule.protects,
        "when": when,
        "since": rule.since.isoformat() if rule.since else BEGINNING,
        "until": rule.until.isoformat() if rule.until else FOREVER,
        "confidence": rule.confidence,
        "sources": tuple(s if isinstance(s, str) else (s.id or s.text) for s in rule.sources),
    }


def _fact_card(fact: Fact) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        "values": tuple(v.code for v in fact.values),
        "label": {"fr": fact.label.fr, "en": fact.label.en},
        "labels": {v.code: {"fr": v.fr, "en": v.en} for v in fact.values},
        "question": {"fr": fact.question.fr, "en": fact.question.en},
        "help": {"fr": fact.help.fr, "en": fact.help.en} if fact.help else None,
        "can_change": fact.can_change,
        "flag": fact.flag,
        "places": {v.code: v.places for v in fact.values} if fact.from_commune else {},
    }


def _constraint_card(constraint: Constraint, facts: Mapping[str, Any]) -> dict[str, Any]:
    when = _box(constraint.when, facts)
    boxes = []
    for name, values in _box(constraint.then, facts).items():
        domain = YEARS if facts[name]["kind"] == "years" else facts[name]["values"]
        boxes.append({**when, name: tuple(v for v in domain if v not in values)})
    return {
        "id": constraint.id,
        "when": dict(constraint.when),
        "then": dict(constraint.then),
        "why": {"fr": constraint.why.fr, "en": constraint.why.en},
        "boxes": tuple(tuple(box.items()) for box in boxes),
    }


def segment(
    since: str,
    following: str | None,
    facts: Mapping[str, Any],
    constraints: Sequence[Mapping[str, Any]],
    cards: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The tables of one stretch of days, of the cards in force on its first day.

    `bits`: rule index of each bit; then one bit per wall (a box of what cannot be). `classes[fact][value]`: the class of a value
    (two values are one class when no box tells them apart); `accept[fact][class]`: the boxes that accept it; `named[fact]`: the
    boxes that name it; `members[fact][class]`: its values; `before`, `joint`: per bit; `answers`: (code, opening, barring bits).
    """
    walls = [dict(box) for card in constraints for box in card["boxes"]]
    bits = tuple(i for i, c in enumerate(cards) if c["opens"] and c["since"] <= since <= c["until"])
    boxes: list[Mapping[str, Any]] = [_box(cards[i]["when"], facts) for i in bits]
    boxes += walls
    named: dict[str, int] = {}
    for bit, box in enumerate(boxes):
        for name in box:
            named[name] = named.get(name, 0) | 1 << bit
    decisive = (1 << len(bits)) - 1
    order = sorted(named, key=lambda n: (-(named[n] & decisive).bit_count(), list(facts).index(n)))
    classes: dict[str, Any] = {}
    accept: dict[str, tuple[int, ...]] = {}
    members: dict[str, tuple[tuple[str | int, ...], ...]] = {}
    for name in order:
        classes[name], accept[name], members[name] = _classes(name, facts[name], boxes)
    place = {i: bit for bit, i in enumerate(bits)}
    ids: dict[str, int] = {}
    for i, bit in place.items():
        ids[cards[i]["id"]] = ids.get(cards[i]["id"], 0) | 1 << bit
    joint = [_bits(cards[i]["joint"], ids) for i in bits]
    for bit in range(len(bits)):
        for other in range(len(bits)):
            if joint[bit] >> other & 1:
                joint[other] |= 1 << bit
    answers = tuple(
        (
            code,
            sum(1 << place[i] for i in bits if cards[i]["opens"] == code),
            sum(1 << place[i] for i in bits if code in cards[i]["bars"]),
        )
        for code in opened(cards)
    )
    return {
        "since": since,
        "until": day_before(following) if following else FOREVER,
        "bits": bits,
        "facts": tuple(order),
        "decisive": decisive,
        "walls": tuple((1 << len(bits) + i, tuple(box)) for i, box in enumerate(walls)),
        "named": named,
        "classes": classes,
        "accept": accept,
        "members": members,
        "before": tuple(_bits(cards[i]["before"], ids) for i in bits),
        "joint": tuple(joint),
        "answers": answers,
    }


def _bits(ids: Iterable[str], known: Mapping[str, int]) -> int:
    mask = 0
    for i in ids:
        mask |= known.get(i, 0)
    return mask


def _classes(
    name: str, fact: Mapping[str, Any], boxes: Sequence[Mapping[str, Any]]
) -> tuple[dict[Any, int], tuple[int, ...], tuple[tuple[Any, ...], ...]]:
    """Values that no box tells apart are one class."""
    domain: Iterable[Any] = YEARS if fact["kind"] == "years" else fact["values"]
    signatures: dict[int, list[Any]] = {}
    for value in domain:
        signature = 0
        for bit, box in enumerate(boxes):
            if name not in box or value in box[name]:
                signature |= 1 << bit
        signatures.setdefault(signature, []).append(value)
    classes = {value: i for i, values in enumerate(signatures.values()) for value in values}
    return classes, tuple(signatures), tuple(tuple(v) for v in signatures.values())
