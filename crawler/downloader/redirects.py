"""Redirects: of HTTP, with the cookies that a server sets on the way, and of HTML, from a stub to its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin, urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.redirect import BaseRedirectMiddleware, RedirectMiddleware
from scrapy.http import HtmlResponse
from scrapy.http.cookies import CookieJar
from w3lib.html import get_meta_refresh, remove_comments, remove_tags, remove_tags_with_content
from w3lib.url import safe_url_string

from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.crawl_session import get_session
from copydesk.crawler.discovery.text_charset import decode_html
from copydesk.crawler.downloader.allowed_hosts import AllowedHosts
from copydesk.crawler.downloader.response import get_header
from copydesk.pipeline.core.urls import MAX_URL_CHARS

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

INVALID_URL_REASON = "invalid url"
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_JAR_META = "copydesk_cookies"
_MAX_COOKIE_HEADER_BYTES = 8192
"""Bytes of a Cookie header. Common servers reject more."""
MAX_STUB_BYTES = 64 * 1024
MAX_STUB_CHARS = 600
"""Characters of text in a page that only leads to another one. Such pages say "Redirecting to ..."; a short brief with
a page's navigation has more."""
MAX_REFRESH_SECONDS = 10.0
"""The longest delay of a redirect. Pages that reload themselves for new stories wait for a minute or more."""


class CookieRedirectMiddleware(RedirectMiddleware):
    """Follows redirects, and sends the cookies that the responses of the same chain have set.

    Some sites redirect a request without a cookie to the same URL to set one. No cookie outlives its request.
    """

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the request for the target of a redirect, or the response.

        Raises:
            RequestRejected: The target is not an http or https URL, or invalid.
            IgnoreRequest: There are too many redirects.
        """
        if response.status not in _REDIRECT_STATUSES or not response.headers.get(b"Location"):
            return response
        _check_target(request.url, response.headers[b"Location"] or b"")
        try:
            redirected = super().process_response(request, response)
        except ValueError as error:
            raise RequestRejected(INVALID_URL_REASON) from error
        if redirected is response:
            return response
        target = cast("Request", redirected)
        jar: CookieJar = request.meta.get(_JAR_META) or CookieJar()
        jar.extract_cookies(response, request)
        target.meta[_JAR_META] = jar
        target.headers.pop(b"Cookie", None)
        jar.add_cookie_header(target)
        if len(target.headers.get(b"Cookie") or b"") > _MAX_COOKIE_HEADER_BYTES:
            raise RequestRejected("cookies too large")
        return target


class RefreshMiddleware(BaseRedirectMiddleware):
    """Follows the refresh of a page without a text of its own to another page of the wire."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self._allowed_hosts = AllowedHosts(get_session(crawler).source)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RefreshMiddleware:
        refresh = cls(crawler)
        refresh.crawler = crawler
        crawler.signals.connect(refresh._engine_started, signal=signals.engine_started)
        return refresh

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the request for the target of a refresh, or the response.

        Raises:
            IgnoreRequest: There are too many redirects.
        """
        if response.status != 200 or not isinstance(response, HtmlResponse) or len(response.body) > MAX_STUB_BYTES:
            return response
        target = find_refresh_target(response)
        if target is None or not self._allowed_hosts.allows(target):
            return response
        redirected = self._redirect_request_using_get(request, response, target)
        return self._redirect(redirected, request, "meta refresh")


def find_refresh_target(response: HtmlResponse) -> str | None:
    """Return the URL that a stub leads to, by a meta element or a Refresh header; None if it has a text of its own."""
    header = get_header(response, b"Refresh")
    if not header and b"refresh" not in response.body.lower():
        return None
    text, codec = decode_html(response.body, get_header(response, b"Content-Type"))
    delay, target = get_meta_refresh(text, response.url, codec, ignore_tags=("script", "noscript"))
    if target is None and header:
        match = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)[\"']?", header, re.IGNORECASE)
        delay, target = (float(match[1]), urljoin(response.url, match[2].strip())) if match else (None, None)
    if target is None or delay is None or delay > MAX_REFRESH_SECONDS or len(target) > MAX_URL_CHARS:
        return None
    if target.partition("#")[0] == response.url.partition("#")[0]:
        return None
    visible = remove_tags(remove_comments(remove_tags_with_content(text, ("script", "style", "title", "noscript"))))
    return target if len(" ".join(visible.split())) <= MAX_STUB_CHARS else None


def _check_target(url: str, location: bytes) -> None:
    """Raise ``RequestRejected`` for a target that must not, or cannot, be requested."""
    if len(location) > MAX_URL_CHARS:
        raise RequestRejected("url too long")
    try:
        parts = urlsplit(urljoin(url, safe_url_string(location)))
        is_valid = bool(parts.hostname) and parts.port != 0  # reading the port checks it
    except ValueError:
        raise RequestRejected(INVALID_URL_REASON) from None
    if parts.scheme not in {"http", "https"}:
        raise RequestRejected("redirect")
    if not is_valid:
        raise RequestRejected(INVALID_URL_REASON)
