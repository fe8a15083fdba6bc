"""`cep-route territory diagnose`: a territory seen whole, as lines, JSON or a page of its own."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cep_route import files, places
from cep_route.cli.batch import route_file
from cep_route.cli.console import CANNOT, FOUND, WELL, CannotRun, Result, asked_day, asked_law, one_of
from cep_route.cli.options import Day, Force, Lang, Named, Out, form, option
from cep_route.diagnosis import FAR, Diagnosis, diagnose, whatif
from cep_route.diagnosis.load import Load, load, tally
from cep_route.directory import where
from cep_route.engine.explain import Judge
from cep_route.model.answer import Finding, Profile, Route
from cep_route.model.law import Law
from cep_route.model.profile import Stretch, calendar
from cep_route.model.territory import Territory
from cep_route.render.diagnosis import Turn, Whole, diagnosis_page
from cep_route.render.diagnosis_data import diagnosis_data
from cep_route.render.parts import Page

FORMATS = ("text", "json", "html")
FAR_AT_MOST = 1000.0
# A seasonal worker like many, for the picture of a year: in season an employee, in between a jobseeker.
SEASONAL: dict[str, str | int] = {
    "age": 35,
    "cadre": "no",
    "disability": "none",
    "in_school": "no",
    "seasonal": "yes",
    "job_at_risk": "no",
}
IN_SEASON: dict[str, str | int] = {
    "status": "employee",
    "employed": "yes",
    "seeking": "no",
    "contract": "seasonal",
}
BETWEEN: dict[str, str | int] = {"status": "jobseeker", "employed": "no", "seeking": "yes"}


def territory_diagnose(
    name: Named,
    far: Annotated[str | None, option("--far", "--loin", takes="KM")] = None,
    without: Annotated[list[str] | None, option("--without", "--sans", takes="WHAT")] = None,
    at: Annotated[str | None, option("--at", "--aussi-le", takes="DAY")] = None,
    population: Annotated[str | None, option("--population", takes="FILE", panel="files")] = None,
    beside: Annotated[str | None, option("--beside", "--a-cote", takes="ID|FILE", panel="place")] = None,
    form: Annotated[str, form("text", "json", "html")] = "text",
    on: Day = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Diagnose a territory; exit 1 when something is missing on it, 2 when it cannot be read."""
    law, day = asked_law(), asked_day(on)
    then = asked_day(at) if at else ""
    one_of(form, FORMATS, "--format", "territory diagnose")
    desk = DiagnosisRun(law, day, _kilometres(far))
    whole, findings = desk.whole(name, tuple(without or ()), then, population, beside)
    if whole is None:
        raise CannotRun(*findings)
    code = FOUND if whole.diagnosis.missing or whole.diagnosis.unknown else WELL
    return Result(code=code, answer=_answer(whole, law, form, lang), said=findings, out=out, force=force)


def _kilometres(text: str | None) -> float:
    if text is None:
        return FAR
    bare = text.strip().removesuffix("km").strip().replace(",", ".")
    good = bare.replace(".", "", 1).isascii() and bare.replace(".", "", 1).isdigit()
    if good and float(bare) <= FAR_AT_MOST:
        return float(bare)
    raise CannotRun(Finding(code="CEP574", values={"value": text[:40]}))


def _answer(whole: Whole, law: Law, form: str, lang: str) -> Page | str:
    if form == "json":
        return json.dumps(diagnosis_data(whole, law, lang), ensure_ascii=False, indent=2) + "\n"
    if form == "html":
        try:
            from cep_route.render.report import report  # matplotlib and jinja2: for this alone, and an extra
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("cep_route"):
                raise
            raise CannotRun(
                Finding(code="CEP573", values={"missing": missing.name or "cep-route[report]"})
            ) from None
        return report(whole, law, lang, _points(whole.diagnosis), dict(whole.diagnosis.asked.inhabitants))
    return diagnosis_page(whole, law, lang)


class DiagnosisRun:
    """What a diagnosis needs, opened once: the law, the configurations, the day."""

    def __init__(self, law: Law, on: str, far: float) -> None:
        self.law, self.on, self.far = law, on, far
        self.judge = Judge(law)
        configurations, _ = files.load_cooperation()
        self.configurations = Judge(configurations) if configurations else Judge(law)

    def whole(
        self, name: str, without: tuple[str, ...], at: str, population: str | None, beside: str | None
    ) -> tuple[Whole | None, list[Finding]]:
        """Everything asked for, or every fault that keeps it from being found."""
        territory, findings = files.load_territory(name, self.law)
        other, faults = files.load_territory(beside, self.law) if beside else (None, [])
        findings = [*findings, *faults]
        routed = population is not None and not population.endswith(".toml")
        people, faults = self._population(None if routed else population)
        findings += faults
        counted, faults = self._counted(population, name) if routed and population else (None, [])
        findings += faults
        if faults:
            return None, findings
        if territory is None or people is None or (beside and other is None):
            return None, findings
        unknown = [w for w in without if w not in whatif.choices(territory)]
        if unknown:
            choices = ", ".join(whatif.choices(territory))
            return None, [
                *findings,
                *(Finding(code="CEP570", values={"value": w[:80], "choices": choices}) for w in unknown),
            ]
        here = self.diagnosis(territory, self.on)
        turns = [self._less(here, what) for what in without]
        if at:
            later = self.diagnosis(territory, at, close=False)
            turns.append(Turn(kind="at", name=at, difference=whatif.compare(here, later), then=later))
        return Whole(
            diagnosis=here,
            load=counted or (load(here, people, here.asked.inhabitants) if here.asked.communes else None),
            population=people,
            turns=tuple(turns),
            beside=self.diagnosis(other, self.on, close=False) if other else None,
            year=self._year(territory, here),
        ), findings

    def diagnosis(self, territory: Territory, on: str, *, close: bool = True) -> Diagnosis:
        """One territory on one day."""
        return diagnose(
            territory,
            self.judge,
            on,
            ground=where.ground_of(territory, places, places.great_circle),
            configurations=self.configurations,
            communes_of=places.communes_of,
            inhabitants=_inhabitants(territory),
            far=self.far,
            close=close,
        )

    def _less(self, here: Diagnosis, what: str) -> Turn:
        less = whatif.without(here.territory, what, self.on)
        assert less is not None, what  # asked before
        then = self.diagnosis(less[0], self.on, close=False)
        kind, _, name = what.partition(":")
        return Turn(kind=kind, name=name, difference=whatif.compare(here, then, less[1]), then=then)

    def _population(self, path: str | None) -> tuple[dict[str, Any] | None, list[Finding]]:
        from cep_route.files.population import load_population

        return load_population(path, self.law)

    def _counted(self, path: str, territory: str) -> tuple[Load | None, list[Finding]]:
        """The people of an intake file: as `batch` routed them, or routed here on this territory, in a folder gone at once."""
        from contextlib import redirect_stderr
        from io import StringIO
        from tempfile import TemporaryDirectory

        from cep_route.files.population import load_routed

        rows, faults = load_routed(path)
        if [f.code for f in faults] == ["CEP576"]:
            with TemporaryDirectory() as folder:
                out = f"{folder}/routed.csv"
                with redirect_stderr(StringIO()):  # it would name files that are gone when it is read
                    code = route_file(path, out, territory, self.on)
                if code == CANNOT:
                    return None, faults
                rows, faults = load_routed(out)
        return (None, faults) if faults else (tally(self.law, rows), [])

    def _year(self, territory: Territory, here: Diagnosis) -> tuple[Stretch, ...]:
        """A seasonal worker's twelve months, by the engine, when the file tells the season."""
        season = territory.context.season_months if territory.context else None
        if not season or not here.asked.communes:
            return ()
        between = tuple(m for m in range(1, 13) if m not in season)
        profile = Profile(
            facts=SEASONAL,
            commune=here.asked.communes[0],
            months=((tuple(season), IN_SEASON), (between, BETWEEN)),
        )
        ground = here.asked.ground

        def answer(person: Profile, on: str) -> Route:
            return where.route(self.judge, person, on, territory, ground, self.configurations)

        return calendar(profile, self.on, answer)


def _points(here: Diagnosis) -> dict[str, tuple[float, float]]:
    """Where the communes lie, and those outside the territory in which an operator receives."""
    own = {c["code"]: c for c in here.territory.get("communes") or ()}
    wanted = dict.fromkeys(here.asked.communes)
    for house in here.territory.get("operators") or ():
        wanted |= dict.fromkeys(p["commune"] for p in house.get("places") or () if p.get("commune"))
    found = {}
    for code in wanted:
        if "latitude" in own.get(code, {}) and "longitude" in own[code]:
            found[code] = (own[code]["latitude"], own[code]["longitude"])
        elif (known := places.commune(code)) and known.lat is not None and known.lon is not None:
            found[code] = (known.lat, known.lon)
    return found


def _inhabitants(territory: Territory) -> dict[str, int]:
    """The inhabitants of the communes, by the file, else by the table of France."""
    own = {c["code"]: c.get("population") for c in territory.get("communes") or ()}
    head = territory["territory"]
    zones = () if "france" in (head.get("perimeter") or ()) else head.get("perimeter") or ()
    found = {}
    for code in (*(head.get("communes") or ()), *(c for z in zones for c in places.communes_of(z))):
        known = places.commune(code)
        count = own.get(code) or (known.population if known else None)
        if count:
            found[code] = count
    return found
