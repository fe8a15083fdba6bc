"""The sentences of CEP0xx: a file that cannot be read, or whose shape is wrong; and the French of what tomli and the system say.

Words only: nothing is opened or parsed here. `CEP001` to `CEP017`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cep_route.render.words import Message

MESSAGES: dict[str, Message] = {
    "CEP001": {
        "fr": "ce n'est pas du TOML : {why}",
        "en": "this is not TOML: {why}",
        "hint_fr": "la lecture s'est arrêtée là ; la faute est à cet endroit ou juste avant (guillemet, crochet, virgule)",
        "hint_en": "reading stopped there; the fault is there or just before (quote, bracket, comma)",
        "why": "The text does not follow the grammar of TOML, so nothing of the file is read; mend the place shown.",
    },
    "CEP002": {
        "fr": "le fichier dépasse {most} Mo",
        "en": "the file is larger than {most} MB",
        "hint_fr": "une fiche de territoire fait quelques dizaines de ko : est-ce le bon fichier ?",
        "hint_en": "a territory file takes a few dozen kB: is this the right file?",
        "why": "A file so large is no set of rules or territory; it is refused before it is parsed.",
    },
    "CEP003": {
        "fr": "une clé a plus de {most} parties séparées par des points",
        "en": "a key has more than {most} parts separated by dots",
        "hint_fr": "les clés de ces fichiers en ont trois au plus",
        "hint_en": "the keys of these files have three at most",
        "why": "Such a key would take seconds and gigabytes to parse; no file of ours has one, so it is refused first.",
    },
    "CEP004": {
        "fr": "il manque « {key} »",
        "en": "“{key}” is missing",
        "hint_fr": "ajoutez cette clé : elle est obligatoire ici",
        "hint_en": "add this key: it is required here",
        "why": "A table lacks a key it must have; add it. Keys that may be unknown are never required.",
    },
    "CEP005": {
        "fr": "la clé « {key} » est inconnue ici",
        "en": "the key “{key}” is unknown here",
        "hint_fr": "une clé mal écrite serait perdue sans bruit : corrigez-la, ou ôtez-la",
        "hint_en": "a misspelt key would be lost in silence: mend it, or remove it",
        "why": "No table of this kind has that key; it is misspelt, or stands in the wrong table.",
    },
    "CEP006": {
        "fr": "« {key} » attend {expected}, et contient {found}",
        "en": "“{key}” takes {expected}, and holds {found}",
        "hint_fr": "vérifiez les guillemets et les crochets : un texte en a, un nombre, une date, `true` et `false` n'en ont pas",
        "hint_en": "check the quotes and brackets: a text has them, a number, a date, `true` and `false` do not",
        "why": 'A value is of another kind than its key takes: "16" is not 16, "oui" is not true, 12 h 30 is not a day.',
    },
    "CEP007": {
        "fr": "« {value} » n'est pas une valeur de « {key} »",
        "en": "“{value}” is not a value of “{key}”",
        "hint_fr": "les valeurs sont : {expected}",
        "hint_en": "the values are: {expected}",
        "why": "The key takes one of a few words; take one of those listed.",
    },
    "CEP008": {
        "fr": "« {value} » n'a pas la forme que demande « {key} »",
        "en": "“{value}” does not have the form “{key}” asks for",
        "hint_fr": "codes en minuscules sans accent ni espace, dates 2026-11-22, téléphones +33123456789 ou 3949, communes à 5 caractères",
        "hint_en": "codes in lower case without accents or spaces, dates 2026-11-22, phones +33123456789 or 3949, communes of 5 characters",
        "why": "The kind is right but not the writing: a code, date, phone, commune or address that nobody could look up.",
    },
    "CEP009": {
        "fr": "« {key} » est vide",
        "en": "“{key}” is empty",
        "hint_fr": "ce qui n'est pas connu ne s'écrit pas : ôtez la clé, ou remplissez-la",
        "hint_en": "what is not known is left out: remove the key, or fill it",
        "why": "An empty text or list says nothing here; write a value, or leave the key out.",
    },
    "CEP010": {
        "fr": "« {key} » dépasse {most} caractères",
        "en": "“{key}” is longer than {most} characters",
        "hint_fr": "raccourcissez : ce texte doit tenir sur une fiche",
        "hint_en": "shorten it: this text has to fit on a card",
        "why": "The text would not fit where it is shown; shorten it.",
    },
    "CEP011": {
        "fr": "le fichier n'est pas en UTF-8 : octet {byte}",
        "en": "the file is not UTF-8: byte {byte}",
        "hint_fr": "enregistrez-le en UTF-8 (dans l'éditeur : « Encodage », « UTF-8 »)",
        "hint_en": "save it as UTF-8 (in the editor: “Encoding”, “UTF-8”)",
        "why": "TOML is UTF-8; a file saved as Windows-1252 breaks at its first accent. Save it again as UTF-8.",
    },
    "CEP012": {
        "fr": "le fichier ne se lit pas : crochets trop imbriqués, ou nombre trop long",
        "en": "the file cannot be read: brackets nested too deep, or a number too long",
        "hint_fr": "aucune fiche n'imbrique plus de trois niveaux",
        "hint_en": "no file of ours nests more than three levels",
        "why": "The parser gave up on hundreds of nested brackets or a number of thousands of digits; remove them.",
    },
    "CEP013": {
        "fr": "« {file} » n'est pas un fichier ordinaire",
        "en": "“{file}” is not a regular file",
        "hint_fr": "donnez le chemin d'un fichier .toml",
        "hint_en": "give the path of a .toml file",
        "why": "A folder, pipe or device was given where a file is read; a device may never end, so it is not opened.",
    },
    "CEP014": {
        "fr": "« {file} » ne s'ouvre pas : {why}",
        "en": "“{file}” cannot be opened: {why}",
        "hint_fr": "vérifiez le nom du fichier et vos droits de lecture",
        "hint_en": "check the name of the file and that you may read it",
        "why": "The system refused to open the file; check its name, its folder and the right to read it.",
    },
    "CEP015": {
        "fr": "aucune règle dans « {folder} »",
        "en": "no rules in “{folder}”",
        "hint_fr": "donnez un dossier qui contient des fichiers .toml de règles",
        "hint_en": "give a folder that holds .toml files of rules",
        "why": "The folder of rules is missing or holds no .toml file; without rules nothing can be answered.",
    },
    "CEP018": {
        "fr": "« {folder} » n'est pas un dossier de territoires",
        "en": "“{folder}” is not a folder of territories",
        "hint_fr": "donnez un dossier de fichiers .toml ; un seul territoire se donne par --territory",
        "hint_en": "give a folder of .toml files; one territory is given by --territory",
        "why": "The folder that was named is missing, so no local desk or partner of it could be found; check its name.",
    },
    "CEP016": {
        "fr": "aucun territoire ne s'appelle « {territory} »",
        "en": "no territory is called “{territory}”",
        "hint_fr": "`cep-route territory list` les nomme ; un fichier se donne par son chemin, en .toml",
        "hint_en": "`cep-route territory list` names them; give a file by its path, in .toml",
        "why": "A territory is the id of a shipped one or the path of a .toml file; this is neither.",
    },
    "CEP017": {
        "fr": "« {key} » vaut {value}, et doit être {bound}",
        "en": "“{key}” is {value}, and must be {bound}",
        "hint_fr": "vérifiez l'unité : minutes, jours, mois, part de 0 à 1",
        "hint_en": "check the unit: minutes, days, months, a share from 0 to 1",
        "why": "The number is outside what can be: often another unit (hours for minutes, per cent for a share).",
    },
}

# The kinds of value of CEP006 (`expected`, `found`), as they are said.
KINDS: dict[str, dict[str, str]] = {
    "text": {"fr": "un texte entre guillemets", "en": "a text in quotes"},
    "number": {"fr": "un nombre entier", "en": "a whole number"},
    "decimal": {"fr": "un nombre", "en": "a number"},
    "yes_no": {"fr": "`true` ou `false`", "en": "`true` or `false`"},
    "date": {
        "fr": "une date (2026-11-22, sans heure ni guillemets)",
        "en": "a date (2026-11-22, without time or quotes)",
    },
    "list": {"fr": "une liste entre crochets", "en": "a list in brackets"},
    "table": {"fr": "une table", "en": "a table"},
    "other": {"fr": "autre chose", "en": "something else"},
}
# A value found is told apart from a value wanted where the long words would mislead.
_FOUND: dict[str, dict[str, str]] = {
    "text": {"fr": "un texte", "en": "a text"},
    "decimal": {"fr": "un nombre à virgule", "en": "a decimal number"},
    "date": {"fr": "une date ou une heure", "en": "a date or a time"},
    "list": {"fr": "une liste", "en": "a list"},
}


def kind_words(word: str, lang: str, *, found: bool = False) -> str:
    """A kind of value of CEP006 in words; a word that is not one of them is given back."""
    words = (_FOUND.get(word) if found else None) or KINDS.get(word)
    return words["fr" if lang == "fr" else "en"] if words else word


# Every message tomli 2.5 raises, in French; `{}` is the part it fills in.
TOML_FR: dict[str, str] = {
    "Invalid statement": "cette ligne ne commence ni par une clé ni par un « [ »",
    "Expected newline or end of document after a statement": "quelque chose suit la valeur sur la même ligne",
    "Expected {}": "texte jamais fermé : il manque {}",
    "Found invalid character {}": "caractère interdit : {}",
    "Cannot declare {} twice": "la table [{}] est déjà ouverte plus haut",
    "Cannot overwrite a value": "cette clé a déjà une valeur",
    "Expected ']' at the end of a table declaration": "il manque « ] » à la fin du nom de la table",
    "Cannot mutate immutable namespace {}": "« {} » a déjà sa valeur, écrite d'une pièce : elle ne se complète pas",
    "Expected ']]' at the end of an array declaration": "il manque « ]] » à la fin du nom de la table",
    "Cannot redefine namespace {}": "« {} » est déjà une table",
    "Expected '=' after a key in a key/value pair": "il manque « = » après la clé",
    "Invalid initial character for a key part": "une clé ne peut pas commencer ainsi (lettres sans accent, chiffres, - et _ ; sinon entre guillemets)",
    "Unclosed array": "liste jamais fermée : il manque « ] » ou une virgule",
    "Duplicate inline table key {}": "la clé {} est écrite deux fois dans la même table",
    "Unclosed inline table": "table jamais fermée : il manque « } » ou une virgule",
    "Unescaped '\\' in a string": "« \\ » dans un texte s'écrit « \\\\ »",
    "Invalid hex value": "code de caractère mal écrit après « \\ »",
    "Escaped character is not a Unicode scalar value": "ce code ne désigne aucun caractère",
    "Unterminated string": "texte jamais fermé : il manque un guillemet",
    "Illegal character {}": "caractère interdit dans un texte : {}",
    "Invalid date or datetime": "cette date n'existe pas",
    "Invalid value": "valeur illisible (un texte se met entre guillemets)",
}

_LINE_END = "Illegal character '\\n'"  # a text that runs over the end of its line: its quote is missing


def toml_words(msg: str, lang: str) -> str:
    """What tomli says of a syntax error, in the reader's language; a message it never said before is given as it is."""
    msg = "Unterminated string" if msg == _LINE_END else msg
    for known in sorted(TOML_FR, key=lambda k: ("{}" in k, -len(k))):  # the exact ones first
        start, hole, end = known.partition("{}")
        if (msg.startswith(start) and msg.endswith(end)) if hole else msg == known:
            filled = _key(msg[len(start) : len(msg) - len(end)]) if hole else ""
            said = TOML_FR[known] if lang == "fr" else known[0].lower() + known[1:]
            return said.replace("{}", filled, 1) if hole else said
    return msg


def _key(shown: str) -> str:
    """Python's `('a', 'b')` as the file has it: `a.b`; a quoted character stays quoted."""
    if shown.startswith("(") and shown.endswith(")"):
        from ast import literal_eval

        return ".".join(str(part) for part in literal_eval(shown))
    return shown


# What the system says when a file does not open, in French.
SYSTEM_FR: dict[str, str] = {
    "No such file or directory": "il n'existe pas",
    "Permission denied": "vous n'avez pas le droit de le lire",
    "Is a directory": "c'est un dossier",
    "Not a directory": "son chemin traverse un fichier qui n'est pas un dossier",
    "File name too long": "son nom est trop long",
    "Too many levels of symbolic links": "ses liens tournent en rond",
    "Input/output error": "le disque ne répond pas",
    "Too many open files": "trop de fichiers sont ouverts",
}


# And when it cannot be written.
WRITING_FR: dict[str, str] = {
    "No such file or directory": "son dossier n'existe pas",
    "Permission denied": "vous n'avez pas le droit d'écrire là",
    "Operation not permitted": "vous n'avez pas le droit d'écrire là",
    "Is a directory": "c'est un dossier",
    "Not a directory": "son chemin traverse un fichier qui n'est pas un dossier",
    "File name too long": "son nom est trop long",
    "Read-only file system": "le disque est en lecture seule",
    "No space left on device": "le disque est plein",
    "Disk quota exceeded": "votre quota de disque est atteint",
    "File too large": "le fichier serait trop gros",
    "Input/output error": "le disque ne répond pas",
    "Too many levels of symbolic links": "ses liens tournent en rond",
}


def spoken(code: str, values: Mapping[str, str], lang: str) -> dict[str, str]:
    """The values of a finding as they are said: the words of tomli, of the system, of the kinds of value."""
    told = dict(values)
    if code == "CEP001":
        told["why"] = toml_words(told.get("why", ""), lang)
    elif code == "CEP014":
        why = told.get("why", "")
        told["why"] = SYSTEM_FR.get(why, why) if lang == "fr" else why[:1].lower() + why[1:]
    elif code == "CEP525":
        why = told.get("why", "")
        told["why"] = WRITING_FR.get(why, why) if lang == "fr" else why[:1].lower() + why[1:]
    elif code == "CEP006":
        told["expected"] = kind_words(told.get("expected", ""), lang)
        told["found"] = kind_words(told.get("found", ""), lang, found=True)
    return told
