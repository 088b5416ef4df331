"""Grades what a live crawl shows about its wire: nothing wrong, or a hard, soft or temporary failure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copydesk.crawler.accounting.crawl_stats import FINISHED, ROBOTS_REASON, CrawlStats, FeedReport
from copydesk.pipeline.store.left_behind import LeftBehind
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import PollFailure

STALE_AFTER = timedelta(days=14)
"""A feed without a newer entry is stale. A weekly column is not, even if it misses a week."""
_REASONS_OF_THE_WIRE = frozenset({"timeout", "no responses"})
"""The reasons for which a crawl is cut short that are the wire's fault. All others are ours: a killed task, the
database, memory."""
_PASSING_STATUSES = frozenset({304, 408, 409, 421, 423, 425, 429, *range(500, 600)})
"""HTTP statuses of a feed that may change by themselves."""
_HARD_REASONS = frozenset(
    {ROBOTS_REASON, "private address", "invalid url", "scheme", "too large", "too many redirects", "too many sitemaps"}
)
"""The errors without a status that only a change of the source file or of the site can end."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a crawl shows about its wire.

    Attributes:
        failure: What is wrong with the wire; None if nothing is.
        is_complete: Whether the crawl left nothing to the next one.
    """

    failure: PollFailure | None
    is_complete: bool = True


def grade_poll(stats: CrawlStats, *, failed: bool, now: datetime) -> PollResult | None:
    """Return what a live crawl shows about its wire; None if it says nothing, because the cause is ours.

    Args:
        stats: The stats of the crawl.
        failed: Whether the crawl counts as failed (``crawl_result``).
        now: The current time (aware).
    """
    good = sum(stats.outcomes[name] for name in ("stored", "unchanged"))
    if stats.error is not None or stats.finish_reason not in {FINISHED, *_REASONS_OF_THE_WIRE}:
        return None
    if stats.finish_reason != FINISHED:
        if good:  # slow, but it makes progress: the next run continues
            return PollResult(None, is_complete=False)
        return PollResult(PollFailure(FailureGrade.TEMPORARY, _find_slow_reason(stats)))
    failed_feeds = [feed for feed in stats.feeds if feed.error]
    if failed_feeds and len(failed_feeds) == len(stats.feeds):
        return PollResult(_grade_feeds(failed_feeds))
    if failed:
        return PollResult(_grade_pages(stats, good))
    return PollResult(
        _grade_listing(stats.feeds, now), is_complete=not stats.left_behind.get(LeftBehind.OVER_MAX_PAGES)
    )


def _find_slow_reason(stats: CrawlStats) -> str:
    errors = [feed.error for feed in stats.feeds if feed.error]
    return errors[0] if errors else "no page within the time limit"


def _grade_feeds(feeds: Sequence[FeedReport]) -> PollFailure:
    """Return the failure of a wire of which no feed could be read: the mildest grade, with its first error."""
    grades = [_grade_feed(feed) for feed in feeds]
    grade = FailureGrade.TEMPORARY if FailureGrade.TEMPORARY in grades else FailureGrade.HARD
    return PollFailure(grade, feeds[grades.index(grade)].error)


def _grade_feed(feed: FeedReport) -> FailureGrade:
    if feed.status is None:
        return FailureGrade.HARD if feed.error in _HARD_REASONS else FailureGrade.TEMPORARY
    return FailureGrade.TEMPORARY if feed.status in _PASSING_STATUSES else FailureGrade.HARD


def _grade_pages(stats: CrawlStats, good: int) -> PollFailure:
    """Return the failure of a wire with readable feeds: its pages failed, were refused, or were too few."""
    reason = next(iter(stats.reasons), "").partition(": ")[2]
    if stats.outcomes["failed"]:
        count = f"{stats.outcomes['failed']} of {stats.scheduled} pages failed"
        return PollFailure(FailureGrade.TEMPORARY, f"{count}: {reason}" if reason else count)
    if stats.outcomes["refused"] and not good:
        return PollFailure(FailureGrade.HARD, f"all pages were refused: {reason}")
    return PollFailure(FailureGrade.SOFT, f"only {good} pages, fewer than its min_articles")


def _grade_listing(feeds: Sequence[FeedReport], now: datetime) -> PollFailure | None:
    """Return the soft failure of feeds that are all empty, or list only old entries."""
    read = [feed for feed in feeds if not feed.error]
    if not read or any(feed.unchanged for feed in read):
        return None
    listing = [feed for feed in read if feed.entries]
    if not listing:
        return PollFailure(FailureGrade.SOFT, "its feeds are empty")
    times = [datetime.fromisoformat(feed.newest) for feed in listing if feed.newest]
    if len(times) == len(listing) and max(times) < now - STALE_AFTER:
        return PollFailure(FailureGrade.SOFT, f"nothing new since {max(times):%Y-%m-%d}")
    return None
