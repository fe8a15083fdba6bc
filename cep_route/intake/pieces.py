"""Kinds of rows to the text that is appended to them, in five ready-made pieces, each made once for what it hangs on: `who` (a kind of
person), `desk` (who comes first, and a home), `until` (an age, and a birth date), `needs` (partners: a public, a place, needs) and
`notes` (what is to be said). Any other cut makes as many pieces as rows: homes, needs and birth dates together differ on most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Generic, NamedTuple

from msgspec import Struct

from cep_route.directory.where import Partners
from cep_route.engine.explain import Openness
from cep_route.intake.people import (
    KEPT_AT_MOST,
    Memo,
    N,
    People,
    RowWise,
    Way,
)
from cep_route.messages import day_words, plural, say, template
from cep_route.model.answer import Desk, Finding, Match, Profile
from cep_route.model.law import When, day_before
from cep_route.model.profile import birthday, ordered_needs
from cep_route.render.data import operator_name
from cep_route.render.telling import phone_words

# what we append to a row, in the default order, and the piece that holds it
PIECE_OF = {
    "cep_first": "who", "cep_name": "who", "cep_possible": "who", "cep_decided": "who",
    "cep_desk": "desk", "cep_address": "desk", "cep_phone": "desk", "cep_desk_note": "desk",
    "cep_outside": "who", "cep_eligible": "who", "cep_why": "who", "cep_law": "who", "cep_rules": "who", "cep_missing": "who",
    "cep_question": "who", "cep_until": "until", "cep_partners": "needs", "cep_unmet": "needs", "cep_assumed": "who",
    "cep_warnings": "notes",
}  # fmt: skip
PIECES = ("who", "desk", "until", "needs", "notes")
COLUMNS = tuple(PIECE_OF)
MINIMAL = COLUMNS[:7]
PARTNERS_AT_MOST = 2_000  # publics at places of which the partners are kept

Render = Callable[[Sequence[str]], str]  # cells of ours that follow one another, to what the writer appends


class Piece(Struct, frozen=True, eq=False):
    """The text of each stretch of columns that a piece holds; `notes`: the number of what is to be said of it."""

    texts: Sequence[str]
    notes: int


class Answered(NamedTuple, Generic[N]):
    """What rows get. `why`: of each the number of why it is refused, 0 where it is not; of those that are not, `persons`, and the numbers of
    their pieces, in the order of `PIECES`.
    """

    why: N
    persons: N
    pieces: tuple[N, ...]


class Pieces:
    """The pieces of the answers to a file. `columns`: ours that come out, in their order; `joined`: whether columns of one piece that
    follow one another are rendered together.
    """

    def __init__(
        self,
        people: People,
        *,
        columns: Sequence[str] = COLUMNS,
        render: Render = "".join,
        joined: bool = True,
    ) -> None:
        self.people, self._render = people, render
        self.law, self.on, self.lang = people.law, people.on, people.lang
        stretches = [[name] for name in columns]
        if joined:
            stretches = [list(names) for _, names in groupby(columns, PIECE_OF.__getitem__)]
        self._stretches = [(PIECE_OF[names[0]], names) for names in stretches]
        kinds = [piece for piece, _ in self._stretches]
        self._made: dict[str, list[Piece]] = {piece: [] for piece in PIECES}
        self.who, self.desks, self.untils = Memo(self._who), Memo(self._desk), Memo(self._until)
        self.needs, self.notes = Memo(self._needs), Memo(self._notes)
        self.refused = Memo(lambda *why: next(filter(None, why), 0))  # the first reason
        self.plan = [
            (PIECES.index(piece), self._made[piece], kinds[:i].count(piece)) for i, piece in enumerate(kinds)
        ]
        self._desk_of = dict[tuple[str, int], tuple[Desk, tuple[Finding, ...]]]()
        self._partners = dict[tuple[int, int], Partners]()
        self._held = dict[tuple[int, int], Openness]()  # of a view and a box

    def answer(
        self, rows: Sequence[Sequence[str]], notes: Sequence[Sequence[Finding]]
    ) -> Answered[list[int]]:
        """What rows of cells get, or why they are rejected. `notes`: what is to be said of each row itself."""
        return self.numbers(RowWise(rows), [self.people.noted(note) if note else 0 for note in notes])

    def texts(self, answered: Answered[list[int]]) -> Iterable[Sequence[str]]:
        """The text of each stretch of our columns, of each row that is not refused."""
        columns = [[things[n].texts[i] for n in answered.pieces[piece]] for piece, things, i in self.plan]
        return zip(*columns, strict=True) if columns else [()] * len(answered.persons)

    def numbers(self, way: Way[N], said: N) -> Answered[N]:
        """What rows get. `said`: the number of what is to be said of each row itself."""
        people, read = self.people, way.read
        kinds = people.of(way)
        every: tuple[list[Any], ...] = (people.kinds.things, people.spots.things, people.sets.things)
        told = zip(kinds, every, strict=False)
        why = way.number(self.refused, *(read(numbers, things, "refused") for numbers, things in told))
        who, where, needs, born, doubt, said = (way.keep(numbers, why) for numbers in (*kinds, said))
        persons, spots, _ = every
        desk = way.number(self.desks, read(who, persons, "first"), where)
        view = way.times(read(who, persons, "view"), read(where, spots, "has_partners"))
        born = way.times(read(who, persons, "hangs"), born)
        notes = [
            read(numbers, things, "notes") for numbers, things in zip((who, where, needs), every, strict=True)
        ]
        return Answered(
            why,
            who,
            (
                way.number(self.who, who),
                desk,
                way.number(self.untils, read(who, persons, "until"), born),
                way.number(self.needs, view, read(where, spots, "ground"), needs),
                way.number(self.notes, *notes, doubt, read(desk, self._made["desk"], "notes"), said),
            ),
        )

    def forget(self) -> bool:
        """Start again where too much was made; whether numbers of pieces met before count no more."""
        self.people.forget()
        memos = [self.desks, self.untils, self.needs, self.notes]
        full = any(len(made) > KEPT_AT_MOST for made in memos)
        if full:
            for memo in (*memos, self.who):
                memo.clear()
            for things in self._made.values():
                things.clear()
            self._desk_of.clear()
        return full

    # -- the pieces -----------------------------------------------------------------------------------------------------

    def _keep(self, piece: str, cells: Mapping[str, str], notes: int = 0) -> int:
        """The number of a piece that is made of these cells."""
        render, made = self._render, self._made[piece]
        made.append(
            Piece([render([cells[n] for n in names]) for of, names in self._stretches if of == piece], notes)
        )
        return len(made) - 1

    def _who(self, number: int) -> int:
        person = self.people.kinds.things[number]
        decision = person.decision
        reasons = [r for r in decision.reasons if r.role != "note"]
        telling = [r for r in reasons if r.operator in decision.first] or reasons
        telling += [r for r in decision.protects if r not in telling]
        sources = [self.law.source(key) for key in dict.fromkeys(s for r in telling for s in r.sources[:1])]
        missing = [self.law.facts[m.fact] for m in decision.missing]
        cells = {
            "cep_first": " ".join(decision.first),
            "cep_name": " | ".join(operator_name(self.law, c, self.on, self.lang) for c in decision.first),
            "cep_possible": "" if decision.decided else " ".join(decision.possible),
            "cep_decided": "yes" if decision.decided else "no",
            "cep_outside": " ".join(decision.see or (decision.outside,)) if decision.outside else "",
            "cep_eligible": " ".join(e.operator for e in decision.eligible),
            "cep_why": " | ".join(dict.fromkeys(r.says[self.lang] for r in telling)),
            "cep_law": " | ".join(source.article or source.text for source in sources),
            "cep_rules": " ".join(r.rule for r in reasons),
            "cep_missing": " ".join(m.fact for m in decision.missing),
            "cep_question": missing[0].question[self.lang] if missing else "",
            "cep_assumed": " ".join(f"{name}={value}" for name, value in person.assumed),
        }
        return self._keep("who", cells)

    def _desk(self, first: int, place: int) -> int:
        """The desks of those who come first."""
        found = [self._found(code, place) for code in self.people.firsts.things[first]]
        desks = [desk for desk, _ in found]
        names = [d.name or operator_name(self.law, d.operator, self.on, self.lang) for d in desks]
        notes = dict.fromkeys(note for d in desks if (note := self._desk_note(d)))
        cells = {
            "cep_desk": " | ".join(names),
            "cep_address": " | ".join(map(_address, desks)),
            "cep_phone": " | ".join(dict.fromkeys(phone_shown(d.phone) for d in desks if d.phone)),
            "cep_desk_note": " | ".join(notes),
        }
        return self._keep("desk", cells, self.people.noted(w for _, warnings in found for w in warnings))

    def _found(self, code: str, place: int) -> tuple[Desk, tuple[Finding, ...]]:
        """The desk of an operator for a place, and what is to be said of it."""
        known = self._desk_of.get((code, place))
        if known is None:
            spot = self.people.spots.things[place].spot
            assert spot is not None  # a home that is refused gets no answer
            local = self.people.local(spot)
            desk = local.desk_of(code)
            # CEP232 says that no phone is known: the cell shows it
            told = tuple(w for w in local.warnings({code: desk}, ()) if w.code != "CEP232")
            known = self._desk_of[code, place] = desk, told
        return known

    def _desk_note(self, desk: Desk) -> str:
        """Where an address comes from, how old it is, and what it stands in for."""
        note = desk.note[self.lang] if desk.note else ""
        if not desk.as_of:
            return note
        day = day_words(desk.as_of, self.lang)
        told = say("batch.desk_age", self.lang, source=desk.source or "?", day=day)
        if desk.age_months:
            told += plural("batch.desk_months", desk.age_months, self.lang)
        if desk.shown in {"verify", "old"}:
            told += say("batch.desk_verify", self.lang)
        return told + template("calendar.semicolon", self.lang) + note if note else told

    def _until(self, end: int, birth: int) -> int:
        """The end of an answer: a day, or the age at which it changes when no birth date tells the day."""
        until = self.people.ends.things[end]
        if isinstance(until, int):
            born = self.people.born.meanings[birth].day if self.people.born is not None else None
            until = day_before(birthday(born, until)) if born else f"age:{until}"
        return self._keep("until", {"cep_until": until})

    def _needs(self, view: int, ground: int, wanted: int) -> int:
        """The partners of some needs; the view counts where there are partners."""
        needs, (spot, _) = self.people.sets.things[wanted], self.people.grounds.things[ground]
        assert spot is not None
        asked = ordered_needs(needs.needs, needs.blocking, self.law, spot.territory.card)
        partners, unmet = self._answering(view, ground).matches(asked) if asked else ((), ())
        best: dict[str, Match] = {}
        for match in partners:
            best.setdefault(match.need, match)
        told = " | ".join(f"{need}: {_partner(match)}" for need, match in best.items())
        return self._keep("needs", {"cep_partners": told, "cep_unmet": " ".join(unmet)})

    def _answering(self, view: int, ground: int) -> Partners:
        """Who answers needs at a place for a view; where there is no partner bodies do, for anybody."""
        known = self._partners.get((view, ground))
        if known is None:
            people, seen = self.people, self.people.views.things[view]
            spot, has_partners = people.grounds.things[ground]
            assert spot is not None
            local = people.local(spot)
            profile = Profile(facts=seen.sure.facts, birth_date=seen.sure.birth_date, commune=spot.commune)

            def holds(when: When) -> Openness:
                """Whether a box holds who is so seen: asked once, wherever they live."""
                key = view, id(when)
                if key not in self._held:
                    self._held[key] = people.judge.box(when, profile, self.on)
                return self._held[key]

            if len(self._partners) >= PARTNERS_AT_MOST:
                self._partners.clear()
            eligible = seen.eligible if has_partners else ()
            known = self._partners[view, ground] = Partners(local, holds, eligible, local.schemes(holds))
        return known

    def _notes(self, *numbers: int) -> int:
        """What is to be said: of the person, the home, the needs, the age, the desks and the row, then what comes after all."""
        said = [self.people.notes.things[number] for number in numbers]
        told = dict.fromkeys([*(s for now, _ in said for s in now), *(s for _, after in said for s in after)])
        return self._keep("notes", {"cep_warnings": " | ".join(told)})


def _partner(match: Match) -> str:
    phone = match.desk.phone if match.desk else None
    return f"{match.name} ({phone_shown(phone)})" if phone else match.name


def _address(desk: Desk) -> str:
    """The address of a desk, with its town; of a desk without, what leads there."""
    return desk.address or ", ".join(p for p in (desk.commune_name, desk.url) if p)


def phone_shown(phone: str) -> str:
    """A number as people write it: a foreign one begins with 00, for a cell that begins with `+` would be a formula."""
    shown = phone_words(phone)
    return "00" + shown[1:] if shown.startswith("+") else shown
