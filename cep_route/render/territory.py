"""A territory file in words: how actors cooperate, the local cell, who receives, tools, events, ties. It says what is written, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from cep_route.directory.age import last_of, stands
from cep_route.messages import say, table
from cep_route.model.answer import Cooperation
from cep_route.model.law import FOREVER, Law
from cep_route.model.territory import (
    ContactEntry,
    Event,
    House,
    LocalOperator,
    Partner,
    PlaceEntry,
    Scheme,
    Territory,
    Tool,
)
from cep_route.render.hours import spoken
from cep_route.render.parts import Item, Line, Page, Pairs, Part, Said, Section, Span, capital, grid, section
from cep_route.render.safe import link
from cep_route.render.telling import LocalSayings, phone_words

Thing = TypeVar("Thing", LocalOperator, Partner, Scheme)
Named = Callable[[str], str]  # the name of a commune, by its code


def public_tools(territory: Territory, on: str) -> list[Tool]:
    """The shared tools that anyone may use today: a phone platform, a portal, a calendar."""
    return [
        t
        for t in territory.tools or ()
        if t.access != "professionals" and (t.phone or t.url) and on <= last_of(t.funded_until or FOREVER)
    ]


class Shown(LocalSayings):
    """One territory in the words of one language. `communes`: their names; `regions`: those of regions, by INSEE code."""

    def __init__(
        self, territory: Territory, law: Law, lang: str, on: str, communes: Named, regions: Mapping[str, str]
    ) -> None:
        super().__init__(law, lang, on, territory)
        self.commune, self.regions = communes, regions
        self.words = {key: both[lang] for key, both in table("territory_file").items()}
        t = territory
        self.names = {h.id: h.name for h in (*(t.operators or ()), *(t.partners or ()))}

    def page(self, together: Cooperation) -> Page:
        """The whole file on the day."""
        t = self.territory
        possible = "" if len(together.configuration) == 1 else " (possible)"
        known = [Item(text=say(f"answer.{code}", self.lang) + possible) for code in together.configuration]
        made: list[tuple[str, Iterable[Part]]] = [
            ("cooperation", known),
            ("cell", self.cell()),
            ("level1", self.first_welcome()),
            ("operators", map(self.operator, self._standing(t.operators))),
            ("schemes", map(self.scheme, self._standing(t.schemes))),
            ("partners", map(self.partner, self._standing(t.partners))),
            ("tools", map(self.tool, t.tools or ())),
            ("events", (self.event(e) for e in t.events or () if self.on <= last_of(e.date))),
            ("ties", self.ties()),
            ("regions", self.by_region()),
            ("not_told", self.not_told()),
        ]
        sections: list[Section] = []
        for key, parts in made:
            sections += section(key, self.words[key], parts)
        return Page(title=f"{t.head.name} ({t.head.id}), {self.day(self.on)}", sections=tuple(sections))

    def _standing(self, things: tuple[Thing, ...] | None) -> Iterator[Thing]:
        yield from (thing for thing in things or () if stands(thing, self.on))

    # -- the local cell -------------------------------------------------------------------------------------------------

    def cell(self) -> Iterator[Part]:
        """The local body: what it is, who is in it, what it covers, what it shares."""
        body = self.territory.coordination
        if body is None:
            return
        told: list[tuple[str, str | None]] = [
            ("name", body.name),
            ("type", body.type and self.words[body.type]),
            ("status", body.status and self.words[body.status]),
            ("since", body.since and self.day(body.since)),
            ("until", body.until and self.day(body.until)),
            ("launched_by", body.launched_by and self.words[body.launched_by]),
            ("run_by", body.run_by and self.names.get(body.run_by, body.run_by)),
            ("members", self.actors((*(body.member_operators or ()), *(body.member_partners or ())))),
            ("perimeter", self.zones(body.perimeter)),
            ("shared_tools", self.listed_words(body.shared_tools)),
            ("joint_actions", self.listed_words(body.joint_actions)),
            ("last_meeting", body.last_meeting and self.day(body.last_meeting)),
            ("funder", body.funder),
            ("contact", self.contact(body.contact) if body.contact else None),
        ]
        rows = tuple((capital(self.words[key]), value) for key, value in told if value)
        yield Pairs(rows=rows)

    def actors(self, members: Iterable[str]) -> str:
        """Members by their names: houses of the file, or networks."""
        return ", ".join(
            self.names.get(m) or (self.network(m) if m in self.law.operators else m) for m in members
        )

    def zones(self, zones: tuple[str, ...] | None) -> str | None:
        return None if zones is None else ", ".join(self.commune(zone) for zone in zones)

    def listed_words(self, codes: tuple[str, ...] | None) -> str | None:
        """Codes of the file in words; an empty list is told as none."""
        return (
            None if codes is None else ", ".join(self.words[code] for code in codes) or self.words["nothing"]
        )

    # -- who receives ---------------------------------------------------------------------------------------------------

    def first_welcome(self) -> Iterator[Part]:
        """Who may receive anyone first: operators that give level 1, and the places of the public guidance service."""
        t = self.territory
        operators = [o.name for o in self._standing(t.operators) if 1 in (o.levels or ())]
        others = [p.name for p in self._standing(t.partners) if p.level1 or p.spro]
        if operators or others:
            yield Line(text=self.words["level1_why"])
            yield Item(text=", ".join((*operators, *others)))

    def operator(self, house: LocalOperator) -> Item:
        levels = ", ".join(map(str, house.levels or ()))
        said = [self.words["levels"].format(levels=levels)] if levels else []
        return self._house(house, f"{self.network(house.network)}, ", said, house.places, house.contacts)

    def partner(self, house: Partner) -> Item:
        said = [self.words[house.circle]]
        said += [self.words["welcomes"]] if house.level1 or house.spro else []
        needs = [self.needs_of(house.needs)] if house.needs else []
        return self._house(house, "", [self.semicolon.join(said)], house.places, house.contacts, needs)

    def scheme(self, scheme: Scheme) -> Item:
        needs = [self.needs_of(scheme.needs)] if scheme.needs else []
        places = (scheme.place,) if scheme.place else ()
        contacts = (scheme.contact,) if scheme.contact else ()
        members = self.actors((*(scheme.member_operators or ()), *(scheme.member_partners or ())))
        said = [f"{capital(self.words['members'])}{self.colon}{members}"] if members else []
        return self._house(scheme, "", [], places, contacts, [*needs, *said])

    def _house(
        self,
        house: House | Scheme,
        label: str,
        said: list[str],
        places: tuple[PlaceEntry, ...] | None,
        contacts: tuple[ContactEntry, ...] | None,
        after: list[str] | None = None,
    ) -> Item:
        lines = [*said, *map(self.place, places or ()), *map(self.contact, contacts or ()), *(after or ())]
        name = (label, Span(house.name, "name"), Span(f" [{house.id}]", "small"))
        return Item(text=name, details=tuple(Line(text=text) for text in lines))

    def place(self, place: PlaceEntry) -> str:
        where = place.address or (self.commune(place.commune) if place.commune else "")
        hours = spoken(place.hours, self.lang) if place.hours else ""
        phone = phone_words(place.phone) if place.phone else ""
        return ", ".join(filter(None, (say(f"card.{place.type}", self.lang), where, hours, phone)))

    # -- what is shared -------------------------------------------------------------------------------------------------

    def tool(self, tool: Tool) -> Item:
        """A shared tool: what it is, how to reach it, who shares it, how fresh it is."""
        reach = self.reach_of(tool)
        told = [
            ", ".join(
                filter(None, (tool.scale and self.words[tool.scale], tool.access and self.words[tool.access]))
            ),
            f"{capital(self.words['shared_by'])}{self.colon}{self.actors(tool.actors)}"
            if tool.actors
            else "",
            self.words["updated"].format(day=self.day(tool.updated_on)) if tool.updated_on else "",
            self.words["vintage"].format(year=tool.vintage) if tool.vintage else "",
        ]
        details = [Line(text=reach)] if reach else []
        details += [Line(text=text) for text in told if text]
        return Item(text=self.tool_name(tool), details=tuple(details))

    def tool_name(self, tool: Tool) -> str:
        kind = self.words[tool.type]
        return f"{tool.name} ({kind})" if tool.name else capital(kind)

    def reach_of(self, tool: Tool) -> tuple[Span, ...]:
        """Its phone, hours and address on the web."""
        parts = [phone_words(tool.phone)] if tool.phone else []
        parts += [spoken(tool.hours, self.lang)] if tool.hours else []
        shown = [Span(", ".join(parts))] if parts else []
        if tool.url:
            shown += ([Span(", ")] if shown else []) + [Span(tool.url, link=link(tool.url))]
        return tuple(shown)

    def event(self, event: Event) -> Item:
        """An event to come: when, what, where, for whom."""
        where = self.commune(event.commune) if event.commune else ""
        audience = ", ".join(self.words[f"audience_{one}"] for one in event.audience or ())
        name = event.name or capital(self.words[event.type])
        return Item(text=", ".join(filter(None, (self.day(event.date), name, where, audience))))

    def ties(self) -> Iterator[Part]:
        rows: list[tuple[Said, ...]] = []
        for tie in self.territory.ties or ():
            person = Span(self.words["one_person"], "old") if tie.rests_on_one_person else ""
            about = ", ".join(self.words[f"about_{one}"] for one in tie.about or ())
            ends = (self.actors((tie.from_,)), self.actors((tie.to,)))
            rows.append((*ends, self.words[f"nature_{tie.nature}"], about, person))
        keys = ("col_from", "col_to", "col_nature", "col_about", "col_holds")
        yield from grid((self.words[key] for key in keys), rows)

    # -- the whole country, and what the file does not tell ---------------------------------------------------------------

    def by_region(self) -> Iterator[Part]:
        """Of a file of the whole country: the operators that change with the region, by region and period."""
        if "france" not in (self.territory.head.perimeter or ()):
            return
        rows: list[tuple[Said, ...]] = []
        for card in self.law.operators.values():
            for one in card.channels:
                if one.regions:
                    where = ", ".join(self.regions.get(code, code) for code in one.regions)
                    days = f"{one.since or ''}..{one.until or ''}"
                    unnamed = one.note[self.lang] if one.note else self.words["unknown"]
                    reach = ", ".join(filter(None, (one.phone and phone_words(one.phone), one.url)))
                    rows.append((where, days, one.name or Span(unnamed, "old"), reach))
        keys = ("col_region", "col_days", "col_operator", "col_reach")
        yield from grid((self.words[key] for key in keys), rows)

    def not_told(self) -> Iterator[Part]:
        """The tables that the file leaves out, and the networks in force of which it holds no house: unknown, not absent."""
        t = self.territory
        tables = {
            "cell": t.coordination, "operators": t.operators, "schemes": t.schemes, "partners": t.partners,
            "tools": t.tools, "events": t.events, "ties": t.ties,
        }  # fmt: skip
        missing = [self.words[key] for key, told in tables.items() if told is None]
        held = {o.network for o in t.operators or ()}
        networks = (
            c for c, card in self.law.operators.items() if not card.outside and card.in_force(self.on)
        )
        missing += [self.network(c) for c in networks if t.operators and c not in held]
        if missing:
            yield Line(text=Span(f"{', '.join(missing)}.", "old"))
