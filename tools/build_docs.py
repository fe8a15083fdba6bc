"""The parts of the documentation that are written by the program itself, put in their pages while mkdocs builds them.

A page of `docs/` holds a line such as `<!-- law -->`; what stands there is made at each build from the rules, the messages, the
schemas and the command table, so that it cannot be stale. mkdocs calls `on_config`, `on_env` and `on_page_markdown`.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from contextlib import redirect_stdout
from functools import cache
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # mkdocs loads this file alone

from collections.abc import Callable, Iterator, Sequence

import build_man

import cep_route
from cep_route import files
from cep_route.__main__ import run
from cep_route.cli import app as cli
from cep_route.cli.explain import Book
from cep_route.intake.pieces import COLUMNS
from cep_route.messages import codes, example, template
from cep_route.model.law import Law
from cep_route.render.law_diagram import picture, svg
from cep_route.render.safe import line
from cep_route.render.screen import finding_text
from cep_route.render.text import plain

ROOT = Path(__file__).parents[1]
DAY = "2026-11-22"  # names of operators and dates are said as of this day
_MARK = re.compile(r"^<!-- ([a-z-]+)(?: ([a-z_]+))? -->$", re.MULTILINE)

FAMILIES = {
    "CEP0": ("Fichiers qui ne se lisent pas", "Files that cannot be read"),
    "CEP1": ("Règles", "Rules"),
    "CEP2": ("Territoires", "Territories"),
    "CEP3": ("Sources et fraîcheur", "Sources and freshness"),
    "CEP4": ("Fichiers de personnes", "Intake files"),
    "CEP5": ("Une personne, une commande, l'écriture", "A person, a command, writing"),
    "CEP6": ("Lieux", "Places"),
    "CEP7": ("Annuaires ouverts", "Open directories"),
    "CEP8": ("Demandes à un service", "Requests to a service"),
}


# -- called by mkdocs --------------------------------------------------------------------------------------------------------


def on_config(config: Any) -> Any:
    """The version of the program; the page of recipes where there is one."""
    config.extra["version"] = cep_route.__version__
    if (Path(config.docs_dir) / "recipes.md").exists():
        config.nav[-1]["For developers"].append({"Recipes": "recipes.md"})
    return config


def on_env(env: Any, **_: Any) -> Any:
    """`contents`: a list of the sections, under the title of a long page."""
    env.filters["contents"] = _contents
    return env


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The text of a page with its generated parts; a mark that nothing answers to stops the build."""
    return _MARK.sub(lambda mark: PARTS[mark[1]](mark[2] or "fr"), markdown)


def _contents(content: str, title: str, sections: list[Any]) -> str:
    head, end, rest = content.partition("</h1>")
    items = "".join(f'<li><a href="{escape(s.url)}">{s.title}</a></li>' for s in sections)
    return f'{head}{end}<div class="contents"><p>{title}</p><ul>{items}</ul></div>{rest}'


# -- the parts ----------------------------------------------------------------------------------------------------------------


@cache
def _law() -> Law:
    law, findings = files.load_law()
    if law is None:
        raise SystemExit("\n".join(finding_text(f, "en") for f in findings))
    return law


def text(words: str) -> str:
    """Words that Markdown takes as they are."""
    return re.sub(r"([\\`*_\[\]<>#|{}])", r"\\\1", line(words))


def law(_: str) -> str:
    """Every rule by theme: its sentence in both languages, then what `explain` says of it."""
    french, english = Book(_law(), "fr", DAY), Book(_law(), "en", DAY)
    parts = []
    for theme, ids in _themes():
        parts.append(f"## {text(theme)}")
        parts += [_rule(id_, french, english) for id_ in ids]
    return "\n\n".join(parts)


def _themes() -> Iterator[tuple[str, list[str]]]:
    for path in sorted((ROOT / "rules").glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if "theme" in document:
            yield document["theme"]["fr"], list(dict.fromkeys(rule["id"] for rule in document["rules"]))


def _said(book: Book, word: str) -> str:
    """What `explain` says of a word, in plain lines."""
    page = book.explain(word)
    return plain(page, book.lang).rstrip("\n") if page else ""


def _rule(id_: str, french: Book, english: Book) -> str:
    versions = _said(french, id_).split("\n\n")
    said = [version.partition(" — ")[2] for version in _said(english, id_).split("\n\n")]
    parts = [f"### `{id_}` {{ #{id_} }}"]
    for version, other in zip(versions, said, strict=True):
        first, *rest = version.partition(" — ")[2].split("\n")
        parts += [
            text(first),
            f'<p lang="en"><em>{escape(other.partition(chr(10))[0])}</em></p>',
            _listed(rest),
        ]
    return "\n\n".join(parts)


def _listed(lines: list[str]) -> str:
    """The lines of `explain` as a list; those further in, as a list within; addresses as links."""
    return "\n".join(
        ("    - " if own.startswith("  ") else "- ")
        + re.sub(r"https?://[^\s;]+", r"<\g<0>>", _escaped(own.strip()))
        for own in lines
    )


def _escaped(words: str) -> str:
    return "".join(
        part if part.startswith("http") else text(part) for part in re.split(r"(https?://[^\s;]+)", words)
    )


def operators(lang: str) -> str:
    """Every operator of the rules, as `explain` says it."""
    book = Book(_law(), lang, DAY)
    parts = []
    for code in _law().operators:
        first, *rest = _said(book, code).replace("\n\n", "\n").split("\n")
        parts += [f"### {text(first.partition(' — ')[2])} (`{code}`) {{ #{code} }}", _listed(rest)]
    return "\n\n".join(parts)


def facts(lang: str) -> str:
    """Every fact: its question, its values, its flags, the rules that name it."""
    book = Book(_law(), lang, DAY)
    parts = []
    for name in _law().facts:
        first, *rest = _said(book, name).replace("\n\n", "\n").split("\n")
        parts += [f"### `{name}` — {text(first.partition(' — ')[2])} {{ #fait-{name} }}", _listed(rest)]
    return "\n\n".join(parts)


def messages(lang: str) -> str:
    """Every code by family: an example as the program says it, and how to mend it."""
    french = lang == "fr"
    parts = []
    family = ""
    for code in codes():
        if code[:4] != family:
            family = code[:4]
            parts.append(
                f"## {FAMILIES[family][not french]} : {family}xx"
                if french
                else f"## {FAMILIES[family][1]}: {family}xx"
            )
        shown = finding_text(example(code), lang)
        parts += [f"### {code}", f"```text\n{shown}\n```"]
        parts.append(text(template(code, lang, "why")))
    return "\n\n".join(parts)


def commands(lang: str) -> str:
    """Every command as its help says it, with its example."""
    french = lang == "fr"
    parts = []
    for path, command in cli.every(lang).items():
        _, _, shown = (command.epilog or "").partition("cep-route ")
        parts += [f"## {path}", text(command.help or ""), f"```text\ncep-route {shown}\n```"]
        head = ("option ou mot", "ce que c'est") if french else ("option or word", "what it is")
        parts.append(_table(head, [(f"`{word}`", text(said)) for word, said in build_man.options(command)]))
    return "\n\n".join(parts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    told = [
        head,
        tuple("---" for _ in head),
        *[tuple(cell.replace("|", r"\|") if "`" in cell else cell for cell in row) for row in rows],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in told)


def exits(lang: str) -> str:
    """The exit codes."""
    head = ("code", "ce qu'il veut dire" if lang == "fr" else "what it means")
    return _table(head, [(str(code), text(said[lang == "en"])) for code, said in build_man.EXITS.items()])


def environment(lang: str) -> str:
    """The environment variables."""
    head = ("variable", "ce qu'elle fait" if lang == "fr" else "what it does")
    return _table(
        head, [(f"`{name}`", text(said[lang == "en"])) for name, said in build_man.ENVIRONMENT.items()]
    )


def columns(lang: str) -> str:
    """The columns of `batch`, in their order."""
    del lang
    return " ".join(f"`{name}`" for name in COLUMNS)


def contract(lang: str) -> str:
    """The keys of an answer, from its schema: one table for each object."""
    said = StringIO()
    with redirect_stdout(said):
        run(["schema", "route", "--lang", lang])
    return "\n\n".join(_object("", json.loads(said.getvalue())))


def _object(path: str, card: dict[str, Any]) -> Iterator[str]:
    """The table of an object, then of the objects within it."""
    required = set(card.get("required", ()))
    title = f"`{path}`" if path else "The answer"
    inner: list[tuple[str, dict[str, Any]]] = []
    rows = []
    for key, value in card["properties"].items():
        rows.append((f"`{key}`", _kind(value) + ("" if key in required else ", may be left out")))
        below = value.get("items", value)
        if below.get("properties"):
            inner.append((f"{path}.{key}".lstrip(".") + ("[]" if "items" in value else ""), below))
    yield f"### {title}"
    yield _table(("key", "value"), rows)
    for name, below in inner:
        yield from _object(name, below)


def _kind(card: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "const" in card:
        return f"`{card['const']}`"
    if "enum" in card:
        return " or ".join("null" if v is None else f"`{v}`" for v in card["enum"])
    kinds = card.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds:
        return f"list of {_kind(card['items'])}" if card.get("items") else "list"
    names = {
        "string": "text",
        "boolean": "true or false",
        "integer": "whole number",
        "null": "null",
        "object": "object",
    }
    said = " or ".join(names[k] for k in kinds)
    return f"{said} (YYYY-MM-DD)" if card.get("format") == "date" else said


def diagram(operator: str) -> str:
    """The law of one operator as a picture, as `explain OPERATOR --diagram FILE.svg` draws it."""
    return svg(picture(_law(), DAY, "fr", operator))


PARTS: dict[str, Callable[[str], str]] = {
    "law": law,
    "diagram": diagram,
    "operators": operators,
    "facts": facts,
    "messages": messages,
    "commands": commands,
    "exits": exits,
    "environment": environment,
    "columns": columns,
    "contract": contract,
}
