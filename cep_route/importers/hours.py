"""Opening hours in the grammar of OpenStreetMap, from French (« lundi au vendredi 9h-12h / 13h30-17h ») or from days and slots.

All of a text is understood, or nothing; no rule wipes out another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cep_route.checks.hours import overridden, readable
from cep_route.importers.cleaning import Lose, Value, text
from cep_route.text import fold, normalise

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RANKS = {"premier": 1, "deuxieme": 2, "second": 2, "troisieme": 3, "quatrieme": 4, "dernier": -1}
# The words of a text of hours, by what they are; those of no group say nothing.
_WORD = re.compile(
    rf"""(?P<time>\d{{1,2}}\s?(?:h|:)\s?[0-5]\d(?:\s?min)?(?!\d|\s?h)|\d{{1,2}}\s?(?:heures?|h)(?:\s?00)?\b|\d{{1,2}}\.[0-5]\d(?!\d))
    |(?P<rank>[1-5](?:er|re|e|eme|nd)|{"|".join(_RANKS)})s?\b
    |(?P<daily>tous\sles\sjours|7\s?j\s?/\s?7)
    |(?P<public>jours?\sferies|feries)
    |(?P<school>vacances(?:\sscolaires)?)
    |(?P<day>(?:{"|".join(_FRENCH)})s?|(?:lun|mar|mer|jeu|ven|sam|dim|lu|ma|me|je|ve|sa|di|[ljvsd])\b(?!')\.?)
    |(?P<note>(?:uniquement\s|seulement\s|accueil\s)?(?:sur|avec|sans|prise\sde)\s?(?:rendez-vous|rendez\svous|rdv)(?:\suniquement|\sseulement)?)
    |(?P<off>ferme(?:s|es|e|ture)?\b)
    |(?P<but>sauf|hors|excepte)\b
    |(?P<and>et\b|,|&|puis\b|ou\b)
    |(?P<to>jusqu'a\b|au\b|a\b|-|>|→)
    |(?P<end>[|;/\n])
    |(?:du|de|des|le|les|la|l'|dans|ouvert(?:e|ure|ures)?|accueil|public|horaires?|matin|apres-midi|midi|mois|chaque|uniquement|seulement|jour(?:s|nees?)?|continue?|non-stop|en|semaine|:|\.|\(|\))
    |\s+""",
    re.VERBOSE,
)
# Words as signs (`Mo-Fr09:00-12:00,14:00-17:00~,!PH`), and the rules signs make: days and slots, days first or last all along a text,
# with days left out, or at other hours; or days when it is closed. `~` and `^` are the notes.
_SIGNS = {
    "daily": "Mo-Su", "public": "PH", "school": "SH", "off": "off", "but": "!", "and": ",", "to": "-", "end": ";",
}  # fmt: skip
_NOTES = {"~": "sur rendez-vous", "^": "sans rendez-vous"}
_DAY = r"(?:\#-?\d[-,;]*)*(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
_LISTED = rf"{_DAY}(?:[-,;]*{_DAY})*"
_SLOT = r"\d\d:\d\d[-,;]*\d\d:\d\d"
_EACH = rf"{_SLOT}(?:[-,;~^]*{_SLOT})*"
_LESS = rf"[-,;~^]*!(?P<less>{_LISTED})"
_RULES = [
    re.compile(rf"[-,;~^]*(?:off[-,;]*(?P<off>{_LISTED})|(?P<closed>{_LISTED})-*off|{core})[-,;~^]*")
    for core in (
        rf"(?P<days>{_LISTED})(?:[-,;~^]*!(?P<but>{_LISTED}))?[-,;~^]*(?P<slots>{_EACH})(?:{_LESS}(?:[-,;~^]*(?P<own>{_EACH}))?)?",
        rf"(?P<slots>{_EACH})[-,;~^]*(?P<days>{_LISTED})(?:{_LESS})?(?P<but>)(?P<own>)",
    )
]


def day_code(told: Value) -> str | None:
    """`Mo` of « lundi », « Lun. », « L », « Monday »; None of what is none, or of two (« M »)."""
    word = normalise(text(told)).removesuffix("s")
    found = [code for code, name in zip(DAYS, _FRENCH, strict=True) if word and name.startswith(word)]
    found += [code for code, name in zip(DAYS, _ENGLISH, strict=True) if name == word]
    return found[0] if len(found) == 1 else None


def span(first: str, last: str) -> list[str]:
    """The days from one to another; Saturday to Monday goes round."""
    a, b = DAYS.index(first), DAYS.index(last)
    return list(DAYS[a : b + 1] if a <= b else (*DAYS[a:], *DAYS[: b + 1]))


def slots(told: Iterable[Sequence[Value]]) -> tuple[str, ...]:
    """`09:00:00`, `12:00:00` -> `09:00-12:00`; what is no hour, or ends before it begins, is left out."""
    found = []
    for ends in told:
        times = [re.match(r"\s*(\d{1,2})[:hH](\d{2})", text(end)) for end in ends]
        first, last = (f"{int(t[1]):02}:{t[2]}" if t else "" for t in times)
        found += [f"{first}-{last}"] if "" < first < last else []
    return tuple(found)


def week(told: Iterable[tuple[str, tuple[str, ...], str]]) -> str:
    """Rules (a day, its slots, a comment) to one text: equal days of the week grouped, rules of a same day added with a comma."""
    days: dict[str, list[str]] = {}
    for code, slots_, note in told:
        comment = " ".join(note.replace('"', "'").split())  # the grammar takes no double quotes inside
        if slots_:
            days.setdefault(code, []).append(",".join(slots_) + (f' "{comment}"' if comment else ""))
    groups: dict[tuple[str, ...], list[str]] = {}
    for code in sorted(days, key=lambda d: DAYS.index(d) if d in DAYS else len(DAYS)):
        groups.setdefault(("" if code in DAYS else code, *days[code]), []).append(code)
    rules = ((_days_text(codes), rules) for (_, *rules), codes in groups.items())
    return "; ".join(", ".join(f"{days_} {rule}" for rule in each) for days_, each in rules)


def _days_text(days: Sequence[str]) -> str:
    """`Mo-Th,Sa`: neighbours by their ends; another day than one of the week is alone."""
    marks = "".join("x" if day in days else " " for day in DAYS)
    runs = [(DAYS[m.start()], DAYS[m.end() - 1]) for m in re.finditer("x+", marks)]
    return ",".join(a if a == b else f"{a}-{b}" for a, b in runs) or "".join(days)


@lru_cache(maxsize=4096)
def _usable(told: str) -> tuple[str | None, str]:
    """A text as it can stand in the file, or why it cannot; rules that wipe each other out are added together."""
    if len(told) > 300 or not readable(told):
        return None, "too_long" if len(told) > 300 else "unreadable"
    if not overridden(told):
        return told, ""
    added = re.sub(r"\s*;\s*(?![^;]*\b(?:off|closed)\b|$)", ", ", told)
    return (added, "") if readable(added) and not overridden(added) else (None, "overridden")


def checked(told: str, lose: Lose) -> str | None:
    """A text in the grammar of OpenStreetMap, when it can be read."""
    words = " ".join(told.split())
    usable, fault = _usable(words) if words else (None, "")
    if fault:
        lose("hours", fault)
    return usable


def opening(told: str, lose: Lose) -> str | None:
    """Hours as a list writes them, in either grammar; None when neither reads them, and that is counted."""
    if only_by_appointment(told):
        return None
    if re.fullmatch(r"(?i)\W*24\s?h?\s?/\s?24\s?h?\W*", re.sub(r"(?i)\b7\s?j?\s?/\s?7\s?j?", "", told)):
        return "24/7"
    return checked(checked(told, lambda *_: None) or read(told) or told, lose)


def only_by_appointment(told: str) -> bool:
    """« Sur rendez-vous », and nothing else."""
    found = _WORD.fullmatch(fold(told).strip(" ."))
    return bool(found and found["note"]) and "sans" not in fold(told)


def by_day(cells: Mapping[str, str], lose: Lose) -> str | None:
    """Hours told in seven columns, one a day."""
    days = zip(_FRENCH, _ENGLISH, strict=True)
    told = " | ".join(f"{day} {cells[key]}" for day, key in days if cells[key])
    return checked(read(told) or told, lose)


def read(told: str) -> str | None:
    """The hours in OpenStreetMap's grammar; None when a word of them is not understood.

    The week with equal days together, then the days of the month, then what is closed.
    """
    words, signs, at = fold(told.replace("\u202f", " ").replace("\xa0", " ")), "", 0
    while at < len(words):
        match = _WORD.match(words, at)
        sign = _sign(match.lastgroup or "", match[0]) if match else None
        if match is None or sign is None:
            return None
        signs, at = signs + sign, match.end()
    rules = list(_RULES[signs[:1].isdigit()].finditer(signs))
    if not rules or "".join(rule[0] for rule in rules) != signs:
        return None
    open_, closed = list[tuple[str, tuple[str, ...], str]](), list[str]()
    for rule in rules:
        but = _days(f"{rule['but'] or ''},{rule['less'] or ''}")
        ends, own = (re.findall(r"(\d\d:\d\d)[-,;]*(\d\d:\d\d)", rule[key] or "") for key in ("slots", "own"))
        if any(first >= last for first, last in (*ends, *own)):
            return None
        note, *more = [*(_NOTES[sign] for sign in _NOTES if sign in rule[0]), ""]
        if any(more):  # which of the slots is by appointment?
            return None
        # « sauf mercredi 10h-12h »; of « (sauf jours fériés), samedi 9h-11h » the holidays are left out, Saturday has the hours
        other = own and ([d for d in but if d not in {"PH", "SH"}] or but)
        open_ += ((d, tuple(map("-".join, ends)), note) for d in _days(rule["days"] or "") if d not in but)
        open_ += ((d, tuple(map("-".join, own)), note) for d in other)
        off = _days(rule["off"] or rule["closed"] or "") or [d for d in but if d not in (*DAYS, *other)]
        named = _days_text([d for d in off if d in DAYS])
        closed += [f"{code} off" for code in (named, *(d for d in off if d not in DAYS)) if code]
    return "; ".join(filter(None, (week(open_), *closed)))


def _sign(kind: str, word: str) -> str | None:
    """A word as signs; None of a day that may be two (« M »), or an hour there is not."""
    if kind == "time":
        hour, *rest = re.findall(r"\d+", word)
        return f"{int(hour):02}:{rest[0] if rest else '00'}" if int(hour) <= 24 else None
    if kind == "rank":
        return f"#{_RANKS.get(word.removesuffix('s')) or word[0]}"
    if kind == "note":
        return "^" if "sans" in word else "~"
    return day_code(word) if kind == "day" else _SIGNS.get(kind, "")


def _days(signs: str) -> list[str]:
    """`#1,#3Th` is `Th[1,3]`, `Mo-We` its three days."""
    found, ranks, before = list[str](), list[int](), ""
    for sign in re.findall(r"#-?\d|[A-Z]\w|-", signs):
        if sign[0] == "#":
            ranks = [*(ranks if before == "#" else ()), int(sign[1:])]
        elif sign != "-":
            rank = ",".join(map(str, sorted(set(ranks), key=lambda r: (r < 0, r))))
            code = f"{sign}[{rank}]" if rank and sign in DAYS else sign
            range_ = before == "-" and {*found[-1:], code} <= set(DAYS)
            found += span(found[-1], code)[1:] if range_ and found else [code]
        before = sign[0]
    return found
