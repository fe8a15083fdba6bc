"""How the law and its facts are said in one language, on one day: facts, names, texts, phones. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cep_route.messages import day_words, in_language, listed, say, tables, template
from cep_route.model.law import Law, Source
from cep_route.model.territory import ContactEntry, Territory
from cep_route.render.data import BodyData, body, operator_name

_FRENCH_NUMBERS = ("+33", "+262", "+590", "+594", "+596")  # ten digits by pairs, overseas too
_OLDEST, _YOUNGEST = 120, 0


class Wanted(Struct, frozen=True, kw_only=True):
    """What a page is for. `reader`: screen, person or counsellor; `consent`: the person agrees that obstacles are handed over.

    `details`: everything that is known of the answer (the screen).
    """

    reader: str
    lang: str
    easy: bool = False
    large: bool = False
    consent: bool = False
    details: bool = False


class Sayings:
    """The words of one law in one language. `on`: the day by which networks have their names."""

    def __init__(self, law: Law, lang: str, on: str) -> None:
        self.law, self.lang, self.on = law, lang, on
        self.colon, self.semicolon = template("calendar.colon", lang), template("calendar.semicolon", lang)

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

    def fact(self, name: str, value: str) -> str:
        """« situation principale : demandeur d'emploi »."""
        return f"{self.law.facts[name].label[self.lang]}{self.colon}{self.value(name, value)}"

    def labels(self, facts: Iterable[str]) -> str:
        return ", ".join(self.law.facts[f].label[self.lang] for f in facts)

    def clauses(self, box: Mapping[str, Iterable[str]]) -> str:
        """A box over facts as a sentence of its own: « la personne a 26 ans ou plus et cherche ... »."""
        return self.alone(self.condition(box))

    def condition(self, box: Mapping[str, Iterable[str]]) -> str:
        """A box over facts as what follows « si »; a fact of which every value is accepted tells nothing."""
        values = {name: tuple(accepted) for name, accepted in box.items()}
        return self.all(self.clause(n, " ".join(v)) for n, v in values.items() if not self._any(n, v))

    def _any(self, name: str, values: tuple[str, ...]) -> bool:
        fact = self.law.facts[name]
        if fact.kind == "years":
            return _runs(values) == [f"{_YOUNGEST}..{_OLDEST}"]
        return set(fact.values) <= set(values)

    def alone(self, clauses: str) -> str:
        """Clauses that follow nothing which names the person: the first one names it."""
        pronoun, person = template("clause.pronoun", self.lang), template("clause.person", self.lang)
        return person + clauses.removeprefix(pronoun) if clauses.startswith(pronoun) else clauses

    def clause(self, name: str, value: str) -> str:
        """A fact of the person as a clause: « son handicap est reconnu », « son diplôme est de niveau bac+3 ou plus »."""
        clauses, words = tables(self.lang)["clause"], tables(self.lang)["clause_value"]
        values = value.split()
        whole = [clauses.get(f"{name}.{v}") for v in values]
        if said := clauses.get(f"{name}.{'+'.join(values)}"):
            return str(said)
        if name == "age":
            return self._age_clause(values)
        if len(values) > 1 and (tail := self._tail(name, values)):
            return tail
        pattern = clauses.get(name)
        if pattern is None:
            return self.either(map(str, whole)) if all(whole) else self.fact(name, value)
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

    # -- networks and bodies --------------------------------------------------------------------------------------------

    def network(self, code: str, on: str | None = None) -> str:
        return operator_name(self.law, code, on or self.on, self.lang)

    def short(self, code: str, on: str | None = None) -> str:
        """A network's name without what stands in brackets."""
        return self.network(code, on).partition(" (")[0]

    def outside(self, code: str) -> bool:
        return self.law.outside(code)

    def bodies(self, codes: Iterable[str]) -> list[BodyData]:
        return [body(self.law, code, self.on, self.lang) for code in codes]

    # -- texts of the law -----------------------------------------------------------------------------------------------

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
        return self.semicolon.join(texts) + (
            say("answer.read_on", self.lang, day=self.day(read)) if read else ""
        )

    def source(self, card: Source) -> str:
        """A text with its own date or version, and how much of it was read when that is not the whole."""
        text = card.article or card.text.partition(" : ")[0]
        how = [f"read_{card.read}"] if card.read in ("part", "quoted", "not_found") else []
        how += ["read_newer"] if card.newer else []
        said = [say(f"answer.{key}", self.lang) for key in how]
        if card.of:
            said.insert(0, self._version(card.of))
        return f"{text} ({', '.join(said)})" if said else text

    def _version(self, of: str) -> str:
        """« version en vigueur depuis 2022 », « version du 18 décembre 2023 », « version de 2019-2023 »."""
        first, dots, last = of.partition("..")
        key = (
            "source_since"
            if dots and not last
            else "source_of_day"
            if len(first) == 10 and not dots
            else "source_of"
        )
        first = self.day(first) if len(first) == 10 else first
        return say(f"answer.{key}", self.lang, of=f"{first}-{last}" if last else first)

    def contact(self, contact: ContactEntry) -> str:
        """Somebody to call: name, role, phone, e-mail."""
        phone = phone_words(contact.phone) if contact.phone else None
        return ", ".join(p for p in (contact.name, contact.role, phone, contact.email) if p)


class LocalSayings(Sayings):
    """Also the words of one territory: the needs that it adds, whatever their family."""

    def __init__(self, law: Law, lang: str, on: str, territory: Territory) -> None:
        super().__init__(law, lang, on)
        self.territory = territory
        self.own_needs = {n.code: n for n in territory.needs or ()}

    def need(self, code: str) -> str:
        own = self.own_needs.get(code)
        if own is None:
            return self.law.need(code).label[self.lang]
        return in_language(own.en or own.fr, own.fr, self.lang)

    def needs_of(self, codes: Iterable[str]) -> str:
        return ", ".join(map(self.need, codes))


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
