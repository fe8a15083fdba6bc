"""`cep-route explain`: a code, a rule, an operator, a fact, a need, or the lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from cep_route import files
from cep_route.cli.console import CannotRun, Result, as_json, asked_day, asked_law, one_of, sure
from cep_route.cli.handout import drawn
from cep_route.directory.ground import Ground
from cep_route.engine.profile import fact_name
from cep_route.messages import codes, example, say, template
from cep_route.model.answer import Finding
from cep_route.model.law import BEGINNING, FOREVER, Channel, DatedName, Law, Level, RuleCard, dated_name
from cep_route.places import table as places
from cep_route.render.law_diagram import dot, picture, svg
from cep_route.render.parts import (
    Line,
    Page,
    Pairs,
    Part,
    Said,
    Section,
    Span,
    capital,
    joined,
    section,
    table,
)
from cep_route.render.safe import link
from cep_route.render.screen import findings_section
from cep_route.render.telling import Sayings, Wanted, phone_words
from cep_route.render.territory import card_data, card_page, cards_of, one_page
from cep_route.render.text import markdown
from cep_route.text import near, normalise

_FAMILIES = ("obstacles", "project", "carrying_out")
_LEVELS = ("niveau", "niveaux", "level", "levels")
_LISTS = {
    "besoins": "needs", "needs": "needs", "regles": "rules", "règles": "rules", "rules": "rules", "codes": "codes",
    "faits": "facts", "facts": "facts", "operateurs": "operators", "opérateurs": "operators", "operators": "operators",
}  # fmt: skip
LISTS = {
    "fr": ("regles", "operateurs", "faits", "besoins", "codes"),
    "en": ("rules", "operators", "facts", "needs", "codes"),
}


def explain(
    word: str | None = None,
    *,
    territory: str | None = None,
    form: Literal["text", "json", "md", "html"] = "text",
    diagram: str | None = None,
    rules: str | None = None,
    on: str | None = None,
    out: str | None = None,
    force: bool = False,
    simple: bool = False,
    lang: str = "fr",
) -> Result:
    """Say what a word is, or with a territory the offer cards of whom it names there; exit 2 when nothing is called so.

    `diagram`: draw the law in a file instead, `.svg` or `.dot`: of one operator, or of all.
    """
    law, day = asked_law(rules), asked_day(on)
    if diagram is not None:
        one_of(diagram.rpartition(".")[2], ("svg", "dot"), "--diagram", "explain")
        if word is not None and word not in law.operators:
            raise CannotRun(Finding(code="CEP526", values={"word": word} | near(word, law.operators)))
        drawn = picture(law, day, lang, word)
        made = svg(drawn) if diagram.endswith("svg") else dot(drawn)
        return Result(answer=made, out=diagram, force=force)
    if territory is not None:
        shown = _cards(word or "", territory, law, day, form, lang)
        return Result(answer=shown, out=out, force=force, simple=simple)
    if form != "text":
        raise CannotRun(Finding(code="CEP584", values={"form": form}))
    known = [*law.operators, *law.facts, *law.needs, *law.bodies, *_LISTS, *{c.id for c in law.rules}]
    page = Book(law, lang, day).explain(word and _meant(word, known, law))
    if page is None:
        raise CannotRun(Finding(code="CEP526", values={"word": word or ""} | near(word or "", known)))
    return Result(answer=page, out=out, force=force, simple=simple)


def _meant(word: str, known: list[str], law: Law) -> str:
    """The known word that is written with other signs or letters, the fact of a flag, the need of an everyday word."""
    tables, words = files.load_spellings(), normalise(word)
    alike = {normalise(one): one for one in (*known, *(fact.flag or "" for fact in law.facts.values()))}
    valued = [n for n, values in tables["facts"].items() if words in (values or {})]
    found = word if word in known else alike.get(words) or tables["files"]["needs"].get(words)
    return fact_name(found, law) if found else valued[0] if len(valued) == 1 else word


def _cards(word: str, name: str, law: Law, on: str, form: str, lang: str) -> Page | str | bytes:
    """The cards of a word on a territory, in the form wanted; stops when it names nobody there."""
    territory = sure(*files.load_territory(name, law))
    found = cards_of(word, territory, law, on)
    if not found:
        several = (territory.operators, territory.partners, territory.schemes)
        ids = [house.id for houses in several for house in houses or ()]
        known = [*ids, *(c for c, o in law.operators.items() if not o.outside)]
        raise CannotRun(Finding(code="CEP583", values={"word": word, "territory": name} | near(word, known)))
    ground = Ground(territory)
    region = next((r for c in territory.head.communes or () if (r := ground.region(c))), None)
    data = [card_data(kind, house, law, territory, on, lang, ground.name, region) for kind, house in found]
    if form == "json":
        return as_json({"schema": 1, "cards": data})
    page = one_page([card_page(d, law, territory, lang, ground.name) for d in data])
    if form == "md":
        return markdown(page, lang)
    return drawn(page, form, Wanted(reader="counsellor", lang=lang)) if form == "html" else page


class Book(Sayings):
    """Everything the rules can say of themselves, in one language."""

    def explain(self, word: str | None) -> Page | None:
        """The page of a word; nothing when nothing is called so."""
        if word is None:
            lines = (Line(text=self.w("usage")), Line(text=self.w("lists")))
            return Page(sections=(Section(key="usage", parts=lines, flush=True),))
        if word in _LISTS:
            return self._list(_LISTS[word])
        if word.upper().startswith("CEP") and word.upper() in codes():
            return self._code(word.upper())
        if versions := [c for c in self.law.rules if c.id == word]:
            return Page(sections=tuple(s for c in versions for s in self._rule(c)))
        if word in _LEVELS:
            return Page(sections=tuple(s for level in self.law.levels for s in self._level(level)))
        if word in self.law.operators:
            return self._operator(word)
        if word in self.law.bodies:
            card = self.law.bodies[word]
            return self._named(word, dated_name(card.names, self.on, self.lang), (), card.what[self.lang])
        if word in self.law.facts:
            return self._fact(word)
        if word in self.law.needs:
            need = self.law.needs[word]
            return self._named(word, need.label[self.lang], (), self.w(need.family))
        return None

    def w(self, key: str, **values: str | int) -> str:
        return say(f"explain.{key}", self.lang, **values)

    def _named(self, code: str, name: str | None, rows: Iterable[tuple[str, Said]], lead: str = "") -> Page:
        """A word, its name, a sentence about it, and what is known of it, a line each."""
        pairs = tuple(rows)
        known: list[Part] = [Line(text=capital(lead))] if lead else []
        known += [Pairs(rows=pairs)] if pairs else []
        return Page(title=f"{code} — {name}", sections=tuple(section("known", "", known)))

    def _list(self, what: str) -> Page:
        """Every word of a kind, and what it means."""
        if what == "rules":
            columns = [self.w(key) for key in ("col_word", "col_dates", "col_says")]
            rows = [(c.id, self._dates(c), c.says[self.lang]) for c in self.law.rules]
            return Page(sections=tuple(table(what, "", columns, rows)))
        lists: dict[str, dict[str, str]]
        if what == "needs":
            families: dict[str, dict[str, str]] = {family: {} for family in _FAMILIES}
            for code, need in self.law.needs.items():
                families[need.family][code] = need.label[self.lang]
            lists = {capital(self.w(family)): told for family, told in families.items()}
        elif what == "operators":
            lists = {"": {code: self.network(code) for code in self.law.operators}}
        elif what == "facts":
            lists = {"": {name: f.question[self.lang] for name, f in self.law.facts.items()}}
        else:
            lists = {"": {code: template(code, self.lang) for code in codes()}}
        parts = (section(what, title, [Pairs(rows=tuple(told.items()))]) for title, told in lists.items())
        return Page(sections=tuple(one for several in parts for one in several))

    def _code(self, code: str) -> Page:
        """The message as people meet it, filled with a real case, and how to mend it."""
        why = Section(key="why", parts=(Line(text=template(code, self.lang, "why")),), flush=True)
        return Page(sections=(*findings_section([example(code)], self.lang), why))

    def _level(self, level: Level) -> Iterator[Section]:
        """A level of the CEP under one specification, and what it gives."""
        title = self.w("level", number=level.number, name=level.name[self.lang])
        dates = f"{level.gives[self.lang]} ({self._dates(level)})"
        yield from section(
            "level", title, [Line(text=dates), Pairs(rows=tuple(self._sources(level.sources)))]
        )

    def _dates(self, card: RuleCard | DatedName | Level) -> str:
        first = "" if card.since == BEGINNING else self.w("since", day=self.day(card.since))
        last = "" if card.until == FOREVER else self.w("until", day=self.day(card.until))
        return " ".join(p for p in (first, last) if p) or self.w("always")

    def _rule(self, card: RuleCard) -> Iterator[Section]:
        speaks = [self.fact(name, " ".join(values)) for name, values in card.when.items()] or [
            self.w("everyone")
        ]
        rows: list[tuple[str, Said]] = [(self.w("in_force"), self._dates(card))]
        rows += [("" if i else self.w("speaks"), text) for i, text in enumerate(speaks)]
        told = {
            "opens": self._operators([card.opens] if card.opens else []),
            "see": ", ".join(b.name for b in self.bodies(card.see)),
            "bars": self._operators(card.bars),
            "before": ", ".join(card.before),
            "joint": ", ".join(card.joint),
            "confidence": self.w(card.confidence),
        }
        rows += [(self.w(key), text) for key, text in told.items() if text]
        title = f"{card.id} — {card.says[self.lang]}"
        yield from section("rule", title, [Pairs(rows=(*rows, *self._sources(card.sources)))])

    def _operators(self, codes_: Iterable[str]) -> str:
        return ", ".join(f"{self.network(code)} ({code})" for code in codes_)

    def _sources(self, keys: Iterable[str]) -> Iterator[tuple[str, Said]]:
        label = self.w("source")
        for key in keys:
            source = self.law.source(key)
            url = Span(source.url or "", link=link(source.url or ""))
            read = self.w("read_on", day=self.day(source.read_on)) if source.read_on else ""
            yield label, joined((source.text, source.article or "", url, read), self.semicolon)
            label = ""

    def _operator(self, code: str) -> Page:
        card = self.law.operators[code]
        opening = [c.id for c in self.law.rules if c.opens == code and c.since <= self.on <= c.until]
        names = [f"{n.said[self.lang]} ({self._dates(n)})" for n in card.names]
        rows = [(self.w("receives"), card.public[self.lang]), (self.w("offers"), card.offers[self.lang])]
        rows += [(self.w("funding"), card.funds_training[self.lang])] if card.funds_training else []
        rows += [("" if i else self.w("names"), text) for i, text in enumerate(names)]
        reach = map(self._channel, card.channels)
        rows += [("" if i else self.w("reach"), text) for i, text in enumerate(reach)]
        return self._named(code, self.network(code), [*rows, (self.w("rules"), ", ".join(opening) or "—")])

    def _channel(self, one: Channel) -> str:
        """How an operator is reached from afar, in which regions, in which days."""
        names = places.regions()
        where = ", ".join(names.get(code, code) for code in one.regions) or self.w("everywhere")
        since = self.w("since", day=self.day(one.since)) if one.since else ""
        until = self.w("until", day=self.day(one.until)) if one.until else ""
        told = [one.name, one.phone and phone_words(one.phone), one.url, one.note and one.note[self.lang]]
        when = " ".join(p for p in (where, since, until) if p)
        return f"{when}{self.colon}{self.semicolon.join(t for t in told if t)}"

    def _fact(self, name: str) -> Page:
        fact = self.law.facts[name]
        values = [f"{v} — {fact.labels[v][self.lang]}" for v in fact.values] or ["0..120"]
        named = list(dict.fromkeys(c.id for c in self.law.rules if name in c.when))
        flags = " ".join(dict.fromkeys((f"--{name.replace('_', '-')}", f"--{fact.flag or name}")))
        rows = [("" if i else self.w("values"), text) for i, text in enumerate(values)]
        rows += [(self.w("options"), flags), (self.w("named_by"), ", ".join(named) or "—")]
        return self._named(name, fact.question[self.lang], rows, fact.help[self.lang] if fact.help else "")
