"""`cep-route check`: every fault of rules and territories, at its line; exit 1 when there is one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import Annotated

from cep_route import checks, files, places
from cep_route.checks.certificate import certificate as certified
from cep_route.checks.proof import prove, summary
from cep_route.checks.questions import questions as count_questions
from cep_route.checks.sources import sources
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, asked_day, asked_law, write_out
from cep_route.cli.options import Day, Force, Lang, argument, form, option
from cep_route.directory.where import ground_of
from cep_route.engine.explain import Judge
from cep_route.files import written
from cep_route.files.directory import judge_directory
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.data import finding_data
from cep_route.render.findings import findings_text


def check(
    paths: Annotated[list[str] | None, argument("[PATH]...")] = None,
    max_age: Annotated[str | None, option("--max-age", takes="12m")] = None,
    certificate: Annotated[
        str | None, option("--certificate", "--certificat", takes="FILE", panel="files")
    ] = None,
    questions: Annotated[bool, option("--questions")] = False,
    details: Annotated[bool, option("--details")] = False,
    form: Annotated[str, form("text", "json")] = "text",
    on: Day = None,
    force: Force = False,
    lang: Lang = "fr",
) -> Result:
    """Check folders of rules and territory files; without any, all that is shipped."""
    day = asked_day(on)
    months = _months(max_age)
    asked = list(paths or (files.shipped("rules"), *files.territories().values()))
    found: list[Finding] = []
    law: Law | None = None
    for path in asked:
        if os.path.isdir(path) and _is_rules(path):
            found += _rules(path, day, months)
            continue
        law = law or files.load_law()[0]
        for file in files.toml_files(path) if os.path.isdir(path) else [path]:
            is_codes = os.path.basename(file) == "directory.toml"
            found += _codes(file, law, day, months) if is_codes else _territory(file, law, day, months)
    found = sorted(found, key=Finding.order)
    lines = [_findings(found, form, lang)]
    folder = next((p for p in asked if os.path.isdir(p) and _is_rules(p)), None)
    if details or questions:
        lines += _figures(folder, day, lang, questions=questions, details=details)
    code = FOUND if any(f.severity != "info" for f in found) else WELL
    if certificate:
        code = write_out(certificate, _certified(folder), force=force, lang=lang) or code
    return Result(code=code, answer="\n".join(lines) + "\n", prose=form != "json")


def _figures(folder: str | None, on: str, lang: str, *, questions: bool, details: bool) -> Iterator[str]:
    """What was proved, in figures: kinds of person and persons, what cannot be, what rests on unsure law; and the questions."""
    law, _ = files.load_law(folder)
    if law is None:
        return
    french = lang == "fr"
    if details:
        found = summary(law)
        for since, until, rules, kinds, persons in found.days:
            yield (
                f"{since}..{until} : {rules} règles, {kinds} genres de personnes, {persons} personnes possibles"
                if french
                else f"{since}..{until}: {rules} rules, {kinds} kinds of person, {persons} possible persons"
            )
        for id_, persons, why in found.constraints:
            yield (
                f"{id_}{' :' if french else ':'} {why[lang]} ({persons} {'personnes écartées' if french else 'persons excluded'})"
            )
        for rule, speaks, depends in found.unsure:
            yield (
                f"incertain : {rule} parle de {speaks} genres de personnes, {depends} en dépendent"
                if french
                else f"unsure: {rule} speaks of {speaks} kinds of person, {depends} depend on it"
            )
    if questions:
        asked = count_questions(law, on)
        best = f"{asked.optimum:.3f}" if asked.optimum is not None else "?"
        yield (
            f"questions : {asked.mean:.3f} en moyenne, {asked.worst} au pire ; optimum {best}"
            if french
            else f"questions: {asked.mean:.3f} on average, {asked.worst} at worst; optimum {best}"
        )


def _certified(folder: str | None) -> str:
    """The certificate of a folder of rules, for `tools/verify_certificate.py`."""
    folder = folder or files.shipped("rules")
    law = asked_law(folder)
    made = certified(law, _bytes(files.toml_files(folder)), _bytes(files.territories().values()))
    return json.dumps(made, ensure_ascii=False, sort_keys=True) + "\n"


def _bytes(paths: Iterable[str]) -> dict[str, bytes]:
    read = {os.path.basename(path): files.read_bytes(path) for path in paths}
    return {name: data for name, data in read.items() if isinstance(data, bytes)}


def _is_rules(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "facts.toml"))


def _months(text: str | None) -> int:
    """`12m` or `12` -> 12; nothing told -> 0, which asks for no freshness."""
    digits = (text or "0").removesuffix("m").removesuffix("mois")
    if digits.isascii() and digits.isdigit() and len(digits) < 4:
        return int(digits)
    values = {"value": text or "", "option": "--max-age", "expected": "12m", "command": "check"}
    raise CannotRun(Finding(code="CEP527", values=values))


def _rules(folder: str, on: str, months: int) -> list[Finding]:
    texts, findings = files.rule_texts(folder)
    rules, faults = written.read_rules(texts)
    findings += faults
    if not faults:
        findings += checks.names(rules)
    if any(f.severity == "error" for f in findings):
        return findings
    findings += sources(rules, on, months or None)
    law, _ = files.load_law(folder)
    if law is None:
        return findings
    codes = os.path.join(folder, "directory.toml")
    if os.path.exists(codes):
        findings += _codes(codes, law, on, months)
    return findings + files.load_handout(law, folder)[1] + prove(law, rules)


def _codes(path: str, law: Law | None, on: str, months: int) -> list[Finding]:
    """Faults of the codes of open directories."""
    if law is None:
        return []
    data = files.read_bytes(path)
    return [data] if isinstance(data, Finding) else judge_directory(path, data, law, on, months or None)


def _territory(path: str, law: Law | None, on: str, months: int) -> list[Finding]:
    """Faults of a territory file; with `--max-age`, what it lacks on the day as well."""
    if law is None:
        return []
    data = files.read_bytes(path)
    if isinstance(data, Finding):
        return [data]
    territory, findings = written.compile_territory(path, data, law)
    document = written.parse(path, data)
    if territory is None or not months or isinstance(document, Finding):
        return findings
    configurations, _ = files.load_cooperation()
    return findings + checks.territory_findings(
        territory,
        law,
        on,
        ground=ground_of(territory, places, places.great_circle),
        max_age_months=months,
        configurations=Judge(configurations) if configurations else None,
        communes_of=places.communes_of,
        where=document.place,
    )


def _findings(found: list[Finding], form: str, lang: str) -> str:
    if form == "json":
        return json.dumps([finding_data(f, lang) for f in found], ensure_ascii=False, indent=2)
    return findings_text(found, lang) or ("rien à signaler" if lang == "fr" else "nothing to report")
