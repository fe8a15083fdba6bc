"""A desk as its reader needs it: its pieces (address, hours, phone, age ...) said one by one, and the order in which each page lays them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cep_route.directory.age import months_between
from cep_route.directory.where import STALE_MONTHS
from cep_route.messages import number, tables
from cep_route.model.answer import Desk
from cep_route.model.law import Law
from cep_route.model.territory import ContactEntry, House, Scheme
from cep_route.render import hours
from cep_route.render.parts import Code, Line, Part, Said, Span, capital, joined
from cep_route.render.safe import link
from cep_route.render.telling import Sayings, Wanted, phone_words

OPENSTREETMAP = "https://www.openstreetmap.org/search?query="
ON_SITE = ("desk", "permanence")
# Each line of a desk: what stands between its pieces, and the pieces. In easy words each piece is a line of its own.
SCREEN = (
    ("   ", "phone", "email", "site", "place"),
    ("; ", "hours", "appointment", "visiting", "access"),
    ("", "open"),
    ("", "age"),
    ("", "note"),
    ("", "colleague"),
    ("", "nearest"),
    ("", "told_by"),
)
SHEET = (
    ("", "place"),
    ("", "here"),
    ("", "minutes"),
    ("", "remote"),
    (". ", "hours", "appointment"),
    ("", "open"),
    ("; ", "phone", "email", "site"),
    ("", "note"),
    ("", "no_contact"),
    (". ", "wait", "access"),
    ("", "age"),
    ("", "told_by"),
    ("", "nearest"),
    ("", "colleague"),
    ("", "no_colleague"),
)
SHORT = (("", "place"), ("; ", "phone", "site"), ("", "no_contact"), ("", "colleague"))


class DeskSayings(Sayings):
    """The words of one page: whom it is for, where the person lives, what the territory says of each house by its id."""

    def __init__(
        self, law: Law, on: str, wanted: Wanted, home: str | None, houses: Mapping[str, House | Scheme]
    ) -> None:
        super().__init__(law, wanted.lang, on)
        self.wanted, self.home, self.houses = wanted, home, houses
        self.reader, self.easy, self.details = wanted.reader, wanted.easy, wanted.details

    def w(self, key: str, **values: str | float) -> str:
        """A sentence: in easy words, in the words of this reader, else in those of all."""
        known = tables(self.lang)
        handout, answer = known["handout"], known["answer"]
        text = known["handout_easy"].get(key) if self.easy else None
        if text is None and self.reader == "screen":
            text = answer.get(key)
        if text is None and self.reader != "person":
            text = handout.get(f"c_{key}")
        text = text or handout.get(key) or answer[key]
        return str(text).format_map(values)

    # -- a desk as lines --------------------------------------------------------------------------------------------------

    def desk(self, desk: Desk, *without: str) -> list[Line]:
        """Where, when, how to reach it, how soon, how to get in."""
        return list(self._laid(desk, SCREEN if self.reader == "screen" else SHEET, without))

    def short_desk(self, desk: Desk | None) -> list[Line]:
        """Where and how to reach it."""
        return list(self._laid(desk, SHORT, ())) if desk else []

    def _laid(
        self, desk: Desk, layout: tuple[tuple[str, ...], ...], without: tuple[str, ...]
    ) -> Iterator[Line]:
        for between, *names in layout:
            pieces = {n: list(getattr(self, f"_{n}")(desk)) for n in names if n not in without}
            tag = "phone" if pieces.get("phone") else "old" if pieces.get("age") else ""
            said = [piece for several in pieces.values() for piece in several]
            if self.easy:
                yield from (Line(text=text, tag=tag) for text in said)
            elif said:
                sign = self.semicolon if between == "; " else between
                yield Line(text=joined(said, sign), tag=tag)

    # -- its pieces: nothing, or what is known -------------------------------------------------------------------------------

    def _place(self, desk: Desk) -> Iterator[Said]:
        far = self.reader != "screen" and not self.easy  # the screen tells the way beside the name
        where = (
            self.where(desk)
            if far
            else desk.address or ("" if self.reader == "screen" else desk.commune_name or "")
        )
        if desk.channel in ON_SITE and where:
            yield self.w("permanence" if desk.channel == "permanence" else "address", where=where)

    def _here(self, desk: Desk) -> Iterator[Said]:
        if self.easy and desk.channel in ON_SITE and desk.km is not None:
            yield self.w("easy_here") if self.is_here(desk) else self.w("easy_km", km=self.number(desk.km))

    def _minutes(self, desk: Desk) -> Iterator[Said]:
        if self.easy and desk.channel in ON_SITE and desk.minutes is not None:
            yield self.w("easy_minutes", minutes=desk.minutes)

    def _remote(self, desk: Desk) -> Iterator[Said]:
        if desk.phone and desk.channel not in ON_SITE:
            yield self.w("remote")

    def _hours(self, desk: Desk) -> Iterator[Said]:
        if desk.hours and self.easy:
            yield from hours.easy(desk.hours, self.lang)
        elif desk.hours:
            said = hours.spoken(desk.hours, self.lang)
            yield self.w("open" if desk.channel in ON_SITE else "on_call", hours=said)

    def _appointment(self, desk: Desk) -> Iterator[Said]:
        if desk.by_appointment:
            yield self.w("appointment")
        elif desk.by_appointment is False and desk.channel in ON_SITE and self.reader != "screen":
            yield self.w("no_appointment")

    def _visiting(self, desk: Desk) -> Iterator[Said]:
        if desk.channel == "permanence":
            yield self.w("visiting")

    def _access(self, desk: Desk) -> Iterator[Said]:
        if desk.channel in ON_SITE and desk.wheelchair is False:
            yield self.w("no_wheelchair")
        elif desk.channel in ON_SITE and desk.wheelchair and (self.details or self.reader != "screen"):
            yield self.w("wheelchair")

    def _wait(self, desk: Desk) -> Iterator[Said]:
        house = self.houses.get(desk.id or "")
        if isinstance(house, House) and house.wait_days is not None:
            yield self.w("wait", days=house.wait_days)

    def _open(self, desk: Desk) -> Iterator[Said]:
        if desk.open is not None and not self.easy:
            said = hours.opening_words(desk.open, self.lang)
            yield Span(said if self.reader == "screen" else capital(said), "good" if desk.open.now else "")

    def _phone(self, desk: Desk) -> Iterator[Said]:
        if desk.phone:
            yield self.phone(desk.phone, "phone")
        elif self.reader == "screen" and not (desk.url or desk.note):
            yield self.w("tel_unknown")

    def _email(self, desk: Desk) -> Iterator[Said]:
        email = desk.contact.email if desk.contact else None
        if email and not self.easy:
            yield Span(self.w("email", email=email), link=link(f"mailto:{email}"))

    def _site(self, desk: Desk) -> Iterator[Said]:
        if desk.url and (self.details or self.reader != "screen" or desk.channel not in ON_SITE):
            yield self.site(desk.url)

    def _note(self, desk: Desk) -> Iterator[Said]:
        more = (
            self.details
            if self.reader == "screen"
            else self.reader == "counsellor" and desk.channel == "national"
        )
        if desk.note and (more or desk.phone is None or desk.confidence == "unsure"):
            yield capital(desk.note[self.lang])

    def _no_contact(self, desk: Desk) -> Iterator[Said]:
        if not (desk.phone or desk.url or desk.note) and self.reader != "screen":
            yield self.w("no_contact")

    def _age(self, desk: Desk) -> Iterator[Said]:
        if old := self.age(desk):
            yield Span(old, "old")

    def _told_by(self, desk: Desk) -> Iterator[Said]:
        """Which public sheet tells a desk, the day of its last edit, and the day it was read."""
        if not desk.licence or not desk.as_of or self.easy:
            return
        days = {"source": desk.source or "", "day": self.day(desk.as_of)}
        edited = {"edited": self.day(desk.checked_on)} if desk.checked_on else {}
        yield Span(self.w("told_by_edited" if edited else "told_by", **days, **edited), "small")

    def _nearest(self, desk: Desk) -> Iterator[Said]:
        if desk.nearest and not self.easy:
            old = "old" if desk.nearest.shown == "old" else ""
            yield Span(self.w("nearest", desk=self.on_a_line(desk.nearest)), old)

    def _colleague(self, desk: Desk) -> Iterator[Said]:
        """The named colleague and who stands in, between professionals."""
        if desk.counsellor and (self.reader == "counsellor" or self.details):
            yield self.w("colleague", who=self.deputised(desk.counsellor))

    def _no_colleague(self, desk: Desk) -> Iterator[Said]:
        if not desk.counsellor and self.reader == "counsellor":
            yield self.w("no_colleague")

    # -- its pieces, wherever they stand --------------------------------------------------------------------------------------

    def is_here(self, desk: Desk) -> bool:
        """Whether a desk is in the very commune of the person."""
        return desk.commune is not None and desk.commune == self.home

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
        shown = bare(url) if url and self.reader == "screen" else url
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
