"""What one run of the spider has to do: a wire, a window, and where to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from copydesk.crawler.discovery.entry import FeedKind
from copydesk.pipeline.core.errors import BadSource, BadWindow
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import RunMode, WireStrategy, check_archive_window, choose_strategy, is_live
from copydesk.pipeline.core.wire_login import WireLogin

CRAWL_STRATEGIES = (WireStrategy.LIVE, WireStrategy.ARCHIVE)


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One wire, one window, one run."""

    source: Source
    dag_id: str
    run_id: str
    window: Window
    strategy: WireStrategy
    """``LIVE`` or ``ARCHIVE``."""
    known_since: datetime | None = None
    """Unknown items older than this are not fetched (aware); None fetches them at any age."""
    listed_since: datetime | None = None
    """As ``known_since``, for the items of sitemaps and archives only."""
    covered_until: datetime | None = None
    """Until when earlier crawls have covered the wire (aware); None if unknown, or if it is new."""
    stats_path: Path | None = None
    """The file to write the stats to at the end."""
    dry_run: bool = False
    """Read the feeds only: fetch no page, need no database."""
    inspection_folder: Path | None = None
    """Inspect an article or a site instead, as the request in this folder says; the result is written there."""
    login: WireLogin | None = None
    """For basic authentication, if the wire needs it."""

    @property
    def run_key(self) -> UUID:
        """The key of the run in the tables."""
        return make_run_key(self.dag_id, self.run_id)

    def get_known_since(self, kind: FeedKind) -> datetime | None:
        """Return the time since when unknown items of a feed, sitemap or list page are fetched; None: no limit."""
        limits = [self.known_since]
        if kind in {FeedKind.SITEMAP, FeedKind.ARCHIVE}:
            limits.append(self.listed_since)
        return max((limit for limit in limits if limit is not None), default=None)

    @property
    def listed_window(self) -> Window:
        """The window, extended to the past by what is fetched of sitemaps and archives."""
        return Window(min(self.window.start, self.listed_since or self.window.start), self.window.end)


def resolve_strategy(
    source: Source, window: Window, now: datetime, requested: WireStrategy | None = None
) -> WireStrategy:
    """Return the strategy to crawl a window with: the requested one, or the one that fits the window.

    Raises:
        BadSource: ``ARCHIVE`` is requested, but the wire has no archive.
        BadWindow: The window is a past one, and the wire has no archive; or it is too long for the archive.
    """
    if requested is WireStrategy.ARCHIVE and not source.discovery.archive:
        raise BadSource(
            f"{source.name} has no archive.", "Set discovery.archive in its file, or crawl its feeds with --mode live."
        )
    chosen = requested or choose_strategy(source, RunMode.AUTO, live=is_live(window, now), stored=None)
    if chosen is WireStrategy.ARCHIVE:
        check_archive_window(window)
    if isinstance(chosen, WireStrategy):
        return chosen
    # Its feeds list what is new now, which would be recorded as what the past window brought.
    raise BadWindow(
        f"{source.name} {chosen}.", "Choose a window that ends now, or crawl its current feeds with --mode live."
    )
