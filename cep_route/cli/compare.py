"""`cep-route compare A B [INTAKE]`: two dates, two folders of rules or two territories; how many kinds of person change, and which lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

from msgspec.structs import asdict

from cep_route import files
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, as_json, asked_day, asked_law, sure
from cep_route.engine.compare import Comparison, Move, Sides
from cep_route.engine.compare import compare as compared
from cep_route.engine.explain import Judge
from cep_route.intake.columns import settled
from cep_route.intake.reader import Row
from cep_route.intake.source import columns_of, open_source
from cep_route.messages import number, plural, say
from cep_route.model.answer import Finding, Profile
from cep_route.model.law import Law
from cep_route.model.profile import facts_on
from cep_route.render.parts import Line, Page, Section, section, table
from cep_route.render.telling import Sayings
from cep_route.typed import read_date

_SHOWN = 12  # moves on the page; the JSON holds them all


def compare(
    a: str,
    b: str,
    intake: str | None = None,
    *,
    form: Literal["text", "json"] = "text",
    on: str | None = None,
    lang: str = "fr",
) -> Result:
    """Two dates, rule sets or territories: how many kinds of person change, which lines of a file; exit 1 when any does."""
    day = asked_day(on)
    (law_a, on_a), (law, day_b) = _side(a, day), _side(b, day)
    found = compared(law_a, on_a, law, day_b)
    lines = _lines(intake, Sides(law_a, on_a, law, day_b), law, day_b) if intake else None
    code = FOUND if found.changed_kinds else WELL
    if form == "json":
        return Result(code=code, answer=as_json({**asdict(found), "lines": lines}))
    title = plural("compare.changed", found.changed_kinds, lang, kinds=number(found.kinds, lang))
    sections = tuple(_sections(found, lines, Sayings(law, lang, day_b)))
    return Result(code=code, answer=Page(title=title, sections=sections))


def _side(word: str, day: str) -> tuple[Law, str]:
    """A date (under the shipped rules), a folder of rules, or a territory (which changes nobody's rights) on the day."""
    if date := read_date(word):
        return asked_law(), date
    if os.path.isdir(word):
        return asked_law(word), day
    if word[:4].isdigit():  # half a date
        raise CannotRun(Finding(code="CEP504", values={"value": word}))
    law = asked_law()
    sure(*files.load_territory(word, law))
    return law, day


def _lines(intake: str, sides: Sides, law: Law, on: str) -> list[int]:
    """The numbers of the lines whose answer changes; never their content."""
    spellings = files.load_spellings()
    found, judge = [], Judge(law)
    with sure(open_source(intake, spellings)) as source:
        columns, rows = columns_of(source, spellings, on, None), source.rows()
        for item in rows:
            if isinstance(item, Row):
                person = columns.read(item.cells)
                facts = {**settled(person.among, law, on), **person.facts}
                told = facts_on(Profile(facts=facts, birth_date=person.birth_date), on)
                if not judge.contradictions(told, on) and sides.differs(told):
                    found.append(source.origin(item.line))
        if rows.failure is not None:
            raise CannotRun(rows.failure)
    return found


def _sections(found: Comparison, lines: list[int] | None, words: Sayings) -> Iterator[Section]:
    """How many change in what way, by operator and by rule; the widest moves in words; the lines of a file by their number."""
    lang = words.lang

    def w(*names: str) -> tuple[str, ...]:
        return tuple(say(f"compare.{name}", lang) for name in names)

    def shown(*counts: int) -> tuple[str, ...]:
        return tuple(number(count, lang) for count in counts)

    tally = [(*w(kind), *shown(kinds)) for kind, (kinds, _) in found.tally.items() if kinds]
    yield from table("tally", "", w("col_what", "col_kinds"), tally)
    gains = [(words.network(code), *shown(*counts)) for code, counts in found.by_operator.items()]
    operators = [(name, f"+{plus}", f"-{minus}") for name, plus, minus in gains]
    yield from table("operators", "", w("col_operator", "col_plus", "col_minus"), operators)
    rules = [(rule, *shown(kinds)) for rule, kinds in found.by_rule.items()]
    yield from table("rules", "", w("col_rule", "col_kinds"), rules)
    moves = [(_who(m, words), *_answers(m, words), *shown(m.kinds)) for m in found.moves[:_SHOWN]]
    yield from table("moves", "", w("col_who", "col_before", "col_after", "col_kinds"), moves)
    end = [plural("compare.more", len(found.moves) - _SHOWN, lang)] if len(found.moves) > _SHOWN else []
    if lines is not None:
        named = " ".join(map(str, lines)) or say("compare.no_line", lang)
        end.append(say("compare.lines", lang, lines=named))
    yield from section("end", "", [Line(text=text) for text in end])


def _who(move: Move, words: Sayings) -> str:
    """Whom a move concerns; ordinary law, which goes without saying, is not said."""
    facts, told = words.law.facts, move.witness
    told = {n: v for n, v in told.items() if not (facts[n].places and facts[n].values[0] in v)}
    return words.clauses(told) or say("compare.everyone", words.lang)


def _answers(move: Move, words: Sayings) -> tuple[str, str]:
    """Both answers, by what tells them apart: who comes first, else who may serve, else which body to see."""
    sides = (move.before, move.after)
    told = [[body.name for body in words.bodies(side["see"])] for side in sides]
    for part in ("eligible", "first"):
        if move.before[part] != move.after[part]:
            told = [[words.network(code) for code in side[part]] for side in sides]
    return words.either(told[0]), words.either(told[1])
