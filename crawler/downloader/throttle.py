"""The throttle: limits the rate and the concurrency of requests to each host, and honors Retry-After.

It replaces Scrapy's own delay and AutoThrottle (2.19). These ignore Retry-After and cannot be cancelled on shutdown.
Their concurrency limit lets through all requests that are queued within one iteration of the event loop.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Self

from copydesk.crawler.accounting.outcomes import RequestDeferred, RequestLeftBehind
from copydesk.crawler.crawl_session import get_session
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.store.left_behind import LeftBehind

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

BUSY_STATUSES = frozenset({429, 503})
FIRST_PAUSE_SECONDS = 1.0
"""The first pause for a busy host without Retry-After, in seconds. Doubled with each pause in a row."""
MAX_CONSECUTIVE_PAUSES = 6
"""Pauses in a row, about a minute in total. Then the host gets no more requests in this run."""
RETRY_AFTER_MAX_SECONDS = 60.0
"""The longest pause that a run waits for, in seconds: other wires wait for it. What a host with a longer one was to be
asked for is left to a later run."""
RETRY_AFTER_STORED_MAX_SECONDS = 24 * 3600.0
"""The longest pause that later crawls observe, in seconds. A host that asks for more is asked again after a day."""
CRAWL_DELAY_MAX_SECONDS = 30.0
"""The longest Crawl-delay of a robots.txt that is honored, in seconds. A longer one would allow fewer than 120 pages
per hour."""
DELAY_JITTER_FRACTION = 0.3
"""By how much a delay is lengthened at random, so that crawls do not stay in step. It is never shorter."""


_SECONDS = re.compile(r"\+?(\d+(?:\.\d*)?)\s*(?:s|secs?|seconds?)?", re.ASCII | re.IGNORECASE)
"""Seconds as servers write them: also with decimals or a unit, against RFC 9110."""
_MAX_RETRY_AFTER_CHARS = 100


class Throttle:
    """Scrapy extension that decides when a request to a host may start.

    The download handler acquires the throttle for each request, and reports each response before the next request
    starts. A downloader middleware would see the response too late for that.
    """

    def __init__(self, delay: float, concurrency: int) -> None:
        """Take the limits for each host.

        Args:
            delay: Seconds between two requests: at least from one start to the next, and after a response, so that a
                host that gets a request late does not get the next one too soon.
            concurrency: The maximum number of requests at a time.
        """
        self._delay = delay
        self._concurrency = concurrency
        self._semaphores: dict[str, asyncio.Semaphore] = {}
        self._delays: dict[str, float] = {}
        self._next_request_at: dict[str, float] = {}
        self._last_used_at: dict[str, float] = {}
        self._paused_until: dict[str, float] = {}
        self._consecutive_pauses: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        politeness = get_session(crawler).source.politeness
        return cls(politeness.delay, politeness.concurrency)

    def on_response(self, netloc: str, response: Response) -> float | None:
        """Pause the host after 429 or 503; forget earlier pauses after a success.

        Returns:
            The seconds of Retry-After; None if the response is another one, or does not say for how long.
        """
        if response.status in BUSY_STATUSES:
            seconds = parse_retry_after(response.headers.get(b"Retry-After"))
            self.pause(netloc, seconds)
            return seconds
        if response.status < 400:
            self._consecutive_pauses.pop(netloc, None)
        return None

    def resume(self, netloc: str, pause_seconds: float, idle_seconds: float | None) -> None:
        """Continue from where other crawls of a host stopped.

        Args:
            netloc: Host and port.
            pause_seconds: Seconds until the host accepts requests; 0 if it does now.
            idle_seconds: Seconds since the last request of the last crawl; None if unknown.
        """
        delay = self._delays.get(netloc, self._delay)
        left = delay - idle_seconds if idle_seconds is not None else 0.0
        self._wait_until(netloc, max(pause_seconds, left))
        self._paused_until[netloc] = monotonic() + pause_seconds

    def set_min_delay(self, netloc: str, delay: float) -> None:
        """Set the minimum delay for a host, in seconds, if it is longer than the wire's; at most
        ``CRAWL_DELAY_MAX_SECONDS``."""
        self._delays[netloc] = max(self._delay, min(delay, CRAWL_DELAY_MAX_SECONDS))
        if netloc in self._last_used_at:  # by the request for robots.txt, after which it became known
            earliest = self._last_used_at[netloc] + self._delays[netloc]
            self._next_request_at[netloc] = max(self._next_request_at.get(netloc, 0.0), earliest)

    def get_idle_seconds(self, netloc: str) -> float | None:
        """Return the seconds since the last request to a host started, or its response ended; None without one."""
        last = self._last_used_at.get(netloc)
        return None if last is None else monotonic() - last

    def get_delay(self, netloc: str) -> float:
        """Return the minimum delay between the starts of two requests to a host, in seconds."""
        return self._delays.get(netloc, self._delay)

    def pause(self, netloc: str, seconds: float | None) -> None:
        """Start no request to a host for some seconds; None if the host is busy but does not say for how long."""
        self._consecutive_pauses[netloc] = self._consecutive_pauses.get(netloc, 0) + 1
        if self._consecutive_pauses[netloc] > MAX_CONSECUTIVE_PAUSES:
            pause = math.inf
        elif seconds is None:
            pause = FIRST_PAUSE_SECONDS * 2 ** (self._consecutive_pauses[netloc] - 1)
        else:
            pause = max(seconds, 0.0)
        self._wait_until(netloc, pause)
        self._paused_until[netloc] = max(self._paused_until.get(netloc, 0.0), monotonic() + pause)

    def remaining_pause_seconds(self, netloc: str) -> float:
        """Return the seconds until the next request to a host may start."""
        return max(0.0, self._next_request_at.get(netloc, 0.0) - monotonic())

    @asynccontextmanager
    async def acquire(self, netloc: str, reserve: Callable[[], Awaitable[object]] | None = None) -> AsyncIterator[None]:
        """Wait until a request to a host may start. It counts for the concurrency until the context ends.

        Args:
            netloc: Host and port.
            reserve: Called before the wait for the delay: what takes time after it would let requests bunch up.

        Raises:
            RequestLeftBehind: The host asked for a longer pause than a run waits for.
            RequestDeferred: The host is busy again and again, and does not say for how long.
        """
        async with self._semaphores.setdefault(netloc, asyncio.Semaphore(self._concurrency)):
            if reserve is not None:
                self._check_pause(netloc)
                await reserve()
            started_at = await self._wait_until_allowed(netloc)
            try:
                yield
            finally:
                if self._last_used_at[netloc] == started_at:  # none has started since
                    self._last_used_at[netloc] = monotonic()
                    self._wait_until(netloc, self.get_delay(netloc))

    def _wait_until(self, netloc: str, seconds: float) -> None:
        self._next_request_at[netloc] = max(self._next_request_at.get(netloc, 0.0), monotonic() + seconds)

    def _check_pause(self, netloc: str) -> None:
        pause = self._paused_until.get(netloc, 0.0) - monotonic()  # a long delay alone is waited for
        if pause > RETRY_AFTER_MAX_SECONDS:
            raise RequestDeferred("host down") if math.isinf(pause) else RequestLeftBehind(LeftBehind.HOST_BUSY)

    async def _wait_until_allowed(self, netloc: str) -> float:
        while (seconds := self.remaining_pause_seconds(netloc)) > 0:
            self._check_pause(netloc)
            await asyncio.sleep(seconds)
        delay, now = self.get_delay(netloc), monotonic()
        self._last_used_at[netloc] = now
        if delay:
            jitter = 1 + random.uniform(0, DELAY_JITTER_FRACTION)  # noqa: S311 - not a secret
            self._next_request_at[netloc] = now + delay * jitter
        return now


def request_netloc(request: Request) -> str:
    """Return host and port of a request, lower case, without credentials: the key of the limits."""
    from scrapy.utils.httpobj import urlparse_cached

    return str(urlparse_cached(request).netloc.rpartition("@")[2].lower())


def parse_retry_after(value: bytes | None, now: datetime | None = None) -> float | None:
    """Return the seconds in a Retry-After header (RFC 9110, 10.2.3): a number of seconds, or a date.

    Args:
        value: The header.
        now: The current time (aware); for tests.

    Returns:
        Seconds, at least 0; None if the header is missing or invalid.
    """
    text = (value or b"").decode("latin-1").strip()
    if number := _SECONDS.fullmatch(text[:_MAX_RETRY_AFTER_CHARS]):
        return float(number[1][:9])
    date = parse_time(text).instant
    return None if date is None else max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
