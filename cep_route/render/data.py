"""A route as the JSON that scripts read: stable, versioned by `schema`. Words in one language; nothing is left out or decided.

Our records are that JSON: `Telling.told` writes each value of a record under its name, `render.schema` describes the same types. What a
record does not show, or says otherwise, stands in `NAMES` and `saying_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

from cep_route.messages import LANGUAGES, said
from cep_route.model.answer import (
    Cooperation,
    Desk,
    Eligible,
    Finding,
    Funder,
    Match,
    Missing,
    Place,
    Reason,
    Route,
)
from cep_route.model.law import Body, Channel, Law, Source, dated_name
from cep_route.model.profile import Stretch
from cep_route.model.territory import ContactEntry, Event, FollowUp, PlaceEntry

SCHEMA: Literal[1] = 1
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, "Json"]
_BOTH = frozenset(LANGUAGES)


class BodyData(Struct, frozen=True, kw_only=True):
    """Whom to see outside the CEP: code, name, what for, phone, address on the web."""

    see: str
    name: str
    what: str
    phone: str | None
    url: str | None


# What is shown of a record, in this order, where that is not the whole of it as it stands; a name with `?` may be left out.
NAMES: dict[type[Struct], str] = {
    Place: "file line column",
    Finding: "code severity message hint place witness",
    ContactEntry: "use role name phone email deputy checked_on",
    PlaceEntry: "type name address commune hours days_per_month by_appointment wheelchair phone",
    Channel: "name phone url hours confidence note",
    Desk: "channel id name type commune commune_name address hours open phone url by_appointment wheelchair km minutes zone confidence "
    "sources tz source licence sheet as_of checked_on age_months street_year shown hours_text note nearest",
    Eligible: "operator rules desk",
    Reason: "rule role operator says facts see confidence protects sources",
    Missing: "fact question changes splits",
    Match: "need partner name service kind why unknown relaxed conditions reception referral referral_url desk",
    FollowUp: "by within_days?",
    Funder: "id name decides?",
    Event: "type date name? commune? audience? public? organisers?",
    Route: "schema on territory decided profile first eligible maybe presumed outside reasons not changes until possible missing "
    "desks schemes partners unmet funding events cooperation warnings",
    Stretch: "from months hand_over route",
    Cooperation: "configuration facts evidence missing declared fallback_contact",
}


@cache
def names_of(kind: type[Struct]) -> tuple[tuple[str, str, bool], ...]:
    """What a record shows: the name in JSON, the name in the record, whether it may be left out."""
    own = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    names = next((NAMES[of] for of in kind.__mro__ if of in NAMES), None)
    shown = names.split() if names else own
    return tuple((name.rstrip("?"), own.get(name, name.rstrip("?")), name.endswith("?")) for name in shown)


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
        kind = type(record)
        more = self.saying[kind](record) if kind in self.saying else {}
        values = ((n, more[n] if n in more else getattr(record, own), o) for n, own, o in names_of(kind))
        return {
            name: self.told(value) for name, value, optional in values if value is not None or not optional
        }

    def told(self, value: Any) -> Any:
        """A record, or what it holds, as JSON says it."""
        if isinstance(value, Struct):
            return self.object(value)
        if isinstance(value, tuple):
            return [self.told(v) for v in value]
        if isinstance(value, dict):
            if value.keys() == _BOTH:
                return value[self.lang]
            return {k: self.told(v) for k, v in value.items()}
        return value


def saying_of(route: Route, law: Law, lang: str) -> Saying:
    """What the records of a route say by the law: its sources, its questions, the bodies to see."""
    decision, on, desks = route.decision, route.decision.on, route.desks

    def first(code: str) -> Mapping[str, Any]:
        name, desk = operator_name(law, code, on, lang), desks.get(code)
        reached = {key: getattr(desk, key, None) for key in ("channel", "contact", "counsellor")}
        return {"operator": code, "name": name, "desk": desk} | reached

    def outside() -> Mapping[str, Any] | None:
        if decision.outside is None:
            return None
        seen = (asdict(body(law, see, on, lang)) for see in decision.see)
        bodies = tuple(told | {"desk": route.bodies.get(told["see"])} for told in seen)
        nearest = bodies[0] if bodies else {"see": None, "desk": None}
        why = next((r.says[lang] for r in decision.reasons if r.operator == decision.outside), "")
        told = {"operator": decision.outside, "see": nearest["see"], "bodies": bodies}
        return told | {"desk": nearest["desk"], "why": why}

    def sources(record: Desk | Reason) -> tuple[Source, ...]:
        return tuple(map(law.source, record.sources))

    return {
        Route: lambda _: {
            **{name.rstrip("_"): value for name, value in asdict(decision).items()},
            "schema": SCHEMA,
            "profile": _profile(route),
            "first": tuple(map(first, decision.first)),
            "outside": outside(),
        },
        Stretch: lambda stretch: {
            "from": stretch.day,
            "hand_over": stretch.hand_over and dict(zip(("from", "to"), stretch.hand_over, strict=True)),
        },
        Desk: lambda desk: {"sources": sources(desk)},
        Reason: lambda reason: {
            "sources": sources(reason),
            "see": tuple(body(law, code, on, lang) for code in reason.see),
        },
        Eligible: lambda eligible: {"desk": desks.get(eligible.operator)},
        Missing: lambda missing: {"question": law.facts[missing.fact].question},
        Cooperation: lambda together: {"evidence": together.says},
    }


def _profile(route: Route) -> dict[str, str | int | tuple[str, ...] | None]:
    profile = route.profile
    told: dict[str, str | int | tuple[str, ...] | None] = dict(profile.facts)
    told |= {"birth_date": profile.birth_date} if profile.birth_date else {}
    told |= {"commune": profile.commune, "commune_name": route.home} if profile.commune else {}
    if profile.needs or profile.blocking:
        told["needs"] = tuple(dict.fromkeys((*profile.blocking, *profile.needs)))
        told["blocking"] = profile.blocking
    return told | ({"mode": profile.mode} if profile.mode else {})


def answer_data(answer: Route | tuple[Stretch, ...], law: Law, lang: str) -> JsonObject:
    """What `route --format json` says: of a route, or of a year of several situations, each stretch with its hand-over."""
    if isinstance(answer, Route):
        return Telling(lang, saying_of(answer, law, lang)).object(answer)
    told: list[Json] = [Telling(lang, saying_of(s.route, law, lang)).object(s) for s in answer]
    return {"schema": SCHEMA, "stretches": told}


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
