"""One cell of an intake file to what it says: a fact's value, an age, a birth date, a home, needs. Never looks at a second cell,
never takes for known what is only near, never quotes a cell.

A cell counts when the whole of it is known. Empty, NULL, « nc », « - » are unknown, never "no".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from collections.abc import Mapping as Table
from datetime import date, timedelta
from typing import Any, NamedTuple

from cep_route import places
from cep_route.model.profile import age_on
from cep_route.spelling import Effect, read_text
from cep_route.text import fold, normalise

CELL_AT_MOST = 500  # characters; a longer cell is text, not a value
OLDEST = 120


class CellReading(NamedTuple):
    """What one cell says. `told` pairs a fact, or one of `PARTS`, with its value; `among` with its possible values."""

    told: tuple[tuple[str, str | int], ...] = ()
    among: tuple[tuple[str, tuple[str | int, ...]], ...] = ()
    needs: tuple[str, ...] = ()
    fault: str = ""


RECENT_DEGREE_YEARS = 3  # no text sets a delay; the question asks of three years
PARTS = ("birth_date", "insee", "postcode", "commune", "departement", "role")
NOTHING = CellReading()


_BLANKS = str.maketrans("\u00a0\u202f\u2007\u2009\u2002\u2003", "      ", "\u200b\u200c\u200d\u2060\ufeff")
_WHOLE = re.compile(r"([0-9]{1,6})[.,]0{1,6}")
_TIME = r"(?:[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_FRENCH = re.compile(rf"([0-9]{{1,2}})([-/. ])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}")
_COMPACT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_IN_WORDS = re.compile(r"(?:[a-z]{3,8}\.? )?([0-9]{1,2})(?: ?er)?[ -]([a-z]{3,9})\.?[ -]([0-9]{4})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev feb february", "mars mar march", "avril avr apr april", "mai may",
            "juin jun june", "juillet juil jul july", "aout aou aug august", "septembre sept sep september",
            "octobre oct october", "novembre nov november", "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_SERIAL = re.compile(r"([0-9]{5})(?:[.,]0{1,6})?")
_EXCEL_DAY_0 = date(1899, 12, 30)
_POSTAL_LINE = re.compile(r"([0-9]{4,5})[ ]+(?![0-9 ])(.+?)(?: CEDEX.*)?", re.IGNORECASE)
_AGE = re.compile(r"([0-9]{1,3})(?:[.,]0{1,6})? ?(?:ans?)?", re.IGNORECASE)
_YEARS = " ?([0-9]{1,3}) ?(?:ans?)?"
_BANDS: tuple[tuple[re.Pattern[str], Callable[[int, int], tuple[int, int]]], ...] = (
    (re.compile(rf"(?:de |entre )?{_YEARS} ?(?:a|et|-){_YEARS}"), lambda a, b: (a, b)),
    (re.compile(rf"(?:moins de|- de|<){_YEARS}()"), lambda a, _: (0, a - 1)),
    (re.compile(r"- ?([0-9]{1,3}) ?ans?()"), lambda a, _: (0, a - 1)),  # « -5 » alone is a wrong figure
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
    return text.removeprefix("'")


def reader(
    card: Table[str, Any], files: Table[str, Any], on: str, settled_values: Table[str, Effect]
) -> Callable[[str], CellReading]:
    """The way from a raw cell to what it says, for one kind of column. `settled_values`: what a saved mapping says first."""
    unknown = files["unknown"]
    kind = card["kind"]
    values: Table[str, Effect] = {**card["values"], **settled_values}
    by_kind: dict[str, Callable[[str, str], CellReading]] = {
        "facts": lambda text, _: _value(text, card, values, on),
        "role": lambda text, _: _value(text, card, values, on),
        "need": lambda text, _: _value(text, card, values, on),
        "needs": lambda text, words: _needs(text, words, values, files["needs"], unknown),
        "age": lambda text, words: _age(text, words, values),
        "birth_date": lambda text, _: _birth_date(text, on),
        "birth_year": lambda text, _: _birth_year(text, on),
        "degree_year": lambda text, _: _degree_year(text, on),
        "dated": lambda text, _: _dated(text, card["sets"]),
        "postcode": lambda text, _: _postcode(text),
        "postcode_commune": lambda text, _: _postal_line(text),
        "commune": lambda text, _: _postal_line(text),
        "insee": lambda text, _: _insee(text),
        "departement": lambda text, _: _departement(text),
        "address": lambda text, _: _address(text),
    }
    read = by_kind[kind]

    def one(raw: str) -> CellReading:
        text = cleaned(raw)
        words = normalise(text) if len(text) <= CELL_AT_MOST else text
        if words in settled_values:
            return CellReading(*settled_values[words])
        if not words or (words in unknown and not _is_code(text, values)):
            return NOTHING
        if (
            kind == "needs"
            and ("\n" in raw or "\r" in raw)
            and _one_need(words, values, files["needs"]) is None
        ):
            text = cleaned(raw.replace("\r", "\n").replace("\n", ";"))
        elif kind == "address":
            text = raw
        return read(text, words) if len(text) <= CELL_AT_MOST else CellReading(fault="CEP460")

    return one


def _is_code(text: str, values: Table[str, Effect]) -> bool:
    """Is the cell a value of the fact by its own code? `none` is one of ours; `None` is what Python writes for nothing."""
    return text in values and any(value == text for _, value in values[text][0])


def _value(text: str, card: Table[str, Any], values: Table[str, Effect], on: str) -> CellReading:
    found = read_text(card, text, values)
    if found is None and (number := re.fullmatch(r"([0-9]{1,6}) 0{1,6}", normalise(text))):
        found = values.get(number[1])  # « 1.0 »: a spreadsheet's whole number
    if found is None and card["until"] and (ends := _UNTIL.fullmatch(fold(text))):
        return _until(ends[1], ends[2], card, values, on)
    if found is None:
        return NOTHING if card["open"] else CellReading(fault="CEP460")
    return CellReading(*found)


_UNTIL = re.compile(
    r"(.*?)[\s,;:(-]*(?:(?:valable|valide|validite|echeance|expire|fin(?: de (?:droits?|validite))?)[\s:]*)?"
    r"(?:jusqu.?(?:au|a|en)?|au|le|->|→)?[\s:]*([0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4})\)?"
)


def _until(what: str, day: str, card: Table[str, Any], values: Table[str, Effect], on: str) -> CellReading:
    """« Oui - jusqu'au 31/12/2028 »: what it says while that day has not passed; past, nothing is known."""
    end = read_date(day)
    if isinstance(end, str):
        return CellReading(fault="CEP460")
    said = read_text(card, what or "oui", values)
    if said is None:
        return CellReading(fault="CEP460")
    return CellReading(*said) if end.isoformat() >= on else CellReading(fault="CEP472")


def _needs(
    text: str, words: str, values: Table[str, Effect], needs: Table[str, str], unknown: Collection[str]
) -> CellReading:
    """The needs of a cell: known whole, or a list cut at `;`, `|` or line ends, and only then at commas, slashes and plus signs."""
    whole = _one_need(words, values, needs)
    if whole is not None:
        return CellReading(needs=whole)
    found: list[str] = []
    fault = ""
    for piece in (q for p in re.split(r"[;|•]", text) for q in _pieces(p, values, needs)):
        said = normalise(piece)
        if not said or said in unknown:
            continue
        known = _one_need(said, values, needs)
        found += known or ()
        fault = fault or ("CEP471" if known is None else "")
    return CellReading(needs=tuple(dict.fromkeys(found)), fault=fault)


def _one_need(words: str, values: Table[str, Effect], needs: Table[str, str]) -> tuple[str, ...] | None:
    if words in values:
        return values[words][2]
    return (needs[words],) if words in needs else None


def _pieces(text: str, values: Table[str, Effect], needs: Table[str, str]) -> list[str]:
    """The text itself when it is known, or when no comma or slash parts it."""
    return [text] if _one_need(normalise(text), values, needs) is not None else re.split(r"[,/+]", text)


# -- ages and dates ---------------------------------------------------------------------------------------------------------


def read_date(text: str) -> date | str:
    """A day written yyyy-mm-dd or dd/mm/yyyy (or `-`, `.`; a time may follow), yyyymmdd or ddmmyyyy, « 14 mars 2001 », or as Excel's
    serial number; else the fault's code.

    Of eight figures only one reading is a day of our times. A time with a zone, unless midnight, may be the day before seen from
    elsewhere: refused.
    """
    if compact := _COMPACT.fullmatch(text):
        a, b, c, d = compact.groups()
        return _day(c + d, b, a) if c in ("19", "20") else _day(a + b, c, d)
    if serial := _SERIAL.fullmatch(text):
        return _EXCEL_DAY_0 + timedelta(days=int(serial[1]))
    if iso := _ISO.fullmatch(text):
        year, month, day, time, zone = iso[1], iso[3], iso[4], iso[5], iso[6]
    elif french := _FRENCH.fullmatch(text):
        year, month, day, time, zone = french[4], french[3], french[1], french[5], french[6]
    elif (words := _IN_WORDS.fullmatch(fold(text))) and (month_of := _MONTHS.get(words[2])):
        return _day(words[3], month_of, words[1])
    else:
        return "CEP462" if _SHORT_YEAR.fullmatch(text) else "CEP461"
    if zone and time and time.strip("0:.,"):
        return "CEP461"
    return _day(year, month, day)


def _day(year: str, month: str | int, day: str) -> date | str:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return "CEP463"


def is_month_first(text: str) -> bool:
    """« 05/25/1998 »: no day in French, one in American; then every date of the column is in doubt."""
    found = _FRENCH.fullmatch(cleaned(text))
    return bool(found) and int(found[3]) > 12 >= int(found[1]) and int(found[3]) <= 31  # type: ignore[index]


_BORN = re.compile(r"(?:date de naissance|nee?(?:\(e\)|[·.]e)?(?: le)?|le)\s*:?\s*(?=\S)")
_WITH_AGE = re.compile(r"(.*?)[\s,;]*\(?\s*([0-9]{1,3}) ?ans?\)?")
_BORN_AT = re.compile(r"(.*[0-9]{4}),? a [a-z' -]{2,60}(?: ?\([0-9a-z' -]{1,30}\))?")
_AROUND_SIGNS = re.compile(r"(?<=[0-9]) ?([/.-]) ?(?=[0-9])")


def _birth_date(text: str, on: str) -> CellReading:
    day = read_date(text)
    if day in ("CEP461", "CEP462") and not any(c.isdigit() and not c.isascii() for c in text):
        # what people add: « né le », the age, the town
        words = _AROUND_SIGNS.sub(r"\1", fold(text))
        words = words[found.end() :] if (found := _BORN.match(words)) else words
        aged = _WITH_AGE.fullmatch(words)
        words = aged[1] if aged else words
        words = at[1] if (at := _BORN_AT.fullmatch(words)) else words
        day = read_date(words)
        if aged and isinstance(day, date) and abs(age_on(day.isoformat(), on) - int(aged[2])) > 1:
            return CellReading(fault="CEP461")  # one of the two is wrong
    if isinstance(day, str):
        return CellReading(fault=day)
    iso = day.isoformat()
    if day.year < 1900 or iso > on or age_on(iso, on) > OLDEST:
        return CellReading(fault="CEP464")
    return CellReading(told=(("birth_date", iso),))


def _birth_year(text: str, on: str) -> CellReading:
    """A year leaves two ages open."""
    if (whole := _WHOLE.fullmatch(text)) is not None:
        text = whole[1]
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        return CellReading(fault="CEP461")
    age = int(on[:4]) - int(text)
    if not 0 <= age <= OLDEST:
        return CellReading(fault="CEP464")
    return CellReading(among=(("age", (age - 1, age)),)) if age else CellReading(told=(("age", 0),))


def _degree_year(text: str, on: str) -> CellReading:
    """The year, or the day, of the last degree: recent under three years; of a year told alone the third one stays open."""
    if (whole := _WHOLE.fullmatch(text)) is not None:
        text = whole[1]
    if text.isascii() and text.isdigit() and len(text) == 4:
        first, last = f"{text}-01-01", f"{text}-12-31"
    elif isinstance(day := read_date(text), date):
        first = last = day.isoformat()
    else:
        return CellReading(fault="CEP461")
    if first > on or first < "1900":
        return CellReading(fault="CEP464")
    limit = f"{int(on[:4]) - RECENT_DEGREE_YEARS:04d}{on[4:]}"
    if (first > limit) != (last > limit):
        return NOTHING
    return CellReading(told=(("recent_degree", "yes" if first > limit else "no"),))


def _dated(text: str, sets: Effect | None) -> CellReading:
    return CellReading(*sets) if sets and isinstance(read_date(text), date) else CellReading(fault="CEP460")


def _age(text: str, words: str, values: Table[str, Effect]) -> CellReading:
    if words in values:
        return CellReading(*values[words])
    if text.isascii() and (told := _AGE.fullmatch(text)):
        return (
            CellReading(told=(("age", int(told[1])),))
            if int(told[1]) <= OLDEST
            else CellReading(fault="CEP465")
        )
    # no decimals, no open intervals (« [18;25[ » ends before 25), no figures of other alphabets
    is_plain = not any(c in "[].,;" or (c.isdigit() and not c.isascii()) for c in text)
    band = _band(fold(text)) if is_plain else None
    return CellReading(among=(("age", band),)) if band else CellReading(fault="CEP465")


def _band(text: str) -> tuple[int, ...] | None:
    """The ages a band holds, the wider reading where words leave a doubt."""
    for pattern, bounds in _BANDS:
        if found := pattern.fullmatch(text):
            low, high = bounds(int(found[1]), int(found[2] or 0))
            return tuple(range(low, high + 1)) if 0 <= low < high <= OLDEST else None
    return None


# -- the home ---------------------------------------------------------------------------------------------------------------


def _postcode(text: str) -> CellReading:
    whole = _WHOLE.fullmatch(text)
    code = (
        whole[1] if whole else text.upper().removeprefix("FR").removeprefix("F").lstrip("- ").replace(" ", "")
    )
    if code.isascii() and code.isdigit() and len(code) in {4, 5} and int(code):
        return CellReading(told=(("postcode", code.zfill(5)),))  # a spreadsheet drops the first zero of 01400
    line = _POSTAL_LINE.fullmatch(text)
    return _postal_line(text) if line else CellReading(fault="CEP467")


def _postal_line(text: str) -> CellReading:
    """« 08300 RETHEL », « 1400 Bourg-en-Bresse », « 75007 PARIS CEDEX 07 »; a text of any other shape is a commune's name."""
    line = _POSTAL_LINE.fullmatch(text)
    if not line:
        return CellReading(told=(("commune", text),))
    return CellReading(told=(("postcode", line[1].zfill(5)), ("commune", line[2].strip(" -,"))))


def _insee(text: str) -> CellReading:
    whole = _WHOLE.fullmatch(text)
    code = (whole[1] if whole else text).upper().replace(" ", "")
    digits = code[:1] + code[2:] if code[1:2] in {"A", "B"} and code[:1] == "2" else code
    if digits.isascii() and digits.isdigit() and len(code) in {4, 5} and (code.isdigit() or len(code) == 5):
        return CellReading(told=(("insee", code.zfill(5)),))
    return CellReading(fault="CEP468")


_NUMBERED = re.compile(r"(?:d(?:ep(?:artement)?|pt)?[ .°]*)?0*([0-9]{1,3}|2[ab])(?:[ :/-]+(\D.*))?")
_NAMED = re.compile(r"(\D+?)[ :/-]*\(?(?:d[ .]*)?([0-9]{1,3}|2[ab])\)?")


def _departement(text: str) -> CellReading:
    """« 93 », « D93 », « 93 - Seine-Saint-Denis », « Seine-Saint-Denis (93) » or its name; « 20 » is either of Corsica's, so neither."""
    whole = _WHOLE.fullmatch(text)
    words = fold(whole[1] if whole else text)
    numbered = _NUMBERED.fullmatch(words) or _NAMED.fullmatch(words)
    code = next((g for g in numbered.groups() if g and (g[0].isdigit())), "") if numbered else ""
    code = code.zfill(2).upper()
    if code == "20":
        return NOTHING
    if numbered and places.known(f"departement:{code}"):
        return CellReading(told=(("departement", code),))
    if not numbered and places.departement(text):
        return CellReading(told=(("departement", text),))
    return CellReading(fault="CEP466")


_POSTAL_END = re.compile(
    r"(?:.*[\s,;-])?([0-9]{5})[\s,-]+([^\W\d_][^0-9\n]{1,60}?)(?: cedex.*)?(?:[\s,-]+france)?\s*",
    re.DOTALL | re.IGNORECASE,
)


def _address(text: str) -> CellReading:
    """The postcode and the town at the end of an address; any other text says nothing."""
    found = _POSTAL_END.fullmatch(text.replace("\r", "\n"))
    if found is None or not int(found[1]):
        return NOTHING
    return CellReading(told=(("postcode", found[1]), ("commune", " ".join(found[2].split()))))
