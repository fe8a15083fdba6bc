"""The walls of the house: who may import whom, who may touch the world, and the sentence each room opens with."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "cep_route"

# room -> the rooms it may import. Nothing else of ours is allowed.
MAY_IMPORT = {
    "model": set(),
    "engine": {"model"},
    "checks": {"model", "engine"},
    "places": {"model"},
    "files": {"model", "engine", "checks", "places"},
    "intake": {"model", "engine", "places", "render", "files"},
    "directory": {"model", "engine", "checks", "places"},
    "render": {"model", "engine"},
    "commands": {
        "model",
        "engine",
        "checks",
        "places",
        "files",
        "intake",
        "directory",
        "render",
        "api",
        "serve",
    },
    "cli": {"commands", "files", "model", "engine"},
    "spark": {"api", "files", "intake", "model"},
    "serve": {"api", "render", "engine", "model"},
    "__main__": {"cli", "commands", "files", "render", "model"},
    "api": {"files", "places", "engine", "render", "model"},
    "__init__": {"api"},
}
PURE = {"model", "engine", "checks"}
# Modules that touch the world: the disk, the clock, the environment, the terminal, the network, chance.
WORLD = {
    "os",
    "pathlib",
    "io",
    "time",
    "sys",
    "shutil",
    "tempfile",
    "subprocess",
    "random",
    "secrets",
    "uuid",
    "logging",
}
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "asyncio"}
NETWORK |= {"uvicorn", "starlette", "anyio", "h11", "prometheus_client", "pyspark"}
# The only room that may listen, and only when asked to: `serve --http`. It never asks anyone anything.
LISTENS = {"serve"}
OPERATORS = (
    "apec",
    "cap_emploi",
    "mission_locale",
    "france_travail",
    "operateur_regional",
    "fongecif",
    "pole_emploi",
)


def room_of(path):
    relative = path.relative_to(HOUSE)
    return relative.parts[0].removesuffix(".py")


def modules():
    found = sorted(HOUSE.rglob("*.py"))
    assert len(found) > 30
    return found


def imports(path):
    """(module, is it at the top of the file) of every import, type-only ones left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for child in node.body
        for inner in ast.walk(child)
    }
    for node in ast.walk(tree):
        if node in typed:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                package = path.relative_to(HOUSE.parent).parts[: -node.level]
                yield ".".join((*package, node.module or ""))
            elif node.module == "cep_route":
                yield from (f"cep_route.{name.name}" for name in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_room_imports_only_what_the_table_allows(path):
    room = room_of(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("cep_route.")}
    assert ours - {room, "__version__"} <= MAY_IMPORT[room]


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(p) in PURE], ids=lambda p: str(p.relative_to(HOUSE))
)
def test_the_core_touches_nothing_of_the_world(path):
    names = {name.split(".")[0] for name in imports(path)}
    assert not names & (WORLD | NETWORK)
    calls = {
        n.func.id
        for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not calls & {"open", "print", "input", "eval", "exec", "compile", "__import__"}
    source = path.read_text(encoding="utf-8")
    assert "today()" not in source
    assert "now()" not in source


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_network_no_eval_anywhere(path):
    if room_of(path) not in LISTENS:
        assert not {name.split(".")[0] for name in imports(path)} & NETWORK
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec"}
        if isinstance(node, ast.Attribute):
            assert not (node.attr in {"loads", "load"} and getattr(node.value, "id", "") == "pickle")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_operator_is_named_in_code(path):
    """Law is data: a network is named in rules/ and territories/ only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs
    ]
    # the drafts and help show how a line may look; an example decides nothing
    if path.name == "examples.py" and room_of(path) == "render":
        return  # the cases of messages, as people met them
    if path.name == "territory.py" and room_of(path) == "commands":
        texts = [t for t in texts if not t.startswith("#")]
    assert not [t for t in texts for o in OPERATORS if o in t]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_every_module_opens_with_a_sentence(path):
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc
    assert doc.split("\n")[0].rstrip().endswith((".", "!", "?", ":", ",")) or len(doc.split("\n")) > 1


def test_no_room_is_called_by_a_word_that_says_nothing():
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}
    assert not [p for p in modules() if p.stem in banned]


def test_only_the_gates_open_files():
    """files, intake, places and commands open; the other rooms are handed what they need."""
    gates = {"files", "intake", "places", "commands", "__main__", "directory", "spark"}
    for path in modules():
        if room_of(path) in gates:
            continue
        calls = [
            n
            for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "open"
        ]
        assert not calls, path


def test_the_start_up_path_loads_nothing_heavy(tmp_path):
    """An ordinary route loads Typer and no heavy library: no pydantic, numpy, pyarrow, polars, phone numbers, page or sheet."""
    import os
    import subprocess
    import sys

    env = {**os.environ, "CEP_ROUTE_CACHE": str(tmp_path)}
    words = ["route", "--age", "40", "--status", "employee", "--commune", "99301", "--format", "json"]
    code = f"from cep_route.__main__ import run; run({words!r}); import sys; sys.stderr.write(' '.join(sys.modules))"
    runs = [
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    loaded = set(runs[1].stderr.split())
    assert runs[0].stdout == runs[1].stdout
    heavy = {
        "pydantic",
        "numpy",
        "pyarrow",
        "polars",
        "phonenumbers",
        "opening_hours",
        "tomlkit",
        "jinja2",
        "starlette",
    }
    assert not loaded & heavy
