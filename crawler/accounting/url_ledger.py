"""Accounts: every URL of a run gets its one outcome, on record, and the run's stats are written at its end."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats, ErrorInfo, FeedReport
from copydesk.crawler.accounting.outcomes import UNFINISHED_REASONS, OutcomeTracker
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.pipeline.core.errors import CopydeskError, LedgerUnbalanced
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.store.pages import (
    FeedState,
    Fetch,
    count_other_urls,
    count_outcomes,
    record_fetches,
    save_feed_states,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from copydesk.crawler.discovery.selection import Candidate
    from copydesk.crawler.spiders.wire import WireSpider

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class FeedRecord:
    """A feed that was read: its report, its state to remember, and the keys that must be settled before it may be."""

    report: FeedReport
    state: FeedState | None = None
    wanted_keys: frozenset[bytes] = field(default_factory=frozenset)


class UrlLedger:
    """An extension. ``tally`` counts, the database keeps; what reaches neither callback nor errback is found here."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._started = monotonic()
        self.tracker = OutcomeTracker()
        self.feeds: list[FeedRecord] = []
        self.wanted: dict[bytes, str] = {}
        self.scheduled_earlier = 0
        self.over_limit = 0
        self.body_bytes = 0
        self._pending_fetches: list[Fetch] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        accounts = cls(crawler)
        crawler.signals.connect(accounts.on_error, signal=signals.spider_error)
        crawler.signals.connect(accounts.on_error, signal=signals.item_error)
        crawler.signals.connect(accounts.on_spider_closed, signal=signals.spider_closed)
        return accounts

    @property
    def _spider(self) -> WireSpider:
        return self._crawler.spider  # type: ignore[return-value]

    async def record_outcome(
        self,
        candidate: Candidate,
        outcome: Outcome,
        reason: str = "",
        *,
        status: int | None = None,
        **fetch_fields: Any,
    ) -> None:
        """Record the outcome of a URL that brought no new page. ``kept`` may name the ``page_id`` it still is.

        Raises:
            CopydeskError: the database does not take it; the run has been told to end.
        """
        if not self.tracker.is_pending(candidate.url_key):
            return
        await self.save_fetches([self._make_fetch(candidate, outcome, reason, status, **fetch_fields)])
        self.tracker.set_outcome(candidate.url_key, outcome, reason)

    async def save_fetches(self, fetches: list[Fetch]) -> None:
        spider = self._spider
        try:
            await spider.store.call(record_fetches, fetches)
        except CopydeskError as error:
            self.abort_run(error)
            raise

    def abort_run(self, error: CopydeskError) -> None:
        """End the run: what broke it is told in its stats."""
        get_extension_or_raise(self._crawler, Shutdown).request_stop("database", error)

    def on_error(self, failure: Failure, response: Response | Failure | None) -> None:
        """A callback or the store failed on one answer: its URL, or its feed, is told so."""
        if isinstance(failure.value, CopydeskError):
            self.abort_run(failure.value)
            return
        request = getattr(response, "request", None)
        meta = request.meta if request is not None else {}
        reason = f"error {type(failure.value).__name__}"
        candidate = meta.get("candidate")
        if candidate is not None and self.tracker.set_outcome(candidate.url_key, Outcome.FAILED, reason):
            # Scrapy awaits no handler of this signal: written at the end.
            self._pending_fetches.append(self._make_fetch(candidate, Outcome.FAILED, reason, None))
        elif "feed" in meta:
            self.feeds.append(FeedRecord(FeedReport(meta["feed"], meta["kind"], error=reason)))

    async def on_spider_closed(self, spider: WireSpider, reason: str) -> None:
        """Settle what is left, remember the feeds that were worked off, write the stats."""
        if reason == "shutdown":
            reason = "interrupted"
        late_reason = UNFINISHED_REASONS[reason == FINISHED]
        pending = self.tracker.pending
        for one in pending:
            self.tracker.set_outcome(one.url_key, Outcome.FAILED, late_reason)
        self._pending_fetches += [self._make_fetch(one, Outcome.FAILED, late_reason, None) for one in pending]
        recorded: dict[str, int] = {}
        error = get_extension_or_raise(self._crawler, Shutdown).error
        if error is None and not spider.job.dry_run:
            try:
                recorded = await self._reconcile(spider, save_feeds=reason == FINISHED)
            except CopydeskError as trouble:
                error, reason = trouble, "database"
        stats = self._build_stats(spider, reason, error, recorded)
        counts = ", ".join(f"{count} {outcome}" for outcome, count in stats.outcomes.items() if count)
        logger.info(
            "%s: %d URLs%s in %.1f s",
            stats.finish_reason,
            stats.scheduled,
            f": {counts}" if counts else "",
            stats.seconds,
        )
        if spider.job.stats_path is not None:
            stats.write(spider.job.stats_path)

    async def _reconcile(self, spider: WireSpider, *, save_feeds: bool) -> dict[str, int]:
        """Write what is not written yet; returns the outcomes on record.

        Raises:
            LedgerUnbalanced: a scheduled URL is not on record, or is there more than once.
            CopydeskError: the database does not take it.
        """
        job = spider.job
        if self._pending_fetches:
            await spider.store.call(record_fetches, self._pending_fetches)
        if save_feeds:
            await self._save_feed_states(spider)
        counts = await spider.store.call(count_outcomes, job.run_id, job.source.name)
        self.scheduled_earlier = await spider.store.call(
            count_other_urls, job.run_id, job.source.name, self.tracker.url_keys
        )
        if sum(counts.values()) != self.tracker.scheduled + self.scheduled_earlier:
            raise LedgerUnbalanced(
                f"{self.tracker.scheduled} URLs were scheduled and {self.scheduled_earlier} before, "
                f"{sum(counts.values())} are on record.",
                "This is a mistake in the crawler; keep its log.",
            )
        return {outcome.value: count for outcome, count in counts.items()}

    async def _save_feed_states(self, spider: WireSpider) -> None:
        if self.over_limit:
            return  # a feed that was cut off must be read again
        failed = self.tracker.failed_keys
        states = [feed.state for feed in self.feeds if feed.state is not None and not feed.wanted_keys & failed]
        if states:
            await spider.store.call(save_feed_states, spider.job.source.name, states, spider.job.window.end)

    def _make_fetch(
        self, candidate: Candidate, outcome: Outcome, reason: str, status: int | None, **fetch_fields: Any
    ) -> Fetch:
        spider = self._spider
        return Fetch(
            run_id=spider.job.run_id,
            wire=spider.job.source.name,
            url_key=candidate.url_key,
            url=candidate.entry.url,
            outcome=outcome,
            fetched_at=spider.now(),
            reason=reason,
            status=status,
            **fetch_fields,
        )

    def _build_stats(
        self, spider: WireSpider, reason: str, error: CopydeskError | None, recorded: dict[str, int]
    ) -> CrawlStats:
        return CrawlStats(
            wire=spider.job.source.name,
            run_id=spider.job.run_id,
            finish_reason=reason,
            mode=spider.job.mode.value,
            scheduled=self.tracker.scheduled,
            outcomes=self.tracker.outcomes,
            reasons=self.tracker.reasons,
            recorded=recorded,
            scheduled_earlier=self.scheduled_earlier,
            feeds=tuple(feed.report for feed in self.feeds),
            over_limit=self.over_limit,
            wanted=tuple(self.wanted.values()),
            body_bytes=self.body_bytes,
            seconds=round(monotonic() - self._started, 3),
            error=ErrorInfo(type(error).__name__, error.message, error.remedy) if error else None,
        )
