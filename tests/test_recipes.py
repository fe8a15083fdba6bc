"""The recipes are run, block by block, each in a process of its own; the notebook's in a notebook."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess

import pytest
from scripts_env import BIN, ROOT, missing, need_scripts

TEXT = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
BLOCKS = [
    (heading.strip(), kind, code)
    for heading, rest in re.findall(r"^## (.*)\n((?:(?!^## ).*\n?)*)", TEXT, re.MULTILINE)
    for kind, code in re.findall(r"^```(\w+)\n(.*?)^```$", rest, re.MULTILINE | re.DOTALL)
]


def test_every_recipe_has_its_block():
    assert len(BLOCKS) == len(re.findall("^## ", TEXT, re.MULTILINE)) == 6


@pytest.mark.parametrize(("heading", "kind", "code"), BLOCKS, ids=[b[0] for b in BLOCKS])
def test_a_recipe_works(heading, kind, code, tmp_path, cache):
    python = need_scripts()
    if kind == "sh":
        if shutil.which("curl") is None:
            missing("no curl")
        code = code.replace("8765", str(20_000 + os.getpid() % 20_000))
        words = ["bash", "-euo", "pipefail", "-c", code]
    elif "IPython" in code:
        words = [python, "-c", NOTEBOOK, code]
    else:
        words = [python, "-c", code]
    # the dev environment goes first for the shell: it has the extra of the service
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "CEP_ROUTE_CACHE": os.fspath(cache), "PYTHONWARNINGS": ""}
    process = subprocess.Popen(
        [str(w) for w in words],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=90)
    finally:
        if process.poll() is None:  # whatever the recipe began ends with it
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0, out[-3000:]


NOTEBOOK = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(sys.argv[1])])
NotebookClient(book, timeout=60).execute()
shown = book.cells[0].outputs[-1]["data"]["text/markdown"]
assert "Mission locale du Plateau" in shown, shown
"""
