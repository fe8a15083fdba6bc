"""A profile from the words of a command or a file: each told fact becomes one of its values, or a finding. Asks nobody, opens nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from cep_route.engine.explain import Judge
from cep_route.model.answer import Finding, Profile
from cep_route.model.law import Constraint, Fact, Law
from cep_route.model.profile import MODES, age_on
from cep_route.model.territory import Territory
from cep_route.spelling import typed_word
from cep_route.text import near, normalise

ReadValue = Callable[[str, str], str | int | None]


OLDEST_BIRTH = "1900-01-01"
_MODES = {
    "presentiel": "en-presentiel", "sur-place": "en-presentiel", "in-person": "en-presentiel", "distance": "a-distance",
    "distanciel": "a-distance", "remote": "a-distance",
}  # fmt: skip


def read_facts(
    told: Mapping[str, str], law: Law, read_value: ReadValue
) -> tuple[dict[str, Any], list[Finding]]:
    """Facts as values; an empty text is a fact not told."""
    facts: dict[str, Any] = {}
    findings: list[Finding] = []
    for word, text in told.items():
        if not text.strip():
            continue
        name = fact_name(word, law)
        fact = law.facts.get(name)
        if fact is None:
            known = [*law.facts, *(f.flag for f in law.facts.values() if f.flag)]
            findings.append(Finding(code="CEP502", values={"fact": word} | near(word, known)))
            continue
        own = text if text in fact.values else None
        value = read_age(text) if fact.kind == "years" else own or read_value(name, text)
        if value is not None:
            facts[name] = value
        elif fact.kind == "years":
            findings.append(Finding(code="CEP503", values={"value": text}))
        else:
            findings.append(_unread(fact, text))
    return facts, findings


def _unread(fact: Fact, text: str) -> Finding:
    """CEP501: a word that is no value of the fact, with the values it has."""
    expected = ", ".join(typed_word(fact, value, "fr") for value in fact.values)
    values = {"fact": fact.name, "value": text, "expected": expected, "expected_en": ", ".join(fact.values)}
    said = [word for label in fact.labels.values() for word in label.values()]
    labels = {f"fact_{lang}": label for lang, label in fact.label.items()}
    return Finding(code="CEP501", values=values | near(text, [*fact.values, *said]) | labels)


def fact_name(word: str, law: Law) -> str:
    """The fact a word names: its own name, with `-` or `_`, or its French flag."""
    if word in law.facts:
        return word
    plain = word.replace("_", "-")
    return next((n for n, f in law.facts.items() if plain in (n.replace("_", "-"), f.flag)), word)


def read_age(text: str) -> int | None:
    """A whole number from 0 to 120 in ASCII digits, « 24 ans » too: `int` would also take `１２`, `٣٣` and `1_0`."""
    text = re.sub(r"(?<=\d) ?(?:ans?|years?(?: old)?)$", "", text.strip().casefold())
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        return None
    age = int(text)
    return age if age <= 120 else None


def read_date(text: str) -> str | None:
    """`2001-02-28`, `28/02/2001`, `28-02-2001` or `28.02.2001` as an ISO day; a day that exists, with a four-digit year."""
    parts = text.strip().replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    if len(parts[0]) != 4:
        parts.reverse()
    year, month, day = parts
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:  # no such day
        return None


def read_mode(text: str) -> tuple[str | None, list[Finding]]:
    """`en-presentiel` or `a-distance`, in its own words or in those people use."""
    if not text.strip():
        return None, []
    word = normalise(text).replace(" ", "-")
    way = word if word in MODES else _MODES.get(word)
    values = {"value": text, "option": "--mode", "expected": ", ".join(MODES), "command": "route"}
    return way, [] if way else [Finding(code="CEP527", values=values)]


def read_hour(text: str) -> tuple[str | None, list[Finding]]:
    """`9:05`, `09h05`, `9h` -> `09:05`; an hour that exists."""
    if not text.strip():
        return None, []
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[h:]([0-5][0-9])?", text.strip().lower())
    if found:
        return f"{int(found[1]):02d}:{found[2] or '00'}", []
    values = {"value": text, "option": "--at", "expected": "10:30, 9h, now", "command": "route"}
    values |= {"option_fr": "--a", "expected_fr": "10:30, 9h, maintenant"}
    return None, [Finding(code="CEP527", values=values)]


def read_birth(text: str, on: str) -> tuple[str | None, list[Finding]]:
    """A birth date between 1900 and the day of the route."""
    day = read_date(text)
    if day is None:
        return None, [Finding(code="CEP504", values={"value": text})]
    if not OLDEST_BIRTH <= day <= on:
        return None, [Finding(code="CEP505", values={"value": text})]
    return day, []


def read_needs(
    words: Iterable[str], law: Law, territory: Territory, read_need: Callable[[str], str | None]
) -> tuple[tuple[str, ...], list[Finding]]:
    """Need codes; those of the territory count here."""
    own = {n.code for n in territory.needs or ()}
    found: list[str] = []
    findings: list[Finding] = []
    for word in words:
        code = word if word in law.needs or word in own else read_need(word)
        if code is None:
            findings.append(Finding(code="CEP507", values={"need": word} | near(word, [*law.needs, *own])))
        else:
            found.append(code)
    return tuple(dict.fromkeys(found)), findings


def read_months(
    stretches: Iterable[str | tuple[Iterable[int], Mapping[str, str]]], law: Law, read_value: ReadValue
) -> tuple[tuple[tuple[tuple[int, ...], dict[str, Any]], ...], list[Finding]]:
    """`12-3:status=employee,contract=seasonal`, or the pair it stands for -> ((12, 1, 2, 3), {...})."""
    found = []
    findings: list[Finding] = []
    for told in stretches:
        months, words = _stretch(told) if isinstance(told, str) else (tuple(told[0]), told[1])
        if not months or not all(month in range(1, 13) for month in months):
            shown = told if isinstance(told, str) else " ".join(map(str, months))[:40]
            findings.append(Finding(code="CEP508", values={"value": shown}))
            continue
        facts, faults = read_facts(words, law, read_value)
        findings += faults
        found.append((months, facts))
    return tuple(found), findings


def _stretch(text: str) -> tuple[tuple[int, ...], dict[str, str]]:
    """`12-3:status=employee` -> (12, 1, 2, 3) and what is told of them; no month when it cannot be read."""
    span, _, pairs = text.partition(":")
    low, dash, high = span.strip().partition("-")
    first, last = read_age(low) or 0, read_age(high if dash else low) or 0
    told = dict(pair.partition("=")[::2] for pair in pairs.split(",") if "=" in pair)
    if not (1 <= first <= 12 and 1 <= last <= 12) or len(told) != len(pairs.split(",")):
        return (), {}
    months = range(first, last + 1) if first <= last else (*range(first, 13), *range(1, last + 1))
    return tuple(months), {name.strip(): value for name, value in told.items()}


def contradictions(profile: Profile, judge: Judge, on: str) -> list[Finding]:
    """Facts that cannot be true together, both named; and an age that the birth date belies."""
    facts = judge.facts(profile, on)
    broken = [(card, "error") for card in judge.contradictions(facts, on)]
    broken += [(card, "warning") for card in judge.doubts(facts)]
    found = [
        Finding(code="CEP506", values=_pair(card, facts) | {"constraint": card.id}, severity=severity)
        for card, severity in broken
    ]
    told = profile.facts.get("age")
    if profile.birth_date and told is not None and told != facts["age"]:
        values = {"age": str(told), "computed": str(age_on(profile.birth_date, on))}
        found.append(Finding(code="CEP511", values=values))
    return found


def _pair(card: Constraint, facts: Mapping[str, Any]) -> dict[str, str]:
    first = next((n for n in card.when if n in facts), next(iter(card.when)))
    second = next((n for n in card.then if n in facts), next(iter(card.then)))
    shown = [f"{n} = {facts[n]}" if n in facts else n for n in (first, second)]
    return {"first": shown[0], "second": shown[1], "why": card.why["fr"], "why_en": card.why["en"]}
