"""Route a partitioned data set on Spark: one folder of Parquet in, routed rows, rejected rows and counts out.

    pip install 'cep-route[spark]'
    spark-submit examples/spark_route.py INTAKE OUT 2026-11-22

INTAKE holds Parquet files with text columns (partitioned or not); OUT gets `routed/`, `rejects/`, partitioned alike, and
`counts.json`. Nothing is collected on the driver but the counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from cep_route.spark import counts, route


def main(intake: str, out: str, day: str, partition: str = "departement") -> None:
    spark = SparkSession.builder.appName("cep-route").getOrCreate()
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")  # 01 stays 01
    # bigger batches, and none weighed anew at each row so as to bound its bytes
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "50000")
    spark.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", str(2**31 - 1))
    routed = route(spark.read.parquet(intake), on=day).cache()
    rejected = "cep_reject_code is not null"
    routed.where(f"not ({rejected})").write.partitionBy(partition).parquet(f"{out}/routed")
    routed.where(rejected).write.partitionBy(partition).parquet(f"{out}/rejects")
    found = counts(routed)
    Path(out, "counts.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    print(found)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
