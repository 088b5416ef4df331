"""Every kind of run gets its window from one function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from copydesk.dags.support.run_window import resolve_window
from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


def find(**given: object) -> Window:
    fields = {"data_interval_start": None, "data_interval_end": None, "logical_date": None, "run_after": None}
    return resolve_window(**{**fields, **given})  # type: ignore[arg-type]


def test_a_scheduled_run_is_about_its_data_interval() -> None:
    assert find(data_interval_start=at(4), data_interval_end=at(5), logical_date=at(4)) == Window(at(4), at(5))


def test_a_backfill_run_is_about_its_data_interval_however_late_it_runs() -> None:
    window = find(data_interval_start=at(4), data_interval_end=at(5), run_after=at(23))
    assert window == Window(at(4), at(5))


def test_a_manual_run_without_an_interval_takes_the_hour_before_its_logical_date() -> None:
    assert find(logical_date=at(5, 40)) == Window(at(4), at(5))


def test_a_run_over_rest_without_a_logical_date_takes_the_hour_before_it_may_run() -> None:
    assert find(run_after=at(5, 1)) == Window(at(4), at(5))


def test_an_interval_of_no_width_is_not_taken() -> None:
    assert find(data_interval_start=at(5), data_interval_end=at(5), logical_date=at(5)) == Window(at(4), at(5))


def test_a_run_that_an_asset_triggered_has_no_date_and_takes_the_hour_before_it_may_run() -> None:
    assert find(run_after=at(5, 17), partition_key=None, conf={}) == Window(at(4), at(5))


def test_a_partitioned_run_is_about_its_key_an_hour_or_a_day() -> None:
    assert find(partition_key="2026-03-01T04:00:00", run_after=at(9)) == Window(at(4), at(5))
    assert find(partition_key="2026-03-01", run_after=at(9)) == Window(at(0), at(0) + timedelta(days=1))


def test_a_partitioned_run_without_a_key_takes_the_hour_before_it_may_run() -> None:
    assert find(partition_key=None, run_after=at(9, 59)) == Window(at(8), at(9))


def test_a_backfill_whose_conf_names_a_window_is_refused() -> None:
    with pytest.raises(BadWindow, match=r"must not contain since or until\. Set the backfill's date range"):
        find(data_interval_start=at(4), data_interval_end=at(5), conf={"since": "2026-03-01T00:00Z"}, backfill=True)


def test_conf_names_a_window_of_any_length() -> None:
    conf = {"since": "2026-02-27T00:00Z", "until": "2026-03-01T02:00+02:00"}
    assert find(conf=conf, run_after=at(9)) == Window(datetime(2026, 2, 27, tzinfo=UTC), at(0))


def test_windows_are_in_utc_whatever_zone_they_come_in() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    window = find(data_interval_start=at(4).astimezone(east), data_interval_end=at(5).astimezone(east))
    assert (window.start.utcoffset(), window.end.utcoffset()) == (timedelta(0), timedelta(0))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"conf": {"since": "2026-03-01T00:00Z"}},
        {"conf": {"since": "yesterday", "until": "today"}},
        {"partition_key": "north"},
        {"conf": {"since": "2026-03-01T02:00Z", "until": "2026-03-01T01:00Z"}},
    ],
)
def test_a_run_without_a_usable_window_fails_loudly(given: dict[str, object]) -> None:
    with pytest.raises(BadWindow):
        find(**given)
