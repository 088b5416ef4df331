"""Warnings in PostgreSQL: detected in the tables, saved once, sent to the configured recipients."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from copydesk.pipeline.core.records import Document, Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.runs.planning import WirePlan
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.runs import close_run, open_run, read_run
from copydesk.pipeline.store.states import LedgerStage, RunState
from tests.airflow_process import run_with_airflow
from tests.article_store import ArticleStore
from tests.run_keys import DAG_ID, run_key_for

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW)

NOTIFY = """
import json, sys
from copydesk.dags.alerts.notify import notify
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.errors import BadSettings
warnings = json.loads(sys.argv[1])
for notifier, arguments in json.loads(sys.argv[2]):
    try:
        notify({"run_id": "one"}, Settings(notifier=notifier, notifier_arguments=arguments), warnings)
    except BadSettings as error:
        print(error)
"""

# Call the deadline's callback like the triggerer, with Airflow's own trigger.
LATE = """
import asyncio, json, sys
from airflow.triggers.callback import CallbackTrigger
from copydesk.dags.alerts.run_late import LATE_DEADLINE

async def call(run):
    trigger = CallbackTrigger(LATE_DEADLINE.callback.path, {"context": {"dag_run": run, "deadline": {"id": "x"}}})
    return [event.payload["state"] async for event in trigger.run()]

for run in json.loads(sys.argv[1]):
    print("RESULT", *(str(getattr(state, "value", state)) for state in asyncio.run(call(run))))
"""
NOTIFIER = "tests.mockserver.file_notifier.FileNotifier"


def test_silent_wire_is_reported_once_and_saved(store: ArticleStore) -> None:
    """Three weeks with an article every ten minutes, and none in the last two hours."""
    moments = [
        NOW - timedelta(weeks=week, minutes=10 * n) for week in range(4) for n in range(1 if week else 13, 30)
    ]  # fmt: skip
    store.insert([Document(str(n), f"Item {n}", f"The text of item {n}.", at) for n, at in enumerate(moments)])
    earlier = Window(WINDOW.start - timedelta(days=1), WINDOW.end - timedelta(days=1))
    for name, window in (("one", WINDOW), ("before", earlier)):
        open_run(
            store.connection, DAG_ID, name, kind="scheduled", mode="auto", window=window, wires=["test"]
        )  # fmt: skip
    save_counts(
        store.connection,
        run_key_for("before"),
        "test",
        LedgerStage.CLEAN,
        {"pages": 100, "unchanged": 98, "refused": 2},
    )
    save_counts(
        store.connection, run_key_for("one"), "test", LedgerStage.CLEAN, {"pages": 20, "unchanged": 10, "refused": 10}
    )
    store.connection.commit()
    start, end = WINDOW.start.isoformat(), WINDOW.end.isoformat()
    other = WirePlan("other", "live", start, end, start)
    reported = report_run(
        load_settings(), run_key_for("one"), plans=[other, replace(other, wire="test", strategy="stored")]
    ).warnings
    assert {(one["wire"], str(one["kind"])): one["message"] for one in reported}.keys() == {
        ("test", "silent"), ("test", "refusals"), ("other", "failed"), ("", "late"),
    }  # fmt: skip
    assert "silent since 2026-03-04 10:00: about 12 articles" in next(
        one["message"] for one in reported if one["kind"] == "silent"
    )
    rows = store.connection.execute("SELECT kind, message FROM copydesk.v_warnings ORDER BY kind").fetchall()
    assert [row[0] for row in rows] == ["failed", "late", "refusals", "silent"]
    store.connection.rollback()
    assert report_run(load_settings(), run_key_for("one"), plans=[other]).warnings == []


def test_first_scheduled_run_is_never_late(store: ArticleStore) -> None:
    """An installation that is started during an hour processes the hour before."""
    for run_id, window in (("one", WINDOW), ("two", Window(WINDOW.end, WINDOW.end + (WINDOW.end - WINDOW.start)))):
        run_key = open_run(
            store.connection, DAG_ID, run_id, mode="auto", kind="scheduled", window=window, wires=["test"]
        )
        store.connection.commit()
        late = [one for one in report_run(load_settings(), run_key).warnings if str(one["kind"]) == "late"]
        assert len(late) == (run_id == "two")


def test_rerun_days_later_is_not_late(store: ArticleStore) -> None:
    """By clearing it, by clearing its last task only, or by a backfill that takes it over."""
    asked: dict[str, Any] = {"dag_id": DAG_ID, "run_id": "one", "mode": "auto", "window": WINDOW, "wires": ["test"]}
    connection = store.connection
    open_run(connection, kind="scheduled", **asked)
    close_run(connection, run_key_for("one"), RunState.DONE, {})
    connection.execute("UPDATE copydesk.run SET ended_at = %s", (NOW + timedelta(minutes=5),))
    connection.commit()
    assert report_run(load_settings(), run_key_for("one")).warnings == []

    open_run(connection, kind="scheduled", **asked)
    connection.commit()
    assert not read_run(connection, run_key_for("one")).is_first_scheduled_attempt
    assert report_run(load_settings(), run_key_for("one")).warnings == []

    open_run(connection, kind="backfill", **asked)
    connection.commit()
    assert report_run(load_settings(), run_key_for("one")).warnings == []
    assert read_run(connection, run_key_for("one")).kind == "backfill"


def test_notifier_is_called_and_notifier_errors_are_logged(tmp_path: Path) -> None:
    page = tmp_path / "notes.txt"
    text = "{{ run_id }}:{% for line in warnings %}\n- {{ line }}{% endfor %}"
    warnings = [
        {"wire": "north", "kind": "layout", "message": "layout changed"},
        {"wire": "", "kind": "late", "message": "late"},
    ]
    notifiers = [
        (NOTIFIER, {"text": text, "path": str(page)}), (NOTIFIER, {"text": "", "path": "/nowhere/x"}), (NOTIFIER, {}),
        ("pathlib.Path", {}), ("nowhere.FileNotifier", {}),
    ]  # fmt: skip
    done = run_with_airflow(NOTIFY, json.dumps(warnings), json.dumps(notifiers))
    assert done.returncode == 0, done.stderr
    assert page.read_text() == (
        "one:\n- north: layout changed; add a [[page]] table for the new layout\n- the run: late"
    )
    output = done.stdout + done.stderr
    assert "FileNotifier failed" in output
    assert "Correct COPYDESK_NOTIFIER_ARGUMENTS" in output
    assert "pathlib.Path is not an Airflow notifier" in output
    assert "Cannot import COPYDESK_NOTIFIER: No module named 'nowhere'" in output


def test_run_past_its_deadline_is_reported_once_except_backfills(store: ArticleStore, tmp_path: Path) -> None:
    for name, kind in (("one", "scheduled"), ("two", "backfill")):
        open_run(store.connection, DAG_ID, name, kind=kind, mode="auto", window=WINDOW, wires=[])
    store.connection.commit()
    page = tmp_path / "notes.txt"
    runs = [
        {"dag_id": DAG_ID, "dag_run_id": name, "run_type": kind, "state": state}
        for name, kind, state in (
            ("one", "scheduled", "running"), ("one", "scheduled", "success"), ("two", "backfill", "queued"),
        )
    ]  # fmt: skip
    variables = {
        "COPYDESK_LATE_MINUTES": "17",
        "COPYDESK_NOTIFIER": NOTIFIER,
        "COPYDESK_NOTIFIER_ARGUMENTS": json.dumps(
            {"text": "{{ run_id }}: {{ warnings | join(' ') }}", "path": str(page)}
        ),
    }

    def run_deadline_callback(some: list[dict[str, str]]) -> str:
        done = run_with_airflow(LATE, json.dumps(some), **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    # The file contains the last notification.
    assert run_deadline_callback(runs).count("RESULT running success") == 3
    assert page.read_text() == "one: the run: still running 17 min after it was queued"
    rows = store.connection.execute("SELECT run_id, kind FROM copydesk.v_warnings").fetchall()
    assert rows == [("one", "late")]
    store.connection.rollback()
    assert [one["kind"] for one in report_run(load_settings(), run_key_for("one")).warnings] == ["no_wires"]

    # A run that was not planned has no row to save the warning with, but is reported.
    assert "RESULT running success" in run_deadline_callback([{**runs[0], "dag_run_id": "three", "state": "queued"}])
    assert page.read_text() == "three: the run: still queued 17 min after it was queued"
