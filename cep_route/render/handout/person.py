"""The sheet a person takes away, as blocks: what was asked, what the CEP is, where to go, with whom, what next, why, until when.

The sections are those that level 1 owes the person (order of 29 March 2019, § 3.1; Céreq Études 22, part 1 § 2), "no further step"
among the steps. Nothing here ever says that this is the wrong place: every line sends to somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cep_route.model.answer import Desk, Match, SchemeMatch
from cep_route.model.profile import Stretch
from cep_route.render import hours
from cep_route.render.handout.telling import Telling
from cep_route.render.sheet import Block, month_words, opening_words, phone_words

PARTNERS_PER_NEED = 2  # a page is short: the counsellor's sheet has three
EVENTS = 2
QUESTIONS = 3


def item(text: str, tag: str = "") -> Block:
    return Block(kind="item", text=text, tag=tag)


def detail(text: str, tag: str = "") -> Block:
    return Block(kind="detail", text=text, tag=tag)


def line(text: str, tag: str = "") -> Block:
    return Block(kind="text", text=text, tag=tag)


class Person(Telling):
    """The person's own sheet."""

    def blocks(self) -> list[Block]:
        head = self.territory["territory"]
        inside = any(not self.outside(c) for c in self.doors())
        decided = self.decision.decided
        return [
            Block(kind="title", text=self.w("title")),
            line(self.w("sub", day=self.day(self.on), territory=head["name"]), "sub"),
            *self.section("asked", self.asked()),
            *self.section("about", self.said_of("about"), self.w("about" if inside else "about_outside")),
            *self.section("first", self.first(), self.w("first" if decided else "possible")),
            *self.section("bring", self.said_of("bring")),
            *self.section("also", self.also()),
            *self.section("partners", self.partners()),
            *self.section("step", self.said_of("step")),
            *self.section("year", self.year()),
            *self.section("why", self.why()),
            *self.section("note", self.notes()),
            *self.section("clarify", self.clarify()),
            *self.section("events", self.events()),
            *self.section("until", self.held()),
            *self.section("fill", self.fill()),
            line(self.w("end", day=self.day(head["as_of"])), "end"),
        ]

    def asked(self) -> Iterator[Block]:
        needs = self.needs()
        if needs:
            yield line(self.w("needs", needs=self.semicolon.join(map(self.need, needs))))
        else:
            yield line(self.w("no_needs"))
        told = self.told()
        if told and self.easy:
            # a bracket is hard to read
            yield from (item(_capital(re.sub(r" \(([^)]*)\)", r", \1", text))) for text in told)
        elif told:
            yield line(self.w("understood", facts=self.semicolon.join(told)))
        if told:
            yield line(self.w("correct"))

    def said_of(self, part: str) -> Iterator[Block]:
        for statement in self.statements(part):
            first, *others = self.lines(statement)
            yield item(first, statement["id"])
            yield from (detail(text) for text in others)

    # -- where ----------------------------------------------------------------------------------------------------------

    def first(self) -> Iterator[Block]:
        decision = self.decision
        for scheme in self.schemes(surely=True):
            if scheme.first:
                yield from self.scheme(scheme)
        if not decision.decided:
            yield line(self.w("possible_call"))
        elif len(decision.first) > 1:
            yield line(self.w("joint"))
        for code in self.doors():
            yield from self.one_door(code)
        if not self.doors():
            yield line(self.w("nobody"))
        if self.route.profile.commune is None:
            yield line(self.w("no_commune"))

    def one_door(self, code: str) -> Iterator[Block]:
        if self.outside(code):
            for found in self.bodies(self.decision.see):
                yield item(_capital(found["name"]), "first")
                yield from self.body(found)
            return
        desk = self.route.desks.get(code)
        yield item(self.door(code, desk), "first")
        if self.easy:
            yield from (detail(text) for text in self.door_does(code))
        if desk is not None:
            yield from self.desk(desk)

    def body(self, found: Mapping[str, Any]) -> Iterator[Block]:
        """What a body outside the CEP does, and its desk near by or its national number."""
        if found["what"]:
            yield detail(_capital(found["what"]))
        near = self.near.get(found["see"])
        if near is not None:
            yield detail(near.name or "")
            yield from self.desk(near)
            return
        if found["phone"]:
            yield detail(self.w("phone", phone=phone_words(found["phone"])), "phone")
        if found["url"]:
            yield detail(self.w("site", url=found["url"]))

    def desk(self, desk: Desk) -> Iterator[Block]:
        """Where, when, how to reach it, how soon, how to get in."""
        house = self.houses.get(desk.id or "", {})
        on_site = desk.channel in {"desk", "permanence"}
        if self.easy:
            yield from self.easy_place(desk, on_site=on_site)
        elif on_site:
            where = self.where(desk)
            key = "permanence" if desk.channel == "permanence" else "address"
            if where:
                yield detail(self.w(key, where=where))
        elif desk.phone:
            yield detail(self.w("remote"))
        yield from self.when(desk, on_site=on_site)
        if self.easy:
            if desk.phone:
                yield detail(self.w("phone", phone=phone_words(desk.phone)), "phone")
            if desk.url:
                yield detail(self.w("site", url=desk.url))
        elif reach := self.reach(desk, house):
            yield detail(reach, "phone")
        if desk.note and self.noted(desk):
            yield detail(_capital(desk.note[self.lang]))
        if not (desk.phone or desk.url):
            yield detail(self.w("no_contact"))
        access = []
        if house.get("wait_days") is not None:
            access.append(self.w("wait", days=house["wait_days"]))
        if on_site and desk.wheelchair is not None:
            access.append(self.w("wheelchair" if desk.wheelchair else "no_wheelchair"))
        yield from (detail(text) for text in (access if self.easy else filter(None, [". ".join(access)])))
        if day := self.stale(desk):
            yield detail(self.w("stale" if on_site else "stale_phone", day=self.day(day)))
        if desk.nearest and not self.easy:
            near = [desk.nearest.name or "", self.where(desk.nearest)]
            if desk.nearest.hours:
                near.append(self.spoken_hours(desk.nearest.hours))
            yield detail(self.w("nearest", desk=", ".join(p for p in near if p)))

    def noted(self, desk: Desk) -> bool:
        """Is the note on a channel for the person: it stands in for a phone, or the phone is unsure?"""
        return desk.phone is None or desk.confidence == "unsure"

    def easy_place(self, desk: Desk, *, on_site: bool) -> Iterator[Block]:
        if not on_site:
            if desk.phone:
                yield detail(self.w("remote"))
            return
        where = desk.address or desk.commune_name
        if where:
            yield detail(self.w("permanence" if desk.channel == "permanence" else "address", where=where))
        if desk.km is not None:
            here = desk.km < 0.1
            yield detail(self.w("easy_here") if here else self.w("easy_km", km=self.number(desk.km)))
        if desk.minutes is not None:
            yield detail(self.w("easy_minutes", minutes=desk.minutes))

    def when(self, desk: Desk, *, on_site: bool) -> Iterator[Block]:
        """Hours in words, and whether one must call first: one line, or one idea a line."""
        said = []
        if desk.hours and self.easy:
            yield from (detail(text) for text in hours.easy(desk.hours, self.lang))
        elif desk.hours:
            said.append(self.w("open" if on_site else "on_call", hours=self.spoken_hours(desk.hours)))
        if on_site and desk.by_appointment is not None:
            said.append(self.w("appointment" if desk.by_appointment else "no_appointment"))
        yield from (detail(text) for text in (said if self.easy else filter(None, [". ".join(said)])))
        if desk.open is not None and not self.easy:
            yield detail(_capital(hours.clocks(opening_words(desk.open, self.lang), self.lang)))

    def scheme(self, scheme: SchemeMatch) -> Iterator[Block]:
        yield item(scheme.name, "first" if scheme.first else "scheme")
        if scheme.needs:
            yield detail(self.w("covers", needs=", ".join(map(self.need, scheme.needs))))
        if scheme.desk:
            place = replace(scheme.desk, phone=None, contact=None, url=None, note=None)
            yield from (b for b in self.desk(place) if b.text != self.w("no_contact"))
        if scheme.phone:
            yield detail(self.w("single_phone", phone=phone_words(scheme.phone)), "phone")
        if scheme.conditions:
            yield detail(self.w("conditions", text=scheme.conditions))
        if scheme.follow_up:
            yield detail(self.w("follow_up", by=scheme.follow_up["by"]))

    # -- with whom ------------------------------------------------------------------------------------------------------

    def also(self) -> Iterator[Block]:
        shown = set(self.doors())
        for scheme in self.schemes(surely=True):
            if not scheme.first:
                yield from self.scheme(scheme)
        for eligible in self.decision.eligible:
            code = eligible.operator
            if code in shown:
                continue
            if self.outside(code):
                for found in self.bodies(self.decision.see):
                    yield item(_capital(found["name"]), "eligible")
                    yield from self.body(found)
                continue
            desk = self.route.desks.get(code)
            yield item(self.door(code, desk), "eligible")
            if self.easy:
                yield from (detail(text) for text in self.door_does(code)[:1])
            yield from self.short_desk(desk)
        for maybe in self.decision.maybe:
            if maybe.operator in shown or self.outside(maybe.operator):
                continue
            facts = ", ".join(self.law.facts[f].label[self.lang] for f in maybe.missing)
            yield item(self.w("maybe", operator=self.network(maybe.operator), facts=facts), "maybe")
        for scheme in self.schemes(surely=False):
            facts = ", ".join(self.law.facts[f].label[self.lang] for f in scheme.missing)
            yield item(self.w("scheme_maybe", name=scheme.name, facts=facts), "maybe")

    def short_desk(self, desk: Desk | None) -> Iterator[Block]:
        """Where and how to reach it, on one or two lines."""
        if desk is None:
            return
        if desk.channel in {"desk", "permanence"} and (where := self.where(desk)):
            yield detail(where)
        reach = [
            self.w("phone", phone=phone_words(desk.phone)) if desk.phone else "",
            self.w("site", url=desk.url)
            if desk.url and not (desk.phone and desk.channel != "national")
            else "",
        ]
        said = [r for r in reach if r] or [desk.note[self.lang] if desk.note else self.w("no_contact")]
        if self.easy:
            yield from (detail(text, "phone") for text in said)
        else:
            yield detail(self.semicolon.join(said), "phone")

    def partners(self) -> Iterator[Block]:
        for need in self.needs():
            yield item(self.need(need), "need")
            found = self.matches(need, 1 if self.easy else PARTNERS_PER_NEED)
            for match in found:
                yield from self.match(match)
            if not found:
                yield detail(self.w("unmet"), "unmet")

    def match(self, match: Match) -> Iterator[Block]:
        desk = match.desk
        house = self.houses.get(match.partner, {})
        number = (desk.phone if desk else None) or house.get("phone")
        phone = self.w("phone", phone=phone_words(number)) if number else ""
        site = self.w("site", url=desk.url) if desk and desk.url and not desk.phone else ""
        if self.easy:
            yield from (detail(text) for text in (match.name, phone or site) if text)
            return
        parts = [match.name, self.where(desk) if desk else "", _small(phone or site)]
        extra = [self.w("paying")] if house.get("fees") == "payant" else []
        public = "public" in match.unknown or match.relaxed == "public"
        extra += [self.w("check_public")] if public else []
        extra += [self.w("check_zone")] if "zone" in match.unknown or match.relaxed == "zone" else []
        extra += [self.w("check_mode")] if "mode" in match.unknown or match.relaxed == "mode" else []
        extra += [self.w("afar")] if match.reception == ("a-distance",) else []
        text = ", ".join(p for p in parts if p)
        yield detail(f"{text} ({self.semicolon.join(extra)})" if extra else text)

    def events(self) -> Iterator[Block]:
        for event in self.route.events[:EVENTS] if not self.easy else ():
            commune = event.get("commune")
            own = {c["code"]: c["name"] for c in self.territory.get("communes") or ()}
            where = own.get(commune, "") if commune else ""
            parts = [event.get("name") or "", self.day(event["date"]), where]
            yield item(", ".join(p for p in parts if p))

    def year(self) -> Iterator[Block]:
        """The later stretches of a seasonal year: from when, whom to see, and the hand-over that prepares it."""
        for stretch in self.later:
            yield from self.stretch(stretch)

    def stretch(self, stretch: Stretch) -> Iterator[Block]:
        decision, desks = stretch.route.decision, stretch.route.desks
        codes = decision.first if decision.decided else decision.possible
        doors = self.either(
            _capital(self.bodies(decision.see)[0]["name"])
            if self.outside(c) and decision.see
            else self.plain_door(c, stretch.day)
            for c in codes
        )
        names = [month_words(m, self.lang) for m in stretch.months]
        months = self.w("months", first=names[0], last=names[-1]) if len(names) > 1 else names[0]
        yield item(self.w("from_then", day=self.day(stretch.day), months=months, doors=doors))
        phones = [phone_words(d.phone) for c in codes if (d := desks.get(c)) and d.phone]
        if phones:
            yield detail(self.w("phone", phone=self.either(dict.fromkeys(phones))), "phone")
        if stretch.hand_over and all(stretch.hand_over):
            left, right = (
                self.either(self.plain_door(c, stretch.day) for c in side) for side in stretch.hand_over
            )
            yield detail(self.w("relay", left=left, right=right))

    # -- why, and what next -----------------------------------------------------------------------------------------------

    def why(self) -> Iterator[Block]:
        """One sentence for each door, the first ones first, with the law; in easy words, what the door is for."""
        others = [e.operator for e in self.decision.eligible if e.operator not in self.doors()]
        for code in (*self.doors(), *others):
            reasons = self.reasons("opens", code)
            if not reasons:
                continue
            if self.easy:
                if code in self.doors():
                    named = (
                        [_capital(b["name"]) for b in self.bodies(self.decision.see)]
                        if self.outside(code)
                        else []
                    )
                    yield item(self.w("easy_why", operator=self.either(named) or self.plain_door(code)))
                    yield detail(self.w("law", law=self.law_of(reasons[0].sources)), "law")
                continue
            reason = reasons[0]
            unsure = f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""
            yield item(reason.says[self.lang] + unsure, "reason")
            yield detail(self.w("law", law=self.law_of(reason.sources)), "law")

    def notes(self) -> Iterator[Block]:
        if self.easy:
            return
        for reason in self.reasons("note"):
            unsure = f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""
            yield item(reason.says[self.lang] + unsure, "note")
            near = [self.near[code] for code in reason.see if code in self.near]
            yield from (
                detail(", ".join(p for p in (d.name, self.where(d), self.reach(d)) if p)) for d in near
            )

    def clarify(self) -> Iterator[Block]:
        asked = self.questions()
        order = ["first", "see", "eligible"]
        missing = sorted(self.decision.missing, key=lambda m: order.index(m.changes))
        for one in missing[:QUESTIONS]:
            question = asked.get(one.fact) or self.law.facts[one.fact].question
            yield item(question[self.lang], "question")
            if one.changes != "first" or self.decision.decided:
                continue
            splits = [
                f"{self.value(one.fact, value)}{self.colon}{self.either(dict.fromkeys(self.plain_door(c) for c in codes))}"
                for value, codes in one.splits.items()
            ]
            if self.easy:
                yield from (detail(text) for text in splits)
            else:
                yield detail(self.semicolon.join(splits))

    def questions(self) -> Mapping[str, Mapping[str, str]]:
        """The questions of facts, put to the reader."""
        return {q["fact"]: q for q in self.said["questions"]}

    def held(self) -> Iterator[Block]:
        limit = self.until()
        if limit:
            when, why, then = limit
            key = "until_day" if why else "until_birthday"
            yield line(self.w(key, day=when, age=when, why=why, then=then or self.w("until_ask")))
        yield line(self.w("until_change"))

    def fill(self) -> Iterator[Block]:
        keys = ["fill_meeting", "fill_questions"]
        if not self.needs():
            keys.insert(0, "fill_words")
        yield from (line(self.w(key), "blank") for key in keys)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
