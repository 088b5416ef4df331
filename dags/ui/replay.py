"""Start a replay of the quarantine from its page, as a run of the DAG for housekeeping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel, DagTag
from airflow.utils.types import DagRunTriggeredByType
from fastapi import Depends, HTTPException, Request, status
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from copydesk.dags.factories.dag_options import DEFAULT_TAG
from copydesk.dags.factories.maintain_dag import MAINTENANCE_TAG
from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.support.replay_request import ReplayRequest
from copydesk.dags.ui.csrf import is_valid, make_token
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.quarantined_pages import check_ids

MAX_FORM_BYTES = 20_000
MAX_BIGINT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReplayRight:
    """That a user may start replays.

    Attributes:
        dag_id: The DAG that does it.
        token: The token of the forms that start one.
        is_paused: Whether the DAG is paused, so that a run would wait.
    """

    dag_id: str
    token: str
    is_paused: bool


def find_replay_right(user: GetUserDep, session: SessionDep) -> ReplayRight | None:
    """Return the right of a user to start replays: to trigger the DAG for housekeeping; None without it."""
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
            return ReplayRight(dag.dag_id, make_token(user.get_id(), datetime.now(UTC)), bool(dag.is_paused))
    return None


Replayer = Annotated[ReplayRight | None, Depends(find_replay_right)]
"""The right to start replays, as a parameter of a page."""


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first value of each.

    Raises:
        HTTPException: It is too long or has too many fields (413).
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "The form is too long.")
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "The form has too many fields.") from None
    return {name: values[0].replace("\0", "\ufffd") for name, values in fields.items()}


def start_replay(
    user: GetUserDep, right: Replayer, request: Request, form: Annotated[dict[str, str], Depends(read_form)]
) -> Response:
    """Start a replay of one page in quarantine, or of all that a filter selects, and show the quarantine again.

    Raises:
        HTTPException: The user may not trigger the DAG, or the form is not of this Airflow (403).
        NotFound: The page is not in quarantine.
    """
    if right is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "You may not trigger the DAG that replays the quarantine.")
    is_own = request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    if not (is_own and is_valid(form.get("token", ""), user.get_id(), datetime.now(UTC))):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "The form is too old or not of this Airflow. Open the page again."
        )
    wanted = ReplayRequest(_read_ids(form.get("id", "")), form.get("wire") or None, form.get("reason") or None)
    if wanted.ids is not None:
        with read_transaction(load_settings()) as connection:
            check_ids(connection, wanted.ids)
    run = trigger_dag(
        right.dag_id,
        triggered_by=DagRunTriggeredByType.UI,
        triggering_user_name=user.get_name(),
        conf=wanted.to_conf(),
    )
    if run is None:
        raise NotFound(f"Airflow has no DAG {right.dag_id}.", "Look at its import errors.")
    query = {name: value for name, value in (("wire", wanted.wire), ("reason", wanted.reason)) if value}
    address = f"quarantine?{urlencode({**query, 'replay': run.run_id})}"
    return RedirectResponse(address, status.HTTP_303_SEE_OTHER)


def _read_ids(text: str) -> list[int] | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 30 and int(text) <= MAX_BIGINT):
        raise BadInput("That is not the ID of a page in quarantine.", "Use the button on the page.")
    return [int(text)]
