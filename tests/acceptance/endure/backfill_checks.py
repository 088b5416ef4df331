"""Run a backfill while processes are killed, and check the result."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import psycopg

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.store.sketches import list_unsigned
from tests.acceptance.conftest import wait_until
from tests.acceptance.endure.installation_driver import InstallationDriver, is_alive, kill, measure_seconds_until
from tests.table_digest import digest_tables

WIRES = ("northgate", "meridian", "hfd", "rheinblatt")


def backfill_through_kills(driver: InstallationDriver, start: datetime, hours: int) -> None:
    """Backfill the hours while a spider, a task, a worker, the scheduler and PostgreSQL are killed."""
    installation = driver.installation
    number = driver.backfill(start, hours, WIRES, active=4)

    spider = driver.hang_next_spider("northgate")
    kill(spider)

    spider = driver.hang_next_spider("meridian")
    task = spider.parent()
    assert task is not None
    kill(task)
    assert measure_seconds_until(5, lambda: not is_alive(spider)) < 5

    spider = driver.hang_next_spider("hfd")
    worker = spider.parents()[1]
    assert worker.parent() == driver.find_component("scheduler")
    kill(worker)

    driver.hang_next_spider("rheinblatt")
    scheduler = driver.find_component("scheduler")
    below = scheduler.children(recursive=True)
    kill(scheduler)
    assert measure_seconds_until(5, lambda: not any(map(is_alive, below))) < 5
    assert installation.run("up", "--sample").returncode == 0

    driver.hang_next_spider("northgate")
    kill(driver.find_postgres())
    assert installation.run("up", "--sample").returncode == 0
    for _ in range(10):
        wait_until(lambda: has_ended(driver, number) or not driver.is_running(), 600)
        if has_ended(driver, number):
            break
        # A part of Airflow that noticed late that its database was gone.
        assert installation.run("up", "--sample").returncode == 0

    driver.await_quiet()


def check_complete(driver: InstallationDriver, start: datetime, hours: int, wires: tuple[str, ...]) -> None:
    """Check that all runs succeeded, every published article is stored once, every ledger is balanced, and doctor
    passes.
    """
    runs = driver.list_runs(start, hours)
    assert {run["dag_run_id"]: run["state"] for run in runs if run["state"] != "success"} == {}
    assert len(runs) == hours
    red = {
        (run["dag_run_id"], wire): one["state"]
        for run in runs
        for wire, one in driver.read_tasks(run["dag_run_id"], "wire.crawl").items()
        if one["state"] != "success"
    }
    assert red == {}
    missing, published = driver.find_missing(start, hours, wires)
    assert missing == []
    assert published > 5 * hours
    assert driver.find_unbalanced(run["dag_run_id"] for run in runs) == []
    driver.check_health()


def check_rerun_changes_nothing(
    driver: InstallationDriver, start: datetime, hours: int, wires: tuple[str, ...], seconds: float
) -> None:
    """Repeat the whole backfill and check that no row changes."""
    while True:
        driver.await_quiet()
        others, before = driver.count_other_runs(), digest_tables(driver.url)
        assert before["edge"][0] > 0
        driver.await_backfill(driver.backfill(start, hours, wires, reprocess="completed"), seconds)
        driver.await_quiet()
        if driver.count_other_runs() == others:
            break  # otherwise a scheduled run started during the backfill; pausing the DAG would pause the backfill too
    assert digest_tables(driver.url) == before


def check_stories_match_offline_dedup(driver: InstallationDriver) -> None:
    unused_profile = Profile(window_hours=1)  # nothing is signed under it yet, so all articles are listed
    with psycopg.connect(driver.url) as connection:
        articles = [row[0] for row in connection.execute("SELECT article_id FROM copydesk.article")]
        documents = [one.document for one in list_unsigned(connection, articles, unused_profile)]
    shown = dict(
        driver.fetch_rows(
            "SELECT m.article_id, s.representative FROM copydesk.story_member m"
            " JOIN copydesk.story s USING (profile_id, story_id) WHERE m.profile_id = %s",
            Profile().profile_id,
        )
    )
    assert len(documents) == len(articles) == len(shown) > 100
    folded = deduplicate(documents, Profile()).assignments
    assert {UUID(member): UUID(leader) for member, leader in folded.items()} == shown


def has_ended(driver: InstallationDriver, number: int) -> bool:
    try:
        return driver.rest.get(f"backfills/{number}")["completed_at"] is not None
    except Transient:
        return False
