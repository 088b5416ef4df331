"""The spider of a wire: reads its feeds, sitemaps and list pages, or its archive, and fetches the pages wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from w3lib.encoding import http_content_type_encoding

from copydesk.crawler.accounting.crawl_stats import FeedReport
from copydesk.crawler.accounting.outcomes import classify_error
from copydesk.crawler.accounting.url_ledger import UrlLedger
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.discovery import Entry, FeedError, FeedKind
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.listing import read_listing
from copydesk.crawler.discovery.selection import build_candidates, select_candidates
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.crawler.downloader.response import conditional_headers, get_failure_status, get_header, rejection_reason
from copydesk.crawler.downloader.ssrf_guard import SAME_SITE_META
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.items import PageItem
from copydesk.crawler.request_targets import FeedTarget, PageTarget, get_target, target_kwargs
from copydesk.crawler.spiders.feed_states import FeedStates
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.store.pages import (
    FetchedPage,
    LatestPage,
    get_database_time,
    list_already_fetched,
    list_latest_pages,
    read_feed_states,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

PARSE_TIMEOUT_SECONDS = 20.0
"""Seconds to wait for a feed's parser. Real feeds take less than one; a hostile one must not stop the crawl."""
MAX_SITEMAPS = 100
MAX_SITEMAP_DEPTH = 3
"""Levels of sitemap indexes that are followed."""
MAX_SITEMAP_BYTES = 16 * 1024 * 1024
"""Bytes of a sitemap, decoded. The most entries allowed (50,000) take about 10 MB."""
INDEX_SLACK = timedelta(days=1)
"""How much older than the window a sitemap's ``lastmod`` in an index may be: some are dates without a time."""
UNEXPECTED_304_REASON = "unexpected http 304"
_FEED_PRIORITY = 10
"""Above a page's 0, so that all feeds are read before the first page is fetched."""

logger = logging.getLogger(__name__)


class WireSpider(Spider):
    """Crawls one wire for one window. ``discovery.selection`` decides which of the discovered pages it fetches."""

    name = "wire"

    def __init__(self, session: CrawlSession, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = session
        self._job = session.job
        self._zone = ZoneInfo(session.source.timezone)
        self._feed_states = FeedStates({}, self._job.window.end)
        self._feed_urls: set[str] = set()
        self._fetched_earlier: dict[bytes, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        return super().from_crawler(crawler, *args, session=get_session(crawler), **kwargs)

    @property
    def _ledger(self) -> UrlLedger:
        return get_extension_or_raise(self.crawler, UrlLedger)

    async def start(self) -> AsyncIterator[Any]:
        """Yield the requests for all feeds, sitemaps and list pages, or for the archive of the window's days."""
        job, discovery, store = self._job, self._session.source.discovery, self._session.store
        if not job.dry_run:
            self._session.clock.set(await store.call(get_database_time))
            self._fetched_earlier = await store.call(list_already_fetched, job.run_key, job.source.name)
        if job.strategy is WireStrategy.ARCHIVE and discovery.archive:
            for url in list_archive_urls(discovery.archive, job.window, self._zone):
                yield self._make_feed_request(FeedTarget(url, FeedKind.ARCHIVE))
            return
        if not job.dry_run:
            self._feed_states = FeedStates(await store.call(read_feed_states, job.source.name), job.window.end)
        for url in discovery.feeds:
            yield self._make_feed_request(FeedTarget(url, FeedKind.FEED))
        for url in discovery.sitemaps:
            yield self._make_feed_request(FeedTarget(url, FeedKind.SITEMAP))
        for page in discovery.lists:
            yield self._make_feed_request(FeedTarget(page.url, FeedKind.LIST, link_selector=page.links))

    # Discovery

    def _make_feed_request(self, target: FeedTarget) -> Request:
        self._feed_urls.add(target.url)
        is_sitemap = target.kind in {FeedKind.SITEMAP, FeedKind.ARCHIVE}
        callbacks: dict[FeedKind, Callable[..., AsyncIterator[Any]]] = {
            FeedKind.FEED: self.parse_feed,
            FeedKind.SITEMAP: self.parse_sitemap,
            FeedKind.ARCHIVE: self.parse_sitemap,
            FeedKind.LIST: self.parse_listing,
        }
        return Request(
            target.url,
            callback=callbacks[target.kind],
            errback=self.on_feed_error,
            headers=self._feed_states.make_headers(target.url),
            dont_filter=True,
            priority=_FEED_PRIORITY,
            cb_kwargs=target_kwargs(target),
            meta={"handle_httpstatus_list": [304], **({"download_maxsize": MAX_SITEMAP_BYTES} if is_sitemap else {})},
        )

    async def parse_feed(self, response: Response, target: FeedTarget) -> AsyncIterator[Any]:
        """Read RSS or Atom."""
        content_type, now = get_header(response, b"Content-Type"), self._session.clock.now()

        def parse(body: bytes) -> list[Entry]:
            return read_feed(body, response.url, self._zone, now, content_type, self._session.source.language)

        async for request in self._process_feed(response, target, parse):
            yield request

    async def parse_listing(self, response: Response, target: FeedTarget) -> AsyncIterator[Any]:
        """Read a list page."""

        def parse(body: bytes) -> list[Entry]:
            text = getattr(response, "text", None) or body.decode("utf-8", "replace")
            return read_listing(text, response.url, target.link_selector)

        async for request in self._process_feed(response, target, parse):
            yield request

    async def parse_sitemap(self, response: Response, target: FeedTarget) -> AsyncIterator[Any]:
        """Read a news sitemap, or an index of sitemaps."""
        now, source = self._session.clock.now(), self._session.source
        children: list[Entry] = []

        def parse(body: bytes) -> list[Entry]:
            sitemap = read_sitemap(body, response.url, self._zone, now, MAX_SITEMAP_BYTES, source.language)
            children.extend(sitemap.children)
            return list(sitemap.entries)

        async for request in self._process_feed(response, target, parse, children=children):
            yield request
        for request in self._make_child_requests(children, target):
            yield request

    def _make_child_requests(self, children: list[Entry], target: FeedTarget) -> Iterable[Request]:
        """Yield requests for the sitemaps of an index that may list something in the window."""
        depth = target.depth + 1
        for child in children:
            is_stale = child.updated_at is not None and child.updated_at < self._job.window.start - INDEX_SLACK
            if is_stale or child.url in self._feed_urls:
                continue
            if depth > MAX_SITEMAP_DEPTH or len(self._feed_urls) >= MAX_SITEMAPS:
                self._ledger.record_feed(FeedReport(child.url, FeedKind.SITEMAP, error="too many sitemaps"))
                return
            yield self._make_feed_request(FeedTarget(child.url, target.kind, depth=depth))

    async def _process_feed(
        self,
        response: Response,
        target: FeedTarget,
        parse: Callable[[bytes], list[Entry]],
        children: list[Entry] | None = None,
    ) -> AsyncIterator[Any]:
        """Read a feed outside the event loop, and yield requests for the pages that the crawl wants.

        Args:
            response: The response.
            target: What was requested.
            parse: Returns the entries in a body; raises ``FeedError``. Runs in another thread.
            children: If ``parse`` reads a sitemap index, the list to which it adds the children.
        """
        ledger, url, kind = self._ledger, target.url, target.kind
        state = self._feed_states.make_state(url, response, self._session.clock.now())
        if self._feed_states.is_unchanged(url, response, state):
            ledger.record_feed(FeedReport(url, kind, unchanged=True), state)
            return
        if response.status == 304:
            ledger.record_feed(FeedReport(url, kind, error=UNEXPECTED_304_REASON, status=304))
            return
        try:
            async with asyncio.timeout(PARSE_TIMEOUT_SECONDS):
                entries = await asyncio.to_thread(parse, response.body)
        except (FeedError, TimeoutError) as error:
            ledger.record_feed(FeedReport(url, kind, error=str(error) or "parser timeout", status=response.status))
            return
        candidates = build_candidates(entries, self._session.source)
        latest: dict[bytes, LatestPage] = {}
        if not self._job.dry_run:
            keys = [candidate.url_key for candidate in candidates]
            latest = await self._session.store.call(list_latest_pages, keys)
        wanted = select_candidates(
            candidates,
            self._job.window,
            self._job.strategy,
            {key: page.fetched_at for key, page in latest.items()},
            self._job.known_since,
            self._fetched_earlier,
        )
        newest = max((entry.published_or_updated for entry in entries if entry.published_or_updated), default=None)
        ledger.record_feed(
            FeedReport(
                url, kind, len(entries), len(wanted), newest=newest.isoformat(timespec="seconds") if newest else ""
            ),
            state if kind in {FeedKind.FEED, FeedKind.SITEMAP} and not children else None,
            frozenset(candidate.url_key for candidate in wanted),
        )
        # All are scheduled before the first is requested, so that a crawl that is cut short records what it missed.
        for candidate in ledger.schedule(wanted, len(self._fetched_earlier)):
            yield self._make_page_request(PageTarget(candidate, latest.get(candidate.url_key)))

    async def on_feed_error(self, failure: Failure) -> None:
        """Record a feed that could not be downloaded."""
        target = get_target(failure.request)  # type: ignore[attr-defined]
        _, reason = classify_error(failure.value or Exception())
        if isinstance(target, FeedTarget):
            status = get_failure_status(failure)
            self._ledger.record_feed(FeedReport(target.url, target.kind, error=reason, status=status))

    # Pages

    def _make_page_request(self, target: PageTarget) -> Request:
        latest = target.latest
        return Request(
            target.candidate.entry.url,
            callback=self.parse_page,
            errback=self.on_page_error,
            headers=conditional_headers(latest.etag, latest.last_modified) if latest else {},
            dont_filter=True,
            cb_kwargs=target_kwargs(target),
            meta={SAME_SITE_META: True, "handle_httpstatus_list": [304]},
        )

    async def parse_page(self, response: Response, target: PageTarget) -> AsyncIterator[Any]:
        """Yield a page to store, or record that it is unchanged or not a page."""
        candidate, latest, ledger = target.candidate, target.latest, self._ledger
        if response.status == 304:
            if latest is not None:
                page_id = latest.page_id
                await ledger.record_outcome(candidate, Outcome.UNCHANGED, "http 304", status=304, page_id=page_id)
            else:
                await ledger.record_outcome(candidate, Outcome.FAILED, UNEXPECTED_304_REASON, status=304)
            return
        reason = rejection_reason(response)
        if reason:
            size = len(response.body)
            await ledger.record_outcome(candidate, Outcome.REFUSED, reason, status=response.status, body_bytes=size)
            return
        content_type = get_header(response, b"Content-Type")
        page = Page(
            url=candidate.entry.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self._session.clock.now(),
            wire=self._session.source.name,
            content_type=content_type.partition(";")[0].strip().lower(),
            charset=http_content_type_encoding(content_type),
            status=response.status,
            etag=get_header(response, b"ETag") or None,
            last_modified=get_header(response, b"Last-Modified") or None,
        )
        yield PageItem(
            FetchedPage(page, candidate.canonical_url, candidate.url_key, candidate.entry.published_or_updated)
        )

    async def on_page_error(self, failure: Failure) -> None:
        """Record a page that could not be downloaded, or a request that was dropped."""
        target = get_target(failure.request)  # type: ignore[attr-defined]
        outcome, reason = classify_error(failure.value or Exception())
        if isinstance(target, PageTarget):
            status = get_failure_status(failure)
            await self._ledger.record_outcome(target.candidate, outcome, reason, status=status)
