"""RSS and Atom, valid or not: feedparser on the bytes. Every entry with a usable URL counts."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

import feedparser

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.feed_time import parse_feed_time
from copydesk.crawler.discovery.prolog import check_prolog

_FEED_ROOT_ELEMENTS = frozenset({"rss", "feed", "rdf", "channel"})
_NOT_A_FEED = "not RSS or Atom"


def read_feed(
    body: bytes, url: str, zone: tzinfo, now: datetime, content_type: str = "", language: str = ""
) -> list[Entry]:
    """Return the entries of a feed in its order, without duplicate URLs.

    Of an ill-formed feed (feedparser's ``bozo``), the entries that feedparser recovers are returned.

    Args:
        body: The feed.
        url: Its URL, against which links are resolved.
        zone: The time zone of times without one.
        now: The current time (aware). Later times are ignored, with some tolerance.
        content_type: The Content-Type header, for the charset.
        language: Language of the wire, for times with names; the feed's own tag counts if it only adds the country.

    Raises:
        FeedError: The body is empty, an HTML page or other XML, or it declares XML entities.
    """
    if check_prolog(body) not in _FEED_ROOT_ELEMENTS:
        raise FeedError(_NOT_A_FEED)
    parsed = feedparser.parse(
        body,
        response_headers={"content-location": url, "content-type": content_type or "application/xml"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise FeedError(_NOT_A_FEED)
    entries: dict[str, Entry] = {}
    tag = str(parsed.feed.get("language") or "")
    language = tag if not language or tag[:2].lower() == language else language
    for item in parsed.entries:
        entry = _parse_item(item, url, zone, now, language)
        if entry is not None:
            entries.setdefault(entry.url, entry)
    return list(entries.values())


def _parse_item(item: Any, base: str, zone: tzinfo, now: datetime, language: str) -> Entry | None:
    link = item.get("feedburner_origlink") or item.get("link") or ""
    url = resolve_url(base, str(link))
    if url is None:
        return None
    return Entry(
        url=url,
        published_at=parse_feed_time(item.get("published") or item.get("created"), zone, now, language),
        # Not item.get(): feedparser would return the publication time if there is no update time.
        updated_at=parse_feed_time(dict.get(item, "updated"), zone, now, language),
        title=str(item.get("title") or ""),
    )
