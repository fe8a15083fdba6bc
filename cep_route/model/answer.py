"""What the program computed: findings, places in files, the route and its parts. Holds values; never computes, reads or prints.

Everything here is a frozen record of plain values (strings, numbers, tuples, dates as ISO text), so that any
renderer can show it and any script can compare it.
"""

from __future__ import annotations

from msgspec import Struct, field

from cep_route.model.territory import ContactEntry, Event, FollowUp


class Place(Struct, frozen=True, kw_only=True):
    """Where something is written: a file, and inside it a line and a column counted from 1 (0 = the whole file).

    `text` is the source line itself when it may be shown (never for a person's file).
    """

    file: str
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


class Finding(Struct, frozen=True, kw_only=True):
    """Anything wrong, in a file, a rule, a territory, a row or a profile.

    `code` names the sentence in `messages`; `values` fill it. `severity` is `error` (the command cannot count on this)
    or `warning` (it can, and says so). `witness` is one person, as fact -> value, who shows the fault.
    """

    code: str
    values: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    more_places: tuple[Place, ...] = ()
    severity: str = "error"
    witness: dict[str, str] | None = None

    def order(self) -> tuple[str, int, int, str, str]:
        """The order of findings on a page: file, line, column, code, words."""
        place = self.place or Place(file="")
        return (place.file, place.line, place.column, self.code, str(sorted(self.values.items())))


def warned(code: str, file: str = "", line: int = 0, /, **values: str) -> Finding:
    """A warning; of a line of a file, where one is named."""
    place = Place(file=file, line=line) if file else None
    return Finding(code=code, values=values, place=place, severity="warning")


class Profile(Struct, frozen=True, kw_only=True):
    """What is known of a person. A fact that is absent is not known; it is never "no".

    `facts`: fact -> value (`age` as a whole number); `birth_date`, ISO, wins over `age`; `commune`: INSEE code of the home;
    `needs`: codes, of which `blocking` must be lifted first; `months`: for a year of several situations, pairs of
    (months 1-12, the facts that differ then). `mode`: how the person can be received by a partner, en-presentiel or a-distance.
    """

    facts: dict[str, str | int] = field(default_factory=dict)
    birth_date: str | None = None
    commune: str | None = None
    needs: tuple[str, ...] = ()
    blocking: tuple[str, ...] = ()
    months: tuple[tuple[tuple[int, ...], dict[str, str | int]], ...] = ()
    mode: str | None = None


class Reason(Struct, frozen=True, kw_only=True):
    """A rule that speaks of the person, with the person's facts it rests on. `role`: opens, bars or note.

    `protects`: who does not hear it may lose a right; every form of the answer says it.
    """

    rule: str
    role: str
    operator: str | None
    says: dict[str, str]
    facts: dict[str, str]
    sources: tuple[str, ...]
    confidence: str
    see: tuple[str, ...] = ()
    protects: bool = False


class Presumed(Struct, frozen=True, kw_only=True):
    """A fact nobody told, taken as `value`, where another value would change the answer. `says`: the sentence for it."""

    fact: str
    value: str
    says: dict[str, str]


class Eligible(Struct, frozen=True, kw_only=True):
    """An operator that may serve the person, and the rules that open it."""

    operator: str
    rules: tuple[str, ...]


class Maybe(Struct, frozen=True, kw_only=True):
    """An operator that may serve the person, depending on facts not yet known.

    `when`: each of these facts -> the values with which it may (« contract: cdd interim … », not with cdi).
    """

    operator: str
    missing: tuple[str, ...]
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)


class WhyNot(Struct, frozen=True, kw_only=True):
    """Why an operator does not serve the person: the conditions that fail, or the rule of law that bars it."""

    operator: str
    because: tuple[dict[str, str], ...]
    law: str | None = None


class Change(Struct, frozen=True, kw_only=True):
    """One of the smallest changes of known facts that flips who comes first."""

    if_: dict[str, str] = field(name="if")
    can_change: bool
    then: tuple[str, ...]


class Until(Struct, frozen=True, kw_only=True):
    """The last day the answer holds (None when a limit of age comes and the birth date is not known), and what follows.

    `why`: `age:26` or `rule:<id>`.
    """

    day: str | None
    why: str
    then: tuple[str, ...]


class Missing(Struct, frozen=True, kw_only=True):
    """A fact worth asking. `changes`: what it may alter (`first`, `eligible` or `see`); `splits`: value -> possible firsts."""

    fact: str
    changes: str
    splits: dict[str, tuple[str, ...]]


class Decision(Struct, frozen=True, kw_only=True):
    """Who: the answer of the rules alone, before any territory.

    `first`: the operators that come first for every person the profile may be; `possible`: all that come first for one of them.
    `see`: the bodies that every one of them is sent to; `may_see`: for each possible answer outside the CEP, those it may send to.
    `presumed`: what was taken as told and matters. `protects`: the reasons that protect the person from losing a right.
    """

    on: str = ""
    decided: bool = False
    first: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    eligible: tuple[Eligible, ...] = ()
    maybe: tuple[Maybe, ...] = ()
    see: tuple[str, ...] = ()
    outside: str | None = None
    reasons: tuple[Reason, ...] = ()
    not_: tuple[WhyNot, ...] = ()
    changes: tuple[Change, ...] = ()
    until: Until | None = None
    missing: tuple[Missing, ...] = ()
    faults: tuple[str, ...] = ()
    presumed: tuple[Presumed, ...] = ()
    may_see: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def protects(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.protects)


class Opening(Struct, frozen=True, kw_only=True):
    """Whether a desk is open at a moment `at` (ISO, on the clock of the place), by the hours that are written of it.

    `now`: True, False, or None when the hours do not tell (`why`: `holiday`, a public holiday of which they say nothing;
    `uncertain`, as they say themselves; `unreadable`). `until`: when it closes, if open. `next`: when it opens next; None when that
    is not within a year, or not known. `note`: what the hours add for that moment (« sur rendez-vous »), for `next` when closed.
    `live`: the moment was read off the clock, so that « now » may be said.
    """

    at: str
    now: bool | None
    until: str | None = None
    next: str | None = None
    note: str | None = None
    why: str | None = None
    live: bool = False


class Desk(Struct, frozen=True, kw_only=True):
    """Where an operator or a partner receives someone, or the channel that stands in for a desk.

    `channel`: desk, permanence, remote or national; `km`: great circle from the commune of the person; `zone`: inside, unknown
    (who is in charge is not known: the nearest) or national. `contact` is for anyone, `counsellor` for professionals only. `open`:
    only when an hour was told (`directory.opening`), and hours are known.

    Each entry has its own age: `source` says which file tells it, `as_of` the day it was last confirmed there, `checked_on` the day
    of its last check or edit by a person; `age_months` from `as_of` to the day of the route (None: it does not age). `shown`: plain,
    `verify` (over a year, or not edited for five), `old` (over three years: `nearest` of a national channel), `today` (the route is
    of a day before the snapshot). `street_year`: the street is of that year, the phone newer. `sheet`: the page of the desk in the
    public directory; `hours_text` its hours in its own words.
    `sources`: ids of sources of the law, for a national channel; `tz`: the clock of its hours when it is not that of the place.
    """

    operator: str
    channel: str
    id: str | None = None
    name: str | None = None
    type: str | None = None
    commune: str | None = None
    commune_name: str | None = None
    address: str | None = None
    hours: str | None = None
    open: Opening | None = None
    phone: str | None = None
    url: str | None = None
    by_appointment: bool | None = None
    wheelchair: bool | None = None
    km: float | None = None
    minutes: int | None = None
    zone: str = "national"
    note: dict[str, str] | None = None
    confidence: str | None = None
    sources: tuple[str, ...] = ()
    tz: str | None = None
    contact: ContactEntry | None = None
    counsellor: ContactEntry | None = None
    nearest: Desk | None = None
    source: str | None = None
    licence: str | None = None
    sheet: str | None = None
    as_of: str | None = None
    checked_on: str | None = None
    age_months: int | None = None
    street_year: int | None = None
    shown: str = "plain"
    hours_text: str | None = None


class Match(Struct, frozen=True, kw_only=True):
    """A partner (or scheme, or eligible operator) for one need: `why` in codes, `unknown` what could not be checked.

    `relaxed`: the one constraint given up because nothing fitted, tried in this order: `mode`, `theme`, `public`, `zone`.
    `service`: the one of its services that answers, when it has several; `conditions`: to be met before going.
    `reception` (en-presentiel, a-distance), `referral` (how to send someone) and `referral_url`: None when not known.
    """

    need: str
    partner: str
    name: str
    kind: str
    why: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    relaxed: str | None = None
    desk: Desk | None = None
    service: str | None = None
    conditions: str | None = None
    reception: tuple[str, ...] | None = None
    referral: tuple[str, ...] | None = None
    referral_url: str | None = None


class SchemeMatch(Struct, frozen=True, kw_only=True):
    """A local scheme whose public matches (`missing` empty), or may match once the missing facts are known."""

    id: str
    name: str
    first: bool
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    zone: str = "unknown"
    phone: str | None = None
    desk: Desk | None = None
    pilot: str | None = None
    follow_up: FollowUp | None = None
    conditions: str | None = None


class Cooperation(Struct, frozen=True, kw_only=True):
    """The configuration of the study (or those still possible), the facts it rests on, and who to call when nobody answers."""

    configuration: tuple[str, ...]
    facts: dict[str, str]
    says: tuple[dict[str, str], ...]
    missing: tuple[str, ...]
    declared: str | None = None
    fallback_contact: ContactEntry | None = None


class Funder(Struct, frozen=True, kw_only=True):
    """A house that decides the funding of a training, apart from who advises; `decides`: what, in its own words."""

    id: str
    name: str
    decides: tuple[str, ...] = ()


class Route(Struct, frozen=True, kw_only=True):
    """The whole answer: who (`decision`), where, with whom. `territory` is the id of the territory file used, `home` the name of the commune.

    `desks`: by operator; `bodies`: where the bodies to see outside the CEP (`decision.see` first) receive near the person, by code.
    """

    territory: str
    profile: Profile
    home: str | None
    decision: Decision
    first: tuple[Desk, ...]
    desks: dict[str, Desk]
    bodies: dict[str, Desk]
    schemes: tuple[SchemeMatch, ...]
    partners: tuple[Match, ...]
    unmet: tuple[str, ...]
    funding: tuple[Funder, ...]
    events: tuple[Event, ...]
    cooperation: Cooperation
    warnings: tuple[Finding, ...]
