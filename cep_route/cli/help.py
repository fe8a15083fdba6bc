"""The help: its sentences, from the message files (those of click and Typer too), and how it is drawn."""

from __future__ import annotations

import contextlib
import gettext
import re
import sys
from typing import Any, TextIO, cast

import click
from typer.core import TyperOption

from cep_route.cli.console import say
from cep_route.messages import in_language, tables, word
from cep_route.render.screen import boxes, width

NARROW = 72  # columns under which a help is lines without boxes: words would be cut
MANY = 12  # letters of the words an option takes that stand beside it

_HYPHEN = "\u2011"

_said: dict[str, str] = {}  # what click and Typer say -> in the language of the run


def text(lang: str, command: str, name: str) -> str:
    """The sentence of a command (`territory list`) or of one of its options; empty when there is none."""
    own = f"cli_{command.replace(' ', '_') or 'root'}"
    found = tables(lang).get(own, {}).get(name) or tables(lang)["cli_option"].get(name, "")
    return str(found)


def panel(lang: str, name: str) -> str:
    """The title of a group of options."""
    return word("cli_panel", name, lang)


def takes(lang: str, metavar: str) -> str:
    """What an option takes: words in capitals are translated, codes stay."""
    return re.sub(r"[A-Z]{2,}", lambda m: word("cli_takes", m[0], lang), metavar)


def speak(lang: str) -> None:
    """Make click and Typer speak this language from now on."""
    _said.clear()
    _said.update({name: str(said) for name, said in tables(lang)["cli_click"].items()})


def _one(domain: str, text: str) -> str:
    del domain
    return _said.get(text, text)


def _many(domain: str, one: str, many: str, n: int) -> str:
    return _one(domain, one if n == 1 else many)


# click and Typer ask `gettext.gettext`, which asks these two by their names each time: whoever imported them first, they answer.
gettext.dgettext = _one  # type: ignore[assignment]  # the names of its parameters
gettext.dngettext = _many  # type: ignore[assignment]


def spaced(text: str) -> str:
    """A sentence of the rules with the spaces French signs want, so that no line begins with one."""
    return re.sub(r" (?=[?!;:»])", "\u00a0", text)


# -- drawing it ---------------------------------------------------------------------------------------------------------


def format_help(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Drawn by Typer and rich on a terminal, in lines elsewhere; the same words in the same order."""
    lang = ctx.obj["lang"]
    if (own := command.get_help_option(ctx)) is not None and ctx.parent is not None:
        own.rich_help_panel = panel(lang, "answer")  # type: ignore[attr-defined]  # Typer looks for it on any option
    for parameter in command.params:
        _shortened(parameter, lang)
    inner = []
    if isinstance(command, click.Group):
        named = (command.get_command(ctx, name) for name in command.list_commands(ctx))
        inner = [one for one in named if one]
    if boxes(sys.stdout) and width(sys.stdout) >= NARROW:
        _drawn(command, inner, ctx)
    else:
        _plain(command, inner, ctx, formatter)


def _shortened(parameter: click.Parameter, lang: str) -> None:
    """Show the name of an option in the language of the run alone, once the line is parsed, and few words beside it."""
    if isinstance(parameter, click.Argument):
        taken = str(parameter.metavar).strip("[].")
        # its own name is not of the language, and Typer shows no metavar that is the name
        parameter.name, parameter.opts = f"<{taken}>", [taken]
    long = [name for name in parameter.opts if name.startswith("--")]
    if len(long) == 2:
        parameter.opts.remove(in_language(long[1], long[0], lang))
    choices = str(parameter.metavar or "")
    if "|" in choices and len(choices) > MANY and isinstance(parameter, TyperOption):
        parameter.metavar = takes(lang, "WHICH")
        told = (parameter.help or "").rstrip(".")
        parameter.help = f"{told}{word('cli_root', 'colon', lang)} {', '.join(choices.split('|'))}."


def _plain(
    command: click.Command, inner: list[click.Command], ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """The help in lines, for a pipe and for screen readers: the words and the order of the drawn one, without boxes."""
    formatter.width = width(sys.stdout)
    command.format_usage(ctx, formatter)
    command.format_help_text(ctx, formatter)
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in sorted(command.get_params(ctx), key=lambda p: p.param_type_name != "argument"):
        kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
        title = getattr(parameter, "rich_help_panel", None) or _one("", kind)
        if row := parameter.get_help_record(ctx):
            panels.setdefault(title, []).append(row)
    if inner:
        panels[_one("", "Commands")] = [(str(one.name), one.short_help or "") for one in inner]
    colon = word("cli_root", "colon", ctx.obj["lang"])
    for title, rows in panels.items():
        with formatter.section(f"{title}{colon}"[:-1]):
            # no word is cut at its hyphen
            held = [(typed, does.replace("-", _HYPHEN)) for typed, does in rows]
            formatter.write_dl(held, col_max=min(30, formatter.width * 2 // 5))
    formatter.buffer = [text.replace(_HYPHEN, "-") for text in formatter.buffer]
    if command.epilog:
        formatter.write(f"\n  {command.epilog}\n")  # on one line however long: it is there to be copied


def _drawn(command: click.Command, inner: list[click.Command], ctx: click.Context) -> None:
    from typer import rich_utils  # rich: where something is drawn

    from cep_route.render.terminal import Free, held

    titles = {  # it keeps those of the language in which it was imported
        "OPTIONS_PANEL_TITLE": "Options", "ARGUMENTS_PANEL_TITLE": "Arguments", "COMMANDS_PANEL_TITLE": "Commands",
        "REQUIRED_LONG_STRING": "[required]", "DEFAULT_STRING": "[default: {}]",
    }  # fmt: skip
    for name, english in titles.items():
        setattr(rich_utils, name, _one("", english))
    rich_utils.OptionHighlighter.highlights[-1] = rf"(?P<usage>{re.escape(_one('', 'Usage:'))})"
    rich_utils.highlighter = rich_utils.OptionHighlighter()
    rich_utils.MAX_WIDTH = width(sys.stdout)
    shown: list[Any] = [command, *command.get_params(ctx), *inner]
    for one in shown:
        for name in ("help", "short_help"):
            if getattr(one, name, None):  # its signs are no markup, its spaces hold
                setattr(one, name, held(getattr(one, name)).replace("[", "\\["))
    example, command.epilog = command.epilog, None
    with contextlib.redirect_stdout(cast("TextIO", Free(sys.stdout))):
        rich_utils.rich_format_help(obj=command, ctx=ctx, markup_mode="rich")
    if example:
        say(f" {example}")  # on one line however long: it is there to be copied
