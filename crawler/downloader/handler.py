"""The download handler: Scrapy's own, behind the throttle and the guard, and broken off when the run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError

from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.downloader.ssrf_guard import GuardedResolver
from copydesk.crawler.downloader.throttle import Throttle, request_netloc
from copydesk.crawler.extensions import get_extension_or_raise

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class GuardedHandler(HTTP11DownloadHandler):
    """One download: waits its turn, connects to public addresses only.

    The download timeout begins after the wait and bounds the whole answer, so a drip is ended by it.
    """

    async def download_request(self, request: Request) -> Response:
        return await get_extension_or_raise(self.crawler, Shutdown).run_until_stopped(self._download(request))

    async def _download(self, request: Request) -> Response:
        from twisted.internet import reactor

        throttle, host = get_extension_or_raise(self.crawler, Throttle), request_netloc(request)
        ending = get_extension_or_raise(self.crawler, Shutdown)
        async with throttle.acquire(host):
            try:
                response = await super().download_request(request)
            except CannotResolveHostError:
                resolver: object = reactor.nameResolver
                if isinstance(resolver, GuardedResolver) and request_host(request) in resolver.blocked_hosts:
                    raise RequestRejected("private address") from None
                raise
            except DownloadTimeoutError:
                ending.on_download_done(timed_out=True)
                raise
            ending.on_download_done(timed_out=False)
            throttle.on_response(host, response)
            return response


def request_host(request: Request) -> str:
    """The host as the resolver sees it: without port, brackets or letter case."""
    from scrapy.utils.httpobj import urlparse_cached

    return str(urlparse_cached(request).hostname or "")
