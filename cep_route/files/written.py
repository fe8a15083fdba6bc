"""What people wrote, compiled: the law, the configurations, the spellings, the sheet, a territory. Only reached where none is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct, convert
from pydantic import BaseModel

from cep_route import checks, places
from cep_route.engine.compile import constraint, with_rules
from cep_route.files import HandoutSaid, read_bytes, shipped
from cep_route.files.spellings import compile_spellings
from cep_route.files.toml import read_as
from cep_route.model import written as rules_model
from cep_route.model.answer import Finding
from cep_route.model.law import Fact, Law, Need, RuleCard, Source, nameless
from cep_route.model.tables import TerritoryFile
from cep_route.model.territory import Territory
from cep_route.spelling import Spellings

R = TypeVar("R", bound=Struct)


_FILES: dict[str, type[BaseModel]] = {
    "facts.toml": rules_model.FactsFile,
    "sources.toml": rules_model.SourcesFile,
    "operators.toml": rules_model.OperatorsFile,
    "needs.toml": rules_model.NeedsFile,
    "publics.toml": rules_model.PublicsFile,
    "columns.toml": rules_model.ColumnsFile,
    "cooperation.toml": rules_model.CooperationFile,
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
        typed=written.typed,
        operators={o.code: o for o in written.operators},
        bodies={b.code: b for b in written.bodies},
        sources=sources | _inline_sources(written.rules),
        needs={n.code: _of(Need, n, label=n.said) for n in written.needs},
        levels=written.levels,
        publics={p.code: p for p in written.publics},
    )
    laws: dict[str, Law | Spellings] = {"law": law}
    for cooperation in written.cooperations:
        laws["cooperation"] = _law(
            cooperation,
            digest,
            operators={r.opens: nameless(r.opens) for r in cooperation.rules if r.opens},
            sources=sources | _inline_sources(cooperation.rules),
        )
    files = (e.item for e in written.entries if isinstance(e.item, rules_model.ColumnsFile))
    nothing = dict.fromkeys(rules_model.ColumnsFile.model_fields, ())  # facts bear their own spellings
    columns = next(files, None) or rules_model.ColumnsFile.model_construct(**nothing)  # type: ignore[arg-type]
    laws["spellings"] = compile_spellings(written.facts, columns, written.needs)
    return laws, findings


def _law(written: checks.WrittenNames | rules_model.CooperationFile, digest: str, **more: Any) -> Law:
    """What decides, as the engine holds it, and `more` fields of a law."""
    facts = {f.name: _fact(f) for f in written.facts}
    law = Law(
        facts=facts,
        constraints=tuple(constraint(c, facts) for c in written.constraints),
        doubts=tuple(constraint(c, facts) for c in written.doubts),
        presumptions=written.presumptions,
        **more,
    )
    return with_rules(law, [_card(rule, facts) for rule in written.rules], digest)


def _of(kind: type[R], written: BaseModel, **more: Any) -> R:
    """What was written, as the program holds it: the fields of one name, those left out by their defaults; `more`: the others."""
    return convert({**written.model_dump(mode="json", exclude_none=True), **more}, kind)


def _fact(fact: rules_model.WrittenFact) -> Fact:
    own_law = any(v.own_law for v in fact.values)
    return _of(
        Fact,
        fact,
        values=[v.code for v in fact.values],
        labels={v.code: v.said for v in fact.values},
        places={v.code: v.places for v in fact.values} if fact.from_commune else {},
        ordinary=[v.code for v in fact.values if not v.own_law] if own_law else (),
    )


def _card(rule: rules_model.WrittenRule, facts: Mapping[str, Fact]) -> RuleCard:
    """A rule's `where` is a box on the fact that the commune tells; without it, a rule that opens something stays under ordinary law."""
    when = dict(rule.when)
    for name, fact in facts.items():
        values = tuple(v for v, codes in fact.places.items() if set(codes) & set(rule.where))
        if not rule.where and rule.opens and rule.when:  # a rule about everyone speaks everywhere
            values = fact.ordinary
        if values and name not in when:
            when[name] = values
    return _of(RuleCard, rule, when=when)


def _inline_sources(rules: Iterable[rules_model.WrittenRule]) -> dict[str, Source]:
    cited = [s for rule in rules for s in rule.sources if isinstance(s, rules_model.WrittenSource)]
    return {s.id or s.text: _of(Source, s) for s in cited}


def compile_handout(path: str, data: bytes, law: Law) -> tuple[HandoutSaid | None, list[Finding]]:
    """What the sheet says beside the answer, as `files.HandoutSaid`; or every fault of shape and every name the law does not know."""
    model, document, findings = read_as(rules_model.HandoutFile, path, data)
    if model is None:
        return None, findings
    said = model.model_dump(mode="json", exclude={"schema_"}, exclude_none=True)
    return convert(said, HandoutSaid), checks.handout_names(model, document.place, law)


# -- territories ----------------------------------------------------------------------------------------------------------


def _present(code: str) -> str | None:
    """The code of today of the commune that bore this one; None of a code of today or of no commune."""
    found = places.commune(code)
    return found.code if found is not None and found.code != code else None


def compile_territory(path: str, data: bytes, law: Law) -> tuple[Territory | None, list[Finding]]:
    """A territory, when its shape is right and its names are known."""
    model, document, findings = read_as(TerritoryFile, path, data)
    data_told = model and model.model_dump(mode="json", by_alias=True, exclude_none=True)
    told = convert(data_told, Territory) if data_told else checks.believed(document.data)
    findings += checks.territory_names(told, document.place, law, places.known, places.covers, _present)
    findings.sort(key=Finding.order)
    return (None if any(f.severity == "error" for f in findings) else told), findings


# -- the codes of open directories: read by imports and checks alone, so never kept -------------------------------------------


def load_directory(folder: str | None = None) -> tuple[rules_model.DirectoryFile | None, list[Finding]]:
    """`directory.toml` of a folder of rules (by default the shipped one), or every fault of its shape."""
    path = os.path.join(folder or shipped("rules"), "directory.toml")
    codes, _, findings = read_as(rules_model.DirectoryFile, path, read_bytes(path))
    return codes, findings


def judge_directory(path: str, data: bytes, law: Law, on: str, months: int | None) -> list[Finding]:
    """Every fault of the codes, of shape or of meaning, and sources older than `months` on the day."""
    codes, document, findings = read_as(rules_model.DirectoryFile, path, data)
    return findings if codes is None else checks.directory_names(codes, document.place, law, on, months)
