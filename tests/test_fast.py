"""The two ways through a file give the same bytes: on whole files, on files made to be unlucky, whatever the size of a block."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("polars")

from cep_route import files
from cep_route.__main__ import run
from cep_route.engine.explain import Judge
from cep_route.intake import answers, columnar, decoding, people, pieces

DAY = "2026-11-22"


@pytest.fixture(autouse=True)
def _any_size(monkeypatch):
    monkeypatch.setattr("cep_route.cli.batch.WORTH_IT", 0)


@pytest.fixture(autouse=True, scope="module")
def _read_once():
    """Rules and territories do not change between two runs of one test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("load_law", "load_spellings", "load_territory"):
            real, kept = getattr(files, name), {}

            def once(*args, real=real, kept=kept):
                key = tuple(a for a in args if a is None or isinstance(a, str))
                if key not in kept:
                    kept[key] = real(*args)
                return kept[key]

            patch.setattr(files, name, once)
        decide, decided = Judge.decide, {}

        def asked(self, profile, on, **words):
            key = (str(sorted(profile.facts.items())), profile.birth_date, on, str(words))
            if key not in decided:
                decided[key] = decide(self, profile, on, **words)
            return decided[key]

        patch.setattr(Judge, "decide", asked)
        yield


def routed(path, folder, way, *more):
    """Exit code, and the bytes of every output, by name; None where there is none."""
    outs = {name: folder / f"{way}.{name}" for name in ("csv", "rejects", "manifest")}
    words = [
        "batch",
        str(path),
        "-o",
        str(outs["csv"]),
        "--rejects",
        str(outs["rejects"]),
        "--manifest",
        str(outs["manifest"]),
    ]
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        code = run([*words, "--path", way, "--on", DAY, "--force", *more])
    text = told.getvalue().replace(f"{way}.", "")
    found = {name: out.read_bytes() if out.exists() else None for name, out in outs.items()}
    for out in outs.values():
        out.unlink(missing_ok=True)
    return code, text, found


def same(path, folder, *more, block=1 << 21, monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(columnar, "BLOCK", block)
        monkeypatch.setattr(columnar, "FIRST", block // 2 + 1)
    plain, quick = routed(path, folder, "plain", *more), routed(path, folder, "fast", *more)
    assert quick == plain
    return plain


@pytest.fixture(name="used")
def _used(monkeypatch):
    """Whether the fast way was taken, and how many lines passed by without the plain reader."""
    passed = []
    real = columnar.ColumnarRun._pass_by

    def count(self, start, stop):
        passed.append(stop - start)
        return real(self, start, stop)

    monkeypatch.setattr(columnar.ColumnarRun, "_pass_by", count)
    return passed


# ---------------------------------------------------------------------------------------------- persons

HEADER = "id;nom;date_naissance;age;statut;handicap;cadre;en_emploi;code_commune;besoins;remarque"
NAMES = (
    "Dupont",
    "Lefèvre",
    "N'Diaye",
    '"Dupont dit ""Dédé"""',
    '"Da Silva; née Hébert"',
    "'t Hooft",
    "=1+1",
    "",
    "Nom",
)
CELLS = {
    "date_naissance": ("1990-05-06", "12/03/2003", "29/02/2004", "", "31/02/2001", "04/07/98", "2010-01-01"),
    "age": ("36", "23", "", "150", "22", "15", "moins de 26"),
    "statut": ("demandeur d'emploi", "salarié", "indépendant", "???", "", "fonctionnaire", "étudiant"),
    "handicap": ("oui", "non", "", "RQTH"),
    "cadre": ("oui", "non", ""),
    "en_emploi": ("oui", "non", ""),
    "code_commune": ("99301", "99501", "75056", "2A004", "05061", "", "99999", "1004"),
    "besoins": ("mobilite", "mobilite|logement-hebergement", "", "un souhait", '"mobilite;sante"', '""'),
}


# a hundred kinds of person for all files: what is tried are the ways through a file, and each kind is asked of the engine once
KINDS = [tuple(map(random.Random(kind).choice, CELLS.values())) for kind in range(100)]


def person(chance, number):
    end = chance.choice(("", "vu", '"dit ""oui"""'))
    return ";".join((f"{number:05d}", chance.choice(NAMES), *chance.choice(KINDS), end))


UNLUCKY = (
    "", "", "   ", "\t ", ";;;;;;;;;;", " ; ;;;;;;;;;", "Total : 12", "Total; ;;;;;;;;; ", 'Total;" ";;;;;;;;;\xa0', "Total;\xa0;;;;;;;;;", "00015; ;;;;;;;;; ", "00001;court", "00002;trop;;;;;;;;;;;long", '00003;"ouvert;;;;;;;;;', '00004;"x"y;;;;;;;;;',
    HEADER, '00005;"deux\nlignes";;;;;;;;;', "   ;blanc;;;;;;;;;", "'00006;a';;;;;;;;;", '00007; "espace" ;;;;;;;;;', "00008;a\rb;;;;;;;;;",
    '00009;"a\\"b";;;;;;;;;', "00010;;;;;;;;;;", '"";x;;;;;;;;;', '"00011";;;;;;;;;;""', "id;x;;;;;;;;;", "00012;\xa0;;;;;;;;;", "\xa0;x;;;;;;;;;",
    '00013;"longue\n\n\ncellule;avec;tout";;;;;;;;;', "00014;x;;;;;;;;;;;;", "Nom;Prénom", "page 1/2",
)  # fmt: skip


def content(chance, rows, odd):
    lines = [HEADER]
    # a return alone makes a whole block be read line by line
    unlucky = UNLUCKY if odd > 0.1 else [line for line in UNLUCKY if "\r" not in line]
    lines += [chance.choice(unlucky) if chance.random() < odd else person(chance, n) for n in range(rows)]
    return lines


@pytest.mark.parametrize(
    ("newline", "codec", "block"),
    [
        ("\n", "utf-8", 300), ("\n", "utf-8", 4000), ("\r\n", "utf-8-sig", 1 << 21),
        ("\r\n", "cp1252", 300), ("\r\n", "cp1252", 1 << 21),
    ],
)  # fmt: skip
@pytest.mark.parametrize("odd", [0.0, 0.03, 0.4])
def test_both_ways_give_the_same_bytes(tmp_path, monkeypatch, block, newline, codec, odd, used):
    for seed in range(2 if odd == 0.03 else 1):  # the second file has no end of line at its end
        chance = random.Random(seed)
        rows = 80 if block == 300 else 400
        text = newline.join(content(chance, rows, odd)) + ("" if seed == 1 else newline)
        path = tmp_path / "in.csv"
        path.write_bytes(text.encode(codec))
        code, _, found = same(path, tmp_path, block=block, monkeypatch=monkeypatch)
        assert code == 1
        assert found["csv"]
    assert odd > 0.1 or sum(used) > (200 if rows == 400 else 0), "the fast way passes lines by"


# bytes that are no letters, a letter of the other encoding, a NUL, half a letter at a cell's and a line's end
ILLEGIBLE = (
    b"00020;h\xe9;;;;;;;;;", b"\xff;x;;;;;;;;;", b"00021;\xc3;;;;;;;;;", b"00022;x;;;;;;;;;\xe9", b"00023;a\0b;;;;;;;;;",
    b'00024;"\xe9;;;;;;;;;', b'00025;"\xe9\nb";;;;;;;;;', b"\xe9", "00026;hé;;;;;;;;;".encode(), b"00027;\xfe\xff;;;;;;;;;",
    "00028;hé;court".encode("cp1252"), b"\0", b"Total \xe9;;;;;;;;;;", b"Total; ;;;;;;;;; ", "ÎD;x;;;;;;;;;".encode(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "block"),
    [("utf-8", 300), ("utf-8", 1 << 21), ("cp1252", 4000), ("cp1252", 300), ("ascii", 4000)],
)
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_lines_that_are_not_legible(tmp_path, monkeypatch, used, block, codec, share):
    chance = random.Random(block)
    lines = [
        chance.choice(ILLEGIBLE)
        if n > 25 and chance.random() < share
        else person(chance, n).encode(codec, "replace")
        for n in range(400)
    ]
    path = tmp_path / "in.csv"
    path.write_bytes(b"\n".join([HEADER.encode(), *lines]) + b"\n")
    more = ("--encoding", "ascii") if codec == "ascii" else ()
    _, told, found = same(path, tmp_path, *more, block=block, monkeypatch=monkeypatch)
    assert share < 0.1 or b"CEP435" in found["rejects"], told
    assert share > 0.1 or sum(used) > 200, "the fast way passes the other lines by"


# ---------------------------------------------------------------------------------------------- what the beginning did not tell


@pytest.fixture
def _small_sample(monkeypatch):
    """Three thousand bytes tell the encoding, and a line is long sooner."""
    monkeypatch.setattr(decoding, "SAMPLE", 1500)
    monkeypatch.setattr(decoding, "BLOCK", 1500)
    monkeypatch.setattr(decoding, "Limits", partial(decoding.Limits, cell=10_000, line=80_000))


LATE = {
    "nothing": "",
    "a quote": '1;"Dupont";2000-01-01;;;;;;75056;;',
    "a NUL": "1;Du\0pont;2000-01-01;;;;;;75056;;",
    "letters of the other encoding": "1;Lefèvre;2000-01-01;;;;;;75056;;",
    "many letters of the other encoding": "\n".join(["1;Lefèvre;2000-01-01;;;;;;75056;;"] * 400),
    "a letter nobody could write": "1;Lef\ufffdvre;2000-01-01;;;;;;75056;;",
    "a byte cp1252 has not": "1;Lef\x81vre;2000-01-01;;;;;;75056;;",
    "bytes of nothing": "1;Lefÿÿvre;2000-01-01;;;;;;75056;;",
    "a very long line": "1;" + "x" * 90_000 + ";2000-01-01;;;;;;75056;;",
    "half a line": "1;Lef",
}


def late(what, codec):
    """A file whose beginning tells nothing of one of its last lines."""
    chance = random.Random(len(what))
    lines = [person(chance, number).replace('"', "") for number in range(400)]
    other = "cp1252" if codec == "utf-8" else "utf-8"
    told = LATE[what]
    strange = told.encode(
        "latin-1" if "\x81" in told else "utf-8" if "\ufffd" in told else other if "other" in what else codec
    )
    text = "\n".join((HEADER, *lines)).encode(codec, "replace") + b"\n"
    return (
        text + strange + (b"" if what == "half a line" else b"\n" + lines[0].encode(codec, "replace") + b"\n")
    )


@pytest.mark.usefixtures("_small_sample")
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
@pytest.mark.parametrize("what", LATE)
def test_what_comes_late_in_a_file_or_a_stream_loses_nothing(tmp_path, monkeypatch, what, codec):
    """Both ways, from a file and from a stream that is read once, give the same; a line that is not in the encoding is rejected."""
    data = late(what, codec)
    (tmp_path / "in.csv").write_bytes(data)
    code, text, whole = same(tmp_path / "in.csv", tmp_path, block=4000, monkeypatch=monkeypatch)
    mine = json.loads(whole["manifest"])
    assert mine["input"]["encoding"] == codec
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    streamed = routed("-", tmp_path, "fast" if len(what) % 2 else "plain")
    assert streamed[0] == code, streamed[1]
    its = json.loads(streamed[2]["manifest"])
    assert its["input"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert its["counts"] == mine["counts"]
    assert (streamed[2]["csv"], streamed[2]["rejects"]) == (whole["csv"], whole["rejects"])
    strange = {"letters of the other encoding": 1, "many letters of the other encoding": 400}.get(what, 0)
    strange += (codec, what) in {
        ("utf-8", "a byte cp1252 has not"), ("cp1252", "a byte cp1252 has not"), ("cp1252", "bytes of nothing"),
        ("cp1252", "a letter nobody could write"),
    }  # fmt: skip
    assert mine["rejected"].get("CEP435", 0) == whole["rejects"].count(b"CEP435") == strange, text
    assert ("CEP428" in text or "CEP429" in text) == (strange > 0)


@pytest.mark.usefixtures("_small_sample")
def test_a_stream_without_an_accent_is_waited_for(tmp_path, monkeypatch):
    """Nothing tells its encoding before the first accent: rows that went out in another could not be taken back."""
    body = (HEADER + "\n" + "1;Dupont;2000-01-01;;;;;;75056;;\n" * 2000).encode()
    for tail in ("1;Lefèvre;2000-01-01;;;;;;75056;;\n".encode("cp1252") * 30, b""):
        (tmp_path / "in.csv").write_bytes(body + tail)
        plain = routed(tmp_path / "in.csv", tmp_path, "plain")
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(body + tail)))
        quick = routed("-", tmp_path, "fast")
        assert quick[0] == plain[0] == 0
        assert quick[2]["csv"] == plain[2]["csv"]


@pytest.mark.parametrize("kept", [0, 3, 40])
def test_columns_that_forget_their_cells(tmp_path, monkeypatch, used, kept):
    """Free text where a few words were expected: what is met again is read again, and means the same."""
    monkeypatch.setattr(answers, "CELLS_AT_MOST", kept)
    monkeypatch.setattr(people, "KEPT_AT_MOST", 2 * kept)
    monkeypatch.setattr(pieces, "KEPT_AT_MOST", 2 * kept)
    monkeypatch.setattr(answers, "_ROOM", 1 << (8 if kept == 3 else 62))
    chance = random.Random(kept)
    (tmp_path / "in.csv").write_text("\n".join((*content(chance, 600, 0.02), "")), encoding="utf-8")
    same(tmp_path / "in.csv", tmp_path, block=4000, monkeypatch=monkeypatch)
    assert sum(used) > 300


@pytest.mark.usefixtures("_small_sample")
def test_a_stream_of_which_too_much_would_have_to_be_kept(tmp_path, monkeypatch):
    """Of one that tells its encoding nothing is kept, however long it is."""
    body = (HEADER + "\n" + "1;Dupont;2000-01-01;;;;;;75056;;\n" * 5000).encode()
    accents = body.replace(b"Dupont", "Lefèvre".encode())
    made = decoding.Limits
    # the last one cannot even show the rows that tell what its columns are
    for data, code, spool in ((body, 2, 100_000), (accents, 0, 100_000), (accents, 2, 66_000)):
        monkeypatch.setattr(decoding, "Limits", partial(made, spool=spool))
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        said = routed("-", tmp_path, "fast")
        assert said[0] == code
        told = f"l'entrée standard dépasse la limite de {spool} octets" in said[1]
        assert told == (code == 2)
        assert (said[2]["csv"] is None) == (code == 2)


@pytest.mark.parametrize("strict", [(), ("--strict",), ("--territory", "c3a"), ("--lang", "en")])
def test_options_change_nothing_to_it(tmp_path, monkeypatch, strict):
    path = tmp_path / "in.csv"
    path.write_text("\n".join(content(random.Random(7), 300, 0.02)) + "\n", encoding="utf-8")
    same(path, tmp_path, *strict, block=5000, monkeypatch=monkeypatch)


def test_a_column_of_territories(tmp_path, monkeypatch):
    chance = random.Random(3)
    names = ("c3a", "C1A", "nulle part", "", "c2a\u200b")
    lines = [
        f"{line};{chance.choice(names) if i else 'territoire'}"
        for i, line in enumerate(content(chance, 200, 0))
    ]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same(path, tmp_path, block=3000, monkeypatch=monkeypatch)


def test_all_cells_quoted(tmp_path, monkeypatch, used):
    lines = [
        ";".join(f'"{cell}"' for cell in line.split(";"))
        for line in content(random.Random(5), 200, 0)
        if '"' not in line
    ]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same(path, tmp_path, monkeypatch=monkeypatch)
    assert used


def test_a_quoted_cell_longer_than_a_block(tmp_path, monkeypatch):
    lines = content(random.Random(9), 120, 0)
    lines.insert(60, '00060;"' + "une ligne\n" * 120 + '";;;;;;;;;')
    lines.insert(90, '00090;"jamais fermé;;;;;;;;;')
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same(path, tmp_path, block=300, monkeypatch=monkeypatch)


TEXT = st.text(st.sampled_from("ab1 ;\"\n\r'\\=éÉ\xa0"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            TEXT,
            st.sampled_from(UNLUCKY),
            st.builds(lambda n, s: person(random.Random(s), n), st.integers(0, 99), st.integers(0, 999)),
        ),
        max_size=60,
    ),
    st.integers(40, 900),
)
def test_random_lines(tmp_path, monkeypatch, lines, block):
    chance = random.Random(1)
    first = [person(chance, n) for n in range(25)]  # what a column holds is learnt
    path = tmp_path / "in.csv"
    path.write_bytes("\n".join([HEADER, *first, *lines]).encode())
    same(path, tmp_path, block=block, monkeypatch=monkeypatch)
