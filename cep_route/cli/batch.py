"""`cep-route batch`: a whole file of persons, routed or rejected line by line, nothing lost."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from itertools import count
from typing import Any, BinaryIO, Literal

from msgspec.structs import replace

from cep_route import __version__
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, sure, tell
from cep_route.cli.persons import FileWords, Persons, help_lines, refused, taken
from cep_route.files.write import SIGNALS, Outputs, unwritable
from cep_route.intake.decoding import overflowed
from cep_route.intake.flow import OverflowedError
from cep_route.intake.people import helps
from cep_route.intake.pieces import COLUMNS, MINIMAL, Pieces
from cep_route.intake.reader import Reading, Rows
from cep_route.intake.source import identifier_column
from cep_route.intake.writer import (
    CsvSink,
    Dialect,
    JsonSink,
    Passage,
    Rejects,
    Sink,
    restored_row,
    standard_output,
)
from cep_route.messages import number, plural, say, table
from cep_route.model.answer import Finding, Place
from cep_route.render.data import operator_name
from cep_route.render.parts import Line, Page, Pairs, Part, Said, Section, Span
from cep_route.render.safe import line
from cep_route.render.screen import progress, show

MANIFEST_AT_MOST = 16 << 20  # bytes of a manifest that is compared
SIGNALLED = 128  # and the number of the signal: what a shell expects
SETS = {"minimal": MINIMAL, "all": COLUMNS}  # of columns, by the name that --columns gives them
WORTH_IT = 1 << 20  # bytes of a file under which loading polars costs more than it gains
_SUFFIXES: dict[str, Literal["csv", "jsonl", "parquet", "xlsx"]] = {
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".csv": "csv",
}
# nobody expects a CSV under these
_NOT_WRITTEN = frozenset((".ods", ".xls", ".json", ".pdf", ".docx", ".html", ".gz", ".zip"))
# options that change a byte of the output, and those of them that stand in a manifest only when they are told
_CHANGING = ("excel_fr", "defuse", "defused", "strict", "only_rejects", "encoding", "lang")
_SELDOM = ("quote", "escape", "desks")


class Order(FileWords, frozen=True, kw_only=True):
    """The words of one run."""

    out: str = "-"
    rejects: str | None = None
    manifest: str | None = None
    form: Literal["csv", "jsonl", "parquet", "xlsx"] | None = None
    excel_fr: bool = False
    defuse: bool = False
    strict_exit: bool = False
    columns: str | None = None
    path: Literal["auto", "fast", "plain"] = "auto"
    desks: str | None = None

    def understood(self) -> Order:
        """The same with what follows from other words. Raises CannotRun for words that cannot be obeyed."""
        form = self.form or _SUFFIXES.get(os.path.splitext(self.out)[1].lower(), "csv")
        manifest = self.manifest or (None if self.out == "-" else f"{self.out}.manifest.json")
        order = replace(
            self, form=form, manifest=manifest, defuse=self.defuse or self.excel_fr or form == "xlsx"
        )
        if faults := [*order.faults(), *order.wrong(self.manifest)]:
            raise CannotRun(*faults)
        return order

    def wrong(self, manifest: str | None) -> list[Finding]:
        """Words of the outputs that cannot be obeyed, all of them, before anything is opened. `manifest`: as it was told."""
        found = []
        if strange := [name for name in self.wanted() if name not in COLUMNS]:
            found.append(refused("--columns", ", ".join(strange), ", ".join((*SETS, *COLUMNS))))
        for flag, target, kind in (("-o", self.out, self.form), ("--rejects", self.rejects or "", "csv")):
            suffix = os.path.splitext(target)[1].lower()
            if _SUFFIXES.get(suffix, kind) != kind or suffix in _NOT_WRITTEN:
                found.append(refused(flag, target, f"*.{kind}"))
        if self.form in {"xlsx", "parquet"} and self.out == "-":
            found.append(refused("-o", "-", f"*.{self.form}"))
        if self.excel_fr and self.form != "csv":
            found.append(refused("--excel-fr", self.form or "", "csv"))
        found += [
            refused("--rejects / --manifest", name, "FILE")
            for name in (self.rejects, manifest)
            if name in ("-", "")
        ]
        return found

    def wanted(self) -> tuple[str, ...]:
        """Our columns that come out, in their order."""
        if self.columns is None:
            return COLUMNS
        names = [name.strip() for name in self.columns.split(",") if name.strip()]
        return tuple(dict.fromkeys(n for name in names for n in SETS.get(name, (name,))))

    def rejects_name(self, number: int = 1) -> str:
        """Where rejects go: as told, else beside the output; when that is a stream, in the working folder, by the name of the input."""
        if self.rejects is not None:
            return self.rejects
        name = self.out
        if name == "-":
            name = "stdin" if self.intake == "-" else os.path.basename(self.intake)
        stem, _ = os.path.splitext(name)
        return f"{stem}.rejects{f'-{number}' if number > 1 else ''}.csv"

    def options(self) -> dict[str, object]:
        """What of the words changes a byte of the output."""
        told = {name: getattr(self, name) for name in _CHANGING} | {
            name: value for name in _SELDOM if (value := getattr(self, name)) is not None
        }
        return {"format": self.form, "columns": list(self.wanted()), "delimiter": self.separator, **told}


def batch(order: Order) -> Result:
    """Route a file: 0 all rows went out, 1 some were rejected (or, `strict_exit`, are undecided), 2 nothing was written."""
    order = order.understood()
    outputs, persons = Outputs(force=order.force), Persons(order)
    gc.disable()  # millions of tuples come and go, none in a cycle: looking for cycles is a tenth of the time
    with stoppable() as obey:
        try:
            return Result(code=_Run(order, persons, outputs, obey, _claimed(order, outputs)).work())
        except BrokenPipeError:
            raise
        except SystemExit:  # nobody should take what there is for all of it
            left = "stopped_half" if order.out == "-" else "stopped_all" if outputs.there else "stopped_none"
            with suppress(OSError):  # a terminal that closed
                sys.stderr.write(say(f"batch.{left}", order.lang) + "\n")
            raise
        except OSError as error:
            raise CannotRun(unwritable(str(error.filename or order.out), error)) from None
        finally:
            gc.enable()
            outputs.abandon()


def _claimed(order: Order, outputs: Outputs) -> str | None:
    """The name of the rejects, once all files of the run are its own; None where those of a stream, which nobody named, have no place."""
    unlike = _unlike(order, order.rejects_name())
    unasked = order.out == "-" and order.rejects is None
    for which in count(1):
        name = order.rejects_name(which)
        # the one that was asked for is judged, and named, first
        targets = [n for n in (order.out, name, order.manifest) if n is not None and n != "-"]
        fault = outputs.claim(targets, order.intake)
        mine = fault.code if fault and unasked and fault.values["file"] == name else ""
        if mine in {"CEP524", "CEP542"}:
            continue  # of another run
        if mine == "CEP525":
            targets.remove(name)
            fault = outputs.claim(targets, order.intake)
        if fault:
            raise CannotRun(*unlike, fault)
        tell(unlike, order.lang)
        return None if mine else name
    raise AssertionError  # numbers do not end


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Ctrl-C, a request to stop or a terminal that closes, met by a run that has drafts: the first one ends it with 128 and the
    number of the signal, as a shell expects; those after it find the drafts going, and wait no more. `nohup` still holds. What is
    given ends the run here if a signal asked for it.
    """
    asked, before = 0, dict[int, Any]()

    def obey() -> None:
        if asked:
            raise SystemExit(SIGNALLED + asked)

    def hear(which: int, _frame: object) -> None:
        nonlocal asked
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        asked = which
        # inside a callback of the garbage collector nothing can be raised: Python would print it and go on, until `obey` is asked
        sys.unraisablehook = lambda _: None
        obey()

    for which in SIGNALS:
        if signal.getsignal(which) not in (signal.SIG_IGN, None):
            with suppress(ValueError):  # only the main thread has handlers
                before[which] = signal.signal(which, hear)
    try:
        yield obey
    finally:
        for which, handler in (
            before.items() if not asked else ()
        ):  # else nothing more is heard: the process ends
            signal.signal(which, handler)


class _Run:
    """One run, once its words are understood and its targets are its own. `rejects`: their name, None where they have no place."""

    def __init__(
        self, order: Order, persons: Persons, outputs: Outputs, obey: Callable[[], None], rejects: str | None
    ) -> None:
        self.order, self.persons, self.outputs, self.obey = order, persons, outputs, obey
        self.lang, self.rejects_name = order.lang, rejects

    def work(self) -> int:
        with sure(self.persons.open()) as source:
            try:
                return self._routed(source)
            except OverflowedError:
                raise CannotRun(overflowed(source.name, source.lines.limits)) from None

    def _routed(self, source: Reading) -> int:
        order = self.order
        people = self.persons.people(source, order.desks)
        told = [*source.notices, *people.columns.findings, *taken(source)]
        if any(f.severity == "error" for f in told):
            raise CannotRun(*told)
        tell(told, self.lang)
        dialect, is_csv = self._dialect(source), order.form == "csv"
        render = dialect.appended if is_csv else "".join
        passage = Passage(
            pieces=Pieces(people, columns=order.wanted(), render=render, joined=is_csv),
            rejects=self._rejects(source, dialect), header=source.header, lang=self.lang,
            origin=source.origin, defused=order.defused,
        )  # fmt: skip
        rows, failure = self._through(source, passage, dialect)
        if failure is not None:
            values = {**failure.values, "file": source.name}
            raise CannotRun(replace(failure, values=values, place=Place(file=source.name)))
        # INVARIANT: rows in = rows out + rejects
        tally, rejected = passage.tally, passage.rejects.count
        counts = {
            "rows": tally.routed + rejected, "routed": tally.routed, "rejected": rejected, "blank": rows.blank,
            "undecided": tally.undecided(), "outside": tally.outside(),
        }  # fmt: skip
        assert counts["rows"] == rows.seen, f"{rows.seen} read, {counts}"
        return self._close(source, passage, counts)

    def _rejects(self, source: Reading, dialect: Dialect) -> Rejects:
        """The rejects of the run, which are opened when there is a first one; at once where those of an earlier run would be taken for them."""
        name = self.rejects_name

        def opened() -> BinaryIO:
            if name is None:
                place = self.order.rejects_name()
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
            return self.outputs.open(name)

        own = self._own(source) if source.plain else dialect
        header = source.heading.raw if source.plain else own.delimiter.join(map(own.cell, source.header))
        line_ = source.origin(source.heading.line)
        rejects = Rejects(dialect, opened, header=header, line=line_, written=own)
        if self.order.rejects is not None or (name is not None and os.path.lexists(name)):
            rejects.begin()
        return rejects

    def _dialect(self, source: Reading) -> Dialect:
        """The input's own way of writing, unless another is asked for."""
        order = self.order
        if order.form == "csv" and source.plain and not order.excel_fr:
            return self._own(source)
        return Dialect(
            delimiter=";", quote='"', newline="\r\n" if order.excel_fr else "\n", codec="utf-8", mark=b"\xef\xbb\xbf",
            defuse=order.form == "csv" and order.defuse,
        )  # fmt: skip

    def _own(self, reading: Reading) -> Dialect:
        """A CSV's own way of writing."""
        codec = reading.lines.encoding
        mark = "\ufeff".encode(codec) if reading.lines.has_mark else b""
        return Dialect(
            delimiter=reading.heading.delimiter, quote=reading.heading.quote, newline=reading.lines.newline, codec=codec, mark=mark,
            defuse=self.order.defuse,
        )  # fmt: skip

    def _is_same(self, source: Reading) -> bool:
        """Whether nothing but appending is asked for."""
        order = self.order
        return source.plain and order.form == "csv" and not (order.defuse or order.defused)

    def _through(self, source: Reading, passage: Passage, dialect: Dialect) -> tuple[Rows, Finding | None]:
        """All rows; the reader that saw them, and what stopped it."""
        columns, suits = passage.pieces.people.columns, self._suits(source, passage, dialect)
        source.lines.once()
        passage.sink = sink = self._sink(source, dialect)
        # no bar among rows that go to the terminal
        shown = StringIO() if self.order.out == "-" and sys.stdout.isatty() else sys.stderr
        with progress(os.path.basename(source.name), source.size or None, shown, self.lang) as advance:
            passage.tick = self._tick(source, advance)
            if suits:
                from cep_route.intake.columnar import ColumnarRun  # polars: 0.2 s, for big files only

                rows = ColumnarRun(source, passage).work()
            else:
                # a file that goes by the column is not compared row by row: both ways say the same, and `inspect` compares any file
                if source.size < WORTH_IT:
                    passage.identifier = identifier_column(columns, self.persons.spellings)
                rows = source.rows()
                passage.take(rows)
        failure = sink.close()
        tell([*rows.notices, *passage.repeated(source.name), *columns.later()], self.lang)
        if self.order.out == "-":
            sys.stdout.buffer.flush()
        return rows, rows.failure or failure

    def _tick(self, source: Reading, advance: Callable[[int], None]) -> Callable[[], None]:
        """What is done now and then: a signal is obeyed, and the bar told how far the file was read."""
        at = 0

        def tick() -> None:
            nonlocal at
            self.obey()
            now = source.lines.stream.tell()
            advance(now - at)
            at = now

        return tick

    def _suits(self, source: Reading, passage: Passage, dialect: Dialect) -> bool:
        """Whether clean lines can go by the column, and it is worth it. polars is loaded here: no draft is open yet."""
        order = self.order
        if order.path == "plain" or source.kind != "csv" or not self._is_same(source):
            return False
        if order.path == "auto" and 0 < source.size < WORTH_IT:
            return False
        try:
            from cep_route.intake import columnar  # polars: 0.2 s, for big files only
        except ImportError:
            return False
        return columnar.suits(source, passage.pieces.people, dialect)

    def _sink(self, source: Reading, dialect: Dialect) -> Sink:
        order, names = self.order, source.header
        if order.defused:
            names = tuple(restored_row(names))
        every = (*names, *order.wanted())
        try:
            if order.form in {"xlsx", "parquet"}:
                from cep_route.intake.tables import ParquetSink, XlsxSink

                made = XlsxSink if order.form == "xlsx" else ParquetSink
                return made(self.outputs.open(order.out).path, every, self.outputs.folder(order.out))
            file: BinaryIO = standard_output() if order.out == "-" else self.outputs.open(order.out)
        except ImportError:
            extra = "xlsx" if order.form == "xlsx" else "fast"
            raise CannotRun(Finding(code="CEP546", values={"extra": extra, "file": order.out})) from None
        if order.form == "jsonl":
            return JsonSink(file, every)
        sink = CsvSink(file, dialect, len(names), same=self._is_same(source))
        sink.header(source.heading.raw, names, order.wanted())
        return sink

    def _close(self, source: Reading, passage: Passage, counts: dict[str, int]) -> int:
        order, name, rejects = self.order, self.rejects_name, passage.rejects
        if order.manifest:
            text = self._manifest(source, passage, counts)
            self.outputs.open(order.manifest).write(text.encode("utf-8", "backslashreplace"))
        self.obey()
        # the manifest, which knows the others, is the last to appear
        if fault := self.outputs.commit(
            [n for n in (name, order.out, order.manifest) if n is not None and n != "-"]
        ):
            raise CannotRun(fault)
        with suppress(
            OSError, ValueError, AttributeError
        ):  # full, closed, or never opened: the work is done all the same
            show(Page(title=self._summary(counts)), sys.stderr, self.lang)
            show(self._page(passage), sys.stderr, self.lang)
        return FOUND if rejects.count or (order.strict_exit and counts["undecided"]) else WELL

    def _summary(self, counts: dict[str, int]) -> str:
        """One line on how it went."""
        words = {"rows": "rows", "routed": "routed", "rejects": "rejected", "blank": "blank"}
        said = {name: plural(f"batch.{name}", counts[of], self.lang) for name, of in words.items()}
        text = say("batch.summary", self.lang, undecided=number(counts["undecided"], self.lang), **said)
        return text + (f" → {self.rejects_name or ''}" if counts["rejected"] else "")

    def _manifest(self, source: Reading, passage: Passage, counts: dict[str, int]) -> str:
        """What went in, by which rules, what came out: no clock, no cell, the same bytes for the same run."""
        people, tally, path = passage.tally.people, passage.tally, self.order.map
        data = {
            "schema": 1,
            "version": __version__,
            "on": self.persons.day,
            "input": {
                "name": os.path.basename(source.name), "kind": source.kind, "sha256": source.sha256(),
                "encoding": source.encoding, "delimiter": source.heading.delimiter, "newline": source.lines.newline,
                "header_line": source.origin(source.heading.line), "lines_above": len(source.heading.above),
                **({"sheet": source.sheet} if source.sheet else {}),
            },
            "rules": people.law.digest,
            "territories": {name: _digest(t.path) for name, t in sorted(people.homes.open.items())},
            "options": self.order.options() | {"territory": self.order.territory},
            # by a saved mapping other cells say other things
            "map": path and {"name": os.path.basename(path), "sha256": _digest(path)},
            "columns": [{"column": c.header, "becomes": c.becomes or None, "how": c.how} for c in people.columns.columns],
            "counts": counts,
            "assumed": {"facts": people.assume, "rows": tally.assumed(), "dropped": tally.dropped()},
            "first": tally.firsts(),
            "rejected": dict(sorted(passage.rejects.by_code.items())),
            # whether files that stand here together are of one run
            "output": self.outputs.digest(self.order.out),
            "rejects": self.outputs.digest(self.rejects_name or ""),
        }  # fmt: skip
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"

    def _page(self, passage: Passage) -> Page:
        """What came out, by who comes first, and what would help the rest."""
        lang, tally, people = self.lang, passage.tally, passage.tally.people
        rows: list[tuple[str, Said]] = []
        for first, many in sorted(tally.firsts().items(), key=lambda pair: -pair[1]):
            codes = [] if first == "?" else first.split()
            name = " / ".join(operator_name(people.law, code, people.on, lang) for code in codes)
            rows.append((name or say("batch.no_first", lang), number(many, lang)))
        what = table("rejected_for")
        for code, many in sorted(passage.rejects.by_code.items()):
            label = say("batch.rejected", lang, what=what[code][lang] if code in what else line(code))
            rows.append((label, (number(many, lang), Span(f" ({line(code)})", "small"))))
        told = []
        for key, counts in (("assumed", tally.assumed()), ("dropped", tally.dropped())):
            for name, many in counts.items():
                fact = people.law.facts[name]
                named = f"{fact.label[lang]} = {fact.labels[people.assume[name]][lang]}"
                told.append(say(f"batch.{key}", lang, fact=named, count=number(many, lang)))
        told += help_lines(helps(people, tally.rows), people.law, lang)
        parts: list[Part] = [Pairs(rows=tuple(rows))] if rows else []
        return Page(sections=(Section(key="summary", parts=(*parts, *(Line(text=text) for text in told))),))


def _unlike(order: Order, rejects: str) -> list[Finding]:
    """Whether the files that stand where ours will are of one run, as the manifest there tells; a run that was killed leaves others."""
    if order.manifest is None or order.out == "-" or not os.path.isfile(order.manifest):
        return []
    try:
        with open(order.manifest, "rb") as file:
            told = json.loads(file.read(MANIFEST_AT_MOST))
        hashes = [told["output"], told["rejects"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []  # of another version, or no manifest of ours
    there = [_digest(name) if os.path.isfile(name) else None for name in (order.out, rejects)]
    if there == hashes:
        return []
    return [Finding(code="CEP560", values={"file": order.manifest}, severity="warning")]


def _digest(path: str) -> str | None:
    """The sha256 of a file, in hexadecimal; None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
