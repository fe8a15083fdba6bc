"""How long Spark takes to route a file against copying the same rows with six constant columns added, in one run of this script.

    .venv/scripts/bin/python benchmarks/spark.py [--rows 1000000] [--rounds 3]

Both jobs read the same CSV and write CSV on local[2], in turn, in one session whose workers are warm; what is printed is the median of the
ratios of each round. Wanted: at most 1.6.
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
        copy = read().withColumns({k: lit(v) for k, v in more.items()})
        routed = route(read(), on=DAY)
        timed(copy.limit(1000), "warm")
        timed(routed.limit(1000), "warm")
        pairs = [(timed(copy, "copy"), timed(routed, "routed")) for _ in range(words.rounds)]
        found = counts(routed)
        spark.stop()
        assert found["rows"] == words.rows == found["routed"] + found["rejected"]
    finally:
        shutil.rmtree(folder)
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{words.rows} rows, {words.rounds} rounds, load {os.getloadavg()[0]:.1f}: {found}")
    print(
        f"copy {statistics.median(a for a, _ in pairs):.1f} s, routed {statistics.median(b for _, b in pairs):.1f} s: {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
