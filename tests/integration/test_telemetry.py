"""What a run reports to other systems: metrics over UDP in StatsD's format, and tables to lineage collectors."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from copydesk.dags.telemetry.lineage import TASK_TABLES
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.runs import open_run
from copydesk.pipeline.store.states import LedgerStage
from tests.airflow_process import run_with_airflow
from tests.mockserver.receivers import running_otlp_collector
from tests.run_keys import DAG_ID, run_key_for

# Run in a process that is set up like Airflow's task runner.
REPORT = """
import sys
from types import SimpleNamespace
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
from copydesk.dags.tasks import maintain_tasks, newswire_tasks
ti = SimpleNamespace(xcom_pull=lambda task_ids, key="return_value": [])
context = {"dag": SimpleNamespace(dag_id="newswire"), "run_id": "one", "ti": ti}
for _ in range(2):
    newswire_tasks.report(context)
maintain_tasks.measure_tables()
"""

LINEAGE = """
import json, sys
from airflow.sdk import lineage, plugins_manager
from copydesk.dags.telemetry.lineage import TASK_TABLES, report_lineage
from copydesk.pipeline.core.settings import load_settings
assert isinstance(lineage.get_hook_lineage_collector(), lineage.NoOpCollector)
report_lineage(load_settings(), "fold")  # nobody listens
plugins_manager.get_hook_lineage_readers_plugins = lambda: [object]
collector = lineage.HookLineageCollector()
lineage.get_hook_lineage_collector = lambda: collector
for task in TASK_TABLES:
    report_lineage(load_settings(), task)
found = collector.collected_assets
print("RESULT" + json.dumps([sorted({one.asset.uri for one in side}) for side in (found.inputs, found.outputs)]))
"""


def run_script(code: str, **variables: str) -> str:
    done = run_with_airflow(code, preload=["copydesk.dags.tasks.newswire_tasks"], **variables)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def planned_runs(database: str) -> None:
    """Save a scheduled run with two wires, one of which had failures."""
    with psycopg.connect(database) as connection:
        hours = [datetime(2026, 3, 4, hour, tzinfo=UTC) for hour in (10, 11, 12)]
        for name, wires, window in (("one", ["north", "east"], Window(*hours[1:])), ("zero", [], Window(*hours[:2]))):
            open_run(connection, DAG_ID, name, kind="scheduled", mode="auto", window=window, wires=wires)
        for wire, failed in (("north", 2), ("east.side", 0)):
            counts = {"scheduled": 10 + failed, "stored": 7, "unchanged": 3, "failed": failed}
            save_counts(connection, run_key_for("one"), wire, LedgerStage.CRAWL, counts)
            save_counts(
                connection,
                run_key_for("one"),
                wire,
                LedgerStage.CLEAN,
                {"pages": 10, "article": 6, "unchanged": 3, "refused": 1},
            )


def collect_statsd_lines() -> list[str]:
    """Return Copydesk's metrics that a report sends to StatsD."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        run_script(
            REPORT, AIRFLOW__METRICS__STATSD_ON="True", AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(listener.getsockname()[1]), AIRFLOW__METRICS__STATSD_PREFIX="airflow",
        )  # fmt: skip
        listener.setblocking(False)
        lines = []
        while True:
            try:
                lines.append(listener.recv(2048).decode())
            except BlockingIOError:
                break
    return [line for line in lines if line.startswith("airflow.copydesk.")]


@pytest.mark.usefixtures("planned_runs")
def test_run_counts_are_sent_to_statsd_once(tmp_path: Path) -> None:
    lines = collect_statsd_lines()
    assert lines.count("airflow.copydesk.crawl.stored.north:7|c") == 1
    assert lines.count("airflow.copydesk.crawl.stored:7|c") == 2  # one per wire, and none by the second report
    assert "airflow.copydesk.crawl.failed.north:2|c" in lines
    assert "airflow.copydesk.clean.article.east.side:6|c" in lines
    assert not any(".scheduled" in line and line.endswith("|c") for line in lines)
    assert not any("crawl.failed.east" in line for line in lines)
    assert lines.count("airflow.copydesk.run.new_articles:12|g") == 2
    assert "airflow.copydesk.run.failed_wires:0|g" in lines
    assert any(line.startswith("airflow.copydesk.run.lag:") and line.endswith("|ms") for line in lines)
    assert any(line.startswith("airflow.copydesk.table_bytes.page:") for line in lines)
    assert any(line.startswith("airflow.copydesk.database_bytes:") for line in lines)


@pytest.mark.usefixtures("planned_runs")
def test_first_scheduled_run_reports_no_lag(database: str, tmp_path: Path) -> None:
    """The installation was started during an hour."""
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM copydesk.run WHERE run_id = 'zero'")
    lines = collect_statsd_lines()
    assert "airflow.copydesk.run.new_articles:12|g" in lines
    assert not any(line.startswith("airflow.copydesk.run.lag") for line in lines)


@pytest.mark.usefixtures("planned_runs")
def test_opentelemetry_metrics_are_tagged_by_wire(tmp_path: Path) -> None:
    with running_otlp_collector() as collector:
        address = f"http://127.0.0.1:{collector.port}"
        run_script(
            REPORT, AIRFLOW__METRICS__OTEL_ON="True", OTEL_EXPORTER_OTLP_ENDPOINT=address,
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        )  # fmt: skip
    values = collector.values
    assert values["airflow.copydesk.crawl.stored"] == {(("wire", "east.side"),): 7, (("wire", "north"),): 7}
    assert values["airflow.copydesk.crawl.failed"] == {(("wire", "north"),): 2}
    assert values["airflow.copydesk.run.new_articles"] == {(): 12}
    assert values["airflow.copydesk.table_bytes.page"].keys() == {(("table", "page"),)}
    assert "airflow.copydesk.run.lag" in values


def test_monitoring_page_lists_the_metrics() -> None:
    page = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
    for name in ("crawl.OUTCOME", "clean.OUTCOME", "run.new_articles", "run.lag", "table_bytes.TABLE"):
        assert f"`copydesk.{name}`" in page, name


@pytest.mark.usefixtures("database")
def test_lineage_is_reported_to_its_collector(tmp_path: Path) -> None:
    output = run_script(LINEAGE)
    read, written = json.loads(next(line for line in output.splitlines() if line.startswith("RESULT"))[6:])
    assert all(uri.startswith("postgres://localhost:5432/") and "/copydesk/" in uri for uri in [*read, *written])
    names = [{uri.rsplit("/", 1)[1] for uri in side} for side in (read, written)]
    assert names == [{table for one in TASK_TABLES.values() for table in one[side]} for side in (0, 1)]


def test_tables_in_lineage_exist(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'copydesk'").fetchall()
    assert {table for one in TASK_TABLES.values() for side in one for table in side} <= {row[0] for row in rows}
