"""The deadline of `newswire`: report a run that is late while it is still queued or running.

The deadline counts from when the run was queued. Its callback is asynchronous and runs in the triggerer, because not
every executor supports callbacks in a worker.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

# Missing from the package's type stub.
from airflow.sdk import AsyncCallback, DeadlineAlert  # type: ignore[attr-defined]

from copydesk.dags.alerts.deadline_reference import FirstQueuedAt
from copydesk.pipeline.core import settings

logger = logging.getLogger(__name__)

UNFINISHED_STATES = frozenset({"queued", "running"})


async def on_deadline_missed(context: Mapping[str, Any]) -> None:
    """Report a late run; called by the triggerer when the deadline has passed.

    Args:
        context: Airflow's context with ``dag_run`` and ``deadline``, as plain mappings.
    """
    from asgiref.sync import sync_to_async

    # In a thread, so that a slow database does not block the triggerer's event loop.
    await sync_to_async(record_late_warning)(context)


def record_late_warning(context: Mapping[str, Any]) -> list[str]:
    """Save a warning for an unfinished run and notify.

    Runs of a backfill are never late: they are queued all at once and wait for one another. Finished runs have
    reported themselves.

    Args:
        context: Airflow's context with ``dag_run``.

    Returns:
        The lines that were logged and sent; empty if the run is not late.
    """
    from copydesk.dags.alerts.notify import format_warnings, notify
    from copydesk.dags.support.airflow_settings import load_settings
    from copydesk.pipeline.core.errors import NotFound
    from copydesk.pipeline.core.ids import make_run_key
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
    from copydesk.pipeline.store.runs import read_run

    run = context["dag_run"]
    if run["run_type"] == "backfill" or run["state"] not in UNFINISHED_STATES:
        return []
    settings, run_id = load_settings(), run["dag_run_id"]
    run_key = make_run_key(run["dag_id"], run_id)
    message = f"still {run['state']} {settings.late_minutes} min after it was queued"
    anomalies = [Anomaly("", WarningKind.LATE, message)]
    with transaction(settings) as connection:
        try:
            read_run(connection, run_key)
        except NotFound:  # `plan` has not run yet, so there is no row to attach the warning to
            pass
        else:
            anomalies = save_warnings(connection, run_key, anomalies)
    warnings = [{"wire": anomaly.wire, "kind": anomaly.kind.value, "message": anomaly.message} for anomaly in anomalies]
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
"""None for `airflow dags test`, which crashes in 3.3.2 at the end of a run with a deadline."""
