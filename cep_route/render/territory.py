"""A territory file in words: the whole (how actors cooperate, the local cell, who receives, tools, events, ties), or the offer card of a house.

It says what is written, and what is not. A card tells what counsellors lacked (Céreq Études 22, § 6.1 and 6.2: « on ne connait pas leur
offre »): for whom, what, on what terms, where, whom to call, checked when. `card_data` holds its values, for scripts; `card_page` says
them. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

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
    plain_of,
)
from cep_route.render.data import JsonObject, Telling
from cep_route.render.desks import spoken
from cep_route.render.parts import (
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
)
from cep_route.render.safe import link
from cep_route.render.telling import Sayings, phone_words

PERSON = ("name", "role", "phone", "email")
FREE = "l6111-6"  # the source that makes the CEP free of charge

Thing = TypeVar("Thing", LocalOperator, Partner, Scheme)
CardData = Mapping[str, Any]  # what `explain --format json` says of a house, or an entry of one of its lists
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


# -- the offer card of a house ------------------------------------------------------------------------------------------------


class OfferCards(Sayings):
    """The offer cards of a territory. `place_name`: of a commune by its code; `region`: of the territory."""

    def __init__(
        self,
        law: Law,
        territory: Territory,
        on: str,
        lang: str,
        place_name: Callable[[str], str | None],
        region: str | None = None,
    ) -> None:
        super().__init__(law, lang, on, territory)
        self.territory, self.place_name, self.region = territory, place_name, region

    def of(self, word: str) -> list[tuple[str, House | Scheme]]:
        """(kind, house) of all that a word names here: the houses of a network, or one house by its id; a network without any is itself."""
        here, found = self.territory, list[tuple[str, House | Scheme]]()
        kinds = {"operator": here.operators, "partner": here.partners, "scheme": here.schemes}
        for kind, house in ((kind, house) for kind, houses in kinds.items() for house in houses or ()):
            network = house.network if isinstance(house, House) and stands(house, self.on) else None
            found += [(kind, house)] if word in (house.id, network) else []
        if not found and word in self.law.operators and not self.law.outside(word):
            return [("network", House(id=word, name="", network=word))]
        return found

    def placed(self, place: PlaceEntry) -> JsonObject:
        name = self.place_name(place.commune) if place.commune else None
        said = spoken(place.hours, self.lang) if place.hours else None
        return {**Telling(self.lang).object(place), "commune_name": name, "hours_said": said}

    def data(self, kind: str, house: House | Scheme) -> CardData:
        """A card as plain values; None where the file says nothing."""

        def own(key: str) -> Any:
            """What the house says under a key that not every kind of house has."""
            return getattr(house, key, None)

        def named(codes: Iterable[str] | None, name: Callable[[str], str]) -> list[dict[str, str]] | None:
            return None if codes is None else [{"code": c, "name": name(c)} for c in codes]

        lang, publics, record = self.lang, self.law.publics, Telling(self.lang).object
        network = own("network") if kind in {"operator", "network"} else None
        card = self.law.operators.get(network or "")
        opening = (c for c in self.law.rules if network and c.opens == network and c.in_force(self.on))
        rules = [{"rule": c.id, "says": c.says[lang], "confidence": c.confidence} for c in opening]
        places = own("places") or ([own("place")] if own("place") else None)
        contacts = own("contacts") or ([own("contact")] if own("contact") else None)
        # the channel of the territory's region, else the one for everywhere
        channels = [c for c in (card.channels if card else ()) if c.in_force(self.on)]
        mine = [c for c in channels if self.region in c.regions] or [c for c in channels if not c.regions]
        return {
            "schema": 1,
            "kind": kind,
            "id": house.id,
            "name": house.name or self.network(house.id),
            "network": network and {"code": network, "name": self.network(network)},
            "territory": self.territory.id,
            "on": self.on,
            "for": {
                "public": card.public[lang] if card else None,
                "rules": rules,
                "publics": named(own("publics"), lambda c: publics[c].label[lang] if c in publics else c),
                "box": plain_of(own("public")),
                "perimeter": house.perimeter,
            },
            "offers": {
                "says": card.offers[lang] if card else None,
                "levels": own("levels"),
                "services": own("services") if kind != "partner" else None,
                "needs": named(house.needs, self.need),
            },
            "conditions": house.conditions,
            "cost": {
                "fees": own("fees") or ("gratuit" if network else None),
                "law": self.law.source(FREE).article if network else None,
            },
            "wait_days": own("wait_days"),
            "referable_by": own("referable_by") if kind == "partner" else None,
            **{key: own(key) for key in ("reception", "referral", "referral_url")},
            "funding": {
                "funds_training": own("funds_training"),
                "decides": own("decides"),
                "says": card.funds_training[lang] if card and card.funds_training else None,
            },
            "places": places and list(map(self.placed, places)),
            "contacts": contacts and [record(c) for c in contacts if c.may_publish is not False],
            "national": record(mine[0]) if mine else None,
            "phone": own("phone"),
            "website": own("website"),
            "checked": {
                "contact_on": max((c.checked_on for c in contacts or () if c.checked_on), default=None),
                "territory_on": self.territory.head.as_of,
                **{key: own(key) for key in ("said", "source", "source_date", "to_check")},
            },
        }

    def whole(self, cards: Iterable[CardData]) -> Page:
        """Several cards as one page: the sections of each under its own title."""
        first, *others = map(self.page, cards)
        sections = list(first.sections)
        for i, page in enumerate(others, 2):
            sections.append(Section(f"card-{i}", page.title, (Line(page.sub, tag="sub"),)))
            sections += [replace(s, key=f"{s.key}-{i}") for s in page.sections]
        return Page(title=first.title, sub=first.sub, sections=tuple(sections))

    # -- a card said: what is not known is said to be unknown, field by field -----------------------------------------------

    def w(self, key: str, **values: str | int) -> str:
        return say(f"card.{key}", self.lang, **values)

    def words(self, codes: Iterable[str] | None) -> str:
        return ", ".join(map(self.w, codes or ()))

    def told(self, field: str, text: str | None) -> Item:
        """« Besoins : logement, santé » when there is a text, « Besoins : pas connu de nous » when there is none."""
        line = self.detail(field, text)
        return Item(line.text, tag=line.tag)

    def detail(self, field: str, text: str | None) -> Line:
        """The same below an item."""
        unknown = self.w("unknown", what=self.w(f"field_{field}"))
        return Line(text) if text else Line(unknown, tag="unknown")

    def who(self, told: CardData, *keys: str) -> str:
        shown = (phone_words(told[key]) if key == "phone" and told[key] else told[key] for key in keys)
        return ", ".join(filter(None, shown))

    def page(self, d: CardData) -> Page:
        network = d["network"] if d["kind"] == "operator" else None
        key, name = ("sub_network", network["name"]) if network else ("sub", "")
        parts = {
            "for": self._for(d), "offers": self._offers(d), "terms": self._terms(d), "funding": self._funding(d),
            "where": self._where(d), "contacts": self._contacts(d), "checked": self._checked(d),
        }  # fmt: skip
        sections = tuple(Section(k, self.w(k), tuple(p)) for k, p in parts.items())
        sub = self.w(key, network=name, territory=self.territory.head.name, day=self.day(d["on"]))
        return Page(title=self.w("title", name=d["name"]), sub=sub, sections=sections)

    def _for(self, d: CardData) -> Iterator[Part]:
        asked = d["for"]
        rules = []
        for rule in asked["rules"]:
            unsure = self.w("for_unsure") if rule["confidence"] == "unsure" else ""
            name = Span(f" ({rule['rule']})", "small")
            rules.append(Line((self.w("for_rule", says=rule["says"]), name, unsure)))
        if asked["public"]:
            yield Item(capital(asked["public"]), tuple(rules))
        if asked["publics"]:
            yield Item(self.w("for_publics", publics=", ".join(p["name"] for p in asked["publics"])))
        if asked["box"]:
            box = self.semicolon.join(self.fact(n, " ".join(v)) for n, v in asked["box"].items())
            yield Item(self.w("for_box", box=box))
        if not (asked["public"] or asked["publics"] or asked["box"]):
            yield self.told("public", None)
        if d["kind"] != "network":
            zone = ", ".join(map(self._zone, asked["perimeter"] or ()))
            yield self.told("zone", zone and self.w("for_zone", zone=zone))

    def _zone(self, code: str) -> str:
        kind, _, number = code.partition(":")
        if number:
            return self.w("zone_department" if kind == "departement" else "zone_region", code=number)
        return self.w("zone_france") if code == "france" else self.place_name(code) or code

    def _offers(self, d: CardData) -> Iterator[Part]:
        offers = d["offers"]
        if offers["says"]:
            yield Item(capital(offers["says"]))
        told = {
            "levels": ", ".join(map(str, offers["levels"] or ())),
            "services": self.words(offers["services"]),
            "needs": ", ".join(n["name"] for n in offers["needs"] or ()),
        }
        # the first of them are not asked of every kind
        not_asked = {"network": 3, "partner": 2, "scheme": 1, "operator": 0}[d["kind"]]
        for field, text in list(told.items())[not_asked:]:
            yield self.told(field, text and self.w(field, **{field: text}))

    def _terms(self, d: CardData) -> Iterator[Part]:
        fees, law = d["cost"]["fees"], d["cost"]["law"]
        yield self.told("conditions", d["conditions"] and self.w("conditions", text=d["conditions"]))
        cost = self.w("free_by_law", law=law) if fees == "gratuit" and law else fees and self.w(fees)
        yield self.told("cost", cost and self.w("cost", text=cost))
        yield self.told("wait", None if d["wait_days"] is None else self.w("wait", days=d["wait_days"]))
        if d["kind"] != "partner":
            return
        by = d["referable_by"]
        who = None if by is None else self.words(by) or self.w("nobody")
        yield self.told("referable", who and self.w("referable", who=who))
        for what, more in (("reception", None), ("referral", d["referral_url"])):
            words = (say(f"answer.{what}_{way}", self.lang) for way in d[what] or ())
            ways = ", ".join(filter(None, (*words, more)))
            yield self.told(what, ways and self.w(what, ways=ways))

    def _funding(self, d: CardData) -> Iterator[Part]:
        funding = d["funding"]
        if funding["decides"]:
            yield Item(self.w("decides", what=", ".join(funding["decides"])))
        if funding["says"]:
            yield Item(capital(funding["says"]))
        elif funding["funds_training"] is not None:
            yield Item(self.w("funds" if funding["funds_training"] else "funds_not"))
        elif not funding["decides"]:
            yield self.told("funding", None)

    def _where(self, d: CardData) -> Iterator[Part]:
        places = d["places"] or ()
        if not places:
            yield self.told("places", self.w("no_place") if d["kind"] == "network" else None)
        for place in places:
            where = ", ".join(p for p in (place["name"], place["address"] or place["commune_name"]) if p)
            lines = [self.detail("hours", place["hours_said"] and self.w("hours", hours=place["hours_said"]))]
            for field, word, told in (
                ("appointment", "appointment", place["by_appointment"]),
                ("access", "wheelchair", place["wheelchair"]),
            ):
                lines.append(
                    self.detail(field, None if told is None else self.w(word if told else f"no_{word}"))
                )
            if place["phone"]:
                lines.append(Line(self.w("phone", phone=phone_words(place["phone"]))))
            told_of = {"none": 0, "remote": 1}.get(place["type"], len(lines))
            title = self.w(place["type"]) + (f"{self.colon}{where}" if where else "")
            yield Item(title, tuple(lines[:told_of]))

    def _contacts(self, d: CardData) -> Iterator[Part]:
        contacts = d["contacts"] or ()
        public, colleagues = ([c for c in contacts if c["use"] == use] for use in ("public", "counsellor"))
        if d["phone"]:
            yield Item(self.w("phone", phone=phone_words(d["phone"])))
        yield from (Item(self.w("public", who=self.who(c, *PERSON))) for c in public)
        if d["national"]:
            who = self.who(d["national"], "name", "phone", "url", "note")
            yield self.told("contacts", who and self.w("national", who=who))
        elif not (public or d["phone"]):
            yield self.told("contacts", None)
        if d["website"]:
            yield Item(self.w("site", url=d["website"]))
        for contact in colleagues if d["kind"] != "network" else ():
            deputy = self.detail("deputy", contact["deputy"] and self.w("deputy", who=contact["deputy"]))
            yield Item(self.w("counsellor", who=self.who(contact, *PERSON)), (deputy,))
        if d["kind"] != "network" and not colleagues:
            yield self.told("colleague", None)

    def _checked(self, d: CardData) -> Iterator[Part]:
        checked = d["checked"]
        days = {key: checked[key] and self.day(checked[key]) for key in ("contact_on", "source_date")}
        told = days["contact_on"] and self.w("checked_on", day=days["contact_on"])
        yield self.told("checked", told)
        yield Item(self.w("as_of", day=self.day(checked["territory_on"])))
        if checked["source"]:
            since = self.w("origin_day", day=days["source_date"]) if days["source_date"] else ""
            yield Item(self.w("origin", source=checked["source"]) + since)
        if checked["said"]:
            yield Item(self.w("said", said=checked["said"]))
        if not (checked["source"] or checked["said"]):
            yield self.told("source", None)
        if checked["to_check"]:
            yield Item(self.w("to_check"))
