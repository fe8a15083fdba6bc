"""Recognised persons to output cells: the engine is asked once per kind of person, never once per row. Never decides, never opens
a file, never compares a person with a rule.

A row is three small keys: who the person is (the facts, an age by its class), where, with which needs. Each key met is resolved once.
What a row says is then five ready-made pieces, each made once for what it hangs on: `who` (a kind of person), `desk` (who comes first,
and a commune), `until` (an age, and a birth date), `needs` (partners: a public, a place, needs) and `notes` (what is to be said).
Any other cut makes as many pieces as rows: communes, needs and birth dates together are different on most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cep_route.directory import where
from cep_route.directory.partners import ordered_needs
from cep_route.engine.explain import Judge
from cep_route.engine.presume import of_commune
from cep_route.intake.cells import NOTHING, CellReading, cleaned
from cep_route.intake.columns import UNRECOGNISED, Home, ReadColumn, Recognised, Saved, settled
from cep_route.intake.columns import Mapping as Columns
from cep_route.intake.homes import Homes, Spot
from cep_route.messages import day_words, plural, said, say
from cep_route.model.answer import Decision, Desk, Finding, Match, Profile
from cep_route.model.law import YEARS, Law, day_before, spread
from cep_route.model.profile import age_on, birthday, facts_on
from cep_route.render.data import operator_name
from cep_route.text import normalise

# what we append to a row, in the default order, and the piece that holds it
PIECE_OF = {
    "cep_first": "who", "cep_name": "who", "cep_possible": "who", "cep_decided": "who",
    "cep_desk": "desk", "cep_address": "desk", "cep_phone": "desk", "cep_desk_note": "desk",
    "cep_outside": "who", "cep_eligible": "who", "cep_why": "who", "cep_law": "who", "cep_rules": "who", "cep_missing": "who",
    "cep_question": "who", "cep_until": "until", "cep_partners": "needs", "cep_unmet": "needs", "cep_assumed": "notes",
    "cep_warnings": "notes",
}  # fmt: skip
COLUMNS = tuple(PIECE_OF)
MINIMAL = COLUMNS[:7]
HOME_KINDS = frozenset(("postcode", "commune", "postcode_commune", "insee", "departement", "address"))
NO_COMMUNE = frozenset(("CEP552", "CEP554", "CEP565"))  # a home that says no commune there is
_FAULTS = UNRECOGNISED | NO_COMMUNE
_DEFAULTS = frozenset(("no", "none", 0))  # of a prepared row
NEED_KINDS = frozenset(("needs", "need"))
KEPT_AT_MOST = 200_000  # entries of a memo; then it starts again
NEVER_ASSUMED = frozenset(("age", "birth_date", "commune", "needs"))
PROPOSED = {"disability": "none", "cadre": "no"}  # the only assumptions that are proposed
_NULLS = frozenset(
    ("", "null", "none", "nan", "na", "n a", "nul")
)  # what a program writes where nothing was said

Render = Callable[[Sequence[str]], str]  # cells of ours that follow one another, to what the writer appends
Piece = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which of our columns come out, in which order: stretches of columns that one piece holds, in the order of the output."""

    columns: tuple[str, ...] = COLUMNS
    joined: bool = True  # whether columns of one piece that follow one another are rendered together

    def stretches(self) -> list[tuple[str, list[str]]]:
        """The piece and the columns of each stretch."""
        found: list[tuple[str, list[str]]] = []
        for name in self.columns:
            if self.joined and found and found[-1][0] == PIECE_OF[name]:
                found[-1][1].append(name)
            else:
                found.append((PIECE_OF[name], [name]))
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """One kind of person: everything of an answer that hangs on who, and on nothing else.

    `until`: the number of a text, or of the age at which the answer changes (the day then hangs on the birth date). `assumed`, `silent`:
    facts taken as assumed, and those of `PROPOSED` of which the row says nothing; `dropped`: assumptions against what the row says.
    """

    id: int
    profile: Profile
    sure: Profile  # what may be compared with a partner's public
    decision: Decision
    until: int
    boxes: tuple[Any, ...]
    public: int  # those who are alike for every partner's public have one number
    first: int  # those who come first at the same operators have one number
    notes: int
    who: Piece
    assumed: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    empty: bool = False  # nothing, or only what stands in a prepared row
    refused: Finding | None = None
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowPlace:
    """One kind of home. `ground`: places with the same partners have one number; without any, all of a territory."""

    id: int
    spot: Spot | None
    notes: int
    ground: int
    has_partners: bool = False
    empty: bool = False  # no cell says where
    land: int = 0  # communes that tell the same facts have one number, 0 those that tell none
    refused: Finding | None = None
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Needs:
    """One set of needs."""

    id: int
    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    notes: int
    refused: Finding | None = None
    column: int = 0


class RowAnswer(NamedTuple):
    """What is appended to a row, stretch by stretch, and the person it speaks of."""

    suffix: tuple[str, ...]
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Helps:
    """What would decide rows that are not: assumptions, and facts that no column tells, each with how many rows it would decide."""

    assumptions: tuple[tuple[tuple[tuple[str, str], ...], int], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()


class Numbers(dict[Any, int]):
    """Things met, each with a number of its own, from 0; `things` by number."""

    def __init__(self) -> None:
        super().__init__()
        self.things: list[Any] = []

    def __missing__(self, thing: Any) -> int:
        number = self[thing] = len(self.things)
        self.things.append(thing)
        return number


class Memo(dict[Any, Any]):
    """What was made of each key; it starts again when it holds too many."""

    def __init__(self, make: Callable[..., Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        if len(self) >= KEPT_AT_MOST:
            self.clear()
        found = self[key] = self._make(*key)
        return found


class Codes(dict[str, int]):
    """Cell -> code of what it says; each distinct cell is read once, cells that say the same share a code.

    `silent`: of each code, whether it leaves to silence what its column tells: an empty cell, never « ? » nor one that cannot be read.
    """

    def __init__(
        self, column: ReadColumn, place: int, reduced: Callable[[CellReading], tuple[Any, CellReading]]
    ) -> None:
        super().__init__()
        self.column, self.at, self._reduced = column, column.position, reduced
        self.place = place  # of the column among all that are read
        self.readings: list[CellReading] = []
        self.silent: list[bool] = []
        self.tells = _tells(column)
        self._known: dict[Any, int] = {}

    def __missing__(self, text: str) -> int:
        key, reading = self._reduced(self.column.read(text))
        silent = reading == NOTHING and "?" not in text and normalise(cleaned(text)) in _NULLS
        code = self._known.get((key, silent))
        if code is None:
            code = self._known[key, silent] = len(self.readings)
            self.readings.append(reading)
            self.silent.append(silent)
        if len(self) >= KEPT_AT_MOST:
            self.clear()
        self[text] = code
        return code


class Exact(dict[str, Any]):
    """Cell -> the birth date (and the age that makes) or the age it tells, exactly; None when it tells none."""

    def __init__(self, column: ReadColumn, name: str, on: str) -> None:
        super().__init__()
        self.column, self.at, self.name, self.on = column, column.position, name, on

    def __missing__(self, text: str) -> Any:
        told = next((v for n, v in self.column.read(text).told if n == self.name), None)
        found = (told, age_on(str(told), self.on) if self.name == "birth_date" and told is not None else None)
        if len(self) >= KEPT_AT_MOST:
            self.clear()
        self[text] = found
        return found


class People:
    """The way from the cells of a row to what is appended to it. `assume`: facts taken for known where a row says nothing of them."""

    def __init__(
        self,
        columns: Columns,
        judge: Judge,
        homes: Homes,
        *,
        on: str,
        lang: str,
        render: Render,
        layout: Layout | None = None,
        strict: bool = False,
        territory_at: int | None = None,
        saved: Saved | None = None,
        assume: Mapping[str, str] | None = None,
    ) -> None:
        self.columns, self.judge, self.homes, self.law = columns, judge, homes, judge.law
        self.on, self.lang, self.strict = on, lang, strict
        self.assume = dict(assume or {})
        self.territory_at = territory_at
        self._boxes = tuple(_boxes(self.law, homes))
        self._nobody = {id(when): (False, ()) for when in self._boxes}  # a desk asks of no scheme
        self._later = tuple(s.since for s in self.law.segments if s.since > on)
        self.ages_alike = _ages_alike(self.law, on, self._boxes, self._later)
        self._starts = _age_starts(self.ages_alike)
        active = columns.active
        ages = [i for i, c in enumerate(active) if _may_tell_age(c, saved)]
        births = [i for i, c in enumerate(active) if c.kind == "birth_date"]
        self._birth = births[0] if len(births) == 1 and len(ages) <= 1 else None
        self._age = ages[0] if len(ages) == 1 and len(births) <= 1 else None
        self.who_at = self._codes(i for i, c in enumerate(active) if c.kind not in HOME_KINDS | NEED_KINDS)
        self.where_at = self._codes(i for i, c in enumerate(active) if c.kind in HOME_KINDS)
        self.needs_at = self._codes(
            i for i, c in enumerate(active) if c.kind in NEED_KINDS or _tells_needs(c, saved)
        )
        self.born = Exact(active[self._birth], "birth_date", on) if self._birth is not None else None
        self.aged = (
            Exact(active[self._age], "age", on) if self.born is not None and self._age is not None else None
        )
        # the three keys
        self.kinds: list[Person] = []  # by their ids
        self.spots: list[RowPlace] = []
        self.sets: list[Needs] = []
        self.persons, self.homes_met, self.needs_met = (
            Memo(self._person),
            Memo(self._place),
            Memo(self._needs),
        )
        self._alike: dict[Any, Any] = {}
        # the five pieces
        self._render = render
        self._stretches = (layout or Layout()).stretches()
        self.plan = tuple(
            (piece, [p for p, _ in self._stretches[:i]].count(piece))
            for i, (piece, _) in enumerate(self._stretches)
        )
        self.desks, self.untils = Memo(self._desk_piece), Memo(self._until_piece)
        self.partners, self.notes = Memo(self._needs_piece), Memo(self._notes_piece)
        self.alone = Memo(self._alone)
        by_law = [need for body in self.law.bodies.values() for need in body.needs]
        self._overlap = len(set(by_law)) < len(
            by_law
        )  # whether two bodies answer one need: the nearer one goes first
        self.ends, self.firsts = Numbers(), Numbers()
        self.publics: list[Person] = []  # one of each
        self.grounds: list[RowPlace] = []
        self._lands: list[str | None] = [None]  # a commune of each land that has a law of its own
        self._land_of: dict[Any, int] = {(): 0}
        self._public_of, self._ground_of = dict[Any, int](), dict[Any, int]()
        self._said: list[Any] = [()]  # number 0: nothing is to be said
        self._said_of: dict[Any, int] = {"": 0}
        self._decisions: dict[Any, Decision] = {}
        self._untils: dict[Any, str | int] = {}
        self._held: dict[Any, dict[int, Any]] = {}
        self._kept_desks: dict[
            Any, dict[Any, tuple[Desk, ...]]
        ] = {}  # of the houses of a territory, by commune
        # what else is wrong with a row that is refused
        self._beside: dict[int, tuple[Finding, Sequence[Finding]]] = {}
        self._nobody_kind: Person | None = None
        self.calls = 0  # of the engine

    def nobody(self) -> Person:
        """The kind of rows that are nobody."""
        if self._nobody_kind is None:
            self._nobody_kind = Person(
                id=len(self.kinds), profile=Profile(), sure=Profile(), decision=_NO_DECISION, until=0, boxes=(), public=0, first=0,
                notes=0, who=(), refused=Finding(code="CEP474"),
            )  # fmt: skip
            self.kinds.append(self._nobody_kind)
        return self._nobody_kind

    # -- one row --------------------------------------------------------------------------------------------------------

    def answer(
        self, cells: Sequence[str], notes: tuple[Finding, ...] = ()
    ) -> RowAnswer | tuple[int, Finding]:
        """What a row gets; or the column (counted from 1, 0 when it is several) and the reason why it is rejected.

        `notes`: what is to be said of the row itself.
        """
        place: RowPlace = self.homes_met[
            tuple([codes[cells[codes.at]] for codes in self.where_at]),
            cells[self.territory_at] if self.territory_at is not None else "",
        ]
        person: Person = self.persons[tuple([codes[cells[codes.at]] for codes in self.who_at]), place.land]
        needs: Needs = self.needs_met[(tuple([codes[cells[codes.at]] for codes in self.needs_at]),)]
        if person.refused or place.refused or needs.refused:
            return self.refusal(person, place, needs)
        if place.empty and (person.empty or not cells[0].strip()) and self.columns.nobody(cells):
            return self.refusal(self.nobody(), place, needs)
        born, doubt = None, False
        if self.born is not None:
            born, years = self.born[cells[self.born.at]]
            if self.aged is not None and years is not None:
                age = self.aged[cells[self.aged.at]][0]
                doubt = age is not None and not -2 < years - age < 2
        desk, remarks = self.desks[person.first, place.id]
        ground = place.ground
        pieces = {
            "who": person.who,
            "desk": desk,
            "until": self.untils[
                person.until, born if isinstance(self.ends.things[person.until], int) else None
            ],
            "needs": self.partners[person.public if place.has_partners else 0, ground, needs.id],
            "notes": self.notes[
                person.notes, place.notes, remarks, needs.notes, doubt, self.say(notes) if notes else 0
            ],
        }
        return RowAnswer(tuple([pieces[piece][i] for piece, i in self.plan]), person)

    def refusal(self, person: Person, place: RowPlace, needs: Needs) -> tuple[int, Finding]:
        """The column and the reason of a row that is refused for one of the three."""
        return next((one.column, one.refused) for one in (person, place, needs) if one.refused)

    # -- the pieces -----------------------------------------------------------------------------------------------------

    def _made(self, piece: str, cells: Mapping[str, str]) -> Piece:
        """A piece as it is appended, a text for each of its stretches."""
        return tuple(self._render([cells[n] for n in names]) for of, names in self._stretches if of == piece)

    def _who_cells(self, decision: Decision) -> dict[str, str]:
        reasons = [r for r in decision.reasons if r.role != "note"]
        telling = [r for r in reasons if r.operator in decision.first] or reasons
        telling += [r for r in decision.protects if r not in telling]
        sources = dict.fromkeys(s for r in telling for s in r.sources[:1])
        question = ""
        if decision.missing:
            question = self.law.facts[decision.missing[0].fact].question[self.lang]
        return {
            "cep_first": " ".join(decision.first),
            "cep_name": " | ".join(operator_name(self.law, c, self.on, self.lang) for c in decision.first),
            "cep_possible": "" if decision.decided else " ".join(decision.possible),
            "cep_decided": "yes" if decision.decided else "no",
            "cep_outside": " ".join(decision.see or (decision.outside,)) if decision.outside else "",
            "cep_eligible": " ".join(e.operator for e in decision.eligible),
            "cep_why": " | ".join(dict.fromkeys(r.says[self.lang] for r in telling)),
            "cep_law": " | ".join(self._source(s) for s in sources),
            "cep_rules": " ".join(r.rule for r in reasons),
            "cep_missing": " ".join(m.fact for m in decision.missing),
            "cep_question": question,
        }

    def _source(self, key: str) -> str:
        source = self.law.source(key)
        return source.article or source.text

    def _desk_piece(self, first: int, place: int) -> tuple[Piece, int]:
        """The desks of those who come first, and the number of what is to be said of them."""
        found = [self._desk(code, self.spots[place]) for code in self.firsts.things[first]]
        desks = [desk for desk, _ in found]
        cells = {
            "cep_desk": " | ".join(
                d.name or operator_name(self.law, d.operator, self.on, self.lang) for d in desks
            ),
            "cep_address": " | ".join(_address(d) for d in desks),
            "cep_phone": " | ".join(dict.fromkeys(phone_shown(d.phone) for d in desks if d.phone)),
            "cep_desk_note": " | ".join(dict.fromkeys(note for d in desks if (note := self._desk_note(d)))),
        }
        return self._made("desk", cells), self.say([w for _, warnings in found for w in warnings])

    def _desk_note(self, desk: Desk) -> str:
        """Where an address comes from, how old it is, and what it stands in for."""
        note = desk.note[self.lang] if desk.note else ""
        if not desk.as_of:
            return note
        told = say(
            "batch.desk_age", self.lang, source=desk.source or "?", day=day_words(desk.as_of, self.lang)
        )
        if desk.age_months:
            told += plural("batch.desk_months", desk.age_months, self.lang)
        if desk.shown in {"verify", "old"}:
            told += say("batch.desk_verify", self.lang)
        return f"{told} ; {note}" if note else told

    def _until_piece(self, end: int, born: str | None) -> Piece:
        """The end of an answer: a day, or the age at which it changes when no birth date tells the day."""
        until = self.ends.things[end]
        if isinstance(until, int):
            until = day_before(birthday(born, until)) if born else f"age:{until}"
        return self._made("until", {"cep_until": until})

    def _needs_piece(self, public: int, ground: int, wanted: int) -> Piece:
        """The partners of some needs. `public`: counts where there are partners."""
        needs, place = self.sets[wanted], self.grounds[ground]
        spot = place.spot
        assert spot is not None
        asked = ordered_needs(needs.needs, needs.blocking, self.law, spot.territory.card)
        partners: tuple[Match, ...] = ()
        unmet: tuple[str, ...] = ()
        if place.has_partners:
            person = self.publics[public]
            profile = replace(person.sure, commune=spot.commune, needs=needs.needs, blocking=needs.blocking)
            local = self._local(spot, profile, replace(person.decision, possible=()), self._states(person))
            partners, unmet = local.partners(
                asked, local.schemes(), tuple(e.operator for e in person.decision.eligible)
            )
        else:
            for need in (
                asked
            ):  # bodies alone, and no two for one need: each need has its answer whatever else is asked
                found, left = self.alone[ground, need]
                partners, unmet = partners + found, unmet + left
        best: dict[str, Match] = {}
        for match in partners:
            best.setdefault(match.need, match)
        told = " | ".join(f"{need}: {self._partner(m)}" for need, m in best.items())
        return self._made("needs", {"cep_partners": told, "cep_unmet": " ".join(unmet)})

    def _alone(self, ground: int, need: str) -> tuple[tuple[Match, ...], tuple[str, ...]]:
        """Which body answers a need where there is no partner."""
        self.calls += 1
        spot = self.grounds[ground].spot
        assert spot is not None
        profile = Profile(commune=spot.commune, needs=(need,))
        return self._local(spot, profile, _NO_DECISION, self._nobody).partners((need,), (), ())

    def _partner(self, match: Match) -> str:
        phone = match.desk.phone if match.desk else None
        return f"{match.name} ({phone_shown(phone)})" if phone else match.name

    def _notes_piece(self, person: int, place: int, desk: int, needs: int, doubt: bool, more: int) -> Piece:
        """What was assumed, and what is to be said: of the person, the place, the needs, the desks, the rules and the row."""
        assumed, warnings, of_rules = self._said[person]
        found = [*warnings, *self._said[place], *self._said[needs]]
        if doubt and self.born is not None and self.aged is not None:
            values = {"column": self.born.column.header, "other": self.aged.column.header}
            found.append(Finding(code="CEP470", values=values, severity="warning"))
        found += [*self._said[desk], *self._said[more]]
        told = dict.fromkeys([*(self.message(w) for w in found), *of_rules])
        cells = {"cep_assumed": " ".join(f"{n}={v}" for n, v in assumed), "cep_warnings": " | ".join(told)}
        return self._made("notes", cells)

    # -- what would help ------------------------------------------------------------------------------------------------

    def helps(self, rows: Mapping[int, int]) -> Helps:
        """What would decide how many of the rows that are not: the engine is asked for each kind of person.

        `rows`: of each kind of person that went out, by its id.
        """
        groups: dict[Any, list[Any]] = {}
        for number, count in rows.items():
            person = self.kinds[number]
            if not person.decision.decided:
                key = (self._root(person.profile), person.silent)
                groups.setdefault(key, [person, 0])[1] += count
        told = {name for codes in self.who_at for name in codes.tells}
        sets = [{n: PROPOSED[n]} for n in PROPOSED] + [dict(PROPOSED)]
        assumed, columns = [0] * len(sets), dict[str, int]()
        for person, count in groups.values():
            for at, facts in enumerate(sets):
                if facts.keys() <= set(person.silent):
                    assumed[at] += count * self._decides(person.profile, facts)
            for missing in person.decision.missing:
                if missing.fact not in told and all(
                    self._decides(person.profile, {missing.fact: value})
                    for value in map(self._one_of, missing.splits)
                ):
                    columns[missing.fact] = columns.get(missing.fact, 0) + count
        return Helps(
            assumptions=tuple((tuple(f.items()), n) for f, n in zip(sets, assumed, strict=True) if n),
            columns=tuple(sorted(columns.items(), key=lambda pair: (-pair[1], pair[0]))),
        )

    def _decides(self, profile: Profile, facts: Mapping[str, Any]) -> bool:
        """Whether a person is decided once some facts are known."""
        asked = replace(profile, facts={**profile.facts, **facts})
        if self.judge.contradictions(self.judge.facts(asked, self.on), self.on):
            return False
        self.calls += 1
        reached = self.judge.table(self.on).reached(self._root(asked))
        return len({outcome.first for outcome in reached}) == 1

    def _root(self, profile: Profile) -> int:
        """Where in the diagram of the day a profile stands: persons at one node have the same answers to come."""
        table = self.judge.table(self.on)
        return table.restricted(table.implied(table.known(self.judge.facts_taken(profile, self.on))))

    @staticmethod
    def _one_of(span: str) -> str | int:
        """A value of a class: 16 of `16..25`, `bac3` of `bac3 bac4`."""
        first = span.split(maxsplit=1)[0].partition("..")[0]
        return int(first) if first.isdigit() else first

    def message(self, finding: Finding) -> str:
        """A finding in one sentence after its code."""
        return f"{finding.code} {sentence(finding, self.lang)}"

    # -- who ------------------------------------------------------------------------------------------------------------

    def _person(self, key: tuple[int, ...], land: int) -> Person:
        """The person of a key of codes, asked of the engine if no one like him was met. `land`: where the law is another one."""
        readings = self._readings(self.who_at, key)
        silent = {
            n
            for codes, code in zip(self.who_at, key, strict=True)
            if not codes.silent[code]
            for n in codes.tells
        }
        if self._birth is not None and self._age is not None and readings[self._birth].told:
            fault = readings[self._age].fault
            readings[self._age] = CellReading(fault=fault)  # the row itself compares the two
        told = self.columns.combine(readings)
        facts, _ = settled(told.among, self.law, self.on)
        commune = self._lands[land]
        sure = Profile(facts=dict(told.facts), birth_date=told.birth_date, commune=commune)
        sure.facts.update({n: v for n, v in facts.items() if self._boxes_agree(n, told.among[n])})
        profile = Profile(facts={**told.facts, **facts}, birth_date=told.birth_date, commune=commune)
        column, refused = self._refused(told, readings, profile)
        # of what a row says nothing: no column speaks of it but in empty cells, none contradicts another
        spoken = (
            silent | told.facts.keys() | told.among.keys() | {w.values.get("fact", "") for w in told.warnings}
        )
        assumed, dropped = self._assumed(profile, spoken) if refused is None else ((), ())
        profile.facts.update(assumed)
        sure.facts.update(assumed)
        decision, until = (_NO_DECISION, "") if refused else self._decide(profile)
        boxes = self._box_key(sure)
        public = (id(decision), boxes)
        open_ = tuple(n for n in PROPOSED if n not in spoken and n not in profile.facts)
        empty = not (told.birth_date or told.among or told.warnings) and _DEFAULTS.issuperset(
            told.facts.values()
        )
        doubts = tuple(c.why[self.lang] for c in self.judge.doubts(self.judge.facts(profile, self.on)))
        alike = (
            empty,
            doubts,
            public,
            until,
            assumed,
            dropped,
            open_,
            _shown(told.warnings),
            column,
            str(refused),
        )
        found: Person | None = self._alike.get(alike)
        if found is None:
            found = self._alike[alike] = Person(
                id=len(self.kinds), profile=profile, sure=sure, decision=decision, until=self.ends[until], boxes=boxes,
                public=self._public_of.setdefault(public, len(self.publics)), first=self.firsts[self._firsts(decision)],
                notes=self._noted(decision, assumed, told.warnings, doubts), who=self._made("who", self._who_cells(decision)),
                assumed=assumed, silent=open_, dropped=dropped, empty=empty, refused=refused, column=column,
            )  # fmt: skip
            self.kinds.append(found)
            if found.public == len(self.publics):
                self.publics.append(found)
        return found

    def _noted(
        self,
        decision: Decision,
        assumed: tuple[tuple[str, str], ...],
        warnings: tuple[Finding, ...],
        doubts: tuple[str, ...],
    ) -> int:
        """The number of what is to be said of a person: faults of the row, rules that are not sure, notes that protect."""
        found = [
            Finding(code="CEP515", values={"rule": r.rule}, severity="warning")
            for r in decision.reasons
            if r.confidence == "unsure" and r.role != "note"
        ]
        told = [*map(self.message, found), *doubts, *(r.says[self.lang] for r in decision.protects)]
        key = (assumed, _shown(warnings), *told)
        if key not in self._said_of:
            self._said_of[key] = len(self._said)
            self._said.append((assumed, warnings, told))
        return self._said_of[key]

    def said(self, number: int) -> tuple[Finding, ...]:
        """The findings of a number that `say` gave."""
        found: tuple[Finding, ...] = self._said[number]
        return found

    def say(self, warnings: Sequence[Finding]) -> int:
        """The number of some findings that are to be said of a row; 0 for none."""
        key = _shown(warnings)
        if key not in self._said_of:
            self._said_of[key] = len(self._said)
            self._said.append(tuple(warnings))
        return self._said_of[key]

    def _assumed(
        self, profile: Profile, spoken: set[str]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The assumptions that fill a silence of this row, and those that what it says contradicts."""
        facts, taken, dropped = self.judge.facts(profile, self.on), [], []
        for name, value in self.assume.items():
            if name in spoken:
                continue
            if self.judge.contradictions({**facts, name: value}, self.on):
                dropped.append(name)
                continue
            facts[name] = value
            taken.append((name, value))
        return tuple(taken), tuple(dropped)

    def _readings(self, every: Sequence[Codes], key: Sequence[int]) -> list[CellReading]:
        """What the columns of a key say, each at its place among all that are read."""
        readings = [NOTHING] * len(self.columns.active)
        for codes, code in zip(every, key, strict=True):
            readings[codes.place] = codes.readings[code]
        return readings

    def _refused(
        self, told: Recognised, readings: Sequence[CellReading], profile: Profile
    ) -> tuple[int, Finding | None]:
        column, refused = self._strictly(told.warnings)
        if refused is not None:
            return column, refused
        against = self.judge.contradictions(self.judge.facts(profile, self.on), self.on)
        if not against:
            return 0, None
        card = against[0]
        named = [n for n in (*card.when, *card.then) if n in profile.facts or n == "age"]
        saying = [
            c
            for c, reading in zip(self.columns.active, readings, strict=True)
            if any(
                n in named or (n == "birth_date" and "age" in named)
                for n, _ in (*reading.told, *reading.among)
            )
        ]
        columns = " / ".join(dict.fromkeys(c.header for c in saying))
        values = {"columns": columns, "why": card.why["fr"], "why_en": card.why["en"]}
        return saying[0].position + 1 if saying else 0, Finding(code="CEP550", values=values)

    def _strictly(
        self, warnings: Iterable[Finding], saying: Sequence[ReadColumn] = ()
    ) -> tuple[int, Finding | None]:
        """Under `--strict`, a cell that was not recognised rejects its row. `saying`: the columns it is of, if it names none."""
        if not self.strict:
            return 0, None
        faults = [w for w in warnings if w.code in _FAULTS]
        if not faults:
            return 0, None
        fault, *others = faults
        if saying:
            fault = replace(fault, values={**fault.values, "columns": " / ".join(c.header for c in saying)})
        name = fault.values.get("column") or fault.values.get("columns", "").partition(" / ")[0]
        at = next((c.position + 1 for c in self.columns.active if c.header == name), 0)
        refused = replace(fault, severity="error")
        if others:
            self._beside[id(refused)] = refused, others  # it is kept, or another would have its id
        return at, refused

    def reason(self, refused: Finding) -> str:
        """Why a row is rejected, in a sentence for each fault: whoever mends it should not have to come back for the second one."""
        _, others = self._beside.get(id(refused), (refused, ()))
        return " | ".join(dict.fromkeys(sentence(fault, self.lang) for fault in (refused, *others)))

    def _saying_home(self, readings: Sequence[CellReading]) -> list[ReadColumn]:
        """The columns of homes whose cells say something."""
        places = {codes.place for codes in self.where_at}
        return [c for i, c in enumerate(self.columns.active) if i in places and readings[i].told]

    def _decide(self, profile: Profile) -> tuple[Decision, str | int]:
        """The decision of a profile and its end."""
        key, decision = self._decided(profile)
        age = self.judge.facts(profile, self.on).get("age")
        if age is not None and profile.birth_date:
            key += ("born", self._ages_later(profile.birth_date))
        elif age is not None:
            key += ("told", self.ages_alike[min(int(age) + 1, YEARS[-1])])
        until = self._untils.get(key)
        if until is None:
            until = self._untils[key] = self._ends(profile)
        return decision, until

    def _decided(self, profile: Profile) -> tuple[tuple[Any, ...], Decision]:
        """The decision of a profile, asked once for each set of facts, an age by its class; and that set."""
        facts = self.judge.facts(profile, self.on)
        age = facts.pop("age", None)
        key = (tuple(sorted(facts.items())), None if age is None else self.ages_alike[int(age)])
        decision = self._decisions.get(key)
        if decision is None:
            self.calls += 1
            decision = self._decisions[key] = self.judge.decide(profile, self.on, brief=True)
        return key, decision

    def _ends(self, profile: Profile) -> str | int:
        self.calls += 1
        found = self.judge.until(profile, self.on)
        if found is None:
            return ""
        age = int(found.why[4:]) if found.why.startswith("age:") else None
        if found.day is None:
            return found.why
        # only when a cell's own birth date is at hand may the age stand for the day
        return age if age is not None and self._birth is not None else found.day

    def _ages_later(self, birth_date: str) -> tuple[int, ...]:
        """Which class of age the person will be in on each later day of the law: the order of events hangs on it."""
        return tuple(sum(start <= age_on(birth_date, day) for start in self._starts) for day in self._later)

    def _reduced(self, at: int) -> Callable[[CellReading], tuple[Any, CellReading]]:
        """What of a cell matters to who the person is."""

        def whole(reading: CellReading) -> tuple[Any, CellReading]:
            return reading, reading

        def of_birth(reading: CellReading) -> tuple[Any, CellReading]:
            born = next((str(v) for n, v in reading.told if n == "birth_date"), None)
            if born is None:
                return reading, reading
            age = min(max(age_on(born, self.on), 0), YEARS[-1])
            return (self.ages_alike[age], self._ages_later(born)), reading

        def of_age(reading: CellReading) -> tuple[Any, CellReading]:
            age = next((v for n, v in reading.told if n == "age"), None)
            if not isinstance(age, int) or len(reading.told) > 1 or reading.among or reading.needs:
                return reading, reading
            return (self.ages_alike[age], self.ages_alike[min(age + 1, YEARS[-1])]), reading

        return of_birth if at == self._birth else of_age if at == self._age else whole

    def _codes(self, positions: Iterable[int]) -> tuple[Codes, ...]:
        return tuple(Codes(self.columns.active[i], i, self._reduced(i)) for i in positions)

    # -- boxes of partners and schemes ------------------------------------------------------------------------------------

    def _box_key(self, sure: Profile) -> tuple[Any, ...]:
        """What the publics of partners and schemes may see of a person."""
        names = dict.fromkeys(n for when in self._boxes for n in when)
        facts = facts_on(sure, self.on)
        # what follows from other facts is the same for all persons of one decision
        return tuple(
            (n, self.ages_alike[int(facts[n])] if n == "age" else facts[n]) for n in names if n in facts
        )

    def _states(self, person: Person) -> dict[int, Any]:
        """Which publics hold a person; asked of the engine once per kind."""
        key = (id(person.decision), person.boxes)
        found = self._held.get(key)
        if found is None:
            self.calls += 1
            states = self.judge.boxes(self._boxes, person.sure, self.on)
            found = self._held[key] = {
                id(when): state for when, state in zip(self._boxes, states, strict=True)
            }
        return found

    def _boxes_agree(self, name: str, values: Sequence[Any]) -> bool:
        if name != "age":
            return not any(name in when for when in self._boxes)
        return len({self.ages_alike[v] for v in values}) == 1

    # -- where and with whom ----------------------------------------------------------------------------------------------

    def _place(self, key: tuple[int, ...], named: str) -> RowPlace:
        readings = self._readings(self.where_at, key)
        told = self.columns.combine(readings)
        column, refused = self._strictly(told.warnings)
        spot = None if refused else self.homes.spot(told.home if self.where_at else Home(), named)
        warnings = told.warnings
        if spot is not None:
            # a cell nobody could read is a better reason than « no commune »
            own = tuple(w for w in spot.warnings if not (warnings and w.code in {"CEP514", "CEP552"}))
            warnings += own
            if self.strict:
                column, refused = self._strictly(own, self._saying_home(readings))
        card = spot.territory.card if spot else None
        has_partners = card is not None and (
            bool(card.partners or card.schemes) or any(o.needs for o in card.operators or ()) or self._overlap
        )
        empty = not any(told.home) and not any(w.code in _FAULTS for w in warnings)
        alike = (empty, id(spot), _shown(warnings), column, str(refused))
        found: RowPlace | None = self._alike.get(alike)
        if found is None:
            ground = (
                id(spot) if has_partners or spot is None else (spot.territory.id, self._bodies_near(spot))
            )
            found = self._alike[alike] = RowPlace(
                id=len(self.spots), spot=spot, notes=self.say(warnings), has_partners=has_partners, empty=empty,
                land=self._land(spot), refused=refused,
                ground=self._ground_of.setdefault(ground, len(self.grounds)), column=column,
            )  # fmt: skip
            self.spots.append(found)
            if found.ground == len(self.grounds):
                self.grounds.append(found)
        return found

    def _bodies_near(self, spot: Spot) -> tuple[Any, ...]:
        """The bodies that answer needs by the law, as they are shown at a place: where there is no partner, places are told apart by them."""
        local = self._local(spot, Profile(commune=spot.commune), _NO_DECISION, self._nobody)
        desks = [local.body(code) for code, body in self.law.bodies.items() if body.needs]
        return tuple((d.operator, d.name, d.phone, d.shown) if d else None for d in desks)

    def _land(self, spot: Spot | None) -> int:
        """The number of the land of a commune."""
        commune = spot.commune if spot else None
        facts = tuple(sorted(of_commune(self.law, commune).items()))
        if facts not in self._land_of:
            self._land_of[facts] = len(self._lands)
            self._lands.append(commune)
        return self._land_of[facts]

    def home(self, cells: Mapping[int, str]) -> tuple[Home, RowPlace]:
        """Where a row says that the person lives, by the positions of its cells, and what was made of it."""
        named = cells[self.territory_at] if self.territory_at is not None else ""
        key = tuple([codes[cells[codes.at]] for codes in self.where_at])
        return self.columns.combine(self._readings(self.where_at, key)).home, self.homes_met[key, named]

    def _needs(self, key: tuple[int, ...]) -> Needs:
        readings = self._readings(self.needs_at, key)
        for codes in self.needs_at:
            whole = readings[codes.place]
            mine = codes.column.kind in NEED_KINDS
            readings[codes.place] = CellReading(needs=whole.needs, fault=whole.fault if mine else "")
        told = self.columns.combine(readings)
        column, refused = self._strictly(told.warnings)
        alike = (told.needs, told.blocking, _shown(told.warnings), column, str(refused))
        found: Needs | None = self._alike.get(alike)
        if found is None:
            found = self._alike[alike] = Needs(
                id=len(self.sets), needs=told.needs, blocking=told.blocking, notes=self.say(told.warnings), refused=refused,
                column=column,
            )  # fmt: skip
            self.sets.append(found)
        return found

    def _firsts(self, decision: Decision) -> tuple[str, ...]:
        """The operators whose desks are shown: those that come first."""
        return tuple(c for c in decision.first if not self.law.outside(c))

    def _desk(self, code: str, place: RowPlace) -> tuple[Desk, tuple[Finding, ...]]:
        """The desk of an operator for a place, and what is to be said of it."""
        assert place.spot is not None
        local = self._local(place.spot, Profile(commune=place.spot.commune), _NO_DECISION, self._nobody)
        desk = local.desk_of(code)
        # CEP232 says that no phone is known: the cell shows it
        return desk, tuple(w for w in local.warnings({code: desk}, ()) if w.code != "CEP232")

    def _local(
        self, spot: Spot, profile: Profile, decision: Decision, states: Mapping[int, Any]
    ) -> where.Local:
        """What a person finds at a place, for a decision already taken."""
        told: Any = _Told(self.judge, decision, states)
        local = _LocalAnswers(told, profile, self.on, spot.territory.card, spot.territory.ground)
        local.kept = self._kept_desks.setdefault((spot.territory.id, spot.commune), {})
        return local


class _LocalAnswers(where.Local):
    """What a person finds at a place, where the desks of each house are made once, whoever asks."""

    kept: dict[Any, tuple[Desk, ...]]

    def desks_of(self, told: Any, house: Any, code: str = "") -> tuple[Desk, ...]:
        """The desks of a house; territories stay open, so that a house has one id."""
        key = (id(told), id(house), code)
        if key not in self.kept:
            self.kept[key] = super().desks_of(told, house, code)
        return self.kept[key]


class _Told:
    """A judge whose decision is taken, and who remembers which boxes hold the person."""

    def __init__(self, judge: Judge, decision: Decision, states: Mapping[int, Any]) -> None:
        self.law, self._judge, self._decision, self._states = judge.law, judge, decision, states

    def decide(self, _profile: Profile, _on: str) -> Decision:
        return self._decision

    def box(self, when: Mapping[str, Any], profile: Profile, on: str) -> Any:
        found = self._states.get(id(when))
        return self._judge.box(when, profile, on) if found is None else found


_NO_DECISION = Decision(
    on="", decided=False, first=(), possible=(), eligible=(), maybe=(), see=(), outside=None, reasons=(), not_=(),
    changes=(), until=None, missing=(),
)  # fmt: skip


def sentence(finding: Finding, lang: str) -> str:
    """The message of a finding, without its hint."""
    values = finding.values
    if lang == "en" and "why_en" in values:
        values = values | {"why": values["why_en"]}
    return said(finding.code, values, lang)[0]


def _address(desk: Desk) -> str:
    """The address of a desk, with its town; of a desk without, what leads there."""
    if desk.address:
        return desk.address
    return ", ".join(p for p in (desk.commune_name, desk.url) if p)


def phone_shown(phone: str | None) -> str:
    """A French number in its national form: a cell that begins with `+` would be a formula."""
    if not phone:
        return ""
    if phone.startswith("+33") and len(phone) == 12:
        digits = "0" + phone[3:]
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return "00" + phone[1:] if phone.startswith("+") else phone


def _shown(findings: Iterable[Finding]) -> str:
    return " ".join(f"{f.code}{sorted(f.values.items())}" for f in findings)


def _boxes(law: Law, homes: Homes) -> Iterable[Mapping[str, Sequence[str]]]:
    """The publics that partners and schemes of the open territories may name."""
    if any(t.has_partners for t in homes.territories()):
        yield from (p.when for p in law.publics.values() if p.when)
        for territory in homes.territories():
            yield from (s.public for s in territory.card.schemes or () if s.public)


def _ages_alike(
    law: Law, on: str, boxes: Sequence[Mapping[str, Sequence[str]]], later: Sequence[str]
) -> tuple[int, ...]:
    """For each age the number of its class: ages that no table, note or public tells apart have one number."""
    tables = [law.segment(day).classes.get("age", {}) for day in (on, *later)]
    notes = [c.when for c in law.rules if not c.opens and c.since <= on <= c.until]
    bands = [frozenset(spread(when["age"])) for when in (*notes, *boxes) if "age" in when]
    numbers: dict[tuple[Any, ...], int] = {}
    return tuple(
        numbers.setdefault((*(t.get(age) for t in tables), *(age in band for band in bands)), len(numbers))
        for age in YEARS
    )


def _age_starts(alike: Sequence[int]) -> tuple[int, ...]:
    return tuple(age for age in YEARS if age and alike[age] != alike[age - 1])


def _may_tell_age(column: ReadColumn, saved: Saved | None) -> bool:
    return column.kind in {"age", "birth_year"} or any(
        n == "age" for told, among, _ in _effects(column, saved) for n, _ in (*told, *among)
    )


def _tells(column: ReadColumn) -> frozenset[str]:
    """The facts that a column is about: those that half of its values tell."""
    effects = list(_effects(column, None))
    met = [n for told, among, _ in effects for n in {n for n, _ in (*told, *among)}]
    return frozenset(n for n in met if met.count(n) * 2 >= len(effects))


def _tells_needs(column: ReadColumn, saved: Saved | None) -> bool:
    return column.kind not in HOME_KINDS and any(needs for _, _, needs in _effects(column, saved))


def _effects(column: ReadColumn, saved: Saved | None) -> Iterable[Any]:
    yield from column.card["values"].values()
    if column.card.get("sets"):
        yield column.card["sets"]
    if saved:
        for values in saved.values.values():
            yield from values.values()
