"""The offer card of a house: for whom, what, on what terms, where, whom to call, checked when. What is not known is said to be unknown.

What counsellors lacked (Céreq Études 22, § 6.1 and 6.2: « on ne connait pas leur offre »). `card_data` holds the values, for scripts;
`card_page` says them. Neither decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from cep_route.directory.age import stands
from cep_route.messages import say
from cep_route.model.law import Law, Operator
from cep_route.model.territory import House, PlaceEntry, Scheme, Territory, plain_of
from cep_route.render import hours
from cep_route.render.data import JsonObject, Telling
from cep_route.render.parts import Item, Line, Page, Part, Section, Span, capital, gathered
from cep_route.render.telling import LocalSayings, phone_words

SCHEMA = 1
PERSON = ("name", "role", "phone", "email")
FREE = "l6111-6"  # the source that makes the CEP free of charge


def cards_of(word: str, territory: Territory, law: Law, on: str) -> list[tuple[str, House | Scheme]]:
    """(kind, house) of all that a word names here: the houses of a network, or one house by its id; a network without any is itself."""
    houses: list[tuple[str, House | Scheme]] = [
        *(("operator", house) for house in territory.operators or ()),
        *(("partner", house) for house in territory.partners or ()),
    ]
    found = [(kind, h) for kind, h in houses if h.id == word or (_network(h) == word and stands(h, on))]
    found += [("scheme", scheme) for scheme in territory.schemes or () if scheme.id == word]
    if not found and word in law.operators and not law.operators[word].outside:
        return [("network", House(id=word, name="", network=word))]
    return found


def _network(house: House | Scheme) -> str | None:
    return house.network if isinstance(house, House) else None


def card_data(
    kind: str,
    house: House | Scheme,
    law: Law,
    territory: Territory,
    on: str,
    lang: str,
    place_name: Callable[[str], str | None],
    region: str | None,
) -> dict[str, Any]:
    """The card as plain values; None where the file says nothing. `place_name`: of a commune by its code; `region`: of the territory."""

    def own(key: str) -> Any:
        """What the house says under a key that not every kind of house has."""
        return getattr(house, key, None)

    network = _network(house) if kind in {"operator", "network"} else None
    card = law.operators.get(network or "")
    rules = [c for c in law.rules if network and c.opens == network and c.since <= on <= c.until]
    places = own("places") or ([own("place")] if own("place") else None)
    contacts = own("contacts") or ([own("contact")] if own("contact") else None)
    words = LocalSayings(law, lang, on, territory)
    return {
        "schema": SCHEMA,
        "kind": kind,
        "id": house.id,
        "name": house.name or words.network(house.id),
        "network": network and {"code": network, "name": words.network(network)},
        "territory": territory.id,
        "on": on,
        "for": {
            "public": card.public[lang] if card else None,
            "rules": [{"rule": c.id, "says": c.says[lang], "confidence": c.confidence} for c in rules],
            "publics": _named(
                own("publics"), lambda c: law.publics[c].label[lang] if c in law.publics else c
            ),
            "box": plain_of(own("public")),
            "perimeter": house.perimeter,
        },
        "offers": {
            "says": card.offers[lang] if card else None,
            "levels": own("levels"),
            "services": own("services") if kind != "partner" else None,
            "needs": _named(house.needs, words.need),
        },
        "conditions": house.conditions,
        "cost": {
            "fees": own("fees") or ("gratuit" if network else None),
            "law": law.source(FREE).article if network else None,
        },
        "wait_days": own("wait_days"),
        "referable_by": own("referable_by") if kind == "partner" else None,
        "reception": own("reception"),
        "referral": own("referral"),
        "referral_url": own("referral_url"),
        "funding": {
            "funds_training": own("funds_training"),
            "decides": own("decides"),
            "says": card.funds_training[lang] if card and card.funds_training else None,
        },
        "places": places and [_place(p, place_name, lang) for p in places],
        "contacts": contacts and [Telling(lang).object(c) for c in contacts if c.may_publish is not False],
        "national": _national(card, region, on, lang) if card else None,
        "phone": own("phone"),
        "website": own("website"),
        "checked": {
            "contact_on": max((c.checked_on for c in contacts or () if c.checked_on), default=None),
            "territory_on": territory.head.as_of,
            "said": own("said"),
            "source": own("source"),
            "source_date": own("source_date"),
            "to_check": own("to_check"),
        },
    }


def _named(codes: Iterable[str] | None, name: Callable[[str], str]) -> list[dict[str, str]] | None:
    return None if codes is None else [{"code": c, "name": name(c)} for c in codes]


def _place(place: PlaceEntry, place_name: Callable[[str], str | None], lang: str) -> JsonObject:
    return {
        **Telling(lang).object(place),
        "commune_name": place_name(place.commune) if place.commune else None,
        "hours_said": hours.spoken(place.hours, lang) if place.hours else None,
    }


def _national(card: Operator, region: str | None, on: str, lang: str) -> JsonObject | None:
    """The channel of the territory's region, else the one for everywhere."""
    channels = [c for c in card.channels if c.in_force(on)]
    mine = [c for c in channels if region in c.regions] or [c for c in channels if not c.regions]
    return Telling(lang).object(mine[0]) if mine else None


# -- the card said ---------------------------------------------------------------------------------------------------------


def card_page(
    data: Mapping[str, Any],
    law: Law,
    territory: Territory,
    lang: str,
    zone: Callable[[str], str | None],
) -> Page:
    """The card said. `zone`: the name of a commune by its code."""
    return CardOffer(data, law, territory, lang, zone).page()


class CardOffer(LocalSayings):
    """The sections of a card. What is not known is said to be unknown, field by field."""

    def __init__(
        self,
        data: Mapping[str, Any],
        law: Law,
        territory: Territory,
        lang: str,
        zone: Callable[[str], str | None],
    ) -> None:
        super().__init__(law, lang, data["on"], territory)
        self.d, self.zone = data, zone

    def w(self, key: str, **values: str | int) -> str:
        return say(f"card.{key}", self.lang, **values)

    def words(self, codes: Iterable[str]) -> str:
        return ", ".join(map(self.w, codes))

    def told(self, field: str, value: str | None, key: str = "", name: str = "") -> Item:
        """« Besoins : logement, santé » when there is a value, « Besoins : pas connu de nous » when there is none."""
        line = self.detail(field, value and (self.w(key, **{name or key: value}) if key else value))
        return Item(text=line.text, tag=line.tag)

    def detail(self, field: str, text: str | None) -> Line:
        """The same below an item."""
        unknown = self.w("unknown", what=self.w(f"field_{field}"))
        return Line(text=text) if text else Line(text=unknown, tag="unknown")

    def page(self) -> Page:
        d = self.d
        network, head = d["network"], self.territory.head
        key = "sub_network" if network and d["kind"] == "operator" else "sub"
        name = network["name"] if network else ""
        parts = {
            "for": self._for(),
            "offers": self._offers(),
            "terms": self._terms(),
            "funding": self._funding(),
            "where": self._where(),
            "contacts": self._contacts(),
            "checked": self._checked(),
        }
        sections = (Section(key=k, title=self.w(k), parts=tuple(gathered(p))) for k, p in parts.items())
        sub = self.w(key, network=name, territory=head.name, day=self.day(d["on"]))
        return Page(title=self.w("title", name=d["name"]), sub=sub, sections=tuple(sections))

    def _for(self) -> Iterator[Part]:
        asked = self.d["for"]
        if asked["public"]:
            yield Item(text=capital(asked["public"]))
        for rule in asked["rules"]:
            unsure = self.w("for_unsure") if rule["confidence"] == "unsure" else ""
            yield Line(
                text=(self.w("for_rule", says=rule["says"]), Span(f" ({rule['rule']})", "small"), unsure)
            )
        if asked["publics"]:
            publics = ", ".join(p["name"] for p in asked["publics"])
            yield Item(text=self.w("for_publics", publics=publics))
        if asked["box"]:
            box = self.semicolon.join(self.fact(n, " ".join(v)) for n, v in asked["box"].items())
            yield Item(text=self.w("for_box", box=box))
        if not (asked["public"] or asked["publics"] or asked["box"]):
            yield self.told("public", None)
        if self.d["kind"] != "network":
            yield self.told("zone", ", ".join(map(self._zone, asked["perimeter"] or ())), "for_zone", "zone")

    def _zone(self, code: str) -> str:
        kind, _, number = code.partition(":")
        if code == "france":
            return self.w("zone_france")
        if kind in ("departement", "region"):
            return self.w("zone_department" if kind == "departement" else "zone_region", code=number)
        return self.zone(code) or code

    def _offers(self) -> Iterator[Part]:
        offers, kind = self.d["offers"], self.d["kind"]
        if offers["says"]:
            yield Item(text=capital(offers["says"]))
        if kind == "network":
            return
        if kind == "operator":
            yield self.told("levels", ", ".join(map(str, offers["levels"] or ())), "levels")
        if kind != "partner":
            yield self.told("services", self.words(offers["services"] or ()), "services")
        yield self.told("needs", ", ".join(n["name"] for n in offers["needs"] or ()), "needs")

    def _terms(self) -> Iterator[Part]:
        d = self.d
        yield self.told("conditions", d["conditions"], "conditions", "text")
        cost = self.w(d["cost"]["fees"]) if d["cost"]["fees"] else None
        if d["cost"]["fees"] == "gratuit" and d["cost"]["law"]:
            cost = self.w("free_by_law", law=d["cost"]["law"])
        yield self.told("cost", cost, "cost", "text")
        yield self.told("wait", None if d["wait_days"] is None else str(d["wait_days"]), "wait", "days")
        if d["kind"] == "partner":
            by = d["referable_by"]
            yield self.told(
                "referable", None if by is None else self.words(by) or self.w("nobody"), "referable", "who"
            )
            for what in ("reception", "referral"):
                ways = [say(f"answer.{what}_{way}", self.lang) for way in d[what] or ()]
                ways += [d["referral_url"]] if what == "referral" and d["referral_url"] else []
                yield self.told(what, ", ".join(ways), what, "ways")

    def _funding(self) -> Iterator[Part]:
        funding = self.d["funding"]
        if funding["decides"]:
            yield Item(text=self.w("decides", what=", ".join(funding["decides"])))
        if funding["says"]:
            yield Item(text=capital(funding["says"]))
        elif funding["funds_training"] is not None:
            yield Item(text=self.w("funds" if funding["funds_training"] else "funds_not"))
        elif not funding["decides"]:
            yield self.told("funding", None)

    def _where(self) -> Iterator[Part]:
        places = self.d["places"]
        if not places:
            yield Item(text=self.w("no_place")) if self.d["kind"] == "network" else self.told("places", None)
        for place in places or ():
            where = ", ".join(p for p in (place["name"], place["address"] or place["commune_name"]) if p)
            yield Item(text=self.w(place["type"]) + (f"{self.colon}{where}" if where else ""))
            if place["type"] == "none":
                continue
            yield self.detail("hours", place["hours_said"] and self.w("hours", hours=place["hours_said"]))
            if place["type"] == "remote":
                continue
            for field, key, told in (
                ("appointment", "appointment", place["by_appointment"]),
                ("access", "wheelchair", place["wheelchair"]),
            ):
                yield self.detail(field, None if told is None else self.w(key if told else f"no_{key}"))
            if place["phone"]:
                yield Line(text=self.w("phone", phone=phone_words(place["phone"])))

    def _contacts(self) -> Iterator[Part]:
        d = self.d
        contacts = d["contacts"] or []
        if d["phone"]:
            yield Item(text=self.w("phone", phone=phone_words(d["phone"])))
        public = [c for c in contacts if c["use"] == "public"]
        yield from (Item(text=self.w("public", who=_who(c, *PERSON))) for c in public)
        if d["national"]:
            who = _who(d["national"], "name", "phone", "url", "note")
            yield self.told("contacts", who, "national", "who")
        elif not (public or d["phone"]):
            yield self.told("contacts", None)
        if d["website"]:
            yield Item(text=self.w("site", url=d["website"]))
        if d["kind"] == "network":
            return
        colleagues = [c for c in contacts if c["use"] == "counsellor"]
        for contact in colleagues:
            yield Item(text=self.w("counsellor", who=_who(contact, *PERSON)))
            yield self.detail("deputy", contact["deputy"] and self.w("deputy", who=contact["deputy"]))
        if not colleagues:
            yield self.told("colleague", None)

    def _checked(self) -> Iterator[Part]:
        checked = self.d["checked"]
        day = checked["contact_on"] and self.day(checked["contact_on"])
        yield self.told("checked", day, "checked_on", "day")
        yield Item(text=self.w("as_of", day=self.day(checked["territory_on"])))
        if checked["source"]:
            since = checked["source_date"] and self.w("origin_day", day=self.day(checked["source_date"]))
            yield Item(text=self.w("origin", source=checked["source"]) + (since or ""))
        if checked["said"]:
            yield Item(text=self.w("said", said=checked["said"]))
        if not (checked["source"] or checked["said"]):
            yield self.told("source", None)
        if checked["to_check"]:
            yield Item(text=self.w("to_check"))


def _who(told: Mapping[str, Any], *keys: str) -> str:
    shown = (phone_words(told[key]) if key == "phone" and told[key] else told[key] for key in keys)
    return ", ".join(filter(None, shown))


def one_page(pages: list[Page]) -> Page:
    """Several cards as one page: the sections of each under its own title."""
    first, *others = pages
    sections = list(first.sections)
    for i, page in enumerate(others, 2):
        sections.append(Section(key=f"card-{i}", title=page.title, parts=(Line(text=page.sub, tag="sub"),)))
        sections += [replace(s, key=f"{s.key}-{i}") for s in page.sections]
    return Page(title=first.title, sub=first.sub, sections=tuple(sections))
