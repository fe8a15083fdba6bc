"""How the actors of a territory cooperate, as facts the engine can judge (`rules/cooperation.toml`). Three values: yes, no, not known.

Region, economy and mere ties are never read here: the study says they do not decide (Céreq Bref 383).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cep_route.engine.explain import Judge
from cep_route.model.answer import Cooperation, Profile
from cep_route.model.law import Law


def cooperation(territory: Mapping[str, Any], on: str, law: Law, configurations: Judge | None) -> Cooperation:
    """The configuration of a territory on a day, or those still possible, with the facts it rests on."""
    facts = {
        name: "yes" if value else "no"
        for name, value in facts_of(territory, on, law).items()
        if value is not None
    }
    declared = (territory.get("declaration") or {}).get("configuration")
    if configurations is None:
        return Cooperation(configuration=(), facts=facts, says=(), missing=(), declared=declared)
    decision = configurations.decide(
        Profile(facts=dict(facts)), on, brief=True
    )  # who comes first is all that is asked
    return Cooperation(
        configuration=decision.possible,
        facts=facts,
        says=tuple(r.says for r in decision.reasons),
        missing=tuple(m.fact for m in decision.missing if m.changes == "first"),
        declared=declared,
        fallback_contact=_fallback(territory, on, decision.possible),
    )


def facts_of(territory: Mapping[str, Any], on: str, law: Law) -> dict[str, bool | None]:
    """`scheme`, `coordination`, `tooled`, `ended`: Kleene's three values; one false part makes a whole false."""
    parts = coordination_parts(territory, on, law)
    coordination = _all(parts["active"], parts["both_sides"])
    status = (territory.get("coordination") or {}).get("status")
    return {
        "scheme": _any_scheme(territory, on, _sides(territory, law)),
        "coordination": coordination,
        "tooled": _all(coordination, parts["shared_tools"], parts["joint_actions"]),
        "ended": None
        if status is None
        else status in ("stopped", "dormant") or (status == "active" and not parts["active"]),
    }


def coordination_parts(territory: Mapping[str, Any], on: str, law: Law) -> dict[str, bool | None]:
    """What is asked of a coordination, condition by condition: the evidence for and against."""
    body = territory.get("coordination") or {}
    status = body.get("status")
    return {
        "active": None if status is None else status == "active" and _in_force(body, on),
        "both_sides": _both_sides(body.get("member_operators"), _sides(territory, law)),
        "shared_tools": _filled(body.get("shared_tools")),
        "joint_actions": _filled(body.get("joint_actions")),
    }


def scheme_parts(territory: Mapping[str, Any], on: str, law: Law) -> dict[str, dict[str, bool | None]]:
    """What is asked of a unifying scheme, condition by condition, for each scheme of the territory."""
    sides = _sides(territory, law)
    return {s["id"]: _parts(s, on, sides) for s in territory.get("schemes") or ()}


def _any_scheme(territory: Mapping[str, Any], on: str, sides: Mapping[str, str]) -> bool | None:
    """A unifying scheme: active, one public, dedicated means, a pilot, members of both sides, at least one service.

    No `[[schemes]]` at all is not known; `schemes = []` is none.
    """
    schemes = territory.get("schemes")
    if schemes is None:
        return None
    states = [_unifying(s, on, sides) for s in schemes]
    if any(s is True for s in states):
        return True
    return None if any(s is None for s in states) else False


def _unifying(scheme: Mapping[str, Any], on: str, sides: Mapping[str, str]) -> bool | None:
    return _all(*_parts(scheme, on, sides).values())


def _parts(scheme: Mapping[str, Any], on: str, sides: Mapping[str, str]) -> dict[str, bool | None]:
    return {
        "active": scheme["status"] == "active" and _in_force(scheme, on),
        "public": _filled(scheme.get("public")),
        "dedicated_means": scheme.get("dedicated_means"),
        "pilot": None if scheme.get("pilot") is None else True,
        "both_sides": _both_sides(scheme.get("member_operators"), sides),
        "services": _filled(scheme.get("services")),
    }


def _in_force(thing: Mapping[str, Any], on: str) -> bool:
    from cep_route.model.law import in_force

    return in_force(thing, on)


def _filled(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _all(*parts: bool | None) -> bool | None:
    if any(p is False for p in parts):
        return False
    return None if any(p is None for p in parts) else True


def _both_sides(members: Iterable[str] | None, sides: Mapping[str, str]) -> bool | None:
    """Members of the employment service and of the employees' side; a member whose side is not known leaves it open."""
    if members is None:
        return None
    found = [sides.get(m) for m in members]
    if all(any(side in (one, "mixed") for side in found) for one in ("employment_service", "employees")):
        return True
    return None if None in found else False


def _sides(territory: Mapping[str, Any], law: Law) -> dict[str, str]:
    """The side of each operator of the territory (its own word, else its network's) and of each network; partners take none."""
    sides = {code: o.side for code, o in law.operators.items()}
    for house in territory.get("operators", ()):
        sides[house["id"]] = house.get("side") or sides.get(house["network"], "")
    for partner in territory.get("partners", ()):
        sides.setdefault(partner["id"], "partner")
    return sides


def _fallback(territory: Mapping[str, Any], on: str, possible: tuple[str, ...]) -> dict[str, Any] | None:
    """Who to call when no contact answers: whoever runs a living coordination, else the contact of a scheme still funded."""
    from cep_route.model.law import open_scheme

    body = territory.get("coordination") or {}
    schemes = [s for s in territory.get("schemes") or () if s.get("dedicated_means") and open_scheme(s, on)]
    living = [body] if body.get("status") == "active" and _in_force(body, on) and len(possible) == 1 else []
    for one in (*living, *schemes):
        contact = one.get("contact")
        if contact and contact.get("may_publish") is not False:
            return dict(contact)
    tool = next(
        (t for t in territory.get("tools") or () if t["type"] == "phone_platform" and t.get("phone")), None
    )
    return {"use": "public", "role": tool.get("name"), "phone": tool["phone"]} if tool else None
