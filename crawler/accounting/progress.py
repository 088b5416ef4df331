"""Progress: how many of the scheduled pages have an outcome, logged at intervals for people and for the parent."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from scrapy import signals

from copydesk.crawler.accounting.url_ledger import UrlLedger
from copydesk.crawler.extensions import get_extension_or_raise

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class ProgressLogger:
    """Scrapy extension that logs the progress of a crawl every ``COPYDESK_PROGRESS`` seconds, if it has changed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._last_logged = (0, 0)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(crawler)
        crawler.signals.connect(progress.start, signal=signals.spider_opened)
        crawler.signals.connect(progress.stop, signal=signals.spider_closed)
        return progress

    def start(self) -> None:
        """Start logging, unless the interval is 0."""
        seconds = self._crawler.settings.getfloat("COPYDESK_PROGRESS")
        if seconds:
            self._task = asyncio.ensure_future(self._log_periodically(seconds))

    def stop(self) -> None:
        """Stop, and log the final progress."""
        if self._task is not None:
            self._task.cancel()
        self._log_progress()

    async def _log_periodically(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._log_progress()

    def _log_progress(self) -> None:
        ledger = get_extension_or_raise(self._crawler, UrlLedger)
        outcomes, scheduled = ledger.outcomes, ledger.scheduled
        done = sum(outcomes.values())
        if (done, scheduled) != self._last_logged:
            self._last_logged = (done, scheduled)
            counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items() if count) or "none yet"
            logger.info(
                "%d of %d pages: %s",
                done,
                scheduled,
                counts,
                extra={"progress": {"done": done, "scheduled": scheduled, "outcomes": outcomes}},
            )
