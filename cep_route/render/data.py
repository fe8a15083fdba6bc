"""A route as the JSON that scripts read: stable, versioned by `schema`. Words in one language; nothing is left out or decided.

The classes are the one description of that JSON: the functions below make it, `render.schema` describes it from them.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias, TypedDict, TypeVar, cast

from cep_route.messages import said
from cep_route.model.answer import Desk, Finding, Reason, Route
from cep_route.model.law import Body, Law, dated_name
from cep_route.model.profile import Stretch
from cep_route.model.territory import ContactEntry, plain_of

SCHEMA: Literal[1] = 1
# What the rules or the calendar list is marked, for `render.schema` to spell out.
OperatorCode: TypeAlias = Annotated[str, "operator"]
Day: TypeAlias = Annotated[str, "day"]
Month: TypeAlias = Annotated[int, "month"]
ProfileData: TypeAlias = Annotated[dict[str, str | int | list[str] | None], "profile"]
Texts: TypeAlias = list[str]


class PositionData(TypedDict):
    file: str
    line: int
    column: int


class FindingData(TypedDict):
    code: str
    severity: str
    message: str
    hint: str
    place: PositionData | None
    witness: dict[str, str] | None


class SourceData(TypedDict):
    text: str
    article: str | None
    url: str | None
    read_on: str | None
    of: str | None
    read: Literal["whole", "part", "quoted", "not_found"] | None
    newer: bool
    traceable: bool


class OpeningData(TypedDict):
    at: str
    now: bool | None
    until: str | None
    next: str | None
    note: str | None
    why: Literal["holiday", "uncertain", "unreadable"] | None
    live: bool


class ContactData(TypedDict):
    use: str | None
    role: str | None
    name: str | None
    phone: str | None
    email: str | None
    deputy: str | None
    checked_on: str | None


class _AnyDesk(TypedDict):
    channel: Literal["desk", "permanence", "remote", "national"]
    id: str | None
    name: str | None
    type: str | None
    commune: str | None
    commune_name: str | None
    address: str | None
    hours: str | None
    open: OpeningData | None
    phone: str | None
    url: str | None
    by_appointment: bool | None
    wheelchair: bool | None
    km: float | None
    minutes: int | None
    zone: str
    confidence: str | None
    sources: list[SourceData]
    tz: str | None
    source: str | None
    licence: str | None
    sheet: str | None
    as_of: str | None
    checked_on: str | None
    age_months: int | None
    street_year: int | None
    shown: Literal["plain", "verify", "old", "today"]
    hours_text: str | None
    note: str | None


class NearestData(_AnyDesk):
    nearest: None


class DeskData(_AnyDesk):
    nearest: NearestData | None


class BodyData(TypedDict):
    see: str
    name: str
    what: str
    phone: str | None
    url: str | None


class SeenData(BodyData):
    desk: DeskData | None


class OutsideData(TypedDict):
    operator: OperatorCode
    see: str | None
    bodies: list[SeenData]
    desk: DeskData | None
    why: str


class FirstData(TypedDict):
    operator: OperatorCode
    name: str
    desk: DeskData | None
    channel: Literal["desk", "permanence", "remote", "national"] | None
    contact: ContactData | None
    counsellor: ContactData | None


class EligibleData(TypedDict):
    operator: OperatorCode
    rules: Texts
    desk: DeskData | None


class MaybeData(TypedDict):
    operator: OperatorCode
    missing: Texts
    when: dict[str, Texts]


class PresumedData(TypedDict):
    fact: str
    value: str
    says: str


class ReasonData(TypedDict):
    rule: str
    role: Literal["opens", "note"]
    operator: str | None
    says: str
    facts: dict[str, str]
    see: list[BodyData]
    confidence: Literal["sure", "likely", "unsure"]
    protects: bool
    sources: list[SourceData]


FailedData = TypedDict("FailedData", {"fact": str, "is": str, "wants": str})


class WhyNotData(TypedDict):
    operator: OperatorCode
    because: list[FailedData]
    law: str | None


ChangeData = TypedDict("ChangeData", {"if": dict[str, str], "can_change": bool, "then": list[OperatorCode]})


class UntilData(TypedDict):
    day: str | None
    why: str
    then: list[OperatorCode]


class MissingData(TypedDict):
    fact: str
    question: str
    changes: Literal["first", "eligible", "see"]
    splits: dict[str, Texts]


class _Follower(TypedDict):
    by: str


class FollowUpData(_Follower, total=False):
    within_days: int


class SchemeData(TypedDict):
    id: str
    name: str
    first: bool
    needs: Texts
    missing: Texts
    zone: str
    phone: str | None
    desk: DeskData | None
    pilot: str | None
    follow_up: FollowUpData | None
    conditions: str | None


class PartnerData(TypedDict):
    need: str
    partner: str
    name: str
    service: str | None
    kind: Literal["partner", "scheme", "operator"]
    why: Texts
    unknown: Texts
    relaxed: Literal["mode", "theme", "public", "zone"] | None
    conditions: str | None
    reception: Texts | None
    referral: Texts | None
    referral_url: str | None
    desk: DeskData | None


class _NamedFunder(TypedDict):
    id: str
    name: str


class FunderData(_NamedFunder, total=False):
    decides: Texts


class _DatedEvent(TypedDict):
    type: str
    date: str


class EventData(_DatedEvent, total=False):
    name: str
    commune: str
    audience: Texts
    public: dict[str, Texts]
    organisers: Texts


class CooperationData(TypedDict):
    configuration: Texts
    facts: dict[str, str]
    evidence: Texts
    missing: Texts
    declared: str | None
    fallback_contact: ContactData | None


_Not = TypedDict("_Not", {"not": list[WhyNotData]})  # a word of Python


class RouteData(_Not):
    schema: Literal[1]
    on: Day
    territory: str
    decided: bool
    profile: ProfileData
    first: list[FirstData]
    eligible: list[EligibleData]
    maybe: list[MaybeData]
    presumed: list[PresumedData]
    outside: OutsideData | None
    reasons: list[ReasonData]
    changes: list[ChangeData]
    until: UntilData | None
    possible: list[OperatorCode]
    missing: list[MissingData]
    desks: dict[str, DeskData]
    schemes: list[SchemeData]
    partners: list[PartnerData]
    unmet: Texts
    funding: list[FunderData]
    events: list[EventData]
    cooperation: CooperationData
    warnings: list[FindingData]


HandOverData = TypedDict("HandOverData", {"from": list[OperatorCode], "to": list[OperatorCode]})
StretchData = TypedDict(
    "StretchData",
    {"from": Day, "months": list[Month], "hand_over": HandOverData | None, "route": RouteData},
)


class CalendarData(TypedDict):
    schema: Literal[1]
    stretches: list[StretchData]


AnswerData: TypeAlias = RouteData | CalendarData
_Shape = TypeVar("_Shape")


def _of(shape: type[_Shape], record: object, **more: Any) -> _Shape:
    """The fields of a record that its JSON shows under their own names, in its order; `more` stands for those that it says otherwise."""
    names = shape.__annotations__
    return cast(
        _Shape, {name: more[name] if name in more else _plain(getattr(record, name)) for name in names}
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


class _Telling:
    """One route under one law, in one language."""

    def __init__(self, route: Route, law: Law, lang: str) -> None:
        self.route, self.law, self.lang = route, law, lang
        self.decision = route.decision

    def data(self) -> RouteData:
        route, decision, lang = self.route, self.decision, self.lang
        desks = {code: shown for code, desk in route.desks.items() if (shown := self.at(desk))}
        return {
            "schema": SCHEMA,
            "on": decision.on,
            "territory": route.territory,
            "decided": decision.decided,
            "profile": self.profile(),
            "first": [self.first(code, desks.get(code)) for code in decision.first],
            "eligible": [_of(EligibleData, e, desk=desks.get(e.operator)) for e in decision.eligible],
            "maybe": [_of(MaybeData, m) for m in decision.maybe],
            "presumed": [_of(PresumedData, p, says=p.says[lang]) for p in decision.presumed],
            "outside": self.outside(),
            "reasons": [self.reason(r) for r in decision.reasons],
            "not": [_of(WhyNotData, w) for w in decision.not_],
            "changes": [
                {"if": c.if_, "can_change": c.can_change, "then": list(c.then)} for c in decision.changes
            ],
            "until": _maybe(UntilData, decision.until),
            "possible": list(decision.possible),
            "missing": [
                _of(MissingData, m, question=self.law.facts[m.fact].question[lang]) for m in decision.missing
            ],
            "desks": desks,
            "schemes": [
                _of(SchemeData, s, desk=self.at(s.desk), follow_up=plain_of(s.follow_up))
                for s in route.schemes
            ],
            "partners": [_of(PartnerData, m, desk=self.at(m.desk)) for m in route.partners],
            "unmet": list(route.unmet),
            "funding": [plain_of(f) for f in route.funding],
            "events": [plain_of(e) for e in route.events],
            "cooperation": _of(
                CooperationData,
                route.cooperation,
                evidence=[says[lang] for says in route.cooperation.says],
                fallback_contact=_contact(route.cooperation.fallback_contact),
            ),
            "warnings": findings_data(route.warnings, lang),
        }

    def profile(self) -> ProfileData:
        profile = self.route.profile
        told: ProfileData = dict(profile.facts)
        if profile.birth_date:
            told["birth_date"] = profile.birth_date
        if profile.commune:
            told |= {"commune": profile.commune, "commune_name": self.route.home}
        if profile.needs or profile.blocking:
            told["needs"] = list(dict.fromkeys((*profile.blocking, *profile.needs)))
            told["blocking"] = list(profile.blocking)
        if profile.mode:
            told["mode"] = profile.mode
        return told

    def first(self, code: str, shown: DeskData | None) -> FirstData:
        desk = self.route.desks.get(code)
        return {
            "operator": code,
            "name": operator_name(self.law, code, self.decision.on, self.lang),
            "desk": shown,
            "channel": shown["channel"] if shown else None,
            "contact": _contact(desk.contact) if desk else None,
            "counsellor": _contact(desk.counsellor) if desk else None,
        }

    def outside(self) -> OutsideData | None:
        decision, lang = self.decision, self.lang
        if decision.outside is None:
            return None
        why = next((r.says[lang] for r in decision.reasons if r.operator == decision.outside), "")
        bodies = [
            SeenData(**self.body(code), desk=self.at(self.route.bodies.get(code))) for code in decision.see
        ]
        return {
            "operator": decision.outside,
            "see": decision.see[0] if decision.see else None,
            "bodies": bodies,
            "desk": bodies[0]["desk"] if bodies else None,
            "why": why,
        }

    def body(self, code: str) -> BodyData:
        return body(self.law, code, self.decision.on, self.lang)

    def reason(self, reason: Reason) -> ReasonData:
        see = [self.body(code) for code in reason.see]
        says = reason.says[self.lang]
        return _of(ReasonData, reason, says=says, see=see, sources=self.sources(reason.sources))

    def sources(self, keys: Iterable[str]) -> list[SourceData]:
        return [_of(SourceData, self.law.source(key)) for key in keys]

    def at(self, desk: Desk | None) -> DeskData | None:
        """A desk; a channel carries its own sources, apart from those of the rules."""
        if desk is None:
            return None
        return _of(
            DeskData,
            desk,
            open=_maybe(OpeningData, desk.open),
            note=desk.note[self.lang] if desk.note else None,
            sources=self.sources(desk.sources),
            nearest=self.at(desk.nearest),
        )


def _maybe(shape: type[_Shape], record: object | None) -> _Shape | None:
    return None if record is None else _of(shape, record)


def _contact(contact: ContactEntry | None) -> ContactData | None:
    """Someone to call, without what the file says of its own making."""
    return _maybe(ContactData, contact)


def answer_data(answer: Route | tuple[Stretch, ...], law: Law, lang: str) -> AnswerData:
    """What `route --format json` says: of a route, or of a year of several situations, each stretch with its hand-over."""
    if isinstance(answer, Route):
        return _Telling(answer, law, lang).data()
    return {
        "schema": SCHEMA,
        "stretches": [
            {
                "from": s.day,
                "months": list(s.months),
                "hand_over": {"from": list(s.hand_over[0]), "to": list(s.hand_over[1])}
                if s.hand_over
                else None,
                "route": _Telling(s.route, law, lang).data(),
            }
            for s in answer
        ],
    }


def findings_data(findings: Iterable[Finding], lang: str) -> list[FindingData]:
    """Each finding: code, severity, message, hint, place."""
    return [finding_data(finding, lang) for finding in findings]


def finding_data(finding: Finding, lang: str) -> FindingData:
    """One finding: code, severity, message, hint, place."""
    message, hint = said(finding.code, finding.values, lang)
    place = _maybe(PositionData, finding.place)
    return _of(FindingData, finding, message=message, hint=hint, place=place)


def operator_name(law: Law, code: str, on: str, lang: str) -> str:
    """The name an operator bears on a day."""
    return dated_name(law.operator(code).names, on, lang) or code


def body(law: Law, code: str, on: str, lang: str) -> BodyData:
    """Whom to see outside the CEP: code, name, what for, phone, address."""
    card = law.bodies.get(code) or Body(code=code, names=(), what={"fr": "", "en": ""})
    name = dated_name(card.names, on, lang) or code
    return _of(BodyData, card, see=code, name=name, what=card.what[lang])
