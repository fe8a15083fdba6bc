"""Where and with whom, once the judge has said who: desks, schemes, partners, funding, events. Never who is eligible.

Of one network the less old entry wins, whichever file holds it: a house of the territory (at most `VERIFY_MONTHS` old), a desk of the
national directory, then the national channel; `presence = "none"` of the territory always wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from cep_route.directory.age import PLAIN_MONTHS, last_of, months_between, runs, shown_as, stands
from cep_route.directory.cooperation import cooperation
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge, Openness
from cep_route.model.answer import Desk, Finding, Funder, Match, Profile, Route, SchemeMatch
from cep_route.model.law import Channel, Law, When, dated_name
from cep_route.model.profile import ordered_needs
from cep_route.model.territory import Event, House, Partner, PartnerService, PlaceEntry, Territory

Made = TypeVar("Made", bound=Struct)
Holds: TypeAlias = Callable[[When], Openness]  # whether a box of the rules' language holds the person

_CHANNELS = {"head_office": "desk", "branch": "desk", "permanence": "permanence", "mobile": "permanence"}
STALE_MONTHS = PLAIN_MONTHS  # a contact older than this is shown with a warning
FAR = 99_999.0  # km and minutes of a desk of which they are not known: after all the others
# What is given up when nobody fits, one at a time, the least costly to the person first: how they are received; the very theme, for
# another of its category; the public it is meant for; the zone it serves.
RELAXED = ("mode", "theme", "public", "zone")


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
    holds = partial(judge.box, profile=profile, on=on)
    local = Local(judge.law, profile.commune, on, territory, ground)
    eligible = tuple(e.operator for e in decision.eligible)
    inside = (*eligible, *decision.possible)
    perhaps = (m.operator for m in decision.maybe)  # whom to call if the answer to a question opens it
    codes = [code for code in dict.fromkeys((*inside, *perhaps)) if not judge.law.outside(code)]
    desks = {code: local.desk_of(code) for code in codes}
    may_see = (code for codes in decision.may_see.values() for code in codes)
    seen = (*decision.see, *may_see, *(code for reason in decision.reasons for code in reason.see))
    bodies = {code: desk for code in dict.fromkeys(seen) if (desk := local.body(code)) is not None}
    schemes = local.schemes(holds)
    needs = ordered_needs(profile.needs, profile.blocking, judge.law, territory)
    offered = Partners(local, holds, eligible, schemes, profile.mode) if needs else None
    partners, unmet = offered.matches(needs) if offered else ((), ())
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
        events=local.events(holds),
        cooperation=cooperation(territory, on, judge.law, configurations),
        warnings=tuple(local.warnings({c: d for c, d in desks.items() if c in inside}, partners)),
    )


class LocalOffer(Struct, frozen=True):
    """What a `scheme`, a `partner`, an `operator` or a `body` of the law (`kind`) does for some needs, itself or by one service."""

    kind: str
    house: House
    told: Partner | PartnerService  # what it says of its needs, public and conditions
    zone: str
    desks: Sequence[Desk] | None = None  # None: made of its places when it answers, most never do

    @property
    def service(self) -> str | None:
        return self.told.name if self.kind == "partner" and self.told is not self.house else None


class Local:
    """A home on a day, whoever lives there: the desks, houses and offers around it. `home`: a commune, None when not told."""

    def __init__(self, law: Law, home: str | None, on: str, territory: Territory, ground: Ground) -> None:
        self.law, self.home, self.on, self.territory, self.ground = law, home, on, territory, ground
        self.here = ground.commune(home)
        self._zones: dict[tuple[str, ...], str] = {}
        self._offered: dict[int, Sequence[Desk]] = {}

    def zone(self, perimeter: tuple[str, ...] | None) -> str:
        """Is the commune in a perimeter: inside, outside, or unknown (no perimeter written, no commune told)?"""
        if perimeter is None or self.home is None:
            return "unknown"
        if perimeter not in self._zones:
            self._zones[perimeter] = "inside" if self.ground.covers(perimeter, self.home) else "outside"
        return self._zones[perimeter]

    def _serves(self, house: House) -> bool:
        """Whether a house is there on the day, and the home not known to be out of its zone."""
        return stands(house, self.on) and self.zone(house.perimeter) != "outside"

    def desk_of(self, code: str) -> Desk:
        """The desk of an operator for this commune, or its national channel, the one of the home region when it has one."""
        card = self.law.operator(code)
        houses = [o for o in self.territory.operators or () if o.network == code and self._serves(o)]
        region = self.here.region if self.here else None
        channels = [c for c in card.channels if c.in_force(self.on)]
        channel = next((c for c in channels if not c.regions), Channel(confidence="", sources=()))
        channel = next((c.within(channel) for c in channels if region in c.regions), channel)
        if self.home and card.find:
            channel = replace(channel, note=card.find)
        return self._answering(code, houses, card.directory, channel)

    def body(self, code: str) -> Desk | None:
        """Where a body outside the CEP receives near the person: a partner of its network (for a first welcome any that gives it, the
        task of the whole public guidance service), else the national desk, else its number.
        """
        card = self.law.bodies.get(code)
        if card is None:
            return None
        names = {card.directory, code.replace("_", "-")} - {None}
        houses = [
            p
            for p in self.territory.partners or ()
            if (p.network in names or (card.first_welcome and (p.level1 or p.spro))) and self._serves(p)
        ]
        if card.first_welcome:  # of several, one that anyone can call
            called = [p for p in houses if any(c.phone and c.use == "public" for c in p.contacts or ())]
            houses = called or houses
        channel = Channel(
            phone=card.phone, url=card.url, note=card.find, confidence=card.confidence, sources=()
        )
        found = self._answering(code, houses, card.directory, channel)
        told = found.phone or found.url or found.note or found.id or found.nearest
        return found if told or found.channel != "national" else None

    def _answering(self, code: str, houses: Iterable[House], network: str | None, channel: Channel) -> Desk:
        """The desk of one network, by the rule at the head of this file; beside a channel the nearest desk."""
        national = _with(Desk(operator=code, channel="national"), channel)
        found = [
            desk for house in houses for desk in self._desks_of(house, None, self.zone(house.perimeter), code)
        ]
        best = min(found, key=self.rank, default=None)
        # an absence that is written is believed; where no desk is listed the territory is all there is
        absent = any(d.zone.endswith("absent") for d in found)
        listed = self._listed(code, network) if network and not absent else None
        if listed is not None:
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

    def rank(self, desk: Desk) -> tuple[object, ...]:
        """Own perimeter, present, a desk, in the commune, the nearest, of those as far (to 100 m) the shorter way there, by id."""
        return (
            desk.zone.startswith("unknown"),
            desk.channel != "remote" and desk.zone.endswith("absent"),
            desk.channel == "remote",
            desk.commune != self.home or self.home is None,
            desk.km if desk.km is not None else FAR,
            desk.minutes if desk.minutes is not None else FAR,
            desk.id or "",
            desk.address or "",
        )

    def _listed(self, code: str, network: str) -> Desk | None:
        """The national directory's desk: in charge of the home where that is known, else in the commune, else nearest in its département."""
        listed, here = self.ground.desks, self.here
        if listed is None or here is None:
            return None
        serving = listed.serving(network, here.code) or listed.serving(network, here.city)
        found = []
        for one in serving or listed.of(network, here.departement):
            km = self.ground.km(here.code, one.commune, one.latitude, one.longitude)
            found.append((one.commune != here.code, FAR if km is None else km, one))
        if not found:
            return None
        _, km, desk = min(found, key=lambda one: one[:2])
        made = Desk(
            operator=code,
            channel="desk",
            id=desk.sheet,
            type="branch",
            commune_name=desk.town,
            url=desk.website or desk.sheet,
            km=None if km == FAR else round(km, 1),
            zone="inside" if serving else "unknown",
            checked_on=desk.edited_on,
            age_months=max(0, months_between(desk.as_of, self.on)),
            shown=shown_as(desk.as_of, desk.edited_on, self.on),
        )
        return _with(made, desk)

    def _desks_of(self, house: House, own: tuple[PlaceEntry, ...] | None, zone: str, code: str) -> list[Desk]:
        """The `own` places of a service, else all of the house; contacts alone are a remote one. Desks of who is absent here come last."""
        places = own or house.places or ()
        types = {place.type for place in places}
        received = [place for place in places if place.type != "none"]
        if "remote" not in types and ("none" in types or (house.contacts and not received)):
            received.append(PlaceEntry(type="remote"))
        zone += " absent" if "none" in types else ""
        return [self._desk(house, code, place, zone) for place in received]

    def _desk(self, house: House, code: str, place: PlaceEntry, zone: str) -> Desk:
        """One place of a house, its age that of the newest word on it."""
        contacts, source, head = house.contacts or (), house.source, self.territory.head
        public = next((c for c in contacts if c.use == "public"), None)
        inner = next((c for c in contacts if c.use == "counsellor" and c.may_publish is not False), None)
        checked = max((c.checked_on for c in contacts if c.checked_on), default=None)
        as_of = max(checked or "", house.source_date or "")
        if source is None:
            as_of = as_of or head.updated_on or head.as_of
        # a row of a directory that tells no day: its age is not known
        months, km, shown = None, None, "verify" if source and not as_of else "plain"
        if as_of and not self.territory.invented:
            months = max(0, months_between(as_of, self.on))
            shown = shown_as(as_of, None if checked else house.edited_on, self.on)
        if self.home and (place.commune or place.latitude is not None):
            km = self.ground.km(self.home, place.commune, place.latitude, place.longitude)
        made = Desk(
            operator=code,
            channel=_CHANNELS.get(place.type, "remote"),
            id=house.id,
            commune_name=self.ground.name(place.commune) if place.commune else None,
            url=house.website,
            km=round(km, 1) if km is not None else None,
            minutes=(place.travel_minutes or {}).get(self.home) if self.home else None,
            zone=zone,
            contact=public,
            counsellor=inner,
            source=source or head.name,
            as_of=as_of or None,
            checked_on=checked or house.edited_on,
            age_months=months,
            shown=shown,
        )
        phone = place.phone or (public.phone if public else None)
        return replace(_with(made, place), name=house.name, phone=phone)

    def schemes(self, holds: Holds) -> tuple[SchemeMatch, ...]:
        """The schemes whose public holds the person, a one-stop shop first; then those that may, with the facts missing."""
        found = []
        for scheme in self.territory.schemes or ():
            zone = self.zone(scheme.perimeter)
            if zone == "outside" or not scheme.public or not runs(scheme, self.on):
                continue
            held, missing = holds(scheme.public)
            contacts = (scheme.contact,) if scheme.contact else None
            house, place = House(id=scheme.id, name=scheme.name, contacts=contacts), scheme.place
            match = SchemeMatch(
                id=scheme.id,
                name=scheme.name,
                first=not missing and "one_stop_shop" in (scheme.services or ()),
                missing=missing,
                zone=zone,
                desk=self._desk(house, scheme.id, place, zone) if place else None,
            )
            found += [_with(match, scheme)] if held is not False else []
        return tuple(sorted(found, key=lambda s: (bool(s.missing), not s.first, s.id)))

    def funding(self) -> tuple[Funder, ...]:
        """Who decides the funding, apart from who advises (Céreq Bref 383: non-funding operators)."""
        houses = (*(self.territory.operators or ()), *(self.territory.partners or ()))
        funders = (house for house in houses if house.funds_training and self._serves(house))
        return tuple(Funder(id=h.id, name=h.name, decides=h.decides or ()) for h in funders)

    def events(self, holds: Holds) -> tuple[Event, ...]:
        """Events still to come that the person's public may attend."""
        coming = (e for e in self.territory.events or () if self.on <= last_of(e.date))
        open_ = (e for e in coming if "public" in (e.audience or ("public",)))
        return tuple(e for e in open_ if holds(e.public or {})[0] is not False)

    def warnings(self, desks: dict[str, Desk], partners: tuple[Match, ...]) -> Iterator[Finding]:
        """What a careful reader would want to know before calling."""
        for code, desk in desks.items():
            if desk.channel == "national" and desk.phone is None and desk.url is None:
                yield Finding(code="CEP232", values={"operator": code}, severity="warning")
            yield from self._stale(code, desk)
        for code, desk in desks.items():
            houses = [o for o in self.territory.operators or () if o.network == code and stands(o, self.on)]
            beyond = houses and all(self.zone(o.perimeter) == "outside" for o in houses)
            if self.home and beyond and desk.channel == "national":
                yield Finding(
                    code="CEP233", values={"operator": code, "commune": self.home}, severity="warning"
                )
        near = {m.partner: m.desk for m in partners[::-1] if m.desk and m.kind == "partner"}
        for partner in dict.fromkeys(m.partner for m in partners if m.partner in near):
            yield from self._stale(partner, near[partner])

    def _stale(self, who: str, desk: Desk) -> Iterator[Finding]:
        days = (c.checked_on for c in (desk.contact, desk.counsellor) if c and c.checked_on)
        old = next((day for day in days if months_between(day, self.on) >= STALE_MONTHS), None)
        if old:
            yield Finding(code="CEP231", values={"who": who, "day": old}, severity="warning")

    @cached_property
    def offers(self) -> tuple[LocalOffer, ...]:
        """What partners do, each as a whole where it says what it answers and each of its services; what houses of operators do."""
        found = []
        for partner in (p for p in self.territory.partners or () if stands(p, self.on)):
            work: list[Partner | PartnerService] = [partner] if partner.needs or not partner.services else []
            work += partner.services or ()
            # what a service does not say of its zone is not known, it is not the house's
            found += [LocalOffer("partner", partner, told, self.zone(told.perimeter)) for told in work]
        for house in (o for o in self.territory.operators or () if stands(o, self.on)):
            told = PartnerService(name=house.name, needs=house.needs)
            found.append(LocalOffer("operator", house, told, self.zone(house.perimeter)))
        return tuple(found)

    def desks(self, offer: LocalOffer) -> Sequence[Desk]:
        """The desks of one of `offers` or `bodies`, made once."""
        if offer.desks is not None:
            return offer.desks
        house, own = offer.house, offer.told.places
        if id(offer) not in self._offered:
            self._offered[id(offer)] = self._desks_of(house, own, offer.zone, house.id)
        return self._offered[id(offer)]

    @cached_property
    def bodies(self) -> tuple[LocalOffer, ...]:
        """What bodies of the law do by their statute, with their national desk: an MDPH, in every département."""
        found = []
        for code, card in self.law.bodies.items():
            if card.needs and (desk := self.body(code)) is not None:
                name = desk.name or dated_name(card.names, self.on, "fr") or code
                told = PartnerService(name=name, needs=card.needs)
                found.append(LocalOffer("body", House(id=code, name=name), told, "inside", (desk,)))
        return tuple(found)


def _with(made: Made, record: Struct) -> Made:
    """With what a record of a file says under the names that `made` has."""
    names = made.__struct_fields__
    return replace(
        made, **{n: v for n, v in asdict(record).items() if n in names and v not in (None, "", ())}
    )


def _less_old(here: Desk, listed: Desk) -> Desk:
    """A desk of the territory or one of the country: the less old. A territory that knows who is in charge of the commune, by an entry
    of less than a year, goes before the nearest; of one house in both (by number and commune), the newer entry tells the hours.
    """
    mine, theirs = here.as_of or "", listed.as_of or ""
    in_charge = here.zone == "inside" and listed.zone != "inside"
    if here.phone and (here.phone, here.commune) == (listed.phone, listed.commune) and mine <= theirs:
        zone = "inside" if in_charge else listed.zone
        return replace(listed, zone=zone, contact=here.contact, counsellor=here.counsellor)
    return here if mine >= theirs or (in_charge and here.shown in {"plain", "today"}) else listed


class Partners:
    """Who answers the needs of one person at one place: schemes that surely hold him, partners, houses of operators that may serve him."""

    def __init__(
        self,
        local: Local,
        holds: Holds,
        operators: Collection[str],
        schemes: Iterable[SchemeMatch] = (),
        mode: str | None = None,
    ) -> None:
        self.local, self.holds, self.mode = local, holds, mode  # `mode`: how the person can be received
        self.offers = [_of_scheme(scheme) for scheme in schemes if not scheme.missing]
        self.offers += [o for o in local.offers if o.kind == "partner" or o.house.network in operators]
        self._answering: dict[str, list[tuple[LocalOffer, Match]]] = {}
        self._publics: dict[str, bool | None] = {}

    def matches(self, needs: tuple[str, ...]) -> tuple[tuple[Match, ...], tuple[str, ...]]:
        """For each need, who answers it here, the place that covers most needs first; and the needs nobody answers. When nothing fits,
        one constraint is given up at a time, in the order of `RELAXED`; each match says which.
        """
        matches, unmet = list[Match](), list[str]()
        for need in needs:
            found = self._candidates(need)
            told = [(sum(answers(o.told.needs, n) is not None for n in needs), o, m) for o, m in found]
            for covers, _, match in sorted(told, key=_weight):
                more = (f"covers:{covers}",) if covers > 1 else ()
                matches.append(replace(match, why=match.why + more) if more else match)
            if all(match.relaxed for _, match in found):
                unmet.append(need)
        return tuple(matches), tuple(unmet)

    def _candidates(self, need: str) -> list[tuple[LocalOffer, Match]]:
        """Who answers a need, whatever else is asked: offers of the territory, and bodies where none of these fits."""
        found = self._answering.get(need)
        if found is None:
            found = self._fitting(need, self.offers)
            if all(match.relaxed or (match.desk and match.desk.shown == "old") for _, match in found):
                # a whole category is not a body's own work
                own = [o for o in self.local.bodies if need in (o.told.needs or ())]
                more = self._fitting(need, own)
                found = [*more, *(one for one in found if not (more and one[1].relaxed))]
            self._answering[need] = found
        return found

    def _fitting(self, need: str, offers: Iterable[LocalOffer]) -> list[tuple[LocalOffer, Match]]:
        """The offers that answer a need, with the same one constraint given up or none: what is least costly to give up."""
        fitting: dict[str | None, list[tuple[LocalOffer, Match]]] = {}
        for offer in offers:
            if answers(offer.told.needs, need, loosely=True) is None:
                continue
            how, told = answers(offer.told.needs, need), offer.told
            states = {"public": self._public(offer), "zone": offer.zone}
            if self.mode is not None:
                states["mode"] = _received(offer, self.mode)
            failed = [*(n for n in states if states[n] == "outside"), *([] if how else ["theme"])]
            if len(failed) > 1:
                continue
            relaxed = failed[0] if failed else None
            match = Match(
                need=need,
                partner=offer.house.id,
                name=offer.house.name,
                service=offer.service,
                kind=offer.kind,
                why=(how or "near", *(n for n in states if states[n] == "inside")),
                unknown=tuple(n for n in states if states[n] == "unknown"),
                relaxed=relaxed,
                conditions=told.conditions,
                reception=told.reception,
                referral=told.referral,
                referral_url=told.referral_url,
            )
            fitting.setdefault(relaxed, []).append((offer, match))
        least = next((fitting[name] for name in (None, *RELAXED) if name in fitting), [])
        return [(offer, replace(match, desk=self.desk(offer))) for offer, match in least]

    def desk(self, offer: LocalOffer) -> Desk | None:
        """The desk of an offer; where the person can only be received from afar, its remote channel when it has one."""
        desks = self.local.desks(offer)
        afar = [d for d in desks if d.channel == "remote"] if self.mode == "a-distance" else []
        return min(afar or desks, key=self.local.rank, default=None)

    def _public(self, offer: LocalOffer) -> str:
        """Does the offer receive this person? `tous-publics` always does; a public no fact of ours tells stays unknown."""
        if offer.kind != "partner":
            return "inside"
        if offer.told.publics is None:
            return "unknown"
        for code in offer.told.publics:  # asked once, however many offers name it
            public = self.local.law.publics.get(code)
            if code not in self._publics:
                state = self.holds(public.when)[0] if public and public.when is not None else None
                # of a public wider than its box (RSA among all minimum incomes), who is not in the box may be all the same
                self._publics[code] = None if state is False and public and public.sufficient else state
        states = [self._publics[code] for code in offer.told.publics]
        return "inside" if True in states else "unknown" if None in states else "outside"


def _of_scheme(scheme: SchemeMatch) -> LocalOffer:
    told = PartnerService(name=scheme.name, needs=scheme.needs, conditions=scheme.conditions)
    house, desks = House(id=scheme.id, name=scheme.name), (scheme.desk,) if scheme.desk else ()
    return LocalOffer("scheme", house, told, scheme.zone, desks)


def _weight(one: tuple[int, LocalOffer, Match]) -> tuple[object, ...]:
    """A body first, then a scheme; who covers most needs, of whom most is known, for the very theme, near; then by id."""
    covers, offer, match = one
    km = match.desk.km if match.desk and match.desk.km is not None else FAR
    return (
        offer.kind != "body", offer.kind != "scheme", -covers, len(match.unknown), "theme" not in match.why, km, match.partner,
        match.service or "",
    )  # fmt: skip


def _received(offer: LocalOffer, wanted: str) -> str:
    """Does the offer receive people that way? Its own word, else what its places show; a lack of places shows nothing."""
    if offer.told.reception is not None:
        return "inside" if wanted in offer.told.reception else "outside"
    shown = offer.desks if offer.kind == "scheme" else offer.told.places or offer.house.places
    types = {place.type for place in shown or ()}
    if "remote" in types if wanted == "a-distance" else types - {"remote", "none"}:
        return "inside"
    return "outside" if types == {"none"} and wanted == "en-presentiel" else "unknown"


@lru_cache(4096)
def answers(offered: tuple[str, ...] | None, need: str, *, loosely: bool = False) -> str | None:
    """How an offer answers a need: `theme` (the very code), `category` (it answers the whole category), `part` (a theme of it),
    loosely also `near` (another theme of its category).
    """
    found = None
    category = need.partition("--")[0]
    for code in offered or ():
        if code == need:
            return "theme"
        if need.startswith(f"{code}--"):
            found = "category"
        elif code.startswith(f"{need}--"):
            found = found or "part"
        elif loosely and code.partition("--")[0] == category and not category.startswith("x-"):
            found = found or "near"
    return found
