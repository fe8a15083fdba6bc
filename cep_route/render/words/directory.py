"""The sentences of CEP7xx: directories brought in (701-719), the age of a territory file (720-729). And the words of the books of an import."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cep_route.render.words import Message

MESSAGES: dict[str, Message] = {
    "CEP701": {
        "fr": "on ne sait pas pour quel territoire importer",
        "en": "it is not said for which territory to import",
        "hint_fr": "dites --departement 08, --epci 200041630 ou --communes 08105,08409",
        "hint_en": "say --departement 08, --epci 200041630 or --communes 08105,08409",
        "why": "An import keeps the rows of one area out of a file that may hold the whole country; name a département, an EPCI or communes.",
    },
    "CEP702": {
        "fr": "« {zone} » n'est pas une zone connue",
        "en": "“{zone}” is not a known zone",
        "hint_fr": "un département se dit 08 ou 2A, un EPCI par ses 9 chiffres, une commune par son code Insee",
        "hint_en": "a département is written 08 or 2A, an EPCI with its 9 digits, a commune with its INSEE code",
        "why": "The zone is on no list of communes, EPCI or départements of today; check its code.",
    },
    "CEP703": {
        "fr": "on ne reconnaît pas la forme de ce fichier",
        "en": "the form of this file is not recognised",
        "hint_fr": "dites-la avec --from : data-inclusion, annuaire, france-travail, workbook ou csv",
        "hint_en": "tell it with --from: data-inclusion, annuaire, france-travail, workbook or csv",
        "why": "Forms are told by their own column and key names, and this file has none of them; name the form with --from.",
    },
    "CEP704": {
        "fr": "ce fichier JSON n'est pas en UTF-8",
        "en": "this JSON file is not UTF-8",
        "hint_fr": "téléchargez-le de nouveau, ou réenregistrez-le en UTF-8",
        "hint_en": "download it again, or save it as UTF-8",
        "why": "JSON is UTF-8 by its own rule; reading it otherwise would change names. Download it again or save it as UTF-8.",
    },
    "CEP705": {
        "fr": "ce fichier s'interrompt ou n'est pas ce qu'il paraît : rien n'en a été pris",
        "en": "this file breaks off or is not what it seems: nothing was taken from it",
        "hint_fr": "le téléchargement a pu s'arrêter : recommencez-le, et décompressez l'archive avant de la donner",
        "hint_en": "the download may have stopped: start it again, and unpack an archive before giving it",
        "why": "The file cannot be read to its end, so rows would be missing without anyone knowing; download it again.",
    },
    "CEP706": {
        "fr": "pour lire ce fichier il faut le paquet {package}",
        "en": "reading this file needs the package {package}",
        "hint_fr": "installez-le (pip install {package}), ou donnez le fichier en JSON ou en CSV",
        "hint_en": "install it (pip install {package}), or give the file as JSON or CSV",
        "why": "Parquet files and workbooks are read by optional packages; install the one named, or export the file as JSON or CSV.",
    },
    "CEP707": {
        "fr": "aucune colonne n'est celle du nom : {titles}",
        "en": "no column is that of the name: {titles}",
        "hint_fr": "dites laquelle : --map name=TITRE",
        "hint_en": "say which: --map name=TITLE",
        "why": "A plain list needs at least a column with the name of each house; name it with --map name=TITLE.",
    },
    "CEP708": {
        "fr": "aucune ligne ne dit de quel jour elle est : la fiche est datée d'aujourd'hui",
        "en": "no row tells its day: the file is dated today",
        "hint_fr": "dites le jour de la donnée avec --dated AAAA-MM-JJ : une fiche trop ancienne doit pouvoir être refusée",
        "hint_en": "tell the day of the data with --dated YYYY-MM-DD: a file that is too old must be refusable",
        "why": "Rows without a day make an old list look fresh; tell the day of the data with --dated.",
    },
    "CEP709": {
        "fr": "aucune ligne n'est de ce territoire : rien n'est écrit",
        "en": "no row is of this territory: nothing is written",
        "hint_fr": "voyez les comptes ci-dessus : la zone demandée, ou la forme du fichier",
        "hint_en": "see the counts above: the zone asked for, or the form of the file",
        "why": "Every row was dropped; the counts say why. The usual reasons are another département or another form than the one told.",
    },
    "CEP710": {
        "fr": "« {value} » n'est pas une colonne à donner à --map",
        "en": "“{value}” is not a column to give to --map",
        "hint_fr": "écrivez --map clé=TITRE, la clé parmi : {expected}",
        "hint_en": "write --map key=TITLE, the key among: {expected}",
        "why": "--map pairs a key of ours with a title of the file; the key must be one of those listed.",
    },
    "CEP711": {
        "fr": "la forme « {value} » n'est pas connue",
        "en": "the form “{value}” is not known",
        "hint_fr": "parmi : {expected}",
        "hint_en": "among: {expected}",
        "why": "--from names one of the forms the import reads; use one of those listed.",
    },
    "CEP712": {
        "fr": "quel fichier importer ?",
        "en": "which file to import?",
        "hint_fr": "donnez un ou plusieurs fichiers téléchargés ; --mapping montre les formes et où les prendre",
        "hint_en": "give one or more downloaded files; --mapping shows the forms and where to get them",
        "why": "The import reads files you downloaded; it never goes on the network. Give their paths.",
    },
    "CEP713": {
        "fr": "la fiche n'est pas rangée : cep-route territory fmt la rangerait",
        "en": "the file is not laid out: cep-route territory fmt would do it",
        "hint_fr": "lancez cep-route territory fmt {file}",
        "hint_en": "run cep-route territory fmt {file}",
        "why": "fmt --check compares a file with its own layout; run fmt to rewrite it. It changes no value and keeps comments.",
    },
    "CEP714": {
        "fr": "la fiche passerait {most} Mo, plus que ce qui se lit : rien n'est écrit",
        "en": "the file would be over {most} MB, more than is read: nothing is written",
        "hint_fr": "importez moins large : --epci ou --communes, ou un fichier de services déjà trié",
        "hint_en": "import a smaller area: --epci or --communes, or a file of services already sorted",
        "why": "Territory files are read up to a size; import a smaller area, or fewer rows.",
    },
    "CEP730": {
        "fr": "le genre « {network} » doit être un opérateur (`operator`) ou un partenaire (`circle`), l'un et non l'autre",
        "en": "the kind “{network}” must be an operator (`operator`) or a partner (`circle`), one and not the other",
        "hint_fr": "gardez celle des deux clés qui le dit",
        "hint_en": "keep the one key that says which",
        "why": "A row of a directory becomes a table of [[operators]] or of [[partners]]; the kind of house decides which, so it names one.",
    },
    "CEP731": {
        "fr": "« {word} » est revendiqué deux fois",
        "en": "“{word}” is claimed twice",
        "hint_fr": "laissez ce mot à un seul",
        "hint_en": "leave the word to one of them",
        "why": "A foreign code, a name or a title must lead to one table of the file; otherwise the order of the file would decide.",
    },
    "CEP732": {
        "fr": "la catégorie « {need} » n'est d'aucun cercle : ses partenaires tomberont dans « {circle} »",
        "en": "the category “{need}” is of no circle: its partners will fall into “{circle}”",
        "hint_fr": "ajoutez-la sous [[circles]]",
        "hint_en": "add it under [[circles]]",
        "why": "A partner of which only the needs are known goes to the circle of its category, else to `default_circle`.",
    },
    "CEP733": {
        "fr": "le réseau « {network} » du flux « {feed} » n'est d'aucun genre",
        "en": "the network “{network}” of the feed “{feed}” is of no kind",
        "hint_fr": "prenez le `network` d'un des [[kinds]]",
        "hint_en": "take the `network` of one of the [[kinds]]",
        "why": "Every row of such a feed is of one network, whose kind says what it becomes here.",
    },
    "CEP720": {
        "fr": "la fiche « {territory} » est vraie au {as_of}, il y a {months} mois : trop ancienne pour orienter quelqu'un",
        "en": "the file “{territory}” is true as of {as_of}, {months} months ago: too old to route anyone by",
        "hint_fr": "refaites-la (cep-route territory import --into), ou dites --accept-old en sachant que lieux et téléphones ont pu changer",
        "hint_en": "make it anew (cep-route territory import --into), or say --accept-old, knowing that desks and phones may have changed",
        "why": "Desks and phones older than the limit send people to closed doors; import newer data, or accept the age with --accept-old.",
    },
    "CEP721": {
        "fr": "la fiche « {territory} » est trop ancienne ({as_of}) : réponse par les canaux nationaux",
        "en": "the file “{territory}” is too old ({as_of}): answered by the national channels",
        "hint_fr": "les lieux anciens se montrent avec --territory {territory} --accept-old",
        "hint_en": "the old desks are shown with --territory {territory} --accept-old",
        "why": "The territory of the commune is older than the limit, so the answer gives national channels rather than old desks.",
    },
}

# The books of an import: how rows ended, and why values were left.
WORDS: dict[str, dict[str, str]] = {
    "rows": {"fr": "lignes", "en": "rows"},
    "kept": {"fr": "gardées", "en": "kept"},
    "joined": {"fr": "réunies", "en": "joined"},
    "dropped": {"fr": "écartées", "en": "dropped"},
    "service": {"fr": "service de sa structure", "en": "service of its structure"},
    "competence": {"fr": "périmètre d'une maison gardée", "en": "area of a house kept"},
    "double": {"fr": "double d'une autre", "en": "double of another"},
    "same_id": {"fr": "même identifiant", "en": "same id"},
    "elsewhere": {"fr": "hors du territoire", "en": "outside the territory"},
    "nationwide": {"fr": "ailleurs, ouvert à toute la France", "en": "elsewhere, open to the whole country"},
    "no_place": {"fr": "commune introuvable ou ambiguë", "en": "commune not found or ambiguous"},
    "no_name": {"fr": "sans nom", "en": "without a name"},
    "unknown_type": {
        "fr": "type de service hors de nos réseaux",
        "en": "type of service outside our networks",
    },
    "unknown_body": {"fr": "aucune maison gardée n'y est nommée", "en": "names no house kept"},
    "not_a_record": {"fr": "n'est pas un enregistrement", "en": "not a record"},
    "ignored": {"fr": "marquée à ignorer", "en": "marked to be ignored"},
    "unreadable_row": {"fr": "ligne illisible", "en": "unreadable row"},
    "invalid": {"fr": "impossible", "en": "impossible"},
    "personal": {"fr": "donnée d'une personne", "en": "data of a person"},
    "unknown_code": {"fr": "code inconnu", "en": "unknown code"},
    "older_schema": {"fr": "codes du schéma v0", "en": "codes of schema v0"},
    "far": {"fr": "à plus de 50 km de la commune", "en": "over 50 km from the commune"},
    "unreadable": {"fr": "ne se lit pas", "en": "cannot be read"},
    "overridden": {"fr": "une règle en efface une autre", "en": "a rule wipes out another"},
    "too_long": {"fr": "trop long", "en": "too long"},
    "incomplete": {"fr": "jour ou heure manquants", "en": "day or hour missing"},
    "on_request": {"fr": "« sur demande » ne s'écrit pas", "en": "“on request” cannot be written"},
    "name_length": {
        "fr": "nom trop court ou trop long pour le schéma",
        "en": "name too short or too long for the schema",
    },
    "own_need": {"fr": "besoin hors du vocabulaire du schéma", "en": "need outside the schema's vocabulary"},
    "lost": {"fr": "valeurs laissées", "en": "values left"},
    "ignored_columns": {"fr": "colonnes sans place dans la fiche", "en": "columns with no place in the file"},
    "columns": {"fr": "colonnes comprises", "en": "columns understood"},
    "first": {"fr": "premières", "en": "first"},
    "added": {"fr": "ajouté", "en": "added"},
    "changed": {"fr": "changé", "en": "changed"},
    "kept_value": {"fr": "gardé (écrit à la main)", "en": "kept (written by hand)"},
    "locked": {"fr": "gardé (lock = true)", "en": "kept (lock = true)"},
    "gone": {"fr": "absent de la nouvelle donnée, laissé", "en": "missing from the new data, left"},
}


def word(key: str, lang: str) -> str:
    """The words of a key; a key without words is shown as it is."""
    return WORDS.get(key, {}).get(lang, key)
