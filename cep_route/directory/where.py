"""Where and with whom, once `route.Judge` has said who: desks, schemes, partners, funding, events. Never who is eligible.

A territory is the compiled file (dicts of builtins, absent = unknown). Distances and zones are asked of a `Ground`, which the
caller builds on `places`, so that this room reads no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from cep_route.directory.age import months_between
from cep_route.directory.cooperation import cooperation
from cep_route.engine.explain import Judge
from cep_route.model.answer import Desk, Finding, Match, Profile, Route, SchemeMatch
from cep_route.model.law import Channel, Law, in_force, open_scheme


class Ground(Protocol):
    """What must be known of the ground: zones, distances, names."""

    def covers(self, zones: Iterable[str], commune: str) -> bool: ...
    def km(self, a: str, b: str) -> float | None: ...
    def region(self, commune: str) -> str | None: ...
    def name(self, commune: str) -> str | None: ...


_CHANNELS = {"head_office": "desk", "branch": "desk", "permanence": "permanence", "mobile": "permanence"}
_FAR = 99_999.0  # km of a desk whose distance is not known: after all the others
# What is given up when nobody fits, one at a time, the least costly to the person first: how they are received; the very theme, for
# another of its category; the public it is meant for; the zone it serves.
RELAXED = ("mode", "theme", "public", "zone")
STALE_MONTHS = 12  # a contact older than this is shown with a warning; a parameter of ours, not of the study


def route(
    judge: Judge,
    profile: Profile,
    on: str,
    territory: Mapping[str, Any],
    ground: Ground,
    configurations: Judge | None = None,
    asked: tuple[str, ...] | None = None,
) -> Route:
    """The whole answer. `asked`: the needs, by default those of the profile; blocking ones are served first."""
    decision = judge.decide(profile, on)
    local = _Local(judge, profile, on, territory, ground)
    desks = {
        e.operator: local.desk_of(e.operator) for e in decision.eligible if not local.outside(e.operator)
    }
    desks |= {
        code: local.desk_of(code)
        for code in decision.possible
        if code not in desks and not local.outside(code)
    }
    schemes = local.schemes()
    needs = ordered_needs(
        asked if asked is not None else profile.needs, profile.blocking, judge.law, territory
    )
    partners, unmet = local.partners(needs, schemes, tuple(e.operator for e in decision.eligible))
    together = cooperation(territory, on, judge.law, configurations)
    return Route(
        territory=territory["territory"]["id"],
        profile=profile,
        home=ground.name(profile.commune) if profile.commune else None,
        decision=decision,
        first=tuple(desks[code] for code in decision.first if code in desks),
        desks=desks,
        schemes=schemes,
        partners=partners,
        unmet=unmet,
        funding=local.funding(),
        events=local.events(),
        cooperation=together,
        warnings=tuple(local.warnings(desks, partners)),
    )


def partner_of(
    judge: Judge, profile: Profile, on: str, territory: Mapping[str, Any], ground: Ground, network: str
) -> Desk | None:
    """The nearest desk of a partner of a network, its zone holding the person or not written: a CIO, a CPAM. None when there is none."""
    local = _Local(judge, profile, on, territory, ground)
    houses = [p for p in territory.get("partners", ()) if p.get("network") == network and in_force(p, on)]
    return local.nearest([h for h in houses if local.zone(h) != "outside"])


def ordered_needs(
    needs: Iterable[str], blocking: Iterable[str], law: Law, territory: Mapping[str, Any]
) -> tuple[str, ...]:
    """Blocking needs first, then obstacles, project, carrying out (Céreq Études 22, § 4); as told within a family."""
    own = {n["code"]: n["family"] for n in territory.get("needs", ())}
    families = ("obstacles", "project", "carrying_out")
    blocked = tuple(blocking)

    def rank(need: str) -> tuple[bool, int]:
        family = own.get(need) or law.need(need).family or "carrying_out"
        return (need not in blocked, families.index(family))

    return tuple(sorted(dict.fromkeys((*blocked, *needs)), key=rank))


class _Local:
    """One person on one ground: what the questions below share."""

    def __init__(
        self, judge: Judge, profile: Profile, on: str, territory: Mapping[str, Any], ground: Ground
    ) -> None:
        self.judge, self.profile, self.on, self.territory, self.ground = judge, profile, on, territory, ground
        self.law = judge.law
        self.home = profile.commune

    def outside(self, code: str) -> bool:
        return self.law.outside(code)

    # -- desks ----------------------------------------------------------------------------------------------------------

    def desk_of(self, code: str) -> Desk:
        """The desk of an operator for this commune: own perimeter, then in the commune, nearest, remote, national.

        Of desks as far as each other (to 100 m): the shorter way there, one that is known first; then by id, by address.
        """
        houses = [
            o
            for o in self.territory.get("operators", ())
            if o["network"] == code and in_force(o, self.on) and self.zone(o) != "outside"
        ]
        found = [desk for house in houses for desk in self._desks_of(house, code)]
        best = min(found, key=self._rank, default=None)
        national = self._national(code)
        if best is None:
            return national
        if best.channel != "remote":
            return best
        near = min((d for d in found if d.channel != "remote"), key=self._rank, default=None)
        if best.phone is None:
            return replace(
                national,
                id=best.id,
                name=national.name or best.name,
                url=best.url or national.url,
                nearest=near,
            )
        phone = best.phone or national.phone
        return replace(best, phone=phone, url=best.url or national.url, note=national.note, nearest=near)

    def _rank(self, desk: Desk) -> tuple[Any, ...]:
        absent = desk.channel != "remote" and desk.zone.endswith("absent")
        return (
            desk.zone.startswith("unknown"),
            absent,
            desk.channel == "remote",
            desk.commune != self.home or self.home is None,
            desk.km if desk.km is not None else _FAR,
            desk.minutes if desk.minutes is not None else _FAR,
            desk.id or "",
            desk.address or "",
        )

    def zone(self, house: Mapping[str, Any]) -> str:
        """Is the commune in the house's own perimeter: inside, outside, or unknown (no perimeter written, no commune told)?"""
        perimeter = house.get("perimeter")
        if perimeter is None or self.home is None:
            return "unknown"
        return "inside" if self.ground.covers(perimeter, self.home) else "outside"

    def _desks_of(self, house: Mapping[str, Any], code: str) -> list[Desk]:
        """Every place of a house. `none` among them says that it is absent here: its desks elsewhere come after its remote channel."""
        places = house.get("places") or ()
        absent = any(p["type"] == "none" for p in places)
        desks = [self._desk(house, code, p, absent=absent) for p in places if p["type"] != "none"]
        if not desks and house.get("contacts"):
            desks = [self._desk(house, code, {"type": "remote"}, absent=False)]
        if absent and not any(d.channel == "remote" for d in desks):
            desks.append(self._desk(house, code, {"type": "remote"}, absent=False))
        return desks

    def _desk(self, house: Mapping[str, Any], code: str, place: Mapping[str, Any], *, absent: bool) -> Desk:
        commune = place.get("commune")
        contacts = house.get("contacts") or ()
        public = next((c for c in contacts if c["use"] == "public"), None)
        counsellor = next(
            (c for c in contacts if c["use"] == "counsellor" and c.get("may_publish") is not False), None
        )
        km = self.ground.km(self.home, commune) if self.home and commune else None
        minutes = (place.get("travel_minutes") or {}).get(self.home) if self.home else None
        return Desk(
            operator=code,
            channel=_CHANNELS.get(place["type"], "remote"),
            id=house["id"],
            name=house["name"],
            type=place["type"],
            commune=commune,
            commune_name=self.ground.name(commune) if commune else None,
            address=place.get("address"),
            hours=place.get("hours"),
            phone=place.get("phone") or (public or {}).get("phone"),
            url=house.get("website"),
            by_appointment=place.get("by_appointment"),
            wheelchair=place.get("wheelchair"),
            km=round(km, 1) if km is not None else None,
            minutes=minutes,
            zone=self.zone(house) + (" absent" if absent else ""),
            contact=public,
            counsellor=counsellor,
        )

    def nearest(self, houses: Iterable[Mapping[str, Any]]) -> Desk | None:
        """The best desk of some houses for this person."""
        return min((d for h in houses for d in self._desks_of(h, h["id"])), key=self._rank, default=None)

    def _national(self, code: str) -> Desk:
        """The operator's national channel on that day, the one of the home region when it has one; a phone not known stays unknown."""
        region = self.ground.region(self.home) if self.home else None
        channels = [c for c in self.law.operator(code).channels if c.in_force(self.on)]
        mine = [c for c in channels if region in c.regions]
        anywhere = [c for c in channels if not c.regions]
        whole = next(iter(anywhere), Channel(confidence=""))
        channel = mine[0].within(whole) if mine else whole
        opens_on = channel.opens_on
        note = channel.note
        if opens_on and self.on < opens_on:
            note = {
                "fr": f"le service n'était pas encore ouvert dans cette région : il l'est le {opens_on}",
                "en": f"the service was not open yet in this region: it opens on {opens_on}",
            }
        return Desk(
            operator=code,
            channel="national",
            name=channel.name,
            hours=channel.hours,
            phone=channel.phone,
            url=channel.url,
            note=note,
            confidence=channel.confidence or None,
            sources=channel.sources,
            tz=channel.tz,
        )

    # -- schemes --------------------------------------------------------------------------------------------------------

    def schemes(self) -> tuple[SchemeMatch, ...]:
        """The schemes whose public holds the person, a one-stop shop first; then those that may, with the facts missing."""
        found = []
        for scheme in self.territory.get("schemes", ()):
            if not open_scheme(scheme, self.on) or not scheme.get("public") or self.zone(scheme) == "outside":
                continue
            holds, missing = self.judge.box(scheme["public"], self.profile, self.on)
            if holds is not False:
                found.append(self._scheme(scheme, missing))
        return tuple(sorted(found, key=lambda s: (bool(s.missing), not s.first, s.id)))

    def _scheme(self, scheme: Mapping[str, Any], missing: tuple[str, ...]) -> SchemeMatch:
        place = scheme.get("place")
        contact = scheme.get("contact")
        house = {**scheme, "contacts": [contact] if contact else []}
        desk = self._desk(house, scheme["id"], place, absent=False) if place else None
        return SchemeMatch(
            id=scheme["id"],
            name=scheme["name"],
            first=not missing and "one_stop_shop" in (scheme.get("services") or ()),
            needs=tuple(scheme.get("needs") or ()),
            missing=missing,
            phone=scheme.get("phone"),
            desk=desk,
            pilot=scheme.get("pilot"),
            follow_up=scheme.get("follow_up"),
            conditions=scheme.get("conditions"),
        )

    # -- partners -------------------------------------------------------------------------------------------------------

    def partners(
        self, needs: tuple[str, ...], schemes: tuple[SchemeMatch, ...], eligible: tuple[str, ...]
    ) -> tuple[tuple[Match, ...], tuple[str, ...]]:
        """For each need, who answers it here, the place that covers most needs first; and the needs nobody answers.

        When nothing fits, one constraint is given up at a time, in the order of `RELAXED`; each match says which.
        """
        offers = [*self._scheme_offers(schemes), *self._partner_offers(), *self._operator_offers(eligible)]
        covered = {id(o): sum(_answers(o["needs"], n) is not None for n in needs) for o in offers}
        matches: list[Match] = []
        unmet: list[str] = []
        for need in needs:
            found = self._matches(need, offers, covered)
            matches += found
            if not found or all(m.relaxed for m in found):
                unmet.append(need)
        return tuple(matches), tuple(unmet)

    def _scheme_offers(self, schemes: tuple[SchemeMatch, ...]) -> list[dict[str, Any]]:
        by_id = {s["id"]: s for s in self.territory.get("schemes", ())}
        return [
            {**by_id[s.id], "kind": "scheme", "needs": s.needs, "desk": s.desk}
            for s in schemes
            if not s.missing
        ]

    def _partner_offers(self) -> list[dict[str, Any]]:
        partners = [p for p in self.territory.get("partners", ()) if in_force(p, self.on)]
        return [{**p, "kind": "partner", "needs": tuple(p.get("needs") or ())} for p in partners]

    def _operator_offers(self, eligible: tuple[str, ...]) -> list[dict[str, Any]]:
        houses = [
            o
            for o in self.territory.get("operators", ())
            if o["network"] in eligible and in_force(o, self.on)
        ]
        return [{**o, "kind": "operator", "needs": tuple(o.get("needs") or ())} for o in houses]

    def _matches(self, need: str, offers: list[dict[str, Any]], covered: Mapping[int, int]) -> list[Match]:
        near = [offer for offer in offers if _answers(offer["needs"], need, loosely=True) is not None]
        for relaxed in (None, *RELAXED) if near else ():
            found = [
                (self._order(offer, match, covered), match)
                for offer in near
                if (match := self._match(need, offer, covered[id(offer)], relaxed)) is not None
            ]
            if found:
                return [m for _, m in sorted(found, key=lambda pair: pair[0])]
        return []

    def _order(self, offer: Mapping[str, Any], match: Match, covered: Mapping[int, int]) -> tuple[Any, ...]:
        km = match.desk.km if match.desk and match.desk.km is not None else _FAR
        return (
            offer["kind"] != "scheme",
            -covered[id(offer)],
            len(match.unknown),
            "theme" not in match.why,
            km,
            match.partner,
        )

    def _match(self, need: str, offer: Mapping[str, Any], covers: int, relaxed: str | None) -> Match | None:
        answer = _answers(offer["needs"], need, loosely=relaxed == "theme")
        if answer is None:
            return None
        why, unknown = [answer], []
        states = [("public", self._public(offer)), ("zone", self.zone(offer))]
        if self.profile.mode is not None:
            states.append(("mode", self._mode(offer, self.profile.mode)))
        for name, state in states:
            if state in ("outside", "refused"):
                if relaxed != name:
                    return None
            elif state == "unknown":
                unknown.append(name)
            else:
                why.append(name)
        if covers > 1:
            why.append(f"covers:{covers}")
        return Match(
            need=need,
            partner=offer["id"],
            name=offer["name"],
            kind=offer["kind"],
            why=tuple(why),
            unknown=tuple(unknown),
            relaxed=relaxed,
            desk=offer.get("desk") or self._partner_desk(offer),
            reception=_told(offer.get("reception")),
            referral=_told(offer.get("referral")),
            referral_url=offer.get("referral_url"),
        )

    def _partner_desk(self, offer: Mapping[str, Any]) -> Desk | None:
        """The desk of an offer; where the person can only be received from afar, its remote channel when it has one."""
        desks = self._desks_of(offer, offer["id"])
        afar = [d for d in desks if d.channel == "remote"] if self.profile.mode == "a-distance" else []
        return min(afar, key=self._rank) if afar else self.nearest([offer])

    def _mode(self, offer: Mapping[str, Any], wanted: str) -> str:
        """Does the offer receive people that way? Its own word, else what its places show; a lack of places shows nothing."""
        reception = offer.get("reception")
        if reception is not None:
            return "inside" if wanted in reception else "refused"
        types = {p["type"] for p in offer.get("places") or ()}
        if "remote" in types if wanted == "a-distance" else types - {"remote", "none"}:
            return "inside"
        return "refused" if types == {"none"} and wanted == "en-presentiel" else "unknown"

    def _public(self, offer: Mapping[str, Any]) -> str:
        """Does the offer receive this person? `tous-publics` always does; a public no fact of ours tells stays unknown."""
        publics = offer.get("publics")
        if offer["kind"] != "partner":
            return "inside"
        if publics is None:
            return "unknown"
        states = []
        for code in publics:
            when = self.law.publics[code].when if code in self.law.publics else None
            states.append(self.judge.box(when, self.profile, self.on)[0] if when is not None else None)
        if any(s is True for s in states):
            return "inside"
        return "unknown" if any(s is None for s in states) else "refused"

    # -- around ---------------------------------------------------------------------------------------------------------

    def funding(self) -> tuple[dict[str, Any], ...]:
        """Who decides the funding, apart from who advises (Céreq Bref 383: non-funding operators)."""
        houses = [*self.territory.get("operators", ()), *self.territory.get("partners", ())]
        return tuple(
            {"id": h["id"], "name": h["name"], "decides": list(h.get("decides") or ())}
            for h in houses
            if h.get("funds_training") and in_force(h, self.on) and self.zone(h) != "outside"
        )

    def events(self) -> tuple[dict[str, Any], ...]:
        """Events still to come that the person's public may attend."""
        return tuple(
            dict(e)
            for e in self.territory.get("events", ())
            if in_force({"until": e["date"]}, self.on)  # a month or a year: some day of it
            and "public" in (e.get("audience") or ("public",))
            and self.judge.box(e.get("public") or {}, self.profile, self.on)[0] is not False
        )

    def warnings(self, desks: Mapping[str, Desk], partners: tuple[Match, ...]) -> Iterable[Finding]:
        """What a careful reader would want to know before calling."""
        for code, desk in desks.items():
            if desk.channel != "national":
                yield from self._stale(code, desk)
            elif desk.phone is None and desk.url is None:
                yield Finding(code="CEP232", values={"operator": code}, severity="warning")
        for code in desks:
            houses = [
                o
                for o in self.territory.get("operators", ())
                if o["network"] == code and in_force(o, self.on)
            ]
            if self.home and houses and all(self.zone(o) == "outside" for o in houses):
                yield Finding(
                    code="CEP233", values={"operator": code, "commune": self.home}, severity="warning"
                )
        seen: set[str] = set()
        for match in partners:
            if match.desk and match.partner not in seen and match.kind == "partner":
                seen.add(match.partner)
                yield from self._stale(match.partner, match.desk)

    def _stale(self, who: str, desk: Desk) -> Iterable[Finding]:
        for contact in (desk.contact, desk.counsellor):
            checked = (contact or {}).get("checked_on")
            if checked and months_between(checked, self.on) >= STALE_MONTHS:
                yield Finding(code="CEP231", values={"who": who, "day": checked}, severity="warning")
                return


def _told(items: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(items)


def _answers(offered: Iterable[str], need: str, *, loosely: bool = False) -> str | None:
    """How an offer answers a need: `theme` (the very code), `category` (it answers the whole category), `part` (a theme of it)."""
    found = None
    category = need.partition("--")[0]
    for code in offered:
        if code == need:
            return "theme"
        if need.startswith(f"{code}--"):
            found = "category"
        elif code.startswith(f"{need}--"):
            found = found or "part"
        elif loosely and code.partition("--")[0] == category and not category.startswith("x-"):
            found = found or "near"
    return found


def ground_of(territory: Mapping[str, Any], places: Any, great_circle: Callable[..., float]) -> Ground:
    """The ground of a territory: its own fictitious communes before the table of France."""
    return _Ground({c["code"]: c for c in territory.get("communes", ())}, places, great_circle)


class _Ground:
    def __init__(
        self, own: Mapping[str, Mapping[str, Any]], places: Any, great_circle: Callable[..., float]
    ) -> None:
        self.own, self.places, self.great_circle = own, places, great_circle

    def covers(self, zones: Iterable[str], commune: str) -> bool:
        zones = tuple(zones)
        return commune in zones or "france" in zones or bool(self.places.covers(zones, commune))

    def km(self, a: str, b: str) -> float | None:
        if a == b:
            return 0.0
        here, there = self._point(a), self._point(b)
        return self.great_circle(*here, *there) if here and there else None

    def _point(self, code: str) -> tuple[float, float] | None:
        own = self.own.get(code)
        if own:
            return (own["latitude"], own["longitude"]) if "latitude" in own and "longitude" in own else None
        found = self.places.commune(code)
        return (found.lat, found.lon) if found and found.lat is not None else None

    def region(self, commune: str) -> str | None:
        found = self.places.region_of(commune)
        return found.code if found else None

    def name(self, commune: str) -> str | None:
        if commune in self.own:
            return str(self.own[commune]["name"])
        found = self.places.commune(commune)
        return found.name if found else None
