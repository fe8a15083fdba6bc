"""`cep-route route`: one person, one day, one territory, one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from cep_route import places
from cep_route.cli.answers import PersonalAnswer, understood
from cep_route.cli.ask import SHOWN, Prompt
from cep_route.cli.config import with_config
from cep_route.cli.console import CANNOT, Result, asked_day, asked_law, clock, sure, today
from cep_route.files.country import own as own_desks
from cep_route.messages import listed, say
from cep_route.model.answer import Finding, Route
from cep_route.model.law import Law
from cep_route.places import Commune
from cep_route.render.parts import Page, Section, table
from cep_route.render.telling import phone_words
from cep_route.router import Router, Visit
from cep_route.typed import fact_name

MOST = 40  # communes of one postcode or name that are answered for


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
    law, day = asked_law(rules), asked_day(on)
    wanted = understood(reader, form, lang, easy=easy, large=large, consent=consent)
    as_sheet = bool(reader or easy or large or consent or form in ("html", "pdf"))
    router = Router(law, rules=rules, territories=territories, desks=None if no_config else own_desks())
    words, unclear = _merge({n[5:]: v for n, v in facts.items() if v is not None}, fact or (), law)
    # what is kept speaks of no hour unless one is told
    hour, live = _the_hour(at, day, told=bool(on or as_sheet or sheet), form=form)
    commune, territory, taken = with_config(commune, territory, lang, off=no_config)

    def read(home: str | None) -> tuple[Visit, list[Finding]]:
        visit, findings = router.read(
            words, on=day, birth_date=birth_date, commune=home, needs=need or (), blocking=blocking or (),
            months=months or (), mode=mode, at=hour, live=live, territory=territory, by_hand=True,
        )  # fmt: skip
        errors = [f for f in (*unclear, *findings) if f.severity == "error"]
        return sure(None if unclear else visit, errors), findings

    visit, findings = read(commune)
    several = places.typed(commune).communes[:MOST] if commune and visit.profile.commune is None else ()
    prompt = Prompt(lang, simple=simple)
    if several and prompt.someone and form == "text" and not out:
        home = prompt.commune(several[:SHOWN])
        if home.startswith("insee:"):
            (visit, findings), several = read(home), ()
    answered = PersonalAnswer(router, visit, wanted)
    visits = {here: read(f"insee:{here.code}")[0] for here in several if form != "json"}
    there = {here: PersonalAnswer(router, one, wanted) for here, one in visits.items()}
    routes = {here: one.routes[0] for here, one in there.items()}
    alike = _agree(list(routes.values()))
    if alike:  # the answer of one is that of all
        answered = next(iter(there.values()))
    result = answered.result(form, details=details, sheet=as_sheet, remarks=findings)
    page = result.answer
    if not alike and isinstance(page, Page):
        page = replace(page, sections=(*page.sections[:1], *_told_apart(routes, lang), *page.sections[1:]))
    faults = answered.keep(sheet, force=force) if sheet else []
    return replace(
        result, code=CANNOT if faults else result.code, answer=page, said=[*result.said, *faults], notes=taken,
        out=out, force=force, simple=simple,
    )  # fmt: skip


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


def _merge(told: Mapping[str, str], more: Sequence[str], law: Law) -> tuple[dict[str, str], list[Finding]]:
    """The flags and the `--fact name=value` of a command; the same fact with two values is a finding."""
    words = dict(told)
    findings = []
    for text in more:
        name, equals, value = text.partition("=")
        name = fact_name(name.strip(), law)
        if not equals:
            findings.append(Finding(code="CEP510", values={"value": text}))
        elif words.setdefault(name, value) != value:
            findings.append(Finding(code="CEP509", values={"fact": name}))
    return words, findings


# -- several communes of one postcode or name --------------------------------------------------------------------------------


def _doors(route: Route) -> tuple[tuple[str, str, str], ...]:
    """Name, phone and address of the desks where one goes first, or may go while something is missing."""
    desks = route.first or [route.desks[code] for code in route.decision.possible if code in route.desks]
    shown = ((d.name or "", phone_words(d.phone) if d.phone else "", d.address or "") for d in desks)
    return tuple(door for door in shown if door[2])  # a door without an address is the same everywhere


def _agree(routes: Sequence[Route]) -> bool:
    """Whether the same operators serve from each of the communes, and one goes first to the same desks."""
    told = {(r.decision.eligible, r.decision.first, _doors(r)) for r in routes}
    return len(told) == 1 and bool(_doors(routes[0]))


def _told_apart(there: Mapping[Commune, Route], lang: str) -> tuple[Section, ...]:
    """Where one goes first from each of the communes, those of one desk on one line; nothing when no desk is known."""
    met: dict[tuple[str, str, str], list[str]] = {}
    alike = len({here.name for here in there}) < len(there)
    for here, route in there.items():
        name = f"{here.name} ({here.departement_name})" if alike else here.name
        for door in _doors(route):
            met.setdefault(door, []).append(name)
    columns = [say(f"communes.{name}", lang) for name in ("commune", "desk", "phone", "address")]
    named = {door: names if len(names) <= SHOWN else [*names[:SHOWN], "…"] for door, names in met.items()}
    rows = [(listed(names, lang), *door) for door, names in named.items()]
    return tuple(table("communes", say("communes.title", lang), columns, rows))
