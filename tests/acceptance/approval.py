"""Asking for a person's leave, and giving it as a person would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import wait

READING = timedelta(seconds=4)


def ask(up: AirflowClient, conf: dict[str, Any]) -> str:
    """Trigger `reprocess` and wait until it has waited for a person as long as people take to read; the run's path.

    An answer that arrives within a second of the question is lost: Airflow's scheduler has not been notified yet that
    the task waits, treats the wait as an end without a result, and asks again.
    """
    run = up.post("dags/reprocess/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
    path = f"dags/reprocess/dagRuns/{run}"
    await_question(up, path)
    return path


def ask_again(up: AirflowClient, path: str) -> None:
    """Clear what has found out what would change, and what follows; wait for the question as before."""
    given = {"dag_run_id": path.rpartition("/")[2], "task_ids": ["preview"], "include_downstream": True}
    up.post("dags/reprocess/clearTaskInstances", {**given, "dry_run": False, "only_failed": False})
    await_question(up, path)


def await_question(up: AirflowClient, path: str) -> None:
    """Wait until the question has stood for as long as it takes to read it."""

    def is_waiting() -> bool:
        assert up.get(path)["state"] in {"queued", "running"}
        task = up.get(f"{path}/taskInstances/approve")
        if task["state"] != "awaiting_input":
            return False
        return datetime.now(UTC) - datetime.fromisoformat(task["start_date"]) >= READING

    wait(is_waiting, 180)


def answer(up: AirflowClient, path: str, option: str) -> dict[str, str]:
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
