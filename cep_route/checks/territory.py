"""Faults of one territory file that need no route: unknown names, dangling references, dates, presence, phones, hours.

One walk meets every table of the file. `_TABLES` says what is asked of a table by its class, `_VALUES` of a value by its type. It
never reads a file, never looks at the clock, and never decides who serves whom: `ground` says what a territory lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import FieldInfo, fields, replace
from pydantic import ValidationError

from cep_route.checks.hours import overridden, readable
from cep_route.checks.names import Path, Where, is_years
from cep_route.directory.age import months_between as months
from cep_route.directory.where import STALE_MONTHS
from cep_route.model import territory as tables
from cep_route.model.answer import Finding
from cep_route.model.law import BEGINNING, FOREVER, Law
from cep_route.model.shapes import NeedCode
from cep_route.model.territory import Coordination, Head, House, Scheme, Territory
from cep_route.text import near

SHOWN = 60  # characters of a word quoted in a finding
RECEIVES = ("head_office", "branch", "permanence", "mobile")  # the places where someone is met
OURS = ("keys", "expected")  # values of a finding that are our own words, and never cut
SEEN = ("checked_on", "seen_on", "updated_on", "on", "last_meeting")  # days on which something was seen
FICTITIOUS = "99"  # no commune of France has a code that begins so
# Numbers kept for fiction by the regulator (ARCEP): nobody's phone rings, and `phonenumbers` refuses one of the ranges.
_FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")


TableCheck = Callable[..., Iterator[Finding]]  # (sheet, table)
ValueCheck = Callable[..., Iterator[Finding]]  # (sheet, table, keys of the value, value)


def territory_names(
    territory: Territory,
    where: Where,
    law: Law,
    known_commune: Callable[[str], bool] | None = None,
    covers: Callable[[Iterable[str], str], bool] | None = None,
    present: Callable[[str], str | None] | None = None,
) -> list[Finding]:
    """Every fault of a territory that shows without a route, sorted by place.

    `known_commune`: whether a zone of a perimeter (commune, EPCI, `departement:05`, `region:93`) is on the map of France; without
    it, only fictitious communes are judged. `covers`: whether zones hold a commune; `present`: the code of today of a former one.
    """
    sheet = _NamesSheet(territory, law, where, known_commune, covers, present)
    found = list(_doubles(sheet))
    for _, table in sheet.tables:
        checks, columns = _asked(type(table))
        for check in checks:
            found += check(sheet, table)
        for name, key, judge in columns:
            said = getattr(table, name)
            for word in dict.fromkeys([said] if isinstance(said, str) else said or ()):
                keys = (key, word) if isinstance(said, dict) else (key,)
                found += judge(sheet, table, keys, word) if word else ()
    return sorted(found, key=Finding.order)


def believed(data: Mapping[str, Any]) -> Territory:
    """What is right of a file that has faults of shape; what has the wrong shape, or is missing though it must be there, is empty."""
    from cep_route.model.tables import TerritoryFile

    faulty = set[Path]()
    try:
        TerritoryFile.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        faulty = {fault["loc"] for fault in faults}
    found: Territory = _believed(data, Territory, (), faulty)
    return found


def _believed(value: Any, kind: type[Struct] | None, path: Path, faulty: set[Path]) -> Any:
    value = "" if path in faulty else value
    if isinstance(value, list):
        return tuple(_believed(part, kind, (*path, i), faulty) for i, part in enumerate(value))
    if kind is not None and (isinstance(value, dict) or kind is Head or isinstance(path[-1], int)):
        held = value if isinstance(value, dict) else dict.fromkeys(kind.__struct_encode_fields__, "")
        told = {
            field.name: _believed(held.get(field.encode_name, ""), table, (*path, field.encode_name), faulty)
            for field, table in _columns(kind)
            if field.required or field.encode_name in held
        }
        return kind(**told)
    if isinstance(value, dict):
        good = [
            key for key in value if (*path, key, "[key]") not in faulty
        ]  # so pydantic says that a key is not right
        return {key: _believed(value[key], None, (*path, key), faulty) for key in good}
    return value.isoformat() if isinstance(value, date) else value


@cache
def _columns(kind: type[Struct]) -> list[tuple[FieldInfo, type[Struct] | None]]:
    """The fields of a table, each with the table it holds."""
    return [(field, _part(_is_table, field.type)) for field in fields(kind)]


@cache
def _asked(kind: type[Struct]) -> tuple[list[TableCheck], list[tuple[str, str, ValueCheck]]]:
    """What is asked of a table, and of its values: the name and the key of each field that is judged."""
    typed = [(field, _part(_VALUES.__contains__, field.type)) for field in fields(kind)]
    checks = [check for of, check in _TABLES if issubclass(kind, of)]
    return checks, [(f.name, f.encode_name, _VALUES[of]) for f, of in typed if of is not None]


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _part(wanted: Callable[[Any], bool], kind: Any) -> Any:
    """The first wanted type of those that a type is made of."""
    if wanted(kind):
        return kind
    return next((found for part in get_args(kind) if (found := _part(wanted, part)) is not None), None)


class TerritorySheet:
    """A territory with the place of each of its tables. What a partner does by one of its services is not judged."""

    def __init__(self, territory: Territory, law: Law, where: Where | None) -> None:
        self.territory, self.law, self.where = territory, law, where
        self.tables = list(_tables(territory, ()))
        self._paths = {id(table): path for path, table in self.tables}
        self.houses: tuple[House, ...] = (*(territory.operators or ()), *(territory.partners or ()))
        self.schemes = territory.schemes or ()
        self.body = territory.coordination or Coordination()

    def path(self, table: Struct) -> Path:
        """The keys that lead to a table."""
        return self._paths.get(id(table), ())

    def say(
        self, code: str, severity: str, table: Struct, keys: Path, word: str | None = None, /, **values: str
    ) -> Finding:
        """A finding at some keys of a table, and at a word there."""
        place = self.where((*self.path(table), *keys), word) if self.where else None
        return Finding(code=code, values=values, severity=severity, place=place)


def _tables(table: Struct, path: Path) -> Iterator[tuple[Path, Struct]]:
    yield path, table
    for name, key in zip(table.__struct_fields__, table.__struct_encode_fields__, strict=True):
        held = getattr(table, name)
        if isinstance(held, Struct):
            yield from _tables(held, (*path, key))
        for i, part in enumerate(held) if isinstance(held, tuple) and key != "services" else ():
            if isinstance(part, Struct):
                yield from _tables(part, (*path, key, i))


class _NamesSheet(TerritorySheet):
    """And what its values may name. Findings quote the file; a list of our own keys is never cut."""

    def __init__(
        self,
        territory: Territory,
        law: Law,
        where: Where,
        known_commune: Callable[[str], bool] | None,
        covers: Callable[[Iterable[str], str], bool] | None,
        present: Callable[[str], str | None] | None,
    ) -> None:
        super().__init__(territory, law, where)
        self.known_commune, self.covers, self.present = known_commune, covers, present
        self.head = territory.head
        self.networks = {code for code, o in law.operators.items() if not o.outside}
        self.own_communes = {c.code for c in territory.communes or ()}
        self.needs = {*law.needs, *(n.code for n in territory.needs or ())}
        actors: list[House | Scheme] = [*self.houses, *self.schemes]
        self.actors = {t.id: t for t in reversed(actors) if t.id}
        self.named = self.networks | set(self.actors)
        self.until = max(
            self.head.as_of, self.head.updated_on or ""
        )  # the last day of which the file can speak

    def say(
        self, code: str, severity: str, table: Struct, keys: Path, word: str | None = None, /, **values: str
    ) -> Finding:
        cut = {n: v if n in OURS or len(v) <= SHOWN else v[: SHOWN - 1] + "…" for n, v in values.items()}
        return super().say(code, severity, table, keys, word, **cut)

    def unknown(
        self,
        code: str,
        known: Iterable[str],
        word: str,
        table: Struct,
        keys: Path,
        at: str | None,
        /,
        **values: str,
    ) -> Finding:
        """An error at a word, with the nearest of the words that are known."""
        found = near(word, known) if len(word) <= 2 * SHOWN else {}
        return self.say(code, "error", table, keys, at, **values, **found)

    def name(self, table: Struct) -> str:
        """What to call a table in a sentence: its id, its name, or what it is."""
        return getattr(table, "id", "") or getattr(table, "name", "") or str(self.path(table)[0])


# -- values ---------------------------------------------------------------------------------------------------------------


def _actor(sheet: _NamesSheet, table: Struct, keys: Path, word: str) -> Iterator[Finding]:
    """Whom a table names: an id of this file, else a network of the rules."""
    if word not in sheet.named:
        yield sheet.unknown("CEP204", sheet.named, word, table, keys, word, id=word, key=str(keys[0]))


def _need(sheet: _NamesSheet, table: Struct, keys: Path, word: str) -> Iterator[Finding]:
    """Every need is of the catalogue, or named by this file under [[needs]]."""
    if word not in sheet.needs:
        code = "CEP208" if word.startswith("x-") else "CEP207"
        yield sheet.unknown(code, sheet.needs, word, table, keys, word, need=word)


def _commune(sheet: _NamesSheet, table: Struct, keys: Path, code: str) -> Iterator[Finding]:
    if isinstance(table, tables.OwnCommune):
        if not code.startswith(FICTITIOUS):
            yield sheet.say("CEP214", "error", table, keys, code, commune=code)
        return
    if not _on_the_map(sheet, code):
        yield sheet.say("CEP212", "error", table, keys, code, commune=code)
    now = sheet.present(code) if sheet.present else None
    if now is not None:
        yield sheet.say("CEP256", "warning", table, keys, code, commune=code, now=now)


def _zone(sheet: _NamesSheet, table: Struct, keys: Path, zone: str) -> Iterator[Finding]:
    if not _on_the_map(sheet, zone):
        yield sheet.say("CEP213", "error", table, keys, zone, zone=zone)


def _on_the_map(sheet: _NamesSheet, zone: str) -> bool:
    if zone in sheet.own_communes:
        return True
    fictitious = len(zone) == 5 and zone.startswith(FICTITIOUS)
    return not fictitious and (sheet.known_commune is None or sheet.known_commune(zone))


def _fact(sheet: _NamesSheet, table: Struct, keys: Path, name: str) -> Iterator[Finding]:
    """A fact of a box, and its values."""
    facts = sheet.law.facts
    if name not in facts:
        yield sheet.unknown("CEP210", facts, name, table, keys, None, fact=name)
        return
    years, codes = facts[name].kind == "years", facts[name].values
    for value in dict.fromkeys(getattr(table, str(keys[0]))[name]):
        if value and not (is_years(value) if years else value in codes):
            told = {"fact": name, "value": value, "expected": "0..120" if years else ", ".join(codes)}
            yield sheet.unknown("CEP211", codes, value, table, keys, value, **told)


def _phone(sheet: _NamesSheet, table: Struct, keys: Path, phone: str) -> Iterator[Finding]:
    if phone.startswith("+") and not _rings(phone):
        yield sheet.say("CEP227", "warning", table, keys, phone, phone=phone)


def _rings(phone: str) -> bool:
    """Is there such a number? Those kept for fiction count; so do those of neighbours across a border."""
    if phone.startswith(_FICTION) and len(phone) == len("+33199000000"):
        return True
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return False


def _hours(sheet: _NamesSheet, table: Struct, keys: Path, text: str) -> Iterator[Finding]:
    if not readable(text):
        yield sheet.say("CEP228", "warning", table, keys, text, hours=text)
    elif lost := overridden(text):
        yield sheet.say("CEP229", "warning", table, keys, text, rule=lost[0], by=lost[1])


_VALUES: dict[Any, ValueCheck] = {
    tables.Actor: _actor,
    NeedCode: _need,
    tables.CommuneCode: _commune,
    tables.Zone: _zone,
    tables.Box: _fact,
    tables.Phone: _phone,
    tables.Hours: _hours,
}


# -- tables ---------------------------------------------------------------------------------------------------------------


def _doubles(sheet: _NamesSheet) -> Iterator[Finding]:
    """Two tables of one name: ids of actors, codes of communes, codes of needs."""
    first: dict[tuple[str, str], Struct] = {}
    for path, table in sheet.tables:
        kind = next((kind for kind in (tables.OwnCommune, tables.OwnNeed) if isinstance(table, kind)), None)
        if kind is None and not isinstance(table, (House, Scheme)):
            continue
        key = "code" if kind else "id"
        word = getattr(table, key)
        other = first.setdefault((str(path[0]) if kind else "", word), table)
        if word and other is not table:
            here, there = (sheet.say("CEP203", "error", t, (key,), word, id=word) for t in (table, other))
            yield replace(here, more_places=(there.place,) if there.place else ())


def _extent(sheet: _NamesSheet, head: Head) -> Iterator[Finding]:
    """A territory is told by its communes or by its perimeter."""
    listed = [key for key in ("communes", "perimeter") if getattr(head, key) is not None]
    if not listed:
        yield sheet.say("CEP201", "error", head, ())
    elif len(listed) == 2 and any(getattr(head, key) for key in listed):
        found = [sheet.say("CEP202", "error", head, (key,)) for key in listed]
        yield max(found, key=lambda finding: finding.place.line if finding.place else 0)
    if head.as_of and head.updated_on and head.as_of > head.updated_on:
        values = {"as_of": head.as_of, "updated_on": head.updated_on}
        yield sheet.say("CEP220", "warning", head, ("as_of",), **values)


def _network(sheet: _NamesSheet, house: tables.LocalOperator) -> Iterator[Finding]:
    network, side = house.network, house.side
    if network and network not in sheet.networks:
        yield sheet.unknown("CEP205", sheet.networks, network, house, ("network",), network, id=network)
    elif network and side in ("employment_service", "employees"):
        expected = str(sheet.law.operators[network].side)
        if side != expected:
            values = {"id": sheet.name(house), "side": side, "expected": expected}
            yield sheet.say("CEP206", "warning", house, ("side",), side, **values)


def _own_need(sheet: _NamesSheet, need: tables.OwnNeed) -> Iterator[Finding]:
    if need.code in sheet.law.needs:
        yield sheet.say("CEP209", "error", need, ("code",), need.code, need=need.code)


def _presence(sheet: _NamesSheet, house: House | Scheme) -> Iterator[Finding]:
    """Where desks stand against the communes of the territory, and whether a written absence holds.

    A desk outside the territory is often a slip in the code; not when its house serves that commune, or tells the way there.
    """
    places = (house.places or ()) if isinstance(house, House) else (house.place,) if house.place else ()
    here, zones, name = sheet.head.communes or (), house.perimeter or (), sheet.name(house)
    absent = next((p for p in places if p.type == "none"), None) if isinstance(house, House) else None
    if absent is not None and not any(p.type in (*RECEIVES, "remote") for p in places):
        yield sheet.say("CEP217", "warning", absent, ("type",), "none", id=name)
    for place in places:
        commune = place.commune or ""
        inside, at = commune in here, (place, ("commune",), commune)
        if absent is not None:
            if inside and place.type in RECEIVES:
                other = sheet.say("CEP216", "error", absent, ("type",), "none").place
                told = sheet.say("CEP216", "error", *at, id=name, commune=commune)
                yield replace(told, more_places=(other,) if other else ())
            continue
        served = inside or commune in zones or (sheet.covers is not None and sheet.covers(zones, commune))
        meant = place.type not in RECEIVES[1:] or place.travel_minutes
        if here and commune and not served and not meant:
            yield sheet.say("CEP215", "warning", *at, id=name, commune=commune)


def _since(table: House | Scheme | Coordination) -> str:
    since = table.since or ""
    return since + BEGINNING[len(since) :]


def _until(table: House | Scheme | Coordination) -> str:
    until = table.until or ""
    return until + FOREVER[len(until) :]


def _days(sheet: _NamesSheet, table: Struct) -> Iterator[Finding]:
    """Spans the right way round; nothing can have been seen after the last day of which the file speaks."""
    if (
        isinstance(table, (House, Scheme, Coordination))
        and table.since
        and table.until
        and _since(table) > _until(table)
    ):
        values = {"id": sheet.name(table), "since": table.since, "until": table.until}
        yield sheet.say("CEP218", "error", table, ("until",), **values)
    for key in SEEN:
        day = getattr(table, key, None) or ""
        if sheet.until and day > sheet.until[: len(day)]:
            yield sheet.say("CEP219", "warning", table, (key,), key=key, day=day, limit=sheet.until)


_DECIDE = ("public", "dedicated_means", "pilot", "member_operators", "services")


def _scheme(sheet: _NamesSheet, scheme: Scheme) -> Iterator[Finding]:
    """A scheme stands on its pilot and its members: on its first day seen from the file, then until its own end.

    And what is not known of it, when nothing known settles that it unites nobody: configuration 3 stays possible.
    """
    if scheme.status != "active":
        return
    day, last, name = max(sheet.head.as_of or BEGINNING, _since(scheme)), _until(scheme), sheet.name(scheme)
    named = {scheme.pilot: "pilot"} if scheme.pilot else {}
    for key in ("member_operators", "member_partners"):
        named = dict.fromkeys(getattr(scheme, key) or (), key) | named
    for id_, key in named.items() if day <= last else ():
        first, end = _span_of(sheet, id_)
        if not first <= day <= end:
            yield sheet.say("CEP221", "error", scheme, (key,), id_, scheme=name, id=id_, day=day)
        elif end < last:
            yield sheet.say("CEP222", "warning", scheme, (key,), id_, scheme=name, id=id_, day=end)
    told = {key: getattr(scheme, key) for key in _DECIDE}
    missing = [key for key, value in told.items() if value is None]
    sides = {_side_of(sheet, id_) for id_ in scheme.member_operators or ()}
    one_sided = sides and not sides & {"", "mixed"} and not sides >= {"employment_service", "employees"}
    if missing and not one_sided and not any(value in (False, (), {}) for value in told.values()):
        yield sheet.say("CEP223", "warning", scheme, ("id",), scheme=name, keys=", ".join(missing))


def _span_of(sheet: _NamesSheet, id_: str) -> tuple[str, str]:
    """From when until when an actor is there; a house of a network that ended has ended with it. Of one nobody knows: always."""
    actor = sheet.actors.get(id_)
    network = sheet.law.operator(id_ if actor is None else getattr(actor, "network", None) or "")
    if id_ not in sheet.named or (actor is not None and _since(actor) > _until(actor)):
        return BEGINNING, FOREVER  # said already
    first, last = network.since or BEGINNING, network.until or FOREVER
    return (first, last) if actor is None else (max(first, _since(actor)), min(last, _until(actor)))


def _side_of(sheet: _NamesSheet, id_: str) -> str:
    """The side of an actor: its own word, else that of its network; empty when not known."""
    actor = sheet.actors.get(id_)
    if isinstance(actor, tables.Partner):
        return "partner"
    network = id_ if actor is None else getattr(actor, "network", None) or ""
    return getattr(actor, "side", None) or sheet.law.operator(network).side


def _coordination(sheet: _NamesSheet, body: Coordination) -> Iterator[Finding]:
    as_of, met = sheet.head.as_of, body.last_meeting or ""
    if body.status == "none":
        keys = (
            "member_operators",
            "member_partners",
            "shared_tools",
            "joint_actions",
            "last_meeting",
            "run_by",
        )
        if told := [key for key in keys if getattr(body, key)]:
            yield sheet.say("CEP224", "warning", body, (told[0],), keys=", ".join(told))
    if body.status == "active" and as_of:
        if _since(body) <= _until(body) < as_of:
            yield sheet.say("CEP225", "warning", body, ("until",), until=body.until or "", as_of=as_of)
        if len(met) == len(as_of) and months(met, as_of) >= STALE_MONTHS:
            yield sheet.say("CEP226", "warning", body, ("last_meeting",), day=met, as_of=as_of)


_TABLES: tuple[tuple[type[Struct], TableCheck], ...] = (
    (Head, _extent),
    (tables.LocalOperator, _network),
    (tables.OwnNeed, _own_need),
    (House, _presence),
    (Scheme, _presence),
    (Scheme, _scheme),
    (Coordination, _coordination),
    (Struct, _days),
)
