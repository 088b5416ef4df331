"""The item pipeline: a page that answered goes into the store, with its outcome, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.pipeline.store.pages import FetchedPage

if TYPE_CHECKING:
    from copydesk.crawler.discovery.selection import Candidate


@dataclass(frozen=True, slots=True)
class PageItem:
    """What the spider yields: the candidate that was asked for and the page that answered."""

    candidate: Candidate
    fetched: FetchedPage

    def __str__(self) -> str:
        return self.fetched.page.url  # Scrapy logs items, and a page is long
