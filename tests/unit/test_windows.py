"""Every kind of run gets its window from one function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from copydesk.dags.support.run_window import resolve_window
from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window


def make_time(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


def find_window(**given: object) -> Window:
    fields = {"data_interval_start": None, "data_interval_end": None, "logical_date": None, "run_after": None}
    return resolve_window(**{**fields, **given})  # type: ignore[arg-type]


def test_scheduled_run_uses_its_data_interval() -> None:
    assert find_window(
        data_interval_start=make_time(4), data_interval_end=make_time(5), logical_date=make_time(4)
    ) == Window(make_time(4), make_time(5))


def test_late_backfill_run_uses_its_data_interval() -> None:
    window = find_window(data_interval_start=make_time(4), data_interval_end=make_time(5), run_after=make_time(23))
    assert window == Window(make_time(4), make_time(5))


def test_manual_run_uses_the_hour_before_its_logical_date() -> None:
    assert find_window(logical_date=make_time(5, 40)) == Window(make_time(4), make_time(5))


def test_run_without_logical_date_uses_the_hour_before_run_after() -> None:
    assert find_window(run_after=make_time(5, 1)) == Window(make_time(4), make_time(5))


def test_empty_interval_is_ignored() -> None:
    assert find_window(
        data_interval_start=make_time(5), data_interval_end=make_time(5), logical_date=make_time(5)
    ) == Window(make_time(4), make_time(5))


def test_asset_triggered_run_uses_the_hour_before_run_after() -> None:
    assert find_window(run_after=make_time(5, 17), partition_key=None, conf={}) == Window(make_time(4), make_time(5))


def test_partition_key_gives_an_hour_or_a_day() -> None:
    assert find_window(partition_key="2026-03-01T04:00:00", run_after=make_time(9)) == Window(
        make_time(4), make_time(5)
    )
    assert find_window(partition_key="2026-03-01", run_after=make_time(9)) == Window(
        make_time(0), make_time(0) + timedelta(days=1)
    )


def test_missing_partition_key_uses_the_hour_before_run_after() -> None:
    assert find_window(partition_key=None, run_after=make_time(9, 59)) == Window(make_time(8), make_time(9))


def test_backfill_with_window_in_conf_is_rejected() -> None:
    with pytest.raises(BadWindow, match=r"must not contain since or until\. Set the backfill's date range"):
        find_window(
            data_interval_start=make_time(4),
            data_interval_end=make_time(5),
            conf={"since": "2026-03-01T00:00Z"},
            backfill=True,
        )


def test_window_in_conf_may_have_any_length() -> None:
    conf = {"since": "2026-02-27T00:00Z", "until": "2026-03-01T02:00+02:00"}
    assert find_window(conf=conf, run_after=make_time(9)) == Window(datetime(2026, 2, 27, tzinfo=UTC), make_time(0))


def test_window_is_converted_to_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    window = find_window(
        data_interval_start=make_time(4).astimezone(east), data_interval_end=make_time(5).astimezone(east)
    )
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
def test_run_without_usable_window_is_rejected(given: dict[str, object]) -> None:
    with pytest.raises(BadWindow):
        find_window(**given)
