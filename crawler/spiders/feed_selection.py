"""Chooses what to fetch of the entries of one feed, with what the database knows of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.crawler.discovery.entry import FeedKind
from copydesk.crawler.discovery.missed import estimate_missed
from copydesk.crawler.discovery.selection import Candidate, History, select_candidates
from copydesk.pipeline.store.attempts import Attempts, list_attempts
from copydesk.pipeline.store.pages import LatestPage, list_already_fetched, list_latest_pages

if TYPE_CHECKING:
    from copydesk.crawler.accounting.url_ledger import UrlLedger
    from copydesk.crawler.crawl_session import CrawlSession


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """What a crawl fetches of one feed.

    Attributes:
        wanted: The candidates to fetch, in order.
        latest: The latest stored page of each URL key that has one.
        is_complete: Whether nothing else of the feed remains to be fetched by a later run.
    """

    wanted: list[Candidate]
    latest: dict[bytes, LatestPage] = field(default_factory=dict)
    is_complete: bool = True


class FeedSelector:
    """Chooses what to fetch, feed by feed, and records in the ledger what is left behind."""

    def __init__(self, session: CrawlSession) -> None:
        self._session = session
        self._fetched_earlier: dict[bytes, datetime] = {}

    @property
    def fetched_earlier(self) -> int:
        """The number of URLs that an earlier attempt of the run fetched."""
        return len(self._fetched_earlier)

    async def load(self) -> None:
        """Read what an earlier attempt of the run fetched."""
        job = self._session.job
        self._fetched_earlier = await self._session.store.call(list_already_fetched, job.run_key, job.source.name)

    async def select(self, kind: FeedKind, candidates: list[Candidate], ledger: UrlLedger) -> FeedSelection:
        """Choose what to fetch of the candidates of one feed."""
        session, job = self._session, self._session.job
        latest: dict[bytes, LatestPage] = {}
        attempts: dict[bytes, Attempts] = {}
        if not job.dry_run:
            keys = [candidate.url_key for candidate in candidates]
            latest = await session.store.call(list_latest_pages, keys)
            attempts = await session.store.call(list_attempts, job.source.name, keys)
        fetched = {key: page.fetched_at for key, page in latest.items()}
        history = History(session.clock.now(), fetched, attempts, self._fetched_earlier)
        selection = select_candidates(candidates, job.window, job.strategy, history, job.get_known_since(kind))
        is_first = job.listed_since is not None and job.covered_until is None
        is_list_of_latest = kind in {FeedKind.FEED, FeedKind.SITEMAP}
        missed = estimate_missed(candidates, history, job.covered_until) if is_list_of_latest else 0
        ledger.leave_behind(selection.too_old if is_first else (), missed)
        return FeedSelection(selection.wanted, latest, is_complete=not selection.postponed)
