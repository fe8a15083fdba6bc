"""Opening hours as people say them: « du lundi au vendredi, de 9 h à 12 h et de 13 h 30 à 17 h ». It never says when a desk is open."""

from __future__ import annotations

import re

from cep_route.render.sheet import hours_words

_SHORT = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = f"(?:{'|'.join(_SHORT)})"
_RULE = re.compile(
    rf"^(?:(?P<months>{_MONTH}(?:-{_MONTH})?(?:,{_MONTH}(?:-{_MONTH})?)*) )?"
    rf"(?P<days>{_DAY}(?:-{_DAY}|\[[1-5](?:,[1-5])*\])?(?:,{_DAY}(?:-{_DAY})?)*) "
    r"(?P<times>\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)$"
)
_OSM_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}  # fmt: skip


def spoken(hours: str, lang: str) -> str:
    """The hours in one sentence; what is beyond days, times, months and holidays stays as `hours_words` has it."""
    said = _rules(hours, lang, long=False)
    return (" ; " if lang == "fr" else "; ").join(said) if said else hours_words(hours, lang)


def easy(hours: str, lang: str) -> list[str]:
    """The hours one idea a line."""
    return _rules(hours, lang, long=True) or [hours_words(hours, lang)]


def clocks(text: str, lang: str) -> str:
    """A sentence with its « 09:30 » as they are said: « 9 h 30 »."""
    if lang != "fr":
        return text
    return re.sub(r"\b\d\d:\d\d\b", lambda found: _hour(found[0], long=False), text)


def _rules(hours: str, lang: str, *, long: bool) -> list[str]:
    """Each rule said, or nothing when one of them is not understood: half a timetable would mislead."""
    said: list[str] = []
    for text in (part.strip() for part in hours.split(";")):
        if text == "PH off":
            said.append(_closed(lang, long=long))
            continue
        rule = _RULE.match(text)
        if rule is None:
            return []
        days = _days(rule["days"], lang)
        times = _times(rule["times"], lang, long=long)
        months = _months(rule["months"], lang) if rule["months"] else ""
        if long:
            said += _lines(days, times, months, lang)
        else:
            said.append(", ".join(p for p in (days, _listed(times, lang), months) if p))
    return said


def _closed(lang: str, *, long: bool) -> str:
    if long:
        return "C'est fermé les jours fériés." if lang == "fr" else "It is closed on public holidays."
    return "fermé les jours fériés" if lang == "fr" else "closed on public holidays"


def _lines(days: str, times: list[str], months: str, lang: str) -> list[str]:
    opened = "C'est ouvert" if lang == "fr" else "It is open"
    return [f"{opened} {days}.", *(f"{_capital(t)}." for t in (*times, months) if t)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(parts: list[str], lang: str) -> str:
    both = " et " if lang == "fr" else " and "
    return both.join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]


def _days(text: str, lang: str) -> str:
    names = dict(zip(_SHORT, _DAYS[lang], strict=True))
    if text == "Mo-Su":
        return "tous les jours" if lang == "fr" else "every day"
    nth = re.fullmatch(rf"({_DAY})\[([1-5,]+)\]", text)
    if nth:
        return _ranks(nth[2].split(","), names[nth[1]], lang)
    said = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if last:
            said.append(
                f"du {names[first]} au {names[last]}" if lang == "fr" else f"{names[first]} to {names[last]}"
            )
        else:
            said.append(f"le {names[first]}" if lang == "fr" else f"on {names[first]}")
    return _listed(said, lang)


def _ranks(numbers: list[str], day: str, lang: str) -> str:
    if lang == "fr":
        ranks = ["1er" if n == "1" else f"{n}e" for n in numbers]
        return (
            f"les {_listed(ranks, lang)} {day}s du mois" if len(ranks) > 1 else f"le {ranks[0]} {day} du mois"
        )
    endings = {"1": "st", "2": "nd", "3": "rd"}
    return f"on the {_listed([n + endings.get(n, 'th') for n in numbers], lang)} {day} of the month"


def _months(text: str, lang: str) -> str:
    names = dict(zip(_OSM_MONTHS, _MONTHS[lang], strict=True))
    said = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if lang == "fr":
            said.append(f"{_from(names[first])} à {names[last]}" if last else f"en {names[first]}")
        else:
            said.append(f"from {names[first]} to {names[last]}" if last else f"in {names[first]}")
    return _listed(said, lang)


def _from(month: str) -> str:
    return f"d'{month}" if month[0] in "ao" else f"de {month}"


def _times(text: str, lang: str, *, long: bool) -> list[str]:
    spans = [span.split("-") for span in text.split(",")]
    if lang == "fr":
        return [f"de {_hour(a, long=long)} à {_hour(b, long=long)}" for a, b in spans]
    return [f"from {a.removeprefix('0')} to {b.removeprefix('0')}" for a, b in spans]


def _hour(clock: str, *, long: bool) -> str:
    """`13:30` -> « 13 h 30 », or « 13 heures 30 »."""
    hour, minute = clock.split(":")
    word = ("heure" if int(hour) < 2 else "heures") if long else "h"
    return f"{int(hour)} {word}" + (f" {minute}" if minute != "00" else "")
