"""`cep-route schema`: JSON Schema of what people write and of what we answer, for editors and scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from cep_route.cli.console import Result, asked_law, one_of
from cep_route.cli.options import Force, Lang, Out, argument
from cep_route.directory.partners import RELAXED
from cep_route.engine.profile import MODES
from cep_route.messages import table
from cep_route.model.law import Law

SCHEMAS = ("profile", "territory", "rules", "route", "calendar", "request", "refusal")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(
    what: Annotated[str, argument("WHAT")], out: Out = None, force: Force = False, lang: Lang = "fr"
) -> Result:
    """JSON Schema of a profile, a territory, the rules or an answer."""
    law = asked_law()
    text = json.dumps(
        described_as(one_of(what, SCHEMAS, "schema", "schema"), law, lang), ensure_ascii=False, indent=2
    )
    return Result(answer=text + "\n", out=out, force=force)


def described_as(what: str, law: Law, lang: str) -> dict[str, Any]:
    """One of `SCHEMAS`."""
    makers = {
        "profile": _profile, "territory": _territory, "rules": _rules, "route": _route, "calendar": _calendar,
        "request": _request, "refusal": _refusal,
    }  # fmt: skip
    return {"$schema": _DIALECT, **makers[what](law, lang)}


def _territory(law: Law, lang: str) -> dict[str, Any]:
    del law
    from cep_route.model.territory_file import TerritoryFile

    return _described(TerritoryFile.model_json_schema(by_alias=True), lang)


def _rules(law: Law, lang: str) -> dict[str, Any]:
    del law, lang
    from cep_route.model.written import RulesFile

    return RulesFile.model_json_schema(by_alias=True)


def _profile(law: Law, lang: str) -> dict[str, Any]:
    """The facts of the rules as an object; a fact left out is not known."""
    properties: dict[str, Any] = {}
    for name, fact in law.facts.items():
        years = {"type": "integer", "minimum": 0, "maximum": 120}
        kind = years if fact.kind == "years" else {"enum": list(fact.values)}
        properties[name] = {**kind, "title": fact.label[lang], "description": fact.question[lang]}
    needs = {"type": "array", "items": {"type": "string"}}
    properties |= {
        "birth_date": {"type": "string", "format": "date"},
        "commune": {"type": "string"},
        "commune_name": {"type": ["string", "null"]},
    }
    properties |= {"needs": needs, "blocking": needs, "mode": {"enum": list(MODES)}}
    return {"title": "profile", "type": "object", "properties": properties, "additionalProperties": False}


def _route(law: Law, lang: str) -> dict[str, Any]:
    """The answer of `route --format json`, version 1."""
    operators = {"enum": list(law.operators)}
    texts = {"type": "array", "items": {"type": "string"}}
    codes = {"type": "array", "items": operators}
    text, maybe_text, flag = {"type": "string"}, {"type": ["string", "null"]}, {"type": "boolean"}
    facts = {"type": "object", "additionalProperties": text}
    maybe_texts = {"type": ["array", "null"], "items": text}
    opening = {
        "at": text, "now": {"type": ["boolean", "null"]}, "until": maybe_text, "next": maybe_text, "note": maybe_text,
        "why": {"enum": [None, "holiday", "uncertain", "unreadable"]}, "live": {"type": "boolean"},
    }  # fmt: skip
    desk: dict[str, Any] = {
        "type": ["object", "null"],
        "properties": {"open": _object(opening) | {"type": ["object", "null"]}},
    }
    source = _object(
        {
            "text": text, "article": maybe_text, "url": maybe_text, "read_on": maybe_text, "of": maybe_text,
            "read": {"enum": [None, "whole", "part", "quoted", "not_found"]}, "newer": flag, "traceable": flag,
        }
    )  # fmt: skip
    body = _object({"see": text, "name": text, "what": text, "phone": maybe_text, "url": maybe_text})
    reason = {
        "rule": text, "role": {"enum": ["opens", "note"]}, "operator": maybe_text, "says": text, "facts": facts,
        "see": _list(body), "confidence": {"enum": ["sure", "likely", "unsure"]}, "protects": flag, "sources": _list(source),
    }  # fmt: skip
    scheme = {
        "id": text, "name": text, "first": flag, "needs": texts, "missing": texts, "phone": maybe_text, "desk": desk,
        "pilot": maybe_text, "follow_up": {"type": ["object", "null"]}, "conditions": maybe_text,
    }  # fmt: skip
    partner = {
        "need": text, "partner": text, "name": text, "kind": {"enum": ["partner", "scheme", "operator"]}, "why": texts,
        "unknown": texts, "relaxed": {"enum": [None, *RELAXED]}, "desk": desk, "service": maybe_text, "conditions": maybe_text,
        "reception": maybe_texts, "referral": maybe_texts, "referral_url": maybe_text,
    }  # fmt: skip
    first = {
        "operator": operators, "name": text, "desk": desk, "channel": {"enum": [None, "desk", "permanence", "remote", "national"]},
        "contact": {"type": ["object", "null"]}, "counsellor": {"type": ["object", "null"]},
    }  # fmt: skip
    until = _object({"day": maybe_text, "why": text, "then": codes}) | {"type": ["object", "null"]}
    seen = _object(
        {"see": text, "name": text, "what": text, "phone": maybe_text, "url": maybe_text, "desk": desk}
    )
    outside = _object(
        {"operator": operators, "see": maybe_text, "bodies": _list(seen), "why": text, "desk": desk}
    ) | {"type": ["object", "null"]}
    together = {
        "configuration": texts, "facts": facts, "evidence": texts, "missing": texts, "declared": maybe_text,
        "fallback_contact": {"type": ["object", "null"]},
    }  # fmt: skip
    properties: dict[str, Any] = {
        "schema": {"const": 1}, "on": {"type": "string", "format": "date"}, "territory": text, "decided": flag,
        "profile": _profile(law, lang), "first": _list(_object(first)),
        "eligible": _list(_object({"operator": operators, "rules": texts, "desk": desk})),
        "maybe": _list(_object({"operator": operators, "missing": texts, "when": {"type": "object", "additionalProperties": texts}})),
        "presumed": _list(_object({"fact": text, "value": text, "says": text})), "outside": outside, "reasons": _list(_object(reason)),
        "not": _list(_object({"operator": operators, "because": _list(_object({"fact": text, "is": text, "wants": text})), "law": maybe_text})),
        "changes": _list(_object({"if": facts, "can_change": flag, "then": codes})), "until": until, "possible": codes,
        "missing": _list(_object({"fact": text, "question": text, "changes": {"enum": ["first", "eligible", "see"]}, "splits": {"type": "object"}})),
        "desks": {"type": "object"}, "schemes": _list(_object(scheme)), "partners": _list(_object(partner)), "unmet": texts,
        "funding": {"type": "array"}, "events": {"type": "array"}, "cooperation": _object(together), "warnings": _list(_object(_FINDING)),
    }  # fmt: skip
    return {"title": "route", **_object(properties)}


def _calendar(law: Law, lang: str) -> dict[str, Any]:
    """The answer of `route --format json` for a year of several situations."""
    codes = _list({"enum": list(law.operators)})
    stretch = {
        "from": {"type": "string", "format": "date"}, "months": _list({"type": "integer", "minimum": 1, "maximum": 12}),
        "hand_over": _object({"from": codes, "to": codes}) | {"type": ["object", "null"]}, "route": _route(law, lang),
    }  # fmt: skip
    return {"title": "calendar", **_object({"schema": {"const": 1}, "stretches": _list(_object(stretch))})}


def _request(law: Law, lang: str) -> dict[str, Any]:
    """What `serve` takes: one person, on one line or in one POST."""
    short = {"type": ["string", "null"], "maxLength": 200}
    facts: dict[str, Any] = {}
    for name, fact in law.facts.items():
        years = [{"type": "integer", "minimum": 0, "maximum": 120}]
        codes = years if fact.kind == "years" else [{"enum": list(fact.values)}]
        words = {"type": ["string", "null"], "maxLength": 200}
        facts[name] = {
            "anyOf": [*codes, words],
            "title": fact.label[lang],
            "description": fact.question[lang],
        }
    told = {"type": ["object", "null"], "properties": facts, "additionalProperties": False}
    needs = {"type": ["array", "null"], "items": {"type": "string", "maxLength": 200}, "maxItems": 200}
    month = {"type": "integer", "minimum": 1, "maximum": 12}
    stretch = {
        "type": "object", "additionalProperties": False, "required": ["months"],
        "properties": {"months": {"type": "array", "items": month, "minItems": 1, "maxItems": 12}, "facts": told},
    }  # fmt: skip
    properties = {
        "facts": told, "birth_date": short, "commune": short, "needs": needs, "blocking": needs,
        "months": {"type": ["array", "null"], "items": stretch, "maxItems": 12}, "territory": short, "on": short,
        "lang": {"enum": ["fr", "en", None]},
        "id": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "integer", "minimum": 1 - 2**53, "maximum": 2**53 - 1}, {"type": "null"}]},
    }  # fmt: skip
    return {"title": "request", "type": "object", "properties": properties, "additionalProperties": False}


def _refusal(law: Law, lang: str) -> dict[str, Any]:
    """What `serve` answers to a request it cannot answer; no finding repeats a value that was sent."""
    del law, lang
    found = _object({"schema": {"const": 1}, "findings": _list(_object(_FINDING))})
    found["properties"]["id"] = {"type": ["string", "integer"]}
    return {"title": "refusal", **found}


_FINDING = {
    "code": {"type": "string"}, "severity": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"},
    "place": {"type": ["object", "null"]}, "witness": {"type": ["object", "null"]},
}  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _described(schema: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The JSON Schema of territory files with a description on each table and each key, in one language."""
    cards = {name: _described_table(name, card, lang) for name, card in schema.get("$defs", {}).items()}
    whole = _described_table(str(schema.get("title", "")), schema, lang)
    return {**whole, **({"$defs": cards} if cards else {})}


def _described_table(name: str, card: Mapping[str, Any], lang: str) -> dict[str, Any]:
    tables, keys = table("schema_table"), table("schema_key")
    found = dict(card)
    if name in tables:
        found["description"] = tables[name][lang]
    properties = {}
    for key, value in card.get("properties", {}).items():
        words = keys.get(f"{name}.{key}") or keys.get(key)
        properties[key] = {**value, **({"description": words[lang]} if words else {})}
    if properties:
        found["properties"] = properties
    return found
