"""The test files that speak of what has changed since a commit (HEAD by default): `make fast` runs them.

A test file is taken when it has changed itself, or when it imports a module that has. Data have the tests that read them all.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALWAYS = {"tests/test_rooms.py", "tests/test_words.py"}
OF_DATA = {
    "rules": {"tests/test_engine.py", "tests/test_recognising.py"},
    "territories": {"tests/test_territories.py"},
    "examples": {"tests/test_recipes.py"},
}


def changed(since: str) -> set[str]:
    """Paths that differ from a commit, new files included."""
    words = ("diff", "--name-only", since), ("ls-files", "--others", "--exclude-standard")
    said = [_git(*told) for told in words]
    return {line for text in said for line in text.splitlines()}


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607


def imported(path: Path) -> set[str]:
    """Every module of ours that a file imports, with the names it takes from it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cep_route"):
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def tests_of(paths: set[str]) -> list[str]:
    """The test files to run for the changed paths, sorted."""
    modules = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in paths
        if path.startswith("cep_route/") and path.endswith(".py")
    }
    found = ALWAYS | {path for path in paths if path.startswith("tests/test_") and path.endswith(".py")}
    for room, tests in OF_DATA.items():
        if any(path.startswith(f"{room}/") for path in paths):
            found |= tests
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        if imported(path) & modules:
            found.add(path.relative_to(ROOT).as_posix())
    return sorted(path for path in found if (ROOT / path).exists())


if __name__ == "__main__":
    print(*tests_of(changed(sys.argv[1] if len(sys.argv) > 1 else "HEAD")))
