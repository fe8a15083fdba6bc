"""`cep-route route`: one person, one day, one territory, one answer."""

from __future__ import annotations

import sys

from cep_route import files
from cep_route.commands import CANNOT, FOUND, WELL, is_plain, tell, the_day, the_law, width, write_out
from cep_route.engine import where
from cep_route.engine.age import said_instead, too_old
from cep_route.engine.profile import (
    contradictions,
    fact_name,
    read_birth,
    read_facts,
    read_months,
    read_needs,
)
from cep_route.engine.route import Judge
from cep_route.model.answer import Finding, Profile

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cep_route.engine.law import Law
    from cep_route.model.answer import Route

FORMATS = ("text", "json", "md")


def run(
    *,
    facts: Mapping[str, str],
    more: Sequence[str] = (),
    birth_date: str | None = None,
    commune: str | None = None,
    needs: Sequence[str] = (),
    blocking: Sequence[str] = (),
    months: Sequence[str] = (),
    territory: str | None = None,
    territories: str | None = None,
    rules: str | None = None,
    on: str | None = None,
    form: str = "text",
    out: str | None = None,
    force: bool = False,
    simple: bool = False,
    accept_old: bool = False,
    lang: str = "fr",
) -> int:
    """Answer for the person the words describe; exit 1 when a fact is missing to decide, 2 when the words make no profile."""
    law = the_law(rules, lang)
    day, findings = the_day(on)
    if law is None or findings:
        tell(findings, lang)
        return CANNOT
    desk = Counter(law, day, rules, territories, accept_old=accept_old)
    profile, findings = desk.profile(facts, more, birth_date, commune, needs, blocking, months, territory)
    if profile is None:
        tell(findings, lang)
        return CANNOT
    answer, decided = desk.render(profile, form, lang, simple=simple or bool(out), remarks=findings)
    tell(findings, lang)
    code = write_out(out, answer, force=force, lang=lang)
    return code or (WELL if decided else FOUND)


def from_words(**words: Any) -> int:
    """The words of the command line, as the grammar names them: `fact_x` for the flag of fact x, None for one not told."""
    facts = {
        name[5:]: value for name, value in words.items() if name.startswith("fact_") and value is not None
    }
    rest = {name: value for name, value in words.items() if not name.startswith("fact_")}
    if rest["form"] not in FORMATS:
        values = {
            "value": rest["form"],
            "option": "--format",
            "expected": ", ".join(FORMATS),
            "command": "route",
        }
        tell([Finding(code="CEP527", values=values)], rest["lang"])
        return CANNOT
    return run(
        facts=facts,
        more=rest.pop("fact") or (),
        needs=rest.pop("need") or (),
        blocking=rest.pop("blocking") or (),
        months=rest.pop("months") or (),
        **rest,
    )


class Counter:
    """Everything open on the counter for one day: the law, a territory, the ground. What it reads it reads once."""

    def __init__(
        self,
        law: Law,
        on: str,
        rules: str | None = None,
        territories: str | None = None,
        *,
        accept_old: bool = False,
    ) -> None:
        self.law, self.on, self.rules, self.folder = law, on, rules, territories
        self.accept_old = accept_old
        self._instead: list[
            Finding
        ] = []  # what is said when the country answers in the place of a file too old
        self.judge = Judge(law)
        self.territory: dict[str, Any] = {}
        self._spellings: dict[str, Any] | None = None
        self._configurations: Judge | None = None

    # -- reading the words ----------------------------------------------------------------------------------------------

    def profile(
        self,
        told: Mapping[str, str],
        more: Sequence[str],
        birth_date: str | None,
        commune: str | None,
        needs: Sequence[str],
        blocking: Sequence[str],
        months: Sequence[str],
        territory: str | None,
    ) -> tuple[Profile | None, list[Finding]]:
        """The profile, or every finding that keeps the words from being one; warnings come with a profile."""
        words, findings = _merge(told, more, self.law)
        facts, faults = read_facts(words, self.law, self.read_value)
        findings += faults
        birth = None
        if birth_date:
            birth, faults = read_birth(birth_date, self.on)
            findings += faults
        findings += self.open_territory(territory, commune)
        home, faults = self.home(commune)
        findings += faults
        if home and not territory:
            findings += self.open_territory(None, home)
        asked, faults = read_needs(needs, self.law, self.territory, self.read_need)
        findings += faults
        first, faults = read_needs(blocking, self.law, self.territory, self.read_need)
        findings += faults
        year, faults = read_months(months, self.law, self.read_value)
        findings += faults
        profile = Profile(
            facts=facts, birth_date=birth, commune=home, needs=asked, blocking=first, months=year
        )
        if not any(f.severity == "error" for f in findings):
            findings += contradictions(profile, self.judge, self.on)
        if any(f.severity == "error" for f in findings):
            return None, [f for f in findings if f.severity == "error"]
        return profile, findings + self._remarks(profile, territory)

    def read_value(self, fact: str, text: str) -> str | None:
        from cep_route.engine.spelling import read_value

        value = read_value(self._tables(), fact, text)
        return value if isinstance(value, str) else None

    def read_need(self, text: str) -> str | None:
        from cep_route.engine.spelling import normalise

        own = {
            normalise(s): n["code"]
            for n in self.territory.get("needs", ())
            for s in (n["fr"], *n.get("spellings", ()))
        }
        words = normalise(text)
        need: str | None = own.get(words) or self._tables()["files"]["needs"].get(words)
        return need

    def _tables(self) -> dict[str, Any]:
        if self._spellings is None:
            self._spellings = files.load_spellings(self.rules)
        return self._spellings

    # -- the territory and the home -------------------------------------------------------------------------------------

    def open_territory(self, name: str | None, commune: str | None) -> list[Finding]:
        """The territory named, else the one that holds the commune, else the whole country."""
        from cep_route import places

        chosen = name is None
        if name is None:
            code = commune if commune and len(commune) == 5 and commune[-1].isdigit() else None
            name = (
                files.territory_of(code, self.law, places.covers, self.folder) if code else None
            ) or "france"
            if name == "france" and self.folder:
                name = files.territories()["france"]
        if self.territory and self.territory.get("_name") == name:
            return []
        found, findings = files.load_territory(name, self.law, self.folder)
        old = too_old(found, self.on) if found is not None and not self.accept_old else None
        if old is not None and not chosen:
            found, findings = None, [old]
        elif old is not None:
            self._instead = [said_instead(old)]
            found, findings = files.load_territory(files.territories()["france"], self.law, self.folder)
        if found is not None:
            self.territory = {**found, "_name": name}
            return []
        self.territory = self.territory or {"territory": {"id": "france", "name": "France"}, "_name": name}
        return findings

    def home(self, text: str | None) -> tuple[str | None, list[Finding]]:
        """The code of the commune that a code, a postcode or a name says; several are a finding, never a guess."""
        if not text:
            return None, []
        from cep_route.engine.spelling import normalise

        own = {c["code"]: c for c in self.territory.get("communes", ())}
        if text in own:
            return text, []
        named = [
            c for c, card in own.items() if normalise(text) in (normalise(card["name"]), card.get("postcode"))
        ]
        if len(named) == 1:
            return named[0], []
        from cep_route import places

        exact = places.commune(text) if len(text) == 5 else None
        if exact is not None and exact.former is None and text not in exact.postcodes:
            return exact.code, []
        found = places.find(text)
        finding = places.finding(found, text)
        if found.one:
            return found.one.code, [finding.but(severity="warning")] if finding else []
        return None, [finding] if finding else []

    def _remarks(self, profile: Profile, territory: str | None) -> list[Finding]:
        """What the answer rests on that the counsellor should know."""
        remarks = list(self._instead)
        if profile.commune is None:
            remarks.append(Finding(code="CEP514", severity="warning"))
        elif territory is not None and not self._holds(profile.commune):
            values = {"commune": profile.commune, "territory": self.territory["territory"]["id"]}
            remarks.append(Finding(code="CEP513", values=values, severity="warning"))
        if profile.birth_date and profile.birth_date.endswith("02-29"):
            remarks.append(Finding(code="CEP516", severity="warning"))
        return remarks

    def _holds(self, commune: str) -> bool:
        from cep_route import places

        head = self.territory["territory"]
        return commune in (head.get("communes") or ()) or places.covers(head.get("perimeter") or (), commune)

    # -- answering ------------------------------------------------------------------------------------------------------

    def route(self, profile: Profile, on: str | None = None) -> Route:
        """The whole answer for one profile."""
        from cep_route import places

        if self._configurations is None:
            configurations, _ = files.load_cooperation(self.rules)
            self._configurations = Judge(configurations) if configurations else None
        ground = where.ground_of(self.territory, places, places.great_circle)
        return where.route(self.judge, profile, on or self.on, self.territory, ground, self._configurations)

    def render(
        self, profile: Profile, form: str, lang: str, *, simple: bool, remarks: Sequence[Finding] = ()
    ) -> tuple[str, bool]:
        """The answer in a format, and whether it is decided. A year of several situations is a calendar.

        `remarks`: what reading the words already found, said by the caller; the JSON holds them too.
        """
        if profile.months:
            from cep_route.engine.year import calendar

            year = calendar(profile, self.on, self.route)
            decided = all(s.route.decision.decided for s in year)
            warnings = [w for s in year for w in s.route.warnings]
        else:
            route = self.route(profile)
            decided = route.decision.decided
            warnings = list(route.warnings) + self._unsure(route)
            route = route.but(warnings=(*remarks, *warnings))
        if form == "json":
            import json

            from cep_route.render.data import calendar_data, route_data

            data = (
                calendar_data(year, self.law, lang) if profile.months else route_data(route, self.law, lang)
            )
            return json.dumps(data, ensure_ascii=False, indent=2) + "\n", decided
        from cep_route.render import page, sheet

        if profile.months:
            blocks = sheet.calendar_blocks(year, self.law, lang, self.territory)
        else:
            blocks = sheet.route_blocks(route, self.law, lang, self.territory)
        tell({w.code + str(w.values): w for w in warnings}.values(), lang)
        if form == "md":
            return page.markdown(blocks), decided
        if is_plain(sys.stdout, simple):
            return page.plain(blocks, lang), decided
        return page.terminal(blocks, width()), decided

    def _unsure(self, route: Route) -> list[Finding]:
        """The rules marked unsure that the answer rests on, and an age limit that comes with the next birthday."""
        decision = route.decision
        found = [
            Finding(code="CEP515", values={"rule": r.rule}, severity="warning")
            for r in decision.reasons
            if r.confidence == "unsure"
        ]
        if decision.until and decision.until.day is None:
            age = decision.until.why.partition(":")[2]
            found.append(Finding(code="CEP512", values={"age": age}, severity="warning"))
        return found


def _merge(told: Mapping[str, str], more: Sequence[str], law: Law) -> tuple[dict[str, str], list[Finding]]:
    """The flags and the `--fact name=value` of a command; the same fact with two values is a finding."""
    words = dict(told)
    findings = []
    for text in more:
        name, equals, value = text.partition("=")
        name = fact_name(name.strip(), law)
        if not equals:
            findings.append(Finding(code="CEP510", values={"value": text}))
        elif words.get(name, value) != value:
            findings.append(Finding(code="CEP509", values={"fact": name}))
        else:
            words[name] = value
    return words, findings
