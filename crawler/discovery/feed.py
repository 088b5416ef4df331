"""RSS and Atom, whole or broken: feedparser on the bytes, every entry that can be read is kept."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

import feedparser

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.moment import parse_feed_time
from copydesk.crawler.discovery.prolog import check_prolog

_FEED_ROOT_ELEMENTS = frozenset({"rss", "feed", "rdf", "channel"})


def read_feed(body: bytes, url: str, zone: tzinfo, now: datetime, content_type: str = "") -> list[Entry]:
    """The entries of a feed, in its order, each address once.

    A feed that is broken (feedparser's ``bozo``) still gives what can be read of it. ``zone`` is the clock that the
    wire means where it names none; ``now`` bounds the times that are believed.

    Raises:
        FeedError: what answered is no feed: empty, an HTML page, not XML, an entity bomb.
    """
    if check_prolog(body) not in _FEED_ROOT_ELEMENTS:
        raise FeedError("neither RSS nor Atom")
    parsed = feedparser.parse(
        body,
        response_headers={"content-location": url, "content-type": content_type or "application/xml"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise FeedError("neither RSS nor Atom")
    found: dict[str, Entry] = {}
    for item in parsed.entries:
        entry = _parse_item(item, url, zone, now)
        if entry is not None:
            found.setdefault(entry.url, entry)
    return list(found.values())


def _parse_item(item: Any, base: str, zone: tzinfo, now: datetime) -> Entry | None:
    written = item.get("feedburner_origlink") or item.get("link") or ""
    address = resolve_url(base, str(written))
    if address is None:
        return None
    return Entry(
        url=address,
        published_at=parse_feed_time(item.get("published") or item.get("created"), zone, now),
        # Not item.get: feedparser would give the publication in an update's place.
        updated_at=parse_feed_time(dict.get(item, "updated"), zone, now),
        title=str(item.get("title") or ""),
    )
