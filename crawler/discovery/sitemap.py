"""News sitemaps and indexes of them, read with a parser that resolves nothing and fetches nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.moment import parse_feed_time
from copydesk.crawler.discovery.prolog import check_prolog

MAX_SITEMAP_ENTRIES = 50_000  # what sitemaps.org allows in one file


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's ``entries``, or an index's ``children`` (each with its lastmod as ``updated``); ``cut`` tells that
    it had more than ``MAX_SITEMAP_ENTRIES``."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    truncated: bool = False


def read_sitemap(body: bytes, url: str, zone: tzinfo, now: datetime, max_bytes: int) -> Sitemap:
    """Read a sitemap or an index; gzip is undone, to at most ``max_bytes``. A cut-off file gives its good entries.

    Raises:
        FeedError: it is neither, an HTML page, empty, an entity bomb or too large.
    """
    body = gunzip(body, max_bytes)
    check_prolog(body)
    # huge_tree stays off: libxml2's own limits on depth and amplification hold.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedError("not XML that can be read") from error
    kind = "" if root is None else _local_name(root)
    if kind == "sitemapindex":
        children, cut = _limit_entries(_parse_nodes(root, "sitemap", url, zone, now))
        return Sitemap(children=children, truncated=cut)
    if kind == "urlset":
        entries, cut = _limit_entries(_parse_nodes(root, "url", url, zone, now))
        return Sitemap(entries=entries, truncated=cut)
    raise FeedError("no sitemap")


def gunzip(body: bytes, max_bytes: int) -> bytes:
    """The body with gzip undone if it is gzip, else as it is.

    Raises:
        FeedError: more than ``max_bytes``, or no whole gzip.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        decoder = zlib.decompressobj(wbits=31)
        text = decoder.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise FeedError("gzip that can't be read") from error
    if len(text) > max_bytes:
        raise FeedError("too large")
    return text


def _limit_entries(entries: Iterator[Entry]) -> tuple[tuple[Entry, ...], bool]:
    found: dict[str, Entry] = {}
    for entry in entries:
        if len(found) >= MAX_SITEMAP_ENTRIES:
            return tuple(found.values()), True
        found.setdefault(entry.url, entry)
    return tuple(found.values()), False


def _parse_nodes(root: etree._Element, name: str, base: str, zone: tzinfo, now: datetime) -> Iterator[Entry]:
    for node in root.iterchildren():
        if _local_name(node) != name:
            continue
        # Names without their namespace: desks misspell the namespace more often than the names.
        texts: dict[str, str] = {}
        for leaf in node.iter():
            # What an image or video says about itself is not about the article.
            if isinstance(leaf.tag, str) and not (_local_name(leaf) == "loc" and leaf.getparent() is not node):
                texts.setdefault(_local_name(leaf), (leaf.text or "").strip())
        address = resolve_url(base, texts.get("loc", ""))
        if address is None:
            continue
        yield Entry(
            url=address,
            published_at=parse_feed_time(texts.get("publication_date"), zone, now),
            updated_at=parse_feed_time(texts.get("lastmod"), zone, now),
            title=texts.get("title", ""),
        )


def _local_name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
