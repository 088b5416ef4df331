"""Windows at the edges of time, long windows, and windows in the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.crawl_job import resolve_strategy
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.dags.support.run_window import resolve_window
from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import MAX_ARCHIVE_DAYS, WireStrategy, check_archive_window
from copydesk.pipeline.core.windows import make_window, parse_window_time

DAY = timedelta(days=1)
EXTREMES = [
    "0001-01-01T00:00+05:00", "0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59-05:00", "9999-12-31",
    "9999-12-31T23:59:59.999999+14:00", "1899-12-31T23:59Z", "2200-01-01T00:00Z",
]  # fmt: skip


def resolve(**given: Any) -> Window:
    none: dict[str, Any] = dict.fromkeys(["data_interval_start", "data_interval_end", "logical_date", "run_after"])
    return resolve_window(**none | given)


@pytest.mark.parametrize("text", EXTREMES)
def test_extreme_time_is_a_bad_window_with_one_sentence(text: str) -> None:
    for conf in ({"since": text, "until": "2026-03-01T00:00Z"}, {"since": "2026-03-01T00:00Z", "until": text}):
        with pytest.raises(BadWindow) as caught:
            resolve(conf=conf)
        assert caught.value.message.count(". ") == 0
        assert "\n" not in str(caught.value)
    with pytest.raises(BadWindow):
        resolve(partition_key=text)
    with pytest.raises(BadWindow):
        parse_window_time(text)


@pytest.mark.parametrize("time", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-14, -5, 0, 5, 14])
def test_extreme_times_of_airflow_are_bad_windows(time: datetime, hours: int) -> None:
    time = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for start, end in ((time, now), (now, time), (time, time)):
        with pytest.raises(BadWindow):
            make_window(start, end)
    with pytest.raises(BadWindow):
        resolve(logical_date=time)
    with pytest.raises(BadWindow):
        resolve(run_after=time)


@given(
    st.one_of(
        st.datetimes(), st.datetimes(timezones=st.timezones()), st.text(), st.integers(), st.none(), st.booleans()
    ),
    st.one_of(st.datetimes(), st.datetimes(timezones=st.timezones()), st.text(), st.floats(), st.lists(st.none())),
)
def test_whatever_a_conf_contains_gives_a_window_or_a_bad_window(since: object, until: object) -> None:
    def to_text(value: object) -> object:
        return value.isoformat() if isinstance(value, datetime) else value

    try:
        window = resolve(
            conf={"since": to_text(since), "until": to_text(until)}, run_after=datetime(2026, 3, 1, tzinfo=UTC)
        )
    except BadWindow:
        return
    assert window.start < window.end
    assert window.start.utcoffset() == window.end.utcoffset() == timedelta(0)
    # It can be extended by any lookback without an overflow.
    assert window.start - 400 * DAY < window.end + 400 * DAY


def make_source(**discovery: Any) -> Source:
    return Source.model_validate({"name": "w", "title": "W", "home": "https://wire.example/", "discovery": discovery})


ARCHIVE = make_source(archive="https://wire.example/{%Y-%m-%d}.xml")
START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("days", [1, 30, 365, MAX_ARCHIVE_DAYS])
def test_archive_window_is_listed_in_full(days: int) -> None:
    window = Window(START, START + days * DAY)
    check_archive_window(window)
    assert len(list_archive_urls(ARCHIVE.discovery.archive or "", window, UTC)) == days


@pytest.mark.parametrize("length", [MAX_ARCHIVE_DAYS * DAY + timedelta(seconds=1), 731 * DAY, 5000 * DAY])
@pytest.mark.parametrize("requested", [None, WireStrategy.ARCHIVE])
def test_window_too_long_for_an_archive_is_refused_and_never_cut(
    length: timedelta, requested: WireStrategy | None
) -> None:
    window = Window(START, START + length)
    with pytest.raises(BadWindow, match="at most 366 days of an archive are crawled by one run"):
        resolve_strategy(ARCHIVE, window, window.end + DAY, requested)
    assert len(list_archive_urls(ARCHIVE.discovery.archive or "", window, UTC)) >= length // DAY
    # Stored pages and feeds have no such limit.
    assert resolve_strategy(make_source(feeds=["https://wire.example/rss"]), window, window.end) is WireStrategy.LIVE
