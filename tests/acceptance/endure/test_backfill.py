"""A day of four wires, backfilled by REST while the schedule runs: through kills, and then once more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import psycopg
import pytest

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.store.sketches import list_unsigned
from tests.acceptance.conftest import Desk, wait
from tests.acceptance.endure.operating import HOUR, Operator, find_hour, is_alive, kill, take
from tests.digest import digest_tables

pytestmark = [pytest.mark.endure, pytest.mark.timeout(900)]

WIRES = ("northgate", "meridian", "hfd", "rheinblatt")
HOURS = 24


@pytest.fixture(scope="module")
def start() -> datetime:
    """The first hour of the day that is backfilled: it ends before what the schedule catches up on."""
    return find_hour() - 6 * HOUR - HOURS * HOUR


def check_whole(operator: Operator, start: datetime, hours: int, wires: tuple[str, ...]) -> None:
    """All green, every published article here once, every ledger exact, nothing for the doctor."""
    runs = operator.list_runs(start, hours)
    assert {run["dag_run_id"]: run["state"] for run in runs if run["state"] != "success"} == {}
    assert len(runs) == hours
    red = {
        (run["dag_run_id"], wire): one["state"]
        for run in runs
        for wire, one in operator.read_tasks(run["dag_run_id"], "wire.crawl").items()
        if one["state"] != "success"
    }
    assert red == {}
    missing, published = operator.find_missing(start, hours, wires)
    assert missing == []
    assert published > 5 * hours
    assert operator.find_unbalanced(run["dag_run_id"] for run in runs) == []
    operator.check_health()


def test_a_backfill_survives_what_is_killed_in_its_midst(operator: Operator, desk: Desk, start: datetime) -> None:
    number = operator.backfill(start, HOURS, WIRES, active=4)

    spider = operator.hang("northgate")
    kill(spider)

    spider = operator.hang("meridian")
    task = spider.parent()
    assert task is not None
    kill(task)
    assert take(5, lambda: not is_alive(spider)) < 5

    spider = operator.hang("hfd")
    worker = spider.parents()[1]
    assert worker.parent() == operator.find_component("scheduler")
    kill(worker)

    operator.hang("rheinblatt")
    scheduler = operator.find_component("scheduler")
    below = scheduler.children(recursive=True)
    kill(scheduler)
    assert take(5, lambda: not any(map(is_alive, below))) < 5
    assert desk.run("up", "--sample").returncode == 0

    operator.hang("northgate")
    kill(operator.find_postgres())
    assert desk.run("up", "--sample").returncode == 0
    for _ in range(10):
        wait(lambda: has_ended(operator, number) or not operator.is_whole(), 600)
        if has_ended(operator, number):
            break
        # A part of Airflow that noticed late that its database had gone.
        assert desk.run("up", "--sample").returncode == 0

    operator.await_quiet()
    check_whole(operator, start, HOURS, WIRES)


def test_the_same_again_changes_no_row(operator: Operator, start: datetime) -> None:
    check_again(operator, start, HOURS, WIRES, 600)
    check_whole(operator, start, HOURS, WIRES)


def check_again(operator: Operator, start: datetime, hours: int, wires: tuple[str, ...], seconds: float) -> None:
    """Backfill it once more, whole; no row is another one then."""
    while True:
        operator.await_quiet()
        others, before = operator.count_other_runs(), digest_tables(operator.url)
        assert before["edge"][0] > 0
        operator.await_backfill(operator.backfill(start, hours, wires, reprocess="completed"), seconds)
        operator.await_quiet()
        if operator.count_other_runs() == others:
            break  # else the schedule has brought the next hour in the midst of it; the DAG's pause would be ours too
    assert digest_tables(operator.url) == before


def test_the_stories_are_those_of_all_articles_folded_at_once(operator: Operator) -> None:
    check_partition(operator)


def check_partition(operator: Operator) -> None:
    unheard = Profile(window_hours=1)  # for which nothing is signed yet, so that all is listed
    with psycopg.connect(operator.url) as connection:
        articles = [row[0] for row in connection.execute("SELECT article_id FROM copydesk.article")]
        documents = [one.document for one in list_unsigned(connection, articles, unheard)]
    shown = dict(
        operator.ask(
            "SELECT m.article_id, s.representative FROM copydesk.story_member m"
            " JOIN copydesk.story s USING (profile_id, story_id) WHERE m.profile_id = %s",
            Profile().profile_id,
        )
    )
    assert len(documents) == len(articles) == len(shown) > 100
    folded = deduplicate(documents, Profile()).assignments
    assert {UUID(member): UUID(leader) for member, leader in folded.items()} == shown


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_days_of_all_wires(operator: Operator) -> None:
    start = find_hour() - 54 * HOUR
    operator.await_backfill(operator.backfill(start, 48), 3600)
    operator.await_quiet()
    wires = tuple(operator.read_tasks(operator.list_runs(start, 1)[0]["dag_run_id"], "wire.crawl"))
    assert len(wires) == 11  # the other three have no archive, and no stored pages of that time
    check_whole(operator, start, 48, wires)
    check_again(operator, start, 48, (), 3600)
    check_partition(operator)


def has_ended(operator: Operator, number: int) -> bool:
    try:
        return operator.rest.get(f"backfills/{number}")["completed_at"] is not None
    except Transient:
        return False
