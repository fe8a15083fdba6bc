"""A page of parts as HTML: nothing to run, nothing to fetch; on paper, one A4 page for ordinary sheets; and as PDF.

A PDF has tagged headings, lists and tables (PDF/UA-1), language, title, searchable text; the same values give the same bytes. The
library sets the type and brings its fonts; the text comes to the template as data, so nothing of it is read as markup.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.resources import files as resources
from typing import TypeAlias

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct, to_builtins

from cep_route.messages import say, template
from cep_route.render.parts import Card, Grid, Item, Line, Page, text_of
from cep_route.render.safe import seen
from cep_route.render.telling import Wanted

FULL = 2700  # letters of a sheet from which its print is set a little smaller, to hold on one page

# A page as templates read it.
Data: TypeAlias = "dict[str, Data] | list[Data] | str | bool | int | None"


class Drawing(Struct, frozen=True, kw_only=True):
    """A drawing (SVG text) under a section, and its twin: a table for those who do not see it."""

    under: str
    title: str
    note: str
    svg: str
    twin: Grid


def html(page: Page, wanted: Wanted) -> str:
    """The page. Every value passes through the template's escaping; the codes are drawn here, from links alone."""
    return _rendered(page, wanted.lang, "sheet.css", kind=_kind(page, wanted))


def report(page: Page, lang: str, pictures: Iterable[Drawing]) -> str:
    """A long page for a meeting: a table of contents, and pictures under their sections, each with its twin."""
    drawn: dict[str, list[Mapping[str, object]]] = {}
    for one in pictures:
        svg = Markup(one.svg)  # noqa: S704  # written by ElementTree, which escapes every text
        told = {"title": one.title, "note": one.note, "svg": svg, "twin": to_builtins(one.twin.full())}
        drawn.setdefault(one.under, []).append(told)
    return _rendered(page, lang, "report.css", kind="report", pictures=drawn)


def _rendered(page: Page, lang: str, style: str, **values: object) -> str:
    """Our templates filled; `seen` keeps French spaces and phone numbers whole, the policy of the page allows our own style alone."""
    loader = PackageLoader("cep_route.render", "templates")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["seen"] = seen
    made.filters["code"] = lambda link: Markup(code_svg(link))  # noqa: S704  # drawn by the library from the link's bits
    css = made.get_template(style).render()
    return made.get_template("sheet.html").render(
        page=page_data(page),
        lang=lang,
        colon=template("calendar.colon", lang).rstrip(),
        style=Markup(css),  # noqa: S704  # our own file
        digest=b64encode(sha256(css.encode()).digest()).decode(),
        contents=say("diagnosis.contents", lang),
        twin=say("diagnosis.twin", lang),
        **values,
    )


def _kind(page: Page, wanted: Wanted) -> str:
    """The classes of the page: whom it is for, and how its letters are set."""
    names = [wanted.reader, *(name for name in ("easy", "large") if getattr(wanted, name))]
    letters = 0
    for part in (part for s in page.sections if s.key != "relay" for part in s.parts):
        lines = part.details if isinstance(part, Item) else part.lines if isinstance(part, Card) else ()
        title = part.name if isinstance(part, Card) else part.text if isinstance(part, Item | Line) else ""
        letters += sum(len(text_of(text)) for text in (title, *(one.text for one in lines)))
    return " ".join([*names, "full"] if letters > FULL and not names[1:] else names)


def code_svg(link: str) -> str:
    """The link as a code to be photographed; the same bytes each time."""
    return segno.make(link, micro=False).svg_inline(scale=2, border=2)


def page_data(page: Page) -> dict[str, Data]:
    """The page as templates read it; items that follow each other are one list."""
    found: dict[str, Data] = to_builtins(page)
    sections: list[Data] = []
    for section in page.sections:
        parts: list[dict[str, Data]] = []
        for part in section.parts:
            data: dict[str, Data] = to_builtins(part.full() if isinstance(part, Grid) else part)
            last = parts[-1] if parts else {}
            several = last.get("items")
            if isinstance(part, Item) and isinstance(several, list):
                several.append(data)
            elif isinstance(part, Item):
                parts.append({"kind": "items", "items": [data]})
            else:
                parts.append(data)
        sections.append({"key": section.key, "title": section.title, "parts": [*parts]})
    return found | {"sections": sections}


def pdf(page: Page, wanted: Wanted, on: str) -> bytes:
    """The document, dated with the day of the answer."""
    import font_source_sans_pro  # with typst, heavy and an extra of its own
    import typst

    def shown(value: Data) -> Data:
        """Text as it is set; a link stays as it is, and a code brings its drawing."""
        if isinstance(value, str):
            return seen(value)
        if isinstance(value, list):
            return [shown(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        svg = {"svg": code_svg(str(value["link"]))} if value.get("kind") == "code" else {}
        return {k: v if k == "link" else shown(v) for k, v in value.items()} | svg

    told = {key: shown(value) for key, value in page_data(page).items()} | {
        "lang": wanted.lang,
        "easy": wanted.easy,
        "large": wanted.large,
        "colon": template("calendar.colon", wanted.lang).rstrip(),
        "day": [int(part) for part in on.split("-")],
    }
    source = resources("cep_route.render").joinpath("templates/sheet.typ").read_bytes()
    folder = os.path.join(os.path.dirname(font_source_sans_pro.__file__), "files")  # noqa: PTH118, PTH120
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
    inputs = {"page": json.dumps(told)}
    try:
        return bytes(
            typst.compile(source, format="pdf", font_paths=fonts, sys_inputs=inputs, pdf_standards="ua-1")
        )
    except typst.TypstError:
        # a letter that no font here has: the standard refuses the page; it is still tagged without it
        return bytes(typst.compile(source, format="pdf", font_paths=fonts, sys_inputs=inputs))
