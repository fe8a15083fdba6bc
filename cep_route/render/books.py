"""The books of an import for people: each file, how its rows ended, what was left and why; then the changes. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cep_route import messages
from cep_route.render.safe import line


def word(key: str, lang: str) -> str:
    """A word of the books of an import."""
    return messages.word("import", key, lang)


def books_text(books: Mapping[str, Any], columns: Mapping[str, Mapping[str, str]], lang: str) -> str:
    """One paragraph per file, one line per reason."""
    lines = []
    for file, told in books["files"].items():
        joined = sum(told["joined"].values())
        dropped = sum(reason["rows"] for reason in told["dropped"].values())
        sums = ((told["rows"], "rows"), (told["kept"], "kept"), (joined, "joined"), (dropped, "dropped"))
        lines.append(f"{line(file)} : " + ", ".join(f"{n} {word(key, lang)}" for n, key in sums))
        lines += [f"  {word('joined', lang)} : {n} ({word(how, lang)})" for how, n in told["joined"].items()]
        for reason, what in told["dropped"].items():
            first = ", ".join(map(str, what["first"]))
            lines.append(
                f"  {word('dropped', lang)} : {what['rows']} ({word(reason, lang)} ; {word('first', lang)} : {first})"
            )
        if file in columns:
            pairs = ", ".join(f"{key} = {line(title)}" for key, title in columns[file].items())
            lines.append(f"  {word('columns', lang)} : {pairs}")
        if told["ignored_columns"]:
            lines.append(f"  {word('ignored_columns', lang)} : {line(', '.join(told['ignored_columns']))}")
    lines += [
        f"{word('lost', lang)}, {field} : "
        + ", ".join(f"{n} ({word(reason, lang)})" for reason, n in reasons.items())
        for field, reasons in books["values_lost"].items()
    ]
    return "\n".join(lines)


def changes_text(changes: Iterable[Any], lang: str) -> str:
    """The diff of a second import, a line for each value."""
    lines = []
    for change in changes:
        kind = word("kept_value" if change.kind == "kept" else change.kind, lang)
        values = " → ".join(_short(v) for v in (change.old, change.new) if v is not None)
        lines.append(f"{kind} : {change.id} {change.key} : {values}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = [", ".join(f"{k} {v}" for k, v in one.items()) for one in value]
    told = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    told = line(told)
    return told if len(told) <= 120 else f"{told[:119]}…"


def mapping_text(
    name: str, feed: Mapping[str, Any], fields: Mapping[str, Mapping[str, str]], lang: str
) -> str:
    """How a form becomes a territory file, field by field, and where its files are."""
    lines = [
        f"{name} — {feed['name']} ({feed['licence']})",
        f"  {feed['url']}" if feed["url"] else "",
        f"  {feed[f'recipe_{lang}']}",
    ]
    for field, rule in fields.items():
        shown = f"{field} —" if field.endswith("→") else field
        lines.append(f"  {shown}" + (f" : {rule[lang]}" if rule[lang] else ""))
    return "\n".join(text for text in lines if text)
