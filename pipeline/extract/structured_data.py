"""Read what a page declares about itself: JSON-LD (schema.org), Open Graph and other meta elements, link elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.extract.json_ld import (
    clean_line,
    get_first_text,
    get_url,
    has_type,
    join_names,
    parse_body_text,
    parse_is_free,
    parse_json_ld,
    resolve_reference,
    walk_objects,
)

_ARTICLE = re.compile(r"(Article|BlogPosting|Report|LiveBlogPosting|PressRelease|Review)$")
# A page with more structured data uses it for something other than one article.
_MAX_JSON_CHARS = 2_000_000


@dataclass(slots=True)
class Structured:
    """The fields found. Lists are in order of reliability, best first."""

    headline: str = ""
    """JSON-LD headline."""
    social_title: str = ""
    """Title for link previews (Open Graph and the like)."""
    dates: list[str] = field(default_factory=list)
    """Wordings of the publication time."""
    modified: list[str] = field(default_factory=list)
    """Wordings of the time of last change."""
    descriptions: list[str] = field(default_factory=list)
    """Summaries of the article."""
    author: str = ""
    """Names of the authors."""
    section: str = ""
    """Name of the section."""
    image_url: str = ""
    """Absolute URL of the main image."""
    canonical_url: str = ""
    """Absolute canonical URL."""
    site_names: list[str] = field(default_factory=list)
    """Names of the site and its publisher."""
    language: str = ""
    """Declared language tag."""
    body: str = ""
    """JSON-LD articleBody, normalized, one paragraph per line; empty if there is none."""
    is_article: bool = False
    """Whether JSON-LD has an object of an article type."""
    is_free: bool | None = None
    """isAccessibleForFree; None if not declared."""
    declared_word_count: int = 0
    """wordCount; 0 if not declared."""
    symbols: list[str] = field(default_factory=list)
    """Wordings of share symbols and ISINs."""


def _read_json_ld(tree: LexborHTMLParser, data: Structured) -> None:
    """Add the fields of JSON-LD."""
    articles: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    known: dict[str, dict[str, Any]] = {}
    for script in tree.css("script[type*='ld+json']"):
        source = script.text()
        if not source or len(source) > _MAX_JSON_CHARS:
            continue
        for item in walk_objects(parse_json_ld(source)):
            if len(item) > 2 and isinstance(item.get("@id"), str):
                known.setdefault(item["@id"], item)
            if has_type(item, _ARTICLE):
                articles.append(item)
            elif item.get("@type") == "WebPage":
                pages.append(item)
    # The page's own article is the one with most details; lists of other articles give little more than a headline.
    articles.sort(
        key=lambda item: (
            -sum(
                bool(item.get(key))
                for key in ("datePublished", "articleBody", "author", "mainEntityOfPage", "headline")
            )
        )
    )
    for item in articles[:1]:
        data.is_article = True
        data.headline = get_first_text(item.get("headline")) or get_first_text(item.get("name"))
        data.author = join_names(resolve_reference(item.get("author"), known))
        data.section = get_first_text(item.get("articleSection"))
        data.image_url = get_url(resolve_reference(item.get("image"), known))
        data.language = get_first_text(item.get("inLanguage"))
        data.descriptions += filter(None, [get_first_text(item.get("description"))])
        publisher = resolve_reference(item.get("publisher"), known)
        data.site_names += filter(None, [get_first_text(publisher)])
        body = item.get("articleBody")
        data.is_free = parse_is_free(item)
        length = str(item.get("wordCount") or item.get("wordcount") or "")
        data.declared_word_count = int(length) if length.isdecimal() and len(length) < 7 else 0
        if isinstance(body, list):
            body = "\n".join(piece for piece in body if isinstance(piece, str))
        if isinstance(body, str):
            data.body = parse_body_text(body)
    for item in [*articles[:1], *pages[:1]]:
        data.dates += filter(None, [get_first_text(item.get("datePublished"))])
        data.modified += filter(None, [get_first_text(item.get("dateModified"))])


_META_LISTS = {
    "dates": (
        "article:published_time", "og:article:published_time", "og:published_time", "article:published",
        "datepublished", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
        "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "date", "article_date_original",
        "cxenseparse:recs:publishtime", "originalpublicationdate", "ptime", "release_date", "article.published",
        "publication_date", "weibo: article:create_at", "article:post_date", "dc.date.created", "citation_date",
    ),
    "modified": ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified"),
    "descriptions": ("og:description", "description", "twitter:description", "dc.description"),
    "symbols": (
        "ticker", "tickers", "isin", "isins", "stock", "stocks", "symbol", "symbols", "stock_symbol", "stocksymbols",
        "stock_ticker", "ric", "rics", "article:ticker", "parsely-ticker",
    ),
    "site_names": ("og:site_name", "application-name", "apple-mobile-web-app-title", "copyright", "publisher"),
}  # fmt: skip
_META_SINGLE = {
    "social_title": ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title"),
    "author": ("author", "article:author", "dc.creator", "dc.contributor", "parsely-author", "sailthru.author", "byl"),
    "section": ("article:section", "parsely-section", "section", "cxenseparse:recs:category"),
    "image_url": ("og:image", "twitter:image", "og:image:url"),
    "canonical_url": ("og:url",),
    "language": ("og:locale", "content-language", "language", "dc.language"),
}
_META_NAMES = frozenset(name for names in (*_META_LISTS.values(), *_META_SINGLE.values()) for name in names)


def _read_meta(tree: LexborHTMLParser, data: Structured) -> None:
    """Add the fields of meta elements; the first one of a name counts."""
    values: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
        )
        content = attributes.get("content")
        if name and content and (name := name.strip().lower()) in _META_NAMES and name not in values:
            values[name] = clean_line(content)
    values = {name: value for name, value in values.items() if value}
    for key, names in _META_LISTS.items():
        getattr(data, key).extend([values[name] for name in names if name in values])
    for key, names in _META_SINGLE.items():
        for name in names:
            value = values.get(name)
            if value and not getattr(data, key) and not (key == "author" and value.startswith("http")):
                setattr(data, key, value)


def _resolve_url(address: str, url: str, *, deep: bool = False) -> str:
    """Return a URL in absolute form; empty if it is not HTTP.

    Args:
        address: The URL as given.
        url: The page's URL.
        deep: Also return empty for a site's front page, unless the page is that: some templates give it for every page.
    """
    try:
        full = address.strip()
        if full and not full.startswith(("http://", "https://")):
            full = urljoin(url, full)
        parts = urlsplit(full)
        is_front_page = deep and not (parts.path.strip("/") or parts.query) and urlsplit(url).path.strip("/")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(full.split()) != 1:
        return ""
    return "" if is_front_page else full[:2000]


def read_structured(tree: LexborHTMLParser, url: str = "") -> Structured:
    """Read all structured data of a page.

    Never raises for invalid data: what cannot be parsed is skipped.

    Args:
        tree: The parsed page.
        url: Its URL, to make others absolute.
    """
    data = Structured()
    _read_json_ld(tree, data)
    _read_meta(tree, data)
    canonical = tree.css_first("link[rel='canonical'][href]")
    addresses = ((canonical.attributes.get("href") or "") if canonical else "", data.canonical_url)
    data.canonical_url = next(
        (resolved for address in addresses if (resolved := _resolve_url(address, url, deep=True))), ""
    )
    data.image_url = _resolve_url(data.image_url, url)
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or root.attributes.get("xml:lang") if root else "") or ""
    data.language = language or data.language
    return data
