"""Working again what is stored, by a person's leave: nothing that is shown changes before it is given."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from tests.acceptance.approval import answer, ask, read_live
from tests.acceptance.conftest import Desk, wait
from tests.table_digest import digest_tables

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def url(first_runs: dict[str, str], desk: Desk) -> str:
    """The address of the tables that the first runs have filled."""
    return embedded.locate_server(Settings(home=desk.home)).url("copydesk")


def test_a_generation_that_a_person_rejects_is_not_shown(up: AirflowClient, url: str) -> None:
    live = read_live(url)
    path = ask(up, {"stage": "fold", "profile": ["window_hours=24"]})
    body = up.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert "| Stories before |" in body
    assert "| Stories merged |" in body
    assert answer(up, path, "Reject")["apply"] == "skipped"
    assert read_live(url) == live
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM copydesk.profile WHERE state = 'building'").fetchone()
    assert row == (1,)


def test_pages_that_read_as_before_are_left_as_they_are(up: AirflowClient, url: str) -> None:
    runs = up.get("dags/newswire/dagRuns", order_by="logical_date", limit=100)["dag_runs"]
    wait(lambda: not up.get("dags/newswire/dagRuns", state="running", limit=1)["dag_runs"], 180)
    start = min(datetime.fromisoformat(run["data_interval_start"]) for run in runs)
    end = max(datetime.fromisoformat(run["data_interval_end"]) for run in runs)
    before = digest_tables(url)
    path = ask(up, {"stage": "clean", "since": start.isoformat(), "until": end.isoformat()})
    assert "| Articles changed | 0 |" in up.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert answer(up, path, "Approve")["apply"] == "success"
    assert digest_tables(url) == before
