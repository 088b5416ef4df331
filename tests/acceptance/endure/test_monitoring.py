"""Everything that a running installation notifies: mail, StatsD, OpenLineage, a user's DAG, an approval that expires.

One Airflow with its own settings serves all tests.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copydesk.dags.telemetry.lineage import TASK_TABLES
from copydesk.dags.telemetry.metrics import RUN_GAUGES
from tests.acceptance.conftest import open_installation, wait_until
from tests.acceptance.endure.installation_driver import (
    ENDED,
    HOUR,
    PER_DAY,
    RUNS,
    InstallationDriver,
    get_current_hour,
    open_rest_client,
    start_with_faults,
)
from tests.mockserver.receivers import MailServer, StatsdServer, running_mail_server, running_statsd_server

pytestmark = [pytest.mark.endure, pytest.mark.own_airflow, pytest.mark.timeout(900)]

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "after_stories.py"
FAILING_WIRE = "meridian"
"""The wire with a closed port. Its crawl is retried for longer than the deadline of a late run here."""
WIRE = "northgate"
PAST = 100
"""Hours ago of the window that `reprocess` is tested on, too long ago for scheduled runs to touch it."""


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as found:
        yield found


@pytest.fixture(scope="module")
def statsd() -> Iterator[StatsdServer]:
    with running_statsd_server() as found:
        yield found


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file for OpenLineage's events, one per line."""
    return tmp_path_factory.mktemp("lineage") / "events.jsonl"


@pytest.fixture(scope="module")
def driver(mail_server: MailServer, statsd: StatsdServer, lineage: Path) -> Iterator[InstallationDriver]:
    """Yield a driver of an installation with all settings of docs/monitoring.md, and with a DAG in its data folder."""
    notice = {
        "from_email": "desk@localhost", "to": "editor@localhost", "subject": "{{ run_id }}",
        "html_content": "{{ warnings | join('\n') }}",
    }  # fmt: skip
    post = {"conn_type": "smtp", "host": "127.0.0.1", "port": mail_server.port}
    asked = {
        "COPYDESK_SAMPLE_PER_DAY": str(PER_DAY),
        "COPYDESK_LATE_MINUTES": "1",
        "COPYDESK_APPROVAL_HOURS": "0.001",
        "COPYDESK_NOTIFIER": "airflow.providers.smtp.notifications.smtp.SmtpNotifier",
        "COPYDESK_NOTIFIER_ARGUMENTS": json.dumps(notice),
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(post | {"extra": {"disable_tls": True, "disable_ssl": True}}),
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(statsd.port),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(lineage), "append": True}),
    }
    with open_installation(**asked) as installation:
        (installation.home / "dags").mkdir()
        shutil.copy(EXAMPLE, installation.home / "dags")
        start_with_faults(installation, {FAILING_WIRE: {"kind": "refused"}})
        with open_rest_client(installation) as rest:
            yield InstallationDriver(installation, rest)
        assert installation.run("down").returncode == 0
        assert [process.cmdline() for process in installation.processes()] == []


@pytest.fixture(scope="module")
def run_id(driver: InstallationDriver) -> str:
    """Return the first scheduled run after its end; one of its wires is down."""
    wait_until(lambda: bool(driver.rest.get(RUNS, run_type="scheduled", limit=1)["dag_runs"]), 60)
    (run,) = driver.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    assert driver.await_run(run["dag_run_id"], 480) == "success"
    return str(run["dag_run_id"])


def test_expired_approval_changes_nothing(driver: InstallationDriver) -> None:
    """Meanwhile, the first scheduled run retries the wire that is down."""
    end = get_current_hour() - PAST * HOUR
    start = end - 6 * HOUR
    assert driver.await_run(driver.trigger(start, hours=6, wires=(WIRE,)), 300) == "success"
    before = read_past_articles(driver)
    file = driver.installation.home / "sample" / "sources" / f"{WIRE}.toml"
    kept = file.read_text()
    longest: str = max((row[-1] for row in before), key=len)
    pattern = json.dumps(re.escape(longest.rpartition("\n\n")[2]))  # it would cut a paragraph
    file.write_text(kept.replace("\nboilerplate = [", f"\nboilerplate = [{pattern}, "))
    try:
        conf = {"stage": "clean", "since": start.isoformat(), "until": end.isoformat(), "wires": [WIRE]}
        asked = driver.rest.post("dags/reprocess/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
        path = f"dags/reprocess/dagRuns/{asked}"
        wait_until(lambda: driver.rest.get(path)["state"] in ENDED, 300)
    finally:
        file.write_text(kept)
    tasks = {one["task_id"]: one["state"] for one in driver.rest.get(f"{path}/taskInstances")["task_instances"]}
    assert tasks == {"plan": "success", "preview": "success", "approve": "success", "apply": "skipped"}
    preview = driver.rest.get(f"{path}/taskInstances/preview/xcomEntries/return_value", deserialize=True)["value"]
    assert preview["changed"] > 0
    answer = driver.rest.get(f"{path}/taskInstances/approve/-1/hitlDetails")
    assert (answer["chosen_options"], answer["responded_by_user"]) == (["Reject"], None)
    assert read_past_articles(driver) == before
    assert driver.rest.get("assets/events", source_dag_id="reprocess", limit=10)["asset_events"] == []


def read_past_articles(driver: InstallationDriver) -> list[tuple[Any, ...]]:
    """Return past articles with their versions, stories and texts."""
    return driver.fetch_rows(
        "SELECT a.url, a.versions, a.cleaner, a.story_id, s.title, s.copies, s.wires, a.body FROM copydesk.v_articles a"
        " LEFT JOIN copydesk.v_stories s USING (story_id) WHERE a.published_at < %s ORDER BY a.url",
        get_current_hour() - (PAST - 1) * HOUR,
    )


def test_mail_reports_late_run_and_failed_wire(
    driver: InstallationDriver, mail_server: MailServer, run_id: str
) -> None:
    kept = driver.fetch_rows(
        "SELECT kind, wire, message FROM copydesk.v_warnings WHERE run_id = %s ORDER BY at", run_id
    )
    assert [row[:2] for row in kept] == [("late", ""), ("failed", FAILING_WIRE)]
    assert kept[0][2] == "still running 1 min after it was queued"
    assert kept[1][2].startswith("its crawl failed: ")  # the reason follows
    assert kept[1][2].endswith("; see the log of wire.crawl")
    assert mail_server.read(run_id) == [f"{wire or 'the run'}: {message}" for _, wire, message in kept]


def test_mail_reports_run_that_failed_in_plan_once(
    driver: InstallationDriver, mail_server: MailServer, run_id: str
) -> None:
    """Airflow's DAG processor calls the failure callbacks."""
    failed = driver.trigger(get_current_hour() + 5 * HOUR)
    assert driver.await_run(failed, 120) == "failed"
    asked = driver.rest.post("dags/reprocess/dagRuns", {"logical_date": None, "conf": {}})["dag_run_id"]
    wait_until(lambda: bool(mail_server.read(failed) and mail_server.read(asked)), 120)
    (future,), (rangeless,) = mail_server.read(failed), mail_server.read(asked)
    assert future.startswith("the run: newswire could not be planned: The window begins in the future, at ")
    assert rangeless.startswith("the run: reprocess could not be planned: No range was set.")


def test_statsd_receives_metrics_of_wires_and_run(
    driver: InstallationDriver, statsd: StatsdServer, run_id: str
) -> None:
    counts = driver.fetch_rows(
        "SELECT stage, outcome, wire, count FROM copydesk.ledger JOIN copydesk.run USING (run_key)"
        " WHERE run_id = %s AND stage IN ('crawl', 'clean')"
        " AND outcome IN ('stored', 'article') AND count > 0", run_id,
    )  # fmt: skip
    ((summary,),) = driver.fetch_rows("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
    assert counts
    expected = {f"airflow.copydesk.{stage}.{outcome}.{wire}:{count}|c" for stage, outcome, wire, count in counts}
    expected |= {f"airflow.copydesk.run.{figure}:{summary[figure]}|g" for figure in RUN_GAUGES}
    expected |= {"airflow.copydesk.run.failed_wires:1|g", "airflow.deadline_alerts.deadline_missed:1|c"}
    assert expected <= set(statsd.lines)
    scheduled = driver.rest.get(RUNS, run_type="scheduled", limit=100)["dag_runs"]
    assert len(scheduled) > 1 or not statsd.has("airflow.copydesk.run.lag")  # the first run started during its hour
    for name in ("copydesk.database_bytes", "scheduler.scheduler_loop_duration"):
        assert statsd.has(f"airflow.{name}"), name


def test_openlineage_receives_tables_of_each_task(lineage: Path, run_id: str) -> None:
    received = {}
    for event in map(json.loads, lineage.read_text().splitlines()):
        about = event["run"]["facets"].get("airflow")  # events of a whole run have none
        if about and about["dagRun"]["run_id"] == run_id and event["eventType"] == "COMPLETE":
            task = about["task"]["task_id"].removeprefix("wire.")
            received[task] = [
                {(one["namespace"], one["name"]) for one in event[side]} for side in ("inputs", "outputs")
            ]
    assert {task: received[task] for task in TASK_TABLES} == {
        task: [{("postgres://localhost:5432", f"copydesk.copydesk.{table}") for table in side} for side in sides]
        for task, sides in TASK_TABLES.items()
    }


def test_user_dag_runs_after_story_events(driver: InstallationDriver, run_id: str) -> None:
    assert driver.rest.get("dags/after_stories")["bundle_name"] == "own"
    runs = "dags/after_stories/dagRuns"

    def find_events() -> dict[str, list[dict[str, Any]]]:
        """Return the asset events that triggered each ended run."""
        done = [run["dag_run_id"] for run in driver.rest.get(runs, limit=100)["dag_runs"] if run["state"] in ENDED]
        return {run: driver.rest.get(f"{runs}/{run}/upstreamAssetEvents")["asset_events"] for run in done}

    def find_answer() -> str | None:
        found = find_events().items()
        return next((run for run, events in found if run_id in {event["source_run_id"] for event in events}), None)

    wait_until(lambda: find_answer() is not None, 120)
    answer = find_answer()
    assert answer is not None
    events = find_events()[answer]
    counted = driver.rest.get(f"{runs}/{answer}/taskInstances/count/xcomEntries/return_value", deserialize=True)
    assert counted["value"] == {
        "runs": len(events), "new_articles": sum(event["extra"]["new_articles"] for event in events)
    }  # fmt: skip
    ((summary,),) = driver.fetch_rows("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
    assert summary["new_articles"] in {event["extra"]["new_articles"] for event in events}
    assert summary["new_articles"] > 0
