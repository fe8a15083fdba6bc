"""`cep-route check`: every fault of rules and territories, at its line; exit 1 when there is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cep_route import checks, files
from cep_route.commands import CANNOT, FOUND, WELL, say, tell, the_day
from cep_route.model.answer import Finding
from cep_route.render.findings import findings_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cep_route.engine.law import Law


def from_words(
    *, paths: Sequence[str] | None, max_age: str | None, form: str, on: str | None, lang: str
) -> int:
    """Check folders of rules and territory files; without any, all that is shipped."""
    day, findings = the_day(on)
    months = _months(max_age)
    if findings or months is None:
        tell(
            findings
            or [
                Finding(
                    code="CEP527",
                    values={
                        "value": max_age or "",
                        "option": "--max-age",
                        "expected": "12m",
                        "command": "check",
                    },
                )
            ],
            lang,
        )
        return CANNOT
    shipped = [files.shipped("rules"), *files.territories().values()]
    found: list[Finding] = []
    law: Law | None = None
    for path in paths or shipped:
        if os.path.isdir(path) and not _is_rules(path):
            for file in files.toml_files(path):
                law = law or files.load_law()[0]
                found += _territory(file, law, day, months)
        elif os.path.isdir(path):
            found += _rules(path, day, months)
        else:
            law = law or files.load_law()[0]
            found += _territory(path, law, day, months)
    found = sorted(found, key=Finding.order)
    _show(found, form, lang)
    return FOUND if any(f.severity != "info" for f in found) else WELL


def _is_rules(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "facts.toml"))


def _months(text: str | None) -> int | None:
    """`12m` or `12` -> 12; nothing told -> 0, which asks for no freshness."""
    if not text:
        return 0
    digits = text.removesuffix("m").removesuffix("mois")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None


def _rules(folder: str, on: str, months: int) -> list[Finding]:
    from cep_route.files import written

    texts, findings = files.rule_texts(folder)
    rules, faults = written.read_rules(texts)
    findings += faults
    if not faults:
        findings += checks.names(rules)
    if any(f.severity == "error" for f in findings):
        return findings
    law, _ = files.load_law(folder)
    return findings + (checks.prove(law, rules, on=on, max_age_months=months or None) if law else [])


def _territory(path: str, law: Law | None, on: str, months: int) -> list[Finding]:
    """Faults of a territory file; with `--max-age`, what it lacks on the day as well."""
    if law is None:
        return []
    from cep_route import places
    from cep_route.engine.route import Judge
    from cep_route.engine.where import ground_of
    from cep_route.files import written

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


def _show(found: list[Finding], form: str, lang: str) -> None:
    if form == "json":
        import json

        from cep_route.render.data import finding_data

        say(json.dumps([finding_data(f, lang) for f in found], ensure_ascii=False, indent=2))
    elif found:
        say(findings_text(found, lang))
    else:
        say("rien à signaler" if lang == "fr" else "nothing to report")
