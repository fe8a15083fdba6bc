"""The options and arguments of every command: what each takes, and the panel of the help it stands in.

A command is a function: what stands before `*` are its arguments, what stands behind it its options; or it takes one record, of which
the fields are both. Their words and sentences are in the message files, under the name of the parameter or of the command and its own.
A `Literal` is all an option may say.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import click
from msgspec import Struct
from msgspec.structs import fields
from typer.core import TyperArgument, TyperOption

from cep_route.cli.completion import values
from cep_route.cli.console import one_of
from cep_route.cli.help import panel, spaced, takes, text
from cep_route.messages import LANGUAGES, in_language, tables
from cep_route.model.law import Law
from cep_route.spelling import typed_word

_FEW = 24  # letters of the values of a fact that stand beside its flag; more are listed in its help


def _by_name(table: Mapping[str, str]) -> dict[str, str]:
    return {name: told for told, names in table.items() for name in names.split()}


# The groups of a help, in their order, and what stands in each by its name, or by that of its command and its own; the answer has the rest.
_GROUPS = {
    "person": "birth_date blocking fact mode months need",
    "place": "commune communes departement epci territories territory",
    "reading": "batch.sheet dated defused delimiter encoding escape inspect.columns inspect.sheet map network"
    " only_rejects path quote source strict territory_import.columns territory_import.desks",
    "answer": "",
    "files": "certificate desks diagram force into manifest no_config out population rejects remove report_to rules sheet write_map",
}
_PANELS = _by_name(_GROUPS)
# What an option or an argument takes, where its type does not say it: words in capitals are translated.
_TAKES = _by_name(
    {
        "05": "departement",
        "05061,05046": "communes",
        "08": "territory_import.departement",
        "08105,08409": "territory_import.communes",
        "12m": "max_age",
        "200041630": "epci",
        "ADDRESS": "host",
        "CASES": "test.paths",
        "CODEC": "encoding",
        "DAY": "birth_date dated on",
        "FACT=VALUE": "assume fact",
        "FILE": "certificate desks diagram intake into manifest map out paths population rejects report_to sheet write_map",
        "FOLDER": "page.out rules territories",
        "HOUR": "at",
        "ID": "id_ territory_new.name",
        "ID|FILE": "territory territory_diagnose.name territory_export.name territory_show.name",
        "KEY=TITLE": "territory_import.columns",
        "KM": "far",
        "MONTHS:FACT=VALUE": "months",
        "NAME": "batch.sheet by inspect.sheet name source",
        "NEED": "blocking need",
        "NETWORK": "network",
        "NUMBER": "phone",
        "PATH": "check.paths",
        "PERSON|COUNSELLOR": "reader",
        "POSTCODE|NAME": "commune",
        "SHEET": "territory_fix.sheet",
        "SIGN": "delimiter escape quote",
        "TEXT": "address attribution hours",
        "WHAT": "without",
        "a,b,c": "columns",
        "en-presentiel|a-distance": "mode",
    }
)


class Argument(TyperArgument):
    """An argument that a shell completes."""

    shell_complete = values


class Option(TyperOption):
    """An option that a shell completes."""

    shell_complete = values


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


def asked_of(work: Callable[..., Any]) -> tuple[Callable[..., Any], list[inspect.Parameter]]:
    """How a command is called, and its parameters. Where it takes a record instead, those are the fields of the record: what is needed
    is an argument, its own fields stand before those it shares.
    """
    asked = list(inspect.signature(work, eval_str=True).parameters.values())
    record = asked[0].annotation if asked else None
    if not (isinstance(record, type) and issubclass(record, Struct)):
        return work, asked
    found = []
    for field in fields(record):
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if field.required else inspect.Parameter.KEYWORD_ONLY
        default = inspect.Parameter.empty if field.required else field.default
        found.append(inspect.Parameter(field.name, kind, default=default, annotation=field.type))
    own = record.__annotations__
    return (lambda **told: work(record(**told))), sorted(found, key=lambda p: p.name not in own)


def parameters(
    asked: Sequence[inspect.Parameter], command: str, law: Law | None, lang: str
) -> list[Argument | Option]:
    """What a command may be told.

    `**facts` of a command stands for one option for each fact of the law, by its name and by its French word.
    """
    made: list[Argument | Option] = []
    for given in asked:
        kinds = (given.annotation, *get_args(given.annotation))
        words = next((get_args(one) for one in kinds if get_origin(one) is Literal), ())
        needed, several = given.default is given.empty, any(get_origin(one) is list for one in kinds)
        more: dict[str, Any] = {"default": None if needed else given.default, "required": needed}
        if given.kind is given.VAR_KEYWORD:
            assert law is not None
            made[:0] = _facts(law, lang)
        elif given.kind is given.POSITIONAL_OR_KEYWORD:
            taken = takes(lang, _own(_TAKES, command, given.name, given.name.upper()))
            more |= {"type": FewWords(words, taken, command) if words else None, "show_default": False}
            more["metavar"] = (taken if needed else f"[{taken}]") + ("..." if several else "")
            made.append(Argument(param_decls=[given.name], nargs=-1 if several else None, **more))
            made[-1].help = spaced(text(lang, command, given.name))  # click forgets the one it is given
        else:
            more |= {"multiple": several, "is_flag": True if given.annotation is bool else None}
            made.append(option(given.name, command, lang, words=words, **more))
    order = [panel(lang, name) for name in _GROUPS]
    return sorted(made, key=lambda p: order.index(p.rich_help_panel) if p.rich_help_panel else -1)


def _own(table: Mapping[str, Any], command: str, name: str, other: str) -> str:
    """What a table says of an option of a command, else of every option of that name."""
    return str(table.get(f"{command.replace(' ', '_')}.{name}") or table.get(name, other))


def flag(name: str, lang: str, command: str = "") -> str:
    """The word of an option in a language."""
    return f"--{_own(tables(lang)['cli_flag'], command, name, name)}".replace("_", "-")


def option(name: str, command: str, lang: str, *, words: Sequence[str] = (), **more: Any) -> Option:
    """An option of a command, or of the whole without one; `words`: all it may say; `more` as click has it."""
    english, french = (flag(name, one, command) for one in ("en", "fr"))
    if name == "lang":
        words, more["default"] = LANGUAGES, lang
    if words:
        more["type"] = FewWords(words, in_language(english, french, lang), command)
    taken = "|".join(words) or _own(_TAKES, command, name, name.upper())
    flags = dict.fromkeys((*(["-o"] if name == "out" else []), english, french))
    return Option(
        param_decls=[name, *flags], metavar=None if more.get("is_flag") else takes(lang, taken),
        rich_help_panel=panel(lang, _own(_PANELS, command, name, "answer")) if command else None,
        help=spaced(text(lang, command, name)), **more,
    )  # fmt: skip


def _facts(law: Law, lang: str) -> Iterator[Option]:
    for name, fact in law.facts.items():
        if fact.places:  # the commune tells it
            continue
        words = [typed_word(fact, value, lang) for value in fact.values]
        few = sum(map(len, words)) <= _FEW
        taken = ("|".join(words) if few else "VALUE") if words else "YEARS"
        english = f"--{name.replace('_', '-')}"
        told = fact.question[lang] + ("" if few else " " + ", ".join(words))
        yield Option(
            param_decls=list(dict.fromkeys((f"fact_{name}", english, f"--{fact.flag}" if fact.flag else english))),
            metavar=takes(lang, taken), rich_help_panel=panel(lang, "person"), help=spaced(told),
        )  # fmt: skip
