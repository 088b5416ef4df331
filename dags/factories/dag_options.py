"""What the DAG factories have in common: time limits, schedules with real data intervals, and default arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, DeltaDataIntervalTimetable

from copydesk.dags.alerts.run_failed import notify_run_failed
from copydesk.dags.support.retry_policy import CRAWL_TIMEOUT, DEFAULT_ARGS, LIVE_CRAWL_TIMEOUT, RUN_TIMEOUT
from copydesk.pipeline.core.errors import BadSettings

DEFAULT_TAG = "copydesk"
"""The tag of every DAG, whatever other tags it has."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits of a DAG's runs and tasks.

    Attributes:
        live_crawl: Of a crawl of what is new. A crawl that reaches it keeps its pages, and the next run continues. It
            is never longer than the time between two runs.
        crawl: Of an attempt of any other crawl.
        task: Of an attempt of any other task.
        run: Of a whole run.
    """

    live_crawl: timedelta = LIVE_CRAWL_TIMEOUT
    crawl: timedelta = CRAWL_TIMEOUT
    task: timedelta = DEFAULT_ARGS["execution_timeout"]
    run: timedelta = RUN_TIMEOUT


DEFAULT_LIMITS = Limits()


def make_timetable(schedule: object) -> Any:
    """Return the schedule of a DAG, so that its runs have a data interval.

    Airflow gives a cron expression or a ``timedelta`` an interval of no length by default.

    Args:
        schedule: A cron expression in UTC or a preset such as ``@hourly``, a ``timedelta``, or anything that Airflow
            accepts, such as a timetable, an asset or None.
    """
    if isinstance(schedule, str) and schedule not in {"@once", "@continuous"}:
        return CronDataIntervalTimetable(schedule, timezone="UTC")
    if isinstance(schedule, timedelta):
        return DeltaDataIntervalTimetable(schedule)
    return schedule


def make_default_args(
    limits: Limits, *, retries: int, pool: str | None, queue: str | None, default_args: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the default arguments of all tasks of a DAG.

    Args:
        limits: The time limits.
        retries: The number of retries of a task.
        pool: The pool of all tasks; None for Airflow's default pool.
        queue: The queue of all tasks; None for the executor's default queue.
        default_args: Arguments that have precedence over all others.
    """
    places = {"pool": pool, "queue": queue}
    return {
        **DEFAULT_ARGS,
        "retries": retries,
        "execution_timeout": limits.task,
        **{name: value for name, value in places.items() if value},
        **(default_args or {}),
    }


def make_dag(dag_id: str, *, schedule: object, tags: Collection[str], **options: Any) -> DAG:
    """Return an empty DAG with what all DAGs of Copydesk have.

    Args:
        dag_id: The id of the DAG.
        schedule: See ``make_timetable``.
        tags: Further tags.
        options: Further arguments of ``DAG``, which have precedence.
    """
    common: dict[str, Any] = {
        "start_date": datetime(2020, 1, 1, tzinfo=UTC),
        "catchup": False,
        "on_failure_callback": notify_run_failed,
    }
    return DAG(dag_id, schedule=make_timetable(schedule), tags=[DEFAULT_TAG, *tags], **common | options)


def check_wires(wires: object) -> tuple[str, ...]:
    """Return the names of wires and selections that a DAG was given.

    Raises:
        BadSettings: It is not a list of texts; a single name is a common mistake.
    """
    if isinstance(wires, str) or not isinstance(wires, Collection) or not all(isinstance(one, str) for one in wires):
        raise BadSettings(f"wires must be a list of names, not {wires!r}.", f"Write wires=[{wires!r}].")
    return tuple(wires)
