"""robots.txt, read as RFC 9309 says: one that can't be had forbids everything, and is not remembered as allowed."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Self

from protego import Protego
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from copydesk.crawler.accounting.outcomes import RequestDeferred, RequestRejected
from copydesk.crawler.downloader.throttle import Throttle, request_netloc
from copydesk.crawler.extensions import get_extension_or_raise

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ROBOTS_RETRY_SECONDS = 60.0  # seconds that a host is left alone whose robots.txt could not be had
MAX_ROBOTS_BYTES = 500 * 1024  # what RFC 9309 asks to be read at least; the rest is not
UNREACHABLE_REASON = "robots unreachable"

logger = logging.getLogger(__name__)


class RobotsMiddleware:
    """Asks each host's robots.txt once, before its first page.

    2xx: its rules. 3xx is followed. 4xx but 429: there are none. Anything else, or no answer: the host's URLs fail
    with "robots unreachable" for ``ASK_AGAIN`` seconds, then it is asked again. A redirect's target is checked too.
    """

    def __init__(self, crawler: Crawler) -> None:
        source = crawler.settings["COPYDESK_SOURCE"]
        if not source.politeness.robots:
            raise NotConfigured
        self._crawler = crawler
        self._agent = source.politeness.user_agent.partition(" ")[0].partition("/")[0]
        self._rules: dict[str, Protego] = {}
        self._unreachable_until: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises ``Refused`` for what robots.txt forbids, ``Failed`` where it can't be had."""
        if request.meta.get("is_robots"):
            return
        host = f"{urlparse_cached(request).scheme}://{request_netloc(request)}"
        async with self._locks.setdefault(host, asyncio.Lock()):
            if host not in self._rules:
                await self._load_rules(host, request)
        if not self._rules[host].can_fetch(request.url, self._agent):
            raise RequestRejected("robots")

    async def _load_rules(self, host: str, request: Request) -> None:
        if self._unreachable_until.get(host, 0.0) > monotonic():
            raise RequestDeferred(UNREACHABLE_REASON)
        text = await self._download(host)
        if text is None:
            self._unreachable_until[host] = monotonic() + ROBOTS_RETRY_SECONDS
            raise RequestDeferred(UNREACHABLE_REASON)
        rules = Protego.parse(text)
        self._rules[host] = rules
        delay = rules.crawl_delay(self._agent)
        if delay:
            get_extension_or_raise(self._crawler, Throttle).set_min_delay(request_netloc(request), float(delay))

    async def _download(self, host: str) -> str | None:
        """The text of the rules, empty where there are none, None where they can't be had."""
        request = Request(
            f"{host}/robots.txt",
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            meta={"is_robots": True},
        )
        try:
            response: Response = await self._crawler.engine.download_async(request)
        except RequestRejected as error:
            if error.reason in {"private address", "interrupted"}:
                raise  # true of the pages as well
            logger.warning("robots.txt of %s can't be had: %s", host, error.reason)
            return None
        except Exception as error:  # noqa: BLE001 - whatever it was, the answer is the same: assume disallowed
            logger.warning("robots.txt of %s can't be had: %s", host, type(error).__name__)
            return None
        if 200 <= response.status < 300:
            return response.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
        if 400 <= response.status < 500 and response.status != 429:
            return ""
        logger.warning("robots.txt of %s answers %s", host, response.status)
        return None
