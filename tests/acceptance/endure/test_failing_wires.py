"""Wires that fail during scheduled runs: the first run of a new Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from tests.acceptance.conftest import open_installation, wait_until
from tests.acceptance.endure.installation_driver import (
    HOUR,
    PER_DAY,
    RUNS,
    InstallationDriver,
    get_current_hour,
    open_rest_client,
    start_with_faults,
)

pytestmark = [pytest.mark.endure, pytest.mark.own_airflow, pytest.mark.timeout(900)]

FAILING: dict[str, dict[str, object]] = {
    "northgate": {"kind": "refused"},
    "meridian": {"kind": "drip"},
    "hfd": {"kind": "429", "retry_after": 2},
}
HEALTHY = sorted(set(load_wires()) - set(FAILING))
BACKFILLED = [wire for wire in HEALTHY if load_wires()[wire].archive][:3]
SECONDS = 300
"""On time: a sixth of the time after which a scheduled run counts as late."""


@pytest.fixture(scope="module")
def driver() -> Iterator[InstallationDriver]:
    """Start Airflow for the first time; three wires fail before the scheduler starts."""
    with open_installation(COPYDESK_SAMPLE_PER_DAY=str(PER_DAY)) as installation:
        start_with_faults(installation, FAILING)
        with open_rest_client(installation) as rest:
            yield InstallationDriver(installation, rest)
        assert installation.run("down").returncode == 0
        assert [process.cmdline() for process in installation.processes()] == []


def test_failing_wires_delay_no_other_and_are_caught_up(driver: InstallationDriver) -> None:
    wait_until(lambda: bool(driver.rest.get(RUNS, run_type="scheduled", limit=1)["dag_runs"]), 60)
    run = driver.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"][0]
    # While it is running, past hours of some of the same wires are backfilled.
    past = get_current_hour() - 96 * HOUR
    number = driver.backfill(past, 2, BACKFILLED)
    assert driver.await_run(run["dag_run_id"], 600) == "success"
    driver.await_backfill(number, 300)
    check_concurrent_runs(driver, run["dag_run_id"], driver.list_runs(past, 2))

    crawls = driver.read_tasks(run["dag_run_id"], "wire.crawl")
    assert {wire for wire, one in crawls.items() if one["state"] == "failed"} == set(FAILING)
    assert {wire for wire, one in crawls.items() if one["state"] == "success"} == set(HEALTHY)

    start = driver.read_window(run["dag_run_id"])
    missing, published = driver.find_missing(start, 1, HEALTHY)
    assert published > 10
    assert len(missing) <= 0.1 * published, missing
    assert driver.read_seconds(run["dag_run_id"]) <= SECONDS
    assert driver.find_unbalanced([run["dag_run_id"]]) == []
    warned = driver.fetch_rows(
        "SELECT wire FROM copydesk.v_warnings WHERE run_id = %s AND kind = 'failed'", run["dag_run_id"]
    )
    assert {wire for (wire,) in warned} == set(FAILING)
    lost, asked = driver.find_missing(start, 1, FAILING)
    assert len(lost) == asked > 0

    driver.clear_faults()
    following = driver.trigger(start + HOUR)
    assert driver.await_run(following, 240) == "success"
    crawls = driver.read_tasks(following, "wire.crawl")
    assert {one["state"] for one in crawls.values()} == {"success"}
    assert driver.find_missing(start, 1, load_wires())[0] == []
    driver.await_quiet()
    driver.check_health()


def check_concurrent_runs(driver: InstallationDriver, scheduled: str, backfilled: list[dict[str, Any]]) -> None:
    """Check that the runs overlapped and succeeded, and that no two of them crawled a host at the same time."""
    assert [run["state"] for run in backfilled] == ["success"] * 2
    own = driver.rest.get(f"{RUNS}/{scheduled}")
    assert any(own["start_date"] < run["start_date"] < own["end_date"] for run in backfilled)
    spans = driver.fetch_rows(
        "SELECT wire, run_id, min(fetched_at), max(fetched_at) FROM copydesk.fetch"
        " JOIN copydesk.run USING (run_key) WHERE run_id = ANY(%s) AND wire = ANY(%s)"
        " GROUP BY wire, run_id ORDER BY wire, min(fetched_at)",
        [scheduled, *(run["dag_run_id"] for run in backfilled)], BACKFILLED,
    )  # fmt: skip
    assert len(spans) > len(BACKFILLED)
    for (wire, _, _, ended), (following, _, began, _) in pairwise(spans):
        assert wire != following or ended <= began
