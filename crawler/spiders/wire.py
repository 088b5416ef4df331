"""The spider: one wire, as its TOML file describes it. Feeds and sitemaps first, then what they name and is wanted."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from w3lib.encoding import http_content_type_encoding

from copydesk.crawler.accounting.crawl_stats import FeedReport
from copydesk.crawler.accounting.outcomes import classify_error
from copydesk.crawler.accounting.url_ledger import FeedRecord, UrlLedger
from copydesk.crawler.discovery import Entry, FeedError
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.listing import read_listing
from copydesk.crawler.discovery.selection import Candidate, DiscoveryMode, build_candidates, select_candidates
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.crawler.downloader.response import conditional_headers, get_failure_status, get_header, rejection_reason
from copydesk.crawler.extensions import get_extension_or_raise
from copydesk.crawler.items import PageItem
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.store.pages import (
    FeedState,
    FetchedPage,
    LatestPage,
    get_database_time,
    list_already_fetched,
    list_latest_pages,
    read_feed_states,
)

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from copydesk.crawler.crawl_job import CrawlJob
    from copydesk.crawler.store_client import StoreClient

PARSE_TIMEOUT_SECONDS = 20.0  # no honest feed takes one; a reader that is still at it is left behind
MAX_SITEMAPS = 100
MAX_SITEMAP_DEPTH = 3  # an index of indexes of sitemaps
MAX_SITEMAP_BYTES = 16 * 1024 * 1024  # 50,000 entries, the most that one may have, are about ten
INDEX_SLACK = timedelta(days=1)  # an index's lastmod may be a date alone

logger = logging.getLogger(__name__)


class WireSpider(Spider):
    """Crawls one wire for one window; see ``discovery.selection`` for what it fetches of what it finds."""

    name = "wire"

    def __init__(self, job: CrawlJob, store: StoreClient, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.store = store
        self._zone = ZoneInfo(job.source.timezone)
        self._clock = (monotonic(), job.window.end)
        self._feed_states: dict[str, FeedState] = {}
        self._requested_urls: set[str] = set()
        self._fetched_earlier: dict[bytes, datetime] = {}

    def now(self) -> datetime:
        """The time, by the database's clock: a worker's own may be off."""
        began, then = self._clock
        return then + timedelta(seconds=monotonic() - began)

    @property
    def ledger(self) -> UrlLedger:
        return get_extension_or_raise(self.crawler, UrlLedger)

    def set_clock(self, now: datetime) -> None:
        self._clock = (monotonic(), now)

    async def start(self) -> AsyncIterator[Any]:
        """The requests for feeds, sitemaps and lists, or for the archive of the window's days."""
        job, found = self.job, self.job.source.discovery
        if not job.dry_run:
            self.set_clock(await self.store.call(get_database_time))
            self._fetched_earlier = await self.store.call(list_already_fetched, job.run_id, job.source.name)
        if job.mode is DiscoveryMode.ARCHIVE and found.archive:
            for url in list_archive_urls(found.archive, job.window, self._zone):
                yield self._make_feed_request(url, "archive", self.parse_sitemap)
            return
        if not job.dry_run:
            self._feed_states = await self.store.call(read_feed_states, job.source.name)
        for url in found.feeds:
            yield self._make_feed_request(url, "feed", self.parse_feed)
        for url in found.sitemaps:
            yield self._make_feed_request(url, "sitemap", self.parse_sitemap)
        for page in found.lists:
            yield self._make_feed_request(page.url, "list", self.parse_listing, links=page.links)

    # Discovery

    def _make_feed_request(self, url: str, kind: str, callback: Callable[..., Any], **extra_meta: Any) -> Request:
        self._requested_urls.add(url)
        headers: dict[str, str] = {}
        state = self._feed_states.get(url)
        if state is not None and state.checked_at < self.job.window.end:
            # Seen by a run that finished, before this window's end: the same answer means that nothing came since.
            # Seen later than that, this is a run done again, and asks in full.
            headers = conditional_headers(state.etag, state.last_modified)
        sitemap = kind in {"sitemap", "archive"}
        return Request(
            url,
            callback=callback,
            errback=self.on_feed_error,
            headers=headers,
            dont_filter=True,
            priority=10,
            meta={
                "feed": url,
                "kind": kind,
                "handle_httpstatus_list": [304],
                **({"download_maxsize": MAX_SITEMAP_BYTES} if sitemap else {}),
                **extra_meta,
            },
        )

    async def parse_feed(self, response: Response) -> AsyncIterator[Any]:
        """RSS or Atom."""
        content_type = get_header(response, b"Content-Type")
        async for request in self._process_feed(
            response, read_feed, response.url, self._zone, self.now(), content_type
        ):
            yield request

    async def parse_listing(self, response: Response) -> AsyncIterator[Any]:
        """A page of links."""

        def parse(body: bytes) -> list[Entry]:
            text = getattr(response, "text", None) or body.decode("utf-8", "replace")
            return read_listing(text, response.url, response.meta["links"])

        async for request in self._process_feed(response, parse):
            yield request

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Any]:
        """A news sitemap, or an index of them."""
        children: list[Entry] = []

        def parse(body: bytes) -> list[Entry]:
            sitemap = read_sitemap(body, response.url, self._zone, self.now(), MAX_SITEMAP_BYTES)
            children.extend(sitemap.children)
            return list(sitemap.entries)

        async for request in self._process_feed(response, parse, children=children):
            yield request
        for request in self._make_child_requests(children, response):
            yield request

    def _make_child_requests(self, children: list[Entry], response: Response) -> Iterable[Request]:
        depth = response.meta.get("index_depth", 0) + 1
        for child in children:
            stale = child.updated_at is not None and child.updated_at < self.job.window.start - INDEX_SLACK
            if stale or child.url in self._requested_urls:
                continue
            if depth > MAX_SITEMAP_DEPTH or len(self._requested_urls) >= MAX_SITEMAPS:
                self._record_feed(FeedReport(child.url, "sitemap", error="too many sitemaps"))
                return
            yield self._make_feed_request(child.url, response.meta["kind"], self.parse_sitemap, index_depth=depth)

    async def _process_feed(
        self, response: Response, parse: Callable[..., list[Entry]], *args: Any, children: list[Entry] | None = None
    ) -> AsyncIterator[Any]:
        """Read a feed off the event loop and ask for what is wanted of it."""
        url, kind = response.meta["feed"], response.meta["kind"]
        state = self._make_state(url, response)
        if self._is_unchanged(url, response, state):
            self._record_feed(FeedReport(url, kind, unchanged=True), state)
            return
        if response.status == 304:
            self._record_feed(FeedReport(url, kind, error="http 304, which was not asked for", status=304))
            return
        try:
            async with asyncio.timeout(PARSE_TIMEOUT_SECONDS):
                entries = await asyncio.to_thread(parse, response.body, *args)
        except (FeedError, TimeoutError) as error:
            reason = str(error) or "takes too long to read"
            self._record_feed(FeedReport(url, kind, error=reason, status=response.status))
            return
        candidates = build_candidates(entries, self.job.source)
        known: dict[bytes, LatestPage] = {}
        if not self.job.dry_run:
            known = await self.store.call(list_latest_pages, [one.url_key for one in candidates])
        fetched = {key: one.fetched_at for key, one in known.items()}
        wanted = select_candidates(
            candidates, self.job.window, self.job.mode, fetched, self.job.known_since, self._fetched_earlier
        )
        newest = max((entry.published_or_updated for entry in entries if entry.published_or_updated), default=None)
        report = FeedReport(
            url, kind, len(entries), len(wanted), newest=newest.isoformat(timespec="seconds") if newest else ""
        )
        state_to_save = state if kind in {"feed", "sitemap"} and not children else None
        self._record_feed(report, state_to_save, frozenset(one.url_key for one in wanted))
        # All are claimed before the first is asked for, so that a run that is cut short knows what it did not do.
        for one in [one for one in wanted if self._schedule(one)]:
            yield self._make_page_request(one, known.get(one.url_key))

    def _schedule(self, candidate: Candidate) -> bool:
        accounts = self.ledger
        if self.job.dry_run:
            accounts.wanted.setdefault(candidate.url_key, candidate.entry.url)
            return False
        asked = accounts.tracker.scheduled + len(self._fetched_earlier)
        if asked >= self.job.source.politeness.max_pages and not accounts.tracker.is_scheduled(candidate.url_key):
            accounts.over_limit += 1
            return False
        return accounts.tracker.schedule(candidate)

    def _make_state(self, url: str, response: Response) -> FeedState:
        etag, modified = get_header(response, b"ETag"), get_header(response, b"Last-Modified")
        old = self._feed_states.get(url)
        if response.status == 304 and old is not None:
            return replace(old, checked_at=self.now())
        return FeedState(url, etag or None, modified or None, hashlib.sha256(response.body).digest(), self.now())

    def _is_unchanged(self, url: str, response: Response, state: FeedState) -> bool:
        old = self._feed_states.get(url)
        if old is None or old.checked_at >= self.job.window.end:
            return False
        # Some servers' ETags change with every answer: the body decides.
        return response.status == 304 or (old.sha256 is not None and old.sha256 == state.sha256)

    def _record_feed(
        self, report: FeedReport, state: FeedState | None = None, keys: frozenset[bytes] = frozenset()
    ) -> None:
        self.ledger.feeds.append(FeedRecord(report, state, keys))
        if report.error:
            logger.warning("%s %s: %s", report.kind, report.url, report.error)
        else:
            logger.info("%s %s: %d entries, %d wanted", report.kind, report.url, report.entries, report.wanted)

    async def on_feed_error(self, failure: Failure) -> None:
        """A feed that could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        _, reason = classify_error(failure.value or Exception())
        self._record_feed(
            FeedReport(request.meta["feed"], request.meta["kind"], error=reason, status=get_failure_status(failure))
        )

    # Pages

    def _make_page_request(self, candidate: Candidate, known: LatestPage | None) -> Request:
        return Request(
            candidate.entry.url,
            callback=self.parse_page,
            errback=self.on_page_error,
            headers=conditional_headers(known.etag, known.last_modified) if known else {},
            dont_filter=True,
            meta={
                "candidate": candidate,
                "known": known,
                "stays_on_site": True,
                "handle_httpstatus_list": [304],
            },
        )

    async def parse_page(self, response: Response) -> AsyncIterator[Any]:
        """An answer: a page to store, the news that it is as it was, or something that is no page."""
        candidate: Candidate = response.meta["candidate"]
        known: LatestPage | None = response.meta["known"]
        if response.status == 304:
            if known is not None:
                await self.ledger.record_outcome(
                    candidate, Outcome.UNCHANGED, "http 304", status=304, page_id=known.page_id
                )
            else:
                await self.ledger.record_outcome(
                    candidate, Outcome.FAILED, "http 304, which was not asked for", status=304
                )
            return
        refusal = rejection_reason(response)
        if refusal:
            await self.ledger.record_outcome(
                candidate, Outcome.REFUSED, refusal, status=response.status, size=len(response.body)
            )
            return
        content_type = get_header(response, b"Content-Type")
        page = Page(
            url=candidate.entry.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self.now(),
            wire=self.job.source.name,
            content_type=content_type.partition(";")[0].strip().lower(),
            charset=http_content_type_encoding(content_type),
            status=response.status,
            etag=get_header(response, b"ETag") or None,
            last_modified=get_header(response, b"Last-Modified") or None,
        )
        yield PageItem(
            candidate,
            FetchedPage(page, candidate.canonical_url, candidate.url_key, candidate.entry.published_or_updated),
        )

    async def on_page_error(self, failure: Failure) -> None:
        """No answer, or one that was dropped."""
        candidate: Candidate = failure.request.meta["candidate"]  # type: ignore[attr-defined]
        outcome, reason = classify_error(failure.value or Exception())
        await self.ledger.record_outcome(candidate, outcome, reason, status=get_failure_status(failure))
