"""The items that the spider yields."""

from __future__ import annotations

from dataclasses import dataclass

from copydesk.pipeline.store.pages import FetchedPage


@dataclass(frozen=True, slots=True)
class PageItem:
    """A fetched page to store."""

    fetched: FetchedPage

    def __str__(self) -> str:
        return self.fetched.page.url  # Scrapy logs items, and a page is long
