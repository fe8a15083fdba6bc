"""`cep-route ask`: the interview. One question at a time, plain lines on any terminal, answers from a person or a pipe.

First where the person lives, then the facts that still matter, then the needs; Enter passes over what is not known.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

from cep_route import places
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, asked_day, asked_law, said_of_old_flags
from cep_route.cli.options import AcceptOld, Day, Force, Home, Lang, Needs, Out, Simple, Territory, form
from cep_route.cli.route import shown as answered
from cep_route.cli.route import warned
from cep_route.engine.interview import Interview, Question
from cep_route.engine.profile import read_age, read_birth, read_date
from cep_route.model.answer import Finding
from cep_route.model.profile import age_on
from cep_route.places import Commune
from cep_route.render.findings import findings_text
from cep_route.render.safe import line as shown
from cep_route.render.sections import beside
from cep_route.router import Router, Visit, is_decided
from cep_route.spelling import normalise, typed_word

_UNKNOWN = ("", "?", "ne sait pas", "je ne sais pas", "don't know", "dont know")
_BACK = ("<", "retour", "back")
_HELP = ("h", "aide", "help")
_FEW = 9  # communes or needs proposed at once


def ask(
    need: Needs = None,
    commune: Home = None,
    territory: Territory = None,
    accept_old: AcceptOld = False,
    on: Day = None,
    form: Annotated[str, form("text", "json", "md")] = "text",
    simple: Simple = False,
    out: Out = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Ask what can still change the answer, then answer; exit 1 when it stays undecided, 2 when nobody can be asked."""
    said_of_old_flags(accept_old, lang)
    law, day = asked_law(), asked_day(on)
    router = Router(law)
    start, findings = router.read(
        {}, on=day, commune=commune, needs=need or (), territory=territory, by_hand=True
    )
    if start is None:
        raise CannotRun(*findings)
    talk = Dialogue(router, start, territory, lang)
    if not talk.run():
        table = router.judge.table(day)
        names = [n for n in law.facts if table.named.get(n, 0) & table.segment.deciding]
        facts = ", ".join(law.facts[n].label[lang] for n in names)
        raise CannotRun(Finding(code="CEP517", values={"facts": facts}))
    talk.end()
    visit, findings = talk.visit()
    if visit is None:
        raise CannotRun(*findings)
    answer = router.answer(visit)
    told = (*(warned(answer, visit) if form != "json" else ()), *findings)
    said = [f for f in told if form == "json" or not beside(f)]
    code = WELL if is_decided(answer) else FOUND
    drawn = answered(answer, visit, router, form, lang)
    return Result(code=code, answer=drawn, said=said, out=out, force=force, simple=simple)


class Dialogue:
    """The interview said aloud, on stderr: stdout carries the answer alone. `start` is what the words of the command told."""

    def __init__(self, router: Router, start: Visit, territory: str | None, lang: str) -> None:
        self.law, self.router, self.lang = router.law, router, lang
        self.talk: Interview = router.interview(start)
        self.on, known = start.on, start.profile
        self.commune, self.needs = known.commune, tuple(known.needs)
        self.birth: str | None = None
        self._territory = territory
        self._asks_home, self._asks_needs = known.commune is None, not known.needs
        self._ended = False  # nobody answers any more

    def run(self) -> bool:
        """Ask to the end; false when there is nobody to answer at all."""
        self._say(
            self._t(
                "Un numéro, ou le début d'un mot. Entrée : ne sait pas ; < : retour ; h : aide.",
                "A number, or the beginning of a word. Enter: not known; <: back; h: help.",
            )
        )
        if self._asks_home:
            self._ask_home()
        while not self._ended:
            if (question := self.talk.question) is not None:
                self._put(question)
            elif not self._asks_needs or self._ask_needs():
                break
        return bool(self.talk.answers or self.commune) or self.talk.question is None

    def visit(self) -> tuple[Visit | None, list[Finding]]:
        """The person at the end, as the router reads it."""
        facts = {n: v for n, v in self.talk.facts.items() if not (n == "age" and self.birth)}
        return self._read(facts, birth_date=self.birth, commune=self.commune, needs=self.needs)

    def _read(self, facts: dict[str, Any], **more: Any) -> tuple[Visit | None, list[Finding]]:
        return self.router.read(facts, on=self.on, territory=self._territory, by_hand=True, **more)

    def end(self) -> None:
        """How many questions were spared, and the command that says the same."""
        asked, spared = self.talk.asked, self.talk.spared
        if self.lang == "fr":
            count = f"{asked} question{'s' * (asked > 1)} posée{'s' * (asked > 1)}, {spared} épargnée{'s' * (spared > 1)}"
            self._say(f"{count}\nla même chose : cep-route route {self._words()}\n")
        else:
            self._say(
                f"{asked} question{'s' * (asked != 1)} asked, {spared} spared\nthe same: cep-route route {self._words()}\n"
            )

    def _words(self) -> str:
        """The words of `route` that say the same, in the language of the run."""
        words = []
        for name, value in self.talk.flags().items():
            fact = self.law.facts[name]
            flag = (fact.flag if self.lang == "fr" else None) or name.replace("_", "-")
            if name == "age" and self.birth:
                words.append(f"--{self._t('naissance', 'birth-date')} {self.birth}")
            else:
                words.append(f"--{flag} {typed_word(fact, value, self.lang) if fact.values else value}")
        words += [f"--commune {self.commune}"] if self.commune else []
        return " ".join(words + [f"--{self._t('besoin', 'need')} {need}" for need in self.needs])

    # -- saying and hearing ---------------------------------------------------------------------------------------------

    def _t(self, fr: str, en: str) -> str:
        return fr if self.lang == "fr" else en

    def _say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def _heard(self) -> str:
        """One line of the person; when there is none left, the interview has ended."""
        if sys.stdin.isatty():
            sys.stderr.write("> ")
            sys.stderr.flush()
        text = sys.stdin.readline()
        self._ended = not text
        return text.strip()

    def _not_understood(self, text: str) -> None:
        self._say(f"   {self._t('réponse non comprise :', 'answer not understood:')} {shown(text)[:40]}")

    # -- where the person lives -----------------------------------------------------------------------------------------

    def _ask_home(self) -> None:
        """A postcode, a name or both; several communes are a list to choose from, and nothing known is nothing told."""
        self._say(
            self._t(
                "Commune du domicile : nom, code postal, ou les deux ?",
                "Commune of the home: name, postcode, or both?",
            )
        )
        choices: tuple[Commune, ...] = ()
        while True:
            text = self._heard()
            if self._ended or text in (*_UNKNOWN, *_BACK):
                self.commune = None
                return
            if text in _HELP:
                self._say(
                    self._t("   « 05000 Gap », « 05061 » ou « Gap »", "   “05000 Gap”, “05061” or “Gap”")
                )
                continue
            if choices and text.isascii() and text.isdigit() and len(text) < 3:
                if not 0 < int(text) <= len(choices):
                    self._not_understood(text)
                    continue
                text = choices[int(text) - 1].code
            found, findings = self._read({}, commune=text)
            self._say_all(findings if found or not (choices := _communes(text)) else [])
            if found is not None:
                self.commune = found.profile.commune
                return
            for number, here in enumerate(choices, 1):
                self._say(f"   {number} = {here.name} ({here.code}, {here.departement_name})")

    def _say_all(self, findings: Sequence[Finding]) -> None:
        if findings:
            self._say(findings_text(findings, self.lang))

    # -- the facts ------------------------------------------------------------------------------------------------------

    def _put(self, question: Question) -> None:
        """Ask one fact and hear one answer: a number of the list, a word or its beginning, an age, a birth date, `?`, `<` or `h`."""
        fact = self.law.facts[question.fact]
        self._say(f"{self.talk.asked + 1}. {fact.question[self.lang]}")
        for number, value in enumerate(question.values, 1):
            self._say(f"   {number} = {fact.labels[value][self.lang]}")
        text = self._heard()
        if self._ended:
            return
        if text in _BACK:
            if not self.talk.answers and self._asks_home:
                self._ask_home()
            self.talk = self.talk.back()
        elif text in _UNKNOWN:
            self.talk = self.talk.tell(None)
        elif text in _HELP:
            help_ = fact.help
            self._say(
                f"   {help_[self.lang]}" if help_ else self._t("   pas d'autre aide", "   no further help")
            )
        else:
            self._tell(question, text)

    def _tell(self, question: Question, text: str) -> None:
        value = self._value(question, text)
        if value is None:
            return
        if not self.talk.possible(value):
            self._say(self._t("   impossible avec ce qui a été dit", "   not possible with what was told"))
        else:
            self.talk = self.talk.tell(value)

    def _value(self, question: Question, text: str) -> str | int | None:
        """The value an answer says; what is wrong with it is told."""
        if not question.values:
            return self._age(text)
        if text.isascii() and text.isdigit():
            number = int(text[:3])
            if 0 < number <= len(question.values):
                return question.values[number - 1]
        elif value := text if text in question.values else self.router.read_value(question.fact, text):
            return value
        elif begun := self._begun(question, text):
            if len(begun) == 1:
                return begun[0]
            labels = self.law.facts[question.fact].labels
            named = ", ".join(labels[v][self.lang] for v in begun)
            self._say(
                f"   {self._t('plusieurs réponses commencent ainsi :', 'several answers begin so:')} {named}"
            )
            return None
        self._not_understood(text)
        return None

    def _begun(self, question: Question, text: str) -> list[str]:
        """The values whose words in the language of the run begin so."""
        labels, start = self.law.facts[question.fact].labels, normalise(text)
        return [v for v in question.values if start and normalise(labels[v][self.lang]).startswith(start)]

    def _age(self, text: str) -> int | None:
        """Years, « 24 ans » too, or a birth date, which is kept: it is safer."""
        self.birth = None
        if read_date(text):
            self.birth, findings = read_birth(text, self.on)
            self._say_all(findings)
            return age_on(self.birth, self.on) if self.birth else None
        age = read_age(text.removesuffix(self._t("ans", "years")))
        if age is None:
            self._not_understood(text)
        return age

    # -- the needs ------------------------------------------------------------------------------------------------------

    def _ask_needs(self) -> bool:
        """The needs, parted by commas; true when they are told, false to go back to the last question."""
        self._say(
            self._t(
                "Des besoins ? mobilité, logement, santé… séparés par des virgules ; Entrée : aucun, h : la liste",
                "Any needs? mobilite, logement, sante… parted by commas; Enter: none, h: the list",
            )
        )
        text = self._heard()
        if self._ended or text in _UNKNOWN:
            return True
        if text in _BACK:
            self.talk = self.talk.back()
            return False
        if text in _HELP:
            themes = [
                f"   {code} — {n.label[self.lang]}" for code, n in self.law.needs.items() if "--" not in code
            ]
            self._say("\n".join(themes))
            return False
        found = [self._need(word.strip()) for word in text.split(",") if word.strip()]
        self.needs = tuple(dict.fromkeys(need for need in found if need))
        return all(found)

    def _need(self, text: str) -> str | None:
        """The need a text says, or begins as the only one; what it may mean is told otherwise."""
        found, _ = self._read({}, commune=self.commune, needs=(text,))
        if found:
            return str(found.profile.needs[0])
        start = normalise(text)
        begun = [
            code
            for code, card in self.law.needs.items()
            if any(normalise(words).startswith(start) for words in (code, card.label[self.lang]))
        ]
        themes = [code for code in begun if "--" not in code]
        if len(themes or begun) == 1:
            return (themes or begun)[0]
        self._not_understood(text)
        for code in begun[:_FEW]:
            self._say(f"   {code} — {self.law.needs[code].label[self.lang]}")
        return None


def _communes(text: str) -> tuple[Commune, ...]:
    """The communes a text may mean: of that name, of a name that begins so, of a near name."""
    return (places.find(text).communes or places.beginning(text) or places.nearest(text))[:_FEW]
