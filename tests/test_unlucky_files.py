"""Hundreds of unlucky files, made by seed, whose every row is known by construction: none lost, none changed, the right ones rejected.

Each class of file services really send is made in every mixture of delimiter, encoding, line end and quoting. The judge is
severe: a file is right when each row comes out as it was put in, at its line, and each spoilt line is among the rejects.
"""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cep_route import files
from cep_route.intake.reader import inspect_rows
from cep_route.intake.source import title_test

FIRST = ["Zoé", "Anna", "Yann", "Éloïse", "D'Arcy", "Marie-Ève", "Noël", "Inès", "Ömer", "Jean"]
LAST = ["Durand", "Le Goff", "N'Diaye", "Roy", "Sœur", "de La Tour", "Müller", "Nuñez", "Null", "O'Brien"]
TEXTS = [
    "rien à dire", "NA", "N/A", "1,5", "3 000,00 €", "oui", "non", "#12", "Où ça ?", "05 61 00 00 00", "-", "nc", "à revoir (voir fiche)",
    "+33612345678", "=1+1", "@x", "12/01", "RQTH en cours", "très motivé ; sérieux", "dit « Bob »", 'dit "Bob"', "1, rue X", "a|b", "x\ty",
]  # fmt: skip
COLUMNS = {
    "identifiant": lambda _, i: f"{i:05d}",
    "nom": lambda r, _: r.choice(LAST),
    "prénom": lambda r, _: r.choice(FIRST),
    "date de naissance": lambda r, _: (
        f"{r.randint(1, 28):02d}/{r.randint(1, 12):02d}/{r.randint(1950, 2008)}"
    ),
    "code postal": lambda r, _: r.choice(["01000", "2A004", "05000", "97411", "75012", "99310"]),
    "commune": lambda r, _: r.choice(["Bourg-en-Bresse", "Ajaccio", "Gap", "L'Étang-Salé", "Paris 12e"]),
    "statut": lambda r, _: r.choice(["demandeur d'emploi", "salarié", "étudiant", "", "RSA"]),
    "commentaire": lambda r, _: r.choice([*TEXTS, ""]),
}


@dataclass
class Made:
    """A file under construction, and what must come out of it."""

    chance: random.Random
    delimiter: str
    codec: str
    newline: str
    quoting: int
    names: list[str]
    told: bool
    final: str = "\n"
    parts: list[str] = field(default_factory=list)
    line: int = 1
    rows: dict[int, list[str]] = field(default_factory=dict)
    reject: set[int] = field(default_factory=set)
    free: dict[int, list[str]] = field(default_factory=dict)  # may come out, as these cells, or be rejected
    refused: str = ""  # "", "must", "may"
    spoilt: dict[str, bytes] = field(default_factory=dict)  # written in place of some letters, once encoded
    header: list[str] = field(default_factory=list)
    count: int = 0

    def person(self) -> list[str]:
        self.count += 1
        return [COLUMNS[name](self.chance, self.count) for name in self.names]

    def text(self, cells: list[str]) -> str:
        """A record without its line end, as a program writes it."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n", quoting=self.quoting).writerow(cells)
        return out.getvalue()[:-1]

    def put(self, text: str) -> int:
        """A record, whatever it is; the line it begins on."""
        end = self.chance.choice(["\n", "\r\n"]) if self.newline == "mixed" else self.newline
        at = self.line
        self.parts.append(text + end)
        self.line += len(re.findall(r"\r\n|\n|\r", text)) + 1
        return at

    def head(self, cells: list[str] | None = None) -> None:
        self.header = cells or list(self.names)
        self.put(self.text(self.header))

    def good(self, cells: list[str] | None = None, text: str | None = None) -> None:
        cells = cells or self.person()
        self.rows[self.put(self.text(cells) if text is None else text)] = cells

    def bad(self, text: str) -> None:
        first = self.put(text)
        self.reject |= set(range(first, self.line))

    def some(self, low: int = 2, high: int = 6) -> None:
        for _ in range(self.chance.randint(low, high)):
            self.good()

    def content(self) -> bytes:
        text = "".join(self.parts)
        body = text.rstrip("\r\n") if self.final == "" else text + self.final[1:]
        data = body.encode(self.codec)
        for letter, raw in self.spoilt.items():
            data = data.replace(letter.encode(self.codec.removesuffix("-sig")), raw)
        return data


# ---------------------------------------------------------------------------------------------- the classes


def plain(f: Made) -> None:
    f.head()
    f.some(1, 12)


def quoted_newlines(f: Made) -> None:
    f.quoting = csv.QUOTE_ALL
    f.head()
    for _ in range(4):
        cells = f.person()
        end = "\n" if f.newline == "mixed" else f.chance.choice([f.newline, "\n"])
        cells[-1] = end.join(["vu le 3", "rappeler", 'dit "non"'][: f.chance.randint(2, 3)])
        f.good(cells)
        f.some(0, 2)


def blank_rows(f: Made) -> None:
    f.head()
    for _ in range(5):
        f.good()
        for _ in range(f.chance.randint(0, 2)):
            f.put(
                f.chance.choice(
                    ["", "  ", f.delimiter * (len(f.names) - 1), f" {f.delimiter} " * (len(f.names) - 1)]
                )
            )


def preamble(f: Made) -> None:
    pad = f.delimiter * (len(f.names) - 1)
    titles = [
        "Liste des personnes accompagnées",
        "Mission locale de l'Ain - export du 03/02/2025",
        "Édition : 2025",
        "Nom du service : CCAS",
        "Confidentiel",
    ]
    for title in f.chance.sample(titles, f.chance.randint(1, 4)):
        f.put(title + (pad if f.chance.random() < 0.5 else ""))
    if f.chance.random() < 0.5:
        f.put(f.chance.choice(["", pad]))
    f.head()
    f.some(3, 8)


def preamble_pairs(f: Made) -> None:
    """Title rows of two cells: a label and its value."""
    f.told = True
    for label, value in (("Structure", "CCAS"), ("Éditée le", "03/02/2025"), ("Période", "2024")):
        f.put(f.text([label, value]))
    f.put("")
    f.head()
    f.some(2, 8)


def two_headers(f: Made) -> None:
    f.told = True
    groups = ["Personne"] + [""] * (len(f.names) - 1)
    groups[len(f.names) // 2] = "Situation"
    f.put(f.text(groups))
    f.head()
    f.some()


def noisy_header(f: Made) -> None:
    f.told = True
    f.quoting = csv.QUOTE_ALL
    noise = [
        str.upper,
        str.title,
        lambda n: f" {n} ",
        lambda n: f"{n} *",
        lambda n: f"{n} :",
        lambda n: n.replace(" ", "\u00a0"),
        lambda n: n.replace(" ", "\n"),
        lambda n: n,
    ]
    f.head([f.chance.choice(noise)(name) for name in f.names])
    f.some()


def repeated_header(f: Made) -> None:
    f.head()
    f.some()
    for _ in range(f.chance.randint(1, 3)):
        if f.chance.random() < 0.4:
            f.put("")
        f.bad(f.text(f.chance.choice([f.names, [n.upper() for n in f.names]])))
        f.some(1, 4)


def footer(f: Made) -> None:
    f.head()
    f.some(3, 6)
    if f.chance.random() < 0.5:
        f.put("")
    pad = f.delimiter * (len(f.names) - 1)
    for text in f.chance.sample(
        [
            f"Total : {f.count} personnes",
            "Document confidentiel",
            "Édité le 03/02/2025",
            "Source : SI interne",
            "Nombre de lignes : 4",
            "Fin du fichier",
        ],
        2,
    ):
        f.bad(text + (pad if f.chance.random() < 0.6 else ""))


def second_table(f: Made) -> None:
    f.head()
    f.some(4, 8)
    f.put("")
    others = [
        "structure",
        "ville",
        "téléphone",
        "responsable",
        "courriel",
        "horaires",
        "adresse",
        "quartier",
        "rue",
        "site",
    ][: len(f.names) + 1]
    f.bad(f.text(others))
    for i in range(2):
        f.bad(f.text([f"S{i}"] + ["x"] * (len(others) - 1)))


def no_header(f: Made) -> None:
    f.refused = "must"
    for _ in range(f.chance.randint(3, 8)):
        f.put(f.text(f.person()))


def blank_header(f: Made) -> None:
    f.refused = "must"
    f.put(f.delimiter * (len(f.names) - 1))
    for _ in range(4):
        f.put(f.text(f.person()))


def doubled_names(f: Made) -> None:
    f.names = [*f.names, "nom"]
    f.head()
    f.some()


def short_rows(f: Made) -> None:
    f.head()
    for _ in range(5):
        f.good()
        cells = f.person()
        keep = f.chance.randint(1, len(cells) - 1)
        at = f.put(f.text(cells[:keep]))
        f.free[at] = cells[:keep]
    f.good()


def long_rows(f: Made) -> None:
    f.head()
    for _ in range(4):
        f.some(1, 2)
        f.bad(f.text([*f.person(), *["de trop", "x"][: f.chance.randint(1, 2)]]))


def trailing_delimiters(f: Made) -> None:
    every = f.chance.random() < 0.5
    f.header = list(f.names)
    f.put(f.text(f.names) + f.delimiter * f.chance.randint(0, 1))
    for _ in range(5):
        cells = f.person()
        if every or f.chance.random() < 0.5:
            text = f.text(cells) + f.delimiter * (1 if every else 0)
            f.good(cells, text)
        else:  # on some rows only, it may be a delimiter too many anywhere
            f.free[f.put(f.text(cells) + f.delimiter)] = cells


def truncated(f: Made) -> None:
    f.final = ""
    f.head()
    f.some(3, 6)
    cells = f.person()
    f.bad(f.text(cells)[: len(f.text(cells[:2])) - 1])


def text_after_quote(f: Made) -> None:
    f.head()
    f.some()
    cells = f.person()
    f.bad(f.delimiter.join([cells[0], '"Le Bois" dit Bob', *["x"] * (len(cells) - 2)]))
    f.some()


def open_quote(f: Made) -> None:
    f.quoting = f.chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    f.head()
    for _ in range(f.chance.randint(1, 2)):
        f.some()
        cells = [re.sub("[\"';,|\t]", "", c) for c in f.person()]
        spoilt = f.chance.randrange(len(cells))
        f.bad(f.delimiter.join(f'"{c}' if i == spoilt else c for i, c in enumerate(cells)))
    f.some()


def inner_quotes(f: Made) -> None:
    f.quoting = csv.QUOTE_NONE
    f.head()
    for _ in range(4):
        cells = [re.sub("[\"';,|\t]", "", c) for c in f.person()]
        cells[1] = f.chance.choice(['Jean "Bob"', "5' 6\"", 'l"eau', "d'Arc"])
        f.good(cells, f.delimiter.join(cells))


def nul(f: Made) -> None:
    f.head()
    f.some()
    f.bad(f.text([*f.person()[:-1], "a\0b"]))
    f.some()


def strangers(f: Made) -> None:
    """Lines of Windows-1252 in a file of UTF-8."""
    f.codec = f.chance.choice(["utf-8", "utf-8-sig"])
    f.spoilt = {"\ue000": b"\xe9"}
    f.head()
    for _ in range(4):
        f.some(1, 3)
        f.good([*f.person()[:-1], "à côté"])
    f.bad(f.text([*f.person()[:-1], "pr\ue000nom"]))
    f.some()


def undefined_bytes(f: Made) -> None:
    """A byte Windows-1252 does not know: the encoding must be asked for, or the line rejected."""
    f.codec, f.refused = "cp1252", "may"
    f.spoilt = {"¤": b"\x81"}
    f.head()
    f.good([*f.person()[:-1], "à côté"])
    f.bad(f.text([*f.person()[:-1], "x¤y"]))


def merged_cells(f: Made) -> None:
    f.head()
    for _ in range(3):
        f.good()
        for _ in range(2):
            f.good(["", *f.person()[1:]])


def one_column(f: Made) -> None:
    f.names, f.told = ["commune"], True
    f.head()
    for name in ("Gap", "Bourg en Bresse", "01004", "Paris"):
        f.good([name])


def number_rows(f: Made) -> None:
    """Rows that begin with # are persons."""
    f.head()
    for i in range(4):
        f.good([f"#{i}", *f.person()[1:]])


def control_letters(f: Made) -> None:
    f.head()
    for odd in ("\x1b[2J", "a\x07b", "[/]", "<b>", "{{7*7}}"):
        f.good([*f.person()[:-1], odd])


def unicode_letters(f: Made) -> None:
    f.codec = "utf-8" if f.codec == "cp1252" else f.codec
    f.head()
    for odd in ("\u202ex", "a\u200bb", "e\u0301", "漢字", "𝒳", "\u2028", "x\x85y", "\ufeffz", "ﬁ Ⅳ"):
        f.good([*f.person()[:-1], odd])


def huge_cell(f: Made) -> None:
    f.head()
    f.some()
    f.good([*f.person()[:-1], "x" * f.chance.choice([131_073, 300_000])])
    f.some()


def other_delimiter(f: Made) -> None:
    """One row cut by another mark than the others."""
    f.head()
    f.some()
    other = f.chance.choice([d for d in ";,\t|" if d != f.delimiter])
    cells = [re.sub("[\"';,|\t]", "", c) or "x" for c in f.person()]
    f.bad(other.join(cells))
    f.some()


def hint(f: Made) -> None:
    f.codec = "cp1252" if f.codec.startswith("utf-16") else f.codec
    f.put(f"sep={f.delimiter}")
    f.head()
    f.some()


def header_alone(f: Made) -> None:
    f.head()


def nothing(f: Made) -> None:
    f.refused = "must"
    for _ in range(f.chance.randint(0, 4)):
        f.put(f.chance.choice(["", " ", f.delimiter * 4]))


def other_kind(f: Made) -> None:
    f.refused = "must"
    f.put(
        f.chance.choice(
            [
                "<html><body>",
                "<!DOCTYPE html>",
                '<?xml version="1.0"?>',
                "<table><tr><td>nom",
                '[{"nom": "x"}]',
            ]
        )
    )
    f.put("x")


def several(f: Made) -> None:
    """Everything at once, as a service's export really is."""
    pad = f.delimiter * (len(f.names) - 1)
    f.told = True
    f.put("Suivi des personnes" + pad)
    f.put(pad)
    f.head()
    f.some(3, 6)
    f.put(pad)
    f.good()
    f.bad(f.text([*f.person(), "de trop"]))
    f.good()
    f.bad(f.text(f.names))
    f.bad(f.text(f.person()) + f.delimiter)
    f.bad("Total : 8" + pad)


def second_table_of_ours(f: Made) -> None:
    """A second page: blank line, title, the header again, more persons."""
    f.head()
    f.some(3, 6)
    f.put("")
    f.bad(f.text(f.names))
    f.some(3, 6)


def narrow_second_table(f: Made) -> None:
    """A key or a sum under the persons, with names of its own, in fewer columns."""
    f.head()
    f.some(4, 8)
    f.put("")
    f.bad(f.text(["Code", "Libellé"]))
    for code, name in (("RSA", "Revenu de solidarité active"), ("QPV", "Quartier prioritaire")):
        f.bad(f.text([code, name]))


def unlisted_footer(f: Made) -> None:
    """Words alone in the first cell of a wide table are nobody, whatever they say."""
    f.head()
    f.some(3, 6)
    f.put("")
    for text in f.chance.sample(
        [
            "Signature : Mme X",
            "3 enregistrements",
            "Page 1/2",
            "* donnée estimée",
            "www.exemple.fr",
            "Le service",
            "N.B. liste non exhaustive",
        ],
        2,
    ):
        at = f.put(text + f.delimiter * (len(f.names) - 1) * f.chance.randint(0, 1))
        f.free[at] = [text]


def cut_by_a_line_end(f: Made) -> None:
    """A person over two lines without quotes: both halves are nobody, though each looks like a row that was shortened."""
    f.quoting = csv.QUOTE_MINIMAL
    f.head()
    f.some()
    at = len(f.names) // 2
    half, rest = f.delimiter.join(["00099"] + ["x"] * at), f.delimiter.join(["y"] * (len(f.names) - at))
    f.bad(half)
    f.bad(rest)
    f.some()


def rule_under_the_header(f: Made) -> None:
    f.head()
    f.bad(f.text(["-" * 8] * len(f.names)))
    f.some()


def pasted_with_its_mark(f: Made) -> None:
    f.head()
    f.some()
    f.bad(("" if f.codec == "cp1252" else "\ufeff") + f.text(f.names))
    f.some()


def backslashes(f: Made) -> None:
    """Quotes escaped with a backslash: the text comes out whole, or the line is rejected."""
    f.quoting = csv.QUOTE_ALL
    f.head()
    for text, written in (('dit "x"', '"dit \\"x\\""'), ("c:\\d\\e", '"c:\\d\\e"'), ('x"', '"x\\""')):
        f.some(1, 3)
        cells = f.person()
        at = f.put(f.text(cells[:-1]) + f.delimiter + written)
        f.free[at] = [*cells[:-1], text]
    f.some(1, 3)


def single_quotes(f: Made) -> None:
    """All cells in single quotes, as some databases write them."""
    f.final = "\n"

    def quoted(cells: list[str]) -> str:
        return f.delimiter.join("'" + c.replace("'", "''") + "'" for c in cells)

    f.header = list(f.names)
    f.put(quoted(f.names))
    for _ in range(5):
        cells = [c.replace('"', "") for c in f.person()]
        at = f.put(quoted(cells))
        f.free[at] = cells


def unusual_delimiter(f: Made) -> None:
    f.refused, f.told = "must", f.chance.random() < 0.5
    mark = f.chance.choice("~^!")
    f.put(mark.join(f.names))
    for _ in range(4):
        f.put(mark.join(re.sub("[\"';,|\t~^!:#&*]", "", c) for c in f.person()))


def recovered_spaces(f: Made) -> None:
    """Blanks between quotes and delimiters: the cells are those in the quotes, or the line is rejected."""
    f.head()
    for _ in range(4):
        f.some(0, 2)
        cells = [c.strip() for c in f.person()]
        pad = f.chance.choice([" ", "  "])
        line = f.delimiter.join(
            pad + '"' + c.replace('"', '""') + '"' + f.chance.choice(["", pad]) for c in cells
        )
        f.free[f.put(line)] = cells


def of_two_columns(f: Made) -> None:
    f.names = ["nom", "commune"]
    f.head()
    for i in range(6):
        if i == 3:
            f.bad(f.text(["Roy", "Gap", "de trop"]))
        f.good()
    at = f.put("Roy")
    f.free[at] = ["Roy"]
    f.good()


def _jumble(f: Made) -> None:
    """Any row after any other."""
    delimiter = f.delimiter
    cells = f.person()
    bare = [re.sub("[\"';,|\t]", "", c) for c in cells]
    pad = delimiter * (len(cells) - 1)
    kind = f.chance.randrange(12)
    if kind < 4:
        f.good(cells)
    elif kind == 4:
        f.put(f.chance.choice(["", pad, "   "]))
    elif kind == 5:
        f.bad(f.text(f.names))
    elif kind == 6:
        f.bad(f.text([*cells, "x"]))
    elif kind == 7:
        f.free[f.put(f.text(cells[: (len(cells) + 2) // 2 + 1]))] = cells[: (len(cells) + 2) // 2 + 1]
    elif kind == 8:
        f.bad(delimiter.join([bare[0], f'"{bare[1]}" x', *bare[2:]]))
    elif kind == 9:
        f.bad(delimiter.join([bare[0], f'"{bare[1]}', *bare[2:]]))
    elif kind == 10:
        # a blank cell too many among right rows may be a delimiter too many anywhere
        f.free[f.put(f.text(cells) + delimiter)] = cells
    else:
        f.good([*bare[:-1], 'a "b" c'], delimiter.join([*bare[:-1], 'a "b" c']))


def jumble(f: Made) -> None:
    f.final = "\n"
    f.head()
    f.some(2, 3)
    for _ in range(f.chance.randint(5, 25)):
        _jumble(f)
    f.good()


CLASSES = [
    second_table_of_ours, narrow_second_table, unlisted_footer, backslashes, single_quotes, unusual_delimiter, recovered_spaces, of_two_columns, jumble,
    plain, quoted_newlines, blank_rows, preamble, preamble_pairs, two_headers, noisy_header, repeated_header, footer, second_table, no_header,
    blank_header, doubled_names, short_rows, long_rows, trailing_delimiters, truncated, text_after_quote, open_quote, inner_quotes, nul, strangers,
    undefined_bytes, merged_cells, one_column, number_rows, control_letters, unicode_letters, huge_cell, other_delimiter, hint, header_alone,
    nothing, other_kind, several, cut_by_a_line_end, rule_under_the_header, pasted_with_its_mark,
]  # fmt: skip
SEEDS = 24  # files of each class


def make(kind, seed: int) -> Made:
    chance = random.Random(f"{kind.__name__}{seed}")
    codec = chance.choice(["utf-8", "utf-8", "utf-8-sig", "cp1252", "cp1252", "utf-16"])
    names = list(COLUMNS)
    kept = [n for n in names[1:-1] if chance.random() < 0.7]
    made = Made(
        chance=chance,
        delimiter=chance.choice(";;;,,\t|"),
        codec=codec,
        newline=chance.choice(["\n", "\r\n", "\r\n", "\r", "mixed"]),
        quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        names=["identifiant", *(kept if len(kept) > 1 else ["nom", "prénom"]), "commentaire"],
        told=chance.random() < 0.6,
        final=chance.choice(["", "\n", "\n", "\n\n\n"]),
    )
    kind(made)
    return made


_TITLES = title_test(files.load_spellings(), None)  # what `batch` looks for: any title some service writes


def cut(cells: list[str]) -> list[str]:
    cells = list(cells)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def faults(made: Made) -> str:
    """What is wrong with the answer to a file; nothing when it is exactly right."""
    known = made.names if made.chance.random() < 0.6 else _TITLES
    shown = inspect_rows(io.BytesIO(made.content()), known if made.told else None)
    if shown["refused"]:
        if made.refused and not shown["rows"]:
            return "" if shown["refused"]["message"] else "refused without a word"
        return f"refused: {shown['refused']['code']}"
    if made.refused == "must":
        return "not refused"
    rejected = {r["line"] for r in shown["rejects"]}
    rows = {r["line"]: r["cells"] for r in shown["rows"]}
    everyone = {**made.rows, **made.free}
    if len(rows) + len(rejected) != len(made.rows) + len(made.free) + len(made.reject):
        return (
            f"LOST: {len(rows)} rows and {len(rejected)} rejects for {len(everyone)} and {len(made.reject)}"
        )
    changed = [at for at in rows if at in everyone and cut(rows[at]) != cut(everyone[at])]
    if changed or rows.keys() - everyone.keys() - made.reject:
        return f"CHANGED: lines {changed or sorted(rows.keys() - everyone.keys())}"
    if rows.keys() & made.reject:
        return f"delivered {sorted(rows.keys() & made.reject)}"
    if rejected & made.rows.keys():
        return f"rejected {[(r['line'], r['code']) for r in shown['rejects'] if r['line'] in made.rows]}"
    if cut(shown["header"]) != cut(made.header):
        return f"header {shown['header']}"
    return ""


@pytest.mark.parametrize("kind", CLASSES, ids=lambda k: k.__name__)
def test_each_row_comes_out_as_it_went_in(kind):
    wrong = {seed: fault for seed in range(SEEDS) if (fault := faults(make(kind, seed)))}
    assert wrong == {}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(CLASSES), st.integers(min_value=SEEDS))
def test_of_any_other_seed_nothing_is_lost_or_changed(kind, seed):
    fault = faults(make(kind, seed))
    assert not fault.startswith(("LOST", "CHANGED", "not refused")), (kind.__name__, seed, fault)
