"""What the columns and cells of an intake file say of a person: titles to meanings, cells to facts, home, needs. Never opens a
file, never decides where a person goes, never takes for known what is only near.

Rules of this room. A title or a cell counts when the whole of it is known. Empty, NULL, « nc », « - » are unknown, never "no".
Columns about someone else or somewhere else are set aside first and are not even proposed. A birth date wins over an age, an
age over a band. Two columns that say the same thing are both read: where they differ, the fact is unknown and the row says so.
No cell is ever quoted in a finding; `puzzles` says which ones a human may be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Table
from typing import Any, NamedTuple

from msgspec import Struct, field

from cep_route.intake.cells import NOTHING, PARTS, CellReading, cleaned, is_month_first, reader
from cep_route.model.answer import Finding, Place, warned
from cep_route.model.law import Law, spread
from cep_route.model.profile import age_on
from cep_route.spelling import Effect, answer_of, header_of, near
from cep_route.text import normalise

# Faults of a cell: the fact stays unknown with a warning, or the row is rejected under `--strict`.
UNRECOGNISED = frozenset(f"CEP{n}" for n in (460, 461, 462, 463, 464, 465, 466, 467, 468, 469, 471, 472))
_HOME_KINDS = frozenset(("postcode", "commune", "postcode_commune", "insee"))
SET_ASIDE = frozenset(("identity", "contact", "elsewhere", "unread"))
SHOWN_AT_MOST = 40  # characters of an unrecognised cell that may be shown
KEPT_AT_MOST = 100_000  # distinct cells remembered per column
_DEFAULTS = frozenset(("no", "none", 0))
_NUMBERING = frozenset(("n o", "no", "num", "numero", "n", "#"))
UNREAD = "-"  # the target, in a saved mapping, of a column that passes through untouched


class Home(NamedTuple):
    """Where the person lives, as the file writes it: nothing is looked up here."""

    insee: str = ""
    postcode: str = ""
    commune: str = ""
    departement: str = ""


class Recognised(Struct, frozen=True, kw_only=True):
    """What one row says. `among`: facts known to be one of several values (`settled` tells when that is enough)."""

    facts: dict[str, str | int]
    among: dict[str, tuple[str | int, ...]]
    birth_date: str | None
    home: Home
    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    role: str | None
    warnings: tuple[Finding, ...]


class ReadColumn:
    """One column of the file. `becomes`: the id of what it is, "" when it passes through; `how` it was recognised.

    `how`: `known` title, `map` (saved mapping), `values` (they decided between meanings), `proposed` (near a known title,
    or one not seen in real files: not read), `unclear` (several meanings: not read), `none`.
    """

    def __init__(
        self, position: int, header: str, becomes: str, card: Table[str, Any], how: str, *, proposal: str = ""
    ) -> None:
        self.position, self.header, self.becomes = position, header, becomes
        self.how, self.proposal = how, proposal
        self.kind: str = card["kind"] if becomes else ""
        self.card = card
        self.blocking: bool = card.get("blocking", False)
        self.is_read = bool(becomes) and self.kind not in SET_ASIDE
        self.is_number = False  # whether it numbers the rows
        self.is_ticked = False  # whether a yes says one value of its fact
        self.month_first = False  # whether a cell was met that is a day only if its month comes first
        self.reader: Callable[[str], CellReading] = _nothing
        self._kept: dict[str, CellReading] = {}

    def read(self, text: str) -> CellReading:
        """What a raw cell says; each distinct cell is read once."""
        known = self._kept.get(text)
        if known is None:
            known = self.reader(text)
            if known.fault == "CEP463" and self.kind == "birth_date" and is_month_first(text):
                self.month_first = True
            if len(self._kept) < KEPT_AT_MOST:
                self._kept[text] = known
        return known


class Mapping:
    """What a file's columns are, and the way from its rows to what they say."""

    def __init__(
        self,
        columns: Sequence[ReadColumn],
        findings: Sequence[Finding],
        form: Table[str, Any] | None,
        on: str,
        beside: int | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self._beside = beside
        self.findings = tuple(findings)
        self.form = form  # the known file format, as {id, label}, or None
        self.on = on
        self.active = tuple(c for c in columns if c.is_read)
        self._numbers = {c.position for c in columns if c.is_number}
        self._faults: dict[tuple[int, str], Finding] = {}

    def later(self) -> tuple[Finding, ...]:
        """What is to be said of the columns once the rows are read: their first rows did not show it."""
        said = {f.values["column"] for f in self.findings if f.code == "CEP456"}
        columns = [c for c in self.active if c.month_first and c.header not in said]
        return tuple(warned("CEP456", column=c.header) for c in columns)

    def nobody(self, cells: Sequence[str]) -> Finding | None:
        """Why a row is nobody: it is of a table beside, or holds at most a number besides what stands in prepared rows (« non », 0)."""
        left = [i for i, cell in enumerate(cells) if any(map(str.isalnum, cell)) and i not in self._numbers]
        if self._beside and left and left[0] >= self._beside:
            return Finding(code="CEP474", severity="error")
        if len(cells) < 4 or len(left) > 1 + len(self.active):
            return None
        defaults = {
            c.position for c in self.active if c.position in left and _is_default(c.read(cells[c.position]))
        }
        left = [i for i in left if i not in defaults]
        if len(left) > 1 or any(c.isalpha() for i in left for c in cells[i]):
            return None
        return Finding(code="CEP474", severity="error")

    def read(self, cells: Sequence[str]) -> Recognised:
        """What one row says. Missing cells at the end are empty."""
        width = len(cells)
        return self.combine(
            [c.read(cells[c.position]) if c.position < width else NOTHING for c in self.active]
        )

    def combine(self, readings: Sequence[CellReading]) -> Recognised:
        """One person out of the readings of `active`, in that order."""
        said: dict[str, list[_Choice]] = {}
        needs: list[str] = []
        blocking: list[str] = []
        warnings: list[Finding] = []
        for i, (column, reading) in enumerate(zip(self.active, readings, strict=True)):
            if reading is NOTHING:
                continue
            for name, values in (*((name, (value,)) for name, value in reading.told), *reading.among):
                said.setdefault(name, []).append((values, i))
            (blocking if column.blocking else needs).extend(reading.needs)
            if reading.fault:
                warnings.append(self._fault(i, reading.fault))
        warnings += self._surest(said)
        left: dict[str, tuple[str | int, ...]] = {}
        for name, choices in said.items():
            left[name], clash = _agreed(name, choices)
            if clash:
                del left[name]
                columns = " / ".join(dict.fromkeys(self.active[i].header for i in clash))
                warnings.append(warned("CEP469", columns=columns, fact=name))
        sure = {name: values[0] for name, values in left.items() if len(values) == 1}
        parts = {p: str(sure.pop(p)) for p in PARTS if p in sure}
        return Recognised(
            facts=sure,
            among={name: values for name, values in left.items() if len(values) > 1},
            birth_date=parts.get("birth_date"),
            home=Home(*(parts.get(p, "") for p in Home._fields)),
            needs=tuple(dict.fromkeys((*blocking, *needs))),
            blocking=tuple(dict.fromkeys(blocking)),
            role=parts.get("role"),
            warnings=tuple(warnings),
        )

    def _surest(self, said: dict[str, list[_Choice]]) -> list[Finding]:
        """Keep the surest that is said of the age: the birth date, else an age, else a band; and what is to be said of the two first."""
        born = said.get("birth_date", [])
        ages = [choice for choice in said.get("age", ()) if len(choice[0]) == 1]
        if born and not _agreed("birth_date", born)[1]:
            said.pop("age", None)
            # a year of difference is a file some months old; more is one wrong figure
            if ages and abs(age_on(str(born[0][0][0]), self.on) - int(ages[0][0][0])) > 1:
                column, other = self.active[born[0][1]].header, self.active[ages[0][1]].header
                return [warned("CEP470", column=column, other=other)]
        elif ages:
            said["age"] = ages
        return []

    def _fault(self, at: int, code: str) -> Finding:
        """One finding per column and fault, shared by all rows: it holds no cell."""
        found = self._faults.get((at, code))
        if found is None:
            column = self.active[at]
            found = self._faults[at, code] = warned(code, column=column.header, becomes=column.becomes)
        return found


_Choice = tuple[
    tuple[str | int, ...], int
]  # what a column says of a fact, one value or several, and its place


def _agreed(name: str, choices: Sequence[_Choice]) -> tuple[tuple[str | int, ...], list[int]]:
    """The values that all choices allow, and the places of the first choice and of those that leave none."""
    left, before, clash = choices[0][0], choices[0][1], list[int]()
    for values, i in choices[1:]:
        same = [v for v in left if v in values or (name == "commune" and _same_place(v, values))]
        if not same:
            clash += [i] if clash else [before, i]
        elif len(same) < len(left):
            left, before = tuple(same), i
    return left, clash


def _same_place(one: str | int, others: Sequence[str | int]) -> bool:
    """« PARIS » and « Paris » are one."""
    return normalise(str(one)) in {normalise(str(other)) for other in others}


def _is_default(reading: CellReading) -> bool:
    """Whether a cell is what stands in a row before anybody is written there."""
    told = bool(reading.told) and not (reading.among or reading.needs or reading.fault)
    return told and all(value in _DEFAULTS for _, value in reading.told)


def settled(among: Table[str, tuple[str | int, ...]], law: Law, on: str) -> dict[str, str | int]:
    """The choices that no rule, wall or note of the day tells apart, as one of their values.

    Of ages the highest is given: the next birthday that matters is then never announced too late.
    """
    facts: dict[str, str | int] = {}
    notes = [rule.when for rule in law.rules if among and not rule.opens and rule.in_force(on)]
    for name, values in among.items():
        told: list[Collection[str | int]] = [when[name] for when in notes if name in when]
        if isinstance(values[0], int):
            told = [spread(when[name]) for when in notes if name in when]
        known = law.segment(on).classes.get(name, {})
        if len({(known.get(value), *(value in one for one in told)) for value in values}) == 1:
            facts[name] = max(values) if name == "age" else values[0]
    return facts


# -- titles -----------------------------------------------------------------------------------------------------------------


class Saved(Struct, frozen=True, kw_only=True):
    """A saved mapping: normalised title -> (title, id or `UNREAD`), the values a human settled, per normalised title, and assumptions."""

    columns: dict[str, tuple[str, str]]
    values: dict[str, dict[str, Effect]] = field(default_factory=dict)
    file: str = ""
    assume: dict[str, str] = field(
        default_factory=dict
    )  # facts taken for known where a row says nothing of them


def map_columns(
    header: Sequence[str],
    spellings: Table[str, Any],
    samples: Sequence[Collection[str]],
    *,
    on: str,
    saved: Saved | None = None,
    file: str = "",
    groups: Sequence[str] = (),
    beside: int | None = None,
) -> Mapping:
    """What each title of a file is. `samples`: some distinct cells of each column; `on`: the ISO day of the route; `groups`: of each
    column, the title of the group it stands under, « Conjoint »; `beside`: the first column of a second table beside the first.
    """
    given = saved or Saved(columns={})
    return _Recogniser(spellings["files"], on, given, file, groups, beside).mapping(header, samples)


class _Recogniser(Struct):
    files: Table[str, Any]
    on: str
    saved: Saved
    file: str
    groups: Sequence[str]
    beside: int | None
    findings: list[Finding] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)

    def mapping(self, header: Sequence[str], samples: Sequence[Collection[str]]) -> Mapping:
        words = [normalise(title) for title in header]
        self.repeated = {title for title in words if words.count(title) > 1}
        columns = []
        for i, title in enumerate(header):
            sample = samples[i] if i < len(samples) else ()
            column = self._column(i, title, sample)
            columns.append(column)
            if column.is_read:
                self._doubts(column, sample)
        self._repeated(columns)
        has_home = any(c.kind in _HOME_KINDS for c in columns)
        for column in columns:
            if column.kind == "address":
                # an address tells the home only where no other column does, and it is said
                column.is_read = not has_home
                if not has_home:
                    self._say("CEP457", column=column.header)
        for key, (title, _) in self.saved.columns.items():
            if key not in words:
                self._say("CEP488", column=title)
        if self.beside is not None:
            self._say("CEP458", columns=" / ".join(title for title in header[self.beside :] if title.strip()))
        if not any(c.is_read for c in columns):
            self._say("CEP454", severity="error")
        form = next((f for f in self.files["formats"] if set(words).issuperset(f["headers"])), None)
        return Mapping(columns, self.findings, form, self.on, self.beside)

    def _say(self, code: str, severity: str = "warning", **values: str) -> None:
        place = Place(file=self.file) if self.file else None
        self.findings.append(Finding(code=code, values=values, place=place, severity=severity))

    def _column(self, at: int, title: str, sample: Collection[str]) -> ReadColumn:
        target, how, words, ticks = self._meaning(at, title, sample)
        becomes = "" if how == "proposed" else target
        card = self._card(becomes) if becomes else {"kind": "facts"}
        if ticks:
            card = {**card, "values": {}, "details": {}, "until": False, "open": False}
        column = ReadColumn(at, title, becomes, card, how, proposal="" if becomes else target)
        own = normalise(title)
        column.is_ticked = ticks is not None or not {own, words}.isdisjoint(self.files["flags"])
        column.is_number = own in self.files["identifiers"] or own in _NUMBERING
        if column.is_read:
            settled_values = {
                **(ticks or self.files["flags"].get(words, {})), **self.saved.values.get(own, {})
            }  # fmt: skip
            column.reader = reader(card, self.files, self.on, settled_values)
        return column

    def _meaning(
        self, at: int, title: str, sample: Collection[str]
    ) -> tuple[str, str, str, dict[str, Effect] | None]:
        """What a column becomes, how that is known, its known title, and what ticks in it say."""
        words = normalise(title)
        ticked = self._ticked(title, sample)
        group = normalise(self.groups[at]).split() if at < len(self.groups) else ()
        aside = any(word in self.files["elsewhere"] for word in group)
        aside = aside or (self.beside is not None and at >= self.beside)
        # a saved title is that of the person where another column of that title is somebody else's
        if words in self.saved.columns and not (aside and words in self.repeated):
            target = self.saved.columns[words][1]
            settled = ticked[1] if ticked and ticked[0] == target else None
            return "" if target == UNREAD else target, "map", words, settled
        if aside:
            return "elsewhere", "known", words, None
        if ticked:
            return ticked[0], "known", words, ticked[1]
        words = header_of(self.files, title) or words
        known: tuple[str, ...] = self.files["headers"].get(words, ())
        if len(known) == 1:
            return known[0], "known", words, None
        if known:
            return *self._by_values(title, words, known, sample), words, None
        found = self._near(words) if words else None
        if found is None:
            return "", "none", words, None
        shown, target = found
        self._say("CEP450", column=title, near=shown, becomes=target)
        return target, "proposed", words, None

    def _ticked(self, title: str, sample: Collection[str]) -> tuple[str, dict[str, Effect]] | None:
        """The column that a title names with one of its values, and what a tick there says: that value; no tick says nothing."""
        found = answer_of(self.files, title)
        if found is None:
            return None
        ticks = dict.fromkeys(self.files["yes"], found[1]) | dict.fromkeys(self.files["no"], ((), (), ()))
        words = normalise(title).split()
        is_answer = words[-1] in ticks or words[0] in ticks
        all_ticks = all(normalise(c) in ticks for c in _distinct(sample, self.files["unknown"]))
        return (found[0], ticks) if is_answer or all_ticks else None

    def _card(self, target: str) -> Table[str, Any]:
        kind, _, need = target.partition(":")
        columns: Table[str, Any] = self.files["columns"]
        if kind != "need" or not need:
            card: Table[str, Any] = columns[target]
            return card
        states = next(c for c in columns.values() if c["kind"] == "need")
        values = {w: ((), (), (need,)) if e[2] else e for w, e in states["values"].items()}
        return {**states, "values": values, "need": need}

    def _by_values(
        self, title: str, words: str, ids: Sequence[str], sample: Collection[str]
    ) -> tuple[str, str]:
        """The one meaning that knows the cells, when the others do not."""
        cells = _distinct(sample, self.files["unknown"])
        shares = {i: self._share(i, cells) for i in ids}
        # the usual meaning stands where no other one knows more of the cells, nor all of them as well
        usual = self.files["defaults"].get(words)
        if usual and all(share < shares[usual] or not share for one, share in shares.items() if one != usual):
            return usual, "known"
        best = max(ids, key=lambda i: shares[i])
        most = max((shares[i] for i in ids if i != best), default=0.0)
        # one meaning holds most of the cells and no other half of them, or it alone holds them all: « A+ » beside A, B and C
        if cells and ((shares[best] >= 0.9 and most < 0.5) or (shares[best] == 1 and most < 1)):
            self._say("CEP452", column=title, becomes=best)
            return best, "values"
        self._say("CEP451", column=title, candidates=", ".join(ids))
        return "", "unclear"

    def _share(self, target: str, cells: Collection[str]) -> float:
        card = self._card(target)
        if card["kind"] in SET_ASIDE:
            known = sum(normalise(c) in card["values"] for c in cells)
        else:
            read = reader(card, self.files, self.on, {})
            known = sum(not read(c).fault for c in cells)
        return known / len(cells) if cells else 0.0

    def _near(self, words: str) -> tuple[str, str] | None:
        """A known title near this one, as (title, id); never for a title that speaks of someone or somewhere else."""
        if words in self.files["proposed"]:
            return self.files["shown"].get(words, words), self.files["proposed"][words]
        tokens = words.split()
        if any(t in self.files["elsewhere"] for t in tokens):
            return None
        headers = {w: ids[0] for w, ids in self.files["headers"].items() if len(ids) == 1}
        bare = " ".join(t for t in tokens if t not in self.files["hints"])
        found: str | None = bare
        if bare not in headers:
            # the longest known title whose words all stand in this one and make most of it: « date de naissance (jj/mm/aaaa) »
            most = 0.6 * len(" ".join(tokens))
            inside = [h for h in headers if len(h) >= most and set(h.split()) <= set(tokens)]
            found = max(inside, key=len, default=None) or (near(headers, bare) if bare else None)
        kind = self.files["columns"][headers[found]]["kind"] if found is not None else ""
        # « commune de naissance » is near « commune de résidence »: what says birth can only be the birth date
        elsewhere = "naissance" in tokens and kind not in {"birth_date", "birth_year"}
        if found is None or kind in SET_ASIDE or elsewhere:
            return None
        return self.files["shown"].get(found, found), headers[found]

    def _doubts(self, column: ReadColumn, sample: Collection[str]) -> None:
        cells = _distinct(sample, self.files["unknown"])
        if column.kind == "birth_date" and any(is_month_first(c) for c in cells):
            self._say("CEP456", column=column.header)
        elif column.how != "values" and cells and all(column.read(c).fault for c in cells):
            self._say("CEP455", column=column.header, becomes=column.becomes)

    def _repeated(self, columns: Sequence[ReadColumn]) -> None:
        """Two lists of needs add up, and so do a yes and a no to two questions; of any other two columns only one can be true."""
        for target in dict.fromkeys(c.becomes for c in columns if c.is_read):
            same = [c for c in columns if c.becomes == target]
            says_facts = any(e[0] or e[1] for c in same for e in c.card["values"].values())
            adds_up = same[0].kind in {"needs", "need"} or (same[0].kind == "facts" and not says_facts)
            if len(same) > 1 and not all(adds_up or c.is_ticked for c in same):
                self._say("CEP453", columns=" / ".join(c.header for c in same), becomes=target)


def _nothing(_: str) -> CellReading:
    return NOTHING


def _distinct(sample: Collection[str], unknown: Collection[str]) -> list[str]:
    return [c for c in dict.fromkeys(sample) if (words := normalise(cleaned(c))) and words not in unknown]


# -- what a human may be shown ----------------------------------------------------------------------------------------------


class Puzzle(NamedTuple):
    """Cells of a column that were not recognised: how many rows, a known spelling near them, and the cell if it may be shown."""

    rows: int
    near: str
    text: str | None
    line: int = 0  # the first one


def puzzles(
    column: ReadColumn, counts: Table[str, int], firsts: Table[str, int] | None = None
) -> tuple[Puzzle, ...]:
    """The cells of a column read as a fact that nobody recognised, most frequent first. `firsts`: the line where each was first met.

    Privacy: a cell is shown only when its column is a fact's (never a birth date, an age, a home), when it has at most
    `SHOWN_AT_MOST` characters, and when two rows hold it or a known spelling is near: a remark typed on one line is not shown.
    """
    if not column.is_read or column.kind not in {"facts", "role", "need", "needs"}:
        return ()
    known = column.card["values"]
    found: dict[str, list[Any]] = {}
    for raw, rows in counts.items():
        if column.read(raw).fault:
            text = cleaned(raw)
            entry = found.setdefault(normalise(text), [0, text, (firsts or {}).get(raw, 0)])
            entry[0] += rows
    told = []
    for words, (rows, text, line) in found.items():
        alike = (
            (words if words in column.card["proposed"] else near(known, words) or "")
            if len(text) <= 200
            else ""
        )
        may = len(text) <= SHOWN_AT_MOST and (rows > 1 or bool(alike))
        told.append(Puzzle(rows, column.card["shown"].get(alike, alike), text if may else None, line))
    return tuple(sorted(told, key=lambda p: (-p.rows, p.text or "", p.near)))
