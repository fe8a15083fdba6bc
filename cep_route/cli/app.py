"""The grammar of the command line, in Typer: arguments, help in two languages, and nothing else. Flags of facts come from the rules.

Every command hands its words to `cep_route.cli.console` and returns its exit code. `grammar()` is this grammar as a table, by which
`__main__` understands an ordinary `route` without loading Typer; it is read off the commands themselves, never kept by hand.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from typing import Any

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from cep_route.cli import completion
from cep_route.files import no_territories
from cep_route.model.answer import Finding
from cep_route.model.law import Law

LANGUAGES = ("fr", "en")


def language(argv: list[str]) -> str:
    """`--lang` anywhere on the line, else `CEP_ROUTE_LANG`, else French."""
    for i, word in enumerate(argv):
        if word == "--lang" and i + 1 < len(argv) and argv[i + 1] in LANGUAGES:
            return argv[i + 1]
        if word.startswith("--lang=") and word[7:] in LANGUAGES:
            return word[7:]
    told = os.environ.get("CEP_ROUTE_LANG", "fr")[:2]
    return told if told in LANGUAGES else "fr"


# -- help in two languages --------------------------------------------------------------------------------------------------


_HEADINGS = {"Options": "Options", "Commands": "Commandes", "Arguments": "Arguments"}
_HELP = {"fr": "Montre cette aide et s'arrête.", "en": "Show this help and stop."}


# Signs that keep a word whole while click cuts lines: a space before a French sign, a dash within a word.
_GLUED = {" ": "\ue000", "-": "\ue001"}
_UNGLUED = str.maketrans({kept: sign for sign, kept in _GLUED.items()})


def _glued(text: str) -> str:
    text = re.sub(r" (?=[:;?!»])|(?<=«) ", _GLUED[" "], text)
    return re.sub(r"(?<=\S)-(?=\S)", _GLUED["-"], text)


class _Formatter(click.HelpFormatter):
    """click's plain formatter, cutting lines between words only, and leaving room for the text on a narrow terminal."""

    def write_text(self, text: str) -> None:
        super().write_text(_glued(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        told = [(_glued(word), _glued(text)) for word, text in rows]
        super().write_dl(told, min(col_max, self.width * 2 // 5), col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().translate(_UNGLUED)


class _FrenchFormatter(_Formatter):
    """The same with French headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "Utilisation : " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(f"{_HEADINGS.get(heading, heading)} ")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        told = [(word, text.replace("[required]", "[obligatoire]")) for word, text in rows]
        super().write_dl(told, col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


class _FrenchContext(click.Context):
    formatter_class = _FrenchFormatter


def _help_option(command: click.Command, ctx: click.Context, lang: str) -> click.Option | None:
    option = click.Command.get_help_option(command, ctx)
    if option is not None:
        option.help = _HELP[lang]
    return option


def _example(command: click.Command, formatter: click.HelpFormatter) -> None:
    """On one line however long: it is there to be copied."""
    if command.epilog:
        formatter.write(f"\n  {command.epilog}\n")


class _Command(TyperCommand):
    """A command whose help speaks the language of the run."""

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: Typer writes the arguments; click from 8.5 on would write them once more."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        _example(self, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _help_option(self, ctx, ctx.obj["lang"] if ctx.obj else "fr")


class _Group(TyperGroup):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        _example(self, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _help_option(self, ctx, ctx.obj["lang"] if ctx.obj else "fr")

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)  # as written: the commands of every day first

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its first sentence, whole: click would cut it at 45 signs."""
        rows = [(name, self.commands[name].short_help or "") for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


# -- the commands -----------------------------------------------------------------------------------------------------------


class Words:
    """One sentence in the language of the run."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, fr: str, en: str) -> str:
        return fr if self.lang == "fr" else en


def build(law: Law | None, lang: str, only: str | None = None) -> typer.Typer:
    """The command line in one language. `only`: the one command whose options are wanted; the others have their help alone."""
    t = Words(lang)
    app = typer.Typer(
        cls=_Group,
        rich_markup_mode=None,
        add_completion=False,  # Typer's own is in English alone and rewrites ~/.bashrc: see `completion`
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"], "obj": {"lang": lang}},
        help=t(
            "Vers qui orienter une personne pour son conseil en évolution professionnelle (CEP) : l'opérateur, "
            "le lieu, les partenaires, la raison et la loi. Rien n'est envoyé ni gardé.",
            "Who to see for free career advice in France (CEP): the operator, the desk, the partners, the reason and the law. "
            "Nothing is sent or kept.",
        ),
        epilog=t(
            "Exemple : cep-route route --age 24 --statut demandeur-emploi --scolarise non --en-emploi non --commune 05061",
            "Example: cep-route route --age 24 --status jobseeker --in-school no --employed no --commune 05061",
        ),
    )

    @app.callback()
    def _root(
        lang: str = _lang_option(t),
        version: bool = typer.Option(
            False,
            "--version",
            is_eager=True,
            callback=_version,
            help=t("Dit la version.", "Say the version."),
        ),
    ) -> None:
        del lang, version

    from cep_route.cli.words import register

    register(app, law, t, only)
    return app


def _version(asked: bool) -> None:
    if asked:
        from cep_route import __version__
        from cep_route.cli.console import say

        say(f"cep-route {__version__}")
        raise typer.Exit


def _lang_option(t: Words) -> Any:
    return typer.Option(
        "fr",
        "--lang",
        help=t("Langue : fr ou en.", "Language: fr or en."),
        metavar="fr|en",
        show_default=False,
    )


def _show_completion(t: Words) -> click.Option:
    """`--show-completion SHELL`: the script that completes `cep-route` in that shell."""

    def shown(ctx: click.Context, _: click.Parameter, shell: str | None) -> None:
        if shell is None or ctx.resilient_parsing:
            return
        from cep_route.cli.console import CANNOT, tell

        if shell not in completion.SHELLS:
            told = {
                "value": shell,
                "option": "--show-completion",
                "expected": ", ".join(completion.SHELLS),
                "command": "",
            }
            tell([Finding(code="CEP527", values=told)], t.lang)
            ctx.exit(CANNOT)
        sys.stdout.write(completion.script(shell, ctx.command))
        ctx.exit()

    return click.Option(
        ["--show-completion"],
        metavar="bash|zsh|fish",
        help=t(
            "Écrit de quoi compléter les mots par la touche Tab dans ce shell.",
            "Write what completes words with the Tab key in that shell.",
        ),
        is_eager=True,
        expose_value=False,
        callback=shown,
    )


def command(
    app: typer.Typer, name: str, run: str, parameters: list[inspect.Parameter], help_: str, epilog: str
) -> None:
    """Register `commands.<module>.<function>(**words) -> exit code` under a name; it is loaded when it runs.

    Typer reads the parameters off a signature, so a command whose options come from the rules has one made for it.
    """

    def work(**words: Any) -> None:
        if words.get("lang", "fr") not in LANGUAGES:
            raise typer.Exit(_no_such_language(words["lang"], name))
        if words.get("territories") is not None and (fault := no_territories(words["territories"])):
            raise typer.Exit(_refused(fault, words.get("lang", "fr")))
        module, _, function = run.partition(":")
        raise typer.Exit(getattr(import_module(f"cep_route.cli.{module}"), function)(**words))

    work.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    work.__annotations__ = {p.name: p.annotation for p in parameters}
    work.__name__ = name.replace("-", "_")
    work.helps = {p.name: p.default.help for p in parameters}  # type: ignore[attr-defined]
    app.command(name, cls=_Command, help=help_, epilog=epilog)(work)


def _refused(fault: Finding, lang: str) -> int:
    from cep_route.cli.console import CANNOT, tell

    tell([fault], lang)
    return CANNOT


def _no_such_language(told: str, name: str) -> int:
    values = {"value": told, "option": "--lang", "expected": ", ".join(LANGUAGES), "command": name}
    return _refused(Finding(code="CEP527", values=values), language([]))


def group(app: typer.Typer, name: str, help_: str) -> typer.Typer:
    """A command of commands: `territory list`."""
    inner = typer.Typer(cls=_Group, rich_markup_mode=None, no_args_is_help=True, help=help_)
    app.add_typer(inner, name=name)
    return inner


def option(
    name: str, kind: Any, default: Any, *flags: str, help_: str, metavar: str | None = None
) -> inspect.Parameter:
    """One option as a parameter."""
    made = typer.Option(default, *flags, help=help_, metavar=metavar, show_default=False)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=made, annotation=kind)


def argument(name: str, kind: Any, default: Any, *, help_: str, metavar: str) -> inspect.Parameter:
    """One argument as a parameter; `...` as default makes it required."""
    made = typer.Argument(default, help=help_, metavar=metavar, show_default=False)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=made, annotation=kind)


# -- running it -------------------------------------------------------------------------------------------------------------


def main(argv: list[str]) -> int:
    """Understand the words with Typer and run the command; usage faults are findings in the language of the run."""
    from cep_route import files
    from cep_route.cli.console import tell

    completing = completion.VARIABLE in os.environ
    if completing:
        argv = completion.asked_words()
    lang = language(argv)
    name = next((word for word in argv if not word.startswith("-") and word not in LANGUAGES), "")
    law, findings = files.load_law() if name == "route" else (None, [])  # its flags are the facts
    if completing:
        return completion.answer(tree(law, lang, name), lang)
    if name == "route" and law is None:
        tell(findings, lang)
        return 2
    root = tree(law, lang, name)
    try:
        code = root.main(args=argv, prog_name="cep-route", standalone_mode=False, obj={"lang": lang})
    except click.exceptions.NoArgsIsHelpError as fault:
        sys.stderr.write(
            fault.format_message() + "\n"
        )  # click's habit: the help, beside the answer, and exit 2
        return 2
    except click.UsageError as fault:
        tell([_usage(fault, name)], lang)
        return 2
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.Abort:
        return 130
    except (
        SystemExit
    ) as stop:  # click's own exit 1 when the reader of stdout has left: `__main__` knows better
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        raise
    return code if isinstance(code, int) else 0


def tree(law: Law | None, lang: str, only: str | None = None) -> click.Command:
    """The commands as click holds them, with what Typer loses or says in English only."""
    root = typer.main.get_command(build(law, lang, only))
    root.params.append(_show_completion(Words(lang)))
    _dress(root, lang)
    return root


def _dress(command: click.Command, lang: str) -> None:
    command.context_class = _FrenchContext if lang == "fr" else _Context
    if lang == "fr" and isinstance(command, click.Group):
        command.subcommand_metavar = "COMMANDE [ARGS]..."
    command.short_help = (command.help or "").partition(". ")[0].rstrip(".")
    helps = getattr(command.callback, "helps", {})
    for parameter in command.params:
        # Typer takes no completion that is told which option it is for
        parameter.shell_complete = partial(completion.values, parameter)  # type: ignore[method-assign]
        if isinstance(parameter, TyperArgument):  # click 8.5 forgets the help Typer gave it
            parameter.help = helps.get(parameter.name)
    for inner in getattr(command, "commands", {}).values():
        _dress(inner, lang)


def _usage(fault: click.UsageError, name: str) -> Finding:
    """What click refuses, as a finding; its own English only where nothing better is known."""
    path = fault.ctx.command_path.removeprefix("cep-route").strip() if fault.ctx else name
    values = {"command": path}
    words = fault.message.partition("(")[2].removesuffix(")")
    if isinstance(fault, click.NoSuchOption):
        near = {"near": fault.possibilities[0]} if fault.possibilities else {}
        return Finding(code="CEP520", values=values | {"option": fault.option_name} | near)
    if isinstance(fault, click.MissingParameter):
        name = fault.param.make_metavar(fault.ctx) if fault.param and fault.ctx else "?"
        return Finding(code="CEP522", values=values | {"name": name})
    if isinstance(fault, click.BadOptionUsage):
        code = "CEP532" if "does not take" in fault.message else "CEP531"
        return Finding(code=code, values=values | {"option": fault.option_name})
    if fault.ctx and isinstance(fault.ctx.command, click.Group) and "No such command" in fault.message:
        from cep_route.engine.profile import near as nearest

        word = fault.message.partition("'")[2].partition("'. Did you mean")[0].removesuffix("'.")
        return Finding(code="CEP521", values={"command": word} | nearest(word, fault.ctx.command.commands))
    if "unexpected extra argument" in fault.message:
        return Finding(code="CEP533", values=values | {"words": words})
    return Finding(code="CEP523", values=values | {"why": fault.format_message()})
