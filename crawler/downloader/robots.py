"""robots.txt (RFC 9309). A file that cannot be fetched disallows everything, until it is requested again."""

from __future__ import annotations

import asyncio
import codecs
import logging
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON, ROBOTS_REASON
from copydesk.crawler.accounting.outcomes import (
    INTERRUPTED_REASON,
    RequestDeferred,
    RequestLeftBehind,
    RequestRejected,
    classify_error,
)
from copydesk.crawler.crawl_session import get_session
from copydesk.crawler.downloader.host_leases import HostLeases
from copydesk.crawler.downloader.throttle import Throttle, request_netloc
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.pipeline.store.hosts import find_robots, save_robots

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ROBOTS_RETRY_SECONDS = 60.0
"""Seconds between two requests for a robots.txt that cannot be fetched. A minute spares an overloaded host."""
MAX_ROBOTS_BYTES = 500 * 1024
"""Bytes of a robots.txt that are parsed: RFC 9309 demands at least 500 KiB."""
UNREACHABLE_REASON = "robots unreachable"

_IS_ROBOTS_META = "copydesk_is_robots"

logger = logging.getLogger(__name__)


class RobotsMiddleware:
    """Downloader middleware that fetches the robots.txt of each host before its first page, and applies it.

    For 2xx, its rules apply; 3xx is followed; for 4xx except 429, there are no rules. Otherwise all URLs of the host
    fail with "robots unreachable" and the cause for ``ROBOTS_RETRY_SECONDS``, then it is requested again. The targets
    of redirects are checked too. A file, or the answer that there is none, is stored and used for a day by all crawls.
    """

    def __init__(self, crawler: Crawler) -> None:
        politeness = get_session(crawler).source.politeness
        if not politeness.robots:
            raise NotConfigured
        self._crawler = crawler
        self._session = get_session(crawler)
        self._user_agent = str(crawler.settings["USER_AGENT"]).partition(" ")[0].partition("/")[0]
        self._rules: dict[str, Protego] = {}
        self._unreachable_until: dict[str, float] = {}
        self._causes: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Check a request.

        Raises:
            RequestRejected: robots.txt disallows it.
            RequestDeferred: robots.txt cannot be fetched.
            RequestLeftBehind: The host asked for a pause, or a budget is used up.
        """
        if request.meta.get(_IS_ROBOTS_META):
            return
        origin = f"{urlparse_cached(request).scheme}://{request_netloc(request)}"
        async with self._locks.setdefault(origin, asyncio.Lock()):
            if origin not in self._rules:
                await self._load_rules(origin, request)
        if not self._rules[origin].can_fetch(request.url, self._user_agent):
            raise RequestRejected(ROBOTS_REASON)

    def find_rules(self, url: str) -> Protego | None:
        """Return the rules of a URL's host if they have been fetched; nothing is fetched."""
        parts = urlsplit(url)
        return self._rules.get(f"{parts.scheme}://{parts.netloc.lower()}")

    def find_crawl_delay(self, url: str) -> float | None:
        """Return the Crawl-delay of a URL's host in seconds, if its rules have been fetched and have one."""
        rules = self.find_rules(url)
        delay = rules.crawl_delay(self._user_agent) if rules is not None else None
        return float(delay) if delay else None

    def is_disallowed(self, url: str) -> bool:
        """Return whether the rules of a host that have been fetched disallow a URL; nothing is fetched."""
        rules = self.find_rules(url)
        return rules is not None and not rules.can_fetch(url, self._user_agent)

    async def _load_rules(self, origin: str, request: Request) -> None:
        if self._unreachable_until.get(origin, 0.0) > monotonic():
            raise RequestDeferred(f"{UNREACHABLE_REASON}: {self._causes[origin]}")
        text = await self._find_stored(origin)
        if text is None:
            # A crawl that began at the same time may have fetched it while this one waited for the host.
            async with get_extension_or_raise(self._crawler, HostLeases).use(request_netloc(request)):
                text = await self._find_stored(origin)
                if text is None:
                    text = await self._download(origin)
        if text is None:
            self._unreachable_until[origin] = monotonic() + ROBOTS_RETRY_SECONDS
            raise RequestDeferred(f"{UNREACHABLE_REASON}: {self._causes[origin]}")
        rules = await asyncio.to_thread(Protego.parse, text)
        self._rules[origin] = rules
        delay = rules.crawl_delay(self._user_agent)
        if delay:
            get_extension_or_raise(self._crawler, Throttle).set_min_delay(request_netloc(request), float(delay))

    async def _find_stored(self, origin: str) -> str | None:
        """Return the text of a robots.txt that a crawl has fetched within a day; None if there is none."""
        if not self._session.uses_database:
            return None
        stored = await self._session.store.call(find_robots, origin)
        return None if stored is None else stored.body

    async def _save(self, origin: str, status: int | None, text: str = "") -> None:
        if self._session.uses_database:
            await self._session.store.call(save_robots, origin, status, text)

    async def _download(self, origin: str) -> str | None:
        """Return the text of a robots.txt; empty if the host has none, None if it cannot be fetched."""
        url = f"{origin}/robots.txt"
        request = Request(url, callback=NO_CALLBACK, priority=1000, dont_filter=True, meta={_IS_ROBOTS_META: True})
        try:
            response: Response = await self._crawler.engine.download_async(request)
        except RequestRejected as error:
            if isinstance(error, RequestLeftBehind) or error.reason in {PRIVATE_ADDRESS_REASON, INTERRUPTED_REASON}:
                raise  # the pages fail for the same reason
            logger.warning("%s failed: %s", url, error.reason)
            self._causes[origin] = error.reason
            await self._save(origin, None)
            return None
        except Exception as error:  # noqa: BLE001 - RFC 9309: after any error, assume complete disallow
            _, self._causes[origin] = classify_error(error)
            logger.warning("%s failed: %s", url, self._causes[origin])
            await self._save(origin, None)
            return None
        text = None
        if 200 <= response.status < 300:
            text = decode_robots(response.body)
        elif 400 <= response.status < 500 and response.status != 429:
            text = ""
        else:
            self._causes[origin] = f"http {response.status}"
            logger.warning("%s failed: %s", url, self._causes[origin])
        await self._save(origin, response.status, text or "")
        return text


def decode_robots(body: bytes) -> str:
    """Decode a robots.txt: UTF-8 (RFC 9309, 2.3), or UTF-16 as some editors save it.

    Of a file larger than ``MAX_ROBOTS_BYTES``, the lines that end before that limit are kept: a part of a rule would be
    another rule.
    """
    text = body[:MAX_ROBOTS_BYTES]
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoded = text.decode("utf-16", "replace")
    elif b"\0" in text[:2]:
        decoded = text.decode("utf-16-be" if text[:1] == b"\0" else "utf-16-le", "replace")
    else:
        decoded = text.decode("utf-8", "replace")
    if len(body) > MAX_ROBOTS_BYTES:
        decoded = decoded[: max(decoded.rfind("\n"), decoded.rfind("\r")) + 1]
    return decoded.removeprefix("\ufeff")
