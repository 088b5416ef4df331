"""Compute the window of a run, for every kind of run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.windows import make_window, parse_window_time

if TYPE_CHECKING:
    from airflow.sdk import Context

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DATE_LENGTH = len("2026-03-01")


def resolve_window(
    *,
    data_interval_start: datetime | None,
    data_interval_end: datetime | None,
    logical_date: datetime | None,
    run_after: datetime | None,
    partition_key: str | None = None,
    conf: Mapping[str, Any] | None = None,
    backfill: bool = False,
) -> Window:
    """Return the half-open window [start, end) of a run, in UTC.

    The first of these that exists decides:

    1. ``since`` and ``until`` in the run's conf;
    2. the partition key: a time (that hour) or a day (that day);
    3. the data interval (scheduled and backfill runs);
    4. the whole hour before the logical date, or before ``run_after`` (runs triggered by hand, by REST or by an asset).

    Args:
        data_interval_start: Start of the run's data interval, if it has one.
        data_interval_end: End of the run's data interval, if it has one.
        logical_date: The run's logical date, if it has one.
        run_after: The earliest time at which the run may start.
        partition_key: An ISO 8601 time or date.
        conf: The run's configuration.
        backfill: Whether the run belongs to a backfill, which has its own range.

    Raises:
        BadWindow: There is no time to use, the window is invalid, or the conf of a backfill contains a window.
    """
    since, until = (conf or {}).get("since"), (conf or {}).get("until")
    if backfill and (since or until):
        # Otherwise every run of the backfill would process this same window.
        raise BadWindow(
            "The conf of a backfill must not contain since or until.", "Set the backfill's date range instead."
        )
    if since or until:
        if not (since and until):
            raise BadWindow("since and until must be set together.", "Set both, or neither.")
        return make_window(parse_window_time(since), parse_window_time(until))
    if partition_key:
        start = parse_window_time(partition_key)
        return make_window(start, start + (DAY if len(partition_key) == DATE_LENGTH else HOUR))
    if data_interval_start and data_interval_end and data_interval_start < data_interval_end:
        return make_window(data_interval_start, data_interval_end)
    reference_time = logical_date or run_after
    if reference_time is None:
        raise BadWindow(
            "The run has neither a data interval nor a logical date.",
            "Trigger it with a logical date, or with since and until.",
        )
    try:
        end = reference_time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        start = end - HOUR
    except OverflowError:
        raise BadWindow(f"The run's time {reference_time.isoformat()} is out of range.", "Trigger it again.") from None
    return make_window(start, end)


def resolve_run_window(context: Context) -> Window:
    """Return the window of a task's run.

    Raises:
        BadWindow: See ``resolve_window``.
    """
    dag_run = context["dag_run"]
    return resolve_window(
        data_interval_start=dag_run.data_interval_start,
        data_interval_end=dag_run.data_interval_end,
        logical_date=dag_run.logical_date,
        run_after=dag_run.run_after,
        partition_key=dag_run.partition_key,
        conf=dag_run.conf,
        backfill=get_run_type(dag_run) == "backfill",
    )


def get_run_type(dag_run: Any) -> str:
    """Return the run type in Airflow's terms: ``scheduled``, ``manual``, ``backfill`` or ``asset_triggered``."""
    return str(getattr(dag_run.run_type, "value", dag_run.run_type))


def get_run_key(context: Context) -> UUID:
    """Return the key of a task's run in the database."""
    return make_run_key(context["dag"].dag_id, context["run_id"])
