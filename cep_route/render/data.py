"""A route as the JSON that scripts read: stable, versioned by `schema`. Words in one language; nothing is left out or decided.

Our records are that JSON: `Telling.told` writes each value of a record under its name, `render.schema` describes the same types. What a
record does not show, or says otherwise, stands in `SHAPES`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypedDict, get_type_hints

from msgspec import Struct, field
from msgspec.structs import asdict

from cep_route.messages import LANGUAGES, said
from cep_route.model.answer import (
    Change,
    Cooperation,
    Decision,
    Desk,
    Eligible,
    Finding,
    Funder,
    Match,
    Maybe,
    Missing,
    Opening,
    Place,
    Presumed,
    Reason,
    Route,
    Until,
    WhyNot,
)
from cep_route.model.law import Body, Channel, Law, Source, dated_name
from cep_route.model.profile import Stretch
from cep_route.model.territory import ContactEntry, Event, FollowUp, PlaceEntry

SCHEMA: Literal[1] = 1
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, "Json"]
# What the rules or the calendar list is marked, for `render.schema` to spell out.
OperatorCode: TypeAlias = Annotated[str, "operator"]
Day: TypeAlias = Annotated[str, "day"]
Month: TypeAlias = Annotated[int, "month"]
ProfileData: TypeAlias = Annotated[dict[str, str | int | tuple[str, ...] | None], "profile"]
Codes: TypeAlias = tuple[OperatorCode, ...]
Texts: TypeAlias = tuple[str, ...]
ChannelName: TypeAlias = Literal["desk", "permanence", "remote", "national"]
_BOTH = frozenset(LANGUAGES)
_PLAIN = frozenset((str, int, float, bool, type(None)))


class BodyData(Struct, frozen=True, kw_only=True):
    """Whom to see outside the CEP: code, name, what for, phone, address on the web."""

    see: str
    name: str
    what: str
    phone: str | None
    url: str | None


class SeenData(BodyData, frozen=True, kw_only=True):
    desk: Desk | None


class NearestData(Desk, frozen=True, kw_only=True):
    """The desk beside one that is far or old: it has none beside it."""


class OutsideData(Struct, frozen=True, kw_only=True):
    operator: OperatorCode
    see: str | None
    bodies: tuple[SeenData, ...]
    desk: Desk | None
    why: str


class FirstData(Struct, frozen=True, kw_only=True):
    operator: OperatorCode
    name: str
    desk: Desk | None
    channel: str | None
    contact: ContactEntry | None
    counsellor: ContactEntry | None


FailedData = TypedDict("FailedData", {"fact": str, "is": str, "wants": str})


class HandOverData(Struct, frozen=True, kw_only=True):
    from_: Codes = field(name="from")
    to: Codes


class CalendarData(Struct, frozen=True, kw_only=True):
    schema: Literal[1] = SCHEMA
    stretches: tuple[Stretch, ...]


Shape: TypeAlias = dict[
    str, object
]  # each name of a JSON object with its type, or None when that is the record's own


def shape(names: str, **kinds: object) -> Shape:
    """What is shown of a record, in this order; a name with `?` may be left out. `kinds`: the types of what is said otherwise."""
    return {name: kinds.get(name.rstrip("?")) for name in names.split()}


_DESK = (
    "channel id name type commune commune_name address hours open phone url by_appointment wheelchair km minutes zone confidence "
    "sources tz source licence sheet as_of checked_on age_months street_year shown hours_text note nearest"
)
_DESK_KINDS = {
    "channel": ChannelName, "sources": tuple[Source, ...], "note": str | None,
    "shown": Literal["plain", "verify", "old", "today"],
}  # fmt: skip
# the answer of the rules is told with the rest
_OF_DECISION = get_type_hints(Decision)
SHAPES: dict[type[Struct], Shape] = {
    Place: shape("file line column"),
    Finding: shape("code severity message hint place witness", message=str, hint=str),
    Source: shape(
        "text article url read_on of read newer traceable",
        read=Literal["whole", "part", "quoted", "not_found"] | None,
    ),
    Opening: shape(
        "at now until next note why live", why=Literal["holiday", "uncertain", "unreadable"] | None
    ),
    ContactEntry: shape("use role name phone email deputy checked_on", use=str | None),
    PlaceEntry: shape("type name address commune hours days_per_month by_appointment wheelchair phone"),
    Channel: shape("name phone url hours confidence note"),
    Desk: shape(_DESK, **_DESK_KINDS, nearest=NearestData | None),
    NearestData: shape(_DESK, **_DESK_KINDS, nearest=type(None)),
    FirstData: shape("operator name desk channel contact counsellor", channel=ChannelName | None),
    Eligible: shape("operator rules desk", operator=OperatorCode, desk=Desk | None),
    Maybe: shape("operator missing when", operator=OperatorCode),
    Presumed: shape("fact value says", says=str),
    Reason: shape(
        "rule role operator says facts see confidence protects sources",
        role=Literal["opens", "note"],
        says=str,
        see=tuple[BodyData, ...],
        confidence=Literal["sure", "likely", "unsure"],
        sources=tuple[Source, ...],
    ),
    WhyNot: shape("operator because law", operator=OperatorCode, because=tuple[FailedData, ...]),
    Change: shape("if can_change then", then=Codes),
    Until: shape("day why then", then=Codes),
    Missing: shape(
        "fact question changes splits", question=str, changes=Literal["first", "eligible", "see"]
    ),
    Match: shape(
        "need partner name service kind why unknown relaxed conditions reception referral referral_url desk",
        kind=Literal["partner", "scheme", "operator"],
        relaxed=Literal["mode", "theme", "public", "zone"] | None,
    ),
    FollowUp: shape("by within_days?", within_days=int),
    Funder: shape("id name decides?"),
    Event: shape(
        "type date name? commune? audience? public? organisers?",
        type=str, date=str, name=str, commune=str, audience=Texts, public=dict[str, Texts], organisers=Texts,
    ),
    Route: shape(
        "schema on territory decided profile first eligible maybe presumed outside reasons not changes until possible missing desks "
        "schemes partners unmet funding events cooperation warnings",
        **{name.rstrip("_"): kind for name, kind in _OF_DECISION.items()} | {
            "schema": Literal[1], "on": Day, "profile": ProfileData, "possible": Codes,
            "first": tuple[FirstData, ...], "outside": OutsideData | None,
        },
    ),
    Stretch: shape(
        "from months hand_over route",
        **{"from": Day, "months": tuple[Month, ...], "hand_over": HandOverData | None},
    ),
    Cooperation: shape("configuration facts evidence missing declared fallback_contact", evidence=Texts),
}  # fmt: skip


@cache
def names_of(kind: type[Struct]) -> tuple[tuple[str, str, bool], ...]:
    """What a record shows: the name in JSON, the name in the record, whether it may be left out."""
    own = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    bare = [(name, name.rstrip("?")) for name in SHAPES.get(kind) or own]
    return tuple((key, own.get(key, key), key != name) for name, key in bare)


# By record: what gives the values, by name, that it says otherwise than by its own.
Saying: TypeAlias = dict[type[Struct], Callable[[Any], Any]]


class Telling:
    """Records as JSON, in one language."""

    def __init__(self, lang: str, saying: Saying | None = None) -> None:
        self.lang = lang
        self.saying: Saying = {
            Finding: lambda f: dict(zip(("message", "hint"), said(f.code, f.values, lang), strict=True)),
            **(saying or {}),
        }

    def object(self, record: Struct) -> JsonObject:
        """A record as a JSON object."""
        kind, found = type(record), {}
        more = self.saying[kind](record) if kind in self.saying else {}
        for key, name, optional in names_of(kind):
            value = more[key] if key in more else getattr(record, name)
            if value is not None or not optional:
                found[key] = value if value.__class__ in _PLAIN else self.told(value)  # most are
        return found

    def told(self, value: Any) -> Any:
        """A record, or what it holds, as JSON says it."""
        if isinstance(value, Struct):
            return self.object(value)
        if isinstance(value, tuple):
            return [v if v.__class__ in _PLAIN else self.told(v) for v in value]
        if isinstance(value, dict):
            if value.keys() == _BOTH:
                return value[self.lang]
            return {k: v if v.__class__ in _PLAIN else self.told(v) for k, v in value.items()}
        return value


def saying_of(route: Route, law: Law, lang: str) -> Saying:
    """What the records of a route say by the law: its sources, its questions, the bodies to see."""
    on = route.decision.on

    def sources(record: Desk | Reason) -> tuple[Source, ...]:
        return tuple(map(law.source, record.sources))

    return {
        Route: lambda _: {
            **{name.rstrip("_"): getattr(route.decision, name) for name in _OF_DECISION},
            "schema": SCHEMA,
            "profile": _profile(route),
            "first": tuple(_first(route, code, law, lang) for code in route.decision.first),
            "outside": _outside(route, law, lang),
        },
        Stretch: lambda stretch: {
            "from": stretch.day,
            "hand_over": stretch.hand_over
            and HandOverData(from_=stretch.hand_over[0], to=stretch.hand_over[1]),
        },
        Desk: lambda desk: {"sources": sources(desk)},
        Reason: lambda reason: {
            "sources": sources(reason),
            "see": tuple(body(law, code, on, lang) for code in reason.see),
        },
        Eligible: lambda eligible: {"desk": route.desks.get(eligible.operator)},
        Missing: lambda missing: {"question": law.facts[missing.fact].question},
        Cooperation: lambda together: {"evidence": together.says},
    }


def _outside(route: Route, law: Law, lang: str) -> OutsideData | None:
    decision = route.decision
    if decision.outside is None:
        return None
    seen = (asdict(body(law, code, decision.on, lang)) for code in decision.see)
    bodies = tuple(SeenData(**told, desk=route.bodies.get(told["see"])) for told in seen)
    return OutsideData(
        operator=decision.outside,
        see=decision.see[0] if decision.see else None,
        bodies=bodies,
        desk=bodies[0].desk if bodies else None,
        why=next((r.says[lang] for r in decision.reasons if r.operator == decision.outside), ""),
    )


def _profile(route: Route) -> ProfileData:
    profile = route.profile
    told: ProfileData = dict(profile.facts)
    if profile.birth_date:
        told["birth_date"] = profile.birth_date
    if profile.commune:
        told |= {"commune": profile.commune, "commune_name": route.home}
    if profile.needs or profile.blocking:
        told["needs"] = tuple(dict.fromkeys((*profile.blocking, *profile.needs)))
        told["blocking"] = profile.blocking
    if profile.mode:
        told["mode"] = profile.mode
    return told


def _first(route: Route, code: str, law: Law, lang: str) -> FirstData:
    desk = route.desks.get(code)
    return FirstData(
        operator=code,
        name=operator_name(law, code, route.decision.on, lang),
        desk=desk,
        channel=desk.channel if desk else None,
        contact=desk.contact if desk else None,
        counsellor=desk.counsellor if desk else None,
    )


def answer_data(answer: Route | tuple[Stretch, ...], law: Law, lang: str) -> JsonObject:
    """What `route --format json` says: of a route, or of a year of several situations, each stretch with its hand-over."""
    if isinstance(answer, Route):
        return Telling(lang, saying_of(answer, law, lang)).object(answer)
    stretches: list[Json] = [
        Telling(lang, saying_of(stretch.route, law, lang)).object(stretch) for stretch in answer
    ]
    return {"schema": SCHEMA, "stretches": stretches}


def finding_data(finding: Finding, lang: str) -> JsonObject:
    """One finding: code, severity, message, hint, place."""
    return Telling(lang).object(finding)


def operator_name(law: Law, code: str, on: str, lang: str) -> str:
    """The name an operator bears on a day."""
    return dated_name(law.operator(code).names, on, lang) or code


def body(law: Law, code: str, on: str, lang: str) -> BodyData:
    """Whom to see outside the CEP."""
    card = law.bodies.get(code) or Body(
        code=code, names=(), what={"fr": "", "en": ""}, confidence="", sources=()
    )
    name = dated_name(card.names, on, lang) or code
    return BodyData(see=code, name=name, what=card.what[lang], phone=card.phone, url=card.url)
