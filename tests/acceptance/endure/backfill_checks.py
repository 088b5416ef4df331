"""A backfill through kills, and what has to hold afterwards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import psycopg

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.store.sketches import list_unsigned
from tests.acceptance.conftest import wait
from tests.acceptance.endure.installation_driver import Operator, is_alive, kill, take
from tests.table_digest import digest_tables

WIRES = ("northgate", "meridian", "hfd", "rheinblatt")


def backfill_through_kills(operator: Operator, start: datetime, hours: int) -> None:
    """Backfill the hours while a spider, a task, a worker, the scheduler and PostgreSQL are killed."""
    desk = operator.desk
    number = operator.backfill(start, hours, WIRES, active=4)

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


def check_again(operator: Operator, start: datetime, hours: int, wires: tuple[str, ...], seconds: float) -> None:
    """Backfill it once more, whole; no row is another one then."""
    while True:
        operator.await_quiet()
        others, before = operator.count_other_runs(), digest_tables(operator.url)
        assert before["edge"][0] > 0
        operator.await_backfill(operator.backfill(start, hours, wires, reprocess="completed"), seconds)
        operator.await_quiet()
        if operator.count_other_runs() == others:
            break  # else a scheduled run started during the backfill; pausing the DAG would pause the backfill too
    assert digest_tables(operator.url) == before


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


def has_ended(operator: Operator, number: int) -> bool:
    try:
        return operator.rest.get(f"backfills/{number}")["completed_at"] is not None
    except Transient:
        return False
