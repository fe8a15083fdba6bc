"""`cep-route ask`: the interview. One question at a time, plain lines on any terminal, answers from a person or a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cep_route.api import Counter, is_decided
from cep_route.commands import CANNOT, FOUND, WELL, tell, the_day, the_law, write_out
from cep_route.commands.route import shown as answered
from cep_route.engine.ask import Interview
from cep_route.engine.profile import read_age
from cep_route.model.answer import Finding
from cep_route.render.safe import line as shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cep_route.engine.ask import Question
    from cep_route.engine.law import Law

_UNKNOWN = ("?", "ne sait pas", "je ne sais pas", "don't know", "dont know")
_BACK = ("<", "retour", "back")


def from_words(
    *,
    commune: str | None,
    need: Sequence[str] | None,
    territory: str | None,
    accept_old: bool,
    form: str,
    out: str | None,
    force: bool,
    simple: bool,
    on: str | None,
    lang: str,
) -> int:
    """Ask what can still change the answer, then answer; exit 1 when it stays undecided, 2 when nobody can be asked."""
    law = the_law(None, lang)
    day, findings = the_day(on)
    if law is None or findings:
        tell(findings, lang)
        return CANNOT
    counter = Counter(law, accept_old=accept_old)
    start, findings = counter.read(
        {}, on=day, commune=commune, needs=need or (), territory=territory, by_hand=True
    )
    if start is None:
        tell(findings, lang)
        return CANNOT
    talk = Dialogue(law, counter, counter.interview(start), lang).run()
    if talk is None:
        table = counter.judge.table(day)
        names = [n for n in law.facts if table.named.get(n, 0) & table.decisive]
        tell(
            [Finding(code="CEP517", values={"facts": ", ".join(law.facts[n]["label"][lang] for n in names)})],
            lang,
        )
        return CANNOT
    _tell_end(talk, lang)
    visit, findings = counter.read(
        talk.facts, on=day, commune=commune, needs=need or (), territory=territory, by_hand=True
    )
    if visit is None:
        tell(findings, lang)
        return CANNOT
    answer = counter.answer(visit)
    text = answered(answer, visit, law, form, lang, simple=simple or bool(out))
    tell(findings, lang)
    code = write_out(out, text, force=force, lang=lang)
    return code or (WELL if is_decided(answer) else FOUND)


class Dialogue:
    """The interview said aloud, on stderr: stdout carries the answer alone."""

    def __init__(self, law: Law, counter: Counter, talk: Interview, lang: str) -> None:
        self.law, self.counter, self.talk, self.lang = law, counter, talk, lang

    def run(self) -> Interview | None:
        """The interview at its end; None when there is nobody to answer its first question."""
        while (question := self.talk.question) is not None:
            self._ask(question)
            text = sys.stdin.readline()
            if not text:
                return self.talk if self.talk.answers else None
            self._hear(question, text.strip())
        return self.talk

    def _t(self, fr: str, en: str) -> str:
        return fr if self.lang == "fr" else en

    def _say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def _ask(self, question: Question) -> None:
        fact = self.law.facts[question.fact]
        self._say(f"{self.talk.asked + 1}. {fact['question'][self.lang]}")
        for number, value in enumerate(question.values, 1):
            self._say(f"   {number} = {fact['labels'][value][self.lang]}")
        self._say(self._t("   ? = ne sait pas, < = retour, h = aide", "   ? = not known, < = back, h = help"))

    def _hear(self, question: Question, text: str) -> None:
        """One answer: a number of the list, a word, an age, `?`, `<` or `h`."""
        fact = self.law.facts[question.fact]
        if text in _BACK:
            self.talk = self.talk.back()
        elif text in _UNKNOWN:
            self.talk = self.talk.tell(None)
        elif text in ("h", "aide", "help"):
            help_ = fact["help"]
            self._say(
                f"   {help_[self.lang]}" if help_ else self._t("   pas d'autre aide", "   no further help")
            )
        else:
            self._tell(question, text)

    def _tell(self, question: Question, text: str) -> None:
        value = self._value(question, text)
        if value is None:
            self._say(f"   {self._t('réponse non comprise :', 'answer not understood:')} {shown(text)[:40]}")
        elif not self.talk.possible(value):
            self._say(self._t("   impossible avec ce qui a été dit", "   not possible with what was told"))
        else:
            self.talk = self.talk.tell(value)

    def _value(self, question: Question, text: str) -> str | int | None:
        if not question.values:
            return read_age(text)
        if text.isascii() and text.isdigit():
            number = int(text[:3])
            return question.values[number - 1] if 0 < number <= len(question.values) else None
        return text if text in question.values else self.counter.read_value(question.fact, text)


def _tell_end(talk: Interview, lang: str) -> None:
    """How many questions were spared, and the command that says the same."""
    words = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in talk.flags().items())
    if lang == "fr":
        sys.stderr.write(
            f"{talk.asked} questions posées, {talk.spared} épargnées\nla même chose : cep-route route {words}\n\n"
        )
    else:
        sys.stderr.write(
            f"{talk.asked} questions asked, {talk.spared} spared\nthe same: cep-route route {words}\n\n"
        )
