"""The verdict: whether a crawl was a good one, by its stats. A process's exit status can't say."""

from __future__ import annotations

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats
from copydesk.pipeline.core import errors
from copydesk.pipeline.core.errors import BadSource, CopydeskError, LedgerUnbalanced, Permanent, Transient
from copydesk.pipeline.core.source import Source

MAX_FAILED_SHARE = 0.5
MIN_URLS = 5  # fewer URLs than this say nothing about a wire
_GONE_STATUSES = frozenset({401, 403, 404, 410, 451})


def raise_for_crawl_result(stats: CrawlStats, source: Source) -> list[str]:
    """Raise what is wrong with a crawl, or return what is worth telling of a good one, a sentence each.

    A window in which a wire published nothing is a good one. So is a crawl of which a part failed: those URLs stay
    unknown, and the next window asks again. What earlier tries of the run got counts with it.

    Raises:
        Transient: it was cut short; no feed could be had; all or most of its URLs failed.
        Permanent: its feeds have moved, or everything it names is refused.
        LedgerUnbalanced: a URL has no outcome, or two.
    """
    if stats.error is not None:
        raise _rebuild_error(stats)
    if stats.finish_reason != FINISHED:
        raise Transient(f"{source.name}: the crawl was cut short ({stats.finish_reason}).", "It can be run again.")
    if not stats.is_balanced:
        raise LedgerUnbalanced(
            f"{source.name}: {stats.scheduled} URLs were scheduled, but {sum(stats.outcomes.values())} have outcomes.",
            "This is a mistake in the crawler; keep its log.",
        )
    _check_feeds(stats, source)
    _check_pages(stats, source)
    return _list_warnings(stats)


def _check_feeds(stats: CrawlStats, source: Source) -> None:
    failed_feeds = [feed for feed in stats.feeds if feed.error]
    if not failed_feeds or len(failed_feeds) < len(stats.feeds):
        return
    errors_text = "; ".join(f"{feed.url}: {feed.error}" for feed in failed_feeds[:3])
    if all(feed.status in _GONE_STATUSES for feed in failed_feeds):
        raise BadSource(
            f"{source.name}: none of its feeds is there any more ({errors_text}).",
            f"Correct the addresses under discovery in its file, then `copydesk wires check {source.name}`.",
        )
    if all(feed.error == "robots" for feed in failed_feeds):
        raise Permanent(
            f"{source.name}: its robots.txt forbids its feeds ({errors_text}).",
            "Ask the publisher, name other feeds, or disable the wire.",
        )
    raise Transient(
        f"{source.name}: none of its feeds could be read ({errors_text}).",
        f"`copydesk wires check {source.name}` tries them now.",
    )


def _check_pages(stats: CrawlStats, source: Source) -> None:
    failed, refused = stats.outcomes["failed"], stats.outcomes["refused"]
    good = sum(max(stats.outcomes[name], stats.recorded.get(name, 0)) for name in ("stored", "unchanged"))
    top_reasons = "; ".join(f"{reason} ({count})" for reason, count in list(stats.reasons.items())[:3])
    if failed and failed == stats.total_scheduled:
        raise Transient(f"{source.name}: every URL failed: {top_reasons}.", "The next window asks for them again.")
    if stats.total_scheduled >= MIN_URLS and failed > MAX_FAILED_SHARE * stats.total_scheduled:
        raise Transient(
            f"{source.name}: {failed} of {stats.total_scheduled} URLs failed: {top_reasons}.",
            "The next window asks for them again.",
        )
    if stats.total_scheduled >= MIN_URLS and refused == stats.total_scheduled:
        raise Permanent(
            f"{source.name}: every URL was refused: {top_reasons}.",
            "Check discovery.include and exclude in its file, its robots.txt, and allow_private.",
        )
    if good < source.min_articles:
        raise Transient(
            f"{source.name}: gave {good} pages, and min_articles asks for {source.min_articles}.",
            "Look at its feeds, or lower min_articles.",
        )


def _list_warnings(stats: CrawlStats) -> list[str]:
    warnings = [f"{feed.kind} {feed.url} could not be read: {feed.error}." for feed in stats.feeds if feed.error]
    if stats.outcomes["failed"]:
        warnings.append(f"{stats.outcomes['failed']} of {stats.scheduled} URLs failed; they are asked for again.")
    if stats.over_limit:
        warnings.append(f"{stats.over_limit} URLs were left for the next run by politeness.max_pages.")
    return warnings


def _rebuild_error(stats: CrawlStats) -> CopydeskError:
    """The error that the spider's process met, as it was there."""
    if stats.error is None:
        return Transient(f"{stats.wire}: no stats.")
    kind = getattr(errors, stats.error.error_class, Transient)
    if not (
        isinstance(kind, type) and issubclass(kind, CopydeskError) and not issubclass(kind, errors.QuarantineError)
    ):
        kind = Transient
    return kind(stats.error.message, stats.error.remedy)
