"""Reading a feed, sitemap or list page outside the event loop: from its bytes to candidates and warnings. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from copydesk.crawler.discovery import Entry, FeedKind
from copydesk.crawler.discovery.feed import NO_URL, SAME_URL, read_feed
from copydesk.crawler.discovery.listing import read_listing_page
from copydesk.crawler.discovery.selection import Candidate, build_candidates
from copydesk.crawler.discovery.sitemap import read_sitemap
from copydesk.crawler.request_targets import FeedTarget
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.url_secrets import mask_secrets

MAX_SITEMAP_BYTES = 16 * 1024 * 1024
"""Bytes of a sitemap, decoded. The most entries allowed (50,000) take about 10 MB."""
MIN_FILTERED_ENTRIES = 5
"""Entries of which none matches ``include`` and ``exclude``, from which on that is worth a warning."""
_MAX_SHOWN_URL_CHARS = 200


@dataclass(frozen=True, slots=True)
class FeedContent:
    """What a feed, sitemap or list page lists."""

    entries: Sequence[Entry]
    candidates: list[Candidate]
    children: Sequence[Entry] = ()
    """The sitemaps in an index."""
    warnings: tuple[str, ...] = ()


def read_document(
    body: bytes, target: FeedTarget, source: Source, url: str, content_type: str, now: datetime, entries_before: int
) -> FeedContent:
    """Read a feed, sitemap or list page.

    Args:
        body: The document.
        target: What was requested.
        source: The wire.
        url: The URL of the response, against which links are resolved.
        content_type: The Content-Type header.
        now: The current time (aware).
        entries_before: The number of entries when it was last read.

    Raises:
        FeedError: It is something else.
    """
    zone = ZoneInfo(source.timezone)
    dropped: Counter[str] = Counter()
    folded: list[Entry] = []
    entries: Sequence[Entry]
    children: Sequence[Entry] = ()
    if target.kind is FeedKind.FEED:
        entries = read_feed(body, url, zone, now, content_type, source.language, dropped)
    elif target.kind is FeedKind.LIST:
        entries = read_listing_page(body, url, content_type, target.link_selector, dropped)
    else:
        sitemap = read_sitemap(body, url, zone, now, MAX_SITEMAP_BYTES, source.language, dropped)
        entries, children = sitemap.entries, sitemap.children
        if sitemap.truncated:
            dropped[f"more than {len(entries)} entries; the rest is not read"] += 1
    candidates = build_candidates(entries, source, titles_count=target.kind is not FeedKind.LIST, folded=folded)
    if not candidates and len(entries) >= MIN_FILTERED_ENTRIES:
        dropped[f"none of its {len(entries)} URLs matches discovery.include and discovery.exclude"] += 1
    warnings = _list_warnings(entries or children, dropped, folded, entries_before)
    return FeedContent(entries, candidates, children, warnings)


def _list_warnings(
    entries: Sequence[Entry], dropped: Counter[str], folded: list[Entry], entries_before: int
) -> tuple[str, ...]:
    warnings = []
    without_url, same_url = dropped.pop(NO_URL, 0), dropped.pop(SAME_URL, 0)
    total = len(entries) + without_url
    if without_url:
        warnings.append(f"{without_url} of {total} entries have no usable URL")
    elif not entries and entries_before:
        warnings.append(f"it lists nothing any more; when last read, it listed {entries_before} URLs")
    if same_url > len(entries):
        warnings.append(f"{same_url} entries have the URL of another entry")
    if folded:
        example = mask_secrets(folded[0].url)[:_MAX_SHOWN_URL_CHARS]
        warnings.append(
            f"{len(folded)} entries count as one article with another entry of a different title, such as {example}; "
            "if they are different articles, add the parameter to identity.keep_query"
        )
    return (*warnings, *dropped)
