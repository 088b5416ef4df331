"""Decide which addresses and which declared objects are a page's own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.headings import compute_headline_similarity, read_window_title, squash_title
from copydesk.pipeline.extract.json_ld import get_first_text

_MAX_URL_CHARS = 2000
_MAX_TITLE_CHARS = 1000
_MAX_HOST_CHARS = 253
# Headlines that differ more are of different stories: desks reword them, but keep most names.
_MIN_HEADLINE_SIMILARITY = 1 / 3
# A shorter part of a headline agrees with too many.
_MIN_CONTAINED_CHARS = 12
_MAX_HEADINGS = 30
# Web archives put the original address behind their own: /web/20190305101500im_/https://www.example.org/1
_ARCHIVED = re.compile(
    r"^(?:https?://[^/]{1,100})?/[\w./-]{0,40}?\d{4,14}(?:[a-z]{2}_|\*)?/(?P<original>https?:/{1,2}[^/\s].*)$"
)
_ARCHIVE_HOST = re.compile(
    r"(?:^|\.)(?:archive\.(?:org|is|today|ph|md|fo|li|vn)|webcitation\.org|arquivo\.pt|perma\.cc|webcache\.googleusercontent\.com"
    r"|translate\.goog|freezepage\.com)$|^(?:web)?archives?\.|^wayback\."
)
# What templates leave in an address if a value is missing.
_UNFILLED = re.compile(
    r"\{\{|\}\}|\$\{|<%|\[\[|%7B%7B|(?:^|[/=])(?:undefined|null|none|nan|false)/?(?:$|[?#])", re.IGNORECASE
)
# Endings of a path that lead to the same article.
_PATH_TAIL = re.compile(r"(?:/amp|\.amp|/index)?(?:\.s?html?|\.php|\.aspx?)?/?(?:amp/?)?$")


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """What distinguishes a page's own objects from those of other stories."""

    urls: tuple[str, ...]
    """Its addresses: requested, canonical, and of its link preview."""
    titles: tuple[str, ...]
    """Its titles: main headings, link preview, window."""


def find_base_url(tree: LexborHTMLParser, url: str) -> str:
    """Return the URL that relative ones of a page refer to: that of its ``base`` element, else its own."""
    node = tree.css_first("base[href]")
    try:
        base = urljoin(url, (node.attributes.get("href") or "").strip()) if node else url
        return base if urlsplit(base).scheme in {"http", "https"} else url
    except ValueError:
        return url


def resolve_url(address: str, base: str, page_url: str, *, deep: bool = False) -> str:
    """Return a URL that a page declares, in absolute form; empty if it is not one that others can open.

    An archive's address of a page or an image gives the original one.

    Args:
        address: The URL as given.
        base: What relative ones refer to.
        page_url: The page's URL.
        deep: Also return empty for a site's front page, unless the page is that: some templates give it for every page.
    """
    try:
        full = address.strip()
        if not full or _UNFILLED.search(full[:_MAX_URL_CHARS]):
            return ""
        if not full.startswith(("http://", "https://")):
            full = urljoin(base, full)
        if archived := _ARCHIVED.match(full[:_MAX_URL_CHARS]):
            full = re.sub(r"^(https?:)/+", r"\1//", archived["original"])
        parts, page = urlsplit(full), urlsplit(page_url)
        is_front_page = deep and not (parts.path.strip("/") or parts.query) and page.path.strip("/")
        host = (parts.hostname or "")[:_MAX_HOST_CHARS]
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or len(full.split()) != 1 or is_front_page:
        return ""
    if host != page.hostname and (not _is_public(host) or _ARCHIVE_HOST.search(host)):
        return ""
    return full[:_MAX_URL_CHARS]


def _is_public(host: str) -> bool:
    """Return whether a host may be on the internet: a name with a domain, or a global address."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".localhost", ".internal", ".localdomain"))


def identify_page(tree: LexborHTMLParser, base: str, url: str) -> PageIdentity:
    """Return a page's addresses and titles.

    Args:
        tree: The parsed page.
        base: What relative URLs refer to.
        url: The page's URL.
    """
    addresses = [url]
    for selector, attribute in (
        ("link[rel='canonical'][href]", "href"),
        ("meta[property='og:url'][content]", "content"),
    ):
        node = tree.css_first(selector)
        addresses.append(resolve_url((node.attributes.get(attribute) or "") if node else "", base, url, deep=True))
    titles = [normalize_line(node.text(deep=True)[:_MAX_TITLE_CHARS]) for node in tree.css("h1")[:_MAX_HEADINGS]]
    titles.append(read_window_title(tree)[:_MAX_TITLE_CHARS])
    previews = tree.css("meta[property='og:title'][content], meta[name='twitter:title'][content]")[:2]
    titles += [normalize_line((node.attributes.get("content") or "")[:_MAX_TITLE_CHARS]) for node in previews]
    return PageIdentity(tuple(filter(None, addresses)), tuple(filter(None, titles)))


def _get_address_key(url: str) -> tuple[str, dict[str, list[str]]]:
    """Return what identifies an article in a URL: its path in a common form, and its query; a front page has none."""
    try:
        parts = urlsplit(url)
        return _PATH_TAIL.sub("", unquote(parts.path).casefold()[-_MAX_URL_CHARS:]), parse_qs(
            parts.query[:_MAX_URL_CHARS]
        )
    except ValueError:
        return "", {}


def _is_same_address(url: str, other: str) -> bool:
    """Return whether two URLs lead to one article: hosts and what only one query contains do not matter."""
    (path, query), (other_path, other_query) = _get_address_key(url), _get_address_key(other)
    return path == other_path and all(query[name] == other_query[name] for name in query.keys() & other_query.keys())


def _list_addresses(item: dict[str, Any], base: str) -> Iterator[str]:
    """Yield the URLs with which an object says what it is, except front pages."""
    page = item.get("mainEntityOfPage")
    for value in (item.get("url"), page if isinstance(page, str) else None, item.get("@id"), *_list_values(page)):
        if isinstance(value, str) and value.strip():
            try:
                full = urljoin(base, value.strip())
            except ValueError:
                continue
            path, query = _get_address_key(full)
            if path or query:
                yield full


def _list_values(page: Any) -> list[Any]:
    """Return the URLs of an object's page."""
    return [page.get("@id"), page.get("url")] if isinstance(page, dict) else []


def _agrees_with_titles(headline: str, titles: tuple[str, ...]) -> bool:
    """Return whether an object's headline is one of the page's titles, or nearly."""
    headline = headline[:_MAX_TITLE_CHARS]
    squashed = squash_title(headline)
    return any(
        compute_headline_similarity(headline, title) >= _MIN_HEADLINE_SIMILARITY
        or (len(squashed) >= _MIN_CONTAINED_CHARS and squashed in squash_title(title))
        for title in titles
    )


def select_own_objects(items: list[dict[str, Any]], identity: PageIdentity) -> list[dict[str, Any]]:
    """Return those of a page's declared objects that describe the page itself, the most reliable first.

    An object is the page's own if its address or its headline is. Without any such, those count that say nothing to
    the contrary: they have no address, and not several headlines.

    Args:
        items: Objects of one kind, such as articles.
        identity: The page's addresses and titles.
    """
    base = identity.urls[0] if identity.urls else ""
    rated: list[tuple[tuple[bool, bool, bool, int], dict[str, Any]]] = []
    neutral: list[dict[str, Any]] = []
    for item in items:
        addresses = list(_list_addresses(item, base))
        has_address = any(_is_same_address(address, url) for address in addresses for url in identity.urls)
        headline = get_first_text(item.get("headline")) or get_first_text(item.get("name"))
        has_headline = bool(headline) and _agrees_with_titles(headline, identity.titles)
        if has_address or has_headline:
            rank = (not (has_address and has_headline), not has_address, _is_review(item), -_count_details(item))
            rated.append((rank, item))
        elif not (addresses and identity.urls):
            neutral.append(item)
    if rated:
        return [item for _, item in sorted(rated, key=lambda pair: pair[0])]
    if identity.titles and len({get_first_text(item.get("headline")) for item in neutral}) > 1:
        return []
    return sorted(neutral, key=lambda item: -_count_details(item))


def _is_review(item: dict[str, Any]) -> bool:
    """Return whether an object is about a claim or a product; it may describe the page next to its article."""
    return str(item.get("@type")).endswith("Review")


def _count_details(item: dict[str, Any]) -> int:
    """Return how many of the main properties of an article an object has."""
    return sum(
        bool(item.get(key)) for key in ("datePublished", "articleBody", "author", "mainEntityOfPage", "headline")
    )


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_ARCHIVED, _ARCHIVE_HOST, _UNFILLED, _PATH_TAIL]
