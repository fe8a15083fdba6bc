"""JSON Schema of what people write and of what we answer, from the models themselves; the facts and operators are those of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeAlias, TypedDict, get_args, get_origin, get_type_hints

from msgspec import Struct

from cep_route.messages import table
from cep_route.model.answer import Decision, Desk, Finding, Route
from cep_route.model.law import Law, Source
from cep_route.model.profile import MODES, Stretch
from cep_route.model.territory import ContactEntry
from cep_route.render.data import SCHEMA, BodyData, Json, names_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema: TypeAlias = dict[str, Json]
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_MONTH: Schema = {"type": "integer", "minimum": 1, "maximum": 12}
_YEARS: Schema = {"type": "integer", "minimum": 0, "maximum": 120}


# What the rules or the calendar list is marked, and spelled out by `answer_schema`.
OperatorCode: TypeAlias = Annotated[str, "operator"]
Codes: TypeAlias = tuple[OperatorCode, ...]
Day: TypeAlias = Annotated[str, "day"]
Texts: TypeAlias = tuple[str, ...]
Channels: TypeAlias = Literal["desk", "permanence", "remote", "national"]


class NearestData(Desk, frozen=True, kw_only=True):
    """The desk beside one that is far or old: it has none beside it."""


class CalendarData(Struct, frozen=True, kw_only=True):
    schema: Literal[1] = SCHEMA
    stretches: tuple[Stretch, ...]


class SeenData(BodyData, frozen=True, kw_only=True):
    desk: Desk | None


class OutsideData(TypedDict):
    operator: OperatorCode
    see: str | None
    bodies: tuple[SeenData, ...]
    desk: Desk | None
    why: str


class FirstData(TypedDict):
    operator: OperatorCode
    name: str
    desk: Desk | None
    channel: Channels | None
    contact: ContactEntry | None
    counsellor: ContactEntry | None


HandOverData = TypedDict("HandOverData", {"from": Codes, "to": Codes})
FailedData = TypedDict("FailedData", {"fact": str, "is": str, "wants": str})
# The answer of the rules is told with the rest of a route.
_OF_DECISION = {name.rstrip("_"): kind for name, kind in get_type_hints(Decision).items()}
# The types of what a record says otherwise, or that are narrower than its own.
TYPES: dict[str, object] = {f"Route.{name}": kind for name, kind in _OF_DECISION.items()} | {
    "Route.schema": Literal[1], "Route.on": Day, "Route.profile": Annotated[object, "profile"], "Route.possible": Codes,
    "Route.first": tuple[FirstData, ...], "Route.outside": OutsideData | None,
    "Stretch.from": Day, "Stretch.months": tuple[Annotated[int, "month"], ...], "Stretch.hand_over": HandOverData | None,
    "Finding.message": str, "Finding.hint": str,
    "Source.read": Literal["whole", "part", "quoted", "not_found"] | None,
    "Opening.why": Literal["holiday", "uncertain", "unreadable"] | None,
    "ContactEntry.use": str | None,
    "Desk.channel": Channels, "Desk.sources": tuple[Source, ...], "Desk.note": str | None,
    "Desk.shown": Literal["plain", "verify", "old", "today"], "Desk.nearest": NearestData | None,
    "NearestData.nearest": NoneType,
    "Eligible.operator": OperatorCode, "Eligible.desk": Desk | None, "Maybe.operator": OperatorCode, "Presumed.says": str,
    "Reason.role": Literal["opens", "note"], "Reason.says": str, "Reason.see": tuple[BodyData, ...],
    "Reason.confidence": Literal["sure", "likely", "unsure"], "Reason.sources": tuple[Source, ...],
    "WhyNot.operator": OperatorCode, "WhyNot.because": tuple[FailedData, ...], "Change.then": Codes, "Until.then": Codes,
    "Missing.question": str, "Missing.changes": Literal["first", "eligible", "see"],
    "Match.kind": Literal["partner", "scheme", "operator"], "Match.relaxed": Literal["mode", "theme", "public", "zone"] | None,
    "FollowUp.within_days": int, "Cooperation.evidence": Texts,
    "Event.type": str, "Event.date": str, "Event.name": str, "Event.commune": str,
    "Event.audience": Texts, "Event.public": dict[str, Texts], "Event.organisers": Texts,
}  # fmt: skip


def answer_schema(what: str, law: Law, lang: str) -> Schema:
    """Of `route`, `calendar` or `refusal`."""
    kinds = {"route": Route, "calendar": CalendarData}
    marks: dict[str, Schema] = {
        "operator": {"enum": list(law.operators)},
        "day": {"type": "string", "format": "date"},
        "month": _MONTH,
        "profile": profile_schema(law, lang),
    }
    if what != "refusal":
        return {"title": what, **described(kinds[what], marks)}
    findings: Schema = {"type": "array", "items": described(Finding, marks)}
    mark: Schema = {"type": ["string", "integer"]}
    return {"title": what, **closed({"schema": {"const": 1}, "findings": findings}, {"id": mark})}


def described(kind: object, marks: Mapping[str, Schema]) -> Schema:
    """A type as JSON Schema; `marks` says what stands for `Annotated[..., mark]`."""
    parts = get_args(kind)
    if get_origin(kind) is Annotated:
        return marks[parts[1]] if isinstance(parts[1], str) else described(parts[0], marks)
    if isinstance(kind, type) and issubclass(kind, Struct):
        own = get_type_hints(kind, include_extras=True)
        needed: dict[str, Schema] = {}
        more: dict[str, Schema] = {}
        for key, name, optional in names_of(kind):  # by the record's own type unless it is said otherwise
            names = (f"{one.__name__}.{key}" for one in kind.__mro__)
            told = next((TYPES[of] for of in names if of in TYPES), None) or own[name]
            (more if optional else needed)[key] = described(told, marks)
        return closed(needed, more)
    if isinstance(kind, type) and issubclass(kind, dict):  # typed, by its keys
        hints = get_type_hints(kind, include_extras=True)
        return closed({name: described(hint, marks) for name, hint in hints.items()})
    if get_origin(kind) is Literal:
        return {"enum": list(parts)}
    if get_origin(kind) in (list, tuple):
        return {"type": "array", "items": described(parts[0], marks)}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": described(parts[1], marks)}
    if isinstance(kind, UnionType) or parts:
        return {"anyOf": [described(part, marks) for part in parts]}
    assert isinstance(kind, type)
    return {"type": _NAMES[kind]}


def closed(needed: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these keys and no other."""
    properties: Schema = {**needed, **(more or {})}
    keys: Schema = {"properties": properties, "required": list(needed), "additionalProperties": False}
    return {"type": "object", **keys}


def facts_schema(law: Law, lang: str, *others: Json) -> dict[str, Schema]:
    """Each fact of the rules by its name, with its question; `others`: what may be told instead of a value."""
    found: dict[str, Schema] = {}
    for name, fact in law.facts.items():
        kind: Schema = _YEARS if fact.kind == "years" else {"enum": list(fact.values)}
        told: Schema = {"anyOf": [kind, *others]} if others else kind
        found[name] = {**told, "title": fact.label[lang], "description": fact.question[lang]}
    return found


def profile_schema(law: Law, lang: str) -> Schema:
    """The facts of the rules as an object; a fact left out is not known."""
    needs: Schema = {"type": "array", "items": {"type": "string"}}
    more: dict[str, Schema] = {
        "birth_date": {"type": "string", "format": "date"},
        "commune": {"type": "string"},
        "commune_name": {"type": ["string", "null"]},
        "needs": needs,
        "blocking": needs,
        "mode": {"enum": list(MODES)},
    }
    return {"title": "profile", **closed({}, {**facts_schema(law, lang), **more})}


def rules_schema() -> Schema:
    from cep_route.model.written import RulesFile  # pydantic

    return RulesFile.model_json_schema(by_alias=True)


def territory_schema(lang: str) -> Schema:
    """That of territory files, with a description on each table and each key."""
    from cep_route.model.tables import TerritoryFile  # pydantic

    whole = TerritoryFile.model_json_schema(by_alias=True)
    tables, keys = table("schema_table"), table("schema_key")
    for name, card in {"TerritoryFile": whole, **whole["$defs"]}.items():
        if name in tables:
            card["description"] = tables[name][lang]
        for key, value in card.get("properties", {}).items():
            if words := keys.get(f"{name}.{key}") or keys.get(key):
                value["description"] = words[lang]
    return whole
