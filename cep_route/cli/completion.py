"""Completion in bash, zsh and fish, by click's own scripts: the values of facts, needs, communes, territories, what `explain` explains.

The scripts call the program back with `_CEP_ROUTE_COMPLETE` and the words of the line; the answer is in the language of the line. It
reads the rules and the places and proposes; it decides nothing and never fails: rules that cannot be read propose nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TypeAlias

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from cep_route import files, places
from cep_route.cli.config import keys
from cep_route.cli.options import FewWords
from cep_route.model.law import Law
from cep_route.render.safe import line
from cep_route.spelling import typed_word
from cep_route.text import fold

Proposal: TypeAlias = CompletionItem[str]


class _Fish(FishComplete):
    """click's, but a comma in what is said of a word does not end it."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


VARIABLE = "_CEP_ROUTE_COMPLETE"
_SHELLS: dict[str, tuple[type[ShellComplete], str]] = {  # and where each looks by itself
    "bash": (BashComplete, "~/.local/share/bash-completion/completions/cep-route"),
    "zsh": (ZshComplete, "~/.zfunc/_cep-route"),
    "fish": (_Fish, "~/.config/fish/completions/cep-route.fish"),
}
SHELLS = tuple(_SHELLS)


def script(shell: str, command: click.Command) -> str:
    """What makes a shell complete `cep-route`, with a line that says where to keep it."""
    made, kept_in = _SHELLS[shell]
    told = f"# cep-route --show-completion {shell} > {kept_in}"
    first, _, rest = made(command, {}, "cep-route", VARIABLE).source().partition("\n")
    # zsh wants its #compdef on the first line
    return "\n".join([first, told, rest] if first.startswith("#") else [told, first, rest])


def answer(command: click.Command, lang: str) -> int:
    """What the script asked for, on stdout; a line that cannot be completed is answered by nothing."""
    shell = os.environ[VARIABLE].partition("_")[0]
    if shell not in _SHELLS:
        return 1
    said = _SHELLS[shell][0](command, {"obj": {"lang": lang}}, "cep-route", VARIABLE).complete()
    sys.stdout.write(said + "\n")
    return 0


def asked_words() -> list[str]:
    """The words of the line that is being completed."""
    return split_arg_string(os.environ.get("COMP_WORDS", ""))[1:]


# -- what a word may become ---------------------------------------------------------------------------------------------------

_LONGEST = 90  # of what a shell shows beside a word
# What the help calls a file or a folder: the shell completes it.
_KINDS = dict.fromkeys(("FICHIER", "FILE", "CHEMIN", "PATH", "CAS", "CASES"), "file")
_KINDS |= dict.fromkeys(("DOSSIER", "FOLDER"), "dir")


def values(parameter: click.Parameter, ctx: click.Context, typed: str) -> list[Proposal]:
    """The values of an option or an argument, as click asks for them."""
    lang = (ctx.find_root().obj or {}).get("lang", "fr")
    words = parameter.type.words if isinstance(parameter.type, FewWords) else ()
    return proposals(parameter.name or "", "|".join(words) or str(parameter.metavar or ""), typed, lang)


def proposals(parameter: str, metavar: str, typed: str, lang: str) -> list[Proposal]:
    """The words an option or an argument may take, those that begin as `typed` does, in the order they are shown; one line each.

    `parameter` is its name in the grammar, `metavar` its place in the help: `a|b|c` are all the words there are. Case and accents
    do not count; a proposal for the shell itself stays.
    """
    kind = _KINDS.get(metavar.strip("[]."))
    found: Iterable[Proposal] = ()
    if parameter == "key":
        found = map(CompletionItem, keys(lang))
    elif parameter in ("commune", "territory", "name", "beside"):
        found = _communes(typed) if parameter == "commune" else _territories(typed)
    elif parameter.startswith("fact_") or parameter in _OF_THE_LAW:
        law, maker = files.load_law()[0], _OF_THE_LAW.get(parameter)
        if law:
            found = maker(law, typed, lang) if maker else _values(law, parameter[5:], lang)
    elif metavar.islower() and "|" in metavar:
        found = [CompletionItem(word) for word in metavar.split("|")]
    elif kind:
        found = [CompletionItem(typed, kind)]
    start = fold(typed)
    return [
        CompletionItem(line(p.value), p.type, _short(line(p.help or "")) or None)
        for p in found
        if p.type != "plain" or fold(p.value).startswith(start)
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _values(law: Law, name: str, lang: str, before: str = "") -> list[Proposal]:
    fact = law.facts.get(name)
    words = {v: typed_word(fact, v, lang) for v in fact.values} if fact else {}
    return [CompletionItem(before + word, help=fact.labels[v][lang]) for v, word in words.items() if fact]


def _facts(law: Law, typed: str, lang: str) -> list[Proposal]:
    """`--fact`: the name of a fact, then `=`, then its value."""
    name, equals, _ = typed.partition("=")
    if equals:
        return _values(law, name.replace("-", "_"), lang, f"{name}=")
    return [CompletionItem(f"{fact}=", help=card.label[lang]) for fact, card in law.facts.items()]


def _needs(law: Law, typed: str, lang: str) -> list[Proposal]:
    """The themes; the needs within a theme once it is typed."""
    return [
        CompletionItem(code, help=card.label[lang])
        for code, card in law.needs.items()
        if "--" not in code or code.startswith("x-cep--") or typed.startswith(code.partition("--")[0])
    ]


def _communes(typed: str) -> list[Proposal]:
    """Names, each once, or codes and postcodes when figures are typed."""
    found = places.beginning(typed)
    if typed[:2].isdigit():
        return [CompletionItem(word, help=c.name) for c in found for word in (c.code, *c.postcodes)]
    seen: dict[str, Proposal] = {}
    for here in found:
        name = here.former.name if here.former else here.name
        word = name.replace(" ", "-").replace("'", "-")  # a shell would take them for its own signs
        if not word.casefold().startswith(typed.casefold()):
            word = fold(word)  # typed without its accents: some shells would not see the name
        seen.setdefault(word, CompletionItem(word, help=f"{here.code} {here.departement_name}"))
    return list(seen.values())


def _territories(typed: str) -> list[Proposal]:
    known = files.territories()
    begun = any(name.startswith(typed) for name in known)
    return [*map(CompletionItem, known), *([] if begun else [CompletionItem(typed, "file")])]


def _explained(law: Law, typed: str, lang: str) -> list[Proposal]:
    """Whatever `explain` knows; the codes only once one is begun: there are hundreds."""
    from cep_route.cli.explain import LISTS  # the largest command, for this alone
    from cep_route.messages import codes, template

    return [
        *map(CompletionItem, LISTS[lang]),
        *(CompletionItem(name, help=card.label[lang]) for name, card in law.facts.items()),
        *(CompletionItem(o, help=card.names[-1].said[lang]) for o, card in law.operators.items()),
        *(CompletionItem(card.id, help=card.says[lang]) for card in law.rules),
        *(_needs(law, typed, lang) if typed else ()),
        *(CompletionItem(c, help=template(c, lang)) for c in codes() if typed[:1] in ("c", "C")),
    ]


_OF_THE_LAW = {"fact": _facts, "need": _needs, "blocking": _needs, "word": _explained}
