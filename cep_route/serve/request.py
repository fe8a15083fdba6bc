"""A request as bytes to words the router reads, or what is wrong with it. Never repeats in a finding what was sent.

`RequestBody` is what a request may hold: it checks one, and its JSON Schema is that of `cep-route schema request` and of the OpenAPI.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, ValidationError

from cep_route.messages import LANGUAGES, say
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.written import Strict
from cep_route.render.data import SCHEMA, JsonObject, answer_data, finding_data
from cep_route.render.findings import bug_of
from cep_route.render.schema import Schema, facts_schema
from cep_route.router import Router, Visit
from cep_route.text import near
from cep_route.typed import fact_name, read_date

LONGEST = 64 * 1024  # bytes of a request: one person with every fact and need takes a tenth of it
LONGEST_WORD = 200  # characters of a value; the longest name of a commune has 45
_SENT = "…"  # what stands for a value that was sent
# what a finding may quote of a person or of a caller's text, by the names findings give their values
_QUOTED = frozenset(("value", "text", "need", "age", "computed", "name", "number"))

Word: TypeAlias = Annotated[str, Field(max_length=LONGEST_WORD)]
Words: TypeAlias = Annotated[list[Word], Field(max_length=200)]
Facts: TypeAlias = dict[Word, int | Word | None]
Mark: TypeAlias = Annotated[str, Field(max_length=100)] | Annotated[int, Field(gt=-(2**53), lt=2**53)]


class RequestStretch(Strict):
    """Months of one situation, where they differ from the rest of the year."""

    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1, max_length=12)]
    facts: Facts | None = None


class RequestBody(Strict):
    """One person, on one line or in one POST; what is left out or null is not known."""

    facts: Facts | None = None
    birth_date: Word | None = None
    commune: Word | None = None
    needs: Words | None = None
    blocking: Words | None = None
    months: Annotated[list[RequestStretch], Field(max_length=12)] | None = None
    territory: Word | None = None
    on: Word | None = None
    lang: Literal["fr", "en"] | None = None
    id: Mark | None = None


class InterviewBody(RequestBody):
    """The same, with the facts that are not to be asked."""

    declined: Words | None = None


def request_schema(
    law: Law, lang: str, kind: type[RequestBody] = RequestBody, title: str = "request"
) -> Schema:
    """What a request may hold, its facts by their names."""
    found: Schema = {**kind.model_json_schema(), "title": title}
    word: Schema = {"type": ["string", "null"], "maxLength": LONGEST_WORD}
    facts: Schema = {
        "type": ["object", "null"],
        "properties": {**facts_schema(law, lang, word)},
        "additionalProperties": False,
    }
    stretch: Schema = {**RequestStretch.model_json_schema(), "title": "stretch"}
    del found["$defs"]
    properties, inner = found["properties"], stretch["properties"]
    assert isinstance(properties, dict)
    assert isinstance(inner, dict)
    properties |= {"facts": facts}
    inner |= {"facts": facts}
    properties |= {
        "months": {"anyOf": [{"type": "array", "items": stretch, "maxItems": 12}, {"type": "null"}]}
    }
    return found


class RefusalData(TypedDict, total=False):
    id: str | int
    schema: Literal[1]
    findings: list[JsonObject]


class ValueData(TypedDict):
    value: str
    label: str


class QuestionData(TypedDict):
    fact: str
    question: str
    help: str | None
    values: list[ValueData]
    classes: list[list[str]]


class NextQuestionData(TypedDict):
    schema: Literal[1]
    decided: bool
    question: QuestionData | None


AnsweredData: TypeAlias = JsonObject | NextQuestionData


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a request gets no answer: findings that quote nothing of it, the caller's own mark, and the language asked for."""

    findings: tuple[Finding, ...]
    id: str | int | None = None
    lang: str = "fr"

    def data(self) -> RefusalData:
        found: RefusalData = {
            "schema": SCHEMA,
            "findings": [finding_data(quiet(finding), self.lang) for finding in self.findings],
        }
        return found if self.id is None else {"id": self.id, **found}


class Reply(Struct, frozen=True, kw_only=True):
    """What a request gets, with the caller's own mark."""

    answer: AnsweredData
    id: str | int | None = None

    def data(self) -> dict[str, Any]:
        return {**({} if self.id is None else {"id": self.id}), **self.answer}


class Service:
    """The router, the day, and the territories a request may name: by their ids alone, for a path would open any file."""

    def __init__(
        self, router: Router, territories: Collection[str], today: Callable[[], str], lang: str
    ) -> None:
        self.router, self.territories, self.today, self.lang = router, frozenset(territories), today, lang

    def route(self, data: bytes) -> Reply | Refusal:
        """The JSON of `route` for one request, or why not."""

        def answer(_: RequestBody, visit: Visit, lang: str) -> AnsweredData:
            return answer_data(self.router.answer(visit), self.router.law, lang)

        return self._answered(data, RequestBody, answer)

    def next_question(self, data: bytes) -> Reply | Refusal:
        """What `ask` would ask next, the facts that were declined being left alone."""
        return self._answered(data, InterviewBody, self._question)

    def _answered(
        self, data: bytes, kind: type[RequestBody], make: Callable[[RequestBody, Visit, str], AnsweredData]
    ) -> Reply | Refusal:
        asked, lang = RequestBody(), self.lang
        try:
            found, faults = read(data, kind)
            if found is None:
                return Refusal(findings=tuple(faults), lang=lang)
            asked, lang = found, found.lang or lang
            visit, more = self._visit(asked)
            errors = (*faults, *(f for f in more if f.severity == "error"))
            if visit is None or errors:
                return Refusal(findings=errors, id=asked.id, lang=lang)
            return Reply(answer=make(asked, visit, lang), id=asked.id)
        except Exception as error:  # noqa: BLE001  # a bug of ours on one request is not the end of the others
            return Refusal(findings=(bug_of(error),), id=asked.id, lang=lang)

    def _visit(self, asked: RequestBody) -> tuple[Visit | None, list[Finding]]:
        """The person the words of a request describe, and what is wrong with them."""
        faults = []
        day = read_date(asked.on) if asked.on else self.today()
        if day is None:
            faults.append(Finding(code="CEP504", values={"value": _SENT}))
        territory = asked.territory or None
        if territory and territory not in self.territories:
            values = {"territory": _SENT, "near": "", **near(territory, self.territories)}
            faults.append(Finding(code="CEP016", values=values))
            territory = None
        if not self._declined(asked) <= self.router.law.facts.keys():
            faults.append(_expects("declined", ", ".join(self.router.law.facts)))
        visit, findings = self.router.read(
            asked.facts or {},
            on=day or self.today(),
            birth_date=asked.birth_date,
            commune=asked.commune,
            needs=asked.needs or (),
            blocking=asked.blocking or (),
            months=[(tuple(s.months), s.facts or {}) for s in asked.months or ()],
            territory=territory,
        )
        return visit, [*faults, *findings]

    def _declined(self, asked: RequestBody) -> set[str]:
        told = asked.declined or [] if isinstance(asked, InterviewBody) else []
        return {fact_name(name, self.router.law) for name in told}

    def _question(self, asked: RequestBody, visit: Visit, lang: str) -> NextQuestionData:
        talk = self.router.interview(visit, self._declined(asked))
        if (question := talk.question) is None:
            return {"schema": SCHEMA, "decided": talk.decided, "question": None}
        fact = self.router.law.facts[question.fact]
        told: QuestionData = {
            "fact": question.fact,
            "question": fact.question[lang],
            "help": fact.help[lang] if fact.help else None,
            "values": [{"value": v, "label": fact.labels[v][lang]} for v in question.values],
            "classes": [list(map(str, values)) for values in question.classes],
        }
        return {"schema": SCHEMA, "decided": talk.decided, "question": told}


# -- reading ------------------------------------------------------------------------------------------------------------------


def read(data: bytes, kind: type[RequestBody]) -> tuple[RequestBody | None, list[Finding]]:
    """The request and the faults of its shape: what is of another kind than it should is left out. None: it is no object."""
    found = _parsed(data)
    if isinstance(found, Finding):
        return None, [found]
    try:
        return kind.model_validate(found), []
    except ValidationError as error:
        faults = [_fault(fault["type"], fault["loc"], kind) for fault in error.errors(include_input=False)]
        wrong = {str(fault["loc"][0]) for fault in error.errors(include_input=False)}
    rest = kind.model_validate({key: value for key, value in found.items() if key not in wrong})
    once = {f.code + str(sorted(f.values.items())): f for f in faults}
    return rest, sorted(once.values(), key=lambda f: f.code)


_EXPECTED = {"needs": "words", "blocking": "words", "declined": "words", "id": "id", "lang": "lang"}


def _fault(kind: str, where: tuple[int | str, ...], model: type[RequestBody]) -> Finding:
    """What pydantic refuses, as a finding that quotes nothing but the keys we know."""
    key, inside = str(where[0]), "facts" in where[1:]
    if kind == "extra_forbidden" and not inside:
        known = model.model_fields if len(where) == 1 else RequestStretch.model_fields
        whole = [say("serve.request", lang) if len(where) == 1 else key for lang in LANGUAGES]
        told = {"where": whole[0], "where_en": whole[1], "expected": ", ".join(known)}
        return Finding(code="CEP804", values=told | near(str(where[-1])[:LONGEST_WORD], known))
    if inside or key == "facts":
        entry = inside or len(where) > 1
        return _expects("months.facts" if inside else key, *_said("fact" if entry else "facts"))
    if key == "months":
        return _expects(key, *_said("stretch" if len(where) > 1 else "stretches"))
    return _expects(key, *_said(_EXPECTED.get(key, "word")))


def _said(name: str) -> list[str]:
    return [say(f"serve.expects_{name}", lang) for lang in LANGUAGES]


def _expects(key: str, expected: str, expected_en: str = "") -> Finding:
    values = {"key": key, "expected": expected, "expected_en": expected_en or expected}
    return Finding(code="CEP805", values=values)


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


def quiet(finding: Finding) -> Finding:
    """The same finding without what was sent: who reads a log of answers must not meet a person in it."""
    values = {name: _SENT if name in _QUOTED else text for name, text in finding.values.items()}
    if finding.code == "CEP502":  # the very name of the fact is the caller's
        values["fact"] = _SENT
    if finding.code == "CEP506":  # « status = employee »: the names are ours, the values the person's
        values |= {side: values[side].partition(" = ")[0] for side in ("first", "second")}
    return replace(finding, values=values)
