"""Protection against server-side request forgery (SSRF): no private addresses, and articles only from the wire's hosts.

Every connection of this process gets its address from the resolver, IP literals included, and connects to exactly the
addresses that the resolver passes on. So a name cannot resolve to another address between check and use (DNS
rebinding).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON
from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.crawl_session import get_session
from copydesk.crawler.downloader.allowed_hosts import AllowedHosts, is_public
from copydesk.pipeline.core.urls import MAX_URL_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.internet.interfaces import IAddress

SAME_SITE_META = "copydesk_same_site"
"""The key in ``Request.meta`` of a request that must stay on the wire's hosts, across redirects."""


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names with the system's resolver, and passes on allowed addresses only.

    Public addresses are allowed. Private ones are allowed only for the hosts and ports of a source with
    ``allow_private``.
    """

    def __init__(self, reactor: Any, allowed_hosts: AllowedHosts) -> None:
        self._reactor = reactor
        self._system_resolver: Any = reactor.nameResolver  # zope's interfaces have no type hints
        self._allowed_hosts = allowed_hosts
        self.blocked_hosts: set[str] = set()
        """The hosts that resolved to forbidden addresses only, when last resolved."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, AllowedHosts(get_session(crawler).source))

    def install_on_reactor(self) -> None:
        """Install the resolver; Scrapy calls this."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name; see ``IHostnameResolver``."""
        receiver = _AddressFilter(self, resolutionReceiver, hostName, portNumber)
        return self._system_resolver.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)

    def is_allowed_address(self, host: str, port: int, address: str) -> bool:
        """Return whether a connection to this IP address of a host is allowed."""
        return is_public(address) or self._allowed_hosts.allows_private(host, port)


@implementer(IResolutionReceiver)
class _AddressFilter:
    """Passes the allowed addresses of one look-up on to a receiver."""

    def __init__(self, resolver: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._resolver, self._receiver, self._host, self._port = resolver, receiver, host, port
        self._allowed_count = self._blocked_count = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if self._resolver.is_allowed_address(self._host, self._port, str(getattr(address, "host", ""))):
            self._allowed_count += 1
            self._receiver.addressResolved(address)
        else:
            self._blocked_count += 1

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._blocked_count and not self._allowed_count:
            self._resolver.blocked_hosts.add(self._host)
        else:
            self._resolver.blocked_hosts.discard(self._host)
        self._receiver.resolutionComplete()


class GuardMiddleware:
    """Downloader middleware that checks every request, also after a redirect.

    The URL must be http or https, and that of an article must be on the wire's hosts.
    """

    def __init__(self, allowed_hosts: AllowedHosts) -> None:
        self._allowed_hosts = allowed_hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(AllowedHosts(get_session(crawler).source))

    def process_request(self, request: Request) -> None:
        """Check a request.

        Raises:
            RequestRejected: The request is forbidden.
        """
        if len(request.url) > MAX_URL_CHARS:
            raise RequestRejected("url too long")
        parts = urlsplit(request.url)
        if parts.scheme not in {"http", "https"}:
            raise RequestRejected("scheme")
        if "@" in parts.netloc:
            raise RequestRejected("credentials in url")
        if request.meta.get(SAME_SITE_META) and not self._allowed_hosts.allows(request.url):
            if self._is_private_ip(request.url):
                raise RequestRejected(PRIVATE_ADDRESS_REASON)
            redirected = request.meta.get("redirect_times")
            raise RequestRejected("off-site redirect" if redirected else "off-site")

    def _is_private_ip(self, url: str) -> bool:
        """Return whether the host in a URL is a private IP address. Host names are checked by the resolver."""
        try:
            host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return not is_public(host) and not self._allowed_hosts.allows_private(host, port)
