"""Which hosts belong to a wire, and which of them may have private addresses."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copydesk.pipeline.core.source import Source

if TYPE_CHECKING:
    from tldextract import TLDExtract

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64_PREFIX = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class AllowedHosts:
    """The hosts that a wire's articles may come from: all hosts of the registered domains in its source file.

    A host without a registered domain (an IP address, ``localhost``) is allowed only with the port from the file.
    """

    def __init__(self, source: Source) -> None:
        discovery = source.discovery
        list_urls = [page.url for page in discovery.lists]
        archive_urls = [discovery.archive] if discovery.archive else []
        urls = [source.home, *discovery.feeds, *discovery.sitemaps, *archive_urls, *list_urls]
        self._endpoints = {_host_and_port(url) for url in urls}
        self._private_endpoints = self._endpoints if source.allow_private else set()

    def allows(self, url: str) -> bool:
        """Return whether a URL is on one of the wire's hosts."""
        try:
            host, port = _host_and_port(url)
        except ValueError:
            return False
        if (host, port) in self._endpoints:
            return True
        domain = _registered_domain(host)
        return bool(domain) and any(domain == _registered_domain(own) for own, _ in self._endpoints)

    def allows_private(self, host: str, port: int) -> bool:
        """Return whether a host and port may resolve to a private address.

        Only if the source has ``allow_private``, and only the exact hosts and ports in its file, so that no redirect
        reaches other services in the same network.
        """
        return (host.lower().rstrip("."), port) in self._private_endpoints


def is_public(address: str) -> bool:
    """Return whether an IP address is globally reachable; False if it is not an IP address.

    The IPv4 address inside an IPv6 address (mapped, 6to4, Teredo, NAT64) must be public too: packets end up there.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64_PREFIX or int(ip) >> 32 == 0:
            embedded.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(inner is not None and not _is_globally_routable(inner) for inner in embedded):
            return False
        if ip.ipv4_mapped is not None:
            return True
    return _is_globally_routable(ip)


def _is_globally_routable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower().rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


@cache
def _registered_domain(host: str) -> str:
    """Return the registered domain of a host; empty if it has none (an IP address, ``localhost``)."""
    result = _load_tld_extractor()(host)
    if not result.suffix and not result.ipv4 and not result.ipv6 and "." in host:
        return ".".join(host.split(".")[-2:])  # the public suffix list's default rule for unknown suffixes
    return result.top_domain_under_public_suffix


@cache
def _load_tld_extractor() -> TLDExtract:
    # Imported only if a wire links to another host: it takes 0.2 s, and most wires never do.
    from tldextract import TLDExtract

    # Use the list in the package: nothing is downloaded or written. Private suffixes count, so that two blogs at one
    # hosting company are two sites.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
