"""What one command costs, CPU of the whole process, `python -c pass` in the same run being 1. Medians, warm disk, compiled bytecode.

Run: .venv/bin/python benchmarks/startup.py [ROUNDS]. Wanted: `route --format json` at most 8 (aim 3), text at most 12, `--help` at most 8.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHON = sys.executable
CLI = str(Path(PYTHON).with_name("cep-route"))
PERSON = [
    "--age",
    "24",
    "--status",
    "jobseeker",
    "--in-school",
    "no",
    "--employed",
    "no",
    "--cadre",
    "no",
    "--disability",
    "none",
]
CASES = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import typer, pydantic": [PYTHON, "-c", "import typer, pydantic"],
    "route --format json, a territory of 6 communes": [
        CLI,
        "route",
        *PERSON,
        "--commune",
        "99301",
        "--format",
        "json",
    ],
    "route --format json, any commune of France": [
        CLI,
        "route",
        *PERSON,
        "--commune",
        "05061",
        "--format",
        "json",
    ],
    "route --format json, undecided": [
        CLI,
        "route",
        "--age",
        "24",
        "--status",
        "jobseeker",
        "--commune",
        "05061",
        "--format",
        "json",
    ],
    "route, text": [CLI, "route", *PERSON, "--commune", "99301", "--need", "mobilite"],
    "route, French words and a name": [
        CLI,
        "route",
        "--age",
        "24",
        "--statut",
        "demandeur-emploi",
        "--en-emploi",
        "non",
        "--commune",
        "Gap",
    ],
    "completion of a commune": [
        "env",
        "_CEP_ROUTE_COMPLETE=bash_complete",
        "COMP_WORDS=cep-route\nroute\n--commune\nsai",
        "COMP_CWORD=3",
        CLI,
    ],
    "--help": [CLI, "--help"],
    "route --help": [CLI, "route", "--help"],
}


def cpu(command, env):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds):  # the cache is kept for the whole run
    with tempfile.TemporaryDirectory() as cache:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
            "CEP_ROUTE_CACHE": cache
        }
        for command in CASES.values():
            cpu(command, env)
            cpu(command, env)
        times = {name: [] for name in CASES}
        for _ in range(rounds):
            for name, command in CASES.items():
                times[name].append(cpu(command, env))
    one = statistics.median(times["python -c pass"])
    for name, found in times.items():
        print(f"{statistics.median(found) / one:6.2f}  {statistics.median(found) * 1000:7.1f} ms  {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
