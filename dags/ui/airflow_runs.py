"""What Airflow knows about runs: their state, how long they took, and the time of each task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from copydesk.dags.ui.charts import Span

_STATE_COLORS = {"success": "good", "failed": "bad", "running": "quiet", "skipped": "quiet"}


@dataclass(frozen=True, slots=True)
class AirflowRun:
    """A run as Airflow has it; the duration is None until it has started."""

    state: str
    duration: timedelta | None


def read_airflow_runs(session: Session | None, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], AirflowRun]:
    """Return the runs by DAG and run ID; one that Airflow has deleted, or never had, is left out.

    Args:
        session: A session of Airflow's database; None if there is none.
        keys: The IDs of the DAG and of the run.
    """
    wanted = list(keys)
    if session is None or not wanted:
        return {}
    columns = (DagRun.dag_id, DagRun.run_id, DagRun.state, DagRun.start_date, DagRun.end_date)
    rows = session.execute(select(*columns).where(tuple_(DagRun.dag_id, DagRun.run_id).in_(wanted)))
    now = datetime.now(UTC)
    return {
        (dag_id, run_id): AirflowRun(str(state), (end or now) - start if start else None)
        for dag_id, run_id, state, start, end in rows
    }


def list_stage_times(session: Session | None, dag_id: str, run_id: str) -> list[Span]:
    """Return when each task of a run began and ended, in the order of their starts; mapped tasks as one."""
    if session is None:
        return []
    rows = session.execute(
        select(
            TaskInstance.task_id,
            func.min(TaskInstance.start_date),
            func.max(TaskInstance.end_date),
            func.count(),
            func.sum(TaskInstance.duration),
            func.min(TaskInstance.state),
            func.max(TaskInstance.state),
            func.count() - func.count(TaskInstance.end_date),
        )
        .where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id, TaskInstance.start_date.is_not(None))
        .group_by(TaskInstance.task_id)
        .order_by(func.min(TaskInstance.start_date))
    ).all()
    now = datetime.now(UTC)
    first = min((start for _, start, *_ in rows if start is not None), default=now)
    spans = []
    for task_id, start, end, count, worked, lowest, highest, unfinished in rows:
        states = {str(lowest), str(highest)}
        found = next((state for state in ("failed", "running", "success") if state in states), "skipped")
        began = start or now
        until = now if unfinished or end is None else end
        spans.append(
            Span(
                task_id,
                "quiet" if unfinished else _STATE_COLORS[found],
                (began - first).total_seconds(),
                max((until - began).total_seconds(), 0),
                f"{count} tasks, {worked or 0:.0f} s of work" if count > 1 else "",
            )
        )
    return spans
