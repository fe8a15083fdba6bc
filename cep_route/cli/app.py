"""The command line: which file holds which command, its language, the one place that catches and the one that draws.

A command is a typed function in a file of its own; the file is imported when the command is asked for. What it returns is
delivered by `console.deliver`; its help comes from the message files in the language of the run.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.shell_completion import shell_complete, split_arg_string
from typer.core import TyperCommand, TyperGroup

from cep_route import __version__
from cep_route.cli import completion
from cep_route.cli.config import config_language
from cep_route.cli.console import CANNOT, CannotRun, Result, asked_law, deliver, note, say, tell
from cep_route.cli.help import format_help, speak, takes, text
from cep_route.cli.options import asked_of, option, parameters
from cep_route.files import load_law, load_spellings, no_territories
from cep_route.messages import LANGUAGES, in_language
from cep_route.model.answer import Finding
from cep_route.spelling import read_value, typed_word
from cep_route.text import near as nearest

NO_CONFIG = {"--no-config", "--sans-config"}
OLD = {"--accept-old", "--accepter-ancien"}  # flags that do nothing any more
ROOT = "cep-route"
ALIKE = 0.8  # of difflib: one letter in five
# The words of a command -> the module of `cli` and the function that do it; those of every day first.
COMMANDS = {
    "ask": "ask:ask",
    "route": "route:route",
    "batch": "batch:batch",
    "inspect": "inspect:inspect",
    "explain": "explain:explain",
    "check": "check:check",
    "compare": "compare:compare",
    "test": "cases:replay",
    "territory list": "territory:list_",
    "territory show": "territory:show",
    "territory new": "territory_edit:new",
    "territory import": "territory_import:import_",
    "territory export": "territory_edit:export",
    "territory fix": "territory_edit:fix",
    "territory fmt": "territory_edit:fmt",
    "territory diagnose": "diagnose:territory_diagnose",
    "serve": "serve:serve",
    "page": "page:page",
    "schema": "schema:schema",
    "config": "config:config",
}


def language(argv: list[str]) -> str:
    """`--lang` anywhere on the line, else `CEP_ROUTE_LANG`, else that of the office, else French."""
    for i, word in enumerate(argv):
        told = " ".join(argv[i : i + 2]) if word == "--lang" else word
        if told[:6] == "--lang" and told[7:].casefold() in LANGUAGES:
            return told[7:].casefold()
    told = os.environ.get("CEP_ROUTE_LANG", "")[:2]
    kept = None if told in LANGUAGES or NO_CONFIG & set(argv) else config_language()
    return told if told in LANGUAGES else kept or "fr"


class Command(TyperCommand):
    """A command whose help is drawn on a terminal and plain elsewhere."""

    format_help = format_help


class Group(TyperGroup):
    """Commands that are imported when they are asked for; `path` is the words before theirs."""

    path, lang = "", "fr"
    format_help = format_help

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        del ctx
        before = f"{self.path} ".lstrip()
        within = (path.removeprefix(before) for path in COMMANDS if path.startswith(before))
        return list(dict.fromkeys(words.split()[0] for words in within))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.list_commands(ctx) and cmd_name not in self.commands:
            path = f"{self.path} {cmd_name}".strip()
            self.commands[cmd_name] = (_command if path in COMMANDS else _group)(path, self.lang)
        return self.commands.get(cmd_name)


# -- the commands -----------------------------------------------------------------------------------------------------------


def tree(lang: str) -> Group:
    """The command line in one language; its commands are made when they are asked for."""
    speak(lang)
    root = _group("", lang)
    instead: dict[str, Any] = {"is_eager": True, "expose_value": False, "callback": _instead}
    root.params += [
        option("lang", "", lang, expose_value=False),
        option("version", "", lang, is_flag=True, **instead),
        option("show_completion", "", lang, words=completion.SHELLS, **instead),
    ]
    return root


def every(lang: str) -> dict[str, click.Command]:
    """The words of each command (`territory list`) -> the command, in the order of the help."""
    speak(lang)
    return {path: _command(path, lang) for path in COMMANDS}


def _group(path: str, lang: str) -> Group:
    made = Group(
        name=path or ROOT,
        rich_markup_mode=None,
        no_args_is_help=True,
        subcommand_metavar=takes(lang, "COMMAND [ARGS]..."),
        context_settings={"help_option_names": ["-h", "--help"]} if not path else {},
        **_sentences(path, lang),
    )
    made.path, made.lang = path, lang
    return made


def _command(path: str, lang: str) -> click.Command:
    """One command: its file is imported, its options speak the language, what any command may be told wrongly is looked at."""
    module, _, function = COMMANDS[path].partition(":")
    work = getattr(import_module(f"cep_route.cli.{module}"), function)
    call, asked = asked_of(work)
    # the flags of `route` are the facts
    params = parameters(asked, path, asked_law() if path == "route" else None, lang)

    def checked(**told: Any) -> Result:
        if told.get("territories") is not None and (fault := no_territories(told["territories"])):
            raise CannotRun(fault)
        # in the order in which they are declared, not in that of the line: an answer does not depend on it
        given = {str(p.name): told[str(p.name)] for p in params}
        made: Result = call(**{n: list(v) or None if isinstance(v, tuple) else v for n, v in given.items()})
        return made

    name = path.rpartition(" ")[2]
    return Command(name, callback=checked, params=[*params], rich_markup_mode=None, **_sentences(path, lang))


def _sentences(path: str, lang: str) -> dict[str, Any]:
    """What a command does, in the language, shorter, and an example."""
    told, example = text(lang, path, "help"), text(lang, path, "example")
    epilog = f"{text(lang, '', 'example_title')}{example}" if example else None
    return {"help": told, "short_help": told.partition(". ")[0].rstrip("."), "epilog": epilog}


def _instead(ctx: click.Context, parameter: click.Parameter, told: str | bool | None) -> None:
    """What is answered instead of a command: the version, or the script that completes `cep-route` in a shell."""
    if told and not ctx.resilient_parsing:
        version = f"cep-route {__version__}"
        say(completion.script(str(told), ctx.command) if parameter.name != "version" else version)
        ctx.exit()


# -- running it -------------------------------------------------------------------------------------------------------------


def main(argv: list[str]) -> int:
    """Understand the words, run the command, deliver what it returns; the exit code."""
    if asked := os.environ.get(completion.VARIABLE):
        lang = language(split_arg_string(os.environ.get("COMP_WORDS", ""))[1:])
        return shell_complete(tree(lang), {"obj": {"lang": lang}}, ROOT, completion.VARIABLE, asked)
    lang = language(argv)
    if OLD & set(argv):  # taken for one version more
        tell([Finding(code="CEP720", severity="warning")], lang)
        argv = [word for word in argv if word not in OLD]
    root = tree(lang)
    try:
        with root.make_context(ROOT, [*argv], obj={"lang": lang}) as ctx:
            return deliver(root.invoke(ctx), lang)
    except click.exceptions.Exit as stop:  # the help, the version
        return stop.exit_code
    except CannotRun as stop:
        tell(stop.findings, lang)
        return stop.code
    except click.exceptions.NoArgsIsHelpError as fault:
        note(fault.format_message())  # click's habit: the help, beside the answer, and exit 2
    except click.UsageError as fault:
        tell([_usage(fault, argv, lang)], lang)
    return CANNOT


def _usage(fault: click.UsageError, argv: list[str], lang: str) -> Finding:
    """What click refuses, as a finding."""
    ctx = fault.ctx
    named = next((word for word in argv if not word.startswith("-") and word not in LANGUAGES), "")
    code, told = "CEP523", {"why": fault.format_message()}
    match fault:
        case click.NoSuchOption():
            params = [p for p in ctx.command.params if isinstance(p, click.Option)] if ctx else []
            code, told = "CEP520", {"option": fault.option_name, **_meant(fault.option_name, params, lang)}
        case click.MissingParameter():
            code, told = "CEP522", {"name": fault.param.make_metavar(ctx) if fault.param and ctx else "?"}
        case click.BadOptionUsage():
            code = "CEP532" if "does not take" in fault.message else "CEP531"
            told = {"option": fault.option_name}
        case click.exceptions.NoSuchCommand() if ctx and isinstance(ctx.command, click.Group):
            known = ctx.command.list_commands(ctx)
            code, told = "CEP521", {"command": fault.command_name, **nearest(fault.command_name, known)}
        case click.BadParameter() if fault.param:  # the one number there is
            value = fault.message.split("'")[1]
            code, told = "CEP527", {"value": value, "option": fault.param.opts[0], "expected": "0..65535"}
        case _ if "unexpected extra argument" in fault.message:
            code, told = "CEP533", {"words": fault.message.partition("(")[2].removesuffix(")")}
    return Finding(
        code=code, values={"command": ctx.command_path.removeprefix(ROOT).strip() if ctx else named} | told
    )


def _meant(flag: str, options: list[click.Option], lang: str) -> dict[str, str]:
    """What an unknown option may stand for: a word that an option takes (`--json`, `--rqth`), or a name that is nearly it."""
    word = flag.lstrip("-").replace("-", " ")
    law, tables = load_law()[0], load_spellings()
    flags = {str(p.name): in_language(p.opts[0], p.opts[-1], lang) for p in options}
    found = [f"{flags[str(p.name)]} {word}" for p in options if word in str(p.metavar or "").split("|")]
    for name, fact in (law.facts if law else {}).items():
        value = read_value(tables, name, word) if fact.kind != "years" else None
        if value not in (None, "yes", "no") and f"fact_{name}" in flags:
            found.append(f"{flags[f'fact_{name}']} {typed_word(fact, str(value), lang)}")
    found += get_close_matches(flag, [name for p in options for name in p.opts], n=1, cutoff=ALIKE)
    return {"near": found[0]} if found else {}
