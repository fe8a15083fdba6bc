"""`cep-route route`: one person, one day, one territory, one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from cep_route import places
from cep_route.cli.asking import Prompt
from cep_route.cli.config import with_config
from cep_route.cli.console import (
    CANNOT,
    FOUND,
    WELL,
    Result,
    as_json,
    asked_day,
    asked_law,
    clock,
    sure,
    today,
)
from cep_route.cli.handout import handout, understood, write_handout
from cep_route.files.country import own as own_desks
from cep_route.messages import listed, say
from cep_route.model.answer import Finding, Route
from cep_route.model.law import Law
from cep_route.model.profile import Stretch
from cep_route.places import Commune
from cep_route.render.data import answer_data
from cep_route.render.parts import Grid, Page, Section
from cep_route.render.telling import Wanted, phone_words
from cep_route.render.text import markdown
from cep_route.router import Router, Visit, is_decided
from cep_route.typed import fact_name

MOST = 40  # communes of one postcode or name that are answered for
SHOWN = 9  # proposed in a list, or named on a line

Answer = Route | tuple[Stretch, ...]


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
    wanted = None
    if reader or easy or large or consent or form in ("html", "pdf"):
        wanted = understood(reader, form, lang, easy=easy, large=large, consent=consent)
    router = Router(law, rules=rules, territories=territories, desks=None if no_config else own_desks())
    told = {name[5:]: value for name, value in facts.items() if value is not None}
    words, unclear = _merge(told, fact or (), law)
    kept = bool(wanted or sheet)  # what is kept speaks of no hour unless one is told
    hour, live = _the_hour(at, day, told=bool(on) or kept, form=form)
    commune, territory, taken = with_config(commune, territory, lang, off=no_config)

    def read(home: str | None) -> tuple[Visit | None, list[Finding]]:
        return router.read(
            words, on=day, birth_date=birth_date, commune=home, needs=need or (), blocking=blocking or (),
            months=months or (), mode=mode, at=hour, live=live, territory=territory, by_hand=True,
        )  # fmt: skip

    visit, findings = read(commune)
    visit = _understood(None if unclear else visit, [*unclear, *findings])
    several = _candidates(visit, commune)
    asking = Prompt(lang, simple=simple)
    if several and asking.someone and form == "text" and not out:
        home = asking.commune(several[:SHOWN])
        if home.startswith("insee:"):
            visit, findings = read(home)
            visit, several = _understood(visit, findings), ()
    visits = {here: _understood(*read(f"insee:{here.code}")) for here in several if form != "json"}
    there = {here: _today(router.answer(one)) for here, one in visits.items()}
    apart = None
    if there and _agree(list(there.values())):  # the answer of one is that of all
        visit = next(iter(visits.values()))
    elif there:
        apart = _told_apart(there, lang)
    answer = router.answer(visit)
    result = answered(answer, visit, router, form, lang, details=details, wanted=wanted, remarks=findings)
    page = result.answer
    if apart and isinstance(page, Page):
        page = replace(page, sections=(*page.sections[:1], apart, *page.sections[1:]))
    faults = []
    if sheet:
        faults = write_handout(
            sheet, answer, visit, router, wanted or Wanted(reader="person", lang=lang), force=force
        )
    return replace(
        result, code=CANNOT if faults else result.code, answer=page, said=[*result.said, *faults], notes=taken,
        out=out, force=force, simple=simple,
    )  # fmt: skip


def _understood(visit: Visit | None, findings: Sequence[Finding]) -> Visit:
    """A person as read; stops at what keeps the words from being one."""
    return sure(visit, [f for f in findings if f.severity == "error"])


def answered(
    answer: Answer, visit: Visit, router: Router, form: str, lang: str, *,
    details: bool = False, wanted: Wanted | None = None, remarks: Sequence[Finding] | None = None,
) -> Result:  # fmt: skip
    """An answer in a format, with what it rests on, each once. `remarks`: on the words of the person, by default those of the visit."""
    remarks = visit.remarks if remarks is None else remarks
    code = WELL if is_decided(answer) else FOUND
    if form == "json" and not wanted:
        return Result(code=code, answer=as_json(answer_data(answer, router.law, lang)), said=remarks)
    from cep_route.render.sections import answer_page, beside  # what draws pages is not loaded for JSON

    routes = [answer] if isinstance(answer, Route) else [stretch.route for stretch in answer]
    rests = {w.code + str(w.values): w for r in routes for w in r.warnings if w not in visit.remarks}
    said = [f for f in (*rests.values(), *remarks) if not beside(f)]
    if wanted:
        made = handout(answer, visit, router, form, wanted)
        return Result(code=code, answer=made, said=said)
    page = answer_page(answer, router.law, lang, visit.territory, details=details)
    return Result(code=code, answer=markdown(page, lang) if form == "md" else page, said=said)


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
        elif words.get(name, value) != value:
            findings.append(Finding(code="CEP509", values={"fact": name}))
        else:
            words[name] = value
    return words, findings


# -- several communes of one postcode or name --------------------------------------------------------------------------------


def _candidates(visit: Visit, commune: str | None) -> tuple[Commune, ...]:
    """The communes that what was typed may mean, when it means several."""
    if commune is None or visit.profile.commune is not None:
        return ()
    found = places.typed(commune)
    return found.communes[:MOST] if found.status == "several" else ()


Doors = tuple[tuple[str, str, str], ...]  # name, phone and address of the desks where one goes first


def _doors(route: Route) -> Doors:
    """Where one goes first, or may go while something is missing."""
    possible = (route.desks[code] for code in route.decision.possible if code in route.desks)
    desks = route.first or tuple(possible)
    shown = [(d.name or "", phone_words(d.phone) if d.phone else "", d.address or "") for d in desks]
    return tuple(door for door in shown if door[2])  # a door without an address is the same everywhere


def _told_apart(there: Mapping[Commune, Route], lang: str) -> Section | None:
    """Where one goes first from each of the communes, those of one desk on one line; nothing when no desk is known."""
    met: dict[tuple[str, str, str], list[str]] = {}
    alike = len({here.name for here in there}) < len(there)
    for here, route in there.items():
        name = f"{here.name} ({here.departement_name})" if alike else here.name
        for door in _doors(route):
            met.setdefault(door, []).append(name)
    if not met:
        return None
    columns = tuple(say(f"communes.{name}", lang) for name in ("commune", "desk", "phone", "address"))
    named = {door: names if len(names) <= SHOWN else [*names[:SHOWN], "…"] for door, names in met.items()}
    rows = tuple((listed(names, lang), *door) for door, names in named.items())
    return Section(
        key="communes", title=say("communes.title", lang), parts=(Grid(columns=columns, rows=rows),)
    )


def _agree(routes: Sequence[Route]) -> bool:
    """Whether the same operators serve from each of the communes, and one goes first to the same desks."""
    told = {(r.decision.eligible, r.decision.first, _doors(r)) for r in routes}
    return len(told) == 1 and bool(_doors(routes[0]))


def _today(answer: Answer) -> Route:
    return answer if isinstance(answer, Route) else answer[0].route
