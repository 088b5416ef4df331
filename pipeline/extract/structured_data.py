"""What a page says of itself in data: JSON-LD, Open Graph and other meta elements, link elements."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line, normalize_text
from copydesk.pipeline.extract.blocks import parse, read_blocks

_ARTICLE = re.compile(r"(Article|BlogPosting|Report|LiveBlogPosting|PressRelease|Review)$")
_TRAILING_COMMA = re.compile(r",\s{0,20}([}\]])")
_DATE_FIELD = re.compile(r'"(datePublished|dateModified|headline)"\s{0,9}:\s{0,9}"([^"\\\n]{4,300})"')
# A Reuters code, <ABC.N>, is no element.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,30}(?:[\s/][^<>]{0,500})?>|<!--[^<>]{0,500}-->")
_NO_TAG = re.compile(r"<(?!/?[A-Za-z][A-Za-z0-9-]{0,30}[\s/>]|!--)")
# What these hold is not the page's own article: updates of a live blog, lists of other stories, comments.
_OTHERS = frozenset(
    {
        "liveBlogUpdate",
        "hasPart",
        "isPartOf",
        "isBasedOn",
        "itemListElement",
        "comment",
        "mentions",
        "citation",
        "about",
        "review",
    }
)
_JSON = json.JSONDecoder(strict=False)
# A page with more structured data than this has it for something else than one article.
_MAX_JSON = 2_000_000
_MAX_OBJECTS = 5_000
# Characters of a field that is one line; addresses of pictures may be long.
_MAX_LINE = 200_000


@dataclass(slots=True)
class Structured:
    """The fields found; lists in the order in which they are to be believed.

    ``headline`` is JSON-LD's, ``told_title`` what the page tells others to show (Open Graph and the like). ``dates``
    and ``modified`` hold the page's own wording. ``body`` is the JSON-LD articleBody, mended, or empty. ``is_free`` is
    None where nothing says whether the article is free to read; ``length`` its words as told, 0 where nothing does.
    ``symbols`` are the page's own wordings of shares and ISINs.
    """

    headline: str = ""
    told_title: str = ""
    dates: list[str] = field(default_factory=list)
    modified: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    author: str = ""
    section: str = ""
    image_url: str = ""
    canonical_url: str = ""
    site_names: list[str] = field(default_factory=list)
    language: str = ""
    body: str = ""
    is_article: bool = False
    is_free: bool | None = None
    length: int = 0
    symbols: list[str] = field(default_factory=list)


def _load(source: str) -> Any:
    source = source.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (source, html.unescape(source), _TRAILING_COMMA.sub(r"\1", source)):
        try:
            return _JSON.decode(attempt)
        except (ValueError, RecursionError):
            continue
    return {"@type": "Article", **dict(reversed(_DATE_FIELD.findall(source)))}


def _walk(data: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, outer ones first; bounded."""
    queue = [data]
    seen = 0
    while queue and seen < _MAX_OBJECTS:
        item = queue.pop(0)
        seen += 1
        if isinstance(item, dict):
            yield item
            queue.extend(value for key, value in item.items() if isinstance(value, (dict, list)) and key not in _OTHERS)
        elif isinstance(item, list):
            queue.extend(item[:_MAX_OBJECTS])


def _first_text(value: Any) -> str:
    """One line of text from what may be a string, a list, or an object with a name or url."""
    for _ in range(5):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("name") or value.get("url") or value.get("@value") or value.get("@id")
        else:
            break
    return _clean(value) if isinstance(value, str) else ""


def _clean(value: str) -> str:
    value = html.unescape(value[:_MAX_LINE])
    if "<" in value:
        value = _TAG.sub("", value)
    return normalize_line(value)


def _read_text(value: str) -> str:
    """A text of several paragraphs, one a line, that may be markup, escaped or not."""
    if "&lt;" in value and "<" not in value:
        value = html.unescape(value)
    if not _TAG.search(value):
        return normalize_text(html.unescape(value))
    try:
        root = parse(_NO_TAG.sub("&lt;", value)).body
        blocks = read_blocks(root) if root is not None else []
    except QuarantineError:
        return normalize_text(html.unescape(_TAG.sub("\n", value)))
    return "\n".join(block.text for block in blocks)


def _names(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    names = [name for item in values[:8] if (name := _first_text(item)) and not name.startswith("http")]
    return ", ".join(dict.fromkeys(names))


def _read_address(value: Any) -> str:
    """The address that an image or the like has: itself, or its ``url`` or ``contentUrl``; never its name."""
    for _ in range(5):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("url") or value.get("contentUrl") or value.get("@id")
        else:
            break
    return value.strip() if isinstance(value, str) else ""


def _resolve(value: Any, known: dict[str, dict[str, Any]]) -> Any:
    """What a reference (an object that is only an ``@id``) refers to, where the page gives it elsewhere."""
    if isinstance(value, list):
        return [_resolve(item, known) for item in value[:8]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
        return known.get(str(value.get("@id")), value)
    return value


def _read_free(item: dict[str, Any]) -> bool | None:
    """Whether the article is free to read, as a truth value or as a word."""
    told = str(item.get("isAccessibleForFree", "")).strip().rpartition("/")[2].casefold()
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(told)


def _has_type(item: dict[str, Any], pattern: re.Pattern[str]) -> bool:
    kinds = item.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _read_json(tree: LexborHTMLParser, found: Structured) -> None:
    articles: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    known: dict[str, dict[str, Any]] = {}
    for script in tree.css("script[type*='ld+json']"):
        source = script.text()
        if not source or len(source) > _MAX_JSON:
            continue
        for item in _walk(_load(source)):
            if len(item) > 2 and isinstance(item.get("@id"), str):
                known.setdefault(item["@id"], item)
            if _has_type(item, _ARTICLE):
                articles.append(item)
            elif item.get("@type") == "WebPage":
                pages.append(item)
    # The article of the page is the one told in most detail; lists of other articles give little but a headline.
    articles.sort(
        key=lambda item: (
            -sum(
                bool(item.get(key))
                for key in ("datePublished", "articleBody", "author", "mainEntityOfPage", "headline")
            )
        )
    )
    for item in articles[:1]:
        found.is_article = True
        found.headline = _first_text(item.get("headline")) or _first_text(item.get("name"))
        found.author = _names(_resolve(item.get("author"), known))
        found.section = _first_text(item.get("articleSection"))
        found.image_url = _read_address(_resolve(item.get("image"), known))
        found.language = _first_text(item.get("inLanguage"))
        found.descriptions += filter(None, [_first_text(item.get("description"))])
        publisher = _resolve(item.get("publisher"), known)
        found.site_names += filter(None, [_first_text(publisher)])
        body = item.get("articleBody")
        found.is_free = _read_free(item)
        length = str(item.get("wordCount") or item.get("wordcount") or "")
        found.length = int(length) if length.isdecimal() and len(length) < 7 else 0
        if isinstance(body, list):
            body = "\n".join(piece for piece in body if isinstance(piece, str))
        if isinstance(body, str):
            found.body = _read_text(body)
    for item in [*articles[:1], *pages[:1]]:
        found.dates += filter(None, [_first_text(item.get("datePublished"))])
        found.modified += filter(None, [_first_text(item.get("dateModified"))])


_META = {
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
    "told_title": ("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title"),
    "author": ("author", "article:author", "dc.creator", "dc.contributor", "parsely-author", "sailthru.author", "byl"),
    "section": ("article:section", "parsely-section", "section", "cxenseparse:recs:category"),
    "image_url": ("og:image", "twitter:image", "og:image:url"),
    "canonical_url": ("og:url",),
    "language": ("og:locale", "content-language", "language", "dc.language"),
}
_TOLD = frozenset(name for names in (*_META.values(), *_META_SINGLE.values()) for name in names)


def _read_meta(tree: LexborHTMLParser, found: Structured) -> None:
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
        if name and content and (name := name.strip().lower()) in _TOLD and name not in values:
            values[name] = _clean(content)
    values = {name: value for name, value in values.items() if value}
    for key, names in _META.items():
        getattr(found, key).extend([values[name] for name in names if name in values])
    for key, names in _META_SINGLE.items():
        for name in names:
            value = values.get(name)
            if value and not getattr(found, key) and not (key == "author" and value.startswith("http")):
                setattr(found, key, value)


def _settle_address(address: str, url: str, *, deep: bool = False) -> str:
    """An address in full, or empty where it is none of the web; with ``deep`` also where it is only a site's front
    page and the page itself is not, as a template left as it came says of every page.
    """
    try:
        full = address.strip()
        if full and not full.startswith(("http://", "https://")):
            full = urljoin(url, full)
        parts = urlsplit(full)
        fronts = deep and not (parts.path.strip("/") or parts.query) and urlsplit(url).path.strip("/")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(full.split()) != 1:
        return ""
    return "" if fronts else full[:2000]


def read_structured(tree: LexborHTMLParser, url: str = "") -> Structured:
    """Everything the page at ``url`` says of itself in data; addresses in full.

    Never raises for broken data: what can't be read is passed over.
    """
    found = Structured()
    _read_json(tree, found)
    _read_meta(tree, found)
    canonical = tree.css_first("link[rel='canonical'][href]")
    addresses = ((canonical.attributes.get("href") or "") if canonical else "", found.canonical_url)
    found.canonical_url = next((full for one in addresses if (full := _settle_address(one, url, deep=True))), "")
    found.image_url = _settle_address(found.image_url, url)
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or root.attributes.get("xml:lang") if root else "") or ""
    found.language = language or found.language
    return found
