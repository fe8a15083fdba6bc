"""How the actors of a territory cooperate, as facts the engine can judge (`rules/cooperation.toml`). Three values: yes, no, not known.

Region, economy and mere ties are never read here: the study says they do not decide (Céreq Bref 383).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

from cep_route.directory.age import runs, stands
from cep_route.engine.explain import Judge
from cep_route.model.answer import Cooperation, Decision, Profile
from cep_route.model.law import Law
from cep_route.model.territory import ContactEntry, Coordination, Territory

Conditions: TypeAlias = dict[str, bool | None]


def cooperation(territory: Territory, on: str, law: Law, configurations: Judge | None) -> Cooperation:
    """The configuration of a territory on a day, or those still possible, with its facts. No `[[schemes]]` is unknown; `[]` is none."""
    schemes, body = conditions(territory, on, law)
    coordination = _all(body["active"], body["both_sides"])
    unifying = [_all(*asked.values()) for asked in schemes.values()]
    status = territory.coordination.status if territory.coordination else None
    past = status in ("stopped", "dormant") or (status == "active" and not body["active"])
    states = {
        "scheme": True in unifying or (None if None in unifying or territory.schemes is None else False),
        "coordination": coordination,
        "tooled": _all(coordination, body["shared_tools"], body["joint_actions"]),
        "ended": None if status is None else past,
    }
    facts = {name: "yes" if state else "no" for name, state in states.items() if state is not None}
    decision = Decision()
    if configurations:  # who comes first is all that is asked
        decision = configurations.decide(Profile(facts=dict(facts)), on, brief=True)
    return Cooperation(
        configuration=decision.possible,
        facts=facts,
        says=tuple(r.says for r in decision.reasons),
        missing=tuple(m.fact for m in decision.missing if m.changes == "first"),
        declared=territory.declaration.configuration if territory.declaration else None,
        fallback_contact=_fallback(territory, on, decision) if configurations else None,
    )


def conditions(territory: Territory, on: str, law: Law) -> tuple[dict[str, Conditions], Conditions]:
    """What is asked of each scheme to be a unifying one, by its id, and of the coordination: condition by condition."""
    # the side of an operator (its own word, else its network's) and of a network; partners take none
    sides = {code: operator.side for code, operator in law.operators.items()}
    sides |= {h.id: h.side or sides.get(h.network, "") for h in territory.operators or ()}
    sides = {p.id: "partner" for p in territory.partners or ()} | sides

    def both_sides(members: Collection[str] | None) -> bool | None:
        """Members of the employment service and of the employees' side; a member whose side is not known leaves it open."""
        found = [sides.get(member) for member in members or ()]
        if all(side in found or "mixed" in found for side in ("employment_service", "employees")):
            return True
        return None if members is None or None in found else False

    schemes: dict[str, Conditions] = {
        scheme.id: {
            "active": scheme.status == "active" and stands(scheme, on),
            "public": _filled(scheme.public),
            "dedicated_means": scheme.dedicated_means,
            "pilot": None if scheme.pilot is None else True,
            "both_sides": both_sides(scheme.member_operators),
            "services": _filled(scheme.services),
        }
        for scheme in territory.schemes or ()
    }
    body = territory.coordination or Coordination()
    return schemes, {
        "active": None if body.status is None else body.status == "active" and stands(body, on),
        "both_sides": both_sides(body.member_operators),
        "shared_tools": _filled(body.shared_tools),
        "joint_actions": _filled(body.joint_actions),
    }


def _filled(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _all(*parts: bool | None) -> bool | None:
    """Kleene's three values: one false part makes the whole false."""
    return False if False in parts else None if None in parts else True


def _fallback(territory: Territory, on: str, decision: Decision) -> ContactEntry | None:
    """Who to call when no contact answers: whoever runs a living coordination, else the contact of a scheme still funded."""
    body, decided = territory.coordination, len(decision.possible) == 1
    contacts = [body.contact] if body and body.status == "active" and stands(body, on) and decided else []
    contacts += [s.contact for s in territory.schemes or () if s.dedicated_means and runs(s, on)]
    phones = (t for t in territory.tools or () if t.type == "phone_platform" and t.phone)
    contacts += [ContactEntry(use="public", role=tool.name, phone=tool.phone) for tool in phones]
    return next((one for one in contacts if one and one.may_publish is not False), None)
