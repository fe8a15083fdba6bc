"""The delimiter and the header of an intake file, found by the column names looked for, or by shape when none is known.

Never changes a name (matching is on a plain form, the header stays as written), never takes a first person for a header
when the file shows it has none, never decides by letter frequencies.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cache
from io import StringIO

from msgspec import Struct

from cep_route.intake.decoding import Limits, refused
from cep_route.intake.records import Record, read_all
from cep_route.model.answer import Finding
from cep_route.text import unaccented

DELIMITERS = ("\t", ";", "|", ",")  # on equal evidence the rarer in running text first
_UNUSUAL = "~^#:!&*\x01\x1e\x1f"  # marks that cut cells in some files, and only when told
PROBE = 500  # lines in which a header is looked for
# a note on the table: « * RQTH : ... », « (1) ... », « DE : demandeur d'emploi », « O = oui »
NOTE = re.compile(r"(?:\*+|\([0-9*]\)|[¹²³#]) ?\S|[^:=]{1,40}?(?: ?: ?| ?= ?)\S*[^\W\d_]")
Wanted = Callable[[str], bool] | Collection[str] | None


class Heading(Struct, frozen=True, kw_only=True):
    """Where the header is and how the records under it are cut."""

    delimiter: str
    quote: str
    escape: str  # the sign before a quote that is text, "" when it is doubled
    line: int
    header: tuple[str, ...]
    raw: str  # the header's own text
    next_line: int  # the first line after the header
    above: tuple[
        tuple[int, tuple[str, ...]], ...
    ]  # line and cells of what stands over it, blank lines left out
    names: frozenset[str]  # plain names any header of this file may hold
    written: tuple[tuple[str, ...], ...] = ()  # the rows that make the header, where they are two


def plain(name: str) -> str:
    """A column name as it is compared: no accents, case, NBSP, line ends, invisible characters, final `*` or ` :`."""
    text = name if name.isascii() else unaccented(name).replace("’", "'")
    return " ".join(text.casefold().split()).strip("\"' ").rstrip("*: ")


def find_heading(
    lines: list[str],
    wanted: Wanted,
    *,
    delimiter: str | None,
    name: str,
    limits: Limits,
    quote: str | None = None,
    escape: str | None = None,
    else_by_shape: bool = False,
) -> Heading | Finding:
    """The heading found in the first lines of a file, or why there is none. `else_by_shape`: where no name is known, by its shape."""
    something = re.compile(rf'[^\s;,|"{re.escape(delimiter or "")}]')
    if not any(map(something.search, lines)):
        return refused("CEP405", name)
    probe = _Probe(lines, wanted, name, limits)
    told = quote is not None or escape is not None
    sep = None if delimiter else _SEP.fullmatch(lines[0])
    hint = sep.group(1) if sep and sep.group(1) not in "\r\n\"'" else ""
    if delimiter or hint:
        probe.delimiters = (delimiter or hint,)
    if hint:
        lines[0] = "\n"  # it is no row
    if told:
        probe.quote, probe.escape = quote or '"', escape or ""
    elif delimiter is None and not any('"' in line for line in lines):
        # single quotes count only if the whole header is written in them
        first = next((line.strip("\r\n") for line in lines if line.strip()), "")
        single = [d for d in probe.delimiters if re.fullmatch(rf"'[^']+'(?:{re.escape(d)}'[^']+')+", first)]
        if single:
            probe.delimiters, probe.quote = (single[0],), "'"
    found = probe.find(else_by_shape=else_by_shape)
    if isinstance(found, Finding) and hint:  # Excel's first line `sep=;` is only a hint
        probe.delimiters = DELIMITERS
        found = probe.find(else_by_shape=else_by_shape)
    if isinstance(found, Finding):
        return found
    return probe.checked(found if told else probe.requoted(found))


_SEP = re.compile(r'\ufeff?"?sep=(.)"?[;,|\t]*[\r\n]*', re.IGNORECASE | re.DOTALL)


class _FoundHeader(Struct, frozen=True):
    delimiter: str
    index: int  # in the records of that delimiter
    is_lower: bool = False  # under a row of titles of which it names parts


class _Probe:
    """The first lines of a file, cut under each delimiter."""

    def __init__(self, lines: list[str], wanted: Wanted, name: str, limits: Limits) -> None:
        self.lines, self.name, self.limits = lines, name, limits
        self.delimiters: tuple[str, ...] = DELIMITERS
        self.quote, self.escape = '"', ""
        self.looked_for: tuple[str, ...] = ()
        self.matches: Callable[[str], bool] | None = None
        if callable(wanted):
            self.matches = wanted
        elif wanted is not None:
            self.looked_for = tuple(dict.fromkeys(name for name in wanted if plain(name)))
            known = frozenset(plain(name) for name in self.looked_for)
            self.matches = known.__contains__ if known else None
        self._cut: dict[str, list[Record]] = {}
        self._plain: Callable[[str], str] = cache(lambda cell: plain(cell[:300]))

    def records(self, delimiter: str) -> list[Record]:
        """The records that are not blank."""
        if delimiter not in self._cut:
            rows = read_all(self.lines, delimiter, self.quote, self.limits, self.escape)
            self._cut[delimiter] = [row for row in rows if row.fault or _filled(row.cells)]
        return self._cut[delimiter]

    def find(self, *, else_by_shape: bool) -> _FoundHeader | Finding:
        """The header by the names it is known by, or by its shape."""
        if self.matches is None:
            return self.by_shape()
        found = self.by_name()
        unknown = isinstance(found, Finding) and found.code in {"CEP410", "CEP417"}
        return self.by_shape() if unknown and else_by_shape else found

    def requoted(self, found: _FoundHeader) -> _FoundHeader:
        """The same header under other quotes, when all rows are right under them and some are not under the usual ones."""
        header = self.records(found.delimiter)[found.index]
        width = len(header.cells)

        def are_right(rows: list[Record]) -> bool:
            return all(not row.fault and _fits(row.cells, width) for row in rows)

        if self.quote != '"' or are_right(self.records(found.delimiter)[found.index + 1 :]):
            return found
        has_quote = any('"' in line for line in self.lines)
        usual, cut = (self.quote, self.escape), self._cut
        self.quote, self.escape = ('"', "\\") if has_quote else ("'", "")
        if any(self.escape + self.quote in line for line in self.lines[header.line :]):
            self._cut = {}
            rows = self.records(found.delimiter)
            index = next((i for i, row in enumerate(rows) if row.line == header.line), None)
            if index is not None and len(rows[index].cells) == width and are_right(rows[index + 1 :]):
                return _FoundHeader(found.delimiter, index)
        (self.quote, self.escape), self._cut = usual, cut
        return found

    # ------------------------------------------------------------------------------ the names are known

    def by_name(self) -> _FoundHeader | Finding:
        """The row that holds most of the names looked for, under the delimiter that shows most of them."""
        best = 0
        found: _FoundHeader | None = None
        person = 0  # the line of the first row that names columns and looks like a person
        for delimiter in self.delimiters:
            rows = self.records(delimiter)
            for index, (line, _, cells, fault) in enumerate(rows):
                score = 0 if fault else self._score(cells, max(best, 1))
                # of two rows of titles the lower one names the columns, the upper one their groups
                below = not self.looked_for and found == _FoundHeader(delimiter, index - 1)
                below = below and _filled(cells) > _filled(rows[index - 1].cells)
                if score < best + (not below):
                    continue
                if score == 1 and len(self.looked_for) != 1:
                    # one known name may be a word in a title or in a person's row: nothing as wide may stand above it
                    above = [_filled(row.cells) for row in rows[:index]]
                    if max(above, default=0) >= _filled(cells) or _likeness(cells, _after(rows, index)) > 0:
                        continue
                if self._is_person(rows, index, score):
                    person = person or line
                elif not (
                    found and found.delimiter == delimiter and self._has_persons(rows, found.index, index)
                ):
                    best, found = score, _FoundHeader(delimiter, index)
        if found is None and person:
            return refused("CEP411", self.name, person)
        if found is None:
            shown = ", ".join(self.looked_for[:12]) + (", …" if len(self.looked_for) > 12 else "")
            return refused("CEP410", self.name, names=shown) if shown else refused("CEP417", self.name)
        header = self.records(found.delimiter)[found.index]
        if len(header.cells) == 1:
            return self._single_column(header.line)
        return self._lower_of_two(self._last_of_repeated(found))

    def _lower_of_two(self, found: _FoundHeader) -> _FoundHeader:
        """The row under a header that names parts of some of its columns, « Date » and « Lieu » under « Naissance »: the two are one header."""
        rows = self.records(found.delimiter)
        upper, lower = rows[found.index], (*rows[found.index + 1 : found.index + 2], None)[0]
        if self.matches is None or self.looked_for or lower is None or lower.fault:
            return found
        cells = lower.cells
        parts = [i for i, cell in enumerate(cells) if cell.strip()]
        groups = groups_of(upper.cells, len(cells))
        whole = any(cell.strip() and i not in parts for i, cell in enumerate(upper.cells))
        if not (parts and whole and all(groups[i] for i in parts)) or lower.line != upper.line + upper.span:
            return found
        gaps = [i for i in range(len(cells)) if i >= len(upper.cells) or not upper.cells[i].strip()]
        after, known = _after(rows, found.index + 1), 0
        for i in parts:
            group, cell = groups[i], cells[i]
            word, title = plain(cell), self._with_group(group, cell)
            # a tick is a person's, a note is nobody's, and a value under a title is a person's unless another one stands beside it
            is_value = "/" not in cell and title == f"{group} {cell}"
            alone = is_value and [groups[part] for part in parts].count(group) < 2
            if (len(word) < 2 and word not in _ANSWERS) or NOTE.match(word) or alone or plain(group) == word:
                return found
            is_known = title != cell or self.matches(word)
            known += is_known
            # in a column that has its own title, or with a figure, it must be known with its group, or stand over figures
            figures = _DIGIT.search(cell) is not None
            beside = (i in gaps or (i + 1 in gaps and i + 1 in parts)) and not figures
            if title == cell and not beside:
                below = [row[i] for row in after if i < len(row) and row[i].strip()]
                if not (is_known and below and not figures and all(map(_DIGIT.search, below))):
                    return found
        if known * 2 <= len(parts):  # most must be known
            return found
        return _FoundHeader(found.delimiter, found.index + 1, is_lower=True)

    def _with_group(self, group: str, cell: str) -> str:
        """The title of a column under its group's, together where they are known so, or where alone it would be another one's."""
        if self.matches is None or self.looked_for or not group.strip() or plain(group) == plain(cell):
            return cell
        if plain(cell) in _ANSWERS:
            return f"{group} {cell}"
        known, of_birth = self.matches(plain(cell)), "naissance" in plain(group).split()
        if known and not of_birth:
            return cell
        both = [t for t in (f"{cell} {group}", f"{group} {cell}") if self.matches(plain(t))]
        if "/" in cell:  # « jj/mm/aaaa » is no part but an instruction
            both.reverse()
        # the town of birth is not the home
        return both[0] if both else f"{cell} {group}" if known else cell

    def _is_person(self, rows: list[Record], index: int, score: int) -> bool:
        """Whether a row that holds a few known names is somebody: « cadre » and « RSA » are titles and also values."""
        cells = [cell for cell in rows[index].cells if cell and not cell.isspace()]
        if self.looked_for or score * 2 > len(cells):
            return False
        told = any(_TOLD.fullmatch(cell.strip()) or "@" in cell or _is_value(cell) for cell in cells)
        return told or _likeness(rows[index].cells, _after(rows, index)) > 0

    def _has_persons(self, rows: list[Record], header: int, later: int) -> bool:
        """Whether rows as full as a first header stand between it and a later one: then that one begins another table.

        Only when nobody named the columns: names that were told choose their own table.
        """
        width = _filled(rows[header].cells)
        if self.looked_for or width < 3 or self._score(rows[header].cells) * 2 < width:
            return False
        between = [_filled(cells) for cells in _after(rows[:later], header)]
        return bool(between) and sum(between) * 2 > width * len(between)

    def _score(self, cells: list[str], least: int = 0) -> int:
        """How many different names looked for a row holds; under `least`, no matter how many."""
        assert self.matches is not None
        cells = cells[: self.limits.columns + 1]  # more are no header of ours, whatever they say
        names, score, left = {""}, 0, len(cells)
        for cell in cells:
            if score + left < least:  # a person's row, most likely: it is not read to its end
                break
            left -= 1
            name = self._plain(cell)
            if name not in names:
                names.add(name)
                score += self.matches(name)
        return score

    # ------------------------------------------------------------------------------ nothing is known

    def by_shape(self) -> _FoundHeader | Finding:
        """The delimiter under which most records are as wide as the first row that can be their header."""
        best: tuple[bool, int, float, int, int] = (False, 0, 0.0, 0, 0)
        found: _FoundHeader | None = None
        for order, delimiter in enumerate(self.delimiters):
            rows = self.records(delimiter)
            # the width most cut records have, the earliest among equals
            widths = Counter(len(row.cells) for row in rows if not row.fault)
            widths.pop(1, None)
            width = max(widths, key=widths.__getitem__, default=0)
            index = next((i for i, row in enumerate(rows) if _may_name(row, width)), None)
            if not width or index is None:
                continue
            fit, below = sum(_fits(row.cells, width) for row in rows[index:]), len(rows) - index
            if index and (fit < 2 or fit * 2 < below):
                continue  # a few cut lines under whole ones: text, not columns
            # one that cuts every line alike, the first one too, needs no title lines to be right
            whole = not index and fit == below > 1
            # else the one that explains most cuts: a few lines at the end, however even, are no file
            rank = (whole, fit * (width - 1), fit / below, -index, -order)
            if rank > best:
                best, found = rank, _FoundHeader(delimiter, index)
        return self._alone_by_shape() if found is None else self._named(found)

    def _alone_by_shape(self) -> _FoundHeader | Finding:
        body = [line for line in self.lines if line.strip()]
        for mark in _UNUSUAL:  # the same number of them on every line, header included
            counts = {line.count(mark) for line in body}
            if len(counts) == 1 and 0 not in counts and len(body) > 1:
                shown = mark if mark.isprintable() else f"\\x{ord(mark):02x}"
                return refused("CEP415", self.name, mark=shown)
        first = next(i for i, line in enumerate(self.lines, 1) if line.strip())
        if any(row.fault for cut in self._cut.values() for row in cut if row.line == first):
            return refused("CEP418", self.name, first)
        for delimiter in self.delimiters:
            # the first line and most others are cut in cells, though the first does not name enough of them
            cut = [row.line for row in self.records(delimiter) if len(row.cells) > 1]
            if first in cut and len(cut) * 2 > len(self.records(delimiter)):
                return refused("CEP411", self.name, first)
        if len(self.delimiters) > 1 and (around := _AROUND_QUOTES.search(self.lines[first - 1])):
            return refused("CEP415", self.name, mark=around.group(1))
        found = self._single_column(first)
        return found if isinstance(found, Finding) else self._named(found)

    def _named(self, found: _FoundHeader) -> _FoundHeader | Finding:
        """Refuse what is no header: nobody told its names, so a first person could pass for one."""
        rows = self.records(found.delimiter)
        broken = next((row.line for row in rows[: found.index + 1] if row.fault), 0)
        if broken:
            return refused("CEP418", self.name, broken)
        header, after = rows[found.index], _after(rows, found.index)
        # a name of one cell over numbers with a decimal comma: one column, not two
        if found.index == 1 and found.delimiter == "," and len(rows[0].cells) == 1:
            numbers = [len(row.cells) <= 2 and all(map(_is_number, row.cells)) for row in rows[1:]]
            if all(numbers):
                return self._single_column(rows[0].line)
        names = [self._plain(cell) for cell in header.cells]
        doubled = (len(names) == 1 or len(set(names)) < len(names)) and after[:1] == [header.cells]
        if doubled or _likeness(header.cells, after) > 0:
            return refused("CEP411", self.name, header.line)
        return self._last_of_repeated(found)

    # ------------------------------------------------------------------------------ both ways

    def _single_column(self, line: int) -> _FoundHeader | Finding:
        """One column: nothing says what cuts cells. A comma, unless most rows hold one as text."""
        found: _FoundHeader | None = None
        for delimiter in (",", ";", "\t", "|") if len(self.delimiters) > 1 else self.delimiters:
            rows = self.records(delimiter)
            index = next((i for i, row in enumerate(rows) if row.line == line and not row.fault), None)
            if index is not None:
                after = _after(rows, index)
                found = found or _FoundHeader(delimiter, index)
                if len(rows[index].cells) == 1 and sum(len(c) > 1 for c in after) * 2 <= len(after):
                    return _FoundHeader(delimiter, index)
        return found or refused("CEP418", self.name, line)

    def _last_of_repeated(self, found: _FoundHeader) -> _FoundHeader:
        """A header written several times in a row before any person: the last one is the header."""
        rows = self.records(found.delimiter)
        index, cells = found.index, rows[found.index].cells
        if len(cells) > 1 and any(other != cells for other in _after(rows, found.index)):
            while index + 1 < len(rows) and rows[index + 1].cells == cells:
                index += 1
        return _FoundHeader(found.delimiter, index)

    def checked(self, found: _FoundHeader) -> Heading | Finding:
        rows = self.records(found.delimiter)
        line, span, cells, _ = rows[found.index]
        raw = "".join(self.lines[line - 1 : line - 1 + span])
        written: tuple[tuple[str, ...], ...] = ()
        if len(cells) > self.limits.columns:
            return refused("CEP413", self.name, line, found=str(len(cells)), limit=str(self.limits.columns))
        for column, cell in enumerate(cells, 1):
            if "\0" in cell or any("\udc80" <= c <= "\udcff" for c in cell) or len(cell) > 10_000:
                return refused("CEP412", self.name, line, column=str(column))
        upper = rows[found.index - 1] if found.index else None
        spans = upper and upper.line + upper.span == line and not upper.fault and _filled(upper.cells) > 1
        if upper and spans and (found.is_lower or _filled(cells) > 1):
            own = [*cells, *[""] * (len(upper.cells) - len(cells))] if found.is_lower else cells
            over, groups = [*upper.cells, *[""] * len(own)], groups_of(upper.cells, len(own))
            # a title that spans both rows stands in the upper one
            cells = [
                self._with_group(groups[i], cell) if cell.strip() else over[i] for i, cell in enumerate(own)
            ]
            if cells != own:
                written = (tuple(upper.cells), tuple(own))
                raw = _row(cells, found.delimiter, self.quote) + raw[len(raw.rstrip("\r\n")) :]
        above = rows[: found.index - found.is_lower]
        names = {self._plain(cell) for cell in cells} | {plain(name) for name in self.looked_for}
        return Heading(
            delimiter=found.delimiter,
            quote=self.quote,
            escape=self.escape,
            line=line,
            header=tuple(cells),
            raw=raw,
            next_line=line + span,
            above=tuple((row.line, tuple(row.cells)) for row in above),
            names=frozenset(names - {""}),
            written=written,
        )


# ---------------------------------------------------------------------------------------------- shapes


_ANSWERS = frozenset(("oui", "non", "o", "n", "yes", "no"))


def groups_of(upper: Sequence[str], width: int) -> list[str]:
    """Of each column the title it stands under: its own in the upper row, else the last one before it."""
    found: list[str] = []
    for cell in [*upper, *[""] * (width - len(upper))]:
        found.append(cell if cell.strip() else (found[-1] if found else ""))
    return found


def _row(cells: list[str], delimiter: str, quote: str) -> str:
    """Some cells as a line without its end."""
    line = StringIO()
    csv.writer(line, delimiter=delimiter, quotechar=quote, lineterminator="").writerow(cells)
    return line.getvalue()


def _filled(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell and not cell.isspace())


def _after(rows: list[Record], index: int) -> list[list[str]]:
    return [row.cells for row in rows[index + 1 :] if not row.fault]


def _fits(cells: list[str], width: int) -> bool:
    """As wide as expected, counting no empty cell too many."""
    return len(cells) == width or (len(cells) > width and not _filled(cells[width:]))


def _may_name(row: Record, width: int) -> bool:
    """Whether a row is wide enough and filled enough to name the columns; titles fill one or two cells."""
    if row.fault or _filled(row.cells) * 3 < width * 2:
        return False
    # it may be narrower than every row under it, if it holds nothing but different words
    words = all(any(c.isalpha() for c in cell) for cell in row.cells) and len(row.cells) > 1
    words = words and len(set(row.cells)) == len(row.cells) and not row.cells[0].lstrip().startswith("#")
    return words or len(row.cells) >= width


_TOLD = re.compile(r"oui|non|o|n|yes|no|vrai|faux|true|false|m\.?|mme|f|homme|femme", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_AMOUNT = re.compile(r"[+-]?\d+(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d+)?")
_CLOCK = re.compile(r"\d:\d\d")
_AROUND_QUOTES = re.compile(
    r'([^\s\w"]| )"[^"]*"\1'
)  # a cell in quotes between two marks that cut no cell of ours
_WORDS = re.compile(r"[^\W\d_]+")


def _shape(cell: str) -> str:
    """A cell with its numbers blotted out, and its words if it has two numbers, as a date; nothing if it has none."""
    text = cell.strip().casefold()
    if _AMOUNT.fullmatch(text) and not _YEAR.fullmatch(text):
        return "9"
    shape, numbers = _DIGITS.subn("9", text)
    if not numbers or _YEAR.fullmatch(text):
        return ""
    return _WORDS.sub("a", shape) if numbers > 1 else shape


def _is_number(cell: str) -> bool:
    return any(c.isdigit() for c in cell) and not any(c.isalpha() for c in cell)


def _is_value(cell: str) -> bool:
    """A number that is no year, or an hour."""
    return (_is_number(cell) and not _YEAR.fullmatch(cell.strip())) or _CLOCK.search(cell) is not None


def _likeness(cells: list[str], after: list[list[str]]) -> int:
    """Above 0: what should be a header looks like the rows under it. Below 0: words over numbers. 0: nothing tells."""
    named = [cell for cell in cells if cell.strip()]
    if not after:  # a person alone in a file has numbers, dates, hours; names have none
        return int(any(map(_is_value, named)) or (bool(named) and all(map(_is_number, named))))
    alike = 0
    for column, cell in enumerate(cells):
        below = [row[column] for row in after[:50] if column < len(row) and row[column].strip()]
        if not below or not cell.strip():
            alike += not below and _is_value(cell)
            continue
        if _YEAR.fullmatch(cell.strip()):  # « 2019 » over amounts is a name; over years it is one of them
            alike += all(_YEAR.fullmatch(b.strip()) for b in below)
            continue
        if not any(c.isdigit() for c in cell) and all(map(_is_number, below)):
            alike -= 1
        shape = _shape(cell)
        if shape and sum(_shape(b) == shape for b in below) * 2 >= len(below):
            alike += 1 + _is_value(cell)  # a bare number is hardly a name
    return alike
