"""A diagnosis as a page of parts in one language: terminal, text and HTML draw the same words. It decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from cep_route.diagnosis import Diagnosis
from cep_route.diagnosis.coverage import HOLES, LEVELS, STATES, bodies_of
from cep_route.diagnosis.holes import Addition, Hole
from cep_route.diagnosis.load import Load
from cep_route.diagnosis.whatif import Difference
from cep_route.messages import Value, in_language, number, say, table
from cep_route.model.law import Law
from cep_route.model.territory import Box, Context, House, RegionalPolicy, Scheme, plain_of
from cep_route.model.written import PopulationFile
from cep_route.render.parts import Grid, Item, Line, Page, Pairs, Part, Said, Section, Span, capital, grid
from cep_route.render.telling import Sayings

NAMED = 6  # communes named in one cell; the others are counted
GESTURES = 5  # the additions shown first
PARTNERS = 10  # those that most people go to
# What a section speaks of: it may say that all is well only when the file tells these tables.
RESTS_ON = {
    "needs": ("partners",),
    "absent": ("operators",),
    "one_side": ("operators",),
    "pairs": ("operators", "ties"),
    "fragile": ("operators", "partners", "ties"),
    "additions": ("operators", "partners", "ties"),
}


class Whole(Struct, frozen=True, kw_only=True):
    """All that a page shows: the diagnosis, how many people go where, what goes without some parts.

    `less`: for each part taken away what differs, and the diagnosis it leads to.
    """

    diagnosis: Diagnosis
    load: Load | None = None
    population: PopulationFile | None = None
    less: tuple[tuple[Difference, Diagnosis], ...] = ()


class DiagnosisWords(Sayings):
    """One diagnosis in the words of one language."""

    def __init__(self, diagnosis: Diagnosis, law: Law, lang: str) -> None:
        super().__init__(law, lang, diagnosis.on, diagnosis.territory)
        self.d = diagnosis
        self.words = {key: both[lang] for key, both in table("diagnosis").items()}
        self.described = table("context")
        t = diagnosis.territory
        items: list[House | Scheme] = [*(t.operators or ()), *(t.partners or ()), *(t.schemes or ())]
        called = Counter(item.name for item in items)
        self.names = {i.id: i.name if called[i.name] == 1 else self.told_apart(i) for i in items}

    # -- small words ----------------------------------------------------------------------------------------------------

    def w(self, key: str, **values: Value) -> str:
        return say(f"diagnosis.{key}", self.lang, **values)

    def told_apart(self, item: House | Scheme) -> str:
        """One of several of the same name: since when it is there, else its id."""
        if item.since is None:
            return f"{item.name} [{item.id}]"
        return self.w("named_since", name=item.name, year=item.since[:4])

    def name(self, id_: str) -> str:
        """An actor's name, or the network's when it has no table here."""
        return self.names.get(id_) or self.network(id_)

    def doors(self, first: Iterable[str], on: str | None = None) -> str:
        return self.either(self.network(code, on) for code in first)

    def commune(self, code: str) -> str:
        return self.d.asked.ground.name(code) or code

    def communes(self, codes: Sequence[str]) -> str:
        if len(codes) > 1 and set(codes) >= set(self.d.asked.communes):
            return self.words["all_communes"]
        shown = ", ".join(self.commune(c) for c in codes[:NAMED])
        more = len(codes) - NAMED
        return shown + (self.w("more_communes", count=more) if more > 0 else "")

    def number(self, value: float) -> str:
        """A count as people read it; halves show."""
        halves = value < 10 and abs(value - round(value)) > 0.05
        return number(round(value, 1) if halves else round(value), self.lang)

    def box(self, box: Box) -> str:
        """A box over facts in words: « situation principale : salarié du privé ; cadre : non »."""
        return self.semicolon.join(self.fact(name, " ".join(values)) for name, values in box.items())

    def configuration(self, codes: Sequence[str]) -> str:
        shown = self.either(self.words[c] for c in sorted(codes))
        return shown if len(codes) == 1 else self.w("possible", what=shown)

    def side(self, house: str) -> str:
        """The side of an operator's house: its own word, else its network's."""
        found = next(o for o in self.d.territory.operators or () if o.id == house)
        return found.side or self.law.operators[found.network].side

    def grid(self, columns: str, rows: Iterable[tuple[Said, ...]]) -> Iterator[Grid]:
        """A table, its titles by their keys (an empty one has none); nothing when it has no row."""
        yield from grid((self.words.get(key, key) for key in columns.split(" ")), rows)

    def label(self, key: str, value: str) -> str:
        return f"{self.words[key]}{self.colon}{value}"

    def holes(self, kind: str) -> list[tuple[str, ...]]:
        return sorted(key[1:] for key in self.d.missing if key[0] == kind)

    # -- what is seen first ---------------------------------------------------------------------------------------------

    def essentials(self) -> Iterator[Part]:
        d = self.d
        yield Item(text=self.label("es_configuration", self.configuration(d.cooperation.configuration)))
        if d.asked.communes:
            bad = self.w("cells_of", bad=len(self.holes("people")), all=len(d.cells))
            yield Item(text=self.label("es_left_out", bad))
        if d.needs:
            count = len({need for need, _ in self.holes("need")})
            yield Item(text=self.label("es_needs", self.w("needs_of", count=count)))
        if d.pairs:
            bad = self.w("pairs_of", bad=len(self.holes("pair")), all=len(d.pairs))
            yield Item(text=self.label("es_pairs", bad))
        yield Item(text=self.label("es_fragile", self.w("fragile_of", count=len(d.fragile))))
        if d.unknown:
            yield Item(text=Span(self.label("es_unknown", self.untold(d.unknown)), "old"))
        best = ranked(d.holes)[:GESTURES]
        if best:
            gestures = tuple(Line(text=self.addition(h.addition)) for h in best)
            yield Item(text=self.words["es_gestures"] + self.colon.rstrip(), details=gestures)

    def untold(self, keys: Iterable[str]) -> str:
        """Tables and networks that the file does not tell."""
        return ", ".join(self.words.get(f"thing_{key}") or self.doors((key,)) for key in keys)

    # -- how actors cooperate -------------------------------------------------------------------------------------------

    def configured(self) -> Iterator[Part]:
        together = self.d.cooperation
        lines = [says[self.lang] for says in together.says] if len(together.configuration) == 1 else []
        if together.missing:
            lines.append(self.w("to_fill", facts=", ".join(together.missing)))
        if together.declared is None:
            lines.append(self.words["declared_none"])
        else:
            same = together.configuration == (together.declared,)
            key = "declared_same" if same else "declared_other"
            lines.append(self.w(key, what=self.words[together.declared]))
        lines.append(self.words["reading_aid"])
        text = self.configuration(together.configuration)
        yield Item(text=Span(text, "strong"), details=tuple(Line(text=t) for t in lines))

    def evidence(self) -> Iterator[Part]:
        held = {True: self.words["yes"], False: self.words["no"], None: self.words["unknown"]}
        for of in dict.fromkeys(part.of for part in self.d.parts):
            name = (
                self.w("of_scheme", name=self.name(of)) if of in self.names else self.words["of_coordination"]
            )
            mine = [part for part in self.d.parts if part.of == of]
            rows = tuple((self.words[f"part_{part.condition}"], held[part.held]) for part in mine)
            yield Grid(columns=(name, self.words["held"]), rows=rows)

    def clues(self) -> Iterator[Part]:
        rows = []
        for clue in self.d.clues:
            ids = clue.value.split() if clue.code.startswith(("employees", "revitalisation")) else []
            value = ", ".join(map(self.name, ids)) or clue.value
            verdict = self.words["agrees" if clue.agrees else "disagrees"]
            if clue.agrees is None:
                verdict = self.w("undecided_clue", what=", ".join(s[-1] for s in clue.speaks))
            rows.append((self.w(f"clue_{clue.code}", value=value), verdict))
        yield from self.grid("clue verdict", rows)

    def context(self) -> Iterator[Part]:
        t = self.d.territory
        told = self.semicolon.join([*([t.head.region] if t.head.region else []), *self._told(t.region)])
        if told:
            yield Item(text=self.w("context_region", what=told))
        if told := self.semicolon.join(self._told(t.context)):
            yield Item(text=self.w("context_economy", what=told))
        if t.ties is not None:
            yield Item(text=self.w("context_ties", count=len(t.ties)))

    def _told(self, described: Context | RegionalPolicy | None) -> Iterator[str]:
        for key in plain_of(described) if described else ():
            if key not in ("season_months", "breaks"):
                label, value = self.described.get(key, {}).get(self.lang, key), getattr(described, key)
                sign = " " if isinstance(value, str) else self.colon
                yield label + sign + self._context_value(key, value)

    def _context_value(self, key: str, value: bool | float | str | tuple[str, ...]) -> str:
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        if isinstance(value, float):
            return f"{value * 100:.0f} %"
        if isinstance(value, tuple):
            return ", ".join(
                self.need(v) if key == "main_obstacles" else self._context_value("", v) for v in value
            )
        found = self.described.get(f"{key}:{value}") or self.described.get(str(value), {})
        return found.get(self.lang, str(value))

    # -- who is left out ------------------------------------------------------------------------------------------------

    def left_out(self) -> Iterator[Part]:
        """Each first door, and the communes from which it is reached in each way; a level is said where the two differ."""
        d = self.d
        yield Line(text=self.words["left_out_why" if d.asked.communes else "country"])
        rows = [
            (self.doors(group.first), *(self._in_state(group.first, state) for state in STATES))
            for group in d.groups
            if d.asked.communes
        ]
        yield from self.grid("first_door " + " ".join(f"state_{state}" for state in STATES), rows)

    def _in_state(self, first: tuple[str, ...], state: str) -> Said:
        cells = self.d.cells
        levels: dict[tuple[int, ...], list[str]] = {}
        for commune in self.d.asked.communes:
            at = tuple(level for level in LEVELS if cells[first, commune, level] == state)
            levels.setdefault(at, []).append(commune)
        levels.pop((), None)
        told = (
            self.communes(codes) + ("" if at == LEVELS else f" ({self.w('level', level=at[0])})")
            for at, codes in levels.items()
        )
        return Span(", ".join(told), "error" if state in HOLES else "")

    def who(self) -> Iterator[Part]:
        """The people of each group: the network's own words when there is one door, and the widest box of the engine as an example."""
        rows: list[tuple[str, Said]] = []
        for group in self.d.groups:
            box = self.box(group.boxes[0])
            told = [box]
            if len(group.first) == 1:
                told = [self.law.operators[group.first[0]].public[self.lang], self.w("such_as", box=box)]
            more = len(group.boxes) - 1
            told += [self.w("more_cases", count=more)] if more else []
            rows.append((self.doors(group.first), ". ".join([told[0], *map(capital, told[1:])])))
        if rows:
            yield Pairs(rows=tuple(rows))

    def needs(self) -> Iterator[Part]:
        if "partners" in self.d.unknown:
            return
        holes = self.holes("need")
        counts = {need: [c for n, c in holes if n == need] for need, _ in holes}
        most = sorted(counts.items(), key=lambda pair: (-len(pair[1]), self.need(pair[0])))
        yield from self.grid(
            "need where", ((Span(self.need(n), "error"), self.communes(cs)) for n, cs in most)
        )
        some = {n for (n, _), answered in self.d.needs.items() if answered.state == "some"} - set(counts)
        if some:
            names = ", ".join(sorted(map(self.need, some)))
            yield Item(text=self.label("needs_some", names))

    def absent(self) -> Iterator[Part]:
        for (network,) in self.holes("absent"):
            near = [
                door
                for (n, _, _), door in self.d.reached.items()
                if n == network and door.place and door.km is not None
            ]
            text = self.doors((network,))
            if near:
                best = min(near, key=lambda door: door.km or 0)
                where = f"{self.commune(best.place or '')}, {best.km:.0f} km"
                text += f" ({self.w('absent_near', where=where)})"
            yield Item(text=Span(text, "error"))
        silent = [n for n in self.d.asked.networks if n in self.d.unknown]
        if silent:
            yield Line(text=Span(self.w("not_told", what=self.untold(silent)), "old"))

    def one_side(self) -> Iterator[Part]:
        found: dict[str, list[str]] = {}
        for commune, side in self.holes("one_side"):
            found.setdefault(side, []).append(commune)
        if found:
            yield Line(text=self.words["one_side_why"])
        rows = ((Span(self.words[f"side_{side}"], "error"), self.communes(cs)) for side, cs in found.items())
        yield from self.grid("missing_side where", rows)
        if not found and any(n in self.d.unknown for n in self.d.asked.networks):
            yield Line(text=Span(self.words["one_side_unknown"], "old"))

    # -- ties, what may fail, what would close the holes ----------------------------------------------------------------

    def pairs(self) -> Iterator[Part]:
        """Each operator: its side, whom it is tied to, whom no written tie joins it to."""
        t = self.d.territory
        rows: list[tuple[Said, ...]] = []
        for house in dict.fromkeys(end for pair in self.d.pairs for end in pair):
            mine = [tie for tie in t.ties or () if house in (tie.from_, tie.to)]
            ends = [tie.to if tie.from_ == house else tie.from_ for tie in mine]
            tied = [
                self.name(e) + (" *" if tie.rests_on_one_person else "")
                for e, tie in zip(ends, mine, strict=True)
            ]
            untied = [
                self.name(a if b == house else b)
                for (a, b), state in self.d.pairs.items()
                if house in (a, b) and state == "none"
            ]
            bodies = [name for name, members in self.gatherings() if house in members]
            told = ", ".join((*bodies, *tied)) or self.words["none" if t.ties is not None else "unknown"]
            side = self.words[f"side_{self.side(house)}"]
            rows.append((self.name(house), side, told, Span(", ".join(untied), "error")))
        yield from self.grid("actor side tied_to untied", rows)
        if any(tie.rests_on_one_person for tie in t.ties or ()):
            yield Line(text=self.words["one_person"])

    def gatherings(self) -> list[tuple[str, list[str]]]:
        """What brings operators together on the day, and its members: their houses, by id or network."""
        houses = self.d.territory.operators or ()
        return [
            (
                body.name or self.words["of_coordination"],
                [h.id for h in houses if {h.id, h.network} & members],
            )
            for body in bodies_of(self.d.territory, self.d.on)
            for members in (set(body.member_operators or ()),)
        ]

    def fragile(self) -> Iterator[Part]:
        for (code, _), values in self.d.fragile.items():
            told = {
                k: self.name(v) if k in ("who", "from", "to") and v in self.names else v
                for k, v in values.items()
            }
            if "day" in told:
                told["day"] = self.day(told["day"])
            yield Item(text=self.words[f"frag_{code}"].format_map(told))

    def additions(self) -> Iterator[Part]:
        holes = ranked(self.d.holes)
        if holes:
            yield Line(text=self.words["additions_why"])
        others = [h for h in holes if h.addition.kind != "tie"]
        yield from self.grid(
            "addition closes", ((capital(self.addition(h.addition)), self.closes(h)) for h in others)
        )
        if ties := len(holes) - len(others):
            yield Line(text=self.w("add_ties", count=ties))

    def addition(self, x: Addition) -> str:
        key = "place_wider" if x.kind == "place" and x.communes else x.kind
        ends = [self.name(e) for e in x.ends] + ["", ""]
        return self.w(
            f"add_{key}",
            house=self.name(x.house) if x.house else "",
            network=self.doors((x.network,)) if x.network else "",
            commune=self.commune(x.commune) if x.commune else "",
            communes=self.communes(x.communes),
            level=x.level or "",
            need=self.need(x.need) if x.need else "",
            a=ends[0],
            b=ends[1],
            day=self.day(x.day) if x.day else "",
        )

    def closes(self, hole: Hole) -> str:
        kinds = [key[0] for key in hole.closes]
        return ", ".join(self.w(f"closes_{kind}", count=kinds.count(kind)) for kind in dict.fromkeys(kinds))

    def perimeters(self) -> Iterator[Part]:
        if not self.d.perimeters:
            yield Line(text=self.words["perimeters_none"])
        for p in self.d.perimeters:
            told = self.w(
                f"rel_{p.relation}", house=self.name(p.house), common=p.common, more=p.more, less=p.less
            )
            yield Item(text=told)

    def turnings(self) -> Iterator[Part]:
        for turning in self.d.turnings:
            key = "turn_opens" if turning.opens else "turn_closes"
            yield Item(text=self.w(key, day=self.day(turning.day), house=self.name(turning.house)))

    # -- what if ----------------------------------------------------------------------------------------------------------

    def without(self, x: Difference, then: Diagnosis) -> Iterator[Part]:
        before, after = self.configuration(x.before), self.configuration(x.after)
        key = "wi_same_configuration" if x.before == x.after else "wi_other_configuration"
        lines = (
            self.w("wi_effect", what=self.words[f"what_{e.what}"], name=self._effect_name(e.id), effect=self.words[f"effect_{e.effect}"])
            for e in x.effects
        )  # fmt: skip
        yield Item(
            text=self.w(key, what=before, before=before, after=after),
            details=tuple(Line(text=t) for t in lines),
        )
        orphans = list(self._orphans(then))
        rows: list[tuple[Said, ...]] = []
        for m in x.moved:
            worse = STATES.index(m.after) > STATES.index(m.before)
            state = Span(self.words[f"state_{m.after}"], "error" if worse else "good")
            was = self.words[f"state_{m.before}"]
            rows.append((self.doors(m.first), self.communes(m.communes), was, state))
        yield from self.grid("first_door where before after", rows)
        yield from orphans
        if not rows:
            yield Line(text=self.words["wi_nothing_else" if orphans else "wi_nothing"])
        yield Line(text=self.w("wi_same_cells", count=x.same_cells))
        rows = [
            (self.words[f"thing_{kind}"], str(len(held) + len(x.lost[kind])), str(len(held) + len(x.gained[kind])),
             self.things(kind, x.lost[kind]), self.things(kind, x.gained[kind]))
            for kind, held in x.holds.items()
        ]  # fmt: skip
        yield from self.grid(" before after wi_lost wi_gained", rows)

    def _effect_name(self, id_: str) -> str:
        return " / ".join(self.names.get(n, n) for n in id_.split("/")) or self.words["none"]

    def _orphans(self, then: Diagnosis) -> Iterator[Part]:
        """Whose one-stop shop closes, and the doors that stay theirs."""
        still = {s.scheme for s in then.served}
        replaced = [s.public for s in then.served]
        for served in self.d.served:
            if served.scheme not in still and served.public not in replaced:
                inside = (f for f in served.firsts if not any(map(self.law.outside, f)))
                values = {"scheme": self.name(served.scheme), "public": self.box(served.public)}
                yield Item(
                    text=Span(
                        self.w("wi_served", **values, firsts=", ".join(map(self.doors, inside))), "error"
                    )
                )

    def things(self, kind: str, items: Sequence[tuple[str, ...]]) -> str:
        """Things of one kind, by their names."""
        if kind == "needs":
            by_need: dict[str, list[str]] = {}
            for need, commune in items:
                by_need.setdefault(need, []).append(commune)
            told = (f"{self.need(n)} ({self.communes(c)})" for n, c in by_need.items())
            return self.semicolon.join(told)
        if kind == "funding":
            return ", ".join(f"{what} ({self.name(who)})" if what else self.name(who) for who, what in items)
        return ", ".join(" / ".join(self.names.get(name, name) for name in item) for item in items)

    # -- how many people ------------------------------------------------------------------------------------------------

    def load(self, load: Load, population: PopulationFile | None) -> Iterator[Part]:
        n = self.number
        if load.lines:
            yield Line(text=self.w("load_lines", people=n(load.lines)))
        elif not load.inhabitants or population is None:
            yield Line(text=self.words["load_none"])
            return
        else:
            name = population.name
            values = {"people": n(load.people), "inhabitants": n(load.inhabitants)}
            yield Line(text=self.w("load_people", **values, name=in_language(name.en, name.fr, self.lang)))
            figures = [*population.margins, population.entered, population.active]
            assumed = sum(f.assumption is not None for f in figures)
            yield Line(text=self.w("load_assumed", count=assumed, all=len(figures)))
        sent = load.sent
        rows = [(self.doors(first), n(count)) for first, count in sent.doors.items()]
        rows += [
            (self.w("load_undecided", who=self.doors(c)), n(count)) for c, count in sent.undecided.items()
        ]
        rows += [(self.words["load_outside"], n(sent.outside))] if sent.outside >= 1 else []
        yield from self.grid("load_doors people", rows)
        rows = []
        for network, house, place, count in load.desks:
            where = self.commune(place) if place else self.words["load_remote"]
            rows.append((house if load.lines else f"{self.name(house or network)}, {where}", n(count)))
        yield from self.grid("load_desks people", rows)
        if any(len(f) > 1 for f in sent.doors):
            yield Line(text=self.words["load_halves"])
        yield from self.grid(
            "load_unmet people", ((self.need(c), n(count)) for c, count in load.unmet.items())
        )
        top = list(load.partners.items())[:PARTNERS]
        yield from self.grid("load_partners people", ((self.names.get(p, p), n(count)) for p, count in top))

    # -- the page ---------------------------------------------------------------------------------------------------------

    def sections(self, whole: Whole) -> Iterator[Section]:
        """Every section in order; one with nothing to say says that all is well, where the file tells enough to know."""
        made: list[tuple[str, Callable[[], Iterator[Part]]]] = [
            ("essentials", self.essentials), ("configuration", self.configured), ("evidence", self.evidence),
            ("clues", self.clues), ("context", self.context), ("left_out", self.left_out), ("who", self.who),
            ("needs", self.needs), ("absent", self.absent), ("one_side", self.one_side), ("pairs", self.pairs),
            ("fragile", self.fragile), ("additions", self.additions), ("turnings", self.turnings),
            ("perimeters", self.perimeters),
        ]  # fmt: skip
        for key, told in made:
            yield Section(key=key, title=self.words[key], parts=tuple(told()) or self._nothing(key))
        for i, (x, then) in enumerate(whole.less):
            name = " / ".join(map(self.name, x.name.split("/"))) if x.name else ""
            title = self.w("whatif", what=self.w(f"wi_{x.kind}", name=name))
            yield Section(key=f"turn-{i}", title=title, parts=tuple(self.without(x, then)))
        if whole.load is not None:
            parts = tuple(self.load(whole.load, whole.population))
            yield Section(key="load", title=self.words["load"], parts=parts)

    def _nothing(self, key: str) -> tuple[Part, ...]:
        """What a section with nothing found says: that nothing is missing, or that nobody can know."""
        rests_on = RESTS_ON.get(key, ())
        untold = [name for name in rests_on if name in self.d.unknown]
        if untold:
            return (Line(text=Span(self.w("not_told", what=self.untold(untold)), "old")),)
        return (Line(text=self.words["everyone_well"]),) if rests_on else ()


def ranked(holes: Iterable[Hole]) -> list[Hole]:
    """The additions that change most for people first: people received, then needs answered, then the rest; ties at the end."""

    def weight(hole: Hole) -> tuple[int, int, int]:
        kinds = [k[0] for k in hole.closes]
        return (-kinds.count("people"), -kinds.count("need"), -len(kinds))

    return sorted(holes, key=weight)


def diagnosis_page(whole: Whole, law: Law, lang: str) -> Page:
    """The whole diagnosis, for whatever draws it."""
    view = DiagnosisWords(whole.diagnosis, law, lang)
    head = whole.diagnosis.territory.head
    return Page(
        title=view.w("title", name=head.name),
        sub=view.w("subtitle", day=view.day(whole.diagnosis.on), far=f"{whole.diagnosis.asked.far:g}"),
        sections=tuple(s for s in view.sections(whole) if s.parts),
        end=f"{view.words['method']} {view.w('made', id=head.id, day=view.day(head.as_of))}",
    )
