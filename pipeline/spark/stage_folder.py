"""The stages of one deduplication: each writes a folder of Parquet files, and is skipped if that is there already.

A later stage reads what an earlier one wrote, never what Spark might compute again with other partitions. A stage gives
the same rows whenever it runs, so running one again does not affect the others.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from copydesk.pipeline.spark.stage_mark import has_mark, write_mark


class StageFolder:
    """A folder with a subfolder for each stage.

    Attributes:
        skipped: Names of the stages that were finished before.
    """

    def __init__(self, session: SparkSession, folder: Path, fingerprint: str) -> None:
        """Open a folder.

        Args:
            session: reads and writes the files.
            folder: where they are; on a cluster, a path that all of its machines share.
            fingerprint: of the input and of everything else that the stages depend on.
        """
        self.skipped: list[str] = []
        self._session = session
        self._folder = folder
        self._fingerprint = fingerprint

    def run(self, name: str, compute: Callable[[], DataFrame]) -> DataFrame:
        """Run a stage unless it was finished before with the same input; return what it wrote.

        Args:
            name: the stage, unique within the folder.
            compute: returns its rows.
        """
        target = self._folder / name
        if self.is_finished(name):
            self.skipped.append(name)
        else:
            self.discard(name)
            compute().write.parquet(str(target))
            write_mark(target, self._fingerprint)
        return self._session.read.parquet(str(target))

    def is_finished(self, name: str) -> bool:
        """Return whether a stage was finished before with the same input."""
        return has_mark(self._folder / name, self._fingerprint)

    def discard(self, name: str) -> None:
        """Delete what a stage wrote, so that it runs again."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def forget(self, prefix: str) -> None:
        """Delete the stages with names that begin with this; no later stage may read them."""
        for folder in self._folder.glob(f"{prefix}*"):
            shutil.rmtree(folder)
