"""The answer to one person, for `route` and `ask`: in the format asked for, and as the sheet to take away."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from cep_route import files
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, as_json, one_of, sure
from cep_route.files.write import write_text
from cep_route.model.answer import Finding, Route
from cep_route.render.data import answer_data
from cep_route.render.parts import Page
from cep_route.render.telling import Wanted
from cep_route.render.text import markdown, plain
from cep_route.router import Router, Visit, is_decided

READERS = {"person": "person", "personne": "person", "counsellor": "counsellor", "conseiller": "counsellor"}
# of a file, by the end of its name; text else
FORMS = {".pdf": "pdf", ".html": "html", ".htm": "html", ".md": "md"}


def understood(reader: str | None, form: str, lang: str, *, easy: bool, large: bool, consent: bool) -> Wanted:
    """Whom the sheet is for and how it is wanted; stops at options that do not go together."""
    who = "counsellor" if consent else "person"
    if reader is not None:
        who = READERS[one_of(reader, tuple(READERS), "--for", "route")]
    told = {f"--for {reader}": bool(reader), "--easy": easy, "--large": large, "--consent": consent}
    apart = [(option, "--format json") for option, given in told.items() if given and form == "json"]
    if form in {"text", "md"} and large:
        apart.append(("--large", f"--format {form}"))
    if easy and who == "counsellor":
        apart.append(("--easy", f"--for {reader}" if reader else "--consent"))
    if apart:
        raise CannotRun(*(Finding(code="CEP580", values={"option": a, "other": b}) for a, b in apart))
    return Wanted(reader=who, lang=lang, easy=easy, large=large, consent=consent)


class PersonalAnswer:
    """What is answered to one person. `wanted`: whom its sheet is for."""

    def __init__(self, router: Router, visit: Visit, wanted: Wanted) -> None:
        self.router, self.visit, self.wanted = router, visit, wanted
        self.answer = router.answer(visit)
        self.routes = [self.answer] if isinstance(self.answer, Route) else [s.route for s in self.answer]

    def result(
        self,
        form: str,
        *,
        details: bool = False,
        sheet: bool = False,
        remarks: Sequence[Finding] | None = None,
    ) -> Result:
        """The answer or its sheet, with what it rests on, each once. `remarks`: on the words of the person, else those of the visit."""
        law, lang, visit = self.router.law, self.wanted.lang, self.visit
        remarks = visit.remarks if remarks is None else remarks
        code = WELL if is_decided(self.answer) else FOUND
        if form == "json":
            return Result(code=code, answer=as_json(answer_data(self.answer, law, lang)), said=remarks)
        from cep_route.render.sections import answer_page, beside  # what draws pages is not loaded for JSON

        rests = {w.code + str(w.values): w for r in self.routes for w in r.warnings if w not in visit.remarks}
        said = [f for f in (*rests.values(), *remarks) if not beside(f)]
        if sheet:
            return Result(code=code, answer=self.sheet(form), said=said)
        page = answer_page(self.answer, law, lang, visit.territory, details=details)
        return Result(code=code, answer=markdown(page, lang) if form == "md" else page, said=said)

    def sheet(self, form: str) -> Page | str | bytes:
        """The sheet in a form; stops when it cannot be made. Of a year, the sheet of today, with what comes next."""
        from cep_route.render.sections import Answer  # what draws pages is not loaded for JSON

        router, visit, route = self.router, self.visit, self.routes[0]
        said = sure(*files.load_handout(router.law, router.rules))
        later = () if isinstance(self.answer, Route) else self.answer[1:]

        def holds(when: Mapping[str, Any]) -> bool | None:
            return router.judge.box(when, route.profile, visit.on)[0]

        page = Answer(route, router.law, visit.territory, self.wanted, said, holds).sheet(later)
        if form == "md":
            return markdown(page, self.wanted.lang)
        return drawn(page, form, self.wanted, visit.on) if form in ("html", "pdf") else page

    def keep(self, path: str, *, force: bool) -> list[Finding]:
        """The sheet into a file, in the form that its name says; what kept it from being written."""
        made = self.sheet(FORMS.get(os.path.splitext(path)[1].lower(), "text"))
        text = plain(made, self.wanted.lang) if isinstance(made, Page) else made
        fault = write_text(path, text, force=force)
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
