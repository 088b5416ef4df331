"""Start a replay of the quarantine from its page, as a run of the DAG for maintenance."""

from __future__ import annotations

from urllib.parse import urlencode

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.utils.types import DagRunTriggeredByType
from fastapi import HTTPException, Request, status
from fastapi.responses import RedirectResponse, Response

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.support.replay_request import ReplayRequest
from copydesk.dags.ui.forms import Form, assert_is_own
from copydesk.dags.ui.maintenance_right import Maintainer
from copydesk.dags.ui.parameters import parse_row_id
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.quarantined_pages import check_ids


def start_replay(user: GetUserDep, right: Maintainer, request: Request, form: Form) -> Response:
    """Start a replay of one page in quarantine, or of all that a filter selects, and show the quarantine again.

    Raises:
        HTTPException: The user may not trigger the DAG, or the form is not of this Airflow (403).
        NotFound: The page is not in quarantine.
    """
    if right is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "You may not trigger the DAG that replays the quarantine.")
    assert_is_own(form, user, request)
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
    number = parse_row_id(text)
    if number is None:
        raise BadInput("That is not the ID of a page in quarantine.", "Use the button on the page.")
    return [number]
