"""What a word still being typed may become: the values of facts, needs, communes, territories, what `explain` explains.

It reads the rules and the places and proposes; it decides nothing and never fails: rules that cannot be read propose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cep_route import files, places
from cep_route.model.law import Law
from cep_route.render.safe import line
from cep_route.spelling import typed_word
from cep_route.text import fold

_LONGEST = 90  # of what a shell shows beside a word
# What the help calls a file or a folder: the shell completes it.
_KINDS = dict.fromkeys(("FICHIER", "FILE", "CHEMIN", "PATH", "CAS", "CASES"), "file")
_KINDS |= dict.fromkeys(("DOSSIER", "FOLDER"), "dir")


class Proposal(NamedTuple):
    """A word that may be meant, and what it is; `kind` is `plain`, or `file` and `dir` for the shell's own completion."""

    word: str
    help: str = ""
    kind: str = "plain"


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
        return _beginning((Proposal(word) for word in metavar.split("|")), typed)
    kind = _KINDS.get(metavar.strip("[]."))
    return [Proposal(typed, kind=kind)] if kind else []


def _beginning(proposed: Iterable[Proposal], typed: str) -> list[Proposal]:
    """Case and accents do not count; a proposal for the shell itself stays."""
    start = fold(typed)
    return [
        Proposal(line(p.word), _short(line(p.help)), p.kind)
        for p in proposed
        if p.kind != "plain" or fold(p.word).startswith(start)
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
            yield Proposal(typed_word(card, value, lang), card.labels[value][lang])


def _facts(typed: str, lang: str) -> Iterator[Proposal]:
    """`--fact`: the name of a fact, then `=`, then its value."""
    law = _law()
    name, equals, _ = typed.partition("=")
    if equals:
        yield from (Proposal(f"{name}={p.word}", p.help) for p in _values(name.replace("-", "_"), lang))
    else:
        for fact, card in (law.facts if law else {}).items():
            yield Proposal(f"{fact}=", card.label[lang])


def _needs(typed: str, lang: str) -> Iterator[Proposal]:
    """The themes; the needs within a theme once it is typed."""
    law = _law()
    for code, card in (law.needs if law else {}).items():
        theme = code.partition("--")[0]
        if "--" not in code or theme == "x-cep" or typed.startswith(theme):
            yield Proposal(code, card.label[lang])


def _communes(typed: str, lang: str) -> Iterator[Proposal]:
    """Names, each once, or codes and postcodes when figures are typed."""
    del lang
    found = places.beginning(typed)
    if typed[:2].isdigit():
        for here in found:
            yield from (Proposal(word, here.name) for word in (here.code, *here.postcodes))
    else:
        seen: dict[str, Proposal] = {}
        for here in found:
            name = here.former.name if here.former else here.name
            word = name.replace(" ", "-").replace("'", "-")  # a shell would take them for its own signs
            if not word.casefold().startswith(typed.casefold()):
                word = fold(word)  # typed without its accents: some shells would not see the name

            seen.setdefault(word, Proposal(word, f"{here.code} {here.departement_name}"))
        yield from seen.values()


def _territories(typed: str, lang: str) -> Iterator[Proposal]:
    del lang
    known = files.territories()
    yield from (Proposal(name) for name in known)
    if not any(name.startswith(typed) for name in known):
        yield Proposal(typed, kind="file")


def _explained(typed: str, lang: str) -> Iterator[Proposal]:
    """Whatever `explain` knows; the codes only once one is begun: there are hundreds."""
    from cep_route.cli.explain import LISTS
    from cep_route.messages import codes, template

    law = _law()
    if law is None:
        return
    yield from (Proposal(word) for word in LISTS[lang])
    yield from (Proposal(f, card.label[lang]) for f, card in law.facts.items())
    yield from (Proposal(o, card.names[-1].said[lang]) for o, card in law.operators.items())
    yield from (Proposal(c.id, c.says[lang]) for c in law.rules)
    if typed:
        yield from _needs(typed, lang)
    if typed[:1] in ("c", "C"):
        yield from (Proposal(code, template(code, lang)) for code in codes())


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
