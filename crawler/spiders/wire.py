"""The spider of a wire: reads its feeds, sitemaps and list pages, or its archive, and fetches the pages wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from scrapy import Request, Spider, signals
from scrapy.exceptions import DontCloseSpider

from copydesk.crawler.accounting.crawl_stats import FeedReport
from copydesk.crawler.accounting.outcomes import RequestDeferred, RequestLeftBehind, classify_error
from copydesk.crawler.accounting.shutdown import Shutdown
from copydesk.crawler.accounting.url_ledger import UrlLedger
from copydesk.crawler.crawl_session import CrawlSession, get_session
from copydesk.crawler.discovery import Entry, FeedError, FeedKind
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.crawler.discovery.entry import find_other_source
from copydesk.crawler.discovery.text_charset import get_http_charset
from copydesk.crawler.downloader.credentials import strip_credentials
from copydesk.crawler.downloader.response import (
    conditional_headers,
    get_failure_status,
    get_header,
    get_media_type,
    rejection_reason,
)
from copydesk.crawler.downloader.ssrf_guard import SAME_SITE_META
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.items import PageItem
from copydesk.crawler.request_targets import FeedTarget, PageTarget, get_target, target_kwargs
from copydesk.crawler.spiders.feed_checks import check_articles, find_new_location
from copydesk.crawler.spiders.feed_reader import MAX_SITEMAP_BYTES, FeedContent, read_document
from copydesk.crawler.spiders.feed_selection import FeedSelector
from copydesk.crawler.spiders.feed_states import FeedStates
from copydesk.crawler.spiders.revisit_planner import Revisits
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.store.pages import FetchedPage, get_database_time, read_feed_states
from copydesk.pipeline.store.revisits import GONE_REASON

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

PARSE_TIMEOUT_SECONDS = 60.0
"""Seconds to wait for a feed's parser. Real feeds take less than one, a sitemap of 50,000 entries six on an idle
machine; a hostile one must not stop the crawl."""
MAX_SITEMAPS = 100
MAX_LISTED = 200_000
"""Entries of all feeds of a crawl, after which no other one is read. The archive of a year has fewer."""
MAX_SITEMAP_DEPTH = 3
"""Levels of sitemap indexes that are followed."""
INDEX_SLACK = timedelta(days=1)
"""How much older than the window a sitemap's ``lastmod`` in an index may be: some are dates without a time."""
UNEXPECTED_304_REASON = "unexpected http 304"
GONE_STATUSES = frozenset({404, 410})
"""The HTTP statuses of a page that was taken down."""
_FEED_PRIORITY = 10
"""Above that of all pages (0 and below), so that all feeds are read before the first page is fetched."""

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
        self._selector = FeedSelector(session)
        self._parsing = asyncio.Semaphore(1)
        self._listed = 0
        self._revisits = Revisits(session)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, session=get_session(crawler), **kwargs)
        crawler.signals.connect(spider._on_idle, signal=signals.spider_idle)
        return spider

    @property
    def _ledger(self) -> UrlLedger:
        return get_extension_or_raise(self.crawler, UrlLedger)

    async def start(self) -> AsyncIterator[Any]:
        """Yield the requests for all feeds, sitemaps and list pages, or for the archive of the window's days."""
        job, discovery, store = self._job, self._session.source.discovery, self._session.store
        if not job.dry_run:
            self._session.clock.set(await store.call(get_database_time))
            await self._selector.load()
            if job.strategy is WireStrategy.LIVE or job.listed_since is not None:
                await self._revisits.load()
        if job.strategy is WireStrategy.ARCHIVE and discovery.archive:
            for url in list_archive_urls(discovery.archive, job.listed_window, self._zone):
                yield self._make_feed_request(FeedTarget(url, FeedKind.ARCHIVE))
            return
        if not job.dry_run:
            states = await store.call(read_feed_states, job.source.name)
            self._feed_states = FeedStates(states, job.window.end, skip_unchanged=not self._revisits.is_wanted)
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
        return Request(
            strip_credentials(target.url),
            callback=self.parse_feed,
            errback=self.on_feed_error,
            headers=self._feed_states.make_headers(target.url),
            dont_filter=True,
            priority=_FEED_PRIORITY,
            cb_kwargs=target_kwargs(target),
            meta={"handle_httpstatus_list": [304], **({"download_maxsize": MAX_SITEMAP_BYTES} if is_sitemap else {})},
        )

    def _make_child_requests(self, children: Sequence[Entry], target: FeedTarget) -> Iterable[Request]:
        """Yield requests for the sitemaps of an index that may list something in the window."""
        depth = target.depth + 1
        since = self._job.listed_window.start - INDEX_SLACK
        for child in children:
            is_stale = child.updated_at is not None and child.updated_at < since
            if is_stale or child.url in self._feed_urls:
                continue
            if depth > MAX_SITEMAP_DEPTH or len(self._feed_urls) >= MAX_SITEMAPS:
                self._ledger.record_feed(FeedReport(child.url, FeedKind.SITEMAP, error="too many sitemaps"))
                return
            yield self._make_feed_request(FeedTarget(child.url, target.kind, depth=depth))

    async def parse_feed(self, response: Response, target: FeedTarget) -> AsyncIterator[Any]:
        """Read a feed, sitemap or list page outside the event loop, and yield requests for what the crawl wants."""
        ledger, url, kind, now = self._ledger, target.url, target.kind, self._session.clock.now()
        state = self._feed_states.make_state(url, response, now)
        if self._feed_states.is_unchanged(url, response, state):
            ledger.record_feed(FeedReport(url, kind, unchanged=True), state)
            return
        if response.status == 304:
            ledger.record_feed(FeedReport(url, kind, error=UNEXPECTED_304_REASON, status=304))
            return
        if self._listed > MAX_LISTED:
            ledger.record_feed(FeedReport(url, kind, error="too many entries", status=response.status))
            return
        shutdown = get_extension_or_raise(self.crawler, Shutdown)
        try:
            content = await shutdown.run_until_stopped(self._read_document(response, target, now))
        except (FeedError, TimeoutError, MemoryError, RequestDeferred) as error:
            reason = "out of memory" if isinstance(error, MemoryError) else str(error) or "parser timeout"
            ledger.record_feed(FeedReport(url, kind, error=reason, status=response.status))
            return
        entries = content.entries
        self._listed += len(entries) + len(content.children)
        selection = await self._selector.select(kind, content.candidates, ledger)
        wanted, latest = selection.wanted, selection.latest
        self._revisits.note_listed(content.candidates)
        newest = max((entry.published_or_updated for entry in entries if entry.published_or_updated), default=None)
        ledger.record_feed(
            FeedReport(
                url, kind, len(entries), len(wanted), newest=newest.isoformat(timespec="seconds") if newest else "",
                warnings=content.warnings, moved_to=find_new_location(response),
                **self._check_articles(content, response),
            ),
            replace(state, entries=len(entries))
            if kind in {FeedKind.FEED, FeedKind.SITEMAP} and not content.children and selection.is_complete
            else None,
            frozenset(candidate.url_key for candidate in wanted),
        )  # fmt: skip
        # All are scheduled before the first is requested, so that a crawl that is cut short records what it missed.
        for candidate in ledger.schedule(wanted, self._selector.fetched_earlier):
            yield self._make_page_request(PageTarget(candidate, latest.get(candidate.url_key)))
        for request in self._make_child_requests(content.children, target):
            yield request

    def _check_articles(self, content: FeedContent, response: Response) -> dict[str, Any]:
        """Return what a dry run reports about listed articles."""
        return check_articles(content, self._session.source, self.crawler, response) if self._job.dry_run else {}

    async def _read_document(self, response: Response, target: FeedTarget, now: datetime) -> FeedContent:
        """Read a document outside the event loop, after those before it: memory is then needed for one parser only."""
        content_type, entries_before = get_header(response, b"Content-Type"), self._feed_states.get_entries(target.url)
        async with self._parsing, asyncio.timeout(PARSE_TIMEOUT_SECONDS):
            return await asyncio.to_thread(
                read_document, response.body, target, self._session.source, response.url, content_type, now,
                entries_before,
            )  # fmt: skip

    async def on_feed_error(self, failure: Failure) -> None:
        """Record a feed that could not be downloaded."""
        target = get_target(failure.request)  # type: ignore[attr-defined]
        _, reason = classify_error(failure.value or Exception())
        if isinstance(target, FeedTarget):
            if isinstance(failure.value, RequestLeftBehind):
                self._ledger.leave(target, failure.value.left_behind)
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
            priority=-_count_hours(target.candidate.entry, self._job.window.end),
            cb_kwargs=target_kwargs(target),
            meta={SAME_SITE_META: True, "handle_httpstatus_list": [304]},
        )

    def _on_idle(self) -> None:
        """Request the pages to fetch again, once everything else is done: news comes first.

        Raises:
            DontCloseSpider: There are some.
        """
        revisits = self._ledger.schedule_revisits(self._revisits.take())
        for target in revisits:
            self.crawler.engine.crawl(self._make_page_request(target))
        if revisits:
            logger.info("%d known pages are fetched again", len(revisits))
            raise DontCloseSpider

    async def parse_page(self, response: Response, target: PageTarget) -> AsyncIterator[Any]:
        """Yield a page to store, or record that it is unchanged or not a page."""
        candidate, latest, ledger = target.candidate, target.latest, self._ledger
        if response.status == 304:
            if latest is not None:
                page_id = latest.page_id
                await ledger.record_outcome(
                    candidate, Outcome.UNCHANGED, "http 304", status=304, page_id=page_id, revisit=target.revisit
                )
            else:
                await ledger.record_outcome(candidate, Outcome.FAILED, UNEXPECTED_304_REASON, status=304)
            return
        reason = rejection_reason(response)
        if reason:
            size = len(response.body)
            await ledger.record_outcome(
                candidate, Outcome.REFUSED, reason, status=response.status, body_bytes=size, revisit=target.revisit
            )
            return
        content_type = get_header(response, b"Content-Type")
        page = Page(
            url=candidate.entry.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self._session.clock.now(),
            wire=self._session.source.name,
            content_type=get_media_type(response),
            charset=get_http_charset(content_type),
            status=response.status,
            etag=get_header(response, b"ETag") or None,
            last_modified=get_header(response, b"Last-Modified") or None,
            published_hint=candidate.entry.published_or_updated,
            feed_source=find_other_source(candidate.entry, self._session.source),
        )
        yield PageItem(FetchedPage(page, candidate.canonical_url, candidate.url_key, target.revisit))

    async def on_page_error(self, failure: Failure) -> None:
        """Record a page that could not be downloaded, or a request that was dropped."""
        target = get_target(failure.request)  # type: ignore[attr-defined]
        outcome, reason = classify_error(failure.value or Exception())
        if isinstance(target, PageTarget) and isinstance(failure.value, RequestLeftBehind):
            self._ledger.leave(target, failure.value.left_behind)
        elif isinstance(target, PageTarget):
            status = get_failure_status(failure)
            if target.revisit is not None and status in GONE_STATUSES:
                outcome, reason = Outcome.REFUSED, GONE_REASON  # it had a page before: the next step shows if it stays
            await self._ledger.record_outcome(target.candidate, outcome, reason, status=status, revisit=target.revisit)


def _count_hours(entry: Entry, end: datetime) -> int:
    """Return how many whole hours before ``end`` an entry was published or updated, 0 if after it or unknown.

    Newer pages are fetched first, whichever feed lists them, so that a crawl that is cut short has the news.
    """
    changed = entry.last_changed
    return 0 if changed is None else max(0, (end - changed) // timedelta(hours=1))
