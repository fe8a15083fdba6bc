"""The walls of the house: who may import whom, who may touch the world, and the sentence each room opens with.

Each test walks every module and lists all the faults it finds, so that one run tells everything.
"""

import ast
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from importlib.metadata import packages_distributions
from pathlib import Path

import tomli

HOUSE = Path(__file__).parents[1] / "cep_route"

# room -> the rooms it may import ("*": any). Nothing else of ours is allowed.
MAY_IMPORT = {
    "model": set(),
    "text": set(),
    "spelling": {"model", "text"},
    "engine": {"model"},
    "typed": {"model", "engine", "spelling", "text"},
    "directory": {"model", "engine", "places"},
    "checks": {"model", "engine", "directory", "spelling", "text"},
    "diagnosis": {"model", "engine", "directory", "checks", "spelling", "text"},
    "places": {"model", "spelling", "text"},
    "files": {"model", "engine", "directory", "checks", "places", "spelling", "text"},
    "messages": {"files", "model"},
    "render": {"model", "engine", "directory", "diagnosis", "messages", "spelling", "text"},
    "router": {
        "messages",
        "files",
        "places",
        "engine",
        "directory",
        "render",
        "model",
        "typed",
        "spelling",
        "text",
    },
    "intake": {
        "messages",
        "model",
        "engine",
        "directory",
        "places",
        "render",
        "files",
        "router",
        "spelling",
        "text",
    },
    "importers": {"model", "engine", "directory", "checks", "places", "spelling", "text"},
    "serve": {"text", "typed", "router", "render", "messages", "engine", "model"},
    "spark": {"router", "files", "intake", "model"},
    "cli": {"*"},
    "__main__": {"cli", "files", "render", "messages", "model"},
    "__init__": {"router"},
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
# The only rooms that may listen, and only when asked to: `serve --http`. They never ask anyone anything.
LISTENS = {Path("serve/http.py"), Path("cli/serve.py")}
# files, messages, intake, places, importers and cli open files; the other rooms are handed what they need.
GATES = {"files", "messages", "intake", "places", "cli", "__main__", "importers", "spark"}
# Heavy libraries that an ordinary route never loads.
HEAVY = {
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
OPERATORS = [
    "apec",
    "cap_emploi",
    "mission_locale",
    "france_travail",
    "operateur_regional",
    "fongecif",
    "pole_emploi",
]


def modules():
    found = sorted(HOUSE.rglob("*.py"))
    assert len(found) > 30
    return [(p.relative_to(HOUSE), ast.parse(p.read_text(encoding="utf-8"))) for p in found]


MODULES = modules()


def room_of(path):
    return path.parts[0].removesuffix(".py")


def name_of(path):
    return ".".join(("cep_route", *path.with_suffix("").parts)).removesuffix(".__init__")


NAMES = {name_of(path) for path, _ in MODULES}


def typed_only(tree):
    """What stands under `if TYPE_CHECKING:`: for the type checker, not for the program."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for child in node.body
        for inner in ast.walk(child)
    }


def imports(path, tree):
    """Every module that a file imports, by its whole name; type-only imports are left out."""
    skipped = typed_only(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = ("cep_route", *path.parts)[: -node.level]
                module = ".".join((*package, *filter(None, [module])))
            for name in node.names:
                whole = f"{module}.{name.name}"
                yield whole if whole in NAMES else module


def calls(tree):
    return {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


def test_a_room_imports_only_what_the_table_allows():
    faults = []
    for path, tree in MODULES:
        room = room_of(path)
        allowed = MAY_IMPORT[room]
        ours = {name.split(".")[1] for name in imports(path, tree) if name.startswith("cep_route.")}
        if "*" not in allowed and ours - {room} - allowed:
            faults.append(f"{path}: {sorted(ours - {room} - allowed)}")
    assert not faults


def test_what_is_imported_is_declared():
    """Every library that a file imports is named in pyproject.toml; nothing is there by the luck of another one's needs."""
    project = tomli.loads((HOUSE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {declared(text) for text in project["dependencies"]} | {"pydantic-core"}  # pydantic's other half
    named |= {declared(text) for texts in project["optional-dependencies"].values() for text in texts}
    owners = packages_distributions()
    faults = [
        f"{path}: {name}"
        for path, tree in MODULES
        for name in {name.split(".")[0] for name in imports(path, tree)}
        if name not in sys.stdlib_module_names and name != "cep_route"
        if not {declared(owner) for owner in owners.get(name, [])} & named
    ]
    assert not faults


def declared(text):
    return re.split(r"[^A-Za-z0-9._-]", text)[0].lower().replace("_", "-")


def test_the_core_touches_nothing_of_the_world():
    faults = []
    for path, tree in MODULES:
        if room_of(path) not in PURE:
            continue
        source = (HOUSE / path).read_text(encoding="utf-8")
        names = {name.split(".")[0] for name in imports(path, tree)}
        banned = calls(tree) & {"open", "print", "input", "eval", "exec", "compile", "__import__"}
        if names & (WORLD | NETWORK) or banned or "today()" in source or "now()" in source:
            faults.append(f"{path}: {sorted(names & (WORLD | NETWORK))} {sorted(banned)}")
    assert not faults


def test_no_network_no_eval_anywhere():
    faults = []
    for path, tree in MODULES:
        if path not in LISTENS:
            asks = {name.split(".")[0] for name in imports(path, tree)} & NETWORK
            faults += [f"{path}: {name}" for name in asks]
        faults += [f"{path}: {name}" for name in calls(tree) & {"eval", "exec"}]
        faults += [
            f"{path}: pickle"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "pickle"
        ]
    assert not faults


def test_no_operator_is_named_in_code():
    """Law is data: a network is named in rules/ and territories/ only. Examples in messages and drafts decide nothing."""
    faults = []
    for path, tree in MODULES:
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
        if path == Path("cli/territory_edit.py"):  # the draft shows how a line may look
            texts = [t for t in texts if not t.startswith("#")]
        faults += [f"{path}: {t}" for t in texts for o in OPERATORS if o in t]
    assert not faults


def test_every_module_opens_with_a_sentence():
    faults = []
    for path, tree in MODULES:
        lines = (ast.get_docstring(tree) or "").split("\n")
        if not lines[0] or not (lines[0].rstrip().endswith((".", "!", "?", ":", ",")) or len(lines) > 1):
            faults.append(str(path))
    assert not faults


def test_no_room_is_called_by_a_word_that_says_nothing():
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}
    assert not [str(path) for path, _ in MODULES if path.stem in banned]


def test_only_the_gates_open_files():
    assert not [str(path) for path, tree in MODULES if room_of(path) not in GATES and "open" in calls(tree)]


def circles(edges):
    """The strongly connected parts of more than one module (Tarjan 1972)."""
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(at):
        index[at] = low[at] = len(index)
        stack.append(at)
        on.add(at)
        for to in edges[at]:
            if to not in index:
                visit(to)
                low[at] = min(low[at], low[to])
            elif to in on:
                low[at] = min(low[at], index[to])
        if low[at] == index[at]:
            part = []
            while not part or part[-1] != at:
                part.append(stack.pop())
                on.discard(part[-1])
            if len(part) > 1:
                found.append(sorted(part))

    for at in list(edges):
        if at not in index:
            visit(at)
    return found


def test_no_circle_between_files():
    edges = defaultdict(set)
    for path, tree in MODULES:
        mine = name_of(path)
        edges[mine] |= {to for to in imports(path, tree) if to in NAMES and not mine.startswith(to)}
    for to in {to for targets in edges.values() for to in targets}:
        edges.setdefault(to, set())
    assert not circles(edges)


def test_no_private_name_is_imported_from_another_file():
    faults = [
        f"{path}: {node.module}.{name.name}"
        for path, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cep_route")
        for name in node.names
        if name.name.startswith("_") and not name.name.startswith("__")
    ]
    assert not faults


def test_no_class_name_stands_twice():
    named = Counter(
        node.name.lstrip("_") for _, tree in MODULES for node in tree.body if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, times in named.items() if times > 1]


def test_an_ordinary_route_loads_nothing_heavy(tmp_path):
    env = {**os.environ, "CEP_ROUTE_CACHE": str(tmp_path)}
    words = ["route", "--age", "40", "--status", "employee", "--commune", "99301", "--format", "json"]
    code = f"from cep_route.__main__ import run; run({words!r}); import sys; sys.stderr.write(' '.join(sys.modules))"
    runs = [
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert not set(runs[1].stderr.split()) & HEAVY


def test_what_is_read_has_types():
    """No table of anything in the heart: what stands behind the door is a record, or a named type."""
    anything = re.compile(r"\b(?:dict|Mapping)\[str, Any\]")
    found = {path: len(anything.findall((HOUSE / path).read_text(encoding="utf-8"))) for path, _ in MODULES}
    heart = {"router", "typed", "directory", "files", "engine"}
    assert not [str(path) for path, times in found.items() if times and room_of(path) in heart]
    assert sum(found.values()) <= 75
