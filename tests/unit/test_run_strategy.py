"""How a wire is processed: live, from its archive, from stored pages, or not at all, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.source import Discovery, Source
from copydesk.pipeline.core.strategy import RunMode, WireStrategy, choose_strategy
from copydesk.pipeline.core.times import parse_user_time

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
        (DATED, RunMode.CRAWL, False, 0, WireStrategy.ARCHIVE),
    ],
)
def test_strategy_is_chosen_by_mode_and_source(
    source: Source, mode: RunMode, live: bool, stored: int, strategy: WireStrategy
) -> None:
    assert choose_strategy(source, mode, live=live, stored=stored) is strategy


@pytest.mark.parametrize(
    ("source", "mode", "live", "stored"),
    [(FEED_ONLY, RunMode.AUTO, False, 0), (FEED_ONLY, RunMode.CRAWL, False, 9), (DATED, RunMode.STORED, False, 0)],
)
def test_skipped_wire_has_a_reason(source: Source, mode: RunMode, live: bool, stored: int) -> None:
    why = choose_strategy(source, mode, live=live, stored=stored)
    assert not isinstance(why, WireStrategy)
    assert len(why) > 20


def test_time_without_zone_is_utc() -> None:
    assert parse_user_time("2026-03-01T05:00") == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert parse_user_time("2026-03-01T05:00+02:00") == datetime(2026, 3, 1, 3, tzinfo=UTC)
    with pytest.raises(BadInput, match="Invalid time"):
        parse_user_time("five o'clock")


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-10:00"])
def test_extreme_time_is_rejected(text: str) -> None:
    with pytest.raises(BadInput, match="Invalid time"):
        parse_user_time(text)
