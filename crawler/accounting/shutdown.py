"""Early shutdown: on a signal, at the deadline, or if the database fails, all waiting requests are cancelled at once.

Scrapy's own shutdown waits for each download in progress, with its delay and its timeout. A cancelled Airflow task has
only a few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scrapy import signals

from copydesk.crawler.accounting.outcomes import INTERRUPTED_REASON, RequestDeferred
from copydesk.crawler.crawl_session import get_session
from copydesk.pipeline.core.errors import CopydeskError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

T = TypeVar("T")

NO_RESPONSES = "no responses"
"""The finish reason of a crawl that stopped because too many downloads in a row timed out."""

LEASE_LOST = "host lease lost"
"""The finish reason of a crawl that stopped because another crawl of one of its hosts may start."""

MAX_CONSECUTIVE_TIMEOUTS = 10
"""At least this many downloads in a row must time out; twice the wire's concurrency if that is more."""


class Shutdown:
    """Scrapy extension that closes the spider early and cancels what is waiting."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stop_event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadline_timer: asyncio.TimerHandle | None = None
        concurrency = get_session(crawler).source.politeness.concurrency
        self._max_consecutive_timeouts = max(MAX_CONSECUTIVE_TIMEOUTS, 2 * concurrency)
        self._consecutive_timeouts = 0
        self._error: CopydeskError | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        shutdown = cls(crawler)
        crawler.signals.connect(shutdown.start_deadline, signal=signals.spider_opened)
        crawler.signals.connect(shutdown.cancel_deadline, signal=signals.spider_closed)
        return shutdown

    @property
    def error(self) -> CopydeskError | None:
        """The error that caused the shutdown, if any."""
        return self._error

    def start_deadline(self) -> None:
        """Start the timer of ``COPYDESK_SECONDS`` (0: none)."""
        seconds = self._crawler.settings.getfloat("COPYDESK_SECONDS")
        if seconds:
            self._deadline_timer = asyncio.get_running_loop().call_later(seconds, self.request_stop, "timeout")

    def cancel_deadline(self) -> None:
        """Stop the timer."""
        if self._deadline_timer is not None:
            self._deadline_timer.cancel()

    def request_stop(self, reason: str, error: CopydeskError | None = None) -> None:
        """Close the spider. Later calls have no effect. Call it in the event loop's thread.

        Args:
            reason: The finish reason.
            error: The error that caused it.
        """
        if self._stop_event.is_set():
            return
        self._error = error
        self._stop_event.set()
        task = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))
        self._tasks.add(task)  # the loop keeps only weak references to tasks
        task.add_done_callback(self._tasks.discard)

    def on_download_done(self, *, timed_out: bool) -> None:
        """Count a finished download; stop the crawl if too many in a row timed out, since others would too."""
        self._consecutive_timeouts = self._consecutive_timeouts + 1 if timed_out else 0
        if self._consecutive_timeouts >= self._max_consecutive_timeouts:
            self.request_stop(NO_RESPONSES)

    async def run_until_stopped(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return the coroutine's result; cancel it if the crawl stops.

        Raises:
            RequestDeferred: The crawl has stopped.
        """
        task = asyncio.ensure_future(coroutine)
        event = asyncio.ensure_future(self._stop_event.wait())
        try:
            await asyncio.wait({task, event}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            event.cancel()
            if not task.done():
                task.cancel()
        if task.done():
            return task.result()
        await asyncio.gather(task, return_exceptions=True)
        raise RequestDeferred(INTERRUPTED_REASON)
