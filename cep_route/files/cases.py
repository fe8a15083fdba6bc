"""Files of cases (`[[cases]]` in TOML, one JSON object per line in .jsonl) to cases, faults to findings with their lines. It tries no case."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any

from msgspec import convert
from msgspec.structs import fields, replace
from pydantic import Field, create_model

from cep_route.checks.cases import Case
from cep_route.files import read_bytes
from cep_route.files.toml import Where, parse, validate
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.model.shapes import AtMoment, Bounds, TomlTable
from cep_route.model.tables import Strict, as_written
from cep_route.text import nearest

_LISTS = ("first", "first_any_of", "eligible", "must_not", "see", "missing")
_EXPECTS = ("first", "first_any_of", "eligible", "must_not", "see", "undecided", "scheme")
_Day = Annotated[str, Bounds(pattern=r"^\d{4}-\d\d-\d\d$"), AtMoment()]
_KEYS: dict[str, tuple[Any, Any]] = {
    field.name: (as_written(field.type), Field(... if field.required else field.default))
    for field in fields(Case)
    if field.name not in ("birth_date", "at")  # a fact as written, and told by the file
}
_Written: type[Strict] = create_model("CaseTable", __base__=Strict, **{**_KEYS, "on": (_Day, ...)})  # type: ignore[call-overload]


def read_cases(paths: Iterable[str], law: Law) -> tuple[list[Case], list[Finding]]:
    """Every good case of files and folders, with every fault of the others."""
    cases: dict[str, Case] = {}
    findings: list[Finding] = []
    for path in _files(paths):
        before = len(cases) + len(findings)
        for table, where in _tables(path, findings):
            written, faults = validate(_Written, table, where)
            faults += _unknown(table, where, law)
            if not any(table.get(key) for key in _EXPECTS):
                faults.append(
                    Finding(code="CEP144", values={"id": str(table.get("id", ""))}, place=where(("id",)))
                )
            findings += faults
            if written is None or any(f.severity == "error" for f in faults):
                continue
            case = convert(written.model_dump(exclude_none=True), Case)
            here = where(("id",))
            if case.id in cases:
                there = cases[case.id].at
                more = (there,) if there else ()
                findings.append(Finding(code="CEP143", values={"id": case.id}, place=here, more_places=more))
                continue
            facts = {name: value for name, value in case.facts.items() if name in law.facts}
            birth_date = _day(case.facts.get("birth_date"))
            cases[case.id] = replace(case, facts=facts, birth_date=birth_date, at=here)
        if len(cases) + len(findings) == before:
            findings.append(Finding(code="CEP148", values={"file": path}, place=Place(file=path)))
    return list(cases.values()), sorted(findings, key=Finding.order)


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        inside = os.scandir(path) if os.path.isdir(path) else ()
        yield from sorted(e.path for e in inside if e.name.endswith((".toml", ".jsonl"))) or [path]


def _tables(path: str, findings: list[Finding]) -> Iterator[tuple[TomlTable, Where]]:
    """The tables of a file, each with the way to its places."""
    data = read_bytes(path) if not os.path.isdir(path) else b""
    if isinstance(data, Finding):
        findings.append(data)
    elif path.endswith(".jsonl"):
        yield from _lines(path, data, findings)
    elif isinstance(document := parse(path, data), Finding):
        findings.append(document)
    else:
        tables = document.data.get("cases", [])
        for i, table in enumerate(tables if isinstance(tables, list) else []):
            if isinstance(table, dict):
                yield (
                    table,
                    lambda keys, value=None, i=i: document.place(("cases", i, *keys), value),
                )


def _lines(path: str, data: bytes, findings: list[Finding]) -> Iterator[tuple[TomlTable, Where]]:
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        place = Place(file=path, line=number, column=1)
        try:
            value = json.loads(line) if line.strip() else None
            why = "{} ?"
        except ValueError as error:
            value, why = error, str(error)
        if isinstance(value, dict):
            yield value, lambda *_, place=place: place
        elif line.strip():
            findings.append(Finding(code="CEP147", values={"why": why}, place=place))


def _unknown(table: TomlTable, where: Where, law: Law) -> Iterator[Finding]:
    """Names of facts, values and answers that do not exist. In `must_not` an old name does no harm: a warning."""
    name, told = str(table.get("id", "")), table.get("facts")
    for fact, value in told.items() if isinstance(told, dict) else ():
        card, place = law.facts.get(fact), where(("facts", fact))
        if fact == "birth_date":
            good, expected = _day(value) is not None, "AAAA-MM-JJ"
        elif card is None:
            values = {"id": name, "fact": fact, "near": nearest(fact, law.facts)}
            yield Finding(code="CEP140", values=values, place=place)
            continue
        elif card.kind == "years":
            good, expected = type(value) is int and 0 <= value <= 120, "0..120"
        else:
            good, expected = value in card.values, ", ".join(card.values)
        if not good:
            values = {"id": name, "fact": fact, "value": str(value), "expected": expected}
            yield Finding(code="CEP141", values=values, place=place)
    known: dict[str, Iterable[str]] = {"see": law.bodies, "missing": law.facts}
    for key in _LISTS:
        words, names = table.get(key), known.get(key, law.operators)
        for word in words if isinstance(words, list) else ():
            if isinstance(word, str) and word not in names:
                values = {"id": name, "word": word, "near": nearest(word, names)}
                severity = "warning" if key == "must_not" else "error"
                yield Finding(code="CEP142", values=values, place=where((key,), word), severity=severity)


def _day(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None
