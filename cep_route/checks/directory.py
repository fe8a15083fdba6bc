"""Faults of `rules/directory.toml` beyond its shape: what a foreign code would mean twice, not at all, or in nobody's words.

It works on the data once their shape is right, with the law beside them; it reads no file, and never says whose row a row is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from cep_route.checks.sources import months_between
from cep_route.model.answer import Finding, Place
from cep_route.model.directory import DirectoryFile
from cep_route.model.law import Law
from cep_route.text import near, normalise

Where = Callable[..., Place]
Path = tuple[str | int, ...]


def directory_names(
    data: DirectoryFile, where: Where, law: Law, on: str, months: int | None = None
) -> list[Finding]:
    """Every fault, sorted by place. `months`: how old a source may be on the day `on`; None asks for no freshness."""
    found = [
        *_kinds(data, where, law),
        *_twice(data, where),
        *_circles(data, where, law),
        *_feeds(data, where),
        *_sources(data, where, on, months),
    ]
    return sorted(found, key=Finding.order)


def _kinds(data: DirectoryFile, where: Where, law: Law) -> Iterator[Finding]:
    """A kind is an operator of the rules or a partner of a circle; its needs are of the catalogue."""
    networks = {code for code, o in law.operators.items() if not o.outside}
    seen: dict[str, Place] = {}
    for i, kind in enumerate(data.kinds):
        here = where(("kinds", i, "network"), kind.network)
        if kind.network in seen:
            finding = Finding(code="CEP203", values={"id": kind.network}, place=here)
            yield replace(finding, more_places=(seen[kind.network],))
        seen.setdefault(kind.network, here)
        if bool(kind.operator) == bool(kind.circle):
            yield Finding(code="CEP730", values={"network": kind.network}, place=here)
        if kind.operator and kind.operator not in networks:
            values = {"id": kind.operator} | near(kind.operator, networks)
            yield Finding(code="CEP205", values=values, place=where(("kinds", i, "operator"), kind.operator))
        for need in kind.needs:
            if need not in law.needs:
                values = {"need": need} | near(need, law.needs)
                yield Finding(code="CEP207", values=values, place=where(("kinds", i, "needs"), need))


def _twice(data: DirectoryFile, where: Where) -> Iterator[Finding]:
    """A code of a form, or a title of a column, that two tables claim: which one a row is of would hang on the order of the file.

    Codes and words are looked up together in plain lists; beginnings of names and titles of columns apart.
    """
    codes: list[tuple[str, Path]] = []
    names: list[tuple[str, Path]] = []
    for i, kind in enumerate(data.kinds):
        forms = (("annuaire", kind.annuaire), ("data_inclusion", kind.data_inclusion), ("older", kind.older))
        for form, words in (*forms, ("listed", kind.listed)):
            codes += [(word, ("kinds", i, form)) for word in words]
        names += [(word, ("kinds", i, "names")) for word in kind.names]
    heads: list[tuple[str, Path]] = [
        (word, ("heads", i, "spellings")) for i, head in enumerate(data.heads) for word in head.spellings
    ]
    for told in (codes, names, heads):
        yield from _claims(told, where)


def _claims(told: list[tuple[str, Path]], where: Where) -> Iterator[Finding]:
    first: dict[str, tuple[str, Path]] = {}
    shown = set()
    for word, path in told:
        key = normalise(word)
        before, there = first.setdefault(key, (word, path))
        if there[:2] != path[:2] and (key, path[:2]) not in shown:
            shown.add((key, path[:2]))
            finding = Finding(code="CEP731", values={"word": word}, place=where(path, word))
            yield replace(finding, more_places=(where(there, before),))


def _circles(data: DirectoryFile, where: Where, law: Law) -> Iterator[Finding]:
    """Every category of needs is in one circle: a partner of which only the needs are known must fall somewhere, and only there."""
    told: dict[str, Place] = {}
    for i, circle in enumerate(data.circles):
        for category in circle.categories:
            place = where(("circles", i, "categories"), category)
            if category not in law.needs:
                values = {"need": category} | near(category, law.needs)
                yield Finding(code="CEP207", values=values, place=place)
            if category in told:
                finding = Finding(code="CEP731", values={"word": category}, place=place)
                yield replace(finding, more_places=(told[category],))
            told.setdefault(category, place)
    for category in law.needs:
        if "--" not in category and category not in told:
            values = {"need": category, "circle": data.default_circle}
            yield Finding(code="CEP732", values=values, place=where(("circles",)), severity="warning")


def _feeds(data: DirectoryFile, where: Where) -> Iterator[Finding]:
    networks = {kind.network for kind in data.kinds}
    for name, feed in data.feeds.items():
        if feed.network and feed.network not in networks:
            values = {"network": feed.network, "feed": name} | near(feed.network, networks)
            yield Finding(code="CEP733", values=values, place=where(("feeds", name, "network"), feed.network))


def _sources(data: DirectoryFile, where: Where, on: str, months: int | None) -> Iterator[Finding]:
    for i, source in enumerate(data.sources):
        read_on = source.read_on.isoformat()
        values, place = {"id": source.text[:60], "read_on": read_on}, where(("sources", i, "read_on"))
        if read_on > on:
            yield Finding(code="CEP302", values=values | {"on": on}, place=place, severity="warning")
        elif months is not None and months_between(read_on, on) > months:
            yield Finding(code="CEP301", values=values | {"months": str(months), "rules": "-"}, place=place)
