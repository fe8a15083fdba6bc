"""With whom: the partners, schemes and eligible operators that answer each need of a person. A need is matched with one service, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from cep_route.directory.ground import FAR
from cep_route.engine.explain import Openness
from cep_route.model.answer import Desk, Match, Profile
from cep_route.model.law import Law, When
from cep_route.model.territory import Partner, PartnerService, Territory

# What is given up when nobody fits, one at a time, the least costly to the person first: how they are received; the very theme, for
# another of its category; the public it is meant for; the zone it serves.
RELAXED = ("mode", "theme", "public", "zone")


class LocalOffer(Struct, frozen=True, kw_only=True):
    """One thing somebody does for some needs: a scheme, a service of a partner, a partner or an operator as a whole."""

    kind: str
    id: str
    name: str
    told: Partner | PartnerService  # what it says of its needs, public and conditions
    zone: str
    service: str | None = None
    types: frozenset[str] = frozenset()  # of its places
    desks: Callable[[], tuple[Desk, ...]] = tuple  # made when the offer answers: most never do

    @property
    def needs(self) -> tuple[str, ...]:
        return self.told.needs or ()


# An offer that answers a need, its match but for the other needs it may cover, whether it is a body's.
_Candidate = tuple[LocalOffer, Match, bool]


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


class BoxJudge(Protocol):
    """What must be asked about the person: the law, and whether a box of its language holds him."""

    law: Law

    def box(self, when: When, profile: Profile, on: str) -> Openness: ...


class Partners:
    """Who answers the needs of one person on one day, whichever are asked. `offers`: those open to the person at the place; `beside`:
    those of bodies that no territory file holds, asked last; `rank`: the nearer desk first.
    """

    def __init__(
        self,
        asked: BoxJudge,
        profile: Profile,
        on: str,
        rank: Callable[[Desk], tuple[object, ...]],
        offers: Iterable[LocalOffer],
        beside: Iterable[LocalOffer],
    ) -> None:
        self.asked, self.profile, self.on, self.rank = asked, profile, on, rank
        self.offers, self.beside = tuple(offers), tuple(beside)
        self._answering: dict[str, list[_Candidate]] = {}
        self._held: dict[str, bool | None] = {}

    def matches(self, needs: tuple[str, ...]) -> tuple[tuple[Match, ...], tuple[str, ...]]:
        """For each need, who answers it here, the place that covers most needs first; and the needs nobody answers.

        When nothing fits, one constraint is given up at a time, in the order of `RELAXED`; each match says which.
        """
        matches: list[Match] = []
        unmet: list[str] = []
        for need in needs:
            found = self._candidates(need)
            matches += [
                match for _, match in sorted((_weighed(needs, *one) for one in found), key=itemgetter(0))
            ]
            if all(match.relaxed for _, match, _ in found):
                unmet.append(need)
        return tuple(matches), tuple(unmet)

    def _candidates(self, need: str) -> list[_Candidate]:
        """Who answers a need, whatever else is asked: offers of the territory, and bodies where none of these fits."""
        found = self._answering.get(need)
        if found is None:
            found = self._of_need(need, self.offers, beside=False)
            if all(match.relaxed or (match.desk and match.desk.shown == "old") for _, match, _ in found):
                own = [o for o in self.beside if need in o.needs]  # a whole category is not a body's own work
                more = self._of_need(need, own, beside=True)
                found = [*more, *(one for one in found if not (more and one[1].relaxed))]
            self._answering[need] = found
        return found

    def _of_need(self, need: str, offers: Iterable[LocalOffer], *, beside: bool) -> list[_Candidate]:
        near = [offer for offer in offers if answers(offer.needs, need, loosely=True) is not None]
        for relaxed in (None, *RELAXED) if near else ():
            found = [
                (offer, match, beside)
                for offer in near
                if (match := self._match(need, offer, relaxed)) is not None
            ]
            if found:
                return found
        return []

    def _match(self, need: str, offer: LocalOffer, relaxed: str | None) -> Match | None:
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
            conditions=offer.told.conditions,
            reception=offer.told.reception,
            referral=offer.told.referral,
            referral_url=offer.told.referral_url,
        )

    def desk(self, offer: LocalOffer) -> Desk | None:
        """The desk of an offer; where the person can only be received from afar, its remote channel when it has one."""
        desks = offer.desks()
        afar = [d for d in desks if d.channel == "remote"] if self.profile.mode == "a-distance" else []
        return min(afar or desks, key=self.rank, default=None)

    def _public(self, offer: LocalOffer) -> str:
        """Does the offer receive this person? `tous-publics` always does; a public no fact of ours tells stays unknown."""
        if offer.kind != "partner":
            return "inside"
        if offer.told.publics is None:
            return "unknown"
        states = [self._holds(code) for code in offer.told.publics]
        if any(s is True for s in states):
            return "inside"
        return "unknown" if any(s is None for s in states) else "refused"

    def _holds(self, code: str) -> bool | None:
        """Whether the person is of a public: asked once, however many offers name it."""
        if code not in self._held:
            public = self.asked.law.publics.get(code)
            when = public.when if public else None
            state = self.asked.box(when, self.profile, self.on)[0] if when is not None else None
            # of a public wider than its box (RSA among all minimum incomes), who is not in the box may be all the same
            self._held[code] = None if state is False and public and public.sufficient else state
        return self._held[code]


def _weighed(
    needs: tuple[str, ...], offer: LocalOffer, match: Match, beside: bool
) -> tuple[tuple[object, ...], Match]:
    """An offer beside the other needs: its rank, and its match with how many of them it covers."""
    covers = sum(answers(offer.needs, need) is not None for need in needs)
    km = match.desk.km if match.desk and match.desk.km is not None else FAR
    rank = (
        not beside, offer.kind != "scheme", -covers, len(match.unknown), "theme" not in match.why, km, match.partner,
        match.service or "",
    )  # fmt: skip
    return rank, replace(match, why=(*match.why, f"covers:{covers}")) if covers > 1 else match


def _mode(offer: LocalOffer, wanted: str) -> str:
    """Does the offer receive people that way? Its own word, else what its places show; a lack of places shows nothing."""
    if offer.told.reception is not None:
        return "inside" if wanted in offer.told.reception else "refused"
    if "remote" in offer.types if wanted == "a-distance" else offer.types - {"remote", "none"}:
        return "inside"
    return "refused" if offer.types == {"none"} and wanted == "en-presentiel" else "unknown"


@lru_cache(4096)
def answers(offered: tuple[str, ...], need: str, *, loosely: bool = False) -> str | None:
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
