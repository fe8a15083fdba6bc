"""The sheet as one HTML page: nothing to run, nothing to fetch; on paper, one A4 page for ordinary cases. Blocks in, text out."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cep_route.render.handout import Wanted, parts
from cep_route.render.safe import seen
from cep_route.render.sheet import Block

FULL = 3300  # letters of a sheet from which its print is set a little smaller, to hold on one page


def html(blocks: list[Block], wanted: Wanted) -> str:
    """The page. Every value passes through the template's escaping; the policy of the page allows its own style alone."""
    environment = Environment(
        loader=PackageLoader("cep_route.render.handout", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seen"] = lambda text: seen(text, wanted.lang)
    style = environment.get_template("page.css").render()
    return environment.get_template("page.html").render(
        **parts(blocks),
        lang=wanted.lang,
        colon=" :" if wanted.lang == "fr" else ":",
        kind=_kind(blocks, wanted),
        style=Markup(style),  # noqa: S704  # our own file, no value in it
        digest=b64encode(sha256(style.encode()).digest()).decode(),
    )


def _kind(blocks: list[Block], wanted: Wanted) -> str:
    """The classes of the page: whom it is for, and how its letters are set."""
    names = [wanted.reader]
    if wanted.easy or wanted.large:
        names += [name for name in ("easy", "large") if getattr(wanted, name)]
    elif sum(len(b.text) for b in blocks if b.tag != "relay") > FULL:
        names.append("full")
    return " ".join(names)
