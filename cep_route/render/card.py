"""The offer card of a house: for whom, what, on what terms, where, whom to call, checked when. What is not known is said to be unknown.

What counsellors lacked (Céreq Études 22, § 6.1 and 6.2: « on ne connait pas leur offre »). `card_data` holds the values, for scripts;
`card_page` says them. Neither decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cep_route.messages import day_words, table, template
from cep_route.model.law import Law, Operator, in_force
from cep_route.model.territory import Territory, plain_of
from cep_route.render import hours
from cep_route.render.data import operator_name
from cep_route.render.parts import Item, Line, Page, Part, Section, capital, gathered
from cep_route.render.telling import phone_words

SCHEMA = 1
WORDS, ANSWER = table("card"), table("answer")
FREE = "l6111-6"  # the source that makes the CEP free of charge


def cards_of(word: str, territory: Territory, law: Law, on: str) -> list[tuple[str, Mapping[str, Any]]]:
    """(kind, house) of all that a word names here: the houses of a network, or one house by its id; a network without any is itself."""
    found = [
        (kind, house)
        for key, kind in (("operators", "operator"), ("partners", "partner"), ("schemes", "scheme"))
        for house in plain_of(getattr(territory, key)) or ()
        if house["id"] == word or (key != "schemes" and house.get("network") == word and in_force(house, on))
    ]
    if not found and word in law.operators and not law.operators[word].outside:
        return [("network", {"id": word, "network": word})]
    return found


def card_data(
    kind: str,
    house: Mapping[str, Any],
    law: Law,
    territory: Territory,
    on: str,
    lang: str,
    place_name: Callable[[str], str | None],
    region: str | None,
) -> dict[str, Any]:
    """The card as plain values; None where the file says nothing. `place_name`: of a commune by its code; `region`: of the territory."""
    network = house.get("network") if kind in {"operator", "network"} else None
    card = law.operators.get(network or "")
    rules = [c for c in law.rules if network and c.opens == network and c.since <= on <= c.until]
    places = house.get("places") or ([house["place"]] if house.get("place") else None)
    contacts = house.get("contacts") or ([house["contact"]] if house.get("contact") else None)
    head = territory.head
    fees = house.get("fees") or ("gratuit" if network else None)
    return {
        "schema": SCHEMA,
        "kind": kind,
        "id": house["id"],
        "name": house.get("name") or operator_name(law, house["id"], on, lang),
        "network": network and {"code": network, "name": operator_name(law, network, on, lang)},
        "territory": head.id,
        "on": on,
        "for": {
            "public": card.public[lang] if card else None,
            "rules": [{"rule": c.id, "says": c.says[lang], "confidence": c.confidence} for c in rules],
            "publics": _named(house.get("publics"), {c: p.label[lang] for c, p in law.publics.items()}),
            "box": house.get("public"),
            "perimeter": house.get("perimeter"),
        },
        "offers": {
            "says": card.offers[lang] if card else None,
            "levels": house.get("levels"),
            "services": house.get("services"),
            "needs": _named(
                house.get("needs"),
                {c: n.label[lang] for c, n in law.needs.items()}
                | {n.code: (n.en if lang == "en" else None) or n.fr for n in territory.needs or ()},
            ),
        },
        "conditions": house.get("conditions"),
        "cost": {"fees": fees, "law": law.source(FREE).article if network else None},
        "wait_days": house.get("wait_days"),
        "referable_by": house.get("referable_by") if kind == "partner" else None,
        "reception": house.get("reception"),
        "referral": house.get("referral"),
        "referral_url": house.get("referral_url"),
        "funding": {
            "funds_training": house.get("funds_training"),
            "decides": house.get("decides"),
            "says": card.funds_training[lang] if card and card.funds_training else None,
        },
        "places": None if places is None else [_place(p, place_name, lang) for p in places],
        "contacts": None
        if contacts is None
        else [_contact(c) for c in contacts if c.get("may_publish") is not False],
        "national": _national(card, region, on, lang) if card else None,
        "phone": house.get("phone"),
        "website": house.get("website"),
        "checked": {
            "contact_on": max((c["checked_on"] for c in contacts or () if c.get("checked_on")), default=None),
            "territory_on": head.as_of,
            "said": house.get("said"),
            "source": house.get("source"),
            "source_date": house.get("source_date"),
            "to_check": house.get("to_check"),
        },
    }


def _named(codes: Iterable[str] | None, names: Mapping[str, str]) -> list[dict[str, str]] | None:
    return None if codes is None else [{"code": c, "name": names.get(c, c)} for c in codes]


def _place(place: Mapping[str, Any], place_name: Callable[[str], str | None], lang: str) -> dict[str, Any]:
    shown = (
        "type",
        "name",
        "address",
        "commune",
        "hours",
        "days_per_month",
        "by_appointment",
        "wheelchair",
        "phone",
    )
    told = {key: place.get(key) for key in shown}
    told["commune_name"] = place_name(place["commune"]) if place.get("commune") else None
    told["hours_said"] = hours.spoken(place["hours"], lang) if place.get("hours") else None
    return told


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: contact.get(key) for key in ("use", "role", "name", "phone", "email", "deputy", "checked_on")
    }


def _national(card: Operator, region: str | None, on: str, lang: str) -> dict[str, Any] | None:
    """The channel of the territory's region, else the one for everywhere."""
    channels = [c for c in card.channels if c.in_force(on)]
    mine = [c for c in channels if region in c.regions] or [c for c in channels if not c.regions]
    if not mine:
        return None
    told: dict[str, Any] = {
        key: getattr(mine[0], key) for key in ("name", "phone", "url", "hours", "confidence")
    }
    return told | {"note": mine[0].note[lang] if mine[0].note else None}


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


def _item(text: str, tag: str = "") -> Item:
    return Item(text=text, tag=tag)


def _detail(text: str, tag: str = "") -> Line:
    return Line(text=text, tag=tag)


class CardOffer:
    def __init__(
        self,
        data: Mapping[str, Any],
        law: Law,
        territory: Territory,
        lang: str,
        zone: Callable[[str], str | None],
    ) -> None:
        self.d, self.law, self.territory, self.lang, self.zone = data, law, territory, lang, zone

    def w(self, key: str, **values: object) -> str:
        return WORDS[key][self.lang].format(**values)

    def unknown(self, key: str) -> Part:
        return _item(self.w("unknown", what=self.w(f"field_{key}")), "unknown")

    @property
    def semicolon(self) -> str:
        return template("calendar.semicolon", self.lang)

    def page(self) -> Page:
        d = self.d
        head = self.territory.head
        day = day_words(d["on"], self.lang)
        network = d["network"]
        key = "sub_network" if network and d["kind"] == "operator" else "sub"
        sub = self.w(key, network=network and network["name"], territory=head.name, day=day)
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
        return Page(title=self.w("title", name=d["name"]), sub=sub, sections=tuple(sections))

    def _for(self) -> Iterator[Part]:
        asked = self.d["for"]
        if asked["public"]:
            yield _item(capital(asked["public"]))
        for rule in asked["rules"]:
            unsure = self.w("for_unsure") if rule["confidence"] == "unsure" else ""
            yield _detail(self.w("for_rule", says=rule["says"], rule=rule["rule"]) + unsure)
        if asked["publics"]:
            yield _item(self.w("for_publics", publics=", ".join(p["name"] for p in asked["publics"])))
        if asked["box"]:
            yield _item(
                self.w("for_box", box=self.semicolon.join(self._told(n, v) for n, v in asked["box"].items()))
            )
        if not (asked["public"] or asked["publics"] or asked["box"]):
            yield self.unknown("public")
        if self.d["kind"] == "network":
            return
        zones = asked["perimeter"]
        yield (
            _item(self.w("for_zone", zone=", ".join(map(self._zone, zones))))
            if zones
            else self.unknown("zone")
        )

    def _told(self, name: str, values: Iterable[str]) -> str:
        fact = self.law.facts[name]
        colon = template("calendar.colon", self.lang)
        return f"{fact.label[self.lang]}{colon}{', '.join(fact.labels.get(v, {}).get(self.lang, v) for v in values)}"

    def _zone(self, code: str) -> str:
        kind, _, number = code.partition(":")
        if code == "france":
            return self.w("zone_france")
        if kind == "departement":
            return self.w("zone_department", code=number)
        if kind == "region":
            return self.w("zone_region", code=number)
        return self.zone(code) or code

    def _offers(self) -> Iterator[Part]:
        offers = self.d["offers"]
        if offers["says"]:
            yield _item(capital(offers["says"]))
        if self.d["kind"] == "network":
            return
        if self.d["kind"] == "operator":
            levels = offers["levels"]
            yield (
                _item(self.w("levels", levels=", ".join(map(str, levels))))
                if levels
                else self.unknown("levels")
            )
        if self.d["kind"] != "partner":
            services = offers["services"]
            yield (
                _item(self.w("services", services=", ".join(map(self.w, services))))
                if services
                else self.unknown("services")
            )
        needs = offers["needs"]
        yield (
            _item(self.w("needs", needs=", ".join(n["name"] for n in needs)))
            if needs
            else self.unknown("needs")
        )

    def _terms(self) -> Iterator[Part]:
        d = self.d
        yield (
            _item(self.w("conditions", text=d["conditions"]))
            if d["conditions"]
            else self.unknown("conditions")
        )
        cost = d["cost"]
        if cost["fees"] == "gratuit" and cost["law"]:
            yield _item(self.w("cost", text=self.w("free_by_law", law=cost["law"])))
        else:
            yield _item(self.w("cost", text=self.w(cost["fees"]))) if cost["fees"] else self.unknown("cost")
        wait = d["wait_days"]
        yield (
            _item(self.w("wait", days=wait))
            if wait is not None
            else _item(self.w("unknown", what=self.w("wait_field")), "unknown")
        )
        if d["kind"] == "partner":
            by = d["referable_by"]
            if by is None:
                yield self.unknown("referable")
            else:
                yield _item(self.w("referable", who=", ".join(map(self.w, by)) or self.w("nobody")))
            ways = [ANSWER[f"reception_{way}"][self.lang] for way in d["reception"] or ()]
            yield _item(self.w("reception", ways=", ".join(ways))) if ways else self.unknown("reception")
            ways = [ANSWER[f"referral_{way}"][self.lang] for way in d["referral"] or ()]
            ways += [d["referral_url"]] if d["referral_url"] else []
            yield _item(self.w("referral", ways=", ".join(ways))) if ways else self.unknown("referral")

    def _funding(self) -> Iterator[Part]:
        funding = self.d["funding"]
        if funding["decides"]:
            yield _item(self.w("decides", what=", ".join(funding["decides"])))
        if funding["says"]:
            yield _item(capital(funding["says"]))
        elif funding["funds_training"] is not None:
            yield _item(self.w("funds" if funding["funds_training"] else "funds_not"))
        elif not funding["decides"]:
            yield self.unknown("funding")

    def _where(self) -> Iterator[Part]:
        places = self.d["places"]
        if not places:
            yield _item(self.w("no_place")) if self.d["kind"] == "network" else self.unknown("places")
        for place in places or ():
            where = ", ".join(p for p in (place["name"], place["address"] or place["commune_name"]) if p)
            colon = template("calendar.colon", self.lang)
            yield _item(self.w(place["type"]) + (f"{colon}{where}" if where else ""))
            if place["type"] == "none":
                continue
            yield (
                _detail(self.w("hours", hours=place["hours_said"]))
                if place["hours_said"]
                else self._not("hours")
            )
            if place["type"] == "remote":
                continue
            appointment, access = place["by_appointment"], place["wheelchair"]
            yield (
                self._not("appointment")
                if appointment is None
                else _detail(self.w("appointment" if appointment else "no_appointment"))
            )
            yield (
                self._not("access")
                if access is None
                else _detail(self.w("wheelchair" if access else "no_wheelchair"))
            )
            if place["phone"]:
                yield _detail(self.w("phone", phone=phone_words(place["phone"])))

    def _not(self, key: str) -> Part:
        return _detail(self.w("unknown", what=self.w(f"field_{key}")), "unknown")

    def _contacts(self) -> Iterator[Part]:
        d = self.d
        contacts = d["contacts"] or []
        if d["phone"]:
            yield _item(self.w("phone", phone=phone_words(d["phone"])))
        public = [c for c in contacts if c["use"] == "public"]
        for contact in public:
            yield _item(self.w("public", who=self._who(contact)))
        if d["national"]:
            told = d["national"]
            parts = [
                told["name"],
                phone_words(told["phone"]) if told["phone"] else None,
                told["url"],
                told["note"],
            ]
            who = ", ".join(p for p in parts if p)
            yield _item(self.w("national", who=who)) if who else self.unknown("contacts")
        elif not (public or d["phone"]):
            yield self.unknown("contacts")
        if d["website"]:
            yield _item(self.w("site", url=d["website"]))
        if d["kind"] == "network":
            return
        colleagues = [c for c in contacts if c["use"] == "counsellor"]
        for contact in colleagues:
            yield _item(self.w("counsellor", who=self._who(contact)))
            yield (
                _detail(self.w("deputy", who=contact["deputy"])) if contact["deputy"] else self._not("deputy")
            )
        if not colleagues:
            yield self.unknown("colleague")

    def _who(self, contact: Mapping[str, Any]) -> str:
        phone = contact["phone"]
        parts = [contact["name"], contact["role"], phone_words(phone) if phone else None, contact["email"]]
        return ", ".join(str(p) for p in parts if p)

    def _checked(self) -> Iterator[Part]:
        checked = self.d["checked"]
        day = checked["contact_on"]
        yield _item(self.w("checked_on", day=day_words(day, self.lang))) if day else self.unknown("checked")
        yield _item(self.w("as_of", day=day_words(checked["territory_on"], self.lang)))
        if checked["source"]:
            since = (
                self.w("origin_day", day=day_words(checked["source_date"], self.lang))
                if checked["source_date"]
                else ""
            )
            yield _item(self.w("origin", source=checked["source"]) + since)
        if checked["said"]:
            yield _item(self.w("said", said=checked["said"]))
        if not (checked["source"] or checked["said"]):
            yield self.unknown("source")
        if checked["to_check"]:
            yield _item(self.w("to_check"))


def one_page(pages: list[Page]) -> Page:
    """Several cards as one page: the sections of each under its own title."""
    first, *others = pages
    sections = list(first.sections)
    for i, page in enumerate(others, 2):
        sections.append(Section(key=f"card-{i}", title=page.title, parts=(Line(text=page.sub, tag="sub"),)))
        sections += [replace(s, key=f"{s.key}-{i}") for s in page.sections]
    return Page(title=first.title, sub=first.sub, sections=tuple(sections))
