"""Kinds of rows to the text that is appended to them, in five ready-made pieces, each made once for what it hangs on: `who` (a kind of
person), `desk` (who comes first, and a home), `until` (an age, and a birth date), `needs` (partners: a public, a place, needs) and
`notes` (what is to be said). Any other cut makes as many pieces as rows: homes, needs and birth dates together differ on most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Generic, NamedTuple

from msgspec import Struct

from cep_route.directory.where import Partners, ordered_needs
from cep_route.engine.explain import Openness
from cep_route.intake.people import (
    KEPT_AT_MOST,
    Makings,
    N,
    People,
    RowWise,
    Way,
)
from cep_route.messages import day_words, plural, say, template
from cep_route.model.answer import Desk, Finding, Match, Profile
from cep_route.model.law import When, day_before
from cep_route.model.profile import birthday
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
        self.who, self.desks, self.untils = Makings(self._who), Makings(self._desk), Makings(self._until)
        self.needs, self.notes = Makings(self._needs), Makings(self._notes)
        made = (self.who, self.desks, self.untils, self.needs, self.notes)
        self.plan = [
            (PIECES.index(piece), made[PIECES.index(piece)].things, kinds[:i].count(piece))
            for i, piece in enumerate(kinds)
        ]
        self._desk_of = dict[tuple[str, int], tuple[Desk, tuple[Finding, ...]]]()
        self._partners = dict[tuple[int, int], Partners]()

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
        every: tuple[list[Any], ...] = (people.kinds, people.spots, people.sets)
        why = way.none
        for numbers, things in zip(kinds, every, strict=False):
            why = way.either(why, read(numbers, things, "refused"))
        who, where, needs, born, doubt, said = (way.keep(numbers, why) for numbers in (*kinds, said))
        desk = way.number(self.desks, read(who, people.kinds, "first"), where)
        notes = [
            read(numbers, things, "notes") for numbers, things in zip((who, where, needs), every, strict=True)
        ]
        here = read(where, people.spots, "has_partners")
        public = way.number(people.public, way.times(who, here), here)
        pieces = (
            way.number(self.who, read(who, people.kinds, "telling")),
            desk,
            way.number(
                self.untils,
                read(who, people.kinds, "until"),
                way.times(read(who, people.kinds, "hangs"), born),
            ),
            way.number(self.needs, public, read(where, people.spots, "ground"), needs),
            way.number(self.notes, *notes, doubt, read(desk, self.desks.things, "notes"), said),
        )
        return Answered(why, who, pieces)

    def forget(self) -> bool:
        """Start again where too much was made; whether numbers of pieces met before count no more."""
        self.people.forget()
        full = any(len(made) > KEPT_AT_MOST for made in (self.desks, self.untils, self.needs, self.notes))
        if full:
            for kept in (self.desks, self.untils, self.needs, self.notes, self._desk_of):
                kept.clear()
        return full

    # -- the pieces -----------------------------------------------------------------------------------------------------

    def _made(self, piece: str, cells: Mapping[str, str], notes: int = 0) -> Piece:
        render, stretches = self._render, self._stretches
        texts = [render([cells[n] for n in names]) for of, names in stretches if of == piece]
        return Piece(texts, notes)

    def _who(self, number: int) -> Piece:
        kind = self.people.tellings[number]
        decision = kind.decision
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
            "cep_assumed": " ".join(f"{name}={value}" for name, value in kind.assumed),
        }
        return self._made("who", cells)

    def _desk(self, first: int, place: int) -> Piece:
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
        return self._made("desk", cells, self.people.noted(w for _, warnings in found for w in warnings))

    def _found(self, code: str, place: int) -> tuple[Desk, tuple[Finding, ...]]:
        """The desk of an operator for a place, and what is to be said of it."""
        known = self._desk_of.get((code, place))
        if known is None:
            spot = self.people.spots[place].spot
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

    def _until(self, end: int, birth: int) -> Piece:
        """The end of an answer: a day, or the age at which it changes when no birth date tells the day."""
        until = self.people.ends.things[end]
        if isinstance(until, int):
            born = self.people.born.meanings[birth].day if self.people.born is not None else None
            until = day_before(birthday(born, until)) if born else f"age:{until}"
        return self._made("until", {"cep_until": until})

    def _needs(self, public: int, ground: int, wanted: int) -> Piece:
        """The partners of some needs; `public` counts where there are partners."""
        needs, spot = self.people.sets[wanted], self.people.grounds[ground].spot
        assert spot is not None
        asked = ordered_needs(needs.needs, needs.blocking, self.law, spot.territory.card)
        partners, unmet = self._answering(public, ground).matches(asked) if asked else ((), ())
        best: dict[str, Match] = {}
        for match in partners:
            best.setdefault(match.need, match)
        told = " | ".join(f"{need}: {_partner(match)}" for need, match in best.items())
        return self._made("needs", {"cep_partners": told, "cep_unmet": " ".join(unmet)})

    def _answering(self, public: int, ground: int) -> Partners:
        """Who answers needs at a place for a public; where there is no partner bodies do, for anybody."""
        known = self._partners.get((public, ground))
        if known is None:
            place, told = self.people.grounds[ground], self.people.publics[public]
            assert place.spot is not None
            local = self.people.local(place.spot)
            facts, born = told.sure.facts, told.sure.birth_date
            profile = Profile(facts=facts, birth_date=born, commune=place.spot.commune)
            states = {id(when): state for when, state in zip(self.people.boxes, told.states, strict=False)}

            def holds(when: When) -> Openness:
                """Whether a box holds the public: most were asked once, of all."""
                return states.get(id(when)) or self.people.judge.box(when, profile, self.on)

            if len(self._partners) >= PARTNERS_AT_MOST:
                self._partners.clear()
            eligible = told.eligible if place.has_partners else ()
            known = self._partners[public, ground] = Partners(local, holds, eligible, local.schemes(holds))
        return known

    def _notes(self, *numbers: int) -> Piece:
        """What is to be said: of the person, the home, the needs, the age, the desks and the row, then what comes after all."""
        said = [self.people.notes.things[number] for number in numbers]
        told = dict.fromkeys([*(s for now, _ in said for s in now), *(s for _, after in said for s in after)])
        return self._made("notes", {"cep_warnings": " | ".join(told)})


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
