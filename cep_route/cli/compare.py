"""`cep-route compare A B [INTAKE]`: two dates, two folders of rules or two territories; how many kinds of person change, and which lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from cep_route import files
from cep_route.cli.console import CANNOT, FOUND, WELL, say, tell, the_day, the_law
from cep_route.engine.compare import Comparison, Sides, compare
from cep_route.engine.explain import Judge
from cep_route.engine.profile import read_date
from cep_route.model.answer import Finding, Profile, values_of
from cep_route.model.law import Law
from cep_route.model.profile import facts_on
from cep_route.render.data import operator_name

_SHOWN = 12  # moves on the page; the JSON holds them all


def from_words(*, a: str, b: str, intake: str | None, form: str, on: str | None, lang: str) -> int:
    """Exit 0 when nobody's answer changes, 1 when somebody's does."""
    day, faults = the_day(on)
    sides = [_side(word, day, lang) for word in (a, b)]
    if faults or None in sides:
        tell(faults, lang)
        return CANNOT
    (law_a, on_a), (law_b, on_b) = (side for side in sides if side)
    found = compare(law_a, on_a, law_b, on_b)
    lines = None
    if intake:
        lines = _lines(intake, Sides(law_a, on_a, law_b, on_b), law_b, on_b, lang)
        if lines is None:
            return CANNOT
    _say(found, lines, form, law_b, on_b, lang)
    return FOUND if found.changed_kinds else WELL


def _side(word: str, day: str, lang: str) -> tuple[Law, str] | None:
    """A date (under the shipped rules), a folder of rules, or a territory (which changes nobody's rights) on the day."""
    date = read_date(word)
    if date:
        law = the_law(None, lang)
        return (law, date) if law else None
    if os.path.isdir(word):
        law = the_law(word, lang)
        return (law, day) if law else None
    law = the_law(None, lang)
    if law is None:
        return None
    territory, findings = files.load_territory(word, law)
    tell(findings, lang)
    return (law, day) if territory else None


def _lines(intake: str, sides: Sides, law: Law, on: str, lang: str) -> list[int] | None:
    """The numbers of the lines whose answer changes; never their content."""
    from cep_route.intake.reading import Row
    from cep_route.intake.recognising import settled
    from cep_route.intake.source import columns_of, open_source

    spellings = files.load_spellings()
    source = open_source(intake, spellings)
    if isinstance(source, Finding):
        tell([source], lang)
        return None
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
            tell([rows.failure], lang)
            return None
    return found


def _say(found: Comparison, lines: list[int] | None, form: str, law: Law, on: str, lang: str) -> None:
    if form == "json":
        import json

        data = {**values_of(found), "moves": [_plain(values_of(m)) for m in found.moves], "lines": lines}
        say(json.dumps(_plain(data), ensure_ascii=False, indent=2))
        return
    for text in _text(found, law, on, french=lang == "fr"):
        say(text)
    if lines is not None:
        shown = " ".join(map(str, lines)) or ("aucune" if lang == "fr" else "none")
        say(
            f"lignes du fichier concernées : {shown}"
            if lang == "fr"
            else f"lines of the file concerned: {shown}"
        )


def _plain(value: Any) -> Any:
    return (
        {k: _plain(v) for k, v in value.items()}
        if isinstance(value, dict)
        else list(value)
        if isinstance(value, tuple)
        else value
    )


def _text(found: Comparison, law: Law, on: str, *, french: bool) -> Iterator[str]:
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
