"""`cep-route inspect`: what is understood of a file of persons, before anything is routed."""

from __future__ import annotations

import csv
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from cep_route import files
from cep_route.commands import CANNOT, FOUND, WELL, say, tell, the_day, the_law
from cep_route.commands.batch import saved_map
from cep_route.engine.route import Judge
from cep_route.files.write import write_text
from cep_route.intake.bulk import Bulk
from cep_route.intake.homes import Homes
from cep_route.intake.passing import Identifiers, Passage
from cep_route.intake.reading import inspect_rows
from cep_route.intake.recognising import puzzles
from cep_route.intake.rows import Row
from cep_route.intake.saved_map import write_map
from cep_route.intake.source import columns_of, identifier_column, open_source, territory_column
from cep_route.intake.writing import Dialect, Nowhere, Rejects, restored_row
from cep_route.model.answer import Finding
from cep_route.render.data import finding_data
from cep_route.render.safe import line
from cep_route.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cep_route.intake.recognising import Mapping as Columns
    from cep_route.intake.rows import Reject
    from cep_route.intake.source import Source

FORMS = ("text", "json")
COUNTED = 50_000  # distinct cells of a column
LISTED = 20  # rejects and unrecognised values shown


def from_words(**words: Any) -> int:
    """The words of the command line, as the grammar names them."""
    lang = words["lang"]
    if words["form"] not in FORMS:
        values = {
            "value": words["form"],
            "option": "--format",
            "expected": ", ".join(FORMS),
            "command": "inspect",
        }
        tell([Finding(code="CEP527", values=values)], lang)
        return CANNOT
    delimiter = words["delimiter"]
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"\0'):
        values = {"option": "--delimiter", "value": line(delimiter), "expected": "; , tab |"}
        tell([Finding(code="CEP559", values=values)], lang)
        return CANNOT
    if words["rows"] or words["columns"]:
        return _rows(words, lang)
    return _Inspection(words, lang).show()


def _rows(words: dict[str, Any], lang: str) -> int:
    """Every row and every reject of any CSV, as JSON."""
    # a name that holds a comma is written in quotes, as in a CSV
    named = next(csv.reader([words["columns"] or ""]), [])
    wanted = [name for name in named if name.strip()] or None
    shown = inspect_rows(
        words["intake"], wanted, encoding=words["encoding"], delimiter=words["delimiter"], lang=lang
    )
    if words["defused"]:
        for row in shown["rows"]:
            row["cells"] = restored_row(row["cells"])
    _say_json(shown, indent=None)
    if shown["refused"]:
        return CANNOT
    return FOUND if shown["rejects"] else WELL


def _say_json(data: Any, indent: int | None = 2) -> None:
    # in letters the terminal lacks, a JSON text would be broken by what replaces them
    wide = (sys.stdout.encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}
    say(json.dumps(data, ensure_ascii=not wide, indent=indent))


class _Inspection:
    """One file, read once for its titles and once for its rows."""

    def __init__(self, words: dict[str, Any], lang: str) -> None:
        self.words, self.lang = words, lang
        self.counts: list[dict[str, int]] = []

    def show(self) -> int:
        words = self.words
        if _is_one_file(words["intake"], words["write_map"]):
            tell([Finding(code="CEP540", values={"file": words["write_map"]})], self.lang)
            return CANNOT
        law = the_law(words["rules"], self.lang)
        day, findings = the_day(words["on"])
        if law is None or findings:
            tell(findings, self.lang)
            return CANNOT
        spellings = files.load_spellings(words["rules"])
        saved, findings = saved_map(words["map"], spellings)
        if findings:
            tell(findings, self.lang)
            return CANNOT
        source = open_source(
            words["intake"], spellings, saved=saved, encoding=words["encoding"], delimiter=words["delimiter"]
        )
        if isinstance(source, Finding):
            tell([source], self.lang)
            return CANNOT
        with source:
            columns = columns_of(source, spellings, day, saved)
            homes = Homes(
                law, words["territories"], words["territory"], on=day, accept_old=words["accept_old"]
            )
            faults = [f for f in homes.findings if f.severity == "error"]
            if faults:
                tell(faults, self.lang)
                return CANNOT
            bulk = Bulk(
                columns, Judge(law), homes, on=day, lang=self.lang, strict=words["strict"], saved=saved,
                render=tuple, territory_at=territory_column(columns),
            )  # fmt: skip
            dialect = Dialect(delimiter=";", quote='"', newline="\n", codec="utf-8", mark=b"")
            passage = Passage(
                bulk=bulk, sink=Nowhere(), rejects=Rejects(dialect), header=source.reading.header, lang=self.lang,
                origin=source.origin, restore=restored_row if words["defused"] else None,
            )  # fmt: skip
            at = identifier_column(columns, spellings)
            passage.identifiers = None if at is None else Identifiers(at)
            rows = source.reading.rows()
            passage.take(self._counted(rows, columns))
            if rows.failure is not None:
                tell([rows.failure], self.lang)
                return FOUND
            twice = passage.identifiers.findings(passage.header, source.name) if passage.identifiers else ()
            notices = (*source.notices, *rows.notices, *columns.findings, *twice)
            return self._told(source, columns, passage, rows.blank, notices)

    def _counted(self, rows: Iterable[Row | Reject], columns: Columns) -> Iterator[Row | Reject]:
        """The rows as they are; the cells of each column that is read are counted on the way."""
        self.counts = [{} for _ in columns.columns]
        watched = [(self.counts[c.position], c.position) for c in columns.active]
        for item in rows:
            if isinstance(item, Row):
                for counts, at in watched:
                    cell = item.cells[at]
                    if cell in counts:
                        counts[cell] += 1
                    elif len(counts) < COUNTED:
                        counts[cell] = 1
            yield item

    def _told(
        self, source: Source, columns: Columns, passage: Passage, blank: int, notices: tuple[Finding, ...]
    ) -> int:
        data = self._data(source, columns, passage, blank, notices)
        if self.words["form"] == "json":
            _say_json(data)
        else:
            say(_text(data, self.lang))
        target = self.words["write_map"]
        if target:
            fault = write_text(target, write_map(columns, self.counts), force=self.words["force"])
            if fault:
                tell([fault], self.lang)
                return CANNOT
        unclear = any(f.severity == "error" for f in notices)
        return FOUND if passage.rejects.count or data["unrecognised"] or unclear else WELL

    def _data(
        self, source: Source, columns: Columns, passage: Passage, blank: int, notices: tuple[Finding, ...]
    ) -> dict[str, Any]:
        reading, rejects = source.reading, passage.rejects
        unrecognised = [
            {
                "column": c.header,
                "becomes": c.becomes,
                "rows": p.rows,
                "value": p.text,
                "near": p.near or None,
            }
            for c in columns.columns
            for p in puzzles(c, self.counts[c.position])[:LISTED]
        ]
        return {
            "schema": 1,
            "file": source.name,
            "kind": source.kind,
            "format": columns.form["label"][self.lang] if columns.form else None,
            "encoding": reading.encoding,
            "delimiter": reading.delimiter,
            "quote": reading.quote,
            "newline": reading.newline,
            "header_line": source.origin(reading.header_line),
            "above": [source.origin(at) for at in reading.above],
            "columns": [
                {
                    "column": c.header,
                    "becomes": c.becomes or None,
                    "read": c.is_read,
                    "how": c.how,
                    "proposal": c.proposal or None,
                    "not_recognised": sum(
                        n for cell, n in self.counts[c.position].items() if c.read(cell).fault
                    )
                    if c.is_read
                    else 0,
                }
                for c in columns.columns
            ],
            "unrecognised": unrecognised,
            "rows": passage.tally.routed + rejects.count,
            "blank": blank,
            "would_be_rejected": rejects.count,
            "rejects": [{"line": at, "code": code} for at, code in rejects.places],
            "rejects_by_code": dict(sorted(rejects.by_code.items())),
            "undecided": passage.tally.undecided(),
            "distinct_persons": len(passage.tally.kinds),
            "findings": [finding_data(f, self.lang) for f in notices],
        }


_NEWLINES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
_HOW = {
    "fr": {
        "known": "titre connu", "map": "correspondance", "values": "d'après les valeurs",
        "proposed": "proposé, pas lu", "unclear": "plusieurs sens, pas lu", "none": "passe telle quelle",
    },
    "en": {
        "known": "known title", "map": "saved mapping", "values": "judging by its values",
        "proposed": "proposed, not read", "unclear": "several meanings, not read", "none": "passes as it is",
    },
}  # fmt: skip


def _text(data: dict[str, Any], lang: str) -> str:
    """The same things in lines."""
    fr = lang == "fr"
    mark = {"\t": "tab"}.get(data["delimiter"], data["delimiter"])
    newline = _NEWLINES.get(data["newline"], "?")
    out = [
        f"{line(data['file'])} : {data['encoding']}, « {mark} », {newline}, en-tête ligne {data['header_line']}"
        if fr
        else f"{line(data['file'])}: {data['encoding']}, “{mark}”, {newline}, header on line {data['header_line']}"
    ]
    if data["format"]:
        out.append(("Format reconnu : " if fr else "Known format: ") + data["format"])
    out += ["", "Colonnes" if fr else "Columns"]
    for c in data["columns"]:
        becomes = c["becomes"] or (f"{c['proposal']} ?" if c["proposal"] else "—")
        kept = "" if c["read"] or not c["becomes"] else (", pas lue" if fr else ", not read")
        odd = c["not_recognised"]
        more = (f" ; {odd} non reconnues" if fr else f"; {odd} not recognised") if odd else ""
        out.append(f"  {line(c['column'])} → {becomes} ({_HOW[lang][c['how']]}{kept}{more})")
    if data["unrecognised"]:
        out += ["", "Valeurs non reconnues" if fr else "Values not recognised"]
    for u in data["unrecognised"]:
        value = (
            f"« {line(u['value'])} »"
            if u["value"] is not None
            else ("(non montrée)" if fr else "(not shown)")
        )
        near = (f" — proche de « {u['near']} »" if fr else f" — near “{u['near']}”") if u["near"] else ""
        out.append(f"  {line(u['column'])} : {value} × {u['rows']}{near}")
    out.append("")
    out.append(
        f"{counted(data['rows'], 'ligne', 'lignes', 'fr')}, {counted(data['blank'], 'vide', 'vides', 'fr')} ; "
        f"{counted(data['distinct_persons'], 'sorte', 'sortes', 'fr')} de personnes ; {data['undecided']} à compléter ; "
        f"{counted(data['would_be_rejected'], 'serait rejetée', 'seraient rejetées', 'fr')}"
        if fr
        else f"{counted(data['rows'], 'row', 'rows', 'en')}, {data['blank']} blank; "
        f"{counted(data['distinct_persons'], 'kind', 'kinds', 'en')} of person; "
        f"{data['undecided']} to be completed; {data['would_be_rejected']} would be rejected"
    )
    from cep_route.render.words import catalogue

    for code, count in data["rejects_by_code"].items():
        what = catalogue(code)[code]["fr" if fr else "en"].format_map(_Blank())
        lines = ", ".join(str(r["line"]) for r in data["rejects"] if r["code"] == code)
        out.append(
            f"  {code} × {count} : {what} ({('ligne' if fr else 'line') + 's' * (count > 1)} {lines}{', …' if count > LISTED else ''})"
        )
    for finding in data["findings"]:
        out.append(f"{finding['code']} {line(finding['message'])}")
    return "\n".join(out) + "\n"


def _is_one_file(one: str, other: str | None) -> bool:
    try:
        return other is not None and one != "-" and os.path.samefile(one, other)
    except OSError:  # the mapping is not there yet
        return False


class _Blank(dict[str, str]):
    """The message of a code without its values."""

    def __missing__(self, key: str) -> str:
        return "…"
