"""The right of a user to trigger Copydesk's DAG for maintenance: to replay the quarantine, and to save searches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel, DagTag
from fastapi import Depends
from sqlalchemy import select

from copydesk.dags.factories.dag_options import DEFAULT_TAG
from copydesk.dags.factories.maintain_dag import MAINTENANCE_TAG
from copydesk.dags.ui.csrf import make_token


@dataclass(frozen=True, slots=True)
class MaintenanceRight:
    """That a user may trigger the DAG for maintenance.

    Attributes:
        dag_id: The DAG.
        token: The token of the forms that need this right.
        is_paused: Whether the DAG is paused, so that a run would wait.
    """

    dag_id: str
    token: str
    is_paused: bool


def find_maintenance_right(user: GetUserDep, session: SessionDep) -> MaintenanceRight | None:
    """Return the right of a user to trigger the DAG for maintenance; None without it."""
    tagged = (
        select(DagTag.dag_id).where(DagTag.name == DEFAULT_TAG).intersect(
            select(DagTag.dag_id).where(DagTag.name == MAINTENANCE_TAG)
        )
    )  # fmt: skip
    dags = session.scalars(
        select(DagModel).where(DagModel.dag_id.in_(tagged), ~DagModel.is_stale).order_by(DagModel.dag_id)
    ).all()
    teams = DagModel.get_dag_id_to_team_name_mapping([dag.dag_id for dag in dags], session=session)
    for dag in dags:
        details = DagDetails(id=dag.dag_id, team_name=teams.get(dag.dag_id))
        if get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user
        ):
            return MaintenanceRight(dag.dag_id, make_token(user.get_id(), datetime.now(UTC)), bool(dag.is_paused))
    return None


Maintainer = Annotated[MaintenanceRight | None, Depends(find_maintenance_right)]
"""The right to trigger the DAG for maintenance, as a parameter of a page."""
