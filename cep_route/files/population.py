"""A population from its file: shape, names and sums judged, every fault at its line. It counts nobody."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator

from cep_route.checks.names import is_years
from cep_route.files import read_bytes, shipped
from cep_route.files.toml import Document, Path, read_as
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.model.written import Figure, Margin, PopulationFile

_CLOSE = 1e-6  # shares are decimals: their sum may miss 1 by this much
# the columns of `batch` that are counted
ANSWERS = ("cep_first", "cep_decided", "cep_desk", "cep_partners", "cep_unmet")


def load_routed(path: str) -> tuple[list[dict[str, str]], list[Finding]]:
    """The answers of a file that `batch` routed, one per line: those columns alone, nothing else of a person is kept."""
    data = read_bytes(path)
    if isinstance(data, Finding):
        return [], [data]
    text = data.decode("utf-8-sig", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(rows, [])
    if not set(ANSWERS) <= set(header):
        return [], [Finding(code="CEP576", place=Place(file=path))]
    at = {name: header.index(name) for name in ANSWERS}
    return [{n: row[i] for n, i in at.items()} for row in rows if len(row) == len(header)], []


def load_population(path: str | None, law: Law) -> tuple[PopulationFile | None, list[Finding]]:
    """The population of a file, by default the shipped one; None with every fault when there is one."""
    path = path or os.path.join(shipped("rules"), "population.toml")
    model, document, findings = read_as(PopulationFile, path, read_bytes(path))
    findings += _faults(model, document, law) if model is not None else ()
    return (None if findings else model), sorted(findings, key=Finding.order)


def _faults(model: PopulationFile, document: Document, law: Law) -> Iterator[Finding]:
    figures: list[tuple[Path, Figure, str]] = [
        ((key,), getattr(model, key), key) for key in ("entered", "active")
    ]
    figures += [(("margins", i), margin, margin.fact) for i, margin in enumerate(model.margins)]
    for path, figure, key in figures:
        if figure.source is None and figure.assumption is None:
            yield Finding(code="CEP575", values={"key": key}, place=document.place(path))
        if isinstance(figure, Margin):
            yield from _of_margin(path, figure, document, law)
    for i, need in enumerate(model.needs):
        if need.code not in law.needs:
            place = document.place(("needs", i, "code"), need.code)
            yield Finding(code="CEP507", values={"need": need.code}, place=place)


def _of_margin(path: Path, margin: Margin, document: Document, law: Law) -> Iterator[Finding]:
    told = [(margin.fact, v) for part in margin.parts for v in part.values]
    told += [(name, v) for name, values in margin.given.items() for v in values]
    here = document.place((*path, "fact"), margin.fact)
    for name in dict.fromkeys(name for name, _ in told if name not in law.facts):
        yield Finding(code="CEP502", values={"fact": name}, place=here)
    for name, value in told:
        fact = law.facts.get(name)
        if fact and not (is_years(value) if fact.kind == "years" else value in fact.values):
            yield Finding(code="CEP571", values={"fact": name, "value": value}, place=here)
    total = sum(part.share for part in margin.parts)
    if abs(total - 1) > _CLOSE:
        place = document.place((*path, "parts"))
        yield Finding(code="CEP572", values={"fact": margin.fact, "sum": f"{total:g}"}, place=place)
