"""The options and arguments of every command, each said once: its flags, what it takes, and the panel of the help it stands in.

A command is a function: what stands before `*` are its arguments, what stands behind it its options, by their names here. The sentences
are in the message files, under the name of the command and of the parameter. A `Literal` is all an option may say.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

import click
from typer.core import TyperArgument, TyperOption

from cep_route.cli.console import one_of
from cep_route.cli.help import panel, spaced, takes, text
from cep_route.messages import LANGUAGES, in_language
from cep_route.model.law import Law
from cep_route.spelling import typed_word

PANELS = ("person", "place", "reading", "answer", "files")  # the groups of a help, in their order
_FEW = 24  # letters of the values of a fact that stand beside its flag; more are listed in its help

# What an argument takes, by its name or by that of its command and its own, where it is not called as its parameter is.
ARGUMENTS = {
    "intake": "FILE",
    "name": "ID|FILE",
    "paths": "FILE",
    "check.paths": "PATH",
    "territory new.name": "ID",
    "test.paths": "CASES",
}

# An option by its name, or by that of its command and its own: its flags (English, French), what it takes (words in capitals are
# translated; nothing for a switch and where the type says it), its panel.
OPTIONS = {
    "address": ("--address --adresse", "TEXT", "answer"),
    "assume": ("--assume --supposer", "FACT=VALUE", "answer"),
    "at": ("--at --a", "HOUR", "answer"),
    "attribution": ("--attribution", "TEXT", "answer"),
    "birth_date": ("--birth-date --naissance", "DAY", "person"),
    "blocking": ("--blocking --bloquant", "NEED", "person"),
    "by": ("--by --par", "NAME", "answer"),
    "certificate": ("--certificate --certificat", "FILE", "files"),
    "check": ("--check --verifier", "", "answer"),
    "closed": ("--closed --ferme", "", "answer"),
    "columns": ("--columns --colonnes", "a,b,c", "answer"),
    "commune": ("--commune", "POSTCODE|NAME", "place"),
    "communes": ("--communes", "05061,05046", "place"),
    "consent": ("--consent --accord", "", "answer"),
    "coverage": ("--coverage --couverture", "", "answer"),
    "dated": ("--dated --date", "DAY", "reading"),
    "defuse": ("--defuse --desamorcer", "", "answer"),
    "defused": ("--defused --desamorce", "", "reading"),
    "delimiter": ("--delimiter --separateur", "SIGN", "reading"),
    "departement": ("--departement", "05", "place"),
    "desks": ("--desks --bureaux", "FILE", "files"),
    "details": ("--details", "", "answer"),
    "diagram": ("--diagram --diagramme", "FILE", "files"),
    "easy": ("--easy --facile", "", "answer"),
    "encoding": ("--encoding --encodage", "CODEC", "reading"),
    "epci": ("--epci", "200041630", "place"),
    "escape": ("--escape --echappement", "SIGN", "reading"),
    "excel_fr": ("--excel-fr", "", "answer"),
    "fact": ("--fact --fait", "FACT=VALUE", "person"),
    "far": ("--far --loin", "KM", "answer"),
    "force": ("--force", "", "files"),
    "form": ("--format", "", "answer"),
    "generate": ("--generate --generer", "", "answer"),
    "host": ("--host --hote", "ADDRESS", "answer"),
    "hours": ("--hours --horaires", "TEXT", "answer"),
    "http": ("--http", "", "answer"),
    "id_": ("--id", "ID", "answer"),
    "into": ("--into --dans", "FILE", "files"),
    "lang": ("--lang", "", "answer"),
    "large": ("--large --gros", "", "answer"),
    "manifest": ("--manifest --bordereau", "FILE", "files"),
    "map": ("--map --correspondance", "FILE", "reading"),
    "mapping": ("--mapping --correspondances", "", "answer"),
    "max_age": ("--max-age", "12m", "answer"),
    "mode": ("--mode", "en-presentiel|a-distance", "person"),
    "months": ("--months --mois", "MONTHS:FACT=VALUE", "person"),
    "mutate": ("--mutate --mutants", "", "answer"),
    "name": ("--name --nom", "NAME", "answer"),
    "need": ("--need --besoin", "NEED", "person"),
    "network": ("--network --reseau", "NETWORK", "reading"),
    "no_config": ("--no-config --sans-config", "", "files"),
    "on": ("--on --le", "DAY", "answer"),
    "only_rejects": ("--only-rejects --seuls-rejets", "", "reading"),
    "out": ("-o --out --sortie", "FILE", "files"),
    "path": ("--path --chemin", "auto|fast|plain", "reading"),
    "phone": ("--phone --telephone", "NUMBER", "answer"),
    "population": ("--population", "FILE", "files"),
    "port": ("--port", "PORT", "answer"),
    "questions": ("--questions", "", "answer"),
    "quote": ("--quote --guillemet", "SIGN", "reading"),
    "reader": ("--for --pour", "PERSON|COUNSELLOR", "answer"),
    "rejects": ("--rejects --rejets", "FILE", "files"),
    "remove": ("--remove --oter", "", "files"),
    "report_to": ("--report --comptes", "FILE", "files"),
    "rows": ("--rows --lignes", "", "answer"),
    "rules": ("--rules --regles", "FOLDER", "files"),
    "sheet": ("--sheet --fiche", "FILE", "files"),
    "show_completion": ("--show-completion", "", "answer"),
    "simple": ("--simple", "", "answer"),
    "source": ("--source", "NAME", "reading"),
    "source_form": ("--from --forme", "", "reading"),
    "stdio": ("--stdio", "", "answer"),
    "strict": ("--strict", "", "reading"),
    "strict_exit": ("--strict-exit --sortie-stricte", "", "answer"),
    "territories": ("--territories --territoires", "FOLDER", "place"),
    "territory": ("--territory --territoire", "ID|FILE", "place"),
    "version": ("--version", "", "answer"),
    "without": ("--without --sans", "WHAT", "answer"),
    "write_map": ("--write-map --ecrire-correspondance", "FILE", "files"),
    "batch.form": ("--format", "csv|jsonl|parquet|xlsx", "answer"),
    "batch.sheet": ("--sheet --feuille", "NAME", "reading"),
    "inspect.columns": ("--columns --colonnes", "a,b,c", "reading"),
    "inspect.sheet": ("--sheet --feuille", "NAME", "reading"),
    "page.out": ("-o --out --sortie", "FOLDER", "files"),
    "territory import.columns": ("--map --colonne", "KEY=TITLE", "reading"),
    "territory import.communes": ("--communes", "08105,08409", "place"),
    "territory import.departement": ("--departement", "08", "place"),
    "territory import.desks": ("--desks --bureaux", "", "reading"),
}


class FewWords(click.ParamType):  # type: ignore[type-arg]  # generic since its last version alone
    """A word of a few."""

    name = "word"

    def __init__(self, words: Sequence[str], flag: str, command: str) -> None:
        self.words, self.flag, self.command = words, flag, command

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, in capitals or not; stops at any other."""
        del param, ctx
        small = value.casefold()
        return small if small in self.words else one_of(value, self.words, self.flag, self.command)


def parameters(
    work: Callable[..., Any], command: str, law: Law | None, lang: str
) -> list[TyperArgument | TyperOption]:
    """What a command may be told.

    `**facts` of a command stands for one option for each fact of the law, by its name and by its French word.
    """
    made: list[TyperArgument | TyperOption] = []
    for name, given in inspect.signature(work, eval_str=True).parameters.items():
        kinds = (given.annotation, *get_args(given.annotation))
        words = next((get_args(one) for one in kinds if get_origin(one) is Literal), ())
        needed, several = given.default is given.empty, any(get_origin(one) is list for one in kinds)
        more: dict[str, Any] = {"default": None if needed else given.default, "required": needed}
        if given.kind is given.VAR_KEYWORD:
            assert law is not None
            made[:0] = _facts(law, lang)
        elif given.kind is given.POSITIONAL_OR_KEYWORD:
            taken = takes(lang, ARGUMENTS.get(f"{command}.{name}") or ARGUMENTS.get(name) or name.upper())
            more["type"] = FewWords(words, taken, command) if words else None
            taken = (taken if needed else f"[{taken}]") + ("..." if several else "")
            made.append(
                TyperArgument(
                    param_decls=[name],
                    show_default=False,
                    nargs=-1 if several else None,
                    metavar=taken,
                    **more,
                )
            )
            made[-1].help = spaced(text(lang, command, name))  # click forgets the one it is given
        else:
            more |= {"multiple": several, "is_flag": True if given.annotation is bool else None}
            made.append(option(name, command, lang, words=words, **more))
    order = [panel(lang, name) for name in PANELS]
    return sorted(made, key=lambda p: order.index(p.rich_help_panel) if p.rich_help_panel else -1)


def option(name: str, command: str, lang: str, *, words: Sequence[str] = (), **more: Any) -> TyperOption:
    """An option of a command by its line of the table; `words`: all it may say; `more` as click has it."""
    flags, taken, where = OPTIONS.get(f"{command}.{name}") or OPTIONS[name]
    if name == "lang":
        words, more["default"] = LANGUAGES, lang
    if words:
        shown = in_language(flags.split()[0], flags.split()[-1], lang)
        taken, more["type"] = "|".join(words), FewWords(words, shown, command)
    told = text(lang, command, name)
    return _made(name, flags, taken, where if command else "", told, lang, **more)


def _made(name: str, flags: str, taken: str, where: str, told: str, lang: str, **more: Any) -> TyperOption:
    return TyperOption(
        param_decls=[name, *flags.split()], metavar=takes(lang, taken) if taken else None,
        rich_help_panel=panel(lang, where) if where else None, help=spaced(told), **more,
    )  # fmt: skip


def _facts(law: Law, lang: str) -> Iterator[TyperOption]:
    for name, fact in law.facts.items():
        if fact.places:  # the commune tells it
            continue
        words = [typed_word(fact, value, lang) for value in fact.values]
        few = sum(map(len, words)) <= _FEW
        taken = ("|".join(words) if few else "VALUE") if words else "YEARS"
        english = name.replace("_", "-")
        flags = " ".join(dict.fromkeys((f"--{english}", f"--{fact.flag or english}")))
        told = fact.question[lang] + ("" if few else " " + ", ".join(words))
        yield _made(f"fact_{name}", flags, taken, "person", told, lang)
