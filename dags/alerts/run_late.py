"""Telling of a run that is not done in time while it is still at work, or waits to be let: a deadline of Airflow's.

The deadline counts from when the run was queued. Its callback is called by the triggerer, an asynchronous one, because
not every executor takes those that a worker would run.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

# The package has them; its stub has not.
from airflow.sdk import AsyncCallback, DeadlineAlert  # type: ignore[attr-defined]

from copydesk.dags.alerts.deadline_reference import FirstQueuedAt
from copydesk.pipeline.core import settings

logger = logging.getLogger(__name__)

UNFINISHED_STATES = frozenset({"queued", "running"})


async def on_deadline_missed(context: Mapping[str, Any]) -> None:
    """What the triggerer calls when a run's deadline has passed; ``context`` holds ``dag_run`` and ``deadline``."""
    from asgiref.sync import sync_to_async

    # In a thread: the triggerer has other things to wait for than our database.
    await sync_to_async(record_late_warning)(context)


def record_late_warning(context: Mapping[str, Any]) -> list[str]:
    """Keep a warning of the run and tell the notifier; what was told.

    A backfill follows no clock: its runs are queued all at once and wait for one another, so it is never late. A run
    that has ended has said all there is to say.
    """
    from copydesk.dags.alerts.notify import format_warnings, notify
    from copydesk.dags.support.airflow_settings import load_settings
    from copydesk.pipeline.core.errors import NotFound
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
    from copydesk.pipeline.store.runs import read_run

    run = context["dag_run"]
    if run["run_type"] == "backfill" or run["state"] not in UNFINISHED_STATES:
        return []
    settings, run_id = load_settings(), run["dag_run_id"]
    message = f"still {run['state']} {settings.late_minutes} min after it was queued"
    found = [Anomaly("", WarningKind.LATE, message)]
    with transaction(settings) as connection:
        try:
            read_run(connection, run_id)
        except NotFound:  # not even planned, so there is nothing to keep the warning by
            pass
        else:
            found = save_warnings(connection, run_id, found)
    warnings = [{"wire": one.wire, "kind": one.kind.value, "message": one.message} for one in found]
    lines = format_warnings(warnings)
    for line in lines:
        logger.warning("%s: %s", run_id, line)
    notify({**context, "run_id": run_id}, settings, warnings)  # type: ignore[typeddict-item]
    return lines


LATE_DEADLINE = (
    None
    if sys.argv[1:3] == ["dags", "test"]
    else DeadlineAlert(
        name="late",
        reference=FirstQueuedAt(),
        interval=timedelta(minutes=settings.load_settings_without_database().late_minutes),
        callback=AsyncCallback(on_deadline_missed),
    )
)
"""None for `airflow dags test`, which in 3.3.2 breaks off at the end of a run that has one."""
