"""`cep-route batch`: a whole file of persons, routed or rejected line by line, nothing lost."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, BinaryIO, Self

from cep_route import __version__, files
from cep_route.cli.console import CANNOT, FOUND, WELL, Result, named_desks, tell, the_day, the_law
from cep_route.cli.options import (
    AcceptOld,
    Day,
    Defused,
    Delimiter,
    DesksFile,
    Encoding,
    Escape,
    Force,
    Intake,
    Lang,
    Map,
    OnlyRejects,
    Quote,
    Rules,
    Sheet,
    Strict,
    Territories,
    Territory,
    form,
    option,
)
from cep_route.engine.explain import Judge
from cep_route.engine.profile import fact_name, read_facts
from cep_route.files.write import SIGNALS, Outputs, unwritable
from cep_route.intake.columns import Saved
from cep_route.intake.decoding import overflowed
from cep_route.intake.flow import Flow, OverflowedError
from cep_route.intake.heading import plain
from cep_route.intake.helps import Helps, helps
from cep_route.intake.homes import Homes
from cep_route.intake.people import NEVER_ASSUMED, People
from cep_route.intake.pieces import COLUMNS, MINIMAL, Pieces
from cep_route.intake.reader import Reading
from cep_route.intake.saved_map import read_map
from cep_route.intake.source import (
    IntakeSource,
    columns_of,
    identifier_column,
    open_source,
    territory_column,
    unusable_quotes,
)
from cep_route.intake.writer import (
    CsvSink,
    Dialect,
    Identifiers,
    JsonSink,
    Nowhere,
    Passage,
    Rejects,
    Tally,
    WrittenRow,
    restored_row,
    sign,
    standard_output,
)
from cep_route.messages import counted, number, plural, say
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.render.data import operator_name
from cep_route.render.parts import Line, Page, Pairs, Part, Said, Section
from cep_route.render.safe import line
from cep_route.render.screen import show
from cep_route.spelling import read_value, typed_word

Done = tuple[
    Tally, int, int, Finding | None
]  # what went through, blank records, records seen, what stopped it


MANIFEST_AT_MOST = 16 << 20  # bytes of a manifest that is compared
SIGNALLED = 128  # and the number of the signal: what a shell expects
FORMATS = ("csv", "jsonl", "parquet", "xlsx")
PATHS = ("auto", "fast", "plain")
SETS = {"minimal": MINIMAL, "all": COLUMNS}  # of columns, by the name that --columns gives them
COLUMNS_PROPOSED = 3  # of those that would decide rows
WORTH_IT = 1 << 20  # bytes of a file under which loading polars costs more than it gains
_SUFFIXES = {".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".csv": "csv"}
# nobody expects a CSV under these
_NOT_WRITTEN = frozenset((".ods", ".xls", ".json", ".pdf", ".docx", ".html", ".gz", ".zip"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The words of one run, understood."""

    intake: str
    out: str
    rejects: str | None
    manifest: str | None
    form: str
    excel_fr: bool
    defuse: bool
    defused: bool
    strict: bool
    strict_exit: bool
    assume: tuple[str, ...]
    columns: str | None
    force: bool
    only_rejects: bool
    sheet: str | None
    territory: str | None
    territories: str | None
    accept_old: bool
    desks: str | None
    rules: str | None
    map: str | None
    encoding: str | None
    delimiter: str | None
    quote: str | None
    escape: str | None
    path: str
    on: str
    lang: str
    number: int = 1  # of a rejects file that nobody named, where others stand

    def targets(self) -> list[str]:
        """The files of the run: the one that was asked for is judged, and named, first."""
        return [n for n in (self.out, self.rejects_name(), self.manifest) if n is not None and n != "-"]

    def wanted(self) -> tuple[str, ...]:
        """Our columns that come out, in their order."""
        if self.columns is None:
            return COLUMNS
        names = [name.strip() for name in self.columns.split(",") if name.strip()]
        return tuple(dict.fromkeys(n for name in names for n in SETS.get(name, (name,))))

    def renamed(self) -> list[str]:
        """The same in the order in which they appear: the manifest, which knows the others, is the last."""
        return [n for n in (self.rejects_name(), self.out, self.manifest) if n is not None and n != "-"]

    def rejects_name(self) -> str:
        """Where rejects go: as told, else beside the output; when that is a stream, in the working folder, by the name of the input."""
        if self.rejects is not None:
            return self.rejects
        name = self.out
        if name == "-":
            name = "stdin" if self.intake == "-" else os.path.basename(self.intake)
        stem, _ = os.path.splitext(name)
        return f"{stem}.rejects{f'-{self.number}' if self.number > 1 else ''}.csv"

    def elsewhere(self, fault: Finding | None) -> Order | None:
        """The same with another name for the rejects of a stream, when the one they would have is taken."""
        if fault is None or fault.code not in {"CEP524", "CEP542"} or not self.unasked(fault):
            return None
        return replace(self, number=self.number + 1)

    def unasked(self, fault: Finding) -> bool:
        """Whether a fault is of the rejects of a stream, which nobody named."""
        return self.out == "-" and self.rejects is None and fault.values["file"] == self.rejects_name()

    def options(self) -> dict[str, Any]:
        """What of the words changes a byte of the output."""
        return {
            "format": self.form, "excel_fr": self.excel_fr, "defuse": self.defuse, "defused": self.defused,
            "strict": self.strict, "columns": list(self.wanted()), "accept_old": self.accept_old, "only_rejects": self.only_rejects,
            "encoding": self.encoding,
            "delimiter": self.delimiter, "lang": self.lang,
            **({"quote": self.quote} if self.quote is not None else {}),
            **({"escape": self.escape} if self.escape is not None else {}),
            **({"desks": self.desks} if self.desks else {}),
        }  # fmt: skip


def batch(
    intake: Intake,
    out: Annotated[str | None, option("-o", "--out", "--sortie", takes="FILE", panel="files")] = None,
    rejects: Annotated[str | None, option("--rejects", "--rejets", takes="FILE", panel="files")] = None,
    manifest: Annotated[str | None, option("--manifest", "--bordereau", takes="FILE", panel="files")] = None,
    force: Force = False,
    rules: Rules = None,
    form: Annotated[str | None, form("csv", "jsonl", "parquet", "xlsx")] = None,
    excel_fr: Annotated[bool, option("--excel-fr")] = False,
    defuse: Annotated[bool, option("--defuse", "--desamorcer")] = False,
    on: Day = None,
    lang: Lang = "fr",
    map: Map = None,  # noqa: A002  # the name of the option
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quote: Quote = None,
    escape: Escape = None,
    only_rejects: OnlyRejects = False,
    sheet: Sheet = None,
    defused: Defused = False,
    strict: Strict = False,
    strict_exit: Annotated[bool, option("--strict-exit", "--sortie-stricte")] = False,
    assume: Annotated[
        list[str] | None, option("--assume", "--supposer", takes="FACT=VALUE", panel="answer")
    ] = None,
    columns: Annotated[str | None, option("--columns", "--colonnes", takes="a,b,c", panel="answer")] = None,
    path: Annotated[str, option("--path", "--chemin", takes="auto|fast|plain", panel="reading")] = "auto",
    territory: Territory = None,
    territories: Territories = None,
    accept_old: AcceptOld = False,
    desks: DesksFile = None,
) -> Result:
    """Route a file: 0 all rows went out, 1 some were rejected (or, `strict_exit`, are undecided), 2 nothing was written."""
    return Result(code=from_words(**locals()))


def from_words(**words: Any) -> int:
    """The words of the command line, as the grammar names them."""
    lang = words["lang"]
    day, findings = the_day(words.pop("on"))
    form = words.pop("form") or _SUFFIXES.get(os.path.splitext(words["out"] or "")[1].lower(), "csv")
    words["out"] = words["out"] or "-"
    words["delimiter"] = words["delimiter"] and sign(words["delimiter"])
    if words["manifest"] is None and words["out"] != "-":
        words["manifest"] = words["out"] + ".manifest.json"
    words["defuse"] = words["defuse"] or words["excel_fr"] or form == "xlsx"
    order = Order(form=form, on=day, assume=tuple(words.pop("assume") or ()), **words)
    findings += _faults(order)
    if findings:
        tell(findings, lang)
        return CANNOT
    return run(order)


def route_file(intake: str, out: str, territory: str, on: str, lang: str = "fr") -> int:
    """Route a file for another command, with the words of the command line left as they are by default."""
    order = Order(
        intake=intake, out=out, rejects=None, manifest=None, form="csv", excel_fr=False, defuse=False, defused=False,
        strict=False, strict_exit=False, assume=(), columns=None, force=False, only_rejects=False, sheet=None,
        territory=territory, territories=None, accept_old=True, desks=None, rules=None, map=None, encoding=None, delimiter=None, quote=None,
        escape=None, path="auto", on=on, lang=lang,
    )  # fmt: skip
    return run(order)


def _faults(order: Order) -> list[Finding]:
    """Words that cannot be obeyed, all of them, before anything is opened."""
    found = []

    def refuse(flag: str, value: str, expected: str) -> None:
        found.append(
            Finding(code="CEP559", values={"option": flag, "value": line(value), "expected": expected})
        )

    if strange := [name for name in order.wanted() if name not in COLUMNS]:
        refuse("--columns", ", ".join(strange), ", ".join((*SETS, *COLUMNS)))
    if order.form not in FORMATS:
        refuse("--format", order.form, ", ".join(FORMATS))
    if order.path not in PATHS:
        refuse("--path", order.path, ", ".join(PATHS))
    if order.delimiter is not None and (len(order.delimiter) != 1 or order.delimiter in '\r\n"\0'):
        refuse("--delimiter", order.delimiter, "; , tab |")
    if fault := unusable_quotes(order.quote, order.escape, order.delimiter):
        found.append(fault)
    for flag, target, kind in (("-o", order.out, order.form), ("--rejects", order.rejects or "", "csv")):
        suffix = os.path.splitext(target)[1].lower()
        if _SUFFIXES.get(suffix, kind) != kind or suffix in _NOT_WRITTEN:
            refuse(flag, target, f"*.{kind}")
    if order.form in {"xlsx", "parquet"} and order.out == "-":
        refuse("-o", "-", f"*.{order.form}")
    if order.excel_fr and order.form != "csv":
        refuse("--excel-fr", order.form, "csv")
    for name in (order.rejects, order.manifest):
        if name in ("-", ""):
            refuse("--rejects / --manifest", name, "FILE")
    return found


def run(order: Order) -> int:
    """Route a file: 0 all rows went out, 1 some were rejected (or, `strict_exit`, are undecided), 2 nothing was written."""
    law = the_law(order.rules, order.lang)
    if law is None:
        return CANNOT
    outputs = Outputs(force=order.force)
    gc.disable()  # millions of tuples come and go, none in a cycle: looking for cycles is a tenth of the time
    with Stop() as stop:
        try:
            fault = outputs.claim(order.targets(), order.intake)
            while (other := order.elsewhere(fault)) is not None:
                order = other
                fault = outputs.claim(order.targets(), order.intake)
            homeless = fault is not None and fault.code == "CEP525" and order.unasked(fault)
            if homeless:  # a file without rejects needs no place for them
                targets = [name for name in order.targets() if name != order.rejects_name()]
                fault = outputs.claim(targets, order.intake)
            tell([*_unlike(order), *([fault] if fault else ())], order.lang)
            if fault:
                return CANNOT
            return _Run(order, law, outputs, stop, homeless=homeless).work()
        except BrokenPipeError:
            raise
        except SystemExit:  # nobody should take what there is for all of it
            with suppress(OSError):  # a terminal that closed
                sys.stderr.write(("\r\x1b[K" if sys.stderr.isatty() else "") + _stopped(order, outputs))
            raise
        except OSError as error:
            tell([unwritable(str(error.filename or order.out), error)], order.lang)
            return CANNOT
        finally:
            gc.enable()
            outputs.abandon()


def _stopped(order: Order, outputs: Outputs) -> str:
    """What a run that was interrupted left: all of its files, or none; of a stream, what had gone by."""
    fr, en = "aucun fichier n'est écrit", "no file is written"
    if order.out == "-":
        fr, en = "la sortie est incomplète", "the output is incomplete"
    elif outputs.there:
        fr, en = "les fichiers sont tous là", "all files are there"
    return f"interrompu : {fr}\n" if order.lang == "fr" else f"interrupted: {en}\n"


def saved_map(path: str | None, spellings: dict[str, Any]) -> tuple[Saved | None, list[Finding]]:
    """The saved mapping of `--map`, or what is wrong with it."""
    if path is None:
        return None, []
    data = files.read_bytes(path)
    if isinstance(data, Finding):
        return None, [data]
    return read_map(path, data, spellings)


def _assumptions(
    order: Order, law: Law, spellings: Mapping[str, Any], saved: Saved | None
) -> tuple[dict[str, str], list[Finding]]:
    """The facts that may be taken for known where a row says nothing: those of the saved mapping, then those of the command line."""
    told: dict[str, str] = dict(saved.assume) if saved else {}
    for word in order.assume:
        name, equals, value = word.partition("=")
        name = fact_name(name.strip(), law)
        fact = law.facts.get(name)
        if (
            not equals
            or name in NEVER_ASSUMED
            or (fact is not None and (fact.kind == "years" or fact.places))
        ):
            expected = "handicap=aucun, cadre=non" if order.lang == "fr" else "disability=none, cadre=no"
            return {}, [
                Finding(
                    code="CEP559", values={"option": "--assume", "value": line(word), "expected": expected}
                )
            ]
        told[name] = value.strip()
    facts, findings = read_facts(told, law, lambda fact, text: read_value(spellings, fact, text))  # type: ignore[arg-type, return-value]
    return {name: str(value) for name, value in facts.items()}, findings


class Stop:
    """Ctrl-C, a request to stop or a terminal that closes, met by a run that has drafts: the first one ends it with 128 and the
    number of the signal, as a shell expects; those after it find the drafts going, and wait no more. `nohup` still holds.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for which in SIGNALS:
            if signal.getsignal(which) not in (signal.SIG_IGN, None):
                with suppress(ValueError):  # only the main thread has handlers
                    self._before[which] = signal.signal(which, self._hear)
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._asked:  # else nothing more is heard: the process ends
            for sign_, handler in self._before.items():
                signal.signal(sign_, handler)

    def _hear(self, which: int, _frame: object) -> None:
        for other in self._before:
            signal.signal(other, signal.SIG_IGN)
        self._asked = which
        # inside a callback of the garbage collector nothing can be raised: Python would print it and go on, until `obey` is asked
        sys.unraisablehook = lambda _: None
        self.obey()

    def obey(self) -> None:
        """End here if a signal asked for it."""
        if self._asked:
            raise SystemExit(SIGNALLED + self._asked)


class _Run:
    """One run, once its words are understood and its targets are its own."""

    def __init__(self, order: Order, law: Law, outputs: Outputs, stop: Stop, *, homeless: bool) -> None:
        self.homeless = homeless  # rejects have no place to go
        self.order, self.law, self.outputs, self.stop, self.lang = order, law, outputs, stop, order.lang
        self.spellings = files.load_spellings(order.rules)

    def work(self) -> int:
        order = self.order
        saved, findings = saved_map(order.map, self.spellings)
        if findings:
            tell(findings, self.lang)
            return CANNOT
        source = open_source(
            Flow(sys.stdin.buffer) if order.intake == "-" and not order.only_rejects else order.intake,
            self.spellings, saved=saved, encoding=order.encoding, delimiter=order.delimiter,
            quote=order.quote, escape=order.escape, only_rejects=order.only_rejects, sheet=order.sheet,
        )  # fmt: skip
        if isinstance(source, Finding):
            tell([source], self.lang)
            return CANNOT
        with source:
            try:
                return self._routed(source, saved)
            except OverflowedError:
                tell([overflowed(source.name, source.reading.lines.limits)], self.lang)
                return CANNOT

    def _routed(self, source: IntakeSource, saved: Saved | None) -> int:
        order = self.order
        columns = columns_of(source, self.spellings, order.on, saved)
        homes = Homes(self.law, order.territories, order.territory, desks=named_desks(order.desks))
        findings = [*taken(source), *(f for f in homes.findings if f.severity == "error")]
        told = [*source.notices, *columns.findings]
        if any(f.severity == "error" for f in (*told, *findings)):
            tell([*told, *findings], self.lang)
            return CANNOT
        assume, findings = _assumptions(order, self.law, self.spellings, saved)
        if findings:
            tell(findings, self.lang)
            return CANNOT
        tell(told, self.lang)
        dialect = self._dialect(source)
        people = People(
            columns, Judge(self.law), homes, on=order.on, lang=self.lang, strict=order.strict, saved=saved, assume=assume,
            territory_at=territory_column(columns),
        )  # fmt: skip
        is_csv = order.form == "csv"
        pieces = Pieces(
            people, columns=order.wanted(), render=dialect.appended if is_csv else "".join, joined=is_csv
        )
        rejects = Rejects(dialect)
        name, reading = order.rejects_name(), source.reading
        own = self._own(reading) if source.plain else dialect
        rejects.goes_to(
            lambda: self._kept(name),
            reading.header_raw if source.plain else own.delimiter.join(map(own.cell, reading.header)),
            source.origin(reading.header_line),
            written=WrittenRow(own.delimiter, own.codec, bool(own.mark), own.newline),
            # those of an earlier run would be taken for this one's
            now=order.rejects is not None or os.path.lexists(name),
        )
        progress = Progress(source, self.lang)

        def tick(rows: int) -> None:
            self.stop.obey()
            progress.tick(rows)

        passage = Passage(
            pieces=pieces, sink=Nowhere(), rejects=rejects, header=source.reading.header, lang=self.lang,
            origin=source.origin, restore=restored_row if order.defused else None, tick=tick,
        )  # fmt: skip
        done = self._by_column(source, passage, dialect) or self._plainly(source, passage, dialect)
        tally, blank, seen, failure = done
        progress.done()
        if failure is not None:
            tell(
                [
                    replace(
                        failure, values={**failure.values, "file": source.name}, place=Place(file=source.name)
                    )
                ],
                self.lang,
            )
            return CANNOT
        # INVARIANT: rows in = rows out + rejects
        assert tally.routed + rejects.count == seen, (
            f"{seen} rows read, {tally.routed} routed, {rejects.count} rejected"
        )
        return self._close(source, people, tally, rejects, blank)

    def _kept(self, name: str) -> BinaryIO:
        """The file of the rejects, once there is one."""
        if self.homeless:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return self.outputs.open(name)

    def _dialect(self, source: IntakeSource) -> Dialect:
        """The input's own way of writing, unless another is asked for."""
        order, reading = self.order, source.reading
        if order.form != "csv":
            return Dialect(
                delimiter=";", quote='"', newline="\n", codec="utf-8", mark=b"\xef\xbb\xbf", defuse=False
            )
        if order.excel_fr or not source.plain:
            return Dialect(
                delimiter=";", quote='"', newline="\r\n" if order.excel_fr else "\n", codec="utf-8",
                mark=b"\xef\xbb\xbf", defuse=order.defuse,
            )  # fmt: skip
        return self._own(reading)

    def _own(self, reading: Reading) -> Dialect:
        """A CSV's own way of writing."""
        codec = reading.lines.encoding
        mark = "\ufeff".encode(codec) if reading.bom else b""
        return Dialect(
            delimiter=reading.delimiter, quote=reading.quote, newline=reading.newline, codec=codec, mark=mark,
            defuse=self.order.defuse,
        )  # fmt: skip

    def _is_same(self, source: IntakeSource, dialect: Dialect) -> bool:
        reading = source.reading
        return (
            source.plain and not dialect.defuse and not self.order.defused and self.order.form == "csv"
            and (dialect.delimiter, dialect.quote) == (reading.delimiter, reading.quote)
        )  # fmt: skip

    def _by_column(self, source: IntakeSource, passage: Passage, dialect: Dialect) -> Done | None:
        """The way of clean lines by the column, when the extra is there and nothing but appending is asked for."""
        order, reading = self.order, source.reading
        if order.path == "plain" or source.kind != "csv" or not self._is_same(source, dialect):
            return None
        if order.path == "auto" and 0 < source.size < WORTH_IT:
            return None
        try:
            from cep_route.intake import columnar  # polars: 0.2 s, for big files only
        except ImportError:
            return None
        if not columnar.suits(reading, passage.pieces.people, dialect):
            return None
        reading.lines.once()
        sink = self._sink(source, dialect)
        assert isinstance(sink, CsvSink)
        sink.flush()
        passage.sink = sink
        rows = columnar.ColumnarRun(source, passage, dialect, sink.file).work()
        tell([*rows.notices, *passage.pieces.people.columns.later()], self.lang)
        return passage.tally, rows.blank, rows.seen, rows.failure

    def _plainly(self, source: IntakeSource, passage: Passage, dialect: Dialect) -> Done:
        sink = self._sink(source, dialect)
        if isinstance(sink, Finding):
            return passage.tally, 0, 0, sink
        passage.sink = sink
        # a file that goes by the column is not compared row by row: both ways say the same, and `inspect` compares any file
        at = (
            identifier_column(passage.pieces.people.columns, self.spellings)
            if source.size < WORTH_IT
            else None
        )
        passage.identifiers = None if at is None else Identifiers(at)
        source.reading.lines.once()
        rows = source.reading.rows()
        passage.take(rows)
        failure = sink.close()
        twice = passage.identifiers.findings(passage.header, source.name) if passage.identifiers else ()
        tell([*rows.notices, *twice, *passage.pieces.people.columns.later()], self.lang)
        if self.order.out == "-":
            sys.stdout.buffer.flush()
        return passage.tally, rows.blank, rows.seen, rows.failure or failure

    def _sink(self, source: IntakeSource, dialect: Dialect) -> Any:
        order, names = self.order, source.reading.header
        if order.defused:
            names = tuple(restored_row(names))
        every = (*names, *order.wanted())
        try:
            if order.form == "xlsx":
                from cep_route.intake.tables import XlsxSink

                return XlsxSink(self.outputs.open(order.out).path, every, self.outputs.folder(order.out))
            file: BinaryIO = standard_output() if order.out == "-" else self.outputs.open(order.out)
            if order.form == "parquet":
                from cep_route.intake.tables import ParquetSink

                return ParquetSink(file, every)
        except ImportError:
            extra = "xlsx" if order.form == "xlsx" else "fast"
            return Finding(code="CEP546", values={"extra": extra, "file": order.out})
        if order.form == "jsonl":
            return JsonSink(file, every)
        sink = CsvSink(file, dialect, len(names), same=self._is_same(source, dialect))
        sink.header(source.reading.header_raw, names, order.wanted())
        return sink

    def _close(self, source: IntakeSource, people: People, tally: Tally, rejects: Rejects, blank: int) -> int:
        order = self.order
        rejects.flush()
        if order.manifest:
            text = self._manifest(source, people, tally, rejects, blank)
            self.outputs.open(order.manifest).write(text.encode("utf-8", "backslashreplace"))
        self.stop.obey()
        fault = self.outputs.commit(order.renamed())
        if fault:
            tell([fault], self.lang)
            return CANNOT
        undecided = tally.undecided()
        with suppress(
            OSError, ValueError, AttributeError
        ):  # full, closed, or never opened: the work is done all the same
            sys.stderr.write(_summary(order, tally, rejects, blank, undecided))
            show(self._page(people, tally, rejects), sys.stderr, self.lang)
        return FOUND if rejects.count or (order.strict_exit and undecided) else WELL

    def _manifest(
        self, source: IntakeSource, people: People, tally: Tally, rejects: Rejects, blank: int
    ) -> str:
        """What went in, by which rules, what came out: no clock, no cell, the same bytes for the same run."""
        reading = source.reading
        data = {
            "schema": 1,
            "version": __version__,
            "on": self.order.on,
            "input": {
                "name": os.path.basename(source.name), "kind": source.kind, "sha256": source.sha256(),
                "encoding": reading.encoding, "delimiter": reading.delimiter, "newline": reading.newline,
                "header_line": source.origin(reading.header_line), "lines_above": len(reading.above),
                **({"sheet": source.sheet} if source.sheet else {}),
            },
            "rules": self.law.digest,
            "territories": {name: _digest(t.path) for name, t in sorted(people.homes.open.items())},
            "options": self.order.options() | {"territory": self.order.territory},
            "map": self._map(),
            "columns": [{"column": c.header, "becomes": c.becomes or None, "how": c.how} for c in people.columns.columns],
            "counts": {
                "rows": tally.routed + rejects.count, "routed": tally.routed, "rejected": rejects.count, "blank": blank,
                "undecided": tally.undecided(), "outside": tally.outside(),
            },
            "assumed": {"facts": people.assume, "rows": tally.assumed(), "dropped": tally.dropped()},
            "first": tally.firsts(),
            "rejected": dict(sorted(rejects.by_code.items())),
            # whether files that stand here together are of one run
            "output": self.outputs.digest(self.order.out),
            "rejects": self.outputs.digest(self.order.rejects_name()),
        }  # fmt: skip
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"

    def _page(self, people: People, tally: Tally, rejects: Rejects) -> Page:
        """What came out, by who comes first, and what would help the rest."""
        lang, on = self.lang, self.order.on
        rows: list[tuple[str, Said]] = []
        for first, count in sorted(tally.firsts().items(), key=lambda pair: -pair[1]):
            codes = [] if first == "?" else first.split()
            name = " / ".join(operator_name(people.law, code, on, lang) for code in codes)
            rows.append((name or say("batch.no_first", lang), number(count, lang)))
        rows += [
            (say("batch.rejected", lang, code=line(code)), number(count, lang))
            for code, count in sorted(rejects.by_code.items())
        ]
        parts: list[Part] = []
        if rows:
            parts.append(Pairs(rows=tuple(rows)))
        for name, count in tally.assumed().items():
            parts.append(
                Line(
                    text=say(
                        "batch.assumed",
                        lang,
                        fact=self._fact(people.law, name, people.assume[name]),
                        count=number(count, lang),
                    )
                )
            )
        for name, count in tally.dropped().items():
            parts.append(
                Line(
                    text=say(
                        "batch.dropped",
                        lang,
                        fact=self._fact(people.law, name, people.assume[name]),
                        count=number(count, lang),
                    )
                )
            )
        parts += [Line(text=text) for text in help_lines(helps(people, tally.people), people.law, lang)]
        return Page(sections=(Section(key="summary", parts=tuple(parts)),))

    def _fact(self, law: Law, name: str, value: str) -> str:
        return f"{law.facts[name].label[self.lang]} = {law.facts[name].labels[value][self.lang]}"

    def _map(self) -> dict[str, str | None] | None:
        """The saved mapping: by it other cells say other things."""
        path = self.order.map
        return None if path is None else {"name": os.path.basename(path), "sha256": _digest(path)}


def _unlike(order: Order) -> list[Finding]:
    """Whether the files that stand where ours will are of one run, as the manifest there tells; a run that was killed leaves others."""
    if order.manifest is None or order.out == "-" or not os.path.isfile(order.manifest):
        return []
    try:
        with open(order.manifest, "rb") as file:
            told = json.loads(file.read(MANIFEST_AT_MOST))
        hashes = [told["output"], told["rejects"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []  # of another version, or no manifest of ours
    there = [_digest(name) if os.path.isfile(name) else None for name in (order.out, order.rejects_name())]
    if there == hashes:
        return []
    return [Finding(code="CEP560", values={"file": order.manifest}, severity="warning")]


def taken(source: IntakeSource) -> list[Finding]:
    """Result columns that are there already."""
    ours = frozenset(COLUMNS)
    found = [name for name in source.reading.header if plain(name) in ours]
    if not found:
        return []
    place = Place(file=source.name, line=source.origin(source.reading.header_line))
    return [Finding(code="CEP543", values={"columns": ", ".join(found)}, place=place)]


def _digest(path: str) -> str | None:
    """The sha256 of a file, in hexadecimal; None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _summary(order: Order, tally: Any, rejects: Rejects, blank: int, undecided: int) -> str:
    """One line on how it went."""
    fr = order.lang == "fr"
    seen = tally.routed + rejects.count
    text = (
        f"{counted(seen, 'ligne', 'lignes', 'fr')} : {counted(tally.routed, 'orientée', 'orientées', 'fr')} (dont {undecided} à compléter), "
        f"{counted(rejects.count, 'rejetée', 'rejetées', 'fr')}, {counted(blank, 'vide', 'vides', 'fr')}"
        if fr
        else f"{counted(seen, 'row', 'rows', 'en')}: {tally.routed} routed ({undecided} of them to be completed), "
        f"{rejects.count} rejected, {blank} blank"
    )
    if rejects.count:
        text += f" → {line(order.rejects_name())}"
    return text + "\n"


def help_lines(helps: Helps, law: Law, lang: str) -> list[str]:
    """What would decide how many rows, in sentences."""
    told = []
    for facts, count in helps.assumptions:
        words = " ".join(f"--assume {name}={value}" for name, value in facts)
        if lang == "fr":
            words = " ".join(
                f"--supposer {law.facts[n].flag or n}={typed_word(law.facts[n], v, lang)}" for n, v in facts
            )
        told.append(plural("batch.would_decide", count, lang, words=words))
    for name, count in helps.columns[:COLUMNS_PROPOSED]:
        told.append(plural("batch.column_would", count, lang, fact=law.facts[name].label[lang]))
    return told


class Progress:
    """How far the run is, on stderr, and only on a terminal: rows, rate, time left."""

    EVERY = 0.5  # seconds

    def __init__(self, source: IntakeSource, lang: str) -> None:
        self.rows, self.lang, self._size, self._stream = 0, lang, source.size, source.reading.lines.stream
        self._begun = self._next = time.monotonic()
        self.shown = sys.stderr.isatty()
        self._written = False

    def tick(self, rows: int) -> None:
        self.rows += rows
        if not self.shown:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.EVERY
        passed = now - self._begun
        rate = self.rows / passed if passed else 0.0
        text = f"{self.rows} {'lignes' if self.lang == 'fr' else 'rows'}, {int(rate)}/s"
        if self._size:  # of a stream nobody knows how much is to come
            share = min(self._stream.tell() / self._size, 1.0)
            left = int(passed / share - passed) if share > 0.01 else 0
            text += f", reste {left} s" if self.lang == "fr" else f", {left} s left"
        sys.stderr.write("\r\x1b[K" + text)
        sys.stderr.flush()
        self._written = True

    def done(self) -> None:
        if self._written:
            sys.stderr.write("\r\x1b[K")
