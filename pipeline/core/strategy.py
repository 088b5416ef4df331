"""The rule that decides how a run processes each wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from copydesk.pipeline.core.errors import BadWindow
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source

LIVE_MAX_AGE = timedelta(hours=2)
"""Maximum age of a live window, from its end. Feeds list only recent items, and the shortest of them span hours."""

MAX_ARCHIVE_DAYS = 366
"""Maximum length of a window that is crawled from an archive, in days. An archive has a document per day; those of a
year are read within the time limit of a crawl, at one request per second."""


class RunMode(StrEnum):
    """What a run may do. All modes except ``AUTO`` have the name of the strategy that they prescribe."""

    AUTO = "auto"
    """Decide for each wire: live if the window is recent, else from its archive, else with its stored pages."""
    LIVE = "live"
    ARCHIVE = "archive"
    STORED = "stored"


class WireStrategy(StrEnum):
    """How one wire is processed in one run."""

    LIVE = "live"
    """Crawl its feeds, sitemaps and list pages."""
    ARCHIVE = "archive"
    """Crawl its dated archive."""
    STORED = "stored"
    """Reprocess the stored pages of the window."""
    REPLAY = "replay"
    """Retry quarantined pages. Never planned by a run."""


def is_live(window: Window, now: datetime) -> bool:
    """Return whether feeds still list what was published in the window.

    Args:
        window: The window of the run.
        now: The current time, with a time zone.
    """
    return window.end >= now - LIVE_MAX_AGE


def check_archive_window(window: Window) -> None:
    """Check that a window is short enough to be crawled from an archive by one run.

    Raises:
        BadWindow: The window is longer than ``MAX_ARCHIVE_DAYS``.
    """
    if window.end - window.start > timedelta(days=MAX_ARCHIVE_DAYS):
        raise BadWindow(
            f"The window covers {(window.end - window.start).days} days; at most {MAX_ARCHIVE_DAYS} days of an archive "
            "are crawled by one run.",
            "Split it into several windows, or create a backfill.",
        )


def choose_strategy(source: Source, mode: RunMode, *, live: bool, stored: int | None) -> WireStrategy | str:
    """Choose how to process one wire.

    A wire that has only a dated archive is crawled from the archive in a live window too.

    Args:
        source: The wire.
        mode: What the run may do.
        live: Whether the run may use feeds: its window is live, and it is not part of a backfill.
        stored: Number of stored pages in the window; None if they cannot be used, because the run only crawls.

    Returns:
        The strategy, or the reason to skip the wire, as the predicate of a sentence about the wire.
    """
    discovery = source.discovery
    if mode is RunMode.STORED:
        return WireStrategy.STORED if stored else "has no stored pages in the window"
    has_current_lists = bool(discovery.feeds or discovery.sitemaps or discovery.lists)
    if mode is RunMode.LIVE:
        if not has_current_lists:
            return "has no feeds, sitemaps or list pages"
        return WireStrategy.LIVE if live else "cannot be crawled live, because the window is in the past"
    if mode is RunMode.ARCHIVE:
        return WireStrategy.ARCHIVE if discovery.archive else "has no dated archive"
    if live and has_current_lists:
        return WireStrategy.LIVE
    if discovery.archive:
        return WireStrategy.ARCHIVE
    if stored is None:
        return "has no dated archive, so a past window cannot be crawled"
    return WireStrategy.STORED if stored else "has no dated archive and no stored pages in the window"
