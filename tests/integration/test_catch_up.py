"""How far back a live window looks: to the oldest hour that no successful crawl has covered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import LATE_ARRIVAL_SLACK, MAX_LOOKBACK, find_lookback_start
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.runs import open_run
from tests.run_keys import DAG_ID, run_key_for

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIVE = Window(NOW - HOUR, NOW)


def record_crawl(start: float, end: float, *, good: bool = True, kind: str = "scheduled", at: datetime = NOW) -> None:
    """Record a crawl of a window that started and ended these numbers of hours before ``at``."""
    window = Window(at - start * HOUR, at - end * HOUR)
    run_id = f"{kind}__{start}"
    with transaction(load_settings()) as connection:
        run_key = open_run(connection, DAG_ID, run_id, kind=kind, mode="auto", window=window, wires=["north"])
    record_crawl_counts(load_settings(), run_key, "north", 0)
    record_crawl_result(load_settings(), run_key, "north", succeeded=good)


def get_lookback_start(window: Window = LIVE) -> datetime:
    with transaction(load_settings()) as connection:
        return find_lookback_start(connection, "north", window)


@pytest.mark.parametrize("sick", [0, 1, 5, 80])
def test_lookback_covers_hours_missed_by_failed_crawls(sick: int) -> None:
    for number in range(sick + 1, 0, -1):
        record_crawl(number + 1, number, good=number == sick + 1)
    assert get_lookback_start() == max(NOW - (sick + 1) * HOUR - LATE_ARRIVAL_SLACK, LIVE.start - MAX_LOOKBACK)
    # A successful retry replaces the failed try.
    if sick:
        record_crawl_result(load_settings(), run_key_for("scheduled__2"), "north", succeeded=True)
        since = NOW - HOUR if sick == 1 else NOW - (sick + 1) * HOUR
        assert get_lookback_start() == max(since - LATE_ARRIVAL_SLACK, LIVE.start - MAX_LOOKBACK)


def test_first_run_starts_at_its_window() -> None:
    assert get_lookback_start() == LIVE.start - LATE_ARRIVAL_SLACK
    record_crawl(2, 1, good=False)
    assert get_lookback_start() == LIVE.start - LATE_ARRIVAL_SLACK


def test_time_before_the_first_good_crawl_is_not_a_gap() -> None:
    record_crawl(3, 2)
    record_crawl(2, 1)
    assert get_lookback_start() == LIVE.start - LATE_ARRIVAL_SLACK


def test_backfill_of_one_hour_does_not_hide_earlier_gaps() -> None:
    record_crawl(11, 10)
    for hour in range(10, 1, -1):
        record_crawl(hour, hour - 1, good=False)
    record_crawl(3, 2, kind="backfill")
    assert get_lookback_start() == NOW - 10 * HOUR - LATE_ARRIVAL_SLACK
    record_crawl(2, 1, kind="backfill")
    assert get_lookback_start() == NOW - 10 * HOUR - LATE_ARRIVAL_SLACK


def test_wide_manual_window_covers_missed_hours() -> None:
    record_crawl(11, 10)
    for hour in range(10, 1, -1):
        record_crawl(hour, hour - 1, good=False)
    record_crawl(10.5, 4, kind="manual")
    assert get_lookback_start() == NOW - 4 * HOUR - LATE_ARRIVAL_SLACK
    record_crawl(4.5, 0.5, kind="cli")
    assert get_lookback_start() == LIVE.start - LATE_ARRIVAL_SLACK


def test_live_crawl_that_caught_up_closes_the_gap() -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    live = Window(now, now + HOUR)
    record_crawl(11, 10, at=now)
    record_crawl(2, 1, kind="cli", at=now)  # it covers only its own window
    assert get_lookback_start(live) == now - 10 * HOUR - LATE_ARRIVAL_SLACK
    record_crawl(1, 0, at=now)
    assert get_lookback_start(live) == now - LATE_ARRIVAL_SLACK
    record_crawl(1, 0, good=False, at=now)
    assert get_lookback_start(live) == now - 10 * HOUR - LATE_ARRIVAL_SLACK
