"""Request the plugin's pages without a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.airflow_process import run_with_airflow

# Scripts that run in processes of their own, because the pages import Airflow.
OPEN_APP = """
import json, sys
from fastapi.testclient import TestClient
from copydesk.dags.ui import parameters
from copydesk.dags.ui.routes import create_app

app = create_app()
for route in app.routes:
    for dependency in getattr(route, "dependant", None) and route.dependant.dependencies or ():
        if dependency.call.__module__ != parameters.__name__:
            app.dependency_overrides[dependency.call] = lambda: None
"""
"""The beginning of a script: the pages as ``app``, without Airflow's log-in and its database."""

SIGNED_IN_APP = """
import json, re, sys
from airflow import settings
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dagbundle import DagBundleModel
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.serialization.definitions.dag import SerializedDAG
from airflow.utils.db import synchronize_log_template
from fastapi.testclient import TestClient
from copydesk.dags.factories.maintain_dag import maintain_dag
from copydesk.dags.ui.routes import create_app

manager = create_auth_manager()
import_all_models()
Base.metadata.create_all(settings.engine)
dag = maintain_dag("keep_house")
with settings.Session() as session:
    synchronize_log_template(session=session)
    session.add(DagBundleModel(name="own"))
    session.flush()
    SerializedDAG.bulk_write_to_db("own", None, [dag], session=session)
    SerializedDagModel.write_dag(LazyDeserializedDAG.from_dag(dag), bundle_name="own", session=session)
    session.commit()

app = create_app()
def sign_in(role):
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    token = manager.generate_jwt(SimpleAuthManagerUser(username=role.lower(), role=role))
    client.headers["Authorization"] = f"Bearer {token}"
    return client

viewer, user = sign_in("VIEWER"), sign_in("USER")
"""
"""The beginning of a script: the pages with Airflow's own accounts, tokens, tables, and a DAG as Airflow stores it, and
the clients of a viewer and of a user who may trigger it; see ``run_signed_in``."""

ASK = (
    OPEN_APP
    + """client = TestClient(app, raise_server_exceptions=False)
answers = [client.get(one) if isinstance(one, str) else client.get(**one) for one in json.loads(sys.argv[1])]
print(json.dumps([[one.status_code, len(one.content), one.text, dict(one.headers)] for one in answers]))
"""
)


def request_pages(tmp_path: Path, *paths: str | dict[str, Any]) -> list[Any]:
    """Return status, size in bytes, text and headers of each answer, as a user who may see everything.

    A request with headers of its own is a mapping with ``url`` and ``headers``.
    """
    done = run_with_airflow(ASK, json.dumps(paths), preload=["fastapi.testclient", "copydesk.dags.ui.routes"])
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


def run_in_airflow(tmp_path: Path, code: str, *arguments: str, **variables: str) -> Any:
    """Run code in a process with an Airflow home of its own; return the JSON on the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def run_signed_in(tmp_path: Path, code: str, *arguments: str) -> Any:
    """Run code after ``SIGNED_IN_APP``, in an Airflow of its own; return the JSON on the last line that it prints."""
    return run_in_airflow(
        tmp_path,
        SIGNED_IN_APP + code,
        *arguments,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{tmp_path}/airflow.db",
        AIRFLOW__API_AUTH__JWT_SECRET="a secret of sixty-four characters, which this sentence has all of",
        AIRFLOW__API__SECRET_KEY="another secret",
    )
