"""A territory as read: who is where, for which needs. Frozen values, no judgement; `territory_file` says what people may write.

Absent = None = unknown; an empty tuple, False or "none" = known to be absent. Days are ISO text, of which the month or the day may be
missing. Every class names its tables as the file does.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field, json

Box = Mapping[str, tuple[str, ...]]  # fact -> values it accepts
Several = tuple[str, ...] | None


class Head(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[territory]`: what the file is about, and the day on which its facts are true."""

    id: str
    name: str
    region: str | None = None
    communes: Several = None
    perimeter: Several = None
    as_of: str = ""
    updated_on: str | None = None
    author: str | None = None
    sources: Several = None


class OwnCommune(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[communes]]`: a commune the national table does not hold; latitude and longitude in degrees."""

    code: str
    name: str
    postcode: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None


class Context(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[context]`: described, shown, and never decides."""

    zone: Several = None
    urban_centre: bool | None = None
    isolation: str | None = None
    transport: str | None = None
    training_supply: str | None = None
    labour_market: str | None = None
    seasonality: Several = None
    season_months: tuple[int, ...] | None = None
    share_seasonal_contracts: float | None = None
    several_jobs: bool | None = None
    main_obstacles: Several = None


class PolicyBreak(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[region.breaks]]`: a day when regional policy changed."""

    on: str
    kind: str
    effect: str | None = None


class RegionalPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[region]`: regional policy, described; it does not decide."""

    territorialisation: str | None = None
    included: bool | None = None
    political_support: str | None = None
    technical_support: str | None = None
    breaks: tuple[PolicyBreak, ...] | None = None


class ContactEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Someone to call: `use` public is for anyone, counsellor is between professionals."""

    use: str
    role: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    deputy: str | None = None
    checked_on: str | None = None
    may_publish: bool | None = None


class PlaceEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where someone is received; `type` none writes down an absence, remote is a channel. `travel_minutes`: commune -> minutes."""

    type: str
    name: str | None = None
    commune: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    hours: str | None = None
    days_per_month: float | None = None
    by_appointment: bool | None = None
    wheelchair: bool | None = None
    phone: str | None = None
    travel_minutes: Mapping[str, int] | None = None


class Coordination(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[coordination]`: the local body that brings actors together."""

    status: str | None = None
    type: str | None = None
    name: str | None = None
    since: str | None = None
    until: str | None = None
    launched_by: str | None = None
    run_by: str | None = None
    member_operators: Several = None
    member_partners: Several = None
    perimeter: Several = None
    shared_tools: Several = None
    joint_actions: Several = None
    last_meeting: str | None = None
    meets_every_months: int | None = None
    meets_daily_needs: bool | None = None
    funder: str | None = None
    funded_until: str | None = None
    contact: ContactEntry | None = None


class RowOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`also_from`: another row of an open directory in which the house was found."""

    source: str
    source_id: str | None = None
    source_date: str | None = None
    edited_on: str | None = None


class House(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What operators and partners share."""

    id: str
    name: str
    network: str | None = None
    since: str | None = None
    until: str | None = None
    replaced_by: str | None = None
    perimeter: Several = None
    needs: Several = None
    funds_training: bool | None = None
    decides: Several = None
    conditions: str | None = None
    fees: str | None = None
    wait_days: int | None = None
    website: str | None = None
    siret: str | None = None
    source: str | None = None
    source_id: str | None = None
    source_date: str | None = None
    edited_on: str | None = None
    also_from: tuple[RowOrigin, ...] | None = None
    to_check: bool | None = None
    lock: bool | None = None
    referable_by: Several = None
    places: tuple[PlaceEntry, ...] | None = None
    contacts: tuple[ContactEntry, ...] | None = None


class LocalOperator(House, frozen=True, kw_only=True, omit_defaults=True):
    """`[[operators]]`: a house of one of the networks of the rules, present on the territory or serving it."""

    network: str
    side: str | None = None
    levels: tuple[int, ...] | None = None
    services: Several = None
    turnover: str | None = None


class PartnerService(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[partners.services]]`: one thing a partner does; its needs, public, zone and conditions belong together."""

    name: str
    needs: Several = None
    publics: Several = None
    perimeter: Several = None
    conditions: str | None = None
    fees: str | None = None
    referable_by: Several = None
    reception: Several = None
    referral: Several = None
    referral_url: str | None = None
    source_id: str | None = None
    source_date: str | None = None
    places: tuple[PlaceEntry, ...] | None = None


class Partner(House, frozen=True, kw_only=True, omit_defaults=True):
    """`[[partners]]`: any other actor, known by the needs it answers, itself or by its services."""

    circle: str
    publics: Several = None
    level1: bool | None = None
    spro: bool | None = None
    reception: Several = None
    referral: Several = None
    referral_url: str | None = None
    services: tuple[PartnerService, ...] | None = None


class FollowUp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[schemes.follow_up]`: who follows people after the hand-over, and within how many days."""

    by: str
    within_days: int | None = None


class Scheme(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[schemes]]`: a local scheme; `public` is a box over facts: every fact must match."""

    id: str
    name: str
    status: str
    type: str | None = None
    since: str | None = None
    until: str | None = None
    funder: str | None = None
    funded_until: str | None = None
    issue: str | None = None
    public: Box | None = None
    dedicated_means: bool | None = None
    pilot: str | None = None
    member_operators: Several = None
    member_partners: Several = None
    perimeter: Several = None
    services: Several = None
    needs: Several = None
    conditions: str | None = None
    phone: str | None = None
    place: PlaceEntry | None = None
    contact: ContactEntry | None = None
    follow_up: FollowUp | None = None


class Tool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[tools]]`: something actors share."""

    type: str
    name: str | None = None
    scale: str | None = None
    actors: Several = None
    url: str | None = None
    phone: str | None = None
    hours: str | None = None
    vintage: int | None = None
    updated_on: str | None = None
    access: str | None = None
    funder: str | None = None
    funded_until: str | None = None


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[events]]`: a forum, an open day, a crossed training; `date` may be a month or a year."""

    type: str
    date: str
    name: str | None = None
    commune: str | None = None
    audience: Several = None
    public: Box | None = None
    organisers: Several = None


class Tie(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[ties]]`: what links two actors."""

    from_: str = field(name="from")
    to: str
    nature: str
    formal: bool | None = None
    about: Several = None
    rests_on_one_person: bool | None = None
    since: str | None = None
    seen_on: str | None = None


class OwnNeed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[needs]]`: a need the catalogue lacks, named by this territory."""

    code: str
    family: str
    fr: str
    en: str | None = None
    spellings: tuple[str, ...] = ()


class Declaration(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[declaration]`: what the author believes; compared with what the facts give, never obeyed."""

    configuration: str
    declared_on: str | None = None
    source: str | None = None


class Territory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One territory file, whole."""

    head: Head = field(name="territory")
    communes: tuple[OwnCommune, ...] | None = None
    context: Context | None = None
    region: RegionalPolicy | None = None
    coordination: Coordination | None = None
    operators: tuple[LocalOperator, ...] | None = None
    partners: tuple[Partner, ...] | None = None
    schemes: tuple[Scheme, ...] | None = None
    tools: tuple[Tool, ...] | None = None
    events: tuple[Event, ...] | None = None
    ties: tuple[Tie, ...] | None = None
    needs: tuple[OwnNeed, ...] | None = None
    declaration: Declaration | None = None

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def invented(self) -> bool:
        """It brings its own communes: a fictitious territory, which does not age."""
        return bool(self.communes)


def plain_of(value: Any) -> Any:
    """The same as builtins, by the keys of the file; what is not known is left out."""
    return json.decode(json.encode(value))
