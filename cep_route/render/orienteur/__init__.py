"""The orienteur page: one file a region publishes, which asks the questions of `ask` and answers in the browser. Values in, text out.

The page carries tables compiled by the engine and a small reader of tables (`reader.js`); it judges nothing by itself, runs its own
two scripts only, fetches nothing and keeps nothing: its policy says so, by the digests of what it runs.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from msgspec import Struct

from cep_route.directory.age import VERIFY_MONTHS
from cep_route.directory.where import STALE_MONTHS
from cep_route.engine.compile import box_of
from cep_route.engine.decide import Partition, Table, cut, of_commune
from cep_route.messages import table
from cep_route.model.answer import Desk
from cep_route.model.law import Body, DatedName, Fact, Law, RuleCard, Segment, When, dated_name, written
from cep_route.model.territory import Territory
from cep_route.render.desks import spoken
from cep_route.render.orienteur.data import Offer, Period
from cep_route.render.safe import visible
from cep_route.render.telling import phone_words

WORDS = table("orienteur")

LANGUAGES = ("fr", "en")


class Orienteur(Struct, frozen=True, kw_only=True):
    """What a page is made of: the day it is made, the territory, its homes and the directory from that day on.

    `homes`: (code, name) in the order of the periods' columns, the first one (None, "") for a home not told; `regions`: the homes
    stand for whole regions; `sources`: whom the names and the addresses come from.
    """

    on: str
    territory: Territory
    homes: tuple[tuple[str | None, str], ...]
    regions: bool
    periods: tuple[Period, ...]
    sources: tuple[str, ...] = ()


def page(made: Orienteur, law: Law, lang: str) -> str:
    """The page, whole. `lang`: the language it opens in for a browser that asks for neither."""
    here = files(__name__)
    style, reader, script, frame = (
        here.joinpath(name).read_text(encoding="utf-8")
        for name in ("page.css", "reader.js", "page.js", "page.html")
    )
    schemes = [offer.box for period in made.periods for offer in period.offers if offer.box]
    return Template(frame).substitute(
        lang=lang,
        title=escape(WORDS["title"][lang]),
        skip=escape(WORDS["skip"][lang]),
        territory=escape(visible(made.territory.head.name)),
        scripts=" ".join(f"'{_digest(s)}'" for s in (reader, script)),
        style_digest=_digest(style),
        style=style,
        reader=reader,
        page=script,
        static=_static(made, law, lang),
        law=_embedded(law_data(law, made.on, schemes)),
        directory=_embedded(directory_data(made, law)),
    )


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _embedded(data: Any) -> str:
    """JSON that no text of it can end: `<`, `>` and `&` are written by their numbers."""
    text = json.dumps(_visible(data), ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _visible(data: Any) -> Any:
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {key: _visible(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_visible(value) for value in data]
    return data


# -- the law ------------------------------------------------------------------------------------------------------------------


def law_data(law: Law, on: str, schemes: Sequence[When] = ()) -> dict[str, Any]:
    """The law from a day on as `reader.js` walks it: a diagram for each stretch of days, one for each box, and the words of what they name.

    `schemes`: boxes of a territory, after those of notes, publics and presumptions.
    """
    segments = [s for s in law.segments if s.until >= on]
    bits = {i for s in segments for i in s.bits}
    notes = [i for i, c in enumerate(law.rules) if not c.opens and c.until >= on]
    kept = sorted(bits | set(notes))
    rules = [law.rules[i] for i in kept]
    boxes = _PageBoxes(
        law,
        [
            *(law.rules[i].when for i in notes),
            *(public.when for public in law.publics.values() if public.when is not None),
            *(presumption.when for presumption in law.presumptions),
            *schemes,
        ],
    )
    asked = {n for s in segments for n in s.facts} | set(boxes.cut.levels)
    return {
        "facts": {n: _fact(card) for n, card in law.facts.items() if n in asked},
        "questions": [n for n in dict.fromkeys([*law.questions, *law.facts]) if n in asked],
        "segments": [_segment(law, s, {i: place for place, i in enumerate(kept)}) for s in segments],
        "boxes": boxes.data(),
        "rules": [_rule(card, boxes) for card in rules],
        "presumptions": [
            {"fact": c.fact, "value": c.value, "ask": c.ask, "box": boxes.place(c.when)}
            for c in law.presumptions
        ],
        "operators": {
            code: {"names": _names(card.names), "outside": card.outside}
            for code, card in law.operators.items()
        },
        "order": list(law.operators),
        "bodies": {code: _body(card) for code, card in law.bodies.items()},
        "bodyOrder": law.body_order,
        "sources": {key: _source(law, key) for key in dict.fromkeys(s for c in rules for s in c.sources)},
        "publics": {
            code: (None if card.when is None else boxes.place(card.when), card.sufficient)
            for code, card in law.publics.items()
        },
        "schemes": {_key(when): boxes.place(when) for when in schemes},
        "words": WORDS,
        "staleMonths": STALE_MONTHS,
        "oldMonths": VERIFY_MONTHS,
    }


def _names(names: Iterable[DatedName]) -> list[dict[str, str]]:
    return [n.said | {"since": n.since, "until": n.until} for n in names]


class _PageBoxes:
    """Boxes as diagrams of one table, each once: [root without the constraints, root with them, [[fact, classes inside], ...]]."""

    def __init__(self, law: Law, whens: Iterable[When]) -> None:
        self._boxes = {_key(when): box_of(when, law.facts) for when in whens}
        self._places = {key: place for place, key in enumerate(self._boxes)}
        walls = [box for card in law.constraints for box in card.boxes]
        self.cut = cut(law.facts, list(self._boxes.values()), walls)

    def place(self, when: When) -> int:
        return self._places[_key(when)]

    def data(self) -> dict[str, Any]:
        cut = self.cut
        known = [cut.classes_of(box) for box in self._boxes.values()]
        roots = [r for bit, box in enumerate(known) for r in (cut.diagrams.box(box, 2, 1), cut.inside(bit))]
        rows, places = cut.diagrams.written(*roots)
        return {
            "levels": _levels(cut),
            "nodes": [_node(row, cut.diagrams.bottom) for row in rows],
            "boxes": [
                [
                    places[2 * i],
                    places[2 * i + 1],
                    [(cut.levels[n], ids) for n, ids in cut.classes_of(box).items()],
                ]
                for i, box in enumerate(self._boxes.values())
            ],
        }


def _levels(cut: Partition) -> list[dict[str, Any]]:
    """The facts of a diagram in its order, each with the values of its classes."""
    return [{"name": n, "members": [written(values) for values in of]} for n, of in cut.members.items()]


def _key(when: When) -> str:
    return json.dumps({name: list(values) for name, values in when.items()})


def _node(row: tuple[int, tuple[int, ...]], bottom: int) -> list[int]:
    """`[level, child, ...]`, or `[-1, value]` for a leaf."""
    level, children = row
    return [level if level < bottom else -1, *children]


def _fact(card: Fact) -> dict[str, Any]:
    kept = ("kind", "values", "label", "labels", "question", "help")
    return {key: getattr(card, key) for key in kept} | ({"told": True} if card.places else {})


def _rule(card: RuleCard, boxes: _PageBoxes) -> dict[str, Any]:
    kept = ("id", "says", "opens", "see", "confidence", "sources")
    note = {} if card.opens else {"box": boxes.place(card.when), "since": card.since, "until": card.until}
    return {key: getattr(card, key) for key in kept} | note


def _segment(law: Law, segment: Segment, place: Mapping[int, int]) -> dict[str, Any]:
    """One stretch of days: the diagram of answers (a leaf is the place of its answer, from 1), and one of each rule (1 outside, 2 inside).

    An answer is [first, eligible, see], operators and bodies by their places in `order` and `bodyOrder`.
    """
    codes, bodies = list(law.operators), law.body_order
    table = Table(segment, law.rules)
    diagrams = table.diagrams
    answers = diagrams.project(table.root, int.bit_length)
    rows, (root, *rules) = diagrams.written(answers, *(table.inside(bit) for bit in range(len(segment.bits))))
    return {
        "since": segment.since,
        "levels": _levels(table),
        "order": segment.facts,
        "implied": table.walled,
        "nodes": [_node(row, diagrams.bottom) for row in rows],
        "root": root,
        "answers": [
            [
                [codes.index(c) for c in o.first],
                [codes.index(c) for c in o.eligible],
                [bodies.index(b) for b in o.see],
            ]
            for o in segment.outcomes
        ],
        "rules": [
            {
                "rule": place[i],
                "root": own,
                "facts": [n for n in segment.facts if table.named[n] >> bit & 1],
            }
            for bit, (i, own) in enumerate(zip(segment.bits, rules, strict=True))
        ],
        "codes": [code for code, opening, _ in segment.answers if opening],
    }


def _body(card: Body) -> dict[str, Any]:
    found = {"names": _names(card.names), "what": card.what, "url": card.url, "phone": card.phone}
    return found | ({"shownPhone": phone_words(card.phone)} if card.phone else {})


def _source(law: Law, key: str) -> dict[str, Any]:
    """A text of law by its article, or its title; where to read it, and when a human last did."""
    card = law.source(key)
    text = {"article": card.article} if card.article else {"text": card.text.partition(" : ")[0]}
    return text | {k: str(getattr(card, k)) for k in ("url", "read_on") if getattr(card, k)}


# -- the directory ------------------------------------------------------------------------------------------------------------


def directory_data(made: Orienteur, law: Law) -> dict[str, Any]:
    """The territory as `reader.js` reads it: desks once each, then by columns who has which of them, and how far."""
    desks = _PageDesks()
    head = made.territory.head
    periods = [_period(period, desks) for period in made.periods]
    return {
        "made": made.on,
        "territory": {
            "id": head.id,
            "name": head.name,
            "asOf": head.as_of,
            "invented": made.territory.invented,
        },
        "sources": made.sources,
        "homes": [(code, name, of_commune(law, code)) for code, name in made.homes],
        "regions": made.regions,
        "needs": _needs(made.territory, law),
        "desks": desks.cards,
        "columns": desks.columns,
        "periods": periods,
    }


def _needs(territory: Territory, law: Law) -> list[dict[str, str]]:
    """What the page offers to tick: whole categories, the needs of the CEP that no category names, those of the territory."""
    cards = {c: n for c, n in law.needs.items() if "--" not in c or c.startswith("x-")}
    own = {
        n.code: {"code": n.code, "family": n.family, "fr": n.fr, "en": n.en or n.fr}
        for n in territory.needs or ()
    }
    return list(({c: {"code": c, "family": n.family} | n.label for c, n in cards.items()} | own).values())


class _PageDesks:
    """Desks as data and the columns that hold them, each once: what differs from home to home (how far) is left to the columns."""

    def __init__(self) -> None:
        self.cards: list[dict[str, Any]] = []
        self.columns: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def _number(self, kept: list[dict[str, Any]], card: dict[str, Any]) -> int:
        key = json.dumps(card, ensure_ascii=False)
        if key not in self._numbers:
            self._numbers[key] = len(kept)
            kept.append(card)
        return self._numbers[key]

    def number(self, desk: Desk) -> int:
        return self._number(self.cards, _desk(desk))

    def column(self, desks: Sequence[Desk | None]) -> int | None:
        """The number of a column: one desk per home and how far it is; None when no home has any."""
        if not any(desks):
            return None
        found: dict[str, Any] = {
            "desk": _column([self.number(d) if d else None for d in desks]),
            "km": _column([d.km if d else None for d in desks]),
            "minutes": _column([d.minutes if d else None for d in desks]),
        }
        if any(d and d.nearest for d in desks):
            found["nearest"] = self.column([d.nearest if d else None for d in desks])
        return self._number(self.columns, found)


def _column(values: Sequence[Any]) -> Any:
    """One value for all homes, or one per home."""
    return values[0] if all(v == values[0] for v in values) else list(values)


def _letters(zones: Sequence[str]) -> str:
    """`inside`, `outside`, `unknown` by their first letters: one for all homes, or one per home."""
    letters = "".join(zone[0] for zone in zones)
    return letters if set(letters) - {letters[0]} else letters[0]


def _desk(desk: Desk) -> dict[str, Any]:
    """What is published of a desk: nothing of the colleagues counsellors call, nobody by name."""
    return {
        "id": desk.id,
        "channel": desk.channel,
        "name": desk.name,
        "address": desk.address,
        "commune": desk.commune_name,
        "hours": {lang: spoken(desk.hours, lang) for lang in LANGUAGES} if desk.hours else None,
        "appointment": bool(desk.by_appointment),
        "wheelchair": desk.wheelchair,
        "phone": desk.phone,
        "shownPhone": phone_words(desk.phone) if desk.phone else None,
        "url": desk.url,
        "note": desk.note,
        "checked": desk.contact.checked_on if desk.contact else None,
        "old": desk.shown == "old",
    }


def _period(period: Period, desks: _PageDesks) -> dict[str, Any]:
    return {
        "since": period.since,
        "until": period.until,
        "operators": {code: desks.column(column) for code, column in period.desks.items()},
        "offers": [_offer(offer, desks) for offer in period.offers],
    }


def _offer(offer: Offer, desks: _PageDesks) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": offer.id,
        "kind": offer.kind,
        "name": _column(offer.names),
        "needs": offer.needs,
        "zones": _letters(offer.zones),
        "desks": desks.column(offer.desks),
    }
    if offer.kind == "partner":
        found |= {"publics": offer.publics, "service": offer.service}
    if offer.kind == "operator":
        found["network"] = offer.network
    if offer.scheme is not None:
        found |= {
            "box": _key(offer.box or {}),
            "oneStop": offer.one_stop,
            "phone": offer.scheme.phone,
            "shownPhone": phone_words(offer.scheme.phone) if offer.scheme.phone else None,
            "followUp": offer.scheme.follow_up.by if offer.scheme.follow_up else None,
        }
    return found


# -- without JavaScript -------------------------------------------------------------------------------------------------------


def _static(made: Orienteur, law: Law, lang: str) -> str:
    """Every network with its channel, in both languages: what stays on the page where its scripts do not run."""
    return "\n".join(_listed(made, law, each) for each in (lang, *(o for o in LANGUAGES if o != lang)))


def _listed(made: Orienteur, law: Law, lang: str) -> str:
    items = []
    for code, column in made.periods[0].desks.items():
        card, desk = law.operators[code], column[0]
        name = dated_name(card.names, made.on, lang) or code
        public = card.public.get(lang, "")
        parts = [f"<strong>{_text(name)}</strong>", _text(public), _text(desk.name or "")]
        parts.append(_text(phone_words(desk.phone)) if desk.phone else "")
        if desk.url and desk.url.startswith(("https://", "http://")):
            parts.append(f'<a href="{_text(desk.url)}" rel="noreferrer noopener">{_text(desk.url)}</a>')
        items.append(f"<li>{', '.join(p for p in parts if p)}</li>")
    lead = _text(WORDS["noscript"][lang])
    return f'<section lang="{lang}">\n<p>{lead}</p>\n<ul>\n' + "\n".join(items) + "\n</ul>\n</section>"


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
