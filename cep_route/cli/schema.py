"""`cep-route schema`: JSON Schema of what people write and of what we answer, for editors and scripts."""

from __future__ import annotations

from typing import Literal, get_args

from cep_route.cli.console import Result, as_json, asked_law
from cep_route.model.law import Law
from cep_route.render.schema import (
    DIALECT,
    Schema,
    answer_schema,
    profile_schema,
    rules_schema,
    territory_schema,
)
from cep_route.serve.request import request_schema

What = Literal["profile", "territory", "rules", "route", "calendar", "request", "refusal"]
SCHEMAS: tuple[What, ...] = get_args(What)


def schema(what: What, *, out: str | None = None, force: bool = False, lang: str = "fr") -> Result:
    """JSON Schema of a profile, a territory, the rules or an answer."""
    return Result(answer=as_json(described_as(what, asked_law(), lang)), out=out, force=force)


def described_as(what: What, law: Law, lang: str) -> Schema:
    """The schema of one thing."""
    found: Schema
    if what == "request":
        found = request_schema(law, lang)
    elif what == "profile":
        found = profile_schema(law, lang)
    elif what == "territory":
        found = territory_schema(lang)
    else:
        found = rules_schema() if what == "rules" else answer_schema(what, law, lang)
    return {"$schema": DIALECT, **found}
