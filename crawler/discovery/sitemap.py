"""News sitemaps and sitemap indexes, parsed without entities and without network access."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.feed_time import parse_feed_time
from copydesk.crawler.discovery.prolog import check_prolog

_MEDIA_ELEMENTS = frozenset({"image", "video"})
MAX_SITEMAP_ENTRIES = 50_000  # the limit per file of the sitemaps.org protocol


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap with entries, or a sitemap index with children."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    """The sitemaps in an index; ``lastmod`` is their ``updated_at``."""
    truncated: bool = False
    """Whether it had more than ``MAX_SITEMAP_ENTRIES``."""


def read_sitemap(body: bytes, url: str, zone: tzinfo, now: datetime, max_bytes: int, language: str = "") -> Sitemap:
    """Parse a sitemap or a sitemap index, gzipped or not. Of an incomplete file, the complete entries are returned.

    Args:
        body: The document.
        url: Its URL, against which links are resolved.
        zone: The time zone of times without one.
        now: The current time (aware). Later times are ignored, with some tolerance.
        max_bytes: The limit for the decompressed size.
        language: Language of the wire, for times with names.

    Raises:
        FeedError: The body is empty, an HTML page, other XML or too large, or it declares XML entities.
    """
    body = gunzip(body, max_bytes)
    check_prolog(body)
    # Without huge_tree, libxml2's own limits of depth and amplification apply.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedError("invalid XML") from error
    kind = "" if root is None else _local_name(root)
    if kind == "sitemapindex":
        children, truncated = _limit_entries(_parse_nodes(root, "sitemap", url, zone, now, language))
        return Sitemap(children=children, truncated=truncated)
    if kind == "urlset":
        entries, truncated = _limit_entries(_parse_nodes(root, "url", url, zone, now, language))
        return Sitemap(entries=entries, truncated=truncated)
    raise FeedError("not a sitemap")


def gunzip(body: bytes, max_bytes: int) -> bytes:
    """Return the decompressed body, or the body itself if it is not gzip. A truncated stream is not an error.

    Raises:
        FeedError: The stream is invalid, or larger than ``max_bytes`` when decompressed.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        decoder = zlib.decompressobj(wbits=31)
        text = decoder.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise FeedError("invalid gzip") from error
    if len(text) > max_bytes:
        raise FeedError("too large")
    return text


def _limit_entries(entries: Iterator[Entry]) -> tuple[tuple[Entry, ...], bool]:
    unique: dict[str, Entry] = {}
    for entry in entries:
        if len(unique) >= MAX_SITEMAP_ENTRIES:
            return tuple(unique.values()), True
        unique.setdefault(entry.url, entry)
    return tuple(unique.values()), False


def _parse_nodes(
    root: etree._Element, name: str, base: str, zone: tzinfo, now: datetime, language: str
) -> Iterator[Entry]:
    for node in root.iterchildren():
        if _local_name(node) != name:
            continue
        # Local names only: publishers misspell the namespace more often than the names.
        texts: dict[str, str] = {}
        for leaf in _iterate_own_nodes(node):
            # A loc deeper down is not the article's.
            if not (_local_name(leaf) == "loc" and leaf.getparent() is not node):
                texts.setdefault(_local_name(leaf), (leaf.text or "").strip())
        link = resolve_url(base, texts.get("loc", ""))
        if link is None:
            continue
        yield Entry(
            url=link,
            published_at=parse_feed_time(texts.get("publication_date"), zone, now, language),
            updated_at=parse_feed_time(texts.get("lastmod"), zone, now, language),
            title=texts.get("title", ""),
        )


def _iterate_own_nodes(node: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements in an entry in document order, without those of its images and videos: they have own dates."""
    for child in node.iterchildren():
        if isinstance(child.tag, str) and _local_name(child) not in _MEDIA_ELEMENTS:
            yield child
            yield from _iterate_own_nodes(child)


def _local_name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
