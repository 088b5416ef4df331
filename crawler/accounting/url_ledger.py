"""Accounts: every URL of a run gets its one outcome, on record, and the run's stats are written at its end."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from copydesk.crawler.accounting.crawl_stats import FINISHED, CrawlStats, FeedReport, Trouble
from copydesk.crawler.accounting.outcomes import LATE_REASONS, Tally
from copydesk.crawler.accounting.shutdown import Ending
from copydesk.crawler.extensions import need_extension
from copydesk.pipeline.core.errors import CopydeskError, LedgerBroken
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.store.pages import (
    FeedState,
    Fetch,
    count_others,
    count_outcomes,
    put_feed_states,
    record_fetches,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from copydesk.crawler.discovery.selection import Candidate
    from copydesk.crawler.spiders.wire import WireSpider

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class FeedAccount:
    """A feed that was read: its report, its state to remember, and the keys that must be settled before it may be."""

    report: FeedReport
    state: FeedState | None = None
    keys: frozenset[bytes] = field(default_factory=frozenset)


class Accounts:
    """An extension. ``tally`` counts, the database keeps; what reaches neither callback nor errback is found here."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._began = monotonic()
        self.tally = Tally()
        self.feeds: list[FeedAccount] = []
        self.wanted: dict[bytes, str] = {}
        self.earlier = 0
        self.over_limit = 0
        self.bytes = 0
        self._unwritten: list[Fetch] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        accounts = cls(crawler)
        crawler.signals.connect(accounts.note_error, signal=signals.spider_error)
        crawler.signals.connect(accounts.note_error, signal=signals.item_error)
        crawler.signals.connect(accounts.close, signal=signals.spider_closed)
        return accounts

    @property
    def _spider(self) -> WireSpider:
        return self._crawler.spider  # type: ignore[return-value]

    async def settle(
        self, candidate: Candidate, outcome: Outcome, reason: str = "", *, status: int | None = None, **kept: Any
    ) -> None:
        """Record the outcome of a URL that brought no new page. ``kept`` may name the ``page_id`` it still is.

        Raises:
            CopydeskError: the database does not take it; the run has been told to end.
        """
        if not self.tally.is_open(candidate.key):
            return
        await self.record([self._write(candidate, outcome, reason, status, **kept)])
        self.tally.settle(candidate.key, outcome, reason)

    async def record(self, fetches: list[Fetch]) -> None:
        spider = self._spider
        try:
            await spider.keeper.call(record_fetches, fetches)
        except CopydeskError as error:
            self.give_up(error)
            raise

    def give_up(self, error: CopydeskError) -> None:
        """End the run: what broke it is told in its stats."""
        need_extension(self._crawler, Ending).end("database", error)

    def note_error(self, failure: Failure, response: Response | Failure | None) -> None:
        """A callback or the store failed on one answer: its URL, or its feed, is told so."""
        if isinstance(failure.value, CopydeskError):
            self.give_up(failure.value)
            return
        request = getattr(response, "request", None)
        meta = request.meta if request is not None else {}
        reason = f"error {type(failure.value).__name__}"
        candidate = meta.get("candidate")
        if candidate is not None and self.tally.settle(candidate.key, Outcome.FAILED, reason):
            # Scrapy awaits no handler of this signal: written at the end.
            self._unwritten.append(self._write(candidate, Outcome.FAILED, reason, None))
        elif "feed" in meta:
            self.feeds.append(FeedAccount(FeedReport(meta["feed"], meta["kind"], error=reason)))

    async def close(self, spider: WireSpider, reason: str) -> None:
        """Settle what is left, remember the feeds that were worked off, write the stats."""
        if reason == "shutdown":
            reason = "interrupted"
        late = LATE_REASONS[reason == FINISHED]
        rest = self.tally.unsettled
        for one in rest:
            self.tally.settle(one.key, Outcome.FAILED, late)
        self._unwritten += [self._write(one, Outcome.FAILED, late, None) for one in rest]
        recorded: dict[str, int] = {}
        error = need_extension(self._crawler, Ending).error
        if error is None and not spider.job.dry:
            try:
                recorded = await self._balance(spider, remember=reason == FINISHED)
            except CopydeskError as trouble:
                error, reason = trouble, "database"
        stats = self._summarise(spider, reason, error, recorded)
        told = ", ".join(f"{count} {outcome}" for outcome, count in stats.outcomes.items() if count)
        logger.info(
            "%s: %d URLs%s in %.1f s", stats.finish_reason, stats.scheduled, f": {told}" if told else "", stats.seconds
        )
        if spider.job.stats is not None:
            stats.write(spider.job.stats)

    async def _balance(self, spider: WireSpider, *, remember: bool) -> dict[str, int]:
        """Write what is not written yet; returns the outcomes on record.

        Raises:
            LedgerBroken: a scheduled URL is not on record, or is there more than once.
            CopydeskError: the database does not take it.
        """
        job = spider.job
        if self._unwritten:
            await spider.keeper.call(record_fetches, self._unwritten)
        if remember:
            await self._remember_feeds(spider)
        counts = await spider.keeper.call(count_outcomes, job.run_id, job.source.name)
        self.earlier = await spider.keeper.call(count_others, job.run_id, job.source.name, self.tally.keys)
        if sum(counts.values()) != self.tally.scheduled + self.earlier:
            raise LedgerBroken(
                f"{self.tally.scheduled} URLs were scheduled and {self.earlier} before, "
                f"{sum(counts.values())} are on record.",
                "This is a mistake in the crawler; keep its log.",
            )
        return {outcome.value: count for outcome, count in counts.items()}

    async def _remember_feeds(self, spider: WireSpider) -> None:
        if self.over_limit:
            return  # a feed that was cut off must be read again
        failed = self.tally.failed_keys
        states = [feed.state for feed in self.feeds if feed.state is not None and not feed.keys & failed]
        if states:
            await spider.keeper.call(put_feed_states, spider.job.source.name, states, spider.job.window.end)

    def _write(self, candidate: Candidate, outcome: Outcome, reason: str, status: int | None, **kept: Any) -> Fetch:
        spider = self._spider
        return Fetch(
            run_id=spider.job.run_id,
            wire=spider.job.source.name,
            url_key=candidate.key,
            url=candidate.entry.url,
            outcome=outcome,
            fetched_at=spider.now(),
            reason=reason,
            status=status,
            **kept,
        )

    def _summarise(
        self, spider: WireSpider, reason: str, error: CopydeskError | None, recorded: dict[str, int]
    ) -> CrawlStats:
        return CrawlStats(
            wire=spider.job.source.name,
            run_id=spider.job.run_id,
            finish_reason=reason,
            mode=spider.job.mode.value,
            scheduled=self.tally.scheduled,
            outcomes=self.tally.outcomes,
            reasons=self.tally.reasons,
            recorded=recorded,
            earlier=self.earlier,
            feeds=tuple(feed.report for feed in self.feeds),
            over_limit=self.over_limit,
            wanted=tuple(self.wanted.values()),
            bytes=self.bytes,
            seconds=round(monotonic() - self._began, 3),
            trouble=Trouble(type(error).__name__, error.message, error.remedy) if error else None,
        )
