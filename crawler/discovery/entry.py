"""An entry: one address that a feed, sitemap or list page names, and what it says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit


class FeedError(Exception):
    """What answered is no feed (or sitemap, or list page); the message says what it is instead.

    Never raised for a whole feed that merely has no entries: that is no news, not an error.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """One address with the times its feed gives; both aware UTC, None where the feed gives none that can be read."""

    url: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    title: str = ""

    @property
    def published_or_updated(self) -> datetime | None:
        """When it was published; where only a change is told, that."""
        return self.published_at or self.updated_at

    @property
    def last_changed(self) -> datetime | None:
        """The later of its times: a page fetched after it is up to date."""
        times = [time for time in (self.published_at, self.updated_at) if time is not None]
        return max(times, default=None)


def resolve_url(base: str, address: str) -> str | None:
    """The absolute http(s) address, without its fragment; None for anything else (``javascript:``, ``mailto:``)."""
    try:
        joined = urljoin(base, address.strip())
        parts = urlsplit(joined)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        parts.port  # noqa: B018 - reading it is what raises for a port that is none
    except ValueError:
        return None
    return "".join(char for char in joined.split("#", 1)[0] if char >= " " and char != "\x7f")
