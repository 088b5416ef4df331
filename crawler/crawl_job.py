"""A job: what one run of the spider is to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from copydesk.crawler.discovery.selection import DiscoveryMode
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One wire, one window, one run. ``mode`` is ``live`` or ``archive`` (``auto`` has been decided).
    ``known_since`` bounds how old an item may be that is fetched only because it is not known (None: any age). A
    ``dry`` job looks at the feeds only: it needs no database and fetches no page. ``stats`` is the file that tells
    the end.
    """

    source: Source
    run_id: str
    window: Window
    mode: DiscoveryMode
    known_since: datetime | None = None
    stats_path: Path | None = None
    dry_run: bool = False
