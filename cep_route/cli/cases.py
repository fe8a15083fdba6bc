"""`cep-route test`: cases written by a jurist, tried; what they cover; the changes of the rules they notice; the suite that notices all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from cep_route.checks.cases import Case, run_cases
from cep_route.checks.mutation import Coverage, Mutation, Score
from cep_route.checks.mutation import coverage as measure
from cep_route.checks.witness import case_text
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, asked_law, today
from cep_route.cli.options import Force, Lang, Out, Rules, argument, option
from cep_route.engine.explain import Judge
from cep_route.files.cases import read_cases
from cep_route.model.answer import Route, values_of
from cep_route.model.law import Law
from cep_route.render.findings import findings_text
from cep_route.router import Router


def replay(
    paths: Annotated[list[str] | None, argument("[CASES]...")] = None,
    coverage: Annotated[bool, option("--coverage", "--couverture")] = False,
    mutate: Annotated[bool, option("--mutate", "--mutants")] = False,
    generate: Annotated[bool, option("--generate", "--generer")] = False,
    rules: Rules = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Try the cases; exit 1 when one fails, when a mutant survives, or when something is not covered."""
    law = asked_law(rules)
    cases, findings = read_cases(paths or (), law)
    if not cases:
        raise CannotRun(*findings)
    if generate:
        return Result(answer=_generated(law, cases), said=findings, out=out, force=force)
    trial = run_cases(cases, Judge(law), _local(law, rules))
    lines = [findings_text(trial.findings, lang)] if trial.findings else []
    text = "{} cas, {} passent, {} échouent" if lang == "fr" else "{} cases, {} pass, {} fail"
    lines.append(text.format(trial.tried, trial.passed, trial.tried - trial.passed))
    whole = not trial.findings and not any(f.severity == "error" for f in findings)
    if coverage:
        found = measure(law, cases)
        lines += _coverage(found, lang)
        whole &= not _missed(found)
    if mutate:
        score = Mutation(law).score(cases)
        lines += _score(score, lang)
        whole &= not score.survivors
    answer = "\n".join(lines) + "\n"
    return Result(
        answer=answer, said=findings, code=WELL if whole else FOUND, out=out, force=force, prose=True
    )


def _local(law: Law, rules: str | None) -> Callable[[Case], Route | None]:
    """The route of a case on its own territory."""

    def route(case: Case) -> Route | None:
        router = Router(law, rules=rules)
        visit, _ = router.read(**values_of(case.profile()), on=case.on, territory=case.territory)
        return router.route(visit) if visit is not None else None

    return route


def _missed(found: Coverage) -> list[str]:
    return [*found.missed_rules, *found.missed_boundaries, *found.missed_unknowns]


def _coverage(found: Coverage, lang: str) -> Iterator[str]:
    """Exact integers; nothing is rounded up to 100 %."""
    names = {
        "kinds": ("genres de personnes", "kinds of person"),
        "rules": ("règles", "rules"),
        "boundaries": ("bords (chaque côté)", "boundaries (each side)"),
        "unknowns": ("faits laissés inconnus", "facts left unknown"),
    }
    for key, words in names.items():
        covered, all_ = getattr(found, key)
        yield f"{words[lang == 'en']}{' :' if lang == 'fr' else ':'} {covered}/{all_}"
    if missed := _missed(found):
        yield ("manque : " if lang == "fr" else "missing: ") + " ".join(missed)


def _score(score: Score, lang: str) -> Iterator[str]:
    french = lang == "fr"
    yield (
        f"{score.mutants} mutants, {len(score.equivalent)} équivalents (prouvés), {score.killed}/{score.alive} tués"
        if french
        else f"{score.mutants} mutants, {len(score.equivalent)} equivalent (proved), {score.killed}/{score.alive} killed"
    )
    for operator, (killed, alive) in score.by_operator.items():
        yield f"  {operator}{' :' if french else ':'} {killed}/{alive}"
    for survivor in score.survivors:
        yield f"\n{'survivant' if french else 'survivor'} {survivor.mutant.name}\n{survivor.route}\n{survivor.block}"


def _generated(law: Law, cases: list[Case]) -> str:
    """The smallest suite found that notices every mutant, each case in words to review."""
    mutation = Mutation(law)
    suite = mutation.suite(cases)
    return "\n\n".join(case_text(case) for case in (*suite, *mutation.unknowns(today()))) + "\n"
