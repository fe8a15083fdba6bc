"""What an import did, for people: each file and how its rows ended, what was left and why, what changed; how a form becomes a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cep_route.importers.reimport import KeptChange
from cep_route.importers.rows import Ledger
from cep_route.importers.to_toml import TomlValue
from cep_route.messages import in_language, say, table, word
from cep_route.model.written import Feed
from cep_route.render.parts import Grid, Line, Page, Pairs, Section
from cep_route.render.safe import line


def books_page(books: Ledger, columns: Mapping[str, Mapping[str, str]], lang: str) -> Page:
    """A table for each file: how many rows ended how, and why; then the values that were left. `columns`: our key -> its title."""

    def titles(*names: str) -> tuple[str, ...]:
        return tuple(say(f"import.col_{name}", lang) for name in names)

    sections = []
    for file, book in books.files.items():
        fates = [("joined", why, n, list[int]()) for why, n in sorted(book.joined.items())]
        fates += [("dropped", why, d.rows, d.first) for why, d in sorted(book.dropped.items())]
        sums = {key: sum(n for fate, _, n, _ in fates if fate == key) for key in ("joined", "dropped")}
        ends = {"rows": book.rows, "kept": book.kept, **sums}
        said = f"{line(file)} : " + ", ".join(f"{n} {word('import', key, lang)}" for key, n in ends.items())
        rows = tuple(
            (word("import", fate, lang), str(n), word("import", why, lang), ", ".join(map(str, first)))
            for fate, why, n, first in fates
        )
        parts: list[Grid | Line] = (
            [Grid(columns=titles("fate", "rows", "reason", "first"), rows=rows)] if rows else []
        )
        lists = {
            "columns": [f"{key} = {title}" for key, title in columns.get(file, {}).items()],
            "ignored_columns": book.ignored_columns,
        }
        parts += [
            Line(text=f"{word('import', key, lang)} : {', '.join(told)}")
            for key, told in lists.items()
            if told
        ]
        sections.append(
            Section(key="file", title=said if parts else "", parts=tuple(parts) or (Line(text=said),))
        )
    lost = tuple(
        (name, word("import", why, lang), str(n))
        for name, reasons in sorted(books.values_lost.items())
        for why, n in sorted(reasons.items())
    )
    if lost:
        grid = Grid(columns=titles("field", "reason", "values"), rows=lost)
        sections.append(Section(key="lost", title=word("import", "lost", lang), parts=(grid,)))
    return Page(title=say("import.books_title", lang), sections=tuple(sections))


def desks_page(counts: Counter[str], number: int, snapshot: str, target: str, lang: str) -> Page:
    """What became of the records of a whole export, by network and by reason."""
    words = table("import")
    title = say("import.desks_title", lang, file=target, rows=counts["rows"], kept=number, day=snapshot)
    sections = []
    for key, name, unit in (("kept", "network", "desks"), ("dropped", "reason", "rows")):
        found = sorted(
            (what.partition(":")[2], n) for what, n in counts.items() if what.startswith(f"{key}:")
        )
        rows = tuple((str(words[what][lang]) if key == "dropped" else what, str(n)) for what, n in found)
        grid = Grid(columns=(say(f"import.col_{name}", lang), say(f"import.col_{unit}", lang)), rows=rows)
        sections += [Section(key=key, title=word("import", key, lang), parts=(grid,))] if rows else []
    return Page(title=title, sections=tuple(sections))


def changes_text(changes: Iterable[KeptChange], lang: str) -> str:
    """The diff of a second import, a line for each value."""
    lines = []
    for change in changes:
        kind = word("import", "kept_value" if change.kind == "kept" else change.kind, lang)
        values = " → ".join(_short(v) for v in (change.old, change.new) if v is not None)
        lines.append(f"{kind} : {change.id} {change.key} : {values}")
    return "\n".join(lines)


def _short(value: TomlValue) -> str:
    items = value if isinstance(value, list) else [value]
    told = (
        ", ".join(f"{k} {v}" for k, v in one.items()) if isinstance(one, dict) else str(one) for one in items
    )
    text = line(", ".join(told))
    return text if len(text) <= 120 else f"{text[:119]}…"


def mapping_section(name: str, feed: Feed, fields: Mapping[str, Mapping[str, str]], lang: str) -> Section:
    """How a form becomes a territory file, field by field, and where its files are."""
    recipe = in_language(feed.recipe_en, feed.recipe_fr, lang)
    lines = [Line(text=text) for text in (feed.url, recipe) if text]
    rows = tuple((field, rule[lang] or "—") for field, rule in fields.items())
    return Section(key=name, title=f"{name} — {feed.name} ({feed.licence})", parts=(*lines, Pairs(rows=rows)))
