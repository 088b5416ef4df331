"""The ledger of a crawl: records one outcome for each scheduled URL, and writes the stats at the end."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Self
from uuid import UUID

from scrapy import signals

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats, ErrorInfo, FeedReport
from copydesk.crawler.accounting.fetch_record import make_fetch
from copydesk.crawler.accounting.left_behind_tally import LeftBehindTally
from copydesk.crawler.accounting.memory_guard import MEMORY_REASON
from copydesk.crawler.accounting.outcomes import INTERRUPTED_REASON, LOST_REASON, OutcomeTracker
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.request_targets import FeedTarget, PageTarget, get_target
from copydesk.pipeline.core.errors import CopydeskError, LedgerUnbalanced
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.url_secrets import mask_secrets
from copydesk.pipeline.store.left_behind import LeftBehind
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

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _FeedRecord:
    report: FeedReport
    state: FeedState | None = None
    wanted_keys: frozenset[bytes] = field(default_factory=frozenset)


class UrlLedger:
    """Scrapy extension that accounts for every URL of a crawl.

    It counts in memory and records in the database; both must agree at the end. A request that reaches neither its
    callback nor its errback is found there too. Its state is its own: other components call its methods.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self._crawler = crawler
        self._session = session
        self._started = monotonic()
        self._tracker = OutcomeTracker()
        self._feeds: list[_FeedRecord] = []
        self._dry_run_urls: dict[bytes, str] = {}
        self._scheduled_earlier = 0
        self._left_behind = LeftBehindTally()
        self._body_bytes = 0
        self._unsaved_fetches: list[Fetch] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ledger = cls(crawler, get_session(crawler))
        crawler.signals.connect(ledger.on_error, signal=signals.spider_error)
        crawler.signals.connect(ledger.on_error, signal=signals.item_error)
        crawler.signals.connect(ledger.on_spider_closed, signal=signals.spider_closed)
        return ledger

    @property
    def scheduled(self) -> int:
        """The number of scheduled URLs."""
        return self._tracker.scheduled

    @property
    def outcomes(self) -> dict[str, int]:
        """The number of URLs by outcome; every outcome is a key."""
        return self._tracker.outcomes

    def is_pending(self, key: bytes) -> bool:
        """Return whether a URL is scheduled and has no outcome yet."""
        return self._tracker.is_pending(key)

    def schedule(self, candidates: Iterable[Candidate], fetched_earlier: int = 0) -> list[Candidate]:
        """Schedule candidates, up to the wire's ``max_pages`` per run. In a dry run, only list their URLs.

        Args:
            candidates: What the crawl wants to fetch.
            fetched_earlier: The number of URLs that an earlier attempt of the run fetched. They count for the limit.

        Returns:
            The candidates to request now. A URL is never returned twice.
        """
        if self._session.job.dry_run:
            for candidate in candidates:
                self._dry_run_urls.setdefault(candidate.url_key, mask_secrets(candidate.entry.url))
            return []
        max_pages = self._session.source.politeness.max_pages
        accepted = []
        for candidate in candidates:
            is_full = self._tracker.scheduled + fetched_earlier >= max_pages
            if is_full and not self._tracker.is_scheduled(candidate.url_key):
                self._left_behind.add(LeftBehind.OVER_MAX_PAGES, [candidate])
            elif self._tracker.schedule(candidate):
                accepted.append(candidate)
        return accepted

    def schedule_revisits(self, revisits: Iterable[PageTarget]) -> list[PageTarget]:
        """Schedule known pages, up to ``max_pages``, and return those to request; the others stay due."""
        left = max(self._session.source.politeness.max_pages - self._tracker.scheduled, 0)
        new = [revisit for revisit in revisits if not self._tracker.is_scheduled(revisit.candidate.url_key)][:left]
        return [revisit for revisit in new if self._tracker.schedule(revisit.candidate, is_revisit=True)]

    def leave_behind(self, too_old: Iterable[Candidate], missed: int) -> None:
        """Count what is not fetched of a feed: items before the first crawl, and about how many it lists no more."""
        self._left_behind.add(LeftBehind.BEFORE_FIRST_CRAWL, too_old)
        self._left_behind.add_missed(missed)

    def leave(self, target: FeedTarget | PageTarget, reason: LeftBehind) -> None:
        """Count a feed or a page that is left to a later run; a page loses its place in the schedule."""
        if isinstance(target, FeedTarget):
            self._left_behind.add_key(reason, target.url.encode())
        elif self._tracker.withdraw(target.candidate.url_key) and target.revisit is None:
            self._left_behind.add_key(reason, target.candidate.url_key)

    def record_feed(
        self, report: FeedReport, state: FeedState | None = None, wanted_keys: frozenset[bytes] = frozenset()
    ) -> None:
        """Record that a feed was read, or that it failed.

        Args:
            report: The result.
            state: What to save of the feed, so that the next run can skip it if it is unchanged.
            wanted_keys: The URLs of the feed that the crawl wants. Without all of them, the state is not saved.
        """
        self._feeds.append(_FeedRecord(report, state, wanted_keys))
        if report.error:
            logger.warning("%s %s failed: %s", report.kind, report.url, report.error)
        elif report.unchanged:
            logger.info("%s %s skipped: unchanged", report.kind, report.url)
        else:
            for warning in report.warnings:
                logger.warning("%s %s: %s", report.kind, report.url, warning)
            logger.info("%s %s: %d entries, %d wanted", report.kind, report.url, report.entries, report.wanted)

    def record_page(self, fetch: Fetch) -> None:
        """Count a page that was saved with its outcome."""
        if self._tracker.set_outcome(fetch.url_key, fetch.outcome, fetch.reason):
            self._body_bytes += fetch.body_bytes

    async def record_outcome(
        self,
        candidate: Candidate,
        outcome: Outcome,
        reason: str,
        *,
        status: int | None = None,
        page_id: UUID | None = None,
        body_bytes: int = 0,
        revisit: int | None = None,
    ) -> None:
        """Save and count the outcome of a URL that brought no new page. Only its first outcome counts.

        Args:
            candidate: The scheduled URL.
            outcome: Its outcome.
            reason: A short stable code, such as ``timeout``.
            status: The HTTP status, if the server responded.
            page_id: The stored page that is still current.
            body_bytes: The size of the response's body.
            revisit: The step at which a known page was fetched again; None otherwise.

        Raises:
            CopydeskError: The database fails; the crawl stops.
        """
        if not self._tracker.is_pending(candidate.url_key):
            return
        fetch = make_fetch(
            self._session, candidate, outcome, reason, status=status, page_id=page_id, body_bytes=body_bytes,
            revisit=revisit,
        )  # fmt: skip
        try:
            await self._session.store.call(record_fetches, [fetch])
        except CopydeskError as error:
            self._stop_crawl(error)
            raise
        self._tracker.set_outcome(candidate.url_key, outcome, reason)

    def on_error(self, failure: Failure, response: Response | Failure | None) -> None:
        """Record that a callback or the item pipeline raised: its URL or its feed failed."""
        if isinstance(failure.value, CopydeskError):
            self._stop_crawl(failure.value)
            return
        reason = f"error {type(failure.value).__name__}"
        target = get_target(getattr(response, "request", None))
        if isinstance(target, PageTarget):
            candidate = target.candidate
            if self._tracker.set_outcome(candidate.url_key, Outcome.FAILED, reason):
                # Scrapy does not await handlers of this signal: saved at the end.
                self._unsaved_fetches.append(make_fetch(self._session, candidate, Outcome.FAILED, reason))
        elif isinstance(target, FeedTarget):
            self.record_feed(FeedReport(target.url, target.kind, error=reason))

    async def on_spider_closed(self, reason: str) -> None:
        """Record the URLs that are left, save the states of the feeds, write the stats."""
        if reason == "shutdown":  # Scrapy's word for a signal
            reason = "interrupted"
        pending_reason = LOST_REASON if reason == FINISHED else INTERRUPTED_REASON
        for candidate in self._tracker.pending:
            self._tracker.set_outcome(candidate.url_key, Outcome.FAILED, pending_reason)
            self._unsaved_fetches.append(make_fetch(self._session, candidate, Outcome.FAILED, pending_reason))
        recorded: dict[str, int] = {}
        error = get_extension_or_raise(self._crawler, Shutdown).error
        if (error is None or reason == MEMORY_REASON) and not self._session.job.dry_run:
            try:
                recorded = await self._reconcile(save_feeds=reason == FINISHED)
            except CopydeskError as database_error:
                error, reason = database_error, "database"
        stats = self._build_stats(reason, error, recorded)
        counts = ", ".join(f"{count} {outcome}" for outcome, count in stats.outcomes.items() if count)
        logger.info(
            "%s: %d URLs%s in %.1f s",
            stats.finish_reason,
            stats.scheduled,
            f": {counts}" if counts else "",
            stats.seconds,
        )
        if self._session.job.stats_path is not None:
            stats.write(self._session.job.stats_path)

    def _stop_crawl(self, error: CopydeskError) -> None:
        get_extension_or_raise(self._crawler, Shutdown).request_stop("database", error)

    async def _reconcile(self, *, save_feeds: bool) -> dict[str, int]:
        """Save what is left and compare the counts; return the number of URLs by outcome as recorded.

        Raises:
            LedgerUnbalanced: A scheduled URL is missing in the database, or is there more than once.
            CopydeskError: The database fails.
        """
        job, store = self._session.job, self._session.store
        if self._unsaved_fetches:
            await store.call(record_fetches, self._unsaved_fetches)
        if save_feeds:
            await self._save_feed_states()
        counts = await store.call(count_outcomes, job.run_key, job.source.name)
        self._scheduled_earlier = await store.call(
            count_other_urls, job.run_key, job.source.name, self._tracker.url_keys
        )
        scheduled, recorded = self._tracker.scheduled, sum(counts.values())
        if recorded != scheduled + self._scheduled_earlier:
            raise LedgerUnbalanced(
                f"The crawl scheduled {scheduled} URLs and earlier attempts {self._scheduled_earlier}, "
                f"but {recorded} are recorded.",
                "This is a bug in the crawler; keep its log.",
            )
        return {outcome.value: count for outcome, count in counts.items()}

    async def _save_feed_states(self) -> None:
        if self._left_behind.is_continued:
            return  # a feed with URLs that are left to a later run must be read again
        failed = self._tracker.failed_keys
        states = [feed.state for feed in self._feeds if feed.state is not None and not feed.wanted_keys & failed]
        if states:
            job = self._session.job
            await self._session.store.call(save_feed_states, job.source.name, states, job.window.end)

    def _build_stats(self, reason: str, error: CopydeskError | None, recorded: dict[str, int]) -> CrawlStats:
        job = self._session.job
        return CrawlStats(
            wire=job.source.name,
            run_id=job.run_id,
            finish_reason=reason,
            strategy=job.strategy.value,
            scheduled=self._tracker.scheduled,
            outcomes=self._tracker.outcomes,
            reasons=self._tracker.reasons,
            revisits=self._tracker.revisits,
            recorded=recorded,
            scheduled_earlier=self._scheduled_earlier,
            feeds=tuple(feed.report for feed in self._feeds),
            left_behind=self._left_behind.counts,
            wanted=tuple(self._dry_run_urls.values()),
            body_bytes=self._body_bytes,
            seconds=round(monotonic() - self._started, 3),
            error=ErrorInfo.from_error(error) if error else None,
        )
