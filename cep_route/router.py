"""The same answers from Python: `load` once, then `route` as many persons as you like, from as many threads as you like.

    from cep_route import Profile, load, route
    router = load()
    answer = route(router, Profile(facts={"status": "employee", "age": 40}, commune="05061"), on="2026-11-22")
    answer.decision.first

The command line and the services go through the same router. Importing reads nothing. `load` reads the rules; the file of a
territory is read when the first person of one of its communes comes, and kept. Nothing of a person is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict, replace

from cep_route import files, places
from cep_route.directory import where
from cep_route.directory.desks import Desks, NotDesksError
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.engine.interview import Interview, Questions
from cep_route.model.answer import Finding, Profile, Route
from cep_route.model.law import Law, Value
from cep_route.model.profile import Stretch, of_the_month
from cep_route.model.profile import calendar as of_the_year
from cep_route.model.territory import Head, Territory
from cep_route.render.data import JsonObject, answer_data
from cep_route.spelling import Spellings
from cep_route.text import normalise
from cep_route.typed import (
    Told,
    Vocabulary,
    as_text,
    contradictions,
    read_birth,
    read_date,
    read_hour,
    read_mode,
)

__all__ = [
    "Finding",
    "Profile",
    "Route",
    "Router",
    "Unreadable",
    "calendar",
    "load",
    "route",
    "route_json",
]


class Unreadable(Exception):  # noqa: N818  # it says what happened
    """The rules, the territory or the profile hold faults: `findings` says which, `said` says it in words.

    Its own text holds codes only: what a script logs of it names nobody.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(", ".join(f.code for f in self.findings))

    def __reduce__(self) -> tuple[Any, ...]:
        return Unreadable, (self.findings,)

    def said(self, lang: Literal["fr", "en"] = "fr") -> list[str]:
        """One sentence per finding, after its code. The sentences may quote what was told of the person."""
        from cep_route.messages import said

        return [f"{f.code} {said(f.code, f.values, lang)[0]}" for f in self.findings]


class Visit(Struct, frozen=True, kw_only=True):
    """One person to be routed: the profile as understood, the day, the territory that answers, what is to be said of them."""

    profile: Profile
    on: str
    territory: Territory
    remarks: tuple[Finding, ...] = ()
    at: str | None = None  # the hour at which desks are to be open, `HH:MM`; `live`: read off the clock
    live: bool = False


class Router:
    """The law, the territories met and the places, opened once. What it reads it reads once.

    Made by `load`. May be shared by threads: what is made lazily is made whole before it is put where others look, so two
    threads may do the same work once more and never see half of it.
    """

    def __init__(
        self,
        law: Law,
        *,
        rules: str | None = None,
        territories: str | None = None,
        territory: str | None = None,
        desks: Desks | None = None,
    ) -> None:
        self.law, self.rules = law, rules
        self.territory = territory
        self._desks = desks
        self.judge = Judge(law)
        self.territories = files.Territories(law, territories)
        self._spellings: Spellings | None = None
        self._configurations: tuple[Judge | None] | None = None
        self._questions: dict[str, Questions] = {}

    # -- reading what is told -------------------------------------------------------------------------------------------

    def read(
        self,
        facts: Mapping[str, Told],
        *,
        on: str,
        birth_date: Told = None,
        commune: Told = None,
        needs: Iterable[Told] = (),
        blocking: Iterable[Told] = (),
        months: Iterable[str | tuple[Iterable[int], Mapping[str, Told]]] = (),
        mode: Told = None,
        at: Told = None,
        live: bool = False,
        territory: str | None = None,
        by_hand: bool = False,
    ) -> tuple[Visit | None, list[Finding]]:
        """The person the words describe, or every finding that keeps them from being one; warnings come with a person.

        Words are codes, or what the command line takes: French or English values, names of communes, postcodes. `on`: an ISO
        day. `territory`: an id or a file; without it the one of the router, else that of the commune. `by_hand`: someone typed
        the commune, so that a number which is a postcode is one, whatever commune has it as its Insee code; else it is the code.
        """
        territory = territory or self.territory
        text = as_text(commune)
        opened = territory or self._holder(text)
        card, faults = self._card(opened)
        home, more = self._home(text, card, by_hand=by_hand)
        faults += more
        if home and not territory and (its_own := self._holder(home)) != opened:
            card, more = self._card(its_own)
            faults += more
        words = Vocabulary(self.law, self._tables, card)
        known = words.facts(facts)
        if by_hand:
            known, more = self._typed(known, on)
            words.findings += more
        birth, more = read_birth(as_text(birth_date), on)
        words.findings += [*more, *faults]
        way, unread = read_mode(as_text(mode))
        hour, late = read_hour(as_text(at))
        profile = Profile(
            facts=known,
            birth_date=birth,
            commune=home,
            needs=words.needs(needs),
            blocking=words.needs(blocking),
            months=words.months(months),
            mode=way,
        )
        findings = [*words.findings, *unread, *late]
        if not any(f.severity == "error" for f in findings):
            findings += self._contradictions(profile, on)
        if any(f.severity == "error" for f in findings):
            return None, [f for f in findings if f.severity == "error"]
        several = any(f.code == "CEP603" for f in findings)  # of a commune that was told, yet not told apart
        others = [f for f in self._remarks(profile, card, territory) if f.code != "CEP514" or not several]
        remarks = (*findings, *others)
        visit = Visit(
            profile=profile, on=on, territory=card, remarks=remarks, at=hour, live=live and bool(hour)
        )
        return visit, list(remarks)

    def _typed(self, known: dict[str, Value], on: str) -> tuple[dict[str, Value], list[Finding]]:
        """With what follows of the words someone typed until they tell otherwise, and how it is said."""
        said = []
        for card in self.law.typed:
            meant = card.fact not in known and all(known.get(n) in values for n, values in card.when.items())
            if meant and not self.judge.contradictions(known | {card.fact: card.value}, on):
                known = known | {card.fact: card.value}
                values = {"says": card.says["fr"], "says_en": card.says["en"]}
                said.append(Finding(code="CEP518", values=values, severity="warning"))
        return {name: known[name] for name in self.law.facts if name in known}, said

    def _contradictions(self, profile: Profile, on: str) -> list[Finding]:
        """Of the person, and of the person as each month makes them."""
        found = contradictions(profile, self.judge, on)
        if profile.months and not found:
            for _, told in profile.months:
                found += contradictions(of_the_month(profile, told), self.judge, on)
        return found

    def _tables(self) -> Spellings:
        if self._spellings is None:
            self._spellings = files.load_spellings(self.rules)
        return self._spellings

    # -- the territory and the home -------------------------------------------------------------------------------------

    def _holder(self, commune: str) -> str:
        """The territory that holds a commune, else the whole country."""
        is_code = len(commune) == 5 and commune[-1].isdigit()
        return self.territories.holder(commune) if is_code else files.WHOLE_COUNTRY

    def _card(self, name: str) -> tuple[Territory, list[Finding]]:
        """A territory by its name; the whole country, with the findings, for one that cannot be read."""
        card, faults = self.territories.card(name)
        if card is None:
            return Territory(head=Head(id=files.WHOLE_COUNTRY, name="France", as_of="")), list(faults)
        return card, []

    def _home(self, text: str, card: Territory, *, by_hand: bool) -> tuple[str | None, list[Finding]]:
        """The code of the commune that a code, a postcode or a name says. Several are a finding, never a guess: a warning to
        someone who typed it, who is answered as far as the commune does not matter.
        """
        if not text:
            return None, []
        own = {c.code: c for c in card.communes or ()}
        bare = text.rpartition(":")[2].strip()  # `insee:99301`
        named = [
            code
            for code, c in own.items()
            if code == bare or normalise(text) in (normalise(c.name), c.postcode)
        ]
        found = places.typed(text) if by_hand or ":" in text else places.find(text)
        if len(named) == 1 and not (by_hand and bare in {p for c in found.communes for p in c.postcodes}):
            return named[0], []
        exact = places.commune(text) if len(text) == 5 and not by_hand else None
        if exact is not None and exact.former is None:
            return exact.code, []
        finding = places.finding(found, text)
        if found.one:
            return found.one.code, [replace(finding, severity="warning")] if finding else []
        if finding and by_hand and found.status == "several":
            finding = replace(finding, severity="warning")
        return None, [finding] if finding else []

    def _remarks(self, profile: Profile, card: Territory, territory: str | None) -> list[Finding]:
        """What the answer rests on that the counsellor should know."""
        remarks = []
        if profile.commune is None:
            remarks.append(Finding(code="CEP514", severity="warning"))
        elif territory is not None and not files.holds(card, profile.commune):
            values = {"commune": profile.commune, "territory": card.head.id}
            remarks.append(Finding(code="CEP513", values=values, severity="warning"))
        if profile.birth_date and profile.birth_date.endswith("02-29"):
            remarks.append(Finding(code="CEP516", severity="warning"))
        return remarks

    # -- answering ------------------------------------------------------------------------------------------------------

    def answer(self, visit: Visit) -> Route | tuple[Stretch, ...]:
        """The route; for a year of several situations its calendar."""
        return self.calendar(visit) if visit.profile.months else self.route(visit)

    def route(self, visit: Visit) -> Route:
        """The whole answer on the day of the visit, with every warning it rests on."""
        if visit.profile.months:
            return self.calendar(visit)[0].route
        found = self._doors(self.where(visit.profile, visit.on, visit.territory), visit)
        return replace(found, warnings=(*visit.remarks, *found.warnings, *_unsure(found)))

    def calendar(self, visit: Visit) -> tuple[Stretch, ...]:
        """Twelve months from the day of the visit: one route for each stretch of months, with the hand-over at each change."""
        return of_the_year(
            visit.profile,
            visit.on,
            lambda profile, day: self._doors(self.where(profile, day, visit.territory), visit),
        )

    def _doors(self, found: Route, visit: Visit) -> Route:
        """The answer with which desks are open, when an hour of its day was told; the library that knows is loaded then only."""
        if visit.at is None or found.decision.on != visit.on:
            return found
        from cep_route.directory.opening import with_opening

        return with_opening(found, visit.at, live=visit.live)

    @property
    def desks(self) -> Desks:
        """The desks of the country: those given, else the embedded ones."""
        if self._desks is None:
            self._desks = Desks()
        return self._desks

    def where(self, profile: Profile, on: str, card: Territory) -> Route:
        """The engine's own answer for a profile of codes on the ground of a compiled territory."""
        if self._configurations is None:
            law, _ = files.load_cooperation(self.rules)
            self._configurations = (Judge(law) if law else None,)

        ground = Ground(card, self.desks)
        return where.route(self.judge, profile, on, card, ground, self._configurations[0])

    def interview(self, visit: Visit, declined: Iterable[str] = ()) -> Interview:
        """The interview that goes on from what is told of the person; `declined`: facts not known and not to be asked again."""
        since = self.law.segment(visit.on).since
        questions = self._questions.get(since)
        if questions is None:
            questions = self._questions[since] = Questions(self.law, visit.on)
        answers = tuple((name, None) for name in declined)
        return Interview(questions, self.judge.facts(visit.profile, visit.on), answers)


def _unsure(route: Route) -> list[Finding]:
    """The rules marked unsure that the answer rests on, and an age limit that comes with the next birthday."""
    decision = route.decision
    found = [
        Finding(code="CEP515", values={"rule": r.rule}, severity="warning")
        for r in decision.reasons
        if r.confidence == "unsure"
    ]
    if decision.until and decision.until.day is None:
        age = decision.until.why.partition(":")[2]
        found.append(Finding(code="CEP512", values={"age": age}, severity="warning"))
    return found


def is_decided(answer: Route | tuple[Stretch, ...]) -> bool:
    """Is who comes first the same for everyone the told facts allow, in every stretch of the year?"""
    routes = [stretch.route for stretch in answer] if isinstance(answer, tuple) else [answer]
    return all(route.decision.decided for route in routes)


# -- for scripts --------------------------------------------------------------------------------------------------------------


def load(
    territory: str | None = None,
    *,
    rules: str | None = None,
    territories: str | None = None,
    desks: str | None = None,
    accept_old: bool | None = None,
) -> Router:
    """Read the rules and make a router; raises `Unreadable` with the findings.

    Everyone is answered by the territory of their commune, the whole country where there is none. `territory` (an id or a file):
    everyone by that one. `rules`, `territories`: folders, instead of the shipped ones. `desks`: a file of desks that
    `territory import --desks` made, instead of the shipped one. `accept_old` does nothing any more: each desk tells its own age.
    """
    if accept_old is not None:
        warnings.warn(
            "accept_old does nothing: each desk tells its own age", DeprecationWarning, stacklevel=2
        )
    law, findings = files.load_law(rules)
    if law is None:
        raise Unreadable(findings)
    if territories is not None and (fault := files.no_territories(territories)):
        raise Unreadable([fault])
    try:
        listed = Desks(desks) if desks else None
    except NotDesksError:
        raise Unreadable([Finding(code="CEP722", values={"file": str(desks)})]) from None
    router = Router(law, rules=rules, territories=territories, territory=territory, desks=listed)
    if territory is not None:
        card, findings = router.territories.card(territory)
        if card is None:
            raise Unreadable(findings)
    return router


def route(
    router: Router,
    profile: Profile,
    on: str | date | None = None,
    *,
    territory: str | None = None,
    at: str | None = None,
) -> Route:
    """The whole answer for a profile on a day (today when none is told); warnings are part of it.

    `at`: an hour (`10:30`) at which to say which desks are open; without it `Desk.open` is None.

    The values of a profile are codes, or words the command line takes (`demandeur-emploi`, `Gap`); the answer holds the profile as
    understood. Raises `Unreadable` when a value is not known or when facts contradict each other, TypeError for a profile that is
    not shaped as its class says. Of a profile with `months`, the situation of the day answers.
    """
    return router.route(_visit(router, profile, on, territory, at))


def calendar(
    router: Router, profile: Profile, on: str | date | None = None, *, territory: str | None = None
) -> tuple[Stretch, ...]:
    """Twelve months from a day, cut where the situation changes (`Profile.months`); raises `Unreadable` like `route`."""
    return router.calendar(_visit(router, profile, on, territory))


def route_json(
    router: Router,
    profile: Profile,
    on: str | date | None = None,
    *,
    territory: str | None = None,
    at: str | None = None,
    lang: Literal["fr", "en"] = "fr",
) -> JsonObject:
    """What `cep-route route --format json` prints, as an object: a route, or a calendar for a profile with `months`.

    `cep-route schema route` describes it. Raises `Unreadable` like `route`.
    """
    answer = answer_data(router.answer(_visit(router, profile, on, territory, at)), router.law, lang)
    return {**answer}


def _visit(
    router: Router, profile: Profile, on: str | date | None, territory: str | None, at: str | None = None
) -> Visit:
    for name, kinds in (
        ("facts", Mapping),
        ("needs", Collection),
        ("blocking", Collection),
        ("months", Collection),
    ):
        if not isinstance(told := getattr(profile, name), kinds):
            raise TypeError(f"Profile.{name} is no {kinds.__name__.lower()} but {type(told).__name__}")
    if strange := [name for name in profile.facts if not isinstance(name, str)]:
        raise TypeError(f"Profile.facts names a fact by {type(strange[0]).__name__}, not by a string")
    # without a day, that of the place where the person is, as on the command line
    day = read_date(as_text(on)) if on is not None else date.today().isoformat()  # noqa: DTZ011
    if day is None:
        raise Unreadable([Finding(code="CEP504", values={"value": as_text(on)})])
    visit, findings = router.read(**asdict(profile), on=day, territory=territory, at=at)
    if visit is None:
        raise Unreadable(findings)
    return visit
