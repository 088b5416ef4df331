"""The throttle: how often and how many at once a host is asked, and the pauses that it asks for itself (Retry-After).

It replaces Scrapy's own: its delay knows no Retry-After and can't be broken off when a run has to end, and its bound on
requests at once lets through all that are queued within one turn of the event loop (2.19).
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Self

from copydesk.crawler.accounting.outcomes import RequestDeferred

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

BUSY_STATUSES = frozenset({429, 503})
FIRST_PAUSE_SECONDS = 1.0  # seconds, where a busy host names none; doubled each time
MAX_CONSECUTIVE_PAUSES = 6  # in a row; a host that is busy yet again is left alone for the rest of the run
RETRY_AFTER_MAX_SECONDS = (
    60.0  # seconds that a run waits for; a host that asks for more is left alone for the rest of it
)
CRAWL_DELAY_MAX_SECONDS = 30.0  # seconds, the most that a robots.txt may ask for between two requests
DELAY_JITTER_FRACTION = 0.3


class Throttle:
    """An extension: lets ``concurrency`` requests to a host go at once, ``delay`` seconds apart, none during a pause.

    The download handler asks it for every request's turn and tells it every answer's status at once, before the next
    request is let go; a middleware would hear of it too late.
    """

    def __init__(self, delay: float, concurrency: int) -> None:
        self._delay = delay
        self._concurrency = concurrency
        self._semaphores: dict[str, asyncio.Semaphore] = {}
        self._delays: dict[str, float] = {}
        self._next_request_at: dict[str, float] = {}
        self._consecutive_pauses: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        polite = crawler.settings["COPYDESK_SOURCE"].politeness
        return cls(polite.delay, polite.concurrency)

    def on_response(self, host: str, response: Response) -> None:
        """Take an answer of the host: 429 and 503 pause it, success ends the streak of pauses."""
        if response.status in BUSY_STATUSES:
            self.pause(host, parse_retry_after(response.headers.get(b"Retry-After")))
        elif response.status < 400:
            self._consecutive_pauses.pop(host, None)

    def set_min_delay(self, host: str, delay: float) -> None:
        """Ask this host no oftener than every ``delay`` seconds (bounded), if that is slower than usual."""
        self._delays[host] = max(self._delay, min(delay, CRAWL_DELAY_MAX_SECONDS))

    def pause(self, host: str, seconds: float | None) -> None:
        """Leave the host alone for so long; None: it is busy but does not say how long."""
        self._consecutive_pauses[host] = self._consecutive_pauses.get(host, 0) + 1
        pause = (
            FIRST_PAUSE_SECONDS * 2 ** (self._consecutive_pauses[host] - 1) if seconds is None else max(seconds, 0.0)
        )
        if self._consecutive_pauses[host] > MAX_CONSECUTIVE_PAUSES:
            pause = math.inf
        self._next_request_at[host] = max(self._next_request_at.get(host, 0.0), monotonic() + pause)

    def remaining_pause_seconds(self, host: str) -> float:
        """Seconds until the host may be asked."""
        return max(0.0, self._next_request_at.get(host, 0.0) - monotonic())

    @asynccontextmanager
    async def acquire(self, host: str) -> AsyncIterator[None]:
        """Wait until this host may be asked; the turn lasts until its answer is there.

        Raises:
            Failed: the host is paused for longer than a run waits.
        """
        async with self._semaphores.setdefault(host, asyncio.Semaphore(self._concurrency)):
            await self._wait_until_allowed(host)
            yield

    async def _wait_until_allowed(self, host: str) -> None:
        while (left := self.remaining_pause_seconds(host)) > 0:
            if left > RETRY_AFTER_MAX_SECONDS:
                raise RequestDeferred("host busy")
            await asyncio.sleep(left)
        delay = self._delays.get(host, self._delay)
        if delay:
            spread = 1 + random.uniform(-DELAY_JITTER_FRACTION, DELAY_JITTER_FRACTION)  # noqa: S311 - not a secret
            self._next_request_at[host] = monotonic() + delay * spread


def request_netloc(request: Request) -> str:
    """Host and port: what requests are paced by."""
    from scrapy.utils.httpobj import urlparse_cached

    return str(urlparse_cached(request).netloc.rpartition("@")[2].lower())


def parse_retry_after(value: bytes | None, now: datetime | None = None) -> float | None:
    """The seconds that a ``Retry-After`` header asks for: a number of them or a date. None where it can't be read."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if date.tzinfo is None:
        return None
    return max(0.0, (date - (now or datetime.now(date.tzinfo))).total_seconds())
