"""The stages of one deduplication: each writes a folder of Parquet files, and is skipped if that is there already.

A later stage reads what an earlier one wrote, never what Spark might compute again with other partitions.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

_MARK = "_stage.json"  # Spark does not read files that begin with an underscore


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
            fingerprint: of the input and of everything else that the first stage depends on.
        """
        self.skipped: list[str] = []
        self._session = session
        self._folder = folder
        self._fingerprint = fingerprint

    def run(self, name: str, compute: Callable[[], DataFrame]) -> DataFrame:
        """Run a stage unless it was finished before with the same input; return what it wrote.

        A stage depends on all stages before it: if one of them runs again, it does too.

        Args:
            name: the stage, unique within the folder.
            compute: returns its rows.
        """
        own = self._fingerprint = hashlib.sha256(f"{self._fingerprint} {name}".encode()).hexdigest()
        target = self._folder / name
        mark = target / _MARK
        if mark.exists() and json.loads(mark.read_text())["fingerprint"] == own:
            self.skipped.append(name)
        else:
            shutil.rmtree(target, ignore_errors=True)
            compute().write.parquet(str(target))
            mark.write_text(json.dumps({"fingerprint": own}))
            self._fingerprint = own  # what ``compute`` ran as stages of its own does not count
        return self._session.read.parquet(str(target))

    def forget(self, prefix: str) -> None:
        """Delete the stages with names that begin with this; no later stage may read them."""
        for folder in self._folder.glob(f"{prefix}*"):
            shutil.rmtree(folder)
