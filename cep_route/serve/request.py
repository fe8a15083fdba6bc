"""A request as bytes to words the router reads, or what is wrong with it. Never repeats in a finding what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cep_route.engine.profile import fact_name, read_date
from cep_route.model.answer import Finding
from cep_route.render.data import SCHEMA, answer_data, finding_data
from cep_route.render.findings import bug_of
from cep_route.router import Router, Visit
from cep_route.text import near

LONGEST = 64 * 1024  # bytes of a request: one person with every fact and need takes a tenth of it
LONGEST_WORD = 200  # characters of a value; the longest name of a commune has 45
MOST_WORDS = 200  # needs, or stretches of a year
LONGEST_ID = 100
LANGUAGES = ("fr", "en")

_TOLD = ("facts", "birth_date", "commune", "needs", "blocking", "months")
_KEYS = (*_TOLD, "territory", "on", "lang", "id")
_SENT = "…"  # what stands for a value that was sent
# what a finding may quote of a person or of a caller's text, by the names findings give their values
_QUOTED = frozenset(("value", "text", "need", "age", "computed", "name", "number"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request gets no answer: findings that quote nothing of it, the caller's own mark, and the language asked for."""

    findings: tuple[Finding, ...]
    id: str | int | None = None
    lang: str = "fr"

    def data(self) -> dict[str, Any]:
        mark = {} if self.id is None else {"id": self.id}
        findings = [finding_data(quiet(f), self.lang) for f in self.findings]
        return {"schema": SCHEMA, **mark, "findings": findings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One person to answer for: what `Router.read` takes, the language, the caller's own mark, what is wrong with its shape.

    `declined`: facts not to be asked.
    """

    told: dict[str, Any]
    lang: str
    id: str | int | None = None
    declined: tuple[str, ...] = ()
    faults: tuple[Finding, ...] = ()


class Service:
    """The router, the day, and the territories a request may name: by their ids alone, for a path would open any file."""

    def __init__(
        self, router: Router, territories: Collection[str], today: Callable[[], str], lang: str
    ) -> None:
        self.router, self.territories, self.today, self.lang = router, frozenset(territories), today, lang

    def route(self, data: bytes) -> dict[str, Any] | Refusal:
        """The JSON of `route` for one request, or why not."""
        return self._answered(
            data, (), lambda r, v: answer_data(self.router.answer(v), self.router.law, r.lang)
        )

    def next_question(self, data: bytes) -> dict[str, Any] | Refusal:
        """What `ask` would ask next, `declined` (names of facts) being left alone."""
        return self._answered(data, ("declined",), self._question)

    def _answered(
        self, data: bytes, more: tuple[str, ...], make: Callable[[Request, Visit], dict[str, Any]]
    ) -> dict[str, Any] | Refusal:
        request: Request | Refusal | None = None
        try:
            request = self.read(data, more)
            if isinstance(request, Refusal):
                return request
            visit, findings = self.router.read(**request.told)
            if visit is None or request.faults:
                faults = (*request.faults, *(f for f in findings if f.severity == "error"))
                return Refusal(findings=faults, id=request.id, lang=request.lang)
            mark = {} if request.id is None else {"id": request.id}
            return {**mark, **make(request, visit)}
        except Exception as error:  # noqa: BLE001  # a bug of ours on one request is not the end of the others
            lang = self.lang if request is None else request.lang
            return Refusal(findings=(bug_of(error),), id=None if request is None else request.id, lang=lang)

    def _question(self, request: Request, visit: Visit) -> dict[str, Any]:
        talk = self.router.interview(visit, request.declined)
        found: dict[str, Any] = {"schema": SCHEMA, "decided": talk.decided, "question": None}
        question = talk.question
        if question is not None:
            fact = self.router.law.facts[question.fact]
            found["question"] = {
                "fact": question.fact,
                "question": fact.question[request.lang],
                "help": fact.help[request.lang] if fact.help else None,
                "values": [{"value": v, "label": fact.labels[v][request.lang]} for v in question.values],
                "classes": [list(values) for values in question.classes],
            }
        return found

    # -- reading ----------------------------------------------------------------------------------------------------------

    def read(self, data: bytes, more: tuple[str, ...] = ()) -> Request | Refusal:
        """The request and the faults of its shape; whether its words mean something the router says."""
        found = _parsed(data)
        if isinstance(found, Finding):
            return Refusal(findings=(found,), lang=self.lang)
        shape = _Shape((*_KEYS, *more))
        lang = shape.word(found, "lang", "fr | en")
        if lang is not None and lang not in LANGUAGES:
            shape.expects("lang", "fr | en")
            lang = None
        mark = shape.mark(found)
        words = shape.read(found)
        told: dict[str, Any] = {name: words[name] for name in _TOLD if words.get(name)}
        told.setdefault("facts", {})
        day = read_date(words["on"]) if words.get("on") else self.today()
        if day is None:
            shape.faults.append(Finding(code="CEP504", values={"value": _SENT}))
            day = self.today()
        territory = words.get("territory")
        if territory and territory not in self.territories:
            values = {"territory": _SENT, **near(territory, self.territories)}
            shape.faults.append(Finding(code="CEP016", values={"near": ""} | values))
            territory = None
        declined = tuple(fact_name(name, self.router.law) for name in words.get("declined") or ())
        if not set(declined) <= self.router.law.facts.keys():
            shape.expects("declined", ", ".join(self.router.law.facts))
        told |= {"on": day, "territory": territory}
        faults = tuple(shape.faults)
        return Request(told=told, lang=lang or self.lang, id=mark, declined=declined, faults=faults)


class _Shape:
    """The kinds of the values of a request, and every one that is of another kind."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.faults: list[Finding] = []

    def expects(self, key: str, expected: str, expected_en: str = "") -> None:
        values = {"key": key, "expected": expected, "expected_en": expected_en or expected}
        self.faults.append(Finding(code="CEP805", values=values))

    def read(self, found: dict[str, Any]) -> dict[str, Any]:
        self.known(found, self.keys, "la demande", "the request")
        words: dict[str, Any] = {"facts": self.facts(found.get("facts"), "facts")}
        for key in ("birth_date", "commune", "territory", "on"):
            words[key] = self.word(found, key)
        for key in ("needs", "blocking", "declined"):
            words[key] = self.words(found.get(key), key)
        words["months"] = self.months(found.get("months"))
        return words

    def known(self, found: Mapping[str, Any], keys: tuple[str, ...], where: str, where_en: str = "") -> None:
        """The keys that may stand in an object, each once."""
        for key in found:
            if key in keys:
                continue
            told = {"where": where, "where_en": where_en or where, "expected": ", ".join(keys)}
            self.faults.append(Finding(code="CEP804", values=told | near(key[:LONGEST_WORD], keys)))

    def word(self, found: Mapping[str, Any], key: str, expected: str = "") -> str | None:
        value = found.get(key)
        if value is None or (isinstance(value, str) and len(value) <= LONGEST_WORD and _is_text(value)):
            return value
        self.expects(key, expected or "un texte court", expected or "a short text")
        return None

    def mark(self, found: Mapping[str, Any]) -> str | int | None:
        value = found.get("id")
        short = isinstance(value, str) and len(value) <= LONGEST_ID and _is_text(value)
        number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
        if value is None or short or number:
            return value
        self.expects("id", "un texte court ou un entier", "a short text or a whole number")
        return None

    def facts(self, value: Any, where: str) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.expects(where, "un objet fait → valeur", "an object fact → value")
            return {}
        facts = {}
        for name, told in value.items():
            number = isinstance(told, int) and not isinstance(told, bool)
            if told is None or number or (isinstance(told, str) and len(told) <= LONGEST_WORD):
                facts[name[:LONGEST_WORD]] = told
            else:
                self.expects(where, "des textes ou des nombres entiers", "texts or whole numbers")
        return facts

    def words(self, value: Any, key: str) -> list[str]:
        if value is None:
            return []
        if isinstance(value, list) and len(value) <= MOST_WORDS and all(_is_word(w) for w in value):
            return value
        self.expects(key, "une liste de textes courts", "a list of short texts")
        return []

    def months(self, value: Any) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > 12:
            self.expects("months", "une liste d'au plus 12 périodes", "a list of at most 12 stretches")
            return []
        found = []
        for stretch in value:
            numbers = stretch.get("months") if isinstance(stretch, dict) else None
            if not isinstance(numbers, list) or len(numbers) > 12 or not all(_is_month(n) for n in numbers):
                self.expects("months", '[{"months": [12, 1], "facts": {…}}]')
                continue
            self.known(stretch, ("months", "facts"), "months")
            found.append((tuple(numbers), self.facts(stretch.get("facts"), "months.facts")))
        return found


def _parsed(data: bytes) -> dict[str, Any] | Finding:
    """The object of a request, or the one fault that keeps it from being read further."""
    if len(data) > LONGEST:
        return Finding(code="CEP802", values={"limit": str(LONGEST)})
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return Finding(code="CEP807", values={"column": str(fault.start + 1)})
    if "\0" in text:
        return Finding(code="CEP807", values={"column": str(text.index("\0") + 1)})
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice:
        return Finding(code="CEP806")
    except json.JSONDecodeError as fault:
        return Finding(code="CEP800", values={"column": str(fault.pos + 1)})
    except (
        ValueError,
        RecursionError,
    ):  # more digits than Python turns into a number, or more levels than it follows
        return Finding(code="CEP803")
    return found if isinstance(found, dict) else Finding(code="CEP801")


class _Twice(Exception):  # noqa: N818
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(_word: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _is_text(value: str) -> bool:
    """Half a character (a lone surrogate) is no text: it could not be written back."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD


def _is_month(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 12


def quiet(finding: Finding) -> Finding:
    """The same finding without what was sent: who reads a log of answers must not meet a person in it."""
    values = {name: _SENT if name in _QUOTED else text for name, text in finding.values.items()}
    if finding.code == "CEP502":  # the very name of the fact is the caller's
        values["fact"] = _SENT
    if finding.code == "CEP506":  # « status = employee »: the names are ours, the values the person's
        values |= {side: values[side].partition(" = ")[0] for side in ("first", "second")}
    return replace(finding, values=values)
