"""A desk as its reader needs it: its pieces (address, hours, phone, age ...) said one by one, and the order in which each page lays them out."""

from __future__ import annotations

from collections.abc import Iterator

from cep_route.directory.age import months_between
from cep_route.directory.where import STALE_MONTHS
from cep_route.messages import number, tables
from cep_route.model.answer import Desk
from cep_route.model.law import Law
from cep_route.model.territory import ContactEntry, House, Scheme, Territory
from cep_route.render import hours
from cep_route.render.parts import Code, Line, Part, Said, Span, capital, joined
from cep_route.render.safe import link
from cep_route.render.telling import LocalSayings, Wanted, phone_words

OPENSTREETMAP = "https://www.openstreetmap.org/search?query="
ON_SITE = ("desk", "permanence")
# Each line of a desk: what stands between its pieces, and the pieces. In easy words each piece is a line of its own.
SCREEN = (
    ("   ", "phone", "email", "site", "place"),
    ("; ", "hours", "appointment", "visiting", "access", "open"),
    ("", "age"),
    ("", "note"),
    ("", "colleague"),
    ("", "nearest"),
    ("", "told_by"),
)
SHEET = (
    ("", "place", "way"),
    (". ", "hours", "appointment"),
    ("", "open"),
    ("; ", "phone", "email", "site"),
    ("", "note", "no_contact"),
    (". ", "wait", "access"),
    ("", "age"),
    ("", "told_by"),
    ("", "nearest"),
    ("", "colleague", "no_colleague"),
)
SHORT = (("", "place"), ("; ", "phone", "site"), ("", "no_contact"), ("", "colleague"))
TAGS = {"phone": "phone", "age": "old"}  # what a line with such a piece is


class DeskSayings(LocalSayings):
    """The words of one page: whom it is for, where the person lives, what the territory says of each house by its id."""

    def __init__(self, law: Law, on: str, wanted: Wanted, home: str | None, territory: Territory) -> None:
        super().__init__(law, wanted.lang, on, territory)
        self.wanted, self.home = wanted, home
        several = (territory.operators, territory.partners, territory.schemes)
        self.houses: dict[str, House | Scheme] = {h.id: h for houses in several for h in houses or ()}
        self.reader, self.easy, self.details = wanted.reader, wanted.easy, wanted.details
        self.on_screen = wanted.reader == "screen"

    def w(self, key: str, **values: str | float) -> str:
        """A sentence: in easy words, in the words of this reader, else in those of all."""
        known = tables(self.lang)
        handout, answer = known["handout"], known["answer"]
        text = known["handout_easy"].get(key) if self.easy else None
        if text is None and self.on_screen:
            text = answer.get(key)
        if text is None and self.reader != "person":
            text = handout.get(f"c_{key}")
        text = text or handout.get(key) or answer[key]
        return str(text).format_map(values)

    # -- a desk as lines --------------------------------------------------------------------------------------------------

    def desk(self, desk: Desk, *without: str) -> list[Line]:
        """Where, when, how to reach it, how soon, how to get in."""
        return list(self._laid(desk, SCREEN if self.on_screen else SHEET, without))

    def short_desk(self, desk: Desk | None) -> list[Line]:
        """Where and how to reach it."""
        return list(self._laid(desk, SHORT, ())) if desk else []

    def _laid(
        self, desk: Desk, layout: tuple[tuple[str, ...], ...], without: tuple[str, ...]
    ) -> Iterator[Line]:
        told: dict[str, list[Said]] = {}
        for name, piece in self.pieces(desk):
            told.setdefault(name, []).append(piece)
        for between, *names in layout:
            here = [n for n in names if n in told and n not in without]
            said = [piece for name in here for piece in told[name]]
            tag = next((TAGS[name] for name in here if name in TAGS), "")
            if self.easy:
                yield from (Line(text=text, tag=tag) for text in said)
            elif said:
                sign = self.semicolon if between == "; " else between
                yield Line(text=joined(said, sign), tag=tag)

    # -- its pieces, each under its name: what this reader is told of it -------------------------------------------------------

    def pieces(self, desk: Desk) -> Iterator[tuple[str, Said]]:
        """All of them; easy hours are several pieces."""
        if desk.channel in ON_SITE:
            yield from self._on_site(desk)
        elif desk.phone:
            yield "way", self.w("remote")
        if desk.hours and self.easy:
            yield from (("hours", told) for told in hours.easy(desk.hours, self.lang))
        elif desk.hours:
            said = hours.spoken(desk.hours, self.lang)
            yield "hours", self.w("open" if desk.channel in ON_SITE else "on_call", hours=said)
        if desk.by_appointment:
            yield "appointment", self.w("appointment")
        house = self.houses.get(desk.id or "")
        if isinstance(house, House) and house.wait_days is not None:
            yield "wait", self.w("wait", days=house.wait_days)
        yield from self._reached(desk)
        if old := self.age(desk):
            yield "age", Span(old, "old")
        if desk.counsellor and (self.reader == "counsellor" or self.details):
            yield "colleague", self.w("colleague", who=self.deputised(desk.counsellor))
        elif not desk.counsellor and self.reader == "counsellor":
            yield "no_colleague", self.w("no_colleague")
        if self.easy:
            return
        if desk.open is not None:
            said = hours.opening_words(desk.open, self.lang)
            yield "open", Span(said if self.on_screen else capital(said), "good" if desk.open.now else "")
        if desk.nearest:
            old = "old" if desk.nearest.shown == "old" else ""
            yield "nearest", Span(self.w("nearest", desk=self.on_a_line(desk.nearest)), old)
        if (
            desk.licence and desk.as_of
        ):  # the public sheet that tells it, its last edit, and the day it was read
            days = {"source": desk.source or "", "day": self.day(desk.as_of)}
            edited = {"edited": self.day(desk.checked_on)} if desk.checked_on else {}
            yield (
                "told_by",
                Span(self.w("told_by_edited" if edited else "told_by", **days, **edited), "small"),
            )

    def _on_site(self, desk: Desk) -> Iterator[tuple[str, Said]]:
        """Where it is, how far, how to get in."""
        town = "" if self.on_screen else desk.commune_name or ""
        # the screen tells the way beside the name, easy words on lines of their own
        where = desk.address or town if self.on_screen or self.easy else self.where(desk)
        if where:
            yield "place", self.w("permanence" if desk.channel == "permanence" else "address", where=where)
        if self.easy and desk.km is not None:
            yield (
                "way",
                self.w("easy_here") if self.is_here(desk) else self.w("easy_km", km=self.number(desk.km)),
            )
        if self.easy and desk.minutes is not None:
            yield "way", self.w("easy_minutes", minutes=desk.minutes)
        if desk.by_appointment is False and not self.on_screen:
            yield "appointment", self.w("no_appointment")
        if desk.channel == "permanence":
            yield "visiting", self.w("visiting")
        if desk.wheelchair is False:
            yield "access", self.w("no_wheelchair")
        elif desk.wheelchair and (self.details or not self.on_screen):
            yield "access", self.w("wheelchair")

    def _reached(self, desk: Desk) -> Iterator[tuple[str, Said]]:
        """Phone, e-mail, site, and what is to be known of them."""
        known = desk.phone or desk.url or desk.note
        if desk.phone:
            yield "phone", self.phone(desk.phone, "phone")
        elif not known and self.on_screen:
            yield "phone", self.w("tel_unknown")
        elif not known:
            yield "no_contact", self.w("no_contact")
        email = desk.contact.email if desk.contact else None
        if email and not self.easy:
            yield "email", Span(self.w("email", email=email), link=link(f"mailto:{email}"))
        if desk.url and (self.details or not self.on_screen or desk.channel not in ON_SITE):
            yield "site", self.site(desk.url)
        on_call = self.reader == "counsellor" and desk.channel == "national"
        more = self.details or on_call or desk.phone is None or desk.confidence == "unsure"
        if desk.note and more:
            yield "note", capital(desk.note[self.lang])

    # -- its pieces, wherever they stand --------------------------------------------------------------------------------------

    def is_here(self, desk: Desk) -> bool:
        """Whether a desk is in the very commune of the person; an arrondissement and its town, with one centre, are one."""
        return desk.commune is not None and (desk.commune == self.home or desk.km == 0)

    def distance(self, desk: Desk) -> list[str]:
        found = []
        if desk.licence and desk.zone == "unknown" and desk.km is not None and not self.is_here(desk):
            found.append(self.w("nearest_known"))
        if desk.km is not None:
            found.append(self.w("here") if self.is_here(desk) else self.w("km", km=self.number(desk.km)))
        if desk.minutes is not None:
            found.append(self.w("minutes", minutes=desk.minutes))
        return found

    def number(self, value: float) -> str:
        return number(round(value) if value >= 10 else round(value, 1), self.lang)

    def where(self, desk: Desk) -> str:
        """The address and how far it is."""
        return ", ".join(p for p in (desk.address or desk.commune_name or "", *self.distance(desk)) if p)

    def on_a_line(self, desk: Desk) -> str:
        """A desk on one line: name, address and distance, hours, how to reach it, its age."""
        said = hours.spoken(desk.hours, self.lang) if desk.hours else ""
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
        text = self.contact(contact)
        day = contact.checked_on
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

    def code_of(self, desk: Desk) -> Iterator[Part]:
        """The way there to be photographed: the map of an address, else the page of the house."""
        if desk.channel in ON_SITE and desk.address:
            yield Code(text=self.w("map"), link=OPENSTREETMAP + in_link(desk.address))
        elif desk.url and link(desk.url):
            yield Code(text=self.w("page_of"), link=desk.url)


def bare(url: str) -> str:
    """An address without its `https://`, as people write it."""
    return url.removeprefix("https://").removeprefix("http://").rstrip("/")


def in_link(text: str) -> str:
    """A text as a part of a link: what is no plain letter or digit is written as its UTF-8 bytes."""
    return "".join(chr(b) if chr(b).isalnum() and b < 0x80 else f"%{b:02X}" for b in text.encode())
