"""List pages: the articles that an HTML page, such as a section front, links to. They have no times."""

from __future__ import annotations

from parsel import Selector

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url
from copydesk.crawler.discovery.prolog import EMPTY_BODY


def read_listing(text: str, url: str, link_selector: str) -> list[Entry]:
    """Return the links of a list page in page order, without duplicate URLs.

    Args:
        text: The page's HTML.
        url: Its URL, against which links are resolved.
        link_selector: A CSS selector of ``a`` elements.

    Raises:
        FeedError: The page is empty, or the selector matches no link: the layout has changed.
    """
    if not text.strip():
        raise FeedError(EMPTY_BODY)
    entries: dict[str, Entry] = {}
    for node in Selector(text=text).css(link_selector):
        href = node.attrib.get("href", "").strip()
        link = resolve_url(url, href) if href else None
        if link is not None:
            title = " ".join("".join(node.css("::text").getall()).split())
            entries.setdefault(link, Entry(url=link, title=title))
    if not entries:
        raise FeedError(f"no link matches {link_selector!r}")
    return list(entries.values())
