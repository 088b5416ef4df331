"""When a wire is due: after its cadence, later and later while it fails, and never given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source_values import format_every, parse_every
from copydesk.pipeline.runs.cadence import MAX_BACK_OFF, compute_next_poll, format_poll_time, is_due
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import WirePoll

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def make_poll(grade: FailureGrade | None = None, failures: int = 0, *, is_complete: bool = True) -> WirePoll:
    return WirePoll("north", NOON, UUID(int=1), is_complete, failures, NOON if failures else None, grade, "")


def list_polls(every: timedelta, tick: timedelta, ticks: int, jitter: int = 0) -> list[int]:
    """Return the numbers of the runs that poll a wire; every second run starts some seconds later."""
    polled, poll = [], None
    for number in range(ticks):
        end = NOON + number * tick + number % 2 * jitter * timedelta(seconds=1)
        if is_due(poll, every, Window(end - tick, end)):
            polled.append(number)
            poll = WirePoll("north", end, UUID(int=number), True, 0, None, None, "")
    return polled


@pytest.mark.parametrize(
    ("every", "tick", "polled"),
    [
        (15 * MINUTE, 15 * MINUTE, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (HOUR, 15 * MINUTE, [0, 4, 8]),
        (HOUR, HOUR, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (5 * MINUTE, HOUR, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (15 * MINUTE, 7 * MINUTE, [0, 2, 4, 6, 8]),
        (DAY, 3 * HOUR, [0, 8]),
    ],
)
def test_wire_is_polled_in_the_run_nearest_to_its_time(every: timedelta, tick: timedelta, polled: list[int]) -> None:
    assert list_polls(every, tick, 9) == polled
    assert list_polls(every, tick, 9, jitter=20) == polled


@pytest.mark.parametrize(
    ("grade", "every", "waits"),
    [
        (FailureGrade.TEMPORARY, HOUR, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]),
        (FailureGrade.TEMPORARY, 5 * MINUTE, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]),
        (FailureGrade.TEMPORARY, DAY, [15, 30, 60]),
        (FailureGrade.SOFT, HOUR, [60, 120, 240, 480, 960, 1440]),
        (FailureGrade.HARD, HOUR, [240, 480, 960, 1440, 1440]),
        (FailureGrade.HARD, DAY, [1440, 1440]),
    ],
)
def test_back_off_doubles_up_to_a_day(grade: FailureGrade, every: timedelta, waits: list[int]) -> None:
    found = [compute_next_poll(make_poll(grade, count), every) - NOON for count in range(1, len(waits) + 1)]
    assert found == [wait * MINUTE for wait in waits]
    assert compute_next_poll(make_poll(grade, 10_000), every) == NOON + MAX_BACK_OFF


def test_incomplete_poll_is_continued_by_the_next_run() -> None:
    window = Window(NOON, NOON + 5 * MINUTE)
    assert not is_due(make_poll(), HOUR, window)
    assert is_due(make_poll(is_complete=False), HOUR, window)


@pytest.mark.parametrize(("text", "minutes"), [("5m", 5), ("15m", 15), ("90m", 90), ("2h", 120), ("1d", 1440)])
def test_every_is_read_and_formatted(text: str, minutes: int) -> None:
    assert parse_every(text) == minutes * MINUTE
    assert parse_every(format_every(minutes * MINUTE)) == minutes * MINUTE


@pytest.mark.parametrize("value", ["4m", "25h", "2d", "1", "hourly", "-5m", "15s", 15, True, None, ""])
def test_every_out_of_range_or_without_a_unit_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not"):
        parse_every(value)


def test_poll_time_has_a_date_unless_it_is_today() -> None:
    assert format_poll_time(NOON + 150 * MINUTE, NOON) == "14:30 UTC"
    assert format_poll_time(NOON + DAY, NOON) == "2026-03-05 12:00 UTC"
