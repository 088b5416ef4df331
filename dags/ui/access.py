"""Which of Copydesk's DAGs a user may read.

A DAG is one of Copydesk's if it has the ``copydesk`` tag, or if it has a run in the database: DAGs that users make have
IDs of their own.
"""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel, DagTag
from fastapi import Depends, HTTPException, status
from sqlalchemy import select

from copydesk.dags.factories.dag_options import DEFAULT_TAG
from copydesk.dags.support.airflow_settings import load_settings
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views.run_queries import list_dags


def list_readable_dags(user: GetUserDep, session: SessionDep) -> frozenset[str]:
    """Return the IDs of Copydesk's DAGs with runs that the user may read.

    Raises:
        HTTPException: There is none (403).
    """
    tagged = session.scalars(select(DagTag.dag_id).where(DagTag.name == DEFAULT_TAG)).all()
    try:
        with read_transaction(load_settings()) as connection:
            stored = list_dags(connection)
    except CopydeskError:
        stored = []  # the page itself reports the error
    dag_ids = sorted({*tagged, *stored})
    teams = DagModel.get_dag_id_to_team_name_mapping(dag_ids, session=session)
    readable = frozenset(
        dag_id
        for dag_id in dag_ids
        if get_auth_manager().is_authorized_dag(
            method="GET",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id, team_name=teams.get(dag_id)),
            user=user,
        )
    )
    if not readable:
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "You do not have permission to read the runs of any of Copydesk's DAGs."
        )
    return readable


ReadableDags = Annotated[frozenset[str] | None, Depends(list_readable_dags)]
"""The IDs of Copydesk's DAGs that the user may read, as a parameter of a page."""
