"""Opening hours in the grammar of OpenStreetMap, from French (« lundi au vendredi 9h-12h / 13h30-17h ») or from days and slots.

All of a text is understood, or nothing; no rule wipes out another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cep_route.checks.hours import overridden, readable
from cep_route.importers.cleaning import Lose, Value, text
from cep_route.text import fold, normalise

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RANKS = {
    "1er": 1, "1re": 1, "premier": 1, "2e": 2, "2eme": 2, "2nd": 2, "deuxieme": 2, "second": 2,
    "3e": 3, "3eme": 3, "troisieme": 3, "4e": 4, "4eme": 4, "quatrieme": 4, "5e": 5, "5eme": 5, "dernier": -1,
}  # fmt: skip
_TOKEN = re.compile(
    rf"""(?P<time>\d{{1,2}}\s?(?:h|:)\s?[0-5]\d(?:\s?min)?(?!\d|\s?h)|\d{{1,2}}\s?(?:heures?|h)(?:\s?00)?\b|\d{{1,2}}\.[0-5]\d(?!\d))
    |(?P<rank>{"|".join(sorted(_RANKS, key=len, reverse=True))})s?\b
    |(?P<daily>tous\sles\sjours|7\s?j\s?/\s?7)
    |(?P<holiday>jours?\sferies|feries|vacances(?:\sscolaires)?)
    |(?P<day>(?:{"|".join(_FRENCH)})s?|(?:lun|mar|mer|jeu|ven|sam|dim|lu|ma|me|je|ve|sa|di|[ljvsd])\b(?!')\.?)
    |(?P<note>(?:uniquement\s|seulement\s|accueil\s)?(?:sur|avec|sans|prise\sde)\s?(?:rendez-vous|rendez\svous|rdv)(?:\suniquement|\sseulement)?)
    |(?P<closed>ferme(?:s|es|e|ture)?\b)
    |(?P<but>sauf|hors|excepte)\b
    |(?P<and>et\b|,|&|puis\b|ou\b)
    |(?P<to>jusqu'a\b|au\b|a\b|-|>|→)
    |(?P<end>[|;/\n])
    |(?:du|de|des|le|les|la|l'|dans|ouvert(?:e|ure|ures)?|accueil|public|horaires?|matin|apres-midi|midi|mois|chaque|uniquement|seulement|jour(?:s|nees?)?|continue?|non-stop|en|semaine|:|\.|\(|\))
    |\s+""",
    re.VERBOSE,
)
_DAYISH = frozenset(("day", "daily", "rank", "holiday"))


def day_code(told: Value) -> str | None:
    """`Mo` of « lundi », « Lun. », « L », « Monday »; None of what is none, or of two (« M »)."""
    word = normalise(text(told)).removesuffix("s")
    found = [code for code, name in zip(_DAYS, _FRENCH, strict=True) if word and name.startswith(word)]
    found += [code for code, name in zip(_DAYS, _ENGLISH, strict=True) if name == word]
    return found[0] if len(found) == 1 else None


def span(first: str, last: str) -> list[str]:
    """The days from one to another; Saturday to Monday goes round."""
    a, b = _DAYS.index(first), _DAYS.index(last)
    return list(_DAYS[a : b + 1] if a <= b else (*_DAYS[a:], *_DAYS[: b + 1]))


def slot(start: Value, end: Value) -> str | None:
    """`09:00:00`, `12:00:00` -> `09:00-12:00`."""
    times = [re.match(r"\s*(\d{1,2})[:hH](\d{2})", text(t)) for t in (start, end)]
    first, last = (f"{int(t[1]):02}:{t[2]}" if t else "" for t in times)
    return f"{first}-{last}" if all(times) and first < last else None


def week(told: Iterable[tuple[str, tuple[str, ...], str]]) -> str:
    """Rules (a day, its slots, a comment) to one text: equal days grouped, rules of a same day added with a comma."""
    days: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for code, slots, note in told:
        if slots:
            days.setdefault(code, []).append((slots, note))
    groups: dict[tuple[tuple[tuple[str, ...], str], ...], list[str]] = {}
    for code in sorted(days, key=_DAYS.index):
        groups.setdefault(tuple(days[code]), []).append(code)
    return "; ".join(
        ", ".join(f"{_days_text(codes)} {','.join(slots)}{_quoted(note)}" for slots, note in rules)
        for rules, codes in groups.items()
    )


def _days_text(days: Iterable[str]) -> str:
    """`Mo-Th,Sa`: neighbours by their ends."""
    runs: list[list[int]] = []
    for i in sorted({_DAYS.index(d) for d in days}):
        if runs and i == runs[-1][1] + 1:
            runs[-1][1] = i
        else:
            runs.append([i, i])
    return ",".join(_DAYS[a] if a == b else f"{_DAYS[a]}-{_DAYS[b]}" for a, b in runs)


def _quoted(note: str) -> str:
    """A comment as the grammar takes it: no double quotes inside."""
    told = " ".join(note.replace('"', "'").split())
    return f' "{told}"' if told else ""


# -- in the grammar already -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _fault(told: str) -> str:
    """Why a text of opening hours cannot stand in the file, or nothing."""
    if len(told) > 300:
        return "too_long"
    if not readable(told):
        return "unreadable"
    return "overridden" if overridden(told) else ""


def checked(told: str, lose: Lose) -> str | None:
    """A text in the grammar of OpenStreetMap, when it can be read; rules that wipe each other out are added together."""
    words = " ".join(told.split())
    if not words:
        return None
    fault = _fault(words)
    if fault == "overridden" and not _fault(
        added := re.sub(r"\s*;\s*(?![^;]*\b(?:off|closed)\b|$)", ", ", words)
    ):
        return added
    if fault:
        lose("hours", fault)
        return None
    return words


def opening(told: str, lose: Lose) -> str | None:
    """Hours as a list writes them, in either grammar; None when neither reads them, and that is counted."""
    words = " ".join(told.split())
    if not words or only_by_appointment(words):
        return None
    always = r"(?:7\s?j?\s?/\s?7\s?j?)?\W*24\s?h?\s?/\s?24\s?h?\W*(?:7\s?j?\s?/\s?7\s?j?)?"
    if re.fullmatch(always, words, re.IGNORECASE):
        return "24/7"
    french = None if checked(words, lambda *_: None) else read(told)
    return checked(french or words, lose)


def only_by_appointment(told: str) -> bool:
    """« Sur rendez-vous », and nothing else."""
    found = _TOKEN.fullmatch(fold(told).strip(" ."))
    return bool(found and found["note"]) and "sans" not in fold(told)


def by_day(cells: Mapping[str, str], lose: Lose) -> str | None:
    """Hours told in seven columns, one a day."""
    told: dict[str, list[str]] = {}
    for code, key in zip(_DAYS, _ENGLISH, strict=True):
        found = read(cells[key], code) if cells[key] else ""
        if found is None:
            lose("hours", "unreadable")
            return None
        if found:
            told.setdefault(found.partition(" ")[2], []).append(code)
    return checked("; ".join(f"{_days_text(days)} {rest}" for rest, days in told.items()), lose)


# -- in French ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Rule:
    """What is being read: days (with their rank in the month), days left out, slots, a note."""

    days: list[str] = field(default_factory=list)
    but: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    note: str = ""
    closed: bool = False

    @property
    def whole(self) -> bool:
        return bool(self.days) and (bool(self.slots) or self.closed)


def read(told: str, day: str | None = None) -> str | None:
    """The hours in OpenStreetMap's grammar; None when a word of them is not understood. `day`: a column of its own says which day."""
    words, tokens, at = fold(told.replace("\u202f", " ").replace("\xa0", " ")), list[tuple[str, str]](), 0
    while at < len(words):
        match = _TOKEN.match(words, at)
        if match is None:
            return None
        at = match.end()
        if match.lastgroup:
            tokens.append((match.lastgroup, match[0]))
    rules = _rules(tokens, [day] if day else [])
    return _text(rules) if rules and all(r.whole and not (r.closed and r.slots) for r in rules) else None


def _rules(tokens: list[tuple[str, str]], days: list[str]) -> list[_Rule] | None:
    """The rules that tokens make: days, then their slots, or slots first all along (« 9h-12h du lundi au vendredi »)."""
    rules = [rule := _Rule(days=days)]
    times_first = bool(tokens) and tokens[0][0] == "time" and not days
    start = ""  # a time that waits for its second
    ranks: list[int] = []
    last = before = ""  # the kind of the token before, `and` and the like aside, and with them
    leaving_out = False
    for kind, word in tokens:
        dayish = kind in _DAYISH
        if start and kind not in {"time", "to", "and", "end"}:
            return None
        if dayish and last not in _DAYISH and not leaving_out:
            fresh = not times_first and (rule.whole or (last == "note" and bool(rule.days)))
        else:
            fresh = (kind == "closed" and bool(rule.slots)) or (
                kind == "time" and not start and bool(rule.days if times_first else rule.but and rule.slots)
            )
        if fresh:
            rules.append(rule := _Rule(days=rule.but[:] if kind == "time" and not times_first else []))
        leaving_out = kind == "but" or (leaving_out and (dayish or kind in {"and", "to"}))
        if dayish:
            if kind == "rank":
                ranks = [
                    *(ranks if last == "rank" else ()),
                    _RANKS[word.rstrip("s") if word not in _RANKS else word],
                ]
            else:
                told = rule.but if leaving_out else rule.days
                found = _days_of(kind, word, ranks if last in _DAYISH else [])
                if found is None:
                    return None
                told += (
                    span(told[-1], found[0])[1:] if before == "to" and told and found[0] in _DAYS else found
                )
        elif kind == "time":
            hour, *rest = re.findall(r"\d+", word)
            clock = f"{int(hour):02}:{rest[0] if rest else '00'}"
            if int(hour) > 24 or (start and clock <= start):
                return None
            if start:
                rule.slots.append(f"{start}-{clock}")
            start = "" if start else clock
        elif kind == "note":
            rule.note = "sans rendez-vous" if "sans" in word else "sur rendez-vous"
        elif kind == "closed":
            if rule.days and before in {"and", "end"}:
                return None  # « du lundi au samedi, fermé le … »: which days are meant?
            rule.closed = True
        before, last = kind, last if kind in {"and", "to", "end"} else kind
    return None if start else rules


def _days_of(kind: str, word: str, ranks: list[int]) -> list[str] | None:
    if kind == "daily":
        return span("Mo", "Su")
    if kind == "holiday":
        return ["SH" if word.startswith("vacances") else "PH"]
    code = day_code(word)
    rank = ",".join(map(str, sorted(set(ranks), key=lambda r: (r < 0, r))))
    return None if code is None else [f"{code}[{rank}]" if rank else code]


def _text(rules: Iterable[_Rule]) -> str:
    """The week with equal days together, then the days of the month, then what is closed."""
    plain, others, closed = list[tuple[str, tuple[str, ...], str]](), list[str](), list[str]()
    for rule in rules:
        off = rule.days if rule.closed else [d for d in rule.but if d not in _DAYS]
        named = _days_text(d for d in off if d in _DAYS)
        closed += [
            f"{day} off" for day in (*([named] if named else ()), *(d for d in off if d in {"PH", "SH"}))
        ]
        for day in (d for d in rule.days if d not in rule.but and not rule.closed):
            if day in _DAYS:
                plain.append((day, tuple(rule.slots), rule.note))
            else:
                others.append(f"{day} {','.join(rule.slots)}{_quoted(rule.note)}")
    return "; ".join(filter(None, (week(plain), *others, *closed)))
