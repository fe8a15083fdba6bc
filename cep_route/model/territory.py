"""A territory: who is where, for which needs. Frozen values, no judgement; each class is a table of the file, its fields the keys.

What people write of them is judged by `territory_file`, made of these very classes. Absent = None = unknown; an empty tuple, False or
"none" = known to be absent: so no list is empty by default, and `schemes = []` at the top of a file says "there is no scheme", which a
lack of `[[schemes]]` does not say. Days are ISO text, of which the month or the day may be missing.
"""

from typing import Annotated, Any, Literal

from msgspec import Struct, field, json

from cep_route.model.shapes import (
    AtLeastOne,
    Bounds,
    Code,
    Day,
    Label,
    Moment,
    NeedCode,
    Sentence,
    Slug,
    one_of,
)

CommuneCode = Annotated[str, Bounds(pattern=r"^(?:[0-9]{2}|2[AB])[0-9]{3}$")]
Postcode = Annotated[str, Bounds(pattern=r"^[0-9]{5}$")]
# A department and a region may wear the same number (84): hence the words in front.
Zone = Annotated[
    str,
    Bounds(
        pattern=r"^(?:france|(?:[0-9]{2}|2[AB])[0-9]{3}|[0-9]{9}|departement:(?:[0-9]{2,3}|2[AB])|region:[0-9]{2})$"
    ),
]
OwnNeedCode = Annotated[
    str, Bounds(pattern=r"^x-[a-z0-9]+(?:-[a-z0-9]+)*--[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120)
]
# An actor of a territory, by its id; or a network of the rules, by its code, when it has no table there.
Actor = Annotated[str, Bounds(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
# E.164, or a short number: 115, 3949, 116117.
Phone = Annotated[str, Bounds(pattern=r"^(?:\+[1-9][0-9]{6,14}|[1-9][0-9]{1,5})$")]
Email = Annotated[str, Bounds(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Url = Annotated[str, Bounds(pattern=r"^https?://\S+$", max_length=500)]
Siret = Annotated[str, Bounds(pattern=r"^[0-9]{14}$")]
# OSM opening_hours; read by the checks, shown as written.
Hours = Annotated[str, Bounds(min_length=1, max_length=300)]
Share = Annotated[float, Bounds(ge=0, le=1)]
Latitude = Annotated[float, Bounds(ge=-90, le=90)]
Longitude = Annotated[float, Bounds(ge=-180, le=180)]
Minutes = Annotated[int, Bounds(ge=0, le=600)]
Days = Annotated[int, Bounds(ge=0, le=730)]
Box = dict[Code, AtLeastOne[str]]  # fact -> values it accepts

Side = Literal["employment_service", "employees", "mixed"]
Circle = Literal[
    "cep_operator", "spro", "economic", "training", "health_social", "housing_mobility", "institution"
]
# data·inclusion v1, verbatim, like the needs and the networks.
Public = Annotated[
    str,
    one_of(
        (
            "tous-publics",
            "actifs",
            "beneficiaires-des-minimas-sociaux",
            "demandeurs-emploi",
            "etudiants",
            "familles",
            "femmes",
            "jeunes",
            "personnes-en-situation-de-handicap",
            "personnes-en-situation-durgence",
            "personnes-en-situation-juridique-specifique",
            "personnes-exilees",
            "residents-qpv-frr",
            "seniors",
        )
    ),
]
RECEPTIONS = ("en-presentiel", "a-distance")
REFERRALS = ("se-presenter", "telephoner", "envoyer-un-courriel", "utiliser-lien-mobilisation")
Reception = Annotated[str, one_of(RECEPTIONS)]
Referral = Annotated[str, one_of(REFERRALS)]
Fees = Annotated[str, one_of(("gratuit", "payant"))]
Referrer = Annotated[str, one_of(("usagers", "professionnels"))]
OperatorService = Literal[
    "level1_reception",
    "level2_support",
    "job_search",
    "job_retention",
    "training_advice",
    "training_funding",
    "skills_review",
    "validation_of_experience",
    "immersion",
    "business_creation",
    "employer_contact",
    "social_support",
    "workshops",
]
SchemeService = Literal[
    "one_stop_shop",
    "reception_information",
    "global_support",
    "follow_up",
    "ad_hoc_funding",
    "job_forum",
    "guidance_day",
]
ToolType = Literal[
    "directory",
    "phone_platform",
    "portal",
    "statistics",
    "liaison_sheet",
    "calendar",
    "situation_grid",
    "funding_group",
    "other",
]
EventType = Literal[
    "job_forum", "guidance_forum", "guidance_day", "professionals_workshop", "cross_presentation", "other"
]
Audience = Literal["public", "counsellor"]


class Head(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[territory]`: what the file is about, and the day on which its facts are true."""

    id: Slug
    name: Label
    region: Label | None = None
    communes: AtLeastOne[CommuneCode] | None = None
    perimeter: AtLeastOne[Zone] | None = None
    as_of: Day
    updated_on: Day | None = None
    author: Label | None = None
    sources: tuple[Sentence, ...] | None = None


class OwnCommune(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[communes]]`: a commune the national table does not hold; latitude and longitude in degrees."""

    code: CommuneCode
    name: Label
    postcode: Postcode | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    population: Annotated[int, Bounds(ge=0)] | None = None


class Context(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[context]`: described, shown, and never decides."""

    zone: tuple[Literal["urban", "rural", "mountain", "coast"], ...] | None = None
    urban_centre: bool | None = None
    isolation: Literal["strong", "partial", "none"] | None = None
    transport: Literal["good", "limited", "weak"] | None = None
    training_supply: Literal["good", "limited", "weak"] | None = None
    labour_market: Literal["dynamic", "average", "weak", "stricken", "seasonal"] | None = None
    seasonality: tuple[Label, ...] | None = None
    season_months: tuple[Annotated[int, Bounds(ge=1, le=12)], ...] | None = None
    share_seasonal_contracts: Share | None = None
    several_jobs: bool | None = None
    main_obstacles: tuple[NeedCode, ...] | None = None


class PolicyBreak(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[region.breaks]]`: a day when regional policy changed."""

    on: Moment
    kind: Literal["change_of_majority", "merger", "reform", "budget"]
    effect: Literal["none", "slowed", "moved_to_local", "animation_stopped"] | None = None


class RegionalPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[region]`: regional policy, described; it does not decide."""

    territorialisation: Literal["none", "experiment", "general"] | None = None
    included: bool | None = None
    political_support: Literal["strong", "medium", "weak", "none"] | None = None
    technical_support: Literal["wide", "refocused", "none"] | None = None
    breaks: tuple[PolicyBreak, ...] | None = None


class ContactEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Someone to call: `use` public is for anyone, counsellor is between professionals."""

    use: Audience
    role: Label | None = None
    name: Label | None = None
    phone: Phone | None = None
    email: Email | None = None
    deputy: Label | None = None
    checked_on: Day | None = None
    may_publish: bool | None = None


class PlaceEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where someone is received; `type` none writes down an absence, remote is a channel. `travel_minutes`: commune -> minutes."""

    type: Literal["head_office", "branch", "permanence", "mobile", "remote", "none"]
    name: Label | None = None
    commune: CommuneCode | None = None
    address: Label | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    hours: Hours | None = None
    days_per_month: Annotated[float, Bounds(ge=0, le=31)] | None = None
    by_appointment: bool | None = None
    wheelchair: bool | None = None
    phone: Phone | None = None
    travel_minutes: dict[CommuneCode, Minutes] | None = None


class Coordination(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[coordination]`: the local body that brings actors together."""

    status: Literal["active", "dormant", "stopped", "none"] | None = None
    type: Literal["local_guidance_service", "local_employment_committee", "spel", "other"] | None = None
    name: Label | None = None
    since: Moment | None = None
    until: Moment | None = None
    launched_by: Literal["regional_council", "state", "local"] | None = None
    run_by: Label | None = None
    member_operators: tuple[Actor, ...] | None = None
    member_partners: tuple[Actor, ...] | None = None
    perimeter: tuple[Zone, ...] | None = None
    shared_tools: tuple[ToolType, ...] | None = None
    joint_actions: tuple[EventType, ...] | None = None
    last_meeting: Day | None = None
    meets_every_months: Annotated[int, Bounds(ge=1, le=60)] | None = None
    meets_daily_needs: bool | None = None
    funder: Label | None = None
    funded_until: Moment | None = None
    contact: ContactEntry | None = None


class RowOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`also_from`: another row of an open directory in which the house was found."""

    source: Label
    source_id: Label | None = None
    source_date: Day | None = None
    edited_on: Day | None = None


class House(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What operators and partners share."""

    id: Slug
    name: Label
    network: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    replaced_by: Actor | None = None
    perimeter: tuple[Zone, ...] | None = None
    needs: tuple[NeedCode, ...] | None = None
    funds_training: bool | None = None
    decides: tuple[Label, ...] | None = None
    conditions: Sentence | None = None
    fees: Fees | None = None
    wait_days: Days | None = None
    website: Url | None = None
    siret: Siret | None = None
    source: Label | None = None
    source_id: Label | None = None
    source_date: Day | None = None
    edited_on: Day | None = None
    also_from: tuple[RowOrigin, ...] | None = None
    to_check: bool | None = None
    lock: bool | None = None
    referable_by: tuple[Referrer, ...] | None = None
    places: tuple[PlaceEntry, ...] | None = None
    contacts: tuple[ContactEntry, ...] | None = None


class LocalOperator(House, frozen=True, kw_only=True, omit_defaults=True):
    """`[[operators]]`: a house of one of the networks of the rules, present on the territory or serving it."""

    network: Code
    side: Side | None = None
    levels: tuple[Literal[1, 2], ...] | None = None
    services: tuple[OperatorService, ...] | None = None
    turnover: Literal["low", "medium", "high"] | None = None


class PartnerService(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[partners.services]]`: one thing a partner does; its needs, public, zone and conditions belong together."""

    name: Label
    needs: tuple[NeedCode, ...] | None = None
    publics: tuple[Public, ...] | None = None
    perimeter: tuple[Zone, ...] | None = None
    conditions: Sentence | None = None
    fees: Fees | None = None
    referable_by: tuple[Referrer, ...] | None = None
    reception: tuple[Reception, ...] | None = None
    referral: tuple[Referral, ...] | None = None
    referral_url: Url | None = None
    source_id: Label | None = None
    source_date: Day | None = None
    places: tuple[PlaceEntry, ...] | None = None


class Partner(House, frozen=True, kw_only=True, omit_defaults=True):
    """`[[partners]]`: any other actor, known by the needs it answers, itself or by its services."""

    circle: Circle
    network: Slug | None = None
    publics: tuple[Public, ...] | None = None
    level1: bool | None = None
    spro: bool | None = None
    referable_by: tuple[Referrer, ...] | None = None
    reception: tuple[Reception, ...] | None = None
    referral: tuple[Referral, ...] | None = None
    referral_url: Url | None = None
    services: tuple[PartnerService, ...] | None = None


class FollowUp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[schemes.follow_up]`: who follows people after the hand-over, and within how many days."""

    by: Label
    within_days: Days | None = None


class Scheme(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[schemes]]`: a local scheme; `public` is a box over facts: every fact must match."""

    id: Slug
    name: Label
    status: Literal["active", "suspended", "closed"]
    type: Literal["local_issue", "revitalisation", "other"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    funder: Label | None = None
    funded_until: Moment | None = None
    issue: Sentence | None = None
    public: Box | None = None
    dedicated_means: bool | None = None
    pilot: Actor | None = None
    member_operators: tuple[Actor, ...] | None = None
    member_partners: tuple[Actor, ...] | None = None
    perimeter: tuple[Zone, ...] | None = None
    services: tuple[SchemeService, ...] | None = None
    needs: tuple[NeedCode, ...] | None = None
    conditions: Sentence | None = None
    phone: Phone | None = None
    place: PlaceEntry | None = None
    contact: ContactEntry | None = None
    follow_up: FollowUp | None = None


class Tool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[tools]]`: something actors share."""

    type: ToolType
    name: Label | None = None
    scale: Literal["local", "region", "national"] | None = None
    actors: tuple[Actor, ...] | None = None
    url: Url | None = None
    phone: Phone | None = None
    hours: Hours | None = None
    vintage: Annotated[int, Bounds(ge=1990, le=2100)] | None = None
    updated_on: Day | None = None
    access: Literal["public", "professionals"] | None = None
    funder: Label | None = None
    funded_until: Moment | None = None


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[events]]`: a forum, an open day, a crossed training; `date` may be a month or a year."""

    type: EventType
    date: Moment
    name: Label | None = None
    commune: CommuneCode | None = None
    audience: tuple[Audience, ...] | None = None
    public: Box | None = None
    organisers: tuple[Actor, ...] | None = None


class Tie(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[ties]]`: what links two actors."""

    from_: Actor = field(name="from")
    to: Actor
    nature: Literal["coordinated", "agreement", "bilateral"]
    formal: bool | None = None
    about: tuple[Literal["funding", "relay", "information", "joint_action", "obstacles"], ...] | None = None
    rests_on_one_person: bool | None = None
    since: Moment | None = None
    seen_on: Day | None = None


class OwnNeed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[[needs]]`: a need the catalogue lacks, named by this territory."""

    code: OwnNeedCode
    family: Literal["obstacles", "project", "carrying_out"]
    fr: Sentence
    en: Sentence | None = None
    spellings: tuple[str, ...] = ()


class Declaration(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`[declaration]`: what the author believes; compared with what the facts give, never obeyed."""

    configuration: Literal["configuration_1", "configuration_2", "configuration_3"]
    declared_on: Day | None = None
    source: Sentence | None = None


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
