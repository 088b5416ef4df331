"""Airflow's DAG processor reports a failed run, once, if the run has not reported it itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.store.runs import close_run, open_run, save_failed_plan
from copydesk.pipeline.store.states import RunState
from tests.airflow_process import run_with_airflow
from tests.run_keys import DAG_ID, run_key_for

FOLDER = Path(__file__).resolve().parents[2] / "dags"
WINDOW = Window(datetime(2026, 3, 4, 11, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC))
NOTIFIER = "tests.mockserver.file_notifier.FileNotifier"

# Run with the function that Airflow's DAG processor calls; only the tasks' states are made up.
CALL = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
import structlog
from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.dag_processing.dagbag import DagBag
from airflow.dag_processing.processor import _execute_dag_callbacks
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

bag, page = DagBag(sys.argv[1]), Path(sys.argv[2])
for dag_id, run_id, reason, states in json.loads(sys.argv[3]):
    def get_states(asked, run_ids):
        assert asked == dag_id
        if states is None:
            raise RuntimeError("nobody knows")
        return {run_id: states}
    RuntimeTaskInstance.get_task_states = staticmethod(get_states)
    page.unlink(missing_ok=True)
    request = DagCallbackRequest(
        filepath="x.py", bundle_name="own", bundle_version=None, msg=reason, dag_id=dag_id, run_id=run_id
    )
    _execute_dag_callbacks(bag, request, structlog.get_logger())
    print("RESULT" + (page.read_text() if page.exists() else ""))
"""


def run_failure_callbacks(home: Path, database: str, *runs: tuple[str, str, str, dict[str, str] | None]) -> list[str]:
    """Run the failure callbacks; return the notification for each run."""
    page = home / "notes.txt"
    arguments = {"text": "{{ run_id }}: {{ warnings | join(' ') }}", "path": str(page)}
    done = run_with_airflow(
        CALL, str(FOLDER), str(page), json.dumps(runs), preload=["airflow.dag_processing.processor"],
        COPYDESK_DATABASE_URL=database, COPYDESK_NOTIFIER=NOTIFIER, COPYDESK_NOTIFIER_ARGUMENTS=json.dumps(arguments),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [line.removeprefix("RESULT") for line in done.stdout.splitlines() if line.startswith("RESULT")]


def test_failed_run_is_notified_and_saved_if_it_was_planned(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        for name, state in (("open", RunState.RUNNING), ("broken", RunState.FAILED), ("again", RunState.DONE)):
            open_run(connection, DAG_ID, name, kind="scheduled", mode="auto", window=WINDOW, wires=[])
            if state is not RunState.RUNNING:
                close_run(connection, run_key_for(name), state, {"is_balanced": state is RunState.DONE})
        save_failed_plan(
            connection, DAG_ID, "unknown", kind="manual", mode="auto", window=None, error="No wire is named nosuch."
        )
    lost = {
        "plan": "success",
        "wire.crawl_0": "failed",
        "wire.crawl_1": "success",
        "sign": "skipped",
        "fold": "skipped",
    }
    unplanned = {"report": "failed", "plan": "failed", "sign": "upstream_failed"}
    messages = run_failure_callbacks(
        tmp_path, database,
        ("newswire", "new", "task_failure", unplanned),
        ("newswire", "open", "timed_out", lost),
        ("newswire", "open", "timed_out", lost),  # cleared, and failed again
        ("newswire", "broken", "task_failure", {"plan": "success", "report": "failed"}),  # reported by its own report
        ("newswire", "again", "task_failure", unplanned),  # reported before, for another attempt
        ("maintain", "open", "task_failure", {"learn": "failed", "done": "upstream_failed", "replay": "success"}),
        ("reprocess", "open", "all_tasks_deadlocked", None),
        ("newswire", "unknown", "task_failure", unplanned),
    )  # fmt: skip
    assert messages == [
        "new: the run: newswire failed: plan, report; see the log of plan",
        "open: the run: newswire timed out after 3 h; not finished: sign, fold; failed: wire.crawl",
        "open: the run: newswire timed out after 3 h; not finished: sign, fold; failed: wire.crawl",
        "",
        "again: the run: newswire failed: plan, report; see the log of plan",
        "open: the run: maintain failed: learn; see the log of learn",
        "open: the run: reprocess failed (all_tasks_deadlocked); see the run in Airflow",
        "unknown: the run: newswire could not be planned: No wire is named nosuch.",
    ]
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT run_id, kind, task FROM copydesk.v_warnings ORDER BY run_id").fetchall()
        states = connection.execute("SELECT run_id, state, error FROM copydesk.v_runs ORDER BY run_id").fetchall()
    assert rows == [
        ("again", "run_failed", "plan"), ("open", "run_failed", "wire.crawl"), ("unknown", "run_failed", "plan"),
    ]  # fmt: skip
    assert states == [
        ("again", "done", ""), ("broken", "failed", ""),
        ("open", "failed", "newswire timed out after 3 h; not finished: sign, fold; failed: wire.crawl"),
        ("unknown", "failed", "No wire is named nosuch."),
    ]  # fmt: skip


def test_failed_run_is_notified_without_database(tmp_path: Path) -> None:
    (message,) = run_failure_callbacks(
        tmp_path, "postgresql://nobody@127.0.0.1:1/none", ("newswire", "one", "x", {"plan": "failed"})
    )
    assert message == "one: the run: newswire failed: plan; see the log of plan"
