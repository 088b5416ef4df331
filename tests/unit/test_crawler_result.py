"""The result of a crawl: what its stats mean, and how they are saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats, ErrorInfo, FeedReport
from copydesk.pipeline.core.errors import BadSource, DatabaseUnreachable, LedgerUnbalanced, Permanent, Transient
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.source import Source

SOURCE = Source.model_validate(
    {"name": "w", "title": "W", "home": "https://wire.example", "discovery": {"feeds": ["https://wire.example/rss"]}}
)
FEED = FeedReport("https://wire.example/rss", "feed", entries=20, wanted=10)


def make_stats(feeds: tuple[FeedReport, ...] = (FEED,), **counts: int) -> CrawlStats:
    outcomes = {outcome.value: counts.get(outcome.value, 0) for outcome in Outcome}
    reasons = {f"{name}: because": count for name, count in counts.items() if name in {"failed", "refused"}}
    return CrawlStats("w", "run", "finished", "live", sum(counts.values()), outcomes, reasons, feeds=feeds)


@pytest.mark.parametrize(
    "stats",
    [make_stats(stored=10), make_stats(), make_stats(unchanged=3), make_stats(refused=4), make_stats(feeds=())],
    ids=["stored", "rightly empty", "unchanged", "few refused", "no feed asked"],
)
def test_good_crawl_raises_nothing(stats: CrawlStats) -> None:
    assert raise_for_crawl_result(stats, SOURCE) == []


def test_partial_failure_gives_warnings() -> None:
    bad = FeedReport("https://wire.example/2", "feed", error="timeout")
    stats = replace(make_stats((FEED, bad), stored=8, failed=2), left_behind={"over max_pages": 3})
    warnings = raise_for_crawl_result(stats, SOURCE)
    assert [line.split()[0] for line in warnings] == ["feed", "2", "3"]


BAD: list[tuple[CrawlStats, type[Exception], str]] = [
    (make_stats(failed=2), Transient, "all URLs failed: failed: because"),
    (make_stats(failed=6, stored=4), Transient, "6 of 10 URLs failed"),
    (make_stats(refused=5), Permanent, "all URLs were refused"),
    (make_stats((replace(FEED, error="timeout"),)), Transient, "none of its feeds could be read"),
    (make_stats((replace(FEED, error="http 410", status=410),)), BadSource, "exists any more"),
    (make_stats((replace(FEED, error="robots"),)), Permanent, "robots.txt disallows"),
    (replace(make_stats(stored=3), finish_reason="interrupted"), Transient, "cut short"),
    (replace(make_stats(stored=3), scheduled=4), LedgerUnbalanced, "4 URLs were scheduled, but 3"),
    (replace(make_stats(), error=ErrorInfo("DatabaseUnreachable", "Gone.")), DatabaseUnreachable, "Gone"),
    (replace(make_stats(), error=ErrorInfo("BadSource", "Wrong.")), BadSource, "Wrong"),
    (replace(make_stats(), error=ErrorInfo("annotations", "Odd.")), Transient, "Odd"),
]


@pytest.mark.parametrize(("stats", "kind", "message"), BAD)
def test_bad_crawl_raises_its_error_class(stats: CrawlStats, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        raise_for_crawl_result(stats, SOURCE)
    assert type(caught.value) is kind


def test_minimum_of_articles_is_enforced() -> None:
    demanding = SOURCE.model_copy(update={"min_articles": 5})
    assert raise_for_crawl_result(make_stats(stored=2, unchanged=3), demanding) == []
    with pytest.raises(Transient, match="got 4 pages"):
        raise_for_crawl_result(make_stats(stored=4), demanding)


def test_pages_of_earlier_tries_count() -> None:
    """A retry of the last few pages is not judged by these alone."""
    rest = replace(make_stats(failed=2), scheduled_earlier=98, recorded={"stored": 98, "failed": 2})
    assert raise_for_crawl_result(rest, SOURCE.model_copy(update={"min_articles": 50})) == [
        "2 of 2 URLs failed; the next run retries them."
    ]


def test_stats_round_trip_through_their_file(tmp_path: Path) -> None:
    stats = replace(make_stats(stored=1), error=ErrorInfo("Transient", "x"), wanted=("https://wire.example/a",))
    stats.write(tmp_path / "stats.json")
    assert CrawlStats.read(tmp_path / "stats.json") == stats
    assert [path.name for path in tmp_path.iterdir()] == ["stats.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"wire": 1}', '{"unknown": 1}'])
def test_invalid_stats_file_is_none(tmp_path: Path, text: Any) -> None:
    (tmp_path / "stats.json").write_text(text)
    assert CrawlStats.read(tmp_path / "stats.json") is None
