"""`cep-route territory fix`, and the whole country from one export: `cep-route territory import --desks`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from cep_route.cli.console import CannotRun, Result, asked_day
from cep_route.cli.options import Day, DesksFile, Lang, argument, option
from cep_route.directory.desks import Correction, Desks, write
from cep_route.files import country as kept
from cep_route.files.write import write_text
from cep_route.importers import cleaning, country, french_hours, stream
from cep_route.importers.cards import Cards
from cep_route.messages import say, table, word
from cep_route.model.answer import Finding, Place
from cep_route.render.parts import Grid, Page, Section
from cep_route.render.screen import progress


def country_from(
    paths: Sequence[str], cards: Cards, dated: str | None, out: str | None, *, force: bool, lang: str
) -> Result:
    """Read the export, write one file of desks, count every record; the office's own file unless another is named."""
    target = out or kept.data_path()
    missing = [p for p in paths if not os.path.isfile(p)]
    if missing:
        raise CannotRun(
            *(
                Finding(code="CEP014", values={"file": p, "why": os.strerror(2)}, place=Place(file=p))
                for p in missing
            )
        )
    counts: Counter[str] = Counter()
    total = sum(os.path.getsize(p) for p in paths)
    with (
        tempfile.TemporaryDirectory() as folder,
        progress(word("import", "rows", lang), total, sys.stderr, lang) as advance,
    ):
        draft = os.path.join(folder, kept.NAME)
        try:
            records, served = country.read(paths, advance)
            number = write(draft, country.desks(records, cards, served, dated, counts), one_day=dated is None)
        except stream.UnreadableStreamError as stop:
            raise CannotRun(stop.finding) from None
        if not number:
            raise CannotRun(Finding(code="CEP709"), code=1)
        snapshot = Desks(draft).snapshot
        with open(draft, "rb") as made:
            content = made.read()
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    if fault := write_text(target, content, force=force or out is None):
        raise CannotRun(fault)
    return Result(answer=_counted(counts, number, snapshot, target, lang))


def _counted(counts: Counter[str], number: int, snapshot: str, target: str, lang: str) -> Page:
    words = table("import")
    kept_rows = [
        (key.partition(":")[2], str(n)) for key, n in sorted(counts.items()) if key.startswith("kept:")
    ]
    left = [
        (str(words[key.partition(":")[2]][lang]), str(n))
        for key, n in sorted(counts.items())
        if key.startswith("dropped:")
    ]
    title = say("import.desks_title", lang, file=target, rows=counts["rows"], kept=number, day=snapshot)
    columns = (say("import.col_network", lang), say("import.col_desks", lang))
    reasons = (say("import.col_reason", lang), say("import.col_rows", lang))
    sections = [
        Section(
            key="kept",
            title=word("import", "kept", lang),
            parts=(Grid(columns=columns, rows=tuple(kept_rows)),),
        )
    ]
    if left:
        sections.append(
            Section(
                key="dropped",
                title=word("import", "dropped", lang),
                parts=(Grid(columns=reasons, rows=tuple(left)),),
            )
        )
    return Page(title=title, sections=tuple(sections))


def fix(
    sheet: Annotated[str, argument("SHEET")],
    by: Annotated[str, option("--by", "--par", takes="NAME")],
    phone: Annotated[str | None, option("--phone", "--telephone", takes="NUMBER")] = None,
    address: Annotated[str | None, option("--address", "--adresse", takes="TEXT")] = None,
    hours: Annotated[str | None, option("--hours", "--horaires", takes="TEXT")] = None,
    closed: Annotated[bool, option("--closed", "--ferme")] = False,
    desks: DesksFile = None,
    on: Day = None,
    lang: Lang = "fr",
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
    opening = french_hours.opening(hours, lose) if hours else None
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
    return Result(answer=said + "\n", prose=True)
