"""What applies to a host beyond one crawl: the pause that it has asked for, and the budgets of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from psycopg import Connection
from scrapy import signals

from copydesk.crawler.accounting.outcomes import RequestLeftBehind
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.downloader.throttle import RETRY_AFTER_STORED_MAX_SECONDS, Throttle
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.db import Row
from copydesk.pipeline.store.hosts import (
    HostState,
    Reservation,
    read_host_state,
    release_host,
    reserve_requests,
    return_requests,
    save_pause,
)
from copydesk.pipeline.store.left_behind import LeftBehind

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

P = ParamSpec("P")
T = TypeVar("T")

RUN_BUDGET_SETTING = "COPYDESK_REQUESTS_PER_RUN"
DAY_BUDGET_SETTING = "COPYDESK_REQUESTS_PER_DAY"
RESERVED_AT_ONCE = 20
"""Requests that are reserved at a time: a statement for each request would double those of a crawl. A killed crawl has
at most so many requests counted too many."""

logger = logging.getLogger(__name__)


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_loaded: bool = False
    reserved: Reservation | None = None
    used: int = 0
    is_exhausted: bool = False


class HostLimits:
    """Scrapy extension that keeps the pauses and budgets of hosts in the database.

    A dry run uses the database if there is one, and otherwise observes them for itself.
    """

    def __init__(self, session: CrawlSession, crawler: Crawler, run_budget: int | None, day_budget: int | None) -> None:
        """Take the budgets.

        Args:
            session: The crawl.
            crawler: Its throttle paces the requests.
            run_budget: Requests that this crawl may send; None: any number.
            day_budget: Requests that a host may get on a day from all crawls; None: any number.
        """
        self._session = session
        self._crawler = crawler
        self._run_budget = run_budget
        self._day_budget = day_budget
        self._sent = 0
        self._hosts: dict[str, _Host] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        budgets = (crawler.settings[name] for name in (RUN_BUDGET_SETTING, DAY_BUDGET_SETTING))
        limits = cls(get_session(crawler), crawler, *budgets)
        crawler.signals.connect(limits.on_spider_closed, signal=signals.spider_closed)
        return limits

    async def prepare(self, netloc: str) -> None:
        """Apply what is stored of a host, before its first request; check that the budgets are not used up.

        Raises:
            RequestLeftBehind: A budget is used up.
        """
        host = self._hosts.setdefault(netloc, _Host())
        async with host.lock:
            if not host.is_loaded:
                state = await self._call(read_host_state, netloc) or HostState()
                if state.pause_seconds > 0:
                    logger.info("%s asked for a pause of %.0f s (Retry-After)", netloc, state.pause_seconds)
                get_extension_or_raise(self._crawler, Throttle).resume(netloc, state.pause_seconds, state.idle_seconds)
                host.is_loaded = True
        self._check_run_budget()
        if host.is_exhausted:
            raise RequestLeftBehind(LeftBehind.OVER_DAY_BUDGET)

    async def take(self, netloc: str) -> None:
        """Count a request that is about to be sent.

        Raises:
            RequestLeftBehind: A budget is used up.
        """
        self._check_run_budget()
        self._sent += 1  # before anything is awaited, so that concurrent requests see it
        host = self._hosts[netloc]
        try:
            async with host.lock:
                if self._needs_reservation(host):
                    await self._reserve(netloc, host)
                host.used += 1
        except BaseException:
            self._sent -= 1
            raise

    async def save_pause(self, netloc: str, seconds: float) -> None:
        """Save that a host asked for a pause, for all other crawls."""
        await self._call(save_pause, netloc, min(seconds, RETRY_AFTER_STORED_MAX_SECONDS))

    async def release(self, netloc: str) -> None:
        """Record when a host got its last request, and return the requests that were not needed.

        What is stored of the host is read again before the next request.
        """
        host = self._hosts.get(netloc)
        idle_seconds = get_extension_or_raise(self._crawler, Throttle).get_idle_seconds(netloc)
        if host is None:
            return
        host.is_loaded = False
        if get_extension_or_raise(self._crawler, Shutdown).error is not None:
            return  # the database may be the cause, and there is little time
        reserved, host.reserved = host.reserved, None
        if idle_seconds is not None and reserved is not None:
            unused = Reservation(reserved.day, reserved.granted - host.used)
            host.used = 0
            try:
                await self._call(release_host, netloc, idle_seconds, unused)
            except CopydeskError as error:
                logger.warning("The requests to %s could not be recorded: %s", netloc, error)

    async def on_spider_closed(self) -> None:
        """Release all hosts."""
        for netloc in self._hosts:
            await self.release(netloc)

    def _check_run_budget(self) -> None:
        if self._run_budget is not None and self._sent >= self._run_budget:
            raise RequestLeftBehind(LeftBehind.OVER_RUN_BUDGET)

    def _needs_reservation(self, host: _Host) -> bool:
        """Return whether the reserved requests are used up, or are those of an earlier day."""
        if not self._session.uses_database:
            return False
        return (
            host.reserved is None
            or host.used >= host.reserved.granted
            or host.reserved.day < self._session.clock.now().date()
        )

    async def _reserve(self, netloc: str, host: _Host) -> None:
        """Exchange what is left of the reservation for a new one.

        Raises:
            RequestLeftBehind: The budget of the day is used up.
        """
        if host.reserved is not None and host.used < host.reserved.granted:
            unused = Reservation(host.reserved.day, host.reserved.granted - host.used)
            await self._call(return_requests, netloc, unused)
        host.used = 0
        host.reserved = await self._call(reserve_requests, netloc, RESERVED_AT_ONCE, self._day_budget)
        if host.reserved is None:
            host.is_exhausted = True
            raise RequestLeftBehind(LeftBehind.OVER_DAY_BUDGET)

    async def _call(
        self, function: Callable[Concatenate[Connection[Row], P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Return the result of a function of the store; None in a dry run without a database.

        Raises:
            CopydeskError: The database fails; the crawl stops.
        """
        if not self._session.uses_database:
            return None
        try:
            return await self._session.store.call(function, *args, **kwargs)
        except CopydeskError as error:
            get_extension_or_raise(self._crawler, Shutdown).request_stop("database", error)
            raise
