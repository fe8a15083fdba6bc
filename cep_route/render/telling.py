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
    """The words of one law in one language, and of the needs that a territory adds. `on`: the day by which networks have their names."""

    def __init__(self, law: Law, lang: str, on: str, territory: Territory | None = None) -> None:
        self.law, self.lang, self.on = law, lang, on
        self.colon, self.semicolon = template("calendar.colon", lang), template("calendar.semicolon", lang)
        self.own_needs = {n.code: n for n in (territory.needs if territory else None) or ()}

    def all(self, parts: Iterable[str], last: str = "and") -> str:
        """« a, b et c », each once; nothing when there is none."""
        return listed(dict.fromkeys(parts), self.lang, last)

    def either(self, parts: Iterable[str]) -> str:
        return self.all(parts, "or")

    def day(self, iso: str) -> str:
        return day_words(iso, self.lang)

    def need(self, code: str) -> str:
        own = self.own_needs.get(code)
        if own is None:
            return self.law.need(code).label[self.lang]
        return in_language(own.en or own.fr, own.fr, self.lang)

    def needs_of(self, codes: Iterable[str]) -> str:
        return ", ".join(map(self.need, codes))

    # -- facts ----------------------------------------------------------------------------------------------------------

    def value(self, name: str, value: str) -> str:
        """A value, or a class of values, in words: `16..25` -> « de 16 à 25 ans », `bac3 bac4` -> « bac+3 ou bac+4 »."""
        if self.law.facts[name].kind == "years":
            return self.either(self._years(span) for span in _runs(value.split()))
        return self.either(self._label(name, v) for v in value.split())

    def _label(self, name: str, value: str) -> str:
        return self.law.facts[name].labels.get(value, {}).get(self.lang, value)

    def _years(self, span: str) -> str:
        low, _, high = span.partition("..")
        if not high:
            return say("answer.years", self.lang, n=low)
        return say(
            f"answer.years_{'from' if int(high) >= _OLDEST else 'span'}", self.lang, low=low, high=high
        )

    def fact(self, name: str, value: str) -> str:
        """« situation principale : demandeur d'emploi »."""
        return f"{self.law.facts[name].label[self.lang]}{self.colon}{self.value(name, value)}"

    def labels(self, facts: Iterable[str]) -> str:
        return ", ".join(self.law.facts[f].label[self.lang] for f in facts)

    def clauses(self, box: Mapping[str, Iterable[str]]) -> str:
        """A box over facts as a sentence of its own, which names the person: « la personne a 26 ans ou plus et cherche ... »."""
        clauses, pronoun = self.condition(box), template("clause.pronoun", self.lang)
        told = template("clause.person", self.lang) + clauses.removeprefix(pronoun)
        return told if clauses.startswith(pronoun) else clauses

    def condition(self, box: Mapping[str, Iterable[str]]) -> str:
        """A box over facts as what follows « si »; a fact of which every value is accepted tells nothing."""
        told = []
        for name, accepted in box.items():
            fact, values = self.law.facts[name], tuple(accepted)
            years = fact.kind == "years"
            if not (
                _runs(values) == [f"{_YOUNGEST}..{_OLDEST}"] if years else set(fact.values) <= set(values)
            ):
                told.append(self.clause(name, " ".join(values)))
        return self.all(told)

    def clause(self, name: str, value: str) -> str:
        """A fact of the person as a clause: « son handicap est reconnu », « son diplôme est de niveau bac+3 ou plus »."""
        clauses, words = tables(self.lang)["clause"], tables(self.lang)["clause_value"]
        values, order = value.split(), list(self.law.facts[name].values)
        if whole := clauses.get(f"{name}.{'+'.join(values)}"):
            return str(whole)
        if name == "age":
            return self.either(map(self._age_clause, _runs(values)))
        last, first = order[-len(values) :], order[: len(values)]
        for key, run, end in (("from", last, values[0]), ("to", first, values[-1])):
            pattern = clauses.get(f"{name}.{key}")
            if pattern and values == run and len(values) > 1:  # « bac+3 ou plus »
                return str(pattern).format(value=self._label(name, end))
        pattern = clauses.get(name)
        if pattern is None:
            apart = [str(clauses.get(f"{name}.{v}", "")) for v in values]
            return self.either(apart) if all(apart) else self.fact(name, value)
        said = (str(words.get(f"{name}.{v}") or self._label(name, v)) for v in values)
        return str(pattern).format(value=self.either(said))

    def _age_clause(self, span: str) -> str:
        low, _, high = span.partition("..")
        if high and int(high) >= _OLDEST:
            return say("clause.age.from", self.lang, low=low)
        if high and int(low) == _YOUNGEST:
            return say("clause.age.to", self.lang, high=int(high) + 1)
        return say("clause.age", self.lang, value=self._years(span))

    # -- networks and bodies --------------------------------------------------------------------------------------------

    def network(self, code: str, on: str | None = None) -> str:
        return operator_name(self.law, code, on or self.on, self.lang)

    def short(self, code: str, on: str | None = None) -> str:
        """A network's name without what stands in brackets."""
        return self.network(code, on).partition(" (")[0]

    def bodies(self, codes: Iterable[str]) -> list[BodyData]:
        return [body(self.law, code, self.on, self.lang) for code in codes]

    # -- texts of the law -----------------------------------------------------------------------------------------------

    def law_of(self, keys: Iterable[str]) -> str:
        """The texts a rule rests on; the articles alone when there are some."""
        cards = [self.law.source(key) for key in keys]
        articles = [c.article for c in cards if c.article]
        return self.semicolon.join(dict.fromkeys(articles or (c.text.partition(" : ")[0] for c in cards)))

    def sources(self, keys: Iterable[str]) -> str:
        """Every text a rule rests on, and the oldest day on which one of them was last read."""
        cards = [self.law.source(key) for key in keys]
        read = min((c.read_on for c in cards if c.read_on), default=None)
        last = say("answer.read_on", self.lang, day=self.day(read)) if read else ""
        return self.semicolon.join(map(self._source, cards)) + last

    def _source(self, card: Source) -> str:
        """A text with its own date or version, and how much of it was read when that is not the whole."""
        text = card.article or card.text.partition(" : ")[0]
        how = [f"read_{card.read}"] if card.read in ("part", "quoted", "not_found") else []
        how += ["read_newer"] if card.newer else []
        said = [say(f"answer.{key}", self.lang) for key in how]
        if (
            card.of
        ):  # « version en vigueur depuis 2022 », « version du 18 décembre 2023 », « version de 2019-2023 »
            first, dots, last = card.of.partition("..")
            of_day = len(first) == 10
            key = "since" if dots and not last else "of_day" if of_day and not dots else "of"
            first = self.day(first) if of_day else first
            said.insert(0, say(f"answer.source_{key}", self.lang, of=f"{first}-{last}" if last else first))
        return f"{text} ({', '.join(said)})" if said else text

    def contact(self, contact: ContactEntry) -> str:
        """Somebody to call: name, role, phone, e-mail."""
        phone = phone_words(contact.phone) if contact.phone else None
        return ", ".join(p for p in (contact.name, contact.role, phone, contact.email) if p)


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
