"""`cep-route check`: every fault of rules and territories, at its line; exit 1 when there is one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Literal

from cep_route import checks, files, places
from cep_route.checks.certificate import certificate as certified
from cep_route.checks.names import sources
from cep_route.checks.proof import prove, summary
from cep_route.checks.questions import questions as count_questions
from cep_route.cli.console import FOUND, WELL, CannotRun, Result, as_json, asked_day, asked_law, write_out
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.files import written
from cep_route.files.toml import parse
from cep_route.messages import number, say
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.data import finding_data
from cep_route.render.parts import Line, Page, Section, section, table
from cep_route.render.screen import findings_section

FEW = 3  # findings that need no table of the files they stand in


def check(
    paths: list[str] | None = None,
    *,
    max_age: str | None = None,
    certificate: str | None = None,
    questions: bool = False,
    details: bool = False,
    form: Literal["text", "json"] = "text",
    on: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Check folders of rules and territory files; without any, all that is shipped."""
    day = asked_day(on)
    months = _months(max_age)
    asked = list(paths or (files.shipped("rules"), *files.territories().values()))
    folders = [path for path in asked if os.path.exists(os.path.join(path, "facts.toml"))]
    found = [finding for path in folders for finding in _rules(path, day, months)]
    others = [path for path in asked if path not in folders]
    if others and (law := files.load_law()[0]):
        for path in others:
            for file in files.toml_files(path) if os.path.isdir(path) else [path]:
                found += _file(file, law, day, months)
    found.sort(key=Finding.order)
    folder = folders[0] if folders else None
    sections = [*_said(found, lang)]
    if (details or questions) and (proved := files.load_law(folder)[0]):
        sections += _figures(proved, lang) if details else ()
        sections += _questions(proved, day, lang) if questions else ()
    answer: Page | str = Page(sections=tuple(sections))
    if form == "json":
        answer = as_json([finding_data(f, lang) for f in found])
    code = FOUND if any(f.severity != "info" for f in found) else WELL
    if certificate:
        code = write_out(certificate, _certified(folder), force=force, lang=lang) or code
    return Result(code=code, answer=answer)


def _said(found: list[Finding], lang: str) -> Iterator[Section]:
    """Every fault at its place, then how many there are in each file."""
    if not found:
        yield from section("well", "", [Line(text=say("check.well", lang))])
        return
    yield from findings_section(found, lang)
    met: dict[str, list[int]] = {}
    for finding in found:
        counts = met.setdefault(finding.place.file if finding.place else "", [0, 0])
        counts[finding.severity != "error"] += 1
    if len(found) > FEW:
        rows = [(file, *(str(n) if n else "" for n in counts)) for file, counts in met.items()]
        columns = _words(lang, "col_file", "col_errors", "col_warnings")
        yield from table("files", say("check.files", lang), columns, rows)


def _words(lang: str, *names: str) -> tuple[str, ...]:
    return tuple(say(f"check.{name}", lang) for name in names)


def _figures(law: Law, lang: str) -> Iterator[Section]:
    """What was proved, in figures: kinds of person and persons, and what cannot be."""

    def written(count: int) -> str:
        return number(count, lang)

    found = summary(law)
    days = [(f"{since}..{until}", *map(written, counts)) for since, until, *counts in found.days]
    columns = _words(lang, "col_days", "col_rules", "col_kinds", "col_persons")
    yield from table("proved", say("check.proved", lang), columns, days)
    walls = [(id_, why[lang], written(persons)) for id_, persons, why in found.constraints]
    columns = _words(lang, "col_constraint", "col_why", "col_excluded")
    yield from table("excluded", say("check.excluded", lang), columns, walls)


def _questions(law: Law, on: str, lang: str) -> Iterator[Section]:
    """How many questions an interview asks, and the least there could be."""
    asked = count_questions(law, on)
    best = number(round(asked.optimum, 3), lang) if asked.optimum is not None else "?"
    text = say("check.questions", lang, mean=number(round(asked.mean, 3), lang), worst=asked.worst, best=best)
    yield from section("questions", "", [Line(text=text)])


def _certified(folder: str | None) -> str:
    """The certificate of a folder of rules, for `tools/verify_certificate.py`."""
    folder = folder or files.shipped("rules")
    law = asked_law(folder)
    read = [
        {os.path.basename(path): data for path in paths if isinstance(data := files.read_bytes(path), bytes)}
        for paths in (files.toml_files(folder), files.territories().values())
    ]
    return json.dumps(certified(law, *read), ensure_ascii=False, sort_keys=True) + "\n"


def _months(text: str | None) -> int:
    """`12m` or `12` -> 12; nothing told -> 0, which asks for no freshness."""
    if told := re.fullmatch(r"(\d{1,3}) ?(?:m|mois|months)?", text or "0", re.ASCII):
        return int(told[1])
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
    findings += _file(codes, law, on, months) if os.path.exists(codes) else []
    return findings + files.load_handout(law, folder)[1] + prove(law, rules)


def _file(path: str, law: Law, on: str, months: int) -> list[Finding]:
    """Faults of the codes of open directories, or of a territory file; with `--max-age`, what that lacks on the day as well."""
    data = files.read_bytes(path)
    if isinstance(data, Finding):
        return [data]
    if os.path.basename(path) == "directory.toml":
        return written.judge_directory(path, data, law, on, months or None)
    territory, findings = written.compile_territory(path, data, law)
    document = parse(path, data)
    if territory is None or not months or isinstance(document, Finding):
        return findings
    configurations, _ = files.load_cooperation()
    return findings + checks.territory_findings(
        territory,
        law,
        on,
        ground=Ground(territory),
        max_age_months=months,
        configurations=Judge(configurations) if configurations else None,
        communes_of=places.communes_of,
        where=document.place,
    )
