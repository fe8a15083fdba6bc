"""The two pictures of a diagnosis as SVG, drawn with matplotlib: the communes and their desks, the actors and their ties.

Each comes with its text twin. Colours are a fixed palette that the page's style maps to light and dark; no style attribute is left in
a drawing, so that the page can forbid them all. The same values give the same bytes.
"""

from __future__ import annotations

import io
import logging
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from math import cos, radians
from typing import Any
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from cep_route.directory.age import stands
from cep_route.render.data import operator_name
from cep_route.render.diagnosis import DiagnosisWords
from cep_route.render.html import Drawing
from cep_route.render.parts import Grid
from cep_route.render.safe import line

# it speaks of fonts; stdout and stderr are the command's
logging.getLogger("matplotlib").setLevel(logging.ERROR)

WIDTH = 7.1  # inches: the text width of an A4 page
NAMED = 16  # beyond so many communes, only those with a desk and the most peopled bear their name
INK, MUTE, LINE, PAPER = "#101112", "#606162", "#b0b1b2", "#fefefd"
MARKS = (
    ("#0072b3", "s"), ("#d55e01", "^"), ("#009e74", "D"), ("#cc79a8", "v"), ("#7a5195", "P"), ("#b8860c", "X"), ("#3d6b35", "*"),
)  # fmt: skip
_RC: dict[Any, Any] = {  # matplotlib types its keys one by one
    "svg.fonttype": "none", "svg.hashsalt": "cep-route", "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 8,
    "text.color": INK, "figure.facecolor": "none", "savefig.facecolor": "none", "legend.frameon": False, "legend.fontsize": 7.5,
}  # fmt: skip


def pictures(view: DiagnosisWords) -> Iterator[Drawing]:
    """Those that can be drawn."""
    yield from _map(view)
    yield from _network(view)


def _marks(view: DiagnosisWords) -> dict[str, tuple[str, str]]:
    """A colour and a shape for each network, in the order of operators.toml."""
    codes = [c for c, o in view.law.operators.items() if not o.outside]
    return {c: MARKS[i % len(MARKS)] for i, c in enumerate(codes)}


# -- the map ----------------------------------------------------------------------------------------------------------------


def _map(view: DiagnosisWords) -> Iterator[Drawing]:
    """Communes and the operators that receive there."""
    d, people = view.d, view.d.asked.inhabitants
    points = {c: point for c in d.asked.communes if (point := d.asked.ground.point(c))}
    here = list(points)
    if not here:
        return
    desks: dict[str, dict[str, None]] = {}
    for house in d.territory.operators or ():
        for place in (house.places or ()) if stands(house, d.on) else ():
            if place.type not in ("none", "remote") and place.commune:
                desks.setdefault(place.commune, {})[house.network] = None
    seats = [c for c in here if c in desks]
    named = here if len(here) <= NAMED else [*seats, *sorted(here, key=lambda c: -people.get(c, 0))[:NAMED]]
    marks, largest = _marks(view), max(people.get(c, 1) for c in here)

    def name(network: str) -> str:
        return operator_name(view.law, network, d.on, view.lang)

    def draw(fig: Figure) -> None:
        ax = fig.add_axes((0.02, 0.13, 0.96, 0.86))
        ax.set_aspect(1 / max(0.2, cos(radians(points[here[0]][0]))), adjustable="datalim")
        ax.axis("off")
        for code in here:
            lat, lon = points[code]
            size = (60 if len(here) <= NAMED else 8) + 900 * people.get(code, 0) / largest
            ax.scatter([lon], [lat], s=size, color=LINE, edgecolors=MUTE, linewidths=0.6, zorder=2)
            if code in named:
                below = (0, -(size**0.5) / 2 - 4)
                told: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 7.5, "zorder": 5}
                ax.annotate(
                    line(view.commune(code)), (lon, lat), xytext=below, textcoords="offset points", **told
                )
            for i, network in enumerate(desks.get(code, ())):  # side by side, above the circle
                aside = ScaledTranslation((i - (len(desks[code]) - 1) / 2) / 8, 0, fig.dpi_scale_trans)
                colour, shape = marks[network]
                look: dict[str, Any] = {"markersize": 6.5, "markeredgecolor": PAPER, "markeredgewidth": 0.7}
                shift = ax.transData + aside
                ax.plot([lon], [lat], marker=shape, color=colour, transform=shift, zorder=4, **look)
        ax.margins(0.14, 0.12)
        shown = {n: marks[n] for n in marks if any(n in desks[c] for c in seats)}
        handles = [
            Line2D([], [], marker=shape, color=colour, linestyle="none", label=line(name(n)))
            for n, (colour, shape) in shown.items()
        ]
        if handles:
            many = min(3, len(handles))
            fig.legend(handles=handles, loc="lower center", ncol=many, bbox_to_anchor=(0.5, 0.0))

    rows = []
    for code in dict.fromkeys([*d.asked.communes, *desks]):
        count = view.number(people[code]) if code in people else view.words["unknown"]
        held = ", ".join(map(name, desks.get(code, ()))) or view.words["none"]
        rows.append((view.commune(code), count, held))
    columns = tuple(view.words[key] for key in ("commune", "inhabitants", "desks_here"))
    title = view.words["pic_map"]
    yield Drawing(
        under="left_out",
        title=title,
        note=view.words["pic_map_note"],
        svg=_drawn(draw, height=4.6, name="map", title=title),
        twin=Grid(columns=columns, rows=tuple(rows)),
    )


# -- the network ------------------------------------------------------------------------------------------------------------


def _network(view: DiagnosisWords) -> Iterator[Drawing]:
    """Operators of one side on the left, of the other on the right, what brings them together and tied partners in between."""
    twin = next((part for part in view.pairs() if isinstance(part, Grid)), None)
    if twin is None:
        return
    networks = {o.id: o.network for o in view.d.territory.operators or ()}
    houses = list(dict.fromkeys(end for pair in view.d.pairs for end in pair))
    left = [h for h in houses if view.side(h) == "employment_service"]
    right = [h for h in houses if h not in left]
    bodies = view.gatherings()
    ties = [t for t in view.d.territory.ties or () if {t.from_, t.to} & set(houses)]
    others = [
        e
        for e in dict.fromkeys(e for t in ties for e in (t.from_, t.to))
        if e not in houses and e in view.names
    ]
    centre = [*(f"body {i}" for i in range(len(bodies))), *others]
    tall = max(len(left), len(right), len(centre), 2)
    spots = {
        one: (x, -(i + 0.5) * tall / len(column) + 0.5)
        for x, column in ((0.0, left), (1.0, centre), (2.0, right))
        for i, one in enumerate(column)
    }
    marks = _marks(view)

    def draw(fig: Figure) -> None:
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(-0.42, 2.42), ylim=(-tall + 0.3, 1.0))
        ax.axis("off")
        for i, (name, members) in enumerate(bodies):
            for member in members:
                if member in spots:
                    _tie(ax, spots[f"body {i}"], spots[member], LINE, "-", "")
            _box(ax, spots[f"body {i}"], name, INK, 1.6)
        for tie in ties:
            if tie.from_ in spots and tie.to in spots:
                style = "--" if tie.nature == "bilateral" else "-"
                _tie(ax, spots[tie.from_], spots[tie.to], INK, style, "*" if tie.rests_on_one_person else "")
        for one in (*houses, *others):
            _box(ax, spots[one], view.name(one), marks[networks[one]][0] if one in networks else MUTE, 1.2)
        for x, side in ((0.0, "employment_service"), (2.0, "employees")):
            told = view.words[f"side_{side}"].capitalize()
            ax.text(x, 0.8, told, ha="center", va="center", fontsize=9, fontweight="bold")

    title = view.words["pic_network"]
    svg = _drawn(draw, height=0.7 + 0.62 * tall, name="network", title=title)
    yield Drawing(under="pairs", title=title, note=view.words["pic_network_note"], svg=svg, twin=twin)


def _tie(
    ax: Axes, a: tuple[float, float], b: tuple[float, float], colour: str, style: str, sign: str
) -> None:
    """A line; between two actors of one side it bulges towards the middle, so that no box hides it."""
    bulge = 0.42 * (1 - a[0]) if a[0] == b[0] else 0.0
    steps = [i / 20 for i in range(21)]
    xs = [a[0] + s * (b[0] - a[0]) + 2 * s * (1 - s) * bulge for s in steps]
    ys = [a[1] + s * (b[1] - a[1]) for s in steps]
    ax.plot(xs, ys, color=colour, linewidth=1.5 if colour == INK else 0.9, linestyle=style, zorder=1)
    if sign:
        ax.text(xs[10], ys[10], sign, ha="center", va="center", fontsize=12, fontweight="bold", zorder=4)


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, width: float) -> None:
    shown = "\n".join(textwrap.wrap(line(text), 27)[:3])
    frame = {"boxstyle": "round,pad=0.6", "facecolor": PAPER, "edgecolor": colour, "linewidth": width}
    ax.text(*at, shown, ha="center", va="center", fontsize=7, zorder=3, bbox=frame)


# -- a figure as an SVG element ------------------------------------------------------------------------------------------------

_FONT = re.compile(r"^(?:(bold|[1-9]00) )?([0-9.]+)px ")


def _drawn(draw: Callable[[Figure], None], *, height: float, name: str, title: str) -> str:
    """An SVG element without a style attribute, its ids its own, its text text."""
    out = io.StringIO()
    with rc_context(_RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph no font of ours has is the reader's browser's business
        fig = Figure(figsize=(WIDTH, height))
        draw(fig)
        FigureCanvasSVG(fig).print_svg(out, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))  # type: ignore[no-untyped-call]
    svg = re.sub(r"<(metadata|style)\b.*?</\1>|<!--.*?-->", "", out.getvalue(), flags=re.DOTALL)
    svg = re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg)
    svg = re.sub(r'( id="|url\(#|href="#)', rf"\1{name}-", svg)
    head, _, body = svg[svg.index("<svg") :].partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    label = f'<title id="{name}-title">{escape(title)}</title>'
    return f'{head} role="img" aria-labelledby="{name}-title">{label}{body}'.strip()


def _attributes(style: str) -> str:
    """Style properties as attributes."""
    found = ""
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font" and (font := _FONT.match(value)):
            found += f' font-size="{font[2]}"' + (f' font-weight="{font[1]}"' if font[1] else "")
        elif key and key not in ("font", "font-family") and not key.startswith("-"):
            found += f' {key}="{value}"'
    return found
