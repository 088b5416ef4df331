"""An entry: one URL in a feed, sitemap or list page, with its times and title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urljoin, urlsplit


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

    @property
    def published_or_updated(self) -> datetime | None:
        """The publication time; the update time if there is none."""
        return self.published_at or self.updated_at

    @property
    def last_changed(self) -> datetime | None:
        """The later of its times. A page fetched after it is current."""
        times = [time for time in (self.published_at, self.updated_at) if time is not None]
        return max(times, default=None)


def resolve_url(base: str, reference: str) -> str | None:
    """Resolve a reference against a base URL.

    Returns:
        An absolute http or https URL without fragment and control characters; None for anything else, such as
        ``javascript:`` or ``mailto:``.
    """
    try:
        joined = urljoin(base, reference.strip())
        parts = urlsplit(joined)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        parts.port  # noqa: B018 - raises ValueError for an invalid port
    except ValueError:
        return None
    return "".join(char for char in joined.split("#", 1)[0] if char >= " " and char != "\x7f")
