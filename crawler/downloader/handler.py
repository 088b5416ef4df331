"""The download handler: Scrapy's own, behind the throttle and the guard, and broken off when the run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError

from copydesk.crawler.accounting.outcomes import Refused
from copydesk.crawler.accounting.shutdown import Ending
from copydesk.crawler.downloader.ssrf_guard import GuardedResolver
from copydesk.crawler.downloader.throttle import Throttle, host_of
from copydesk.crawler.extensions import need_extension

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class GuardedHandler(HTTP11DownloadHandler):
    """One download: waits its turn, connects to public addresses only.

    The download timeout begins after the wait and bounds the whole answer, so a drip is ended by it.
    """

    async def download_request(self, request: Request) -> Response:
        return await need_extension(self.crawler, Ending).unless_ended(self._download(request))

    async def _download(self, request: Request) -> Response:
        from twisted.internet import reactor

        throttle, host = need_extension(self.crawler, Throttle), host_of(request)
        ending = need_extension(self.crawler, Ending)
        async with throttle.turn(host):
            try:
                response = await super().download_request(request)
            except CannotResolveHostError:
                resolver: object = reactor.nameResolver
                if isinstance(resolver, GuardedResolver) and request_host(request) in resolver.refused:
                    raise Refused("private address") from None
                raise
            except DownloadTimeoutError:
                ending.hear(timed_out=True)
                raise
            ending.hear(timed_out=False)
            throttle.hear(host, response)
            return response


def request_host(request: Request) -> str:
    """The host as the resolver sees it: without port, brackets or letter case."""
    from scrapy.utils.httpobj import urlparse_cached

    return str(urlparse_cached(request).hostname or "")
