"""With whom: the partners, schemes and eligible operators that answer each need of a person. A need is matched with one service, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cep_route.directory.age import stands
from cep_route.engine.explain import Judge
from cep_route.model.answer import Desk, Match, Profile, SchemeMatch
from cep_route.model.law import Law
from cep_route.model.territory import House, Partner, PartnerService, Territory

# What is given up when nobody fits, one at a time, the least costly to the person first: how they are received; the very theme, for
# another of its category; the public it is meant for; the zone it serves.
RELAXED = ("mode", "theme", "public", "zone")
FAR = 99_999.0  # km of a desk whose distance is not known: after all the others


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOffer:
    """One thing somebody does for some needs: a scheme, a service of a partner, a partner or an operator as a whole."""

    kind: str
    id: str
    name: str
    needs: tuple[str, ...]
    zone: str
    publics: tuple[str, ...] | None = None
    network: str | None = None
    service: str | None = None
    conditions: str | None = None
    reception: tuple[str, ...] | None = None
    referral: tuple[str, ...] | None = None
    referral_url: str | None = None
    types: frozenset[str] = frozenset()  # of its places
    desks: tuple[Desk, ...] = ()


def ordered_needs(
    needs: Iterable[str], blocking: Iterable[str], law: Law, territory: Territory
) -> tuple[str, ...]:
    """Blocking needs first, then obstacles, project, carrying out (Céreq Études 22, § 4); as told within a family."""
    own = {n.code: n.family for n in territory.needs or ()}
    families = ("obstacles", "project", "carrying_out")
    blocked = tuple(blocking)

    def rank(need: str) -> tuple[bool, int]:
        family = own.get(need) or law.need(need).family or "carrying_out"
        return (need not in blocked, families.index(family))

    return tuple(sorted(dict.fromkeys((*blocked, *needs)), key=rank))


class Partners:
    """Who answers the needs of one person on one day. `desks_of` and `zone_of` are those of the person's commune."""

    def __init__(
        self,
        judge: Judge,
        profile: Profile,
        on: str,
        territory: Territory,
        desks_of: Callable[[House | PartnerService, House], tuple[Desk, ...]],
        zone_of: Callable[[tuple[str, ...] | None], str],
        rank: Callable[[Desk], tuple[object, ...]],
    ) -> None:
        self.judge, self.profile, self.on, self.territory = judge, profile, on, territory
        self.desks_of, self.zone_of, self.rank = desks_of, zone_of, rank

    def matches(
        self,
        needs: tuple[str, ...],
        schemes: tuple[SchemeMatch, ...],
        eligible: tuple[str, ...],
        beside: Iterable[LocalOffer] = (),
    ) -> tuple[tuple[Match, ...], tuple[str, ...]]:
        """For each need, who answers it here, the place that covers most needs first; and the needs nobody answers.

        When nothing fits, one constraint is given up at a time, in the order of `RELAXED`; each match says which. `beside`: offers
        of bodies that no territory file holds, asked last.
        """
        offers = [*_of_schemes(schemes), *self.offers(eligible)]
        others = tuple(beside)
        covered = {id(o): sum(answers(o.needs, n) is not None for n in needs) for o in (*offers, *others)}
        matches: list[Match] = []
        unmet: list[str] = []
        for need in needs:
            found = self._of_need(need, offers, covered)
            if all(m.relaxed or (m.desk and m.desk.shown == "old") for m in found):
                own = [
                    offer for offer in others if need in offer.needs
                ]  # a whole category is not a body's own work
                more = self._of_need(need, own, covered)
                found = [*more, *(m for m in found if not (more and m.relaxed))]
            matches += found
            if all(m.relaxed for m in found):
                unmet.append(need)
        return tuple(matches), tuple(unmet)

    def offers(self, operators: Sequence[str]) -> Iterator[LocalOffer]:
        """What partners and the houses of some operators do, whoever and wherever the person is."""
        yield from self._of_partners()
        yield from self._of_operators(operators)

    def _of_partners(self) -> Iterator[LocalOffer]:
        for partner in self.territory.partners or ():
            if not stands(partner, self.on):
                continue
            if partner.needs or not partner.services:
                yield self._offer(partner, partner, "partner")
            for service in partner.services or ():
                yield self._offer(partner, service, "partner")

    def _of_operators(self, eligible: Sequence[str]) -> Iterator[LocalOffer]:
        for house in self.territory.operators or ():
            if house.network in eligible and stands(house, self.on):
                desks = self.desks_of(house, house)
                yield LocalOffer(
                    kind="operator", id=house.id, name=house.name, needs=house.needs or (),
                    zone=self.zone_of(house.perimeter), network=house.network, types=_types(house, house), desks=desks,
                )  # fmt: skip

    def _offer(self, partner: Partner, told: Partner | PartnerService, kind: str) -> LocalOffer:
        """A partner, or one service of it: what a service does not say of its zone is not known, it is not the partner's."""
        service = told is not partner
        return LocalOffer(
            kind=kind,
            id=partner.id,
            name=partner.name,
            service=told.name if service else None,
            needs=told.needs or (),
            zone=self.zone_of(told.perimeter),
            publics=told.publics,
            conditions=told.conditions,
            reception=told.reception,
            referral=told.referral,
            referral_url=told.referral_url,
            types=_types(told, partner),
            desks=self.desks_of(told, partner),
        )

    def _of_need(self, need: str, offers: Iterable[LocalOffer], covered: Mapping[int, int]) -> list[Match]:
        near = [offer for offer in offers if answers(offer.needs, need, loosely=True) is not None]
        for relaxed in (None, *RELAXED) if near else ():
            found = [
                (self._order(offer, match, covered), match)
                for offer in near
                if (match := self._match(need, offer, covered[id(offer)], relaxed)) is not None
            ]
            if found:
                return [m for _, m in sorted(found, key=lambda pair: pair[0])]
        return []

    def _order(self, offer: LocalOffer, match: Match, covered: Mapping[int, int]) -> tuple[object, ...]:
        km = match.desk.km if match.desk and match.desk.km is not None else FAR
        first = (offer.kind != "scheme", -covered[id(offer)], len(match.unknown), "theme" not in match.why)
        return (*first, km, match.partner, match.service or "")

    def _match(self, need: str, offer: LocalOffer, covers: int, relaxed: str | None) -> Match | None:
        answer = answers(offer.needs, need, loosely=relaxed == "theme")
        if answer is None:
            return None
        why, unknown = [answer], []
        states = [("public", self._public(offer)), ("zone", offer.zone)]
        if self.profile.mode is not None:
            states.append(("mode", _mode(offer, self.profile.mode)))
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
            partner=offer.id,
            name=offer.name,
            service=offer.service,
            kind=offer.kind,
            why=tuple(why),
            unknown=tuple(unknown),
            relaxed=relaxed,
            desk=self.desk(offer),
            conditions=offer.conditions,
            reception=offer.reception,
            referral=offer.referral,
            referral_url=offer.referral_url,
        )

    def desk(self, offer: LocalOffer) -> Desk | None:
        """The desk of an offer; where the person can only be received from afar, its remote channel when it has one."""
        afar = [d for d in offer.desks if d.channel == "remote"] if self.profile.mode == "a-distance" else []
        return min(afar or offer.desks, key=self.rank, default=None)

    def _public(self, offer: LocalOffer) -> str:
        """Does the offer receive this person? `tous-publics` always does; a public no fact of ours tells stays unknown."""
        if offer.kind != "partner":
            return "inside"
        if offer.publics is None:
            return "unknown"
        states = []
        for code in offer.publics:
            public = self.judge.law.publics.get(code)
            when = public.when if public else None
            state = self.judge.box(when, self.profile, self.on)[0] if when is not None else None
            # of a public wider than its box (RSA among all minimum incomes), who is not in the box may be all the same
            states.append(None if state is False and public and public.sufficient else state)
        if any(s is True for s in states):
            return "inside"
        return "unknown" if any(s is None for s in states) else "refused"


def _of_schemes(schemes: tuple[SchemeMatch, ...]) -> Iterator[LocalOffer]:
    for scheme in schemes:
        if not scheme.missing:
            yield LocalOffer(
                kind="scheme", id=scheme.id, name=scheme.name, needs=scheme.needs, zone=scheme.zone,
                conditions=scheme.conditions, desks=(scheme.desk,) if scheme.desk else (),
                types=frozenset((scheme.desk.type or "",)) if scheme.desk else frozenset(),
            )  # fmt: skip


def _types(told: House | PartnerService, house: House) -> frozenset[str]:
    return frozenset(p.type for p in (told.places or house.places or ()))


def _mode(offer: LocalOffer, wanted: str) -> str:
    """Does the offer receive people that way? Its own word, else what its places show; a lack of places shows nothing."""
    if offer.reception is not None:
        return "inside" if wanted in offer.reception else "refused"
    if "remote" in offer.types if wanted == "a-distance" else offer.types - {"remote", "none"}:
        return "inside"
    return "refused" if offer.types == {"none"} and wanted == "en-presentiel" else "unknown"


def answers(offered: Iterable[str], need: str, *, loosely: bool = False) -> str | None:
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
