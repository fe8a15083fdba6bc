"""The age and use of sources: what was not read again for long, what nothing cites. The day is given; no clock is read, no page opened."""

from __future__ import annotations

from collections.abc import Iterator

from cep_route.checks.names import Located, WrittenNames
from cep_route.model.answer import Finding
from cep_route.model.written import WrittenSource


def sources(written: WrittenNames, on: str, months: int | None = None) -> list[Finding]:
    """Sources older than `months` on the day (CEP301), read after it (CEP302), or cited by nothing (CEP303).

    The age counts from the day of reading; the text's own date counts too, as a warning, where it was not read whole or where a newer
    version is known (CEP304).
    """
    users = _users(written)
    found: list[Finding] = []
    for one in written.located_sources:
        read_on = one.item.read_on.isoformat()
        name = one.item.id or one.item.text[:60]
        if months is not None and months_between(read_on, on) > months:
            found.append(_stale(one, name, read_on, months, users.get(name, [])))
        elif months is not None and _old_text(one.item, on, months):
            values = {"id": name, "of": one.item.of or "", "months": str(months)}
            found.append(Finding(code="CEP304", values=values, place=one.place("of"), severity="warning"))
        if read_on > on:
            values = {"id": name, "read_on": read_on, "on": on}
            found.append(
                Finding(code="CEP302", values=values, place=one.place("read_on"), severity="warning")
            )
        if one.item.id and one.item.id not in users:
            found.append(
                Finding(code="CEP303", values={"id": name}, place=one.place("id"), severity="warning")
            )
    found += _inline(written, on, months)
    return sorted(found, key=Finding.order)


def _old_text(source: WrittenSource, on: str, months: int) -> bool:
    """Is the text itself old, and either not read whole or known to have a newer version? A version still in force has no age."""
    last = (source.of or "").rpartition("..")[2]
    if not last or not (source.newer or source.read in ("part", "quoted")):
        return False
    return (
        months_between(last + "-12-31"[: 10 - len(last)] if len(last) == 4 else (last + "-28")[:10], on)
        > months
    )


def months_between(earlier: str, later: str) -> float:
    """Whole months between two ISO days, and a half for a month begun: 12 months to the day is 12, one day more is 12.5."""
    whole = (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])
    if later[8:] == earlier[8:]:
        return whole
    return whole + 0.5 if later[8:] > earlier[8:] else whole - 0.5


def _stale(one: Located, name: str, read_on: str, months: int, rules: list[str]) -> Finding:
    shown = " ".join(rules[:8]) + (" …" if len(rules) > 8 else "")
    values = {"id": name, "read_on": read_on, "months": str(months), "rules": shown or "-"}
    return Finding(code="CEP301", values=values, place=one.place("read_on"))


def _inline(written: WrittenNames, on: str, months: int | None) -> Iterator[Finding]:
    """Sources written in a rule itself."""
    for one in written.located_rules:
        for i, source in enumerate(one.item.sources):
            if isinstance(source, str) or months is None:
                continue
            read_on = source.read_on.isoformat()
            if months_between(read_on, on) > months:
                values = {
                    "id": source.text[:60],
                    "read_on": read_on,
                    "months": str(months),
                    "rules": one.item.id,
                }
                yield Finding(code="CEP301", values=values, place=one.place("sources", i))


def _users(written: WrittenNames) -> dict[str, list[str]]:
    """Source -> the rules, operators and bodies that cite it."""
    users: dict[str, list[str]] = {}
    cited = [(r.id, r.sources) for r in written.rules]
    cited += [(b.code, b.sources) for b in written.bodies]
    cited += [(f"level {n.number}", n.sources) for n in written.levels]
    cited += [(o.code, c.sources) for o in written.operators for c in o.channels]
    cited += [(r.id, r.sources) for c in written.cooperations for r in c.rules]
    for user, words in cited:
        for word in words:
            mine = users.setdefault(word if isinstance(word, str) else word.text, [])
            if user not in mine:
                mine.append(user)
    return users
