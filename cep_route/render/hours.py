"""Opening hours as people say them: « du lundi au vendredi, de 9 h à 12 h et de 13 h 30 à 17 h ». Whether it is open was found elsewhere."""

from __future__ import annotations

import re
from datetime import date

from cep_route.messages import day_words, hour_words, listed, months, say, template, weekdays
from cep_route.model.answer import Opening

_SHORT = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_OSM_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?:{'|'.join(_OSM_MONTHS)})"
_DAY = f"(?:{'|'.join(_SHORT)})"
_RULE = re.compile(
    rf"^(?:(?P<months>{_MONTH}(?:-{_MONTH})?(?:,{_MONTH}(?:-{_MONTH})?)*) )?"
    rf"(?P<days>{_DAY}(?:-{_DAY}|\[(?:-1|[1-5])(?:,(?:-1|[1-5]))*\])?(?:,{_DAY}(?:-{_DAY})?)*) "
    r"(?P<times>\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)"
    r'(?: "(?P<note>[^"]*)")?$'
)
_VOWELS = "aeiouyéè"


def spoken(hours: str, lang: str) -> str:
    """The hours in one sentence; what is beyond days, times, months and holidays stays as it is written, its days in words."""
    said = _rules(hours, lang, long=False)
    return template("calendar.semicolon", lang).join(said) if said else _as_written(hours, lang)


def easy(hours: str, lang: str) -> list[str]:
    """The hours one idea a line."""
    return _rules(hours, lang, long=True) or [_as_written(hours, lang)]


def clocks(text: str, lang: str) -> str:
    """A sentence with its « 09:30 » as they are said: « 9 h 30 »."""
    return re.sub(r"\b\d\d:\d\d\b", lambda found: hour_words(found[0], lang), text)


def _as_written(hours: str, lang: str) -> str:
    names = dict(zip(_SHORT, weekdays(lang), strict=True)) | dict(zip(_OSM_MONTHS, months(lang), strict=True))
    text = hours.replace("PH off", say("hours.holidays", lang))
    text = re.sub(rf"\b(?:{_DAY}|{_MONTH})\b", lambda found: names[found[0]], text)
    parts = [part.strip().replace(",", ", ") for part in text.split(";")]
    return clocks(template("calendar.semicolon", lang).join(parts), lang)


def _rules(hours: str, lang: str, *, long: bool) -> list[str]:
    """Each rule said, or nothing when one of them is not understood: half a timetable would mislead."""
    said: list[str] = []
    for text in (part.strip() for part in hours.split(";")):
        if text == "PH off":
            said.append(say("hours.holidays_easy" if long else "hours.holidays", lang))
            continue
        rule = _RULE.match(text)
        if rule is None:
            return []
        days = _days(rule["days"], lang)
        times = _times(rule["times"], lang, long=long)
        when = _months(rule["months"], lang) if rule["months"] else ""
        note = rule["note"] or ""
        if long:
            opened = say("hours.opened_easy", lang, days=days)
            said += [opened, *(f"{t[:1].upper()}{t[1:]}." for t in (*times, when, note) if t)]
        else:
            said.append(", ".join(p for p in (days, listed(times, lang), when, note) if p))
    return said


def _days(text: str, lang: str) -> str:
    names = dict(zip(_SHORT, weekdays(lang), strict=True))
    if text == "Mo-Su":
        return say("hours.every_day", lang)
    nth = re.fullmatch(rf"({_DAY})\[([-1-5,]+)\]", text)
    if nth:
        numbers = nth[2].split(",")
        ranks = listed([_rank(n, lang) for n in numbers], lang)
        key = "hours.rank_many" if len(numbers) > 1 else "hours.rank_one"
        return say(key, lang, ranks=ranks, day=names[nth[1]])
    said = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if last and _SHORT.index(last) - _SHORT.index(first) > 1:
            said.append(say("hours.days", lang, first=names[first], last=names[last]))
        else:
            said += [say("hours.day", lang, day=names[day]) for day in (first, last) if day]
    return listed(said, lang)


def _rank(number: str, lang: str) -> str:
    return say("hours.rank" if number in {"4", "5"} else f"hours.rank_{number}", lang, n=number)


def _months(text: str, lang: str) -> str:
    names = dict(zip(_OSM_MONTHS, months(lang), strict=True))
    said = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if last:
            key = "hours.months_vowel" if names[first][0] in _VOWELS else "hours.months"
            said.append(say(key, lang, first=names[first], last=names[last]))
        else:
            said.append(say("hours.month", lang, month=names[first]))
    return listed(said, lang)


def _times(text: str, lang: str, *, long: bool) -> list[str]:
    spans = [span.split("-") for span in text.split(",")]
    return [
        say("hours.times", lang, low=_hour(a, lang, long=long), high=_hour(b, lang, long=long))
        for a, b in spans
    ]


def _hour(clock: str, lang: str, *, long: bool) -> str:
    """`13:30` -> « 13 h 30 », or « 13 heures 30 » in easy words."""
    if not long:
        return hour_words(clock, lang)
    hour, minute = clock.split(":")
    key = "hours.easy_hour" if minute == "00" else "hours.easy_time"
    return say(f"{key}_one" if int(hour) < 2 else key, lang, hour=int(hour), minute=minute)


# -- open or closed -------------------------------------------------------------------------------------------------------


def opening_words(opening: Opening, lang: str) -> str:
    """« ouvert maintenant, ferme à 12 h », « fermé à 18 h 30 ; ouvre le mercredi 25 novembre à 9 h »."""
    at = say("hours.now", lang) if opening.live else _at(opening.at[11:], lang)
    if opening.now:
        until = (
            say("hours.open_until", lang, until=_moment(opening.until, opening.at, lang))
            if opening.until
            else ""
        )
        return say("hours.open_now", lang, at=at) + until + (f" ({opening.note})" if opening.note else "")
    text = say("hours.closed" if opening.now is False else f"hours.door_{opening.why}", lang, at=at)
    if opening.next:
        text += say("hours.opens", lang, next=_moment(opening.next, opening.at, lang))
        text += f" ({opening.note})" if opening.note and opening.now is False else ""
    elif opening.now is False:
        text += template("calendar.semicolon", lang) + say("hours.opens_never", lang)
    return text


def _at(clock: str, lang: str) -> str:
    return say("hours.at", lang, hour=hour_words(clock, lang))


def _moment(iso: str, since: str, lang: str) -> str:
    """The hour of a moment, with its day when that is another one than `since`."""
    if iso[:10] == since[:10]:
        return _at(iso[11:], lang)
    weekday = weekdays(lang)[date.fromisoformat(iso[:10]).weekday()]
    day = day_words(iso[:10], lang)
    day = day if iso[:4] != since[:4] else day.rpartition(" ")[0]
    return say("hours.on_at", lang, day=f"{weekday} {day}", hour=hour_words(iso[11:], lang))
