"""Why a run or a wire failed is stored: in the list of runs, in the warnings and in the run's own error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import WirePlan
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import record_crawl_result, record_wire_failure
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.runs import open_run, read_run
from copydesk.pipeline.store.states import LedgerStage, RunState
from copydesk.pipeline.views.run_list import list_runs
from copydesk.pipeline.views.run_lookup import RunName, list_all_warnings, list_map_indexes
from tests.airflow_process import run_with_airflow
from tests.run_keys import DAG_ID, run_key_for

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW)


@pytest.fixture
def settings(database: str) -> Settings:
    """Return the settings for the test's own database."""
    return load_settings()


PLAN = """
import json, sys
from datetime import datetime, UTC, timedelta
from types import SimpleNamespace
from copydesk.dags.tasks.newswire_tasks import plan_window, report
from copydesk.pipeline.core.errors import CopydeskError

end = datetime(2026, 3, 4, 12, tzinfo=UTC)
for run_id, conf in json.loads(sys.argv[1]):
    run = SimpleNamespace(
        dag_id="newswire", run_id=run_id, run_type="manual", conf=conf, data_interval_start=end - timedelta(hours=1),
        data_interval_end=end, logical_date=None, run_after=end, partition_key=None,
    )
    ti = SimpleNamespace(xcom_pull=lambda task_ids, key="": None, xcom_push=lambda key, value: None)
    context = {"dag_run": run, "params": {"mode": "auto", "wires": [], **conf}, "run_id": run_id, "dag": run, "ti": ti}
    for task in (plan_window, report):
        try:
            planned = task(context)
            print("RESULT batches", json.dumps(planned))
            ti.xcom_pull = lambda task_ids, key="": None if key else planned
        except CopydeskError as error:
            print("RESULT", type(error).__name__, error)
"""


def run_tasks(
    tmp_path: Path, database: str, *runs: tuple[str, dict[str, object]], environment: Mapping[str, str] | None = None
) -> list[str]:
    """Call `plan` and `report` of each run; return their errors."""
    done = run_with_airflow(
        PLAN, json.dumps(runs), preload=["copydesk.dags.tasks.newswire_tasks"], COPYDESK_DATABASE_URL=database,
        **(environment or {}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]


def test_run_that_cannot_be_planned_is_listed_with_the_reason(
    settings: Settings, database: str, tmp_path: Path
) -> None:
    errors = run_tasks(
        tmp_path,
        database,
        ("typo", {"wires": ["nosuch"]}),
        ("reversed", {"since": "2026-03-04", "until": "2026-03-03"}),
    )
    assert [error.partition(" ")[0] for error in errors] == ["NotFound", "Permanent", "BadWindow", "Permanent"]
    assert "The run could not be planned: No wire is named nosuch. " in errors[1]
    with transaction(settings) as connection:
        runs = {run.run_id: run for run in list_runs(connection)}
    typo, backwards = runs["typo"], runs["reversed"]
    assert (typo.state, typo.window_end, typo.kind) == ("failed", NOW, "manual")
    assert typo.error.startswith("No wire is named nosuch. ")
    assert (backwards.state, backwards.window_start) == ("failed", None)
    assert errors[2].removeprefix("BadWindow ") == backwards.error


def test_run_with_more_wires_than_airflow_maps_divides_them_among_its_tasks(
    settings: Settings, database: str, tmp_path: Path
) -> None:
    for name in ("east", "north", "west"):
        (tmp_path / f"{name}.toml").write_text(
            f'name = "{name}"\ntitle = "{name}"\nhome = "http://{name}.example/"\n'
            f'discovery.feeds = ["http://{name}.example/feed"]\n'
        )
    environment = {"COPYDESK_SOURCES": str(tmp_path), "AIRFLOW__CORE__MAX_MAP_LENGTH": "2"}
    now = datetime.now(UTC)
    window: dict[str, object] = {"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat()}
    planned, report_error = run_tasks(tmp_path, database, ("many", window), environment=environment)
    batches = json.loads(planned.removeprefix("batches "))
    assert [[plan["wire"] for plan in batch] for batch in batches] == [["east", "west"], ["north"]]
    assert len({plan["source_digest"] for batch in batches for plan in batch} - {""}) == 3
    assert report_error.startswith("Permanent Every wire of the run failed")  # none was crawled
    with transaction(settings) as connection:
        assert list_map_indexes(connection, RunName(DAG_ID, "many")) == {"east": 0, "north": 1, "west": 0}
        warnings = {warning.wire: warning.map_index for warning in list_all_warnings(connection)}
    assert warnings.items() >= {"east": 0, "north": 1, "west": 0}.items()


def test_run_that_is_planned_at_a_later_attempt_is_not_reopened(
    settings: Settings, database: str, tmp_path: Path
) -> None:
    run_tasks(tmp_path, database, ("typo", {"wires": ["nosuch"]}))
    with transaction(settings) as connection:
        open_run(connection, DAG_ID, "typo", kind="manual", mode="auto", window=WINDOW, wires=["north"])
        run = read_run(connection, run_key_for("typo"))
    assert (run.state, run.ended_at, run.reopened_at, run.planning_error) == (RunState.RUNNING, None, None, "")
    assert run.wires == ["north"]


def test_failed_wire_is_reported_with_the_reason(settings: Settings) -> None:
    plans = [WirePlan(wire, "live", "", "") for wire in ("dead", "killed", "north", "unreadable")]
    with transaction(settings) as connection:
        run_key = open_run(
            connection, DAG_ID, "one", kind="scheduled", mode="auto", window=WINDOW, wires=[p.wire for p in plans]
        )
        save_counts(connection, run_key, "north", LedgerStage.CLEAN, {"pages": 0})
    for wire, succeeded in (("dead", False), ("killed", False), ("north", True), ("unreadable", True)):
        record_crawl_result(settings, run_key, wire, succeeded=succeeded)
    for error in ("dead: an earlier reason.", "dead: none of its feeds could be read (connection refused)."):
        record_wire_failure(settings, run_key, "dead", LedgerStage.CRAWL, Permanent(error))
    record_wire_failure(settings, run_key, "unreadable", LedgerStage.CLEAN, Permanent("The disk is full."))
    run_report = report_run(settings, run_key, plans=plans)
    assert {one["wire"]: one["message"] for one in run_report.warnings} == {
        "dead": "its crawl failed: none of its feeds could be read (connection refused); see the log of wire.crawl",
        "killed": "its crawl failed; see the log of wire.crawl",
        "unreadable": "its pages were not cleaned: The disk is full; see the log of wire.clean",
    }
    with transaction(settings) as connection:
        (run,) = list_runs(connection)
        tasks = connection.execute("SELECT wire, task FROM copydesk.v_warnings ORDER BY wire").fetchall()
    assert (run.state, run.failed_wires, run.failed, run.error) == ("done", 3, 0, "")
    assert tasks == [("dead", "crawl"), ("killed", "crawl"), ("unreadable", "clean")]


def test_run_in_which_every_wire_failed_is_stored_as_failed(settings: Settings) -> None:
    with transaction(settings) as connection:
        run_key = open_run(connection, DAG_ID, "one", kind="scheduled", mode="auto", window=WINDOW, wires=["dead"])
        save_counts(connection, run_key, "dead", LedgerStage.CLEAN, {"pages": 0})
    record_crawl_result(settings, run_key, "dead", succeeded=False)
    record_wire_failure(settings, run_key, "dead", LedgerStage.CRAWL, Permanent("dead: connection refused."))
    plans = [WirePlan("dead", "live", "", "")]
    run_report = report_run(settings, run_key, plans=plans)
    assert run_report.is_balanced
    assert not run_report.was_reported
    with pytest.raises(Permanent, match=r"Every wire of the run failed \(dead: its crawl failed: connection refused"):
        run_report.raise_for_error()
    assert report_run(settings, run_key, plans=plans).was_reported
    with transaction(settings) as connection:
        assert [(run.state, run.failed_wires) for run in list_runs(connection)] == [("failed", 1)]
    record_crawl_result(settings, run_key, "dead", succeeded=True)
    assert report_run(settings, run_key, plans=plans).error is None
    with transaction(settings) as connection:
        assert [(run.state, run.error) for run in list_runs(connection)] == [("done", "")]
