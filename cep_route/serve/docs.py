"""What the service says of itself: its OpenAPI, and a page made from it: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from cep_route.messages import say
from cep_route.model.law import Law
from cep_route.render.data import Json
from cep_route.render.schema import Schema
from cep_route.render.schema import described as schema_of
from cep_route.serve.request import STATUS, UNREADABLE, InterviewBody, NextQuestionData, request_schema

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = (
    "body{max-width:60rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color-scheme:light dark}"
    "code,pre{font:.9em/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid}"
)
_MARK: Schema = {"type": ["string", "integer"]}
_POSTED = {*STATUS.values(), UNREADABLE, 431} - {404, 405}
_GOT = {400, 408, 421, 431, 500, 503}


def openapi(documents: Mapping[str, Json], version: str, law: Law, lang: str) -> Schema:
    """The OpenAPI of the service: its schemas are those of `cep-route schema`."""
    own: dict[str, Any] = {
        path.removeprefix("/schema/"): data for path, data in documents.items() if path.startswith("/schema/")
    }
    schemas = {name: {key: value for key, value in own[name].items() if key != "$schema"} for name in own}
    schemas["interview"] = request_schema(law, lang, InterviewBody, "interview")
    schemas["next_question"] = schema_of(NextQuestionData, {})
    for name in ("route", "calendar", "next_question"):  # with the caller's own mark, as it is given back
        schemas[name] = {**schemas[name], "properties": {**schemas[name]["properties"], "id": _MARK}}
    for name in ("territory", "rules"):
        schemas[name] = {"type": "object", "description": f"See /schema/{name}."}
    given: Schema = {"type": "object"}
    paths: Schema = {
        "/route": _post(
            "Where one person should go", "request", {"anyOf": [_ref("route"), _ref("calendar")]}
        ),
        "/next-question": _post("What to ask next, if anything", "interview", _ref("next_question")),
        "/territories": _get("The territories there are", {"type": "array", "items": given}),
        "/health": _get("Is it there?", given),
        "/metrics": _get("Counts and durations, for Prometheus", {"type": "string"}, "text/plain"),
        "/docs": _get("This description, as a page", {"type": "string"}, "text/html"),
    }
    if "/" in documents:
        paths["/"] = _get("The questions and their answers, as a page", {"type": "string"}, "text/html")
    paths |= {f"/schema/{name}": _get(f"JSON Schema: {name}", given) for name in own}
    return {
        "openapi": "3.1.0",
        "info": {"title": "cep-route", "version": version},
        "paths": paths,
        "components": {"schemas": {**schemas}},
    }


def _post(summary: str, takes: str, gives: Schema) -> Schema:
    body: Schema = {"required": True, "content": {"application/json": {"schema": _ref(takes)}}}
    return {"post": {"summary": summary, "requestBody": body, "responses": _responses(gives, _POSTED)}}


def _get(summary: str, gives: Schema, kind: str = "application/json") -> Schema:
    return {"get": {"summary": summary, "responses": _responses(gives, _GOT, kind)}}


def _responses(gives: Schema, refused: Iterable[int], kind: str = "application/json") -> Schema:
    refusal: Json = {"description": "findings", "content": {"application/json": {"schema": _ref("refusal")}}}
    answer: Json = {"description": "the answer", "content": {kind: {"schema": gives}}}
    return {"200": answer, **{str(status): refusal for status in sorted(refused)}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def docs_page(described: Mapping[str, Any], lang: str) -> str:
    """Each address with what it takes and gives; then the schemas they name."""
    parts = [f"<h1>{escape(described['info']['title'])} {escape(described['info']['version'])}</h1>"]
    parts.append(f'<p>{escape(say("serve.docs", lang))} <a href="/openapi.json">/openapi.json</a></p>')
    for path, methods in described["paths"].items():
        for method, card in methods.items():
            parts.append(
                f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(card['summary'])}</p>"
            )
            takes = card.get("requestBody")
            if takes:
                parts.append(f"<p>{escape(say('serve.takes', lang))} {_named(takes)}</p>")
            rows = (
                f"<li><code>{status}</code> {_named(told)}</li>" for status, told in card["responses"].items()
            )
            parts.append(f"<p>{escape(say('serve.gives', lang))}</p><ul>{''.join(rows)}</ul>")
    for name, schema in described["components"]["schemas"].items():
        text = escape(json.dumps(schema, ensure_ascii=False, indent=1))
        parts.append(
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{text}</pre></details>'
        )
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>cep-route</title><style>{_STYLE}</style>'
    )
    return f'<!doctype html>\n<html lang="{lang}"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>\n'


def _named(told: Mapping[str, Any]) -> str:
    """The schemas of a request or an answer, as links to them."""
    found = []
    for kind, content in told.get("content", {}).items():
        schema = content["schema"]
        names = [s["$ref"].rpartition("/")[2] for s in schema.get("anyOf", [schema]) if "$ref" in s]
        links = ", ".join(f'<a href="#{escape(n)}">{escape(n)}</a>' for n in names)
        found.append(f"{escape(kind)} {links}".strip())
    return " ; ".join(found)
