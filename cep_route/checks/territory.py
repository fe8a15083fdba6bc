"""Faults of one territory file that need no route: unknown names, dangling references, dates, presence, phones, hours.

It works on the data as parsed, whatever their shape: what has the wrong shape is passed over here, since it is reported with the
shapes. It never reads a file, never looks at the clock, and never decides who serves whom: `ground` says what a territory lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace
from pydantic import TypeAdapter, ValidationError

from cep_route.checks.hours import overridden, readable
from cep_route.checks.names import is_years
from cep_route.directory.age import months_between as months
from cep_route.directory.where import STALE_MONTHS
from cep_route.model import territory as written
from cep_route.model.answer import Finding, Place
from cep_route.model.law import BEGINNING, FOREVER, Fact, Law
from cep_route.text import near

Where = Callable[..., Place]
Path = tuple[str | int, ...]


SHOWN = 60  # characters of a word quoted in a finding
RECEIVES = ("head_office", "branch", "permanence", "mobile")  # the places where someone is met
FICTITIOUS = "99"  # no commune of France has a code that begins so
# Numbers kept for fiction by the regulator (ARCEP): nobody's phone rings, and `phonenumbers` refuses one of the ranges.
_FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
_SHAPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(getattr(written, name))
    for name in ("Actor", "NeedCode", "CommuneCode", "Zone", "Phone", "Hours", "Code", "Slug", "Moment")
}


def territory_names(
    data: Mapping[str, Any],
    where: Where,
    law: Law,
    known_commune: Callable[[str], bool] | None = None,
    covers: Callable[[Iterable[str], str], bool] | None = None,
    present: Callable[[str], str | None] | None = None,
) -> list[Finding]:
    """Every fault of a territory file that shows without a route, sorted by place.

    `known_commune`: whether a zone of a perimeter (commune, EPCI, `departement:05`, `region:93`) is on the map of France; without
    it, only fictitious communes are judged. `covers`: whether zones hold a commune; `present`: the code of today of a former one.
    """
    file = _File(data, where, law, known_commune, covers, present)
    found = [finding for check in _CHECKS for finding in check(file)]
    return sorted(found, key=Finding.order)


# -- the file, read without trust -----------------------------------------------------------------------------------------


class WrittenTable(NamedTuple):
    """One table as parsed and where it stands. Asked for a shape it does not hold, it answers with nothing."""

    where: Where
    path: Path
    data: Mapping[str, Any]

    def at(self, *keys: str | int, value: Any = None) -> Place:
        return self.where((*self.path, *keys), value)

    def has(self, key: str) -> bool:
        return key in self.data

    def text(self, key: str, shape: str = "") -> str:
        value = self.data.get(key)
        return value if isinstance(value, str) and _fits(value, shape) else ""

    def texts(self, key: str, shape: str = "") -> list[str]:
        value = self.data.get(key)
        return [v for v in value if isinstance(v, str) and _fits(v, shape)] if isinstance(value, list) else []

    def moment(self, key: str) -> str:
        """A day, a month or a year as ISO text."""
        value = self.data.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        return value if isinstance(value, str) and _fits(value, "Moment") else ""

    def table(self, key: str) -> WrittenTable:
        value = self.data.get(key)
        return WrittenTable(self.where, (*self.path, key), value if isinstance(value, dict) else {})

    def tables(self, key: str) -> list[WrittenTable]:
        value = self.data.get(key)
        items = value if isinstance(value, list) else []
        return [
            WrittenTable(self.where, (*self.path, key, i), v)
            for i, v in enumerate(items)
            if isinstance(v, dict)
        ]


def _fits(value: str, shape: str) -> bool:
    if not shape:
        return True
    try:
        _SHAPES[shape].validate_python(value)
    except ValidationError:
        return False
    return True


class _File:
    """The tables of a territory file, and what they may name."""

    def __init__(
        self,
        data: Mapping[str, Any],
        where: Where,
        law: Law,
        known_commune: Callable[[str], bool] | None,
        covers: Callable[[Iterable[str], str], bool] | None,
        present: Callable[[str], str | None] | None,
    ) -> None:
        root = WrittenTable(where, (), data)
        self.root, self.law, self.known_commune = root, law, known_commune
        self.covers, self.present = covers, present
        self.head, self.coordination = root.table("territory"), root.table("coordination")
        self.operators, self.partners = root.tables("operators"), root.tables("partners")
        self.schemes, self.communes, self.needs = (
            root.tables("schemes"),
            root.tables("communes"),
            root.tables("needs"),
        )
        self.houses = [*self.operators, *self.partners]
        self.networks = {code for code, o in law.operators.items() if not o.outside}
        self.own_communes = {c.text("code") for c in self.communes}
        self.own_needs = {n.text("code") for n in self.needs}
        self.actors = {t.text("id"): t for t in reversed([*self.houses, *self.schemes]) if t.text("id")}
        self.inside = self.head.texts("communes", "CommuneCode")

    def places(self) -> list[WrittenTable]:
        return [p for t in self.houses for p in t.tables("places")] + [s.table("place") for s in self.schemes]

    def contacts(self) -> list[WrittenTable]:
        alone = [t.table("contact") for t in (*self.schemes, self.coordination)]
        return [c for t in self.houses for c in t.tables("contacts")] + alone

    def as_of(self) -> str:
        return self.head.moment("as_of")

    def known_until(self) -> str:
        """The last day of which the file can speak."""
        return max(self.as_of(), self.head.moment("updated_on"))


def _quoted(word: str) -> str:
    return word if len(word) <= SHOWN else word[: SHOWN - 1] + "…"


def _error(code: str, place: Place, **values: str) -> Finding:
    """A finding that quotes the file; a list of our own keys is never cut."""
    told = {name: value if name == "keys" else _quoted(value) for name, value in values.items()}
    return Finding(code=code, values=told, place=place)


def _warning(code: str, place: Place, **values: str) -> Finding:
    return replace(_error(code, place, **values), severity="warning")


def _near(word: str, words: Iterable[str]) -> dict[str, str]:
    return near(word, words) if len(word) <= 2 * SHOWN else {}


def _name(table: WrittenTable) -> str:
    """What to call a table in a sentence: its id, its name, or what it is."""
    return table.text("id") or table.text("name") or str(table.path[0])


# -- names ----------------------------------------------------------------------------------------------------------------


def _extent(file: _File) -> Iterator[Finding]:
    if not file.head.data:
        return  # no [territory] at all: said with the shapes
    listed = [key for key in ("communes", "perimeter") if file.head.has(key)]
    if not listed:
        yield _error("CEP201", file.head.at())
    elif len(listed) == 2:
        place = max((file.head.at(key) for key in listed), key=lambda p: p.line)
        yield _error("CEP202", place)


def _doubles(file: _File) -> Iterator[Finding]:
    kinds = (([*file.houses, *file.schemes], "id"), (file.communes, "code"), (file.needs, "code"))
    for tables, key in kinds:
        seen: dict[str, WrittenTable] = {}
        for table in tables:
            word = table.text(key)
            if word and word in seen:
                finding = _error("CEP203", table.at(key, value=word), id=word)
                yield replace(finding, more_places=(seen[word].at(key, value=word),))
            seen.setdefault(word, table)


def _references(file: _File) -> Iterator[Finding]:
    """Whom a table names: an id of this file, else a network of the rules."""
    known = file.networks | set(file.actors)
    for table, key, several in _referring(file):
        words = table.texts(key, "Actor") if several else [table.text(key, "Actor")]
        for word in dict.fromkeys(words):
            if word and word not in known:
                yield _error("CEP204", table.at(key, value=word), id=word, key=key, **_near(word, known))


def _referring(file: _File) -> Iterator[tuple[WrittenTable, str, bool]]:
    for house in file.houses:
        yield house, "replaced_by", False
    for scheme in file.schemes:
        yield scheme, "pilot", False
    for table in (*file.schemes, file.coordination):
        yield table, "member_operators", True
        yield table, "member_partners", True
    for tables, key, several in (
        ("tools", "actors", True),
        ("events", "organisers", True),
        ("ties", "from", False),
        ("ties", "to", False),
    ):
        for table in file.root.tables(tables):
            yield table, key, several


def _networks(file: _File) -> Iterator[Finding]:
    for operator in file.operators:
        network, side = operator.text("network", "Code"), operator.text("side")
        if network and network not in file.networks:
            place = operator.at("network", value=network)
            yield _error("CEP205", place, id=network, **_near(network, file.networks))
        elif network and side in ("employment_service", "employees"):
            expected = str(file.law.operators[network].side)
            if side != expected:
                place = operator.at("side", value=side)
                yield _warning("CEP206", place, id=_name(operator), side=side, expected=expected)


def _needs(file: _File) -> Iterator[Finding]:
    """Every need is of the catalogue, or named by this file under [[needs]]."""
    known = file.own_needs | set(file.law.needs)
    tables = [(t, "needs") for t in (*file.houses, *file.schemes)]
    for table, key in [*tables, (file.root.table("context"), "main_obstacles")]:
        for word in dict.fromkeys(table.texts(key, "NeedCode")):
            if word not in known:
                code = "CEP208" if word.startswith("x-") else "CEP207"
                yield _error(code, table.at(key, value=word), need=word, **_near(word, known))
    for need in file.needs:
        word = need.text("code")
        if word in file.law.needs:
            yield _error("CEP209", need.at("code", value=word), need=word)


def _boxes(file: _File) -> Iterator[Finding]:
    for table in (*file.schemes, *file.root.tables("events")):
        box = table.table("public")
        for name in box.data:
            fact = file.law.facts.get(name)
            if fact is None:
                if _fits(name, "Code"):
                    yield _error("CEP210", box.at(name), fact=name, **_near(name, file.law.facts))
            else:
                yield from _values(box, name, fact)


def _values(box: WrittenTable, name: str, fact: Fact) -> Iterator[Finding]:
    years, codes = fact.kind == "years", fact.values
    for value in dict.fromkeys(box.texts(name)):
        if not (is_years(value) if years else value in codes):
            expected = "0..120" if years else ", ".join(codes)
            finding = _error("CEP211", box.at(name, value=value), fact=name, value=value)
            yield replace(finding, values={**finding.values, "expected": expected, **_near(value, codes)})


# -- communes -------------------------------------------------------------------------------------------------------------


def _communes(file: _File) -> Iterator[Finding]:
    for table, key, code in _named_communes(file):
        if not _on_the_map(file, code):
            yield _error("CEP212", table.at(key, value=code), commune=code)
    for table, zone in _named_zones(file):
        if not _on_the_map(file, zone):
            yield _error("CEP213", table.at("perimeter", value=zone), zone=zone)
    for table, key, code in _named_communes(file):
        now = file.present(code) if file.present else None
        if now is not None:
            yield _warning("CEP256", table.at(key, value=code), commune=code, now=now)
    for commune in file.communes:
        code = commune.text("code", "CommuneCode")
        if code and not code.startswith(FICTITIOUS):
            yield _error("CEP214", commune.at("code", value=code), commune=code)


def _on_the_map(file: _File, zone: str) -> bool:
    if zone in file.own_communes:
        return True
    if len(zone) == 5 and zone.startswith(FICTITIOUS):
        return False
    return file.known_commune is None or file.known_commune(zone)


def _named_communes(file: _File) -> Iterator[tuple[WrittenTable, str, str]]:
    for code in dict.fromkeys(file.inside):
        yield file.head, "communes", code
    for place in file.places():
        if code := place.text("commune", "CommuneCode"):
            yield place, "commune", code
        times = place.table("travel_minutes")
        for code in times.data:
            if _fits(code, "CommuneCode"):
                yield times, code, code
    for event in file.root.tables("events"):
        if code := event.text("commune", "CommuneCode"):
            yield event, "commune", code


def _named_zones(file: _File) -> Iterator[tuple[WrittenTable, str]]:
    for table in (file.head, file.coordination, *file.houses, *file.schemes):
        for zone in dict.fromkeys(table.texts("perimeter", "Zone")):
            yield table, zone


# -- presence -------------------------------------------------------------------------------------------------------------


def _presence(file: _File) -> Iterator[Finding]:
    """Where desks stand against the communes of the territory, and whether a written absence holds."""
    for house in file.houses:
        places = house.tables("places")
        absent = next((p for p in places if p.text("type") == "none"), None)
        if absent is not None:
            yield from _absence(file, house, absent, places)
        else:
            yield from _strays(file, house, places)
    for scheme in file.schemes:
        yield from _strays(file, scheme, [scheme.table("place")])


def _absence(
    file: _File, house: WrittenTable, absent: WrittenTable, places: list[WrittenTable]
) -> Iterator[Finding]:
    met = [p for p in places if p.text("type") in RECEIVES]
    for place in met:
        commune = place.text("commune")
        if commune in file.inside:
            yield replace(
                _error("CEP216", place.at("commune", value=commune), id=_name(house), commune=commune),
                more_places=(absent.at("type", value="none"),),
            )
    if not met and not any(p.text("type") == "remote" for p in places):
        yield _warning("CEP217", absent.at("type", value="none"), id=_name(house))


def _strays(file: _File, house: WrittenTable, places: list[WrittenTable]) -> Iterator[Finding]:
    """A desk outside the territory is often a slip in the code; not when its house serves that commune, or tells the way there."""
    zones = house.texts("perimeter", "Zone")
    served = {*file.inside, *zones}
    for place in places:
        commune = place.text("commune", "CommuneCode")
        meant = place.text("type") not in RECEIVES[1:] or place.table("travel_minutes").data
        beyond = commune not in served and not (file.covers and file.covers(zones, commune))
        if file.inside and commune and beyond and not meant:
            place_ = place.at("commune", value=commune)
            yield _warning("CEP215", place_, id=_name(house), commune=commune)


# -- days -----------------------------------------------------------------------------------------------------------------


def _first(table: WrittenTable) -> str:
    moment = table.moment("since")
    return moment + BEGINNING[len(moment) :]


def _last(table: WrittenTable, key: str = "until") -> str:
    moment = table.moment(key)
    return moment + FOREVER[len(moment) :]


def _spans(file: _File) -> Iterator[Finding]:
    for table in (*file.houses, *file.schemes, file.coordination):
        since, until = table.moment("since"), table.moment("until")
        if since and until and _first(table) > _last(table):
            yield _error("CEP218", table.at("until"), id=_name(table), since=since, until=until)


def _days(file: _File) -> Iterator[Finding]:
    """Nothing can have been seen after the last day of which the file speaks."""
    as_of, updated, limit = file.as_of(), file.head.moment("updated_on"), file.known_until()
    if as_of and updated and as_of > updated:
        yield _warning("CEP220", file.head.at("as_of"), as_of=as_of, updated_on=updated)
    seen = [(t, "checked_on") for t in file.contacts()]
    seen += [(t, "seen_on") for t in file.root.tables("ties")]
    seen += [(t, "updated_on") for t in file.root.tables("tools")]
    seen += [(t, "on") for t in file.root.table("region").tables("breaks")]
    for table, key in [*seen, (file.coordination, "last_meeting")]:
        day = table.moment(key)
        if limit and day > limit[: len(day)]:
            yield _warning("CEP219", table.at(key), key=key, day=day, limit=limit)


# -- cooperation ----------------------------------------------------------------------------------------------------------


def _schemes(file: _File) -> Iterator[Finding]:
    for scheme in file.schemes:
        if scheme.text("status") == "active":
            yield from _held_up(file, scheme)
            yield from _open(file, scheme)


def _held_up(file: _File, scheme: WrittenTable) -> Iterator[Finding]:
    """A scheme stands on its pilot and its members: on its first day seen from the file, then until its own end."""
    day = max(file.as_of() or BEGINNING, _first(scheme))
    if day > _last(scheme):
        return
    named = [("pilot", scheme.text("pilot"))]
    named += [(key, id_) for key in ("member_operators", "member_partners") for id_ in scheme.texts(key)]
    seen: set[str] = set()
    for key, id_ in named:
        span = None if id_ in seen else _span_of(file, id_)
        seen.add(id_)
        if span is None:
            continue
        place = scheme.at(key, value=id_)
        if not span[0] <= day <= span[1]:
            yield _error("CEP221", place, scheme=_name(scheme), id=id_, day=day)
        elif span[1] < _last(scheme):
            yield _warning("CEP222", place, scheme=_name(scheme), id=id_, day=span[1])


def _span_of(file: _File, id_: str) -> tuple[str, str] | None:
    """From when until when an actor is there; a house of a network that ended has ended with it."""
    actor = file.actors.get(id_)
    network = file.law.operator(id_ if actor is None else actor.text("network"))
    if actor is None and id_ not in file.networks:
        return None
    first, last = network.since or BEGINNING, network.until or FOREVER
    if actor is not None:
        if _first(actor) > _last(actor):
            return None  # said already
        first, last = max(first, _first(actor)), min(last, _last(actor))
    return first, last


_DECIDE = ("public", "dedicated_means", "pilot", "member_operators", "services")


def _open(file: _File, scheme: WrittenTable) -> Iterator[Finding]:
    """What is not known of an active scheme, when nothing known settles that it unites nobody: configuration 3 stays possible."""
    settled = _one_sided(file, scheme) or any(scheme.has(key) and not scheme.data[key] for key in _DECIDE)
    missing = [key for key in _DECIDE if not scheme.has(key)]
    if missing and not settled:
        yield _warning("CEP223", scheme.at("id"), scheme=_name(scheme), keys=", ".join(missing))


def _one_sided(file: _File, scheme: WrittenTable) -> bool:
    """Whether all the members are known, and all of one side."""
    sides = {_side_of(file, id_) for id_ in scheme.texts("member_operators")}
    return bool(sides) and not sides & {"", "mixed"} and not sides >= {"employment_service", "employees"}


def _side_of(file: _File, id_: str) -> str:
    """The side of an actor: its own word, else that of its network; empty when not known."""
    actor = file.actors.get(id_)
    if actor is not None and actor.path[0] == "partners":
        return "partner"
    told = actor.text("side") if actor is not None else ""
    network = actor.text("network") if actor is not None else id_
    return told or file.law.operator(network).side


def _coordination(file: _File) -> Iterator[Finding]:
    body, as_of = file.coordination, file.as_of()
    status = body.text("status")
    if status == "none":
        keys = (
            "member_operators",
            "member_partners",
            "shared_tools",
            "joint_actions",
            "last_meeting",
            "run_by",
        )
        told = [key for key in keys if body.data.get(key)]
        if told:
            yield _warning("CEP224", body.at(told[0]), keys=", ".join(told))
    if status == "active" and as_of:
        if _first(body) <= _last(body) < as_of:
            yield _warning("CEP225", body.at("until"), until=body.moment("until"), as_of=as_of)
        met = body.moment("last_meeting")
        if len(met) == len(as_of) and months(met, as_of) >= STALE_MONTHS:
            yield _warning("CEP226", body.at("last_meeting"), day=met, as_of=as_of)


# -- phones and hours -----------------------------------------------------------------------------------------------------


def _phones(file: _File) -> Iterator[Finding]:
    for table in (*file.contacts(), *file.places(), *file.schemes, *file.root.tables("tools")):
        phone = table.text("phone", "Phone")
        if phone.startswith("+") and not _rings(phone):
            yield _warning("CEP227", table.at("phone", value=phone), phone=phone)


def _rings(phone: str) -> bool:
    """Is there such a number? Those kept for fiction count; so do those of neighbours across a border."""
    if phone.startswith(_FICTION) and len(phone) == len("+33199000000"):
        return True
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return False


def _hours(file: _File) -> Iterator[Finding]:
    for table in (*file.places(), *file.root.tables("tools")):
        text = table.text("hours", "Hours")
        if not text:
            continue
        if not readable(text):
            yield _warning("CEP228", table.at("hours", value=text), hours=text)
        elif lost := overridden(text):
            yield _warning("CEP229", table.at("hours", value=text), rule=lost[0], by=lost[1])


_CHECKS: tuple[Callable[[_File], Iterator[Finding]], ...] = (
    _extent,
    _doubles,
    _references,
    _networks,
    _needs,
    _boxes,
    _communes,
    _presence,
    _spans,
    _days,
    _schemes,
    _coordination,
    _phones,
    _hours,
)
