"""TOML texts to written models, written models to compiled ones, faults to findings with their lines. Only reached on a cache miss."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import tomli
from msgspec import Struct, convert
from pydantic import BaseModel, ValidationError

from cep_route import checks, places
from cep_route.engine.compile import constraint, with_rules
from cep_route.files import BYTES_AT_MOST
from cep_route.files.positions import line_of, locate
from cep_route.files.spellings import compile_spellings
from cep_route.model import columns as columns_model
from cep_route.model import handout as handout_model
from cep_route.model import population as population_model
from cep_route.model import territory_file
from cep_route.model import written as rules_model
from cep_route.model.answer import Finding, Place
from cep_route.model.law import (
    Body,
    Channel,
    DatedName,
    Fact,
    Law,
    Level,
    Need,
    Operator,
    Presumption,
    Public,
    RuleCard,
    Source,
)
from cep_route.model.territory import Territory
from cep_route.spelling import Spellings
from cep_route.text import nearest

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Struct)
DOTS_AT_MOST = 100  # a key of more parts is an attack: parsing it takes memory by the square


class Document(NamedTuple):
    """A parsed file: its path, its text, and what it holds."""

    path: str
    text: str
    data: dict[str, Any]

    def place(self, path: tuple[str | int, ...], value: Any = None) -> Place:
        line, column = locate(self.text, path, value)
        return Place(file=self.path, line=line, column=column, text=line_of(self.text, line))


def parse(path: str, data: bytes) -> Document | Finding:
    """A TOML text, or the one fault that keeps it from being one."""
    here = Place(file=path)
    if len(data) > BYTES_AT_MOST:
        return Finding(code="CEP002", values={"most": str(BYTES_AT_MOST // 1_000_000)}, place=here)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return Finding(
            code="CEP011",
            values={"byte": f"{data[error.start]:02X}"},
            place=Place(file=path, line=line, column=column),
        )
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.split("=", 1)[0].count(".") > DOTS_AT_MOST and not line_text.lstrip().startswith("#"):
            return Finding(
                code="CEP003",
                values={"most": str(DOTS_AT_MOST)},
                place=Place(file=path, line=number, column=1),
            )
    try:
        return Document(path, text, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        lines = text.split("\n")
        number = min(error.lineno, len(lines))
        place = Place(file=path, line=number, column=error.colno, text=lines[number - 1])
        return Finding(code="CEP001", values={"why": error.msg}, place=place)
    except (RecursionError, ValueError):
        return Finding(code="CEP012", place=here)


def validate(model: type[M], document: Document) -> tuple[M | None, list[Finding]]:
    """The written model, or every fault of shape at its place."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        found: dict[str, Finding] = {}
        for fault in error.errors(include_url=False, include_context=True):
            finding = _shape_finding(fault, document, model)
            place = finding.place or Place(file=document.path)
            # the branches of a union say the same of one value; two missing keys share the place of their table
            same = "" if finding.code == "CEP006" else f"{finding.code} {finding.values['key']}"
            found.setdefault(f"{place} {same}", finding)
        return None, list(found.values())


def read_as(model: type[M], path: str, data: bytes | Finding) -> tuple[M | None, Document, list[Finding]]:
    """What a file says, its text to find places in, and every fault that keeps it from being read; `data`: its bytes, or why not."""
    document = data if isinstance(data, Finding) else parse(path, data)
    if isinstance(document, Finding):
        return None, Document(path, "", {}), [document]
    found, findings = validate(model, document)
    return found, document, findings


# pydantic's kinds of fault, and the sentence each deserves
_SHAPES = {
    "missing": "CEP004",
    "extra_forbidden": "CEP005",
    "literal_error": "CEP007",
    "string_pattern_mismatch": "CEP008",
    "date_parsing": "CEP008",
    "date_from_datetime_parsing": "CEP008",
    "too_short": "CEP009",
    "string_too_short": "CEP009",
    "string_too_long": "CEP010",
    "greater_than_equal": "CEP017",
    "less_than_equal": "CEP017",
}


def _shape_finding(fault: Any, document: Document, model: type[BaseModel]) -> Finding:
    """One pydantic fault in the words of the file: the key, what it holds, what was expected, the nearest good word."""
    kind = fault["type"]
    path = _real_path(fault["loc"], document.data, keep_last=kind == "missing")
    code = _SHAPES.get(kind, "CEP006")
    key = str(next((part for part in reversed(path) if isinstance(part, str)), ""))
    context = fault.get("ctx", {})
    values = {"key": key}
    near = ""
    if code == "CEP005":
        near = nearest(key, _keys_at(model, path))
    elif code == "CEP007":
        expected = re.findall(r"[^' ,]+", re.sub(r"\bor\b", "", str(context.get("expected", ""))))
        shown = _shown(fault["input"])
        if shown in expected:  # "1" for 1: the word is right, its kind is not
            wanted, found = ("number", "text") if isinstance(fault["input"], str) else ("text", "number")
            code, values = "CEP006", {**values, "expected": wanted, "found": found}
        else:
            values |= {"value": shown, "expected": ", ".join(expected)}
            near = nearest(shown, expected)
    elif code == "CEP008":
        values |= {"value": _shown(fault["input"])}
    elif code == "CEP017":
        bounds = [f"{sign} {context[word]}" for word, sign in (("ge", "≥"), ("le", "≤")) if word in context]
        values |= {"value": _shown(fault["input"]), "bound": " ".join(bounds)}
    elif code == "CEP010":
        values |= {"most": str(context.get("max_length", ""))}
    elif code == "CEP006":
        values |= {"expected": _expected(kind), "found": _kind_of(fault["input"])}
    if near:
        values["near"] = near
    written_value = fault["input"] if code in ("CEP006", "CEP007", "CEP008", "CEP017") else None
    return Finding(code=code, values=values, place=document.place(path, written_value))


def _real_path(loc: Iterable[Any], data: Any, *, keep_last: bool) -> tuple[str | int, ...]:
    """pydantic's path less the steps that are its own (the branch of a union)."""
    steps = tuple(loc)
    path: tuple[str | int, ...] = ()
    for position, step in enumerate(steps):
        inside = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if inside:
            data = data[step]
            path += (step,)
        elif keep_last and position == len(steps) - 1:
            path += (step,)
    return path


def _shown(value: Any) -> str:
    """A value as a file writes it, cut short; a number of thousands of digits is not worth a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return "[…]" if isinstance(value, list) else "{…}"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "…"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)[:60]


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> set[str]:
    """The keys the table takes in which the last key of the path stands."""
    for step in path[:-1]:
        if isinstance(step, str):
            fields = {f.alias or name: f for name, f in model.model_fields.items()}
            inner = rules_model.model_in(fields[step].annotation) if step in fields else None
            if inner is None:
                return set()
            model = inner
    return {f.alias or name for name, f in model.model_fields.items()}


def _expected(kind: str) -> str:
    """A word of `messages` for the type pydantic wanted: text, number, yes_no, date, list, table."""
    for start, word in (
        ("string", "text"), ("int", "number"), ("float", "decimal"), ("bool", "yes_no"), ("date", "date"),
        ("tuple", "list"), ("list", "list"), ("model", "table"), ("dict", "table"),
    ):  # fmt: skip
        if kind.startswith(start):
            return word
    return "other"


def _kind_of(value: Any) -> str:
    for types, word in (
        (bool, "yes_no"), (str, "text"), (int, "number"), (float, "decimal"), (dict, "table"), (list, "list"),
    ):  # fmt: skip
        if isinstance(value, types):
            return word
    return "date" if hasattr(value, "isoformat") else "other"


# -- rules ----------------------------------------------------------------------------------------------------------------

_FILES: dict[str, type[BaseModel]] = {
    "facts.toml": rules_model.FactsFile,
    "sources.toml": rules_model.SourcesFile,
    "operators.toml": rules_model.OperatorsFile,
    "needs.toml": rules_model.NeedsFile,
    "publics.toml": rules_model.PublicsFile,
    "columns.toml": columns_model.ColumnsFile,
    "cooperation.toml": rules_model.CooperationFile,
    "population.toml": population_model.PopulationFile,
}


def read_rules(contents: Iterable[tuple[str, bytes]]) -> tuple[checks.WrittenNames, list[Finding]]:
    """Every file of a folder of rules, whole, with the faults of shape of each."""
    findings: list[Finding] = []
    entries: list[checks.NamedEntry] = []
    for path, data in contents:
        model = _FILES.get(os.path.basename(path), rules_model.RulesFile)
        item, document, faults = read_as(model, path, data)
        findings += faults
        if item is not None:
            entries.append(checks.NamedEntry(item, document.place))
    return checks.WrittenNames(tuple(entries)), findings


def compile_rules(
    contents: Sequence[tuple[str, bytes]], digest: str
) -> tuple[dict[str, Law | Spellings], list[Finding]]:
    """The law, the configurations and the spellings, when nothing is wrong; else the findings alone."""
    written, findings = read_rules(contents)
    if not findings:
        findings = checks.names(written)
    if any(f.severity == "error" for f in findings):
        return {}, findings
    sources = {s.id: _of(Source, s) for s in written.sources if s.id}
    law = _law(
        written,
        digest,
        questions=tuple(written.questions),
        typed=_presumptions(written.typed),
        operators={o.code: _of(Operator, o) for o in written.operators},
        bodies={b.code: _of(Body, b) for b in written.bodies},
        sources=sources | _inline_sources(written.rules),
        needs={n.code: Need(code=n.code, family=n.family, label=n.said) for n in written.needs},
        levels=tuple(_of(Level, level) for level in written.levels),
        publics={
            p.code: Public(code=p.code, label=p.said, when=p.when, sufficient=p.sufficient)
            for p in written.publics
        },
    )
    laws: dict[str, Law | Spellings] = {"law": law}
    for cooperation in written.cooperations:
        laws["cooperation"] = _law(
            cooperation,
            digest,
            operators={r.opens: Operator(code=r.opens) for r in cooperation.rules if r.opens},
            sources=sources | _inline_sources(cooperation.rules),
        )
    columns = [e.item for e in written.entries if isinstance(e.item, columns_model.ColumnsFile)]
    if columns:
        laws["spellings"] = compile_spellings(written.facts, columns[0], written.needs)
    return laws, findings


def _law(written: checks.WrittenNames | rules_model.CooperationFile, digest: str, **more: Any) -> Law:
    """What decides, as the engine holds it, and `more` fields of a law."""
    facts = {f.name: _fact(f) for f in written.facts}
    law = Law(
        facts=facts,
        constraints=tuple(constraint(c.id, c.when, c.then, c.why.said, facts) for c in written.constraints),
        doubts=tuple(constraint(c.id, c.when, c.then, c.why.said, facts) for c in written.doubts),
        presumptions=_presumptions(written.presumptions),
        **more,
    )
    return with_rules(law, [_card(rule, facts) for rule in written.rules], digest)


def _presumptions(cards: Iterable[rules_model.WrittenPresumption]) -> tuple[Presumption, ...]:
    return tuple(
        Presumption(id=p.id, when=p.when, fact=fact, value=value, says=p.says.said, ask=p.ask)
        for p in cards
        for fact, value in p.then.items()
    )


def _of(kind: type[R], written: BaseModel, **more: Any) -> R:
    """What was written, as the program holds it: the fields of one name, those left out by their defaults; `more`: the others."""
    told = {
        name: _held(value) for name, value in written if value is not None and name in kind.__struct_fields__
    }
    return kind(**{**told, **more})


def _held(value: Any) -> Any:
    """Sentences as a table, days as text, cited sources by their names."""
    if isinstance(value, rules_model.WrittenSource):
        return value.id or value.text
    if isinstance(value, rules_model.WrittenName):
        return _of(DatedName, value, said=value.said)
    if isinstance(value, rules_model.Words):
        return value.said
    if isinstance(value, rules_model.WrittenChannel):
        return _of(Channel, value)
    if isinstance(value, date):
        return value.isoformat()
    return tuple(map(_held, value)) if isinstance(value, tuple) else value


def _fact(fact: rules_model.WrittenFact) -> Fact:
    own_law = any(v.own_law for v in fact.values)
    return _of(
        Fact,
        fact,
        values=tuple(v.code for v in fact.values),
        labels={v.code: v.said for v in fact.values},
        places={v.code: v.places for v in fact.values} if fact.from_commune else {},
        ordinary=tuple(v.code for v in fact.values if not v.own_law) if own_law else (),
    )


def _card(rule: rules_model.WrittenRule, facts: Mapping[str, Fact]) -> RuleCard:
    """A rule's `where` is a box on the fact that the commune tells; without it, a rule that opens something stays under ordinary law."""
    when = {name: tuple(values) for name, values in rule.when.items()}
    for name, fact in facts.items():
        values = tuple(v for v, codes in fact.places.items() if set(codes) & set(rule.where))
        if not rule.where and rule.opens and rule.when:  # a rule about everyone speaks everywhere
            values = fact.ordinary
        if values and name not in when:
            when[name] = values
    return _of(RuleCard, rule, opens=rule.opens, when=when)


def _inline_sources(rules: Iterable[rules_model.WrittenRule]) -> dict[str, Source]:
    return {
        s.id or s.text: _of(Source, s)
        for rule in rules
        for s in rule.sources
        if isinstance(s, rules_model.WrittenSource)
    }


def compile_handout(path: str, data: bytes, law: Law) -> tuple[Any, list[Finding]]:
    """What the sheet says beside the answer, as `files.HandoutSaid`; or every fault of shape and every name the law does not know."""
    model, document, findings = read_as(handout_model.HandoutFile, path, data)
    if model is None:
        return None, findings
    said = model.model_dump(mode="json", exclude={"schema_"}, exclude_none=True)
    return said, checks.handout_names(model, document.place, law)


# -- territories ----------------------------------------------------------------------------------------------------------


def _present(code: str) -> str | None:
    """The code of today of the commune that bore this one; None of a code of today or of no commune."""
    found = places.commune(code)
    return found.code if found is not None and found.code != code else None


def compile_territory(path: str, data: bytes, law: Law) -> tuple[Territory | None, list[Finding]]:
    """A territory, when its shape is right and its names are known."""
    model, document, findings = read_as(territory_file.TerritoryFile, path, data)
    data_told = model and model.model_dump(mode="json", by_alias=True, exclude_none=True)
    told = convert(data_told, Territory) if data_told else checks.believed(document.data)
    findings += checks.territory_names(told, document.place, law, places.known, places.covers, _present)
    findings.sort(key=Finding.order)
    return (None if any(f.severity == "error" for f in findings) else told), findings
