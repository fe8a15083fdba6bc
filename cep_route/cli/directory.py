"""`cep-route territory import | export | fmt`: open directories to a territory file, our partners back to a region, a file laid out."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cep_route import files, places
from cep_route.cli.console import CANNOT, FOUND, WELL, say, tell, the_law, today, write_out
from cep_route.importers import exporting, forms, gathering, reimport, report, tables, toml_text
from cep_route.importers.area import Area, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.reading import Reader, Source
from cep_route.messages import table, word
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.render import books as page
from cep_route.spelling import normalise

_SAID = (
    "écrit par l'import ; besoins, publics et zones que la source ne dit pas : lecture du statut de chaque genre de maison "
    "(rules/directory.toml)"
)


def import_words(
    *, paths: Sequence[str] | None, source_form: str | None, departement: str | None, epci: str | None, communes: str | None,
    into: str | None, dated: str | None, id_: str | None, name: str | None, source: str | None, attribution: Sequence[str] | None,
    columns: Sequence[str] | None, mapping: bool, report_to: str | None, out: str | None, force: bool, lang: str,
) -> int:  # fmt: skip
    """Read the files, keep what is of the area, count all, write the territory file (or the one it is laid over)."""
    law = the_law(None, lang)
    data, faults = files.load_directory()
    tell(faults, lang)
    if law is None or data is None:
        return CANNOT
    cards = Cards(data)
    told_form, told = _told_form(list(paths or ()), source_form)
    if mapping:
        return _show_mapping(cards, told_form, lang)
    area, faults = _area(departement, epci, communes)
    pairs, more = _pairs(columns, cards)
    day, late = _dated(dated)
    faults = [*faults, *more, *late, *_form_fault(told_form)]
    if not told:
        faults.append(Finding(code="CEP712"))
    if faults or area is None:
        tell(faults, lang)
        return CANNOT
    with contextlib.ExitStack() as stack:
        opened = [
            one
            for path in told
            for one in _opened(path, cards, told_form, pairs, lambda p: _csv(p, stack, cards))
        ]
        faults = [o.fault for o in opened if o.fault]
        if faults:
            tell(faults, lang)
            return CANNOT
        reader = Reader(area, cards, law.needs, files.load_spellings()["files"]["needs"], law.publics, day)
        found = [s._replace(label=source) if source else s for o in opened for s in o.sources]
        gathered = gathering.gather(_apart(found), reader)
    books = report.data(gathered.ledger)
    understood = {o.sources[0].file: dict(o.columns) for o in opened if o.columns}
    sys.stderr.write(page.books_text(books, understood, lang) + "\n")
    if report_to and (
        code := write_out(
            report_to, json.dumps(books, ensure_ascii=False, indent=2) + "\n", force=force, lang=lang
        )
    ):
        return code
    if gathered.faults or not gathered.entries:
        tell(gathered.faults or [Finding(code="CEP709")], lang)
        return CANNOT if gathered.faults else FOUND
    made, head, preamble = _made(
        gathered, area, cards, opened, law, lang, day=day, id_=id_, name=name, attribution=attribution
    )
    if into:
        return _into(into, made, head, law, out, lang)
    text = tables.text(head, made, preamble)
    if len(text.encode()) > files.written_limit():
        tell([Finding(code="CEP714", values={"most": str(files.written_limit() // 1_000_000)})], lang)
        return CANNOT
    faults = _judged("import", text, law)
    if faults:
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in faults))
    return write_out(out, text, force=force, lang=lang)


# -- what was asked ---------------------------------------------------------------------------------------------------------


def _told_form(paths: list[str], form: str | None) -> tuple[str | None, list[str]]:
    """A form named first, before the files, is a form: unless it is a file."""
    if form is None and paths and paths[0] in forms.NAMES and not os.path.exists(paths[0]):
        return paths[0], paths[1:]
    return form, paths


def _form_fault(form: str | None) -> list[Finding]:
    if form is None or form in forms.NAMES:
        return []
    return [Finding(code="CEP711", values={"value": form, "expected": ", ".join(forms.NAMES)})]


def _area(
    departement: str | None, epci: str | None, communes: str | None
) -> tuple[Area | None, list[Finding]]:
    """The zones asked for, each known."""
    asked = [(f"departement:{d.upper().zfill(2)}", d) for d in _listed(departement)]
    asked += [(code, code) for code in _listed(epci)]
    asked += [(zone_of(code) or code, code) for code in _listed(communes)]
    faults = [
        Finding(code="CEP702", values={"zone": told})
        for zone, told in asked
        if not places.known(zone) or zone == "france"
    ]
    if not asked:
        faults.append(Finding(code="CEP701"))
    return (None if faults else Area([zone for zone, _ in asked])), faults


def _listed(text: str | None) -> list[str]:
    return [w.strip() for w in (text or "").split(",") if w.strip()]


def _pairs(columns: Sequence[str] | None, cards: Cards) -> tuple[dict[str, str], list[Finding]]:
    keys = sorted({key for key, _ in cards.heads.values()})
    pairs, faults = {}, []
    for told in columns or ():
        key, equals, title = told.partition("=")
        if equals and key.strip() in keys:
            pairs[key.strip()] = title.strip()
        else:
            faults.append(Finding(code="CEP710", values={"value": told, "expected": ", ".join(keys)}))
    return pairs, faults


def _dated(text: str | None) -> tuple[str | None, list[Finding]]:
    if not text:
        return None, []
    from cep_route.engine.profile import read_date

    day = read_date(text)
    return (day, []) if day else (None, [Finding(code="CEP504", values={"value": text})])


def _opened(
    path: str,
    cards: Cards,
    form: str | None,
    pairs: dict[str, str],
    open_csv: Callable[[str], forms.Sheet | Finding],
) -> list[forms.Opened]:
    """A file, or all the JSON files of a folder under the name of the folder."""
    if not os.path.isdir(path):
        return [forms.sources_of(path, open_csv, cards, form=form, columns=pairs)]
    found = [forms.sources_of(p, open_csv, cards, form=form, columns=pairs) for p in forms.folder(path)]
    if not found:
        return [forms.Opened((), (), Finding(code="CEP703", place=Place(file=path)))]
    name = os.path.basename(os.path.normpath(path))
    sources = tuple(s._replace(file=f"{name}/ [{s.form}]") for o in found for s in o.sources)
    feeds = tuple(dict.fromkeys(f for o in found for f in o.feeds))
    return [forms.Opened(sources, feeds, next((o.fault for o in found if o.fault), None))]


def _csv(path: str, stack: contextlib.ExitStack, cards: Cards) -> forms.Sheet | Finding:
    """A CSV by the reader of intake files: encoding, titles and refused rows are its business."""
    from cep_route.intake.reading import Row, open_reading

    known = {
        "source",
        "structure_id",
        "id",
        "nom",
        "date_maj",
        "pivot",
        "code_insee_commune",
        "code_type_service_local",
    }
    reading = open_reading(path, lambda title: normalise(title) in cards.heads or title in known)
    if isinstance(reading, Finding):
        return reading
    stack.enter_context(reading)

    def rows() -> Iterator[tuple[int, Sequence[str] | None]]:
        for item in reading.rows():
            yield item.line, item.cells if isinstance(item, Row) else None

    return forms.Sheet(reading.header, rows)


def _apart(sources: list[Source]) -> list[Source]:
    """Two files of one name are two files in the books; those of a folder are one."""
    seen: dict[str, int] = {}
    found = []
    for source in sources:
        if "/ [" in source.file:
            found.append(source)
            continue
        seen[source.file] = seen.get(source.file, 0) + 1
        found.append(
            source if seen[source.file] == 1 else source._replace(file=f"{source.file} ({seen[source.file]})")
        )
    return found


# -- what is written --------------------------------------------------------------------------------------------------------


def _made(
    gathered: gathering.Gathered, area: Area, cards: Cards, opened: list[forms.Opened], law: Law, lang: str, *,
    day: str | None, id_: str | None, name: str | None, attribution: Sequence[str] | None,
) -> tuple[list[tables.Made], dict[str, Any], list[str]]:  # fmt: skip
    """The tables, the head and the opening comment of the territory file."""
    del law
    days = [o.source_date for e in gathered.entries for o in e.origins if o.source_date]
    as_of = max(days, default=None) or day
    if as_of is None:
        as_of = today()
        tell([Finding(code="CEP708", severity="warning")], lang)
    as_of = min(as_of, today())
    lines = list(attribution or ())
    for one in opened:
        for feed in one.feeds:
            card = cards.feeds[feed]
            names = ", ".join(dict.fromkeys(s.file for s in one.sources))
            if card["url"]:
                lines.append(f"{card['name']}, {card['url']}, {names}, {as_of} — {card['licence']}")
    own_id, own_name = tables.titles(area)
    head = tables.head(
        area, id_=id_ or own_id, name=name or own_name, as_of=as_of, updated_on=max(today(), as_of), sources=list(dict.fromkeys(lines)),
        said=_SAID,
    )  # fmt: skip
    preamble = [
        f"{head['name']} : maisons tirées d'annuaires ouverts par cep-route territory import ; les sources sont ci-dessous, à citer.",
        "Rien n'a été vérifié par téléphone : `to_check` le dit. Un périmètre absent est inconnu, le lieu le plus proche n'est qu'une piste.",
        "Corrigez librement : un import suivant garde ce que vous changez (`imported` lui sert à le voir) et tout ce qui porte `lock = true`.",
    ]
    return tables.tables(gathered.entries, cards, area), head, preamble


def _judged(path: str, text: str, law: Law) -> list[Finding]:
    from cep_route.files import written

    _, findings = written.compile_territory(path, text.encode(), law)
    return [f for f in findings if f.severity == "error"]


def _into(
    into: str, made: list[tables.Made], head: dict[str, Any], law: Law, out: str | None, lang: str
) -> int:
    """Laid over a file people work on: the diff is told, the file rewritten (or another, or the screen, when `-o` says so)."""
    read = files.read_bytes(into)
    if isinstance(read, Finding):
        tell([read], lang)
        return CANNOT
    faults = _judged(into, read.decode("utf-8", "replace"), law)
    if faults:
        tell(faults, lang)
        return CANNOT
    feeds = {str(o["source"]) for _, t, _ in made for o in (t, *t.get("also_from", ()))}
    laid = reimport.laid_over(read.decode("utf-8-sig"), made, head, feeds)
    changes = page.changes_text(laid.changes, lang)
    sys.stderr.write(changes + "\n" if changes else "")
    faults = _judged(into, laid.text, law)
    if faults:
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in faults))
    return write_out(out or into, laid.text, force=True, lang=lang)


def _show_mapping(cards: Cards, form: str | None, lang: str) -> int:
    """How each form becomes a file: the tables the readers themselves stand by."""
    wanted = {forms.FEEDS[f] for f in forms.NAMES.get(form or "", ())} if form else set(cards.feeds)
    if form == "workbook":
        wanted = {"workbook", "data_inclusion"}
    texts = [
        page.mapping_text(feed.replace("_", "-"), cards.feeds[feed], table(f"mapping_{feed}"), lang)
        for feed in cards.feeds
        if feed in wanted
    ]
    say("\n\n".join(texts))
    return WELL


# -- export, fmt ------------------------------------------------------------------------------------------------------------


def export_words(*, name: str, form: str, out: str | None, force: bool, lang: str) -> int:
    """Partners as data·inclusion rows: one JSON with `structures` and `services`."""
    law = the_law(None, lang)
    data, faults = files.load_directory()
    tell(faults, lang)
    if law is None or data is None:
        return CANNOT
    if form != "data-inclusion":
        values = {
            "value": form,
            "option": "--format",
            "expected": "data-inclusion",
            "command": "territory export",
        }
        tell([Finding(code="CEP527", values=values)], lang)
        return CANNOT
    territory, findings = files.load_territory(name, law)
    tell(findings, lang)
    if territory is None:
        return CANNOT
    networks = {code for kind in data["kinds"] for code in kind["data_inclusion"]}
    labels = {code: card.label["fr"] for code, card in law.needs.items()}
    codes = {
        p["commune"]
        for t in territory.get("partners") or ()
        for p in t.get("places") or ()
        if p.get("commune")
    }
    names = {code: here.name for code in codes if (here := places.commune(code))}
    rows, left = exporting.rows(territory, labels, networks, names)
    for reason, count in left.items():
        sys.stderr.write(f"{word('import', 'dropped', lang)} : {count} ({word('import', reason, lang)})\n")
    return write_out(out, json.dumps(rows, ensure_ascii=False, indent=2) + "\n", force=force, lang=lang)


def fmt_words(*, paths: Sequence[str], check: bool, lang: str) -> int:
    """Lay files out in place, each whole or not at all; `-` is stdin to stdout; `--check` only says which are not."""
    from cep_route.files import written

    worst = WELL
    for path in paths:
        data = sys.stdin.buffer.read() if path == "-" else files.read_bytes(path)
        document = data if isinstance(data, Finding) else written.parse(path, data)
        if isinstance(document, Finding):
            tell([document], lang)
            worst = CANNOT
            continue
        new = toml_text.formatted(document.text, toml_text.model_order())
        if path == "-":
            sys.stdout.write(new)
        elif new.encode() != data:
            worst = max(worst, _rewritten(path, new, check=check, lang=lang))
    return worst


def _rewritten(path: str, new: str, *, check: bool, lang: str) -> int:
    if check:
        tell([Finding(code="CEP713", values={"file": path}, place=Place(file=path))], lang)
        return FOUND
    return write_out(path, new, force=True, lang=lang)
