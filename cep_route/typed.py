"""What a person typed or a program sent, read as the values of a profile: each word becomes a value, or a finding. Opens nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TypeAlias

from cep_route.engine.explain import Judge
from cep_route.model.answer import Finding, Profile
from cep_route.model.law import Constraint, Fact, Law, Value
from cep_route.model.profile import MODES, age_on
from cep_route.model.territory import Territory
from cep_route.spelling import Spellings, near, near_value, read_text, read_value, typed_word
from cep_route.text import near as near_code
from cep_route.text import normalise

OLDEST_BIRTH = "1900-01-01"
_MODES = {
    "presentiel": "en-presentiel", "sur-place": "en-presentiel", "in-person": "en-presentiel", "distance": "a-distance",
    "distanciel": "a-distance", "remote": "a-distance",
}  # fmt: skip

Told: TypeAlias = str | int | float | date | None  # a value as it was told, before it is read
Months = tuple[tuple[int, ...], dict[str, Value]]


class Vocabulary:
    """The words of one person, by the vocabulary of a law and of a territory. `spellings` gives those of the law (`files.load_spellings`),
    and is asked for a word that is no code only: reading them takes 5 ms.

    What cannot be read stands in `findings`, in the order in which it was met.
    """

    def __init__(
        self, law: Law, spellings: Callable[[], Spellings], territory: Territory | None = None
    ) -> None:
        self.law, self._spellings = law, spellings
        self.findings: list[Finding] = []
        self._own = (territory.needs if territory else None) or ()
        self._codes = {*law.needs, *(need.code for need in self._own)}

    @cached_property
    def tables(self) -> Spellings:
        return self._spellings()

    @cached_property
    def _needs(self) -> dict[str, str]:
        own = {normalise(words): need.code for need in self._own for words in (need.fr, *need.spellings)}
        return self.tables["files"]["needs"] | own

    def facts(self, told: Mapping[str, Told]) -> dict[str, Value]:
        """Facts as values, in the order of the law; an empty text is a fact not told.

        A word may say something else than a value of its fact, as in files: « CDI » as a status says in work, under that contract; what
        is told of those facts holds. One that settles nothing (« congé parental ») leaves its fact unknown, with a warning.
        """
        facts: dict[str, Value] = {}
        names = {word: fact_name(word, self.law) for word in told}
        for word, name in names.items():
            fact, text = self.law.facts.get(name), as_text(told[word])
            if isinstance(told[word], int) and fact is not None and fact.kind != "years":
                text = "…"  # 0 is not "no"
            if not text.strip():
                continue
            if fact is None:
                known = [*self.law.facts, *(f.flag for f in self.law.facts.values() if f.flag)]
                self.findings.append(Finding(code="CEP502", values={"fact": word} | near_code(word, known)))
                continue
            years = fact.kind == "years"
            value: Value | None = text if text in fact.values else None
            if value is None:
                value = read_age(text) if years else read_value(self.tables, name, text)
            if value is not None:
                facts[name] = value
            elif years:
                self.findings.append(Finding(code="CEP503", values={"value": text}))
            else:
                said = self._said(fact, text)
                facts |= {other: v for other, v in said if other not in names.values()}
        return {name: facts[name] for name in self.law.facts if name in facts}

    def _said(self, fact: Fact, text: str) -> Iterable[tuple[str, Value]]:
        """What a word that is no value of its fact says of others; a finding when it says nothing."""
        said = read_text(self.tables["files"]["columns"][fact.name], text)
        if said and said[0] and not said[2]:
            return said[0]
        labels = {f"fact_{lang}": label for lang, label in fact.label.items()}
        values = {"fact": fact.name, "value": text} | labels
        if said and not said[2] and self.need(text) is None:
            self.findings.append(Finding(code="CEP519", values=values, severity="warning"))
        else:
            expected = ", ".join(typed_word(fact, value, "fr") for value in fact.values)
            values |= {"expected": expected, "expected_en": ", ".join(fact.values)} | self._meant(fact, text)
            self.findings.append(Finding(code="CEP501", values=values))
        return ()

    def _meant(self, fact: Fact, text: str) -> dict[str, str]:
        """The need or the value that a word may mean: « vouliez-vous dire … ? »."""
        if self.need(text) is not None:
            return {"near": f"--besoin {text}", "near_en": f"--need {text}"}
        if value := near_value(self.tables, fact.name, text):
            return {"near": typed_word(fact, value, "fr"), "near_en": value}
        others = self.tables["files"]["columns"][fact.name]["values"]
        alike = near([words for words, effect in others.items() if effect[0]], normalise(text))
        return {"near": alike, "near_en": alike} if alike else {}

    def need(self, word: str) -> str | None:
        """The code of a need by its code, its label or any of its spellings."""
        return word if word in self._codes else self._needs.get(normalise(word))

    def needs(self, told: Iterable[Told]) -> tuple[str, ...]:
        """Need codes, each once; those of the territory count here."""
        found: dict[str, None] = {}
        for word in [told] if isinstance(told, str) else map(as_text, told):
            code = self.need(word)
            if code is None:
                alike = near(self._needs, normalise(word))
                values = {"need": word} | ({"near": self._needs[alike]} if alike else {})
                self.findings.append(Finding(code="CEP507", values=values))
            else:
                found[code] = None
        return tuple(found)

    def months(
        self, stretches: Iterable[str | tuple[Iterable[int], Mapping[str, Told]]]
    ) -> tuple[Months, ...]:
        """`12-3:status=employee,contract=seasonal`, or the pair it stands for -> ((12, 1, 2, 3), {...})."""
        found = []
        for told in stretches:
            months, words = _stretch(told) if isinstance(told, str) else (tuple(told[0]), told[1])
            if months and all(month in range(1, 13) for month in months):
                found.append((months, self.facts(words)))
            else:
                shown = told if isinstance(told, str) else " ".join(map(str, months))[:40]
                self.findings.append(Finding(code="CEP508", values={"value": shown}))
        return tuple(found)


def as_text(told: Told) -> str:
    """What is told, as a word to read: text as it is, whole numbers in figures; anything else is a word nobody knows."""
    if told is None:
        return ""
    if isinstance(told, str):
        return told
    if isinstance(told, int) and not isinstance(told, bool) and abs(told) < 1_000:
        return str(told)
    return str(told.isoformat())[:10] if hasattr(told, "isoformat") else "…"


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
    if text and (day is None or not OLDEST_BIRTH <= day <= on):
        code = "CEP504" if day is None else "CEP505"
        return None, [Finding(code=code, values={"value": text})]
    return day, []


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


def _pair(card: Constraint, facts: Mapping[str, Value]) -> dict[str, str]:
    first = next((n for n in card.when if n in facts), next(iter(card.when)))
    second = next((n for n in card.then if n in facts), next(iter(card.then)))
    shown = [f"{n} = {facts[n]}" if n in facts else n for n in (first, second)]
    return {"first": shown[0], "second": shown[1], "why": card.why["fr"], "why_en": card.why["en"]}
