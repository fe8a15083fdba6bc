"""What a human wrote under `territories/`: who is where, for which needs. Judges shape, never meaning.

Absent = `None` = unknown. `[]`, `false`, `"none"` = known to be absent: so no list here is empty by default,
and `schemes = []` at the top of a file says "there is no scheme", which a lack of `[[schemes]]` does not say.
Whether ids resolve, dates follow and zones meet is asked elsewhere, with the file's lines at hand.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticKnownError

from .written import Code, Sentence, Slug, Strict

Item = TypeVar("Item")
# TOML has no tuple: the container alone is lenient, what it holds stays strict.
Several = Annotated[tuple[Item, ...], Field(strict=False)]


def _not_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Said after the items are judged: pydantic's own `min_length` also calls `[5]` too short when 5 is refused."""
    if not items:
        raise PydanticKnownError("too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": 0})
    return items


AtLeastOne = Annotated[
    tuple[Item, ...], Field(strict=False, json_schema_extra={"minItems": 1}), AfterValidator(_not_empty)
]
Label = Annotated[str, Field(min_length=1, max_length=200)]
CommuneCode = Annotated[str, Field(pattern=r"^(?:[0-9]{2}|2[AB])[0-9]{3}$")]
Postcode = Annotated[str, Field(pattern=r"^[0-9]{5}$")]
# A department and a region may wear the same number (84): hence the words in front.
Zone = Annotated[
    str,
    Field(
        pattern=r"^(?:france|(?:[0-9]{2}|2[AB])[0-9]{3}|[0-9]{9}|departement:(?:[0-9]{2,3}|2[AB])|region:[0-9]{2})$"
    ),
]
NeedCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(?:--?[a-z0-9]+)*$", max_length=120)]
OwnNeedCode = Annotated[
    str, Field(pattern=r"^x-[a-z0-9]+(?:-[a-z0-9]+)*--[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120)
]
# An actor of this file, by its id; or a network of the rules, by its code, when it has no table here.
Actor = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
# E.164, or a short number: 115, 3949, 116117.
Phone = Annotated[str, Field(pattern=r"^(?:\+[1-9][0-9]{6,14}|[1-9][0-9]{1,5})$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Url = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]
# OSM opening_hours; read by the checks, shown as written.
Hours = Annotated[str, Field(min_length=1, max_length=300)]
Minutes = Annotated[int, Field(ge=0, le=600)]
Box = dict[Code, AtLeastOne[str]]

Side = Literal["employment_service", "employees", "mixed"]
Circle = Literal[
    "cep_operator", "spro", "economic", "training", "health_social", "housing_mobility", "institution"
]
# data·inclusion v1, verbatim, like the needs and the networks.
Public = Literal[
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
]
Reception = Literal["en-presentiel", "a-distance"]
Referral = Literal["se-presenter", "telephoner", "envoyer-un-courriel", "utiliser-lien-mobilisation"]
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


def _as_text(value: Any) -> Any:
    """A TOML day becomes its ISO text; a moment with an hour is left for the pattern to refuse."""
    return value.isoformat() if type(value) is date else value


def _existing_day(moment: str) -> str:
    if len(moment) == len("2016-01-31"):
        year, month, day = (int(part) for part in moment.split("-"))
        if day > monthrange(year, month)[1]:
            raise PydanticKnownError("date_parsing", {"error": "day value is outside expected range"})
    return moment


# "2016", "2017-12", 2016-01-31 or "2016-01-31": the study knows the year of some facts, the month of others.
Moment = Annotated[
    str,
    Field(pattern=r"^(?:19|20)[0-9]{2}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$"),
    AfterValidator(_existing_day),
    BeforeValidator(_as_text),
]


class Said(Strict):
    """A table that says where its facts come from: a text, a visit, or "invented for the example"."""

    said: Sentence | None = None


class HeadTable(Said):
    """`[territory]`: what the file is about, and the day on which its facts are true."""

    schema_: Literal[1] = Field(alias="schema")
    id: Slug
    name: Label
    region: Label | None = None
    communes: AtLeastOne[CommuneCode] | None = None
    perimeter: AtLeastOne[Zone] | None = None  # instead of `communes`, for what nobody would list: `france`
    as_of: date
    updated_on: date | None = None
    author: Label | None = None
    sources: Several[Sentence] | None = None


class CommuneTable(Said):
    """`[[communes]]`: a commune the national table does not hold; for fictitious territories only."""

    code: CommuneCode
    name: Label
    postcode: Postcode | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    population: Annotated[int, Field(ge=0)] | None = None


class ContextTable(Said):
    """`[context]`: described, shown, and never decides: neither the route nor the configuration."""

    zone: Several[Literal["urban", "rural", "mountain", "coast"]] | None = None
    urban_centre: bool | None = None
    isolation: Literal["strong", "partial", "none"] | None = None
    transport: Literal["good", "limited", "weak"] | None = None
    training_supply: Literal["good", "limited", "weak"] | None = None
    labour_market: Literal["dynamic", "average", "weak", "stricken", "seasonal"] | None = None
    seasonality: Several[Label] | None = None
    season_months: Several[Annotated[int, Field(ge=1, le=12)]] | None = None
    share_seasonal_contracts: Annotated[float, Field(ge=0, le=1)] | None = None
    several_jobs: bool | None = None
    main_obstacles: Several[NeedCode] | None = None


class BreakTable(Said):
    """`[[region.breaks]]`: a day when regional policy changed, and what became of local animation."""

    on: Moment
    kind: Literal["change_of_majority", "merger", "reform", "budget"]
    effect: Literal["none", "slowed", "moved_to_local", "animation_stopped"] | None = None


class RegionTable(Said):
    """`[region]`: regional policy, described; the study says that it does not decide."""

    territorialisation: Literal["none", "experiment", "general"] | None = None
    included: bool | None = None
    political_support: Literal["strong", "medium", "weak", "none"] | None = None
    technical_support: Literal["wide", "refocused", "none"] | None = None
    breaks: Several[BreakTable] | None = None


class ContactTable(Said):
    """Someone to call: `public` is for anyone, `counsellor` is between professionals."""

    use: Audience
    role: Label | None = None
    name: Label | None = None
    phone: Phone | None = None
    email: Email | None = None
    deputy: Label | None = None
    checked_on: date | None = None
    may_publish: bool | None = None


class PlaceTable(Said):
    """Where someone is received. `none` writes down an absence; `remote` is a channel, not a house."""

    type: Literal["head_office", "branch", "permanence", "mobile", "remote", "none"]
    name: Label | None = None
    commune: CommuneCode | None = None
    address: Label | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    hours: Hours | None = None
    days_per_month: Annotated[float, Field(ge=0, le=31)] | None = None
    by_appointment: bool | None = None
    wheelchair: bool | None = None
    phone: Phone | None = None
    travel_minutes: dict[CommuneCode, Minutes] | None = None


class CoordinationTable(Said):
    """`[coordination]`: the local body that brings actors together; half of the configuration hangs on it."""

    status: Literal["active", "dormant", "stopped", "none"] | None = None
    type: Literal["local_guidance_service", "local_employment_committee", "spel", "other"] | None = None
    name: Label | None = None
    since: Moment | None = None
    until: Moment | None = None
    launched_by: Literal["regional_council", "state", "local"] | None = None
    run_by: Label | None = None
    member_operators: Several[Actor] | None = None
    member_partners: Several[Actor] | None = None
    perimeter: Several[Zone] | None = None
    shared_tools: Several[ToolType] | None = None
    joint_actions: Several[EventType] | None = None
    last_meeting: date | None = None
    meets_every_months: Annotated[int, Field(ge=1, le=60)] | None = None
    meets_daily_needs: bool | None = None
    funder: Label | None = None
    funded_until: Moment | None = None
    contact: ContactTable | None = None


class OriginTable(Strict):
    """Where a row of an open directory comes from: its publisher, its id there, the day on which it was last confirmed there.

    `edited_on`: the day of its last edit, where that is another day than the one of the snapshot that confirms it.
    """

    source: Label
    source_id: Label | None = None
    source_date: date | None = None
    edited_on: date | None = None


class OrganisationTable(Said):
    """What operators and partners share; `lock` keeps an import from overwriting what a human wrote.

    `also_from`: the other sources of a house found twice. `imported` is written by the import alone: the mark of each value it
    wrote, by which it knows on its next run which ones a human has changed since.
    """

    id: Slug
    name: Label
    since: Moment | None = None
    until: Moment | None = None
    replaced_by: Actor | None = None
    perimeter: Several[Zone] | None = None
    needs: Several[NeedCode] | None = None
    funds_training: bool | None = None
    decides: Several[Label] | None = None
    conditions: Sentence | None = None
    fees: Literal["gratuit", "payant"] | None = None
    wait_days: Annotated[int, Field(ge=0, le=730)] | None = None
    website: Url | None = None
    siret: Annotated[str, Field(pattern=r"^[0-9]{14}$")] | None = None
    source: Label | None = None
    source_id: Label | None = None
    source_date: date | None = None
    edited_on: date | None = None
    also_from: Several[OriginTable] | None = None
    to_check: bool | None = None
    lock: bool | None = None
    imported: (
        Annotated[
            str, Field(pattern=r"^[a-z0-9_]+:[0-9a-f]{6}(?: [a-z0-9_]+:[0-9a-f]{6})*$", max_length=1000)
        ]
        | None
    ) = None
    places: Several[PlaceTable] | None = None
    contacts: Several[ContactTable] | None = None


class OperatorTable(OrganisationTable):
    """`[[operators]]`: a house of one of the networks of the rules, present on the territory or serving it"""

    network: Code
    side: Side | None = None
    levels: Several[Literal[1, 2]] | None = None
    services: Several[OperatorService] | None = None
    turnover: Literal["low", "medium", "high"] | None = None


class ServiceTable(Said):
    """`[[partners.services]]`: one thing a partner does; its needs, public, zone and conditions belong together."""

    name: Label
    needs: Several[NeedCode] | None = None
    publics: Several[Public] | None = None
    perimeter: Several[Zone] | None = None
    conditions: Sentence | None = None
    fees: Literal["gratuit", "payant"] | None = None
    referable_by: Several[Literal["usagers", "professionnels"]] | None = None
    reception: Several[Reception] | None = None
    referral: Several[Referral] | None = None
    referral_url: Url | None = None
    source_id: Label | None = None
    source_date: date | None = None
    places: Several[PlaceTable] | None = None


class PartnerTable(OrganisationTable):
    """`[[partners]]`: any other actor, known by the needs it answers; `level1`: it receives anyone.

    `services`: what it does, one by one; a need is matched with a service, never with a mixture of several.
    """

    circle: Circle
    network: Slug | None = None
    publics: Several[Public] | None = None
    level1: bool | None = None
    spro: bool | None = None
    referable_by: Several[Literal["usagers", "professionnels"]] | None = None
    reception: Several[Reception] | None = None
    referral: Several[Referral] | None = None
    referral_url: Url | None = None
    services: Several[ServiceTable] | None = None


class FollowUpTable(Said):
    """`[schemes.follow_up]`: who follows people after the hand-over, and how soon; no person is kept here."""

    by: Label
    within_days: Annotated[int, Field(ge=0, le=730)] | None = None


class SchemeTable(Said):
    """`[[schemes]]`: a local scheme; `public` is a box over facts, as in a rule: every fact must match."""

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
    member_operators: Several[Actor] | None = None
    member_partners: Several[Actor] | None = None
    perimeter: Several[Zone] | None = None
    services: Several[SchemeService] | None = None
    needs: Several[NeedCode] | None = None
    conditions: Sentence | None = None
    phone: Phone | None = None
    place: PlaceTable | None = None
    contact: ContactTable | None = None
    follow_up: FollowUpTable | None = None


class ToolTable(Said):
    """`[[tools]]`: something actors share; a phone platform is a last resort, never above a named contact."""

    type: ToolType
    name: Label | None = None
    scale: Literal["local", "region", "national"] | None = None
    actors: Several[Actor] | None = None
    url: Url | None = None
    phone: Phone | None = None
    hours: Hours | None = None
    vintage: Annotated[int, Field(ge=1990, le=2100)] | None = None
    updated_on: date | None = None
    access: Literal["public", "professionals"] | None = None
    funder: Label | None = None
    funded_until: Moment | None = None


class EventTable(Said):
    """`[[events]]`: a forum, an open day, a crossed training; offered only when it is still to come."""

    type: EventType
    date: Moment
    name: Label | None = None
    commune: CommuneCode | None = None
    audience: Several[Audience] | None = None
    public: Box | None = None
    organisers: Several[Actor] | None = None


class TieTable(Said):
    """`[[ties]]`: what links two actors; confirms a configuration, never decides it."""

    from_: Actor = Field(alias="from")
    to: Actor
    nature: Literal["coordinated", "agreement", "bilateral"]
    formal: bool | None = None
    about: Several[Literal["funding", "relay", "information", "joint_action", "obstacles"]] | None = None
    rests_on_one_person: bool | None = None
    since: Moment | None = None
    seen_on: date | None = None


class NeedTable(Said):
    """`[[needs]]`: a need the catalogue lacks, named by this territory (`x-<territory>--...`)."""

    code: OwnNeedCode
    family: Literal["obstacles", "project", "carrying_out"]
    fr: Sentence
    en: Sentence | None = None
    spellings: Several[str] = ()


class DeclarationTable(Said):
    """`[declaration]`: what the author believes; compared with what the facts give, never obeyed."""

    configuration: Literal["configuration_1", "configuration_2", "configuration_3"]
    declared_on: date | None = None
    source: Sentence | None = None


class TerritoryFile(Strict):
    """One territory file, whole."""

    territory: HeadTable
    communes: Several[CommuneTable] | None = None
    context: ContextTable | None = None
    region: RegionTable | None = None
    coordination: CoordinationTable | None = None
    operators: Several[OperatorTable] | None = None
    partners: Several[PartnerTable] | None = None
    schemes: Several[SchemeTable] | None = None
    tools: Several[ToolTable] | None = None
    events: Several[EventTable] | None = None
    ties: Several[TieTable] | None = None
    needs: Several[NeedTable] | None = None
    declaration: DeclarationTable | None = None
