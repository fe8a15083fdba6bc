"""A saved mapping (`--map`): what the columns of a file are and what some of their values mean, as TOML text both ways. Never opens
a file, never quotes a cell in a finding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from typing import Any

from msgspec.structs import replace

from cep_route.intake.cells import OLDEST
from cep_route.intake.columns import UNREAD, Mapping, ReadColumn, Saved, puzzles
from cep_route.model.answer import Finding, Place
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
    meanings = _Meanings(document.place, spellings["files"])
    columns = meanings.columns(written.columns)
    values = {normalise(title): meanings.values(title, cells) for title, cells in written.values.items()}
    if meanings.findings:
        return None, sorted(meanings.findings, key=Finding.order)
    return Saved(columns=columns, values=values, file=path, assume=dict(written.assume)), []


_OUR_KEYS = frozenset(("schema", "columns", "values", "assume", "needs"))


def _unquoted(finding: Finding) -> Finding:
    """The finding without what the mapping holds: its line tells where, a key may be a cell."""
    key = finding.values.get("key")
    values = finding.values if key is None or key in _OUR_KEYS else {**finding.values, "key": "…"}
    return replace(finding, values=values, place=finding.place and replace(finding.place, text=""))


class _Meanings:
    """Whether columns, facts, values and needs that a mapping names exist."""

    def __init__(self, place: Callable[[tuple[str, ...]], Place], files: Table[str, Any]) -> None:
        self.place, self.files = place, files
        self.findings: list[Finding] = []

    def _say(self, code: str, path: tuple[str, ...], **values: str) -> None:
        self.findings.append(_unquoted(Finding(code=code, values=values, place=self.place(path))))

    def columns(self, table: Table[str, str]) -> dict[str, tuple[str, str]]:
        columns: dict[str, tuple[str, str]] = {}
        for title, target in table.items():
            words = normalise(title)
            kind, _, need = target.partition(":")
            is_target = target in self.files["columns"] or (
                kind == "need" and need in self.files["need_labels"]
            )
            if target != UNREAD and not is_target:
                found = near(self.files["columns"], target) or ""
                self._say("CEP485", ("columns", title), column=title, target=target, near=found)
            elif words in columns:
                self._say("CEP489", ("columns", title), column=title, other=columns[words][0])
            else:
                columns[words] = (title, target)
        return columns

    def values(self, title: str, cells: Table[str, Table[str, str | tuple[str, ...]]]) -> dict[str, Effect]:
        """What settled values say."""
        found = {}
        for cell, sets in cells.items():
            path = ("values", title, cell)
            facts = {name: value for name, value in sets.items() if name != "needs"}
            needs = _several(sets.get("needs", ()))
            before = len(self.findings)
            for name, value in facts.items():
                self._fact(path, name, _several(value))
            for need in needs:
                if need not in self.files["need_labels"]:
                    self._say("CEP487", path, need=need, near=near(self.files["need_labels"], need) or "")
            if len(self.findings) == before:
                found[normalise(cell)] = effect(facts, needs, self.files["domains"])
        return found

    def _fact(self, path: tuple[str, ...], name: str, told: tuple[str, ...]) -> None:
        domains = self.files["domains"]
        if name not in domains:
            self._say("CEP486", path, fact=name, near=near(domains, name) or "")
            return
        for one in told:
            if not (_is_years(one) if domains[name] is None else one in domains[name]):
                self._say("CEP490", path, fact=name, value=one, near=near(domains[name] or (), one) or "")


def _several(told: str | tuple[str, ...]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else told


def _is_years(text: str) -> bool:
    low, dots, high = text.partition("..")
    ends = [low, high] if dots else [low]
    if not all(e.isascii() and e.isdigit() and len(e) <= 3 for e in ends):
        return False
    return int(ends[0]) <= int(ends[-1]) <= OLDEST
