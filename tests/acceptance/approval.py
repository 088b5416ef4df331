"""Request approval of a `reprocess` run and respond to it as a person would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import wait_until
from tests.acceptance.rest_patch import patch

READING_TIME = timedelta(seconds=4)


def request_approval(airflow: AirflowClient, conf: dict[str, Any]) -> str:
    """Trigger `reprocess`, wait until its approval request is as old as people take to read it, and return the run's
    path.

    An answer that arrives within a second of the request is lost: Airflow's scheduler does not know yet that the task
    waits, treats the wait as an end without a result, and asks again.
    """
    run = airflow.post("dags/reprocess/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
    path = f"dags/reprocess/dagRuns/{run}"
    await_approval_request(airflow, path)
    return path


def request_approval_again(airflow: AirflowClient, path: str) -> None:
    """Clear the preview and its downstream tasks; wait for the new approval request."""
    body = {"dag_run_id": path.rpartition("/")[2], "task_ids": ["preview"], "include_downstream": True}
    airflow.post("dags/reprocess/clearTaskInstances", {**body, "dry_run": False, "only_failed": False})
    await_approval_request(airflow, path)


def await_approval_request(airflow: AirflowClient, path: str, seconds: float = 180) -> None:
    """Wait until the approval request is as old as people take to read it, at most for some seconds."""

    def is_waiting() -> bool:
        assert airflow.get(path)["state"] in {"queued", "running"}
        task = airflow.get(f"{path}/taskInstances/approve")
        if task["state"] != "awaiting_input":
            return False
        return datetime.now(UTC) - datetime.fromisoformat(task["start_date"]) >= READING_TIME

    wait_until(is_waiting, seconds)


def respond(airflow: AirflowClient, path: str, option: str) -> dict[str, str]:
    """Respond to the approval request; return the states of the tasks when the run has ended."""
    patch(airflow, f"{path}/taskInstances/approve/-1/hitlDetails", {"chosen_options": [option], "params_input": {}})
    wait_until(lambda: airflow.get(path)["state"] in {"success", "failed"}, 180)
    assert airflow.get(path)["state"] == "success"
    return {one["task_id"]: one["state"] for one in airflow.get(f"{path}/taskInstances")["task_instances"]}


def read_live_profile_id(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT profile_id FROM copydesk.profile WHERE state = 'live'").fetchone()
    assert row is not None
    return str(row[0])
