"""`cep-route territory diagnose`: a territory seen whole, as lines, JSON or a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import asdict

from cep_route import files
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, as_json, asked_day, asked_law
from cep_route.diagnosis import FAR, Diagnosis, diagnose, whatif
from cep_route.diagnosis.load import Load, load, tally
from cep_route.engine.explain import Judge
from cep_route.files.population import load_population, load_routed
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.territory import Territory
from cep_route.render.diagnosis import DiagnosisWords, Whole, diagnosis_page
from cep_route.render.parts import Page

FAR_AT_MOST = 1000.0


def territory_diagnose(
    name: str,
    *,
    far: str | None = None,
    without: list[str] | None = None,
    population: str | None = None,
    form: Literal["text", "json", "html"] = "text",
    on: str | None = None,
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Diagnose a territory; exit 1 when something is missing on it or not told of it, 2 when it cannot be read."""
    law, day = asked_law(), asked_day(on)
    run = DiagnosisRun(law, day, _kilometres(far))
    whole = run.whole(name, tuple(without or ()), population)
    page = diagnosis_page(whole, law, lang)
    answer = page if form == "text" else _report(page, whole, law, lang) if form == "html" else None
    answer = answer or as_json(diagnosis_data(whole, law, lang))
    code = FOUND if whole.diagnosis.missing or whole.diagnosis.unknown else WELL
    return Result(code=code, answer=answer, said=run.said, out=out, force=force)


def _report(page: Page, whole: Whole, law: Law, lang: str) -> str:
    """The page as HTML, with its pictures; stops when a library is missing."""
    try:
        from cep_route.render.html import report  # matplotlib and jinja2: for this alone, and an extra
        from cep_route.render.plots import pictures
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("cep_route"):
            raise
        values = {"missing": missing.name or "cep-route[report]"}
        raise CannotRun(Finding(code="CEP573", values=values)) from None
    return report(page, lang, pictures(DiagnosisWords(whole.diagnosis, law, lang)))


def _kilometres(text: str | None) -> float:
    if text is None:
        return FAR
    bare = text.strip().removesuffix("km").strip().replace(",", ".")
    good = bare.replace(".", "", 1).isascii() and bare.replace(".", "", 1).isdigit()
    if good and float(bare) <= FAR_AT_MOST:
        return float(bare)
    raise CannotRun(Finding(code="CEP574", values={"value": text[:40]}))


class DiagnosisRun:
    """What a diagnosis needs, opened once: the law, the configurations, the day; `said`: what was found on the way."""

    def __init__(self, law: Law, on: str, far: float = FAR) -> None:
        self.law, self.on, self.far = law, on, far
        self.judge = Judge(law)
        configurations, _ = files.load_cooperation()
        self.configurations = Judge(configurations) if configurations else Judge(law)
        self.said: list[Finding] = []

    def whole(self, name: str, without: tuple[str, ...] = (), population: str | None = None) -> Whole:
        """Everything asked for. Raises CannotRun with every fault that keeps it from being found."""
        territory, self.said = files.load_territory(name, self.law)
        routed = population if population and not population.endswith(".toml") else None
        people, faults = load_population(None if routed else population, self.law)
        rows, unread = load_routed(routed) if routed else ([], [])
        self.said += [*faults, *unread]
        if territory is None or people is None or unread:
            raise CannotRun(*self.said)
        choices = whatif.choices(territory)
        if unknown := [w for w in without if w not in choices]:
            values = {"choices": ", ".join(choices)}
            raise CannotRun(
                *self.said, *(Finding(code="CEP570", values={"value": w[:80], **values}) for w in unknown)
            )
        here = self.diagnosis(territory, self.on)
        supposed = load(here, people, here.asked.inhabitants) if here.asked.communes else None
        return Whole(
            diagnosis=here,
            load=tally(self.law, rows) if routed else supposed,
            population=people,
            less=tuple(self._less(here, what) for what in without),
        )

    def diagnosis(self, territory: Territory, on: str, *, close: bool = True) -> Diagnosis:
        """One territory on one day."""
        return diagnose(
            territory, self.judge, on, configurations=self.configurations, far=self.far, close=close
        )

    def _less(self, here: Diagnosis, what: str) -> tuple[whatif.Difference, Diagnosis]:
        less = whatif.without(here.territory, what, self.on)
        assert less is not None, what  # asked before
        then = self.diagnosis(less[0], self.on, close=False)
        return whatif.compare(what, here, then, less[1]), then


def diagnosis_data(whole: Whole, law: Law, lang: str) -> dict[str, Any]:
    """A diagnosis as JSON for scripts: the values themselves, and the additions in words."""
    d, view = whole.diagnosis, DiagnosisWords(whole.diagnosis, law, lang)
    needs = {key: answered.state for key, answered in d.needs.items()}
    shown = ("unknown", "parts", "clues", "groups", "perimeters", "turnings", "served")
    return {
        "schema": 2,
        "territory": d.territory.head.id,
        "on": d.on,
        "far_km": d.asked.far,
        "communes": {code: view.commune(code) for code in d.asked.communes},
        "configuration": d.cooperation,
        **{key: getattr(d, key) for key in shown},
        "cells": _keyed(d.cells, "first commune level state"),
        "needs": _keyed(needs, "need commune state"),
        "pairs": _keyed(d.pairs, "a b state"),
        "fragile": [{"code": code, "path": path, **told} for (code, path), told in d.fragile.items()],
        "missing": sorted(d.missing),
        "additions": [
            {"says": view.addition(h.addition), **asdict(h.addition), "closes": h.closes} for h in d.holes
        ],
        "what_if": [less for less, _ in whole.less],
        "load": _load(whole.load) if whole.load else None,
    }


def _load(told: Load) -> dict[str, Any]:
    def rounded(table: Mapping[Any, float]) -> dict[Any, float]:
        return {key: round(count, 2) for key, count in table.items()}

    doors = {(first,): count for first, count in rounded(told.sent.doors).items()}
    undecided = {(possible,): count for possible, count in rounded(told.sent.undecided).items()}
    return {
        "people": round(told.people, 2),
        "inhabitants": told.inhabitants,
        "lines": told.lines,
        "doors": _keyed(doors, "first people"),
        "undecided": _keyed(undecided, "possible people"),
        "outside": round(told.sent.outside, 2),
        "desks": _keyed({desk[:3]: round(desk[3], 2) for desk in told.desks}, "network house commune people"),
        "states": rounded(told.states),
        "partners": rounded(told.partners),
        "unmet": rounded(told.unmet),
    }


def _keyed(table: Mapping[Any, object], names: str) -> list[dict[str, object]]:
    """A table kept by several keys, as one object for each of its entries."""
    return [dict(zip(names.split(), (*key, told), strict=True)) for key, told in table.items()]
