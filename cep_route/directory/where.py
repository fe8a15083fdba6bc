"""Where and with whom, once the judge has said who: desks, schemes, partners, funding, events. Never who is eligible.

Of one network the less old entry wins, whichever file holds it: a house of the territory (at most `VERIFY_MONTHS` old), a desk of the
national directory, then the national channel; `presence = "none"` of the territory always wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from functools import partial

from msgspec.structs import replace

from cep_route.directory.age import PLAIN_MONTHS, last_of, months_between, runs, shown_as, stands
from cep_route.directory.cooperation import cooperation
from cep_route.directory.ground import FAR, Ground
from cep_route.directory.partners import BoxJudge, LocalOffer, Partners, ordered_needs
from cep_route.engine.explain import Judge
from cep_route.model.answer import Desk, Finding, Funder, Match, Profile, Route, SchemeMatch
from cep_route.model.law import Channel, Law, dated_name
from cep_route.model.territory import Event, House, Partner, PartnerService, PlaceEntry, Scheme, Territory

_CHANNELS = {"head_office": "desk", "branch": "desk", "permanence": "permanence", "mobile": "permanence"}
STALE_MONTHS = PLAIN_MONTHS  # a contact older than this is shown with a warning


def route(
    judge: Judge,
    profile: Profile,
    on: str,
    territory: Territory,
    ground: Ground,
    configurations: Judge | None = None,
) -> Route:
    """The whole answer; blocking needs are served first."""
    decision = judge.decide(profile, on)
    local = Local(judge, profile, on, territory, ground)
    eligible = tuple(e.operator for e in decision.eligible)
    inside = (*eligible, *decision.possible)
    perhaps = (m.operator for m in decision.maybe)  # whom to call if the answer to a question opens it
    codes = [code for code in dict.fromkeys((*inside, *perhaps)) if not judge.law.outside(code)]
    desks = {code: local.desk_of(code) for code in codes}
    may_see = (code for codes in decision.may_see.values() for code in codes)
    seen = (*decision.see, *may_see, *(code for reason in decision.reasons for code in reason.see))
    bodies = {code: desk for code in dict.fromkeys(seen) if (desk := local.body(code)) is not None}
    schemes = local.schemes()
    needs = ordered_needs(profile.needs, profile.blocking, judge.law, territory)
    partners, unmet = local.answering(schemes, eligible).matches(needs) if needs else ((), ())
    return Route(
        territory=territory.head.id,
        profile=profile,
        home=ground.name(profile.commune) if profile.commune else None,
        decision=decision,
        first=tuple(desks[code] for code in decision.first if code in desks),
        desks=desks,
        bodies=bodies,
        schemes=schemes,
        partners=partners,
        unmet=unmet,
        funding=local.funding(),
        events=local.events(),
        cooperation=cooperation(territory, on, judge.law, configurations),
        warnings=tuple(local.warnings({c: d for c, d in desks.items() if c in inside}, partners)),
    )


class Local:
    """One person on one ground: what the questions below share."""

    def __init__(
        self, judge: BoxJudge, profile: Profile, on: str, territory: Territory, ground: Ground
    ) -> None:
        self.judge, self.profile, self.on, self.territory, self.ground = judge, profile, on, territory, ground
        self.law: Law = judge.law
        self.home = profile.commune
        # of the place, whoever asks: desks of each house, offers of partners and of bodies, perimeters
        self._desks: dict[tuple[int, int, str], tuple[Desk, ...]] = {}
        self._offers: list[tuple[LocalOffer, ...]] = []
        self._zones: dict[tuple[str, ...], str] = {}

    def asked_by(self, judge: BoxJudge, profile: Profile) -> Local:
        """The same place for another person of this home: what was looked up is not looked up again."""
        other = copy(self)
        other.judge, other.profile = judge, profile
        return other

    def _serves(self, house: House) -> bool:
        """Whether a house is there on the day, and the home not known to be out of its zone."""
        return stands(house, self.on) and self.zone(house.perimeter) != "outside"

    # -- desks ----------------------------------------------------------------------------------------------------------

    def desk_of(self, code: str) -> Desk:
        """The desk of an operator for this commune, or its national channel."""
        houses = [o for o in self.territory.operators or () if o.network == code and self._serves(o)]
        return self._answering(code, houses, self.law.operator(code).directory, self._national(code))

    def body(self, code: str) -> Desk | None:
        """Where a body outside the CEP receives near the person: a partner of its network, else the national desk, else its number.

        A first welcome (level 1) is the task of the whole public guidance service: any partner that the file says gives it is one.
        """
        card = self.law.bodies.get(code)
        if card is None:
            return None
        network = card.directory
        names = {network, code.replace("_", "-")} - {None}
        houses = [
            p
            for p in self.territory.partners or ()
            if (p.network in names or (card.first_welcome and (p.level1 or p.spro))) and self._serves(p)
        ]
        if card.first_welcome:  # of several, one that anyone can call
            called = [p for p in houses if any(c.phone and c.use == "public" for c in p.contacts or ())]
            houses = called or houses
        channel = Desk(
            operator=code,
            channel="national",
            phone=card.phone,
            url=card.url,
            note=card.find,
            confidence=card.confidence,
        )
        found = self._answering(code, houses, network, channel)
        return None if found is channel and not (found.phone or found.url or found.note) else found

    def _answering(self, code: str, houses: Iterable[House], network: str | None, national: Desk) -> Desk:
        """Own perimeter, then in the commune, nearest, remote, national; of desks as far (to 100 m) the shorter way there, then by id."""
        found = [desk for house in houses for desk in self.desks_of(house, house, code)]
        best = min(found, key=self.rank, default=None)
        listed = self._listed(code, network) if network and self.home else None
        # an absence that is written is believed; where no desk is listed the territory is all there is
        if listed is not None and not any(d.zone.endswith("absent") for d in found):
            fresh = (d for d in found if d.channel != "remote" and d.shown != "old")
            here = min(fresh, key=self.rank, default=None)
            best = listed if here is None else _less_old(here, listed)
        if best is None:
            return national
        if best.channel != "remote":
            return replace(national, nearest=best) if best.shown == "old" else best
        near = min((d for d in found if d.channel != "remote"), key=self.rank, default=None)
        if best.phone is None:
            name, url = national.name or best.name, best.url or national.url
            return replace(national, id=best.id, name=name, url=url, nearest=near)
        return replace(best, url=best.url or national.url, note=national.note, nearest=near)

    def _listed(self, code: str, network: str) -> Desk | None:
        """The desk of the national directory for the home of the person: in charge of it where that is known, else the nearest."""
        found = self.ground.listed(network, self.home or "")
        if found is None:
            return None
        desk, km, served = found
        return Desk(
            operator=code,
            channel="desk",
            id=desk.sheet,
            name=desk.name,
            type="branch",
            commune=desk.commune,
            commune_name=desk.town,
            address=desk.address,
            hours=desk.hours,
            hours_text=desk.hours_text,
            phone=desk.phone,
            url=desk.website or desk.sheet,
            km=None if km is None else round(km, 1),
            zone="inside" if served else "unknown",
            source=desk.source,
            licence=desk.licence,
            sheet=desk.sheet,
            as_of=desk.as_of,
            checked_on=desk.edited_on,
            street_year=desk.street_year,
            age_months=max(0, months_between(desk.as_of, self.on)),
            shown=shown_as(desk.as_of, desk.edited_on, self.on),
        )

    def rank(self, desk: Desk) -> tuple[object, ...]:
        absent = desk.channel != "remote" and desk.zone.endswith("absent")
        return (
            desk.zone.startswith("unknown"),
            absent,
            desk.channel == "remote",
            desk.commune != self.home or self.home is None,
            desk.km if desk.km is not None else FAR,
            desk.minutes if desk.minutes is not None else FAR,
            desk.id or "",
            desk.address or "",
        )

    def zone(self, perimeter: tuple[str, ...] | None) -> str:
        """Is the commune in a perimeter: inside, outside, or unknown (no perimeter written, no commune told)?"""
        if perimeter is None or self.home is None:
            return "unknown"
        if perimeter not in self._zones:
            self._zones[perimeter] = "inside" if self.ground.covers(perimeter, self.home) else "outside"
        return self._zones[perimeter]

    def desks_of(self, told: House | PartnerService, house: House, code: str = "") -> tuple[Desk, ...]:
        """Every place of a house, or those of one service of it. `none` among them says that it is absent here: its desks elsewhere
        come after its remote channel.
        """
        key = id(told), id(house), code  # of entries of an open territory
        if key not in self._desks:
            self._desks[key] = self._every_desk(told, house, code)
        return self._desks[key]

    def _every_desk(self, told: House | PartnerService, house: House, code: str) -> tuple[Desk, ...]:
        places = told.places or house.places or ()
        zone = self.zone(told.perimeter)
        absent = any(p.type == "none" for p in places)
        remote = PlaceEntry(type="remote")
        desks = [self.desk(house, code, p, zone, absent=absent) for p in places if p.type != "none"]
        if not desks and house.contacts:
            desks = [self.desk(house, code, remote, zone, absent=False)]
        if absent and not any(d.channel == "remote" for d in desks):
            desks.append(self.desk(house, code, remote, zone, absent=False))
        return tuple(desks)

    def desk(self, house: House, code: str, place: PlaceEntry, zone: str, *, absent: bool = False) -> Desk:
        """One place of a house, its age that of the newest word on it."""
        contacts, source, edited = house.contacts or (), house.source, house.edited_on
        public = next((c for c in contacts if c.use == "public"), None)
        inner = next((c for c in contacts if c.use == "counsellor" and c.may_publish is not False), None)
        checked = max((c.checked_on for c in contacts if c.checked_on), default=None)
        head = self.territory.head
        imported = source is not None  # a row of a directory that tells no day: its age is not known
        as_of = max(checked or "", house.source_date or "") or (
            "" if imported else head.updated_on or head.as_of
        )
        km = None
        if self.home and place.latitude is not None and place.longitude is not None:
            km = self.ground.reach(self.home, place.latitude, place.longitude)
        elif self.home and place.commune:
            km = self.ground.km(self.home, place.commune)
        ages = bool(as_of) and not self.territory.invented
        return Desk(
            operator=code or house.id,
            channel=_CHANNELS.get(place.type, "remote"),
            id=house.id,
            name=house.name,
            type=place.type,
            commune=place.commune,
            commune_name=self.ground.name(place.commune) if place.commune else None,
            address=place.address,
            hours=place.hours,
            phone=place.phone or (public.phone if public else None),
            url=house.website,
            by_appointment=place.by_appointment,
            wheelchair=place.wheelchair,
            km=round(km, 1) if km is not None else None,
            minutes=(place.travel_minutes or {}).get(self.home) if self.home else None,
            zone=zone + (" absent" if absent else ""),
            contact=public,
            counsellor=inner,
            source=source or head.name,
            as_of=as_of or None,
            checked_on=checked or edited,
            age_months=max(0, months_between(as_of, self.on)) if ages else None,
            shown=shown_as(as_of, None if checked else edited, self.on)
            if ages
            else "verify"
            if imported
            else "plain",
        )

    def _national(self, code: str) -> Desk:
        """The operator's national channel on that day, the one of the home region when it has one; a phone not known stays unknown."""
        region = self.ground.region(self.home) if self.home else None
        card = self.law.operator(code)
        channels = [c for c in card.channels if c.in_force(self.on)]
        mine = [c for c in channels if region in c.regions]
        anywhere = [c for c in channels if not c.regions]
        whole = next(iter(anywhere), Channel(confidence="", sources=()))
        channel = mine[0].within(whole) if mine else whole
        return Desk(
            operator=code,
            channel="national",
            name=channel.name,
            hours=channel.hours,
            phone=channel.phone,
            url=channel.url,
            note=card.find if self.home and card.find else channel.note,
            confidence=channel.confidence or None,
            sources=channel.sources,
            tz=channel.tz,
        )

    # -- schemes --------------------------------------------------------------------------------------------------------

    def schemes(self) -> tuple[SchemeMatch, ...]:
        """The schemes whose public holds the person, a one-stop shop first; then those that may, with the facts missing."""
        found = []
        for scheme in self.territory.schemes or ():
            if not runs(scheme, self.on) or not scheme.public or self.zone(scheme.perimeter) == "outside":
                continue
            holds, missing = self.judge.box(scheme.public, self.profile, self.on)
            if holds is not False:
                found.append(self._scheme(scheme, missing))
        return tuple(sorted(found, key=lambda s: (bool(s.missing), not s.first, s.id)))

    def _scheme(self, scheme: Scheme, missing: tuple[str, ...]) -> SchemeMatch:
        zone = self.zone(scheme.perimeter)
        contacts = (scheme.contact,) if scheme.contact else None
        house = House(id=scheme.id, name=scheme.name, contacts=contacts)
        return SchemeMatch(
            id=scheme.id,
            name=scheme.name,
            first=not missing and "one_stop_shop" in (scheme.services or ()),
            needs=scheme.needs or (),
            missing=missing,
            zone=zone,
            phone=scheme.phone,
            desk=self.desk(house, scheme.id, scheme.place, zone) if scheme.place else None,
            pilot=scheme.pilot,
            follow_up=scheme.follow_up,
            conditions=scheme.conditions,
        )

    # -- partners and what is around -------------------------------------------------------------------------------------

    def answering(self, schemes: tuple[SchemeMatch, ...], eligible: tuple[str, ...]) -> Partners:
        """Who answers needs here, whichever they are."""
        if not self._offers:
            self._offers += [tuple(self._of_partners()), tuple(self._bodies())]
        own, bodies = self._offers
        offers = [*map(_of_scheme, (s for s in schemes if not s.missing)), *own]
        for house in self.territory.operators or ():
            if house.network in eligible and stands(house, self.on):
                told = PartnerService(name=house.name, needs=house.needs)
                offers.append(self._offer("operator", house, told, house))
        return Partners(self.judge, self.profile, self.on, self.rank, offers, bodies)

    def _of_partners(self) -> Iterator[LocalOffer]:
        """A partner as a whole where it says what it answers, and each of its services."""
        for partner in self.territory.partners or ():
            if stands(partner, self.on):
                whole = (partner,) if partner.needs or not partner.services else ()
                for told in (*whole, *(partner.services or ())):
                    yield self._offer("partner", partner, told, told)

    def _offer(
        self, kind: str, house: House, told: Partner | PartnerService, whose: House | PartnerService
    ) -> LocalOffer:
        """What a house does, at `whose` places: what a service does not say of its zone is not known, it is not the house's."""
        places = whose.places or house.places or ()
        return LocalOffer(
            kind=kind,
            id=house.id,
            name=house.name,
            told=told,
            zone=self.zone(whose.perimeter),
            service=whose.name if whose is not house else None,
            types=frozenset(p.type for p in places),
            desks=partial(self.desks_of, whose, house),
        )

    def _bodies(self) -> Iterator[LocalOffer]:
        """Bodies of the law that answer a need by their statute, with their national desk: an MDPH, in every département."""
        for code, card in self.law.bodies.items():
            if card.needs and (desk := self.body(code)) is not None:
                name = desk.name or dated_name(card.names, self.on, "fr") or code
                told, desks = PartnerService(name=name, needs=card.needs), partial(tuple, (desk,))
                yield LocalOffer(kind="body", id=code, name=name, told=told, zone="inside", desks=desks)

    def funding(self) -> tuple[Funder, ...]:
        """Who decides the funding, apart from who advises (Céreq Bref 383: non-funding operators)."""
        houses = (*(self.territory.operators or ()), *(self.territory.partners or ()))
        return tuple(
            Funder(id=h.id, name=h.name, decides=h.decides or ())
            for h in houses
            if h.funds_training and self._serves(h)
        )

    def events(self) -> tuple[Event, ...]:
        """Events still to come that the person's public may attend."""
        return tuple(
            e
            for e in self.territory.events or ()
            if self.on <= last_of(e.date)
            and "public" in (e.audience or ("public",))
            and self.judge.box(e.public or {}, self.profile, self.on)[0] is not False
        )

    def warnings(self, desks: dict[str, Desk], partners: tuple[Match, ...]) -> Iterator[Finding]:
        """What a careful reader would want to know before calling."""
        for code, desk in desks.items():
            if desk.channel != "national":
                yield from self._stale(code, desk)
            elif desk.phone is None and desk.url is None:
                yield Finding(code="CEP232", values={"operator": code}, severity="warning")
        for code, desk in desks.items():
            houses = [o for o in self.territory.operators or () if o.network == code and stands(o, self.on)]
            beyond = houses and all(self.zone(o.perimeter) == "outside" for o in houses)
            if self.home and beyond and desk.channel == "national":
                values = {"operator": code, "commune": self.home}
                yield Finding(code="CEP233", values=values, severity="warning")
        seen: set[str] = set()
        for match in partners:
            if match.desk and match.partner not in seen and match.kind == "partner":
                seen.add(match.partner)
                yield from self._stale(match.partner, match.desk)

    def _stale(self, who: str, desk: Desk) -> Iterator[Finding]:
        for contact in (desk.contact, desk.counsellor):
            checked = contact.checked_on if contact else None
            if checked and months_between(checked, self.on) >= STALE_MONTHS:
                yield Finding(code="CEP231", values={"who": who, "day": checked}, severity="warning")
                return


def _of_scheme(scheme: SchemeMatch) -> LocalOffer:
    """A scheme whose public holds the person for sure."""
    told = PartnerService(name=scheme.name, needs=scheme.needs, conditions=scheme.conditions)
    desks = (scheme.desk,) if scheme.desk else ()
    return LocalOffer(
        kind="scheme", id=scheme.id, name=scheme.name, told=told, zone=scheme.zone, desks=partial(tuple, desks),
        types=frozenset(desk.type or "" for desk in desks),
    )  # fmt: skip


def _less_old(here: Desk, listed: Desk) -> Desk:
    """A desk of the territory or one of the country: the less old.

    A territory that knows who is in charge of the commune, by an entry of less than a year, goes before a desk that is merely the
    nearest; of one house in both, the newer entry tells the phone and the hours.
    """
    if (here.as_of or "") > (listed.as_of or ""):
        return here
    if here.as_of == listed.as_of and not _same(here, listed):
        return here
    in_charge = here.zone == "inside" and listed.zone != "inside"
    if _same(here, listed):
        zone = "inside" if in_charge else listed.zone
        return replace(listed, zone=zone, contact=here.contact, counsellor=here.counsellor)
    return here if in_charge and here.shown in {"plain", "today"} else listed


def _same(one: Desk, other: Desk) -> bool:
    """One house in two files: the same number, in the same commune."""
    return one.commune == other.commune and one.phone is not None and one.phone == other.phone
