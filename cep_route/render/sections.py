"""The one walk over an answer: who, where, with whom, why, until when, as sections of parts. Terminal, text, Markdown, HTML and PDF draw them.

`answer_page` makes the page of `route` and `ask`, short or with every detail; `handout_page` the sheet a person takes away, or its
counsellor's version with the note handed over. The sections are those that level 1 owes the person (order of 29 March 2019, § 3.1;
Céreq Études 22, part 1 § 2). Nothing here decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from cep_route.directory.where import ordered_needs
from cep_route.messages import months, said
from cep_route.model.answer import Desk, Finding, Match, Maybe, Missing, Reason, Route, SchemeMatch
from cep_route.model.law import Law, next_day, within
from cep_route.model.profile import Stretch
from cep_route.model.territory import House, Scheme, Territory
from cep_route.render import hours
from cep_route.render.data import BodyData
from cep_route.render.desks import ON_SITE, DeskSayings
from cep_route.render.parts import (
    Card,
    Item,
    Line,
    Page,
    Pairs,
    Part,
    Said,
    Section,
    Span,
    capital,
    grid,
    joined,
    section,
    text_of,
)
from cep_route.render.safe import link
from cep_route.render.telling import Wanted, phone_words
from cep_route.render.territory import Shown, public_tools

PARTNERS = {"screen": 2, "person": 2, "counsellor": 3}  # of a need: a page is short
DETAILED_PARTNERS = 3
EVENTS = 2
FEW = 2  # bodies outside the CEP of which the first is named
NAMED = 3  # who may come after: more names would tell nothing
TOOLS = 2
SITUATION = "status"  # whoever asks has just told it
PLAIN_VALUES = ("none", "no")  # of a fact of health or means: nothing to keep back
# Warnings that stand beside what they speak of; the others are told after the answer.
TYPED = "CEP518"  # what a typed word was understood as
BESIDE = frozenset({"CEP231", "CEP232", "CEP512", "CEP514", "CEP515", TYPED})
_ARTICLE = re.compile(r"[A-Z]*[\d-]+")
# The sections of a whole page, by its reader; « about », « bring » and « step » are statements of `rules/handout.toml`.
PAGES = {
    "screen": (
        "understood", "first", "ask", "why", "note", "presumed", "also", "partners", "funding", "not", "changes", "until",
        "cooperation", "events",
    ),
    "person": (
        "asked", "about", "first", "bring", "also", "partners", "step", "year", "why", "note", "clarify", "events", "until", "fill",
    ),
    "counsellor": (
        "asked", "first", "also", "partners", "funding", "clarify", "year", "why", "note", "until", "relay",
    ),
}  # fmt: skip
Holds = Callable[[Mapping[str, Any]], bool | None]


def answer_page(
    answer: Route | tuple[Stretch, ...],
    law: Law,
    lang: str,
    territory: Territory,
    *,
    details: bool = False,
) -> Page:
    """The answer as the screen gives it; of a year of several situations, a part for each stretch of months."""
    wanted = Wanted(reader="screen", lang=lang, details=details)
    year = answer if isinstance(answer, tuple) else ()
    routes = [s.route for s in answer] if isinstance(answer, tuple) else [answer]
    tellings = [Answer(r, law, territory, wanted) for r in routes]
    first = tellings[0]
    if not details:
        sections = [*first.shortly(), *section("year", first.w("year"), first.year(year[1:]))]
        return Page(sections=tuple(sections), end=first.w("more"))
    found: list[Section] = []
    for i, telling in enumerate(tellings):
        found += telling.stretch_title(year[i]) if year else ()
        found += telling.sections()
    title = first.w("title", day=first.day(first.on), territory=territory.head.name)
    return Page(title=title, sections=tuple(found))


def handout_page(
    route: Route,
    law: Law,
    territory: Territory,
    said: Mapping[str, Any],
    holds: Holds,
    wanted: Wanted,
    later: tuple[Stretch, ...] = (),
) -> Page:
    """The sheet: the person's own, every line of which sends to somebody, or a colleague's, with the note handed over.

    `later`: the stretches of a year that come after this answer; the rest: see `Answer`.
    """
    telling, head = Answer(route, law, territory, wanted, said, holds), territory.head
    return Page(
        title=telling.w("title"),
        sub=telling.w("sub", day=telling.day(telling.on), territory=head.name),
        sections=tuple(telling.sections(later)),
        end=telling.w("end", day=telling.day(head.as_of)) if wanted.reader == "person" else "",
    )


def beside(finding: Finding) -> bool:
    """Whether a warning stands on the page itself, beside what it speaks of."""
    return finding.code in BESIDE


class Answer(DeskSayings):
    """The sections of one answer. Each method makes the parts of one of them, for whoever reads.

    `said`: `rules/handout.toml` compiled; `holds`: does a box of the rules' language hold this person (the engine answers).
    """

    def __init__(
        self,
        route: Route,
        law: Law,
        territory: Territory,
        wanted: Wanted,
        said: Mapping[str, Any] | None = None,
        holds: Holds | None = None,
    ) -> None:
        super().__init__(law, route.decision.on, wanted, route.profile.commune, territory)
        self.route, self.decision, self.near = route, route.decision, route.bodies
        self.said = said or {"statements": (), "questions": (), "kept_back": {"families": (), "facts": ()}}
        self.holds = holds

    # -- pages ------------------------------------------------------------------------------------------------------------

    def shortly(self) -> Iterator[Section]:
        """The answer in a dozen lines: where, who else, why, until when, the one question, the needs."""
        yield from section("first", self.w("first" if self.decision.decided else "possible"), self.first())
        yield from section("also", "", self.others())
        yield from section("ask", *self.best_question())
        yield from section("partners", "", self.partners_table())
        yield from section("brief", "", self.brief())

    def sections(self, later: tuple[Stretch, ...] = ()) -> Iterator[Section]:
        """The sections of the whole page of this reader, in their order, those that hold nothing left out."""
        to_person = self.reader == "person"
        made: dict[str, Iterable[Part]] = {
            "understood": self.understood(),
            "asked": self.asked(),
            "first": self.first(),
            "ask": self.questions(),
            "clarify": self.clarify() if to_person else self.questions(),
            "why": self.why() if to_person else self.reasons_of("opens"),
            "note": self.notes() if to_person else self.reasons_of("note"),
            "presumed": self.presumptions(),
            "also": self.also(),
            "partners": self.partners_table() if self.on_screen else self.partners(),
            "funding": self.funding(),
            "not": self.why_not(),
            "changes": self.changes(),
            "year": self.year(later),
            "until": self.pairs(self.until_row()) if self.on_screen else self.held(),
            "cooperation": self.cooperation(),
            "events": self.around(),
            "fill": self.fill(),
            "relay": self.relay() if self.reader == "counsellor" else (),
        }
        for name in PAGES[self.reader]:
            yield from section(name, self.heading(name), made.get(name) or self.statements_of(name))

    def heading(self, name: str) -> str:
        """The title of a section, which says of some whether the answer is known, or outside the CEP."""
        if name == "first" and not self.decision.decided:
            name = "possible"
        elif name == "about" and all(map(self.outside, self.doors())):
            name = "about_outside"
        elif name == "relay":
            name = "relay_title"
        return "" if name == "until" and self.on_screen else self.w(name)

    # -- what is known of the person ---------------------------------------------------------------------------------------

    def told(self, left_out: Iterable[str] = ()) -> list[str]:
        """The facts as understood, but some; the birth date before them, the home after."""
        profile, out = self.route.profile, set(left_out)
        told = [self.fact(n, str(v)) for n, v in profile.facts.items() if n not in out]
        if profile.birth_date:
            told.insert(0, self.w("born", day=self.day(profile.birth_date)))
        if profile.commune:
            told.append(self.w("home", name=self.route.home or profile.commune))
        return told

    def needs(self) -> tuple[str, ...]:
        profile = self.route.profile
        return ordered_needs(profile.needs, profile.blocking, self.law, self.territory)

    def family(self, code: str) -> str:
        own = self.own_needs.get(code)
        return (own.family if own else None) or self.law.need(code).family or "obstacles"

    def understood(self) -> Iterator[Part]:
        told = self.told()
        if told:
            yield Line(text=self.semicolon.join(told))

    def asked(self) -> Iterator[Part]:
        """The needs, then the situation; on the person's sheet nothing of health or means unless asked."""
        profile = self.route.profile
        blocking = [n for n in self.needs() if n in profile.blocking and self.reader == "counsellor"]
        others = [n for n in self.needs() if n not in blocking]
        if blocking:
            yield Line(text=self.w("blocking", needs=self.semicolon.join(map(self.need, blocking))))
        if others:
            yield Line(text=self.w("needs", needs=self.semicolon.join(map(self.need, others))))
        if not (blocking or others):
            yield Line(text=self.w("no_needs"))
        told = self.told(self.kept_back() if self.reader == "person" else ())
        if told and self.easy:
            # a bracket is hard to read
            yield from (Item(text=capital(re.sub(r" \(([^)]*)\)", r", \1", text))) for text in told)
        elif told:
            yield Line(text=self.w("understood", facts=self.semicolon.join(told)))
        if told and self.reader == "person":
            yield Line(text=self.w("correct"))

    def kept_back(self) -> tuple[str, ...]:
        """The facts of health and means, which a page that leaves the room keeps to itself unless asked."""
        return () if self.wanted.consent else tuple(self.said["kept_back"]["facts"])

    def tells(self, reason: Reason) -> bool:
        """Whether a reason would tell of health or means what is kept back."""
        return any(reason.facts.get(f, "no") not in PLAIN_VALUES for f in self.kept_back())

    def statements(self, part: str, answers: tuple[str, ...] | None = None) -> Iterator[Mapping[str, Any]]:
        """The statements of a part that hold here; `answers`: the answers they must be for, by default the doors."""
        codes = self.doors() if answers is None else answers
        inside = any(not self.outside(c) for c in codes)
        families = {self.family(n) for n in self.needs()}
        for one in self.said["statements"]:
            if (
                one["part"] == part
                and within(one.get("since"), one.get("until"), self.on)
                and (not one["answers"] or set(one["answers"]) & set(codes))
                and one.get("inside") in (None, inside)
                and (not one["families"] or set(one["families"]) & families)
                and (not one["when"] or self.holds is None or self.holds(one["when"]) is True)
            ):
                yield one

    def lines(self, statement: Mapping[str, Any]) -> list[str]:
        if self.easy:
            return [words[self.lang] for words in statement["easy"]]
        return [statement[self.lang]]

    def statements_of(self, part: str) -> Iterator[Part]:
        for statement in self.statements(part):
            first, *others = self.lines(statement)
            yield Item(text=first, details=tuple(Line(text=t) for t in others), tag=statement["id"])

    # -- where to go first ---------------------------------------------------------------------------------------------------

    def doors(self) -> tuple[str, ...]:
        """The answers the page sends to: the first ones, or all the possible ones while something is missing."""
        return self.decision.first if self.decision.decided else self.decision.possible

    def door(self, code: str, desk: Desk | None) -> str:
        """The house by its name, with its network's when the name does not say it."""
        network = self.network(code)
        if desk is None or not desk.name:
            return network
        short = self.short(code)
        return desk.name if short.casefold() in desk.name.casefold() else f"{short}{self.colon}{desk.name}"

    def first(self) -> Iterator[Part]:
        """A local one-stop shop, then the doors; outside the CEP, the bodies to see."""
        decision = self.decision
        for scheme in self.schemes(surely=True):
            if scheme.first:
                yield self.scheme(scheme)
        if not decision.decided and self.on_screen:
            yield from self.possible_table()
            return
        if not decision.decided:
            yield Line(text=self.w("possible_call"))
        elif len(decision.first) > 1:
            yield Line(text=self.w("joint"))
        for code in self.doors():
            yield from self.one_door(code)
        if not self.doors():
            yield Line(text=self.w("nobody"), tag="error")
        if self.route.profile.commune is None:
            yield Line(text=self.w("no_commune"), tag="old")

    def one_door(self, code: str) -> Iterator[Part]:
        if self.outside(code):
            for found in self.bodies(self.sees(code)):
                yield self.body(found)
            return
        desk = self.route.desks.get(code)
        lines = [*self.easy_door(code), *(self.desk(desk) if desk else ())]
        yield Card(
            name=self.named(self.door(code, desk), desk),
            aside=self.aside(desk),
            lines=tuple(lines),
            tag="first",
        )
        if self.reader == "person" and desk is not None:
            yield from self.code_of(desk)

    def easy_door(self, code: str) -> list[Line]:
        """What a door is, in easy words."""
        statements = self.statements("door", (code,)) if self.easy else ()
        return [Line(text=text) for statement in statements for text in self.lines(statement)]

    def aside(self, desk: Desk | None) -> Said:
        """What the screen shows on the right of the name: town, distance, whether it is open."""
        if desk is None or not self.on_screen:
            return ""
        if desk.channel not in ON_SITE:
            return self.w("remote_short") if desk.phone or desk.url else ""
        parts = [self.w("in_town", town=desk.commune_name) if desk.commune_name else ""]
        if self.is_here(desk):
            parts.append(self.w("here"))
        elif desk.km is not None:
            parts.append(self.w("km_away", km=self.number(desk.km)))
        parts += [self.w("minutes", minutes=desk.minutes)] if desk.minutes is not None else []
        return ", ".join(p for p in parts if p)

    def body(self, found: BodyData) -> Card:
        """A body outside the CEP: what it does, and its desk near by or its national number, or where to look for it."""
        what = [Line(text=capital(found.what))] if found.what else []
        near = self.near.get(found.see)
        if near is not None:
            lines = [Line(text=near.name)] if near.name else []
            lines += self.desk(near, "no_colleague")
        else:
            card = self.law.bodies.get(found.see)
            reach = joined((self.phone(found.phone, "phone"), self.site(found.url)), self.semicolon)
            find = capital(card.find[self.lang]) if card and card.find else self.w("body_unknown")
            lines = [Line(text=reach or find, tag="phone" if reach else "unknown")]
        lines = [*lines, *what] if self.on_screen else [*what, *lines]
        return Card(
            name=Span(capital(found.name), "name", link(found.url or "")),
            aside=self.aside(near),
            lines=tuple(lines),
            tag="first",
        )

    # -- schemes -------------------------------------------------------------------------------------------------------------

    def schemes(self, *, surely: bool) -> list[SchemeMatch]:
        return [s for s in self.route.schemes if bool(s.missing) is not surely]

    def scheme(self, scheme: SchemeMatch) -> Card:
        lines = []
        if scheme.phone and (scheme.desk is None or not self.on_screen):
            lines.append(Line(text=self.phone(scheme.phone, "single_phone"), tag="phone"))
        if scheme.desk:
            own = scheme.phone if self.on_screen else None
            place = replace(scheme.desk, phone=own, contact=None, url=None, note=None, counsellor=None)
            lines += self.desk(place, "no_contact", "no_colleague")
        if scheme.needs:
            lines.append(Line(text=self.w("covers", needs=self.needs_of(scheme.needs))))
        if scheme.conditions:
            lines.append(Line(text=self.w("conditions", text=scheme.conditions)))
        if scheme.follow_up:
            lines.append(Line(text=self.w("follow_up", by=scheme.follow_up.by)))
        return Card(
            name=Span(scheme.name, "name"), lines=tuple(lines), tag="first" if scheme.first else "scheme"
        )

    # -- who else ------------------------------------------------------------------------------------------------------------

    def others(self) -> Iterator[Part]:
        """A table of who else may serve the person, and on what condition (the screen)."""
        rows: list[tuple[Said, ...]] = []
        for scheme in self.route.schemes:
            if not scheme.first:
                why = (
                    self.w("depends", facts=self.labels(scheme.missing))
                    if scheme.missing
                    else self.needs_of(scheme.needs)
                )
                rows.append((scheme.name, self.phone(scheme.phone), "", why))
        shown = self.doors()
        told: list[tuple[str, str]] = []
        for eligible in self.decision.eligible:
            code = eligible.operator
            if code not in shown:
                facts = self.facts_of(code)
                # a row does not say again what one above says
                told += [fact for fact in facts if fact not in told][:1] or facts[:1]
                why = self.clauses({name: value.split() for name, value in told[-1:] if facts})
                rows.append(self.other(code, why))
        rows += [
            self.other(maybe.operator, self.on_condition(maybe))
            for maybe in self.decision.maybe
            if maybe.operator not in shown and not self.outside(maybe.operator)
        ]
        yield from grid(map(self.w, ("col_also", "col_phone", "col_where", "col_why")), rows)

    def on_condition(self, maybe: Maybe) -> str:
        """With what values of the facts not known it may serve the person."""
        condition = self.condition(maybe.when)
        if not condition or self.reader == "person":  # clauses speak of the person, not to them
            return self.w("depends", facts=self.labels(maybe.missing))
        return self.w("if", clauses=condition)

    def other(self, code: str, why: str) -> tuple[Said, ...]:
        if self.outside(code):
            sees = self.sees(code)
            near = self.near.get(sees[0]) if 0 < len(sees) <= FEW else None
            phone, where = (self.phone(near.phone), self.place(near)) if near else ("", "")
            return (capital(self.door_words(code)), phone, where, why)
        desk = self.route.desks.get(code)
        phone = self.phone(desk.phone) if desk else ""
        where = self.place(desk) if desk else ""
        return (self.named(self.short(code), desk), phone, where, why)

    def place(self, desk: Desk) -> str:
        """Town and distance, in a cell; the home commune is named beside the first answer."""
        if desk.channel not in ON_SITE:
            return ""
        if self.is_here(desk) and self.decision.decided:
            return self.w("here_short")
        if desk.km is None or self.is_here(desk):
            return desk.commune_name or ""
        return f"{desk.commune_name or ''} ({self.w('km_short', km=self.number(desk.km))})"

    def facts_of(self, code: str) -> list[tuple[str, str]]:
        """Why somebody may serve the person, what tells most before; nothing that is supposed, nor the law of a place."""
        reasons = self.reasons("opens", code)[:1]
        left_out = {p.fact for p in self.decision.presumed} | {
            n for n, f in self.law.facts.items() if f.places
        }
        told = [(n, str(v)) for reason in reasons for n, v in reason.facts.items() if n not in left_out]
        return sorted(told, key=lambda pair: (pair[1] in PLAIN_VALUES, pair[0] == SITUATION))

    def possible_table(self) -> Iterator[Part]:
        """Every possible first answer, with the answers to the one question that lead to it."""
        question = self.question()
        rows = []
        for code in self.decision.possible:
            names = [n for n, codes in question.splits.items() if code in codes] if question else []
            some = question is not None and 0 < len(names) < len(question.splits)
            why = (
                self.w("if", clauses=self.clause(question.fact, " ".join(names))) if question and some else ""
            )
            rows.append(self.other(code, why))
        yield from grid(map(self.w, ("col_possible", "col_phone", "col_where", "col_if")), rows)

    def question(self) -> Missing | None:
        """The question that helps most: one whose answers lead to different places."""
        asked = (
            [m for m in self.decision.missing if m.changes == "first"] if not self.decision.decided else []
        )
        return next((m for m in asked if len(set(m.splits.values())) > 1), None)

    def best_question(self) -> tuple[str, Iterator[Part]]:
        question = self.question()
        if question is None:
            return "", iter(())
        title = f"{self.w('ask')}{self.colon}{self.law.facts[question.fact].question[self.lang]}"
        return title, iter((self.splits(question),))

    def splits(self, question: Missing) -> Pairs:
        """What each answer leads to; answers that lead to the same place stand together."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for value, codes in question.splits.items():
            groups.setdefault(codes, []).append(value)
        return Pairs(
            rows=tuple(
                (
                    capital(self.value(question.fact, " ".join(values))),
                    self.either(map(self.door_words, codes)),
                )
                for codes, values in groups.items()
            )
        )

    def questions(self) -> Iterator[Part]:
        """Every question that may still change who comes first, with what each answer leads to."""
        if self.decision.decided:
            return
        for missing in self.decision.missing:
            if missing.changes != "first":
                continue
            rows = self.splits(missing).rows if len(set(missing.splits.values())) > 1 else ()
            details = tuple(Line(text=self.w("splits", value=v, names=text_of(n))) for v, n in rows)
            yield Item(text=self.law.facts[missing.fact].question[self.lang], details=details, tag="question")

    def also(self) -> Iterator[Part]:
        """Whoever else may receive the person, each with its desk."""
        shown = set(self.doors())
        for scheme in self.schemes(surely=True):
            if not scheme.first:
                yield self.item_of(self.scheme(scheme))
        for eligible in self.decision.eligible:
            code = eligible.operator
            if code in shown:
                continue
            if self.outside(code):
                yield from (self.item_of(self.body(b)) for b in self.bodies(self.sees(code)))
                continue
            desk = self.route.desks.get(code)
            lines = self.desk(desk) if desk and self.on_screen else self.short_desk(desk)
            told = (*self.easy_door(code)[:1], *lines)
            yield Item(text=self.named(self.door(code, desk), desk), details=told, tag="eligible")
        yield from self.maybe()
        for scheme in self.schemes(surely=False):
            text = self.w("scheme_maybe", name=scheme.name, facts=self.labels(scheme.missing))
            yield Item(text=text, tag="maybe")

    def item_of(self, card: Card) -> Item:
        return Item(text=card.name, details=card.lines, tag="eligible")

    def maybe(self) -> Iterator[Part]:
        shown = set(self.doors())
        for maybe in self.decision.maybe:
            if maybe.operator in shown or self.outside(maybe.operator):
                continue
            details = self.short_desk(self.route.desks.get(maybe.operator)) if self.on_screen else ()
            text = f"{self.network(maybe.operator)}, {self.on_condition(maybe)}"
            yield Item(text=text, details=tuple(details), tag="maybe")

    # -- with whom -----------------------------------------------------------------------------------------------------------

    def matches(self, need: str, most: int) -> list[Match]:
        return [m for m in self.route.partners if m.need == need][:most]

    def partners_table(self) -> Iterator[Part]:
        """One table for all needs: who answers, phone, distance, and what is to be known before calling (the screen)."""
        rows: list[tuple[Said, ...]] = []
        seen: set[str] = set()
        for need in self.needs():
            found = self.matches(need, DETAILED_PARTNERS if self.details else PARTNERS["screen"])
            for match in found:
                name = self.need(need) if match is found[0] else ""
                terms = joined(self.terms(match, again=match.partner in seen), self.semicolon)
                rows.append(
                    (
                        name,
                        self.named(match.name, match.desk),
                        self.phone(self.number_of(match)),
                        self.far(match.desk),
                        terms,
                    )
                )
                seen.add(match.partner)
            if not found:
                rows.append((self.need(need), self.w("nobody_here"), "", "", ""))
        keys = ("col_need", "col_partner", "col_phone", "col_distance", "col_terms")
        yield from grid(map(self.w, keys), rows)

    def number_of(self, match: Match) -> str | None:
        house = self.houses.get(match.partner)
        return (match.desk.phone if match.desk else None) or (
            house.phone if isinstance(house, Scheme) else None
        )

    def far(self, desk: Desk | None) -> str:
        """How far a partner is, in a cell."""
        if desk is None or (desk.km is None and desk.channel != "remote"):
            return self.w("unknown_distance") if self.details and self.route.home else ""
        if desk.km is None:
            return self.w("remote_short")
        return self.w("here") if self.is_here(desk) else self.w("km_short", km=self.number(desk.km))

    def terms(self, match: Match, *, again: bool = False) -> Iterator[Said]:
        """What was given up, what could not be checked, on what terms: what is to be known before somebody is sent.

        `again`: this partner stands in the table already, with its terms.
        """
        desk, house = match.desk, None if again else self.houses.get(match.partner)
        if match.relaxed:
            yield self.w(f"relaxed_{match.relaxed}")
        yield from (self.w(f"unknown_{name}") for name in match.unknown)
        if "part" in match.why and self.on_screen:
            yield self.w("part")
        if isinstance(house, House) and house.fees == "payant":
            yield self.w("paying")
        if house and house.conditions and self.on_screen:
            yield house.conditions.rstrip(".")
        if desk and desk.by_appointment and self.on_screen:
            yield self.w("appointment")
        if match.reception == ("a-distance",):
            yield self.w("afar")
        checked = desk.contact.checked_on if desk and desk.contact and self.age(desk) else None
        if checked and self.on_screen and not again:
            yield Span(self.w("old_contact", month=self.day(checked[:7])), "old")
        if self.details:
            yield from self.more_terms(match)

    def more_terms(self, match: Match) -> Iterator[Said]:
        """Where exactly a partner receives, when, and how somebody is sent there."""
        desk = match.desk
        covers = next((w.partition(":")[2] for w in match.why if w.startswith("covers:")), None)
        if covers:
            yield self.w("covers_needs", count=covers)
        if desk:
            yield desk.address or ""
            yield hours.spoken(desk.hours, self.lang) if desk.hours else ""
            yield from (said for name, said in self.pieces(desk) if name == "access")
        if match.referral:
            yield self.w("referral", ways=self.either(self.w(f"referral_{way}") for way in match.referral))
        if match.referral_url:
            yield Span(match.referral_url, link=link(match.referral_url))

    def partners(self) -> Iterator[Part]:
        """Need by need, who answers it here, and the needs that nobody answers (the sheets)."""
        for need in self.needs():
            found = self.matches(need, 1 if self.easy else PARTNERS[self.reader])
            lines = [line for match in found for line in self.match(match)]
            if not found:
                lines.append(Line(text=self.w("unmet"), tag="unmet"))
            yield Item(text=Span(self.need(need), "strong"), details=tuple(lines), tag="need")

    def match(self, match: Match) -> Iterator[Line]:
        """One partner on a line; in easy words, on a line for its name and one for its phone."""
        desk = match.desk
        reach = self.phone(self.number_of(match), "phone") or (self.site(desk.url) if desk else "")
        if self.easy:
            yield Line(text=match.name)
            yield from [Line(text=reach, tag="phone")] if reach else []
            return
        told: Said = joined((match.name, self.where(desk) if desk else "", _small(reach)), ", ")
        if extra := list(self.terms(match)):
            told = joined((told, Span(f"({text_of(joined(extra, self.semicolon))})")), " ")
        if desk and desk.counsellor and self.reader == "counsellor":
            told = joined((told, self.w("colleague", who=self.deputised(desk.counsellor))), " — ")
        yield Line(text=told)

    def funding(self) -> Iterator[Part]:
        """Who decides, apart from who advises: the houses here, then what the networks of the doors say of themselves."""
        if self.on_screen and not self.money():
            return
        for one in self.route.funding:
            key = "decides" if one.decides else "funds"
            yield Item(text=self.w(key, who=one.name, what=", ".join(one.decides)), tag="funding")
        for code in self.doors() if self.reader == "counsellor" else ():
            says = self.law.operator(code).funds_training
            if says:
                yield Item(text=self.w("advises", who=self.short(code), what=says[self.lang]), tag="advises")

    def money(self) -> bool:
        """Whether funding is worth a section: asked for, or nobody keeps actors together here."""
        profile = self.route.profile
        asked = any(
            n.startswith(("se-former", "x-cep--financer")) for n in (*profile.needs, *profile.blocking)
        )
        return asked or "configuration_2" in self.route.cooperation.configuration[:1]

    def around(self) -> Iterator[Part]:
        """What the territory offers anyone: events to come that the person may attend, shared tools open to all."""
        if self.easy:
            return
        own = {c.code: c.name for c in self.territory.communes or ()}
        told = Shown(self.territory, self.law, self.lang, self.on, lambda code: own.get(code, ""), {})
        for event in self.route.events[:EVENTS]:
            where = own.get(event.commune or "", "")
            yield Item(text=", ".join(filter(None, (event.name or "", self.day(event.date), where))))
        for tool in public_tools(self.territory, self.on)[:TOOLS]:
            yield Item(text=joined((told.tool_name(tool), told.reach_of(tool)), self.colon))

    # -- through the year ------------------------------------------------------------------------------------------------------

    def stretch_title(self, stretch: Stretch) -> Iterator[Section]:
        """The title of a stretch of months, and who hands over to whom."""
        names = [months(self.lang)[m - 1] for m in stretch.months]
        title = self.w("stretch", months=self.all(names), day=self.day(stretch.day))
        lines = []
        if stretch.hand_over:
            left, right = (self.either(map(self.network, side)) or "—" for side in stretch.hand_over)
            lines.append(Line(text=self.w("hand_over", left=left, right=right)))
        yield Section(key="stretch", title=title, parts=tuple(lines))

    def year(self, later: tuple[Stretch, ...]) -> Iterator[Part]:
        """The later stretches of a seasonal year: from when, whom to see, and the hand-over that prepares it."""
        for stretch in later:
            decision, desks = stretch.route.decision, stretch.route.desks
            codes = decision.first if decision.decided else decision.possible
            doors = self.either(
                capital(self.bodies(decision.see)[0].name)
                if self.outside(c) and decision.see
                else self.door_words(c, stretch.day)
                for c in codes
            )
            names = [months(self.lang)[m - 1] for m in stretch.months]
            span = self.w("months", first=names[0], last=names[-1]) if len(names) > 1 else names[0]
            phones = [phone_words(d.phone) for c in codes if (d := desks.get(c)) and d.phone]
            details = [Line(text=self.w("phone", phone=self.either(phones)), tag="phone")] if phones else []
            if stretch.hand_over and all(stretch.hand_over):
                left, right = (
                    self.either(self.door_words(c, stretch.day) for c in side) for side in stretch.hand_over
                )
                details.append(Line(text=self.w("relay", left=left, right=right)))
            yield Item(
                text=self.w("from_then", day=self.day(stretch.day), months=span, doors=doors),
                details=tuple(details),
            )

    def sees(self, code: str) -> tuple[str, ...]:
        """The bodies that an answer outside the CEP sends to, or may send to."""
        return self.decision.see or self.decision.may_see.get(code, ())

    def door_words(self, code: str, on: str | None = None) -> str:
        """An answer's short name; outside the CEP, the first body it sends to, or what awaits the person when it may be one of many."""
        if not self.outside(code):
            return self.short(code, on)
        bodies = self.bodies(self.sees(code))
        if 0 < len(bodies) <= FEW:
            return bodies[0].name.partition(" (")[0]
        return str(self.law.operator(code).offers.get(self.lang) or self.network(code, on))

    # -- why, and until when ---------------------------------------------------------------------------------------------------

    def brief(self) -> Iterator[Part]:
        """Why, until when, what to know, in a line each (the screen)."""
        codes = self.doors() if self.decision.decided else ()
        supposed = [p for p in self.decision.presumed if not self.law.facts[p.fact].places]
        presumed = self.clauses({p.fact: p.value.split() for p in supposed})
        yield from self.pairs(
            (
                *self.labelled(
                    "why", (self.in_short(r) for code in codes for r in self.reasons("opens", code)[:1])
                ),
                *self.until_row(),
                *self.labelled("note", map(self.protecting, self.decision.protects)),
                *self.labelled("presumed", [*([presumed] if supposed else []), *self.typed()]),
            )
        )

    def labelled(self, key: str, texts: Iterable[Said]) -> Iterator[tuple[str, Said]]:
        """Rows of which the first bears the label."""
        for number, text in enumerate(texts):
            yield "" if number else self.w(key), text

    def in_short(self, reason: Reason) -> Said:
        """A reason with the article it rests on."""
        articles = self.articles(reason.sources)
        law = Span(f" ({articles})" if articles else "", "small")
        return (reason.says[self.lang].rstrip("."), law, Span(self.doubt(reason), "old"), ".")

    def protecting(self, reason: Reason) -> Said:
        """What is never cut: a right would be lost."""
        return (Span(reason.says[self.lang], "warning"), Span(self.doubt(reason), "old"))

    def pairs(self, rows: Iterable[tuple[str, Said]]) -> Iterator[Part]:
        """Labels and what stands beside each; nothing when there are none."""
        if held := tuple(rows):
            yield Pairs(rows=held)

    def typed(self) -> Iterator[str]:
        """What typed words were understood as, until the person tells otherwise."""
        for finding in self.route.warnings:
            if finding.code == TYPED:
                yield said(finding.code, finding.values, self.lang)[0]

    def presumptions(self) -> Iterator[Part]:
        yield from (Item(text=says) for says in self.typed())
        told = self.route.profile.commune is not None  # then nothing of the law of the place is presumed
        for presumed in self.decision.presumed:
            if not (told and self.law.facts[presumed.fact].places):
                yield Item(text=presumed.says[self.lang])

    def reasons(self, role: str, operator: str | None = None) -> list[Reason]:
        told = (r for r in self.decision.reasons if r.role == role)
        return [r for r in told if operator is None or r.operator == operator]

    def doubt(self, reason: Reason) -> str:
        """What is added to a reason that is not sure."""
        return f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""

    def articles(self, keys: tuple[str, ...]) -> str:
        """The first article of the code that a rule rests on: « L5314-2 »."""
        cards = map(self.law.source, keys)
        return next((found[0] for c in cards if (found := _ARTICLE.match(c.article or ""))), "")

    def until_row(self) -> Iterator[tuple[str, Said]]:
        until = self.decision.until
        if until is None:
            return
        kind, _, what = until.why.partition(":")
        then = self.w("until_then", then=self.then(until.then, until.day)) if until.then else ""
        if until.day is None:
            birth = Span(self.w("until_birth"), "old")
            yield self.w("until_unknown"), (self.w("until_turns", age=what), then, birth)
            return
        why = self.w("until_eve", age=what) if kind == "age" else self.w("until_rule")
        yield self.w("until"), self.w("until_day", day=self.day(until.day), why=why) + then

    def then(self, codes: tuple[str, ...], day: str | None) -> str:
        """Who comes afterwards, by the names of the day after; when anybody may, that it depends."""
        if len(codes) > NAMED:
            return self.w("then_open")
        return self.either(self.network(c, next_day(day) if day else self.on) for c in codes)

    def reasons_of(self, role: str) -> Iterator[Part]:
        """Every rule that speaks of the person in a role, the first answers before, with the texts it rests on."""
        first = self.doors()
        possible = {
            *self.decision.possible,
            *(e.operator for e in self.decision.eligible),
            *(m.operator for m in self.decision.maybe),
        }
        for reason in sorted(self.reasons(role), key=lambda r: r.operator not in first):
            if reason.operator and reason.operator not in possible:
                continue  # of an operator barred by law: it stands under « why not »
            rule = Span(self.w("rule", rule=reason.rule), "small")
            lines = [Line(text=(self.w("sources", texts=self.sources(reason.sources)), rule), tag="law")]
            lines += [Line(text=self.see(b)) for b in self.bodies(reason.see)]
            yield Item(
                text=(reason.says[self.lang], self.confidence(reason)),
                details=tuple(lines),
                tag="reason" if role == "opens" else "note",
            )

    def see(self, found: BodyData) -> str:
        near = self.near.get(found.see)
        told = self.on_a_line(near) if near else ""
        if told:
            return told
        what = f" ({found.what})" if found.what else ""
        where = f"{self.semicolon}{near.note[self.lang]}" if near and near.note else ""
        return f"{self.w('see')}{self.colon}{found.name}{what}{where}"

    def confidence(self, reason: Reason) -> Span:
        if reason.confidence == "likely":
            return Span(f" ({self.w('likely')})", "small")
        return Span(self.doubt(reason), "old")

    def why(self) -> Iterator[Part]:
        """One sentence for each door, the first ones first, with the law; in easy words, what the door is for (the person's sheet)."""
        others = [e.operator for e in self.decision.eligible if e.operator not in self.doors()]
        for code in (*self.doors(), *others):
            reasons = [r for r in self.reasons("opens", code) if not self.tells(r)]
            if not reasons or (self.easy and code not in self.doors()):
                continue
            reason = reasons[0]
            law = Line(text=self.w("law", law=self.law_of(reason.sources)), tag="law")
            text = reason.says[self.lang] + self.doubt(reason)
            if self.easy:
                bodies = self.bodies(self.sees(code)) if self.outside(code) else []
                names = self.either(capital(b.name) for b in bodies) or self.short(code)
                text = self.w("easy_why", operator=names)
            yield Item(text=text, details=(law,), tag="reason")

    def notes(self) -> Iterator[Part]:
        """What is good to know (the person's sheet)."""
        for reason in self.reasons("note") if not self.easy else ():
            if self.tells(reason):
                continue
            near = (self.on_a_line(self.near[code]) for code in reason.see if code in self.near)
            details = tuple(Line(text=told) for told in near if told)
            yield Item(text=reason.says[self.lang] + self.doubt(reason), details=details, tag="note")

    def clarify(self) -> Iterator[Part]:
        """The one question that helps most, put to the person."""
        asked = {q["fact"]: q for q in self.said["questions"]}
        order = ["first", "see", "eligible"]
        missing = sorted(
            (m for m in self.decision.missing if m.fact not in self.kept_back()),
            key=lambda m: order.index(m.changes),
        )
        best = self.question() or next(iter(missing), None)
        if best is None:
            return
        question = (asked.get(best.fact) or self.law.facts[best.fact].question)[self.lang]
        rows = self.splits(best).rows if self.question() else ()
        yield Item(
            text=question,
            details=tuple(Line(text=f"{v}{self.colon}{text_of(n)}") for v, n in rows),
            tag="question",
        )

    def why_not(self) -> Iterator[Part]:
        """Who does not serve the person, and what would be needed."""
        for why in self.decision.not_:
            name = self.network(why.operator)
            if why.law:
                says = next(
                    (c.says[self.lang] for c in self.law.rules if c.id == why.law and c.in_force(self.on)),
                    why.law,
                )
                yield Item(
                    text=(
                        self.w("not_law", operator=name, says=says),
                        Span(self.w("rule", rule=why.law), "small"),
                    )
                )
                continue
            wanted = self.clauses({b["fact"]: b["wants"].split() for b in why.because})
            found = self.all(self.clause(b["fact"], b["is"]) for b in why.because)
            yield Item(text=self.w("not_if", operator=name, wanted=wanted, found=found))

    def changes(self) -> Iterator[Part]:
        """The smallest changes that would alter who comes first; those that lead to the same place are one line."""
        for can in (True, False):
            grouped: dict[tuple[Any, ...], list[str]] = {}
            for change in self.decision.changes:
                if change.can_change is can:
                    (*others, last) = change.if_
                    key = (tuple((n, change.if_[n]) for n in others), last, change.then)
                    grouped.setdefault(key, []).extend(change.if_[last].split())
            lines = []
            for (others_told, last, then), values in grouped.items():
                clauses = [*(self.clause(n, v) for n, v in others_told), self.clause(last, " ".join(values))]
                names = self.either(map(self.network, then))
                lines.append(Line(text=self.w("change", clauses=self.all(clauses), then=names)))
            if lines:
                yield Item(text=self.w("changes_can" if can else "changes_cannot"), details=tuple(lines))

    def held(self) -> Iterator[Part]:
        """Until when the answer holds, and what follows."""
        until = self.decision.until
        if until is not None:
            kind, _, what = until.why.partition(":")
            clear = len(until.then) <= 2 and not any(map(self.outside, until.then))
            after = next_day(until.day) if until.day else self.on
            then = self.either(self.short(c, after) for c in until.then) if clear else ""
            why = self.w("until_age", age=what) if kind == "age" else self.w("until_law", day=self.day(what))
            key = "until_day" if until.day else "until_birthday"
            day = self.day(until.day) if until.day else what
            yield Line(text=self.w(key, day=day, age=what, why=why, then=then or self.w("until_ask")))
        yield Line(text=self.w("until_change"))
        fallback = self.route.cooperation.fallback_contact
        if fallback and self.reader == "counsellor":
            yield Line(text=self.w("fallback", who=self.checked(fallback)))

    def cooperation(self) -> Iterator[Part]:
        together = self.route.cooperation
        if len(together.configuration) == 1:
            yield from (Item(text=says[self.lang]) for says in together.says)
        if together.fallback_contact:
            yield Item(text=self.w("fallback", who=self.deputised(together.fallback_contact)))

    def fill(self) -> Iterator[Part]:
        keys = ["fill_meeting", "fill_questions"]
        if not self.needs():
            keys.insert(0, "fill_words")
        yield from (Line(text=self.w(key), tag="blank", blank=True) for key in keys)

    # -- the note handed over --------------------------------------------------------------------------------------------------

    def relay(self) -> Iterator[Part]:
        """To, from, whom, what for, why, what was done, what is open, and the consent line.

        Obstacles and what tells of health or means are left out unless the person agrees; it is never said that there were any.
        """
        kept_back, hidden, decided = self.said["kept_back"], self.kept_back(), self.decision.decided
        yield Line(text=self.w("relay_to" if decided else "relay_to_open", who=self.receivers()))
        for code in self.doors() if decided else ():
            desk = self.route.desks.get(code)
            if desk and desk.counsellor:
                yield Line(text=self.w("colleague", who=self.checked(desk.counsellor)))
        yield _blank(self.w("relay_from"))
        yield _blank(self.w("relay_person"))
        obstacles = [n for n in self.needs() if self.family(n) in kept_back["families"]]
        asks = [n for n in self.needs() if n not in obstacles]
        if asks:
            yield Line(text=self.w("relay_asks", needs=self.semicolon.join(map(self.need, asks))))
        else:
            yield _blank(self.w("relay_asks_open"))
        if obstacles and self.wanted.consent:
            yield Line(text=self.w("relay_obstacles", needs=self.semicolon.join(map(self.need, obstacles))))
        if told := self.told(hidden):
            yield Line(text=self.w("relay_known", facts=self.semicolon.join(told)))
        for code in self.doors() if decided else ():
            # none that rests on a fact the person has not agreed to tell
            told_of = (r for r in self.reasons("opens", code) if not set(r.facts) & set(hidden))
            if (reason := next(told_of, None)) is None:
                continue
            says = f"{reason.says[self.lang].rstrip('.')} ({self.law_of(reason.sources)})"
            yield Line(text=self.w("relay_reason", says=says))
        yield Line(text=self.w("relay_done"))
        if missing := [m.fact for m in self.decision.missing if m.fact not in hidden]:
            yield Line(text=self.w("relay_open", facts=self.labels(missing)))
        for scheme in self.schemes(surely=True):
            if scheme.follow_up:
                days = scheme.follow_up.within_days
                within = self.w("relay_within", days=days) if days is not None else ""
                yield Line(text=self.w("relay_follow", by=scheme.follow_up.by) + within)
        yield _blank(self.w("relay_back"))
        if not self.wanted.consent:
            yield Line(text=self.w("relay_left_out"))
        to = self.receivers() if decided else self.w("consent_open")
        if decided and len(self.doors()) > 1:
            to += self.w("consent_one")
        yield Line(text=self.w("consent_all" if self.wanted.consent else "consent", who=to), tag="consent")
        yield _blank(self.w("sign"))

    def receivers(self) -> str:
        names: list[str] = []
        for code in self.doors():
            if self.outside(code):
                names += [b.name for b in self.bodies(self.sees(code))]
            else:
                names.append(self.door(code, self.route.desks.get(code)))
        return self.either(names)


def _blank(text: str) -> Line:
    return Line(text=text, tag="blank", blank=True)


def _small(said: Said) -> Said:
    """A piece of text that goes on in a sentence."""
    if isinstance(said, Span):
        return replace(said, text=said.text[:1].lower() + said.text[1:])
    return said
