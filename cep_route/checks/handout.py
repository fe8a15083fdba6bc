"""Names in `handout.toml` that the law does not know: facts, values, answers, sources, asked of the law. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cep_route.checks.names import is_years
from cep_route.model.answer import Finding, Place
from cep_route.model.handout import HandoutFile
from cep_route.model.law import Law
from cep_route.text import near

Where = Callable[..., Place]


def handout_names(written: HandoutFile, where: Where, law: Law) -> list[Finding]:
    """Every unknown name, at its line."""
    found = [
        *_kept_back(written, where, law),
        *_statements(written, where, law),
        *_questions(written, where, law),
    ]
    return sorted(found, key=Finding.order)


def _kept_back(written: HandoutFile, where: Where, law: Law) -> Iterator[Finding]:
    for name in written.kept_back.facts:
        if name not in law.facts:
            place = where(("kept_back", "facts"), name)
            yield Finding(code="CEP101", values={"fact": name} | near(name, law.facts), place=place)


def _statements(written: HandoutFile, where: Where, law: Law) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, one in enumerate(written.statements):
        path = ("statements", i)
        if one.id in seen:
            yield Finding(code="CEP107", values={"id": one.id}, place=where((*path, "id"), one.id))
        seen.add(one.id)
        for code in one.answers:
            if code not in law.operators:
                place = where((*path, "answers"), code)
                yield Finding(code="CEP104", values={"id": code} | near(code, law.operators), place=place)
        for word in one.sources:
            if isinstance(word, str) and word not in law.sources:
                place = where((*path, "sources"), word)
                yield Finding(code="CEP106", values={"id": word} | near(word, law.sources), place=place)
        for name, values in one.when.items():
            yield from _box(name, values, (*path, "when", name), where, law)


def _box(
    name: str, values: tuple[str, ...], path: tuple[str | int, ...], where: Where, law: Law
) -> Iterator[Finding]:
    fact = law.facts.get(name)
    if fact is None:
        yield Finding(code="CEP101", values={"fact": name} | near(name, law.facts), place=where(path))
        return
    for value in values:
        if not (is_years(value) if fact.kind == "years" else value in fact.values):
            told = {"fact": name, "value": value, "expected": ", ".join(fact.values) or "0..120"}
            yield Finding(code="CEP102", values=told | near(value, fact.values), place=where(path, value))


def _questions(written: HandoutFile, where: Where, law: Law) -> Iterator[Finding]:
    asked = [q.fact for q in written.questions]
    for i, name in enumerate(asked):
        if name not in law.facts:
            place = where(("questions", i, "fact"), name)
            yield Finding(code="CEP101", values={"fact": name} | near(name, law.facts), place=place)
        if name in asked[:i]:
            yield Finding(code="CEP107", values={"id": name}, place=where(("questions", i, "fact"), name))
