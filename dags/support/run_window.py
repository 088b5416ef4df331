"""The window of any kind of run, from one function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window

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
    """The half-open hour (or hours) that a run is about, in UTC.

    In this order: ``since`` and ``until`` of the run's conf; its partition's key, a time (that hour) or a day (that
    day); its data interval (scheduled and backfill runs); for a run without a usable interval (triggered by hand,
    over REST or by an asset) the whole hour before its logical date, or before the moment from which it may run.

    Raises:
        BadWindow: there is no time to go by, the window is empty or upside down, or a ``backfill`` is given another.
    """
    since, until = (conf or {}).get("since"), (conf or {}).get("until")
    if backfill and (since or until):
        # Else each of its hours would work this same window.
        raise BadWindow("The backfill's conf names a window.", "Leave since and until to its own range.")
    if since or until:
        if not (since and until):
            raise BadWindow("Only one of since and until is given.", "Give both, or neither.")
        return _make_window(_parse_time(since), _parse_time(until))
    if partition_key:
        start = _parse_time(partition_key)
        return _make_window(start, start + (DAY if len(partition_key) == DATE_LENGTH else HOUR))
    if data_interval_start and data_interval_end and data_interval_start < data_interval_end:
        return _make_window(data_interval_start, data_interval_end)
    moment = logical_date or run_after
    if moment is None:
        raise BadWindow("The run has neither a data interval nor a time to run after.", "Trigger it with a date.")
    end = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return _make_window(end - HOUR, end)


def resolve_run_window(context: Context) -> Window:
    """The window of the run that a task belongs to.

    Raises:
        BadWindow: as ``resolve_window``.
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
    """Of what kind a run is, by Airflow's word: scheduled, manual, backfill, asset_triggered."""
    return str(getattr(dag_run.run_type, "value", dag_run.run_type))


def _parse_time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadWindow(f"{value!r} is no time.", "Write it as 2026-03-01T05:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _make_window(start: datetime, end: datetime) -> Window:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        raise BadWindow(f"The window {start.isoformat()} to {end.isoformat()} is empty.", "Give a later end.")
    return Window(start, end)


def db_run_id(context: Context) -> str:
    """The run's name in our tables: of its own, because a run of `newswire` may bear the same in Airflow."""
    return f"reprocess__{context['run_id']}"
