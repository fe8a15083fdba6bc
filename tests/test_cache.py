"""The cache of compiled rules: deleted, damaged, read-only or somebody else's, it changes nothing but time."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import re
import shutil
import stat
from pathlib import Path

import pytest

from cep_route.__main__ import run
from cep_route.files import cache as room
from cep_route.files import compiled_rules

LINE = [
    "route",
    "--age",
    "40",
    "--status",
    "jobseeker",
    "--statut",
    "jobseeker",
    "--commune",
    "99301",
    "--format",
    "json",
    "--on",
    "2026-11-22",
]
OTHER = ["route", "--age", "24", "--commune", "99502", "--seasonal", "yes", "--on", "2026-11-22"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_CACHE", os.fspath(tmp_path / "cache"))
    monkeypatch.delenv("CEP_ROUTE_LANG", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def said(capsys, tmp_path_factory):
    """What a line says; two territories are enough to compile at each start."""
    two = tmp_path_factory.getbasetemp() / "two-territories"
    for name in () if two.exists() else ("c2a", "c3a"):
        two.mkdir(exist_ok=True)
        shutil.copy(Path(__file__).parents[1] / "territories" / f"{name}.toml", two)

    def one(line=LINE):
        compiled_rules.cache_clear()  # as a process of its own
        code = run([*line, "--territories", os.fspath(two)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return one


@pytest.fixture
def warm(folder, said, tmp_path_factory):
    """The folder as a first start leaves it, compiled once for all tests."""
    once = tmp_path_factory.getbasetemp() / "kept-once"
    if not once.exists():
        said()
        shutil.copytree(folder, once)
        shutil.rmtree(folder)
    shutil.copytree(once, folder)
    return folder


def test_the_first_start_and_the_next_say_the_same_bytes(folder, said):
    first = [said(LINE), said(OTHER)]
    # the sentences are kept by the first run of the process alone
    assert sorted({p.name.partition("-")[0] for p in folder.iterdir()} - {"messages"}) == [
        "cooperation",
        "index",
        "law",
        "spellings",
        "territory",
    ]
    assert [said(LINE), said(OTHER)] == first
    shutil.rmtree(folder)
    assert [said(OTHER), said(LINE)] == first[::-1]


def test_any_byte_of_any_file_may_be_wrong(warm, said):
    """Flipped bits, cut ends, added ends, empty: nothing is believed that is not whole."""
    right = said()
    assert said() == right
    kept = {p: p.read_bytes() for p in warm.iterdir()}
    pick = random.Random(1)
    for path, data in kept.items():
        for damage in ("flip", "flip", "flip", "cut", "cut to nothing", "more"):
            wrong = bytearray(data)
            if damage == "flip":
                wrong[pick.randrange(len(wrong))] ^= 1 << pick.randrange(8)
            elif damage == "cut":
                del wrong[pick.randrange(len(wrong)) :]
            elif damage == "cut to nothing":
                wrong = bytearray()
            else:
                wrong += b"\0"
            path.write_bytes(bytes(wrong))
            kind, _, key = path.stem.partition("-")
            assert room.recall(kind, key.rpartition("-")[2], object) is None
        path.write_bytes(data)
    for path, data in kept.items():  # all wrong at once, then mended by the run itself
        path.write_bytes(data[: len(data) // 2])
    assert said() == right
    assert {p: p.read_bytes() for p in warm.iterdir()}.keys() == kept.keys()
    assert said() == right


def test_a_file_of_another_kind_under_the_right_name_is_not_believed(warm, said):
    right = said()
    said()
    paths = sorted(warm.iterdir())
    contents = [p.read_bytes() for p in paths]
    for path in paths:
        path.unlink()
        path.mkdir()  # a folder where a file is looked for
    assert said() == right
    for path, data in zip(paths, contents, strict=True):
        path.rmdir()
        path.write_bytes(data)
    assert said() == right


def test_a_sum_that_is_right_over_nonsense_is_not_believed(folder):
    folder.mkdir()
    for nonsense in (b"", b"\xff", b"c", b"nonsense"):
        (folder / f"law-{room.FORMAT}-x.bin").write_bytes(room.sha256(nonsense).digest() + nonsense)
        assert room.recall("law", "x", object) is None


class Refusing:
    """A folder nobody may write to, as `os` would say it (the tests may run as root, whom nothing stops)."""

    def __call__(self, *_, **__):
        raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("refused", ["makedirs", "replace", "open"])
def test_a_folder_that_cannot_be_written_costs_time_only(warm, said, monkeypatch, refused):
    right = said()
    shutil.rmtree(warm)
    with monkeypatch.context() as patched:
        patched.setattr(room.os, refused, Refusing())
        assert said()[:2] == right[:2]
        assert said() == right
    assert not [p for p in (warm.iterdir() if warm.exists() else ()) if p.suffix != ".tmp"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder(warm, said):
    right = said()
    warm.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert said() == right
        assert said(OTHER)[0] == 1
    finally:
        warm.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("given", ["", "/dev/null", "/dev/null/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be(given, warm, said, monkeypatch, tmp_path):
    right = said()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CEP_ROUTE_CACHE", given)
    before = set(tmp_path.iterdir())
    assert said() == right
    assert set(tmp_path.iterdir()) - before <= {tmp_path / p.name for p in tmp_path.glob("*.bin")}


def test_another_user_s_files_are_not_read(warm, said, monkeypatch):
    right = said()
    monkeypatch.setattr(room.os, "getuid", lambda: Path(warm).stat().st_uid + 1)
    for path in warm.iterdir():
        kind, _, key = path.stem.partition("-")
        assert room.recall(kind, key.rpartition("-")[2], object) is None
    assert said() == right


def test_what_is_kept_is_for_the_user_alone_and_whole(folder, said):
    said()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.suffix == ".bin"


def test_old_shapes_are_forgotten_beyond_forty(folder):
    for i in range(50):
        room.keep("law", f"{i:032d}", i)
    assert len(list(folder.iterdir())) == 41
    assert room.recall("law", f"{49:032d}", int) == 49


def test_no_value_of_a_person_is_kept(folder, said):
    said(
        [
            "route",
            "--birth-date",
            "1987-03-14",
            "--status",
            "jobseeker",
            "--commune",
            "99301",
            "--need",
            "mobilite",
            "--on",
            "2026-11-22",
        ]
    )
    for path in folder.iterdir():
        assert b"1987-03-14" not in path.read_bytes()


def test_other_rules_do_not_answer_from_the_shipped_ones(folder, said, tmp_path):
    """The key is the content: one word changed, and nothing kept is used."""
    said()
    own = tmp_path / "rules"
    shutil.copytree(Path(__file__).parents[1] / "rules", own)
    for path in own.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("Une personne sans emploi qui en cherche un", "UNE PERSONNE QUI CHERCHE"),
            encoding="utf-8",
        )
    assert "UNE PERSONNE QUI CHERCHE" in said([*LINE, "--rules", os.fspath(own)])[1]
    assert "UNE PERSONNE QUI CHERCHE" not in said()[1]


def test_it_is_never_pickle():
    for path in (Path(__file__).parents[1] / "cep_route").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if re.search("pickle|shelve|dill|joblib", text) else ():
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {"pickle", "shelve", "dill", "cloudpickle", "joblib"} & set(names), path


def test_another_shape_a_pipe_a_link_and_an_open_folder_are_nothing_kept(warm, said, tmp_path):
    """A sum that is right over values of another shape; what would be waited for or followed; a folder where others may write."""
    first = said()
    kept = sorted(warm.glob("*.bin"))
    assert kept
    values = ([], 7, {"facts": 1}, {"files": {}}, {"a": ((), 1)}, "x")
    # every value in all files at once, then in each file another one
    for value in values:
        data = json.dumps(value).encode()
        for path in kept:
            path.write_bytes(hashlib.sha256(data).digest() + data)
        assert said() == first, value
    for at, path in enumerate(kept):
        data = json.dumps(values[at % len(values)]).encode()
        path.write_bytes(hashlib.sha256(data).digest() + data)
        assert said() == first, path.name
        path.unlink()
        os.mkfifo(path)
        assert said() == first
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
        assert said() == first
        path.unlink(missing_ok=True)
    warm.chmod(0o777)
    assert said() == first
    warm.chmod(0o700)
