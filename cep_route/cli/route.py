"""`cep-route route`: one person, one day, one territory, one answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from cep_route.cli.console import (
    CANNOT,
    FOUND,
    WELL,
    clock,
    is_plain,
    tell,
    the_day,
    the_law,
    today,
    width,
    write_out,
)
from cep_route.engine.profile import fact_name
from cep_route.model.answer import Finding, Route
from cep_route.model.law import Law
from cep_route.model.profile import Stretch
from cep_route.router import Router, Visit, is_decided

FORMATS = ("text", "json", "md", "html", "pdf")


def run(
    *,
    facts: Mapping[str, str],
    more: Sequence[str] = (),
    birth_date: str | None = None,
    commune: str | None = None,
    needs: Sequence[str] = (),
    blocking: Sequence[str] = (),
    months: Sequence[str] = (),
    mode: str | None = None,
    territory: str | None = None,
    territories: str | None = None,
    rules: str | None = None,
    on: str | None = None,
    at: str | None = None,
    form: str = "text",
    out: str | None = None,
    force: bool = False,
    simple: bool = False,
    accept_old: bool = False,
    reader: str | None = None,
    easy: bool = False,
    large: bool = False,
    consent: bool = False,
    lang: str = "fr",
) -> int:
    """Answer for the person the words describe; exit 1 when a fact is missing to decide, 2 when the words make no profile.

    `reader` (or html, pdf, `easy`, `large`, `consent`) asks for the sheet to take away instead of the answer on the screen.
    """
    law = the_law(rules, lang)
    day, findings = the_day(on)
    wanted = None
    if reader or easy or large or consent or form in ("html", "pdf"):
        from cep_route.cli.handout import understood

        wanted, faults = understood(reader, form, lang, easy=easy, large=large, consent=consent)
        findings += faults
    if law is None or findings:
        tell(findings, lang)
        return CANNOT
    router = Router(law, rules=rules, territories=territories, accept_old=accept_old)
    words, unclear = _merge(facts, more, law)
    paper = wanted is not None  # what is kept speaks of no hour unless one is told
    hour, live = _the_hour(at, day, told=bool(on) or paper, form=form)
    visit, findings = router.read(
        words, on=day, birth_date=birth_date, commune=commune, needs=needs, blocking=blocking, months=months,
        mode=mode, at=hour, live=live, territory=territory, by_hand=True,
    )  # fmt: skip
    if visit is None or unclear:
        tell((*unclear, *(f for f in findings if f.severity == "error")), lang)
        return CANNOT
    answer = router.answer(visit)
    text: str | bytes
    if wanted is not None:
        from cep_route.cli.handout import handout

        made = handout(answer, visit, router, form, wanted, simple=simple or bool(out))
        tell(findings, lang)
        if isinstance(made, list):
            tell(made, lang)
            return CANNOT
        text = made
    else:
        text = shown(answer, visit, law, form, lang, simple=simple or bool(out))
        tell(findings, lang)
    code = write_out(out, text, force=force, lang=lang)
    return code or (WELL if is_decided(answer) else FOUND)


def _the_hour(at: str | None, day: str, *, told: bool, form: str) -> tuple[str | None, bool]:
    """The hour at which desks are to be open, and whether it is read off the clock.

    A text answers whoever stands at the desk: with neither a day nor an hour told, it is of now. What a script reads (JSON,
    Markdown) never depends on the hour unless asked: `--at now`, which is of today alone.
    """
    if at is None:
        hour = clock() if form == "text" and not told else None
        return hour, hour is not None
    if at.strip().lower() in ("now", "maintenant") and day == today() and (hour := clock()):
        return hour, True
    return at, False


def from_words(**words: Any) -> int:
    """The words of the command line, as the grammar names them: `fact_x` for the flag of fact x, None for one not told."""
    facts = {
        name[5:]: value for name, value in words.items() if name.startswith("fact_") and value is not None
    }
    rest = {name: value for name, value in words.items() if not name.startswith("fact_")}
    if rest["form"] not in FORMATS:
        values = {
            "value": rest["form"],
            "option": "--format",
            "expected": ", ".join(FORMATS),
            "command": "route",
        }
        tell([Finding(code="CEP527", values=values)], rest["lang"])
        return CANNOT
    return run(
        facts=facts,
        more=rest.pop("fact") or (),
        needs=rest.pop("need") or (),
        blocking=rest.pop("blocking") or (),
        months=rest.pop("months") or (),
        **rest,
    )


def shown(
    answer: Route | tuple[Stretch, ...], visit: Visit, law: Law, form: str, lang: str, *, simple: bool
) -> str:
    """The answer in a format. What the page itself leaves unsaid goes to stderr: the JSON holds its warnings."""
    if form == "json":
        import json

        from cep_route.render.data import answer_data

        return json.dumps(answer_data(answer, law, lang), ensure_ascii=False, indent=2) + "\n"
    from cep_route.render import page, sheet

    if isinstance(answer, tuple):
        blocks = sheet.calendar_blocks(answer, law, lang, visit.territory)
    else:
        blocks = sheet.route_blocks(answer, law, lang, visit.territory)
    tell(warned(answer, visit), lang)
    if form == "md":
        return page.markdown(blocks, lang)
    if is_plain(sys.stdout, simple):
        return page.plain(blocks, lang)
    return page.terminal(blocks, width())


def warned(answer: Route | tuple[Stretch, ...], visit: Visit) -> list[Finding]:
    """What the answer rests on, each once; the remarks on the person are left to the caller, who says them whatever the format."""
    several = (
        [s.route.warnings for s in answer]
        if isinstance(answer, tuple)
        else [answer.warnings[len(visit.remarks) :]]
    )
    return list({w.code + str(w.values): w for warnings in several for w in warnings}.values())


def _merge(told: Mapping[str, str], more: Sequence[str], law: Law) -> tuple[dict[str, str], list[Finding]]:
    """The flags and the `--fact name=value` of a command; the same fact with two values is a finding."""
    words = dict(told)
    findings = []
    for text in more:
        name, equals, value = text.partition("=")
        name = fact_name(name.strip(), law)
        if not equals:
            findings.append(Finding(code="CEP510", values={"value": text}))
        elif words.get(name, value) != value:
            findings.append(Finding(code="CEP509", values={"fact": name}))
        else:
            words[name] = value
    return words, findings
