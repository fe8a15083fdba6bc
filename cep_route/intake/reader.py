"""An intake file read without loss, whatever French service made it: the door of the plain reader. Each record comes out once: a row, a
reject with its line and reason, or a blank line that is counted.

Never guesses in silence, never knows what a cell means, never changes a cell, never joins two persons, never drops a line, never puts a
cell's text in a finding.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple, Self

from msgspec import Struct, field

from cep_route.intake.decoding import DecodedLines, Limits, LongLine, open_lines, refused
from cep_route.intake.flow import Flow
from cep_route.intake.heading import NOTE, PROBE, Heading, Wanted, find_heading, groups_of, plain
from cep_route.intake.records import Records
from cep_route.model.answer import Finding, warned


# tuples, not frozen dataclasses: ten million of them are made
class Row(NamedTuple):
    """A record, on `line` and perhaps the next ones: as many cells as the header, and its text as it stands in the file."""

    line: int
    cells: tuple[str, ...]
    raw: str
    notes: tuple[Finding, ...] = ()  # what the row itself must say


class Reject(NamedTuple):
    """A record that cannot be read for sure: where, why (`code` and `values` make the sentence), and its text."""

    line: int
    column: int  # 0: the whole line
    code: str
    values: dict[str, str]
    raw: str


_KEPT = 1_000  # characters of an overlong line
_LEARNT = 20  # rows that tell which columns hold numbers
# the first words of what stands under a table and is nobody: alone on its line ...
_ALONE = (
    r"(?:document|liste|tableau|fichier)\b|[0-9]+ (?:personne|ligne|beneficiaire|usager|participant|candidat|dossier|inscrit)e?s?\b|"
    r"(?:neant|aucune?|ras|rien|vide)$|confidentiel|(?:edit|imprim|extrai|export|gener)\w*\s+(?:le|du|par|de|des)\b|"
    r"(?:page|sources?|notes?|n\.?b|lecture|champ)\s*[:.\d]|"
    r"(?:legende|lexique|glossaire|abreviations|sigles)\b|mise? a jour|fin d[eu] |\*+ |©|copyright|"
    r"(?:printed|generated|exported) (?:on|by)|end of |recap|synthese\b|bilan\b|fait (?:a|le)\b.*[0-9]|signature|cachet\b|"
    r"l[ea] (?:direct(?:eur|rice)|president|presidente|responsable)\b|(?:secteur|antenne|agence|groupe|site|semaine|trimestre)\b|"
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)(?: [0-9]{4})?$"
)
# ... or before figures
_SUMS = (
    r"(?:sous[- ]?|sub[- ]?|grand )?tota(?:l|ux)\b|(?:nombre|nbre?|nb)\b|effectifs?\b|(?:age )?moyen(?:ne)?s?\b|mediane?\b|"
    r"sommes?\b|cumul\b|dont\b|taux\b|pourcentage\b|ecart\b|ensemble\b|(?:average|mean|sum|count)\b|%"
)
_FOOTER = re.compile(f"{_SUMS}|{_ALONE}")
_LEGEND = re.compile(r"legende|lexique|glossaire|abreviations|sigles|signification|key\b|legend\b")
_SUM = re.compile(_SUMS)
_RULE = re.compile(r"[-=_*~]{3,}")  # a cell of a rule, as databases print under a header
_LETTER = re.compile(r"[^\W\d_]")
# what stands under a title to say how a cell is filled, and what begins a row that shows it
_INSTRUCTION = re.compile(
    r"(?:format )?(?:jj?|dd?)[/ .-]mm?[/ .-](?:aaaa|aa|yyyy|yy)|o ?/ ?n|oui ?(?:/|ou) ?non\b.*|texte(?: libre)?|[0-9] (?:chiffres|caracteres)|"
    r"liste(?: deroulante)?|(?:choisir|choix|selectionner|saisir|a (?:completer|remplir|preciser))\b.*|obligatoire|facultatif|x{3,}|9{5}"
)
_EXAMPLE = re.compile(r"(?:ex|exemple|modele)(?: ?[:.].*| de .*|)|.*\((?:ex|exemple)\)")
_STRANGE = re.compile("[\udc80-\udcff]")
_DIGIT = re.compile(r"\d")


class Rows:
    """The rows and rejects of a file in file order. What they add up to is known when the last one is out."""

    def __init__(self, lines: DecodedLines, heading: Heading) -> None:
        self.seen = self.delivered = self.rejected = self.blank = 0
        self.failure: Finding | None = None
        self.holds_lines = False  # a cell may hold lines of another file: none is taken for a person
        self._lines, self._heading = lines, heading
        self.source = Records(lines.chunks(), heading.delimiter, heading.quote, lines.limits, heading.escape)
        header = [plain(name) for name in heading.header]
        self._high = len(header)
        self._low = max((i for i, name in enumerate(header, 1) if name), default=len(header))
        self._header = header[: self._low]
        self._names = heading.names.union(header[:1])
        self._quotes = sum(name.count('"') for name in heading.header)
        self._titles = [_trimmed(list(cells)) for cells in heading.written]
        self._above = {plain(cell) for _, cells in heading.above for cell in cells[:1]} - {""}
        self._padded: list[int] = []
        self._illegible: list[int] = []  # lines of another encoding
        self._line, self._raw = 0, ""  # the record in hand
        self._under = ""  # what the next rows may belong to: a recap of figures, a legend of signs
        self._tail = False  # what follows may be the rest of a broken cell, until a whole row
        self._after_blank = False
        self._other_table = 0  # the width of the table that began under ours
        self._numbers = [0] * self._high  # -1: a value without a digit was met; else how many values had one
        self.watching = True  # the next row may depend on what was met before it: it must come through `step`

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What is to be said of the file as a whole once it is read."""
        told = []
        if self._padded:
            values = {"count": str(len(self._padded)), "lines": some(self._padded)}
            told.append(warned("CEP425", self._lines.name, self._padded[0], **values))
        if self._illegible and self._lines.guessed:
            code = "CEP429" if self._lines.encoding == "cp1252" else "CEP428"
            values = {"count": str(len(self._illegible)), "line": str(self._illegible[0])}
            told.append(warned(code, self._lines.name, self._illegible[0], **values))
        return tuple(told)

    def __iter__(self) -> Iterator[Row | Reject]:
        source = self.source
        while source.number < self._heading.next_line - 1 and source.take() is not None:
            pass
        used = 0  # physical lines in rows, rejects and blanks
        while source.at < len(source.lines) or source.fill():
            number = source.number
            item = self.step()
            used += source.number - number
            if item is not None:
                yield item
        self.close(used, source.number)

    def odd_names(self) -> set[str]:
        """First cells that may be those of a header: a row that begins with one needs a close look."""
        names = {form for name in self._heading.header for form in _forms(name)}
        names |= {cells[0] for cells in self._titles if cells}
        pasted = {f"\ufeff{name}" for name in self._heading.header[:1]}  # exports pasted with their mark
        return names | self._heading.names | pasted

    def close(self, used: int, number: int) -> None:
        """At the end: `used` lines accounted for, `number` the last one read."""
        self.seen = self.delivered + self.rejected
        if self._lines.changed():
            self.failure = refused("CEP419", self._lines.name)
        # INVARIANT: every physical line under the header is in one row, one reject or one blank record
        elif used != number - (self._heading.next_line - 1):
            raise AssertionError(f"{used} lines accounted for, {number} read: a line was lost or read twice")

    # ------------------------------------------------------------------------------ a record that needs a look

    def step(self) -> Row | Reject | None:
        """The next record of `source` after a close look; None for a blank one. The lines it takes count in `source.number`.

        A fault takes one line; the others are read again.
        """
        source = self.source
        source.begin()
        first = source.take()
        assert first is not None  # the caller knows that there is a line
        self._line = source.number
        cells, span, fault = source.cells(first)
        others = [] if fault else source.lines[source.at - span + 1 : source.at]
        self._raw = raw = first + "".join(others) if others else first
        if isinstance(first, LongLine):
            # the NUL is shown in the rejects: what was cut never passes for the whole line
            self._raw = raw[: min(_KEPT, len(raw) - 1)] + "\0"
            return self._reject("CEP438", limit=str(self._lines.limits.line), kept=str(_KEPT))
        if fault:
            self._broken(first)
            return self._reject(fault)
        if not any(cell and not cell.isspace() for cell in cells):
            self.blank += 1
            self._after_blank = self.watching = True
            return None
        after_blank, self._after_blank = self._after_blank, False
        self.watching = self.delivered < _LEARNT or self._tail or self._other_table > 0
        found = self._unreadable(cells) or (self._over_several(cells, first, others) if others else None)
        found = found or self._no_person(cells, after_blank) or self._cut_badly(cells)
        if found is not None:
            return found
        notes: tuple[Finding, ...] = ()
        if len(cells) < self._low:
            self._padded.append(self._line)
            notes = (warned("CEP427", **self._widths(cells)),)
        cells = cells[: self._high] + [""] * (self._high - len(cells))
        if self.delivered < _LEARNT:  # which columns hold numbers
            for column, cell in enumerate(cells):
                if cell.strip() and self._numbers[column] >= 0:
                    self._numbers[column] = self._numbers[column] + 1 if _DIGIT.search(cell) else -1
        self._tail, self._under = False, ""
        self.delivered += 1
        return Row(self._line, tuple(cells), raw, notes)

    def _reject(self, code: str, column: int = 0, /, **values: str) -> Reject:
        """The record in hand with all the lines that were taken for it."""
        self.rejected += 1
        if column:
            name = self._heading.header[column - 1] if column <= self._high else ""
            values = {"column": str(column), "name": " ".join(name.split()) or str(column), **values}
        shown = _STRANGE.sub(lambda byte: f"\\x{ord(byte.group()) - 0xDC00:02x}", self._raw)
        return Reject(self._line, column, code, values, shown)

    def _unreadable(self, cells: list[str]) -> Reject | None:
        """A byte that is no letter of the file's encoding, a NUL, a cell over the limit."""
        limit, raw = self._lines.limits.cell, self._raw
        if len(raw) <= limit and "\0" not in raw and (raw.isascii() or _STRANGE.search(raw) is None):
            return None
        for column, cell in enumerate(cells, 1):
            if strange := _STRANGE.search(cell):
                self._illegible.append(self._line)
                return self._reject("CEP435", column, byte=f"{ord(strange.group()) - 0xDC00:02X}")
            if "\0" in cell:
                return self._reject("CEP436", column)
            if len(cell) > limit:
                return self._reject("CEP437", column, limit=str(limit))
        return None

    def _over_several(self, cells: list[str], first: str, others: Sequence[str]) -> Reject | None:
        """A record over several lines is one cell with line ends, or persons joined by a stray quote."""
        source, delimiter = self.source, self._heading.delimiter
        if not self._fits(cells):
            if not any((own := source.alone(other)) is not None and self._fits(own) for other in others):
                return self._width_reject(cells)
        # whole persons between the quotes: each line has all its delimiters. In few columns, or with commas, so has text
        elif (
            self.holds_lines or self._low < (4 if delimiter == "," else 3)
            or any(text.count(delimiter) < self._low - 1 for text in (first, *others)) or self._is_text(others)
        ):  # fmt: skip
            return None
        source.at, source.number = source.at - len(others), self._line
        self._broken(first)
        self._raw = first
        return self._reject("CEP444", last=str(self._line + len(others)))

    def _is_text(self, lines: Sequence[str]) -> bool:
        """Whether the delimiters of some lines are the punctuation of a text: a blank follows each, as in no row of the file."""
        delimiter = self._heading.delimiter
        rows = (line for line in (*self.source.before(), *self.source.after()) if delimiter in line)

        def spaced(line: str) -> bool:
            return line.rstrip().count(delimiter) == line.rstrip().count(f"{delimiter} ")

        return delimiter in ",;" and all(map(spaced, lines)) and not any(map(spaced, rows))

    def _broken(self, first: str) -> None:
        """After a line with an open quote: if it had all its delimiters, a person; if not, its cell may end below."""
        if first.count(self.source.delimiter) < self._low - 1:
            self._tail = self.watching = True

    def _fits(self, cells: list[str]) -> bool:
        return len(cells) >= self._low and not any(cell.strip() for cell in cells[self._high :])

    def _widths(self, cells: list[str]) -> dict[str, str]:
        return {"found": str(len(cells)), "expected": str(self._low)}

    def _width_reject(self, cells: list[str]) -> Reject:
        return self._reject("CEP431" if len(cells) < self._low else "CEP430", **self._widths(cells))

    # ------------------------------------------------------------------------------ lines that are nobody

    def _no_person(self, cells: list[str], after_blank: bool) -> Reject | None:
        """The header again, a second table, a title or a total."""
        trimmed = _trimmed(cells)
        # the mark of a file that was pasted here keeps quotes from being quotes
        if trimmed[0].startswith('\ufeff"'):
            trimmed[0] = trimmed[0][2:].removesuffix('"')
        first = plain(trimmed[0][:300])
        header = str(self._heading.line)
        if self._under == "legend" and len(trimmed) == 2 and all(map(str.strip, trimmed)):
            return self._reject("CEP439")
        if trimmed in self._titles:
            return self._reject("CEP434", header=header)
        # a header names a column in its first cell too; under a blank line it may be any name, without a figure
        if first in self._names or (after_blank and not _DIGIT.search(first)):
            words = [first, *(plain(cell[:300]) for cell in trimmed[1:])]
            # alone in its column, a value may well be that word; with quotes as text the names are not the same
            same = words == self._header or (len(words) > 2 and words == self._header[: len(words)])
            if same and len(words) > 1 and sum(cell.count('"') for cell in trimmed) == self._quotes:
                self._other_table = 0
                return self._reject("CEP434", header=header)
            if self._is_header(words, trimmed, after_blank):
                self._other_table, self.watching = len(trimmed), True
        if 0 < self._other_table < min(self._low, len(trimmed)):
            self._other_table = 0  # as wide as ours: our table again
        if self._other_table:
            return self._reject("CEP440")
        is_instruction = self.delivered == 0 and _is_instruction([cell for cell in trimmed if cell.strip()])
        if is_instruction or (self._low > 1 and self._is_title(first, trimmed, after_blank)):
            if not is_instruction:
                self._after_blank = self.watching = True  # what stands under a title may be another table
            return self._reject("CEP439")
        return None

    def _is_title(self, first: str, trimmed: list[str], after_blank: bool) -> bool:
        """Whether a row of few cells is a title, a total, or a figure that stands alone: nobody."""
        filled = [cell for cell in trimmed if cell and not cell.isspace()]
        opening = plain(filled[0][:300])
        # its punctuation may have cut a note: « Source : fichier, novembre »
        in_one = len(filled) == 1 or all(cell.startswith(" ") for cell in trimmed[1:])
        if in_one and NOTE.match(opening):
            self._under = "legend" if _LEGEND.match(first) else self._under
            return True
        if self._low == 2:
            return False
        is_sum = _SUM.match(first or opening) is not None
        if len(filled) > 1:
            if all(_RULE.fullmatch(cell.strip()) for cell in filled):
                return True
            # « Total » before figures; under it, « Salariés ; 12 » goes on
            if not any(map(_LETTER.search, filled[1:])) and (
                is_sum or (self._under == "recap" and len(filled) * 2 <= self._low + 1)
            ):
                self._under = "recap"
                return True
            return False
        if is_sum or (len(trimmed) == 1 and (_FOOTER.match(first) or first in self._above)):
            self._under = "legend" if _LEGEND.match(first) else "recap"
            return True
        return self._stands_over_a_header(after_blank)

    def _stands_over_a_header(self, after_blank: bool) -> bool:
        """Whether what follows, blank lines and other titles aside, is a header: ours again or another one."""
        for text in self.source.after():
            cells = self.source.alone(text)
            if cells is None:
                return False
            trimmed = _trimmed(cells)
            if len(trimmed) > 1:
                names = [plain(cell[:300]) for cell in trimmed]
                return names == self._header or self._is_header(names, trimmed, after_blank)
            after_blank = after_blank or not trimmed
        return False

    def _is_header(self, names: list[str], cells: list[str], after_blank: bool) -> bool:
        """Whether a row names columns: those of this file in another order or, under a blank line, others."""
        if len(names) < 2 or len(set(names)) < len(names) or not all(names) or self._other_table:
            return False
        known = sum(name in self._heading.names for name in names)
        ours = {name.strip() for name in self._heading.header}
        same = sum(cell.strip() in ours for cell in cells)  # letter by letter
        if len(names) > 2 and (known == len(names) or (same > 2 and same * 2 >= len(names))):
            return True
        if not after_blank or any(map(_DIGIT.search, names)):
            return False
        if known * 2 >= len(names) or len(names) > self._low:
            return True
        of_numbers = [column for column, count in enumerate(self._numbers[: self._low]) if count > 1]
        if len(names) < self._low:  # names where numbers were, or a table too narrow to reach them
            return bool(of_numbers)
        return len(of_numbers) == self._low or len(of_numbers) > 2

    # ------------------------------------------------------------------------------ cells that are not where they seem

    def _cut_badly(self, cells: list[str]) -> Reject | None:
        quote, delimiter, raw = self._heading.quote, self._heading.delimiter, self._raw
        if self._tail and raw.count(quote) % 2 == 1:
            self._tail = False
            return self._reject("CEP445")
        if len(cells) < self._low:
            return self._short(cells)
        if not self._fits(cells):
            return self._width_reject(cells)
        if len(cells) > self._high:
            before, after = self._beside()
            rows = [*before[-3:], *after[:3]]
            if sum(len(row) <= self._high for row in rows) * 2 > len(rows):
                return self._width_reject(cells)
        if self._heading.escape:
            return None
        odd = any(cell.count(quote) % 2 or (quote != '"' and cell.count('"') % 2) for cell in cells)
        column = _split_by(cells) if quote == '"' and (raw.startswith("'") or f"{delimiter}'" in raw) else 0
        bare = self.source.unquoted(raw) if odd or column else []
        # a quote inside an unquoted cell has its partner in a later cell: what stands between was cut by luck
        if sum(cell.count(quote) % 2 for cell in bare) > 1:
            return self._reject("CEP448")
        if '\\"' in raw and any(cell.count('"') % 2 for cell in bare):
            return self._reject("CEP446")
        if column and cells[column - 1] in bare:
            return self._reject("CEP442", column)
        return None

    def _beside(self) -> tuple[list[list[str]], list[list[str]]]:
        """The rows just before and just after the record in hand, those that can be cut alone."""
        source = self.source
        before, after = source.before(), source.after()
        # the number of the first of them
        first = source.number - (source.at - source.start) - len(before) + 1
        before = before[max(self._heading.next_line - first, 0) :]
        both = [[source.alone(text) for text in lines if text.strip()] for lines in (before, after)]
        rows = [[cells for cells in cut if cells is not None and any(cells)] for cut in both]
        return rows[0], rows[1]

    def _short(self, cells: list[str]) -> Reject | None:
        """Excel leaves out empty cells at the end of a row: those are given back. Anything else is no row."""
        raw, full = self._raw, self._low
        if not raw.endswith(("\n", "\r")):
            return self._reject("CEP443", **self._widths(cells))
        for other in ",;\t|":
            if other != self._heading.delimiter and full <= raw.count(other) + 1 <= self._high:
                shown = "\\t" if other == "\t" else other
                return self._reject("CEP441", delimiter=shown, expected=str(full))
        # Excel shortens rows in blocks: one alone among full ones has lost a delimiter anywhere
        before, after = self._beside()
        alone = (before or after) and not any(len(row) < full for row in (*before[-1:], *after[:1]))
        if alone or self._tail or len(cells) * 2 <= full:
            return self._width_reject(cells)
        # two between full ones are one that a line end cut inside a cell
        for rows, at in (
            ([*before[-1:], cells, *after[:2]], len(before[-1:])),
            ([*before[-2:], cells, *after[:1]], len(before[-2:-1])),
        ):
            if [i for i, row in enumerate(rows) if len(row) < full] == [at, at + 1]:
                one, two = rows[at], rows[at + 1]
                begins_anew = _DIGIT.search(two[0]) and _DIGIT.sub("9", one[0]) == _DIGIT.sub("9", two[0])
                if len(one) + len(two) == full + 1 and not begins_anew:
                    return self._width_reject(cells)
        return None


def _is_instruction(cells: list[str]) -> bool:
    """Whether a row under the header only tells how each column is filled, or its number, or shows it by an example."""
    words = [plain(cell[:300]) for cell in cells]
    told = sum(_INSTRUCTION.fullmatch(word.strip("()")) is not None for word in words)
    numbered = len(words) > 2 and words == [f"({i})" for i in range(1, len(words) + 1)]
    is_example = len(words) > 1 and _EXAMPLE.fullmatch(words[0]) is not None
    return numbered or is_example or (told > 1 and told * 2 > len(words))


def some(lines: list[int]) -> str:
    return ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")


def _trimmed(cells: list[str]) -> list[str]:
    last = len(cells)
    while last and (not cells[last - 1] or cells[last - 1].isspace()):
        last -= 1
    return cells[:last]


def _forms(name: str) -> tuple[str, ...]:
    """The spellings under which a name comes back in another header, to notice it at no cost."""
    text = " ".join(name.split())
    return (name, text, text.casefold(), text.upper(), text.title(), text.capitalize(), plain(name))


def _split_by(cells: list[str]) -> int:
    """The column where a cell in single quotes was cut at a delimiter; 0 if none."""
    for column, cell in enumerate(cells, 1):
        text = cell.strip()
        if len(text) > 1 and text.startswith("'") and not text.endswith("'"):
            return column if any(later.rstrip().endswith("'") for later in cells[column:]) else 0
    return 0


# ---------------------------------------------------------------------------------------------- a file opened


class Origins(Struct, frozen=True):
    """Lines of a copy (a workbook, mended rejects) back to those of the file they come from: `starts` have these `lines`, those that
    follow go on from there. `broken`: lines whose bytes were not legible when they were rejected.
    """

    starts: Sequence[int] = ()
    lines: Sequence[int] = ()
    broken: Collection[int] = ()

    def __call__(self, line: int) -> int:
        if not self.starts:
            return line
        at = max(bisect_right(self.starts, line) - 1, 0)
        return self.lines[at] + line - self.starts[at]


class Reading(Struct, frozen=True, kw_only=True):
    """What was understood of a file before its first row. `rows()` reads it, as often as wanted; close it after.

    `kind`: csv, workbook, parquet, rejects; `origin`: the line of the file from which a line of `lines` comes; `sheet`: of a workbook.
    """

    name: str
    lines: DecodedLines
    heading: Heading
    notices: tuple[Finding, ...]
    kind: str = "csv"
    origin: Origins = field(default_factory=Origins)
    sheet: str = ""

    @property
    def plain(self) -> bool:
        """Whether the rows are the file's own lines, in its own dialect."""
        return self.kind in {"csv", "rejects"}

    @property
    def size(self) -> int:
        """Bytes; 0 for a stream."""
        return self.lines.size

    def sha256(self) -> str:
        """The sha256 of the file, or of the whole stream, in hexadecimal."""
        if isinstance(self.lines.source, Flow):
            return self.lines.source.digest()
        with open(self.name, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def header(self) -> tuple[str, ...]:
        """The titles as they stand in the file."""
        return self.heading.header

    @property
    def encoding(self) -> str:
        """The name of the codec that reads the whole file, its mark included."""
        found = self.lines.encoding
        if self.lines.has_mark:
            found = "utf-8-sig" if found == "utf-8" else found.removesuffix("-le").removesuffix("-be")
        return found

    def groups(self) -> tuple[str, ...]:
        """Of each column, the title of the group it stands under: of the row right above the header, when it names several."""
        heading = self.heading
        cells = heading.written[0] if heading.written else heading.above[-1][1] if heading.above else ()
        if sum(1 for cell in cells if cell.strip()) < 2 or len(cells) > len(self.header):
            return ()
        return tuple(groups_of(cells, len(self.header)))

    def rows(self) -> Rows:
        """Every row and reject, in file order."""
        return Rows(self.lines, self.heading)

    def close(self) -> None:
        self.lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_reading(
    path: str | os.PathLike[str] | BinaryIO | Flow,
    wanted: Wanted = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits | None = None,
    quote: str | None = None,
    escape: str | None = None,
    else_by_shape: bool = False,
) -> Reading | Finding:
    """A file ready to be read, or why it is refused.

    `wanted` tells the column names looked for: names, or a function asked of each `plain` name; without them the header
    is found by shape, and a file that shows none is refused.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"\0'):
        return refused("CEP414", str(path), delimiter=delimiter)
    lines = open_lines(path, encoding=encoding, limits=limits)
    if isinstance(lines, Finding):
        return lines
    try:
        first = list(islice(chain.from_iterable(lines.chunks()), PROBE))
        heading = find_heading(
            first, wanted, delimiter=delimiter, name=lines.name, limits=lines.limits, quote=quote, escape=escape,
            else_by_shape=else_by_shape,
        )  # fmt: skip
    except BaseException:
        lines.close()
        raise
    if isinstance(heading, Finding):
        lines.close()
        return heading
    notices = (*lines.notices, *_heading_notices(lines.name, heading))
    return Reading(name=lines.name, lines=lines, heading=heading, notices=notices)


def _heading_notices(name: str, heading: Heading) -> Iterator[Finding]:
    at = name, heading.line
    if heading.above:
        lines = some([line for line, _ in heading.above])
        yield warned("CEP420", *at, lines=lines, header=str(heading.line))
    places: dict[str, list[int]] = {}
    for column, title in enumerate(heading.header, 1):
        places.setdefault(plain(title), []).append(column)
    for title, columns in places.items():
        if title and len(columns) > 1:
            shown = " ".join(heading.header[columns[0] - 1].split())
            yield warned("CEP423", *at, name=shown, columns=", ".join(map(str, columns)))
    if heading.quote != '"' or heading.escape:
        yield warned("CEP424" if heading.quote != '"' else "CEP449", *at, quote=heading.quote)


# ---------------------------------------------------------------------------------------------- a file shown


def inspect_rows(
    path: str | os.PathLike[str] | BinaryIO,
    columns: Collection[str] | None = None,
    *,
    titles: Wanted = None,
    lang: str = "fr",
    **told: Any,
) -> dict[str, Any]:
    """`shown_rows` of a CSV, read as `told` to `open_reading`. Without `columns` the header is found by known `titles`, else by its shape."""
    return shown_rows(open_reading(path, columns or titles, else_by_shape=not columns, **told), lang)


def shown_rows(reading: Reading | Finding, lang: str) -> dict[str, Any]:
    """All that was understood of a file, rows and rejects, as JSON values, or why it is refused. It is closed."""
    from cep_route.messages import said

    origin = reading.origin if isinstance(reading, Reading) else Origins()

    def told(finding: Finding) -> dict[str, str | int | None]:
        line = origin(finding.place.line) if finding.place else 0
        message = said(finding.code, finding.values, lang)[0]
        return {"code": finding.code, "message": message, "line": line or None}

    shown: dict[str, Any] = dict.fromkeys(("encoding", "delimiter", "header_line", "header"))
    shown |= {"rows": [], "rejects": [], "notices": [], "above": [], "blank": 0, "refused": None}
    if isinstance(reading, Finding):
        return shown | {"refused": told(reading)}
    with reading:
        header, heading, rows = reading.header, reading.heading, reading.rows()
        shown |= {"encoding": reading.encoding, "delimiter": heading.delimiter, "header": list(header)}
        shown |= {"header_line": origin(heading.line), "above": [origin(line) for line, _ in heading.above]}
        good, rejects = list[dict[str, Any]](), list[dict[str, str | int | None]]()
        for item in rows:
            if isinstance(item, Row):
                notes = [said(note.code, note.values, lang)[0] for note in item.notes]
                row = {"line": origin(item.line), "cells": list(item.cells)}
                good.append(row | ({"notes": notes} if notes else {}))
            else:
                name = header[item.column - 1] or str(item.column) if 0 < item.column <= len(header) else None
                reason = said(item.code, item.values, lang)[0]
                reject = {"column": name, "code": item.code, "reason": reason}
                rejects.append({"line": origin(item.line), **reject})
        if rows.failure is not None:
            return shown | {"refused": told(rows.failure)}
        notices = [told(notice) for notice in (*reading.notices, *rows.notices)]
        return shown | {"rows": good, "rejects": rejects, "notices": notices, "blank": rows.blank}
