"""List pages: the articles that an HTML page, such as a section front, links to. They have no times."""

from __future__ import annotations

from collections import Counter

from parsel import Selector
from parsel.csstranslator import HTMLTranslator
from w3lib.url import safe_url_string

from copydesk.crawler.discovery.bounded_xml import bound_markup
from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.prolog import EMPTY_BODY
from copydesk.crawler.discovery.text_charset import decode_html

MAX_LINKS = 10_000
"""Links of a list page that are read. A section front has a few hundred."""
_MAX_TITLE_CHARS = 1000
CUT_OFF = "cut off: the page is too large"


def read_listing_page(
    body: bytes, url: str, content_type: str, link_selector: str, dropped: Counter[str] | None = None
) -> list[Entry]:
    """Return the links of a list page; see ``read_listing``.

    Args:
        body: The page's HTML.
        url: Its URL, against which links are resolved.
        content_type: The Content-Type header, for the charset.
        link_selector: A CSS selector of ``a`` elements.
        dropped: Counts what is left out, by reason.

    Raises:
        FeedError: The page is empty, or the selector matches no link.
    """
    body, was_cut = bound_markup(body)
    if was_cut and dropped is not None:
        dropped[CUT_OFF] += 1
    text, codec = decode_html(body, content_type)
    return read_listing(text, url, link_selector, codec)


def read_listing(text: str, url: str, link_selector: str, codec: str = "utf-8") -> list[Entry]:
    """Return the links of a list page in page order, without duplicate URLs.

    Args:
        text: The page's HTML.
        url: Its URL, against which links are resolved, unless the page has a ``base`` element.
        link_selector: A CSS selector of ``a`` elements.
        codec: The page's charset, in which browsers escape the query of a link.

    Raises:
        FeedError: The page is empty, or the selector matches no link: the layout has changed.
    """
    if not text.strip():
        raise FeedError(EMPTY_BODY)
    selector = Selector(text=text)
    base = resolve_url(url, selector.css("base[href]").attrib.get("href", "")) or url
    entries: dict[str, Entry] = {}
    for node in selector.root.xpath(HTMLTranslator().css_to_xpath(link_selector)):
        link = resolve_url(base, node.get("href", ""))
        if link is not None and link not in entries:
            if not link.isascii():
                link = safe_url_string(link, encoding=codec)
            entries[link] = Entry(url=link, title=" ".join(node.xpath("string()")[:_MAX_TITLE_CHARS].split()))
            if len(entries) >= MAX_LINKS:
                break
    if not entries:
        raise FeedError(f"no link matches {link_selector!r}")
    return list(entries.values())
