"""`cep-route schema`: JSON Schema of what people write and of what we answer, for editors and scripts."""

from __future__ import annotations

from cep_route.cli.console import Result, as_json, asked_law, one_of
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

SCHEMAS = ("profile", "territory", "rules", "route", "calendar", "request", "refusal")


def schema(what: str, *, out: str | None = None, force: bool = False, lang: str = "fr") -> Result:
    """JSON Schema of a profile, a territory, the rules or an answer."""
    found = described_as(one_of(what, SCHEMAS, "schema", "schema"), asked_law(), lang)
    return Result(answer=as_json(found), out=out, force=force)


def described_as(what: str, law: Law, lang: str) -> Schema:
    """One of `SCHEMAS`."""
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
