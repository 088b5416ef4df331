"""News sitemaps and sitemap indexes, parsed without entities and without network access."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from copydesk.crawler.discovery.bounded_xml import MAX_SITEMAP_MARKUP, bound_markup, escape_ampersands
from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.feed import NO_URL
from copydesk.crawler.discovery.feed_time import parse_feed_time
from copydesk.crawler.discovery.gzip_body import gunzip
from copydesk.crawler.discovery.prolog import check_prolog, list_entities, skip_preamble
from copydesk.crawler.discovery.text_charset import drop_unknown_xml_encoding

MAX_SITEMAP_ENTRIES = 50_000  # the limit per file of the sitemaps.org protocol
_FEED_ROOT_ELEMENTS = frozenset({"rss", "feed", "rdf"})
_MEDIA = ("image", "video")
_TEXT_SITEMAP = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}https?://[^\s<]+\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap with entries, or a sitemap index with children."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    """The sitemaps in an index; ``lastmod`` is their ``updated_at``."""
    truncated: bool = False
    """Whether it had more than ``MAX_SITEMAP_ENTRIES``."""


def read_sitemap(
    body: bytes,
    url: str,
    zone: tzinfo,
    now: datetime,
    max_bytes: int,
    language: str = "",
    dropped: Counter[str] | None = None,
) -> Sitemap:
    """Parse a sitemap or a sitemap index, gzipped or not. Of an incomplete file, the complete entries are returned.

    Args:
        body: The document.
        url: Its URL, against which links are resolved.
        zone: The time zone of times without one.
        now: The current time (aware). Later times are ignored, with some tolerance.
        max_bytes: The limit for the decompressed size.
        language: Language of the wire, for times with names.
        dropped: Counts the entries that are left out, by reason.

    Raises:
        FeedError: The body is empty, an HTML page, other XML or too large, or it declares XML entities.
    """
    dropped = Counter() if dropped is None else dropped
    body = drop_unknown_xml_encoding(skip_preamble(gunzip(body, max_bytes)))
    if _TEXT_SITEMAP.match(body):
        entries, truncated = _limit_entries(_parse_lines(body, url, dropped))
        return Sitemap(entries=entries, truncated=truncated)
    kind = check_prolog(body)
    if kind in _FEED_ROOT_ELEMENTS:
        raise FeedError("a feed, not a sitemap: list it under discovery.feeds")
    if kind not in {"sitemapindex", "urlset"}:
        raise FeedError("not a sitemap")
    body, _ = bound_markup(escape_ampersands(body, list_entities(body)), MAX_SITEMAP_MARKUP)
    if kind == "sitemapindex":
        children, truncated = _limit_entries(_parse_nodes(body, "sitemap", url, zone, now, language, dropped))
        return Sitemap(children=children, truncated=truncated)
    entries, truncated = _limit_entries(_parse_nodes(body, "url", url, zone, now, language, dropped))
    return Sitemap(entries=entries, truncated=truncated)


def _limit_entries(entries: Iterator[Entry]) -> tuple[tuple[Entry, ...], bool]:
    unique: dict[str, Entry] = {}
    for entry in entries:
        if len(unique) >= MAX_SITEMAP_ENTRIES:
            return tuple(unique.values()), True
        unique.setdefault(entry.url, entry)
    return tuple(unique.values()), False


def _parse_lines(body: bytes, base: str, dropped: Counter[str]) -> Iterator[Entry]:
    """Yield the entries of a text file with one URL per line, the simplest form of a sitemap (sitemaps.org)."""
    for line in body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines():
        if line.strip():
            link = resolve_url(base, line)
            if link is None:
                dropped[NO_URL] += 1
            else:
                yield Entry(link)


def _parse_nodes(
    body: bytes, name: str, base: str, zone: tzinfo, now: datetime, language: str, dropped: Counter[str]
) -> Iterator[Entry]:
    for node in _iterate_nodes(body, name):
        texts = _read_texts(node)
        link = resolve_url(base, texts.get("loc", ""))
        if link is None:
            dropped[NO_URL] += 1
            continue
        yield Entry(
            url=link,
            published_at=parse_feed_time(texts.get("publication_date"), zone, now, language),
            updated_at=parse_feed_time(texts.get("lastmod"), zone, now, language),
            title=texts.get("title", ""),
        )


def _iterate_nodes(body: bytes, name: str) -> Iterator[etree._Element]:
    """Yield the children of the root element with a name, one at a time: a tree of them all takes 10 times the bytes.

    Without huge_tree, libxml2's own limits of depth and amplification apply.
    """
    parser = etree.iterparse(
        BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, recover=True, huge_tree=False,
    )  # fmt: skip
    depth = 0
    with suppress(etree.XMLSyntaxError):  # the end of an incomplete file
        for event, node in parser:
            depth += 1 if event == "start" else -1
            if event == "start" or depth != 1:
                continue
            if _local_name(node) == name:
                yield node
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]


def _read_texts(node: etree._Element) -> dict[str, str]:
    """Return the texts of an entry by local name: its own and those of its news, not those of images and videos.

    Publishers misspell the namespace more often than the names.
    """
    texts: dict[str, str] = {}
    for child in node.iterchildren():
        if not isinstance(child.tag, str) or _is_media(child):
            continue
        for leaf in child.iter():
            local_name = _local_name(leaf)
            if local_name and not (local_name == "loc" and leaf is not child):
                texts.setdefault(local_name, (leaf.text or "").strip())
    return texts


def _is_media(node: etree._Element) -> bool:
    """Return whether an element is about an image or a video, by its name, its prefix or its namespace."""
    space = node.tag.rpartition("}")[0].lower()
    prefix = (node.prefix or node.tag.rpartition(":")[0]).lower()
    return _local_name(node) in _MEDIA or prefix in _MEDIA or any(name in space for name in _MEDIA)


def _local_name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(node.tag, str) else ""
