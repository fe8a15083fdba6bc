"""What a page that answers by itself carries of a territory: for each home, the desks, schemes and partners of every stretch of days.

Everything is asked of `where`, day by day and home by home, so that whoever reads the tables judges nothing: who may serve is
another table (`compile.segment`), where and with whom is this one. Opens nothing and says nothing in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from cep_route.directory.age import VERIFY_MONTHS, Dated, shown_as
from cep_route.directory.ground import Ground
from cep_route.directory.where import Holds, Local, LocalOffer, Partners
from cep_route.engine.explain import Judge
from cep_route.model.answer import Desk, Profile, SchemeMatch
from cep_route.model.law import BEGINNING, FOREVER, day_before, next_day
from cep_route.model.territory import Territory


class Offer(Struct, frozen=True, kw_only=True):
    """What may answer a need on a stretch of days: a scheme, a partner or a service of it, a house of an operator, a body (`kind`).

    `publics`: the codes it receives, None when the file does not say; `network`: the operator of a house; `scheme`, `box`: a scheme,
    and the public it is for. `names`, `zones` and `desks`: one per home, the zone as `where` says it.
    """

    id: str
    kind: str
    needs: tuple[str, ...]
    names: tuple[str, ...]
    zones: tuple[str, ...]
    desks: tuple[Desk | None, ...]
    publics: tuple[str, ...] | None = None
    service: str | None = None
    network: str | None = None
    box: Mapping[str, tuple[str, ...]] | None = None
    scheme: SchemeMatch | None = None
    one_stop: bool = False


class Period(Struct, frozen=True, kw_only=True):
    """A stretch of days, `since` and `until` included: the desk of each operator by home, the offers."""

    since: str
    until: str
    desks: dict[str, tuple[Desk, ...]]
    offers: tuple[Offer, ...]


def periods(
    judge: Judge, homes: Sequence[str | None], on: str, territory: Territory, ground: Ground
) -> tuple[Period, ...]:
    """The directory from a day on. `homes`: communes, None for one not told.

    A period ends where a house, a scheme or a national channel begins or ends, or a desk it shows becomes too old to be shown first.
    """
    changes = {day for day in _changes(judge, territory) if on < day < FOREVER}
    found: list[Period] = []
    since: str | None = on
    while since is not None:
        period = _period(judge, homes, since, territory, ground)
        changes |= {_first_old(d.as_of) for d in _desks(period) if d.as_of and d.age_months is not None}
        since = min((day for day in changes if day > since), default=None)
        found.append(period if since is None else replace(period, until=day_before(since)))
    return tuple(found)


def _changes(judge: Judge, territory: Territory) -> Iterator[str]:
    """The days on which a house, a scheme or a national channel begins or ends."""
    schemes = territory.schemes or ()
    channels = [c for card in judge.law.operators.values() for c in card.channels]
    dated: list[Dated] = [*(territory.operators or ()), *(territory.partners or ()), *schemes, *channels]
    begins = [d.since for d in dated]
    ends = [d.until for d in dated] + [s.funded_until for s in schemes]
    yield from (day + BEGINNING[len(day) :] for day in begins if day)
    yield from (_after(day) for day in ends if day and day < FOREVER)


def _after(until: str) -> str:
    """The first day after a year, a month or a day."""
    if len(until) == 10:
        return next_day(until)
    year, month = int(until[:4]), int(until[5:] or 12)
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}-01"


@cache
def _first_old(as_of: str) -> str:
    """The first day on which an entry of that day is shown after the national channel."""
    day = f"{int(as_of[:4]) + VERIFY_MONTHS // 12:04d}{as_of[4:7] or '-01'}-01"
    while shown_as(as_of, None, day) != "old":
        day = next_day(day)
    return day


def _desks(period: Period) -> Iterator[Desk]:
    for column in (*period.desks.values(), *(offer.desks for offer in period.offers)):
        yield from (desk for desk in column if desk is not None)


def _period(
    judge: Judge, homes: Sequence[str | None], since: str, territory: Territory, ground: Ground
) -> Period:
    locals_ = [Local(judge.law, home, since, territory, ground) for home in homes]
    opened = {c for s in judge.law.segments if s.until >= since for c, opening, _ in s.answers if opening}
    codes = tuple(c for c in judge.law.operators if c in opened and not judge.law.outside(c))
    return Period(
        since=since,
        until=FOREVER,
        desks={code: tuple(here.desk_of(code) for here in locals_) for code in codes},
        offers=(*_schemes(judge, territory, locals_), *_others(judge, codes, locals_)),
    )


def _anybody(judge: Judge, here: Local) -> Holds:
    """Which boxes hold a person of whom the home alone is told."""
    return lambda box: judge.box(box, Profile(commune=here.home), here.on)


def _schemes(judge: Judge, territory: Territory, locals_: Sequence[Local]) -> Iterator[Offer]:
    found = [{s.id: s for s in here.schemes(_anybody(judge, here))} for here in locals_]
    for card in territory.schemes or ():
        held = [schemes.get(card.id) for schemes in found]
        scheme = next((s for s in held if s), None)
        if scheme is not None:
            yield Offer(
                id=scheme.id,
                kind="scheme",
                needs=scheme.needs,
                names=(scheme.name,) * len(held),
                zones=tuple(here.zone(card.perimeter) for here in locals_),
                desks=tuple(s.desk if s else None for s in held),
                box=card.public,
                scheme=scheme,
                one_stop="one_stop_shop" in (card.services or ()),
            )


def _others(judge: Judge, operators: tuple[str, ...], locals_: Sequence[Local]) -> Iterator[Offer]:
    """Partners, houses of operators, bodies, in the order in which `where` compares them."""
    found: dict[tuple[str, str, str | None, int], list[tuple[int, LocalOffer, Desk | None]]] = {}
    for home, here in enumerate(locals_):
        work = Partners(here, _anybody(judge, here), operators)
        met: Counter[tuple[str, str, str | None]] = Counter()
        for offer in (*work.offers, *here.bodies):
            key = offer.kind, offer.house.id, offer.service
            found.setdefault((*key, met[key]), []).append((home, offer, work.desk(offer)))
            met[key] += 1
    for (kind, id_, _, _), held in found.items():
        first = held[0][1]
        at = {home: (offer, desk) for home, offer, desk in held}
        columns = [at.get(home, (replace(first, zone="outside"), None)) for home in range(len(locals_))]
        yield Offer(
            id=id_,
            kind=kind,
            needs=first.told.needs or (),
            names=tuple(offer.house.name for offer, _ in columns),
            zones=tuple(offer.zone for offer, _ in columns),
            desks=tuple(desk for _, desk in columns),
            publics=first.told.publics,
            service=first.service,
            network=first.house.network if kind == "operator" else None,
        )
