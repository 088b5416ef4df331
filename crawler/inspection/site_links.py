"""Where the feeds and sitemaps of a site may be: what its home page links to, and common paths. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from parsel import Selector

from copydesk.crawler.discovery.bounded_xml import bound_markup
from copydesk.crawler.discovery.entry import resolve_url
from copydesk.crawler.discovery.text_charset import decode_html

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "text/xml")
COMMON_FEED_PATHS = ("/feed.xml", "/rss.xml", "/feed", "/rss", "/atom.xml", "/index.xml")
COMMON_SITEMAP_PATHS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml")
MAX_LINKED_FEEDS = 8
MIN_LIST_LINKS = 5
"""Links of one form from which on a page is a list of articles."""
_FEED_HREF = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom)(?:[/._?=&-]|$)|\.(?:rss|rdf|atom)$", re.IGNORECASE)
_COMMENT_FEED = re.compile(r"comments?/feed|/comments\b|kommentare", re.IGNORECASE)
_ARTICLE_PATH = re.compile(r"\d{5,}|/(?:19|20)\d\d/\d{1,2}/|(?:[^/-]+-){3,}[^/]+|[0-9a-f]{16,}")


@dataclass(frozen=True, slots=True)
class HomeLinks:
    """What a home page says about itself."""

    feeds: tuple[str, ...] = ()
    """URLs of feeds that it declares or links to, in page order, declared ones first."""
    title: str = ""
    """The site's name."""
    language: str = ""
    """The language tag."""
    articles: tuple[str, ...] = ()
    """URLs of links that look like articles, in page order."""
    link_selector: str = ""
    """The selector of the links to articles."""


def read_home(body: bytes, url: str, content_type: str) -> HomeLinks:
    """Return what a home page says about itself.

    Args:
        body: The page's HTML.
        url: Its URL, after redirects.
        content_type: The Content-Type header.
    """
    text, _ = decode_html(bound_markup(body)[0], content_type)
    if not text.strip():
        return HomeLinks()
    page = Selector(text=text)
    base = resolve_url(url, page.css("base[href]").attrib.get("href", "")) or url
    declared = [
        link.attrib.get("href", "")
        for link in page.css("link[rel~=alternate][href]")
        if link.attrib.get("type", "").partition(";")[0].strip().lower() in FEED_TYPES
    ]
    linked = [link.attrib.get("href", "") for link in page.css("a[href]") if _FEED_HREF.search(link.attrib["href"])]
    feeds = [resolve_url(base, href) for href in (*declared, *linked) if not _COMMENT_FEED.search(href)]
    title = page.css("meta[property='og:site_name']::attr(content)").get() or page.css("title::text").get() or ""
    articles, link_selector = _find_articles(page, base, url)
    return HomeLinks(
        feeds=tuple(dict.fromkeys(feed for feed in feeds if feed and feed != url))[:MAX_LINKED_FEEDS],
        title=" ".join(title.split()),
        language=page.css("html::attr(lang)").get() or "",
        articles=articles,
        link_selector=link_selector,
    )


def _find_articles(page: Selector, base: str, url: str) -> tuple[tuple[str, ...], str]:
    """Return the links of the largest group that looks like articles, and a selector of the group."""
    groups: dict[str, dict[str, None]] = {}
    sizes: Counter[str] = Counter()
    for link in page.css("a[href]"):
        target = resolve_url(base, link.attrib["href"])
        if target is None or urlsplit(target).netloc != urlsplit(url).netloc:
            continue
        if _ARTICLE_PATH.search(urlsplit(target).path):
            selector = _describe_link(link)
            groups.setdefault(selector, {})[target] = None
            sizes[selector] = len(groups[selector])
    for selector, size in sizes.most_common(1):
        if size >= MIN_LIST_LINKS:
            return tuple(groups[selector]), selector
    return (), ""


def _describe_link(link: Selector) -> str:
    """Return a selector of a link: its class, else the nearest class or tag around it."""
    own = _first_class(link)
    if own:
        return f"a.{own}"
    for number, parent in enumerate(reversed(link.xpath("ancestor::*[not(self::html) and not(self::body)]"))):
        name = _first_class(parent)
        if name:
            return f"{parent.root.tag}.{name} a"
        if number == 4:
            break
    return "a"


def _first_class(node: Selector) -> str:
    names = [name for name in node.attrib.get("class", "").split() if re.fullmatch(r"[A-Za-z][A-Za-z_-]{1,40}", name)]
    return names[0] if names else ""


def order_sitemaps(urls: Sequence[str]) -> list[str]:
    """Return the sitemaps that may list the latest news first: those with "news" in their names."""
    return sorted(
        dict.fromkeys(urls), key=lambda url: not re.search("news|aktuell|noticias|latest", url, re.IGNORECASE)
    )
