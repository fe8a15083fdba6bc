"""How long `batch` takes against polars copying the same file with six constant columns added, in one run of this script.

    python benchmarks/batch.py [--rows 1000000] [--rounds 5] [--only clean cp1252 odd pipe plain wide] [--folder /dev/shm]

Needs polars in some interpreter (`--polars PYTHON`, by default this one): it is a yardstick, never a dependency of the program.
`wide` is polars again, copying the file with fifteen constants as long as what we append: what it costs to write as many bytes as
we do and to decide nothing. Every case is run once a round, in turn; what is printed is the median of the ratios of each round to
polars' time in that round. Files are made by chance from a fixed seed: twelve columns, accents, leading zeros, quoted names, 1 % of
odd lines in one of them.
"""

# requires: polars>=1.0 (benchmark only)

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DAY = "2026-11-22"
CASES = ("clean", "cp1252", "odd", "pipe", "plain", "wide")
HEADER = "id_dossier{0}nom{0}prenom{0}date_naissance{0}telephone{0}age{0}statut{0}handicap{0}cadre{0}en_emploi{0}code_commune{0}besoins"
NAMES = (
    "Lefèvre",
    "Martin",
    "Müller",
    "Garçon",
    "N'Diaye",
    "Le Gall",
    "Château",
    "D'Aubigné",
    "Ben Saïd",
    "Lœuillet",
    "Étienne",
    "Petit",
)
QUOTED = ('"Da Silva{0} née Hébert"', '"Dupont dit ""Dédé"""')
FIRST = ("Zoé", "Léa", "Anaïs", "Jérôme", "Loïc", "Françoise", "Marie-Thérèse", "Ali", "Aïcha", "Raphaël")
NEEDS = (
    "logement",
    "mobilité",
    "santé",
    "garde d'enfant",
    "numérique",
    "français",
    "budget",
    "juridique",
    "formation",
    "création",
)
# situation and work agree: a file of services has few contradictions
SITUATIONS = (
    (("demandeur d'emploi", "non"),) * 6
    + (("salarié", "oui"),) * 6
    + (
        ("indépendant", "oui"),
        ("fonctionnaire", "oui"),
        ("étudiant", "non"),
        ("retraité", "non"),
        ("???", "oui"),
    )
)
SIX = {
    "operateur": "FT",
    "site": "FT-07",
    "motifs": "R11|R14",
    "alternatives": "ML|CAP",
    "partenaires": "P07021|P07030|P07031",
    "erreur": "",
}
OURS = 15  # columns that `batch` appends
COPY = """
import json, sys, polars as pl
src, dst, sep, more = sys.argv[1:5]
more = json.loads(more)
lazy = pl.scan_csv(src, infer_schema=False, separator=sep)
lazy.with_columns(**{k: pl.lit(v) for k, v in more.items()}).sink_csv(dst, separator=sep)
"""


def make(
    path: Path,
    rows: int,
    *,
    delimiter: str = ",",
    newline: str = "\n",
    codec: str = "utf-8",
    odd: float = 0.0,
) -> Path:
    """A file of persons of the given size."""
    chance = random.Random(1)
    communes = [f"{d}{n:03d}" for d in ("01", "07", "2A", "38", "69") for n in range(1, 261)] + ["75056", ""]
    with path.open("w", encoding=codec, newline="") as file:
        file.write(HEADER.format(delimiter) + newline)
        for start in range(0, rows, 100_000):
            lines = []
            for number in range(start, min(start + 100_000, rows)):
                status, work = chance.choice(SITUATIONS)
                age = chance.randrange(18, 66)
                cells = (
                    f"{number:09d}", chance.choice(QUOTED).format(delimiter) if chance.random() < 0.02 else chance.choice(NAMES), chance.choice(FIRST),  # noqa: E501
                    f"{2026 - age}-{chance.randrange(1, 11):02d}-{chance.randrange(1, 29):02d}", f"06{chance.randrange(10**8):08d}", str(age), status,
                    chance.choice(("oui", "non", "non", "non", "inconnu", "")), chance.choice(("oui", "non", "non", "non", "")), work,
                    chance.choice(communes), "|".join(chance.sample(NEEDS, chance.randrange(4))) or '""',
                )  # fmt: skip
                line = delimiter.join(cells)
                if odd and chance.random() < odd:
                    line = chance.choice(
                        (
                            line[: len(line) // 2],
                            line + delimiter + "trop",
                            line.replace(delimiter, delimiter + '"', 1),
                            "",
                            "   ",
                        )
                    )
                lines.append(line + newline)
            file.write("".join(lines))
    return path


def timed(
    words: list[str], *, source: Path | None = None, out: Path | None = None
) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and peak kilobytes of one command."""
    feeder = subprocess.Popen(["cat", str(source)], stdout=subprocess.PIPE) if source else None
    sink = out.open("wb") if out else subprocess.DEVNULL
    # compiled bytecode is there after the first run, as it is for whoever runs this every night
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    run = subprocess.Popen(
        words, stdin=feeder.stdout if feeder else None, stdout=sink, stderr=subprocess.DEVNULL, env=env
    )
    _, status, used = os.wait4(run.pid, 0)
    wall = time.perf_counter() - begun
    if feeder:
        feeder.wait()
    assert os.waitstatus_to_exitcode(status) in (0, 1), words
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--rows", type=int, default=1_000_000)
    told.add_argument("--rounds", type=int, default=5)
    told.add_argument("--only", nargs="+", default=list(CASES), choices=CASES)
    told.add_argument("--folder", default="/dev/shm" if Path("/dev/shm").is_dir() else None)
    told.add_argument("--polars", default=sys.executable)
    told.add_argument("--intake", type=Path, help="a file of your own instead of the clean one")
    told.add_argument("--intake-cp1252", type=Path, help="the same in cp1252, cut by `;`, instead of ours")
    told.add_argument("--intake-odd", type=Path, help="the same with odd lines, instead of ours")
    words = told.parse_args()
    if "wide" in words.only and "clean" not in words.only[: words.only.index("wide")]:
        told.error("wide is as wide as clean: name clean before it")
    folder = Path(tempfile.mkdtemp(dir=words.folder))
    try:
        compare(words, folder)
    finally:
        shutil.rmtree(folder)


def alike(source: Path, size: int, rows: int) -> dict[str, str]:
    """Constants as many and, together, as long as what made a file of that size out of the source."""
    more = max((size - source.stat().st_size) // rows - OURS, OURS)  # a delimiter before each
    return {f"c{n}": "x" * (more // OURS + (n < more % OURS)) for n in range(OURS)}


def compare(words: argparse.Namespace, folder: Path) -> None:
    clean = words.intake or make(folder / "clean.csv", words.rows)
    files = {"clean": clean, "pipe": clean, "plain": clean}
    if "cp1252" in words.only:
        files["cp1252"] = words.intake_cp1252 or make(
            folder / "cp1252.csv", words.rows, delimiter=";", newline="\r\n", codec="cp1252"
        )
    if "odd" in words.only:
        files["odd"] = words.intake_odd or make(folder / "odd.csv", words.rows, odd=0.01)
    out = folder / "out.csv"
    taken: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ("polars", *words.only)}
    sizes: dict[str, int] = {}
    copy = [words.polars, "-c", COPY, str(clean), str(out), ","]
    for _ in range(words.rounds):
        out.unlink(missing_ok=True)
        taken["polars"].append(timed([*copy, json.dumps(SIX)]))
        sizes["polars"] = out.stat().st_size
        for name in words.only:
            # a result that stands is kept until the new one is whole: memory of a virtual machine touched for the first time is slow
            out.unlink(missing_ok=True)
            if name == "wide":
                taken[name].append(timed([*copy, json.dumps(alike(clean, sizes["clean"], words.rows))]))
                sizes[name] = out.stat().st_size
                continue
            route = [sys.executable, "-m", "cep_route", "batch", "--on", DAY, "--force"]
            if name == "pipe":
                taken[name].append(
                    timed([*route, "-", "-o", "-", "--rejects", str(folder / "r.csv")], source=clean, out=out)
                )
            else:
                way = ["--path", "plain"] if name == "plain" else []
                taken[name].append(timed([*route, str(files[name]), "-o", str(out), *way]))
            sizes[name] = out.stat().st_size
    anchor = taken["polars"]
    print(
        f"{words.rows} rows, {clean.stat().st_size >> 20} MB in, {words.rounds} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'case':8} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'out MB':>7} {'wall/polars':>12} {'cpu/polars':>11}"
    )
    for name, runs in taken.items():
        wall, cpu, peak = (statistics.median(run[i] for run in runs) for i in range(3))
        ratios = [
            statistics.median(run[i] / base[i] for run, base in zip(runs, anchor, strict=True))
            for i in range(2)
        ]
        print(
            f"{name:8} {wall:8.2f} {cpu:8.2f} {peak / 1024:8.0f} {sizes[name] >> 20:7d} {ratios[0]:12.2f} {ratios[1]:11.2f}"
        )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
