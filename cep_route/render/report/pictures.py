"""The pictures of a diagnosis as SVG, drawn with matplotlib. Each comes with its text twin; nothing is read, nothing is decided.

Colours are a fixed palette which the page's style maps to light and dark; no style attribute is left in a drawing, so that the page can
forbid them all. The same values give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch, Polygon, Rectangle

from cep_route.diagnosis import Diagnosis
from cep_route.messages import months as month_names
from cep_route.messages import tables
from cep_route.model.law import in_force
from cep_route.model.profile import Stretch
from cep_route.render.data import operator_name
from cep_route.render.diagnosis import ORDER, Turn, View
from cep_route.render.report.drawing import INK, LINE, MUTE, PAPER, drawn
from cep_route.render.safe import line

COLUMNS = 20  # communes in one heat map, the most peopled; the text twin has them all
NAMED, FEW = (
    16,
    10,
)  # beyond so many communes, the map names only a few: those with a desk, then the most peopled
STATE = {
    "desk": "#8fd3b1",
    "hours": "#dfe8a5",
    "far": "#ffd58a",
    "remote": "#f7b08a",
    "none": "#e58a8f",
    "unknown": "#d6d7d8",
}
SIGN = {"desk": "●", "hours": "◔", "far": "○", "remote": "☎", "none": "✕", "unknown": "?"}
DOORS = ("#0072b3", "#d55e01", "#009e74", "#cc79a8", "#7a5195", "#b8860c", "#3d6b35")
SHAPES = ("s", "^", "D", "v", "P", "X", "*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A drawing (SVG text) and its twin: a table with a heading, for those who do not see it."""

    key: str
    title: str
    note: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def colours(view: View) -> dict[str, tuple[str, str]]:
    """A colour and a shape for each network, in the order of operators.toml."""
    codes = [c for c, o in view.law.operators.items() if not o.outside]
    return {c: (DOORS[i % len(DOORS)], SHAPES[i % len(SHAPES)]) for i, c in enumerate(codes)}


# -- the map ----------------------------------------------------------------------------------------------------------------


def chart(view: View, points: Mapping[str, tuple[float, float]], people: Mapping[str, int]) -> Plot | None:
    """Communes and desks by operator, with the coordination's perimeter. None when no position is known."""
    d = view.d
    here = [c for c in d.asked.communes if c in points]
    if not here:
        return None
    desks = [desk for desk in _desks(d) if desk[1] in points]
    rows = tuple(
        (
            view.commune(c),
            view.number(people[c]) if c in people else view.words["unknown"],
            ", ".join(
                dict.fromkeys(operator_name(view.law, n, d.on, view.lang) for n, at, _ in desks if at == c)
            )
            or view.words["none"],
        )
        for c in dict.fromkeys([*d.asked.communes, *(at for _, at, _ in desks)])
    )
    spots = {c: points[c] for c in here} | _brought_near(
        points, here, [at for _, at, _ in desks if at not in here]
    )

    def draw(fig: Figure) -> None:
        ax = fig.add_axes((0.02, 0.13, 0.96, 0.86))
        ax.set_aspect(1 / max(0.2, _cos(spots[here[0]][0])), adjustable="datalim")
        ax.axis("off")
        _perimeters(ax, view, {c: points[c] for c in here})
        largest = max((people.get(c, 1) for c in here), default=1) or 1
        least = 60 if len(here) <= NAMED else 8
        named = set(_named(here, people, [at for _, at, _ in desks]))
        for code, (lat, lon) in spots.items():
            size = least + 900 * (people.get(code, 0) / largest) if code in here else 60
            face = LINE if code in here else "none"
            ax.scatter([lon], [lat], s=size, color=face, edgecolors=MUTE, linewidths=0.6, zorder=2)
            if code not in named:
                continue
            km = min((d.asked.ground.km(code, c) or 0.0 for c in here), default=0.0)
            name = line(view.commune(code)) + ("" if code in here else f" → {km:.0f} km")
            below = -(size**0.5) / 2 - 4
            ax.annotate(
                name, (lon, lat), xytext=(0, below), textcoords="offset points", ha="center", va="top", fontsize=7.5, zorder=5,
            )  # fmt: skip
        _marks(ax, view, desks, spots)
        ax.margins(0.14, 0.12)
        _legend(fig, view, desks)

    return Plot(
        key="map",
        title=view.words["pic_map"],
        note=view.words["pic_map_note"],
        svg=drawn(draw, height=4.6, name="map", title=view.words["pic_map"]),
        head=(view.words["commune"], view.words["inhabitants"], view.words["desks_here"]),
        rows=rows,
    )


def _named(here: Sequence[str], people: Mapping[str, int], seats: Sequence[str]) -> list[str]:
    """The communes worth a name where there is no room for all."""
    if len(here) <= NAMED:
        return [*here, *seats]
    return list(dict.fromkeys([*seats, *sorted(here, key=lambda c: -people.get(c, 0))]))[
        : max(FEW, len(set(seats)))
    ]


def _brought_near(
    points: Mapping[str, tuple[float, float]], here: Sequence[str], away: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Communes outside the territory at its edge, in their true direction: their distance is written beside their name."""
    lats, lons = [points[c][0] for c in here], [points[c][1] for c in here]
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    lat, lon = (south + north) / 2, (west + east) / 2
    high, wide = max((north - south) * 0.75, 0.03), max((east - west) * 0.75, 0.03)
    found = {}
    for code in away:
        up, right = points[code][0] - lat, points[code][1] - lon
        shrink = min(1.0, high / abs(up) if up else 1.0, wide / abs(right) if right else 1.0)
        found[code] = (lat + up * shrink, lon + right * shrink)
    return found


def _cos(latitude: float) -> float:
    from math import cos, radians

    return cos(radians(latitude))


def _desks(d: Diagnosis) -> list[tuple[str, str, str]]:
    """(network, commune, type) of every place of an operator in force where someone is met."""
    houses = [o for o in d.territory.get("operators") or () if in_force(o, d.on)]
    return [
        (o["network"], p["commune"], p["type"])
        for o in houses
        for p in o.get("places") or ()
        if p.get("commune") and p["type"] not in ("none", "remote")
    ]


def _perimeters(ax: Axes, view: View, points: Mapping[str, tuple[float, float]]) -> None:
    body = (view.d.territory.get("coordination") or {}).get("perimeter") or ()
    inside = [points[c] for c in points if body and view.d.asked.ground.covers(body, c)]
    _outline(ax, inside, INK, 1.3)
    for network, (colour, _) in colours(view).items():
        for house in view.d.territory.get("operators") or ():
            zones = house.get("perimeter")
            if house["network"] != network or not zones or "france" in zones:
                continue
            mine = [points[c] for c in points if view.d.asked.ground.covers(zones, c)]
            if 0 < len(mine) < len(points):
                _outline(ax, mine, colour, 0.9)


def _outline(ax: Axes, inside: list[tuple[float, float]], colour: str, width: float) -> None:
    corners = _hull([(lon, lat) for lat, lon in inside])
    if len(corners) >= 3:
        ax.add_patch(
            Polygon(
                corners,
                closed=True,
                fill=False,
                edgecolor=colour,
                linewidth=width,
                linestyle=(0, (4, 3)),
                zorder=3,
            )
        )


def _hull(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The convex outline of points (monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(some: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        chain: list[tuple[float, float]] = []
        for p in some:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _marks(
    ax: Axes, view: View, desks: list[tuple[str, str, str]], points: Mapping[str, tuple[float, float]]
) -> None:
    """The operators of a commune side by side, above its circle."""
    by_place: dict[str, list[str]] = {}
    for network, at, _ in desks:
        if network not in by_place.setdefault(at, []):
            by_place[at].append(network)
    for at, networks in by_place.items():
        lat, lon = points[at]
        for i, network in enumerate(networks):
            colour, shape = colours(view)[network]
            offset = ((i - (len(networks) - 1) / 2) * 9, 0)
            ax.plot(
                [lon], [lat], marker=shape, color=colour, markersize=6.5, markeredgecolor=PAPER, markeredgewidth=0.7, zorder=4,
                transform=_shifted(ax, offset),
            )  # fmt: skip


def _shifted(ax: Axes, offset: tuple[float, float]) -> Any:
    from matplotlib.transforms import ScaledTranslation

    fig = ax.figure
    return ax.transData + ScaledTranslation(offset[0] / 72, offset[1] / 72, fig.dpi_scale_trans)


def _legend(fig: Figure, view: View, desks: list[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    table = colours(view)
    shown = [n for n in table if any(n == network for network, _, _ in desks)]
    handles = [
        Line2D([], [], marker=table[n][1], color=table[n][0], linestyle="none", markersize=6,
               label=line(operator_name(view.law, n, view.d.on, view.lang)))
        for n in shown
    ]  # fmt: skip
    if handles:
        fig.legend(handles=handles, loc="lower center", ncol=min(3, len(handles)), bbox_to_anchor=(0.5, 0.0))


# -- the heat map -----------------------------------------------------------------------------------------------------------


def heat(view: View) -> Plot | None:
    """People by first door, commune by commune; one line per level and day only where they differ."""
    d = view.d
    if not d.asked.communes or not d.cells:
        return None
    columns = _columns(d)
    lines = _lines(view)
    words = view.words

    def draw(fig: Figure) -> None:
        tall = fig.get_figheight()
        longest = max((len(view.commune(c)) for c in columns), default=1)
        top = min(1.5, 0.075 * longest * 0.75 + 0.1)
        ax = fig.add_axes((0.33, 0.5 / tall, 0.65 if len(columns) <= 10 else 0.6, 1 - (0.5 + top) / tall))
        _grid(ax, [[cells.get(c, "unknown") for c in columns] for _, cells in lines])
        ax.set_yticks([i + 0.5 for i in range(len(lines))], [_folded(line(label), 34) for label, _ in lines])
        ax.set_xticks([i + 0.5 for i in range(len(columns))], [line(view.commune(c)) for c in columns])
        ax.xaxis.tick_top()
        for label in ax.get_xticklabels():
            label.set_rotation(40 if len(columns) <= 10 else 60)
            label.set_horizontalalignment("left")
            label.set_rotation_mode("anchor")
        _key(fig, view, {state for _, cells in lines for state in cells.values()})

    return Plot(
        key="heat",
        title=words["pic_heat"],
        note=words["pic_heat_some"].format(count=len(columns))
        if len(columns) < len(d.asked.communes)
        else "",
        svg=drawn(draw, height=1.7 + 0.34 * len(lines), name="heat", title=words["pic_heat"]),
        head=(words["first_door"], *(view.commune(c) for c in d.asked.communes)),
        rows=tuple(
            (label, *(words[f"state_{cells.get(c, 'unknown')}"] for c in d.asked.communes))
            for label, cells in lines
        ),
    )


def _columns(d: Diagnosis) -> tuple[str, ...]:
    if len(d.asked.communes) <= COLUMNS:
        return d.asked.communes
    most = sorted(d.asked.communes, key=lambda c: -d.asked.inhabitants.get(c, 0))[:COLUMNS]
    return tuple(c for c in d.asked.communes if c in most)


def _lines(view: View) -> list[tuple[str, dict[str, str]]]:
    """One line per group; more when levels or days differ."""
    found: list[tuple[str, dict[str, str]]] = []
    for first in dict.fromkeys(key[0] for key in view.d.cells):
        seen: list[dict[str, str]] = []
        for day in sorted({key[3] for key in view.d.cells if key[0] == first}):
            for level in sorted({key[2] for key in view.d.cells}):
                cells = {
                    c: s for (f, c, lv, dy), s in view.d.cells.items() if (f, lv, dy) == (first, level, day)
                }
                if cells in seen:
                    continue
                label = view.doors(first, day)
                if seen or day != view.d.on:
                    label += (
                        f" ({view.words['level'].format(level=level)}, {view.day(day)})"
                        if seen
                        else f" ({view.day(day)})"
                    )
                found.append((label, cells))
                seen.append(cells)
    return found


def _grid(ax: Axes, states: Sequence[Sequence[str]]) -> None:
    for i, row in enumerate(states):
        for j, state in enumerate(row):
            ax.add_patch(Rectangle((j + 0.03, i + 0.05), 0.94, 0.9, facecolor=STATE[state], edgecolor="none"))
            ax.text(j + 0.5, i + 0.5, SIGN[state], ha="center", va="center", fontsize=9, color="#1a1b1c")
    ax.set_xlim(0, len(states[0]) if states else 1)
    ax.set_ylim(len(states), 0)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _key(fig: Figure, view: View, states: set[str]) -> None:
    shown = [s for s in reversed(ORDER) if s in states]
    handles = [Patch(facecolor=STATE[s], label=f"{SIGN[s]} {view.words['state_' + s]}") for s in shown]
    fig.legend(
        handles=handles,
        loc="lower left",
        ncol=min(3, len(handles)),
        bbox_to_anchor=(0.02, 0.0),
        handlelength=1.2,
    )


def _folded(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)[:3])


# -- the network ------------------------------------------------------------------------------------------------------------


def network(view: View) -> Plot | None:
    """Operators of one side on the left, of the other on the right, what brings them together and tied partners in between."""
    d = view.d
    houses = [o for o in d.territory.get("operators") or () if any(o["id"] in pair for pair in d.pairs)]
    if not houses:
        return None
    left = [h["id"] for h in houses if view.side(h["id"]) == "employment_service"]
    right = [h["id"] for h in houses if h["id"] not in left]
    bodies = _bodies(view)
    ties = [t for t in d.territory.get("ties") or () if {t["from"], t["to"]} & {h["id"] for h in houses}]
    ends = dict.fromkeys(e for t in ties for e in (t["from"], t["to"]))
    others = [e for e in ends if e not in left and e not in right and e in view.names]
    words = view.words
    middle = [*(name for name, _ in bodies), *(view.name(o) for o in others)]
    rows_ = max(len(left), len(right), len(middle), 2)
    spots: dict[str, tuple[float, float]] = {}
    for ids, x in ((left, 0.0), (right, 2.0)):
        spots |= {one: (x, _slot(i, len(ids), rows_)) for i, one in enumerate(ids)}
    centre = [*(f"body {i}" for i in range(len(bodies))), *others]
    spots |= {one: (1.0, _slot(i, len(centre), rows_)) for i, one in enumerate(centre)}

    def draw(fig: Figure) -> None:
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.axis("off")
        ax.set_xlim(-0.42, 2.42)
        ax.set_ylim(-rows_ + 0.3, 1.0)
        for i, (_, members) in enumerate(bodies):
            for member in members:
                if member in spots:
                    _link(ax, spots[f"body {i}"], spots[member], LINE, "-", 0.9)
        for tie in ties:
            if tie["from"] in spots and tie["to"] in spots:
                style = (0, (4, 3)) if tie["nature"] == "bilateral" else "-"
                _link(
                    ax,
                    spots[tie["from"]],
                    spots[tie["to"]],
                    INK,
                    style,
                    1.5,
                    "*" if tie.get("rests_on_one_person") else "",
                )
        table = colours(view)
        for house in houses:
            _box(ax, spots[house["id"]], view.name(house["id"]), table[house["network"]][0])
        for i, (name, _) in enumerate(bodies):
            _box(ax, spots[f"body {i}"], name, INK, 1.6)
        for other in others:
            _box(ax, spots[other], view.name(other), MUTE)
        for x, side in ((0.0, "employment_service"), (2.0, "employees")):
            ax.text(
                x,
                0.8,
                words[f"side_{side}"].capitalize(),
                ha="center",
                va="center",
                fontsize=9,
                fontweight="bold",
            )

    return Plot(
        key="network",
        title=words["pic_network"],
        note=words["pic_network_note"],
        svg=drawn(draw, height=0.7 + 0.62 * rows_, name="network", title=words["pic_network"]),
        head=(words["actor"], words["side"], words["tied_to"]),
        rows=tuple(
            (
                view.name(h["id"]),
                words[f"side_{view.side(h['id'])}"],
                ", ".join(_neighbours(view, h["id"], ties, bodies)) or words["none"],
            )
            for h in houses
        ),
    )


def _slot(i: int, count: int, rows_: int) -> float:
    return -(i + 0.5) * rows_ / max(count, 1) + 0.5


def _bodies(view: View) -> list[tuple[str, tuple[str, ...]]]:
    """The living coordination and the schemes in force, with the houses that are members (by their id or their network)."""
    t, held = view.d.territory, {(p.of, p.condition): p.held for p in view.d.parts}
    found = []
    body = t.get("coordination") or {}
    if held.get(("coordination", "active")):
        found.append((body.get("name") or view.words["of_coordination"], _houses(view, body)))
    schemes = [s for s in t.get("schemes") or () if held.get((s["id"], "active"))]
    return [*found, *((s["name"], _houses(view, s)) for s in schemes)]


def _houses(view: View, body: Mapping[str, Any]) -> tuple[str, ...]:
    members = set(body.get("member_operators") or ())
    return tuple(
        o["id"] for o in view.d.territory.get("operators") or () if members & {o["id"], o["network"]}
    )


def _neighbours(
    view: View, house: str, ties: Sequence[Mapping[str, Any]], bodies: Sequence[tuple[str, tuple[str, ...]]]
) -> Iterable[str]:
    yield from (name for name, members in bodies if house in members)
    for tie in ties:
        if house in (tie["from"], tie["to"]):
            other = tie["to"] if tie["from"] == house else tie["from"]
            yield view.name(other) + (" *" if tie.get("rests_on_one_person") else "")


def _link(
    ax: Axes,
    a: tuple[float, float],
    b: tuple[float, float],
    colour: str,
    style: Any,
    width: float,
    sign: str = "",
) -> None:
    bend = 0.16 if a[0] == b[0] and a[0] != 1.0 else 0.0
    inward = -bend if a[0] > 1 else bend  # ties within a side bulge towards the middle
    mid = ((a[0] + b[0]) / 2 + inward * 2.6, (a[1] + b[1]) / 2)
    steps = [i / 20 for i in range(21)]
    xs = [(1 - s) ** 2 * a[0] + 2 * s * (1 - s) * mid[0] + s * s * b[0] for s in steps]
    ys = [(1 - s) ** 2 * a[1] + 2 * s * (1 - s) * mid[1] + s * s * b[1] for s in steps]
    ax.plot(xs, ys, color=colour, linewidth=width, linestyle=style, zorder=1)
    if sign:
        ax.text(
            xs[10],
            ys[10],
            sign,
            ha="center",
            va="center",
            fontsize=12,
            fontweight="bold",
            color=INK,
            zorder=4,
        )


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, width: float = 1.2) -> None:
    x, y = at
    box = FancyBboxPatch(
        (x - 0.38, y - 0.27), 0.76, 0.54, boxstyle="round,pad=0,rounding_size=0.05", facecolor=PAPER, edgecolor=colour, linewidth=width, zorder=3,
    )  # fmt: skip
    ax.add_patch(box)
    ax.text(x, y, _folded(line(text), 27), ha="center", va="center", fontsize=7, zorder=4)


# -- the year -----------------------------------------------------------------------------------------------------------------


def year(view: View, stretches: Sequence[Stretch]) -> Plot | None:
    """Twelve months of a seasonal worker: the situation, the first door, the hand-overs."""
    if not stretches:
        return None
    words = view.words
    season = set((view.d.territory.get("context") or {}).get("season_months") or ())
    months = [m for s in stretches for m in s.months]
    door = {m: s.route.decision.first for s in stretches for m in s.months}
    table = colours(view)

    def situation(month: int) -> str:
        return words["in_season" if month in season else "between"]

    def draw(fig: Figure) -> None:
        ax = fig.add_axes((0.01, 0.26, 0.98, 0.56))
        ax.axis("off")
        ax.set_xlim(0, len(months))
        ax.set_ylim(0, 2)
        for i, month in enumerate(months):
            ax.text(
                i + 0.5,
                2.08,
                list(tables(view.lang)["screen"]["months"])[month - 1],
                ha="center",
                va="bottom",
                fontsize=7.5,
            )
            fill = STATE["far"] if month in season else STATE["unknown"]
            ax.add_patch(Rectangle((i + 0.02, 1.08), 0.96, 0.84, facecolor=fill, edgecolor="none"))
            colour = table[door[month][0]][0] if door[month] and door[month][0] in table else LINE
            ax.add_patch(Rectangle((i + 0.02, 0.1), 0.96, 0.84, facecolor=colour, edgecolor="none"))
        at = 0
        for stretch in stretches:
            if stretch.hand_over and at:
                ax.plot([at, at], [0.0, 2.0], color=INK, linewidth=1.6)
                ax.text(at, -0.12, "⇄", ha="center", va="top", fontsize=10)
            at += len(stretch.months)
        firsts = dict.fromkeys(door.values())
        handles = [
            Patch(facecolor=STATE["far"], label=words["in_season"]),
            Patch(facecolor=STATE["unknown"], label=words["between"]),
        ]
        handles += [
            Patch(facecolor=table[f[0]][0] if f and f[0] in table else LINE, label=line(view.doors(f)))
            for f in firsts
        ]
        fig.legend(handles=handles, loc="lower center", ncol=2, bbox_to_anchor=(0.5, -0.02), handlelength=1.2)

    rows = []
    for stretch in stretches:
        names = ", ".join(month_names(view.lang)[m - 1] for m in stretch.months)
        over = ""
        if stretch.hand_over:
            a, b = (view.doors(side, stretch.day) or "—" for side in stretch.hand_over)
            over = words["handover"].format(a=a, b=b)
        rows.append(
            (names, situation(stretch.months[0]), view.doors(stretch.route.decision.first, stretch.day), over)
        )
    return Plot(
        key="year",
        title=words["pic_year"],
        note=words["pic_year_note"],
        svg=drawn(draw, height=2.0, name="year", title=words["pic_year"]),
        head=(words["month"], words["situation"], words["first_door"], "⇄"),
        rows=tuple(rows),
    )


# -- before and after -----------------------------------------------------------------------------------------------------------


def change(view: View, turn: Turn, index: int) -> Plot:
    """What there is before and after, kind by kind, and how many situations meet someone near."""
    words = view.words
    counts = [(words[f"thing_{kind}"], a, b) for kind, a, b in _counts(view, turn)]

    def draw(fig: Figure) -> None:
        tall = fig.get_figheight()
        ax = fig.add_axes((0.36, 0.42 / tall, 0.58, 1 - 0.5 / tall))
        most = max((max(a, b) for _, a, b in counts), default=1) or 1
        for i, (_, a, b) in enumerate(counts):
            for offset, value, colour in ((-0.2, a, MUTE), (0.2, b, DOORS[0])):
                ax.barh(i + offset, value, height=0.34, color=colour)
                ax.text(value + most * 0.015, i + offset, str(value), va="center", ha="left", fontsize=7.5)
        ax.set_yticks(range(len(counts)), [_folded(line(label), 34) for label, _, _ in counts])
        ax.set_ylim(len(counts) - 0.4, -0.6)
        ax.set_xlim(0, most * 1.12)
        ax.tick_params(length=0)
        ax.set_xticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        handles = [
            Patch(facecolor=MUTE, label=words["before"]),
            Patch(facecolor=DOORS[0], label=words["after"]),
        ]
        fig.legend(handles=handles, loc="lower left", ncol=2, bbox_to_anchor=(0.34, 0.0), handlelength=1.2)

    return Plot(
        key=f"change-{index}",
        title=f"{words['pic_change']}{words['colon']}{view.turn_name(turn)}",
        note="",
        svg=drawn(draw, height=0.7 + 0.38 * len(counts), name=f"change{index}", title=words["pic_change"]),
        head=("", words["before"].capitalize(), words["after"].capitalize()),
        rows=tuple((label, str(a), str(b)) for label, a, b in counts),
    )


def _counts(view: View, turn: Turn) -> Iterable[tuple[str, int, int]]:
    x = turn.difference
    for kind in ("schemes", "operators", "partners", "tools", "ties", "linked", "needs", "funding"):
        before = x.totals[kind]
        yield kind, before, before - len(x.lost.get(kind, ())) + len(x.gained.get(kind, ()))
    near = ("desk",)
    yield (
        "near",
        sum(s in near for k, s in view.d.cells.items() if k[3] == view.d.on),
        sum(s in near for k, s in turn.then.cells.items() if k[3] == turn.then.on),
    )
