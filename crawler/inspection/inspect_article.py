"""Inspect one article of a configured wire: the one asked for, or the newest that the wire lists."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from copydesk.crawler.discovery import FeedError, FeedKind
from copydesk.crawler.discovery.archive import list_archive_urls
from copydesk.crawler.discovery.selection import Candidate
from copydesk.crawler.inspection.browser import Browser
from copydesk.crawler.inspection.inspection_records import FoundFeed, Inspection, ListedArticle
from copydesk.crawler.request_targets import FeedTarget
from copydesk.crawler.spiders.feed_reader import FeedContent, read_document
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source

MAX_CHILD_SITEMAPS = 3
"""Sitemaps of an index that are read, the latest first: one of them lists today's articles."""
MAX_LISTED = 50
"""Entries of a feed that are kept in the result."""
_OLDEST = datetime(1970, 1, 1, tzinfo=UTC)


async def inspect_article(browser: Browser, source: Source, url: str) -> Inspection:
    """Fetch one article.

    Args:
        browser: Fetches.
        source: The wire.
        url: The article; empty for the newest one of the first feed, sitemap, list page or archive that lists any.
    """
    if url:
        page = await browser.fetch_page(url)
        return Inspection(url, pages=(page,), error=page.error)
    feeds: list[FoundFeed] = []
    for target in list_targets(source):
        found, candidates = await _read_target(browser, source, target)
        feeds.append(found)
        if candidates:
            newest = max(candidates, key=lambda candidate: candidate.entry.last_changed or _OLDEST)
            page = await browser.fetch_page(newest.entry.url, _to_listed(newest))
            return Inspection(newest.entry.url, tuple(feeds), (page,), error=page.error)
    reasons = "; ".join(f"{feed.url}: {feed.error or 'lists no article'}" for feed in feeds[:3])
    return Inspection(source.home, tuple(feeds), error=f"no article is listed ({reasons})")


def list_targets(source: Source) -> list[FeedTarget]:
    """Return what a wire's articles are listed in: its feeds first, today's archive last."""
    discovery = source.discovery
    targets = [FeedTarget(url, FeedKind.FEED) for url in discovery.feeds]
    targets += [FeedTarget(url, FeedKind.SITEMAP) for url in discovery.sitemaps]
    targets += [FeedTarget(page.url, FeedKind.LIST, link_selector=page.links) for page in discovery.lists]
    if discovery.archive:
        now = datetime.now(UTC)
        urls = list_archive_urls(discovery.archive, Window(now - timedelta(days=1), now), ZoneInfo(source.timezone))
        targets += [FeedTarget(url, FeedKind.ARCHIVE) for url in reversed(urls)]
    return targets


async def _read_target(browser: Browser, source: Source, target: FeedTarget) -> tuple[FoundFeed, list[Candidate]]:
    """Read a feed, sitemap or list page; of an index of sitemaps, the latest of them."""
    try:
        content = await _read_content(browser, source, target)
        children = sorted(content.children, key=lambda child: child.updated_at or _OLDEST, reverse=True)
        for child in children[:MAX_CHILD_SITEMAPS]:
            if content.candidates:
                break
            content = await _read_content(browser, source, FeedTarget(child.url, target.kind, depth=1))
    except (FeedError, TimeoutError) as error:
        return FoundFeed(target.url, target.kind, "source file", error=str(error) or "parser timeout"), []
    entries = tuple(_to_listed(candidate) for candidate in content.candidates[:MAX_LISTED])
    return FoundFeed(target.url, target.kind, "source file", entries), content.candidates


async def _read_content(browser: Browser, source: Source, target: FeedTarget) -> FeedContent:
    fetched = await browser.fetch(target.url)
    if fetched.error:
        raise FeedError(fetched.error)
    arguments = (fetched.body, target, source, fetched.final_url, fetched.content_type, datetime.now(UTC), 0)
    return await asyncio.to_thread(read_document, *arguments)


def _to_listed(candidate: Candidate) -> ListedArticle:
    entry = candidate.entry
    published = entry.published_or_updated
    return ListedArticle(entry.url, entry.title, published.isoformat() if published else "", entry.guid)
