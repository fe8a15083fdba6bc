"""A request as bytes, in a line or on its own, to words the router reads, or what is wrong with it. A finding repeats nothing of it.

`RequestBody` is what a request may hold: it checks one, and its JSON Schema is that of `cep-route schema request` and of the OpenAPI.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Annotated, Any, BinaryIO, Literal, TypeAlias, TypedDict

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, ValidationError

from cep_route.messages import LANGUAGES, say
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.model.tables import Strict
from cep_route.render.data import SCHEMA, JsonObject, answer_data, finding_data
from cep_route.render.schema import Schema, facts_schema
from cep_route.render.screen import bug_of
from cep_route.router import Router, Visit
from cep_route.text import near
from cep_route.typed import fact_name, read_date

LONGEST = 64 * 1024  # bytes of a request: one person with every fact and need takes a tenth of it
LONGEST_WORD = 200  # characters of a value; the longest name of a commune has 45
_PIECE = 64 * 1024  # of a line too long
_SENT = "…"  # what stands for a value that was sent
# the status of a refusal over HTTP; every other code: JSON of the right kind that describes nobody
STATUS = {
    "CEP530": 500, "CEP800": 400, "CEP801": 400, "CEP802": 413, "CEP803": 400, "CEP806": 400, "CEP807": 400, "CEP808": 503,
    "CEP809": 408, "CEP810": 404, "CEP811": 405, "CEP812": 415, "CEP813": 421, "CEP818": 400,
}  # fmt: skip
UNREADABLE = 422
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
    word: Schema = {"type": ["string", "null"], "maxLength": LONGEST_WORD}
    facts = {
        "type": ["object", "null"],
        "properties": facts_schema(law, lang, word),
        "additionalProperties": False,
    }
    found = {**kind.model_json_schema(), "title": title}
    stretch = {**found.pop("$defs")["RequestStretch"], "title": "stretch"}
    stretch["properties"]["facts"] = found["properties"]["facts"] = facts
    stretches = {"type": "array", "items": stretch, "maxItems": 12}
    found["properties"]["months"] = {"anyOf": [stretches, {"type": "null"}]}
    return found


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


class Reply(Struct, frozen=True, kw_only=True):
    """What a request gets, with the caller's own mark: its answer, or findings that quote nothing of it, in the language asked for."""

    answer: JsonObject | NextQuestionData = {}
    findings: tuple[Finding, ...] = ()
    id: str | int | None = None
    lang: str = "fr"

    @property
    def status(self) -> int:
        """That of HTTP."""
        return max((STATUS.get(f.code, UNREADABLE) for f in self.findings), default=200)

    def encoded(self) -> bytes:
        """The JSON of it, in UTF-8."""
        told = [finding_data(quiet(finding), self.lang) for finding in self.findings]
        found = {"schema": SCHEMA, "findings": told} if told else self.answer
        marked = found if self.id is None else {"id": self.id, **found}
        return json.dumps(marked, ensure_ascii=False).encode("utf-8", "backslashreplace")


class Service:
    """The router, the day, and the territories a request may name: by their ids alone, for a path would open any file."""

    def __init__(
        self, router: Router, territories: Collection[str], today: Callable[[], str], lang: str
    ) -> None:
        self.router, self.territories, self.today, self.lang = router, frozenset(territories), today, lang

    def route(self, data: bytes) -> Reply:
        """The JSON of `route` for one request, or why not."""
        return self._answered(data, RequestBody)

    def next_question(self, data: bytes) -> Reply:
        """What `ask` would ask next, the facts that were declined being left alone."""
        return self._answered(data, InterviewBody)

    def _answered(self, data: bytes, kind: type[RequestBody]) -> Reply:
        reply = Reply(lang=self.lang)
        try:
            asked, faults = read(data, kind)
            if asked is None:
                return replace(reply, findings=tuple(faults))
            reply = replace(reply, id=asked.id, lang=asked.lang or self.lang)
            visit, more = self._visit(asked)
            errors = (*faults, *(f for f in more if f.severity == "error"))
            if visit is None or errors:
                return replace(reply, findings=errors)
            if isinstance(asked, InterviewBody):
                return replace(reply, answer=self._question(asked, visit, reply.lang))
            found = answer_data(self.router.answer(visit), self.router.law, reply.lang)
            return replace(reply, answer=found)
        except Exception as error:  # noqa: BLE001  # a bug of ours on one request is not the end of the others
            return replace(reply, findings=(bug_of(error),))

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

    def _question(self, asked: InterviewBody, visit: Visit, lang: str) -> NextQuestionData:
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


class Lines:
    """Requests one a line, answers one a line, in order: as many lines out as in, each written at once. It never stops at a bad line.

    No line is kept longer than its answer takes; one too long is read to its end in pieces and thrown away. `stop` ends it: at once
    while it waits, after the answer under way otherwise.
    """

    def __init__(self, service: Service, source: BinaryIO, sink: BinaryIO) -> None:
        self.service, self.source, self.sink = service, source, sink
        self.stopping = self.waiting = False
        self.number = 0

    def run(self) -> None:
        """Answer until the source ends."""
        while not self.stopping:
            self.waiting = True
            line = self.source.readline(LONGEST + 2)  # the line feed, and one byte that tells it is too long
            self.waiting = False
            if not line:
                return
            self.number += 1
            self.sink.write(self.answer(line))
            self.sink.flush()

    def stop(self) -> bool:
        """Ask for the end; True when nothing is under way and it may be now."""
        self.stopping = True
        return self.waiting

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, as a line."""
        whole = line.endswith(b"\n")
        if not whole and len(line) > LONGEST:
            self._skip()
        found = self.service.route(line.rstrip(b"\r\n"))
        here = Place(file="-", line=self.number)
        return (
            replace(found, findings=tuple(replace(f, place=here) for f in found.findings)).encoded() + b"\n"
        )

    def _skip(self) -> None:
        """The rest of a line too long."""
        while (piece := self.source.readline(_PIECE)) and not piece.endswith(b"\n"):
            pass


# -- reading ------------------------------------------------------------------------------------------------------------------


def read(data: bytes, kind: type[RequestBody]) -> tuple[RequestBody | None, list[Finding]]:
    """The request and the faults of its shape: what is of another kind than it should is left out. None: it is no object."""
    found = _parsed(data)
    if isinstance(found, Finding):
        return None, [found]
    try:
        return kind.model_validate(found), []
    except ValidationError as error:
        told = [(fault["type"], fault["loc"]) for fault in error.errors(include_input=False)]
    wrong = {where[0] for _, where in told}
    rest = kind.model_validate({key: value for key, value in found.items() if key not in wrong})
    faults = [_fault(fault, where, kind) for fault, where in told]
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
    expected = _EXPECTED.get(key, "word")
    if inside or key == "facts":
        expected = "fact" if inside or len(where) > 1 else "facts"
    elif key == "months":
        expected = "stretch" if len(where) > 1 else "stretches"
    said = [say(f"serve.expects_{expected}", lang) for lang in LANGUAGES]
    return _expects("months.facts" if inside else key, *said)


def _expects(key: str, *expected: str) -> Finding:
    """`expected`: in both languages, or the same in both."""
    values = {"key": key, "expected": expected[0], "expected_en": expected[-1]}
    return Finding(code="CEP805", values=values)


def _parsed(data: bytes) -> dict[str, Any] | Finding:
    """The object of a request, or the one fault that keeps it from being read further."""
    if len(data) > LONGEST:
        return Finding(code="CEP802", values={"limit": str(LONGEST)})
    try:
        text = data.decode("utf-8")
        if "\0" in text:
            return Finding(code="CEP807", values={"column": str(text.index("\0") + 1)})
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as fault:
        return Finding(code="CEP807", values={"column": str(fault.start + 1)})
    except _Twice:
        return Finding(code="CEP806")
    except json.JSONDecodeError as fault:
        return Finding(code="CEP800", values={"column": str(fault.pos + 1)})
    except (
        ValueError,
        RecursionError,
    ):  # more digits than Python makes a number of, or levels than it follows
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
