"""The written spellings of facts, needs and columns, compiled to the tables that `spelling` reads by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cep_route.model.written import Column, ColumnsFile, WrittenFact, WrittenNeed
from cep_route.spelling import ColumnCard, Effect, Spellings, bare_title, effect
from cep_route.text import normalise


def compile_spellings(
    facts: Sequence[WrittenFact], columns: ColumnsFile, needs: Sequence[WrittenNeed]
) -> Spellings:
    """The tables of every spelling, of facts, values and needs that exist.

    `facts`: fact -> {words: value}, None for years. `files`: what an intake file needs: `headers` (words -> column ids, several
    when the values decide), `proposed` (words -> column id), `columns` (id -> kind, values, ...), `needs`, `unknown`, `formats`...
    """
    domains = {f.name: None if f.kind == "years" else tuple(v.code for v in f.values) for f in facts}
    written = {c.id: c for c in columns.columns}
    cards = {c.id: _column_card(c, None, domains) for c in columns.columns if c.id not in domains}
    cards |= {f.name: _column_card(written.get(f.name), f, domains) for f in facts}
    for column in columns.columns:
        for other in column.reads:
            card, also = cards[column.id], cards[other]
            card["values"] = also["values"] | card["values"]
            card["details"] = also["details"] | card["details"]
            card["proposed"] = also["proposed"] | card["proposed"]
            card["shown"] = also["shown"] | card["shown"]
    yes, no = tuple(map(normalise, columns.yes)), tuple(map(normalise, columns.no))
    need_yes, need_no = list(map(normalise, columns.need_yes)), list(map(normalise, columns.need_no))
    nothing: Effect = ((), (), ())
    for fact in facts:
        if {v.code for v in fact.values} == {"yes", "no"}:
            said: dict[str, Effect] = dict.fromkeys(yes, (((fact.name, "yes"),), (), ()))
            said |= dict.fromkeys(no, (((fact.name, "no"),), (), ()))
            cards[fact.name]["values"] = said | cards[fact.name]["values"]
    for card in cards.values():
        if need := card["need"]:
            card["values"] = dict.fromkeys(need_yes, ((), (), (need,))) | dict.fromkeys(need_no, nothing)
    headers = _headers(facts, columns)
    hints, asides = dict.fromkeys(map(normalise, columns.hints), True), map(normalise, columns.asides)
    longest_first = tuple(sorted(asides, key=len, reverse=True))
    return {
        "facts": {
            f.name: None
            if f.kind == "years"
            else {normalise(s): v.code for v in f.values for s in (v.code, v.fr, v.en, *v.spellings)}
            for f in facts
        },
        "files": {
            "domains": domains,
            "unknown": dict.fromkeys(map(normalise, columns.unknown), True),
            "hints": hints,
            "elsewhere": dict.fromkeys(map(normalise, columns.elsewhere), True),
            "identifiers": dict.fromkeys(map(normalise, columns.identifiers), True),
            "headers": headers,
            "bare": _bare_headers(headers, hints, longest_first),
            "asides": longest_first,
            "defaults": {normalise(a.header): a.default for a in columns.ambiguous if a.default},
            "flags": {
                normalise(h): dict.fromkeys(yes, effect(f.sets, (), domains)) | dict.fromkeys(no, nothing)
                for f in columns.flags
                for h in f.headers
            },
            "yes": yes,
            "no": no,
            "proposed": {normalise(h): c.id for c in columns.columns for h in c.proposed},
            "shown": {normalise(h): h for _, h in _titles(facts, columns)},
            "columns": cards,
            "needs": {normalise(s): n.code for n in needs for s in (n.code, n.fr, n.en, *n.spellings)},
            "need_labels": {n.code: n.said for n in needs},
            "formats": tuple(
                {"id": f.id, "label": f.label.said, "headers": tuple(map(normalise, f.headers))}
                for f in columns.formats
            ),
        },
    }


def _bare_headers(
    headers: Mapping[str, tuple[str, ...]], hints: Mapping[str, bool], asides: Sequence[str]
) -> dict[str, str]:
    """The known titles by their bare words, where these have one meaning."""
    found: dict[str, str] = {}
    several: set[str] = set()
    for words, ids in headers.items():
        bare = bare_title(words, hints, asides)
        if bare and headers[found.setdefault(bare, words)] != ids:
            several.add(bare)
    return {bare: words for bare, words in found.items() if bare not in several}


def _column_card(
    column: Column | None, fact: WrittenFact | None, domains: Mapping[str, tuple[str, ...] | None]
) -> ColumnCard:
    values: dict[str, Effect] = {}
    proposed: dict[str, Effect] = {}
    shown: dict[str, str] = {}
    if fact:
        for value in fact.values:
            for spelling in (*value.spellings, value.en, value.code, value.fr):
                values[normalise(spelling)] = (((fact.name, value.code),), (), ())
                shown[normalise(spelling)] = spelling
    for entry in column.values if column else ():
        sets = {"role": entry.role} if entry.role else entry.sets
        said = effect(sets, entry.needs, {"role": (), **domains})
        for spelling in (*entry.spellings, *entry.proposed):
            (values if spelling in entry.spellings else proposed)[normalise(spelling)] = said
            shown[normalise(spelling)] = spelling
    label = fact.label if fact else column and column.label
    return {
        "kind": "age" if fact and fact.kind == "years" else column.kind if column else "facts",
        "label": label.said if label else {},
        "values": values,
        "proposed": proposed,
        "shown": shown,
        "details": {
            normalise(s): effect(d.sets, d.needs, domains)
            for d in (column.details if column else ())
            for s in d.spellings
        },
        "until": bool(column and column.until),
        "open": bool(column and column.open),
        "sets": effect(column.sets, (), domains) if column and column.sets else None,
        "need": column.need if column else None,
        "blocking": bool(column and column.blocking),
    }


def _titles(facts: Sequence[WrittenFact], columns: ColumnsFile) -> list[tuple[str, str]]:
    """Every (column, title) that is written or follows from a fact's names; the last one of a spelling is the one shown."""
    own = [(f.name, title) for f in facts for title in (f.name, f.flag or f.name, f.label.fr)]
    written = [(f.name, title) for f in facts for title in f.headers]
    return own + written + [(c.id, title) for c in columns.columns for title in (*c.proposed, *c.headers)]


def _headers(facts: Sequence[WrittenFact], columns: ColumnsFile) -> dict[str, tuple[str, ...]]:
    proposed = {normalise(h) for c in columns.columns for h in c.proposed}
    headers = {
        normalise(title): (column,)
        for column, title in _titles(facts, columns)
        if normalise(title) not in proposed
    }
    headers |= {normalise(h): (f.column,) for f in columns.flags for h in f.headers}
    return headers | {normalise(a.header): tuple(a.columns) for a in columns.ambiguous}
