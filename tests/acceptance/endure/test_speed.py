"""How long a window takes: twelve wires and two hundred articles, including Airflow's overhead."""

from __future__ import annotations

from datetime import datetime

import pytest

from copydesk.crawler.sample.sample_wires import load_wires
from tests.acceptance.endure.installation_driver import HOUR, InstallationDriver, get_current_hour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]

MAX_SECONDS = 40
"""Limit for each window, from when its run was queued."""
MIN_ARTICLES = 200
MIN_PUBLISHED = 210
"""A window has at least this many URLs that are not stored yet; a few pairs of them are one article."""
MAX_HOURS = 16
"""Enough hours to contain them even at night."""
ARCHIVED = sorted(name for name, wire in load_wires().items() if wire.archive)
TWELVE_WIRES = tuple(sorted(set(load_wires()) - set(ARCHIVED)) + ARCHIVED)[:12]


def choose_window_hours(driver: InstallationDriver, end: datetime, wires: tuple[str, ...]) -> int:
    """Return how many hours before ``end`` the window starts."""
    here = {row[0] for row in driver.fetch_rows("SELECT canonical_url FROM copydesk.article")}
    return next(
        n for n in range(1, MAX_HOURS) if len(driver.list_published(end - n * HOUR, n, wires) - here) >= MIN_PUBLISHED
    )


def time_window(driver: InstallationDriver, end: datetime, wires: tuple[str, ...]) -> datetime:
    """Process a window that ends there and check its time; return its start."""
    driver.await_quiet(ahead=120)
    hours = choose_window_hours(driver, end, wires)
    run_id = driver.trigger(end - hours * HOUR, hours=hours, wires=wires)
    assert driver.await_run(run_id, 240) == "success"
    ((summary,),) = driver.fetch_rows("SELECT summary FROM copydesk.run WHERE run_id = %s", run_id)
    crawls = driver.read_tasks(run_id, "wire.crawl")
    assert {wire for wire, one in crawls.items() if one["state"] == "success"} == set(wires)
    assert summary["new_articles"] >= MIN_ARTICLES
    taken = driver.read_seconds(run_id)
    print(f"{taken:.1f} s for {summary['new_articles']} articles of {len(wires)} wires")
    assert taken <= MAX_SECONDS
    return end - hours * HOUR


def test_live_window_of_twelve_wires_takes_at_most_forty_seconds(driver: InstallationDriver) -> None:
    assert len(TWELVE_WIRES) == 12
    time_window(driver, get_current_hour(), TWELVE_WIRES)


def test_past_window_takes_at_most_forty_seconds(driver: InstallationDriver) -> None:
    """Tested with all wires that have an archive, in hours that no other test touches."""
    end = get_current_hour() - 46 * HOUR
    for _ in range(2):
        end = time_window(driver, end, tuple(ARCHIVED))
