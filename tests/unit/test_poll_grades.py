"""Grades of polls: what a crawl shows about its wire, by the stats of the spider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copydesk.crawler.accounting.crawl_stats import CrawlStats, ErrorInfo, FeedReport
from copydesk.crawler.accounting.poll_grade import STALE_AFTER, PollResult, grade_poll
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import PollFailure

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def make_feed(**values: Any) -> FeedReport:
    return FeedReport("https://wire.example/rss", "feed", **values)


def grade(*feeds: FeedReport, failed: bool = False, reason: str = "finished", **values: Any) -> PollResult | None:
    outcomes = dict.fromkeys(("stored", "unchanged", "refused", "quarantined", "failed"), 0) | values.pop("pages", {})
    stats = CrawlStats(
        "north", "run", reason, feeds=feeds, outcomes=outcomes, scheduled=sum(outcomes.values()), **values
    )
    return grade_poll(stats, failed=failed, now=NOW)


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        ("http 404", 404, FailureGrade.HARD),
        ("http 410", 410, FailureGrade.HARD),
        ("http 403", 403, FailureGrade.HARD),
        ("HTML page", 200, FailureGrade.HARD),
        ("not XML", 200, FailureGrade.HARD),
        ("robots", None, FailureGrade.HARD),
        ("private address", None, FailureGrade.HARD),
        ("http 503", 503, FailureGrade.TEMPORARY),
        ("http 429", 429, FailureGrade.TEMPORARY),
        ("unexpected http 304", 304, FailureGrade.TEMPORARY),
        ("timeout", None, FailureGrade.TEMPORARY),
        ("dns", None, FailureGrade.TEMPORARY),
        ("connection refused", None, FailureGrade.TEMPORARY),
        ("robots.txt unavailable", None, FailureGrade.TEMPORARY),
    ],
)
def test_feed_error_is_graded(error: str, status: int | None, expected: FailureGrade) -> None:
    feed = make_feed(error=error, status=status)
    assert grade(feed, failed=True) == PollResult(PollFailure(expected, error))


def test_mildest_error_of_several_feeds_decides() -> None:
    gone, down = make_feed(error="http 404", status=404), make_feed(error="timeout")
    assert grade(gone, down, failed=True) == PollResult(PollFailure(FailureGrade.TEMPORARY, "timeout"))


def test_wire_with_one_readable_feed_is_good() -> None:
    assert grade(make_feed(error="http 404", status=404), make_feed(entries=3)) == PollResult(None)


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        (make_feed(), "its feeds are empty"),
        (make_feed(entries=9, newest=(NOW - STALE_AFTER * 2).isoformat()), "nothing new since 2026-02-04"),
        (make_feed(entries=9, newest=(NOW - timedelta(days=3)).isoformat()), None),
        (make_feed(entries=9), None),
        (make_feed(unchanged=True), None),
    ],
)
def test_empty_and_stale_feeds_are_soft_failures(feed: FeedReport, reason: str | None) -> None:
    assert grade(feed) == PollResult(PollFailure(FailureGrade.SOFT, reason) if reason else None)


def test_failed_pages_are_temporary_and_refused_ones_hard() -> None:
    feed = make_feed(entries=9)
    found = grade(feed, failed=True, pages={"failed": 8, "stored": 1}, reasons={"failed: http 503": 8})
    assert found == PollResult(PollFailure(FailureGrade.TEMPORARY, "8 of 9 pages failed: http 503"))
    found = grade(feed, failed=True, pages={"refused": 9}, reasons={"refused: robots": 9})
    assert found == PollResult(PollFailure(FailureGrade.HARD, "all pages were refused: robots"))
    found = grade(feed, failed=True, pages={"stored": 1})
    assert found == PollResult(PollFailure(FailureGrade.SOFT, "only 1 pages, fewer than its min_articles"))


def test_slow_wire_that_makes_progress_is_continued() -> None:
    feed = make_feed(entries=9)
    assert grade(feed, failed=True, reason="timeout", pages={"stored": 2}) == PollResult(None, is_complete=False)
    found = grade(feed, failed=True, reason="timeout", pages={"failed": 9})
    assert found == PollResult(PollFailure(FailureGrade.TEMPORARY, "no page within the time limit"))


def test_poll_that_left_pages_to_the_next_one_is_incomplete() -> None:
    assert grade(make_feed(entries=9), left_behind={"over max_pages": 4}) == PollResult(None, is_complete=False)
    assert grade(make_feed(entries=9), left_behind={"no longer listed": 4}) == PollResult(None)


@pytest.mark.parametrize("reason", ["interrupted", "database", "memory", "killed", "not started", "start_error"])
def test_crawl_that_was_stopped_says_nothing_about_its_wire(reason: str) -> None:
    assert grade(failed=True, reason=reason) is None


def test_error_of_the_database_says_nothing_about_the_wire() -> None:
    assert grade(make_feed(entries=1), failed=True, error=ErrorInfo("Transient", "The database is down.")) is None
