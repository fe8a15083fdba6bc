"""The one walk over an answer: who, where, with whom, why, until when, as sections of parts. Terminal, text, Markdown, HTML and PDF draw them.

`answer_page` makes the page of `route` and `ask`, short or with every detail; `Answer.sheet` the sheet a person takes away, or its
counsellor's version with the note handed over. The sections are those that level 1 owes the person (order of 29 March 2019, § 3.1;
Céreq Études 22, part 1 § 2). Nothing here decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from cep_route.messages import months, said
from cep_route.model.answer import Desk, Finding, Match, Maybe, Missing, Reason, Route, SchemeMatch
from cep_route.model.law import Law, next_day, within
from cep_route.model.profile import Stretch, ordered_needs
from cep_route.model.territory import House, Scheme, Territory
from cep_route.render.data import BodyData
from cep_route.render.desks import ON_SITE, SHORT, DeskSayings, spoken
from cep_route.render.parts import (
    Card,
    Item,
    Line,
    Page,
    Part,
    Said,
    Section,
    Span,
    capital,
    grid,
    joined,
    pairs,
    section,
    text_of,
)
from cep_route.render.safe import link
from cep_route.render.telling import Wanted, phone_words
from cep_route.render.territory import Shown, public_tools

PARTNERS = {"screen": 2, "person": 2, "counsellor": 3, "details": 3}  # of a need: a page is short
EVENTS = 2
FEW = 2  # bodies outside the CEP of which the first is named
NAMED = 3  # who may come after: more names would tell nothing
TOOLS = 2
SITUATION = "status"  # whoever asks has just told it
PLAIN_VALUES = ("none", "no")  # of a fact of health or means: nothing to keep back
MONEY = ("se-former", "x-cep--financer")  # needs that ask for funding
# Warnings that stand beside what they speak of; the others are told after the answer.
TYPED = "CEP518"  # what a typed word was understood as
BESIDE = frozenset({"CEP231", "CEP232", "CEP512", "CEP514", "CEP515", TYPED})
_ARTICLE = re.compile(r"[A-Z]*[\d-]+")
# The sections of a whole page, by its reader; « about », « bring » and « step » are statements of `rules/handout.toml`.
PAGES = {
    "screen": "understood first ask why note presumed also partners funding not changes until cooperation events",
    "person": "asked about first bring also partners step year why note clarify events until fill",
    "counsellor": "asked first also partners funding clarify year why note until relay",
}
Holds = Callable[[Mapping[str, Any]], bool | None]


def answer_page(
    answer: Route | tuple[Stretch, ...], law: Law, lang: str, territory: Territory, *, details: bool = False
) -> Page:
    """The answer as the screen gives it; of a year of several situations, a part for each stretch of months."""
    wanted = Wanted(reader="screen", lang=lang, details=details)
    year = answer if isinstance(answer, tuple) else ()
    routes = [answer] if isinstance(answer, Route) else [s.route for s in answer]
    tellings = [Answer(r, law, territory, wanted) for r in routes]
    first = tellings[0]
    if not details:
        sections = [*first.shortly(), *section("year", first.w("year"), first.year(year[1:]))]
        return Page(sections=tuple(sections), end=first.w("more"))
    found: list[Section] = []
    for i, telling in enumerate(tellings):
        found += [telling.stretch(year[i])] if year else []
        found += telling.sections()
    title = first.w("title", day=first.day(first.on), territory=territory.head.name)
    return Page(title=title, sections=tuple(found))


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
        self.holds, self.decided, self.to_person = holds, route.decision.decided, wanted.reader == "person"
        # the answers the page sends to: the first ones, or all the possible ones while something is missing
        self.doors = self.decision.first if self.decided else self.decision.possible
        # facts of health and means, which a page that leaves the room keeps to itself unless asked
        self.kept_back = () if wanted.consent else tuple(self.said["kept_back"]["facts"])
        profile = route.profile
        self.needs = ordered_needs(profile.needs, profile.blocking, law, territory)

    # -- pages ------------------------------------------------------------------------------------------------------------

    def sheet(self, later: tuple[Stretch, ...] = ()) -> Page:
        """The sheet: the person's own, every line of which sends to somebody, or a colleague's, with the note handed over.

        `later`: the stretches of a year that come after this answer.
        """
        head = self.territory.head
        sub, end = self.w("sub", day=self.day(self.on), territory=head.name), ""
        if self.to_person:
            end = self.w("end", day=self.day(head.as_of))
        return Page(title=self.w("title"), sub=sub, sections=tuple(self.sections(later)), end=end)

    def shortly(self) -> Iterator[Section]:
        """The answer in a dozen lines: where, who else, why, until when, the one question, the needs."""
        yield from section("first", self.w("first" if self.decided else "possible"), self.first())
        yield from section("also", "", self.others())
        if question := self.question():
            asked = self.law.facts[question.fact].question[self.lang]
            title = f"{self.w('ask')}{self.colon}{asked}"
            yield from section("ask", title, pairs(self.splits(question)))
        yield from section("partners", "", self.partners_table())
        yield from section("brief", "", self.brief())

    def sections(self, later: tuple[Stretch, ...] = ()) -> Iterator[Section]:
        """The sections of the whole page of this reader, in their order, those that hold nothing left out."""
        made: dict[str, Iterable[Part]] = {
            "understood": [Line(text) for text in (self.semicolon.join(self.told()),) if text],
            "asked": self.asked(),
            "first": self.first(),
            "ask": self.questions(),
            "clarify": self.questions(),
            "why": self.why() if self.to_person else self.reasons_of("opens"),
            "note": self.notes() if self.to_person else self.reasons_of("note"),
            "presumed": self.presumptions(),
            "also": self.also(),
            "partners": self.partners_table() if self.on_screen else self.partners(),
            "funding": self.funding(),
            "not": self.why_not(),
            "changes": self.changes(),
            "year": self.year(later),
            "until": pairs(self.until_row()) if self.on_screen else self.held(),
            "cooperation": self.cooperation(),
            "events": self.around(),
            "fill": self.fill(),
            "relay": self.relay(),
        }
        titles = {
            "first": "first" if self.decided else "possible",
            "about": "about_outside" if all(map(self.law.outside, self.doors)) else "about",
            "relay": "relay_title",
        }
        for name in PAGES[self.reader].split():
            title = "" if name == "until" and self.on_screen else self.w(titles.get(name, name))
            yield from section(name, title, made.get(name) or self.statements(name))

    # -- what is known of the person ---------------------------------------------------------------------------------------

    def told(self, left_out: Iterable[str] = ()) -> list[str]:
        """The facts as understood, but some; the birth date before them, the home after."""
        profile = self.route.profile
        told = [self.w("born", day=self.day(profile.birth_date))] if profile.birth_date else []
        told += [self.fact(n, str(v)) for n, v in profile.facts.items() if n not in left_out]
        home = profile.commune and self.w("home", name=self.route.home or profile.commune)
        return [*told, home] if home else told

    def named_needs(self, key: str, needs: Iterable[str]) -> Iterator[Line]:
        """A line of needs; nothing when there are none."""
        if words := self.semicolon.join(map(self.need, needs)):
            yield Line(self.w(key, needs=words))

    def family(self, code: str) -> str:
        own = self.own_needs.get(code)
        return (own.family if own else None) or self.law.need(code).family or "obstacles"

    def asked(self) -> Iterator[Part]:
        """The needs, then the situation; on the person's sheet nothing of health or means unless asked."""
        blocking = () if self.to_person else self.route.profile.blocking
        yield from self.named_needs("blocking", (n for n in self.needs if n in blocking))
        yield from self.named_needs("needs", (n for n in self.needs if n not in blocking))
        if not self.needs:
            yield Line(self.w("no_needs"))
        told = self.told(self.kept_back if self.to_person else ())
        if told and self.easy:
            # a bracket is hard to read
            yield from (Item(capital(re.sub(r" \(([^)]*)\)", r", \1", text))) for text in told)
        elif told:
            yield Line(self.w("understood", facts=self.semicolon.join(told)))
        if told and self.to_person:
            yield Line(self.w("correct"))

    def statements(self, part: str, answers: tuple[str, ...] | None = None) -> Iterator[Item]:
        """The statements of a part that hold here; `answers`: the answers they must be for, by default the doors."""
        codes = self.doors if answers is None else answers
        inside = any(not self.law.outside(c) for c in codes)
        families = {self.family(n) for n in self.needs}
        for one in self.said["statements"]:
            if (
                one.part == part
                and within(one.since, one.until, self.on)
                and (not one.answers or set(one.answers) & set(codes))
                and one.inside in (None, inside)
                and (not one.families or set(one.families) & families)
                and (not one.when or self.holds is None or self.holds(one.when) is True)
            ):
                first, *others = (words[self.lang] for words in (one.easy if self.easy else [one.said]))
                yield Item(first, tuple(map(Line, others)), one.id)

    # -- where to go first ---------------------------------------------------------------------------------------------------

    def door(self, code: str, desk: Desk | None) -> str:
        """The house by its name, with its network's when the name does not say it."""
        if desk is None or not desk.name:
            return self.network(code)
        short = self.short(code)
        return desk.name if short.casefold() in desk.name.casefold() else f"{short}{self.colon}{desk.name}"

    def names(self, code: str) -> list[str]:
        """Whom an answer sends to: its house, or the bodies to see."""
        if self.law.outside(code):
            return [found.name for found in self.bodies(self.sees(code))]
        return [self.door(code, self.route.desks.get(code))]

    def first(self) -> Iterator[Part]:
        """A local one-stop shop, then the doors; outside the CEP, the bodies to see."""
        yield from (self.scheme(scheme) for scheme in self.schemes(surely=True) if scheme.first)
        if not self.decided and self.on_screen:
            yield from self.possible_table()
            return
        if not self.decided or len(self.doors) > 1:
            yield Line(self.w("joint" if self.decided else "possible_call"))
        for code in self.doors:
            yield from self.cards(code)
        if not self.doors:
            yield Line(self.w("nobody"), tag="error")
        if self.route.profile.commune is None:
            yield Line(self.w("no_commune"), tag="old")

    def cards(self, code: str, *, first: bool = True) -> Iterator[Card]:
        """An answer with its desk, or the bodies to see; in short when it does not come first, but on the screen."""
        if self.law.outside(code):
            yield from map(self.body, self.bodies(self.sees(code)))
            return
        desk = self.route.desks.get(code)
        told = self.statements("door", (code,)) if self.easy else ()
        easy = [line for item in told for line in (Line(item.text), *item.details)]
        layout = None if first or self.on_screen else SHORT
        lines = (*(easy if first else easy[:1]), *self.desk(desk, layout=layout))
        name = self.named(self.door(code, desk), desk)
        way = self.code_of(desk) if first and self.to_person and desk else None
        yield Card(name=name, aside=self.aside(desk), lines=lines, tag="first", code=way)

    def aside(self, desk: Desk | None) -> Said:
        """What the screen shows on the right of the name: town, distance, whether it is open."""
        if desk is None or not self.on_screen:
            return ""
        if desk.channel not in ON_SITE:
            return self.w("remote_short") if desk.phone or desk.url else ""
        town = self.w("in_town", town=desk.commune_name) if desk.commune_name else ""
        return self.where(desk, town, "km_away")

    def body(self, found: BodyData) -> Card:
        """A body outside the CEP: what it does, and its desk near by or its national number, or where to look for it."""
        what = [Line(capital(found.what))] if found.what else []
        near = self.near.get(found.see)
        if near is not None:
            lines = [Line(near.name)] if near.name else []
            lines += self.desk(near, "no_colleague")
        else:
            card = self.law.bodies.get(found.see)
            reach = joined((self.phone(found.phone, "phone"), self.site(found.url)), self.semicolon)
            find = capital(card.find[self.lang]) if card and card.find else self.w("body_unknown")
            lines = [Line(reach or find, tag="phone" if reach else "unknown")]
        lines = [*lines, *what] if self.on_screen else [*what, *lines]
        name = Span(capital(found.name), "name", link(found.url or ""))
        return Card(name=name, aside=self.aside(near), lines=tuple(lines), tag="first")

    # -- schemes -------------------------------------------------------------------------------------------------------------

    def schemes(self, *, surely: bool) -> list[SchemeMatch]:
        return [s for s in self.route.schemes if bool(s.missing) is not surely]

    def scheme(self, scheme: SchemeMatch) -> Card:
        lines = []
        if scheme.phone and (scheme.desk is None or not self.on_screen):
            lines.append(Line(self.phone(scheme.phone, "single_phone"), tag="phone"))
        if scheme.desk:
            own = scheme.phone if self.on_screen else None
            place = replace(scheme.desk, phone=own, contact=None, url=None, note=None, counsellor=None)
            lines += self.desk(place, "no_contact", "no_colleague")
        if scheme.needs:
            lines.append(Line(self.w("covers", needs=self.needs_of(scheme.needs))))
        if scheme.conditions:
            lines.append(Line(self.w("conditions", text=scheme.conditions)))
        if scheme.follow_up:
            lines.append(Line(self.w("follow_up", by=scheme.follow_up.by)))
        tag = "first" if scheme.first else "scheme"
        return Card(name=Span(scheme.name, "name"), lines=tuple(lines), tag=tag)

    # -- who else ------------------------------------------------------------------------------------------------------------

    def others(self) -> Iterator[Part]:
        """A table of who else may serve the person, and on what condition (the screen)."""
        rows: list[tuple[Said, ...]] = []
        for scheme in self.route.schemes:
            if not scheme.first:
                selon = self.w("depends", facts=self.labels(scheme.missing)) if scheme.missing else ""
                rows.append((scheme.name, self.phone(scheme.phone), "", selon or self.needs_of(scheme.needs)))
        told: list[tuple[str, str]] = []
        for eligible in self.decision.eligible:
            if eligible.operator not in self.doors:
                facts = self.facts_of(eligible.operator)
                # a row does not say again what one above says
                told += [fact for fact in facts if fact not in told][:1] or facts[:1]
                why = self.clauses({name: value.split() for name, value in told[-1:] if facts})
                rows.append(self.other(eligible.operator, why))
        rows += [self.other(maybe.operator, self.on_condition(maybe)) for maybe in self.maybe()]
        yield from grid(map(self.w, ("col_also", "col_phone", "col_where", "col_why")), rows)

    def maybe(self) -> list[Maybe]:
        """Networks that may serve the person, beside those the page sends to."""
        found = (m for m in self.decision.maybe if m.operator not in self.doors)
        return [m for m in found if not self.law.outside(m.operator)]

    def on_condition(self, maybe: Maybe) -> str:
        """With what values of the facts not known it may serve the person."""
        condition = self.condition(maybe.when)
        if not condition or self.to_person:  # clauses speak of the person, not to them
            return self.w("depends", facts=self.labels(maybe.missing))
        return self.w("if", clauses=condition)

    def other(self, code: str, why: str) -> tuple[Said, ...]:
        if self.law.outside(code):
            sees, name = self.sees(code), capital(self.door_words(code))
            desk = self.near.get(sees[0]) if 0 < len(sees) <= FEW else None
            return (name, self.phone(desk.phone), self.place(desk), why) if desk else (name, "", "", why)
        desk = self.route.desks.get(code)
        phone, where = (self.phone(desk.phone), self.place(desk)) if desk else ("", "")
        return (self.named(self.short(code), desk), phone, where, why)

    def place(self, desk: Desk) -> str:
        """Town and distance, in a cell; the home commune is named beside the first answer."""
        if desk.channel not in ON_SITE:
            return ""
        if self.is_here(desk) and self.decided:
            return self.w("here_short")
        if desk.km is None or self.is_here(desk):
            return desk.commune_name or ""
        return f"{desk.commune_name or ''} ({self.w('km_short', km=self.number(desk.km))})"

    def facts_of(self, code: str) -> list[tuple[str, str]]:
        """Why somebody may serve the person, what tells most before; nothing that is supposed, nor the law of a place."""
        left_out = {p.fact for p in self.decision.presumed}
        facts = [(n, str(v)) for reason in self.reasons("opens", code)[:1] for n, v in reason.facts.items()]
        told = [(n, v) for n, v in facts if n not in left_out and not self.law.facts[n].places]
        return sorted(told, key=lambda pair: (pair[1] in PLAIN_VALUES, pair[0] == SITUATION))

    def possible_table(self) -> Iterator[Part]:
        """Every possible first answer, with the answers to the one question that lead to it."""
        question, rows = self.question(), []
        for code in self.decision.possible:
            names = [n for n, codes in question.splits.items() if code in codes] if question else []
            why = ""
            if question and 0 < len(names) < len(question.splits):
                why = self.w("if", clauses=self.clause(question.fact, " ".join(names)))
            rows.append(self.other(code, why))
        yield from grid(map(self.w, ("col_possible", "col_phone", "col_where", "col_if")), rows)

    def question(self) -> Missing | None:
        """The question that helps most: one whose answers lead to different places."""
        asked = (m for m in self.decision.missing if m.changes == "first" and not self.decided)
        return next((m for m in asked if len(set(m.splits.values())) > 1), None)

    def splits(self, question: Missing) -> tuple[tuple[str, str], ...]:
        """What each answer leads to; answers that lead to the same place stand together, all of them alone tell nothing."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for value, codes in question.splits.items():
            groups.setdefault(codes, []).append(value)
        return tuple(
            (capital(self.value(question.fact, " ".join(values))), self.either(map(self.door_words, codes)))
            for codes, values in groups.items()
            if len(groups) > 1
        )

    def questions(self) -> Iterator[Part]:
        """Every question that may still change who comes first, with what each answer leads to; to the person, the one that helps most."""
        best, missing = self.question(), self.decision.missing
        asked = [m for m in missing if m.changes == "first" and not self.decided]
        words: dict[str, Mapping[str, str]] = {}
        if self.to_person:
            order = ["first", "see", "eligible"]
            rest = [m for m in missing if m.fact not in self.kept_back]
            asked = [best] if best else sorted(rest, key=lambda m: order.index(m.changes))[:1]
            words = {q["fact"]: q for q in self.said["questions"]}
        for one in asked:
            rows = self.splits(one) if best or not self.to_person else ()
            told = [(f"{v}{self.colon}{n}", self.w("splits", value=v, names=n)) for v, n in rows]
            question = words.get(one.fact) or self.law.facts[one.fact].question
            lines = (Line(mine if self.to_person else other) for mine, other in told)
            yield Item(question[self.lang], tuple(lines), "question")

    def also(self) -> Iterator[Part]:
        """Whoever else may receive the person, each with its desk."""
        found = [self.scheme(s) for s in self.schemes(surely=True) if not s.first]
        for eligible in self.decision.eligible:
            if eligible.operator not in self.doors:
                found += self.cards(eligible.operator, first=False)
        yield from (Item(card.name, card.lines, "eligible") for card in found)
        for maybe in self.maybe():
            desk = self.route.desks.get(maybe.operator) if self.on_screen else None
            text = f"{self.network(maybe.operator)}, {self.on_condition(maybe)}"
            yield Item(text, tuple(self.desk(desk, layout=SHORT)), "maybe")
        for scheme in self.schemes(surely=False):
            facts = self.labels(scheme.missing)
            yield Item(self.w("scheme_maybe", name=scheme.name, facts=facts), tag="maybe")

    # -- with whom -----------------------------------------------------------------------------------------------------------

    def matches(self, need: str, most: int) -> list[Match]:
        return [m for m in self.route.partners if m.need == need][:most]

    def partners_table(self) -> Iterator[Part]:
        """One table for all needs: who answers, phone, distance, and what is to be known before calling (the screen)."""
        rows: list[tuple[Said, ...]] = []
        seen: set[str] = set()
        for need in self.needs:
            name = self.need(need)
            for match in self.matches(need, PARTNERS["details" if self.details else "screen"]):
                desk, phone = match.desk, self.phone(self.number_of(match))
                terms = joined(self.terms(match, again=match.partner in seen), self.semicolon)
                rows.append((name, self.named(match.name, desk), phone, self.far(desk), terms))
                seen.add(match.partner)
                name = ""
            if name:
                rows.append((name, self.w("nobody_here"), "", "", ""))
        keys = ("col_need", "col_partner", "col_phone", "col_distance", "col_terms")
        yield from grid(map(self.w, keys), rows)

    def number_of(self, match: Match) -> str | None:
        house = self.houses.get(match.partner)
        own = house.phone if isinstance(house, Scheme) else None
        return (match.desk.phone if match.desk else None) or own

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
        if not self.details:
            return
        # where exactly a partner receives, when, and how somebody is sent there
        yield from (self.w("covers_needs", count=w[7:]) for w in match.why if w.startswith("covers:"))
        if desk:
            yield desk.address or ""
            yield spoken(desk.hours, self.lang) if desk.hours else ""
            yield from (said for name, said in self.pieces(desk) if name == "access")
        if match.referral:
            yield self.w("referral", ways=self.either(self.w(f"referral_{way}") for way in match.referral))
        if match.referral_url:
            yield Span(match.referral_url, link=link(match.referral_url))

    def partners(self) -> Iterator[Part]:
        """Need by need, who answers it here, and the needs that nobody answers (the sheets)."""
        for need in self.needs:
            found = self.matches(need, 1 if self.easy else PARTNERS[self.reader])
            lines = [line for match in found for line in self.match(match)]
            lines += [] if found else [Line(self.w("unmet"), tag="unmet")]
            yield Item(Span(self.need(need), "strong"), tuple(lines), "need")

    def match(self, match: Match) -> Iterator[Line]:
        """One partner on a line; in easy words, on a line for its name and one for its phone."""
        desk = match.desk
        reach = self.phone(self.number_of(match), "phone") or (self.site(desk.url) if desk else "")
        if self.easy:
            yield Line(match.name)
            yield from [Line(reach, tag="phone")] if reach else []
            return
        if isinstance(reach, Span):  # it goes on in a sentence
            reach = replace(reach, text=reach.text[:1].lower() + reach.text[1:])
        told: Said = joined((match.name, self.where(desk) if desk else "", reach), ", ")
        if extra := text_of(joined(self.terms(match), self.semicolon)):
            told = joined((told, f"({extra})"), " ")
        if desk and desk.counsellor and self.reader == "counsellor":
            told = joined((told, self.w("colleague", who=self.deputised(desk.counsellor))), " — ")
        yield Line(told)

    def funding(self) -> Iterator[Part]:
        """Who decides, apart from who advises: the houses here, then what the networks of the doors say of themselves.

        On the screen, only when it was asked for, or when nobody keeps actors together here.
        """
        asked = any(need.startswith(MONEY) for need in self.needs)
        if self.on_screen and not asked and "configuration_2" not in self.route.cooperation.configuration[:1]:
            return
        for one in self.route.funding:
            key = "decides" if one.decides else "funds"
            yield Item(self.w(key, who=one.name, what=", ".join(one.decides)), tag="funding")
        for code in self.doors if self.reader == "counsellor" else ():
            if says := self.law.operator(code).funds_training:
                yield Item(self.w("advises", who=self.short(code), what=says[self.lang]), tag="advises")

    def around(self) -> Iterator[Part]:
        """What the territory offers anyone: events to come that the person may attend, shared tools open to all."""
        if self.easy:
            return
        own = {c.code: c.name for c in self.territory.communes or ()}
        told = Shown(self.territory, self.law, self.lang, self.on, lambda code: own.get(code, ""), {})
        for event in self.route.events[:EVENTS]:
            pieces = (event.name, self.day(event.date), own.get(event.commune or ""))
            yield Item(", ".join(filter(None, pieces)))
        for tool in public_tools(self.territory, self.on)[:TOOLS]:
            yield Item(joined((told.tool_name(tool), told.reach_of(tool)), self.colon))

    # -- through the year ------------------------------------------------------------------------------------------------------

    def stretch(self, stretch: Stretch) -> Section:
        """The title of a stretch of months, and who hands over to whom."""
        names = [months(self.lang)[m - 1] for m in stretch.months]
        title = self.w("stretch", months=self.all(names), day=self.day(stretch.day))
        if not stretch.hand_over:
            return Section("stretch", title)
        left, right = (self.either(map(self.network, side)) or "—" for side in stretch.hand_over)
        return Section("stretch", title, (Line(self.w("hand_over", left=left, right=right)),))

    def year(self, later: tuple[Stretch, ...]) -> Iterator[Part]:
        """The later stretches of a seasonal year: from when, whom to see, and the hand-over that prepares it."""
        for stretch in later:
            decision, desks, day = stretch.route.decision, stretch.route.desks, stretch.day
            codes = decision.first if decision.decided else decision.possible
            see = [capital(found.name) for found in self.bodies(decision.see[:1])]
            outside = self.law.outside
            doors = self.either(see[0] if see and outside(c) else self.door_words(c, day) for c in codes)
            names = [months(self.lang)[m - 1] for m in stretch.months]
            span = self.w("months", first=names[0], last=names[-1]) if len(names) > 1 else names[0]
            phones = [phone_words(d.phone) for c in codes if (d := desks.get(c)) and d.phone]
            details = [Line(self.w("phone", phone=self.either(phones)), tag="phone")] if phones else []
            if stretch.hand_over and all(stretch.hand_over):
                sides = ((self.door_words(c, day) for c in side) for side in stretch.hand_over)
                left, right = map(self.either, sides)
                details.append(Line(self.w("relay", left=left, right=right)))
            text = self.w("from_then", day=self.day(day), months=span, doors=doors)
            yield Item(text, tuple(details))

    def sees(self, code: str) -> tuple[str, ...]:
        """The bodies that an answer outside the CEP sends to, or may send to."""
        return self.decision.see or self.decision.may_see.get(code, ())

    def door_words(self, code: str, on: str | None = None) -> str:
        """An answer's short name; outside the CEP, the first body it sends to, or what awaits the person when it may be one of many."""
        if not self.law.outside(code):
            return self.short(code, on)
        bodies = self.bodies(self.sees(code))
        if 0 < len(bodies) <= FEW:
            return bodies[0].name.partition(" (")[0]
        return str(self.law.operator(code).offers.get(self.lang) or self.network(code, on))

    # -- why, and until when ---------------------------------------------------------------------------------------------------

    def brief(self) -> Iterator[Part]:
        """Why, until when, what to know (which is never cut: a right would be lost), in a line each (the screen)."""
        why: list[Said] = []
        for _, reason in self.opening(self.doors if self.decided else ()):
            # the first article of the code that it rests on: « L5314-2 »
            cards = map(self.law.source, reason.sources)
            article = next((found[0] for c in cards if (found := _ARTICLE.match(c.article or ""))), "")
            law = Span(f" ({article})" if article else "", "small")
            why.append((reason.says[self.lang].rstrip("."), law, Span(self.doubt(reason), "old"), "."))
        notes = [
            (Span(r.says[self.lang], "warning"), Span(self.doubt(r), "old")) for r in self.decision.protects
        ]
        supposed = [p for p in self.decision.presumed if not self.law.facts[p.fact].places]
        presumed = [self.clauses({p.fact: p.value.split() for p in supposed})] if supposed else []

        def labelled(key: str, texts: Iterable[Said]) -> list[tuple[str, Said]]:
            return [("" if i else self.w(key), text) for i, text in enumerate(texts)]

        rows = [*labelled("why", why), *self.until_row(), *labelled("note", notes)]
        yield from pairs([*rows, *labelled("presumed", [*presumed, *self.typed()])])

    def typed(self) -> list[str]:
        """What typed words were understood as, until the person tells otherwise."""
        return [said(f.code, f.values, self.lang)[0] for f in self.route.warnings if f.code == TYPED]

    def presumptions(self) -> Iterator[Part]:
        yield from map(Item, self.typed())
        told = self.route.profile.commune is not None  # then nothing of the law of the place is presumed
        for presumed in self.decision.presumed:
            if not (told and self.law.facts[presumed.fact].places):
                yield Item(presumed.says[self.lang])

    def reasons(self, role: str, operator: str | None = None) -> list[Reason]:
        told = (r for r in self.decision.reasons if r.role == role)
        return [r for r in told if operator is None or r.operator == operator]

    def opening(
        self, codes: Iterable[str], fits: Callable[[Reason], bool] = bool
    ) -> Iterator[tuple[str, Reason]]:
        """Each answer with the first reason that opens it, of those that fit."""
        for code in codes:
            yield from ((code, r) for r in [r for r in self.reasons("opens", code) if fits(r)][:1])

    def doubt(self, reason: Reason) -> str:
        """What is added to a reason that is not sure."""
        return f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""

    def until_row(self) -> Iterator[tuple[str, Said]]:
        until = self.decision.until
        if until is None:
            return
        kind, _, what = until.why.partition(":")
        # who comes afterwards, by the names of the day after; when anybody may, that it depends
        then = self.after(self.network) if len(until.then) <= NAMED else self.w("then_open")
        then = self.w("until_then", then=then) if until.then else ""
        if until.day is None:
            birth = Span(self.w("until_birth"), "old")
            yield self.w("until_unknown"), (self.w("until_turns", age=what), then, birth)
            return
        why = self.w("until_eve", age=what) if kind == "age" else self.w("until_rule")
        yield self.w("until"), self.w("until_day", day=self.day(until.day), why=why) + then

    def after(self, name: Callable[[str, str], str]) -> str:
        """Who comes when the answer ends, by the names of that day."""
        until = self.decision.until
        on = next_day(until.day) if until and until.day else self.on
        return self.either(name(c, on) for c in (until.then if until else ()))

    def held(self) -> Iterator[Part]:
        """Until when the answer holds, and what follows."""
        until = self.decision.until
        if until is not None:
            kind, _, what = until.why.partition(":")
            clear = len(until.then) <= 2 and not any(map(self.law.outside, until.then))
            then = (self.after(self.short) if clear else "") or self.w("until_ask")
            why = self.w("until_age", age=what) if kind == "age" else self.w("until_law", day=self.day(what))
            key = "until_day" if until.day else "until_birthday"
            day = self.day(until.day) if until.day else what
            yield Line(self.w(key, day=day, age=what, why=why, then=then))
        yield Line(self.w("until_change"))
        fallback = self.route.cooperation.fallback_contact
        if fallback and self.reader == "counsellor":
            yield Line(self.w("fallback", who=self.checked(fallback)))

    def reasons_of(self, role: str) -> Iterator[Part]:
        """Every rule that speaks of the person in a role, the first answers before, with the texts it rests on."""
        decision = self.decision
        may = (*(e.operator for e in decision.eligible), *(m.operator for m in decision.maybe))
        for reason in sorted(self.reasons(role), key=lambda r: r.operator not in self.doors):
            if reason.operator and reason.operator not in {*decision.possible, *may}:
                continue  # of an operator barred by law: it stands under « why not »
            rule = Span(self.w("rule", rule=reason.rule), "small")
            lines = [Line((self.w("sources", texts=self.sources(reason.sources)), rule), tag="law")]
            lines += [Line(self.see(b)) for b in self.bodies(reason.see)]
            likely = reason.confidence == "likely"
            doubt = Span(f" ({self.w('likely')})", "small") if likely else Span(self.doubt(reason), "old")
            yield Item((reason.says[self.lang], doubt), tuple(lines), "reason" if role == "opens" else "note")

    def see(self, found: BodyData) -> str:
        near = self.near.get(found.see)
        if near and (told := self.on_a_line(near)):
            return told
        what = f" ({found.what})" if found.what else ""
        where = f"{self.semicolon}{near.note[self.lang]}" if near and near.note else ""
        return f"{self.w('see')}{self.colon}{found.name}{what}{where}"

    def silent(self, reason: Reason) -> bool:
        """Whether a reason tells nothing of health or means that is kept back."""
        return all(reason.facts.get(f, "no") in PLAIN_VALUES for f in self.kept_back)

    def why(self) -> Iterator[Part]:
        """One sentence for each door, the first ones first, with the law; in easy words, what the door is for (the person's sheet)."""
        others = [] if self.easy else [e.operator for e in self.decision.eligible]
        for code, reason in self.opening(dict.fromkeys((*self.doors, *others)), self.silent):
            text = reason.says[self.lang] + self.doubt(reason)
            if self.easy:
                names = self.either(map(capital, self.names(code))) if self.law.outside(code) else ""
                text = self.w("easy_why", operator=names or self.short(code))
            yield Item(text, (Line(self.w("law", law=self.law_of(reason.sources)), "law"),), "reason")

    def notes(self) -> Iterator[Part]:
        """What is good to know (the person's sheet)."""
        for reason in self.reasons("note") if not self.easy else ():
            if self.silent(reason):
                near = (self.on_a_line(self.near[code]) for code in reason.see if code in self.near)
                text = reason.says[self.lang] + self.doubt(reason)
                yield Item(text, tuple(Line(told) for told in near if told), "note")

    def why_not(self) -> Iterator[Part]:
        """Who does not serve the person, and what would be needed."""
        for why in self.decision.not_:
            name = self.network(why.operator)
            if why.law:
                cards = (c for c in self.law.rules if c.id == why.law and c.in_force(self.on))
                says = next((c.says[self.lang] for c in cards), why.law)
                yield Item(
                    (self.w("not_law", operator=name, says=says), Span(self.w("rule", rule=why.law), "small"))
                )
                continue
            wanted = self.clauses({b["fact"]: b["wants"].split() for b in why.because})
            found = self.all(self.clause(b["fact"], b["is"]) for b in why.because)
            yield Item(self.w("not_if", operator=name, wanted=wanted, found=found))

    def changes(self) -> Iterator[Part]:
        """The smallest changes that would alter who comes first; those that lead to the same place are one line."""
        for can in (True, False):
            grouped: dict[tuple[Any, ...], list[str]] = {}
            for change in self.decision.changes:
                if change.can_change is can:
                    (*others, last) = change.if_.items()
                    grouped.setdefault((tuple(others), last[0], change.then), []).extend(last[1].split())
            lines = []
            for (others_told, name, then), values in grouped.items():
                clauses = self.all(self.clause(n, v) for n, v in (*others_told, (name, " ".join(values))))
                names = self.either(map(self.network, then))
                lines.append(Line(self.w("change", clauses=clauses, then=names)))
            if lines:
                yield Item(self.w("changes_can" if can else "changes_cannot"), tuple(lines))

    def cooperation(self) -> Iterator[Part]:
        together = self.route.cooperation
        if len(together.configuration) == 1:
            yield from (Item(says[self.lang]) for says in together.says)
        if together.fallback_contact:
            yield Item(self.w("fallback", who=self.deputised(together.fallback_contact)))

    def fill(self) -> Iterator[Part]:
        yield from map(self.blank, ["fill_words"] if not self.needs else [])
        yield from map(self.blank, ("fill_meeting", "fill_questions"))

    def blank(self, key: str) -> Line:
        """A line to fill in by hand."""
        return Line(self.w(key), tag="blank", blank=True)

    # -- the note handed over --------------------------------------------------------------------------------------------------

    def relay(self) -> Iterator[Part]:
        """To, from, whom, what for, why, what was done, what is open, and the consent line.

        Obstacles and what tells of health or means are left out unless the person agrees; it is never said that there were any.
        """
        doors, consent = self.doors if self.decided else (), self.wanted.consent
        receivers = self.either(name for code in self.doors for name in self.names(code))
        yield Line(self.w("relay_to" if self.decided else "relay_to_open", who=receivers))
        for desk in (self.route.desks.get(code) for code in doors):
            if desk and desk.counsellor:
                yield Line(self.w("colleague", who=self.checked(desk.counsellor)))
        yield self.blank("relay_from")
        yield self.blank("relay_person")
        obstacles = [n for n in self.needs if self.family(n) in self.said["kept_back"]["families"]]
        asks = list(self.named_needs("relay_asks", (n for n in self.needs if n not in obstacles)))
        yield from asks or [self.blank("relay_asks_open")]
        yield from self.named_needs("relay_obstacles", obstacles if consent else ())
        if told := self.told(self.kept_back):
            yield Line(self.w("relay_known", facts=self.semicolon.join(told)))
        # no reason that rests on a fact the person has not agreed to tell
        for _, reason in self.opening(doors, lambda r: not set(r.facts) & set(self.kept_back)):
            says = f"{reason.says[self.lang].rstrip('.')} ({self.law_of(reason.sources)})"
            yield Line(self.w("relay_reason", says=says))
        yield Line(self.w("relay_done"))
        if missing := [m.fact for m in self.decision.missing if m.fact not in self.kept_back]:
            yield Line(self.w("relay_open", facts=self.labels(missing)))
        for scheme in self.schemes(surely=True):
            if scheme.follow_up:
                days = scheme.follow_up.within_days
                within = self.w("relay_within", days=days) if days is not None else ""
                yield Line(self.w("relay_follow", by=scheme.follow_up.by) + within)
        yield self.blank("relay_back")
        if not consent:
            yield Line(self.w("relay_left_out"))
        to = receivers if self.decided else self.w("consent_open")
        to += self.w("consent_one") if len(doors) > 1 else ""
        yield Line(self.w("consent_all" if consent else "consent", who=to), tag="consent")
        yield self.blank("sign")
