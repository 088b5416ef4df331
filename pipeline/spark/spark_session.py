"""Open a Spark session with settings under which every stage gives the same rows."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.pipeline.core.errors import BadInput, BadSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ROWS_PER_BATCH = 5_000
"""Rows that a Python worker is given at once: pairs of whole sketches have about 6 kB."""


@contextmanager
def open_session(master: str, conf: Mapping[str, str], folder: Path) -> Iterator[SparkSession]:
    """Open a session, and stop it at the end.

    Args:
        master: Spark's master URL: ``local[N]``, ``spark://HOST:PORT``, ``yarn``, ``k8s://...``; empty for that of
            `spark-submit`.
        conf: Spark's configuration; it overrides what is set here.
        folder: for Spark's temporary files if the master is local.

    Raises:
        BadSettings: pyspark or Java is missing, or Spark does not start.
    """
    check_installation()
    from pyspark.sql import SparkSession

    if master.startswith(("local", "spark:")):
        # Spark takes the interpreter of its workers from the environment, and only from there.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("copydesk")
    chosen = {"spark.master": master} if master else {}  # without one, that of spark-submit
    for name, value in {**_list_defaults(master, folder), **chosen, **conf}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise BadSettings(f"Spark does not start with the master {master}: {reason}", "Correct --master.") from error
    try:
        yield session
    finally:
        session.stop()


def parse_spark_conf(values: Sequence[str]) -> dict[str, str]:
    """Return Spark's configuration from ``spark.NAME=VALUE``.

    Raises:
        BadInput: A value has another form.
    """
    options = dict(part.partition("=")[::2] for part in values)
    for name, value in options.items():
        if not (name.startswith("spark.") and value):
            raise BadInput(f"{name!r} is not a Spark setting.", "Write spark.NAME=VALUE.")
    return options


def check_installation() -> None:
    """Check that Spark can run here.

    Raises:
        BadSettings: pyspark or Java is missing, or two packages have overwritten each other's files.
    """
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise BadSettings("Spark is not installed.", "Install copydesk[spark].") from None
    versions = {name: version(name) for name in ("pyspark", "pyspark-client") if _is_installed(name)}
    if len(set(versions.values())) > 1:
        both = " and ".join(f"{name} {number}" for name, number in versions.items())
        raise BadSettings(
            f"{both} overwrite each other's files.",
            "Install both in the same version; Airflow's provider for Spark requires pyspark-client.",
        )
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and (Path(home) / "bin" / "java").exists())):
        raise BadSettings("Spark needs Java 17 or newer, which was not found.", "Install it, or set JAVA_HOME.")


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _list_defaults(master: str, folder: Path) -> dict[str, str]:
    defaults = {
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(_ROWS_PER_BATCH),
        # LZ4 files that Spark 4 writes cannot be read back by it.
        "spark.sql.parquet.compression.codec": "snappy",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.skewJoin.enabled": "true",
    }
    if master.startswith("local"):
        defaults |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.local.dir": str(folder / "spark"),
            "spark.sql.shuffle.partitions": "16",
            "spark.sql.files.maxPartitionBytes": "16m",
        }
    return defaults
