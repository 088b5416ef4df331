"""A wire's site: which hosts are its own, and where it may be reached at a private address."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copydesk.pipeline.core.source import Source

if TYPE_CHECKING:
    from tldextract import TLDExtract

_DEFAULT_PORTS = {"http": 80, "https": 443}


class AllowedHosts:
    """The hosts that a wire's articles may come from: the registered domains of its home, feeds and lists.

    A host without such a domain (an IP address, ``localhost``) is its own only with its port.
    """

    def __init__(self, source: Source) -> None:
        found = source.discovery
        lists = [page.url for page in found.lists]
        archive = [found.archive] if found.archive else []
        addresses = [source.home, *found.feeds, *found.sitemaps, *archive, *lists]
        self._endpoints = {_host_and_port(address) for address in addresses}
        self._private_endpoints = {_host_and_port(address) for address in addresses} if source.allow_private else set()

    def allows(self, url: str) -> bool:
        """Whether the address is one of the wire's own."""
        try:
            host, port = _host_and_port(url)
        except ValueError:
            return False
        if (host, port) in self._endpoints:
            return True
        domain = _registered_domain(host)
        return bool(domain) and any(domain == _registered_domain(own) for own, _ in self._endpoints)

    def allows_private(self, host: str, port: int) -> bool:
        """Whether this host and port may resolve to a private address: only where the source says ``allow_private``,
        and then only at the very addresses that its file names, so that no redirect reaches a neighbour."""
        return (host.lower().rstrip("."), port) in self._private_endpoints


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole internet can reach.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) is judged as well: it is where packets end up.
    """
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in ipaddress.IPv6Network("64:ff9b::/96") or int(found) >> 32 == 0:
            inner.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
        if any(inner_address is not None and not _is_globally_routable(inner_address) for inner_address in inner):
            return False
        if found.ipv4_mapped is not None:
            return True
    return _is_globally_routable(found)


def _is_globally_routable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower().rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


@cache
def _registered_domain(host: str) -> str:
    """The host's registered domain; empty where it has none (an IP address, ``localhost``)."""
    found = _load_tld_extractor()(host)
    if not found.suffix and not found.ipv4 and not found.ipv6 and "." in host:
        return ".".join(host.split(".")[-2:])  # the list's own rule for a suffix that it does not know
    return found.top_domain_under_public_suffix


@cache
def _load_tld_extractor() -> TLDExtract:
    # Imported when a wire first names a host that is not its own: most never do, and it takes a fifth of a second.
    from tldextract import TLDExtract

    # The list that comes with the package: nothing is downloaded, nothing is written. Private suffixes count, so
    # that one blog of a hosting firm is not another's site.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
