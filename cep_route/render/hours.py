"""Opening hours as people say them: « du lundi au vendredi, de 9 h à 12 h et de 13 h 30 à 17 h ». Whether it is open was found elsewhere."""

from __future__ import annotations

import re
from datetime import date

from cep_route.messages import day_words, hour_words, listed, months, say, template, weekdays
from cep_route.model.answer import Opening

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _DAY = f"(?:{'|'.join(_MONTHS)})", f"(?:{'|'.join(_DAYS)})"
_RULE = re.compile(
    rf"^(?:(?P<months>{_MONTH}(?:-{_MONTH})?(?:,{_MONTH}(?:-{_MONTH})?)*) )?"
    rf"(?P<days>{_DAY}(?:-{_DAY}|\[(?:-1|[1-5])(?:,(?:-1|[1-5]))*\])?(?:,{_DAY}(?:-{_DAY})?)*) "
    r"(?P<times>\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)"
    r'(?: "(?P<note>[^"]*)")?$'
)
_VOWELS = "aeiouyéè"


def spoken(hours: str, lang: str) -> str:
    """The hours in one sentence; what is beyond days, times, months and holidays stays as it is written, its days in words."""
    return template("calendar.semicolon", lang).join(_rules(hours, lang, long=False))


def easy(hours: str, lang: str) -> list[str]:
    """The hours one idea a line."""
    return _rules(hours, lang, long=True)


def _names(lang: str) -> dict[str, str]:
    return dict(zip((*_DAYS, *_MONTHS), (*weekdays(lang), *months(lang)), strict=True))


def _rules(hours: str, lang: str, *, long: bool) -> list[str]:
    """Each rule said, or all as they are written when one of them is not understood: half a timetable would mislead."""
    said: list[str] = []
    for text in (part.strip() for part in hours.split(";")):
        if text == "PH off":
            said.append(say("hours.holidays_easy" if long else "hours.holidays", lang))
            continue
        rule = _RULE.match(text)
        if rule is None:
            return [_as_written(hours, lang)]
        days, note = _days(rule["days"], lang), rule["note"] or ""
        spans = [[_hour(t, lang, long=long) for t in span.split("-")] for span in rule["times"].split(",")]
        times = [say("hours.times", lang, low=low, high=high) for low, high in spans]
        when = _spans(rule["months"], _MONTHS, "month", lang) if rule["months"] else ""
        if long:
            said.append(say("hours.opened_easy", lang, days=days))
            said += [f"{t[:1].upper()}{t[1:]}." for t in (*times, when, note) if t]
        else:
            said.append(", ".join(p for p in (days, listed(times, lang), when, note) if p))
    return said


def _as_written(hours: str, lang: str) -> str:
    names = _names(lang)
    text = hours.replace("PH off", say("hours.holidays", lang))
    text = re.sub(rf"\b(?:{_DAY}|{_MONTH})\b", lambda found: names[found[0]], text)
    text = re.sub(r"\b\d\d:\d\d\b", lambda found: hour_words(found[0], lang), text)
    parts = [part.strip().replace(",", ", ") for part in text.split(";")]
    return template("calendar.semicolon", lang).join(parts)


def _days(text: str, lang: str) -> str:
    if text == "Mo-Su":
        return say("hours.every_day", lang)
    nth = re.fullmatch(rf"({_DAY})\[([-1-5,]+)\]", text)
    if nth is None:
        return _spans(text, _DAYS, "day", lang)
    keys = {n: "hours.rank" if n in {"4", "5"} else f"hours.rank_{n}" for n in nth[2].split(",")}
    ranks = listed((say(key, lang, n=n) for n, key in keys.items()), lang)
    return say(
        f"hours.rank_{'many' if len(keys) > 1 else 'one'}", lang, ranks=ranks, day=_names(lang)[nth[1]]
    )


def _spans(text: str, order: tuple[str, ...], key: str, lang: str) -> str:
    """`Mo-We,Fr` -> « du lundi au mercredi et le vendredi »; `key`: day or month."""
    names, said = _names(lang), []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if last and (key == "month" or order.index(last) - order.index(first) > 1):
            vowel = "_vowel" if key == "month" and names[first][0] in _VOWELS else ""
            said.append(say(f"hours.{key}s{vowel}", lang, first=names[first], last=names[last]))
        else:
            said += [say(f"hours.{key}", lang, **{key: names[one]}) for one in (first, last) if one]
    return listed(said, lang)


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
    at = say("hours.now", lang) if opening.live else _moment(opening.at, opening.at, lang)
    note = f" ({opening.note})" if opening.note else ""
    if opening.now:
        until = opening.until and say(
            "hours.open_until", lang, until=_moment(opening.until, opening.at, lang)
        )
        return say("hours.open_now", lang, at=at) + (until or "") + note
    text = say("hours.closed" if opening.now is False else f"hours.door_{opening.why}", lang, at=at)
    if opening.next:
        text += say("hours.opens", lang, next=_moment(opening.next, opening.at, lang))
        return text + (note if opening.now is False else "")
    never = template("calendar.semicolon", lang) + say("hours.opens_never", lang)
    return text + (never if opening.now is False else "")


def _moment(iso: str, since: str, lang: str) -> str:
    """The hour of a moment, with its day when that is another one than `since`."""
    hour = hour_words(iso[11:], lang)
    if iso[:10] == since[:10]:
        return say("hours.at", lang, hour=hour)
    day = day_words(iso[:10], lang)
    day = day if iso[:4] != since[:4] else day.rpartition(" ")[0]
    weekday = weekdays(lang)[date.fromisoformat(iso[:10]).weekday()]
    return say("hours.on_at", lang, day=f"{weekday} {day}", hour=hour)
