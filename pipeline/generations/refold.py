"""Compute a generation on Spark: export all articles, run the stages, land what they found.

Every step can be repeated on its own: an export skips months that have not changed, a stage that was stopped goes on,
and a landing replaces what an earlier one wrote. The steps exchange files in a folder, which the machines of the
cluster share: ``documents`` has the articles by month, and ``runs/NAME`` the stages of one refold.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from copydesk.pipeline.core import errors
from copydesk.pipeline.core.errors import BadInput, BadSettings, CopydeskError, Transient
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.generations.land import LandCounts, assert_can_land, land_generation
from copydesk.pipeline.generations.refold_export import (
    Month,
    compute_input_digest,
    delete_other_months,
    export_month,
    list_months,
)
from copydesk.pipeline.generations.swap import ProgressCallback
from copydesk.pipeline.spark.refold_job import REFOLD_STAGES, RefoldJob, get_stage_folder
from copydesk.pipeline.spark.spark_session import check_installation, parse_spark_conf

LogCallback = Callable[[str], None]
"""Called with a line of a stage's output."""

ABANDONED_AFTER = timedelta(days=7)
"""A refold that nothing has written to for so long does not go on: stages take hours, and an approval days."""
_DRIVER = "copydesk.pipeline.spark.refold_driver"
_LAST_LINES = 5
"""Lines of output that an unexpected failure shows."""


@dataclass(frozen=True, slots=True)
class SparkOptions:
    """How the stages are run.

    Attributes:
        master: Spark's master URL; empty for the one that ``submit`` chooses.
        conf: Spark's configuration.
        submit: The command that submits the driver, such as ``spark-submit --deploy-mode client``; none to run it with
            this Python.
    """

    master: str = "local[*]"
    conf: Mapping[str, str] = field(default_factory=dict)
    submit: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refold:
    """The refold of all articles under a profile.

    Attributes:
        settings: They name the database.
        profile: The profile.
        folder: The folder of all refolds.
        name: Of this refold, unique in the folder.
        spark: How the stages are run.
    """

    settings: Settings
    profile: Profile
    folder: Path
    name: str
    spark: SparkOptions

    @classmethod
    def open(
        cls, settings: Settings, profile: Profile, name: str, *, master: str = "", conf: Sequence[str] = (),
        folder: Path | None = None,
    ) -> Self:  # fmt: skip
        """Return a refold as the settings table ``[refold]`` describes it.

        Args:
            settings: The settings.
            profile: The profile.
            name: Of this refold, unique in the folder.
            master: Spark's master URL instead of that of the table.
            conf: Spark settings as ``spark.NAME=VALUE``, in addition to those of the table.
            folder: The folder of all refolds instead of that of the table.

        Raises:
            BadInput: A Spark setting has another form.
        """
        table = settings.refold
        spark = SparkOptions(master or table.master, parse_spark_conf([*table.conf, *conf]), table.submit)
        chosen = folder or (Path(table.folder) if table.folder else settings.home / "refold")
        return cls(settings, profile, chosen.absolute(), name, spark)

    @property
    def documents(self) -> Path:
        """The folder of the exported articles."""
        return self.folder / "documents"

    @property
    def stages(self) -> Path:
        """The folder of the stages."""
        return self.folder / "runs" / self.name

    def plan(self) -> list[Month]:
        """Check that the generation can be landed, and return the months to export.

        The stages of other refolds that nothing has written to for ``ABANDONED_AFTER`` are deleted.

        Raises:
            BadInput: The generation is or was live, or there are no articles.
            BadSettings: Spark cannot run here.
        """
        if not self.spark.submit:
            check_installation()
        with read_transaction(self.settings) as connection:
            assert_can_land(connection, self.profile)
        months = list_months(self.settings)
        if not months:
            raise BadInput("There are no articles.", "Crawl a wire first.")
        for folder in (self.folder / "runs").glob("*"):
            if folder.name != self.name and _find_last_change(folder) < time.time() - ABANDONED_AFTER.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)
        delete_other_months(self.documents, months)
        return months

    def export(self, month: datetime) -> int:
        """Export a month, as ``export_month``."""
        return export_month(self.settings, self.documents, month)

    def run_stages(self, names: Sequence[str], log: LogCallback) -> dict[str, int]:
        """Run stages in a process of their own, and return the number of rows that each of them wrote.

        Args:
            names: Some of ``REFOLD_STAGES``. One alone runs again if it was finished before.
            log: Called with each line of the output.

        Raises:
            BadSettings: The command that submits the driver does not exist, or Spark does not start.
            BadInput, RunawayStory: As the stages.
            Transient: The process failed for another reason.
        """
        RefoldJob(
            profile_id=self.profile.profile_id,
            params=asdict(self.profile),
            documents=str(self.documents),
            digest=compute_input_digest(self.documents),
            master=self.spark.master,
            conf=self.spark.conf,
        ).write(self.stages)
        _run_driver([*self._make_command(), str(self.stages), *names], log)
        return {name: _count_rows(self.stages / get_stage_folder(REFOLD_STAGES[name][-1])) for name in names}

    def land(self, progress: ProgressCallback | None = None) -> LandCounts:
        """Land the generation, as ``land_generation``."""
        return land_generation(self.settings, self.profile, self.stages, progress)

    def delete_stages(self) -> None:
        """Delete the files of this refold; the exported articles are kept for the next one."""
        shutil.rmtree(self.stages, ignore_errors=True)

    def _make_command(self) -> list[str]:
        if not self.spark.submit:
            return [sys.executable, "-m", _DRIVER]
        from copydesk.pipeline import spark

        return [*self.spark.submit, str(Path(spark.__file__).with_name("refold_driver.py"))]


def _find_last_change(folder: Path) -> float:
    """Return when anything in a folder was last changed, in seconds since the epoch."""
    changes = [folder.stat().st_mtime]
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # its refold is writing
            changes.append(path.stat().st_mtime)
    return max(changes)


def _count_rows(folder: Path) -> int:
    """Return the number of rows of the Parquet files of a folder."""
    from pyarrow import parquet

    return sum(parquet.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


def _run_driver(command: Sequence[str], log: LogCallback) -> None:
    # `spark-submit` would run the driver with any `python3`, which may be one without Copydesk.
    python = {"PYSPARK_DRIVER_PYTHON": sys.executable}
    env = {**python, **os.environ, "COPYDESK_REFOLD_OWNER": str(os.getpid())}
    try:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace",
        )  # fmt: skip
    except OSError as error:
        raise BadSettings(f"{command[0]} cannot be run: {error.strerror}.", "Correct `submit` in [refold].") from None
    last: list[str] = []
    failure: CopydeskError | None = None
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout as output:
            for line in output:
                failure = _parse_failure(line) or failure
                log(line.rstrip())
                last = [*last, line.strip()][-_LAST_LINES:]
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if failure is not None:
        raise failure
    if status:
        raise Transient(
            f"Spark's driver ended with status {status}: {' | '.join(filter(None, last)) or 'no output'}.",
            "Run it again; it continues where it stopped.",
        )


def _parse_failure(line: str) -> CopydeskError | None:
    """Return the error that the driver printed; None if the line is something else."""
    if not line.startswith('{"error": '):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    kind = getattr(errors, found["error"], None)
    if not (isinstance(kind, type) and issubclass(kind, CopydeskError)):
        kind = CopydeskError
    return kind(found["message"], found["remedy"])
