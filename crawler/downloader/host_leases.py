"""Only one crawl at a time sends requests to a host, also where it is not the home of the crawled wire."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Self

from scrapy import signals

from copydesk.crawler.accounting.outcomes import RequestLeftBehind
from copydesk.crawler.accounting.shutdown import LEASE_LOST, Shutdown
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.downloader.host_limits import HostLimits
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.db.locks import MAX_POLL_SECONDS, MIN_POLL_SECONDS, HostLease
from copydesk.pipeline.store.left_behind import LeftBehind

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

WAIT_SECONDS = 60.0
"""How long a crawl waits for another one that uses a host: as long as for a host that is busy
(``throttle.RETRY_AFTER_MAX_SECONDS``). Two crawls, each on the other's home host, would otherwise wait for good."""

logger = logging.getLogger(__name__)


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    lease: HostLease | None = None
    users: int = 0
    is_in_use: bool = False
    """Whether another crawl has used the host for longer than this one waits."""


class HostLeases:
    """Scrapy extension that acquires the lease of a host for as long as there are requests for it.

    ``run_spider`` has the lease of the wire's home host for the whole crawl. Others (a CDN, ``www.`` or ``amp.``, a
    feed elsewhere) are shared by wires, so each is freed once its requests are done. A dry run without a database has
    no leases.
    """

    def __init__(self, session: CrawlSession, crawler: Crawler) -> None:
        self._session = session
        self._crawler = crawler
        self._home = session.source.host.lower()
        self._hosts: dict[str, _Host] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        leases = cls(get_session(crawler), crawler)
        crawler.signals.connect(leases.on_spider_closed, signal=signals.spider_closed)
        return leases

    @asynccontextmanager
    async def use(self, netloc: str) -> AsyncIterator[None]:
        """Be the only crawl that sends requests to a host until the context ends.

        Args:
            netloc: Host and port.

        Raises:
            RequestLeftBehind: Another crawl uses the host for longer than ``WAIT_SECONDS``.
        """
        if netloc == self._home or not self._session.uses_database:
            yield
            return
        host = self._hosts.setdefault(netloc, _Host())
        host.users += 1
        try:
            async with host.lock:
                if host.lease is None:
                    await self._acquire(netloc, host)
            yield
        finally:
            host.users -= 1
            if host.users == 0:
                await self._release(netloc, host)

    async def on_spider_closed(self) -> None:
        """Free all hosts: a request that was cancelled may have left one."""
        for netloc, host in self._hosts.items():
            await self._release(netloc, host)

    async def _acquire(self, netloc: str, host: _Host) -> None:
        lease = HostLease(self._session.settings, netloc)
        deadline, poll_seconds = monotonic() + WAIT_SECONDS, MIN_POLL_SECONDS
        while host.is_in_use or not await self._try_acquire(lease):
            if host.is_in_use or monotonic() > deadline:
                host.is_in_use = True  # later requests do not wait again
                raise RequestLeftBehind(LeftBehind.HOST_IN_USE)
            await asyncio.sleep(poll_seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            poll_seconds = min(2 * poll_seconds, MAX_POLL_SECONDS)
        host.lease = lease
        lease.on_lost(self._stop)

    async def _try_acquire(self, lease: HostLease) -> bool:
        """Return whether a lease was free.

        Raises:
            CopydeskError: The database fails; the crawl stops.
        """
        attempt = asyncio.ensure_future(asyncio.to_thread(lease.try_acquire))
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            if await attempt:  # otherwise the host would stay locked until the lease ends
                await asyncio.to_thread(lease.release)
            raise
        except CopydeskError as error:
            get_extension_or_raise(self._crawler, Shutdown).request_stop("database", error)
            raise

    async def _release(self, netloc: str, host: _Host) -> None:
        lease, host.lease = host.lease, None
        if lease is not None:
            try:
                # First when it got its last request: the next crawl keeps the delay from then on.
                await get_extension_or_raise(self._crawler, HostLimits).release(netloc)
            finally:  # also if the request is cancelled now: nothing else knows of the lease any more
                await asyncio.to_thread(lease.release)

    def _stop(self, error: CopydeskError) -> None:
        """Stop the crawl; called in a thread of the lease."""
        from twisted.internet import reactor

        shutdown = get_extension_or_raise(self._crawler, Shutdown)
        reactor.callFromThread(shutdown.request_stop, LEASE_LOST, error)
