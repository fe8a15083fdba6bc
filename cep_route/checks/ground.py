"""What a territory lacks on a given day: stale contacts, ended funding, communes nobody serves, needs nobody answers.

It reads the compiled territory and asks the engine for the configuration; it never decides who serves a person, never obeys a
declaration, and never takes an unwritten table for an empty one. Zones are asked of the `Ground` of `engine.where`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cep_route.checks.territory import RECEIVES
from cep_route.directory.age import last_of, stands
from cep_route.directory.age import months_between as months
from cep_route.directory.cooperation import cooperation
from cep_route.directory.ground import Ground
from cep_route.directory.where import STALE_MONTHS
from cep_route.engine.explain import Judge
from cep_route.model.answer import Finding, Place
from cep_route.model.law import FOREVER, Law
from cep_route.model.territory import (
    ContactEntry,
    Coordination,
    House,
    LocalOperator,
    Partner,
    Scheme,
    Territory,
)

Path = tuple[str | int, ...]

FUNDING_MONTHS = (
    6  # funding that ends within so many months is worth a word; a parameter of ours, not of the study
)
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
    where: Callable[..., Place] | None = None,
) -> list[Finding]:
    """Every lack of a territory on a day, as warnings and informations; never an error, since the file can still be used.

    `where` places them in the file; `communes_of` unfolds an EPCI or a département; without `configurations` the declaration
    is not compared.
    """
    sheet = _TerritoryChecks(territory, law, on, ground, max_age_months, configurations, communes_of, where)
    found = [finding for check in _CHECKS for finding in check(sheet)]
    return sorted(found, key=Finding.order)


class _TerritoryChecks(NamedTuple):
    """A territory, a day, and what is needed to judge the one on the other."""

    territory: Territory
    law: Law
    on: str
    ground: Ground
    max_age: int
    configurations: Judge | None
    communes_of: Callable[[str], Iterable[str]] | None
    where: Callable[..., Place] | None

    def say(
        self, code: str, severity: str, path: tuple[str | int, ...], value: Any = None, **values: str
    ) -> Finding:
        place = self.where(path, value) if self.where else None
        return Finding(code=code, values=values, severity=severity, place=place)

    def operators(self) -> Iterator[tuple[Path, LocalOperator]]:
        """The operators in force on the day."""
        for i, house in enumerate(self.territory.operators or ()):
            if stands(house, self.on):
                yield ("operators", i), house

    def houses(self) -> Iterator[tuple[Path, LocalOperator | Partner]]:
        """Operators and partners, in force or not."""
        yield from ((("operators", i), house) for i, house in enumerate(self.territory.operators or ()))
        yield from ((("partners", i), house) for i, house in enumerate(self.territory.partners or ()))

    def standing(self) -> Iterator[tuple[Path, LocalOperator | Partner]]:
        """Those in force on the day."""
        yield from ((path, house) for path, house in self.houses() if stands(house, self.on))

    def schemes(self) -> Iterator[tuple[Path, Scheme]]:
        """The schemes in force on the day and active."""
        for i, scheme in enumerate(self.territory.schemes or ()):
            if stands(scheme, self.on) and scheme.status == "active":
                yield ("schemes", i), scheme

    def body(self) -> Coordination:
        return self.territory.coordination or Coordination()

    def networks(self) -> list[str]:
        return [c for c, o in self.law.operators.items() if not o.outside and o.in_force(self.on)]

    def unfold(self, zones: Iterable[str]) -> list[str]:
        """The communes of zones; a zone that cannot be unfolded stands for itself, and so does the whole country."""
        found: dict[str, None] = {}
        for zone in zones:
            inner = () if zone == "france" or self.communes_of is None else self.communes_of(zone)
            found |= dict.fromkeys([*inner] or [zone])
        return list(found)

    def communes(self) -> list[str]:
        head = self.territory.head
        return list(head.communes or self.unfold(head.perimeter or ()))

    def serves(self, perimeter: tuple[str, ...] | None, commune: str) -> bool | None:
        return None if perimeter is None else self.ground.covers(perimeter, commune)

    def named(self, communes: list[str]) -> str:
        names = [self.ground.name(code) or code for code in communes[:NAMED]]
        return ", ".join(names) + (", …" if len(communes) > NAMED else "")


# -- contacts and channels ------------------------------------------------------------------------------------------------


def _contacts(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """Contacts nobody checked for long, or never; houses that give the public nobody to call."""
    for path, scheme in sheet.schemes():
        if scheme.contact:
            yield from _age(sheet, (*path, "contact"), scheme.contact, scheme.id)
    body = sheet.body()
    if body.status == "active" and body.contact:
        yield from _age(sheet, ("coordination", "contact"), body.contact, "coordination")
    for path, house in sheet.standing():
        for i, contact in enumerate(house.contacts or ()):
            yield from _age(sheet, (*path, "contacts", i), contact, house.id)
        if not _reachable(sheet, house):
            yield sheet.say("CEP230", "warning", (*path, "id"), house.id, who=house.id)
        yield from _source_age(sheet, path, house)


def _source_age(sheet: _TerritoryChecks, path: tuple[str | int, ...], house: House) -> Iterator[Finding]:
    """What a directory told long ago and nobody checked since: its phone and its address are as old as its row."""
    day = house.source_date
    told = any(p.phone or p.address for p in house.places or ()) or house.contacts
    checked = any(c.checked_on for c in house.contacts or ())
    if day and told and not checked and months(day, sheet.on) >= sheet.max_age:
        values = {"who": house.id, "day": day, "source": house.source or "?"}
        yield sheet.say("CEP254", "warning", (*path, "source_date"), **values)


def _unsaid(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """Houses without a phone, places without hours, one by one: what is worth a call to the house."""
    for path, house in sheet.standing():
        places = house.places or ()
        public = (c.phone for c in house.contacts or () if c.use == "public")
        told = any(p.phone for p in places) or any(public)
        if _reachable(sheet, house) and house.referable_by != () and not told:
            by_network = _has_channel(sheet, house.network or "") and path[0] == "operators"
            if not by_network:
                yield sheet.say("CEP252", "info", (*path, "id"), house.id, who=house.id)
        for i, place in enumerate(places):
            if place.type in RECEIVES and not place.hours:
                where = sheet.ground.name(place.commune) if place.commune else None
                values = {"who": house.id, "commune": where or place.commune or "?"}
                yield sheet.say("CEP253", "info", (*path, "places", i), **values)
        if not places and path[0] == "partners":
            yield sheet.say("CEP253", "info", (*path, "id"), house.id, who=house.id, commune="?")


def _age(
    sheet: _TerritoryChecks, path: tuple[str | int, ...], contact: ContactEntry, who: str
) -> Iterator[Finding]:
    checked = contact.checked_on
    if checked is None:
        role = contact.role or contact.name or contact.use
        yield sheet.say("CEP234", "warning", path, who=who, role=role)
    elif months(checked, sheet.on) >= sheet.max_age:
        yield sheet.say("CEP231", "warning", (*path, "checked_on"), who=who, day=checked)


def _reachable(sheet: _TerritoryChecks, house: House) -> bool:
    """Can the person it is meant for reach it? A house only professionals may call owes the public nothing."""
    uses = (
        {"public"}
        if house.referable_by is None or "usagers" in house.referable_by
        else {"public", "counsellor"}
    )
    contacts = [c for c in house.contacts or () if c.use in uses]
    if house.website or any(c.phone or c.email for c in contacts) or any(p.phone for p in house.places or ()):
        return True
    if house.referable_by == ():
        return True
    places = house.places or ()
    remote_only = bool(places) and all(p.type in ("remote", "none") for p in places)
    return remote_only and _has_channel(sheet, house.network or "")


def _has_channel(sheet: _TerritoryChecks, network: str) -> bool:
    return any(c.phone or c.url for c in sheet.law.operator(network).channels if c.in_force(sheet.on))


def _channels(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """A network in force of which the file gives nothing to call and the rules give no national channel."""
    houses = [house for _, house in sheet.operators()]
    for network in sheet.networks():
        mine = [h for h in houses if h.network == network]
        if not _has_channel(sheet, network) and not any(_reachable(sheet, h) for h in mine):
            yield sheet.say("CEP232", "warning", ("territory",), operator=network)


# -- money and days -------------------------------------------------------------------------------------------------------


def _funding(sheet: _TerritoryChecks) -> Iterator[Finding]:
    body = sheet.body()
    funded: list[tuple[Path, str, str | None]] = [(p, s.id, s.funded_until) for p, s in sheet.schemes()]
    for i, tool in enumerate(sheet.territory.tools or ()):
        funded.append((("tools", i), tool.name or "tools", tool.funded_until))
    if body.status == "active" and stands(body, sheet.on):
        funded.append((("coordination",), body.name or "coordination", body.funded_until))
    for path, who, day in funded:
        if day is None:
            continue
        last = last_of(day)
        if last < sheet.on:
            yield sheet.say("CEP235", "warning", (*path, "funded_until"), who=who, day=day)
        elif months(sheet.on, last) < FUNDING_MONTHS:
            yield sheet.say("CEP236", "warning", (*path, "funded_until"), who=who, day=day)


def _closed(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """Houses closed, merged into another, or not open yet; a house of a network that the law ended has closed with it."""
    for path, house in sheet.houses():
        since, until = house.since or "", house.until or FOREVER
        network = sheet.law.operator(house.network or "") if path[0] == "operators" else None
        ended, told = (network and network.until) or FOREVER, house.until is not None
        closed = min(until + FOREVER[len(until) :], ended)
        if closed < sheet.on:
            day = until if told and until + FOREVER[len(until) :] == closed else ended
            where = (*path, "until") if told else (*path, "id")
            if by := house.replaced_by:
                yield sheet.say("CEP255", "info", (*path, "replaced_by"), by, id=house.id, day=day, by=by)
            else:
                yield sheet.say("CEP249", "info", where, None if told else house.id, id=house.id, day=day)
        elif since > sheet.on:
            yield sheet.say("CEP250", "info", (*path, "since"), id=house.id, day=since)


# -- who is where, for what -----------------------------------------------------------------------------------------------


def _unwritten(sheet: _TerritoryChecks) -> Iterator[Finding]:
    told = sheet.territory
    tables = ("coordination", told.coordination), ("operators", told.operators), ("partners", told.partners)
    missing = [key for key, table in (*tables, ("schemes", told.schemes)) if table is None]
    if missing:
        yield sheet.say("CEP240", "info", ("territory",), keys=", ".join(missing))


def _coverage(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """For each network in force, the communes nobody of it serves, then those it serves from afar only."""
    if sheet.territory.operators is None:
        return
    communes = sheet.communes()
    houses = [house for _, house in sheet.operators()]
    for network in sheet.networks():
        mine = [h for h in houses if h.network == network]
        levels = {
            code: {_presence(h) for h in mine if sheet.serves(h.perimeter, code) is not False}
            for code in communes
        }
        nobody = [code for code, level in levels.items() if not level]
        remote = [code for code, level in levels.items() if level == {"remote"} and code != "france"]
        for code, severity, where in (("CEP237", "warning", nobody), ("CEP238", "info", remote)):
            if where:
                yield sheet.say(
                    code,
                    severity,
                    ("territory",),
                    operator=network,
                    count=str(len(where)),
                    total=str(len(communes)),
                    communes=sheet.named(where),
                )


def _presence(house: House) -> str:
    """`met` where someone is received, `remote` when the file says or shows that nobody is, `unknown` without places."""
    places = house.places
    if places is None:
        return "unknown"
    types = {p.type for p in places}
    return "met" if types & set(RECEIVES) and "none" not in types else "remote"


def _holes(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """The needs nobody answers, by commune: the most useful line for whoever runs the territory."""
    if sheet.territory.partners is None:
        return
    offers: list[tuple[tuple[str, ...], tuple[str, ...] | None]] = [
        (told.needs or (), told.perimeter)
        for _, house in sheet.standing()
        for told in (house, *((house.services or ()) if isinstance(house, Partner) else ()))
    ]
    offers += [(scheme.needs or (), scheme.perimeter) for _, scheme in sheet.schemes()]
    own = [n.code for n in sheet.territory.needs or ()]
    communes = sheet.communes()
    for need in [*(c for c in sheet.law.needs if "--" not in c or c.startswith("x-")), *own]:
        mine = [zones for needs, zones in offers if any(_answers(code, need) for code in needs)]
        holes = [code for code in communes if all(sheet.serves(zones, code) is False for zones in mine)]
        if holes:
            yield sheet.say(
                "CEP239",
                "warning",
                ("territory",),
                need=need,
                count=str(len(holes)),
                total=str(len(communes)),
                communes=sheet.named(holes),
            )


def _answers(offered: str, need: str) -> bool:
    """The very need, or a theme of it: a category of which one theme is answered is no hole."""
    return offered == need or offered.startswith(f"{need}--") or need.startswith(f"{offered}--")


# -- cooperation ----------------------------------------------------------------------------------------------------------


def _ties(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """A tie that rests on one person, with nobody named to stand in on either side."""
    deputies = {house.id for _, house in sheet.houses() if any(c.deputy for c in house.contacts or ())}
    for path, tie in ((("ties", i), tie) for i, tie in enumerate(sheet.territory.ties or ())):
        if tie.rests_on_one_person and not {tie.from_, tie.to} & deputies:
            ends = {"from": tie.from_, "to": tie.to}
            yield sheet.say("CEP241", "warning", (*path, "rests_on_one_person"), **ends)


def _perimeters(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """The zone of the coordination against that of each operator: they seldom agree, and the operator's own decides."""
    body = sheet.body()
    zones = body.perimeter
    if not zones or "france" in zones or body.status in ("none", "stopped"):
        return
    for path, house in sheet.operators():
        theirs = house.perimeter
        if not theirs:
            continue
        where = (*path, "perimeter")
        if "france" in theirs:
            yield sheet.say("CEP251", "info", where, id=house.id)
            continue
        ours, mine = set(sheet.unfold(zones)), set(sheet.unfold(theirs))
        counts = {"common": len(ours & mine), "more": len(mine - ours), "less": len(ours - mine)}
        yield sheet.say(
            _relation(ours, mine), "info", where, id=house.id, **{k: str(v) for k, v in counts.items()}
        )


def _relation(ours: set[str], mine: set[str]) -> str:
    if mine == ours:
        return "CEP242"
    if mine < ours:
        return "CEP243"
    if mine > ours:
        return "CEP244"
    return "CEP245" if mine & ours else "CEP246"


def _configuration(sheet: _TerritoryChecks) -> Iterator[Finding]:
    """What the author declares against what the facts give; the declaration is never obeyed."""
    if sheet.configurations is None:
        return
    computed = cooperation(sheet.territory, sheet.on, sheet.law, sheet.configurations)
    possible = ", ".join(_spoken(code) for code in sorted(computed.configuration))
    if computed.declared and computed.declared not in computed.configuration:
        path = ("declaration", "configuration")
        yield sheet.say("CEP247", "warning", path, declared=_spoken(computed.declared), computed=possible)
    if len(computed.configuration) != 1:
        missing = ", ".join(computed.missing)
        yield sheet.say("CEP248", "info", ("territory",), possible=possible, missing=missing)


def _spoken(code: str) -> str:
    return code.replace("_", " ")


_CHECKS: tuple[Callable[[_TerritoryChecks], Iterator[Finding]], ...] = (
    _contacts,
    _unsaid,
    _channels,
    _funding,
    _closed,
    _unwritten,
    _coverage,
    _holes,
    _ties,
    _perimeters,
    _configuration,
)
