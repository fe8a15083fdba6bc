"""A saved mapping (`--map`): what the columns of a file are and what some of their values mean, as TOML text both ways. Never opens
a file, never quotes a cell in a finding.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Table
from typing import Any

from msgspec.structs import replace

from cep_route.intake.cells import OLDEST
from cep_route.intake.columns import UNREAD, Mapping, ReadColumn, Saved, puzzles
from cep_route.model.answer import Finding
from cep_route.spelling import Effect, effect, near
from cep_route.text import normalise


def write_map(
    mapping: Mapping, counts: Sequence[Table[str, int]] = (), *, assume: Table[str, str] | None = None
) -> str:
    """A saved mapping as TOML: every column with what it is taken for; what is only proposed stands as a comment.

    `counts`: cell -> rows for each column of the file, to write down the values a human should settle (under `puzzles`' rule);
    `assume`: facts taken for known where a row says nothing.
    """
    lines = [
        "# Ce que sont les colonnes du fichier. À gauche le titre, à droite ce qu'il devient ; « - » : la colonne n'est pas lue.",
        "schema = 1",
        "",
        "[columns]",
    ]
    written: dict[str, ReadColumn] = {}  # of columns of one title, one that is read
    for column in mapping.columns:
        words = normalise(column.header)
        if words and (words not in written or (column.is_read and not written[words].is_read)):
            written[words] = column
    for column in written.values():
        line = f"{_quoted(column.header)} = {_quoted(column.becomes or UNREAD)}"
        lines.append(f"{line}  # {_quoted(column.proposal)} ?" if column.proposal else line)
    for column in written.values():
        found = puzzles(column, counts[column.position]) if column.position < len(counts) else ()
        shown = [p for p in found if p.text is not None]
        if shown:
            lines += [
                "",
                "# Valeurs non reconnues : enlevez le « # » et corrigez ; {} = comprise, ne dit rien.",
            ]
            lines.append(f"[values.{_quoted(column.header)}]")
            lines += [f"# {_quoted(p.text or '')} = {_table(column, p.near)}" for p in shown]
    if assume:
        lines += ["", "# Ce qui est supposé là où la ligne n'en dit rien (cep_assumed le dit).", "[assume]"]
        lines += [f"{name} = {_quoted(value)}" for name, value in assume.items()]
    return "\n".join(lines) + "\n"


def _table(column: ReadColumn, shown: str) -> str:
    """What a near spelling would set, as an inline table."""
    words = normalise(shown)
    said = column.card["values"].get(words) or column.card["proposed"].get(words)
    if not said:
        return "{}"
    told, among, needs = said
    pairs = [f"{name} = {_quoted(str(value))}" for name, value in told if name != "role"]
    for name, values in (*among, *((("needs", needs),) if needs else ())):
        years = isinstance(values[0], int)
        listed = f"[{', '.join(_quoted(str(v)) for v in values)}]"
        pairs.append(f"{name} = {_quoted(f'{values[0]}..{values[-1]}') if years else listed}")
    return "{ " + ", ".join(pairs) + " }" if pairs else "{}"


def _quoted(text: str) -> str:
    """A TOML basic string; what UTF-8 cannot write is written as its code."""
    body = json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    return '"' + "".join("�" if "\ud800" <= c <= "\udfff" else c for c in body) + '"'


def read_map(path: str, data: bytes, spellings: Table[str, Any]) -> tuple[Saved | None, list[Finding]]:
    """A saved mapping out of its TOML, or everything that is wrong with it. No line of it is quoted: it may hold cells."""
    from cep_route.files.toml import read_as  # pydantic, and only for who has a mapping
    from cep_route.model.written import SavedMap

    written, document, findings = read_as(SavedMap, path, data)
    if written is None:
        return None, sorted(map(_unquoted, findings), key=Finding.order)
    files, found = spellings["files"], list[Finding]()
    domains, needs = files["domains"], files["need_labels"]

    def say(code: str, *place: str, known: Collection[str] | None = None, **values: str) -> None:
        """`known`: what the last value may have been meant to be."""
        if known is not None:
            values["near"] = near(known, [*values.values()][-1]) or ""
        found.append(_unquoted(Finding(code=code, values=values, place=document.place(place))))

    columns: dict[str, tuple[str, str]] = {}
    for title, target in written.columns.items():
        words = normalise(title)
        kind, _, need = target.partition(":")
        if target not in files["columns"] and target != UNREAD and not (kind == "need" and need in needs):
            say("CEP485", "columns", title, column=title, target=target, known=files["columns"])
        elif words in columns:
            say("CEP489", "columns", title, column=title, other=columns[words][0])
        else:
            columns[words] = (title, target)
    values: dict[str, dict[str, Effect]] = {}
    for title, cells in written.values.items():
        settled = values[normalise(title)] = {}
        for cell, sets in cells.items():
            before, place = len(found), ("values", title, cell)
            facts = {name: (told,) if isinstance(told, str) else told for name, told in sets.items()}
            wanted = facts.pop("needs", ())
            for name, told in facts.items():
                if name not in domains:
                    say("CEP486", *place, fact=name, known=domains)
                    continue
                for one in told:
                    if not (_is_years(one) if domains[name] is None else one in domains[name]):
                        say("CEP490", *place, fact=name, value=one, known=domains[name] or ())
            for need in wanted:
                if need not in needs:
                    say("CEP487", *place, need=need, known=needs)
            if len(found) == before:
                settled[normalise(cell)] = effect(facts, wanted, domains)
    if found:
        return None, sorted(found, key=Finding.order)
    return Saved(columns=columns, values=values, file=path, assume=dict(written.assume)), []


_OUR_KEYS = frozenset(("schema", "columns", "values", "assume", "needs"))


def _unquoted(finding: Finding) -> Finding:
    """The finding without what the mapping holds: its line tells where, a key may be a cell."""
    key = finding.values.get("key")
    values = finding.values if key is None or key in _OUR_KEYS else {**finding.values, "key": "…"}
    return replace(finding, values=values, place=finding.place and replace(finding.place, text=""))


def _is_years(text: str) -> bool:
    low, dots, high = text.partition("..")
    ends = [low, high] if dots else [low]
    if not all(e.isascii() and e.isdigit() and len(e) <= 3 for e in ends):
        return False
    return int(ends[0]) <= int(ends[-1]) <= OLDEST
