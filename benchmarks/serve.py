"""Routes per second of `serve --stdio` against one process for each route, in one run of this script.

    python benchmarks/serve.py [--alone 40] [--lines 4000]

Persons are every kind of person of the rules, in an order drawn from a fixed seed. Wanted: at least 20 times.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--alone", type=int, default=40)
    told.add_argument("--lines", type=int, default=4000)
    words = told.parse_args()
    spec = importlib.util.spec_from_file_location("steady", Path(__file__).with_name("http.py"))
    steady = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(steady)
    people = steady.bodies(0.2)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [str(Path(sys.executable).with_name("cep-route"))]

    def alone(body: bytes) -> None:
        person = json.loads(body)
        flags = [part for n, v in person["facts"].items() for part in ("--fact", f"{n}={v}")]
        flags += [part for need in person["needs"] for part in ("--need", need)]
        line = [
            *command,
            "route",
            *flags,
            "--commune",
            person["commune"],
            "--on",
            person["on"],
            "--format",
            "json",
        ]
        subprocess.run(line, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    alone(people[0])
    begun = time.perf_counter()
    for body in people[: words.alone]:
        alone(body)
    one = words.alone / (time.perf_counter() - begun)
    lines = b"".join(people[i % len(people)] + b"\n" for i in range(words.lines))
    begun = time.perf_counter()
    done = subprocess.run(
        [*command, "serve", "--stdio"], input=lines, env=env, stdout=subprocess.PIPE, check=True
    )
    many = words.lines / (time.perf_counter() - begun)
    assert done.stdout.count(b"\n") == words.lines
    print(
        f"one process each {one:.1f}/s; serve --stdio {many:.0f}/s, start included: {many / one:.0f} times; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
