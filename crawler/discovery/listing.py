"""List pages: the articles that a section's front page links to. They come without times."""

from __future__ import annotations

from parsel import Selector

from copydesk.crawler.discovery.entry import Entry, FeedError, resolve_url


def read_listing(text: str, url: str, link_selector: str) -> list[Entry]:
    """The addresses of a list page in page order, each once; ``links`` is a CSS selector of ``a`` elements.

    Raises:
        FeedError: the page is empty or the selector finds no link: the layout has changed, it is not "no news".
    """
    if not text.strip():
        raise FeedError("an empty body")
    found: dict[str, Entry] = {}
    for node in Selector(text=text).css(link_selector):
        href = node.attrib.get("href", "").strip()
        address = resolve_url(url, href) if href else None
        if address is not None:
            title = " ".join("".join(node.css("::text").getall()).split())
            found.setdefault(address, Entry(url=address, title=title))
    if not found:
        raise FeedError(f"no link matches {link_selector!r}")
    return list(found.values())
