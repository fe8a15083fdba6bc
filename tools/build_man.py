"""Write the manual pages in both languages from the command table itself: `python tools/build_man.py`.

`man/cep-route.1` and `man/cep-route.fr.1` travel in the wheel as `share/man/man1` and `share/man/fr/man1`; a test says when they
are no longer what this writes.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

import cep_route
from cep_route.cli import app as cli

ROOT = Path(__file__).parents[1]
PAGES = {"en": ROOT / "man" / "cep-route.1", "fr": ROOT / "man" / "cep-route.fr.1"}

# Exit codes, in the words of both languages; the documentation shows them too.
EXITS = {
    0: ("Tout va bien.", "All well."),
    1: ("La réponse est donnée, et il y a quelque chose à voir : une personne indécise, des lignes rejetées, des fautes.",
        "It ran, and found something: an undecided person, rejected lines, findings."),
    2: ("Rien n'a pu être fait : un mot, un fichier ou un lieu n'est pas compris ; rien n'est sur la sortie standard.",
        "It could not run: words, files or places that cannot be understood; nothing is on standard output."),
    3: ("Une erreur qui est la nôtre : une ligne dit laquelle, sans la valeur de personne.",
        "A bug of ours: one line says which, without a value of anyone."),
    130: ("Interrompu au clavier.", "Interrupted from the keyboard."),
    141: ("Qui lisait la sortie est parti (… | head).", "Whoever read the output has left (… | head)."),
    143: ("Prié de s'arrêter (kill).", "Told to stop (kill)."),
}  # fmt: skip
ENVIRONMENT = {
    "CEP_ROUTE_LANG": ("Langue quand --lang n'est pas dit : fr (par défaut) ou en.", "Language when --lang is not told: fr (the default) or en."),
    "CEP_ROUTE_CACHE": ("Dossier des règles compilées, au lieu de ~/.cache/cep-route ; il peut être effacé.",
                        "Folder of the compiled rules, instead of ~/.cache/cep-route; it may be deleted."),
    "CEP_ROUTE_TODAY": ("Jour pris pour aujourd'hui (AAAA-MM-JJ).", "The day taken for today (YYYY-MM-DD)."),
    "NO_COLOR, TERM": ("NO_COLOR non vide ou TERM=dumb : sans gras ni couleurs, comme --simple.",
                       "NO_COLOR not empty or TERM=dumb: no bold and no colours, as --simple."),
    "COLUMNS": ("Largeur de la page, au lieu de celle du terminal.", "Width of the page, instead of that of the terminal."),
}  # fmt: skip
_HEADINGS = {
    "name": ("NOM", "NAME"), "synopsis": ("SYNOPSIS", "SYNOPSIS"), "description": ("DESCRIPTION", "DESCRIPTION"),
    "options": ("OPTIONS", "OPTIONS"), "commands": ("COMMANDES", "COMMANDS"), "exit": ("CODES DE SORTIE", "EXIT STATUS"),
    "environment": ("ENVIRONNEMENT", "ENVIRONMENT"),
}  # fmt: skip


def options(command: click.Command) -> list[tuple[str, str]]:
    """[(flags or name with what they take, help)] of a command, as its help lists them."""
    with command.make_context("cep-route", [], resilient_parsing=True) as ctx:
        records = [parameter.get_help_record(ctx) for parameter in command.get_params(ctx)]
    named = [
        (str(p.metavar), str(getattr(p, "help", "") or ""))
        for p in command.params
        if p.param_type_name == "argument"
    ]
    return named + [record for record in records if record and record[0].startswith("-")]


def man(lang: str) -> str:
    """One language of the manual, in the usual macros of roff."""
    root = cli.tree(lang)
    french = lang == "fr"

    def head(key: str) -> str:
        return f'.SH "{_HEADINGS[key][not french]}"'

    about = root.help or ""
    lines = [
        '.\\" tools/build_man.py',
        f'.TH CEP-ROUTE 1 "{_day()}" "cep-route {cep_route.__version__}"',
        head("name"),
        f"cep-route \\- {_roff(about.partition('. ')[0])}",
        head("synopsis"),
        ".B cep-route",
        f"[\\fIOPTIONS\\fR] \\fI{'COMMANDE' if french else 'COMMAND'}\\fR [\\fIARGS\\fR]...",
        head("description"),
        _roff(about),
        head("options"),
        *_listed(options(root)),
        head("commands"),
    ]
    for path, command in cli.every(lang).items():
        lines += [f'.SS "cep-route {path}"', _roff(command.help or ""), *_listed(options(command))]
        word, _, example = (command.epilog or "").partition("cep-route ")
        lines += [".PP", _roff(word.strip()), ".PP", ".nf", f"cep-route {_roff(example)}", ".fi"]
    lines += [head("exit"), *_listed([(str(code), text[not french]) for code, text in EXITS.items()])]
    lines += [head("environment"), *_listed([(name, text[not french]) for name, text in ENVIRONMENT.items()])]
    return "\n".join(lines) + "\n"


def _listed(rows: list[tuple[str, str]]) -> list[str]:
    return [line for word, text in rows for line in (".TP", f"\\fB{_roff(word)}\\fR", _roff(text))]


def _roff(text: str) -> str:
    """Text that roff takes as it is: no macro at the start of a line, dashes that can be copied."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _day() -> str:
    """The day of the last version, of the change log."""
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[{re.escape(cep_route.__version__)}\] - (\d{{4}}-\d\d-\d\d)", log, re.MULTILINE)
    return found[1] if found else ""


def main() -> None:
    """Write both pages."""
    for lang, path in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(man(lang), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
