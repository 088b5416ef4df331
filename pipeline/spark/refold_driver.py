"""The driver of a refold's stages, as a program of its own: ``python -m copydesk.pipeline.spark.refold_driver``.

    refold_driver FOLDER STAGE...

``FOLDER`` has the file ``job.json`` (``RefoldJob``). `spark-submit` can run this file too. No process of Airflow opens
a session. An error is printed as one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.profile_parameters import parse_stored_profile
from copydesk.pipeline.process.parent_exit import request_signal_on_exit
from copydesk.pipeline.spark.dedup_stages import DedupStages
from copydesk.pipeline.spark.refold_job import REFOLD_STAGES, RefoldJob, get_stage_folder
from copydesk.pipeline.spark.spark_session import open_session
from copydesk.pipeline.spark.stage_folder import StageFolder


def run_stages(folder: Path, names: Sequence[str]) -> None:
    """Run stages. One that was stopped continues; one that was finished before runs again if it is the only one.

    Args:
        folder: The folder of the refold.
        names: Some of ``REFOLD_STAGES``, in their order.

    Raises:
        BadInput, BadSettings, RunawayStory: As ``DedupStages`` and ``open_session``.
    """
    job = RefoldJob.read(folder)
    profile = parse_stored_profile(job.profile_id, job.params)
    steps = [step for name in names for step in REFOLD_STAGES[name]]
    with open_session(job.master, job.conf, folder) as session:
        stages = StageFolder(session, folder, job.fingerprint)
        folders = list(map(get_stage_folder, steps))
        if len(names) == 1 and all(map(stages.is_finished, folders)):
            for one in folders:
                stages.discard(one)
        dedup = DedupStages(session, Path(job.documents), profile, stages, for_landing=True)
        for step in steps:
            getattr(dedup, step)
        if "pairs" in names:
            for key in dedup.list_hot_keys():
                shown = "; ".join(map(repr, key.headlines))
                print(f"{key.documents:,} articles share one lookup key, among them {shown}.", flush=True)  # noqa: T201


def main(arguments: Sequence[str]) -> int:
    """Run the program; return its exit status."""
    folder, *names = arguments
    owner = os.environ.get("COPYDESK_REFOLD_OWNER", "")
    if owner and not request_signal_on_exit(int(owner), signal.SIGTERM):
        return 1
    try:
        run_stages(Path(folder), names)
    except CopydeskError as error:
        found = {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}
        print(json.dumps(found), flush=True)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
