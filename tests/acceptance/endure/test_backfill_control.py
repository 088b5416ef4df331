"""What operators do with a backfill: pause, resume and cancel it, rerun its failed runs, and rerun all of it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.pipeline.runs.planning import LATE_ARRIVAL_SLACK
from tests.acceptance.conftest import Installation, wait_until
from tests.acceptance.endure.installation_driver import ENDED, HOUR, RUNS, InstallationDriver, get_current_hour, kill
from tests.table_digest import digest_tables

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

WIRES = ("rheinblatt", "northgate", "hfd")


@pytest.fixture(scope="module")
def start() -> datetime:
    """Return the first of three hours that no other test touches."""
    return get_current_hour() - 70 * HOUR


def read_states(driver: InstallationDriver, start: datetime) -> list[str]:
    """Return the states of the three hours' runs, by hour."""
    runs = sorted(driver.list_runs(start, 3), key=lambda run: str(run["logical_date"]))
    return [run["state"] for run in runs]


def run_backfill_command(installation: Installation, verb: str, number: int) -> None:
    assert installation.run("backfills", verb, str(number)).returncode == 0


def test_backfill_can_be_paused_resumed_cancelled_and_repaired(
    driver: InstallationDriver, installation: Installation, start: datetime
) -> None:
    driver.await_quiet(ahead=240)
    driver.inject_fault("rheinblatt", "hang", times=1)
    number = driver.backfill(start, 3, WIRES, active=1)
    spider = driver.await_hanging("rheinblatt")
    run_backfill_command(installation, "pause", number)
    kill(spider)
    wait_until(lambda: read_states(driver, start) == ["success", "queued", "queued"], 120)
    # A run outside the backfill: meanwhile the scheduler could have started the next hour.
    assert driver.await_run(driver.trigger(start - HOUR, wires=("northgate",)), 120) == "success"
    assert read_states(driver, start) == ["success", "queued", "queued"]

    driver.inject_fault("rheinblatt", "hang", times=1)
    run_backfill_command(installation, "unpause", number)
    spider = driver.await_hanging("rheinblatt")
    run_backfill_command(installation, "cancel", number)
    assert read_states(driver, start) == ["success", "running", "failed"]
    kill(spider)
    wait_until(lambda: read_states(driver, start) == ["success", "success", "failed"], 120)
    listed = [json.loads(line) for line in installation.run("backfills", "list", "--json").stdout.splitlines()]
    (backfill,) = [one for one in listed if one["id"] == number]
    assert backfill["state"] == "ended"
    assert backfill["runs"] == {"success": 2, "failed": 1, "running": 0, "queued": 0}
    assert installation.run("backfills", "pause", str(number)).returncode == 66

    ended = {run["dag_run_id"]: run["end_date"] for run in driver.list_runs(start, 3) if run["state"] == "success"}
    driver.await_backfill(driver.backfill(start, 3, WIRES, reprocess="failed"), 240)
    runs = driver.list_runs(start, 3)
    assert [run["state"] for run in runs] == ["success"] * 3
    assert {run["dag_run_id"]: run["end_date"] for run in runs if run["dag_run_id"] in ended} == ended
    missing, published = driver.find_missing(start, 3, WIRES)
    assert (missing, published > 5) == ([], True)

    driver.await_quiet(ahead=120)
    before = digest_tables(driver.url)
    driver.await_backfill(driver.backfill(start, 3, WIRES, reprocess="completed"), 240)
    driver.await_quiet()
    assert digest_tables(driver.url) == before
    assert driver.find_unbalanced(run["dag_run_id"] for run in runs) == []
    driver.check_health()


def test_backfill_picks_strategy_per_wire_or_skips_with_reason(
    driver: InstallationDriver, installation: Installation
) -> None:
    wait_until(lambda: bool(driver.rest.get(RUNS, run_type="scheduled", limit=1)["dag_runs"]), 60)
    (first,) = driver.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    assert driver.await_run(first["dag_run_id"], 240) in ENDED
    # Before the lookback of scheduled runs, and after what other tests backfill: wires without an archive have no page.
    hours = [driver.read_window(first["dag_run_id"]) - LATE_ARRIVAL_SLACK - number * HOUR for number in (1, 2, 3)]
    bare = sorted(name for name, wire in load_wires().items() if not wire.archive)
    hour, stored = max(
        ((hour, wire) for hour in hours for wire in bare),
        key=lambda one: len(driver.list_published(one[0], 1, {one[1]})),
    )
    (neither, *_) = [wire for wire in bare if wire != stored]
    live = driver.trigger(hour, (get_current_hour() - hour) // HOUR, (stored,))
    assert driver.await_run(live, 240) == "success"
    driver.await_quiet()
    pages = driver.fetch_rows(
        "SELECT count(*) FROM copydesk.page WHERE wire = %s AND published_hint >= %s AND published_hint < %s",
        stored, hour, hour + HOUR,
    )[0][0]  # fmt: skip
    assert pages > 0

    window = ("--since", hour.isoformat(), "--until", (hour + HOUR).isoformat())
    sources = {"COPYDESK_SOURCES": str(installation.home / "sample" / "sources")}
    output = Installation(installation.home, installation.env | sources).run("wires", "check", *window, "--json").stdout
    checked = {row["name"]: row for row in map(json.loads, output.splitlines())}
    assert (checked[stored]["strategy"], checked[stored]["wanted"]) == ("stored", pages)
    assert (checked[neither]["strategy"], checked["northgate"]["strategy"]) == ("none", "archive")

    driver.await_backfill(driver.backfill(hour, 1, ("northgate", stored, neither)), 240)
    (run,) = driver.list_runs(hour, 1)
    assert run["state"] == "success"
    crawls = driver.read_tasks(run["dag_run_id"], "wire.crawl")
    assert {wire: one["state"] for wire, one in crawls.items()} == {"northgate": "success", stored: "skipped"}
    cleans = driver.read_tasks(run["dag_run_id"], "wire.clean")
    assert {wire: one["state"] for wire, one in cleans.items()} == {"northgate": "success", stored: "success"}
    reasons = {neither: "has no dated archive and no stored pages in the window"}
    query = "SELECT kind, state, wires, skipped, summary->'skipped_wires' FROM copydesk.run WHERE run_id = %s"
    ((kind, state, wires, *skipped),) = driver.fetch_rows(query, run["dag_run_id"])
    assert (kind, state, sorted(wires), skipped) == (
        "backfill",
        "done",
        sorted(("northgate", stored)),
        [reasons, reasons],
    )
    query = (
        "SELECT wire, count FROM copydesk.ledger JOIN copydesk.run USING (run_key)"
        " WHERE run_id = %s AND stage = 'clean' AND outcome = 'pages'"
    )
    assert dict(driver.fetch_rows(query, run["dag_run_id"]))[stored] == pages
    assert driver.find_unbalanced([run["dag_run_id"]]) == []
    assert driver.find_missing(hour, 1, ("northgate",))[0] == []
    driver.check_health()


def test_backfill_takes_over_a_scheduled_run(driver: InstallationDriver) -> None:
    driver.await_quiet()
    (run,) = driver.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    hour = datetime.fromisoformat(run["logical_date"])
    before = driver.fetch_rows("SELECT kind, message FROM copydesk.v_warnings WHERE run_id = %s", run["dag_run_id"])
    driver.await_backfill(driver.backfill(hour, 1, reprocess="completed"), 240)
    asked = "SELECT kind, state, reopened_at > started_at FROM copydesk.run WHERE run_id = %s"
    assert driver.fetch_rows(asked, run["dag_run_id"]) == [("backfill", "done", True)]
    after = driver.fetch_rows("SELECT kind, message FROM copydesk.v_warnings WHERE run_id = %s", run["dag_run_id"])
    assert [one for one in after if one[0] == "late"] == [one for one in before if one[0] == "late"]
    driver.check_health()
