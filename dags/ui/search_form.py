"""Save the search of the page Stories, by users who may trigger the DAG for maintenance."""

from __future__ import annotations

from urllib.parse import urlencode

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request, status
from fastapi.responses import RedirectResponse, Response

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.ui.forms import Form, assert_is_own
from copydesk.dags.ui.maintenance_right import Maintainer
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import transaction
from copydesk.pipeline.store.saved_searches import save_search
from copydesk.pipeline.views.story_filter import FILTER_FIELDS, parse_story_filter


def create_search(user: GetUserDep, right: Maintainer, request: Request, form: Form) -> Response:
    """Save the search of a form under its name, and show the stories that match it.

    Raises:
        HTTPException: The user may not trigger the DAG, or the form is not of this Airflow (403).
        BadInput: A field or the name cannot be used.
    """
    if right is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "You may not trigger Copydesk's DAG for maintenance.")
    assert_is_own(form, user, request)
    fields = {name: text for name in FILTER_FIELDS if (text := form.get(name, "").strip())}
    settings = load_settings()
    with transaction(settings) as connection:
        parse_story_filter(connection, fields, list_source_files(settings.source_folders))
        save_search(connection, form.get("name", "").strip(), fields, user.get_name())
    return RedirectResponse(f"stories?{urlencode(fields)}", status.HTTP_303_SEE_OTHER)
