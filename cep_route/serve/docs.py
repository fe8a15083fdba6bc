"""The documentation of the service as one page, made from its OpenAPI: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from cep_route.messages import say

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = (
    "body{max-width:60rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color-scheme:light dark}"
    "code,pre{font:.9em/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid}"
)


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
