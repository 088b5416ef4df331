"""What a dry run checks beyond reading a feed: identity of the listed articles, robots.txt, a new location."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from copydesk.crawler.downloader.robots import RobotsMiddleware
from copydesk.crawler.downloader.throttle import Throttle, request_netloc
from copydesk.crawler.extensions import get_extension_or_raise

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from copydesk.crawler.spiders.feed_reader import FeedContent
    from copydesk.pipeline.core.source import Source

MAX_CHECKED = 500
"""Articles of a feed that are checked; a share of so many says enough."""
_PERMANENT_STATUSES = frozenset({301, 308})


def find_new_location(response: Response) -> str:
    """Return the URL to which the requested one has moved for good; empty if it has not."""
    reasons = response.meta.get("redirect_reasons", [])
    return response.url if reasons and all(reason in _PERMANENT_STATUSES for reason in reasons) else ""


def check_articles(content: FeedContent, source: Source, crawler: Crawler, response: Response) -> dict[str, Any]:
    """Return the counts of a dry run's ``FeedReport``. No request is made: rules that are not known yet do not count.

    Args:
        content: What the feed lists.
        source: The wire.
        crawler: The running crawler.
        response: The feed's.
    """
    urls = [candidate.entry.url for candidate in content.candidates[:MAX_CHECKED]]
    scale = len(content.candidates) / len(urls) if urls else 1.0
    pattern = source.identity.id_pattern
    robots = crawler.get_downloader_middleware(RobotsMiddleware)
    identified = sum(bool(re.search(pattern, url)) for url in urls) if pattern else 0
    disallowed = sum(robots.is_disallowed(url) for url in urls) if robots is not None else 0
    netloc = request_netloc(response.request) if response.request else source.host
    return {
        "articles": len(content.candidates),
        "identified": round(identified * scale),
        "disallowed": round(disallowed * scale),
        "delay": get_extension_or_raise(crawler, Throttle).get_delay(netloc),
    }
