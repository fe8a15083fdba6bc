"""A matplotlib figure as an SVG element fit for a page that forbids style attributes. It knows nothing of territories.

Colours are a fixed palette which the page's style maps to light and dark. The same figure gives the same bytes.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# it speaks of fonts; stdout and stderr are the command's
logging.getLogger("matplotlib").setLevel(logging.ERROR)

WIDTH = 7.1  # inches: the text width of an A4 page
INK, MUTE, LINE, PAPER = "#101112", "#606162", "#b0b1b2", "#fefefd"
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cep-route",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": 7.5,
}


def drawn(draw: Callable[[Figure], None], *, height: float, name: str, title: str) -> str:
    """An SVG element without a style attribute, its ids its own, its text text."""
    with rc_context(_RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph no font of ours has is the reader's browser's business
        fig = Figure(figsize=(WIDTH, height))
        canvas = FigureCanvasSVG(fig)
        draw(fig)
        out = io.StringIO()
        canvas.print_svg(  # type: ignore[no-untyped-call]
            out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _cleaned(out.getvalue(), name, title)


_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FONT = re.compile(r"(?:(?P<weight>bold|[1-9]00) )?(?P<size>[0-9.]+)px")


def _cleaned(svg: str, name: str, title: str) -> str:
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg.partition("<svg")[1] + svg.partition("<svg")[2])  # noqa: S314  # our own drawing
    for parent in root.iter():
        for child in [c for c in parent if c.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")]:
            parent.remove(child)
    for element in root.iter():
        _restyled(element, name)
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title")
    label = ET.Element(f"{{{_SVG}}}title", {"id": f"{name}-title"})
    label.text = title
    root.insert(0, label)
    return ET.tostring(root, encoding="unicode")


def _restyled(element: ET.Element, name: str) -> None:
    """Style properties as attributes; ids and references under the picture's own name."""
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        key, value = key.strip(), value.strip()
        if key == "font":
            found = _FONT.search(value)
            if found:
                element.set("font-size", found["size"])
                if found["weight"]:
                    element.set("font-weight", found["weight"])
        elif key and not key.startswith(("-", "font-family")):
            element.set(key, value)
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif value.startswith("#") and key.endswith("href"):
            element.set(key, f"#{name}-{value[1:]}")
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{name}-"))
