"""The sentences of the intake room: what is wrong with a file, its header, a row. Holds words; never decides or quotes a cell.

`CEP400` to `CEP419` refuse a file, `CEP420` to `CEP429` are said of a file that is read, `CEP430` to `CEP449` reject a row.
"""

from __future__ import annotations

from typing import TypedDict


class Message(TypedDict):
    """One sentence in both languages, its hint, and for `explain` what it is and how to mend it."""

    fr: str
    en: str
    hint_fr: str
    hint_en: str
    why: str


MESSAGES: dict[str, Message] = {
    # ------------------------------------------------------------------ the file is refused
    "CEP401": {
        "fr": "« {file} » ne s'ouvre pas : {reason}",
        "en": "« {file} » cannot be opened: {reason}",
        "hint_fr": "vérifiez le nom du fichier et vos droits de lecture",
        "hint_en": "check the name of the file and that you may read it",
        "why": "The system refused to open the file; check its name, its folder and the right to read it.",
    },
    "CEP402": {
        "fr": "« {file} » est un dossier, pas un fichier CSV",
        "en": "« {file} » is a folder, not a CSV file",
        "hint_fr": "donnez le nom d'un fichier",
        "hint_en": "give the name of a file",
        "why": "A folder was given where one file is read; name the file itself.",
    },
    "CEP403": {
        "fr": "« {file} » n'est pas un fichier ordinaire",
        "en": "« {file} » is not a regular file",
        "hint_fr": "pour lire un flux, écrivez « - » et envoyez-le sur l'entrée standard",
        "hint_en": "to read a stream, write « - » and send it to standard input",
        "why": "A pipe, device or socket may never end, so it is not opened; send it through standard input instead.",
    },
    "CEP404": {
        "fr": "« {file} » n'est pas un CSV mais un fichier {kind}",
        "en": "« {file} » is not a CSV but a {kind} file",
        "hint_fr": "ouvrez-le dans son logiciel et enregistrez-le au format « CSV UTF-8 »",
        "hint_en": "open it in its own program and save it as « CSV UTF-8 »",
        "why": "The first bytes are those of another format under a .csv name; nothing is unpacked, save it as CSV.",
    },
    "CEP405": {
        "fr": "« {file} » est vide",
        "en": "« {file} » is empty",
        "hint_fr": "refaites l'export : le fichier ne contient ni en-tête ni ligne",
        "hint_en": "export it again: there is neither a header nor a row",
        "why": "The file holds nothing, only a byte order mark or only blank lines; export it again.",
    },
    "CEP406": {
        "fr": "l'encodage de « {file} » ne se devine pas : la ligne {line} n'est ni de l'UTF-8 ni du Windows-1252",
        "en": "the encoding of « {file} » cannot be told: line {line} is neither UTF-8 nor Windows-1252",
        "hint_fr": "indiquez-le, par exemple --encoding mac_roman",
        "hint_en": "name it, for instance --encoding mac_roman",
        "why": "Bytes that neither UTF-8 nor Windows-1252 knows: guessing would write wrong names, so name the encoding.",
    },
    "CEP407": {
        "fr": "« {file} » s'annonce en {encoding} mais l'octet {offset} n'en est pas",
        "en": "« {file} » says it is {encoding} but byte {offset} is not",
        "hint_fr": "le fichier est sans doute coupé ou abîmé : refaites l'export, si possible en UTF-8",
        "hint_en": "the file is probably cut or damaged: export it again, in UTF-8 if possible",
        "why": "A file in two-byte or four-byte characters is broken at that offset; nothing after it can be trusted.",
    },
    "CEP408": {
        "fr": "« {file} » est plein d'octets nuls : fichier binaire, ou UTF-16 sans marque",
        "en": "« {file} » is full of NUL bytes: a binary file, or UTF-16 without its mark",
        "hint_fr": "si c'est un export « Texte Unicode », ajoutez --encoding utf-16-le",
        "hint_en": "if it is a « Unicode text » export, add --encoding utf-16-le",
        "why": "Text has no NUL bytes; UTF-16 is only read when its byte order mark or --encoding says so.",
    },
    "CEP409": {
        "fr": "encodage inconnu « {encoding} »",
        "en": "unknown encoding « {encoding} »",
        "hint_fr": "les plus courants : utf-8, cp1252, mac_roman, utf-16",
        "hint_en": "the usual ones: utf-8, cp1252, mac_roman, utf-16",
        "why": "The name given to --encoding is no text encoding of Python; write one of its names.",
    },
    "CEP410": {
        "fr": "aucune ligne de « {file} » ne porte les colonnes cherchées : {names}",
        "en": "no line of « {file} » holds the columns looked for: {names}",
        "hint_fr": "ajoutez une ligne d'en-tête, ou vérifiez --delimiter et --encoding",
        "hint_en": "add a header line, or check --delimiter and --encoding",
        "why": "The header is found by the names of its columns and none of them was met in the first 500 lines.",
    },
    "CEP411": {
        "fr": "« {file} » semble sans en-tête : la ligne {line} ressemble aux suivantes",
        "en": "« {file} » seems to have no header: line {line} looks like those below",
        "hint_fr": "ajoutez une ligne avec le nom des colonnes, ou donnez-les avec --columns",
        "hint_en": "add a line with the names of the columns, or give them with --columns",
        "why": "Taking a first person for a header would lose that person; name the columns in the file or on the command line.",
    },
    "CEP412": {
        "fr": "l'en-tête de « {file} » (ligne {line}) est illisible à la colonne {column}",
        "en": "the header of « {file} » (line {line}) cannot be read at column {column}",
        "hint_fr": "corrigez le nom de cette colonne, ou indiquez --encoding",
        "hint_en": "mend the name of that column, or give --encoding",
        "why": "A column name holds a NUL, bytes of another encoding or thousands of characters; write it again.",
    },
    "CEP413": {
        "fr": "« {file} » a {found} colonnes, plus que la limite de {limit}",
        "en": "« {file} » has {found} columns, over the limit of {limit}",
        "hint_fr": "ne gardez que les colonnes utiles",
        "hint_en": "keep only the columns that matter",
        "why": "So many columns are a damaged file or an attack; the limit protects the machine.",
    },
    "CEP414": {
        "fr": "séparateur impossible « {delimiter} » : il faut un seul caractère",
        "en": "impossible delimiter « {delimiter} »: it must be one character",
        "hint_fr": "par exemple --delimiter ';'",
        "hint_en": "for instance --delimiter ';'",
        "why": "A delimiter is exactly one character, neither a quote nor a line end.",
    },
    "CEP415": {
        "fr": "« {file} » semble séparé par « {mark} », qui n'est pas un séparateur attendu",
        "en": "« {file} » seems to be cut by « {mark} », which is not an expected delimiter",
        "hint_fr": "confirmez avec --delimiter '{mark}'",
        "hint_en": "confirm with --delimiter '{mark}'",
        "why": "Every line holds the same number of an unusual mark; it is only taken as a delimiter when told.",
    },
    "CEP416": {
        "fr": "l'entrée standard dépasse la limite de {limit} octets",
        "en": "standard input is over the limit of {limit} bytes",
        "hint_fr": "enregistrez-la dans un fichier et donnez son nom",
        "hint_en": "save it to a file and give its name",
        "why": "A stream is copied to a temporary file before it is read and that copy has a limit.",
    },
    "CEP417": {
        "fr": "aucune ligne de « {file} » ne porte de colonne connue",
        "en": "no line of « {file} » holds a known column",
        "hint_fr": "ajoutez une ligne d'en-tête, ou donnez une table de correspondance avec --map",
        "hint_en": "add a header line, or give a table of names with --map",
        "why": "None of the spellings known for any fact was met as a column name in the first 500 lines.",
    },
    "CEP418": {
        "fr": "« {file} » : un guillemet ouvert ligne {line}, sur l'en-tête ou au-dessus, n'est pas refermé comme il faut",
        "en": "« {file} »: a quote opened on line {line}, in the header or above it, is not closed as it should be",
        "hint_fr": "corrigez cette ligne",
        "hint_en": "mend that line",
        "why": "The line that should name the columns cannot be read for sure because of a stray quote.",
    },
    "CEP419": {
        "fr": "« {file} » a changé pendant la lecture",
        "en": "« {file} » changed while it was read",
        "hint_fr": "attendez la fin de l'écriture et recommencez",
        "hint_en": "wait until it is written and start again",
        "why": "The size or the date of the file is not what it was at the start, so rows may be missing.",
    },
    # ------------------------------------------------------------------ the file is read, and this must be said
    "CEP420": {
        "fr": "en-tête trouvé ligne {header} ; au-dessus, lignes non lues : {lines}",
        "en": "header found on line {header}; lines above it, not read: {lines}",
        "hint_fr": "si une personne s'y trouve, déplacez-la sous l'en-tête",
        "hint_en": "if a person is among them, move the line under the header",
        "why": "Titles above the header are not persons; they are listed so that nothing is left out in silence.",
    },
    "CEP421": {
        "fr": "lu en Windows-1252 (cp1252), car le fichier n'est pas en UTF-8",
        "en": "read as Windows-1252 (cp1252), as the file is not UTF-8",
        "hint_fr": "si des accents sont faux, indiquez --encoding",
        "hint_en": "if accents are wrong, give --encoding",
        "why": "French Excel saves CSV in Windows-1252; other one-byte encodings cannot be told from it.",
    },
    "CEP422": {
        "fr": "lu en Windows-1252 (cp1252) sans certitude : les accents semblent faux",
        "en": "read as Windows-1252 (cp1252) with doubt: accents look wrong",
        "hint_fr": "vérifiez les noms, ou indiquez --encoding, par exemple mac_roman ou cp850",
        "hint_en": "check the names, or give --encoding, for instance mac_roman or cp850",
        "why": "The letters Windows-1252 gives are not those of French words: the file comes from a Mac, DOS or another alphabet.",
    },
    "CEP423": {
        "fr": "colonnes de même nom « {name} » : {columns}",
        "en": "columns of the same name « {name} »: {columns}",
        "hint_fr": "les deux sont gardées ; renommez-en une",
        "hint_en": "both are kept; rename one",
        "why": "Two columns bear one name, so neither can be asked for by name; rename one of them.",
    },
    "CEP424": {
        "fr": "cellules entre « {quote} » : le fichier n'a pas de guillemet double",
        "en": "cells between « {quote} »: the file has no double quote",
        "hint_fr": "vérifiez que les apostrophes n'entourent pas de vraies valeurs",
        "hint_en": "check that the apostrophes are not part of the values",
        "why": "The whole header is written in single quotes and the file holds no double one, so single quotes quote.",
    },
    "CEP425": {
        "fr": "{count} ligne(s) plus courtes que l'en-tête, complétées par des vides : {lines}",
        "en": "{count} row(s) shorter than the header, completed with empty cells: {lines}",
        "hint_fr": "Excel omet parfois les cellules vides de fin de ligne ; vérifiez ces lignes",
        "hint_en": "Excel sometimes leaves out empty cells at the end of a row; check these lines",
        "why": "Missing cells at the end of a row are given back empty; a cell missing in the middle would shift the others.",
    },
    "CEP426": {
        "fr": "le fichier contient déjà des « � » : des lettres ont été perdues avant nous",
        "en": "the file already holds « � »: letters were lost before us",
        "hint_fr": "refaites l'export depuis le logiciel d'origine",
        "hint_en": "export it again from the program it came from",
        "why": "U+FFFD stands where a program could not read a letter; it is kept, the letter is lost.",
    },
    "CEP428": {
        "fr": "fichier en UTF-8 dont {count} ligne(s) sont d'un autre encodage, rejetées (la première : {line})",
        "en": "a UTF-8 file with {count} line(s) of another encoding, rejected (the first: {line})",
        "hint_fr": "deux exports ont été collés ; enregistrez tout en UTF-8",
        "hint_en": "two exports were pasted together; save all of it as UTF-8",
        "why": "Some lines are UTF-8 and some are not: the strangers are rejected one by one rather than read wrongly.",
    },
    "CEP429": {
        "fr": "fichier en Windows-1252 dont {count} ligne(s) semblent en UTF-8, rejetées (la première : {line})",
        "en": "a Windows-1252 file with {count} line(s) that look like UTF-8, rejected (the first: {line})",
        "hint_fr": "deux exports ont été collés ; enregistrez tout en UTF-8",
        "hint_en": "two exports were pasted together; save all of it as UTF-8",
        "why": "Most lines are Windows-1252 and a few are UTF-8: the few are rejected rather than read wrongly.",
    },
    # ------------------------------------------------------------------ a row is rejected
    "CEP430": {
        "fr": "{found} cellules pour {expected} colonnes",
        "en": "{found} cells for {expected} columns",
        "hint_fr": "une cellule contient sans doute le séparateur : mettez-la entre guillemets",
        "hint_en": "a cell probably holds the delimiter: put it between quotes",
        "why": "More cells than columns: any of them may be out of place, so none is used.",
    },
    "CEP431": {
        "fr": "{found} cellule(s) pour {expected} colonnes",
        "en": "{found} cell(s) for {expected} columns",
        "hint_fr": "complétez la ligne",
        "hint_en": "complete the row",
        "why": "Too many cells are missing, or one that is needed: the row may be a note, or its cells out of place.",
    },
    "CEP432": {
        "fr": "du texte suit un guillemet fermant",
        "en": "text after a closing quote",
        "hint_fr": "doublez les guillemets qui font partie du texte",
        "hint_en": "double the quotes that belong to the text",
        "why": "A cell begins with a quote that closes before its end; where the cell stops cannot be told.",
    },
    "CEP433": {
        "fr": "un guillemet s'ouvre sur cette ligne et ne se referme pas",
        "en": "a quote opens on this line and never closes",
        "hint_fr": "refermez ou supprimez ce guillemet ; les lignes suivantes ont été lues",
        "hint_en": "close or remove that quote; the lines below were read",
        "why": "An open quote would swallow every person below; only its own line is rejected.",
    },
    "CEP434": {
        "fr": "en-tête répété (le même que ligne {header})",
        "en": "header repeated (same as line {header})",
        "hint_fr": "plusieurs exports ont été collés : supprimez cette ligne",
        "hint_en": "several exports were pasted together: remove this line",
        "why": "The names of the columns come again among the rows; they are nobody.",
    },
    "CEP435": {
        "fr": "octet {byte} illisible dans l'encodage du fichier, colonne {column} (« {name} »)",
        "en": "byte {byte} cannot be read in the file's encoding, column {column} (« {name} »)",
        "hint_fr": "corrigez la ligne ou enregistrez tout le fichier en UTF-8",
        "hint_en": "mend the line or save the whole file as UTF-8",
        "why": "The line is not in the encoding of the rest of the file; reading it would write wrong letters.",
    },
    "CEP436": {
        "fr": "caractère nul, colonne {column} (« {name} »)",
        "en": "NUL character, column {column} (« {name} »)",
        "hint_fr": "supprimez ce caractère invisible",
        "hint_en": "remove that invisible character",
        "why": "Other programs would cut the cell at the NUL; the row is left for you to mend.",
    },
    "CEP437": {
        "fr": "cellule de plus de {limit} caractères, colonne {column} (« {name} »)",
        "en": "cell of more than {limit} characters, column {column} (« {name} »)",
        "hint_fr": "raccourcissez ce texte",
        "hint_en": "shorten that text",
        "why": "A cell over the limit is a damaged file or an attack; the limit protects the machine.",
    },
    "CEP438": {
        "fr": "ligne de plus de {limit} octets",
        "en": "line of more than {limit} bytes",
        "hint_fr": "vérifiez les fins de ligne du fichier",
        "hint_en": "check the line ends of the file",
        "why": "A line over the limit is skipped without being kept in memory.",
    },
    "CEP439": {
        "fr": "titre, total ou note, pas une personne",
        "en": "a title, total or note, not a person",
        "hint_fr": "supprimez cette ligne",
        "hint_en": "remove this line",
        "why": "Only the first cell is filled and it reads like a title or a total; if it is a person, fill the row.",
    },
    "CEP440": {
        "fr": "ligne d'un autre tableau, commencé sous le premier",
        "en": "row of another table, begun under the first",
        "hint_fr": "mettez chaque tableau dans son propre fichier",
        "hint_en": "put each table in its own file",
        "why": "Other column names were met under the first table: its rows would be read under the wrong names.",
    },
    "CEP441": {
        "fr": "ligne séparée par « {delimiter} », pas comme le reste du fichier",
        "en": "row cut by « {delimiter} », unlike the rest of the file",
        "hint_fr": "deux exports ont été collés : donnez-leur le même séparateur",
        "hint_en": "two exports were pasted together: give them the same delimiter",
        "why": "The row has the right number of cells under another delimiter than the file's.",
    },
    "CEP442": {
        "fr": "cellule entre apostrophes coupée par un séparateur, colonne {column} (« {name} »)",
        "en": "cell between single quotes cut by a delimiter, column {column} (« {name} »)",
        "hint_fr": "mettez la cellule entre guillemets doubles",
        "hint_en": "put the cell between double quotes",
        "why": "Single quotes do not protect a delimiter here, so the cells of this row are not where they seem.",
    },
    "CEP443": {
        "fr": "dernière ligne coupée : {found} cellule(s) pour {expected} colonnes, sans fin de ligne",
        "en": "last line cut: {found} cell(s) for {expected} columns, without a line end",
        "hint_fr": "la copie du fichier est sans doute incomplète : recommencez-la",
        "hint_en": "the copy of the file is probably incomplete: make it again",
        "why": "The file stops in the middle of a row; other rows may be missing after it.",
    },
    "CEP444": {
        "fr": "un guillemet ouvert sur cette ligne joindrait d'autres lignes, jusqu'à la ligne {last}",
        "en": "a quote opened on this line would join other lines to it, down to line {last}",
        "hint_fr": "refermez ou supprimez ce guillemet ; les lignes suivantes ont été lues",
        "hint_en": "close or remove that quote; the lines below were read",
        "why": "Two stray quotes make one record of several persons; the first line is rejected, the others are read.",
    },
    "CEP445": {
        "fr": "guillemet isolé sous une ligne au guillemet mal fermé : peut-être la fin de sa cellule",
        "en": "a lone quote under a line whose quote is badly closed: perhaps the end of its cell",
        "hint_fr": "corrigez d'abord la ligne rejetée au-dessus",
        "hint_en": "mend the rejected line above first",
        "why": "This may be the rest of a broken cell and not a person.",
    },
    "CEP446": {
        "fr": "guillemet précédé d'une barre oblique inverse : la coupure des cellules n'est pas sûre",
        "en": "a quote after a backslash: where cells are cut is not sure",
        "hint_fr": "doublez le guillemet au lieu de le faire précéder de « \\ »",
        "hint_en": "double the quote instead of writing « \\ » before it",
        "why": "Some programs write quotes with a backslash, which CSV does not know; the row may be cut in the wrong places.",
    },
}
