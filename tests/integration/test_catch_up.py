"""Until when a wire is covered by its crawls, and what a live run therefore searches for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import find_covered_until
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.runs import open_run
from tests.run_keys import DAG_ID

pytestmark = pytest.mark.usefixtures("database")

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def crawl(
    start: float,
    end: float,
    *,
    good: bool = True,
    kind: str = "scheduled",
    started: float | None = None,
    left: int = 0,
    again: float | None = None,
) -> None:
    """Record a crawl of a window; all times are hours before ``NOW``, and a run starts at the end of its window."""
    window = Window(NOW - start * HOUR, NOW - end * HOUR)
    run_id = f"{kind}__{start}"
    with transaction(load_settings()) as connection:
        run_key = open_run(connection, DAG_ID, run_id, kind=kind, mode="auto", window=window, wires=["north"])
        connection.execute(
            "UPDATE copydesk.run SET started_at = %s, reopened_at = %s WHERE run_key = %s",
            (
                NOW - (end if started is None else started) * HOUR,
                None if again is None else NOW - again * HOUR,
                run_key,
            ),
        )
    record_crawl_counts(load_settings(), run_key, "north", 0)
    left_behind = {"over max_pages": left} if left else {}
    record_crawl_result(load_settings(), run_key, "north", succeeded=good, left_behind=left_behind)


def covered() -> float | None:
    """Return until how many hours before ``NOW`` the wire is covered, as the run of the last hour sees it."""
    with transaction(load_settings()) as connection:
        time = find_covered_until(connection, "north", Window(NOW - HOUR, NOW))
    return None if time is None else (NOW - time) / HOUR


@pytest.mark.parametrize("failed_hours", [0, 1, 5, 80, 24 * 40])
def test_outage_of_any_length_is_caught_up_with(failed_hours: int) -> None:
    crawl(failed_hours + 2, failed_hours + 1)
    for hour in {failed_hours + 1, failed_hours // 2 + 2, 2} - {failed_hours + 2}:
        crawl(hour, hour - 1, good=False)
    assert covered() == failed_hours + 1


def test_wire_without_a_successful_crawl_is_new() -> None:
    assert covered() is None
    crawl(2, 1, good=False)
    assert covered() is None


def test_successful_live_crawl_covers_what_failed_before_it() -> None:
    crawl(11, 10)
    crawl(10, 9, good=False)
    crawl(3, 2)
    assert covered() == 2


def test_window_beyond_its_run_does_not_hide_hours_that_fail_later() -> None:
    crawl(12, -12, kind="manual", started=8)  # the whole day, triggered at its fourth hour
    for hour in range(8, 1, -1):
        crawl(hour, hour - 1, good=False)
    assert covered() == 8


def test_window_of_a_typing_error_covers_nothing_beyond_its_run() -> None:
    crawl(3, -24 * 365 * 100, kind="manual", started=2)
    assert covered() == 2


def test_run_that_was_started_again_covers_until_then() -> None:
    crawl(6, 2, kind="manual", started=5, again=3)
    assert covered() == 3


@pytest.mark.parametrize("kind", ["backfill", "cli", "replay"])
def test_run_that_does_not_search_for_missed_items_covers_nothing(kind: str) -> None:
    crawl(11, 10)
    crawl(2, 1, kind=kind)
    assert covered() == 10


def test_crawl_that_was_not_live_covers_nothing() -> None:
    crawl(11, 10)
    crawl(9, 4, kind="manual", started=1.5)
    assert covered() == 10


def test_crawl_that_left_items_to_the_next_run_covers_nothing() -> None:
    crawl(4, 3)
    crawl(3, 2, left=7)
    crawl(2, 1, left=1)
    assert covered() == 3
