"""Completion in bash, zsh and fish, by click's own scripts: the values of facts, needs, communes, territories, what `explain` explains.

The scripts call the program back with `_CEP_ROUTE_COMPLETE` and the words of the line; the answer is in the language of the line. It
reads the rules and the places and proposes; it decides nothing and never fails: rules that cannot be read propose nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
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
from cep_route.model.law import Law
from cep_route.render.safe import line
from cep_route.spelling import typed_word
from cep_route.text import fold

Proposal: TypeAlias = CompletionItem[str]


class _Fish(FishComplete):
    """click's, but a comma in what is said of a word does not end it."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


VARIABLE = "_CEP_ROUTE_COMPLETE"
_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": _Fish}
SHELLS = tuple(_SHELLS)
_KEPT_IN = {  # where each shell looks by itself
    "bash": "~/.local/share/bash-completion/completions/cep-route",
    "zsh": "~/.zfunc/_cep-route",
    "fish": "~/.config/fish/completions/cep-route.fish",
}


def script(shell: str, command: click.Command) -> str:
    """What makes a shell complete `cep-route`, with a line that says where to keep it."""
    told = f"cep-route --show-completion {shell} > {_KEPT_IN[shell]}"
    first, _, rest = _SHELLS[shell](command, {}, "cep-route", VARIABLE).source().partition("\n")
    # zsh wants its #compdef on the first line
    lines = [first, f"# {told}", rest] if first.startswith("#") else [f"# {told}", first, rest]
    return "\n".join(lines)


def answer(command: click.Command, lang: str) -> int:
    """What the script asked for, on stdout; a line that cannot be completed is answered by nothing."""
    shell = os.environ[VARIABLE].partition("_")[0]
    if shell not in _SHELLS:
        return 1
    said = _SHELLS[shell](command, {"obj": {"lang": lang}}, "cep-route", VARIABLE).complete()
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
    return proposals(parameter.name or "", str(parameter.metavar or ""), typed, lang)


def proposals(parameter: str, metavar: str, typed: str, lang: str) -> list[Proposal]:
    """The words an option or an argument may take, those that begin as `typed` does, in the order they are shown; one line each.

    `parameter` is its name in the grammar, `metavar` its place in the help: `a|b|c` are all the words there are.
    """
    name = parameter.removeprefix("fact_")
    if name != parameter:
        return _beginning(_values(name, lang), typed)
    maker = _MAKERS.get(parameter)
    if maker:
        return _beginning(maker(typed, lang), typed)
    if metavar.islower() and "|" in metavar:
        return _beginning((CompletionItem(word) for word in metavar.split("|")), typed)
    kind = _KINDS.get(metavar.strip("[]."))
    return [CompletionItem(typed, kind)] if kind else []


def _beginning(proposed: Iterable[Proposal], typed: str) -> list[Proposal]:
    """Case and accents do not count; a proposal for the shell itself stays."""
    start = fold(typed)
    return [
        CompletionItem(line(p.value), p.type, _short(line(p.help or "")) or None)
        for p in proposed
        if p.type != "plain" or fold(p.value).startswith(start)
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _law() -> Law | None:
    return files.load_law()[0]


def _values(fact: str, lang: str) -> Iterator[Proposal]:
    law = _law()
    if law is not None and fact in law.facts:
        card = law.facts[fact]
        for value in card.values:
            yield CompletionItem(typed_word(card, value, lang), help=card.labels[value][lang])


def _facts(typed: str, lang: str) -> Iterator[Proposal]:
    """`--fact`: the name of a fact, then `=`, then its value."""
    law = _law()
    name, equals, _ = typed.partition("=")
    if equals:
        yield from (
            CompletionItem(f"{name}={p.value}", help=p.help) for p in _values(name.replace("-", "_"), lang)
        )
    else:
        for fact, card in (law.facts if law else {}).items():
            yield CompletionItem(f"{fact}=", help=card.label[lang])


def _needs(typed: str, lang: str) -> Iterator[Proposal]:
    """The themes; the needs within a theme once it is typed."""
    law = _law()
    for code, card in (law.needs if law else {}).items():
        theme = code.partition("--")[0]
        if "--" not in code or theme == "x-cep" or typed.startswith(theme):
            yield CompletionItem(code, help=card.label[lang])


def _communes(typed: str, lang: str) -> Iterator[Proposal]:
    """Names, each once, or codes and postcodes when figures are typed."""
    del lang
    found = places.beginning(typed)
    if typed[:2].isdigit():
        for here in found:
            yield from (CompletionItem(word, help=here.name) for word in (here.code, *here.postcodes))
    else:
        seen: dict[str, Proposal] = {}
        for here in found:
            name = here.former.name if here.former else here.name
            word = name.replace(" ", "-").replace("'", "-")  # a shell would take them for its own signs
            if not word.casefold().startswith(typed.casefold()):
                word = fold(word)  # typed without its accents: some shells would not see the name

            seen.setdefault(word, CompletionItem(word, help=f"{here.code} {here.departement_name}"))
        yield from seen.values()


def _territories(typed: str, lang: str) -> Iterator[Proposal]:
    del lang
    known = files.territories()
    yield from (CompletionItem(name) for name in known)
    if not any(name.startswith(typed) for name in known):
        yield CompletionItem(typed, "file")


def _explained(typed: str, lang: str) -> Iterator[Proposal]:
    """Whatever `explain` knows; the codes only once one is begun: there are hundreds."""
    from cep_route.cli.explain import LISTS
    from cep_route.messages import codes, template

    law = _law()
    if law is None:
        return
    yield from (CompletionItem(word) for word in LISTS[lang])
    yield from (CompletionItem(f, help=card.label[lang]) for f, card in law.facts.items())
    yield from (CompletionItem(o, help=card.names[-1].said[lang]) for o, card in law.operators.items())
    yield from (CompletionItem(c.id, help=c.says[lang]) for c in law.rules)
    if typed:
        yield from _needs(typed, lang)
    if typed[:1] in ("c", "C"):
        yield from (CompletionItem(code, help=template(code, lang)) for code in codes())


_MAKERS = {
    "commune": _communes,
    "fact": _facts,
    "need": _needs,
    "blocking": _needs,
    "territory": _territories,
    "name": _territories,
    "beside": _territories,
    "word": _explained,
}
