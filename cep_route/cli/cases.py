"""`cep-route test`: cases written by a jurist, tried; what they cover; the changes of the rules they notice; the suite that notices all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cep_route.checks.cases import Case
from cep_route.checks.mutation import Coverage, Score
from cep_route.cli.console import CANNOT, FOUND, WELL, say, tell, the_law, today, write_out
from cep_route.engine.explain import Judge
from cep_route.model.answer import Route, values_of
from cep_route.model.law import Law
from cep_route.render.findings import findings_text


def from_words(
    *,
    paths: Sequence[str] | None,
    coverage: bool,
    mutate: bool,
    generate: bool,
    out: str | None,
    force: bool,
    rules: str | None,
    lang: str,
) -> int:
    """Try the cases; exit 1 when one fails, when a mutant survives, or when something is not covered."""
    from cep_route.checks import cases as trials
    from cep_route.files.cases import read_cases

    law = the_law(rules, lang)
    if law is None:
        return CANNOT
    cases, findings = read_cases(paths or (), law)
    tell(findings, lang)
    if not cases:
        return CANNOT
    if generate:
        return _generate(law, cases, out, force=force, lang=lang)
    trial = trials.run_cases(cases, Judge(law), _local(law, rules))
    if trial.findings:
        say(findings_text(trial.findings, lang))
    text = "{} cas, {} passent, {} échouent" if lang == "fr" else "{} cases, {} pass, {} fail"
    say(text.format(trial.tried, trial.passed, trial.tried - trial.passed))
    whole = not trial.findings and not any(f.severity == "error" for f in findings)
    if coverage:
        from cep_route.checks.mutation import coverage as measure

        whole &= _say_coverage(measure(law, cases), lang)
    if mutate:
        from cep_route.checks.mutation import Mutation

        whole &= _say_score(Mutation(law).score(cases), lang)
    return WELL if whole else FOUND


def _local(law: Law, rules: str | None) -> Callable[[Case], Route | None]:
    """The route of a case on its own territory."""

    def route(case: Case) -> Route | None:
        from cep_route.router import Router

        router = Router(law, rules=rules)
        visit, _ = router.read(**values_of(case.profile()), on=case.on, territory=case.territory)
        return router.route(visit) if visit is not None else None

    return route


def _say_coverage(found: Coverage, lang: str) -> bool:
    """Exact integers; nothing is rounded up to 100 %."""
    names = {
        "kinds": ("genres de personnes", "kinds of person"),
        "rules": ("règles", "rules"),
        "boundaries": ("bords (chaque côté)", "boundaries (each side)"),
        "unknowns": ("faits laissés inconnus", "facts left unknown"),
    }
    for key, words in names.items():
        covered, all_ = getattr(found, key)
        say(f"{words[lang == 'en']}{' :' if lang == 'fr' else ':'} {covered}/{all_}")
    missed = (*found.missed_rules, *found.missed_boundaries, *found.missed_unknowns)
    if missed:
        say(("manque : " if lang == "fr" else "missing: ") + " ".join(missed))
    return not missed


def _say_score(score: Score, lang: str) -> bool:
    french = lang == "fr"
    say(
        f"{score.mutants} mutants, {len(score.equivalent)} équivalents (prouvés), {score.killed}/{score.alive} tués"
        if french
        else f"{score.mutants} mutants, {len(score.equivalent)} equivalent (proved), {score.killed}/{score.alive} killed"
    )
    for operator, (killed, alive) in score.by_operator.items():
        say(f"  {operator}{' :' if french else ':'} {killed}/{alive}")
    for survivor in score.survivors:
        say(
            f"\n{'survivant' if french else 'survivor'} {survivor.mutant.name}\n{survivor.route}\n{survivor.block}"
        )
    return not score.survivors


def _generate(law: Law, cases: list[Case], out: str | None, *, force: bool, lang: str) -> int:
    """The smallest suite found that notices every mutant, each case in words to review."""
    from cep_route.checks import witness
    from cep_route.checks.mutation import Mutation

    mutation = Mutation(law)
    suite = mutation.suite(cases)
    text = "\n\n".join(witness.case_text(case) for case in (*suite, *mutation.unknowns(today()))) + "\n"
    return write_out(out, text, force=force, lang=lang)
