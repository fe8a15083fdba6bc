"""The sheet to take away, for `route`: what was asked of it, the answer, and the drawing in the form wanted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from cep_route import files
from cep_route.cli.console import CannotRun, one_of, sure
from cep_route.files.write import write_text
from cep_route.model.answer import Finding, Route
from cep_route.model.profile import Stretch
from cep_route.render.parts import Page
from cep_route.render.telling import Wanted
from cep_route.render.text import markdown, plain
from cep_route.router import Router, Visit

READERS = {"person": "person", "personne": "person", "counsellor": "counsellor", "conseiller": "counsellor"}


def understood(reader: str | None, form: str, lang: str, *, easy: bool, large: bool, consent: bool) -> Wanted:
    """Whom the sheet is for and how it is wanted; stops at options that do not go together."""
    asked = READERS[one_of(reader, tuple(READERS), "--for", "route")] if reader is not None else None
    who = asked or ("counsellor" if consent else "person")
    told = {f"--for {reader}": bool(reader), "--easy": easy, "--large": large, "--consent": consent}
    apart = []
    if form == "json":
        apart += [(option, "--format json") for option, given in told.items() if given]
    if form in {"text", "md"} and large:
        apart.append(("--large", f"--format {form}"))
    if easy and who == "counsellor":
        apart.append(("--easy", f"--for {reader}" if reader else "--consent"))
    if apart:
        raise CannotRun(*(Finding(code="CEP580", values={"option": a, "other": b}) for a, b in apart))
    return Wanted(reader=who, lang=lang, easy=easy, large=large, consent=consent)


def handout(
    answer: Route | tuple[Stretch, ...], visit: Visit, router: Router, form: str, wanted: Wanted
) -> Page | str | bytes:
    """The sheet of an answer in its form; stops when it cannot be made. Of a year, the sheet of today, with what comes next."""
    from cep_route.render.sections import handout_page  # what draws pages is not loaded for JSON

    said = sure(*files.load_handout(router.law, router.rules))
    route, later = (answer[0].route, answer[1:]) if isinstance(answer, tuple) else (answer, ())

    def holds(when: Mapping[str, Any]) -> bool | None:
        return router.judge.box(when, route.profile, visit.on)[0]

    page = handout_page(route, router.law, visit.territory, said, holds, wanted, later)
    if form == "md":
        return markdown(page, wanted.lang)
    return drawn(page, form, wanted, visit.on) if form in ("html", "pdf") else page


# of a file, by the end of its name; text else
FORMS = {".pdf": "pdf", ".html": "html", ".htm": "html", ".md": "md"}


def write_handout(
    path: str,
    answer: Route | tuple[Stretch, ...],
    visit: Visit,
    router: Router,
    wanted: Wanted,
    *,
    force: bool,
) -> list[Finding]:
    """The sheet of an answer into a file, in the form that its name says; what kept it from being written."""
    form = FORMS.get(os.path.splitext(path)[1].lower(), "text")
    made = handout(answer, visit, router, form, wanted)
    fault = write_text(path, plain(made, wanted.lang) if isinstance(made, Page) else made, force=force)
    return [fault] if fault else []


def drawn(page: Page, form: str, wanted: Wanted, on: str = "") -> str | bytes:
    """A page as HTML or, of a day, as PDF; stops, and says which extra to install, when a library that draws is not there."""
    try:
        from cep_route.render.html import html, pdf  # jinja2 and, for PDF, typst: extras

        return pdf(page, wanted, on) if form == "pdf" else html(page, wanted)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("cep_route"):
            raise
        values = {"missing": missing.name or "", "extra": "pdf" if form == "pdf" else "sheet", "form": form}
        raise CannotRun(Finding(code="CEP582", values=values)) from None
