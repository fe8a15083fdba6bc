"""A page of parts as a PDF: tagged headings, lists and tables (PDF/UA-1), language, title, searchable text; the same values, the same bytes.

The library sets the type and brings its fonts; the text comes to the template as data, so nothing of it is read as markup.
"""

from __future__ import annotations

import json
import os
from importlib.resources import files as resources

import font_source_sans_pro
import typst

from cep_route.messages import template
from cep_route.render.html import Data, code_svg, page_data
from cep_route.render.parts import Page
from cep_route.render.safe import seen
from cep_route.render.telling import Wanted


def pdf(page: Page, wanted: Wanted, on: str) -> bytes:
    """The document, dated with the day of the answer."""
    data = _seen(page_data(page))
    assert isinstance(data, dict)  # as it came
    told = data | {
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


def _seen(value: Data) -> Data:
    """Text as it is set; a link stays as it is, and a code brings its drawing."""
    if isinstance(value, str):
        return seen(value)
    if isinstance(value, list):
        return [_seen(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    shown: dict[str, Data] = {k: v if k == "link" else _seen(v) for k, v in value.items()}
    if value.get("kind") == "code" and isinstance(value["link"], str):
        shown["svg"] = code_svg(value["link"])
    return shown
