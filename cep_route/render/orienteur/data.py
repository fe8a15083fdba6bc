"""What a page that answers by itself carries of a territory: for each home, the desks, schemes and partners of every stretch of days.

Everything is asked of `where`, day by day and home by home, so that whoever reads the tables judges nothing: who may serve is
another table (`compile.segment`), where and with whom is this one. Opens nothing and says nothing in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cep_route.directory.ground import Ground
from cep_route.directory.where import Local
from cep_route.engine.explain import Judge
from cep_route.model.answer import Desk, Profile, SchemeMatch
from cep_route.model.law import BEGINNING, FOREVER, day_before, in_force, next_day
from cep_route.model.territory import Territory


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may answer a need on a stretch of days: a scheme, a partner, or a house of an operator (`kind`).

    `publics`: the codes it receives, None when the file does not say; `network`: the operator of a house; `box`: the public of a
    scheme, which is `one_stop` when it is to be seen before all others; `zones` and `desks`: one per home, the zone as `where` says it.
    """

    id: str
    kind: str
    name: str
    needs: tuple[str, ...]
    publics: tuple[str, ...] | None
    network: str | None
    box: Mapping[str, tuple[str, ...]] | None
    zones: tuple[str, ...]
    desks: tuple[Desk | None, ...]
    scheme: SchemeMatch | None = None
    one_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of days, `since` and `until` included: the territory that answers, the desk of each operator by home, the offers."""

    since: str
    until: str
    territory: str
    desks: dict[str, tuple[Desk, ...]]
    offers: tuple[Offer, ...]


def periods(
    judge: Judge,
    homes: tuple[str | None, ...],
    on: str,
    asked: tuple[Territory, Ground],
) -> tuple[Period, ...]:
    """The directory from a day on. `homes`: communes, None for one not told."""
    starts = sorted({on, *(d for d in _changes(judge, asked[0]) if on < d < FOREVER)})
    ends = [*(day_before(d) for d in starts[1:]), FOREVER]
    return tuple(
        _period(judge, homes, since, until, asked) for since, until in zip(starts, ends, strict=True)
    )


def _changes(judge: Judge, territory: Territory) -> Iterator[str]:
    """The days on which a house, a scheme or a national channel begins or ends."""
    houses = [*territory.get("operators", ()), *territory.get("partners", ()), *territory.get("schemes", ())]
    channels = [c for card in judge.law.operators.values() for c in card.channels]
    begins = [h.get("since") for h in houses] + [d for c in channels for d in (c.since, c.opens_on)]
    ends = [d for h in houses for d in (h.get("until"), h.get("funded_until"))] + [c.until for c in channels]
    yield from (day + BEGINNING[len(day) :] for day in begins if day)
    yield from (_after(day) for day in ends if day)


def _after(until: str) -> str:
    """The first day after a year, a month or a day."""
    year = int(until[:4])
    if len(until) == 4:
        return f"{year + 1:04d}-01-01"
    if len(until) == 7:
        month = int(until[5:])
        return f"{year + month // 12:04d}-{month % 12 + 1:02d}-01"
    return next_day(until) if until < FOREVER else FOREVER


def _period(
    judge: Judge,
    homes: tuple[str | None, ...],
    since: str,
    until: str,
    answering: tuple[Territory, Ground],
) -> Period:
    territory, ground = answering
    locals_ = [Local(judge, Profile(commune=home), since, territory, ground) for home in homes]
    opened = {c for s in judge.law.segments if s.until >= since for c, opening, _ in s.answers if opening}
    codes = [c for c in judge.law.operators if c in opened and not locals_[0].outside(c)]
    return Period(
        since=since,
        until=until,
        territory=territory.head.id,
        desks={code: tuple(here.desk_of(code) for here in locals_) for code in codes},
        offers=tuple(_offers(territory, since, locals_)),
    )


def _offers(territory: Territory, on: str, locals_: list[Local]) -> Iterator[Offer]:
    """Schemes first, then partners, then houses of operators: the order in which `where` compares them."""
    schemes = [{s.id: s for s in here.schemes()} for here in locals_]
    for card in territory.get("schemes", ()):
        held = [found.get(card["id"]) for found in schemes]
        scheme = next((s for s in held if s), None)
        if scheme is not None:
            zones = tuple(here.zone(card.get("perimeter")) for here in locals_)
            desks = tuple(s.desk if s else None for s in held)
            one_stop = "one_stop_shop" in (card.get("services") or ())
            yield replace(_offer(card, "scheme", zones, desks), scheme=scheme, one_stop=one_stop)
    for kind in ("partner", "operator"):
        for card in territory.get(f"{kind}s", ()):
            if in_force(card, on):
                zones = tuple(here.zone(card.get("perimeter")) for here in locals_)
                yield _offer(card, kind, zones, tuple(here.nearest(card) for here in locals_))


def _offer(
    card: Mapping[str, Any], kind: str, zones: tuple[str, ...], desks: tuple[Desk | None, ...]
) -> Offer:
    publics: Iterable[str] | None = card.get("publics")
    return Offer(
        id=card["id"],
        kind=kind,
        name=card["name"],
        needs=tuple(card.get("needs") or ()),
        publics=tuple(publics) if publics is not None else None,
        network=card.get("network") if kind == "operator" else None,
        box=card.get("public") if kind == "scheme" else None,
        zones=zones,
        desks=desks,
    )
