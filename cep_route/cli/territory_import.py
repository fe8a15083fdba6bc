"""`cep-route territory import`: open directories to a territory file, or the whole export to the desks of the country."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

from msgspec import to_builtins
from msgspec.structs import replace

from cep_route import files, places
from cep_route.cli.console import CANNOT, FOUND, CannotRun, Result, asked_law, note, today, write_out
from cep_route.cli.import_books import books_page, changes_text, desks_page, mapping_section
from cep_route.directory.desks import Desks, write
from cep_route.files import country as kept
from cep_route.files import written
from cep_route.files.write import write_text
from cep_route.importers import country, forms, gathering, reimport, stream, tables
from cep_route.importers.area import Area, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.rows import Reader, RowSource
from cep_route.importers.to_toml import TomlTable
from cep_route.messages import say, table, word
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.render.parts import Page
from cep_route.render.screen import drawn, lenient, progress
from cep_route.text import normalise
from cep_route.typed import read_date

SourceForm = Literal["data-inclusion", "annuaire", "france-travail", "workbook", "csv"]


def import_(
    paths: list[str] | None = None,
    *,
    source_form: SourceForm | None = None,
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
        return _mapping(cards, source_form, lang)
    faults: list[Finding] = []
    day = read_date(dated) if dated else None
    if dated and day is None:
        faults.append(Finding(code="CEP504", values={"value": dated}))
    if not told:
        faults.append(Finding(code="CEP712"))
    if desks:
        if faults:
            raise CannotRun(*faults)
        return _country(told, cards, day, out, force=force, lang=lang)
    area = _area(departement, epci, communes, faults)
    pairs = _pairs(columns, cards, faults)
    kinds = _network(network, cards, faults)
    if faults or area is None:
        raise CannotRun(*faults)
    with contextlib.ExitStack() as stack:
        total = sum(_size(path) for path in told)
        advance = stack.enter_context(progress(word("import", "rows", lang), total, sys.stderr, lang))
        opened = _opened(told, cards, source_form, pairs, advance, stack)
        needs = {**files.load_spellings()["files"]["needs"], **{code: code for code in law.needs}}
        named = {normalise(public.label["fr"]): code for code, public in law.publics.items()}
        publics = {**cards.publics, **named, **{code: code for code in law.publics}}
        reader = Reader(area, cards, needs, publics, day, today(), kinds)
        sources = _apart([s._replace(label=source or s.label) for s in opened])
        entries = gathering.gather(sources, reader)
    understood = {s.file: s.columns for s in sources}
    note(drawn(books_page(reader.ledger, understood, lang), lenient(sys.stderr), lang).rstrip("\n"))
    if report_to:
        plain, ledger = partial(to_builtins, order="deterministic"), reader.ledger
        books = {
            "files": {name: plain(book) for name, book in ledger.files.items()},
            "values_lost": plain(ledger.values_lost),
        }
        counts = json.dumps(books, ensure_ascii=False, indent=2) + "\n"
        if code := write_out(report_to, counts, force=force, lang=lang):
            return Result(code=code)
    if isinstance(entries, list):
        raise CannotRun(*entries, code=CANNOT)
    if not entries:
        raise CannotRun(Finding(code="CEP709"), code=FOUND)
    made = tables.tables(entries, cards)
    days = [o.source_date for e in entries for o in e.origins if o.source_date]
    known = day or max(days, default=None)
    as_of = min(known or today(), today())
    origins = [(cards.feeds[s.feed], s.file.partition(" [")[0]) for s in sources]
    lines = [
        *(attribution or ()),
        *(f"{f.name}, {f.url}, {file}, {as_of} — {f.licence}" for f, file in origins if f.url),
    ]
    named = {key: value for key, value in (("id", id_), ("name", name)) if value}
    head = tables.head(
        area,
        as_of=as_of,
        updated_on=today(),
        sources=list(dict.fromkeys(lines)),
        said=say("import.said", lang),
        **named,
    )
    said = [] if known else [Finding(code="CEP708", severity="warning")]
    if into:
        return replace(_into(into, made, head, law, out, lang), said=said)
    preamble = say("import.preamble", lang, name=str(head["name"])).split("\n")
    text = tables.text(head, made, preamble)
    if len(text.encode()) > files.BYTES_AT_MOST:
        raise CannotRun(Finding(code="CEP714", values={"most": str(files.BYTES_AT_MOST // 1_000_000)}))
    _assert_good("import", text, law)
    return Result(answer=text, said=said, out=out, force=force)


# -- what was asked ---------------------------------------------------------------------------------------------------------


def asked_cards() -> Cards:
    """The codes of open directories; stops when they cannot be read."""
    data, faults = written.load_directory()
    if data is None:
        raise CannotRun(*faults)
    return Cards(data)


def _area(
    departement: str | None, epci: str | None, communes: str | None, faults: list[Finding]
) -> Area | None:
    """The zones asked for, each known."""
    asked = [(f"departement:{d.upper().zfill(2)}", d) for d in _listed(departement)]
    asked += [(code, code) for code in _listed(epci)]
    asked += [(zone_of(code) or code, code) for code in _listed(communes)]
    unknown = [told for zone, told in asked if not places.known(zone) or zone == "france"]
    faults += [Finding(code="CEP702", values={"zone": told}) for told in unknown]
    if not asked:
        faults.append(Finding(code="CEP701"))
    return Area([zone for zone, _ in asked]) if asked and not unknown else None


def _listed(text: str | None) -> list[str]:
    return [w.strip() for w in (text or "").split(",") if w.strip()]


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


def _network(told: str | None, cards: Cards, faults: list[Finding]) -> tuple[int, ...]:
    """The kind of every row of a list of one network, by any of its words."""
    kinds = (cards.listed(told.replace("_", " ")) or cards.listed(told)) if told else ()
    if told and not kinds:
        known = ", ".join(sorted(cards.of_network))
        faults.append(Finding(code="CEP715", values={"value": told, "expected": known}))
    return kinds


# -- what is read -----------------------------------------------------------------------------------------------------------


def _size(path: str) -> int:
    """Bytes of a file, or of the files of a folder."""
    found = forms.folder(path) if os.path.isdir(path) else [path]
    return sum(os.path.getsize(p) for p in found if os.path.exists(p))


def _opened(
    paths: Sequence[str],
    cards: Cards,
    form: str | None,
    pairs: dict[str, str],
    advance: Callable[[int], None],
    stack: contextlib.ExitStack,
) -> list[RowSource]:
    """The sources of every file; those of a folder under its name. Stops when one cannot be read."""
    found: list[RowSource] = []
    faults: list[Finding] = []
    openers = forms.Openers(lambda path: _csv(path, stack, cards), _book)
    for path in paths:
        inside = forms.folder(path) if os.path.isdir(path) else [path]
        if not inside:
            faults.append(Finding(code="CEP703", place=Place(file=path)))
        for file in inside:
            sources = forms.sources_of(file, openers, cards, form=form, columns=pairs, advance=advance)
            if isinstance(sources, Finding):
                faults.append(sources)
            elif inside == [path]:
                found += sources
            else:
                name = os.path.basename(os.path.normpath(path))
                found += [s._replace(file=f"{name}/ [{s.form}]") for s in sources]
    if faults:
        raise CannotRun(*faults)
    return found


def _csv(path: str, stack: contextlib.ExitStack, cards: Cards) -> forms.FormSheet | Finding:
    """A table by the reader of intake files: encoding, sheets, titles and refused rows are its business."""
    from cep_route.intake.reader import Row  # only where a table is read
    from cep_route.intake.source import open_source

    known = forms.TITLES
    source = open_source(path, {}, wanted=lambda t: cards.head(normalise(t)) is not None or t in known)
    if isinstance(source, Finding):
        return source
    stack.enter_context(source)

    def rows() -> Iterator[tuple[int, Sequence[str] | None]]:
        for item in source.rows():
            yield source.origin(item.line), item.cells if isinstance(item, Row) else None

    return forms.FormSheet(source.header, rows)


def _book(path: str, names: Sequence[str]) -> dict[str, list[tuple[int, Sequence[str]]]] | Finding:
    """The sheets of a workbook that have one of these names, by the reader of intake files."""
    from cep_route.intake import workbook  # only where a workbook is read

    if workbook.kind_of(path) != "workbook":
        return {}
    try:
        with contextlib.closing(workbook.OpenBook(path, "workbook")) as book:
            wanted = {normalise(sheet.name): sheet for sheet in book.sheets if normalise(sheet.name) in names}
            return {name: list(book.read(sheet)) for name, sheet in wanted.items()}
    except ImportError:
        return Finding(code="CEP706", values={"package": "python-calamine"}, place=Place(file=path))
    except workbook.UnreadableError:
        return Finding(code="CEP705", place=Place(file=path))


def _apart(sources: list[RowSource]) -> list[RowSource]:
    """Two files of one name are two files in the books; those of a folder are one."""
    seen: Counter[str] = Counter()
    found = []
    for source in sources:
        seen[source.file] += 1
        alone = seen[source.file] == 1 or "/ [" in source.file
        found.append(source if alone else source._replace(file=f"{source.file} ({seen[source.file]})"))
    return found


# -- what is written --------------------------------------------------------------------------------------------------------


def _faults(path: str, text: str, law: Law) -> list[Finding]:
    _, findings = written.compile_territory(path, text.encode(), law)
    return [f for f in findings if f.severity == "error"]


def _assert_good(path: str, text: str, law: Law) -> None:
    """What the import writes passes the check, or it is a bug of ours."""
    if faults := _faults(path, text, law):
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in faults))


def _into(
    into: str, made: list[tables.MadeTable], head: TomlTable, law: Law, out: str | None, lang: str
) -> Result:
    """Laid over a file people work on: the diff is told, the file rewritten (or another, or the screen, when `-o` says so)."""
    read = files.read_bytes(into)
    if isinstance(read, Finding):
        raise CannotRun(read)
    if faults := _faults(into, read.decode("utf-8", "replace"), law):
        raise CannotRun(*faults)
    feeds = {str(row["source"]) for one in made for row in tables.origins(one.table)}
    laid = reimport.laid_over(read.decode("utf-8-sig"), made, head, feeds)
    _assert_good(into, laid.text, law)
    return Result(answer=laid.text, notes=changes_text(laid.changes, lang), out=out or into, force=True)


def _country(
    paths: Sequence[str], cards: Cards, dated: str | None, out: str | None, *, force: bool, lang: str
) -> Result:
    """One file of desks from the whole export, every record counted; the office's own file unless another is named."""
    target = out or kept.data_path()
    missing = [p for p in paths if not os.path.isfile(p)]
    if missing:
        why = os.strerror(2)
        raise CannotRun(
            *(Finding(code="CEP014", values={"file": p, "why": why}, place=Place(file=p)) for p in missing)
        )
    counts: Counter[str] = Counter()
    total = sum(os.path.getsize(p) for p in paths)
    with (
        tempfile.TemporaryDirectory() as folder,
        progress(word("import", "rows", lang), total, sys.stderr, lang) as advance,
    ):
        draft = os.path.join(folder, kept.NAME)
        try:
            records, served = country.read(paths, advance)
            reader = Reader(Area([]), cards, {}, {}, dated, today())
            number = write(draft, country.desks(records, reader, served, counts), one_day=dated is None)
        except stream.UnreadableStreamError as stop:
            raise CannotRun(stop.finding) from None
        if not number:
            raise CannotRun(Finding(code="CEP709"), code=FOUND)
        snapshot = Desks(draft).snapshot
        with open(draft, "rb") as made:
            content = made.read()
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    if fault := write_text(target, content, force=force or out is None):
        raise CannotRun(fault)
    return Result(answer=desks_page(counts, number, snapshot, target, lang))


def _mapping(cards: Cards, form: str | None, lang: str) -> Result:
    """How each form becomes a file: the tables the readers themselves stand by."""
    wanted = {forms.FEEDS[f] for f in forms.NAMES[form]} if form else set(cards.feeds)
    wanted |= {"workbook"} if form == "workbook" else set()
    sections = (
        mapping_section(feed.replace("_", "-"), card, table(f"mapping_{feed}"), lang)
        for feed, card in cards.feeds.items()
        if feed in wanted
    )
    return Result(answer=Page(sections=tuple(sections)))
