"""`cep-route ask`: the interview. One question at a time, on any terminal or from a pipe; at the end the answer, and what to do with it.

First where the person lives, then the facts that still matter, then the needs; what is not known is passed over. Questions go to
stderr, for stdout carries the answer alone; arrow keys where there is a terminal and prompt_toolkit, lines of text everywhere else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from itertools import count
from typing import Any, Literal

from msgspec.structs import replace

from cep_route import places
from cep_route.cli.answers import PersonalAnswer
from cep_route.cli.config import with_config
from cep_route.cli.console import CannotRun, Result, asked_day, asked_law, deliver, note, sure, tell
from cep_route.cli.options import flag
from cep_route.engine.interview import Interview, Question
from cep_route.files.country import own as own_desks
from cep_route.messages import in_language, plural, say, template
from cep_route.model.answer import Finding
from cep_route.model.profile import age_on
from cep_route.places import Commune
from cep_route.render.safe import line as shown
from cep_route.render.screen import boxes, width
from cep_route.render.telling import Wanted
from cep_route.render.text import folded
from cep_route.router import Router, Visit
from cep_route.spelling import typed_word
from cep_route.text import normalise
from cep_route.typed import read_age, read_birth, read_date

SHOWN = 9  # proposed in a list, or named on a line
UNKNOWN = ("?", "", "ne sait pas", "je ne sais pas", "don't know", "dont know")
BACK = ("<", "retour", "back")
HELP = ("h", "aide", "help")
WAYS = {"back": BACK[0], "help": HELP[0]}


def ask(
    *,
    need: list[str] | None = None,
    commune: str | None = None,
    territory: str | None = None,
    on: str | None = None,
    form: Literal["text", "json", "md"] = "text",
    details: bool = False,
    simple: bool = False,
    sheet: str | None = None,
    out: str | None = None,
    force: bool = False,
    no_config: bool = False,
    lang: str = "fr",
) -> Result:
    """Ask what can still change the answer, then answer; exit 1 when it stays undecided, 2 when nobody can be asked."""
    law, day = asked_law(), asked_day(on)
    commune, territory, taken = with_config(commune, territory, lang, off=no_config)
    router = Router(law, desks=None if no_config else own_desks())
    asking = Prompt(lang, simple=simple)
    while True:
        start = sure(
            *router.read({}, on=day, commune=commune, needs=need or (), territory=territory, by_hand=True)
        )
        if taken:
            asking.say(taken)
        talk = Dialogue(router, start, territory, asking)
        if not talk.run():
            named = router.judge.table(day).named
            wanted = (card.label[lang] for n, card in law.facts.items() if named.get(n) and not card.places)
            raise CannotRun(Finding(code="CEP517", values={"facts": ", ".join(wanted)}))
        talk.end()
        answered = talk.answered()
        result = replace(answered.result(form, details=details), out=out, force=force, simple=simple)
        if sheet:
            talk.keep(answered, sheet, force=force)
        if not asking.someone or form != "text" or out:
            return result
        code = deliver(result, lang)
        if not talk.afterwards(simple=simple):
            return Result(code=code)
        need = None


class Prompt:
    """Who answers, and how: `someone` at a terminal, by its `keys` where the library is there. `ended`: nobody answers any more.

    Esc and Ctrl-C leave: both are `KeyboardInterrupt`.
    """

    def __init__(self, lang: str, *, simple: bool = False) -> None:
        self.lang = lang
        self.someone = all(s is not None and s.isatty() for s in (sys.stdin, sys.stderr))
        self.keys = self.someone and boxes(sys.stdout, simple) and find_spec("prompt_toolkit") is not None
        self.ended = False

    def say(self, text: str) -> None:
        """A line to who answers, cut between words on a terminal."""
        note(folded(text, width(sys.stderr)) if self.someone else text)

    def line(self, prompt: str = "") -> str:
        """One line of the person, without the spaces around it; nothing once nobody answers."""
        if self.someone:
            sys.stderr.write(folded(f"{prompt}>", width(sys.stderr)) + " ")
            sys.stderr.flush()
        text = sys.stdin.readline() if sys.stdin is not None else ""
        self.ended = not text
        return text.strip()

    def choose(self, question: str, options: Mapping[str, str], none: str = "unknown", **more: bool) -> str:
        """The option chosen of several by its label, or a line as it was typed. `more`: what the keys lead to as well (back, help)."""
        if self.keys:
            ways = {UNKNOWN[0]: none, **{WAYS[name]: name for name, there in more.items() if there}}
            told = {key: say(f"ask.{name}", self.lang) for key, name in ways.items()}
            return self._by_keys(question, {**options, **told})
        self.say(question)
        for number, label in enumerate(options.values(), 1):
            self.say(f"   {number} = {shown(label)}")
        text = self.line()
        if text.isascii() and text.isdigit() and 0 < int(text[:4]) <= len(options):
            return list(options)[int(text) - 1]
        return text

    def commune(self, communes: Sequence[Commune]) -> str:
        """The commune chosen of several, as it can be typed (`insee:05061`), or a line as it was typed."""
        options = {f"insee:{c.code}": f"{c.name} ({c.code}, {c.departement_name})" for c in communes}
        return self.choose(say("ask.which_home", self.lang), options)

    def _by_keys(self, question: str, options: Mapping[str, str]) -> str:
        """Chosen with the arrow keys or by its number."""
        # an extra, 90 ms: for a terminal alone
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.shortcuts import choice

        keys = KeyBindings()
        for key in (UNKNOWN[0], *WAYS.values()):
            keys.add(key, eager=True)(lambda event, key=key: event.app.exit(result=key))
        keys.add("escape", eager=True)(lambda event: event.app.exit(exception=KeyboardInterrupt))
        labels = [(value, shown(label)) for value, label in options.items()]
        # Enter alone never invents an answer
        return choice(shown(question), options=labels, default=UNKNOWN[0], key_bindings=keys)


class Dialogue:
    """The interview said aloud. `start` is what the words of the command told."""

    def __init__(self, router: Router, start: Visit, territory: str | None, asking: Prompt) -> None:
        self.law, self.router, self.asking, self.lang = router.law, router, asking, asking.lang
        self.talk: Interview = router.interview(start)
        self.on, known = start.on, start.profile
        self.commune, self.needs = known.commune, tuple(known.needs)
        self.birth: str | None = None
        self._kept: dict[str, Any] = {}  # what is known of questions to come
        self._spared: set[str] = set()  # those that needed no asking
        self._territory = territory
        self._asks_home, self._asks_needs = known.commune is None, not known.needs

    def run(self) -> bool:
        """Ask to the end; false when there is nobody to answer at all."""
        self._tell("list_keys" if self.asking.keys else "keys")
        if self._asks_home:
            self._ask_home()
        while not self.asking.ended:
            if (question := self.talk.question) is not None:
                self._answer(question)
            elif not self._asks_needs or self._ask_needs():
                break
        return bool(self.talk.answers or self.commune) or self.talk.question is None

    # -- at the end -----------------------------------------------------------------------------------------------------

    def answered(self) -> PersonalAnswer:
        """The answer to the person at the end, as the router reads it."""
        facts = {n: v for n, v in self.talk.facts.items() if not (n == "age" and self.birth)}
        visit = sure(*self._read(facts, birth_date=self.birth, commune=self.commune, needs=self.needs))
        return PersonalAnswer(self.router, visit, Wanted(reader="person", lang=self.lang))

    def keep(self, answered: PersonalAnswer, path: str, *, force: bool = False) -> None:
        """Write the sheet to take away."""
        faults = answered.keep(path, force=force)
        tell(faults, self.lang)
        if not faults:
            self._tell("sheet_written", file=shown(path))

    def afterwards(self, *, simple: bool) -> bool:
        """What is wanted of the answer: details, the sheet, a correction; true for the next person, false to leave."""
        details, sheet, correct, new, leave = [*template("ask.menu_letters", self.lang)]
        while not self.asking.ended:
            wanted = self.asking.line(say("ask.menu", self.lang) + " ")[:1].casefold()
            if wanted in (new, leave):
                return wanted == new
            if wanted == sheet:
                self._offer_sheet()
            elif wanted in (details, correct):
                if wanted == correct:
                    self._correct()
                told = self.answered().result("text", details=wanted == details)
                deliver(replace(told, simple=simple), self.lang)
        return False

    def _offer_sheet(self) -> None:
        stem = say("ask.sheet_name", self.lang)
        names = (f"{stem}{f'-{number}' if number > 1 else ''}.pdf" for number in count(1))
        free = next(name for name in names if not os.path.exists(name))
        name = self.asking.line(say("ask.sheet_where", self.lang, file=free) + " ") or free
        try:
            self.keep(self.answered(), name)
        except CannotRun as fault:  # an extra is missing
            tell(fault.findings, self.lang)

    def _correct(self) -> None:
        """Ask one question anew, then those that its new answer brings; answers that still stand are kept."""
        options = {name: self._labelled(name, value) for name, value in self.talk.answers}
        home = {"commune": say("ask.commune", self.lang, commune=self.commune or "?")}
        wanted = self.asking.choose(say("ask.correct", self.lang), options | home, none="nothing")
        if wanted == "commune":
            self._ask_home()
        if wanted not in options:
            return
        self._kept = {}
        while wanted not in self._kept:
            self._kept |= self.talk.answers[-1:]
            self.talk = self.talk.back()
        del self._kept[wanted]
        while not self.asking.ended and (question := self.talk.question) is not None:
            self._answer(question)

    def _labelled(self, name: str, value: Any) -> str:
        """A fact and what was answered of it."""
        fact = self.law.facts[name]
        known = "?" if value is None else str(value)
        return f"{fact.label[self.lang]} ({fact.labels[value][self.lang] if value in fact.labels else known})"

    def end(self) -> None:
        """How many questions were spared, and the command that says the same, in the language of the run."""
        words = []
        for name, value in self.talk.flags().items():
            fact = self.law.facts[name]
            own = in_language(None, fact.flag, self.lang) or name.replace("_", "-")
            word = f"--{own} {typed_word(fact, value, self.lang) if fact.values else value}"
            words.append(
                f"{flag('birth_date', self.lang)} {self.birth}" if name == "age" and self.birth else word
            )
        words += [f"--commune {self.commune}"] if self.commune else []
        words += [f"{flag('need', self.lang)} {need}" for need in self.needs]
        spared = self.talk.spared + self.talk.asked - self._asked()
        told = {"asked": plural("ask.asked", self._asked(), self.lang)}
        told |= {"spared": plural("ask.spared", spared, self.lang), "words": " ".join(words)}
        note(say("ask.end", self.lang, **told))  # there to be copied

    # -- saying and hearing ---------------------------------------------------------------------------------------------

    def _read(self, facts: dict[str, Any], **more: Any) -> tuple[Visit | None, list[Finding]]:
        return self.router.read(facts, on=self.on, territory=self._territory, by_hand=True, **more)

    def _asked(self) -> int:
        """How many questions were put."""
        return sum(name not in self._spared for name, _ in self.talk.answers)

    def _tell(self, name: str, **values: str) -> None:
        self.asking.say(say(f"ask.{name}", self.lang, **values))

    def _not_understood(self, text: str) -> None:
        self._tell("not_understood", text=shown(text)[:40])

    # -- where the person lives -----------------------------------------------------------------------------------------

    def _ask_home(self) -> None:
        """A postcode, a name or both; several communes are a list to choose from, and nothing known is nothing told."""
        self._tell("home")
        self.commune = None
        choices: tuple[Commune, ...] = ()
        while not self.commune:
            text = self.asking.commune(choices) if choices else self.asking.line()
            if self.asking.ended or text in (*UNKNOWN, *BACK):
                return
            if choices and text.isdecimal() and len(text) <= 2:  # no commune is told by so short a number
                self._not_understood(text)
            elif text in HELP:
                self._tell("home_help")
                choices = ()
            else:
                found, findings = self._read({}, commune=text)
                self.commune = found.profile.commune if found else None
                choices = _communes(text)
                if not self.commune and not choices:
                    tell(findings, self.lang)

    # -- the facts ------------------------------------------------------------------------------------------------------

    def _answer(self, question: Question) -> None:
        """Answer a question by what is known of it, else put it."""
        old = self._kept.pop(question.fact, question)
        if old is question or not (old is None or self.talk.possible(old)):
            self._spared.discard(question.fact)
            self._put(question)
        else:
            self._spared.add(question.fact)
            self.talk = self.talk.tell(old)

    def _put(self, question: Question) -> None:
        """Ask one fact and hear one answer: an option, its number or the beginning of its words, an age, a birth date, `?`, `<` or `h`."""
        fact = self.law.facts[question.fact]
        asked = f"{self._asked() + 1}. {fact.question[self.lang]}"
        options = {value: fact.labels[value][self.lang] for value in question.values}
        if options:
            text = self.asking.choose(asked, options, back=bool(self.talk.answers), help=bool(fact.help))
        else:
            self.asking.say(asked)
            text = self.asking.line()
        if self.asking.ended:
            return
        if text in BACK:
            if not self.talk.answers and self._asks_home:
                self._ask_home()
            self.talk, self._kept = self.talk.back(), {}
        elif text in UNKNOWN:
            self.talk = self.talk.tell(None)
        elif text in HELP:
            self.asking.say(f"   {fact.help[self.lang]}" if fact.help else say("ask.no_help", self.lang))
        elif (value := self._value(question.fact, options, text)) is not None:
            if self.talk.possible(value):
                self.talk = self.talk.tell(value)
            else:
                self._tell("impossible")

    def _value(self, name: str, labels: Mapping[str, str], text: str) -> str | int | None:
        """The value an answer says: whole, by the beginning of its words, in years or by a birth date, which is kept, for it is
        safer; what is wrong with it is told.
        """
        begun: list[str] = []
        if labels:
            read, _ = self._read({name: text})
            if read and name in read.profile.facts:
                self._kept |= {n: v for n, v in read.profile.facts.items() if n != name}
                return read.profile.facts[name]
            begun = [value for value, label in labels.items() if _begins(text, label)]
            if len(begun) == 1:
                return begun[0]
        else:
            self.birth = None
            if read_date(text):
                self.birth, findings = read_birth(text, self.on)
                tell(findings, self.lang)
                return age_on(self.birth, self.on) if self.birth else None
            if (age := read_age(text)) is not None:
                return age
        if begun:
            self._tell("several", named=", ".join(labels[value] for value in begun))
        else:
            self._not_understood(text)
        return None

    # -- the needs ------------------------------------------------------------------------------------------------------

    def _ask_needs(self) -> bool:
        """The needs, parted by commas; true when they are told, false to go back to the last question."""
        self._tell("needs")
        text = self.asking.line()
        if self.asking.ended or text in UNKNOWN:
            return True
        if text in BACK:
            self.talk = self.talk.back()
        elif text in HELP:
            self._list_needs(code for code in self.law.needs if "--" not in code)
        else:
            found = [self._need(word.strip()) for word in text.split(",") if word.strip()]
            self.needs = tuple(dict.fromkeys(need for need in found if need))
            return all(found)
        return False

    def _need(self, text: str) -> str | None:
        """The need a text says, or begins as the only one; what it may mean is told otherwise."""
        found, _ = self._read({}, commune=self.commune, needs=(text,))
        if found:
            return str(found.profile.needs[0])
        needs = self.law.needs.items()
        begun = [code for code, card in needs if _begins(text, code) or _begins(text, card.label[self.lang])]
        themes = [code for code in begun if "--" not in code]
        if len(themes or begun) == 1:
            return (themes or begun)[0]
        self._not_understood(text)
        self._list_needs(begun[:SHOWN])
        return None

    def _list_needs(self, codes: Iterable[str]) -> None:
        for code in codes:
            self.asking.say(f"   {code} — {self.law.needs[code].label[self.lang]}")


def _begins(text: str, words: str) -> bool:
    start = normalise(text)
    return bool(start) and normalise(words).startswith(start)


def _communes(text: str) -> tuple[Commune, ...]:
    """The communes to choose from: several of that number or name, of a name that begins so, of a near name."""
    found = places.typed(text)
    if found.status == "none":
        return (places.beginning(text) or places.nearest(text))[:SHOWN]
    return found.communes[:SHOWN] if found.status == "several" else ()
