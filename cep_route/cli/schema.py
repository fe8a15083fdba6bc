"""`cep-route schema`: JSON Schema of what people write and of what we answer, for editors and scripts."""

from __future__ import annotations

from typing import Literal, get_args

from cep_route.cli.console import Result, as_json, asked_law
from cep_route.model.law import Law
from cep_route.render import schema as made
from cep_route.serve.request import request_schema

What = Literal["profile", "territory", "rules", "route", "calendar", "request", "refusal"]
SCHEMAS: tuple[What, ...] = get_args(What)


def schema(what: What, *, out: str | None = None, force: bool = False, lang: str = "fr") -> Result:
    """JSON Schema of a profile, a territory, the rules or an answer."""
    return Result(answer=as_json(described_as(what, asked_law(), lang)), out=out, force=force)


def described_as(what: What, law: Law, lang: str) -> made.Schema:
    """The schema of one thing."""
    match what:
        case "request":
            found: made.Schema = request_schema(law, lang)
        case "profile":
            found = made.profile_schema(law, lang)
        case "territory":
            found = made.territory_schema(lang)
        case "rules":
            found = made.rules_schema()
        case _:
            found = made.answer_schema(what, law, lang)
    return {"$schema": made.DIALECT, **found}
