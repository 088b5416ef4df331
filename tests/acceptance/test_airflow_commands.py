"""`copydesk backfill`, `open` and `logs` with a running Airflow."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation, wait_until

pytestmark = pytest.mark.timeout(900)


@pytest.mark.slow
def test_backfill_creates_runs_of_the_hours_in_its_range(
    airflow: AirflowClient, first_runs: dict[str, str], installation: Installation
) -> None:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    span = ("--from", (end - timedelta(hours=2)).isoformat(), "--to", end.isoformat())
    planned = json.loads(installation.run("backfill", "northgate", *span, "--dry-run", "--json").stdout)
    assert planned["runs"] == [(end - timedelta(hours=hours)).isoformat() for hours in (2, 1)]
    assert planned["id"] is None
    done = installation.run("backfill", "northgate", *span)
    assert done.returncode == 0
    backfill_id = int(done.stdout.split()[1])
    again = installation.run("backfill", "northgate", "--from", "1d")
    assert again.returncode == 65
    assert f"Backfill {backfill_id} of newswire is in progress" in again.stderr
    rows = map(json.loads, installation.run("backfills", "--json").stdout.splitlines())
    listed = next(row for row in rows if row["id"] == backfill_id)
    assert listed["conf"] == {"wires": ["northgate"]}
    wait_until(lambda: airflow.get(f"backfills/{backfill_id}")["completed_at"] is not None, 600)
    query = {"logical_date_gte": planned["runs"][0], "logical_date_lte": planned["runs"][-1]}
    runs = airflow.get("dags/newswire/dagRuns", **query)["dag_runs"]
    assert [run["state"] for run in runs] == ["success", "success"]
    empty = installation.run("backfill", "northgate", *span)
    assert empty.returncode == 66
    assert "--reprocess completed" in empty.stderr


def test_pages_of_a_story_and_of_a_run_are_opened(
    airflow: AirflowClient, first_runs: dict[str, str], installation: Installation
) -> None:
    story = json.loads(installation.run("stories", "--json", "--limit", "1").stdout)["story_id"]
    url = installation.run("open", "story", story[:8], "--no-browser").stdout.strip()
    assert url.endswith(f"/copydesk/story?id={story}")
    assert httpx.get(url, follow_redirects=False).status_code < 500
    run_id = next(iter(first_runs))
    url = installation.run("open", "run", run_id, "--no-browser").stdout.strip()
    assert httpx.get(url, follow_redirects=True).status_code == 200
    assert "Did you mean" in installation.run("open", "run", f"x{run_id}", "--no-browser").stderr


def test_log_of_a_task_is_printed(
    airflow: AirflowClient, first_runs: dict[str, str], installation: Installation
) -> None:
    run_id = next(iter(first_runs))
    listed = installation.run("logs", run_id).stdout
    assert "wire.crawl" in listed
    assert "northgate" in listed
    assert "finished: " in installation.run("logs", run_id, "wire.crawl", "--wire", "northgate").stdout
    assert "Choose one with --wire" in installation.run("logs", run_id, "wire.crawl").stderr
