"""Fetches single URLs for an inspection, with the crawler's downloader: its SSRF guard, robots rules and throttle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from copydesk.crawler.accounting.outcomes import classify_error
from copydesk.crawler.discovery.text_charset import get_http_charset
from copydesk.crawler.downloader.credentials import strip_credentials
from copydesk.crawler.downloader.response import get_header, get_media_type, rejection_reason
from copydesk.crawler.downloader.ssrf_guard import SAME_SITE_META
from copydesk.crawler.inspection.inspection_records import FetchedPage, ListedArticle
from copydesk.crawler.spiders.feed_checks import find_new_location
from copydesk.crawler.spiders.feed_reader import MAX_SITEMAP_BYTES

if TYPE_CHECKING:
    from scrapy.http import Response

Download = Callable[[Request], Awaitable["Response"]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The response to a request, or the reason why there is none."""

    url: str
    """As requested."""
    final_url: str = ""
    status: int = 0
    body: bytes = b""
    content_type: str = ""
    """The whole Content-Type header."""
    media_type: str = ""
    error: str = ""
    html_error: str = ""
    """Why it is not an HTML page; empty if it is one."""
    moved_permanently: bool = False
    """Whether all redirects on the way are permanent, and there is one."""


class Browser:
    """Fetches URLs one after the other."""

    def __init__(self, download: Download, folder: Path) -> None:
        self._download = download
        self._folder = folder
        self._pages = 0

    async def fetch(self, url: str, *, same_site: bool = False) -> Fetched:
        """Fetch one URL.

        Args:
            url: The URL.
            same_site: Whether it, and the targets of its redirects, must be on the wire's hosts.
        """
        meta = {"handle_httpstatus_all": True, "download_maxsize": MAX_SITEMAP_BYTES, SAME_SITE_META: same_site}
        try:
            request = Request(strip_credentials(url), callback=NO_CALLBACK, dont_filter=True, meta=meta)
            response = await self._download(request)
        except Exception as error:  # noqa: BLE001 - reported as the reason, whatever it is
            return Fetched(url, error=classify_error(error)[1])
        return Fetched(
            url=url,
            final_url=response.url,
            status=response.status,
            body=response.body,
            content_type=get_header(response, b"Content-Type"),
            media_type=get_media_type(response),
            error="" if response.status in {200, 203} else f"http {response.status}",
            html_error=rejection_reason(response),
            moved_permanently=bool(find_new_location(response)),
        )

    async def fetch_page(self, url: str, entry: ListedArticle | None = None) -> FetchedPage:
        """Fetch an article's page and save its bytes in the inspection's folder."""
        return self.save_page(await self.fetch(url, same_site=True), entry)

    def save_page(self, fetched: Fetched, entry: ListedArticle | None = None) -> FetchedPage:
        """Save the bytes of a page in the inspection's folder; not those of something else."""
        error, name = fetched.error or fetched.html_error, ""
        if not error:
            self._pages += 1
            name = f"page-{self._pages}.html"
            (self._folder / name).write_bytes(fetched.body)
        return FetchedPage(
            url=fetched.url,
            final_url=fetched.final_url,
            status=fetched.status,
            content_type=fetched.media_type,
            charset=get_http_charset(fetched.content_type),
            error=error,
            file=name,
            fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
            entry=entry,
        )
