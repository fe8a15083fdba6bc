"""`cep-route explain`: a code, a rule, an operator, a fact, a need, or the lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from cep_route.cli.card import cards
from cep_route.cli.console import CannotRun, Result, asked_day, asked_law, one_of
from cep_route.cli.options import Day, Force, Lang, Out, Rules, Simple, Territory, argument, form, option
from cep_route.messages import codes, day_words, example, template
from cep_route.model.answer import Finding
from cep_route.model.law import BEGINNING, FOREVER, Channel, DatedName, Law, Level, RuleCard, dated_name
from cep_route.places import table
from cep_route.render.law_diagram import dot, picture, svg
from cep_route.render.telling import phone_words
from cep_route.text import near

_LEVELS = ("niveau", "niveaux", "level", "levels")
_LISTS = {
    "besoins": "needs", "needs": "needs", "regles": "rules", "règles": "rules", "rules": "rules", "codes": "codes",
    "faits": "facts", "facts": "facts", "operateurs": "operators", "opérateurs": "operators", "operators": "operators",
}  # fmt: skip
LISTS = {
    "fr": ("regles", "operateurs", "faits", "besoins", "codes"),
    "en": ("rules", "operators", "facts", "needs", "codes"),
}


FORMATS = ("text", "json", "md", "html")


def explain(
    word: Annotated[str | None, argument("[WORD]")] = None,
    territory: Territory = None,
    form: Annotated[str, form("text", "json", "md", "html")] = "text",
    diagram: Annotated[str | None, option("--diagram", "--diagramme", takes="FILE", panel="files")] = None,
    rules: Rules = None,
    on: Day = None,
    out: Out = None,
    force: Force = False,
    simple: Simple = False,
    lang: Lang = "fr",
) -> Result:
    """Say what a word is, or with a territory the offer cards of whom it names there; exit 2 when nothing is called so.

    `diagram`: draw the law in a file instead, `.svg` or `.dot`: of one operator, or of all.
    """
    law, day = asked_law(rules), asked_day(on)
    one_of(form, FORMATS, "--format", "explain")
    if diagram is not None:
        one_of(diagram.rpartition(".")[2], ("svg", "dot"), "--diagram", "explain")
        if word is not None and word not in law.operators:
            raise CannotRun(Finding(code="CEP526", values={"word": word} | near(word, law.operators)))
        drawn = picture(law, day, lang, word)
        made = svg(drawn) if diagram.endswith("svg") else dot(drawn)
        return Result(answer=made, out=diagram, force=force)
    if territory is not None:
        shown = cards(word or "", territory, law, day, form, lang)
        return Result(answer=shown, out=out, force=force, simple=simple)
    if form != "text":
        raise CannotRun(Finding(code="CEP584", values={"form": form}))
    text = Book(law, day, lang).explain(word)
    if text is None:
        known = [*law.operators, *law.facts, *law.needs, *law.bodies, *_LISTS, *{c.id for c in law.rules}]
        raise CannotRun(Finding(code="CEP526", values={"word": word or ""} | near(word or "", known)))
    return Result(answer=text + "\n", out=out, force=force, prose=True)


class Book:
    """Everything the rules can say of themselves, in one language."""

    def __init__(self, law: Law, on: str, lang: str) -> None:
        self.law, self.on, self.lang = law, on, lang

    def explain(self, word: str | None) -> str | None:
        if word is None:
            return self._lists()
        if word in _LISTS:
            return str(getattr(self, f"_list_{_LISTS[word]}")())
        if word.upper().startswith("CEP") and word.upper() in codes():
            return self._code(word.upper())
        versions = [c for c in self.law.rules if c.id == word]
        if versions:
            return "\n\n".join(self._rule(c) for c in versions)
        if word in _LEVELS:
            return self._levels()
        if word in self.law.operators:
            return self._operator(word)
        if word in self.law.bodies:
            card = self.law.bodies[word]
            return f"{word} — {dated_name(card.names, self.on, self.lang)}\n{card.what[self.lang]}"
        if word in self.law.facts:
            return self._fact(word)
        if word in self.law.needs:
            return f"{word} — {self.law.needs[word].label[self.lang]} ({self._family(self.law.needs[word].family)})"
        return None

    def _t(self, fr: str, en: str) -> str:
        return fr if self.lang == "fr" else en

    def _lists(self) -> str:
        return self._t(
            "cep-route explain MOT, où MOT est un code (CEP501), une règle, un opérateur, un fait ou un besoin.\n"
            "Les listes : cep-route explain regles | operateurs | faits | besoins | codes",
            "cep-route explain WORD, where WORD is a code (CEP501), a rule, an operator, a fact or a need.\n"
            "The lists: cep-route explain rules | operators | facts | needs | codes",
        )

    def _list_needs(self) -> str:
        lines = []
        for family in ("obstacles", "project", "carrying_out"):
            lines.append(f"{self._family(family)} :" if self.lang == "fr" else f"{self._family(family)}:")
            lines += [
                f"  {code} — {n.label[self.lang]}" for code, n in self.law.needs.items() if n.family == family
            ]
        return "\n".join(lines)

    def _family(self, family: str) -> str:
        return {
            "obstacles": self._t("freins à lever", "obstacles to lift"),
            "project": self._t("construire le projet", "building the project"),
            "carrying_out": self._t("le mettre en œuvre", "carrying it out"),
        }[family]

    def _list_rules(self) -> str:
        return "\n".join(f"{c.id} ({self._dates(c)}) — {c.says[self.lang]}" for c in self.law.rules)

    def _list_operators(self) -> str:
        return "\n".join(
            f"{code} — {dated_name(o.names, self.on, self.lang)}" for code, o in self.law.operators.items()
        )

    def _list_facts(self) -> str:
        return "\n".join(f"{name} — {f.question[self.lang]}" for name, f in self.law.facts.items())

    def _list_codes(self) -> str:
        return "\n".join(f"{code} — {template(code, self.lang)}" for code in codes())

    def _code(self, code: str) -> str:
        """The message as people meet it, filled with a real case, and how to mend it."""
        from cep_route.render.findings import finding_text

        shown = finding_text(example(code), self.lang)
        return f"{shown}\n{template(code, self.lang, 'why')}"

    def _levels(self) -> str:
        """The levels of the CEP, under each specification, and what each gives."""
        colon = self._t(" : ", ": ")
        lines = []
        for level in self.law.levels:
            word = self._t("niveau", "level")
            lines.append(
                f"{word} {level.number} — {level.name[self.lang]} ({self._dates(level)}){colon}{level.gives[self.lang]}"
            )
            lines += [f"  {self._t('source', 'source')}{colon}{self._source(key)}" for key in level.sources]
        return "\n".join(lines)

    def _regions(self, channels: Iterable[Channel]) -> list[str]:
        """The channel of each region, one line for each stretch of days."""
        names = table.regions()
        lines = []
        for one in channels:
            where = ", ".join(names.get(code, code) for code in one.regions) or self._t(
                "partout", "everywhere"
            )
            days = f"{one.since or ''}..{one.until or ''}"
            told = [one.name, one.phone and phone_words(one.phone), one.url, one.note and one.note[self.lang]]
            lines.append(f"  {where} ({days}) — {' ; '.join(t for t in told if t)}")
        return lines

    def _dates(self, card: RuleCard | DatedName | Level) -> str:
        since, until = card.since, card.until
        first = (
            ""
            if since == BEGINNING
            else self._t(f"depuis le {day_words(since, 'fr')}", f"since {day_words(since, 'en')}")
        )
        last = (
            ""
            if until == FOREVER
            else self._t(f"jusqu'au {day_words(until, 'fr')}", f"until {day_words(until, 'en')}")
        )
        return " ".join(p for p in (first, last) if p) or self._t("toujours", "always")

    def _rule(self, card: RuleCard) -> str:
        colon = self._t(" : ", ": ")
        speaks = [
            f"  {self.law.facts[n].label[self.lang]}{colon}{self._values(n, v)}" for n, v in card.when.items()
        ]
        lines = [
            f"{card.id} — {card.says[self.lang]}",
            f"{self._t('en vigueur', 'in force')}{colon}{self._dates(card)}",
            f"{self._t('parle de', 'speaks of')}{colon}".rstrip()
            + ("" if speaks else self._t(" tout le monde", " everyone")),
            *speaks,
        ]
        for key, fr, en in (
            ("opens", "ouvre", "opens"), ("see", "voir", "see"), ("bars", "interdit", "bars"),
            ("before", "passe avant", "goes before"), ("joint", "à égalité avec", "joint with"),
        ):  # fmt: skip
            value = getattr(card, key)
            if value:
                lines.append(
                    f"{self._t(fr, en)}{colon}{value if isinstance(value, str) else ', '.join(value)}"
                )
        lines.append(f"{self._t('confiance', 'confidence')}{colon}{self._confidence(card.confidence)}")
        return "\n".join(
            lines + [f"{self._t('source', 'source')}{colon}{self._source(s)}" for s in card.sources]
        )

    def _values(self, name: str, values: Sequence[str]) -> str:
        labels = self.law.facts[name].labels
        return ", ".join(
            labels[v][self.lang] if v in labels else v.replace("..", self._t(" à ", " to ")) for v in values
        )

    def _confidence(self, word: str) -> str:
        return {
            "sure": self._t("sûr", "sure"),
            "likely": self._t("probable", "likely"),
            "unsure": self._t("incertain", "unsure"),
        }[word]

    def _source(self, key: str) -> str:
        source = self.law.source(key)
        parts = [source.text, source.article, source.url]
        if source.read_on:
            parts.append(f"{self._t('lu le', 'read on')} {day_words(source.read_on, self.lang)}")
        return self._t(" ; ", "; ").join(str(p) for p in parts if p)

    def _operator(self, code: str) -> str:
        card = self.law.operators[code]
        colon = self._t(" : ", ": ")
        names = [f"  {n.said[self.lang]} ({self._dates(n)})" for n in card.names]
        opening = [c.id for c in self.law.rules if c.opens == code and c.since <= self.on <= c.until]
        lines = [
            f"{code} — {dated_name(card.names, self.on, self.lang)}",
            f"{self._t('reçoit', 'receives')}{colon}{card.public[self.lang]}",
            f"{self._t('propose', 'offers')}{colon}{card.offers[self.lang]}",
        ]
        if card.funds_training:
            lines.append(f"{self._t('financement', 'funding')}{colon}{card.funds_training[self.lang]}")
        lines += [f"{self._t('noms', 'names')}{colon.rstrip()}", *names]
        if card.channels:
            lines += [f"{self._t('joindre', 'reach')}{colon.rstrip()}", *self._regions(card.channels)]
        return "\n".join(
            [*lines, f"{self._t('règles en vigueur', 'rules in force')}{colon}{', '.join(opening) or '—'}"]
        )

    def _fact(self, name: str) -> str:
        fact = self.law.facts[name]
        values = [f"  {v} — {fact.labels[v][self.lang]}" for v in fact.values] or ["  0..120"]
        named = [c.id for c in self.law.rules if name in c.when]
        help_ = [fact.help[self.lang]] if fact.help else []
        flags = " ".join(dict.fromkeys((f"--{name.replace('_', '-')}", f"--{fact.flag or name}")))
        colon = self._t(" : ", ": ")
        return "\n".join(
            [
                f"{name} — {fact.question[self.lang]}",
                *help_,
                *values,
                f"{self._t('options', 'options')}{colon}{flags}",
                f"{self._t('règles qui en parlent', 'rules that name it')}{colon}{', '.join(dict.fromkeys(named)) or '—'}",
            ]
        )
