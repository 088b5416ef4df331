"""News sitemaps and indexes of them, read with a parser that resolves nothing and fetches nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from copydesk.crawler.discovery.entry import Entry, FeedError, join_address
from copydesk.crawler.discovery.moment import parse_moment
from copydesk.crawler.discovery.prolog import check_prolog

MAX_ENTRIES = 50_000  # what sitemaps.org allows in one file


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's ``entries``, or an index's ``children`` (each with its lastmod as ``updated``); ``cut`` tells that
    it had more than ``MAX_ENTRIES``."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    cut: bool = False


def read_sitemap(body: bytes, url: str, zone: tzinfo, now: datetime, max_bytes: int) -> Sitemap:
    """Read a sitemap or an index; gzip is undone, to at most ``max_bytes``. A cut-off file gives its good entries.

    Raises:
        FeedError: it is neither, an HTML page, empty, an entity bomb or too large.
    """
    body = unzip(body, max_bytes)
    check_prolog(body)
    # huge_tree stays off: libxml2's own limits on depth and amplification hold.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedError("not XML that can be read") from error
    kind = "" if root is None else _local(root)
    if kind == "sitemapindex":
        children, cut = _cap(_read_nodes(root, "sitemap", url, zone, now))
        return Sitemap(children=children, cut=cut)
    if kind == "urlset":
        entries, cut = _cap(_read_nodes(root, "url", url, zone, now))
        return Sitemap(entries=entries, cut=cut)
    raise FeedError("no sitemap")


def unzip(body: bytes, max_bytes: int) -> bytes:
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


def _cap(entries: Iterator[Entry]) -> tuple[tuple[Entry, ...], bool]:
    found: dict[str, Entry] = {}
    for entry in entries:
        if len(found) >= MAX_ENTRIES:
            return tuple(found.values()), True
        found.setdefault(entry.url, entry)
    return tuple(found.values()), False


def _read_nodes(root: etree._Element, name: str, base: str, zone: tzinfo, now: datetime) -> Iterator[Entry]:
    for node in root.iterchildren():
        if _local(node) != name:
            continue
        # Names without their namespace: desks misspell the namespace more often than the names.
        texts: dict[str, str] = {}
        for leaf in node.iter():
            # What an image or video says about itself is not about the article.
            if isinstance(leaf.tag, str) and not (_local(leaf) == "loc" and leaf.getparent() is not node):
                texts.setdefault(_local(leaf), (leaf.text or "").strip())
        address = join_address(base, texts.get("loc", ""))
        if address is None:
            continue
        yield Entry(
            url=address,
            published=parse_moment(texts.get("publication_date"), zone, now),
            updated=parse_moment(texts.get("lastmod"), zone, now),
            title=texts.get("title", ""),
        )


def _local(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
