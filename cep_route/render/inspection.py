"""What was understood of a file of persons, as a page: its writing, its columns, what is not recognised, what would come of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cep_route.messages import number, plural, say
from cep_route.render.parts import Line, Page, Section, Span, section, table
from cep_route.text import normalise

LISTED = 20  # reasons shown
_NEWLINES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}

Data = Mapping[str, Any]  # what `inspect --format json` says, or an entry of one of its lists


def inspection_page(data: Data, lang: str) -> Page:
    """The JSON of `inspect`, said."""
    return Page(title=_written(data, lang), sections=tuple(Inspection(data, lang).sections()))


def refused_page(data: Data, lang: str) -> Page:
    """Of a file that is refused: what each of its titles is near to."""
    rows = [(c["column"], _becomes(c)) for c in data["columns"]]
    columns = [say(f"inspect.{key}", lang) for key in ("col_column", "col_becomes")]
    return Page(sections=tuple(table("columns", say("inspect.columns", lang), columns, rows)))


def _becomes(column: Data) -> str:
    return str(column["becomes"] or (f"{column['proposal']} ?" if column["proposal"] else "—"))


def _written(data: Data, lang: str) -> str:
    """How the file is written: « intake.csv : utf-8, séparateur « ; », LF, titres ligne 1 »."""
    if data["kind"] in ("workbook", "parquet"):
        text = say(f"inspect.{data['kind']}", lang, file=data["file"])
        text += say("inspect.sheet", lang, sheet=data["sheet"]) if data["sheet"] else ""
    else:
        sign = say("inspect.tab", lang) if data["delimiter"] == "\t" else data["delimiter"]
        newline = _NEWLINES.get(data["newline"], "?")
        text = say(
            "inspect.written",
            lang,
            file=data["file"],
            encoding=data["encoding"],
            delimiter=sign,
            newline=newline,
        )
    return text + (say("inspect.header", lang, line=data["header_line"]) if data["header_line"] else "")


class Inspection:
    """The sections of an inspection."""

    def __init__(self, data: Data, lang: str) -> None:
        self.data, self.lang = data, lang

    def w(self, key: str) -> str:
        return say(f"inspect.{key}", self.lang)

    def table(self, key: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[Section]:
        yield from table(key, self.w(key), map(self.w, columns), rows)

    def sections(self) -> Iterator[Section]:
        data = self.data
        if data["format"]:
            yield from section(
                "format", "", [Line(text=say("inspect.format", self.lang, format=data["format"]))]
            )
        becomes = ("col_column", "col_becomes", "col_how", "col_odd")
        yield from self.table("columns", becomes, map(self.column, data["columns"]))
        told = [u for u in data["unrecognised"] if "reason" not in u]
        cells = ("col_column", "col_value", "col_rows", "col_near", "col_where")
        yield from self.table("unrecognised", cells, map(self.unrecognised, told))
        faults = [u for u in data["unrecognised"] if "reason" in u]
        columns = ("col_reason", "col_rows", "col_near", "col_where")
        yield from self.table("faults", columns, map(self.reason, faults))
        yield from self.table("homes", columns, map(self.reason, data["homes"]))
        yield from section("summary", self.w("summary"), self.summary())
        yield from self.table("rejects", columns, map(self.reason, data["reasons"][:LISTED]))
        notes = [Line(text=(f["message"], Span(f" ({f['code']})", "small"))) for f in data["findings"]]
        yield from section("notes", self.w("notes"), notes)

    def column(self, c: Data) -> tuple[str, ...]:
        unread = not c["read"] and c["becomes"]
        how = self.w(c["how"]) + (self.w("not_read") if unread else "")
        odd = number(c["not_recognised"], self.lang) if c["not_recognised"] else ""
        label = c["label"] or ""
        told = f"{label} ({c['becomes']})" if label and label != c["becomes"] else _becomes(c)
        return (c["column"], label if unread else told, how, odd)

    def unrecognised(self, u: Data) -> tuple[str, ...]:
        value, near = u["value"], u["near"] or ""
        if near and value and normalise(near) == normalise(value):
            near = say("inspect.confirm", self.lang, near=near)
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
        return say("inspect.lines" if of["rows"] > 1 else "inspect.line", self.lang, lines=lines)

    def summary(self) -> Iterator[Line]:
        data = self.data
        counts = {"rows": data["rows"], "blank": data["blank"], "kinds": data["distinct_persons"]}
        counts |= {"undecided": data["undecided"], "rejected": data["would_be_rejected"]}
        yield Line(text=", ".join(plural(f"inspect.{key}", n, self.lang) for key, n in counts.items()))
        yield from (Line(text=text) for text in data["would_help"]["says"])
