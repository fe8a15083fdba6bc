"""What Spark and the recipes are tried with: an environment of its own (`make .venv/scripts/whole`) and a Java. Missing, it is said.

On a machine that must try everything (`CEP_ROUTE_TEST_ALL`), what is missing fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = ROOT / ".venv" / "scripts" / "bin"


def missing(what: str) -> None:
    if os.environ.get("CEP_ROUTE_TEST_ALL"):
        pytest.fail(f"{what}, and this machine must try everything")
    pytest.skip(what)


def need_scripts() -> Path:
    """The interpreter of the environment."""
    if not (BIN / "python").exists():
        missing("no environment for Spark and the recipes: `make .venv/scripts/whole` makes it")
    return BIN / "python"


def need_java() -> None:
    if shutil.which("java") is None:
        missing("no Java: Debian's default-jre-headless is enough")


def run_there(words, cwd, timeout=240, **more):
    """A program of the environment, both streams as text; it may not fail."""
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONWARNINGS": "", **more}  # fmt: skip
    env["JAVA_TOOL_OPTIONS"] = (
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # a short run: half of it was compiling
    )
    env |= {"PYSPARK_PYTHON": str(BIN / "python"), "PYSPARK_DRIVER_PYTHON": str(BIN / "python")}
    done = subprocess.run(
        [str(w) for w in words],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout
