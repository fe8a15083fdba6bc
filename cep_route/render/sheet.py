"""A route as a page of blocks, in the words of one language; `plain`, Markdown and the terminal draw the same blocks.

The sections are those that level 1 owes the person (Céreq Études 22, part 1 § 2; order of 29 March 2019, § 3.1): where to go first,
why with the law, who else may help, partners for each need, what is still to be clarified, what would change, until when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cep_route.messages import table
from cep_route.model.answer import Desk, Match, Opening, Route
from cep_route.model.law import Law, next_day
from cep_route.model.profile import Stretch
from cep_route.render.data import body, operator_name

WORDS = table("route")

_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}  # fmt: skip
_DAYS = {
    "fr": {
        "Mo": "lundi",
        "Tu": "mardi",
        "We": "mercredi",
        "Th": "jeudi",
        "Fr": "vendredi",
        "Sa": "samedi",
        "Su": "dimanche",
    },
    "en": {
        "Mo": "Monday",
        "Tu": "Tuesday",
        "We": "Wednesday",
        "Th": "Thursday",
        "Fr": "Friday",
        "Sa": "Saturday",
        "Su": "Sunday",
    },
}


_OSM_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing on the page. `kind`: title, section, item (a line that begins something), detail (a line that belongs to it), text."""

    kind: str
    text: str
    tag: str = ""


class Sheet:
    """The blocks of one route."""

    def __init__(self, route: Route, law: Law, lang: str, territory: Mapping[str, Any]) -> None:
        self.route, self.law, self.lang, self.territory = route, law, lang, territory
        self.decision = route.decision
        self.words = {key: both[lang] for key, both in WORDS.items()}

    def blocks(self) -> list[Block]:
        head = self.territory["territory"]
        title = self.words["title"].format(day=day_words(self.decision.on, self.lang), territory=head["name"])
        return [
            Block(kind="title", text=title),
            *self._section("understood", self._understood()),
            *self._section("scheme", self._schemes(surely=True)),
            *self._section("first" if self.decision.decided else "possible", self._first()),
            *self._section("ask", self._questions()),
            *self._section("why", self._reasons("opens")),
            *self._section("note", self._reasons("note")),
            *self._section("also", self._also()),
            *self._section("maybe", self._maybe()),
            *self._section("partners", self._partners()),
            *self._section("unmet", self._unmet()),
            *self._section("scheme_maybe", self._schemes(surely=False)),
            *self._section("funding", self._funding()),
            *self._section("not", self._not()),
            *self._section("changes", self._changes()),
            *self._section("until", self._until()),
            *self._section("cooperation", self._cooperation()),
        ]

    def _section(self, key: str, blocks: list[Block]) -> list[Block]:
        return [Block(kind="section", text=self.words[key]), *blocks] if blocks else []

    def _item(self, text: str, tag: str = "") -> Block:
        return Block(kind="item", text=text, tag=tag)

    def _detail(self, text: str, tag: str = "") -> Block:
        return Block(kind="detail", text=text, tag=tag)

    # -- who ------------------------------------------------------------------------------------------------------------

    def _understood(self) -> list[Block]:
        profile = self.route.profile
        told = [self._told(name, value) for name, value in profile.facts.items()]
        if profile.birth_date:
            told.insert(0, self.words["born"].format(day=day_words(profile.birth_date, self.lang)))
        if profile.commune:
            told.append(self.words["commune"].format(commune=self._commune(profile.commune)))
        return (
            [Block(kind="text", text=" ; ".join(told) if self.lang == "fr" else "; ".join(told))]
            if told
            else []
        )

    def _told(self, name: str, value: Any) -> str:
        fact = self.law.facts[name]
        colon = " : " if self.lang == "fr" else ": "
        return f"{fact.label[self.lang]}{colon}{self._value(name, str(value))}"

    def _value(self, name: str, value: str) -> str:
        """A value, or a class of values, in words: `16..25` -> « 16 à 25 ans », `bac3 bac4` -> « bac+3, bac+4 »."""
        fact = self.law.facts[name]
        if fact.kind == "years":
            spans = [s.replace("..", " à " if self.lang == "fr" else " to ") for s in value.split()]
            return f" {self.words['or']} ".join(spans) + (" ans" if self.lang == "fr" else "")
        return f" {self.words['or']} ".join(fact.labels.get(v, {}).get(self.lang, v) for v in value.split())

    def _commune(self, code: str) -> str:
        return f"{self.route.home} ({code})" if self.route.home else code

    def _name(self, code: str) -> str:
        return operator_name(self.law, code, self.decision.on, self.lang)

    def _first(self) -> list[Block]:
        decision = self.decision
        codes = decision.first if decision.decided else decision.possible
        blocks: list[Block] = []
        if decision.decided and len(codes) > 1:
            blocks.append(Block(kind="text", text=self.words["joint"]))
        for code in codes:
            tag = "first" if decision.decided else "possible"
            blocks.append(self._item(self._name(code), tag))
            blocks += self._desk(self.route.desks.get(code))
            if code == decision.outside:
                blocks += self._bodies(decision.see)
        if not codes:
            blocks.append(Block(kind="text", text=self.words["nobody"]))
        return blocks

    def _bodies(self, codes: Iterable[str]) -> list[Block]:
        found = [body(self.law, code, self.decision.on, self.lang) for code in codes]
        colon = " : " if self.lang == "fr" else ": "
        return [
            self._detail(self.words["see"] + colon + b["name"] + (f" ({b['what']})" if b["what"] else ""))
            for b in found
        ]

    def _also(self) -> list[Block]:
        blocks: list[Block] = []
        shown = self.decision.first if self.decision.decided else ()
        for eligible in self.decision.eligible:
            if eligible.operator in shown or (
                not self.decision.decided and eligible.operator in self.decision.possible
            ):
                continue
            blocks.append(self._item(self._name(eligible.operator), "eligible"))
            blocks += self._desk(self.route.desks.get(eligible.operator))
            if eligible.operator == self.decision.outside:
                blocks += self._bodies(self.decision.see)
        return blocks

    def _maybe(self) -> list[Block]:
        return [
            self._item(
                self.words["maybe_item"].format(
                    operator=self._name(m.operator),
                    facts=", ".join(self.law.facts[f].label[self.lang] for f in m.missing),
                ),
                "maybe",
            )
            for m in self.decision.maybe
            if self.decision.decided or m.operator not in self.decision.possible
        ]

    # -- where ----------------------------------------------------------------------------------------------------------

    def _desk(self, desk: Desk | None) -> list[Block]:
        if desk is None:
            return []
        parts = [desk.name or "", self.words[f"channel_{desk.channel}"]]
        lines = [", ".join(p for p in parts if p), *self._whereabouts(desk)]
        if desk.note:
            lines.append(desk.note[self.lang])
        for contact, key in ((desk.counsellor, "counsellor"),):
            if contact:
                lines.append(self._contact(contact, key))
        if desk.channel == "national" and not (desk.phone or desk.url):
            lines.append(self.words["channel_unknown"])
        blocks = [self._detail(text) for text in lines if text]
        if desk.nearest:
            near = ", ".join(p for p in (desk.nearest.name, *self._whereabouts(desk.nearest)) if p)
            blocks.append(self._detail(self.words["nearest"].format(desk=near)))
        return blocks

    def _whereabouts(self, desk: Desk) -> list[str]:
        words = self.words
        where = [desk.address or desk.commune_name or ""]
        if desk.km is not None:
            where.append(words["here"] if desk.km < 0.1 else words["km"].format(km=self._number(desk.km)))
        if desk.minutes is not None:
            where.append(words["minutes"].format(minutes=desk.minutes))
        lines = [", ".join(w for w in where if w)]
        if desk.hours:
            lines.append(words["hours"].format(hours=hours_words(desk.hours, self.lang)))
        if desk.open:
            lines.append(opening_words(desk.open, self.lang))
        if desk.by_appointment:
            lines.append(words["appointment"])
        if desk.wheelchair is not None:
            lines.append(words["wheelchair" if desk.wheelchair else "no_wheelchair"])
        phone = self._phone(desk)
        if phone:
            lines.append(words["phone"].format(phone=phone))
        if desk.url:
            lines.append(desk.url)
        return lines

    def _phone(self, desk: Desk) -> str | None:
        return phone_words(desk.phone) if desk.phone else None

    def _contact(self, contact: Mapping[str, Any], key: str) -> str:
        phone = contact.get("phone")
        parts = [
            contact.get("name"),
            contact.get("role"),
            phone_words(phone) if phone else None,
            contact.get("email"),
        ]
        text = ", ".join(str(p) for p in parts if p)
        if contact.get("deputy"):
            text += self.words["deputy"].format(deputy=contact["deputy"])
        if contact.get("checked_on"):
            text += self.words["checked"].format(day=day_words(contact["checked_on"], self.lang))
        return self.words[key].format(contact=text)

    def _number(self, value: float) -> str:
        text = f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.lang == "fr" else text

    # -- why ------------------------------------------------------------------------------------------------------------

    def _reasons(self, role: str) -> list[Block]:
        blocks: list[Block] = []
        first = self.decision.first
        possible = {
            *self.decision.possible,
            *(e.operator for e in self.decision.eligible),
            *(m.operator for m in self.decision.maybe),
        }
        for reason in sorted(self.decision.reasons, key=lambda r: r.operator not in first):
            if reason.role != role or (reason.operator and reason.operator not in possible):
                continue  # a rule that speaks of the person for an operator barred by law: it stands under « why not »
            blocks.append(self._item(reason.says[self.lang], role))
            unsure = self.words[f"confidence_{reason.confidence}"]
            blocks.append(self._detail(f"[{reason.rule}] {self._sources(reason.sources)}{unsure}"))
            if role == "note":
                blocks += self._bodies(reason.see)
        return blocks

    def _sources(self, keys: Iterable[str]) -> str:
        """The texts a rule rests on, and the oldest day on which one of them was last read."""
        cards = [self.law.source(key) for key in keys]
        texts = [str(c.article or c.text.partition(" : ")[0]) for c in cards]
        read = min((c.read_on for c in cards if c.read_on), default=None)
        last = self.words["read_on"].format(day=day_words(read, self.lang)) if read else ""
        return ("; " if self.lang == "en" else " ; ").join(texts) + last

    def _not(self) -> list[Block]:
        return [
            self._item(f"{self._name(w.operator)}{self._colon()}{self._because(w)}")
            for w in self.decision.not_
        ]

    def _colon(self) -> str:
        return " : " if self.lang == "fr" else ": "

    def _because(self, why: Any) -> str:
        if why.law:
            says = next((c.says[self.lang] for c in self.law.rules if c.id == why.law), why.law)
            return f"{says} [{why.law}]"
        parts = [
            self.words["wants"].format(
                fact=self.law.facts[b["fact"]].label[self.lang],
                wanted=self._value(b["fact"], b["wants"]),
                found=self._value(b["fact"], b["is"]),
            )
            for b in why.because
        ]
        return " ; ".join(parts) if self.lang == "fr" else "; ".join(parts)

    def _changes(self) -> list[Block]:
        """Changes of one fact that lead to the same place are one line."""
        grouped: dict[tuple[Any, ...], list[str]] = {}
        for change in sorted(self.decision.changes, key=lambda c: not c.can_change):
            (*others, last) = change.if_
            key = (tuple((n, change.if_[n]) for n in others), last, change.then, change.can_change)
            grouped.setdefault(key, []).append(self._value(last, change.if_[last]))
        blocks = []
        for (others_told, last, then, can_change), values in grouped.items():
            moved = [self._told(n, v) for n, v in others_told]
            moved.append(
                self.law.facts[last].label[self.lang] + self._colon() + f" {self.words['or']} ".join(values)
            )
            text = self.words["change"].format(
                moved=f" {self.words['and']} ".join(moved),
                then=f" {self.words['or']} ".join(self._name(code) for code in then),
                kind=self.words["can_change" if can_change else "cannot_change"],
            )
            blocks.append(self._item(text))
        return blocks

    def _until(self) -> list[Block]:
        until = self.decision.until
        if until is None:
            return []
        kind, _, what = until.why.partition(":")
        why = self.words[f"until_{kind}"].format(what=what if kind == "age" else day_words(what, self.lang))
        after = next_day(until.day) if until.day else self.decision.on  # by the names they bear then
        then = f" {self.words['or']} ".join(
            operator_name(self.law, code, after, self.lang) for code in until.then
        )
        key = "until_day" if until.day else "until_unknown"
        day = day_words(until.day, self.lang) if until.day else ""
        return [Block(kind="text", text=self.words[key].format(day=day, why=why, then=then))]

    def _questions(self) -> list[Block]:
        shown = [m for m in self.decision.missing if m.changes == "first"]
        if self.decision.decided:
            return []
        blocks = []
        for missing in shown:
            fact = self.law.facts[missing.fact]
            blocks.append(self._item(fact.question[self.lang], "question"))
            either = f" {self.words['or']} "
            splits = [
                f"{self._value(missing.fact, value)} → {either.join(map(self._name, codes))}"
                for value, codes in missing.splits.items()
            ]
            blocks.append(self._detail(" ; ".join(splits) if self.lang == "fr" else "; ".join(splits)))
        return blocks

    # -- with whom ------------------------------------------------------------------------------------------------------

    def _schemes(self, *, surely: bool) -> list[Block]:
        blocks: list[Block] = []
        for scheme in self.route.schemes:
            if bool(scheme.missing) is surely:
                continue
            blocks.append(self._item(scheme.name, "first" if scheme.first else "scheme"))
            if scheme.missing:
                facts = ", ".join(self.law.facts[f].label[self.lang] for f in scheme.missing)
                blocks.append(self._detail(self.words["scheme_missing"].format(facts=facts)))
                continue
            if scheme.needs:
                needs = ", ".join(self._need(n) for n in scheme.needs)
                blocks.append(self._detail(self.words["covers"].format(needs=needs)))
            if scheme.desk:
                blocks += [
                    self._detail(line) for line in self._whereabouts(replace(scheme.desk, phone=None)) if line
                ]
            if scheme.phone:
                blocks.append(
                    self._detail(self.words["single_phone"].format(phone=phone_words(scheme.phone)))
                )
            if scheme.follow_up:
                blocks.append(self._detail(self.words["follow_up"].format(by=scheme.follow_up["by"])))
        return blocks

    def _need(self, code: str) -> str:
        own = next((n for n in self.territory.get("needs", ()) if n["code"] == code), None)
        return str(own.get(self.lang) or own["fr"]) if own else self.law.need(code).label[self.lang]

    def _partners(self) -> list[Block]:
        blocks: list[Block] = []
        for need in dict.fromkeys(m.need for m in self.route.partners):
            blocks.append(self._item(self._need(need), "need"))
            best = [m for m in self.route.partners if m.need == need][:3]
            blocks += [self._detail(self._match(match)) for match in best]
        return blocks

    def _match(self, match: Match) -> str:
        where = self._whereabouts(match.desk) if match.desk else []
        text = ", ".join(p for p in (match.name, *where) if p)
        covers = next((w.partition(":")[2] for w in match.why if w.startswith("covers:")), None)
        extra = [self.words["covers_needs"].format(count=covers)] if covers else []
        extra += [self.words["part"]] if "part" in match.why else []
        extra += [self.words[f"unknown_{name}"] for name in match.unknown]
        far = match.desk is None or (match.desk.km is None and match.desk.channel != "remote")
        extra += [self.words["unknown_distance"]] if far and self.route.home else []
        extra += [self.words[f"relaxed_{match.relaxed}"]] if match.relaxed else []
        extra += [
            self.words[f"reception_{way}"] for way in match.reception or () if len(match.reception or ()) == 1
        ]
        if match.referral:
            ways = f" {self.words['or']} ".join(self.words[f"referral_{way}"] for way in match.referral)
            extra.append(self.words["referral"].format(ways=ways))
        extra += [match.referral_url] if match.referral_url else []
        return f"{text} ({'; '.join(extra)})" if extra else text

    def _unmet(self) -> list[Block]:
        return [self._item(self._need(need), "unmet") for need in self.route.unmet]

    def _funding(self) -> list[Block]:
        asked = any(
            n.startswith(("se-former", "x-cep--financer"))
            for n in (*self.route.profile.needs, *self.route.profile.blocking)
        )
        if not asked and "configuration_2" not in self.route.cooperation.configuration[:1]:
            return []
        return [
            self._item(
                f["name"] + (self._colon() + ", ".join(f["decides"]) if f["decides"] else ""), "funding"
            )
            for f in self.route.funding
        ]

    def _cooperation(self) -> list[Block]:
        together = self.route.cooperation
        blocks = []
        if len(together.configuration) == 1:
            blocks += [self._item(says[self.lang]) for says in together.says]
        if together.fallback_contact:
            blocks.append(self._detail(self._contact(together.fallback_contact, "fallback")))
        return blocks


def route_blocks(route: Route, law: Law, lang: str, territory: Mapping[str, Any]) -> list[Block]:
    """The page of one route."""
    return Sheet(route, law, lang, territory).blocks()


def calendar_blocks(
    year: tuple[Stretch, ...], law: Law, lang: str, territory: Mapping[str, Any]
) -> list[Block]:
    """A page per stretch of months, the hand-over between them."""
    blocks: list[Block] = []
    for stretch in year:
        months = ", ".join(_MONTHS[lang][m - 1] for m in stretch.months)
        since = day_words(stretch.day, lang)
        name = territory["territory"]["name"]
        blocks.append(
            Block(kind="title", text=WORDS["stretch"][lang].format(months=months, day=since, territory=name))
        )
        if stretch.hand_over:
            on = stretch.route.decision.on
            left, right = (
                ", ".join(operator_name(law, c, on, lang) for c in side) or "—" for side in stretch.hand_over
            )
            blocks.append(Block(kind="text", text=WORDS["hand_over"][lang].format(left=left, right=right)))
        blocks += Sheet(stretch.route, law, lang, territory).blocks()[1:]
    return blocks


def month_words(number: int, lang: str) -> str:
    """12 -> « décembre »."""
    return _MONTHS[lang][number - 1]


def phone_words(phone: str) -> str:
    """`+33353010021` -> « 03 53 01 00 21 », `3949` -> « 39 49 »; a foreign number stays as it is written."""
    for code in (
        "+33",
        "+262",
        "+590",
        "+594",
        "+596",
    ):  # France and its overseas numbers: ten digits by pairs
        if phone.startswith(code) and len(phone) == len(code) + 9:
            digits = "0" + phone[len(code) :]
            if digits[1] == "8":  # special numbers are said by threes: 0 809 361 212
                return f"0 {digits[1:4]} {digits[4:7]} {digits[7:]}"
            return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return f"{phone[:2]} {phone[2:]}" if len(phone) == 4 else phone


def day_words(iso: str, lang: str) -> str:
    """`2026-11-22` -> « 22 novembre 2026 »; `2016-03` and `2016` likewise."""
    parts = iso.split("-")
    if len(parts) == 1:
        return iso
    month = _MONTHS[lang][int(parts[1]) - 1]
    if len(parts) == 2:
        return f"{month} {parts[0]}"
    day = int(parts[2])
    first = "1er" if lang == "fr" and day == 1 else str(day)
    return f"{first} {month} {parts[0]}"


def opening_words(opening: Opening, lang: str) -> str:
    """« ouvert maintenant, jusqu'à 12:00 », « fermé à 18:30 ; ouvre le mercredi 25 novembre à 09:00 »."""
    words = {key: both[lang] for key, both in WORDS.items()}
    at = words["now"] if opening.live else words["at"].format(hour=opening.at[11:])
    if opening.now:
        text = words["open"].format(at=at)
        if opening.until:
            text += words["open_until"].format(until=_moment(opening.until, opening.at, lang))
        return text + (f" ({opening.note})" if opening.note else "")
    text = (words["closed"] if opening.now is False else words[f"door_{opening.why}"]).format(at=at)
    if opening.next:
        text += words["opens"].format(next=_moment(opening.next, opening.at, lang))
        text += f" ({opening.note})" if opening.note and opening.now is False else ""
    elif opening.now is False:
        text += words["opens_never"]
    return text


def _moment(iso: str, since: str, lang: str) -> str:
    """The hour of a moment, with its day when that is another one than `since`."""
    hour = iso[11:]
    if iso[:10] == since[:10]:
        return WORDS["at"][lang].format(hour=hour)
    from datetime import date

    weekday = list(_DAYS[lang].values())[date.fromisoformat(iso[:10]).weekday()]
    day = day_words(iso[:10], lang)
    day = day if iso[:4] != since[:4] else day.rpartition(" ")[0]
    return WORDS["on_at"][lang].format(day=f"{weekday} {day}", hour=hour)


def hours_words(hours: str, lang: str) -> str:
    """OSM opening hours with the days in words; anything beyond days and times is left as written."""
    text = hours
    for short, long in _DAYS[lang].items():
        text = text.replace(f"{short}-", f"{long} à " if lang == "fr" else f"{long} to ")
        text = (
            text.replace(f"{short},", f"{long}, ")
            .replace(f"{short} ", f"{long} ")
            .replace(f"{short}[", f"{long} [")
        )
    for english, month in zip(_OSM_MONTHS, _MONTHS[lang], strict=True):
        text = text.replace(english, month)
    holidays = "fermé les jours fériés" if lang == "fr" else "closed on public holidays"
    text = _weeks(text.replace("PH off", holidays), lang)
    return " ".join(text.replace(";", " ;" if lang == "fr" else ";").split())


def _weeks(text: str, lang: str) -> str:
    """« jeudi [1,3] » -> « 1er et 3e jeudi du mois »."""
    import re

    def said(found: re.Match[str]) -> str:
        numbers = found[2].split(",")
        if lang == "fr":
            ranks = " et ".join("1er" if n == "1" else f"{n}e" for n in numbers)
            return f"{ranks} {found[1]} du mois"
        endings = {"1": "st", "2": "nd", "3": "rd"}
        return f"{' and '.join(n + endings.get(n, 'th') for n in numbers)} {found[1]} of the month"

    return re.sub(r"(\w+) \[([1-5](?:,[1-5])*)\]", said, text)
