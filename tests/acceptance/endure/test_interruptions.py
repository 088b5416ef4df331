"""What operators do during a run: mark a task as failed, start the same run again, stop everything."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.acceptance.conftest import Installation
from tests.acceptance.endure.installation_driver import (
    HOUR,
    RUNS,
    InstallationDriver,
    get_current_hour,
    is_alive,
    measure_seconds_until,
)
from tests.acceptance.rest_patch import patch
from tests.table_digest import digest_tables

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hour() -> datetime:
    """Return the end of hours that no other test touches."""
    return get_current_hour() - 31 * HOUR


def test_marking_crawl_failed_stops_its_spider(driver: InstallationDriver, hour: datetime) -> None:
    driver.await_quiet(ahead=120)
    driver.inject_fault("rheinblatt", "hang", times=1)
    run_id = driver.trigger(hour - 3 * HOUR, hours=3, wires=("rheinblatt",))
    spider = driver.await_hanging("rheinblatt")
    mark = f"{RUNS}/{run_id}/taskInstances/wire.crawl/0"
    patch(driver.rest, mark, {"new_state": "failed"})
    assert measure_seconds_until(10, lambda: not driver.list_spiders()) <= 5
    assert not is_alive(spider)
    driver.await_run(run_id, 120)
    crawl = driver.read_tasks(run_id, "wire.crawl")["rheinblatt"]
    assert (crawl["state"], crawl["try_number"]) == ("failed", 1)
    driver.rest.post(f"{RUNS}/{run_id}/clear", {"dry_run": False, "only_failed": False})
    assert driver.await_run(run_id, 120) == "success"
    missing, published = driver.find_missing(hour - 3 * HOUR, 3, ["rheinblatt"])
    assert (missing, published > 0) == ([], True)
    driver.check_health()


def test_invalid_source_file_fails_only_its_wire(
    driver: InstallationDriver, installation: Installation, hour: datetime
) -> None:
    file = installation.home / "sample" / "sources" / "halfway.toml"
    file.write_text("name = ")
    try:
        run_id = driver.trigger(hour - 15 * HOUR, hours=6, wires=("rheinblatt", "halfway"))
        assert driver.await_run(run_id, 120) == "success"
        states = {wire: one["state"] for wire, one in driver.read_tasks(run_id, "wire.crawl").items()}
        assert states == {"rheinblatt": "success", "halfway": "failed"}
    finally:
        file.unlink()
    missing, published = driver.find_missing(hour - 15 * HOUR, 6, ["rheinblatt"])
    assert (missing, published > 0) == ([], True)
    assert driver.find_unbalanced([run_id]) == []
    driver.check_health()


def test_concurrent_runs_of_one_window_split_the_articles(driver: InstallationDriver, hour: datetime) -> None:
    wires = ("northgate", "meridian", "hfd")
    start = hour - 6 * HOUR
    driver.await_quiet(ahead=180)
    runs = [driver.trigger(start, hours=3, wires=wires) for _ in range(2)]
    assert [driver.await_run(run_id, 240) for run_id in runs] == ["success", "success"]
    missing, published = driver.find_missing(start, 3, wires)
    assert missing == []
    assert driver.find_unbalanced(runs) == []
    # Each article was new to only one of the two runs.
    counts = driver.fetch_rows(
        "SELECT wire, run_id, count FROM copydesk.ledger JOIN copydesk.run USING (run_key)"
        " WHERE run_id = ANY(%s) AND stage = 'clean' AND outcome = 'article'",
        runs,
    )
    ((pages,),) = driver.fetch_rows(
        "SELECT count(DISTINCT r.page_id) FROM copydesk.run_page p JOIN copydesk.page_result r USING (page_id)"
        " JOIN copydesk.run ON run.run_key = p.run_key WHERE run.run_id = ANY(%s) AND r.outcome = 'article'",
        runs,
    )
    assert sum(count for _, _, count in counts) == pages >= published > 5
    before = digest_tables(driver.url)
    assert driver.await_run(driver.trigger(start, hours=3, wires=wires), 240) == "success"
    assert digest_tables(driver.url) == before
    driver.check_health()


def test_run_interrupted_by_down_finishes_after_up(
    driver: InstallationDriver, installation: Installation, hour: datetime
) -> None:
    driver.await_quiet(ahead=120)
    driver.inject_fault("rheinblatt", "hang", times=1)
    run_id = driver.trigger(hour - 9 * HOUR, hours=3, wires=("rheinblatt", "northgate"))
    driver.await_hanging("rheinblatt")
    assert installation.run("down", seconds=120).returncode == 0
    assert [process.cmdline() for process in installation.processes()] == []
    assert installation.run("up", "--sample").returncode == 0
    assert driver.await_run(run_id, 300) == "success"
    assert driver.find_unbalanced([run_id]) == []
    missing, published = driver.find_missing(hour - 9 * HOUR, 3, ["rheinblatt", "northgate"])
    assert (missing, published > 0) == ([], True)
    driver.check_health()
