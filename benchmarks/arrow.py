"""How many rows a second the bulk core takes over Arrow, on one core, when the kinds of persons have all been met.

    python benchmarks/arrow.py [--rows 1000000] [--rounds 5] [--batch 50000] [--intake FILE.csv] [--plain] [--encoded] [--keep]

A file of persons (made from a fixed seed, as `benchmarks/batch.py` makes it, or one of your own) is read into record batches of text
columns, then routed again and again in one thread: the first round meets every kind, the next ones are measured. `--encoded`:
the batches hold dictionaries, as Parquet gives them. An answer is dropped before the next is made, as by an engine that streams;
`--keep` holds all answers of a round, whose memory is then part of what is measured. What is printed is the median round, and the work on
the same batches of encoding their key columns as dictionaries.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).parent))
from batch import DAY, make
from cep_route.intake.batches import Batches, open_batches


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--rows", type=int, default=1_000_000)
    told.add_argument("--rounds", type=int, default=5)
    told.add_argument("--batch", type=int, default=50_000)
    told.add_argument(
        "--intake", type=Path, help="a file of your own, with a header, in UTF-8, cut by commas"
    )
    told.add_argument("--plain", action="store_true", help="our columns as plain text, as Spark wants them")
    told.add_argument(
        "--encoded", action="store_true", help="the columns come as dictionaries, as Parquet gives them"
    )
    told.add_argument("--keep", action="store_true", help="hold all answers of a round")
    words = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        intake = words.intake or make(Path(folder) / "persons.csv", words.rows)
        names = intake.open(encoding="utf-8").readline().strip().split(",")
        kinds = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        table = csv.read_csv(intake, convert_options=kinds)
    if words.encoded:
        table = pa.table([c.dictionary_encode() for c in table.columns], names=table.schema.names)
    batches = table.combine_chunks().to_batches(words.batch)
    samples = [column.slice(0, 2_000).unique().to_pylist() for column in table.columns]
    core = open_batches(names, samples, on=DAY, encoded=not words.plain)
    assert isinstance(core, Batches), core
    keys = core.key_columns
    pa.set_cpu_count(1)
    taken, floor = [], []
    for _ in range(words.rounds + 1):
        taken.append(timed(lambda: deque(map(core.route, batches), None if words.keep else 0)))
        floor.append(timed(lambda: [batch.column(k).dictionary_encode() for batch in batches for k in keys]))
    rows = table.num_rows
    warm, encoding = statistics.median(taken[1:]), statistics.median(floor[1:])
    print(f"{rows} rows, {len(names)} columns, batches of {words.batch}, {words.rounds} rounds, one thread")
    print(f"first round (every kind is new)   {rows / taken[0] / 1e6:6.2f} M rows/s of processor")
    print(f"warm                              {rows / warm / 1e6:6.2f} M rows/s of processor")
    print(f"key columns encoded, nothing more {rows / encoding / 1e6:6.2f} M rows/s of processor")


def timed(work: object) -> float:
    begun = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - begun


if __name__ == "__main__":
    main()
