"""Working again what is stored, by a person's leave: nothing that is shown changes before it is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dags.rest import Rest
from pipeline.config import Settings
from pipeline.db import embedded
from tests.acceptance.conftest import Desk, wait
from tests.digest import digest_tables

READING = timedelta(seconds=4)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def url(desk: Desk) -> str:
    return embedded.locate(Settings(home=desk.home)).url("copydesk")


def ask(up: Rest, conf: dict[str, Any]) -> str:
    """Trigger `reprocess` and wait until it has waited for a person as long as people take to read; the run's path.

    An answer that comes within the second in which the question was put is lost: Airflow's scheduler, which has not
    heard yet that the task waits, takes the waiting for an end without a result, and asks again.
    """
    run = up.post("dags/reprocess/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
    path = f"dags/reprocess/dagRuns/{run}"

    def is_waiting() -> bool:
        assert up.get(path)["state"] in {"queued", "running"}
        if up.get(f"{path}/taskInstances/approve")["state"] != "awaiting_input":
            return False
        asked = datetime.fromisoformat(up.get(f"{path}/taskInstances/approve/-1/hitlDetails")["created_at"])
        return datetime.now(UTC) - asked >= READING

    wait(is_waiting, 180)
    return path


def answer(up: Rest, path: str, option: str) -> dict[str, str]:
    """Answer as a person would; the states of the tasks when the run has ended."""
    up.patch(f"{path}/taskInstances/approve/-1/hitlDetails", {"chosen_options": [option], "params_input": {}})
    wait(lambda: up.get(path)["state"] in {"success", "failed"}, 180)
    assert up.get(path)["state"] == "success"
    return {one["task_id"]: one["state"] for one in up.get(f"{path}/taskInstances")["task_instances"]}


def read_live(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT profile_id FROM copydesk.profile WHERE state = 'live'").fetchone()
    assert row is not None
    return str(row[0])


def test_a_generation_that_a_person_rejects_is_not_shown(up: Rest, url: str) -> None:
    live = read_live(url)
    path = ask(up, {"stage": "fold", "profile": ["window_hours=24"]})
    body = up.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert "| stories before |" in body
    assert "| merged |" in body
    assert answer(up, path, "Reject")["apply"] == "skipped"
    assert read_live(url) == live
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM copydesk.profile WHERE state = 'building'").fetchone()
    assert row == (1,)


def test_pages_that_read_as_before_are_left_as_they_are(up: Rest, url: str) -> None:
    runs = up.get("dags/newswire/dagRuns", order_by="logical_date", limit=100)["dag_runs"]
    wait(lambda: not up.get("dags/newswire/dagRuns", state="running", limit=1)["dag_runs"], 180)
    start = min(datetime.fromisoformat(run["data_interval_start"]) for run in runs)
    end = max(datetime.fromisoformat(run["data_interval_end"]) for run in runs)
    before = digest_tables(url)
    path = ask(up, {"stage": "clean", "since": start.isoformat(), "until": end.isoformat()})
    assert "| changed | 0 |" in up.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert answer(up, path, "Approve")["apply"] == "success"
    assert digest_tables(url) == before
