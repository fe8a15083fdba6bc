"""`cep-route route`: one person, one day, one territory, one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import json

from cep_route.cli.asking import Prompt
from cep_route.cli.communes import agree, candidates, chosen, told_apart, with_section
from cep_route.cli.config import with_config
from cep_route.cli.console import (
    CANNOT,
    FOUND,
    WELL,
    CannotRun,
    Result,
    asked_day,
    asked_law,
    clock,
    said_of_old_flags,
    today,
)
from cep_route.cli.handout import handout, understood, write_handout
from cep_route.engine.profile import fact_name
from cep_route.files.country import own as own_desks
from cep_route.model.answer import Finding, Route
from cep_route.model.law import Law
from cep_route.model.profile import Stretch
from cep_route.render.data import answer_data
from cep_route.render.parts import Page
from cep_route.render.telling import Wanted
from cep_route.render.text import markdown
from cep_route.router import Router, Visit, is_decided


def route(
    *,
    birth_date: str | None = None,
    need: list[str] | None = None,
    blocking: list[str] | None = None,
    fact: list[str] | None = None,
    months: list[str] | None = None,
    mode: str | None = None,
    commune: str | None = None,
    territory: str | None = None,
    territories: str | None = None,
    accept_old: bool = False,
    on: str | None = None,
    at: str | None = None,
    form: Literal["text", "json", "md", "html", "pdf"] = "text",
    reader: str | None = None,
    easy: bool = False,
    large: bool = False,
    consent: bool = False,
    details: bool = False,
    sheet: str | None = None,
    simple: bool = False,
    out: str | None = None,
    force: bool = False,
    rules: str | None = None,
    no_config: bool = False,
    lang: str = "fr",
    **facts: str | None,
) -> Result:
    """Answer for the person the words describe; exit 1 when a fact is missing to decide, 2 when the words make no profile.

    `facts`: `fact_x` is the flag of fact x. `reader` (or html, pdf, `easy`, `large`, `consent`) asks for the sheet to take away
    instead of the answer on the screen.
    """
    said_of_old_flags(accept_old, lang)
    law, day = asked_law(rules), asked_day(on)
    wanted = None
    if reader or easy or large or consent or form in ("html", "pdf"):
        wanted = understood(reader, form, lang, easy=easy, large=large, consent=consent)
    router = Router(law, rules=rules, territories=territories, desks=None if no_config else own_desks())
    told = {name[5:]: value for name, value in facts.items() if value is not None}
    words, unclear = _merge(told, fact or (), law)
    kept = bool(wanted or sheet)  # what is kept speaks of no hour unless one is told
    hour, live = _the_hour(at, day, told=bool(on) or kept, form=form)
    office = with_config(commune, territory, lang, off=no_config)

    def read(home: str | None) -> tuple[Visit | None, list[Finding]]:
        return router.read(
            words, on=day, birth_date=birth_date, commune=home, needs=need or (), blocking=blocking or (),
            months=months or (), mode=mode, at=hour, live=live, territory=office.territory, by_hand=True,
        )  # fmt: skip

    visit, findings = read(office.commune)
    if visit is None or unclear:
        raise CannotRun(*unclear, *(f for f in findings if f.severity == "error"))
    several = candidates(visit, office.commune)
    asking = Prompt(lang, simple=simple)
    if several and asking.someone and form == "text" and not out and (home := chosen(asking, several)):
        visit, findings = _visit(*read(home))
        several = ()
    visits = [(here, _visit(*read(f"insee:{here.code}"))[0]) for here in several if form != "json"]
    answers = [(here, router.answer(there)) for here, there in visits]
    apart = None
    if answers and agree(answers):  # the answer of one is that of all
        visit = visits[0][1]
    elif answers:
        apart = told_apart(answers, lang)
    answer = router.answer(visit)
    paper = handout(answer, visit, router, form, wanted) if wanted else None
    made = paper or shown(answer, visit, router, form, lang, details=details)
    if apart and isinstance(made, Page):
        made = with_section(made, apart)
    said = findings
    if form != "json":
        from cep_route.render.sections import beside  # what draws pages is not loaded for JSON

        said = [f for f in (*warned(answer, visit), *findings) if not beside(f)]
    faults = []
    if sheet:
        reading = wanted or Wanted(reader="person", lang=lang)
        faults = write_handout(sheet, answer, visit, router, reading, force=force)
    code = CANNOT if faults else WELL if is_decided(answer) else FOUND
    notes = "\n".join(office.notes)
    return Result(
        code=code, answer=made, said=[*said, *faults], notes=notes, out=out, force=force, simple=simple
    )


def _visit(visit: Visit | None, findings: list[Finding]) -> tuple[Visit, list[Finding]]:
    """A person as read; stops at what keeps the words from being one."""
    if visit is None:
        raise CannotRun(*(f for f in findings if f.severity == "error"))
    return visit, findings


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


def shown(
    answer: Route | tuple[Stretch, ...],
    visit: Visit,
    router: Router,
    form: str,
    lang: str,
    *,
    details: bool = False,
) -> Page | str:
    """The answer in a format; as text, the page to be drawn."""
    if form == "json":
        return json.format(json.encode(answer_data(answer, router.law, lang))).decode() + "\n"
    from cep_route.render.sections import answer_page  # what draws pages is not loaded for JSON

    page = answer_page(answer, router.law, lang, visit.territory, details=details)
    return markdown(page, lang) if form == "md" else page


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
