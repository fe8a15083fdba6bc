"""A saved mapping (`--map`): what the columns of a file are and what some of their values mean, as TOML text both ways. Never opens
a file, never quotes a cell in a finding.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

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
    for column in mapping.columns:
        if not normalise(column.header):
            continue
        line = f"{_quoted(column.header)} = {_quoted(column.becomes or UNREAD)}"
        lines.append(f"{line}  # {_quoted(column.proposal)} ?" if column.proposal else line)
    for column in mapping.columns:
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
    pairs = [f"{n} = {_quoted(str(v))}" for n, v in told if n != "role"]
    pairs += [f"{n} = {_quoted(f'{v[0]}..{v[-1]}')}" for n, v in among if isinstance(v[0], int)]
    pairs += [
        f"{n} = [{', '.join(_quoted(str(x)) for x in v)}]" for n, v in among if not isinstance(v[0], int)
    ]
    if needs:
        pairs.append(f"needs = [{', '.join(map(_quoted, needs))}]")
    return "{ " + ", ".join(pairs) + " }" if pairs else "{}"


def _quoted(text: str) -> str:
    """A TOML basic string; what UTF-8 cannot write is written as its code."""
    body = json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    return '"' + "".join("�" if "\ud800" <= c <= "\udfff" else c for c in body) + '"'


def read_map(text: str, spellings: Table[str, Any], file: str) -> tuple[Saved | None, tuple[Finding, ...]]:
    """A saved mapping out of its TOML text, or everything that is wrong with it."""
    return _MapText(text, spellings["files"], file).saved()


class _MapText:
    def __init__(self, text: str, files: Table[str, Any], file: str) -> None:
        self.text, self.files, self.file = text, files, file
        self.findings: list[Finding] = []

    def saved(self) -> tuple[Saved | None, tuple[Finding, ...]]:
        import tomli

        try:
            data = tomli.loads(self.text)
        except tomli.TOMLDecodeError as error:
            place = Place(file=self.file, line=error.lineno, column=error.colno)
            return None, (Finding(code="CEP480", values={"why": error.msg}, place=place),)
        except (RecursionError, ValueError):
            return None, (Finding(code="CEP481", place=Place(file=self.file)),)
        for key in data.keys() - {"schema", "columns", "values", "assume"}:
            self._say("CEP482", (key,), key=key)
        if data.get("schema") != 1 or isinstance(data.get("schema"), bool):
            self._say("CEP483", ("schema",))
        columns = self._columns(self._table(data, "columns"))
        values = {normalise(t): self._values(t, v) for t, v in self._table(data, "values").items()}
        assume = self._assume(self._table(data, "assume"))
        if self.findings:
            return None, tuple(sorted(self.findings, key=Finding.order))
        return Saved(columns=columns, values=values, file=self.file, assume=assume), ()

    def _say(self, code: str, path: tuple[str | int, ...], **values: str) -> None:
        from cep_route.files.positions import locate

        line, column = locate(self.text, path)
        self.findings.append(
            Finding(code=code, values=values, place=Place(file=self.file, line=line, column=column))
        )

    def _table(self, data: Table[str, Any], key: str) -> dict[str, Any]:
        found = data.get(key, {})
        if isinstance(found, dict):
            return found
        self._say("CEP484", (key,), key=key)
        return {}

    def _assume(self, table: Table[str, Any]) -> dict[str, str]:
        """Facts and their values as they are written; whoever uses them reads them as on the command line."""
        for name, value in table.items():
            if not isinstance(value, str):
                self._say("CEP484", ("assume", name), key=name)
        return {name: str(value) for name, value in table.items()}

    def _columns(self, table: Table[str, Any]) -> dict[str, tuple[str, str]]:
        columns: dict[str, tuple[str, str]] = {}
        for title, target in table.items():
            words = normalise(title)
            if not isinstance(target, str):
                self._say("CEP484", ("columns", title), key=title)
            elif target != UNREAD and not self._is_target(target):
                near_target = near(self.files["columns"], target) or ""
                self._say("CEP485", ("columns", title), column=title, target=target, near=near_target)
            elif words in columns:
                self._say("CEP489", ("columns", title), column=title, other=columns[words][0])
            else:
                columns[words] = (title, target)
        return columns

    def _is_target(self, target: str) -> bool:
        kind, _, need = target.partition(":")
        return target in self.files["columns"] or (kind == "need" and need in self.files["need_labels"])

    def _values(self, title: str, table: Any) -> dict[str, Effect]:
        if not isinstance(table, dict):
            self._say("CEP484", ("values", title), key=title)
            return {}
        return {
            normalise(cell): said
            for cell, sets in table.items()
            if (said := self._effect(("values", title, cell), title, sets)) is not None
        }

    def _effect(self, path: tuple[str, ...], title: str, sets: Any) -> Effect | None:
        """What a settled value says. The cell itself is not quoted: it comes from a person's file."""
        if not isinstance(sets, dict):
            self._say("CEP484", path, key=title)
            return None
        before = len(self.findings)
        facts = {name: value for name, value in sets.items() if name != "needs"}
        for name, value in facts.items():
            self._fact(path, name, value)
        needs = sets.get("needs", [])
        if not isinstance(needs, list) or not all(isinstance(n, str) for n in needs):
            self._say("CEP484", path, key="needs")
            return None
        for need in needs:
            if need not in self.files["need_labels"]:
                near_need = near(self.files["need_labels"], need) or ""
                self._say("CEP487", path, need=need, near=near_need)
        return effect(facts, needs, self.files["domains"]) if len(self.findings) == before else None

    def _fact(self, path: tuple[str, ...], name: str, value: Any) -> None:
        domains = self.files["domains"]
        if name not in domains:
            self._say("CEP486", path, fact=name, near=near(domains, name) or "")
            return
        told = value if isinstance(value, list) else [value]
        if not told or not all(isinstance(v, str) for v in told):
            self._say("CEP484", path, key=name)
            return
        for one in told:
            if not (_is_years(one) if domains[name] is None else one in domains[name]):
                self._say("CEP490", path, fact=name, value=one, near=near(domains[name] or (), one) or "")


def _is_years(text: str) -> bool:
    low, dots, high = text.partition("..")
    ends = [low, high] if dots else [low]
    if not all(e.isascii() and e.isdigit() and len(e) <= 3 for e in ends):
        return False
    return int(ends[0]) <= int(ends[-1]) <= OLDEST
