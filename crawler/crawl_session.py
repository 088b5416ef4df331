"""What all components of one crawl share: its job, its database access, its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from copydesk.crawler.crawl_job import CrawlJob
from copydesk.crawler.store_client import StoreClient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SESSION_SETTING = "COPYDESK_SESSION"


class CrawlClock:
    """The database's time, carried forward by this machine's monotonic clock. A worker's own time may be wrong."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def set(self, now: datetime) -> None:
        """Start again from ``now`` (aware, UTC)."""
        self._base = now
        self._base_monotonic = monotonic()

    def now(self) -> datetime:
        """Return the current time, aware, UTC."""
        return self._base + timedelta(seconds=monotonic() - self._base_monotonic)


@dataclass(frozen=True)
class CrawlSession:
    """One crawl. Made once, handed to Scrapy's components through its settings."""

    job: CrawlJob
    store: StoreClient
    clock: CrawlClock
    settings: Settings
    uses_database: bool = True
    """Whether there is a database: a dry run needs none."""

    def __deepcopy__(self, memo: dict[int, Any]) -> CrawlSession:
        return self  # Scrapy deep-copies its settings for each crawler; all components must share one session

    @property
    def source(self) -> Source:
        """The wire that is crawled."""
        return self.job.source


def get_session(crawler: Crawler) -> CrawlSession:
    """Return the session of a crawler.

    Raises:
        KeyError: Its settings have none.
    """
    session = crawler.settings[SESSION_SETTING]
    if session is None:
        raise KeyError(SESSION_SETTING)
    return cast(CrawlSession, session)
