"""Faults of rules that need no proof: unknown names, double ids, dates, cycles, missing or stale sources. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from cep_route.model.answer import Finding, Place
from cep_route.model.columns import ColumnsFile
from cep_route.model.law import BEGINNING, FOREVER
from cep_route.model.written import (
    CooperationFile,
    FactsFile,
    NeedsFile,
    OperatorsFile,
    PublicsFile,
    RulesFile,
    SourcesFile,
    WrittenBody,
    WrittenConstraint,
    WrittenFact,
    WrittenLevel,
    WrittenNeed,
    WrittenOperator,
    WrittenPresumption,
    WrittenPublic,
    WrittenRule,
    WrittenSource,
)
from cep_route.text import near

Where = Callable[..., Place]
Path = tuple[str | int, ...]


class NamedEntry(NamedTuple):
    """One file of rules: what it holds, and the way from a path of keys to a place in it."""

    item: BaseModel
    where: Where


class Located(NamedTuple):
    """One thing written, and where."""

    item: Any
    where: Where
    path: Path

    def place(self, *keys: str | int, value: Any = None) -> Place:
        return self.where((*self.path, *keys), value)


class WrittenNames:
    """A whole folder of rules, as people wrote it."""

    def __init__(self, entries: tuple[NamedEntry, ...]) -> None:
        self.entries = entries
        self.located_facts = self._all(FactsFile, "facts")
        self.located_constraints = self._all(FactsFile, "constraints")
        self.located_doubts = self._all(FactsFile, "doubts")
        self.located_presumptions = self._all(FactsFile, "presumptions")
        self.located_typed = self._all(FactsFile, "typed")
        self.located_rules = self._all(RulesFile, "rules")
        self.located_sources = self._all(SourcesFile, "sources")
        self.located_operators = self._all(OperatorsFile, "operators")
        self.located_bodies = self._all(OperatorsFile, "bodies")
        self.located_levels = self._all(OperatorsFile, "levels")
        self.located_needs = self._all(NeedsFile, "needs")
        self.located_publics = self._all(PublicsFile, "publics")
        self.facts: tuple[WrittenFact, ...] = _items(self.located_facts)
        self.constraints: tuple[WrittenConstraint, ...] = _items(self.located_constraints)
        self.doubts: tuple[WrittenConstraint, ...] = _items(self.located_doubts)
        self.presumptions: tuple[WrittenPresumption, ...] = _items(self.located_presumptions)
        self.typed: tuple[WrittenPresumption, ...] = _items(self.located_typed)
        self.rules: tuple[WrittenRule, ...] = _items(self.located_rules)
        self.sources: tuple[WrittenSource, ...] = _items(self.located_sources)
        self.operators: tuple[WrittenOperator, ...] = _items(self.located_operators)
        self.bodies: tuple[WrittenBody, ...] = _items(self.located_bodies)
        self.levels: tuple[WrittenLevel, ...] = _items(self.located_levels)
        self.needs: tuple[WrittenNeed, ...] = _items(self.located_needs)
        self.publics: tuple[WrittenPublic, ...] = _items(self.located_publics)
        self.questions = [name for e in entries if isinstance(e.item, FactsFile) for name in e.item.questions]
        self.cooperations = [e.item for e in entries if isinstance(e.item, CooperationFile)]

    def _all(self, kind: type[BaseModel], part: str) -> tuple[Located, ...]:
        return tuple(
            Located(item, entry.where, (part, i))
            for entry in self.entries
            if isinstance(entry.item, kind)
            for i, item in enumerate(getattr(entry.item, part))
        )


def _items(located: Iterable[Located]) -> Any:
    return tuple(one.item for one in located)


def names(written: WrittenNames) -> list[Finding]:
    """Every fault of the rules that shows without proof, sorted by place."""
    answers = {o.code for o in written.operators}
    found = [
        *_doubles(written),
        *_boxes((*written.located_rules, *written.located_publics), written.facts, "when"),
        *_boxes(
            (
                *written.located_constraints,
                *written.located_doubts,
                *written.located_presumptions,
                *written.located_typed,
            ),
            written.facts,
            "when",
            "then",
        ),
        *_places(written),
        *_questions(written),
        *_column_boxes(written),
        *_references(written, answers),
        *_dates(written.located_rules),
        *_versions(written.located_rules),
        *_cycle(written.located_rules),
        *_idle_words(written.located_rules),
        *_unnamed_sources(written),
    ]
    for entry in written.entries:
        if isinstance(entry.item, CooperationFile):
            rules = tuple(Located(r, entry.where, ("rules", i)) for i, r in enumerate(entry.item.rules))
            found += [
                *_boxes(rules, entry.item.facts, "when"),
                *_dates(rules),
                *_versions(rules),
                *_cycle(rules),
            ]
    return sorted(found, key=Finding.order)


def _doubles(written: WrittenNames) -> Iterator[Finding]:
    """The same id twice where ids are unique (the versions of a rule may share theirs)."""
    for located, key in (
        (written.located_facts, "name"),
        (written.located_constraints, "id"),
        (written.located_doubts, "id"),
        ((*written.located_presumptions, *written.located_typed), "id"),
        (written.located_sources, "id"),
        (written.located_operators, "code"),
        (written.located_bodies, "code"),
        (written.located_needs, "code"),
        (written.located_publics, "code"),
    ):
        seen: dict[str, Located] = {}
        for one in located:
            value = getattr(one.item, key)
            if value in seen:
                yield Finding(
                    code="CEP107",
                    values={"id": value},
                    place=one.place(key, value=value),
                    more_places=(seen[value].place(key, value=value),),
                )
            seen.setdefault(value, one)


def _boxes(located: Iterable[Located], facts: Iterable[WrittenFact], *parts: str) -> Iterator[Finding]:
    """The boxes of some things: facts, values and years that there are."""
    known = {f.name: f for f in facts}
    for one in located:
        for part in parts:
            box = getattr(one.item, part) or {}
            yield from _box(
                one, part, {n: (v,) if isinstance(v, str) else tuple(v) for n, v in box.items()}, known
            )


def _places(written: WrittenNames) -> Iterator[Finding]:
    """`where` names a place that no value of a fact has: the rule would speak everywhere."""
    known = {code for fact in written.facts for value in fact.values for code in value.places}
    for one in written.located_rules:
        for code in one.item.where:
            if code not in known:
                values = {"fact": "where", "value": code, "expected": ", ".join(sorted(known))}
                yield Finding(
                    code="CEP102", values=values | near(code, known), place=one.place("where", value=code)
                )


def _questions(written: WrittenNames) -> Iterator[Finding]:
    """The order of questions names each fact once at most."""
    known = {f.name for f in written.facts}
    for entry in written.entries:
        asked = entry.item.questions if isinstance(entry.item, FactsFile) else ()
        for i, name in enumerate(asked):
            place = entry.where(("questions",), name)
            if name not in known:
                yield Finding(code="CEP101", values={"fact": name} | near(name, known), place=place)
            if name in asked[:i]:
                yield Finding(code="CEP107", values={"id": name}, place=place)


def _column_boxes(written: WrittenNames) -> Iterator[Finding]:
    """What titles and cells of files are said to mean: facts, values, years, columns and needs that there are."""
    known = {f.name for f in written.facts}
    needs = {need.code for need in written.needs}
    for entry in written.entries:
        if not isinstance(entry.item, ColumnsFile):
            continue
        said: list[Located] = []
        for i, column in enumerate(entry.item.columns):
            said.append(Located(column, entry.where, ("columns", i)))
            said += [
                Located(v, entry.where, ("columns", i, "values", j)) for j, v in enumerate(column.values)
            ]
            said += [
                Located(v, entry.where, ("columns", i, "details", j)) for j, v in enumerate(column.details)
            ]
        said += [Located(flag, entry.where, ("flags", i)) for i, flag in enumerate(entry.item.flags)]
        yield from _boxes(said, written.facts, "sets")
        yield from _column_references(
            entry.item, entry.where, {*known, *(c.id for c in entry.item.columns)}, needs
        )


def _column_references(file: ColumnsFile, where: Where, ids: set[str], needs: set[str]) -> Iterator[Finding]:
    """Columns and needs that columns name: they must be there."""
    named: list[tuple[Path, str, tuple[str, ...]]] = []
    named += [(("columns", i, "reads"), c.id, c.reads) for i, c in enumerate(file.columns)]
    named += [(("ambiguous", i, "columns"), a.header, a.columns) for i, a in enumerate(file.ambiguous)]
    named += [(("flags", i, "column"), f.headers[0], (f.column,)) for i, f in enumerate(file.flags)]
    for path, title, columns in named:
        for target in columns:
            if target not in ids:
                values = {"column": title, "target": target} | near(target, ids)
                yield Finding(code="CEP485", values=values, place=where(path, target))
    said: list[tuple[Path, tuple[str, ...]]] = []
    said += [(("columns", i, "need"), (c.need,) if c.need else ()) for i, c in enumerate(file.columns)]
    said += [
        (("columns", i, "values", j, "needs"), value.needs)
        for i, column in enumerate(file.columns) for j, value in enumerate(column.values)
    ]  # fmt: skip
    for path, codes in said:
        for code in codes:
            if code not in needs:
                yield Finding(
                    code="CEP487", values={"need": code} | near(code, needs), place=where(path, code)
                )


def _box(
    one: Located, part: str, box: dict[str, tuple[str, ...]], facts: dict[str, WrittenFact]
) -> Iterator[Finding]:
    """Unknown facts, unknown values, years that are none, an empty list."""
    for name, values in box.items():
        fact = facts.get(name)
        if fact is None:
            yield Finding(
                code="CEP101", values={"fact": name} | near(name, facts), place=one.place(part, name)
            )
            continue
        if not values:
            yield Finding(code="CEP114", values={"fact": name}, place=one.place(part, name))
        codes = [v.code for v in fact.values]
        for value in values:
            good = is_years(value) if fact.kind == "years" else value in codes
            if not good:
                values_ = {"fact": name, "value": value, "expected": ", ".join(codes) or "0..120"}
                yield Finding(
                    code="CEP102",
                    values=values_ | near(value, codes),
                    place=one.place(part, name, value=value),
                )


def is_years(value: str) -> bool:
    low, dots, high = value.partition("..")
    if not (low.isascii() and low.isdigit() and len(low) <= 3):
        return False
    if not dots:
        return int(low) <= 120
    return high.isascii() and high.isdigit() and len(high) <= 3 and int(low) <= int(high) <= 120


def _references(written: WrittenNames, answers: set[str]) -> Iterator[Finding]:
    """Rules, operators, bodies and sources that are named but not there."""
    rules = {r.id for r in written.rules}
    bodies = {b.code for b in written.bodies}
    sources = {s.id for s in written.sources if s.id}
    kinds = (
        ("before", rules, "CEP103"),
        ("joint", rules, "CEP103"),
        ("bars", answers, "CEP104"),
        ("unsettles", answers, "CEP104"),
        ("see", bodies, "CEP105"),
        ("opens", answers, "CEP104"),
    )
    for one in written.located_rules:
        for key, known, code in kinds:
            words = getattr(one.item, key) or ()
            for word in (words,) if isinstance(words, str) else words:
                if word not in known:
                    yield Finding(
                        code=code, values={"id": word} | near(word, known), place=one.place(key, value=word)
                    )
        yield from _known_sources(one, sources)
    for one in (*written.located_bodies, *written.located_levels):
        yield from _known_sources(one, sources)
    for one in written.located_operators:
        for i, channel in enumerate(one.item.channels):
            yield from _known_sources(Located(channel, one.where, (*one.path, "channels", i)), sources)


def _known_sources(one: Located, known: set[str]) -> Iterator[Finding]:
    for word in one.item.sources:
        if isinstance(word, str) and word not in known:
            place = one.place("sources", value=word)
            yield Finding(code="CEP106", values={"id": word} | near(word, known), place=place)


def _dates(rules: Iterable[Located]) -> Iterator[Finding]:
    for one in rules:
        rule = one.item
        if rule.since and rule.until and rule.until < rule.since:
            values = {"since": rule.since.isoformat(), "until": rule.until.isoformat()}
            yield Finding(code="CEP108", values=values, place=one.place("until"))


def _span(rule: WrittenRule) -> tuple[str, str]:
    since = rule.since.isoformat() if rule.since else BEGINNING
    return since, rule.until.isoformat() if rule.until else FOREVER


def _versions(rules: Iterable[Located]) -> Iterator[Finding]:
    """Two versions of one rule in force on the same day."""
    seen: dict[str, list[Located]] = {}
    for one in rules:
        since, until = _span(one.item)
        for other in seen.get(one.item.id, []):
            other_since, other_until = _span(other.item)
            if since <= other_until and other_since <= until:
                values = {"id": one.item.id, "day": max(since, other_since)}
                yield Finding(
                    code="CEP109", values=values, place=one.place("id"), more_places=(other.place("id"),)
                )
        seen.setdefault(one.item.id, []).append(one)


def _cycle(rules: tuple[Located, ...]) -> Iterator[Finding]:
    """A ring of rules each of which goes before the next."""
    after: dict[str, set[str]] = {}
    for one in rules:
        after.setdefault(one.item.id, set()).update(one.item.before)
    ring = ring_of(after)
    if ring:
        places = {one.item.id: one.place("before") for one in rules if one.item.before}
        first, *others = [places[i] for i in ring if i in places]
        yield Finding(
            code="CEP110",
            values={"ring": " → ".join([*ring, ring[0]])},
            place=first,
            more_places=tuple(others),
        )


def ring_of(after: Mapping[str, Iterable[str]]) -> list[str]:
    """A shortest cycle of the relation, the first by name; or nothing."""
    best: list[str] = []
    for start in sorted(after):
        ways = {start: [start]}
        queue = [start]
        for node in queue:  # breadth first: it grows while it is walked
            for step in sorted(after.get(node, ())):
                if step == start and (not best or len(ways[node]) < len(best)):
                    best = ways[node]
                elif step not in ways:
                    ways[step] = [*ways[node], step]
                    queue.append(step)
    return best


def _idle_words(rules: Iterable[Located]) -> Iterator[Finding]:
    """A note decides nothing: an order or a bar in it is a mistake."""
    for one in rules:
        if one.item.opens is None:
            for key in ("before", "joint", "bars"):
                if getattr(one.item, key):
                    yield Finding(code="CEP113", values={"id": one.item.id, "key": key}, place=one.place(key))


def _unnamed_sources(written: WrittenNames) -> Iterator[Finding]:
    for one in written.located_sources:
        if one.item.id is None:
            yield Finding(code="CEP111", values={"text": one.item.text[:60]}, place=one.place("text"))
