"""What would decide the rows that are not decided: assumptions, and facts that no column tells, counted by the engine for each kind of
person. Never assumes anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from cep_route.engine.explain import Placed
from cep_route.intake.people import PROPOSED, People, Person
from cep_route.intake.writer import Tally
from cep_route.model.answer import Profile


class Helps(Struct, frozen=True, kw_only=True):
    """Assumptions, and facts that a column could tell, each with how many rows it would decide, most first."""

    assumptions: tuple[tuple[tuple[tuple[str, str], ...], int], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()


def helps(tally: Tally) -> Helps:
    """What would decide rows that went out."""
    people = tally.people
    told = {name for codes in people.who_at for name in codes.tells}
    sets = [{n: PROPOSED[n]} for n in PROPOSED] + [dict(PROPOSED)]
    assumed, columns = [0] * len(sets), dict[str, int]()
    for person, count in _undecided(people, tally.rows):
        for at, facts in enumerate(sets):
            if facts.keys() <= set(person.silent):
                assumed[at] += count * _decides(people, person.profile, facts)
        for missing in person.decision.missing:
            if missing.fact not in told and all(
                _decides(people, person.profile, {missing.fact: _one_of(span)}) for span in missing.splits
            ):
                columns[missing.fact] = columns.get(missing.fact, 0) + count
    return Helps(
        assumptions=tuple((tuple(f.items()), n) for f, n in zip(sets, assumed, strict=True) if n),
        columns=tuple(sorted(columns.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _undecided(people: People, rows: Mapping[int, int]) -> list[tuple[Person, int]]:
    """One person of all who stand at one place of the diagram, and their rows: they have the same answers to come."""
    roots: dict[int, int] = {}
    groups: dict[tuple[int, tuple[str, ...]], tuple[Person, int]] = {}
    for number, count in rows.items():
        person = people.kinds.things[number]
        if person.decision.decided:
            continue
        root = roots.get(id(person.decision))
        if root is None:
            root = roots[id(person.decision)] = Placed(people.judge, person.profile, people.on).root
        first, before = groups.get((root, person.silent), (person, 0))
        groups[root, person.silent] = first, before + count
    return list(groups.values())


def _decides(people: People, profile: Profile, facts: Mapping[str, str | int]) -> bool:
    """Whether a person is decided once some facts are known."""
    asked = replace(profile, facts={**profile.facts, **facts})
    if people.judge.contradictions(people.judge.facts(asked, people.on), people.on):
        return False
    return len({outcome.first for outcome in Placed(people.judge, asked, people.on).outcomes}) == 1


def _one_of(span: str) -> str | int:
    """A value of a class: 16 of `16..25`, `bac3` of `bac3 bac4`."""
    first = span.split(maxsplit=1)[0].partition("..")[0]
    return int(first) if first.isdigit() else first
