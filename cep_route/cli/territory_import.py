"""`cep-route territory import`: open directories to a territory file, or the whole export to the desks of the country."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from cep_route import files, places
from cep_route.cli.console import FOUND, CannotRun, Result, as_json, asked_law, note, sure, today, write_out
from cep_route.directory.desks import Desks
from cep_route.files import country as kept
from cep_route.files import written
from cep_route.files.write import write_text
from cep_route.importers import forms, gathering, official, to_toml
from cep_route.importers.rows import Area, Cards, Reader, RowSource, zone_of
from cep_route.messages import in_language, say, table, word
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.model.shapes import TomlValue
from cep_route.render.parts import Line, Page, Pairs, Part, Section, grid, section
from cep_route.render.safe import line
from cep_route.render.screen import drawn, lenient, progress
from cep_route.text import normalise
from cep_route.typed import read_date


def import_(
    paths: list[str] | None = None,
    *,
    departement: str | None = None,
    epci: str | None = None,
    communes: str | None = None,
    into: str | None = None,
    dated: str | None = None,
    id_: str | None = None,
    name: str | None = None,
    source: str | None = None,
    attribution: list[str] | None = None,
    columns: list[str] | None = None,
    network: str | None = None,
    desks: bool = False,
    mapping: bool = False,
    report_to: str | None = None,
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Read the files, keep what is of the area, count all, write the territory file (or the one it is laid over)."""
    law, cards = asked_law(), asked_cards()
    told = list(paths or ())
    if mapping:
        return _mapping(cards, lang)
    day = read_date(dated) if dated else None
    faults = [Finding(code="CEP504", values={"value": dated})] if dated and day is None else []
    faults += [] if told else [Finding(code="CEP712")]
    zones = [] if desks else _zones(departement, epci, communes, faults)
    pairs, kinds = _pairs(columns, cards, faults), _network(network, cards, faults)
    if faults:
        raise CannotRun(*faults)
    needs = {**files.load_spellings()["files"]["needs"], **{code: code for code in law.needs}}
    named = {normalise(public.label["fr"]): code for code, public in law.publics.items()}
    publics = {**cards.publics, **named, **{code: code for code in law.publics}}
    reader = Reader(Area(zones), cards, needs, publics, day, today(), kinds)
    with contextlib.ExitStack() as stack:
        total = sum(os.path.getsize(p) for path in told for p in _inside(path) if os.path.exists(p))
        advance = stack.enter_context(progress(word("import", "rows", lang), total, sys.stderr, lang))
        sources = _opened(told, cards, pairs, advance, stack)
        if desks:
            return _country(sources, reader, out, force=force, lang=lang)
        sources = [s._replace(label=source or s.label) for s in sources]
        entries = gathering.gather(sources, reader)
    books = _books_page(reader, {s.file: s.columns for s in sources}, lang)
    note(drawn(books, lenient(sys.stderr), lang).rstrip("\n"))
    code = (
        write_out(
            report_to,
            as_json({"files": reader.books, "values_lost": reader.values_lost}),
            force=force,
            lang=lang,
        )
        if report_to
        else 0
    )
    if code:
        return Result(code=code)
    if isinstance(entries, list):
        raise CannotRun(*entries)
    if not entries:
        raise CannotRun(Finding(code="CEP709"), code=FOUND)
    known = day or max((o.source_date for e in entries for o in e.origins if o.source_date), default=None)
    as_of = min(known or today(), today())
    feeds = [(cards.feeds[s.feed], s.file.partition(" [")[0]) for s in sources]
    lines = [f"{f.name}, {f.url}, {file}, {as_of} — {f.licence}" for f, file in feeds if f.url]
    head = gathering.head(
        reader.area,
        as_of=as_of,
        updated_on=today(),
        sources=list(dict.fromkeys([*(attribution or ()), *lines])),
        said=say("import.said", lang),
        **{key: value for key, value in (("id", id_), ("name", name)) if value},
    )
    if into:
        data = sure(files.read_bytes(into))
        if errors := _errors(into, data, law):
            raise CannotRun(*errors)
        text = data.decode("utf-8-sig")
    else:
        preamble = say("import.preamble", lang, name=str(head["name"]))
        text = "".join(f"# {words}\n" for words in preamble.split("\n")) + "\n[territory]\n"
    text, changes = to_toml.brought_up(text, gathering.tables(entries, cards), head)
    data = text.encode()
    if len(data) > files.BYTES_AT_MOST:
        raise CannotRun(Finding(code="CEP714", values={"most": str(files.BYTES_AT_MOST // 1_000_000)}))
    if errors := _errors(into or "import", data, law):  # it passes the check, or it is a bug of ours
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in errors))
    said = [] if known else [Finding(code="CEP708", severity="warning")]
    notes = _changes_text(changes, lang) if into else ""
    return Result(answer=text, said=said, notes=notes, out=out or into, force=force or bool(into))


def _errors(path: str, data: bytes, law: Law) -> list[Finding]:
    _, findings = written.compile_territory(path, data, law)
    return [f for f in findings if f.severity == "error"]


# -- what was asked ---------------------------------------------------------------------------------------------------------


def asked_cards() -> Cards:
    """The codes of open directories; stops when they cannot be read."""
    return Cards(sure(*written.load_directory()))


def _zones(
    departement: str | None, epci: str | None, communes: str | None, faults: list[Finding]
) -> list[str]:
    """The zones asked for, each known."""

    def listed(text: str | None) -> list[str]:
        return [w.strip() for w in (text or "").split(",") if w.strip()]

    asked = [(f"departement:{d.upper().zfill(2)}", d) for d in listed(departement)]
    asked += [(zone_of(code) or code, code) for code in (*listed(epci), *listed(communes))]
    unknown = [told for zone, told in asked if not places.known(zone) or zone == "france"]
    faults += [Finding(code="CEP702", values={"zone": told}) for told in unknown]
    faults += [] if asked else [Finding(code="CEP701")]
    return [zone for zone, _ in asked]


def _pairs(columns: Sequence[str] | None, cards: Cards, faults: list[Finding]) -> dict[str, str]:
    keys = sorted({key for key, _ in cards.heads.values()})
    pairs = {}
    for told in columns or ():
        key, equals, title = told.partition("=")
        if equals and key.strip() in keys:
            pairs[key.strip()] = title.strip()
        else:
            faults.append(Finding(code="CEP710", values={"value": told, "expected": ", ".join(keys)}))
    return pairs


def _network(told: str | None, cards: Cards, faults: list[Finding]) -> tuple[str, ...]:
    """The kind of every row of a list of one network, by any of its words."""
    kinds = (cards.listed(told.replace("_", " ")) or cards.listed(told)) if told else ()
    if told and not kinds:
        known = ", ".join(sorted(cards.kinds))
        faults.append(Finding(code="CEP715", values={"value": told, "expected": known}))
    return kinds


# -- what is read -----------------------------------------------------------------------------------------------------------


def _inside(path: str) -> list[str]:
    """The file; or the JSON files of a folder, an unpacked archive: the national one has a file for each commune."""
    if not os.path.isdir(path):
        return [path]
    return sorted(glob.glob(os.path.join(glob.escape(path), "**", "*.json"), recursive=True))


def _opened(
    paths: Sequence[str],
    cards: Cards,
    pairs: dict[str, str],
    advance: Callable[[int], None],
    stack: contextlib.ExitStack,
) -> list[RowSource]:
    """The rows of every file; those of a folder under its name, two files of one name apart. Stops when one cannot be read."""
    found: list[RowSource] = []
    faults: list[Finding] = []
    seen, sheet_of = Counter[str](), partial(_sheet, stack=stack, cards=cards)
    for path in paths:
        inside = _inside(path)
        faults += [] if inside else [Finding(code="CEP703", place=Place(file=path))]
        if books := forms.book_of(path, _book(path)):
            found += books
            continue
        for file in inside:
            source = forms.source_of(file, sheet_of, cards, columns=pairs, advance=advance)
            if isinstance(source, Finding):
                faults.append(source)
            elif inside != [path]:
                name = os.path.basename(os.path.normpath(path))
                found.append(source._replace(file=f"{name}/ [{source.form}]"))
            else:
                seen[source.file] += 1
                again = f" ({seen[source.file]})" if seen[source.file] > 1 else ""
                found.append(source._replace(file=source.file + again))
    if faults:
        raise CannotRun(*faults)
    return found


def _book(path: str) -> dict[str, list[tuple[int, list[str]]]]:
    """The sheets of data·inclusion's own workbook, by their names; none of another file."""
    from cep_route.intake import workbook  # only where a workbook is read

    with contextlib.suppress(ImportError, OSError, workbook.UnreadableError):
        if os.path.isfile(path) and workbook.kind_of(path) == "workbook":
            with contextlib.closing(workbook.OpenBook(path, "workbook")) as book:
                sheets = {normalise(sheet.name): list(book.read(sheet)) for sheet in book.sheets}
                return {name: rows for name, rows in sheets.items() if rows and "__ignore__" in rows[0][1]}
    return {}


def _sheet(path: str, *, stack: contextlib.ExitStack, cards: Cards) -> forms.FormSheet | Finding:
    """A table by the reader of intake files: encoding, sheets, titles and refused rows are its business."""
    from cep_route.intake.reader import Row  # only where a table is read
    from cep_route.intake.source import open_source

    source = open_source(path, {}, wanted=lambda t: cards.head(normalise(t)) is not None or t in forms.TITLES)
    if isinstance(source, Finding):
        return source
    stack.enter_context(source)

    def rows() -> Iterator[tuple[int, Sequence[str] | None]]:
        for item in source.rows():
            yield source.origin(item.line), item.cells if isinstance(item, Row) else None

    return source.header, rows


# -- the desks of the country -------------------------------------------------------------------------------------------------


def _country(
    sources: Sequence[RowSource], reader: Reader, out: str | None, *, force: bool, lang: str
) -> Result:
    """One file of desks from the whole export, every record counted; the office's own file unless another is named."""
    target = out or kept.data_path()
    counts = {"kept": Counter[str](), "dropped": Counter[str]()}
    with tempfile.TemporaryDirectory() as folder:
        draft = os.path.join(folder, kept.NAME)
        try:
            number = kept.write(draft, official.desks(sources, reader, counts), one_day=reader.dated is None)
        except forms.UnreadableStreamError as stop:
            raise CannotRun(stop.finding) from None
        if not number:
            raise CannotRun(Finding(code="CEP709"), code=FOUND)
        snapshot = Desks(draft).snapshot
        with open(draft, "rb") as made:
            content = made.read()
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    if fault := write_text(target, content, force=force or out is None):
        raise CannotRun(fault)
    rows = sum(fates.total() for fates in counts.values())
    title = say("import.desks_title", lang, file=target, rows=rows, kept=number, day=snapshot)
    sections = list[Section]()
    for key, names in (("kept", "network desks"), ("dropped", "reason rows")):
        told = sorted(counts[key].items())
        shown = [(word("import", what, lang) if key == "dropped" else what, str(n)) for what, n in told]
        sections += section(key, word("import", key, lang), grid(_titles(names, lang), shown))
    return Result(answer=Page(title=title, sections=tuple(sections)))


# -- what is told -------------------------------------------------------------------------------------------------------------


def _titles(names: str, lang: str) -> list[str]:
    return [say(f"import.col_{name}", lang) for name in names.split()]


def _books_page(reader: Reader, columns: Mapping[str, Mapping[str, str]], lang: str) -> Page:
    """A table for each file: how many rows ended how, and why; then the values that were left. `columns`: our key -> its title."""
    sections = list[Section]()
    for file, book in reader.books.items():
        fates = [("joined", why, n, list[int]()) for why, n in sorted(book.joined.items())]
        fates += [("dropped", why, d.rows, d.first) for why, d in sorted(book.dropped.items())]
        sums = {key: sum(n for fate, _, n, _ in fates if fate == key) for key in ("joined", "dropped")}
        ends = {"rows": book.rows, "kept": book.kept, **sums}
        said = f"{line(file)} : " + ", ".join(f"{n} {word('import', key, lang)}" for key, n in ends.items())
        rows = [
            (word("import", fate, lang), str(n), word("import", why, lang), ", ".join(map(str, first)))
            for fate, why, n, first in fates
        ]
        lists = {
            "columns": [f"{key} = {title}" for key, title in columns.get(file, {}).items()],
            "ignored_columns": book.ignored_columns,
        }
        parts: list[Part] = [*grid(_titles("fate rows reason first", lang), rows)]
        parts += (
            Line(f"{word('import', key, lang)} : {', '.join(told)}") for key, told in lists.items() if told
        )
        sections += section("file", said if parts else "", parts or [Line(said)])
    lost = [
        (name, word("import", why, lang), str(n))
        for name, reasons in sorted(reader.values_lost.items())
        for why, n in sorted(reasons.items())
    ]
    sections += section(
        "lost", word("import", "lost", lang), grid(_titles("field reason values", lang), lost)
    )
    return Page(title=say("import.books_title", lang), sections=tuple(sections))


def _changes_text(changes: Iterable[to_toml.KeptChange], lang: str) -> str:
    """The diff of a second import, a line for each value."""

    def short(value: TomlValue) -> str:
        ones = value if isinstance(value, list) else [value]
        told = (", ".join(f"{k} {v}" for k, v in o.items()) if isinstance(o, dict) else str(o) for o in ones)
        text = line(", ".join(told))
        return text if len(text) <= 120 else f"{text[:119]}…"

    lines = []
    for change in changes:
        kind = word("import", "kept_value" if change.kind == "kept" else change.kind, lang)
        values = " → ".join(short(v) for v in (change.old, change.new) if v is not None)
        lines.append(f"{kind} : {change.id} {change.key} : {values}")
    return "\n".join(lines)


def _mapping(cards: Cards, lang: str) -> Result:
    """How each form becomes a file, field by field, and where its files are: the tables the readers themselves stand by."""
    sections = list[Section]()
    for name, feed in cards.feeds.items():
        recipe = in_language(feed.recipe_en, feed.recipe_fr, lang)
        lines = [Line(text) for text in (feed.url, recipe) if text]
        rows = tuple((field, rule[lang] or "—") for field, rule in table(f"mapping_{name}").items())
        shown = name.replace("_", "-")
        sections += section(shown, f"{shown} — {feed.name} ({feed.licence})", [*lines, Pairs(rows=rows)])
    return Result(answer=Page(sections=tuple(sections)))
