"""Values as publishers write them to values as we write them: phones, e-mails, days, hours, addresses. What cannot be is dropped, said.

Every function answers with the value, or None and the reason in `lose`. Nothing is guessed, no person's address is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache
from math import isnan
from typing import TypeAlias

from cep_route.places import Commune, great_circle
from cep_route.text import normalise

# What JSON may hold where a cell is expected; the cells of a sheet are text.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Record: TypeAlias = dict[str, Value]
Lose = Callable[[str, str], None]

_NOTHING = frozenset(("", "null", "none", "nan", "nc", "n/a", "-", "[]", "{}"))
# How an overseas département is called by the library of numbers; those of a service (08, 09) are of the mainland everywhere.
_REGIONS = {
    "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT", "977": "BL", "978": "MF",
}  # fmt: skip
_SHORT = re.compile(r"1\d{1,2}|10\d\d|11[68]\d{3}|3\d{3}")
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
# Control characters, half-characters, marks that turn the line around: nobody meant them, and they would be shown.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# « 516 rue St Fuscien, 80090 Amiens Cedex 1 »: a street, its postcode and its town.
TAIL = re.compile(r"(.*?)[\s,–-]*\b(\d{5})\s+([^\d,]+?)(?:\s+cedex(?:\s*\d+)?)?[\s,.]*", re.IGNORECASE)
LONGEST_TEXT = 1200
LONGEST_NAME = 200


def text(value: Value) -> str:
    """A cell as text; null and its spellings are nothing; a whole number that a workbook made a float loses its `.0`."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if type(value) is str and value.isprintable():  # most cells: nothing unseen in them
        words = " ".join(value.split())
    else:
        told = int(value) if isinstance(value, float) and value.is_integer() else value
        words = " ".join(_UNSEEN.sub("", str(told)).replace("\xa0", " ").split())
    return "" if words.lower() in _NOTHING else words


def listed(value: Value) -> list[Value]:
    """A list, even where an API wrote it as JSON inside a string; anything else is a list of one, nothing a list of none."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    return value if isinstance(value, list) else [value] if value else []


def records(value: Value) -> list[Record]:
    return [one for one in listed(value) if isinstance(one, dict)]


def name(value: Value) -> str:
    return text(value).rstrip(".")[:LONGEST_NAME].strip()


def prose(value: Value) -> str | None:
    """Free text on one line, Markdown marks off, cut at a word; whose an e-mail address is cannot be told in a sentence: none is kept."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text(value))
    words = re.sub(r"[*_#>`]+", "", re.sub(r"\S+@\S+\.\S+", "…", words))
    words = " ".join(words.split())
    cut = len(words) > LONGEST_TEXT
    return (words[: LONGEST_TEXT - 2].rsplit(" ", 1)[0] + " …" if cut else words) or None


def phone(value: Value, departement: str, lose: Lose) -> str | None:
    """E.164, or a short number; several numbers in one cell give the first; a number nobody can have is dropped."""
    told = text(value)
    pieces = [*re.split(r"[/;,]|\bou\b|\bpuis\b|\((?!0\))", told), told]  # « 02 99 00 00 01 (standard) »
    region = _REGIONS.get(departement[:3], "FR")
    number = next((n for piece in pieces if (n := _number(piece, region))), None)
    if told and number is None:
        lose("phone", "invalid")
    return number


@lru_cache(maxsize=4096)
def _number(told: str, region: str) -> str | None:
    import phonenumbers  # only where a number is read: it is slow to load

    digits = re.sub(r"\D", "", told)
    if _SHORT.fullmatch(digits):
        return digits
    for where in ("FR",) if digits.startswith(("08", "09")) else (region, "FR"):
        try:
            parsed = phonenumbers.parse(told, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) and len(digits) >= 9:
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def email(told: str, shared: frozenset[str], about: str, lose: Lose) -> str | None:
    """The address of a desk: its first word is shared, of the name of the house or of its domain. Any other may be a person's.

    Short words (ce, cio, ml) say nothing: the first long one decides; an initial before nothing known is a person's.
    """
    address = re.split(r"[;,\s/]+", told.strip(" <>;,."))[0].strip("<>.").removeprefix("mailto:")
    box, _, domain = address.lower().partition("@")
    known = shared | set(normalise(about).split()) | set(re.split(r"[^a-z0-9]+", domain))
    words = [w for w in re.split(r"[._\-+]+", box) if w]
    long = next((w for w in words if len(w) > 3 and not any(c.isdigit() for c in w)), "")
    of_a_desk = not any(len(w) == 1 and w.isalpha() for w in words) or any(
        w in known for w in words if len(w) > 1
    )
    if long:
        of_a_desk = long in known or any(len(k) > 3 and k in long for k in known)
    valid = re.fullmatch(r"[^@\s\"]+@[^@\s]+\.[A-Za-z]{2,}", address) and len(address) <= 254
    if valid and of_a_desk:
        return address
    if address:
        lose("email", "personal" if valid else "invalid")
    return None


def website(value: Value, lose: Lose) -> str | None:
    told = text(value).strip(" <>;,")
    url = told if re.match(r"https?://", told, re.IGNORECASE) else f"http://{told}"
    if re.fullmatch(r"https?://[^\s/]+\.[^\s]+", url, re.IGNORECASE) and len(url) <= 500:
        return url
    if told:
        lose("website", "invalid")
    return None


def siret(value: Value, lose: Lose) -> str | None:
    """14 digits that add up (Luhn; La Poste has its own sum); one digit repeated holds a place and names nobody."""
    digits = re.sub(r"\s", "", text(value))
    repeated = len(set(digits)) == 1
    if re.fullmatch(r"\d{14}", digits) and not repeated:
        doubled = (int(d) * (2 - i % 2) for i, d in enumerate(digits))
        post = digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0
        if post or sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0:
            return digits
    if digits:
        lose("siret", "placeholder" if repeated else "invalid")
    return None


def day(value: Value) -> str | None:
    """ISO or as it is written in France (12/05/2024, 12 mai 2024), an hour left aside; else nothing.

    A month or a year alone is its first day: an entry is never made younger than it is told to be.
    """
    told = normalise(text(value))  # its signs are spaces
    iso = re.match(r"(\d{4}) (\d{1,2})(?: (\d{1,2}))?(?!\d)", told)
    french = re.match(r"(?:le )?(?:(\d{1,2})(?:er)? )?(\d{1,2}|[a-z]+) (\d{4})\b", told)
    year = re.fullmatch(r"(?:19|20)\d\d", told)
    parts = iso.groups() if iso else french.groups()[::-1] if french else (told, "1", "1") if year else None
    if parts is None:
        return None
    spelt = (i for i, name in enumerate(_MONTHS, 1) if len(parts[1]) > 2 and name.startswith(parts[1]))
    month = next(spelt, parts[1])
    try:
        return date(int(parts[0]), int(month), int(parts[2] or 1)).isoformat()
    except ValueError:
        return None


def coordinates(
    latitude: str, longitude: str, near: Commune | None, lose: Lose
) -> tuple[float, float] | None:
    """Both or neither, in degrees; 0/0 and what lies over 50 km from the middle of the commune are slips."""
    try:
        lat, lon = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError:
        return None
    if isnan(lat) or isnan(lon) or lat == lon == 0:
        return None
    somewhere = abs(lat) <= 90 and abs(lon) <= 180
    middle = (near.lat, near.lon) if near and near.lat is not None and near.lon is not None else (lat, lon)
    if somewhere and great_circle(lat, lon, *middle) <= 50:
        return round(lat, 6), round(lon, 6)
    lose("coordinates", "far")
    return None


def address(street: str, more: str, postcode: str, town: str) -> str | None:
    """« 9 avenue de la Gare, bâtiment B, 99510 Bourg-Serre »; a street that ends with its town, or twice, is not told twice."""
    here = normalise(town)
    while found := TAIL.fullmatch(street):
        if found[2] != postcode and normalise(found[3]) != here:
            break
        street = found[1]
    head, comma, tail = street.rpartition(",")
    street = head.strip() if comma and town and normalise(tail) == here else street
    parts = [street.rstrip(" ,;–-"), more, f"{postcode} {town}".strip()]
    whole = ", ".join(p for p in parts if p)
    if len(whole) > LONGEST_NAME:
        whole = ", ".join(p for p in parts[::2] if p)
    return whole[:LONGEST_NAME].strip() or None


def codes(value: Value) -> list[str]:
    """A list, or what a CSV made of one: `['a' 'b']`, `['a', 'b']`, `["a"]`, `a, b`, `a|b`, `a / b`. Empty is nothing said."""
    if isinstance(value, list):
        return [text(v) for v in value if text(v)]
    told = text(value)
    if told.startswith("["):
        quoted = re.findall(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", told)
        return [a or b for a, b in quoted if a or b] or re.findall(r"[^\s,]+", told.strip("[]"))
    return [w.strip() for w in re.split(r"[,|;\n]|(?<!\d)/|/(?!\d)", told) if w.strip()]


def among(value: Value, words: Mapping[str, str], field: str, lose: Lose) -> tuple[str, ...] | None:
    """Codes of a vocabulary, by themselves or by the words for them; a foreign one is dropped and counted. None: nothing was said."""
    found: list[str] = []
    for told in codes(value):
        folded = normalise(told)
        whole = words.get(told) or words.get(folded)
        parts = [whole] if whole else [words.get(part) for part in folded.split(" et ")]
        found += [code for code in parts if code]
        for _ in (code for code in parts if not code):
            lose(field, "unknown_code")
    return tuple(dict.fromkeys(found)) or None
