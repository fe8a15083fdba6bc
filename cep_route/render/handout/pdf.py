"""The sheet as a PDF: tagged headings and lists (PDF/UA-1), language, title, searchable text; the same values give the same bytes.

The library sets the type and brings its fonts; the text comes to the template as data, so nothing of it is read as markup.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from importlib.resources import files as resources
from typing import Any

import font_source_sans_pro
import typst

from cep_route.render.handout import Wanted, parts
from cep_route.render.safe import seen
from cep_route.render.sheet import Block


def pdf(blocks: Iterable[Block], wanted: Wanted, on: str) -> bytes:
    """The document, dated with the day of the answer."""
    page = _seen(parts(blocks), wanted.lang)
    page |= {
        "lang": wanted.lang,
        "easy": wanted.easy,
        "large": wanted.large,
        "colon": "\u00a0:" if wanted.lang == "fr" else ":",
        "day": [int(part) for part in on.split("-")],
    }
    template = resources("cep_route.render.handout").joinpath("page.typ").read_bytes()
    folder = os.path.join(os.path.dirname(font_source_sans_pro.__file__), "files")  # noqa: PTH118, PTH120
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
    data = {"page": json.dumps(page)}
    try:
        return bytes(
            typst.compile(template, format="pdf", font_paths=fonts, sys_inputs=data, pdf_standards="ua-1")
        )
    except typst.TypstError:
        # a letter that no font here has: the standard refuses the page; it is still tagged without it
        return bytes(typst.compile(template, format="pdf", font_paths=fonts, sys_inputs=data))


def _seen(value: Any, lang: str) -> Any:
    if isinstance(value, str):
        return seen(value, lang)
    if isinstance(value, list):
        return [_seen(inner, lang) for inner in value]
    return {key: _seen(inner, lang) for key, inner in value.items()}
