"""A diagnosis as sections of parts in one language: the text and the page say the same lines. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.additions import Addition
from cep_route.diagnosis.holes import Hole
from cep_route.diagnosis.load import Load
from cep_route.diagnosis.whatif import Difference
from cep_route.messages import day_words, number, table, template
from cep_route.model.law import Law
from cep_route.model.profile import Stretch
from cep_route.render.data import operator_name
from cep_route.render.parts import Item, Line, Page, Part, Section, gathered
from cep_route.render.telling import value_words

WORDS, CONTEXT = table("diagnosis"), table("context")

NAMED = 6  # communes named on one line; the others are counted
GESTURES = 5  # the additions shown first
ORDER = ("none", "remote", "far", "hours", "unknown", "desk")  # from the worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A what-if, another day, or another territory: what it is, what differs, and the diagnosis it leads to."""

    kind: str
    name: str
    difference: Difference
    then: Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that a page shows: the diagnosis, how many people go where, the turns, the territory beside, a seasonal year."""

    diagnosis: Diagnosis
    load: Load | None = None
    population: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    beside: Diagnosis | None = None
    year: tuple[Stretch, ...] = ()


class View:
    """One diagnosis in the words of one language."""

    def __init__(self, diagnosis: Diagnosis, law: Law, lang: str) -> None:
        self.d, self.law, self.lang = diagnosis, law, lang
        self.words = {key: both[lang] for key, both in WORDS.items()}
        t = diagnosis.territory
        tables = ("operators", "partners", "schemes")
        items = [item for key in tables for item in t.get(key) or ()]
        called = [item["name"] for item in items]
        self.names = {
            item["id"]: item["name"] if called.count(item["name"]) == 1 else f"{item['name']} [{item['id']}]"
            for item in items
        }
        self.own_needs = {n["code"]: n for n in t.get("needs") or ()}

    # -- small words ----------------------------------------------------------------------------------------------------

    def name(self, id_: str) -> str:
        """An actor's name, or the network's when it has no table here."""
        return self.names.get(id_) or (operator_name(self.law, id_, self.d.on, self.lang))

    def doors(self, first: Iterable[str], on: str | None = None) -> str:
        return self.words["or"].join(operator_name(self.law, c, on or self.d.on, self.lang) for c in first)

    def commune(self, code: str) -> str:
        return self.d.asked.ground.name(code) or code

    def communes(self, codes: Sequence[str]) -> str:
        if len(codes) > 1 and set(codes) >= set(self.d.asked.communes):
            return self.words["all_communes"]
        shown = ", ".join(self.commune(c) for c in codes[:NAMED])
        more = len(codes) - NAMED
        return shown + (self._w("more_communes", count=more) if more > 0 else "")

    def need(self, code: str) -> str:
        own = self.own_needs.get(code)
        return str(own.get(self.lang) or own["fr"]) if own else self.law.need(code).label[self.lang]

    def day(self, iso: str) -> str:
        return day_words(iso, self.lang)

    def number(self, value: float) -> str:
        """A count as people read it; halves show."""
        halves = value < 10 and abs(value - round(value)) > 0.05
        return number(round(value, 1) if halves else round(value), self.lang)

    def box(self, box: Mapping[str, Iterable[str]]) -> str:
        """A box over facts in words: « situation principale : salarié du privé ; cadre : non »."""
        parts = [
            f"{self.law.facts[n].label[self.lang]}{self.words['colon']}{value_words(self.law, n, ' '.join(v), self.lang)}"
            for n, v in box.items()
        ]
        return template("calendar.semicolon", self.lang).join(parts)

    def configuration(self, codes: Sequence[str]) -> str:
        shown = self.words["or"].join(self.words[c] for c in sorted(codes))
        return shown if len(codes) == 1 else self.words["possible"].format(what=shown)

    def section(self, key: str, parts: Iterable[Part], title: str | None = None) -> Section:
        return Section(key=key, title=title or self.words[key], parts=tuple(gathered(parts)))

    def _w(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)

    # -- the sections ---------------------------------------------------------------------------------------------------

    def essentials(self) -> Iterator[Part]:
        d, colon = self.d, self.words["colon"]
        bad = sum(k[0] == "people" for k in d.missing)
        needs = {k[1] for k in d.missing if k[0] == "need"}
        pairs = sum(k[0] == "pair" for k in d.missing)
        fragile = sum(k[0] == "fragile" for k in d.missing)
        yield _item(
            f"{self.words['es_configuration']}{colon}{self.configuration(d.cooperation.configuration)}"
        )
        if d.asked.communes:
            yield _item(f"{self.words['es_left_out']}{colon}{self._w('cells_of', bad=bad, all=len(d.cells))}")
            yield _item(f"{self.words['es_needs']}{colon}{self._w('needs_of', count=len(needs))}")
        if d.pairs:
            yield _item(f"{self.words['es_pairs']}{colon}{self._w('pairs_of', bad=pairs, all=len(d.pairs))}")
        yield _item(f"{self.words['es_fragile']}{colon}{self._w('fragile_of', count=fragile)}")
        best = ranked(d.holes)[:GESTURES]
        if best:
            yield _item(self.words["es_gestures"] + colon.rstrip(), "gestures")
            yield from (_detail(self.addition(h.addition)) for h in best)

    def configured(self) -> Iterator[Part]:
        together = self.d.cooperation
        yield _item(self.configuration(together.configuration), "first")
        if len(together.configuration) == 1:
            yield from (_detail(says[self.lang]) for says in together.says)
        if together.missing:
            yield _detail(self._w("to_fill", facts=", ".join(together.missing)))
        if together.declared is None:
            yield _detail(self.words["declared_none"])
        else:
            same = together.configuration == (together.declared,)
            key = "declared_same" if same else "declared_other"
            yield _detail(self._w(key, what=self.words[together.declared]))
        yield _detail(self.words["reading_aid"])

    def evidence(self) -> Iterator[Part]:
        held = {True: self.words["yes"], False: self.words["no"], None: self.words["unknown"]}
        for of in dict.fromkeys(p.of for p in self.d.parts):
            title = "of_coordination" if of == "coordination" else "of_scheme"
            yield _item(self._w(title, name=self.name(of)))
            for part in self.d.parts:
                if part.of == of:
                    yield _detail(
                        f"{self.words['part_' + part.condition]}{self.words['colon']}{held[part.held]}"
                    )

    def clues(self) -> Iterator[Part]:
        for clue in self.d.clues:
            value = (
                ", ".join(self.name(v) for v in clue.value.split()) if "/" not in clue.value else clue.value
            )
            text = self._w(f"clue_{clue.code}", value=value if not clue.value.isdigit() else clue.value)
            if clue.agrees is None:
                verdict = self._w("undecided_clue", what=", ".join(s[-1] for s in clue.speaks))
            else:
                verdict = self.words["agrees" if clue.agrees else "disagrees"]
            yield _item(f"{text}{self.words['colon']}{verdict}")

    def context(self) -> Iterator[Part]:
        found = self.d.context
        region = self._told({k: v for k, v in found["region"].items() if k not in {"breaks", "said"}})
        economy = self._told({k: v for k, v in found["economy"].items() if k != "said"})
        if region:
            yield _item(self._w("context_region", what=region))
        if economy:
            yield _item(self._w("context_economy", what=economy))
        if found["ties"] is not None:
            yield _item(self._w("context_ties", count=found["ties"]))

    def _told(self, table: Mapping[str, Any]) -> str:
        parts = []
        for key, value in table.items():
            if value is None or key == "season_months":
                continue
            label = CONTEXT.get(key, {}).get(self.lang, key)
            parts.append(str(value) if key == "name" else f"{label} {self._context_value(key, value)}")
        return ", ".join(parts)

    def _context_value(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        if isinstance(value, float):
            return f"{value * 100:.0f} %"
        if isinstance(value, list):
            if key == "main_obstacles":
                return ", ".join(self.need(v) for v in value)
            return ", ".join(CONTEXT.get(v, {}).get(self.lang, str(v)) for v in value)
        found = CONTEXT.get(f"{key}:{value}") or CONTEXT.get(value, {})
        return found.get(self.lang, str(value))

    # -- who is left out ------------------------------------------------------------------------------------------------

    def left_out(self) -> Iterator[Part]:
        if not self.d.asked.communes:
            yield Line(text=self.words["country"])
            return
        yield Line(text=self.words["left_out_why"])
        for first, day in self._firsts():
            yield _item(self._w("door", door=self.doors(first, day)))
            yield _detail(self._w("who", who=self.who(first)))
            yield from (_detail(text, tag) for text, tag in self.states(first))

    def _firsts(self) -> list[tuple[tuple[str, ...], str]]:
        """Each group of first doors, and the first day it has people."""
        found: dict[tuple[str, ...], str] = {}
        for group in self.d.groups:
            found.setdefault(group.first, group.day)
        return list(found.items())

    def who(self, first: tuple[str, ...]) -> str:
        """The people of a group: the network's own words when there is one door, and the widest box of the engine as an example."""
        group = next(g for g in self.d.groups if g.first == first)
        told = self.law.operators[first[0]].public[self.lang] if len(first) == 1 else ""
        shown = self._w("such_as", box=self.box(group.boxes[0])) if told else self.box(group.boxes[0])
        more = len(group.boxes) - 1
        parts = [told, shown, self._w("more_cases", count=more) if more else ""]
        return ". ".join(p[0].upper() + p[1:] if i else p for i, p in enumerate(p for p in parts if p))

    def states(self, first: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """How a group reaches its door, worst first: communes of the same state on one line."""
        where: dict[tuple[str, tuple[str, ...]], list[tuple[int, str]]] = {}
        mine = {key[1:]: state for key, state in self.d.cells.items() if key[0] == first}
        days = sorted({day for _, _, day in mine})
        levels = sorted({level for _, level, _ in mine})
        for day in days:
            for level in levels:
                for state in ORDER:
                    communes = tuple(c for c in self.d.asked.communes if mine.get((c, level, day)) == state)
                    if communes:
                        where.setdefault((state, communes), []).append((level, day))
        for (state, communes), at in sorted(where.items(), key=lambda kv: ORDER.index(kv[0][0])):
            parts = [self.communes(communes)]
            if {level for level, _ in at} != set(levels):
                parts.append(self._w("level", level=at[0][0]))
            if len(self.d.days) > 1 and {day for _, day in at} != set(self.d.days):
                parts.append(
                    ", ".join(self._w("on_day", day=self.day(x)) for x in dict.fromkeys(d for _, d in at))
                )
            tag = "unmet" if state in ("none", "remote", "far", "hours") else ""
            yield f"{self.words['state_' + state]}{self.words['colon']}{', '.join(parts)}", tag

    def needs(self) -> Iterator[Part]:
        if "partners" in self.d.unknown:
            yield Line(text=self.words["needs_unwritten"])
            return
        holes = [k for k in self.d.missing if k[0] == "need"]
        order = list(dict.fromkeys(need for need, _ in self.d.needs))
        for need in sorted(
            {k[1] for k in holes}, key=lambda n: (-sum(k[1] == n for k in holes), order.index(n))
        ):
            communes = tuple(c for c in self.d.asked.communes if ("need", need, c) in self.d.missing)
            yield _item(f"{self.need(need)}{self.words['colon']}{self.communes(communes)}", "unmet")
        some = dict.fromkeys(
            n
            for (n, _), state in self.d.needs.items()
            if state == "some" and not any(k[1] == n for k in holes)
        )
        if some:
            text = ", ".join(self.need(n) for n in some)
            yield _item(f"{self.words['needs_some'].capitalize()}{self.words['colon']}{text}")

    def absent(self) -> Iterator[Part]:
        for _, network in sorted(k for k in self.d.missing if k[0] == "absent"):
            near = [
                r for r in self.d.reached.values()
                if r.network == network and r.day == self.d.on and r.place and r.km is not None
            ]  # fmt: skip
            text = self.doors((network,))
            if near:
                best = min(near, key=lambda r: r.km or 0)
                where = f"{self.commune(best.place or '')}, {best.km:.0f} km"
                text += f" ({self._w('absent_near', where=where)})"
            yield _item(text, "unmet")

    def one_side(self) -> Iterator[Part]:
        found: dict[tuple[str, str], list[str]] = {}
        for _, commune, day, side in sorted(k for k in self.d.missing if k[0] == "one_side"):
            found.setdefault((side, day), []).append(commune)
        if found:
            yield Line(text=self.words["one_side_why"])
        for (side, day), communes in found.items():
            text = self._w("one_side_item", side=self.words[f"side_{side}"], communes=self.communes(communes))
            yield _item(
                text + (f", {self._w('on_day', day=self.day(day))}" if len(self.d.days) > 1 else ""), "unmet"
            )

    def pairs(self) -> Iterator[Part]:
        if "ties" in self.d.unknown:
            yield Line(text=self.words["pairs_unknown"])
        for (a, b), state in self.d.pairs.items():
            if state == "none":
                key = "across" if self.side(a) != self.side(b) else "along"
                yield _item(self._w(key, a=self.name(a), b=self.name(b)), "unmet")

    def side(self, house: str) -> str:
        """The side of an operator's house: its own word, else its network's."""
        found = next((o for o in self.d.territory.get("operators") or () if o["id"] == house), None)
        if found is None:
            return self.law.operator(house).side
        return str(found.get("side") or self.law.operators[found["network"]].side)

    def fragile(self) -> Iterator[Part]:
        for (code, _), values in self.d.fragile.items():
            told = {k: self.name(v) if k in ("who", "from", "to") else v for k, v in values.items()}
            if "day" in told:
                told["day"] = self.day(told["day"])
            yield _item(self.words[f"frag_{code}"].format_map(told), "unmet")

    def additions(self) -> Iterator[Part]:
        if self.d.holes:
            yield Line(text=self.words["additions_why"])
        ties = [h for h in self.d.holes if h.addition.kind == "tie"]
        for hole in ranked(h for h in self.d.holes if h.addition.kind != "tie"):
            yield _item(self.addition(hole.addition))
            yield _detail(self._w("closes", what=self.closes(hole)))
        if ties:
            yield _item(self.words["add_ties"])
            yield from (
                _detail(self._w("along", a=self.name(x[0]), b=self.name(x[1])))
                for x in (h.addition.ends for h in ties)
            )

    def addition(self, x: Addition) -> str:
        house = self.name(x.house) if x.house else ""
        key = "place_wider" if x.kind == "place" and x.communes else x.kind
        ends = [self.name(e) for e in x.ends] + ["", ""]
        return self._w(
            f"add_{key}",
            house=house,
            network=self.doors((x.network,)) if x.network else "",
            commune=self.commune(x.commune) if x.commune else "",
            communes=self.communes(x.communes) if x.communes else "",
            level=x.level,
            need=self.need(x.need) if x.need else "",
            a=ends[0],
            b=ends[1],
            day=self.day(x.day) if x.day else "",
        )

    def closes(self, hole: Hole) -> str:
        counts: dict[str, int] = {}
        for key in hole.closes:
            counts[key[0]] = counts.get(key[0], 0) + 1
        return ", ".join(self._w(f"closes_{kind}", count=count) for kind, count in counts.items())

    def perimeters(self) -> Iterator[Part]:
        if not self.d.perimeters:
            yield Line(text=self.words["perimeters_none"])
        for p in self.d.perimeters:
            yield _item(
                self._w(
                    f"rel_{p.relation}", house=self.name(p.house), common=p.common, more=p.more, less=p.less
                )
            )

    # -- turns ------------------------------------------------------------------------------------------------------------

    def turned(self, turn: Turn, index: int) -> Section:
        title = (
            self._w("whatif", what=self.turn_name(turn))
            if turn.kind != "at"
            else self._w("wi_at", day=self.day(turn.name)).capitalize()
        )
        return self.section(f"turn-{index}", self._turn(turn), title)

    def turn_name(self, turn: Turn) -> str:
        if turn.kind == "at":
            return self._w("wi_at", day=self.day(turn.name))
        name = " / ".join(self.name(n) for n in turn.name.split("/"))
        return self._w(f"wi_{turn.kind}", name=name)

    def _turn(self, turn: Turn) -> Iterator[Part]:
        x = turn.difference
        before, after = self.configuration(x.before), self.configuration(x.after)
        if x.before == x.after:
            yield _item(self._w("wi_same_configuration", what=before), "first")
        else:
            yield _item(self._w("wi_other_configuration", before=before, after=after), "unmet")
        for effect in x.effects:
            name = " / ".join(self.name(n) for n in effect.id.split("/")) or self.words["none"]
            yield _detail(
                f"{self.words['what_' + effect.what]} « {name} »{self.words['colon']}{self.words['effect_' + effect.effect]}"
            )
        for moved in x.moved:
            key = "wi_moved" if moved.first == moved.then else "wi_then"
            yield _item(
                self._w(
                    key,
                    who=self.doors(moved.first),
                    then=self.doors(moved.then, turn.then.on),
                    communes=self.communes(moved.communes),
                    before=self.words[f"state_{moved.before}"],
                    after=self.words[f"state_{moved.after}"],
                ),
                "unmet" if ORDER.index(moved.after) < ORDER.index(moved.before) else "",
            )
        if not x.moved:
            yield _item(self.words["wi_nothing"])
        yield from self._orphans(turn)
        later = View(turn.then, self.law, self.lang)
        for key, things, view in (("wi_lost", x.lost, self), ("wi_gained", x.gained, later)):
            lines = [view.things(kind, items) for kind, items in things.items()]
            if lines:
                yield _item(self.words[key] + self.words["colon"].rstrip())
                yield from (_detail(line) for line in lines)
        kept = [self.things(k, tuple((i,) for i in items)) for k, items in x.holds.items() if items]
        yield _item(self.words["wi_holds"] + self.words["colon"].rstrip())
        yield _detail(self._w("wi_same_cells", count=x.same_cells))
        yield from (_detail(line) for line in kept)

    def _orphans(self, turn: Turn) -> Iterator[Part]:
        """Whose one-stop shop closes, and the doors that stay theirs."""
        still = {s.scheme for s in turn.then.served}
        replaced = {tuple(sorted((k, v) for k, v in s.public.items())) for s in turn.then.served}
        for served in self.d.served:
            if served.scheme not in still and tuple(sorted(served.public.items())) not in replaced:
                firsts = ", ".join(self.doors(f) for f in served.firsts if not self._outside(f))
                text = self._w(
                    "wi_served",
                    scheme=self.name(served.scheme),
                    public=self.box(served.public),
                    firsts=firsts,
                )
                yield _item(text, "unmet")

    def _outside(self, first: Iterable[str]) -> bool:
        return any(self.law.outside(c) for c in first)

    def things(self, kind: str, items: Sequence[Sequence[str]]) -> str:
        """Things of one kind, by their names."""
        if kind == "needs":
            by_need: dict[str, list[str]] = {}
            for need, commune in items:
                by_need.setdefault(need, []).append(commune)
            shown = " ; ".join(f"{self.need(n)} ({self.communes(c)})" for n, c in by_need.items())
        elif kind == "funding":
            shown = ", ".join(f"{what} ({self.name(who)})" if what else self.name(who) for who, what in items)
        else:
            shown = ", ".join(
                " / ".join(self.name(n) for part in item for n in part.split(" / ")) for item in items
            )
        return f"{self.words['thing_' + kind]}{self.words['colon']}{shown}"

    # -- load -------------------------------------------------------------------------------------------------------------

    def load(self, load: Load, population: Mapping[str, Any]) -> Iterator[Part]:
        if not load.inhabitants and not load.lines:
            yield Line(text=self.words["load_none"])
            return
        n = self.number
        if load.lines:
            yield Line(text=self._w("load_lines", people=n(load.lines)))
        else:
            yield from self._supposed(load, population)
        yield _item(self.words["load_doors"] + self.words["colon"].rstrip())
        yield from (
            _detail(f"{self.doors(first)}{self.words['colon']}{n(count)}")
            for first, count in load.doors.items()
        )
        yield from (
            _detail(self._w("load_undecided", who=self.doors(codes)) + f"{self.words['colon']}{n(count)}")
            for codes, count in load.undecided.items()
        )
        if load.outside >= 1:
            yield _detail(f"{self.words['load_outside']}{self.words['colon']}{n(load.outside)}")
        yield _item(self.words["load_desks"] + self.words["colon"].rstrip())
        for network, house, place, count in load.desks:
            where = self.commune(place) if place else self.words["load_remote"]
            if load.lines:
                yield _detail(f"{house}{self.words['colon']}{n(count)}")
                continue
            yield _detail(f"{self.name(house or network)}, {where}{self.words['colon']}{n(count)}")
        if any(len(f) > 1 for f in load.doors):
            yield _detail(self.words["load_halves"])
        if load.unmet:
            yield _item(self.words["load_unmet"] + self.words["colon"].rstrip())
            yield from (
                _detail(f"{self.need(need)}{self.words['colon']}{n(c)}", "unmet") for need, c in load.unmet
            )
        if load.partners:
            yield _item(self.words["load_partners"] + self.words["colon"].rstrip())
            top = list(load.partners.items())[:10]
            yield from (_detail(f"{self.name(p)}{self.words['colon']}{n(count)}") for p, count in top)

    def _supposed(self, load: Load, population: Mapping[str, Any]) -> Iterator[Part]:
        """Where the figures come from, and how many are ours."""
        n, name = self.number, population["name"][self.lang]
        yield Line(
            text=self._w("load_people", people=n(load.people), inhabitants=n(load.inhabitants), name=name)
        )
        margins = [
            *population.get("margins", ()),
            *(population[k] for k in ("entered", "active") if k in population),
        ]
        assumed = sum("assumption" in m for m in margins)
        if assumed:
            yield Line(text=self._w("load_assumed", count=assumed, all=len(margins)))

    # -- beside -----------------------------------------------------------------------------------------------------------

    def summary(self) -> dict[str, str]:
        """A territory in a few lines, to stand beside another."""
        d = self.d
        bad = sum(k[0] == "people" for k in d.missing)
        share = f"{100 * bad / len(d.cells):.0f} %" if d.cells else "—"
        return {
            self.words["es_configuration"]: self.configuration(d.cooperation.configuration),
            self.words["beside_share"].capitalize(): f"{share} ({bad}/{len(d.cells)})",
            self.words["es_needs"]: str(len({k[1] for k in d.missing if k[0] == "need"})),
            self.words["absent"]: ", ".join(self.doors((k[1],)) for k in sorted(k for k in d.missing if k[0] == "absent")) or self.words["none"],
            self.words["es_pairs"]: self._w("pairs_of", bad=sum(k[0] == "pair" for k in d.missing), all=len(d.pairs)),
            self.words["es_fragile"]: str(sum(k[0] == "fragile" for k in d.missing)),
        }  # fmt: skip

    def beside(self, other: Diagnosis) -> Iterator[Part]:
        yield Line(text=self.words["no_ranking"])
        theirs = View(other, self.law, self.lang)
        names = (self.d.territory["territory"]["name"], other.territory["territory"]["name"])
        left, right = self.summary(), theirs.summary()
        for key in left:
            yield _item(key)
            yield from (
                _detail(f"{name}{self.words['colon']}{side[key]}")
                for name, side in zip(names, (left, right), strict=True)
            )


def _item(text: str, tag: str = "") -> Item:
    return Item(text=text, tag=tag)


def _detail(text: str, tag: str = "") -> Line:
    return Line(text=text, tag=tag)


def ranked(holes: Iterable[Hole]) -> list[Hole]:
    """The additions that change most for people first: people received, then needs answered, then the rest."""

    def weight(hole: Hole) -> tuple[int, int, int]:
        kinds = [k[0] for k in hole.closes]
        return (-kinds.count("people"), -kinds.count("need"), -len(kinds))

    return sorted(holes, key=weight)


def sections(whole: Whole, law: Law, lang: str) -> list[Section]:
    """The whole page, section by section; a section with nothing to say says so."""
    view = View(whole.diagnosis, law, lang)
    well = (Line(text=view.words["everyone_well"]),)
    found = [
        view.section("essentials", view.essentials()),
        view.section("configuration", view.configured()),
        view.section("evidence", view.evidence()),
        view.section("clues", view.clues()),
        view.section("context", view.context()),
        *(
            view.section(key, tuple(parts) or well)
            for key, parts in (
                ("left_out", view.left_out()),
                ("needs", view.needs()),
                ("absent", view.absent()),
                ("one_side", view.one_side()),
                ("pairs", view.pairs()),
                ("fragile", view.fragile()),
                ("additions", view.additions()),
            )
        ),
        *([view.section("pic_year", (Line(text=view.words["pic_year_why"]),))] if whole.year else []),
        view.section("perimeters", view.perimeters()),
        *(view.turned(turn, i) for i, turn in enumerate(whole.turns)),
    ]
    if whole.load is not None:
        found.append(view.section("load", view.load(whole.load, whole.population)))
    if whole.beside is not None:
        found.append(view.section("beside", view.beside(whole.beside)))
    return [s for s in found if s.parts]


def diagnosis_page(whole: Whole, law: Law, lang: str) -> Page:
    """The whole diagnosis, for a terminal or a pipe."""
    view = View(whole.diagnosis, law, lang)
    head = whole.diagnosis.territory["territory"]
    day, far = view.day(whole.diagnosis.on), f"{whole.diagnosis.asked.far:g}"
    return Page(
        title=view.words["title"].format(name=head["name"]),
        sub=view.words["subtitle"].format(day=day, far=far),
        sections=tuple(sections(whole, law, lang)),
    )
