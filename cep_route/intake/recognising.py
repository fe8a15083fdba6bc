"""What the columns and cells of an intake file say of a person: titles to meanings, cells to facts, home, needs. Never opens a
file, never decides where a person goes, never takes for known what is only near.

Rules of this room. A title or a cell counts when the whole of it is known. Empty, NULL, « nc », « - » are unknown, never "no".
Columns about someone else or somewhere else are set aside first and are not even proposed. A birth date wins over an age, an
age over a band. Two columns that say the same thing are both read: where they differ, the fact is unknown and the row says so.
No cell is ever quoted in a finding; `puzzles` says which ones a human may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping as Table, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from cep_route.engine.route import age_on
from cep_route.engine.spelling import Effect, effect, fold, near, normalise
from cep_route.model.answer import Finding, Place

# Faults of a cell: the fact stays unknown with a warning, or the row is rejected under `--strict`.
UNRECOGNISED = frozenset(f"CEP{n}" for n in (460, 461, 462, 463, 464, 465, 467, 468, 469, 471))
SET_ASIDE = frozenset(("identity", "contact", "elsewhere", "unread"))
SHOWN_AT_MOST = 40  # characters of an unrecognised cell that may be shown
KEPT_AT_MOST = 100_000  # distinct cells remembered per column
CELL_AT_MOST = 500  # characters; a longer cell is text, not a value
OLDEST = 120
PASS = "-"  # the target, in a saved mapping, of a column that passes through untouched


class Reading(NamedTuple):
    """What one cell says. `told` pairs a fact, or one of `PARTS`, with its value; `among` with its possible values."""

    told: tuple[tuple[str, str | int], ...] = ()
    among: tuple[tuple[str, tuple[str | int, ...]], ...] = ()
    needs: tuple[str, ...] = ()
    fault: str = ""


PARTS = ("birth_date", "insee", "postcode", "commune", "departement", "role")
NOTHING = Reading()


class Home(NamedTuple):
    """Where the person lives, as the file writes it: nothing is looked up here."""

    insee: str = ""
    postcode: str = ""
    commune: str = ""
    departement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What one row says. `among`: facts known to be one of several values (`settled` tells when that is enough)."""

    facts: dict[str, str | int]
    among: dict[str, tuple[str | int, ...]]
    birth_date: str | None
    home: Home
    needs: tuple[str, ...]
    blocking: tuple[str, ...]
    role: str | None
    warnings: tuple[Finding, ...]


class Column:
    """One column of the file. `becomes`: the id of what it is, "" when it passes through; `how` it was recognised.

    `how`: `known` title, `map` (saved mapping), `values` (they decided between meanings), `proposed` (near a known title,
    or one not seen in real files: not read), `unclear` (several meanings: not read), `none`.
    """

    def __init__(
        self, position: int, header: str, becomes: str, card: Table[str, Any], how: str, *, proposal: str = ""
    ) -> None:
        self.position, self.header, self.becomes, self.how, self.proposal = (
            position,
            header,
            becomes,
            how,
            proposal,
        )
        self.kind: str = card["kind"] if becomes else ""
        self.card = card
        self.blocking: bool = card.get("blocking", False)
        self.is_read = bool(becomes) and self.kind not in SET_ASIDE
        self._reader: Callable[[str], Reading] = _nothing
        self._kept: dict[str, Reading] = {}

    def reads_with(self, reader: Callable[[str], Reading]) -> Column:
        self._reader = reader
        return self

    def read(self, text: str) -> Reading:
        """What a raw cell says; each distinct cell is read once."""
        known = self._kept.get(text)
        if known is None:
            known = self._reader(text)
            if len(self._kept) < KEPT_AT_MOST:
                self._kept[text] = known
        return known


class Mapping:
    """What a file's columns are, and the way from its rows to what they say."""

    def __init__(
        self, columns: Sequence[Column], findings: Sequence[Finding], form: Table[str, Any] | None, on: str
    ) -> None:
        self.columns = tuple(columns)
        self.findings = tuple(findings)
        self.form = form  # the known file format, as {id, label}, or None
        self.on = on
        self.active = tuple(c for c in columns if c.is_read)
        self._faults: dict[tuple[int, str], Finding] = {}

    def read(self, cells: Sequence[str]) -> Recognised:
        """What one row says. Missing cells at the end are empty."""
        width = len(cells)
        return self.combine(
            [c.read(cells[c.position]) if c.position < width else NOTHING for c in self.active]
        )

    def combine(self, readings: Sequence[Reading]) -> Recognised:
        """One person out of the readings of `active`, in that order."""
        told: dict[str, tuple[str | int, int]] = {}
        among: dict[str, tuple[tuple[str | int, ...], int]] = {}
        needs: list[str] = []
        blocking: list[str] = []
        clashes: dict[str, list[int]] = {}
        warnings: list[Finding] = []
        for i, reading in enumerate(readings):
            if reading is NOTHING:
                continue
            for name, value in reading.told:
                before = told.setdefault(name, (value, i))
                if before[0] != value and not _same_place(name, before[0], value):
                    clashes.setdefault(name, [before[1]]).append(i)
            for name, values in reading.among:
                before_among = among.get(name)
                left = values if before_among is None else tuple(v for v in before_among[0] if v in values)
                if not left and before_among is not None:
                    clashes.setdefault(name, [before_among[1]]).append(i)
                among[name] = (left, i)
            if reading.needs:
                (blocking if self.active[i].blocking else needs).extend(reading.needs)
            if reading.fault:
                warnings.append(self._fault(i, reading.fault))
        self._weigh(told, among, clashes, warnings)
        for name, found in clashes.items():
            told.pop(name, None)
            among.pop(name, None)
            warnings.append(self._clash(name, found))
        return _person(told, among, needs, blocking, warnings)

    def _weigh(
        self,
        told: dict[str, tuple[str | int, int]],
        among: dict[str, tuple[tuple[str | int, ...], int]],
        clashes: dict[str, list[int]],
        warnings: list[Finding],
    ) -> None:
        """The surer of two: a birth date over an age and a band, an age over a band; else a value outside the choice is a clash."""
        born = told.get("birth_date")
        if born and "birth_date" not in clashes:
            age = told.pop("age", None)
            clashes.pop("age", None)
            among.pop("age", None)
            # a year of difference is a file some months old; more is one wrong figure
            if age and abs(age_on(str(born[0]), self.on) - int(age[0])) > 1:
                values = {"column": self._name(born[1]), "other": self._name(age[1])}
                warnings.append(Finding(code="CEP470", values=values, severity="warning"))
        elif "age" in told:
            among.pop("age", None)
        for name in [n for n in among if n in told and n not in clashes]:
            values_left, at = among.pop(name)
            if told[name][0] not in values_left:
                clashes[name] = [told[name][1], at]

    def _name(self, at: int) -> str:
        return self.active[at].header

    def _fault(self, at: int, code: str) -> Finding:
        """One finding per column and fault, shared by all rows: it holds no cell."""
        found = self._faults.get((at, code))
        if found is None:
            column = self.active[at]
            values = {"column": column.header, "becomes": column.becomes}
            found = self._faults[at, code] = Finding(code=code, values=values, severity="warning")
        return found

    def _clash(self, name: str, found: Sequence[int]) -> Finding:
        columns = " / ".join(dict.fromkeys(self._name(i) for i in found))
        return Finding(code="CEP469", values={"columns": columns, "fact": name}, severity="warning")


def _person(
    told: dict[str, tuple[str | int, int]],
    among: dict[str, tuple[tuple[str | int, ...], int]],
    needs: list[str],
    blocking: list[str],
    warnings: list[Finding],
) -> Recognised:
    parts = {p: str(told.pop(p)[0]) for p in PARTS if p in told}
    facts = {name: value for name, (value, _) in told.items()}
    facts.update({name: values[0] for name, (values, _) in among.items() if len(values) == 1})
    return Recognised(
        facts=facts,
        among={name: values for name, (values, _) in among.items() if len(values) > 1},
        birth_date=parts.get("birth_date"),
        home=Home(*(parts.get(p, "") for p in ("insee", "postcode", "commune", "departement"))),
        needs=tuple(dict.fromkeys((*blocking, *needs))),
        blocking=tuple(dict.fromkeys(blocking)),
        role=parts.get("role"),
        warnings=tuple(warnings),
    )


def _same_place(name: str, one: str | int, other: str | int) -> bool:
    """« PARIS » and « Paris » are one commune; nothing else is compared loosely."""
    return name == "commune" and normalise(str(one)) == normalise(str(other))


def settled(
    among: Table[str, tuple[str | int, ...]], law: Any, on: str
) -> tuple[dict[str, str | int], tuple[str, ...]]:
    """The choices that no rule, wall or note of the day tells apart, as one of their values; and the facts that stay unknown.

    Of ages the highest is given: the next birthday that matters is then never announced too late.
    """
    classes = law.segment(on)["classes"]
    notes = [c["when"] for c in law.rules if not c["opens"] and c["since"] <= on <= c["until"]]
    facts: dict[str, str | int] = {}
    open_: list[str] = []
    for name, values in among.items():
        known = classes.get(name)
        one_class = known is None or len({known[v] for v in values}) == 1
        if one_class and all(_all_or_none(when[name], values) for when in notes if name in when):
            facts[name] = max(values) if name == "age" else values[0]  # type: ignore[type-var]
        else:
            open_.append(name)
    return facts, tuple(open_)


def _all_or_none(accepted: Sequence[str], values: Sequence[str | int]) -> bool:
    wanted: Collection[str | int] = accepted
    if isinstance(values[0], int):
        from cep_route.engine.law import spread

        wanted = spread(accepted)
    return len({v in wanted for v in values}) == 1


# -- titles -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved mapping: normalised title -> (title, id or `PASS`), and the values a human settled, per normalised title."""

    columns: dict[str, tuple[str, str]]
    values: dict[str, dict[str, Effect]] = field(default_factory=dict)
    file: str = ""


def map_columns(
    header: Sequence[str],
    spellings: Table[str, Any],
    samples: Sequence[Collection[str]],
    *,
    on: str,
    saved: Saved | None = None,
    file: str = "",
) -> Mapping:
    """What each title of a file is. `samples`: some distinct cells of each column; `on`: the ISO day of the route."""
    return _Recogniser(spellings, on, saved, file).mapping(header, samples)


class _Recogniser:
    def __init__(self, spellings: Table[str, Any], on: str, saved: Saved | None, file: str) -> None:
        self.files: Table[str, Any] = spellings["files"]
        self.on, self.saved, self.file = on, saved or Saved(columns={}), file
        self.findings: list[Finding] = []
        self.one_meaning = {w: ids[0] for w, ids in self.files["headers"].items() if len(ids) == 1}

    def mapping(self, header: Sequence[str], samples: Sequence[Collection[str]]) -> Mapping:
        words = [normalise(title) for title in header]
        columns = []
        for i, title in enumerate(header):
            column = self._column(i, title, words[i], samples[i] if i < len(samples) else ())
            columns.append(column)
            if column.is_read:
                self._doubts(column, samples[i] if i < len(samples) else ())
        self._repeated(columns)
        self._absent(words)
        if not any(c.is_read for c in columns):
            self._say("CEP454", severity="error")
        present = set(words)
        form = next((f for f in self.files["formats"] if present.issuperset(f["headers"])), None)
        return Mapping(columns, self.findings, form, self.on)

    def _say(self, code: str, severity: str = "warning", **values: str) -> None:
        place = Place(file=self.file) if self.file else None
        self.findings.append(Finding(code=code, values=values, place=place, severity=severity))

    def _column(self, at: int, title: str, words: str, sample: Collection[str]) -> Column:
        known: tuple[str, ...] = self.files["headers"].get(words, ())
        if words in self.saved.columns:
            target = self.saved.columns[words][1]
            return self._made(at, title, "" if target == PASS else target, "map", words)
        if len(known) == 1:
            return self._made(at, title, known[0], "known", words)
        if known:
            return self._by_values(at, title, words, known, sample)
        found = self._near(words) if words else None
        if found is None:
            return self._made(at, title, "", "none", words)
        shown, target = found
        self._say("CEP450", column=title, near=shown, becomes=target)
        column = self._made(at, title, "", "proposed", words)
        column.proposal = target
        return column

    def _made(self, at: int, title: str, target: str, how: str, words: str) -> Column:
        card = self._card(target) if target else {"kind": "facts"}
        column = Column(at, title, target, card, how)
        if column.is_read:
            column.reads_with(reader(card, self.files, self.on, self.saved.values.get(words, {})))
        return column

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
        self, at: int, title: str, words: str, ids: Sequence[str], sample: Collection[str]
    ) -> Column:
        """The one meaning that knows the cells, when the others do not."""
        cells = _distinct(sample, self.files["unknown"])
        shares = {i: self._share(i, cells) for i in ids}
        best = max(ids, key=lambda i: shares[i])
        if cells and shares[best] >= 0.9 and all(shares[i] < 0.5 for i in ids if i != best):
            self._say("CEP452", column=title, becomes=best)
            return self._made(at, title, best, "values", words)
        self._say("CEP451", column=title, candidates=", ".join(ids))
        return self._made(at, title, "", "unclear", words)

    def _share(self, target: str, cells: Collection[str]) -> float:
        read = reader(self._card(target), self.files, self.on, {})
        return sum(not read(c).fault for c in cells) / len(cells) if cells else 0.0

    def _near(self, words: str) -> tuple[str, str] | None:
        """A known title near this one, as (title, id); never for a title that speaks of someone or somewhere else."""
        headers = self.one_meaning
        if words in self.files["proposed"]:
            return self.files["shown"].get(words, words), self.files["proposed"][words]
        tokens = words.split()
        if any(t in self.files["elsewhere"] for t in tokens):
            return None
        bare = " ".join(t for t in tokens if t not in self.files["hints"])
        found = (
            bare
            if bare in headers
            else _contained(tokens, headers) or (near(headers, bare) if bare else None)
        )
        if found is None or self.files["columns"][headers[found]]["kind"] in SET_ASIDE:
            return None
        # « commune de naissance » is near « commune de résidence »: what says birth can only be the birth date
        if "naissance" in tokens and self.files["columns"][headers[found]]["kind"] not in {
            "birth_date",
            "birth_year",
        }:
            return None
        return self.files["shown"].get(found, found), headers[found]

    def _doubts(self, column: Column, sample: Collection[str]) -> None:
        cells = _distinct(sample, self.files["unknown"])
        if column.kind == "birth_date" and any(_month_first(c) for c in cells):
            self._say("CEP456", column=column.header)
        elif column.how != "values" and cells and all(column.read(c).fault for c in cells):
            self._say("CEP455", column=column.header, becomes=column.becomes)

    def _repeated(self, columns: Sequence[Column]) -> None:
        for target in dict.fromkeys(c.becomes for c in columns if c.is_read):
            same = [c.header for c in columns if c.becomes == target]
            if len(same) > 1 and not all(_adds_up(c) for c in columns if c.becomes == target):
                self._say("CEP453", columns=" / ".join(same), becomes=target)

    def _absent(self, words: Collection[str]) -> None:
        for key, (title, _) in self.saved.columns.items():
            if key not in words:
                self._say("CEP488", column=title)


def _adds_up(column: Column) -> bool:
    """Two lists of needs add up; of any other two columns only one value can be true."""
    says_facts = any(e[0] or e[1] for e in column.card["values"].values())
    return column.kind in {"needs", "need"} or (column.kind == "facts" and not says_facts)


def _distinct(sample: Collection[str], unknown: Collection[str]) -> list[str]:
    return [c for c in dict.fromkeys(sample) if (words := normalise(cleaned(c))) and words not in unknown]


def _contained(tokens: Sequence[str], headers: Collection[str]) -> str | None:
    """The longest known title whose words all stand in this one and make most of it: « date de naissance (jj/mm/aaaa) »."""
    length = len(" ".join(tokens))
    inside = [h for h in headers if len(h) >= 0.6 * length and set(h.split()) <= set(tokens)]
    return max(inside, key=len, default=None)


# -- cells ------------------------------------------------------------------------------------------------------------------

_BLANKS = str.maketrans("\u00a0\u202f\u2007\u2009\u2002\u2003", "      ", "\u200b\u200c\u200d\u2060\ufeff")
_WHOLE = re.compile(r"([0-9]{1,6})[.,]0{1,6}")
_TIME = r"(?:[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_FRENCH = re.compile(rf"([0-9]{{1,2}})([-/. ])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}")
_SERIAL = re.compile(r"([0-9]{5})(?:[.,]0{1,6})?")
_EXCEL_DAY_0 = date(1899, 12, 30)
_POSTAL_LINE = re.compile(r"([0-9]{4,5})[ ]+(?![0-9 ])(.+?)(?: CEDEX.*)?", re.IGNORECASE)
_AGE = re.compile(r"([0-9]{1,3})(?:[.,]0{1,6})? ?(?:ans?)?", re.IGNORECASE)
_YEARS = " ?([0-9]{1,3}) ?(?:ans?)?"
_BANDS: tuple[tuple[re.Pattern[str], Callable[[int, int], tuple[int, int]]], ...] = (
    (re.compile(rf"(?:de |entre )?{_YEARS} ?(?:a|et|-){_YEARS}"), lambda a, b: (a, b)),
    (re.compile(rf"(?:moins de|- de|-|<){_YEARS}()"), lambda a, _: (0, a - 1)),
    (re.compile(rf"(?:<=|≤){_YEARS}()"), lambda a, _: (0, a)),
    (re.compile(rf"{_YEARS} (?:et|ou) (?:moins|-)()"), lambda a, _: (0, a)),
    (re.compile(rf"(?:plus de|\+ de|\+|>=|≥|>){_YEARS}()"), lambda a, _: (a, OLDEST)),
    (re.compile(rf"{_YEARS} ?(?:(?:et|ou) (?:plus|\+)|\+)()"), lambda a, _: (a, OLDEST)),
)


def cleaned(text: str) -> str:
    """A cell without what a spreadsheet put around it: blanks, `="..."`, the apostrophe that marks text."""
    if not text.isascii():
        text = text.translate(_BLANKS)
    text = " ".join(text.split())
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:] if text.startswith("'") else text


def reader(
    card: Table[str, Any], files: Table[str, Any], on: str, settled_values: Table[str, Effect]
) -> Callable[[str], Reading]:
    """The way from a raw cell to what it says, for one kind of column. `settled_values`: what a saved mapping says first."""
    unknown = files["unknown"]
    kind = card["kind"]
    values: Table[str, Effect] = {**card["values"], **settled_values}
    by_kind: dict[str, Callable[[str, str], Reading]] = {
        "facts": lambda _, words: _value(words, values),
        "role": lambda _, words: _value(words, values),
        "need": lambda _, words: _value(words, values),
        "needs": lambda text, words: _needs(text, words, values, files["needs"], unknown),
        "age": lambda text, words: _age(text, words, values),
        "birth_date": lambda text, _: _birth_date(text, on),
        "birth_year": lambda text, _: _birth_year(text, on),
        "dated": lambda text, _: _dated(text, card["sets"]),
        "postcode": lambda text, _: _postcode(text),
        "postcode_commune": lambda text, _: _postal_line(text),
        "commune": lambda text, _: _postal_line(text),
        "insee": lambda text, _: _insee(text),
        "departement": lambda text, _: _departement(text),
    }
    read = by_kind[kind]

    def one(raw: str) -> Reading:
        text = cleaned(raw)
        words = normalise(text) if len(text) <= CELL_AT_MOST else text
        if words in settled_values:
            return _said(settled_values[words])
        if not words or words in unknown:
            return NOTHING
        return read(text, words) if len(text) <= CELL_AT_MOST else Reading(fault="CEP460")

    return one


def _nothing(_: str) -> Reading:
    return NOTHING


def _said(what: Effect) -> Reading:
    return Reading(told=what[0], among=what[1], needs=what[2])


def _value(words: str, values: Table[str, Effect]) -> Reading:
    found = values.get(words)
    if found is None and (number := re.fullmatch(r"([0-9]{1,6}) 0{1,6}", words)):
        found = values.get(number[1])  # « 1.0 »: a spreadsheet's whole number
    return Reading(fault="CEP460") if found is None else _said(found)


def _needs(
    text: str, words: str, values: Table[str, Effect], needs: Table[str, str], unknown: Collection[str]
) -> Reading:
    """The needs of a cell: known whole, or a list cut at `;`, `|` or line ends, and only then at commas, slashes and plus signs."""
    whole = _one_need(words, values, needs)
    if whole is not None:
        return Reading(needs=whole)
    found: list[str] = []
    fault = ""
    for piece in (q for p in re.split(r"[;|•]", text) for q in _pieces(p, values, needs)):
        said = normalise(piece)
        if not said or said in unknown:
            continue
        known = _one_need(said, values, needs)
        found += known or ()
        fault = fault or ("CEP471" if known is None else "")
    return Reading(needs=tuple(dict.fromkeys(found)), fault=fault)


def _one_need(words: str, values: Table[str, Effect], needs: Table[str, str]) -> tuple[str, ...] | None:
    if words in values:
        return values[words][2]
    return (needs[words],) if words in needs else None


def _pieces(text: str, values: Table[str, Effect], needs: Table[str, str]) -> list[str]:
    """The text itself when it is known, or when no comma or slash parts it."""
    return [text] if _one_need(normalise(text), values, needs) is not None else re.split(r"[,/+]", text)


# -- ages and dates ---------------------------------------------------------------------------------------------------------


def read_date(text: str) -> date | str:
    """A day written yyyy-mm-dd or dd/mm/yyyy (also `-` or `.`; a time may follow) or as Excel's serial number; else the fault's code.

    A time with a zone, unless midnight, may be the day before seen from elsewhere: refused.
    """
    if not text.isascii():
        return "CEP461"
    if serial := _SERIAL.fullmatch(text):
        return _EXCEL_DAY_0 + timedelta(days=int(serial[1]))
    if iso := _ISO.fullmatch(text):
        year, month, day, time, zone = iso[1], iso[3], iso[4], iso[5], iso[6]
    elif french := _FRENCH.fullmatch(text):
        year, month, day, time, zone = french[4], french[3], french[1], french[5], french[6]
    else:
        return "CEP462" if _SHORT_YEAR.fullmatch(text) else "CEP461"
    if zone and time and time.strip("0:.,"):
        return "CEP461"
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return "CEP463"


def _month_first(text: str) -> bool:
    """« 05/25/1998 »: no day in French, one in American; then every date of the column is in doubt."""
    found = _FRENCH.fullmatch(cleaned(text))
    return bool(found) and int(found[3]) > 12 >= int(found[1]) and int(found[3]) <= 31  # type: ignore[index]


def _birth_date(text: str, on: str) -> Reading:
    day = read_date(text)
    if isinstance(day, str):
        return Reading(fault=day)
    iso = day.isoformat()
    if day.year < 1900 or iso > on or age_on(iso, on) > OLDEST:
        return Reading(fault="CEP464")
    return Reading(told=(("birth_date", iso),))


def _birth_year(text: str, on: str) -> Reading:
    """A year leaves two ages open."""
    if (whole := _WHOLE.fullmatch(text)) is not None:
        text = whole[1]
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        return Reading(fault="CEP461")
    age = int(on[:4]) - int(text)
    if not 0 <= age <= OLDEST:
        return Reading(fault="CEP464")
    return Reading(among=(("age", (age - 1, age)),)) if age else Reading(told=(("age", 0),))


def _dated(text: str, sets: Effect | None) -> Reading:
    return _said(sets) if sets and isinstance(read_date(text), date) else Reading(fault="CEP460")


def _age(text: str, words: str, values: Table[str, Effect]) -> Reading:
    if words in values:
        return _said(values[words])
    if text.isascii() and (told := _AGE.fullmatch(text)):
        return Reading(told=(("age", int(told[1])),)) if int(told[1]) <= OLDEST else Reading(fault="CEP465")
    band = _band(fold(text)) if _plain_figures(text) else None
    return Reading(among=(("age", band),)) if band else Reading(fault="CEP465")


def _plain_figures(text: str) -> bool:
    """No decimals, no open intervals (« [18;25[ » ends before 25), no figures of other alphabets."""
    return not any(c in "[].,;" or (c.isdigit() and not c.isascii()) for c in text)


def _band(text: str) -> tuple[int, ...] | None:
    """The ages a band holds, the wider reading where words leave a doubt."""
    for pattern, bounds in _BANDS:
        if found := pattern.fullmatch(text):
            low, high = bounds(int(found[1]), int(found[2] or 0))
            return tuple(range(low, high + 1)) if 0 <= low < high <= OLDEST else None
    return None


# -- the home ---------------------------------------------------------------------------------------------------------------


def _five(digits: str) -> str:
    """A spreadsheet drops the first zero of 01400."""
    return digits.zfill(5)


def _postcode(text: str) -> Reading:
    whole = _WHOLE.fullmatch(text)
    code = (
        whole[1] if whole else text.upper().removeprefix("FR").removeprefix("F").lstrip("- ").replace(" ", "")
    )
    if code.isascii() and code.isdigit() and len(code) in {4, 5} and int(code):
        return Reading(told=(("postcode", _five(code)),))
    line = _POSTAL_LINE.fullmatch(text)
    return _postal_line(text) if line else Reading(fault="CEP467")


def _postal_line(text: str) -> Reading:
    """« 08300 RETHEL », « 1400 Bourg-en-Bresse », « 75007 PARIS CEDEX 07 »; a text of any other shape is a commune's name."""
    line = _POSTAL_LINE.fullmatch(text)
    if not line:
        return Reading(told=(("commune", text),))
    return Reading(told=(("postcode", _five(line[1])), ("commune", line[2].strip(" -,"))))


def _insee(text: str) -> Reading:
    whole = _WHOLE.fullmatch(text)
    code = (whole[1] if whole else text).upper().replace(" ", "")
    digits = code[:1] + code[2:] if code[1:2] in {"A", "B"} and code[:1] == "2" else code
    if digits.isascii() and digits.isdigit() and len(code) in {4, 5} and (code.isdigit() or len(code) == 5):
        return Reading(told=(("insee", _five(code)),))
    return Reading(fault="CEP468")


def _departement(text: str) -> Reading:
    whole = _WHOLE.fullmatch(text)
    code = whole[1] if whole else text
    return Reading(told=(("departement", code.zfill(2) if code.isdigit() else code.upper()),))


# -- what a human may be shown ----------------------------------------------------------------------------------------------


class Puzzle(NamedTuple):
    """Cells of a column that were not recognised: how many rows, a known spelling near them, and the cell if it may be shown."""

    rows: int
    near: str
    text: str | None


def puzzles(column: Column, counts: Table[str, int]) -> tuple[Puzzle, ...]:
    """The cells of a column read as a fact that nobody recognised, most frequent first.

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
            entry = found.setdefault(normalise(text), [0, text])
            entry[0] += rows
    told = []
    for words, (rows, text) in found.items():
        alike = (
            (words if words in column.card["proposed"] else near(known, words) or "")
            if len(text) <= 200
            else ""
        )
        may = len(text) <= SHOWN_AT_MOST and (rows > 1 or bool(alike))
        told.append(Puzzle(rows, column.card["shown"].get(alike, alike), text if may else None))
    return tuple(sorted(told, key=lambda p: (-p.rows, p.text or "", p.near)))


# -- the saved mapping ------------------------------------------------------------------------------------------------------


def write_map(mapping: Mapping, counts: Sequence[Table[str, int]] = ()) -> str:
    """A saved mapping as TOML: every column with what it is taken for; what is only proposed stands as a comment.

    `counts`: cell -> rows for each column of the file, to write down the values a human should settle (under `puzzles`' rule).
    """
    lines = [
        "# Ce que sont les colonnes du fichier. À gauche le titre, à droite ce qu'il devient ; « - » : la colonne n'est pas lue.",
        "schema = 1",
        "",
        "[columns]",
    ]
    for column in mapping.columns:
        if not normalise(column.header):
            continue
        line = f"{_quoted(column.header)} = {_quoted(column.becomes or PASS)}"
        lines.append(f"{line}  # {_quoted(column.proposal)} ?" if column.proposal else line)
    for column in mapping.columns:
        found = puzzles(column, counts[column.position]) if column.position < len(counts) else ()
        shown = [p for p in found if p.text is not None]
        if shown:
            lines += [
                "",
                "# Valeurs non reconnues : enlevez le « # » et corrigez ; {} = comprise, ne dit rien.",
            ]
            lines.append(f"[values.{_quoted(column.header)}]")
            lines += [f"# {_quoted(p.text or '')} = {_table(column, p.near)}" for p in shown]
    return "\n".join(lines) + "\n"


def _table(column: Column, shown: str) -> str:
    """What a near spelling would set, as an inline table."""
    words = normalise(shown)
    said = column.card["values"].get(words) or column.card["proposed"].get(words)
    if not said:
        return "{}"
    told, among, needs = said
    pairs = [f"{n} = {_quoted(str(v))}" for n, v in told if n != "role"]
    pairs += [f"{n} = {_quoted(f'{v[0]}..{v[-1]}')}" for n, v in among if isinstance(v[0], int)]
    pairs += [
        f"{n} = [{', '.join(_quoted(str(x)) for x in v)}]" for n, v in among if not isinstance(v[0], int)
    ]
    if needs:
        pairs.append(f"needs = [{', '.join(map(_quoted, needs))}]")
    return "{ " + ", ".join(pairs) + " }" if pairs else "{}"


def _quoted(text: str) -> str:
    """A TOML basic string; what UTF-8 cannot write is written as its code."""
    import json

    body = json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    return '"' + "".join("�" if "\ud800" <= c <= "\udfff" else c for c in body) + '"'


def read_map(text: str, spellings: Table[str, Any], file: str) -> tuple[Saved | None, tuple[Finding, ...]]:
    """A saved mapping out of its TOML text, or everything that is wrong with it."""
    return _MapText(text, spellings["files"], file).saved()


class _MapText:
    def __init__(self, text: str, files: Table[str, Any], file: str) -> None:
        self.text, self.files, self.file = text, files, file
        self.findings: list[Finding] = []

    def saved(self) -> tuple[Saved | None, tuple[Finding, ...]]:
        import tomli

        try:
            data = tomli.loads(self.text)
        except tomli.TOMLDecodeError as error:
            place = Place(file=self.file, line=error.lineno, column=error.colno)
            return None, (Finding(code="CEP480", values={"why": error.msg}, place=place),)
        except (RecursionError, ValueError):
            return None, (Finding(code="CEP481", place=Place(file=self.file)),)
        for key in data.keys() - {"schema", "columns", "values"}:
            self._say("CEP482", (key,), key=key)
        if data.get("schema") != 1 or isinstance(data.get("schema"), bool):
            self._say("CEP483", ("schema",))
        columns = self._columns(self._table(data, "columns"))
        values = {normalise(t): self._values(t, v) for t, v in self._table(data, "values").items()}
        if self.findings:
            return None, tuple(sorted(self.findings, key=Finding.order))
        return Saved(columns=columns, values=values, file=self.file), ()

    def _say(self, code: str, path: tuple[str | int, ...], **values: str) -> None:
        from cep_route.files.positions import locate

        line, column = locate(self.text, path)
        self.findings.append(
            Finding(code=code, values=values, place=Place(file=self.file, line=line, column=column))
        )

    def _table(self, data: Table[str, Any], key: str) -> dict[str, Any]:
        found = data.get(key, {})
        if isinstance(found, dict):
            return found
        self._say("CEP484", (key,), key=key)
        return {}

    def _columns(self, table: Table[str, Any]) -> dict[str, tuple[str, str]]:
        columns: dict[str, tuple[str, str]] = {}
        for title, target in table.items():
            words = normalise(title)
            if not isinstance(target, str):
                self._say("CEP484", ("columns", title), key=title)
            elif target != PASS and not self._is_target(target):
                near_target = near(self.files["columns"], target) or ""
                self._say("CEP485", ("columns", title), column=title, target=target, near=near_target)
            elif words in columns:
                self._say("CEP489", ("columns", title), column=title, other=columns[words][0])
            else:
                columns[words] = (title, target)
        return columns

    def _is_target(self, target: str) -> bool:
        kind, _, need = target.partition(":")
        return target in self.files["columns"] or (kind == "need" and need in self.files["need_labels"])

    def _values(self, title: str, table: Any) -> dict[str, Effect]:
        if not isinstance(table, dict):
            self._say("CEP484", ("values", title), key=title)
            return {}
        return {
            normalise(cell): said
            for cell, sets in table.items()
            if (said := self._effect(("values", title, cell), title, sets)) is not None
        }

    def _effect(self, path: tuple[str, ...], title: str, sets: Any) -> Effect | None:
        """What a settled value says. The cell itself is not quoted: it comes from a person's file."""
        if not isinstance(sets, dict):
            self._say("CEP484", path, key=title)
            return None
        before = len(self.findings)
        facts = {name: value for name, value in sets.items() if name != "needs"}
        for name, value in facts.items():
            self._fact(path, name, value)
        needs = sets.get("needs", [])
        if not isinstance(needs, list) or not all(isinstance(n, str) for n in needs):
            self._say("CEP484", path, key="needs")
            return None
        for need in needs:
            if need not in self.files["need_labels"]:
                near_need = near(self.files["need_labels"], need) or ""
                self._say("CEP487", path, need=need, near=near_need)
        return effect(facts, needs, self.files["domains"]) if len(self.findings) == before else None

    def _fact(self, path: tuple[str, ...], name: str, value: Any) -> None:
        domains = self.files["domains"]
        if name not in domains:
            self._say("CEP486", path, fact=name, near=near(domains, name) or "")
            return
        told = value if isinstance(value, list) else [value]
        if not told or not all(isinstance(v, str) for v in told):
            self._say("CEP484", path, key=name)
            return
        for one in told:
            if not (_is_years(one) if domains[name] is None else one in domains[name]):
                self._say("CEP490", path, fact=name, value=one, near=near(domains[name] or (), one) or "")


def _is_years(text: str) -> bool:
    low, dots, high = text.partition("..")
    ends = [low, high] if dots else [low]
    if not all(e.isascii() and e.isdigit() and len(e) <= 3 for e in ends):
        return False
    return int(ends[0]) <= int(ends[-1]) <= OLDEST
