"""What is shipped: the wheel alone, in an empty environment, in another folder, without the sources, routes someone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PERSON = [
    "--age", "40", "--status", "jobseeker", "--employed", "no", "--in-school", "no", "--cadre", "no", "--disability", "none",
    "--seasonal", "yes", "--on", "2026-11-22",
]  # fmt: skip
# Run inside the new environment: every file opened is noted, and a file of the sources would be a wheel that is not whole.
WATCHED = """
import os, sys
sources = sys.argv.pop(1)
opened = []
def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if path.startswith(sources + os.sep) and os.sep + ".venv" + os.sep not in path:
            opened.append(path)
sys.addaudithook(watch)
from cep_route.__main__ import run
code = run(sys.argv[1:])
import cep_route
sys.stderr.write("from " + os.path.dirname(cep_route.__file__) + "\\n")
sys.stderr.writelines("opened " + path + "\\n" for path in opened)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as `pip wheel` does, with the build tools at hand."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
        "-w",
        os.fspath(folder),
        os.fspath(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("cep_route-*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """An environment that holds the wheel alone; the libraries it depends on are lent by ours, our own package is not."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", os.fspath(folder / "env")], check=True)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    (folder / "watched.py").write_text(WATCHED)
    (folder / "work").mkdir()
    return folder


def run(elsewhere, *words):
    """(exit code, stdout, what was told, where it ran from, the files of the sources it opened)."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CEP_ROUTE", "VIRTUAL_ENV"))}
    env["CEP_ROUTE_CACHE"] = os.fspath(elsewhere / "cache")
    python = elsewhere / "env" / "bin" / "python"
    done = subprocess.run(
        [os.fspath(python), os.fspath(elsewhere / "watched.py"), os.path.realpath(ROOT), *words],
        cwd=elsewhere / "work", env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = done.stderr.splitlines()
    ran_from = [line[5:] for line in told if line.startswith("from ")]
    opened = [line[7:] for line in told if line.startswith("opened ")]
    said = "\n".join(line for line in told if not line.startswith(("from ", "opened ")))
    return done.returncode, done.stdout, said, ran_from, opened


def test_the_wheel_holds_rules_territories_and_places_and_nothing_of_the_workshop(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("rules", "territories"):
        ours = {f"cep_route/{folder}/{p.name}" for p in (ROOT / folder).glob("*.toml")}
        assert ours <= names
        assert {n for n in names if n.startswith(f"cep_route/{folder}/")} == ours
    assert {"cep_route/places/places.sqlite", "cep_route/directory/desks.sqlite"} <= names
    assert {f"cep_route/messages/{lang}.toml" for lang in ("fr", "en")} <= names
    kinds = ("py", "html", "css", "js", "typ", "toml", "sqlite")
    ours = [p for kind in kinds for p in (ROOT / "cep_route").rglob(f"*.{kind}")]
    modules = {p.relative_to(ROOT).as_posix() for p in ours}
    assert modules <= names
    beside = {n.partition(".data/data/")[2] for n in names if ".data/" in n}
    assert beside == {"share/man/man1/cep-route.1", "share/man/fr/man1/cep-route.1"}
    assert not [
        n for n in names if n.split("/")[0] != "cep_route" and not re.match(r"[^/]+\.(dist-info|data)/", n)
    ]
    assert not [n for n in names if "__pycache__" in n or n.endswith((".pyc", ".orig", ".tmp"))]


@pytest.mark.parametrize("time", ["first", "again"])
def test_it_routes_someone_in_another_folder_without_the_sources(time, elsewhere):
    code, out, said, ran_from, opened = run(
        elsewhere, "route", *PERSON, "--commune", "99502", "--format", "json"
    )
    assert (code, opened) == (0, []), said
    assert ran_from == [os.fspath(next((elsewhere / "env").glob("lib/python*/site-packages/cep_route")))]
    answer = json.loads(out)
    assert answer["territory"] == "c3a"
    assert [f["operator"] for f in answer["first"]] == ["france_travail"]
    assert [s["first"] for s in answer["schemes"]] == [True]
    assert not list((elsewhere / "work").iterdir())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["route", *PERSON, "--commune", "Gap"], "France Travail"),
        (["route", *PERSON, "--commune", "05000 Gap", "--lang", "en", "--details"], "home: Gap"),
        (["territory", "list"], "Territoire\u00a0: c1a\u202f; Nom\u00a0: Bassin de Clairval"),
        (["explain", "ml-youth"], "Code du travail, article L5314-2"),
        (["schema", "route"], '"schema": {'),
        (["--help"], "cep-route route"),
    ],
    ids=lambda words: " ".join(words[:2]) if isinstance(words, list) else "",
)
def test_the_other_commands_work_there_too(words, expected, elsewhere):
    code, out, said, _, opened = run(elsewhere, *words)
    assert (code, opened) == (0, []), said
    assert expected in out


def test_a_new_territory_made_there_passes_the_check_there(elsewhere):
    assert run(elsewhere, "territory", "new", "ici", "--communes", "05061", "-o", "ici.toml")[0] == 0
    code, out, said, _, opened = run(elsewhere, "check", "ici.toml")
    assert (code, out, said, opened) == (0, "rien à signaler\n", "", [])
    (elsewhere / "work" / "ici.toml").unlink()


def test_the_metadata_names_the_command_and_every_library(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folder = next(n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n)
        metadata = archive.read(f"{folder}/METADATA").decode()
        points = archive.read(f"{folder}/entry_points.txt").decode()
    assert "cep-route = cep_route.__main__:main" in points
    assert "Requires-Python: >=3.11" in metadata
    for name in ("typer", "click", "msgspec", "pydantic", "tomli"):
        assert f"Requires-Dist: {name}" in metadata
