"""The diagnosis as one HTML page: nothing to run, nothing to fetch, pictures inside, a text twin for each. Values in, text out.

Every value passes through the template's escaping; the page forbids scripts, network and style attributes by its own policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from cep_route.model.law import Law
from cep_route.render.diagnosis import View, Whole, sections
from cep_route.render.html import environment, style_of
from cep_route.render.parts import Item, Line, Section, text_of
from cep_route.render.report import pictures
from cep_route.render.report.pictures import Plot

# Under which section each picture stands.
UNDER = {"network": "configuration", "map": "left_out", "heat": "left_out", "year": "pic_year"}


def report(
    whole: Whole, law: Law, lang: str, points: dict[str, tuple[float, float]], people: dict[str, int]
) -> str:
    """The page. `points`: latitude and longitude of communes; `people`: their inhabitants."""
    view = View(whole.diagnosis, law, lang)
    drawn = [p for p in _pictures(view, whole, points, people) if p is not None]
    parts = [_part(s, drawn) for s in sections(whole, law, lang)]
    made = environment()
    style, digest = style_of(made, "report.css")
    head = whole.diagnosis.territory["territory"]
    return made.get_template("report.html").render(
        lang=lang,
        words=view.words,
        title=view.words["title"].format(name=head["name"]),
        subtitle=view.words["subtitle"].format(
            day=view.day(whole.diagnosis.on), far=f"{whole.diagnosis.asked.far:g}"
        ),
        made=view.words["made"].format(id=head["id"], day=view.day(head["as_of"])),
        parts=parts,
        style=style,
        digest=digest,
    )


def _pictures(
    view: View, whole: Whole, points: dict[str, tuple[float, float]], people: dict[str, int]
) -> Iterable[Plot | None]:
    yield pictures.network(view)
    yield pictures.chart(view, points, people)
    yield pictures.heat(view)
    yield pictures.year(view, whole.year)
    yield from (pictures.change(view, turn, i) for i, turn in enumerate(whole.turns))


def _part(section: Section, drawn: list[Plot]) -> dict[str, Any]:
    """A section as the template wants it: its paragraphs, its items with their details, its pictures."""
    turn = section.key.rpartition("-")[2] if section.key.startswith("turn-") else ""
    mine = [p for p in drawn if UNDER.get(p.key) == section.key or (turn and p.key == f"change-{turn}")]
    return {
        "key": section.key,
        "title": section.title,
        "texts": [text_of(p.text) for p in section.parts if isinstance(p, Line)],
        "items": [
            {
                "text": text_of(p.text),
                "tag": p.tag,
                "details": [{"text": text_of(d.text), "tag": d.tag} for d in p.details],
            }
            for p in section.parts
            if isinstance(p, Item)
        ],
        "pictures": [_picture(p) for p in mine],
    }


def _picture(picture: Plot) -> dict[str, Any]:
    return {
        "key": picture.key,
        "title": picture.title,
        "note": picture.note,
        "svg": Markup(picture.svg),  # noqa: S704  # written by ElementTree, which escapes every text
        "head": picture.head,
        "rows": picture.rows,
    }
