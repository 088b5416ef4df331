"""Reprocessing with approval: nothing that is shown changes before it is approved."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from tests.acceptance.approval import read_live_profile_id, request_approval, respond
from tests.acceptance.conftest import Installation, wait_until
from tests.table_digest import digest_tables

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def url(first_runs: dict[str, str], installation: Installation) -> str:
    """Return the URL of the database that the first runs have filled."""
    return embedded.locate_server(Settings(home=installation.home)).url("copydesk")


def test_rejected_generation_does_not_go_live(airflow: AirflowClient, url: str) -> None:
    live = read_live_profile_id(url)
    path = request_approval(airflow, {"stage": "fold", "profile": ["window_hours=24"]})
    body = airflow.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert "| Stories before |" in body
    assert "| Stories merged |" in body
    assert respond(airflow, path, "Reject")["apply"] == "skipped"
    assert read_live_profile_id(url) == live
    with psycopg.connect(url) as connection:
        decided = connection.execute("SELECT state, decided_by, decided_at = ended_at FROM copydesk.v_runs"
                                     " WHERE run_id = %s", [path.rpartition("/")[2]]).fetchall()  # fmt: skip
        assert decided == [("rejected", "admin", True)]
        row = connection.execute("SELECT count(*) FROM copydesk.profile WHERE state = 'building'").fetchone()
    assert row == (1,)


def test_reprocess_without_changes_writes_no_row(airflow: AirflowClient, url: str) -> None:
    runs = airflow.get("dags/newswire/dagRuns", order_by="logical_date", limit=100)["dag_runs"]
    wait_until(lambda: not airflow.get("dags/newswire/dagRuns", state="running", limit=1)["dag_runs"], 180)
    start = min(datetime.fromisoformat(run["data_interval_start"]) for run in runs)
    end = max(datetime.fromisoformat(run["data_interval_end"]) for run in runs)
    before = digest_tables(url)
    path = request_approval(airflow, {"stage": "clean", "since": start.isoformat(), "until": end.isoformat()})
    assert "| Articles changed | 0 |" in airflow.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert respond(airflow, path, "Approve")["apply"] == "success"
    assert digest_tables(url) == before
