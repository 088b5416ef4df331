"""Decides from a crawl's stats whether it succeeded. The exit status of the spider's process does not show that."""

from __future__ import annotations

from copydesk.crawler.accounting.crawl_stats import FINISHED, PRIVATE_ADDRESS_REASON, ROBOTS_REASON, CrawlStats
from copydesk.pipeline.core.errors import BadSource, LedgerUnbalanced, Permanent, Transient
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.store.left_behind import CONTINUED_REASONS, LeftBehind

MAX_FAILED_SHARE = 0.5
MIN_URLS = 5  # a share of fewer URLs says little about a wire
GONE_STATUSES = frozenset({401, 403, 404, 410, 451})


def raise_for_crawl_result(stats: CrawlStats, source: Source) -> list[str]:
    """Raise an error if a crawl failed; return warnings about a crawl that succeeded.

    A crawl succeeds even if the wire published nothing in the window, or if some URLs failed: these stay unknown, and
    the next window requests them again. Pages from earlier attempts of the run count.

    Returns:
        One sentence per warning.

    Raises:
        Transient: It was cut short, no feed could be read, or all or most of its URLs failed.
        Permanent: Its feeds have moved, or all of its URLs were refused.
        LedgerUnbalanced: A URL has no outcome, or two.
    """
    if stats.error is not None:
        raise stats.error.to_error()
    if stats.finish_reason != FINISHED:
        raise Transient(f"{source.name}: the crawl was cut short ({stats.finish_reason}).", "Run it again.")
    if not stats.is_balanced:
        raise LedgerUnbalanced(
            f"{source.name}: {stats.scheduled} URLs were scheduled, but {sum(stats.outcomes.values())} have outcomes.",
            "This is a bug in the crawler; keep its log.",
        )
    _check_feeds(stats, source)
    _check_pages(stats, source)
    return _list_warnings(stats)


def _check_feeds(stats: CrawlStats, source: Source) -> None:
    failed_feeds = [feed for feed in stats.feeds if feed.error and not _is_left_behind(feed.error)]
    if not failed_feeds or len(failed_feeds) < len(stats.feeds):
        return
    errors = "; ".join(f"{feed.url}: {feed.error}" for feed in failed_feeds[:3])
    if all(feed.status in GONE_STATUSES for feed in failed_feeds):
        raise BadSource(
            f"{source.name}: none of its feeds exists any more ({errors}).",
            f"Correct the URLs under discovery in its file, then run `copydesk wires check {source.name}`.",
        )
    if all(feed.error == ROBOTS_REASON for feed in failed_feeds):
        raise Permanent(
            f"{source.name}: its robots.txt disallows all of its feeds ({errors}).",
            "Ask the publisher for permission, configure other feeds, or disable the wire.",
        )
    if all(feed.error == PRIVATE_ADDRESS_REASON for feed in failed_feeds):
        raise BadSource(
            f"{source.name}: its feeds have private addresses ({errors}).",
            "If the wire is in your own network, set allow_private = true in its file.",
        )
    raise Transient(
        f"{source.name}: none of its feeds could be read ({errors}).",
        f"Run `copydesk wires check {source.name}` to test them now.",
    )


def _check_pages(stats: CrawlStats, source: Source) -> None:
    failed, refused, total = stats.discovered["failed"], stats.discovered["refused"], stats.total_discovered
    good = sum(
        max(stats.discovered[name], stats.recorded.get(name, 0) - stats.revisits.get(name, 0))
        for name in ("stored", "unchanged")
    )
    top_reasons = "; ".join(f"{reason} ({count})" for reason, count in list(stats.reasons.items())[:3])
    if failed and failed == total:
        raise Transient(f"{source.name}: all URLs failed: {top_reasons}.", "The next window requests them again.")
    if total >= MIN_URLS and failed > MAX_FAILED_SHARE * total:
        raise Transient(
            f"{source.name}: {failed} of {total} URLs failed: {top_reasons}.",
            "The next window requests them again.",
        )
    if total >= MIN_URLS and refused == total:
        raise Permanent(
            f"{source.name}: all URLs were refused: {top_reasons}.",
            "Check discovery.include, discovery.exclude and allow_private in its file, and its robots.txt.",
        )
    if good < source.min_articles and not any(LeftBehind(reason).is_continued for reason in stats.left_behind):
        raise Transient(
            f"{source.name}: got {good} pages, fewer than its min_articles ({source.min_articles}).",
            "Check its feeds, or lower min_articles.",
        )


def _is_left_behind(error: str) -> bool:
    """Return whether a feed was not requested, but left to a later run."""
    return error in CONTINUED_REASONS


def list_feed_warnings(stats: CrawlStats) -> list[str]:
    """Return what is wrong with the feeds of a crawl, one sentence each: those that failed, and what was left out."""
    failed_feeds = [feed for feed in stats.feeds if feed.error and not _is_left_behind(feed.error)]
    warnings = [f"{feed.kind} {feed.url} could not be read: {feed.error}." for feed in failed_feeds]
    return warnings + [f"{feed.kind} {feed.url}: {warning}." for feed in stats.feeds for warning in feed.warnings]


def _list_warnings(stats: CrawlStats) -> list[str]:
    warnings = list_feed_warnings(stats)
    if stats.outcomes["failed"]:
        warnings.append(f"{stats.outcomes['failed']} of {stats.scheduled} URLs failed; the next run retries them.")
    warnings += [f"{LeftBehind(reason).describe(count)}." for reason, count in stats.left_behind.items()]
    return warnings
