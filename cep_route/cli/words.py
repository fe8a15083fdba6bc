"""The words of each command: its options, its help and its example, in both languages. They do nothing: `commands` does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple

import typer

from cep_route.cli.app import Words, argument, command, group, option
from cep_route.model.law import Law
from cep_route.spelling import typed_word

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
        "accept_old": lambda: option("accept_old", bool, False, "--accept-old", "--accepter-ancien",
            help_=t("Répondre aussi par une fiche de territoire trop ancienne.", "Answer by a territory file that is too old as well.")),
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


_FEW = 24  # letters of the values of a fact that stand beside its flag; more are listed in its help


def _fact_flags(law: Law | None, t: Words) -> list[inspect.Parameter]:
    """A flag for each fact of the rules, by its name and by its French word."""
    flags = []
    for name, fact in (law.facts if law else {}).items():
        words = [typed_word(fact, value, t.lang) for value in fact.values]
        few = sum(map(len, words)) <= _FEW
        metavar = "|".join(words) if few else t("VALEUR", "VALUE")
        flags.append(
            option(
                f"fact_{name}",
                str,
                None,
                *dict.fromkeys((f"--{name.replace('_', '-')}", f"--{fact.flag or name.replace('_', '-')}")),
                metavar=metavar if words else t("ANS", "YEARS"),
                help_=fact.question[t.lang] + ("" if few else " " + ", ".join(words)),
            )
        )
    return flags


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
        option("mode", str, None, "--mode", metavar="en-presentiel|a-distance",
            help_=t("Comment la personne peut être reçue par un partenaire.", "How the person can be received by a partner: in person or from afar.")),
        option("at", str, None, "--at", "--a", metavar=t("HEURE", "HOUR"),
            help_=t("Heure à laquelle dire qui est ouvert : 10:30, 9h, maintenant. Sans jour ni heure, le texte le dit pour maintenant.",
                    "Hour at which to say who is open: 10:30, 9h, now. With neither a day nor an hour, the text says it for now.")),
        _form(t, "text", "json", "md", "html", "pdf"),
        option("reader", str, None, "--for", "--pour", metavar=t("personne|conseiller", "person|counsellor"),
            help_=t("La fiche à emporter, pour la personne ou pour le conseiller ; html et pdf la donnent toujours.", "The sheet to take away, for the person or for the counsellor; html and pdf always give it.")),
        option("easy", bool, False, "--easy", "--facile", help_=t("Fiche facile à lire et à comprendre (FALC).", "Sheet in easy-to-read words.")),
        option("large", bool, False, "--large", "--gros", help_=t("Fiche en gros caractères (html, pdf).", "Sheet in large print (html, pdf).")),
        option("consent", bool, False, "--consent", "--accord",
            help_=t("La personne accepte que ses freins figurent dans la note de relais du conseiller.", "The person agrees that obstacles stand in the counsellor's hand-over note.")),
        *_shared(t, "territory", "territories", "accept_old", "rules", "on", "out", "force", "simple", "lang"),
    ]  # fmt: skip


def _intake(t: Words) -> list[inspect.Parameter]:
    """What `batch` and `inspect` share: the file, and how it is read."""
    return [
        argument("intake", str, ..., metavar=t("FICHIER", "FILE"),
            help_=t("Fichier de personnes : CSV, .xlsx, .ods, .parquet ; « - » pour l'entrée standard.", "File of persons: CSV, .xlsx, .ods, .parquet; “-” for standard input.")),
        option("map", str, None, "--map", "--correspondance", metavar=t("FICHIER", "FILE"),
            help_=t("Correspondance des colonnes, telle qu'inspect --write-map l'écrit.", "Mapping of the columns, as inspect --write-map writes it.")),
        option("encoding", str, None, "--encoding", "--encodage", metavar="CODEC",
            help_=t("Encodage du fichier, quand il ne se devine pas.", "Encoding of the file, when it cannot be told.")),
        option("delimiter", str, None, "--delimiter", "--separateur", metavar=t("SIGNE", "SIGN"),
            help_=t("Signe qui sépare les cellules, quand il ne se devine pas.", "Sign between cells, when it cannot be told.")),
        option("only_rejects", bool, False, "--only-rejects", "--seuls-rejets",
            help_=t("Le fichier est un fichier de rejets corrigé.", "The file is a mended rejects file.")),
        option("sheet", str, None, "--sheet", "--feuille", metavar=t("NOM", "NAME"),
            help_=t("Feuille d'un classeur ; sans elle, la première qui porte un titre de colonne connu.", "Sheet of a workbook; without it, the first that has a known column title.")),
        option("defused", bool, False, "--defused", "--desamorce",
            help_=t("Le fichier a été écrit avec --defuse : enlever l'apostrophe ajoutée.", "The file was written with --defuse: take the added apostrophe away.")),
    ]  # fmt: skip


def _batch(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    file = t("FICHIER", "FILE")
    return [
        *_intake(t),
        option("out", str, None, "-o", "--out", "--sortie", metavar=file,
            help_=t("Fichier de sortie ; sans lui ou avec « - », la sortie standard.", "Output file; without it or with “-”, standard output.")),
        option("rejects", str, None, "--rejects", "--rejets", metavar=file,
            help_=t("Lignes rejetées, à corriger puis à rendre par --only-rejects ; par défaut à côté de la sortie, ou dans le dossier courant.", "Rejected lines, to mend and feed back with --only-rejects; by default beside the output, or in the working folder.")),
        option("manifest", str, None, "--manifest", "--bordereau", metavar=file,
            help_=t("Empreintes, règles, décomptes ; par défaut SORTIE.manifest.json.", "Hashes, rules, counts; by default OUT.manifest.json.")),
        option("form", str, None, "--format", metavar="csv|jsonl|parquet|xlsx", help_=t("Forme de la sortie.", "Form of the output.")),
        option("excel_fr", bool, False, "--excel-fr", help_=t("Pour Excel français : « ; », UTF-8 avec marque, CRLF, cellules désamorcées.", "For French Excel: “;”, UTF-8 with a mark, CRLF, cells defused.")),
        option("defuse", bool, False, "--defuse", "--desamorcer",
            help_=t("Mettre une apostrophe devant toute cellule qu'un tableur exécuterait (aussi un téléphone +33…).", "Put an apostrophe before every cell a spreadsheet would run (also a phone +33…).")),
        option("strict", bool, False, "--strict", help_=t("Rejeter les lignes dont une valeur n'est pas reconnue.", "Reject rows with a value that is not recognised.")),
        option("path", str, "auto", "--path", "--chemin", metavar="auto|fast|plain",
            help_=t("Chemin de lecture ; les deux donnent les mêmes octets.", "Way of reading; both give the same bytes.")),
        *_shared(t, "territory", "territories", "accept_old", "rules", "on", "force", "lang"),
    ]  # fmt: skip


def _inspect(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        *_intake(t),
        option("rows", bool, False, "--rows", "--lignes", help_=t("Montrer toutes les lignes et tous les rejets (avec --format json).", "Show all rows and rejects (with --format json).")),
        option("columns", str, None, "--columns", "--colonnes", metavar="a,b,c",
            help_=t("Titres de colonnes à chercher, pour un CSV qui n'est pas un fichier de personnes.", "Titles of columns to look for, in a CSV that is no file of persons.")),
        option("write_map", str, None, "--write-map", "--ecrire-correspondance", metavar=t("FICHIER", "FILE"),
            help_=t("Écrire la correspondance des colonnes, à relire puis à donner à --map.", "Write the mapping of the columns, to read over and give to --map.")),
        option("strict", bool, False, "--strict", help_=t("Compter comme rejetées les lignes dont une valeur n'est pas reconnue.", "Count rows with an unrecognised value as rejected.")),
        _form(t, "text", "json"),
        *_shared(t, "territory", "territories", "accept_old", "rules", "on", "force", "lang"),
    ]  # fmt: skip


def _check(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("paths", list[str], None, metavar=t("[CHEMIN]...", "[PATH]..."),
            help_=t("Fiches de territoire, ou dossiers de règles ; sans rien, tout ce qui est fourni.", "Territory files or folders of rules; without any, all that is shipped.")),
        option("max_age", str, None, "--max-age", metavar="12m",
            help_=t("Âge au-delà duquel une source ou un contact est à relire, en mois.", "Age beyond which a source or a contact must be read again, in months.")),
        option("certificate", str, None, "--certificate", "--certificat", metavar=t("FICHIER", "FILE"),
            help_=t("Écrire la preuve, que tools/verify_certificate.py revérifie.", "Write the proof, which tools/verify_certificate.py verifies again.")),
        option("questions", bool, False, "--questions", help_=t("Compter les questions que pose `ask`, en moyenne et au pire.", "Count the questions `ask` puts, on average and at worst.")),
        option("details", bool, False, "--details", help_=t("Dire ce qui a été prouvé, en chiffres.", "Say what was proved, in figures.")),
        _form(t, "text", "json"),
        *_shared(t, "on", "force", "lang"),
    ]  # fmt: skip


def _explain(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("word", str, None, metavar=t("[MOT]", "[WORD]"),
            help_=t("Code de message, règle, opérateur, fait ou besoin ; « besoins », « regles », « codes » donnent les listes.", "Message code, rule, operator, fact or need; “needs”, “rules”, “codes” give the lists.")),
        option("territory", str, None, "--territory", "--territoire", metavar=t("ID|FICHIER", "ID|FILE"),
            help_=t("Fiche d'offre d'un opérateur, d'un partenaire ou d'un dispositif de ce territoire.", "Offer card of an operator, a partner or a scheme of this territory.")),
        _form(t, "text", "json", "md", "html"),
        *_shared(t, "rules", "on", "out", "force", "simple", "lang"),
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
        argument("name", str, None, metavar="[ID]", help_=t("Identifiant de la nouvelle fiche ; sans lui, celui du département.", "Id of the new file; without it, that of the département.")),
        option("communes", str, None, "--communes", metavar="05061,05046", help_=t("Codes des communes.", "Codes of the communes.")),
        option("departement", str, None, "--departement", metavar="05", help_=t("Un département entier, ou plusieurs séparés par des virgules.", "A whole département, or several with commas between.")),
        *_shared(t, "out", "force", "lang"),
    ]  # fmt: skip


def _territory_import(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    file = t("FICHIER", "FILE")
    return [
        argument("paths", list[str], None, metavar=t("[FICHIER]...", "[FILE]..."),
            help_=t("Fichiers téléchargés : JSON, CSV, .parquet, .xlsx ; leur forme se devine de leur contenu.", "Downloaded files: JSON, CSV, .parquet, .xlsx; their form is told from their content.")),
        option("source_form", str, None, "--from", "--forme", metavar="data-inclusion|annuaire|france-travail|workbook|csv",
            help_=t("La forme, quand le contenu ne suffit pas.", "The form, when the content is not enough.")),
        option("departement", str, None, "--departement", metavar="08", help_=t("Un département, ou plusieurs séparés par des virgules.", "A département, or several with commas between.")),
        option("epci", str, None, "--epci", metavar="200041630", help_=t("Un EPCI, par ses 9 chiffres.", "An EPCI, by its 9 digits.")),
        option("communes", str, None, "--communes", metavar="08105,08409", help_=t("Codes des communes.", "Codes of the communes.")),
        option("into", str, None, "--into", "--dans", metavar=file,
            help_=t("Fiche existante à mettre à jour : ce qui y est écrit à la main reste.", "Existing file to bring up to date: what was written by hand stays.")),
        option("dated", str, None, "--dated", "--date", metavar=t("JOUR", "DAY"), help_=t("Le jour de la donnée, quand ses lignes ne le disent pas.", "The day of the data, when its rows do not tell.")),
        option("id_", str, None, "--id", metavar="ID", help_=t("Identifiant de la fiche.", "Id of the file.")),
        option("name", str, None, "--name", "--nom", metavar=t("NOM", "NAME"), help_=t("Nom du territoire.", "Name of the territory.")),
        option("source", str, None, "--source", metavar=t("NOM", "NAME"), help_=t("Nom de la source, à porter sur chaque maison d'une liste simple.", "Name of the source, to stand on each house of a plain list.")),
        option("attribution", list[str], None, "--attribution", metavar=t("TEXTE", "TEXT"), help_=t("Ligne à citer, que la licence de la donnée demande.", "Line to cite, as the licence of the data asks.")),
        option("columns", list[str], None, "--map", "--colonne", metavar=t("CLE=TITRE", "KEY=TITLE"), help_=t("Colonne d'une liste simple, quand son titre ne se devine pas.", "Column of a plain list, when its title cannot be told.")),
        option("mapping", bool, False, "--mapping", "--correspondances", help_=t("Montrer ce que devient chaque champ, et où prendre les fichiers.", "Show what becomes of each field, and where to get the files.")),
        option("report_to", str, None, "--report", "--comptes", metavar=file, help_=t("Écrire aussi les comptes, en JSON.", "Write the counts too, as JSON.")),
        *_shared(t, "out", "force", "lang"),
    ]  # fmt: skip


def _territory_export(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument(
            "name", str, ..., metavar=t("ID|FICHIER", "ID|FILE"), help_=t("Le territoire.", "The territory.")
        ),
        _form(t, "data-inclusion"),
        *_shared(t, "out", "force", "lang"),
    ]


def _territory_fmt(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("paths", list[str], ..., metavar=t("FICHIER...", "FILE..."), help_=t("Fiches à ranger ; « - » de l'entrée à la sortie standard.", "Files to lay out; “-” from standard input to output.")),
        option("check", bool, False, "--check", "--verifier", help_=t("Dire lesquelles ne sont pas rangées, sans les toucher.", "Say which are not laid out, touching none.")),
        *_shared(t, "lang"),
    ]  # fmt: skip


def _territory_diagnose(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("name", str, ..., metavar=t("ID|FICHIER", "ID|FILE"), help_=t("Le territoire.", "The territory.")),
        option("far", str, None, "--far", "--loin", metavar="KM",
            help_=t("Distance au-delà de laquelle un lieu est loin, à vol d'oiseau ; 30 par défaut.", "Distance beyond which a desk is far, as the crow flies; 30 by default.")),
        option("without", list[str], None, "--without", "--sans", metavar=t("QUOI", "WHAT"),
            help_=t("Et si cela disparaissait : coordination, region, scheme:ID, operator:ID, tie:DE/VERS. Plusieurs fois au besoin.", "What if it went: coordination, region, scheme:ID, operator:ID, tie:FROM/TO. As often as needed.")),
        option("at", str, None, "--at", "--aussi-le", metavar=t("JOUR", "DAY"),
            help_=t("Comparer avec un autre jour.", "Compare with another day.")),
        option("population", str, None, "--population", metavar=t("FICHIER", "FILE"),
            help_=t("Marges d'une population (.toml), celles fournies par défaut ; ou un fichier de personnes (.csv), orienté ou non.", "Margins of a population (.toml), the shipped ones by default; or a file of persons (.csv), routed or not.")),
        option("beside", str, None, "--beside", "--a-cote", metavar=t("ID|FICHIER", "ID|FILE"),
            help_=t("Un autre territoire, côte à côte.", "Another territory, side by side.")),
        _form(t, "text", "json", "html"),
        *_shared(t, "on", "out", "force", "lang"),
    ]  # fmt: skip


def _serve(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        option("stdio", bool, False, "--stdio", help_=t("Une demande JSON par ligne sur l'entrée, une réponse par ligne sur la sortie.", "One JSON request a line on the input, one answer a line on the output.")),
        option("http", bool, False, "--http", help_=t("Par HTTP, pour les programmes de cette machine (extra http).", "Over HTTP, for the programs of this machine (extra http).")),
        option("host", str, "127.0.0.1", "--host", "--hote", metavar=t("ADRESSE", "ADDRESS"), help_=t("Adresse à écouter ; 127.0.0.1 par défaut.", "Address to listen on; 127.0.0.1 by default.")),
        option("port", int, 8700, "--port", metavar="PORT", help_=t("Port à écouter ; 8700 par défaut, 0 pour un port libre.", "Port to listen on; 8700 by default, 0 for a free one.")),
        *_shared(t, "territory", "territories", "accept_old", "rules", "on", "lang"),
    ]  # fmt: skip


def _schema(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument(
            "what",
            str,
            ...,
            metavar=t("QUOI", "WHAT"),
            help_=t(
                "Ce qu'on décrit : profile, territory, rules, route, calendar, request, refusal.",
                "What is described: profile, territory, rules, route, calendar, request, refusal.",
            ),
        ),
        *_shared(t, "out", "force", "lang"),
    ]


def _test(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        argument("paths", list[str], None, metavar=t("CAS...", "CASES..."),
            help_=t("Fichiers ou dossiers de cas, .jsonl ou .toml.", "Files or folders of cases, .jsonl or .toml.")),
        option("coverage", bool, False, "--coverage", "--couverture", help_=t("Ce que les cas couvrent, en entiers exacts.", "What the cases cover, in exact integers.")),
        option("mutate", bool, False, "--mutate", "--mutants", help_=t("Changer les règles une à une : quels changements les cas remarquent-ils ?", "Change the rules one by one: which changes do the cases notice?")),
        option("generate", bool, False, "--generate", "--generer", help_=t("Écrire les cas qui manquent pour tout remarquer, à relire.", "Write the cases that lack to notice everything, to be reviewed.")),
        *_shared(t, "rules", "out", "force", "lang"),
    ]  # fmt: skip


def _compare(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    side = t("Un jour, un dossier de règles ou un territoire.", "A day, a folder of rules or a territory.")
    return [
        argument("a", str, ..., metavar="A", help_=side),
        argument("b", str, ..., metavar="B", help_=side),
        argument("intake", str, None, metavar=t("[FICHIER]", "[FILE]"),
            help_=t("Fichier de personnes : les lignes concernées, par leur numéro.", "File of persons: the lines concerned, by number.")),
        _form(t, "text", "json"),
        *_shared(t, "on", "lang"),
    ]  # fmt: skip


def _ask(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        option("commune", str, None, "--commune", metavar=t("CODE|CP|NOM", "CODE|POSTCODE|NAME"), help_=t("Domicile.", "Home.")),
        option("need", list[str], None, "--need", "--besoin", metavar=t("BESOIN", "NEED"), help_=t("Besoin, autant de fois qu'il y en a.", "A need, as often as there are.")),
        _form(t, "text", "json", "md"),
        *_shared(t, "territory", "accept_old", "on", "out", "force", "simple", "lang"),
    ]  # fmt: skip


def _page(law: Law | None, t: Words) -> list[inspect.Parameter]:
    del law
    return [
        option("territory", str, ..., "--territory", "--territoire", metavar=t("ID|FICHIER", "ID|FILE"),
            help_=t("Territoire de la page : identifiant ou fichier.", "Territory of the page: id or file.")),
        option("out", str, ..., "-o", "--out", "--sortie", metavar=t("DOSSIER", "FOLDER"),
            help_=t("Dossier où écrire index.html ; créé s'il n'existe pas.", "Folder to write index.html to; made when there is none.")),
        *_shared(t, "territories", "accept_old", "rules", "on", "force", "lang"),
    ]  # fmt: skip


GROUPS = {
    "territory": (
        "Fiches de territoire : lister, montrer, créer, importer, exporter, ranger.",
        "Territory files: list, show, create, import, export, lay out.",
    )
}

COMMANDS: dict[str, Entry] = {
    "ask": Entry(
        "ask:from_words", _ask,
        ("Pose les questions qui comptent encore, la plus utile d'abord, puis répond. « ? » quand on ne sait pas.",
         "Ask the questions that still matter, the most useful first, then answer. “?” when not known."),
        ("Exemple : cep-route ask --commune 99301", "Example: cep-route ask --commune 99301"),
    ),
    "route": Entry(
        "route:from_words", _route,
        ("Oriente une personne : qui d'abord, où, pourquoi, qui d'autre, ce qui manque pour conclure. Un fait qu'on ne connaît pas se laisse de côté : inconnu n'est pas non.",
         "Route one person: who first, where, why, who else, what is missing to conclude. Leave out a fact you do not know: unknown is not no."),
        ("Exemple : cep-route route --age 24 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --commune 99301 --besoin mobilite",
         "Example: cep-route route --age 24 --status jobseeker --in-school no --employed no --disability none --commune 99301 --need mobilite"),
    ),
    "batch": Entry(
        "batch:from_words", _batch,
        ("Oriente tout un fichier de personnes sans perdre une ligne : chaque ligne ressort avec sa réponse, ou parmi les rejets avec la raison. Sort avec 1 s'il y a des rejets ou des personnes à compléter.",
         "Route a whole file of persons without losing a line: each row comes out with its answer, or among the rejects with the reason. Exit 1 if there are rejects or persons to be completed."),
        ("Exemple : cep-route batch intake.csv -o orientes.csv --rejets rejets.csv", "Example: cep-route batch intake.csv -o routed.csv --rejects rejects.csv"),
    ),
    "inspect": Entry(
        "inspect:from_words", _inspect,
        ("Montre ce qui est compris d'un fichier de personnes, avant toute orientation : encodage, colonnes, valeurs non reconnues, lignes qui seraient rejetées.",
         "Show what is understood of a file of persons before anything is routed: encoding, columns, values not recognised, rows that would be rejected."),
        ("Exemple : cep-route inspect intake.csv", "Example: cep-route inspect intake.csv"),
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
    "compare": Entry(
        "compare:from_words", _compare,
        ("Deux jours, deux jeux de règles ou deux territoires : combien de genres de personnes changent de réponse, et comment.",
         "Two days, two sets of rules or two territories: how many kinds of person get another answer, and how."),
        ("Exemple : cep-route compare 2019-12-31 2020-01-01", "Example: cep-route compare 2019-12-31 2020-01-01"),
    ),
    "test": Entry(
        "cases:from_words", _test,
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
    "territory import": Entry(
        "directory:import_words", _territory_import,
        ("Fait une fiche d'annuaires ouverts déjà téléchargés (annuaire de l'administration, data·inclusion, agences, classeur, CSV). Chaque ligne est comptée : gardée, réunie à une autre, ou écartée avec la raison. --mapping dit ce que devient chaque champ et où prendre les fichiers.",
         "Make a file from open directories already downloaded (the administration's directory, data·inclusion, agencies, workbook, CSV). Every row is counted: kept, joined to another, or dropped with the reason. --mapping tells what becomes of each field and where to get the files."),
        ("Exemple : cep-route territory import annuaire.json competences.json --departement 08 -o ardennes-08.toml", "Example: cep-route territory import annuaire.json competences.json --departement 08 -o ardennes-08.toml"),
    ),
    "territory export": Entry(
        "directory:export_words", _territory_export,
        ("Rend les partenaires d'une fiche en lignes data·inclusion (schéma v1).", "Give the partners of a file back as data·inclusion rows (schema v1)."),
        ("Exemple : cep-route territory export ma-vallee.toml --format data-inclusion -o partenaires.json", "Example: cep-route territory export my-valley.toml --format data-inclusion -o partners.json"),
    ),
    "territory fmt": Entry(
        "directory:fmt_words", _territory_fmt,
        ("Range une fiche : ordre et mise en page stables, commentaires gardés, aucune valeur changée.", "Lay a file out: stable order and layout, comments kept, no value changed."),
        ("Exemple : cep-route territory fmt ma-vallee.toml", "Example: cep-route territory fmt my-valley.toml"),
    ),
    "territory diagnose": Entry(
        "diagnose:from_words", _territory_diagnose,
        ("Voit un territoire entier : coopération, qui est laissé dehors et ce qui boucherait chaque trou, et si…, combien de personnes. Sort avec 1 s'il manque quelque chose.",
         "See a territory whole: cooperation, who is left out and what would close each hole, what if…, how many people. Exit 1 if something is missing."),
        ("Exemple : cep-route territory diagnose c2a --sans region --format html -o c2a.html", "Example: cep-route territory diagnose c2a --without region --format html -o c2a.html"),
    ),
    "serve": Entry(
        "serve:from_words", _serve,
        ("Reste ouvert pour d'autres programmes : une demande JSON par ligne, ou par HTTP sur cette machine.",
         "Stay open for other programs: one JSON request a line, or over HTTP on this machine."),
        ("Exemple : cep-route serve --stdio < demandes.jsonl > reponses.jsonl", "Example: cep-route serve --stdio < requests.jsonl > answers.jsonl"),
    ),
    "page": Entry(
        "page:from_words", _page,
        ("Écrit la page web d'un territoire, à publier : les questions d'ask et leurs réponses, sans serveur ; rien de ce qu'on y répond n'est envoyé.",
         "Write the web page of a territory, to publish: the questions of ask and their answers, without a server; nothing answered there is sent."),
        ("Exemple : cep-route page --territoire c3a -o orienteur", "Example: cep-route page --territory c3a -o orienteur"),
    ),
    "schema": Entry(
        "schema:from_words", _schema,
        ("Schéma JSON d'un profil, d'un territoire, des règles ou d'une réponse, pour éditeurs et scripts.", "JSON Schema of a profile, a territory, the rules or a route, for editors and scripts."),
        ("Exemple : cep-route schema territory", "Example: cep-route schema territory"),
    ),
}  # fmt: skip
