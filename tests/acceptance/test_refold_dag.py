"""The DAG `refold` in a real Airflow: Spark computes a generation, a person approves it, and a stage runs again."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from tests.acceptance.approval import await_approval_request, read_live_profile_id, respond
from tests.acceptance.conftest import Installation, wait_until
from tests.spark_master import CONF, require_spark

STAGES = ["sign", "pairs", "verify", "components", "cluster"]
SPARK_SECONDS = 3_600.0
"""Six JVMs, one after the other, on a busy machine."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(7_200)]


def read_marks(folder: Path) -> dict[str, int]:
    """Return when each stage was finished."""
    return {mark.parent.name: mark.stat().st_mtime_ns for mark in folder.glob("runs/*/*/_stage.json")}


def test_refold_swaps_after_approval_and_a_cleared_stage_runs_alone(
    airflow: AirflowClient, first_runs: dict[str, str], installation: Installation
) -> None:
    require_spark()
    url = embedded.locate_server(Settings(home=installation.home)).url("copydesk")
    before = read_live_profile_id(url)
    conf = {
        "profile": ["window_hours=25"],
        "master": "local[1]",
        "conf": [f"{name}={value}" for name, value in CONF.items()],
    }
    airflow.post("dags/newswire/dagRuns", {"logical_date": None, "conf": {}})  # the schedule goes on
    run = airflow.post("dags/refold/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
    path = f"dags/refold/dagRuns/{run}"
    await_approval_request(airflow, path, SPARK_SECONDS)
    body = airflow.get(f"{path}/taskInstances/approve/-1/hitlDetails")["body"]
    assert "| Stories after |" in body

    # Only the cleared stage writes its folder again; the others, and the request, stay as they are.
    folder = installation.home / "refold"
    marks = read_marks(folder)
    cleared = {"dag_run_id": run, "task_ids": ["verify"], "include_downstream": False, "dry_run": False}
    airflow.post("dags/refold/clearTaskInstances", {**cleared, "only_failed": False})
    wait_until(lambda: airflow.get(f"{path}/taskInstances/verify")["state"] == "success"
               and read_marks(folder)["edges"] != marks["edges"], SPARK_SECONDS)  # fmt: skip
    assert {name for name, at in read_marks(folder).items() if marks[name] != at} == {"edges"}

    states = respond(airflow, path, "Approve")
    assert {states[name] for name in (*STAGES, "land", "catch_up", "compare", "swap", "report")} == {"success"}
    live = read_live_profile_id(url)
    assert live != before
    assert installation.run("doctor").returncode == 0, os.environ.get("PATH")
    with psycopg.connect(url) as connection:
        count = "SELECT count(*), count(DISTINCT story_id) FROM copydesk.story_member WHERE profile_id = %s"
        new, old = (connection.execute(count, (one,)).fetchone() for one in (live, before))
        kept = connection.execute(
            "SELECT count(*) FROM copydesk.story o WHERE o.profile_id = %s AND NOT EXISTS"
            " (SELECT FROM copydesk.story n WHERE n.profile_id = %s AND n.story_id = o.story_id)",
            (before, live),
        ).fetchone()
    assert new is not None
    assert old is not None
    assert new[0] >= old[0] > 0
    assert kept == (0,), "every public id is kept, or redirects"
