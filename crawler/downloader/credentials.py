"""Basic authentication (RFC 7617): user name and password for the hosts and ports in a wire's file, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit, urlunsplit

from w3lib.http import basic_auth_header

from copydesk.crawler.crawl_session import get_session
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.wire_login import WireLogin

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

Origin = tuple[str, str, int]
_DEFAULT_PORTS = {"http": 80, "https": 443}


class CredentialsMiddleware:
    """Downloader middleware that sets the Authorization header of requests to the wire's own hosts.

    It also removes it from a request to another host, so that no redirect takes it there.
    """

    def __init__(self, headers: dict[Origin, bytes]) -> None:
        self._headers = headers

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = get_session(crawler)
        return cls(make_authorizations(session.source, session.job.login))

    def process_request(self, request: Request) -> None:
        """Set or remove the header."""
        header = self._headers.get(_get_origin(request.url))
        if header is None:
            request.headers.pop(b"Authorization", None)
        else:
            request.headers[b"Authorization"] = header


def make_authorizations(source: Source, login: WireLogin | None) -> dict[Origin, bytes]:
    """Return the Authorization header of each origin of a wire.

    Args:
        source: The wire. A user name and password in one of its URLs apply to that URL's origin.
        login: The wire's login; applies to all of its origins without credentials in a URL.
    """
    discovery = source.discovery
    archive = [discovery.archive] if discovery.archive else []
    urls = [source.home, *discovery.feeds, *discovery.sitemaps, *archive, *(page.url for page in discovery.lists)]
    headers: dict[Origin, bytes] = {}
    if login is not None:
        headers = dict.fromkeys(map(_get_origin, urls), _make_header(login.user, login.password.get_secret_value()))
    for url in urls:
        parts = urlsplit(url)
        if parts.username is not None:
            headers[_get_origin(url)] = _make_header(unquote(parts.username), unquote(parts.password or ""))
    return headers


def strip_credentials(url: str) -> str:
    """Return a URL without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _make_header(user: str, password: str) -> bytes:
    return bytes(basic_auth_header(user, password, encoding="utf-8"))


def _get_origin(url: str) -> Origin:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
