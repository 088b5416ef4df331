"""RSS, Atom and JSON Feed, valid or not. Every entry with a usable URL counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, tzinfo
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import feedparser

from copydesk.crawler.discovery.bounded_xml import bound_markup, escape_ampersands
from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.feed_time import parse_feed_time
from copydesk.crawler.discovery.gzip_body import gunzip
from copydesk.crawler.discovery.json_feed import get_text, is_json, read_json_items
from copydesk.crawler.discovery.prolog import check_prolog, list_entities, skip_preamble
from copydesk.crawler.discovery.text_charset import drop_unknown_xml_encoding, get_http_charset
from copydesk.pipeline.core.text import normalize_line

NO_URL = "without a usable URL"
SAME_URL = "with the URL of another entry"
CUT_OFF = "cut off: the feed is too large"
MAX_FEED_BYTES = 16 * 1024 * 1024
"""Bytes of a feed, decompressed."""
MAX_SOURCE_CHARS = 200
"""Characters of the name or URL of a publication that are kept."""
_FEED_ROOT_ELEMENTS = frozenset({"rss", "feed", "rdf", "channel"})
_NOT_A_FEED = "not RSS or Atom"
_ABSOLUTE_URL = re.compile(r"https?://", re.IGNORECASE)


def read_feed(
    body: bytes,
    url: str,
    zone: tzinfo,
    now: datetime,
    content_type: str = "",
    language: str = "",
    dropped: Counter[str] | None = None,
) -> list[Entry]:
    """Return the entries of a feed in its order, without duplicate URLs.

    Of an ill-formed feed (feedparser's ``bozo``), the entries that feedparser recovers are returned.

    Args:
        body: The feed, gzipped or not.
        url: Its URL, against which links are resolved.
        zone: The time zone of times without one.
        now: The current time (aware). Later times are ignored, with some tolerance.
        content_type: The Content-Type header, for the charset.
        language: Language of the wire, for times with names; the feed's own tag counts if it only adds the country.
        dropped: Counts the entries that are left out, by reason.

    Raises:
        FeedError: The body is empty, an HTML page or a document of another kind, or it declares XML entities.
    """
    body = gunzip(body, MAX_FEED_BYTES)
    dropped = Counter() if dropped is None else dropped
    if is_json(body):
        found = [_parse_json_item(item, url, zone, now, language) for item in read_json_items(body)]
        return _collect_entries(found, dropped)
    body = drop_unknown_xml_encoding(skip_preamble(body))
    if check_prolog(body) not in _FEED_ROOT_ELEMENTS:
        raise FeedError(_NOT_A_FEED)
    body, was_cut = bound_markup(body)
    if was_cut:
        dropped[CUT_OFF] += 1
    charset = get_http_charset(content_type)
    media_type = content_type.partition(";")[0].strip() or "application/xml"
    parsed = feedparser.parse(
        escape_ampersands(body, list_entities(body)),
        # Without the feed's URL, so that links stay as they are written.
        response_headers={"content-type": f"{media_type}; charset={charset}" if charset else media_type},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise FeedError(_NOT_A_FEED)
    tag = str(parsed.feed.get("language") or "")
    language = tag if not language or tag[:2].lower() == language else language
    return _collect_entries((_parse_item(item, url, zone, now, language) for item in parsed.entries), dropped)


def _collect_entries(found: Iterable[Entry | None], dropped: Counter[str]) -> list[Entry]:
    entries: dict[str, Entry] = {}
    for entry in found:
        if entry is None:
            dropped[NO_URL] += 1
        elif entry.title != entries.setdefault(entry.url, entry).title:
            dropped[SAME_URL] += 1
    return list(entries.values())


def _parse_item(item: Any, base: str, zone: tzinfo, now: datetime, language: str) -> Entry | None:
    # Not item.get(): feedparser falls back to the id for a link, and to the publication time for the update time.
    guid = str(dict.get(item, "id") or "").strip()
    is_permalink = bool(dict.get(item, "guidislink"))
    links = [
        dict.get(item, "feedburner_origlink"),
        dict.get(item, "pheedo_origlink"),
        None if is_permalink and dict.get(item, "link") == dict.get(item, "id") else dict.get(item, "link"),
        *(link.get("href") for link in dict.get(item, "links") or () if link.get("rel") in {None, "alternate"}),
    ]  # fmt: skip
    url = _choose_url([str(link or "") for link in links], guid, base, permalink=is_permalink)
    if url is None:
        return None
    return Entry(
        url=url,
        published_at=parse_feed_time(item.get("published") or item.get("created"), zone, now, language),
        updated_at=parse_feed_time(dict.get(item, "updated"), zone, now, language),
        title=str(item.get("title") or ""),
        guid=_get_distinct_guid(guid, url),
        source=_get_source(item, "title"),
        source_url=_get_source(item, "href") or _get_source(item, "link"),
    )


def _get_source(item: Any, key: str) -> str:
    """Return a field of the ``source`` element of RSS and Atom: the publication that has the item first."""
    source = dict.get(item, "source")
    value = dict.get(source, key) if isinstance(source, dict) else None
    return normalize_line(unescape(value))[:MAX_SOURCE_CHARS] if isinstance(value, str) else ""


def _parse_json_item(item: dict[str, Any], base: str, zone: tzinfo, now: datetime, language: str) -> Entry | None:
    guid = get_text(item, "id")
    url = _choose_url([get_text(item, "url"), get_text(item, "external_url")], guid, base)
    if url is None:
        return None
    return Entry(
        url=url,
        published_at=parse_feed_time(get_text(item, "date_published"), zone, now, language),
        updated_at=parse_feed_time(get_text(item, "date_modified"), zone, now, language),
        title=get_text(item, "title"),
        guid=_get_distinct_guid(guid, url),
    )


def _choose_url(links: list[str], guid: str, base: str, *, permalink: bool = False) -> str | None:
    """Return the URL of an entry: its first link to a page of its own, else its id if that is a URL.

    A link to the feed itself or to a home page does not count if there is an id that is a URL. An id counts as one
    whatever ``isPermaLink`` says, since many publishers set it wrongly. A path counts only if it says so.
    """
    is_url = bool(_ABSOLUTE_URL.match(guid)) or (permalink and guid.startswith("/"))
    guid_url = resolve_url(base, guid) if is_url else None
    own_url = resolve_url(base, base)
    fallback = None
    for link in links:
        url = resolve_url(base, link)
        if url is None or url == own_url:
            continue
        if guid_url is None or _is_article(url):
            return url
        fallback = fallback or url
    return guid_url or fallback


def _is_article(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def _get_distinct_guid(guid: str, url: str) -> str:
    """Return an entry's id, unless it is a URL: that says no more than the link."""
    return "" if _ABSOLUTE_URL.match(guid) and resolve_url(url, guid) is not None else guid[:200]
