"""How a wire is processed: live, from its archive, from stored pages, or not at all, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.source import Discovery, Source
from copydesk.pipeline.core.strategy import RunMode, WireStrategy, choose_strategy
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.core.times import parse_absolute_time, parse_user_span, parse_user_time

FEED_ONLY = Source(
    name="north", title="North", home="http://north.example", discovery=Discovery(feeds=("http://north.example/rss",))
)
ARCHIVE = "http://north.example/news-{%Y-%m-%d}.xml"
DATED = FEED_ONLY.model_copy(
    update={"discovery": Discovery(feeds=FEED_ONLY.discovery.feeds, archive=ARCHIVE)},
)
ARCHIVE_ONLY = FEED_ONLY.model_copy(update={"discovery": Discovery(archive=ARCHIVE)})


@pytest.mark.parametrize(
    ("source", "mode", "live", "stored", "strategy"),
    [
        (FEED_ONLY, RunMode.AUTO, True, 0, WireStrategy.LIVE),
        (DATED, RunMode.AUTO, True, 0, WireStrategy.LIVE),
        (ARCHIVE_ONLY, RunMode.AUTO, True, 0, WireStrategy.ARCHIVE),
        (DATED, RunMode.AUTO, False, 9, WireStrategy.ARCHIVE),
        (FEED_ONLY, RunMode.AUTO, False, 9, WireStrategy.STORED),
        (DATED, RunMode.STORED, True, 9, WireStrategy.STORED),
        (DATED, RunMode.LIVE, True, 9, WireStrategy.LIVE),
        (DATED, RunMode.ARCHIVE, True, 9, WireStrategy.ARCHIVE),
    ],
)
def test_strategy_is_chosen_by_mode_and_source(
    source: Source, mode: RunMode, live: bool, stored: int, strategy: WireStrategy
) -> None:
    assert choose_strategy(source, mode, live=live, stored=stored) is strategy


@pytest.mark.parametrize(
    ("source", "mode", "live", "stored"),
    [
        (FEED_ONLY, RunMode.AUTO, False, 0),
        (FEED_ONLY, RunMode.AUTO, False, None),
        (FEED_ONLY, RunMode.LIVE, False, 9),
        (ARCHIVE_ONLY, RunMode.LIVE, True, 9),
        (FEED_ONLY, RunMode.ARCHIVE, True, 9),
        (DATED, RunMode.STORED, False, 0),
    ],
)
def test_skipped_wire_has_a_reason(source: Source, mode: RunMode, live: bool, stored: int | None) -> None:
    why = choose_strategy(source, mode, live=live, stored=stored)
    assert not isinstance(why, WireStrategy)
    assert len(why) >= 20


def test_time_without_zone_is_utc() -> None:
    assert parse_user_time("2026-03-01T05:00") == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert parse_user_time("2026-03-01T05:00+02:00") == datetime(2026, 3, 1, 3, tzinfo=UTC)
    for text in ("five o'clock", "tomorrow", "24", "24x", "h", "999999999w", "1h 2h"):
        with pytest.raises(BadInput, match=r"Invalid time .*; use ISO 8601 or a relative time such as 24h"):
            parse_user_time(text)


NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("now", timedelta()), ("90m", timedelta(minutes=90)), ("24h", timedelta(hours=24)), ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)), ("30s", timedelta(seconds=30)), ("24 hours ago", timedelta(hours=24)),
        ("-1 Day", timedelta(days=1)), ("today", timedelta(hours=5, minutes=30)),
        ("Yesterday", timedelta(hours=29, minutes=30)),
    ],
)  # fmt: skip
def test_relative_time_is_subtracted_from_now(text: str, age: timedelta) -> None:
    assert parse_user_time(f" {text} ", NOW) == NOW - age


def test_time_of_a_run_is_never_relative() -> None:
    with pytest.raises(BadInput, match="use ISO 8601, for example"):
        parse_absolute_time("24h")


def test_empty_span_is_rejected() -> None:
    assert parse_user_span("", "") == (None, None)
    with pytest.raises(BadInput, match="The time span from 1h to 2h is empty"):
        parse_user_span("1h", "2h")


def test_similar_names_are_suggested() -> None:
    known = ["north", "northgate", "south", "menafn"]
    assert suggest_names("Northgat", known) == "Did you mean northgate or north?"
    assert suggest_names("mena", known) == "Did you mean menafn?"
    assert suggest_names("zzz", known) == ""


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-10:00"])
def test_extreme_time_is_rejected(text: str) -> None:
    with pytest.raises(BadInput, match="Invalid time"):
        parse_user_time(text)
