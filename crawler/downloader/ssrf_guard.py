"""The guard: private addresses are refused where connections are made, strangers' hosts at every hop.

The resolver is the one place that every connection of this process asks for an address, IP literals included, and what
it lets through is what is connected to: there is no second look-up that a name could change its answer for.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from copydesk.crawler.accounting.outcomes import Refused
from copydesk.crawler.downloader.allowed_hosts import Site, is_public

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IAddress

MAX_ADDRESS = 8192  # characters; servers refuse longer ones


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names as the system does and passes on public addresses only; for private ones the source must have
    said so, and then only its own host and port pass. ``refused`` holds the hosts of which nothing was left."""

    def __init__(self, reactor: Any, site: Site) -> None:
        self._reactor = reactor
        # zope's interfaces say nothing to a type checker.
        self._system: Any = reactor.nameResolver
        self._site = site
        self.refused: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, Site(crawler.settings["COPYDESK_SOURCE"]))

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        receiver = _PublicOnly(self, resolutionReceiver, hostName, portNumber)
        return self._system.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def lets_through(self, host: str, port: int, address: str) -> bool:
        return is_public(address) or self._site.may_be_private(host, port)


@implementer(IResolutionReceiver)
class _PublicOnly:
    def __init__(self, guard: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._guard, self._receiver, self._host, self._port = guard, receiver, host, port
        self._passed = self._held = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if self._guard.lets_through(self._host, self._port, str(getattr(address, "host", ""))):
            self._passed += 1
            self._receiver.addressResolved(address)
        else:
            self._held += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._held and not self._passed:
            self._guard.refused.add(self._host)
        else:
            self._guard.refused.discard(self._host)
        self._receiver.resolutionComplete()


class GuardMiddleware:
    """Looks at every request, also one that a redirect made: http or https, and for an article the wire's own site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(Site(crawler.settings["COPYDESK_SOURCE"]))

    def process_request(self, request: Request) -> None:
        """Raises ``Refused`` for what may not be asked."""
        if len(request.url) > MAX_ADDRESS:
            raise Refused("address too long")
        if urlsplit(request.url).scheme not in {"http", "https"}:
            raise Refused("scheme")
        if request.meta.get("stays_on_site") and not self._site.holds(request.url):
            if self._is_private(request.url):
                raise Refused("private address")
            redirected = request.meta.get("redirect_times")
            raise Refused("off-site redirect" if redirected else "off-site")

    def _is_private(self, url: str) -> bool:
        """Whether the address names a private IP outright; names are judged when they are resolved."""
        try:
            host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return not is_public(host) and not self._site.may_be_private(host, port)
