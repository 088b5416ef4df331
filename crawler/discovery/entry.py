"""An entry: one URL in a feed, sitemap or list page, with its times and title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urljoin, urlsplit

from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import squash_name
from copydesk.pipeline.core.urls import MAX_URL_CHARS

UNPRINTABLE = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Characters that are invisible or change the direction of text. In a URL they are percent-encoded."""
_ESCAPED_AMPERSANDS = ("&amp;", "&#38;", "&#038;", "&#x26;")
_WITHOUT_SCHEME = re.compile(r"www\.[\w-]+\.[\w.-]+(?:[/?:]|$)", re.IGNORECASE)
"""A URL without its scheme. As a relative reference it would be a path."""


class FeedKind(StrEnum):
    """The kinds of documents that list articles."""

    FEED = "feed"
    """RSS or Atom."""
    SITEMAP = "sitemap"
    """A news sitemap, or an index of sitemaps."""
    ARCHIVE = "archive"
    """A sitemap of a dated archive."""
    LIST = "list"
    """An HTML page with links to articles."""


class FeedError(Exception):
    """A document is not a feed, sitemap or list page; the message says why.

    A valid feed without entries raises nothing: nothing was published.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL, with the times in its feed: aware, UTC, None if missing or invalid."""

    url: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    title: str = ""
    guid: str = ""
    """Its id in the feed, if that is not just its URL."""
    source: str = ""
    """The publication that it comes from, as the feed names it in ``source``; empty if it does not."""
    source_url: str = ""
    """That publication's URL in the feed."""

    @property
    def published_or_updated(self) -> datetime | None:
        """The publication time; the update time if there is none."""
        return self.published_at or self.updated_at

    @property
    def last_changed(self) -> datetime | None:
        """The later of its times. A page fetched after it is current."""
        times = [time for time in (self.published_at, self.updated_at) if time is not None]
        return max(times, default=None)


def find_other_source(entry: Entry, source: Source) -> str:
    """Return the publication that an entry comes from according to its feed; empty if that is the wire itself.

    Args:
        entry: The entry.
        source: The wire.
    """
    own_names = {squash_name(name) for name in (source.name, source.title, source.agency, source.owner) if name}
    own_hosts = {_strip_host(source.home), _strip_host(entry.url)}
    is_own = squash_name(entry.source) in own_names or _strip_host(entry.source_url) in own_hosts
    return "" if is_own else entry.source


def _strip_host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def resolve_url(base: str, reference: str) -> str | None:
    """Resolve a reference against a base URL.

    Returns:
        An absolute http or https URL without fragment, control characters and characters that change the direction of
        text; None for an empty reference, one longer than ``MAX_URL_CHARS``, and anything else, such as
        ``javascript:`` or ``mailto:``.
    """
    reference = reference.strip()
    if not reference or reference.startswith("#") or len(reference) > MAX_URL_CHARS or len(base) > MAX_URL_CHARS:
        return None
    for escaped in _ESCAPED_AMPERSANDS:  # escaped twice; no URL has such a text
        reference = reference.replace(escaped, "&")
    if _WITHOUT_SCHEME.match(reference):
        reference = f"//{reference}"
    try:
        joined = urljoin(base, reference)
        parts = urlsplit(joined)
        if parts.scheme not in {"http", "https"} or not parts.hostname or len(joined) > MAX_URL_CHARS:
            return None
        if parts.port == 0:
            return None
    except ValueError:  # also for an invalid port
        return None
    url = "".join(char for char in joined.split("#", 1)[0] if char >= " " and char != "\x7f")
    return UNPRINTABLE.sub(lambda match: quote(match.group(), safe="", errors="replace"), url)
