"""The bulk core on Spark: rows of text columns, wherever they lie, get the answers of `batch`. Spark spreads the rows; nothing else is done here.

    from cep_route.spark import route
    routed = route(spark.read.csv("intake/", header=True, escape='"'), on="2026-11-22")
    routed.where("cep_reject_code is null").write.parquet("routed/")

Every row comes back once: a row that cannot be routed for sure has null `cep_*` cells and its reason in `cep_reject_code`,
`cep_reject_column` and `cep_reject_reason`, and `counts` adds all of it up. The columns are understood once, on the driver, from a
sample of the rows; rules and territories travel with the function: every worker answers by the same ones.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cep_route import files
from cep_route.api import Unreadable
from cep_route.intake.batches import ADDED, Batches, open_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    Answering = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

SAMPLED = 1000  # rows that tell what columns with an unknown title hold


def route(
    df: DataFrame,
    *,
    on: str,
    lang: str = "fr",
    strict: bool = False,
    accept_old: bool = False,
    territory: str | None = None,
    rules: str | None = None,
    territories: str | None = None,
) -> DataFrame:
    """The rows of `df` with our columns and the reasons of rejects; the options are those of `batch`, folders are read on the driver.

    Raises `Unreadable` when the columns, the rules or the territory cannot be understood, `TypeError` when a column is no text.
    """
    if wrong := [f"{name} {kind}" for name, kind in df.dtypes if kind != "string"]:
        raise TypeError(f"columns are text: 01000 is not the number 1000 ({', '.join(wrong)})")
    rows = df.limit(SAMPLED).collect()
    samples = [frozenset(row[i] for row in rows if row[i] is not None) for i in range(len(df.columns))]
    options: dict[str, Any] = {"on": on, "lang": lang, "strict": strict, "accept_old": accept_old}
    opened = open_batches(
        df.columns,
        samples,
        rules=rules,
        territory=territory,
        territories=territories,
        encoded=False,
        **options,
    )
    if isinstance(opened, list):
        raise Unreadable(opened)
    folders = (rules or files.shipped("rules"), territories or files.shipped("territories"))
    texts = [{Path(p).name: Path(p).read_bytes() for p in files.toml_files(folder)} for folder in folders]
    if territory and (path := files.territory_path(territory, territories)):
        texts[1][Path(path).name], options["territory"] = Path(path).read_bytes(), Path(path).stem
    sent = df.sparkSession.sparkContext.broadcast(texts)
    alike = hashlib.sha256(repr((df.columns, [sorted(cells) for cells in samples], texts, options)).encode()).hexdigest()
    told = _Told(alike, df.columns, samples, options, sent)
    schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in (*df.columns, *ADDED))
    return df.mapInArrow(_answering(told), schema)


def counts(routed: DataFrame) -> dict[str, int]:
    """`rows`, `routed`, `rejected`, `undecided`: rows = routed + rejected, as in the manifest of `batch`."""
    found = routed.selectExpr(
        "count(*) rows", "count(cep_first) routed", "count(cep_reject_code) rejected", "count_if(cep_decided = 'no') undecided"
    ).first()  # fmt: skip
    assert found is not None
    return {name: int(found[name]) for name in ("rows", "routed", "rejected", "undecided")}


def _answering(told: _Told) -> Answering:
    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        core = _opened(told)
        yield from (core.route(batch) for batch in batches)

    return answer


@lru_cache(maxsize=4)
def _opened(told: _Told) -> Batches:
    """The core of a worker: opened by its first task, kept for those that follow, since Spark runs one task at a time in a worker."""
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in zip(("rules", "territories"), told.texts.value, strict=True):
            Path(folder, name).mkdir()
            for file, data in texts.items():
                Path(folder, name, file).write_bytes(data)
        laid: Any = {name: str(Path(folder, name)) for name in ("rules", "territories")}
        core = open_batches(told.names, told.samples, encoded=False, **laid, **told.options)
    if isinstance(core, list):
        raise Unreadable(core)
    return core


@dataclass(frozen=True)
class _Told:
    """What a worker needs to open the core; alike when `alike`, a digest of the rest, is."""

    alike: str
    names: Sequence[str] = field(compare=False)
    samples: Sequence[Collection[str]] = field(compare=False)
    options: Mapping[str, Any] = field(compare=False)
    texts: Any = field(compare=False)
