"""The bulk core on Spark: rows of text columns, wherever they lie, get the answers of `batch`. Spark spreads the rows; nothing else is done here.

    from cep_route.spark import route
    routed = route(spark.read.csv("intake/", header=True, escape='"'), on="2026-11-22")
    routed.where("cep_reject_code is null").write.parquet("routed/")

Every row comes back once: a row that cannot be routed for sure has null `cep_*` cells and its reason in `cep_reject_code`,
`cep_reject_column` and `cep_reject_reason`, and `counts` adds all of it up. The columns are understood once, on the driver, from a
sample of the rows; rules and territories travel with the function. `examples/spark_route.py` asks for batches that take less time.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pyarrow as pa

from cep_route import files
from cep_route.intake.frames import ADDED, Frames, open_frames
from cep_route.router import Unreadable

DataFrame: TypeAlias = (
    Any  # of pyspark, which is on the driver's machine, not on every one that reads this module
)

SAMPLED = 1000  # rows that tell what columns with an unknown title hold
_OPEN: dict[str, Frames] = {}  # the core a worker opened last, by what it was told


def route(
    df: DataFrame, *, on: str, lang: str = "fr", strict: bool = False, territory: str | None = None,
    rules: str | None = None, territories: str | None = None, added: Collection[str] = ADDED,
) -> DataFrame:  # fmt: skip
    """The rows of `df` with our columns and the reasons of rejects; the options are those of `batch`, folders are read on the driver.

    `added`: those of our columns that are wanted; each text moved is time (`counts` needs `cep_first`, `cep_decided`, `cep_reject_code`).
    Raises `Unreadable` when the columns, the rules or the territory cannot be understood, `TypeError` when a column is no text.
    """
    if wrong := [f"{name} {kind}" for name, kind in df.dtypes if kind != "string"]:
        raise TypeError(f"columns are text: 01000 is not the number 1000 ({', '.join(wrong)})")
    rows = df.limit(SAMPLED).collect()
    samples = [sorted({row[i] for row in rows} - {None}) for i in range(len(df.columns))]
    options: dict[str, Any] = {
        "on": on,
        "lang": lang,
        "strict": strict,
        "added": [*added],
    }
    given: dict[str, Any] = {"rules": rules, "territory": territory, "territories": territories, **options}
    opened = open_frames(df.columns, samples, **given)
    if isinstance(opened, list):
        raise Unreadable(opened)
    folders = (rules or files.shipped("rules"), territories or files.shipped("territories"))
    texts = [{Path(p).name: Path(p).read_bytes() for p in files.toml_files(folder)} for folder in folders]
    if territory and (path := files.territory_path(territory, territories)):
        texts[1][Path(path).name], options["territory"] = Path(path).read_bytes(), Path(path).stem
    told = (df.columns, samples, texts, options)
    key, sent = hashlib.sha256(repr(told).encode()).hexdigest(), df.sparkSession.sparkContext.broadcast(told)
    schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in (*df.columns, *opened.added))
    return df.mapInArrow(_answering(key, sent), schema)


def counts(routed: DataFrame) -> dict[str, int]:
    """`rows`, `routed`, `rejected`, `undecided`: rows = routed + rejected, as in the manifest of `batch`."""
    found = routed.selectExpr(
        "count(*) rows", "count(cep_first) routed", "count(cep_reject_code) rejected", "count_if(cep_decided = 'no') undecided"
    ).first()  # fmt: skip
    assert found is not None
    return {name: int(found[name]) for name in ("rows", "routed", "rejected", "undecided")}


def _answering(key: str, sent: Any) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        core = _opened(key, sent)
        for batch in batches:
            routed = core.route(pl.DataFrame(pl.from_arrow(batch))).to_arrow(
                compat_level=pl.CompatLevel.oldest()
            )
            yield from routed.cast(
                pa.schema([(name, pa.string()) for name in routed.schema.names])
            ).to_batches()

    return answer


def _opened(key: str, sent: Any) -> Frames:
    """The core of this worker, open since its first task: what it has learnt serves the next ones, which Spark gives it one at a time."""
    if key not in _OPEN:
        names, samples, texts, options = sent.value
        with tempfile.TemporaryDirectory() as folder:
            laid: Any = {room: str(Path(folder, room)) for room in ("rules", "territories")}
            for path, held in zip(laid.values(), texts, strict=True):
                Path(path).mkdir()
                for file, data in held.items():
                    Path(path, file).write_bytes(data)
            core = open_frames(names, samples, **laid, **options)
        if isinstance(core, list):
            raise Unreadable(core)
        _OPEN.clear()
        _OPEN[key] = core
    return _OPEN[key]
