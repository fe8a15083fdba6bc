"""Kinds of rows to the text that is appended to them, in five ready-made pieces, each made once for what it hangs on: `who` (a kind of
person), `desk` (who comes first, and a home), `until` (an age, and a birth date), `needs` (partners: a public, a place, needs) and
`notes` (what is to be said). Any other cut makes as many pieces as rows: homes, needs and birth dates together differ on most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from cep_route.directory.partners import BoxJudge, Partners, ordered_needs
from cep_route.engine.explain import Openness
from cep_route.intake.people import Memo, Numbers, People, Person, RefusedRow
from cep_route.messages import day_words, plural, say, template
from cep_route.model.answer import Desk, Finding, Match, Profile
from cep_route.model.law import day_before
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
COLUMNS = tuple(PIECE_OF)
MINIMAL = COLUMNS[:7]
PARTNERS_AT_MOST = 2_000  # publics at places of which the partners are kept

Piece = tuple[str, ...]  # the text of each stretch of columns that the piece holds
Render = Callable[[Sequence[str]], str]  # cells of ours that follow one another, to what the writer appends


class RowAnswer(NamedTuple):
    """What is appended to a row, stretch by stretch, and the person it speaks of."""

    suffix: Piece
    person: Person


class DeskPiece(NamedTuple):
    """The desks of those who come first, and the number of what is to be said of them."""

    texts: Piece
    notes: int


class _PublicBoxes:
    """What is asked of the engine for a public: which boxes hold it was asked once."""

    def __init__(self, people: People, states: tuple[Openness, ...]) -> None:
        self.law, self._judge = people.law, people.judge
        self._states = {id(when): state for when, state in zip(people.boxes, states, strict=True)}

    def box(self, when: Mapping[str, tuple[str, ...]], profile: Profile, on: str) -> Openness:
        found = self._states.get(id(when))
        return self._judge.box(when, profile, on) if found is None else found


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
        self.plan = tuple((piece, kinds[:i].count(piece)) for i, piece in enumerate(kinds))
        self.who = Memo(self._who)
        self.desks = Memo(self._desk)
        self.untils = Memo(self._until)
        self.needs = Memo(self._needs)
        self.notes = Memo(self._notes)
        self.publics: list[tuple[Person, _PublicBoxes]] = []
        self._public_of, self._of_states = dict[int, int](), Numbers()
        self._states: dict[Hashable, tuple[Openness, ...]] = {}
        self._desk_of = Memo(self._found)
        self._partners = Memo(self._answering, PARTNERS_AT_MOST)
        self.doubtful = 0  # the number of what is said of an age that is not the birth date's
        if people.born is not None and people.aged is not None:
            values = {"column": people.born.column.header, "other": people.aged.column.header}
            self.doubtful = people.noted([Finding(code="CEP470", values=values, severity="warning")])

    def answer(self, cells: Sequence[str], notes: tuple[Finding, ...] = ()) -> RowAnswer | RefusedRow:
        """What a row gets, or why it is rejected. `notes`: what is to be said of the row itself."""
        people = self.people
        person, place, needs = people.of(cells)
        refused = person.refused or place.refused or needs.refused
        if refused:
            return refused
        born, doubt = None, 0
        if people.born is not None:
            born, years = people.born.exactly(cells[people.born.at])
            if people.aged is not None:
                doubt = self.doubt(years, people.aged.exactly(cells[people.aged.at])[1])
        desk: DeskPiece = self.desks[person.first, place.id]
        said = people.noted(notes) if notes else 0
        pieces = {
            "who": self.who[(person.id,)],
            "desk": desk.texts,
            "until": self.untils[person.until, born if self.hangs_on_birth(person.until) else None],
            "needs": self.needs[self.public(person) if place.has_partners else 0, place.ground, needs.id],
            "notes": self.notes[person.notes, place.notes, needs.notes, doubt, desk.notes, said],
        }
        return RowAnswer(tuple([pieces[piece][i] for piece, i in self.plan]), person)

    def doubt(self, born: int | None, told: int | None) -> int:
        """The number of what is to be said where the age of a birth date is not the one told; a year apart is a file some months old."""
        return self.doubtful if born is not None and told is not None and abs(born - told) > 1 else 0

    def hangs_on_birth(self, end: int) -> bool:
        """Whether the end of an answer is an age, whose day the birth date tells."""
        return isinstance(self.people.ends.things[end], int)

    # -- the pieces -----------------------------------------------------------------------------------------------------

    def _made(self, piece: str, cells: Mapping[str, str]) -> Piece:
        return tuple(self._render([cells[n] for n in names]) for of, names in self._stretches if of == piece)

    def _who(self, person: int) -> Piece:
        kind = self.people.kinds[person]
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

    def _desk(self, first: int, place: int) -> DeskPiece:
        found = [self._desk_of[code, place] for code in self.people.firsts.things[first]]
        desks = [desk for desk, _ in found]
        names = [d.name or operator_name(self.law, d.operator, self.on, self.lang) for d in desks]
        notes = dict.fromkeys(note for d in desks if (note := self._desk_note(d)))
        cells = {
            "cep_desk": " | ".join(names),
            "cep_address": " | ".join(map(_address, desks)),
            "cep_phone": " | ".join(dict.fromkeys(phone_shown(d.phone) for d in desks if d.phone)),
            "cep_desk_note": " | ".join(notes),
        }
        remarks = self.people.noted(w for _, warnings in found for w in warnings)
        return DeskPiece(self._made("desk", cells), remarks)

    def _found(self, code: str, place: int) -> tuple[Desk, tuple[Finding, ...]]:
        """The desk of an operator for a place, and what is to be said of it."""
        spot = self.people.spots[place].spot
        assert spot is not None  # a home that is refused gets no answer
        local = self.people.local(spot)
        desk = local.desk_of(code)
        # CEP232 says that no phone is known: the cell shows it
        return desk, tuple(w for w in local.warnings({code: desk}, ()) if w.code != "CEP232")

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

    def _until(self, end: int, born: str | None) -> Piece:
        """The end of an answer: a day, or the age at which it changes when no birth date tells the day."""
        until = self.people.ends.things[end]
        if isinstance(until, int):
            until = day_before(birthday(born, until)) if born else f"age:{until}"
        return self._made("until", {"cep_until": until})

    def _needs(self, public: int, ground: int, wanted: int) -> Piece:
        """The partners of some needs; `public` counts where there are partners."""
        needs, spot = self.people.sets[wanted], self.people.grounds[ground].spot
        assert spot is not None
        asked = ordered_needs(needs.needs, needs.blocking, self.law, spot.territory.card)
        partners, unmet = self._partners[public, ground].matches(asked) if asked else ((), ())
        best: dict[str, Match] = {}
        for match in partners:
            best.setdefault(match.need, match)
        told = " | ".join(f"{need}: {_partner(match)}" for need, match in best.items())
        return self._made("needs", {"cep_partners": told, "cep_unmet": " ".join(unmet)})

    def _answering(self, public: int, ground: int) -> Partners:
        """Who answers needs at a place for a public; where there is no partner bodies do, for anybody."""
        place = self.people.grounds[ground]
        assert place.spot is not None
        local = self.people.local(place.spot)
        if not place.has_partners:
            return local.answering((), ())
        person, held = self.publics[public]
        asked: BoxJudge = held
        local = local.asked_by(
            asked,
            Profile(facts=person.sure.facts, birth_date=person.sure.birth_date, commune=place.spot.commune),
        )
        return local.answering(local.schemes(), tuple(e.operator for e in person.decision.eligible))

    def public(self, person: Person) -> int:
        """Persons who are alike for every partner, scheme and operator of the territories have one number."""
        number = self._public_of.get(person.id)
        if number is None:
            key = id(person.decision), self.people.seen(person.sure)
            states = self._states.get(key)
            if states is None:
                judge = self.people.judge
                states = self._states[key] = judge.boxes(self.people.boxes, person.sure, self.on)
            number = self._of_states[tuple(e.operator for e in person.decision.eligible), states]
            if number == len(self.publics):
                self.publics.append((person, _PublicBoxes(self.people, states)))
            self._public_of[person.id] = number
        return number

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
