"""The plain reader: every class of unlucky file, every message, and the law that nothing is lost or changed."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cep_route.intake.flow import Flow
from cep_route.intake.reader import Limits, Reading, Reject, Row, inspect_rows, open_reading, plain
from cep_route.messages import codes, said
from cep_route.model.answer import Finding


def read(content: bytes | str, columns=None, **options):
    """What is shown of a content: (header, rows by line, reject codes by line, refusal code)."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    shown = inspect_rows(stream, columns, **options)
    json.dumps(shown)
    assert inspect_rows(stream_again(content), columns, **options) == shown, "same file, same answer"
    rows = {row["line"]: row["cells"] for row in shown["rows"]}
    rejects = {reject["line"]: reject["code"] for reject in shown["rejects"]}
    assert len(rows) == len(shown["rows"])
    assert len(rejects) == len(shown["rejects"])
    refused = shown["refused"]["code"] if shown["refused"] else None
    return shown["header"], rows, rejects, refused


def whole(content: bytes | str, *wanted, **options):
    """A content read to its end: its items and what is known after them, or why it is refused."""
    reading = open_reading(stream_again(content), *wanted, **options)
    if isinstance(reading, Finding):
        return reading, None
    with reading:
        rows = reading.rows()
        return list(rows), rows


def stream_again(content):
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


# ---------------------------------------------------------------------------------------------- the classes

P = "Nom;Prénom;Naissance;CP;Tél"  # persons
A, B, C = (
    "Durand;Zoé;04/07/1998;01000;0612345678",
    "Roy;Anna;15/11/1987;2A004;0690112233",
    "Le Goff;Yann;09/03/1969;56000;0297445566",
)
a, b, c = A.split(";"), B.split(";"), C.split(";")

# name: (content, columns, rows by line, rejects by line); all are read
READ = {
    "plain": (f"{P}\n{A}\n{B}\n", None, {2: a, 3: b}, {}),
    "no final line end": (f"{P}\n{A}\n{B}", None, {2: a, 3: b}, {}),
    "CR only": (f"{P}\r{A}\r{B}\r", None, {2: a, 3: b}, {}),
    "CR LF and both": (f"{P}\r\n{A}\n{B}\r{C}\r\n", None, {2: a, 3: b, 4: c}, {}),
    "CR CR LF": (f"{P}\r\r\n{A}\r\r\n{B}", None, {3: a, 5: b}, {}),
    "separators that end no line": (
        "a;b\nx\u2028y;z\x0bw\nt\x85u;v\x1c\n",
        None,
        {2: ["x\u2028y", "z\x0bw"], 3: ["t\x85u", "v\x1c"]},
        {},
    ),
    "blank rows": (f"\n;;;;\n{P}\n\n{A}\n  ; ;;;\n;;;;;;;\n{B}\n\n\n", ["nom", "cp"], {5: a, 8: b}, {}),
    "blank quoted row": ('a,b\n""," "\nx,y\n', None, {3: ["x", "y"]}, {}),
    "a row that tells how to fill the columns": (
        f"{P}\ntexte;JJ/MM/AAAA;O/N;5 chiffres;\n{A}\ntexte;JJ/MM/AAAA;O/N;5 chiffres;\n",
        None,
        {3: a, 4: ["texte", "JJ/MM/AAAA", "O/N", "5 chiffres", ""]},
        {2: "CEP439"},
    ),
    "a row that shows how to fill the columns": (
        f"{P}\nEx : Durand;1;2;3;4\n{A}\n",
        None,
        {3: a},
        {2: "CEP439"},
    ),
    "tab": ("a\tb\n1\t2\n", None, {2: ["1", "2"]}, {}),
    "pipe": ("a|b\n1|2\n", None, {2: ["1", "2"]}, {}),
    "comma": ("a,b\n1,2\n", None, {2: ["1", "2"]}, {}),
    "semicolons and decimal commas": (
        "Nom;Montant\nA;5,5\nB;6,5\nC;7\n",
        None,
        {2: ["A", "5,5"], 3: ["B", "6,5"], 4: ["C", "7"]},
        {},
    ),
    "commas and quoted decimals": (
        'Nom,Montant\nA,"5,5"\nB,"6;5"\n',
        None,
        {2: ["A", "5,5"], 3: ["B", "6;5"]},
        {},
    ),
    "semicolons in a file of commas in every text": (
        "nom;adresse, ville\nA;1 rue X, Dax\nB;2 rue Y, Pau\n",
        None,
        {2: ["A", "1 rue X, Dax"], 3: ["B", "2 rue Y, Pau"]},
        {},
    ),
    "sep= is a hint": ("sep=;\r\na;b,c\r\n1;2,3\r\n", None, {3: ["1", "2,3"]}, {}),
    "sep= that lies": ("sep=,\r\nnom;cp\r\nA;01000\r\n", ["nom", "cp"], {3: ["A", "01000"]}, {}),
    "one column": ("commune\n01004\nBourg, Ain\n", ["commune"], {2: ["01004"]}, {3: "CEP430"}),
    "one column of decimals": ("montant\n1,5\n2,5\n", None, {2: ["1,5"], 3: ["2,5"]}, {}),
    "one column of dates": (
        "jour\n02/01/2014\n31/12/2012\n",
        None,
        {2: ["02/01/2014"], 3: ["31/12/2012"]},
        {},
    ),
    "one column whose value is its name": ("humeur\nbon\nhumeur\n", None, {2: ["bon"], 3: ["humeur"]}, {}),
    "doubled quotes": ('a;b\n"dit ""x""; oui";2\n', None, {2: ['dit "x"; oui', "2"]}, {}),
    "quoted line ends kept": (
        'a;b\n1;"x\ny\r\n\r\nz"\r\n2;t\r\n',
        None,
        {2: ["1", "x\ny\r\n\r\nz"], 6: ["2", "t"]},
        {},
    ),
    "quoted line ends in the header": ('"a\na";b\n1;2\n', ["a a"], {3: ["1", "2"]}, {}),
    "inner quotes": ('a;b\n37°36\'37.8"N;5" x 6"\n', None, {2: ["37°36'37.8\"N", '5" x 6"']}, {}),
    "spaces kept": ("a;b\n x ; y \n", None, {2: [" x ", " y "]}, {}),
    "spaces around quotes": ('a;b;c\n "1;x" ;2;"y"\t\n', None, {2: ["1;x", "2", "y"]}, {}),
    "spaces around quotes over lines": (
        'a;b\n1; "x\n;y" \n2;3\n',
        None,
        {2: ["1", "x\n;y"], 4: ["2", "3"]},
        {},
    ),
    "text kept as it is": (
        'cp;n;f;na\n01000;1,5;="0612";NA\n00;-1e5;=1+1;N/A\n',
        None,
        {2: ["01000", "1,5", '="0612"', "NA"], 3: ["00", "-1e5", "=1+1", "N/A"]},
        {},
    ),
    "equal rows": (f"{P}\n{A}\n{A}\n", None, {2: a, 3: a}, {}),
    "rows that begin with #": ("a;b\n#1;2\n", None, {2: ["#1", "2"]}, {}),
    "merged cells": (
        "groupe;nom;cp\nX;A;01000\n;B;02000\n;;03000\n",
        None,
        {2: ["X", "A", "01000"], 3: ["", "B", "02000"], 4: ["", "", "03000"]},
        {},
    ),
    "an empty column too many": (f"{P}\n{A};\n{B};;\n", None, {2: a, 3: b}, {}),
    "a nameless column too many": (f"{P};\n{A}\n{B};\n", None, {2: [*a, ""], 3: [*b, ""]}, {}),
    "a nameless column in the middle": (
        "a,,c\n1,2,3\nx,y,z\n",
        None,
        {2: ["1", "2", "3"], 3: ["x", "y", "z"]},
        {},
    ),
    "two columns of one name": ("a;b;a\nx;y;z\n", None, {2: ["x", "y", "z"]}, {}),
    "titles over the header": (
        f"Liste des personnes\nÉditée le;03/02/2025\n\n{P}\n{A}\n",
        ["nom", "prenom"],
        {5: a},
        {},
    ),
    "titles padded with delimiters": (f"Liste ; de;;;\n;;;;\n{P}\n{A}\n{B}\n", None, {4: a, 5: b}, {}),
    "a known word in a title": (f"Tél;;;;\n{P}\n{A}\n", ["nom", "prenom", "tel"], {3: a}, {}),
    "two header rows": (f"Identité;;;Adresse;\n{P}\n{A}\n", ["nom", "prenom", "cp"], {3: a}, {}),
    "noisy header": (
        "Nom\u00a0*;PRENOM :;  Date\nde naissance ".replace("\n", " ") + "\nA;B;C\n",
        ["nom", "prénom", "date de naissance"],
        {2: ["A", "B", "C"]},
        {},
    ),
    "header again": (f"{P}\n{A}\n{P.upper()}\n{B}\n", None, {2: a, 4: b}, {3: "CEP434"}),
    "header again with its mark": (f"{P}\n{A}\n\ufeff{P}\n{B}\n", None, {2: a, 4: b}, {3: "CEP434"}),
    "header three times before anybody": (f"{P}\n{P}\n{P}\n{A}\n", None, {4: a}, {}),
    "header alone": (f"{P}\n", None, {}, {}),
    "names as text in quotes": ('a,b\n"a""","b"""\n1,2\n', None, {2: ['a"', 'b"'], 3: ["1", "2"]}, {}),
    "commas in every line, semicolons in every person": (
        "key,values\nalpha,cat;bat;dog\nbeta,ox;cow;hen\n",
        None,
        {2: ["alpha", "cat;bat;dog"], 3: ["beta", "ox;cow;hen"]},
        {},
    ),
    "remarks over the header": (
        '# made by hand, to be forgotten\n"Col 1","Col 2","Col 3"\na,b,c\n# 20;7\n',
        None,
        {3: ["a", "b", "c"]},
        {4: "CEP439"},
    ),
    "what the signs mean": (
        "Nom,Naissance,Statut,CP\n* champ obligatoire,,,\nDE : demandeur d'emploi,,,\nA,1,DE,1\nSource : base, novembre 2026,,\n(1) à l'entrée,,,\nO = oui,,,\n,,NB : provisoire,\nLexique\nDE,demandeur,,\nSAL,salarié,,\nC,,,\n14:30,,,\n",
        None,
        {
            4: ["A", "1", "DE", "1"],
            12: ["C", "", "", ""],
            13: ["14:30", "", "", ""],
        },
        dict.fromkeys((2, 3, *range(5, 12)), "CEP439"),
    ),
    "what a list ends with": (
        "Nom;Naissance;Statut;CP\nA;1;DE;1\nListe arrêtée au 12/11/2026;;;\n45 personnes;;;\nListel;;;\nNéant;;;\nAucun;;;\n",
        None,
        {2: ["A", "1", "DE", "1"], 5: ["Listel", "", "", ""]},
        {3: "CEP439", 4: "CEP439", 6: "CEP439", 7: "CEP439"},
    ),
    **{
        f"how to fill the columns: {row}": (
            f"Nom;Naissance;RQTH;CP\n{row}\nA;1;O;1\n",
            None,
            {3: ["A", "1", "O", "1"]},
            {2: "CEP439"},
        )
        for row in (
            "Nom de famille;Format JJ/MM/AAAA;Oui / Non / En cours;5 chiffres",
            ";(jj/mm/aaaa);(O/N);",
            "DUPONT (exemple);01/01/1980;Oui;75001",
            "(1);(2);(3);(4)",
        )
    },
    "what the signs mean, under two columns": (
        "Nom;Statut\nDE : demandeur d'emploi;\nA;DE\nB;\nRQTH : travailleur handicapé;\n",
        None,
        {3: ["A", "DE"], 4: ["B", ""]},
        {2: "CEP439", 5: "CEP439"},
    ),
    "uneven under a blank line": (
        "\nun,deux,trois\n1,2,3,4\n1,2,3\n1,2,3,4,5\n1,2,3,4,5\n",
        None,
        {4: ["1", "2", "3"]},
        {3: "CEP430", 5: "CEP430", 6: "CEP430"},
    ),
    "an apostrophe as text": (
        "a,n,b\n',39,x\nA,1,'A\n',3,A'\n",
        None,
        {2: ["'", "39", "x"], 3: ["A", "1", "'A"], 4: ["'", "3", "A'"]},
        {},
    ),
    "footers": (
        f"{P}\n{A}\n;;;;\nTotal : 1 personne;;;;\nDocument confidentiel\n",
        None,
        {2: a},
        {4: "CEP439", 5: "CEP439"},
    ),
    "titles of parts, and who signed": (
        f"{P}\nNovembre 2026;;;;\n{A}\nAntenne de Gap;;;;\n{B}\nFait à Gap, le 12/11/2026;;;;\nLa directrice;;;;\n",
        None,
        {3: a, 5: b},
        dict.fromkeys((2, 4, 6, 7), "CEP439"),
    ),
    "title repeated on each page": (
        f"Mission X;;;;\n{P}\n{A}\nMission X;;;;\n{P}\n{B}\n",
        ["nom", "cp"],
        {3: a, 6: b},
        {4: "CEP439", 5: "CEP434"},
    ),
    "long row": (f"{P}\n{A};x\n{B}\n", None, {3: b}, {2: "CEP430"}),
    "long row over two lines": ('a;b;c\n1;2;"x\nx";4\n5;6;7\n', None, {4: ["5", "6", "7"]}, {2: "CEP430"}),
    "short rows": (
        f"{P}\nDurand;Zoé;04/07/1998\nRoy;Anna\n{C}\n",
        None,
        {2: [*a[:3], "", ""], 4: c},
        {3: "CEP431"},
    ),
    "last row cut": (f"{P}\n{A}\nRoy;Anna;15/11/1987;2A0", None, {2: a}, {3: "CEP443"}),
    "row of another delimiter": (
        f"{P}\n{A}\n{B.replace(';', ',')}\n{C.replace(';', chr(9))}\n",
        None,
        {2: a},
        {3: "CEP441", 4: "CEP441"},
    ),
    "text after a closing quote": (f'{P}\n"Mineure" x;Zoé;;;\n{B}\n', None, {3: b}, {2: "CEP432"}),
    "open quote": (
        f'{P}\n{A[:-3]};"x\n{B}\n{C}\n'.replace(";061234567", ""),
        None,
        {3: b, 4: c},
        {2: "CEP433"},
    ),
    "open quote before quoted rows": (
        'a;b\n1;"x\n"2";"y"\n3;"z;t"\n',
        None,
        {3: ["2", "y"], 4: ["3", "z;t"]},
        {2: "CEP432"},
    ),
    "two open quotes": (
        'a;b;c\n1;"x;y\n2;"z;t\n3;u;v\n',
        None,
        {4: ["3", "u", "v"]},
        {2: "CEP432", 3: "CEP433"},
    ),
    "open quote on the last row": ('a;b\n1;2\n3;"x', None, {2: ["1", "2"]}, {3: "CEP433"}),
    "two quotes that join persons": (
        f'{P}\n"{A}\nRoy";Anna;15/11/1987;2A004;0690112233\n{C}\n',
        None,
        {3: ['Roy"', *b[1:]], 4: c},
        {2: "CEP444"},
    ),
    "two quotes that join persons, a blank after each delimiter": (
        'n, a, s, v\nAna, 22, x, y\n"Leo, 24, x, y\nTom, 30, x, y\nZoe", 31, x, y\nMax, 40, x, y\n',
        None,
        {
            2: ["Ana", " 22", " x", " y"],
            4: ["Tom", " 30", " x", " y"],
            5: ['Zoe"', " 31", " x", " y"],
            6: ["Max", " 40", " x", " y"],
        },
        {3: "CEP444"},
    ),
    "lines of a note with commas of their own, in three columns": (
        'n,s,note\nAna,x,y\nLeo,x,"450,50 and 30,20\n800,10 and 120,40 too"\nMax,x,y\n',
        None,
        {
            2: ["Ana", "x", "y"],
            3: ["Leo", "x", "450,50 and 30,20\n800,10 and 120,40 too"],
            5: ["Max", "x", "y"],
        },
        {},
    ),
    "a broken cell over lines": (
        'a;b;c\n1;"x\ny "z" t\nu;v";6\n7;8;9\n',
        None,
        {5: ["7", "8", "9"]},
        {2: "CEP432", 3: "CEP431", 4: "CEP445"},
    ),
    "backslash before quotes": (
        'a;b\n1;"x \\"y\\" z"\n2;"x\\";y"\n3;4\n',
        None,
        {2: ["1", 'x "y" z'], 3: ["2", 'x";y'], 4: ["3", "4"]},
        {},
    ),
    "backslash before quotes in one row of two ways": (
        'a;b\n1;"x \\"y\\" z"\n2;"x""y"\n3;4;5\n',
        None,
        {3: ["2", 'x"y']},
        {2: "CEP432", 4: "CEP430"},
    ),
    "backslash that moves a cell": (
        'a;b\n"x\\";y"\n"c:\\d\\";e\n',
        None,
        {3: ["c:\\d\\", "e"]},
        {2: "CEP446"},
    ),
    "single quotes in the whole file": (
        "'a';'b'\n'1;x';'2'\nd'A;3\n'x' y;4\n",
        None,
        {2: ["1;x", "2"], 3: ["d'A", "3"]},
        {4: "CEP432"},
    ),
    "single quotes that protect nothing": ("a;b\n'1;2'\n'x';y\n", None, {3: ["'x'", "y"]}, {2: "CEP442"}),
    "single quotes around cells that hold the delimiter": (
        "nom;ville\n'Roy; Anna';Gap\n'Le Goff; Yann';Dax\n",
        None,
        {2: ["Roy; Anna", "Gap"], 3: ["Le Goff; Yann", "Dax"]},
        {},
    ),
    "one blank cell too many among right rows": (
        f"{P}\nDurand;Zoé;4;;01000;\n{B}\n{C}\n",
        None,
        {3: b, 4: c},
        {2: "CEP430"},
    ),
    "one short row among full ones": (
        f"{P}\nDurand;Zoé;401000;\n{B}\n{C}\n",
        None,
        {3: b, 4: c},
        {2: "CEP431"},
    ),
    "a text over two lines that holds delimiters": (
        'nom;statut;remarque\nAda;salarié;"Suivie depuis mai.\nHabite à Gap; deux enfants; permis B"\nBo;salarié;\n',
        None,
        {
            2: ["Ada", "salarié", "Suivie depuis mai.\nHabite à Gap; deux enfants; permis B"],
            4: ["Bo", "salarié", ""],
        },
        {},
    ),
    "a quote inside a cell, its partner in a later one": (
        'nom,age,adresse,cadre\nBo,47"12 rue X, bat B",oui\nCy,40,"3 rue Y, bat C",oui\n',
        None,
        {3: ["Cy", "40", "3 rue Y, bat C", "oui"]},
        {2: "CEP448"},
    ),
    "what stands above a repeated header": (
        f"{P}\n{A}\nPublic de 2025;;;;\n\n{P}\n{B}\n",
        None,
        {2: a, 6: b},
        {3: "CEP439", 5: "CEP434"},
    ),
    "second table one column wider": (
        f"{P}\n{A}\n{P};Note 1\n{B};\n{C};\n",
        None,
        {2: a},
        {3: "CEP440", 4: "CEP440", 5: "CEP440"},
    ),
    "totals and means": (
        f"{P}\n{A}\nTotal;;2;;1\nTOTAL GENERAL;2;;;\nSous-total Lyon;;;2;\nMoyenne;;34;;\n;Total;68;;\n;;;Total RQTH;1\nNombre de personnes : ;2;;;\nEnsemble;Marie;04/07/1998;01000;\n{B}\n",
        None,
        {2: a, 10: ["Ensemble", "Marie", "04/07/1998", "01000", ""], 11: b},
        dict.fromkeys(range(3, 10), "CEP439"),
    ),
    "recap under the table": (
        f"{P}\n{A}\n{B}\n\nRécapitulatif;;;;\nStatut;Nombre;;;\nSalarié;1;;;\nRetraité;1;;;\n",
        None,
        {2: a, 3: b},
        {5: "CEP439", 6: "CEP440", 7: "CEP440", 8: "CEP440"},
    ),
    "NUL": (f"{P}\nDu\0rand;Zoé;;;\n{B}\n", None, {3: b}, {2: "CEP436"}),
    "control characters": ("a;b\n\x1b[2J;\u202ex\n", None, {2: ["\x1b[2J", "\u202ex"]}, {}),
    "second table": (
        f"{P}\n{A}\n{B}\n\nStructure;Ville;Chef;Rue;Fax\nCCAS;Dax;X;Y;Z\n",
        None,
        {2: a, 3: b},
        {5: "CEP440", 6: "CEP440"},
    ),
    "second table cut otherwise": (
        "nom;age;ville\nA;30;Gap\n\nnom,age,ville\nB,31,Dax\nC,32,Pau\n",
        ["nom", "age", "ville"],
        {2: ["A", "30", "Gap"]},
        {4: "CEP441", 5: "CEP441", 6: "CEP441"},
    ),
    "second table of other width": (
        f"{P}\n{A}\n{B}\n;;;;\nStructure;Ville;;;\nCCAS;Dax;;;\n\n{P}\n{C}\n",
        None,
        {2: a, 3: b, 9: c},
        {5: "CEP440", 6: "CEP440", 8: "CEP434"},
    ),
    "columns in another order": (
        "a;b;c\n1;2;3\nc;a;b\n4;5;6\n",
        None,
        {2: ["1", "2", "3"]},
        {3: "CEP440", 4: "CEP440"},
    ),
    "cp1252": (f"{P}\nŒuvrard;Zoé €;;;\n".encode("cp1252"), None, {2: ["Œuvrard", "Zoé €", "", "", ""]}, {}),
    "UTF-8 with its mark": (f"{P}\n{A}\n".encode("utf-8-sig"), None, {2: a}, {}),
    "UTF-16": (f"{P}\r\n{A}\r\n".encode("utf-16"), None, {2: a}, {}),
    "UTF-16 big endian": (b"\xfe\xff" + f"{P}\r\n{A}\r\n".encode("utf-16-be"), None, {2: a}, {}),
    "UTF-8 with strangers": (
        f"{P}\n{A}\n".encode() + "Lefèvre;x;;;\n".encode("cp1252") + f"{C}\n".encode(),
        None,
        {2: a, 4: c},
        {3: "CEP435"},
    ),
    "cp1252 with a stranger": (
        b"a;b\n" + b"\xe9;1\n" * 30 + "é;2\n".encode(),
        None,
        {line: ["é", "1"] for line in range(2, 32)},
        {32: "CEP435"},
    ),
    "bytes of no alphabet": (b"a;b\nx;1\ninvalid_\xff\xff;2\n", None, {2: ["x", "1"]}, {3: "CEP435"}),
    "many columns": (
        ";".join(f"c{i}" for i in range(1000)) + "\n" + ";".join("x" * 1000) + "\n",
        None,
        {2: ["x"] * 1000},
        {},
    ),
    "cp1252 with one cell of UTF-8 read wrong": (
        b"nom;ville\n" + "Hélène;Orléans\n".encode("cp1252") * 20 + "Zoé;Gap\n".encode(),
        None,
        {line: ["Hélène", "Orléans"] for line in range(2, 22)},
        {22: "CEP435"},
    ),
    "a huge cell": (f"{P}\n{'x' * 200_000};Zoé;;;\n", None, {2: ["x" * 200_000, "Zoé", "", "", ""]}, {}),
}


@pytest.mark.parametrize("name", READ)
def test_read(name):
    content, columns, rows, rejects = READ[name]
    _, got_rows, got_rejects, refused = read(content, columns)
    assert refused is None
    assert got_rejects == rejects
    assert got_rows == rows


TITLES = {"cadre", "rsa", "situation", "nom", "age"}.__contains__  # asked, as the known titles are

REFUSED = {
    "0 bytes": (b"", None, "CEP405"),
    "a mark alone": (b"\xef\xbb\xbf", None, "CEP405"),
    "blank lines": (b";;;\r\n \r\n\r\n;;;\r\n", None, "CEP405"),
    "zip": (b"PK\x03\x04\x14\x00rest", None, "CEP404"),
    "workbook": (b"PK\x03\x04\x14\x00[Content_Types].xml", None, "CEP404"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", None, "CEP404"),
    "gzip": (b"\x1f\x8b\x08rest", None, "CEP404"),
    "PDF": (b"%PDF-1.7\n", None, "CEP404"),
    "HTML": (b"\xef\xbb\xbf\r\n <!DOCTYPE html><html>", None, "CEP404"),
    "HTML table": (b"<table><tr><td>Nom", None, "CEP404"),
    "HTML in UTF-16": ("<html><body>".encode("utf-16"), None, "CEP404"),
    "XML": (b'<?xml version="1.0"?>', None, "CEP404"),
    "JSON": (b'[{"nom": "x"}]', None, "CEP404"),
    "no header, a person whose words are titles": (
        "Dupont;Jean;40;cadre;99301;X\nMartin;Zoe;33;employé;99301;Y\n",
        TITLES,
        "CEP417",
    ),
    "no header, a person of two such words": (
        "Dupont;Jean;40;99301;cadre;RSA;X\nMartin;Zoe;33;99301;employé;non;Y\n",
        TITLES,
        "CEP411",
    ),
    "no header, one person of such words": ("Dupont;Jean;cadre;RSA;oui\n", TITLES, "CEP411"),
    "names not found": (f"{P}\n{A}\n", ["statut", "âge"], "CEP410"),
    "no header, names looked for": (f"{A}\n{B}\n", ["nom", "cp"], "CEP410"),
    "no header, a known word in a row": (f"{A};RSA\n{B};RSA\n", ["nom", "rsa"], "CEP410"),
    "no header": (f"{A}\n{B}\n", None, "CEP411"),
    "no header, numbers": ("1,2,3\n4,5,6\n", None, "CEP411"),
    "no header, one row": ("1,2,3\n", None, "CEP411"),
    "no header, line ends": ('"hello\nworld","5"\n"what,\n x","6"\n', None, "CEP411"),
    "no header, all alike": ("valid,valid\nvalid,valid\n", None, "CEP411"),
    "no header, dates": ('"Dec 8, 2022"\n"Sep 26, 2022"\n', None, "CEP411"),
    "no header, years": ("'Doc';'The pick';2006\nSimon;Sounds;1966\nJon;Some;2009\n", None, "CEP411"),
    "no header, amounts": ('"100,000.00"\n"300,000.20"\n50\n"1,000,000.5"\n', None, "CEP411"),
    "no header, one person": ("Anna;Roy;31/05/2018\n", None, "CEP411"),
    "no header, one hour": ("Mon 30, June 2003, 12:03:10 PM\n", None, "CEP411"),
    "spaces between cells": ('NOM AGE "LIEU DIT" "X"\nRoy 30 "Le Bois" "y"\n', None, "CEP415"),
    "names left blank": (",,\n123,x,y1\n345,x,y2\n", None, "CEP411"),
    "names nearly all blank": (",a,\n,b,\n,c,\n", None, "CEP411"),
    "open quote on the header": ('a,"b,c\nd,e,f', None, "CEP418"),
    "open quote at the start": ('"hello\n\n world\n', None, "CEP418"),
    "NUL in the header": ("a;b\0;c\n1;2;3\n", None, "CEP412"),
    "another delimiter": ("a~b~c\n1~2~3\n", None, "CEP415"),
    "a colon": ("a:b\n1:2\n", None, "CEP415"),
    "too many columns": (";".join(f"c{i}" for i in range(1001)) + "\n", None, "CEP413"),
    "mac_roman": (f"{P}\nLefèvre;x;;;\n".encode("mac_roman"), None, "CEP406"),
    "Shift-JIS": ("名前,年齢\n田中、表,3\n".encode("shift_jis"), None, "CEP406"),
    "UTF-16 without its mark": (f"{P}\n{A}\n".encode("utf-16-le"), None, "CEP408"),
    "broken UTF-16": (b"\xff\xfea\x00;\x00b\x00\n\x00\x00\xd8", None, "CEP407"),
    "binary": (bytes(range(32)) * 3 + b"\0" * 200, None, "CEP408"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    content, columns, code = REFUSED[name]
    assert read(content, columns)[1:] == ({}, {}, code)


def test_told():
    """What --encoding and --delimiter change, and what they refuse."""
    roman = f"{P}\nLefèvre;Zoé;;;\n".encode("mac_roman")
    assert read(roman, encoding="mac_roman")[1] == {2: ["Lefèvre", "Zoé", "", "", ""]}
    assert read(f"{P}\n{A}\n".encode("utf-16-le"), encoding="UTF-16LE")[1] == {2: a}
    assert read("a~b\n1~2\n", delimiter="~")[1] == {2: ["1", "2"]}
    assert read("a b\n1 2\n", delimiter=" ")[1] == {2: ["1", "2"]}
    assert read("a;b,c\n1;2,3\n", delimiter=",")[1] == {2: ["1;2", "3"]}
    assert read(b"a;b\n\xe9;1\n\xc3\xa9;2\n", encoding="utf-8")[1:] == ({3: ["é", "2"]}, {2: "CEP435"}, None)
    assert read("a;b\n1;2\n", encoding="klingon")[3] == "CEP409"
    assert read("a;b\n1;2\n", encoding="base64")[3] == "CEP409"
    for wrong in ("", ";;", "\n", '"', "\0"):
        assert read("a;b\n1;2\n", delimiter=wrong)[3] == "CEP414"


def test_letters_that_no_word_has_put_the_encoding_in_doubt():
    text = "nom;ville\n" + "Zoé;Orléans\nAnaé;Crémieu\nRenaud;Gap\n" * 9
    for codec, code in (("cp1252", "CEP421"), ("mac_roman", "CEP422"), ("cp850", "CEP422")):
        shown = inspect_rows(io.BytesIO(text.encode(codec)), ["nom", "ville"])
        assert [notice["code"] for notice in shown["notices"]] == [code], codec


def test_of_two_rows_of_titles_the_lower_one_names_the_columns():
    """A title that spans both rows stands in the upper one."""
    text = "Nom;Naissance;Situation;;Domicile;\n;Date;Statut;RQTH;CP;Ville\nA;12/05/1990;DE;Non;69003;LYON\n"
    known = {"nom", "naissance", "situation", "domicile", "statut", "rqth", "cp", "ville"}
    with open_reading(io.BytesIO(text.encode()), known.__contains__) as reading:
        assert reading.header == ("Nom", "Date", "Statut", "RQTH", "CP", "Ville")
        assert [row.cells[0] for row in reading.rows()] == ["A"]


def test_a_header_of_two_rows_comes_again_and_its_rejects_can_be_mended():
    text = "Nom;Naissance;;CP\n;Date;Lieu;\nA;12/05/1990;Lille;69003\nNom;Naissance;;CP\n;Date;Lieu;\nB;12/05/1990;Lille;69003\n"
    known = {"nom", "naissance", "date naissance", "lieu naissance", "cp"}
    with open_reading(io.BytesIO(text.encode()), known.__contains__) as reading:
        assert reading.header == ("Nom", "Date Naissance", "Lieu Naissance", "CP")
        assert (reading.heading.raw, reading.heading.above) == ("Nom;Date Naissance;Lieu Naissance;CP\n", ())
        assert [getattr(item, "code", "") for item in reading.rows()] == ["", "CEP434", "CEP434", ""]


def test_understood():
    with open_reading(
        io.BytesIO(f"Titre\n\n{P};tel\n{A};x\n".encode("utf-8-sig")), ["nom", "cp", "tel"]
    ) as reading:
        assert isinstance(reading, Reading)
        lines, heading = reading.lines, reading.heading
        assert (reading.encoding, lines.has_mark, lines.newline) == ("utf-8-sig", True, "\n")
        assert (heading.delimiter, heading.quote, heading.line, heading.raw) == (";", '"', 3, f"{P};tel\n")
        assert (reading.header, heading.above) == ((*P.split(";"), "tel"), ((1, ("Titre",)),))
        assert reading.notices[1].values == {"name": "Tél", "columns": "5, 6"}
        assert [finding.code for finding in reading.notices] == ["CEP420", "CEP423"]
        assert list(reading.rows()) == list(reading.rows()) == [Row(4, (*a, "x"), f"{A};x\n")]
        rows = reading.rows()
        list(rows)
        assert (rows.seen, rows.delivered, rows.rejected, rows.blank, rows.failure) == (1, 1, 0, 0, None)


def test_raw_is_the_file():
    """The texts of rows and rejects, put together, are the lines under the header."""
    body = f'{A}\r\n{B};x\n"a\r\nb";c;d;e;f\r"x\n{C}'
    items, _ = whole(f"{P}\n{body}")
    assert "".join(item.raw for item in items) == body
    assert [type(item).__name__ for item in items] == ["Row", "Reject", "Row", "Reject", "Row"]


def test_short_rows_are_told():
    shown = inspect_rows(io.BytesIO(f"{P}\n{A[:-11]}\n{B[:-11]}\n".encode()))
    assert [notice["message"] for notice in shown["notices"]] == [
        "2 lignes plus courtes que l'en-tête, complétées par des cellules vides : 2, 3"
    ]


def test_wanted_may_be_a_question():
    asked = []

    def known(name: str) -> bool:
        asked.append(name)
        return name in ("nom", "date de naissance")

    shown = inspect_rows(io.BytesIO(b"Rapport nom\nNOM ;Date de\xc2\xa0naissance *;x\nA;B;C\n"), known)
    assert (shown["header_line"], [row["cells"] for row in shown["rows"]]) == (2, [["A", "B", "C"]])
    assert "rapport nom" in asked
    assert inspect_rows(io.BytesIO(b"x;y\n1;2\n"), known)["refused"]["code"] == "CEP417"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Prénom", "prenom"),
        ("  CODE\u00a0 POSTAL ", "code postal"),
        ("Nom *", "nom"),
        ("Téléphone :", "telephone"),
        ('"Nom"', "nom"),
        ("Date\r\nde naissance", "date de naissance"),
        ("\ufeffNom", "nom"),
        ("e\u0301ta\u200bt", "etat"),
        ("L’ÂGE", "l'age"),
        ("ŒUVRE", "œuvre"),
    ],
)
def test_plain(written, name):
    assert plain(written) == name


# ---------------------------------------------------------------------------------------------- not a file, limits


def test_only_regular_files(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "vide.csv").touch()
    for path, code in (
        (tmp_path, "CEP402"),
        (tmp_path / "fifo", "CEP403"),
        (Path("/dev/zero"), "CEP403"),
        (Path("/proc/self/status"), "CEP405"),
        (tmp_path / "vide.csv", "CEP405"),
        (tmp_path / "absent.csv", "CEP400"),
        ("a\0b", "CEP401"),
    ):
        found = open_reading(path)
        assert isinstance(found, Finding), path
        assert found.code == code


def test_standard_input(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(f"{P}\n{A}\n".encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert [row["cells"] for row in inspect_rows("-")["rows"]] == [a]
    over = open_reading(Flow(io.BytesIO(b"a;b\n" * 10)), limits=Limits(spool=39))
    assert isinstance(over, Finding)
    assert over.code == "CEP416"


def test_limits_are_named():
    limits = Limits(cell=20, line=2000, record_lines=3)
    content = f'a;b\n{"x" * 21};1\n{"y" * 3_000_000};2\r\n3;4\n5;"{chr(10).join("6789")}\n7;8"\n'
    items, _ = whole(content, limits=limits)
    assert [(item.line, item.code) for item in items if isinstance(item, Reject)][:3] == [
        (2, "CEP437"),
        (3, "CEP438"),
        (5, "CEP433"),
    ]
    assert items[0].values == {"column": "1", "name": "a", "limit": "20"}
    assert len(items[1].raw) <= 21, "the rest of an endless line is not kept"
    assert items[2] == Row(4, ("3", "4"), "3;4\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("shift", range(-2, 3))
def test_line_ends_at_a_block_end(monkeypatch, end, shift):
    """A CRLF cut in two by a block is one line end."""
    monkeypatch.setattr("cep_route.intake.decoding.BLOCK", 16)
    body = b"".join(b"%d;%s%s" % (i, b"x" * (i % 7 + shift + 2), end) for i in range(40))
    items, _ = whole(b"n;t" + end + body)
    assert [item.line for item in items] == list(range(2, 42))
    assert b"".join(item.raw.encode() for item in items) == body
    assert all(isinstance(item, Row) for item in items)


def test_a_file_that_grows(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(f"{P}\n{A}\n")
    with open_reading(path) as reading:
        rows = reading.rows()
        for _ in rows:
            with path.open("ab") as more:
                more.write(b"\xff\xff\n")
        assert rows.failure is not None
        assert rows.failure.code == "CEP419"


def test_look_ahead_is_linear(monkeypatch):
    """However quotes are spoilt, each line is looked at a fixed number of times."""
    from cep_route.intake import records

    looked = 0

    class Counted(records.Records):
        def _ahead(self, first):
            nonlocal looked
            for line in super()._ahead(first):
                looked += 1
                yield line

    monkeypatch.setattr("cep_route.intake.reader.Records", Counted)
    spoilt = ['1;"x', '1;"x""', '"";"', ' "x;""', '"', '";', ';"";"x', '1;""', '"a"b', "1;2"]
    random.seed(4)
    for lines in [*([line] * 3000 for line in spoilt), *(random.choices(spoilt, k=3000) for _ in range(20))]:
        looked = 0
        whole("a;b\n" + "".join(f"{line}\n" for line in lines), ["a", "b"])
        assert looked <= 4 * len(lines), lines[:10]


# ---------------------------------------------------------------------------------------------- laws

NAMES = ["identifiant", "nom", "commentaire", "ville"]
_LETTERS = st.text(alphabet="abcé ;,\t|\"\n\r'=#é\u00a0àç0", max_size=8)
_ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


def _cells(text: st.SearchStrategy[str], delimiter: str) -> st.SearchStrategy[str]:
    """Any text but two kinds, which are rejected on purpose: single-quoted cells, and lines full of delimiters."""
    return text.map(lambda cell: cell.lstrip("'")).map(
        lambda cell: cell.replace(delimiter, "") if re.search("[\r\n]", cell) else cell
    )


@st.composite
def tables(draw):
    delimiter = draw(st.sampled_from(";,\t|"))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    text = (
        _LETTERS.map(lambda t: t.replace("\u00a0", "")) if encoding == "cp1252" else st.one_of(_LETTERS, _ANY)
    )
    cells = _cells(text, delimiter)
    rows = draw(st.lists(st.tuples(cells, cells, cells), max_size=8))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    if any(re.search("[\r\n]", cell) for row in rows for cell in row):
        quoting = csv.QUOTE_ALL  # csv.writer leaves a CR bare when lines end with LF: then it is a line end
    return delimiter, encoding, [[f"n°{i}", *row] for i, row in enumerate(rows)], end, quoting


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
@example(("|", "utf-8", [["n°0", "", "", ""], ["n°1", "|", "\r", "||"]], "\n", csv.QUOTE_ALL))
@example(("|", "cp1252", [["n°0", '"', '"', "|"]], "\n", csv.QUOTE_MINIMAL))
def test_what_is_written_is_read(table):
    delimiter, encoding, rows, end, quoting = table
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(NAMES)
    writer.writerows(rows)
    content = written.getvalue().encode(encoding)
    shown = inspect_rows(io.BytesIO(content), NAMES)
    assert shown["refused"] is None
    assert shown["delimiter"] == delimiter
    joined = [row for row in rows if _like_several_persons(row, delimiter, quoting)]
    assert [row["cells"] for row in shown["rows"]] == [row for row in rows if row not in joined]
    assert {r["code"] for r in shown["rejects"]} <= {"CEP444", "CEP433", "CEP431"}
    assert bool(shown["rejects"]) == bool(joined)


def _like_several_persons(row, delimiter, quoting):
    """A record each of whose physical lines has all its delimiters may be persons joined by a stray quote: it is given back line by line."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(row)
    lines = re.split("\r\n|\r|\n", written.getvalue())
    return len(lines) > 1 and all(line.count(delimiter) >= len(NAMES) - 1 for line in lines)


HOSTILE = [
    '99;"ouvert',
    '99;"fermé"trop;x;y',
    "99;trop;de;cellules;ici",
    "99",
    "99;a\0b;c;d",
    ";".join(NAMES),
    '"99;tout;la;ligne',
    "99,autre,separateur,ici",
    ";;;",
    "",
    '99;"a""',
    'x"y;5" z;c;d',
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(HOSTILE), max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from(["\n", "\r\n"]),
)
def test_hostile_rows_harm_nobody(hostile, chance, end):
    good = [f'{i};N{i};"texte {i}; ""cité""";V' if i % 2 else f"{i};N{i};t{i};V" for i in range(20)]
    lines = [*good]
    for line in hostile:
        lines.insert(chance.randrange(1, len(lines) + 1), line)
    items, rows = whole(end.join([";".join(NAMES), *lines]) + end, NAMES)
    delivered = {item.cells for item in items if isinstance(item, Row)}
    for i in range(20):
        text = f'texte {i}; "cité"' if i % 2 else f"t{i}"
        assert (str(i), f"N{i}", text, "V") in delivered
    assert rows.delivered + rows.rejected == rows.seen == len(items) == len(lines) - rows.blank
    assert rows.blank == sum(line in {";;;", ""} for line in lines)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"a;b\n", b"\xff\xfe", b"nom,cp\r\n"]))
def test_any_bytes_are_accounted_for(noise, start):
    """Whatever comes: no crash, each line in one place, text of rejects never in their values."""
    items, _ = whole(start + noise)  # the reader itself checks that no line was lost
    if isinstance(items, Finding):
        assert said(items.code, items.values, "fr")
        return
    lines = [item.line for item in items]
    assert lines == sorted(set(lines))


def test_no_cell_in_a_finding():
    """A finding holds positions, counts and column names, never what a person wrote."""
    secret = "Secr3t"
    rows = [line.replace("99", secret).replace("x", secret) for line in HOSTILE]
    content = "\n".join([";".join(NAMES), *rows, f"{secret};é".encode("cp1252").decode("latin-1")])
    items, found = whole(content, NAMES)
    rejects = [item for item in items if isinstance(item, Reject)]
    assert len({item.code for item in rejects}) > 6
    shown = [
        *(item.values for item in rejects),
        *(notice.values for notice in found.notices),
    ]
    assert secret not in json.dumps(shown)


# ---------------------------------------------------------------------------------------------- messages


def test_every_code_is_used_and_said():
    used = set()
    for path in (Path(__file__).parents[1] / "cep_route" / "intake").glob("*.py"):
        if path.stem in {"decoding", "records", "heading", "reader"}:
            used |= set(re.findall(r'"(CEP4[0-4]\d)"', path.read_text(encoding="utf-8")))
    assert used == {code for code in codes() if "CEP400" <= code < "CEP450"}


SAYINGS = {
    "CEP400": "« - » n'existe pas",
    "CEP404": "« - » n'est pas un CSV mais un fichier Excel 97-2003 (.xls)",
    "CEP405": "« - » est vide",
    "CEP406": "l'encodage de « - » ne se devine pas : la ligne 2 n'est ni de l'UTF-8 ni du Windows-1252",
    "CEP410": "aucune ligne de « - » ne porte les colonnes cherchées : statut, âge",
    "CEP411": "« - » semble sans en-tête : la ligne 1 ressemble aux suivantes",
    "CEP418": "« - » : un guillemet ouvert ligne 1, sur l'en-tête ou au-dessus, n'est pas refermé comme il faut",
    "CEP430": "6 cellules pour 5 colonnes",
    "CEP431": "2 cellules pour 5 colonnes",
    "CEP434": "en-tête répété (le même que ligne 1)",
    "CEP435": "octet E8 illisible dans l'encodage du fichier, colonne 1 (« Nom »)",
    "CEP436": "caractère nul, colonne 1 (« Nom »)",
    "CEP443": "dernière ligne coupée : 4 cellules pour 5 colonnes, sans fin de ligne",
    "CEP444": "un guillemet ouvert sur cette ligne joindrait d'autres lignes, jusqu'à la ligne 3",
}


def test_sayings():
    """Whole sentences, from the first case of each code above."""
    said_of = {}
    for content, columns, *_ in [*READ.values(), *REFUSED.values()]:
        shown = inspect_rows(stream_again(content), columns)
        for reject in shown["rejects"]:
            said_of.setdefault(reject["code"], reject["reason"])
        if shown["refused"]:
            said_of.setdefault(shown["refused"]["code"], shown["refused"]["message"])
    said_of["CEP411"] = inspect_rows(stream_again(REFUSED["no header"][0]))["refused"]["message"]
    said_of["CEP430"] = inspect_rows(stream_again(READ["long row"][0]))["rejects"][0]["reason"]
    said_of["CEP431"] = inspect_rows(stream_again(READ["short rows"][0]))["rejects"][0]["reason"]
    said_of["CEP404"] = inspect_rows(stream_again(REFUSED["old workbook"][0]))["refused"]["message"]
    said_of["CEP400"] = said("CEP400", {"file": "-"}, "fr")[0]
    assert {code: said_of[code].replace("\xa0", " ") for code in SAYINGS} == {
        code: text.replace("\xa0", " ") for code, text in SAYINGS.items()
    }
    english = inspect_rows(io.BytesIO(f"{P}\n{A};x\n".encode()), lang="en")["rejects"][0]
    assert english == {"line": 2, "column": None, "code": "CEP430", "reason": "6 cells for 5 columns"}
