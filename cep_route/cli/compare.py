"""`cep-route compare A B [INTAKE]`: two dates, two folders of rules or two territories; how many kinds of person change, and which lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Annotated, Any

from cep_route import files
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, asked_day, asked_law
from cep_route.cli.options import Day, Lang, argument, form
from cep_route.engine.compare import Comparison, Sides
from cep_route.engine.compare import compare as compared
from cep_route.engine.explain import Judge
from cep_route.engine.profile import read_date
from cep_route.intake.columns import settled
from cep_route.intake.reader import Row
from cep_route.intake.source import columns_of, open_source
from cep_route.model.answer import Finding, Profile, values_of
from cep_route.model.law import Law
from cep_route.model.profile import facts_on
from cep_route.render.data import operator_name

_SHOWN = 12  # moves on the page; the JSON holds them all


def compare(
    a: Annotated[str, argument("A")],
    b: Annotated[str, argument("B")],
    intake: Annotated[str | None, argument("[FILE]")] = None,
    form: Annotated[str, form("text", "json")] = "text",
    on: Day = None,
    lang: Lang = "fr",
) -> Result:
    """Two dates, rule sets or territories: how many kinds of person change, which lines of a file; exit 1 when any does."""
    day = asked_day(on)
    (law_a, on_a), (law_b, on_b) = _side(a, day), _side(b, day)
    found = compared(law_a, on_a, law_b, on_b)
    lines = _lines(intake, Sides(law_a, on_a, law_b, on_b), law_b, on_b) if intake else None
    answer = (
        _json(found, lines)
        if form == "json"
        else "\n".join(_text(found, lines, law_b, on_b, french=lang == "fr")) + "\n"
    )
    return Result(code=FOUND if found.changed_kinds else WELL, answer=answer, prose=form != "json")


def _side(word: str, day: str) -> tuple[Law, str]:
    """A date (under the shipped rules), a folder of rules, or a territory (which changes nobody's rights) on the day."""
    if date := read_date(word):
        return asked_law(), date
    if os.path.isdir(word):
        return asked_law(word), day
    law = asked_law()
    territory, findings = files.load_territory(word, law)
    if territory is None:
        raise CannotRun(*findings)
    return law, day


def _lines(intake: str, sides: Sides, law: Law, on: str) -> list[int]:
    """The numbers of the lines whose answer changes; never their content."""
    spellings = files.load_spellings()
    source = open_source(intake, spellings)
    if isinstance(source, Finding):
        raise CannotRun(source)
    found = []
    judge = Judge(law)
    with source:
        columns = columns_of(source, spellings, on, None)
        rows = source.reading.rows()
        for item in rows:
            if not isinstance(item, Row):
                continue
            person = columns.read(item.cells)
            facts, _ = settled(person.among, law, on)
            profile = Profile(facts={**facts, **person.facts}, birth_date=person.birth_date)
            told = facts_on(profile, on)
            if not judge.contradictions(told, on) and sides.differs(told):
                found.append(source.origin(item.line))
        if rows.failure is not None:
            raise CannotRun(rows.failure)
    return found


def _json(found: Comparison, lines: list[int] | None) -> str:
    data = {**values_of(found), "moves": [_plain(values_of(m)) for m in found.moves], "lines": lines}
    return json.dumps(_plain(data), ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    return (
        {k: _plain(v) for k, v in value.items()}
        if isinstance(value, dict)
        else list(value)
        if isinstance(value, tuple)
        else value
    )


def _text(found: Comparison, lines: list[int] | None, law: Law, on: str, *, french: bool) -> Iterator[str]:
    lang = "fr" if french else "en"
    if french:
        yield f"{found.changed_kinds} genres de personnes sur {found.kinds} changent de réponse"
    else:
        yield f"{found.changed_kinds} kinds of person out of {found.kinds} get another answer"
    words = {
        "gained": ("gagnent un opérateur", "gain an operator"), "lost": ("en perdent un", "lose one"),
        "replaced": ("en changent", "have one replaced"), "reordered": ("changent d'ordre", "change order"),
        "see": ("voient un autre organisme", "see another body"),
    }  # fmt: skip
    for kind, (kinds, _) in found.tally.items():
        if kinds:
            yield f"  {kinds} {words[kind][not french]}"
    for code, (plus, minus) in found.by_operator.items():
        yield f"  {operator_name(law, code, on, lang)} : +{plus} -{minus}"
    if found.by_rule:
        yield ("par règle : " if french else "by rule: ") + ", ".join(
            f"{r} ({n})" for r, n in found.by_rule.items()
        )
    for move in found.moves[:_SHOWN]:
        person = ", ".join(f"{n} = {' '.join(v)}" for n, v in move.witness.items()) or (
            "tout le monde" if french else "everyone"
        )
        yield f"- {person} : {' '.join(move.before['first'])} → {' '.join(move.after['first'])} ({move.kinds})"
    if len(found.moves) > _SHOWN:
        rest = len(found.moves) - _SHOWN
        yield (
            f"… {rest} autres changements : --format json"
            if french
            else f"… {rest} more changes: --format json"
        )
    if lines is not None:
        shown = " ".join(map(str, lines)) or ("aucune" if french else "none")
        yield f"lignes du fichier concernées : {shown}" if french else f"lines of the file concerned: {shown}"
