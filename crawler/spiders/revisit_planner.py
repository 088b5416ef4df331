"""The known pages that a crawl fetches again: read from the database at its start, chosen at its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.crawler.request_targets import PageTarget
from copydesk.crawler.spiders.revisit_choice import choose_revisits
from copydesk.pipeline.store.revisits import (
    DueRevisit,
    RevisitYield,
    count_revisit_yields,
    list_due_revisits,
)

if TYPE_CHECKING:
    from copydesk.crawler.crawl_session import CrawlSession
    from copydesk.crawler.discovery.selection import Candidate


class Revisits:
    """Collects what a choice depends on: the due pages, and what the feeds of this crawl say of them."""

    def __init__(self, session: CrawlSession) -> None:
        self._session = session
        self._due: list[DueRevisit] = []
        self._yields: dict[int, RevisitYield] = {}
        self._listed: dict[bytes, datetime] = {}

    async def load(self) -> None:
        """Read which pages are due."""
        source, store = self._session.source, self._session.store
        if source.revisit:
            self._due = await store.call(list_due_revisits, source.name, source.revisit)
        if self._due:
            self._yields = await store.call(count_revisit_yields, source.name)

    @property
    def is_wanted(self) -> bool:
        """Whether a page would be fetched again unless a feed lists it as unchanged."""
        return bool(self._choose())

    def note_listed(self, candidates: Iterable[Candidate]) -> None:
        """Note when the pages that a feed lists were last changed, if it says so."""
        for candidate in candidates:
            if candidate.entry.updated_at is not None:
                key, changed_at = candidate.url_key, candidate.entry.last_changed or candidate.entry.updated_at
                self._listed[key] = max(self._listed.get(key, changed_at), changed_at)

    def take(self) -> list[PageTarget]:
        """Return the pages to fetch again; nothing when called again."""
        revisits = self._choose()
        self._due = []
        return revisits

    def _choose(self) -> list[PageTarget]:
        return choose_revisits(self._due, self._listed, self._yields, self._session.source.politeness.delay)
