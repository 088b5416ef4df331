"""Ending early: on a signal, at the deadline, or when the database is gone, everything that waits is let go at once.

Scrapy's own way waits for every download in progress, its delay and its timeout; a task that is told to stop has three
seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scrapy import signals

from copydesk.crawler.accounting.outcomes import RequestDeferred
from copydesk.pipeline.core.errors import CopydeskError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

T = TypeVar("T")

NO_ANSWERS = "no answers"
"""The reason of a crawl that was given up because its downloads timed out one after the other."""

MAX_CONSECUTIVE_TIMEOUTS = 10
"""So many of them in a row; twice as many as are asked for at once, where that is more."""


class Shutdown:
    """An extension: ``end`` closes the spider before its time, ``run_until_stopped`` runs what may be broken off."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stop_event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadline_timer: asyncio.TimerHandle | None = None
        polite = crawler.settings["COPYDESK_SOURCE"].politeness
        self._max_consecutive_timeouts = max(MAX_CONSECUTIVE_TIMEOUTS, 2 * polite.concurrency)
        self._consecutive_timeouts = 0
        self.error: CopydeskError | None = None
        """What broke the run, where something did."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ending = cls(crawler)
        crawler.signals.connect(ending.start_deadline, signal=signals.spider_opened)
        crawler.signals.connect(ending.cancel_deadline, signal=signals.spider_closed)
        return ending

    @property
    def is_stopping(self) -> bool:
        return self._stop_event.is_set()

    def start_deadline(self) -> None:
        seconds = self._crawler.settings.getfloat("COPYDESK_SECONDS")
        if seconds:
            self._deadline_timer = asyncio.get_running_loop().call_later(seconds, self.request_stop, "timeout")

    def cancel_deadline(self) -> None:
        if self._deadline_timer is not None:
            self._deadline_timer.cancel()

    def request_stop(self, reason: str, error: CopydeskError | None = None) -> None:
        """Close the spider for this reason; the first one stands. To be called in the event loop's thread."""
        if self._stop_event.is_set():
            return
        self.error = error
        self._stop_event.set()
        task = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))
        self._tasks.add(task)  # the loop itself keeps no hold of a task
        task.add_done_callback(self._tasks.discard)

    def on_download_done(self, *, timed_out: bool) -> None:
        """Take a download's end: where too many in a row timed out, the rest would only cost as long."""
        self._consecutive_timeouts = self._consecutive_timeouts + 1 if timed_out else 0
        if self._consecutive_timeouts >= self._max_consecutive_timeouts:
            self.request_stop(NO_ANSWERS)

    async def run_until_stopped(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, broken off when the run ends.

        Raises:
            Failed: the run has ended.
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
        raise RequestDeferred("interrupted")
