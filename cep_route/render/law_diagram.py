"""The law of a day as a picture: its decision diagram, facts from top to bottom, answers below. Values in, text out.

A layered drawing (Sugiyama, Tagawa and Toda 1981) of which the layers are given: one row for each fact. In a row, nodes stand in the
order of the middle of those above them. Of the constraints nothing is drawn: a value that nobody can have has no line.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from msgspec import Struct

from cep_route.engine.decide import Table
from cep_route.messages import template
from cep_route.model.law import Law, Outcome, dated_name, written

ROW, STEP, MARGIN, LEAF = (
    96,
    46,
    230,
    150,
)  # pixels: between rows, between nodes, left of them, width of an answer
SWEEPS = 8  # of the ordering of a row by its parents
CHARACTER = 5.4  # pixels of a letter of a line's label, on average


class Picture(Struct, frozen=True, kw_only=True):
    """Nodes by number -> (row, words, kind: fact, first, eligible or other); lines (from, to, words); the words of each row."""

    title: str
    rows: tuple[str, ...]
    nodes: dict[int, tuple[int, str, str]]
    lines: tuple[tuple[int, int, str], ...]
    root: int


def picture(law: Law, on: str, lang: str, operator: str | None = None) -> Picture:
    """The diagram of a day: of one operator (first, may serve, neither), or of the whole law (who comes first)."""
    table = Table(law.segment(on), law.rules)
    diagrams, outcomes = table.diagrams, table.segment.outcomes
    told: dict[tuple[str, str], int] = {}

    def leaf(bit: int) -> int:
        return told.setdefault(
            _answer(law, outcomes[bit.bit_length() - 1], on, lang, operator), len(told) + 1
        )

    root = diagrams.project(table.root, leaf)
    words = {number: answer for answer, number in told.items()}
    levels = sorted(diagrams.support(root))
    nodes: dict[int, tuple[int, str, str]] = {}
    lines: list[tuple[int, int, str]] = []
    for number in sorted(diagrams.under(root) - {diagrams.nobody}):
        level, children = diagrams.nodes[number]
        if level == diagrams.bottom:
            nodes[number] = (len(levels), *words[children[0]])
            continue
        name = table.segment.levels[level]
        nodes[number] = levels.index(level), law.facts[name].label[lang], "fact"
        for child in dict.fromkeys(c for c in children if c != diagrams.nobody):
            values = [v for i, c in enumerate(children) if c == child for v in table.members[name][i]]
            lines.append((number, child, _values(law, name, values, lang)))
    whom = template("law_diagram.all", lang)
    if operator is not None:
        whom = dated_name(law.operator(operator).names, on, lang) or operator
    title = template("law_diagram.title", lang).format(whom=whom, day=on)
    rows = tuple(law.facts[table.segment.levels[level]].label[lang] for level in levels)
    return Picture(title=title, rows=rows, nodes=nodes, lines=tuple(lines), root=root)


def _answer(law: Law, outcome: Outcome, on: str, lang: str, operator: str | None) -> tuple[str, str]:
    """The words and the kind of a leaf."""
    if operator is None:
        codes = " + ".join(dated_name(law.operator(c).names, on, lang) or c for c in outcome.first)
        return codes, "other" if any(law.outside(c) for c in outcome.first) else "first"
    kind = "first" if operator in outcome.first else "eligible" if operator in outcome.eligible else "other"
    return template(f"law_diagram.{kind}", lang), kind


def _values(law: Law, name: str, values: list[str | int], lang: str) -> str:
    """Values on a line: years as spans, the rest by their names, the fewest words of « yes », « no » and the like."""
    labels = law.facts[name].labels
    shown = [labels[v][lang] if v in labels else v.replace("..", "-") for v in written(values)]
    return ", ".join(shown)


def _places(drawn: Picture) -> dict[int, tuple[float, float]]:
    """Where each node stands: its row, and the middle of its parents as far as neighbours leave room."""
    rows: list[list[int]] = [[] for _ in range(len(drawn.rows) + 1)]
    for number, (level, _, _) in drawn.nodes.items():
        rows[level].append(number)
    parents: dict[int, list[int]] = {number: [] for number in drawn.nodes}
    for above, below, _ in drawn.lines:
        parents[below].append(above)
    widest: float = max(len(row) * (LEAF if i == len(drawn.rows) else STEP) for i, row in enumerate(rows))
    x: dict[int, float] = dict.fromkeys(drawn.nodes, widest / 2)
    for _ in range(SWEEPS):
        for i, row in enumerate(rows):
            step = LEAF if i == len(drawn.rows) else STEP
            row.sort(key=lambda n: (sum(x[p] for p in parents[n]) / len(parents[n]) if parents[n] else 0, n))
            gap = max(float(step), widest / (len(row) + 1))
            start = (widest - gap * (len(row) - 1)) / 2
            for place, number in enumerate(row):
                x[number] = start + gap * place
    return {n: (MARGIN + x[n], 70 + ROW * drawn.nodes[n][0]) for n in drawn.nodes}


def svg(drawn: Picture) -> str:
    """The picture as SVG, without scripts or outside files; lines and answers are told in words."""
    at = _places(drawn)
    width = max(x for x, _ in at.values()) + LEAF
    height = 70 + ROW * len(drawn.rows) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" font-family="sans-serif" font-size="10">',
        f"<title>{escape(drawn.title)}</title>",
        f'<rect width="{width:.0f}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="bold">{escape(drawn.title)}</text>',
    ]
    for row, label in enumerate(drawn.rows):
        y = 70 + ROW * row
        parts.append(
            f'<line x1="12" x2="{width - 12:.0f}" y1="{y}" y2="{y}" stroke="#eee" stroke-width="14"/>'
        )
        parts.append(f'<text x="12" y="{y + 4}" font-size="12" fill="#333">{escape(label)}</text>')
    labels = []
    for place, (above, below, words) in enumerate(drawn.lines):
        (x1, y1), (x2, y2) = at[above], at[below]
        parts.append(f'<line x1="{x1:.0f}" y1="{y1 + 7}" x2="{x2:.0f}" y2="{y2 - 8}" stroke="#89a"/>')
        part = (
            (0.26 + 0.14 * (place % 4)) * ROW / (y2 - y1)
        )  # neighbours at other heights, so that words do not meet
        labels.append(_label(x1 + (x2 - x1) * part, y1 + (y2 - y1) * part, words))
    parts += labels
    for number, (_, words, kind) in drawn.nodes.items():
        parts.append(_mark(*at[number], words, kind))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _label(x: float, y: float, words: str) -> str:
    """The words of a line, cut short, whole in its title."""
    shown = words if len(words) <= 22 else words[:21] + "…"
    half = len(shown) * CHARACTER / 2
    return (
        f'<g><title>{escape(words)}</title><rect x="{x - half:.0f}" y="{y - 8:.0f}" width="{2 * half:.0f}" height="11" '
        f'fill="#fff" fill-opacity=".85"/><text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="9">{escape(shown)}</text></g>'
    )


def _mark(x: float, y: float, words: str, kind: str) -> str:
    if kind == "fact":
        return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="#246"><title>{escape(words)}</title></circle>'
    fill = {"first": "#bfe3c6", "eligible": "#e6f2d8", "other": "#eee"}[kind]
    return (
        f'<g><title>{escape(words)}</title><rect x="{x - LEAF / 2 + 4:.0f}" y="{y - 12:.0f}" width="{LEAF - 8}" height="26" rx="4" '
        f'fill="{fill}" stroke="#667"/><text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{escape(words[:26])}</text></g>'
    )


def dot(drawn: Picture) -> str:
    """The same for Graphviz."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def nodes() -> Iterable[str]:
        for number, (_, words, kind) in drawn.nodes.items():
            shape = "ellipse" if kind == "fact" else "box"
            yield f"  n{number} [label={quoted(words)}, shape={shape}];"

    lines = [f"  n{above} -> n{below} [label={quoted(words)}];" for above, below, words in drawn.lines]
    return "\n".join(["digraph law {", f"  label={quoted(drawn.title)};", *nodes(), *lines, "}"]) + "\n"
