"""The counsellor's version of the sheet, and the note handed over to whoever receives the person, as blocks.

The note leaves out obstacles and what tells of health or means unless the person agrees, and never says that there were any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cep_route.model.answer import Desk, Match, Reason
from cep_route.render.handout.person import Person, detail, item, line
from cep_route.render.sheet import Block, phone_words

PARTNERS_PER_NEED = 3


class Counsellor(Person):
    """What a colleague needs beside the person's sheet."""

    def blocks(self) -> list[Block]:
        head = self.territory["territory"]
        return [
            Block(kind="title", text=self.w("title")),
            line(self.w("sub", day=self.day(self.on), territory=head["name"]), "sub"),
            *self.section("asked", self.asked()),
            *self.section("first", self.first(), self.w("first" if self.decision.decided else "possible")),
            *self.section("also", self.also()),
            *self.section("partners", self.partners()),
            *self.section("funding", self.funding()),
            *self.section("clarify", self.clarify()),
            *self.section("year", self.year()),
            *self.section("why", self.why()),
            *self.section("note", self.notes()),
            *self.section("until", self.held()),
            *self.section("relay", self.relay(), self.w("relay_title")),
        ]

    def asked(self) -> Iterator[Block]:
        profile = self.route.profile
        others = [n for n in self.needs() if n not in profile.blocking]
        blocking = [n for n in self.needs() if n in profile.blocking]
        if blocking:
            yield line(self.w("blocking", needs=self.semicolon.join(map(self.need, blocking))))
        if others:
            yield line(self.w("needs", needs=self.semicolon.join(map(self.need, others))))
        if not (blocking or others):
            yield line(self.w("no_needs"))
        told = self.told()
        if told:
            yield line(self.w("understood", facts=self.semicolon.join(told)))

    def noted(self, desk: Desk) -> bool:
        return desk.channel == "national" or super().noted(desk)

    # -- whom to call -----------------------------------------------------------------------------------------------------

    def one_door(self, code: str) -> Iterator[Block]:
        yield from super().one_door(code)
        if not self.outside(code):
            yield from self.colleague(self.route.desks.get(code), always=True)

    def colleague(self, desk: Desk | None, *, always: bool) -> Iterator[Block]:
        """The named colleague and the deputy, with the day they were checked."""
        contact = desk.counsellor if desk else None
        if contact is None:
            if always:
                yield detail(self.w("no_colleague"))
            return
        yield detail(self.w("colleague", who=self.who(contact)), "colleague")
        if contact.get("deputy"):
            yield detail(self.w("deputy", who=contact["deputy"]), "colleague")

    def who(self, contact: Mapping[str, Any]) -> str:
        phone = contact.get("phone")
        parts = [
            contact.get("name"),
            contact.get("role"),
            phone_words(phone) if phone else None,
            contact.get("email"),
        ]
        text = ", ".join(str(p) for p in parts if p)
        checked = contact.get("checked_on")
        return f"{text} ({self.w('checked', day=self.day(checked))})" if checked else text

    def short_desk(self, desk: Desk | None) -> Iterator[Block]:
        yield from super().short_desk(desk)
        yield from self.colleague(desk, always=False)

    def partners(self) -> Iterator[Block]:
        for need in self.needs():
            yield item(self.need(need), "need")
            found = self.matches(need, PARTNERS_PER_NEED)
            for match in found:
                yield from self.match(match)
            if not found:
                yield detail(self.w("unmet"), "unmet")

    def match(self, match: Match) -> Iterator[Block]:
        (shown,) = super().match(match)  # never in easy words, which take several lines
        contact = match.desk.counsellor if match.desk else None
        if contact is None:
            yield shown
            return
        deputy = f"{self.semicolon}{self.w('deputy', who=contact['deputy'])}" if contact.get("deputy") else ""
        yield detail(f"{shown.text} — {self.w('colleague', who=self.who(contact))}{deputy}")

    def funding(self) -> Iterator[Block]:
        """Who decides, apart from who advises: the houses here, then what the networks of the doors say of themselves."""
        for one in self.route.funding:
            if one["decides"]:
                yield item(self.w("decides", who=one["name"], what=", ".join(one["decides"])), "funding")
            else:
                yield item(self.w("funds", who=one["name"]), "funding")
        for code in self.doors():
            says = self.law.operator(code).funds_training
            if says:
                yield item(
                    self.w("advises", who=self.network(code).partition(" (")[0], what=says[self.lang]),
                    "advises",
                )

    def questions(self) -> Mapping[str, Mapping[str, str]]:
        return {}  # those of facts.toml, which speak of the person

    def why(self) -> Iterator[Block]:
        for reason in sorted(self.reasons("opens"), key=lambda r: r.operator not in self.doors()):
            if reason.operator not in {*self.doors(), *(e.operator for e in self.decision.eligible)}:
                continue
            unsure = f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""
            yield item(reason.says[self.lang] + unsure, "reason")
            yield detail(f"[{reason.rule}] {self.law_of(reason.sources)}", "law")

    def held(self) -> Iterator[Block]:
        yield from super().held()
        fallback = self.route.cooperation.fallback_contact
        if fallback:
            yield line(self.w("fallback", who=self.who(fallback)))

    # -- the note handed over ---------------------------------------------------------------------------------------------

    def relay(self) -> Iterator[Block]:
        """To, from, whom, what for, why, what was done, what is open, and the consent line."""
        kept_back = self.said["kept_back"]
        consent = self.wanted.consent
        yield line(self.w("relay_to" if self.decision.decided else "relay_to_open", who=self.receivers()))
        if self.decision.decided:
            for code in self.doors():
                desk = self.route.desks.get(code)
                if desk and desk.counsellor:
                    yield line(self.w("colleague", who=self.who(desk.counsellor)))
        yield line(self.w("relay_from"), "blank")
        yield line(self.w("relay_person"), "blank")
        obstacles = [n for n in self.needs() if self.family(n) in kept_back["families"]]
        asks = [n for n in self.needs() if n not in obstacles]
        if asks:
            yield line(self.w("relay_asks", needs=self.semicolon.join(map(self.need, asks))))
        else:
            yield line(self.w("relay_asks_open"), "blank")
        if obstacles and consent:
            yield line(self.w("relay_obstacles", needs=self.semicolon.join(map(self.need, obstacles))))
        told = self.told(() if consent else kept_back["facts"])
        if told:
            yield line(self.w("relay_known", facts=self.semicolon.join(told)))
        for reason in self.handed_reasons(() if consent else tuple(kept_back["facts"])):
            yield line(
                self.w(
                    "relay_reason",
                    says=f"{reason.says[self.lang].rstrip('.')} ({self.law_of(reason.sources)})",
                )
            )
        yield line(self.w("relay_done"))
        hidden = () if consent else tuple(kept_back["facts"])
        missing = [m.fact for m in self.decision.missing if m.fact not in hidden]
        if missing:
            facts = ", ".join(self.law.facts[f].label[self.lang] for f in missing)
            yield line(self.w("relay_open", facts=facts))
        for scheme in self.schemes(surely=True):
            if scheme.follow_up:
                days = scheme.follow_up.get("within_days")
                within = self.w("relay_within", days=days) if days is not None else ""
                yield line(self.w("relay_follow", by=scheme.follow_up["by"]) + within)
        yield line(self.w("relay_back"), "blank")
        if not consent:
            yield line(self.w("relay_left_out"))
        to = self.receivers() if self.decision.decided else self.w("consent_open")
        if self.decision.decided and len(self.doors()) > 1:
            to += self.w("consent_one")
        yield line(self.w("consent_all" if consent else "consent", who=to), "consent")
        yield line(self.w("sign"), "blank")

    def receivers(self) -> str:
        names: list[str] = []
        for code in self.doors():
            if self.outside(code):
                names += [b["name"] for b in self.bodies(self.decision.see)]
            else:
                names.append(self.door(code, self.route.desks.get(code)))
        return self.either(dict.fromkeys(names))

    def handed_reasons(self, hidden: tuple[str, ...]) -> Iterator[Reason]:
        """One reason for each door; none that rests on a fact the person has not agreed to tell."""
        for code in self.doors() if self.decision.decided else ():
            for reason in self.reasons("opens", code):
                if not set(reason.facts) & set(hidden):
                    yield reason
                    break
