"""`cep-route test`: cases written by a jurist, tried; what they cover; the changes of the rules they notice; the suite that notices all."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from cep_route.checks.cases import Case, case_text, route_line, run_cases
from cep_route.checks.mutation import Coverage, Mutation, Score
from cep_route.checks.mutation import coverage as measure
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, asked_law
from cep_route.files.cases import read_cases
from cep_route.messages import plural, say
from cep_route.model.answer import Route
from cep_route.render.parts import Line, Page, Pairs, Section, section
from cep_route.render.screen import findings_section
from cep_route.router import Router


def replay(
    paths: list[str],
    *,
    coverage: bool = False,
    mutate: bool = False,
    generate: bool = False,
    rules: str | None = None,
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Try the cases; exit 1 when one fails, when a mutant survives, or when something is not covered."""
    law = asked_law(rules)
    cases, findings = read_cases(paths, law)
    if not cases:
        raise CannotRun(*findings)
    if generate:  # the smallest suite found that notices every mutant, each case in words to review
        mutation = Mutation(law)
        suite = map(case_text, mutation.suite(cases))
        return Result(answer="\n\n".join(suite) + "\n", said=findings, out=out, force=force)
    router = Router(law, rules=rules)

    def local(case: Case) -> Route | None:
        visit, _ = router.read(**asdict(case.profile()), on=case.on, territory=case.territory)
        return router.route(visit) if visit is not None else None

    trial = run_cases(cases, router.judge, local)
    whole = not trial.findings and not any(f.severity == "error" for f in findings)
    counts = {"cases": trial.tried, "passed": trial.passed, "failed": trial.tried - trial.passed}
    said = {key: plural(f"cases.{key}", n, lang) for key, n in counts.items()}
    tried = say("cases.tried", lang, tried=said.pop("cases"), **said)
    sections = [*findings_section(trial.findings, lang), *section("tried", "", [Line(text=tried)])]
    if coverage:
        found = measure(law, cases)
        sections += _coverage(found, lang)
        whole &= not found.missed
    if mutate:
        score = Mutation(law).score(cases)
        sections += _score(score, lang)
        whole &= not score.survivors
    page = Page(sections=tuple(sections))
    return Result(answer=page, said=findings, code=WELL if whole else FOUND, out=out, force=force)


def _coverage(found: Coverage, lang: str) -> Iterator[Section]:
    """Exact integers; nothing is rounded up to 100 %."""
    told = {key: "{}/{}".format(*getattr(found, key)) for key in ("kinds", "rules", "boundaries", "unknowns")}
    told |= {"missed": " ".join(found.missed)} if found.missed else {}
    rows = tuple((say(f"cases.{key}", lang), text) for key, text in told.items())
    yield from section("coverage", "", [Pairs(rows=rows)])


def _score(score: Score, lang: str) -> Iterator[Section]:
    counts = {"mutants": score.mutants, "equivalent": len(score.equivalent)}
    counts |= {"killed": score.killed, "alive": score.alive}
    rows = tuple((name, f"{killed}/{alive}") for name, (killed, alive) in score.by_operator.items())
    yield from section("mutants", "", [Line(text=say("cases.score", lang, **counts)), Pairs(rows=rows)])
    for mutant, case in score.survivors:
        title = say("cases.survivor", lang, name=mutant.name)
        lines = [route_line(case.facts, case.on), *case_text(case).splitlines()]
        yield from section("survivor", title, [Line(text=text) for text in lines])
