"""Inspect a site that is not configured yet: its feeds, sitemaps and robots.txt, and a few of its articles."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import feedparser

from copydesk.crawler.discovery import Entry, FeedError, FeedKind
from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.gzip_body import gunzip
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.crawler.inspection.browser import Browser, Fetched
from copydesk.crawler.inspection.inspection_records import (
    FetchedPage,
    FoundFeed,
    Inspection,
    InspectionRequest,
    ListedArticle,
)
from copydesk.crawler.inspection.site_links import (
    COMMON_FEED_PATHS,
    COMMON_SITEMAP_PATHS,
    HomeLinks,
    order_sitemaps,
    read_home,
)
from copydesk.crawler.spiders.feed_reader import MAX_SITEMAP_BYTES
from copydesk.pipeline.core.source import Source

if TYPE_CHECKING:
    from copydesk.crawler.downloader.robots import RobotsMiddleware

MAX_FEEDS = 3
"""Feeds that are read and proposed: the first ones of a site are its main ones."""
MAX_SITEMAP_REQUESTS = 4
MAX_ENTRIES = 500
RECENT = timedelta(days=7)
MAX_SAME_WORDS = 0.3
"""Share of the words that two titles may have in common; with more, they may be versions of one story."""
_OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER_BYTES = 16 * 1024
_NOT_NEWS = re.compile(r"image|video|author|tag|categor|page-sitemap|product", re.IGNORECASE)


class SiteInspector:
    """Looks at one site, with one request at a time."""

    def __init__(self, browser: Browser, source: Source, robots: RobotsMiddleware | None) -> None:
        self._browser = browser
        self._source = source
        self._robots = robots

    async def inspect(self, request: InspectionRequest) -> Inspection:
        """Find what lists the site's articles, and fetch some of them."""
        fetched = await self._browser.fetch(request.url, same_site=True)
        if fetched.error:
            return Inspection(request.url, error=fetched.error)
        url = fetched.final_url
        home: HomeLinks | None = None
        feeds: list[FoundFeed] = []
        given = self._parse_feed(fetched, "given")
        if given is not None:
            feeds.append(given)
        else:
            home = await asyncio.to_thread(read_home, fetched.body, url, fetched.content_type)
            feeds += await self._read_feeds(url, home)
        sitemaps = await self._read_sitemaps(url)
        if not any(feed.entries for feed in (*feeds, *sitemaps)) and home is not None and home.articles:
            entries = tuple(ListedArticle(article) for article in home.articles)
            feeds.append(FoundFeed(url, FeedKind.LIST, "given", entries, link_selector=home.link_selector))
        found = tuple(feed for feed in (*feeds, *sitemaps) if feed.entries)
        pages = await self._fetch_articles(found, request.articles)
        return Inspection(
            url,
            found,
            tuple(pages),
            home=FetchedPage(url, url, fetched.status) if home is not None else None,
            crawl_delay=self._robots.find_crawl_delay(url) if self._robots else None,
            error="" if found else "no feed, news sitemap or list of articles was found",
            title=home.title if home else "",
            language=home.language if home else "",
        )

    async def _read_feeds(self, url: str, home: HomeLinks) -> list[FoundFeed]:
        """Read the feeds that the home page names; without any, those at common paths."""
        feeds = await self._try_feeds(home.feeds, "link", MAX_FEEDS)
        if not any(feed.entries for feed in feeds):
            feeds += await self._try_feeds((urljoin(url, path) for path in COMMON_FEED_PATHS), "common path", 1)
        return feeds

    async def _try_feeds(self, urls: Iterable[str], origin: str, limit: int) -> list[FoundFeed]:
        found: list[FoundFeed] = []
        for feed_url in urls:
            fetched = await self._browser.fetch(feed_url)
            feed = None if fetched.error else self._parse_feed(fetched, origin)
            if feed is not None and not self._is_known(feed, found):
                found.append(feed)
            if sum(bool(feed.entries) for feed in found) >= limit:
                break
        return found

    def _is_known(self, feed: FoundFeed, found: Sequence[FoundFeed]) -> bool:
        """Return whether other feeds list all articles of a feed."""
        listed = {entry.url for other in found for entry in other.entries}
        return bool(feed.entries) and all(entry.url in listed for entry in feed.entries)

    def _parse_feed(self, fetched: Fetched, origin: str) -> FoundFeed | None:
        """Return the feed in a response; None if it is something else."""
        try:
            entries = read_feed(fetched.body, fetched.final_url, UTC, datetime.now(UTC), fetched.content_type)
        except FeedError:
            return None
        header = feedparser.parse(gunzip(fetched.body, MAX_SITEMAP_BYTES)[:_HEADER_BYTES]).feed
        return FoundFeed(
            _get_url(fetched), FeedKind.FEED, origin, _to_listed(entries),
            title=str(header.get("title") or ""), language=str(header.get("language") or ""),
        )  # fmt: skip

    async def _read_sitemaps(self, url: str) -> list[FoundFeed]:
        """Return the first news sitemap, or index of them, that lists recent articles."""
        rules = self._robots.find_rules(url) if self._robots else None
        listed = list(rules.sitemaps) if rules is not None else []
        waiting = [(address, "robots.txt") for address in order_sitemaps(listed)]
        if not waiting:
            waiting = [(urljoin(url, path), "common path") for path in COMMON_SITEMAP_PATHS]
        for requests, (address, origin) in enumerate(waiting):
            if requests >= MAX_SITEMAP_REQUESTS:
                break
            entries = await self._read_sitemap(address)
            if entries:
                return [FoundFeed(address, FeedKind.SITEMAP, origin, entries)]
        return []

    async def _read_sitemap(self, url: str) -> tuple[ListedArticle, ...]:
        """Return the recent articles that a sitemap, or the latest one of an index, lists."""
        now = datetime.now(UTC)
        for _ in range(2):
            fetched = await self._browser.fetch(url)
            if fetched.error:
                return ()
            try:
                arguments = (fetched.body, fetched.final_url, UTC, now, MAX_SITEMAP_BYTES)
                sitemap = await asyncio.to_thread(read_sitemap, *arguments)
            except FeedError:
                return ()
            if not sitemap.children:
                recent = [
                    entry for entry in sitemap.entries if entry.title or now - (entry.published_at or _OLDEST) < RECENT
                ]
                dated = [entry for entry in recent if entry.published_or_updated]
                return _to_listed(sorted(dated, key=lambda entry: entry.published_or_updated or _OLDEST, reverse=True))
            children = [child for child in sitemap.children if not _NOT_NEWS.search(urlsplit(child.url).path)]
            latest = max(children, key=lambda child: child.updated_at or _OLDEST, default=None)
            if latest is None:
                return ()
            url = latest.url
        return ()

    async def _fetch_articles(self, feeds: Sequence[FoundFeed], wanted: int) -> list[FetchedPage]:
        """Fetch articles with different titles, the newest first, until there are as many as wanted."""
        entries = max((feed.entries for feed in feeds), key=len, default=())
        pages: list[FetchedPage] = []
        good = 0
        for entry in choose_articles(entries, 2 * wanted):
            if good >= wanted:
                break
            pages.append(await self._browser.fetch_page(entry.url, entry))
            good += not pages[-1].error
        return pages


def choose_articles(entries: Sequence[ListedArticle], count: int, taken: Sequence[str] = ()) -> list[ListedArticle]:
    """Return the newest articles with different titles: versions of one story say little about the site.

    Args:
        entries: What a feed lists.
        count: How many.
        taken: URLs of articles that were chosen before.
    """
    ordered = sorted(entries, key=lambda entry: entry.published or _OLDEST, reverse=True)
    chosen: list[ListedArticle] = []
    seen = [_split_title(entry.title) for entry in entries if entry.url in taken]
    for entry in ordered:
        words = _split_title(entry.title)
        if entry.url in taken or any(_overlap(words, other) > MAX_SAME_WORDS for other in seen):
            continue
        chosen.append(entry)
        seen.append(words)
        if len(chosen) == count:
            break
    return chosen


def _split_title(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", title.casefold()))


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second) if first and second else 0.0


def _get_url(fetched: Fetched) -> str:
    return fetched.final_url if fetched.moved_permanently else fetched.url


def _to_listed(entries: Sequence[Entry]) -> tuple[ListedArticle, ...]:
    return tuple(
        ListedArticle(
            entry.url,
            entry.title,
            entry.published_or_updated.isoformat() if entry.published_or_updated else "",
            entry.guid,
        )
        for entry in entries[:MAX_ENTRIES]
    )
