"""The sheet to take away, for `route`: what was asked of it, the answer, and the drawing in the form wanted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from cep_route import files, places
from cep_route.cli.console import is_plain, tell, width
from cep_route.cli.route import warned
from cep_route.directory import where
from cep_route.model.answer import Desk, Finding, Route
from cep_route.model.profile import Stretch
from cep_route.render import page
from cep_route.render.handout import Wanted, handout_blocks
from cep_route.render.sheet import Block
from cep_route.router import Router, Visit

READERS = {"person": "person", "personne": "person", "counsellor": "counsellor", "conseiller": "counsellor"}


def understood(
    reader: str | None, form: str, lang: str, *, easy: bool, large: bool, consent: bool
) -> tuple[Wanted | None, list[Finding]]:
    """Whom the sheet is for and how it is wanted, or the options that do not go together."""
    if reader is not None and reader not in READERS:
        values = {"value": reader, "option": "--for", "expected": ", ".join(READERS), "command": "route"}
        return None, [Finding(code="CEP527", values=values)]
    who = READERS[reader] if reader else "counsellor" if consent else "person"
    told = {f"--for {reader}": bool(reader), "--easy": easy, "--large": large, "--consent": consent}
    apart = []
    if form == "json":
        apart += [(option, "--format json") for option, given in told.items() if given]
    if form in {"text", "md"} and large:
        apart.append(("--large", f"--format {form}"))
    if easy and who == "counsellor":
        apart.append(("--easy", f"--for {reader}" if reader else "--consent"))
    if consent and who == "person":
        apart.append(("--consent", f"--for {reader}"))
    if apart:
        return None, [Finding(code="CEP580", values={"option": a, "other": b}) for a, b in apart]
    return Wanted(reader=who, lang=lang, easy=easy, large=large, consent=consent), []


def handout(
    answer: Route | tuple[Stretch, ...],
    visit: Visit,
    router: Router,
    form: str,
    wanted: Wanted,
    *,
    simple: bool,
) -> str | bytes | list[Finding]:
    """The sheet of an answer in its form, or why it cannot be made. Of a year, the sheet of today, with what comes next."""
    said, faults = files.load_handout(router.law, router.rules)
    if said is None:
        return faults
    route, later = (answer[0].route, answer[1:]) if isinstance(answer, tuple) else (answer, ())

    def holds(when: Mapping[str, Any]) -> bool | None:
        return router.judge.box(when, route.profile, visit.on)[0]

    bodies = _bodies(route, visit, router)
    blocks = handout_blocks(route, router.law, visit.territory, said, holds, wanted, later, bodies)
    tell(warned(answer, visit), wanted.lang)
    return _drawn(blocks, form, wanted, visit.on, simple=simple)


def _bodies(route: Route, visit: Visit, router: Router) -> dict[str, Desk]:
    """Where those to see outside the CEP receive near the person, when the territory has them as partners of that name."""
    ground = where.ground_of(visit.territory, places, places.great_circle)
    found = {}
    for code in dict.fromkeys((*route.decision.see, *(c for r in route.decision.reasons for c in r.see))):
        network = code.replace("_", "-")
        near = where.partner_of(router.judge, route.profile, visit.on, visit.territory, ground, network)
        if near is not None:
            found[code] = near
    return found


def _drawn(
    blocks: list[Block], form: str, wanted: Wanted, on: str, *, simple: bool
) -> str | bytes | list[Finding]:
    if form == "md":
        return page.markdown(blocks, wanted.lang)
    if form == "text":
        plain = is_plain(sys.stdout, simple)
        return page.plain(blocks, wanted.lang) if plain else page.terminal(blocks, width(), wanted.lang)
    made = drawn_html(blocks, wanted.lang, wanted) if form == "html" else _drawn_pdf(blocks, wanted, on)
    return [made] if isinstance(made, Finding) else made


def drawn_html(blocks: list[Block], lang: str, wanted: Wanted | None = None) -> str | Finding:
    """Blocks as a page (of a counsellor, unless it is a sheet that says otherwise), or the library that is missing."""
    try:
        from cep_route.render.handout.html import html
    except ModuleNotFoundError as missing:
        return _missing(missing, "sheet", "html")
    return html(blocks, wanted or Wanted(reader="counsellor", lang=lang))


def _drawn_pdf(blocks: list[Block], wanted: Wanted, on: str) -> bytes | Finding:
    try:
        from cep_route.render.handout.pdf import pdf
    except ModuleNotFoundError as missing:
        return _missing(missing, "pdf", "pdf")
    return pdf(blocks, wanted, on)


def _missing(missing: ModuleNotFoundError, extra: str, form: str) -> Finding:
    if (missing.name or "").startswith("cep_route"):
        raise missing
    return Finding(code="CEP582", values={"missing": missing.name or extra, "extra": extra, "form": form})
