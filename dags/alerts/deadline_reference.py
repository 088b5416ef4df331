"""The reference time of a run's deadline: when the run was first queued.

Airflow's built-in reference for this is unusable in 3.3: clearing a run with a pending deadline of that kind fails, in
the UI too (apache/airflow #70368). The code that fails there ignores custom references.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from airflow.sdk.definitions.deadline import BaseDeadlineReference

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class FirstQueuedAt(BaseDeadlineReference):
    """The time when the run was first queued. Airflow finds the class through the plugin and evaluates it per run."""

    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from sqlalchemy import select

        query = select(DagRun.queued_at).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        return session.scalar(query)
