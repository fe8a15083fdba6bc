"""Options and arguments: how one is declared, and those that several commands share.

A declaration says flags (the English name, then the French), what the option takes and the panel it stands in. The sentences are
in the message files, under the name of the command and of the parameter; `app` puts them in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from msgspec import Struct
from msgspec.structs import fields
from typer.models import ArgumentInfo, OptionInfo

from cep_route.model.law import Law
from cep_route.spelling import typed_word

_FEW = 24  # letters of the values of a fact that stand beside its flag; more are listed in its help


def option(*flags: str, takes: str | None = None, panel: str = "answer") -> OptionInfo:
    """One option: its flags, what it takes (words in capitals are translated) and its panel."""
    made: OptionInfo = typer.Option(*flags, metavar=takes, rich_help_panel=panel, show_default=False)
    return made


def argument(takes: str) -> ArgumentInfo:
    """One argument, called by what it takes."""
    made: ArgumentInfo = typer.Argument(metavar=takes, show_default=False)
    return made


def form(*forms: str) -> OptionInfo:
    """`--format`, with the forms there are."""
    return option("--format", takes="|".join(forms))


Territory = Annotated[str | None, option("--territory", "--territoire", takes="ID|FILE", panel="place")]
Territories = Annotated[str | None, option("--territories", "--territoires", takes="FOLDER", panel="place")]
AcceptOld = Annotated[bool, option("--accept-old", "--accepter-ancien", panel="place")]
DesksFile = Annotated[str | None, option("--desks", "--bureaux", takes="FILE", panel="files")]
Rules = Annotated[str | None, option("--rules", "--regles", takes="FOLDER", panel="files")]
Day = Annotated[str | None, option("--on", "--le", takes="DAY")]
Out = Annotated[str | None, option("-o", "--out", "--sortie", takes="FILE", panel="files")]
Force = Annotated[bool, option("--force", panel="files")]
Simple = Annotated[bool, option("--simple")]
Lang = Annotated[str, option("--lang", takes="fr|en")]
Needs = Annotated[list[str] | None, option("--need", "--besoin", takes="NEED", panel="person")]
Home = Annotated[str | None, option("--commune", takes="POSTCODE|NAME", panel="place")]
Details = Annotated[bool, option("--details")]
Handout = Annotated[str | None, option("--sheet", "--fiche", takes="FILE", panel="files")]
Named = Annotated[str, argument("ID|FILE")]


Words = TypeVar("Words", bound=Struct)


def told_by(words: type[Words]) -> Callable[[Callable[[Words], Any]], Callable[..., Any]]:
    """A command whose options are the fields of a record: its own, then those it has from another."""

    def command(work: Callable[[Words], Any]) -> Callable[..., Any]:
        def told(**given: Any) -> Any:
            return work(words(**given))

        hints = get_type_hints(words, include_extras=True)
        defaults = {f.name: inspect.Parameter.empty if f.required else f.default for f in fields(words)}
        own = [name for name in words.__annotations__ if name in hints]
        made = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=hints[name]
            )
            for name in dict.fromkeys((*own, *defaults))
        ]
        told.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]  # Typer reads both
        told.__annotations__ = {p.name: p.annotation for p in made}
        told.__doc__ = work.__doc__
        return told

    return command


def with_facts(work: Callable[..., Any], law: Law, lang: str) -> Callable[..., Any]:
    """A command that takes `**facts`, with one option for each fact of the rules instead, by its name and by its French word."""
    fixed = [
        p
        for p in inspect.signature(work, eval_str=True).parameters.values()
        if p.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    made = [*_flags(law, lang), *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in fixed)]

    def told(**words: Any) -> Any:
        return work(**words)

    told.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]  # Typer reads both
    told.__annotations__ = {p.name: p.annotation for p in made}
    return told


def _flags(law: Law, lang: str) -> Iterator[inspect.Parameter]:
    for name, fact in law.facts.items():
        if fact.places:  # the commune tells it
            continue
        words = [typed_word(fact, value, lang) for value in fact.values]
        few = sum(map(len, words)) <= _FEW
        takes = ("|".join(words) if few else "VALUE") if words else "YEARS"
        english = name.replace("_", "-")
        flags = dict.fromkeys((f"--{english}", f"--{fact.flag or english}"))
        made = option(*flags, takes=takes, panel="person")
        made.help = fact.question[lang] + ("" if few else " " + ", ".join(words))
        yield inspect.Parameter(
            f"fact_{name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, made],
        )
