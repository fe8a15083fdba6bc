"""A route as the JSON that scripts read: stable, versioned by `schema`. Words in one language; nothing is left out or decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cep_route.messages import said
from cep_route.model.answer import Desk, Finding, Place, Route, values_of
from cep_route.model.law import Body, Law, dated_name
from cep_route.model.profile import Stretch
from cep_route.model.territory import plain_of

SCHEMA = 1


def route_data(route: Route, law: Law, lang: str) -> dict[str, Any]:
    """The JSON object of one route (`cep-route schema route` describes it)."""
    decision = route.decision
    return {
        "schema": SCHEMA,
        "on": decision.on,
        "territory": route.territory,
        "decided": decision.decided,
        "profile": _profile(route),
        "first": [first_data(code, route, law, lang) for code in decision.first],
        "eligible": [
            {
                "operator": e.operator,
                "rules": list(e.rules),
                "desk": _desk(route.desks.get(e.operator), law, lang),
            }
            for e in decision.eligible
        ],
        "maybe": [
            {
                "operator": m.operator,
                "missing": list(m.missing),
                "when": {name: list(values) for name, values in m.when.items()},
            }
            for m in decision.maybe
        ],
        "presumed": [{"fact": p.fact, "value": p.value, "says": p.says[lang]} for p in decision.presumed],
        "outside": _outside(route, law, lang),
        "reasons": [
            {
                "rule": r.rule,
                "role": r.role,
                "operator": r.operator,
                "says": r.says[lang],
                "facts": r.facts,
                "see": [body(law, code, decision.on, lang) for code in r.see],
                "confidence": r.confidence,
                "protects": r.protects,
                "sources": [_source(law, s) for s in r.sources],
            }
            for r in decision.reasons
        ],
        "not": [
            {"operator": w.operator, "because": [dict(b) for b in w.because], "law": w.law}
            for w in decision.not_
        ],
        "changes": [
            {"if": c.if_, "can_change": c.can_change, "then": list(c.then)} for c in decision.changes
        ],
        "until": {"day": decision.until.day, "why": decision.until.why, "then": list(decision.until.then)}
        if decision.until
        else None,
        "possible": list(decision.possible),
        "missing": [
            {
                "fact": m.fact,
                "question": law.facts[m.fact].question[lang],
                "changes": m.changes,
                "splits": {value: list(codes) for value, codes in m.splits.items()},
            }
            for m in decision.missing
        ],
        "desks": {code: _desk(d, law, lang) for code, d in route.desks.items()},
        "schemes": [
            {
                **values_of(s),
                "needs": list(s.needs),
                "missing": list(s.missing),
                "desk": _desk(s.desk, law, lang),
                "follow_up": plain_of(s.follow_up),
            }
            for s in route.schemes
        ],
        "partners": [
            {
                "need": m.need,
                "partner": m.partner,
                "name": m.name,
                "service": m.service,
                "kind": m.kind,
                "why": list(m.why),
                "unknown": list(m.unknown),
                "relaxed": m.relaxed,
                "conditions": m.conditions,
                "reception": None if m.reception is None else list(m.reception),
                "referral": None if m.referral is None else list(m.referral),
                "referral_url": m.referral_url,
                "desk": _desk(m.desk, law, lang),
            }
            for m in route.partners
        ],
        "unmet": list(route.unmet),
        "funding": [plain_of(f) for f in route.funding],
        "events": [plain_of(e) for e in route.events],
        "cooperation": {
            "configuration": list(route.cooperation.configuration),
            "facts": route.cooperation.facts,
            "evidence": [s[lang] for s in route.cooperation.says],
            "missing": list(route.cooperation.missing),
            "declared": route.cooperation.declared,
            "fallback_contact": contact_data(route.cooperation.fallback_contact),
        },
        "warnings": [finding_data(f, lang) for f in route.warnings],
    }


def answer_data(answer: Route | tuple[Stretch, ...], law: Law, lang: str) -> dict[str, Any]:
    """What `route --format json` says: of a route, or of a year of several situations."""
    return calendar_data(answer, law, lang) if isinstance(answer, tuple) else route_data(answer, law, lang)


def calendar_data(year: tuple[Stretch, ...], law: Law, lang: str) -> dict[str, Any]:
    """A year of several situations: `stretches`, each with its route and the hand-over from the one before."""
    return {
        "schema": SCHEMA,
        "stretches": [
            {
                "from": s.day,
                "months": list(s.months),
                "hand_over": {"from": list(s.hand_over[0]), "to": list(s.hand_over[1])}
                if s.hand_over
                else None,
                "route": route_data(s.route, law, lang),
            }
            for s in year
        ],
    }


def first_data(code: str, route: Route, law: Law, lang: str) -> dict[str, Any]:
    desk = route.desks.get(code)
    return {
        "operator": code,
        "name": operator_name(law, code, route.decision.on, lang),
        "desk": _desk(desk, law, lang),
        "channel": desk.channel if desk else None,
        "contact": contact_data(desk.contact) if desk else None,
        "counsellor": contact_data(desk.counsellor) if desk else None,
    }


def contact_data(contact: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Someone to call, without what the file says of its own making."""
    shown = ("use", "role", "name", "phone", "email", "deputy", "checked_on")
    return {key: contact.get(key) for key in shown} if contact else None


def finding_data(finding: Finding, lang: str) -> dict[str, Any]:
    """One finding: code, severity, message, hint, place."""
    message, hint = said(finding.code, finding.values, lang)
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": message,
        "hint": hint,
        "place": _place(finding.place),
        "witness": finding.witness,
    }


def operator_name(law: Law, code: str, on: str, lang: str) -> str:
    """The name an operator bears on a day."""
    return dated_name(law.operator(code).names, on, lang) or code


def body(law: Law, code: str, on: str, lang: str) -> dict[str, Any]:
    """Whom to see outside the CEP: code, name, what for, phone, address."""
    card = law.bodies.get(code) or Body(code=code, names=(), what={"fr": "", "en": ""})
    return {
        "see": code,
        "name": dated_name(card.names, on, lang) or code,
        "what": card.what[lang],
        "phone": card.phone,
        "url": card.url,
    }


def _outside(route: Route, law: Law, lang: str) -> dict[str, Any] | None:
    decision = route.decision
    if decision.outside is None:
        return None
    why = next((r.says[lang] for r in decision.reasons if r.operator == decision.outside), "")
    bodies = [
        {**body(law, code, decision.on, lang), "desk": _desk(route.bodies.get(code), law, lang)}
        for code in decision.see
    ]
    return {
        "operator": decision.outside,
        "see": decision.see[0] if decision.see else None,
        "bodies": bodies,
        "desk": bodies[0]["desk"] if bodies else None,
        "why": why,
    }


def _profile(route: Route) -> dict[str, Any]:
    profile = route.profile
    told: dict[str, Any] = dict(profile.facts)
    if profile.birth_date:
        told["birth_date"] = profile.birth_date
    if profile.commune:
        told["commune"] = profile.commune
        told["commune_name"] = route.home
    if profile.needs or profile.blocking:
        told["needs"] = list(dict.fromkeys((*profile.blocking, *profile.needs)))
        told["blocking"] = list(profile.blocking)
    if profile.mode:
        told["mode"] = profile.mode
    return told


def _source(law: Law, key: str) -> Mapping[str, Any]:
    source = law.source(key)
    return {
        "text": source.text,
        "article": source.article,
        "url": source.url,
        "read_on": source.read_on,
        "of": source.of,
        "read": source.read,
        "newer": source.newer,
        "traceable": source.traceable,
    }


def _desk(desk: Desk | None, law: Law, lang: str) -> dict[str, Any] | None:
    if desk is None:
        return None
    data = {
        k: v
        for k, v in values_of(desk).items()
        if k not in ("operator", "contact", "counsellor", "nearest", "note")
    }
    data["open"] = values_of(desk.open) if desk.open else None
    data["note"] = desk.note[lang] if desk.note else None
    # a channel carries its own sources, apart from those of the rules
    data["sources"] = [_source(law, key) for key in desk.sources]
    data["nearest"] = _desk(desk.nearest, law, lang)
    return data


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None
