"""`cep-route explain`: a code, a rule, an operator, a fact, a need, or the lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from cep_route import files
from cep_route.cli.answers import drawn
from cep_route.cli.console import CannotRun, Result, as_json, asked_day, asked_law, one_of, sure
from cep_route.directory.ground import Ground
from cep_route.messages import codes, example, say, template
from cep_route.model.answer import Finding
from cep_route.model.law import BEGINNING, FOREVER, Channel, DatedName, Law, Level, RuleCard, dated_name
from cep_route.places import commune
from cep_route.places import table as places
from cep_route.render.law_diagram import dot, picture, svg
from cep_route.render.parts import Line, Page, Said, Section, Span, capital, joined, pairs, section, table
from cep_route.render.safe import link
from cep_route.render.screen import findings_section
from cep_route.render.telling import Sayings, Wanted, phone_words
from cep_route.render.territory import OfferCards
from cep_route.render.text import markdown
from cep_route.text import near, normalise
from cep_route.typed import fact_name

_LEVELS = ("niveau", "niveaux", "level", "levels")
LISTS = {
    "fr": ("regles", "operateurs", "faits", "besoins", "codes"),
    "en": ("rules", "operators", "facts", "needs", "codes"),
}
_KINDS = dict(zip(LISTS["fr"] + LISTS["en"], LISTS["en"] * 2, strict=True))


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
        made = picture(law, day, lang, word)
        return Result(answer=svg(made) if diagram.endswith("svg") else dot(made), out=diagram, force=force)
    if territory is not None:
        shown = _cards(word or "", territory, law, day, form, lang)
        return Result(answer=shown, out=out, force=force, simple=simple)
    if form != "text":
        raise CannotRun(Finding(code="CEP584", values={"form": form}))
    known = [*law.operators, *law.facts, *law.needs, *law.bodies, *_KINDS, *{c.id for c in law.rules}]
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
    ground = Ground(territory)
    region = next((here.region for c in territory.head.communes or () if (here := commune(c))), None)
    cards = OfferCards(law, territory, on, lang, ground.name, region)
    found = cards.of(word)
    if not found:
        several = (territory.operators, territory.partners, territory.schemes)
        ids = [house.id for houses in several for house in houses or ()]
        known = [*ids, *(c for c, o in law.operators.items() if not o.outside)]
        raise CannotRun(Finding(code="CEP583", values={"word": word, "territory": name} | near(word, known)))
    data = [cards.data(kind, house) for kind, house in found]
    if form == "json":
        return as_json({"schema": 1, "cards": data})
    page = cards.whole(data)
    if form == "md":
        return markdown(page, lang)
    return drawn(page, form, Wanted(reader="counsellor", lang=lang)) if form == "html" else page


class Book(Sayings):
    """Everything the rules can say of themselves, in one language."""

    def explain(self, word: str | None) -> Page | None:
        """The page of a word; nothing when nothing is called so."""
        law, lang, sections = self.law, self.lang, list[Section]()
        if word is None:
            sections.append(Section("usage", "", (Line(self.w("usage")), Line(self.w("lists"))), flush=True))
        elif word in _KINDS:
            return self._list(_KINDS[word])
        # a rule before the fact of its name, which it tells
        elif versions := [rule for rule in law.rules if rule.id == word]:
            sections += (one for rule in versions for one in self._rule(rule))
        elif word in law.operators:
            return self._operator(word)
        elif body := law.bodies.get(word):
            return self._named(word, dated_name(body.names, self.on, lang), body.what[lang])
        elif word in law.facts:
            return self._fact(word)
        elif need := law.needs.get(word):
            return self._named(word, need.label[lang], self.w(need.family))
        elif word.upper() in codes():  # the message as people meet it, on a real case, and how to mend it
            sections += findings_section([example(word.upper())], lang)
            sections.append(Section("why", "", (Line(template(word.upper(), lang, "why")),), flush=True))
        elif word in _LEVELS:
            sections += (one for level in law.levels for one in self._level(level))
        return Page(sections=tuple(sections)) if sections else None

    def w(self, key: str, **values: str | int) -> str:
        return say(f"explain.{key}", self.lang, **values)

    def _told(self, **told: Iterable[Said]) -> Iterator[tuple[str, Said]]:
        """What is known, a line each, under the label of its kind; of what is known in several texts, beside the first alone."""
        texts = ((key, i, text) for key, several in told.items() for i, text in enumerate(several))
        return (("" if i else self.w(key), text) for key, i, text in texts if text)

    def _named(self, code: str, name: str | None, lead: str = "", **told: Iterable[Said]) -> Page:
        """A word, its name, a sentence about it, and what is known of it."""
        first = [Line(capital(lead))] if lead else []
        known = section("known", "", (*first, *pairs(self._told(**told))))
        return Page(title=f"{code} — {name}", sections=tuple(known))

    # -- every word of a kind, and what it means --------------------------------------------------------------------------

    def _list(self, kind: str) -> Page:
        law, lang = self.law, self.lang
        if kind == "rules":
            columns = [self.w(key) for key in ("col_word", "col_dates", "col_says")]
            rows = [(c.id, self._dates(c), c.says[lang]) for c in law.rules]
            return Page(sections=tuple(table(kind, "", columns, rows)))
        lists = {
            "operators": {"": {code: self.network(code) for code in law.operators}},
            "facts": {"": {name: fact.question[lang] for name, fact in law.facts.items()}},
            "codes": {"": {code: template(code, lang) for code in codes()}},
            "needs": {
                capital(self.w(family)): {c: n.label[lang] for c, n in law.needs.items() if n.family == family}
                for family in ("obstacles", "project", "carrying_out")
            },
        }  # fmt: skip
        parts = ((title, pairs(told.items())) for title, told in lists[kind].items())
        return Page(sections=tuple(one for title, told in parts for one in section(kind, title, told)))

    # -- one word ---------------------------------------------------------------------------------------------------------

    def _rule(self, card: RuleCard) -> Iterator[Section]:
        told = self._told(
            in_force=[self._dates(card)],
            speaks=[self.fact(name, " ".join(values)) for name, values in card.when.items()] or [self.w("everyone")],
            opens=[self._operators([card.opens] if card.opens else [])],
            see=[", ".join(b.name for b in self.bodies(card.see))],
            bars=[self._operators(card.bars)],
            before=[", ".join(card.before)],
            joint=[", ".join(card.joint)],
            confidence=[self.w(card.confidence)],
            source=self._sources(card.sources),
        )  # fmt: skip
        yield from section("rule", f"{card.id} — {card.says[self.lang]}", pairs(told))

    def _level(self, level: Level) -> Iterator[Section]:
        """A level of the CEP under one specification, and what it gives."""
        title = self.w("level", number=level.number, name=level.name[self.lang])
        gives = Line(f"{level.gives[self.lang]} ({self._dates(level)})")
        told = self._told(source=self._sources(level.sources))
        yield from section("level", title, (gives, *pairs(told)))

    def _operator(self, code: str) -> Page:
        card = self.law.operators[code]
        opening = [c.id for c in self.law.rules if c.opens == code and c.since <= self.on <= c.until]
        return self._named(
            code,
            self.network(code),
            receives=[card.public[self.lang]],
            offers=[card.offers[self.lang]],
            funding=[card.funds_training[self.lang]] if card.funds_training else [],
            names=[f"{n.said[self.lang]} ({self._dates(n)})" for n in card.names],
            reach=map(self._channel, card.channels),
            rules=[", ".join(opening) or "—"],
        )

    def _fact(self, name: str) -> Page:
        fact = self.law.facts[name]
        flags = " ".join(dict.fromkeys((f"--{name.replace('_', '-')}", f"--{fact.flag or name}")))
        return self._named(
            name,
            fact.question[self.lang],
            fact.help[self.lang] if fact.help else "",
            values=[f"{v} — {fact.labels[v][self.lang]}" for v in fact.values] or ["0..120"],
            options=[flags],
            named_by=[", ".join(dict.fromkeys(c.id for c in self.law.rules if name in c.when)) or "—"],
        )

    # -- parts of them ------------------------------------------------------------------------------------------------------

    def _dates(self, card: RuleCard | DatedName | Level) -> str:
        return " ".join(self._days(card.since, card.until)) or self.w("always")

    def _days(self, since: str | None, until: str | None) -> list[str]:
        first = [self.w("since", day=self.day(since))] if since and since != BEGINNING else []
        return first + ([self.w("until", day=self.day(until))] if until and until != FOREVER else [])

    def _operators(self, codes_: Iterable[str]) -> str:
        return ", ".join(f"{self.network(code)} ({code})" for code in codes_)

    def _sources(self, keys: Iterable[str]) -> Iterator[Said]:
        for source in map(self.law.source, keys):
            url = Span(source.url or "", link=link(source.url or ""))
            read = self.w("read_on", day=self.day(source.read_on)) if source.read_on else ""
            yield joined((source.text, source.article or "", url, read), self.semicolon)

    def _channel(self, one: Channel) -> str:
        """How an operator is reached from afar, in which regions, in which days."""
        names = places.regions()
        where = ", ".join(names.get(code, code) for code in one.regions) or self.w("everywhere")
        told = [one.name, one.phone and phone_words(one.phone), one.url, one.note and one.note[self.lang]]
        when = " ".join((where, *self._days(one.since, one.until)))
        return f"{when}{self.colon}{self.semicolon.join(t for t in told if t)}"
