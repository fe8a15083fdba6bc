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
from cep_route.model.law import Law
from cep_route.model.territory import House, PlaceEntry, Scheme, Territory, plain_of
from cep_route.render import hours
from cep_route.render.data import JsonObject, Telling
from cep_route.render.parts import Item, Line, Page, Part, Section, Span, capital, gathered
from cep_route.render.telling import Sayings, phone_words

SCHEMA = 1
PERSON = ("name", "role", "phone", "email")
FREE = "l6111-6"  # the source that makes the CEP free of charge


def cards_of(word: str, territory: Territory, law: Law, on: str) -> list[tuple[str, House | Scheme]]:
    """(kind, house) of all that a word names here: the houses of a network, or one house by its id; a network without any is itself."""
    kinds = {"operator": territory.operators, "partner": territory.partners, "scheme": territory.schemes}
    houses: list[tuple[str, House | Scheme]] = [(kind, h) for kind, own in kinds.items() for h in own or ()]
    found = [
        (kind, h)
        for kind, h in houses
        if h.id == word or (isinstance(h, House) and h.network == word and stands(h, on))
    ]
    if not found and word in law.operators and not law.operators[word].outside:
        return [("network", House(id=word, name="", network=word))]
    return found


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

    network = own("network") if kind in {"operator", "network"} else None
    card = law.operators.get(network or "")
    rules = [c for c in law.rules if network and c.opens == network and c.since <= on <= c.until]
    places = own("places") or ([own("place")] if own("place") else None)
    contacts = own("contacts") or ([own("contact")] if own("contact") else None)
    words, record = Sayings(law, lang, on, territory), Telling(lang).object

    def named(codes: Iterable[str] | None, name: Callable[[str], str]) -> list[dict[str, str]] | None:
        return None if codes is None else [{"code": c, "name": name(c)} for c in codes]

    def placed(place: PlaceEntry) -> JsonObject:
        name = place_name(place.commune) if place.commune else None
        said = hours.spoken(place.hours, lang) if place.hours else None
        return {**record(place), "commune_name": name, "hours_said": said}

    # the channel of the territory's region, else the one for everywhere
    channels = [c for c in (card.channels if card else ()) if c.in_force(on)]
    mine = [c for c in channels if region in c.regions] or [c for c in channels if not c.regions]
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
            "publics": named(own("publics"), lambda c: law.publics[c].label[lang] if c in law.publics else c),
            "box": plain_of(own("public")),
            "perimeter": house.perimeter,
        },
        "offers": {
            "says": card.offers[lang] if card else None,
            "levels": own("levels"),
            "services": own("services") if kind != "partner" else None,
            "needs": named(house.needs, words.need),
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
        "places": places and list(map(placed, places)),
        "contacts": contacts and [record(c) for c in contacts if c.may_publish is not False],
        "national": record(mine[0]) if mine else None,
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


# -- the card said ---------------------------------------------------------------------------------------------------------


def card_page(
    data: Mapping[str, Any], law: Law, territory: Territory, lang: str, zone: Callable[[str], str | None]
) -> Page:
    """The card said. `zone`: the name of a commune by its code."""
    return CardOffer(data, law, territory, lang, zone).page(territory.head.name)


class CardOffer(Sayings):
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
        self.d, self.kind, self.zone = data, data["kind"], zone

    def w(self, key: str, **values: str | int) -> str:
        return say(f"card.{key}", self.lang, **values)

    def words(self, codes: Iterable[str] | None) -> str:
        return ", ".join(map(self.w, codes or ()))

    def told(self, field: str, text: str | None) -> Item:
        """« Besoins : logement, santé » when there is a text, « Besoins : pas connu de nous » when there is none."""
        return Item(text) if text else Item(self.unknown(field), tag="unknown")

    def detail(self, field: str, text: str | None) -> Line:
        """The same below an item."""
        return Line(text) if text else Line(self.unknown(field), tag="unknown")

    def unknown(self, field: str) -> str:
        return self.w("unknown", what=self.w(f"field_{field}"))

    def page(self, territory: str) -> Page:
        d = self.d
        network = d["network"] if self.kind == "operator" else None
        key, name = ("sub_network", network["name"]) if network else ("sub", "")
        parts = {
            "for": self._for(), "offers": self._offers(), "terms": self._terms(), "funding": self._funding(),
            "where": self._where(), "contacts": self._contacts(), "checked": self._checked(),
        }  # fmt: skip
        sections = (Section(k, self.w(k), tuple(gathered(p))) for k, p in parts.items())
        sub = self.w(key, network=name, territory=territory, day=self.day(d["on"]))
        return Page(title=self.w("title", name=d["name"]), sub=sub, sections=tuple(sections))

    def _for(self) -> Iterator[Part]:
        asked = self.d["for"]
        if asked["public"]:
            yield Item(capital(asked["public"]))
        for rule in asked["rules"]:
            unsure = self.w("for_unsure") if rule["confidence"] == "unsure" else ""
            yield Line((self.w("for_rule", says=rule["says"]), Span(f" ({rule['rule']})", "small"), unsure))
        if asked["publics"]:
            yield Item(self.w("for_publics", publics=", ".join(p["name"] for p in asked["publics"])))
        if asked["box"]:
            box = self.semicolon.join(self.fact(n, " ".join(v)) for n, v in asked["box"].items())
            yield Item(self.w("for_box", box=box))
        if not (asked["public"] or asked["publics"] or asked["box"]):
            yield self.told("public", None)
        if self.kind != "network":
            zone = ", ".join(map(self._zone, asked["perimeter"] or ()))
            yield self.told("zone", zone and self.w("for_zone", zone=zone))

    def _zone(self, code: str) -> str:
        kind, _, number = code.partition(":")
        if code == "france":
            return self.w("zone_france")
        if kind in ("departement", "region"):
            return self.w("zone_department" if kind == "departement" else "zone_region", code=number)
        return self.zone(code) or code

    def _offers(self) -> Iterator[Part]:
        offers = self.d["offers"]
        if offers["says"]:
            yield Item(capital(offers["says"]))
        told = {
            "levels": ", ".join(map(str, offers["levels"] or ())),
            "services": self.words(offers["services"]),
            "needs": ", ".join(n["name"] for n in offers["needs"] or ()),
        }
        fields = {
            "operator": ("levels", "services", "needs"),
            "scheme": ("services", "needs"),
            "partner": ("needs",),
        }
        for field in fields.get(self.kind, ()):
            yield self.told(field, told[field] and self.w(field, **{field: told[field]}))

    def _terms(self) -> Iterator[Part]:
        d, fees, law = self.d, self.d["cost"]["fees"], self.d["cost"]["law"]
        yield self.told("conditions", d["conditions"] and self.w("conditions", text=d["conditions"]))
        cost = self.w("free_by_law", law=law) if fees == "gratuit" and law else fees and self.w(fees)
        yield self.told("cost", cost and self.w("cost", text=cost))
        yield self.told("wait", None if d["wait_days"] is None else self.w("wait", days=d["wait_days"]))
        if self.kind != "partner":
            return
        by = d["referable_by"]
        who = None if by is None else self.words(by) or self.w("nobody")
        yield self.told("referable", who and self.w("referable", who=who))
        for what in ("reception", "referral"):
            ways = [say(f"answer.{what}_{way}", self.lang) for way in d[what] or ()]
            ways += [d["referral_url"]] if what == "referral" and d["referral_url"] else []
            yield self.told(what, ", ".join(ways) and self.w(what, ways=", ".join(ways)))

    def _funding(self) -> Iterator[Part]:
        funding = self.d["funding"]
        if funding["decides"]:
            yield Item(self.w("decides", what=", ".join(funding["decides"])))
        if funding["says"]:
            yield Item(capital(funding["says"]))
        elif funding["funds_training"] is not None:
            yield Item(self.w("funds" if funding["funds_training"] else "funds_not"))
        elif not funding["decides"]:
            yield self.told("funding", None)

    def _where(self) -> Iterator[Part]:
        places = self.d["places"]
        if not places:
            yield self.told("places", self.w("no_place") if self.kind == "network" else None)
        for place in places or ():
            where = ", ".join(p for p in (place["name"], place["address"] or place["commune_name"]) if p)
            yield Item(self.w(place["type"]) + (f"{self.colon}{where}" if where else ""))
            if place["type"] == "none":
                continue
            yield self.detail("hours", place["hours_said"] and self.w("hours", hours=place["hours_said"]))
            if place["type"] == "remote":
                continue
            for field, key in (("appointment", "by_appointment"), ("access", "wheelchair")):
                word = "wheelchair" if field == "access" else field
                told = {None: None, True: word, False: f"no_{word}"}[place[key]]
                yield self.detail(field, told and self.w(told))
            if place["phone"]:
                yield Line(self.w("phone", phone=phone_words(place["phone"])))

    def _contacts(self) -> Iterator[Part]:
        d, contacts = self.d, self.d["contacts"] or ()
        public, colleagues = ([c for c in contacts if c["use"] == use] for use in ("public", "counsellor"))
        if d["phone"]:
            yield Item(self.w("phone", phone=phone_words(d["phone"])))
        yield from (Item(self.w("public", who=_who(c, *PERSON))) for c in public)
        if d["national"]:
            who = _who(d["national"], "name", "phone", "url", "note")
            yield self.told("contacts", who and self.w("national", who=who))
        elif not (public or d["phone"]):
            yield self.told("contacts", None)
        if d["website"]:
            yield Item(self.w("site", url=d["website"]))
        for contact in colleagues if self.kind != "network" else ():
            yield Item(self.w("counsellor", who=_who(contact, *PERSON)))
            yield self.detail("deputy", contact["deputy"] and self.w("deputy", who=contact["deputy"]))
        if self.kind != "network" and not colleagues:
            yield self.told("colleague", None)

    def _checked(self) -> Iterator[Part]:
        checked = self.d["checked"]
        day = checked["contact_on"] and self.day(checked["contact_on"])
        yield self.told("checked", day and self.w("checked_on", day=day))
        yield Item(self.w("as_of", day=self.day(checked["territory_on"])))
        if checked["source"]:
            since = checked["source_date"] and self.w("origin_day", day=self.day(checked["source_date"]))
            yield Item(self.w("origin", source=checked["source"]) + (since or ""))
        if checked["said"]:
            yield Item(self.w("said", said=checked["said"]))
        if not (checked["source"] or checked["said"]):
            yield self.told("source", None)
        if checked["to_check"]:
            yield Item(self.w("to_check"))


def _who(told: Mapping[str, Any], *keys: str) -> str:
    shown = (phone_words(told[key]) if key == "phone" and told[key] else told[key] for key in keys)
    return ", ".join(filter(None, shown))


def one_page(pages: list[Page]) -> Page:
    """Several cards as one page: the sections of each under its own title."""
    first, *others = pages
    sections = list(first.sections)
    for i, page in enumerate(others, 2):
        sections.append(Section(f"card-{i}", page.title, (Line(page.sub, tag="sub"),)))
        sections += [replace(s, key=f"{s.key}-{i}") for s in page.sections]
    return Page(title=first.title, sub=first.sub, sections=tuple(sections))
