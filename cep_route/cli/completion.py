"""Completion in bash, zsh and fish, by click's own scripts: what a word may become is asked of `commands.complete`.

The scripts call the program back with `_CEP_ROUTE_COMPLETE` and the words of the line; the answer is in the language of the line.
"""

from __future__ import annotations

import os
import sys

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)


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


def values(parameter: click.Parameter, ctx: click.Context, typed: str) -> list[CompletionItem[str]]:
    """The values of an option or an argument, as click asks for them."""
    from cep_route.cli.complete import proposals

    lang = (ctx.find_root().obj or {}).get("lang", "fr")
    found = proposals(parameter.name or "", str(parameter.metavar or ""), typed, lang)
    return [CompletionItem(p.word, type=p.kind, help=p.help or None) for p in found]
