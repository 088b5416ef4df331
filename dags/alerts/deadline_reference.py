"""The moment from which a run's deadline counts: when it was queued first.

Airflow has such a reference of its own, but its 3.3 can't clear a run that has a deadline by it which is not over yet:
clearing, in the UI too, and running again what failed end with an error (apache/airflow, 70368). One of ours is left
alone by what fails there.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from airflow.sdk.definitions.deadline import BaseDeadlineReference

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class FirstQueuedAt(BaseDeadlineReference):
    """When the run was queued for the first time; Airflow asks for it when it makes the run, by the plugin."""

    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from sqlalchemy import select

        query = select(DagRun.queued_at).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        return session.scalar(query)
