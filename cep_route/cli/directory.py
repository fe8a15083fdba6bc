"""`cep-route territory import | export | fmt`: open directories to a territory file, our partners back to a region, a file laid out."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from cep_route import files, places
from cep_route.cli.console import (
    CANNOT,
    FOUND,
    WELL,
    CannotRun,
    Result,
    asked_law,
    note,
    one_of,
    today,
    write_out,
)
from cep_route.cli.desks import country_from
from cep_route.cli.options import Force, Lang, Named, Out, argument, form, option
from cep_route.engine.profile import read_date
from cep_route.files import written
from cep_route.importers import exporting, forms, gathering, reimport, report, tables, toml_text
from cep_route.importers.area import Area, zone_of
from cep_route.importers.cards import Cards
from cep_route.importers.reading import Reader, RowSource
from cep_route.messages import table, word
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law
from cep_route.render import books as page
from cep_route.text import normalise

_SAID = (
    "écrit par l'import ; besoins, publics et zones que la source ne dit pas : lecture du statut de chaque genre de maison "
    "(rules/directory.toml)"
)


def import_(
    paths: Annotated[list[str] | None, argument("[FILE]...")] = None,
    source_form: Annotated[
        str | None,
        option(
            "--from", "--forme", takes="data-inclusion|annuaire|france-travail|workbook|csv", panel="reading"
        ),
    ] = None,
    departement: Annotated[str | None, option("--departement", takes="08", panel="place")] = None,
    epci: Annotated[str | None, option("--epci", takes="200041630", panel="place")] = None,
    communes: Annotated[str | None, option("--communes", takes="08105,08409", panel="place")] = None,
    into: Annotated[str | None, option("--into", "--dans", takes="FILE", panel="files")] = None,
    dated: Annotated[str | None, option("--dated", "--date", takes="DAY", panel="reading")] = None,
    id_: Annotated[str | None, option("--id", takes="ID")] = None,
    name: Annotated[str | None, option("--name", "--nom", takes="NAME")] = None,
    source: Annotated[str | None, option("--source", takes="NAME", panel="reading")] = None,
    attribution: Annotated[list[str] | None, option("--attribution", takes="TEXT")] = None,
    columns: Annotated[
        list[str] | None, option("--map", "--colonne", takes="KEY=TITLE", panel="reading")
    ] = None,
    network: Annotated[str | None, option("--network", "--reseau", takes="NETWORK", panel="reading")] = None,
    desks: Annotated[bool, option("--desks", "--bureaux", panel="reading")] = False,
    mapping: Annotated[bool, option("--mapping", "--correspondances")] = False,
    report_to: Annotated[str | None, option("--report", "--comptes", takes="FILE", panel="files")] = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Read the files, keep what is of the area, count all, write the territory file (or the one it is laid over)."""
    law, data = asked_law(), _directory()
    cards = Cards(data)
    told_form, told = _told_form(list(paths or ()), source_form)
    if mapping:
        return _mapping(cards, told_form, lang)
    if desks:
        day, late = _dated(dated)
        if late or not told:
            raise CannotRun(*(late or [Finding(code="CEP712")]))
        return country_from(told, cards, day, out, force=force, lang=lang)
    area, faults = _area(departement, epci, communes)
    pairs, more = _pairs(columns, cards)
    day, late = _dated(dated)
    kinds, unknown = _network(network, cards)
    faults = [*faults, *more, *late, *unknown, *_form_fault(told_form)]
    if not told:
        faults.append(Finding(code="CEP712"))
    if faults or area is None:
        raise CannotRun(*faults)
    with contextlib.ExitStack() as stack:
        opened = [
            one
            for path in told
            for one in _opened(path, cards, told_form, pairs, lambda p: _csv(p, stack, cards))
        ]
        faults = [o.fault for o in opened if o.fault]
        if faults:
            raise CannotRun(*faults)
        reader = Reader(
            area, cards, law.needs, files.load_spellings()["files"]["needs"], law.publics, day, kinds
        )
        found = [s._replace(label=source) if source else s for o in opened for s in o.sources]
        gathered = gathering.gather(_apart(found), reader)
    books = report.data(gathered.ledger)
    understood = {o.sources[0].file: dict(o.columns) for o in opened if o.columns}
    note(page.books_text(books, understood, lang))
    if report_to:
        counts = json.dumps(books, ensure_ascii=False, indent=2) + "\n"
        if code := write_out(report_to, counts, force=force, lang=lang):
            return Result(code=code)
    if gathered.faults or not gathered.entries:
        raise CannotRun(
            *(gathered.faults or [Finding(code="CEP709")]), code=CANNOT if gathered.faults else FOUND
        )
    made, head, preamble, said = _made(
        gathered, area, cards, opened, day=day, id_=id_, name=name, attribution=attribution
    )
    if into:
        return replace(_into(into, made, head, law, out, lang), said=said)
    text = tables.text(head, made, preamble)
    if len(text.encode()) > files.written_limit():
        raise CannotRun(Finding(code="CEP714", values={"most": str(files.written_limit() // 1_000_000)}))
    faults = _judged("import", text, law)
    if faults:
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in faults))
    return Result(answer=text, said=said, out=out, force=force)


def _directory() -> dict[str, Any]:
    """The codes of open directories; stops when they cannot be read."""
    data, faults = files.load_directory()
    if data is None:
        raise CannotRun(*faults)
    return data


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


def _network(told: str | None, cards: Cards) -> tuple[tuple[int, ...], list[Finding]]:
    """The kind of every row of a list of one network, by any of its words."""
    if not told:
        return (), []
    kinds = cards.listed(told.replace("_", " ")) or cards.listed(told)
    if kinds:
        return kinds, []
    known = ", ".join(sorted(cards.of_network))
    return (), [Finding(code="CEP715", values={"value": told, "expected": known})]


def _dated(text: str | None) -> tuple[str | None, list[Finding]]:
    if not text:
        return None, []
    day = read_date(text)
    return (day, []) if day else (None, [Finding(code="CEP504", values={"value": text})])


def _opened(
    path: str,
    cards: Cards,
    form: str | None,
    pairs: dict[str, str],
    open_csv: Callable[[str], forms.FormSheet | Finding],
) -> list[forms.OpenedForm]:
    """A file, or all the JSON files of a folder under the name of the folder."""
    if not os.path.isdir(path):
        return [forms.sources_of(path, open_csv, cards, form=form, columns=pairs)]
    found = [forms.sources_of(p, open_csv, cards, form=form, columns=pairs) for p in forms.folder(path)]
    if not found:
        return [forms.OpenedForm((), (), Finding(code="CEP703", place=Place(file=path)))]
    name = os.path.basename(os.path.normpath(path))
    sources = tuple(s._replace(file=f"{name}/ [{s.form}]") for o in found for s in o.sources)
    feeds = tuple(dict.fromkeys(f for o in found for f in o.feeds))
    return [forms.OpenedForm(sources, feeds, next((o.fault for o in found if o.fault), None))]


def _csv(path: str, stack: contextlib.ExitStack, cards: Cards) -> forms.FormSheet | Finding:
    """A CSV by the reader of intake files: encoding, titles and refused rows are its business."""
    from cep_route.intake.reader import Row, open_reading

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
    reading = open_reading(path, lambda title: cards.head(normalise(title)) is not None or title in known)
    if isinstance(reading, Finding):
        return reading
    stack.enter_context(reading)

    def rows() -> Iterator[tuple[int, Sequence[str] | None]]:
        for item in reading.rows():
            yield item.line, item.cells if isinstance(item, Row) else None

    return forms.FormSheet(reading.header, rows)


def _apart(sources: list[RowSource]) -> list[RowSource]:
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
    gathered: gathering.Gathered, area: Area, cards: Cards, opened: list[forms.OpenedForm], *,
    day: str | None, id_: str | None, name: str | None, attribution: Sequence[str] | None,
) -> tuple[list[tables.Made], dict[str, Any], list[str], list[Finding]]:  # fmt: skip
    """The tables, the head and the opening comment of the territory file; what is to be said of its day."""
    said = []
    days = [o.source_date for e in gathered.entries for o in e.origins if o.source_date]
    as_of = day or max(days, default=None)
    if as_of is None:
        as_of = today()
        said.append(Finding(code="CEP708", severity="warning"))
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
    return tables.tables(gathered.entries, cards, area), head, preamble, said


def _judged(path: str, text: str, law: Law) -> list[Finding]:
    _, findings = written.compile_territory(path, text.encode(), law)
    return [f for f in findings if f.severity == "error"]


def _into(
    into: str, made: list[tables.Made], head: dict[str, Any], law: Law, out: str | None, lang: str
) -> Result:
    """Laid over a file people work on: the diff is told, the file rewritten (or another, or the screen, when `-o` says so)."""
    read = files.read_bytes(into)
    if isinstance(read, Finding):
        raise CannotRun(read)
    faults = _judged(into, read.decode("utf-8", "replace"), law)
    if faults:
        raise CannotRun(*faults)
    feeds = {str(o["source"]) for _, t, _ in made for o in (t, *t.get("also_from", ()))}
    laid = reimport.laid_over(read.decode("utf-8-sig"), made, head, feeds)
    faults = _judged(into, laid.text, law)
    if faults:
        raise AssertionError("; ".join(f"{f.code} {f.place}" for f in faults))
    return Result(answer=laid.text, notes=page.changes_text(laid.changes, lang), out=out or into, force=True)


def _mapping(cards: Cards, form: str | None, lang: str) -> Result:
    """How each form becomes a file: the tables the readers themselves stand by."""
    wanted = {forms.FEEDS[f] for f in forms.NAMES.get(form or "", ())} if form else set(cards.feeds)
    if form == "workbook":
        wanted = {"workbook", "data_inclusion"}
    texts = [
        page.mapping_text(feed.replace("_", "-"), cards.feeds[feed], table(f"mapping_{feed}"), lang)
        for feed in cards.feeds
        if feed in wanted
    ]
    return Result(answer="\n\n".join(texts) + "\n", prose=True)


# -- export, fmt ------------------------------------------------------------------------------------------------------------


def export(
    name: Named,
    form: Annotated[str, form("data-inclusion")] = "data-inclusion",
    out: Out = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Partners as data·inclusion rows: one JSON with `structures` and `services`."""
    law, data = asked_law(), _directory()
    one_of(form, ("data-inclusion",), "--format", "territory export")
    territory, findings = files.load_territory(name, law)
    if territory is None:
        raise CannotRun(*findings)
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
    dropped = [
        f"{word('import', 'dropped', lang)} : {count} ({word('import', reason, lang)})"
        for reason, count in left.items()
    ]
    answer = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    return Result(answer=answer, said=findings, notes="\n".join(dropped), out=out, force=force)


def fmt(
    paths: Annotated[list[str], argument("FILE...")],
    check: Annotated[bool, option("--check", "--verifier")] = False,
    lang: Lang = "fr",
) -> Result:
    """Lay files out in place, each whole or not at all; `-` is stdin to stdout; `--check` only says which are not."""
    code, said, shown = WELL, [], []
    for path in paths:
        data = sys.stdin.buffer.read() if path == "-" else files.read_bytes(path)
        document = data if isinstance(data, Finding) else written.parse(path, data)
        if isinstance(document, Finding):
            said.append(document)
            code = CANNOT
            continue
        new = toml_text.formatted(document.text, toml_text.model_order())
        if path == "-":
            shown.append(new)
        elif new.encode() != data and check:
            said.append(Finding(code="CEP713", values={"file": path}, place=Place(file=path)))
            code = max(code, FOUND)
        elif new.encode() != data:
            code = max(code, write_out(path, new, force=True, lang=lang))
    return Result(code=code, answer="".join(shown), said=said)
