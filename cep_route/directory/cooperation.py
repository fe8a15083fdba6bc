"""How the actors of a territory cooperate, as facts the engine can judge (`rules/cooperation.toml`). Three values: yes, no, not known.

Region, economy and mere ties are never read here: the study says they do not decide (Céreq Bref 383).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cep_route.directory.age import runs, stands
from cep_route.engine.explain import Judge
from cep_route.model.answer import Cooperation, Profile
from cep_route.model.law import Law
from cep_route.model.territory import ContactEntry, Coordination, Scheme, Territory


def cooperation(territory: Territory, on: str, law: Law, configurations: Judge | None) -> Cooperation:
    """The configuration of a territory on a day, or those still possible, with the facts it rests on."""
    facts = {
        name: "yes" if value else "no"
        for name, value in facts_of(territory, on, law).items()
        if value is not None
    }
    declared = territory.declaration.configuration if territory.declaration else None
    if configurations is None:
        return Cooperation(configuration=(), facts=facts, says=(), missing=(), declared=declared)
    # who comes first is all that is asked
    decision = configurations.decide(Profile(facts=dict(facts)), on, brief=True)
    return Cooperation(
        configuration=decision.possible,
        facts=facts,
        says=tuple(r.says for r in decision.reasons),
        missing=tuple(m.fact for m in decision.missing if m.changes == "first"),
        declared=declared,
        fallback_contact=_fallback(territory, on, decision.possible),
    )


def facts_of(territory: Territory, on: str, law: Law) -> dict[str, bool | None]:
    """`scheme`, `coordination`, `tooled`, `ended`: Kleene's three values; one false part makes a whole false.

    `scheme`: no `[[schemes]]` at all is not known; `schemes = []` is none.
    """
    parts = coordination_parts(territory, on, law)
    coordination = _all(parts["active"], parts["both_sides"])
    status = territory.coordination.status if territory.coordination else None
    unifying = [_all(*asked.values()) for asked in scheme_parts(territory, on, law).values()]
    known = territory.schemes is not None
    return {
        "scheme": any(unifying) or (None if None in unifying or not known else False),
        "coordination": coordination,
        "tooled": _all(coordination, parts["shared_tools"], parts["joint_actions"]),
        "ended": None
        if status is None
        else status in ("stopped", "dormant") or (status == "active" and not parts["active"]),
    }


def coordination_parts(territory: Territory, on: str, law: Law) -> dict[str, bool | None]:
    """What is asked of a coordination, condition by condition: the evidence for and against."""
    body = territory.coordination or Coordination()
    status = body.status
    return {
        "active": None if status is None else status == "active" and stands(body, on),
        "both_sides": _both_sides(body.member_operators, _sides(territory, law)),
        "shared_tools": _filled(body.shared_tools),
        "joint_actions": _filled(body.joint_actions),
    }


def scheme_parts(territory: Territory, on: str, law: Law) -> dict[str, dict[str, bool | None]]:
    """What is asked of a unifying scheme, condition by condition, for each scheme of the territory: active, one public, dedicated
    means, a pilot, members of both sides, at least one service.
    """
    sides = _sides(territory, law)
    return {
        scheme.id: {
            "active": scheme.status == "active" and stands(scheme, on),
            "public": _filled(scheme.public),
            "dedicated_means": scheme.dedicated_means,
            "pilot": None if scheme.pilot is None else True,
            "both_sides": _both_sides(scheme.member_operators, sides),
            "services": _filled(scheme.services),
        }
        for scheme in territory.schemes or ()
    }


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


def _sides(territory: Territory, law: Law) -> dict[str, str]:
    """The side of each operator of the territory (its own word, else its network's) and of each network; partners take none."""
    sides = {code: o.side for code, o in law.operators.items()}
    for house in territory.operators or ():
        sides[house.id] = house.side or sides.get(house.network, "")
    for partner in territory.partners or ():
        sides.setdefault(partner.id, "partner")
    return sides


def _fallback(territory: Territory, on: str, possible: tuple[str, ...]) -> ContactEntry | None:
    """Who to call when no contact answers: whoever runs a living coordination, else the contact of a scheme still funded."""
    body = territory.coordination or Coordination()
    schemes = [s for s in territory.schemes or () if s.dedicated_means and runs(s, on)]
    living: list[Coordination | Scheme] = (
        [body] if body.status == "active" and stands(body, on) and len(possible) == 1 else []
    )
    for one in (*living, *schemes):
        contact = one.contact
        if contact and contact.may_publish is not False:
            return contact
    tool = next((t for t in territory.tools or () if t.type == "phone_platform" and t.phone), None)
    return ContactEntry(use="public", role=tool.name, phone=tool.phone) if tool else None
