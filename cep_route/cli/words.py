"""The words of each command: its options, its help and its example, in both languages. They do nothing: `commands` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cep_route.cli import Words, argument, command, group, option

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable

    import typer

    from cep_route.engine.law import Law

    Parameters = Callable[["Law | None", Words], list[inspect.Parameter]]


class Entry(NamedTuple):
    """A command: what it runs (`module:function` under `commands`, loaded when it runs), its options, its help and example."""

    run: str
    options: Parameters
    help: tuple[str, str]
    example: tuple[str, str]


def register(app: typer.Typer, law: Law | None, t: Words, only: str | None) -> None:
    """Every command, those of every day first. The options of `only` alone are built; the others are listed by their help."""
    groups: dict[str, typer.Typer] = {}
    for name, entry in COMMANDS.items():
        parent, _, child = name.rpartition(" ")
        if parent and parent not in groups:
            groups[parent] = group(app, parent, t(*GROUPS[parent]))
        wanted = only is None or only == (parent or name)
        options = entry.options(law, t) if wanted else []
        command(groups.get(parent, app), child, entry.run, options, t(*entry.help), t(*entry.example))


# -- options ------------------------------------------------------------------------------------------------------------------


def _shared(t: Words, *names: str) -> list[inspect.Parameter]:
    """Options several commands have, each written once."""
    folder, file = t("DOSSIER", "FOLDER"), t("FICHIER", "FILE")
    all_ = {
        "territory": lambda: option("territory", str, None, "--territory", "--territoire", metavar=t("ID|FICHIER", "ID|FILE"),
            help_=t("Territoire : identifiant ou fichier. Sans lui, celui de la commune.", "Territory: id or file. Without it, that of the commune.")),
        "territories": lambda: option("territories", str, None, "--territories", "--territoires", metavar=folder,
            help_=t("Dossier de fiches de territoire, au lieu de celles fournies.", "Folder of territory files, instead of the shipped ones.")),
        "rules": lambda: option("rules", str, None, "--rules", "--regles", metavar=folder,
            help_=t("Dossier de règles, au lieu de celles fournies.", "Folder of rules, instead of the shipped ones.")),
        "on": lambda: option("on", str, None, "--on", "--le", metavar=t("JOUR", "DAY"),
            help_=t("Jour de l'orientation (AAAA-MM-JJ ou JJ/MM/AAAA) ; aujourd'hui par défaut.", "Day of the route (YYYY-MM-DD or DD/MM/YYYY); today by default.")),
        "out": lambda: option("out", str, None, "-o", "--out", "--sortie", metavar=file,
            help_=t("Écrire dans un fichier au lieu de l'écran.", "Write to a file instead of the screen.")),
        "force": lambda: option("force", bool, False, "--force", help_=t("Remplacer un fichier existant.", "Replace an existing file.")),
        "simple": lambda: option("simple", bool, False, "--simple",
            help_=t("Sans cadres ni couleurs : lignes qu'un lecteur d'écran suit.", "No boxes or colours: lines a screen reader follows.")),
        "lang": lambda: option("lang", str, t.lang, "--lang", metavar="fr|en", help_=t("Langue : fr ou en.", "Language: fr or en.")),
    }  # fmt: skip
    return [all_[name]() for name in names]


def _form(t: Words, *forms: str) -> inspect.Parameter:
    return option(
        "form",
        str,
        forms[0],
        "--format",
        metavar="|".join(forms),
        help_=t("Forme de la réponse.", "Form of the answer."),
    )


def _fact_flags(law: Law | None, t: Words) -> list[inspect.Parameter]:
    """A flag for each fact of the rules, by its name and by its French word."""
    return [
        option(
            f"fact_{name}",
            str,
            None,
            *dict.fromkeys((f"--{name.replace('_', '-')}", f"--{fact['flag'] or name.replace('_', '-')}")),
            metavar=t("ANS", "YEARS") if fact["kind"] == "years" else "|".join(fact["values"]),
            help_=fact["question"][t.lang],
        )
        for name, fact in (law.facts if law else {}).items()
    ]


def _route(law: Law | None, t: Words) -> list[inspect.Parameter]:
    need = t("BESOIN", "NEED")
    return [
        *_fact_flags(law, t),
        option("birth_date", str, None, "--birth-date", "--naissance", metavar=t("JOUR", "DAY"),
            help_=t("Date de naissance, plus sûre que l'âge.", "Birth date, safer than the age.")),
        option("commune", str, None, "--commune", metavar=t("CODE|CP|NOM", "CODE|POSTCODE|NAME"),
            help_=t("Domicile : code Insee, code postal, nom, ou « 05000 Gap ».", "Home: Insee code, postcode, name, or “05000 Gap”.")),
        option("need", list[str], None, "--need", "--besoin", metavar=need,
            help_=t("Besoin, autant de fois qu'il y en a : mobilite, logement…", "A need, as often as there are: mobilite, logement…")),
        option("blocking", list[str], None, "--blocking", "--bloquant", metavar=need,
            help_=t("Besoin à lever avant tout le reste.", "A need to be met before all else.")),
        option("fact", list[str], None, "--fact", "--fait", metavar=t("FAIT=VALEUR", "FACT=VALUE"),
            help_=t("Tout fait, sous son nom.", "Any fact, by its name.")),
        option("months", list[str], None, "--months", "--mois", metavar="12-3:status=employee",
            help_=t("La situation de certains mois : une route par période de l'année.", "The situation of some months: a route for each stretch of the year.")),
        _form(t, "text", "json", "md"),
        *_shared(t, "territory", "territories", "rules", "on", "out", "force", "simple", "lang"),
    ]  # fmt: skip


def _check(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("paths", list[str], None, metavar=t("[CHEMIN]...", "[PATH]..."),
            help_=t("Fiches de territoire, ou dossiers de règles ; sans rien, tout ce qui est fourni.", "Territory files or folders of rules; without any, all that is shipped.")),
        option("max_age", str, None, "--max-age", metavar="12m",
            help_=t("Âge au-delà duquel une source ou un contact est à relire, en mois.", "Age beyond which a source or a contact must be read again, in months.")),
        _form(t, "text", "json"),
        *_shared(t, "on", "lang"),
    ]  # fmt: skip


def _explain(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("word", str, None, metavar=t("[MOT]", "[WORD]"),
            help_=t("Code de message, règle, opérateur, fait ou besoin ; « besoins », « regles », « codes » donnent les listes.", "Message code, rule, operator, fact or need; “needs”, “rules”, “codes” give the lists.")),
        *_shared(t, "rules", "on", "lang"),
    ]  # fmt: skip


def _territory_list(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [_form(t, "text", "json"), *_shared(t, "territories", "lang")]


def _territory_show(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument(
            "name", str, ..., metavar=t("ID|FICHIER", "ID|FILE"), help_=t("Le territoire.", "The territory.")
        ),
        _form(t, "text", "json"),
        *_shared(t, "on", "lang"),
    ]


def _territory_new(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("name", str, ..., metavar="ID", help_=t("Identifiant de la nouvelle fiche.", "Id of the new file.")),
        option("communes", str, None, "--communes", metavar="05061,05046", help_=t("Codes des communes.", "Codes of the communes.")),
        option("departement", str, None, "--departement", metavar="05", help_=t("Toutes les communes d'un département.", "All the communes of a département.")),
        *_shared(t, "out", "force", "lang"),
    ]  # fmt: skip


def _schema(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument(
            "what",
            str,
            ...,
            metavar="profile|territory|rules|route",
            help_=t("Ce qu'on décrit.", "What is described."),
        ),
        *_shared(t, "out", "force", "lang"),
    ]


def _test(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("paths", list[str], ..., metavar=t("CAS...", "CASES..."),
            help_=t("Fichiers de cas, .jsonl ou .toml.", "Files of cases, .jsonl or .toml.")),
        *_shared(t, "rules", "lang"),
    ]  # fmt: skip


GROUPS = {
    "territory": ("Fiches de territoire : lister, montrer, créer.", "Territory files: list, show, create.")
}

COMMANDS: dict[str, Entry] = {
    "route": Entry(
        "route:from_words", _route,
        ("Oriente une personne : qui d'abord, où, pourquoi, qui d'autre, ce qui manque pour conclure. Un fait qu'on ne connaît pas se laisse de côté : inconnu n'est pas non.",
         "Route one person: who first, where, why, who else, what is missing to conclude. Leave out a fact you do not know: unknown is not no."),
        ("Exemple : cep-route route --age 24 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --commune 99301 --besoin mobilite",
         "Example: cep-route route --age 24 --status jobseeker --in-school no --employed no --disability none --commune 99301 --need mobilite"),
    ),
    "explain": Entry(
        "explain:from_words", _explain,
        ("Explique un code, une règle, un opérateur, un fait : la loi, les dates, de qui elle parle.", "Explain a code, a rule, an operator, a fact: the law, the dates, whom it speaks of."),
        ("Exemple : cep-route explain ml-youth", "Example: cep-route explain ml-youth"),
    ),
    "check": Entry(
        "check:from_words", _check,
        ("Vérifie règles et territoires : chaque défaut à sa ligne. Sort avec 1 s'il y en a.", "Check rules and territories: every fault at its line. Exit 1 if there are any."),
        ("Exemple : cep-route check territoires/mon-territoire.toml", "Example: cep-route check territories/my-territory.toml"),
    ),
    "test": Entry(
        "test:from_words", _test,
        ("Rejoue des cas écrits par un juriste et compare.", "Replay cases written by a jurist and compare."),
        ("Exemple : cep-route test cas.toml", "Example: cep-route test cases.toml"),
    ),
    "territory list": Entry(
        "territory:list_words", _territory_list,
        ("Liste les territoires fournis.", "List the shipped territories."), ("Exemple : cep-route territory list", "Example: cep-route territory list"),
    ),
    "territory show": Entry(
        "territory:show_words", _territory_show,
        ("Montre un territoire : opérateurs, lieux, partenaires, dispositifs, coopération.", "Show a territory: operators, desks, partners, schemes, cooperation."),
        ("Exemple : cep-route territory show c3a", "Example: cep-route territory show c3a"),
    ),
    "territory new": Entry(
        "territory:new_words", _territory_new,
        ("Écrit une fiche à remplir : ce qu'on ne sait pas y est marqué.", "Write a file to fill in: what is not known is marked."),
        ("Exemple : cep-route territory new ma-vallee --communes 05061,05046 -o ma-vallee.toml", "Example: cep-route territory new my-valley --communes 05061,05046 -o my-valley.toml"),
    ),
    "schema": Entry(
        "schema:from_words", _schema,
        ("Schéma JSON d'un profil, d'un territoire, des règles ou d'une réponse, pour éditeurs et scripts.", "JSON Schema of a profile, a territory, the rules or a route, for editors and scripts."),
        ("Exemple : cep-route schema territory", "Example: cep-route schema territory"),
    ),
}  # fmt: skip
