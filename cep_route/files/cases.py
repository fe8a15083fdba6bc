"""Files of cases (`[[cases]]` in TOML, one JSON object per line in .jsonl) to cases, faults to findings with their lines. It tries no case."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, TypeAlias

from cep_route.checks.cases import Case
from cep_route.files import read_bytes
from cep_route.files.toml import Document, parse
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.text import nearest

Where = Callable[..., Place]
RawCase: TypeAlias = dict[str, Any]  # one table as parsed, whatever its shape

_LISTS = ("first", "first_any_of", "eligible", "must_not", "see", "missing")
_TEXTS = ("territory", "commune", "scheme", "says", "place", "why", "source", "confidence")
_FLAGS = ("exact", "undecided")
_EXPECTS = ("first", "first_any_of", "eligible", "must_not", "see", "undecided", "scheme")


def read_cases(paths: Iterable[str], law: Law) -> tuple[list[Case], list[Finding]]:
    """Every good case of files and folders, with every fault of the others."""
    cases: list[Case] = []
    findings: list[Finding] = []
    seen: dict[str, Place] = {}
    for path in _files(paths):
        before = len(cases) + len(findings)
        for raw, where in _raw(path, findings):
            case = _case(raw, where, law, findings)
            if case is None:
                continue
            if case.id in seen:
                place = where("id")
                findings.append(
                    Finding(code="CEP143", values={"id": case.id}, place=place, more_places=(seen[case.id],))
                )
                continue
            seen[case.id] = where("id")
            cases.append(case)
        if len(cases) + len(findings) == before:
            findings.append(Finding(code="CEP148", values={"file": path}, place=Place(file=path)))
    return cases, sorted(findings, key=Finding.order)


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if os.path.isdir(path):
            names = sorted(
                entry.path for entry in os.scandir(path) if entry.name.endswith((".toml", ".jsonl"))
            )
            yield from names or [path]
        else:
            yield path


def _raw(path: str, findings: list[Finding]) -> Iterator[tuple[RawCase, Where]]:
    """The tables of a file, each with the way to its places."""
    data = read_bytes(path) if not os.path.isdir(path) else b""
    if isinstance(data, Finding):
        findings.append(data)
        return
    if path.endswith(".jsonl"):
        yield from _lines(path, data, findings)
        return
    document = parse(path, data)
    if isinstance(document, Finding):
        findings.append(document)
        return
    tables = document.data.get("cases", [])
    for i, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            yield table, _at(document, i)


def _at(document: Document, i: int) -> Where:
    def where(*keys: str | int, value: Any = None) -> Place:
        return document.place(("cases", i, *keys), value)

    return where


def _lines(path: str, data: bytes, findings: list[Finding]) -> Iterator[tuple[RawCase, Where]]:
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        place = Place(file=path, line=number, column=1)
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            findings.append(Finding(code="CEP147", values={"why": str(error)}, place=place))
            continue
        if isinstance(value, dict):
            yield value, lambda *_, place=place, **__: place
        else:
            findings.append(Finding(code="CEP147", values={"why": "{} ?"}, place=place))


def _case(raw: RawCase, where: Where, law: Law, findings: list[Finding]) -> Case | None:
    """One table as a case, or its faults."""
    name = str(raw.get("id", ""))
    faults = [
        *_shape(raw, name, where),
        *_facts(raw, name, where, law),
        *_answers(raw, name, where, law),
    ]
    if not any(raw.get(key) for key in _EXPECTS):
        faults.append(Finding(code="CEP144", values={"id": name}, place=where("id")))
    findings += faults
    if any(f.severity == "error" for f in faults):
        return None
    facts = {n: v for n, v in raw["facts"].items() if n in law.facts}
    told: RawCase = {key: tuple(raw[key]) for key in _LISTS if key in raw}
    told |= {key: raw[key] for key in (*_TEXTS, *_FLAGS) if raw.get(key)}
    return Case(
        **told,
        id=name,
        on=_day(raw["on"]) or "",
        facts=facts,
        birth_date=_day(raw["facts"].get("birth_date")),
        at=where("id"),
    )


def _shape(raw: RawCase, name: str, where: Where) -> Iterator[Finding]:
    """Keys unknown, absent, or of another kind."""

    def fault(key: str, why: str) -> Finding:
        return Finding(code="CEP149", values={"id": name, "key": key, "why": why}, place=where(key))

    if not isinstance(raw.get("id"), str):
        yield fault("id", "?")
    if _day(raw.get("on")) is None:
        yield fault("on", "AAAA-MM-JJ ?")
    if not isinstance(raw.get("facts"), dict):
        yield fault("facts", "{ } ?")
    for key, value in raw.items():
        if key not in ("id", "on", "facts", *_LISTS, *_TEXTS, *_FLAGS):
            near = nearest(key, [*_LISTS, *_TEXTS, *_FLAGS])
            yield fault(key, f"→ {near} ?" if near else "?")
        elif key in _LISTS and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            yield fault(key, '["…"] ?')
        elif key in _FLAGS and not isinstance(value, bool):
            yield fault(key, "true / false ?")
        elif key in _TEXTS and not isinstance(value, str):
            yield fault(key, '"…" ?')


def _facts(raw: RawCase, name: str, where: Where, law: Law) -> Iterator[Finding]:
    told = raw.get("facts")
    for fact, value in told.items() if isinstance(told, dict) else ():
        if fact == "birth_date":
            if _day(value) is None:
                values = {"id": name, "fact": fact, "value": str(value), "expected": "AAAA-MM-JJ"}
                yield Finding(code="CEP141", values=values, place=where("facts", fact))
            continue
        card = law.facts.get(fact)
        if card is None:
            values = {
                "id": name,
                "fact": fact,
                "near": nearest(fact, law.facts),
            }
            yield Finding(code="CEP140", values=values, place=where("facts", fact))
            continue
        years = card.kind == "years"
        good = type(value) is int and 0 <= value <= 120 if years else value in card.values
        if not good:
            expected = "0..120" if years else ", ".join(card.values)
            values = {"id": name, "fact": fact, "value": str(value), "expected": expected}
            yield Finding(code="CEP141", values=values, place=where("facts", fact))


def _answers(raw: RawCase, name: str, where: Where, law: Law) -> Iterator[Finding]:
    """Names of answers that do not exist. In `must_not` an old name does no harm: a warning."""
    known: dict[str, Iterable[str]] = {"see": law.bodies, "missing": law.facts}
    for key in _LISTS:
        words = raw.get(key, [])
        for word in words if isinstance(words, list) else ():
            names = known.get(key, law.operators)
            if isinstance(word, str) and word not in names:
                near = nearest(word, names)
                severity = "warning" if key == "must_not" else "error"
                values = {"id": name, "word": word, "near": near}
                yield Finding(code="CEP142", values=values, place=where(key, value=word), severity=severity)


def _day(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None
