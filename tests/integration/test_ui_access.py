"""Who may read the plugin's pages, for every route that there is: a new one without the checks fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect
from copydesk.pipeline.store.runs import open_run
from tests.ui_requests import run_in_airflow

# With Airflow's own accounts, tokens and tables. Every page is asked for by name, so that a new one is checked too.
ASK_ALL = """
import json, sys
from airflow import settings
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.base import Base
from airflow.models import import_all_models
from fastapi.testclient import TestClient
from copydesk.dags.ui.routes import create_app

manager = create_auth_manager()
import_all_models()
Base.metadata.create_all(settings.engine)
app = create_app()
answers = []
for route in app.routes:
    for role in ("anonymous", None, "VIEWER"):
        client = TestClient(app, raise_server_exceptions=False)
        if role != "anonymous":
            token = manager.generate_jwt(SimpleAuthManagerUser(username="someone", role=role))
            client.headers["Authorization"] = f"Bearer {token}"
        (method,) = route.methods
        answer = client.request(method, f"{route.path}?dag_id=newswire&run_id=x&id=0&story=0&name=x")
        answers.append([route.path, sorted(route.methods), role or "none", answer.status_code])
print(json.dumps(answers))
"""

PUBLIC_TO_USERS = {"/tabs.js"}
"""Files without data."""


@pytest.fixture
def answers(database: str, tmp_path: Path) -> list[tuple[str, list[str], str, int]]:
    """Return path, methods, role and status of the answer of every route to every kind of user."""
    with connect(load_settings()) as connection, connection.transaction():
        open_run(connection, "newswire", "x", kind="scheduled", mode="auto", window=None, wires=["north"], skipped={})
    variables = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of sixty-four characters, which this sentence has all of",
    }
    return [(*row,) for row in run_in_airflow(tmp_path, ASK_ALL, **variables)]


WRITING = {"/replay", "/searches"}
"""Pages that change something, and that viewers may not use."""


def test_every_route_requires_login_and_access(answers: list[tuple[str, list[str], str, int]]) -> None:
    assert {"/", "/run", "/stories", "/story", "/copy", "/compare", "/wires", "/quarantine", "/api/v1/stories"} <= {
        path for path, *_ in answers
    }
    for path, methods, role, status in answers:
        assert (path, methods) == (path, ["POST"] if path in WRITING else ["GET"])
        if role == "anonymous":
            assert (path, status) == (path, 401)
        elif path in WRITING or (role == "none" and path not in PUBLIC_TO_USERS):
            assert (path, status) == (path, 403)
        elif role == "VIEWER":
            assert (path, status not in {401, 403, 405} and status < 500) == (path, True)
