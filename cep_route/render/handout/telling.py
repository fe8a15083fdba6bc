"""What the person's and the counsellor's sheet share: names, desks, reasons, needs and statements, said in one language. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.directory.age import months_between
from cep_route.directory.where import STALE_MONTHS, ordered_needs
from cep_route.messages import table
from cep_route.model.answer import Desk, Match, Reason, Route, SchemeMatch
from cep_route.model.law import Law, in_force, next_day
from cep_route.model.profile import Stretch
from cep_route.render import hours
from cep_route.render.data import body, operator_name
from cep_route.render.sheet import Block, day_words, phone_words

WORDS, EASY = table("handout"), table("handout_easy")

Holds = Callable[[Mapping[str, Any]], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reader asked for. `reader`: person or counsellor; `consent`: the person agrees that obstacles are handed over."""

    reader: str
    lang: str
    easy: bool = False
    large: bool = False
    consent: bool = False


class Telling:
    """One answer, and how to speak of its parts.

    `said`: `rules/handout.toml` compiled; `holds`: does a box of the rules' language hold this person (the engine answers);
    `later`: the stretches of a year that come after this answer; `bodies`: the desks near by of those to see outside the CEP.
    """

    def __init__(
        self,
        route: Route,
        law: Law,
        territory: Mapping[str, Any],
        said: Mapping[str, Any],
        holds: Holds,
        wanted: Wanted,
        later: tuple[Stretch, ...] = (),
        bodies: Mapping[str, Desk] | None = None,
    ) -> None:
        self.route, self.law, self.territory, self.said = route, law, territory, said
        self.holds, self.wanted, self.later, self.near = holds, wanted, later, bodies or {}
        self.decision, self.lang, self.easy = route.decision, wanted.lang, wanted.easy
        self.on = route.decision.on
        tables = ("operators", "partners", "schemes")
        self.houses = {h["id"]: h for table in tables for h in territory.get(table) or ()}

    # -- small words ----------------------------------------------------------------------------------------------------

    def w(self, key: str, **values: object) -> str:
        """A fixed word: the counsellor's own (`c_…`) or the easy one where it differs from the person's."""
        both = WORDS.get(f"c_{key}" if self.wanted.reader == "counsellor" else key) or WORDS[key]
        easy = EASY.get(key, both) if self.easy else both
        return easy[self.lang].format(**values)

    @property
    def colon(self) -> str:
        return " : " if self.lang == "fr" else ": "

    @property
    def semicolon(self) -> str:
        return " ; " if self.lang == "fr" else "; "

    def either(self, parts: Iterable[str]) -> str:
        return f" {self.w('or')} ".join(parts)

    def day(self, iso: str) -> str:
        return day_words(iso, self.lang)

    def section(self, key: str, blocks: Iterable[Block], title: str = "") -> list[Block]:
        """A section with its key as tag; nothing when it has nothing to say."""
        found = list(blocks)
        return [Block(kind="section", text=title or self.w(key), tag=key), *found] if found else []

    # -- the person -----------------------------------------------------------------------------------------------------

    def value(self, name: str, value: str) -> str:
        fact = self.law.facts[name]
        if fact.kind == "years":
            spans = [s.replace("..", " à " if self.lang == "fr" else " to ") for s in value.split()]
            return self.either(spans) + (" ans" if self.lang == "fr" else "")
        return self.either(fact.labels.get(v, {}).get(self.lang, v) for v in value.split())

    def told(self, left_out: Iterable[str] = ()) -> list[str]:
        """The facts as understood, but some; then the birth date and the home."""
        profile, out = self.route.profile, set(left_out)
        told = [
            f"{self.law.facts[n].label[self.lang]}{self.colon}{self.value(n, str(v))}"
            for n, v in profile.facts.items()
            if n not in out
        ]
        if profile.birth_date:
            told.insert(0, self.w("born", day=self.day(profile.birth_date)))
        if profile.commune:
            told.append(self.w("home", name=self.route.home or profile.commune))
        return told

    def needs(self) -> tuple[str, ...]:
        profile = self.route.profile
        return ordered_needs(profile.needs, profile.blocking, self.law, self.territory)

    def need(self, code: str) -> str:
        own = next((n for n in self.territory.get("needs", ()) if n["code"] == code), None)
        return str(own.get(self.lang) or own["fr"]) if own else self.law.need(code).label[self.lang]

    def family(self, code: str) -> str:
        own = next((n["family"] for n in self.territory.get("needs", ()) if n["code"] == code), None)
        return str(own or self.law.need(code).family or "obstacles")

    # -- doors ----------------------------------------------------------------------------------------------------------

    def doors(self) -> tuple[str, ...]:
        """The answers the sheet sends to: the first ones, or all the possible ones while something is missing."""
        return self.decision.first if self.decision.decided else self.decision.possible

    def outside(self, code: str) -> bool:
        return self.law.outside(code)

    def network(self, code: str, on: str | None = None) -> str:
        return operator_name(self.law, code, on or self.on, self.lang)

    def door(self, code: str, desk: Desk | None) -> str:
        """The house by its name, with its network's when the name does not say it."""
        network = self.network(code)
        if desk is None or not desk.name:
            return network
        short = network.partition(" (")[0]
        if short.casefold() in desk.name.casefold():
            return desk.name
        return f"{short}{self.colon}{desk.name}"

    def bodies(self, codes: Iterable[str]) -> list[Mapping[str, Any]]:
        return [body(self.law, code, self.on, self.lang) for code in codes]

    def door_does(self, code: str) -> list[str]:
        return [text for s in self.statements("door", (code,)) for text in self.lines(s)]

    # -- desks ----------------------------------------------------------------------------------------------------------

    def distance(self, desk: Desk) -> list[str]:
        found = []
        if desk.km is not None:
            found.append(self.w("here") if desk.km < 0.1 else self.w("km", km=self.number(desk.km)))
        if desk.minutes is not None:
            found.append(self.w("minutes", minutes=desk.minutes))
        return found

    def number(self, value: float) -> str:
        text = f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.lang == "fr" else text

    def where(self, desk: Desk) -> str:
        """The address and how far it is."""
        return ", ".join(p for p in (desk.address or desk.commune_name or "", *self.distance(desk)) if p)

    def reach(self, desk: Desk, house: Mapping[str, Any] | None = None) -> str:
        """Phone, e-mail and site on one line."""
        contact = desk.contact or {}
        parts = [
            self.w("phone", phone=phone_words(desk.phone)) if desk.phone else "",
            self.w("email", email=contact["email"]) if contact.get("email") else "",
            self.w("site", url=desk.url or (house or {}).get("website")) if desk.url else "",
        ]
        return self.semicolon.join(p for p in parts if p)

    def stale(self, desk: Desk) -> str | None:
        """The day a contact was last checked, when that is long ago."""
        checked = (desk.contact or {}).get("checked_on")
        return checked if checked and months_between(checked, self.on) >= STALE_MONTHS else None

    def spoken_hours(self, text: str) -> str:
        return hours.spoken(text, self.lang)

    # -- what is said beside the answer ------------------------------------------------------------------------------------

    def statements(self, part: str, answers: tuple[str, ...] | None = None) -> Iterator[Mapping[str, Any]]:
        """The statements of a part that hold here; `answers`: the answers they must be for, by default the doors."""
        codes = self.doors() if answers is None else answers
        inside = any(not self.outside(c) for c in codes)
        families = {self.family(n) for n in self.needs()}
        for one in self.said["statements"]:
            if one["part"] != part or not in_force(one, self.on):
                continue
            if one["answers"] and not set(one["answers"]) & set(codes):
                continue
            if one.get("inside") is not None and one["inside"] != inside:
                continue
            if one["families"] and not set(one["families"]) & families:
                continue
            if one["when"] and self.holds(one["when"]) is not True:
                continue
            yield one

    def lines(self, statement: Mapping[str, Any]) -> list[str]:
        if self.easy:
            return [words[self.lang] for words in statement["easy"]]
        return [statement[self.lang]]

    # -- why ------------------------------------------------------------------------------------------------------------

    def reasons(self, role: str, operator: str | None = None) -> list[Reason]:
        return [
            r
            for r in self.decision.reasons
            if r.role == role and (operator is None or r.operator == operator)
        ]

    def law_of(self, keys: Iterable[str]) -> str:
        """The texts a rule rests on; the articles alone when there are some."""
        cards = [self.law.source(key) for key in keys]
        articles = [str(c.article) for c in cards if c.article]
        texts = articles or [str(c.text.partition(" : ")[0]) for c in cards]
        return self.semicolon.join(dict.fromkeys(texts))

    def until(self) -> tuple[str, str, str] | None:
        """(day or age, why, what follows) of the limit of this answer, by the names of the day after; nothing follows when it is not plain."""
        until = self.decision.until
        if until is None:
            return None
        kind, _, what = until.why.partition(":")
        why = self.w("until_age", age=what) if kind == "age" else self.w("until_law", day=self.day(what))
        after = next_day(until.day) if until.day else self.on
        clear = len(until.then) <= 2 and not any(map(self.outside, until.then))
        then = self.either(self.plain_door(c, after) for c in until.then) if clear else ""
        return (self.day(until.day), why, then) if until.day else (what, "", then)

    def plain_door(self, code: str, on: str | None = None) -> str:
        """An answer's short name; outside the CEP, a word that sends to somebody rather than away."""
        if self.outside(code):
            return "une autre adresse" if self.lang == "fr" else "another address"
        return self.network(code, on).partition(" (")[0]

    # -- partners -------------------------------------------------------------------------------------------------------

    def matches(self, need: str, most: int) -> list[Match]:
        return [m for m in self.route.partners if m.need == need][:most]

    def schemes(self, *, surely: bool) -> list[SchemeMatch]:
        return [s for s in self.route.schemes if bool(s.missing) is not surely]
