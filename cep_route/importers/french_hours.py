"""Opening hours written in French (« lundi au vendredi 9h-12h / 13h30-17h ») in the grammar of OpenStreetMap. All understood, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cep_route.importers.cleaning import Lose, day_code, days_text, hours, quoted, span, week
from cep_route.text import fold

_DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?|(?:lun|mar|mer|jeu|ven|sam|dim)\b\.?"
_SHORT = {
    "lun": "Mo", "mar": "Tu", "mer": "We", "jeu": "Th", "ven": "Fr", "sam": "Sa", "dim": "Su",
}  # fmt: skip
_RANKS = {
    "1er": 1, "1re": 1, "premier": 1, "2e": 2, "2eme": 2, "2nd": 2, "deuxieme": 2, "second": 2,
    "3e": 3, "3eme": 3, "troisieme": 3, "4e": 4, "4eme": 4, "quatrieme": 4, "5e": 5, "5eme": 5, "dernier": -1,
}  # fmt: skip
_TOKEN = re.compile(
    rf"""(?P<time>\d{{1,2}}\s?(?:h|:)\s?[0-5]\d(?:\s?min)?(?!\d|\s?h)|\d{{1,2}}\s?(?:heures?|h)(?:\s?00)?\b|\d{{1,2}}\.[0-5]\d(?!\d))
    |(?P<rank>{"|".join(sorted(_RANKS, key=len, reverse=True))})s?\b
    |(?P<daily>tous\sles\sjours|7\s?j\s?/\s?7)
    |(?P<day>{_DAY})
    |(?P<note>(?:uniquement\s|seulement\s|accueil\s)?(?:sur|avec|sans|prise\sde)\s?(?:rendez-vous|rendez\svous|rdv)(?:\suniquement|\sseulement)?)
    |(?P<closed>ferme(?:s|es|e|ture)?\b)
    |(?P<and>et\b|,|&|puis\b|ou\b)
    |(?P<to>jusqu'a\b|au\b|a\b|-|>|→)
    |(?P<end>[|;/\n])
    |(?P<skip>(?:du|de|des|le|les|la|l'|dans|ouvert(?:e|ure|ures)?|accueil|public|horaires?|matin|apres-midi|midi|mois|chaque|uniquement|seulement|jour(?:s|nees?)?|continue?|non-stop|en|semaine|:|\.|\(|\)))
    |(?P<space>\s+)""",
    re.VERBOSE,
)
_NOTES = {"sans": "sans rendez-vous"}  # any other way to say it is « sur rendez-vous »


@dataclass(slots=True)
class _Rule:
    """What is being read: days (with the ranks in the month), slots, a note."""

    days: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    note: str = ""
    closed: bool = False

    @property
    def whole(self) -> bool:
        return bool(self.slots) or (self.closed and bool(self.days))


def read(told: str, day: str | None = None) -> str | None:
    """The hours in OpenStreetMap's grammar; None when a word of them is not understood. `day`: a column of its own says which day."""
    words = fold(told.replace("\u202f", " ").replace("\xa0", " "))
    rules = _rules(words, [day] if day else [])
    return _text(rules) if rules else None


def opening(told: str, lose: Lose) -> str | None:
    """Hours as a list writes them, in either grammar; None when neither reads them, and that is counted."""
    words = " ".join(told.split())
    if not words or only_by_appointment(words):
        return None
    if re.fullmatch(
        r"(?:7\s?j?\s?/\s?7\s?j?)?\W*24\s?h?\s?/\s?24\s?h?\W*(?:7\s?j?\s?/\s?7\s?j?)?", words, re.IGNORECASE
    ):
        return "24/7"
    french = None if hours(words, _nobody) else read(told)
    return hours(french or words, lose)


def _nobody(_field: str, _reason: str) -> None:
    """A trial: what is lost by it is not counted."""


def only_by_appointment(told: str) -> bool:
    """« Sur rendez-vous », and nothing else."""
    found = _TOKEN.fullmatch(fold(told).strip(" ."))
    return bool(found and found["note"]) and "sans" not in fold(told)


def _tokens(words: str) -> list[tuple[str, str]] | None:
    at, found = 0, []
    while at < len(words):
        match = _TOKEN.match(words, at)
        if match is None:
            return None
        at = match.end()
        kind = match.lastgroup or ""
        if kind not in {"skip", "space"}:
            found.append((kind, match[0]))
    return found


def _rules(words: str, days: list[str]) -> list[_Rule] | None:
    tokens = _tokens(words)
    if tokens is None:
        return None
    rules, rule = [], _Rule(days=list(days))
    ranks: list[int] = []
    first = ""  # a time that waits for its second
    first_closed = follows = False  # « fermé le lundi et le mardi »
    since = False  # a day that waits for the last of its span
    times_first = bool(tokens) and tokens[0][0] == "time" and not days  # « 9h-12h du lundi au vendredi »
    for kind, word in tokens:
        starts = kind in {"day", "daily", "rank"} or (kind == "closed" and bool(rule.slots))
        if times_first:
            starts = kind == "time" and not first and bool(rule.days)
        if starts and rule.whole and not (first_closed and (since or follows)):
            rules.append(rule)
            rule, ranks, since, first_closed = _Rule(), [], False, False
        follows = kind == "and" and first_closed
        if kind == "rank":
            ranks.append(_RANKS[word.rstrip("s") if word not in _RANKS else word])
        elif kind == "daily":
            rule.days = span("Mo", "Su")
        elif kind == "day":
            code = day_code(word.rstrip("s.")) or _SHORT[word[:3]]
            if ranks:
                rule.days.append(
                    f"{code}[{','.join(str(r) for r in sorted(set(ranks), key=lambda r: (r < 0, r)))}]"
                )
            elif since and rule.days:
                rule.days += span(rule.days[-1], code)[1:]
            else:
                rule.days.append(code)
            since = False
        elif kind == "to":
            since = not first and (times_first or not rule.slots)
        elif kind == "time":
            clock = _clock(word)
            if clock is None:
                return None
            if not first:
                first = clock
            elif first < clock:
                rule.slots.append(f"{first}-{clock}")
                first = ""
            else:
                return None
        elif kind == "note":
            rule.note = _NOTES.get("sans" if "sans" in word else "", "sur rendez-vous")
        elif kind == "closed":
            rule.closed, first_closed = True, not rule.days
    if first:
        return None
    if rule.whole or rule.days:
        rules.append(rule)
    if not rules or any(not r.days or not r.whole or (r.closed and r.slots) for r in rules):
        return None
    return rules


def _clock(word: str) -> str | None:
    hour, *rest = re.findall(r"\d+", word)
    minutes = rest[0] if rest else "00"
    return f"{int(hour):02}:{minutes}" if int(hour) <= 24 else None


def _text(rules: Iterable[_Rule]) -> str:
    """The week with equal days together, then the days of the month, then what is closed."""
    plain: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    others, closed = [], []
    for rule in rules:
        if rule.closed:
            closed.append(f"{days_text(d for d in rule.days if '[' not in d)} off")
            continue
        for day in rule.days:
            if "[" in day:
                others.append(f"{day} {','.join(rule.slots)}{quoted(rule.note)}")
            else:
                plain.setdefault(day, []).append((tuple(rule.slots), rule.note))
    told = week((day, tuple(rules)) for day, rules in plain.items())
    return "; ".join([*([told] if told else []), *others, *(c for c in closed if c != " off")])
