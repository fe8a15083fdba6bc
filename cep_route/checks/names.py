"""Faults of what people wrote that need no proof: unknown names, double ids, dates, rings of rules, sources. Decides nothing.

One walk meets every table of a file. `NAMED` says which of its keys name something, `OWN` which key is its own name. Then the age of
sources on a day that is given, and what the codes of open directories would mean twice or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from msgspec.structs import fields
from pydantic import BaseModel

from cep_route.directory.age import last_of, months_between
from cep_route.model import law
from cep_route.model import written as rules
from cep_route.model.answer import Finding, Place
from cep_route.model.law import BEGINNING, FOREVER, Law, day_before
from cep_route.model.tables import Words
from cep_route.text import near, normalise

Where = Callable[..., Place]
Table = BaseModel | law.HeldTable  # as written, or as the program holds it
Path = tuple[str | int, ...]

# What the keys of a table name. A box names facts and their values; the others are looked up among what there is.
NAMED: dict[type, dict[str, str]] = {
    rules.FactsFile: {"questions": "fact"},
    law.Constraint: {"when": "box", "then": "box"},
    law.Presumption: {"when": "box", "then": "box"},
    law.Public: {"when": "box"},
    rules.WrittenRule: {
        "when": "box",
        "where": "place",
        "before": "rule",
        "joint": "rule",
        "bars": "operator",
        "unsettles": "operator",
        "opens": "operator",
        "see": "body",
        "sources": "source",
    },
    law.Body: {"sources": "source"},
    law.Level: {"sources": "source"},
    law.Channel: {"sources": "source"},
    rules.Column: {"sets": "box", "reads": "column", "need": "column_need"},
    rules.ColumnValue: {"sets": "box", "needs": "column_need"},
    rules.Flag: {"sets": "box", "column": "column"},
    rules.Ambiguous: {"columns": "column"},
    rules.KeptBack: {"facts": "fact"},
    rules.Statement: {"when": "box", "answers": "operator", "sources": "source"},
    rules.HandoutQuestion: {"fact": "fact"},
    rules.Kind: {"operator": "network", "needs": "need"},
    rules.CategoryCircle: {"categories": "need"},
    rules.Feed: {"network": "kind"},
}
# The code of an unknown name, the word of the message for the name, and for the table that names it.
UNKNOWN = {
    "fact": ("CEP101", "fact", ""),
    "place": ("CEP102", "value", ""),
    "rule": ("CEP103", "id", ""),
    "operator": ("CEP104", "id", ""),
    "body": ("CEP105", "id", ""),
    "source": ("CEP106", "id", ""),
    "network": ("CEP205", "id", ""),
    "need": ("CEP207", "need", ""),
    "column": ("CEP485", "target", "column"),
    "column_need": ("CEP487", "need", ""),
    "kind": ("CEP733", "network", "feed"),
}
# The key that is a table's own name, unique among the tables of its kind (the versions of a rule may share theirs), and the code of a double.
OWN: dict[type, tuple[str, str]] = {
    rules.WrittenFact: ("name", "CEP107"),
    law.Constraint: ("id", "CEP107"),
    law.Presumption: ("id", "CEP107"),
    rules.WrittenSource: ("id", "CEP107"),
    law.Operator: ("code", "CEP107"),
    law.Body: ("code", "CEP107"),
    rules.WrittenNeed: ("code", "CEP107"),
    law.Public: ("code", "CEP107"),
    rules.Statement: ("id", "CEP107"),
    rules.HandoutQuestion: ("fact", "CEP107"),
    rules.Kind: ("network", "CEP203"),
}
Told = list[tuple[str, Path]]  # words, and the key at which each stands
Facts = Mapping[str, tuple[str, ...] | None]  # fact -> its values; None: years


class NamedEntry(NamedTuple):
    """One file of rules: what it holds, and the way from a path of keys to a place in it."""

    item: BaseModel
    where: Where


class Located(NamedTuple):
    """One table as written, where it stands, and what it is called (else what holds it)."""

    item: Any
    where: Where
    path: Path
    title: str = ""

    def place(self, *keys: str | int, value: Any = None) -> Place:
        return self.where((*self.path, *keys), value)


def tables(item: Table, where: Where, path: Path = (), title: str = "") -> Iterator[Located]:
    """Every table of a file but its words."""
    called = (getattr(item, key, None) for key in ("id", "code", "header"))
    title = next((name for name in called if name), title)
    if isinstance(item, law.Level):
        title = f"level {item.number}"
    elif isinstance(item, rules.Flag):
        title = item.headers[0]
    yield Located(item, where, path, title)
    for key in _holding(type(item)):
        value = getattr(item, key)
        if isinstance(value, Table):
            yield from tables(value, where, (*path, key), title)
        for i, part in enumerate(value) if isinstance(value, tuple) else ():
            if isinstance(part, Table):
                yield from tables(part, where, (*path, key, i), title)
        for name, part in value.items() if isinstance(value, dict) else ():
            yield from tables(part, where, (*path, key, name), name)


@cache
def _holding(kind: type[BaseModel | law.HeldTable]) -> list[str]:
    """The keys of a table that hold tables."""
    if issubclass(kind, BaseModel):
        return [key for key, field in kind.model_fields.items() if _holds_tables(field.annotation)]
    return [field.name for field in fields(kind) if _holds_tables(field.type)]


def _holds_tables(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation is not Words
    return any(map(_holds_tables, get_args(annotation)))


class WrittenNames:
    """A whole folder of rules, as people wrote it."""

    def __init__(self, entries: tuple[NamedEntry, ...]) -> None:
        self.entries = entries
        self.cooperations = [e.item for e in entries if isinstance(e.item, rules.CooperationFile)]
        self.located, self.located_configurations = list[Located](), list[Located]()
        for e in entries:
            apart = isinstance(e.item, rules.CooperationFile)
            (self.located_configurations if apart else self.located).extend(tables(e.item, e.where))
        self.located_rules = self._located(rules.RulesFile, "rules")
        self.located_constraints = self._located(rules.FactsFile, "constraints")
        self.located_sources = self._located(rules.SourcesFile, "sources")
        self.facts: tuple[rules.WrittenFact, ...] = self._items(rules.FactsFile, "facts")
        self.questions: tuple[str, ...] = self._items(rules.FactsFile, "questions")
        self.constraints: tuple[law.Constraint, ...] = self._items(rules.FactsFile, "constraints")
        self.doubts: tuple[law.Constraint, ...] = self._items(rules.FactsFile, "doubts")
        self.presumptions: tuple[law.Presumption, ...] = self._items(rules.FactsFile, "presumptions")
        self.typed: tuple[law.Presumption, ...] = self._items(rules.FactsFile, "typed")
        self.rules: tuple[rules.WrittenRule, ...] = self._items(rules.RulesFile, "rules")
        self.sources: tuple[rules.WrittenSource, ...] = self._items(rules.SourcesFile, "sources")
        self.operators: tuple[law.Operator, ...] = self._items(rules.OperatorsFile, "operators")
        self.bodies: tuple[law.Body, ...] = self._items(rules.OperatorsFile, "bodies")
        self.levels: tuple[law.Level, ...] = self._items(rules.OperatorsFile, "levels")
        self.needs: tuple[rules.WrittenNeed, ...] = self._items(rules.NeedsFile, "needs")
        self.publics: tuple[law.Public, ...] = self._items(rules.PublicsFile, "publics")

    def _located(self, kind: type[BaseModel], part: str) -> list[Located]:
        return [
            Located(item, e.where, (part, i))
            for e in self.entries
            if isinstance(e.item, kind)
            for i, item in enumerate(getattr(e.item, part))
        ]

    def _items(self, kind: type[BaseModel], part: str) -> Any:
        return tuple(one.item for one in self._located(kind, part))


def names(written: WrittenNames) -> list[Finding]:
    """Every fault of the rules that shows without proof, sorted by place."""
    facts = _values(written.facts)
    known: dict[str, Collection[str]] = {
        "fact": facts,
        "place": {code for fact in written.facts for value in fact.values for code in value.places},
        "rule": {r.id for r in written.rules},
        "operator": {o.code for o in written.operators},
        "body": {b.code for b in written.bodies},
        "source": {s.id for s in written.sources if s.id},
        "column": {*facts, *(one.item.id for one in written.located if isinstance(one.item, rules.Column))},
        "column_need": {need.code for need in written.needs},
    }
    theirs = _values(fact for file in written.cooperations for fact in file.facts)
    configurations = [
        one for one in written.located_configurations if isinstance(one.item, rules.WrittenRule)
    ]
    found = [
        *faults(written.located, facts, known),
        *faults(configurations, theirs, {}),
        *_rule_faults(written.located_rules),
        *_rule_faults(configurations),
        *(
            Finding(code="CEP111", values={"text": one.item.text[:60]}, place=one.place("text"))
            for one in written.located_sources
            if one.item.id is None
        ),
    ]
    return sorted(found, key=Finding.order)


def handout_names(written: rules.HandoutFile, where: Where, law: Law) -> list[Finding]:
    """Every name in `handout.toml` that the law does not know, and every double, sorted by place."""
    facts = {name: None if fact.kind == "years" else fact.values for name, fact in law.facts.items()}
    known: dict[str, Collection[str]] = {"fact": facts, "operator": law.operators, "source": law.sources}
    return sorted(faults(tables(written, where), facts, known), key=Finding.order)


def _values(facts: Iterable[rules.WrittenFact]) -> Facts:
    return {f.name: None if f.kind == "years" else tuple(v.code for v in f.values) for f in facts}


def faults(
    located: Iterable[Located], facts: Facts, known: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Unknown names and doubles of some tables; `known`: what there is of each kind, a kind that is not there is not judged."""
    first: dict[tuple[type, Path, str], Place] = {}
    for one in located:
        for key, kind in NAMED.get(type(one.item), {}).items():
            said = getattr(one.item, key)
            if kind == "box":
                yield from _box(one, key, said or {}, facts)
            elif kind in known and said:
                words = [w for w in ((said,) if isinstance(said, str) else said) if isinstance(w, str)]
                yield from _unknown(one, key, kind, words, known[kind])
        for key, name, code in _own_names(one):
            here = one.place(key, value=name)
            there = first.setdefault((type(one.item), one.path[:-2], name), here)
            if there is not here:
                others = (there,) if there != here else ()
                yield Finding(code=code, values={"id": name}, place=here, more_places=others)


def _own_names(one: Located) -> Iterator[tuple[str, str, str]]:
    """The names that may stand once: (key, name, code of a double)."""
    key, code = OWN.get(type(one.item), ("", ""))
    if key and (name := getattr(one.item, key)):
        yield key, name, code
    if isinstance(one.item, rules.FactsFile):
        yield from (("questions", name, "CEP107") for name in one.item.questions)


def _unknown(
    one: Located, key: str, kind: str, words: Iterable[str], known: Collection[str]
) -> Iterator[Finding]:
    for word in words:
        if word not in known:
            code, called, title = UNKNOWN[kind]
            values = ({title: one.title} if title else {}) | {called: word} | near(word, known)
            if kind == "place":
                values |= {"fact": key, "expected": ", ".join(sorted(known))}
            yield Finding(code=code, values=values, place=one.place(key, value=word))


def _box(one: Located, key: str, box: Mapping[str, str | tuple[str, ...]], facts: Facts) -> Iterator[Finding]:
    """Unknown facts, unknown values, years that are none, an empty list."""
    for name, said in box.items():
        values = (said,) if isinstance(said, str) else said
        if name not in facts:
            yield Finding(
                code="CEP101", values={"fact": name} | near(name, facts), place=one.place(key, name)
            )
        elif not values:
            yield Finding(code="CEP114", values={"fact": name}, place=one.place(key, name))
        for value in values if name in facts else ():
            codes = facts[name]
            if not (is_years(value) if codes is None else value in codes):
                told = {"fact": name, "value": value, "expected": ", ".join(codes or ()) or "0..120"}
                place = one.place(key, name, value=value)
                yield Finding(code="CEP102", values=told | near(value, codes or ()), place=place)


def is_years(value: str) -> bool:
    low, dots, high = value.partition("..")
    if not (low.isascii() and low.isdigit() and len(low) <= 3):
        return False
    if not dots:
        return int(low) <= 120
    return high.isascii() and high.isdigit() and len(high) <= 3 and int(low) <= int(high) <= 120


def _rule_faults(located: Iterable[Located]) -> Iterator[Finding]:
    """Dates the wrong way round, two versions of one rule on the same day, orders and bars in a note, rules in a ring by `before`."""
    versions: dict[str, list[Located]] = {}
    after: dict[str, set[str]] = {}
    for one in located:
        rule = one.item
        since, until = _span(rule)
        if until < since:
            yield Finding(code="CEP108", values={"since": since, "until": until}, place=one.place("until"))
        for other in versions.setdefault(rule.id, []):
            other_since, other_until = _span(other.item)
            if since <= other_until and other_since <= until:
                values = {"id": rule.id, "day": max(since, other_since)}
                there = (other.place("id"),)
                yield Finding(code="CEP109", values=values, place=one.place("id"), more_places=there)
        versions[rule.id].append(one)
        for key in ("before", "joint", "bars") if rule.opens is None else ():  # a note decides nothing
            if getattr(rule, key):
                yield Finding(code="CEP113", values={"id": rule.id, "key": key}, place=one.place(key))
        after.setdefault(rule.id, set()).update(rule.before)
    if ring := ring_of(after):
        places = {
            rule_id: one.place("before")
            for rule_id, ones in versions.items()
            for one in ones
            if one.item.before
        }
        first, *others = [places[i] for i in ring if i in places]
        values = {"ring": " → ".join([*ring, ring[0]])}
        yield Finding(code="CEP110", values=values, place=first, more_places=tuple(others))


def _span(rule: rules.WrittenRule) -> tuple[str, str]:
    since = rule.since.isoformat() if rule.since else BEGINNING
    return since, rule.until.isoformat() if rule.until else FOREVER


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


# -- the age and use of sources ---------------------------------------------------------------------------------------------


def sources(written: WrittenNames, on: str, months: int | None = None) -> list[Finding]:
    """Sources older than `months` on the day (CEP301), read after it (CEP302), or cited by nothing (CEP303).

    The age counts from the day of reading; the text's own date counts too, as a warning, where it was not read whole or where a newer
    version is known (CEP304).
    """
    users = _users(written)
    found: list[Finding] = []
    for one in written.located_sources:
        found += stale(one, on, months, users.get(one.item.id or one.item.text, ()))
        if one.item.id and one.item.id not in users:
            values = {"id": one.item.id}
            found.append(Finding(code="CEP303", values=values, place=one.place("id"), severity="warning"))
    for one in written.located:
        if isinstance(one.item, rules.WrittenSource) and one.path[0] == "rules":  # written in a rule itself
            found += stale(one, on, months, [one.title])
    return sorted(found, key=Finding.order)


def stale(one: Located, on: str, months: int | None, users: Sequence[str] = ()) -> Iterator[Finding]:
    """What is old of a source that some rules, operators and bodies cite; without `months`, only what was read after the day."""
    source: rules.WrittenSource = one.item
    read_on = source.read_on.isoformat()
    told = {"id": source.id or source.text[:60]}
    if read_on > on:
        values = told | {"read_on": read_on, "on": on}
        yield Finding(code="CEP302", values=values, place=one.place("read_on"), severity="warning")
    if months is None:
        return
    told["months"] = str(months)
    if _older(read_on, on, months):
        shown = " ".join(users[:8]) + (" …" if len(users) > 8 else "")
        values = told | {"read_on": read_on, "rules": shown or "-"}
        yield Finding(code="CEP301", values=values, place=one.place("read_on"))
    elif source.newer or source.read in ("part", "quoted"):  # a version still in force has no age
        last = (source.of or "").rpartition("..")[2]
        if last and _older(last_of(last), on, months):
            values = told | {"of": source.of or ""}
            yield Finding(code="CEP304", values=values, place=one.place("of"), severity="warning")


def _older(day: str, on: str, months: int) -> bool:
    return months_between(day, day_before(on)) >= months


def _users(written: WrittenNames) -> dict[str, list[str]]:
    """Source -> the rules, operators, bodies and levels that cite it, each once."""
    users: dict[str, dict[str, None]] = {}
    kinds = (rules.WrittenRule, law.Body, law.Level, law.Channel)
    citing = [one for kind in kinds for one in written.located if isinstance(one.item, kind)]
    citing += [one for one in written.located_configurations if isinstance(one.item, rules.WrittenRule)]
    for one in citing:
        for word in one.item.sources:
            users.setdefault(word if isinstance(word, str) else word.text, {})[one.title] = None
    return {source: list(mine) for source, mine in users.items()}


# -- the codes of open directories ------------------------------------------------------------------------------------------


def directory_names(
    data: rules.DirectoryFile, where: Where, known_law: Law, on: str, months: int | None = None
) -> list[Finding]:
    """Every fault, sorted by place. `months`: how old a source may be on the day `on`; None asks for no freshness."""
    located = list(tables(data, where))
    known = {
        "network": {code for code, o in known_law.operators.items() if not o.outside},
        "need": known_law.needs,
        "kind": {kind.network for kind in data.kinds},
    }
    found = [*faults(located, {}, known), *_kinds_and_circles(data, where, known_law)]
    for told in _told(data):
        found += _claims(told, where)
    for one in located:
        found += stale(one, on, months) if isinstance(one.item, rules.WrittenSource) else ()
    return sorted(found, key=Finding.order)


def _kinds_and_circles(data: rules.DirectoryFile, where: Where, known_law: Law) -> Iterator[Finding]:
    """A kind is an operator of the rules or a partner of a circle; a partner of which only the needs are known falls in some circle."""
    for i, kind in enumerate(data.kinds):
        if bool(kind.operator) == bool(kind.circle):
            place = where(("kinds", i, "network"), kind.network)
            yield Finding(code="CEP730", values={"network": kind.network}, place=place)
    told = {category for circle in data.circles for category in circle.categories}
    for category in known_law.needs:
        if "--" not in category and category not in told:
            values = {"need": category, "circle": data.default_circle}
            yield Finding(code="CEP732", values=values, place=where(("circles",)), severity="warning")


def _told(data: rules.DirectoryFile) -> Iterator[Told]:
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
