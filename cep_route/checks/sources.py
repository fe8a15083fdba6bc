"""The age and use of sources: what was not read again for long, what nothing cites. The day is given; no clock is read, no page opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cep_route.checks.names import Located, WrittenNames
from cep_route.directory.age import last_of, months_between
from cep_route.model.answer import Finding
from cep_route.model.law import Body, Channel, Level, day_before
from cep_route.model.written import WrittenRule, WrittenSource


def sources(written: WrittenNames, on: str, months: int | None = None) -> list[Finding]:
    """Sources older than `months` on the day (CEP301), read after it (CEP302), or cited by nothing (CEP303).

    The age counts from the day of reading; the text's own date counts too, as a warning, where it was not read whole or where a newer
    version is known (CEP304).
    """
    users = _users(written)
    found: list[Finding] = []
    for one in written.located_sources:
        found += stale(one, on, months, users.get(one.item.id or one.item.text, ()))
        if one.item.id and one.item.id not in users:
            values = {"id": one.item.id}
            found.append(Finding(code="CEP303", values=values, place=one.place("id"), severity="warning"))
    for one in written.located:
        if isinstance(one.item, WrittenSource) and one.path[0] == "rules":  # written in a rule itself
            found += stale(one, on, months, [one.title])
    return sorted(found, key=Finding.order)


def stale(one: Located, on: str, months: int | None, users: Sequence[str] = ()) -> Iterator[Finding]:
    """What is old of a source that some rules, operators and bodies cite; without `months`, only what was read after the day."""
    source: WrittenSource = one.item
    read_on = source.read_on.isoformat()
    told = {"id": source.id or source.text[:60]}
    if read_on > on:
        values = told | {"read_on": read_on, "on": on}
        yield Finding(code="CEP302", values=values, place=one.place("read_on"), severity="warning")
    if months is None:
        return
    told["months"] = str(months)
    if _older(read_on, on, months):
        shown = " ".join(users[:8]) + (" …" if len(users) > 8 else "")
        values = told | {"read_on": read_on, "rules": shown or "-"}
        yield Finding(code="CEP301", values=values, place=one.place("read_on"))
    elif source.newer or source.read in ("part", "quoted"):  # a version still in force has no age
        last = (source.of or "").rpartition("..")[2]
        if last and _older(last_of(last), on, months):
            values = told | {"of": source.of or ""}
            yield Finding(code="CEP304", values=values, place=one.place("of"), severity="warning")


def _older(day: str, on: str, months: int) -> bool:
    return months_between(day, day_before(on)) >= months


def _users(written: WrittenNames) -> dict[str, list[str]]:
    """Source -> the rules, operators, bodies and levels that cite it, each once."""
    users: dict[str, dict[str, None]] = {}
    kinds = (WrittenRule, Body, Level, Channel)
    citing = [one for kind in kinds for one in written.located if isinstance(one.item, kind)]
    citing += [one for one in written.located_configurations if isinstance(one.item, WrittenRule)]
    for one in citing:
        for word in one.item.sources:
            users.setdefault(word if isinstance(word, str) else word.text, {})[one.title] = None
    return {source: list(mine) for source, mine in users.items()}
