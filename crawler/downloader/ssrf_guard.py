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

from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.downloader.allowed_hosts import AllowedHosts, is_public

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IAddress

MAX_URL_CHARS = 8192  # characters; servers refuse longer ones


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names as the system does and passes on public addresses only; for private ones the source must have
    said so, and then only its own host and port pass. ``refused`` holds the hosts of which nothing was left."""

    def __init__(self, reactor: Any, allowed_hosts: AllowedHosts) -> None:
        self._reactor = reactor
        # zope's interfaces say nothing to a type checker.
        self._system_resolver: Any = reactor.nameResolver
        self._allowed_hosts = allowed_hosts
        self.blocked_hosts: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, AllowedHosts(crawler.settings["COPYDESK_SOURCE"]))

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
        receiver = _PublicAddressReceiver(self, resolutionReceiver, hostName, portNumber)
        return self._system_resolver.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def is_allowed_address(self, host: str, port: int, address: str) -> bool:
        return is_public(address) or self._allowed_hosts.allows_private(host, port)


@implementer(IResolutionReceiver)
class _PublicAddressReceiver:
    def __init__(self, guard: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._guard, self._receiver, self._host, self._port = guard, receiver, host, port
        self._allowed_count = self._blocked_count = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if self._guard.is_allowed_address(self._host, self._port, str(getattr(address, "host", ""))):
            self._allowed_count += 1
            self._receiver.addressResolved(address)
        else:
            self._blocked_count += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._blocked_count and not self._allowed_count:
            self._guard.blocked_hosts.add(self._host)
        else:
            self._guard.blocked_hosts.discard(self._host)
        self._receiver.resolutionComplete()


class GuardMiddleware:
    """Looks at every request, also one that a redirect made: http or https, and for an article the wire's own site."""

    def __init__(self, allowed_hosts: AllowedHosts) -> None:
        self._allowed_hosts = allowed_hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(AllowedHosts(crawler.settings["COPYDESK_SOURCE"]))

    def process_request(self, request: Request) -> None:
        """Raises ``Refused`` for what may not be asked."""
        if len(request.url) > MAX_URL_CHARS:
            raise RequestRejected("address too long")
        if urlsplit(request.url).scheme not in {"http", "https"}:
            raise RequestRejected("scheme")
        if request.meta.get("stays_on_site") and not self._allowed_hosts.allows(request.url):
            if self._is_private(request.url):
                raise RequestRejected("private address")
            redirected = request.meta.get("redirect_times")
            raise RequestRejected("off-site redirect" if redirected else "off-site")

    def _is_private(self, url: str) -> bool:
        """Whether the address names a private IP outright; names are judged when they are resolved."""
        try:
            host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return not is_public(host) and not self._allowed_hosts.allows_private(host, port)
