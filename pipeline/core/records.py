"""The plain records of pages and articles: Page -> Extraction -> Article -> Document (see also ``dedup_records``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from copydesk.pipeline.core.fast_pickle import FastPickle


class Outcome(StrEnum):
    """The outcome of one URL in a run; every URL has exactly one."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class ArticleKind(StrEnum):
    """Whether a page has an article."""

    ARTICLE = "article"
    REFUSED = "refused"


class Notice(StrEnum):
    """What a desk says about its own copy."""

    KILL = "kill"
    WITHHOLD = "withhold"
    CORRECTION = "correction"
    REFILE = "refile"
    WRITETHRU = "writethru"
    LEAD = "lead"
    UPDATE = "update"
    ADVISORY = "advisory"
    EMBARGO = "embargo"


WITHDRAWAL_NOTICES = frozenset({Notice.KILL, Notice.WITHHOLD})
"""Notices that withdraw a story."""

REVISION_NOTICES = frozenset({Notice.CORRECTION, Notice.REFILE, Notice.WRITETHRU, Notice.LEAD, Notice.UPDATE})
"""Notices of a text that replaces or extends an earlier one."""


@dataclass(frozen=True, slots=True)
class Page(FastPickle):
    """A page as it was fetched."""

    url: str
    """The URL that was requested."""

    body: bytes
    """The bytes without HTTP content encoding, never changed; at most ``Settings.max_page_bytes``."""

    fetched_at: datetime
    """Aware, UTC."""

    wire: str = ""
    """Name of the wire; empty if unknown."""

    final_url: str = ""
    """The URL that answered, after redirects."""

    content_type: str = "text/html"
    """Media type without parameters."""

    charset: str | None = None
    """Character set of the HTTP header; None if it has none."""

    status: int = 200
    """HTTP status."""

    etag: str | None = None
    """``ETag`` header."""

    last_modified: str | None = None
    """``Last-Modified`` header."""

    language: str = ""
    """Two-letter code that an archive detected for a page without markup; otherwise empty."""

    published_hint: datetime | None = None
    """When it was published according to its feed or sitemap, aware; None if they do not say."""

    feed_source: str = ""
    """The publication that its feed says it comes from; empty if it does not say."""


@dataclass(frozen=True, slots=True)
class DroppedText(FastPickle):
    """A piece of text that was removed from an article."""

    reason: str
    """Short, stable code."""

    text: str
    """The removed text."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result of extraction from one page, before the wire's cleaning rules."""

    title: str = ""
    """Headline."""

    paragraphs: tuple[str, ...] = ()
    """Plain text in page order, one block of the page each."""

    published_at: datetime | None = None
    """Aware; None if the page has no time that can be read."""

    published_offset: timedelta | None = None
    """Offset from UTC in which the page writes that time; None without a time of day."""

    published_source: str = ""
    """The publication time as the page writes it."""

    modified_at: datetime | None = None
    """Time of the last change; aware, or None."""

    author: str = ""
    """Names of the people who wrote it, as the page writes them, joined by commas."""

    section: str = ""
    """The page's section, as the page calls it."""

    language: str = ""
    """Two-letter code."""

    site_name: str = ""
    """The site's name, as the page's metadata has it."""

    canonical_url: str = ""
    """The page's own URL for the article."""

    image_url: str = ""
    """URL of the lead image."""

    via: str = ""
    """The extraction method: ``rule:menafn@2024-01-01``, ``trafilatura``, ``text-dump`` ..."""

    refusal_reason: str = ""
    """Reason code if the page has no article; otherwise empty."""

    dropped: tuple[DroppedText, ...] = ()
    """What was left out within the article."""

    modified_source: str = ""
    """The time of the last change as the page writes it."""

    truncated: bool = False
    """The page has only the beginning of the article."""

    symbols: tuple[str, ...] = ()
    """Securities as the page's structured data writes them."""

    credits: tuple[str, ...] = ()
    """Organizations that the page names as authors or providers, as it writes them."""


@dataclass(frozen=True, slots=True)
class Article(FastPickle):
    """One version of an article, cleaned."""

    kind: ArticleKind = ArticleKind.ARTICLE
    """``REFUSED`` if the page has no article."""

    reason: str = ""
    """Reason code of a refusal; otherwise empty."""

    url: str = ""
    """The URL that was requested."""

    canonical_url: str = ""
    """The page's own URL for the article."""

    wire: str = ""
    """Name of the wire."""

    title: str = ""
    """Headline, without the site's name and without a desk's prefix."""

    paragraphs: tuple[str, ...] = ()
    """Plain text in page order, without everything that is printed around it."""

    published_at: datetime | None = None
    """Aware, UTC; None if the page has no time that can be trusted."""

    published_offset: timedelta | None = None
    """Offset from UTC in which the page writes that time; None without a time of day."""

    published_source: str = ""
    """The publication time as the page writes it."""

    modified_at: datetime | None = None
    """Time of the last change; aware, UTC, or None."""

    byline: str = ""
    """The people in ``author``."""

    agency: str = ""
    """Short name of the agency (``AP``, ``MENAFN``)."""

    dateline: str = ""
    """Place and date before the agency mark."""

    credit: str = ""
    """The agency that the article credits; empty if none."""

    section: str = ""
    """The page's section, as the page calls it."""

    language: str = ""
    """Two-letter code."""

    notice: str = ""
    """One of ``Notice``, or empty."""

    image_url: str = ""
    """URL of the lead image."""

    via: str = ""
    """The extraction method, as in ``Extraction``."""

    cleaner: str = ""
    """Version of the rules that cleaned it."""

    dropped: tuple[DroppedText, ...] = ()
    """Everything that was removed, with reasons."""

    modified_source: str = ""
    """The time of the last change as the page writes it."""

    author: str = ""
    """Names of the people who wrote it, as the page writes them, joined by commas."""

    truncated: bool = False
    """The page has only the beginning, for example before a paywall."""

    tickers: tuple[str, ...] = ()
    """Securities in order of mention: ``NYSE:ABC``, or a Reuters code ``ABC.N``."""

    isins: tuple[str, ...] = ()
    """ISINs (ISO 6166) with a valid check digit, in order of mention."""

    @property
    def body(self) -> str:
        """The paragraphs, separated by blank lines."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Document:
    """What is signed and compared: the text of an article and the few fields that edge rules may look at."""

    id: str
    """Intrinsic: derived from the canonical URL, or chosen by the user. Orders documents of the same time."""

    title: str
    """Headline, with or without a desk's prefix."""

    body: str
    """Text."""

    published_at: datetime | None = None
    """Aware, UTC. None if unknown: such a document is within every window, and ordered last."""

    agency: str = ""
    """As in ``Article``."""

    dateline: str = ""
    """As in ``Article``."""

    language: str = ""
    """As in ``Article``."""

    notice: str = ""
    """As in ``Article``."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open time [start, end) that a run covers."""

    start: datetime
    """Aware, UTC."""

    end: datetime
    """Aware, UTC."""
