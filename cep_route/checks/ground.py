"""What a territory lacks on a given day: stale contacts, ended funding, communes nobody serves, needs nobody answers.

It reads the compiled territory and asks the engine for the configuration; it never decides who serves a person, never obeys a
declaration, and never takes an unwritten table for an empty one. Zones are asked of the `Ground` of `engine.where`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from cep_route.checks.names import Where
from cep_route.checks.territory import RECEIVES, TerritorySheet
from cep_route.directory.age import last_of, stands
from cep_route.directory.age import months_between as months
from cep_route.directory.cooperation import cooperation
from cep_route.directory.ground import Ground
from cep_route.directory.where import STALE_MONTHS
from cep_route.engine.explain import Judge
from cep_route.model.answer import Finding
from cep_route.model.law import FOREVER, Law
from cep_route.model.territory import (
    ContactEntry,
    Coordination,
    House,
    LocalOperator,
    Partner,
    PartnerService,
    Scheme,
    Territory,
    Tool,
)

FUNDING_MONTHS = 6  # funding that ends so soon is worth a word; a parameter of ours, not of the study
NAMED = 8  # communes named in one finding; the others are counted


def territory_findings(
    territory: Territory,
    law: Law,
    on: str,
    *,
    ground: Ground,
    max_age_months: int = STALE_MONTHS,
    configurations: Judge | None = None,
    communes_of: Callable[[str], Iterable[str]] | None = None,
    where: Where | None = None,
) -> list[Finding]:
    """Every lack of a territory on a day, as warnings and informations; never an error, since the file can still be used.

    `where` places them in the file; `communes_of` unfolds an EPCI or a département; without `configurations` the declaration
    is not compared.
    """
    sheet = _Lacks(territory, law, on, ground, max_age_months, communes_of, where)
    body, found = sheet.body, list[Finding]()
    told = [(scheme.contact, scheme.id) for scheme in sheet.active]
    for contact, who in (*told, (body.contact if body.status == "active" else None, "coordination")):
        found += _contact(sheet, contact, who) if contact else ()
    for house in sheet.houses:
        found += _closed(sheet, house)
        found += _house(sheet, house) if stands(house, on) else ()
    found += [*_networks(sheet), *_funding(sheet), *_unwritten(sheet), *_unmet(sheet)]
    found += _cooperation(sheet, configurations)
    return sorted(found, key=Finding.order)


class _Lacks(TerritorySheet):
    """A territory, a day, and what is needed to judge the one on the other."""

    def __init__(
        self,
        territory: Territory,
        law: Law,
        on: str,
        ground: Ground,
        max_age: int,
        communes_of: Callable[[str], Iterable[str]] | None,
        where: Where | None,
    ) -> None:
        super().__init__(territory, law, where)
        self.on, self.ground, self.max_age, self.communes_of = on, ground, max_age, communes_of
        self.operators = [house for house in territory.operators or () if stands(house, on)]
        self.active = [scheme for scheme in self.schemes if scheme.status == "active" and stands(scheme, on)]
        head = territory.head
        self.communes = list(head.communes or self.unfold(head.perimeter or ()))

    def info(self, code: str, table: Struct, *keys: str | int, **values: str) -> Finding:
        return self.say(code, "info", table, keys, **values)

    def warn(self, code: str, table: Struct, *keys: str | int, **values: str) -> Finding:
        return self.say(code, "warning", table, keys, **values)

    def unfold(self, zones: Iterable[str]) -> dict[str, None]:
        """The communes of zones; a zone that cannot be unfolded stands for itself, and so does the whole country."""
        found: dict[str, None] = {}
        for zone in zones:
            inner = () if zone == "france" or self.communes_of is None else self.communes_of(zone)
            found |= dict.fromkeys([*inner] or [zone])
        return found

    def outside(self, perimeter: tuple[str, ...] | None, commune: str) -> bool:
        """Is a commune known to be outside a perimeter?"""
        return perimeter is not None and self.ground.covers(perimeter, commune) is False

    def where_of(self, communes: list[str]) -> dict[str, str]:
        """Communes as the values of a finding."""
        named = ", ".join([self.ground.name(code) or code for code in communes[:NAMED]])
        more = ", …" if len(communes) > NAMED else ""
        return {"count": str(len(communes)), "total": str(len(self.communes)), "communes": named + more}


# -- one house ------------------------------------------------------------------------------------------------------------


def _house(sheet: _Lacks, house: House) -> Iterator[Finding]:
    """What a house in force gives nobody to call, does not say, or was told long ago."""
    places, contacts = house.places or (), house.contacts or ()
    for contact in contacts:
        yield from _contact(sheet, contact, house.id)
    partner = isinstance(house, Partner)
    phones = [*(p.phone for p in places), *(c.phone for c in contacts if c.use == "public")]
    if not _reachable(sheet, house):
        yield sheet.say("CEP230", "warning", house, ("id",), house.id, who=house.id)
    elif (
        house.referable_by != ()
        and not any(phones)
        and (partner or not _has_channel(sheet, house.network or ""))
    ):
        yield sheet.say("CEP252", "info", house, ("id",), house.id, who=house.id)
    for place in places:
        if place.type in RECEIVES and not place.hours:
            where = sheet.ground.name(place.commune) if place.commune else None
            yield sheet.info("CEP253", place, who=house.id, commune=where or place.commune or "?")
    if not places and partner:
        yield sheet.say("CEP253", "info", house, ("id",), house.id, who=house.id, commune="?")
    # what a directory told and nobody checked since: its phone and its address are as old as its row
    day, told = house.source_date, contacts or any(p.phone or p.address for p in places)
    if day and told and not any(c.checked_on for c in contacts) and months(day, sheet.on) >= sheet.max_age:
        yield sheet.warn("CEP254", house, "source_date", who=house.id, day=day, source=house.source or "?")


def _contact(sheet: _Lacks, contact: ContactEntry, who: str) -> Iterator[Finding]:
    """A contact nobody checked for long, or never."""
    checked = contact.checked_on
    if checked is None:
        yield sheet.warn("CEP234", contact, who=who, role=contact.role or contact.name or contact.use)
    elif months(checked, sheet.on) >= sheet.max_age:
        yield sheet.warn("CEP231", contact, "checked_on", who=who, day=checked)


def _reachable(sheet: _Lacks, house: House) -> bool:
    """Can the person it is meant for reach it? A house only professionals may call owes the public nothing."""
    places, for_anyone = house.places or (), house.referable_by is None or "usagers" in house.referable_by
    contacts = [c for c in house.contacts or () if c.use == "public" or not for_anyone]
    if house.website or any(c.phone or c.email for c in contacts) or any(p.phone for p in places):
        return True
    if house.referable_by == ():
        return True
    remote_only = bool(places) and all(p.type in ("remote", "none") for p in places)
    return remote_only and _has_channel(sheet, house.network or "")


def _has_channel(sheet: _Lacks, network: str) -> bool:
    return any(c.phone or c.url for c in sheet.law.operator(network).channels if c.in_force(sheet.on))


def _closed(sheet: _Lacks, house: House) -> Iterator[Finding]:
    """Houses closed, merged into another, or not open yet; a house of a network that the law ended has closed with it."""
    network = sheet.law.operator(house.network or "") if isinstance(house, LocalOperator) else None
    until, ended = last_of(house.until or ""), (network and network.until) or FOREVER
    if min(until, ended) < sheet.on:
        day = house.until if house.until and until <= ended else ended
        if by := house.replaced_by:
            yield sheet.say("CEP255", "info", house, ("replaced_by",), by, id=house.id, day=day, by=by)
        elif house.until is None:
            yield sheet.say("CEP249", "info", house, ("id",), house.id, id=house.id, day=day)
        else:
            yield sheet.info("CEP249", house, "until", id=house.id, day=day)
    elif house.since and house.since > sheet.on:
        yield sheet.info("CEP250", house, "since", id=house.id, day=house.since)


# -- the whole territory ----------------------------------------------------------------------------------------------------


def _unwritten(sheet: _Lacks) -> Iterator[Finding]:
    keys = ("coordination", "operators", "partners", "schemes")
    if missing := [key for key in keys if getattr(sheet.territory, key) is None]:
        yield sheet.info("CEP240", sheet.territory, "territory", keys=", ".join(missing))


def _networks(sheet: _Lacks) -> Iterator[Finding]:
    """Each network in force: the communes nobody of it serves, those it serves from afar only; and when nothing of it can be called."""
    for network, card in sheet.law.operators.items():
        if card.outside or not card.in_force(sheet.on):
            continue
        mine = [house for house in sheet.operators if house.network == network]
        if not _has_channel(sheet, network) and not any(_reachable(sheet, house) for house in mine):
            yield sheet.warn("CEP232", sheet.territory, "territory", operator=network)
        serving = {
            code: {_presence(house) for house in mine if not sheet.outside(house.perimeter, code)}
            for code in (sheet.communes if sheet.territory.operators is not None else ())
        }
        if nobody := [code for code, ways in serving.items() if not ways]:
            yield sheet.warn(
                "CEP237", sheet.territory, "territory", operator=network, **sheet.where_of(nobody)
            )
        if remote := [code for code, ways in serving.items() if ways == {"remote"} and code != "france"]:
            yield sheet.info(
                "CEP238", sheet.territory, "territory", operator=network, **sheet.where_of(remote)
            )


def _presence(house: House) -> str:
    """`met` where someone is received, `remote` when the file says or shows that nobody is, `unknown` without places."""
    if house.places is None:
        return "unknown"
    types = {p.type for p in house.places}
    return "met" if types & set(RECEIVES) and "none" not in types else "remote"


def _unmet(sheet: _Lacks) -> Iterator[Finding]:
    """The needs nobody answers, by commune: the most useful line for whoever runs the territory."""
    if sheet.territory.partners is None:
        return
    standing = [house for house in sheet.houses if stands(house, sheet.on)]
    services = [s for house in standing if isinstance(house, Partner) for s in house.services or ()]
    telling: list[House | PartnerService | Scheme] = [*standing, *services, *sheet.active]
    offers = [(told.needs or (), told.perimeter) for told in telling]
    own = [n.code for n in sheet.territory.needs or ()]
    for need in [*(c for c in sheet.law.needs if "--" not in c or c.startswith("x-")), *own]:
        mine = [zones for needs, zones in offers if any(_answers(code, need) for code in needs)]
        if holes := [code for code in sheet.communes if all(sheet.outside(zones, code) for zones in mine)]:
            yield sheet.warn("CEP239", sheet.territory, "territory", need=need, **sheet.where_of(holes))


def _answers(offered: str, need: str) -> bool:
    """The very need, or a theme of it: a category of which one theme is answered is no hole."""
    return offered == need or offered.startswith(f"{need}--") or need.startswith(f"{offered}--")


def _funding(sheet: _Lacks) -> Iterator[Finding]:
    """Money that ended, or ends soon."""
    body = sheet.body
    paid: list[tuple[Scheme | Coordination | Tool, str]] = [(scheme, scheme.id) for scheme in sheet.active]
    paid += [(tool, tool.name or "tools") for tool in sheet.territory.tools or ()]
    if body.status == "active" and stands(body, sheet.on):
        paid.append((body, body.name or "coordination"))
    for thing, who in paid:
        day = thing.funded_until
        if day and last_of(day) < sheet.on:
            yield sheet.warn("CEP235", thing, "funded_until", who=who, day=day)
        elif day and months(sheet.on, last_of(day)) < FUNDING_MONTHS:
            yield sheet.warn("CEP236", thing, "funded_until", who=who, day=day)


def _cooperation(sheet: _Lacks, configurations: Judge | None) -> Iterator[Finding]:
    """Ties that rest on one person, zones that do not agree, and the declaration against what the facts give: it is never obeyed."""
    deputies = {house.id for house in sheet.houses if any(c.deputy for c in house.contacts or ())}
    for tie in sheet.territory.ties or ():
        if tie.rests_on_one_person and not {tie.from_, tie.to} & deputies:
            yield sheet.warn("CEP241", tie, "rests_on_one_person", **{"from": tie.from_, "to": tie.to})
    zones = sheet.body.perimeter or ()
    if zones and "france" not in zones and sheet.body.status not in ("none", "stopped"):
        yield from (
            _zones(sheet, set(sheet.unfold(zones)), house) for house in sheet.operators if house.perimeter
        )
    if configurations is None:
        return
    computed = cooperation(sheet.territory, sheet.on, sheet.law, configurations)
    possible = ", ".join(_spoken(code) for code in sorted(computed.configuration))
    if computed.declared and computed.declared not in computed.configuration:
        values = {"declared": _spoken(computed.declared), "computed": possible}
        yield sheet.warn("CEP247", sheet.territory, "declaration", "configuration", **values)
    if len(computed.configuration) != 1:
        missing = ", ".join(computed.missing)
        yield sheet.info("CEP248", sheet.territory, "territory", possible=possible, missing=missing)


def _zones(sheet: _Lacks, ours: set[str], house: LocalOperator) -> Finding:
    """The zone of the coordination against that of an operator: they seldom agree, and the operator's own decides."""
    theirs = house.perimeter or ()
    if "france" in theirs:
        return sheet.info("CEP251", house, "perimeter", id=house.id)
    mine = set(sheet.unfold(theirs))
    counts = {"common": len(ours & mine), "more": len(mine - ours), "less": len(ours - mine)}
    relations = (
        ("CEP242", mine == ours),
        ("CEP243", mine < ours),
        ("CEP244", mine > ours),
        ("CEP245", mine & ours),
    )
    code = next((code for code, holds in relations if holds), "CEP246")
    return sheet.info(
        code, house, "perimeter", id=house.id, **{key: str(count) for key, count in counts.items()}
    )


def _spoken(code: str) -> str:
    return code.replace("_", " ")
