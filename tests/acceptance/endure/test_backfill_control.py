"""What operators do with a backfill: pause it, let it go on, cancel it, run again what failed, and all of it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.pipeline.runs.planning import LATE_ARRIVAL_SLACK
from tests.acceptance.conftest import Desk, wait
from tests.acceptance.endure.installation_driver import ENDED, HOUR, RUNS, Operator, find_hour, kill
from tests.table_digest import digest_tables

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

WIRES = ("rheinblatt", "northgate", "hfd")


@pytest.fixture(scope="module")
def start() -> datetime:
    """The first of three hours that no other test touches."""
    return find_hour() - 70 * HOUR


def read_states(operator: Operator, start: datetime) -> list[str]:
    """The states of the three hours' runs, by hour."""
    runs = sorted(operator.list_runs(start, 3), key=lambda run: str(run["logical_date"]))
    return [run["state"] for run in runs]


def order(desk: Desk, verb: str, number: int) -> None:
    assert desk.run("backfills", verb, str(number)).returncode == 0


def test_a_backfill_is_paused_goes_on_is_cancelled_and_made_whole(
    operator: Operator, desk: Desk, start: datetime
) -> None:
    operator.await_quiet(ahead=240)
    operator.fault("rheinblatt", "hang", times=1)
    number = operator.backfill(start, 3, WIRES, active=1)
    spider = operator.await_hanging("rheinblatt")
    order(desk, "pause", number)
    kill(spider)
    wait(lambda: read_states(operator, start) == ["success", "queued", "queued"], 120)
    # What is not the backfill's runs meanwhile: the scheduler had its chance to begin with the next hour.
    assert operator.await_run(operator.trigger(start - HOUR, wires=("northgate",)), 120) == "success"
    assert read_states(operator, start) == ["success", "queued", "queued"]

    operator.fault("rheinblatt", "hang", times=1)
    order(desk, "unpause", number)
    spider = operator.await_hanging("rheinblatt")
    order(desk, "cancel", number)
    assert read_states(operator, start) == ["success", "running", "failed"]
    kill(spider)
    wait(lambda: read_states(operator, start) == ["success", "success", "failed"], 120)
    listed = [json.loads(line) for line in desk.run("backfills", "list", "--json").stdout.splitlines()]
    (told,) = [one for one in listed if one["id"] == number]
    assert told["state"] == "ended"
    assert told["runs"] == {"success": 2, "failed": 1, "running": 0, "queued": 0}
    assert desk.run("backfills", "pause", str(number)).returncode == 66

    ended = {run["dag_run_id"]: run["end_date"] for run in operator.list_runs(start, 3) if run["state"] == "success"}
    operator.await_backfill(operator.backfill(start, 3, WIRES, reprocess="failed"), 240)
    runs = operator.list_runs(start, 3)
    assert [run["state"] for run in runs] == ["success"] * 3
    assert {run["dag_run_id"]: run["end_date"] for run in runs if run["dag_run_id"] in ended} == ended
    missing, published = operator.find_missing(start, 3, WIRES)
    assert (missing, published > 5) == ([], True)

    operator.await_quiet(ahead=120)
    before = digest_tables(operator.url)
    operator.await_backfill(operator.backfill(start, 3, WIRES, reprocess="completed"), 240)
    operator.await_quiet()
    assert digest_tables(operator.url) == before
    assert operator.find_unbalanced(run["dag_run_id"] for run in runs) == []
    operator.check_health()


def test_each_wire_of_a_backfill_is_worked_in_its_way_or_left_out_with_the_reason(
    operator: Operator, desk: Desk
) -> None:
    wait(lambda: bool(operator.rest.get(RUNS, run_type="scheduled", limit=1)["dag_runs"]), 60)
    (first,) = operator.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    assert operator.await_run(first["dag_run_id"], 240) in ENDED
    # Before what the schedule looks back to, and after what other tests backfill: whoever has no archive has no page.
    hours = [operator.read_window(first["dag_run_id"]) - LATE_ARRIVAL_SLACK - number * HOUR for number in (1, 2, 3)]
    bare = sorted(name for name, wire in load_wires().items() if not wire.archive)
    hour, stored = max(
        ((hour, wire) for hour in hours for wire in bare),
        key=lambda one: len(operator.list_published(one[0], 1, {one[1]})),
    )
    (neither, *_) = [wire for wire in bare if wire != stored]
    live = operator.trigger(hour, (find_hour() - hour) // HOUR, (stored,))
    assert operator.await_run(live, 240) == "success"
    operator.await_quiet()
    pages = operator.ask(
        "SELECT count(*) FROM copydesk.page WHERE wire = %s AND published_hint >= %s AND published_hint < %s",
        stored, hour, hour + HOUR,
    )[0][0]  # fmt: skip
    assert pages > 0

    window = ("--since", hour.isoformat(), "--until", (hour + HOUR).isoformat())
    sources = {"COPYDESK_SOURCES": str(desk.home / "sample" / "sources")}
    told = Desk(desk.home, desk.env | sources).run("wires", "check", *window, "--json").stdout
    checked = {row["name"]: row for row in map(json.loads, told.splitlines())}
    assert (checked[stored]["strategy"], checked[stored]["wanted"]) == ("stored", pages)
    assert (checked[neither]["strategy"], checked["northgate"]["strategy"]) == ("none", "archive")

    operator.await_backfill(operator.backfill(hour, 1, ("northgate", stored, neither)), 240)
    (run,) = operator.list_runs(hour, 1)
    assert run["state"] == "success"
    crawls = operator.read_tasks(run["dag_run_id"], "wire.crawl")
    assert {wire: one["state"] for wire, one in crawls.items()} == {"northgate": "success", stored: "skipped"}
    cleans = operator.read_tasks(run["dag_run_id"], "wire.clean")
    assert {wire: one["state"] for wire, one in cleans.items()} == {"northgate": "success", stored: "success"}
    why = {neither: "has no dated archive and no stored pages in the window"}
    asked = "SELECT kind, state, wires, skipped, summary->'skipped_wires' FROM copydesk.run WHERE run_id = %s"
    ((kind, state, wires, *skipped),) = operator.ask(asked, run["dag_run_id"])
    assert (kind, state, sorted(wires), skipped) == ("backfill", "done", sorted(("northgate", stored)), [why, why])
    asked = (
        "SELECT wire, count FROM copydesk.ledger JOIN copydesk.run USING (run_key)"
        " WHERE run_id = %s AND stage = 'clean' AND outcome = 'pages'"
    )
    assert dict(operator.ask(asked, run["dag_run_id"]))[stored] == pages
    assert operator.find_unbalanced([run["dag_run_id"]]) == []
    assert operator.find_missing(hour, 1, ("northgate",))[0] == []
    operator.check_health()


def test_an_hour_of_the_schedule_that_a_backfill_runs_again_is_the_backfills(operator: Operator) -> None:
    operator.await_quiet()
    (run,) = operator.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    hour = datetime.fromisoformat(run["logical_date"])
    before = operator.ask("SELECT kind, message FROM copydesk.v_warnings WHERE run_id = %s", run["dag_run_id"])
    operator.await_backfill(operator.backfill(hour, 1, reprocess="completed"), 240)
    asked = "SELECT kind, state, reopened_at > started_at FROM copydesk.run WHERE run_id = %s"
    assert operator.ask(asked, run["dag_run_id"]) == [("backfill", "done", True)]
    after = operator.ask("SELECT kind, message FROM copydesk.v_warnings WHERE run_id = %s", run["dag_run_id"])
    assert [one for one in after if one[0] == "late"] == [one for one in before if one[0] == "late"]
    operator.check_health()
