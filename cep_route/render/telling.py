"""How the pieces of an answer are said in one language, to one reader: facts, names, desks, hours, ages, reasons, laws. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cep_route.directory.age import months_between
from cep_route.directory.partners import ordered_needs
from cep_route.directory.where import STALE_MONTHS
from cep_route.messages import day_words, listed, number, say, tables
from cep_route.model.answer import Desk, Opening, Reason, Route
from cep_route.model.law import Law, Source, in_force
from cep_route.model.territory import Territory
from cep_route.render import hours
from cep_route.render.data import body, operator_name
from cep_route.render.parts import Said, Span, joined
from cep_route.render.safe import link

Holds = Callable[[Mapping[str, Any]], bool | None]
_FRENCH_NUMBERS = ("+33", "+262", "+590", "+594", "+596")  # ten digits by pairs, overseas too
_OLDEST, _YOUNGEST = 120, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a page is for. `reader`: screen, person or counsellor; `consent`: the person agrees that obstacles are handed over.

    `details`: everything that is known of the answer (the screen).
    """

    reader: str
    lang: str
    easy: bool = False
    large: bool = False
    consent: bool = False
    details: bool = False


class Telling:
    """One answer, and how to speak of its parts.

    `said`: `rules/handout.toml` compiled; `holds`: does a box of the rules' language hold this person (the engine answers).
    """

    def __init__(
        self,
        route: Route,
        law: Law,
        territory: Territory,
        wanted: Wanted,
        said: Mapping[str, Any] | None = None,
        holds: Holds | None = None,
    ) -> None:
        self.route, self.law, self.territory, self.wanted = route, law, territory, wanted
        self.said = said or {"statements": (), "questions": (), "kept_back": {"families": (), "facts": ()}}
        self.holds, self.near = holds, route.bodies
        self.decision, self.lang, self.easy = route.decision, wanted.lang, wanted.easy
        self.on = route.decision.on
        self.houses = {
            h["id"]: h for table in ("operators", "partners", "schemes") for h in territory.get(table) or ()
        }

    # -- small words ----------------------------------------------------------------------------------------------------

    def w(self, key: str, **values: str | float) -> str:
        """A sentence: in easy words, in the words of this reader, else in those of all."""
        known = tables(self.lang)
        handout, answer = known["handout"], known["answer"]
        text = known["handout_easy"].get(key) if self.easy else None
        if text is None and self.wanted.reader == "screen":
            text = answer.get(key)
        if text is None and self.wanted.reader != "person":
            text = handout.get(f"c_{key}")
        text = text or handout.get(key) or answer[key]
        return str(text).format_map(values)

    @property
    def colon(self) -> str:
        return str(tables(self.lang)["calendar"]["colon"])

    @property
    def semicolon(self) -> str:
        return str(tables(self.lang)["calendar"]["semicolon"])

    def either(self, parts: Iterable[str]) -> str:
        """« a, b ou c », each once; nothing when there is none."""
        several = list(dict.fromkeys(parts))
        return listed(several, self.lang, "or") if several else ""

    def all(self, parts: Iterable[str]) -> str:
        several = list(dict.fromkeys(parts))
        return listed(several, self.lang) if several else ""

    def day(self, iso: str) -> str:
        return day_words(iso, self.lang)

    # -- facts ----------------------------------------------------------------------------------------------------------

    def value(self, name: str, value: str) -> str:
        """A value, or a class of values, in words: see `value_words`."""
        return value_words(self.law, name, value, self.lang)

    def clause(self, name: str, value: str) -> str:
        """A fact of the person as a clause: « son handicap est reconnu », « son diplôme est de niveau bac+3 ou plus »."""
        clauses, words = tables(self.lang)["clause"], tables(self.lang)["clause_value"]
        values = value.split()
        whole = [clauses.get(f"{name}.{v}") for v in values]
        if len(values) == 1 and whole[0]:
            return str(whole[0])
        if name == "age":
            return self._age_clause(values)
        if len(values) > 1 and (tail := self._tail(name, values)):
            return tail
        pattern = clauses.get(name)
        if pattern is None:
            if all(whole):
                return self.either(map(str, whole))
            return f"{self.law.facts[name].label[self.lang]}{self.colon}{self.value(name, value)}"
        labels = self.law.facts[name].labels
        said = [str(words.get(f"{name}.{v}") or labels.get(v, {}).get(self.lang, v)) for v in values]
        return str(pattern).format_map({"value": self.either(said)})

    def _age_clause(self, values: list[str]) -> str:
        clauses = tables(self.lang)["clause"]
        said = []
        for span in _runs(values):
            low, _, high = span.partition("..")
            if high and int(high) >= _OLDEST:
                said.append(str(clauses["age.from"]).format(low=low))
            elif high and int(low) == _YOUNGEST:
                said.append(str(clauses["age.to"]).format(high=int(high) + 1))
            else:
                said.append(str(clauses["age"]).format(value=_years(span, self.lang)))
        return self.either(said)

    def _tail(self, name: str, values: list[str]) -> str:
        """« bac+3 ou plus » for the last values of an ordered fact; nothing for another."""
        clauses, fact = tables(self.lang)["clause"], self.law.facts[name]
        order = list(fact.values)
        for key, run, end in (
            ("from", order[-len(values) :], values[0]),
            ("to", order[: len(values)], values[-1]),
        ):
            pattern = clauses.get(f"{name}.{key}")
            if pattern and values == run:
                return str(pattern).format(value=fact.labels.get(end, {}).get(self.lang, end))
        return ""

    def told(self, left_out: Iterable[str] = ()) -> list[str]:
        """The facts as understood, but some; the birth date before them, the home after."""
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

    def labels(self, facts: Iterable[str]) -> str:
        return ", ".join(self.law.facts[f].label[self.lang] for f in facts)

    # -- needs ----------------------------------------------------------------------------------------------------------

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
        """The answers the page sends to: the first ones, or all the possible ones while something is missing."""
        return self.decision.first if self.decision.decided else self.decision.possible

    def outside(self, code: str) -> bool:
        return self.law.outside(code)

    def network(self, code: str, on: str | None = None) -> str:
        return operator_name(self.law, code, on or self.on, self.lang)

    def short(self, code: str, on: str | None = None) -> str:
        """A network's name without what stands in brackets."""
        return self.network(code, on).partition(" (")[0]

    def door(self, code: str, desk: Desk | None) -> str:
        """The house by its name, with its network's when the name does not say it."""
        network = self.network(code)
        if desk is None or not desk.name:
            return network
        short = self.short(code)
        return desk.name if short.casefold() in desk.name.casefold() else f"{short}{self.colon}{desk.name}"

    def bodies(self, codes: Iterable[str]) -> list[Mapping[str, Any]]:
        return [body(self.law, code, self.on, self.lang) for code in codes]

    # -- desks ----------------------------------------------------------------------------------------------------------

    def distance(self, desk: Desk) -> list[str]:
        found = []
        if desk.licence and desk.zone == "unknown" and desk.km is not None:
            found.append(self.w("nearest_known"))
        if desk.km is not None:
            found.append(self.w("here") if desk.km < 0.1 else self.w("km", km=self.number(desk.km)))
        if desk.minutes is not None:
            found.append(self.w("minutes", minutes=desk.minutes))
        return found

    def number(self, value: float) -> str:
        return number(round(value) if value >= 10 else round(value, 1), self.lang)

    def where(self, desk: Desk) -> str:
        """The address and how far it is."""
        return ", ".join(p for p in (desk.address or desk.commune_name or "", *self.distance(desk)) if p)

    def phone(self, phone: str | None, key: str = "") -> Said:
        """A phone as people write it, to be called by a click; `key`: the sentence it stands in."""
        if not phone:
            return ""
        text = phone_words(phone)
        return Span(self.w(key, phone=text) if key else text, link=link(f"tel:{phone}"))

    def email(self, desk: Desk) -> Said:
        email = desk.contact.email if desk.contact else None
        return Span(email, link=link(f"mailto:{email}")) if email else ""

    def site(self, url: str | None) -> Said:
        return Span(self.w("site", url=url), link=link(url)) if url else ""

    def reach(self, desk: Desk) -> Said:
        """Phone, e-mail and site on one line."""
        email = desk.contact.email if desk.contact else None
        mail = Span(self.w("email", email=email), link=link(f"mailto:{email}")) if email else ""
        return joined((self.phone(desk.phone, "phone"), mail, self.site(desk.url)), self.semicolon)

    def age(self, desk: Desk) -> str:
        """What is to be said of an old address or phone, with its age; nothing when it was checked lately."""
        if desk.shown == "old":
            return self.w("address_old", year=(desk.as_of or "")[:4])
        if desk.street_year:
            return self.w("street_of", year=desk.street_year)
        if desk.shown == "verify" and not desk.as_of:
            return self.w("address_undated")
        if desk.shown in {"verify", "today"}:
            return self.w(f"address_{desk.shown}", day=self.day(desk.as_of or self.on))
        checked = desk.contact.checked_on if desk.contact else None
        if not checked or months_between(checked, self.on) < STALE_MONTHS:
            return ""
        key = "stale" if desk.channel in {"desk", "permanence"} else "stale_phone"
        return self.w(key, day=self.day(checked))

    def told_by(self, desk: Desk) -> str:
        """Which public sheet tells a desk, the day of its last edit, and the day it was read."""
        if not desk.licence or not desk.as_of:
            return ""
        days = {"source": desk.source or "", "day": self.day(desk.as_of)}
        if desk.checked_on:
            return self.w("told_by_edited", edited=self.day(desk.checked_on), **days)
        return self.w("told_by", **days)

    def contact(self, contact: Mapping[str, Any]) -> str:
        """Somebody to call: name, role, phone, e-mail, and the day that was checked."""
        phone = contact.get("phone")
        parts = (contact.get("name"), contact.get("role"), phone and phone_words(phone), contact.get("email"))
        text = ", ".join(str(p) for p in parts if p)
        checked = contact.get("checked_on")
        return f"{text} ({self.w('checked', day=self.day(checked))})" if checked else text

    def opening(self, opening: Opening) -> str:
        return hours.opening_words(opening, self.lang)

    def spoken_hours(self, text: str) -> str:
        return hours.spoken(text, self.lang)

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
        articles = [c.article for c in cards if c.article]
        texts = articles or [c.text.partition(" : ")[0] for c in cards]
        return self.semicolon.join(dict.fromkeys(texts))

    def sources(self, keys: Iterable[str]) -> str:
        """Every text a rule rests on, and the oldest day on which one of them was last read."""
        cards = [self.law.source(key) for key in keys]
        texts = [self.source(c) for c in cards]
        read = min((c.read_on for c in cards if c.read_on), default=None)
        return self.semicolon.join(texts) + (self.w("read_on", day=self.day(read)) if read else "")

    def source(self, card: Source) -> str:
        """A text with its own date or version, and how much of it was read when that is not the whole."""
        text = card.article or card.text.partition(" : ")[0]
        how = [self.w(f"read_{card.read}")] if card.read in ("part", "quoted", "not_found") else []
        how += [self.w("read_newer")] if card.newer else []
        said = ", ".join(how)
        if card.of:
            first, dots, last = card.of.partition("..")
            if dots and not last:
                return self.w("source_since", text=text, of=first, how=f", {said}" if said else "")
            whole = len(first) == 10 and not dots
            first = self.day(first) if len(first) == 10 else first
            return self.w(
                "source_of_day" if whole else "source_of",
                text=text,
                of=first + ("-" + last if dots else ""),
                how=f", {said}" if said else "",
            )
        return self.w("source_how", text=text, how=said) if said else text

    def doubt(self, reason: Reason) -> str:
        """What is added to a reason that is not sure."""
        return f" ({self.w('unsure')})" if reason.confidence == "unsure" else ""

    # -- what is said beside the answer ---------------------------------------------------------------------------------

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
            if one["when"] and self.holds is not None and self.holds(one["when"]) is not True:
                continue
            yield one

    def lines(self, statement: Mapping[str, Any]) -> list[str]:
        if self.easy:
            return [words[self.lang] for words in statement["easy"]]
        return [statement[self.lang]]


def value_words(law: Law, name: str, value: str, lang: str) -> str:
    """A value, or a class of values, in words: `16..25` -> « de 16 à 25 ans », `bac3 bac4` -> « bac+3 ou bac+4 »."""
    fact = law.facts[name]
    if fact.kind == "years":
        said = [_years(span, lang) for span in _runs(value.split())]
    else:
        said = [fact.labels.get(v, {}).get(lang, v) for v in value.split()]
    return listed(said, lang, "or") if said else ""


def _years(span: str, lang: str) -> str:
    low, _, high = span.partition("..")
    if not high:
        return say("answer.years", lang, n=low)
    if int(high) >= _OLDEST:
        return say("answer.years_from", lang, low=low)
    return say("answer.years_span", lang, low=low, high=high)


def _runs(spans: Iterable[str]) -> list[str]:
    """Spans of years, those that touch made one: `26..29 30..120` -> `26..120`."""
    found: list[tuple[int, int]] = []
    for low, high in sorted((int(a), int(b or a)) for a, _, b in (span.partition("..") for span in spans)):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return [f"{low}..{high}" if low != high else str(low) for low, high in found]


def phone_words(phone: str) -> str:
    """`+33353010021` -> « 03 53 01 00 21 », `3949` -> « 39 49 »; a foreign number stays as it is written."""
    for code in _FRENCH_NUMBERS:
        if phone.startswith(code) and len(phone) == len(code) + 9:
            digits = "0" + phone[len(code) :]
            if digits[1] == "8":  # special numbers are said by threes: 0 809 361 212
                return f"0 {digits[1:4]} {digits[4:7]} {digits[7:]}"
            return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return f"{phone[:2]} {phone[2:]}" if len(phone) == 4 else phone
