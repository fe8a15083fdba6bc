"""How long Spark takes to route a file against copies of the same rows, in one run of this script.

    .venv/scripts/bin/python benchmarks/spark.py [--rows 1000000] [--rounds 3]

`copy` adds six short constant columns: wanted is at most 1.6 times its time. `few` routes and keeps six of our columns, those that the
constants stand for. `routed` keeps all eighteen, three times the bytes, so that `alike` is told too: Spark's own copy with as many
columns, each a constant about as long as our texts, without any Python. What `copy` and `alike` differ by is the time of writing longer
text, which no worker can spare.

All jobs read the same CSV and write CSV on local[2], in turn, in one session whose workers are warm, with the batches that
`examples/spark_route.py` asks for; what is printed is the median of the ratios of each round.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

DAY = "2026-11-22"


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--rows", type=int, default=1_000_000)
    told.add_argument("--rounds", type=int, default=3)
    words = told.parse_args()
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import lit

    from cep_route.spark import counts, route

    spec = importlib.util.spec_from_file_location("files_of", Path(__file__).with_name("batch.py"))
    files_of = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(files_of)
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        source = files_of.make(folder / "intake.csv", words.rows)
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50000")
            .config("spark.sql.execution.arrow.maxBytesPerBatch", str(2**31 - 1))
        )
        spark = session.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")

        def read():
            return spark.read.csv(str(source), header=True, escape='"')

        def timed(frame, name):
            begun = time.perf_counter()
            frame.write.mode("overwrite").option("escape", '"').csv(str(folder / name), header=True)
            return time.perf_counter() - begun

        more = {"a": "FT", "b": "FT-07", "c": "R11|R14", "d": "ML|CAP", "e": "P07021|P07030|P07031", "f": ""}
        kept = ("cep_first", "cep_desk", "cep_rules", "cep_eligible", "cep_partners", "cep_reject_code")
        routed = route(read(), on=DAY)
        frames = {
            "copy": read().withColumns({k: lit(v) for k, v in more.items()}),
            "alike": read().withColumns(
                {k: lit(v).cast("string") for k, v in as_long(routed.limit(5000).collect()).items()}
            ),
            "few": route(read(), on=DAY, added=kept),
            "routed": routed,
        }
        for name, frame in frames.items():
            timed(frame.limit(1000), name)
        rounds = [{name: timed(frame, name) for name, frame in frames.items()} for _ in range(words.rounds)]
        sizes = {name: sum(p.stat().st_size for p in (folder / name).glob("part-*")) for name in frames}
        found = counts(routed)
        spark.stop()
        assert found["rows"] == words.rows == found["routed"] + found["rejected"]
    finally:
        shutil.rmtree(folder)
    print(f"{words.rows} rows, {words.rounds} rounds, load {os.getloadavg()[0]:.1f}: {found}")
    for name, size in sizes.items():
        print(f"{name:6} {statistics.median(r[name] for r in rounds):5.1f} s, {size / 1e6:5.0f} MB")
    for ours, theirs in (("few", "copy"), ("routed", "copy"), ("routed", "alike")):
        print(f"{ours:6} / {theirs:5} {statistics.median(r[ours] / r[theirs] for r in rounds):.2f}")


def as_long(rows):
    """For each of our columns a text of some row, as long as its texts are on the average; None where they all are."""
    from cep_route.intake.frames import ADDED

    found = {}
    for name in ADDED:
        texts = [row[name] for row in rows if row[name] is not None]
        mean = sum(map(len, texts)) / max(len(texts), 1)
        found[name] = min(texts, key=lambda text: abs(len(text) - mean), default=None)
    return found


if __name__ == "__main__":
    main()
