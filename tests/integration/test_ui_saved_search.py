"""The form that saves a search: only for users who may write, and only from a page of this Airflow."""

from __future__ import annotations

from pathlib import Path

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.saved_searches import list_searches
from tests.ui_requests import run_in_airflow

# With Airflow's own accounts, tokens and tables.
ASK = """
import json, re
from airflow import settings
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dagbundle import DagBundleModel
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.serialization.definitions.dag import SerializedDAG
from airflow.utils.db import synchronize_log_template
from fastapi.testclient import TestClient
from copydesk.dags.factories.maintain_dag import maintain_dag
from copydesk.dags.ui.routes import create_app

manager = create_auth_manager()
import_all_models()
Base.metadata.create_all(settings.engine)
with settings.Session() as session:
    synchronize_log_template(session=session)
    session.add(DagBundleModel(name="own"))
    session.flush()
    SerializedDAG.bulk_write_to_db("own", None, [maintain_dag("keep_house")], session=session)
    session.commit()

app = create_app()
def sign_in(role):
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    token = manager.generate_jwt(SimpleAuthManagerUser(username=role.lower(), role=role))
    client.headers["Authorization"] = f"Bearer {token}"
    return client

viewer, user = sign_in("VIEWER"), sign_in("USER")
pages = [client.get("/stories?q=harbour&min_copies=2").text for client in (viewer, user)]
token = re.search('name="token" value="([^"]*)"', pages[1]).group(1)
def post(client, headers={}, **fields):
    answer = client.post("/searches", data={"q": "harbour", "min_copies": "2", **fields}, headers=headers)
    return [answer.status_code, answer.headers.get("location", "")]
answers = [
    post(viewer, token=token, name="a"), post(user, name="a"),
    post(user, {"Sec-Fetch-Site": "cross-site"}, token=token, name="a"),
    post(user, token=token, name=""), post(user, token=token, name="a", min_copies="x"),
    post(user, token=token, name="ferries"), post(user, token=token, name="ferries"),
]
print(json.dumps([[page.count('action="searches"') for page in pages], answers]))
"""


def test_search_is_saved_by_users_who_may_write(database: str, tmp_path: Path) -> None:
    forms, answers = run_in_airflow(
        tmp_path,
        ASK,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{tmp_path}/airflow.db",
        AIRFLOW__API_AUTH__JWT_SECRET="a secret of sixty-four characters, which this sentence has all of",
        AIRFLOW__API__SECRET_KEY="another secret",
    )
    assert forms == [0, 1]
    assert [status for status, _ in answers] == [403, 403, 403, 400, 400, 303, 400]
    assert answers[5][1] == "stories?q=harbour&min_copies=2"
    with read_transaction(load_settings()) as connection:
        (search,) = list_searches(connection)
    assert (search.name, search.fields, search.created_by) == ("ferries", {"q": "harbour", "min_copies": "2"}, "user")
