"""How far back a live window looks: to the oldest hour that no good crawl has covered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import LATE_ARRIVAL_SLACK, MAX_LOOKBACK, find_lookback_start
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.runs import open_run
from tests.run_keys import DAG_ID, key_of

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIVE = Window(NOW - HOUR, NOW)


def crawl(start: float, end: float, *, good: bool = True, kind: str = "scheduled", at: datetime = NOW) -> None:
    """A crawl of a window that began and ended so many hours before."""
    window = Window(at - start * HOUR, at - end * HOUR)
    run_id = f"{kind}__{start}"
    with transaction(load_settings()) as connection:
        run_key = open_run(connection, DAG_ID, run_id, kind=kind, mode="auto", window=window, wires=["north"])
    record_crawl_counts(load_settings(), run_key, "north", 0)
    record_crawl_result(load_settings(), run_key, "north", succeeded=good)


def look_back(window: Window = LIVE) -> datetime:
    with transaction(load_settings()) as connection:
        return find_lookback_start(connection, "north", window)


@pytest.mark.parametrize("sick", [0, 1, 5, 80])
def test_what_a_sick_wire_missed_is_asked_for_when_it_is_well(sick: int) -> None:
    for number in range(sick + 1, 0, -1):
        crawl(number + 1, number, good=number == sick + 1)
    assert look_back() == max(NOW - (sick + 1) * HOUR - LATE_ARRIVAL_SLACK, LIVE.start - MAX_LOOKBACK)
    # A later try that is a good one takes the place of the failed one.
    if sick:
        record_crawl_result(load_settings(), key_of("scheduled__2"), "north", succeeded=True)
        since = NOW - HOUR if sick == 1 else NOW - (sick + 1) * HOUR
        assert look_back() == max(since - LATE_ARRIVAL_SLACK, LIVE.start - MAX_LOOKBACK)


def test_the_first_run_ever_begins_with_its_window() -> None:
    assert look_back() == LIVE.start - LATE_ARRIVAL_SLACK
    crawl(2, 1, good=False)
    assert look_back() == LIVE.start - LATE_ARRIVAL_SLACK


def test_what_lies_before_the_first_good_crawl_is_no_gap() -> None:
    crawl(3, 2)
    crawl(2, 1)
    assert look_back() == LIVE.start - LATE_ARRIVAL_SLACK


def test_a_backfill_of_one_hour_does_not_hide_those_before_it() -> None:
    crawl(11, 10)
    for hour in range(10, 1, -1):
        crawl(hour, hour - 1, good=False)
    crawl(3, 2, kind="backfill")
    assert look_back() == NOW - 10 * HOUR - LATE_ARRIVAL_SLACK
    crawl(2, 1, kind="backfill")
    assert look_back() == NOW - 10 * HOUR - LATE_ARRIVAL_SLACK


def test_a_wide_window_made_by_hand_covers_what_was_missed() -> None:
    crawl(11, 10)
    for hour in range(10, 1, -1):
        crawl(hour, hour - 1, good=False)
    crawl(10.5, 4, kind="manual")
    assert look_back() == NOW - 4 * HOUR - LATE_ARRIVAL_SLACK
    crawl(4.5, 0.5, kind="cli")
    assert look_back() == LIVE.start - LATE_ARRIVAL_SLACK


def test_a_live_crawl_that_caught_up_has_covered_the_gap() -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    live = Window(now, now + HOUR)
    crawl(11, 10, at=now)
    crawl(2, 1, kind="cli", at=now)  # it asked for no more than its window
    assert look_back(live) == now - 10 * HOUR - LATE_ARRIVAL_SLACK
    crawl(1, 0, at=now)
    assert look_back(live) == now - LATE_ARRIVAL_SLACK
    crawl(1, 0, good=False, at=now)
    assert look_back(live) == now - 10 * HOUR - LATE_ARRIVAL_SLACK
