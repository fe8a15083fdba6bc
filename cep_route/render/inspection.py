"""What was understood of a file of persons, as a page: its writing, its columns, what is not recognised, what would come of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cep_route.messages import number, plural, say
from cep_route.render.parts import Line, Page, Section, Span, section, table
from cep_route.text import normalise

LISTED = 20  # reasons shown
_NEWLINES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
_REASONS = ("col_reason", "col_rows", "col_near", "col_where")

Data = Mapping[str, Any]  # what `inspect --format json` says, or an entry of one of its lists


class Inspection:
    """The JSON of `inspect`, said."""

    def __init__(self, data: Data, lang: str) -> None:
        self.data, self.lang = data, lang

    def page(self) -> Page:
        return Page(title=self.written(), sections=tuple(self.sections()))

    def refused(self) -> Page:
        """Of a file that is refused: what each of its titles is near to."""
        rows = ((c["column"], self.becomes(c)) for c in self.data["columns"])
        return Page(sections=tuple(self.table("columns", ("col_column", "col_becomes"), rows)))

    def w(self, key: str, **values: str | int) -> str:
        return say(f"inspect.{key}", self.lang, **values)

    def table(self, key: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[Section]:
        yield from table(key, self.w(key), map(self.w, columns), rows)

    def written(self) -> str:
        """How the file is written: « intake.csv : utf-8, séparateur « ; », LF, titres ligne 1 »."""
        data = self.data
        if data["kind"] in ("workbook", "parquet"):
            text = self.w(data["kind"], file=data["file"])
            text += self.w("sheet", sheet=data["sheet"]) if data["sheet"] else ""
        else:
            sign = self.w("tab") if data["delimiter"] == "\t" else data["delimiter"]
            signs = {"delimiter": sign, "newline": _NEWLINES.get(data["newline"], "?")}
            text = self.w("written", file=data["file"], encoding=data["encoding"], **signs)
        return text + (self.w("header", line=data["header_line"]) if data["header_line"] else "")

    def sections(self) -> Iterator[Section]:
        data = self.data
        if data["format"]:
            yield from section("format", "", [Line(self.w("format", format=data["format"]))])
        columns = ("col_column", "col_becomes", "col_how", "col_odd")
        yield from self.table("columns", columns, map(self.column, data["columns"]))
        cells = ("col_column", "col_value", "col_rows", "col_near", "col_where")
        told = (self.unrecognised(u) for u in data["unrecognised"] if "reason" not in u)
        yield from self.table("unrecognised", cells, told)
        faults = [u for u in data["unrecognised"] if "reason" in u]
        yield from self.table("faults", _REASONS, map(self.reason, faults))
        yield from self.table("homes", _REASONS, map(self.reason, data["homes"]))
        counts = {"rows": data["rows"], "blank": data["blank"], "kinds": data["distinct_persons"]}
        counts |= {"undecided": data["undecided"], "rejected": data["would_be_rejected"]}
        counted = ", ".join(plural(f"inspect.{key}", n, self.lang) for key, n in counts.items())
        yield from section("summary", self.w("summary"), map(Line, [counted, *data["would_help"]["says"]]))
        yield from self.table("rejects", _REASONS, map(self.reason, data["reasons"][:LISTED]))
        notes = (Line((f["message"], Span(f" ({f['code']})", "small"))) for f in data["findings"])
        yield from section("notes", self.w("notes"), notes)

    def becomes(self, column: Data) -> str:
        return str(column["becomes"] or (f"{column['proposal']} ?" if column["proposal"] else "—"))

    def column(self, c: Data) -> tuple[str, ...]:
        unread = not c["read"] and c["becomes"]
        how = self.w(c["how"]) + (self.w("not_read") if unread else "")
        odd = number(c["not_recognised"], self.lang) if c["not_recognised"] else ""
        label = c["label"] or ""
        told = f"{label} ({c['becomes']})" if label and label != c["becomes"] else self.becomes(c)
        return (c["column"], label if unread else told, how, odd)

    def unrecognised(self, u: Data) -> tuple[str, ...]:
        value, near = u["value"], u["near"] or ""
        if near and value and normalise(near) == normalise(value):
            near = self.w("confirm", near=near)
        shown = say("screen.quoted", self.lang, text=value) if value is not None else self.w("hidden")
        where = "" if near or value is not None else self.where(u)
        return (u["column"], shown, number(u["rows"], self.lang), near, where)

    def reason(self, r: Data) -> tuple[str, ...]:
        column = r.get("column")
        place = f" [{column}]" if column and column not in r["reason"] else ""
        text = f"{r['reason']}{place} ({r['code']})"
        return (text, number(r["rows"], self.lang), r.get("near") or "", self.where(r))

    def where(self, of: Data) -> str:
        """Where something was met: the first lines."""
        lines = ", ".join(map(str, of["lines"])) + (", …" if of["rows"] > len(of["lines"]) else "")
        return self.w("lines" if of["rows"] > 1 else "line", lines=lines)
