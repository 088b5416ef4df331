"""What operators do during a run: mark a task, start the same run again, stop everything."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.acceptance.conftest import Desk
from tests.acceptance.endure.installation_driver import HOUR, RUNS, Operator, find_hour, is_alive, take
from tests.table_digest import digest_tables

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hour() -> datetime:
    """Hours that no other test touches end here."""
    return find_hour() - 31 * HOUR


def test_marking_a_crawl_failed_ends_its_spider(operator: Operator, hour: datetime) -> None:
    operator.await_quiet(ahead=120)
    operator.fault("rheinblatt", "hang", times=1)
    run_id = operator.trigger(hour - 3 * HOUR, hours=3, wires=("rheinblatt",))
    spider = operator.await_hanging("rheinblatt")
    mark = f"{RUNS}/{run_id}/taskInstances/wire.crawl/0"
    operator.rest.patch(mark, {"new_state": "failed"})
    assert take(10, lambda: not operator.list_spiders()) <= 5
    assert not is_alive(spider)
    operator.await_run(run_id, 120)
    crawl = operator.read_tasks(run_id, "wire.crawl")["rheinblatt"]
    assert (crawl["state"], crawl["try_number"]) == ("failed", 1)
    operator.rest.post(f"{RUNS}/{run_id}/clear", {"dry_run": False, "only_failed": False})
    assert operator.await_run(run_id, 120) == "success"
    missing, published = operator.find_missing(hour - 3 * HOUR, 3, ["rheinblatt"])
    assert (missing, published > 0) == ([], True)
    operator.check_health()


def test_a_wire_whose_file_is_wrong_is_red_alone(operator: Operator, desk: Desk, hour: datetime) -> None:
    file = desk.home / "sample" / "sources" / "halfway.toml"
    file.write_text("name = ")
    try:
        run_id = operator.trigger(hour - 15 * HOUR, hours=6, wires=("rheinblatt", "halfway"))
        assert operator.await_run(run_id, 120) == "success"
        states = {wire: one["state"] for wire, one in operator.read_tasks(run_id, "wire.crawl").items()}
        assert states == {"rheinblatt": "success", "halfway": "failed"}
    finally:
        file.unlink()
    missing, published = operator.find_missing(hour - 15 * HOUR, 6, ["rheinblatt"])
    assert (missing, published > 0) == ([], True)
    assert operator.find_unbalanced([run_id]) == []
    operator.check_health()


def test_of_the_same_run_twice_at_once_one_works(operator: Operator, hour: datetime) -> None:
    wires = ("northgate", "meridian", "hfd")
    start = hour - 6 * HOUR
    operator.await_quiet(ahead=180)
    runs = [operator.trigger(start, hours=3, wires=wires) for _ in range(2)]
    assert [operator.await_run(run_id, 240) for run_id in runs] == ["success", "success"]
    missing, published = operator.find_missing(start, 3, wires)
    assert missing == []
    assert operator.find_unbalanced(runs) == []
    # Each article was new to one of the two, wire by wire to whichever came first.
    counts = operator.ask(
        "SELECT wire, run_id, count FROM copydesk.ledger JOIN copydesk.run USING (run_key)"
        " WHERE run_id = ANY(%s) AND stage = 'clean' AND outcome = 'article'",
        runs,
    )
    ((pages,),) = operator.ask(
        "SELECT count(DISTINCT r.page_id) FROM copydesk.run_page p JOIN copydesk.page_result r USING (page_id)"
        " JOIN copydesk.run ON run.run_key = p.run_key WHERE run.run_id = ANY(%s) AND r.outcome = 'article'",
        runs,
    )
    assert sum(count for _, _, count in counts) == pages >= published > 5
    before = digest_tables(operator.url)
    assert operator.await_run(operator.trigger(start, hours=3, wires=wires), 240) == "success"
    assert digest_tables(operator.url) == before
    operator.check_health()


def test_a_run_that_down_interrupts_is_finished_after_up(operator: Operator, desk: Desk, hour: datetime) -> None:
    operator.await_quiet(ahead=120)
    operator.fault("rheinblatt", "hang", times=1)
    run_id = operator.trigger(hour - 9 * HOUR, hours=3, wires=("rheinblatt", "northgate"))
    operator.await_hanging("rheinblatt")
    assert desk.run("down", seconds=120).returncode == 0
    assert [process.cmdline() for process in desk.processes()] == []
    assert desk.run("up", "--sample").returncode == 0
    assert operator.await_run(run_id, 300) == "success"
    assert operator.find_unbalanced([run_id]) == []
    missing, published = operator.find_missing(hour - 9 * HOUR, 3, ["rheinblatt", "northgate"])
    assert (missing, published > 0) == ([], True)
    operator.check_health()
