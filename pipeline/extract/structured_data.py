"""Read what a page declares about itself: JSON-LD (schema.org), Open Graph and other meta elements, link elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.extract.json_ld import (
    ARTICLE_TYPE,
    clean_line,
    get_first_text,
    get_url,
    has_type,
    list_authors,
    parse_body_text,
    parse_is_free,
    parse_json_ld,
    resolve_reference,
    walk_objects,
)
from copydesk.pipeline.extract.page_identity import (
    PageIdentity,
    find_base_url,
    identify_page,
    resolve_url,
    select_own_objects,
)

# Properties that name an article's provider.
_SOURCE_KEYS = ("sourceOrganization", "provider", "creditText", "copyrightHolder")
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
    authors: list[str] = field(default_factory=list)
    """Wordings of authors in JSON-LD that are not declared as organizations."""
    meta_authors: list[str] = field(default_factory=list)
    """Wordings of authors in meta elements."""
    sources: list[str] = field(default_factory=list)
    """Wordings of organizations that wrote or provided the article."""
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


def _read_json_ld(tree: LexborHTMLParser, data: Structured, identity: PageIdentity) -> None:
    """Add the fields of the page's own objects in JSON-LD."""
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
            if has_type(item, ARTICLE_TYPE):
                articles.append(item)
            elif item.get("@type") == "WebPage":
                pages.append(item)
    articles = select_own_objects(articles, identity)
    for item in articles[:1]:
        data.is_article = True
        data.headline = get_first_text(item.get("headline")) or get_first_text(item.get("name"))
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
    for item in articles:
        people, organizations = list_authors(resolve_reference(item.get("author") or item.get("creator"), known))
        data.authors = data.authors or people
        data.sources += organizations
        for key in _SOURCE_KEYS:
            data.sources += list_authors(resolve_reference(item.get(key), known))[1]
    for item in [*articles[:1], *select_own_objects(pages, identity)[:1]]:
        data.dates += filter(None, [get_first_text(item.get("datePublished"))])
        data.modified += filter(None, [get_first_text(item.get("dateModified"))])


_META_LISTS = {
    "dates": (
        "article:published_time", "og:article:published_time", "og:published_time", "article:published",
        "datepublished", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
        "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "date", "article_date_original",
        "cxenseparse:recs:publishtime", "originalpublicationdate", "ptime", "release_date", "article.published",
        "publication_date", "weibo: article:create_at", "article:post_date", "dc.date.created", "citation_date",
        "citation_publication_date", "citation_online_date", "dcterms.issued", "dcterms.published", "dc.issued",
        "dc.date.published", "published", "published_date", "published-date", "published_at", "published_time",
        "publication-date", "pub_date", "date_published", "datepublication", "article_publication_date",
        "article.publicationdate", "prism.publicationdate", "rnews:datepublished", "og:pubdate", "bt:pubdate",
        "cxenseparse:publishtime", "displaydate", "shareaholic:article_published_time", "sailthru.pubdate",
    ),
    "modified": (
        "article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified",
        "og:article:modified_time", "article:modified", "dc.date.modified", "date_modified", "modified_time", "revised",
        "rnews:datemodified", "prism.modificationdate", "bt:moddate", "shareaholic:article_modified_time",
    ),
    "descriptions": ("og:description", "description", "twitter:description", "dc.description"),
    "symbols": (
        "ticker", "tickers", "isin", "isins", "stock", "stocks", "symbol", "symbols", "stock_symbol", "stocksymbols",
        "stock_ticker", "ric", "rics", "article:ticker", "parsely-ticker",
    ),
    "site_names": ("og:site_name", "application-name", "apple-mobile-web-app-title", "copyright", "publisher"),
}  # fmt: skip
_META_SINGLE = {
    "social_title": ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title"),
    "headline": ("headline", "article:headline", "hdl", "parsely-headline"),
    "section": ("article:section", "parsely-section", "section", "cxenseparse:recs:category"),
    "image_url": ("og:image", "twitter:image", "og:image:url"),
    "canonical_url": ("og:url",),
    "language": ("og:locale", "content-language", "language", "dc.language"),
}
_AUTHOR_LABEL = re.compile(
    r"(?:written|posted|geschrieben|verfasst|écrit|escrito|scritto|geschreven|skriv\w{2,4}|написано)\b|autor|author|verfass|auteur|autore|автор"
    r"|penulis|yazar|作者|投稿者|글쓴이",
    re.IGNORECASE,
)
# Names of meta elements with authors, with who provided the text, and with something else about either.
_META_AUTHOR = re.compile(r"author|byline|^byl$|creator|contributor$|reporter|journalist|writer")
_META_SOURCE = re.compile(
    r"(?:^|[:._-])(?:source|provider|agency|copyright|publisher|rights|syndication|wire|origin)s?(?:[:._-]?name)?$"
    r"|(?:news|content|article)[_-]?(?:source|provider|agency)$"
)
_META_ASIDE = re.compile(
    r"twitter|facebook|url|link|image|img|photo|avatar|mail|count|username|login|slug|bio|role|type|validate|verif|ids?$"
)
_MAX_NAME_CHARS = 80
_MAX_NAMES_CHARS = 400
_MAX_META_AUTHORS = 40
_META_NAMES = frozenset(name for names in (*_META_LISTS.values(), *_META_SINGLE.values()) for name in names)


def _read_meta(tree: LexborHTMLParser, data: Structured) -> None:
    """Add the fields of meta elements; of most names the first one counts."""
    values: dict[str, str] = {}
    authors: list[tuple[bool, str]] = []
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
        )
        content = attributes.get("content")
        if not name or not content:
            continue
        name = name.strip().lower()[:_MAX_NAME_CHARS]
        if name in _META_NAMES and not values.get(name):
            values[name] = clean_line(content)
        if len(content) <= _MAX_NAMES_CHARS and not _META_ASIDE.search(name):
            if _META_AUTHOR.search(name) and len(authors) < _MAX_META_AUTHORS:
                authors.append((name != "author", clean_line(content)))
            elif _META_SOURCE.search(name) and len(data.sources) < _MAX_META_AUTHORS:
                data.sources.append(clean_line(content))
    for key, names in _META_LISTS.items():
        getattr(data, key).extend([values[name] for name in names if values.get(name)])
    for key, names in _META_SINGLE.items():
        for name in names:
            value = values.get(name)
            if value and not getattr(data, key):
                setattr(data, key, value)
    data.meta_authors += [value for _, value in sorted(authors, key=lambda pair: pair[0])]
    data.meta_authors += _read_preview_authors(tree)


def _read_preview_authors(tree: LexborHTMLParser) -> list[str]:
    """Return the author of a link preview: the value of the pair of elements with a label such as "Written by"."""
    found: list[str] = []
    for number in "12":
        label = tree.css_first(f"meta[name='twitter:label{number}'][content]")
        value = tree.css_first(f"meta[name='twitter:data{number}'][content]")
        if label and value and _AUTHOR_LABEL.match(clean_line(label.attributes.get("content") or "")[:_MAX_NAME_CHARS]):
            found += filter(None, [clean_line(value.attributes.get("content") or "")])
    return found


def read_structured(tree: LexborHTMLParser, url: str = "") -> Structured:
    """Read all structured data of a page.

    Never raises for invalid data: what cannot be parsed is skipped.

    Args:
        tree: The parsed page.
        url: Its URL, to make others absolute and to know its own objects.
    """
    data = Structured()
    base = find_base_url(tree, url)
    _read_json_ld(tree, data, identify_page(tree, base, url))
    _read_meta(tree, data)
    canonical = tree.css_first("link[rel='canonical'][href]")
    addresses = ((canonical.attributes.get("href") or "") if canonical else "", data.canonical_url)
    data.canonical_url = next(
        (resolved for address in addresses if (resolved := resolve_url(address, base, url, deep=True))), ""
    )
    data.image_url = resolve_url(data.image_url, base, url)
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or root.attributes.get("xml:lang") if root else "") or ""
    data.language = language or data.language
    return data
