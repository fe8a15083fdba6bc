"""`cep-route territory fix`: an office's correction of one desk, kept beside the file of desks."""

from __future__ import annotations

from cep_route.cli.console import CannotRun, Result, asked_day
from cep_route.directory.desks import Correction
from cep_route.files import country as kept
from cep_route.importers import cleaning
from cep_route.importers import hours as opening_hours
from cep_route.messages import say
from cep_route.model.answer import Finding
from cep_route.render.parts import Line, Page, section


def fix(
    sheet: str,
    *,
    by: str,
    phone: str | None = None,
    address: str | None = None,
    hours: str | None = None,
    closed: bool = False,
    desks: str | None = None,
    on: str | None = None,
    lang: str = "fr",
) -> Result:
    """Keep an office's correction of one desk beside the file of desks, dated and signed."""
    day = asked_day(on)
    opened = kept.named(desks) if desks else kept.own()
    if isinstance(opened, Finding):
        raise CannotRun(opened)
    desk = opened.at(sheet)
    if desk is None or desk.sheet is None:
        raise CannotRun(Finding(code="CEP724", values={"sheet": sheet[:200]}))
    faults: list[Finding] = []

    def lose(field: str, _reason: str) -> None:
        faults.append(Finding(code="CEP725", values={"field": field}))

    number = cleaning.phone(phone, desk.departement, lose) if phone else None
    opening = opening_hours.opening(hours, lose) if hours else None
    if not faults and not (number or address or opening or closed):
        faults.append(Finding(code="CEP726"))
    if faults:
        raise CannotRun(*faults)
    told = Correction(
        sheet=desk.sheet,
        by=by.strip()[:80],
        on=day,
        phone=number,
        address=address,
        hours=opening,
        closed=closed,
    )
    beside = desks or kept.data_path()
    if fault := kept.keep_correction(beside, told):
        raise CannotRun(fault)
    said = say(
        "import.fixed", lang, name=desk.name, file=kept.corrections_path(beside), by=told.by, day=told.on
    )
    return Result(answer=Page(sections=tuple(section("fixed", "", [Line(text=said)]))))
