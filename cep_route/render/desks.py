"""A desk as its reader needs it: its pieces (address, hours, phone, age ...) said one by one, and the order in which each page lays them out.

Hours as people say them: « du lundi au vendredi, de 9 h à 12 h et de 13 h 30 à 17 h ». Whether it is open was found elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from cep_route.directory.age import months_between
from cep_route.directory.where import STALE_MONTHS
from cep_route.messages import day_words, hour_words, listed, months, number, say, tables, template, weekdays
from cep_route.model.answer import Desk, Opening
from cep_route.model.law import Law
from cep_route.model.territory import ContactEntry, House, Scheme, Territory
from cep_route.render.parts import Code, Line, Said, Span, capital, joined
from cep_route.render.safe import link
from cep_route.render.telling import Sayings, Wanted, phone_words

OPENSTREETMAP = "https://www.openstreetmap.org/search?query="
ON_SITE = ("desk", "permanence")
# The lines of a desk: its pieces, and what stands between them. In easy words each piece is a line of its own.
Layout = tuple[str, ...]
SCREEN: Layout = (
    "phone   email   site   place", "hours; appointment; visiting; access; open", "age", "note", "colleague", "nearest", "told_by",
)  # fmt: skip
SHEET: Layout = (
    "place", "way", "hours. appointment", "open", "phone; email; site", "note", "no_contact", "wait. access", "age", "told_by",
    "nearest", "colleague", "no_colleague",
)  # fmt: skip
SHORT: Layout = ("place", "phone; site", "no_contact", "colleague")  # where, and how to reach it
TAGS = {"phone": "phone", "age": "old"}  # what a line with such a piece is


class DeskSayings(Sayings):
    """The words of one page: whom it is for, where the person lives, what the territory says of each house by its id."""

    def __init__(self, law: Law, on: str, wanted: Wanted, home: str | None, territory: Territory) -> None:
        super().__init__(law, wanted.lang, on, territory)
        self.wanted, self.home, self.territory = wanted, home, territory
        several = (territory.operators, territory.partners, territory.schemes)
        self.houses: dict[str, House | Scheme] = {h.id: h for houses in several for h in houses or ()}
        self.reader, self.easy, self.details = wanted.reader, wanted.easy, wanted.details
        self.on_screen = wanted.reader == "screen"

    def w(self, key: str, **values: str | float) -> str:
        """A sentence: in easy words, in the words of this reader, else in those of all."""
        known = tables(self.lang)
        handout, answer = known["handout"], known["answer"]
        easy = known["handout_easy"].get(key) if self.easy else None
        screen = answer.get(key) if self.on_screen else None
        own = handout.get(f"c_{key}") if self.reader != "person" else None
        text = easy or screen or own or handout.get(key) or answer[key]
        return str(text).format_map(values)

    def desk(self, desk: Desk | None, *without: str, layout: Layout | None = None) -> list[Line]:
        """Where, when, how to reach it, how soon, how to get in; some pieces left out."""
        told: dict[str, list[Said]] = {}
        for name, piece in self.pieces(desk) if desk else ():
            told.setdefault(name, []).append(piece)
        lines = []
        for row in layout or (SCREEN if self.on_screen else SHEET):
            first, sign, *others = [*re.split(r"(\W+)", row), ""]
            here = [n for n in (first, *others[::2]) if n in told and n not in without]
            said = [piece for name in here for piece in told[name]]
            tag = next((TAGS[name] for name in here if name in TAGS), "")
            if self.easy:
                lines += [Line(text, tag) for text in said]
            elif said:
                lines.append(Line(joined(said, self.semicolon if sign == "; " else sign), tag))
        return lines

    # -- its pieces, each under its name: what this reader is told of it -------------------------------------------------------

    def pieces(self, desk: Desk) -> Iterator[tuple[str, Said]]:
        """All of them; easy hours are several pieces."""
        on_site, screen = desk.channel in ON_SITE, self.on_screen
        all_told = self.details or not screen
        if on_site:
            # the screen tells the way beside the name, easy words on lines of their own
            town = "" if screen else desk.commune_name or ""
            key = "permanence" if desk.channel == "permanence" else "address"
            if where := desk.address or town if screen or self.easy else self.where(desk):
                yield "place", self.w(key, where=where)
            if self.easy and desk.km is not None:
                key = "easy_here" if self.is_here(desk) else "easy_km"
                yield "way", self.w(key, km=self.number(desk.km))
            if self.easy and desk.minutes is not None:
                yield "way", self.w("easy_minutes", minutes=desk.minutes)
            if desk.channel == "permanence":
                yield "visiting", self.w("visiting")
            if desk.wheelchair is False:
                yield "access", self.w("no_wheelchair")
            elif desk.wheelchair and all_told:
                yield "access", self.w("wheelchair")
        elif desk.phone:
            yield "way", self.w("remote")
        if desk.hours and self.easy:
            yield from (("hours", told) for told in hours_lines(desk.hours, self.lang, long=True))
        elif desk.hours:
            yield "hours", self.w("open" if on_site else "on_call", hours=spoken(desk.hours, self.lang))
        if desk.by_appointment:
            yield "appointment", self.w("appointment")
        elif desk.by_appointment is False and on_site and not screen:
            yield "appointment", self.w("no_appointment")
        house = self.houses.get(desk.id or "")
        if isinstance(house, House) and house.wait_days is not None:
            yield "wait", self.w("wait", days=house.wait_days)
        if desk.phone:
            yield "phone", self.phone(desk.phone, "phone")
        elif not (desk.url or desk.note):
            yield ("phone", self.w("tel_unknown")) if screen else ("no_contact", self.w("no_contact"))
        email = desk.contact.email if desk.contact else None
        if email and not self.easy:
            yield "email", Span(self.w("email", email=email), link=link(f"mailto:{email}"))
        if desk.url and (all_told or not on_site):
            yield "site", self.site(desk.url)
        on_call = self.reader == "counsellor" and desk.channel == "national"
        if desk.note and (self.details or on_call or desk.phone is None or desk.confidence == "unsure"):
            yield "note", capital(desk.note[self.lang])
        if old := self.age(desk):
            yield "age", Span(old, "old")
        if desk.counsellor and (self.reader == "counsellor" or self.details):
            yield "colleague", self.w("colleague", who=self.deputised(desk.counsellor))
        elif not desk.counsellor and self.reader == "counsellor":
            yield "no_colleague", self.w("no_colleague")
        if self.easy:
            return
        if desk.open is not None:
            said = opening_words(desk.open, self.lang)
            yield "open", Span(said if screen else capital(said), "good" if desk.open.now else "")
        if desk.nearest:
            old = "old" if desk.nearest.shown == "old" else ""
            yield "nearest", Span(self.w("nearest", desk=self.on_a_line(desk.nearest)), old)
        # the public sheet that tells it, its last edit, and the day it was read
        if desk.licence and desk.as_of:
            days = {"source": desk.source or "", "day": self.day(desk.as_of)}
            edited = {"edited": self.day(desk.checked_on)} if desk.checked_on else {}
            text = self.w("told_by_edited" if edited else "told_by", **days, **edited)
            yield "told_by", Span(text, "small")

    # -- its pieces, wherever they stand --------------------------------------------------------------------------------------

    def is_here(self, desk: Desk) -> bool:
        """Whether a desk is in the very commune of the person; an arrondissement and its town, with one centre, are one."""
        return desk.commune is not None and (desk.commune == self.home or desk.km == 0)

    def number(self, value: float) -> str:
        return number(round(value) if value >= 10 else round(value, 1), self.lang)

    def where(self, desk: Desk, first: str | None = None, key: str = "km") -> str:
        """The address, or what stands in its place, and how far it is; `key`: how that is said."""
        told = [desk.address or desk.commune_name or "" if first is None else first]
        here = self.is_here(desk)
        if key == "km" and desk.licence and desk.zone == "unknown" and desk.km is not None and not here:
            told.append(self.w("nearest_known"))
        if here or desk.km is not None:
            told.append(self.w("here") if here else self.w(key, km=self.number(desk.km or 0)))
        if desk.minutes is not None:
            told.append(self.w("minutes", minutes=desk.minutes))
        return ", ".join(filter(None, told))

    def on_a_line(self, desk: Desk) -> str:
        """A desk on one line: name, address and distance, hours, how to reach it, its age."""
        said = spoken(desk.hours, self.lang) if desk.hours else ""
        reach = self.w("tel_small", phone=phone_words(desk.phone)) if desk.phone else bare(desk.url or "")
        old = self.age(desk)
        told = ", ".join(p for p in (desk.name, self.where(desk), said, reach) if p)
        return f"{told} ({old})" if old else told

    def named(self, name: str, desk: Desk | None) -> Said:
        return Span(name, "name", link((desk.url if desk else None) or ""))

    def phone(self, phone: str | None, key: str = "") -> Said:
        """A phone as people write it, to be called by a click; `key`: the sentence it stands in."""
        if not phone:
            return ""
        text = phone_words(phone)
        return Span(self.w(key, phone=text) if key else text, link=link(f"tel:{phone}"))

    def site(self, url: str | None) -> Said:
        shown = bare(url) if url and self.on_screen else url
        return Span(self.w("site", url=shown or ""), link=link(url)) if url else ""

    def checked(self, contact: ContactEntry) -> str:
        """Somebody to call, and the day that was checked."""
        text, day = self.contact(contact), contact.checked_on
        return f"{text} ({self.w('checked', day=self.day(day))})" if day else text

    def deputised(self, contact: ContactEntry) -> str:
        """Somebody to call, and whom to call failing that."""
        return self.checked(contact) + (self.w("failing", deputy=contact.deputy) if contact.deputy else "")

    def age(self, desk: Desk) -> str:
        """What is to be said of an old address or phone, with its age; nothing when it was checked lately."""
        if desk.shown == "old":
            return self.w("address_old", year=(desk.as_of or "")[:4])
        if desk.street_year:
            return self.w("street_of", year=desk.street_year)
        if desk.shown == "verify" and not desk.as_of:
            return self.w("address_undated")
        if desk.shown in {"verify", "today"}:
            return self.w(f"address_{desk.shown}", day=self.day(desk.as_of or self.on))
        checked = desk.contact.checked_on if desk.contact else None
        if not checked or months_between(checked, self.on) < STALE_MONTHS:
            return ""
        return self.w("stale" if desk.channel in ON_SITE else "stale_phone", day=self.day(checked))

    def code_of(self, desk: Desk) -> Code | None:
        """The way there to be photographed: the map of an address, else the page of the house."""
        if desk.channel in ON_SITE and desk.address:
            # what is no plain letter or digit is written as its UTF-8 bytes
            signs = (chr(b) if chr(b).isalnum() and b < 0x80 else f"%{b:02X}" for b in desk.address.encode())
            return Code(self.w("map"), link=OPENSTREETMAP + "".join(signs))
        return Code(self.w("page_of"), link=desk.url) if desk.url and link(desk.url) else None


def bare(url: str) -> str:
    """An address without its `https://`, as people write it."""
    return url.removeprefix("https://").removeprefix("http://").rstrip("/")


# -- hours -------------------------------------------------------------------------------------------------------------------

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
    return template("calendar.semicolon", lang).join(hours_lines(hours, lang))


def _names(lang: str) -> dict[str, str]:
    return dict(zip((*_DAYS, *_MONTHS), (*weekdays(lang), *months(lang)), strict=True))


def hours_lines(hours: str, lang: str, *, long: bool = False) -> list[str]:
    """Each rule of the hours said, `long` one idea a line; all as they are written when one is not understood: half would mislead."""
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
