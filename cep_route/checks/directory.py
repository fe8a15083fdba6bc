"""Faults of `rules/directory.toml` beyond its shape: what a foreign code would mean twice, not at all, or in nobody's words.

It works on the data once their shape is right, with the law beside them; it reads no file, and never says whose row a row is.
"""

from __future__ import annotations

from collections.abc import Iterator

from cep_route.checks.names import Path, Where, faults, tables
from cep_route.checks.sources import stale
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.written import DirectoryFile, WrittenSource
from cep_route.text import normalise

Told = list[tuple[str, Path]]  # words, and the key at which each stands


def directory_names(
    data: DirectoryFile, where: Where, law: Law, on: str, months: int | None = None
) -> list[Finding]:
    """Every fault, sorted by place. `months`: how old a source may be on the day `on`; None asks for no freshness."""
    located = list(tables(data, where))
    known = {
        "network": {code for code, o in law.operators.items() if not o.outside},
        "need": law.needs,
    }
    found = [*faults(located, {}, known), *_kinds_and_circles(data, where, law)]
    for told in _told(data):
        found += _claims(told, where)
    for one in located:
        found += stale(one, on, months) if isinstance(one.item, WrittenSource) else ()
    return sorted(found, key=Finding.order)


def _kinds_and_circles(data: DirectoryFile, where: Where, law: Law) -> Iterator[Finding]:
    """A kind is an operator of the rules or a partner of a circle; a partner of which only the needs are known falls in some circle."""
    for i, kind in enumerate(data.kinds):
        if bool(kind.operator) == bool(kind.circle):
            place = where(("kinds", i, "network"), kind.network)
            yield Finding(code="CEP730", values={"network": kind.network}, place=place)
    told = {category for circle in data.circles for category in circle.categories}
    for category in law.needs:
        if "--" not in category and category not in told:
            values = {"need": category, "circle": data.default_circle}
            yield Finding(code="CEP732", values=values, place=where(("circles",)), severity="warning")


def _told(data: DirectoryFile) -> Iterator[Told]:
    """What two tables may not both claim: codes and words of plain lists, which are looked up together; beginnings of names; titles; needs."""
    forms = ("annuaire", "data_inclusion", "older", "listed")
    kinds = list(enumerate(data.kinds))
    yield [(word, ("kinds", i, form)) for i, kind in kinds for form in forms for word in getattr(kind, form)]
    yield [(word, ("kinds", i, "names")) for i, kind in kinds for word in kind.names]
    yield [(word, ("heads", key)) for key, words in data.heads.items() for word in words]
    yield [(word, ("circles", i, "categories")) for i, c in enumerate(data.circles) for word in c.categories]


def _claims(told: Told, where: Where) -> Iterator[Finding]:
    """Words of two tables: which one a row is of would hang on the order of the file."""
    first: dict[str, tuple[str, Path]] = {}
    shown = set()
    for word, path in told:
        key = normalise(word)
        before, there = first.setdefault(key, (word, path))
        if there[:2] != path[:2] and (key, path[:2]) not in shown:
            shown.add((key, path[:2]))
            others = (where(there, before),)
            yield Finding(code="CEP731", values={"word": word}, place=where(path, word), more_places=others)
