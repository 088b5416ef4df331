"""Anomalies of a run: each wire is compared with its own past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.runs.anomalies import (
    BASELINE_WEEKS,
    LOOKBACK_HOURS,
    MIN_EXPECTED_ARTICLES,
    detect_lateness,
    detect_loss_spike,
    detect_silence,
)

END = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_hourly_counts(per_hour: int, weeks: int, *, quiet: int = 0, busy: range = range(24)) -> dict[datetime, int]:
    """Return hourly counts of a wire that publishes in each hour of its day, but not in the last ``quiet`` hours."""
    counts = {}
    for week in range(weeks + 1):
        for n in range(1 if week else 1 + quiet, LOOKBACK_HOURS + 1):
            hour = END - HOUR * n - timedelta(weeks=week)
            if hour.hour in busy:
                counts[hour] = per_hour
    return counts


def test_silence_is_detected_once_enough_articles_are_missing() -> None:
    assert "silent since 2026-03-04 11:00: about 20" in detect_silence(make_hourly_counts(20, 4, quiet=1), END)
    assert detect_silence(make_hourly_counts(1, 4, quiet=MIN_EXPECTED_ARTICLES - 1), END) == ""
    assert "silent since 2026-03-04 04:00: about 8" in detect_silence(
        make_hourly_counts(1, 4, quiet=MIN_EXPECTED_ARTICLES), END
    )


def test_quiet_night_is_not_silence() -> None:
    day = range(12, 20)
    assert detect_silence(make_hourly_counts(50, 4, quiet=16, busy=day), END) == ""
    assert "silent since 2026-03-03 19:00" in detect_silence(make_hourly_counts(50, 4, quiet=17, busy=day), END)


@pytest.mark.parametrize("weeks", [0, 1])
def test_silence_needs_two_weeks_of_history(weeks: int) -> None:
    assert detect_silence(make_hourly_counts(50, weeks, quiet=LOOKBACK_HOURS), END) == ""


@given(
    st.dictionaries(st.integers(1, LOOKBACK_HOURS), st.integers(1, 9)),
    st.integers(1, LOOKBACK_HOURS),
    st.integers(2, BASELINE_WEEKS),
)
def test_weekly_pattern_is_never_silence(week: dict[int, int], last: int, weeks: int) -> None:
    habit = {
        END - HOUR * n - timedelta(weeks=back): count for n, count in week.items() for back in range(weeks + 1)
    }  # fmt: skip
    if sum(count for n, count in week.items() if n < last) < MIN_EXPECTED_ARTICLES:
        for n in range(1, last):
            habit.pop(END - HOUR * n, None)
        if last in week:
            assert detect_silence(habit, END) == ""


def test_loss_spike_is_relative_to_the_wires_history() -> None:
    assert detect_loss_spike(8, 20, 10, 1000) == "8 of 20 URLs and pages yielded no article; the usual share is 1 %"
    assert detect_loss_spike(8, 20, 300, 1000) == ""
    assert detect_loss_spike(5, 20, 10, 1000) == ""
    assert detect_loss_spike(8, 9, 10, 1000) == ""
    assert detect_loss_spike(8, 20, 0, 0) == ""
    assert detect_loss_spike(20, 20, 0, 50).startswith("20 of 20")


def test_lateness_is_reported_in_minutes() -> None:
    window = Window(END - HOUR, END)
    assert detect_lateness(window, END + timedelta(minutes=30), timedelta(minutes=30)) == ""
    message = detect_lateness(window, END + timedelta(minutes=31, seconds=5), timedelta(minutes=30))
    assert message == "ended 31 min after its window; the limit is 30 min"
