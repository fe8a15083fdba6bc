"""Completion in bash, zsh and fish, by click's own scripts: the values of facts, needs, communes, territories, what `explain` explains.

The scripts call the program back with `_CEP_ROUTE_COMPLETE` and the words of the line; the answer is in the language of the line. It
reads the rules and the places and proposes; it decides nothing and never fails: rules that cannot be read propose nothing.
"""

from __future__ import annotations

from typing import TypeAlias

import click
from click.shell_completion import CompletionItem, FishComplete, add_completion_class, get_completion_class

from cep_route import files, places
from cep_route.cli.config import keys
from cep_route.model.law import Law
from cep_route.render.safe import line
from cep_route.spelling import typed_word
from cep_route.text import fold


class _Fish(FishComplete):
    """click's, but a comma in what is said of a word does not end it."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


add_completion_class(_Fish)
VARIABLE = "_CEP_ROUTE_COMPLETE"
_KEPT = {  # where each shell looks by itself
    "bash": "~/.local/share/bash-completion/completions/cep-route",
    "zsh": "~/.zfunc/_cep-route",
    "fish": "~/.config/fish/completions/cep-route.fish",
}
SHELLS = tuple(_KEPT)


def script(shell: str, command: click.Command) -> str:
    """What makes a shell complete `cep-route`, with a line that says where to keep it."""
    made = get_completion_class(shell)
    assert made is not None
    told = f"# cep-route --show-completion {shell} > {_KEPT[shell]}"
    first, _, rest = made(command, {}, "cep-route", VARIABLE).source().partition("\n")
    # zsh wants its #compdef on the first line
    return "\n".join([first, told, rest] if first.startswith("#") else [told, first, rest])


# -- what a word may become ---------------------------------------------------------------------------------------------------

_LONGEST = 90  # of what a shell shows beside a word
# What the help calls a file or a folder: the shell completes it.
_KINDS = dict.fromkeys(("FICHIER", "FILE", "CHEMIN", "PATH", "CAS", "CASES"), "file")
_KINDS |= dict.fromkeys(("DOSSIER", "FOLDER"), "dir")

Words: TypeAlias = dict[str, str]  # a word -> what a shell shows beside it


def values(parameter: click.Parameter, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """The values of an option or an argument, as click asks for them."""
    words = "|".join(getattr(parameter.type, "words", ()))
    lang = (ctx.find_root().obj or {}).get("lang", "fr")
    return proposals(parameter.name or "", words or str(parameter.metavar or ""), incomplete, lang)


def proposals(parameter: str, metavar: str, typed: str, lang: str) -> list[CompletionItem[str]]:
    """The words an option or an argument may take, those that begin as `typed` does, in the order they are shown; one line each.

    `parameter` is its name in the grammar, `metavar` its place in the help: `a|b|c` are all the words there are. Case and accents
    do not count; a file is a proposal for the shell itself.
    """
    found, kind = Words(), _KINDS.get(metavar.strip("[]."))
    if parameter == "key":
        found = dict.fromkeys(keys(lang), "")
    elif parameter == "commune":
        found = _communes(typed)
    elif parameter in ("territory", "name"):
        found = dict.fromkeys(files.territories(), "")
        kind = None if any(name.startswith(typed) for name in found) else "file"
    elif parameter.startswith("fact_") or parameter in _OF_THE_LAW:
        if law := files.load_law()[0]:
            maker = _OF_THE_LAW.get(parameter)
            found = maker(law, typed, lang) if maker else _values(law, parameter[5:], lang)
    elif metavar.islower() and "|" in metavar:
        found = dict.fromkeys(metavar.split("|"), "")
    start = fold(typed)
    plain = [(line(word), line(said)) for word, said in found.items() if fold(word).startswith(start)]
    return [
        *(CompletionItem(word, help=_short(said) or None) for word, said in plain),
        *([CompletionItem(typed, kind)] if kind else []),
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _values(law: Law, name: str, lang: str, before: str = "") -> Words:
    fact = law.facts.get(name)
    return {before + typed_word(fact, v, lang): fact.labels[v][lang] for v in fact.values} if fact else {}


def _facts(law: Law, typed: str, lang: str) -> Words:
    """`--fact`: the name of a fact, then `=`, then its value."""
    name, equals, _ = typed.partition("=")
    if equals:
        return _values(law, name.replace("-", "_"), lang, f"{name}=")
    return {f"{fact}=": card.label[lang] for fact, card in law.facts.items()}


def _needs(law: Law, typed: str, lang: str) -> Words:
    """The themes; the needs within a theme once it is typed."""
    return {
        code: card.label[lang]
        for code, card in law.needs.items()
        if "--" not in code or code.startswith("x-cep--") or typed.startswith(code.partition("--")[0])
    }


def _communes(typed: str) -> Words:
    """Names, each once, or codes and postcodes when figures are typed."""
    found = places.beginning(typed)
    told = Words()
    for here in found:
        if typed[:2].isdigit():
            for number in (here.code, *here.postcodes):
                told[number] = f"{told[number]}, {here.name}" if number in told else here.name
            continue
        name = here.former.name if here.former else here.name
        word = name.replace(" ", "-").replace("'", "-")  # a shell would take them for its own signs
        if not word.casefold().startswith(typed.casefold()):
            word = fold(word)  # typed without its accents: some shells would not see the name
        told.setdefault(word, f"{here.code} {here.departement_name}")
    return told


def _explained(law: Law, typed: str, lang: str) -> Words:
    """Whatever `explain` knows; the codes only once one is begun: there are hundreds."""
    from cep_route.cli.explain import LISTS  # the largest command, for this alone
    from cep_route.messages import codes, template

    told = dict.fromkeys(LISTS[lang], "")
    told |= {name: card.label[lang] for name, card in law.facts.items()}
    told |= {code: card.names[-1].said[lang] for code, card in law.operators.items()}
    told |= {card.id: card.says[lang] for card in law.rules}
    told |= _needs(law, typed, lang) if typed else {}
    return told | {c: template(c, lang) for c in codes() if typed[:1] in ("c", "C")}


_OF_THE_LAW = {"fact": _facts, "need": _needs, "blocking": _needs, "word": _explained}
