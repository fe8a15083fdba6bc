"""A territory file in words: how actors cooperate, the local cell, who receives, tools, events, ties. It says what is written, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from cep_route.directory.age import last_of, stands
from cep_route.messages import say, table
from cep_route.model.answer import Cooperation
from cep_route.model.law import FOREVER, Law
from cep_route.model.territory import (
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
from cep_route.render.parts import (
    Item,
    Line,
    Page,
    Part,
    Said,
    Span,
    capital,
    grid,
    joined,
    pairs,
    section,
)
from cep_route.render.safe import link
from cep_route.render.telling import Sayings, phone_words

Thing = TypeVar("Thing", LocalOperator, Partner, Scheme)
Named = Callable[[str], str]  # the name of a commune, by its code


def public_tools(territory: Territory, on: str) -> list[Tool]:
    """The shared tools that anyone may use today: a phone platform, a portal, a calendar."""
    return [
        t
        for t in territory.tools or ()
        if t.access != "professionals" and (t.phone or t.url) and on <= last_of(t.funded_until or FOREVER)
    ]


class Shown(Sayings):
    """One territory in the words of one language. `communes`: their names; `regions`: those of regions, by INSEE code."""

    def __init__(
        self, territory: Territory, law: Law, lang: str, on: str, communes: Named, regions: Mapping[str, str]
    ) -> None:
        super().__init__(law, lang, on, territory)
        self.commune, self.regions, self.t = communes, regions, territory
        self.words = {key: both[lang] for key, both in table("territory_file").items()}
        self.names = {h.id: h.name for h in (*(territory.operators or ()), *(territory.partners or ()))}

    def page(self, together: Cooperation) -> Page:
        """The whole file on the day."""
        t = self.t
        possible = "" if len(together.configuration) == 1 else " (possible)"
        made: dict[str, Iterable[Part]] = {
            "cooperation": (Item(say(f"answer.{c}", self.lang) + possible) for c in together.configuration),
            "cell": self.cell(),
            "level1": self.first_welcome(),
            "operators": map(self.house, self._standing(t.operators)),
            "schemes": map(self.house, self._standing(t.schemes)),
            "partners": map(self.house, self._standing(t.partners)),
            "tools": map(self.tool, t.tools or ()),
            "events": (self.event(e) for e in t.events or () if self.on <= last_of(e.date)),
            "ties": self.ties(),
            "regions": self.by_region(),
            "not_told": self.not_told(),
        }
        sections = tuple(s for key, parts in made.items() for s in section(key, self.words[key], parts))
        return Page(title=f"{t.head.name} ({t.head.id}), {self.day(self.on)}", sections=sections)

    def _standing(self, things: tuple[Thing, ...] | None) -> list[Thing]:
        return [thing for thing in things or () if stands(thing, self.on)]

    def coded(self, codes: Iterable[str | None] | None, prefix: str = "") -> str:
        """Codes of the file in words."""
        return ", ".join(self.words[prefix + code] for code in codes or () if code)

    def labelled(self, key: str, text: str) -> str:
        """« Membres : ... »; nothing when there is nothing."""
        return f"{capital(self.words[key])}{self.colon}{text}" if text else ""

    def actors(self, *several: Iterable[str] | None) -> str:
        """Members by their names: houses of the file, or networks."""
        members = (m for some in several for m in some or ())
        known = self.law.operators
        return ", ".join(self.names.get(m) or (self.network(m) if m in known else m) for m in members)

    # -- who is there ---------------------------------------------------------------------------------------------------

    def cell(self) -> Iterator[Part]:
        """The local body: what it is, who is in it, what it covers, what it shares; an empty list is told as none."""
        body, nothing = self.t.coordination, self.words["nothing"]
        if body is None:
            return
        days = {
            key: self.day(day) for key in ("since", "until", "last_meeting") if (day := getattr(body, key))
        }
        told: dict[str, str | None] = {
            "name": body.name,
            "type": self.coded([body.type]),
            "status": self.coded([body.status]),
            "since": days.get("since"),
            "until": days.get("until"),
            "launched_by": self.coded([body.launched_by]),
            "run_by": body.run_by and self.names.get(body.run_by, body.run_by),
            "members": self.actors(body.member_operators, body.member_partners),
            "perimeter": ", ".join(map(self.commune, body.perimeter or ())),
            "shared_tools": nothing if body.shared_tools == () else self.coded(body.shared_tools),
            "joint_actions": nothing if body.joint_actions == () else self.coded(body.joint_actions),
            "last_meeting": days.get("last_meeting"),
            "funder": body.funder,
            "contact": self.contact(body.contact) if body.contact else None,
        }
        yield from pairs((capital(self.words[key]), value) for key, value in told.items() if value)

    def first_welcome(self) -> Iterator[Part]:
        """Who may receive anyone first: operators that give level 1, and the places of the public guidance service."""
        operators = [o.name for o in self._standing(self.t.operators) if 1 in (o.levels or ())]
        others = [p.name for p in self._standing(self.t.partners) if p.level1 or p.spro]
        if operators or others:
            yield Line(self.words["level1_why"])
            yield Item(", ".join((*operators, *others)))

    def house(self, house: House | Scheme) -> Item:
        """An operator, a partner or a scheme: what it is, where it receives, whom to call, what it answers."""
        needs, before, label = self.needs_of(house.needs or ()), "", ""
        if isinstance(house, LocalOperator):
            levels = ", ".join(map(str, house.levels or ()))
            before = self.words["levels"].format(levels=levels) if levels else ""
            needs, label = "", f"{self.network(house.network)}, "
        elif isinstance(house, Partner):
            before = self.words[house.circle]
            before += self.semicolon + self.words["welcomes"] if house.level1 or house.spro else ""
        if isinstance(house, House):
            places, contacts, members = house.places or (), house.contacts or (), ""
        else:
            places, contacts = (
                (house.place,) if house.place else (),
                (house.contact,) if house.contact else (),
            )
            members = self.labelled("members", self.actors(house.member_operators, house.member_partners))
        lines = (before, *map(self.place, places), *map(self.contact, contacts), needs, members)
        name = (label, Span(house.name, "name"), Span(f" [{house.id}]", "small"))
        return Item(name, tuple(map(Line, filter(None, lines))))

    def place(self, place: PlaceEntry) -> str:
        where = place.address or (self.commune(place.commune) if place.commune else "")
        hours = spoken(place.hours, self.lang) if place.hours else ""
        phone = phone_words(place.phone) if place.phone else ""
        return ", ".join(filter(None, (say(f"card.{place.type}", self.lang), where, hours, phone)))

    # -- what is shared -------------------------------------------------------------------------------------------------

    def tool(self, tool: Tool) -> Item:
        """A shared tool: what it is, how to reach it, who shares it, how fresh it is."""
        told: tuple[Said, ...] = (
            self.reach_of(tool),
            self.coded((tool.scale, tool.access)),
            self.labelled("shared_by", self.actors(tool.actors)),
            self.words["updated"].format(day=self.day(tool.updated_on)) if tool.updated_on else "",
            self.words["vintage"].format(year=tool.vintage) if tool.vintage else "",
        )
        return Item(self.tool_name(tool), tuple(Line(text) for text in told if text))

    def tool_name(self, tool: Tool) -> str:
        kind = self.words[tool.type]
        return f"{tool.name} ({kind})" if tool.name else capital(kind)

    def reach_of(self, tool: Tool) -> tuple[Span, ...]:
        """Its phone, hours and address on the web."""
        phone = phone_words(tool.phone) if tool.phone else ""
        hours = spoken(tool.hours, self.lang) if tool.hours else ""
        return joined((phone, hours, Span(tool.url or "", link=link(tool.url or ""))), ", ")

    def event(self, event: Event) -> Item:
        """An event to come: when, what, where, for whom."""
        where = self.commune(event.commune) if event.commune else ""
        name = event.name or capital(self.words[event.type])
        told = (self.day(event.date), name, where, self.coded(event.audience, "audience_"))
        return Item(", ".join(filter(None, told)))

    def ties(self) -> Iterator[Part]:
        rows: list[tuple[Said, ...]] = []
        for tie in self.t.ties or ():
            person = Span(self.words["one_person"], "old") if tie.rests_on_one_person else ""
            nature, about = self.words[f"nature_{tie.nature}"], self.coded(tie.about, "about_")
            rows.append((self.actors((tie.from_,)), self.actors((tie.to,)), nature, about, person))
        keys = ("col_from", "col_to", "col_nature", "col_about", "col_holds")
        yield from grid((self.words[key] for key in keys), rows)

    # -- the whole country, and what the file does not tell ---------------------------------------------------------------

    def by_region(self) -> Iterator[Part]:
        """Of a file of the whole country: the operators that change with the region, by region and period."""
        rows: list[tuple[Said, ...]] = []
        whole = "france" in (self.t.head.perimeter or ())
        for one in (
            one for card in self.law.operators.values() for one in card.channels if whole and one.regions
        ):
            where = ", ".join(self.regions.get(code, code) for code in one.regions)
            unnamed = one.note[self.lang] if one.note else self.words["unknown"]
            reach = ", ".join(filter(None, (one.phone and phone_words(one.phone), one.url)))
            name = one.name or Span(unnamed, "old")
            rows.append((where, f"{one.since or ''}..{one.until or ''}", name, reach))
        keys = ("col_region", "col_days", "col_operator", "col_reach")
        yield from grid((self.words[key] for key in keys), rows)

    def not_told(self) -> Iterator[Part]:
        """The tables that the file leaves out, and the networks in force of which it holds no house: unknown, not absent."""
        t = self.t
        tables = {
            "cell": t.coordination, "operators": t.operators, "schemes": t.schemes, "partners": t.partners,
            "tools": t.tools, "events": t.events, "ties": t.ties,
        }  # fmt: skip
        missing = [self.words[key] for key, told in tables.items() if told is None]
        held = {o.network for o in t.operators or ()}
        for code, card in self.law.operators.items():
            if t.operators and code not in held and not card.outside and card.in_force(self.on):
                missing.append(self.network(code))
        if missing:
            yield Line(Span(f"{', '.join(missing)}.", "old"))
