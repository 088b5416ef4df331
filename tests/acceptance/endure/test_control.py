"""What operators do with a backfill: pause it, let it go on, cancel it, run again what failed, and all of it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.acceptance.conftest import Desk, wait
from tests.acceptance.endure.operating import HOUR, RUNS, Operator, find_hour, kill
from tests.digest import digest_tables

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


def test_an_hour_of_the_schedule_that_a_backfill_runs_again_is_the_backfills(operator: Operator) -> None:
    operator.await_quiet()
    (run,) = operator.rest.get(RUNS, run_type="scheduled", order_by="logical_date", limit=1)["dag_runs"]
    hour = datetime.fromisoformat(run["logical_date"])
    before = operator.ask("SELECT kind, message FROM copydesk.warning WHERE run_id = %s", run["dag_run_id"])
    operator.await_backfill(operator.backfill(hour, 1, reprocess="completed"), 240)
    asked = "SELECT kind, state, reopened_at > started_at FROM copydesk.run WHERE run_id = %s"
    assert operator.ask(asked, run["dag_run_id"]) == [("backfill", "done", True)]
    after = operator.ask("SELECT kind, message FROM copydesk.warning WHERE run_id = %s", run["dag_run_id"])
    assert [one for one in after if one[0] == "late"] == [one for one in before if one[0] == "late"]
    operator.check_health()
