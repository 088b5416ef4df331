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
from copydesk.crawler.accounting.outcomes import explain
from copydesk.crawler.accounting.url_ledger import Accounts, FeedAccount
from copydesk.crawler.discovery import Entry, FeedError
from copydesk.crawler.discovery.archive import list_archive
from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.listing import read_listing
from copydesk.crawler.discovery.selection import Candidate, Mode, name_candidates, select
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.crawler.downloader.response import find_refusal, make_conditions, read_header, read_status
from copydesk.crawler.extensions import need_extension
from copydesk.crawler.items import PageItem
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.store.pages import (
    FeedState,
    Fetched,
    Known,
    list_done,
    list_known,
    read_database_time,
    read_feed_states,
)

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from copydesk.crawler.crawl_job import Job
    from copydesk.crawler.store_client import Keeper

PARSE_SECONDS = 20.0  # no honest feed takes one; a reader that is still at it is left behind
MAX_SITEMAPS = 100
MAX_DEPTH = 3  # an index of indexes of sitemaps
MAX_SITEMAP_BYTES = 16 * 1024 * 1024  # 50,000 entries, the most that one may have, are about ten
INDEX_SLACK = timedelta(days=1)  # an index's lastmod may be a date alone

logger = logging.getLogger(__name__)


class WireSpider(Spider):
    """Crawls one wire for one window; see ``discovery.selection`` for what it fetches of what it finds."""

    name = "wire"

    def __init__(self, job: Job, keeper: Keeper, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.keeper = keeper
        self._zone = ZoneInfo(job.source.timezone)
        self._clock = (monotonic(), job.window.end)
        self._states: dict[str, FeedState] = {}
        self._asked: set[str] = set()
        self._done: dict[bytes, datetime] = {}

    def now(self) -> datetime:
        """The time, by the database's clock: a worker's own may be off."""
        began, then = self._clock
        return then + timedelta(seconds=monotonic() - began)

    @property
    def accounts(self) -> Accounts:
        return need_extension(self.crawler, Accounts)

    def set_clock(self, now: datetime) -> None:
        self._clock = (monotonic(), now)

    async def start(self) -> AsyncIterator[Any]:
        """The requests for feeds, sitemaps and lists, or for the archive of the window's days."""
        job, found = self.job, self.job.source.discovery
        if not job.dry:
            self.set_clock(await self.keeper.call(read_database_time))
            self._done = await self.keeper.call(list_done, job.run_id, job.source.name)
        if job.mode is Mode.ARCHIVE and found.archive:
            for url in list_archive(found.archive, job.window, self._zone):
                yield self._ask_feed(url, "archive", self.parse_sitemap)
            return
        if not job.dry:
            self._states = await self.keeper.call(read_feed_states, job.source.name)
        for url in found.feeds:
            yield self._ask_feed(url, "feed", self.parse_feed)
        for url in found.sitemaps:
            yield self._ask_feed(url, "sitemap", self.parse_sitemap)
        for page in found.lists:
            yield self._ask_feed(page.url, "list", self.parse_listing, links=page.links)

    # Discovery

    def _ask_feed(self, url: str, kind: str, callback: Callable[..., Any], **more: Any) -> Request:
        self._asked.add(url)
        headers: dict[str, str] = {}
        state = self._states.get(url)
        if state is not None and state.checked_at < self.job.window.end:
            # Seen by a run that finished, before this window's end: the same answer means that nothing came since.
            # Seen later than that, this is a run done again, and asks in full.
            headers = make_conditions(state.etag, state.last_modified)
        sitemap = kind in {"sitemap", "archive"}
        return Request(
            url,
            callback=callback,
            errback=self.fail_feed,
            headers=headers,
            dont_filter=True,
            priority=10,
            meta={
                "feed": url,
                "kind": kind,
                "handle_httpstatus_list": [304],
                **({"download_maxsize": MAX_SITEMAP_BYTES} if sitemap else {}),
                **more,
            },
        )

    async def parse_feed(self, response: Response) -> AsyncIterator[Any]:
        """RSS or Atom."""
        told = read_header(response, b"Content-Type")
        async for request in self._take(response, read_feed, response.url, self._zone, self.now(), told):
            yield request

    async def parse_listing(self, response: Response) -> AsyncIterator[Any]:
        """A page of links."""

        def read(body: bytes) -> list[Entry]:
            text = getattr(response, "text", None) or body.decode("utf-8", "replace")
            return read_listing(text, response.url, response.meta["links"])

        async for request in self._take(response, read):
            yield request

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Any]:
        """A news sitemap, or an index of them."""
        children: list[Entry] = []

        def read(body: bytes) -> list[Entry]:
            sitemap = read_sitemap(body, response.url, self._zone, self.now(), MAX_SITEMAP_BYTES)
            children.extend(sitemap.children)
            return list(sitemap.entries)

        async for request in self._take(response, read, has_children=children):
            yield request
        for request in self._ask_children(children, response):
            yield request

    def _ask_children(self, children: list[Entry], response: Response) -> Iterable[Request]:
        depth = response.meta.get("index_depth", 0) + 1
        for child in children:
            stale = child.updated is not None and child.updated < self.job.window.start - INDEX_SLACK
            if stale or child.url in self._asked:
                continue
            if depth > MAX_DEPTH or len(self._asked) >= MAX_SITEMAPS:
                self._report(FeedReport(child.url, "sitemap", error="too many sitemaps"))
                return
            yield self._ask_feed(child.url, response.meta["kind"], self.parse_sitemap, index_depth=depth)

    async def _take(
        self, response: Response, read: Callable[..., list[Entry]], *args: Any, has_children: list[Entry] | None = None
    ) -> AsyncIterator[Any]:
        """Read a feed off the event loop and ask for what is wanted of it."""
        url, kind = response.meta["feed"], response.meta["kind"]
        state = self._make_state(url, response)
        if self._is_unchanged(url, response, state):
            self._report(FeedReport(url, kind, unchanged=True), state)
            return
        if response.status == 304:
            self._report(FeedReport(url, kind, error="http 304, which was not asked for", status=304))
            return
        try:
            async with asyncio.timeout(PARSE_SECONDS):
                entries = await asyncio.to_thread(read, response.body, *args)
        except (FeedError, TimeoutError) as error:
            told = str(error) or "takes too long to read"
            self._report(FeedReport(url, kind, error=told, status=response.status))
            return
        candidates = name_candidates(entries, self.job.source)
        known: dict[bytes, Known] = {}
        if not self.job.dry:
            known = await self.keeper.call(list_known, [one.key for one in candidates])
        fetched = {key: one.fetched_at for key, one in known.items()}
        wanted = select(candidates, self.job.window, self.job.mode, fetched, self.job.known_since, self._done)
        newest = max((entry.time for entry in entries if entry.time), default=None)
        report = FeedReport(
            url, kind, len(entries), len(wanted), newest=newest.isoformat(timespec="seconds") if newest else ""
        )
        remembered = state if kind in {"feed", "sitemap"} and not has_children else None
        self._report(report, remembered, frozenset(one.key for one in wanted))
        # All are claimed before the first is asked for, so that a run that is cut short knows what it did not do.
        for one in [one for one in wanted if self._claim(one)]:
            yield self._ask_page(one, known.get(one.key))

    def _claim(self, candidate: Candidate) -> bool:
        accounts = self.accounts
        if self.job.dry:
            accounts.wanted.setdefault(candidate.key, candidate.entry.url)
            return False
        asked = accounts.tally.scheduled + len(self._done)
        if asked >= self.job.source.politeness.max_pages and not accounts.tally.knows(candidate.key):
            accounts.over_limit += 1
            return False
        return accounts.tally.claim(candidate)

    def _make_state(self, url: str, response: Response) -> FeedState:
        etag, modified = read_header(response, b"ETag"), read_header(response, b"Last-Modified")
        old = self._states.get(url)
        if response.status == 304 and old is not None:
            return replace(old, checked_at=self.now())
        return FeedState(url, etag or None, modified or None, hashlib.sha256(response.body).digest(), self.now())

    def _is_unchanged(self, url: str, response: Response, state: FeedState) -> bool:
        old = self._states.get(url)
        if old is None or old.checked_at >= self.job.window.end:
            return False
        # Some servers' ETags change with every answer: the body decides.
        return response.status == 304 or (old.sha256 is not None and old.sha256 == state.sha256)

    def _report(self, report: FeedReport, state: FeedState | None = None, keys: frozenset[bytes] = frozenset()) -> None:
        self.accounts.feeds.append(FeedAccount(report, state, keys))
        if report.error:
            logger.warning("%s %s: %s", report.kind, report.url, report.error)
        else:
            logger.info("%s %s: %d entries, %d wanted", report.kind, report.url, report.entries, report.wanted)

    async def fail_feed(self, failure: Failure) -> None:
        """A feed that could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        _, reason = explain(failure.value or Exception())
        self._report(FeedReport(request.meta["feed"], request.meta["kind"], error=reason, status=read_status(failure)))

    # Pages

    def _ask_page(self, candidate: Candidate, known: Known | None) -> Request:
        return Request(
            candidate.entry.url,
            callback=self.parse_page,
            errback=self.fail_page,
            headers=make_conditions(known.etag, known.last_modified) if known else {},
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
        known: Known | None = response.meta["known"]
        if response.status == 304:
            if known is not None:
                await self.accounts.settle(candidate, Outcome.UNCHANGED, "http 304", status=304, page_id=known.page_id)
            else:
                await self.accounts.settle(candidate, Outcome.FAILED, "http 304, which was not asked for", status=304)
            return
        refusal = find_refusal(response)
        if refusal:
            await self.accounts.settle(
                candidate, Outcome.REFUSED, refusal, status=response.status, size=len(response.body)
            )
            return
        content_type = read_header(response, b"Content-Type")
        page = Page(
            url=candidate.entry.url,
            final_url=response.url,
            body=response.body,
            fetched_at=self.now(),
            wire=self.job.source.name,
            content_type=content_type.partition(";")[0].strip().lower(),
            charset=http_content_type_encoding(content_type),
            status=response.status,
            etag=read_header(response, b"ETag") or None,
            last_modified=read_header(response, b"Last-Modified") or None,
        )
        yield PageItem(candidate, Fetched(page, candidate.canonical, candidate.key, candidate.entry.time))

    async def fail_page(self, failure: Failure) -> None:
        """No answer, or one that was dropped."""
        candidate: Candidate = failure.request.meta["candidate"]  # type: ignore[attr-defined]
        outcome, reason = explain(failure.value or Exception())
        await self.accounts.settle(candidate, outcome, reason, status=read_status(failure))
