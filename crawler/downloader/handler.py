"""The download handler: Scrapy's own, with the throttle and the SSRF guard, and cancelled when the crawl stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError, DownloadTimeoutError

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON
from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.downloader.header_limit import LimitedFactory, is_header_too_large
from copydesk.crawler.downloader.host_leases import HostLeases
from copydesk.crawler.downloader.host_limits import HostLimits
from copydesk.crawler.downloader.ssrf_guard import GuardedResolver
from copydesk.crawler.downloader.throttle import Throttle, request_netloc
from copydesk.crawler.extensions import get_extension_or_raise

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

HEADER_TOO_LARGE_REASON = "header too large"


class GuardedHandler(HTTP11DownloadHandler):
    """Downloads when the throttle allows it, from public addresses only.

    The download timeout starts after the throttle's delay and limits the whole response, so a slow drip ends too.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = LimitedFactory

    async def download_request(self, request: Request) -> Response:
        """Return the response.

        Raises:
            RequestRejected: The host has no public address, or the response's header is too large.
            RequestLeftBehind: The host asked for a pause, or a budget is used up.
            RequestDeferred: The host is down, or the crawl has stopped.
        """
        return await get_extension_or_raise(self.crawler, Shutdown).run_until_stopped(self._download(request))

    async def _download(self, request: Request) -> Response:
        throttle, netloc = get_extension_or_raise(self.crawler, Throttle), request_netloc(request)
        limits = get_extension_or_raise(self.crawler, HostLimits)
        leases = get_extension_or_raise(self.crawler, HostLeases)
        async with leases.use(netloc):
            await limits.prepare(netloc)
            async with throttle.acquire(netloc, lambda: limits.take(netloc)):
                return await self._send(request, netloc)

    async def _send(self, request: Request, netloc: str) -> Response:
        from twisted.internet import reactor

        shutdown = get_extension_or_raise(self.crawler, Shutdown)
        try:
            response = await super().download_request(request)
        except CannotResolveHostError:
            resolver: object = reactor.nameResolver
            if isinstance(resolver, GuardedResolver) and request_host(request) in resolver.blocked_hosts:
                raise RequestRejected(PRIVATE_ADDRESS_REASON) from None
            raise
        except DownloadFailedError as error:
            if is_header_too_large(error):
                raise RequestRejected(HEADER_TOO_LARGE_REASON) from None
            raise
        except DownloadTimeoutError:
            shutdown.on_download_done(timed_out=True)
            raise
        shutdown.on_download_done(timed_out=False)
        retry_after_seconds = get_extension_or_raise(self.crawler, Throttle).on_response(netloc, response)
        if retry_after_seconds:
            await get_extension_or_raise(self.crawler, HostLimits).save_pause(netloc, retry_after_seconds)
        return response


def request_host(request: Request) -> str:
    """Return the host as the resolver sees it: lower case, without port and brackets."""
    from scrapy.utils.httpobj import urlparse_cached

    return str(urlparse_cached(request).hostname or "")
